//! WK701: a rule whose condition is met in no context.

use super::unit::{Fires, UnitReport};
use super::{Analysis, Finding, codes, named};
use crate::diagnostic::Severity;
use std::collections::BTreeMap;

pub(super) fn findings(analysis: &Analysis<'_>, units: &[UnitReport]) -> Vec<Finding> {
    let policy = analysis.policy;
    let mut rules: BTreeMap<usize, Vec<Fires>> = BTreeMap::new();
    for report in units.iter().flat_map(|unit| &unit.rules) {
        rules.entry(report.rule).or_default().push(report.fires);
    }
    let finding = |(rule, fires): (usize, Vec<Fires>)| {
        let (severity, message, help) = if fires.contains(&Fires::Yes) {
            return None;
        } else if fires.contains(&Fires::WhileUnknown) {
            let message = format!("{} applies only where something is unknown", named(policy, rule));
            (Severity::Warning, message, "no values meet its condition: look for two tests that exclude each other")
        } else if fires.contains(&Fires::NeverAsAssumed) {
            let message = format!("{} never applies, since the catalogue assumes otherwise", named(policy, rule));
            (Severity::Warning, message, "remove the rule, or the assumption that rules it out")
        } else {
            let message = format!("{} never applies", named(policy, rule));
            (Severity::Warning, message, "no context meets its condition: look for two tests that exclude each other")
        };
        Some(Finding::new(policy, codes::NEVER_FIRES, severity, (rule, message)).help(help))
    };
    rules.into_iter().filter_map(finding).collect()
}
