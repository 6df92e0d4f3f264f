//! The engine against the reference, and what must hold of every policy, on random catalogues, policies and contexts.
//!
//! The ordinary run compares 120,000 pairs of policy and context. More by the environment: `WARDKEY_PAIRS=10000000` for
//! their number, `WARDKEY_SEED=7` for where to begin. A failure prints its seed and the smallest case that still fails.
#![allow(clippy::disallowed_methods, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::sync::Mutex;
use wardkey_testing::agree::{Agreement, agree};
use wardkey_testing::coverage::Coverage;
use wardkey_testing::generate::GeneratedContext;
use wardkey_testing::hunt::{Hunt, Trial};
use wardkey_testing::properties;

/// Pairs compared in the ordinary run.
const PAIRS: u64 = 120_000;

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |value| value.parse().expect("a whole number"))
}

/// Looks at one in `share` of the pairs.
fn hunt(name: &str, share: u64, property: impl Fn(Trial<'_>) -> Result<(), String> + Sync) {
    let pairs = setting("WARDKEY_PAIRS", PAIRS) / share;
    let hunt = Hunt { seed: setting("WARDKEY_SEED", 0), pairs, contexts: 40 };
    match hunt.run(property) {
        Ok(pairs) => println!("{name}: {pairs} pairs of policy and context"),
        Err(failure) => panic!("{name} does not hold\n{failure}"),
    }
}

#[test]
fn engine_and_reference_agree() {
    let total = Mutex::new(Coverage::default());
    hunt("agreement", 1, |mut trial| {
        let agreement = agree(trial.policy, &trial.context.json())?;
        properties::forms_are_read_alike(trial.policy, &trial.generated.world, trial.context, &mut trial.random)?;
        if trial.number < 4 {
            let mut coverage = Coverage::default();
            if trial.number == 0 {
                coverage.count_policy(trial.policy.rule_set());
            }
            match agreement {
                Agreement::Refused => coverage.count("context refused"),
                Agreement::Same(facts) => {
                    coverage.count_context(trial.policy.rule_set(), &facts);
                    coverage.count_answers(trial.policy.rule_set(), &facts);
                }
            }
            total.lock().expect("no panic").add(&coverage);
        }
        Ok(())
    });
    let total = total.into_inner().expect("no panic");
    if std::env::var_os("WARDKEY_COVERAGE").is_some() {
        total.iter().for_each(|(what, count)| println!("{count:10} {what}"));
    }
    let never = total.never();
    assert!(never.is_empty(), "the generators never make: {never:?}");
}

#[test]
fn missing_information_never_opens_a_door() {
    hunt("the property on unknowns", 2, |mut trial| {
        let completion = trial.context.completion(&mut trial.random, &trial.generated.world);
        properties::unknown_never_opens(trial.policy, &trial.context.json(), &completion.json())
    });
}

#[test]
fn order_never_matters() {
    hunt("order", 4, |mut trial| {
        if trial.number > 0 {
            return Ok(());
        }
        let shuffled = trial.generated.load_shuffled(&mut trial.random).map_err(|error| error.to_string())?;
        let contexts: Vec<_> = (0..10)
            .map(|_| GeneratedContext::random(&mut trial.random, &trial.generated.world).json())
            .chain([trial.context.json()])
            .collect();
        properties::mean_the_same(trial.policy, &shuffled, &contexts)
    });
}

#[test]
fn printed_rules_mean_the_same() {
    hunt("printing", 4, |mut trial| {
        if trial.number > 0 {
            return Ok(());
        }
        let printed = trial.generated.load_printed().map_err(|error| error.to_string())?;
        let contexts: Vec<_> = (0..3)
            .map(|_| GeneratedContext::random(&mut trial.random, &trial.generated.world).json())
            .chain([trial.context.json()])
            .collect();
        properties::mean_the_same(trial.policy, &printed, &contexts)
    });
}

#[test]
fn formatted_rules_mean_the_same() {
    hunt("formatting", 4, |mut trial| {
        if trial.number > 0 {
            return Ok(());
        }
        let contexts = [trial.context.json()];
        properties::format_keeps_meaning(trial.generated, trial.policy, &contexts, &mut trial.random)
    });
}

#[test]
fn abbreviations_are_only_that() {
    hunt("lets", 8, |trial| {
        if trial.number > 3 {
            return Ok(());
        }
        properties::lets_inline(trial.policy, &[trial.context.json()])
    });
}

#[test]
fn what_a_decision_depends_on_is_enough() {
    hunt("depends_on", 4, |mut trial| {
        let other = GeneratedContext::random(&mut trial.random, &trial.generated.world);
        properties::depends_on_is_enough(trial.policy, trial.context, &other)
    });
}

#[test]
fn decisions_hold_exactly_as_long_as_they_say() {
    hunt("valid_until", 40, |mut trial| {
        if trial.number > 0 {
            return Ok(());
        }
        properties::valid_until_is_exact(trial.policy, &trial.context.json(), &mut trial.random)
    });
}

#[test]
fn sessions_follow_every_change() {
    hunt("sessions", 4, |mut trial| {
        let mut steps = vec![trial.context.clone()];
        steps.extend((0..5).map(|_| GeneratedContext::random(&mut trial.random, &trial.generated.world)));
        let steps: Vec<_> = steps.into_iter().map(|context| context.entries.into_iter().collect()).collect();
        properties::session_follows(trial.policy, &steps, &mut trial.random)
    });
}
