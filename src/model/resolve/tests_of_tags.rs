//! What `where` says of each entitlement: tests of tags are settled at load; a tag against a context attribute leaves a test
//! of that attribute against the tag's value.

use super::Resolver;
use super::names::tag_of;
use crate::diagnostic::Diagnostic;
use crate::model::catalogue::{Catalogue, Type};
use crate::model::condition::{Condition, ConditionKind, Element, How, Input, Relation, Test};
use crate::model::{AttributeId, Choice, EntitlementId, NodeIndex, Range, State, Value, codes};

/// Targets grouped by what is left of the condition for them; those for which it is false are left out.
pub(super) fn select(
    catalogue: &Catalogue,
    filter: &Condition,
    candidates: &[EntitlementId],
) -> Vec<(Condition, Vec<EntitlementId>)> {
    let mut groups: Vec<(Condition, Vec<EntitlementId>)> = Vec::new();
    for &candidate in candidates {
        let left = Node { catalogue, entitlement: candidate }.reduce(filter);
        if left.kind == ConditionKind::Constant(false) {
            continue;
        }
        match groups.iter_mut().find(|(condition, _)| condition.kind == left.kind) {
            Some((_, targets)) => targets.push(candidate),
            None => groups.push((left, vec![candidate])),
        }
    }
    groups
}

/// Reports tests that a tag cannot take.
pub(super) fn refuse(resolver: &mut Resolver, filter: &Condition) -> Option<()> {
    let mut found = Vec::new();
    filter.tests(&[], true, &mut |test, _, span| {
        let help = match test {
            Test::Elapsed(..) => "compare the tag with a date, or test the time in the condition",
            Test::HasSetOf(..) => "test the tag with values: `where topics has any [a, b]`",
            Test::IsKnown(_) => "a tag is always known: write `is absent`",
            _ => return,
        };
        found.extend(span.map(|span| (span, help)));
    });
    for (span, help) in &found {
        resolver.report(Diagnostic::error(codes::WHERE_NEEDS_TAG, *span, "this cannot be asked of a tag").help(*help));
    }
    found.is_empty().then_some(())
}

/// One entitlement whose tags are read.
struct Node<'a> {
    catalogue: &'a Catalogue,
    entitlement: EntitlementId,
}

