//! Reading of test files: what is accepted, and every way in which one is refused.

#![allow(clippy::unwrap_used, clippy::panic)]

use super::values::is_null;
use super::{Suite, read};
use crate::diagnostic::Diagnostic;
use crate::source::Sources;

/// The suite, and its problems as `CODE line:column message | help`.
fn reading(text: &str) -> (Option<Suite>, Vec<String>) {
    let mut sources = Sources::default();
    let source = sources.add("a.test.yaml", text);
    let mut diagnostics = Vec::new();
    let suite = read(source, text, &mut diagnostics);
    let line = |problem: &Diagnostic| {
        let place = sources.place(problem.span().unwrap());
        let mut line = format!("{} {}:{} {}", problem.code, place.line, place.column, problem.message);
        for help in &problem.help {
            line += " | ";
            line += help;
        }
        line
    };
    (suite, diagnostics.iter().map(line).collect())
}

fn accepted(text: &str) -> Suite {
    let (suite, problems) = reading(text);
    assert_eq!(problems, Vec::<String>::new(), "{text}");
    suite.unwrap()
}

#[track_caller]
fn refused(text: &str, expected: &[&str]) {
    let (suite, problems) = reading(text);
    assert_eq!(problems, expected, "{text}");
    assert!(suite.is_none(), "{text}");
}

