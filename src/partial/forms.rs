//! What is left of conditions: open tests and their negations, joined by `and` and `or`, equal parts kept once.
//!
//! The one idea: `not` stands before single tests only, so that "certainly true" of a form is "certainly true" of its parts, and
//! what is simplified is what holds in every distributive lattice: constants, repeated parts, absorption. A test and its
//! negation are never joined into a constant: both may be unknown.

use crate::model::Test;
use crate::source::Span;
use indexmap::{IndexMap, IndexSet};
use rustc_hash::{FxBuildHasher, FxHashMap};

/// Number of a form; larger than those of its parts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub(super) struct FormId(usize);

/// Number of an open test.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub(super) struct TestId(usize);

/// What is left of a condition.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Form {
    /// Settled.
    Constant(bool),
    /// An open test, or its negation.
    Test(TestId, bool),
    /// At least two parts, sorted, without repetition.
    Join(Joint, Box<[FormId]>),
}

/// How parts are joined.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Joint {
    /// `and`
    All,
    /// `or`
    Any,
}

/// Most parts that a join takes over from a part of its own kind; beyond them the part stays whole.
const FLAT: usize = 256;
/// Most parts among which absorption is sought: each is held against each.
const COMPARED: usize = 64;
/// Steps after which one form is taken not to imply another.
const STEPS: usize = 256;

/// All forms of one question.
#[derive(Debug, Default)]
pub(super) struct Forms {
    forms: IndexSet<Form, FxBuildHasher>,
    /// The parts of joins in the order in which they were written.
    written: FxHashMap<FormId, Box<[FormId]>>,
    /// Each with its place, where it was written as a test.
    tests: IndexMap<Test, Option<Span>, FxBuildHasher>,
    negated: FxHashMap<FormId, FormId>,
}

impl TestId {
    /// The position.
    pub fn index(self) -> usize {
        self.0
    }
}

impl Joint {
    /// The constant that changes nothing.
    fn neutral(self) -> bool {
        self == Self::All
    }

    /// The other one.
    pub fn dual(self) -> Self {
        match self {
            Self::All => Self::Any,
            Self::Any => Self::All,
        }
    }
}

impl Forms {
    /// The form of that number.
    pub fn form(&self, id: FormId) -> &Form {
        &self.forms[id.0]
    }

    /// Every open test with its place, by number.
    pub fn tests(&self) -> impl Iterator<Item = (TestId, &Test, Option<Span>)> {
        self.tests.iter().enumerate().map(|(at, (test, span))| (TestId(at), test, *span))
    }

    /// The tests in some forms.
    pub fn tests_of(&self, roots: impl IntoIterator<Item = FormId>) -> impl Iterator<Item = &Test> {
        self.reach(roots).into_iter().filter_map(|id| match self.form(id) {
            Form::Test(test, _) => self.tests.get_index(test.0).map(|(test, _)| test),
            _ => None,
        })
    }

    /// Parts of a join as they were written; none of other forms.
    pub fn parts(&self, id: FormId) -> &[FormId] {
        match (self.written.get(&id), self.form(id)) {
            (Some(written), _) => written,
            (None, Form::Join(_, parts)) => parts,
            (None, _) => &[],
        }
    }

    /// A constant.
    pub fn constant(&mut self, value: bool) -> FormId {
        self.intern(Form::Constant(value))
    }

    /// The constant that a form is.
    pub fn as_constant(&self, id: FormId) -> Option<bool> {
        match self.form(id) {
            Form::Constant(value) => Some(*value),
            _ => None,
        }
    }

    /// An open test, or its negation. Of several places the first is kept.
    pub fn test(&mut self, test: &Test, is_positive: bool, span: Option<Span>) -> FormId {
        let entry = self.tests.entry(test.clone());
        let at = entry.index();
        let place = entry.or_insert(span);
        *place = place.or(span);
        self.intern(Form::Test(TestId(at), is_positive))
    }

    /// All or any of some forms.
    pub fn join(&mut self, joint: Joint, parts: impl IntoIterator<Item = FormId>) -> FormId {
        let parts = self.flat(joint, parts.into_iter().collect());
        let mut seen = IndexSet::with_hasher(FxBuildHasher);
        for part in parts {
            match self.as_constant(part) {
                Some(value) if value == joint.neutral() => {}
                Some(_) => return part,
                None => {
                    seen.insert(part);
                }
            }
        }
        let written = self.absorbed(joint, seen.into_iter().collect());
        match written.as_slice() {
            [] => self.constant(joint.neutral()),
            &[only] => only,
            _ => self.intern_join(joint, written),
        }
    }

    fn intern_join(&mut self, joint: Joint, written: Vec<FormId>) -> FormId {
        let mut sorted = written.clone();
        sorted.sort_unstable();
        let is_sorted = sorted == written;
        let (at, is_new) = self.forms.insert_full(Form::Join(joint, sorted.into()));
        // whoever joined these parts first decides on their order
        if is_new && !is_sorted {
            self.written.insert(FormId(at), written.into());
        }
        FormId(at)
    }

    fn intern(&mut self, form: Form) -> FormId {
        FormId(self.forms.insert_full(form).0)
    }

