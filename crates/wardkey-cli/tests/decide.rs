//! `wardkey decide` and `wardkey entitlements`: who gets what, and why.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::Folder;
use serde_json::json;

const NURSE: &str = "nurse.json";

#[test]
fn the_reason_comes_first() {
    let folder = Folder::with_policy();
    let run = folder.run(&["decide", ".", "--context", NURSE, "iTunes", "EHR"]);
    assert_eq!(run.code, 0);
    assert_eq!(
        run.out,
        "\
iTunes: denied
  why      Personal media is off while you are in a care area
  rule     quiet_bedside (policy.ward:18)
  weaker   music (policy.ward:17)

EHR: allowed
  why      Clinical staff have the patient record at work
  rule     record (policy.ward:8)
"
    );
    assert_eq!(run.err, "");
}

#[test]
fn one_line_without_a_catalogue_is_a_policy() {
    let run = Folder::new().run_with(
        &["decide", "-", "iTunes", "--context", r#"{"role": "Sales", "location": "care_area", "mood": "good"}"#],
        "role=Sales and location=care_area -> deny iTunes",
    );
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(run.out, "iTunes: denied\n  rule     unnamed rule (standard input:1)\n");
    assert_eq!(run.err, "note: the policy does not know `mood`: passed over\n");
}

#[test]
fn a_context_may_come_from_standard_input() {
    let folder = Folder::with_policy();
    let context = folder.read(NURSE);
    let run = folder.run_with(&["decide", ".", "EHR", "-c", "-"], context);
    assert_eq!((run.code, run.out.lines().next()), (0, Some("EHR: allowed")), "{run:?}");
    let run = folder.run_with(&["decide", "-", "EHR", "-c", "-"], "{}");
    run.fails_with("policy and context cannot both come from standard input");
}

#[test]
fn nested_objects_and_dotted_names_say_the_same() {
    let folder = Folder::with_policy();
    let ask = |context: &str| folder.run(&["decide", ".", "EHR", "-c", context]).out;
    let rest = r#""role": "Nurse", "employment": "active", "network": "hospital""#;
    let nested = ask(&format!(r#"{{{rest}, "device": {{"managed": true}}}}"#));
    assert!(nested.starts_with("EHR: allowed"), "{nested}");
    assert_eq!(nested, ask(&format!(r#"{{{rest}, "device.managed": true}}"#)));
    assert_eq!(nested, ask(&format!(r#"{{"user": {{{rest}}}, "device.managed": true}}"#)));
}

#[test]
fn the_person_is_spoken_to_in_their_language() {
    let folder = Folder::with_policy();
    let spanish = folder.read(NURSE).replacen('{', r#"{ "language": "es","#, 1);
    let from_context = folder.run(&["decide", ".", "EHR", "-c", &spanish]);
    assert!(from_context.out.contains("El personal clínico"), "{from_context:?}");
    let from_option = folder.run(&["decide", ".", "EHR", "-c", NURSE, "--lang", "es-MX"]);
    assert!(from_option.out.contains("El personal clínico"), "{from_option:?}");
    let overridden = folder.run(&["decide", ".", "EHR", "-c", &spanish, "--lang", "en"]);
    assert!(overridden.out.contains("Clinical staff"), "{overridden:?}");
    let json = folder.run(&["decide", ".", "EHR", "-c", &spanish, "--format", "json"]).json("decisions");
    assert_eq!(json["decisions"][0]["because"], json!(["El personal clínico tiene el expediente en el trabajo"]));
}

#[test]
fn what_is_missing_is_named() {
    let folder = Folder::with_policy();
    let run = folder.run(&["decide", ".", "EHR", "-c", r#"{"role": "Nurse", "employment": "active"}"#]);
    assert_eq!(
        run.out,
        "\
EHR: denied
  why      a rule may take it away: not enough is known
  rule     phi_stays_inside (policy.ward:22) may apply: `device.managed`, `network` are not known
  missing  `device.managed`, `network` are not known, and could change this
"
    );
}

#[test]
fn json_carries_the_whole_decision() {
    let folder = Folder::with_policy();
    let context = r#"{"role": "Physician", "emergency": true, "employment": "active", "network": "home"}"#;
    let run = folder.run(&["decide", ".", "EHR", "Marketo", "-c", context, "--format", "json"]);
    assert_eq!(run.code, 0);
    let json = run.json("decisions");
    let first = &json["decisions"][0];
    assert_eq!(first["entitlement"], "EHR");
    assert_eq!(first["outcome"], "allowed");
    assert_eq!(first["rules"], json!(["break_glass"]));
    assert_eq!(first["because"], json!(["Emergency access is recorded and reviewed"]));
    assert_eq!(first["parameters"], json!({ "audit": "high" }));
    assert_eq!(first["missing"], json!([]));
    assert_eq!(first["valid_until"], json!(null));
    assert_eq!(first["valid_until_kind"], "never");
    assert_eq!(json["decisions"][1]["outcome"], "not_granted");
}

#[test]
fn time_alone_ends_a_decision() {
    let folder = Folder::new().file("p.ward", "day: time in 07:00..19:00 -> allow Door");
    let at = |now: &str| folder.run(&["decide", "p.ward", "Door", "-c", "{}", "--now", now]);
    assert_eq!(
        at("2026-11-23T10:00:00Z").out,
        "Door: allowed\n  rule     day (p.ward:1)\n  until    Mon 2026-11-23 19:00 UTC, if nothing else changes\n"
    );
    assert!(at("2026-11-23T20:00:00Z").out.starts_with("Door: not granted\n"));
    assert_eq!(at("now").code, 0);
    at("noon").fails_with("`noon` is no date-time with an offset");
    at("2026-11-23").fails_with("2026-11-23T10:00:00-06:00");
    let unknown = folder.run(&["decide", "p.ward", "Door", "-c", "{}"]);
    assert!(unknown.out.contains("(give the time: `--now now`)"), "{unknown:?}");
    let json =
        folder.run(&["decide", "p.ward", "Door", "-c", "{}", "--format", "json", "--now", "2026-11-23T10:00:00Z"]);
    assert_eq!(json.json("decisions")["decisions"][0]["valid_until"], "2026-11-23T19:00:00Z");
}

#[test]
fn entitlements_lists_what_is_given() {
    let folder = Folder::with_policy();
    let run = folder.run(&["entitlements", ".", "--context", NURSE]);
    assert_eq!(run.code, 0);
    assert_eq!(
        run.out,
        "  Entitlement  Why
allowed
  EHR          Clinical staff have the patient record at work
  Intranet     rule at policy.ward:13

4 entitlements: 2 allowed, 0 offered, 1 not granted, 1 denied (`--all` shows every one)
"
    );
}

#[test]
fn entitlements_lists_everything_with_all() {
    let folder = Folder::with_policy();
    let context = folder.read(NURSE).replacen("\"Nursing\"", "\"Marketing\"", 1);
    let run = folder.run(&["entitlements", ".", "--all", "--context", &context]);
    assert_eq!(
        run.out,
        "  Entitlement  Why                                                 With
allowed
  EHR          Clinical staff have the patient record at work
  Intranet     rule at policy.ward:13

offered
  Marketo      it can be requested                                 approver = manager
                                                                   term = 90d

denied
  iTunes       Personal media is off while you are in a care area

4 entitlements: 2 allowed, 1 offered, 0 not granted, 1 denied
"
    );
}

#[test]
fn entitlements_as_json() {
    let folder = Folder::with_policy();
    let given = folder.run(&["entitlements", ".", "-c", NURSE, "--format", "json"]).json("decisions");
    assert_eq!(given["decisions"].as_array().unwrap().len(), 2);
    let all = folder.run(&["entitlements", ".", "-c", NURSE, "--all", "--format", "json"]).json("decisions");
    assert_eq!(all["decisions"].as_array().unwrap().len(), 4);
}

#[test]
fn a_forgotten_clock_is_told_once() {
    let folder = Folder::new().file("p.ward", "time in 07:00..19:00 -> allow Door, Gate, Window");
    let run = folder.run(&["entitlements", "p.ward", "-c", "{}"]);
    assert_eq!(run.out, "3 entitlements: 0 allowed, 0 offered, 3 not granted, 0 denied (`--all` shows every one)\n");
    assert_eq!(
        run.err,
        "note: the time was not given, and some of this depends on it: `--now now` takes this moment\n"
    );
}

#[test]
fn an_undeclared_attribute_is_an_error_that_lenient_passes_over() {
    let folder = Folder::with_policy();
    let context = r#"{"role": "Nurse", "rle": "x", "shoe_size": 43}"#;
    let run = folder.run(&["decide", ".", "Intranet", "-c", context]);
    run.fails_with("`rle`");
    assert!(
        run.err.contains("did you mean `role`?") && run.err.contains("`shoe_size`"),
        "all problems at once: {run:?}"
    );
    let run = folder.run(&["decide", ".", "Intranet", "-c", context, "--lenient"]);
    assert_eq!(run.code, 0);
    assert_eq!(
        run.err,
        "note: the policy does not know `rle`: passed over\nnote: the policy does not know `shoe_size`: passed over\n"
    );
    let json = folder.run(&["decide", ".", "Intranet", "-c", context, "--lenient", "--format", "json"]);
    assert_eq!(json.json("decisions")["passed_over"], json!(["rle", "shoe_size"]));
}

#[test]
fn values_outside_the_vocabulary_are_errors_with_help() {
    let folder = Folder::with_policy();
    let run = folder.run(&["decide", ".", "EHR", "-c", r#"{"location": "care_aera", "emergency": "perhaps"}"#]);
    run.fails_with("`care_aera`");
    assert!(run.err.contains("`emergency`"), "{run:?}");
    assert!(!run.err.contains("``"), "{run:?}");
}

#[test]
fn lenient_takes_values_outside_the_vocabulary_as_not_known() {
    let folder = Folder::with_policy();
    let context = r#"{"role": "Nurse", "employment": "active", "location": "care_aera"}"#;
    let run = folder.run(&["decide", ".", "iTunes", "-c", context, "--lenient"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.out.starts_with("iTunes: denied\n"), "{run:?}");
    assert!(run.err.contains("`care_aera`") && run.err.contains("taken as not known"), "{run:?}");
    let json = folder.run(&["decide", ".", "iTunes", "-c", context, "--lenient", "--format", "json"]).json("decisions");
    assert_eq!(json["unusable"].as_array().unwrap().len(), 1);
    assert_eq!(json["decisions"][0]["missing"], json!(["location"]));
}

#[test]
fn unknown_entitlements_are_errors_all_at_once() {
    let folder = Folder::with_policy();
    let run = folder.run(&["decide", ".", "EHRR", "intranett", "-c", NURSE]);
    run.fails_with("there is no entitlement `EHRR`");
    assert!(run.err.contains("did you mean `EHR`?") && run.err.contains("did you mean `Intranet`?"), "{run:?}");
}

#[test]
fn bad_contexts_say_what_is_wrong() {
    let folder = Folder::with_policy()
        .file("broken.json", "{\n  \"role\": Nurse\n}")
        .file("list.json", "[1, 2]")
        .file("latin1.json", b"{\"role\": \"\xe9\"}")
        .file("empty.json", "");
    let ask = |context: &str| folder.run(&["decide", ".", "EHR", "-c", context]);
    ask("nowhere.json").fails_with("there is no file or folder `nowhere.json`");
    ask("broken.json").fails_with("broken.json, line 2, column 11: this is not JSON (expected value)");
    ask("list.json").fails_with("list.json is JSON, but not a table of attributes");
    ask("latin1.json").fails_with("latin1.json is not UTF-8 text");
    ask("empty.json").fails_with("this is not JSON (EOF while parsing a value)");
    ask(".").fails_with("`.` is a folder, not a context");
    ask("{\"role\": ").fails_with("the context, line 1, column 9: this is not JSON");
    ask("").fails_with("there is no file or folder ``");
    ask(&format!("{{\"a\":{}", "[".repeat(100_000))).fails_with("this is not JSON");
}

#[test]
fn a_broken_policy_answers_nothing() {
    let folder = Folder::new().file("p.ward", "role = = Sales -> deny iTunes\nrole = Sales -> deny Games\n");
    for command in [
        &["decide", "p.ward", "iTunes", "-c", "{}"][..],
        &["entitlements", "p.ward", "-c", "{}"],
        &["explain", "p.ward", "iTunes", "-c", "{}"],
        &["test", "p.ward"],
    ] {
        let run = folder.run(command);
        run.fails_with("error: the policy has 1 mistake, so it answers nothing");
        assert!(run.err.contains("p.ward:1:"), "{run:?}");
    }
}

#[test]
fn values_cannot_steer_the_terminal() {
    let folder = Folder::new().file("p.ward", "name = x -> allow A");
    let run = folder.run(&["explain", "p.ward", "A", "-c", r#"{"name": "\u001b[31mred\u202e", "\u001b]0;x": 1}"#]);
    assert!(!run.out.contains('\u{1b}') && !run.out.contains('\u{202e}'), "{run:?}");
    assert!(!run.err.contains('\u{1b}'), "{run:?}");
}

#[test]
fn one_name_with_two_values_is_a_mistake() {
    let folder = Folder::new().file("p.ward", "role = Nurse -> allow EHR\n");
    let run = folder.run(&["decide", "p.ward", "-c", r#"{"role": "Clerk", "role": "Nurse"}"#, "EHR"]);
    run.fails_with("`role` has two values: line 1, column 34");
}
