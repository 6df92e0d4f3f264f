//! `wardkey residual`: what is left to ask.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::Folder;
use serde_json::json;

#[test]
fn what_is_left_is_said_as_a_condition_and_as_rules() {
    let folder = Folder::with_policy();
    let context = r#"{"role": "Nurse", "employment": "active"}"#;
    let run = folder.run(&["residual", ".", "--context", context, "EHR", "iTunes", "Intranet"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{run:?}");
    assert_eq!(
        run.out,
        "\
EHR: not settled
  hangs on    `device.managed`, `network`
  allowed if  network = hospital and device.managed

  phi_stays_inside: network != hospital or not device.managed -> deny EHR
  record: network = hospital and device.managed -> allow EHR

iTunes: not settled
  hangs on    `location`
  allowed if  location != care_area

  quiet_bedside: location = care_area -> deny iTunes
  music: always -> allow iTunes

Intranet: allowed, whatever else is known

  always -> allow Intranet
"
    );
}

#[test]
fn offers_are_told_apart_from_what_is_given() {
    let folder = Folder::with_policy();
    let run = folder.run(&["residual", ".", "-c", "{}", "Marketo"]);
    assert!(run.out.contains("hangs on    `employment`\n  allowed if  never\n"), "{run:?}");
    assert!(!run.out.contains("offered if"), "without a department nothing is offered: {run:?}");
    let context = r#"{"department": {"$": "unknown"}}"#;
    let run = folder.run(&["residual", ".", "-c", context, "Marketo"]);
    assert!(run.out.contains("  offered if  department = Marketing and employment != terminated\n"), "{run:?}");
}

#[test]
fn json_has_the_texts_apart() {
    let folder = Folder::with_policy();
    let context = r#"{"role": "Nurse", "location": "lobby", "mood": 1}"#;
    let run = folder.run(&["residual", ".", "-c", context, "iTunes", "--lenient", "--format", "json"]);
    let json = run.json("residual");
    assert_eq!(
        json["residuals"][0],
        json!({
            "entitlement": "iTunes",
            "outcome": null,
            "attributes": ["employment"],
            "condition": "employment = active and employment != terminated",
            "offer_condition": "employment = active and employment != terminated",
            "rules": [
                {"id": "leaver", "is_named": true, "effect": "override deny", "condition": "employment = terminated"},
                {"id": "music", "is_named": true, "effect": "allow", "condition": "employment = active"},
            ],
            "lets": [],
            "policy": "leaver: employment = terminated -> override deny iTunes\nmusic: employment = active -> allow iTunes\n",
        })
    );
    assert_eq!(json["passed_over"], json!(["mood"]));
    let settled = folder.run(&["residual", ".", "-c", "nurse.json", "iTunes", "--format", "json"]).json("residual");
    assert_eq!(settled["residuals"][0]["outcome"], "denied");
}

#[test]
fn the_rules_that_are_left_are_a_policy() {
    let folder = Folder::with_policy();
    let context = r#"{"role": "Nurse", "employment": "active"}"#;
    let json = folder.run(&["residual", ".", "-c", context, "EHR", "--format", "json"]).json("residual");
    let left = Folder::new()
        .file("catalogue.yaml", folder.read("catalogue.yaml"))
        .file("left.ward", json["residuals"][0]["policy"].as_str().unwrap());
    for (more, outcome) in [("hospital", "EHR: allowed"), ("home", "EHR: denied")] {
        let context = format!(r#"{{"network": "{more}", "device": {{"managed": true}}}}"#);
        let run = left.run(&["decide", ".", "-c", &context, "EHR"]);
        assert_eq!(run.out.lines().next(), Some(outcome), "{run:?}");
    }
}

#[test]
fn unknown_entitlements_are_errors() {
    let folder = Folder::with_policy();
    folder.run(&["residual", ".", "EHRR", "-c", "{}"]).fails_with("did you mean `EHR`?");
    folder.run(&["residual", ".", "EHR"]).fails_with("--context");
}
