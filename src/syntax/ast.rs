//! What was written: one tree per item, every node with its place. Nothing is resolved here; words keep their spelling.

use crate::source::Span;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A word or a quoted text, as written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Name {
    /// The text without its quotes, NFC.
    pub text: String,
    /// Whether it stood in quotes.
    pub quoted: bool,
    /// Where.
    pub span: Span,
}

/// `device.managed`, `"Secure Messaging".read`: names joined by dots.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Path {
    /// At least one. Dots inside an unquoted word separate; inside quotes they are characters.
    pub segments: Vec<Name>,
    /// Where.
    pub span: Span,
}

/// One item of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Item {
    /// `let name = condition`
    Let(Let),
    /// A rule.
    Rule(Rule),
}

/// `let clinician = role in [Physician, Nurse]`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Let {
    /// Its name.
    pub name: Name,
    /// What it abbreviates.
    pub condition: Condition,
    /// The whole item.
    pub span: Span,
}

/// One rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// Parked: parsed, not evaluated.
    pub disabled: bool,
    /// Evaluated and explained, not enforced.
    pub trial: bool,
    /// `quiet_bedside:`
    pub id: Option<Name>,
    /// Left of the arrow.
    pub condition: Condition,
    /// Right of it, at least one.
    pub effects: Vec<Effect>,
    /// `unless` clauses; any lifts.
    pub unless: Vec<Condition>,
    /// Texts for the person concerned: (language tag, text).
    pub because: Vec<(Option<Name>, Name)>,
    /// First instant or day.
    pub from: Option<Literal>,
    /// Last day, or the first instant no longer.
    pub until: Option<Literal>,
    /// The whole item.
    pub span: Span,
}

/// What a rule does to its targets.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum EffectKind {
    /// Gives.
    Allow,
    /// May be asked for.
    Offer,
    /// Takes away.
    Deny,
    /// Adds parameters to what is given.
    Require,
}

/// `override allow EHR with audit = high`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Effect {
    /// Second tier.
    pub is_override: bool,
    /// What it does.
    pub kind: EffectKind,
    /// To what.
    pub targets: Targets,
    /// `with` pairs.
    pub parameters: Vec<Parameter>,
    /// Where.
    pub span: Span,
}

/// What an effect is about.
// The large variant is the usual one.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Targets {
    /// Named ones.
    Named(Vec<Path>),
    /// `all except [..] where ..`
    All {
        /// The word `all`.
        span: Span,
        /// Left out.
        except: Vec<Path>,
        /// A test of tags.
        filter: Option<Condition>,
    },
}

/// `approver = manager`, `queue from location.printer`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: Path,
    /// Its value.
    pub value: ParameterValue,
    /// Where.
    pub span: Span,
}

/// A constant, several, or an attribute's value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ParameterValue {
    /// `= high`
    One(Operand),
    /// `= [sms, email]`
    List(Vec<Operand>),
    /// `from location.printer`
    From(Path),
}

/// A condition. `and`/`or` chains are flat; mixing them without parentheses was refused by the parser.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Condition {
    /// What.
    pub kind: ConditionKind,
    /// Where, parentheses excluded.
    pub span: Span,
}

/// The forms of a condition.
// The large variant is the usual one.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ConditionKind {
    /// `always`
    Always,
    /// `not x`
    Not(Box<Condition>),
    /// `a and b and c`
    And(Vec<Condition>),
    /// `a or b or c`
    Or(Vec<Condition>),
    /// `path` alone (a `let` or a boolean attribute) or with an operator.
    Test {
        /// The left side.
        subject: Path,
        /// The operator; none for a bare name.
        operator: Option<Operator>,
    },
}

