//! The three-valued value of a single test.
//!
//! An unknown input gives unknown and an absent one false, unless the test says otherwise. A value of another type than the
//! test's, which no loaded policy brings about, gives unknown.

use super::facts::{Facts, weekday};
use crate::compile::Tri;
use crate::model::{
    AttributeId, Choice, Days, During, Element, Hierarchy, How, Inner, Input, Name, NodeIndex, Relation, SetValue,
    State, Test, Type, Value, ZoneId,
};
use jiff::{SignedDuration, civil};
use std::borrow::Cow;

/// The value of a test. Cost: for sets, elements times elements; for others, small.
pub(crate) fn value(facts: &Facts<'_>, test: &Test) -> Tri {
    match test {
        Test::Is(input) => of_present(facts, *input, |value| match value {
            Value::Bool(value) => (*value).into(),
            _ => Tri::Unknown,
        }),
        Test::OneOf(input, choices) => of_name(facts, *input, |name| choices.iter().any(|choice| choice.is(name))),
        Test::Matches(input, patterns) => {
            of_name(facts, *input, |name| patterns.iter().any(|pattern| pattern.matches(name)))
        }
        Test::InRanges(input, ranges) => {
            of_present(facts, *input, |value| ranges.iter().any(|range| range.contains(value)).into())
        }
        Test::Within(input, targets) => of_node(facts, *input, |node, tree| {
            Tri::any(targets.iter().map(|&target| tree.within(node, tree.pinned(target))))
        }),
        Test::ExactlyNode(input, target) => of_node(facts, *input, |node, tree| tree.exactly(node, *target)),
        Test::InNetworks(input, networks) => of_present(facts, *input, |value| match value {
            Value::Ip(address) => networks.iter().any(|network| network.contains(address)).into(),
            _ => Tri::Unknown,
        }),
        Test::During(during) => self::during(facts, during),
        Test::Elapsed(attribute, length) => elapsed(facts, *attribute, *length),
        Test::Has(set, how, elements) => Set::new(facts, *set).has_elements(*how, elements),
        Test::IsEmpty(set) => Set::new(facts, *set).is_empty(),
        Test::HasValueOf(set, attribute) => has_value_of(facts, *set, *attribute),
        Test::HasSetOf(left, how, right) => has_set_of(&Set::new(facts, *left), *how, &Set::new(facts, *right)),
        Test::Compare(left, relation, right) => compare(facts, *left, *relation, *right),
        Test::IsKnown(attribute) => (*facts.state(*attribute) != State::Unknown).into(),
        Test::IsAbsent(attribute) => match facts.state(*attribute) {
            State::Unknown => Tri::Unknown,
            State::Absent => Tri::True,
            State::Present(_) => Tri::False,
        },
    }
}

fn of_present(facts: &Facts<'_>, input: Input, test: impl FnOnce(&Value) -> Tri) -> Tri {
    match &*facts.input(input) {
        State::Unknown => Tri::Unknown,
        State::Absent => Tri::False,
        State::Present(value) => test(value),
    }
}

fn of_name(facts: &Facts<'_>, input: Input, test: impl FnOnce(&Name) -> bool) -> Tri {
    of_present(facts, input, |value| match value {
        Value::Name(name) => test(name).into(),
        _ => Tri::Unknown,
    })
}

fn of_node(facts: &Facts<'_>, input: Input, test: impl FnOnce(NodeIndex, Tree<'_>) -> Tri) -> Tri {
    of_present(facts, input, |value| match (value, input) {
        (Value::Node(node), Input::Attribute(attribute)) => {
            Tree::of(facts, attribute).map_or(Tri::Unknown, |tree| test(*node, tree))
        }
        _ => Tri::Unknown,
    })
}

fn during(facts: &Facts<'_>, during: &During) -> Tri {
    match *facts.input(Input::Time(during.zone)) {
        State::Unknown => return Tri::Unknown,
        State::Absent => return Tri::False,
        State::Present(_) => {}
    }
    let Some(clock) = facts.clock(during.zone) else { return Tri::Unknown };
    let (time, today) = (clock.time(), clock.date());
    let begins_today = begins_on(&during.days, today);
    let began_yesterday = today.yesterday().is_ok_and(|yesterday| begins_on(&during.days, yesterday));
    let holds = during.times.iter().any(|&(from, to)| match to {
        None => begins_today && from <= time,
        Some(to) if from < to => begins_today && from <= time && time < to,
        Some(to) => (begins_today && from <= time) || (began_yesterday && time < to),
    });
    holds.into()
}

