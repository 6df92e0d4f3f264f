//! `wardkey diff`, and what `wardkey check` finds in all rules together.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::Folder;
use std::process::Command;

const OLD: &str = "nurses: role = Nurse -> allow EHR\n";
const NEW: &str = "nurses: role = Nurse -> allow EHR\nguests: network = guest -> deny EHR\n";

fn two() -> Folder {
    Folder::new().file("old.ward", OLD).file("new.ward", NEW)
}

#[test]
fn a_difference_is_told_with_a_context_that_shows_it() {
    let run = two().run(&["diff", "old.ward", "new.ward"]);
    assert_eq!((run.code, run.err.as_str()), (1, ""), "{run:?}");
    for part in [
        "EHR: less, nowhere more",
        "allowed to denied",
        "where `guests` (new) and `nurses` apply",
        "for example: network = guest, role = Nurse",
        "1 entitlement differs",
    ] {
        assert!(run.out.to_lowercase().contains(&part.to_lowercase()), "expected `{part}` in\n{}", run.out);
    }
    let json = two().run(&["diff", "old.ward", "new.ward", "--format", "json"]).json("diff");
    assert_eq!(json["verdict"], "less");
    let markdown = two().run(&["diff", "old.ward", "new.ward", "--format", "markdown"]);
    assert!(markdown.out.starts_with("### Who gets what: less, nowhere more\n\n| | from | to |"), "{}", markdown.out);
    assert!(markdown.out.contains("| **EHR** | allowed | denied |"), "{}", markdown.out);
}

#[test]
fn what_is_the_same_is_said_to_be() {
    let folder = two().file("same.ward", "nurses: not (role != Nurse) -> allow EHR\n");
    let run = folder.run(&["diff", "old.ward", "same.ward"]);
    assert_eq!((run.code, run.out.as_str()), (0, "everybody gets the same in every context\n"), "{run:?}");
    let json = folder.run(&["diff", "old.ward", "same.ward", "--format", "json"]).json("diff");
    assert_eq!(json["entitlements"], serde_json::json!([]));
}

#[test]
fn a_version_may_be_a_revision() {
    let folder = Folder::new().file("policy/p.ward", OLD);
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.current_dir(folder.path()).args(["-c", "user.name=a", "-c", "user.email=a@b"]).args(arguments);
        assert!(command.output().unwrap().status.success(), "{arguments:?}");
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "-m", "first"]);
    std::fs::write(folder.path().join("policy/p.ward"), NEW).unwrap();
    for old in ["HEAD:policy", "HEAD:policy/p.ward"] {
        let run = folder.run(&["diff", old, "policy"]);
        assert_eq!(run.code, 1, "{run:?}");
        assert!(run.out.contains("`guests` (new)"), "{}", run.out);
    }
    let run = folder.run(&["diff", "HEAD:other", "policy"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.err.contains("git has no `HEAD:./other`"), "{}", run.err);
}

