//! The engine on the hospital workload with answers given from outside: every answer, for every entitlement, in every
//! context; once asked for alone, once with all others, and for some of the contexts by the reference evaluator too.
//!
//! The workload lies beside the project (`../shared/workload`) or where `WARDKEY_WORKLOAD` says. Where there is none, the
//! tests of it say so and pass.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use flate2::read::GzDecoder;
use serde_json::Value as Json;
use std::collections::HashMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use wardkey::{Context, Outcome, Policy};
use wardkey_testing::read::read_context;
use wardkey_testing::reference::{self, Reference};
use wardkey_testing::workload::{Attribute, Expected, Predicate, Rule, Situation, Test, Vocabulary, Workload};

/// The folder of the workload; none, after saying so, where it is not there.
fn folder() -> Option<PathBuf> {
    let pointed = std::env::var_os("WARDKEY_WORKLOAD").map(PathBuf::from);
    let is_pointed = pointed.is_some();
    let folder = pointed.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/workload"));
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(!is_pointed, "WARDKEY_WORKLOAD is set, but there is no folder {}", folder.display());
    say("skipped, there is no folder ../shared/workload (or set WARDKEY_WORKLOAD)");
    None
}

/// One line of result, shown even where the test passes.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "workload: {line}");
}

/// A workload from its file, with what is expected: by context, a character for each entitlement.
fn read(folder: &Path, size: usize) -> (Workload, Vec<String>) {
    let plain = folder.join(format!("hospital_{size}.json"));
    let mut text = String::new();
    match std::fs::read_to_string(&plain) {
        Ok(read) => text = read,
        Err(_) => {
            let packed = std::fs::File::open(plain.with_extension("json.gz")).expect("the workload has this size");
            GzDecoder::new(packed).read_to_string(&mut text).expect("it is packed with gzip");
        }
    }
    let json: Json = serde_json::from_str(&text).expect("it is JSON");
    let expected = list(&json["expected"]).iter().map(|line| line.as_str().unwrap().to_owned()).collect();
    (Reading::new(&json).workload(), expected)
}

fn list(json: &Json) -> &[Json] {
    json.as_array().expect("a list")
}

fn texts(json: &Json) -> Vec<String> {
    list(json).iter().map(|text| text.as_str().expect("a text").to_owned()).collect()
}

/// A number of a list that has so many items.
fn number(json: &Json) -> usize {
    usize::try_from(json.as_u64().expect("a number")).unwrap()
}

/// The file of a workload on its way to one.
struct Reading<'j> {
    json: &'j Json,
    /// By attribute, where each value stands in its list.
    places: Vec<HashMap<String, usize>>,
    entitlements: HashMap<String, usize>,
}

fn places(values: Vec<String>) -> HashMap<String, usize> {
    values.into_iter().enumerate().map(|(at, value)| (value, at)).collect()
}

impl<'j> Reading<'j> {
    fn new(json: &'j Json) -> Self {
        let of = |attribute: Attribute| places(texts(&json["attributes"][attribute.name()]));
        let entitlements = places(texts(&json["entitlements"]));
        Self { json, places: Attribute::ALL.map(of).into(), entitlements }
    }

    fn workload(&self) -> Workload {
        Workload {
            vocabulary: self.vocabulary(),
            entitlements: texts(&self.json["entitlements"]),
            rules: list(&self.json["rules"]).iter().map(|rule| self.rule(rule)).collect(),
            situations: list(&self.json["contexts"]).iter().map(|context| self.situation(context)).collect(),
        }
    }

    fn vocabulary(&self) -> Vocabulary {
        let values = Attribute::ALL.map(|attribute| texts(&self.json["attributes"][attribute.name()]));
        let parent = |place: &String| Some(self.value(Attribute::Location, self.json["location_parent"].get(place)?));
        let parents = values[Attribute::Location.index()].iter().map(parent).collect();
        Vocabulary { values, parents }
    }

    fn rule(&self, rule: &Json) -> Rule {
        let part = |part: &Json| list(part).iter().map(|predicate| self.predicate(predicate)).collect();
        let is_deny = match rule["effect"].as_str() {
            Some("deny") => true,
            Some("grant") => false,
            other => panic!("an effect that is not known: {other:?}"),
        };
        let entitlement = self.entitlements[rule["entitlement"].as_str().unwrap()];
        Rule { parts: list(&rule["when"]).iter().map(part).collect(), is_deny, entitlement }
    }