/// An operator with its right side.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Operator {
    /// `= != < <= > >=`
    Compare(Comparison, Operand),
    /// `[not] in [a, b]`, `[not] in b`, `[not] in a..b`, each perhaps with `on ..` and `at "Zone"`
    In {
        /// `not in`
        negated: bool,
        /// The right side.
        right: Members,
        /// `on Fri`, `on Mon..Fri`, `on [Sat, Sun]`, `on 2026-12-24`, `on public_holiday`
        on: Option<Members>,
        /// `at "Europe/Berlin"`: another time zone than the policy's.
        at: Option<Name>,
    },
    /// `has x`, `has any [..]`, …
    Has(HasHow, Members),
    /// `is [not] exactly x`
    Exactly {
        /// `is not exactly`
        negated: bool,
        /// The right side.
        right: Operand,
    },
    /// `is [not] empty|known|unknown|absent`
    State {
        /// `is not`
        negated: bool,
        /// Which.
        state: State,
    },
    /// `starts with`, …
    Pattern(PatternKind, Vec<Operand>),
    /// `within 365d`
    Within(Literal),
}

/// Comparison signs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[allow(missing_docs)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// How a set is tested.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[allow(missing_docs)]
pub enum HasHow {
    One,
    Any,
    All,
    None,
    Only,
}

/// What `is` asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[allow(missing_docs)]
pub enum State {
    Empty,
    Known,
    Unknown,
    Absent,
}

/// Text patterns.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[allow(missing_docs)]
pub enum PatternKind {
    StartsWith,
    EndsWith,
    Contains,
    Matches,
}

/// The right side of `in`, `has`, `on`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Members {
    /// `[a, b, 1..5]`: a range may stand among the values.
    List(Vec<Member>, Span),
    /// `b`
    One(Operand),
    /// `a..b`
    Range(Operand, Operand),
}

/// One entry of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Member {
    /// A value.
    One(Operand),
    /// `a..b`
    Range(Operand, Operand),
}

/// A right-hand word: its type is found later.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Operand {
    /// A bare or dotted word, or a quoted text. One unquoted segment: a value. More than one segment: an attribute.
    Path(Path),
    /// An unquoted value that cannot be a name: number, duration, time, date, date-time, address, network, version, `true`.
    Literal(Literal),
    /// `exactly "x"`
    Exactly(Name),
}

/// An unquoted value, spelling kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Literal {
    /// As written.
    pub text: String,
    /// What its shape says; the expected type has the last word.
    pub shape: Shape,
    /// Where.
    pub span: Span,
}

/// The shape of an unquoted value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Shape {
    /// `true`, `false`
    Bool,
    /// `-5`, `1.5`, `20%`
    Number,
    /// `90d`, `12h`; also fits a word, such as a room called `4d`
    Duration,
    /// `07:00`, `24:00`
    Time,
    /// `2026-01-01`
    Date,
    /// `2026-01-01T07:00+01:00`
    DateTime,
    /// `10.4.0.1`, `10.4.0.0/16`, `fe80::1`
    Address,
    /// `17.2.0`, `2.0.0-rc.1`
    Version,
}

impl Operand {
    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Self::Path(path) => path.span,
            Self::Literal(literal) => literal.span,
            Self::Exactly(name) => name.span,
        }
    }
}

impl Path {
    /// The path with its segments joined by dots.
    pub fn joined(&self) -> Cow<'_, str> {
        match self.segments.as_slice() {
            [only] => Cow::Borrowed(&only.text),
            several => Cow::Owned(several.iter().map(|segment| segment.text.as_str()).collect::<Vec<_>>().join(".")),
        }
    }
}

/// What is said to hold of a policy: `never EHR allowed when network = public`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Property {
    /// What it claims.
    pub claim: Claim,
    /// Only of contexts in which this holds.
    pub when: Option<Condition>,
    /// Not of contexts in which this holds.
    pub unless: Option<Condition>,
    /// All of it.
    pub span: Span,
}

/// What a property claims of contexts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Claim {
    /// None of these has one of these outcomes.
    Never(Targets, Vec<Stated>),
    /// Each of these has one of these outcomes.
    Always(Targets, Vec<Stated>),
    /// No two of these, one from each side, are allowed at once.
    NotBoth(Box<(Targets, Targets)>),
}

/// An outcome as properties name it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stated {
    /// `allowed`
    Allowed,
    /// `offered`
    Offered,
    /// `not granted`
    NotGranted,
    /// `denied`
    Denied,
}
