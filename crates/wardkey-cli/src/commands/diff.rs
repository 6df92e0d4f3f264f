//! `wardkey diff OLD NEW`: what people get otherwise by another version of a policy.

use crate::Exit;
use crate::failure::Failure;
use crate::findings::{self, Progress};
use crate::json;
use crate::people::{Change, People, Whom};
use crate::policy;
use crate::screen::{Screen, Style, count, plain};
use crate::show;
use crate::version;
use clap::{Args, ValueEnum};
use serde_json::{Value as Json, json};
use wardkey::Outcome;
use wardkey::analyse::{
    EntitlementDiff, OutcomeDiff, ParameterChange, ParameterDiff, ParameterValue, PolicyDiff, STEPS, Verdict,
};

/// People that are listed of each change, unless all are wanted.
const MOST: usize = 10;

/// Say what people get otherwise by another version of a policy.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The version before: a file, a folder, a bundle, or `REVISION:PATH` of git
    old: String,
    /// The version after
    new: String,
    /// Steps of the solver for one question, after which it stays undecided
    #[arg(long, value_name = "N", default_value_t = STEPS, hide_default_value = true)]
    steps: u64,
    #[command(flatten)]
    people: Whom,
    /// How to answer
    #[arg(long, value_name = "FORMAT", default_value = "text", value_enum)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
    /// For a comment on a change
    Markdown,
}

pub(crate) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Failure> {
    let old = version::load(&arguments.old, screen)?;
    let new = version::load(&arguments.new, screen)?;
    let diff = PolicyDiff::new(&old, &new).map_err(|error| {
        Failure::all(error.problems().iter().map(|problem| (problem.message.clone(), problem.help.clone())))
    })?;
    let diff = diff.with_steps(arguments.steps);
    let found = findings::changes(&diff, Progress::Shown);
    let catalogue = diff.catalogue_changes();
    // also those that differ only in contexts which one of the versions does not accept
    let names: Vec<String> = diff.touched().into_iter().map(|at| diff.name(at).to_owned()).collect();
    let mut people = arguments.people.compare(&old, &new, &names)?;
    if let Some(people) = &mut people {
        let differs = |name: &str| found.iter().any(|entitlement| entitlement.entitlement == name);
        people.changes.retain(|change| change.people() > 0 || differs(&change.entitlement));
    }
    let people = people.as_ref();
    let most = if arguments.people.all { usize::MAX } else { MOST };
    match arguments.format {
        Format::Text => text(&found, &catalogue, (people, most), screen),
        Format::Markdown => {
            markdown(&found, &catalogue, screen);
            people.into_iter().for_each(|people| markdown_people(people, most, screen));
        }
        Format::Json => {
            let mut json = json!({ "verdict": Verdict::of_all(&found), "entitlements": found, "catalogue": catalogue });
            json["people"] = people.map_or(Json::Null, People::json);
            json::print(&json, screen)
        }
    }
    Ok(match () {
        () if found.iter().any(|entitlement| entitlement.undecided.is_some()) => Exit::Undecided,
        () if found.is_empty() && people.is_none_or(|people| people.affected() == 0) => Exit::Clean,
        () => Exit::Findings,
    })
}

fn words(found: &[EntitlementDiff]) -> &'static str {
    match Verdict::of_all(found) {
        Verdict::Equivalent if found.iter().any(|one| !one.parameters.is_empty()) => {
            "the same outcomes, other parameters"
        }
        Verdict::Equivalent if found.iter().any(|one| one.undecided.is_some()) => "undecided",
        Verdict::Equivalent => "the same in every context",
        Verdict::More => "more, nowhere less",
        Verdict::Less => "less, nowhere more",
        Verdict::Incomparable => "more in places, less in others",
    }
}

fn style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Equivalent => Style::Good,
        Verdict::Less => Style::Fair,
        Verdict::More | Verdict::Incomparable => Style::Bad,
    }
}

