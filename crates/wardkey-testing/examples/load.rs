//! Loads what the generators make from many seeds.
#![allow(clippy::print_stdout)]
use std::collections::BTreeMap;
use wardkey_testing::generate::GeneratedPolicy;
use wardkey_testing::random::Random;

fn main() {
    let mut args = std::env::args().skip(1).map(|arg| arg.parse::<u64>().unwrap_or(0));
    let (from, count) = (args.next().unwrap_or(1), args.next().unwrap_or(200));
    let mut messages: BTreeMap<String, (u64, String)> = BTreeMap::new();
    let mut failed = 0;
    for seed in from..from + count {
        let policy = GeneratedPolicy::random(&mut Random::new(seed));
        if let Err(error) = policy.load() {
            failed += 1;
            for diagnostic in error.diagnostics().iter().filter(|d| d.is_error()) {
                let place = diagnostic.span().map(|span| error.sources().place(span).to_string());
                let text = diagnostic.span().map(|span| error.sources().slice(span).to_owned());
                let shown =
                    format!("seed {seed} {place:?}: {}\n  {text:?}\n  {:?}", diagnostic.message, diagnostic.help);
                let entry = messages.entry(diagnostic.code.to_string()).or_insert((0, shown));
                entry.0 += 1;
            }
        }
    }
    for (code, (times, shown)) in &messages {
        println!("== {code} {times} times\n{shown}");
    }
    println!("{failed} of {count} do not load");
}
