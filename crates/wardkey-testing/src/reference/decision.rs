//! From the conditions of all rules to one outcome, the rules that decided, and what was missing (13 to 16).

use super::Reference;
use super::parameters::Combined;
use crate::truth::Truth;
use std::collections::{BTreeMap, BTreeSet};
use wardkey::model::{
    AttributeId, Condition, ConditionKind, Effect, EffectKind, EntitlementId, How, Input, NOW, Rank, Rule, State, Test,
    Value,
};

/// What is answered, weakest first (9).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
#[allow(missing_docs)]
pub enum Outcome {
    Denied,
    NotGranted,
    Offered,
    Allowed,
}

/// A rule that fired.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fired {
    /// Its id.
    pub id: String,
    /// False for a deny that only may fire.
    pub is_certain: bool,
    /// The attributes that leave it uncertain.
    pub missing: BTreeSet<String>,
}

/// The whole answer to one question, with lists in a fixed order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// What was decided.
    pub outcome: Outcome,
    /// All rules of the winning rank that fire, by id.
    pub rules: Vec<Fired>,
    /// Ids of firing rules of lower ranks, save those that decide, too.
    pub outranked: BTreeSet<String>,
    /// Attributes that, were they known, could change the outcome; and those a parameter could not be read from.
    pub missing: BTreeSet<String>,
    /// Parameters by name; none unless something is given.
    pub parameters: BTreeMap<String, Combined>,
}

/// One effect of a rule on the entitlement asked about, and what its condition came to.
#[derive(Clone, Copy)]
pub(super) struct Standing<'a> {
    pub rule: &'a Rule,
    pub effect: &'a Effect,
    pub truth: Truth,
}

impl Standing<'_> {
    /// Giving effects fire only if certainly true, restricting ones if possibly true.
    pub fn fires(&self) -> bool {
        match self.effect.kind {
            EffectKind::Allow | EffectKind::Offer => self.truth == Truth::True,
            EffectKind::Deny | EffectKind::Require => self.truth != Truth::False,
        }
    }
}

