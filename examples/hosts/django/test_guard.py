"""The decorator, with a real user, real groups and the test client of Django."""

from collections.abc import Iterator
from datetime import datetime, timezone

import django
import pytest
from django.conf import settings

settings.configure(
    SECRET_KEY="of a test",
    ROOT_URLCONF="guard",
    ALLOWED_HOSTS=["testserver"],
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.locale.LocaleMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    USE_TZ=True,
)
django.setup()

from django.contrib.auth.models import Group, User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone as clock  # noqa: E402

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


@pytest.fixture(scope="module", autouse=True)
def database() -> Iterator[None]:
    call_command("migrate", verbosity=0)
    for name, is_staff in (("ada", True), ("ben", False)):
        User.objects.create_user(name, is_staff=is_staff).groups.add(Group.objects.get_or_create(name="nurses")[0])
    yield


def ask(name: str | None, **headers: str) -> tuple[int, dict[str, object]]:
    client = Client(headers=headers)
    if name is not None:
        client.force_login(User.objects.get(username=name))
    answer = client.get("/charts")
    return answer.status_code, answer.json()


def test_opens_what_the_policy_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    assert ask("ada") == (200, {"charts": ["A-1"], "audit": "full"})


def test_others_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    assert ask("ben") == (403, {"because": "charts: not_granted"})
    assert ask(None)[0] == 403


def test_says_why_not_in_the_language_of_the_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON.replace(hour=23))
    assert ask("ada", accept_language="de-AT,de") == (403, {"because": "Nachts ruhen die Akten"})
