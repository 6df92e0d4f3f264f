//! The corners of the language, one test each, the smallest policy that shows the point. What they settle is told in
//! `docs/language.md`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use wardkey::{DecisionRecord, LoadError, Outcome, Policy, PolicyFiles};

const CATALOGUE: &str = "\
ward: 1
time_zone: America/Chicago
types:
  place: {tree: {hospital: {tower: {floor_4: [room_401, room_402], floor_5: [room_501]}, annex: [cafe]}}, zones: {quiet: [floor_4]}}
  role: {tree: {clinician: [Physician, Nurse], staff: [Sales]}}
  code: {dag: {substance: [], opioid: [substance], methadone: [opioid, treatment], treatment: []}}
attributes:
  x: [a, b, c]
  y: [a, b, c]
  gone: {one of: [a, b], omitted: absent}
  usual: {one of: [a, b], omitted: a}
  open: {one of: [a, b], open: true}
  staff_id: id
  free: text
  other: text
  exactly_so: {type: text, case: exact}
  role: role
  location: {type: place, from: context}
  home: {type: place, inner: itself}
  pinned: {type: place, inner: refused}
  label: code
  flag: bool
  age: whole
  dose: {type: decimal, range: 0..100}
  weight: {type: decimal, unit: kg}
  teams: {set of: text}
  topics: {set of: text}
  none_topics: {set of: text, empty: none}
  roles: {set of: role}
  codes: {set of: code}
  trained: date
  signed: datetime
  shift_end: time
  address: address
  os: version
  grace: duration
parameters:
  audit: {one of: [normal, high], combine: most}
  reauth: {type: duration, combine: least}
  queue: text
  channels: {type: text, combine: all}
tags:
  phi: {type: bool, default: false}
  ward: {type: place, default: absent}
entitlements:
  A: {phi: true, actions: [read, export]}
  B: {}
  C: {ward: floor_4}
resources:
  record: {phi: true, actions: [read], attributes: {ward: {type: place, inner: itself}, topics: {set of: text}, author: text}}
groups:
  some: [A, B]
calendars:
  holiday: [2026-12-25]
";

fn load(rules: &str) -> Result<Policy, LoadError> {
    PolicyFiles::new().catalogue("catalogue.yaml", CATALOGUE).rules("rules.ward", rules).load()
}

fn record(rules: &str, context: &str, entitlement: &str) -> DecisionRecord {
    let policy = load(rules).unwrap_or_else(|error| panic!("{rules}\n{error}"));
    let context = policy.context().json(context).build().unwrap_or_else(|error| panic!("{context}\n{error}"));
    policy.decide_named(&context, entitlement).unwrap().record(None)
}

fn outcome(rules: &str, context: &str, entitlement: &str) -> Outcome {
    record(rules, context, entitlement).outcome
}

/// The value of a condition: true if it gives, false if denying on it does nothing, else unknown.
fn truth(condition: &str, context: &str) -> &'static str {
    let gives = outcome(&format!("{condition} -> allow B"), context, "B") == Outcome::Allowed;
    let denies = outcome(&format!("{condition} -> deny B"), context, "B") == Outcome::Denied;
    match (gives, denies) {
        (true, true) => "true",
        (false, true) => "unknown",
        (false, false) => "false",
        (true, false) => panic!("{condition}: gives, but does not deny"),
    }
}

fn build_error(context: &str) -> wardkey::Error {
    load("always -> allow B").unwrap().context().json(context).build().unwrap_err()
}

fn codes(rules: &str) -> Vec<&'static str> {
    match load(rules) {
        Ok(policy) => policy.diagnostics().iter().map(|diagnostic| diagnostic.code.id).collect(),
        Err(error) => error.diagnostics().iter().map(|diagnostic| diagnostic.code.id).collect(),
    }
}

