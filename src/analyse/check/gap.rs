//! WK707: a context in which no rule speaks of an entitlement that the catalogue wants to be covered.

use super::super::undecided::Undecided;
use super::super::witness::Witness;
use super::unit::{Unit, UnitReport};
use super::{Analysis, Finding, codes};
use crate::diagnostic::{Diagnostic, Severity};
use crate::eval::{EntitlementId, Outcome, Policy};

/// The key of the catalogue that asks for it.
const KEY: &str = "covered";

/// Whether the catalogue says that some rule is to speak of an entitlement in every context.
pub(super) fn is_asked(policy: &Policy, entitlement: EntitlementId) -> bool {
    let declared = policy.rule_set().catalogue.entitlement(entitlement.in_catalogue());
    declared.facts.get(KEY).is_some_and(|value| value == "true")
}

/// A context in which nothing is said, everything that is read being known.
pub(super) fn find(unit: &mut Unit<'_>) -> Result<Option<Witness>, Undecided> {
    let known = unit.known.clone();
    unit.votes.witness(&known, Outcome::NotGranted)
}

pub(super) fn findings(analysis: &Analysis<'_>, units: &[UnitReport]) -> Vec<Finding> {
    let policy = analysis.policy;
    let mut found = Vec::new();
    for unit in units {
        let Some(witness) = &unit.gap else { continue };
        for &entitlement in unit.entitlements.iter().filter(|&&entitlement| is_asked(policy, entitlement)) {
            let declared = policy.rule_set().catalogue.entitlement(entitlement.in_catalogue());
            let message = format!("no rule says whether `{}` is given here", declared.name);
            let diagnostic = match declared.span {
                Some(span) => Diagnostic::new(codes::GAP, Severity::Warning, span, message),
                None => continue,
            };
            let finding =
                Finding { diagnostic, rules: Vec::new(), entitlements: vec![declared.name.clone()], witness: None };
            found.push(finding.shown_by(Some(witness)).help("add a rule for such contexts, or drop `covered: true`"));
        }
    }
    found
}
