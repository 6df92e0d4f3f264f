//! What a run really made: every kind of test with every truth value, every effect, outcome and state. A generator that
//! never makes something proves nothing about it.

use crate::facts::Facts;
use crate::reference::{Outcome, Reference, Verdict};
use crate::truth::Truth;
use std::collections::BTreeMap;
use wardkey::model::{
    Combine, Condition, ConditionKind, Days, EffectKind, Element, EntitlementId, How, Inner, Input, Pattern, Relation,
    RuleSet, SettingValue, State, Test, Type, Value,
};

/// Every test that there is, each to be seen false, unknown and true.
const TESTS: [&str; 37] = [
    "is",
    "one of",
    "exactly one of",
    "prefix",
    "suffix",
    "substring",
    "glob",
    "ranges of an attribute",
    "ranges of the time",
    "ranges of the date",
    "ranges of the weekday",
    "within",
    "exactly node",
    "networks",
    "during weekdays",
    "during dates",
    "elapsed",
    "has any names",
    "has all names",
    "has none names",
    "has only names",
    "has any nodes",
    "has all nodes",
    "has none nodes",
    "has only nodes",
    "empty",
    "has value of",
    "has any of set",
    "has all of set",
    "has none of set",
    "has only of set",
    "compare equal",
    "compare less",
    "compare less or equal",
    "compare within",
    "known",
    "absent",
];

/// Everything else that a run must have made, by the first word of its name.
const OTHERS: [(&str, &[&str]); 12] = [
    (
        "type",
        &[
            "bool",
            "name",
            "open name",
            "exact name",
            "text",
            "number",
            "time",
            "date",
            "datetime",
            "weekday",
            "duration",
            "node",
            "set of names",
            "set of nodes",
            "address",
            "version",
        ],
    ),
    ("effect", &["allow", "offer", "deny", "require", "override allow", "override deny", "with a guard"]),
    ("rule", &["trial", "disabled", "named", "unnamed", "written twice", "because"]),
    ("setting", &["constant", "from an attribute", "from a column"]),
    ("combine", &["one", "all", "least", "most"]),
    ("outcome", &["denied", "not granted", "offered", "allowed"]),
    (
        "state",
        &[
            "unknown",
            "absent",
            "present",
            "partly known set",
            "empty set",
            "somewhere within",
            "inner node itself",
            "node",
        ],
    ),
    (
        "answer",
        &[
            "with something missing",
            "with outranked rules",
            "by several rules",
            "by a rule that only may fire",
            "by an approval",
        ],
    ),
    ("parameter", &["unsettled", "without a value", "in conflict"]),
    ("context", &["refused"]),
    ("let", &["used"]),
    ("catalogue", &["declared", "inferred"]),
];

/// How often each thing occurred.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    counts: BTreeMap<String, u64>,
}

impl Coverage {
    /// Counts one more.
    pub fn count(&mut self, what: impl Into<String>) {
        *self.counts.entry(what.into()).or_default() += 1;
    }

    /// Adds the counts of another run.
    pub fn add(&mut self, other: &Self) {
        for (what, count) in &other.counts {
            *self.counts.entry(what.clone()).or_default() += count;
        }
    }

    /// How often that occurred.
    pub fn of(&self, what: &str) -> u64 {
        self.counts.get(what).copied().unwrap_or(0)
    }

