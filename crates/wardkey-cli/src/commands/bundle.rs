//! `wardkey bundle PATH --output FILE`: a policy as one file that loads without being parsed.

use crate::Exit;
use crate::failure::Failure;
use crate::policy;
use crate::screen::{Screen, count};
use clap::Args;
use std::path::PathBuf;

/// Put a policy into one file that loads faster.
#[derive(Args)]
pub(crate) struct Arguments {
    /// A policy file, a folder, or `-`
    path: PathBuf,
    /// The file to write; one that is there is replaced
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

pub(crate) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Failure> {
    let policy = policy::load_clean(&arguments.path, screen)?;
    let bundle = policy.to_bundle();
    std::fs::write(&arguments.output, &bundle).map_err(|error| Failure::file(&arguments.output, &error))?;
    let rules = count(policy.rule_set().rules.len(), "rule", "rules");
    screen.line(format!("{}: {rules}, {} KiB", policy::shown(&arguments.output), bundle.len().div_ceil(1024)));
    screen.note("it is for this release of wardkey only: keep the files, and make it anew after an update");
    Ok(Exit::Clean)
}
