"""Results without behaviour: frozen, comparable, and fit for pickle.

The native module gives plain data, and the functions at the end make results of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum
from html import escape
from typing import Any, Literal

__all__ = [
    "Alternative",
    "At",
    "Attribute",
    "Because",
    "Blackout",
    "BlackoutReport",
    "Catalogue",
    "Counterexample",
    "Counterfactuals",
    "Coverage",
    "Diagnostic",
    "Difference",
    "Edit",
    "EffectExplanation",
    "Entitlement",
    "EntitlementDiff",
    "Explanation",
    "Finding",
    "FiredRule",
    "Goal",
    "Label",
    "Mutant",
    "Mutation",
    "Outcome",
    "OutcomeDiff",
    "ParameterChange",
    "ParameterDiff",
    "ParameterValue",
    "Place",
    "PolicyDiff",
    "Proof",
    "Read",
    "Region",
    "Residual",
    "ResidualRule",
    "Rule",
    "RuleExplanation",
    "RuleName",
    "Shown",
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

    def _above(self, other: object) -> int:
        """How many outcomes lie from the other up to this one; the other may be the text of one."""
        if not isinstance(other, str) or other not in _ORDER:
            # never as texts, by the alphabet
            raise TypeError(f"an outcome is compared with an outcome, not with {other!r}")
        return _ORDER.index(self) - _ORDER.index(other)

    def __lt__(self, other: object) -> bool:
        return self._above(other) < 0

    def __le__(self, other: object) -> bool:
        return self._above(other) <= 0

    def __gt__(self, other: object) -> bool:
        return self._above(other) > 0

    def __ge__(self, other: object) -> bool:
        return self._above(other) >= 0


_ORDER: list[str] = list(Outcome)


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
    start: int
    """In bytes of UTF-8, from 0."""
    end: int

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
    fix_is_safe: bool
    """Whether `wardkey check --fix` makes these edits; else they are a guess."""
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
class Attribute:
    """An attribute of a context."""

    name: str
    type: str
    """As a catalogue calls it: `one of`, `text`, `id`, `bool`, `whole`, `decimal`, `time`, `date`, `datetime`, `weekday`, `duration`,
    `tree`, `address`, `version`. Of a set: that of its members."""
    is_set: bool
    values: tuple[str, ...] | None
    """Those that are declared: of a tree, all its nodes."""
    is_open: bool
    """Whether others may come."""
    omitted: Literal["unknown", "absent", "default"]
    """What leaving it out means."""
    default: str | None
    is_of_situation: bool
    """Not of the person."""
    may_disclose: bool
    """Whether its value may be named in a reason."""
    may_change: bool
    """Whether counterfactuals change it."""


@dataclass(frozen=True)
class Entitlement:
    """Something that can be asked about."""

    name: str
    is_resource: bool
    """Whether it is a question about one of many, such as a record."""
    parent: str | None
    """What it is an action of."""
    tags: Mapping[str, str | None]
    facts: Mapping[str, str]
    """What the catalogue says besides: `title`, `seats`, `cost`."""


@dataclass(frozen=True)
class Catalogue:
    """What a policy's words stand for."""

    is_declared: bool
    """Whether there is a catalogue; else it is as the rules use the words."""
    attributes: Mapping[str, Attribute]
    entitlements: Mapping[str, Entitlement]


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


_IDLE = 12
"""Rules that do not apply of which the condition is told, where none does."""


@dataclass(frozen=True)
class Explanation:
    """A decision, and every rule that speaks of its entitlement, those that decided first."""

    decision: Mapping[str, Any]
    """As :meth:`Decision.to_dict` gives it."""
    rules: tuple[RuleExplanation, ...]

    def __str__(self) -> str:
        lines = [f"{self.decision['entitlement']}: {self.decision['outcome']}"]
        for rule in self.rules:
            if rule.part != "idle":
                lines.append(f"{rule.part}: {rule.id if rule.is_named else rule.text}")
                lines.extend(f"  {line}" for line in str(rule.condition).splitlines())
        idle = [rule for rule in self.rules if rule.part == "idle"]
        if not any(rule.part == "decided" for rule in self.rules):
            # nothing gives it: what would have
            for rule in idle[:_IDLE]:
                lines.append(f"idle: {rule.id if rule.is_named else rule.text}")
                lines.extend(f"  {line}" for line in str(rule.condition).splitlines())
            idle = idle[_IDLE:]
        if idle:
            lines.append(f"idle: {len(idle)} more")
        if self.decision["missing"]:
            lines.append(f"not known: {', '.join(self.decision['missing'])}")
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
    """Ids of the rules it is about; the first is the one to look at. None where it is about no rule."""
    entitlements: tuple[str, ...]
    """The entitlements it is about; none: all that the rule speaks of."""
    witness: Mapping[str, Any] | None
    """A context that shows it."""
    reason: str | None
    """Why a comment in the policy suppresses it, if one does."""

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
class ParameterValue:
    """One value that a parameter comes to."""

    value: str | None
    """As people write it; none where an attribute that it comes from has none."""
    is_settled: bool
    """Whether it certainly applies."""

    def __str__(self) -> str:
        value = "a value that is not known" if self.value is None else self.value
        return value if self.is_settled else f"perhaps {value}"


