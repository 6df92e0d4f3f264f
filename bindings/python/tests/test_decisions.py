"""Decisions and everything behind them."""

import json
import pickle
from datetime import datetime, timezone

import pytest

import wardkey
from wardkey import Outcome


def test_true_only_when_allowed() -> None:
    policy = wardkey.parse("a: role = Nurse -> allow EHR\nb: role = Guest -> deny EHR\nc: role = Clerk -> offer EHR")
    outcomes = {
        "Nurse": Outcome.ALLOWED,
        "Guest": Outcome.DENIED,
        "Clerk": Outcome.OFFERED,
        "Chef": Outcome.NOT_GRANTED,
    }
    for role, outcome in outcomes.items():
        decision = policy.decide({"role": role}, "EHR")
        assert decision.outcome is outcome
        assert policy.outcome({"role": role}, "EHR") is outcome
        assert bool(decision) == decision.is_allowed == policy.allows({"role": role}, "EHR") == (role == "Nurse")
    assert policy.decide({"role": "Clerk", "approved": ["EHR"]}, "EHR")


def test_outcomes_compare_by_how_open_they_are() -> None:
    assert sorted(Outcome, reverse=True) == [Outcome.ALLOWED, Outcome.OFFERED, Outcome.NOT_GRANTED, Outcome.DENIED]
    assert Outcome.DENIED < Outcome.NOT_GRANTED <= Outcome.OFFERED and Outcome.ALLOWED > Outcome.OFFERED
    words: list[str] = list(Outcome)
    assert words == ["denied", "not_granted", "offered", "allowed"] and str(Outcome.NOT_GRANTED) == "not_granted"
    assert json.dumps(Outcome.DENIED) == '"denied"' and pickle.loads(pickle.dumps(Outcome.DENIED)) is Outcome.DENIED


def test_everything_behind_a_decision(music: wardkey.Policy) -> None:
    decision = music.decide({"role": "Sales", "location": "care_area"}, "itunes")
    assert decision.entitlement == "iTunes"
    (rule,) = decision.rules
    assert (rule.id, rule.is_certain, rule.missing) == ("quiet", True, ())
    assert [rule.id for rule in decision.outranked] == ["music"]
    assert decision.because() == decision.because("de") == ("Quiet, please",)
    assert decision.because("es-MX") == ("Silencio, por favor",)
    assert decision.parameters == {} and decision.unsettled == () and decision.conflicts == ()
    assert decision.missing == () and decision.depends_on == ("location", "role")
    assert decision.valid_until == wardkey.ValidUntil("never", None)
    assert decision.context.values == {"role": "Sales", "location": "care_area"}
    assert decision.policy == music
    assert str(decision) == "iTunes: denied by quiet (Quiet, please)"
    assert decision.to_dict()["outcome"] == "denied"
    assert json.loads(decision.to_json("es"))["because"] == ["Silencio, por favor"]


def test_what_is_not_known(music: wardkey.Policy) -> None:
    decision = music.decide({"role": "Sales"}, "iTunes")
    assert not decision and decision.missing == ("location",)
    (rule,) = decision.rules
    assert (rule.is_certain, rule.missing) == (False, ("location",))
    explanation = decision.explain()
    assert [(rule.id, rule.part) for rule in explanation.rules] == [("quiet", "decided"), ("music", "outranked")]
    assert [(part.text, part.value) for part in explanation.rules[0].condition.children] == [
        ("role = Sales", "true"),
        ("location = care_area", "unknown"),
    ]
    assert explanation == music.explain({"role": "Sales"}, "iTunes")
    residual = music.residual({"role": "Sales"}, "iTunes")
    assert (residual.outcome, residual.attributes) == (None, ("location",))
    left = wardkey.parse(residual.policy)
    assert left.allows({"location": "lobby"}, "iTunes") and not left.allows({"location": "care_area"}, "iTunes")


def test_parameters_are_values() -> None:
    policy = wardkey.parse(
        "a: always -> allow EHR with level = 3, share = 0.5, reauth = 12h, log = true, copies = many",
    )
    assert policy.decide({}, "EHR").parameters == {
        "level": 3,
        "share": 0.5,
        "reauth": "12h",
        "log": True,
        "copies": "many",
    }


