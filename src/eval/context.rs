//! A context that has been read: what is known of each attribute, in the form the compiled policy looks up.

use crate::model::State;

/// A situation to decide about. Owned, checked against its policy when built, shareable between threads.
#[derive(Clone, Debug)]
pub struct Context {
    pub(super) stamp: u64,
    pub(super) states: Vec<State>,
    pub(super) passed_over: Vec<String>,
}

impl Context {
    /// Names that the policy does not know and that were passed over.
    pub fn passed_over(&self) -> &[String] {
        &self.passed_over
    }

    /// What is known of each attribute, in the catalogue's order.
    pub fn states(&self) -> &[State] {
        &self.states
    }
}
