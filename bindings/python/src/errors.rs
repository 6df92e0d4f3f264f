//! What goes wrong, as exceptions that carry the problems as data.

use crate::classes::{Class, raise};
use crate::data;
use crate::given::Problem;
use pyo3::prelude::*;
use wardkey::diagnostic::Diagnostic;
use wardkey::source::Sources;
use wardkey::{Error, LoadError};

/// A policy that was refused.
pub(crate) fn refused(py: Python<'_>, error: &LoadError) -> PyErr {
    problems(py, error.diagnostics(), error.sources())
}

/// Texts with mistakes in them.
pub(crate) fn problems(py: Python<'_>, diagnostics: &[Diagnostic], sources: &Sources) -> PyErr {
    match data::to_python(py, &data::diagnostics(diagnostics, sources)) {
        Ok(list) => raise(py, Class::Policy, (list,)),
        Err(error) => error,
    }
}

/// A context that cannot be read, or a policy that is too large.
pub(crate) fn context(py: Python<'_>, error: &Error) -> PyErr {
    context_problems(py, problems_of(error).collect())
}

/// What is wrong with a context, as exceptions carry it.
pub(crate) fn problems_of(error: &Error) -> impl Iterator<Item = Problem> {
    error.problems().iter().map(|problem| (problem.attribute.clone(), problem.message.clone(), problem.help.clone()))
}

/// All of these.
pub(crate) fn context_problems(py: Python<'_>, problems: Vec<Problem>) -> PyErr {
    raise(py, Class::Context, (problems,))
}

/// An entitlement that the policy does not have.
pub(crate) fn unknown_entitlement(py: Python<'_>, error: &Error) -> PyErr {
    raise(py, Class::UnknownEntitlement, (error.to_string(),))
}

/// A context of another policy.
pub(crate) fn other_policy(py: Python<'_>) -> PyErr {
    let help = Some("build it with the policy that is asked");
    let problem = (None::<&str>, "the context was built with another policy", help);
    raise(py, Class::Context, (vec![problem],))
}

/// Columns or options that do not fit, or values that cannot be read.
pub(crate) fn columns(py: Python<'_>, error: &wardkey_arrow::Error, before: usize) -> PyErr {
    let mistake = |mistake: &wardkey_arrow::Mistake| {
        let row = mistake.row.map(|row| row + before);
        (mistake.column.clone(), row, mistake.rows, mistake.message.clone(), mistake.help.clone())
    };
    let mistakes: Vec<_> = error.mistakes().iter().map(mistake).collect();
    raise(py, Class::Columns, (mistakes,))
}
