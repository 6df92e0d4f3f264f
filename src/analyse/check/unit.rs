//! What is asked of entitlements that have the same effects.

use super::super::solver::Lit;
use super::super::undecided::Undecided;
use super::super::votes::{Vote, Votes};
use super::super::witness::Witness;
use super::super::{Analysis, Assuming};
use super::{conflict, gap, meets, never_matters};
use crate::compile::NodeId;
use crate::eval::{EntitlementId, Outcome, Policy};
use crate::model::EffectKind;
use serde::{Deserialize, Serialize};

/// What was found out about entitlements that have the same effects.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UnitReport {
    /// The entitlements, at least one.
    #[serde(skip)]
    pub(super) entitlements: Vec<EntitlementId>,
    pub(super) rules: Vec<RuleReport>,
    pub(super) meetings: Vec<meets::Meeting>,
    pub(super) conflicts: Vec<conflict::Conflict>,
    pub(super) gap: Option<Witness>,
    pub(super) undecided: Option<Undecided>,
}

impl UnitReport {
    /// The entitlements, by name.
    pub(super) fn names(&self, policy: &Policy) -> Vec<String> {
        self.entitlements.iter().map(|&id| policy.entitlement_name(id).to_owned()).collect()
    }
}

/// What was found out about one rule of a unit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct RuleReport {
    pub rule: usize,
    pub fires: Fires,
    pub matters: Matters,
    /// Whether its condition is met in every context in which everything is known.
    pub is_constant: bool,
    /// For one that denies: whether it ever takes something away.
    pub takes: bool,
    pub denies: bool,
    pub is_trial: bool,
}

impl RuleReport {
    /// Of a rule that was not looked at, so that nothing is concluded of it from other units alone.
    fn open(rule: usize) -> Self {
        let (fires, matters) = (Fires::Yes, Matters::Yes);
        Self { rule, fires, matters, is_constant: false, takes: true, denies: true, is_trial: false }
    }
}

/// Whether a rule fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Fires {
    Yes,
    /// Only where something is unknown.
    WhileUnknown,
    /// It would, but for what the catalogue assumes.
    NeverAsAssumed,
    Never,
}

/// Whether anything would be different without a rule; if not, because of which others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Matters {
    Yes,
    /// Only where something is unknown.
    WhileUnknown(Vec<usize>),
    Never(Vec<usize>),
}

/// A unit while it is looked at.
pub(super) struct Unit<'p> {
    pub votes: Votes<'p>,
    /// Everything that is read is known.
    pub known: Vec<Lit>,
}

impl Unit<'_> {
    /// Votes that count, of one rule.
    pub fn of_rule(&self, rule: usize) -> Vec<Vote> {
        self.votes.votes.iter().filter(|vote| vote.rule == rule).copied().collect()
    }

    /// Whether these can hold together in a context in which everything that is read is known.
    pub fn can_in_the_known(&mut self, wanted: &[Lit]) -> Result<bool, Undecided> {
        self.votes.space.can(&[&self.known, wanted].concat())
    }

    /// The rules, in the order of their number.
    fn rules(&self) -> Vec<usize> {
        let mut rules: Vec<usize> = self.votes.votes.iter().map(|vote| vote.rule).collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    }
}

/// Looks at one unit.
pub(super) fn report(analysis: &Analysis<'_>, at: usize) -> UnitReport {
    let members = analysis.policy.index().sharing(at);
    let entitlements: Vec<EntitlementId> = members.iter().map(|&id| analysis.policy.numbered(id)).collect();
    let mut report = UnitReport {
        entitlements,
        rules: Vec::new(),
        meetings: Vec::new(),
        conflicts: Vec::new(),
        gap: None,
        undecided: None,
    };
    if let Some(&first) = report.entitlements.first()
        && let Err(undecided) = look(analysis, first, &mut report)
    {
        report.undecided = Some(undecided);
        let effects = analysis.policy.index().effects(first.in_catalogue());
        for rule in effects.iter().map(|&id| analysis.policy.index().effect(id).rule()) {
            if report.rules.iter().all(|known| known.rule != rule) {
                report.rules.push(RuleReport::open(rule));
            }
        }
    }
    report
}

fn look(analysis: &Analysis<'_>, entitlement: EntitlementId, report: &mut UnitReport) -> Result<(), Undecided> {
    let mut votes = analysis.votes(entitlement, &[])?;
    let known = votes.space.all_known();
    let mut unit = Unit { votes, known };
    for rule in unit.rules() {
        report.rules.push(look_at(analysis, &mut unit, rule)?);
    }
    if analysis.lists_overlaps {
        report.meetings = meets::meetings(&mut unit)?;
    }
    report.conflicts = conflict::conflicts(&mut unit)?;
    if report.entitlements.iter().any(|&entitlement| gap::is_asked(analysis.policy, entitlement)) {
        report.gap = gap::find(&mut unit)?;
    }
    Ok(())
}

fn look_at(analysis: &Analysis<'_>, unit: &mut Unit<'_>, rule: usize) -> Result<RuleReport, Undecided> {
    let votes = unit.of_rule(rule);
    let fires: Vec<Lit> = votes.iter().map(|vote| vote.fires).collect();
    let fires = unit.votes.space.solver.any(fires);
    let is_trial = votes.iter().all(|vote| vote.is_trial);
    let denies = votes.iter().any(|vote| vote.kind == EffectKind::Deny && !vote.is_trial);
    let mut report = RuleReport {
        rule,
        fires: Fires::Yes,
        matters: Matters::Yes,
        is_constant: false,
        takes: true,
        denies,
        is_trial,
    };
    if !unit.can_in_the_known(&[fires])? {
        report.fires = if unit.votes.space.can(&[fires])? {
            Fires::WhileUnknown
        } else if fires_without_assumptions(analysis, &votes)? {
            Fires::NeverAsAssumed
        } else {
            Fires::Never
        };
        return Ok(report);
    }
    // certain of what gives, possible of what restricts: in the known both are the same
    report.is_constant = !unit.can_in_the_known(&[!fires])?;
    if is_trial {
        return Ok(report);
    }
    report.matters = never_matters::matters(unit, rule)?;
    // where nothing is given at all, a deny stands for rules that are elsewhere, or are to come
    let gives = |vote: &Vote| matches!(vote.kind, EffectKind::Allow | EffectKind::Offer) && !vote.is_trial;
    if denies && report.matters == Matters::Yes && unit.votes.votes.iter().any(gives) {
        let without = unit.votes.tally(|vote| vote.rule != rule);
        let nothing = unit.votes.comes_to(&without, Outcome::NotGranted);
        let denied = unit.votes.comes_to(&without, Outcome::Denied);
        report.takes = unit.votes.space.can(&[fires, !nothing, !denied])?;
    }
    Ok(report)
}

/// Whether some vote fires in a context that contradicts what the catalogue assumes.
fn fires_without_assumptions(analysis: &Analysis<'_>, votes: &[Vote]) -> Result<bool, Undecided> {
    for vote in votes {
        let effect = analysis.policy.index().effect(vote.effect);
        let roots: [NodeId; 1] = [effect.when];
        let mut space = analysis.space_assuming(&roots, Assuming::Nothing)?;
        let signal = space.signal(effect.when);
        let mut wanted = space.all_known();
        wanted.push(if effect.restricts { signal.may } else { signal.sure });
        if space.can(&wanted)? {
            return Ok(true);
        }
    }
    Ok(false)
}
