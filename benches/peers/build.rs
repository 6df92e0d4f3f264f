//! Writes the workload of the smaller sizes as Rust: a chain of `if`s an entitlement, the rules that deny first.

#[path = "src/seed.rs"]
mod seed;

use std::fmt::Write;
use std::path::Path;
use wardkey_testing::workload::{Attribute, Predicate, Rule, Test, Vocabulary, Workload};

/// Rules of the workloads that are compiled in. The last of them takes the compiler half a minute.
const SIZES: [usize; 4] = [10, 100, 1_000, 10_000];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let text: String = SIZES.into_iter().map(module).collect();
    let folder = std::env::var("OUT_DIR").expect("cargo says where to write");
    std::fs::write(Path::new(&folder).join("generated.rs"), text).expect("it can be written there");
}

fn module(size: usize) -> String {
    let workload = Workload::generate(size, seed::SEED);
    let entitlements = workload.entitlements.len();
    let mut text = format!("/// {size} rules.\npub mod rules_{size} {{\nuse super::{{Answer, Person}};\n");
    for entitlement in 0..entitlements {
        function(&mut text, &workload, entitlement);
    }
    let names: Vec<_> = (0..entitlements).map(|at| format!("app_{at}")).collect();
    let _ = writeln!(text, "/// By entitlement.");
    let _ = writeln!(text, "pub const DECIDE: [fn(&Person) -> Answer; {entitlements}] = [{}];", names.join(", "));
    text.push_str("/// All of them, one after the other.\n");
    text.push_str("pub fn all(person: &Person, mut each: impl FnMut(usize, Answer)) {\n");
    for (at, name) in names.iter().enumerate() {
        let _ = writeln!(text, "each({at}, {name}(person));");
    }
    text.push_str("}\n}\n");
    text
}

fn function(text: &mut String, workload: &Workload, entitlement: usize) {
    let _ = writeln!(text, "fn app_{entitlement}(person: &Person) -> Answer {{");
    for (is_deny, answer) in [(true, "Denied"), (false, "Given")] {
        let rules = workload.rules.iter().filter(|rule| rule.entitlement == entitlement && rule.is_deny == is_deny);
        for rule in rules {
            let condition = condition(&workload.vocabulary, rule);
            let _ = writeln!(text, "if {condition} {{ return Answer::{answer}; }}");
        }
    }
    text.push_str("let _ = person;\nAnswer::Nothing\n}\n");
}

fn condition(vocabulary: &Vocabulary, rule: &Rule) -> String {
    let part = |part: &Vec<Predicate>| {
        let tests: Vec<_> = part.iter().map(|predicate| test(vocabulary, predicate)).collect();
        if tests.len() == 1 { tests.concat() } else { format!("({})", tests.join(" || ")) }
    };
    rule.parts.iter().map(part).collect::<Vec<_>>().join(" && ")
}

fn test(vocabulary: &Vocabulary, predicate: &Predicate) -> String {
    let value = format!("person.values[{}]", predicate.attribute.index());
    let (equal, not) = if predicate.is_negated { ("!=", "!") } else { ("==", "") };
    match &predicate.test {
        Test::Is(area) if predicate.attribute == Attribute::Location => {
            let above = std::iter::successors(vocabulary.parents[*area], |place| vocabulary.parents[*place]);
            format!("person.places[{}] {equal} {area}", above.count())
        }
        Test::Is(code) => format!("{value} {equal} {code}"),
        Test::In(codes) => {
            let codes: Vec<_> = codes.iter().map(usize::to_string).collect();
            format!("{not}matches!({value}, {})", codes.join(" | "))
        }
        Test::Range(low, high) => format!("{not}matches!({value}, {low}..={high})"),
    }
}
