//! `wardkey test PATH`: run the policy's tests, and show of each that fails what was expected, what came, and why.

mod quality;

use super::{Output, prove};
use crate::Exit;
use crate::failure::Failure;
use crate::findings::{self, NamedProof, Progress};
use crate::json;
use crate::policy::{self, TestFile};
use crate::quality::{self as tests, Mutation, Reached};
use crate::screen::{Screen, Style, count, plain};
use crate::show;
use clap::Args;
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use wardkey::analyse::{ProofVerdict, STEPS};
use wardkey::diagnostic::render;
use wardkey::suite::{Report, Result as TestResult, Suite, Why, WhyRule};
use wardkey::{Analysis, Policy};

/// Run the policy's tests (*.test.yaml).
#[derive(Args)]
pub(crate) struct Arguments {
    /// A policy file, a folder, or `-`
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Test files to run, instead of those that lie with the policy
    #[arg(long = "file", short, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Run only tests whose name holds this text
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// List the tests that pass, too
    #[arg(long, short)]
    verbose: bool,
    /// Say what of the rules no test shows
    #[arg(long)]
    coverage: bool,
    /// Change each rule in small ways, and say which changes no test notices
    #[arg(long)]
    mutate: bool,
    /// Write the tests that are missing by `--coverage` (which this stands for) and `--mutate` into a new file, or `-`
    #[arg(long, value_name = "FILE")]
    generate: Option<PathBuf>,
    /// The least coverage and mutation score in percent; less is a finding (exit code 1)
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    fail_under: Option<f64>,
    /// Steps of the solver for one question, after which it stays undecided
    #[arg(long, value_name = "N", default_value_t = STEPS, hide_default_value = true)]
    steps: u64,
    #[command(flatten)]
    output: Output,
}

pub(crate) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Failure> {
    let policy = policy::load_clean(&arguments.path, screen)?;
    if let Some(path) = arguments.generate.as_ref().filter(|path| path.exists()) {
        let failure = Failure::new(format!("`{}` is there already", plain(&policy::shown(path))));
        return Err(failure.help("give a file that is not, and merge them by hand"));
    }
    let is_piped = arguments.generate.as_ref().is_some_and(|path| policy::is_stdin(path));
    if is_piped && arguments.output.is_json() {
        let failure = Failure::new("tests and JSON cannot both go to standard output");
        return Err(failure.help("give `--generate` a file"));
    }
    let files = read(&arguments.path, &arguments.files, arguments.only.as_deref(), (&policy, screen))?;
    let reports: Vec<(&TestFile, Report)> =
        files.iter().filter_map(|file| file.suite.as_ref().map(|suite| (file, suite.run(&policy)))).collect();
    let is_failed = reports.iter().any(|(_, report)| report.failed() > 0);
    let (reached, mutation) = quality(arguments, &policy, &files, is_failed)?;
    let stated = suites(&files).flat_map(|suite| suite.properties(&policy)).collect();
    let proofs = findings::proofs(&Analysis::new(&policy).with_steps(arguments.steps), stated, Progress::Shown);
    if arguments.output.is_json() {
        let mut json = as_json(&policy, &reports, &proofs);
        json["coverage"] = json!(reached.as_ref().map(Reached::to_json));
        json["mutation"] = json!(mutation.as_ref().map(Mutation::to_json));
        json::print(&json, screen);
    } else if !is_piped {
        for (file, report) in &reports {
            show_file(&policy, file, report, arguments.verbose, screen);
        }
        let told = |named: &&NamedProof| arguments.verbose || named.proof.verdict != ProofVerdict::Holds;
        proofs.iter().filter(told).for_each(|named| prove::show(named, screen));
        if !proofs.is_empty() {
            screen.line(prove::summary(&proofs, screen));
        }
        summary(&reports, screen);
        if let Some(reached) = &reached {
            screen.line("");
            quality::show_coverage(reached, &policy, screen);
        }
        if let Some(mutation) = &mutation {
            screen.line("");
            quality::show_mutation(mutation, screen);
        }
    }
    if let Some(path) = &arguments.generate {
        let number = quality::generate(path, reached.as_ref(), mutation.as_ref(), screen)?;
        screen.note(format!("{} written", count(number, "test", "tests")));
    }
    let scores = [reached.as_ref().map(Reached::percent), mutation.as_ref().map(Mutation::percent)];
    let is_under = |score: f64| arguments.fail_under.is_some_and(|least| score < least);
    let is_undecided =
        reached.as_ref().is_some_and(Reached::is_undecided) || mutation.as_ref().is_some_and(Mutation::is_undecided);
    Ok(match prove::exit(&proofs) {
        _ if is_failed || scores.into_iter().flatten().any(is_under) => Exit::Findings,
        Exit::Clean if is_undecided => Exit::Undecided,
        exit => exit,
    })
}

