//! `wardkey check`: what comments suppress, and what `--fix` mends.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::Folder;
use serde_json::{Value as Json, json};

const NURSES: &str = "nurses: role = Nurse -> allow EHR\n";
const AGAIN: &str = "again: role = Nurse and night -> allow EHR\n";
const REASON: &str = "# wardkey: allow never-matters: the auditor wants this: in full\n";

fn codes(json: &Json, of: &str) -> Vec<String> {
    json[of].as_array().unwrap().iter().map(|found| found["code"].as_str().unwrap().to_owned()).collect()
}

fn check(text: &str) -> Json {
    Folder::new().file("a.ward", text).run(&["check", "a.ward", "--format", "json"]).json("diagnostics")
}

#[test]
fn a_finding_is_suppressed_with_a_reason() {
    let folder = Folder::new().file("a.ward", format!("{NURSES}{REASON}{AGAIN}"));
    let run = folder.run(&["check", "a.ward"]);
    assert_eq!((run.code, run.out.as_str()), (0, "a.ward: no problems, 1 suppressed (2 rules, 1 entitlement)\n"));
    let json = folder.run(&["check", "a.ward", "--format", "json"]).json("diagnostics");
    assert_eq!((codes(&json, "diagnostics"), codes(&json, "suppressed")), (vec![], vec!["WK702".to_owned()]));
    assert_eq!(json["suppressed"][0]["reason"], "the auditor wants this: in full");
    assert_eq!(json["warnings"], 0);
    for format in ["concise", "github"] {
        assert_eq!(folder.run(&["check", "a.ward", "--format", format]).out, "", "{format}");
    }
    let log: Json = serde_json::from_str(&folder.run(&["check", "a.ward", "--format", "sarif"]).out).unwrap();
    let result = &log["runs"][0]["results"][0];
    let told = json!([{ "kind": "inSource", "justification": "the auditor wants this: in full" }]);
    assert_eq!((&result["ruleId"], &result["suppressions"]), (&json!("WK702"), &told));
}

#[test]
fn only_beside_the_rule_and_only_that_code() {
    let found = |text: &str| codes(&check(text), "diagnostics");
    assert_eq!(found(&format!("{NURSES}{AGAIN}")), ["WK702"]);
    assert_eq!(found(&format!("{NURSES}{}", AGAIN.replace('\n', " # wardkey: allow WK702: so\n"))), [""; 0]);
    assert_eq!(found(&format!("# wardkey: allow-file never-matters: so\n\n{NURSES}{AGAIN}")), [""; 0]);
    assert_eq!(found(&format!("{REASON}{NURSES}{AGAIN}")), ["WK793", "WK702"], "it is about the other rule");
    assert_eq!(found(&format!("{NURSES}{REASON}\n{AGAIN}")), ["WK793", "WK702"], "a blank line stands between");
    assert_eq!(found(&format!("{NURSES}# wardkey: allow gap: so\n{AGAIN}")), ["WK793", "WK702"]);
    assert_eq!(found(&format!("{NURSES}# wardkey: allow gap, never-matters: so\n{AGAIN}")), ["WK793"]);
    assert_eq!(found(&format!("{NURSES}# wardkey: allow never-matters\n{AGAIN}")), ["WK790", "WK702"]);
    assert_eq!(found(&format!("{NURSES}# wardkey: allow never-matter: so\n{AGAIN}")), ["WK791", "WK702"]);
    assert_eq!(found(&format!("{NURSES}# wardkey: alow never-matters: so\n{AGAIN}")), ["WK792", "WK702"]);
}

#[test]
fn what_was_not_looked_for_is_not_idle() {
    let text = format!("# wardkey: allow expired, allow-meets-deny: as agreed\n{NURSES}");
    assert_eq!(codes(&check(&text), "diagnostics"), [""; 0]);
    let folder = Folder::new().file("a.ward", format!("{NURSES}{REASON}{AGAIN}"));
    assert_eq!(folder.run(&["check", "a.ward", "--no-analysis"]).code, 0, "the analysis was left out");
    let folder = Folder::new().file("a.ward", text);
    let run = folder.run(&["check", "a.ward", "--overlaps", "--now", "2026-11-22T10:00:00Z"]);
    assert_eq!(run.out.matches("warning[WK793]").count(), 2, "{}", run.out);
}

#[test]
fn in_a_catalogue_a_comment_is_about_its_line_and_an_error_stays_one() {
    let catalogue = "ward: 1\ntime_zone: UTC\nattributes: {role: [Nurse, Sales]}\nentitlements:\n  # wardkey: allow gap: asked for in person\n  EHR: {covered: true}\n";
    let folder = Folder::new().file("a.ward", NURSES).file("catalogue.yaml", catalogue);
    let json = folder.run(&["check", ".", "--format", "json"]).json("diagnostics");
    assert_eq!((codes(&json, "diagnostics"), codes(&json, "suppressed")), (vec![], vec!["WK707".to_owned()]));
    let run = Folder::new().file("a.ward", "# wardkey: allow wrong-operator: we like it\nrole == Nurse -> allow EHR\n");
    let run = run.run(&["check", "a.ward"]);
    assert_eq!((run.code, run.out.ends_with("a.ward: 1 error\n")), (1, true), "{}", run.out);
}

