//! Tables by the Arrow PyCapsule interface: columns of attributes in, columns of outcomes out, nothing copied on the way.

use crate::errors;
use crate::policy::{Asked, Policy};
use arrow_array::{ArrayRef, RecordBatch, StructArray};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, SchemaRef};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PyList, PyMapping, PyString};
use pyo3_arrow::ffi::{ArrayIterator, to_schema_pycapsule, to_stream_pycapsule};
use pyo3_arrow::input::AnyRecordBatch;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;
use wardkey::{Counts, Outcome};
use wardkey_arrow::{Mistake, OnError, Options, Plan, Shape};

/// Rows after which progress is told and an interrupt is heard.
const ROWS: usize = 1 << 18;

/// What came of a table.
#[pyclass(frozen, module = "wardkey")]
#[derive(Debug)]
pub(crate) struct Evaluated {
    asked: Arc<Asked>,
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    counts: Counts,
    skipped: Vec<(usize, String)>,
    unusable: Vec<String>,
    passed_over: Vec<String>,
}

/// Columns, and what else a caller may choose, as keyword arguments.
struct Wanted<'a, 'py> {
    rename: Option<Bound<'py, PyAny>>,
    ignore: Option<Bound<'py, PyAny>>,
    keep: Option<Bound<'py, PyAny>>,
    constants: Option<Bound<'py, PyAny>>,
    separator: Option<char>,
    entitlements: Option<Bound<'py, PyAny>>,
    shape: &'a str,
    on_error: &'a str,
}

impl Wanted<'_, '_> {
    fn options(self) -> PyResult<Options> {
        let mut constants = BTreeMap::new();
        if let Some(given) = &self.constants {
            for (name, value) in dict("constants", given)?.iter() {
                let name: String = name.extract()?;
                let value = crate::given::to_json(&value, &name)?;
                flat(name, value, &mut constants);
            }
        }
        let entitlements = names("entitlements", self.entitlements.as_ref())?;
        if self.entitlements.is_some() && entitlements.is_empty() {
            return Err(PyValueError::new_err("`entitlements` is empty (leave it out to ask about all of them)"));
        }
        Ok(Options {
            rename: self.rename.map(|given| texts("rename", &given)).transpose()?.unwrap_or_default(),
            ignore: names("ignore", self.ignore.as_ref())?,
            keep: names("keep", self.keep.as_ref())?,
            constants,
            separator: self.separator,
            entitlements,
            shape: one_of(
                "shape",
                self.shape,
                &[("wide", Shape::Wide), ("long", Shape::Long), ("lists", Shape::Lists)],
            )?,
            on_error: one_of(
                "on_error",
                self.on_error,
                &[("stop", OnError::Stop), ("unknown", OnError::Unknown), ("skip", OnError::Skip)],
            )?,
        })
    }
}

/// A value, or the values of an object, whose names are dotted.
fn flat(name: String, value: Json, all: &mut BTreeMap<String, Json>) {
    match value {
        Json::Object(members) if !members.contains_key("$") && name != "approved" => {
            members.into_iter().for_each(|(member, value)| flat(format!("{name}.{member}"), value, all));
        }
        value => _ = all.insert(name, value),
    }
}

/// Any mapping as a dict.
pub(crate) fn dict<'py>(argument: &str, given: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    if let Ok(dict) = given.cast::<PyDict>() {
        return Ok(dict.clone());
    }
    let wrong = || PyTypeError::new_err(format!("`{argument}` is a mapping, such as a dict"));
    let mapping = given.cast::<PyMapping>().map_err(|_| wrong())?;
    let dict = PyDict::new(given.py());
    dict.update(mapping)?;
    Ok(dict)
}

/// A mapping from texts to texts.
pub(crate) fn texts(argument: &str, given: &Bound<'_, PyAny>) -> PyResult<BTreeMap<String, String>> {
    let wrong = || PyTypeError::new_err(format!("`{argument}` is a mapping from texts to texts"));
    let read = |(name, text): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
        Ok((name.extract().map_err(|_| wrong())?, text.extract().map_err(|_| wrong())?))
    };
    dict(argument, given)?.iter().map(read).collect()
}

