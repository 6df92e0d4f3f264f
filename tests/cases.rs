//! The cases in `tests/cases`, through the reference and the engine.
#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::fs;

#[test]
fn every_case_holds_in_reference_and_engine() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");
    let mut held = 0;
    let mut failures = Vec::new();
    for entry in fs::read_dir(folder).expect("the cases") {
        let path = entry.expect("a file").path();
        let text = fs::read_to_string(&path).expect("a readable file");
        match wardkey_testing::cases::run(&text) {
            Ok(count) => held += count,
            Err(what) => failures.push(format!("{}\n{what}", path.display())),
        }
    }
    println!("{held} expectations hold");
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    assert!(held > 100, "only {held} expectations: were the cases found?");
}
