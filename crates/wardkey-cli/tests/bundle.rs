//! `wardkey bundle`: the file answers as the folder does.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::Folder;

const RULES: &str = "clinical: role = Nurse -> allow EHR\n";

#[test]
fn a_bundle_answers_as_its_folder_does() {
    let folder = Folder::new().file("policy/rules.ward", RULES);
    let made = folder.run(&["bundle", "policy", "--output", "policy.bundle"]);
    assert_eq!((made.code, made.err.contains("make it anew")), (0, true), "{made:?}");
    assert!(made.out.starts_with("policy.bundle: 1 rule, "), "{made:?}");
    let ask = |path: &str| folder.run(&["decide", path, "--context", r#"{"role": "Nurse"}"#, "EHR"]);
    let (of_bundle, of_folder) = (ask("policy.bundle"), ask("policy"));
    assert_eq!((of_bundle.code, &of_bundle.out), (of_folder.code, &of_folder.out));
    assert!(of_bundle.out.contains("allowed"), "{of_bundle:?}");
}

#[test]
fn a_damaged_bundle_is_refused_with_what_to_do() {
    let folder = Folder::new().file("policy/rules.ward", RULES);
    assert_eq!(folder.run(&["bundle", "policy", "-o", "whole.bundle"]).code, 0);
    let bytes = std::fs::read(folder.path().join("whole.bundle")).unwrap();
    let folder = folder.file("cut.bundle", &bytes[..bytes.len() - 5]);
    let refused = folder.run(&["decide", "cut.bundle", "--context", "{}", "EHR"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.err.contains("5 bytes are missing") && refused.err.contains("make it anew"), "{refused:?}");
}

#[test]
fn a_policy_with_mistakes_makes_no_bundle() {
    let folder = Folder::new().file("rules.ward", "role == Nurse -> allow EHR\n");
    folder.run(&["bundle", "rules.ward", "-o", "none.bundle"]).fails_with("1 mistake");
    assert!(!folder.path().join("none.bundle").exists());
}
