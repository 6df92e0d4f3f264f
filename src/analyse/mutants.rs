//! Small changes to rules that tests should notice.
//!
//! The one idea: of a change that no test notices, the comparison of both versions says whether anybody could: either they are the
//! same in every context, which is proved, or a context shows the difference, and that context is the test that is missing.

use super::diff::PolicyDiff;
use super::parts::{parts, with, written_out};
use super::prove::Shown;
use super::undecided::{Reason, Undecided};
use super::witness::Witness;
use crate::eval::{Error, Policy};
use crate::model::{Condition, ConditionKind, EffectKind, Range, Rule, RuleSet, Test};
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A rule that was changed a little.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// Which rule, by id.
    pub rule: Arc<str>,
    /// What was done: `role = Nurse is dropped`.
    pub change: String,
    /// Its position, and what stands there instead; none: nothing.
    at: usize,
    instead: Option<Rule>,
}

/// What became of a mutant.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "fate", rename_all = "snake_case")]
pub enum Fate {
    /// A test notices it.
    Killed,
    /// Nobody could: no outcome is different in any context.
    Equivalent,
    /// No test notices it, though somebody could: this test is missing.
    Survived {
        /// The context.
        context: Witness,
        /// What comes out by the policy as it is.
        expected: Shown,
    },
    /// It was not found out within the steps allowed.
    Undecided {
        /// Why.
        reason: String,
    },
}

/// Every small change to the rules of a policy: a rule is dropped, gives for denies or denies for gives, joins or leaves the
/// `override` tier; a test is turned round or dropped, `and` becomes `or`, the edge of a range moves to the other side, a place no
/// longer stands for what lies within. Rules that only require, and rules on trial, change no outcome and are left out.
pub fn mutants(policy: &Policy) -> Vec<Mutant> {
    let rules = policy.rule_set();
    let mut found = Vec::new();
    for (at, rule) in rules.rules.iter().enumerate() {
        let decides = rule.effects.iter().any(|effect| effect.kind != EffectKind::Require);
        if rule.is_disabled || rule.is_trial || !decides {
            continue;
        }
        let mut add = |change: String, instead: Option<Rule>| {
            found.push(Mutant { rule: rule.id.clone(), change, at, instead });
        };
        add("the rule is dropped".to_owned(), None);
        of_effects(rule, &mut add);
        of_condition(rules, rule, &mut add);
    }
    found
}

fn of_effects(rule: &Rule, add: &mut impl FnMut(String, Option<Rule>)) {
    let changed = |change: &dyn Fn(&mut crate::model::Effect)| {
        let mut rule = rule.clone();
        rule.effects.iter_mut().for_each(change);
        // what denies sets nothing
        for effect in rule.effects.iter_mut().filter(|effect| effect.kind == EffectKind::Deny) {
            effect.parameters = Vec::new();
        }
        Some(rule)
    };
    let has = |wanted: &[EffectKind]| rule.effects.iter().any(|effect| wanted.contains(&effect.kind));
    let becomes = |from: &'static [EffectKind], to: EffectKind| {
        changed(&move |effect| {
            if from.contains(&effect.kind) {
                effect.kind = to;
            }
        })
    };
    if has(&[EffectKind::Allow, EffectKind::Offer]) {
        add("it denies instead".to_owned(), becomes(&[EffectKind::Allow, EffectKind::Offer], EffectKind::Deny));
    }
    if has(&[EffectKind::Offer]) {
        add("it allows instead of offering".to_owned(), becomes(&[EffectKind::Offer], EffectKind::Allow));
    }
    if has(&[EffectKind::Deny]) {
        add("it allows instead".to_owned(), becomes(&[EffectKind::Deny], EffectKind::Allow));
    }
    if has(&[EffectKind::Allow, EffectKind::Deny]) {
        let change =
            if rule.effects.iter().any(|effect| effect.is_override) { "`override` is dropped" } else { "it overrides" };
        let turned = changed(&|effect| {
            if matches!(effect.kind, EffectKind::Allow | EffectKind::Deny) {
                effect.is_override = !effect.is_override;
            }
        });
        add(change.to_owned(), turned);
    }
}

