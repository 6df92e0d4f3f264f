//! What a condition comes to, test by test.
//!
//! Without exception an absent input makes a test false, whatever the other side, and an unknown one makes it unknown
//! (5); `not` is applied afterwards (4), so `x != a` and `not (x < 5)` are true where `x` is absent.

use super::Reference;
use crate::truth::Truth;
use jiff::{SignedDuration, Timestamp, Zoned, civil};
use std::cmp::Ordering;
use wardkey::model::{
    AttributeId, Choice, Condition, ConditionKind, Days, During, Hierarchy, HierarchyId, Inner, Input, NOW, Name,
    NodeIndex, Pattern, Range, Relation, State, Test, Type, Value, ZoneId,
};

/// A node as a value: that node, or a leaf somewhere below it of which no more is known.
#[derive(Clone, Copy)]
pub(super) struct Placed<'a> {
    pub hierarchy: &'a Hierarchy,
    pub node: NodeIndex,
    pub is_hidden: bool,
}

impl Placed<'_> {
    /// Whether `self` is or lies within `other` (22, 23). A leaf hidden below `other` can never be certainly met; a leaf
    /// hidden below `self` lies within `other` certainly if all of `self` does.
    pub fn within(self, other: Self) -> Truth {
        let overlaps = self.hierarchy.overlap(self.node, other.node);
        if other.is_hidden {
            Truth::perhaps(overlaps)
        } else if self.hierarchy.is_within(self.node, other.node) {
            Truth::True
        } else {
            Truth::perhaps(self.is_hidden && overlaps)
        }
    }

    /// Whether both are the very same node (23).
    fn same(self, other: Self) -> Truth {
        if self.is_hidden || other.is_hidden {
            return Truth::perhaps(self.hierarchy.overlap(self.node, other.node));
        }
        Truth::from(self.node == other.node)
    }

    /// `is exactly N`: of an inner node that stands for a leaf below it, unknown if N is at or below it (22).
    fn exactly(self, constant: NodeIndex) -> Truth {
        if self.is_hidden {
            return Truth::perhaps(self.hierarchy.is_within(constant, self.node));
        }
        Truth::from(self.node == constant)
    }
}

impl<'a> Reference<'a> {
    /// What a condition comes to: Kleene throughout (1); a `let` is what it abbreviates.
    pub fn truth(&self, condition: &Condition) -> Truth {
        match &condition.kind {
            ConditionKind::Constant(value) => Truth::from(*value),
            ConditionKind::Test(test) => self.test(test),
            ConditionKind::Let(id) => {
                self.rules.lets.get(id.index()).map_or(Truth::Unknown, |a_let| self.truth(&a_let.condition))
            }
            ConditionKind::Not(inner) => !self.truth(inner),
            ConditionKind::And(parts) => Truth::all(parts.iter().map(|part| self.truth(part))),
            ConditionKind::Or(parts) => Truth::any(parts.iter().map(|part| self.truth(part))),
        }
    }

    /// What one test comes to.
    pub fn test(&self, test: &Test) -> Truth {
        match test {
            Test::Is(input) => self.value(*input, |value| Truth::from(value == &Value::Bool(true))),
            Test::OneOf(input, choices) => {
                self.name(*input, |name| choices.iter().any(|choice| is_choice(name, choice)))
            }
            Test::Matches(input, patterns) => {
                self.name(*input, |name| patterns.iter().any(|pattern| matches(name, pattern)))
            }
            Test::InRanges(input, ranges) => {
                self.value(*input, |value| Truth::from(ranges.iter().any(|range| is_in(value, range))))
            }
            Test::Within(input, nodes) => self.node(*input, |placed| {
                Truth::any(nodes.iter().map(|&node| placed.within(Placed { node, is_hidden: false, ..placed })))
            }),
            Test::ExactlyNode(input, node) => self.node(*input, |placed| placed.exactly(*node)),
            Test::InNetworks(input, networks) => self.value(*input, |value| match value {
                Value::Ip(address) => Truth::from(networks.iter().any(|network| network.contains(address))),
                _ => Truth::False,
            }),
            Test::During(during) => self.clock(during.zone, |now| Truth::from(is_during(&now, during))),
            Test::Elapsed(attribute, longest) => self.elapsed(*attribute, *longest),
            Test::Has(set, how, elements) => self.has_elements(*set, *how, elements),
            Test::IsEmpty(set) => self.is_empty(*set),
            Test::HasValueOf(set, other) => self.has_value_of(*set, *other),
            Test::HasSetOf(set, how, other) => self.has_set_of(*set, *how, *other),
            Test::Compare(left, relation, right) => self.compare(*left, *relation, *right),
            // never unknown itself (7), save where the question is what asking could change (10)
            Test::IsKnown(attribute) => match self.facts.state(*attribute) {
                State::Unknown => Truth::perhaps(self.is_asking),
                _ => Truth::True,
            },
            Test::IsAbsent(attribute) => match self.facts.state(*attribute) {
                State::Unknown => Truth::Unknown,
                State::Absent => Truth::True,
                State::Present(_) => Truth::False,
            },
        }
    }

