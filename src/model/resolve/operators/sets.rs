//! Sets: `has` with values, and with another attribute.

use super::{attribute_in_list, describe, dotted, no_order};
use crate::diagnostic::Diagnostic;
use crate::model::catalogue::Type;
use crate::model::resolve::Resolver;
use crate::model::resolve::names::{Right, Subject, Word};
use crate::model::{ConditionKind, Element, How, Test, codes};
use crate::source::Span;
use crate::syntax::ast;

impl Resolver<'_> {
    pub(super) fn has(
        &mut self,
        subject: &Subject,
        how: ast::HasHow,
        members: &ast::Members,
        span: Span,
    ) -> Option<ConditionKind> {
        let Type::Set(element) = subject.ty else {
            self.report(
                Diagnostic::error(codes::WRONG_OPERATOR, subject.span, format!("`{}` is not a set", subject.name))
                    .at(format!("it holds {}", describe(subject.ty)))
                    .help(format!("write `{} = x` or `{} in [x, y]`", subject.name, subject.name)),
            );
            return None;
        };
        let set = subject.attribute();
        let element_subject = Subject { ty: element, ..subject.clone() };
        let model_how = match how {
            ast::HasHow::One | ast::HasHow::Any => How::Any,
            ast::HasHow::All => How::All,
            ast::HasHow::None => How::None,
            ast::HasHow::Only => How::Only,
        };
        let elements = match members {
            ast::Members::One(operand) => match self.right(operand, &element_subject)? {
                Right::Attribute(right) => return self.has_attribute(subject, element, how, model_how, &right),
                Right::Value(word) => vec![self.element(&element_subject, &word)?],
            },
            ast::Members::List(_, list) if how == ast::HasHow::One => {
                self.report(
                    Diagnostic::error(codes::WRONG_OPERATOR, *list, "`has` takes one value")
                        .help(format!("write `{} has any [..]` or `{} has all [..]`", subject.name, subject.name)),
                );
                return None;
            }
            ast::Members::List(list, _) => self.elements(&element_subject, list)?,
            ast::Members::Range(..) => {
                self.report(
                    Diagnostic::error(codes::WRONG_OPERATOR, span, "`has` takes values, not a range")
                        .help(format!("write `{} has any [a, b]`", subject.name)),
                );
                return None;
            }
        };
        Some(ConditionKind::Test(Test::Has(set, model_how, elements)))
    }

    fn elements(&mut self, subject: &Subject, list: &[ast::Member]) -> Option<Vec<Element>> {
        let found: Vec<Option<Element>> = list
            .iter()
            .map(|member| match member {
                ast::Member::One(operand) => match self.right(operand, subject)? {
                    Right::Value(word) => self.element(subject, &word),
                    Right::Attribute(right) => {
                        self.report(attribute_in_list(subject, &right));
                        None
                    }
                },
                ast::Member::Range(low, high) => {
                    self.report(no_order(subject, low.span().to(high.span())));
                    None
                }
            })
            .collect();
        found.into_iter().collect()
    }

    fn element(&mut self, subject: &Subject, word: &Word) -> Option<Element> {
        match subject.ty {
            Type::Node(hierarchy) => {
                self.refuse_exact(subject, word)?;
                Some(Element::Nodes(self.nodes(subject, *hierarchy, word)?))
            }
            Type::Name(name) => Some(Element::Name(self.choice(subject, name, word)?)),
            _ => None,
        }
    }

    fn has_attribute(
        &mut self,
        left: &Subject,
        element: &Type,
        how: ast::HasHow,
        model_how: How,
        right: &Subject,
    ) -> Option<ConditionKind> {
        let set = left.attribute();
        let Type::Set(right_element) = right.ty else {
            self.same_type(&Subject { ty: element, ..left.clone() }, right)?;
            if how != ast::HasHow::One {
                self.report(
                    Diagnostic::error(codes::WRONG_OPERATOR, right.span, format!("`{}` holds one value", right.name))
                        .help(format!("write `{} has {}`", left.name, dotted(&right.name))),
                );
                return None;
            }
            return Some(ConditionKind::Test(Test::HasValueOf(set, right.attribute())));
        };
        self.same_type(&Subject { ty: element, ..left.clone() }, &Subject { ty: right_element, ..right.clone() })?;
        if how == ast::HasHow::One {
            self.report(
                Diagnostic::error(codes::WRONG_OPERATOR, right.span, format!("`{}` is a set", right.name)).help(
                    format!(
                        "write `{} has any {}` or `{} has all {}`",
                        left.name,
                        dotted(&right.name),
                        left.name,
                        dotted(&right.name)
                    ),
                ),
            );
            return None;
        }
        Some(ConditionKind::Test(Test::HasSetOf(set, model_how, right.attribute())))
    }
}
