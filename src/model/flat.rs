//! Conditions in a row, without nesting: how a bundle keeps them.
//!
//! Parts stand before what joins them, so that reading them back needs no recursion, whoever made the bytes, and equal
//! tests are kept once. Nothing here knows whether a test makes sense: see `sound`.

use super::condition::{Condition, ConditionKind, Test};
use super::{LetId, RuleSet};
use crate::source::Span;
use crate::syntax::limits::NESTING;
use indexmap::IndexSet;
use serde::{Deserialize, Serialize};

/// Parts inside one another at most: more than the limits on parentheses and `not` let anybody write.
const DEPTH: usize = 4 * NESTING;

/// One step of building a condition.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Step {
    Constant(bool),
    /// By number in [`Flat::tests`].
    Test(u32),
    Let(LetId),
    /// Of the last one.
    Not,
    /// Of so many last ones.
    And(u32),
    Or(u32),
    /// The condition is whole.
    End,
}

/// All conditions of a rule set.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Flat {
    tests: Vec<Test>,
    steps: Vec<(Step, Option<Span>)>,
}

impl Flat {
    /// Takes down every condition of a rule set.
    pub fn of(rules: &RuleSet) -> Self {
        let mut writer = Writer::default();
        rules.catalogue.assumptions.iter().for_each(|condition| writer.whole(condition));
        rules.lets.iter().for_each(|item| writer.whole(&item.condition));
        for rule in &rules.rules {
            writer.whole(&rule.condition);
            rule.effects.iter().for_each(|effect| writer.whole(&effect.guard));
        }
        Self { tests: writer.tests.into_iter().cloned().collect(), steps: writer.steps }
    }

    /// Puts the conditions where they were taken from; none if they are not those of this rule set. The assumptions are all
    /// that are left before the `let`s, as many as the catalogue has.
    pub fn put_back(&self, rules: &mut RuleSet) -> Option<()> {
        let mut reader = Reader { tests: &self.tests, steps: self.steps.iter(), open: Vec::new() };
        for assumption in &mut rules.catalogue.assumptions {
            *assumption = reader.whole()?;
        }
        for item in &mut rules.lets {
            item.condition = reader.whole()?;
        }
        for rule in &mut rules.rules {
            rule.condition = reader.whole()?;
            for effect in &mut rule.effects {
                effect.guard = reader.whole()?;
            }
        }
        reader.steps.next().is_none().then_some(())
    }

    /// The tests, each once.
    pub fn tests(&self) -> &[Test] {
        &self.tests
    }
}

#[derive(Default)]
struct Writer<'c> {
    tests: IndexSet<&'c Test>,
    steps: Vec<(Step, Option<Span>)>,
}

impl<'c> Writer<'c> {
    fn whole(&mut self, condition: &'c Condition) {
        self.add(condition);
        self.steps.push((Step::End, None));
    }

    fn add(&mut self, condition: &'c Condition) {
        let count = |parts: &[Condition]| u32::try_from(parts.len()).unwrap_or(u32::MAX);
        let step = match &condition.kind {
            ConditionKind::Constant(value) => Step::Constant(*value),
            ConditionKind::Test(test) => Step::Test(u32::try_from(self.tests.insert_full(test).0).unwrap_or(u32::MAX)),
            ConditionKind::Let(id) => Step::Let(*id),
            ConditionKind::Not(inner) => {
                self.add(inner);
                Step::Not
            }
            ConditionKind::And(parts) => {
                parts.iter().for_each(|part| self.add(part));
                Step::And(count(parts))
            }
            ConditionKind::Or(parts) => {
                parts.iter().for_each(|part| self.add(part));
                Step::Or(count(parts))
            }
        };
        self.steps.push((step, condition.span));
    }
}

struct Reader<'f> {
    tests: &'f [Test],
    steps: std::slice::Iter<'f, (Step, Option<Span>)>,
    /// Conditions not yet joined, each with its depth.
    open: Vec<(Condition, usize)>,
}

impl Reader<'_> {
    /// The next condition; none if the steps make none.
    fn whole(&mut self) -> Option<Condition> {
        loop {
            let &(step, span) = self.steps.next()?;
            let (kind, depth) = match step {
                Step::End if self.open.len() == 1 => return self.open.pop().map(|(condition, _)| condition),
                Step::End => return None,
                Step::Constant(value) => (ConditionKind::Constant(value), 0),
                Step::Test(at) => (ConditionKind::Test(self.tests.get(at as usize)?.clone()), 0),
                Step::Let(id) => (ConditionKind::Let(id), 0),
                Step::Not => {
                    let (inner, depth) = self.open.pop()?;
                    (ConditionKind::Not(Box::new(inner)), depth + 1)
                }
                Step::And(count) => self.joined(count).map(|(parts, depth)| (ConditionKind::And(parts), depth))?,
                Step::Or(count) => self.joined(count).map(|(parts, depth)| (ConditionKind::Or(parts), depth))?,
            };
            if depth > DEPTH {
                return None;
            }
            self.open.push((Condition { kind, span }, depth));
        }
    }

    fn joined(&mut self, count: u32) -> Option<(Vec<Condition>, usize)> {
        let from = self.open.len().checked_sub(count as usize)?;
        let deepest = self.open.get(from..)?.iter().map(|(_, depth)| *depth).max().unwrap_or(0);
        Some((self.open.drain(from..).map(|(condition, _)| condition).collect(), deepest + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(steps: &[Step]) -> Option<Condition> {
        let steps: Vec<_> = steps.iter().map(|&step| (step, None)).collect();
        Reader { tests: &[], steps: steps.iter(), open: Vec::new() }.whole()
    }

    #[test]
    fn parts_stand_before_what_joins_them() {
        let read = read(&[Step::Let(LetId::new(0)), Step::Constant(true), Step::Not, Step::Or(2), Step::End]);
        let not = ConditionKind::Not(Box::new(Condition::new(ConditionKind::Constant(true))));
        let parts = vec![Condition::new(ConditionKind::Let(LetId::new(0))), Condition::new(not)];
        assert_eq!(read, Some(Condition::new(ConditionKind::Or(parts))));
    }

    #[test]
    fn steps_that_make_no_condition_are_refused() {
        let constant = Step::Constant(true);
        assert_eq!(read(&[constant]), None, "no end");
        assert_eq!(read(&[Step::End]), None, "nothing");
        assert_eq!(read(&[constant, constant, Step::End]), None, "two");
        assert_eq!(read(&[constant, Step::And(2), Step::End]), None, "too few parts");
        assert_eq!(read(&[Step::Not, Step::End]), None, "no part");
        assert_eq!(read(&[Step::Test(0), Step::End]), None, "no such test");
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| {
            let nots = std::iter::repeat_n(Step::Not, depth);
            std::iter::once(Step::Constant(true)).chain(nots).chain([Step::End]).collect::<Vec<_>>()
        };
        assert!(read(&nested(DEPTH)).is_some());
        assert_eq!(read(&nested(DEPTH + 1)), None);
    }
}
