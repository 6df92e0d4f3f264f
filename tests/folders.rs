//! Policies on disk: no file that could hold a deny may be passed over without a word.

#![cfg(unix)]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use wardkey::{Outcome, Policy};

/// A new, empty folder.
fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("folders").join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

fn outcome(policy: &Policy, name: &str) -> Outcome {
    let context = policy.context().build().unwrap();
    policy.outcome(&context, policy.entitlement(name).unwrap())
}

#[test]
fn an_ending_in_capitals_counts() {
    let folder = folder("capitals");
    fs::write(folder.join("a.ward"), "always -> allow EHR\n").unwrap();
    fs::write(folder.join("DENY.WARD"), "always -> deny EHR\n").unwrap();
    assert_eq!(outcome(&Policy::load(&folder).unwrap(), "EHR"), Outcome::Denied);
}

#[test]
fn rules_that_a_link_calls_a_table_are_read() {
    let folder = folder("mislabelled");
    fs::write(folder.join("p.ward"), "always -> allow EHR\n").unwrap();
    fs::write(folder.join("z.ward"), "always -> deny EHR\n").unwrap();
    symlink("z.ward", folder.join("a.csv")).unwrap();
    assert_eq!(outcome(&Policy::load(&folder).unwrap(), "EHR"), Outcome::Denied);
}

#[test]
fn a_table_is_known_by_each_of_its_names() {
    let folder = folder("table");
    fs::create_dir(folder.join("data")).unwrap();
    fs::write(folder.join("data/places.csv"), "node,parent\nx,\n").unwrap();
    symlink("data/places.csv", folder.join("places.csv")).unwrap();
    let catalogue =
        "ward: 1\ntypes:\n  place: {tree: places.csv}\nattributes:\n  location: place\nentitlements:\n  EHR: {}\n";
    fs::write(folder.join("catalogue.yaml"), catalogue).unwrap();
    fs::write(folder.join("p.ward"), "location = x -> allow EHR\n").unwrap();
    if let Err(error) = Policy::load(&folder) {
        panic!("{error}");
    }
}

#[test]
fn what_is_no_file_is_not_waited_for() {
    let folder = folder("socket");
    fs::write(folder.join("p.ward"), "always -> allow EHR\n").unwrap();
    let _listener = std::os::unix::net::UnixListener::bind(folder.join("x.ward")).unwrap();
    let error = Policy::load(&folder).unwrap_err();
    assert!(error.to_string().contains("neither a file nor a folder"), "{error}");
}
