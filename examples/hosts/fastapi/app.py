"""A service whose routes are guarded by a policy: a middleware reads the situation once, a dependency asks about a route.

    pip install wardkey fastapi uvicorn && uvicorn app:app

Who asks comes from a gateway that signs people in and says so in the header `X-Person`, as JSON. A route that is refused answers 403 with
what the policy says to the person; one that may be asked for, with `offered`.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from typing import Annotated, Any

import wardkey
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse

POLICY = wardkey.parse(
    """
charts: role = Nurse -> allow charts with audit = full
nights: time in 22:00..06:00 -> deny charts because "Charts rest at night" de "Nachts ruhen die Akten"
reports: role = Clerk -> offer reports
"""
)

app = FastAPI()


def clock() -> datetime:
    """The time, which a policy never looks up itself."""
    return datetime.now(timezone.utc)


@app.middleware("http")
async def read_situation(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
    """Reads who asks, and when, once for everything that is asked about during the request."""
    person = request.headers.get("X-Person", "{}")
    try:
        # what the server knows replaces what the header says
        request.state.situation = POLICY.context(person, now=clock())
    except wardkey.ContextError as error:
        return JSONResponse({"problems": [str(problem) for problem in error.problems]}, status_code=400)
    return await go_on(request)


def allowed(entitlement: str) -> Any:
    """A dependency: the decision, once it is favourable."""
    assert entitlement in POLICY.entitlement_names, entitlement

    def decide(request: Request) -> wardkey.Decision:
        decision = POLICY.decide(request.state.situation, entitlement)
        if decision:
            return decision
        language = request.headers.get("Accept-Language", "en").split(",")[0].split(";")[0]
        detail = {
            "outcome": decision.outcome,
            "because": decision.because(language),
            "missing": decision.missing,
        }
        raise HTTPException(403, detail)

    return Depends(decide)


@app.get("/charts")
def charts(decision: Annotated[wardkey.Decision, allowed("charts")]) -> dict[str, Any]:
    """A route that needs an entitlement, and what comes with it."""
    return {"charts": ["A-1"], "audit": decision.parameters["audit"]}


@app.get("/reports", dependencies=[allowed("reports")])
def reports() -> list[str]:
    """A route that needs an entitlement, and nothing of the decision."""
    return ["R-1"]


@app.get("/me")
def me(request: Request) -> dict[str, str]:
    """What the person may have: for a page that shows only what can be opened."""
    outcomes = POLICY.entitlements(request.state.situation).outcomes
    return {name: outcome.value for name, outcome in outcomes.items()}
