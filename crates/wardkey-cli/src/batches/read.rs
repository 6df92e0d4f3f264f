//! Rows in, part by part.

use super::{FileFormat, csv, is_json, jsonl, parquet};
use crate::failure::Failure;
use crate::policy::is_stdin;
use arrow_array::{Array, RecordBatch};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Some rows of a file.
#[derive(Debug)]
pub(crate) struct Chunk {
    /// The rows.
    pub batch: RecordBatch,
    /// Where they stand in the file.
    pub places: Places,
}

impl Chunk {
    /// Where a column comes from, in words: of JSON lines the line that first names it.
    pub fn origin(&self, column: &str) -> Option<String> {
        let (at, field) = self.batch.schema_ref().column_with_name(column)?;
        let column = self.batch.column(at);
        let row = (0..column.len()).find(|&row| is_json(field) && column.is_valid(row))?;
        Some(self.places.word(row))
    }
}

/// Where rows stand in a file.
#[derive(Debug)]
pub(crate) enum Places {
    /// By row, its line, from one.
    Lines(Vec<u64>),
    /// The number of the first row, from one: the file has no lines.
    From(u64),
}

impl Places {
    /// The place of a row, in words.
    pub fn word(&self, row: usize) -> String {
        match self {
            Self::Lines(lines) => format!("line {}", lines.get(row).copied().unwrap_or_default()),
            Self::From(first) => format!("row {}", first + row as u64),
        }
    }

    /// The place of a row, as a number.
    pub fn number(&self, row: usize) -> u64 {
        match self {
            Self::Lines(lines) => lines.get(row).copied().unwrap_or_default(),
            Self::From(first) => first + row as u64,
        }
    }
}

/// How a file is to be read.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// The most rows of a part.
    pub rows: usize,
    /// Columns that options name: they are there even where a file of JSON lines does not name them.
    pub columns: Vec<String>,
    /// Columns that are kept, whole.
    pub kept: Vec<String>,
}

/// What reads a file of one format, part after part.
pub(super) trait Parted {
    /// The next part; at the end of the file an empty one. Errors: of reading, after which nothing more is asked for.
    fn part(&mut self) -> Result<Chunk, Failure>;

    /// Whether the part before was the last.
    fn is_at_end(&self) -> bool;
}

/// The parts of a file up to its end, or to an error. A file without rows has one part; others do not end with an empty one.
struct Parts<P> {
    parts: P,
    is_first: bool,
    is_over: bool,
}

impl<P: Parted> Parts<P> {
    fn new(parts: P) -> Self {
        Self { parts, is_first: true, is_over: false }
    }
}

impl<P: Parted> Iterator for Parts<P> {
    type Item = Result<Chunk, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let part = self.parts.part();
        self.is_over = part.is_err() || self.parts.is_at_end();
        let is_empty = part.as_ref().is_ok_and(|chunk| chunk.batch.num_rows() == 0);
        let is_first = std::mem::take(&mut self.is_first);
        if is_empty && self.is_over && !is_first { None } else { Some(part) }
    }
}

/// The parts of a file, in order; at least one, which may be empty.
pub(crate) struct Reader {
    parts: Box<dyn Iterator<Item = Result<Chunk, Failure>> + Send>,
    /// How far it has come, and how far it goes if that is known: bytes, or rows of a Parquet file.
    pub position: Arc<AtomicU64>,
    pub length: Option<u64>,
}

impl Reader {
    /// Opens a file, or standard input. Errors: it cannot be opened; its first lines are not of the format.
    pub fn open(path: &Path, format: FileFormat, wanted: &Wanted) -> Result<Self, Failure> {
        let position = Arc::new(AtomicU64::new(0));
        if format == FileFormat::Parquet {
            if is_stdin(path) {
                let failure = Failure::new("a Parquet file cannot be read from standard input");
                return Err(failure.help("name the file, or pipe CSV or JSON lines"));
            }
            let (parts, rows) = parquet::open(path, file(path)?, wanted.rows, position.clone())?;
            return Ok(Self { parts: Box::new(Parts::new(parts)), position, length: Some(rows) });
        }
        let (input, length): (Box<dyn Read + Send>, _) = if is_stdin(path) {
            (Box::new(io::stdin()), None)
        } else {
            let file = file(path)?;
            let length = file.metadata().ok().filter(std::fs::Metadata::is_file).map(|metadata| metadata.len());
            (Box::new(file), length)
        };
        let input = BufReader::with_capacity(1 << 16, Counted { input, count: position.clone() });
        let source = Source { path: path.to_owned(), input };
        let parts: Box<dyn Iterator<Item = _> + Send> = match format {
            FileFormat::Csv => Box::new(Parts::new(csv::open(source, wanted.rows)?)),
            _ => Box::new(Parts::new(jsonl::open(source, wanted))),
        };
        Ok(Self { parts, position, length })
    }
}

impl Iterator for Reader {
    type Item = Result<Chunk, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        self.parts.next()
    }
}

/// A file of text, open.
pub(super) struct Source {
    pub path: PathBuf,
    pub input: BufReader<Counted>,
}

/// Counts what is read.
pub(super) struct Counted {
    input: Box<dyn Read + Send>,
    count: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

fn file(path: &Path) -> Result<File, Failure> {
    let failed = |error: io::Error| Failure::file(path, &error);
    let file = File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.is_dir() {
        return Err(Failure::file(path, &io::ErrorKind::IsADirectory.into()));
    }
    Ok(file)
}
