//! Parquet files.

use super::read::{Chunk, Parted, Places};
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

impl Parted for Parts {
    fn part(&mut self) -> Result<Chunk, Failure> {
        let before = self.position.load(Ordering::Relaxed);
        let batch = self.reader.next().transpose();
        let batch = batch.map_err(|error| Failure::new(format!("{} cannot be read as Parquet: {error}", self.name)))?;
        self.is_at_end = batch.is_none();
        let batch = batch.unwrap_or_else(|| RecordBatch::new_empty(self.schema.clone()));
        self.position.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
        Ok(Chunk { batch, places: Places::From(before + 1) })
    }

    fn is_at_end(&self) -> bool {
        self.is_at_end
    }
}
