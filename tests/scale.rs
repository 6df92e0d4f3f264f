//! Large policies: what grows with their size must not grow with its square.
//!
//! What is counted is asserted. Times are not, save by sizes at which quadratic work would be seen by whoever waits.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::fmt::Write;
use wardkey::diagnostic::Diagnostic;
use wardkey::{Policy, PolicyFiles};

fn with_code<'d>(diagnostics: &'d [Diagnostic], code: &str) -> Vec<&'d Diagnostic> {
    diagnostics.iter().filter(|diagnostic| diagnostic.code.id == code).collect()
}

#[test]
fn a_note_about_an_override_names_a_few_of_many_denies() {
    let mut rules = "break_glass: emergency -> override allow EHR\n".to_owned();
    for number in 0..30 {
        writeln!(rules, "deny_{number:02}: dept = d{number} -> deny EHR").unwrap();
    }
    let policy = Policy::parse(&rules).unwrap();
    let notes = with_code(policy.diagnostics(), "WK407");
    let [note] = notes.as_slice() else { panic!("{notes:?}") };
    assert!(note.message.contains("`deny_19` and others"), "{}", note.message);
    assert!(!note.message.contains("deny_20"), "{}", note.message);
}

#[test]
fn a_note_about_an_override_names_all_of_twenty_denies() {
    let mut rules = "break_glass: emergency -> override allow EHR\n".to_owned();
    for number in 0..20 {
        writeln!(rules, "deny_{number:02}: dept = d{number} -> deny EHR").unwrap();
    }
    let policy = Policy::parse(&rules).unwrap();
    let notes = with_code(policy.diagnostics(), "WK407");
    assert!(notes[0].message.ends_with("`deny_19`"), "{}", notes[0].message);
}

