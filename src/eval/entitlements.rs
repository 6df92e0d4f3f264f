//! The answers for every entitlement in one context.

use super::{Context, Decision, EntitlementId, Outcome, Policy};

/// One answer for each entitlement, in the catalogue's order.
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
    outcomes: Vec<Outcome>,
}

impl<'a> Entitlements<'a> {
    pub(super) fn new(policy: &'a Policy, context: &'a Context, outcomes: Vec<Outcome>) -> Self {
        Self { policy, context, outcomes }
    }

    /// The bare answers, in the catalogue's order.
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// The answers with their entitlements.
    pub fn iter(&self) -> impl Iterator<Item = Decision<'a>> + '_ {
        let ids = self.policy.entitlement_ids();
        ids.zip(&self.outcomes).map(|(id, &outcome)| Decision::new(self.policy, self.context, id, outcome))
    }

    /// Those that are given.
    pub fn allowed(&self) -> impl Iterator<Item = EntitlementId> + '_ {
        let ids = self.policy.entitlement_ids();
        ids.zip(&self.outcomes).filter(|(_, outcome)| outcome.is_allowed()).map(|(id, _)| id)
    }
}

impl<'a> IntoIterator for Entitlements<'a> {
    type Item = Decision<'a>;
    type IntoIter = std::vec::IntoIter<Decision<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter().collect::<Vec<_>>().into_iter()
    }
}
