//! Conditions as a graph in which equal parts are one node, so that a `let` used in many places is one node, too.
//!
//! Only what Kleene's laws allow is simplified: constants, double negation, repeated parts. Two tests are never merged
//! into one that always or never holds. Nodes are numbered children first.

use super::limits::DEPTH;
use super::tri::Tri;
use crate::model::{AttributeId, Condition, ConditionKind, Input, Let, LetId, Test};
use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;
use std::hash::{Hash, Hasher};

/// Number of a node; larger than those of its parts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct NodeId(u32);

impl NodeId {
    pub(super) fn new(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// The position.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Number of a test in its [`Pool`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct TestId(u32);

impl TestId {
    /// The position.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A condition, its parts by number.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Node {
    /// Known at load.
    Constant(bool),
    /// One test.
    Test(TestId),
    /// `not`
    Not(NodeId),
    /// All of at least two, sorted.
    And(Box<[NodeId]>),
    /// Any of at least two, sorted.
    Or(Box<[NodeId]>),
}

/// What is known of a node besides its form.
#[derive(Clone, Copy, Debug)]
struct Facts {
    depth: u16,
    sole: Sole,
}

/// Which inputs the tests of a node read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sole {
    /// None.
    Nothing,
    /// This one, by tests that can be indexed.
    One(Input),
    /// Several, or tests that cannot be indexed.
    Many,
}

/// All conditions of a policy.
#[derive(Clone, Debug)]
pub struct Pool {
    tests: Box<[Test]>,
    nodes: Box<[Node]>,
    facts: Box<[Facts]>,
    lets: Box<[NodeId]>,
}

/// A pool in the making: what finds equal parts is needed no longer than that.
#[derive(Debug, Default)]
pub struct PoolBuilder {
    tests: IndexSet<Test, FxBuildHasher>,
    nodes: IndexSet<Node, FxBuildHasher>,
    facts: Vec<Facts>,
    lets: Vec<NodeId>,
}

impl PoolBuilder {
    /// A pool with the given abbreviations.
    pub fn new(lets: &[Let]) -> Self {
        let mut pool = Self::default();
        for named in lets {
            let node = pool.condition(&named.condition);
            pool.lets.push(node);
        }
        pool
    }

    /// All of a pool, to be added to: its numbers stay.
    pub fn of(pool: &Pool) -> Self {
        Self {
            tests: pool.tests.iter().cloned().collect(),
            nodes: pool.nodes.iter().cloned().collect(),
            facts: pool.facts.to_vec(),
            lets: pool.lets.to_vec(),
        }
    }

    /// Everything that was added.
    pub fn finish(self) -> Pool {
        Pool {
            tests: self.tests.into_iter().collect(),
            nodes: self.nodes.into_iter().collect(),
            facts: self.facts.into(),
            lets: self.lets.into(),
        }
    }

    /// The node of that number.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// The one input that all tests of a node read, if they can all be answered from its class.
    pub fn sole_input(&self, node: NodeId) -> Option<Input> {
        self.facts[node.index()].sole_input()
    }

    /// Whether terms are not sought within a node, because it is nested too deep.
    pub(super) fn is_deep(&self, node: NodeId) -> bool {
        usize::from(self.facts[node.index()].depth) > DEPTH
    }

    /// Adds a condition.
    pub fn condition(&mut self, condition: &Condition) -> NodeId {
        match &condition.kind {
            ConditionKind::Constant(value) => self.intern(Node::Constant(*value)),
            ConditionKind::Test(test) => self.add_test(test),
            ConditionKind::Let(id) => self.lets[id.index()],
            ConditionKind::Not(inner) => {
                let inner = self.condition(inner);
                self.not(inner)
            }
            ConditionKind::And(parts) => {
                let parts = parts.iter().map(|part| self.condition(part)).collect();
                self.join(true, parts)
            }
            ConditionKind::Or(parts) => {
                let parts = parts.iter().map(|part| self.condition(part)).collect();
                self.join(false, parts)
            }
        }
    }

    fn add_test(&mut self, test: &Test) -> NodeId {
        let at = match self.tests.get_index_of(test) {
            Some(at) => at,
            None => self.tests.insert_full(test.clone()).0,
        };
        self.intern(Node::Test(TestId(NodeId::new(at).0)))
    }

    /// The negation of a node.
    pub fn not(&mut self, node: NodeId) -> NodeId {
        match *self.node(node) {
            Node::Not(inner) => inner,
            Node::Constant(value) => self.intern(Node::Constant(!value)),
            _ => self.intern(Node::Not(node)),
        }
    }

    /// `and` (`all`) or `or` of nodes.
    pub fn join(&mut self, all: bool, mut parts: Vec<NodeId>) -> NodeId {
        parts.sort_unstable();
        parts.dedup();
        // the neutral constant falls out, the other one decides
        if parts.iter().any(|&part| *self.node(part) == Node::Constant(!all)) {
            return self.intern(Node::Constant(!all));
        }
        parts.retain(|&part| *self.node(part) != Node::Constant(all));
        match parts.as_slice() {
            [] => self.intern(Node::Constant(all)),
            &[only] => only,
            _ if all => self.intern(Node::And(parts.into())),
            _ => self.intern(Node::Or(parts.into())),
        }
    }

