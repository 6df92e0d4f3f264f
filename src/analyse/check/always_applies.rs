//! WK703: a condition that is met whatever the values are, and yet is not `always`.

use super::unit::UnitReport;
use super::{Analysis, Finding, codes, named};
use crate::diagnostic::Severity;
use crate::model::ConditionKind;
use std::collections::BTreeMap;

pub(super) fn findings(analysis: &Analysis<'_>, units: &[UnitReport]) -> Vec<Finding> {
    let policy = analysis.policy;
    let mut constant: BTreeMap<usize, bool> = BTreeMap::new();
    for report in units.iter().flat_map(|unit| &unit.rules) {
        *constant.entry(report.rule).or_insert(true) &= report.is_constant;
    }
    let is_written =
        |rule: &usize| !matches!(policy.rule_set().rules[*rule].condition.kind, ConditionKind::Constant(true));
    let rules = constant.into_iter().filter(|(_, is_constant)| *is_constant).map(|(rule, _)| rule);
    let finding = |rule| {
        let message = format!("{} applies whatever the values are", named(policy, rule));
        Finding::new(policy, codes::ALWAYS_APPLIES, Severity::Warning, (rule, message)).help(
            "if that is meant, write `always`: as it stands it does not apply where something is unknown, or does",
        )
    };
    rules.filter(is_written).map(finding).collect()
}
