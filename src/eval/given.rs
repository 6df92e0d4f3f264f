//! Reading what a host gave as the value of one attribute.

use super::input::Given;
use crate::model::read::{Misread, Reader, shown};
use crate::model::{Attribute, Catalogue, Inner, NodeIndex, SetValue, State, Type, Value};
use serde_json::{Map, Value as Json};

/// What is wrong with a value: a message that follows the attribute's name, and a help line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unreadable {
    pub message: String,
    pub help: Option<String>,
}

impl From<Misread> for Unreadable {
    fn from(misread: Misread) -> Self {
        Self { message: misread.to_string(), help: misread.help() }
    }
}

fn unreadable(message: impl Into<String>, help: &str) -> Unreadable {
    Unreadable { message: message.into(), help: Some(help.to_owned()) }
}

/// What was given of an attribute; none: nothing, as if it had not been named.
pub(super) fn read(catalogue: &Catalogue, attribute: &Attribute, given: &Given) -> Result<Option<State>, Unreadable> {
    let reading = Reading { catalogue, attribute };
    match given {
        Given::Omitted | Given::Value(Json::Null) => Ok(None),
        Given::Unknown => Ok(Some(State::Unknown)),
        Given::Absent => Ok(Some(State::Absent)),
        Given::NotFinite(number) => Err(unreadable(
            format!("`{number}` is not a number that a policy can compare"),
            "leave the attribute out if its value is not known",
        )),
        Given::Value(Json::Object(object)) => reading.stated(object).map(Some),
        Given::Value(json) => reading.value(json).map(|value| Some(State::Present(value))),
    }
}

struct Reading<'a> {
    catalogue: &'a Catalogue,
    attribute: &'a Attribute,
}

impl Reading<'_> {
    fn value(&self, json: &Json) -> Result<Value, Unreadable> {
        match (json, &self.attribute.ty) {
            (Json::Array(list), Type::Set(element)) => {
                let members = self.elements(list, element)?;
                Ok(Value::Set(SetValue { members, ..SetValue::default() }))
            }
            (Json::Array(list), _) => Err(Unreadable {
                message: "a list is given where one value is expected".to_owned(),
                help: match list.as_slice() {
                    [only] => scalar(only).map(|text| format!("write {}, without brackets", shown(&text))),
                    _ => Some("give one value".to_owned()),
                },
            }),
            (json, ty) => self.one(json, ty),
        }
    }

    fn one(&self, json: &Json, ty: &Type) -> Result<Value, Unreadable> {
        if is_rounded(json) {
            return Err(unreadable("a number of more than 15 digits may have been rounded", "give it as a text"));
        }
        let Some(text) = scalar(json) else {
            let found = match json {
                Json::Null => "an element is null",
                Json::Array(_) => "a list is given where one value is expected",
                _ => "an object is given where one value is expected",
            };
            return Err(unreadable(found, "give a text, a number, `true` or `false`"));
        };
        let zone = self.catalogue.zones.first().map(|zone| &zone.zone);
        let reader = Reader { hierarchies: &self.catalogue.hierarchies, zone };
        let value = reader.read(&text, ty)?;
        self.check_node(&value, ty)?;
        Ok(value)
    }

    /// Each element once.
    fn elements(&self, list: &[Json], ty: &Type) -> Result<Vec<Value>, Unreadable> {
        let mut seen = rustc_hash::FxHashSet::default();
        let mut elements = Vec::with_capacity(list.len());
        for json in list {
            let element = self.one(json, ty)?;
            if seen.insert(element.clone()) {
                elements.push(element);
            }
        }
        Ok(elements)
    }

    fn check_node(&self, value: &Value, ty: &Type) -> Result<(), Unreadable> {
        let (Value::Node(node), Type::Node(hierarchy)) = (value, ty) else { return Ok(()) };
        let hierarchy = self.catalogue.hierarchy(*hierarchy);
        if self.attribute.inner != Inner::Refused || hierarchy.is_leaf(*node) {
            return Ok(());
        }
        let name = |node: NodeIndex| format!("`{}`", hierarchy.node(node).name);
        let below: Vec<String> = hierarchy.children(*node).iter().take(3).map(|&child| name(child)).collect();
        Err(Unreadable {
            message: format!("{} is divided further", name(*node)),
            help: Some(format!("name what lies within, such as {}", below.join(", "))),
        })
    }

    /// `{"$": …}`
    fn stated(&self, object: &Map<String, Json>) -> Result<State, Unreadable> {
        match object.get("$").and_then(Json::as_str) {
            Some("unknown") if object.len() == 1 => Ok(State::Unknown),
            Some("absent") if object.len() == 1 => Ok(State::Absent),
            Some("set") => self.partial_set(object),
            _ => Err(unreadable(
                "the object with `$` is none of the known forms",
                r#"write {"$": "unknown"}, {"$": "absent"} or {"$": "set", "has": [..], "may_have": [..], "others": true}"#,
            )),
        }
    }

    fn partial_set(&self, object: &Map<String, Json>) -> Result<State, Unreadable> {
        let Type::Set(element) = &self.attribute.ty else {
            return Err(unreadable("a set is given where one value is expected", "give one value"));
        };
        let mut set = SetValue::default();
        for (key, json) in object {
            match (key.as_str(), json) {
                ("$", _) => {}
                ("has", Json::Array(list)) => set.members = self.elements(list, element)?,
                ("may_have", Json::Array(list)) => set.possible = self.elements(list, element)?,
                ("others", Json::Bool(others)) => set.open = *others,
                _ => {
                    let message = format!("{} has no place in a partly known set", shown(key));
                    return Err(unreadable(
                        message,
                        "a set has lists `has` and `may_have`, and `others`: true or false",
                    ));
                }
            }
        }
        set.possible.retain(|element| !set.members.contains(element));
        Ok(State::Present(Value::Set(set)))
    }
}

/// Whether a number came as a binary fraction past the point up to which those hold every whole number.
fn is_rounded(json: &Json) -> bool {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    json.as_number()
        .filter(|number| number.is_f64())
        .and_then(|number| number.as_f64())
        .is_some_and(|n| n.abs() >= EXACT)
}

/// A scalar as it is written; a number by its shortest decimal spelling.
fn scalar(json: &Json) -> Option<String> {
    match json {
        Json::Bool(value) => Some(value.to_string()),
        Json::Number(number) => Some(number.to_string()),
        Json::String(text) => Some(text.clone()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}
