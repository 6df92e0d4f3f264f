//! What a name in a condition stands for: a tag, a built-in, an attribute or a `let` on the left; a value or an attribute
//! on the right.

use super::Resolver;
use crate::diagnostic::Diagnostic;
use crate::model::catalogue::{Catalogue, Type};
use crate::model::name::{fold, folded};
use crate::model::read::did_you_mean;
use crate::model::{AttributeId, Input, NOW, NameType, TagId, ZoneId, codes};
use crate::source::Span;
use crate::syntax::ast;
use std::borrow::Cow;

/// Names that every policy has.
pub(super) const BUILT_IN: [&str; 5] = ["now", "time", "date", "weekday", "approved"];

pub(super) fn is_built_in(folded: &str) -> bool {
    BUILT_IN.contains(&folded)
}

/// The left side of a test.
#[derive(Clone, Debug)]
pub(super) struct Subject<'a> {
    /// What is read. In `where`, tags are numbered after the attributes.
    pub input: Input,
    pub ty: &'a Type,
    /// As written.
    pub name: Cow<'a, str>,
    pub span: Span,
}

impl Subject<'_> {
    /// The attribute read, `now` for the clock.
    pub fn attribute(&self) -> AttributeId {
        match self.input {
            Input::Attribute(attribute) => attribute,
            Input::Time(_) | Input::Date(_) | Input::Weekday(_) => NOW,
        }
    }

    /// Whether it is derived from `now`.
    pub fn is_clock(&self) -> bool {
        !matches!(self.input, Input::Attribute(_))
    }
}

/// What a right-hand word is.
#[derive(Clone, Debug)]
pub(super) enum Right<'a> {
    Attribute(Subject<'a>),
    Value(Word<'a>),
}

/// A value not yet read.
#[derive(Clone, Debug)]
pub(super) struct Word<'a> {
    pub text: &'a str,
    pub exact: bool,
    pub span: Span,
}

/// The folded name of a path, a leading `user.` dropped.
pub(super) fn attribute_name(path: &ast::Path) -> Cow<'_, str> {
    match path.segments.as_slice() {
        [only] => folded(&only.text),
        [first, rest @ ..] if !first.quoted && folded(&first.text) == "user" => {
            let rest: Vec<&str> = rest.iter().map(|segment| segment.text.as_str()).collect();
            Cow::Owned(fold(&rest.join(".")))
        }
        _ => Cow::Owned(fold(&path.joined())),
    }
}

