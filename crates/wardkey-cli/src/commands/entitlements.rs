//! `wardkey entitlements PATH --context C`: everything somebody gets, in one table.

use super::Output;
use crate::Exit;
use crate::context::{Situation, unusable};
use crate::failure::Failure;
use crate::json;
use crate::screen::{Screen, Style, count, plain, wrap};
use crate::show;
use crate::table::{Table, Text};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use wardkey::model::{NOW, State};
use wardkey::{Context, Decision, Outcome, Policy};

/// List what somebody gets.
#[derive(Args)]
pub(crate) struct Arguments {
    /// A policy file, a folder, or `-`
    path: PathBuf,
    #[command(flatten)]
    situation: Situation,
    /// Also what is denied or not granted
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    output: Output,
}

pub(crate) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Failure> {
    let policy = arguments.situation.policy(&arguments.path, screen)?;
    let context = arguments.situation.read(&policy, screen)?;
    let language = arguments.situation.language(&policy, &context);
    let decisions: Vec<_> = policy.entitlements(&context).into_iter().collect();
    let is_shown = |decision: &&Decision<'_>| arguments.all || decision.outcome() >= Outcome::Offered;
    let shown: Vec<&Decision<'_>> = decisions.iter().filter(is_shown).collect();
    if arguments.output.is_json() {
        let records: Vec<_> = shown.iter().map(|decision| decision.record(language.as_deref())).collect();
        json::print(
            &json!({ "decisions": records, "passed_over": context.passed_over(), "unusable": unusable(&context) }),
            screen,
        );
        return Ok(Exit::Clean);
    }
    if !shown.is_empty() {
        table(&policy, &shown, language.as_deref(), screen);
        screen.line("");
    }
    summary(arguments, &decisions, screen);
    hint_at_the_clock(&policy, &context, &decisions, screen);
    Ok(Exit::Clean)
}

fn table(policy: &Policy, decisions: &[&Decision<'_>], language: Option<&str>, screen: &mut Screen) {
    let mut table = Table::new(["Entitlement", "Why", "With", "Until"], &[0, 3]);
    for outcome in [Outcome::Allowed, Outcome::Offered, Outcome::NotGranted, Outcome::Denied] {
        let mut group = decisions.iter().filter(|decision| decision.outcome() == outcome).peekable();
        if group.peek().is_none() {
            continue;
        }
        table.group(show::outcome_words(outcome), show::outcome_style(outcome));
        for decision in group {
            table.row(row(policy, decision, language));
        }
    }
    table.print(screen);
}

fn row(policy: &Policy, decision: &Decision<'_>, language: Option<&str>) -> [Text; 4] {
    let until = match decision.valid_until() {
        wardkey::eval::ValidUntil::Until(at) => show::short_instant(policy, at),
        _ => String::new(),
    };
    let mut why = show::reasons(decision, language).join("\n");
    if why.is_empty() {
        why = show::rules_in_short(policy, decision);
    }
    let missing = decision.missing();
    if !missing.is_empty() {
        why = format!("{why}\n({})", show::not_known(&missing));
    }
    [
        (plain(decision.entitlement_name()).into_owned(), Style::Bold),
        (why, Style::Normal),
        (show::parameter_texts(&decision.parameters()).join("\n"), Style::Normal),
        (until, Style::Dim),
    ]
}

fn summary(arguments: &Arguments, decisions: &[Decision<'_>], screen: &mut Screen) {
    let number = |outcome| decisions.iter().filter(|decision| decision.outcome() == outcome).count();
    let parts = [Outcome::Allowed, Outcome::Offered, Outcome::NotGranted, Outcome::Denied];
    let parts: Vec<String> =
        parts.map(|outcome| format!("{} {}", number(outcome), show::outcome_words(outcome))).into();
    let hidden = number(Outcome::NotGranted) + number(Outcome::Denied);
    let hint = if hidden > 0 && !arguments.all { " (`--all` shows every one)" } else { "" };
    let all = count(decisions.len(), "entitlement", "entitlements");
    let text = format!("{all}: {}{hint}", parts.join(", "));
    for line in wrap(&text, screen.width) {
        screen.line(line);
    }
}

/// A forgotten clock closes whatever depends on it; say so once.
fn hint_at_the_clock(policy: &Policy, context: &Context, decisions: &[Decision<'_>], screen: &mut Screen) {
    let is_unknown = *context.state(policy, NOW) == State::Unknown;
    if is_unknown && decisions.iter().any(|decision| decision.missing().contains(&"now")) {
        screen.note("the time was not given, and some of this depends on it: `--now now` takes this moment");
    }
}
