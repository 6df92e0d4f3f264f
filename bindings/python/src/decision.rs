//! Answers, each with everything behind it, worked out when asked for.

use crate::classes;
use crate::context::Context;
use crate::data;
use crate::policy::{Asked, Policy, result};
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use wardkey::eval::FiredRule;
use wardkey::{EntitlementId, Outcome, Timestamp};

/// The answer for one entitlement.
#[pyclass(frozen, module = "wardkey")]
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    pub asked: Arc<Asked>,
    pub context: Arc<wardkey::Context>,
    pub id: EntitlementId,
    pub outcome: Outcome,
}

impl Drop for Decision {
    fn drop(&mut self) {
        self.asked.put_back_context(&self.context);
    }
}

impl Decision {
    fn inner(&self) -> wardkey::Decision<'_> {
        self.asked.policy.decide(&self.context, self.id)
    }

    fn fired<'py>(&self, py: Python<'py>, rules: &[FiredRule<'_>]) -> PyResult<Bound<'py, PyAny>> {
        let sources = self.asked.policy.sources();
        let fired = rules.iter().map(|fired| {
            let mut json = data::rule(fired.rule, sources);
            json["is_certain"] = json!(fired.is_certain);
            json["missing"] = json!(fired.missing);
            json
        });
        result(py, "fired_rules", &Json::Array(fired.collect()))
    }

    fn record(&self, py: Python<'_>, language: Option<&str>) -> Json {
        // a record has text keys and finite numbers only, so nothing can fail
        py.detach(|| serde_json::to_value(self.inner().record(language)).unwrap_or_default())
    }
}

#[pymethods]
impl Decision {
    /// The answer.
    #[getter]
    fn outcome(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        classes::outcome(py, self.outcome)
    }

    /// Whether it is given.
    #[getter]
    fn is_allowed(&self) -> bool {
        self.outcome.is_allowed()
    }

    fn __bool__(&self) -> bool {
        self.outcome.is_allowed()
    }

    /// What was asked about.
    #[getter]
    fn entitlement(&self) -> &str {
        self.asked.policy.entitlement_name(self.id)
    }

    /// The context it was decided in.
    #[getter]
    fn context(&self) -> Context {
        Context::new(self.asked.clone(), self.context.clone())
    }

    /// The policy that decided.
    #[getter]
    fn policy(&self) -> Policy {
        Policy { asked: self.asked.clone() }
    }

