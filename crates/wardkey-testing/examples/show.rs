//! Prints what the generators make from a seed.
#![allow(clippy::print_stdout)]
use wardkey_testing::generate::{GeneratedContext, GeneratedPolicy};
use wardkey_testing::random::Random;

fn main() {
    let seed = std::env::args().nth(1).and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut random = Random::new(seed);
    let policy = GeneratedPolicy::random(&mut random);
    println!("{}", policy.world.catalogue().unwrap_or_default());
    for (name, text) in policy.world.tables() {
        println!("--- {name}\n{text}");
    }
    println!("---\n{}", policy.text());
    for _ in 0..2 {
        let context = GeneratedContext::random(&mut random, &policy.world);
        println!("{}", context.json());
        println!("{}", context.json_in_another_form(&mut random, &policy.world));
        println!("{}", context.completion(&mut random, &policy.world).json());
    }
}
