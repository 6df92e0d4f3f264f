//! The answers for every entitlement in one context.

use super::{Context, Decision, EntitlementId, Outcome, Policy};
use crate::compile::Winners;

/// One answer for each entitlement.
///
/// ```
/// let policy = wardkey::Policy::parse("role = Nurse -> allow EHR, Email\nrole = Sales -> allow CRM")?;
/// let context = policy.context().set("role", "Nurse").build()?;
/// let all = policy.entitlements(&context);
/// let given: Vec<&str> = all.allowed().map(|id| policy.entitlement_name(id)).collect();
/// assert!(given.contains(&"EHR") && given.contains(&"Email") && given.len() == 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Entitlements<'a> {
    policy: &'a Policy,
    context: &'a Context,
    winners: Winners,
}

impl<'a> Entitlements<'a> {
    pub(super) fn new(policy: &'a Policy, context: &'a Context) -> Self {
        Self { policy, context, winners: Winners::default() }
    }

    /// The same for another context, in the room this one took: nothing is allocated.
    pub fn refresh(&mut self, context: &'a Context) {
        self.context = context;
        if self.policy.is_of(context) {
            self.policy.index().winners(&context.placement, &mut self.winners);
        }
    }

    /// The answer for one of them. Cost: one word of bits is looked at.
    pub fn outcome(&self, entitlement: EntitlementId) -> Outcome {
        if !self.policy.knows(self.context, entitlement) {
            return Outcome::Denied;
        }
        let id = entitlement.in_catalogue();
        let winner = self.policy.index().winner_of(id, &self.winners);
        self.policy.outcome_of(winner, || self.policy.is_approved(self.context, id, self.context.now()))
    }

    /// Every answer with its entitlement, in the catalogue's order. Cost: one word each.
    pub fn each(&self) -> impl Iterator<Item = (EntitlementId, Outcome)> + '_ {
        let (policy, context) = (self.policy, self.context);
        let is_ours = policy.is_of(context);
        let now = context.now();
        policy.entitlement_ids().zip(policy.index().winners_of_all(&self.winners)).map(move |(id, rank)| {
            let is_approved = || policy.is_approved(context, id.in_catalogue(), now);
            (id, if is_ours { policy.outcome_of(rank, is_approved) } else { Outcome::Denied })
        })
    }

    /// The bare answers, in the catalogue's order.
    pub fn outcomes(&self) -> Vec<Outcome> {
        self.each().map(|(_, outcome)| outcome).collect()
    }

    /// The answers with their entitlements, in the catalogue's order.
    pub fn iter(&self) -> impl Iterator<Item = Decision<'a>> + '_ {
        self.each().map(|(id, outcome)| Decision::new(self.policy, self.context, id, outcome))
    }

    /// Those that are given, in the catalogue's order.
    pub fn allowed(&self) -> impl Iterator<Item = EntitlementId> + '_ {
        self.each().filter(|(_, outcome)| outcome.is_allowed()).map(|(id, _)| id)
    }
}

impl<'a> IntoIterator for Entitlements<'a> {
    type Item = Decision<'a>;
    type IntoIter = std::vec::IntoIter<Decision<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter().collect::<Vec<_>>().into_iter()
    }
}
