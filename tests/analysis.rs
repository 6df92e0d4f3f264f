//! What the analysis finds in small policies, and how it compares two versions; and on random ones, against trying contexts.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "analysis/trying.rs"]
mod trying;
#[path = "analysis/worst.rs"]
mod worst;

use std::collections::BTreeMap;
use wardkey::analyse::{ParameterValue, PolicyDiff, Verdict};
use wardkey::{Analysis, Finding, Outcome, Policy, PolicyFiles};
use wardkey_testing::generate::{GeneratedContext, GeneratedPolicy};
use wardkey_testing::random::Random;

const CATALOGUE: &str = "ward: 1
time_zone: America/Chicago
types:
  place: {tree: {hospital: {care_area: [ward_1, ward_2], cafeteria: []}}}
attributes:
  role: [Nurse, Physician, Sales]
  department: {one of: [HR, IT], omitted: absent}
  location: {type: place, from: context}
  desk: place
  network: {one of: [ward, home, public], from: context}
  managed: {type: bool, from: context}
  emergency: {type: bool, from: context, omitted: false}
  age: {type: whole, range: 0..120}
  team: text
  other_team: text
  trained: date
  teams: {set of: text}
  device: text
  idle: bool
assume:
  - not (role = Sales and network = ward)
parameters:
  audit: {one of: [normal, high], combine: one}
entitlements: {EHR: {}, iTunes: {}, Email: {covered: true}, Drive: {}, Wiki: {}, Portal: {}}
";

fn load(rules: &str) -> Policy {
    let files = PolicyFiles::new().catalogue("catalogue.yaml", CATALOGUE).rules("rules.ward", rules);
    files.load().unwrap_or_else(|error| panic!("{error}"))
}

/// Code and rules of what is found, but for what is not about rules.
fn found(rules: &str) -> Vec<(&'static str, Vec<String>)> {
    let policy = load(rules);
    let found = Analysis::new(&policy).with_overlaps().check();
    let about_rules = found.iter().filter(|finding| !finding.rules.is_empty());
    about_rules.map(|finding| (finding.diagnostic.code.name, ids(finding))).collect()
}

fn ids(finding: &Finding) -> Vec<String> {
    finding.rules.iter().map(|id| id.to_string()).collect()
}

fn is_found(rules: &str, name: &str, wanted: &[&str]) {
    let found = found(rules);
    assert!(
        found.iter().any(|(code, ids)| *code == name && ids == wanted),
        "{name} {wanted:?} of\n{rules}\nin {found:?}"
    );
}

fn is_clean(rules: &str) {
    let notes = ["allow-meets-deny"];
    let found: Vec<_> = found(rules).into_iter().filter(|(code, _)| !notes.contains(code)).collect();
    assert!(found.is_empty(), "{found:?} of\n{rules}");
}

#[test]
fn what_never_fires() {
    for condition in [
        "role = Nurse and role = Physician",
        "age < 18 and age >= 18",
        "location = ward_1 and location = cafeteria",
        "age > 120",
        "team starts with a and team starts with b",
        "team = user.other_team and team = red and other_team = blue",
        "time in 08:00..10:00 and time in 11:00..12:00",
        "date = 2026-11-22 and weekday = Mon",
        "teams is empty and teams has red",
        "role = Sales and network = ward",
        "trained within 30d and now < 2026-01-01T00:00:00Z and trained = 2026-01-02",
    ] {
        is_found(&format!("never: {condition} -> allow EHR"), "never-fires", &["never"]);
    }
    for condition in [
        "role = Nurse and network = ward",
        "age in 17..18 and age >= 18",
        "location = care_area and location = ward_1",
        "team starts with a and team ends with b",
        "date = 2026-11-22 and weekday = Sun",
        "teams has red and not (teams has blue)",
        "trained within 30d and now < 2026-01-01T00:00:00Z and trained = 2025-12-20",
    ] {
        is_clean(&format!("sometimes: {condition} -> allow EHR"));
    }
}