#[test]
fn c01_kleene_is_the_law_and_let_is_an_abbreviation() {
    assert_eq!(truth("x = a or not (x = a)", "{}"), "unknown");
    assert_eq!(truth("x = a and not (x = a)", "{}"), "unknown");
    let with_let = "let p = x = a\np or not p -> allow B";
    assert_eq!(outcome(with_let, "{}", "B"), Outcome::NotGranted);
    assert_eq!(outcome(with_let, r#"{"x": "b"}"#, "B"), Outcome::Allowed);
}

#[test]
fn c02_tests_are_never_merged_into_nothing() {
    assert_eq!(outcome("always -> allow B\nx = a and x = b -> deny B", "{}", "B"), Outcome::Denied);
    assert_eq!(outcome("x = a or x = b or x = c -> allow B", "{}", "B"), Outcome::NotGranted);
    assert_eq!(outcome("x in [a, b, c] -> allow B", "{}", "B"), Outcome::NotGranted);
}

#[test]
fn c03_derived_tests_have_three_values() {
    assert_eq!(truth("not (free = user.other)", r#"{"other": "q"}"#), "unknown");
    assert_eq!(truth("not (free matches \"a*\")", "{}"), "unknown");
    assert_eq!(truth("not (teams has user.free)", r#"{"free": "q"}"#), "unknown");
}

#[test]
fn c04_not_equal_is_not_equal_so_true_of_absent() {
    assert_eq!(truth("gone != a", "{}"), "true");
    assert_eq!(truth("gone not in [a, b]", "{}"), "true");
    assert_eq!(truth("gone = a", "{}"), "false");
    assert_eq!(truth("age < 18", r#"{"age": {"$": "absent"}}"#), "false");
    assert_eq!(truth("age >= 18", r#"{"age": {"$": "absent"}}"#), "false");
    assert_eq!(truth("not (age < 18)", r#"{"age": {"$": "absent"}}"#), "true");
    assert_eq!(truth("flag = false", r#"{"flag": {"$": "absent"}}"#), "false");
    assert_eq!(truth("not flag", r#"{"flag": {"$": "absent"}}"#), "true");
    assert!(codes("gone != a -> allow B").contains(&"WK406"), "an allow that rests on it is pointed out");
}

#[test]
fn c05_absent_never_equals_anything() {
    let absent = r#"{"free": {"$": "absent"}, "other": {"$": "absent"}}"#;
    assert_eq!(truth("free = user.other", absent), "false");
    assert_eq!(truth("free = user.other", r#"{"free": {"$": "absent"}}"#), "false", "whatever the other side is");
    assert_eq!(truth("gone is absent", "{}"), "true");
    assert_eq!(truth("x is absent", "{}"), "unknown");
    assert_eq!(truth("x is absent", r#"{"x": "a"}"#), "false");
}

#[test]
fn c06_unless_is_and_not() {
    for effect in ["allow", "deny"] {
        let rules = format!("x = a -> {effect} B unless y = a unless y = b");
        let spelled = format!("x = a and not (y = a) and not (y = b) -> {effect} B");
        for context in [r#"{"x":"a","y":"c"}"#, r#"{"x":"a","y":"b"}"#, r#"{"x":"a"}"#, r#"{"y":"a"}"#, "{}"] {
            assert_eq!(outcome(&rules, context, "B"), outcome(&spelled, context, "B"), "{effect} {context}");
        }
    }
}

#[test]
fn c07_is_known_is_refused_where_it_opens() {
    for rules in [
        "x is unknown -> allow B",
        "not (x is known) -> offer B",
        "always -> allow B unless x is known",
        "x is known -> deny B",
        "let k = x is known\nk -> require B with audit = high",
        "always -> deny B unless x is unknown",
    ] {
        assert!(load(rules).is_err() && codes(rules).contains(&"WK116"), "{rules}");
    }
    for rules in ["x is known -> allow B", "x is unknown -> deny B", "x is absent -> deny B"] {
        assert!(load(rules).is_ok(), "{rules}");
    }
}

#[test]
fn c08_defaults_stand_in_for_what_is_left_out_only() {
    assert_eq!(truth("usual = a", "{}"), "true");
    assert_eq!(truth("usual = a", r#"{"usual": null}"#), "true", "null is left out");
    assert_eq!(truth("usual = a", r#"{"usual": {"$": "unknown"}}"#), "unknown");
    assert_eq!(record("usual = a -> allow B", "{}", "B").defaults, ["usual"]);
    assert!(build_error(r#"{"age": "old"}"#).is_invalid_value());
}

#[test]
fn c09_an_outcome_never_rises_above_a_completion() {
    // on many random policies in `differential.rs`; here the order itself
    assert!(Outcome::Denied < Outcome::NotGranted);
    assert!(Outcome::NotGranted < Outcome::Offered);
    assert!(Outcome::Offered < Outcome::Allowed);
}

#[test]
fn c10_missing_names_what_could_still_decide() {
    let rules = "x = a and y = a -> allow B\nflag and x = b -> deny B";
    assert_eq!(record(rules, r#"{"x": "a"}"#, "B").missing, ["y"], "the deny is certainly off");
    let undecided = record(rules, r#"{"x": "b"}"#, "B");
    assert_eq!((undecided.outcome, undecided.missing), (Outcome::Denied, vec!["flag".to_owned()]));
    assert!(record("always -> override allow B\nx = a -> deny B", "{}", "B").missing.is_empty(), "outranked anyway");
}

#[test]
fn c11_every_topic_of_a_record_counts() {
    let rules = "teams has all record.topics -> allow record.read";
    let topics = |topics: &str| {
        outcome(rules, &format!(r#"{{"teams": ["p", "q"], "record": {{"topics": {topics}}}}}"#), "record.read")
    };
    assert_eq!(topics(r#"["p"]"#), Outcome::Allowed);
    assert_eq!(topics(r#"["p", "r"]"#), Outcome::NotGranted);
    assert_eq!(topics("[]"), Outcome::NotGranted, "a record without topics opens to nobody");
}

#[test]
fn c12_has_all_of_nothing_is_unknown_unless_the_catalogue_says_none() {
    assert_eq!(truth("teams has all user.topics", r#"{"teams": ["p"], "topics": []}"#), "unknown");
    assert_eq!(truth("teams has all user.none_topics", r#"{"teams": ["p"], "none_topics": []}"#), "true");
    assert_eq!(truth("teams has only [p]", r#"{"teams": []}"#), "true");
    assert_eq!(truth("teams has user.free", r#"{"teams": []}"#), "false", "an empty set is known to have nothing");
    assert_eq!(truth("teams is empty", r#"{"teams": {"$": "absent"}}"#), "true");
    assert!(codes("teams is absent -> allow B").contains(&"WK111"));
    let partly = r#"{"teams": {"$": "set", "has": ["p"], "may_have": ["q"]}}"#;
    for (condition, value) in [
        ("teams has p", "true"),
        ("teams has q", "unknown"),
        ("teams has r", "false"),
        ("teams has none [q]", "unknown"),
        ("teams has only [p]", "unknown"),
        ("teams has only [p, q]", "true"),
        ("teams has only [q]", "false"),
        ("teams has all [p, q]", "unknown"),
        ("teams has all [p, r]", "false"),
        ("teams is empty", "false"),
    ] {
        assert_eq!(truth(condition, partly), value, "{condition}");
    }
    let open = r#"{"teams": {"$": "set", "has": ["p"], "others": true}}"#;
    assert_eq!((truth("teams has r", open), truth("teams has only [p]", open)), ("unknown", "unknown"));
}

#[test]
fn c13_an_override_allow_beats_every_plain_deny() {
    let rules = "flag -> override allow A\nalways -> deny all\nx = c -> override deny all";
    assert_eq!(outcome(rules, r#"{"flag": true, "x": "a"}"#, "A"), Outcome::Allowed);
    assert_eq!(outcome(rules, r#"{"flag": true, "x": "c"}"#, "A"), Outcome::Denied);
    assert_eq!(outcome(rules, r#"{"flag": true}"#, "A"), Outcome::Denied, "perhaps `c`");
    assert!(codes(rules).contains(&"WK407"));
    assert!(codes("always -> override offer A").contains(&"WK039"));
}

#[test]
fn c14_an_approval_lifts_an_offer_and_nothing_else() {
    let approved = r#"{"approved": ["A"]}"#;
    assert_eq!(outcome("always -> offer A", "{}", "A"), Outcome::Offered);
    assert_eq!(outcome("always -> offer A", approved, "A"), Outcome::Allowed);
    assert_eq!(outcome("always -> offer A", approved, "A.read"), Outcome::Allowed, "it covers what lies below");
    assert_eq!(outcome("always -> offer A", r#"{"approved": ["A.read"]}"#, "A"), Outcome::Offered);
    assert_eq!(outcome("always -> allow B", approved, "A"), Outcome::NotGranted);
    assert_eq!(outcome("always -> offer A\nalways -> deny A", approved, "A"), Outcome::Denied);
    assert!(codes("approved has A -> allow B").contains(&"WK115"));
    let until = |now: &str| {
        let context = format!(r#"{{{now} "approved": [{{"entitlement": "A", "until": "2026-06-30"}}]}}"#);
        outcome("always -> offer A", &context, "A")
    };
    assert_eq!(until(r#""now": "2026-06-30T23:59:00-05:00","#), Outcome::Allowed, "the day is included");
    assert_eq!(until(r#""now": "2026-07-01T00:00:00-05:00","#), Outcome::Offered);
    assert_eq!(until(""), Outcome::Offered, "nobody said what time it is");
}

#[test]
fn c15_deciding_and_outranked_rules() {
    let rules =
        "one: always -> allow B\ntwo: x = a -> deny B because \"no\"\nthree: y = a -> deny B\nfour: flag -> deny B";
    let found = record(rules, r#"{"x": "a", "y": "b"}"#, "B");
    assert_eq!(found.rules, ["four", "two"], "`four` may apply");
    assert_eq!(found.outranked, ["one"]);
    assert_eq!(found.because, ["no"]);
    let policy = load(rules).unwrap();
    let context = policy.context().json(r#"{"x": "a", "y": "b"}"#).build().unwrap();
    let decision = policy.decide_named(&context, "B").unwrap();
    let fired: Vec<_> = decision.rules().iter().map(|rule| (rule.is_certain, rule.missing.clone())).collect();
    assert_eq!(fired, [(false, vec!["flag"]), (true, vec![])]);
}

#[test]
fn c16_parameters_of_all_that_give_and_of_what_may() {
    let rules = "always -> allow B with queue = q1, reauth = 12h\n\
                 x = a -> override allow B with queue = q2, audit = normal\n\
                 flag -> allow B with audit = high, reauth = 4h\n\
                 always -> require all with channels = [sms]\n\
                 y = a -> require B with channels = [email]";
    let found = record(rules, r#"{"x": "a", "y": "b", "flag": false}"#, "B");
    assert_eq!(found.parameters["queue"], "q2", "the stronger one");
    assert_eq!(found.parameters["audit"], "normal");
    assert_eq!(found.parameters["reauth"], "12h");
    assert_eq!(found.parameters["channels"], serde_json::json!(["sms"]));
    let found = record(rules, r#"{"x": "a"}"#, "B");
    assert_eq!(found.parameters["audit"], "high", "what may apply is due");
    assert_eq!(found.parameters["reauth"], "4h");
    assert_eq!(found.unsettled, ["audit", "reauth", "channels"], "in the catalogue's order");
    let offered = "always -> offer B with queue = q1\nflag -> deny A";
    assert_eq!(record(offered, "{}", "B").parameters["queue"], "q1");
    assert!(record("always -> allow B\nalways -> offer B with queue = q1", "{}", "B").parameters.is_empty());
    assert!(record("always -> require B with audit = high", "{}", "B").parameters.is_empty(), "it gives nothing");
    assert_eq!(outcome("always -> require B with audit = high", "{}", "B"), Outcome::NotGranted);
}

#[test]
fn c17_two_values_of_one_rank_are_a_conflict() {
    let found = record("always -> allow B with queue = q2\nx = a -> allow B with queue = q1", r#"{"x": "a"}"#, "B");
    assert_eq!(found.parameters["queue"], serde_json::json!(["q1", "q2"]));
    assert_eq!(found.conflicts, ["queue"]);
}

#[test]
fn c18_a_target_speaks_for_what_is_below_never_above() {
    assert_eq!(outcome("always -> allow A", "{}", "A.read"), Outcome::Allowed);
    assert_eq!(outcome("always -> allow A.read", "{}", "A"), Outcome::NotGranted);
    let rules = "always -> allow A\nalways -> deny A.read";
    assert_eq!((outcome(rules, "{}", "A"), outcome(rules, "{}", "A.read")), (Outcome::Allowed, Outcome::Denied));
    let rules = "always -> deny A\nalways -> allow A.read";
    assert_eq!(outcome(rules, "{}", "A.read"), Outcome::Denied, "rank decides, not how specific a rule is");
    assert_eq!(outcome("always -> allow some", "{}", "A.export"), Outcome::Allowed);
    assert!(load("always -> allow some").unwrap().entitlement("some").is_err(), "a group cannot be asked about");
}

#[test]
fn c19_exclusions_come_after_everything_below() {
    let rules = "always -> allow all except [A.export]";
    assert_eq!(outcome(rules, "{}", "A.export"), Outcome::NotGranted);
    assert_eq!((outcome(rules, "{}", "A"), outcome(rules, "{}", "A.read")), (Outcome::Allowed, Outcome::Allowed));
    assert_eq!(outcome("always -> allow all except A", "{}", "A.export"), Outcome::NotGranted);
    assert_eq!(outcome("always -> deny all where phi", "{}", "A.export"), Outcome::Denied, "tags are inherited");
    assert_eq!(outcome("always -> deny all where phi", "{}", "record.read"), Outcome::Denied, "`all` covers resources");
    assert_eq!(outcome("always -> deny all where phi", "{}", "B"), Outcome::NotGranted);
}

#[test]
fn c20_an_unknown_entitlement_is_the_hosts_mistake() {
    let policy = load("always -> allow all").unwrap();
    let error = policy.entitlement("Bee").unwrap_err();
    assert!(error.is_unknown_entitlement());
    assert!(policy.entitlement("a.READ").is_ok(), "names match without regard to case");
}

#[test]
fn c21_where_reads_tags_on_the_left() {
    let rules = "always -> allow B, C\nalways -> deny all where not (ward in user.home)";
    assert_eq!(outcome(rules, r#"{"home": "floor_4"}"#, "C").to_string(), "allowed", "its ward is the person's");
    assert_eq!(outcome(rules, r#"{"home": "floor_5"}"#, "C"), Outcome::Denied);
    assert_eq!(outcome(rules, r#"{"home": "floor_4"}"#, "B"), Outcome::Denied, "a missing tag equals nothing");
    assert_eq!(outcome(rules, "{}", "C"), Outcome::Denied, "home unknown");
    assert!(codes("always -> deny all where x = a").contains(&"WK304"));
    assert!(codes("always -> allow all where not phi").contains(&"WK405"));
}

#[test]
fn c22_an_inner_place_is_somewhere_within() {
    let at = |place: &str| format!(r#"{{"location": "{place}", "home": "{place}"}}"#);
    for (condition, place, value) in [
        ("location = hospital", "floor_4", "true"),
        ("location = room_401", "floor_4", "unknown"),
        ("location = floor_5", "floor_4", "false"),
        ("location = floor_4", "room_401", "true"),
        ("location is exactly room_401", "floor_4", "unknown"),
        ("location is exactly floor_4", "floor_4", "unknown"),
        ("location is exactly floor_5", "floor_4", "false"),
        ("location is exactly hospital", "floor_4", "false"),
        ("location in quiet", "tower", "unknown"),
        ("location != room_501", "floor_4", "true"),
        ("home = room_401", "floor_4", "false"),
        ("home is exactly floor_4", "floor_4", "true"),
    ] {
        assert_eq!(truth(condition, &at(place)), value, "{condition} at {place}");
    }
    assert!(build_error(r#"{"pinned": "floor_4"}"#).is_invalid_value());
    assert_eq!(truth("pinned = floor_4", r#"{"pinned": "room_401"}"#), "true");
    assert_eq!(truth("role = Physician", r#"{"role": "clinician"}"#), "false", "a role is that very role");
}

#[test]
fn c23_hierarchies_of_two_sides_and_with_several_parents() {
    assert!(codes("home = user.pinned -> allow B").contains(&"WK103"));
    let both = |home: &str, pinned: &str| format!(r#"{{"home": "{home}", "location": "{pinned}"}}"#);
    assert_eq!(truth("location in user.home", &both("floor_4", "room_401")), "true");
    assert_eq!(truth("location in user.home", &both("floor_5", "room_401")), "false");
    assert_eq!(truth("location in user.home", &both("room_401", "floor_4")), "unknown");
    assert_eq!(truth("home is exactly user.location", &both("room_401", "room_401")), "true");
    assert_eq!(truth("label in substance and label in treatment", r#"{"label": "methadone"}"#), "true");
    assert_eq!(truth("codes has any [treatment]", r#"{"codes": ["methadone"]}"#), "true");
    assert!(build_error(r#"{"location": "quiet"}"#).is_invalid_value(), "a zone is no place");
}

#[test]
fn c24_a_value_outside_its_vocabulary_is_no_value() {
    assert!(build_error(r#"{"x": "d"}"#).is_invalid_value());
    assert!(build_error(r#"{"location": "room_999"}"#).is_invalid_value());
    let policy = load("always -> allow B\nx = a -> deny B").unwrap();
    let context = policy.context().json(r#"{"x": "d"}"#).lenient().build().unwrap();
    assert_eq!(policy.decide_named(&context, "B").unwrap().outcome(), Outcome::Denied, "leniently: unknown");
    assert_eq!(context.unusable().len(), 1);
    assert_eq!(truth("open = a", r#"{"open": "zebra"}"#), "false", "an open vocabulary has others");
}

#[test]
fn c25_names_fold_simply() {
    assert_eq!(truth("free = STRASSE", r#"{"free": "strasse"}"#), "true");
    assert_eq!(truth("free = \"straße\"", r#"{"free": "STRASSE"}"#), "false");
    assert_eq!(truth("free = \"straße\"", r#"{"free": "STRAẞE"}"#), "true");
    assert_eq!(truth("free = \"i\"", r#"{"free": "İ"}"#), "false");
    assert_eq!(truth("free = \"é\"", "{\"free\": \"e\u{301}\"}"), "true");
    assert_eq!(truth("free = a", r#"{"free": " a"}"#), "false", "nothing is trimmed");
}

#[test]
fn c26_names_that_fold_together_collide_unless_exact() {
    let twice = CATALOGUE.replace("  x: [a, b, c]\n", "  x: [a, A, c]\n");
    assert!(PolicyFiles::new().catalogue("c.yaml", twice).rules("r.ward", "always -> allow B").load().is_err());
    assert_eq!(truth("staff_id = E1", r#"{"staff_id": "e1"}"#), "false");
    assert_eq!(truth("exactly_so = \"MD\"", r#"{"exactly_so": "md"}"#), "false");
    assert_eq!(truth("free = \"1.10\"", r#"{"free": "1.10"}"#), "true");
}

#[test]
fn c27_patterns_see_folded_text_and_names_have_no_order() {
    assert_eq!(truth("free starts with \"DR\"", r#"{"free": "dr. x"}"#), "true");
    assert_eq!(truth("free matches \"?r*\"", r#"{"free": "DR. X"}"#), "true");
    assert_eq!(truth("free starts with exactly \"DR\"", r#"{"free": "dr. x"}"#), "false");
    assert_eq!(truth("free = exactly \"MD\"", r#"{"free": "md"}"#), "false");
    assert!(codes("x < b -> allow B").contains(&"WK103"));
}

#[test]
fn c28_from_and_until_are_tests_of_now() {
    let rules = "always -> allow B from 2026-12-01 until 2026-12-31";
    let at = |now: &str| outcome(rules, &format!(r#"{{"now": "{now}"}}"#), "B");
    assert_eq!(at("2026-11-30T23:59:59-06:00"), Outcome::NotGranted);
    assert_eq!(at("2026-12-01T00:00:00-06:00"), Outcome::Allowed);
    assert_eq!(at("2026-12-31T23:59:59-06:00"), Outcome::Allowed);
    assert_eq!(at("2027-01-01T00:00:00-06:00"), Outcome::NotGranted);
    assert_eq!(outcome(rules, "{}", "B"), Outcome::NotGranted);
    assert_eq!(outcome("always -> deny B until 2026-12-31", "{}", "B"), Outcome::Denied);
    let instants = "always -> allow B until 2026-12-31T12:00-06:00";
    assert_eq!(outcome(instants, r#"{"now": "2026-12-31T12:00:00-06:00"}"#, "B"), Outcome::NotGranted);
}

#[test]
fn c29_a_night_belongs_to_the_day_it_begins() {
    let friday = "time in 22:00..06:00 on Fri";
    let at = |now: &str| truth(friday, &format!(r#"{{"now": "{now}"}}"#));
    assert_eq!(at("2026-11-27T22:00:00-06:00"), "true", "Friday night");
    assert_eq!(at("2026-11-28T05:59:59-06:00"), "true", "the early Saturday");
    assert_eq!(at("2026-11-28T06:00:00-06:00"), "false");
    assert_eq!(at("2026-11-27T05:00:00-06:00"), "false", "the early Friday is Thursday's night");
    assert_eq!(truth(friday, "{}"), "unknown");
    assert!(codes("time in 22:00..06:00 and weekday = Fri -> allow B").contains(&"WK113"));
    let holiday = r#"{"now": "2026-12-26T03:00:00-06:00"}"#;
    assert_eq!(truth("time in 22:00..06:00 on holiday", holiday), "true");
}

#[test]
fn c30_tests_read_the_clock_on_the_wall() {
    let at = |now: &str| truth("time in 02:00..03:00", &format!(r#"{{"now": "{now}"}}"#));
    assert_eq!(at("2026-03-08T07:59:59Z"), "false", "01:59:59, then 03:00: the hour never comes");
    assert_eq!(at("2026-03-08T08:00:00Z"), "false");
    let twice = |now: &str| truth("time in 01:00..02:00", &format!(r#"{{"now": "{now}"}}"#));
    assert_eq!((twice("2026-11-01T06:30:00Z"), twice("2026-11-01T07:30:00Z")), ("true", "true"));
}

#[test]
fn c31_other_zones_are_named() {
    let now = r#"{"now": "2026-11-23T14:30:00Z"}"#;
    assert_eq!(truth("time in 08:00..09:00", now), "true", "08:30 in Chicago");
    assert_eq!(truth("time in 15:00..16:00 at \"Europe/Berlin\"", now), "true");
    assert_eq!(truth("weekday in [Mon] at \"Asia/Tokyo\"", now), "true", "23:30 there");
    assert!(codes("time in 08:00..09:00 and time in 08:00..09:00 at \"Asia/Tokyo\" -> allow B").contains(&"WK404"));
    let error = build_error(r#"{"time": "08:00"}"#);
    assert!(error.is_unknown_attribute() || error.is_invalid_value(), "the clock is read from `now` alone: {error}");
}

#[test]
fn c32_valid_until() {
    let until = |rules: &str, now: &str| {
        let found = record(rules, &format!(r#"{{"now": "{now}"}}"#), "B");
        (found.valid_until_kind, found.valid_until.unwrap_or_default())
    };
    let day = "time in 07:00..19:00 -> allow B";
    assert_eq!(until(day, "2026-11-23T12:00:00-06:00"), ("until", "2026-11-24T01:00:00Z".into()));
    assert_eq!(until("always -> allow B", "2026-11-23T12:00:00-06:00").0, "never");
    assert_eq!(record(day, "{}", "B").valid_until_kind, "unknown");
    let far = "now < 2036-01-01T00:00Z -> allow B";
    assert_eq!(until(far, "2026-11-23T12:00:00-06:00").0, "horizon");
    let hidden = "always -> allow B\ntime in 07:00..19:00 -> allow A";
    assert_eq!(until(hidden, "2026-11-23T12:00:00-06:00").0, "never", "another's rule");
}

#[test]
fn c33_weekdays_wrap_and_have_no_order() {
    assert_eq!(truth("weekday in Fri..Mon", r#"{"now": "2026-11-22T12:00:00-06:00"}"#), "true", "a Sunday");
    assert!(codes("weekday < Fri -> allow B").contains(&"WK103"));
    assert!(load("time in 08:00..08:00 -> allow B").is_err());
    assert!(load("time in 20:00..24:00 -> allow B").is_ok());
}

#[test]
fn c34_addresses() {
    assert_eq!(truth("address in 10.4.0.0/16", r#"{"address": "::ffff:10.4.0.1"}"#), "true");
    assert_eq!(truth("address in fe80::/10", r#"{"address": "fe80::1"}"#), "true");
    assert!(load("address in 10.4.0.1/16 -> allow B").is_err(), "bits of the host");
    assert!(build_error(r#"{"address": "010.4.0.1"}"#).is_invalid_value());
    assert!(build_error(r#"{"address": "fe80::1%eth0"}"#).is_invalid_value());
}

#[test]
fn c35_versions() {
    for (condition, version, value) in [
        ("os >= 17.2", "17.10", "true"),
        ("os < 2.0.0", "2.0.0-rc.1", "true"),
        ("os = 17.2", "17.2.0+build.7", "true"),
        ("os = 1.2.3.4", "1.2.3", "false"),
    ] {
        assert_eq!(truth(condition, &format!(r#"{{"os": "{version}"}}"#)), value, "{condition} {version}");
    }
    assert!(build_error(r#"{"os": "v17"}"#).is_invalid_value());
    assert!(load("os in 17.0.0..18.0.0 -> allow B").is_err());
}

#[test]
fn c36_numbers_are_exact_and_ranges_hold_both_ends() {
    assert_eq!(truth("age in 18..65", r#"{"age": 65}"#), "true");
    assert_eq!(truth("dose in 0.1..0.3", r#"{"dose": 0.3}"#), "true");
    assert_eq!(truth("dose = 0.3", r#"{"dose": "0.30"}"#), "true");
    assert_eq!(truth("weight > 80.5kg", r#"{"weight": 80.6}"#), "true");
    assert!(load("weight > 80 -> allow B").is_err(), "a unit must be written");
    assert!(build_error(r#"{"age": 1.5}"#).is_invalid_value());
    assert!(build_error(r#"{"dose": 0.1234567891}"#).is_invalid_value());
    assert!(build_error(r#"{"dose": 101}"#).is_invalid_value(), "out of its range");
    assert!(build_error(r#"{"age": 123456789012345678901234567890}"#).is_invalid_value());
}

#[test]
fn c37_dotted_is_an_attribute_bare_and_quoted_a_value() {
    assert_eq!(truth("free = user.other", r#"{"free": "q", "other": "Q"}"#), "true");
    assert_eq!(truth("free = \"user.other\"", r#"{"free": "user.other"}"#), "true");
    assert!(codes("free = other -> allow B").contains(&"WK112"));
}

#[test]
fn c38_without_a_catalogue_all_uses_agree() {
    assert!(Policy::parse("x = 1 -> allow A\nx = abc -> allow B").is_err());
    assert!(Policy::parse("x -> allow A\nx = Sales -> allow B").is_err());
    assert!(Policy::parse("x = 1 -> allow A\nx > 1.5 -> allow B").is_ok());
}

#[test]
fn c39_attributes_that_nobody_declared() {
    let error = build_error(r#"{"rol": "Nurse"}"#);
    assert!(error.is_unknown_attribute() && error.to_string().contains("`role`"), "{error}");
    let policy = Policy::parse("role = Sales -> allow A").unwrap();
    let context = policy.context().json(r#"{"role": "sales", "shoe": 44}"#).build().unwrap();
    assert_eq!(context.passed_over(), ["shoe"]);
    assert!(policy.decide_named(&context, "A").unwrap().is_allowed());
}

#[test]
fn c40_identical_unnamed_rules_are_one() {
    let policy = load("x = a -> allow B because \"one\"\nx = a -> allow B because \"two\"").unwrap();
    assert_eq!(policy.rule_set().rules.len(), 1);
    assert_eq!(policy.rule_set().rules[0].spans.len(), 2);
    assert_eq!(
        record("x = a -> allow B because \"one\"\nx = a -> allow B because \"two\"", r#"{"x":"a"}"#, "B").because.len(),
        2
    );
    assert!(load("r: x = a -> allow B\nr: x = b -> allow B").is_err());
}

#[test]
fn c41_a_disabled_rule_is_read_but_counts_for_nothing() {
    let rules = "always -> allow B\ndisabled off: always -> deny B";
    let found = record(rules, "{}", "B");
    assert_eq!(found.outcome, Outcome::Allowed);
    assert!(load("always -> allow B\ndisabled off: nothing = a -> deny B").is_ok(), "its names are warnings");
    assert!(load("always -> allow B\ndisabled off: x = -> deny B").is_err(), "its form must hold");
    assert_ne!(load(rules).unwrap().hash(), load("always -> allow B\noff: always -> deny B").unwrap().hash());
}

#[test]
fn c42_depends_on() {
    let rules = "x = a and y = a -> allow B\nflag and x = b -> deny B";
    assert_eq!(record(rules, r#"{"x": "c", "y": "a", "flag": true}"#, "B").depends_on, ["x"], "x alone settles both");
}

#[test]
fn c44_a_context_that_breaks_an_assumption_is_refused() {
    let catalogue = format!("{CATALOGUE}assume:\n  - not (x = a and y = a)\n");
    let policy = PolicyFiles::new().catalogue("c.yaml", catalogue).rules("r.ward", "always -> allow B").load().unwrap();
    assert!(policy.context().json(r#"{"x": "a", "y": "a"}"#).build().unwrap_err().violates_assumption());
    assert!(policy.context().json(r#"{"x": "a"}"#).build().is_ok(), "perhaps it holds");
}

#[test]
fn within_counts_from_the_day() {
    let at = |now: &str| truth("trained within 365d", &format!(r#"{{"trained": "2025-11-23", "now": "{now}"}}"#));
    assert_eq!(at("2026-11-23T23:59:00-06:00"), "true", "the 365th day after");
    assert_eq!(at("2026-11-24T00:00:00-06:00"), "false");
    assert_eq!(at("2025-11-22T12:00:00-06:00"), "false", "not yet");
    let signed =
        |now: &str| truth("signed within 12h", &format!(r#"{{"signed": "2026-11-23T00:00:00Z", "now": "{now}"}}"#));
    assert_eq!((signed("2026-11-23T12:00:00Z"), signed("2026-11-23T12:00:01Z")), ("true", "false"));
}

#[test]
fn trial_rules_are_explained_not_enforced() {
    let policy = load("always -> allow B\ntrial soon: always -> deny B").unwrap();
    let context = policy.context().build().unwrap();
    assert!(policy.decide_named(&context, "B").unwrap().is_allowed());
}

#[test]
fn resources_bring_their_attributes() {
    let rules = "home in record.ward -> allow record.read\nfree = record.author -> deny record";
    let asked = r#"{"home": "room_401", "free": "me", "record": {"ward": "floor_4", "author": "you"}}"#;
    assert_eq!(outcome(rules, asked, "record.read"), Outcome::Allowed);
    assert_eq!(outcome(rules, asked, "record"), Outcome::NotGranted);
    assert_eq!(outcome(rules, r#"{"home": "room_401", "free": "me"}"#, "record.read"), Outcome::Denied);
    assert!(codes("record.author = me -> allow B").contains(&"WK302"));
}

#[test]
fn a_foreign_context_or_entitlement_is_denied() {
    let one = load("always -> allow all").unwrap();
    let two = Policy::parse("always -> allow B").unwrap();
    let context = two.context().build().unwrap();
    let here = one.entitlement("B").unwrap();
    assert_eq!(one.outcome(&context, here), Outcome::Denied);
    assert_eq!(two.outcome(&context, here), Outcome::Denied);
    assert!(one.decide(&context, here).rules().is_empty());
}
