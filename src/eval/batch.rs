//! Many contexts at once, given by columns as tables and data frames hold them.
//!
//! The one idea: in a column few values are distinct, so each is read, checked and placed once, in a [`Dictionary`]; a row
//! is then a number for each column, and to bind it is to add up what its numbers stand for. Conditions over several
//! columns are evaluated once for each combination of values that comes up. Rows are joined block by block.
//!
//! There are no threads here: a [`Batch`] is shared, and whoever has threads gives each a range of rows.

mod counts;
mod dictionary;
mod sweep;
mod tuples;

pub use counts::Counts;
pub use dictionary::Dictionary;

use super::context::Approval;
use super::error::{Problem, ProblemKind};
use super::{EntitlementId, Error, Outcome, Policy};
use crate::compile::{BLOCK, Tally};
use crate::model::{self, NOW, Rank, State, Value};
use dictionary::Of;
use jiff::Timestamp;
use std::ops::Range;
use sweep::{Plan, Refusal, Sweep};

/// Rows of contexts, each the numbers of its values in the [`Dictionary`] of each column. Shareable between threads.
///
/// ```
/// use wardkey::{Outcome, Policy};
///
/// let policy = Policy::parse("role = Nurse -> allow EHR\nnetwork = guest -> deny EHR")?;
/// let mut role = policy.dictionary("role")?;
/// let (nurse, sales) = (role.push("Nurse").unwrap(), role.push("Sales").unwrap());
/// let mut network = policy.dictionary("network")?;
/// let (office, guest) = (network.push("office").unwrap(), network.push("guest").unwrap());
///
/// let (roles, networks) = ([nurse, sales, nurse], [office, office, guest]);
/// let batch = policy.batch(3, &[(&role, &roles), (&network, &networks)])?;
/// let ehr = policy.entitlement("EHR")?;
/// let mut outcomes = Vec::new();
/// batch.outcomes(ehr, 0..3, &mut outcomes);
/// assert_eq!(outcomes, [Outcome::Allowed, Outcome::NotGranted, Outcome::Denied]);
/// assert_eq!(batch.count(0..3).get(ehr, Outcome::Allowed), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Batch<'a> {
    policy: &'a Policy,
    rows: usize,
    columns: Vec<Column<'a>>,
    /// The columns of approved requests and of the instant, by position.
    approved: Option<usize>,
    now: Option<usize>,
    plan: Plan,
}

/// A dictionary and for each row a number in it.
#[derive(Clone, Copy, Debug)]
struct Column<'a> {
    dictionary: &'a Dictionary<'a>,
    keys: &'a [u32],
}

/// The answers for one row of a [`Batch`].
#[derive(Clone, Copy, Debug)]
pub struct Row<'r> {
    batch: &'r Batch<'r>,
    number: usize,
    words: &'r [u64],
    refusal: Refusal,
}