#[test]
fn reads_a_whole_file() {
    let suite = accepted(
        "now: 2026-11-23T10:00:00-06:00
contexts:
  nurse: {role: Nurse, location: ward_4, device: {managed: true}}
  nurse_at_home: {like: nurse, network: home}
  nobody:
tests:
  - name: iTunes is off in the care area
    context: nurse
    with: {location: care_area}
    now: 2026-11-23T12:00:00-06:00
    expect:
      iTunes: denied
      EHR: {outcome: allowed, rules: [break_glass], parameters: {audit: high, reauth: null}, missing: [network],
            because: \"x\", valid_until: never}
  - name: several
    context: [nurse, nurse_at_home, nobody, {like: nurse, role: null}]
    expect: {EHR: not_granted}
  - name: only with
    with: {role: Nurse}
    expect: {EHR: offered}
",
    );
    assert_eq!(suite.expectations(), 2 + 4 + 1);
    let first = &suite.tests[0].contexts[0];
    assert_eq!(first.name.as_deref(), Some("nurse"));
    assert_eq!(first.values.get("device.managed").unwrap().value.text(), Some("true"));
    assert_eq!(first.values.get("user.Location").unwrap().value.text(), Some("care_area"));
    assert_eq!(first.values.get("now").unwrap().value.text(), Some("2026-11-23T12:00:00-06:00"));
    let home = &suite.tests[1].contexts[1];
    assert_eq!(home.values.get("role").unwrap().value.text(), Some("Nurse"));
    assert_eq!(home.values.get("now").unwrap().value.text(), Some("2026-11-23T10:00:00-06:00"));
    assert!(is_null(&suite.tests[1].contexts[3].values.get("role").unwrap().value));
}

#[test]
fn likes_may_come_in_any_order() {
    let suite = accepted(
        "contexts: {c: {like: b}, b: {like: a, x: 2}, a: {x: 1, y: 1}}
tests: [{name: t, context: c, expect: {E: allowed}}]",
    );
    let values = &suite.tests[0].contexts[0].values;
    assert_eq!(values.get("x").unwrap().value.text(), Some("2"));
    assert_eq!(values.get("y").unwrap().value.text(), Some("1"));
}

#[test]
fn keeps_tests_by_name() {
    let mut suite = accepted(
        "tests: [{name: Alpha beta, context: {}, expect: {E: allowed}}, {name: gamma, context: {}, expect: {E: denied}}]",
    );
    suite.retain_named("ALPHA");
    assert_eq!(suite.expectations(), 1);
}

#[test]
fn reports_all_problems_at_once() {
    refused(
        "nwo: 1
contexts: {a: {like: b}, b: {like: c}}
tests:
  - nme: x
    context: d
    expect: {E: alowed, F: [], G: {}, H: {rule: x}}
  - 5
",
        &[
            "WK601 1:1 a test file has no key `nwo` | did you mean `now`?",
            "WK604 2:36 there is no context `c` | declare it under `contexts:`",
            "WK601 4:5 a test has no key `nme` | did you mean `name`?",
            "WK603 4:5 this test has no `name` | begin the test with `- name: what it shows`",
            "WK604 5:14 there is no context `d` | declare it under `contexts:`",
            "WK606 6:17 `alowed` is no outcome | did you mean `allowed`?",
            "WK602 6:28 an outcome is expected for `F`, not a list | write `F: allowed`, or one of: allowed, offered, \
             denied, not_granted",
            "WK603 6:32 nothing is expected of `G` | write `G: allowed`, or one of: allowed, offered, denied, not_granted",
            "WK601 6:43 an expectation has no key `rule` | did you mean `rules`?",
            "WK602 7:5 a test is a table of keys and values, not `5` | write lines of the form `key: value`",
            "WK615 2:12 the context `a` is used by no test",
        ],
    );
}

/// A test file around one test, so that the mistake stands alone.
fn with_test(test: &str) -> String {
    format!("contexts: {{sales: {{role: Sales}}}}\ntests:\n- name: t\n  {test}\n")
}

#[test]
fn each_mistake_in_a_test_has_its_message() {
    let cases = [
        ("context: slaes\n  expect: {E: denied}", "WK604 4:12 there is no context `slaes` | did you mean `sales`?"),
        ("context: sales\n  expect: {E: allow}", "WK606 5:15 `allow` is no outcome | write `allowed`"),
        (
            "context: sales\n  expect: {E: 'no'}",
            "WK606 5:15 `no` is no outcome | write `not_granted` where no rule gives it, `denied` where a rule takes it away",
        ),
        (
            "context: sales\n  expect: {E: perhaps}",
            "WK606 5:15 `perhaps` is no outcome | the outcomes are: allowed, offered, denied, not_granted",
        ),
        (
            "context: sales\n  now: 2026-11-23\n  expect: {E: denied}",
            "WK607 5:8 `2026-11-23` is no date-time with an offset | write date, time and offset: `2026-11-23T10:00:00-06:00`",
        ),
        (
            "context: sales\n  expect: {E: {valid_until: soon}}",
            "WK607 5:29 `soon` is no date-time with an offset | write date, time and offset: `2026-11-23T10:00:00-06:00`",
        ),
        (
            "context: sales",
            "WK603 3:3 this test has no `expect` | add `expect:` with a line for each entitlement, such as `EHR: allowed`",
        ),
        (
            "context: sales\n  expect:",
            "WK603 3:3 `expect` of this test is empty | add `expect:` with a line for each entitlement, such as `EHR: allowed`",
        ),
        (
            "expect: {E: denied}",
            "WK603 3:3 this test has no `context` | add `context:` with the name of a context, or with the values \
             themselves: `{role: Nurse}`",
        ),
        (
            "context:\n  expect: {E: denied}",
            "WK602 4:3 `context` is empty | give the name of a context, or the values themselves: `{role: Nurse}`",
        ),
        (
            "context: [[sales]]\n  expect: {E: denied}",
            "WK602 4:13 an entry of `context` is the name of a context, not a list",
        ),
        (
            "context: sales\n  with: [1]\n  expect: {E: denied}",
            "WK602 5:9 `with` is a table of keys and values, not a list | write lines of the form `key: value`",
        ),
        (
            "context: sales\n  expect: {E: {rules: {a: b}}}",
            "WK602 5:23 `rules` is a word or a text, not a table of keys and values",
        ),
        (
            "context: sales\n  expect: {E: denied, E: allowed}",
            "WK204 5:23 `E` stands twice in this map | keep one of the two, or join them into one",
        ),
        (
            "context: {user.role: x, role: y}\n  expect: {E: denied}",
            "WK616 4:27 `role` is given twice | keep one of them",
        ),
        (
            "context: sales\n  with: {now: x}\n  now: 2026-11-23T10:00:00Z\n  expect: {E: denied}",
            "WK616 5:10 `now` is given twice",
        ),
        (
            "context: sales\n  exepct: {E: denied}\n  expect: {E: denied}",
            "WK601 5:3 a test has no key `exepct` | did you mean `expect`?",
        ),
        (
            "context: sales\n  expect: {E: {parameters: high}}",
            "WK602 5:28 `parameters` is a table of keys and values, not `high` | write lines of the form `key: value`",
        ),
    ];
    for (test, expected) in cases {
        let (suite, problems) = reading(&with_test(test));
        let without_warnings: Vec<_> = problems.iter().filter(|problem| !problem.starts_with("WK615")).collect();
        assert_eq!(without_warnings, [expected], "{test}");
        assert!(suite.is_none(), "{test}");
    }
}

#[test]
fn contexts_in_a_circle_are_refused_once() {
    refused(
        "contexts: {a: {like: b}, b: {like: c}, c: {like: b}}\ntests: [{name: t, context: a, expect: {E: denied}}]",
        &[
            "WK605 1:36 these contexts are made from each other in a circle: `b` like `c` like `b` | give one of them its \
           values without `like`",
        ],
    );
}

#[test]
fn two_tests_of_one_name_are_refused() {
    refused(
        "tests: [{name: t, context: {}, expect: {E: denied}}, {name: T, context: {}, expect: {E: denied}}]",
        &["WK613 1:61 two tests are named `T` | give each test its own name"],
    );
}

#[test]
fn an_empty_file_is_a_warning() {
    for text in ["", "# nothing\n", "tests: []\n", "tests:\n", "now: 2026-11-23T10:00:00Z\n"] {
        let (_, problems) = reading(text);
        let [problem] = problems.as_slice() else { panic!("{text}: {problems:?}") };
        assert!(problem.starts_with("WK614 "), "{text}: {problem}");
    }
}

#[test]
fn never_fails_on_noise() {
    let whole = "now: 2026-11-23T10:00:00-06:00\ncontexts: {a: {like: a, \"x\\ty\": [1, {b: ~}]}}\ntests:\n  - name: 'é'\n    context: &x [*x]\n    expect: !t {E: {rules: |\n  x}}\n";
    for from in 0..whole.len() {
        for to in from..whole.len() {
            if let Some(part) = whole.get(from..to) {
                reading(part);
            }
        }
    }
    for text in [
        "",
        "\0",
        "---\n---\n",
        "%YAML 1.2\n---\n",
        "? a\n: b",
        "? [a]\n: b",
        "- - - -",
        "\u{feff}tests: []",
        "{{{{{{",
        "*a",
        "&a",
        "!!x",
    ] {
        reading(text);
    }
    reading(&"[".repeat(100_000));
    reading(&"- ".repeat(100_000));
    reading(&"{a: ".repeat(100_000));
}
