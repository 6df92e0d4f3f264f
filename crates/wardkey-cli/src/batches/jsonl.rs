//! A JSON object on each line: nested objects give dotted names, what is left out or `null` is no value.
//!
//! Values stay the texts they are, each in a column that says so; a column comes about where a line first names it.

use super::lines::Lines;
use super::read::{Chunk, Parted, Places, Source, Wanted};
use super::{BYTES, COLUMNS, part_rows, too_many_columns};
use crate::context::in_words;
use crate::failure::Failure;
use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{DataType, Field, Schema};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use wardkey_arrow::JSON;

/// The parts of a file.
pub(super) struct Parts {
    lines: Lines,
    columns: Vec<Column>,
    numbers: HashMap<String, usize>,
    kept: Vec<String>,
    /// How many rows a part has at most.
    most_rows: usize,
    is_at_end: bool,
}

struct Column {
    name: String,
    values: StringBuilder,
    /// How many rows it has, nulls included.
    rows: usize,
}

/// Begins to read. Columns that options name are there whether or not a line names them.
pub(super) fn open(source: Source, wanted: &Wanted) -> Parts {
    let mut parts = Parts {
        lines: Lines::new(source),
        columns: Vec::new(),
        numbers: HashMap::new(),
        kept: wanted.kept.clone(),
        most_rows: wanted.rows,
        is_at_end: false,
    };
    wanted.columns.iter().for_each(|name| _ = parts.column(name));
    parts
}

impl Parts {
    fn column(&mut self, name: &str) -> &mut Column {
        let at = match self.numbers.get(name) {
            Some(&at) => at,
            None => {
                self.numbers.insert(name.to_owned(), self.columns.len());
                self.columns.push(Column { name: name.to_owned(), values: StringBuilder::new(), rows: 0 });
                self.columns.len() - 1
            }
        };
        &mut self.columns[at]
    }

    fn object(&mut self, within: &str, object: Object<'_>, row: usize) -> Result<(), Failure> {
        for (key, value) in object.0 {
            let name = if within.is_empty() { key.into_owned() } else { format!("{within}.{key}") };
            let text = value.get();
            if text.starts_with('{') && name != "approved" && !self.kept.contains(&name) {
                let inner: Object<'_> = serde_json::from_str(text).map_err(|error| self.not_an_object(&error))?;
                if !inner.0.iter().any(|(key, _)| key == "$") {
                    self.object(&name, inner, row)?;
                    continue;
                }
            }
            let column = self.column(&name);
            if column.rows > row {
                let message = format!("{}: `{name}` is given twice", self.lines.place());
                return Err(Failure::new(message).help("give it once"));
            }
            column.fill(row);
            column.rows += 1;
            if text == "null" { column.values.append_null() } else { column.values.append_value(text) }
        }
        Ok(())
    }

    fn finish(&mut self, lines: Vec<u64>) -> Result<Chunk, Failure> {
        let (mut fields, mut arrays) = (Vec::new(), Vec::<ArrayRef>::new());
        for column in &mut self.columns {
            column.fill(lines.len());
            column.rows = 0;
            let json = [(JSON.0.to_owned(), JSON.1.to_owned())].into();
            fields.push(Field::new(&column.name, DataType::Utf8, true).with_metadata(json));
            arrays.push(Arc::new(column.values.finish()));
        }
        let length = RecordBatchOptions::new().with_row_count(Some(lines.len()));
        let batch = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &length)
            .map_err(|error| Failure::new(format!("{} cannot be read: {error}", self.lines.name())))?;
        Ok(Chunk { batch, places: Places::Lines(lines) })
    }

    fn not_an_object(&self, error: &serde_json::Error) -> Failure {
        let failure = Failure::new(format!("{}: this is not a JSON object", self.lines.place()));
        failure.help(format!("each line is an object such as {{\"role\": \"Nurse\"}}; {}", in_words(error)))
    }
}

impl Column {
    /// Nulls up to a row.
    fn fill(&mut self, row: usize) {
        self.values.append_nulls(row - self.rows);
        self.rows = row;
    }
}

impl Parted for Parts {
    fn part(&mut self) -> Result<Chunk, Failure> {
        let (mut lines, mut bytes, mut buffer) = (Vec::new(), 0, Vec::new());
        while lines.len() < self.most_rows.min(part_rows(self.columns.len())) && bytes < BYTES {
            buffer.clear();
            if !self.lines.read(&mut buffer)? {
                self.is_at_end = true;
                break;
            }
            bytes += buffer.len();
            if buffer.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let object: Object<'_> = serde_json::from_slice(&buffer).map_err(|error| self.not_an_object(&error))?;
            self.object("", object, lines.len())?;
            if self.columns.len() > COLUMNS {
                return Err(too_many_columns(&self.lines.place()));
            }
            lines.push(self.lines.number);
        }
        self.finish(lines)
    }

    fn is_at_end(&self) -> bool {
        self.is_at_end
    }
}

/// The entries of an object as they are written.
struct Object<'t>(Vec<(Cow<'t, str>, &'t RawValue)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut entries = Vec::new();
                while let Some((Key(key), value)) = map.next_entry()? {
                    entries.push((key, value));
                }
                Ok(Object(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// A name, borrowed unless it holds an escape.
#[derive(serde::Deserialize)]
struct Key<'t>(#[serde(borrow)] Cow<'t, str>);
