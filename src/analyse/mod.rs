//! What the rules of a policy really say: questions about *all* contexts, answered exactly.
//!
//! Every answer is one of three: it *holds* in every context; it *fails*, with a [`Witness`], a context that was built and
//! evaluated like any other; or it is [`Undecided`] within the steps allowed. All contexts are those that the catalogue
//! permits: every attribute may be unknown or absent, and none contradicts what the catalogue assumes.
//!
//! How: states that no test tells apart are one class (`states`, `texts`, `clock`, `line`); classes, tests and conditions become
//! literals and gates (`space`, `sets`), and a solver says whether some can hold together (`solver`). What the rules of one
//! entitlement come to together is in `votes`. Whatever is found is evaluated again by the engine (`witness`).

mod addresses;
mod blackout;
pub mod check;
mod clock;
mod counterfactual;
mod coverage;
pub mod diff;
mod line;
mod mutants;
mod parts;
mod prove;
mod sets;
mod solver;
mod space;
mod states;
mod texts;
mod undecided;
mod variables;
mod votes;
mod witness;

pub use blackout::{Blackout, UnitBlackout};
pub use check::{CachedUnits, CheckCache, Finding, UnitReport};
pub use counterfactual::{Change, Counterfactuals};
pub use coverage::{Coverage, Goal, GoalExample, GoalKind};
pub use diff::{
    EntitlementDiff, OutcomeDiff, ParameterChange, ParameterDiff, ParameterValue, PolicyDiff, Region, RuleName,
    Verdict, Version,
};
pub use mutants::{Fate, Mutant, mutants};
pub use prove::{Counterexample, Proof, ProofVerdict, Shown};
pub use undecided::Undecided;
pub use witness::Witness;

use crate::compile::{Node, NodeId, Pool, PoolBuilder, Tri};
use crate::eval::{EntitlementId, Policy};
use crate::model::{AttributeId, Condition, ConditionKind, Input, NOW, Range, State, Test, Value};
use jiff::{SignedDuration, Timestamp};
use space::Space;
use std::collections::BTreeSet;
use votes::Votes;

/// Steps of the solver that one question may take, unless said otherwise.
pub const STEPS: u64 = 100_000;

/// What the catalogue assumes.
#[derive(Clone, Copy, Debug)]
struct Assumed {
    node: NodeId,
    /// Something must be said of its attributes: left out, they contradict it.
    is_pressing: bool,
}

/// Which assumptions of the catalogue are taken as given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Assuming {
    All,
    Nothing,
}

/// What time it is, as conditions.
#[derive(Clone, Copy, Debug)]
struct Times {
    /// From now on.
    from_now: NodeId,
    /// In the two weeks from now, in which every day of the week comes.
    these_days: NodeId,
}

/// Asks questions about all contexts of a policy. Made once, shared between threads.
#[derive(Clone, Debug)]
pub struct Analysis<'p> {
    policy: &'p Policy,
    /// The conditions of the policy, and those that are asked about.
    pool: Pool,
    assumed: Vec<Assumed>,
    /// By attribute, that it is known.
    known: Vec<NodeId>,
    steps: u64,
    lists_overlaps: bool,
    times: Option<Times>,
    /// Attributes that always hold the same value.
    twins: Vec<(AttributeId, AttributeId)>,
    /// By attribute, what is known of it in a context that others are compared with.
    given: Option<Vec<State>>,
}

impl<'p> Analysis<'p> {
    /// Of a policy. Cost: a look at every condition.
    pub fn new(policy: &'p Policy) -> Self {
        let mut pool = PoolBuilder::of(policy.index().pool());
        let assumptions = policy.rule_set().catalogue.assumptions.iter();
        let nodes: Vec<NodeId> = assumptions.map(|condition| pool.condition(condition)).collect();
        let is_known = |at| ConditionKind::Test(Test::IsKnown(AttributeId::new(at)));
        let attributes = 0..policy.rule_set().catalogue.attributes.len();
        let known = attributes.map(|at| pool.condition(&Condition::new(is_known(at)))).collect();
        let pool = pool.finish();
        let left_out = witness::values(&pool, &witness::nothing_given(policy), &nodes);
        let assumed = |(node, value)| Assumed { node, is_pressing: value == Tri::False };
        let assumed = nodes.into_iter().zip(left_out).map(assumed).collect();
        Self {
            policy,
            pool,
            assumed,
            known,
            steps: STEPS,
            lists_overlaps: false,
            times: None,
            twins: Vec::new(),
            given: None,
        }
    }

    /// With so many steps for each question.
    #[must_use]
    pub fn with_steps(mut self, steps: u64) -> Self {
        self.steps = steps;
        self
    }

    /// Also finds where rules that give and rules that deny meet, which most of them are meant to. Costs a question for each two.
    #[must_use]
    pub fn with_overlaps(mut self) -> Self {
        self.lists_overlaps = true;
        self
    }

    /// Of two attributes each that always hold the same value.
    #[must_use]
    fn with_twins(mut self, twins: Vec<(AttributeId, AttributeId)>) -> Self {
        self.twins = twins;
        self
    }

    /// With what time it is, so that rules can be found whose time is over or has not come.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Self {
        let bound = |at: Timestamp| Some((Value::DateTime(at), true));
        let later = now.checked_add(SignedDuration::from_hours(14 * 24)).unwrap_or(Timestamp::MAX);
        let within = |high| {
            let ranges = vec![Range { low: bound(now), high }];
            Condition::new(ConditionKind::Test(Test::InRanges(Input::Attribute(NOW), ranges)))
        };
        let mut pool = PoolBuilder::of(&self.pool);
        let (from_now, these_days) = (pool.condition(&within(None)), pool.condition(&within(bound(later))));
        self.pool = pool.finish();
        self.times = Some(Times { from_now, these_days });
        self
    }

    /// The names of the attributes that some conditions read.
    fn read_by(&self, roots: impl IntoIterator<Item = NodeId>) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for node in self.pool.reach(roots, |_| true) {
            if let Node::Test(test) = self.pool.node(node) {
                let name = |id| self.policy.rule_set().catalogue.attribute(id).name.clone();
                self.pool.test(*test).attributes(&mut |id| names.extend([name(id)]));
            }
        }
        names
    }

    /// The contexts that some conditions tell apart.
    fn space(&self, roots: &[NodeId]) -> Result<Space<'_>, Undecided> {
        self.space_assuming(roots, Assuming::All)
    }

    fn space_assuming(&self, roots: &[NodeId], assuming: Assuming) -> Result<Space<'_>, Undecided> {
        let assumed = match assuming {
            Assuming::All => &self.assumed[..],
            Assuming::Nothing => &[],
        };
        Space::new(self, roots, assumed)
    }

    /// The contexts that the rules of an entitlement tell apart, and other conditions, with what the rules come to.
    fn votes(&self, entitlement: EntitlementId, others: &[NodeId]) -> Result<Votes<'_>, Undecided> {
        let effects = self.policy.index().effects(entitlement.in_catalogue());
        let roots = effects.iter().map(|&id| self.policy.index().effect(id).when);
        let roots: Vec<NodeId> = roots.chain(others.iter().copied()).collect();
        Ok(Votes::new(self.space(&roots)?, entitlement))
    }
}

#[cfg(test)]
mod boxes;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod properties;
