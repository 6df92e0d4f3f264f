//! A situation that was read once.

use crate::policy::Asked;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use std::sync::Arc;
use wardkey::model::{State, read::write};

/// What is known of a person and a situation.
#[pyclass(frozen, module = "wardkey")]
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub asked: Arc<Asked>,
    pub context: Arc<wardkey::Context>,
    /// What Python could not say, where it was read leniently.
    pub unusable: Arc<[String]>,
}

impl Context {
    pub fn new(asked: Arc<Asked>, context: Arc<wardkey::Context>) -> Self {
        Self { asked, context, unusable: Arc::default() }
    }
}

#[pymethods]
impl Context {
    /// What is known of each attribute, as people write it; `None` where there is no value. What is unknown, and what the
    /// catalogue keeps to itself, is not in it.
    #[getter]
    fn values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (name, text) in self.known() {
            dict.set_item(name, text)?;
        }
        Ok(dict)
    }

    /// Names that the policy does not know and that were passed over.
    #[getter]
    fn passed_over<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.context.passed_over())
    }

    /// What could not be read and was taken for unknown, since the context was read leniently.
    #[getter]
    fn unusable<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let unusable = self.context.unusable().iter().map(ToString::to_string);
        PyTuple::new(py, self.unusable.iter().cloned().chain(unusable).collect::<Vec<_>>())
    }

    fn __repr__(&self) -> String {
        let known = self.known().map(|(name, text)| match text {
            Some(text) => format!("{name} = {text}"),
            None => format!("{name} = (absent)"),
        });
        format!("<wardkey.Context: {}>", known.collect::<Vec<_>>().join(", "))
    }
}

impl Context {
    fn known(&self) -> impl Iterator<Item = (&str, Option<String>)> {
        let policy = &self.asked.policy;
        let catalogue = &policy.rule_set().catalogue;
        let states = catalogue.attributes.values().zip(self.context.states(policy));
        states.filter(|(attribute, _)| attribute.may_disclose).filter_map(move |(attribute, state)| {
            let text = match state {
                State::Unknown => return None,
                State::Absent => None,
                State::Present(value) => Some(write(value, catalogue, &attribute.ty)),
            };
            Some((attribute.name.as_str(), text))
        })
    }
}
