//! `wardkey check --format …`: the forms that other programs read.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::Folder;
use serde_json::{Value as Json, json};

/// A rule that never matters, with signs in its name that the forms must escape.
fn folder() -> Folder {
    Folder::new().file(
        "a b.ward",
        "nurses: role = Nurse -> allow \"R&D <50%\"\nagain: role = Nurse and x = 1 -> allow \"R&D <50%\"\n",
    )
}

fn check(folder: &Folder, format: &str) -> String {
    let run = folder.run(&["check", ".", "--format", format]);
    assert_eq!((run.code, run.err.as_str()), (1, ""), "{run:?}");
    run.out
}

fn clean(format: &str) -> String {
    let folder = Folder::new().file("a.ward", "nurses: role = Nurse -> allow EHR\n");
    let run = folder.run(&["check", "a.ward", "--format", format]);
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{run:?}");
    run.out
}

#[test]
fn a_line_for_each() {
    let out = check(&folder(), "concise");
    assert!(out.lines().any(|line| line.starts_with("a b.ward:2:1: warning[WK702] `again` never")), "{out}");
    assert_eq!(clean("concise"), "");
}

#[test]
fn annotations() {
    let out = check(&folder(), "github");
    let line = out.lines().find(|line| line.contains("WK702")).unwrap();
    assert!(line.starts_with("::warning file=a b.ward,line=2,col=1,endLine=2,endColumn="), "{line}");
    assert!(
        line.contains(",title=WK702 never-matters::`again` never changes an outcome: ") && line.contains("%0Ahelp: "),
        "{line}"
    );
    assert_eq!(clean("github"), "");
}

#[test]
fn a_code_quality_report() {
    let report: Json = serde_json::from_str(&check(&folder(), "gitlab")).unwrap();
    let found = report.as_array().unwrap().iter().find(|found| found["check_name"] == "WK702 never-matters").unwrap();
    assert_eq!(found["location"], json!({ "path": "a b.ward", "lines": { "begin": 2 } }));
    assert_eq!(found["severity"], "minor");
    let prints: std::collections::BTreeSet<&str> =
        report.as_array().unwrap().iter().map(|found| found["fingerprint"].as_str().unwrap()).collect();
    assert_eq!(prints.len(), report.as_array().unwrap().len());
    assert_eq!(clean("gitlab"), "[]\n");
}

#[test]
fn a_test_report() {
    let out = check(&folder(), "junit");
    assert!(
        out.starts_with(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"wardkey check\" tests=\"1\" failures=\"1\">"
        ),
        "{out}"
    );
    assert!(out.contains("<testcase name=\"WK702 2:1\" classname=\"a b.ward\">"), "{out}");
    assert!(clean("junit").contains("tests=\"1\" failures=\"0\""));
    // what does not count is no failure
    let run = folder().run(&["check", ".", "--format", "junit", "--fail-level", "error"]);
    assert!(run.code == 0 && run.out.contains("failures=\"0\""), "{run:?}");
}

#[test]
fn sarif() {
    let log: Json = serde_json::from_str(&check(&folder(), "sarif")).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let result = run["results"].as_array().unwrap().iter().find(|result| result["ruleId"] == "WK702").unwrap();
    let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
    assert_eq!((&rule["id"], &rule["name"]), (&json!("WK702"), &json!("never-matters")));
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "a%20b.ward");
    assert_eq!((&place["region"]["startLine"], &place["region"]["startColumn"]), (&json!(2), &json!(1)));
    assert_eq!(result["relatedLocations"][0]["physicalLocation"]["region"]["startLine"], 1);
    assert_eq!(result["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"], "");
    let log: Json = serde_json::from_str(&clean("sarif")).unwrap();
    assert_eq!(log["runs"][0]["results"], json!([]));
}
