//! `wardkey evaluate PATH --input PEOPLE --output ANSWERS`: a whole file of people, decided row by row.
//!
//! The file is read, decided and written part by part at the same time, so it may be larger than memory. The output takes its
//! name only when it is whole.

use super::Output;
use crate::Exit;
use crate::batches::{Chunk, FileFormat, OutputFile, Reader, Summary, Wanted, Writer, alike, named, part_rows};
use crate::context::instant;
use crate::failure::Failure;
use crate::policy::{is_stdin, load_clean};
use crate::screen::{Screen, count};
use arrow_array::{Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Instant;
use wardkey::Policy;
use wardkey_arrow::{Mistake, OnError, Options, Plan, Shape};

/// Problems with columns or values that are told one by one.
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
    run.summary.notes(&run.input, screen);
    // the answer stands on standard output, unless the rows do
    let before = std::mem::take(&mut screen.out);
    let took = start.elapsed();
    if arguments.summary.is_json() {
        run.summary.json(took, screen)
    } else {
        run.summary.table(took, screen)
    }
    let summary = std::mem::replace(&mut screen.out, before);
    if is_stdin(&arguments.output) {
        screen.err.push_str(&summary)
    } else {
        screen.out.push_str(&summary)
    }
    Ok(if run.summary.skipped() > 0 { Exit::Findings } else { Exit::Clean })
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
    /// Whether rows get a column of their numbers; known once there is one.
    is_numbered: Option<bool>,
    summary: Summary<'p>,
}

impl<'p> Run<'p> {
    fn new(policy: &'p Policy, options: Options, input: String) -> Self {
        Self { policy, options, input, is_numbered: None, summary: Summary::new(policy) }
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
                    let plan =
                        Plan::new(self.policy, &schema, &self.options).map_err(|error| self.unfit(&error, &chunk))?;
                    self.summary.plan(&plan);
                    (schema, plan)
                }
            };
            let evaluated = pool.install(|| known.1.evaluate(&chunk.batch));
            let evaluated = evaluated.map_err(|error| self.wrong(error.mistakes(), &chunk))?;
            self.summary.add(&evaluated, &chunk);
            plan = Some(known);
            if !send(self.summary.rows(), evaluated.batch) {
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
        let first = self.summary.rows() as i64 + 1;
        let numbers = Int64Array::from_iter_values(first..first + chunk.batch.num_rows() as i64);
        let mut fields = schema.fields().to_vec();
        fields.push(Arc::new(Field::new(ROW, DataType::Int64, false)));
        let mut columns = chunk.batch.columns().to_vec();
        columns.push(Arc::new(numbers));
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
            .map_err(|error| Failure::new(format!("{} cannot be read: {error}", self.input)))?;
        Ok(Chunk { batch, ..chunk })
    }

    /// The columns do not fit the policy.
    fn unfit(&self, error: &wardkey_arrow::Error, chunk: &Chunk) -> Failure {
        let reason = |mistake: &Mistake| {
            let choices = |column| format!("`--keep {column}`, `--ignore {column}` or `--map {column}=ATTRIBUTE`");
            let help = mistake.help.as_deref().map(|help| match &mistake.column {
                Some(column) if mistake.is_unknown => format!("say {}", choices(column)),
                _ => help.to_owned(),
            });
            let place = mistake.column.as_deref().and_then(|column| chunk.origin(column));
            let place = place.map_or_else(String::new, |place| format!(", {place}"));
            (format!("{}{place}: {}", self.input, mistake.message), help)
        };
        self.told(error.mistakes(), reason)
    }

    /// Values of a part that cannot be used.
    fn wrong(&self, mistakes: &[Mistake], chunk: &Chunk) -> Failure {
        let reason = |mistake: &Mistake| {
            let place = mistake.row.map_or_else(String::new, |row| format!(", {}", chunk.places.word(row)));
            (format!("{}{place}: {}", self.input, alike(&mistake.message, mistake.rows)), mistake.help.clone())
        };
        self.told(mistakes, reason)
            .note("`--on-error unknown` takes such values as not known, `--on-error skip` leaves their rows out")
    }

    /// The first mistakes, and how many more there are.
    fn told(&self, mistakes: &[Mistake], reason: impl Fn(&Mistake) -> (String, Option<String>)) -> Failure {
        let mut reasons: Vec<_> = mistakes.iter().take(MOST).map(reason).collect();
        if mistakes.len() > MOST {
            reasons.push((format!("{}: {} more", self.input, mistakes.len() - MOST), None));
        }
        Failure::all(reasons)
    }

    /// What a failure leaves of the output.
    fn written(&self, arguments: &Arguments, is_apart: bool) -> String {
        let path = &arguments.output;
        let output = if is_stdin(path) { "standard output".to_owned() } else { named(path) };
        match self.summary.rows() - self.summary.skipped() {
            _ if is_apart => format!("{output} was not written"),
            0 => format!("nothing was written to {output}"),
            rows => {
                format!("{output} is not complete: it ends after {} at the latest", count(rows as usize, "row", "rows"))
            }
        }
    }
}

/// Writes what was decided. Errors: of writing.
fn write(mut writer: Writer, batches: &Receiver<RecordBatch>) -> Result<OutputFile, Failure> {
    for batch in batches {
        writer.write(&batch)?;
    }
    writer.finish()
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
