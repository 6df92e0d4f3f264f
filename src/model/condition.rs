//! What a condition means: tests with resolved names and checked types, joined by three-valued `not`, `and`, `or`.

use super::value::{Name, Value};
use super::{AttributeId, LetId, NOW, NodeIndex, ZoneId};
use crate::source::Span;
use jiff::{SignedDuration, civil};
use serde::{Deserialize, Serialize};

/// A condition and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// What.
    pub kind: ConditionKind,
    /// Where; none for what the loader adds.
    pub span: Option<Span>,
}

/// The forms of a condition, under three-valued Kleene logic.
#[derive(Clone, Debug, PartialEq)]
pub enum ConditionKind {
    /// `always`, and what `where` settles at load.
    Constant(bool),
    /// One test.
    Test(Test),
    /// An abbreviation; inlining it never changes the meaning.
    Let(LetId),
    /// `not`
    Not(Box<Condition>),
    /// All of them; true of none.
    And(Vec<Condition>),
    /// Any of them; false of none.
    Or(Vec<Condition>),
}

/// What a test reads: an attribute, or the clock on the wall in a time zone, which is derived from the attribute `now`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Input {
    /// An attribute of the context.
    Attribute(AttributeId),
    /// Time of day, from `now`.
    Time(ZoneId),
    /// Date, from `now`.
    Date(ZoneId),
    /// Day of the week, from `now`.
    Weekday(ZoneId),
}

/// One test. Without exception: an unknown input gives unknown, an absent one false, unless said otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Test {
    /// A boolean attribute is true.
    Is(Input),
    /// A name is one of these.
    OneOf(Input, Vec<Choice>),
    /// A name matches one of these patterns.
    Matches(Input, Vec<Pattern>),
    /// An ordered value lies in one of these ranges. Ranges are not empty; they may overlap.
    InRanges(Input, Vec<Range>),
    /// A node is, or lies within, one of these (see [`super::Inner`] for inner values).
    Within(Input, Vec<NodeIndex>),
    /// A node is exactly this one.
    ExactlyNode(Input, NodeIndex),
    /// An address lies in one of these networks.
    InNetworks(Input, Vec<ipnet::IpNet>),
    /// The wall clock lies in a range of times that began on one of these days; half-open.
    During(During),
    /// `now` is not before the attribute's date or instant, and at most that long after it. For a date, whole days of
    /// the policy's time zone: `trained within 365d` holds from the day of training to the 365th day after it.
    Elapsed(AttributeId, SignedDuration),
    /// A set has any, all, none or only these elements. Never an empty list. An absent set is empty.
    Has(AttributeId, How, Vec<Element>),
    /// A set is empty.
    IsEmpty(AttributeId),
    /// A set has the value of another attribute. A set known to be empty has nothing, whatever the other side.
    HasValueOf(AttributeId, AttributeId),
    /// A set has any, all, none or only the elements of another set.
    HasSetOf(AttributeId, How, AttributeId),
    /// Two attributes of one type compared. False if either is absent.
    Compare(Input, Relation, Input),
    /// Not unknown. Never unknown itself. A set of which not all is known, and a place known only as an area, are known.
    IsKnown(AttributeId),
    /// Has no value; unknown of an unknown attribute.
    IsAbsent(AttributeId),
}

/// A name to compare with.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Choice {
    /// The name.
    pub name: Name,
    /// `exactly "x"`: compare the spelling (NFC), not the folded form.
    pub exact: bool,
}

/// A pattern over the folded text (over the spelling where names are compared exactly).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Pattern {
    /// `starts with`
    Prefix(Choice),
    /// `ends with`
    Suffix(Choice),
    /// `contains`
    Substring(Choice),
    /// `matches`: `*` any characters, `?` one character.
    Glob(Choice),
}

/// A range of an ordered type. A bound is a value and whether it is itself inside; none is open.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Range {
    /// Lower bound.
    pub low: Option<(Value, bool)>,
    /// Upper bound.
    pub high: Option<(Value, bool)>,
}

/// An element to look for in a set.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Element {
    /// A name.
    Name(Choice),
    /// A node: found if an element is it or lies within it. Several: a zone, any of them.
    Nodes(Vec<NodeIndex>),
}

/// How a set is tested. `None` is the negation of `Any`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum How {
    /// At least one.
    Any,
    /// Every one.
    All,
    /// Not one.
    None,
    /// Nothing else.
    Only,
}

