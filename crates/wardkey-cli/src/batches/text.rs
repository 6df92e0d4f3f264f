//! Columns as text: each distinct value is written out once, and copied row by row.

use super::{FileFormat, is_json};
use crate::failure::Failure;
use arrow_array::RecordBatch;
use arrow_schema::Field;
use serde_json::Value as Json;
use std::io::{self, Write};
use wardkey_arrow::{Encoded, encode};

/// Writes rows as CSV or JSON lines.
pub(super) struct TextWriter {
    format: FileFormat,
    has_begun: bool,
    line: Vec<u8>,
}

/// A column with its values written out.
struct Column {
    /// What stands before each value: in JSON the name.
    before: String,
    cells: Vec<String>,
    keys: Vec<u32>,
}

/// What stands for a null.
const JSON_NULL: &str = "null";

impl TextWriter {
    pub fn new(format: FileFormat) -> Self {
        Self { format, has_begun: false, line: Vec::new() }
    }

    /// Writes the rows of a batch; before the first of CSV, the names of the columns. Errors: of writing.
    pub fn write(&mut self, batch: &RecordBatch, output: &mut impl Write) -> io::Result<()> {
        let schema = batch.schema();
        let columns: Vec<Column> = schema
            .fields()
            .iter()
            .zip(batch.columns())
            .enumerate()
            .map(|(at, (field, array))| {
                let encoded = encode(&bare(field), array).unwrap_or_default();
                self.column(at, field, encoded)
            })
            .collect();
        if self.format == FileFormat::Csv && !self.has_begun {
            let names: Vec<String> = schema.fields().iter().map(|field| quoted(field.name())).collect();
            writeln!(output, "{}", names.join(","))?;
        }
        self.has_begun = true;
        let is_json = self.format == FileFormat::Jsonl;
        let (end, null): (&[u8], &str) = if is_json { (b"}\n", JSON_NULL) } else { (b"\n", "") };
        for row in 0..batch.num_rows() {
            self.line.clear();
            for column in &columns {
                self.line.extend_from_slice(column.before.as_bytes());
                let key = column.keys.get(row).map_or(usize::MAX, |&key| key as usize);
                self.line.extend_from_slice(column.cells.get(key).map_or(null, String::as_str).as_bytes());
            }
            match (columns.is_empty(), is_json) {
                (true, true) => self.line.extend_from_slice(b"{"),
                // a line without anything is no row of CSV
                (false, false) if self.line.is_empty() => self.line.extend_from_slice(b"\"\""),
                _ => {}
            }
            self.line.extend_from_slice(end);
            output.write_all(&self.line)?;
        }
        Ok(())
    }

    fn column(&self, at: usize, field: &Field, encoded: Encoded) -> Column {
        let Encoded { values, keys } = encoded;
        let is_json_text = is_json(field);
        if self.format == FileFormat::Csv {
            let cells = values.iter().map(|value| quoted(&plain(value, is_json_text))).collect();
            return Column { before: if at > 0 { ",".to_owned() } else { String::new() }, cells, keys };
        }
        let name = Json::from(field.name().as_str());
        let cell = |value: Json| match value {
            // as it came
            Json::String(text) if is_json_text => text,
            value => value.to_string(),
        };
        let before = format!("{}{name}:", if at > 0 { "," } else { "{" });
        Column { before, cells: values.into_iter().map(cell).collect(), keys }
    }
}

/// The field without the note that its texts are JSON, so that they are taken as they are.
fn bare(field: &Field) -> Field {
    field.clone().with_metadata([].into())
}

/// A value as a field of CSV: of a list, the elements with `;` between them.
fn plain(value: &Json, is_json_text: bool) -> String {
    match value {
        Json::String(text) if is_json_text => decoded(text),
        Json::String(text) => text.clone(),
        Json::Array(elements) => elements.iter().map(|it| plain(it, false)).collect::<Vec<_>>().join(";"),
        Json::Null => String::new(),
        value => value.to_string(),
    }
}

/// A JSON text as people read it: a string without its quotation marks, a list as CSV has it, all else as it is.
pub(super) fn decoded(text: &str) -> String {
    match serde_json::from_str::<Json>(text) {
        Ok(value @ (Json::String(_) | Json::Array(_))) => plain(&value, false),
        _ => text.to_owned(),
    }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// Errors: the type of a column cannot be written as text.
pub(super) fn check(batch: &RecordBatch) -> Result<(), Failure> {
    for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
        if encode(&bare(field), &array.slice(0, 0)).is_none() {
            let message =
                format!("column `{}` of the type {} cannot be written as text", field.name(), field.data_type());
            return Err(Failure::new(message).help("do not keep it, or write Parquet"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use arrow_array::{ArrayRef, Int64Array, StringArray};
    use arrow_schema::{DataType, Schema};
    use std::sync::Arc;
    use wardkey_arrow::JSON;

    fn written(format: FileFormat, columns: Vec<(Field, ArrayRef)>) -> String {
        let (fields, arrays): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap();
        let (mut writer, mut output) = (TextWriter::new(format), Vec::new());
        writer.write(&batch, &mut output).unwrap();
        String::from_utf8(output).unwrap()
    }

    fn columns() -> Vec<(Field, ArrayRef)> {
        let json = [(JSON.0.to_owned(), JSON.1.to_owned())].into();
        let texts = vec![Some("a,b"), None, Some("say \"no\"")];
        let raw = vec![Some("1.50"), Some("\"x\\ny\""), Some("[1, \"z\"]")];
        vec![
            (Field::new("te\"xt", DataType::Utf8, true), Arc::new(StringArray::from(texts)) as ArrayRef),
            (Field::new("n", DataType::Int64, true), Arc::new(Int64Array::from(vec![Some(1), Some(-2), None]))),
            (Field::new("raw", DataType::Utf8, true).with_metadata(json), Arc::new(StringArray::from(raw))),
        ]
    }

    #[test]
    fn csv_quotes_what_it_must() {
        let expected = "\"te\"\"xt\",n,raw\n\"a,b\",1,1.50\n,-2,\"x\ny\"\n\"say \"\"no\"\"\",,1;z\n";
        assert_eq!(written(FileFormat::Csv, columns()), expected);
        let lonely = Arc::new(StringArray::from(vec![None::<&str>])) as ArrayRef;
        assert_eq!(written(FileFormat::Csv, vec![(Field::new("a", DataType::Utf8, true), lonely)]), "a\n\"\"\n");
    }

    #[test]
    fn json_values_stay_as_they_came() {
        let expected = "{\"te\\\"xt\":\"a,b\",\"n\":1,\"raw\":1.50}\n\
            {\"te\\\"xt\":null,\"n\":-2,\"raw\":\"x\\ny\"}\n\
            {\"te\\\"xt\":\"say \\\"no\\\"\",\"n\":null,\"raw\":[1, \"z\"]}\n";
        assert_eq!(written(FileFormat::Jsonl, columns()), expected);
    }
}
