//! What the resolver accepts, and what it says of the rest: one line of rules, the codes of its findings.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use wardkey::diagnostic::Diagnostic;
use wardkey::{Policy, PolicyFiles};

const CATALOGUE: &str = "\
ward: 1
time_zone: America/Chicago
types:
  place: {tree: {hospital: {tower: [icu, ward_4], annex: [cafe]}}, zones: {quiet: [icu, ward_4]}}
  role: {tree: {clinician: [Physician, Nurse], staff: [Sales]}}
  person: {id: true}
attributes:
  id: person
  role: role
  duties: {set of: role}
  department: {one of: [Marketing, IT, \"R&D\"], omitted: absent}
  location: {type: place, from: context}
  ward: {type: place, inner: itself}
  network: [ward_net, public]
  device.managed: {type: bool, from: context}
  emergency: {type: bool, omitted: false}
  age: {type: whole, range: 0..150}
  weight: {type: decimal, unit: kg}
  teams: {set of: text}
  team: text
  trained: date
  contract_end: date
  address: address
  os: version
  title: text
parameters:
  audit: {one of: [normal, high], combine: most}
  queue: text
  channels: {type: text, combine: all}
tags:
  phi: bool
  owner: {one of: [IT, Nursing], default: IT}
entitlements:
  EHR: {phi: true, actions: [read, export]}
  iTunes: {phi: false}
  Email: {phi: false, owner: Nursing}
resources:
  record: {phi: true, actions: [read, write], attributes: {ward: place, team: text, author: person, teams: {set of: text}}}
groups:
  clinical: [EHR, record]
calendars:
  holiday: [2026-12-25]
";

fn findings(result: Result<Policy, wardkey::LoadError>) -> (bool, Vec<Diagnostic>) {
    match result {
        Ok(policy) => (true, policy.diagnostics().to_vec()),
        Err(error) => (false, error.diagnostics().to_vec()),
    }
}

/// Loads rules with the catalogue above.
fn with_catalogue(rules: &str) -> (bool, Vec<Diagnostic>) {
    findings(PolicyFiles::new().catalogue("catalogue.yaml", CATALOGUE).rules("rules.ward", rules).load())
}

fn codes(found: &[Diagnostic]) -> Vec<&'static str> {
    found.iter().map(|diagnostic| diagnostic.code.id).collect()
}

#[test]
fn every_operator_of_every_type_is_accepted() {
    for rule in [
        "role = Nurse -> allow EHR",
        "role=Sales and location=icu -> deny iTunes",
        "role in [clinician, Sales] -> allow EHR",
        "role is exactly clinician -> allow EHR",
        "not (role in clinician) -> deny EHR",
        "department = \"R&D\" -> allow EHR",
        "department not in [IT, Marketing] -> deny EHR",
        "department is absent -> allow iTunes",
        "location in quiet -> deny iTunes",
        "ward in record.ward -> allow record.read",
        "record.ward is exactly user.ward -> allow record",
        "device.managed -> allow EHR",
        "device.managed = false -> deny EHR",
        "age in 18..65 and age != 40 -> allow EHR",
        "age >= 18 -> allow EHR",
        "weight > 80.5kg -> allow EHR",
        "teams has any [a, b] and teams has none [c] -> allow EHR",
        "teams has record.team -> allow record.read",
        "teams has all record.teams -> allow record.read",
        "duties has clinician and duties has only [clinician, Sales] -> allow EHR",
        "teams is empty -> deny EHR",
        "trained within 365d -> allow EHR",
        "date <= user.contract_end -> allow EHR",
        "address in [10.4.0.0/16, fe80::/10] -> allow EHR",
        "os >= 17.2 and os < 18 -> allow EHR",
        "title starts with \"Dr\" -> allow EHR",
        "title matches [\"Dr*\", \"Prof?\"] -> allow EHR",
        "title = exactly \"MD\" -> allow EHR",
        "time in 07:00..19:00 -> allow EHR",
        "time in 22:00..06:00 on Fri -> allow EHR",
        "time in [22:00..24:00, 00:00..06:00] on Mon..Fri -> allow EHR",
        "time in 22:00..06:00 on holiday -> allow EHR",
        "time in 08:00..17:00 on [Mon, Tue] at \"Europe/Berlin\" -> allow EHR",
        "date in [holiday, 2026-07-04, 2026-08-01..2026-08-31] -> deny iTunes",
        "weekday in Fri..Mon -> allow EHR",
        "now < 2026-12-01T00:00Z -> allow EHR",
        "id = record.author -> allow record.write",
        "always -> allow all except [EHR.export, clinical] where phi = false and owner = IT",
        "emergency -> deny all where owner = user.department",
        "always -> require all with audit = high",
        "always -> offer Email with queue = \"x\", channels = [sms, email]",
        "role = Nurse -> allow EHR with queue from title",
        "role = Nurse -> allow EHR unless emergency from 2026-01-01 until 2026-12-31",
    ] {
        let (loads, found) = with_catalogue(rule);
        let errors: Vec<_> = found.iter().filter(|diagnostic| diagnostic.is_error()).collect();
        assert!(loads, "{rule}\n{errors:#?}");
    }
}

#[test]
fn every_mistake_is_named() {
    for (rule, code) in [
        ("rol = Nurse -> allow EHR", "WK101"),
        ("role = Nurs -> allow EHR", "WK102"),
        ("device.managed > 3 -> allow EHR", "WK103"),
        ("role > Nurse -> allow EHR", "WK103"),
        ("ward = record.ward -> allow record", "WK103"),
        ("team = user.id -> allow EHR", "WK104"),
        ("department -> allow EHR", "WK105"),
        ("role = Nurse or Physician -> allow EHR", "WK105"),
        ("role in [] -> allow EHR", "WK036"),
        ("age in 65..18 -> allow EHR", "WK034"),
        ("teams = a -> allow EHR", "WK111"),
        ("team in user.teams -> allow EHR", "WK111"),
        ("department = role -> allow EHR", "WK112"),
        ("team = role -> allow EHR", "WK112"),
        ("time in 22:00..06:00 and weekday = Fri -> allow EHR", "WK113"),
        ("time in 08:00..12:00 at \"Europe/Berln\" -> allow EHR", "WK114"),
        ("approved has x -> allow EHR", "WK115"),
        ("age is unknown -> allow EHR", "WK116"),
        ("age is known -> deny EHR", "WK116"),
        ("always -> allow EHRR", "WK301"),
        ("record.team = user.team -> allow EHR", "WK302"),
        ("always -> deny all where location = icu", "WK304"),
        ("always -> allow EHR with audt = high", "WK305"),
        ("always -> deny EHR with audit = high", "WK307"),
        ("always -> require EHR", "WK308"),
        ("always -> override offer EHR", "WK039"),
        ("always -> allow EHR from 2026-05-01 until 2026-04-30", "WK034"),
        ("always -> allow EHR from 2026-05-01 until 2026-04-30T12:00Z", "WK311"),
        ("title contains \"\" -> allow EHR", "WK109"),
        ("os in 17.0.0..18.0.0 -> allow EHR", "WK103"),
        ("always -> allow EHR with channels = []", "WK036"),
        ("weight > 80 -> allow EHR", "WK102"),
        ("age = 200 -> allow EHR", "WK102"),
        ("os >= v17 -> allow EHR", "WK102"),
    ] {
        let (loads, found) = with_catalogue(rule);
        assert!(!loads, "{rule} loads");
        assert!(codes(&found).contains(&code), "{rule}: {:?}", found);
    }
}

#[test]
fn warnings_do_not_refuse() {
    for (rules, code) in [
        ("let a = emergency\nalways -> allow EHR", "WK402"),
        ("department != IT -> allow iTunes", "WK406"),
        ("time in 08:00..09:00 at \"Europe/Berlin\" and time in 10:00..11:00 -> allow EHR", "WK404"),
        ("always -> allow all where not phi", "WK405"),
        ("a: always -> override allow EHR\nb: emergency -> deny EHR", "WK407"),
        ("always -> allow all except [clinical, iTunes, Email]", "WK303"),
        ("disabled rol = Nurse -> allow EHR\nalways -> allow EHR", "WK101"),
    ] {
        let (loads, found) = with_catalogue(rules);
        assert!(loads, "{rules}: {found:?}");
        assert!(codes(&found).contains(&code), "{rules}: {found:?}");
    }
}

#[test]
fn without_a_catalogue_the_vocabulary_is_inferred() {
    for (rules, code) in [
        ("role=Sales and location=care_area -> deny iTunes", None),
        ("x = 1 -> allow A\nx = abc -> allow B", Some("WK104")),
        ("x -> allow A\nx = Sales -> allow B", Some("WK104")),
        ("role = Sales or Nurse -> allow A", Some("WK105")),
        ("a = user.b or b -> allow A\na -> allow B", None),
        ("role = department and department = IT -> allow A", Some("WK112")),
        ("a has any [x] and a = y -> allow A", Some("WK104")),
        ("always -> deny all where phi", Some("WK304")),
        ("role = Sales -> allow iTunes\nrole = Nurse -> deny itunes", Some("WK401")),
        ("area = care_area -> allow A\narea = care_aera -> deny B", Some("WK401")),
        ("time in 08:00..09:00 -> allow A", Some("WK403")),
        ("os >= 17.10 and os < 17.2.1 -> allow A", None),
        ("term = 90d -> allow A", None),
        ("age > 5d and age < 10d -> allow A", None),
        ("x = 1 and x > 1.5 -> allow A", None),
    ] {
        let (_, found) = findings(Policy::parse(rules));
        match code {
            Some(code) => assert!(codes(&found).contains(&code), "{rules}: {found:?}"),
            None => assert!(found.is_empty(), "{rules}: {found:?}"),
        }
    }
}

#[test]
fn lets_may_come_in_any_order_but_not_in_a_circle() {
    assert!(with_catalogue("let a = b and emergency\nlet b = role = Nurse\na -> allow EHR").0);
    let (loads, found) = with_catalogue("let a = b\nlet b = not c\nlet c = a or emergency\na -> allow EHR");
    assert!(!loads);
    assert_eq!(codes(&found).iter().filter(|code| **code == "WK107").count(), 1, "{found:?}");
    assert!(codes(&with_catalogue("let a = emergency\nlet A = emergency\na -> allow EHR").1).contains(&"WK106"));
    assert!(codes(&with_catalogue("let role = emergency\nrole -> allow EHR").1).contains(&"WK108"));
    assert!(codes(&with_catalogue("let now = emergency\nalways -> allow EHR").1).contains(&"WK115"));
}

#[test]
fn lets_that_double_are_limited() {
    let mut rules = String::from("let x0 = emergency\n");
    for at in 1..40 {
        rules.push_str(&format!("let x{at} = x{0} and not x{0}\n", at - 1));
    }
    rules.push_str("x39 -> allow EHR\n");
    let (loads, found) = with_catalogue(&rules);
    assert!(!loads);
    assert!(codes(&found).contains(&"WK118"), "{:?}", codes(&found));
}

#[test]
fn ids_come_from_what_a_rule_says() {
    let id = |rules: &str| {
        let policy = PolicyFiles::new().catalogue("c.yaml", CATALOGUE).rules("r.ward", rules).load().unwrap();
        policy.rule_set().rules.iter().map(|rule| rule.id.to_string()).collect::<Vec<_>>()
    };
    let plain = id("role = Nurse -> allow EHR");
    assert_eq!(plain, id("# said\n\nrole=nurse   ->   allow ehr because \"you care\""));
    assert_eq!(plain, id("disabled role = Nurse -> allow EHR"));
    assert_ne!(plain, id("role = Physician -> allow EHR"));
    assert_eq!(id("mine: role = Nurse -> allow EHR"), ["mine"]);
    assert_eq!(plain, id("role = Nurse -> allow EHR\nrole = Nurse -> allow EHR"), "identical unnamed rules are one");
    assert!(codes(&with_catalogue("a: emergency -> allow EHR\nA: emergency -> deny EHR").1).contains(&"WK310"));
}

#[test]
fn the_order_of_rules_and_files_does_not_matter() {
    let rules = ["a: role = Nurse -> allow EHR", "b: emergency -> deny EHR", "let x = emergency", "x -> allow iTunes"];
    let forward = PolicyFiles::new().catalogue("c", CATALOGUE).rules("1.ward", rules.join("\n")).load().unwrap();
    let mut backward = PolicyFiles::new().catalogue("c", CATALOGUE);
    for (at, rule) in rules.iter().rev().enumerate() {
        backward = backward.rules(format!("{at}.ward"), *rule);
    }
    let backward = backward.load().unwrap();
    assert_eq!(forward.hash(), backward.hash());
    let ids = |policy: &Policy| policy.rule_set().rules.iter().map(|rule| rule.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&forward), ids(&backward));
}
