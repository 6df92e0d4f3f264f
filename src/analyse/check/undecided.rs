//! WK799: a question that was not answered within its limits. Never silent: what was not looked at is not known to be well.

use super::unit::UnitReport;
use super::{Analysis, Finding, codes, list};
use crate::diagnostic::{Diagnostic, Severity};

pub(super) fn findings(analysis: &Analysis<'_>, units: &[UnitReport]) -> Vec<Finding> {
    let mut found = Vec::new();
    for unit in units {
        let Some(undecided) = &unit.undecided else { continue };
        let names = unit.entitlements.iter().map(|&id| analysis.policy.entitlement_name(id).to_owned());
        let entitlements: Vec<String> = names.collect();
        let quoted: Vec<String> = entitlements.iter().map(|name| format!("`{name}`")).collect();
        let diagnostic = Diagnostic {
            code: codes::UNDECIDED,
            severity: Severity::Warning,
            message: format!("not everything was found out about {}: {undecided}", list(&quoted)),
            labels: Vec::new(),
            help: vec!["allow more steps, or write the rules of this entitlement in a simpler way".to_owned()],
            fix: None,
        };
        found.push(Finding { diagnostic, rules: Vec::new(), entitlements, witness: None });
    }
    found
}
