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
    for seed in 0..400 {
        let mut random = Random::new(seed);
        let generated = GeneratedPolicy::random(&mut random);
        let policy = generated.load().unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let rules = policy.rule_set();
        coverage.count_policy(rules);
        for _ in 0..20 {
            let context = GeneratedContext::random(&mut random, &generated.world);
            let facts = read_context(rules, &context.json()).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            coverage.count_context(rules, &facts);
            coverage.count_answers(rules, &facts);
            for _ in 0..5 {
                let completion = context.completion(&mut random, &generated.world).json();
                let filled = read_context(rules, &completion).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
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
    for (what, count) in coverage.iter() {
        println!("{count:8} {what}");
    }
}
