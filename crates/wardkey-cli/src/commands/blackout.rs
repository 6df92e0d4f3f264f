//! `wardkey blackout PATH`: what closes if nobody says any more what an attribute is.

use super::Output;
use crate::Exit;
use crate::failure::Failure;
use crate::findings::{self, Progress};
use crate::json;
use crate::policy;
use crate::screen::{Screen, Style, count, plain};
use crate::table::Table;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use wardkey::Analysis;
use wardkey::analyse::{Blackout, STEPS};

/// Entitlements that are named in the table; JSON has all.
const SHOWN: usize = 8;

/// Say what closes if nobody knows an attribute any more, and whether break-glass still opens.
#[derive(Args)]
pub(crate) struct Arguments {
    /// A policy file, a folder, a bundle, or `-`
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Steps of the solver for one question, after which it stays undecided
    #[arg(long, value_name = "N", default_value_t = STEPS, hide_default_value = true)]
    steps: u64,
    #[command(flatten)]
    output: Output,
}

pub(crate) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Failure> {
    let policy = policy::load_clean(&arguments.path, screen)?;
    let (found, undecided) = findings::blackout(&Analysis::new(&policy).with_steps(arguments.steps), Progress::Shown);
    if arguments.output.is_json() {
        json::print(&json!({ "attributes": found, "undecided": undecided }), screen);
    } else {
        show(&found, policy.entitlement_ids().len(), screen);
        for name in &undecided {
            screen.line(format!("not everything was found out about `{}`", plain(name)));
        }
    }
    Ok(if undecided.is_empty() { Exit::Clean } else { Exit::Undecided })
}

fn show(found: &[Blackout], entitlements: usize, screen: &mut Screen) {
    if found.is_empty() {
        screen.line("no attribute alone closes anything");
        return;
    }
    let mut table = Table::new(["while unknown", "closes", "", "break-glass"], &[0, 1, 3]);
    table.group(format!("of {}", count(entitlements, "entitlement", "entitlements")), Style::Dim);
    for blackout in found {
        let names: Vec<String> = blackout.closes.iter().take(SHOWN).map(|name| plain(name).into_owned()).collect();
        let more = blackout.closes.len() - names.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let glass = match (blackout.break_glass_holds.len(), blackout.break_glass_fails.len()) {
            (0, 0) => (String::new(), Style::Normal),
            (holds, 0) => (format!("opens {holds}"), Style::Good),
            (holds, fails) => (format!("opens {holds} of {}", holds + fails), Style::Bad),
        };
        let closes = (blackout.closes.len().to_string(), if names.is_empty() { Style::Dim } else { Style::Fair });
        table.row([
            (plain(&blackout.attribute).into_owned(), Style::Bold),
            closes,
            (names.join(", ") + &more, Style::Normal),
            glass,
        ]);
    }
    table.print(screen);
}
