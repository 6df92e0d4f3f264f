//! Properties, counterfactuals, coverage and mutants: what they say of given policies, and that no random context says otherwise.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::cell::RefCell;
use std::collections::BTreeSet;
use wardkey::analyse::{Coverage, Fate, GoalKind, Proof, ProofVerdict, mutants};
use wardkey::model::AttributeId;
use wardkey::{Analysis, Context, Outcome, Policy, PolicyFiles};
use wardkey_testing::generate::{GeneratedContext, GeneratedPolicy};
use wardkey_testing::random::Random;

const CATALOGUE: &str = "\
ward: 1
time_zone: UTC
types:
  place: {tree: {hospital: {care_area: [ward_1, ward_2], cafeteria: []}}}
attributes:
  role: [Nurse, Physician, Sales]
  age: {type: whole, range: 0..120}
  trained: {type: bool, changes: true}
  teams: {set of: [red, blue, green], from: context}
  secret: {type: bool, disclose: false, from: context}
  location: {type: place, from: context}
  network: {one of: [ward, home, public], from: context}
  managed: {type: bool, from: context}
tags: {phi: bool}
parameters: {audit: {one of: [normal, high]}}
entitlements:
  EHR: {phi: true, actions: [read]}
  iTunes: {phi: false}
  Orders: {phi: false}
  Payments: {phi: false}
";

fn load(rules: &str) -> Policy {
    let files = PolicyFiles::new().catalogue("catalogue.yaml", CATALOGUE).rules("rules.ward", rules);
    files.load().unwrap_or_else(|error| panic!("{error}"))
}

fn prove(policy: &Policy, property: &str) -> Proof {
    Analysis::new(policy).prove(&policy.property(property).unwrap_or_else(|error| panic!("{error}")))
}

/// Each counterexample: what comes out, and where.
fn shown(proof: &Proof) -> Vec<String> {
    let one = |example: &wardkey::analyse::Counterexample| {
        let decisions = example.decisions.iter();
        let decisions: Vec<String> =
            decisions.map(|shown| format!("{} {} {:?}", shown.entitlement, shown.outcome, shown.rules)).collect();
        format!("{}: {}", decisions.join(", "), example.witness)
    };
    proof.counterexamples.iter().map(one).collect()
}

const RECORDS: &str = "\
nurses: role = Nurse -> allow EHR, Orders
away: network = public -> deny all where phi
glass: managed -> override allow EHR
pay: role = Sales -> offer Payments
";

#[test]
fn a_property_holds_or_a_context_shows_the_opposite() {
    let policy = load(RECORDS);
    let proof = prove(&policy, "never all where phi allowed when network = public unless managed");
    assert_eq!((proof.verdict, proof.is_vacuous), (ProofVerdict::Holds, false), "{proof:?}");
    let proof = prove(&policy, "never all where phi allowed when network = public");
    assert_eq!(proof.verdict, ProofVerdict::Fails);
    assert_eq!(shown(&proof), ["EHR allowed [\"glass\"]: network = public, managed = true"]);
    assert_eq!(proof.counterexamples[0].likewise, ["EHR.read"]);
    let proof = prove(&policy, "always EHR.read allowed when role = Nurse and network = ward");
    assert_eq!(proof.verdict, ProofVerdict::Holds);
    let proof = prove(&policy, "always EHR.read allowed or denied when role = Nurse");
    assert_eq!(proof.verdict, ProofVerdict::Holds);
    let proof = prove(&policy, "always iTunes not granted");
    assert_eq!(proof.verdict, ProofVerdict::Holds);
    let proof = prove(&policy, "never EHR denied when network = ward or managed");
    assert_eq!(proof.verdict, ProofVerdict::Holds);
    let proof = prove(&policy, "always EHR denied when age > 10 and age < 11");
    assert_eq!((proof.verdict, proof.is_vacuous), (ProofVerdict::Holds, true));
}

#[test]
fn what_shows_the_opposite_only_while_something_is_unknown_is_said_to() {
    let policy = load("a: role = Nurse -> allow EHR\nb: role = Nurse and network = public -> deny EHR");
    let proof = prove(&policy, "always EHR allowed when role = Nurse and network != public");
    assert_eq!(proof.verdict, ProofVerdict::Holds);
    let policy = load("a: role = Nurse -> allow EHR\nb: not managed and managed -> deny EHR");
    let proof = prove(&policy, "always EHR allowed when role = Nurse");
    assert_eq!(shown(&proof), ["EHR denied [\"b\"]: role = Nurse"]);
    assert!(proof.counterexamples[0].only_while_unknown);
}

