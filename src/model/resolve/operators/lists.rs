//! `in`, and what a list or a range comes to for each type.

use super::clock::time_ranges;
use super::{attribute_in_list, is_ordered, no_order};
use crate::diagnostic::Diagnostic;
use crate::model::catalogue::Type;
use crate::model::name::fold;
use crate::model::read::read_network;
use crate::model::resolve::Resolver;
use crate::model::resolve::names::{Right, Subject, Word};
use crate::model::{Choice, ConditionKind, NodeIndex, Range, Test, Value, codes};
use crate::syntax::ast;

impl Resolver<'_> {
    pub(super) fn is_in(&mut self, subject: &Subject, right: &ast::Members) -> Option<ConditionKind> {
        if let Type::Set(_) = subject.ty {
            self.report(
                Diagnostic::error(codes::SET_NEEDS_HAS, subject.span, format!("`{}` is a set", subject.name))
                    .help(format!("write `{} has any [..]`, `has all [..]` or `has only [..]`", subject.name)),
            );
            return None;
        }
        match right {
            ast::Members::One(operand) => match self.right(operand, subject)? {
                Right::Value(word) if *subject.ty == Type::Bool => self.equals_bool(subject, &word),
                Right::Value(word) => {
                    let mut one = Gathered::default();
                    self.gather(subject, &word, &mut one)?;
                    Some(ConditionKind::Test(one.into_test(subject)))
                }
                Right::Attribute(right) => self.in_attribute(subject, &right),
            },
            ast::Members::Range(low, high) => {
                let mut one = Gathered::default();
                self.gather_range(subject, low, high, &mut one)?;
                Some(ConditionKind::Test(one.into_test(subject)))
            }
            ast::Members::List(members, _) => {
                let gathered = self.gather_list(subject, members)?;
                Some(ConditionKind::Test(gathered.into_test(subject)))
            }
        }
    }

    pub(super) fn gather_list(&mut self, subject: &Subject, members: &[ast::Member]) -> Option<Gathered> {
        let mut gathered = Gathered::default();
        let mut all_fine = true;
        for member in members {
            let found = match member {
                ast::Member::One(operand) => match self.right(operand, subject) {
                    Some(Right::Value(word)) => self.gather(subject, &word, &mut gathered),
                    Some(Right::Attribute(right)) => {
                        self.report(attribute_in_list(subject, &right));
                        None
                    }
                    None => None,
                },
                ast::Member::Range(low, high) => self.gather_range(subject, low, high, &mut gathered),
            };
            all_fine &= found.is_some();
        }
        all_fine.then_some(gathered)
    }

    /// Adds what one word means to a list.
    pub(super) fn gather(&mut self, subject: &Subject, word: &Word, into: &mut Gathered) -> Option<()> {
        match subject.ty {
            Type::Name(name) => into.names.push(self.choice(subject, name, word)?),
            Type::Node(hierarchy) => {
                self.refuse_exact(subject, word)?;
                into.nodes.extend(self.nodes(subject, *hierarchy, word)?);
            }
            Type::Address => {
                self.refuse_exact(subject, word)?;
                match read_network(word.text) {
                    Ok(network) => into.networks.push(network),
                    Err(misread) => {
                        self.misread(&misread, word.span);
                        return None;
                    }
                }
            }
            Type::Date if self.is_declared_value(subject.ty, word.text) => {
                let dates = self.catalogue.calendars.get(&fold(word.text)).cloned().unwrap_or_default();
                into.ranges.extend(dates.into_iter().map(|date| point(Value::Date(date))));
            }
            Type::Bool | Type::Set(_) => {
                self.report(
                    Diagnostic::error(codes::WRONG_OPERATOR, word.span, format!("`{}` takes no list", subject.name))
                        .help(format!("write `{}` or `not {}`", subject.name, subject.name)),
                );
                return None;
            }
            _ => {
                let value = self.read(subject, word)?;
                into.ranges.push(point(value));
            }
        }
        Some(())
    }

    pub(super) fn gather_range(
        &mut self,
        subject: &Subject,
        low: &ast::Operand,
        high: &ast::Operand,
        into: &mut Gathered,
    ) -> Option<()> {
        let span = low.span().to(high.span());
        let (Right::Value(low), Right::Value(high)) = (self.right(low, subject)?, self.right(high, subject)?) else {
            self.report(
                Diagnostic::error(codes::WRONG_OPERATOR, span, "a range runs between two values, not attributes")
                    .help(format!("write `{} >= a and {} <= b`", subject.name, subject.name)),
            );
            return None;
        };
        match subject.ty {
            Type::Time => {
                let (from, to) = self.clock_range(&low, &high)?;
                into.ranges.extend(time_ranges(from, to));
            }
            Type::Weekday => {
                let days = self.weekday_range(subject, &low, &high)?;
                into.ranges.extend(days.into_iter().map(|day| point(Value::Weekday(day))));
            }
            Type::Version => {
                self.report(
                    Diagnostic::error(codes::WRONG_OPERATOR, span, "versions have no ranges")
                        .help(format!("write `{} >= {} and {} < {}`", subject.name, low.text, subject.name, high.text)),
                );
                return None;
            }
            ty if is_ordered(ty) => {
                let (low, high) = (self.read(subject, &low)?, self.read(subject, &high)?);
                if low.order(&high) == Some(std::cmp::Ordering::Greater) {
                    self.report(
                        Diagnostic::error(codes::EMPTY_RANGE, span, "the range is empty: it ends before it begins")
                            .help("write the smaller end first"),
                    );
                    return None;
                }
                into.ranges.push(Range { low: Some((low, true)), high: Some((high, true)) });
            }
            _ => {
                self.report(no_order(subject, span));
                return None;
            }
        }
        Some(())
    }
}

/// What a list comes to; one kind is filled, by the subject's type.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) names: Vec<Choice>,
    pub(super) nodes: Vec<NodeIndex>,
    pub(super) networks: Vec<ipnet::IpNet>,
    pub(super) ranges: Vec<Range>,
}

impl Gathered {
    pub(super) fn into_test(mut self, subject: &Subject) -> Test {
        match subject.ty {
            Type::Name(_) => {
                self.names.sort();
                self.names.dedup();
                self.names.shrink_to_fit();
                Test::OneOf(subject.input, self.names)
            }
            Type::Node(_) => {
                self.nodes.sort_unstable();
                self.nodes.dedup();
                self.nodes.shrink_to_fit();
                Test::Within(subject.input, self.nodes)
            }
            Type::Address => {
                self.networks.sort();
                self.networks.dedup();
                Test::InNetworks(subject.input, self.networks)
            }
            _ => {
                self.ranges.shrink_to_fit();
                Test::InRanges(subject.input, self.ranges)
            }
        }
    }
}

fn point(value: Value) -> Range {
    Range { low: Some((value.clone(), true)), high: Some((value, true)) }
}
