//! One answer and what stands behind it.

use super::{Context, DecisionRecord, EntitlementId, Outcome, Parameters, Policy, ValidUntil};
use crate::model::Rule;

/// The answer for one entitlement in one context. Everything beyond the outcome is worked out when asked for.
#[derive(Clone, Debug)]
pub struct Decision<'a> {
    policy: &'a Policy,
    context: &'a Context,
    entitlement: EntitlementId,
    outcome: Outcome,
}

/// A rule that fired.
#[derive(Clone, Debug)]
pub struct FiredRule<'a> {
    /// Which.
    pub rule: &'a Rule,
    /// Whether its condition certainly holds. A rule that restricts fires when it only may hold, too.
    pub is_certain: bool,
    /// What would have to be known to be certain: names of attributes.
    pub missing: Vec<&'a str>,
}

impl<'a> Decision<'a> {
    pub(super) fn new(policy: &'a Policy, context: &'a Context, entitlement: EntitlementId, outcome: Outcome) -> Self {
        Self { policy, context, entitlement, outcome }
    }

    /// The answer.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Whether it is given.
    pub fn is_allowed(&self) -> bool {
        self.outcome.is_allowed()
    }

    /// What was asked about.
    pub fn entitlement(&self) -> EntitlementId {
        self.entitlement
    }

    /// Its name.
    pub fn entitlement_name(&self) -> &'a str {
        self.policy.entitlement_name(self.entitlement)
    }

    /// The rules that decided: all that fired in the winning rank, by id.
    pub fn rules(&self) -> Vec<FiredRule<'a>> {
        Vec::new()
    }

    /// Rules that fired and were outranked, by id.
    pub fn outranked(&self) -> Vec<FiredRule<'a>> {
        Vec::new()
    }

    /// What the deciding rules say to the person concerned, in the wanted language if there is a text in it (`es` is found
    /// by `es-MX`), else in the text without a language, else in the first.
    pub fn because(&self, language: Option<&str>) -> Vec<&'a str> {
        let _ = language;
        Vec::new()
    }

    /// What goes with what is given; empty unless allowed or offered.
    pub fn parameters(&self) -> Parameters {
        Parameters::default()
    }

    /// Attributes that nobody gave and that could change the outcome.
    pub fn missing(&self) -> Vec<&'a str> {
        Vec::new()
    }

    /// Attributes left out on which the decision depends and for which a default stepped in.
    pub fn defaults_applied(&self) -> Vec<&'a str> {
        Vec::new()
    }

    /// Attributes such that while they stay the same, and until [`Self::valid_until`], the decision stays the same.
    pub fn depends_on(&self) -> Vec<&'a str> {
        Vec::new()
    }

    /// How long the decision holds if nothing changes but the time.
    pub fn valid_until(&self) -> ValidUntil {
        let _ = self.context;
        ValidUntil::Never
    }

    /// Everything above as plain data, with texts in the wanted language.
    pub fn record(&self, language: Option<&str>) -> DecisionRecord {
        DecisionRecord::of(self, language)
    }
}