#[test]
fn two_things_at_once() {
    let policy = load(RECORDS);
    let proof = prove(&policy, "no context allows both Orders and Payments");
    assert_eq!((proof.verdict, proof.is_vacuous), (ProofVerdict::Holds, false));
    let more = load(&format!("{RECORDS}nurses_pay: role = Nurse and age > 60 -> offer Payments"));
    let proof = prove(&more, "no context allows both Orders and Payments");
    assert_eq!(
        shown(&proof),
        [
            "Orders allowed [\"nurses\"], Payments allowed [\"nurses_pay\"]: role = Nurse, age = 61, approved = [Payments]"
        ]
    );
    assert_eq!(prove(&more, "no context allows both Orders and Payments when age < 61").verdict, ProofVerdict::Holds);
    // an approval of the whole is one of its parts
    let parts = load("a: role = Nurse -> offer EHR");
    let proof = prove(&parts, "no context allows both EHR and EHR.read");
    assert_eq!(proof.verdict, ProofVerdict::Fails);
    assert!(proof.counterexamples[0].witness.to_string().contains("approved = [EHR"), "{proof:?}");
}

#[test]
fn a_property_speaks_the_words_of_the_policy() {
    let policy = load(&format!("let staff = role in [Nurse, Physician]\n{RECORDS}used: staff -> allow iTunes"));
    assert_eq!(prove(&policy, "always iTunes allowed when staff").verdict, ProofVerdict::Holds);
    for (wrong, says) in [
        ("never EHR allowed when netwrk = public", "netwrk"),
        ("never EHS allowed", "there is no entitlement `EHS`"),
        ("EHR is allowed", "expected `never`, `always` or `no context allows both`"),
        ("never EHR", "expected"),
        ("never EHR allowed whenever managed", "found `whenever`"),
        ("never EHR allowed when", "a condition"),
        ("no context allows both EHR", "expected"),
        ("never EHR allowed when network = nowhere", "not one of the declared values"),
        ("never EHR allowed when time in 07:00..19:00 at \"Asia/Tokyo\"", "no rule of the policy reads the clock"),
        ("", "expected"),
    ] {
        let error = policy.property(wrong).map(|property| property.text).expect_err(wrong).to_string();
        assert!(error.contains(says), "{wrong}: {error}");
        assert!(error.contains("help"), "{wrong}: {error}");
    }
}

fn changes(policy: &Policy, entitlement: &str, context: &[(&str, &str)], wanted: Outcome) -> Vec<String> {
    let mut builder = policy.context();
    for (name, value) in context {
        builder = builder.set(name, *value);
    }
    let context = builder.build().unwrap();
    let analysis = Analysis::new(policy);
    let may_change = |item| analysis.may_change(item);
    let id = policy.entitlement(entitlement).unwrap();
    let found = analysis.counterfactuals(&context, id, wanted, &may_change).unwrap();
    assert!(found.is_complete);
    let one = |change: &wardkey::analyse::Change| {
        let ways: Vec<String> = change.examples.iter().map(|values| values.join(", ")).collect();
        format!("{} = {}", change.attributes.join(", "), ways.join(" | "))
    };
    found.changes.iter().map(one).collect()
}

#[test]
fn every_smallest_change_is_found() {
    let policy = load(
        "a: role = Nurse and (managed or network = ward) -> allow EHR\nb: location = cafeteria and not trained -> deny EHR",
    );
    let sitting =
        [("role", "Nurse"), ("location", "cafeteria"), ("network", "home"), ("trained", "false"), ("managed", "false")];
    assert_eq!(
        changes(&policy, "EHR", &sitting, Outcome::Allowed),
        [
            "location, managed = care_area, true",
            "location, network = care_area, ward",
            "trained, managed = true, true",
            "trained, network = true, ward",
        ]
    );
    // a role is of the person, and does not change
    let away =
        [("role", "Sales"), ("location", "ward_1"), ("network", "ward"), ("trained", "true"), ("managed", "true")];
    assert_eq!(changes(&policy, "EHR", &away, Outcome::Allowed), Vec::<String>::new());
    assert_eq!(changes(&policy, "EHR", &away, Outcome::NotGranted), Vec::<String>::new(), "it is so already");
    let offered = load("a: role = Nurse -> offer EHR\nb: teams has red -> deny EHR\nc: secret -> allow EHR");
    let context =
        offered.context().set("role", "Nurse").set("secret", false).set("teams", vec!["red"]).build().unwrap();
    let analysis = Analysis::new(&offered);
    let id = offered.entitlement("EHR").unwrap();
    let found = analysis.counterfactuals(&context, id, Outcome::Allowed, &|item| analysis.may_change(item)).unwrap();
    let names: Vec<&[String]> = found.changes.iter().map(|change| change.attributes.as_slice()).collect();
    // what is not disclosed is not named
    assert_eq!(names, [["teams", "approved"]]);
}