/// How good the tests are, as far as it is asked for. Errors: tests fail, so that changes of rules cannot be told by them.
fn quality(
    arguments: &Arguments,
    policy: &Policy,
    files: &[TestFile],
    is_failed: bool,
) -> Result<(Option<Reached>, Option<Mutation>), Failure> {
    if is_failed && arguments.mutate {
        return Err(
            Failure::new("some tests fail, so that none could notice a change").help("first mend them, or the rules")
        );
    }
    let is_asked = arguments.coverage || arguments.generate.is_some();
    let suites: Vec<&Suite> = suites(files).collect();
    let reached = is_asked.then(|| tests::coverage(policy, &suites, arguments.steps, Progress::Shown));
    let mutation = arguments.mutate.then(|| tests::mutation(policy, &suites, arguments.steps, Progress::Shown));
    let mutation = mutation.transpose()?;
    Ok((reached, mutation))
}

fn suites(files: &[TestFile]) -> impl Iterator<Item = &Suite> {
    files.iter().filter_map(|file| file.suite.as_ref())
}

fn percent(text: &str) -> Result<f64, String> {
    let percent: f64 = text.trim_end_matches('%').parse().map_err(|_| "a number from 0 to 100".to_owned())?;
    if (0.0..=100.0).contains(&percent) { Ok(percent) } else { Err("a number from 0 to 100".to_owned()) }
}

/// Reads and checks every test file; a mistake in any of them ends the run before it began.
pub(super) fn read(
    path: &Path,
    files: &[PathBuf],
    only: Option<&str>,
    (policy, screen): (&Policy, &mut Screen),
) -> Result<Vec<TestFile>, Failure> {
    let mut paths = files.to_vec();
    if paths.is_empty() && !policy::is_stdin(path) {
        paths = policy::files_beside(path, policy::TEST_ENDING)?;
    }
    if paths.is_empty() {
        let failure = Failure::new("there are no tests: no file `*.test.yaml` lies with the policy");
        return Err(failure.help("name one with `--file`, or let `wardkey init` show how one looks"));
    }
    let mut files = Vec::new();
    let mut errors = 0;
    for path in paths {
        let mut file = TestFile::read(&path)?;
        if let Some(suite) = &mut file.suite {
            file.diagnostics.extend(suite.check(policy));
            if let Some(only) = only {
                suite.retain_named(only);
            }
        }
        for problem in &file.diagnostics {
            errors += usize::from(problem.is_error());
            let text = render(problem, &file.sources, screen.error_colour);
            screen.error_line(text.trim_end());
            screen.error_line("");
        }
        files.push(file);
    }
    if errors > 0 {
        let message = format!("{} in the tests, so none was run", count(errors, "mistake", "mistakes"));
        return Err(Failure::new(message));
    }
    if let Some(only) = only
        && files.iter().filter_map(|file| file.suite.as_ref()).all(|suite| suite.expectations() + suite.stated() == 0)
    {
        return Err(Failure::new(format!("no test has `{only}` in its name")));
    }
    Ok(files)
}

