//! What Python hands over as a context, in the form that the library reads.
//!
//! The one idea: a Python value is *serialised*, as a Rust struct would be, so that texts are read where they lie and the library
//! decides what they mean. Plain values are told here; for anything else (dataclasses, models, enum members, datetimes) the module
//! `wardkey._plain` says which plain value stands for it. What cannot be taken is kept as a [`Fault`] that names the attribute,
//! since an error of serde has no room for it.

use crate::classes::{self, Class};
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
}

/// What goes wrong while values are read, kept until it can be raised.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    last: RefCell<Option<Fault>>,
    /// What Python code raised that a value brought along; it ends the reading.
    raised: RefCell<Option<PyErr>>,
    /// Whether the others are read on where one cannot be taken, which is unknown then.
    goes_on: bool,
    /// What was passed over so, and the names around what is read.
    all: RefCell<Vec<Fault>>,
    around: RefCell<Vec<String>>,
}

impl Faults {
    /// That go on after a fault.
    pub fn going_on() -> Self {
        Self { goes_on: true, ..Self::default() }
    }

    /// Says what is wrong with a value.
    fn found<E: serde::ser::Error>(&self, message: impl Into<String>, help: &str) -> E {
        let help = (!help.is_empty()).then(|| help.to_owned());
        self.last.replace(Some(Fault { message: message.into(), help, path: Vec::new() }));
        E::custom("a value cannot be taken")
    }

    /// Python code failed: that which says what a value stands for, or that which the value brought along.
    fn raised<E: serde::ser::Error>(&self, py: Python<'_>, cause: PyErr) -> E {
        let value = cause.value(py);
        match value.getattr("help").and_then(|help| help.extract()) {
            // said by `wardkey._plain` itself
            Ok(help) if cause.is_instance(py, &classes::unusable(py)) => {
                self.last.replace(Some(Fault { message: value.to_string(), help, path: Vec::new() }));
            }
            _ => _ = self.raised.replace(Some(cause)),
        }
        E::custom("a value cannot be taken")
    }

    /// The value stands under that name.
    fn within(&self, name: &str) {
        if let Some(fault) = self.last.borrow_mut().as_mut() {
            fault.path.push(name.to_owned());
        }
    }

    /// Keeps the last fault, which was under that name, and goes on. Errors: Python code failed, which is another matter.
    fn keep<E: serde::ser::Error>(&self, name: &str) -> Result<(), E> {
        self.within(name);
        match self.last.take() {
            Some(mut fault) if self.raised.borrow().is_none() => {
                fault.path.extend(self.around.borrow().iter().rev().cloned());
                self.all.borrow_mut().push(fault);
                Ok(())
            }
            _ => Err(E::custom("a value cannot be read")),
        }
    }

    /// What Python code raised, if it did: that is no mistake of the context.
    pub fn take_raised(&self) -> Option<PyErr> {
        self.raised.take()
    }

    /// The last fault as an exception, or what Python code raised.
    pub fn take(&self, py: Python<'_>) -> Option<PyErr> {
        let fault = self.last.take().map(|fault| classes::raise(py, Class::Context, (vec![fault.problem()],)));
        self.take_raised().or(fault)
    }

    /// Everything that was passed over.
    pub fn all(&self) -> Vec<Fault> {
        self.all.take()
    }
}

/// An attribute, a message and a line of help, as `ContextError` takes them.
pub(crate) type Problem = (Option<String>, String, Option<String>);

impl Fault {
    /// The attribute, if one is meant.
    pub fn attribute(&self) -> Option<String> {
        let names: Vec<&str> = self.path.iter().rev().map(String::as_str).collect();
        (!names.is_empty()).then(|| names.join("."))
    }

    pub fn problem(self) -> Problem {
        let attribute = self.attribute();
        let message = match &attribute {
            // a circle has as many names as it was followed
            Some(name) if name.len() > 100 => {
                format!("`{}…`: {}", name.chars().take(60).collect::<String>(), self.message)
            }
            Some(name) => format!("`{name}`: {}", self.message),
            None => self.message,
        };
        (attribute, message, self.help)
    }
}

/// A Python value, to be serialised.
pub(crate) struct Given<'a, 'py> {
    pub value: &'a Bound<'py, PyAny>,
    pub faults: &'a Faults,
    pub depth: usize,
}

/// What has a value for each attribute; none: nothing is said.
pub(crate) struct Situation<'a, 'py> {
    pub object: Option<&'a Bound<'py, PyAny>>,
    pub faults: &'a Faults,
}

impl Serialize for Situation<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(object) = self.object else { return serializer.serialize_map(Some(0))?.end() };
        if object.is_instance_of::<PyDict>() {
            return Given::new(object, self.faults).serialize(serializer);
        }
        let plain =
            classes::plain_object(object).map_err(|error| self.faults.raised::<S::Error>(object.py(), error))?;
        Given::new(&plain, self.faults).serialize(serializer)
    }
}

impl<'a, 'py> Given<'a, 'py> {
    pub fn new(value: &'a Bound<'py, PyAny>, faults: &'a Faults) -> Self {
        Self { value, faults, depth: 0 }
    }
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
            if self.faults.goes_on {
                self.faults.around.borrow_mut().push(name.to_owned());
                let read = serde_json::to_value(self.inner(&value));
                self.faults.around.borrow_mut().pop();
                match read {
                    Ok(json) => map.serialize_entry(name, &json)?,
                    Err(_) => {
                        self.faults.keep::<S::Error>(name)?;
                        map.serialize_entry(name, &serde_json::json!({ "$": "unknown" }))?;
                    }
                }
            } else if let Err(error) = map.serialize_entry(name, &self.inner(&value)) {
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