fn cases() -> u64 {
    std::env::var("WARDKEY_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(60)
}

/// Random policies with random contexts of each.
fn random(salt: u64, count: u64, mut look: impl FnMut(u64, &Policy, &[(String, Context)])) {
    for seed in 0..count {
        let mut random = Random::new(seed ^ salt);
        let generated = GeneratedPolicy::random(&mut random);
        let Ok(policy) = generated.load() else { continue };
        let mut context = || {
            let json = GeneratedContext::random(&mut random, &generated.world).json().to_string();
            let context = policy.context().json(&json).build().ok()?;
            Some((json, context))
        };
        let contexts: Vec<(String, Context)> = (0..60).filter_map(|_| context()).collect();
        look(seed, &policy, &contexts);
    }
}

#[test]
fn no_random_context_contradicts_a_proof() {
    let (mut held, mut failed) = (0, 0);
    random(0x9f0e, cases(), |seed, policy, contexts| {
        let analysis = Analysis::new(policy);
        let ids: Vec<_> = policy.entitlement_ids().collect();
        let quoted = |id| format!("{:?}", policy.entitlement_name(id));
        let check = |text: String, is_against: &dyn Fn(&Context) -> bool| {
            let property = policy.property(&text).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            let proof = analysis.prove(&property);
            assert!(!proof.undecided.as_deref().unwrap_or("").contains("mistake"), "seed {seed}: {text}: {proof:?}");
            if let Some((json, _)) = contexts.iter().find(|(_, context)| is_against(context)) {
                assert_ne!(proof.verdict, ProofVerdict::Holds, "seed {seed}: {text} in {json}");
            }
            proof.verdict
        };
        for &id in ids.iter().filter(|&&id| !policy.entitlement_name(id).contains('.')).take(4) {
            for (word, outcome) in
                [("allowed", Outcome::Allowed), ("denied", Outcome::Denied), ("offered", Outcome::Offered)]
            {
                let verdict =
                    check(format!("never {} {word}", quoted(id)), &|context| policy.outcome(context, id) == outcome);
                held += usize::from(verdict == ProofVerdict::Holds);
                failed += usize::from(verdict == ProofVerdict::Fails);
            }
        }
        if let [one, other, ..] = ids.as_slice() {
            let is_allowed = |context: &Context, id| policy.outcome(context, id) == Outcome::Allowed;
            let text = format!("no context allows both {} and {}", quoted(*one), quoted(*other));
            check(text, &|context| is_allowed(context, *one) && is_allowed(context, *other));
        }
    });
    assert!(held > 20 && failed > 20, "{held} {failed}");
}

#[test]
fn no_random_context_shows_a_smaller_or_another_change() {
    let (mut found_some, mut compared) = (0, 0);
    random(0xc0f3, cases(), |seed, policy, contexts| {
        let analysis = Analysis::new(policy);
        let attributes: Vec<String> =
            policy.rule_set().catalogue.attributes.values().map(|attribute| attribute.name.clone()).collect();
        let differ = |one: &Context, other: &Context| -> BTreeSet<String> {
            let states = (0..attributes.len()).map(AttributeId::new);
            let differ = states.filter(|&id| one.state(policy, id) != other.state(policy, id));
            differ.map(|id| attributes[id.index()].clone()).collect()
        };
        for (_, context) in contexts.iter().take(3) {
            for id in policy.entitlement_ids().take(3) {
                let Ok(found) = analysis.counterfactuals(context, id, Outcome::Allowed, &|_| true) else { continue };
                if found.outcome == Outcome::Allowed || !found.is_complete {
                    continue;
                }
                found_some += usize::from(!found.changes.is_empty());
                let sets: Vec<BTreeSet<&String>> =
                    found.changes.iter().map(|change| change.attributes.iter().collect()).collect();
                for (at, set) in sets.iter().enumerate() {
                    let smaller = sets.iter().enumerate().find(|(other, less)| *other != at && less.is_subset(set));
                    assert!(smaller.is_none(), "seed {seed}: {set:?} has {smaller:?}");
                }
                for change in &found.changes {
                    let shown = change.witness.context(policy).unwrap_or_else(|| panic!("seed {seed}: {change:?}"));
                    assert_eq!(policy.outcome(&shown, id), Outcome::Allowed, "seed {seed}: {change:?}");
                }
                for (_, other) in contexts.iter().filter(|(_, other)| policy.outcome(other, id) == Outcome::Allowed) {
                    compared += 1;
                    let mut differ = differ(context, other);
                    differ.insert("approved".to_owned());
                    let is_known = sets.iter().any(|set| set.iter().all(|name| differ.contains(*name)));
                    let name = policy.entitlement_name(id);
                    let rules: Vec<&str> = policy.rule_set().rules.iter().map(|rule| rule.text.as_str()).collect();
                    assert!(is_known, "seed {seed}: {name}: {differ:?} does it, not only {sets:?}\n{rules:#?}");
                }
            }
        }
    });
    assert!(found_some > 20 && compared > 50, "{found_some} {compared}");
}

#[test]
fn no_random_context_reaches_a_goal_that_none_can() {
    let (mut reached_some, mut impossible) = (0, 0);
    random(0x60a1, cases() / 6, |seed, policy, contexts| {
        let coverage = Coverage::new(&Analysis::new(policy));
        let ids: Vec<_> = policy.entitlement_ids().collect();
        let reached: BTreeSet<usize> =
            contexts.iter().flat_map(|(_, context)| coverage.reached(context, &ids)).collect();
        reached_some += reached.len();
        for (at, goal) in coverage.goals().iter().enumerate() {
            match coverage.example(at) {
                Ok(Some(_)) => {}
                Ok(None) => {
                    impossible += 1;
                    assert!(!reached.contains(&at), "seed {seed}: {goal:?}");
                }
                Err(undecided) => assert!(!undecided.is_internal(), "seed {seed}: {goal:?}"),
            }
        }
    });
    assert!(reached_some > 50 && impossible > 2, "{reached_some} {impossible}");
}

#[test]
fn what_changes_nothing_is_seen_to_by_no_random_context() {
    let (mut same, mut differ) = (0, 0);
    random(0x3a7a, cases() / 2, |seed, policy, contexts| {
        for mutant in mutants(policy).iter().take(25) {
            let seen = RefCell::new(None);
            let notices = |changed: &Policy, names: &BTreeSet<String>| {
                for (json, context) in contexts {
                    let Ok(moved) = changed.context().json(json).build() else { continue };
                    let differs = |name: &&String| {
                        let other = changed.entitlement(name).map(|id| changed.outcome(&moved, id));
                        other.is_ok_and(|other| policy.outcome(context, policy.entitlement(name).unwrap()) != other)
                    };
                    if let Some(name) = names.iter().find(differs) {
                        *seen.borrow_mut() = Some(format!("{name} in {json}"));
                    }
                }
                false
            };
            let fate = mutant.fate(policy, wardkey::analyse::STEPS, &notices).unwrap();
            match fate {
                Fate::Equivalent => {
                    same += 1;
                    assert!(seen.borrow().is_none(), "seed {seed}: {mutant:?} {:?}", seen.borrow());
                }
                Fate::Survived { .. } => differ += 1,
                Fate::Undecided { reason } => assert!(!reason.contains("mistake"), "seed {seed}: {mutant:?}"),
                Fate::Killed => panic!("nothing was noticed"),
            }
        }
    });
    assert!(same > 10 && differ > 50, "{same} {differ}");
}

#[test]
fn goals_are_what_a_tester_would_look_for() {
    let policy = load(
        "let grown = age >= 18\na: role = Nurse and grown -> allow EHR\nb: always -> require EHR with audit = high",
    );
    let coverage = Coverage::new(&Analysis::new(&policy));
    let goals: Vec<(GoalKind, &str)> = coverage.goals().iter().map(|goal| (goal.kind, goal.text.as_str())).collect();
    assert_eq!(
        goals,
        [
            (GoalKind::Applies, ""),
            (GoalKind::Holds, "role = Nurse"),
            (GoalKind::Fails, "role = Nurse"),
            (GoalKind::Holds, "age >= 18"),
            (GoalKind::Fails, "age >= 18"),
            (GoalKind::Edge, "age >= 18"),
        ]
    );
    let edge = coverage.example(5).unwrap().unwrap();
    assert_eq!(
        (edge.expected.outcome, edge.context.to_string().as_str()),
        (Outcome::Allowed, "role = Nurse, age = 18")
    );
    let ehr = policy.entitlement("EHR").unwrap();
    let context = policy.context().set("role", "Sales").set("age", 18).build().unwrap();
    assert_eq!(coverage.reached(&context, &[ehr]), [2]);
    assert_eq!(coverage.reached(&context, &[policy.entitlement("iTunes").unwrap()]), Vec::<usize>::new());
}

#[test]
fn a_survivor_comes_with_the_test_that_is_missing() {
    let policy = load("a: age >= 18 -> allow EHR");
    let fate = |change: &str| {
        let mutants = mutants(&policy);
        let mutant = mutants.iter().find(|mutant| mutant.change == change);
        let mutant = mutant.unwrap_or_else(|| panic!("{change} is not among {mutants:?}"));
        mutant.fate(&policy, wardkey::analyse::STEPS, &|_, _| false).unwrap()
    };
    match fate("the lower edge of `age >= 18`") {
        Fate::Survived { context, expected } => {
            assert_eq!((context.to_string().as_str(), expected.outcome), ("age = 18", Outcome::Allowed));
        }
        other => panic!("{other:?}"),
    }
    // nothing is denied that it could override
    assert_eq!(fate("it overrides"), Fate::Equivalent);
}