    fn predicate(&self, predicate: &Json) -> Predicate {
        let name = predicate["attr"].as_str().unwrap();
        let attribute = Attribute::ALL.into_iter().find(|attribute| attribute.name() == name).expect("an attribute");
        let test = match predicate["op"].as_str() {
            Some("eq" | "under") => Test::Is(self.value(attribute, &predicate["value"])),
            Some("in") => {
                Test::In(list(&predicate["values"]).iter().map(|value| self.value(attribute, value)).collect())
            }
            Some("range") => Test::Range(number(&predicate["lo"]), number(&predicate["hi"])),
            other => panic!("an operator that is not known: {other:?}"),
        };
        let is_negated = predicate.get("not").is_some_and(|not| not.as_bool().unwrap());
        Predicate { attribute, test, is_negated }
    }

    fn situation(&self, context: &Json) -> Situation {
        Attribute::ALL.map(|attribute| {
            let found = attribute.name().split('.').fold(context, |object, key| &object[key]);
            self.value(attribute, found)
        })
    }

    fn value(&self, attribute: Attribute, value: &Json) -> usize {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        self.places[attribute.index()][&text]
    }
}

/// What the character of an answer means.
fn outcome(answer: char) -> Outcome {
    match answer {
        'g' => Outcome::Allowed,
        'd' => Outcome::Denied,
        '-' => Outcome::NotGranted,
        other => panic!("an answer that is not known: {other}"),
    }
}

/// Compares every answer, the first `by_reference` contexts with the reference evaluator too. Gives the number of answers.
fn check(size: usize, by_reference: usize) -> Option<usize> {
    let folder = folder()?;
    let (workload, expected) = read(&folder, size);
    assert_eq!(workload.rules.len(), size);
    assert_eq!(workload.situations.len(), expected.len());
    let policy = workload.policy().unwrap();
    let mut answers = 0;
    for (at, (situation, expected)) in workload.situations.iter().zip(&expected).enumerate() {
        let json = workload.person(situation).json();
        let context = policy.context().json(&json).build().unwrap();
        let expected: Vec<Outcome> = expected.chars().map(outcome).collect();
        assert_eq!(naive(&workload, situation), expected, "walking over the rules, context {at}: {json}");
        assert_eq!(single(&policy, &context), expected, "asked alone, context {at}: {json}");
        assert_eq!(policy.entitlements(&context).outcomes(), expected, "asked together, context {at}: {json}");
        if at < by_reference {
            assert_eq!(slowly(&policy, &json), expected, "by the reference, context {at}: {json}");
        }
        answers += expected.len();
    }
    say(&format!("{size} rules: {answers} answers in {} contexts, all as expected", expected.len()));
    Some(answers)
}

fn naive(workload: &Workload, situation: &Situation) -> Vec<Outcome> {
    let outcome = |expected| match expected {
        Expected::Given => Outcome::Allowed,
        Expected::Denied => Outcome::Denied,
        Expected::Nothing => Outcome::NotGranted,
    };
    workload.expected(situation).into_iter().map(outcome).collect()
}

fn single(policy: &Policy, context: &Context) -> Vec<Outcome> {
    policy
        .entitlement_ids()
        .map(|id| {
            assert_eq!(policy.entitlement(policy.entitlement_name(id)).unwrap(), id);
            policy.outcome(context, id)
        })
        .collect()
}

fn slowly(policy: &Policy, json: &str) -> Vec<Outcome> {
    let rules = policy.rule_set();
    let facts = read_context(rules, &serde_json::from_str(json).unwrap()).unwrap();
    let reference = Reference::new(rules, &facts);
    let outcome = |outcome| match outcome {
        reference::Outcome::Denied => Outcome::Denied,
        reference::Outcome::NotGranted => Outcome::NotGranted,
        reference::Outcome::Offered => Outcome::Offered,
        reference::Outcome::Allowed => Outcome::Allowed,
    };
    policy.entitlement_ids().map(|id| outcome(reference.decide(id.in_catalogue()).outcome)).collect()
}

#[test]
fn ten_rules() {
    assert!(check(10, 1_000).is_none_or(|answers| answers == 20_000));
}

#[test]
fn a_hundred_rules() {
    assert!(check(100, 200).is_none_or(|answers| answers == 20_000));
}

#[test]
fn a_thousand_rules() {
    assert!(check(1_000, 20).is_none_or(|answers| answers == 100_000));
}

#[test]
fn ten_thousand_rules() {
    assert!(check(10_000, 1).is_none_or(|answers| answers == 50_000));
}

#[test]
fn the_generated_workload_is_answered_as_by_walking_over_its_rules() {
    for size in [10, 100, 1_000] {
        let workload = Workload::generate(size, 7);
        let policy = workload.policy().unwrap();
        for (at, situation) in workload.situations[..100].iter().enumerate() {
            let person = workload.person(situation);
            let context = policy.context().values(&person).build().unwrap();
            let expected = naive(&workload, situation);
            assert_eq!(single(&policy, &context), expected, "{size} rules, context {at}: {person:?}");
            assert_eq!(policy.entitlements(&context).outcomes(), expected, "{size} rules, context {at}: {person:?}");
        }
    }
}
