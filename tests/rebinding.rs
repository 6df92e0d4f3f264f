//! A context that is changed, or bound again in place, is the context that would have been built anew: on random policies,
//! contexts and changes.
//!
//! More by the environment, as in `differential.rs`: `WARDKEY_PAIRS`, `WARDKEY_SEED`.
#![allow(clippy::disallowed_methods, clippy::expect_used, clippy::unwrap_used, clippy::panic)]

use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, HashMap};
use wardkey::{Binder, Context, ContextBuilder, Error, Policy, PolicyFiles};
use wardkey_testing::generate::GeneratedContext;
use wardkey_testing::hunt::{Hunt, Trial};
use wardkey_testing::random::Random;

/// Pairs of policy and context in the ordinary run.
const PAIRS: u64 = 12_000;

fn hunt(name: &str, property: impl Fn(Trial<'_>) -> Result<(), String> + Sync) {
    let setting =
        |name: &str, otherwise| std::env::var(name).ok().map_or(otherwise, |value| value.parse().expect("a number"));
    let hunt = Hunt { seed: setting("WARDKEY_SEED", 0), pairs: setting("WARDKEY_PAIRS", PAIRS), contexts: 40 };
    if let Err(failure) = hunt.run(property) {
        panic!("{name} does not hold\n{failure}");
    }
}

/// Whether two contexts of a policy are the same in all that can be seen.
fn same(policy: &Policy, expected: &Context, got: &Context) -> Result<(), String> {
    let states = policy.rule_set().catalogue.attributes.values().zip(expected.states(policy).zip(got.states(policy)));
    for (attribute, (expected, got)) in states {
        if expected != got {
            return Err(format!("`{}` is {got:?}, not {expected:?}", attribute.name));
        }
    }
    if (expected.passed_over(), expected.unusable(), expected.now()) != (got.passed_over(), got.unusable(), got.now()) {
        return Err(format!("{expected:?} and {got:?} differ"));
    }
    if policy.entitlements(expected).outcomes() != policy.entitlements(got).outcomes() {
        return Err("the outcomes of all entitlements differ".to_owned());
    }
    for id in policy.entitlement_ids() {
        let (expected, got) = (policy.decide(expected, id), policy.decide(got, id));
        if expected.outcome() != got.outcome() || expected.defaults_applied() != got.defaults_applied() {
            return Err(format!("`{}` is decided as {got:?}, not as {expected:?}", got.entitlement_name()));
        }
    }
    Ok(())
}

#[test]
fn a_changed_context_is_the_one_built_anew() {
    hunt("changing in place", |mut trial| {
        let policy = trial.policy;
        let Json::Object(mut said) = trial.context.json() else { return Ok(()) };
        let Ok(mut context) = build(policy, &said) else { return Ok(()) };
        let other = GeneratedContext::random(&mut trial.random, &trial.generated.world);
        let mut names: Vec<&str> = trial.context.entries.iter().map(|(name, _)| name.as_str()).collect();
        names.extend(other.entries.iter().map(|(name, _)| name.as_str()));
        trial.random.shuffle(&mut names);
        for name in names {
            let value = other.entries.iter().find(|(at, _)| at == name).map_or(Json::Null, |(_, value)| value.clone());
            let before = said.insert(name.to_owned(), value.clone());
            let changed = context.change(policy, name, value);
            match (build(policy, &said), changed) {
                (Ok(expected), Ok(())) => same(policy, &expected, &context).map_err(|it| format!("{name}: {it}"))?,
                (Err(expected), Err(error)) => {
                    if expected != error {
                        return Err(format!("`{name}` is refused with {error:?}, not {expected:?}"));
                    }
                    match before {
                        Some(before) => said.insert(name.to_owned(), before),
                        None => said.remove(name),
                    };
                    // nothing has changed
                    same(policy, &build(policy, &said).unwrap(), &context).map_err(|it| format!("{name}: {it}"))?;
                }
                (expected, changed) => return Err(format!("`{name}`: {expected:?}, but {changed:?}")),
            }
        }
        Ok(())
    });
}

fn build(policy: &Policy, said: &Map<String, Json>) -> Result<Context, Error> {
    policy.context().json(Json::Object(said.clone()).to_string()).build()
}

/// Whether a binder gives what the builder gives, be it a context or an error.
fn agree(policy: &Policy, built: Result<Context, Error>, bound: Result<&Context, Error>) -> Result<(), String> {
    match (&built, bound) {
        (Ok(built), Ok(bound)) => same(policy, built, bound),
        (Err(expected), Err(error)) if *expected == error => Ok(()),
        (built, bound) => Err(format!("built: {built:?}\nbound: {bound:?}")),
    }
}

/// Members of a JSON object as text: names and values in other spellings, some twice, some that the policy does not know.
fn spelled_anew(random: &mut Random, entries: &[(String, Json)]) -> String {
    let mut members = Vec::new();
    for (name, value) in entries {
        let mut said = vec![(name.clone(), value.clone())];
        if random.chance(5) {
            let again = entries[random.below(entries.len())].1.clone();
            said.push((name.clone(), if random.chance(50) { value.clone() } else { again }));
        }
        for (name, value) in said {
            let name = match random.below(12) {
                0 => name.to_uppercase(),
                1 => format!("user.{name}"),
                2 => format!("User.{name}"),
                3 if random.chance(20) => "Stranger".to_owned(),
                4 if random.chance(20) => "stranger.within".to_owned(),
                _ => name,
            };
            let value = match value {
                Json::String(text) if random.chance(10) => Json::String(text.to_uppercase()),
                Json::Number(number) if random.chance(20) => Json::String(number.to_string()),
                value if random.chance(2) => json!({ "within": value }),
                value if random.chance(2) => json!([value]),
                _ if random.chance(2) => Json::Null,
                value => value,
            };
            members.push(format!("{}: {value}", Json::String(name)));
        }
    }
    random.shuffle(&mut members);
    format!("{{{}}}", members.join(", "))
}

#[test]
fn what_is_bound_again_is_what_is_built() {
    hunt("binding again", |mut trial| {
        let (policy, world) = (trial.policy, &trial.generated.world);
        let mut binders = [policy.binder(), policy.binder().lenient()];
        let mut contexts = vec![trial.context.clone()];
        contexts.extend((0..3).map(|_| GeneratedContext::random(&mut trial.random, world)));
        for context in contexts {
            let texts = [
                context.json().to_string(),
                context.json_in_another_form(&mut trial.random, world).to_string(),
                spelled_anew(&mut trial.random, &context.entries),
            ];
            for text in &texts {
                for (binder, is_lenient) in binders.iter_mut().zip([false, true]) {
                    let builder = || if is_lenient { policy.context().lenient() } else { policy.context() };
                    every_way(policy, binder, builder, text)
                        .map_err(|it| format!("{text}, lenient: {is_lenient}: {it}"))?;
                }
            }
        }
        Ok(())
    });
}

/// The same from JSON, from a map of any values, and, where all are texts or can be, from pairs.
fn every_way<'p>(
    policy: &Policy,
    binder: &mut Binder,
    builder: impl Fn() -> ContextBuilder<'p>,
    text: &str,
) -> Result<(), String> {
    let parsed: Json = serde_json::from_str(text).unwrap();
    agree(policy, builder().json(text).build(), binder.json(policy, text)).map_err(|it| format!("json: {it}"))?;
    agree(policy, builder().values(&parsed).build(), binder.values(policy, &parsed))
        .map_err(|it| format!("values: {it}"))?;
    let pairs: Vec<(&String, String)> = parsed
        .as_object()
        .unwrap()
        .iter()
        .filter_map(|(name, value)| match value {
            Json::String(text) => Some((name, text.clone())),
            Json::Number(_) | Json::Bool(_) => Some((name, value.to_string())),
            _ => None,
        })
        .collect();
    let built = pairs.iter().fold(builder(), |builder, (name, text)| builder.set(name, text)).build();
    let bound = binder.pairs(policy, pairs.iter().map(|(name, text)| (name, text)));
    agree(policy, built, bound).map_err(|it| format!("pairs: {it}"))
}

