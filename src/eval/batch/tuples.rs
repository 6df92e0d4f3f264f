//! Conditions that are evaluated as a whole, by the columns they read: each is worked out once for each combination of the
//! values of these columns.

use super::Column;
use super::dictionary::Of;
use crate::compile::{Index, Node, NodeId, Pool, Tri};
use crate::eval::Policy;
use crate::eval::cells::Cells;
use crate::eval::facts::Facts;
use crate::eval::values::Values;
use crate::model::{AttributeId, Condition, ConditionKind, LetId};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Combinations that are looked up in a table rather than in a map.
const FEW: u64 = 1 << 14;
/// Combinations that are kept; past these, rows are evaluated one by one.
const MOST: usize = 1 << 16;
/// Instead of a number: not yet known, or no assumption.
pub(super) const NONE: u32 = u32::MAX;

/// Conditions that are evaluated together.
#[derive(Clone, Debug, Default)]
pub(super) struct Conditions {
    /// By number among [`Index::computed`], with their nodes.
    computed: Vec<(usize, NodeId)>,
    /// These, the `let`s of assumptions, and all their parts.
    nodes: Arc<[NodeId]>,
}

impl Conditions {
    fn new(pool: &Pool, computed: Vec<(usize, NodeId)>, lets: &[LetId]) -> Self {
        let roots = computed.iter().map(|&(_, node)| node).chain(lets.iter().map(|&id| pool.named(id)));
        let nodes = pool.reach(roots, |_| true).into();
        Self { computed, nodes }
    }

    /// Each with its value. Cost: nothing where there is none.
    pub fn values<'v>(&'v self, index: &'v Index, facts: Facts<'v>) -> impl Iterator<Item = (usize, Tri)> + 'v {
        let values = (!self.computed.is_empty()).then(|| self.all(index, facts));
        let of = move |node| values.as_ref().map_or(Tri::Unknown, |values| values.node(node));
        self.computed.iter().map(move |&(number, node)| (number, of(node)))
    }

    fn all<'v>(&self, index: &'v Index, facts: Facts<'v>) -> Values<'v> {
        Values::of_nodes(facts, index.pool(), self.nodes.clone(), Vec::new())
    }

    /// The slots they move.
    pub fn slots<'v>(&'v self, index: &'v Index) -> impl Iterator<Item = u32> + 'v {
        self.computed.iter().filter_map(|&(number, _)| index.shift_of(number, Tri::False)).map(|(slot, _)| slot)
    }
}

/// The conditions that read one attribute alone.
pub(super) fn alone(policy: &Policy, id: AttributeId) -> Conditions {
    let pool = policy.index().pool();
    let numbered = policy.index().computed().enumerate();
    let alone = numbered.filter(|&(_, node)| read_by(pool, [node]) == [id]);
    Conditions::new(pool, alone.collect(), &[])
}

/// The attributes that conditions read, sorted.
fn read_by(pool: &Pool, roots: impl IntoIterator<Item = NodeId>) -> Vec<AttributeId> {
    let mut read = Vec::new();
    for node in pool.reach(roots, |_| true) {
        if let Node::Test(test) = pool.node(node) {
            pool.test(*test).attributes(&mut |attribute| read.push(attribute));
        }
    }
    read.sort_unstable();
    read.dedup();
    read
}

/// The attributes and `let`s that a condition names outright.
fn named_by(condition: &Condition, read: &mut Vec<AttributeId>, lets: &mut Vec<LetId>) {
    match &condition.kind {
        ConditionKind::Constant(_) => {}
        ConditionKind::Test(test) => test.attributes(&mut |attribute| read.push(attribute)),
        ConditionKind::Let(id) => lets.push(*id),
        ConditionKind::Not(inner) => named_by(inner, read, lets),
        ConditionKind::And(parts) | ConditionKind::Or(parts) => {
            parts.iter().for_each(|part| named_by(part, read, lets));
        }
    }
}

/// What reads the same columns: more than one of them, or an assumption.
#[derive(Debug)]
pub(super) struct Group {
    /// By position; with how many numbers, leaving out included, a column has.
    columns: Vec<(usize, u64)>,
    conditions: Conditions,
    /// By number.
    assumptions: Vec<usize>,
    /// The slots that its conditions move, sorted.
    pub slots: Vec<u32>,
}

/// What a combination comes to: by slot of the group how far the row moves, and the number of the assumption it
/// contradicts or [`NONE`].
pub(super) struct Effect<'m> {
    pub amounts: &'m [u32],
    pub broken: u32,
}

/// The groups of a policy's conditions for some columns.
pub(super) fn groups(policy: &Policy, columns: &[Column<'_>]) -> Vec<Group> {
    let (index, pool) = (policy.index(), policy.index().pool());
    let given: FxHashMap<AttributeId, usize> =
        columns.iter().enumerate().filter_map(|(at, column)| Some((column.attribute()?, at))).collect();
    let among = |read: &[AttributeId]| -> Vec<usize> { read.iter().filter_map(|id| given.get(id).copied()).collect() };
    // by the columns that are read: computed conditions with their numbers, numbers of assumptions, what these name
    type Parts = (Vec<(usize, NodeId)>, Vec<usize>, Vec<LetId>);
    let mut parts: BTreeMap<Vec<usize>, Parts> = BTreeMap::new();
    for (number, node) in index.computed().enumerate() {
        let read = read_by(pool, [node]);
        let its = among(&read);
        // what reads one attribute alone is in the dictionary, what reads none of the columns is the same in all rows
        if read.len() > 1 && !its.is_empty() {
            parts.entry(its).or_default().0.push((number, node));
        }
    }
    for (number, assumption) in policy.rule_set().catalogue.assumptions.iter().enumerate() {
        let (mut read, mut lets) = (Vec::new(), Vec::new());
        named_by(assumption, &mut read, &mut lets);
        read.extend(read_by(pool, lets.iter().map(|&id| pool.named(id))));
        read.sort_unstable();
        read.dedup();
        let (_, assumptions, of_group) = parts.entry(among(&read)).or_default();
        assumptions.push(number);
        of_group.extend(lets);
    }
    let group = |(its, (computed, assumptions, lets)): (Vec<usize>, (_, _, Vec<LetId>))| {
        let conditions = Conditions::new(pool, computed, &lets);
        let mut slots: Vec<u32> = conditions.slots(index).collect();
        slots.sort_unstable();
        slots.dedup();
        let columns = its.into_iter().map(|at| (at, columns[at].dictionary.len() as u64 + 1)).collect();
        Group { columns, conditions, assumptions, slots }
    };
    parts.into_iter().map(group).collect()
}

impl Column<'_> {
    fn attribute(&self) -> Option<AttributeId> {
        match self.dictionary.of() {
            Of::Attribute(id) => Some(id),
            Of::Approved => None,
        }
    }
}

