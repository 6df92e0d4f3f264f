//! `wardkey check PATH`: every mistake in rules, catalogue and tests, in one go.

use crate::Exit;
use crate::context;
use crate::failure::Failure;
use crate::fix;
use crate::json;
use crate::known::Known;
use crate::policy::{self, TestFile};
use crate::reports::{self, Found};
use crate::screen::{Screen, Style, count, plain};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use wardkey::analyse::STEPS;
use wardkey::diagnostic::Severity;
use wardkey::source::Sources;
use wardkey::{Analysis, LoadError, Policy, Reviewed};

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
    /// Keep what was found out in a file, so that after an edit only the entitlements it is about are looked at again
    #[arg(long, value_name = "FILE", conflicts_with_all = ["fix", "diff"])]
    cache: Option<PathBuf>,
    /// Make every fix that is safe, then say what is left
    #[arg(long)]
    fix: bool,
    /// Show what `--fix` would change; exit code 1 if that is anything
    #[arg(long, conflicts_with_all = ["fix", "format", "fail_level"])]
    diff: bool,
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
const PAGES: &str = include_str!("../../findings.md");

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
    if arguments.fix || arguments.diff {
        return mend(arguments, screen);
    }
    let known = Known::read(arguments.cache.as_deref())?;
    let checked = Checked::new(policy::load(&arguments.path)?, arguments, &known)?;
    if let Some(path) = arguments.cache.as_deref().filter(|_| checked.loaded.is_ok() && !arguments.no_analysis) {
        known.write(path)?;
        screen
            .note(format!("looked at {}", count(known.looked_at(), "group of entitlements", "groups of entitlements")));
    }
    Ok(report(&checked, arguments, screen))
}

/// `--fix`, `--diff`
fn mend(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Failure> {
    let known = Known::default();
    let mended = fix::mend(&arguments.path, &|loaded| Checked::new(loaded, arguments, &known))?;
    if arguments.diff {
        mended.differences().iter().for_each(|text| screen.line(plain_lines(text).trim_end_matches('\n')));
        return Ok(if mended.is_changed() { Exit::Findings } else { Exit::Clean });
    }
    mended.write()?;
    for line in mended.lines() {
        match arguments.format {
            Format::Text => screen.line(plain(&line)),
            // the answer is for programs
            _ => screen.note(plain(&line)),
        }
    }
    Ok(report(&mended.checked, arguments, screen))
}

/// A text without anything that steers the terminal, line breaks kept.
fn plain_lines(text: &str) -> String {
    text.split('\n').map(plain).collect::<Vec<_>>().join("\n")
}

/// What was found, in one of the forms.
fn report(checked: &Checked, arguments: &Arguments, screen: &mut Screen) -> Exit {
    let (found, suppressed): (Vec<Found<'_>>, Vec<Found<'_>>) =
        checked.found().partition(|problem| problem.reason.is_none());
    let mut lines = Vec::new();
    match arguments.format {
        Format::Text => {
            show(&found, screen);
            lines.push(summary(arguments, checked, &found, suppressed.len(), screen));
        }
        Format::Concise => lines = reports::concise(&found),
        Format::Github => lines = reports::github(&found),
        Format::Junit => lines = reports::junit(&found, |severity| arguments.fail_level.is_reached_by(severity)),
        Format::Json => json::print(&json::diagnostics(&found, &suppressed), screen),
        Format::Gitlab => json::print(&reports::gitlab(&found), screen),
        Format::Sarif => json::print(&reports::sarif(&[found.as_slice(), &suppressed].concat()), screen),
    }
    lines.into_iter().for_each(|line| screen.line(line));
    let is_finding = found.iter().any(|problem| arguments.fail_level.is_reached_by(problem.diagnostic.severity));
    match () {
        () if checked.is_undecided() => Exit::Undecided,
        () if is_finding || checked.loaded.is_err() => Exit::Findings,
        () => Exit::Clean,
    }
}

/// Everything that a check finds.
pub(crate) struct Checked {
    /// The policy, or why it is none.
    pub loaded: Result<Policy, LoadError>,
    /// Beside the policy.
    pub tests: Vec<TestFile>,
    /// In the rules and the catalogue, what is suppressed among it.
    pub problems: Vec<Reviewed>,
}

impl Checked {
    fn new(loaded: Result<Policy, LoadError>, arguments: &Arguments, known: &Known) -> Result<Self, Failure> {
        let tests = check_tests(arguments, loaded.as_ref())?;
        let analysed = loaded.as_ref().ok().filter(|_| !arguments.no_analysis);
        let analysis = analysed.map(|policy| analysis(arguments, policy)).transpose()?;
        let analysed = analysis.as_ref().map(|analysis| (analysis, known.findings(analysis)));
        let problems = wardkey::review(loaded.as_ref(), analysed);
        Ok(Self { loaded, tests, problems })
    }

    /// The texts of the policy.
    pub fn sources(&self) -> &Sources {
        self.loaded.as_ref().map_or_else(LoadError::sources, Policy::sources)
    }

    fn found(&self) -> impl Iterator<Item = Found<'_>> {
        let of_policy = self.problems.iter().map(|Reviewed { finding, is_of_analysis, reason }| Found {
            diagnostic: &finding.diagnostic,
            sources: self.sources(),
            finding: is_of_analysis.then_some(finding),
            reason: reason.as_deref(),
        });
        let of_tests = self.tests.iter().flat_map(|file| {
            let found = |diagnostic| Found { diagnostic, sources: &file.sources, finding: None, reason: None };
            file.diagnostics.iter().map(found)
        });
        of_policy.chain(of_tests)
    }

    fn is_undecided(&self) -> bool {
        self.problems.iter().any(|problem| problem.finding.is_undecided())
    }
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

/// What is asked of all rules together.
fn analysis<'p>(arguments: &Arguments, policy: &'p Policy) -> Result<Analysis<'p>, Failure> {
    let mut analysis = Analysis::new(policy).with_steps(arguments.steps);
    if let Some(now) = &arguments.now {
        analysis = analysis.at(context::timestamp(now)?);
    }
    if arguments.overlaps {
        analysis = analysis.with_overlaps();
    }
    Ok(analysis)
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
    checked: &Checked,
    found: &[Found<'_>],
    suppressed: usize,
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
    let suppressed = if suppressed == 0 { String::new() } else { format!(", {suppressed} suppressed") };
    match &checked.loaded {
        Ok(policy) => format!("{name}: {verdict}{suppressed} ({})", contents(policy, &checked.tests)),
        Err(_) => format!("{name}: {verdict}{suppressed}"),
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
