//! `diff --people FILE`: who gets something else by the new version, and what that means for seats and cost.
//!
//! The file is read part by part and decided by both versions, about the entitlements that differ in some context and no others.
//! What is kept are counts, and the people for whom something is different.

use crate::batches::{Chunk, FileFormat, Reader, Wanted, named, part_rows};
use crate::context::instant;
use crate::cost::{Cost, Costs};
use crate::failure::Failure;
use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use wardkey::{Outcome, Policy};
use wardkey_arrow::{OnError, Options, Plan, Shape, encode};

/// Which people, and how they are read.
#[derive(clap::Args)]
pub(crate) struct Whom {
    /// Also say who of these people gains or loses what: CSV, JSON lines or Parquet, a row for each
    #[arg(long, value_name = "FILE")]
    people: Option<PathBuf>,
    /// The format of the people, where the name of the file does not tell
    #[arg(long, value_name = "FORMAT", value_enum, requires = "people")]
    people_format: Option<FileFormat>,
    /// The column that says who it is; `id`, if not given
    #[arg(long, value_name = "COLUMN", requires = "people")]
    id: Option<String>,
    /// Leave a column of the people out
    #[arg(long, value_name = "COLUMN", requires = "people")]
    ignore: Vec<String>,
    /// Read a column of the people as an attribute of another name
    #[arg(long, value_name = "COLUMN=ATTRIBUTE", requires = "people")]
    map: Vec<String>,
    /// The time for all people: a date-time with its offset, or `now` for this moment
    #[arg(long, value_name = "T", requires = "people")]
    now: Option<String>,
    /// List all people, not the first few only
    #[arg(long, requires = "people")]
    pub all: bool,
}

/// What is different for people.
pub(crate) struct People {
    /// How many there are.
    pub rows: u64,
    /// Of these, whom one of the versions does not decide about, because what is said of them contradicts an assumption.
    pub left_out: u64,
    /// By entitlement, in the order they were asked about.
    pub changes: Vec<Change>,
    /// What else is to be known.
    pub notes: Vec<String>,
}

/// What is different of one entitlement.
pub(crate) struct Change {
    pub entitlement: String,
    /// How many people have it by the old version, and by the new one.
    pub before: u64,
    pub after: u64,
    /// How many go from one outcome to another.
    pub counts: BTreeMap<(Outcome, Outcome), u64>,
    /// Who.
    pub who: Vec<(String, Outcome, Outcome)>,
    /// As the new catalogue states them.
    pub seats: Option<u64>,
    /// How much more it costs, where the catalogues say what one costs.
    pub costs: Option<Costs>,
}

impl Change {
    /// How many have it now who did not before.
    pub fn gain(&self) -> u64 {
        self.counts.iter().filter(|((_, to), _)| to.is_allowed()).map(|(_, count)| count).sum()
    }

    /// How many have it no more.
    pub fn lose(&self) -> u64 {
        self.counts.iter().filter(|((from, _), _)| from.is_allowed()).map(|(_, count)| count).sum()
    }

    /// How many people get something else.
    pub fn people(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Seats that are lacking.
    pub fn too_many(&self) -> u64 {
        self.seats.map_or(0, |seats| self.after.saturating_sub(seats))
    }
}

impl Whom {
    /// Decides about all people, if there are any. Errors: the file cannot be read, or does not fit the policy.
    pub fn compare(&self, old: &Policy, new: &Policy, changed: &[String]) -> Result<Option<People>, Failure> {
        let Some(path) = &self.people else { return Ok(None) };
        let format = FileFormat::of(self.people_format, path, "--people-format")?;
        let rename = self.rename()?;
        let columns = self.id.iter().chain(&self.ignore).chain(rename.keys()).cloned().collect();
        let wanted = Wanted { rows: part_rows(changed.len() * 2), columns, kept: Vec::new() };
        let reader = Reader::open(path, format, &wanted)?;
        let mut constants = BTreeMap::new();
        if let Some(now) = &self.now {
            constants.insert("now".to_owned(), Json::from(instant(now)?));
        }
        let options = Options {
            rename,
            ignore: self.ignore.clone(),
            constants,
            separator: (format == FileFormat::Csv).then_some(';'),
            shape: Shape::Wide,
            on_error: OnError::Unknown,
            ..Options::default()
        };
        let changes: Vec<Change> = changed.iter().map(|name| change(name, new)).collect();
        let mut work = Work {
            old: Side::new(old, changed),
            new: Side::new(new, changed),
            options,
            id: self.id.clone(),
            file: named(path),
            people: People { rows: 0, left_out: 0, changes, notes: Vec::new() },
        };
        for chunk in reader {
            work.part(&chunk?)?;
        }
        Ok(Some(work.finish()))
    }

