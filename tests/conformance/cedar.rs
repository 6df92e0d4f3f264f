//! The examples of Cedar's own analyzer, whose answers were found by a proved encoding and an SMT solver.
//!
//! There policies are compared two by two, for each principal type, action and resource type; here the analysis is asked about
//! policies of the two rules. `shadowed` and `redundant` are *never matters* because of the other, one way and both ways;
//! `overridden` the same because of a rule that denies; `vacuous` is *never applies* and *applies whatever the values are*. All
//! rules together are asked about, too.
//!
//! Left out are the comparisons of sums and products (`arithmetic`), which the language does not have.

#[path = "cedar/read.rs"]
mod read;
#[path = "cedar/ward.rs"]
mod ward;

use crate::corpora;
use crate::formula::Formula;
use read::{CedarPolicy, Schema};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use ward::{Effects, Environment, Wards};
use wardkey::analyse::{PolicyDiff, Verdict};
use wardkey::{Analysis, Finding, Policy};

/// A finding: where (principal type, action, resource type), which, of which policies, because of which.
type Row = ([String; 3], &'static str, String, String);

const KINDS: [&str; 5] = ["vacuous-no", "vacuous-all", "redundant", "shadowed", "overridden"];

/// Wherever the rule that denies does so to every request of its kind, the analyzer does not say what it overrides. By the
/// comments of its example these are so, and the corpus tolerates them; the others are of the same form.
const DENIED_AS_A_WHOLE: [(&str, [&str; 3], &str, &str, bool); 9] = [
    ("online_docs", ["C", "comment", "D"], "policy0", "policy8", true),
    ("online_docs", ["C", "comment", "D"], "policy1", "policy8", true),
    ("online_docs", ["C", "comment", "D"], "policy5", "policy8", true),
    ("online_docs", ["C", "comment", "D"], "policy12", "policy8", true),
    ("online_docs", ["C", "delete", "D"], "policy13", "policy8", false),
    ("online_docs", ["A", "create", "E"], "policy14", "policy2", false),
    ("view_box", ["User", "view", "Box"], "policy0", "policy4", false),
    ("view_box", ["User", "view", "Box"], "policy1", "policy4", false),
    ("view_box", ["User", "view", "Box"], "policy3", "policy4", false),
];

fn everywhere() -> [String; 3] {
    ["*", "*", "*"].map(ToOwned::to_owned)
}

fn schema(folder: &Path, name: &str) -> Schema {
    read::schema(&corpora::text(&folder.join(name)))
}

fn policies(folder: &Path, name: &str) -> Vec<CedarPolicy> {
    read::policies(&corpora::text(&folder.join(name)))
}

/// The findings of a policy about its rules, by what they are called.
fn findings(policy: &Policy) -> Vec<(&'static str, Vec<String>)> {
    let found = Analysis::new(policy).check();
    let undecided: Vec<&Finding> = found.iter().filter(|finding| finding.is_undecided()).collect();
    assert!(undecided.is_empty(), "{undecided:?}");
    let rules = |finding: &Finding| finding.rules.iter().map(|id| id.to_string()).collect();
    found.iter().map(|finding| (finding.diagnostic.code.name, rules(finding))).collect()
}

fn is_found(found: &[(&'static str, Vec<String>)], name: &str, rule: &str) -> bool {
    found.iter().any(|(code, rules)| *code == name && rules.first().is_some_and(|first| first == rule))
}

/// What the analysis says of policies in one environment.
#[derive(Default)]
struct Looked {
    rows: BTreeSet<Row>,
    /// `overridden` by what denies every request of the kind.
    denied_as_a_whole: BTreeSet<Row>,
    /// What no other alone makes superfluous, but several together.
    only_together: BTreeSet<Row>,
    /// By rule whether it applies never, or always.
    applies: Vec<(String, bool, bool)>,
}

fn look(environment: Environment<'_>, policies: &[CedarPolicy]) -> Looked {
    let wards = Wards::of(environment, policies);
    let names = environment.names();
    let mut looked = Looked::default();
    for (at, (id, _, condition)) in wards.rules.iter().enumerate() {
        let alone = findings(&wards.load(Effects::Plain, [at]));
        let (never, always) = (is_found(&alone, "never-fires", id), is_found(&alone, "always-applies", id));
        looked.applies.push((id.clone(), never, always || *condition == Formula::Always));
    }
    // by rule the others because of which it never matters
    let mut covered: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    let may_fire: Vec<usize> = (0..wards.rules.len()).filter(|at| !looked.applies[*at].1).collect();
    for &one in &may_fire {
        for &other in may_fire.iter().filter(|other| **other > one) {
            let found = findings(&wards.load(Effects::Plain, [one, other]));
            for (rule, by) in [(one, other), (other, one)] {
                if is_found(&found, "never-matters", &wards.rules[rule].0) {
                    covered.entry(rule).or_default().insert(by);
                }
            }
        }
    }
    let is_covered = |rule: usize, by: usize| covered.get(&rule).is_some_and(|others| others.contains(&by));
    for &rule in &may_fire {
        let (id, permits, _) = &wards.rules[rule];
        let alike: Vec<usize> =
            may_fire.iter().copied().filter(|&other| is_covered(rule, other) && is_covered(other, rule)).collect();
        if alike.first().is_some_and(|&first| first > rule) {
            let all = std::iter::once(rule).chain(alike.iter().copied()).map(|at| wards.rules[at].0.as_str());
            looked.rows.insert((names.clone(), "redundant", all.collect::<Vec<_>>().join(" "), String::new()));
        }
        for by in may_fire.iter().copied().filter(|&by| is_covered(rule, by) && !alike.contains(&by)) {
            let (other, other_permits, _) = &wards.rules[by];
            let kind = if permits == other_permits { "shadowed" } else { "overridden" };
            assert!(*permits || !other_permits, "nothing that permits stands before what forbids");
            let row = (names.clone(), kind, id.clone(), other.clone());
            let is_whole = kind == "overridden" && looked.applies[by].2;
            if is_whole { &mut looked.denied_as_a_whole } else { &mut looked.rows }.insert(row);
        }
    }
    // all together
    let together = findings(&wards.load(Effects::Plain, 0..wards.rules.len()));
    for (at, (id, ..)) in wards.rules.iter().enumerate() {
        assert_eq!(is_found(&together, "never-fires", id), looked.applies[at].1, "{names:?} {id}");
        let found = together.iter().find(|(code, rules)| *code == "never-matters" && rules[0] == *id);
        assert!(found.is_some() || !covered.contains_key(&at), "{names:?} {id}: {together:?}");
        if let (Some((_, rules)), false) = (found, covered.contains_key(&at)) {
            let others: BTreeSet<&str> = rules[1..].iter().map(String::as_str).collect();
            let others = others.into_iter().collect::<Vec<_>>().join(" ");
            looked.only_together.insert((names.clone(), "shadowed", id.clone(), others));
        }
    }
    looked
}

/// What is found of one test of the corpus, in all environments.
fn lint(folder: &Path, file: &str) -> Looked {
    let (schema, policies) = (schema(folder, "policies.cedarschema"), policies(folder, file));
    let mut all_of_it = Looked::default();
    let mut applies: BTreeMap<String, (bool, bool, usize)> = BTreeMap::new();
    let environments = Environment::all(&schema);
    for &environment in &environments {
        let looked = look(environment, &policies);
        all_of_it.rows.extend(looked.rows);
        all_of_it.denied_as_a_whole.extend(looked.denied_as_a_whole);
        all_of_it.only_together.extend(looked.only_together);
        for (id, never, always) in looked.applies {
            let all = applies.entry(id).or_insert((true, true, 0));
            *all = (all.0 && never, all.1 && always, all.2 + 1);
        }
    }
    for (id, (never, always, count)) in applies {
        if never {
            all_of_it.rows.insert((everywhere(), "vacuous-no", id.clone(), String::new()));
        }
        if always && count == environments.len() {
            all_of_it.rows.insert((everywhere(), "vacuous-all", id, String::new()));
        }
    }
    all_of_it
}

fn records(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

#[test]
fn what_cedar_finds_is_found_and_nothing_else() {
    let Some(corpus) = corpora::folder("cedar-analysis") else { return };
    let mut expected: BTreeMap<(String, String, String), BTreeSet<Row>> = BTreeMap::new();
    // two tests without findings have no rows
    for (test, dir, file) in
        [("demo4", "file_share_demo", "policies4.cedar"), ("view_box_p3", "view_box", "policies3.cedar")]
    {
        let test = format!("analyze_policies_tabular_{test}");
        expected.insert((test, dir.to_owned(), file.to_owned()), BTreeSet::new());
    }
    for record in records(&corpus.join("expected_lint.csv")) {
        let kind = KINDS.into_iter().find(|kind| *kind == record["finding"]).expect("a known kind");
        let place = ["principal_type", "action", "resource_type"].map(|column| record[column].clone());
        let row = (place, kind, record["policy"].clone(), record["by"].clone());
        let of = (record["test"].clone(), record["dir"].clone(), record["policies"].clone());
        assert!(expected.entry(of).or_default().insert(row), "a row stands once: {record:?}");
    }
    let (mut met, mut all, mut mistakes) = (0, 0, Vec::new());
    let (mut denied, mut only_together) = (BTreeSet::new(), BTreeSet::new());
    for ((test, dir, file), wanted) in &expected {
        let looked = lint(&corpus.join("policies").join(dir), file);
        denied.extend(looked.denied_as_a_whole.into_iter().map(|row| (dir.clone(), row)));
        only_together.extend(looked.only_together.into_iter().map(|row| (dir.clone(), row)));
        let found = looked.rows;
        met += wanted.intersection(&found).count();
        all += wanted.len();
        mistakes.extend(wanted.difference(&found).map(|row| format!("{test}: not found {row:?}")));
        mistakes.extend(found.difference(wanted).map(|row| format!("{test}: found and not expected {row:?}")));
    }
    let own = |text: &str| text.to_owned();
    let whole = |(dir, place, rule, by, is_named): (&str, [&str; 3], &str, &str, bool)| {
        ((own(dir), (place.map(own), "overridden", own(rule), own(by))), is_named)
    };
    let known: BTreeMap<(String, Row), bool> = DENIED_AS_A_WHOLE.into_iter().map(whole).collect();
    let named = denied.iter().filter(|row| known.get(row) == Some(&true)).count();
    let line = format!(
        "cedar-analysis: {met} of {all} findings, {named} extras tolerated, {} more of their kind, {} tests",
        denied.len() - named,
        expected.len()
    );
    corpora::say(&line);
    assert!(mistakes.is_empty(), "{line}\n{}", mistakes.join("\n"));
    assert_eq!(denied, known.into_keys().collect(), "what is overridden by what denies everything");
    // the comments of the example say that these two allow every such request; policies are not compared three by three there
    let together =
        (own("online_docs"), (["B", "edit", "E"].map(own), "shadowed", own("policy13"), own("policy10 policy9")));
    assert_eq!(only_together, BTreeSet::from([together]), "what is superfluous because of several");
    assert_eq!((met, all, expected.len()), (31, 31, 10));
}

#[test]
fn versions_compare_as_cedar_compares_them() {
    let Some(corpus) = corpora::folder("cedar-analysis") else { return };
    let (mut met, mut all, mut tests, mut mistakes) = (0, 0, BTreeSet::new(), Vec::new());
    for record in records(&corpus.join("expected_compare.csv")) {
        // sums and products
        if record["dir"] == "arithmetic" {
            continue;
        }
        let folder = corpus.join("policies").join(&record["dir"]);
        let schema = schema(&folder, &record["schema"]);
        let (one, other) = (policies(&folder, &record["pset1"]), policies(&folder, &record["pset2"]));
        let place = ["principal_type", "action", "resource_type"].map(|column| record[column].clone());
        let environments = Environment::all(&schema);
        let environment =
            *environments.iter().find(|environment| environment.names() == place).expect("an environment");
        let said = match compare(environment, &one, &other) {
            Verdict::Equivalent => "equivalent",
            Verdict::More => "more permissive",
            Verdict::Less => "less permissive",
            Verdict::Incomparable => "incomparable",
        };
        tests.insert(record["test"].clone());
        all += 1;
        met += usize::from(said == record["pset1_is"]);
        if said != record["pset1_is"] {
            mistakes.push(format!("{said}, expected {record:?}"));
        }
    }
    let line = format!("cedar-analysis: {met} of {all} verdicts, {} pairs", tests.len());
    corpora::say(&line);
    assert!(mistakes.is_empty(), "{line}\n{}", mistakes.join("\n"));
    assert_eq!((met, all, tests.len()), (68, 68, 29));
}

/// What the first policies give, compared with the others.
fn compare(environment: Environment<'_>, one: &[CedarPolicy], other: &[CedarPolicy]) -> Verdict {
    let wards = Wards::of(environment, one.iter().chain(other));
    let first = Wards::of(environment, one).rules.len();
    let load = |some: std::ops::Range<usize>| wards.load(Effects::Decided, some);
    let (new, old) = (load(0..first), load(first..wards.rules.len()));
    let diff = PolicyDiff::new(&old, &new).unwrap().entitlements();
    let Some(diff) = diff.first() else { return Verdict::Equivalent };
    assert_eq!(diff.undecided, None, "{:?}", environment.names());
    for change in &diff.changes {
        // in Cedar everything is known
        let text = change.witness.to_json().to_string();
        assert!(!text.contains("\"$\""), "{text}");
    }
    diff.verdict
}