#[test]
fn what_never_matters_because_of_one_and_because_of_several() {
    is_found(
        "wide: role in [Nurse, Physician] -> allow EHR\none: role = Nurse and managed -> allow EHR",
        "never-matters",
        &["one", "wide"],
    );
    // none of the two alone covers it
    is_found(
        "day: age < 50 -> allow EHR\nnight: age >= 50 -> allow EHR\nboth: age in 10..90 -> allow EHR",
        "never-matters",
        &["both", "day", "night"],
    );
    // with a place known only as an area neither ward holds for certain, and yet their area does
    let wards =
        "a: location = ward_1 -> allow EHR\nb: location = ward_2 -> allow EHR\nc: location = care_area -> allow EHR";
    is_found(wards, "never-matters", &["a", "c"]);
    assert!(!found(wards).iter().any(|(_, ids)| ids[0] == "c"), "the area is needed");
    is_found(
        "closed: network = public -> deny EHR\nopen: network = public and role = Nurse -> allow EHR",
        "never-matters",
        &["open", "closed"],
    );
    is_clean("closed: network = public -> deny EHR\nopen: role = Nurse -> allow EHR");
    // it says more than the other
    is_clean("a: role = Nurse -> allow EHR\nb: role = Nurse and managed -> allow EHR with audit = high");
}

#[test]
fn only_one_of_two_that_say_the_same_is_removed() {
    let policy = load("a: role = Nurse -> allow EHR\nb: role in [Nurse] and role = Nurse -> allow EHR");
    let findings = Analysis::new(&policy).check();
    let of = |finding: &&Finding| finding.diagnostic.code.name == "never-matters";
    let fixes: Vec<bool> = findings.iter().filter(of).map(|finding| finding.diagnostic.fix.is_some()).collect();
    assert_eq!((fixes.len(), fixes.iter().filter(|has| **has).count()), (2, 1), "{findings:?}");
}

#[test]
fn what_matters_only_while_something_is_unknown_is_not_removed() {
    let policy = load("a: managed -> allow EHR\nb: not managed -> allow EHR\nc: role = Nurse -> allow EHR");
    let findings = Analysis::new(&policy).check();
    let finding = findings.iter().find(|finding| finding.rules.first().is_some_and(|id| &**id == "c")).unwrap();
    assert_eq!(finding.diagnostic.code.name, "never-matters");
    assert_eq!(finding.diagnostic.severity, wardkey::Severity::Note);
    assert!(finding.diagnostic.fix.is_none(), "{finding:?}");
}

#[test]
fn what_else_is_found() {
    is_found("a: managed or not managed -> allow EHR", "always-applies", &["a"]);
    is_found("a: role = Nurse -> allow EHR\nb: role = Sales -> deny EHR", "inert-deny", &["b"]);
    is_found(
        "a: role = Nurse -> allow EHR with audit = high\nb: managed -> allow EHR with audit = normal",
        "parameter-conflict",
        &["a", "b"],
    );
    is_clean("a: role = Nurse -> allow EHR with audit = high\nb: role = Sales -> allow EHR with audit = normal");
    is_found(
        "a: role in [Nurse, Physician] -> allow EHR\nb: network = public -> deny EHR",
        "allow-meets-deny",
        &["b", "a"],
    );
    let broad = "wide: role in [Nurse, Physician] -> allow all\na: network = public -> deny all unless emergency\n\
                 b: not managed -> deny all unless emergency\n";
    is_found(&format!("{broad}c: location = cafeteria -> deny all"), "forgets-exception", &["c", "a"]);
    let found = found(broad);
    assert!(!found.iter().any(|(code, _)| *code == "forgets-exception"), "{found:?}");
}

#[test]
fn a_gap_is_shown_by_a_context() {
    let policy = load("a: role = Nurse -> allow Email\nb: role = Sales -> deny Email");
    let findings = Analysis::new(&policy).check();
    let gap = findings.iter().find(|finding| finding.diagnostic.code.name == "gap").expect("a gap");
    let witness = gap.witness.as_ref().unwrap();
    assert_eq!(witness.to_string(), "role = Physician");
    let email = policy.entitlement("Email").unwrap();
    assert_eq!(witness.outcome(&policy, email), Some(Outcome::NotGranted));
    let covered = load("a: role = Nurse -> allow Email\nb: role != Nurse -> deny Email");
    let findings = Analysis::new(&covered).check();
    // whoever has no role is denied, too
    assert!(findings.iter().all(|finding| finding.diagnostic.code.name != "gap"), "{findings:?}");
}

