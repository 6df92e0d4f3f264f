//! For each attribute, states that stand for all its states, as far as given tests tell them apart.
//!
//! What a test comes to is never worked out here: states are only proposed, and the evaluator of the engine says what they come
//! to. So a proposal too many costs time, and only one too few would be a mistake; the tests of this module try that at random.

use super::clock::{self, Named};
use super::texts::{self, Mentioned};
use super::undecided::Undecided;
use super::{addresses, line};
use crate::eval::policy_zone;
use crate::model::name::fold;
use crate::model::read::{Reader, write};
use crate::model::{
    AttributeId, Catalogue, Choice, Element, How, Inner, Input, NOW, Name, NameType, NodeIndex, Range, State, Test,
    Type, Value, ZoneId,
};
use jiff::{SignedDuration, Timestamp};

/// Declared values up to which all are tried.
const ALL_VALUES: usize = 64;

/// Attributes that tests compare with each other, and the tests that read any of them.
#[derive(Clone, Debug)]
pub(super) struct Group<'t> {
    pub attributes: Vec<AttributeId>,
    pub tests: Vec<&'t Test>,
    /// Others than one of each kind that may be needed: as many as there are attributes to be equal to or different from.
    pub kinds: usize,
}

impl Group<'_> {
    /// For each attribute of the group, states that stand for all.
    pub fn states(&self, catalogue: &Catalogue) -> Result<Vec<Vec<State>>, Undecided> {
        let instants = self.instants(catalogue);
        let of = |&attribute: &AttributeId| {
            let values = self.values(catalogue, attribute, &instants)?;
            Ok(values.into_iter().map(State::Present).chain([State::Absent, State::Unknown]).collect())
        };
        self.attributes.iter().map(of).collect()
    }

    /// Instants that stand for all, if the group reads the clock.
    fn instants(&self, catalogue: &Catalogue) -> Vec<Timestamp> {
        if !self.attributes.contains(&NOW) {
            return Vec::new();
        }
        let points = |attribute| self.points_of(attribute);
        Named::of(catalogue, self.tests.iter().copied(), &points).stand_ins(catalogue)
    }

    /// The values that ranges of an attribute begin or end with.
    fn points_of(&self, attribute: AttributeId) -> Vec<Value> {
        let ranges = self.tests.iter().filter_map(|test| match test {
            Test::InRanges(Input::Attribute(read), ranges) if *read == attribute => Some(ranges),
            _ => None,
        });
        let bounds = ranges.flatten().flat_map(|range| [&range.low, &range.high]).flatten();
        bounds.map(|(value, _)| value.clone()).collect()
    }

    fn values(
        &self,
        catalogue: &Catalogue,
        attribute: AttributeId,
        instants: &[Timestamp],
    ) -> Result<Vec<Value>, Undecided> {
        if attribute == NOW {
            return Ok(instants.iter().map(|&instant| Value::DateTime(instant)).collect());
        }
        let declared = catalogue.attribute(attribute);
        Ok(match &declared.ty {
            Type::Bool => vec![Value::Bool(true), Value::Bool(false)],
            Type::Name(names) => self.names(names)?,
            Type::Node(hierarchy) => {
                let hierarchy = catalogue.hierarchy(*hierarchy);
                let all = (0..hierarchy.nodes.len()).map(NodeIndex::new);
                let fits = |node: &NodeIndex| declared.inner != Inner::Refused || hierarchy.is_leaf(*node);
                all.filter(fits).map(Value::Node).collect()
            }
            Type::Address => {
                let networks = self.tests.iter().filter_map(|test| match test {
                    Test::InNetworks(_, networks) => Some(networks),
                    _ => None,
                });
                addresses::stand_ins(networks.flatten(), self.kinds)
            }
            // sets have elements instead
            Type::Set(_) => Vec::new(),
            ty => self.ordered(catalogue, ty, instants),
        })
    }

    fn ordered(&self, catalogue: &Catalogue, ty: &Type, instants: &[Timestamp]) -> Vec<Value> {
        let ranges = self.tests.iter().filter_map(|test| match test {
            Test::InRanges(_, ranges) => Some(ranges),
            _ => None,
        });
        let bounds = ranges.flatten().flat_map(|range| [&range.low, &range.high]).flatten();
        let mut points: Vec<Value> = bounds.map(|(value, _)| value.clone()).collect();
        let zones = self.tests.iter().flat_map(|test| zones(test));
        let lengths: Vec<SignedDuration> = self.lengths().collect();
        points.extend(clock::around(catalogue, instants, zones, ty, &lengths));
        // points of several types meet where the clock is compared with dates and with times
        points.retain(|point| is_of(point, ty));
        line::stand_ins(ty, &points, self.kinds)
    }

    fn lengths(&self) -> impl Iterator<Item = SignedDuration> {
        self.tests.iter().filter_map(|test| match test {
            Test::Elapsed(_, length) => Some(*length),
            _ => None,
        })
    }

    fn names(&self, names: &NameType) -> Result<Vec<Value>, Undecided> {
        let mentioned = mentioned(&self.tests);
        Ok(match &names.values {
            Some(declared) if !names.is_open => {
                let tries_all = declared.len() <= ALL_VALUES || !mentioned.patterns.is_empty();
                let others = if tries_all { usize::MAX } else { self.kinds };
                mentioned.among(declared.values(), names.is_exact, others).into_iter().map(Value::Name).collect()
            }
            _ => {
                let found = texts::stand_ins(&mentioned, names.is_exact, self.kinds)?;
                found.into_iter().map(Value::Name).collect()
            }
        })
    }
}

