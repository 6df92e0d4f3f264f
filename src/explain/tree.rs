//! A condition as a tree of what each part came to.

use super::reads::{Read, reads};
use crate::compile::Tri;
use crate::eval::{Facts, Policy, test_value};
use crate::model::{Condition, ConditionKind, Input, LetId, NOW, Range, Test};
use serde::Serialize;
use std::collections::{HashMap, HashSet};

/// What a condition came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// Not enough is known.
    Unknown,
}

impl From<Tri> for Truth {
    fn from(value: Tri) -> Self {
        match value {
            Tri::True => Self::True,
            Tri::False => Self::False,
            Tri::Unknown => Self::Unknown,
        }
    }
}

/// How the parts of a condition are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Joint {
    /// One test; no parts.
    Test,
    /// All parts must hold.
    All,
    /// One part must hold.
    Any,
    /// The part must not hold.
    Not,
    /// An abbreviation; the part is what it stands for, shown once in a rule.
    Let,
}

/// A condition, what it came to, and its parts.
#[derive(Clone, Debug, Serialize)]
pub struct Tree {
    /// As it was written, on one line.
    pub text: String,
    /// What it came to.
    pub value: Truth,
    /// How its parts are joined.
    pub joint: Joint,
    /// What was read of the context; of a single test only.
    pub reads: Vec<Read>,
    /// Its parts.
    pub children: Vec<Self>,
}

/// Works out conditions of one rule. Each `let` is worked out once, and opened where it is met first, so that the tree is no
/// larger than what was written.
pub(super) struct Grower<'a> {
    policy: &'a Policy,
    facts: &'a Facts<'a>,
    lets: HashMap<LetId, Tri>,
    opened: HashSet<LetId>,
}

impl<'a> Grower<'a> {
    pub fn new(policy: &'a Policy, facts: &'a Facts<'a>) -> Self {
        Self { policy, facts, lets: HashMap::new(), opened: HashSet::new() }
    }

    /// The three-valued value of a condition.
    pub fn value(&mut self, condition: &Condition) -> Tri {
        match &condition.kind {
            ConditionKind::Constant(value) => (*value).into(),
            ConditionKind::Test(test) => test_value(self.facts, test),
            ConditionKind::Let(id) => self.let_value(*id),
            ConditionKind::Not(inner) => !self.value(inner),
            ConditionKind::And(parts) => parts.iter().fold(Tri::True, |value, part| value.and(self.value(part))),
            ConditionKind::Or(parts) => parts.iter().fold(Tri::False, |value, part| value.or(self.value(part))),
        }
    }

    fn let_value(&mut self, id: LetId) -> Tri {
        if let Some(&value) = self.lets.get(&id) {
            return value;
        }
        let policy = self.policy;
        let value = policy.rule_set().lets.get(id.index()).map_or(Tri::Unknown, |item| self.value(&item.condition));
        self.lets.insert(id, value);
        value
    }

    /// The tree of a condition.
    pub fn grow(&mut self, condition: &Condition) -> Tree {
        let value = self.value(condition).into();
        let mut tree =
            Tree { text: self.text(condition), value, joint: Joint::Test, reads: Vec::new(), children: Vec::new() };
        match &condition.kind {
            ConditionKind::Constant(_) => {}
            ConditionKind::Test(test) => tree.reads = reads(self.facts, test),
            ConditionKind::Let(id) => {
                tree.joint = Joint::Let;
                tree.children = self.open(*id).into_iter().collect();
            }
            ConditionKind::Not(inner) => {
                tree.joint = Joint::Not;
                tree.children = vec![self.grow(inner)];
            }
            ConditionKind::And(parts) => {
                tree.joint = Joint::All;
                tree.children = chain(parts).map(|part| self.grow(part)).collect();
            }
            ConditionKind::Or(parts) => {
                tree.joint = Joint::Any;
                tree.children = parts.iter().map(|part| self.grow(part)).collect();
            }
        }
        tree
    }

    fn open(&mut self, id: LetId) -> Option<Tree> {
        if !self.opened.insert(id) {
            return None;
        }
        let policy = self.policy;
        policy.rule_set().lets.get(id.index()).map(|item| self.grow(&item.condition))
    }

    fn text(&self, condition: &Condition) -> String {
        match &condition.kind {
            ConditionKind::Constant(true) => return "always".to_owned(),
            ConditionKind::Constant(false) => return "never".to_owned(),
            // a whole rule's condition has the place of the rule: its parts say it better
            ConditionKind::And(_) => return "all of these".to_owned(),
            ConditionKind::Or(_) => return "one of these".to_owned(),
            _ => {}
        }
        let slice = condition.span.map_or("", |span| self.policy.sources().slice(span));
        let written = slice.split_whitespace().collect::<Vec<_>>().join(" ");
        match &condition.kind {
            // `unless x` stands for `not x` and has the place of `x`
            ConditionKind::Not(_) if !written.starts_with("not ") && !written.starts_with("not(") => {
                if written.contains(' ') { format!("not ({written})") } else { format!("not {written}") }
            }
            ConditionKind::Test(test) => period_words(test, &written).unwrap_or(written),
            _ => written,
        }
    }
}

/// The parts of an `and`; what the rule's own `and` joins stands beside its `unless` and its period, not below them.
fn chain(parts: &[Condition]) -> Box<dyn Iterator<Item = &Condition> + '_> {
    Box::new(parts.iter().flat_map(|part| match &part.kind {
        ConditionKind::And(inner) => chain(inner),
        _ => Box::new(std::iter::once(part)),
    }))
}

/// `from` and `until` stand for a test of the clock whose place is the day or instant alone.
fn period_words(test: &Test, written: &str) -> Option<String> {
    let Test::InRanges(Input::Date(_) | Input::Attribute(NOW), ranges) = test else { return None };
    let [range] = ranges.as_slice() else { return None };
    if !written.starts_with(|first: char| first.is_ascii_digit()) || written.contains("..") {
        return None;
    }
    match range {
        Range { low: Some(_), high: None } => Some(format!("from {written}")),
        Range { low: None, high: Some(_) } => Some(format!("until {written}")),
        _ => None,
    }
}
