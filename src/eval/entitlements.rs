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

    /// The bare answers, in the catalogue's order.
    pub fn outcomes(&self) -> Vec<Outcome> {
        self.policy.entitlement_ids().map(|id| self.outcome(id)).collect()
    }

    /// The answers with their entitlements, in the catalogue's order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Decision<'a>> + '_ {
        self.policy.entitlement_ids().map(|id| Decision::new(self.policy, self.context, id, self.outcome(id)))
    }

    /// Those that are given, in the catalogue's order.
    pub fn allowed(&self) -> impl Iterator<Item = EntitlementId> + '_ {
        self.policy.entitlement_ids().filter(|&id| self.outcome(id).is_allowed())
    }
}

impl<'a> IntoIterator for Entitlements<'a> {
    type Item = Decision<'a>;
    type IntoIter = std::vec::IntoIter<Decision<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter().collect::<Vec<_>>().into_iter()
    }
}