@dataclass(frozen=True)
class ParameterChange:
    """What a parameter comes to by one version and by the other."""

    before: tuple[ParameterValue, ...]
    after: tuple[ParameterValue, ...]
    witness: Mapping[str, Any]
    """A context that shows it."""

    def __str__(self) -> str:
        before, after = (" and ".join(map(str, values)) or "not set" for values in (self.before, self.after))
        return f"{before} to {after}"


@dataclass(frozen=True)
class ParameterDiff:
    """A parameter that comes to something else where the outcome stays."""

    parameter: str
    changes: tuple[ParameterChange, ...]
    is_complete: bool
    """Whether these are all, but for values that attributes have."""


@dataclass(frozen=True)
class EntitlementDiff:
    """What is different for one entitlement."""

    entitlement: str
    verdict: Literal["equivalent", "more", "less", "incomparable"]
    """Of the outcomes."""
    changes: tuple[OutcomeDiff, ...]
    parameters: tuple[ParameterDiff, ...]
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
            for parameter in entitlement.parameters:
                lines.extend(f"  {parameter.parameter}: {change}" for change in parameter.changes)
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
        rows += [
            f"<tr><td><b>{escape(one.entitlement)}</b></td><td colspan=2>{escape(parameter.parameter)}</td>"
            f"<td>{escape(str(change))}</td><td><code>{escape(str(dict(change.witness)))}</code></td></tr>"
            for one in self.entitlements
            for parameter in one.parameters
            for change in parameter.changes
        ]
        return f"<div>{escape(self.verdict)}{_table(('', 'before', 'after', 'where', 'for example'), rows)}</div>"


@dataclass(frozen=True)
class Shown:
    """What an entitlement comes to in a context."""

    entitlement: str
    outcome: Outcome
    rules: tuple[str, ...]
    """Ids of the rules that decide so."""

    def __str__(self) -> str:
        by = f" by {', '.join(self.rules)}" if self.rules else ""
        return f"{self.entitlement}: {self.outcome}{by}"


@dataclass(frozen=True)
class Counterexample:
    """A context in which a property fails."""

    decisions: tuple[Shown, ...]
    """The entitlement that shows it, or the two."""
    likewise: tuple[str, ...]
    """Others that fail likewise, since their rules are the same."""
    only_while_unknown: bool
    """It takes something that is unknown: where everything is known the property holds for this entitlement."""
    witness: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{'; '.join(map(str, self.decisions))} where {_situation(self.witness)}"


@dataclass(frozen=True)
class Proof:
    """Whether a property holds in every context. True only where that is certain."""

    name: str
    """As a test file calls it; else the sentence."""
    property: str
    verdict: Literal["holds", "fails", "undecided"]
    is_vacuous: bool
    """It holds, but only because no context is one that it speaks of."""
    counterexamples: tuple[Counterexample, ...]
    """For each entitlement that fails, or each two, a context."""
    undecided: str | None
    """What stopped the search, if something was not found out."""

    def __bool__(self) -> bool:
        return self.verdict == "holds"

    def __str__(self) -> str:
        vacuous = " (but no context is one that it speaks of)" if self.is_vacuous and self else ""
        lines = [f"{self.verdict}: {self.name}{vacuous}", *(f"  {one}" for one in self.counterexamples)]
        return "\n".join(lines + ([f"  {self.undecided}"] if self.undecided else []))

    def _repr_html_(self) -> str:
        rows = [
            f"<tr><td>{escape('; '.join(map(str, one.decisions)))}</td><td><code>{escape(_situation(one.witness))}</code></td></tr>"
            for one in self.counterexamples
        ]
        head = f"{escape(self.name)}: <b>{self.verdict}</b>"
        return f"<div>{head}{_table(('', 'where'), rows) if rows else ''}</div>"


@dataclass(frozen=True)
class Alternative:
    """Attributes that would have to be otherwise, all of them at once; with fewer of them it would not do."""

    attributes: tuple[str, ...]
    """Their names, and `approved` where a request would have to be approved, or no longer be."""
    examples: tuple[tuple[str, ...], ...]
    """What they could be: for each of several ways, a value of each as a rule would have it. To hand them over, see `values`."""
    is_complete: bool
    """Whether these are all ways that the policy tells apart."""
    witness: Mapping[str, Any]
    """The whole context of the first way."""

    @property
    def values(self) -> dict[str, Any]:
        """The first way, as a context takes it; `None` where an attribute is to be left out."""
        return {name: self.witness.get(name) for name in self.attributes}

    def __str__(self) -> str:
        ways = [" and ".join(f"{name} = {value}" for name, value in zip(self.attributes, way)) for way in self.examples]
        return " or ".join(ways) + ("" if self.is_complete else " or others")