impl Group {
    /// Whether it has an assumption.
    pub fn may_refuse(&self) -> bool {
        !self.assumptions.is_empty()
    }

    /// What leaving out all columns comes to.
    pub fn blank(&self, policy: &Policy) -> Vec<u32> {
        let mut amounts = Vec::new();
        self.evaluate(policy, &policy.blank().cells, &mut amounts);
        amounts
    }

    /// Appends how far each slot moves; gives the number of a broken assumption.
    fn evaluate(&self, policy: &Policy, cells: &Cells, amounts: &mut Vec<u32>) -> u32 {
        let index = policy.index();
        let first = amounts.len();
        amounts.resize(first + self.slots.len(), 0);
        let values = self.conditions.all(index, Facts::new(policy, cells));
        for &(number, node) in &self.conditions.computed {
            if let Some((slot, amount)) = index.shift_of(number, values.node(node))
                && let Ok(at) = self.slots.binary_search(&slot)
            {
                let of_slot = &mut amounts[first + at];
                *of_slot = of_slot.wrapping_add(amount);
            }
        }
        let assumptions = &policy.rule_set().catalogue.assumptions;
        let broken = self.assumptions.iter().find(|&&at| values.condition(&assumptions[at]) == Tri::False);
        broken.map_or(NONE, |&at| at as u32)
    }

    /// The number of a row's combination; of more combinations than there are numbers, none.
    fn combination(&self, columns: &[Column<'_>], row: usize) -> Option<u64> {
        let mut number = 0u64;
        for &(at, count) in &self.columns {
            let key = columns[at].keys[row].wrapping_add(1);
            number = number.checked_mul(count)?.checked_add(key.into())?;
        }
        Some(number)
    }

    fn combinations(&self) -> Option<u64> {
        self.columns.iter().try_fold(1u64, |product, &(_, count)| product.checked_mul(count))
    }
}

/// What combinations came to, as they come up.
#[derive(Debug)]
pub(super) struct Memo {
    known: Known,
    /// One combination after the other: by slot how far it moves, then the assumption.
    effects: Vec<u32>,
    /// Of which only the group's columns change.
    cells: Cells,
}

/// By combination, its position among the effects.
#[derive(Debug)]
enum Known {
    Few(Vec<u32>),
    Many(FxHashMap<u64, u32>),
    None,
}

impl Memo {
    /// Nothing known yet.
    pub fn new(policy: &Policy, group: &Group) -> Self {
        let known = match group.combinations() {
            Some(count) if count <= FEW => Known::Few(vec![NONE; count as usize]),
            Some(_) => Known::Many(FxHashMap::default()),
            None => Known::None,
        };
        Self { known, effects: Vec::new(), cells: policy.blank().cells.clone() }
    }

    /// What a row comes to. Cost: a look, or an evaluation where its combination comes up for the first time.
    pub fn effect(&mut self, policy: &Policy, group: &Group, columns: &[Column<'_>], row: usize) -> Effect<'_> {
        let combination = group.combination(columns, row);
        let found = match (&self.known, combination) {
            (Known::Few(table), Some(at)) => table.get(at as usize).copied().filter(|&at| at != NONE),
            (Known::Many(map), Some(at)) => map.get(&at).copied(),
            _ => None,
        };
        let width = group.slots.len() + 1;
        let at = found.unwrap_or_else(|| self.evaluate(policy, group, columns, row, combination));
        let effect = &self.effects[at as usize * width..][..width];
        Effect { amounts: &effect[..width - 1], broken: effect[width - 1] }
    }

    fn evaluate(
        &mut self,
        policy: &Policy,
        group: &Group,
        columns: &[Column<'_>],
        row: usize,
        combination: Option<u64>,
    ) -> u32 {
        for &(at, _) in &group.columns {
            let column = &columns[at];
            if let (Some(id), Some(cell)) = (column.attribute(), column.dictionary.cell(column.keys[row])) {
                self.cells.put(id, cell.clone());
            }
        }
        let width = group.slots.len() + 1;
        let count = self.effects.len() / width;
        // past the bound the last one makes room for the next
        let at = count.min(MOST);
        self.effects.truncate(at * width);
        let broken = group.evaluate(policy, &self.cells, &mut self.effects);
        self.effects.push(broken);
        if at < MOST {
            match (&mut self.known, combination) {
                (Known::Few(table), Some(combination)) => table[combination as usize] = at as u32,
                (Known::Many(map), Some(combination)) => _ = map.insert(combination, at as u32),
                _ => {}
            }
        }
        at as u32
    }
}
