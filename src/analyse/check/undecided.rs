//! WK799: a question that was not answered within its limits. Never silent: what was not looked at is not known to be well.

use super::super::undecided::Undecided;
use super::unit::UnitReport;
use super::{Analysis, Finding, codes, list};
use crate::diagnostic::{Diagnostic, Severity};

pub(super) fn findings(analysis: &Analysis<'_>, units: &[UnitReport]) -> Vec<Finding> {
    let of_unit = |unit: &UnitReport| {
        let undecided = unit.undecided.as_ref()?;
        let entitlements = unit.names(analysis.policy);
        let quoted: Vec<String> = entitlements.iter().map(|name| format!("`{name}`")).collect();
        Some(Finding { entitlements, ..finding(&list(&quoted), undecided) })
    };
    units.iter().filter_map(of_unit).collect()
}

/// Not everything was found out about something.
pub(super) fn finding(about: &str, undecided: &Undecided) -> Finding {
    let help = if undecided.is_internal() {
        "report it, with the policy: this should never happen"
    } else {
        "allow more steps, or write the rules in a simpler way"
    };
    let diagnostic = Diagnostic {
        code: codes::UNDECIDED,
        severity: Severity::Warning,
        message: format!("not everything was found out about {about}: {undecided}"),
        labels: Vec::new(),
        help: vec![help.to_owned()],
        fix: None,
    };
    Finding { diagnostic, rules: Vec::new(), entitlements: Vec::new(), witness: None }
}
