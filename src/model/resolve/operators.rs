//! Operators: which fit which type, and the test each one means.
//!
//! `!=` is `not =`, `not in` is `not in`: nothing here rewrites a condition beyond that.

mod attributes;
mod clock;
mod lists;
mod names;
mod sets;

use super::names::{Subject, Word};
use super::{Resolver, negate_if, placed};
use crate::diagnostic::Diagnostic;
use crate::model::catalogue::Type;
use crate::model::read::{Misread, Reader};
use crate::model::{ConditionKind, NameType, Test, Value, ZoneId, codes};
use crate::source::Span;
use crate::syntax::ast;

impl Resolver<'_> {
    /// The meaning of one test.
    pub(super) fn test(
        &mut self,
        path: &ast::Path,
        operator: Option<&ast::Operator>,
        span: Span,
    ) -> Option<ConditionKind> {
        let Some(operator) = operator else { return self.alone(path) };
        let subject = self.subject(path)?;
        match operator {
            ast::Operator::Compare(comparison, operand) => self.compare(&subject, *comparison, operand, span),
            ast::Operator::In { negated, right, on, at } => {
                let subject = match at {
                    Some(zone) => self.in_zone(subject, zone)?,
                    None => subject,
                };
                let test = match on {
                    Some(on) => self.during(&subject, right, on)?,
                    None => self.is_in(&subject, right)?,
                };
                Some(negate_if(*negated, test, span))
            }
            ast::Operator::Has(how, members) => self.has(&subject, *how, members, span),
            ast::Operator::Exactly { negated, right } => {
                let test = self.exactly(&subject, right)?;
                Some(negate_if(*negated, ConditionKind::Test(test), span))
            }
            ast::Operator::State { negated, state } => {
                let test = self.state(&subject, *state, *negated, span)?;
                Some(negate_if(*negated, test, span))
            }
            ast::Operator::Pattern(kind, operands) => self.pattern(&subject, *kind, operands, span),
            ast::Operator::Within(duration) => self.elapsed(&subject, duration),
        }
    }

    /// A name alone: a `let` or a yes/no attribute.
    fn alone(&mut self, path: &ast::Path) -> Option<ConditionKind> {
        let folded = super::names::attribute_name(path);
        if !self.in_where
            && let Some(id) = self.use_let(&folded)
        {
            return Some(ConditionKind::Let(id));
        }
        let subject = self.subject(path)?;
        if *subject.ty == Type::Bool {
            return Some(ConditionKind::Test(Test::Is(subject.input)));
        }
        let name = &subject.name;
        let help = match subject.ty {
            Type::Set(_) => format!("say what it must have: `{name} has x`"),
            _ => format!("say what it must be: `{name} = x`"),
        };
        self.report(
            Diagnostic::error(codes::NOT_A_CONDITION, path.span, format!("`{name}` alone is not a condition"))
                .at(format!("it holds {}", describe(subject.ty)))
                .help(help),
        );
        None
    }

    fn state(&mut self, subject: &Subject, state: ast::State, negated: bool, span: Span) -> Option<ConditionKind> {
        let attribute = subject.attribute();
        let is_set = matches!(subject.ty, Type::Set(_));
        let test = match state {
            ast::State::Empty if is_set => Test::IsEmpty(attribute),
            ast::State::Empty => {
                self.report(
                    Diagnostic::error(codes::WRONG_OPERATOR, span, format!("`{}` is not a set", subject.name))
                        .help(format!("write `{} is absent`", subject.name)),
                );
                return None;
            }
            ast::State::Absent if is_set => {
                let not = if negated { "not " } else { "" };
                self.report(
                    Diagnostic::error(codes::SET_NEEDS_HAS, span, "a set without a value is an empty set")
                        .help(format!("write `{} is {not}empty`", subject.name)),
                );
                return None;
            }
            ast::State::Absent => Test::IsAbsent(attribute),
            ast::State::Known => Test::IsKnown(attribute),
            ast::State::Unknown => {
                let known = placed(ConditionKind::Test(Test::IsKnown(attribute)), span);
                return Some(ConditionKind::Not(Box::new(known)));
            }
        };
        Some(ConditionKind::Test(test))
    }

    fn refuse_exact(&mut self, subject: &Subject, word: &Word) -> Option<()> {
        if !word.exact {
            return Some(());
        }
        self.report(
            Diagnostic::error(codes::WRONG_OPERATOR, word.span, "`exactly` before a text compares its spelling")
                .help(format!("`{}` is no text: write `{} is exactly {}`", subject.name, subject.name, word.text)),
        );
        None
    }

    /// Reads a word by the subject's type.
    pub(super) fn read(&mut self, subject: &Subject, word: &Word) -> Option<Value> {
        if !matches!(subject.ty, Type::Name(_)) {
            self.refuse_exact(subject, word)?;
        }
        self.read_as(&subject.name, subject.ty, word)
    }

    /// Reads a word by a type; what it is for is named in the report.
    pub(super) fn read_as(&mut self, what: &str, ty: &Type, word: &Word) -> Option<Value> {
        let zone = self.time_zone(ZoneId::new(0));
        let reader = Reader { hierarchies: &self.catalogue.hierarchies, zone: Some(&zone) };
        match reader.read_literal(word.text, ty) {
            Ok(value) => Some(value),
            Err(misread) => {
                let diagnostic = Diagnostic::error(codes::UNKNOWN_VALUE, word.span, format!("{misread}"))
                    .at(format!("`{what}` holds {}", describe(ty)));
                self.report(match misread.help() {
                    Some(help) => diagnostic.help(help),
                    None => diagnostic,
                });
                None
            }
        }
    }

    fn misread(&mut self, misread: &Misread, span: Span) {
        let diagnostic = Diagnostic::error(codes::UNKNOWN_VALUE, span, format!("{misread}"));
        self.report(match misread.help() {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        });
    }
}

