//! One engine at one size: starts the process that measures, reads what it says, stops it where it loads too long.

use crate::engines::Listed;
use crate::instructions;
use crate::measure::{Event, Figure, Operation};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// How long things may take.
pub struct Limits {
    /// Each figure.
    pub seconds: f64,
    /// Loading.
    pub patience: Duration,
}

/// What was found of one engine at one size.
#[derive(Clone, Debug, Serialize)]
pub struct Cell {
    /// The engine's name.
    pub engine: &'static str,
    /// The engine with its version, and how it was used.
    pub title: String,
    /// Whether it is a published crate other than wardkey.
    pub is_peer: bool,
    /// Rules.
    pub size: usize,
    /// Entitlements.
    pub entitlements: usize,
    /// Seconds to load; or why it did not.
    pub loaded: Result<f64, String>,
    /// What was measured; or why it was not.
    pub figures: BTreeMap<Operation, Result<Figure, String>>,
    /// Instructions of one decision, where they were counted.
    pub instructions: Option<Result<f64, String>>,
}

/// Measures. Errors: an answer was wrong, or the process could not be started or broke down.
pub fn cell(engine: &Listed, size: usize, limits: &Limits, is_counted: bool) -> Result<Cell, String> {
    let mut cell = Cell {
        engine: engine.name,
        title: engine.title(),
        is_peer: engine.from.is_some_and(|name| name != "wardkey"),
        size,
        entitlements: wardkey_testing::workload::Workload::generate(size, crate::seed::SEED).entitlements.len(),
        loaded: Err("it said nothing".to_owned()),
        figures: BTreeMap::new(),
        instructions: None,
    };
    let arguments = ["measure", engine.name, &size.to_string(), &limits.seconds.to_string()];
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start itself: {error}"))?;
    let events = events(&mut child)?;
    listen(&mut cell, &events, &mut child, limits)?;
    if is_counted && cell.loaded.is_ok() {
        cell.instructions = Some(instructions::of_decide(engine.name, size));
    }
    eprintln!("{}", line(&cell));
    Ok(cell)
}

/// What the process says, as it says it.
fn events(child: &mut Child) -> Result<Receiver<Event>, String> {
    let output = child.stdout.take().ok_or("its output is not read")?;
    let (send, receive) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let Ok(event) = serde_json::from_str(&line) else { continue };
            if send.send(event).is_err() {
                break;
            }
        }
    });
    Ok(receive)
}

fn listen(cell: &mut Cell, events: &Receiver<Event>, child: &mut Child, limits: &Limits) -> Result<(), String> {
    match events.recv_timeout(limits.patience) {
        Ok(Event::Loaded(seconds)) => cell.loaded = Ok(seconds),
        Ok(Event::Unable(reason)) => cell.loaded = Err(reason),
        Ok(Event::Measured(..)) | Err(RecvTimeoutError::Disconnected) => {}
        Err(RecvTimeoutError::Timeout) => {
            cell.loaded = Err(format!("not loaded after {:.0} s", limits.patience.as_secs_f64()));
            child.kill().map_err(|error| error.to_string())?;
            child.wait().map_err(|error| error.to_string())?;
            return Ok(());
        }
    }
    while let Ok(event) = events.recv() {
        if let Event::Measured(operation, figure) = event {
            cell.figures.insert(operation, figure);
        }
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    if status.success() { Ok(()) } else { Err(format!("{} with {} rules: {status}", cell.engine, cell.size)) }
}

/// A line of progress.
fn line(cell: &Cell) -> String {
    let figure = |operation| match cell.figures.get(&operation) {
        Some(Ok(figure)) => format!("{:.0} ns ({} asked)", figure.ns, figure.asked),
        Some(Err(reason)) => reason.clone(),
        None => "-".to_owned(),
    };
    let loaded = match &cell.loaded {
        Ok(seconds) => format!("loaded in {seconds:.3} s"),
        Err(reason) => reason.clone(),
    };
    let counted = match &cell.instructions {
        Some(Ok(count)) => format!("; {count:.0} instructions"),
        Some(Err(reason)) => format!("; {reason}"),
        None => String::new(),
    };
    let (decide, entitlements) = (figure(Operation::Decide), figure(Operation::Entitlements));
    format!("{} {}: {loaded}; decide {decide}; entitlements {entitlements}{counted}", cell.engine, cell.size)
}
