//! The values of a context in a test: flat, merged, and turned into JSON by the types that the policy declares.

use super::codes;
use crate::diagnostic::Diagnostic;
use crate::model::name::fold;
use crate::model::yaml::{Entry, Kind, Node, Text};
use crate::model::{Attribute, Catalogue, Type};
use crate::source::Span;
use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

/// Attributes by folded dotted name, in the order first given.
#[derive(Clone, Debug, Default)]
pub(super) struct Values(IndexMap<String, Given>);

/// One attribute of a context.
#[derive(Clone, Debug)]
pub(super) struct Given {
    /// As spelled, without a leading `user.`.
    pub name: String,
    /// Where its key stands.
    pub span: Span,
    /// Its value.
    pub value: Node,
}

impl Values {
    /// Flattens a table: `device: {managed: true}` is `device.managed: true`. Reports an attribute given twice.
    pub fn flatten(entries: &[Entry], diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut values = Self::default();
        for entry in entries {
            values.add("", entry, diagnostics);
        }
        values
    }

    fn add(&mut self, prefix: &str, entry: &Entry, diagnostics: &mut Vec<Diagnostic>) {
        let name = format!("{prefix}{}", entry.key);
        if let Kind::Map(inner) = &entry.value.kind
            && !is_statement(inner)
        {
            for entry in inner {
                self.add(&format!("{name}."), entry, diagnostics);
            }
            return;
        }
        let name = strip_user(&name).to_owned();
        let given = Given { name, span: entry.key_span, value: entry.value.clone() };
        let key = fold(&given.name);
        if let Some(first) = self.0.get(&key) {
            let message = format!("`{}` is given twice", given.name);
            let problem = Diagnostic::error(codes::ATTRIBUTE_TWICE, given.span, message);
            diagnostics.push(problem.label(first.span, "first here").help("keep one of them"));
            return;
        }
        self.0.insert(key, given);
    }

    /// Takes over what `other` gives; nothing given (`null`) takes an attribute away.
    pub fn override_with(&mut self, other: &Self) {
        for (key, given) in &other.0 {
            self.0.insert(key.clone(), given.clone());
        }
    }

    /// Adds one attribute unless it is there.
    pub fn default_to(&mut self, name: &str, given: &Given) {
        self.0.entry(fold(name)).or_insert_with(|| given.clone());
    }

    /// Sets one attribute; gives its earlier value.
    pub fn insert(&mut self, given: Given) -> Option<Given> {
        self.0.insert(fold(&given.name), given)
    }

    /// What was given for an attribute.
    pub fn get(&self, name: &str) -> Option<&Given> {
        self.0.get(&fold(strip_user(name)))
    }

    /// The context as JSON, keys flat. Spelling is kept where the declared type is a text of any kind, so that `1.10` stays a
    /// version and `no` stays a name.
    pub fn to_json(&self, catalogue: &Catalogue) -> Json {
        let given = self.0.iter().filter(|(_, given)| !is_null(&given.value));
        let attribute = |key: &str| catalogue.attributes.get(key);
        Json::Object(given.map(|(key, given)| (given.name.clone(), to_json(&given.value, attribute(key)))).collect())
    }
}

/// Whether nothing is given: an omitted value, or `null`.
pub(super) fn is_null(node: &Node) -> bool {
    match &node.kind {
        Kind::Empty => true,
        Kind::Text(Text { text, quoted: false }) => matches!(text.as_str(), "~" | "null"),
        _ => false,
    }
}

/// `{"$": …}` states a state or a partly known set; it is no nested attribute.
fn is_statement(entries: &[Entry]) -> bool {
    entries.iter().any(|entry| entry.key == "$")
}

fn strip_user(name: &str) -> &str {
    match name.split_once('.') {
        Some((first, rest)) if first.eq_ignore_ascii_case("user") => rest,
        _ => name,
    }
}

fn to_json(node: &Node, attribute: Option<&Attribute>) -> Json {
    match &node.kind {
        _ if is_null(node) => Json::Null,
        Kind::Empty | Kind::Broken => Json::Null,
        Kind::Text(text) => scalar(text, attribute.map(|attribute| &attribute.ty)),
        Kind::List(items) => Json::Array(items.iter().map(|item| to_json(item, attribute)).collect()),
        Kind::Map(entries) => {
            let pairs = entries.iter().map(|entry| (entry.key.clone(), statement_part(entry, attribute)));
            Json::Object(pairs.collect::<Map<_, _>>())
        }
    }
}

/// The parts of `{"$": "set", "has": [..], "others": true}` that are no values of the attribute.
fn statement_part(entry: &Entry, attribute: Option<&Attribute>) -> Json {
    match (entry.key.as_str(), &entry.value.kind) {
        ("others", Kind::Text(word)) if word.text == "true" => Json::Bool(true),
        ("others", Kind::Text(word)) if word.text == "false" => Json::Bool(false),
        _ => to_json(&entry.value, attribute),
    }
}

fn scalar(scalar: &Text, ty: Option<&Type>) -> Json {
    let text = scalar.text.as_str();
    let spelled = || Json::String(text.to_owned());
    if scalar.quoted {
        return spelled();
    }
    match (ty, text) {
        (Some(Type::Bool) | None, "true") => Json::Bool(true),
        (Some(Type::Bool) | None, "false") => Json::Bool(false),
        (Some(Type::Number(_)), _) => text.parse().map_or_else(|_| spelled(), Json::Number),
        _ => spelled(),
    }
}