fn begins_on(days: &Days, date: civil::Date) -> bool {
    match days {
        Days::Weekdays(days) => days.get(usize::from(weekday(date))).copied().unwrap_or(false),
        Days::Dates(ranges) => ranges.iter().any(|(first, last)| *first <= date && date <= *last),
    }
}

/// The policy's own time zone: the first of the catalogue.
pub(crate) fn policy_zone() -> ZoneId {
    ZoneId::new(0)
}

fn elapsed(facts: &Facts<'_>, attribute: AttributeId, length: SignedDuration) -> Tri {
    let now = match facts.state(crate::model::NOW) {
        State::Absent => return Tri::False,
        _ => facts.now(),
    };
    let value = match facts.state(attribute) {
        State::Absent => return Tri::False,
        State::Unknown => return Tri::Unknown,
        State::Present(value) => value,
    };
    match (now, value) {
        (Some(now), Value::DateTime(from)) => {
            let since = now.duration_since(*from);
            (SignedDuration::ZERO <= since && since <= length).into()
        }
        (Some(_), Value::Date(from)) => {
            let Some(clock) = facts.clock(policy_zone()) else { return Tri::Unknown };
            let days = clock.date().duration_since(*from).as_hours() / 24;
            (0 <= days && days <= whole_days(length)).into()
        }
        _ => Tri::Unknown,
    }
}

/// Whole days of a duration, rounded down.
pub(crate) fn whole_days(length: SignedDuration) -> i64 {
    length.as_hours().div_euclid(24)
}

/// A hierarchy and what an inner node of it means as a value.
#[derive(Clone, Copy)]
struct Tree<'a> {
    hierarchy: &'a Hierarchy,
    is_somewhere: bool,
}

/// A node to lie within: the node itself, or some leaf below it that is not known.
#[derive(Clone, Copy)]
struct Target {
    node: NodeIndex,
    is_hidden: bool,
}

impl<'a> Tree<'a> {
    /// The hierarchy of an attribute that holds a node or a set of nodes.
    fn of(facts: &Facts<'a>, attribute: AttributeId) -> Option<Self> {
        let attribute = facts.attribute(attribute);
        let ty = match &attribute.ty {
            Type::Set(element) => element,
            ty => ty,
        };
        match ty {
            Type::Node(hierarchy) => Some(Self {
                hierarchy: facts.catalogue.hierarchy(*hierarchy),
                is_somewhere: attribute.inner == Inner::Somewhere,
            }),
            _ => None,
        }
    }

    fn is_hidden(&self, node: NodeIndex) -> bool {
        self.is_somewhere && !self.hierarchy.is_leaf(node)
    }

    /// A node that a rule names.
    fn pinned(&self, node: NodeIndex) -> Target {
        Target { node, is_hidden: false }
    }

    /// A node that an attribute holds.
    fn target(&self, node: NodeIndex) -> Target {
        Target { node, is_hidden: self.is_hidden(node) }
    }

    /// Whether a node that the attribute holds is, or lies within, a target.
    fn within(&self, node: NodeIndex, target: Target) -> Tri {
        if !target.is_hidden && self.hierarchy.is_within(node, target.node) {
            return Tri::True;
        }
        let may = (target.is_hidden || self.is_hidden(node)) && self.hierarchy.overlap(node, target.node);
        if may { Tri::Unknown } else { Tri::False }
    }

    /// Whether a node that the attribute holds is exactly the one that a rule names.
    fn exactly(&self, node: NodeIndex, target: NodeIndex) -> Tri {
        if !self.is_hidden(node) {
            return (node == target).into();
        }
        if self.hierarchy.is_within(target, node) { Tri::Unknown } else { Tri::False }
    }
}

/// What is known of a set, with what its elements mean.
struct Set<'a> {
    value: Cow<'a, SetValue>,
    tree: Option<Tree<'a>>,
    empty_means_none: bool,
}

