//! A loaded policy.

use crate::classes;
use crate::columns::texts;
use crate::context::Context;
use crate::data;
use crate::decision::{Decision, Entitlements};
use crate::errors;
use crate::given::{Fault, Faults, Problem, Situation};
use crate::session::Session;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyString, PyTuple, PyType};
use serde_json::Value as Json;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use wardkey::{Binder, ContextBuilder, EntitlementId, LoadError, Outcome, PolicyFiles};

/// Binders that wait for the next context; more are made where more threads ask at once.
const WAITING: usize = 64;

/// A policy and what serves to ask it quickly.
#[derive(Debug)]
pub(crate) struct Asked {
    pub policy: wardkey::Policy,
    /// Entitlements by their name as declared; any other spelling is looked up by the policy.
    names: HashMap<String, EntitlementId>,
    /// Taken out while a context is read, since that may run Python code and other threads meanwhile.
    places: Mutex<Vec<Place>>,
}

/// Where a context is read.
#[derive(Debug)]
struct Place {
    binder: Binder,
    /// A context that nobody has any more, for the next that is kept.
    spare: Option<Arc<wardkey::Context>>,
}

/// A policy: resolved rules and their compiled form.
#[pyclass(frozen, module = "wardkey")]
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    pub asked: Arc<Asked>,
}

impl Asked {
    fn new(policy: wardkey::Policy) -> Self {
        let names = policy.entitlement_ids().map(|id| (policy.entitlement_name(id).to_owned(), id)).collect();
        Self { policy, names, places: Mutex::new(Vec::new()) }
    }

    /// The entitlement of that name. Errors: there is none.
    pub fn entitlement(&self, name: &Bound<'_, PyString>) -> PyResult<EntitlementId> {
        let text = name.to_str()?;
        if let Some(&id) = self.names.get(text) {
            return Ok(id);
        }
        self.policy.entitlement(text).map_err(|error| errors::unknown_entitlement(name.py(), &error))
    }

    fn place(&self) -> Place {
        let waiting = self.places.lock().ok().and_then(|mut places| places.pop());
        waiting.unwrap_or_else(|| Place { binder: self.policy.binder(), spare: None })
    }

    fn put_back(&self, place: Place) {
        if let Ok(mut places) = self.places.lock()
            && places.len() < WAITING
        {
            places.push(place);
        }
    }

    /// A context that is let go.
    pub fn put_back_context(&self, context: &Arc<wardkey::Context>) {
        if Arc::strong_count(context) == 1
            && let Ok(mut places) = self.places.lock()
            && let Some(place) = places.last_mut().filter(|place| place.spare.is_none())
        {
            place.spare = Some(context.clone());
        }
    }

