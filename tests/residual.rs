//! Partial evaluation: what is left of a policy when only part of a context is known.
//!
//! The property looks at 12,000 random pairs of policy and context, six completions of each. More by the environment, as in
//! `tests/differential.rs`: `WARDKEY_PAIRS=1000000`, `WARDKEY_SEED=7`.
#![allow(clippy::disallowed_methods, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::unwrap_used)]

use std::sync::atomic::{AtomicU64, Ordering};
use wardkey_testing::hunt::Hunt;
use wardkey_testing::properties;

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |value| value.parse().expect("a whole number"))
}

#[test]
fn what_is_left_decides_as_the_whole_does() {
    let hunt = Hunt { seed: setting("WARDKEY_SEED", 0), pairs: setting("WARDKEY_PAIRS", 12_000), contexts: 10 };
    let completions = AtomicU64::new(0);
    let found = hunt.run(|mut trial| {
        let looked_at = properties::residual_is_exact(trial.generated, trial.policy, trial.context, &mut trial.random)?;
        completions.fetch_add(looked_at, Ordering::Relaxed);
        Ok(())
    });
    match found {
        Ok(pairs) => println!("residuals: {pairs} pairs, {completions:?} completions"),
        Err(failure) => panic!("residuals do not hold\n{failure}"),
    }
}
