//! Trees and DAGs of names: places, roles, code systems. `a` lies within `b` if any path upward from `a` meets `b`.

use super::NodeIndex;
use super::catalogue::Inner;
use super::catalogue_file::is_of_fair_size;
use super::name::folded;
use crate::source::Span;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// A node.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Node {
    /// As declared.
    pub name: String,
    /// Direct parents; at most one in a tree.
    pub parents: Vec<NodeIndex>,
    /// One per column of the hierarchy (`printer`, …); none where empty. A tree's nodes inherit it from above.
    pub columns: Vec<Option<String>>,
}

/// A hierarchy. Nodes are keyed by folded name; no cycles.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Given", into = "Given")]
pub struct Hierarchy {
    /// The type's name.
    pub name: String,
    /// Nodes by folded name.
    pub nodes: IndexMap<String, Node>,
    /// Names of the nodes' columns.
    pub columns: Vec<String>,
    /// Named sets of nodes, by folded name.
    pub zones: IndexMap<String, Vec<NodeIndex>>,
    /// What an inner node means as a value, unless the attribute says otherwise.
    pub inner: Inner,
    /// Whether it was declared as a tree.
    pub is_tree: bool,
    /// Where declared.
    pub span: Option<Span>,
    ancestors: Vec<Box<[NodeIndex]>>,
    children: Vec<Vec<NodeIndex>>,
}

/// What a hierarchy is made from: how it is kept in a bundle.
#[derive(Serialize, Deserialize)]
struct Given {
    name: String,
    nodes: IndexMap<String, Node>,
    columns: Vec<String>,
    zones: IndexMap<String, Vec<NodeIndex>>,
    inner: Inner,
    is_tree: bool,
    span: Option<Span>,
}

impl TryFrom<Given> for Hierarchy {
    type Error = &'static str;

    fn try_from(given: Given) -> Result<Self, Self::Error> {
        let Given { name, nodes, columns, zones, inner, is_tree, span } = given;
        let is_node = |node: &NodeIndex| node.index() < nodes.len();
        let has_parents = nodes.values().all(|node| node.parents.iter().all(is_node));
        if !has_parents || !zones.values().flatten().all(is_node) || !is_of_fair_size(&nodes) {
            return Err("not a hierarchy");
        }
        let made = Self::new(name, nodes, columns).map_err(|_| "not a hierarchy")?;
        Ok(Self { zones, inner, is_tree, span, ..made })
    }
}

impl From<Hierarchy> for Given {
    fn from(hierarchy: Hierarchy) -> Self {
        let Hierarchy { name, nodes, columns, zones, inner, is_tree, span, .. } = hierarchy;
        Self { name, nodes, columns, zones, inner, is_tree, span }
    }
}

/// What is wrong with a set of nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle(
    /// The nodes of one cycle, in order.
    pub Vec<NodeIndex>,
);

impl Hierarchy {
    /// Links nodes up. Errors: a cycle.
    pub fn new(name: String, nodes: IndexMap<String, Node>, columns: Vec<String>) -> Result<Self, Cycle> {
        let mut children = vec![Vec::new(); nodes.len()];
        for (at, node) in nodes.values().enumerate() {
            for parent in &node.parents {
                if let Some(list) = children.get_mut(parent.index()) {
                    list.push(NodeIndex::new(at));
                }
            }
        }
        let order = topological(&nodes, &children)?;
        let mut ancestors: Vec<Box<[NodeIndex]>> = vec![Box::default(); nodes.len()];
        for at in order {
            let mut above = vec![at];
            for parent in &nodes[at.index()].parents {
                above.extend_from_slice(&ancestors[parent.index()]);
            }
            above.sort_unstable();
            above.dedup();
            ancestors[at.index()] = above.into();
        }
        let inner = if folded(&name) == "place" { Inner::Somewhere } else { Inner::Itself };
        Ok(Self { name, nodes, columns, zones: IndexMap::new(), inner, is_tree: true, span: None, ancestors, children })
    }

