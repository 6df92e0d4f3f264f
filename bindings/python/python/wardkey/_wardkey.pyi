"""The native module. Import its names from `wardkey`."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from os import PathLike
from typing import Any, Literal, Protocol, TypeAlias, TypeVar, final, overload

from ._results import (
    BlackoutReport,
    Catalogue,
    Counterfactuals,
    Diagnostic,
    Explanation,
    Finding,
    FiredRule,
    Outcome,
    PolicyDiff,
    Proof,
    Residual,
    Rule,
    TestReport,
    ValidUntil,
)

_T = TypeVar("_T")

__all__ = [
    "Change",
    "Context",
    "Decision",
    "Decisions",
    "Delta",
    "Entitlements",
    "Evaluated",
    "Policy",
    "Session",
    "__version__",
    "command",
    "diff",
    "format",
    "load",
    "parse",
]

__version__: str

_Given: TypeAlias = Any
"""A context: a dict or another mapping, a dataclass, a pydantic or attrs model, a named tuple, JSON (`str`, `bytes`), a `Context`, or
`None`: nothing but the keyword arguments."""

class _ArrowStream(Protocol):
    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...

class _ArrowArray(Protocol):
    def __arrow_c_array__(self, requested_schema: Any = None) -> Any: ...

def load(path: str | PathLike[str], /) -> Policy:
    """Loads a policy from a folder, from one `.ward` file, which then has no catalogue, or from a file with a bundle.

    Raises `PolicyError` with every mistake in every file. The interpreter is free for other threads meanwhile.
    """

def parse(
    rules: str | Mapping[str, str],
    /,
    *,
    catalogue: str | None = None,
    tables: Mapping[str, str] | None = None,
) -> Policy:
    """Loads a policy from texts: rules, or several texts of rules by name; the catalogue; tables that the catalogue names.

    >>> import wardkey
    >>> policy = wardkey.parse(
    ...     "role = Nurse -> allow EHR",
    ...     catalogue="ward: 1\\nattributes: {role: [Nurse, Sales]}\\nentitlements: [EHR]",
    ... )
    >>> policy.entitlement_names
    ('EHR',)

    Raises `PolicyError` with every mistake.
    """

def format(text: str, /, *, name: str = "<rules>") -> str:
    """A text of rules in the standard layout, every comment kept.

    >>> import wardkey
    >>> wardkey.format("role=Nurse->allow EHR")
    'role = Nurse -> allow EHR\\n'

    Raises `PolicyError` where the text has mistakes.
    """

def diff(old: Policy, new: Policy, /, *, steps: int = 100_000) -> PolicyDiff:
    """What people get otherwise by the second version of a policy, in any context.

    >>> import wardkey
    >>> old = wardkey.parse("nurses: role = Nurse -> allow EHR")
    >>> new = wardkey.parse("nurses: role = Nurse -> allow EHR\\nguests: network = guest -> deny EHR")
    >>> print(wardkey.diff(old, new))
    verdict: less
    EHR: less
      allowed to denied where `guests` (new) and `nurses` apply
      not_granted to denied where `guests` (new) applies, except where `nurses` does

    `steps`: of the solver for one question, after which it stays undecided.
    """

def command(arguments: list[str], /) -> int:
    """Runs the command `wardkey` with the arguments of a terminal, the name of the program first, and gives its exit code."""

@final
class Policy:
    """A policy: resolved rules and their compiled form. Immutable, shared between threads, equal to another that means the same.

    `context` is anything that can be read as one (see `wardkey`), and keyword arguments replace attributes of the same name.
    """

    def context(self, given: _Given = None, /, *, lenient: bool = False, **attributes: Any) -> Context:
        """Reads a context once, to be asked about more than once.

        >>> import wardkey
        >>> policy = wardkey.parse("role = Nurse and floor = 4 -> allow EHR, Email")
        >>> nurse = policy.context(role="Nurse", floor=4)
        >>> policy.allows(nurse, "EHR"), policy.allows(nurse, "EHR", floor=5)
        (True, False)

        `lenient` passes over names that are not declared, and takes a value that cannot be read for unknown. (An attribute that
        is called so is given in a dict.)

        Raises `ContextError` with everything that is wrong.
        """

    def decide(self, context: _Given, entitlement: str, /, **attributes: Any) -> Decision:
        """The answer for one entitlement, with everything behind it at hand.

        >>> import wardkey
        >>> policy = wardkey.parse("clinical: role = Nurse -> allow EHR")
        >>> print(policy.decide({"role": "Nurse"}, "EHR"))
        EHR: allowed by clinical

        Raises `ContextError`, and `UnknownEntitlementError`.
        """

    def outcome(self, context: _Given, entitlement: str, /, **attributes: Any) -> Outcome:
        """The answer alone: quicker than `decide`."""

    def allows(self, context: _Given, entitlement: str, /, **attributes: Any) -> bool:
        """Whether it is given: the answer alone, as a truth value."""

    def entitlements(self, context: _Given = None, /, **attributes: Any) -> Entitlements:
        """The answers for every entitlement, by name.

        >>> import wardkey
        >>> policy = wardkey.parse("role = Nurse -> allow EHR, Email\\nrole = Sales -> allow CRM")
        >>> policy.entitlements(role="Sales").allowed
        ('CRM',)
        """

    def explain(
        self, context: _Given, entitlement: str, /, *, language: str | None = None, **attributes: Any
    ) -> Explanation:
        """Why a decision comes out as it does: every rule that speaks of the entitlement, part by part.

        `language`: of what rules say to the person. (An attribute that is called so is given in a dict.)

        >>> import wardkey
        >>> policy = wardkey.parse("quiet: role = Sales and location = care_area -> deny iTunes")
        >>> print(policy.explain({"role": "Sales"}, "iTunes"))
        iTunes: denied
        decided: quiet
          ? all of these
            + role = Sales
            ? location = care_area
        not known: location
        """

    def residual(self, context: _Given, entitlement: str, /, **attributes: Any) -> Residual:
        """What is left of the rules where what is not known is taken as not yet asked.

        >>> import wardkey
        >>> policy = wardkey.parse("role = Nurse and floor = 4 -> allow EHR")
        >>> policy.residual({"role": "Nurse"}, "EHR").condition
        'floor = 4'
        """

    def session(self, context: _Given = None, /, **attributes: Any) -> Session:
        """Begins a session: a context that is followed as it changes."""

    def counterfactuals(
        self,
        context: _Given,
        entitlement: str,
        /,
        *,
        outcome: str | None = None,
        change: str | Iterable[str] | None = None,
        keep: str | Iterable[str] | None = None,
        steps: int = 100_000,
        **attributes: Any,
    ) -> Counterfactuals:
        """What would have to be otherwise for an entitlement to come to another outcome: every smallest change.

        >>> import wardkey
        >>> policy = wardkey.parse("role = Nurse and (network = ward or badge = gold) -> allow EHR")
        >>> print(policy.counterfactuals({"role": "Nurse", "network": "guest", "badge": "red"}, "EHR"))
        EHR: allowed with any one of
          badge = gold
          network = ward

        `outcome`: what it is to come to, `allowed` if nothing is said. What can change the catalogue says (what belongs to the
        situation, and approvals); `change` names more, `keep` what stays, each by attribute or `approved`. (An attribute that is
        called as one of these is given in a dict.)

        Raises `ContextError`, `UnknownEntitlementError`, and `UndecidedError` where `steps` did not suffice.
        """

    def check(
        self, *, now: Any = None, overlaps: bool = False, suppressed: bool = False, steps: int = 100_000
    ) -> tuple[Finding, ...]:
        """Everything that `wardkey check` finds: in the policy as it is written, and by looking at all contexts.

        >>> import wardkey
        >>> policy = wardkey.parse("a: role = Nurse -> allow EHR\\nb: role = Nurse and floor = 4 -> allow EHR")
        >>> [finding.diagnostic.name for finding in policy.check()]
        ['never-matters']

        `now`, an aware datetime, also finds rules whose time is over; `overlaps` also lists where rules that give and rules that
        deny meet; `suppressed` also gives what comments in the policy suppress. Works on all cores; the interpreter is free for
        other threads meanwhile.
        """

    def prove(self, sentence: str, /, *, steps: int = 100_000) -> Proof:
        """Whether something that is said of the policy holds in every context; else contexts in which it does not.

        >>> import wardkey
        >>> policy = wardkey.parse("nurses: role = Nurse -> allow EHR\\nnetwork = public -> deny EHR")
        >>> bool(policy.prove("never EHR allowed when network = public"))
        True
        >>> print(policy.prove("never EHR allowed when network = guest"))
        fails: never EHR allowed when network = guest
          EHR: allowed by nurses where {"network": "guest", "role": "Nurse"}

        Raises `PolicyError` where the sentence cannot be read.
        """

    def blackout(self, *, steps: int = 100_000) -> BlackoutReport:
        """What closes while nobody knows an attribute, and whether what `override allow` opens in need still opens.

        >>> import wardkey
        >>> policy = wardkey.parse("role = Nurse -> allow EHR\\nnetwork = public -> deny EHR")
        >>> print(policy.blackout())
        network: closes EHR
        role: closes EHR
        """

    def test(
        self,
        path: str | PathLike[str],
        /,
        *,
        only: str | None = None,
        coverage: bool = False,
        mutate: bool = False,
        steps: int = 100_000,
    ) -> TestReport:
        """Runs policy tests in YAML, and proves their properties: a file, or every file that ends in `.test.yaml` below a folder.

        `only`: those whose name holds that text. `coverage`: also what of the rules no test shows; `mutate`: also which small
        changes of rules no test notices, for which all tests must pass. Raises `PolicyError` where the tests themselves have
        mistakes.
        """

    def test_text(
        self,
        text: str,
        /,
        *,
        name: str = "<tests>",
        only: str | None = None,
        coverage: bool = False,
        mutate: bool = False,
        steps: int = 100_000,
    ) -> TestReport:
        """Runs policy tests from one text in YAML.

        >>> import wardkey
        >>> policy = wardkey.parse("role = Nurse -> allow EHR")
        >>> print(policy.test_text("tests: [{name: a nurse, context: {role: Nurse}, expect: {EHR: denied}}]"))
        0 passed, 1 failed
        a nurse: EHR: outcome: expected denied, got allowed
        """

    def evaluate(
        self,
        table: _ArrowStream | _ArrowArray,
        /,
        *,
        rename: Mapping[str, str] | None = None,
        ignore: str | Iterable[str] | None = None,
        keep: str | Iterable[str] | None = None,
        constants: Mapping[str, Any] | None = None,
        separator: str | None = None,
        entitlements: str | Iterable[str] | None = None,
        shape: Literal["wide", "long", "lists"] = "wide",
        on_error: Literal["stop", "unknown", "skip"] = "stop",
        progress: Callable[[int], object] | None = None,
    ) -> Evaluated:
        """Decides every row of a table: pyarrow, polars, pandas, duckdb, or whatever else speaks Arrow's PyCapsule interface.

        A column is the attribute of its name, a null leaves it out. `rename` gives columns other names, `ignore` passes them
        over, `keep` carries them into the answer; `constants` are attributes that have one value in all rows, such as `now`;
        `separator` splits texts that hold sets. `shape`: a column for each of the `entitlements` (`wide`), a row for each
        (`long`), or lists of what is allowed and offered (`lists`). `on_error`: what becomes of a value that cannot be read.
        `progress` is called with the number of rows that are done.

        Works on all cores; the interpreter is free for other threads meanwhile. Raises `ColumnsError` with every mistake,
        those of columns before any row is read.
        """

    def to_sql(
        self,
        entitlement: str,
        dialect: str,
        /,
        context: _Given = None,
        *,
        columns: Mapping[str, str] | None = None,
    ) -> str:
        """The condition in SQL that is true of exactly the rows for which the entitlement is allowed, and never `NULL`.

        >>> import wardkey
        >>> policy = wardkey.parse("role = Nurse and chart.floor = 4 -> allow chart")
        >>> policy.to_sql("chart", "duckdb", {"role": "Nurse"}, columns={"chart.floor": "c.floor"})
        'COALESCE(((c.floor) >= (4) AND (c.floor) <= (4)), FALSE)'
        >>> policy.to_sql("chart", "duckdb", {"role": "Clerk"})
        'FALSE'

        What the context knows is settled; every other attribute is a column, `NULL` where it is left out. `columns`: by attribute,
        the SQL that has its value, taken as it is; else the column of its name. `dialect`: `postgres`, `duckdb` or `spark`.

        Raises `SqlError` where a test cannot be said exactly.
        """

    @property
    def hash(self) -> str:
        """SHA-256, in hex, of what the policy means."""

    @property
    def entitlement_names(self) -> tuple[str, ...]:
        """Names of everything that can be asked about, in the catalogue's order."""

    @property
    def attribute_names(self) -> tuple[str, ...]:
        """Names of the attributes of a context, `now` first."""

    @property
    def catalogue(self) -> Catalogue:
        """Attributes and entitlements, as the catalogue declares them, or as the rules use them where there is none.

        >>> import wardkey
        >>> policy = wardkey.parse(
        ...     "role = Nurse -> allow EHR",
        ...     catalogue="ward: 1\\nattributes: {role: [Nurse, Sales]}\\nentitlements: {EHR: {cost: 70 USD/month}}",
        ... )
        >>> policy.catalogue.attributes["role"].values, policy.catalogue.entitlements["EHR"].facts
        (('Nurse', 'Sales'), {'cost': '70 USD/month'})
        """

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Warnings and notes of the load."""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules, by id."""

    @property
    def sources(self) -> dict[str, str]:
        """The texts that the policy was loaded from, by name."""

    def to_bundle(self) -> bytes:
        """The policy as bytes that load in a small part of the time that the files take, for this release only."""

    @classmethod
    def from_bundle(cls, bundle: bytes, /) -> Policy:
        """Loads a policy from a bundle. Raises `PolicyError` where it is none, or was made by another release."""

    def __reduce__(self) -> tuple[Any, tuple[bytes]]: ...
    def __copy__(self) -> Policy: ...
    def __deepcopy__(self, memo: Any, /) -> Policy: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...