impl<'c> Resolver<'c> {
    /// What a folded name stands for on the left, without a word of error.
    pub(super) fn find_subject<'a>(&self, folded: &str, written: &'a ast::Path) -> Option<Subject<'a>>
    where
        'c: 'a,
    {
        let catalogue: &'c Catalogue = self.catalogue;
        let subject = |input, ty| Subject { input, ty, name: written.joined(), span: written.span };
        if self.in_where {
            let (index, _, tag) = catalogue.tags.get_full(folded)?;
            let id = AttributeId::new(catalogue.attributes.len() + index);
            return Some(subject(Input::Attribute(id), &tag.ty));
        }
        let policy_zone = ZoneId::new(0);
        match folded {
            "time" => return Some(subject(Input::Time(policy_zone), &Type::Time)),
            "date" => return Some(subject(Input::Date(policy_zone), &Type::Date)),
            "weekday" => return Some(subject(Input::Weekday(policy_zone), &Type::Weekday)),
            _ => {}
        }
        let (index, _, attribute) = catalogue.attributes.get_full(folded)?;
        Some(subject(Input::Attribute(AttributeId::new(index)), &attribute.ty))
    }

    /// The left side of a test, or a report of why there is none.
    pub(super) fn subject<'a>(&mut self, path: &'a ast::Path) -> Option<Subject<'a>>
    where
        'c: 'a,
    {
        let folded = attribute_name(path);
        if let Some(found) = self.find_subject(&folded, path) {
            return Some(found);
        }
        let diagnostic = self.unknown_subject(&folded, path);
        self.report(diagnostic);
        None
    }

    fn unknown_subject(&self, folded: &str, path: &ast::Path) -> Diagnostic {
        let name = path.joined();
        if self.in_where {
            let error = Diagnostic::error(codes::WHERE_NEEDS_TAG, path.span, format!("`{name}` is not a tag"))
                .at("`where` reads tags of the catalogue only");
            if self.catalogue.attributes.contains_key(folded) {
                return error.help("test it in the condition, left of `->`");
            }
            return with_suggestion(error, &name, path.span, self.catalogue.tags.values().map(|tag| tag.name.as_str()));
        }
        if folded == "approved" {
            return Diagnostic::error(codes::BUILT_IN, path.span, "`approved` cannot be tested")
                .help("an `offer` becomes allowed by itself once its request is approved");
        }
        if self.lets.contains_key(folded) {
            return Diagnostic::error(
                codes::WRONG_OPERATOR,
                path.span,
                format!("`{name}` is a `let`, which is true or false by itself"),
            )
            .help(format!("write `{name}` alone, or `not {name}`"));
        }
        if self.catalogue.tags.contains_key(folded) {
            return Diagnostic::error(codes::UNKNOWN_NAME, path.span, format!("`{name}` is a tag, not an attribute"))
                .help(format!("tags select targets: `-> deny all where {name}`"));
        }
        if let Some((owner, column)) = self.column(path) {
            return Diagnostic::error(codes::UNKNOWN_NAME, path.span, format!("`{name}` cannot be tested"))
                .at(format!("`{column}` is a column of the places that `{owner}` takes"))
                .help(format!("it can be passed on: `with {column} from {name}`"));
        }
        let attributes = self.catalogue.attributes.values().map(|attribute| attribute.name.as_str());
        let lets = self.lets.values().map(|item| item.name.text.as_str());
        let candidates = attributes.chain(lets).chain(["time", "date", "weekday"]);
        let error = Diagnostic::error(codes::UNKNOWN_NAME, path.span, format!("there is no attribute `{name}`"));
        let suggestion = with_suggestion(error, &name, path.span, candidates);
        if suggestion.help.is_empty() {
            return suggestion.help(format!("declare it in the catalogue under `attributes:`, such as `{name}: text`"));
        }
        suggestion
    }

    /// `location.printer`: an attribute that holds a node, and one of its hierarchy's columns.
    pub(super) fn column(&self, path: &ast::Path) -> Option<(String, String)> {
        let folded = attribute_name(path);
        let (owner, column) = folded.rsplit_once('.')?;
        let attribute = self.catalogue.attributes.get(owner)?;
        let Type::Node(hierarchy) = attribute.ty else { return None };
        let columns = &self.catalogue.hierarchy(hierarchy).columns;
        let column = columns.iter().find(|name| fold(name) == column)?;
        Some((attribute.name.clone(), column.clone()))
    }

    /// A right-hand word: with several segments an attribute, else a value. `None`: an error was reported.
    pub(super) fn right<'a>(&mut self, operand: &'a ast::Operand, left: &Subject) -> Option<Right<'a>>
    where
        'c: 'a,
    {
        match operand {
            ast::Operand::Literal(literal) => {
                Some(Right::Value(Word { text: &literal.text, exact: false, span: literal.span }))
            }
            ast::Operand::Exactly(name) => Some(Right::Value(Word { text: &name.text, exact: true, span: name.span })),
            ast::Operand::Path(path) => self.right_path(path, left),
        }
    }

    fn right_path<'a>(&mut self, path: &'a ast::Path, left: &Subject) -> Option<Right<'a>>
    where
        'c: 'a,
    {
        if let [only] = path.segments.as_slice() {
            if !only.quoted {
                self.refuse_ambiguous(only, left)?;
            }
            return Some(Right::Value(Word { text: &only.text, exact: false, span: path.span }));
        }
        let folded = attribute_name(path);
        // right of an operator stands a context attribute, in `where` too
        let in_where = std::mem::replace(&mut self.in_where, false);
        let found = self.find_subject(&folded, path);
        let refusal = if found.is_none() { Some(self.unknown_right(&folded, path, left)) } else { None };
        self.in_where = in_where;
        if let Some(diagnostic) = refusal {
            self.report(diagnostic);
        }
        found.map(Right::Attribute)
    }

    fn unknown_right(&self, folded: &str, path: &ast::Path, left: &Subject) -> Diagnostic {
        let joined = path.joined();
        if self.is_declared_value(left.ty, &joined) {
            return Diagnostic::error(
                codes::VALUE_OR_ATTRIBUTE,
                path.span,
                format!("`{joined}` reads as an attribute"),
            )
            .help(format!("a value with a dot stands in quotes: `\"{joined}\"`"))
            .replace(path.span, format!("\"{joined}\""));
        }
        let error = self.unknown_subject(folded, path);
        error.help(format!("if it is meant as a value, write it in quotes: `\"{joined}\"`"))
    }

    /// Whether a text is a declared value of the type.
    pub(super) fn is_declared_value(&self, ty: &Type, text: &str) -> bool {
        let folded = folded(text);
        match ty {
            Type::Name(NameType { values: Some(values), is_exact, .. }) => {
                values.contains_key(if *is_exact { text } else { &*folded })
            }
            Type::Node(hierarchy) => {
                let hierarchy = self.catalogue.hierarchy(*hierarchy);
                hierarchy.nodes.contains_key(&*folded) || hierarchy.zones.contains_key(&*folded)
            }
            Type::Set(element) => self.is_declared_value(element, text),
            Type::Date => self.catalogue.calendars.contains_key(&*folded),
            _ => false,
        }
    }

    /// A bare word that names an attribute, too, is refused, unless it is a declared value of the left side.
    fn refuse_ambiguous(&mut self, word: &ast::Name, left: &Subject) -> Option<()> {
        let folded = folded(&word.text);
        let is_attribute = self.catalogue.attributes.contains_key(&*folded) && !is_built_in(&folded);
        if !is_attribute || self.is_declared_value(left.ty, &word.text) {
            return Some(());
        }
        let message = if has_closed_values(left.ty) {
            format!("`{}` is an attribute; a bare word right of an operator is a value", word.text)
        } else {
            format!("`{}` could be a value or the attribute of that name", word.text)
        };
        self.report(
            Diagnostic::error(codes::VALUE_OR_ATTRIBUTE, word.span, message)
                .help(format!("for the attribute write `user.{}`, for the value `\"{}\"`", word.text, word.text)),
        );
        None
    }

    /// `role = Sales or Nurse`: a name alone after a comparison and `or`. Says so, and answers whether it did.
    pub(super) fn reports_bare_alternative(&mut self, parts: &[ast::Condition]) -> bool {
        let mut compared: Option<(&ast::Path, &ast::Operand)> = None;
        let mut found = Vec::new();
        for part in parts {
            let ast::ConditionKind::Test { subject, operator } = &part.kind else {
                compared = None;
                continue;
            };
            match operator {
                Some(ast::Operator::Compare(ast::Comparison::Equal, operand)) => {
                    compared = (!is_attribute(operand)).then_some((subject, operand));
                }
                None => {
                    let folded = attribute_name(subject);
                    let is_known = self.lets.contains_key(&*folded)
                        || (self.catalogue.is_declared && self.catalogue.attributes.contains_key(&*folded));
                    let (Some((left, first)), false, false) = (compared, is_known, self.in_where) else { continue };
                    let is_value = match self.find_subject(&attribute_name(left), left) {
                        Some(left) if self.catalogue.is_declared => self.is_declared_value(left.ty, &subject.joined()),
                        _ => true,
                    };
                    if is_value {
                        found.push((left.joined().into_owned(), operand_text(first), subject));
                    }
                }
                Some(_) => compared = None,
            }
        }
        for (left, first, alone) in &found {
            let value = alone.joined();
            self.report(
                Diagnostic::error(codes::NOT_A_CONDITION, alone.span, format!("`{value}` stands alone after `or`"))
                    .help(format!("several values stand in a list: `{left} in [{first}, {value}]`")),
            );
        }
        !found.is_empty()
    }
}