#[test]
fn what_time_it_is_matters_if_it_is_said() {
    let policy = load("old: managed -> allow EHR until 2026-01-31\nsoon: managed -> allow EHR from 2027-01-01");
    let names = |findings: Vec<Finding>| {
        findings
            .iter()
            .filter(|finding| !finding.rules.is_empty())
            .map(|finding| finding.diagnostic.code.name)
            .collect::<Vec<_>>()
    };
    assert!(names(Analysis::new(&policy).check()).is_empty());
    let now = "2026-11-22T12:00:00Z".parse().unwrap();
    assert_eq!(names(Analysis::new(&policy).at(now).check()), ["expired", "not-yet-in-force"]);
}

#[test]
fn what_is_not_found_out_is_said() {
    // three attributes of many places each, all compared
    let tree: String = (0..300).map(|at| format!("n{at}, ")).collect();
    let catalogue = format!(
        "ward: 1\ntime_zone: UTC\ntypes: {{site: {{tree: {{top: [{}]}}}}}}\nattributes: {{a: site, b: site, c: site}}\nentitlements: [X, Y]\n",
        tree.trim_end_matches(", ")
    );
    let files = PolicyFiles::new().catalogue("catalogue.yaml", catalogue);
    let policy = files.clone().rules("r.ward", "a in user.b and b in user.c -> allow X").load().unwrap();
    let findings = Analysis::new(&policy).check();
    assert!(findings.iter().any(Finding::is_undecided), "{findings:?}");
    // what is said of a rule is said of all that it speaks of
    let rules = "always -> override allow Y\nwide: a in user.b and b in user.c -> allow X, Y";
    let policy = files.clone().rules("r.ward", rules).load().unwrap();
    let findings = Analysis::new(&policy).check();
    assert!(findings.iter().any(Finding::is_undecided), "{findings:?}");
    assert!(findings.iter().all(|finding| finding.rules.is_empty()), "{findings:?}");
}

fn compare(old: &str, new: &str) -> (Policy, Policy) {
    (load(old), load(new))
}

#[test]
fn two_versions_are_compared_by_what_people_get() {
    let (old, new) = compare(
        "nurses: role = Nurse -> allow EHR\nsales: role = Sales -> allow iTunes",
        "clinicians: role in [Nurse, Physician] -> allow EHR unless network = public\nsales: role = Sales -> allow iTunes",
    );
    let diff = PolicyDiff::new(&old, &new).unwrap().entitlements();
    assert_eq!(diff.len(), 1, "{diff:?}");
    let ehr = &diff[0];
    assert_eq!((ehr.entitlement.as_str(), ehr.verdict), ("EHR", Verdict::Incomparable));
    let told: Vec<String> = ehr
        .changes
        .iter()
        .map(|change| {
            let regions: Vec<String> = change.regions.iter().map(ToString::to_string).collect();
            assert!(change.is_complete);
            format!("{:?} {:?}: {}; {}", change.from, change.to, regions.join("; "), change.witness)
        })
        .collect();
    assert_eq!(
        told,
        [
            "Allowed NotGranted: where `nurses` (old) applies, except where `clinicians` (new) does; \
         role = Nurse, network = public",
            "NotGranted Allowed: where `clinicians` (new) applies, except where `nurses` (old) does; \
         role = Physician, network = ward",
        ]
    );
    // the same, said otherwise
    let (old, new) = compare(
        "a: role in [Nurse, Physician] -> allow EHR",
        "b: role = Nurse -> allow EHR\nc: not (role != Physician) -> allow EHR",
    );
    let same = PolicyDiff::new(&old, &new).unwrap();
    assert_eq!(same.touched().len(), 1);
    assert_eq!(same.entitlements(), []);
}

/// What parameters of an entitlement come to otherwise: `audit: [high] to []`.
fn parameters(old: &Policy, new: &Policy) -> Vec<String> {
    let diff = PolicyDiff::new(old, new).unwrap();
    let told = |values: &[ParameterValue]| values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut found = Vec::new();
    for entitlement in diff.entitlements() {
        assert_eq!((entitlement.verdict, &entitlement.undecided), (Verdict::Equivalent, &None));
        for parameter in &entitlement.parameters {
            for change in &parameter.changes {
                let (name, parameter) = (&entitlement.entitlement, &parameter.parameter);
                found.push(format!(
                    "{name} {parameter}: [{}] to [{}]; {}",
                    told(&change.from),
                    told(&change.to),
                    change.witness
                ));
            }
        }
    }
    found
}

