//! A decision as plain data, for machines: the JSON of every face.

use super::{Decision, Outcome};
use serde::Serialize;

/// A decision and what stands behind it, owned and serialisable.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DecisionRecord {
    /// What was asked about.
    pub entitlement: String,
    /// The answer.
    pub outcome: Outcome,
    /// Ids of the rules that decided.
    pub rules: Vec<String>,
    /// What they say to the person concerned.
    pub because: Vec<String>,
    /// A scalar each, or a list where there are several or all count.
    pub parameters: serde_json::Map<String, serde_json::Value>,
    /// Names of parameters of which not every value certainly applies.
    pub unsettled: Vec<String>,
    /// Names of parameters that can have but one value and got several.
    pub conflicts: Vec<String>,
    /// Attributes nobody gave and that could change the outcome.
    pub missing: Vec<String>,
    /// Ids of rules that fired and were outranked.
    pub outranked: Vec<String>,
    /// Attributes left out for which a default stepped in.
    pub defaults: Vec<String>,
    /// Attributes on which the decision depends.
    pub depends_on: Vec<String>,
    /// In UTC, RFC 3339; null unless the kind is `until` or `horizon`.
    pub valid_until: Option<String>,
    /// `until`, `never`, `unknown` or `horizon`.
    pub valid_until_kind: &'static str,
}

impl DecisionRecord {
    pub(super) fn of(decision: &Decision<'_>, language: Option<&str>) -> Self {
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let valid_until = decision.valid_until();
        Self {
            entitlement: decision.entitlement_name().to_owned(),
            outcome: decision.outcome(),
            rules: decision.rules().iter().map(|fired| fired.rule.id.to_string()).collect(),
            because: owned(decision.because(language)),
            parameters: serde_json::Map::new(),
            unsettled: Vec::new(),
            conflicts: Vec::new(),
            missing: owned(decision.missing()),
            outranked: decision.outranked().iter().map(|fired| fired.rule.id.to_string()).collect(),
            defaults: owned(decision.defaults_applied()),
            depends_on: owned(decision.depends_on()),
            valid_until: valid_until.timestamp().map(|at| at.to_string()),
            valid_until_kind: valid_until.kind(),
        }
    }
}