fn of_condition(rules: &RuleSet, rule: &Rule, add: &mut impl FnMut(String, Option<Rule>)) {
    let condition = written_out(&rule.condition, &rules.lets);
    let text = |part: &Condition| {
        let text = part.span.map_or("a part of the condition", |span| rules.sources.slice(span));
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let mut put = |way: &[usize], part: Condition, change: String| {
        add(change, Some(Rule { condition: with(&condition, way, part), ..rule.clone() }));
    };
    let constant = |value| Condition::new(ConditionKind::Constant(value));
    for (way, part) in parts(&condition) {
        match &part.kind {
            ConditionKind::And(inner) | ConditionKind::Or(inner) => {
                let is_and = matches!(part.kind, ConditionKind::And(_));
                // what falls out of an `and` holds, what falls out of an `or` does not
                for (at, each) in inner.iter().enumerate() {
                    let way = [way.as_slice(), &[at]].concat();
                    put(&way, constant(is_and), format!("`{}` is dropped", text(each)));
                }
                let kind = if is_and { ConditionKind::Or } else { ConditionKind::And };
                let words = if is_and { "`or` for `and`" } else { "`and` for `or`" };
                put(&way, Condition::new(kind(inner.clone())), format!("{words} in `{}`", text(part)));
            }
            ConditionKind::Test(test) => {
                let turned = Condition::new(ConditionKind::Not(Box::new(part.clone())));
                put(&way, turned, format!("`{}` is turned round", text(part)));
                if way.is_empty() {
                    put(&way, constant(true), format!("`{}` is dropped", text(part)));
                }
                for (test, change) in moved(test) {
                    let other = Condition::new(ConditionKind::Test(test));
                    put(&way, other, format!("{change} of `{}`", text(part)));
                }
            }
            ConditionKind::Constant(_) | ConditionKind::Let(_) | ConditionKind::Not(_) => {}
        }
    }
}

/// A test that asks for a little more or less.
fn moved(test: &Test) -> Vec<(Test, &'static str)> {
    let mut found = Vec::new();
    match test {
        Test::InRanges(input, ranges) => {
            // of a calendar with many days not each is looked at
            for at in 0..ranges.len().min(2) {
                let mut turn = |words: &'static str, edge: fn(&mut Range) -> Option<&mut bool>| {
                    let mut ranges = ranges.clone();
                    if let Some(is_inside) = edge(&mut ranges[at]) {
                        *is_inside = !*is_inside;
                        // a range of one value would hold none
                        if !is_empty(&ranges[at]) {
                            found.push((Test::InRanges(*input, ranges), words));
                        }
                    }
                };
                turn("the lower edge", |range| range.low.as_mut().map(|(_, is_inside)| is_inside));
                turn("the upper edge", |range| range.high.as_mut().map(|(_, is_inside)| is_inside));
            }
        }
        Test::Within(input, nodes) => {
            if let [only] = nodes.as_slice() {
                found.push((Test::ExactlyNode(*input, *only), "what lies within, instead of itself,"));
            }
        }
        _ => {}
    }
    found
}

fn is_empty(range: &Range) -> bool {
    match (&range.low, &range.high) {
        (Some((low, low_inside)), Some((high, high_inside))) => low == high && !(*low_inside && *high_inside),
        _ => false,
    }
}

impl Mutant {
    /// What becomes of it. `notices` is asked whether tests notice another version of the rules about some entitlements, given by
    /// name; rules about others are not among them. Cost: two small policies, and where nothing is noticed a comparison.
    ///
    /// Errors: the changed rule is refused.
    pub fn fate(
        &self,
        policy: &Policy,
        steps: u64,
        notices: &dyn Fn(&Policy, &BTreeSet<String>) -> bool,
    ) -> Result<Fate, Error> {
        let rules = policy.rule_set();
        let rule = &rules.rules[self.at];
        let targets: BTreeSet<_> = rule.effects.iter().flat_map(|effect| effect.targets.iter().copied()).collect();
        let names: BTreeSet<String> =
            targets.iter().map(|&target| rules.catalogue.entitlement(target).name.clone()).collect();
        let is_about =
            |rule: &Rule| rule.effects.iter().flat_map(|effect| &effect.targets).any(|target| targets.contains(target));
        let version = |own: Option<&Rule>| {
            let others = rules.rules.iter().enumerate().filter(|(at, rule)| *at != self.at && is_about(rule));
            let (before, after): (Vec<_>, Vec<_>) = others.partition(|(at, _)| *at < self.at);
            let all =
                before.into_iter().map(|(_, rule)| rule).chain(own).chain(after.into_iter().map(|(_, rule)| rule));
            let lets = rules.lets.clone();
            let rules = RuleSet {
                rules: all.cloned().collect(),
                catalogue: rules.catalogue.clone(),
                lets,
                sources: rules.sources.clone(),
                hash: rules.hash.clone(),
            };
            Policy::from_rule_set(rules, Vec::new())
        };
        let changed = version(self.instead.as_ref())?;
        if notices(&changed, &names) {
            return Ok(Fate::Killed);
        }
        let whole = version(Some(rule))?;
        let diff = PolicyDiff::new(&whole, &changed)?.with_steps(steps).briefly();
        let differences = diff.entitlements();
        let shown = differences.iter().find_map(|entitlement| {
            let change = entitlement.changes.first()?;
            Some((entitlement, change))
        });
        if let Some((entitlement, change)) = shown {
            let id = whole.entitlement(&entitlement.entitlement)?;
            let other = changed.entitlement(&entitlement.entitlement)?;
            let mut asked_of = BTreeSet::new();
            rule.condition.tests(&rules.lets, true, &mut |test, _, _| {
                test.attributes(&mut |id| asked_of.extend([rules.catalogue.attribute(id).name.clone()]));
            });
            let shows = |shorter: &Witness| {
                let outcomes = (shorter.outcome(&whole, id), shorter.outcome(&changed, other));
                outcomes == (Some(change.from), Some(change.to))
            };
            let context = change.witness.clone().shortened(&|name| asked_of.contains(name), &shows);
            return Ok(match context.context(&whole) {
                Some(bound) => Fate::Survived { expected: Shown::of(&whole, &bound, id), context },
                None => Fate::Undecided { reason: Undecided::from(Reason::NotReplayed).to_string() },
            });
        }
        let undecided = differences.iter().find_map(|entitlement| entitlement.undecided.clone());
        Ok(undecided.map_or(Fate::Equivalent, |reason| Fate::Undecided { reason }))
    }
}
