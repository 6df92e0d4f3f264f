"""Contexts that change, and what each change came to."""

from concurrent.futures import ThreadPoolExecutor

import pytest

import wardkey


def test_a_change_says_what_was_lost_and_gained(music: wardkey.Policy) -> None:
    session = music.session(role="Sales", location="lobby")
    assert session.allows("iTunes") and session.decide("iTunes")
    delta = session.set("location", "care_area")
    assert delta and delta.lost == ("iTunes",) and delta.gained == ()
    (change,) = delta
    assert (change.entitlement, change.before.outcome, change.after.outcome) == ("iTunes", "allowed", "denied")
    assert change.after.because() == ("Quiet, please",) and change.before.parameters == {"volume": 3}
    assert delta[0].entitlement == delta[-1].entitlement == "iTunes"
    for at in (1, -2):
        with pytest.raises(IndexError):
            delta[at]
    assert not session.set("role", "Sales")
    assert session.update({"location": "lobby"}, role="Sales").gained == ("iTunes",)
    assert session.entitlements() == music.entitlements(role="Sales", location="lobby")
    assert session.set("location", None).lost == ("iTunes",), "left out, it may be a care area"
    assert session.policy == music


def test_a_change_that_is_refused_changes_nothing() -> None:
    policy = wardkey.parse("age >= 18 -> allow EHR")
    session = policy.session(age=20)
    for bad in ("old", float("nan"), b"20", [1]):
        with pytest.raises(wardkey.ContextError) as refused:
            session.set("age", bad)
        assert refused.value.problems[0].attribute == "age"
        with pytest.raises(wardkey.ContextError):
            session.update(age=bad)
    assert session.context.values == {"age": "20"} and session.allows("EHR")


def test_a_session_begins_with_a_context_of_its_own(music: wardkey.Policy) -> None:
    context = music.context(role="Sales", location="lobby")
    session = music.session(context)
    session.set("location", "care_area")
    assert context.values["location"] == "lobby"
    with pytest.raises(wardkey.ContextError, match="another policy"):
        wardkey.parse("role = Sales -> allow iTunes").session(context)


def test_threads_take_turns(music: wardkey.Policy) -> None:
    session = music.session(role="Sales", location="lobby")

    def change(at: int) -> int:
        changes = 0
        for turn in range(300):
            changes += len(session.set("location", "care_area" if (at + turn) % 2 else "lobby"))
        return changes

    with ThreadPoolExecutor(4) as pool:
        changes = sum(pool.map(change, range(4)))
    assert changes > 0
    assert session.allows("iTunes") == (session.context.values["location"] == "lobby")
    # each change took back the one before
    assert changes % 2 == (not session.allows("iTunes"))