impl Policy {
    /// A dictionary for a column of values of an attribute, or of `approved` requests. Errors: there is no such attribute.
    pub fn dictionary(&self, attribute: &str) -> Result<Dictionary<'_>, Error> {
        Dictionary::new(self, attribute)
    }

    /// Rows of contexts: for each column its dictionary, and for each row a number that the dictionary gave, or
    /// [`Dictionary::OMITTED`]. What no column gives is left out in every row.
    ///
    /// Errors: a dictionary is another policy's; an attribute has two columns; a column is not `rows` long; a number is not
    /// of its dictionary.
    ///
    /// Cost: a look at every number; what the policy's conditions have in common is worked out for the columns given.
    pub fn batch<'a>(&'a self, rows: usize, columns: &[(&'a Dictionary<'a>, &'a [u32])]) -> Result<Batch<'a>, Error> {
        let columns: Vec<Column<'a>> = columns.iter().map(|&(dictionary, keys)| Column { dictionary, keys }).collect();
        let problems = misfits(self, rows, &columns);
        if !problems.is_empty() {
            return Err(Error::new(problems));
        }
        let position = |of| columns.iter().position(|column| column.dictionary.of() == of);
        let (approved, now) = (position(Of::Approved), position(Of::Attribute(NOW)));
        let plan = Plan::new(self, &columns);
        Ok(Batch { policy: self, rows, columns, approved, now, plan })
    }
}

/// What is wrong with columns.
fn misfits(policy: &Policy, rows: usize, columns: &[Column<'_>]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (at, Column { dictionary, keys }) in columns.iter().enumerate() {
        let name = dictionary.name();
        let mut misfit = |kind, message| problems.push(Problem::new(kind, Some(name), message));
        if !dictionary.is_of(policy) {
            misfit(ProblemKind::OtherPolicy, format!("the column `{name}` was read for another policy"));
        }
        if columns[..at].iter().any(|other| other.dictionary.of() == dictionary.of()) {
            misfit(ProblemKind::InvalidValue, format!("`{name}` has two columns"));
        }
        if keys.len() != rows {
            misfit(ProblemKind::InvalidValue, format!("the column `{name}` has {} rows instead of {rows}", keys.len()));
        }
        let len = dictionary.len() as u32;
        if let Some(key) = keys.iter().find(|&&key| key >= len && key != Dictionary::OMITTED) {
            misfit(ProblemKind::InvalidValue, format!("the column `{name}` has a value {key} of {len}"));
        }
    }
    problems
}

impl<'a> Batch<'a> {
    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Visits the rows of a range in order; what lies past the last row is passed over.
    ///
    /// Cost: whole rows of bits are joined, one of each slot of the compiled policy; a range also evaluates each condition
    /// over several columns anew, once for each combination of values in it, so ranges of some thousand rows are best.
    pub fn each(&self, range: Range<usize>, mut visit: impl FnMut(Row<'_>)) {
        let mut words = Vec::new();
        let mut sweep = Sweep::new(self, None);
        for first in self.blocks(&range) {
            let (block, refusals) = sweep.fill(first, range.end.min(self.rows));
            self.policy.index().sweep(block, &mut words, |at, words| {
                visit(Row { batch: self, number: first + at, words, refusal: refusals.get(at) });
            });
        }
    }

    /// Appends the outcomes of one entitlement in a range of rows. A row that is refused, and an entitlement of another
    /// policy, are denied. Cost: a word for each slot that the entitlement's rules test and each row.
    pub fn outcomes(&self, entitlement: EntitlementId, range: Range<usize>, outcomes: &mut Vec<Outcome>) {
        let end = range.end.min(self.rows);
        if !self.policy.owns(entitlement) {
            outcomes.extend((range.start..end).map(|_| Outcome::Denied));
            return;
        }
        let id = entitlement.in_catalogue();
        let mut sweep = Sweep::new(self, Some(&self.policy.index().slots_of(id)));
        for first in self.blocks(&range) {
            let (block, refusals) = sweep.fill(first, end);
            self.policy.index().sweep_one(id, block, |at, rank| {
                outcomes.push(self.outcome(first + at, id, rank, refusals.get(at)));
            });
        }
    }

    /// The rows of a range that are refused, and why: the context contradicts an assumption of the catalogue, or has a value
    /// that was pushed by [`Dictionary::refuse`]. They are denied everything.
    pub fn refused(&self, range: Range<usize>) -> Vec<(usize, &Problem)> {
        let mut refused = Vec::new();
        if !self.plan.may_refuse() {
            return refused;
        }
        let mut sweep = Sweep::new(self, Some(&[]));
        for first in self.blocks(&range) {
            let (block, refusals) = sweep.fill(first, range.end.min(self.rows));
            let problems = (0..block.len()).filter_map(|at| Some((first + at, self.problem(refusals.get(at))?)));
            refused.extend(problems);
        }
        refused
    }

    /// How often each entitlement comes to each outcome in a range of rows. Cost: that of [`Self::each`].
    pub fn count(&self, range: Range<usize>) -> Counts {
        let index = self.policy.index();
        let mut counts = Counts::new(self.policy);
        let mut tally: Tally = index.tally();
        self.each(range, |row| {
            if row.refusal != Refusal::None {
                counts.add_refused();
                return;
            }
            counts.add_row();
            tally.add(row.words);
            if self.approved.is_some() && !self.approvals(row.number).is_empty() {
                let offered = index.winners_of(row.words).filter(|(rank, _)| *rank == Rank::Offer);
                for &id in offered.flat_map(|(_, entitlements)| entitlements) {
                    if self.is_approved(row.number, id) {
                        counts.approve(id);
                    }
                }
            }
        });
        for (rank, entitlements, count) in index.tallied(&mut tally) {
            let outcome = self.policy.outcome_of(Some(rank), || false);
            entitlements.iter().for_each(|&id| counts.add(id, outcome, count));
        }
        counts.settle();
        counts
    }

    /// The first rows of the blocks of a range.
    fn blocks(&self, range: &Range<usize>) -> impl Iterator<Item = usize> + use<> {
        (range.start..range.end.min(self.rows)).step_by(BLOCK)
    }

    fn outcome(&self, row: usize, id: model::EntitlementId, rank: Option<Rank>, refusal: Refusal) -> Outcome {
        if refusal != Refusal::None {
            return Outcome::Denied;
        }
        self.policy.outcome_of(rank, || self.is_approved(row, id))
    }

    fn approvals(&self, row: usize) -> &[Approval] {
        self.approved.map_or(&[], |at| self.columns[at].dictionary.approvals(self.columns[at].keys[row]))
    }

    fn is_approved(&self, row: usize, id: model::EntitlementId) -> bool {
        let counts = |approval: &Approval| approval.holds(self.now(row)) && self.policy.covers(approval, id);
        self.approvals(row).iter().any(counts)
    }

    fn now(&self, row: usize) -> Option<Timestamp> {
        let Some(at) = self.now else { return self.policy.blank().now() };
        match self.columns[at].dictionary.state(self.columns[at].keys[row]) {
            State::Present(Value::DateTime(now)) => Some(*now),
            _ => None,
        }
    }

    fn problem(&self, refusal: Refusal) -> Option<&Problem> {
        match refusal {
            Refusal::None => None,
            Refusal::Value { column, key } => self.columns[column as usize].dictionary.refusal(key),
            Refusal::Assumption(at) => self.plan.assumption(at),
        }
    }
}

impl<'r> Row<'r> {
    /// Its number in the batch.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Why the row is refused, if it is; see [`Batch::refused`].
    pub fn refused(&self) -> Option<&'r Problem> {
        self.batch.problem(self.refusal)
    }

    /// The outcome of one entitlement. Cost: one word.
    pub fn outcome(&self, entitlement: EntitlementId) -> Outcome {
        if !self.batch.policy.owns(entitlement) {
            return Outcome::Denied;
        }
        let id = entitlement.in_catalogue();
        self.batch.outcome(self.number, id, self.batch.policy.index().winner_among(id, self.words), self.refusal)
    }

    /// The entitlements that some rule gives, offers or takes away, each with its outcome; those that none speaks of in this
    /// row are not granted. Of a row that is refused: none. Cost: a step for each, and one for each 64 terms of the policy.
    pub fn answers(&self) -> impl Iterator<Item = (EntitlementId, Outcome)> + 'r {
        let Self { batch, number, words, refusal } = *self;
        let words = if refusal == Refusal::None { words } else { &[] };
        batch.policy.index().winners_of(words).flat_map(move |(rank, entitlements)| {
            entitlements.iter().map(move |&id| {
                (batch.policy.entitlement_of(id), batch.policy.outcome_of(Some(rank), || batch.is_approved(number, id)))
            })
        })
    }

    /// The entitlements that are given. Cost: that of [`Self::answers`].
    pub fn allowed(&self) -> impl Iterator<Item = EntitlementId> + 'r {
        self.answers().filter(|(_, outcome)| outcome.is_allowed()).map(|(id, _)| id)
    }
}