    /// The rules that decided: all that fired in the winning rank, by id.
    #[getter]
    fn rules<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.fired(py, &self.inner().rules())
    }

    /// Rules that fired in weaker ranks only, by id.
    #[getter]
    fn outranked<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.fired(py, &self.inner().outranked())
    }

    /// What the deciding rules say to the person concerned, each text once, in the wanted language if there is one in it.
    #[pyo3(signature = (language = None, /))]
    fn because<'py>(&self, py: Python<'py>, language: Option<&str>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.inner().because(language))
    }

    /// What goes with what is given.
    #[getter]
    fn parameters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        data::to_python(py, &Json::Object(self.inner().parameters().to_json()))
    }

    /// Names of parameters of which not every value certainly applies.
    #[getter]
    fn unsettled<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let parameters = self.inner().parameters();
        let names = parameters.iter().filter(|parameter| !parameter.is_settled()).map(|parameter| &*parameter.name);
        PyTuple::new(py, names.collect::<Vec<_>>())
    }

    /// Names of parameters that can have but one value and got several.
    #[getter]
    fn conflicts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let parameters = self.inner().parameters();
        let names = parameters.iter().filter(|parameter| parameter.is_conflict).map(|parameter| &*parameter.name);
        PyTuple::new(py, names.collect::<Vec<_>>())
    }

    /// Attributes that are not known and could change the outcome.
    #[getter]
    fn missing<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.inner().missing())
    }

    /// Attributes left out for which a default stepped in.
    #[getter]
    fn defaults_applied<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.inner().defaults_applied())
    }

    /// Attributes such that while they stay the same, so does the decision.
    #[getter]
    fn depends_on<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.inner().depends_on())
    }

    /// How long the decision holds if nothing changes but the time.
    #[getter]
    fn valid_until<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let end = py.detach(|| self.inner().valid_until());
        valid_until(py, end)
    }

    /// Why it came out so: every rule that speaks of the entitlement, part by part.
    #[pyo3(signature = (language = None, /))]
    pub fn explain<'py>(&self, py: Python<'py>, language: Option<&str>) -> PyResult<Bound<'py, PyAny>> {
        let explanation = py.detach(|| self.asked.policy.explain(&self.context, self.id, language));
        result(py, "explanation", &serde_json::to_value(explanation).unwrap_or_default())
    }

    /// Everything above as plain data, as the command line gives it.
    #[pyo3(signature = (language = None, /))]
    fn to_dict<'py>(&self, py: Python<'py>, language: Option<&str>) -> PyResult<Bound<'py, PyAny>> {
        data::to_python(py, &self.record(py, language))
    }

    /// The same as JSON text.
    #[pyo3(signature = (language = None, /))]
    fn to_json(&self, py: Python<'_>, language: Option<&str>) -> String {
        self.record(py, language).to_string()
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| {
            let other = other.get();
            self.asked.policy.hash() == other.asked.policy.hash()
                && self.inner().record(None) == other.inner().record(None)
        })
    }

    fn __hash__(&self) -> u64 {
        ((self.id.in_catalogue().index() as u64) << 2) | self.outcome as u64
    }

    /// `EHR: allowed by clinical`
    fn __str__(&self) -> String {
        let decision = self.inner();
        let name = |fired: &FiredRule<'_>| {
            if fired.rule.is_named { fired.rule.id.to_string() } else { fired.rule.text.clone() }
        };
        let rules: Vec<String> = decision.rules().iter().map(name).collect();
        let words = self.outcome.as_str().replace('_', " ");
        let mut text = format!("{}: {words}", self.entitlement());
        if !rules.is_empty() {
            text.push_str(&format!(" by {}", rules.join(", ")));
        }
        let because = decision.because(None);
        if !because.is_empty() {
            text.push_str(&format!(" ({})", because.join("; ")));
        }
        text
    }

    fn __repr__(&self) -> String {
        format!("<wardkey.Decision: {}>", self.__str__())
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        classes::result(slf.py(), "decision_html", slf)
    }
}

/// `wardkey.ValidUntil`, with the instant in UTC.
pub(crate) fn valid_until<'py>(py: Python<'py>, end: wardkey::ValidUntil) -> PyResult<Bound<'py, PyAny>> {
    // whole microseconds, and never later than it is
    let at = end.timestamp().map(|at: Timestamp| at.as_microsecond());
    result(py, "valid_until", &json!({ "kind": end.kind(), "microseconds": at }))
}

/// The answers for every entitlement in one context, by name.
#[pyclass(frozen, mapping, module = "wardkey")]
#[derive(Clone, Debug)]
pub(crate) struct Entitlements {
    asked: Arc<Asked>,
    context: Arc<wardkey::Context>,
    /// In the catalogue's order.
    outcomes: Arc<Vec<Outcome>>,
}

impl Entitlements {
    pub fn new(asked: Arc<Asked>, context: Arc<wardkey::Context>) -> Self {
        let outcomes = Arc::new(asked.policy.entitlements(&context).outcomes());
        Self { asked, context, outcomes }
    }

    fn decision(&self, id: EntitlementId) -> Decision {
        let outcome = self.outcomes.get(id.in_catalogue().index()).copied().unwrap_or(Outcome::Denied);
        Decision { asked: self.asked.clone(), context: self.context.clone(), id, outcome }
    }

    fn each(&self) -> impl Iterator<Item = (&str, EntitlementId, Outcome)> {
        let policy = &self.asked.policy;
        policy
            .entitlement_ids()
            .zip(self.outcomes.iter())
            .map(|(id, &outcome)| (policy.entitlement_name(id), id, outcome))
    }

