//! `wardkey evaluate PATH --input PEOPLE --output ANSWERS`: a whole file of people, decided row by row.
//!
//! The file is read, decided and written part by part at the same time, so it may be larger than memory. The output takes its
//! name only when it is whole.

use super::Output;
use crate::Exit;
use crate::batches::{Chunk, FileFormat, OutputFile, Reader, Wanted, Writer, named, part_rows};
use crate::context::instant;
use crate::failure::Failure;
use crate::json;
use crate::policy::{is_stdin, load_clean};
use crate::screen::{Screen, Style, count, plain};
use crate::table::Table;
use arrow_array::{Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};
use wardkey::{Counts, EntitlementId, Outcome, Policy};
use wardkey_arrow::{Evaluated, Mistake, OnError, Options, Plan, Shape};

/// Problems with rows that are told one by one.
const MOST: usize = 10;
/// The column that tells rows apart where none is kept.
const ROW: &str = "row";

/// Decide a whole file of people: CSV, JSON lines or Parquet in and out.
#[derive(Args)]
pub(crate) struct Arguments {
    /// A policy file, a folder, or `-`
    path: PathBuf,
    /// A file with a row for each person and a column for each attribute, or `-`
    #[arg(long, short, value_name = "FILE")]
    input: PathBuf,
    /// The format of the input, where its name does not tell
    #[arg(long, value_name = "FORMAT", value_enum)]
    input_format: Option<FileFormat>,
    /// The file that the answers go to, replaced when they are complete, or `-`
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// The format of the output, where its name does not tell
    #[arg(long, value_name = "FORMAT", value_enum)]
    output_format: Option<FileFormat>,
    /// Ask about these alone
    #[arg(long, short, value_name = "NAME")]
    entitlement: Vec<String>,
    /// What the output looks like
    #[arg(long, value_name = "SHAPE", default_value = "wide", value_enum)]
    shape: ShapeChoice,
    /// Carry a column into the output; one that is no attribute is not read
    #[arg(long, value_name = "COLUMN")]
    keep: Vec<String>,
    /// Leave a column out
    #[arg(long, value_name = "COLUMN")]
    ignore: Vec<String>,
    /// Read a column as an attribute of another name
    #[arg(long, value_name = "COLUMN=ATTRIBUTE")]
    map: Vec<String>,
    /// The time for all rows: a date-time with its offset, or `now` for this moment
    #[arg(long, value_name = "TIME")]
    now: Option<String>,
    /// What becomes of a value that cannot be used
    #[arg(long, value_name = "WHAT", default_value = "stop", value_enum)]
    on_error: OnErrorChoice,
    /// Threads that decide; all there are, if not given
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    #[command(flatten)]
    summary: Output,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum ShapeChoice {
    /// A column for each entitlement
    Wide,
    /// A row for each person and entitlement
    Long,
    /// Lists of what is allowed and what is offered
    Lists,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum OnErrorChoice {
    /// Nothing is written
    Stop,
    /// The value is taken as not known
    Unknown,
    /// The row is left out
    Skip,
}

pub(crate) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Failure> {
    if is_stdin(&arguments.path) && is_stdin(&arguments.input) {
        let failure = Failure::new("policy and input cannot both come from standard input");
        return Err(failure.help("give one of them as a file"));
    }
    let input_format = FileFormat::of(arguments.input_format, &arguments.input, "--input-format")?;
    let output_format = FileFormat::of(arguments.output_format, &arguments.output, "--output-format")?;
    let options = arguments.options(input_format)?;
    let policy = load_clean(&arguments.path, screen)?;
    let reader = Reader::open(&arguments.input, input_format, &arguments.wanted(&policy))?;
    let output = OutputFile::create(&arguments.output)?;
    let is_apart = output.is_apart();
    let writer = Writer::new(named(&arguments.output), output_format, output);
    let start = clock();
    let mut run = Run::new(&policy, options, named(&arguments.input));
    let output = run.all(reader, writer, arguments);
    let output = output.map_err(|failure| failure.note(run.written(arguments, is_apart)))?;
    output.commit()?;
    run.report(arguments, start.elapsed(), screen);
    Ok(if run.skipped > 0 { Exit::Findings } else { Exit::Clean })
}

/// The clock is read only to say how long it took.
#[allow(clippy::disallowed_methods)]
fn clock() -> Instant {
    Instant::now()
}

impl Arguments {
    fn options(&self, input: FileFormat) -> Result<Options, Failure> {
        let mut rename = BTreeMap::new();
        for pair in &self.map {
            let Some((column, attribute)) = pair.split_once('=').filter(|(a, b)| !a.is_empty() && !b.is_empty()) else {
                let failure = Failure::new(format!("`--map {pair}` names no column and attribute"));
                return Err(failure.help("write --map Position=role"));
            };
            rename.insert(column.to_owned(), attribute.to_owned());
        }
        let mut constants = BTreeMap::new();
        if let Some(now) = &self.now {
            constants.insert("now".to_owned(), Json::from(instant(now)?));
        }
        Ok(Options {
            rename,
            ignore: self.ignore.clone(),
            keep: if self.keep.is_empty() { vec![ROW.to_owned()] } else { self.keep.clone() },
            constants,
            separator: (input == FileFormat::Csv).then_some(';'),
            entitlements: self.entitlement.clone(),
            shape: match self.shape {
                ShapeChoice::Wide => Shape::Wide,
                ShapeChoice::Long => Shape::Long,
                ShapeChoice::Lists => Shape::Lists,
            },
            on_error: match self.on_error {
                OnErrorChoice::Stop => OnError::Stop,
                OnErrorChoice::Unknown => OnError::Unknown,
                OnErrorChoice::Skip => OnError::Skip,
            },
        })
    }

    fn wanted(&self, policy: &Policy) -> Wanted {
        let asked = if self.entitlement.is_empty() { policy.entitlement_ids().len() } else { self.entitlement.len() };
        let fields = match self.shape {
            ShapeChoice::Wide | ShapeChoice::Lists => asked,
            ShapeChoice::Long => asked * (self.keep.len() + 2),
        };
        let mapped = self.map.iter().filter_map(|pair| pair.split_once('=')).map(|(column, _)| column.to_owned());
        let columns = self.keep.iter().chain(&self.ignore).cloned().chain(mapped).collect();
        Wanted { rows: part_rows(fields), columns, kept: self.keep.clone() }
    }
}

/// What is known while a file is decided.
struct Run<'p> {
    policy: &'p Policy,
    options: Options,
    input: String,
    counts: Counts,
    /// Whether rows get a column of their numbers; known once there is one.
    is_numbered: Option<bool>,
    /// Decided, those that were left out included.
    rows: u64,
    /// Of these, left out.
    skipped: u64,
    /// Values taken as not known.
    unknown: u64,
    problems: Vec<RowProblem>,
    passed_over: BTreeSet<String>,
    entitlements: Vec<EntitlementId>,
}

/// Something that is wrong with a row, or with several.
struct RowProblem {
    place: u64,
    text: String,
}

impl<'p> Run<'p> {
    fn new(policy: &'p Policy, options: Options, input: String) -> Self {
        Self {
            policy,
            options,
            input,
            counts: Counts::new(policy),
            is_numbered: None,
            rows: 0,
            skipped: 0,
            unknown: 0,
            problems: Vec::new(),
            passed_over: BTreeSet::new(),
            entitlements: Vec::new(),
        }
    }

