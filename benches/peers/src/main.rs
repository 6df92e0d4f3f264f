//! wardkey beside other engines, in one run: the same rules, the same questions, every answer checked before it is timed.
//!
//! Each engine at each size runs in a process of its own, one after the other, which this program starts from itself: no
//! engine finds the memory as another one left it, and one that takes too long to load can be stopped.

mod engines;
mod instructions;
mod measure;
mod numbers;
mod person;
mod plot;
mod report;
mod run;
mod seed;
mod translate;
mod wait;
mod workload;

use clap::{Parser, Subcommand, ValueEnum};
use engines::{ENGINES, Listed};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Measure wardkey beside other engines
#[derive(Parser)]
#[command(version, max_term_width = 100)]
struct Options {
    /// Engines, by name; all of them if left out
    #[arg(long, value_delimiter = ',', value_parser = listed)]
    engines: Vec<&'static Listed>,
    /// Numbers of rules
    #[arg(long, value_delimiter = ',', default_value = "10,100,1000,10000,100000")]
    sizes: Vec<usize>,
    /// Seconds that each figure is measured
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
    /// Seconds after which loading is given up
    #[arg(long, default_value_t = 60.0)]
    patience: f64,
    /// Sizes at which instructions are counted too, with valgrind
    #[arg(long, value_delimiter = ',')]
    instructions: Vec<usize>,
    /// How to write the results
    #[arg(long, value_enum, default_value_t = Format::Markdown)]
    format: Format,
    /// A file to write the results to, besides standard output
    #[arg(long)]
    output: Option<PathBuf>,
    /// A folder to draw decide.svg and entitlements.svg in
    #[arg(long)]
    plots: Option<PathBuf>,
    #[command(subcommand)]
    cell: Option<Cell>,
}

/// How results are written.
#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Tables
    Markdown,
    /// Everything that was measured
    Json,
}

/// What the program starts itself for.
#[derive(Subcommand)]
#[command(hide = true)]
enum Cell {
    /// One engine at one size
    #[command(hide = true)]
    Measure {
        #[arg(value_parser = listed)]
        engine: &'static Listed,
        size: usize,
        seconds: f64,
    },
    /// The same, for an instrument that counts instructions
    #[command(hide = true)]
    Count {
        #[arg(value_parser = listed)]
        engine: &'static Listed,
        size: usize,
        calls: usize,
    },
}

fn listed(name: &str) -> Result<&'static Listed, String> {
    let names = || ENGINES.iter().map(|engine| engine.name).collect::<Vec<_>>().join(", ");
    ENGINES.iter().find(|engine| engine.name == name).ok_or_else(|| format!("there are: {}", names()))
}

fn main() -> ExitCode {
    let mut options = Options::parse();
    let done = match options.cell.take() {
        None => compare(&options),
        Some(Cell::Measure { engine, size, seconds }) => {
            (engine.measure)(&measure::Task { size, time: Duration::from_secs_f64(seconds) })
        }
        Some(Cell::Count { engine, size, calls }) => (engine.count)(&measure::Count { size, calls }),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn compare(options: &Options) -> Result<(), String> {
    let engines: Vec<_> = if options.engines.is_empty() { ENGINES.iter().collect() } else { options.engines.clone() };
    let limits = run::Limits { seconds: options.seconds, patience: Duration::from_secs_f64(options.patience) };
    let mut cells = Vec::new();
    for &size in &options.sizes {
        for engine in &engines {
            cells.push(run::cell(engine, size, &limits, options.instructions.contains(&size))?);
        }
    }
    let text = match options.format {
        Format::Markdown => report::markdown(&cells),
        Format::Json => serde_json::to_string_pretty(&cells).map_err(|error| error.to_string())? + "\n",
    };
    print!("{text}");
    let write =
        |path: PathBuf, text: &str| std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()));
    if let Some(output) = &options.output {
        write(output.clone(), &text)?;
    }
    if let Some(folder) = &options.plots {
        for (name, operation) in
            [("decide.svg", measure::Operation::Decide), ("entitlements.svg", measure::Operation::Entitlements)]
        {
            write(folder.join(name), &plot::svg(&cells, operation))?;
        }
    }
    Ok(())
}
