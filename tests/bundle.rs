//! A policy from its bundle is the policy; bytes that are no bundle, or no longer one, are refused with what to do.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use sha2::{Digest, Sha256};
use std::path::Path;
use wardkey::{LoadError, Policy, PolicyFiles};
use wardkey_testing::generate::{GeneratedContext, GeneratedPolicy};
use wardkey_testing::properties::mean_the_same;
use wardkey_testing::random::Random;

const CATALOGUE: &str = r#"
ward: 1
time_zone: Europe/Berlin
types:
  place: {tree: {hospital: {north: [n1, n2], south: [s1]}}, zones: {quiet: [n1, s1]}}
attributes:
  role: [Nurse, Sales]
  location: {type: place, from: context}
  teams: {set of: text, empty: none}
  age: {type: whole, range: 0..120, omitted: 18}
  os: version
  ip: address
  trained: {type: date, omitted: absent}
assume: [not (role = Sales and age < 18)]
parameters: {audit: {one of: [normal, high], combine: most}, queue: text}
tags: {phi: bool, owner: {one of: [IT, Nursing], default: IT}}
entitlements: {EHR: {phi: true, actions: [read]}, Mail: {phi: false}}
resources: {record: {phi: true, actions: [write], attributes: {ward: place}}}
groups: {all_of_it: [EHR, record]}
calendars: {holiday: [2026-12-25]}
"#;

const RULES: &str = r#"let clinician = role = Nurse and not (location in quiet)
clinician and os >= 17.2.0-rc.1 -> allow EHR with audit = high because en "On duty" de "Im Dienst"
named: ip in 10.0.0.0/8 and teams has any [red, "Blue"] -> offer Mail with queue = "a b" unless age in 30..40
time in 22:00..06:00 on [Fri, Sat] at "America/Chicago" or date in holiday -> deny all where phi and owner = IT
clinician and location in record.ward -> override allow record from 2026-01-01
trained within 90d and role is known -> allow EHR.read
disabled role = exactly "Nurse" -> override deny all except Mail
"#;

fn policy() -> Policy {
    PolicyFiles::new().rules("rules.ward", RULES).catalogue("catalogue.yaml", CATALOGUE).load().unwrap()
}

fn code(refused: &LoadError) -> &'static str {
    let [diagnostic] = refused.diagnostics() else { panic!("{refused}") };
    assert!(diagnostic.is_error() && !diagnostic.help.is_empty(), "{diagnostic:?}");
    diagnostic.code.id
}

fn refusal(bytes: &[u8]) -> &'static str {
    code(&Policy::from_bundle(bytes).unwrap_err())
}

/// Length of the payload, its checksum, and where it begins.
fn payload_at(bundle: &[u8]) -> usize {
    let release = usize::from(bundle[9]);
    let zones = usize::from(bundle[10 + release]);
    11 + release + zones + 8 + 32
}

/// The bundle with its checksum made to fit again.
fn mended(mut bundle: Vec<u8>) -> Vec<u8> {
    let at = payload_at(&bundle);
    let checksum = Sha256::digest(&bundle[at..]);
    bundle[at - 32..at].copy_from_slice(&checksum);
    bundle
}

fn assert_same(policy: &Policy) -> Policy {
    let again = Policy::from_bundle(&policy.to_bundle()).unwrap();
    assert_eq!(format!("{:?}", again.rule_set()), format!("{:?}", policy.rule_set()));
    assert_eq!(again.diagnostics(), policy.diagnostics());
    assert_eq!(again.to_bundle(), policy.to_bundle(), "the same policy gives the same bytes");
    again
}

#[test]
fn every_construct_comes_back() {
    let policy = policy();
    assert!(!policy.diagnostics().is_empty(), "warnings come back, too");
    let again = assert_same(&policy);
    let context = policy.context().set("role", "Nurse").set("location", "n2").build().unwrap();
    let ehr = policy.entitlement("EHR").unwrap();
    let explained = |policy: &Policy| format!("{:?}", policy.explain(&context, ehr, Some("de")));
    assert_eq!(explained(&again), explained(&policy), "the context of the one is taken by the other");
}

#[test]
fn the_hospital_comes_back() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/hospital");
    assert_same(&Policy::load(folder).unwrap());
}

#[test]
fn random_policies_come_back() {
    let mut loaded = 0;
    for seed in 0..150 {
        let mut random = Random::new(seed);
        let generated = GeneratedPolicy::random(&mut random);
        let Ok(policy) = generated.load() else { continue };
        let again = assert_same(&policy);
        let contexts: Vec<_> = (0..5).map(|_| GeneratedContext::random(&mut random, &generated.world).json()).collect();
        mean_the_same(&policy, &again, &contexts).unwrap_or_else(|differs| panic!("seed {seed}: {differs}"));
        loaded += 1;
    }
    assert!(loaded > 100, "{loaded} policies load");
}

