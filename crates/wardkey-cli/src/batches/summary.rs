//! What became of a file of people, in figures: gathered part by part, told at the end.

use super::Chunk;
use crate::json;
use crate::screen::{Screen, Style, count, plain};
use crate::table::Table;
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;
use wardkey::{Counts, EntitlementId, Outcome, Policy};
use wardkey_arrow::{Evaluated, Plan};

/// Problems with rows that are told one by one.
const MOST: usize = 10;

/// The figures so far.
pub(crate) struct Summary<'p> {
    policy: &'p Policy,
    counts: Counts,
    /// Decided, those that were left out included.
    rows: u64,
    /// Of these, left out.
    skipped: u64,
    /// Values taken as not known.
    unknown: u64,
    /// The first ones.
    problems: Vec<RowProblem>,
    passed_over: BTreeSet<String>,
    entitlements: Vec<EntitlementId>,
}

/// Something that is wrong with a row, or with several.
struct RowProblem {
    place: u64,
    text: String,
}

impl<'p> Summary<'p> {
    /// Of no row.
    pub fn new(policy: &'p Policy) -> Self {
        Self {
            policy,
            counts: Counts::new(policy),
            rows: 0,
            skipped: 0,
            unknown: 0,
            problems: Vec::new(),
            passed_over: BTreeSet::new(),
            entitlements: Vec::new(),
        }
    }

    /// How many rows there were.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// How many of them were left out.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Takes note of how columns are taken.
    pub fn plan(&mut self, plan: &Plan<'_>) {
        self.passed_over.extend(plan.passed_over().iter().cloned());
        self.entitlements = plan.entitlements().to_vec();
    }

    /// Adds a part.
    pub fn add(&mut self, evaluated: &Evaluated, chunk: &Chunk) {
        self.counts.merge(&evaluated.counts);
        self.rows += chunk.batch.num_rows() as u64;
        self.skipped += evaluated.skipped.len() as u64;
        self.unknown += evaluated.unusable.iter().map(|unusable| unusable.rows as u64).sum::<u64>();
        // both come by row
        let unusable = evaluated.unusable.iter().filter_map(|it| Some((it.row?, alike(&it.message, it.rows))));
        let skipped = evaluated.skipped.iter().map(|(row, message)| (*row, message.clone()));
        let mut found: Vec<(usize, String)> = unusable.take(MOST).chain(skipped.take(MOST)).collect();
        found.sort_by_key(|(row, _)| *row);
        let problems = found.into_iter().map(|(row, message)| RowProblem {
            place: chunk.places.number(row),
            text: format!("{}: {message}", chunk.places.word(row)),
        });
        self.problems.extend(problems);
        self.problems.truncate(MOST);
    }

    /// Notes about columns and rows that did not go as usual. `input` is what people call the file.
    pub fn notes(&self, input: &str, screen: &mut Screen) {
        for column in &self.passed_over {
            screen.note(format!("no rule reads the column `{}`: passed over", plain(column)));
        }
        for problem in &self.problems {
            screen.note(format!("{input}, {}", plain(&problem.text)));
        }
        if self.skipped > 0 {
            screen.note(format!("{} left out", count(self.skipped as usize, "row was", "rows were")));
        }
        if self.unknown > 0 {
            screen.note(format!("{} taken as not known", count(self.unknown as usize, "value was", "values were")));
        }
    }

    /// How many rows came to each outcome, and how fast, as a table.
    pub fn table(&self, took: Duration, screen: &mut Screen) {
        let mut table = Table::new(["Entitlement", "Allowed", "Offered", "Denied", "Not granted"], &[0, 1, 2, 3, 4]);
        let seconds = took.as_secs_f64().max(1e-9);
        let speed = self.rows as f64 / seconds;
        let rows = count(self.rows as usize, "row", "rows");
        table.group(format!("{rows} in {seconds:.2} s ({speed:.0} a second)"), Style::Bold);
        for &id in &self.entitlements {
            let number = |outcome, style| (self.counts.get(id, outcome).to_string(), style);
            table.row([
                (plain(self.policy.entitlement_name(id)).into_owned(), Style::Normal),
                number(Outcome::Allowed, Style::Good),
                number(Outcome::Offered, Style::Fair),
                number(Outcome::Denied, Style::Bad),
                number(Outcome::NotGranted, Style::Dim),
            ]);
        }
        table.print(screen);
    }

    /// The same as JSON.
    pub fn json(&self, took: Duration, screen: &mut Screen) {
        let entitlements = self.entitlements.iter().map(|&id| {
            let number = |outcome| self.counts.get(id, outcome);
            json!({
                "entitlement": self.policy.entitlement_name(id),
                "allowed": number(Outcome::Allowed),
                "offered": number(Outcome::Offered),
                "denied": number(Outcome::Denied),
                "not_granted": number(Outcome::NotGranted),
            })
        });
        let problems = self.problems.iter().map(|problem| json!({ "place": problem.place, "message": problem.text }));
        json::print(
            &json!({
                "rows": self.rows,
                "skipped": self.skipped,
                "unknown_values": self.unknown,
                "seconds": took.as_secs_f64(),
                "entitlements": entitlements.collect::<Vec<_>>(),
                "problems": problems.collect::<Vec<_>>(),
                "passed_over": self.passed_over,
            }),
            screen,
        );
    }
}

/// A message about the first of some rows.
pub(crate) fn alike(message: &str, rows: usize) -> String {
    if rows > 1 { format!("{message} (and {} more)", count(rows - 1, "row", "rows")) } else { message.to_owned() }
}
