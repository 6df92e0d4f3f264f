//! How often each outcome came up: seats taken, offers open.

use crate::eval::{EntitlementId, Outcome, Policy};
use crate::model;

/// For each entitlement the number of rows that came to each outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    stamp: u64,
    rows: u64,
    refused: u64,
    /// By entitlement, in the order of [`OUTCOMES`].
    counts: Vec<[u64; 4]>,
}

const OUTCOMES: [Outcome; 4] = [Outcome::Denied, Outcome::NotGranted, Outcome::Offered, Outcome::Allowed];

impl Counts {
    /// Nothing counted.
    pub fn new(policy: &Policy) -> Self {
        let entitlements = policy.rule_set().catalogue.entitlements.len();
        Self { stamp: policy.stamp(), rows: 0, refused: 0, counts: vec![[0; 4]; entitlements] }
    }

    /// How many rows of one outcome an entitlement has; none for one of another policy.
    pub fn get(&self, entitlement: EntitlementId, outcome: Outcome) -> u64 {
        if !entitlement.has_stamp(self.stamp) {
            return 0;
        }
        self.counts.get(entitlement.in_catalogue().index()).map_or(0, |counts| counts[outcome as usize])
    }

    /// How many rows were decided.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// How many rows were refused, which are in no other count.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// Adds the counts of other rows of the same policy. Whether it is the same; if not, nothing is added.
    pub fn merge(&mut self, other: &Self) -> bool {
        if self.stamp != other.stamp {
            return false;
        }
        self.rows += other.rows;
        self.refused += other.refused;
        for (counts, other) in self.counts.iter_mut().zip(&other.counts) {
            counts.iter_mut().zip(other).for_each(|(count, other)| *count += other);
        }
        true
    }

    pub(super) fn add_row(&mut self) {
        self.rows += 1;
    }

    pub(super) fn add_refused(&mut self) {
        self.refused += 1;
    }

    /// So many rows more.
    pub(super) fn add(&mut self, id: model::EntitlementId, outcome: Outcome, rows: u64) {
        if let Some(counts) = self.counts.get_mut(id.index()) {
            let count = &mut counts[outcome as usize];
            *count = count.wrapping_add(rows);
        }
    }

    /// One row that an offer decides is approved. It is counted as offered, too, before or after.
    pub(super) fn approve(&mut self, id: model::EntitlementId) {
        self.add(id, Outcome::Allowed, 1);
        self.add(id, Outcome::Offered, u64::MAX);
    }

    /// What is left of the rows is not granted.
    pub(super) fn settle(&mut self) {
        for counts in &mut self.counts {
            counts[Outcome::NotGranted as usize] = 0;
            let others: u64 = OUTCOMES.iter().map(|&outcome| counts[outcome as usize]).sum();
            counts[Outcome::NotGranted as usize] = self.rows - others;
        }
    }
}