    fn intern(&mut self, node: Node) -> NodeId {
        let (at, is_new) = self.nodes.insert_full(node);
        if is_new {
            let facts = self.facts_of(at);
            self.facts.push(facts);
        }
        NodeId::new(at)
    }

    fn facts_of(&self, at: usize) -> Facts {
        let node = &self.nodes[at];
        if let Node::Test(test) = node {
            return Facts { depth: 1, sole: sole_of(&self.tests[test.index()]) };
        }
        let mut facts = Facts { depth: 1, sole: Sole::Nothing };
        for part in node.parts() {
            let part = self.facts[part.index()];
            facts.depth = facts.depth.max(part.depth.saturating_add(1));
            facts.sole = match (facts.sole, part.sole) {
                (Sole::Nothing, other) | (other, Sole::Nothing) => other,
                (Sole::One(a), Sole::One(b)) if a == b => facts.sole,
                _ => Sole::Many,
            };
        }
        facts
    }
}

impl Pool {
    /// The node of that number.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// The test of that number.
    pub fn test(&self, id: TestId) -> &Test {
        &self.tests[id.index()]
    }

    /// All tests, with their numbers.
    pub fn tests(&self) -> impl Iterator<Item = (TestId, &Test)> {
        self.tests.iter().enumerate().map(|(at, test)| (TestId(NodeId::new(at).0), test))
    }

    /// What a `let` stands for.
    pub fn named(&self, id: LetId) -> NodeId {
        self.lets[id.index()]
    }

    /// The one input that all tests of a node read, if they can all be answered from its class.
    pub fn sole_input(&self, node: NodeId) -> Option<Input> {
        self.facts[node.index()].sole_input()
    }

    /// By node, whether some test in it reads an attribute. Cost: a look at every node.
    pub fn reads(&self, attribute: AttributeId) -> Vec<bool> {
        let mut reads: Vec<bool> = Vec::with_capacity(self.nodes.len());
        for node in &*self.nodes {
            let mut found = node.parts().iter().any(|part| reads[part.index()]);
            if let Node::Test(test) = node {
                self.test(*test).attributes(&mut |read| found |= read == attribute);
            }
            reads.push(found);
        }
        reads
    }

    /// Bytes of nodes and tests, without what a test lists.
    pub fn bytes(&self) -> usize {
        let parts: usize = self.nodes.iter().map(|node| size_of_val(node.parts())).sum();
        size_of_val(&*self.nodes) + size_of_val(&*self.facts) + parts + size_of_val(&*self.tests)
    }

    /// Feeds every test and node in order.
    pub(super) fn hash_numbering(&self, hasher: &mut impl Hasher) {
        self.tests.iter().for_each(|test| test.hash(hasher));
        self.nodes.iter().for_each(|node| node.hash(hasher));
    }

    /// The nodes that are reached from `roots` and pass `wanted`, parts before the whole. Cost: the nodes reached.
    pub fn reach(
        &self,
        roots: impl IntoIterator<Item = NodeId>,
        mut wanted: impl FnMut(NodeId) -> bool,
    ) -> Vec<NodeId> {
        let mut seen = IndexSet::with_hasher(FxBuildHasher);
        let mut todo: Vec<NodeId> = roots.into_iter().collect();
        while let Some(next) = todo.pop() {
            if !seen.contains(&next) && wanted(next) {
                seen.insert(next);
                todo.extend_from_slice(self.node(next).parts());
            }
        }
        let mut reached: Vec<NodeId> = seen.into_iter().collect();
        reached.sort_unstable();
        reached
    }
}

impl Facts {
    fn sole_input(self) -> Option<Input> {
        match self.sole {
            Sole::One(input) => Some(input),
            Sole::Nothing | Sole::Many => None,
        }
    }
}

impl Node {
    /// The nodes it is made of.
    pub fn parts(&self) -> &[NodeId] {
        match self {
            Self::Constant(_) | Self::Test(_) => &[],
            Self::Not(inner) => std::slice::from_ref(inner),
            Self::And(parts) | Self::Or(parts) => parts,
        }
    }

    /// Its value, from those of its parts and its test.
    pub fn value(&self, part: impl Fn(NodeId) -> Tri, test: impl FnOnce(TestId) -> Tri) -> Tri {
        match self {
            Self::Constant(value) => (*value).into(),
            Self::Test(id) => test(*id),
            Self::Not(inner) => !part(*inner),
            Self::And(parts) => Tri::all(parts.iter().map(|&id| part(id))),
            Self::Or(parts) => Tri::any(parts.iter().map(|&id| part(id))),
        }
    }
}

/// What a test reads, if its answer is a function of the class of one input.
fn sole_of(test: &Test) -> Sole {
    match test {
        Test::Is(input) | Test::InRanges(input, _) | Test::Within(input, _) | Test::ExactlyNode(input, _) => {
            Sole::One(*input)
        }
        // spellings are not classed
        Test::OneOf(input, choices) if choices.iter().all(|choice| !choice.exact) => Sole::One(*input),
        Test::IsKnown(attribute) | Test::IsAbsent(attribute) => Sole::One(Input::Attribute(*attribute)),
        _ => Sole::Many,
    }
}
