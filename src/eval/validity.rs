//! How long a decision holds: the first later instant at which time alone changes it.
//!
//! Candidates are the instants at which some test of the clock may change: wall-clock boundaries as they fall in each
//! zone, changes of a zone's offset, instants that `now` is compared with, ends of approvals. At each the tests are asked
//! again, and only if one has changed is the decision made again. A test that cannot matter, whatever the time, gives no
//! candidates.

use super::boundary::Boundaries;
use super::context::Approval;
use super::details::Details;
use super::tests;
use super::values::Values;
use super::{Context, Policy};
use crate::compile::{Node, NodeId, TestId, Tri};
use crate::model::{NOW, Rank, State, Test};
use jiff::{SignedDuration, Timestamp};

/// How far ahead is looked.
const HORIZON: SignedDuration = SignedDuration::from_hours(400 * 24);
/// Candidates that are looked at; several a day for all days up to the horizon.
const STEPS: usize = 100_000;

/// The first later instant at which time alone changes a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValidUntil {
    /// From this instant on it is another.
    Until(Timestamp),
    /// Time does not change it.
    Never,
    /// It depends on the time, and `now` is unknown: do not keep it.
    Unknown,
    /// It does not change before this instant; beyond it nobody looked.
    Horizon(Timestamp),
}

impl ValidUntil {
    /// The instant, if there is one.
    pub fn timestamp(self) -> Option<Timestamp> {
        match self {
            Self::Until(at) | Self::Horizon(at) => Some(at),
            Self::Never | Self::Unknown => None,
        }
    }

    /// The earlier of two ends; a certain one before one up to which nobody looked.
    fn or_earlier(self, other: Self) -> Self {
        let order = |end: Self| match end {
            Self::Unknown => (0, None),
            Self::Until(at) => (1, Some((at, 0))),
            Self::Horizon(at) => (1, Some((at, 1))),
            Self::Never => (2, None),
        };
        if order(other) < order(self) { other } else { self }
    }

    /// `until`, `never`, `unknown`, `horizon`.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Until(_) => "until",
            Self::Never => "never",
            Self::Unknown => "unknown",
            Self::Horizon(_) => "horizon",
        }
    }
}

/// The earliest end of any decision in a context. Cost: that of [`valid_until`] for each entitlement whose rules read the
/// clock or that was approved for a time.
pub(super) fn of_all(policy: &Policy, context: &Context) -> ValidUntil {
    let is_approved_for_a_time = |entitlement| {
        let mut ends = context.approvals.iter().filter(|approval| approval.until.is_some());
        ends.any(|approval| policy.covers(approval, entitlement))
    };
    let mut earliest = ValidUntil::Never;
    for id in policy.entitlement_ids() {
        let entitlement = id.in_catalogue();
        if !policy.index().reads_the_clock(entitlement) && !is_approved_for_a_time(entitlement) {
            continue;
        }
        earliest = earliest.or_earlier(policy.decide(context, id).valid_until());
        if earliest == ValidUntil::Unknown {
            break;
        }
    }
    earliest
}

/// How long a decision holds if nothing changes but the time. Cost: small where something changes within days; at worst one
/// look at the tests of the clock for each boundary up to the horizon.
pub(super) fn valid_until(details: &Details<'_>) -> ValidUntil {
    let Some(now) = details.values().facts().now() else { return without_now(details) };
    let horizon = now.checked_add(HORIZON).unwrap_or(Timestamp::MAX);
    let tests = varying_tests(details, |test| {
        let mut boundaries = Boundaries::new(details.values().facts(), now, horizon);
        boundaries.test(test);
        !boundaries.is_empty()
    });
    let mut boundaries = Boundaries::new(details.values().facts(), now, horizon);
    tests.iter().for_each(|test| boundaries.test(test));
    let ends = ends(details, now);
    ends.iter().for_each(|&end| boundaries.instant(end));
    let (original, mut seen) = (details.snapshot(), answers(details, &tests, now));
    let mut at = now;
    for _ in 0..STEPS {
        match boundaries.after(at) {
            None if boundaries.go_beyond() => return ValidUntil::Horizon(horizon),
            None => return ValidUntil::Never,
            Some(next) if next > horizon => return ValidUntil::Horizon(horizon),
            Some(next) => at = next,
        }
        let then = answers(details, &tests, at);
        if (then != seen || ends.contains(&at)) && details.at(at).snapshot() != original {
            return ValidUntil::Until(at);
        }
        seen = then;
    }
    ValidUntil::Horizon(at)
}

fn answers(details: &Details<'_>, tests: &[&Test], at: Timestamp) -> Vec<Tri> {
    let facts = details.values().facts().at(at);
    tests.iter().map(|test| tests::value(&facts, test)).collect()
}