/// One name, or several.
pub(crate) fn names(argument: &str, names: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<String>> {
    let Some(names) = names else { return Ok(Vec::new()) };
    if let Ok(name) = names.cast::<PyString>() {
        return Ok(vec![name.to_str()?.to_owned()]);
    }
    let wrong = || PyTypeError::new_err(format!("`{argument}` is a name, or several of them"));
    names.try_iter().map_err(|_| wrong())?.map(|name| name?.extract::<String>().map_err(|_| wrong())).collect()
}

fn one_of<T: Copy>(argument: &str, given: &str, choices: &[(&str, T)]) -> PyResult<T> {
    let found = choices.iter().find(|(name, _)| *name == given).map(|(_, value)| *value);
    found.ok_or_else(|| {
        let names: Vec<String> = choices.iter().map(|(name, _)| format!("`{name}`")).collect();
        PyValueError::new_err(format!("`{argument}` is one of {}, not `{given}`", names.join(", ")))
    })
}

#[pymethods]
impl Policy {
    /// Decides every row of a table: pyarrow, polars, pandas, duckdb, or whatever else speaks Arrow's PyCapsule interface.
    #[pyo3(signature = (table, /, *, rename = None, ignore = None, keep = None, constants = None, separator = None,
        entitlements = None, shape = "wide", on_error = "stop", progress = None))]
    #[allow(clippy::too_many_arguments)]
    fn evaluate<'py>(
        &self,
        py: Python<'py>,
        table: &Bound<'py, PyAny>,
        rename: Option<Bound<'py, PyAny>>,
        ignore: Option<Bound<'py, PyAny>>,
        keep: Option<Bound<'py, PyAny>>,
        constants: Option<Bound<'py, PyAny>>,
        separator: Option<char>,
        entitlements: Option<Bound<'py, PyAny>>,
        shape: &str,
        on_error: &str,
        progress: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Evaluated> {
        let wanted = Wanted { rename, ignore, keep, constants, separator, entitlements, shape, on_error };
        let options = wanted.options()?;
        let batches = read(table)?.into_reader()?;
        let policy = &self.asked.policy;
        let plan = Plan::new(policy, &batches.schema(), &options).map_err(|error| errors::columns(py, &error, 0))?;
        let mut evaluated = Evaluated::new(self.asked.clone(), &plan);
        let mut batches = Ahead { reader: batches, rest: None };
        let mut rows = 0;
        while let Some(batch) = py.detach(|| batches.next()) {
            let batch = batch.map_err(|error| PyValueError::new_err(error.to_string()))?;
            let part = py.detach(|| plan.evaluate(&batch)).map_err(|error| errors::columns(py, &error, rows))?;
            evaluated.add(part, rows);
            rows += batch.num_rows();
            if let Some(progress) = &progress {
                progress.call1((rows,))?;
            }
            py.check_signals()?;
        }
        Ok(evaluated)
    }
}

fn read(table: &Bound<'_, PyAny>) -> PyResult<AnyRecordBatch> {
    let speaks = |name| table.hasattr(name).unwrap_or(false);
    if !speaks("__arrow_c_stream__") && !speaks("__arrow_c_array__") {
        let kind = crate::classes::type_name(&table.get_type());
        return Err(PyTypeError::new_err(format!(
            "{kind} is no table of Arrow (give one of pyarrow, polars, pandas 2.2 or later, or duckdb)"
        )));
    }
    table.extract::<AnyRecordBatch>()
}

/// Batches of at most [`ROWS`] rows, which lie where they lay.
struct Ahead {
    reader: Box<dyn arrow_array::RecordBatchReader + Send>,
    rest: Option<RecordBatch>,
}

impl Iterator for Ahead {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = match self.rest.take() {
            Some(batch) => batch,
            None => match self.reader.next()? {
                Ok(batch) => batch,
                Err(error) => return Some(Err(error)),
            },
        };
        if batch.num_rows() <= ROWS {
            return Some(Ok(batch));
        }
        self.rest = Some(batch.slice(ROWS, batch.num_rows() - ROWS));
        Some(Ok(batch.slice(0, ROWS)))
    }
}

