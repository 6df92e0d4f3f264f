//! From conditions to what is left of them in a context of which not all is known.
//!
//! A test that has a value keeps it, however the rest is filled in: knowing more never changes what was known. A test that is
//! unknown and always will be (a comparison with an empty list that may stand for "nothing entered") counts as its effect
//! counts it: what gives does not rest on it, what restricts does.

use super::forms::{FormId, Forms, Joint};
use super::known::Known;
use crate::compile::Tri;
use crate::eval::{Facts, is_settled, test_value};
use crate::model::{AttributeId, Condition, ConditionKind, How, Let, LetId, RuleSet, SetValue, State, Test};
use crate::source::{SourceId, Span};
use std::collections::{BTreeSet, HashMap};

/// How a condition is read: whether it stands under an even number of `not`s, and whether its effect restricts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
struct Reading {
    is_positive: bool,
    restricts: bool,
}

/// Reduces the conditions of one question.
pub(super) struct Reducer<'a> {
    facts: &'a Facts<'a>,
    lets: &'a [Let],
    source: Option<SourceId>,
    /// What was reduced.
    pub forms: Forms,
    reduced: HashMap<(LetId, Reading), FormId>,
}

/// What a test comes to in every way of filling in what is open.
enum Prospect {
    Value(bool),
    NeverKnown,
    Open,
}

impl<'a> Reducer<'a> {
    pub fn new(facts: &'a Facts<'a>, rules: &'a RuleSet) -> Self {
        let source = rules.sources.iter().next().map(|(id, _)| id);
        Self { facts, lets: &rules.lets, source, forms: Forms::default(), reduced: HashMap::new() }
    }

    /// What is left of a condition, in the sense of its effect: the form of one that gives is certainly true exactly where
    /// the condition is, that of one that restricts is certainly false exactly where the condition is. `is_placed`:
    /// whether its tests stand in rules as they are meant here.
    pub fn condition(&mut self, condition: &Condition, restricts: bool, is_placed: bool) -> FormId {
        let reading = Reading { is_positive: true, restricts };
        self.lets_of(condition, reading);
        self.form(condition, reading, is_placed)
    }

    /// What is left of one test of an effect that gives.
    pub fn lone_test(&mut self, test: &Test) -> FormId {
        self.test(test, Reading { is_positive: true, restricts: false }, None)
    }

    /// Lets are reduced from the first on, each once: a long chain of them must not overflow the stack.
    fn lets_of(&mut self, condition: &Condition, reading: Reading) {
        let mut found: BTreeSet<(LetId, Reading)> = BTreeSet::new();
        let mut todo = vec![(condition, reading)];
        while let Some((condition, reading)) = todo.pop() {
            match &condition.kind {
                ConditionKind::Constant(_) | ConditionKind::Test(_) => {}
                ConditionKind::Not(inner) => todo.push((inner, reading.negated())),
                ConditionKind::And(parts) | ConditionKind::Or(parts) => {
                    todo.extend(parts.iter().map(|part| (part, reading)));
                }
                ConditionKind::Let(id)
                    if !self.reduced.contains_key(&(*id, reading)) && found.insert((*id, reading)) =>
                {
                    todo.extend(self.lets.get(id.index()).map(|item| (&item.condition, reading)));
                }
                ConditionKind::Let(_) => {}
            }
        }
        for (id, reading) in found {
            if let Some(item) = self.lets.get(id.index()) {
                let form = self.form(&item.condition, reading, true);
                self.reduced.insert((id, reading), form);
            }
        }
    }

    fn form(&mut self, condition: &Condition, reading: Reading, is_placed: bool) -> FormId {
        let joined = |joint: Joint| if reading.is_positive { joint } else { joint.dual() };
        match &condition.kind {
            ConditionKind::Constant(value) => self.forms.constant(*value == reading.is_positive),
            ConditionKind::Test(test) => self.test(test, reading, condition.span.filter(|_| is_placed)),
            ConditionKind::Not(inner) => self.form(inner, reading.negated(), is_placed),
            ConditionKind::And(parts) => self.join(joined(Joint::All), parts, reading, is_placed),
            ConditionKind::Or(parts) => self.join(joined(Joint::Any), parts, reading, is_placed),
            ConditionKind::Let(id) => match self.reduced.get(&(*id, reading)) {
                Some(&form) => form,
                // each was reduced before what names it
                None => self.forms.constant(reading.restricts),
            },
        }
    }

    fn join(&mut self, joint: Joint, parts: &[Condition], reading: Reading, is_placed: bool) -> FormId {
        let parts: Vec<FormId> = parts.iter().map(|part| self.form(part, reading, is_placed)).collect();
        self.forms.join(joint, parts)
    }

    fn test(&mut self, test: &Test, reading: Reading, span: Option<Span>) -> FormId {
        match self.prospect(test) {
            Prospect::Value(value) => self.forms.constant(value == reading.is_positive),
            Prospect::NeverKnown => self.forms.constant(reading.restricts),
            Prospect::Open => match self.known().put_in(test) {
                Some(narrowed) => self.forms.test(&narrowed, reading.is_positive, None),
                None => self.forms.test(test, reading.is_positive, span),
            },
        }
    }

    fn known(&self) -> Known<'a> {
        Known { facts: self.facts, source: self.source }
    }

    fn prospect(&self, test: &Test) -> Prospect {
        if let Test::IsKnown(attribute) = test
            && *self.facts.state(*attribute) == State::Unknown
        {
            return Prospect::Open;
        }
        match test_value(self.facts, test) {
            Tri::True => Prospect::Value(true),
            Tri::False => Prospect::Value(false),
            Tri::Unknown if self.is_never_known(test) => Prospect::NeverKnown,
            Tri::Unknown => Prospect::Open,
        }
    }

    /// Whether an unknown test stays unknown.
    fn is_never_known(&self, test: &Test) -> bool {
        // against a list that is empty, for which it may be that nothing was entered
        if let Test::HasSetOf(_, How::All, right) = test
            && *self.facts.set(*right) == SetValue::default()
        {
            return true;
        }
        let mut is_open = false;
        test.attributes(&mut |attribute| is_open |= !is_settled(self.facts, attribute));
        !is_open
    }

    /// The attributes of which more may become known and on which some forms hang, each once.
    pub fn open_attributes(&self, roots: impl IntoIterator<Item = FormId>) -> Vec<AttributeId> {
        let mut found = Vec::new();
        for test in self.forms.tests_of(roots) {
            test.attributes(&mut |attribute| {
                if !is_settled(self.facts, attribute) {
                    found.push(attribute);
                }
            });
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

impl Reading {
    fn negated(self) -> Self {
        Self { is_positive: !self.is_positive, ..self }
    }
}
