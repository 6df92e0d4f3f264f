"""A decorator for views of Django, and a page that is guarded by it.

    pip install wardkey django

`requires` asks the policy about the person who is signed in; a refused request raises `PermissionDenied` with what the policy says to
them, and the page for 403 shows it. What a person has stands in `situation`, once for each request.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import wardkey
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone

POLICY = wardkey.parse(
    """
charts: groups has nurses and not is_external -> allow charts with audit = full
nights: time in 22:00..06:00 -> deny charts because "Charts rest at night" de "Nachts ruhen die Akten"
"""
)

View = Callable[..., HttpResponse]


def situation(request: HttpRequest) -> wardkey.Context:
    """Who asks, and when: read at the first question of a request, and kept."""
    kept: wardkey.Context | None = getattr(request, "situation", None)
    if kept is None:
        user = request.user
        known: dict[str, Any] = {"groups": wardkey.UNKNOWN}
        if user.is_authenticated:
            known = {"groups": set(user.groups.values_list("name", flat=True)), "is_external": not user.is_staff}
        kept = POLICY.context(known, now=timezone.now())
        request.situation = kept  # type: ignore[attr-defined]
    return kept


def requires(entitlement: str) -> Callable[[View], View]:
    """Lets a view be reached only by those who are allowed; `request.decision` says more."""
    assert entitlement in POLICY.entitlement_names, entitlement

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
            decision = POLICY.decide(situation(request), entitlement)
            if not decision:
                language = getattr(request, "LANGUAGE_CODE", None)
                raise PermissionDenied("; ".join(decision.because(language)) or f"{entitlement}: {decision.outcome}")
            request.decision = decision  # type: ignore[attr-defined]
            return view(request, *arguments, **named)

        return guarded

    return guard


@requires("charts")
def charts(request: HttpRequest) -> JsonResponse:
    """A view that needs an entitlement, and what comes with it."""
    return JsonResponse({"charts": ["A-1"], "audit": request.decision.parameters["audit"]})  # type: ignore[attr-defined]


def refused(request: HttpRequest, exception: Exception) -> JsonResponse:
    """The answer to a refused request."""
    return JsonResponse({"because": str(exception)}, status=403)


urlpatterns = [path("charts", charts)]
handler403 = refused