@final
class Context:
    """What is known of a person and a situation, read once. It belongs to the policy that read it."""

    @property
    def values(self) -> dict[str, str | None]:
        """What is known of each attribute, for people to read; `None` where there is no value.

        >>> import wardkey
        >>> policy = wardkey.parse("role = Nurse and floor = 4 -> allow EHR")
        >>> policy.context(role="Nurse", floor=wardkey.ABSENT).values
        {'floor': None, 'role': 'Nurse'}

        What is unknown, and what the catalogue keeps to itself, is not in it.
        """

    @property
    def passed_over(self) -> tuple[str, ...]:
        """Names that the policy does not know and that were passed over."""

    @property
    def unusable(self) -> tuple[str, ...]:
        """What could not be read and was taken for unknown, since the context was read leniently."""
    def __copy__(self) -> Context: ...
    def __deepcopy__(self, memo: Any, /) -> Context: ...

@final
class Decision:
    """The answer for one entitlement. True only where it is allowed; everything else is worked out when asked for."""

    def __bool__(self) -> bool: ...
    @property
    def outcome(self) -> Outcome:
        """The answer."""

    @property
    def is_allowed(self) -> bool:
        """Whether it is given."""

    @property
    def entitlement(self) -> str:
        """What was asked about."""

    @property
    def context(self) -> Context:
        """The context it was decided in."""

    @property
    def policy(self) -> Policy:
        """The policy that decided."""

    @property
    def rules(self) -> tuple[FiredRule, ...]:
        """The rules that decided: all that fired in the winning rank, by id. Empty where no rule fired."""

    @property
    def outranked(self) -> tuple[FiredRule, ...]:
        """Rules that fired in weaker ranks only, by id."""

    def because(self, language: str | None = None, /) -> tuple[str, ...]:
        """What the deciding rules say to the person concerned, each text once, in the wanted language if there is one in it."""

    @property
    def parameters(self) -> dict[str, Any]:
        """What goes with what is given: a scalar each, or a list where there are several values or all count.

        >>> import wardkey
        >>> policy = wardkey.parse("role = Nurse -> allow EHR with audit = full")
        >>> policy.decide({"role": "Nurse"}, "EHR").parameters
        {'audit': 'full'}
        """

    @property
    def unsettled(self) -> tuple[str, ...]:
        """Names of parameters of which not every value certainly applies."""

    @property
    def conflicts(self) -> tuple[str, ...]:
        """Names of parameters that can have but one value and got several."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Attributes that are not known, or not wholly, and could change the outcome, and those that a parameter lacks."""

    @property
    def defaults_applied(self) -> tuple[str, ...]:
        """Attributes left out on which the decision depends and for which a default stepped in."""

    @property
    def depends_on(self) -> tuple[str, ...]:
        """Attributes such that while they stay the same, and until `valid_until`, so does the decision."""

    @property
    def valid_until(self) -> ValidUntil:
        """How long the decision holds if nothing changes but the time."""

    def explain(self, language: str | None = None, /) -> Explanation:
        """Why it came out so: every rule that speaks of the entitlement, part by part."""

    def counterfactuals(
        self,
        *,
        outcome: str | None = None,
        change: str | Iterable[str] | None = None,
        keep: str | Iterable[str] | None = None,
        steps: int = 100_000,
    ) -> Counterfactuals:
        """What would have to be otherwise for it to come to another outcome: every smallest change; see `Policy.counterfactuals`."""

    def to_dict(self, language: str | None = None, /) -> dict[str, Any]:
        """Everything above as plain data, as the command line gives it."""

    def to_json(self, language: str | None = None, /) -> str:
        """The same as JSON text."""

    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    def __copy__(self) -> Decision: ...
    def __deepcopy__(self, memo: Any, /) -> Decision: ...

