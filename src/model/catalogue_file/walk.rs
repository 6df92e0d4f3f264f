//! What every section needs: shapes of nodes, keys of maps, values by type, and a place for problems.

use super::{Tables, codes};
use crate::diagnostic::Diagnostic;
use crate::model::catalogue::{Catalogue, Type};
use crate::model::read::{Misread, Reader, did_you_mean, shown};
use crate::model::value::{SetValue, Value};
use crate::model::yaml::{Entry, Kind, MAX_PROBLEMS, Node, Text};
use crate::source::Span;
use std::collections::{BTreeSet, HashMap};

/// A type that is declared under a name, not being a hierarchy.
pub(super) enum Alias<'n> {
    Waiting(&'n Entry),
    /// Being read: met again, it contains itself.
    Reading(Span),
    Ready(Option<Type>),
}

/// The walk through the tree of the file.
pub(super) struct Walk<'n, 'w> {
    pub(super) tables: Tables<'w>,
    pub(super) catalogue: Catalogue,
    /// By folded name.
    pub(super) aliases: HashMap<String, Alias<'n>>,
    /// Names of the aliases, as declared.
    pub(super) alias_names: Vec<String>,
    /// Folded names of hierarchies that could not be read.
    pub(super) broken_types: BTreeSet<String>,
    pub(super) unreadable: BTreeSet<String>,
    diagnostics: &'w mut Vec<Diagnostic>,
    reported: usize,
}

/// The keys of one declaration, all of them known.
pub(super) struct Fields<'n> {
    entries: &'n [Entry],
    /// The whole map.
    pub(super) span: Span,
}

impl<'n> Fields<'n> {
    pub(super) fn get(&self, key: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    pub(super) fn value(&self, key: &str) -> Option<&'n Node> {
        self.get(key).map(|entry| &entry.value)
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &'n Entry> {
        self.entries.iter()
    }
}

impl<'n, 'w> Walk<'n, 'w> {
    pub(super) fn new(tables: Tables<'w>, diagnostics: &'w mut Vec<Diagnostic>, catalogue: Catalogue) -> Self {
        Self {
            tables,
            catalogue,
            aliases: HashMap::new(),
            alias_names: Vec::new(),
            broken_types: BTreeSet::new(),
            unreadable: BTreeSet::new(),
            diagnostics,
            reported: 0,
        }
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.reported += 1;
        if self.reported <= MAX_PROBLEMS {
            self.diagnostics.push(diagnostic);
        }
    }

    /// How many problems were found so far.
    pub(super) fn reported(&self) -> usize {
        self.reported
    }

    /// Whether so much is wrong already that no help is looked for.
    pub(super) fn is_overwhelmed(&self) -> bool {
        self.reported >= MAX_PROBLEMS
    }

    pub(super) fn diagnostics(&mut self) -> &mut Vec<Diagnostic> {
        self.diagnostics
    }

    /// The entries of a map; of nothing, none.
    pub(super) fn map(&mut self, node: &'n Node, what: &str, expected: &str) -> Option<&'n [Entry]> {
        match &node.kind {
            Kind::Map(entries) => Some(entries),
            Kind::Empty => Some(&[]),
            _ => {
                self.wrong_shape(node, what, expected);
                None
            }
        }
    }

    pub(super) fn list(&mut self, node: &'n Node, what: &str, expected: &str) -> Option<&'n [Node]> {
        match &node.kind {
            Kind::List(items) => Some(items),
            _ => {
                self.wrong_shape(node, what, expected);
                None
            }
        }
    }

    pub(super) fn word<'t>(&mut self, node: &'t Node, what: &str, expected: &str) -> Option<&'t Text> {
        match &node.kind {
            Kind::Text(text) => Some(text),
            _ => {
                self.wrong_shape(node, what, expected);
                None
            }
        }
    }

    /// Says that something else is expected, unless the node was reported already.
    pub(super) fn wrong_shape(&mut self, node: &Node, what: &str, expected: &str) {
        if matches!(node.kind, Kind::Broken) {
            return;
        }
        let message = match node.kind {
            Kind::Empty => format!("{what} is missing its value"),
            _ => format!("{what} cannot be {}", node.describe()),
        };
        let diagnostic = Diagnostic::error(codes::WRONG_SHAPE, node.span, message);
        self.report(diagnostic.help(format!("write {expected}")));
    }

