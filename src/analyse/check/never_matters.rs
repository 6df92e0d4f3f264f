//! WK702: a rule without which every outcome, and every parameter that is given, is the same.
//!
//! Not compared with one other rule at a time: several together may leave it nothing to decide. Who does is found by leaving out
//! of the others whichever can be spared.

use super::super::solver::Lit;
use super::super::space::Signal;
use super::super::undecided::Undecided;
use super::super::votes::Vote;
use super::unit::{Fires, Matters, Unit, UnitReport};
use super::{Analysis, Finding, codes, list, named};
use crate::diagnostic::Severity;
use crate::eval::{EntitlementId, Outcome, Policy};
use crate::model::{Effect, Rank, Rule};
use crate::source::{SourceId, Sources, Span};
use crate::syntax::remarks::{About, rule_remarks};
use std::collections::{BTreeMap, BTreeSet};

/// Whether anything would be different without a rule.
pub(super) fn matters(unit: &mut Unit<'_>, rule: usize) -> Result<Matters, Undecided> {
    let differences = differences(unit, rule, |other| other != rule);
    let known = unit.known.clone();
    if asks(unit, &differences, &known)? {
        return Ok(Matters::Yes);
    }
    if asks(unit, &differences, &[])? {
        return Ok(Matters::WhileUnknown(blame(unit, rule, &known)?));
    }
    Ok(Matters::Never(blame(unit, rule, &[])?))
}

/// What holds where a rule makes a difference beside some others: another outcome, or a parameter of its own.
fn differences(unit: &mut Unit<'_>, rule: usize, others: impl Fn(usize) -> bool) -> Vec<Lit> {
    let votes = &mut unit.votes;
    let with = votes.tally(|vote| vote.rule == rule || others(vote.rule));
    let without = votes.tally(|vote| others(vote.rule) && vote.rule != rule);
    let mut found = vec![!votes.agree(&with, &without)];
    let all: Vec<Vote> = votes.votes.iter().filter(|vote| !vote.is_trial).copied().collect();
    let denied = votes.comes_to(&with, Outcome::Denied);
    let nothing = votes.comes_to(&with, Outcome::NotGranted);
    for vote in all.iter().filter(|vote| vote.rule == rule) {
        let settings = effect(unit, vote).parameters.clone();
        for setting in &settings {
            let says_so = |other: &&Vote| {
                let same_strength = other.kind == vote.kind && other.rank == vote.rank;
                other.rule != rule
                    && others(other.rule)
                    && same_strength
                    && effect(unit, other).parameters.contains(setting)
            };
            let elsewhere: Vec<Signal> = all.iter().filter(says_so).map(|other| signal(unit, other)).collect();
            let elsewhere = unit.votes.space.any(&elsewhere);
            let mine = signal(unit, vote);
            // a value that may apply is given, and whether it certainly does is said
            let solver = &mut unit.votes.space.solver;
            found.push(solver.all([mine.may, !elsewhere.may, !denied, !nothing]));
            found.push(solver.all([mine.sure, !elsewhere.sure, !denied, !nothing]));
        }
    }
    found
}

fn signal(unit: &Unit<'_>, vote: &Vote) -> Signal {
    unit.votes.space.signal(unit.votes.space.policy.index().effect(vote.effect).when)
}

fn effect<'u>(unit: &'u Unit<'_>, vote: &Vote) -> &'u Effect {
    let indexed = unit.votes.space.policy.index().effect(vote.effect);
    &unit.votes.space.policy.rule_set().rules[indexed.rule()].effects[indexed.effect()]
}

