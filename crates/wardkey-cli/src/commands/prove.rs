//! `wardkey prove PATH`: whether what is said of the policy holds in every context, and if not, in which it does not.

use super::{Output, test};
use crate::Exit;
use crate::failure::Failure;
use crate::findings::{self, NamedProof, Progress};
use crate::json;
use crate::policy;
use crate::screen::{Screen, Style, count, plain};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use wardkey::analyse::{Counterexample, ProofVerdict, STEPS};
use wardkey::diagnostic::render;
use wardkey::suite::SuiteProperty;
use wardkey::{Analysis, Policy};

/// Say whether properties hold in every context.
#[derive(Args)]
pub(crate) struct Arguments {
    /// A policy file, a folder, a bundle, or `-`
    #[arg(default_value = ".")]
    path: PathBuf,
    /// A property, instead of those in the policy's test files: `never EHR allowed when network = public`
    #[arg(long = "property", short, value_name = "SENTENCE")]
    properties: Vec<String>,
    /// Test files to read them from, instead of those that lie with the policy
    #[arg(long = "file", short, value_name = "FILE", conflicts_with = "properties")]
    files: Vec<PathBuf>,
    /// Steps of the solver for one question, after which it stays undecided
    #[arg(long, value_name = "N", default_value_t = STEPS, hide_default_value = true)]
    steps: u64,
    #[command(flatten)]
    output: Output,
}

pub(crate) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Failure> {
    let policy = policy::load_clean(&arguments.path, screen)?;
    let properties = properties(arguments, &policy, screen)?;
    let proofs = findings::proofs(&Analysis::new(&policy).with_steps(arguments.steps), properties, Progress::Shown);
    if arguments.output.is_json() {
        json::print(&json!({ "properties": proofs }), screen);
    } else {
        proofs.iter().for_each(|named| show(named, screen));
        screen.line(summary(&proofs, screen));
    }
    Ok(exit(&proofs))
}

fn properties(arguments: &Arguments, policy: &Policy, screen: &mut Screen) -> Result<Vec<SuiteProperty>, Failure> {
    if !arguments.properties.is_empty() {
        let read = |sentence: &String| match policy.property(sentence) {
            Ok(property) => Ok(SuiteProperty { name: sentence.clone(), property }),
            Err(error) => {
                for problem in error.diagnostics() {
                    screen.error_line(render(problem, error.sources(), screen.error_colour).trim_end());
                }
                Err(Failure::new("the property cannot be read"))
            }
        };
        return arguments.properties.iter().map(read).collect();
    }
    let files = test::read(&arguments.path, &arguments.files, None, (policy, screen))?;
    let found: Vec<SuiteProperty> =
        files.iter().filter_map(|file| file.suite.as_ref()).flat_map(|suite| suite.properties(policy)).collect();
    if found.is_empty() {
        let failure = Failure::new("there are no properties: no test file has a list `properties:`");
        return Err(failure.help("give one: `--property \"never EHR allowed when network = public\"`"));
    }
    Ok(found)
}

pub(super) fn exit(proofs: &[NamedProof]) -> Exit {
    let any = |verdict| proofs.iter().any(|named| named.proof.verdict == verdict);
    match () {
        () if any(ProofVerdict::Fails) => Exit::Findings,
        () if any(ProofVerdict::Undecided) => Exit::Undecided,
        () => Exit::Clean,
    }
}

pub(super) fn show(named: &NamedProof, screen: &mut Screen) {
    let NamedProof { name, proof } = named;
    let (word, style) = match proof.verdict {
        ProofVerdict::Holds => ("holds", Style::Good),
        ProofVerdict::Fails => ("FAILS", Style::Bad),
        ProofVerdict::Undecided => ("undecided", Style::Fair),
    };
    let mark = screen.paint(&format!("{word:9}"), style);
    screen.line(format!("{mark}  {}", plain(name)));
    let mut note = |text: &str| screen.line(format!("           {}", plain(text)));
    if *name != proof.property {
        note(&proof.property);
    }
    if proof.verdict == ProofVerdict::Holds && proof.is_vacuous {
        note("but no context is one that it speaks of");
    }
    if let Some(why) = &proof.undecided {
        note(why);
    }
    proof.counterexamples.iter().flat_map(lines).for_each(|line| note(&line));
}

fn lines(example: &Counterexample) -> Vec<String> {
    let mut lines = Vec::new();
    for shown in &example.decisions {
        let outcome = if shown.outcome.as_str() == "not_granted" { "not granted" } else { shown.outcome.as_str() };
        let rules: Vec<String> = shown.rules.iter().map(|id| format!("`{id}`")).collect();
        let by = if rules.is_empty() { String::new() } else { format!(" by {}", rules.join(", ")) };
        lines.push(format!("{} is {outcome}{by}", shown.entitlement));
    }
    lines.push(format!("for example: {}", example.witness));
    if example.only_while_unknown {
        lines.push("where everything is known it holds".to_owned());
    }
    if !example.likewise.is_empty() {
        lines.push(format!("likewise: {}", example.likewise.join(", ")));
    }
    lines
}

pub(super) fn summary(proofs: &[NamedProof], screen: &Screen) -> String {
    let number = |verdict| proofs.iter().filter(|named| named.proof.verdict == verdict).count();
    let holds = screen.paint(&format!("{} hold", number(ProofVerdict::Holds)), Style::Good);
    let (fails, undecided) = (number(ProofVerdict::Fails), number(ProofVerdict::Undecided));
    let mut parts = vec![holds];
    if fails > 0 {
        parts.push(screen.paint(&format!("{fails} fail"), Style::Bad));
    }
    if undecided > 0 {
        parts.push(screen.paint(&format!("{undecided} undecided"), Style::Fair));
    }
    format!("{}: {}", count(proofs.len(), "property", "properties"), parts.join(", "))
}