    fn rename(&self) -> Result<BTreeMap<String, String>, Failure> {
        let pair = |pair: &String| match pair.split_once('=').filter(|(a, b)| !a.is_empty() && !b.is_empty()) {
            Some((column, attribute)) => Ok((column.to_owned(), attribute.to_owned())),
            None => {
                let failure = Failure::new(format!("`--map {pair}` names no column and attribute"));
                Err(failure.help("write --map Position=role"))
            }
        };
        self.map.iter().map(pair).collect()
    }
}

fn change(name: &str, new: &Policy) -> Change {
    let seats = fact(new, name, "seats").and_then(|seats| seats.parse().ok());
    let (counts, who) = (BTreeMap::new(), Vec::new());
    Change { entitlement: name.to_owned(), before: 0, after: 0, counts, who, seats, costs: None }
}

/// What a catalogue says of an entitlement.
fn fact<'p>(policy: &'p Policy, entitlement: &str, key: &str) -> Option<&'p str> {
    let id = policy.entitlement(entitlement).ok()?;
    let declared = policy.rule_set().catalogue.entitlement(id.in_catalogue());
    declared.facts.get(key).map(String::as_str)
}

struct Work<'p> {
    old: Side<'p>,
    new: Side<'p>,
    options: Options,
    id: Option<String>,
    file: String,
    people: People,
}

/// One of the versions.
struct Side<'p> {
    policy: &'p Policy,
    /// Of those that are asked about, the ones that it has.
    entitlements: Vec<String>,
    /// By entitlement that is asked about, its position among these.
    at: Vec<Option<usize>>,
    plan: Option<(SchemaRef, Plan<'p>)>,
    /// Values that it does not know, by message.
    unknown: BTreeMap<String, usize>,
    passed_over: BTreeSet<String>,
}

/// What a version decides about a part: by entitlement, then by row; none of a row it does not decide about.
struct Decided {
    outcomes: Vec<Vec<Outcome>>,
    /// By row of the part, its row among those that are decided.
    rows: Vec<Option<usize>>,
}

impl<'p> Side<'p> {
    fn new(policy: &'p Policy, changed: &[String]) -> Self {
        let mut side = Self {
            policy,
            entitlements: Vec::new(),
            at: Vec::new(),
            plan: None,
            unknown: BTreeMap::new(),
            passed_over: BTreeSet::new(),
        };
        for name in changed {
            let is_there = policy.entitlement(name).is_ok();
            side.at.push(is_there.then_some(side.entitlements.len()));
            side.entitlements.extend(is_there.then(|| name.clone()));
        }
        side
    }

    fn knows(&self, attribute: &str) -> bool {
        self.policy.dictionary(attribute).is_ok()
    }

    fn decide(
        &mut self,
        batch: &RecordBatch,
        options: &Options,
        ignore: Vec<String>,
    ) -> Result<Decided, wardkey_arrow::Error> {
        let all = || (0..batch.num_rows()).map(Some).collect();
        if self.entitlements.is_empty() {
            return Ok(Decided { outcomes: Vec::new(), rows: all() });
        }
        let schema = batch.schema();
        if self.plan.as_ref().is_none_or(|(known, _)| *known != schema) {
            let options = Options { ignore, entitlements: self.entitlements.clone(), ..options.clone() };
            let plan = Plan::new(self.policy, &schema, &options)?;
            self.passed_over.extend(plan.passed_over().iter().cloned());
            self.plan = Some((schema, plan));
        }
        let Some((_, plan)) = &self.plan else { return Ok(Decided { outcomes: Vec::new(), rows: all() }) };
        let evaluated = plan.evaluate(batch)?;
        for unusable in evaluated.unusable {
            *self.unknown.entry(unusable.message).or_default() += unusable.rows;
        }
        let mut rows: Vec<Option<usize>> = all();
        evaluated.skipped.iter().for_each(|(row, _)| rows[*row] = None);
        let left = rows.iter_mut().flatten().enumerate();
        left.for_each(|(at, row)| *row = at);
        let columns = evaluated.batch.schema_ref().fields().iter().zip(evaluated.batch.columns());
        let outcomes = columns.map(|(field, column)| outcomes(field, column)).collect();
        Ok(Decided { outcomes, rows })
    }
}