    /// Reads a context, or takes one that was built, and does something with it.
    pub fn with<R>(
        &self,
        py: Python<'_>,
        given: Option<&Bound<'_, PyAny>>,
        attributes: Option<&Bound<'_, PyDict>>,
        then: impl FnOnce(Bind<'_>) -> R,
    ) -> PyResult<R> {
        if let Some(built) = given.and_then(|given| given.cast::<Context>().ok()) {
            let built = built.get();
            self.check(py, built)?;
            return match attributes {
                None => Ok(then(Bind::Built(&built.context))),
                Some(attributes) => self.changed(py, built, attributes).map(|context| then(Bind::Built(&context))),
            };
        }
        let Place { mut binder, mut spare } = self.place();
        let faults = Faults::default();
        let json = given.filter(|given| is_json(given)).map(json_bytes).transpose()?;
        let object = given.or(attributes.map(|attributes| attributes.as_any()));
        let bound = match &json {
            _ if given.is_some() && attributes.is_some() => None,
            Some(json) => binder.json(&self.policy, json).ok(),
            None => binder.values(&self.policy, &Situation { object, faults: &faults }).ok(),
        };
        let answer = match bound {
            Some(context) => Ok(then(Bind::Read(context, &mut spare))),
            // what cannot be read at once is read with patience, so that everything that is wrong is told
            None => match faults.take_raised() {
                Some(raised) => Err(raised),
                None => {
                    self.read(py, given, attributes, false).map(|(context, _)| then(Bind::Read(&context, &mut spare)))
                }
            },
        };
        self.put_back(Place { binder, spare });
        answer
    }

    /// Reads a context with everything that a builder offers; what could not be read and was taken for unknown comes with it.
    fn read(
        &self,
        py: Python<'_>,
        given: Option<&Bound<'_, PyAny>>,
        attributes: Option<&Bound<'_, PyDict>>,
        is_lenient: bool,
    ) -> PyResult<(wardkey::Context, Vec<String>)> {
        self.patiently(py, given, attributes, is_lenient, |give| {
            let builder = give(self.policy.context());
            if is_lenient { builder.lenient().build() } else { builder.build() }
        })
    }

    /// Does something with what is given, and tells everything that is wrong with it: what Python values cannot be, and what the policy
    /// cannot read. What the policy does not know is passed over, whatever it is, where there is no catalogue.
    pub fn patiently<R>(
        &self,
        py: Python<'_>,
        given: Option<&Bound<'_, PyAny>>,
        attributes: Option<&Bound<'_, PyDict>>,
        is_lenient: bool,
        then: impl FnOnce(&dyn Fn(ContextBuilder<'_>) -> ContextBuilder<'_>) -> Result<R, wardkey::Error>,
    ) -> PyResult<(R, Vec<String>)> {
        let faults = Faults::going_on();
        let is_text = given.is_some_and(is_json);
        let mut parts: Vec<Part<'_>> = Vec::new();
        if let Some(json) = given.filter(|_| is_text) {
            parts.push(Part::Text(json_bytes(json)?));
        }
        let attributes = attributes.map(|attributes| attributes.as_any());
        for object in given.filter(|_| !is_text).into_iter().chain(attributes) {
            let json = serde_json::to_value(Situation { object: Some(object), faults: &faults });
            let read =
                json.map_err(|error| faults.take(py).unwrap_or_else(|| PyValueError::new_err(error.to_string())))?;
            parts.push(Part::Json(read));
        }
        let is_declared = self.policy.rule_set().catalogue.is_declared;
        let is_read = |name: String| self.policy.attribute(&name).is_some();
        let is_known = |fault: &Fault| is_declared || fault.attribute().is_none_or(is_read);
        let problems: Vec<Problem> = faults.all().into_iter().filter(is_known).map(Fault::problem).collect();
        if !is_lenient && !problems.is_empty() {
            // nothing is done, but what the policy says of the rest is told, too
            let more = give(self.policy.context(), &parts).build().err();
            let more = more.iter().flat_map(errors::problems_of);
            return Err(errors::context_problems(py, problems.into_iter().chain(more).collect()));
        }
        match then(&|builder| give(builder, &parts)) {
            Ok(done) => Ok((done, problems.into_iter().map(|(_, message, _)| message).collect())),
            Err(error) => Err(errors::context(py, &error)),
        }
    }

    /// A built context with some attributes changed.
    fn changed(
        &self,
        py: Python<'_>,
        built: &Context,
        attributes: &Bound<'_, PyDict>,
    ) -> PyResult<Arc<wardkey::Context>> {
        let mut context = (*built.context).clone();
        self.patiently(py, None, Some(attributes), false, |give| context.update(&self.policy, give))?;
        Ok(Arc::new(context))
    }

    /// Errors: the context was built with another policy.
    fn check(&self, py: Python<'_>, context: &Context) -> PyResult<()> {
        let other = &context.asked;
        if std::ptr::eq(self, &**other) || self.policy.hash() == other.policy.hash() {
            return Ok(());
        }
        Err(errors::other_policy(py))
    }
}

/// A part of what is given, in the order in which later ones replace what earlier ones say.
enum Part<'a> {
    Text(std::borrow::Cow<'a, [u8]>),
    Json(Json),
}

fn give<'p>(builder: ContextBuilder<'p>, parts: &[Part<'_>]) -> ContextBuilder<'p> {
    parts.iter().fold(builder, |builder, part| match part {
        Part::Text(text) => builder.json(&**text),
        Part::Json(json) => builder.values(json),
    })
}

/// A context, built before or just now in a place that is used again.
pub(crate) enum Bind<'c> {
    Built(&'c Arc<wardkey::Context>),
    Read(&'c wardkey::Context, &'c mut Option<Arc<wardkey::Context>>),
}

impl Bind<'_> {
    pub fn context(&self) -> &wardkey::Context {
        match self {
            Self::Built(context) => context,
            Self::Read(context, _) => context,
        }
    }

    /// To be kept.
    pub fn keep(self) -> Arc<wardkey::Context> {
        match self {
            Self::Built(context) => context.clone(),
            Self::Read(context, spare) => {
                let reused = spare.take().and_then(|mut kept| {
                    Arc::get_mut(&mut kept)?.clone_from(context);
                    Some(kept)
                });
                reused.unwrap_or_else(|| Arc::new(context.clone()))
            }
        }
    }
}

/// Whether a context comes as JSON text.
fn is_json(given: &Bound<'_, PyAny>) -> bool {
    given.is_instance_of::<PyString>() || given.is_instance_of::<PyBytes>() || given.is_instance_of::<PyByteArray>()
}

fn json_bytes<'a>(json: &'a Bound<'_, PyAny>) -> PyResult<std::borrow::Cow<'a, [u8]>> {
    if let Ok(text) = json.cast::<PyString>() {
        return Ok(text.to_str()?.as_bytes().into());
    }
    match json.cast::<PyBytes>() {
        Ok(bytes) => Ok(bytes.as_bytes().into()),
        Err(_) => Ok(json.cast::<PyByteArray>()?.to_vec().into()),
    }
}

/// Loads a policy from a folder, from one `.ward` file, or from a bundle.
#[pyfunction]
#[pyo3(signature = (path, /))]
pub(crate) fn load(py: Python<'_>, path: PathBuf) -> PyResult<Policy> {
    loaded(py, || wardkey::Policy::load(path))
}

/// Loads a policy from texts.
#[pyfunction]
#[pyo3(signature = (rules, /, *, catalogue = None, tables = None))]
pub(crate) fn parse(
    py: Python<'_>,
    rules: &Bound<'_, PyAny>,
    catalogue: Option<String>,
    tables: Option<&Bound<'_, PyAny>>,
) -> PyResult<Policy> {
    let mut files = PolicyFiles::new();
    if let Ok(text) = rules.cast::<PyString>() {
        files = files.rules("<rules>", text.to_str()?);
    } else {
        for (name, text) in texts("rules", rules)? {
            files = files.rules(name, text);
        }
    }
    if let Some(catalogue) = catalogue {
        files = files.catalogue("catalogue.yaml", catalogue);
    }
    for (name, text) in tables.map(|tables| texts("tables", tables)).transpose()?.unwrap_or_default() {
        files = files.table(name, text);
    }
    loaded(py, || files.load())
}

fn loaded(py: Python<'_>, load: impl FnOnce() -> Result<wardkey::Policy, LoadError> + Send) -> PyResult<Policy> {
    match py.detach(load) {
        Ok(policy) => Ok(Policy { asked: Arc::new(Asked::new(policy)) }),
        Err(error) => Err(errors::refused(py, &error)),
    }
}

#[pymethods]
impl Policy {
    /// Reads a context, to be asked about more than once.
    #[pyo3(signature = (given = None, /, *, lenient = false, **attributes))]
    fn context(
        &self,
        py: Python<'_>,
        given: Option<&Bound<'_, PyAny>>,
        lenient: bool,
        attributes: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Context> {
        let (context, unusable) = if lenient && !given.is_some_and(|given| given.is_instance_of::<Context>()) {
            let (context, unusable) = self.asked.read(py, given, attributes, true)?;
            (Arc::new(context), unusable)
        } else {
            (self.asked.with(py, given, attributes, |bind| bind.keep())?, Vec::new())
        };
        Ok(Context { asked: self.asked.clone(), context, unusable: unusable.into() })
    }

    /// The answer for one entitlement, with everything behind it at hand.
    #[pyo3(signature = (context, entitlement, /, **attributes))]
    fn decide(
        &self,
        py: Python<'_>,
        context: Option<&Bound<'_, PyAny>>,
        entitlement: &Bound<'_, PyString>,
        attributes: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Decision> {
        let id = self.asked.entitlement(entitlement)?;
        let (context, outcome) = self.asked.with(py, context, attributes, |bind| {
            let outcome = self.asked.policy.outcome(bind.context(), id);
            (bind.keep(), outcome)
        })?;
        Ok(Decision { asked: self.asked.clone(), context, id, outcome })
    }

    /// The answer alone.
    #[pyo3(signature = (context, entitlement, /, **attributes))]
    fn outcome(
        &self,
        py: Python<'_>,
        context: Option<&Bound<'_, PyAny>>,
        entitlement: &Bound<'_, PyString>,
        attributes: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Py<PyAny>> {
        classes::outcome(py, self.asked_outcome(py, context, entitlement, attributes)?)
    }

    /// Whether it is given: the answer alone, as a truth value.
    #[pyo3(signature = (context, entitlement, /, **attributes))]
    fn allows(
        &self,
        py: Python<'_>,
        context: Option<&Bound<'_, PyAny>>,
        entitlement: &Bound<'_, PyString>,
        attributes: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<bool> {
        self.asked_outcome(py, context, entitlement, attributes).map(Outcome::is_allowed)
    }

    /// The answers for every entitlement.
    #[pyo3(signature = (context = None, /, **attributes))]
    fn entitlements(
        &self,
        py: Python<'_>,
        context: Option<&Bound<'_, PyAny>>,
        attributes: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Entitlements> {
        let context = self.asked.with(py, context, attributes, |bind| bind.keep())?;
        Ok(Entitlements::new(self.asked.clone(), context))
    }

    /// Why a decision comes out as it does: every rule that speaks of the entitlement.
    #[pyo3(signature = (context, entitlement, /, *, language = None, **attributes))]
    fn explain<'py>(
        &self,
        py: Python<'py>,
        context: Option<&Bound<'_, PyAny>>,
        entitlement: &Bound<'_, PyString>,
        language: Option<&str>,
        attributes: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.decide(py, context, entitlement, attributes)?.explain(py, language)
    }

    /// What is left of the rules where what is not known is taken as not yet asked.
    #[pyo3(signature = (context, entitlement, /, **attributes))]
    fn residual<'py>(
        &self,
        py: Python<'py>,
        context: Option<&Bound<'_, PyAny>>,
        entitlement: &Bound<'_, PyString>,
        attributes: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let id = self.asked.entitlement(entitlement)?;
        let context = self.asked.with(py, context, attributes, |bind| bind.keep())?;
        let residual = py.detach(|| self.asked.policy.residual(&context, id));
        result(py, "residual", &serde_json::to_value(residual).unwrap_or_default())
    }

    /// Begins a session: a context that is followed as it changes.
    #[pyo3(signature = (context = None, /, **attributes))]
    fn session(
        &self,
        py: Python<'_>,
        context: Option<&Bound<'_, PyAny>>,
        attributes: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Session> {
        let context = self.asked.with(py, context, attributes, |bind| bind.keep())?;
        Session::new(py, self.asked.clone(), &context)
    }

    /// SHA-256, in hex, of what the policy means.
    #[getter]
    fn hash(&self) -> &str {
        self.asked.policy.hash()
    }

    /// Names of everything that can be asked about, in the catalogue's order.
    #[getter]
    fn entitlement_names<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let policy = &self.asked.policy;
        PyTuple::new(py, policy.entitlement_ids().map(|id| policy.entitlement_name(id)).collect::<Vec<_>>())
    }

    /// Names of the attributes of a context.
    #[getter]
    fn attribute_names<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let attributes = &self.asked.policy.rule_set().catalogue.attributes;
        PyTuple::new(py, attributes.values().map(|attribute| attribute.name.as_str()).collect::<Vec<_>>())
    }

    /// Warnings and notes of the load.
    #[getter]
    fn diagnostics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let policy = &self.asked.policy;
        result(py, "diagnostics", &data::diagnostics(policy.diagnostics(), policy.sources()))
    }

    /// The rules, by id.
    #[getter]
    fn rules<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let policy = &self.asked.policy;
        let rules = policy.rule_set().rules.iter().map(|rule| data::rule(rule, policy.sources()));
        result(py, "rules", &Json::Array(rules.collect()))
    }

    /// The texts that the policy was loaded from, by name.
    #[getter]
    fn sources<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (_, source) in self.asked.policy.sources().iter() {
            dict.set_item(source.name(), source.text())?;
        }
        Ok(dict)
    }

    /// The policy as bytes that load in a small part of the time that the files take, for this release only.
    fn to_bundle<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let bundle = py.detach(|| self.asked.policy.to_bundle());
        PyBytes::new(py, &bundle)
    }