@final
class Decisions(Iterator[_T]):
    """Goes through decisions one by one."""

    def __iter__(self) -> Decisions[_T]: ...
    def __next__(self) -> _T: ...
    def __length_hint__(self) -> int: ...

@final
class Entitlements:
    """The answers for every entitlement in one context: a mapping from names to decisions, in the catalogue's order."""

    @property
    def allowed(self) -> tuple[str, ...]:
        """Names of what is given."""

    @property
    def offered(self) -> tuple[str, ...]:
        """Names of what may be asked for."""

    @property
    def denied(self) -> tuple[str, ...]:
        """Names of what a rule takes away."""

    @property
    def outcomes(self) -> dict[str, Outcome]:
        """The bare answers, by name."""

    def __len__(self) -> int: ...
    def __contains__(self, name: object, /) -> bool: ...
    def __getitem__(self, name: str, /) -> Decision: ...
    def __iter__(self) -> Iterator[str]: ...
    @overload
    def get(self, name: str, default: None = None, /) -> Decision | None: ...
    @overload
    def get(self, name: str, default: _T, /) -> Decision | _T:
        """The decision for one of them, or something else."""

    def keys(self) -> tuple[str, ...]:
        """Their names."""

    def values(self) -> Decisions[Decision]:
        """The decisions."""

    def items(self) -> Decisions[tuple[str, Decision]]:
        """Names and decisions."""

    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def _repr_html_(self) -> str: ...
    def __copy__(self) -> Entitlements: ...
    def __deepcopy__(self, memo: Any, /) -> Entitlements: ...

