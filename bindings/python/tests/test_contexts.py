"""What Python hands over as a context, and what is said of what cannot be one."""

import collections
import dataclasses
import enum
import ipaddress
import itertools
import json
import sys
import types
import uuid
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any, NamedTuple

import attrs
import numpy
import pandas
import pydantic
import pytest

import wardkey

CATALOGUE = """
ward: 1
attributes:
  role: [Nurse, Sales]
  badge: id
  age: whole
  share: decimal
  on: date
  at: time
  since: datetime
  pause: duration
  groups: {set of: [staff, night, lab]}
  device.managed: bool
  device.address: address
  mood: {one of: [calm, cross], omitted: calm}
entitlements: [EHR]
"""


@pytest.fixture(scope="module")
def policy() -> wardkey.Policy:
    return wardkey.parse("role = Nurse and device.managed -> allow EHR", catalogue=CATALOGUE)


def values(policy: wardkey.Policy, given: Any = None, **attributes: Any) -> dict[str, str | None]:
    """What was read, without what the catalogue adds."""
    return {name: text for name, text in policy.context(given, **attributes).values.items() if name != "mood"}


class Role(enum.Enum):
    NURSE = "Nurse"


class TextRole(str, enum.Enum):
    NURSE = "Nurse"


class Number(enum.IntEnum):
    FORTY = 40


@dataclasses.dataclass
class Device:
    managed: bool


@dataclasses.dataclass
class Person:
    role: Role
    device: Device
    age: int | None = None


class DeviceModel(pydantic.BaseModel):
    managed: bool


class PersonModel(pydantic.BaseModel):
    role: Role
    device: DeviceModel
    age: int | None = None


@attrs.define
class PersonAttrs:
    role: Role
    device: Device


class PersonTuple(NamedTuple):
    role: str
    device: dict[str, bool]


NURSE = {"role": "Nurse", "device": {"managed": True}}


@pytest.mark.parametrize(
    "context",
    [
        NURSE,
        {"role": "Nurse", "device.managed": True},
        {"user.role": "Nurse", "device": {"managed": "true"}},
        collections.OrderedDict(NURSE),
        collections.ChainMap[str, Any]({"role": "Nurse"}, NURSE),
        types.MappingProxyType(NURSE),
        Person(Role.NURSE, Device(True)),
        PersonModel(role=Role.NURSE, device=DeviceModel(managed=True)),
        PersonAttrs(Role.NURSE, Device(True)),
        PersonTuple("Nurse", {"managed": True}),
        json.dumps(NURSE),
        json.dumps(NURSE).encode(),
        bytearray(json.dumps(NURSE).encode()),
        {"role": TextRole.NURSE, "device": PersonModel(role=Role.NURSE, device=DeviceModel(managed=True)).device},
        {"role": numpy.str_("Nurse"), "device": {"managed": numpy.bool_(True)}},
    ],
    ids=lambda context: type(context).__name__,
)
def test_contexts_of_many_kinds(policy: wardkey.Policy, context: Any) -> None:
    assert values(policy, context) == {"role": "Nurse", "device.managed": "true"}
    assert policy.decide(context, "EHR")
    assert policy.allows(context, "EHR") and policy.outcome(context, "EHR") is wardkey.Outcome.ALLOWED
    assert policy.entitlements(context).allowed == ("EHR",)
    assert policy.session(context).allows("EHR")


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("badge", "Ä-1", "Ä-1"),
        ("badge", uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ("age", 41, "41"),
        ("age", -1, "-1"),
        ("age", 2**63, "9223372036854775808"),
        ("age", 2**64, "18446744073709551616"),
        ("age", 10**28, "10000000000000000000000000000"),
        ("age", Number.FORTY, "40"),
        ("age", numpy.int64(41), "41"),
        ("age", Decimal("4E+1"), "40"),
        ("age", 41.0, "41"),
        ("share", 0.1, "0.1"),
        ("share", numpy.float64(0.1), "0.1"),
        ("share", numpy.float32(0.5), "0.5"),
        ("share", Decimal("0.100"), "0.1"),
        ("share", "12.5e-2", "0.125"),
        ("on", date(2026, 11, 22), "2026-11-22"),
        ("at", time(7, 30), "07:30"),
        ("since", datetime(2026, 11, 22, 12, tzinfo=timezone.utc), "2026-11-22T12:00:00Z"),
        ("since", datetime(2026, 11, 22, 12, 0, 0, 250_000, timezone(timedelta(hours=-6))), "2026-11-22T18:00:00.25Z"),
        ("since", pandas.Timestamp("2026-11-22T12:00Z"), "2026-11-22T12:00:00Z"),
        ("pause", timedelta(days=1, hours=12), "36h"),
        ("pause", timedelta(0), "0s"),
        ("groups", {"lab"}, "[lab]"),
        ("groups", frozenset({"lab"}), "[lab]"),
        ("groups", ("staff", "lab"), "[staff, lab]"),
        ("groups", {"staff": 1, "lab": 2}.keys(), "[staff, lab]"),
        ("groups", numpy.array(["staff", "lab"]), "[staff, lab]"),
        ("groups", [], "[]"),
        ("groups", wardkey.PartialSet(has=["staff"], may_have={"lab"}, others=True), "[staff, lab?, …]"),
        ("device.address", ipaddress.ip_address("10.4.0.1"), "10.4.0.1"),
        ("device.address", ipaddress.ip_address("::1"), "::1"),
        ("role", wardkey.ABSENT, None),
    ],
    ids=repr,
)
def test_values_of_many_types(policy: wardkey.Policy, name: str, value: Any, read: str | None) -> None:
    assert values(policy, {name: value}) == {name: read}
    session = policy.session()
    session.set(name, value)
    assert session.context.values[name] == read