/// Relation between two attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Relation {
    /// Equal; for nodes: the very same.
    Equal,
    /// Less.
    Less,
    /// Less or equal.
    LessOrEqual,
    /// Left node is, or lies within, the right one.
    Within,
}

/// `time in 22:00..06:00 on Fri`: in wall-clock time of a zone, a range that begins on one of these days.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct During {
    /// Whose clock.
    pub zone: ZoneId,
    /// From and to; `to <= from` runs past midnight; `None` is 24:00.
    pub times: Vec<(civil::Time, Option<civil::Time>)>,
    /// The day on which it begins is one of these.
    pub days: Days,
}

/// Days on which a range of time may begin.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Days {
    /// Days of the week, 0 = Monday.
    Weekdays([bool; 7]),
    /// Ranges of dates, both ends included, sorted.
    Dates(Vec<(civil::Date, civil::Date)>),
}

impl Condition {
    /// A condition without a place.
    pub fn new(kind: ConditionKind) -> Self {
        Self { kind, span: None }
    }

    /// Stands for a condition that is read from another part of a bundle.
    pub(super) fn elsewhere() -> Self {
        Self::new(ConditionKind::Constant(false))
    }
}

impl Test {
    /// Visits each attribute the test reads; the clock is `now`.
    pub fn attributes(&self, visit: &mut dyn FnMut(AttributeId)) {
        let mut input = |input: &Input| match input {
            Input::Attribute(attribute) => visit(*attribute),
            Input::Time(_) | Input::Date(_) | Input::Weekday(_) => visit(NOW),
        };
        match self {
            Self::Is(a)
            | Self::OneOf(a, _)
            | Self::Matches(a, _)
            | Self::InRanges(a, _)
            | Self::Within(a, _)
            | Self::ExactlyNode(a, _)
            | Self::InNetworks(a, _) => input(a),
            Self::Compare(a, _, b) => {
                input(a);
                input(b);
            }
            Self::During(_) => visit(NOW),
            Self::Elapsed(attribute, _) => {
                visit(*attribute);
                visit(NOW);
            }
            Self::Has(attribute, ..)
            | Self::IsEmpty(attribute)
            | Self::IsKnown(attribute)
            | Self::IsAbsent(attribute) => {
                visit(*attribute);
            }
            Self::HasValueOf(a, b) | Self::HasSetOf(a, _, b) => {
                visit(*a);
                visit(*b);
            }
        }
    }
}

impl Range {
    /// Whether a value of the range's type lies in it.
    pub fn contains(&self, value: &Value) -> bool {
        let above = |(bound, is_inside): &(Value, bool)| match value.order(bound) {
            Some(std::cmp::Ordering::Greater) => true,
            Some(std::cmp::Ordering::Equal) => *is_inside,
            _ => false,
        };
        let below = |(bound, is_inside): &(Value, bool)| match value.order(bound) {
            Some(std::cmp::Ordering::Less) => true,
            Some(std::cmp::Ordering::Equal) => *is_inside,
            _ => false,
        };
        self.low.as_ref().is_none_or(above) && self.high.as_ref().is_none_or(below)
    }
}

impl Choice {
    /// Whether it is that name.
    pub fn is(&self, name: &Name) -> bool {
        if self.exact { self.name.spelled == name.spelled } else { self.name.folded == name.folded }
    }
}

impl Condition {
    /// Visits each test with whether it stands positively, `not` pushed inward. A `let` is followed once per sign.
    pub fn tests<'c>(
        &'c self,
        lets: &'c [super::Let],
        positive: bool,
        visit: &mut dyn FnMut(&'c Test, bool, Option<Span>),
    ) {
        let mut todo = vec![(self, positive)];
        let mut seen = std::collections::HashSet::new();
        while let Some((condition, positive)) = todo.pop() {
            match &condition.kind {
                ConditionKind::Constant(_) => {}
                ConditionKind::Test(test) => visit(test, positive, condition.span),
                ConditionKind::Not(inner) => todo.push((inner, !positive)),
                ConditionKind::And(parts) | ConditionKind::Or(parts) => {
                    todo.extend(parts.iter().rev().map(|part| (part, positive)));
                }
                ConditionKind::Let(id) if seen.insert((*id, positive)) => {
                    todo.extend(lets.get(id.index()).map(|item| (&item.condition, positive)));
                }
                ConditionKind::Let(_) => {}
            }
        }
    }
}
