//! How long the analysis takes for what is hardest for it: `cargo run --release -p wardkey-testing --example worst`.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods)]

use std::time::Instant;
use wardkey::{Analysis, Finding, PolicyFiles};
use wardkey_testing::worst;

fn main() {
    for worst in worst::all() {
        let files = PolicyFiles::new().catalogue("catalogue.yaml", worst.catalogue.as_str());
        let policy = files.rules("rules.ward", worst.rules.as_str()).load().unwrap();
        let start = Instant::now();
        let found = Analysis::new(&policy).check();
        let took = start.elapsed();
        let never = found.iter().filter(|finding| finding.diagnostic.code.name == "never-matters").count();
        let undecided =
            found.iter().filter(|finding| finding.is_undecided()).map(|finding: &Finding| &finding.diagnostic.message);
        let undecided: Vec<&String> = undecided.collect();
        println!(
            "{}: {} rules, {:.3} s, {never} never matter, {undecided:?}",
            worst.name,
            policy.rule_set().rules.len(),
            took.as_secs_f64()
        );
    }
}
