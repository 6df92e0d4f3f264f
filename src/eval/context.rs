//! A context that has been read: what is known of each attribute, in the form the compiled policy looks up.

use super::facts::Facts;
use super::{Policy, Problem, tests};
use crate::compile::Placement;
use crate::model::{AttributeId, EntitlementId, NOW, State, Value};
use jiff::Timestamp;

/// A situation to decide about. Owned, checked against its policy when built, shareable between threads.
///
/// It belongs to the policy that built it: any other denies it everything.
///
/// ```
/// use wardkey::Policy;
///
/// let policy = Policy::parse("role = Nurse -> allow EHR")?;
/// // without a catalogue, what no rule reads is passed over
/// let context = policy.context().set("role", "Nurse").set("shoe_size", 42).build()?;
/// assert_eq!(context.passed_over(), ["shoe_size"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Context {
    pub(super) stamp: u64,
    pub(super) states: Vec<State>,
    pub(super) placement: Placement,
    pub(super) approvals: Vec<Approval>,
    pub(super) defaults: Vec<AttributeId>,
    pub(super) passed_over: Vec<String>,
    pub(super) unusable: Vec<Problem>,
}

/// An approved request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Approval {
    /// Sorted; each covers what lies below it.
    pub covers: Vec<EntitlementId>,
    /// The first instant at which it no longer counts.
    pub until: Option<Timestamp>,
}

impl Context {
    /// Names that the policy does not know and that were passed over.
    pub fn passed_over(&self) -> &[String] {
        &self.passed_over
    }

    /// What could not be read and was taken for unknown, since the context was built leniently.
    pub fn unusable(&self) -> &[Problem] {
        &self.unusable
    }

    /// What is known of each attribute, in the catalogue's order.
    pub fn states(&self) -> &[State] {
        &self.states
    }

    /// The instant of the context, if it is known.
    pub fn now(&self) -> Option<Timestamp> {
        match self.states.get(NOW.index()) {
            Some(State::Present(Value::DateTime(now))) => Some(*now),
            _ => None,
        }
    }

    /// Finds the rows of the compiled policy that these states stand for.
    pub(super) fn place(policy: &Policy, states: &[State]) -> Placement {
        let facts = Facts::new(&policy.rule_set().catalogue, states);
        let index = policy.index();
        let mut placement = index.blank();
        for (at, (input, classes)) in index.inputs().enumerate() {
            index.put(&mut placement, at, classes.class(&facts.input(input)));
        }
        index.evaluate(&mut placement, |test| tests::value(&facts, test));
        placement
    }
}

impl Approval {
    /// Whether it counts at an instant; one with an end does not where the instant is unknown.
    pub fn holds(&self, now: Option<Timestamp>) -> bool {
        self.until.is_none_or(|until| now.is_some_and(|now| now < until))
    }
}
