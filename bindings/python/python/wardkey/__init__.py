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
    UndecidedError,
    UnknownEntitlementError,
    WardkeyError,
)
from ._plain import ABSENT, UNKNOWN, PartialSet
from ._results import (
    Alternative,
    At,
    Attribute,
    Because,
    Catalogue,
    Counterexample,
    Counterfactuals,
    Coverage,
    Diagnostic,
    Difference,
    Edit,
    EffectExplanation,
    Entitlement,
    EntitlementDiff,
    Explanation,
    Finding,
    FiredRule,
    Goal,
    Label,
    Mutant,
    Mutation,
    Outcome,
    OutcomeDiff,
    Place,
    PolicyDiff,
    Proof,
    Read,
    Region,
    Residual,
    ResidualRule,
    Rule,
    RuleExplanation,
    RuleName,
    Shown,
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
    "Alternative",
    "At",
    "Attribute",
    "Because",
    "Catalogue",
    "Change",
    "ColumnProblem",
    "ColumnsError",
    "Context",
    "ContextError",
    "Counterexample",
    "Counterfactuals",
    "Coverage",
    "Decision",
    "Delta",
    "Diagnostic",
    "Difference",
    "Edit",
    "EffectExplanation",
    "Entitlement",
    "EntitlementDiff",
    "Entitlements",
    "Evaluated",
    "Explanation",
    "Finding",
    "FiredRule",
    "Goal",
    "Label",
    "Mutant",
    "Mutation",
    "Outcome",
    "OutcomeDiff",
    "PartialSet",
    "Place",
    "Policy",
    "PolicyDiff",
    "PolicyError",
    "Problem",
    "Proof",
    "Read",
    "Region",
    "Residual",
    "ResidualRule",
    "Rule",
    "RuleExplanation",
    "RuleName",
    "Session",
    "Shown",
    "SqlError",
    "SqlProblem",
    "TestReport",
    "TestResult",
    "Tree",
    "UndecidedError",
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
