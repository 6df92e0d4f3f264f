//! A person over time: what each change of the situation took away and gave.

use crate::classes;
use crate::context::Context;
use crate::decision::{Decision, Entitlements, valid_until};
use crate::errors;
use crate::given::to_json;
use crate::policy::{Asked, Policy};
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use std::borrow::Borrow;
use std::sync::{Arc, Mutex, MutexGuard};
use wardkey::Outcome;
use wardkey::eval::OutcomeChange;

/// How a session holds its policy.
#[derive(Clone, Debug)]
struct Owner(Arc<Asked>);

impl Borrow<wardkey::Policy> for Owner {
    fn borrow(&self) -> &wardkey::Policy {
        &self.0.policy
    }
}

/// A context that is followed as it changes. Threads take turns.
#[pyclass(frozen, module = "wardkey")]
#[derive(Debug)]
pub(crate) struct Session {
    asked: Arc<Asked>,
    // no Python code runs while it is held, so that nobody waits for two things at once
    session: Mutex<wardkey::Session<Owner>>,
}

/// An entitlement whose outcome is another than before.
#[pyclass(frozen, module = "wardkey")]
#[derive(Clone, Debug)]
pub(crate) struct Change {
    asked: Arc<Asked>,
    before: Arc<wardkey::Context>,
    after: Arc<wardkey::Context>,
    change: OutcomeChange,
}

/// What one change of the situation came to.
#[pyclass(frozen, sequence, module = "wardkey")]
#[derive(Clone, Debug)]
pub(crate) struct Delta {
    changes: Vec<Change>,
}

impl Session {
    pub fn new(py: Python<'_>, asked: Arc<Asked>, context: &wardkey::Context) -> PyResult<Self> {
        let session = wardkey::Session::new(Owner(asked.clone()), context.clone());
        let session = session.map_err(|error| errors::context(py, &error))?;
        Ok(Self { asked, session: Mutex::new(session) })
    }

    fn locked(&self) -> PyResult<MutexGuard<'_, wardkey::Session<Owner>>> {
        self.session.lock().map_err(|_| classes::broken())
    }

    fn kept(&self) -> PyResult<Arc<wardkey::Context>> {
        Ok(Arc::new(self.locked()?.context().clone()))
    }

    fn delta(
        &self,
        change: impl FnOnce(&mut wardkey::Session<Owner>) -> Result<Changes, wardkey::Error>,
        py: Python<'_>,
    ) -> PyResult<Delta> {
        let mut session = self.locked()?;
        let changes = change(&mut session).map_err(|error| errors::context(py, &error))?;
        Ok(self.told(&session, changes))
    }

    fn told(&self, session: &wardkey::Session<Owner>, changes: Changes) -> Delta {
        let Some((changes, before)) = changes else { return Delta { changes: Vec::new() } };
        let after = Arc::new(session.context().clone());
        let change =
            |change| Change { asked: self.asked.clone(), before: before.clone(), after: after.clone(), change };
        Delta { changes: changes.into_iter().map(change).collect() }
    }
}

/// What changed, and the context before; none if nothing did.
type Changes = Option<(Vec<OutcomeChange>, Arc<wardkey::Context>)>;

fn owned(delta: &wardkey::Delta<'_>) -> Changes {
    let changes = delta.changes().to_vec();
    (!changes.is_empty()).then(|| (changes, Arc::new(delta.context_before().clone())))
}

#[pymethods]
impl Session {
    /// Changes one attribute; `None` leaves it out from now on.
    #[pyo3(signature = (name, value, /))]
    fn set(&self, py: Python<'_>, name: &str, value: &Bound<'_, PyAny>) -> PyResult<Delta> {
        let json = to_json(value, name)?;
        self.delta(|session| session.set(name, json).map(|delta| owned(&delta)), py)
    }

