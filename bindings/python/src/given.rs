//! What Python hands over as a context, in the form that the library reads.
//!
//! The one idea: a Python value is *serialised*, as a Rust struct would be, so that texts are read where they lie and the library
//! decides what they mean. Plain values are told here; for anything else (dataclasses, models, enum members, datetimes) the module
//! `wardkey._plain` says which plain value stands for it. What cannot be taken is kept as a [`Fault`] that names the attribute,
//! since an error of serde has no room for it.

use crate::classes::{self, Class};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyString, PyTuple};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use std::cell::RefCell;
use wardkey::eval::limits::{DEPTH, ELEMENTS};

/// Values within values: a set within objects, and what stands for a member of an enumeration.
const NESTED: usize = DEPTH + 8;

/// Why a value cannot be taken.
#[derive(Debug, Default)]
pub(crate) struct Fault {
    /// Names from the inside out.
    path: Vec<String>,
    /// What is wrong, as it follows the attribute's name.
    message: String,
    help: Option<String>,
    /// What Python code raised meanwhile.
    cause: Option<PyErr>,
}

/// Where a fault is kept until it can be raised.
#[derive(Debug, Default)]
pub(crate) struct Faults(RefCell<Option<Fault>>);

impl Faults {
    /// Says what is wrong with a value.
    fn found<E: serde::ser::Error>(&self, message: impl Into<String>, help: &str) -> E {
        let help = (!help.is_empty()).then(|| help.to_owned());
        self.0.replace(Some(Fault { message: message.into(), help, ..Fault::default() }));
        E::custom("a value cannot be taken")
    }

    /// Python code failed that the value itself brought along.
    fn raised<E: serde::ser::Error>(&self, py: Python<'_>, cause: PyErr) -> E {
        let value = cause.value(py);
        let message = value.to_string();
        let fault = match value.getattr("help").and_then(|help| help.extract()) {
            // said by `wardkey._plain` itself
            Ok(help) => Fault { message, help, ..Fault::default() },
            Err(_) if message.is_empty() => {
                Fault { message: classes::type_name(&cause.get_type(py)), cause: Some(cause), ..Fault::default() }
            }
            Err(_) => Fault { message, cause: Some(cause), ..Fault::default() },
        };
        self.0.replace(Some(fault));
        E::custom("a value cannot be taken")
    }

    /// The value stands under that name.
    fn within(&self, name: &str) {
        if let Some(fault) = self.0.borrow_mut().as_mut() {
            fault.path.push(name.to_owned());
        }
    }

    /// The fault as an exception, if there is one.
    pub fn take(&self, py: Python<'_>) -> Option<PyErr> {
        self.0.take().map(|fault| fault.into_exception(py))
    }
}

impl Fault {
    fn into_exception(self, py: Python<'_>) -> PyErr {
        // what is no mistake about the context, such as an interrupt, is left alone
        if let Some(cause) = &self.cause
            && !cause.is_instance_of::<PyException>(py)
        {
            return self.cause.unwrap_or_else(|| PyException::new_err(self.message));
        }
        let names: Vec<&str> = self.path.iter().rev().map(String::as_str).collect();
        let attribute = (!names.is_empty()).then(|| names.join("."));
        let message = match &attribute {
            Some(name) => format!("`{name}`: {}", self.message),
            None => self.message,
        };
        let problem = (attribute, message, self.help);
        let error = classes::raise(py, Class::Context, (vec![problem],));
        if self.cause.is_some() {
            error.set_cause(py, self.cause);
        }
        error
    }
}

/// A Python value, to be serialised.
pub(crate) struct Given<'a, 'py> {
    pub value: &'a Bound<'py, PyAny>,
    pub faults: &'a Faults,
    pub depth: usize,
}

/// A context: an object, and attributes that replace those of the same name.
pub(crate) struct Situation<'a, 'py> {
    pub object: Option<&'a Bound<'py, PyAny>>,
    pub attributes: Option<&'a Bound<'py, PyDict>>,
    pub faults: &'a Faults,
}

impl Serialize for Situation<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.object, self.attributes) {
            (Some(object), None) => object_of(object, self.faults)?.serialize(serializer),
            (None, Some(attributes)) => Given::new(attributes, self.faults).serialize(serializer),
            (None, None) => serializer.serialize_map(Some(0))?.end(),
            (Some(object), Some(attributes)) => joined(object, attributes, self.faults)?.serialize(serializer),
        }
    }
}

impl<'a, 'py> Given<'a, 'py> {
    pub fn new(value: &'a Bound<'py, PyAny>, faults: &'a Faults) -> Self {
        Self { value, faults, depth: 0 }
    }
}

/// A value that has been made plain, held while it is serialised.
struct Plain<'a, 'py> {
    value: Bound<'py, PyAny>,
    faults: &'a Faults,
}

impl Serialize for Plain<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Given::new(&self.value, self.faults).serialize(serializer)
    }
}

/// The dict of a whole context. Errors: it is something that has no names.
fn object_of<'a, 'py, E: serde::ser::Error>(
    object: &Bound<'py, PyAny>,
    faults: &'a Faults,
) -> Result<Plain<'a, 'py>, E> {
    let mut value = object.clone();
    if !value.is_instance_of::<PyDict>() {
        value = classes::plain_object(&value).map_err(|error| faults.raised::<E>(value.py(), error))?;
    }
    Ok(Plain { value, faults })
}

