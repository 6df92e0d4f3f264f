//! Partial evaluation: what is left of a policy for one entitlement when only part of a context is known, as text.
//!
//! A context is taken as *incomplete*: every attribute that is unknown in it is open. It may still get any value, be said to be
//! absent, or stay unknown; a set of which part is known and a place that is only an area may still become more exact. What is
//! known stays: values, what is absent, defaults, approvals. Each test that the known settles is replaced by its
//! value, and what is left is simplified by laws that hold while anything is unknown, too.
//!
//! Nothing here looks at `assume` or at what values a type has: a residual may name an attribute that in truth makes no
//! difference. It never leaves one out that does.

mod forms;
mod known;
mod left;
mod reduce;
mod text;
mod words;

use crate::eval::{Approved, Context, EntitlementId, Facts, Outcome, Policy};
use crate::model::name::fold;
use crate::model::{Effect, EffectKind, Input, NOW, Range, Test, Value};
use crate::syntax::quote;
use forms::{FormId, Forms, Joint};
use left::{Left, Standing};
use reduce::Reducer;
use serde::Serialize;
use text::{NEVER, Writer};
use words::{Wording, Words, dotted, is_of_days};

/// What is left to ask before it is settled whether somebody gets an entitlement. Made by [`Policy::residual`], which has an
/// example.
///
/// *Completions* are the ways of filling in what the context leaves open; some of it may be left open in them, too. What is
/// said here holds in each of them. It is about the outcome: parameters, `require` and trials are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Residual {
    entitlement: String,
    outcome: Option<Outcome>,
    attributes: Vec<String>,
    condition: String,
    offer_condition: String,
    rules: Vec<ResidualRule>,
    lets: Vec<ResidualLet>,
    policy: String,
}

/// A rule that may still decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResidualRule {
    /// As written, or generated.
    pub id: String,
    /// Whether it was written.
    pub is_named: bool,
    /// `allow`, `override deny`, …
    pub effect: String,
    /// What is left of its condition, in the language: `always` where nothing is left to ask.
    pub condition: String,
}

/// An abbreviation that stands in conditions which would be too long, or nested too deep, to be read back otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResidualLet {
    /// Its name.
    pub name: String,
    /// What it stands for; names only earlier ones.
    pub condition: String,
}

impl Residual {
    /// Nothing is left, nothing is given.
    fn never(entitlement: &str, outcome: Option<Outcome>) -> Self {
        Self {
            entitlement: entitlement.to_owned(),
            outcome,
            attributes: Vec::new(),
            condition: NEVER.to_owned(),
            offer_condition: NEVER.to_owned(),
            rules: Vec::new(),
            lets: Vec::new(),
            policy: String::new(),
        }
    }

    /// What it is about.
    pub fn entitlement(&self) -> &str {
        &self.entitlement
    }

    /// The outcome, where it is the same in every completion.
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// The attributes that can still matter, by name; `now` stands for the clock. None where the outcome is settled. What is not
    /// named here never changes the outcome.
    pub fn attributes(&self) -> &[String] {
        &self.attributes
    }

    /// When it is allowed: a condition in the language that is certainly true in exactly the completions in which the entitlement
    /// is allowed. That is how a condition of `allow` is read, so what stays unknown does not give.
    /// `always`, or `not always` where it never is. May name [`Self::lets`].
    pub fn condition(&self) -> &str {
        &self.condition
    }

    /// When it is at least offered: certainly true in exactly the completions in which the entitlement is offered or allowed.
    pub fn offer_condition(&self) -> &str {
        &self.offer_condition
    }

    /// The rules that may still decide, strongest first, those of one rank by id. A rule that cannot change the outcome beside
    /// the others is left out.
    pub fn rules(&self) -> &[ResidualRule] {
        &self.rules
    }

    /// Abbreviations that conditions name; none unless they are very long.
    pub fn lets(&self) -> &[ResidualLet] {
        &self.lets
    }

    /// The rules that are left as a policy of their own. Loaded with the catalogue of the original it has, for this entitlement, the
    /// outcome of the original in every completion. Without a catalogue the types of attributes are inferred anew, from the
    /// rules that are left. Empty for a context or an entitlement of another policy.
    pub fn as_policy(&self) -> &str {
        &self.policy
    }
}

