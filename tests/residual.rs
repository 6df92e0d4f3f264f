//! Partial evaluation: what is left of a policy when only part of a context is known.
//!
//! The property looks at 12,000 random pairs of policy and context, six completions of each. More by the environment, as in
//! `tests/differential.rs`: `WARDKEY_PAIRS=1000000`, `WARDKEY_SEED=7`.
#![allow(clippy::disallowed_methods, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::unwrap_used)]

use std::sync::atomic::{AtomicU64, Ordering};
use wardkey::{Outcome, Policy, PolicyFiles, Residual};
use wardkey_testing::hunt::Hunt;
use wardkey_testing::properties;

const CATALOGUE: &str = r#"
ward: 1
time_zone: America/Chicago
types:
  place: {tree: {hospital: {floor_4: [room_401, room_402], floor_5: [room_501]}}}
attributes:
  role: [Physician, Nurse, Sales]
  network: {one of: [clinical, guest, home], from: context}
  location: {type: place, from: context}
  ward: {type: place, inner: itself}
  emergency: {type: bool, from: context, omitted: false}
  managed: bool
  on_call: bool
  age: {type: whole, range: 0..130}
  team: text
  teams: {set of: text}
  diagnosis: {type: text, disclose: false}
tags:
  phi: bool
  owner: {one of: [IT, Nursing], default: IT}
entitlements:
  EHR: {phi: true}
  Door: {phi: false}
  Ledger: {phi: false}
resources:
  patient_record:
    phi: true
    actions: [read]
    attributes: {ward: {type: place, inner: itself}, teams: {set of: text}, team: text, diagnosis: text, age: {type: whole, range: 0..130}}
"#;

fn load(rules: &str) -> Policy {
    // rules begin at the left margin
    let rules = rules.replace("\n        ", "\n");
    PolicyFiles::new()
        .catalogue("catalogue.yaml", CATALOGUE)
        .rules("rules.ward", rules)
        .load()
        .unwrap_or_else(|error| panic!("{error}"))
}

/// What is left of rules for an entitlement, in a context given as JSON.
fn left(rules: &str, entitlement: &str, context: &str) -> Residual {
    let policy = load(rules);
    let context = policy.context().json(context).build().expect("a context");
    let residual = policy.residual(&context, policy.entitlement(entitlement).expect("an entitlement"));
    // every text can be read back
    load(residual.as_policy());
    load(&format!("{} -> allow EHR", residual.condition()).replace("EHR", entitlement));
    residual
}

/// What is left of rules about `EHR`, as a condition, in a context given as JSON.
fn condition(rules: &str, context: &str) -> String {
    left(rules, "EHR", context).condition().to_owned()
}

#[test]
fn what_gives_and_what_denies_become_one_condition() {
    let rules = "
        nurses: role = Nurse -> allow EHR
        physicians: role = Physician -> allow EHR
        guests: network = guest -> deny EHR";
    let residual = left(rules, "EHR", "{}");
    assert_eq!(residual.outcome(), None);
    assert_eq!(residual.attributes(), ["network", "role"]);
    assert_eq!(residual.condition(), "(role = Nurse or role = Physician) and network != guest");
    assert_eq!(residual.offer_condition(), residual.condition());
    assert_eq!(
        residual.as_policy(),
        "guests: network = guest -> deny EHR\nnurses: role = Nurse -> allow EHR\nphysicians: role = Physician -> allow EHR\n"
    );
}

