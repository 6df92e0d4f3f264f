//! `wardkey diff OLD NEW`: what people get otherwise by another version of a policy.

use crate::Exit;
use crate::failure::Failure;
use crate::findings;
use crate::json;
use crate::policy;
use crate::screen::{Screen, Style, count, plain};
use crate::show;
use crate::version;
use clap::{Args, ValueEnum};
use serde_json::json;
use wardkey::analyse::{EntitlementDiff, OutcomeDiff, PolicyDiff, STEPS, Verdict};

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
    let found = findings::changes(&diff);
    let catalogue = diff.catalogue_changes();
    match arguments.format {
        Format::Text => text(&found, &catalogue, screen),
        Format::Markdown => markdown(&found, &catalogue, screen),
        Format::Json => {
            json::print(&json!({ "verdict": verdict(&found), "entitlements": found, "catalogue": catalogue }), screen)
        }
    }
    Ok(match () {
        () if found.iter().any(|entitlement| entitlement.undecided.is_some()) => Exit::Undecided,
        () if found.is_empty() => Exit::Clean,
        () => Exit::Findings,
    })
}

/// Of the whole policy.
fn verdict(found: &[EntitlementDiff]) -> Verdict {
    let has = |wanted: &[Verdict]| found.iter().any(|entitlement| wanted.contains(&entitlement.verdict));
    match (has(&[Verdict::More, Verdict::Incomparable]), has(&[Verdict::Less, Verdict::Incomparable])) {
        (false, false) => Verdict::Equivalent,
        (true, false) => Verdict::More,
        (false, true) => Verdict::Less,
        (true, true) => Verdict::Incomparable,
    }
}

fn words(verdict: Verdict) -> &'static str {
    match verdict {
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

fn text(found: &[EntitlementDiff], catalogue: &[String], screen: &mut Screen) {
    for entitlement in found {
        let name = screen.paint(&plain(&entitlement.entitlement), Style::Bold);
        let verdict = screen.paint(words(entitlement.verdict), style(entitlement.verdict));
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
        if let Some(undecided) = &entitlement.undecided {
            screen.line(format!("  {}", screen.paint(&plain(undecided), Style::Fair)));
        }
        screen.line("");
    }
    for change in catalogue {
        screen.line(format!("catalogue: {}", plain(change)));
    }
    let whole = verdict(found);
    let summary = match found.len() {
        0 => screen.paint("everybody gets the same in every context", Style::Good),
        changed => {
            let changed = count(changed, "entitlement differs", "entitlements differ");
            format!("{changed}: {}", screen.paint(words(whole), style(whole)))
        }
    };
    screen.line(summary);
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
    let whole = verdict(found);
    screen.line(format!("### Who gets what: {}", words(whole)));
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

fn cell(text: &str) -> String {
    policy::one_line(&plain(text)).replace('|', "\\|")
}