/// A column of outcomes.
fn outcomes(field: &Field, column: &arrow_array::ArrayRef) -> Vec<Outcome> {
    let encoded = encode(field, column).unwrap_or_default();
    let all = [Outcome::Denied, Outcome::NotGranted, Outcome::Offered, Outcome::Allowed];
    let outcome = |word: &Json| all.into_iter().find(|outcome| word == outcome.as_str());
    let words: Vec<Outcome> = encoded.values.iter().map(|word| outcome(word).unwrap_or(Outcome::Denied)).collect();
    encoded.keys.iter().map(|&key| words.get(key as usize).copied().unwrap_or(Outcome::Denied)).collect()
}

impl Decided {
    /// An entitlement that a version does not have is given to nobody by it.
    fn outcome(&self, entitlement: Option<usize>, row: usize) -> Outcome {
        let column = entitlement.and_then(|at| self.outcomes.get(at));
        column.map_or(Outcome::NotGranted, |column| column.get(row).copied().unwrap_or(Outcome::Denied))
    }
}

impl Work<'_> {
    fn part(&mut self, chunk: &Chunk) -> Result<(), Failure> {
        let batch = &chunk.batch;
        let (of_old, of_new) = self.ignored(batch.schema_ref());
        // what neither version knows is told by the new one
        let new = self.new.decide(batch, &self.options, of_new).map_err(|error| self.unfit(&error))?;
        let old = self.old.decide(batch, &self.options, of_old).map_err(|error| self.unfit(&error))?;
        let ids = self.ids(batch);
        self.people.rows += batch.num_rows() as u64;
        for row in 0..batch.num_rows() {
            let (Some(was), Some(is)) = (old.rows[row], new.rows[row]) else {
                self.people.left_out += 1;
                continue;
            };
            for (at, change) in self.people.changes.iter_mut().enumerate() {
                let (from, to) = (old.outcome(self.old.at[at], was), new.outcome(self.new.at[at], is));
                change.before += u64::from(from.is_allowed());
                change.after += u64::from(to.is_allowed());
                if from != to {
                    *change.counts.entry((from, to)).or_default() += 1;
                    let id = ids.get(row).cloned().flatten();
                    change.who.push((id.unwrap_or_else(|| chunk.places.word(row)), from, to));
                }
            }
        }
        Ok(())
    }

    /// The columns that the old and the new version leave out: those that only the other one knows, and the one that says who
    /// it is, unless a rule reads it.
    fn ignored(&self, schema: &Schema) -> (Vec<String>, Vec<String>) {
        let mut columns = Vec::new();
        schema.fields().iter().for_each(|field| leaves(field.name(), field.data_type(), &mut columns));
        let id = self.id_column(schema).map(|at| schema.field(at).name().clone());
        let mut ignored = (self.options.ignore.clone(), self.options.ignore.clone());
        for column in columns {
            let attribute = self.options.rename.get(&column).unwrap_or(&column);
            let (is_old, is_new) = (self.old.knows(attribute), self.new.knows(attribute));
            let is_id = id.as_ref() == Some(&column);
            if !is_old && (is_new || is_id) {
                ignored.0.push(column.clone());
            }
            if !is_new && (is_old || is_id) {
                ignored.1.push(column);
            }
        }
        ignored
    }

    /// The position of the column that says who it is.
    fn id_column(&self, schema: &Schema) -> Option<usize> {
        let is_it = |name: &str| match &self.id {
            Some(id) => id == name,
            None => name.eq_ignore_ascii_case("id"),
        };
        schema.fields().iter().position(|field| is_it(field.name()))
    }

    /// Who it is, by row.
    fn ids(&self, batch: &RecordBatch) -> Vec<Option<String>> {
        let schema = batch.schema_ref();
        let Some(at) = self.id_column(schema) else { return Vec::new() };
        let encoded = encode(schema.field(at), batch.column(at)).unwrap_or_default();
        let texts: Vec<String> = encoded.values.iter().map(text).collect();
        encoded.keys.iter().map(|&key| texts.get(key as usize).cloned()).collect()
    }

    /// The columns do not fit the policy.
    fn unfit(&self, error: &wardkey_arrow::Error) -> Failure {
        const MOST: usize = 10;
        let reason = |mistake: &wardkey_arrow::Mistake| {
            let help = match &mistake.column {
                Some(column) if mistake.is_unknown => {
                    Some(format!("say `--ignore {column}`, `--id {column}` or `--map {column}=ATTRIBUTE`"))
                }
                _ => mistake.help.clone(),
            };
            (format!("{}: {}", self.file, mistake.message), help)
        };
        Failure::all(error.mistakes().iter().take(MOST).map(reason))
    }

    fn finish(self) -> People {
        let Self { old, new, id, mut people, .. } = self;
        for (side, which) in [(&old, "old"), (&new, "new")] {
            for (message, rows) in &side.unknown {
                people.notes.push(format!(
                    "{message}, says the {which} version; taken as not known for {}",
                    crate::screen::count(*rows, "person", "people")
                ));
            }
        }
        let passed_over: Vec<String> = new.passed_over.intersection(&old.passed_over).cloned().collect();
        let passed_over: Vec<String> = passed_over.into_iter().filter(|name| id.as_ref() != Some(name)).collect();
        if !passed_over.is_empty() {
            people.notes.push(format!("no rule of either version reads {}", passed_over.join(", ")));
        }
        for change in &mut people.changes {
            change.costs = costs(change, (old.policy, new.policy), &mut people.notes);
        }
        people
    }
}