/// Instants beside those of tests at which the decision may change.
fn ends(details: &Details<'_>, now: Timestamp) -> Vec<Timestamp> {
    let mut ends: Vec<Timestamp> = approvals(details).filter_map(|approval| approval.until).collect();
    if details.shows_now() {
        ends.extend(now.checked_add(SignedDuration::from_nanos(1)).ok());
    }
    ends
}

/// Approvals of what is decided about.
fn approvals<'d>(details: &'d Details<'_>) -> impl Iterator<Item = &'d Approval> {
    let (policy, entitlement) = (details.policy(), details.entitlement().in_catalogue());
    details.context().approvals.iter().filter(move |approval| policy.covers(approval, entitlement))
}

/// The clock is read in vain if some test of it could matter.
fn without_now(details: &Details<'_>) -> ValidUntil {
    let waits_for_approval = approvals(details).any(|approval| approval.until.is_some());
    let is_read = !varying_tests(details, |_| true).is_empty()
        || (details.winner() == Some(Rank::Offer) && waits_for_approval)
        || details.shows_now();
    if is_read { ValidUntil::Unknown } else { ValidUntil::Never }
}

/// Tests of the clock whose answer can change a condition of the decision. `changes`: whether a test's can change at all.
fn varying_tests<'d>(details: &'d Details<'_>, changes: impl Fn(&Test) -> bool) -> Vec<&'d Test> {
    let mut found: Vec<TestId> = Vec::new();
    for values in details.all_values() {
        let pool = values.pool();
        let reach = Reach::new(values, &changes);
        let roots = details.enforced().map(|(effect, _)| effect.when);
        for node in pool.reach(roots, |node| reach.varies(node)) {
            if let Node::Test(test) = pool.node(node) {
                found.push(*test);
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found.into_iter().map(|test| details.values().pool().test(test)).collect()
}

/// For each node, the values it may take as time passes.
struct Reach<'v> {
    values: &'v Values<'v>,
    masks: Vec<u8>,
}

impl<'v> Reach<'v> {
    fn new(values: &'v Values<'v>, changes: impl Fn(&Test) -> bool) -> Self {
        let mut reach = Self { values, masks: Vec::with_capacity(values.nodes().len()) };
        for &node in values.nodes() {
            let mask = reach.of_node(node, &changes);
            reach.masks.push(mask);
        }
        reach
    }

    fn varies(&self, node: NodeId) -> bool {
        self.mask(node).count_ones() > 1
    }

    fn mask(&self, node: NodeId) -> u8 {
        let at = self.values.nodes().binary_search(&node).ok();
        at.and_then(|at| self.masks.get(at)).copied().unwrap_or_default()
    }

    fn of_node(&self, id: NodeId, changes: impl Fn(&Test) -> bool) -> u8 {
        match self.values.pool().node(id) {
            Node::Constant(_) => bit(self.values.node(id)),
            Node::Test(test) => {
                let test = self.values.pool().test(*test);
                if self.reads_clock(test) && changes(test) { 0b111 } else { bit(self.values.node(id)) }
            }
            Node::Not(inner) => spread(self.mask(*inner), 0b001, |value, _| !value),
            Node::And(parts) => {
                parts.iter().fold(bit(Tri::True), |mask, &part| spread(mask, self.mask(part), Tri::and))
            }
            Node::Or(parts) => parts.iter().fold(bit(Tri::False), |mask, &part| spread(mask, self.mask(part), Tri::or)),
        }
    }

    /// Whether the answer hangs on the time, since all else that the test reads is known.
    fn reads_clock(&self, test: &Test) -> bool {
        let (mut clock, mut rest) = (false, true);
        test.attributes(&mut |attribute| {
            if attribute == NOW {
                clock = true;
            } else {
                rest &= matches!(self.values.facts().state(attribute), State::Present(_));
            }
        });
        clock && rest && !matches!(test, Test::IsKnown(_) | Test::IsAbsent(_))
    }
}

fn bit(value: Tri) -> u8 {
    match value {
        Tri::False => 0b001,
        Tri::Unknown => 0b010,
        Tri::True => 0b100,
    }
}

/// All results of an operation on values of two sets.
fn spread(left: u8, right: u8, operation: impl Fn(Tri, Tri) -> Tri) -> u8 {
    let of = |mask: u8| Tri::ALL.into_iter().filter(move |&value| mask & bit(value) != 0);
    of(left).flat_map(|a| of(right).map(move |b| (a, b))).fold(0, |mask, (a, b)| mask | bit(operation(a, b)))
}