/// What an element is compared with.
enum Sought<'a> {
    Name(&'a Name),
    Choice(&'a Choice),
    Node(Target),
}

impl<'a> Set<'a> {
    fn new(facts: &'a Facts<'_>, attribute: AttributeId) -> Self {
        Self {
            value: facts.set(attribute),
            tree: Tree::of(facts, attribute),
            empty_means_none: facts.attribute(attribute).empty_means_none,
        }
    }

    fn is_empty(&self) -> Tri {
        if !self.value.members.is_empty() {
            return Tri::False;
        }
        if self.value.possible.is_empty() && !self.value.open { Tri::True } else { Tri::Unknown }
    }

    fn is_certainly_empty(&self) -> bool {
        self.is_empty() == Tri::True
    }

    /// Whether one element is what is sought.
    fn fits(&self, element: &Value, sought: &Sought<'_>) -> Tri {
        match (element, sought) {
            (Value::Name(name), Sought::Name(other)) => (name.folded == other.folded).into(),
            (Value::Name(name), Sought::Choice(choice)) => choice.is(name).into(),
            (Value::Node(node), Sought::Node(target)) => {
                self.tree.map_or(Tri::Unknown, |tree| tree.within(*node, *target))
            }
            _ => Tri::Unknown,
        }
    }

    fn fits_any(&self, element: &Value, wanted: &Element) -> Tri {
        Tri::any(sought(wanted).map(|sought| self.fits(element, &sought)))
    }

    /// Whether some element is what is sought.
    fn has(&self, sought: &Sought<'_>) -> Tri {
        let members = Tri::any(self.value.members.iter().map(|member| self.fits(member, sought)));
        let possible = Tri::any(self.value.possible.iter().map(|member| self.fits(member, sought)));
        let rest = if self.value.open { Tri::Unknown } else { Tri::False };
        members.or(possible.min(Tri::Unknown)).or(rest)
    }

    fn has_element(&self, wanted: &Element) -> Tri {
        Tri::any(sought(wanted).map(|sought| self.has(&sought)))
    }

    fn has_elements(&self, how: How, wanted: &[Element]) -> Tri {
        match how {
            How::Any => Tri::any(wanted.iter().map(|element| self.has_element(element))),
            How::None => !self.has_elements(How::Any, wanted),
            How::All => Tri::all(wanted.iter().map(|element| self.has_element(element))),
            How::Only => {
                let fits = |element: &Value| Tri::any(wanted.iter().map(|wanted| self.fits_any(element, wanted)));
                self.every(fits)
            }
        }
    }

    /// Whether every element passes a test; true of an empty set.
    fn every(&self, test: impl Fn(&Value) -> Tri) -> Tri {
        let members = Tri::all(self.value.members.iter().map(&test));
        // a possible element that does not pass may not be there
        let possible = Tri::all(self.value.possible.iter().map(&test)).max(Tri::Unknown);
        let rest = if self.value.open { Tri::Unknown } else { Tri::True };
        members.and(possible).and(rest)
    }

    /// What it means to look for an element of this set in another one.
    fn as_sought<'s>(&self, element: &'s Value) -> Option<Sought<'s>> {
        match element {
            Value::Name(name) => Some(Sought::Name(name)),
            Value::Node(node) => self.tree.map(|tree| Sought::Node(tree.target(*node))),
            _ => None,
        }
    }

    fn has_value(&self, other: &Self, element: &Value) -> Tri {
        other.as_sought(element).map_or(Tri::Unknown, |sought| self.has(&sought))
    }
}

fn sought(wanted: &Element) -> impl Iterator<Item = Sought<'_>> {
    let (name, nodes) = match wanted {
        Element::Name(choice) => (Some(Sought::Choice(choice)), &[][..]),
        Element::Nodes(nodes) => (None, nodes.as_slice()),
    };
    name.into_iter().chain(nodes.iter().map(|&node| Sought::Node(Target { node, is_hidden: false })))
}

