//! WK709, WK710: a rule that can apply no more, or does not yet. Asked only if the host says what time it is.

use super::super::undecided::Undecided;
use super::{Analysis, Finding, Times, codes, named, undecided};
use crate::compile::NodeId;
use crate::diagnostic::{Code, Severity};
use std::collections::BTreeMap;

pub(super) fn findings(analysis: &Analysis<'_>) -> Vec<Finding> {
    let Some(times) = analysis.times else { return Vec::new() };
    let policy = analysis.policy;
    let index = policy.index();
    let mut conditions: BTreeMap<usize, Vec<NodeId>> = BTreeMap::new();
    for &id in policy.entitlement_ids().flat_map(|id| index.effects(id.in_catalogue())) {
        let effect = index.effect(id);
        let of_rule = conditions.entry(effect.rule()).or_default();
        if !of_rule.contains(&effect.when) {
            of_rule.push(effect.when);
        }
    }
    let finding = |(rule, conditions): (usize, Vec<NodeId>)| match state(analysis, &conditions, times) {
        Ok(None) => None,
        Ok(Some(code)) if code == codes::EXPIRED => {
            let message = format!("{} can apply no more: its time is over", named(policy, rule));
            let finding = Finding::new(policy, code, Severity::Warning, (rule, message));
            Some(finding.help("remove it, or give it a later `until`"))
        }
        Ok(Some(code)) => {
            let message = format!("{} does not apply these days, but will", named(policy, rule));
            Some(Finding::new(policy, code, Severity::Note, (rule, message)))
        }
        Err(reason) => Some(undecided::finding(&named(policy, rule), &reason)),
    };
    conditions.into_iter().filter_map(finding).collect()
}

/// What is to be said of a rule with these conditions, of which one is met or the other.
fn state(analysis: &Analysis<'_>, conditions: &[NodeId], times: Times) -> Result<Option<Code>, Undecided> {
    let at = |time: Option<NodeId>| -> Result<bool, Undecided> {
        for &condition in conditions {
            if can_be_met(analysis, condition, time)? {
                return Ok(true);
            }
        }
        Ok(false)
    };
    // what is never met is said to be so
    if !at(None)? {
        return Ok(None);
    }
    if !at(Some(times.from_now))? {
        return Ok(Some(codes::EXPIRED));
    }
    Ok((!at(Some(times.these_days))?).then_some(codes::NOT_YET))
}

/// Whether a condition is met in some context, all that is read being known, at some time.
fn can_be_met(analysis: &Analysis<'_>, condition: NodeId, time: Option<NodeId>) -> Result<bool, Undecided> {
    let roots: Vec<NodeId> = [condition].into_iter().chain(time).collect();
    let mut space = analysis.space(&roots)?;
    let mut wanted = space.all_known();
    wanted.extend(roots.iter().map(|&root| space.signal(root).sure));
    space.can(&wanted)
}
