//! `wardkey why-not PATH --context C ENTITLEMENT`: every smallest change of the situation in which somebody would get something.

use super::Output;
use crate::Exit;
use crate::context::Situation;
use crate::failure::Failure;
use crate::json;
use crate::screen::{Screen, Style, plain};
use crate::show;
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use wardkey::analyse::{Change, Counterfactuals, STEPS};
use wardkey::{Analysis, Outcome};

/// Say what would have to be otherwise for somebody to get something.
#[derive(Args)]
pub(crate) struct Arguments {
    /// A policy file, a folder, or `-`
    path: PathBuf,
    /// What is asked about
    entitlement: String,
    #[command(flatten)]
    situation: Situation,
    /// What it is to come to
    #[arg(long, value_name = "OUTCOME", default_value = "allowed", value_enum)]
    outcome: Wanted,
    /// What else may change, besides what the catalogue says: attributes, or `approved`
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    change: Vec<String>,
    /// What stays as it is, whatever the catalogue says: attributes, or `approved`
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    keep: Vec<String>,
    /// Steps of the solver for one question, after which it stays undecided
    #[arg(long, value_name = "N", default_value_t = STEPS, hide_default_value = true)]
    steps: u64,
    #[command(flatten)]
    output: Output,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Wanted {
    /// It is given
    Allowed,
    /// It may be asked for
    Offered,
    /// No rule speaks of it
    NotGranted,
    /// It is taken away
    Denied,
}

impl From<Wanted> for Outcome {
    fn from(wanted: Wanted) -> Self {
        match wanted {
            Wanted::Allowed => Self::Allowed,
            Wanted::Offered => Self::Offered,
            Wanted::NotGranted => Self::NotGranted,
            Wanted::Denied => Self::Denied,
        }
    }
}

pub(crate) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Failure> {
    let policy = arguments.situation.policy(&arguments.path, screen)?;
    let entitlement = policy.entitlement(&arguments.entitlement)?;
    let analysis = Analysis::new(&policy).with_steps(arguments.steps);
    let free = analysis.changeable(&arguments.change, &arguments.keep)?;
    let context = arguments.situation.read(&policy, screen)?;
    let may_change = |item| free.contains(&item);
    let found = match analysis.counterfactuals(&context, entitlement, arguments.outcome.into(), &may_change) {
        Ok(found) => found,
        Err(undecided) => {
            screen.note(undecided.to_string());
            return Ok(Exit::Undecided);
        }
    };
    if arguments.output.is_json() {
        json::print(&found, screen);
        return Ok(Exit::Clean);
    }
    let language = arguments.situation.language(&policy, &context);
    show::decision(&policy, &policy.decide(&context, entitlement), language.as_deref(), screen);
    show(&found, screen);
    Ok(Exit::Clean)
}

fn show(found: &Counterfactuals, screen: &mut Screen) {
    screen.line("");
    let wanted = show::outcome_words(found.wanted);
    if found.outcome == found.wanted {
        screen.line(format!("it is {wanted} as things are"));
        return;
    }
    if found.changes.is_empty() {
        screen.line(format!("no change of what can change makes it {wanted}"));
        screen.line("`--change NAMES` lets more change, such as the role of the person");
        return;
    }
    let each = if found.changes.len() == 1 { "this change" } else { "any one of these changes" };
    screen.line(format!("it would be {wanted} with {each}:"));
    for change in &found.changes {
        let mark = screen.paint("-", Style::Dim);
        screen.line(format!("  {mark} {}", plain(&told(change))));
    }
    if !found.is_complete {
        screen.line("  and there are more");
    }
}

/// `network = clinical or office`, or each way by itself where several attributes change.
fn told(change: &Change) -> String {
    let more = if change.is_complete { "" } else { " or others" };
    if let [name] = change.attributes.as_slice() {
        let values: Vec<&str> = change.examples.iter().flatten().map(String::as_str).collect();
        return match (name.as_str(), values.as_slice()) {
            ("approved", ["true"]) => "a request is approved".to_owned(),
            ("approved", ["false"]) => "no request is approved".to_owned(),
            _ => format!("{name} = {}{more}", values.join(" or ")),
        };
    }
    let first = change.examples.first().map(Vec::as_slice).unwrap_or_default();
    let parts = change.attributes.iter().zip(first).map(|(name, value)| format!("{name} = {value}"));
    let rest = if change.examples.len() > 1 { " (for example)" } else { "" };
    format!("{}{rest}", parts.collect::<Vec<_>>().join(" and "))
}
