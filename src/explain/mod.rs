//! Why a decision came out as it did: every rule that speaks of the entitlement, and what each part of its condition came to.
//!
//! An [`Explanation`] is plain data. It follows the conditions as they were written, not their compiled form, so that a
//! person finds their own words again. Values of attributes that the catalogue keeps to itself (`disclose: false`) are
//! not in it.

mod reads;
mod tree;

pub use reads::{Read, Shown};
pub use tree::{Joint, Tree, Truth};

use crate::compile::Tri;
use crate::eval::{Context, DecisionRecord, EntitlementId, Facts, Policy};
use crate::model::{ConditionKind, Effect, EffectKind, Rule};
use crate::source::{Sources, Span};
use serde::Serialize;
use std::collections::HashSet;
use tree::Grower;

/// A decision, and every rule that speaks of its entitlement. Made by [`Policy::explain`], which has an example.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// The decision.
    pub decision: DecisionRecord,
    /// The rules: those that decided, then those outranked, those that add parameters, trials, and those that do not apply; by
    /// id within each.
    pub rules: Vec<RuleExplanation>,
}

/// What part a rule had in a decision, most important first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// It is one of those that decided.
    Decided,
    /// It applies, and a stronger one decided.
    Outranked,
    /// It adds parameters to what is given.
    Adds,
    /// It is on trial: it would apply, and does not count.
    Trial,
    /// It does not apply, or not certainly enough to count.
    Idle,
}

/// Whether an effect applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fires {
    /// Its condition certainly holds.
    Certain,
    /// Not enough is known.
    Possible,
    /// Its condition does not hold.
    No,
}

/// A rule that speaks of the entitlement.
#[derive(Clone, Debug, Serialize)]
pub struct RuleExplanation {
    /// As written, or generated.
    pub id: String,
    /// Whether it was written.
    pub is_named: bool,
    /// The rule in canonical form.
    pub text: String,
    /// Where it stands; several for identical unnamed rules.
    pub places: Vec<At>,
    /// What part it had.
    pub part: Part,
    /// Whether it is on trial.
    pub trial: bool,
    /// What it does to this entitlement.
    pub effects: Vec<EffectExplanation>,
    /// What its condition came to.
    pub condition: Tree,
}

/// An effect on the entitlement.
#[derive(Clone, Debug, Serialize)]
pub struct EffectExplanation {
    /// `allow`, `override deny`, …
    pub effect: String,
    /// Whether it applies.
    pub fires: Fires,
    /// What was left of `where` to the context; none where nothing was.
    pub guard: Option<Tree>,
}

/// A place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct At {
    /// The file as it was given.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl At {
    pub(crate) fn of(span: Span, sources: &Sources) -> Self {
        let place = sources.place(span);
        Self { file: place.file, line: place.line, column: place.column }
    }
}

impl Policy {
    /// Explains a decision, with texts for the person in the wanted language.
    ///
    /// ```
    /// let policy = wardkey::Policy::parse("quiet: role = Sales and location = care_area -> deny iTunes").unwrap();
    /// let context = policy.context().set("role", "Sales").build().unwrap();
    /// let explanation = policy.explain(&context, policy.entitlement("iTunes").unwrap(), None);
    /// let condition = &explanation.rules[0].condition;
    /// assert_eq!(condition.children[0].value, wardkey::explain::Truth::True);
    /// assert_eq!(condition.children[1].value, wardkey::explain::Truth::Unknown);
    /// ```
    ///
    /// Cost: every rule that speaks of the entitlement is worked through again, part by part. A context or an entitlement of
    /// another policy is denied, and nothing explains it.
    pub fn explain(&self, context: &Context, entitlement: EntitlementId, language: Option<&str>) -> Explanation {
        let decision = self.decide(context, entitlement);
        let ids = |fired: Vec<crate::eval::FiredRule<'_>>| -> HashSet<String> {
            fired.iter().map(|fired| fired.rule.id.to_string()).collect()
        };
        let (decided, outranked) = (ids(decision.rules()), ids(decision.outranked()));
        let record = decision.record(language);
        // a denial without a rule that denies is no answer of this policy
        if decided.is_empty() && decision.outcome() == crate::eval::Outcome::Denied {
            return Explanation { decision: record, rules: Vec::new() };
        }
        let facts = Facts::of(self, context);
        let target = entitlement.in_catalogue();
        let mut rules = Vec::new();
        for rule in self.rule_set().rules.iter().filter(|rule| !rule.is_disabled) {
            let speaks = |effect: &&Effect| effect.targets.binary_search(&target).is_ok();
            let effects: Vec<&Effect> = rule.effects.iter().filter(speaks).collect();
            if effects.is_empty() {
                continue;
            }
            let mut explained = self.explain_rule(rule, &effects, &facts);
            if decided.contains(&explained.id) {
                explained.part = Part::Decided;
            } else if outranked.contains(&explained.id) {
                explained.part = Part::Outranked;
            }
            rules.push(explained);
        }
        rules.sort_by(|a, b| (a.part, &a.id).cmp(&(b.part, &b.id)));
        Explanation { decision: record, rules }
    }

    /// A rule by itself: its part is what its own effects say, without regard to other rules.
    fn explain_rule(&self, rule: &Rule, effects: &[&Effect], facts: &Facts<'_>) -> RuleExplanation {
        let mut grower = Grower::new(self, facts);
        let condition = grower.grow(&rule.condition);
        let holds = grower.value(&rule.condition);
        let effects: Vec<(EffectKind, EffectExplanation)> = effects
            .iter()
            .map(|effect| {
                let guard = match effect.guard.kind {
                    ConditionKind::Constant(true) => None,
                    _ => Some(grower.grow(&effect.guard)),
                };
                let fires = match holds.and(grower.value(&effect.guard)) {
                    Tri::True => Fires::Certain,
                    Tri::Unknown => Fires::Possible,
                    Tri::False => Fires::No,
                };
                (effect.kind, EffectExplanation { effect: effect_words(effect), fires, guard })
            })
            .collect();
        let part = own_part(rule, &effects);
        let sources = self.sources();
        RuleExplanation {
            id: rule.id.to_string(),
            is_named: rule.is_named,
            text: rule.text.clone(),
            places: rule.spans.iter().map(|&span| At::of(span, sources)).collect(),
            part,
            trial: rule.is_trial,
            effects: effects.into_iter().map(|(_, effect)| effect).collect(),
            condition,
        }
    }
}

fn own_part(rule: &Rule, effects: &[(EffectKind, EffectExplanation)]) -> Part {
    let is_possible = |kind: &EffectKind, effect: &EffectExplanation| match kind {
        EffectKind::Allow | EffectKind::Offer => effect.fires == Fires::Certain,
        EffectKind::Deny | EffectKind::Require => effect.fires != Fires::No,
    };
    let mut firing = effects.iter().filter(|(kind, effect)| is_possible(kind, effect)).peekable();
    if firing.peek().is_none() {
        return Part::Idle;
    }
    if rule.is_trial {
        return Part::Trial;
    }
    if firing.any(|(kind, _)| *kind == EffectKind::Require) { Part::Adds } else { Part::Idle }
}

fn effect_words(effect: &Effect) -> String {
    let verb = match effect.kind {
        EffectKind::Allow => "allow",
        EffectKind::Offer => "offer",
        EffectKind::Deny => "deny",
        EffectKind::Require => "require",
    };
    if effect.is_override { format!("override {verb}") } else { verb.to_owned() }
}
