//! The rules as closures made at run time: what somebody writes who wants no engine at all.
//!
//! A closure a test, over codes instead of texts; the rules of an entitlement stand together, those that deny first.

use super::Engine;
use crate::person::Person;
use crate::workload::Answer;
use wardkey_testing::workload::{Attribute, Predicate, Rule, Situation, Test, Vocabulary, Workload};

type Holds = Box<dyn Fn(&Person) -> bool>;

/// The rules by entitlement.
pub struct Closures {
    rules: Vec<Rules>,
}

#[derive(Default)]
struct Rules {
    denies: Vec<Holds>,
    allows: Vec<Holds>,
}

impl Rules {
    fn answer(&self, person: &Person) -> Answer {
        let any = |rules: &[Holds]| rules.iter().any(|holds| holds(person));
        match (any(&self.denies), &self.allows) {
            (true, _) => Answer::Denied,
            (false, allows) if any(allows) => Answer::Given,
            _ => Answer::Nothing,
        }
    }
}

impl Engine for Closures {
    type Context = Person;
    type Question = usize;

    const NAME: &'static str = "closures";
    const CRATE: Option<&'static str> = None;
    const DETAIL: &'static str = "Rust closures made at run time";
    const IS_ONE_CALL: bool = false;

    fn load(workload: &Workload) -> Result<Self, String> {
        let mut rules: Vec<_> = workload.entitlements.iter().map(|_| Rules::default()).collect();
        for rule in &workload.rules {
            let of = &mut rules[rule.entitlement];
            let side = if rule.is_deny { &mut of.denies } else { &mut of.allows };
            side.push(closure(&workload.vocabulary, rule));
        }
        Ok(Self { rules })
    }

    fn context(&mut self, workload: &Workload, situation: &Situation) -> Person {
        Person::new(&workload.vocabulary, situation)
    }

    fn question(&mut self, _: &Workload, _: &Situation, entitlement: usize) -> usize {
        entitlement
    }

    fn decide(&mut self, person: &Person, question: &usize) -> Answer {
        self.rules[*question].answer(person)
    }

    fn entitlements(&mut self, person: &Person, mut each: impl FnMut(usize, Answer)) {
        self.rules.iter().enumerate().for_each(|(at, rules)| each(at, rules.answer(person)));
    }
}

fn closure(vocabulary: &Vocabulary, rule: &Rule) -> Holds {
    let mut parts: Vec<Holds> = rule.parts.iter().map(|part| any_of(vocabulary, part)).collect();
    if parts.len() == 1 {
        return parts.remove(0);
    }
    Box::new(move |person| parts.iter().all(|part| part(person)))
}

fn any_of(vocabulary: &Vocabulary, part: &[Predicate]) -> Holds {
    let mut tests: Vec<Holds> = part.iter().map(|predicate| test(vocabulary, predicate)).collect();
    if tests.len() == 1 {
        return tests.remove(0);
    }
    Box::new(move |person| tests.iter().any(|test| test(person)))
}

fn test(vocabulary: &Vocabulary, predicate: &Predicate) -> Holds {
    let Predicate { attribute, ref test, is_negated } = *predicate;
    let code = |value: usize| u16::try_from(value).unwrap_or(u16::MAX);
    match test {
        Test::Is(area) if attribute == Attribute::Location => {
            let (area, level) = (code(*area), Person::level(vocabulary, *area));
            Box::new(move |person| (person.places[level] == area) != is_negated)
        }
        Test::Is(value) => {
            let (value, at) = (code(*value), attribute.index());
            Box::new(move |person| (person.values[at] == value) != is_negated)
        }
        Test::In(values) => {
            let values: Vec<_> = values.iter().map(|value| code(*value)).collect();
            let at = attribute.index();
            Box::new(move |person| values.contains(&person.values[at]) != is_negated)
        }
        Test::Range(low, high) => {
            let (low, high, at) = (code(*low), code(*high), attribute.index());
            Box::new(move |person| (low..=high).contains(&person.values[at]) != is_negated)
        }
    }
}
