//! The lines of a file of text, numbered, and none longer than fits.

use super::named;
use super::read::{Counted, Source};
use crate::failure::Failure;
use std::io::{BufRead, BufReader, Read};

/// The most bytes of a row.
const MOST: usize = 16 << 20;

/// What is left of a file.
pub(super) struct Lines {
    name: String,
    input: BufReader<Counted>,
    /// The line that was read last, from one.
    pub number: u64,
}

impl Lines {
    /// All of a file.
    pub fn new(source: Source) -> Self {
        Self { name: named(&source.path), input: source.input, number: 0 }
    }

    /// What people call the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The line that was read last, in words.
    pub fn place(&self) -> String {
        format!("{}, line {}", self.name, self.number)
    }

    /// Appends the next line to a row, with the line feed at its end even where the last line has none. Whether there is one.
    /// Errors: it cannot be read; the row gets longer than 16 MiB.
    pub fn read(&mut self, row: &mut Vec<u8>) -> Result<bool, Failure> {
        let room = (MOST + 1).saturating_sub(row.len());
        let read = self.input.by_ref().take(room as u64).read_until(b'\n', row);
        let read = read.map_err(|error| Failure::new(format!("{} cannot be read: {error}", self.name)))?;
        if read == 0 {
            return Ok(false);
        }
        self.number += 1;
        if row.len() > MOST {
            return Err(Failure::new(format!("{}: a row is longer than 16 MiB", self.place())));
        }
        if self.number == 1 && row.starts_with(b"\xef\xbb\xbf") {
            row.drain(..3);
        }
        if row.last() != Some(&b'\n') {
            row.push(b'\n');
        }
        Ok(true)
    }
}
