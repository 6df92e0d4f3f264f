//! A record batch, read column by column and decided range by range.

use crate::encode::{Encoded, encode};
use crate::error::{Error, Mistake};
use crate::options::{OnError, Options, Shape};
use crate::output::{self, Part};
use crate::plan::{Plan, Source};
use arrow_array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions};
use rayon::prelude::*;
use serde_json::Value as Json;
use std::ops::Range;
use wardkey::eval::{Input, Problem};
use wardkey::{Batch, Counts, Dictionary, Policy};

/// Rows that are decided together: enough to make up for what a range begins with.
const RANGE: usize = 8 << 10;

/// What came of a batch.
#[derive(Clone, Debug)]
pub struct Evaluated {
    /// The columns that are kept and those of outcomes, without the rows that were left out.
    pub batch: RecordBatch,
    /// How often each entitlement came to each outcome; rows that were left out are counted as refused.
    pub counts: Counts,
    /// Rows that were left out, from nought, with the reason.
    pub skipped: Vec<(usize, String)>,
    /// Values that were taken for unknown, by the first row that has each.
    pub unusable: Vec<Mistake>,
}

/// Evaluates one batch. For several of one schema, make a [`Plan`] once.
///
/// Errors: those of [`Plan::new`] and of [`Plan::evaluate`].
pub fn evaluate(policy: &Policy, batch: &RecordBatch, options: &Options) -> Result<Evaluated, Error> {
    Plan::new(policy, &batch.schema(), options)?.evaluate(batch)
}

/// A column, read.
struct Read<'p> {
    dictionary: Dictionary<'p>,
    keys: Vec<u32>,
    bad: Vec<Mistake>,
}

