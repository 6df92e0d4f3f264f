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

#[test]
fn one_let_that_is_too_large_is_one_error() {
    let mut rules = "let l0 = a = b\n".to_owned();
    for number in 1..200 {
        let before = number - 1;
        writeln!(rules, "let l{number} = (l{before} or x = y) and (not l{before} or z = q)").unwrap();
    }
    rules.push_str("l199 -> allow EHR\n");
    let error = Policy::parse(&rules).unwrap_err();
    assert_eq!(with_code(error.diagnostics(), "WK118").len(), 1);
}

#[test]
fn a_long_chain_of_lets_is_read() {
    const LETS: usize = 20_000;
    let mut rules = "let l0 = a = b\n".to_owned();
    for number in 1..LETS {
        writeln!(rules, "let l{number} = l{} and x{number}", number - 1).unwrap();
    }
    writeln!(rules, "l{} -> allow EHR", LETS - 1).unwrap();
    let policy = Policy::parse(&rules).unwrap();
    assert_eq!(policy.rule_set().lets.len(), LETS);
}

#[test]
fn a_rule_through_lets_may_not_leave_its_resource() {
    let catalogue = "ward: 1\nattributes:\n  role: text\nentitlements:\n  EHR: {}\nresources:\n  record:\n    actions: [read]\n    attributes: {ward: text, team: text}\n";
    let rules = "let a = record.ward = x\nlet b = a or role = y\nb -> allow EHR\n";
    let error = PolicyFiles::new().rules("p.ward", rules).catalogue("catalogue.yaml", catalogue).load().unwrap_err();
    assert!(error.to_string().contains("`record.ward`"), "{error}");
}

#[test]
fn many_copies_of_one_rule_are_one_rule() {
    const COPIES: usize = 20_000;
    let policy = Policy::parse(&"role = Nurse -> allow EHR\n".repeat(COPIES)).unwrap();
    let [rule] = policy.rule_set().rules.as_slice() else { panic!("one rule") };
    assert_eq!(rule.spans.len(), COPIES);
    assert!(rule.spans.is_sorted());
}