    /// Reads, decides and writes, each on its own thread, with a part at most waiting between two of them.
    fn all(&mut self, reader: Reader, writer: Writer, arguments: &Arguments) -> Result<OutputFile, Failure> {
        let threads = arguments.threads;
        // rows that go by on the terminal are progress enough
        let is_shown = !(is_stdin(&arguments.output) && std::io::stdout().is_terminal());
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.map_or(0, usize::from)).build();
        let pool = pool.map_err(|error| Failure::new(format!("threads cannot be started: {error}")))?;
        let progress = progress(&reader, is_shown);
        let position = reader.position.clone();
        let end = std::thread::scope(|scope| {
            let (read, parts) = sync_channel(1);
            let (decided, to_write) = sync_channel(1);
            scope.spawn(move || {
                for part in reader {
                    if read.send(part).is_err() {
                        break;
                    }
                }
            });
            let written = scope.spawn(move || write(writer, &to_write));
            let end = self.decide(&parts, &pool, |rows, batch| {
                progress.set_message(rows.to_string());
                progress.set_position(position.load(Ordering::Relaxed));
                decided.send(batch).is_ok()
            });
            // the writer ends when nothing more can come
            drop(decided);
            drop(parts);
            let written = written.join().unwrap_or_else(|_| Err(Failure::new("the output was not written")));
            end.and(written)
        });
        progress.finish_and_clear();
        end
    }

