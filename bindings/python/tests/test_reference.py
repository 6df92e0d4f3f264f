"""Python's answers beside those of the reference evaluator: same policies, same contexts, given in Python's many ways."""

import dataclasses
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import wardkey

CONTEXTS = 24

Draw = Callable[[st.SearchStrategy[Any]], Any]


class Reference:
    """The reference evaluator as a process that is asked line by line."""

    def __init__(self, path: str) -> None:
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.asked: int | None = None
        self.policy = lru_cache(200)(self.generate)

    def ask(self, question: Any) -> Any:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the reference evaluator has ended"
        return json.loads(line)

    def select(self, seed: int) -> Any:
        self.asked = seed
        return self.ask({"seed": seed, "contexts": CONTEXTS})

    def generate(self, seed: int) -> tuple[wardkey.Policy, list[dict[str, Any]]]:
        found = self.select(seed)
        policy = wardkey.parse(found["rules"], catalogue=found["catalogue"], tables=found["tables"])
        return policy, found["contexts"]

    def decide(self, seed: int, context: Any) -> Any:
        if self.asked != seed:
            self.select(seed)
        return self.ask({"context": context})


@pytest.fixture(scope="module")
def reference() -> Iterator[Reference]:
    path = os.environ.get("WARDKEY_REFERENCE")
    if not path:
        pytest.skip("WARDKEY_REFERENCE names no reference evaluator")
    reference = Reference(path)
    yield reference
    reference.process.stdin.close()  # type: ignore[union-attr]
    reference.process.stdout.close()  # type: ignore[union-attr]
    assert reference.process.wait(10) == 0


def in_python(draw: Draw, value: Any) -> Any:
    """A value of JSON, perhaps as Python's own types say it."""
    if isinstance(value, dict):
        match value:
            case {"$": "unknown"}:
                return wardkey.UNKNOWN
            case {"$": "absent"}:
                return wardkey.ABSENT
            case {"$": "set"} if set(value) <= {"$", "has", "may_have", "others"} and draw(st.booleans()):
                return wardkey.PartialSet(value.get("has", []), value.get("may_have", []), value.get("others", False))
            case {"$": _}:
                return value
        members = {name: in_python(draw, inner) for name, inner in value.items()}
        return as_dataclass(members) if draw(st.booleans()) else members
    if isinstance(value, list):
        if all(isinstance(one, str) for one in value):
            return draw(st.sampled_from([list, tuple, set, frozenset]))(value)
        return value
    if isinstance(value, str):
        return draw(st.sampled_from([value, *readings(value)]))
    if isinstance(value, float):
        return draw(st.sampled_from([value, Decimal(repr(value))]))
    if isinstance(value, int) and not isinstance(value, bool):
        return draw(st.sampled_from([value, Decimal(value)]))
    return value


def readings(text: str) -> Iterator[Any]:
    """What else a text may be, if it is that to the letter."""
    for kind in (date, time, datetime):
        try:
            read = kind.fromisoformat(text)
        except ValueError:
            continue
        if read.isoformat() == text and (not isinstance(read, datetime) or read.tzinfo is not None):
            yield read


def as_dataclass(members: dict[str, Any]) -> Any:
    if not all(name.isidentifier() for name in members):
        return members
    fields = [(name, Any, dataclasses.field(default=value)) for name, value in members.items() if not unsafe(value)]
    if len(fields) != len(members):
        return members
    try:
        return dataclasses.make_dataclass("Given", fields)()
    except (TypeError, ValueError):
        return members


def unsafe(value: Any) -> bool:
    """Whether it cannot be the default of a field."""
    return getattr(value, "__hash__", None) is None


def ask(draw: Draw, policy: wardkey.Policy, context: dict[str, Any]) -> wardkey.Entitlements:
    """All decisions about a context that is given in one of many ways."""
    converted = {name: in_python(draw, value) for name, value in context.items()}
    way = draw(st.sampled_from(["dict", "object", "json", "bytes", "keywords", "split", "session", "context"]))
    match way:
        case "object":
            return policy.entitlements(as_dataclass(converted))
        case "json":
            return policy.entitlements(json.dumps(context))
        case "bytes":
            return policy.entitlements(json.dumps(context, ensure_ascii=False).encode())
        case "keywords":
            return policy.entitlements(**converted)
        case "split":
            names = list(converted)
            at = draw(st.integers(0, len(names)))
            rest = {name: converted[name] for name in names[at:]}
            return policy.entitlements({name: converted[name] for name in names[:at]}, **rest)
        case "session":
            session = policy.session()
            session.update(converted)
            return session.entitlements()
        case "context":
            return policy.entitlements(policy.context(converted))
    return policy.entitlements(converted)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), derandomize=bool(os.environ.get("CI")))
@given(data=st.data())
def test_says_what_the_reference_says(reference: Reference, data: st.DataObject) -> None:
    seed = data.draw(st.integers(0, 400), "seed")
    policy, contexts = reference.policy(seed)
    context = dict(data.draw(st.sampled_from(contexts), "context"))
    for name in data.draw(st.sets(st.sampled_from(sorted(context)), max_size=3), "left out") if context else ():
        context[name] = None
    other = data.draw(st.sampled_from(contexts), "other")
    for name in data.draw(st.sets(st.sampled_from(sorted(other)), max_size=2), "replaced") if other else ():
        context[name] = other[name]
    expected = reference.decide(seed, context)
    if expected is None:
        with pytest.raises(wardkey.ContextError):
            ask(data.draw, policy, context)
        return
    answers = ask(data.draw, policy, context)
    assert tuple(answers) == tuple(expected)
    for name, decision in answers.items():
        found = {
            "outcome": decision.outcome.value,
            "rules": [
                {"id": rule.id, "is_certain": rule.is_certain, "missing": sorted(rule.missing)} for rule in decision.rules
            ],
            "outranked": sorted(rule.id for rule in decision.outranked),
            "missing": sorted(decision.missing),
            "parameters": sorted(decision.parameters),
        }
        assert found == expected[name], name
        assert policy.outcome(answers[name].context, name) is decision.outcome
        assert bool(decision) == (expected[name]["outcome"] == "allowed")