#[test]
fn formatting_keeps_a_comment_with_its_rule() {
    let folder =
        Folder::new().file("a.ward", format!("{NURSES}\n\n\n{REASON}again: role=Nurse   and night -> allow EHR\n"));
    assert_eq!(folder.run(&["fmt", "a.ward"]).code, 0);
    assert!(folder.read("a.ward").contains(&format!("\n{REASON}{AGAIN}")), "{}", folder.read("a.ward"));
    assert_eq!(folder.run(&["check", "a.ward"]).code, 0);
}

#[test]
fn safe_fixes_are_made_until_none_is_left() {
    let text = format!(
        "# head\n{NURSES}# wardkey: allow gap: so\n{AGAIN}# wardkey: allow gap, inert-deny: x\nlet night = a = b # tail\n"
    );
    let folder = Folder::new().file("a.ward", &text).file("b.ward", "role == Sales && night -> offer Marketo\n");
    let run = folder.run(&["check", ".", "--diff"]);
    assert_eq!((run.code, run.err.as_str()), (1, ""), "{run:?}");
    assert!(run.out.contains("--- a/a.ward\n+++ b/a.ward\n@@ -1,6 +1,3 @@\n # head\n"), "{}", run.out);
    assert!(
        run.out.contains("-role == Sales && night -> offer Marketo\n+role = Sales and night -> offer Marketo"),
        "{}",
        run.out
    );
    assert_eq!(folder.read("a.ward"), text, "nothing is written");
    let run = folder.run(&["check", ".", "--fix"]);
    assert!(run.out.starts_with("fixed a.ward: 1 never-matters, 2 unused-suppression\nfixed b.ward: "), "{}", run.out);
    assert_eq!(folder.read("a.ward"), format!("# head\n{NURSES}let night = a = b # tail\n"));
    assert_eq!(folder.read("b.ward"), "role = Sales and night -> offer Marketo\n");
    assert_eq!(run.code, 0, "{run:?}");
    let run = folder.run(&["check", ".", "--diff"]);
    assert_eq!((run.code, run.out.as_str()), (0, ""));
}

#[test]
fn guesses_are_left_to_people() {
    let text = "role = Nrse -> allow EHR\n";
    let catalogue = "ward: 1\ntime_zone: UTC\nattributes: {role: [Nurse, Sales]}\nentitlements: {EHR: {}}\n";
    let folder = Folder::new().file("a.ward", text).file("catalogue.yaml", catalogue);
    let run = folder.run(&["check", ".", "--fix"]);
    assert_eq!((run.code, folder.read("a.ward").as_str()), (1, text));
    assert!(!run.out.contains("fixed "), "{}", run.out);
    // what it says to the person would be said no more
    let text = format!("{NURSES}{}", AGAIN.replace('\n', " because \"At night\"\n"));
    let folder = Folder::new().file("a.ward", &text);
    let run = folder.run(&["check", "a.ward", "--fix"]);
    assert_eq!((run.code, folder.read("a.ward")), (1, text), "{run:?}");
}

#[test]
fn a_rule_that_a_test_names_stays() {
    let tests = "tests: [{name: t, context: {role: Nurse, night: true}, expect: {EHR: {rules: [nurses, again]}}}]\n";
    let others = "x: role = Sales -> allow Marketo\ny: role = Sales and night -> allow Marketo\n";
    let folder = Folder::new().file("a.ward", format!("{NURSES}{AGAIN}{others}")).file("a.test.yaml", tests);
    let run = folder.run(&["check", "a.ward", "--fix"]);
    assert!(
        run.out.contains("1 fix was not made: the policy or its tests would not be as good as before\n"),
        "{run:?}"
    );
    assert_eq!(folder.read("a.ward"), format!("{NURSES}{AGAIN}x: role = Sales -> allow Marketo\n"));
    assert_eq!(run.code, 1, "it is still found");
}

#[test]
fn a_byte_order_mark_line_ends_and_rights_stay() {
    let text = format!("\u{feff}{NURSES}{AGAIN}").replace('\n', "\r\n");
    let folder = Folder::new().file("a.ward", text);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let path = folder.path().join("a.ward");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(folder.run(&["check", "a.ward", "--fix"]).code, 0);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    }
    assert_eq!(folder.run(&["check", "a.ward", "--fix"]).code, 0);
    assert_eq!(folder.read("a.ward"), format!("\u{feff}{NURSES}").replace('\n', "\r\n"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn what_cannot_be_written_is_refused() {
    let folder = Folder::new().file("a.ward", NURSES);
    folder.run_with(&["check", "-", "--fix"], NURSES).fails_with("standard input cannot be fixed");
    assert_eq!(folder.run(&["bundle", "a.ward", "--output", "a.bundle"]).code, 0);
    folder.run(&["check", "a.bundle", "--fix"]).fails_with("is a bundle, which is made and not edited");
    folder.run(&["check", "none", "--fix"]).fails_with("there is no file or folder `none`");
}
