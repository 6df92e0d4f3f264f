//! `wardkey check` and `wardkey fmt`: what is wrong with a policy, and how it is laid out.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::Folder;

#[test]
fn a_clean_policy_says_so() {
    let folder = Folder::new().file("p.ward", "role = Nurse -> allow EHR\n").file(
        "catalogue.yaml",
        "ward: 1\ntime_zone: UTC\nattributes: {role: [Nurse, Sales]}\nentitlements: {EHR: {}}\n",
    );
    let run = folder.run(&["check"]);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, ".: no problems (1 rule, 1 entitlement)\n", ""));
    let json = folder.run(&["check", ".", "--format", "json"]).json("diagnostics");
    assert_eq!(json["diagnostics"], serde_json::json!([]));
}

#[test]
fn all_mistakes_are_found_at_once_with_their_places() {
    let folder = Folder::new()
        .file("a.ward", "role == Sales -> deny iTunes\nrole = Nrse -> allow EHR\n")
        .file("sub/b.ward", "role = Nurse -> allow EHRR\n")
        .file("catalogue.yaml", "ward: 1\nattributes: {role: [Nurse, Sales]}\nentitlements: {EHR: {}, iTunes: {}}\n")
        .file("a.test.yaml", "tests: [{name: t, context: {}, expect: {EHR: alowed}}]");
    let run = folder.run(&["check"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert_eq!(run.err, "", "findings are the answer");
    for part in [
        " a.ward:1:6",
        " a.ward:2:8",
        " sub/b.ward:1:23",
        " a.test.yaml:1:46",
        "did you mean `Nurse`?",
        "did you mean `EHR`?",
    ] {
        assert!(run.out.contains(part), "expected `{part}` in\n{}", run.out);
    }
    assert!(run.out.ends_with(".: 4 errors\n"), "{}", run.out);
    let run = folder.run(&["check", "--format", "json"]);
    assert_eq!(run.code, 1);
    let json = run.json("diagnostics");
    assert_eq!(json["errors"], 4);
    let first = &json["diagnostics"][0];
    assert_eq!((&first["place"]["file"], &first["place"]["line"]), (&"a.ward".into(), &1.into()));
}

#[test]
fn names_in_tests_are_checked_against_the_policy() {
    let folder = Folder::with_policy().file(
        "more/extra.test.yaml",
        "tests:
  - name: t
    context: {role: Nurze, shoe: 4}
    expect:
      EHRR: allowed
      EHR: {rules: [recrd], missing: [rol], parameters: {audits: high}}
",
    );
    let run = folder.run(&["check"]);
    assert_eq!(run.code, 1, "{run:?}");
    for part in [
        "error[WK608]: the policy has no entitlement `EHRR`",
        "error[WK609]: the policy has no rule `recrd`",
        "error[WK610]: the policy has no parameter `audits`",
        "error[WK611]: the policy has no attribute `rol`",
        "error[WK612]:",
        "`Nurze`",
        "`shoe`",
        "more/extra.test.yaml:3:15",
        "did you mean `Nurse`?",
    ] {
        assert!(run.out.contains(part), "expected `{part}` in\n{}", run.out);
    }
}

#[test]
fn the_fail_level_can_be_set() {
    let folder = Folder::new().file("p.ward", "role = Nurse -> allow EHR\nrole = nurse -> allow Ehr\n");
    let run = folder.run(&["check", "p.ward"]);
    assert!(run.out.contains("warning["), "{run:?}");
    assert_eq!(run.code, 1);
    assert_eq!(folder.run(&["check", "p.ward", "--fail-level", "error"]).code, 0);
    let folder = Folder::with_policy();
    assert_eq!(folder.run(&["check"]).code, 0, "a note is no finding");
    assert_eq!(folder.run(&["check", "--fail-level", "note"]).code, 1);
}

#[test]
fn standard_input_can_be_checked() {
    let folder = Folder::new();
    let run = folder.run_with(&["check", "-"], "role = Sales and location = care_area -> deny iTunes");
    assert_eq!((run.code, run.out.as_str()), (0, "standard input: no problems (1 rule, 1 entitlement)\n"), "{run:?}");
    let run = folder.run_with(&["check", "-"], "role -> ");
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.out.contains("standard input:1:"), "{run:?}");
}

#[test]
fn bytes_that_are_no_text_are_mistakes_not_crashes() {
    let folder = Folder::new()
        .file("nul.ward", b"role = Sales\0 -> deny iTunes\n")
        .file("latin1.ward", b"role = Pr\xe9sident -> deny iTunes\n")
        .file("empty.ward", "")
        .file("bidi.ward", "role = \u{202e}Sales -> deny iTunes\n")
        .file("deep.ward", "(".repeat(100_000));
    for (name, part) in [
        ("nul.ward", "nul.ward:1:13"),
        ("latin1.ward", "latin1.ward:1:10"),
        ("empty.ward", "there is no rule in this policy"),
        ("bidi.ward", "bidi.ward:1:8"),
        ("deep.ward", "deep.ward:1:"),
    ] {
        let run = folder.run(&["check", name]);
        assert_eq!(run.code, 1, "{run:?}");
        assert!(run.out.contains(part), "expected `{part}` in {run:?}");
        assert!(!run.out.contains('\0') && !run.out.contains('\u{202e}'), "{run:?}");
        folder.run(&["check", name, "--format", "json"]).json("diagnostics");
        assert_eq!(folder.run(&["decide", name, "iTunes", "-c", "{}"]).code, 2);
    }
}

#[test]
fn paths_that_cannot_be_opened_are_failures() {
    let folder = Folder::new().file("empty/readme.txt", "nothing here");
    folder.run(&["check", "nowhere"]).fails_with("there is no file or folder `nowhere`");
    folder.run(&["fmt", "nowhere"]).fails_with("there is no file or folder `nowhere`");
    folder.run(&["fmt", "empty"]).fails_with("there is no file `*.ward` in `empty`");
    let run = folder.run(&["check", "empty"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.out.contains("there is no `.ward` file in this folder"), "{run:?}");
    folder.run(&["decide", "empty", "x", "-c", "{}"]).fails_with("the policy has 1 mistake");
}

#[test]
fn a_test_file_that_is_no_text_hides_nothing_else() {
    let folder = Folder::new().file("p.ward", "role == x -> allow y").file("p.test.yaml", b"tests: \xe9");
    let run = folder.run(&["check", "p.ward"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.out.contains("p.ward:1:6") && run.out.contains("p.test.yaml:1:8"), "{run:?}");
}

#[test]
fn files_that_hold_no_rules_are_told_apart() {
    let folder = Folder::with_policy();
    let run = folder.run(&["test", "policy.test.yaml"]);
    run.fails_with("`policy.test.yaml` holds tests, not rules");
    assert!(run.err.contains("name the folder of the policy instead: `.`"), "{run:?}");
    folder.run(&["check", "./catalogue.yaml"]).fails_with("`catalogue.yaml` holds a catalogue, not rules");
}

#[cfg(unix)]
#[test]
fn files_without_an_end_are_refused() {
    let folder = Folder::with_policy();
    folder.run(&["decide", ".", "EHR", "-c", "/dev/zero"]).fails_with("`/dev/zero` is longer than 64 MiB");
    folder.run(&["test", ".", "--file", "/dev/zero"]).fails_with("`/dev/zero` is longer than 64 MiB");
    assert_eq!(folder.run(&["check", "/dev/zero"]).code, 1);
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_a_failure() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new().file("p.ward", "always -> allow A").file("c.json", "{}");
    let close = |name: &str| {
        let path = folder.path().join(name);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
        // whoever may read everything cannot see the difference
        std::fs::read(path).is_err()
    };
    if close("c.json") {
        folder
            .run(&["decide", "p.ward", "A", "-c", "c.json"])
            .fails_with("`c.json` may not be opened: permission denied");
    }
    if close("p.ward") {
        folder.run(&["check", "p.ward"]).fails_with("`p.ward` may not be opened: permission denied");
    }
}

#[test]
fn fmt_writes_the_standard_layout_and_keeps_comments() {
    let folder = Folder::new()
        .file("a.ward", "# head\nrole=Sales   and location=care_area->deny iTunes # tail\n")
        .file("sub/b.ward", "role = Nurse -> allow EHR\n");
    let run = folder.run(&["fmt", "--check"]);
    assert_eq!((run.code, run.out.as_str()), (1, "would change a.ward\n"), "{run:?}");
    assert!(folder.read("a.ward").contains("role=Sales   and"), "--check changes nothing");
    let run = folder.run(&["fmt"]);
    assert_eq!((run.code, run.out.as_str()), (0, "changed a.ward\n"), "{run:?}");
    let once = folder.read("a.ward");
    assert_eq!(once, "# head\nrole = Sales and location = care_area -> deny iTunes # tail\n");
    let run = folder.run(&["fmt", "--check", "."]);
    assert_eq!((run.code, run.out.as_str()), (0, "2 files are in the standard layout\n"));
    assert_eq!(folder.read("a.ward"), once);
}

#[test]
fn fmt_leaves_what_it_cannot_read() {
    let broken = "role == Sales -> deny iTunes\n";
    let folder = Folder::new().file("a.ward", broken).file("b.ward", "role=Nurse -> allow EHR\n");
    let run = folder.run(&["fmt"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.err.contains("a.ward:1:6") && run.err.contains("left as it was"), "{run:?}");
    assert_eq!(folder.read("a.ward"), broken);
    assert_eq!(folder.read("b.ward"), "role = Nurse -> allow EHR\n", "the others are formatted");
}

#[test]
fn fmt_filters_standard_input() {
    let folder = Folder::new();
    let run = folder.run_with(&["fmt", "-"], "role=Nurse->allow EHR");
    assert_eq!((run.code, run.out.as_str()), (0, "role = Nurse -> allow EHR\n"));
    assert_eq!(folder.run_with(&["fmt", "-", "--check"], "role=Nurse->allow EHR").code, 1);
    assert_eq!(folder.run_with(&["fmt", "-", "--check"], "role = Nurse -> allow EHR\n").code, 0);
    folder.run_with(&["fmt", "-"], "role ->").fails_with("left as it was");
    folder.run_with(&["fmt", "-"], b"\xff\xfe").fails_with("UTF-8");
}

#[test]
fn after_an_edit_only_what_it_is_about_is_looked_at() {
    let rules = |edited: &str| -> String {
        let others = (0..20).map(|at| {
            format!(
                "r{at}: role = Nurse -> allow E{at}\ns{at}: role in [Nurse, Midwife] and role = Nurse -> allow E{at}\n"
            )
        });
        others.collect::<String>() + edited
    };
    let folder = Folder::new().file("p.ward", rules(""));
    let check = ["check", "p.ward", "--cache", "known.json"];
    let first = folder.run(&check);
    assert!(first.err.contains("looked at 20 groups of entitlements"), "{first:?}");
    let again = folder.run(&check);
    assert!(again.err.contains("looked at 0 groups of entitlements"), "{again:?}");
    assert_eq!((again.code, &again.out), (first.code, &first.out));
    // a rule before all others, so that each has another number
    let folder = folder.file("p.ward", rules("a: role = Midwife -> allow E7\n"));
    let edited = folder.run(&check);
    assert!(edited.err.contains("looked at 1 group of entitlements"), "{edited:?}");
    let fresh = folder.run(&["check", "p.ward"]);
    assert_eq!((edited.code, &edited.out), (fresh.code, &fresh.out), "as if nothing had been known");
    assert!(fresh.out.contains("s7"), "{fresh:?}");
    // a rule of the same name that says something else
    let turned = rules("").replace("r3: role = Nurse", "r3: role = Midwife");
    let folder = folder.file("p.ward", turned);
    let edited = folder.run(&check);
    assert!(edited.err.contains("looked at 2 groups of entitlements"), "E3, and E7 as it was: {edited:?}");
    assert_eq!(edited.out, folder.run(&["check", "p.ward"]).out);
    // another catalogue is another question, a damaged file is none
    let folder = folder.file("known.json", "{\"reports\": 5}");
    assert!(folder.run(&check).err.contains("looked at 20 groups"), "as at first");
}
