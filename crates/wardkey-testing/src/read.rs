//! From the JSON of a context to plain facts, by the catalogue: names flattened, values read by type, defaults applied.
//!
//! Strict, and with one message for the first thing wrong: what is refused here must be refused by the library, too.

use crate::facts::{Approval, Facts, Until};
use serde_json::Value as Json;
use wardkey::model::{
    Attribute, AttributeId, EntitlementId, Inner, Omitted, RuleSet, SetValue, State, Type, Value, name::fold,
    read::Reader,
};

/// Reads a context. Errors: a name that is not declared, a value that is none of its attribute, a refused inner node.
pub fn read_context(rules: &RuleSet, context: &Json) -> Result<Facts, String> {
    let mut said: Vec<(String, &Json)> = Vec::new();
    flatten("", context, &mut said);
    let mut facts = Facts::default();
    for (name, attribute) in rules.catalogue.attributes.values().enumerate() {
        let state = match &attribute.omitted {
            Omitted::Unknown => State::Unknown,
            Omitted::Absent => State::Absent,
            Omitted::Default(value) => State::Present(value.clone()),
        };
        facts.states.insert(AttributeId::new(name), state);
    }
    for (name, value) in said {
        let name = fold(name.strip_prefix("user.").unwrap_or(&name));
        if name == "approved" {
            facts.approvals = approvals(rules, value)?;
            continue;
        }
        match rules.catalogue.attributes.get_index_of(&name) {
            // left out, whatever it would have been
            _ if value.is_null() => {}
            Some(at) => {
                let state = state(rules, &rules.catalogue.attributes[at], value)?;
                facts.states.insert(AttributeId::new(at), state);
            }
            None if rules.catalogue.is_declared => return Err(format!("`{name}` is not declared")),
            None => {}
        }
    }
    Ok(facts)
}

/// Nested objects as dotted names; an object with the key `$` is a statement, not a name.
fn flatten<'j>(prefix: &str, json: &'j Json, out: &mut Vec<(String, &'j Json)>) {
    match json {
        Json::Object(entries) if !entries.contains_key("$") => {
            for (key, value) in entries {
                let name = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                flatten(&name, value, out);
            }
        }
        _ => out.push((prefix.to_owned(), json)),
    }
}

fn state(rules: &RuleSet, attribute: &Attribute, json: &Json) -> Result<State, String> {
    match json.get("$").and_then(Json::as_str) {
        Some("unknown") => return Ok(State::Unknown),
        Some("absent") => return Ok(State::Absent),
        _ => {}
    }
    let Type::Set(element) = &attribute.ty else {
        return Ok(State::Present(scalar(rules, attribute, &attribute.ty, json)?));
    };
    let list = |json: Option<&Json>| match json {
        None => Ok(Vec::new()),
        Some(Json::Array(all)) => all.iter().map(|one| scalar(rules, attribute, element, one)).collect(),
        Some(other) => Err(format!("`{other}` is no list")),
    };
    let mut set = match json.get("$") {
        Some(_) => SetValue {
            members: list(json.get("has"))?,
            possible: list(json.get("may_have"))?,
            open: json.get("others") == Some(&Json::Bool(true)),
        },
        None => SetValue { members: list(Some(json))?, ..SetValue::default() },
    };
    // what is in a set need not be said to be possible
    set.possible.retain(|one| !set.members.contains(one));
    Ok(State::Present(Value::Set(set)))
}

fn scalar(rules: &RuleSet, attribute: &Attribute, ty: &Type, json: &Json) -> Result<Value, String> {
    let text = match json {
        Json::String(text) => text.clone(),
        Json::Number(_) | Json::Bool(_) => json.to_string(),
        _ => return Err(format!("`{json}` is no value of `{}`", attribute.name)),
    };
    let value = reader(rules).read(&text, ty).map_err(|misread| format!("`{}`: {misread}", attribute.name))?;
    if let (Value::Node(node), Type::Node(hierarchy)) = (&value, ty)
        && attribute.inner == Inner::Refused
        && !rules.catalogue.hierarchy(*hierarchy).is_leaf(*node)
    {
        return Err(format!("`{}`: `{text}` is not a leaf", attribute.name));
    }
    Ok(value)
}

fn reader(rules: &RuleSet) -> Reader<'_> {
    let zone = rules.catalogue.zones.first().map(|zone| &zone.zone);
    Reader { hierarchies: &rules.catalogue.hierarchies, zone }
}

fn approvals(rules: &RuleSet, json: &Json) -> Result<Vec<Approval>, String> {
    let one = |json: &Json| {
        let name = json.get("entitlement").unwrap_or(json).as_str().ok_or("an approval names an entitlement")?;
        let until = match json.get("until").and_then(Json::as_str) {
            None => None,
            Some(text) => {
                Some(match (reader(rules).read(text, &Type::Date), reader(rules).read(text, &Type::DateTime)) {
                    (Ok(Value::Date(day)), _) => Until::Day(day),
                    (_, Ok(Value::DateTime(instant))) => Until::Instant(instant),
                    _ => return Err(format!("`{text}` is no end of an approval")),
                })
            }
        };
        Ok(Approval { entitlements: named(rules, name)?, until })
    };
    json.as_array().into_iter().flatten().map(one).collect()
}

/// An entitlement, or the members of a group.
fn named(rules: &RuleSet, name: &str) -> Result<Vec<EntitlementId>, String> {
    let folded = fold(name);
    if let Some(at) = rules.catalogue.entitlements.get_index_of(&folded) {
        return Ok(vec![EntitlementId::new(at)]);
    }
    let group = rules.catalogue.groups.get(&folded);
    group.map(|group| group.members.clone()).ok_or_else(|| format!("there is no entitlement `{name}`"))
}
