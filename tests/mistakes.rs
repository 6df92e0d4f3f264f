//! Mistakes and what is said about them, as data: `tests/mistakes/NAME.ward`, or a folder `NAME/` of files, beside
//! `NAME.expected` with every diagnostic as it is shown without colour.
//!
//! `WARDKEY_BLESS=1 cargo test --test mistakes` writes the expectations anew; read the difference before you keep it.
//! Inputs that would not survive an editor (zero bytes, bidirectional characters) or that are long are made here.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use wardkey::diagnostic::{Diagnostic, Fix, render};
use wardkey::source::Sources;
use wardkey::syntax;

/// Files of one case: name and bytes.
type Files = Vec<(String, Vec<u8>)>;

/// All cases by name, with what is said about each.
static TOLD: LazyLock<BTreeMap<String, (Sources, Vec<Diagnostic>)>> =
    LazyLock::new(|| cases().into_iter().map(|(name, files)| (name, diagnose(&files))).collect());

/// Reads the files of a case as a load does; every problem, in order.
fn diagnose(files: &Files) -> (Sources, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let mut diagnostics = Vec::new();
    for (name, bytes) in files {
        match syntax::decode(bytes) {
            Ok(text) => {
                let source = sources.add(name.as_str(), text.as_str());
                syntax::parse_file(source, &text, &mut diagnostics);
            }
            Err(wrong) => {
                let source = sources.add(name.as_str(), wrong.readable.as_str());
                diagnostics.push(wrong.diagnostic(source));
            }
        }
    }
    (sources, diagnostics)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes")
}

/// Cases that are made here, by name.
fn made() -> BTreeMap<&'static str, Vec<u8>> {
    let text = |text: &str| text.as_bytes().to_vec();
    BTreeMap::from([
        ("made_nul_byte", text("role = Sales -> deny iTunes\nrole = \0Nurse -> allow EHR\n")),
        ("made_control_character", text("role = Sales\u{7} -> deny iTunes # \u{1b}[31m red\n")),
        ("made_lone_carriage_return", text("role = Sales -> deny iTunes\rrole = Nurse -> allow EHR\r")),
        ("made_windows_line_ends", text("role = Sales\r\n  -> deny iTunes\r\nrole = Nurse allow EHR\r\n")),
        ("made_bidi", text("role = \"Sales\u{202e}\" -> deny iTunes # \u{2066}hidden\u{2069}\n")),
        ("made_no_break_space", text("role =\u{a0}Sales -> deny \"Secure\u{a0}Messaging\"\n")),
        ("made_zero_width", text("ro\u{200b}le = Sales -> deny iTunes\n")),
        ("made_tab_in_text", text("role = Sales -> deny \"Secure\tMessaging\"\n")),
        ("made_byte_order_mark", text("\u{feff}role = Sales deny iTunes\n")),
        ("made_latin_1", b"role = Sales -> deny \"Caf\xe9\"\n".to_vec()),
        ("made_utf_16", b"\xff\xfer\0o\0l\0e\0".to_vec()),
        ("made_deep_parentheses", text(&format!("{}a{} -> deny b", "(".repeat(100_000), ")".repeat(100_000)))),
        ("made_nested_too_deeply", text(&format!("{}a{} -> deny b", "(".repeat(65), ")".repeat(65)))),
        ("made_many_nots", text(&format!("{}a -> deny b", "not ".repeat(100_000)))),
        ("made_nested_nots", text(&format!("{}a{} -> deny b", "not not (".repeat(33), ")".repeat(33)))),
        ("made_nots_in_bounds", text(&format!("{}a -> deny b", "not ".repeat(1_000)))),
        ("made_many_ands", text(&format!("a{} -> deny b", " and a".repeat(50_000)))),
        ("made_many_quotes", text(&"\"".repeat(10_000_000))),
        ("made_odd_quotes", text(&"\"".repeat(99_999))),
        ("made_long_text", text(&format!("a -> deny b because \"{}\"", "x".repeat(5_000)))),
        ("made_long_list", text(&format!("a in [{}x] -> deny b", "x,".repeat(10_001)))),
        ("made_file_too_large", vec![b'\n'; (64 << 20) + 1]),
        ("made_empty", Vec::new()),
    ])
}

