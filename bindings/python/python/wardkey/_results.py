"""Results without behaviour: frozen, comparable, and fit for pickle.

The native module gives plain data, and the functions at the end make results of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum
from html import escape
from typing import Any, Literal

__all__ = [
    "At",
    "Because",
    "Diagnostic",
    "Difference",
    "Edit",
    "EffectExplanation",
    "EntitlementDiff",
    "Explanation",
    "Finding",
    "FiredRule",
    "Label",
    "Outcome",
    "OutcomeDiff",
    "Place",
    "PolicyDiff",
    "Read",
    "Region",
    "Residual",
    "ResidualRule",
    "Rule",
    "RuleExplanation",
    "RuleName",
    "TestReport",
    "TestResult",
    "Tree",
    "ValidUntil",
    "Why",
    "WhyRule",
]


class Outcome(str, Enum):
    """What a policy says of one entitlement, from the most closed to the most open, in which order they compare.

    A member is the text that the command line and JSON have for it.

    >>> Outcome.DENIED < Outcome.NOT_GRANTED < Outcome.OFFERED < Outcome.ALLOWED
    True
    >>> Outcome.ALLOWED == "allowed"
    True
    """

    DENIED = "denied"
    """A rule takes it away."""
    NOT_GRANTED = "not_granted"
    """No rule gives it."""
    OFFERED = "offered"
    """It may be asked for."""
    ALLOWED = "allowed"
    """It is given."""

    def __str__(self) -> str:
        return self.value

    def _rank(self) -> int:
        return _ORDER.index(self)

    def __lt__(self, other: object) -> bool:
        return self._rank() < other._rank() if isinstance(other, Outcome) else NotImplemented

    def __le__(self, other: object) -> bool:
        return self._rank() <= other._rank() if isinstance(other, Outcome) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return self._rank() > other._rank() if isinstance(other, Outcome) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return self._rank() >= other._rank() if isinstance(other, Outcome) else NotImplemented


_ORDER = list(Outcome)


@dataclass(frozen=True)
class At:
    """Where something begins: a file as it was given, line and column from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Place(At):
    """A stretch of a text, its end excluded."""

    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Label:
    """A place with what is to be said about it, which may be nothing."""

    place: Place
    message: str


@dataclass(frozen=True)
class Edit:
    """What mends a problem: the text that belongs at a place."""

    place: Place
    text: str


@dataclass(frozen=True)
class Diagnostic:
    """One problem of a policy. Its text is an excerpt with the place underlined."""

    code: str
    """`WK` and three digits, never reused for another meaning."""
    name: str
    severity: Literal["error", "warning", "note"]
    message: str
    place: Place | None
    labels: tuple[Label, ...]
    help: tuple[str, ...]
    fix: tuple[Edit, ...] | None
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Because:
    """What a rule says to the person concerned, and in which language."""

    language: str | None
    text: str


@dataclass(frozen=True)
class Rule:
    """A rule as it was written."""

    id: str
    """As written, or generated."""
    is_named: bool
    text: str
    """In canonical form."""
    places: tuple[Place, ...]
    """More than one for identical unnamed rules."""
    because: tuple[Because, ...]
    is_trial: bool
    """Evaluated and explained, not enforced."""
    is_disabled: bool

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True)
class FiredRule(Rule):
    """A rule that fired."""

    is_certain: bool
    """Whether its condition certainly holds. A rule that restricts fires when it only may hold, too."""
    missing: tuple[str, ...]
    """What would have to be known to be certain."""

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True)
class ValidUntil:
    """How long a decision holds if nothing changes but the time."""

    kind: Literal["until", "never", "unknown", "horizon"]
    """`until`: from the instant on it is another. `never`: time does not change it. `unknown`: it depends on the time, which was
    not given. `horizon`: it does not change before the instant, beyond which nobody looked."""
    at: datetime | None
    """In UTC; rounded down to microseconds."""


