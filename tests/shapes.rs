//! Policies of the shapes that the compiled form treats each in its own way: thousands of names tested one by one, many
//! attributes that few rules read, entitlements with more than a word of rules, conditions that would spread into too many
//! terms. Random small policies have none of these; here the engine is compared with the reference on them, and a session
//! with fresh contexts.

#![allow(clippy::unwrap_used, clippy::panic)]

use serde_json::{Map, Value as Json, json};
use std::fmt::Write;
use wardkey::{Outcome, Policy, PolicyFiles};
use wardkey_testing::agree::agree;
use wardkey_testing::properties::session_follows;
use wardkey_testing::random::Random;

/// A policy, and for each of its attributes some values.
struct Shape {
    policy: Policy,
    values: Vec<(String, Vec<Json>)>,
}

impl Shape {
    fn new(catalogue: &str, rules: &str, values: Vec<(String, Vec<Json>)>) -> Self {
        let files = PolicyFiles::new().catalogue("catalogue.yaml", catalogue).rules("rules.ward", rules);
        Self { policy: files.load().unwrap(), values }
    }

    /// A context in which most attributes have one of their values.
    fn context(&self, random: &mut Random) -> Map<String, Json> {
        let mut context = Map::new();
        for (name, values) in &self.values {
            match random.below(10) {
                0 => {}
                1 => _ = context.insert(name.clone(), json!({"$": "absent"})),
                _ => _ = context.insert(name.clone(), random.pick(values).clone()),
            }
        }
        context
    }

    fn check(&self, contexts: usize) {
        let mut random = Random::new(7);
        let mut seen = std::collections::BTreeMap::new();
        for _ in 0..contexts {
            let steps: Vec<Map<String, Json>> = (0..6).map(|_| self.context(&mut random)).collect();
            let first = Json::Object(steps[0].clone());
            if let Err(difference) = agree(&self.policy, &first) {
                panic!("{difference}\n{first}");
            }
            if let Err(difference) = session_follows(&self.policy, &steps, &mut random) {
                panic!("{difference}");
            }
            let context = self.policy.context().json(first.to_string()).build().unwrap();
            for outcome in self.policy.entitlements(&context).outcomes() {
                *seen.entry(outcome).or_insert(0) += 1;
            }
        }
        for outcome in [Outcome::Allowed, Outcome::Denied, Outcome::NotGranted] {
            assert!(seen.contains_key(&outcome), "never {outcome}: {seen:?}");
        }
    }
}

fn names(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|at| format!("{prefix}{at}")).collect()
}

fn list(names: &[String]) -> String {
    names.join(", ")
}

fn texts(names: &[String]) -> Vec<Json> {
    names.iter().map(|name| json!(name)).collect()
}

#[test]
fn thousands_of_people_each_named_in_a_rule() {
    const PEOPLE: usize = 3_000;
    let (people, things) = (names("u", PEOPLE), names("app_", 40));
    let catalogue = format!(
        "ward: 1\nattributes:\n  user: text\n  place: [ward, home]\n  blocked: bool\nentitlements: [{}]\n",
        list(&things)
    );
    let mut rules = String::new();
    for (at, user) in people.iter().enumerate() {
        let thing = &things[at * 7 % things.len()];
        match at % 10 {
            0 => writeln!(rules, "user != {user} and place = home -> allow {thing}"),
            1 => writeln!(rules, "user = {user} and place = home -> deny {thing}"),
            _ => writeln!(rules, "user in [{user}, {}] -> allow {thing}", people[(at + 1) % PEOPLE]),
        }
        .unwrap();
    }
    rules.push_str("blocked -> deny all\n");
    let mut asked = texts(&people[..60]);
    asked.push(json!("nobody"));
    let values = vec![
        ("user".to_owned(), asked),
        ("place".to_owned(), vec![json!("ward"), json!("home")]),
        ("blocked".to_owned(), vec![json!(false), json!(false), json!(true)]),
    ];
    let shape = Shape::new(&catalogue, &rules, values);
    assert!(shape.policy.compiled_size().keyed > 0, "{:?}", shape.policy.compiled_size());
    shape.check(12);
}

