//! What the rules of one entitlement come to together, in all contexts at once.

use super::solver::Lit;
use super::space::Space;
use super::undecided::{Reason, Undecided};
use super::witness::Witness;
use crate::compile::EffectId;
use crate::eval::{EntitlementId, Outcome};
use crate::model::{EffectKind, Rank};

/// An effect on the entitlement, and whether it fires.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vote {
    pub effect: EffectId,
    /// Position of its rule.
    pub rule: usize,
    pub kind: EffectKind,
    /// Its strength; none for `require`.
    pub rank: Option<Rank>,
    pub is_trial: bool,
    pub fires: Lit,
}

/// The effects on an entitlement, over a space.
pub(super) struct Votes<'p> {
    pub space: Space<'p>,
    pub entitlement: EntitlementId,
    /// Strongest first.
    pub votes: Vec<Vote>,
    /// A request was approved.
    pub is_approved: Lit,
}

/// By rank, whether some effect of it fires.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tally {
    ranks: [Lit; 5],
    is_approved: Lit,
}

impl Tally {
    /// With something else that says whether a request was approved.
    pub fn approved_by(self, is_approved: Lit) -> Self {
        Self { is_approved, ..self }
    }
}

impl<'p> Votes<'p> {
    /// The effects on an entitlement. The space must be one of their conditions.
    pub fn new(mut space: Space<'p>, entitlement: EntitlementId) -> Self {
        let is_approved = space.solver.fresh();
        let mut votes = Self { space, entitlement, votes: Vec::new(), is_approved };
        votes.votes = votes.of(entitlement);
        votes
    }

    /// The effects on an entitlement whose conditions are of the space.
    pub fn of(&self, entitlement: EntitlementId) -> Vec<Vote> {
        let index = self.space.policy.index();
        let rules = &self.space.policy.rule_set().rules;
        let vote = |&id: &EffectId| {
            let effect = index.effect(id);
            let signal = self.space.signal(effect.when);
            let kind = rules[effect.rule()].effects[effect.effect()].kind;
            let fires = if effect.restricts { signal.may } else { signal.sure };
            Vote { effect: id, rule: effect.rule(), kind, rank: effect.rank, is_trial: effect.is_trial, fires }
        };
        index.effects(entitlement.in_catalogue()).iter().map(vote).collect()
    }

    /// Those that count, without some.
    pub fn tally(&mut self, counts: impl Fn(&Vote) -> bool) -> Tally {
        let votes = std::mem::take(&mut self.votes);
        let tally = self.tally_of(&votes, counts);
        self.votes = votes;
        tally
    }

    /// Of some votes those that count.
    pub fn tally_of(&mut self, votes: &[Vote], counts: impl Fn(&Vote) -> bool) -> Tally {
        let mut ranks = [self.space.solver.constant(false); 5];
        for (at, lit) in ranks.iter_mut().enumerate() {
            let of_rank =
                |vote: &&Vote| vote.rank.is_some_and(|rank| rank as usize == at) && !vote.is_trial && counts(vote);
            let fires: Vec<Lit> = votes.iter().filter(of_rank).map(|vote| vote.fires).collect();
            *lit = self.space.solver.any(fires);
        }
        Tally { ranks, is_approved: self.is_approved }
    }

    /// Whether the outcome is that one, by what fires.
    pub fn comes_to(&mut self, tally: &Tally, outcome: Outcome) -> Lit {
        let [offer, allow, deny, override_allow, override_deny] = tally.ranks;
        let solver = &mut self.space.solver;
        let denied = {
            let plain = solver.all([deny, !override_allow]);
            solver.any([override_deny, plain])
        };
        let allows = solver.any([allow, override_allow]);
        let approved = solver.all([offer, tally.is_approved]);
        let allowed = solver.any([allows, approved]);
        match outcome {
            Outcome::Denied => denied,
            Outcome::Allowed => solver.all([!denied, allowed]),
            Outcome::Offered => solver.all([!denied, !allowed, offer]),
            Outcome::NotGranted => solver.all([!denied, !allowed, !offer]),
        }
    }

    /// Whether something is given by what allows, and whether by what offers.
    pub fn giving(&mut self, votes: &[Vote]) -> (Lit, Lit) {
        let tally = self.tally_of(votes, |_| true);
        let [offer, allow, _, override_allow, _] = tally.ranks;
        let denied = self.comes_to(&tally, Outcome::Denied);
        let solver = &mut self.space.solver;
        let allows = solver.any([allow, override_allow]);
        (solver.all([!denied, allows]), solver.all([!denied, !allows, offer]))
    }

    /// Whether both come to the same outcome.
    pub fn agree(&mut self, one: &Tally, other: &Tally) -> Lit {
        let outcomes = [Outcome::Denied, Outcome::NotGranted, Outcome::Offered, Outcome::Allowed];
        let same = outcomes.map(|outcome| {
            let (one, other) = (self.comes_to(one, outcome), self.comes_to(other, outcome));
            self.space.solver.all([one, other])
        });
        self.space.solver.any(same)
    }

    /// A context in which all of these hold and the entitlement has an outcome, which is looked up in the engine.
    ///
    /// Errors: it is not found within the steps allowed, or the engine says otherwise.
    pub fn witness(&mut self, wanted: &[Lit], outcome: Outcome) -> Result<Option<Witness>, Undecided> {
        let tally = self.tally(|_| true);
        let comes_to = self.comes_to(&tally, outcome);
        let wanted: Vec<Lit> = wanted.iter().copied().chain([comes_to]).collect();
        let Some(found) = self.space.find(&wanted)? else { return Ok(None) };
        let is_approved = self.space.solver.holds(self.is_approved);
        let roots: Vec<_> = self.votes.iter().map(|vote| self.space.policy.index().effect(vote.effect).when).collect();
        let approved = if is_approved { &[self.entitlement][..] } else { &[] };
        let witness = Witness::new(self.space.policy, self.space.pool, (found, &roots), approved)?;
        if witness.outcome(self.space.policy, self.entitlement) != Some(outcome) {
            return Err(Reason::NotReplayed.into());
        }
        Ok(Some(witness))
    }
}
