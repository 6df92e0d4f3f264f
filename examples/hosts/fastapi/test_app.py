"""The service, asked."""

import json
from datetime import datetime, timezone
from typing import Any

import app as service
import pytest
from fastapi.testclient import TestClient

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setattr(service, "clock", lambda: NOON)
    return TestClient(service.app)


def person(**attributes: Any) -> dict[str, str]:
    return {"X-Person": json.dumps(attributes)}


def test_opens_what_the_policy_allows(client: TestClient) -> None:
    answer = client.get("/charts", headers=person(role="Nurse"))
    assert (answer.status_code, answer.json()) == (200, {"charts": ["A-1"], "audit": "full"})


def test_says_why_not(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "clock", lambda: NOON.replace(hour=23))
    answer = client.get("/charts", headers={**person(role="Nurse"), "Accept-Language": "de-AT,de"})
    assert answer.status_code == 403
    assert answer.json()["detail"] == {"outcome": "denied", "because": ["Nachts ruhen die Akten"], "missing": []}


def test_nobody_says_the_time_but_the_server(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "clock", lambda: NOON.replace(hour=23))
    assert client.get("/charts", headers=person(role="Nurse", now=NOON.isoformat())).status_code == 403


def test_offers_and_what_is_not_known(client: TestClient) -> None:
    assert client.get("/reports", headers=person(role="Clerk")).json()["detail"]["outcome"] == "offered"
    assert client.get("/reports").json()["detail"]["missing"] == ["role"]
    assert client.get("/me", headers=person(role="Clerk")).json() == {"charts": "not_granted", "reports": "offered"}


@pytest.mark.parametrize("header", ["{", "[]", '{"role": ["Nurse"]}'])
def test_a_header_that_cannot_be_read_is_a_bad_request(client: TestClient, header: str) -> None:
    assert client.get("/me", headers={"X-Person": header}).status_code == 400
