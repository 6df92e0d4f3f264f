//! Attribute against attribute: `user.ward = patient.ward`, `ward in record.ward`, and comparisons with one value.

use super::lists::Gathered;
use super::{describe, dotted, is_ordered, no_order, same_kind};
use crate::diagnostic::Diagnostic;
use crate::model::catalogue::Type;
use crate::model::name::folded;
use crate::model::resolve::names::{Right, Subject, Word};
use crate::model::resolve::{Resolver, negate_if, placed};
use crate::model::{ConditionKind, Range, Relation, Test, Value, codes};
use crate::source::Span;
use crate::syntax::ast::{self, Comparison};

impl Resolver<'_> {
    pub(super) fn compare(
        &mut self,
        subject: &Subject,
        comparison: Comparison,
        operand: &ast::Operand,
        span: Span,
    ) -> Option<ConditionKind> {
        if let Type::Set(_) = subject.ty {
            self.report(set_needs_has(subject, operand));
            return None;
        }
        match self.right(operand, subject)? {
            Right::Attribute(right) => self.compare_attributes(subject, comparison, &right, span),
            Right::Value(word) => match comparison {
                Comparison::Equal => self.equals(subject, &word),
                Comparison::NotEqual => Some(negate_if(true, self.equals(subject, &word)?, span)),
                _ => self.ordered(subject, comparison, &word),
            },
        }
    }

    fn equals(&mut self, subject: &Subject, word: &Word) -> Option<ConditionKind> {
        if *subject.ty == Type::Bool {
            return self.equals_bool(subject, word);
        }
        let mut one = Gathered::default();
        self.gather(subject, word, &mut one)?;
        Some(ConditionKind::Test(one.into_test(subject)))
    }

    /// `x = false` is false of an absent `x`, as every comparison is; `not x` is not.
    pub(super) fn equals_bool(&mut self, subject: &Subject, word: &Word) -> Option<ConditionKind> {
        let value = self.read(subject, word)?;
        let is = placed(ConditionKind::Test(Test::Is(subject.input)), word.span);
        if value == Value::Bool(true) {
            return Some(is.kind);
        }
        let negated = placed(ConditionKind::Not(Box::new(is)), word.span);
        let absent = placed(ConditionKind::Test(Test::IsAbsent(subject.attribute())), word.span);
        Some(ConditionKind::And(vec![negated, placed(ConditionKind::Not(Box::new(absent)), word.span)]))
    }

    fn ordered(&mut self, subject: &Subject, comparison: Comparison, word: &Word) -> Option<ConditionKind> {
        if !is_ordered(subject.ty) {
            self.report(no_order(subject, word.span));
            return None;
        }
        let value = self.read(subject, word)?;
        let range = match comparison {
            Comparison::Less => Range { low: None, high: Some((value, false)) },
            Comparison::LessOrEqual => Range { low: None, high: Some((value, true)) },
            Comparison::Greater => Range { low: Some((value, false)), high: None },
            _ => Range { low: Some((value, true)), high: None },
        };
        Some(ConditionKind::Test(Test::InRanges(subject.input, vec![range])))
    }

    fn compare_attributes(
        &mut self,
        left: &Subject,
        comparison: Comparison,
        right: &Subject,
        span: Span,
    ) -> Option<ConditionKind> {
        if let Type::Set(element) = right.ty {
            let help = if same_kind(element, left.ty) {
                format!("write `{} has {}`", right.name, left.name)
            } else {
                format!("`{}` is a set: test it with `has`", right.name)
            };
            self.report(
                Diagnostic::error(codes::SET_NEEDS_HAS, right.span, format!("`{}` is a set", right.name)).help(help),
            );
            return None;
        }
        self.same_type(left, right)?;
        if let Type::Node(_) = left.ty {
            let error = Diagnostic::error(
                codes::WRONG_OPERATOR,
                span,
                "between two attributes of a hierarchy `=` is ambiguous",
            )
            .help(format!(
                "write `{} in {}` for \"is, or lies within\", or `{} is exactly {}`",
                left.name,
                dotted(&right.name),
                left.name,
                dotted(&right.name)
            ));
            self.report(error);
            return None;
        }
        let is_order = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        if is_order && !is_ordered(left.ty) {
            self.report(no_order(left, span));
            return None;
        }
        let (l, r) = (left.input, right.input);
        let test = match comparison {
            Comparison::Equal => Test::Compare(l, Relation::Equal, r),
            Comparison::NotEqual => {
                let equal = ConditionKind::Test(Test::Compare(l, Relation::Equal, r));
                return Some(negate_if(true, equal, span));
            }
            Comparison::Less => Test::Compare(l, Relation::Less, r),
            Comparison::LessOrEqual => Test::Compare(l, Relation::LessOrEqual, r),
            Comparison::Greater => Test::Compare(r, Relation::Less, l),
            Comparison::GreaterOrEqual => Test::Compare(r, Relation::LessOrEqual, l),
        };
        Some(ConditionKind::Test(test))
    }

    pub(super) fn same_type(&mut self, left: &Subject, right: &Subject) -> Option<()> {
        if same_kind(left.ty, right.ty) {
            return Some(());
        }
        let message = format!("`{}` and `{}` cannot be compared", left.name, right.name);
        self.report(
            Diagnostic::error(codes::TYPE_CLASH, left.span, message)
                .at(format!("holds {}", describe(left.ty)))
                .label(right.span, format!("holds {}", describe(right.ty))),
        );
        None
    }

    pub(super) fn in_attribute(&mut self, left: &Subject, right: &Subject) -> Option<ConditionKind> {
        if let Type::Set(element) = right.ty {
            let error = Diagnostic::error(codes::SET_NEEDS_HAS, right.span, format!("`{}` is a set", right.name));
            let error = if same_kind(element, left.ty) {
                error.help(format!("write `{} has {}`", right.name, dotted(&left.name)))
            } else {
                error
            };
            self.report(error);
            return None;
        }
        self.same_type(left, right)?;
        if !matches!(left.ty, Type::Node(_)) {
            self.report(
                Diagnostic::error(codes::WRONG_OPERATOR, right.span, format!("`{}` holds one value", right.name))
                    .help(format!("write `{} = {}`", left.name, dotted(&right.name))),
            );
            return None;
        }
        Some(ConditionKind::Test(Test::Compare(left.input, Relation::Within, right.input)))
    }

    pub(super) fn exactly(&mut self, subject: &Subject, operand: &ast::Operand) -> Option<Test> {
        let Type::Node(hierarchy) = subject.ty else {
            let error = Diagnostic::error(
                codes::WRONG_OPERATOR,
                subject.span,
                format!("`is exactly` does not fit `{}`", subject.name),
            );
            let help = match (subject.ty, operand) {
                (Type::Name(_), ast::Operand::Path(path)) => {
                    format!("to compare the spelling write `{} = exactly \"{}\"`", subject.name, path.joined())
                }
                _ => format!("write `{} = x`", subject.name),
            };
            self.report(error.help(help));
            return None;
        };
        match self.right(operand, subject)? {
            Right::Attribute(right) => {
                self.same_type(subject, &right)?;
                Some(Test::Compare(subject.input, Relation::Equal, right.input))
            }
            Right::Value(word) => match self.catalogue.hierarchy(*hierarchy).find(word.text) {
                Some(node) => Some(Test::ExactlyNode(subject.input, node)),
                None => {
                    // a zone is no value, and anything else is unknown
                    let is_zone = self.catalogue.hierarchy(*hierarchy).zones.contains_key(&*folded(word.text));
                    if is_zone {
                        self.report(
                            Diagnostic::error(
                                codes::UNKNOWN_VALUE,
                                word.span,
                                format!("`{}` is a zone, which is no place by itself", word.text),
                            )
                            .help(format!("write `{} in {}`", subject.name, word.text)),
                        );
                    } else {
                        self.read(subject, &word)?;
                    }
                    None
                }
            },
        }
    }
}

fn set_needs_has(subject: &Subject, operand: &ast::Operand) -> Diagnostic {
    let value = match operand {
        ast::Operand::Path(path) => path.joined(),
        ast::Operand::Literal(literal) => literal.text.as_str().into(),
        ast::Operand::Exactly(name) => name.text.as_str().into(),
    };
    Diagnostic::error(codes::SET_NEEDS_HAS, subject.span, format!("`{}` is a set, not one value", subject.name))
        .help(format!("write `{} has {}`", subject.name, crate::syntax::quote(&value)))
}