def test_the_end_of_a_decision_is_an_instant() -> None:
    policy = wardkey.parse("time in 07:00..19:00 -> allow EHR")
    at = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
    decision = policy.decide({"now": at}, "EHR")
    assert decision.valid_until.kind == "until"
    assert decision.valid_until.at is not None and at < decision.valid_until.at
    assert policy.allows({"now": at}, "EHR") and not policy.allows({"now": decision.valid_until.at}, "EHR")
    assert policy.decide({}, "EHR").valid_until.kind == "unknown"
    assert policy.session(now=at).valid_until == decision.valid_until


def test_decisions_compare_by_what_they_say(music: wardkey.Policy) -> None:
    here, there = ({"role": "Sales", "location": place} for place in ("lobby", "care_area"))
    decision = music.decide(here, "iTunes")
    assert decision == music.decide(here, "itunes") and hash(decision) == hash(music.decide(here, "iTunes"))
    assert decision != music.decide(there, "iTunes") and decision != "allowed"


def test_an_unknown_entitlement_is_named_with_one_like_it(music: wardkey.Policy) -> None:
    for name in ("iTune", "", "x" * 100_000):
        with pytest.raises(wardkey.UnknownEntitlementError):
            music.decide({}, name)
    with pytest.raises(LookupError, match="did you mean `iTunes`"):
        music.allows({}, "iTune")
    with pytest.raises(UnicodeEncodeError):
        music.allows({}, "\ud800")
    with pytest.raises(TypeError):
        music.decide({}, 5)  # type: ignore[arg-type]


def test_all_entitlements_are_a_mapping(hospital: wardkey.Policy) -> None:
    context = hospital.context({"role": "Nurse", "employment": "active"}, lenient=True)
    all_of_them = hospital.entitlements(context)
    assert tuple(all_of_them) == all_of_them.keys() == hospital.entitlement_names
    assert len(all_of_them) == len(hospital.entitlement_names)
    assert {name: decision.outcome for name, decision in all_of_them.items()} == all_of_them.outcomes
    assert [decision.entitlement for decision in all_of_them.values()] == list(all_of_them)
    for name in all_of_them:
        assert all_of_them[name] == hospital.decide(context, name)
    allowed = [name for name, decision in all_of_them.items() if decision]
    assert allowed == list(all_of_them.allowed)
    groups = (all_of_them.allowed, all_of_them.offered, all_of_them.denied)
    assert sum(map(len, groups)) + list(all_of_them.outcomes.values()).count(Outcome.NOT_GRANTED) == len(all_of_them)
    assert all_of_them == hospital.entitlements(context) and all_of_them != hospital.entitlements({})
    assert "nothing" not in all_of_them and 5 not in all_of_them and all_of_them.get("nothing", 5) == 5
    with pytest.raises(KeyError):
        all_of_them["nothing"]


def test_what_is_kept_stays_when_others_are_let_go() -> None:
    policy = wardkey.parse("role in [Nurse, Sales] and floor >= 4 -> allow EHR")
    kept, contexts = [], []
    for floor in range(200):
        decision = policy.decide({"role": "Nurse" if floor % 3 else "Sales", "floor": floor}, "EHR")
        if floor % 5 == 0:
            kept.append((floor, decision))
        elif floor % 7 == 0:
            contexts.append((floor, decision.context))
    for floor, decision in kept:
        assert decision.context.values == {"role": "Nurse" if floor % 3 else "Sales", "floor": str(floor)}
        assert bool(decision) == (floor >= 4) == (decision.rules != ())
    for floor, context in contexts:
        assert context.values["floor"] == str(floor) and policy.allows(context, "EHR") == (floor >= 4)


def test_outcomes_compare_with_their_texts_by_rank() -> None:
    allowed, denied = wardkey.Outcome.ALLOWED, wardkey.Outcome.DENIED
    assert allowed > "denied" and "denied" < allowed and allowed >= "offered" and not denied > "not_granted"
    with pytest.raises(TypeError, match="compared with an outcome"):
        assert allowed < "granted"
    with pytest.raises(TypeError):
        assert allowed < 3


def test_an_explanation_of_nothing_says_what_would_have_given_it() -> None:
    policy = wardkey.parse("a: role = Nurse and floor = 4 -> allow EHR\nb: role = Clerk -> require EHR with audit = full")
    text = str(policy.explain({"role": "Nurse"}, "EHR"))
    assert text.splitlines()[0] == "EHR: not_granted" and "idle: a" in text and "? floor = 4" in text
    assert text.endswith("not known: floor")