fn show_file(policy: &Policy, file: &TestFile, report: &Report, is_verbose: bool, screen: &mut Screen) {
    let mut last = None;
    for result in &report.results {
        if result.is_passed() && !is_verbose {
            continue;
        }
        let head = (result.test.as_str(), result.context.as_deref());
        if last != Some(head) {
            if last.is_some() && !is_verbose {
                screen.line("");
            }
            heading(result, screen);
            last = Some(head);
        }
        if result.is_passed() {
            let mark = screen.paint("pass", Style::Good);
            screen.line(format!("  {mark}  {}", plain(&result.entitlement)));
        } else {
            failed(policy, file, result, screen);
        }
    }
    if last.is_some() {
        screen.line("");
    }
}

fn heading(result: &TestResult, screen: &mut Screen) {
    let name = screen.paint(&plain(&result.test), Style::Bold);
    match &result.context {
        Some(context) => screen.line(format!("{name} ({})", plain(context))),
        None => screen.line(name),
    }
}

fn failed(policy: &Policy, file: &TestFile, result: &TestResult, screen: &mut Screen) {
    let mark = screen.paint("FAIL", Style::Bad);
    let place = file.sources.place(result.span);
    let place = screen.paint(&format!("{}:{}", plain(&place.file), place.line), Style::Dim);
    let name = screen.paint(&plain(&result.entitlement), Style::Bold);
    screen.line(format!("  {mark}  {name}  {place}"));
    let mut line = |label: &str, text: &str, style| screen.labelled(8, label, 8, text, style);
    for difference in &result.differences {
        let of = if difference.what == "outcome" { String::new() } else { format!("{}: ", difference.what) };
        line("expected", &format!("{of}{}", plain(&words(&difference.expected))), Style::Good);
        line("got", &format!("{of}{}", plain(&words(&difference.got))), Style::Bad);
    }
    if let Some(why) = &result.why {
        for text in reasons(policy, why) {
            line("why", &text, Style::Normal);
        }
    }
}

fn words(text: &str) -> String {
    if text == "not_granted" { "not granted".to_owned() } else { text.to_owned() }
}

fn reasons(policy: &Policy, why: &Why) -> Vec<String> {
    let mut lines: Vec<String> = why.rules.iter().map(|rule| rule_line(policy, rule)).collect();
    if lines.is_empty() {
        lines.push("no rule gives it here".to_owned());
    }
    lines.extend(why.outranked.iter().map(|rule| format!("weaker: {}", rule_line(policy, rule))));
    if !why.missing.is_empty() {
        let names: Vec<&str> = why.missing.iter().map(String::as_str).collect();
        lines.push(show::missing_text(&names));
    }
    lines
}

fn rule_line(policy: &Policy, rule: &WhyRule) -> String {
    let place = rule.span.map(|span| format!(" ({})", show::place(policy, span))).unwrap_or_default();
    let doubt = if rule.is_certain { "" } else { " may apply" };
    let text = rule.text.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{}{place}{doubt}\n{}", show::rule_name(&rule.id, rule.is_named), plain(&text))
}

fn summary(reports: &[(&TestFile, Report)], screen: &mut Screen) {
    let passed: usize = reports.iter().map(|(_, report)| report.passed()).sum();
    let failed: usize = reports.iter().map(|(_, report)| report.failed()).sum();
    let files = count(reports.len(), "file", "files");
    let passed = screen.paint(&format!("{passed} passed"), Style::Good);
    let failed_text = format!("{failed} failed");
    let failed = if failed > 0 { screen.paint(&failed_text, Style::Bad) } else { failed_text };
    screen.line(format!("{passed}, {failed} ({files})"));
}

fn as_json(policy: &Policy, reports: &[(&TestFile, Report)], proofs: &[NamedProof]) -> Json {
    let files = reports.iter().map(|(file, report)| {
        let results = report.results.iter().map(|result| json::test_result(policy, &file.sources, result));
        json!({
            "file": policy::shown(&file.path),
            "passed": report.passed(),
            "failed": report.failed(),
            "results": results.collect::<Vec<_>>(),
        })
    });
    json!({
        "passed": reports.iter().map(|(_, report)| report.passed()).sum::<usize>(),
        "failed": reports.iter().map(|(_, report)| report.failed()).sum::<usize>(),
        "files": files.collect::<Vec<_>>(),
        "properties": proofs,
    })
}
