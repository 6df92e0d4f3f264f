//! `wardkey test`: expectations held against a policy.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::Folder;

const POLICY: &str = "\
music: role = Nurse -> allow iTunes with volume = 3
quiet: location = care_area -> deny iTunes because \"Not here\"
";

fn with_tests(tests: &str) -> Folder {
    Folder::new().file("p.ward", POLICY).file("p.test.yaml", tests)
}

#[test]
fn tests_that_pass_are_counted() {
    let folder = Folder::with_policy();
    let run = folder.run(&["test"]);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "16 passed, 0 failed (1 file)\n", ""));
    let run = folder.run(&["test", ".", "--verbose"]);
    assert!(run.out.starts_with("a nurse on the ward (nurse)\n  pass  EHR\n  pass  Intranet\n"), "{run:?}");
    let run = folder.run(&["test", ".", "--format", "json"]);
    let json = run.json("tests");
    assert_eq!((run.code, &json["passed"], &json["failed"]), (0, &16.into(), &0.into()));
}

#[test]
fn a_failing_test_shows_expected_got_and_why() {
    let folder = with_tests(
        "\
contexts: {nurse: {role: Nurse, location: care_area}}
tests:
  - name: music at the bedside
    context: nurse
    expect: {iTunes: allowed}
  - name: everything else
    context: {role: Nurse}
    expect:
      iTunes: {outcome: denied, rules: [music, quiet], missing: [], because: Elsewhere, parameters: {volume: 3}, valid_until: unknown}
",
    );
    let run = folder.run(&["test", "p.ward"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert_eq!(
        run.out,
        "\
music at the bedside (nurse)
  FAIL  iTunes  p.test.yaml:5
        expected  allowed
        got       denied
        why       quiet (p.ward:2)
                  quiet: location = care_area -> deny iTunes because \"Not here\"
        why       weaker: music (p.ward:1)
                  music: role = Nurse -> allow iTunes with volume = 3

everything else
  FAIL  iTunes  p.test.yaml:9
        expected  rules: music, quiet
        got       rules: quiet
        expected  missing: none
        got       missing: location
        expected  because: Elsewhere
        got       because: Not here
        expected  parameter volume: 3
        got       parameter volume: none
        expected  valid until: unknown
        got       valid until: never
        why       quiet (p.ward:2) may apply
                  quiet: location = care_area -> deny iTunes because \"Not here\"
        why       weaker: music (p.ward:1)
                  music: role = Nurse -> allow iTunes with volume = 3
        why       `location` is not known, and could change this

0 passed, 2 failed (1 file)
"
    );
    let run = folder.run(&["test", "p.ward", "--format", "json"]);
    assert_eq!(run.code, 1);
    let json = run.json("tests");
    assert_eq!(json["files"][0]["results"][0]["why"]["rules"][0]["id"], "quiet");
}

#[test]
fn parameters_time_and_languages_can_be_expected() {
    let folder = Folder::new()
        .file(
            "p.ward",
            "day: time in 07:00..19:00 -> allow Door with channel = [sms, email], every = 12h \
             because en \"Open by day\" es \"Abierto de día\"\n",
        )
        .file(
            "p.test.yaml",
            "\
now: 2026-11-23T10:00:00Z
tests:
  - name: by day
    context: {}
    expect:
      Door:
        outcome: allowed
        rules: day
        parameters: {channel: [email, sms], every: 12h}
        because: Open by day
        valid_until: 2026-11-23T19:00:00Z
  - name: by night
    context: {}
    now: 2026-11-23T20:00:00Z
    expect: {Door: {outcome: not_granted, rules: [], valid_until: 2026-11-24T07:00:00Z, parameters: {every: null}}}
  - name: nobody said when
    context: {}
    with: {now: null}
    expect: {Door: {outcome: not_granted, missing: now, valid_until: unknown}}
",
        );
    let run = folder.run(&["test", "p.ward"]);
    assert_eq!((run.code, run.out.as_str()), (0, "3 passed, 0 failed (1 file)\n"), "{run:?}");
}

#[test]
fn values_keep_their_spelling_where_the_type_is_text() {
    let folder = Folder::new()
        .file(
            "catalogue.yaml",
            "\
ward: 1
time_zone: UTC
attributes:
  os: version
  answer: {one of: ['no', 'yes', 'true']}
  age: {type: whole}
  weight: {type: decimal, unit: kg}
  badge: {type: text}
  ready: bool
  teams: {set of: text}
  birthday: date
entitlements: {A: {}, B: {}, C: {}, D: {}, E: {}, F: {}, G: {}}
",
        )
        .file(
            "p.ward",
            "\
os >= 1.10 -> allow A
answer = no -> allow B
age in 18..65 -> allow C
badge = \"007\" -> allow D
ready -> allow E
teams has \"1.0\" -> allow F
birthday = 2000-01-01 -> allow G
",
        )
        .file(
            "p.test.yaml",
            "\
tests:
  - name: all of them
    context:
      os: 1.10
      answer: no
      age: 18
      badge: 007
      ready: true
      teams: [1.0, x]
      birthday: 2000-01-01
    expect: {A: allowed, B: allowed, C: allowed, D: allowed, E: allowed, F: allowed, G: allowed}
  - name: states said outright
    context: {os: {$: absent}, ready: {$: unknown}, teams: {$: set, has: [x], may_have: ['1.0'], others: false}}
    expect: {A: not_granted, E: {missing: ready}, F: {outcome: not_granted, missing: [teams]}}
",
        );
    let run = folder.run(&["test"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
}

#[test]
fn mistakes_in_tests_are_all_shown_and_none_is_run() {
    let folder = with_tests("tests:\n  - name: a\n    context: {}\n    expect: {iTunes: alowed}\n  - name: a\n");
    let run = folder.run(&["test", "p.ward"]);
    run.fails_with("error: 4 mistakes in the tests, so none was run");
    assert!(run.err.contains("did you mean `allowed`?"), "{run:?}");
    let folder = with_tests("tests: [{name: a, context: {}, expect: {iTune: denied}}]");
    folder.run(&["test", "p.ward"]).fails_with("the policy has no entitlement `iTune`");
}

#[test]
fn tests_can_be_picked() {
    let folder =
        Folder::with_policy().file("other/one.test.yaml", "tests: [{name: x, context: {}, expect: {EHR: denied}}]");
    assert_eq!(folder.run(&["test"]).out, "17 passed, 0 failed (2 files)\n");
    assert_eq!(folder.run(&["test", ".", "--file", "other/one.test.yaml"]).out, "1 passed, 0 failed (1 file)\n");
    assert_eq!(folder.run(&["test", ".", "--only", "BREAKS the"]).out, "1 passed, 0 failed (2 files)\n");
    folder.run(&["test", ".", "--only", "nowhere"]).fails_with("no test has `nowhere` in its name");
    folder.run(&["test", ".", "--file", "gone.test.yaml"]).fails_with("there is no file or folder `gone.test.yaml`");
    let run = folder.run_with(&["test", "-", "--file", "other/one.test.yaml"], "always -> deny EHR");
    assert_eq!(run.out, "1 passed, 0 failed (1 file)\n", "{run:?}");
}

#[test]
fn a_policy_without_tests_is_a_failure() {
    let folder = Folder::new().file("p.ward", POLICY);
    folder.run(&["test", "p.ward"]).fails_with("there are no tests");
    folder.run(&["test", "."]).fails_with("there are no tests");
    folder.run_with(&["test", "-"], POLICY).fails_with("there are no tests");
}

#[test]
fn noise_in_test_files_never_crashes() {
    for noise in [&b"\xff\xfe"[..], b"\0", b"[", b"tests: [[[[", b"- - - -", b"tests: {a: b}", b"? : ?", b"&a [*a]"] {
        let folder = Folder::new().file("p.ward", POLICY).file("p.test.yaml", noise);
        assert_eq!(folder.run(&["test", "p.ward"]).code, 2, "{noise:?}");
        assert_ne!(folder.run(&["check", "p.ward"]).code, 0, "{noise:?}");
    }
    let deep = "tests: ".to_owned() + &"[".repeat(100_000);
    assert_eq!(with_tests(&deep).run(&["test", "p.ward"]).code, 2);
}

#[test]
fn the_schema_of_test_files_fits_the_template() {
    // the template is JSON once its YAML is written in braces; here by hand, to hold the schema against a real test
    let file = serde_json::json!({
        "now": "2026-11-23T10:00:00-06:00",
        "contexts": { "nurse": { "role": "Nurse", "device": { "managed": true } }, "home": { "like": "nurse", "network": "home" } },
        "tests": [{
            "name": "a", "context": ["nurse", { "like": "home" }], "with": { "location": null },
            "expect": { "EHR": { "outcome": "allowed", "rules": ["record"], "parameters": { "audit": "high", "x": null } }, "iTunes": "denied" },
        }],
    });
    assert_eq!(common::schema::problems("test-file", &file), Vec::<String>::new());
    let wrong = serde_json::json!({ "tests": [{ "name": "a", "expect": { "EHR": "alowed" } }], "more": 1 });
    assert_eq!(common::schema::problems("test-file", &wrong).len(), 3);
}
