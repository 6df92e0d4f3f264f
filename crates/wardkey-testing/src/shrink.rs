//! Makes a failing case small: drops rules, entries of the context and declarations, one by one, while it still fails.

use crate::generate::{GeneratedContext, GeneratedPolicy};
use serde_json::Value as Json;
use std::fmt;

/// A case that fails, ready to be read.
#[derive(Clone, Debug)]
pub struct Reproduction {
    /// The seed it was made from.
    pub seed: u64,
    /// Which of the policy's contexts it was.
    pub number: u64,
    /// Vocabulary and rules.
    pub policy: GeneratedPolicy,
    /// The context.
    pub context: GeneratedContext,
    /// What does not hold.
    pub message: String,
}

impl Reproduction {
    /// Drops whatever is not needed for the failure. `check` says what fails, or nothing where all is well or the policy does
    /// not load.
    pub fn shrink(mut self, check: impl Fn(&GeneratedPolicy, &GeneratedContext) -> Option<String>) -> Self {
        let mut is_smaller = true;
        while is_smaller {
            is_smaller = false;
            for smaller in self.policy.smaller() {
                if let Some(message) = check(&smaller, &self.context) {
                    self = Self { policy: smaller, message, ..self };
                    is_smaller = true;
                    break;
                }
            }
            for at in (0..self.context.entries.len()).rev() {
                let mut context = self.context.clone();
                context.entries.remove(at);
                if let Some(message) = check(&self.policy, &context) {
                    self = Self { context, message, ..self };
                    is_smaller = true;
                }
            }
        }
        self
    }
}

impl fmt::Display for Reproduction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}, context {}: {}\n", self.seed, self.number, self.message)?;
        if let Some(catalogue) = self.policy.world.catalogue() {
            writeln!(f, "--- catalogue.yaml\n{catalogue}")?;
        }
        for (name, text) in self.policy.world.tables() {
            writeln!(f, "--- {name}\n{text}")?;
        }
        writeln!(f, "--- policy.ward\n{}", self.policy.text())?;
        let context: Json = self.context.json();
        writeln!(f, "--- context\n{context}")
    }
}