const CATALOGUE: &str = r#"
ward: 1
time_zone: Europe/Berlin
types:
  place: {tree: {hospital: {floor_4: [room_401, room_402]}}}
attributes:
  role: [Nurse, Sales]
  grade: text
  device.managed: bool
  device.os: version
  place: place
  age: {type: whole, omitted: 40}
  weight: {type: decimal, unit: kg}
  initial: text
  teams: {set of: text}
assume: [not (role = Sales and grade = senior)]
entitlements: [EHR, Marketo]
"#;

const RULES: &str = "role = Nurse and device.managed and age in 18..65 -> allow EHR
teams has a or weight > 80kg or initial = J -> allow EHR
place = floor_4 and time in 07:00..19:00 -> offer Marketo
device.os >= 17.2.0 and grade != junior -> deny all";

#[derive(Clone, Copy, Serialize)]
enum Role {
    Nurse,
    Sales,
    Nobody,
}

#[derive(Clone, Serialize)]
struct Device {
    #[serde(skip_serializing_if = "Option::is_none")]
    os: Option<String>,
    managed: bool,
}

#[derive(Clone, Serialize)]
struct Grade(&'static str);

#[derive(Clone, Serialize)]
struct Person {
    role: Role,
    grade: Option<Grade>,
    device: Option<Device>,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<&'static str>,
    age: i8,
    weight: Option<f32>,
    initial: char,
    teams: Vec<&'static str>,
    now: Option<&'static str>,
    approved: (&'static str,),
}

#[derive(Serialize)]
struct Flat {
    #[serde(flatten)]
    person: Person,
    user: BTreeMap<&'static str, Device>,
}

fn person(random: &mut Random) -> Person {
    let mut some = |share| random.chance(share);
    let device = Device { os: some(50).then(|| "17.4.1".to_owned()), managed: some(50) };
    Person {
        device: some(70).then_some(device),
        grade: some(70).then_some(Grade(if some(50) { "senior" } else { "Junior" })),
        place: some(70).then_some(if some(50) { "room_401" } else { "Floor_4" }),
        weight: some(70).then_some(if some(5) { f32::NAN } else { 80.1 }),
        age: if some(90) { 30 } else { -1 },
        initial: if some(50) { 'J' } else { 'É' },
        teams: if some(50) { vec!["a", "b", "a"] } else { vec![] },
        now: some(70).then_some("2026-11-23T10:00:00"),
        approved: (if some(90) { "Marketo" } else { "Marketing" },),
        role: *random.pick(&[Role::Nurse, Role::Nurse, Role::Sales, Role::Nobody]),
    }
}

fn policy() -> Policy {
    PolicyFiles::new().catalogue("catalogue.yaml", CATALOGUE).rules("a.ward", RULES).load().unwrap()
}

#[test]
fn structs_are_bound_as_they_are_built() {
    let policy = policy();
    let mut random = Random::new(7);
    let (mut binder, mut bound) = (policy.binder(), 0);
    for round in 0..2_000 {
        let person = person(&mut random);
        let built = policy.context().values(&person).build();
        bound += usize::from(built.is_ok());
        agree(&policy, built, binder.values(&policy, &person)).unwrap_or_else(|error| panic!("{round}: {error}"));
        // a struct within a map, and fields that come as entries
        let device = Device { os: None, managed: random.chance(50) };
        let flat = Flat { person: Person { device: None, ..person }, user: BTreeMap::from([("device", device)]) };
        let built = policy.context().values(&flat).build();
        agree(&policy, built, binder.values(&policy, &flat)).unwrap_or_else(|error| panic!("{round}: {error}"));
    }
    assert!((500..1_900).contains(&bound), "{bound} of 2,000 can be bound");
}

#[test]
fn what_is_no_context_is_refused_as_by_the_builder() {
    let policy = policy();
    let mut binder = policy.binder();
    for text in [
        "",
        "[]",
        "1",
        "null",
        "{",
        r#"{"role": "Nurse"} x"#,
        r#"{"role": "Nurse",}"#,
        r#"{"role": tru}"#,
        "{1: 2}",
        r#"{"role": "Nurse", "role": "Sales"}"#,
        r#"{"role": "Nurse", "user": {"role": "Sales"}}"#,
        r#"{"$": "unknown"}"#,
        r#"{"role": {"$": "absent"}}"#,
        r#"{"role": {"x": 1, "$": "absent"}}"#,
        r#"{"device": {"$": "unknown"}}"#,
        r#"{"device": {}}"#,
        r#"{"device": {"managed": true, "managed": null}}"#,
        r#"{"age": 12345678901234567890}"#,
        r#"{"age": -0}"#,
        r#"{"age": 1e2}"#,
        r#"{"age": 9007199254740993.0}"#,
        r#"{"teams": "a"}"#,
        r#"{"time": "07:00"}"#,
        r#"{"approved": {"entitlement": "EHR", "until": "2026-12-31"}}"#,
        r#"{"approved": [1]}"#,
        r#"{"time": null}"#,
        r#"{"r\u006fle": "N\u0075rse"}"#,
        "{\"role\": \"Nurse\u{1}\"}",
    ] {
        agree(&policy, policy.context().json(text).build(), binder.json(&policy, text))
            .unwrap_or_else(|error| panic!("{text}: {error}"));
    }
    let broken = [&br#"{"role": ""#[..], &[0xff], br#""}"#].concat();
    agree(&policy, policy.context().json(&broken).build(), binder.json(&policy, &broken)).unwrap();
    let deep = format!("{}1{}", r#"{"a":"#.repeat(100), "}".repeat(100));
    agree(&policy, policy.context().json(&deep).build(), binder.json(&policy, &deep)).unwrap();
    let long = format!(r#"{{"{}": {{}}}}"#, "x".repeat(2_000));
    agree(&policy, policy.context().json(&long).build(), binder.json(&policy, &long)).unwrap();
    for values in [json!(null), json!([1]), json!("x"), json!({"device": {"x": 1, "$": "unknown"}})] {
        agree(&policy, policy.context().values(&values).build(), binder.values(&policy, &values)).unwrap();
    }
    let numbered = HashMap::from([(1, "x")]);
    agree(&policy, policy.context().values(&numbered).build(), binder.values(&policy, &numbered)).unwrap();
}

#[test]
fn a_binder_begins_anew_with_another_policy() {
    let (one, other) = (policy(), Policy::parse("place = here and role = Nurse -> allow EHR").unwrap());
    let mut binder = one.binder();
    let text = r#"{"role": "Nurse", "place": "room_401", "age": 20}"#;
    for policy in [&one, &other, &one] {
        agree(policy, policy.context().json(text).build(), binder.json(policy, text)).unwrap();
    }
}

#[test]
fn what_strangers_call_things_is_not_remembered_without_end() {
    let policy = Policy::parse("role = Nurse -> allow EHR").unwrap();
    let mut binder = policy.binder();
    for round in 0..3_000 {
        let text = format!(r#"{{"role": "Nurse", "name_{round}": 1, "NAME_{round}x": 2}}"#);
        agree(&policy, policy.context().json(&text).build(), binder.json(&policy, &text)).unwrap();
    }
}
