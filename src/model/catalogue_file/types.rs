//! Types: a word names one, a list is closed values, a map has all options.

use super::names::Names;
use super::walk::{Alias, Fields, Walk, all_of};
use super::{codes, near_help};
use crate::diagnostic::Diagnostic;
use crate::model::catalogue::{NameType, NumberType, Type};
use crate::model::name::fold;
use crate::model::read::shown;
use crate::model::value::{Name, Value};
use crate::model::yaml::{Entry, Kind, Node};
use crate::model::{HierarchyId, Number};
use crate::source::Span;
use indexmap::IndexMap;

/// The words for built-in types.
pub(super) const BUILT_IN: &[&str] = &[
    "bool", "text", "id", "whole", "decimal", "time", "date", "datetime", "weekday", "duration", "address", "version",
];
/// The keys of a type written as a map.
const TYPE_KEYS: &[&str] = &["type", "one of", "set of", "since", "id", "unit", "range", "open", "case"];
/// The keys that say which type it is; exactly one stands in a map.
const HEADS: &[&str] = &["type", "one of", "set of", "since", "id"];
/// What people write for built-in types elsewhere.
const ELSEWHERE: &[(&str, &str)] = &[
    ("string", "text"),
    ("str", "text"),
    ("name", "text"),
    ("boolean", "bool"),
    ("flag", "bool"),
    ("int", "whole"),
    ("integer", "whole"),
    ("number", "whole` or `decimal"),
    ("float", "decimal"),
    ("double", "decimal"),
    ("timestamp", "datetime"),
    ("instant", "datetime"),
    ("date-time", "datetime"),
    ("ip", "address"),
    ("ip_address", "address"),
    ("semver", "version"),
    ("period", "duration"),
    ("interval", "duration"),
    ("list", "{set of: text}"),
    ("set", "{set of: text}"),
    ("enum", "[a, b, c]"),
    ("tree", "{tree: places.csv}"),
];

