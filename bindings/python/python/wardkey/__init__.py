"""A policy engine: plain sentences say who may have what, and decisions come with their reasons.

>>> import wardkey
>>> policy = wardkey.parse('''
... music: role = Sales -> allow iTunes
... quiet: role = Sales and location = care_area -> deny iTunes because "Quiet, please"
... ''')
>>> decision = policy.decide({"role": "Sales", "location": "care_area"}, "iTunes")
>>> bool(decision), decision.outcome.value, decision.rules[0].id
(False, 'denied', 'quiet')
>>> if policy.decide(None, "iTunes", role="Sales", location="lobby"):
...     print("music")
music

A policy is loaded from a folder, a file or texts (:func:`load`, :func:`parse`); every mistake is found then, and raised as one
:class:`PolicyError` that carries all of them. It is immutable and shared between threads.

A context is a dict, a dataclass, a pydantic or attrs model, JSON text, keyword arguments, or a :class:`Context` that was read once
(:meth:`Policy.context`). ``None`` leaves an attribute out, as in JSON; :data:`ABSENT` and :data:`UNKNOWN` say more. What nobody said
is unknown, and never opens a door.
"""

from ._errors import (
    ColumnProblem,
    ColumnsError,
    ContextError,
    PolicyError,
    Problem,
    SqlError,
    SqlProblem,
    UnknownEntitlementError,
    WardkeyError,
)
from ._plain import ABSENT, UNKNOWN, PartialSet
from ._results import (
    At,
    Because,
    Diagnostic,
    Difference,
    Edit,
    EffectExplanation,
    EntitlementDiff,
    Explanation,
    Finding,
    FiredRule,
    Label,
    Outcome,
    OutcomeDiff,
    Place,
    PolicyDiff,
    Read,
    Region,
    Residual,
    ResidualRule,
    Rule,
    RuleExplanation,
    RuleName,
    TestReport,
    TestResult,
    Tree,
    ValidUntil,
    Why,
    WhyRule,
)
from ._wardkey import (
    Change,
    Context,
    Decision,
    Delta,
    Entitlements,
    Evaluated,
    Policy,
    Session,
    __version__,
    diff,
    format,
    load,
    parse,
)

__all__ = [
    "ABSENT",
    "UNKNOWN",
    "At",
    "Because",
    "Change",
    "ColumnProblem",
    "ColumnsError",
    "Context",
    "ContextError",
    "Decision",
    "Delta",
    "Diagnostic",
    "Difference",
    "Edit",
    "EffectExplanation",
    "EntitlementDiff",
    "Entitlements",
    "Evaluated",
    "Explanation",
    "Finding",
    "FiredRule",
    "Label",
    "Outcome",
    "OutcomeDiff",
    "PartialSet",
    "Place",
    "Policy",
    "PolicyDiff",
    "PolicyError",
    "Problem",
    "Read",
    "Region",
    "Residual",
    "ResidualRule",
    "Rule",
    "RuleExplanation",
    "RuleName",
    "Session",
    "SqlError",
    "SqlProblem",
    "TestReport",
    "TestResult",
    "Tree",
    "UnknownEntitlementError",
    "ValidUntil",
    "WardkeyError",
    "Why",
    "WhyRule",
    "__version__",
    "diff",
    "format",
    "load",
    "parse",
]
