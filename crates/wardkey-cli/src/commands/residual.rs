//! `wardkey residual PATH --context C ENTITLEMENT…`: what is left to ask, as rules.

use super::Output;
use crate::Exit;
use crate::context::{Situation, unusable};
use crate::failure::Failure;
use crate::json;
use crate::policy;
use crate::screen::{Screen, Style, plain};
use crate::show;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use wardkey::Residual;

/// Width of the labels beside an answer.
const LABELS: usize = 10;

/// Show what is left of the rules when only part of the situation is known.
#[derive(Args)]
pub(crate) struct Arguments {
    /// A policy file, a folder, or `-`
    path: PathBuf,
    /// What is asked about, one or more
    #[arg(required = true, value_name = "ENTITLEMENT")]
    entitlements: Vec<String>,
    #[command(flatten)]
    situation: Situation,
    #[command(flatten)]
    output: Output,
}

pub(crate) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Failure> {
    let policy = arguments.situation.policy(&arguments.path, screen)?;
    let ids = policy::entitlements(&policy, &arguments.entitlements)?;
    let context = arguments.situation.read(&policy, screen)?;
    let residuals: Vec<Residual> = ids.into_iter().map(|id| policy.residual(&context, id)).collect();
    if arguments.output.is_json() {
        let answer = json!({
            "residuals": residuals,
            "passed_over": context.passed_over(),
            "unusable": unusable(&context),
        });
        json::print(&answer, screen);
        return Ok(Exit::Clean);
    }
    for (at, residual) in residuals.iter().enumerate() {
        if at > 0 {
            screen.line("");
        }
        show_residual(residual, screen);
    }
    Ok(Exit::Clean)
}

fn show_residual(residual: &Residual, screen: &mut Screen) {
    let name = screen.paint(&plain(residual.entitlement()), Style::Bold);
    match residual.outcome() {
        Some(outcome) => {
            let words = screen.paint(show::outcome_words(outcome), show::outcome_style(outcome));
            screen.line(format!("{name}: {words}, whatever else is known"));
        }
        None => {
            screen.line(format!("{name}: not settled"));
            let attributes: Vec<String> =
                residual.attributes().iter().map(|name| format!("`{}`", plain(name))).collect();
            line(screen, "hangs on", &attributes.join(", "));
            line(screen, "allowed if", when(residual.condition()));
            if residual.offer_condition() != residual.condition() {
                line(screen, "offered if", when(residual.offer_condition()));
            }
        }
    }
    if residual.rules().is_empty() {
        return;
    }
    screen.line("");
    let room = screen.width.map(|width| width.saturating_sub(2));
    for rule in residual.as_policy().lines().flat_map(|rule| crate::screen::wrap(&plain(rule), room)) {
        screen.line(format!("  {rule}"));
    }
}

/// The language has no word for what never holds.
fn when(condition: &str) -> &str {
    if condition == "not always" { "never" } else { condition }
}

fn line(screen: &mut Screen, label: &str, text: &str) {
    screen.labelled(2, label, LABELS, &plain(text), Style::Normal);
}