/// How much more an entitlement costs.
fn costs(change: &Change, (old, new): (&Policy, &Policy), notes: &mut Vec<String>) -> Option<Costs> {
    let name = &change.entitlement;
    let mut costs = Costs::default();
    let mut is_stated = false;
    // what one catalogue leaves out is as the other says
    let (before, after) = (fact(old, name, "cost"), fact(new, name, "cost"));
    let (before, after) = (before.or(after), after.or(before));
    for (stated, times) in [(before, -i128::from(change.before)), (after, i128::from(change.after))] {
        let Some(stated) = stated else { continue };
        let Some(cost) = Cost::read(stated) else {
            let note = format!("what `{name}` costs is not clear: `{stated}` is not written like `95 USD/month`");
            if change.people() > 0 && !notes.contains(&note) {
                notes.push(note);
            }
            return None;
        };
        is_stated = true;
        costs.add(&cost, times);
    }
    is_stated.then_some(costs)
}

/// The columns that are no structs, by their dotted names.
fn leaves(name: &str, data_type: &DataType, found: &mut Vec<String>) {
    match data_type {
        DataType::Struct(fields) => {
            fields.iter().for_each(|field| leaves(&format!("{name}.{}", field.name()), field.data_type(), found));
        }
        _ => found.push(name.to_owned()),
    }
}

/// A value as people read it.
fn text(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl People {
    /// What all of it costs more.
    pub fn costs(&self) -> Costs {
        let mut all = Costs::default();
        self.changes.iter().filter_map(|change| change.costs.as_ref()).for_each(|costs| all.add_all(costs));
        all
    }

    /// How many people get something else.
    pub fn affected(&self) -> usize {
        let who = self.changes.iter().flat_map(|change| &change.who);
        who.map(|(id, ..)| id.as_str()).collect::<BTreeSet<_>>().len()
    }

    /// For programs: everybody.
    pub fn json(&self) -> Json {
        let costs = |costs: &Costs| {
            let one = |(amount, unit): (String, _)| {
                let unit: &crate::cost::Unit = unit;
                json!({ "amount": amount.trim_start_matches('+'), "currency": unit.currency, "per": unit.per })
            };
            costs.list().into_iter().map(one).collect::<Vec<_>>()
        };
        let change = |change: &Change| {
            let counts =
                change.counts.iter().map(|((from, to), count)| json!({ "from": from, "to": to, "people": count }));
            let who = change.who.iter().map(|(id, from, to)| json!({ "id": id, "from": from, "to": to }));
            json!({
                "entitlement": change.entitlement,
                "gain": change.gain(),
                "lose": change.lose(),
                "allowed_before": change.before,
                "allowed_after": change.after,
                "changes": counts.collect::<Vec<_>>(),
                "who": who.collect::<Vec<_>>(),
                "seats": change.seats,
                "seats_lacking": change.too_many(),
                "costs": change.costs.as_ref().map(costs),
            })
        };
        json!({
            "rows": self.rows,
            "left_out": self.left_out,
            "affected": self.affected(),
            "entitlements": self.changes.iter().map(change).collect::<Vec<_>>(),
            "costs": costs(&self.costs()),
            "notes": self.notes,
        })
    }
}