#[test]
fn many_attributes_that_few_rules_read() {
    let (attributes, things) = (names("a", 60), names("app_", 600));
    let declared: String = attributes.iter().map(|name| format!("  {name}: [x, y, z]\n")).collect();
    let catalogue = format!(
        "ward: 1\nattributes:\n{declared}  role: [Nurse, Sales]\n  p: text\n  q: text\nentitlements: [{}]\n",
        list(&things)
    );
    let mut rules = String::new();
    for (at, thing) in things.iter().enumerate() {
        let (a, b) = (&attributes[at % 60], &attributes[(at * 13 + 5) % 60]);
        writeln!(rules, "role = Nurse and {a} = x -> allow {thing}").unwrap();
        writeln!(rules, "{b} != y -> deny {thing}").unwrap();
        if at % 50 == 0 {
            writeln!(rules, "p = user.q or p starts with \"{a}\" -> override allow {thing}").unwrap();
        }
    }
    let mut values: Vec<(String, Vec<Json>)> =
        attributes.iter().map(|name| (name.clone(), texts(&["x", "y", "y", "z"].map(str::to_owned)))).collect();
    values.push(("role".to_owned(), texts(&["Nurse", "Sales"].map(str::to_owned))));
    values.push(("p".to_owned(), texts(&["a1", "b", "a59 or so"].map(str::to_owned))));
    values.push(("q".to_owned(), texts(&["a1", "b"].map(str::to_owned))));
    let shape = Shape::new(&catalogue, &rules, values);
    assert!(shape.policy.compiled_size().sparse > 0, "{:?}", shape.policy.compiled_size());
    shape.check(8);
}

#[test]
fn entitlements_with_more_than_a_word_of_rules() {
    let (roles, places) = (names("role", 30), names("place", 30));
    let catalogue = format!(
        "ward: 1\nattributes:\n  role: [{}]\n  place: [{}]\n  hour: {{type: whole, range: 0..23}}\nentitlements: [EHR, iTunes, Email]\n",
        list(&roles),
        list(&places)
    );
    let mut rules = "hour in 22..23 and role != role3 -> override deny iTunes\n".to_owned();
    for (at, role) in roles.iter().enumerate() {
        for (other, place) in places.iter().enumerate().step_by(3) {
            let kind = if (at + other) % 4 == 0 { "deny" } else { "allow" };
            let hours = format!("{}..{}", other % 12, 12 + at % 12);
            writeln!(rules, "role = {role} and place = {place} and hour in {hours} -> {kind} EHR, iTunes").unwrap();
        }
        writeln!(rules, "role = {role} -> offer Email").unwrap();
    }
    let values = vec![
        ("role".to_owned(), texts(&roles)),
        ("place".to_owned(), texts(&places)),
        ("hour".to_owned(), (0..24).map(|hour| json!(hour)).collect()),
    ];
    Shape::new(&catalogue, &rules, values).check(60);
}

#[test]
fn conditions_that_would_explode_are_still_exact() {
    let attributes = names("a", 24);
    let declared: String = attributes.iter().map(|name| format!("  {name}: [x, y, z]\n")).collect();
    let catalogue = format!("ward: 1\nattributes:\n{declared}entitlements: [EHR, iTunes, Email]\n");
    // spread into terms, each of these would be 2^12 conjunctions
    let pairs = |value: &str| {
        let pair = |two: &[String]| format!("({} = {value} or {} != z)", two[0], two[1]);
        attributes.chunks(2).map(pair).collect::<Vec<_>>().join(" and ")
    };
    let all = attributes.iter().map(|name| format!("{name} != y")).collect::<Vec<_>>().join(" and ");
    let rules = format!(
        "{} -> allow EHR\nnot ({}) and a3 = x -> deny EHR\n(({}) or a1 = z) and (({}) or a2 = z) -> allow iTunes\n\
         not (not ({}) or a5 = y) -> deny iTunes\na7 = x or a8 = x -> offer Email\n({all}) or a9 = z -> deny Email\n",
        pairs("x"),
        pairs("y"),
        pairs("x"),
        pairs("z"),
        pairs("x"),
    );
    let values =
        attributes.iter().map(|name| (name.clone(), texts(&["x", "x", "y", "z"].map(str::to_owned)))).collect();
    Shape::new(&catalogue, &rules, values).check(300);
}
