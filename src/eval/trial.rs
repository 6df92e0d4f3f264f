//! States tried one after another, without a context: what a test comes to in each.

use super::cells::{Cell, Cells};
use super::facts::Facts;
use super::{Policy, tests};
use crate::compile::Tri;
use crate::model::{AttributeId, State, Test};

/// What is known of each attribute, for trying tests. Nothing is checked: a state must be one of the attribute's type.
#[derive(Debug)]
pub(crate) struct Trial<'p> {
    policy: &'p Policy,
    cells: Cells,
}

impl<'p> Trial<'p> {
    /// Nothing is known.
    pub fn new(policy: &'p Policy) -> Self {
        Self { policy, cells: Cells::unknown(policy.rule_set().catalogue.attributes.len()) }
    }

    /// Puts what is known of an attribute.
    pub fn put(&mut self, attribute: AttributeId, state: State) {
        self.cells.put(attribute, Cell::Own(state));
    }

    /// What a test comes to.
    pub fn value(&self, test: &Test) -> Tri {
        tests::value(&Facts::new(self.policy, &self.cells), test)
    }

    /// What several tests come to, one after another.
    pub fn values<'t>(&self, tests: impl IntoIterator<Item = &'t Test>, into: &mut Vec<Tri>) {
        let facts = Facts::new(self.policy, &self.cells);
        into.extend(tests.into_iter().map(|test| tests::value(&facts, test)));
    }
}
