//! Reading what a host gave as the value of one attribute.

use super::cells::Cell;
use super::input::Given;
use super::limits::ELEMENTS;
use super::vocabulary::Vocabulary;
use crate::model::name::fold;
use crate::model::read::{Misread, Reader, shown};
use crate::model::{Attribute, AttributeId, Catalogue, Inner, NodeIndex, SetValue, State, Type, Value};
use serde_json::{Map, Value as Json};
use std::collections::HashSet;

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

/// The name under which approved requests come.
pub(super) const APPROVED: &str = "approved";
/// What may stand before the name of a person's attribute.
const PERSON: &str = "user.";

/// The form in which names of attributes are compared: folded, without `user.` before it.
pub(crate) fn known_name(name: &str) -> String {
    let mut folded = fold(name);
    if folded.starts_with(PERSON) {
        folded.drain(..PERSON.len());
    }
    folded
}

/// What was given of an attribute; none: nothing, as if it had not been named.
pub(super) fn read(
    catalogue: &Catalogue,
    vocabulary: &Vocabulary,
    id: AttributeId,
    given: &Given,
) -> Result<Option<Cell>, Unreadable> {
    let reading = Reading { catalogue, attribute: catalogue.attribute(id) };
    match given {
        Given::Omitted | Given::Value(Json::Null) => Ok(None),
        Given::Unknown => Ok(Some(Cell::Known(Vocabulary::UNKNOWN))),
        Given::Absent => Ok(Some(Cell::Known(Vocabulary::ABSENT))),
        Given::NotFinite(number) => Err(unreadable(
            format!("`{number}` is not a number that a policy can compare"),
            "leave the attribute out if its value is not known",
        )),
        Given::Value(Json::Object(object)) => reading.stated(object).map(Some),
        Given::Value(json) => match known(vocabulary, id, json) {
            Some(code) => Ok(Some(Cell::Known(code))),
            None => reading.value(json).map(|value| Some(Cell::Own(State::Present(value)))),
        },
    }
}

/// The value that a text stands for, read by the attribute's type.
pub(super) fn read_text(catalogue: &Catalogue, attribute: &Attribute, text: &str) -> Result<Value, Unreadable> {
    Reading { catalogue, attribute }.text(text, &attribute.ty)
}

/// The number of a scalar that the vocabulary has.
fn known(vocabulary: &Vocabulary, id: AttributeId, json: &Json) -> Option<u32> {
    let lexicon = vocabulary.lexicon(id);
    match json {
        Json::String(text) => lexicon.text(text.as_bytes()),
        Json::Bool(flag) => lexicon.flag(*flag),
        Json::Number(number) => number.as_u64().and_then(|number| lexicon.number(number)),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
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
        self.text(&text, ty)
    }

    fn text(&self, text: &str, ty: &Type) -> Result<Value, Unreadable> {
        let zone = self.catalogue.zones.first().map(|zone| &zone.zone);
        let reader = Reader { hierarchies: &self.catalogue.hierarchies, zone };
        let value = reader.read(text, ty)?;
        self.check_node(&value, ty)?;
        Ok(value)
    }

    /// Each element once.
    fn elements(&self, list: &[Json], ty: &Type) -> Result<Vec<Value>, Unreadable> {
        if list.len() > ELEMENTS {
            return Err(unreadable(
                format!("there are more than {ELEMENTS} elements"),
                "give those that the rules ask about, as a set with `others`: true",
            ));
        }
        // elements come from strangers: an ordinary hash could be made slow
        let mut seen = HashSet::new();
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
    fn stated(&self, object: &Map<String, Json>) -> Result<Cell, Unreadable> {
        match object.get("$").and_then(Json::as_str) {
            Some("unknown") if object.len() == 1 => Ok(Cell::Known(Vocabulary::UNKNOWN)),
            Some("absent") if object.len() == 1 => Ok(Cell::Known(Vocabulary::ABSENT)),
            Some("set") => self.partial_set(object).map(Cell::Own),
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
        let members: HashSet<&Value> = set.members.iter().collect();
        set.possible.retain(|element| !members.contains(element));
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
