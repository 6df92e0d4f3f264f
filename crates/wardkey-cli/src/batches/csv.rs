//! Comma-separated values: the first line names the columns, an empty field is no value.

use super::lines::Lines;
use super::read::{Chunk, Parted, Places, Source};
use super::{BYTES, COLUMNS, part_rows, too_many_columns};
use crate::failure::Failure;
use crate::screen::count;
use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use csv_core::ReadRecordResult;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The parts of a file.
pub(super) struct Parts {
    rows: Rows,
    schema: SchemaRef,
    /// How many rows a part has.
    most_rows: usize,
    is_at_end: bool,
}

/// Reads the names of the columns. Errors: there are none, or too many; one comes twice, or is empty.
pub(super) fn open(source: Source, most_rows: usize) -> Result<Parts, Failure> {
    let mut rows = Rows::new(source);
    if !rows.read()? {
        return Err(Failure::new(format!("{} is empty", rows.lines.name())).help("the first line names the columns"));
    }
    let place = rows.place();
    let names: Vec<&str> = rows.fields()?.into_iter().map(str::trim).collect();
    if names.len() > COLUMNS {
        return Err(too_many_columns(&place));
    }
    let mut seen = BTreeSet::new();
    for (at, column) in names.iter().enumerate() {
        if column.is_empty() {
            return Err(Failure::new(format!("{place}: column {} has no name", at + 1)));
        }
        if !seen.insert(column) {
            return Err(Failure::new(format!("{place}: two columns are named `{column}`")));
        }
    }
    if let [only] = names.as_slice()
        && only.contains([';', '\t'])
    {
        let failure = Failure::new(format!("{place}: there is one column only, `{only}`"));
        return Err(failure.help("separate columns by `,`"));
    }
    let fields: Vec<Field> = names.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect();
    let most_rows = part_rows(fields.len()).min(most_rows);
    Ok(Parts { rows, schema: Arc::new(Schema::new(fields)), most_rows, is_at_end: false })
}

impl Parts {
    fn unequal(&self, number: usize) -> Failure {
        let (place, columns) = (self.rows.place(), self.schema.fields().len());
        let failure = Failure::new(format!(
            "{place}: {} for {}",
            count(number, "field", "fields"),
            count(columns, "column", "columns")
        ));
        failure.help("a text with a comma or a line break stands in quotation marks")
    }
}

impl Parted for Parts {
    fn part(&mut self) -> Result<Chunk, Failure> {
        let mut columns: Vec<StringBuilder> = self.schema.fields().iter().map(|_| StringBuilder::new()).collect();
        let (mut lines, mut bytes) = (Vec::new(), 0);
        while lines.len() < self.most_rows && bytes < BYTES {
            if !self.rows.read()? {
                self.is_at_end = true;
                break;
            }
            let fields = self.rows.fields()?;
            if fields.len() != columns.len() {
                return Err(self.unequal(fields.len()));
            }
            for (column, field) in columns.iter_mut().zip(fields) {
                if field.is_empty() { column.append_null() } else { column.append_value(field) }
            }
            lines.push(self.rows.first);
            bytes += self.rows.text.len();
        }
        let columns: Vec<ArrayRef> = columns.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef).collect();
        let batch = RecordBatch::try_new(self.schema.clone(), columns)
            .map_err(|error| Failure::new(format!("{} cannot be read: {error}", self.rows.lines.name())))?;
        Ok(Chunk { batch, places: Places::Lines(lines) })
    }

    fn is_at_end(&self) -> bool {
        self.is_at_end
    }
}

/// Row after row. Lines are found first, so that a row is known by its line, and ends where a quotation mark is left open.
struct Rows {
    lines: Lines,
    parser: csv_core::Reader,
    /// The row as it stands in the file.
    text: Vec<u8>,
    /// Its line, or the first of them.
    first: u64,
    /// Its fields, one after the other, and where each ends.
    fields: Vec<u8>,
    ends: Vec<usize>,
    /// How many fields there are.
    count: usize,
}

impl Rows {
    fn new(source: Source) -> Self {
        let (lines, parser) = (Lines::new(source), csv_core::Reader::new());
        Self { lines, parser, text: Vec::new(), first: 0, fields: Vec::new(), ends: vec![0; 16], count: 0 }
    }

    /// Reads the next row; lines without anything are passed over. Whether there is one. Errors: a quotation mark is left
    /// open.
    fn read(&mut self) -> Result<bool, Failure> {
        self.text.clear();
        while self.text.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
            self.text.clear();
            if !self.lines.read(&mut self.text)? {
                return Ok(false);
            }
        }
        self.first = self.lines.number;
        self.count = 0;
        self.parser.reset();
        let (mut read, mut written) = (0, 0);
        loop {
            // fields are no longer than what stands for them, so there is always room
            self.fields.resize(self.text.len(), 0);
            let (text, fields, ends) = (&self.text[read..], &mut self.fields[written..], &mut self.ends[self.count..]);
            let (result, of_text, of_fields, of_ends) = self.parser.read_record(text, fields, ends);
            read += of_text;
            written += of_fields;
            self.count += of_ends;
            match result {
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::InputEmpty | ReadRecordResult::OutputFull => self.go_on()?,
                ReadRecordResult::Record | ReadRecordResult::End => break,
            }
        }
        if self.text[read..].iter().any(|byte| *byte != b'\n') {
            let failure = Failure::new(format!("{}: a carriage return in the middle of a line", self.place()));
            return Err(
                failure.help("end lines with a line feed, and put a text with a carriage return in quotation marks")
            );
        }
        Ok(true)
    }

    /// A row goes on in the next line.
    fn go_on(&mut self) -> Result<(), Failure> {
        let read = self.lines.read(&mut self.text);
        if read.map_err(|failure| failure.note(format!("the row begins in line {}", self.first)))? {
            return Ok(());
        }
        let failure = Failure::new(format!("{}: a quotation mark is left open", self.place()));
        Err(failure.help("a text in quotation marks ends with one, and has `\"\"` for each within"))
    }

    fn place(&self) -> String {
        format!("{}, line {}", self.lines.name(), self.first)
    }

    /// The fields of the row. Errors: this is not UTF-8 text.
    fn fields(&self) -> Result<Vec<&str>, Failure> {
        let ends = &self.ends[..self.count];
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let fields = starts.zip(ends).map(|(start, &end)| std::str::from_utf8(&self.fields[start..end]));
        fields.collect::<Result<_, _>>().map_err(|_| Failure::new(format!("{}: this is not UTF-8 text", self.place())))
    }
}