pub(super) fn is_ordered(ty: &Type) -> bool {
    matches!(ty, Type::Number(_) | Type::Time | Type::Date | Type::DateTime | Type::Duration | Type::Version)
}

/// Whether values of two types can be compared.
pub(super) fn same_kind(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::Name(a), Type::Name(b)) => a.is_exact == b.is_exact,
        (Type::Number(a), Type::Number(b)) => a.unit == b.unit,
        (Type::Node(a), Type::Node(b)) => a == b,
        (Type::Set(a), Type::Set(b)) => same_kind(a, b),
        _ => std::mem::discriminant(a) == std::mem::discriminant(b),
    }
}

/// A type in words.
pub(crate) fn describe(ty: &Type) -> String {
    match ty {
        Type::Bool => "true or false".into(),
        Type::Name(NameType { is_exact: true, .. }) => "an id".into(),
        Type::Name(NameType { values: Some(_), .. }) => "one of its declared values".into(),
        Type::Name(_) => "a text".into(),
        Type::Number(number) => match (&number.unit, number.is_whole) {
            (Some(unit), _) => format!("a number of {unit}"),
            (None, true) => "a whole number".into(),
            (None, false) => "a number".into(),
        },
        Type::Time => "a time of day".into(),
        Type::Date => "a date".into(),
        Type::DateTime => "a date and time".into(),
        Type::Weekday => "a day of the week".into(),
        Type::Duration => "a length of time".into(),
        Type::Node(_) => "a name of its hierarchy".into(),
        Type::Set(_) => "a set".into(),
        Type::Address => "a network address".into(),
        Type::Version => "a version".into(),
    }
}

/// An attribute's name as it is written right of an operator.
fn dotted(name: &str) -> String {
    if name.contains('.') { name.to_owned() } else { format!("user.{name}") }
}

fn no_order(subject: &Subject, span: Span) -> Diagnostic {
    let help = match subject.ty {
        Type::Weekday => "list the days: `weekday in Mon..Fri`".to_owned(),
        Type::Address => format!("write a network: `{} in 10.4.0.0/16`", subject.name),
        Type::Node(_) => format!("write `{} in x` for a place and all within it", subject.name),
        _ => format!("write `{} = x` or `{} in [x, y]`", subject.name, subject.name),
    };
    Diagnostic::error(codes::WRONG_OPERATOR, span, format!("`{}` has no order", subject.name))
        .at(format!("it holds {}", describe(subject.ty)))
        .help(help)
}

fn attribute_in_list(subject: &Subject, right: &Subject) -> Diagnostic {
    Diagnostic::error(
        codes::VALUE_OR_ATTRIBUTE,
        right.span,
        format!("`{}` is an attribute; a list holds values", right.name),
    )
    .help(format!("compare it by itself: `{} = {}`, joined with `or`", subject.name, dotted(&right.name)))
}
