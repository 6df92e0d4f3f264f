//! `wardkey explain`: what each part of each rule came to.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::Folder;
use serde_json::{Value as Json, json};

#[test]
fn every_part_of_a_rule_says_what_it_came_to() {
    let folder = Folder::with_policy();
    let context = r#"{"role": "Nurse", "employment": "active", "network": "home"}"#;
    let run = folder.run(&["explain", ".", "EHR", "--context", context]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(
        run.out,
        "\
EHR: denied
  rule     phi_stays_inside (policy.ward:22)

What decided
  phi_stays_inside  policy.ward:22
    phi_stays_inside: not at_work -> deny all where phi unless emergency
    yes  all of these
    yes  ├ not at_work
    no   │ └ at_work: all of these
    no   │   ├ network = hospital   network is home
    ?    │   └ device.managed       device.managed is not known
    yes  └ not emergency            emergency is false
    so it says: deny

3 other rules of this entitlement do not apply (`--all` shows them)
"
    );
}

#[test]
fn rules_that_do_not_apply_are_shown_when_asked_for() {
    let folder =
        Folder::new().file("p.ward", "music: role = Nurse -> allow iTunes\nquiet: place = icu -> deny iTunes\n");
    let ask = |more: &[&str]| {
        let context = r#"{"role": "Nurse", "place": "lobby"}"#;
        folder.run(&[&["explain", "p.ward", "iTunes", "-c", context], more].concat()).out
    };
    assert!(ask(&[]).ends_with("1 other rule of this entitlement does not apply (`--all` shows it)\n"));
    let all = ask(&["--all"]);
    assert!(all.contains("What does not apply\n  quiet  p.ward:2\n"), "{all}");
    assert!(all.contains("    no   place = icu  place is lobby\n    so it does not say: deny\n"), "{all}");
}

#[test]
fn where_nothing_decides_what_might_have_is_shown() {
    let folder = Folder::new().file("p.ward", "music: role = Nurse -> allow iTunes\n");
    let run = folder.run(&["explain", "p.ward", "iTunes", "-c", "{}"]);
    assert_eq!(
        run.out,
        "\
iTunes: not granted
  why      no rule gives it here
  missing  `role` is not known, and could change this

What does not apply
  music  p.ward:1
    music: role = Nurse -> allow iTunes
    ?    role = Nurse  role is not known
    so it may say: allow
"
    );
}

#[test]
fn trials_unless_periods_and_lets_are_told_apart() {
    let folder = Folder::new().file(
        "p.ward",
        "let staff = role in [Nurse, Physician] and not (shift = off or shift = sick)
open: staff -> allow Door unless alarm from 2026-01-01 until 2027-01-01
log: staff -> require Door with audit = high
trial night: time in 22:00..06:00 on Mon..Fri -> deny Door
",
    );
    let context = r#"{"role": "Nurse", "shift": "day", "alarm": false, "now": "2026-11-23T23:00:00Z"}"#;
    let run = folder.run(&["explain", "p.ward", "Door", "-c", context]);
    assert_eq!(run.code, 0, "{run:?}");
    for part in [
        "Door: allowed\n",
        "  with     audit = high\n",
        "yes  ├ staff: all of these\n",
        "yes  ├ not alarm",
        "from 2026-01-01",
        "until 2027-01-01",
        "date is 2026-11-23",
        "What adds to it\n  log  p.ward:3\n",
        "On trial: would apply, but does not count\n  night  p.ward:4\n",
        "weekday is Mon, time is 23:00",
    ] {
        assert!(run.out.contains(part), "expected `{part}` in\n{}", run.out);
    }
}

#[test]
fn values_that_are_not_to_be_disclosed_are_not_shown() {
    let folder = Folder::new()
        .file(
            "catalogue.yaml",
            "ward: 1
time_zone: UTC
attributes:
  diagnosis: {type: text, disclose: false, omitted: absent}
  ward: text
entitlements: {Leaflet: {}}
",
        )
        .file("p.ward", "info: diagnosis = influenza or ward = east -> allow Leaflet\n");
    for context in [r#"{"diagnosis": "secret_illness"}"#, r#"{"ward": "west"}"#] {
        for format in ["text", "json"] {
            let run = folder.run(&["explain", ".", "Leaflet", "-c", context, "--format", format]);
            assert_eq!(run.code, 0);
            assert!(!run.out.contains("secret_illness") && !run.out.contains("no value"), "{run:?}");
            assert!(run.out.contains("is not shown") || run.out.contains("withheld"), "{run:?}");
        }
    }
}

#[test]
fn json_is_the_whole_tree() {
    let folder = Folder::with_policy();
    let run = folder.run(&["explain", ".", "iTunes", "-c", "nurse.json", "--format", "json"]);
    assert_eq!(run.code, 0);
    let json = run.json("explanation");
    assert_eq!(json["decision"]["outcome"], "denied");
    let parts: Vec<&Json> = json["rules"].as_array().unwrap().iter().map(|rule| &rule["part"]).collect();
    assert_eq!(parts, ["decided", "outranked", "idle"]);
    assert_eq!(
        json["rules"][0]["condition"],
        json!({
            "text": "location = care_area",
            "value": "true",
            "joint": "test",
            "reads": [{ "attribute": "location", "state": "value", "value": "ward_1" }],
            "children": [],
        })
    );
    assert_eq!(json["rules"][0]["effects"], json!([{ "effect": "deny", "fires": "certain", "guard": null }]));
}

#[test]
fn a_chain_of_lets_is_no_larger_than_what_was_written() {
    let mut text = "let l0 = a = b\n".to_owned();
    for n in 1..18 {
        text += &format!("let l{n} = l{} and not l{}\n", n - 1, n - 1);
    }
    text += "r: l17 -> allow Door\n";
    let folder = Folder::new().file("p.ward", text);
    let run = folder.run(&["explain", "p.ward", "Door", "-c", r#"{"a": "b"}"#, "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.len() < 100_000, "{}", run.out.len());
}

#[test]
fn unknown_entitlements_are_errors() {
    let folder = Folder::with_policy();
    folder.run(&["explain", ".", "EHRR", "-c", "{}"]).fails_with("did you mean `EHR`?");
    folder.run(&["explain", ".", "EHR"]).fails_with("--context");
}