#[test]
fn a_path_may_lead_to_a_bundle() {
    let path = std::env::temp_dir().join(format!("wardkey-{}.bundle", std::process::id()));
    let bundle = policy().to_bundle();
    std::fs::write(&path, &bundle).unwrap();
    let loaded = Policy::load(&path);
    std::fs::write(&path, &bundle[..bundle.len() - 1]).unwrap();
    let cut = Policy::load(&path);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(loaded.unwrap().hash(), policy().hash());
    let cut = cut.unwrap_err();
    assert_eq!(code(&cut), "WK512");
    assert!(cut.to_string().contains(".bundle"), "the file is named: {cut}");
}

#[test]
fn other_bytes_are_no_bundle() {
    assert_eq!(refusal(b""), "WK510");
    assert_eq!(refusal(b"role = Nurse -> allow EHR"), "WK510");
}

#[test]
fn another_release_is_told() {
    let bundle = policy().to_bundle();
    let mut other = bundle.clone();
    other[10] = b'9';
    let refused = Policy::from_bundle(&other).unwrap_err();
    assert_eq!(code(&refused), "WK511");
    assert!(refused.to_string().contains("made by wardkey `9."), "{refused}");
    let mut other = bundle.clone();
    other[8] += 1;
    assert_eq!(refusal(&other), "WK511");
    let mut other = bundle;
    let zones = 11 + usize::from(other[9]);
    other[zones] = b'1';
    assert_eq!(refusal(&other), "WK511");
}

#[test]
fn a_bundle_cut_off_anywhere_is_refused() {
    let bundle = policy().to_bundle();
    for length in 0..bundle.len() {
        let expected = if length < 8 { "WK510" } else { "WK512" };
        assert_eq!(refusal(&bundle[..length]), expected, "the first {length} bytes");
    }
    let refused = Policy::from_bundle(&bundle[..bundle.len() - 3]).unwrap_err();
    assert!(refused.to_string().contains("3 bytes are missing"), "{refused}");
    assert_eq!(refusal(&[bundle.as_slice(), b"x"].concat()), "WK512");
}

#[test]
fn an_altered_bundle_is_refused() {
    let bundle = policy().to_bundle();
    for at in payload_at(&bundle) - 32..bundle.len() {
        let mut altered = bundle.clone();
        altered[at] ^= 4;
        assert_eq!(refusal(&altered), "WK512", "byte {at}");
    }
}

/// A checksum is no seal: what anybody may have written must be refused, or answer, but never end in a panic.
#[test]
fn a_forged_bundle_never_panics() {
    let bundle = policy().to_bundle();
    let (mut refused, mut loaded) = (0, 0);
    for at in payload_at(&bundle)..bundle.len() {
        for change in [1, 2, 16, 128, 255] {
            let mut forged = bundle.clone();
            forged[at] = forged[at].wrapping_add(change);
            match Policy::from_bundle(&mended(forged)) {
                Ok(policy) => {
                    ask_everything(&policy);
                    loaded += 1;
                }
                Err(error) => {
                    assert_eq!(code(&error), "WK512");
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > 500 && loaded > 500, "{refused} refused, {loaded} loaded");
}

fn ask_everything(policy: &Policy) {
    let builders = [
        policy.context(),
        policy.context().set("role", "Nurse").set("location", "n1").set("now", "2026-11-27T23:00:00Z"),
    ];
    for builder in builders {
        let Ok(context) = builder.build() else { continue };
        for id in policy.entitlement_ids() {
            let _ = policy.decide(&context, id).record(None);
            let _ = policy.explain(&context, id, None);
        }
    }
    for diagnostic in policy.diagnostics() {
        let _ = wardkey::diagnostic::render(diagnostic, policy.sources(), false);
    }
}

/// As deep as the language lets conditions be: brackets in brackets, each behind a `not`.
#[test]
fn the_deepest_condition_comes_back() {
    let text = format!("{}a = c{} -> deny d unless e", "not (b != 1 and ".repeat(63), ")".repeat(63));
    let policy = Policy::parse(&text).unwrap();
    let again = Policy::from_bundle(&policy.to_bundle()).unwrap();
    let context = again.context().set("a", "x").build().unwrap();
    let id = again.entitlement("d").unwrap();
    assert_eq!(again.outcome(&context, id), policy.outcome(&context, id));
    assert_eq!(policy.explain(&context, id, None).rules.len(), 1);
}