fn has_value_of(facts: &Facts<'_>, set: AttributeId, attribute: AttributeId) -> Tri {
    let set = Set::new(facts, set);
    if set.is_certainly_empty() {
        return Tri::False;
    }
    let value = match facts.state(attribute) {
        State::Absent => return Tri::False,
        State::Unknown => return Tri::Unknown,
        State::Present(value) => value,
    };
    match value {
        Value::Name(name) => set.has(&Sought::Name(name)),
        Value::Node(node) => {
            Tree::of(facts, attribute).map_or(Tri::Unknown, |tree| set.has(&Sought::Node(tree.target(*node))))
        }
        _ => Tri::Unknown,
    }
}

fn has_set_of(left: &Set<'_>, how: How, right: &Set<'_>) -> Tri {
    match how {
        How::Any => has_any_of(left, right),
        How::None => !has_any_of(left, right),
        How::All => has_all_of(left, right),
        How::Only => left.every(|element| {
            // some element of the right set is, or lies around, this one
            let around = |other: &Value| match right.as_sought(other) {
                Some(sought) => left.fits(element, &sought),
                None => Tri::Unknown,
            };
            let members = Tri::any(right.value.members.iter().map(around));
            let possible = Tri::any(right.value.possible.iter().map(around)).min(Tri::Unknown);
            let rest = if right.value.open { Tri::Unknown } else { Tri::False };
            members.or(possible).or(rest)
        }),
    }
}

fn has_any_of(left: &Set<'_>, right: &Set<'_>) -> Tri {
    if left.is_certainly_empty() {
        return Tri::False;
    }
    let members = Tri::any(right.value.members.iter().map(|element| left.has_value(right, element)));
    let possible = Tri::any(right.value.possible.iter().map(|element| left.has_value(right, element)));
    let rest = if right.value.open { Tri::Unknown } else { Tri::False };
    members.or(possible.min(Tri::Unknown)).or(rest)
}

fn has_all_of(left: &Set<'_>, right: &Set<'_>) -> Tri {
    if right.is_certainly_empty() {
        return if right.empty_means_none { Tri::True } else { Tri::Unknown };
    }
    let all = right.every(|element| left.has_value(right, element));
    // it may be empty, and an empty one may stand for "nothing entered"
    let may_be_empty = right.value.members.is_empty() && !right.empty_means_none;
    if may_be_empty { all.min(Tri::Unknown) } else { all }
}

fn compare(facts: &Facts<'_>, left: Input, relation: Relation, right: Input) -> Tri {
    let (a, b) = (facts.input(left), facts.input(right));
    let (a, b) = match (&*a, &*b) {
        (State::Absent, _) | (_, State::Absent) => return Tri::False,
        (State::Present(a), State::Present(b)) => (a, b),
        _ => return Tri::Unknown,
    };
    match (a, b) {
        (Value::Node(a), Value::Node(b)) => compare_nodes(facts, (left, *a), relation, (right, *b)),
        (Value::Name(a), Value::Name(b)) if relation == Relation::Equal => (a.folded == b.folded).into(),
        (Value::Bool(a), Value::Bool(b)) if relation == Relation::Equal => (a == b).into(),
        (Value::Ip(a), Value::Ip(b)) if relation == Relation::Equal => (a == b).into(),
        _ => match (a.order(b), relation) {
            (Some(order), Relation::Equal) => order.is_eq().into(),
            (Some(order), Relation::Less) => order.is_lt().into(),
            (Some(order), Relation::LessOrEqual) => order.is_le().into(),
            (None, _) | (_, Relation::Within) => Tri::Unknown,
        },
    }
}

fn compare_nodes(
    facts: &Facts<'_>,
    (left, a): (Input, NodeIndex),
    relation: Relation,
    (right, b): (Input, NodeIndex),
) -> Tri {
    let (Input::Attribute(left), Input::Attribute(right)) = (left, right) else { return Tri::Unknown };
    let (Some(tree), Some(other)) = (Tree::of(facts, left), Tree::of(facts, right)) else { return Tri::Unknown };
    let target = other.target(b);
    match relation {
        Relation::Within => tree.within(a, target),
        Relation::Equal if !tree.is_hidden(a) && !target.is_hidden => (a == b).into(),
        Relation::Equal if tree.hierarchy.overlap(a, b) => Tri::Unknown,
        Relation::Equal => Tri::False,
        Relation::Less | Relation::LessOrEqual => Tri::Unknown,
    }
}