#[test]
fn parameters_that_come_to_something_else_are_told() {
    let (old, new) = compare("a: role = Nurse -> allow EHR with audit = high", "a: role = Nurse -> allow EHR");
    assert_eq!(parameters(&old, &new), ["EHR audit: [high] to []; role = Nurse"]);
    // a value that another rule sets anyway is no difference, nor is a rule that is written otherwise
    let (old, new) = compare(
        "a: role = Nurse -> allow EHR with audit = high\nb: role = Nurse and network = ward -> allow EHR with audit = high",
        "a: not (role != Nurse) -> allow EHR with audit = high",
    );
    assert_eq!(PolicyDiff::new(&old, &new).unwrap().touched().len(), 1);
    assert_eq!(parameters(&old, &new), [""; 0]);
    // where a stronger rule sets it, a weaker one says nothing
    let require = "r: role = Nurse -> require EHR with audit = high";
    let (old, new) = compare(
        &format!("{require}\na: role in [Nurse, Physician] -> allow EHR with audit = normal"),
        &format!("{require}\na: role in [Nurse, Physician] -> allow EHR"),
    );
    let found = parameters(&old, &new);
    assert_eq!(found[0], "EHR audit: [normal] to []; role = Physician");
    assert!(found[1..].iter().all(|change| change.contains("perhaps")), "{found:?}");
    // where it only may apply it is the same change
    let (old, new) = compare(
        "a: role = Nurse -> allow EHR\nr: network = public -> require EHR with audit = high",
        "a: role = Nurse -> allow EHR\nr: network = public and role = Physician -> require EHR with audit = high",
    );
    assert_eq!(parameters(&old, &new), ["EHR audit: [high] to []; role = Nurse, network = public"]);
    // parameters of what is not given are none
    let (old, new) = compare(
        "a: role = Nurse -> allow EHR\nr: role = Sales -> require EHR with audit = high",
        "a: role = Nurse -> allow EHR",
    );
    assert_eq!(parameters(&old, &new), [""; 0]);
}

#[test]
fn a_printer_that_is_another_is_a_difference() {
    let catalogue = |printer: &str| {
        let table = format!("node,parent,printer\nhospital,,\nward_1,hospital,PRN-1\nward_2,hospital,{printer}\n");
        let text = "ward: 1\ntypes: {place: {tree: places.csv}}\nattributes: {role: [Nurse], location: place}\n\
                    parameters: {queue: text}\nentitlements: [print]";
        let rules = "a: role = Nurse and location in hospital -> allow print with queue from location.printer";
        let files = PolicyFiles::new().catalogue("catalogue.yaml", text).table("places.csv", table);
        files.rules("r.ward", rules).load().unwrap()
    };
    let (old, new) = (catalogue("PRN-2"), catalogue("PRN-9"));
    assert_eq!(parameters(&old, &new), ["print queue: [PRN-2] to [PRN-9]; role = Nurse, location = ward_2"]);
    assert_eq!(PolicyDiff::new(&old, &new).unwrap().catalogue_changes(), ["another `printer` of `ward_2`"]);
    assert_eq!(PolicyDiff::new(&old, &old).unwrap().touched(), [0; 0]);
}

#[test]
fn a_place_that_moves_is_a_difference() {
    let rules = "a: location = care_area -> allow EHR";
    let old = load(rules);
    let moved =
        CATALOGUE.replace("care_area: [ward_1, ward_2], cafeteria: []", "care_area: [ward_1, cafeteria], ward_2: []");
    let new = PolicyFiles::new().catalogue("catalogue.yaml", moved).rules("rules.ward", rules).load().unwrap();
    let diff = PolicyDiff::new(&old, &new).unwrap().entitlements();
    let told: Vec<String> =
        diff[0].changes.iter().map(|change| format!("{:?} {:?} {}", change.from, change.to, change.witness)).collect();
    assert_eq!(told, ["Allowed NotGranted location = ward_2", "NotGranted Allowed location = cafeteria"]);
}