impl Node<'_> {
    fn tag(&self, attribute: AttributeId) -> Option<&State> {
        let tag = tag_of(attribute, self.catalogue.attributes.len())?;
        Some(self.catalogue.entitlement(self.entitlement).tags.get(tag.index()).unwrap_or(&State::Absent))
    }

    /// The condition with tags replaced by what they are here; constants are folded.
    fn reduce(&self, condition: &Condition) -> Condition {
        let kind = match &condition.kind {
            ConditionKind::Test(test) => self.reduce_test(test),
            ConditionKind::Not(inner) => match self.reduce(inner) {
                Condition { kind: ConditionKind::Constant(value), .. } => ConditionKind::Constant(!value),
                other => ConditionKind::Not(Box::new(other)),
            },
            ConditionKind::And(parts) => self.reduce_parts(parts, true),
            ConditionKind::Or(parts) => self.reduce_parts(parts, false),
            other => other.clone(),
        };
        Condition { kind, span: condition.span }
    }

    /// `and` drops what is true and ends at what is false; `or` the other way round.
    fn reduce_parts(&self, parts: &[Condition], is_and: bool) -> ConditionKind {
        let mut left = Vec::new();
        for part in parts {
            let reduced = self.reduce(part);
            match reduced.kind {
                ConditionKind::Constant(value) if value == is_and => {}
                ConditionKind::Constant(_) => return ConditionKind::Constant(!is_and),
                _ => left.push(reduced),
            }
        }
        match left.len() {
            0 => ConditionKind::Constant(is_and),
            1 => left.remove(0).kind,
            _ if is_and => ConditionKind::And(left),
            _ => ConditionKind::Or(left),
        }
    }

    fn reduce_test(&self, test: &Test) -> ConditionKind {
        let constant = ConditionKind::Constant;
        match test {
            Test::Compare(left, relation, right) => self.compare(*left, *relation, *right),
            Test::HasValueOf(set, attribute) => self.has_value_of(*set, *attribute),
            Test::IsAbsent(attribute) => constant(matches!(self.tag(*attribute), Some(State::Absent))),
            Test::IsEmpty(attribute) => constant(self.elements(*attribute).is_empty()),
            Test::Has(attribute, how, wanted) => constant(self.has(*attribute, *how, wanted)),
            Test::Is(input)
            | Test::OneOf(input, _)
            | Test::Matches(input, _)
            | Test::InRanges(input, _)
            | Test::Within(input, _)
            | Test::ExactlyNode(input, _)
            | Test::InNetworks(input, _) => match self.value(*input) {
                Some(value) => constant(self.holds(test, *input, value)),
                None => constant(false),
            },
            // refused before, or a test of the clock, which reads no tag
            other => ConditionKind::Test(other.clone()),
        }
    }

    fn value(&self, input: Input) -> Option<&Value> {
        match input {
            Input::Attribute(attribute) => match self.tag(attribute) {
                Some(State::Present(value)) => Some(value),
                _ => None,
            },
            Input::Time(_) | Input::Date(_) | Input::Weekday(_) => None,
        }
    }

    fn holds(&self, test: &Test, input: Input, value: &Value) -> bool {
        match (test, value) {
            (Test::Is(_), Value::Bool(value)) => *value,
            (Test::OneOf(_, choices), Value::Name(name)) => choices.iter().any(|choice| choice.is(name)),
            (Test::Matches(_, patterns), Value::Name(name)) => patterns.iter().any(|pattern| pattern.matches(name)),
            (Test::InRanges(_, ranges), value) => ranges.iter().any(|range| range.contains(value)),
            (Test::Within(_, nodes), Value::Node(node)) => {
                nodes.iter().any(|&other| self.is_within(input, *node, other))
            }
            (Test::ExactlyNode(_, wanted), Value::Node(node)) => node == wanted,
            (Test::InNetworks(_, networks), Value::Ip(address)) => {
                networks.iter().any(|network| network.contains(address))
            }
            _ => false,
        }
    }

    fn is_within(&self, input: Input, node: NodeIndex, other: NodeIndex) -> bool {
        let Input::Attribute(attribute) = input else { return false };
        let Some(tag) = tag_of(attribute, self.catalogue.attributes.len()) else { return false };
        match &self.catalogue.tag(tag).ty {
            Type::Node(hierarchy) => self.catalogue.hierarchy(*hierarchy).is_within(node, other),
            Type::Set(element) => match **element {
                Type::Node(hierarchy) => self.catalogue.hierarchy(hierarchy).is_within(node, other),
                _ => false,
            },
            _ => false,
        }
    }

    fn elements(&self, attribute: AttributeId) -> &[Value] {
        match self.tag(attribute) {
            Some(State::Present(Value::Set(set))) => &set.members,
            _ => &[],
        }
    }

    fn has(&self, attribute: AttributeId, how: How, wanted: &[Element]) -> bool {
        let elements = self.elements(attribute);
        let is = |element: &Value, wanted: &Element| match (element, wanted) {
            (Value::Name(name), Element::Name(choice)) => choice.is(name),
            (Value::Node(node), Element::Nodes(nodes)) => {
                nodes.iter().any(|&other| self.is_within(Input::Attribute(attribute), *node, other))
            }
            _ => false,
        };
        let has = |wanted: &Element| elements.iter().any(|element| is(element, wanted));
        match how {
            How::Any => wanted.iter().any(has),
            How::All => wanted.iter().all(has),
            How::None => !wanted.iter().any(has),
            How::Only => elements.iter().all(|element| wanted.iter().any(|wanted| is(element, wanted))),
        }
    }

    /// A tag against a context attribute: a test of the attribute against the tag's value here.
    fn compare(&self, left: Input, relation: Relation, right: Input) -> ConditionKind {
        let is_tag = |input| matches!(input, Input::Attribute(attribute) if attribute.index() >= self.catalogue.attributes.len());
        let (tag, other, is_swapped) = if is_tag(left) { (left, right, false) } else { (right, left, true) };
        let Some(value) = self.value(tag) else { return ConditionKind::Constant(false) };
        let bound = |is_inside: bool| Some((value.clone(), is_inside));
        let ranges = |range| ConditionKind::Test(Test::InRanges(other, vec![range]));
        match (relation, is_swapped) {
            (Relation::Equal, _) => equals(value, other),
            (Relation::Within, _) => self.within(tag, value, other),
            (Relation::Less, false) => ranges(Range { low: bound(false), high: None }),
            (Relation::LessOrEqual, false) => ranges(Range { low: bound(true), high: None }),
            (Relation::Less, true) => ranges(Range { low: None, high: bound(false) }),
            (Relation::LessOrEqual, true) => ranges(Range { low: None, high: bound(true) }),
        }
    }

    fn has_value_of(&self, set: AttributeId, attribute: AttributeId) -> ConditionKind {
        let other = Input::Attribute(attribute);
        let each = self.elements(set).iter().map(|element| match element {
            Value::Node(_) => Condition::new(self.within(Input::Attribute(set), element, other)),
            element => Condition::new(equals(element, other)),
        });
        let each: Vec<Condition> = each.collect();
        if each.is_empty() { ConditionKind::Constant(false) } else { ConditionKind::Or(each) }
    }

    /// The tag's node lies within the attribute's: the attribute is that node or one above it.
    fn within(&self, tag: Input, value: &Value, other: Input) -> ConditionKind {
        let Value::Node(node) = value else { return ConditionKind::Constant(false) };
        let Input::Attribute(attribute) = tag else { return ConditionKind::Constant(false) };
        let ty = tag_of(attribute, self.catalogue.attributes.len()).map(|tag| &self.catalogue.tag(tag).ty);
        let hierarchy = match ty {
            Some(Type::Node(hierarchy)) => *hierarchy,
            Some(Type::Set(element)) => match **element {
                Type::Node(hierarchy) => hierarchy,
                _ => return ConditionKind::Constant(false),
            },
            _ => return ConditionKind::Constant(false),
        };
        let above = self.catalogue.hierarchy(hierarchy).above(*node);
        ConditionKind::Or(
            above.iter().map(|&node| Condition::new(ConditionKind::Test(Test::ExactlyNode(other, node)))).collect(),
        )
    }
}

/// A context attribute equals a tag's value; false of an absent one.
fn equals(value: &Value, other: Input) -> ConditionKind {
    match value {
        Value::Name(name) => ConditionKind::Test(Test::OneOf(other, vec![Choice { name: name.clone(), exact: false }])),
        Value::Node(node) => ConditionKind::Test(Test::ExactlyNode(other, *node)),
        Value::Bool(true) => ConditionKind::Test(Test::Is(other)),
        Value::Bool(false) => {
            let Input::Attribute(attribute) = other else { return ConditionKind::Constant(false) };
            let not = |test| Condition::new(ConditionKind::Not(Box::new(Condition::new(ConditionKind::Test(test)))));
            ConditionKind::And(vec![not(Test::Is(other)), not(Test::IsAbsent(attribute))])
        }
        Value::Ip(address) => ConditionKind::Test(Test::InNetworks(other, vec![ipnet::IpNet::from(*address)])),
        value => {
            let point = Range { low: Some((value.clone(), true)), high: Some((value.clone(), true)) };
            ConditionKind::Test(Test::InRanges(other, vec![point]))
        }
    }
}
