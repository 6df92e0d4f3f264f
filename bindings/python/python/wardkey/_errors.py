"""What goes wrong, with the problems as data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ._results import Diagnostic, diagnostics

__all__ = [
    "ColumnProblem",
    "ColumnsError",
    "ContextError",
    "PolicyError",
    "Problem",
    "SqlError",
    "SqlProblem",
    "UndecidedError",
    "UnknownEntitlementError",
    "WardkeyError",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a context."""

    attribute: str | None
    """The attribute, as it was named; none where the context as a whole is meant."""
    message: str
    help: str | None
    """A line that can be acted on."""

    def __str__(self) -> str:
        return f"{self.message} ({self.help})" if self.help else self.message


@dataclass(frozen=True, slots=True)
class ColumnProblem:
    """One thing wrong with a table, or with how its columns are taken."""

    column: str | None
    row: int | None
    """The first row that has it, from nought; none where no row is meant."""
    rows: int
    """How many rows have it."""
    message: str
    help: str | None

    def __str__(self) -> str:
        row = f"row {self.row}: " if self.row is not None else ""
        rows = f", in {self.rows} rows" if self.rows > 1 else ""
        help = f" ({self.help})" if self.help else ""
        return f"{row}{self.message}{rows}{help}"


@dataclass(frozen=True, slots=True)
class SqlProblem:
    """A test of a policy that cannot be said in SQL."""

    what: str
    """The test as it was written."""
    why: str

    def __str__(self) -> str:
        return f"`{self.what}`: {self.why}"


class WardkeyError(Exception):
    """Everything that this package raises of its own."""


class PolicyError(WardkeyError, ValueError):
    """A policy, or its tests, was refused: every mistake, with its place.

    >>> import wardkey
    >>> try:
    ...     wardkey.parse("role == Nurse -> allow EHR")
    ... except wardkey.PolicyError as error:
    ...     print(error.diagnostics[0].help[0])
    write `=` for `==`
    """

    diagnostics: tuple[Diagnostic, ...]
    """All of them, warnings too, by file and place."""

    def __init__(self, found: Iterable[Any]) -> None:
        found = list(found)
        self.diagnostics = tuple(one if isinstance(one, Diagnostic) else diagnostics([one])[0] for one in found)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        return "\n\n".join(one.text for one in self.diagnostics if one.severity == "error")


class ContextError(WardkeyError, ValueError):
    """A context cannot be read: every problem, each with its attribute.

    >>> import wardkey
    >>> policy = wardkey.parse("age >= 18 -> allow EHR")
    >>> try:
    ...     policy.context(age="old")
    ... except wardkey.ContextError as error:
    ...     print(error.problems[0].attribute)
    age
    """

    problems: tuple[Problem, ...]

    def __init__(self, found: Iterable[Any]) -> None:
        self.problems = tuple(one if isinstance(one, Problem) else Problem(*one) for one in found)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class UnknownEntitlementError(WardkeyError, LookupError):
    """The policy knows no entitlement of that name."""


class UndecidedError(WardkeyError):
    """A question about all contexts was not answered within the steps allowed."""


class ColumnsError(WardkeyError, ValueError):
    """A table cannot be evaluated: every mistake of its columns, or of its values."""

    problems: tuple[ColumnProblem, ...]

    def __init__(self, found: Iterable[Any]) -> None:
        self.problems = tuple(one if isinstance(one, ColumnProblem) else ColumnProblem(*one) for one in found)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class SqlError(WardkeyError, ValueError):
    """A condition cannot be said in a database's SQL: every test that is in the way.

    >>> import wardkey
    >>> policy = wardkey.parse("labels has secret -> allow chart")
    >>> try:
    ...     policy.to_sql("chart", "postgres")
    ... except wardkey.SqlError as error:
    ...     print(error.problems[0].what)
    labels has secret
    """

    problems: tuple[SqlProblem, ...]

    def __init__(self, found: Iterable[Any]) -> None:
        self.problems = tuple(one if isinstance(one, SqlProblem) else SqlProblem(*one) for one in found)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))