fn text(
    found: &[EntitlementDiff],
    catalogue: &[String],
    (people, most): (Option<&People>, usize),
    screen: &mut Screen,
) {
    for entitlement in found {
        let name = screen.paint(&plain(&entitlement.entitlement), Style::Bold);
        let verdict = screen.paint(words(std::slice::from_ref(entitlement)), style(entitlement.verdict));
        screen.line(format!("{name}: {verdict}"));
        for change in &entitlement.changes {
            let (from, to) = (show::outcome_words(change.from), show::outcome_words(change.to));
            screen.line(format!(
                "  {} to {}",
                screen.paint(from, show::outcome_style(change.from)),
                screen.paint(to, show::outcome_style(change.to))
            ));
            for line in regions(change) {
                screen.line(format!("    {}", plain(&line)));
            }
            screen.line(format!("    for example: {}", plain(&change.witness.to_string())));
        }
        for (parameter, change) in parameters(entitlement) {
            let (from, to) = (plain(&values(&change.from)).into_owned(), plain(&values(&change.to)).into_owned());
            screen.line(format!("  {}: {from} to {to}", plain(&parameter.parameter)));
            screen.line(format!("    for example: {}", plain(&change.witness.to_string())));
        }
        for parameter in entitlement.parameters.iter().filter(|parameter| !parameter.is_complete) {
            screen.line(format!("  {}: and perhaps in other ways", plain(&parameter.parameter)));
        }
        if let Some(undecided) = &entitlement.undecided {
            screen.line(format!("  {}", screen.paint(&plain(undecided), Style::Fair)));
        }
        let changes = people.iter().flat_map(|people| &people.changes);
        let changes = changes.filter(|change| change.entitlement == entitlement.entitlement);
        changes.for_each(|change| text_people(change, most, screen));
        screen.line("");
    }
    let is_told = |change: &&Change| found.iter().any(|entitlement| entitlement.entitlement == change.entitlement);
    let others: Vec<&Change> =
        people.iter().flat_map(|people| &people.changes).filter(|change| !is_told(change)).collect();
    for change in &others {
        let name = screen.paint(&plain(&change.entitlement), Style::Bold);
        screen.line(format!("{name}: differs where only one of the versions accepts what is said"));
        text_people(change, most, screen);
        screen.line("");
    }
    for change in catalogue {
        screen.line(format!("catalogue: {}", plain(change)));
    }
    if let Some(people) = people {
        people.notes.iter().for_each(|note| screen.line(format!("note: {}", plain(note))));
        screen.line(plain(&whole_of(people)));
    }
    let whole = Verdict::of_all(found);
    let summary = match found.len() {
        0 if others.is_empty() => screen.paint("everybody gets the same in every context", Style::Good),
        0 => screen.paint("the same in every context that both versions accept", Style::Fair),
        changed => {
            let changed = count(changed, "entitlement differs", "entitlements differ");
            format!("{changed}: {}", screen.paint(words(found), style(whole)))
        }
    };
    screen.line(summary);
}

/// Each change of each parameter.
fn parameters(entitlement: &EntitlementDiff) -> impl Iterator<Item = (&ParameterDiff, &ParameterChange)> {
    entitlement.parameters.iter().flat_map(|parameter| parameter.changes.iter().map(move |change| (parameter, change)))
}

fn values(values: &[ParameterValue]) -> String {
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    if values.is_empty() { "not set".to_owned() } else { values.join(" and ") }
}

fn text_people(change: &Change, most: usize, screen: &mut Screen) {
    screen.line(format!("  people: {}", plain(&sums(change))));
    for (from, to) in change.counts.keys() {
        let (was, is) = (show::outcome_words(*from), show::outcome_words(*to));
        screen.line(format!("    {was} to {is}: {}", plain(&who(change, (*from, *to), most))));
    }
}

/// Where a change is, one line for each region.
fn regions(change: &OutcomeDiff) -> Vec<String> {
    let mut lines: Vec<String> = change.regions.iter().map(ToString::to_string).collect();
    if !change.is_complete {
        lines.push("and in other contexts".to_owned());
    }
    lines
}

