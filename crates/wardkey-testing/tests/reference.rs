//! The reference by itself: the property on unknowns holds for it, before it is the measure of anything else.
#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout)]

use wardkey_testing::coverage::Coverage;
use wardkey_testing::generate::{GeneratedContext, GeneratedPolicy};
use wardkey_testing::random::Random;
use wardkey_testing::read::read_context;
use wardkey_testing::reference::Reference;

#[test]
fn missing_information_never_opens_a_door_in_the_reference() {
    let mut coverage = Coverage::default();
    let mut compared = 0;
    for seed in 0..400 {
        let mut random = Random::new(seed);
        let generated = GeneratedPolicy::random(&mut random);
        let policy = generated.load().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let rules = policy.rule_set();
        coverage.count_policy(rules);
        for _ in 0..20 {
            let context = GeneratedContext::random(&mut random, &generated.world);
            // some contexts are made to be refused
            let Ok(facts) = read_context(rules, &context.json()) else { continue };
            coverage.count_context(rules, &facts);
            coverage.count_answers(rules, &facts);
            for _ in 0..5 {
                let completion = context.completion(&mut random, &generated.world).json();
                // what is filled in may break an assumption
                let Ok(filled) = read_context(rules, &completion) else { continue };
                compared += 1;
                for id in policy.entitlement_ids() {
                    let before = Reference::new(rules, &facts).decide(id.in_catalogue());
                    let after = Reference::new(rules, &filled).decide(id.in_catalogue());
                    assert!(
                        before.outcome <= after.outcome,
                        "seed {seed}: {} was {before:#?} and is {after:#?}\n{}\n{}\n{}\n{completion}",
                        policy.entitlement_name(id),
                        generated.world.catalogue().unwrap_or_default(),
                        generated.text(),
                        context.json(),
                    );
                }
            }
        }
    }
    assert!(compared > 20_000, "most contexts are read: {compared}");
    for (what, count) in coverage.iter() {
        println!("{count:8} {what}");
    }
}