fn asks(unit: &mut Unit<'_>, differences: &[Lit], more: &[Lit]) -> Result<bool, Undecided> {
    for &difference in differences {
        let wanted: Vec<Lit> = more.iter().copied().chain([difference]).collect();
        if unit.votes.space.can(&wanted)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The fewest other rules, none of which can be spared, beside which a rule makes no difference.
fn blame(unit: &mut Unit<'_>, rule: usize, more: &[Lit]) -> Result<Vec<usize>, Undecided> {
    let mut left: BTreeSet<usize> = match suspects(unit, rule, more)? {
        Some(suspects) => suspects,
        None => unit.votes.votes.iter().filter(|vote| !vote.is_trial).map(|vote| vote.rule).collect(),
    };
    left.remove(&rule);
    for other in left.clone() {
        left.remove(&other);
        let differences = differences(unit, rule, |rule| left.contains(&rule));
        if asks(unit, &differences, more)? {
            left.insert(other);
        }
    }
    // the strongest first
    let strength = |rule: &usize| unit.of_rule(*rule).iter().map(|vote| vote.rank).max().flatten();
    let mut found: Vec<usize> = left.into_iter().collect();
    found.sort_by_key(|rule| (std::cmp::Reverse(strength(rule)), *rule));
    Ok(found)
}

/// Rules at least as strong, some of which fires wherever this one does; none if there are no such rules.
fn suspects(unit: &mut Unit<'_>, rule: usize, more: &[Lit]) -> Result<Option<BTreeSet<usize>>, Undecided> {
    let own = unit.of_rule(rule);
    let [vote] = own.as_slice() else { return Ok(None) };
    let stronger =
        |other: &&Vote| other.rule != rule && !other.is_trial && other.rank.is_some() && other.rank >= vote.rank;
    let others: Vec<Vote> = unit.votes.votes.iter().filter(stronger).copied().collect();
    let wanted: Vec<Lit> =
        more.iter().copied().chain([vote.fires]).chain(others.iter().map(|other| !other.fires)).collect();
    if unit.votes.space.can(&wanted)? {
        return Ok(None);
    }
    let clash = unit.votes.space.solver.clash();
    Ok(Some(others.iter().filter(|other| clash.contains(&!other.fires)).map(|other| other.rule).collect()))
}

pub(super) fn findings(analysis: &Analysis<'_>, units: &[UnitReport]) -> Vec<Finding> {
    let policy = analysis.policy;
    let mut rules: BTreeMap<usize, Told> = BTreeMap::new();
    for report in units.iter().flat_map(|unit| &unit.rules).filter(|report| !report.is_trial) {
        let told = rules.entry(report.rule).or_default();
        match &report.matters {
            Matters::Yes => told.matters = true,
            Matters::WhileUnknown(others) => {
                told.matters_while_unknown = true;
                told.blame.extend(others);
            }
            Matters::Never(others) => told.blame.extend(others),
        }
        // what never applies is said to do so
        told.matters |= report.fires != Fires::Yes;
    }
    // what was not looked at in one place may matter there
    for unit in units.iter().filter(|unit| unit.undecided.is_some()) {
        let effects = unit.entitlements.first().map(|id| policy.index().effects(id.in_catalogue())).unwrap_or_default();
        effects.iter().for_each(|&id| rules.entry(policy.index().effect(id).rule()).or_default().matters = true);
    }
    rules.retain(|_, told| !told.matters);
    let spared = rules.iter().filter(|(_, told)| !told.matters_while_unknown).map(|(rule, _)| *rule);
    let removable = removable(analysis, units, &spared.collect());
    let cutter = Cutter::new(policy);
    let finding = |(rule, told): (usize, Told)| {
        let finding = finding(policy, rule, &told);
        match () {
            () if told.matters_while_unknown => {
                finding.help("it is needed where values are missing: do not remove it for this finding")
            }
            () if removable.contains(&rule) => cutter.remove(finding, &policy.rule_set().rules[rule]),
            () => finding.help("it can be removed only while the others of this kind that it repeats stay"),
        }
    };
    rules.into_iter().map(finding).collect()
}

/// What all units say of a rule.
#[derive(Default)]
struct Told {
    /// Somewhere something would be different without it, everything being known.
    matters: bool,
    /// Somewhere something would be different, but only where something is unknown.
    matters_while_unknown: bool,
    /// Because of which others it does not.
    blame: BTreeSet<usize>,
}

fn finding(policy: &Policy, rule: usize, told: &Told) -> Finding {
    let never = !told.matters_while_unknown;
    let names: Vec<String> = told.blame.iter().map(|&other| named(policy, other)).collect();
    let because = match names.len() {
        0 => "without it every outcome is the same".to_owned(),
        1 => format!("{} decides wherever it applies, or comes to the same", names[0]),
        _ => format!("{} together leave it nothing to decide", list(&names)),
    };
    let what = if never { "never changes an outcome" } else { "changes an outcome only where something is unknown" };
    let message = format!("{} {what}: {because}", named(policy, rule));
    let severity = if never { Severity::Warning } else { Severity::Note };
    let mut finding = Finding::new(policy, codes::NEVER_MATTERS, severity, (rule, message));
    for &other in told.blame.iter().take(4) {
        finding = finding.with(policy, other, kind_of(policy, rule, other));
    }
    finding
}

/// Takes rules out of their files, with what speaks to `check` about them: left behind, that would be about the next rule.
struct Cutter<'p> {
    sources: &'p Sources,
    /// By file and first byte of a rule.
    remarks: BTreeMap<(SourceId, u32), Vec<Span>>,
}

impl<'p> Cutter<'p> {
    fn new(policy: &'p Policy) -> Self {
        let mut remarks: BTreeMap<(SourceId, u32), Vec<Span>> = BTreeMap::new();
        for (id, source) in policy.sources().iter().filter(|(_, source)| source.is_rules()) {
            for remark in rule_remarks(id, source.text()) {
                // what stands within the rule goes with it
                if let About::Stretch(rule) = remark.about
                    && remark.span.start < rule.start
                {
                    remarks.entry((id, rule.start)).or_default().push(remark.whole);
                }
            }
        }
        Self { sources: policy.sources(), remarks }
    }

    /// Says that a rule can be removed, and how.
    fn remove(&self, mut finding: Finding, rule: &Rule) -> Finding {
        let [span] = rule.spans.as_slice() else {
            return finding.help("it can be removed, from all places where it stands");
        };
        let mut diagnostic = finding.diagnostic;
        let lines = self.with_its_line(*span);
        let remarks = self.remarks.get(&(span.source, span.start)).into_iter().flatten();
        for cut in remarks.copied().chain([lines]) {
            // its text for the person would be said no more: that is for its author to decide
            diagnostic = if rule.because.is_empty() { diagnostic.mend(cut, "") } else { diagnostic.replace(cut, "") };
        }
        finding.diagnostic = diagnostic;
        if rule.because.is_empty() {
            return finding.help("it can be removed");
        }
        finding.help("it can be removed, if what it says to the person need not be said")
    }

    /// A rule with the comment behind it, and its last line break.
    fn with_its_line(&self, span: Span) -> Span {
        let rest = self.sources.get(span.source).and_then(|source| source.text().get(span.end as usize..));
        let rest = rest.unwrap_or_default();
        let length = rest.find('\n').map_or(rest.len(), |end| end + 1);
        Span::new(span.source, span.start as usize, span.end as usize + length)
    }
}

/// What another rule has to do with it.
fn kind_of(policy: &Policy, rule: usize, other: usize) -> &'static str {
    let strongest = |rule: usize| policy.rule_set().rules[rule].effects.iter().filter_map(Effect::rank).max();
    match (strongest(rule), strongest(other)) {
        (Some(mine), Some(its)) if mine == its => "decides the same",
        (_, Some(Rank::Deny | Rank::OverrideDeny)) => "denies before it",
        _ => "decides before it",
    }
}