    /// Everything counted, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.counts.iter().map(|(what, count)| (what.as_str(), *count))
    }

    /// What should have occurred and did not: every test with each of its truth values, every type, effect, outcome and state.
    pub fn never(&self) -> Vec<String> {
        let with_truth =
            TESTS.iter().flat_map(|test| ["false", "unknown", "true"].map(|truth| format!("test {test} {truth}")));
        let others = OTHERS.iter().flat_map(|(group, members)| members.iter().map(move |one| format!("{group} {one}")));
        // whether something is known is always known
        let wanted = with_truth.chain(others).filter(|what| what != "test known unknown");
        wanted.filter(|what| self.of(what) == 0).collect()
    }

    /// Counts what a policy is made of.
    pub fn count_policy(&mut self, rules: &RuleSet) {
        self.count(if rules.catalogue.is_declared { "catalogue declared" } else { "catalogue inferred" });
        for rule in &rules.rules {
            for (is_so, what) in [
                (rule.is_trial, "rule trial"),
                (rule.is_disabled, "rule disabled"),
                (rule.is_named, "rule named"),
                (!rule.is_named, "rule unnamed"),
                (rule.spans.len() > 1, "rule written twice"),
                (!rule.because.is_empty(), "rule because"),
            ] {
                if is_so {
                    self.count(what);
                }
            }
            for effect in &rule.effects {
                let tier = if effect.is_override { "override " } else { "" };
                self.count(format!("effect {tier}{}", effect_word(effect.kind)));
                if effect.guard.kind != ConditionKind::Constant(true) {
                    self.count("effect with a guard");
                }
                for setting in &effect.parameters {
                    self.count(match setting.value {
                        SettingValue::Constants(_) => "setting constant",
                        SettingValue::Attribute(_) => "setting from an attribute",
                        SettingValue::Column(..) => "setting from a column",
                    });
                    let combine = rules.catalogue.parameters[setting.parameter.index()].combine;
                    self.count(format!("combine {}", combine_word(combine)));
                }
            }
        }
        for attribute in rules.catalogue.attributes.values() {
            self.count(format!("type {}", type_word(&attribute.ty)));
        }
    }

    /// Counts what is known in a context, and what each test of the policy comes to in it.
    pub fn count_context(&mut self, rules: &RuleSet, facts: &Facts) {
        for (attribute, state) in &facts.states {
            let declared = rules.catalogue.attribute(*attribute);
            self.count(match state {
                State::Unknown => "state unknown",
                State::Absent => "state absent",
                State::Present(Value::Set(set)) if set.open || !set.possible.is_empty() => "state partly known set",
                State::Present(Value::Set(set)) if set.members.is_empty() => "state empty set",
                State::Present(Value::Node(node)) => match &declared.ty {
                    Type::Node(id) if !rules.catalogue.hierarchy(*id).is_leaf(*node) => match declared.inner {
                        Inner::Somewhere => "state somewhere within",
                        _ => "state inner node itself",
                    },
                    _ => "state node",
                },
                State::Present(_) => "state present",
            });
        }
        let reference = Reference::new(rules, facts);
        for rule in &rules.rules {
            self.count_condition(rules, reference, &rule.condition);
            for effect in &rule.effects {
                self.count_condition(rules, reference, &effect.guard);
            }
        }
    }

    fn count_condition(&mut self, rules: &RuleSet, reference: Reference<'_>, condition: &Condition) {
        match &condition.kind {
            ConditionKind::Constant(_) => {}
            ConditionKind::Test(test) => {
                let truth = match reference.test(test) {
                    Truth::False => "false",
                    Truth::Unknown => "unknown",
                    Truth::True => "true",
                };
                self.count(format!("{} {truth}", test_word(test)));
            }
            ConditionKind::Let(id) => {
                self.count("let used");
                self.count_condition(rules, reference, &rules.lets[id.index()].condition);
            }
            ConditionKind::Not(inner) => self.count_condition(rules, reference, inner),
            ConditionKind::And(parts) | ConditionKind::Or(parts) => {
                parts.iter().for_each(|part| self.count_condition(rules, reference, part));
            }
        }
    }

    /// Counts what is answered for every entitlement.
    pub fn count_answers(&mut self, rules: &RuleSet, facts: &Facts) {
        let reference = Reference::new(rules, facts);
        for id in (0..rules.catalogue.entitlements.len()).map(EntitlementId::new) {
            let verdict = reference.decide(id);
            self.count(match verdict.outcome {
                Outcome::Denied => "outcome denied",
                Outcome::NotGranted => "outcome not granted",
                Outcome::Offered => "outcome offered",
                Outcome::Allowed => "outcome allowed",
            });
            let values = || verdict.parameters.values().flat_map(|combined| &combined.values);
            for (is_so, what) in [
                (!verdict.missing.is_empty(), "answer with something missing"),
                (!verdict.outranked.is_empty(), "answer with outranked rules"),
                (verdict.rules.len() > 1, "answer by several rules"),
                (verdict.rules.iter().any(|rule| !rule.is_certain), "answer by a rule that only may fire"),
                (values().any(|value| !value.is_settled), "parameter unsettled"),
                (values().any(|value| value.text.is_none()), "parameter without a value"),
                (verdict.parameters.values().any(|combined| combined.is_conflict), "parameter in conflict"),
                (
                    verdict.outcome == Outcome::Allowed && facts.is_approved(rules, id) && is_offered(&verdict, rules),
                    "answer by an approval",
                ),
            ] {
                if is_so {
                    self.count(what);
                }
            }
        }
    }
}