    /// Parts of a part of the same kind stand beside the others.
    fn flat(&self, joint: Joint, parts: Vec<FormId>) -> Vec<FormId> {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match self.form(part) {
                Form::Join(inner, _) if *inner == joint && flat.len() + self.parts(part).len() <= FLAT => {
                    flat.extend_from_slice(self.parts(part));
                }
                _ => flat.push(part),
            }
        }
        flat
    }

    /// `a or (a and b)` is `a`, `a and (a or b)` likewise.
    fn absorbed(&self, joint: Joint, parts: Vec<FormId>) -> Vec<FormId> {
        if parts.len() > COMPARED {
            return parts;
        }
        let mut is_left = vec![true; parts.len()];
        for (at, &part) in parts.iter().enumerate() {
            let covers = |other: FormId| match joint {
                Joint::Any => self.implies(part, other),
                Joint::All => self.implies(other, part),
            };
            is_left[at] = !(0..parts.len()).any(|other| other != at && is_left[other] && covers(parts[other]));
        }
        parts.into_iter().zip(is_left).filter_map(|(part, is_left)| is_left.then_some(part)).collect()
    }

    /// Whether `a` is never truer than `b`, as far as their structure shows it.
    pub fn implies(&self, a: FormId, b: FormId) -> bool {
        self.implies_within(a, b, &mut STEPS.clone())
    }

    fn implies_within(&self, a: FormId, b: FormId, steps: &mut usize) -> bool {
        if a == b {
            return true;
        }
        *steps = steps.saturating_sub(1);
        if *steps == 0 {
            return false;
        }
        match (self.form(a), self.form(b)) {
            (Form::Constant(false), _) | (_, Form::Constant(true)) => true,
            (Form::Join(Joint::Any, parts), _) => parts.iter().all(|&part| self.implies_within(part, b, steps)),
            (_, Form::Join(Joint::All, parts)) => parts.iter().all(|&part| self.implies_within(a, part, steps)),
            (Form::Join(Joint::All, left), _) if left.iter().any(|&part| self.implies_within(part, b, steps)) => true,
            (_, Form::Join(Joint::Any, right)) => right.iter().any(|&part| self.implies_within(a, part, steps)),
            _ => false,
        }
    }

    /// The negation, by De Morgan. Cost: the forms reached that were not negated before.
    pub fn negate(&mut self, root: FormId) -> FormId {
        for id in self.reach([root]) {
            if self.negated.contains_key(&id) {
                continue;
            }
            let negation = match self.form(id).clone() {
                Form::Constant(value) => self.constant(!value),
                Form::Test(test, is_positive) => self.intern(Form::Test(test, !is_positive)),
                Form::Join(joint, _) => {
                    let parts = self.parts(id).to_vec();
                    let parts: Vec<FormId> = parts.iter().filter_map(|part| self.negated.get(part)).copied().collect();
                    self.join(joint.dual(), parts)
                }
            };
            self.negated.insert(id, negation);
        }
        self.negated.get(&root).copied().unwrap_or(root)
    }

    /// The forms reached from some, parts before the whole.
    pub fn reach(&self, roots: impl IntoIterator<Item = FormId>) -> Vec<FormId> {
        let mut seen: IndexSet<FormId, FxBuildHasher> = IndexSet::default();
        let mut todo: Vec<FormId> = roots.into_iter().collect();
        while let Some(next) = todo.pop() {
            if seen.insert(next) {
                todo.extend_from_slice(self.parts(next));
            }
        }
        let mut reached: Vec<FormId> = seen.into_iter().collect();
        reached.sort_unstable();
        reached
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AttributeId;

    /// Forms with three tests `a`, `b`, `c`.
    fn three() -> (Forms, [FormId; 3]) {
        let mut forms = Forms::default();
        let tests = [1, 2, 3].map(|at| forms.test(&Test::IsAbsent(AttributeId::new(at)), true, None));
        (forms, tests)
    }

    #[test]
    fn constants_and_repetitions_vanish() {
        let (mut forms, [a, b, _]) = three();
        let (yes, no) = (forms.constant(true), forms.constant(false));
        assert_eq!(forms.join(Joint::All, [a, yes, a]), a);
        assert_eq!(forms.join(Joint::All, [a, no, b]), no);
        assert_eq!(forms.join(Joint::Any, [a, no]), a);
        assert_eq!(forms.join(Joint::Any, []), no);
    }

    #[test]
    fn what_is_covered_is_absorbed() {
        let (mut forms, [a, b, c]) = three();
        let both = forms.join(Joint::All, [a, b]);
        assert_eq!(forms.join(Joint::Any, [both, a]), a);
        let all = forms.join(Joint::All, [c, b, a]);
        assert_eq!(forms.join(Joint::Any, [all, both]), both);
        let either = forms.join(Joint::Any, [a, b]);
        assert_eq!(forms.join(Joint::All, [a, either]), a);
    }

    #[test]
    fn a_test_and_its_negation_stay() {
        let (mut forms, [a, ..]) = three();
        let not = forms.negate(a);
        for joint in [Joint::All, Joint::Any] {
            let joined = forms.join(joint, [a, not]);
            assert_eq!(forms.parts(joined), [a, not]);
        }
    }

    #[test]
    fn negation_is_its_own_inverse() {
        let (mut forms, [a, b, c]) = three();
        let either = forms.join(Joint::Any, [b, a]);
        let root = forms.join(Joint::All, [c, either]);
        let negation = forms.negate(root);
        assert_ne!(negation, root);
        assert_eq!(forms.negate(negation), root);
    }

    #[test]
    fn the_order_of_writing_is_kept() {
        let (mut forms, [a, b, c]) = three();
        let joined = forms.join(Joint::All, [c, a, b]);
        assert_eq!(forms.parts(joined), [c, a, b]);
        assert_eq!(forms.join(Joint::All, [a, b, c]), joined);
        assert_eq!(forms.parts(joined), [c, a, b]);
        let sorted = forms.join(Joint::Any, [a, b]);
        assert_eq!(forms.join(Joint::Any, [b, a]), sorted);
        assert_eq!(forms.parts(sorted), [a, b]);
    }
}
