//! `wardkey decide PATH --context C ENTITLEMENT…`: the outcome for each, reasons first.

use super::Output;
use crate::Exit;
use crate::context::{Situation, unusable};
use crate::failure::Failure;
use crate::json;
use crate::policy;
use crate::screen::Screen;
use crate::show;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

/// Say whether somebody gets something, and why.
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
    let language = arguments.situation.language(&policy, &context);
    let decisions: Vec<_> = ids.into_iter().map(|id| policy.decide(&context, id)).collect();
    if arguments.output.is_json() {
        let records: Vec<_> = decisions.iter().map(|decision| decision.record(language.as_deref())).collect();
        json::print(
            &json!({ "decisions": records, "passed_over": context.passed_over(), "unusable": unusable(&context) }),
            screen,
        );
        return Ok(Exit::Clean);
    }
    for (at, decision) in decisions.iter().enumerate() {
        if at > 0 {
            screen.line("");
        }
        show::decision(&policy, decision, language.as_deref(), screen);
    }
    Ok(Exit::Clean)
}
