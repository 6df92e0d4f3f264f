//! `wardkey prove`, `why-not`, and how good tests are: `test --coverage`, `--mutate`, `--generate`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::Folder;

const POLICY: &str = "\
nurses: role = Nurse and age >= 18 -> allow EHR
guests: network = guest -> deny EHR because \"Not on a guest network\"
";

const TESTS: &str = "\
tests:
  - name: a nurse reads
    context: {role: Nurse, age: 30, network: ward}
    expect: {EHR: allowed}
properties:
  - never EHR allowed when network = guest
  - adults: never EHR allowed when age < 18
";

fn folder() -> Folder {
    Folder::new().file("p.ward", POLICY).file("p.test.yaml", TESTS)
}

#[test]
fn properties_stand_beside_the_policy() {
    let run = folder().run(&["prove", "p.ward"]);
    let wanted = "\
holds      never EHR allowed when network = guest
holds      adults
           never EHR allowed when age < 18
2 properties: 2 hold
";
    assert_eq!((run.code, run.out.as_str()), (0, wanted), "{run:?}");
    let run = folder().run(&["test", "p.ward"]);
    assert_eq!(run.out, "2 properties: 2 hold\n1 passed, 0 failed (1 file)\n", "{run:?}");
    let json = folder().run(&["test", "p.ward", "--format", "json"]).json("tests");
    assert_eq!(json["properties"][1]["name"], "adults");
    // the policy changes, and the property sees it
    let wrong = folder().file("p.ward", "nurses: role = Nurse -> allow EHR\nguests: network = guest -> deny EHR\n# age: age >= 18 -> allow EHR\nold: age >= 18 -> allow Wiki\n");
    let run = wrong.run(&["test", "p.ward"]);
    assert_eq!(run.code, 1, "{run:?}");
    for part in ["FAILS      adults", "EHR is allowed by `nurses`", "for example: ", "role = Nurse", "1 fail"] {
        assert!(run.out.contains(part), "expected `{part}` in\n{}", run.out);
    }
    let json = wrong.run(&["prove", "p.ward", "--format", "json"]).json("proofs");
    assert_eq!(json["properties"][1]["verdict"], "fails");
}

#[test]
fn a_property_may_be_given_by_hand() {
    let run = folder().run(&["prove", "p.ward", "--property", "always EHR allowed when role = Nurse and age > 18"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.out.contains("EHR is denied by `guests`"), "{}", run.out);
    let run = folder().run(&["prove", "p.ward", "-p", "never EHR allowed when age = 17 and age = 18"]);
    assert!(run.out.contains("but no context is one that it speaks of"), "{run:?}");
    let run = folder().run(&["prove", "p.ward", "-p", "never EHR allowd"]);
    run.fails_with("the property cannot be read");
    assert!(run.err.contains("<property>:1:11"), "{}", run.err);
    Folder::new().file("p.ward", POLICY).run(&["prove", "p.ward"]).fails_with("there are no tests");
    let bare = "tests: [{name: a, context: {role: Nurse}, expect: {EHR: denied}}]";
    folder().file("p.test.yaml", bare).run(&["prove", "p.ward"]).fails_with("there are no properties");
}

#[test]
fn a_mistake_in_a_property_has_its_place() {
    for (sentence, place, says) in [
        ("never EHR allowed when netwrk = guest", "p.test.yaml:7:28", "netwrk"),
        ("\"never EHS allowed\"", "p.test.yaml:7:12", "there is no entitlement `EHS`"),
        ("[never]", "p.test.yaml:7:5", "a property is a sentence"),
        ("{a: never EHR allowed, b: always EHR allowed}", "p.test.yaml:7:5", "a property is a sentence"),
    ] {
        let tests = TESTS.replace("adults: never EHR allowed when age < 18", sentence);
        let run = folder().file("p.test.yaml", tests).run(&["test", "p.ward"]);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.err.contains(place) && run.err.contains(says), "{sentence}: {}", run.err);
    }
}

#[test]
fn why_not_lists_every_smallest_change() {
    let context = r#"{"role": "Nurse", "age": 17, "network": "guest"}"#;
    let run = folder().run(&["why-not", "p.ward", "EHR", "--context", context]);
    let wanted = "\
EHR: denied
  why      Not on a guest network
  rule     guests (p.ward:2)

it would be allowed with this change:
  - age = 18 and network = other
";
    assert_eq!((run.code, run.out.as_str()), (0, wanted), "{run:?}");
    let run = folder().run(&["why-not", "p.ward", "EHR", "-c", context, "--keep", "age"]);
    assert!(run.out.contains("no change of what can change makes it allowed"), "{run:?}");
    let run = folder().run(&["counterfactual", "p.ward", "EHR", "-c", context, "--outcome", "not-granted"]);
    assert!(run.out.contains("- network = "), "{run:?}");
    let json = folder().run(&["why-not", "p.ward", "EHR", "-c", context, "--format", "json"]).json("counterfactuals");
    assert_eq!(json["changes"][0]["attributes"], serde_json::json!(["age", "network"]));
    let allowed = r#"{"role": "Nurse", "age": 20, "network": "ward"}"#;
    let run = folder().run(&["why-not", "p.ward", "EHR", "-c", allowed]);
    assert!(run.out.ends_with("it is allowed as things are\n"), "{run:?}");
    folder().run(&["why-not", "p.ward", "EHR", "-c", context, "--keep", "agee"]).fails_with("no attribute `agee`");
    folder()
        .run(&["why-not", "p.ward", "EHR", "-c", context, "--keep", "age", "--change", "AGE"])
        .fails_with("`age` cannot both change and be kept");
}

