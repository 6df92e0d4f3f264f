//! The client specification of Unleash: feature toggles with strategies, constraints, segments and dependencies.
//!
//! Each specification file becomes one policy, and each boolean case in it one question. How rules are written is said in
//! `convert`.

use crate::corpora;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use wardkey::Policy;

#[path = "unleash/convert.rs"]
mod convert;
#[path = "unleash/format.rs"]
mod format;

use convert::{Converted, HASHED, MIXED, convert, our_name};
use format::{Case, Specification};

/// What the language cannot say, why, and how many cases there are of it.
const UNSAYABLE: [(&str, &str, usize); 6] = [
    (HASHED, "a share of the people, chosen by a hash of their id: the language draws no lots", 16),
    ("a class of characters repeated without end in a regular expression", "globs have no classes of characters", 2),
    ("a word boundary in a regular expression", "globs have no classes of characters", 2),
    (
        "`.` in a regular expression, which stops at a line break",
        "a text in a rule stands on one line, so that no rule can name a line break",
        2,
    ),
    ("anchors at every line in a regular expression", "as above", 2),
    (MIXED, "letters that look alike could pass one name off as another: refused on purpose", 1),
];

/// One row of the index of all boolean cases.
#[derive(Deserialize)]
struct Row {
    file: String,
    test_no: usize,
    toggle: String,
    expected: bool,
    class: String,
}

/// What became of the cases.
#[derive(Default)]
struct Tally {
    asked: BTreeMap<String, usize>,
    right: usize,
    wrong: Vec<String>,
    unsayable: BTreeMap<&'static str, usize>,
}

fn run_file(path: &Path, rows: &[Row], tally: &mut Tally) {
    let specification: Specification = serde_json::from_value(corpora::json(path)).unwrap();
    let cases = specification.tests;
    assert_eq!(rows.len(), cases.len(), "cases of {}", path.display());
    let converted = convert(&specification.state.settled());
    let policy = corpora::policy("toggles", &converted.rules, &converted.catalogue);
    for row in rows {
        let case = &cases[row.test_no];
        assert_eq!(
            (&row.toggle, row.expected),
            (&case.toggle_name, case.expected_result),
            "the index names other cases"
        );
        if let Some(construct) = converted.unsayable.get(&case.toggle_name) {
            *tally.unsayable.entry(construct).or_default() += 1;
            continue;
        }
        *tally.asked.entry(row.class.clone()).or_default() += 1;
        match run(&policy, &converted, case) {
            is_on if is_on == case.expected_result => tally.right += 1,
            is_on => tally.wrong.push(format!("{} {}: {is_on} ({})", row.file, row.test_no, case.description)),
        }
    }
}

fn run(policy: &Policy, converted: &Converted, case: &Case) -> bool {
    let context = corpora::context(policy, &converted.values(&case.context));
    corpora::is_allowed(policy, &context, &our_name(&case.toggle_name))
}

#[test]
fn answers_every_case_that_can_be_said() {
    let Some(folder) = corpora::folder("unleash") else { return };
    let index = corpora::text(&folder.join("index.csv"));
    let rows: Vec<Row> = csv::Reader::from_reader(index.as_bytes()).deserialize().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows.len(), 227);
    let mut tally = Tally::default();
    for of_file in rows.chunk_by(|a, b| a.file == b.file) {
        run_file(&folder.join("specifications").join(&of_file[0].file), of_file, &mut tally);
    }
    let asked: usize = tally.asked.values().sum();
    corpora::say(&format!("unleash: {} of {} cases right, {} asked {:?}", tally.right, rows.len(), asked, tally.asked));
    for (construct, reason, _) in UNSAYABLE {
        let count = tally.unsayable.get(construct).copied().unwrap_or_default();
        corpora::say(&format!("unleash: {count} not sayable: {construct} ({reason})"));
    }
    assert!(tally.wrong.is_empty(), "wrong: {:#?}", tally.wrong);
    let expected: BTreeMap<&str, usize> = UNSAYABLE.map(|(construct, _, count)| (construct, count)).into();
    assert_eq!(tally.unsayable, expected);
    let classes = [("direct", 178), ("rule-references-rule", 20), ("delta-api", 4)];
    assert_eq!(tally.asked, classes.map(|(class, count)| (class.to_owned(), count)).into());
    assert_eq!(tally.right, 202);
}
