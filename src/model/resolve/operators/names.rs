//! Names, patterns over them, and nodes of hierarchies.

use super::describe;
use crate::diagnostic::Diagnostic;
use crate::model::catalogue::Type;
use crate::model::name::folded;
use crate::model::resolve::Resolver;
use crate::model::resolve::names::{Right, Subject, Word};
use crate::model::{Choice, ConditionKind, HierarchyId, NameType, NodeIndex, Pattern, Test, Value, codes};
use crate::source::Span;
use crate::syntax::ast;

impl Resolver<'_> {
    pub(super) fn pattern(
        &mut self,
        subject: &Subject,
        kind: ast::PatternKind,
        operands: &[ast::Operand],
        span: Span,
    ) -> Option<ConditionKind> {
        let Type::Name(name) = subject.ty else {
            let help = match subject.ty {
                Type::Set(_) => format!("write `{} has x`", subject.name),
                Type::Node(_) => format!("write `{} in x` for a place and all within it", subject.name),
                _ => format!("write `{} = x`, or a range", subject.name),
            };
            self.report(
                Diagnostic::error(codes::WRONG_OPERATOR, span, format!("`{}` has no letters to match", subject.name))
                    .at(format!("it holds {}", describe(subject.ty)))
                    .help(help),
            );
            return None;
        };
        let is_exact = name.is_exact;
        let patterns: Vec<Option<Pattern>> =
            operands.iter().map(|operand| self.one_pattern(subject, is_exact, kind, operand)).collect();
        let patterns: Vec<Pattern> = patterns.into_iter().collect::<Option<_>>()?;
        Some(ConditionKind::Test(Test::Matches(subject.input, patterns)))
    }

    fn one_pattern(
        &mut self,
        subject: &Subject,
        is_exact: bool,
        kind: ast::PatternKind,
        operand: &ast::Operand,
    ) -> Option<Pattern> {
        let word = match self.right(operand, subject)? {
            Right::Value(word) => word,
            Right::Attribute(right) => {
                self.report(
                    Diagnostic::error(codes::WRONG_OPERATOR, right.span, "a pattern is a text, not an attribute")
                        .help(format!("write `\"{}\"` if the text is meant", right.name)),
                );
                return None;
            }
        };
        if word.text.is_empty() {
            self.report(
                Diagnostic::error(codes::EMPTY_TEXT, word.span, "the text is empty: it matches everything")
                    .help(format!("write `{} is not absent` if any value will do", subject.name)),
            );
            return None;
        }
        let choice = Choice { name: self.spellings.name(word.text, is_exact), exact: word.exact };
        Some(match kind {
            ast::PatternKind::StartsWith => Pattern::Prefix(choice),
            ast::PatternKind::EndsWith => Pattern::Suffix(choice),
            ast::PatternKind::Contains => Pattern::Substring(choice),
            ast::PatternKind::Matches => Pattern::Glob(choice),
        })
    }

    /// A name to compare with, checked against a closed vocabulary.
    pub(super) fn choice(&mut self, subject: &Subject, ty: &NameType, word: &Word) -> Option<Choice> {
        let name = self.spellings.name(word.text, ty.is_exact);
        if let Some(values) = ty.values.as_ref().filter(|_| !ty.is_open)
            && !values.contains_key(&*name.folded)
        {
            // says what is declared
            self.read(subject, word)?;
            return None;
        }
        Some(Choice { name, exact: word.exact })
    }

    pub(super) fn nodes(&mut self, subject: &Subject, hierarchy: HierarchyId, word: &Word) -> Option<Vec<NodeIndex>> {
        let hierarchy = self.catalogue.hierarchy(hierarchy);
        if let Some(zone) = hierarchy.zones.get(&*folded(word.text)) {
            return Some(zone.clone());
        }
        match self.read(subject, word)? {
            Value::Node(node) => Some(vec![node]),
            _ => None,
        }
    }
}
