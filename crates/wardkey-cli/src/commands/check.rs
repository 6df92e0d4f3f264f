//! `wardkey check PATH`: every mistake in rules, catalogue and tests, in one go.

use crate::Exit;
use crate::context;
use crate::failure::Failure;
use crate::findings;
use crate::json;
use crate::policy::{self, TestFile};
use crate::reports::{self, Found};
use crate::screen::{Screen, Style, count, plain};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use wardkey::analyse::STEPS;
use wardkey::diagnostic::Severity;
use wardkey::{Analysis, Finding, LoadError, Policy};

/// Find mistakes in a policy, its catalogue and its tests.
#[derive(Args)]
pub(crate) struct Arguments {
    /// A policy file, a folder, or `-`
    #[arg(default_value = ".")]
    path: PathBuf,
    /// The least that counts as a finding (exit code 1)
    #[arg(long, value_name = "LEVEL", default_value = "warning", value_enum)]
    fail_level: Level,
    /// Look at each rule by itself only, not at what all rules say together
    #[arg(long)]
    no_analysis: bool,
    /// Also list where rules that give and rules that deny meet
    #[arg(long)]
    overlaps: bool,
    /// Also find rules whose time is over or has not come: a date-time with its offset, or `now`
    #[arg(long, value_name = "T")]
    now: Option<String>,
    /// Steps of the solver for one question, after which it stays undecided
    #[arg(long, value_name = "N", default_value_t = STEPS, hide_default_value = true)]
    steps: u64,
    /// Say what a code such as WK702 means, and nothing else
    #[arg(long, value_name = "CODE")]
    explain: Option<String>,
    /// How to answer
    #[arg(long, value_name = "FORMAT", default_value = "text", value_enum)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// A line for each problem
    Concise,
    /// For programs
    Json,
    /// Annotations of GitHub Actions
    Github,
    /// A code quality report of GitLab
    Gitlab,
    /// A test report
    Junit,
    /// SARIF 2.1.0
    Sarif,
}

/// A section for each code of the analysis.
const PAGES: &str = include_str!("../../../../docs/findings.md");

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Level {
    /// Mistakes because of which a policy is refused
    Error,
    /// Also what likely does not say what is meant
    Warning,
    /// Everything that is reported
    Note,
}

impl Level {
    fn is_reached_by(self, severity: Severity) -> bool {
        match self {
            Self::Error => severity == Severity::Error,
            Self::Warning => severity >= Severity::Warning,
            Self::Note => true,
        }
    }
}

pub(crate) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Failure> {
    if let Some(code) = &arguments.explain {
        return explain(code, screen);
    }
    let loaded = policy::load(&arguments.path)?;
    let tests = check_tests(arguments, loaded.as_ref())?;
    let (own, sources) = match &loaded {
        Ok(policy) => (policy.diagnostics(), policy.sources()),
        Err(error) => (error.diagnostics(), error.sources()),
    };
    let findings = match &loaded {
        Ok(policy) if !arguments.no_analysis => analyse(arguments, policy)?,
        _ => Vec::new(),
    };
    let of_rules =
        findings.iter().map(|finding| Found { diagnostic: &finding.diagnostic, sources, finding: Some(finding) });
    let of_tests =
        tests.iter().flat_map(|file| file.diagnostics.iter().map(|problem| Found::new(problem, &file.sources)));
    let own = own.iter().map(|problem| Found::new(problem, sources));
    let found: Vec<Found<'_>> = own.chain(of_rules).chain(of_tests).collect();
    let mut lines = Vec::new();
    match arguments.format {
        Format::Text => {
            show(&found, screen);
            lines.push(summary(arguments, loaded.as_ref(), &tests, &found, screen));
        }
        Format::Concise => lines = reports::concise(&found),
        Format::Github => lines = reports::github(&found),
        Format::Junit => lines = reports::junit(&found, |severity| arguments.fail_level.is_reached_by(severity)),
        Format::Json => json::print(&json::diagnostics(&found), screen),
        Format::Gitlab => json::print(&reports::gitlab(&found), screen),
        Format::Sarif => json::print(&reports::sarif(&found), screen),
    }
    lines.into_iter().for_each(|line| screen.line(line));
    let is_finding = found.iter().any(|problem| arguments.fail_level.is_reached_by(problem.diagnostic.severity));
    let is_undecided = findings.iter().any(Finding::is_undecided);
    Ok(match () {
        () if is_undecided => Exit::Undecided,
        () if is_finding || loaded.is_err() => Exit::Findings,
        () => Exit::Clean,
    })
}

