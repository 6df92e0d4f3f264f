//! a-tree: every rule a boolean expression of one tree, `search` gives all that match.
//!
//! That is its one call for all entitlements. One entitlement is asked of a small tree of its own rules. A tree numbers the
//! texts as it meets them; every tree is told all of them first, in one rule that is taken out again, so that one event
//! serves them all.

use super::Engine;
use crate::translate::{self, Is, Kind, Test, Value};
use crate::workload::Answer;
use a_tree::{ATree, AttributeDefinition, Event};
use wardkey_testing::workload::{Situation, Vocabulary, Workload};

/// A rule in a tree: what it speaks of, whether it denies, and its number, since no two may be alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Rule {
    entitlement: u32,
    number: u32,
    is_deny: bool,
}

/// One tree of all rules, and one an entitlement.
pub struct Trees {
    all: ATree<Rule>,
    single: Vec<ATree<Rule>>,
    answers: Vec<Answer>,
}

impl Engine for Trees {
    type Context = Event;
    type Question = usize;

    const NAME: &'static str = "a-tree";
    const CRATE: Option<&'static str> = Some("a-tree");
    const DETAIL: &'static str = "";
    const IS_ONE_CALL: bool = true;

    fn load(workload: &Workload) -> Result<Self, String> {
        let words = every_word(&workload.vocabulary);
        let tree = || tree(&words);
        let mut all = tree()?;
        let mut single = workload.entitlements.iter().map(|_| tree()).collect::<Result<Vec<_>, _>>()?;
        for (number, rule) in workload.rules.iter().enumerate() {
            let condition = translate::condition(&workload.vocabulary, rule);
            let text = translate::text(&condition, " and ", " or ", test);
            let number = u32::try_from(number).map_err(|error| error.to_string())?;
            let entitlement = u32::try_from(rule.entitlement).map_err(|error| error.to_string())?;
            let id = Rule { entitlement, number, is_deny: rule.is_deny };
            for tree in [&mut all, &mut single[rule.entitlement]] {
                tree.insert(&id, &text).map_err(|error| format!("{error:?}"))?;
            }
        }
        let answers = vec![Answer::Nothing; workload.entitlements.len()];
        Ok(Self { all, single, answers })
    }

    fn context(&mut self, workload: &Workload, situation: &Situation) -> Event {
        event(&self.all, workload, situation)
    }

    fn question(&mut self, _: &Workload, _: &Situation, entitlement: usize) -> usize {
        entitlement
    }

    fn decide(&mut self, event: &Event, question: &usize) -> Answer {
        let found = self.single[*question].search(event).expect("the event fits the tree");
        match found.matches() {
            [] => Answer::Nothing,
            rules if rules.iter().any(|rule| rule.is_deny) => Answer::Denied,
            _ => Answer::Given,
        }
    }

    fn entitlements(&mut self, event: &Event, mut each: impl FnMut(usize, Answer)) {
        let found = self.all.search(event).expect("the event fits the tree");
        self.answers.fill(Answer::Nothing);
        for rule in found.matches() {
            let answer = &mut self.answers[rule.entitlement as usize];
            *answer = if rule.is_deny || *answer == Answer::Denied { Answer::Denied } else { Answer::Given };
        }
        self.answers.iter().enumerate().for_each(|(at, answer)| each(at, *answer));
    }
}

/// A rule that names every text.
fn every_word(vocabulary: &Vocabulary) -> String {
    let words = vocabulary.values.iter().flatten().map(String::as_str).chain([""]);
    format!("role in [{}]", translate::quoted(&words.collect::<Vec<_>>()))
}

fn tree(words: &str) -> Result<ATree<Rule>, String> {
    let mut tree = ATree::new(&definitions()).map_err(|error| format!("{error:?}"))?;
    let nobody = Rule { entitlement: u32::MAX, number: u32::MAX, is_deny: false };
    tree.insert(&nobody, words).map_err(|error| format!("{error:?}"))?;
    tree.delete(&nobody);
    Ok(tree)
}

fn definitions() -> Vec<AttributeDefinition> {
    let define = |(field, kind)| match kind {
        Kind::Text => AttributeDefinition::string(field),
        Kind::Number => AttributeDefinition::integer(field),
        Kind::Flag => AttributeDefinition::boolean(field),
    };
    translate::fields().into_iter().map(define).collect()
}

fn event(tree: &ATree<Rule>, workload: &Workload, situation: &Situation) -> Event {
    let mut event = tree.make_event();
    for (field, value) in translate::values(&workload.vocabulary, situation) {
        let set = match value {
            Value::Text(text) => event.with_string(field, text),
            Value::Number(number) => event.with_integer(field, number),
            Value::Flag(flag) => event.with_boolean(field, flag),
        };
        set.expect("the field is defined");
    }
    event.build().expect("every field is set")
}

fn test(test: &Test<'_>) -> String {
    let Test { field, is, is_negated } = test;
    match (is, is_negated) {
        (Is::Text(word) | Is::Within(word), false) => format!("{field} = \"{word}\""),
        (Is::Text(word) | Is::Within(word), true) => format!("{field} <> \"{word}\""),
        (Is::Any(words), false) => format!("{field} in [{}]", translate::quoted(words)),
        (Is::Any(words), true) => format!("{field} not in [{}]", translate::quoted(words)),
        (Is::Range(low, high), false) => format!("({field} >= {low} and {field} <= {high})"),
        (Is::Range(low, high), true) => format!("({field} < {low} or {field} > {high})"),
        (Is::Flag(flag), is_negated) if flag != is_negated => (*field).to_owned(),
        (Is::Flag(_), _) => format!("not {field}"),
    }
}