@dataclass(frozen=True)
class Counterfactuals:
    """What would have to be otherwise for somebody to get something. False where nothing would do."""

    entitlement: str
    outcome: Outcome
    """What it comes to as things are."""
    wanted: Outcome
    changes: tuple[Alternative, ...]
    """Each smallest change that leads there; those of fewest attributes first."""
    is_complete: bool
    """Whether these are all."""

    def __bool__(self) -> bool:
        return bool(self.changes) or self.outcome == self.wanted

    def __str__(self) -> str:
        if self.outcome == self.wanted:
            return f"{self.entitlement}: {self.wanted} as things are"
        if not self.changes:
            return f"{self.entitlement}: no change of what can change makes it {self.wanted}"
        lines = [f"{self.entitlement}: {self.wanted} with any one of", *(f"  {one}" for one in self.changes)]
        return "\n".join(lines + ([] if self.is_complete else ["  and there are more"]))

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"


@dataclass(frozen=True)
class Blackout:
    """What becomes of entitlements while one attribute is unknown."""

    attribute: str
    closes: tuple[str, ...]
    """Allowed to nobody then, though to some otherwise."""
    break_glass_holds: tuple[str, ...]
    """Of what `override allow` opens in need: what it opens then, too."""
    break_glass_fails: tuple[str, ...]
    """What it opens no more."""


@dataclass(frozen=True)
class BlackoutReport:
    """What closes while nobody knows an attribute."""

    attributes: tuple[Blackout, ...]
    """In the order of the catalogue; without those that close nothing."""
    undecided: tuple[str, ...]
    """Entitlements of which not everything was found out."""

    def __str__(self) -> str:
        return "\n".join(f"{one.attribute}: closes {', '.join(one.closes) or 'nothing'}" for one in self.attributes)


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
class Goal:
    """Something that some test should show."""

    rule: str
    kind: Literal["applies", "holds", "fails", "edge"]
    """The rule applies; a test of it decides by holding, by failing, or at the edge of a range."""
    text: str
    """The test as written; empty for the rule."""
    state: Literal["reached", "missing", "impossible", "undecided"]
    """`impossible`: no context shows it."""
    expected: Shown | None
    """Of one that is missing: what a test should expect, and in which context."""
    context: Mapping[str, Any] | None
    undecided: str | None


@dataclass(frozen=True)
class Coverage:
    """What of the rules tests show."""

    percent: float
    """Of everything that can be reached."""
    goals: tuple[Goal, ...]

    @property
    def missing(self) -> tuple[Goal, ...]:
        """What no test shows."""
        return tuple(goal for goal in self.goals if goal.state == "missing")


@dataclass(frozen=True)
class Mutant:
    """A small change of a rule."""

    rule: str
    change: str
    fate: Literal["killed", "equivalent", "survived", "undecided"]
    """A test notices it; nobody could; no test does; not found out."""
    expected: Shown | None
    """Of one that survived: what comes out by the policy as it is, and in which context that is different."""
    context: Mapping[str, Any] | None
    reason: str | None
    """Why it is undecided."""

    def __str__(self) -> str:
        return f"{self.rule}: {self.change}: {self.fate}"


@dataclass(frozen=True)
class Mutation:
    """Which small changes of rules tests notice."""

    percent: float
    """Of those that somebody could notice."""
    mutants: tuple[Mutant, ...]

    @property
    def survivors(self) -> tuple[Mutant, ...]:
        """Those that no test notices."""
        return tuple(mutant for mutant in self.mutants if mutant.fate == "survived")


@dataclass(frozen=True)
class TestReport:
    """What came of policy tests. True where all of them passed and every property holds."""

    __test__ = False

    results: tuple[TestResult, ...]
    properties: tuple[Proof, ...]
    """Of what the tests say that holds in every context."""
    coverage: Coverage | None
    mutation: Mutation | None
    missing_tests: str
    """The tests that are missing by coverage and mutation, as the text of a test file; empty where none are."""

    @property
    def passed(self) -> int:
        """How many expectations hold."""
        return sum(result.is_passed for result in self.results)

    @property
    def failed(self) -> int:
        """How many do not."""
        return len(self.results) - self.passed

    def __bool__(self) -> bool:
        return not self.failed and all(self.properties)

    def __str__(self) -> str:
        lines = [f"{self.passed} passed, {self.failed} failed"]
        lines += [str(result) for result in self.results if not result.is_passed]
        lines += [str(proof) for proof in self.properties if not proof]
        if self.coverage:
            lines.append(f"coverage {self.coverage.percent:.1f} %")
        if self.mutation:
            lines.append(f"mutation score {self.mutation.percent:.1f} %")
        return "\n".join(lines)


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