    /// The state of what a test reads; the clock on the wall is derived from `now` (30, 31).
    pub(super) fn state(&self, input: Input) -> State {
        let wall = |zone, read: fn(&Zoned) -> Value| match self.facts.state(NOW) {
            State::Present(Value::DateTime(now)) => State::Present(read(&self.at(now, zone))),
            State::Absent => State::Absent,
            _ => State::Unknown,
        };
        match input {
            Input::Attribute(attribute) => self.facts.state(attribute),
            Input::Time(zone) => wall(zone, |now| Value::Time(now.time())),
            Input::Date(zone) => wall(zone, |now| Value::Date(now.date())),
            Input::Weekday(zone) => wall(zone, |now| Value::Weekday(day_of(now.date()))),
        }
    }

    fn at(&self, instant: Timestamp, zone: ZoneId) -> Zoned {
        instant.to_zoned(self.rules.catalogue.zones[zone.index()].zone.clone())
    }

    /// A test of one known value; absent is false, unknown unknown.
    fn value(&self, input: Input, test: impl Fn(&Value) -> Truth) -> Truth {
        match self.state(input) {
            State::Unknown => Truth::Unknown,
            State::Absent => Truth::False,
            State::Present(value) => test(&value),
        }
    }

    fn name(&self, input: Input, test: impl Fn(&Name) -> bool) -> Truth {
        self.value(input, |value| match value {
            Value::Name(name) => Truth::from(test(name)),
            _ => Truth::False,
        })
    }

    fn node(&self, input: Input, test: impl Fn(Placed<'_>) -> Truth) -> Truth {
        self.value(input, |value| match (value, input) {
            (Value::Node(node), Input::Attribute(attribute)) => {
                self.placed(attribute, *node).map_or(Truth::False, &test)
            }
            _ => Truth::False,
        })
    }

    fn clock(&self, zone: ZoneId, test: impl Fn(Zoned) -> Truth) -> Truth {
        self.value(Input::Attribute(NOW), |value| match value {
            Value::DateTime(now) => test(self.at(*now, zone)),
            _ => Truth::False,
        })
    }

    /// A node as the value of an attribute, or as an element of a set: by the attribute's rule an inner one may stand for
    /// a leaf below it.
    pub(super) fn placed(&self, attribute: AttributeId, node: NodeIndex) -> Option<Placed<'a>> {
        let declared = self.rules.catalogue.attribute(attribute);
        let hierarchy = self.rules.catalogue.hierarchy(hierarchy_of(&declared.ty)?);
        let is_hidden = declared.inner == Inner::Somewhere && !hierarchy.is_leaf(node);
        Some(Placed { hierarchy, node, is_hidden })
    }

    /// `trained within 365d`: not before the attribute's date or instant, and at most that long after it. For a date,
    /// whole days of the policy's time zone.
    fn elapsed(&self, attribute: AttributeId, longest: SignedDuration) -> Truth {
        match (self.facts.state(attribute), self.facts.state(NOW)) {
            (State::Absent, _) | (_, State::Absent) => Truth::False,
            (State::Unknown, _) | (_, State::Unknown) => Truth::Unknown,
            (State::Present(Value::Date(then)), State::Present(Value::DateTime(now))) => {
                let today = self.at(now, ZoneId::new(0)).date();
                let passed = i64::from(days_from(then, today));
                Truth::from((0..=longest.as_secs() / (24 * 60 * 60)).contains(&passed))
            }
            (State::Present(Value::DateTime(then)), State::Present(Value::DateTime(now))) => {
                let passed = now.duration_since(then);
                Truth::from(SignedDuration::ZERO <= passed && passed <= longest)
            }
            _ => Truth::False,
        }
    }

    /// Attribute with attribute: an absent side makes it false, whatever the other (5), else an unknown one unknown.
    fn compare(&self, left: Input, relation: Relation, right: Input) -> Truth {
        match (self.state(left), self.state(right)) {
            (State::Absent, _) | (_, State::Absent) => Truth::False,
            (State::Unknown, _) | (_, State::Unknown) => Truth::Unknown,
            (State::Present(Value::Node(a)), State::Present(Value::Node(b))) => {
                self.compare_nodes((left, a), relation, (right, b))
            }
            (State::Present(a), State::Present(b)) => Truth::from(match relation {
                Relation::Equal => is_equal(&a, &b),
                Relation::Less => a.order(&b) == Some(Ordering::Less),
                Relation::LessOrEqual => matches!(a.order(&b), Some(Ordering::Less | Ordering::Equal)),
                Relation::Within => false,
            }),
        }
    }

