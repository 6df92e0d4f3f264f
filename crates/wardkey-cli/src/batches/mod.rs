//! Files of many people: read part by part, so that a file may be larger than memory, and written in the same way.

mod csv;
mod jsonl;
mod lines;
mod output;
mod parquet;
mod read;
mod summary;
mod text;
mod write;

pub(crate) use output::OutputFile;
pub(crate) use read::{Chunk, Reader, Wanted};
pub(crate) use summary::{Summary, alike};
pub(crate) use write::Writer;

use crate::failure::Failure;
use crate::policy::{is_stdin, shown};
use arrow_schema::Field;
use std::path::Path;
use wardkey_arrow::JSON;

/// Rows that are read, decided and written together, where they are narrow.
const ROWS: usize = 32 << 10;
/// The most fields of a part, rows by columns, so that wide rows take no more memory than narrow ones.
const FIELDS: usize = 4 << 20;
/// Bytes of text after which a part ends before it has all its rows.
const BYTES: usize = 16 << 20;
/// The most columns.
const COLUMNS: usize = 10_000;

/// How many rows of so many columns, coming in or going out, make up a part.
pub(crate) fn part_rows(columns: usize) -> usize {
    (FIELDS / columns.max(1)).clamp(1, ROWS)
}

fn too_many_columns(place: &str) -> Failure {
    let failure = Failure::new(format!("{place}: more than {COLUMNS} columns"));
    failure.help("a column is an attribute, with a value for each person")
}

/// How a file holds its rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum FileFormat {
    /// Comma-separated values with a line of names
    Csv,
    /// A JSON object on each line
    Jsonl,
    /// Apache Parquet
    Parquet,
}

impl FileFormat {
    /// As given, or by the ending of the path. Errors: the path says nothing; `option` is the one that would.
    pub fn of(given: Option<Self>, path: &Path, option: &str) -> Result<Self, Failure> {
        if let Some(given) = given {
            return Ok(given);
        }
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        match ending.as_deref() {
            Some("csv") => Ok(Self::Csv),
            Some("jsonl" | "ndjson") => Ok(Self::Jsonl),
            Some("parquet") => Ok(Self::Parquet),
            _ => {
                let help = format!("say `{option} csv`, `jsonl` or `parquet`");
                Err(Failure::new(format!("the name of {} does not tell its format", named(path))).help(help))
            }
        }
    }
}

/// A file as people call it.
pub(crate) fn named(path: &Path) -> String {
    if is_stdin(path) { "`-`".to_owned() } else { format!("`{}`", shown(path)) }
}

/// Whether the texts of a column are JSON.
fn is_json(field: &Field) -> bool {
    field.metadata().get(JSON.0).is_some_and(|name| name == JSON.1)
}
