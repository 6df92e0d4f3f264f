//! `from` and `until`: ordinary tests of the clock. A day named by `until` is included; an instant is not.

use super::{Resolver, placed};
use crate::diagnostic::Diagnostic;
use crate::model::catalogue::Type;
use crate::model::read::Reader;
use crate::model::{Condition, ConditionKind, Input, NOW, Range, Test, Value, ZoneId, codes};
use crate::syntax::ast;
use jiff::Timestamp;

impl Resolver<'_> {
    /// The tests that `from` and `until` stand for; none if one of them is wrong.
    pub(super) fn period(&mut self, written: &ast::Rule) -> Option<Vec<Condition>> {
        let from = written.from.as_ref().map(|literal| self.moment(literal));
        let until = written.until.as_ref().map(|literal| self.moment(literal));
        let from = transpose(from)?;
        let until = transpose(until)?;
        if let (Some(first), Some(last), Some(literal)) = (&from, &until, &written.until)
            && self.start(first) >= self.end(last)
        {
            self.report(
                Diagnostic::error(codes::EMPTY_PERIOD, literal.span, "the rule ends before it begins")
                    .help("write the later day after `until`"),
            );
            return None;
        }
        let mut tests = Vec::new();
        if let (Some(value), Some(literal)) = (from, &written.from) {
            tests.push(bound(value, true, literal));
        }
        if let (Some(value), Some(literal)) = (until, &written.until) {
            tests.push(bound(value, false, literal));
        }
        Some(tests)
    }

    fn moment(&mut self, literal: &ast::Literal) -> Option<Value> {
        let zone = self.time_zone(ZoneId::new(0));
        let reader = Reader { hierarchies: &self.catalogue.hierarchies, zone: Some(&zone) };
        let ty = if literal.shape == ast::Shape::DateTime { Type::DateTime } else { Type::Date };
        match reader.read(&literal.text, &ty) {
            Ok(value) => Some(value),
            Err(misread) => {
                let error = Diagnostic::error(codes::UNKNOWN_VALUE, literal.span, format!("{misread}"));
                self.report(match misread.help() {
                    Some(help) => error.help(help),
                    None => error.help("write a day, such as `2026-12-01`"),
                });
                None
            }
        }
    }

    /// First instant within, for a comparison at load only.
    fn start(&self, value: &Value) -> Option<Timestamp> {
        match value {
            Value::DateTime(instant) => Some(*instant),
            Value::Date(date) => date.to_zoned(self.time_zone(ZoneId::new(0))).ok().map(|day| day.timestamp()),
            _ => None,
        }
    }

    /// First instant past the end.
    fn end(&self, value: &Value) -> Option<Timestamp> {
        match value {
            Value::Date(date) => self.start(&Value::Date(date.tomorrow().ok()?)),
            other => self.start(other),
        }
    }
}

fn transpose(found: Option<Option<Value>>) -> Option<Option<Value>> {
    match found {
        None => Some(None),
        Some(found) => found.map(Some),
    }
}

fn bound(value: Value, is_from: bool, literal: &ast::Literal) -> Condition {
    let (input, is_inside) = match value {
        Value::Date(_) => (Input::Date(ZoneId::new(0)), true),
        _ => (Input::Attribute(NOW), is_from),
    };
    let range = if is_from {
        Range { low: Some((value, true)), high: None }
    } else {
        Range { low: None, high: Some((value, is_inside)) }
    };
    placed(ConditionKind::Test(Test::InRanges(input, vec![range])), literal.span)
}
