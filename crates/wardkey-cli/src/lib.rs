//! `wardkey`: check, format, test and ask a policy from the command line.
//!
//! A library, so that other faces can carry the command with them, as the Python wheel does, and answer in the same words ([`findings`],
//! [`quality`], [`json`]). This file parses the arguments, runs one command, and writes what it has to say. Answers go to standard
//! output, errors to standard error. Exit codes: 0 answered or clean, 1 findings or failed tests, 2 usage, input or I/O, 3 undecided.

mod batches;
mod commands;
mod context;
mod cost;
mod failure;
pub mod findings;
mod fix;
pub mod json;
mod known;
mod people;
mod policy;
pub mod quality;
mod reports;
mod screen;
mod show;
mod table;
mod version;

use clap::{CommandFactory, Parser, Subcommand};
use failure::Failure;
use screen::{ColourChoice, Screen};
use std::ffi::OsString;

/// Ask, check and test access policies written as plain sentences.
#[derive(Parser)]
#[command(name = "wardkey", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(
    after_help = "Exit codes: 0 answered or clean, 1 findings or failed tests, 2 usage, input or I/O, 3 undecided.

PATH is a policy file, a folder that holds a policy, a bundle, or `-` for standard input.
CONTEXT is a JSON file, `-` for standard input, or JSON itself: '{\"role\": \"Nurse\"}'."
)]
struct Arguments {
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", value_enum)]
    color: ColourChoice,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Find mistakes in a policy, its catalogue and its tests
    Check(commands::check::Arguments),
    /// Say what closes if nobody knows an attribute any more
    Blackout(commands::blackout::Arguments),
    /// Say what people get otherwise by another version of a policy
    Diff(commands::diff::Arguments),
    /// Say whether properties hold in every context
    Prove(commands::prove::Arguments),
    /// Put policy files into the standard layout, keeping every comment
    Fmt(commands::fmt::Arguments),
    /// Say whether somebody gets something, and why
    Decide(commands::decide::Arguments),
    /// List what somebody gets
    Entitlements(commands::entitlements::Arguments),
    /// Decide a whole file of people: CSV, JSON lines or Parquet
    Evaluate(commands::evaluate::Arguments),
    /// Show step by step how a decision came about
    Explain(commands::explain::Arguments),
    /// Say what would have to be otherwise for somebody to get something
    #[command(visible_alias = "counterfactual")]
    WhyNot(commands::why_not::Arguments),
    /// Show what is left of the rules when only part of the situation is known
    Residual(commands::residual::Arguments),
    /// Run the policy's tests (*.test.yaml)
    Test(commands::test::Arguments),
    /// Put a policy into one file that loads faster
    Bundle(commands::bundle::Arguments),
    /// Begin a policy: a small one that works, with a catalogue and a test
    Init(commands::init::Arguments),
    /// Print a completion script for a shell
    Completions(commands::completions::Arguments),
}

/// How a command ended that could do its work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Exit {
    /// Answered, or nothing to complain of.
    Clean,
    /// Something was found, or a test failed.
    Findings,
    /// Something was not found out within the limits.
    Undecided,
}

/// Runs the command as from a terminal, the name of the program first, and gives its exit code.
///
/// ```no_run
/// let code = wardkey_cli::main(["wardkey", "check", "policies"]);
/// ```
pub fn main<A: Into<OsString> + Clone>(arguments: impl IntoIterator<Item = A>) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(usage) => return show_usage(&usage),
    };
    let mut screen = Screen::new(arguments.color);
    let end = run(arguments.command, &mut screen);
    if let Err(failure) = &end {
        failure.show(&mut screen);
    }
    let code = match end {
        Ok(Exit::Clean) => 0,
        Ok(Exit::Findings) => 1,
        Ok(Exit::Undecided) => 3,
        Err(_) => 2,
    };
    if screen.write().is_ok() { code } else { 2 }
}

/// Help that was asked for, or what is wrong with the arguments.
fn show_usage(usage: &clap::Error) -> u8 {
    let is_shown = usage.print().is_ok();
    if usage.use_stderr() || !is_shown { 2 } else { 0 }
}

fn run(command: Command, screen: &mut Screen) -> Result<Exit, Failure> {
    match command {
        Command::Check(arguments) => commands::check::run(&arguments, screen),
        Command::Blackout(arguments) => commands::blackout::run(&arguments, screen),
        Command::Diff(arguments) => commands::diff::run(&arguments, screen),
        Command::Prove(arguments) => commands::prove::run(&arguments, screen),
        Command::Fmt(arguments) => commands::fmt::run(&arguments, screen),
        Command::Decide(arguments) => commands::decide::run(&arguments, screen),
        Command::Entitlements(arguments) => commands::entitlements::run(&arguments, screen),
        Command::Evaluate(arguments) => commands::evaluate::run(&arguments, screen),
        Command::Explain(arguments) => commands::explain::run(&arguments, screen),
        Command::WhyNot(arguments) => commands::why_not::run(&arguments, screen),
        Command::Residual(arguments) => commands::residual::run(&arguments, screen),
        Command::Test(arguments) => commands::test::run(&arguments, screen),
        Command::Bundle(arguments) => commands::bundle::run(&arguments, screen),
        Command::Init(arguments) => commands::init::run(&arguments, screen),
        Command::Completions(arguments) => Ok(commands::completions::run(&arguments, Arguments::command(), screen)),
    }
}