/// Whether a right-hand word is dotted, and so an attribute.
fn is_attribute(operand: &ast::Operand) -> bool {
    matches!(operand, ast::Operand::Path(path) if path.segments.len() > 1)
}

fn operand_text(operand: &ast::Operand) -> String {
    match operand {
        ast::Operand::Path(path) => path.joined().into_owned(),
        ast::Operand::Literal(literal) => literal.text.clone(),
        ast::Operand::Exactly(name) => format!("exactly \"{}\"", name.text),
    }
}

fn has_closed_values(ty: &Type) -> bool {
    match ty {
        Type::Name(name) => name.values.is_some() && !name.is_open,
        Type::Node(_) => true,
        Type::Set(element) => has_closed_values(element),
        _ => false,
    }
}

/// Adds "did you mean" with its fix, where something is near.
pub(super) fn with_suggestion<'n>(
    error: Diagnostic,
    wrong: &str,
    span: Span,
    candidates: impl Iterator<Item = &'n str>,
) -> Diagnostic {
    match did_you_mean(wrong, candidates) {
        Some(near) => {
            let typed = near.split('.').map(crate::syntax::quote).collect::<Vec<_>>().join(".");
            error.help(format!("did you mean `{typed}`?")).replace(span, typed)
        }
        None => error,
    }
}

/// The tag behind a number past the attributes.
pub(super) fn tag_of(attribute: AttributeId, attributes: usize) -> Option<TagId> {
    attribute.index().checked_sub(attributes).map(TagId::new)
}
