//! Mistakes in catalogues and what is said about them, as data: `tests/mistakes_catalogue/NAME/` holds `catalogue.yaml`,
//! its tables, and `expected.txt` with every diagnostic as it is shown without colour.
//!
//! `WARDKEY_BLESS=1 cargo test --test mistakes_catalogue` writes the expectations anew; read the difference before you
//! keep it.

#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use wardkey::diagnostic::{Diagnostic, render};
use wardkey::model::catalogue_file::{codes, read_catalogue};
use wardkey::source::Sources;

/// The folders of all cases, sorted.
fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes_catalogue");
    let entries = std::fs::read_dir(folder).expect("the cases");
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    cases.sort();
    cases
}

/// Every problem of one case, in the order in which it is found.
fn diagnose(case: &Path) -> (Sources, Vec<Diagnostic>) {
    let sources = RefCell::new(Sources::default());
    let text = std::fs::read_to_string(case.join("catalogue.yaml")).expect("a catalogue");
    let source = sources.borrow_mut().add("catalogue.yaml", text.as_str());
    let tables = |name: &str| {
        let text = std::fs::read_to_string(case.join(name)).ok()?;
        Some((sources.borrow_mut().add(name, text.as_str()), text))
    };
    let mut diagnostics = Vec::new();
    read_catalogue(source, &text, &tables, &mut diagnostics);
    (sources.into_inner(), diagnostics)
}

fn shown(case: &Path) -> String {
    let (sources, diagnostics) = diagnose(case);
    diagnostics.iter().fold(String::new(), |out, diagnostic| out + &render(diagnostic, &sources, false) + "\n\n")
}

#[test]
fn every_mistake_is_told_as_expected() {
    let bless = std::env::var_os("WARDKEY_BLESS").is_some();
    let mut wrong = Vec::new();
    for case in cases() {
        let (path, got) = (case.join("expected.txt"), shown(&case));
        if bless {
            std::fs::write(&path, &got).expect("the expectation");
        } else {
            let expected = std::fs::read_to_string(&path).unwrap_or_default();
            if expected != got {
                wrong.push(format!("{}: expected\n{expected}got\n{got}", case.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} cases differ\n\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_case_is_a_mistake_and_every_code_has_a_case() {
    let mut seen = Vec::new();
    for case in cases() {
        let diagnostics = diagnose(&case).1;
        assert!(!diagnostics.is_empty(), "{} is no mistake", case.display());
        seen.extend(diagnostics.into_iter().map(|diagnostic| diagnostic.code));
    }
    let unseen: Vec<_> = codes::ALL.iter().filter(|code| !seen.contains(code)).collect();
    assert!(unseen.is_empty(), "no case for {unseen:?}");
}

#[test]
fn messages_keep_the_house_style() {
    for case in cases() {
        for diagnostic in diagnose(&case).1 {
            assert!(!diagnostic.help.is_empty(), "{}: no help for {}", case.display(), diagnostic.message);
            let labels = diagnostic.labels.iter().map(|label| &label.message);
            for line in labels.chain(&diagnostic.help).chain([&diagnostic.message]) {
                assert!(!line.ends_with('.'), "{}: {line} ends with a full stop", case.display());
                let is_capital = line.starts_with(|first: char| first.is_ascii_uppercase());
                assert!(!is_capital || line.starts_with("NUL"), "{}: {line} begins with a capital", case.display());
            }
        }
    }
}