    /// The node of that name, found without regard to case.
    pub fn find(&self, name: &str) -> Option<NodeIndex> {
        self.nodes.get_index_of(&*folded(name)).map(NodeIndex::new)
    }

    /// The node of that number.
    pub fn node(&self, at: NodeIndex) -> &Node {
        &self.nodes[at.index()]
    }

    /// Whether `a` is `b` or lies within it. Cost: a binary search in the ancestors of `a`.
    pub fn is_within(&self, a: NodeIndex, b: NodeIndex) -> bool {
        self.ancestors[a.index()].binary_search(&b).is_ok()
    }

    /// The node and everything it lies within, sorted.
    pub fn above(&self, at: NodeIndex) -> &[NodeIndex] {
        &self.ancestors[at.index()]
    }

    /// Whether nothing lies below.
    pub fn is_leaf(&self, at: NodeIndex) -> bool {
        self.children[at.index()].is_empty()
    }

    /// Direct children.
    pub fn children(&self, at: NodeIndex) -> &[NodeIndex] {
        &self.children[at.index()]
    }

    /// Whether some node lies within both. Cost: the nodes below `a`, where neither lies within the other.
    pub fn overlap(&self, a: NodeIndex, b: NodeIndex) -> bool {
        if self.is_within(a, b) || self.is_within(b, a) {
            return true;
        }
        !self.is_tree && self.below(a).iter().any(|&node| self.is_within(node, b))
    }

    /// All nodes within `at`, itself included, sorted.
    pub fn below(&self, at: NodeIndex) -> Vec<NodeIndex> {
        let mut seen = vec![false; self.nodes.len()];
        let mut todo = vec![at];
        while let Some(next) = todo.pop() {
            if !std::mem::replace(&mut seen[next.index()], true) {
                todo.extend_from_slice(self.children(next));
            }
        }
        seen.iter().enumerate().filter(|(_, seen)| **seen).map(|(at, _)| NodeIndex::new(at)).collect()
    }

    /// A column's value at a node; in a tree, of the nearest node above that has one.
    pub fn column(&self, at: NodeIndex, column: usize) -> Option<&str> {
        let node = self.node(at);
        match node.columns.get(column) {
            Some(Some(value)) => Some(value),
            _ if self.is_tree => node.parents.first().and_then(|&parent| self.column(parent, column)),
            _ => None,
        }
    }
}

/// Parents before children.
fn topological(nodes: &IndexMap<String, Node>, children: &[Vec<NodeIndex>]) -> Result<Vec<NodeIndex>, Cycle> {
    let mut waiting: Vec<usize> = nodes.values().map(|node| node.parents.len()).collect();
    let mut order: Vec<NodeIndex> = (0..nodes.len()).filter(|&at| waiting[at] == 0).map(NodeIndex::new).collect();
    let mut next = 0;
    while next < order.len() {
        for &child in &children[order[next].index()] {
            waiting[child.index()] -= 1;
            if waiting[child.index()] == 0 {
                order.push(child);
            }
        }
        next += 1;
    }
    if order.len() == nodes.len() {
        return Ok(order);
    }
    // every waiting node has a waiting parent: walk up until a node repeats
    let Some(mut at) = (0..nodes.len()).find(|&at| waiting[at] > 0).map(NodeIndex::new) else { return Ok(order) };
    let mut path = Vec::new();
    let mut on_path = vec![false; nodes.len()];
    loop {
        if std::mem::replace(&mut on_path[at.index()], true) {
            let from = path.iter().position(|&seen| seen == at).unwrap_or(0);
            path.drain(..from);
            path.reverse();
            return Err(Cycle(path));
        }
        path.push(at);
        match nodes[at.index()].parents.iter().find(|parent| waiting[parent.index()] > 0) {
            Some(&parent) => at = parent,
            None => return Err(Cycle(path)),
        }
    }
}