def test_none_leaves_out_and_unknown_says_so(policy: wardkey.Policy) -> None:
    for missing in (None, pandas.NA, pandas.NaT):
        assert policy.context(mood=missing, age=missing).values == {"mood": "calm"}
    assert policy.context(mood=wardkey.UNKNOWN).values == {}
    assert repr(wardkey.ABSENT) == "wardkey.ABSENT"


def test_keywords_replace_what_was_given(policy: wardkey.Policy) -> None:
    nurse = policy.context(NURSE)
    for given in (NURSE, nurse, json.dumps(NURSE), PersonTuple("Nurse", {"managed": True})):
        assert values(policy, given, age=41, role="Sales") == {"role": "Sales", "age": "41", "device.managed": "true"}
        assert policy.allows(given, "EHR") and not policy.allows(given, "EHR", role="Sales")
    assert nurse.values["role"] == "Nurse", "a context does not change"


def test_names_and_values_that_do_not_fit_are_named_all_at_once(policy: wardkey.Policy) -> None:
    with pytest.raises(wardkey.ContextError) as refused:
        policy.context(role="Nurze", age="old", shoe=42, share=True)
    problems = {problem.attribute: problem for problem in refused.value.problems}
    assert set(problems) == {"role", "age", "shoe", "share"}
    assert problems["role"].help == "did you mean `Nurse`?"


def test_lenient_contexts_pass_over(policy: wardkey.Policy) -> None:
    context = policy.context({"role": "Nurze", "shoe": 42}, lenient=True)
    assert context.values == {"mood": "calm"} and context.passed_over == ("shoe",)
    assert len(context.unusable) == 1 and "Nurze" in context.unusable[0]


def nested(depth: int, leaf: Any = 1) -> Any:
    for _ in range(depth):
        leaf = {"a": leaf}
    return leaf


CIRCLE: dict[str, Any] = {}
CIRCLE["role"] = CIRCLE
RING: list[Any] = []
RING.append(RING)