@dataclass(frozen=True)
class Read:
    """What a test read of the context."""

    attribute: str
    state: Literal["value", "absent", "unknown", "withheld"]
    value: str | None


@dataclass(frozen=True)
class Tree:
    """A condition, what it came to, and its parts."""

    text: str
    value: Literal["true", "false", "unknown"]
    joint: Literal["test", "all", "any", "not", "let"]
    reads: tuple[Read, ...]
    children: tuple[Tree, ...]

    def __str__(self) -> str:
        return "\n".join(self._lines(0))

    def _lines(self, depth: int) -> list[str]:
        mark = {"true": "+", "false": "-", "unknown": "?"}[self.value]
        lines = [f"{'  ' * depth}{mark} {self.text}"]
        return lines + [line for child in self.children for line in child._lines(depth + 1)]


@dataclass(frozen=True)
class EffectExplanation:
    """An effect on the entitlement, and whether it applies."""

    effect: str
    fires: Literal["certain", "possible", "no"]
    guard: Tree | None


@dataclass(frozen=True)
class RuleExplanation:
    """A rule that speaks of the entitlement."""

    id: str
    is_named: bool
    text: str
    places: tuple[At, ...]
    part: Literal["decided", "outranked", "adds", "trial", "idle"]
    trial: bool
    effects: tuple[EffectExplanation, ...]
    condition: Tree


@dataclass(frozen=True)
class Explanation:
    """A decision, and every rule that speaks of its entitlement, those that decided first."""

    decision: Mapping[str, Any]
    """As :meth:`Decision.to_dict` gives it."""
    rules: tuple[RuleExplanation, ...]

    def __str__(self) -> str:
        lines = [f"{self.decision['entitlement']}: {self.decision['outcome']}"]
        for rule in self.rules:
            lines.append(f"{rule.part}: {rule.id if rule.is_named else rule.text}")
            lines.extend(f"  {line}" for line in str(rule.condition).splitlines())
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = [
            f"<tr><td>{escape(rule.part)}</td><td><code>{escape(rule.id if rule.is_named else rule.text)}</code></td>"
            f"<td><pre>{escape(str(rule.condition))}</pre></td></tr>"
            for rule in self.rules
        ]
        head = f"<b>{escape(self.decision['entitlement'])}</b>: {escape(self.decision['outcome'])}"
        return f"<div>{head}{_table(('part', 'rule', 'condition'), rows)}</div>"


@dataclass(frozen=True)
class ResidualRule:
    """A rule that may still decide, with what is left of its condition."""

    id: str
    is_named: bool
    effect: str
    condition: str


@dataclass(frozen=True)
class Residual:
    """What is left to ask before it is settled whether somebody gets an entitlement."""

    entitlement: str
    outcome: Outcome | None
    """Where it is the same whatever is still learnt."""
    attributes: tuple[str, ...]
    """Those that can still matter."""
    condition: str
    """When it is allowed, in the language of rules."""
    offer_condition: str
    """When it is at least offered."""
    rules: tuple[ResidualRule, ...]
    lets: Mapping[str, str]
    """Abbreviations that conditions name; none unless they are very long."""
    policy: str
    """The rules that are left, as a policy of their own."""


@dataclass(frozen=True)
class Finding:
    """What is likely not meant, with what shows it."""

    diagnostic: Diagnostic
    rules: tuple[str, ...]
    """Ids of the rules it is about; the first is the one to look at."""
    entitlements: tuple[str, ...]
    """The entitlements it is about; none: all that the rule speaks of."""
    witness: Mapping[str, Any] | None
    """A context that shows it."""

    @property
    def is_undecided(self) -> bool:
        """Whether it says that a question was not answered."""
        return self.diagnostic.name == "undecided"

    def __str__(self) -> str:
        return self.diagnostic.text


@dataclass(frozen=True)
class RuleName:
    """A rule of one of two versions, or of both."""

    id: str
    version: Literal["old", "new"] | None