    /// `2 of 9 allowed: EHR, Email`
    pub fn summary(&self) -> String {
        let given: Vec<&str> = self.each().filter(|one| one.2.is_allowed()).map(|one| one.0).collect();
        let count = format!("{} of {} allowed", given.len(), self.outcomes.len());
        if given.is_empty() { count } else { format!("{count}: {}", given.join(", ")) }
    }

    fn names<'py>(&self, py: Python<'py>, wanted: impl Fn(Outcome) -> bool) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.each().filter(|one| wanted(one.2)).map(|one| one.0).collect::<Vec<_>>())
    }
}

#[pymethods]
impl Entitlements {
    /// Names of what is given.
    #[getter]
    fn allowed<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        self.names(py, Outcome::is_allowed)
    }

    /// Names of what may be asked for.
    #[getter]
    fn offered<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        self.names(py, |outcome| outcome == Outcome::Offered)
    }

    /// Names of what a rule takes away.
    #[getter]
    fn denied<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        self.names(py, |outcome| outcome == Outcome::Denied)
    }

    /// The bare answers, by name.
    #[getter]
    fn outcomes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (name, _, outcome) in self.each() {
            dict.set_item(name, classes::outcome(py, outcome)?)?;
        }
        Ok(dict)
    }

    fn __len__(&self) -> usize {
        self.outcomes.len()
    }

    fn __contains__(&self, name: &Bound<'_, PyAny>) -> bool {
        let name = name.cast::<PyString>().ok().and_then(|name| name.to_str().ok());
        name.is_some_and(|name| self.asked.policy.entitlement(name).is_ok())
    }

    fn __getitem__(&self, py: Python<'_>, name: &Bound<'_, PyString>) -> PyResult<Decision> {
        let found = self.asked.entitlement(name);
        found.map(|id| self.decision(id)).map_err(|error| PyKeyError::new_err(error.value(py).to_string()))
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.keys(py)?.try_iter()?.into_any())
    }

    /// The decision for one of them, or something else.
    #[pyo3(signature = (name, default = None, /))]
    fn get(
        &self,
        py: Python<'_>,
        name: &Bound<'_, PyString>,
        default: Option<Py<PyAny>>,
    ) -> PyResult<Option<Py<PyAny>>> {
        match self.asked.entitlement(name) {
            Ok(id) => Ok(Some(Py::new(py, self.decision(id))?.into_any())),
            Err(_) => Ok(default),
        }
    }

    /// Their names, in the catalogue's order.
    fn keys<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        self.names(py, |_| true)
    }

    /// The decisions, in the catalogue's order.
    fn values(&self) -> Decisions {
        Decisions { all: self.clone(), is_named: false, next: 0.into() }
    }

    /// Names and decisions, in the catalogue's order.
    fn items(&self) -> Decisions {
        Decisions { all: self.clone(), is_named: true, next: 0.into() }
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| {
            let other = other.get();
            self.asked.policy.hash() == other.asked.policy.hash() && self.outcomes == other.outcomes
        })
    }

    fn __repr__(&self) -> String {
        format!("<wardkey.Entitlements: {}>", self.summary())
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        classes::result(slf.py(), "entitlements_html", slf)
    }
}

/// Goes through decisions one by one.
#[pyclass(frozen, module = "wardkey._wardkey")]
#[derive(Debug)]
pub(crate) struct Decisions {
    all: Entitlements,
    is_named: bool,
    next: std::sync::atomic::AtomicUsize,
}

#[pymethods]
impl Decisions {
    fn __iter__<'py>(slf: &Bound<'py, Self>) -> Bound<'py, Self> {
        slf.clone()
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let at = self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let Some(id) = self.all.asked.policy.entitlement_ids().nth(at) else { return Ok(None) };
        let decision = Py::new(py, self.all.decision(id))?;
        if !self.is_named {
            return Ok(Some(decision.into_any()));
        }
        let name = PyString::new(py, self.all.asked.policy.entitlement_name(id));
        Ok(Some((name, decision).into_pyobject(py)?.into_any().unbind()))
    }

    fn __length_hint__(&self) -> usize {
        self.all.outcomes.len().saturating_sub(self.next.load(std::sync::atomic::Ordering::Relaxed))
    }
}
