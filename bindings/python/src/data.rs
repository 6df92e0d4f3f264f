//! Data of the library as plain Python values: what results are made of.

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use serde_json::{Value as Json, json};
use wardkey::diagnostic::{Diagnostic, render};
use wardkey::model::Rule;
use wardkey::source::Sources;
use wardkey_cli::json as answers;

/// JSON as Python values.
pub(crate) fn to_python<'py>(py: Python<'py>, json: &Json) -> PyResult<Bound<'py, PyAny>> {
    match json {
        Json::Null => Ok(py.None().into_bound(py)),
        Json::Bool(flag) => flag.into_bound_py_any(py),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => number.into_bound_py_any(py),
            (None, Some(number)) => number.into_bound_py_any(py),
            (None, None) => number.as_f64().into_bound_py_any(py),
        },
        Json::String(text) => text.into_bound_py_any(py),
        Json::Array(items) => {
            let list = PyList::empty(py);
            items.iter().try_for_each(|item| list.append(to_python(py, item)?))?;
            Ok(list.into_any())
        }
        Json::Object(members) => {
            let dict = PyDict::new(py);
            members.iter().try_for_each(|(name, value)| dict.set_item(name, to_python(py, value)?))?;
            Ok(dict.into_any())
        }
    }
}

/// A diagnostic, with its text as it is shown to people.
pub(crate) fn diagnostic(diagnostic: &Diagnostic, sources: &Sources) -> Json {
    let mut json = answers::diagnostic(diagnostic, sources);
    json["text"] = json!(render(diagnostic, sources, false));
    json
}

/// All of them.
pub(crate) fn diagnostics(all: &[Diagnostic], sources: &Sources) -> Json {
    Json::Array(all.iter().map(|one| diagnostic(one, sources)).collect())
}

/// A rule as it was written.
pub(crate) fn rule(rule: &Rule, sources: &Sources) -> Json {
    let because = rule.because.iter().map(|(language, text)| json!({ "language": language, "text": text }));
    json!({
        "id": &*rule.id,
        "is_named": rule.is_named,
        "text": rule.text,
        "places": rule.spans.iter().map(|&span| answers::range(span, sources)).collect::<Vec<_>>(),
        "because": because.collect::<Vec<_>>(),
        "is_trial": rule.is_trial,
        "is_disabled": rule.is_disabled,
    })
}