impl Plan<'_> {
    /// Evaluates a batch of the plan's schema.
    ///
    /// Errors: where [`Options::on_error`] says stop, every value that cannot be read, or else every row that contradicts an
    /// assumption, by row; the batch is of another schema.
    ///
    /// Cost: a search among distinct values for each row and column, then what deciding the rows costs.
    pub fn evaluate(&self, batch: &RecordBatch) -> Result<Evaluated, Error> {
        let read: Result<Vec<Read<'_>>, Error> =
            self.attributes.par_iter().map(|source| self.read(source, &source.of(batch)?)).collect();
        let mut read = read?;
        let mut unusable: Vec<Mistake> = read.iter_mut().flat_map(|read| std::mem::take(&mut read.bad)).collect();
        unusable.sort_by_key(|mistake| mistake.row);
        if self.options.on_error == OnError::Stop && !unusable.is_empty() {
            return Err(Error::new(unusable));
        }
        // the value of a constant is the first of its dictionary, unless it leaves the attribute out
        let first = vec![0; batch.num_rows()];
        let constants = self.constants.iter().filter(|constant| !constant.is_empty());
        let columns = read.iter().map(|read| (&read.dictionary, read.keys.as_slice()));
        let columns: Vec<_> = columns.chain(constants.map(|constant| (constant, first.as_slice()))).collect();
        let rows = self.policy.batch(batch.num_rows(), &columns)?;
        let skipped = self.skipped(&rows)?;
        let unusable = if self.options.on_error == OnError::Unknown { unusable } else { Vec::new() };
        let left_out: Vec<usize> = skipped.iter().map(|(row, _)| *row).collect();
        let (batch, counts) = self.output(&rows, self.kept(batch)?, &left_out)?;
        let skipped = skipped.into_iter().map(|(row, problem)| (row, problem.message.clone())).collect();
        Ok(Evaluated { batch, counts, skipped, unusable })
    }

    fn read(&self, source: &Source, array: &ArrayRef) -> Result<Read<'_>, Error> {
        let mut dictionary = self.policy.dictionary(&source.name)?;
        let Encoded { values, mut keys } = encode(&source.field, array).unwrap_or_default();
        // of a dictionary, entries may be there that no row has
        let mut used = vec![0u32; values.len()];
        keys.iter().for_each(|&key| used.get_mut(key as usize).into_iter().for_each(|count| *count += 1));
        let separator = self.options.separator.filter(|_| self.holds_many(dictionary.attribute()));
        let mut bad = Vec::new();
        let mut numbers = Vec::with_capacity(values.len());
        for (value, &rows) in values.iter().zip(&used) {
            if rows == 0 {
                numbers.push(Dictionary::OMITTED);
                continue;
            }
            numbers.push(match dictionary.push(Input::from(split(value, separator))) {
                Ok(number) => number,
                Err(problem) => {
                    bad.push((numbers.len() as u32, rows as usize, problem.clone()));
                    self.instead(&mut dictionary, problem)
                }
            });
        }
        let of_value = |(key, rows, problem): (u32, usize, Problem)| {
            let row = keys.iter().position(|&other| other == key).unwrap_or_default();
            source.unusable(problem).at(row, rows)
        };
        let bad = bad.into_iter().map(of_value).collect();
        for key in &mut keys {
            *key = numbers.get(*key as usize).copied().unwrap_or(Dictionary::OMITTED);
        }
        Ok(Read { dictionary, keys, bad })
    }

    /// The number of what stands for a value that cannot be read.
    fn instead(&self, dictionary: &mut Dictionary<'_>, problem: Problem) -> u32 {
        if self.options.on_error == OnError::Unknown
            && let Ok(number) = dictionary.push(Input::unknown())
        {
            return number;
        }
        dictionary.refuse(problem)
    }

    /// The rows that are left out. Errors: there is one, and the options say stop.
    fn skipped<'b>(&self, rows: &'b Batch<'b>) -> Result<Vec<(usize, &'b Problem)>, Error> {
        let skipped: Vec<(usize, &Problem)> =
            ranges(rows.rows()).into_par_iter().flat_map_iter(|range| rows.refused(range)).collect();
        if self.options.on_error != OnError::Stop || skipped.is_empty() {
            return Ok(skipped);
        }
        let mistake = |&(row, problem): &(usize, &Problem)| {
            Mistake::new(None, problem.message.clone()).help(problem.help.clone()).at(row, 1)
        };
        Err(Error::new(skipped.iter().map(mistake).collect()))
    }

    /// The output of the rows that are left, and the counts of all.
    fn output(
        &self,
        rows: &Batch<'_>,
        mut kept: Vec<ArrayRef>,
        skipped: &[usize],
    ) -> Result<(RecordBatch, Counts), Error> {
        if !skipped.is_empty() {
            let mut left = vec![true; rows.rows()];
            skipped.iter().for_each(|&row| left[row] = false);
            let left = BooleanArray::from(left);
            kept = kept.iter().map(|column| arrow_select::filter::filter(column, &left)).collect::<Result<_, _>>()?;
        }
        let parts: Vec<Part> = ranges(rows.rows()).into_par_iter().map(|range| Part::new(self, rows, range)).collect();
        let mut counts = Counts::new(self.policy);
        parts.iter().for_each(|part| _ = counts.merge(&part.counts));
        let number = rows.rows() - skipped.len();
        let columns = output::columns(self, parts, kept, number)?;
        // without a column a batch does not know how long it is
        let length = if self.options.shape == Shape::Long { number * self.entitlements().len() } else { number };
        let length = RecordBatchOptions::new().with_row_count(Some(length));
        Ok((RecordBatch::try_new_with_options(self.schema().clone(), columns, &length)?, counts))
    }
}

impl Source {
    /// What is wrong with a value of the column.
    fn unusable(&self, problem: Problem) -> Mistake {
        let is_named = problem.message.starts_with('`') || self.column == self.name;
        let message = if is_named { problem.message } else { format!("column `{}`: {}", self.column, problem.message) };
        Mistake::new(Some(&self.column), message).help(problem.help)
    }
}

/// A text that holds a set, as a list. One that is empty holds nothing.
fn split(value: &Json, separator: Option<char>) -> Json {
    match (value, separator) {
        (Json::String(text), Some(separator)) => {
            let elements = text.split(separator).map(str::trim).filter(|element| !element.is_empty());
            Json::Array(elements.map(Json::from).collect())
        }
        _ => value.clone(),
    }
}

/// Ranges of so many rows.
fn ranges(rows: usize) -> Vec<Range<usize>> {
    (0..rows).step_by(RANGE).map(|first| first..rows.min(first + RANGE)).collect()
}
