//! Rows out, part by part.

use super::text::{self, TextWriter};
use super::{FileFormat, OutputFile, is_json};
use crate::failure::Failure;
use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::sync::Arc;

/// Rows of one group of a Parquet file, which is held until it is whole.
const GROUP: usize = 128 << 10;

/// Writes batches of one schema.
pub(crate) struct Writer {
    name: String,
    sink: Sink,
}

enum Sink {
    /// Not begun.
    Parquet(OutputFile),
    Rows(Box<ArrowWriter<OutputFile>>, SchemaRef),
    Text(TextWriter, OutputFile),
    /// Left behind by a failure.
    Gone,
}

impl Writer {
    /// For an output. `name` is what people call it.
    pub fn new(name: String, format: FileFormat, output: OutputFile) -> Self {
        let sink = match format {
            FileFormat::Parquet => Sink::Parquet(output),
            format => Sink::Text(TextWriter::new(format), output),
        };
        Self { name, sink }
    }

    /// Writes a batch. Errors: of writing; a column cannot be written in this format.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        let failed = |error: &dyn std::fmt::Display| Failure::new(format!("{} cannot be written: {error}", self.name));
        self.sink = match std::mem::replace(&mut self.sink, Sink::Gone) {
            Sink::Text(mut writer, mut output) => {
                text::check(batch)?;
                writer.write(batch, &mut output).map_err(|error| failed(&error))?;
                Sink::Text(writer, output)
            }
            Sink::Parquet(output) => {
                let schema = Arc::new(Schema::new(
                    batch.schema().fields().iter().map(|it| decoded_field(it)).collect::<Vec<_>>(),
                ));
                let properties = WriterProperties::builder()
                    .set_compression(Compression::ZSTD(ZstdLevel::default()))
                    .set_max_row_group_row_count(Some(GROUP))
                    .set_created_by(format!("wardkey {}", env!("CARGO_PKG_VERSION")))
                    .build();
                let writer = ArrowWriter::try_new(output, schema.clone(), Some(properties));
                let mut writer = writer.map_err(|error| failed(&error))?;
                writer.write(&decoded(batch, &schema)?).map_err(|error| failed(&error))?;
                Sink::Rows(Box::new(writer), schema)
            }
            Sink::Rows(mut writer, schema) => {
                writer.write(&decoded(batch, &schema)?).map_err(|error| failed(&error))?;
                Sink::Rows(writer, schema)
            }
            Sink::Gone => Sink::Gone,
        };
        Ok(())
    }

    /// Writes what is left. The output is whole, and still to be committed. Errors: of writing.
    pub fn finish(self) -> Result<OutputFile, Failure> {
        let failed = |error: &dyn std::fmt::Display| Failure::new(format!("{} cannot be written: {error}", self.name));
        match self.sink {
            Sink::Text(_, output) | Sink::Parquet(output) => Ok(output),
            Sink::Rows(writer, _) => writer.into_inner().map_err(|error| failed(&error)),
            Sink::Gone => Err(failed(&"it was given up")),
        }
    }
}

/// A field as Parquet gets it: JSON as people read it.
fn decoded_field(field: &Field) -> Field {
    if is_json(field) { Field::new(field.name(), DataType::Utf8, true) } else { field.clone() }
}

fn decoded(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, Failure> {
    let of_batch = batch.schema();
    let columns = of_batch.fields().iter().zip(batch.columns()).map(|(field, array)| {
        if !is_json(field) {
            return array.clone();
        }
        let texts = array.as_string::<i32>().iter().map(|text| text.map(text::decoded));
        Arc::new(StringArray::from_iter(texts)) as ArrayRef
    });
    RecordBatch::try_new(schema.clone(), columns.collect())
        .map_err(|error| Failure::new(format!("the output cannot be put together: {error}")))
}