    /// The keys of a declaration, each of them one of `known`.
    pub(super) fn fields(&mut self, node: &'n Node, what: &str, known: &[&str]) -> Option<Fields<'n>> {
        let entries = self.map(node, what, "a map of options: `{key: value}`")?;
        for entry in entries {
            if !known.contains(&entry.key.as_str()) {
                self.unknown_key(entry, &format!("an option of {what}"), known);
            }
        }
        Some(Fields { entries, span: node.span })
    }

    pub(super) fn unknown_key(&mut self, entry: &Entry, role: &str, known: &[&str]) {
        let message = format!("{} is not {role}", shown(&entry.key));
        let diagnostic = Diagnostic::error(codes::UNKNOWN_KEY, entry.key_span, message);
        let diagnostic = match near(&entry.key, known.iter().copied()) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")).replace(entry.key_span, near),
            None => diagnostic.help(format!("known are {}", all_of(known))),
        };
        self.report(diagnostic);
    }

    /// A value by its type: one text, or for a set a list of texts.
    pub(super) fn value(&mut self, node: &Node, ty: &Type, what: &str) -> Option<Value> {
        let Type::Set(element) = ty else {
            let text = self.word(node, what, &format!("one value: {}", example(ty)))?;
            return self.scalar(&text.text, node.span, ty, what);
        };
        let Kind::List(items) = &node.kind else {
            self.wrong_shape(node, what, "a list, such as `[a, b]`; an empty one is `[]`");
            return None;
        };
        let mut members: Vec<Value> = Vec::new();
        for item in items {
            let text = self.word(item, what, "a list of single values")?;
            let member = self.scalar(&text.text, item.span, element, what)?;
            if !members.contains(&member) {
                members.push(member);
            }
        }
        Some(Value::Set(SetValue { members, ..SetValue::default() }))
    }

    pub(super) fn scalar(&mut self, text: &str, span: Span, ty: &Type, what: &str) -> Option<Value> {
        let zone = self.catalogue.zones.first().map(|zone| &zone.zone);
        match (Reader { hierarchies: &self.catalogue.hierarchies, zone }).read(text, ty) {
            Ok(value) => Some(value),
            Err(misread) => {
                self.misread(&misread, span, what);
                None
            }
        }
    }

    pub(super) fn misread(&mut self, misread: &Misread, span: Span, what: &str) {
        let diagnostic = Diagnostic::error(codes::VALUE, span, misread.to_string()).at(format!("value of {what}"));
        self.report(match misread.help() {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        });
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&mut self, node: &Node, what: &str, choices: &[(&str, T)]) -> Option<T> {
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let text = self.word(node, what, &any_of(&words))?;
        let found = choices.iter().find(|(word, _)| *word == text.text).map(|(_, value)| *value);
        if found.is_none() {
            let message = format!("{} is not a value of {what}", shown(&text.text));
            let help = match near(&text.text, words.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("write {}", any_of(&words)),
            };
            self.report(Diagnostic::error(codes::VALUE, node.span, message).help(help));
        }
        found
    }

    pub(super) fn yes_or_no(&mut self, node: &Node, what: &str) -> Option<bool> {
        match self.value(node, &Type::Bool, what) {
            Some(Value::Bool(value)) => Some(value),
            _ => None,
        }
    }

    /// Reports a key that stands in a declaration it does not belong in.
    pub(super) fn misplaced(&mut self, entry: &Entry, reason: &str, help: &str) {
        let message = format!("{} {reason}", shown(&entry.key));
        self.report(Diagnostic::error(codes::OPTION, entry.key_span, message).help(help));
    }
}

/// The nearest candidate.
pub(super) fn near<'c>(wrong: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    did_you_mean(wrong, candidates)
}

/// `a`, `b` or `c`
pub(super) fn any_of(words: &[&str]) -> String {
    joined(words, "or")
}

/// `a`, `b` and `c`
pub(super) fn all_of(words: &[&str]) -> String {
    joined(words, "and")
}

fn joined(words: &[&str], by: &str) -> String {
    let quoted: Vec<String> = words.iter().map(|word| shown(word)).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} {by} {last}", before.join(", ")),
        None => String::new(),
    }
}

/// A value of the type as it could be typed.
pub(super) fn example(ty: &Type) -> String {
    let text = match ty {
        Type::Bool => "true",
        Type::Name(names) => match names.values.as_ref().and_then(|values| values.values().next()) {
            Some(name) => &name.spelled,
            None => "text",
        },
        Type::Number(kind) => return format!("`10{}`", kind.unit.as_deref().unwrap_or_default()),
        Type::Time => "07:00",
        Type::Date => "2026-01-31",
        Type::DateTime => "2026-01-31T07:00Z",
        Type::Weekday => "Mon",
        Type::Duration => "90d",
        Type::Node(_) => "a node of the hierarchy",
        Type::Set(_) => "[a, b]",
        Type::Address => "10.4.0.1",
        Type::Version => "17.2.0",
    };
    shown(text)
}