impl<'n> Walk<'n, '_> {
    /// The section `types`.
    pub(super) fn read_types(&mut self, section: Option<&'n Node>) {
        let Some(section) = section else { return };
        let Some(entries) = self.map(section, "`types`", "a map of names to types: `role: [Nurse, Physician]`") else {
            return;
        };
        let mut names = Names::new("type");
        let mut aliases = Vec::new();
        for entry in entries {
            if BUILT_IN.contains(&fold(&entry.key).as_str()) {
                let message = format!("{} is a built-in type", shown(&entry.key));
                self.report(Diagnostic::error(codes::BUILT_IN, entry.key_span, message).help("give it another name"));
                continue;
            }
            let Some(folded) = names.add(self, &entry.key, entry.key_span) else { continue };
            if is_hierarchy(&entry.value) {
                self.read_hierarchy(&folded, entry);
            } else {
                self.alias_names.push(entry.key.clone());
                self.aliases.insert(folded.clone(), Alias::Waiting(entry));
                aliases.push(folded);
            }
        }
        for folded in aliases {
            self.resolve_alias(&folded);
        }
    }

    /// The type behind an alias; none if it cannot be read.
    fn resolve_alias(&mut self, folded: &str) -> Option<Type> {
        match self.aliases.get(folded)? {
            Alias::Ready(ty) => return ty.clone(),
            &Alias::Reading(span) => {
                let message = format!("the type {} is declared by itself", shown(folded));
                self.report(
                    Diagnostic::error(codes::CYCLE, span, message).help("declare it by its values or a built-in type"),
                );
                return None;
            }
            Alias::Waiting(_) => {}
        }
        let entry = match self.aliases.insert(folded.to_owned(), Alias::Ready(None)) {
            Some(Alias::Waiting(entry)) => entry,
            _ => return None,
        };
        self.aliases.insert(folded.to_owned(), Alias::Reading(entry.key_span));
        let what = format!("the type {}", shown(&entry.key));
        let ty = self.read_type(&entry.value, &what, &[]).map(|(ty, _)| ty);
        self.aliases.insert(folded.to_owned(), Alias::Ready(ty.clone()));
        ty
    }

    /// A type, and the options of the declaration if it is a map. `more` are keys that mean something to the caller.
    pub(super) fn read_type(
        &mut self,
        node: &'n Node,
        what: &str,
        more: &[&str],
    ) -> Option<(Type, Option<Fields<'n>>)> {
        match &node.kind {
            Kind::Text(text) => Some((self.named_type(&text.text, node.span)?, None)),
            Kind::List(items) => Some((self.closed(node, items, false)?, None)),
            Kind::Map(_) => {
                let known: Vec<&str> = TYPE_KEYS.iter().chain(more).copied().collect();
                let fields = self.fields(node, what, &known)?;
                Some((self.typed_by_map(&fields, what)?, Some(fields)))
            }
            Kind::Empty => {
                let message = format!("{what} has no type");
                let help = "write a word such as `bool` or `date`, a list of values, or a map of options";
                self.report(Diagnostic::error(codes::INCOMPLETE, node.span, message).help(help));
                None
            }
            Kind::Broken => None,
        }
    }

    fn named_type(&mut self, word: &str, span: Span) -> Option<Type> {
        if let Some(ty) = built_in(word) {
            return Some(ty);
        }
        let folded = fold(word);
        if let Some(at) = self.catalogue.hierarchies.get_index_of(&folded) {
            return Some(Type::Node(HierarchyId::new(at)));
        }
        if self.aliases.contains_key(&folded) {
            return self.resolve_alias(&folded);
        }
        if self.broken_types.contains(&folded) {
            return None;
        }
        let message = format!("there is no type {}", shown(word));
        let elsewhere = ELSEWHERE.iter().find(|(other, _)| *other == folded).map(|(_, ours)| *ours);
        let declared = self.catalogue.hierarchies.values().map(|hierarchy| hierarchy.name.as_str());
        let candidates = BUILT_IN.iter().copied().chain(declared).chain(self.alias_names.iter().map(String::as_str));
        let help = elsewhere.map(|ours| format!("write `{ours}`")).or_else(|| near_help(word, candidates));
        let help = help.unwrap_or_else(|| format!("built in are {}; others go into `types:`", all_of(BUILT_IN)));
        self.report(Diagnostic::error(codes::UNKNOWN_TYPE, span, message).help(help));
        None
    }

    fn typed_by_map(&mut self, fields: &Fields<'n>, what: &str) -> Option<Type> {
        let mut heads = HEADS.iter().filter_map(|key| fields.get(key));
        let (head, second) = (heads.next(), heads.next());
        let Some(head) = head else {
            // a misspelt key was reported, and may be the one that is missing
            if fields.entries().all(|entry| near(&entry.key).is_none()) {
                self.no_type(fields, what);
            }
            return None;
        };
        if let Some(second) = second {
            let message = format!("{what} has both `{}` and `{}`", head.key, second.key);
            self.report(Diagnostic::error(codes::INCOMPLETE, second.key_span, message).help("keep one of the two"));
            return None;
        }
        let ty = match head.key.as_str() {
            "one of" => self.one_of(fields, head)?,
            "set of" => self.set_of(head, what)?,
            "since" => self.since(fields, head)?,
            "id" => self.id(head)?,
            _ => self.read_type(&head.value, what, &[])?.0,
        };
        self.with_options(fields, head, ty, what)
    }

    fn no_type(&mut self, fields: &Fields<'n>, what: &str) {
        let message = format!("{what} has options and no type");
        let help = "add `type: bool`, `one of: [a, b]` or another type";
        self.report(Diagnostic::error(codes::INCOMPLETE, fields.span, message).help(help));
    }

    fn one_of(&mut self, fields: &Fields<'n>, head: &'n Entry) -> Option<Type> {
        let items = self.list(&head.value, "`one of`", "a list of values: `one of: [a, b]`")?;
        let is_exact = fields.value("case").is_some_and(|node| node.text() == Some("exact"));
        self.closed(&head.value, items, is_exact)
    }

    fn closed(&mut self, node: &Node, items: &'n [Node], is_exact: bool) -> Option<Type> {
        if items.is_empty() {
            let diagnostic = Diagnostic::error(codes::EMPTY, node.span, "a vocabulary without values");
            self.report(diagnostic.help("list its values, or write `text` if any may come"));
            return None;
        }
        let mut names = if is_exact { Names::exact("value") } else { Names::new("value") };
        let mut values = IndexMap::new();
        for item in items {
            let Some(text) = self.word(item, "a value", "one text for each value") else { continue };
            if let Some(folded) = names.add(self, &text.text, item.span) {
                let name = if is_exact { Name::exact(&text.text) } else { Name::new(&text.text) };
                values.insert(folded, name);
            }
        }
        Some(Type::Name(NameType { values: Some(values), is_open: false, is_exact }))
    }

    fn set_of(&mut self, head: &'n Entry, what: &str) -> Option<Type> {
        let (element, _) = self.read_type(&head.value, what, &[])?;
        match element {
            Type::Name(_) | Type::Node(_) => Some(Type::Set(Box::new(element))),
            _ => {
                let help = "sets are of values, text, ids or nodes of a hierarchy";
                let message = "there are no sets of this type";
                self.report(Diagnostic::error(codes::OPTION, head.value.span, message).help(help));
                None
            }
        }
    }

    /// `{since: date, unit: days}`: a date that rules test by `within`. The unit is a word to the reader.
    fn since(&mut self, fields: &Fields<'n>, head: &'n Entry) -> Option<Type> {
        let is_date = self.choice(&head.value, "`since`", &[("date", true), ("datetime", false)])?;
        if let Some(unit) = fields.value("unit") {
            let units: &[(&str, ())] = match is_date {
                true => &[("days", ())],
                false => &[("days", ()), ("hours", ()), ("minutes", ()), ("seconds", ())],
            };
            self.choice(unit, "`unit` of `since`", units)?;
        }
        Some(if is_date { Type::Date } else { Type::DateTime })
    }

    fn id(&mut self, head: &'n Entry) -> Option<Type> {
        if self.yes_or_no(&head.value, "`id`")? {
            return built_in("id");
        }
        let message = "`id: false` declares nothing";
        self.report(Diagnostic::error(codes::OPTION, head.value.span, message).help("write `text`"));
        None
    }

    /// Applies `unit`, `range`, `open` and `case`.
    fn with_options(&mut self, fields: &Fields<'n>, head: &Entry, ty: Type, what: &str) -> Option<Type> {
        let is_fresh = match head.key.as_str() {
            "one of" => true,
            "type" => head.value.text().is_some_and(|word| built_in(word).is_some()) || head.value.text().is_none(),
            _ => false,
        };
        let mut ty = ty;
        for key in ["unit", "range", "open", "case"] {
            let Some(entry) = fields.get(key) else { continue };
            if head.key == "since" && key == "unit" {
                continue;
            }
            match (&mut ty, key) {
                (Type::Number(kind), "unit") if is_fresh => kind.unit = Some(self.unit(&entry.value)?),
                (Type::Number(_), "range") if is_fresh => {}
                (Type::Name(names), "open") if is_fresh && names.values.is_some() => {
                    names.is_open = self.yes_or_no(&entry.value, "`open`")?;
                }
                (Type::Name(names), "case") if is_fresh => {
                    names.is_exact = self.choice(&entry.value, "`case`", &[("exact", true), ("ignored", false)])?;
                }
                _ => self.misplaced(entry, &format!("does not go with the type of {what}"), option_help(key)),
            }
        }
        // the unit must be known before the range is read
        if let (Type::Number(kind), Some(entry)) = (&mut ty, fields.get("range"))
            && is_fresh
        {
            kind.range = Some(self.range(&entry.value, kind)?);
        }
        Some(ty)
    }

    fn unit(&mut self, node: &Node) -> Option<String> {
        let text = self.word(node, "`unit`", "a unit: `kg`, `%`")?;
        let unit = text.text.trim();
        let is_good = !unit.is_empty()
            && !unit.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+'))
            && !unit.contains(char::is_whitespace)
            && !matches!(unit, "e" | "E");
        if !is_good {
            let message = format!("{} cannot be a unit", shown(&text.text));
            let help = "a unit is written right behind a number: `kg`, `%`, `EUR`";
            self.report(Diagnostic::error(codes::VALUE, node.span, message).help(help));
            return None;
        }
        Some(unit.to_owned())
    }

    fn range(&mut self, node: &Node, kind: &NumberType) -> Option<(Number, Number)> {
        let text = self.word(node, "`range`", "both ends, such as `0..300`")?;
        let Some((low, high)) = text.text.split_once("..") else {
            let message = format!("{} is not a range", shown(&text.text));
            let diagnostic = Diagnostic::error(codes::VALUE, node.span, message);
            self.report(diagnostic.help("a range has two ends, both included: `0..300`"));
            return None;
        };
        let plain = Type::Number(NumberType { range: None, ..kind.clone() });
        let mut end = |text: &str| match self.scalar(text.trim(), node.span, &plain, "`range`") {
            Some(Value::Number(number)) => Some(number),
            _ => None,
        };
        let (low, high) = (end(low), end(high));
        let (low, high) = (low?, high?);
        if low > high {
            let message = format!("the range {} is empty", shown(&text.text));
            let diagnostic = Diagnostic::error(codes::EMPTY_RANGE, node.span, message);
            self.report(diagnostic.help(format!("write the smaller end first: `{high}..{low}`")));
            return None;
        }
        Some((low, high))
    }
}

