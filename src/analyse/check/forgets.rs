//! WK708: a broad deny without the exception that other broad denies make.
//!
//! `deny all where phi unless emergency`, time and again, and then one without: the emergency accounts are shut out by the one rule
//! whose author did not think of them.

use super::super::undecided::Undecided;
use super::super::witness::Witness;
use super::{Analysis, Finding, codes, named, undecided};
use crate::compile::{Node, NodeId};
use crate::diagnostic::Severity;
use crate::eval::Outcome;
use crate::model::{EffectKind, EntitlementId, Rule};
use std::collections::BTreeMap;

/// Targets from which on a deny is a broad one.
const BROAD: usize = 5;
/// Denies that make an exception, at least, for it to be one that is expected.
const USUAL: usize = 2;

/// A broad deny of the plain tier.
struct Broad {
    rule: usize,
    /// What lifts it.
    spares: Vec<NodeId>,
    target: EntitlementId,
    when: NodeId,
}

pub(super) fn findings(analysis: &Analysis<'_>) -> Vec<Finding> {
    let policy = analysis.policy;
    let broad: Vec<Broad> = broad(analysis);
    let mut usual: BTreeMap<NodeId, Vec<usize>> = BTreeMap::new();
    for deny in &broad {
        deny.spares.iter().for_each(|&spared| usual.entry(spared).or_default().push(deny.rule));
    }
    let mut found = Vec::new();
    for (spared, makers) in usual {
        // most broad denies make it
        if makers.len() < USUAL || makers.len() * 2 <= broad.len() {
            continue;
        }
        for deny in broad.iter().filter(|deny| !makers.contains(&deny.rule)) {
            let witness = match shuts_out(analysis, deny, spared) {
                Ok(Some(witness)) => witness,
                Ok(None) => continue,
                Err(reason) => {
                    found.push(undecided::finding(&named(policy, deny.rule), &reason));
                    continue;
                }
            };
            let message = format!("{} makes no exception where other broad denies do", named(policy, deny.rule));
            let finding = Finding::new(policy, codes::FORGETS, Severity::Warning, (deny.rule, message))
                .with(policy, makers[0], "this makes it, for one")
                .help("add the same `unless`, or say why not in `because`")
                .shown_by(Some(&witness));
            found.push(finding);
        }
    }
    found
}

fn broad(analysis: &Analysis<'_>) -> Vec<Broad> {
    let policy = analysis.policy;
    let index = policy.index();
    let mut found: BTreeMap<usize, Broad> = BTreeMap::new();
    let is_broad = |rule: &Rule, effect: usize| {
        let effect = &rule.effects[effect];
        effect.kind == EffectKind::Deny && !effect.is_override && effect.targets.len() >= BROAD
    };
    for entitlement in policy.entitlement_ids() {
        for &id in index.effects(entitlement.in_catalogue()) {
            let effect = index.effect(id);
            let rule = &policy.rule_set().rules[effect.rule()];
            if effect.is_trial || found.contains_key(&effect.rule()) || !is_broad(rule, effect.effect()) {
                continue;
            }
            // `C unless U` is `C and not (U)`
            let parts = match index.pool().node(effect.when) {
                Node::And(parts) => parts.to_vec(),
                _ => vec![effect.when],
            };
            let spared = |&part: &NodeId| match index.pool().node(part) {
                Node::Not(inner) => Some(*inner),
                _ => None,
            };
            let spares = parts.iter().filter_map(spared).collect();
            let target = entitlement.in_catalogue();
            found.insert(effect.rule(), Broad { rule: effect.rule(), spares, target, when: effect.when });
        }
    }
    found.into_values().collect()
}

/// A context in which a deny applies to those whom others spare.
fn shuts_out(analysis: &Analysis<'_>, deny: &Broad, spared: NodeId) -> Result<Option<Witness>, Undecided> {
    let entitlement = analysis.policy.numbered(deny.target);
    let mut votes = analysis.votes(entitlement, &[spared])?;
    let (fires, is_spared) = (votes.space.signal(deny.when).sure, votes.space.signal(spared).sure);
    let mut wanted = votes.space.all_known();
    wanted.extend([fires, is_spared]);
    votes.witness(&wanted, Outcome::Denied)
}
