//! Policies that are small and hard: what is known to defeat one way or another of asking about all contexts.
//!
//! Each is about one entitlement. Wide ranges overlap so much that decision diagrams grow without bound; pairs do in a bad order;
//! parity and pigeons have no short proofs by resolution; random rules of three tests cover everything, but no few of them do.

use crate::random::Random;
use std::fmt::Write;

/// A policy that is hard to look through.
#[derive(Clone, Debug)]
pub struct Worst {
    /// What it is.
    pub name: String,
    /// Its `catalogue.yaml`.
    pub catalogue: String,
    /// Its rules.
    pub rules: String,
    /// Rules that never change an outcome while everything is known, by construction.
    pub superfluous: Vec<String>,
}

/// All of them.
pub fn all() -> Vec<Worst> {
    vec![
        wide_ranges(30, 5),
        wide_ranges(50, 5),
        wide_ranges(30, 10),
        wide_ranges(60, 10),
        pairs(18),
        parity(12),
        pigeons(10),
        pigeons(11),
        cover(400, 70),
    ]
}

fn catalogue(attributes: impl IntoIterator<Item = (String, &'static str)>) -> String {
    let mut text = "ward: 1\nentitlements: [X]\nattributes:\n".to_owned();
    for (name, ty) in attributes {
        let _ = writeln!(text, "  {name}: {ty}");
    }
    text
}

/// So many rules, each with wide ranges of some of ten numbers.
pub fn wide_ranges(rules: usize, tests: usize) -> Worst {
    let mut random = Random::new((rules * 100 + tests) as u64);
    let numbers: Vec<usize> = (0..10).collect();
    let mut text = String::new();
    for at in 0..rules {
        let ranges = random.choose(&numbers, tests, tests).into_iter().map(|number| {
            let low = random.below(300);
            format!("n{number} in {low}..{}", low + 400 + random.below(300))
        });
        let ranges: Vec<String> = ranges.collect();
        let effect = *random.pick(&["allow", "allow", "deny", "offer"]);
        let _ = writeln!(text, "r{at}: {} -> {effect} X", ranges.join(" and "));
    }
    let attributes = numbers.iter().map(|number| (format!("n{number}"), "{type: whole, range: 0..999}"));
    Worst {
        name: format!("wide ranges, {rules} rules of {tests} tests"),
        catalogue: catalogue(attributes),
        rules: text,
        superfluous: Vec::new(),
    }
}

/// `x and y`, so many times, all of the one before all of the other.
pub fn pairs(count: usize) -> Worst {
    let rules = (0..count).map(|at| format!("r{at}: x{at} and y{at} -> allow X\n")).collect();
    let names = (0..count).map(|at| format!("x{at}")).chain((0..count).map(|at| format!("y{at}")));
    let catalogue = catalogue(names.map(|name| (name, "bool")));
    Worst { name: format!("{count} pairs"), catalogue, rules, superfluous: Vec::new() }
}

/// Whether an odd number of attributes holds, counted from both ends: the two are one, which has no short proof.
pub fn parity(count: usize) -> Worst {
    let mut rules = String::new();
    let orders: [(&str, Vec<usize>); 2] = [("up", (0..count).collect()), ("down", (0..count).rev().collect())];
    for (name, order) in orders {
        let mut before = format!("x{}", order[0]);
        for (at, number) in order.iter().enumerate().skip(1) {
            let _ = writeln!(rules, "let {name}{at} = ({before} and not x{number}) or (not {before} and x{number})");
            before = format!("{name}{at}");
        }
        let _ = writeln!(rules, "{name}: {before} -> allow X");
    }
    let catalogue = catalogue((0..count).map(|at| (format!("x{at}"), "bool")));
    let superfluous = vec!["up".to_owned(), "down".to_owned()];
    Worst { name: format!("parity of {count}"), catalogue, rules, superfluous }
}

/// So many pigeons, one hole less: wherever everybody has a hole, two share one.
pub fn pigeons(count: usize) -> Worst {
    let holes: Vec<String> = (1..count).map(|hole| format!("h{hole}")).collect();
    let mut rules = String::new();
    for hole in &holes {
        for one in 0..count {
            for other in 0..one {
                let _ = writeln!(rules, "{hole}_{other}_{one}: p{other} = {hole} and p{one} = {hole} -> deny X");
            }
        }
    }
    let everybody: Vec<String> = (0..count).map(|at| format!("p{at} in [{}]", holes.join(", "))).collect();
    let _ = writeln!(rules, "everybody: {} -> allow X", everybody.join(" and "));
    let mut catalogue = format!("ward: 1\nentitlements: [X]\ntypes: {{hole: [{}]}}\nattributes:\n", holes.join(", "));
    for at in 0..count {
        let _ = writeln!(catalogue, "  p{at}: hole");
    }
    Worst { name: format!("{count} pigeons"), catalogue, rules, superfluous: vec!["everybody".to_owned()] }
}

/// So many rules of three tests each over so many truth values: together they hold everywhere.
pub fn cover(rules: usize, attributes: usize) -> Worst {
    let mut random = Random::new(400);
    let names: Vec<usize> = (0..attributes).collect();
    let mut text = String::new();
    for at in 0..rules {
        let tests: Vec<String> = random
            .choose(&names, 3, 3)
            .into_iter()
            .map(|name| if random.chance(50) { format!("x{name}") } else { format!("not x{name}") })
            .collect();
        let _ = writeln!(text, "r{at}: {} -> allow X", tests.join(" and "));
    }
    text.push_str("rest: always -> allow X\n");
    Worst {
        name: format!("cover by {rules} rules of three tests"),
        catalogue: catalogue(names.iter().map(|name| (format!("x{name}"), "bool"))),
        rules: text,
        superfluous: vec!["rest".to_owned()],
    }
}