#[test]
fn what_is_known_disappears() {
    let rules = "
        nurses: role = Nurse and managed -> allow EHR
        physicians: role = Physician -> allow EHR
        guests: network = guest and not emergency -> deny EHR";
    // `emergency` was left out, and so is false
    assert_eq!(condition(rules, r#"{"role": "Nurse"}"#), "managed and network != guest");
    assert_eq!(condition(rules, r#"{"role": "Physician"}"#), "network != guest");
    assert_eq!(condition(rules, r#"{"managed": false, "network": "home"}"#), "role = Physician");
    let residual = left(rules, "EHR", r#"{"role": "Nurse"}"#);
    let ids: Vec<&str> = residual.rules().iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids, ["guests", "nurses"]);
    assert_eq!(
        (residual.rules()[0].effect.as_str(), residual.rules()[0].condition.as_str()),
        ("deny", "network = guest")
    );
}

#[test]
fn an_outcome_can_be_settled_before_all_is_known() {
    let rules = "
        always -> allow EHR
        guests: network = guest -> deny EHR
        leavers: role = Sales -> override deny EHR";
    let denied = left(rules, "EHR", r#"{"role": "Sales"}"#);
    assert_eq!(denied.outcome(), Some(Outcome::Denied));
    assert_eq!(denied.attributes(), [] as [&str; 0]);
    assert_eq!(denied.condition(), "not always");
    assert_eq!(denied.as_policy(), "leavers: always -> override deny EHR\n");
    let allowed = left(rules, "EHR", r#"{"role": "Nurse", "network": "home"}"#);
    assert_eq!((allowed.outcome(), allowed.condition()), (Some(Outcome::Allowed), "always"));
    let nothing = left("role = Nurse -> allow EHR", "EHR", r#"{"role": "Sales"}"#);
    assert_eq!((nothing.outcome(), nothing.as_policy()), (Some(Outcome::NotGranted), "not always -> allow EHR\n"));
    assert!(nothing.rules().is_empty());
}

#[test]
fn ranks_decide_what_still_matters() {
    // a stronger rule that may deny keeps a settled deny from mattering only if it could allow
    let rules = "
        network = guest -> deny EHR
        emergency -> override allow EHR
        role = Sales -> override deny EHR";
    let guest = left(rules, "EHR", r#"{"network": "guest"}"#);
    assert_eq!(guest.outcome(), Some(Outcome::Denied), "`emergency` is false, and the rest only denies");
    let guest = left(rules, "EHR", r#"{"network": "guest", "emergency": {"$": "unknown"}}"#);
    assert_eq!(guest.condition(), "emergency and role != Sales");
    assert_eq!(guest.attributes(), ["emergency", "role"]);
    // what could only allow what is allowed anyway does not matter
    let allowed =
        left("always -> allow EHR\nemergency -> override allow EHR", "EHR", r#"{"emergency": {"$": "unknown"}}"#);
    assert_eq!(allowed.outcome(), Some(Outcome::Allowed));
}

#[test]
fn offers_have_a_condition_of_their_own() {
    let rules = "role = Nurse -> allow EHR\nmanaged -> offer EHR";
    let residual = left(rules, "EHR", "{}");
    assert_eq!((residual.condition(), residual.offer_condition()), ("role = Nurse", "role = Nurse or managed"));
    let approved = left(rules, "EHR", r#"{"approved": ["EHR"]}"#);
    assert_eq!(approved.condition(), "role = Nurse or managed");
    // an approval with an end hangs on the clock
    let until = left("managed -> offer EHR", "EHR", r#"{"approved": [{"entitlement": "EHR", "until": "2026-12-31"}]}"#);
    assert_eq!(until.condition(), "managed and now < 2027-01-01T06:00:00Z");
    assert_eq!(
        (until.offer_condition(), until.attributes()),
        ("managed", &["managed".to_owned(), "now".to_owned()][..])
    );
}

#[test]
fn what_stays_unknown_does_not_give_and_may_deny() {
    let rules = "network is unknown or role = Sales -> deny EHR\nrole is known and age >= 18 -> allow EHR";
    let residual = left(rules, "EHR", r#"{"age": 20}"#);
    assert_eq!(residual.condition(), "role is known and network is known and role != Sales");
    // an empty list may stand for "nothing entered": what compares with it is never known
    let rules = "patient_record.teams has all user.teams -> allow patient_record";
    let residual = left(rules, "patient_record", r#"{"teams": []}"#);
    assert_eq!(residual.outcome(), Some(Outcome::NotGranted));
    let rules = "always -> allow patient_record\npatient_record.teams has all user.teams -> deny patient_record";
    let residual = left(rules, "patient_record", r#"{"teams": []}"#);
    assert_eq!(residual.outcome(), Some(Outcome::Denied));
}

#[test]
fn what_is_known_in_part_may_become_more_exact() {
    let rules = "location = room_401 -> allow EHR\nteams has red -> deny EHR";
    // somewhere on the fourth floor
    let residual = left(rules, "EHR", r#"{"location": "floor_4", "teams": ["blue"]}"#);
    assert_eq!((residual.condition(), residual.attributes()), ("location = room_401", &["location".to_owned()][..]));
    let elsewhere = left(rules, "EHR", r#"{"location": "floor_5"}"#);
    assert_eq!(elsewhere.condition(), "not always");
    let set = r#"{"location": "room_401", "teams": {"$": "set", "may_have": ["red"]}}"#;
    assert_eq!(condition(rules, set), "not teams has red");
    assert_eq!(condition(rules, r#"{"location": "room_401", "teams": {"$": "set", "may_have": ["blue"]}}"#), "always");
}

#[test]
fn a_question_about_a_resource_leaves_a_condition_on_its_attributes() {
    let rules = "
        own: user.ward is exactly patient_record.ward -> allow patient_record.read
        team: patient_record.teams has user.team and patient_record.age >= user.age -> allow patient_record.read
        hidden: user.diagnosis = patient_record.diagnosis -> deny patient_record.read";
    let context = r#"{"ward": "floor_4", "team": "R&D", "age": 30, "diagnosis": "secret"}"#;
    let residual = left(rules, "patient_record.read", context);
    let texts: Vec<&str> = residual.rules().iter().map(|rule| rule.condition.as_str()).collect();
    // what the catalogue keeps to itself is not put into the text
    assert_eq!(
        texts,
        [
            "user.diagnosis = patient_record.diagnosis",
            "patient_record.ward is exactly floor_4",
            "patient_record.teams has \"R&D\" and patient_record.age >= 30"
        ]
    );
    assert_eq!(
        residual.attributes(),
        ["patient_record.age", "patient_record.diagnosis", "patient_record.teams", "patient_record.ward"]
    );
    let odd = left(rules, "patient_record.read", "{\"team\": \"a\\u0007b\", \"ward\": \"floor_5\", \"age\": 30}");
    assert!(odd.condition().contains("patient_record.teams has user.team"), "what cannot be written stays a name");
}

#[test]
fn texts_are_those_of_the_author() {
    let rules = r#"
        let young = age in 18 .. 30
        clinical: (role in [ Nurse,Physician ]) and not young -> allow EHR
          unless network != clinical or team starts with "x"
          until 2026-12-31
    "#;
    assert_eq!(
        condition(rules, "{}"),
        "role in [Nurse, Physician] and age not in 18..30 and network = clinical and not team starts with \"x\" \
         and date <= 2026-12-31"
    );
    let zones = "time in 08:00..17:00 at \"Europe/Berlin\" and not date in [2026-12-24, 2026-12-31] -> allow EHR";
    assert_eq!(
        condition(zones, "{}"),
        "time in 08:00..17:00 at \"Europe/Berlin\" and date not in [2026-12-24, 2026-12-31]"
    );
    assert_eq!(
        condition("managed = false or on_call != false -> allow EHR", "{}"),
        "managed = false or on_call != false"
    );
    assert_eq!(condition("not (managed and not on_call) -> allow EHR", "{}"), "not managed or on_call");
    // what `where` leaves to the context is said anew: its words are those of tags
    let residual = left("always -> allow all where owner = user.team", "EHR", "{}");
    assert_eq!(residual.condition(), "team = \"IT\"");
}

#[test]
fn only_what_holds_while_things_are_unknown_is_simplified() {
    assert_eq!(condition("managed or not managed -> allow EHR", "{}"), "managed or not managed");
    assert_eq!(condition("managed or (managed and on_call) -> allow EHR", "{}"), "managed");
    assert_eq!(condition("(managed and on_call) or (on_call and managed) -> allow EHR", "{}"), "managed and on_call");
    assert_eq!(condition("managed -> allow EHR\nmanaged -> deny EHR", "{}"), "managed and not managed");
    let residual = left("a: managed -> allow EHR\nb: managed and on_call -> allow EHR", "EHR", "{}");
    assert_eq!(residual.rules().len(), 1, "the second gives nothing that the first does not");
    assert_eq!(residual.attributes(), ["managed"]);
}

#[test]
fn a_night_beside_a_day_is_said_so_that_it_can_be_read_back() {
    let rules = "time in 22:00..06:00 -> allow EHR\nweekday not in Mon..Fri -> deny EHR";
    assert_eq!(condition(rules, "{}"), "time in [00:00..06:00, 22:00..24:00] and weekday in Mon..Fri");
    let alone = "time in 22:00..06:00 -> allow EHR";
    assert_eq!(condition(alone, "{}"), "time in 22:00..06:00");
}

#[test]
fn rules_with_several_effects_and_names_in_quotes_are_written_out() {
    let rules = "\"after hours\": managed -> allow EHR, offer EHR\n\"after hours 2\": on_call -> deny all";
    let residual = left(rules, "EHR", "{}");
    assert_eq!(
        residual.as_policy(),
        "\"after hours 2\": on_call -> deny EHR\n\"after hours\": managed -> allow EHR\nmanaged -> offer EHR\n"
    );
}

#[test]
fn trials_and_disabled_rules_do_not_count() {
    let residual =
        left("trial managed -> deny EHR\ndisabled on_call -> deny EHR\nrole = Nurse -> allow EHR", "EHR", "{}");
    assert_eq!((residual.condition(), residual.attributes()), ("role = Nurse", &["role".to_owned()][..]));
}

#[test]
fn without_a_catalogue_a_name_alone_is_not_taken_for_a_value() {
    let policy =
        Policy::parse("a: role = Sales -> allow EHR\nb: managed and x -> allow EHR\nc: not x -> deny EHR").unwrap();
    let context = policy.context().set("x", true).build().unwrap();
    let residual = policy.residual(&context, policy.entitlement("EHR").unwrap());
    assert_eq!(residual.condition(), "role = Sales or managed = true");
    Policy::parse(&format!("{} -> allow EHR", residual.condition())).unwrap();
}

#[test]
fn another_policys_context_is_denied() {
    let (one, other) = (load("managed -> allow EHR"), load("on_call -> allow EHR"));
    let context = other.context().build().unwrap();
    let residual = one.residual(&context, one.entitlement("EHR").unwrap());
    assert_eq!((residual.outcome(), residual.as_policy()), (Some(Outcome::Denied), ""));
}

/// Each `let` names the one before twice: written out, the last would have a hundred thousand tests.
#[test]
fn what_would_be_too_long_is_split_into_lets() {
    let mut rules = "let l0 = age = 1 or managed\n".to_owned();
    for at in 1..16 {
        let before = at - 1;
        rules += &format!("let l{at} = (l{before} and age > {at}) or (not l{before} and age <= {})\n", 2 * at);
    }
    let residual = left_with_lets(&format!("{rules}l15 -> allow EHR\nnetwork = guest -> deny EHR"));
    assert!(!residual.lets().is_empty());
    assert!(residual.as_policy().len() < 1 << 20, "{}", residual.as_policy().len());
    assert!(residual.condition().len() < 1 << 16);
}

/// One condition for all of them is longer than one item of the language may be.
#[test]
fn many_rules_become_one_condition_in_parts() {
    let rules: String = (0..3_000).map(|at| format!("team = \"the team of number {at}\" -> allow EHR\n")).collect();
    let residual = left_with_lets(&rules);
    assert_eq!(residual.rules().len(), 3_000);
    assert!(residual.condition().len() < 1 << 16 && residual.lets().len() > 3);
}

/// The residual in an empty context; its condition with its `let`s decides as the rules do.
fn left_with_lets(rules: &str) -> Residual {
    let policy = load(rules);
    let residual = policy.residual(&policy.context().build().unwrap(), policy.entitlement("EHR").unwrap());
    let lets: String = residual.lets().iter().map(|item| format!("let {} = {}\n", item.name, item.condition)).collect();
    let small = load(residual.as_policy());
    let one = load(&format!("{lets}{} -> allow EHR", residual.condition()));
    for age in 0..25 {
        for managed in [true, false] {
            let team = format!("the team of number {}", age * 150);
            let json = format!(r#"{{"age": {age}, "managed": {managed}, "network": "home", "team": "{team}"}}"#);
            let is_allowed = |policy: &Policy| {
                let context = policy.context().json(&json).build().unwrap();
                policy.decide_named(&context, "EHR").unwrap().is_allowed()
            };
            assert_eq!((is_allowed(&small), is_allowed(&one)), (is_allowed(&policy), is_allowed(&policy)), "{json}");
        }
    }
    residual
}

/// Texts that people wrote: what is left for each entitlement of the hospital can be loaded with its catalogue.
#[test]
fn the_hospitals_residuals_are_policies() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap();
    let policy = Policy::load(root.join("policies/hospital")).unwrap();
    let mut open = 0;
    for json in
        ["{}".to_owned(), r#"{"role": "Nurse", "employment": "active"}"#.to_owned(), read("examples/nurse.json")]
    {
        let context = policy.context().json(&json).build().unwrap();
        for id in policy.entitlement_ids() {
            let residual = policy.residual(&context, id);
            let conditions = [residual.condition(), residual.offer_condition()];
            let conditions =
                conditions.map(|condition| format!("{condition} -> allow {}\n", target(residual.entitlement())));
            let rules = format!("{}{}", residual.as_policy(), conditions.concat());
            let files = PolicyFiles::new().rules("left.ward", rules);
            let files = files.catalogue("catalogue.yaml", read("policies/hospital/catalogue.yaml"));
            let files = files.table("places.csv", read("policies/hospital/places.csv"));
            let loaded = files.table("topics.csv", read("policies/hospital/topics.csv")).load();
            loaded.unwrap_or_else(|error| panic!("{error}\n{residual:#?}"));
            open += usize::from(residual.outcome().is_none());
        }
    }
    assert!(open > 20, "only {open} are open: was the hospital read?");
}

fn target(entitlement: &str) -> String {
    entitlement.split('.').map(wardkey::syntax::quote).collect::<Vec<_>>().join(".")
}

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |value| value.parse().expect("a whole number"))
}

#[test]
fn what_is_left_decides_as_the_whole_does() {
    let hunt = Hunt { seed: setting("WARDKEY_SEED", 0), pairs: setting("WARDKEY_PAIRS", 12_000), contexts: 10 };
    let completions = AtomicU64::new(0);
    let found = hunt.run(|mut trial| {
        let looked_at = properties::residual_is_exact(trial.generated, trial.policy, trial.context, &mut trial.random)?;
        completions.fetch_add(looked_at, Ordering::Relaxed);
        Ok(())
    });
    match found {
        Ok(pairs) => println!("residuals: {pairs} pairs, {completions:?} completions"),
        Err(failure) => panic!("residuals do not hold\n{failure}"),
    }
}