fn joined<'a, 'py, E: serde::ser::Error>(
    object: &Bound<'py, PyAny>,
    attributes: &Bound<'py, PyDict>,
    faults: &'a Faults,
) -> Result<Plain<'a, 'py>, E> {
    let py = object.py();
    let object = object_of::<E>(object, faults)?.value;
    let join = || -> PyResult<Bound<'py, PyAny>> {
        let both = object.cast::<PyDict>()?.copy()?;
        both.update(attributes.as_mapping())?;
        Ok(both.into_any())
    };
    join().map(|value| Plain { value, faults }).map_err(|error| faults.raised(py, error))
}

impl Serialize for Given<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = self.value;
        if let Ok(text) = value.cast::<PyString>() {
            return match text.to_str() {
                Ok(text) => serializer.serialize_str(text),
                Err(_) => Err(self.faults.found(
                    "the text has half of a surrogate pair, which is no character",
                    "decode it with the encoding that it was written in",
                )),
            };
        }
        if let Ok(flag) = value.cast::<PyBool>() {
            return serializer.serialize_bool(flag.is_true());
        }
        if let Ok(number) = value.cast::<PyInt>() {
            return self.whole(number, serializer);
        }
        if value.is_none() {
            return serializer.serialize_none();
        }
        if let Ok(dict) = value.cast::<PyDict>() {
            return self.dict(dict, serializer);
        }
        if let Ok(number) = value.cast::<PyFloat>() {
            return self.float(number, serializer);
        }
        if is_list(value) {
            return self.list(serializer);
        }
        self.other(serializer)
    }
}

fn is_list(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<PyList>()
        || value.is_instance_of::<PyTuple>()
        || value.is_instance_of::<PySet>()
        || value.is_instance_of::<PyFrozenSet>()
}

impl<'a, 'py> Given<'a, 'py> {
    /// What stands within this value.
    fn inner<'b>(&'b self, value: &'b Bound<'py, PyAny>) -> Given<'b, 'py> {
        Given { value, faults: self.faults, depth: self.depth + 1 }
    }

    fn check_depth<E: serde::ser::Error>(&self) -> Result<(), E> {
        if self.depth < NESTED {
            return Ok(());
        }
        Err(self.faults.found(
            format!("values are nested deeper than {DEPTH}, perhaps in a circle"),
            "give an object of a few levels",
        ))
    }

    fn whole<S: Serializer>(&self, number: &Bound<'py, PyInt>, serializer: S) -> Result<S::Ok, S::Error> {
        if let Ok(number) = number.extract::<i64>() {
            return serializer.serialize_i64(number);
        }
        if let Ok(number) = number.extract::<u64>() {
            return serializer.serialize_u64(number);
        }
        // the policy reads longer ones from text
        match number.extract::<i128>() {
            Ok(number) => serializer.serialize_str(&number.to_string()),
            Err(_) => Err(self.faults.found(
                "the number has more digits than a policy can compare",
                "give a number of at most 29 digits, or leave the attribute out",
            )),
        }
    }

    fn float<S: Serializer>(&self, number: &Bound<'py, PyFloat>, serializer: S) -> Result<S::Ok, S::Error> {
        let number = number.value();
        if number.is_finite() {
            return serializer.serialize_f64(number);
        }
        let shown = if number.is_nan() { "nan".to_owned() } else { number.to_string() };
        Err(self.faults.found(
            format!("`{shown}` is not a number that a policy can compare"),
            "leave the attribute out if its value is not known",
        ))
    }

    fn dict<S: Serializer>(&self, dict: &Bound<'py, PyDict>, serializer: S) -> Result<S::Ok, S::Error> {
        self.check_depth()?;
        let length = dict.len();
        let mut map = serializer.serialize_map(Some(length))?;
        let mut entries = dict.iter();
        for _ in 0..length {
            // reading a value may run Python code, and that may change the dict
            if dict.len() != length {
                return Err(self.faults.found("the dict was changed while it was read", ""));
            }
            let Some((key, value)) = entries.next() else { break };
            let name = match key.cast::<PyString>().map(|key| key.to_str()) {
                Ok(Ok(name)) => name,
                Ok(Err(_)) => return Err(self.faults.found("a name has half of a surrogate pair in it", "")),
                Err(_) => {
                    let kind = key.get_type();
                    let message = format!("the name of an attribute is a text, not {}", classes::type_name(&kind));
                    return Err(self.faults.found(message, ""));
                }
            };
            if let Err(error) = map.serialize_entry(name, &self.inner(&value)) {
                self.faults.within(name);
                return Err(error);
            }
        }
        map.end()
    }

    fn list<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.check_depth()?;
        let raised = |error| self.faults.raised::<S::Error>(self.value.py(), error);
        let mut list = serializer.serialize_seq(None)?;
        // one more than may be, so that the library says that they are too many
        for element in self.value.try_iter().map_err(raised)?.take(ELEMENTS + 1) {
            let element = element.map_err(raised)?;
            list.serialize_element(&self.inner(&element))?;
        }
        list.end()
    }

    /// A value that Python knows better how to say.
    fn other<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.check_depth()?;
        match classes::plain(self.value) {
            Ok(plain) => self.inner(&plain).serialize(serializer),
            Err(error) => Err(self.faults.raised(self.value.py(), error)),
        }
    }
}

/// A single value as JSON. Errors: it cannot be taken.
pub(crate) fn to_json(value: &Bound<'_, PyAny>, name: &str) -> PyResult<serde_json::Value> {
    let faults = Faults::default();
    serde_json::to_value(Given::new(value, &faults)).map_err(|error| {
        faults.within(name);
        let raised = faults.take(value.py());
        raised.unwrap_or_else(|| pyo3::exceptions::PyValueError::new_err(format!("`{name}`: {error}")))
    })
}
