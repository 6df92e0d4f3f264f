//! A policy's say about rows of a database, as SQL.

use crate::classes::{Class, raise};
use crate::columns::texts;
use crate::policy::Policy;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyString;
use wardkey_sql::{Dialect, Options, condition};

#[pymethods]
impl Policy {
    /// The condition in SQL that is true of exactly the rows for which the entitlement is allowed.
    #[pyo3(signature = (entitlement, dialect, /, context = None, *, columns = None))]
    fn to_sql(
        &self,
        py: Python<'_>,
        entitlement: &Bound<'_, PyString>,
        dialect: &str,
        context: Option<&Bound<'_, PyAny>>,
        columns: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<String> {
        let id = self.asked.entitlement(entitlement)?;
        let dialect: Dialect = dialect.parse().map_err(PyValueError::new_err)?;
        let options =
            Options { columns: columns.map(|given| texts("columns", given)).transpose()?.unwrap_or_default() };
        let context = self.asked.with(py, context, None, |bind| bind.keep())?;
        let sql = py.detach(|| condition(&self.asked.policy, &context, id, dialect, &options));
        sql.map_err(|error| {
            let problems: Vec<_> =
                error.problems().iter().map(|problem| (problem.what.clone(), problem.why.clone())).collect();
            raise(py, Class::Sql, (problems,))
        })
    }
}