impl Evaluated {
    fn new(asked: Arc<Asked>, plan: &Plan<'_>) -> Self {
        let counts = Counts::new(&asked.policy);
        let passed_over = plan.passed_over().to_vec();
        let schema = plan.schema().clone();
        Self { asked, schema, batches: Vec::new(), counts, skipped: Vec::new(), unusable: Vec::new(), passed_over }
    }

    fn add(&mut self, part: wardkey_arrow::Evaluated, before: usize) {
        self.counts.merge(&part.counts);
        self.skipped.extend(part.skipped.into_iter().map(|(row, message)| (row + before, message)));
        let shown = |mistake: Mistake| Mistake { row: mistake.row.map(|row| row + before), ..mistake }.to_string();
        self.unusable.extend(part.unusable.into_iter().map(shown));
        self.batches.push(part.batch);
    }

    /// A record batch is a struct without nulls.
    fn field(&self) -> FieldRef {
        let fields = DataType::Struct(self.schema.fields().clone());
        Arc::new(Field::new("", fields, false).with_metadata(self.schema.metadata().clone()))
    }
}

#[pymethods]
impl Evaluated {
    /// The table as a stream of Arrow's C data interface.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let batches = self.batches.clone().into_iter();
        let arrays = batches.map(|batch| Ok(Arc::new(StructArray::from(batch)) as ArrayRef));
        let reader = ArrayIterator::new(arrays, self.field());
        Ok(to_stream_pycapsule(py, Box::new(reader), requested_schema)?)
    }

    /// Its schema, in the same interface.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        Ok(to_schema_pycapsule(py, self.schema.as_ref())?)
    }

    /// Names of the columns.
    #[getter]
    fn column_names<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, self.schema.fields().iter().map(|field| field.name()))
    }

    /// Rows of the table.
    #[getter]
    fn num_rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    fn __len__(&self) -> usize {
        self.num_rows()
    }

    /// How many rows were decided, those that were left out not counted.
    #[getter]
    fn decided(&self) -> u64 {
        self.counts.rows()
    }

    /// By entitlement, how many rows came to each outcome.
    #[getter]
    fn counts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let policy = &self.asked.policy;
        let dict = PyDict::new(py);
        for id in policy.entitlement_ids() {
            let counts = PyDict::new(py);
            for outcome in [Outcome::Denied, Outcome::NotGranted, Outcome::Offered, Outcome::Allowed] {
                counts.set_item(crate::classes::outcome(py, outcome)?, self.counts.get(id, outcome))?;
            }
            dict.set_item(policy.entitlement_name(id), counts)?;
        }
        Ok(dict)
    }

    /// Rows that were left out, from nought, with the reason.
    #[getter]
    fn skipped(&self) -> Vec<(usize, String)> {
        self.skipped.clone()
    }

    /// Values that were taken for unknown, in words.
    #[getter]
    fn unusable(&self) -> Vec<String> {
        self.unusable.clone()
    }

    /// Columns that no rule reads, of a policy without a catalogue.
    #[getter]
    fn passed_over(&self) -> Vec<String> {
        self.passed_over.clone()
    }

    /// As a table of pyarrow, which must be installed.
    fn to_pyarrow<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("pyarrow")?.call_method1("table", (slf,))
    }

    /// As a data frame of polars, which must be installed.
    fn to_polars<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("polars")?.call_method1("DataFrame", (slf,))
    }

    /// As a data frame of pandas, which must be installed, with pyarrow.
    fn to_pandas<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::to_pyarrow(slf)?.call_method0("to_pandas")
    }

    fn __repr__(&self) -> String {
        let columns: Vec<&str> = self.schema.fields().iter().map(|field| field.name().as_str()).collect();
        format!("<wardkey.Evaluated: {} rows: {}>", self.num_rows(), columns.join(", "))
    }
}