@dataclass(frozen=True)
class Region:
    """Contexts, told by which rules apply."""

    applies: tuple[RuleName, ...]
    except_: tuple[RuleName, ...]
    approved: bool | None
    """Only where a request was approved, or only where none was."""
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class OutcomeDiff:
    """All contexts in which one outcome becomes another."""

    before: Outcome
    after: Outcome
    regions: tuple[Region, ...]
    is_complete: bool
    """Whether the regions are all."""
    witness: Mapping[str, Any]
    """A context that shows it."""


@dataclass(frozen=True)
class EntitlementDiff:
    """What is different for one entitlement."""

    entitlement: str
    verdict: Literal["equivalent", "more", "less", "incomparable"]
    changes: tuple[OutcomeDiff, ...]
    undecided: str | None
    """What was not found out, if something was not."""


@dataclass(frozen=True)
class PolicyDiff:
    """What people get otherwise by a later version of a policy. False where nothing is different."""

    verdict: Literal["equivalent", "more", "less", "incomparable"]
    entitlements: tuple[EntitlementDiff, ...]
    catalogue: tuple[str, ...]
    """What is different in the catalogue, in words."""

    def __bool__(self) -> bool:
        return bool(self.entitlements)

    def __str__(self) -> str:
        lines = [f"verdict: {self.verdict}"]
        for entitlement in self.entitlements:
            lines.append(f"{entitlement.entitlement}: {entitlement.verdict}")
            for change in entitlement.changes:
                places = "; ".join(map(str, change.regions))
                lines.append(f"  {change.before} to {change.after} {places}".rstrip())
            if entitlement.undecided:
                lines.append(f"  {entitlement.undecided}")
        return "\n".join(lines + [f"catalogue: {change}" for change in self.catalogue])

    def _repr_html_(self) -> str:
        rows = [
            f"<tr><td><b>{escape(one.entitlement)}</b></td><td>{change.before}</td><td>{change.after}</td>"
            f"<td>{'<br>'.join(escape(region.text) for region in change.regions)}</td>"
            f"<td><code>{escape(str(dict(change.witness)))}</code></td></tr>"
            for one in self.entitlements
            for change in one.changes
        ]
        return f"<div>{escape(self.verdict)}{_table(('', 'before', 'after', 'where', 'for example'), rows)}</div>"


@dataclass(frozen=True)
class Difference:
    """One thing that came out otherwise than a test expects."""

    what: str
    expected: str
    got: str


@dataclass(frozen=True)
class WhyRule:
    """A rule of a decision that a test did not expect."""

    id: str
    is_named: bool
    text: str
    place: Place | None
    is_certain: bool


@dataclass(frozen=True)
class Why:
    """The reasons of a decision that a test did not expect."""

    outcome: Outcome
    rules: tuple[WhyRule, ...]
    outranked: tuple[WhyRule, ...]
    missing: tuple[str, ...]
    because: tuple[str, ...]


@dataclass(frozen=True)
class TestResult:
    """What came of one expectation in one context."""

    __test__ = False

    test: str
    context: str | None
    entitlement: str
    place: Place
    differences: tuple[Difference, ...]
    """Empty: what was expected came."""
    why: Why | None

    @property
    def is_passed(self) -> bool:
        """Whether what was expected came."""
        return not self.differences

    def __str__(self) -> str:
        name = f"{self.test} ({self.context})" if self.context else self.test
        found = [f"{one.what}: expected {one.expected}, got {one.got}" for one in self.differences]
        return f"{name}: {self.entitlement}: {'; '.join(found) or 'passed'}"


