//! Random policies and contexts: the compiled answer against the one worked out from conditions, and what a decision says
//! of itself against what happens when a context changes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use wardkey::{Context, Decision, Outcome, Policy, PolicyFiles};

const CATALOGUE: &str = r#"
ward: 1
time_zone: Europe/Berlin
types:
  place: {tree: {hospital: {north: [n1, n2], south: [s1]}, cafeteria: []}}
  role: {tree: {clinician: [Physician, Nurse], staff: [Sales]}}
  code: {dag: {a: [], b: [], ab: [a, b], b1: [b]}}
attributes:
  role: role
  location: {type: place, from: context}
  desk: place
  network: {one of: [ward, office, home], from: context}
  team: text
  other_team: text
  managed: bool
  age: {type: whole, range: 0..120}
  trained: date
  wards: {set of: place}
  needed: {set of: place, empty: none}
  teams: {set of: text}
  wanted: {set of: text}
  emergency: {type: bool, omitted: false}
  grade: {one of: [low, high], omitted: absent}
parameters:
  audit: {one of: [normal, high], combine: most}
  queue: text
  channel: {one of: [sms, email, letter], combine: all}
entitlements: {E1: {actions: [read]}, E2: {}}
"#;

/// Attributes with values in JSON; the last ones say what is known only in part.
const VALUES: [(&str, &[&str]); 15] = [
    ("role", &[r#""Physician""#, r#""Sales""#, r#""clinician""#]),
    ("location", &[r#""n1""#, r#""north""#, r#""hospital""#, r#""cafeteria""#]),
    ("desk", &[r#""n1""#, r#""s1""#, r#""north""#]),
    ("network", &[r#""ward""#, r#""office""#, r#""home""#]),
    ("team", &[r#""red""#, r#""Blue""#]),
    ("other_team", &[r#""RED""#, r#""green""#]),
    ("managed", &["true", "false"]),
    ("age", &["3", "18", "65"]),
    ("trained", &[r#""2026-01-01""#, r#""2026-06-01""#]),
    (
        "wards",
        &["[]", r#"["n1"]"#, r#"["n1", "s1"]"#, r#"["north"]"#, r#"{"$": "set", "has": ["n2"], "others": true}"#],
    ),
    ("needed", &["[]", r#"["n1"]"#, r#"["n1", "north"]"#, r#"{"$": "set", "may_have": ["n1"]}"#]),
    ("teams", &["[]", r#"["red"]"#, r#"["red", "blue"]"#, r#"{"$": "set", "has": ["red"], "may_have": ["blue"]}"#]),
    ("wanted", &["[]", r#"["red"]"#, r#"["blue"]"#, r#"{"$": "set", "others": true}"#]),
    ("emergency", &["true", "false"]),
    ("grade", &[r#""low""#, r#""high""#]),
];

const TESTS: [&str; 34] = [
    "role = clinician",
    "role is exactly clinician",
    "role in [Nurse, Sales]",
    "location = n1",
    "location in [north, cafeteria]",
    "location is exactly n1",
    "location in user.desk",
    "location is exactly user.desk",
    "network = ward",
    "network in [office, home]",
    "team = user.other_team",
    "team = red",
    "team starts with b",
    "team matches \"?ed\"",
    "managed",
    "age >= 18",
    "age in 10..64",
    "age != 3",
    "trained < 2026-03-01",
    "trained within 90d",
    "wards has n1",
    "wards has all [n1, s1]",
    "wards has only [north]",
    "wards has user.location",
    "wards has all user.needed",
    "wards has any user.needed",
    "wards has only user.needed",
    "teams has user.team",
    "teams has all user.wanted",
    "teams has none [red]",
    "teams is empty",
    "emergency",
    "grade = high",
    "grade is absent",
];

fn condition() -> impl Strategy<Value = String> {
    let leaf = (0..TESTS.len()).prop_map(|at| TESTS[at].to_owned());
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|part| format!("not ({part})")),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" and "))),
            prop::collection::vec(inner, 2..4).prop_map(|parts| format!("({})", parts.join(" or "))),
        ]
    })
}

fn effect() -> impl Strategy<Value = String> {
    let verb = prop_oneof![
        4 => Just("allow"), 2 => Just("offer"), 3 => Just("deny"), 1 => Just("require"),
        1 => Just("override allow"), 1 => Just("override deny")
    ];
    let target = prop_oneof![Just("E1"), Just("E1.read"), Just("E2"), Just("all")];
    let setting = prop_oneof![
        Just(""),
        Just(" with audit = normal"),
        Just(" with audit = high"),
        Just(" with queue = a"),
        Just(" with queue = b"),
        Just(" with channel = sms"),
        Just(" with channel = email"),
        Just(" with queue from team")
    ];
    (verb, target, setting).prop_map(|(verb, target, setting)| match verb {
        "deny" | "override deny" => format!("{verb} {target}"),
        "require" if setting.is_empty() => format!("require {target} with audit = high"),
        _ => format!("{verb} {target}{setting}"),
    })
}

fn rules() -> impl Strategy<Value = String> {
    let condition = prop_oneof![8 => condition(), 1 => Just("always".to_owned())];
    let rule = (condition, effect(), prop_oneof![9 => Just(""), 1 => Just("trial ")]);
    prop::collection::vec(rule, 1..7).prop_map(|rules| {
        let line = |(at, (condition, effect, trial)): (usize, (String, String, &str))| {
            format!("{trial}r{at}: {condition} -> {effect}\n")
        };
        rules.into_iter().enumerate().map(line).collect()
    })
}

/// For each attribute the number of a value; past the values: left out, unknown, absent.
type Choice = Vec<usize>;

fn context() -> impl Strategy<Value = Choice> {
    VALUES.iter().map(|(_, values)| 0..values.len() + 3).collect::<Vec<_>>()
}

fn json(choice: &Choice) -> String {
    let mut members = vec![r#""now": "2026-07-01T12:00:00Z""#.to_owned()];
    for ((name, values), &at) in VALUES.iter().zip(choice) {
        match at.checked_sub(values.len()) {
            None => members.push(format!("\"{name}\": {}", values[at])),
            Some(1) => members.push(format!(r#""{name}": {{"$": "unknown"}}"#)),
            Some(2) => members.push(format!(r#""{name}": {{"$": "absent"}}"#)),
            Some(_) => {}
        }
    }
    format!("{{{}}}", members.join(", "))
}

fn build(policy: &Policy, choice: &Choice) -> Context {
    policy.context().json(json(choice)).build().unwrap()
}

/// Outcome, rules, parameters and what is missing.
fn shown(decision: &Decision<'_>) -> String {
    let rules: Vec<String> = decision.rules().iter().map(|fired| fired.rule.id.to_string()).collect();
    format!("{} {rules:?} {:?} {:?}", decision.outcome(), decision.parameters(), decision.missing())
}

/// A policy of random rules; none where the loader refuses them, as it does when two parameters must clash.
fn load(rules: &str) -> Option<Policy> {
    PolicyFiles::new().catalogue("catalogue.yaml", CATALOGUE).rules("rules.ward", rules).load().ok()
}

/// Denied and not granted are one "no".
fn settled(outcome: Outcome) -> Outcome {
    outcome.max(Outcome::NotGranted)
}

/// Eight times the default, so that `PROPTEST_CASES` scales it.
fn cases() -> ProptestConfig {
    let default = ProptestConfig::default();
    ProptestConfig { cases: 8 * default.cases, ..default }
}

proptest! {
    #![proptest_config(cases())]

    /// The rules that decided explain the outcome that the rows of bits gave.
    #[test]
    fn the_outcome_is_that_of_the_deciding_rules(rules in rules(), choice in context()) {
        let Some(policy) = load(&rules) else { return Err(TestCaseError::reject("refused")) };
        let context = build(&policy, &choice);
        for decision in policy.entitlements(&context) {
            let strongest = decision.rules().iter().flat_map(|fired| {
                let of_it = fired.rule.effects.iter().filter(|effect| {
                    effect.targets.contains(&decision.entitlement().in_catalogue())
                });
                of_it.filter_map(|effect| effect.rank()).collect::<Vec<_>>()
            }).max();
            let expected = match strongest.map(|rank| format!("{rank:?}")).as_deref() {
                None => Outcome::NotGranted,
                Some("Deny" | "OverrideDeny") => Outcome::Denied,
                Some("Offer") => Outcome::Offered,
                Some(_) => Outcome::Allowed,
            };
            prop_assert_eq!(decision.outcome(), expected, "{} in {}", rules, json(&choice));
            prop_assert_eq!(policy.outcome(&context, decision.entitlement()), expected, "{} in {}", rules, json(&choice));
        }
    }

    /// What is not in `depends_on` may change as it likes.
    #[test]
    fn a_decision_hangs_on_what_it_names_alone(rules in rules(), choice in context(), other in context()) {
        let Some(policy) = load(&rules) else { return Err(TestCaseError::reject("refused")) };
        let context = build(&policy, &choice);
        for decision in policy.entitlements(&context) {
            let depends_on = decision.depends_on();
            let mixed: Choice = VALUES.iter().zip(choice.iter().zip(&other)).map(|((name, _), (own, other))| {
                if depends_on.contains(name) { *own } else { *other }
            }).collect();
            let changed = build(&policy, &mixed);
            let again = policy.decide(&changed, decision.entitlement());
            prop_assert_eq!(shown(&decision), shown(&again), "{} in {} then {}", rules, json(&choice), json(&mixed));
        }
    }

    /// Filling in what is unknown never closes a door; where nothing is missing it changes nothing.
    #[test]
    fn missing_information_never_opens_a_door(rules in rules(), choice in context(), filled in context()) {
        let Some(policy) = load(&rules) else { return Err(TestCaseError::reject("refused")) };
        let context = build(&policy, &choice);
        // every unknown attribute gets a value or is absent
        let full: Choice = VALUES.iter().zip(choice.iter().zip(&filled)).map(|((_, values), (own, filled))| {
            let is_unknown = *own == values.len() + 1 || *own == values.len();
            match *filled {
                _ if !is_unknown => *own,
                at if at < values.len() || at == values.len() + 2 => at,
                _ => 0,
            }
        }).collect();
        let fuller = build(&policy, &full);
        for decision in policy.entitlements(&context) {
            let then = policy.decide(&fuller, decision.entitlement());
            // left out with a default or as absent is not unknown
            let is_default = |name: &str| matches!(name, "emergency" | "grade");
            let stays = VALUES.iter().zip(choice.iter().zip(&full)).all(|((name, values), (own, now))| {
                !is_default(name) || own == now || *own == values.len() + 1
            });
            if stays {
                prop_assert!(decision.outcome() <= then.outcome(), "{} in {} then {}", rules, json(&choice), json(&full));
                if decision.missing().is_empty() {
                    prop_assert_eq!(
                        settled(decision.outcome()), settled(then.outcome()),
                        "{} in {} then {}", rules, json(&choice), json(&full)
                    );
                }
            }
        }
    }
}
