//! The reference evaluator: what a policy means, written so that it can be checked against the language's decisions line
//! by line. It is the semantics. It is slow on purpose, keeps nothing between two questions, and shares no evaluation
//! code with the engine: only the model's data types and the hierarchy's `is_within`, `overlap` and `is_leaf`.
//!
//! The numbers in the comments are those of the decisions in the semantics notes.

mod condition;
mod decision;
mod parameters;
mod sets;

pub use decision::{Fired, Outcome, Verdict, attributes_of};
pub use parameters::{Combined, Worth};

use crate::facts::Facts;
use wardkey::model::RuleSet;

/// A policy and a context: everything a question can be answered from.
#[derive(Clone, Copy, Debug)]
pub struct Reference<'a> {
    rules: &'a RuleSet,
    facts: &'a Facts,
    /// Whether unknown attributes are taken as not yet asked for, so that `is known` is open for them.
    is_asking: bool,
}

impl<'a> Reference<'a> {
    /// Answers for this policy in this context.
    pub fn new(rules: &'a RuleSet, facts: &'a Facts) -> Self {
        Self { rules, facts, is_asking: false }
    }

    /// The same for what asking could change (10).
    fn asking(self) -> Self {
        Self { is_asking: true, ..self }
    }
}