    /// Decides part after part. Errors: of reading; what is wrong with the file.
    fn decide(
        &mut self,
        parts: &Receiver<Result<Chunk, Failure>>,
        pool: &rayon::ThreadPool,
        mut send: impl FnMut(u64, RecordBatch) -> bool,
    ) -> Result<(), Failure> {
        let mut plan: Option<(Arc<Schema>, Plan<'p>)> = None;
        for part in parts {
            let chunk = self.numbered(part?)?;
            let schema = chunk.batch.schema();
            let known = match plan.take().filter(|(known, _)| *known == schema) {
                Some(known) => known,
                None => {
                    let plan = Plan::new(self.policy, &schema, &self.options).map_err(|error| self.unfit(&error))?;
                    self.passed_over.extend(plan.passed_over().iter().cloned());
                    self.entitlements = plan.entitlements().to_vec();
                    (schema, plan)
                }
            };
            let evaluated = pool.install(|| known.1.evaluate(&chunk.batch));
            let evaluated = evaluated.map_err(|error| self.wrong(error.mistakes(), &chunk))?;
            self.add(&evaluated, &chunk);
            plan = Some(known);
            if !send(self.rows, evaluated.batch) {
                // why is what the writer says
                return Ok(());
            }
        }
        Ok(())
    }

    /// With the numbers of the rows, where they are to be kept and the file has no such column.
    fn numbered(&mut self, chunk: Chunk) -> Result<Chunk, Failure> {
        let schema = chunk.batch.schema();
        let is_given = schema.column_with_name(ROW).is_some();
        if !*self.is_numbered.get_or_insert(self.options.keep == [ROW] && !is_given) {
            return Ok(chunk);
        }
        if is_given {
            let failure =
                Failure::new(format!("{}: the first rows have no column `{ROW}`, later ones have", self.input));
            return Err(failure.help(format!("say `--keep {ROW}`")));
        }
        let first = self.rows as i64 + 1;
        let numbers = Int64Array::from_iter_values(first..first + chunk.batch.num_rows() as i64);
        let mut fields = schema.fields().to_vec();
        fields.push(Arc::new(Field::new(ROW, DataType::Int64, false)));
        let mut columns = chunk.batch.columns().to_vec();
        columns.push(Arc::new(numbers));
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
            .map_err(|error| Failure::new(format!("{} cannot be read: {error}", self.input)))?;
        Ok(Chunk { batch, ..chunk })
    }

    fn add(&mut self, evaluated: &Evaluated, chunk: &Chunk) {
        self.counts.merge(&evaluated.counts);
        self.rows += chunk.batch.num_rows() as u64;
        self.skipped += evaluated.skipped.len() as u64;
        self.unknown += evaluated.unusable.iter().map(|unusable| unusable.rows as u64).sum::<u64>();
        let place = |row| chunk.places.word(row);
        let unusable = evaluated.unusable.iter().filter_map(|it| Some((it.row?, alike(&it.message, it.rows))));
        let skipped = evaluated.skipped.iter().map(|(row, message)| (*row, message.clone()));
        for (row, message) in unusable.chain(skipped) {
            if self.problems.len() == MOST {
                break;
            }
            self.problems
                .push(RowProblem { place: chunk.places.number(row), text: format!("{}: {message}", place(row)) });
        }
    }

    /// The columns do not fit the policy.
    fn unfit(&self, error: &wardkey_arrow::Error) -> Failure {
        let reason = |mistake: &Mistake| {
            let help = mistake
                .help
                .clone()
                .map(|help| help.replace("keep, ignore or rename", "`--keep`, `--ignore` or `--map`"));
            (format!("{}: {}", self.input, mistake.message), help)
        };
        Failure::all(error.mistakes().iter().map(reason))
    }

    /// Values of a part that cannot be used.
    fn wrong(&self, mistakes: &[Mistake], chunk: &Chunk) -> Failure {
        let reason = |mistake: &Mistake| {
            let place = mistake.row.map_or_else(String::new, |row| format!(", {}", chunk.places.word(row)));
            (format!("{}{place}: {}", self.input, alike(&mistake.message, mistake.rows)), mistake.help.clone())
        };
        let mut reasons: Vec<_> = mistakes.iter().take(MOST).map(reason).collect();
        if mistakes.len() > MOST {
            reasons.push((format!("{}: {} more", self.input, mistakes.len() - MOST), None));
        }
        Failure::all(reasons)
            .note("`--on-error unknown` takes such values as not known, `--on-error skip` leaves their rows out")
    }

    /// What a failure leaves of the output.
    fn written(&self, arguments: &Arguments, is_apart: bool) -> String {
        let output = named(&arguments.output);
        match self.rows - self.skipped {
            _ if is_apart => format!("{output} was not written"),
            0 => format!("nothing was written to {output}"),
            rows => {
                format!("{output} is not complete: it ends after {} at the latest", count(rows as usize, "row", "rows"))
            }
        }
    }

    fn report(&self, arguments: &Arguments, took: Duration, screen: &mut Screen) {
        for column in &self.passed_over {
            screen.note(format!("no rule reads the column `{}`: passed over", plain(column)));
        }
        for problem in &self.problems {
            screen.note(format!("{}, {}", self.input, plain(&problem.text)));
        }
        if self.skipped > 0 {
            screen.note(format!("{} left out", count(self.skipped as usize, "row was", "rows were")));
        }
        if self.unknown > 0 {
            screen.note(format!("{} taken as not known", count(self.unknown as usize, "value was", "values were")));
        }
        // the answer stands on standard output, unless the rows do
        let before = std::mem::take(&mut screen.out);
        if arguments.summary.is_json() {
            self.json(took, screen)
        } else {
            self.table(took, screen)
        }
        let summary = std::mem::replace(&mut screen.out, before);
        if is_stdin(&arguments.output) { screen.err.push_str(&summary) } else { screen.out.push_str(&summary) }
    }

    fn table(&self, took: Duration, screen: &mut Screen) {
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

    fn json(&self, took: Duration, screen: &mut Screen) {
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

fn write(mut writer: Writer, batches: &Receiver<RecordBatch>) -> Result<OutputFile, Failure> {
    for batch in batches {
        writer.write(&batch)?;
    }
    writer.finish()
}

/// A message about the first of some rows.
fn alike(message: &str, rows: usize) -> String {
    if rows > 1 { format!("{message} (and {} more)", count(rows - 1, "row", "rows")) } else { message.to_owned() }
}

/// A bar on standard error, shown on a terminal alone.
fn progress(reader: &Reader, is_shown: bool) -> ProgressBar {
    let target = if is_shown { ProgressDrawTarget::stderr_with_hz(5) } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(reader.length, target).with_message("0");
    let template = match reader.length {
        Some(_) => "{wide_bar} {percent} %, {msg} rows, {eta} left",
        None => "{spinner} {msg} rows in {elapsed}",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}
