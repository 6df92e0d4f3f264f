//! Parquet files.

use super::read::{Chunk, Places};
use super::{COLUMNS, named, part_rows, too_many_columns};
use crate::failure::Failure;
use arrow_array::RecordBatch;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The parts of a file.
pub(super) struct Parts {
    name: String,
    reader: ParquetRecordBatchReader,
    schema: arrow_schema::SchemaRef,
    position: Arc<AtomicU64>,
    is_at_end: bool,
}

/// Begins to read; also says how many rows there are. Errors: this is no Parquet file; it has too many columns.
pub(super) fn open(
    path: &Path,
    file: File,
    most_rows: usize,
    position: Arc<AtomicU64>,
) -> Result<(Parts, u64), Failure> {
    let name = named(path);
    let failed = |error: ParquetError| Failure::new(format!("{name} cannot be read as Parquet: {error}"));
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(failed)?;
    let rows = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or_default();
    let schema = builder.schema().clone();
    let columns = builder.parquet_schema().num_columns();
    if columns > COLUMNS {
        return Err(too_many_columns(&name));
    }
    let reader = builder.with_batch_size(part_rows(columns).min(most_rows)).build().map_err(failed)?;
    Ok((Parts { name: name.clone(), reader, schema, position, is_at_end: false }, rows))
}

impl Iterator for Parts {
    type Item = Result<Chunk, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        let before = self.position.load(Ordering::Relaxed);
        let batch = match self.reader.next() {
            // a file without rows has one part
            None if before == 0 && !self.is_at_end => RecordBatch::new_empty(self.schema.clone()),
            None => return None,
            Some(Ok(batch)) => batch,
            Some(Err(error)) => {
                self.is_at_end = true;
                return Some(Err(Failure::new(format!("{} cannot be read as Parquet: {error}", self.name))));
            }
        };
        self.is_at_end |= batch.num_rows() == 0;
        self.position.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
        Some(Ok(Chunk { batch, places: Places::From(before + 1) }))
    }
}
