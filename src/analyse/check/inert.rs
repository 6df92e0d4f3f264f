//! WK705: a deny of what nobody is given: the outcome is `denied` instead of `not granted`, and nobody gets less.

use super::unit::{Fires, Matters, UnitReport};
use super::{Analysis, Finding, codes, named};
use crate::diagnostic::Severity;
use std::collections::BTreeMap;

pub(super) fn findings(analysis: &Analysis<'_>, units: &[UnitReport]) -> Vec<Finding> {
    let policy = analysis.policy;
    // whether it takes something away somewhere, and whether nothing else is said of it anywhere
    let mut rules: BTreeMap<usize, (bool, bool)> = BTreeMap::new();
    for report in units.iter().flat_map(|unit| &unit.rules).filter(|report| report.denies) {
        // what never matters or never applies is said to do so
        let is_told = report.matters != Matters::Yes || report.fires != Fires::Yes;
        let (takes, all_told) = rules.entry(report.rule).or_insert((false, true));
        *takes |= report.takes && !is_told;
        *all_told &= is_told;
    }
    let rules = rules.into_iter().filter(|(_, (takes, all_told))| !takes && !all_told).map(|(rule, _)| rule);
    let finding = |rule| {
        let message = format!("{} denies only what no rule gives at the time", named(policy, rule));
        Finding::new(policy, codes::INERT_DENY, Severity::Note, (rule, message))
            .help("nobody gets less by it; keep it if it is there for rules to come, or to be seen in explanations")
    };
    rules.map(finding).collect()
}