    /// Loads a policy from a bundle.
    #[classmethod]
    #[pyo3(signature = (bundle, /))]
    fn from_bundle(class: &Bound<'_, PyType>, bundle: &[u8]) -> PyResult<Self> {
        loaded(class.py(), || wardkey::Policy::from_bundle(bundle))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        let py = slf.py();
        Ok((py.get_type::<Self>().getattr("from_bundle")?, (slf.get().to_bundle(py),)))
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| self.hash() == other.get().hash())
    }

    fn __hash__(&self) -> u64 {
        // the first digits of a hash are one
        self.hash().get(..15).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or_default()
    }

    fn __repr__(&self) -> String {
        let policy = &self.asked.policy;
        let rules = policy.rule_set().rules.len();
        let hash = policy.hash().get(..12).unwrap_or_default();
        format!("<wardkey.Policy: {rules} rules, {} entitlements, {hash}>", policy.entitlement_ids().len())
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        classes::result(slf.py(), "policy_html", slf)
    }
}

impl Policy {
    fn asked_outcome(
        &self,
        py: Python<'_>,
        context: Option<&Bound<'_, PyAny>>,
        entitlement: &Bound<'_, PyString>,
        attributes: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Outcome> {
        let id = self.asked.entitlement(entitlement)?;
        self.asked.with(py, context, attributes, |bind| self.asked.policy.outcome(bind.context(), id))
    }
}

/// A result that a function of `wardkey._results` makes of data.
pub(crate) fn result<'py>(py: Python<'py>, function: &str, json: &Json) -> PyResult<Bound<'py, PyAny>> {
    classes::result(py, function, &data::to_python(py, json)?)
}
