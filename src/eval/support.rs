//! Which attributes hold a condition at its value: for a false `and` those of one false part are enough.

use super::values::Values;
use crate::compile::{Node, NodeId, Tri};
use crate::model::AttributeId;
use std::rc::Rc;

/// For each node, attributes such that while they stay the same, its value does, and what it lacks to be known.
pub(super) struct Support<'v> {
    values: &'v Values<'v>,
    sets: Vec<Rc<[AttributeId]>>,
}

impl<'v> Support<'v> {
    /// Cost: for each node, the attributes below it.
    pub fn new(values: &'v Values<'v>) -> Self {
        let mut support = Self { values, sets: Vec::with_capacity(values.nodes().len()) };
        for &node in values.nodes() {
            let set = support.of_node(node);
            support.sets.push(set);
        }
        support
    }

    /// The attributes of several nodes.
    pub fn of(&self, nodes: &[NodeId]) -> Vec<AttributeId> {
        self.union(nodes).to_vec()
    }

    fn get(&self, node: NodeId) -> Rc<[AttributeId]> {
        let at = self.values.nodes().binary_search(&node).ok();
        at.and_then(|at| self.sets.get(at)).cloned().unwrap_or_default()
    }

    fn of_node(&self, id: NodeId) -> Rc<[AttributeId]> {
        let value = self.values.node(id);
        match self.values.pool().node(id) {
            Node::Constant(_) => Rc::default(),
            Node::Test(test) => {
                let mut attributes = Vec::new();
                self.values.pool().test(*test).attributes(&mut |attribute| attributes.push(attribute));
                attributes.sort_unstable();
                attributes.dedup();
                attributes.into()
            }
            Node::Not(inner) => self.get(*inner),
            Node::And(parts) if value == Tri::False => self.least(parts, Tri::False),
            Node::Or(parts) if value == Tri::True => self.least(parts, Tri::True),
            Node::And(parts) | Node::Or(parts) => self.union(parts),
        }
    }

    /// The smallest set of a part with the value that decides; among equals the first by name, so that the order in
    /// which conditions were written never shows.
    fn least(&self, parts: &[NodeId], value: Tri) -> Rc<[AttributeId]> {
        let deciding = parts.iter().filter(|&&part| self.values.node(part) == value);
        let names = |set: &[AttributeId]| {
            let mut names: Vec<&str> = set.iter().map(|&id| self.values.facts().attribute(id).name.as_str()).collect();
            names.sort_unstable();
            names
        };
        let least = deciding.map(|&part| self.get(part)).min_by(|a, b| {
            a.len().cmp(&b.len()).then_with(|| if a == b { std::cmp::Ordering::Equal } else { names(a).cmp(&names(b)) })
        });
        least.unwrap_or_default()
    }

    fn union(&self, parts: &[NodeId]) -> Rc<[AttributeId]> {
        if let [only] = parts {
            return self.get(*only);
        }
        let mut all: Vec<AttributeId> = parts.iter().flat_map(|&part| self.get(part).to_vec()).collect();
        all.sort_unstable();
        all.dedup();
        all.into()
    }
}
