//! The tables, in Markdown: an engine a row, a size a column, what could not be measured as `-` with the reason below.

use crate::measure::{Figure, Operation};
use crate::numbers;
use crate::run::Cell;
use std::fmt::Write;

/// An answer to fewer questions than this is marked.
const MANY: usize = 64;

/// Rows for calls whose answers are not read.
const UNREAD: [(Operation, &str); 2] =
    [(Operation::Call, ", the call alone"), (Operation::Refresh, ", the call alone, in the room of the last")];

/// A table of one kind of figure.
struct Table<'a> {
    cells: &'a [Cell],
    sizes: Vec<usize>,
    notes: Notes,
}

/// What is said below a table: of an engine, at some sizes.
#[derive(Default)]
struct Notes(Vec<(&'static str, String, Vec<usize>)>);

impl Notes {
    fn add(&mut self, cell: &Cell, text: &str) {
        let is_same = |note: &&mut (&'static str, String, Vec<usize>)| note.0 == cell.engine && note.1 == text;
        match self.0.iter_mut().find(is_same) {
            Some((_, _, sizes)) => sizes.push(cell.size),
            None => self.0.push((cell.engine, text.to_owned(), vec![cell.size])),
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (engine, note, sizes) in &self.0 {
            let sizes: Vec<_> = sizes.iter().map(|size| numbers::size(*size)).collect();
            text.push_str(if text.is_empty() { "\n" } else { "" });
            let _ = writeln!(text, "- {engine}, N={}: {note}", sizes.join(", "));
        }
        text
    }
}

/// All tables.
pub fn markdown(cells: &[Cell]) -> String {
    let mut sizes: Vec<_> = cells.iter().map(|cell| cell.size).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let table = || Table { cells, sizes: sizes.clone(), notes: Notes::default() };
    let counts: Vec<_> = sizes.iter().map(|size| numbers::grouped(entitlements(cells, *size) as u64)).collect();
    let counts = counts.join(", ");
    let mut text = "Nanoseconds a call, the median, one thread, contexts in each engine's own form.\n\n".to_owned();
    text.push_str("## `decide`: one entitlement\n\n");
    text.push_str(&table().figures(Operation::Decide));
    let _ = write!(text, "\n## `entitlements`: every entitlement of one context (E = {counts})\n\n");
    text.push_str(&table().figures(Operation::Entitlements));
    text.push_str("\n## Loading, milliseconds, translation included\n\n");
    text.push_str(&table().loading());
    if cells.iter().any(|cell| cell.instructions.is_some()) {
        text.push_str("\n## Instructions of one `decide`\n\n");
        text.push_str(&table().instructions());
    }
    text
}

fn entitlements(cells: &[Cell], size: usize) -> usize {
    cells.iter().find(|cell| cell.size == size).map_or(0, |cell| cell.entitlements)
}

impl Table<'_> {
    fn figures(mut self, operation: Operation) -> String {
        let mut text = self.head();
        for engine in self.engines() {
            self.row(&mut text, engine, "", |notes, cell| figure(notes, cell, operation));
            for (apart, detail) in UNREAD {
                let has_it = self.of(engine).any(|cell| cell.figures.contains_key(&apart));
                if operation == Operation::Entitlements && has_it {
                    self.row(&mut text, engine, detail, |notes, cell| figure(notes, cell, apart));
                }
            }
        }
        self.ratios(&mut text, operation);
        text.push_str(&self.notes.text());
        text
    }

    fn loading(mut self) -> String {
        let mut text = self.head();
        for engine in self.engines() {
            self.row(&mut text, engine, "", |_, cell| match &cell.loaded {
                // what is compiled in is not loaded
                Ok(seconds) if *seconds > 1e-6 => numbers::short(seconds * 1e3),
                _ => "-".to_owned(),
            });
        }
        text
    }

    fn instructions(mut self) -> String {
        let is_counted = |size: &usize| self.cells.iter().any(|cell| cell.size == *size && cell.instructions.is_some());
        self.sizes = self.sizes.iter().copied().filter(is_counted).collect();
        let mut text = self.head();
        for engine in self.engines() {
            self.row(&mut text, engine, "", |notes, cell| match &cell.instructions {
                Some(Ok(count)) => numbers::short(*count),
                Some(Err(reason)) => missing(notes, cell, reason),
                None => "-".to_owned(),
            });
        }
        text.push_str(&self.notes.text());
        text
    }

    fn head(&self) -> String {
        let sizes: Vec<_> = self.sizes.iter().map(|size| numbers::size(*size)).collect();
        format!("| engine | N={} |\n|---|{}\n", sizes.join(" | "), "--:|".repeat(sizes.len()))
    }

    /// By name, in the order they were measured.
    fn engines(&self) -> Vec<&'static str> {
        let mut engines: Vec<&'static str> = Vec::new();
        for cell in self.cells {
            if !engines.contains(&cell.engine) {
                engines.push(cell.engine);
            }
        }
        engines
    }

    fn of(&self, engine: &'static str) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(move |cell| cell.engine == engine)
    }

    fn row(
        &mut self,
        text: &mut String,
        engine: &'static str,
        detail: &str,
        show: impl Fn(&mut Notes, &Cell) -> String,
    ) {
        let title = self.of(engine).next().map_or_else(String::new, |cell| format!("{}{detail}", cell.title));
        let mut notes = std::mem::take(&mut self.notes);
        let shown = self.sizes.iter().map(|size| {
            let cell = self.of(engine).find(|cell| cell.size == *size);
            cell.map_or_else(|| "-".to_owned(), |cell| show(&mut notes, cell))
        });
        let shown: Vec<_> = shown.collect();
        self.notes = notes;
        let title = if engine == "wardkey" { format!("**{title}**") } else { title };
        let _ = writeln!(text, "| {title} | {} |", shown.join(" | "));
    }

    /// The fastest of the other engines beside wardkey.
    fn ratios(&self, text: &mut String, operation: Operation) {
        let ns = |cell: &Cell| cell.figures.get(&operation)?.as_ref().ok().map(|figure| figure.ns);
        let ratio = |size: &usize| {
            let at_size = || self.cells.iter().filter(|cell| cell.size == *size);
            let ours = at_size().find(|cell| cell.engine == "wardkey").and_then(ns)?;
            let best = at_size().filter(|cell| cell.is_peer).filter_map(ns).min_by(f64::total_cmp)?;
            Some(format!("{}x", numbers::short(best / ours)))
        };
        let ratios: Vec<_> = self.sizes.iter().map(ratio).collect();
        if ratios.iter().any(Option::is_some) {
            let shown: Vec<_> = ratios.into_iter().map(|ratio| ratio.unwrap_or_else(|| "-".to_owned())).collect();
            let _ = writeln!(text, "| *fastest other engine, times wardkey* | {} |", shown.join(" | "));
        }
    }
}

fn figure(notes: &mut Notes, cell: &Cell, operation: Operation) -> String {
    if let Err(reason) = &cell.loaded {
        return missing(notes, cell, reason);
    }
    match cell.figures.get(&operation) {
        None => "-".to_owned(),
        Some(Err(reason)) => missing(notes, cell, reason),
        Some(Ok(Figure { ns, asked, .. })) => {
            let few = if operation == Operation::Decide && *asked < MANY {
                notes.add(cell, &format!("{asked} questions only"));
                "*"
            } else {
                ""
            };
            numbers::short(*ns) + few
        }
    }
}

fn missing(notes: &mut Notes, cell: &Cell, reason: &str) -> String {
    notes.add(cell, reason);
    "-".to_owned()
}