/// All cases by name, stored and made.
fn cases() -> BTreeMap<String, Files> {
    let mut cases: BTreeMap<String, Files> = BTreeMap::new();
    for entry in std::fs::read_dir(folder()).expect("the cases") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            cases.insert(name, files_below(&path, ""));
        } else if let Some(stem) = name.strip_suffix(".ward") {
            cases.insert(stem.to_owned(), vec![(name.clone(), std::fs::read(&path).expect("a case"))]);
        }
    }
    for (name, bytes) in made() {
        cases.insert(name.to_owned(), vec![(format!("{name}.ward"), bytes)]);
    }
    cases
}

fn files_below(folder: &Path, prefix: &str) -> Files {
    let mut files = Files::new();
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("a case").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    for path in paths {
        let name = format!("{prefix}{}", path.file_name().unwrap().to_string_lossy());
        if path.is_dir() {
            files.extend(files_below(&path, &format!("{name}/")));
        } else {
            files.push((name, std::fs::read(&path).expect("a file")));
        }
    }
    files
}

fn shown((sources, diagnostics): &(Sources, Vec<Diagnostic>)) -> String {
    diagnostics.iter().fold(String::new(), |out, diagnostic| out + &render(diagnostic, sources, false) + "\n\n")
}

#[test]
fn every_mistake_is_told_as_expected() {
    let bless = std::env::var_os("WARDKEY_BLESS").is_some();
    let mut wrong = Vec::new();
    for (name, told) in &*TOLD {
        let path = folder().join(format!("{name}.expected"));
        let got = shown(told);
        if bless {
            std::fs::write(&path, &got).expect("the expectation");
        } else {
            let expected = std::fs::read_to_string(&path).unwrap_or_default();
            if expected != got || !path.exists() {
                wrong.push(format!("{name}: expected\n{expected}got\n{got}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} cases differ\n\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_expectation_has_its_case() {
    for entry in std::fs::read_dir(folder()).expect("the cases") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        if let Some(stem) = name.strip_suffix(".expected") {
            assert!(TOLD.contains_key(stem), "{name} has no case");
        }
    }
}

#[test]
fn every_code_of_the_syntax_has_a_case() {
    let seen: Vec<_> = TOLD.values().flat_map(|(_, told)| told).map(|diagnostic| diagnostic.code).collect();
    let unseen: Vec<_> = syntax::codes::ALL.iter().filter(|code| !seen.contains(code) && code.id != "WK099").collect();
    assert!(unseen.is_empty(), "no case for {unseen:?}");
}

#[test]
fn messages_keep_the_house_style() {
    for (name, (_, told)) in &*TOLD {
        for diagnostic in told {
            let labels = diagnostic.labels.iter().map(|label| &label.message);
            for line in labels.chain(&diagnostic.help).chain([&diagnostic.message]) {
                assert!(!line.ends_with('.') || line.ends_with(".."), "{name}: {line} ends with a full stop");
                assert!(
                    !line.starts_with(|first: char| first.is_ascii_uppercase()),
                    "{name}: {line} begins with a capital"
                );
            }
        }
    }
}

/// The text of a case after one fix.
fn mended(text: &str, fix: &Fix) -> String {
    let mut edits: Vec<_> = fix.edits.iter().collect();
    edits.sort_by_key(|(span, _)| std::cmp::Reverse((span.start, span.end)));
    let mut mended = text.to_owned();
    for (span, replacement) in edits {
        mended.replace_range(span.start as usize..span.end as usize, replacement);
    }
    mended
}

#[test]
fn every_fix_mends_its_problem() {
    let mut wrong = Vec::new();
    for (name, (sources, told)) in &*TOLD {
        let [(_, source)] = sources.iter().collect::<Vec<_>>()[..] else { continue };
        for diagnostic in told {
            let Some(fix) = &diagnostic.fix else { continue };
            let text = mended(source.text(), fix);
            let (_, again) = diagnose(&vec![(source.name().to_owned(), text.clone().into_bytes())]);
            // What a fix brings to light may be another problem of the same item; the mended one is gone.
            let same = |other: &&Diagnostic| other.code == diagnostic.code && other.message == diagnostic.message;
            if again.iter().filter(same).count() >= told.iter().filter(same).count() {
                wrong.push(format!("{name}: {}: {text}", diagnostic.message));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
