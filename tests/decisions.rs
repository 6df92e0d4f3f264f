//! Outcomes, reasons, parameters and what is missing, each by the smallest policy that shows the point.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use wardkey::{Context, Outcome, Policy, PolicyFiles};

const CATALOGUE: &str = r#"
ward: 1
time_zone: America/Chicago
types:
  place:
    tree:
      hospital:
        floor_4: [room_401, room_402]
        cafeteria: []
  role: {tree: {clinician: [Physician, Nurse], staff: [Sales, IT]}}
  person: {id: true}
attributes:
  id: person
  role: role
  employment: [active, leave, terminated]
  location: {type: place, from: context}
  network: {one of: [ward, office, home, public], from: context}
  device.managed: {type: bool, from: context}
  emergency: {type: bool, from: context, omitted: false}
  department: {one of: [Marketing, IT, Oncology], omitted: absent}
  age: whole
  languages: {set of: [en, es, fr]}
  manager: {type: person, disclose: false}
  wards: {set of: place}
parameters:
  audit: {one of: [normal, high], combine: most}
  reauth: {type: duration, combine: least}
  queue: text
  approver: person
  channel: {one of: [sms, email, letter], combine: all}
tags:
  phi: bool
entitlements:
  EHR: {phi: true, actions: [read, export]}
  iTunes: {phi: false}
  Marketo: {phi: false}
  Printer: {phi: true}
groups:
  media: [iTunes, Marketo]
"#;

fn policy(rules: &str) -> Policy {
    PolicyFiles::new().catalogue("catalogue.yaml", CATALOGUE).rules("rules.ward", rules).load().unwrap()
}

fn context(policy: &Policy, json: &str) -> Context {
    policy.context().json(json).build().unwrap()
}

fn outcome(rules: &str, json: &str, entitlement: &str) -> Outcome {
    let policy = policy(rules);
    let context = context(&policy, json);
    let decision = policy.decide_named(&context, entitlement).unwrap();
    decision.outcome()
}

/// The record as JSON text, with the named keys only.
fn record(rules: &str, json: &str, entitlement: &str, keys: &[&str]) -> String {
    let policy = policy(rules);
    let context = context(&policy, json);
    let record = serde_json::to_value(policy.decide_named(&context, entitlement).unwrap().record(None)).unwrap();
    let wanted: Vec<String> = keys.iter().map(|key| format!("{key}: {}", record[*key])).collect();
    wanted.join("; ")
}