/// Of rules that can each be removed, as many as can be removed together.
fn removable(analysis: &Analysis<'_>, units: &[UnitReport], spared: &BTreeSet<usize>) -> BTreeSet<usize> {
    let mut removed = spared.clone();
    if removed.len() == analysis.policy.rule_set().rules.len() {
        // a policy of no rules is refused
        removed.pop_first();
    }
    for unit in units {
        let here: Vec<usize> =
            unit.rules.iter().map(|report| report.rule).filter(|rule| removed.contains(rule)).collect();
        if here.len() < 2 {
            continue;
        }
        // in each unit they are removed one after another; what is needed in one unit stays everywhere
        let kept = unit.entitlements.first().and_then(|&entitlement| kept(analysis, entitlement, &here).ok());
        for rule in kept.unwrap_or(here) {
            removed.remove(&rule);
        }
    }
    let is_sound = |unit: &UnitReport| {
        unit.entitlements.first().is_some_and(|&first| is_same_without(analysis, first, &removed).unwrap_or(false))
    };
    let is_touched = |unit: &&UnitReport| unit.rules.iter().any(|report| removed.contains(&report.rule));
    if units.iter().filter(is_touched).all(is_sound) { removed } else { BTreeSet::new() }
}

/// Whether every outcome of a unit is the same without some rules.
fn is_same_without(
    analysis: &Analysis<'_>,
    entitlement: EntitlementId,
    rules: &BTreeSet<usize>,
) -> Result<bool, Undecided> {
    let mut votes = analysis.votes(entitlement, &[])?;
    let (with, without) = (votes.tally(|_| true), votes.tally(|vote| !rules.contains(&vote.rule)));
    let agree = votes.agree(&with, &without);
    Ok(!votes.space.can(&[!agree])?)
}

/// Of rules that can each be removed from a unit, those that must stay if the others are.
fn kept(analysis: &Analysis<'_>, entitlement: EntitlementId, rules: &[usize]) -> Result<Vec<usize>, Undecided> {
    let mut unit = Unit { votes: analysis.votes(entitlement, &[])?, known: Vec::new() };
    let mut gone: BTreeSet<usize> = BTreeSet::new();
    let mut kept = Vec::new();
    // the last written goes first
    for &rule in rules.iter().rev() {
        let differences = differences(&mut unit, rule, |other| !gone.contains(&other));
        if asks(&mut unit, &differences, &[])? {
            kept.push(rule);
        } else {
            gone.insert(rule);
        }
    }
    Ok(kept)
}