class Fails:
    """Raises from everything it can."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"no {name}")


@dataclasses.dataclass
class FailingProperty:
    role: str = dataclasses.field(init=False)


class Growing(dict[str, Any]):
    """Changes while it is read."""

    class Grower:
        def __init__(self, owner: "Growing") -> None:
            self.owner = owner

        dtype = "any"

        def tolist(self) -> str:
            self.owner[f"more{len(self.owner)}"] = 1
            return "Nurse"


GROWING = Growing()
GROWING["role"] = Growing.Grower(GROWING)
GROWING["age"] = 1


@pytest.mark.parametrize(
    ("context", "attribute"),
    [
        ({"age": float("nan")}, "age"),
        ({"age": float("inf")}, "age"),
        ({"age": numpy.float64("nan")}, "age"),
        ({"age": Decimal("NaN")}, "age"),
        ({"age": Decimal("sNaN")}, "age"),
        ({"age": Decimal("Infinity")}, "age"),
        ({"age": Decimal("1E+999999")}, "age"),
        ({"age": 10**30}, "age"),
        ({"age": 10**5000}, "age"),
        ({"age": -(10**5000)}, "age"),
        ({"age": 1e300}, "age"),
        ({"age": 41.5}, "age"),
        ({"age": 1 + 2j}, "age"),
        ({"role": "\ud800"}, "role"),
        ({"role": "Nurse\x00"}, "role"),
        ({"role": b"Nurse"}, "role"),
        ({"role": object()}, "role"),
        ({"role": Role}, "role"),
        ({"role": dict}, "role"),
        ({"role": ["Nurse"]}, "role"),
        ({"role": iter(["Nurse"])}, "role"),
        ({"groups": ["staff", None]}, "groups"),
        ({"groups": [["staff"]]}, "groups"),
        ({"groups": RING}, "groups"),
        ({"groups": ["x"] * 10_001}, "groups"),
        ({"device": {"managed": b"x"}}, "device.managed"),
        ({"device": {"managed": 2}}, "device.managed"),
        ({"device": nested(100)}, None),
        ({"since": datetime(2026, 11, 22)}, "since"),
        ({"at": time(7, tzinfo=timezone.utc)}, "at"),
        ({"pause": timedelta(seconds=-1)}, "pause"),
        ({"pause": timedelta(microseconds=1)}, "pause"),
        ({"shoe": 1}, "shoe"),
        ({"role": "Nurse", "ROLE": "Sales"}, "ROLE"),
        ({"x" * 2000: 1}, None),
        (CIRCLE, None),
        (GROWING, None),
        ({1: "Nurse"}, None),
        ({None: "Nurse"}, None),
        ({"\ud800": "Nurse"}, None),
        ({"device": {1: 2}}, "device"),
        (5, None),
        (object(), None),
        (dict, None),
        (["role"], None),
        (Fails(), None),
        ("", None),
        ("[]", None),
        (b"\xff", None),
        ("{" * 100_000, None),
        (json.dumps(nested(100)), None),
    ],
    ids=itertools.count(),
)
def test_hostile_contexts_are_refused(policy: wardkey.Policy, context: Any, attribute: str | None) -> None:
    for ask in (
        lambda: policy.context(context),
        lambda: policy.decide(context, "EHR"),
        lambda: policy.allows(context, "EHR", mood="calm"),
        lambda: policy.session(context),
        lambda: policy.session().update(context),
    ):
        with pytest.raises(wardkey.ContextError) as refused:
            ask()
        problem = refused.value.problems[0]
        assert problem.message and str(refused.value)
        if attribute is not None:
            assert problem.attribute == attribute
            assert f"`{attribute}`" in problem.message
    # nothing is left of it
    assert policy.allows(NURSE, "EHR") and not policy.allows({}, "EHR")


def test_what_code_raises_passes(policy: wardkey.Policy) -> None:
    with pytest.raises(RuntimeError):
        policy.context(role=Fails())
    with pytest.raises(AttributeError):
        policy.session().update(role=FailingProperty())


def test_an_interrupt_goes_through(policy: wardkey.Policy) -> None:
    class Interrupts:
        dtype = "any"

        def tolist(self) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        policy.context(role=Interrupts())


def test_a_context_of_another_policy_is_refused(policy: wardkey.Policy, music: wardkey.Policy) -> None:
    context = music.context(role="Sales")
    with pytest.raises(wardkey.ContextError, match="another policy"):
        policy.decide(context, "EHR")
    again = wardkey.parse("role = Nurse and device.managed -> allow EHR", catalogue=CATALOGUE)
    assert again.decide(policy.context(NURSE), "EHR"), "the same policy, loaded twice"


def test_reading_runs_code_that_asks_the_same_policy(policy: wardkey.Policy) -> None:
    class Asks:
        dtype = "any"

        def tolist(self) -> str:
            return "Nurse" if policy.allows(NURSE, "EHR") else "Sales"

    assert policy.allows({"role": Asks(), "device": {"managed": True}}, "EHR")


def test_nothing_leaks(policy: wardkey.Policy) -> None:
    text = "Nurse and some more that is not interned"
    before = sys.getrefcount(text)
    for _ in range(100):
        policy.context({"role": text}, lenient=True)
        with pytest.raises(wardkey.ContextError):
            policy.context({"role": text})
    assert sys.getrefcount(text) <= before + 1


def test_a_set_that_is_partly_known_is_kept_whole() -> None:
    opens = wardkey.parse("g has lab -> deny G\nalways -> allow G")
    # something that can be gone through but once
    assert not opens.allows({"g": wardkey.PartialSet(has=(name for name in ["lab"]))}, "G")
    assert not opens.allows({"g": wardkey.PartialSet(may_have=iter(["lab"]))}, "G")
    for wrong in ("lab", b"lab", 3, {"lab": 1}):
        with pytest.raises(TypeError, match="`has` has several members"):
            wardkey.PartialSet(has=wrong)  # type: ignore[arg-type]


DEVICE = {"device": {"managed": True, "address": "10.0.0.1"}, "role": "Nurse"}


@pytest.mark.parametrize("kind", ["dict", "json", "context", "session"])
def test_keyword_arguments_replace_attribute_by_attribute_whatever_they_replace(policy: wardkey.Policy, kind: str) -> None:
    def read(**attributes: Any) -> dict[str, str | None]:
        given: Any = {"dict": DEVICE, "json": json.dumps(DEVICE), "context": policy.context(DEVICE)}.get(kind, DEVICE)
        if kind == "session":
            session = policy.session(given)
            session.update(attributes)
            return {name: text for name, text in session.context.values.items() if name != "mood"}
        return values(policy, given, **attributes)

    whole = {"role": "Nurse", "device.managed": "true", "device.address": "10.0.0.1"}
    assert read(device={"managed": False}) == whole | {"device.managed": "false"}
    assert read(**{"device.managed": False}) == whole | {"device.managed": "false"}
    assert read(ROLE="Sales") == whole | {"role": "Sales"}
    assert read(role=None) == {name: text for name, text in whole.items() if name != "role"}
    assert read(device=None) == {"role": "Nurse"}
    with pytest.raises(wardkey.ContextError, match="one attribute with two values"):
        read(role="Nurse", ROLE="Sales")


def test_one_name_with_two_values_in_json(policy: wardkey.Policy) -> None:
    with pytest.raises(wardkey.ContextError, match="`role` has two values") as refused:
        policy.allows('{"role": "Sales", "role": "Nurse"}', "EHR")
    assert refused.value.problems[0].attribute == "role"


def test_everything_that_is_wrong_is_told(policy: wardkey.Policy) -> None:
    wrong = {"age": "old", "role": b"Nurse", "device": {"managed": object(), "address": "10.0.0.x"}, "badge": "b", "shoe": 42}
    with pytest.raises(wardkey.ContextError) as refused:
        policy.context(wrong, share=float("nan"))
    assert {problem.attribute for problem in refused.value.problems} == {
        "age", "role", "device.managed", "device.address", "shoe", "share",
    }  # fmt: skip
    lenient = policy.context(wrong, lenient=True, share=float("nan"))
    assert lenient.values == {"badge": "b", "mood": "calm"} and lenient.passed_over == ("shoe",)
    assert len(lenient.unusable) == 5 and "bytes are not a value" in "\n".join(lenient.unusable)
    assert policy.decide(lenient, "EHR").missing == ("device.managed", "role")


def test_what_no_rule_reads_may_be_anything_where_there_is_no_catalogue() -> None:
    small = wardkey.parse("n = 1 -> allow EHR")
    context = small.context({"created": datetime(2026, 1, 1), "photo": b"x", "n": 1})
    assert small.allows(context, "EHR") and context.values == {"n": "1"}
    with pytest.raises(wardkey.ContextError) as refused:
        small.context({"created": datetime(2026, 1, 1), "N": b"1"})
    assert [problem.attribute for problem in refused.value.problems] == ["N"]


def test_what_code_of_the_caller_raises_is_no_mistake_of_the_context(policy: wardkey.Policy) -> None:
    class Person(pydantic.BaseModel):
        @pydantic.computed_field  # type: ignore[prop-decorator]
        @property
        def role(self) -> str:
            raise RuntimeError("db down")

    for given in (Person(), {"role": Person()}):
        for lenient in (False, True):
            with pytest.raises(RuntimeError, match="db down"):
                policy.context(given, lenient=lenient)


def test_models_of_one_value(policy: wardkey.Policy) -> None:
    class Groups(pydantic.RootModel[list[str]]):
        pass

    assert values(policy, groups=Groups(["staff"])) == {"groups": "[staff]"}
    with pytest.raises(wardkey.ContextError, match="a context has a value for each attribute, and .*Groups has not"):
        policy.context(Groups(["staff"]))


def test_a_session_takes_what_a_context_is_made_of(policy: wardkey.Policy) -> None:
    session = policy.session(DEVICE)
    assert session.update('{"role": "Sales"}').lost == ("EHR",)
    assert session.update({"role": "Sales"}, role="Nurse").gained == ("EHR",)


def test_what_cannot_change_is_copied_by_itself(policy: wardkey.Policy) -> None:
    import copy

    session = policy.session(DEVICE)
    delta = session.update(role="Sales")
    context = policy.context(DEVICE)
    for one in (context, policy.decide(context, "EHR"), policy.entitlements(context), delta, delta[0]):
        assert copy.copy(one) is one and copy.deepcopy(one) is one
    assert delta[0] == delta[0] and delta[0] in list(delta) and hash(delta[0]) == hash(delta[0])
