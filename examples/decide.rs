//! Loads a policy folder, binds a struct of one's own, decides, and says why.
//!
//! `cargo run --example decide`
#![allow(clippy::print_stdout)]

use serde::Serialize;
use wardkey::Policy;

/// What this host knows of a person. A field that is `None` is left out.
#[derive(Serialize)]
struct Person {
    role: &'static str,
    department: &'static str,
    employment: &'static str,
    location: Option<&'static str>,
    network: &'static str,
    /// With its offset; the library reads no clock.
    now: &'static str,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // once, at the start: the policy never changes, and may be shared between threads
    let policy = Policy::load("policies/hospital")?;
    let itunes = policy.entitlement("iTunes")?;

    for location in [Some("room_401"), Some("cafeteria"), None] {
        let person = Person {
            role: "Sales",
            department: "Sales",
            employment: "active",
            location,
            network: "office",
            now: "2026-11-23T10:00:00-06:00",
        };
        // once for each person and moment
        let context = policy.context().values(&person).build()?;
        // as often as needed
        let decision = policy.decide(&context, itunes);
        println!("{}: iTunes is {}", location.unwrap_or("somewhere"), decision.outcome());
        for fired in decision.rules() {
            println!("  by {}", fired.rule.id);
        }
        for text in decision.because(Some("en")) {
            println!("  {text}");
        }
        for name in decision.missing() {
            println!("  could differ once `{name}` is known");
        }
    }
    Ok(())
}