fn markdown(found: &[EntitlementDiff], catalogue: &[String], screen: &mut Screen) {
    screen.line(format!("### Who gets what: {}", words(found)));
    screen.line("");
    if !found.is_empty() {
        screen.line("| | from | to | where | for example |");
        screen.line("|---|---|---|---|---|");
    }
    for entitlement in found {
        let name = cell(&entitlement.entitlement);
        for change in &entitlement.changes {
            let (from, to) = (show::outcome_words(change.from), show::outcome_words(change.to));
            let place = regions(change).iter().map(|line| cell(line)).collect::<Vec<_>>().join("<br>");
            screen.line(format!("| **{name}** | {from} | {to} | {place} | {} |", cell(&change.witness.to_string())));
        }
        for (parameter, change) in parameters(entitlement) {
            let (from, to) = (cell(&values(&change.from)), cell(&values(&change.to)));
            let what = cell(&parameter.parameter);
            screen.line(format!("| **{name}** | {from} | {to} | `{what}` | {} |", cell(&change.witness.to_string())));
        }
        if let Some(undecided) = &entitlement.undecided {
            screen.line(format!("| **{name}** | | | {} | |", cell(undecided)));
        }
    }
    if !catalogue.is_empty() {
        screen.line("");
    }
    for change in catalogue {
        screen.line(format!("- catalogue: {}", cell(change)));
    }
}

/// `12 gain, 3 lose; 43 of 40 seats needed (3 too many); +855 USD/month`
fn sums(change: &Change) -> String {
    let mut moved = Vec::new();
    if change.gain() > 0 {
        moved.push(format!("{} gain", change.gain()));
    }
    if change.lose() > 0 {
        moved.push(format!("{} lose", change.lose()));
    }
    let others = change.people() - change.gain() - change.lose();
    if others > 0 {
        moved.push(format!("{others} get another answer"));
    }
    let mut parts = vec![if moved.is_empty() { "nobody gets anything else".to_owned() } else { moved.join(", ") }];
    if let Some(seats) = change.seats {
        let lacking = match change.too_many() {
            0 => String::new(),
            lacking => format!(" ({lacking} too many)"),
        };
        parts.push(format!("{} of {} needed{lacking}", change.after, count(seats as usize, "seat", "seats")));
    }
    let costs = change.costs.as_ref().map(ToString::to_string).filter(|costs| !costs.is_empty());
    parts.extend(costs);
    parts.join("; ")
}

/// `3 people: ada, ben, cyd`
fn who(change: &Change, wanted: (Outcome, Outcome), most: usize) -> String {
    let all = change.who.iter().filter(|(_, from, to)| (*from, *to) == wanted).map(|(id, ..)| id.as_str());
    let number = change.counts.get(&wanted).copied().unwrap_or_default() as usize;
    let mut names: Vec<String> = all.take(most).map(str::to_owned).collect();
    if number > names.len() {
        names.push(format!("and {} more (`--all` lists them)", number - names.len()));
    }
    format!("{}: {}", count(number, "person", "people"), names.join(", "))
}

/// `15 of 1200 people get something else: +855 USD/month`
fn whole_of(people: &People) -> String {
    let (affected, rows) = (people.affected(), count(people.rows as usize, "person", "people"));
    let gets = if affected == 1 { "gets" } else { "get" };
    let costs = people.costs().to_string();
    let costs = if costs.is_empty() { costs } else { format!(": {costs}") };
    let left_out = match people.left_out {
        0 => String::new(),
        left_out => format!("; {left_out} left out, of whom is said what the catalogue rules out"),
    };
    format!("{affected} of {rows} {gets} something else{costs}{left_out}")
}

fn markdown_people(people: &People, most: usize, screen: &mut Screen) {
    screen.line("");
    screen.line(format!("#### {}", cell(&whole_of(people))));
    screen.line("");
    if !people.changes.is_empty() {
        screen.line("| | people | who |");
        screen.line("|---|---|---|");
    }
    for change in &people.changes {
        let line = |&(from, to): &(Outcome, Outcome)| {
            let (was, is) = (show::outcome_words(from), show::outcome_words(to));
            cell(&format!("{was} to {is}: {}", who(change, (from, to), most)))
        };
        let lines: Vec<String> = change.counts.keys().map(line).collect();
        screen.line(format!(
            "| **{}** | {} | {} |",
            cell(&change.entitlement),
            cell(&sums(change)),
            lines.join("<br>")
        ));
    }
    if !people.notes.is_empty() {
        screen.line("");
    }
    people.notes.iter().for_each(|note| screen.line(format!("- {}", cell(note))));
}

fn cell(text: &str) -> String {
    policy::one_line(&plain(text)).replace('|', "\\|")
}