impl Reference<'_> {
    /// Whether something that the catalogue says can be relied on certainly does not hold (44).
    pub fn violates_assumption(&self) -> bool {
        self.rules.catalogue.assumptions.iter().any(|assumption| self.truth(assumption) == Truth::False)
    }

    /// The answer for one entitlement.
    pub fn decide(&self, entitlement: EntitlementId) -> Verdict {
        let standing = self.standing(entitlement);
        let deciding = standing.iter().filter(|one| one.fires()).filter_map(|one| one.effect.rank()).max();
        let outcome = match deciding {
            Some(Rank::OverrideDeny | Rank::Deny) => Outcome::Denied,
            Some(Rank::OverrideAllow | Rank::Allow) => Outcome::Allowed,
            Some(Rank::Offer) if self.facts.is_approved(self.rules, entitlement) => Outcome::Allowed,
            Some(Rank::Offer) => Outcome::Offered,
            None => Outcome::NotGranted,
        };
        let (parameters, unread) = match deciding {
            Some(rank) if outcome >= Outcome::Offered => self.parameters(&standing, rank),
            _ => Default::default(),
        };
        let missing = self.asking().undetermined(entitlement).into_iter().chain(unread);
        Verdict {
            outcome,
            rules: self.fired(&standing, deciding),
            outranked: outranked(&standing, deciding),
            missing: missing.map(|attribute| self.attribute_name(attribute)).collect(),
            parameters,
        }
    }

    /// Every effect on the entitlement; of trial and disabled rules none counts (41).
    fn standing(&self, entitlement: EntitlementId) -> Vec<Standing<'_>> {
        let rules = self.rules.rules.iter().filter(|rule| !rule.is_trial && !rule.is_disabled);
        rules
            .flat_map(|rule| rule.effects.iter().map(move |effect| (rule, effect)))
            .filter(|(_, effect)| effect.targets.contains(&entitlement))
            .map(|(rule, effect)| {
                let truth = Truth::all([self.truth(&rule.condition), self.truth(&effect.guard)]);
                Standing { rule, effect, truth }
            })
            .collect()
    }

    /// All rules of the winning rank that fire, by id (15). Certain if one of a rule's effects is.
    fn fired(&self, standing: &[Standing<'_>], deciding: Option<Rank>) -> Vec<Fired> {
        let mut fired: BTreeMap<String, Fired> = BTreeMap::new();
        let of_rank = |one: &&Standing<'_>| one.fires() && one.effect.rank().is_some() && one.effect.rank() == deciding;
        for one in standing.iter().filter(of_rank) {
            let id = one.rule.id.to_string();
            let entry = fired.entry(id.clone()).or_insert(Fired { id, is_certain: false, missing: BTreeSet::new() });
            entry.is_certain |= one.truth == Truth::True;
            entry.missing.extend(self.open_in_rule(one).into_iter().map(|attribute| self.attribute_name(attribute)));
        }
        for rule in fired.values_mut().filter(|rule| rule.is_certain) {
            rule.missing.clear();
        }
        fired.into_values().collect()
    }

    /// Attributes left in undetermined rules that rank above the strongest certain rule (10).
    fn undetermined(&self, entitlement: EntitlementId) -> BTreeSet<AttributeId> {
        let standing = self.standing(entitlement);
        let certain = standing.iter().filter(|one| one.truth == Truth::True).filter_map(|one| one.effect.rank()).max();
        let above = standing.iter().filter(|one| one.effect.rank().is_some() && one.effect.rank() > certain);
        above.flat_map(|one| self.open_in_rule(one)).collect()
    }

    fn open_in_rule(&self, one: &Standing<'_>) -> BTreeSet<AttributeId> {
        let mut open = self.open_in(&one.rule.condition);
        open.extend(self.open_in(&one.effect.guard));
        if one.truth == Truth::Unknown { open } else { BTreeSet::new() }
    }

    /// What leaves a condition unknown: nothing in parts that are known.
    fn open_in(&self, condition: &Condition) -> BTreeSet<AttributeId> {
        if self.truth(condition) != Truth::Unknown {
            return BTreeSet::new();
        }
        match &condition.kind {
            ConditionKind::Constant(_) => BTreeSet::new(),
            ConditionKind::Test(test) => self.open_in_test(test),
            ConditionKind::Let(id) => {
                self.rules.lets.get(id.index()).map(|a| self.open_in(&a.condition)).unwrap_or_default()
            }
            ConditionKind::Not(inner) => self.open_in(inner),
            ConditionKind::And(parts) | ConditionKind::Or(parts) => {
                parts.iter().flat_map(|part| self.open_in(part)).collect()
            }
        }
    }

    /// The attributes of an undetermined test of which not all is known; and an empty right side of `has all`, where nothing
    /// was entered.
    fn open_in_test(&self, test: &Test) -> BTreeSet<AttributeId> {
        let nothing_entered = match test {
            Test::HasSetOf(_, How::All, wanted) if self.is_empty(*wanted) == Truth::True => Some(*wanted),
            _ => None,
        };
        let read = attributes_of(test).into_iter();
        read.filter(|&attribute| self.is_open(attribute) || Some(attribute) == nothing_entered).collect()
    }

    /// Whether more could be known of an attribute.
    fn is_open(&self, attribute: AttributeId) -> bool {
        let is_area = |value: &Value| match value {
            Value::Node(node) => self.placed(attribute, *node).is_some_and(|placed| placed.is_hidden),
            _ => false,
        };
        match self.facts.state(attribute) {
            State::Unknown => true,
            State::Absent => false,
            State::Present(Value::Set(set)) => set.open || !set.possible.is_empty() || set.members.iter().any(is_area),
            State::Present(value) => is_area(&value),
        }
    }

    pub(super) fn attribute_name(&self, attribute: AttributeId) -> String {
        self.rules.catalogue.attribute(attribute).name.clone()
    }
}

/// Ids of rules that fire only with lower ranks than the deciding one. A rule that decides is not outranked by itself.
fn outranked(standing: &[Standing<'_>], deciding: Option<Rank>) -> BTreeSet<String> {
    let of = |is_lower: bool| {
        let fires = standing.iter().filter(|one| one.fires() && one.effect.rank().is_some());
        let ids = fires.filter(move |one| (one.effect.rank() < deciding) == is_lower);
        ids.map(|one| one.rule.id.to_string()).collect::<BTreeSet<_>>()
    };
    of(true).difference(&of(false)).cloned().collect()
}

/// The attributes a test reads; the clock is `now`.
pub fn attributes_of(test: &Test) -> Vec<AttributeId> {
    let of = |input: &Input| match input {
        Input::Attribute(attribute) => *attribute,
        Input::Time(_) | Input::Date(_) | Input::Weekday(_) => NOW,
    };
    match test {
        Test::Is(input)
        | Test::OneOf(input, _)
        | Test::Matches(input, _)
        | Test::InRanges(input, _)
        | Test::Within(input, _)
        | Test::ExactlyNode(input, _)
        | Test::InNetworks(input, _) => vec![of(input)],
        Test::During(_) => vec![NOW],
        Test::Elapsed(attribute, _) => vec![*attribute, NOW],
        Test::Has(attribute, _, _)
        | Test::IsEmpty(attribute)
        | Test::IsKnown(attribute)
        | Test::IsAbsent(attribute) => vec![*attribute],
        Test::HasValueOf(set, other) | Test::HasSetOf(set, _, other) => vec![*set, *other],
        Test::Compare(left, _, right) => vec![of(left), of(right)],
    }
}