def catalogue(data: Mapping[str, Any]) -> Catalogue:
    """What words stand for."""
    attributes = [
        Attribute(**_with(one, values=None if one["values"] is None else tuple(one["values"])))
        for one in data["attributes"]
    ]
    return Catalogue(
        data["is_declared"],
        {one.name: one for one in attributes},
        {one["name"]: Entitlement(**one) for one in data["entitlements"]},
    )


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
        Finding(
            **_with(
                one,
                diagnostic=_diagnostic(one["diagnostic"]),
                rules=tuple(one["rules"]),
                entitlements=tuple(one["entitlements"]),
            )
        )
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


def _parameter_diff(data: Mapping[str, Any]) -> ParameterDiff:
    def values(data: Sequence[Mapping[str, Any]]) -> tuple[ParameterValue, ...]:
        return tuple(ParameterValue(**value) for value in data)

    changes = [ParameterChange(values(one["from"]), values(one["to"]), one["witness"]) for one in data["changes"]]
    return ParameterDiff(data["parameter"], tuple(changes), data["is_complete"])


def policy_diff(data: Mapping[str, Any]) -> PolicyDiff:
    """Two versions compared."""
    entitlements = tuple(
        EntitlementDiff(
            **_with(
                one,
                changes=tuple(map(_outcome_diff, one["changes"])),
                parameters=tuple(map(_parameter_diff, one["parameters"])),
            )
        )
        for one in data["entitlements"]
    )
    return PolicyDiff(data["verdict"], entitlements, tuple(data["catalogue"]))


def _shown(data: Mapping[str, Any]) -> Shown:
    return Shown(data["entitlement"], Outcome(data["outcome"]), tuple(data["rules"]))


def _counterexample(data: Mapping[str, Any]) -> Counterexample:
    return Counterexample(
        **_with(data, decisions=tuple(map(_shown, data["decisions"])), likewise=tuple(data["likewise"]))
    )


def proof(data: Mapping[str, Any]) -> Proof:
    """What was found out about a property."""
    return Proof(**_with(data, counterexamples=tuple(map(_counterexample, data["counterexamples"]))))


def _alternative(data: Mapping[str, Any]) -> Alternative:
    examples = tuple(map(tuple, data["examples"]))
    return Alternative(**_with(data, attributes=tuple(data["attributes"]), examples=examples))


def counterfactuals(data: Mapping[str, Any]) -> Counterfactuals:
    """What would have to be otherwise."""
    outcomes = {key: Outcome(data[key]) for key in ("outcome", "wanted")}
    return Counterfactuals(**_with(data, **outcomes, changes=tuple(map(_alternative, data["changes"]))))


def blackout_report(data: Mapping[str, Any]) -> BlackoutReport:
    """What closes."""
    attributes = [
        Blackout(
            one["attribute"], tuple(one["closes"]), tuple(one["break_glass_holds"]), tuple(one["break_glass_fails"])
        )
        for one in data["attributes"]
    ]
    return BlackoutReport(tuple(attributes), tuple(data["undecided"]))


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


def test_report(data: Mapping[str, Any]) -> TestReport:
    """What came of policy tests."""
    return TestReport(
        results=tuple(map(_test_result, data["results"])),
        properties=tuple(map(proof, data["properties"])),
        coverage=data["coverage"] and _coverage(data["coverage"]),
        mutation=data["mutation"] and _mutation(data["mutation"]),
        missing_tests=data["missing_tests"],
    )


def _coverage(data: Mapping[str, Any]) -> Coverage:
    return Coverage(data["percent"], tuple(map(_goal, data["goals"])))


def _goal(data: Mapping[str, Any]) -> Goal:
    example = data["example"]
    fields = {key: value for key, value in data.items() if key != "example"}
    return Goal(**fields, expected=example and _shown(example), context=example and example["context"])


def _mutation(data: Mapping[str, Any]) -> Mutation:
    return Mutation(data["percent"], tuple(map(_mutant, data["mutants"])))


def _mutant(data: Mapping[str, Any]) -> Mutant:
    expected = data.get("expected")
    return Mutant(
        data["rule"], data["change"], data["fate"], expected and _shown(expected), data.get("context"), data.get("reason")
    )


def _test_result(data: Mapping[str, Any]) -> TestResult:
    fields = {key: value for key, value in data.items() if key != "is_passed"}
    return TestResult(
        **_with(
            fields,
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


def _situation(context: Mapping[str, Any]) -> str:
    return json.dumps(context, ensure_ascii=False)


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
