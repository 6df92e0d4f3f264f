//! Columns of outcomes, put together from the ranges that were decided apart.

use crate::options::Shape;
use crate::plan::Plan;
use arrow_array::types::{Int8Type, Int32Type};
use arrow_array::{ArrayRef, DictionaryArray, Int8Array, Int32Array, ListArray, StringArray, UInt64Array};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{ArrowError, DataType, Field, FieldRef};
use arrow_select::take::take;
use std::ops::Range;
use std::sync::Arc;
use wardkey::{Batch, Counts, EntitlementId, Outcome, Policy};

const OUTCOMES: [Outcome; 4] = [Outcome::Denied, Outcome::NotGranted, Outcome::Offered, Outcome::Allowed];

/// A column of outcomes: one of four words.
pub(crate) fn outcome_field(name: &str) -> FieldRef {
    Arc::new(Field::new(name, DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8)), false))
}

/// The column of the entitlement's name.
pub(crate) fn entitlement_field() -> FieldRef {
    Arc::new(Field::new("entitlement", names_type(), false))
}

/// A column of lists of entitlements.
pub(crate) fn list_field(name: &str) -> FieldRef {
    Arc::new(Field::new(name, DataType::List(item_field()), false))
}

fn names_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

fn item_field() -> FieldRef {
    Arc::new(Field::new("item", names_type(), false))
}

/// A column of outcomes by their numbers.
fn outcomes(codes: Vec<i8>) -> Result<ArrayRef, ArrowError> {
    let words = StringArray::from_iter_values(OUTCOMES.map(Outcome::as_str));
    Ok(Arc::new(DictionaryArray::<Int8Type>::try_new(Int8Array::from(codes), Arc::new(words))?))
}

/// Entitlements by number, with their names.
fn entitlements(policy: &Policy, numbers: Vec<i32>) -> Result<ArrayRef, ArrowError> {
    let names = StringArray::from_iter_values(policy.entitlement_ids().map(|id| policy.entitlement_name(id)));
    Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(Int32Array::from(numbers), Arc::new(names))?))
}

/// The number of an entitlement among the names.
fn number(id: EntitlementId) -> i32 {
    i32::try_from(id.in_catalogue().index()).unwrap_or(i32::MAX)
}

/// Lists of entitlements, one after the other, and how long each is.
#[derive(Clone, Debug, Default)]
struct Lists {
    numbers: Vec<i32>,
    lengths: Vec<usize>,
    closed: usize,
}

impl Lists {
    /// Puts what has come since the last list into one.
    fn close(&mut self) {
        self.lengths.push(self.numbers.len() - self.closed);
        self.closed = self.numbers.len();
    }

    /// The lists of several ranges of rows, as a column.
    fn column<'l>(policy: &Policy, parts: impl Iterator<Item = &'l Self> + Clone) -> Result<ArrayRef, ArrowError> {
        let offsets = OffsetBuffer::from_lengths(parts.clone().flat_map(|part| part.lengths.iter().copied()));
        let names = entitlements(policy, parts.flat_map(|part| part.numbers.iter().copied()).collect())?;
        Ok(Arc::new(ListArray::try_new(item_field(), offsets, names, None)?))
    }
}

/// A range of rows, decided; those that are refused are not there.
pub(crate) struct Part {
    /// By entitlement that is asked about, then by row.
    codes: Vec<Vec<i8>>,
    allowed: Lists,
    offered: Lists,
    pub counts: Counts,
}

impl Part {
    /// Decides a range of rows. Cost: a step for each entitlement of each row.
    pub fn new(plan: &Plan<'_>, rows: &Batch<'_>, range: Range<usize>) -> Self {
        let counts = rows.count(range.clone());
        let mut part = Self { codes: Vec::new(), allowed: Lists::default(), offered: Lists::default(), counts };
        match plan.options.shape {
            Shape::Wide | Shape::Long => part.codes = codes(plan, rows, range),
            Shape::Lists => part.list(plan, rows, range),
        }
        part
    }

    fn list(&mut self, plan: &Plan<'_>, rows: &Batch<'_>, range: Range<usize>) {
        let asked = &plan.asked;
        rows.each(range, |row| {
            if row.refused().is_some() {
                return;
            }
            for (id, outcome) in row.answers().filter(|(id, _)| asked[id.in_catalogue().index()].is_some()) {
                match outcome {
                    Outcome::Allowed => self.allowed.numbers.push(number(id)),
                    Outcome::Offered => self.offered.numbers.push(number(id)),
                    Outcome::Denied | Outcome::NotGranted => {}
                }
            }
            for lists in [&mut self.allowed, &mut self.offered] {
                lists.numbers[lists.closed..].sort_unstable();
                lists.close();
            }
        });
    }
}

/// By entitlement that is asked about, the number of the outcome in each row that is not refused.
fn codes(plan: &Plan<'_>, rows: &Batch<'_>, range: Range<usize>) -> Vec<Vec<i8>> {
    let asked = &plan.asked;
    let not_granted = Outcome::NotGranted as i8;
    let mut codes = vec![vec![not_granted; range.len()]; plan.entitlements().len()];
    let mut count = 0;
    rows.each(range, |row| {
        if row.refused().is_some() {
            return;
        }
        for (id, outcome) in row.answers() {
            if let Some(at) = asked[id.in_catalogue().index()] {
                codes[at][count] = outcome as i8;
            }
        }
        count += 1;
    });
    codes.iter_mut().for_each(|codes| codes.truncate(count));
    codes
}

/// The columns of a batch: those that are kept, of which `rows` rows are left, then the outcomes.
pub(crate) fn columns(
    plan: &Plan<'_>,
    parts: Vec<Part>,
    mut kept: Vec<ArrayRef>,
    rows: usize,
) -> Result<Vec<ArrayRef>, ArrowError> {
    let asked = plan.entitlements();
    match plan.options.shape {
        Shape::Wide => {
            for at in 0..asked.len() {
                kept.push(outcomes(parts.iter().flat_map(|part| &part.codes[at]).copied().collect())?);
            }
        }
        Shape::Long => {
            let repeated = (0..rows as u64).flat_map(|row| std::iter::repeat_n(row, asked.len()));
            let repeated = UInt64Array::from_iter_values(repeated);
            for column in &mut kept {
                *column = take(column, &repeated, None)?;
            }
            let names: Vec<i32> = asked.iter().map(|&id| number(id)).collect();
            kept.push(entitlements(plan.policy, names.repeat(rows))?);
            kept.push(outcomes(parts.iter().flat_map(|part| row_by_row(&part.codes)).collect())?);
        }
        Shape::Lists => {
            kept.push(Lists::column(plan.policy, parts.iter().map(|part| &part.allowed))?);
            kept.push(Lists::column(plan.policy, parts.iter().map(|part| &part.offered))?);
        }
    }
    Ok(kept)
}

fn row_by_row(codes: &[Vec<i8>]) -> impl Iterator<Item = i8> + '_ {
    let rows = codes.first().map_or(0, Vec::len);
    (0..rows).flat_map(move |row| codes.iter().map(move |codes| codes[row]))
}