@dataclass(frozen=True)
class TestReport:
    """What came of policy tests. True where all of them passed."""

    __test__ = False

    results: tuple[TestResult, ...]

    @property
    def passed(self) -> int:
        """How many expectations hold."""
        return sum(result.is_passed for result in self.results)

    @property
    def failed(self) -> int:
        """How many do not."""
        return len(self.results) - self.passed

    def __bool__(self) -> bool:
        return not self.failed

    def __str__(self) -> str:
        failures = [str(result) for result in self.results if not result.is_passed]
        return "\n".join([f"{self.passed} passed, {self.failed} failed", *failures])


# --- from plain data of the native module


def _with(data: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    return {**data, **changes}


def _place(data: Mapping[str, Any]) -> Place:
    return Place(**data)


def _places(data: Sequence[Mapping[str, Any]]) -> tuple[Place, ...]:
    return tuple(map(_place, data))


def diagnostics(data: Sequence[Mapping[str, Any]]) -> tuple[Diagnostic, ...]:
    """Problems."""
    return tuple(_diagnostic(one) for one in data)


def _diagnostic(data: Mapping[str, Any]) -> Diagnostic:
    edits = data["fix"]
    return Diagnostic(
        **_with(
            data,
            place=data["place"] and _place(data["place"]),
            labels=tuple(Label(_place(label["place"]), label["message"]) for label in data["labels"]),
            help=tuple(data["help"]),
            fix=None if edits is None else tuple(Edit(_place(edit["place"]), edit["text"]) for edit in edits),
        )
    )


def _rule_fields(data: Mapping[str, Any]) -> dict[str, Any]:
    because = tuple(Because(**one) for one in data["because"])
    return _with(data, places=_places(data["places"]), because=because)


def rules(data: Sequence[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Rules of a policy."""
    return tuple(Rule(**_rule_fields(one)) for one in data)


def fired_rules(data: Sequence[Mapping[str, Any]]) -> tuple[FiredRule, ...]:
    """Rules of a decision."""
    return tuple(FiredRule(**_with(_rule_fields(one), missing=tuple(one["missing"]))) for one in data)


def valid_until(data: Mapping[str, Any]) -> ValidUntil:
    """The end of a decision."""
    microseconds = data["microseconds"]
    start = datetime(1970, 1, 1, tzinfo=timezone.utc)
    return ValidUntil(data["kind"], None if microseconds is None else start + timedelta(microseconds=microseconds))


def _tree(data: Mapping[str, Any]) -> Tree:
    reads = tuple(Read(one["attribute"], one["state"], one.get("value")) for one in data["reads"])
    return Tree(data["text"], data["value"], data["joint"], reads, tuple(map(_tree, data["children"])))


def _rule_explanation(data: Mapping[str, Any]) -> RuleExplanation:
    effects = tuple(
        EffectExplanation(one["effect"], one["fires"], one["guard"] and _tree(one["guard"])) for one in data["effects"]
    )
    places = tuple(At(**place) for place in data["places"])
    return RuleExplanation(**_with(data, places=places, effects=effects, condition=_tree(data["condition"])))


def explanation(data: Mapping[str, Any]) -> Explanation:
    """Why a decision came out as it did."""
    return Explanation(data["decision"], tuple(map(_rule_explanation, data["rules"])))


def residual(data: Mapping[str, Any]) -> Residual:
    """What is left of a policy."""
    outcome = data["outcome"]
    return Residual(
        **_with(
            data,
            outcome=None if outcome is None else Outcome(outcome),
            attributes=tuple(data["attributes"]),
            rules=tuple(ResidualRule(**one) for one in data["rules"]),
            lets={one["name"]: one["condition"] for one in data["lets"]},
        )
    )


def findings(data: Sequence[Mapping[str, Any]]) -> tuple[Finding, ...]:
    """What a check found."""
    return tuple(
        Finding(_diagnostic(one["diagnostic"]), tuple(one["rules"]), tuple(one["entitlements"]), one["witness"])
        for one in data
    )


def _region(data: Mapping[str, Any]) -> Region:
    names = {key: tuple(RuleName(**name) for name in data[key]) for key in ("applies", "except")}
    return Region(names["applies"], names["except"], data["approved"], data["text"])


def _outcome_diff(data: Mapping[str, Any]) -> OutcomeDiff:
    regions = tuple(map(_region, data["regions"]))
    return OutcomeDiff(
        Outcome(data["from"]), Outcome(data["to"]), regions, data["is_complete"], data["witness"]
    )


def policy_diff(data: Mapping[str, Any]) -> PolicyDiff:
    """Two versions compared."""
    entitlements = tuple(
        EntitlementDiff(one["entitlement"], one["verdict"], tuple(map(_outcome_diff, one["changes"])), one["undecided"])
        for one in data["entitlements"]
    )
    return PolicyDiff(data["verdict"], entitlements, tuple(data["catalogue"]))


def _why_rule(data: Mapping[str, Any]) -> WhyRule:
    return WhyRule(**_with(data, place=data["place"] and _place(data["place"])))


def _why(data: Mapping[str, Any]) -> Why:
    return Why(
        Outcome(data["outcome"]),
        rules=tuple(map(_why_rule, data["rules"])),
        outranked=tuple(map(_why_rule, data["outranked"])),
        missing=tuple(data["missing"]),
        because=tuple(data["because"]),
    )


def test_report(data: Sequence[Mapping[str, Any]]) -> TestReport:
    """What came of policy tests."""
    return TestReport(tuple(map(_test_result, data)))


def _test_result(data: Mapping[str, Any]) -> TestResult:
    return TestResult(
        **_with(
            data,
            place=_place(data["place"]),
            differences=tuple(Difference(**difference) for difference in data["differences"]),
            why=data["why"] and _why(data["why"]),
        )
    )


# --- for notebooks

_SHOWN = 200
"""Rows of a table that are shown."""

_COLOURS = {"allowed": "#1a7f37", "offered": "#9a6700", "not_granted": "#57606a", "denied": "#cf222e"}


def _table(heads: Sequence[str], rows: Sequence[str]) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    more = f"<tr><td colspan={len(heads)}>and {len(rows) - _SHOWN} more</td></tr>" if len(rows) > _SHOWN else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows[:_SHOWN])}{more}</tbody></table>"


def _coloured(outcome: Any) -> str:
    word = str(outcome)
    return f'<span style="color: {_COLOURS[word]}">{word.replace("_", " ")}</span>'


def decision_html(decision: Any) -> str:
    """A decision for a notebook."""
    lines = [f"<b>{escape(decision.entitlement)}</b>: {_coloured(decision.outcome)}"]
    lines += [f"<code>{escape(rule.text)}</code>" for rule in decision.rules]
    lines += [f"<i>{escape(text)}</i>" for text in decision.because()]
    lines += [escape(f"{name} = {value}") for name, value in decision.parameters.items()]
    if decision.missing:
        lines.append(escape(f"not known: {', '.join(decision.missing)}"))
    return f"<div>{'<br>'.join(lines)}</div>"


def entitlements_html(entitlements: Any) -> str:
    """All decisions for a notebook."""
    rows = [
        f"<tr><td>{escape(name)}</td><td>{_coloured(outcome)}</td></tr>"
        for name, outcome in entitlements.outcomes.items()
    ]
    return _table(("entitlement", "outcome"), rows)


def delta_html(delta: Any) -> str:
    """A change for a notebook."""
    rows = [
        f"<tr><td>{escape(change.entitlement)}</td><td>{_coloured(change.before.outcome)}</td>"
        f"<td>{_coloured(change.after.outcome)}</td></tr>"
        for change in delta
    ]
    return _table(("entitlement", "before", "after"), rows)


def policy_html(policy: Any) -> str:
    """A policy for a notebook."""
    rows = [f"<tr><td>{escape(rule.id)}</td><td><code>{escape(rule.text)}</code></td></tr>" for rule in policy.rules]
    return _table(("rule", "text"), rows)
