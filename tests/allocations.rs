//! Binding and deciding again and again allocates nothing for values that the policy knows.
#![allow(clippy::unwrap_used)]

use allocation_counter::measure;
use std::collections::HashMap;
use wardkey::{Binder, Policy, PolicyFiles};
use wardkey_testing::workload::Workload;

/// Allocations of a second round over all people; the first learns what there is to learn.
fn allocations<T>(policy: &Policy, people: &[T], bind: impl Fn(&mut Binder, &T)) -> u64 {
    let mut binder = policy.binder();
    people.iter().for_each(|person| bind(&mut binder, person));
    measure(|| people.iter().for_each(|person| bind(&mut binder, person))).count_total
}

#[test]
fn people_are_bound_in_every_form_without_allocating() {
    let workload = Workload::generate(100, 3);
    let policy = workload.policy().unwrap();
    let people: Vec<_> = workload.situations[..50].iter().map(|situation| workload.person(situation)).collect();
    let texts: Vec<_> = people.iter().map(|person| person.json()).collect();
    let maps: Vec<HashMap<String, String>> = people
        .iter()
        .map(|person| person.pairs().into_iter().map(|(name, value)| (name.to_owned(), value.into_owned())).collect())
        .collect();
    let ids: Vec<_> = policy.entitlement_ids().collect();
    let bind = |binder: &mut Binder, person: &_| {
        let context = binder.values(&policy, person).unwrap();
        ids.iter().for_each(|&id| _ = policy.outcome(context, id));
    };
    assert_eq!(allocations(&policy, &people, bind), 0, "structs");
    assert_eq!(allocations(&policy, &texts, |binder, text| _ = binder.json(&policy, text).unwrap()), 0, "JSON");
    assert_eq!(allocations(&policy, &maps, |binder, map| _ = binder.pairs(&policy, map).unwrap()), 0, "maps");
    let with_builder = measure(|| _ = policy.context().values(&people[0]).build().unwrap()).count_total;
    assert!(with_builder > 0, "allocations are counted");
}

#[test]
fn neither_conditions_that_are_computed_nor_assumptions_nor_strangers_allocate() {
    let catalogue = "ward: 1\ntime_zone: Europe/Berlin\nattributes:\n  role: [Nurse, Sales]\n  grade: [junior, senior]\n  \
                     other: [junior, senior]\n  started: date\nassume:\n  - not (role = Sales and grade = senior)\n\
                     entitlements: [EHR]\n";
    let rules = "let same = grade = user.other\nsame and role = Nurse -> allow EHR\n\
                 started within 365d and time in 22:00..06:00 on Fri -> allow EHR\nrole starts with N -> deny EHR";
    let policy = PolicyFiles::new().catalogue("catalogue.yaml", catalogue).rules("a.ward", rules).load().unwrap();
    let texts = [
        r#"{"role": "Nurse", "grade": "senior", "other": "senior", "now": "2026-11-23T10:00:00Z"}"#,
        r#"{"role": "Nurse", "user": {"grade": "junior", "OTHER": null}, "started": "2026-01-31"}"#,
    ];
    assert_eq!(allocations(&policy, &texts, |binder, text| _ = binder.json(&policy, text).unwrap()), 0);
    // without a catalogue what no rule reads is passed over
    let policy = Policy::parse(rules).unwrap();
    let texts = [r#"{"role": "Nurse", "shoe": {"size": 42}, "name": "x"}"#, r#"{"role": "Nurse", "name": "x"}"#];
    let counted = allocations(&policy, &texts[..1], |binder, text| _ = binder.json(&policy, text).unwrap());
    assert_eq!(counted, 0, "strangers");
}
