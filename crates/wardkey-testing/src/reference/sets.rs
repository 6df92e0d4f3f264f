//! Tests of sets, of which not everything need be known (12).
//!
//! An element matches a target certainly, perhaps, or not: names by equality, nodes by lying within. An absent set is
//! empty; of an unknown one nothing is known, so anything may be in it.

use super::Reference;
use super::condition::{Placed, is_choice, is_equal};
use crate::truth::Truth;
use wardkey::model::{AttributeId, Element, How, SetValue, State, Value};

/// What is looked for in a set.
#[derive(Clone, Copy)]
enum Target<'a> {
    /// A constant.
    Constant(&'a Element),
    /// A value of another attribute, with that attribute's rule for inner nodes.
    Of(AttributeId, &'a Value),
}

impl Reference<'_> {
    fn set(&self, attribute: AttributeId) -> SetValue {
        match self.facts.state(attribute) {
            State::Present(Value::Set(set)) => set,
            State::Absent => SetValue::default(),
            _ => SetValue { open: true, ..SetValue::default() },
        }
    }

    /// Whether an element of the set `attribute` matches a target.
    fn element_matches(&self, attribute: AttributeId, element: &Value, target: Target<'_>) -> Truth {
        match (element, target) {
            (Value::Name(name), Target::Constant(Element::Name(choice))) => Truth::from(is_choice(name, choice)),
            (Value::Name(_), Target::Of(_, value)) => Truth::from(is_equal(element, value)),
            (Value::Node(node), Target::Constant(Element::Nodes(nodes))) => {
                let Some(placed) = self.placed(attribute, *node) else { return Truth::False };
                Truth::any(nodes.iter().map(|&node| placed.within(Placed { node, is_hidden: false, ..placed })))
            }
            (Value::Node(node), Target::Of(other, Value::Node(wanted))) => {
                match (self.placed(attribute, *node), self.placed(other, *wanted)) {
                    (Some(element), Some(wanted)) => element.within(wanted),
                    _ => Truth::False,
                }
            }
            _ => Truth::False,
        }
    }

    /// `A has x`: true if some member matches certainly; else unknown if some member, or something that may be in the set,
    /// may match, or if anything may be in it; else false.
    fn has(&self, attribute: AttributeId, target: Target<'_>) -> Truth {
        let set = self.set(attribute);
        let members = Truth::any(set.members.iter().map(|member| self.element_matches(attribute, member, target)));
        if members == Truth::True {
            return Truth::True;
        }
        let perhaps = |element: &Value| self.element_matches(attribute, element, target) != Truth::False;
        Truth::perhaps(members == Truth::Unknown || set.possible.iter().any(perhaps) || set.open)
    }

    /// `has any`, `all`, `none`, `only` of constants. `none` is the negation of `any`.
    pub(super) fn has_elements(&self, attribute: AttributeId, how: How, elements: &[Element]) -> Truth {
        let each = || elements.iter().map(|element| self.has(attribute, Target::Constant(element)));
        match how {
            How::Any => Truth::any(each()),
            How::All => Truth::all(each()),
            How::None => !Truth::any(each()),
            How::Only => {
                let targets: Vec<Target<'_>> = elements.iter().map(Target::Constant).collect();
                self.only(attribute, &targets, &[], false)
            }
        }
    }

    /// Every element of the set matches one of the targets. A member that certainly matches none makes it false, whatever
    /// else; a member or possible element that matches only perhaps, or an open set, makes it unknown. `perhaps_targets`
    /// may be there to be matched, and any others if `is_open`.
    fn only(&self, attribute: AttributeId, targets: &[Target<'_>], perhaps: &[Target<'_>], is_open: bool) -> Truth {
        let set = self.set(attribute);
        let finds_one = |element: &Value| {
            let certain = Truth::any(targets.iter().map(|&target| self.element_matches(attribute, element, target)));
            let possible = perhaps.iter().any(|&t| self.element_matches(attribute, element, t) != Truth::False);
            certain.max(Truth::perhaps(possible || is_open))
        };
        let members = set.members.iter().map(finds_one);
        let possible = set.possible.iter().map(|element| finds_one(element).max(Truth::Unknown));
        let open = if set.open { Truth::Unknown } else { Truth::True };
        Truth::all(members.chain(possible).chain([open]))
    }

    /// False if there is a member; else unknown if there may be one; else true.
    pub(super) fn is_empty(&self, attribute: AttributeId) -> Truth {
        let set = self.set(attribute);
        if !set.members.is_empty() {
            return Truth::False;
        }
        if is_certainly_empty(&set) { Truth::True } else { Truth::Unknown }
    }

    /// `teams has patient.team`. A set known to be empty has nothing, whatever the other side.
    pub(super) fn has_value_of(&self, attribute: AttributeId, other: AttributeId) -> Truth {
        if is_certainly_empty(&self.set(attribute)) {
            return Truth::False;
        }
        match self.facts.state(other) {
            State::Absent => Truth::False,
            State::Unknown => Truth::Unknown,
            State::Present(value) => self.has(attribute, Target::Of(other, &value)),
        }
    }

    /// `A has any/all/none/only B`.
    pub(super) fn has_set_of(&self, a: AttributeId, how: How, b: AttributeId) -> Truth {
        match how {
            How::Any => self.has_any_of(a, b),
            How::None => !self.has_any_of(a, b),
            How::All => self.has_all_of(a, b),
            How::Only => {
                let wanted = self.set(b);
                let certain: Vec<Target<'_>> = wanted.members.iter().map(|value| Target::Of(b, value)).collect();
                let possible: Vec<Target<'_>> = wanted.possible.iter().map(|value| Target::Of(b, value)).collect();
                self.only(a, &certain, &possible, wanted.open)
            }
        }
    }

    /// Some element of B is in A. What may be in B counts as perhaps; anything may be in an open B, and so in A, unless A
    /// is certainly empty.
    fn has_any_of(&self, a: AttributeId, b: AttributeId) -> Truth {
        let wanted = self.set(b);
        let members = wanted.members.iter().map(|value| self.has(a, Target::Of(b, value)));
        let possible = wanted.possible.iter().map(|value| self.has(a, Target::Of(b, value)).min(Truth::Unknown));
        let open = Truth::perhaps(wanted.open && !is_certainly_empty(&self.set(a)));
        Truth::any(members.chain(possible).chain([open]))
    }

    /// Every element of B is in A. An empty B mostly means that nothing was entered: unknown, unless the catalogue says
    /// that an empty one means none. So while no element is certain, it cannot be true.
    fn has_all_of(&self, a: AttributeId, b: AttributeId) -> Truth {
        let wanted = self.set(b);
        let empty_is_true = self.rules.catalogue.attribute(b).empty_means_none;
        let members = wanted.members.iter().map(|value| self.has(a, Target::Of(b, value)));
        let possible = wanted.possible.iter().map(|value| self.has(a, Target::Of(b, value)).max(Truth::Unknown));
        let open = if wanted.open { Truth::Unknown } else { Truth::True };
        let empty = if wanted.members.is_empty() && !empty_is_true { Truth::Unknown } else { Truth::True };
        Truth::all(members.chain(possible).chain([open, empty]))
    }
}

/// Known to have no element.
fn is_certainly_empty(set: &SetValue) -> bool {
    set.members.is_empty() && set.possible.is_empty() && !set.open
}
