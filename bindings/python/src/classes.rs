//! Python's side of the wheel: classes and functions that are written in Python, found once.

use pyo3::BoundObject;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyTuple, PyType};
use wardkey::Outcome;

/// An exception of `wardkey._errors`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Context,
    UnknownEntitlement,
    Policy,
    Columns,
    Sql,
    Undecided,
}

impl Class {
    fn find(self, py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
        static FOUND: [PyOnceLock<Py<PyAny>>; 6] = [const { PyOnceLock::new() }; 6];
        let (at, name) = match self {
            Self::Context => (0, "ContextError"),
            Self::UnknownEntitlement => (1, "UnknownEntitlementError"),
            Self::Policy => (2, "PolicyError"),
            Self::Columns => (3, "ColumnsError"),
            Self::Sql => (4, "SqlError"),
            Self::Undecided => (5, "UndecidedError"),
        };
        once(py, &FOUND[at], "wardkey._errors", name)
    }
}

fn once<'py>(
    py: Python<'py>,
    cell: &'static PyOnceLock<Py<PyAny>>,
    module: &str,
    name: &str,
) -> PyResult<&'py Bound<'py, PyAny>> {
    let found = cell.get_or_try_init(py, || Ok::<_, PyErr>(py.import(module)?.getattr(name)?.unbind()))?;
    Ok(found.bind(py))
}

/// The exception made by calling its class. Where that fails, what it failed with.
pub(crate) fn raise<'py>(py: Python<'py>, class: Class, arguments: impl IntoPyObject<'py, Target = PyTuple>) -> PyErr {
    let made = || -> PyResult<Bound<'py, PyAny>> {
        let arguments = arguments.into_pyobject(py).map_err(Into::into)?;
        class.find(py)?.call1(arguments.into_bound())
    };
    match made() {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}

/// Calls a function of `wardkey._results` that makes a result of plain data.
pub(crate) fn result<'py>(py: Python<'py>, function: &str, data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    static MODULE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let module =
        MODULE.get_or_try_init(py, || py.import("wardkey._results").map(|module| module.into_any().unbind()))?;
    module.bind(py).getattr(function)?.call1((data,))
}

/// The exception of `wardkey._plain` for values that cannot be taken.
pub(crate) fn unusable(py: Python<'_>) -> Bound<'_, PyAny> {
    static FOUND: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let found = once(py, &FOUND, "wardkey._plain", "Unusable");
    found.map_or_else(|_| py.get_type::<PyRuntimeError>().into_any(), Clone::clone)
}

/// The plain value that stands for another; see `wardkey._plain`.
pub(crate) fn plain<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    static PLAIN: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    once(value.py(), &PLAIN, "wardkey._plain", "plain")?.call1((value,))
}

/// The dict that stands for a whole context; see `wardkey._plain`.
pub(crate) fn plain_object<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    static PLAIN: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    once(value.py(), &PLAIN, "wardkey._plain", "plain_object")?.call1((value,))
}

/// The member of `wardkey.Outcome`.
pub(crate) fn outcome(py: Python<'_>, outcome: Outcome) -> PyResult<Py<PyAny>> {
    static MEMBERS: PyOnceLock<[Py<PyAny>; 4]> = PyOnceLock::new();
    let members = MEMBERS.get_or_try_init(py, || {
        let class = py.import("wardkey._results")?.getattr("Outcome")?;
        let member = |outcome: Outcome| class.call1((outcome.as_str(),)).map(Bound::unbind);
        Ok::<_, PyErr>([
            member(Outcome::Denied)?,
            member(Outcome::NotGranted)?,
            member(Outcome::Offered)?,
            member(Outcome::Allowed)?,
        ])
    })?;
    Ok(members[outcome as usize].clone_ref(py))
}

/// A type as people call it.
pub(crate) fn type_name(kind: &Bound<'_, PyType>) -> String {
    kind.qualname().map_or_else(|_| "something else".to_owned(), |name| name.to_string())
}

/// Something that another thread left broken, which a panic would have to have done.
pub(crate) fn broken() -> PyErr {
    PyRuntimeError::new_err("another thread failed while it held this object")
}

/// Objects of which nothing can change are their own copies.
macro_rules! own_copies {
    ($($class:ty),*) => {
        $(
            #[pymethods]
            impl $class {
                fn __copy__<'py>(slf: &Bound<'py, Self>) -> Bound<'py, Self> {
                    slf.clone()
                }

                #[pyo3(signature = (memo, /))]
                fn __deepcopy__<'py>(slf: &Bound<'py, Self>, memo: &Bound<'_, PyAny>) -> Bound<'py, Self> {
                    let _ = memo;
                    slf.clone()
                }
            }
        )*
    };
}

own_copies!(
    crate::columns::Evaluated,
    crate::context::Context,
    crate::decision::Decision,
    crate::decision::Entitlements,
    crate::policy::Policy,
    crate::session::Change,
    crate::session::Delta
);