/// Whether the rules that decided only offer.
fn is_offered(verdict: &Verdict, rules: &RuleSet) -> bool {
    let is_deciding = |id: &str| verdict.rules.iter().any(|fired| fired.id == id);
    let deciding = rules.rules.iter().filter(|rule| is_deciding(&rule.id));
    deciding.flat_map(|rule| &rule.effects).all(|effect| effect.kind == EffectKind::Offer)
}

fn effect_word(kind: EffectKind) -> &'static str {
    match kind {
        EffectKind::Allow => "allow",
        EffectKind::Offer => "offer",
        EffectKind::Deny => "deny",
        EffectKind::Require => "require",
    }
}

fn combine_word(combine: Combine) -> &'static str {
    match combine {
        Combine::One => "one",
        Combine::All => "all",
        Combine::Least => "least",
        Combine::Most => "most",
    }
}

fn type_word(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "bool",
        Type::Name(names) if names.is_exact => "exact name",
        Type::Name(names) if names.values.is_none() => "text",
        Type::Name(names) if names.is_open => "open name",
        Type::Name(_) => "name",
        Type::Number(_) => "number",
        Type::Time => "time",
        Type::Date => "date",
        Type::DateTime => "datetime",
        Type::Weekday => "weekday",
        Type::Duration => "duration",
        Type::Node(_) => "node",
        Type::Set(element) if matches!(**element, Type::Node(_)) => "set of nodes",
        Type::Set(_) => "set of names",
        Type::Address => "address",
        Type::Version => "version",
    }
}

/// A test in a word or two, with what distinguishes its forms.
fn test_word(test: &Test) -> String {
    match test {
        Test::Is(_) => "test is".to_owned(),
        Test::OneOf(_, choices) => {
            let how = if choices.iter().any(|choice| choice.exact) { "exactly one of" } else { "one of" };
            format!("test {how}")
        }
        Test::Matches(_, patterns) => format!(
            "test {}",
            match patterns.first() {
                Some(Pattern::Prefix(_)) => "prefix",
                Some(Pattern::Suffix(_)) => "suffix",
                Some(Pattern::Substring(_)) => "substring",
                _ => "glob",
            }
        ),
        Test::InRanges(input, _) => format!(
            "test ranges of {}",
            match input {
                Input::Attribute(_) => "an attribute",
                Input::Time(_) => "the time",
                Input::Date(_) => "the date",
                Input::Weekday(_) => "the weekday",
            }
        ),
        Test::Within(..) => "test within".to_owned(),
        Test::ExactlyNode(..) => "test exactly node".to_owned(),
        Test::InNetworks(..) => "test networks".to_owned(),
        Test::During(during) => format!(
            "test during {}",
            match during.days {
                Days::Weekdays(_) => "weekdays",
                Days::Dates(_) => "dates",
            }
        ),
        Test::Elapsed(..) => "test elapsed".to_owned(),
        Test::Has(_, how, elements) => {
            let of = if matches!(elements.first(), Some(Element::Nodes(_))) { "nodes" } else { "names" };
            format!("test has {} {of}", how_word(*how))
        }
        Test::IsEmpty(_) => "test empty".to_owned(),
        Test::HasValueOf(..) => "test has value of".to_owned(),
        Test::HasSetOf(_, how, _) => format!("test has {} of set", how_word(*how)),
        Test::Compare(_, relation, _) => format!(
            "test compare {}",
            match relation {
                Relation::Equal => "equal",
                Relation::Less => "less",
                Relation::LessOrEqual => "less or equal",
                Relation::Within => "within",
            }
        ),
        Test::IsKnown(_) => "test known".to_owned(),
        Test::IsAbsent(_) => "test absent".to_owned(),
    }
}

fn how_word(how: How) -> &'static str {
    match how {
        How::Any => "any",
        How::All => "all",
        How::None => "none",
        How::Only => "only",
    }
}
