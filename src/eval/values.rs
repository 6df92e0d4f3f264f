//! The three-valued value of conditions in one context, every shared part worked out once.

use super::facts::Facts;
use super::tests;
use crate::compile::{Node, NodeId, Pool, Tri};
use crate::model::{AttributeId, Condition, ConditionKind, How, Inner, SetValue, State, Test, Type, Value};
use std::sync::Arc;

/// Values of a policy's conditions at one instant.
#[derive(Clone, Debug)]
pub(crate) struct Values<'a> {
    facts: Facts<'a>,
    pool: &'a Pool,
    /// The nodes whose values are known, sorted, so that parts come before the whole.
    nodes: Arc<[NodeId]>,
    values: Vec<Tri>,
    is_asking: bool,
}

impl<'a> Values<'a> {
    /// Values of the given conditions and all their parts.
    pub fn new(facts: Facts<'a>, pool: &'a Pool, roots: impl IntoIterator<Item = NodeId>) -> Self {
        Self::of_nodes(facts, pool, pool.reach(roots, |_| true).into(), Vec::new())
    }

    /// Values of nodes, which are sorted and of which no part is lacking; `room` is used for them.
    pub fn of_nodes(facts: Facts<'a>, pool: &'a Pool, nodes: Arc<[NodeId]>, mut room: Vec<Tri>) -> Self {
        room.clear();
        Self { facts, pool, nodes, values: room, is_asking: false }.worked_out()
    }

    /// The room that was given or taken.
    pub fn into_room(self) -> Vec<Tri> {
        self.values
    }

    /// The same conditions with other facts.
    pub fn with(&self, facts: Facts<'a>) -> Self {
        Self { facts, values: Vec::new(), nodes: self.nodes.clone(), ..*self }.worked_out()
    }

    /// The same conditions as they may still turn out once somebody is asked: `is known` of an unknown attribute is itself
    /// unknown.
    pub fn asking(&self) -> Self {
        let (facts, nodes) = (self.facts.clone(), self.nodes.clone());
        Self { facts, nodes, pool: self.pool, values: Vec::new(), is_asking: true }.worked_out()
    }

    fn worked_out(mut self) -> Self {
        let nodes = self.nodes.clone();
        self.values.reserve_exact(nodes.len());
        for &id in nodes.iter() {
            let value = self.pool.node(id).value(|part| self.node(part), |test| self.test(self.pool.test(test)));
            self.values.push(value);
        }
        self
    }

    pub fn facts(&self) -> &Facts<'a> {
        &self.facts
    }

    pub fn pool(&self) -> &'a Pool {
        self.pool
    }

    /// The nodes whose values are known, parts before the whole.
    pub fn nodes(&self) -> &[NodeId] {
        &self.nodes
    }

    /// The value of a node that was asked for when these values were made; of another one, unknown.
    pub fn node(&self, id: NodeId) -> Tri {
        let at = self.nodes.binary_search(&id).ok();
        at.and_then(|at| self.values.get(at)).copied().unwrap_or(Tri::Unknown)
    }

    /// The value of a test.
    pub fn test(&self, test: &Test) -> Tri {
        match test {
            Test::IsKnown(attribute) if self.is_asking && *self.facts.state(*attribute) == State::Unknown => {
                Tri::Unknown
            }
            _ => tests::value(&self.facts, test),
        }
    }

    /// The value of a condition as it was written, whose `let`s were asked for when these values were made.
    pub fn condition(&self, condition: &Condition) -> Tri {
        match &condition.kind {
            ConditionKind::Constant(value) => (*value).into(),
            ConditionKind::Test(test) => self.test(test),
            ConditionKind::Let(id) => self.node(self.pool.named(*id)),
            ConditionKind::Not(inner) => !self.condition(inner),
            ConditionKind::And(parts) => Tri::all(parts.iter().map(|part| self.condition(part))),
            ConditionKind::Or(parts) => Tri::any(parts.iter().map(|part| self.condition(part))),
        }
    }

    /// Attributes on which the values of unknown nodes still hang: what is known of a part, and so drops out, is not followed.
    pub fn missing(&self, roots: impl IntoIterator<Item = NodeId>) -> Vec<AttributeId> {
        let undetermined = self.pool.reach(roots, |node| self.node(node) == Tri::Unknown);
        let mut missing = Vec::new();
        for node in undetermined {
            if let Node::Test(test) = self.pool.node(node) {
                self.missing_of(self.pool.test(*test), &mut missing);
            }
        }
        missing.sort_unstable();
        missing.dedup();
        missing
    }

    /// What an unknown test lacks.
    fn missing_of(&self, test: &Test, missing: &mut Vec<AttributeId>) {
        test.attributes(&mut |attribute| {
            if !is_settled(&self.facts, attribute) {
                missing.push(attribute);
            }
        });
        // an empty list that may stand for "nothing entered" is as good as none
        if let Test::HasSetOf(_, How::All, right) = test {
            let is_empty = *self.facts.set(*right) == SetValue::default();
            if is_empty && !self.facts.attribute(*right).empty_means_none {
                missing.push(*right);
            }
        }
    }
}

/// Whether everything is known of an attribute: no area in place of a spot, no set of which only part is known.
pub(crate) fn is_settled(facts: &Facts<'_>, id: AttributeId) -> bool {
    let attribute = facts.attribute(id);
    let is_pinned = |value: &Value, ty: &Type| match (value, ty) {
        (Value::Node(node), Type::Node(hierarchy)) => {
            attribute.inner != Inner::Somewhere || facts.catalogue.hierarchy(*hierarchy).is_leaf(*node)
        }
        _ => true,
    };
    match (facts.state(id), &attribute.ty) {
        (State::Unknown, _) => false,
        (State::Present(Value::Set(set)), Type::Set(element)) => {
            set.possible.is_empty() && !set.open && set.members.iter().all(|member| is_pinned(member, element))
        }
        (State::Present(value), ty) => is_pinned(value, ty),
        (State::Absent, _) => true,
    }
}
