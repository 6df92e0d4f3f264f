//! Mistakes in rules that are well formed: `tests/mistakes_rules/with_catalogue/NAME.ward`, which stand under the catalogue
//! there, or `without_catalogue/NAME.ward`, beside `NAME.expected` with everything that is said about them.
//!
//! `WARDKEY_BLESS=1 cargo test --test mistakes_rules` writes the expectations anew; read the difference before you keep it.
#![allow(clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::fs;
use std::path::{Path, PathBuf};
use wardkey::PolicyFiles;
use wardkey::diagnostic::{Diagnostic, render};
use wardkey::source::Sources;

fn said(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    diagnostics.iter().map(|diagnostic| format!("{}\n\n", render(diagnostic, sources, false).trim_end())).collect()
}

/// Every case below a folder that differs from what is expected.
fn differences(folder: &str, has_catalogue: bool) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes_rules").join(folder);
    let read = |path: &Path| fs::read_to_string(path).unwrap_or_default();
    let mut cases: Vec<PathBuf> =
        fs::read_dir(&folder).expect("the cases").flatten().map(|entry| entry.path()).collect();
    cases.retain(|path| path.extension().is_some_and(|extension| extension == "ward"));
    cases.sort();
    assert!(cases.len() > 5, "the cases were read");
    let mut different = Vec::new();
    for case in cases {
        let mut files = PolicyFiles::new().rules("rules.ward", read(&case));
        if has_catalogue {
            files = files.catalogue("catalogue.yaml", read(&folder.join("catalogue.yaml")));
        }
        let found = match files.load() {
            Ok(policy) => said(policy.diagnostics(), policy.sources()),
            Err(error) => said(error.diagnostics(), error.sources()),
        };
        assert!(!found.is_empty(), "{} is no mistake", case.display());
        let expected = case.with_extension("expected");
        if std::env::var_os("WARDKEY_BLESS").is_some() {
            fs::write(&expected, &found).expect("the expectation");
        } else if read(&expected) != found {
            different.push(format!("{}\n--- found\n{found}--- expected\n{}", case.display(), read(&expected)));
        }
    }
    different
}

#[test]
fn each_mistake_under_a_catalogue_is_told_as_expected() {
    let different = differences("with_catalogue", true);
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
fn each_mistake_without_a_catalogue_is_told_as_expected() {
    let different = differences("without_catalogue", false);
    assert!(different.is_empty(), "{}", different.join("\n"));
}
