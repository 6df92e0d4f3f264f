//! Where the rows of a batch stand in the compiled policy, block by block.

use super::tuples::{Group, Memo, NONE, groups};
use super::{Batch, Column};
use crate::compile::{BLOCK, Block};
use crate::eval::error::Problem;
use crate::eval::{Policy, assumptions};

/// What the rows of a batch have in common.
#[derive(Debug)]
pub(super) struct Plan {
    /// By slot, where the row begins before any column is added,
    bases: Vec<u32>,
    /// and the columns that move it, each with the slot's position in its dictionary.
    feeds: Vec<Vec<(usize, usize)>>,
    groups: Vec<Group>,
    /// By number, what is said of an assumption that is broken.
    assumptions: Vec<Problem>,
    /// Columns with values whose rows are refused.
    refusing: Vec<usize>,
}

/// Whether a row is refused, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    None,
    Value { column: u32, key: u32 },
    Assumption(u32),
}

impl Plan {
    pub fn new(policy: &Policy, columns: &[Column<'_>]) -> Self {
        let mut bases = policy.blank().placement.starts().to_vec();
        let mut feeds = vec![Vec::new(); bases.len()];
        let mut take = |slot: u32, amount: u32| {
            let base = &mut bases[slot as usize];
            *base = base.wrapping_sub(amount);
        };
        for (at, column) in columns.iter().enumerate() {
            for (position, &slot) in column.dictionary.slots().iter().enumerate() {
                take(slot, column.dictionary.shifts(position)[0]);
                feeds[slot as usize].push((at, position));
            }
        }
        let groups = groups(policy, columns);
        for group in &groups {
            group.slots.iter().zip(group.blank(policy)).for_each(|(&slot, amount)| take(slot, amount));
        }
        let refusing = (0..columns.len()).filter(|&at| columns[at].dictionary.may_refuse()).collect();
        let conditions = &policy.rule_set().catalogue.assumptions;
        let assumptions = conditions.iter().map(|condition| assumptions::contradicts(policy, condition)).collect();
        Self { bases, feeds, groups, assumptions, refusing }
    }

    /// Whether a row may be refused.
    pub fn may_refuse(&self) -> bool {
        !self.refusing.is_empty() || self.groups.iter().any(Group::may_refuse)
    }

    /// What is said of a broken assumption.
    pub fn assumption(&self, at: u32) -> Option<&Problem> {
        self.assumptions.get(at as usize)
    }
}

/// The refusals of a block.
#[derive(Debug, Default)]
pub(super) struct Refusals(Vec<Refusal>);

impl Refusals {
    /// That of a row of the block.
    pub fn get(&self, at: usize) -> Refusal {
        self.0.get(at).copied().unwrap_or(Refusal::None)
    }
}

/// Places block after block.
pub(super) struct Sweep<'b> {
    batch: &'b Batch<'b>,
    block: Block,
    /// The slots that are looked at.
    slots: Vec<u32>,
    /// The groups that move one of them or have an assumption.
    memos: Vec<(&'b Group, Memo)>,
    refusals: Refusals,
}

impl<'b> Sweep<'b> {
    /// For all slots, or for some.
    pub fn new(batch: &'b Batch<'b>, slots: Option<&[u32]>) -> Self {
        let all = || (0..batch.plan.bases.len() as u32).collect();
        let slots: Vec<u32> = slots.map_or_else(all, <[u32]>::to_vec);
        let concerns =
            |group: &&Group| group.may_refuse() || group.slots.iter().any(|slot| slots.binary_search(slot).is_ok());
        let concerned = batch.plan.groups.iter().filter(concerns);
        let memos = concerned.map(|group| (group, Memo::new(batch.policy, group))).collect();
        Self { batch, block: batch.policy.index().block(), slots, memos, refusals: Refusals::default() }
    }

    /// Places the rows from `first` on, up to the end of the block or `end`.
    pub fn fill(&mut self, first: usize, end: usize) -> (&Block, &Refusals) {
        let rows = first..end.min(first + BLOCK);
        self.block.resize(rows.len());
        let (plan, columns) = (&self.batch.plan, &self.batch.columns);
        for &slot in &self.slots {
            let starts = self.block.slot(slot);
            starts.fill(plan.bases[slot as usize]);
            for &(column, position) in &plan.feeds[slot as usize] {
                let shifts = columns[column].dictionary.shifts(position);
                for (start, key) in starts.iter_mut().zip(&columns[column].keys[rows.clone()]) {
                    // leaving out stands before all values
                    let shift = shifts.get(key.wrapping_add(1) as usize).copied().unwrap_or_default();
                    *start = start.wrapping_add(shift);
                }
            }
        }
        self.refusals.0.clear();
        if plan.may_refuse() {
            self.refusals.0.resize(rows.len(), Refusal::None);
            self.refuse_values(first);
        }
        self.add_groups(first);
        (&self.block, &self.refusals)
    }

    fn refuse_values(&mut self, first: usize) {
        for &column in &self.batch.plan.refusing {
            let Column { dictionary, keys } = &self.batch.columns[column];
            for (refusal, &key) in self.refusals.0.iter_mut().zip(&keys[first..]) {
                if dictionary.refusal(key).is_some() {
                    *refusal = Refusal::Value { column: column as u32, key };
                }
            }
        }
    }

    fn add_groups(&mut self, first: usize) {
        let Self { batch, block, memos, refusals, .. } = self;
        for (group, memo) in memos {
            for at in 0..block.len() {
                let effect = memo.effect(batch.policy, group, &batch.columns, first + at);
                for (&slot, amount) in group.slots.iter().zip(effect.amounts) {
                    let start = &mut block.slot(slot)[at];
                    *start = start.wrapping_add(*amount);
                }
                if effect.broken != NONE
                    && let Some(refusal @ Refusal::None) = refusals.0.get_mut(at)
                {
                    *refusal = Refusal::Assumption(effect.broken);
                }
            }
        }
    }
}