#[test]
fn check_looks_at_all_rules_together() {
    let folder =
        Folder::new().file("p.ward", "a: role = Nurse -> allow EHR\nb: role = Nurse and ward = 4 -> allow EHR\n");
    let run = folder.run(&["check", "p.ward"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.out.contains("warning[WK702]: `b` never changes an outcome"), "{}", run.out);
    let json = folder.run(&["check", "p.ward", "--format", "json"]).json("diagnostics");
    let finding = &json["diagnostics"].as_array().unwrap().iter().find(|found| found["code"] == "WK702").unwrap();
    assert_eq!(finding["rules"], serde_json::json!(["b", "a"]));
    assert_eq!(folder.run(&["check", "p.ward", "--no-analysis"]).code, 0);
}

#[test]
fn what_closes_is_listed() {
    let folder = Folder::new().file(
        "p.ward",
        "a: role = Nurse -> allow EHR\nb: network = guest -> deny EHR\nneed: emergency -> override allow EHR\n",
    );
    let run = folder.run(&["blackout", "p.ward"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{run:?}");
    assert!(run.out.contains("emergency") && run.out.contains("opens 0 of 1"), "{}", run.out);
    let json = folder.run(&["blackout", "p.ward", "--format", "json"]).json("blackout");
    let found = json["attributes"].as_array().unwrap();
    assert_eq!((found.len(), &found[0]["attribute"]), (1, &"emergency".into()), "{json}");
    // without break-glass both close it
    let folder = folder.file("p.ward", "a: role = Nurse -> allow EHR\nb: network = guest -> deny EHR\n");
    let json = folder.run(&["blackout", "p.ward", "--format", "json"]).json("blackout");
    let closes: Vec<_> = json["attributes"].as_array().unwrap().iter().map(|found| &found["closes"][0]).collect();
    assert_eq!(closes, ["EHR", "EHR"], "{json}");
}

#[test]
fn a_code_is_explained() {
    let run = Folder::new().run(&["check", "--explain", "wk702"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.out.starts_with("WK702 never-matters: "), "{}", run.out);
    assert!(run.out.contains("together leave it nothing to decide"), "{}", run.out);
    assert!(!run.out.contains("WK703"), "{}", run.out);
    let run = Folder::new().run(&["check", "--explain", "WK999"]);
    assert_eq!(run.code, 2, "{run:?}");
}

#[test]
fn what_is_not_found_out_has_its_own_exit_code() {
    let folder = Folder::new().file(
        "p.ward",
        "a: (a1 = 1 or b1 = 2) and (c1 = 3 or d1 = 4) and (a1 = 2 or d1 = 1) -> allow EHR\nb: a1 in [1, 2] -> deny EHR\n",
    );
    let run = folder.run(&["check", "p.ward", "--steps", "0"]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.out.contains("WK799"), "{}", run.out);
}

#[test]
fn a_revision_is_no_option_of_git() {
    let folder = Folder::new().file("p.ward", OLD);
    folder.run(&["diff", "--", "--output=x:p.ward", "p.ward"]).fails_with("`--output=x` is no revision");
}

#[test]
fn parameters_that_come_to_something_else_are_told() {
    let folder = Folder::new()
        .file("old.ward", "nurses: role = Nurse -> allow EHR with audit = high, reauth = 12h\n")
        .file("new.ward", "nurses: role = Nurse -> allow EHR with reauth = 8h\n");
    let run = folder.run(&["diff", "old.ward", "new.ward"]);
    assert_eq!(run.code, 1, "{run:?}");
    let text = "EHR: the same outcomes, other parameters\n  audit: high to not set\n    for example: role = Nurse\n  \
                reauth: 12h to 8h\n    for example: role = Nurse\n\n\
                1 entitlement differs: the same outcomes, other parameters\n";
    assert_eq!(run.out, text);
    let json = folder.run(&["diff", "old.ward", "new.ward", "--format", "json"]).json("diff");
    assert_eq!(json["verdict"], "equivalent");
    let change = &json["entitlements"][0]["parameters"][0]["changes"][0];
    assert_eq!(change["from"], serde_json::json!([{ "value": "high", "is_settled": true }]));
    assert_eq!((&change["to"], &change["witness"]["role"]), (&serde_json::json!([]), &"Nurse".into()));
    let markdown = folder.run(&["diff", "old.ward", "new.ward", "--format", "markdown"]);
    assert!(markdown.out.contains("| **EHR** | 12h | 8h | `reauth` | role = Nurse |"), "{}", markdown.out);
}

#[test]
fn what_is_the_same_and_what_is_not_found_out_are_called_so() {
    let folder = two().file("same.ward", "nurses: not (role != Nurse) -> allow EHR\n");
    let run = folder.run(&["diff", "old.ward", "same.ward", "--format", "markdown"]);
    assert!(run.out.starts_with("### Who gets what: the same in every context\n"), "{}", run.out);
    let catalogue = "ward: 1\nattributes: {role: [Nurse], low: whole, high: whole}\nparameters: {limit: whole}\nentitlements: [EHR]\n";
    let rule = |source: &str| format!("nurses: role = Nurse -> allow EHR with limit from {source}\n");
    let folder = Folder::new()
        .file("old/catalogue.yaml", catalogue)
        .file("old/p.ward", rule("low"))
        .file("new/catalogue.yaml", catalogue)
        .file("new/p.ward", rule("high"));
    let run = folder.run(&["diff", "old", "new"]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.out.starts_with("EHR: undecided\n"), "{}", run.out);
    assert!(run.out.ends_with("1 entitlement differs: undecided\n"), "{}", run.out);
}