@final
class Session:
    """A context that is followed as it changes: each change says what was lost and gained. Threads take turns.

    >>> import wardkey
    >>> policy = wardkey.parse("music: role = Sales -> allow iTunes\\nquiet: location = care_area -> deny iTunes")
    >>> session = policy.session(role="Sales", location="lobby")
    >>> session.set("location", "care_area").lost
    ('iTunes',)
    >>> session.allows("iTunes")
    False
    """

    def set(self, name: str, value: Any, /) -> Delta:
        """Changes one attribute; `None` leaves it out from now on. Raises `ContextError`; then nothing has changed."""

    def update(self, given: _Given = None, /, **attributes: Any) -> Delta:
        """Changes several attributes at once: what is not named stays. Raises `ContextError`; then nothing has changed."""

    def decide(self, entitlement: str, /) -> Decision:
        """The answer for one entitlement now."""

    def allows(self, entitlement: str, /) -> bool:
        """The bare answer for one entitlement now, as a truth value."""

    def entitlements(self) -> Entitlements:
        """The answers for every entitlement now."""

    @property
    def valid_until(self) -> ValidUntil:
        """How long all decisions hold if nothing changes but the time. Then set `now`."""

    @property
    def context(self) -> Context:
        """The situation now."""

    @property
    def policy(self) -> Policy:
        """The policy."""