/// Two random policies over one vocabulary: whatever a random context shows to be different is among the changes, and where nothing
/// is said to be different no context is.
#[test]
fn no_difference_is_left_out() {
    let count: u64 = std::env::var("WARDKEY_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(60);
    let (mut compared, mut differ, mut of_parameters) = (0, 0, 0);
    for seed in 0..count {
        let mut random = Random::new(seed ^ 0x0d1f);
        let generated = GeneratedPolicy::random(&mut random);
        let smaller = generated.smaller();
        let other = random.pick(&smaller);
        let (Ok(old), Ok(new)) = (generated.load(), other.load()) else { continue };
        let Ok(diff) = PolicyDiff::new(&old, &new) else { continue };
        // what was not found out is not compared
        type Told = Option<(Vec<(Outcome, Outcome)>, Vec<String>)>;
        let changes: BTreeMap<String, Told> = diff
            .entitlements()
            .into_iter()
            .map(|diff| {
                assert!(!diff.undecided.as_deref().unwrap_or_default().contains("mistake"), "seed {seed}: {diff:?}");
                let pairs = diff.changes.iter().map(|change| (change.from, change.to)).collect();
                let parameters = diff.parameters.iter().map(|diff| diff.parameter.clone()).collect();
                (diff.entitlement, diff.undecided.is_none().then_some((pairs, parameters)))
            })
            .collect();
        for _ in 0..40 {
            let json = GeneratedContext::random(&mut random, &generated.world).json().to_string();
            let (Ok(before), Ok(after)) = (old.context().json(&json).build(), new.context().json(&json).build()) else {
                continue;
            };
            for entitlement in old.entitlement_ids() {
                let name = old.entitlement_name(entitlement);
                let (Ok(was), Ok(is)) = (old.decide_named(&before, name), new.decide_named(&after, name)) else {
                    continue;
                };
                let pair = (was.outcome(), is.outcome());
                compared += 1;
                let nothing = Some((Vec::new(), Vec::new()));
                let Some((known, parameters)) = changes.get(name).unwrap_or(&nothing) else { continue };
                if pair.0 != pair.1 {
                    differ += 1;
                    assert!(known.contains(&pair), "seed {seed}: {name} {pair:?} in {json}");
                    continue;
                }
                let (was, is) = (was.parameters(), is.parameters());
                for parameter in was.iter().chain(is.iter()).map(|parameter| &parameter.name) {
                    if was.get(parameter).map(|one| &one.values) != is.get(parameter).map(|one| &one.values) {
                        of_parameters += 1;
                        assert!(parameters.contains(parameter), "seed {seed}: {parameter} of {name} in {json}");
                    }
                }
            }
        }
    }
    assert!(compared > 1_000 && differ > 20 && of_parameters > 20, "{compared} {differ} {of_parameters}");
}

/// Random policies, without all rules that the findings offer to remove: everybody gets the same. And nothing is ever found that
/// contradicts the engine.
#[test]
fn removing_what_is_offered_changes_nothing() {
    let count: u64 = std::env::var("WARDKEY_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(150);
    let (mut removed, mut compared) = (0, 0);
    for seed in 0..count {
        let mut random = Random::new(seed ^ 0xf1c5);
        let generated = GeneratedPolicy::random(&mut random);
        let Ok(policy) = generated.load() else { continue };
        let findings = Analysis::new(&policy).check();
        let is_internal = |finding: &&Finding| finding.diagnostic.help.iter().any(|help| help.contains("should never"));
        let internal: Vec<&Finding> = findings.iter().filter(is_internal).collect();
        assert!(internal.is_empty(), "seed {seed}: {internal:?}");
        let fixes = findings.iter().filter_map(|finding| finding.diagnostic.fix.as_ref());
        let mut edits: Vec<_> = fixes.flat_map(|fix| fix.edits.clone()).collect();
        edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
        let mut text = generated.text();
        for (span, new) in &edits {
            text.replace_range(span.start as usize..span.end as usize, new);
        }
        if edits.is_empty() {
            continue;
        }
        removed += edits.len();
        // without a catalogue the last rule that names something may be gone
        let loaded = generated.load_texts([text.clone()]);
        let Ok(smaller) = loaded else {
            assert!(generated.world.catalogue().is_none(), "seed {seed}: does not load\n{text}");
            continue;
        };
        for _ in 0..60 {
            let json = GeneratedContext::random(&mut random, &generated.world).json().to_string();
            let (Ok(before), Ok(after)) = (policy.context().json(&json).build(), smaller.context().json(&json).build())
            else {
                continue;
            };
            for entitlement in smaller.entitlement_ids() {
                let name = smaller.entitlement_name(entitlement);
                let (was, is) =
                    (policy.decide_named(&before, name).unwrap(), smaller.decide_named(&after, name).unwrap());
                assert_eq!(was.outcome(), is.outcome(), "seed {seed}: {name} in {json}\n{text}");
                compared += 1;
            }
        }
    }
    assert!(removed > 20 && compared > 1_000, "{removed} {compared}");
}
