//! Comma-separated values: the first line names the columns, an empty field is no value.

use super::read::{Chunk, Places, Source};
use super::{BYTES, COLUMNS, named, part_rows, too_many_columns};
use crate::failure::Failure;
use crate::screen::count;
use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use csv::{ByteRecord, ErrorKind, ReaderBuilder};
use std::collections::BTreeSet;
use std::io::BufReader;
use std::sync::Arc;

/// The parts of a file.
pub(super) struct Parts {
    name: String,
    reader: csv::Reader<BufReader<super::read::Counted>>,
    schema: SchemaRef,
    /// How many rows a part has.
    rows: usize,
    record: ByteRecord,
    is_first: bool,
    is_at_end: bool,
}

/// Reads the names of the columns. Errors: there are none, or too many; one comes twice, or is empty.
pub(super) fn open(source: Source, most_rows: usize) -> Result<Parts, Failure> {
    let name = named(&source.path);
    let mut reader = ReaderBuilder::new().from_reader(source.input);
    let headers = reader.byte_headers().map_err(|error| unreadable(&name, &error))?.clone();
    if headers.len() > COLUMNS {
        return Err(too_many_columns(&format!("{name}, line 1")));
    }
    let mut fields = Vec::new();
    let mut seen = BTreeSet::new();
    for (at, column) in headers.iter().enumerate() {
        let column = text(&name, 1, column)?.trim();
        if column.is_empty() {
            return Err(Failure::new(format!("{name}, line 1: column {} has no name", at + 1)));
        }
        if !seen.insert(column.to_owned()) {
            return Err(Failure::new(format!("{name}, line 1: two columns are named `{column}`")));
        }
        fields.push(Field::new(column, DataType::Utf8, true));
    }
    match fields.as_slice() {
        [] => return Err(Failure::new(format!("{name} is empty")).help("the first line names the columns")),
        [only] if only.name().contains([';', '\t']) => {
            let failure = Failure::new(format!("{name}, line 1: there is one column only, `{}`", only.name()));
            return Err(failure.help("separate columns by `,`"));
        }
        _ => {}
    }
    let rows = part_rows(fields.len()).min(most_rows);
    let schema = Arc::new(Schema::new(fields));
    Ok(Parts { name, reader, schema, rows, record: ByteRecord::new(), is_first: true, is_at_end: false })
}

impl Parts {
    fn part(&mut self) -> Result<Chunk, Failure> {
        let mut columns: Vec<StringBuilder> = self.schema.fields().iter().map(|_| StringBuilder::new()).collect();
        let (mut lines, mut bytes) = (Vec::new(), 0);
        while lines.len() < self.rows && bytes < BYTES {
            if !self.reader.read_byte_record(&mut self.record).map_err(|error| unreadable(&self.name, &error))? {
                self.is_at_end = true;
                break;
            }
            let line = self.record.position().map_or(0, csv::Position::line);
            lines.push(line);
            bytes += self.record.as_slice().len();
            for (column, field) in columns.iter_mut().zip(&self.record) {
                match text(&self.name, line, field)? {
                    "" => column.append_null(),
                    text => column.append_value(text),
                }
            }
        }
        let columns: Vec<ArrayRef> = columns.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef).collect();
        let batch = RecordBatch::try_new(self.schema.clone(), columns)
            .map_err(|error| Failure::new(format!("{} cannot be read: {error}", self.name)))?;
        Ok(Chunk { batch, places: Places::Lines(lines) })
    }
}

impl Iterator for Parts {
    type Item = Result<Chunk, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_at_end {
            return None;
        }
        let part = self.part();
        self.is_at_end |= part.is_err();
        let is_empty = part.as_ref().is_ok_and(|chunk| chunk.batch.num_rows() == 0);
        // a file without rows has one part, others do not end with an empty one
        if is_empty && !std::mem::take(&mut self.is_first) {
            return None;
        }
        self.is_first = false;
        Some(part)
    }
}

fn text<'t>(name: &str, line: u64, field: &'t [u8]) -> Result<&'t str, Failure> {
    std::str::from_utf8(field).map_err(|_| Failure::new(format!("{name}, line {line}: this is not UTF-8 text")))
}

fn unreadable(name: &str, error: &csv::Error) -> Failure {
    let line = error.position().map_or_else(String::new, |position| format!(", line {}", position.line()));
    match error.kind() {
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            let failure = Failure::new(format!(
                "{name}{line}: {} where line 1 has {expected_len}",
                count(*len as usize, "field", "fields")
            ));
            failure.help("a text with a comma or a line break stands in quotation marks")
        }
        _ => Failure::new(format!("{name}{line}: cannot be read: {error}")),
    }
}