@final
class Change:
    """An entitlement whose outcome is another than before."""

    @property
    def entitlement(self) -> str:
        """Which."""

    @property
    def before(self) -> Decision:
        """The decision before, with its reasons."""

    @property
    def after(self) -> Decision:
        """The decision now, with its reasons."""
    def __copy__(self) -> Change: ...
    def __deepcopy__(self, memo: Any, /) -> Change: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Delta:
    """What one change of the situation came to: a sequence of the outcomes that changed, false where none did."""

    @property
    def gained(self) -> tuple[str, ...]:
        """Names of what is given now and was not before."""

    @property
    def lost(self) -> tuple[str, ...]:
        """Names of what was given before and is not now."""

    def __len__(self) -> int: ...
    def __getitem__(self, at: int, /) -> Change: ...
    def __iter__(self) -> Iterator[Change]: ...
    def _repr_html_(self) -> str: ...
    def __copy__(self) -> Delta: ...
    def __deepcopy__(self, memo: Any, /) -> Delta: ...

@final
class Evaluated:
    """What came of a table: itself a table by Arrow's PyCapsule interface, with what else was found on the way."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...
    def __arrow_c_schema__(self) -> Any: ...
    @property
    def column_names(self) -> list[str]:
        """Names of the columns."""

    @property
    def num_rows(self) -> int:
        """Rows of the table."""

    def __len__(self) -> int: ...
    @property
    def decided(self) -> int:
        """How many rows were decided, those that were left out not counted."""

    @property
    def counts(self) -> dict[str, dict[Outcome, int]]:
        """By entitlement, how many rows came to each outcome."""

    @property
    def skipped(self) -> list[tuple[int, str]]:
        """Rows that were left out, from nought, with the reason."""

    @property
    def unusable(self) -> list[str]:
        """Values that were taken for unknown, in words."""

    @property
    def passed_over(self) -> list[str]:
        """Columns that no rule reads, of a policy without a catalogue."""

    def to_pyarrow(self) -> Any:
        """As a table of pyarrow, which must be installed."""

    def to_polars(self) -> Any:
        """As a data frame of polars, which must be installed."""

    def to_pandas(self) -> Any:
        """As a data frame of pandas, which must be installed, with pyarrow."""
    def __copy__(self) -> Evaluated: ...
    def __deepcopy__(self, memo: Any, /) -> Evaluated: ...