/// Whether two attributes have the same state, each by its own type.
pub(super) fn is_same(catalogue: &Catalogue, one: (AttributeId, &State), other: (AttributeId, &State)) -> bool {
    let (one_type, other_type) = (&catalogue.attribute(one.0).ty, &catalogue.attribute(other.0).ty);
    let is_exact = |ty: &Type| matches!(ty, Type::Name(names) if names.is_exact);
    match (one.1, other.1) {
        (State::Present(a), State::Present(b)) => {
            let (a, b) = (write(a, catalogue, one_type), write(b, catalogue, other_type));
            if is_exact(one_type) || is_exact(other_type) { a == b } else { fold(&a) == fold(&b) }
        }
        (a, b) => a == b,
    }
}

/// Of two attributes that always have the same value, each gets the values proposed for the other, if its type has them.
pub(super) fn share(
    catalogue: &Catalogue,
    attributes: (AttributeId, AttributeId),
    states: &mut [Vec<State>],
    places: (usize, usize),
) {
    let reader = Reader { hierarchies: &catalogue.hierarchies, zone: None };
    let read = |state: &State, from: AttributeId, to: AttributeId| match state {
        State::Present(value) => {
            let text = write(value, catalogue, &catalogue.attribute(from).ty);
            reader.read(&text, &catalogue.attribute(to).ty).ok().map(State::Present)
        }
        _ => None,
    };
    let from_one: Vec<State> =
        states[places.0].iter().filter_map(|state| read(state, attributes.0, attributes.1)).collect();
    let from_other: Vec<State> =
        states[places.1].iter().filter_map(|state| read(state, attributes.1, attributes.0)).collect();
    for (place, more) in [(places.0, from_other), (places.1, from_one)] {
        let fresh: Vec<State> = more.into_iter().filter(|state| !states[place].contains(state)).collect();
        states[place].splice(0..0, fresh);
    }
}

/// A test that asks whether an attribute is as it is: of it and of what it is compared with, this value is told apart from others.
pub(super) fn mention(attribute: AttributeId, state: &State) -> Option<Test> {
    let State::Present(value) = state else { return None };
    let input = Input::Attribute(attribute);
    let choice = |name: &Name| Choice { name: name.clone(), exact: false };
    Some(match value {
        Value::Bool(_) => return None,
        Value::Name(name) => Test::OneOf(input, vec![choice(name)]),
        Value::Node(node) => Test::ExactlyNode(input, *node),
        Value::Ip(address) => Test::InNetworks(input, vec![(*address).into()]),
        Value::Set(set) => {
            let element = |value: &Value| match value {
                Value::Name(name) => Some(Element::Name(choice(name))),
                Value::Node(node) => Some(Element::Nodes(vec![*node])),
                _ => None,
            };
            Test::Has(attribute, How::Any, set.members.iter().chain(&set.possible).filter_map(element).collect())
        }
        ordered => {
            let bound = Some((ordered.clone(), true));
            Test::InRanges(input, vec![Range { low: bound.clone(), high: bound }])
        }
    })
}

/// The names and patterns that tests compare with.
pub(super) fn mentioned<'t>(tests: &[&'t Test]) -> Mentioned<'t> {
    let mut mentioned = Mentioned::default();
    for test in tests {
        match test {
            Test::OneOf(_, choices) => mentioned.choices.extend(choices),
            Test::Matches(_, patterns) => mentioned.patterns.extend(patterns),
            Test::Has(_, _, elements) => {
                mentioned.choices.extend(elements.iter().filter_map(|element| match element {
                    Element::Name(choice) => Some(choice),
                    Element::Nodes(_) => None,
                }))
            }
            _ => {}
        }
    }
    mentioned
}

fn zones(test: &Test) -> Vec<ZoneId> {
    let of = |input: &Input| match input {
        Input::Time(zone) | Input::Date(zone) | Input::Weekday(zone) => Some(*zone),
        Input::Attribute(_) => None,
    };
    match test {
        Test::Compare(left, _, right) => [left, right].into_iter().filter_map(of).collect(),
        Test::Elapsed(..) => vec![policy_zone()],
        _ => Vec::new(),
    }
}

fn is_of(value: &Value, ty: &Type) -> bool {
    matches!(
        (value, ty),
        (Value::Number(_), Type::Number(_))
            | (Value::Time(_), Type::Time)
            | (Value::Date(_), Type::Date)
            | (Value::DateTime(_), Type::DateTime)
            | (Value::Weekday(_), Type::Weekday)
            | (Value::Duration(_), Type::Duration)
            | (Value::Version(_), Type::Version)
    )
}
