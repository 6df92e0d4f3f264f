//! What is evaluated for each context beside its rows: conditions that are no function of one classed input, every part of
//! them once, parts before the whole.
//!
//! When one attribute changes, only the tests that read it are asked again, and a change climbs no further than it makes a
//! difference.

use super::pool::{Node, NodeId, Pool};
use super::tri::Tri;
use crate::model::{AttributeId, Test};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Conditions to evaluate, by position.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    /// Sorted, so that parts come before the whole.
    nodes: Vec<NodeId>,
    /// Those that have rows, in order.
    roots: Vec<NodeId>,
    /// By position, the number of the condition among those that have rows.
    computed: FxHashMap<usize, usize>,
    /// By attribute, the positions of the tests that read it.
    readers: FxHashMap<AttributeId, Vec<u32>>,
    /// By position, those of the conditions it is a part of.
    wholes: Vec<Vec<u32>>,
}

impl Schedule {
    /// Of the given conditions, which get rows, and all their parts.
    pub fn new(pool: &Pool, computed: &[NodeId]) -> Self {
        let nodes = pool.reach(computed.iter().copied(), |_| true);
        let mut schedule =
            Self { wholes: vec![Vec::new(); nodes.len()], nodes, roots: computed.to_vec(), ..Self::default() };
        let numbered = computed.iter().enumerate();
        schedule.computed = numbered.filter_map(|(number, &node)| Some((schedule.position(node)?, number))).collect();
        for (at, &node) in schedule.nodes.iter().enumerate() {
            if let Node::Test(test) = pool.node(node) {
                pool.test(*test).attributes(&mut |attribute| {
                    let readers = schedule.readers.entry(attribute).or_default();
                    if readers.last() != Some(&(at as u32)) {
                        readers.push(at as u32);
                    }
                });
            }
            for &part in pool.node(node).parts() {
                if let Ok(part) = schedule.nodes.binary_search(&part) {
                    schedule.wholes[part].push(at as u32);
                }
            }
        }
        schedule
    }

    /// How many conditions there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether a test reads an attribute.
    pub fn reads(&self, attribute: AttributeId) -> bool {
        self.readers.contains_key(&attribute)
    }

    /// The conditions that have rows, in order.
    pub fn computed_nodes(&self) -> impl ExactSizeIterator<Item = NodeId> + '_ {
        self.roots.iter().copied()
    }

    /// The number of a condition that has rows, by its position.
    pub fn computed(&self, at: usize) -> Option<usize> {
        self.computed.get(&at).copied()
    }

    fn position(&self, node: NodeId) -> Option<usize> {
        self.nodes.binary_search(&node).ok()
    }

    /// Works out one, whose parts are worked out. Whether it changed.
    pub fn work_out(&self, at: usize, pool: &Pool, values: &mut [Tri], test: impl Fn(&Test) -> Tri) -> bool {
        let part = |node| self.position(node).map_or(Tri::Unknown, |at| values[at]);
        let value = pool.node(self.nodes[at]).value(part, |id| test(pool.test(id)));
        std::mem::replace(&mut values[at], value) != value
    }

    /// Works out again what reads an attribute: the positions of what changed.
    pub fn work_out_for(
        &self,
        attribute: AttributeId,
        pool: &Pool,
        values: &mut [Tri],
        test: impl Fn(&Test) -> Tri,
    ) -> Vec<u32> {
        let mut changed = Vec::new();
        let Some(readers) = self.readers.get(&attribute) else { return changed };
        let mut todo: BinaryHeap<Reverse<u32>> = readers.iter().map(|&at| Reverse(at)).collect();
        while let Some(Reverse(at)) = todo.pop() {
            while todo.peek() == Some(&Reverse(at)) {
                todo.pop();
            }
            if self.work_out(at as usize, pool, values, &test) {
                changed.push(at);
                todo.extend(self.wholes[at as usize].iter().map(|&whole| Reverse(whole)));
            }
        }
        changed
    }
}