impl Policy {
    /// What is left of the policy for one entitlement, with everything that is unknown in the context taken as not yet asked.
    ///
    /// ```
    /// let policy = wardkey::Policy::parse(
    ///     "guests: network = guest -> deny EHR\n\
    ///      staff: role in [Nurse, Physician] and department != Finance -> allow EHR",
    /// )
    /// .unwrap();
    /// let context = policy.context().set("department", "Surgery").build().unwrap();
    /// let residual = policy.residual(&context, policy.entitlement("EHR").unwrap());
    /// assert_eq!(residual.outcome(), None);
    /// assert_eq!(residual.attributes(), ["network", "role"]);
    /// assert_eq!(residual.condition(), "role in [Nurse, Physician] and network != guest");
    /// ```
    ///
    /// Cost: every rule that speaks of the entitlement is worked through once, and each `let` that they name at most four
    /// times. A context or an entitlement of another policy is denied.
    pub fn residual(&self, context: &Context, entitlement: EntitlementId) -> Residual {
        let decision = self.decide(context, entitlement);
        // a denial without a rule that denies is no answer of this policy
        if decision.outcome() == Outcome::Denied && decision.rules().is_empty() {
            return Residual::never(self.entitlement_name(entitlement), Some(Outcome::Denied));
        }
        let rule_set = self.rule_set();
        let facts = Facts::of(self, context);
        let mut reducer = Reducer::new(&facts, rule_set);
        let approved = approval(&mut reducer, self.approved(context, entitlement));
        let standing = self.standing(&mut reducer, entitlement);
        let left = Left::of(standing, &reducer.forms, approved);
        let open = reducer.open_attributes(left.roots(approved));
        let mut attributes: Vec<String> =
            open.into_iter().map(|id| rule_set.catalogue.attribute(id).name.clone()).collect();
        attributes.sort_unstable();
        let forms = &mut reducer.forms;
        let condition = left.gives(forms, approved);
        let offer_condition = left.gives_at_least_offer(forms);
        let mut residual = Residual::never(self.entitlement_name(entitlement), left.outcome);
        residual.attributes = attributes;
        self.write(&mut residual, &left, forms, [condition, offer_condition]);
        residual
    }

    /// What is left of each effect that counts, strongest first, those of one rank by the id of their rules.
    fn standing<'a>(&'a self, reducer: &mut Reducer<'_>, entitlement: EntitlementId) -> Vec<Standing<'a>> {
        let index = self.index();
        let mut standing = Vec::new();
        for effect in index.effects(entitlement.in_catalogue()).iter().map(|&id| index.effect(id)) {
            let Some(rank) = effect.rank.filter(|_| !effect.is_trial) else { continue };
            let Some(rule) = self.rule_set().rules.get(effect.rule()) else { continue };
            let Some(written) = rule.effects.get(effect.effect()) else { continue };
            let condition = reducer.condition(&rule.condition, effect.restricts, true);
            // a guard reads tags by names that only `where` knows: its tests are worded anew
            let guard = reducer.condition(&written.guard, effect.restricts, false);
            let form = reducer.forms.join(Joint::All, [condition, guard]);
            standing.push(Standing { rank, rule, effect: written, form });
        }
        standing
    }

    /// Fills in the texts.
    fn write(&self, residual: &mut Residual, left: &Left<'_>, forms: &Forms, [condition, offer]: [FormId; 2]) {
        let catalogue = &self.rule_set().catalogue;
        let splits_nights = forms.tests().any(|(_, test, _)| is_of_days(test));
        let wording = Wording { catalogue, sources: self.sources(), splits_nights };
        let words: Vec<Words> = forms.tests().map(|(_, test, span)| wording.words(test, span)).collect();
        let is_taken = |name: &str| catalogue.attributes.contains_key(&fold(name));
        let mut writer = Writer::new(forms, words, catalogue.is_declared, &is_taken);
        residual.rules = left
            .effects
            .iter()
            .map(|standing| ResidualRule {
                id: standing.rule.id.to_string(),
                is_named: standing.rule.is_named,
                effect: effect_words(standing.effect),
                condition: writer.text(forms, standing.form),
            })
            .collect();
        residual.policy = policy_text(&residual.entitlement, &residual.rules, &writer.lets);
        residual.condition = writer.text(forms, condition);
        residual.offer_condition = writer.text(forms, offer);
        residual.lets = writer.lets.into_iter().map(|(name, condition)| ResidualLet { name, condition }).collect();
    }
}

/// Where a request for the entitlement counts as approved.
fn approval(reducer: &mut Reducer<'_>, approved: Approved) -> FormId {
    let end = match approved {
        Approved::Never => return reducer.forms.constant(false),
        Approved::Always => return reducer.forms.constant(true),
        Approved::Before(end) => Some((Value::DateTime(end), false)),
    };
    let test = Test::InRanges(Input::Attribute(NOW), vec![Range { low: None, high: end }]);
    reducer.lone_test(&test)
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

/// The rules that are left, one a line. A rule with several effects keeps its id for the first.
fn policy_text(entitlement: &str, rules: &[ResidualRule], lets: &[(String, String)]) -> String {
    let target = dotted(entitlement);
    let mut text: String = lets.iter().map(|(name, condition)| format!("let {name} = {condition}\n")).collect();
    if rules.is_empty() {
        // a policy has one rule at least
        text.push_str(&format!("{NEVER} -> allow {target}\n"));
    }
    for (at, rule) in rules.iter().enumerate() {
        if rule.is_named && rules.iter().take(at).all(|earlier| earlier.id != rule.id) {
            text.push_str(&format!("{}: ", quote(&rule.id)));
        }
        text.push_str(&format!("{} -> {} {target}\n", rule.condition, rule.effect));
    }
    text
}