    fn compare_nodes(&self, left: (Input, NodeIndex), relation: Relation, right: (Input, NodeIndex)) -> Truth {
        let place = |(input, node)| match input {
            Input::Attribute(attribute) => self.placed(attribute, node),
            _ => None,
        };
        match (place(left), relation, place(right)) {
            (Some(a), Relation::Within, Some(b)) => a.within(b),
            (Some(a), Relation::Equal, Some(b)) => a.same(b),
            _ => Truth::False,
        }
    }
}

/// The hierarchy of a node, or of a set's nodes.
fn hierarchy_of(ty: &Type) -> Option<HierarchyId> {
    match ty {
        Type::Node(hierarchy) => Some(*hierarchy),
        Type::Set(element) => hierarchy_of(element),
        _ => None,
    }
}

/// Names are compared folded, after `exactly` as spelled (25, 27).
pub(super) fn is_choice(name: &Name, choice: &Choice) -> bool {
    if choice.exact { name.spelled == choice.name.spelled } else { name.folded == choice.name.folded }
}

/// Two values of one type. Names fold (25); the rest is equal or not.
pub(super) fn is_equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Name(a), Value::Name(b)) => a.folded == b.folded,
        _ => a == b,
    }
}

/// Patterns match the folded text, after `exactly` the spelling (27).
fn matches(name: &Name, pattern: &Pattern) -> bool {
    let texts = |choice: &Choice| {
        if choice.exact {
            (name.spelled.to_string(), choice.name.spelled.to_string())
        } else {
            (name.folded.to_string(), choice.name.folded.to_string())
        }
    };
    match pattern {
        Pattern::Prefix(choice) => {
            let (text, prefix) = texts(choice);
            text.starts_with(&prefix)
        }
        Pattern::Suffix(choice) => {
            let (text, suffix) = texts(choice);
            text.ends_with(&suffix)
        }
        Pattern::Substring(choice) => {
            let (text, part) = texts(choice);
            text.contains(&part)
        }
        Pattern::Glob(choice) => {
            let (text, glob) = texts(choice);
            glob_matches(&text.chars().collect::<Vec<_>>(), &glob.chars().collect::<Vec<_>>())
        }
    }
}

/// `*` is any characters, `?` one character.
fn glob_matches(text: &[char], glob: &[char]) -> bool {
    match (glob, text) {
        ([], rest) => rest.is_empty(),
        (['*', glob @ ..], _) => (0..=text.len()).any(|skipped| glob_matches(&text[skipped..], glob)),
        (['?', glob @ ..], [_, text @ ..]) => glob_matches(text, glob),
        ([a, glob @ ..], [b, text @ ..]) => a == b && glob_matches(text, glob),
        (_, []) => false,
    }
}

/// Whether an ordered value lies between the bounds, each of which says whether it is itself inside (36).
fn is_in(value: &Value, range: &Range) -> bool {
    let above = range.low.as_ref().is_none_or(|(low, inside)| match value.order(low) {
        Some(Ordering::Greater) => true,
        Some(Ordering::Equal) => *inside,
        _ => false,
    });
    let below = range.high.as_ref().is_none_or(|(high, inside)| match value.order(high) {
        Some(Ordering::Less) => true,
        Some(Ordering::Equal) => *inside,
        _ => false,
    });
    above && below
}

/// `time in 22:00..06:00 on Fri`: the range belongs to the day on which it starts (29); half-open; `24:00` ends the day.
fn is_during(now: &Zoned, during: &During) -> bool {
    let (today, time) = (now.date(), now.time());
    during.times.iter().any(|&(from, to)| match to {
        None => time >= from && starts_on(today, &during.days),
        Some(to) if from < to => time >= from && time < to && starts_on(today, &during.days),
        Some(to) => {
            let since_today = time >= from && starts_on(today, &during.days);
            let since_yesterday = time < to && today.yesterday().is_ok_and(|day| starts_on(day, &during.days));
            since_today || since_yesterday
        }
    })
}

fn starts_on(day: civil::Date, days: &Days) -> bool {
    match days {
        Days::Weekdays(chosen) => chosen[usize::from(day_of(day))],
        Days::Dates(ranges) => ranges.iter().any(|&(first, last)| first <= day && day <= last),
    }
}

/// Day of the week, 0 = Monday.
fn day_of(date: civil::Date) -> u8 {
    u8::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0)
}

/// Whole days from one date to another, negative if it is earlier.
fn days_from(from: civil::Date, to: civil::Date) -> i32 {
    i32::try_from(to.duration_since(from).as_hours() / 24).unwrap_or(i32::MAX)
}