    /// Changes several attributes at once: what is not named stays as it is.
    #[pyo3(signature = (given = None, /, **attributes))]
    fn update(
        &self,
        py: Python<'_>,
        given: Option<&Bound<'_, PyAny>>,
        attributes: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Delta> {
        let (delta, _) = self.asked.patiently(py, given, attributes, false, |give| {
            let mut session = match self.locked() {
                Ok(session) => session,
                Err(error) => return Ok(Err(error)),
            };
            let changes = session.update(give).map(|delta| owned(&delta))?;
            Ok(Ok(self.told(&session, changes)))
        })?;
        delta
    }

    /// The answer for one entitlement now.
    #[pyo3(signature = (entitlement, /))]
    fn decide(&self, entitlement: &Bound<'_, PyString>) -> PyResult<Decision> {
        let id = self.asked.entitlement(entitlement)?;
        let context = self.kept()?;
        let outcome = self.asked.policy.outcome(&context, id);
        Ok(Decision { asked: self.asked.clone(), context, id, outcome })
    }

    /// The bare answer for one entitlement now, as a truth value.
    #[pyo3(signature = (entitlement, /))]
    fn allows(&self, entitlement: &Bound<'_, PyString>) -> PyResult<bool> {
        let id = self.asked.entitlement(entitlement)?;
        Ok(self.asked.policy.outcome(self.locked()?.context(), id).is_allowed())
    }

    /// The answers for every entitlement now.
    fn entitlements(&self) -> PyResult<Entitlements> {
        Ok(Entitlements::new(self.asked.clone(), self.kept()?))
    }

    /// How long all decisions hold if nothing changes but the time. Then set `now`.
    #[getter]
    fn valid_until<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let end = self.locked()?.valid_until();
        valid_until(py, end)
    }

    /// The situation now.
    #[getter]
    fn context(&self) -> PyResult<Context> {
        Ok(Context::new(self.asked.clone(), self.kept()?))
    }

    /// The policy.
    #[getter]
    fn policy(&self) -> Policy {
        Policy { asked: self.asked.clone() }
    }

    fn __repr__(&self) -> PyResult<String> {
        let given = self.entitlements()?;
        Ok(format!("<wardkey.Session: {}>", given.summary()))
    }
}

impl Change {
    fn decision(&self, context: &Arc<wardkey::Context>, outcome: Outcome) -> Decision {
        Decision { asked: self.asked.clone(), context: context.clone(), id: self.change.entitlement, outcome }
    }

    fn name(&self) -> &str {
        self.asked.policy.entitlement_name(self.change.entitlement)
    }
}

#[pymethods]
impl Change {
    /// Which.
    #[getter]
    fn entitlement(&self) -> &str {
        self.name()
    }

    /// The decision before, with its reasons.
    #[getter]
    fn before(&self) -> Decision {
        self.decision(&self.before, self.change.before)
    }

    /// The decision now, with its reasons.
    #[getter]
    fn after(&self) -> Decision {
        self.decision(&self.after, self.change.after)
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| {
            let other = other.get();
            let values = |change: &Self| (change.change.before, change.change.after);
            self.name() == other.name() && values(self) == values(other)
        })
    }

    fn __hash__(&self) -> u64 {
        ((self.change.entitlement.in_catalogue().index() as u64) << 4)
            | ((self.change.before as u64) << 2)
            | self.change.after as u64
    }

    fn __repr__(&self) -> String {
        format!("<wardkey.Change: {}: {} to {}>", self.name(), self.change.before, self.change.after)
    }
}

impl Delta {
    fn names<'py>(&self, py: Python<'py>, wanted: impl Fn(&OutcomeChange) -> Outcome) -> PyResult<Bound<'py, PyTuple>> {
        let changes = self.changes.iter().filter(|change| wanted(&change.change).is_allowed());
        PyTuple::new(py, changes.map(Change::name).collect::<Vec<_>>())
    }
}

#[pymethods]
impl Delta {
    /// Names of what is given now and was not before.
    #[getter]
    fn gained<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        self.names(py, |change| change.after)
    }

    /// Names of what was given before and is not now.
    #[getter]
    fn lost<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        self.names(py, |change| change.before)
    }

    fn __len__(&self) -> usize {
        self.changes.len()
    }

    fn __getitem__(&self, at: isize) -> PyResult<Change> {
        let from_end = self.changes.len().checked_add_signed(at).filter(|_| at < 0);
        let at = usize::try_from(at).ok().or(from_end);
        let found = at.and_then(|at| self.changes.get(at));
        found.cloned().ok_or_else(|| PyIndexError::new_err("there are fewer changes"))
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(PyTuple::new(py, self.changes.clone())?.try_iter()?.into_any())
    }

    fn __repr__(&self) -> String {
        let changes = self.changes.iter().map(|change| {
            let OutcomeChange { before, after, .. } = change.change;
            format!("{} {before} to {after}", change.name())
        });
        format!("<wardkey.Delta: {}>", changes.collect::<Vec<_>>().join(", "))
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        classes::result(slf.py(), "delta_html", slf)
    }
}
