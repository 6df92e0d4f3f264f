//! WK706: two values of a parameter that has but one, in one context.

use super::super::solver::Lit;
use super::super::undecided::{Reason, Undecided};
use super::super::votes::Vote;
use super::super::witness::Witness;
use super::unit::{Unit, UnitReport};
use super::{Analysis, Finding, codes, named};
use crate::diagnostic::Severity;
use crate::eval::{Outcome, Policy};
use crate::model::read::write;
use crate::model::{Combine, EffectKind, Rank, Setting, SettingValue, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Two rules that set one parameter to two values.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Conflict {
    rules: (usize, usize),
    parameter: String,
    values: (String, String),
    witness: Witness,
}

impl Conflict {
    pub(super) fn renumber(&mut self, number: &dyn Fn(usize) -> usize) {
        self.rules = (number(self.rules.0), number(self.rules.1));
    }
}

/// Rules of equal strength that set a parameter of one value to several, in a context in which both count.
pub(super) fn conflicts(unit: &mut Unit<'_>) -> Result<Vec<Conflict>, Undecided> {
    let policy = unit.votes.space.policy;
    // only what certainly applies is in conflict; what only may apply is handed over as unsettled
    let certain =
        |vote: &Vote| Vote { fires: unit.votes.space.signal(policy.index().effect(vote.effect).when).sure, ..*vote };
    let votes: Vec<Vote> = unit.votes.votes.iter().filter(|vote| !vote.is_trial).map(certain).collect();
    let mut settings: Vec<(Vote, Setting)> = Vec::new();
    for vote in votes {
        let indexed = policy.index().effect(vote.effect);
        let effect = &policy.rule_set().rules[indexed.rule()].effects[indexed.effect()];
        let single = |setting: &&Setting| {
            policy.rule_set().catalogue.parameters[setting.parameter.index()].combine == Combine::One
        };
        settings.extend(effect.parameters.iter().filter(single).map(|setting| (vote, setting.clone())));
    }
    let mut found: Vec<Conflict> = Vec::new();
    for (at, (one, mine)) in settings.iter().enumerate() {
        for (other, its) in &settings[at + 1..] {
            let (SettingValue::Constants(a), SettingValue::Constants(b)) = (&mine.value, &its.value) else { continue };
            let differ = mine.parameter == its.parameter && a.iter().any(|a| !b.iter().any(|b| is_same_value(a, b)));
            if !differ || strength(one) != strength(other) {
                continue;
            }
            let outcome = if one.kind == EffectKind::Offer { Outcome::Offered } else { Outcome::Allowed };
            // what a stronger rule sets is the value
            let stronger = settings
                .iter()
                .filter(|(vote, setting)| setting.parameter == mine.parameter && strength(vote) > strength(one));
            let wanted: Vec<Lit> = stronger.map(|(vote, _)| !vote.fires).chain([one.fires, other.fires]).collect();
            let Some(witness) = unit.votes.witness(&wanted, outcome)? else { continue };
            let parameter = &policy.rule_set().catalogue.parameters[mine.parameter.index()];
            let text = |values: &[Value]| {
                values.iter().map(|value| write(value, &policy.rule_set().catalogue, &parameter.ty)).collect::<Vec<_>>()
            };
            // the engine itself must see the conflict
            if !is_seen(policy, unit, &witness, &parameter.name) {
                return Err(Reason::NotReplayed.into());
            }
            found.push(Conflict {
                rules: (one.rule, other.rule),
                parameter: parameter.name.clone(),
                values: (text(a).join(", "), text(b).join(", ")),
                witness,
            });
        }
    }
    Ok(found)
}

/// By which a vote's value counts before others'.
fn strength(vote: &Vote) -> (bool, Option<Rank>) {
    (vote.kind == EffectKind::Require, vote.rank)
}

/// Whether two values are one to a host: names without regard to case.
fn is_same_value(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Name(a), Value::Name(b)) => a.folded == b.folded,
        (a, b) => a == b,
    }
}

fn is_seen(policy: &Policy, unit: &Unit<'_>, witness: &Witness, parameter: &str) -> bool {
    let Some(context) = witness.context(policy) else { return false };
    let decision = policy.decide(&context, unit.votes.entitlement);
    decision.parameters().get(parameter).is_some_and(|given| given.is_conflict)
}

pub(super) fn findings(analysis: &Analysis<'_>, units: &[UnitReport]) -> Vec<Finding> {
    let policy = analysis.policy;
    // what a catalogue declares is meant; without one it is only likely
    let severity = if policy.rule_set().catalogue.is_declared { Severity::Error } else { Severity::Warning };
    let mut told = BTreeSet::new();
    let mut found = Vec::new();
    for unit in units {
        for conflict in &unit.conflicts {
            if !told.insert((conflict.rules, conflict.parameter.clone())) {
                continue;
            }
            let (one, other) = conflict.rules;
            let (a, b) = (&conflict.values.0, &conflict.values.1);
            let name = &conflict.parameter;
            let message =
                format!("`{name}` is {a} by {}, {b} by {}, in one context", named(policy, one), named(policy, other));
            let mut finding = Finding::new(policy, codes::CONFLICT, severity, (one, message))
                .with(policy, other, "the other value")
                .help(format!("say which counts, or declare `{name}` with `combine: all`, `least` or `most`"))
                .shown_by(Some(&conflict.witness));
            finding.entitlements = unit.names(policy);
            found.push(finding);
        }
    }
    found
}