/// The page of a code.
fn explain(wanted: &str, screen: &mut Screen) -> Result<Exit, Failure> {
    let wanted = wanted.to_uppercase();
    let codes = wardkey::codes();
    let Some(code) = codes.iter().find(|code| code.id == wanted || code.name.to_uppercase() == wanted) else {
        let failure = Failure::new(format!("there is no code `{}`", plain(&wanted)));
        return Err(failure.help("codes stand in brackets before what `check` finds: WK702"));
    };
    screen.line(format!("{} {}: {}", code.id, code.name, code.summary));
    let page = PAGES.split("\n## ").find(|page| page.starts_with(code.id));
    for line in page.into_iter().flat_map(|page| page.lines().skip(1)) {
        screen.line(line);
    }
    Ok(Exit::Clean)
}

/// What all rules say together.
fn analyse(arguments: &Arguments, policy: &Policy) -> Result<Vec<Finding>, Failure> {
    let mut analysis = Analysis::new(policy).with_steps(arguments.steps);
    if let Some(now) = &arguments.now {
        analysis = analysis.at(context::timestamp(now)?);
    }
    if arguments.overlaps {
        analysis = analysis.with_overlaps();
    }
    Ok(findings::all(&analysis))
}

fn check_tests(arguments: &Arguments, loaded: Result<&Policy, &LoadError>) -> Result<Vec<TestFile>, Failure> {
    if policy::is_stdin(&arguments.path) {
        return Ok(Vec::new());
    }
    let files = policy::files_beside(&arguments.path, policy::TEST_ENDING)?;
    let mut tests = Vec::new();
    for path in files {
        let mut file = TestFile::read(&path)?;
        if let (Ok(policy), Some(suite)) = (loaded, &file.suite) {
            file.diagnostics.extend(suite.check(policy));
        }
        tests.push(file);
    }
    Ok(tests)
}

fn show(found: &[Found<'_>], screen: &mut Screen) {
    for problem in found {
        let text = wardkey::diagnostic::render(problem.diagnostic, problem.sources, screen.colour);
        screen.line(text.trim_end());
        screen.line("");
    }
}

fn summary(
    arguments: &Arguments,
    loaded: Result<&Policy, &LoadError>,
    tests: &[TestFile],
    found: &[Found<'_>],
    screen: &Screen,
) -> String {
    let number = |severity| found.iter().filter(|problem| problem.diagnostic.severity == severity).count();
    let (errors, warnings, notes) = (number(Severity::Error), number(Severity::Warning), number(Severity::Note));
    let name = if policy::is_stdin(&arguments.path) {
        "standard input".to_owned()
    } else {
        plain(&policy::shown(&arguments.path)).into_owned()
    };
    let verdict = if found.is_empty() {
        screen.paint("no problems", Style::Good)
    } else {
        let parts = [(errors, "error", "errors"), (warnings, "warning", "warnings"), (notes, "note", "notes")];
        let parts = parts.into_iter().filter(|(number, ..)| *number > 0);
        let text = parts.map(|(number, one, many)| count(number, one, many)).collect::<Vec<_>>().join(", ");
        let style = if errors > 0 { Style::Bad } else { Style::Fair };
        screen.paint(&text, style)
    };
    match loaded {
        Ok(policy) => format!("{name}: {verdict} ({})", contents(policy, tests)),
        Err(_) => format!("{name}: {verdict}"),
    }
}

fn contents(policy: &Policy, tests: &[TestFile]) -> String {
    let rules = policy.rule_set().rules.len();
    let entitlements = policy.rule_set().catalogue.entitlements.len();
    let expectations: usize =
        tests.iter().filter_map(|file| file.suite.as_ref()).map(|suite| suite.expectations()).sum();
    let mut parts = vec![count(rules, "rule", "rules"), count(entitlements, "entitlement", "entitlements")];
    if !tests.is_empty() {
        parts.push(count(expectations, "expectation", "expectations"));
    }
    parts.join(", ")
}