#[test]
fn coverage_says_what_no_test_shows() {
    let run = folder().run(&["test", "p.ward", "--coverage"]);
    assert_eq!(run.code, 0, "{run:?}");
    for part in [
        "rules that apply",
        "guests: it applies  p.ward:2",
        "nurses: `age >= 18` decides at its very edge  p.ward:1",
        "EHR: age = 18, network = other, role = Nurse",
    ] {
        assert!(run.out.contains(part), "expected `{part}` in\n{}", run.out);
    }
    assert_eq!(folder().run(&["test", "p.ward", "--coverage", "--fail-under", "90%"]).code, 1);
    assert_eq!(folder().run(&["test", "p.ward", "--coverage", "--fail-under", "20"]).code, 0);
    folder().run(&["test", "p.ward", "--coverage", "--fail-under", "120"]).fails_with("a number from 0 to 100");
    let json = folder().run(&["test", "p.ward", "--coverage", "--format", "json"]).json("tests");
    assert_eq!(json["coverage"]["goals"][0]["state"], "missing", "{json:#}");
    assert_eq!(json["coverage"]["goals"][3]["state"], "reached", "{json:#}");
}

#[test]
fn generated_tests_pass_and_reach_everything() {
    let folder = folder();
    let run = folder.run(&["test", "p.ward", "--mutate", "--generate", "more.yaml"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.err.contains("tests written"), "{run:?}");
    let files = ["--file", "p.test.yaml", "--file", "more.yaml"];
    let all =
        [&["test", "p.ward", "--coverage", "--mutate", "--fail-under", "100", "--format", "json"], &files[..]].concat();
    let run = folder.run(&all);
    let json = run.json("tests");
    assert_eq!((run.code, &json["failed"]), (0, &serde_json::json!(0)), "{json:#}");
    assert_eq!(json["coverage"]["percent"], 100.0, "{json:#}");
    assert_eq!(json["mutation"]["percent"], 100.0, "{json:#}");
    folder.run(&["test", "p.ward", "--generate", "more.yaml"]).fails_with("`more.yaml` is there already");
    let shown = folder.run(&["test", "p.ward", "--generate", "-"]);
    assert!(shown.out.contains("tests:\n  - name: \"guests: it applies\"\n"), "{shown:?}");
    assert!(shown.out.starts_with("# Written from the rules"), "{shown:?}");
    folder
        .run(&["test", "p.ward", "--generate", "-", "--format", "json"])
        .fails_with("cannot both go to standard output");
}

#[test]
fn mutants_that_no_test_notices_are_told_with_the_missing_test() {
    let run = folder().run(&["test", "p.ward", "--mutate"]);
    for part in [
        "no test notices",
        "nurses: the lower edge of `age >= 18`",
        "missing test: EHR is allowed where",
        "mutation score",
    ] {
        assert!(run.out.contains(part), "expected `{part}` in\n{}", run.out);
    }
    let wrong = folder().file("p.test.yaml", TESTS.replace("EHR: allowed", "EHR: denied"));
    wrong.run(&["test", "p.ward", "--mutate"]).fails_with("some tests fail, so that none could notice a change");
    let json = folder().run(&["test", "p.ward", "--mutate", "--format", "json"]).json("tests");
    let fates: Vec<&str> =
        json["mutation"]["mutants"].as_array().unwrap().iter().map(|mutant| mutant["fate"].as_str().unwrap()).collect();
    assert!(fates.contains(&"killed") && fates.contains(&"survived"), "{fates:?}");
}

#[test]
fn the_example_of_the_page_is_what_is_answered() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("docs/analysis.md")).unwrap();
    let example = page.split("    $ wardkey ").find(|part| part.starts_with("why-not")).unwrap();
    let (command, answer) = example.split_once('\n').unwrap();
    let mut run = Folder::new().command();
    let output = run.current_dir(&root).args(command.split_whitespace()).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let shown = answer.lines().take_while(|line| line.starts_with("    ")).map(str::trim);
    for line in shown.filter(|line| *line != "…") {
        assert!(told.lines().any(|other| other.trim() == line), "`{line}` is not in\n{told}");
    }
}