#[test]
fn what_no_rule_gives_is_not_given() {
    assert_eq!(outcome("role = Nurse -> allow EHR", r#"{"role": "Sales"}"#, "EHR"), Outcome::NotGranted);
    assert_eq!(outcome("role = Nurse -> allow EHR", r#"{"role": "nurse"}"#, "ehr"), Outcome::Allowed);
    assert_eq!(outcome("role = Nurse -> allow EHR", r#"{"role": "Nurse"}"#, "iTunes"), Outcome::NotGranted);
}

#[test]
fn missing_information_never_opens_a_door() {
    let rules = "role = Nurse -> allow EHR\nnetwork = public -> deny EHR";
    assert_eq!(outcome(rules, r#"{"role": "Nurse", "network": "ward"}"#, "EHR"), Outcome::Allowed);
    assert_eq!(outcome(rules, r#"{"role": "Nurse"}"#, "EHR"), Outcome::Denied);
    assert_eq!(outcome(rules, r#"{"network": "ward"}"#, "EHR"), Outcome::NotGranted);
    let keys = ["rules", "missing", "outranked"];
    let rules = "give: role = Nurse -> allow EHR\ntake: network = public -> deny EHR";
    assert_eq!(
        record(rules, r#"{"role": "Nurse"}"#, "EHR", &keys),
        r#"rules: ["take"]; missing: ["network"]; outranked: ["give"]"#
    );
}

#[test]
fn ranks_decide() {
    let rules = "a: always -> allow EHR\nb: age >= 18 -> deny EHR\nc: emergency -> override allow EHR
d: employment = terminated -> override deny all\ne: always -> offer EHR";
    for (json, expected, rules_expected, outranked) in [
        (r#"{"age": 3, "employment": "active"}"#, "allowed", "a", "e"),
        (r#"{"age": 30, "employment": "active"}"#, "denied", "b", "a e"),
        (r#"{"age": 30, "employment": "active", "emergency": true}"#, "allowed", "c", "a b e"),
        (r#"{"age": 30, "employment": "terminated", "emergency": true}"#, "denied", "d", "a b c e"),
        (r#"{"age": 30, "emergency": true}"#, "denied", "d", "a b c e"),
    ] {
        let list = |ids: &str| serde_json::Value::from(ids.split(' ').collect::<Vec<_>>()).to_string();
        assert_eq!(
            record(rules, json, "EHR", &["outcome", "rules", "outranked"]),
            format!("outcome: \"{expected}\"; rules: {}; outranked: {}", list(rules_expected), list(outranked)),
            "{json}"
        );
    }
}

#[test]
fn offers_and_approvals() {
    let rules = "department = Marketing -> offer Marketo with approver = m7\nnetwork = public -> deny Marketo";
    let with = |rest: &str| format!(r#"{{"department": "Marketing", "network": "ward"{rest}}}"#);
    assert_eq!(outcome(rules, &with(""), "Marketo"), Outcome::Offered);
    assert_eq!(outcome(rules, &with(r#", "approved": ["Marketo"]"#), "Marketo"), Outcome::Allowed);
    assert_eq!(outcome(rules, &with(r#", "approved": ["media"]"#), "Marketo"), Outcome::Allowed);
    assert_eq!(outcome(rules, &with(r#", "approved": ["iTunes"]"#), "Marketo"), Outcome::Offered);
    let ends = r#", "approved": [{"entitlement": "Marketo", "until": "2026-12-01"}]"#;
    assert_eq!(outcome(rules, &with(ends), "Marketo"), Outcome::Offered);
    for (now, expected) in
        [("2026-12-01T23:59:59-06:00", Outcome::Allowed), ("2026-12-02T00:00-06:00", Outcome::Offered)]
    {
        let json = with(&format!(r#"{ends}, "now": "{now}""#));
        assert_eq!(outcome(rules, &json, "Marketo"), expected);
    }
    // alone it gives nothing, and it never beats a deny
    assert_eq!(outcome(rules, r#"{"approved": "Marketo", "network": "ward"}"#, "Marketo"), Outcome::NotGranted);
    assert_eq!(outcome(rules, r#"{"department": "Marketing", "approved": "Marketo"}"#, "Marketo"), Outcome::Denied);
    let parts = "always -> offer EHR";
    assert_eq!(outcome(parts, r#"{"approved": ["EHR"]}"#, "EHR.read"), Outcome::Allowed);
    assert_eq!(outcome(parts, r#"{"approved": ["EHR.read"]}"#, "EHR"), Outcome::Offered);
}

#[test]
fn places_may_be_known_as_areas() {
    let rules = "location = room_401 -> deny iTunes\nalways -> allow iTunes\nlocation in floor_4 -> allow Printer";
    for (place, itunes, printer) in [
        ("room_401", Outcome::Denied, Outcome::Allowed),
        ("room_402", Outcome::Allowed, Outcome::Allowed),
        ("floor_4", Outcome::Denied, Outcome::Allowed),
        ("hospital", Outcome::Denied, Outcome::NotGranted),
        ("cafeteria", Outcome::Allowed, Outcome::NotGranted),
    ] {
        let json = format!(r#"{{"location": "{place}"}}"#);
        assert_eq!(outcome(rules, &json, "iTunes"), itunes, "{place}");
        assert_eq!(outcome(rules, &json, "Printer"), printer, "{place}");
    }
    assert_eq!(record(rules, r#"{"location": "floor_4"}"#, "iTunes", &["missing"]), r#"missing: ["location"]"#);
}

#[test]
fn trial_and_disabled_rules_do_not_count() {
    let rules = "always -> allow EHR\ntrial t: always -> deny EHR\ndisabled d: always -> deny EHR";
    assert_eq!(outcome(rules, "{}", "EHR"), Outcome::Allowed);
}

#[test]
fn parameters_combine() {
    let rules = "role = Nurse -> allow EHR with audit = normal, reauth = 12h, channel = sms
network = home -> allow EHR with audit = high, channel = [email, sms]
role = Nurse -> require all with reauth = 4h
emergency -> override allow EHR with queue = q1
age > 60 -> deny EHR";
    let keys = ["parameters", "unsettled", "conflicts"];
    assert_eq!(
        record(rules, r#"{"role": "Nurse", "network": "home", "age": 3}"#, "EHR", &keys),
        r#"parameters: {"audit":"high","reauth":"4h","channel":["email","sms"]}; unsettled: []; conflicts: []"#
    );
    assert_eq!(
        record(rules, r#"{"role": "Nurse", "age": 3}"#, "EHR", &keys),
        r#"parameters: {"audit":"high","reauth":"4h","channel":["email","sms"]}; unsettled: ["audit","channel"]; conflicts: []"#
    );
    assert_eq!(
        record(rules, r#"{"role": "Nurse", "network": "ward", "age": 3}"#, "EHR", &keys),
        r#"parameters: {"audit":"normal","reauth":"4h","channel":["sms"]}; unsettled: []; conflicts: []"#
    );
    // nothing is given: nothing goes with it
    assert_eq!(record(rules, r#"{"role": "Nurse", "age": 80}"#, "EHR", &["parameters"]), "parameters: {}");
}

#[test]
fn parameters_from_attributes() {
    let rules = "always -> offer Marketo with approver from manager";
    assert_eq!(
        record(rules, r#"{"manager": "m7"}"#, "Marketo", &["parameters", "missing"]),
        r#"parameters: {"approver":"m7"}; missing: []"#
    );
    assert_eq!(
        record(rules, "{}", "Marketo", &["parameters", "missing"]),
        r#"parameters: {"approver":null}; missing: ["manager"]"#
    );
}

#[test]
fn one_value_prefers_the_stronger_rule_and_equal_ones_conflict() {
    let rules = "role = Nurse -> allow Printer with queue = a
age > 10 -> allow Printer with queue = b
emergency -> override allow Printer with queue = c
network = home -> allow Printer with queue = d";
    let keys = ["parameters", "unsettled", "conflicts"];
    assert_eq!(
        record(rules, r#"{"role": "Nurse", "age": 11, "network": "ward"}"#, "Printer", &keys),
        r#"parameters: {"queue":["a","b"]}; unsettled: []; conflicts: ["queue"]"#
    );
    assert_eq!(
        record(rules, r#"{"role": "Nurse", "age": 11, "network": "ward", "emergency": true}"#, "Printer", &keys),
        r#"parameters: {"queue":"c"}; unsettled: []; conflicts: []"#
    );
    assert_eq!(
        record(rules, r#"{"role": "Nurse", "age": 3}"#, "Printer", &keys),
        r#"parameters: {"queue":["a","d"]}; unsettled: ["queue"]; conflicts: []"#
    );
}

#[test]
fn because_in_the_language_of_the_person() {
    let policy = policy("always -> deny iTunes because \"Not here\" es \"Aquí no\" de \"Hier nicht\"");
    let context = context(&policy, "{}");
    let decision = policy.decide_named(&context, "iTunes").unwrap();
    assert_eq!(decision.because(None), ["Not here"]);
    assert_eq!(decision.because(Some("es-MX")), ["Aquí no"]);
    assert_eq!(decision.because(Some("DE")), ["Hier nicht"]);
    assert_eq!(decision.because(Some("fr")), ["Not here"]);
}

#[test]
fn depends_on_names_enough_and_not_everything() {
    let rules = "role = Nurse and network = ward -> allow EHR\nage > 90 -> offer EHR\nage > 3 -> allow Printer";
    let keys = ["depends_on", "defaults"];
    assert_eq!(
        record(rules, r#"{"role": "Nurse", "network": "ward", "age": 4}"#, "EHR", &keys),
        r#"depends_on: ["network","role"]; defaults: []"#
    );
    // one false part is enough
    assert_eq!(
        record(rules, r#"{"role": "Sales", "network": "home", "age": 4}"#, "EHR", &keys),
        r#"depends_on: ["age","network"]; defaults: []"#
    );
    assert_eq!(
        record("emergency -> allow EHR", "{}", "EHR", &keys),
        r#"depends_on: ["emergency"]; defaults: ["emergency"]"#
    );
    assert_eq!(record("always -> offer EHR", "{}", "EHR", &["depends_on"]), r#"depends_on: ["approved"]"#);
}

#[test]
fn what_is_known_drops_out_of_missing() {
    let rules = "role = Nurse and network = ward and age > 3 -> allow EHR";
    let missing = |json| record(rules, json, "EHR", &["missing"]);
    assert_eq!(missing("{}"), r#"missing: ["age","network","role"]"#);
    assert_eq!(missing(r#"{"role": "Nurse"}"#), r#"missing: ["age","network"]"#);
    assert_eq!(missing(r#"{"role": "Sales"}"#), "missing: []");
    // an attribute that is not known could still be asked for
    assert_eq!(record("age is known -> allow EHR", "{}", "EHR", &["missing"]), r#"missing: ["age"]"#);
}

#[test]
fn sets() {
    for (rule, json, expected) in [
        ("languages has es", r#"{"languages": ["en", "ES"]}"#, Outcome::Allowed),
        ("languages has es", r#"{"languages": []}"#, Outcome::NotGranted),
        ("languages has all [en, es]", r#"{"languages": ["en"]}"#, Outcome::NotGranted),
        ("languages has only [en, es]", r#"{"languages": ["en"]}"#, Outcome::Allowed),
        ("languages has only [en, es]", r#"{"languages": []}"#, Outcome::Allowed),
        (
            "languages has none [fr]",
            r#"{"languages": {"$": "set", "has": ["en"], "may_have": ["es"]}}"#,
            Outcome::Allowed,
        ),
        (
            "languages has none [es]",
            r#"{"languages": {"$": "set", "has": ["en"], "may_have": ["es"]}}"#,
            Outcome::NotGranted,
        ),
        ("languages has en", r#"{"languages": {"$": "set", "has": ["en"], "others": true}}"#, Outcome::Allowed),
        ("languages is empty", r#"{"languages": {"$": "absent"}}"#, Outcome::Allowed),
        ("wards has user.location", r#"{"wards": ["floor_4"], "location": "room_401"}"#, Outcome::NotGranted),
    ] {
        let rules = format!("{rule} -> allow EHR");
        let policy = PolicyFiles::new().catalogue("catalogue.yaml", CATALOGUE).rules("r.ward", rules).load();
        // a form that the language does not have is skipped by no one: it fails here
        let policy = policy.unwrap_or_else(|error| panic!("{rule}: {error}"));
        let context = context(&policy, json);
        assert_eq!(policy.decide_named(&context, "EHR").unwrap().outcome(), expected, "{rule} {json}");
    }
}

#[test]
fn entitlements_are_decided_as_one_by_one() {
    let policy =
        policy("role = Nurse -> allow all where phi\nnetwork = public -> deny EHR.export\nalways -> offer iTunes");
    let context = context(&policy, r#"{"role": "Nurse"}"#);
    let all = policy.entitlements(&context);
    assert_eq!(all.outcomes().len(), policy.entitlement_ids().count());
    for decision in all {
        assert_eq!(decision.outcome(), policy.outcome(&context, decision.entitlement()));
    }
    let names: Vec<&str> = policy.entitlements(&context).allowed().map(|id| policy.entitlement_name(id)).collect();
    assert_eq!(names, ["EHR", "EHR.read", "Printer"]);
}

#[test]
fn another_policys_contexts_and_entitlements_are_denied() {
    let (one, other) = (policy("always -> allow EHR"), policy("always -> allow iTunes, EHR"));
    let context = context(&one, "{}");
    let id = one.entitlement("EHR").unwrap();
    assert_eq!(one.outcome(&context, id), Outcome::Allowed);
    assert_eq!(other.outcome(&context, id), Outcome::Denied);
    assert_eq!(other.outcome(&context, other.entitlement("EHR").unwrap()), Outcome::Denied);
    let decision = other.decide(&context, id);
    assert!(decision.rules().is_empty() && decision.missing().is_empty() && decision.parameters().is_empty());
    // the same policy loaded twice is the same policy
    let again = policy("always -> allow EHR");
    assert_eq!(again.outcome(&context, id), Outcome::Allowed);
}

#[test]
fn entitlements_with_more_terms_than_a_word_has_bits() {
    let mut rules = String::new();
    for age in 0..100 {
        rules += &format!("age = {age} and role = Nurse -> allow EHR.read\n");
        rules += &format!("age = {} and network = home -> deny EHR.read, Printer\n", age * 3);
        if age % 10 == 0 {
            rules += &format!("age in {age}..{} -> offer iTunes\n", age + 4);
        }
    }
    let policy = policy(&rules);
    for age in 0..320 {
        for network in ["home", "ward"] {
            let context = context(&policy, &format!(r#"{{"age": {age}, "role": "Nurse", "network": "{network}"}}"#));
            let is_denied = network == "home" && age % 3 == 0 && age < 300;
            let expected = [
                ("EHR", Outcome::NotGranted),
                ("EHR.read", if age < 100 { Outcome::Allowed } else { Outcome::NotGranted }),
                ("Printer", Outcome::NotGranted),
                ("iTunes", if age % 10 < 5 && age < 100 { Outcome::Offered } else { Outcome::NotGranted }),
            ];
            let all = policy.entitlements(&context);
            for (name, outcome) in expected {
                let outcome =
                    if is_denied && matches!(name, "EHR.read" | "Printer") { Outcome::Denied } else { outcome };
                let id = policy.entitlement(name).unwrap();
                assert_eq!(policy.outcome(&context, id), outcome, "{name} at {age}, {network}");
                assert_eq!(all.outcomes()[id.in_catalogue().index()], outcome, "{name} at {age}, {network}");
            }
        }
    }
}

#[test]
fn a_condition_that_would_spread_too_far_is_evaluated() {
    // 2^12 terms if it were spread
    let attributes =
        ["role = Nurse", "network = home", "employment = leave", "location = room_401", "age > 3", "emergency"];
    let others =
        ["id = a", "manager = b", "department = IT", "languages has es", "wards has room_402", "device.managed"];
    let pairs: Vec<String> = attributes.iter().zip(others).map(|(a, b)| format!("({a} or {b})")).collect();
    let rules = format!("({}) and ({}) -> allow EHR", pairs.join(" and "), pairs.join(" and "));
    let rules = rules.replace("-> allow", "and (role = Sales or network != ward or age < 80) -> allow");
    let yes = r#"{"role": "Nurse", "network": "home", "employment": "leave", "location": "room_401", "age": 4, "emergency": true}"#;
    assert_eq!(outcome(&rules, yes, "EHR"), Outcome::Allowed);
    assert_eq!(outcome(&rules, &yes.replace("\"age\": 4", "\"age\": 2"), "EHR"), Outcome::NotGranted);
    let managed = yes.replace("\"emergency\": true", "\"device.managed\": true");
    assert_eq!(outcome(&rules, &managed, "EHR"), Outcome::Allowed);
}

#[test]
fn abbreviations_of_abbreviations_do_not_explode() {
    let mut rules = String::from("let a0 = role = Nurse or network = home\nlet b0 = age > 3 and emergency\n");
    for at in 1..9 {
        let before = at - 1;
        rules += &format!("let a{at} = (a{before} and b{before}) or (not a{before} and not b{before}) or a{before}\n");
        rules += &format!("let b{at} = (b{before} or a{before}) and (b{before} or emergency)\n");
    }
    rules += "let c0 = b8\n";
    for at in 1..1000 {
        rules += &format!("let c{at} = not c{} or age < {at}\n", at - 1);
    }
    rules += "a8 -> allow EHR\nnot b8 -> deny EHR\nc999 -> allow Printer\n";
    let json = r#"{"role": "Nurse", "network": "home", "age": 5, "emergency": true}"#;
    assert_eq!(outcome(&rules, json, "EHR"), Outcome::Allowed);
    assert_eq!(record(&rules, json, "EHR", &["missing"]), "missing: []");
    assert_eq!(outcome(&rules, "{}", "EHR"), Outcome::Denied);
}
