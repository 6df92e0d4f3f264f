//! A workload in the language: rules, catalogue, table of places.

use super::{Attribute, Predicate, Rule, Test, Vocabulary};
use std::fmt::Write;

/// One rule a line.
pub(super) fn rules(vocabulary: &Vocabulary, entitlements: &[String], rules: &[Rule]) -> String {
    let mut text = String::with_capacity(rules.len() * 96);
    for rule in rules {
        for (at, part) in rule.parts.iter().enumerate() {
            text.push_str(if at == 0 { "" } else { " and " });
            any_of(&mut text, vocabulary, part);
        }
        text.push_str(if rule.is_deny { " -> deny " } else { " -> allow " });
        text.push_str(&entitlements[rule.entitlement]);
        text.push('\n');
    }
    text
}

fn any_of(text: &mut String, vocabulary: &Vocabulary, part: &[Predicate]) {
    let is_group = part.len() > 1;
    text.push_str(if is_group { "(" } else { "" });
    for (at, one) in part.iter().enumerate() {
        text.push_str(if at == 0 { "" } else { " or " });
        predicate(text, vocabulary, one);
    }
    text.push_str(if is_group { ")" } else { "" });
}

fn predicate(text: &mut String, vocabulary: &Vocabulary, predicate: &Predicate) {
    let Predicate { attribute, test, is_negated } = predicate;
    text.push_str(attribute.name());
    let is_in = !matches!(test, Test::Is(_)) || *attribute == Attribute::Location;
    text.push_str(match (is_in, is_negated) {
        (true, false) => " in ",
        (true, true) => " not in ",
        (false, false) => " = ",
        (false, true) => " != ",
    });
    let name = |value: usize| vocabulary.value(*attribute, value);
    match test {
        Test::Is(value) => text.push_str(name(*value)),
        Test::Range(low, high) => {
            text.push_str(name(*low));
            text.push_str("..");
            text.push_str(name(*high));
        }
        Test::In(values) => {
            let names: Vec<_> = values.iter().map(|value| name(*value)).collect();
            text.push('[');
            text.push_str(&names.join(", "));
            text.push(']');
        }
    }
}

/// What the words of the rules mean. A context may name a ward or a floor: that and no room of it.
pub(super) fn catalogue(vocabulary: &Vocabulary, entitlements: &[String]) -> String {
    let mut text = "ward: 1\ntypes:\n  location: {tree: locations.csv, inner: itself}\nattributes:\n".to_owned();
    for attribute in Attribute::ALL {
        let values = &vocabulary.values[attribute.index()];
        let declared = match attribute {
            Attribute::Location => "location".to_owned(),
            Attribute::DeviceManaged => "bool".to_owned(),
            Attribute::Hour | Attribute::Clearance => format!("{{type: whole, range: 0..{}}}", values.len() - 1),
            _ => format!("[{}]", values.join(", ")),
        };
        let _ = writeln!(text, "  {}: {declared}", attribute.name());
    }
    text.push_str("entitlements:\n");
    for entitlement in entitlements {
        let _ = writeln!(text, "  {entitlement}: {{}}");
    }
    text
}

/// Every place, and what it is part of.
pub(super) fn places(vocabulary: &Vocabulary) -> String {
    let names = &vocabulary.values[Attribute::Location.index()];
    let mut text = "node,parent\n".to_owned();
    for (name, parent) in names.iter().zip(&vocabulary.parents) {
        let _ = writeln!(text, "{name},{}", parent.map_or("", |parent| &names[parent]));
    }
    text
}