fn near(key: &str) -> Option<&'static str> {
    super::walk::near(key, HEADS.iter().copied())
}

fn option_help(key: &str) -> &'static str {
    match key {
        "unit" => "`unit` goes with `type: whole` or `type: decimal`",
        "range" => "`range` goes with `type: whole` or `type: decimal`",
        "open" => "`open` goes with `one of`: other values than the listed ones may come, too",
        _ => "`case` goes with `one of` and `type: text`",
    }
}

/// Whether a declaration in `types` is a tree or DAG.
fn is_hierarchy(node: &Node) -> bool {
    let Kind::Map(entries) = &node.kind else { return false };
    entries.iter().any(|entry| matches!(entry.key.as_str(), "tree" | "dag"))
}

fn built_in(word: &str) -> Option<Type> {
    Some(match word {
        "bool" => Type::Bool,
        "text" => Type::Name(NameType::default()),
        "id" => Type::Name(NameType { is_exact: true, ..NameType::default() }),
        "whole" => Type::Number(NumberType { is_whole: true, ..NumberType::default() }),
        "decimal" => Type::Number(NumberType::default()),
        "time" => Type::Time,
        "date" => Type::Date,
        "datetime" => Type::DateTime,
        "weekday" => Type::Weekday,
        "duration" => Type::Duration,
        "address" => Type::Address,
        "version" => Type::Version,
        _ => return None,
    })
}
