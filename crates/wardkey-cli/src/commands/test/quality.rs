//! How good the tests are, for people.

use crate::failure::Failure;
use crate::quality::{Mutation, Reached, missing_tests, words};
use crate::screen::{Screen, Style, count, plain};
use crate::table::Table;
use std::path::Path;
use wardkey::Policy;
use wardkey::analyse::{Fate, GoalKind};

/// What is listed for people; JSON has all.
const LISTED: usize = 20;

pub(super) fn show_coverage(reached: &Reached, policy: &Policy, screen: &mut Screen) {
    let mut table = Table::new(["", "reached", "of", "", "beyond any context"], &[1, 2, 3, 4]);
    table.group("coverage", Style::Bold);
    let kinds: [(&str, &[GoalKind]); 3] = [
        ("rules that apply", &[GoalKind::Applies]),
        ("tests that decide", &[GoalKind::Holds, GoalKind::Fails]),
        ("edges of ranges", &[GoalKind::Edge]),
    ];
    for (name, kinds) in kinds {
        let tally = reached.tally(|kind| kinds.contains(&kind));
        let style = if tally.reached == tally.possible { Style::Good } else { Style::Fair };
        table.row([
            (name.to_owned(), Style::Normal),
            (tally.reached.to_string(), style),
            (tally.possible.to_string(), Style::Normal),
            (format!("{:.0} %", tally.percent().floor()), style),
            (tally.impossible.to_string(), Style::Dim),
        ]);
    }
    table.print(screen);
    let missing: Vec<_> = reached.missing().collect();
    if missing.is_empty() {
        return;
    }
    screen.line("");
    screen.line(screen.paint("no test shows", Style::Bold));
    for (goal, example) in missing.iter().take(LISTED) {
        let place = goal.span.map(|span| policy.sources().place(span));
        let place = place.map_or_else(String::new, |place| format!("  {}:{}", plain(&place.file), place.line));
        let place = screen.paint(&place, Style::Dim);
        screen.line(format!("  {}{place}", plain(&words(goal))));
        screen.line(format!("    {}: {}", plain(&example.expected.entitlement), plain(&example.context.to_string())));
    }
    if missing.len() > LISTED {
        screen.line(format!("  and {} more; `--generate FILE` writes all of them", missing.len() - LISTED));
    }
}

pub(super) fn show_mutation(mutation: &Mutation, screen: &mut Screen) {
    let survivors: Vec<_> = mutation.survivors().collect();
    if !survivors.is_empty() {
        screen.line(screen.paint("no test notices", Style::Bold));
    }
    for (mutant, context, expected) in survivors.iter().take(LISTED) {
        screen.line(format!("  {}: {}", plain(&mutant.rule), plain(&mutant.change)));
        let outcome = crate::show::outcome_words(expected.outcome);
        let text = format!("{} is {outcome} where {context}", expected.entitlement);
        screen.line(format!("    missing test: {}", plain(&text)));
    }
    if survivors.len() > LISTED {
        screen.line(format!("  and {} more; `--generate FILE` writes all of them", survivors.len() - LISTED));
    }
    let (killed, equivalent) =
        (mutation.number(|fate| *fate == Fate::Killed), mutation.number(|fate| *fate == Fate::Equivalent));
    let undecided = mutation.number(|fate| matches!(fate, Fate::Undecided { .. }));
    let undecided = if undecided > 0 { format!(", {undecided} undecided") } else { String::new() };
    let style = if survivors.is_empty() { Style::Good } else { Style::Fair };
    let score = screen.paint(&format!("{:.1} %", mutation.percent()), style);
    let all = count(mutation.len(), "small change", "small changes");
    screen.line(format!(
        "mutation score {score}: of {all} tests notice {killed}, miss {}, {equivalent} change nothing{undecided}",
        survivors.len()
    ));
}

/// Writes the tests that are missing as a test file, which must not be there yet. Gives their number.
pub(super) fn generate(
    path: &Path,
    reached: Option<&Reached>,
    mutation: Option<&Mutation>,
    screen: &mut Screen,
) -> Result<usize, Failure> {
    let (text, number) = missing_tests(reached, mutation);
    if path.as_os_str() == "-" {
        screen.line(text.trim_end());
    } else {
        let mut file = std::fs::File::create_new(path).map_err(|error| Failure::file(path, &error))?;
        std::io::Write::write_all(&mut file, text.as_bytes()).map_err(|error| Failure::file(path, &error))?;
    }
    Ok(number)
}
