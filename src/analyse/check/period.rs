//! WK709, WK710: a rule that can apply no more, or does not yet. Asked only if the host says what time it is.

use super::{Analysis, Finding, codes, named};
use crate::compile::NodeId;
use crate::diagnostic::Severity;

pub(super) fn findings(analysis: &Analysis<'_>) -> Vec<Finding> {
    let Some(times) = analysis.times else { return Vec::new() };
    let policy = analysis.policy;
    let mut found = Vec::new();
    let mut told = rustc_hash::FxHashSet::default();
    for effect in policy.entitlement_ids().flat_map(|id| policy.index().effects(id.in_catalogue()).to_vec()) {
        let effect = policy.index().effect(effect);
        if !told.insert(effect.rule()) {
            continue;
        }
        let ever = fires(analysis, effect.when, None);
        if ever != Some(true) {
            continue;
        }
        if fires(analysis, effect.when, Some(times.from_now)) == Some(false) {
            let message = format!("{} can apply no more: its time is over", named(policy, effect.rule()));
            let finding = Finding::new(policy, codes::EXPIRED, Severity::Warning, (effect.rule(), message));
            found.push(finding.help("remove it, or give it a later `until`"));
        } else if fires(analysis, effect.when, Some(times.these_days)) == Some(false) {
            let message = format!("{} does not apply these days, but will", named(policy, effect.rule()));
            found.push(Finding::new(policy, codes::NOT_YET, Severity::Note, (effect.rule(), message)));
        }
    }
    found
}

/// Whether a condition is met in some context, all that is read being known, at some time. None: undecided.
fn fires(analysis: &Analysis<'_>, when: NodeId, time: Option<NodeId>) -> Option<bool> {
    let roots: Vec<NodeId> = [when].into_iter().chain(time).collect();
    let mut space = analysis.space(&roots).ok()?;
    let mut wanted = space.all_known();
    wanted.extend(roots.iter().map(|&root| space.signal(root).sure));
    space.can(&wanted).ok()
}
