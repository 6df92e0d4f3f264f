//! WK704: a rule that gives and one that denies, which meet: there is a context in which both apply.
//!
//! That is how exceptions are written, so it is a note, and asked only if the host wants to know: one for each rule that denies,
//! with all that it takes from.

use super::super::undecided::Undecided;
use super::super::votes::Vote;
use super::super::witness::Witness;
use super::unit::{Unit, UnitReport};
use super::{Analysis, Finding, codes, list, named};
use crate::diagnostic::Severity;
use crate::eval::Outcome;
use crate::model::{EffectKind, Rank};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A rule that denies, what it takes from, and a context in which it takes from the first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Meeting {
    denies: usize,
    gives: Vec<usize>,
    witness: Option<Witness>,
}

impl Meeting {
    pub(super) fn renumber(&mut self, number: &dyn Fn(usize) -> usize) {
        self.denies = number(self.denies);
        self.gives.iter_mut().for_each(|rule| *rule = number(*rule));
    }
}

/// The meetings of one rule that denies, in all units.
#[derive(Default)]
struct Met {
    gives: BTreeSet<usize>,
    witness: Option<Witness>,
    entitlements: Vec<String>,
}

/// Every rule that denies, with those of its tier that it meets.
pub(super) fn meetings(unit: &mut Unit<'_>) -> Result<Vec<Meeting>, Undecided> {
    let is_plain = |vote: &&Vote| !vote.is_trial;
    let votes: Vec<Vote> = unit.votes.votes.iter().filter(is_plain).copied().collect();
    let is_override = |vote: &Vote| matches!(vote.rank, Some(Rank::OverrideAllow | Rank::OverrideDeny));
    let denies: Vec<&Vote> = votes.iter().filter(|vote| vote.kind == EffectKind::Deny).collect();
    let gives = |vote: &&Vote| matches!(vote.kind, EffectKind::Allow | EffectKind::Offer);
    let gives: Vec<&Vote> = votes.iter().filter(gives).collect();
    let mut found = Vec::new();
    for deny in denies {
        let mut meeting = Meeting { denies: deny.rule, gives: Vec::new(), witness: None };
        for give in gives.iter().filter(|give| is_override(give) == is_override(deny)) {
            let mut wanted = unit.known.clone();
            wanted.extend([deny.fires, give.fires]);
            if !unit.votes.space.can(&wanted)? {
                continue;
            }
            if meeting.gives.is_empty() {
                meeting.witness = unit.votes.witness(&wanted, Outcome::Denied)?;
            }
            meeting.gives.push(give.rule);
        }
        if !meeting.gives.is_empty() {
            found.push(meeting);
        }
    }
    Ok(found)
}

pub(super) fn findings(analysis: &Analysis<'_>, units: &[UnitReport]) -> Vec<Finding> {
    let policy = analysis.policy;
    let mut met: BTreeMap<usize, Met> = BTreeMap::new();
    for unit in units {
        let names = unit.names(policy);
        for meeting in &unit.meetings {
            let met = met.entry(meeting.denies).or_default();
            met.gives.extend(&meeting.gives);
            met.entitlements.extend(names.iter().cloned());
            if met.witness.is_none() {
                met.witness.clone_from(&meeting.witness);
            }
        }
    }
    let finding = |(rule, met): (usize, Met)| {
        let gives = met.gives;
        let names: Vec<String> = gives.iter().map(|&other| named(policy, other)).collect();
        let message = format!("{} takes from what {} {}", named(policy, rule), list(&names), gives_word(&names));
        let mut finding = Finding::new(policy, codes::MEETS, Severity::Note, (rule, message));
        for &other in &gives {
            finding.rules.push(policy.rule_set().rules[other].id.clone());
        }
        finding.entitlements = met.entitlements;
        finding.shown_by(met.witness.as_ref())
    };
    met.into_iter().map(finding).collect()
}

fn gives_word(names: &[String]) -> &'static str {
    if names.len() == 1 { "gives" } else { "give" }
}
