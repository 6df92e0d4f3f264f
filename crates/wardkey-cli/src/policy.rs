//! PATH: a policy file, a folder, or standard input. Loading it, and finding the test files beside it.

use crate::failure::Failure;
use crate::screen::{Screen, count};
use std::io::Read;
use std::path::{Path, PathBuf};
use wardkey::diagnostic::Diagnostic;
use wardkey::eval::EntitlementId;
use wardkey::source::Sources;
use wardkey::suite::{self, Suite};
use wardkey::{LoadError, Policy, PolicyFiles};

/// The most that is read from standard input, in bytes.
const MOST_INPUT: u64 = 64 << 20;

/// Loads a policy. A path that cannot be opened is a failure; what is wrong in the policy is the inner error.
pub(crate) fn load(path: &Path) -> Result<Result<Policy, LoadError>, Failure> {
    if is_stdin(path) {
        let text = read_stdin()?;
        return Ok(PolicyFiles::new().rules("standard input", text).load());
    }
    refuse_other_files(path)?;
    let metadata = std::fs::metadata(path).map_err(|error| Failure::file(path, &error))?;
    if !metadata.is_dir() {
        std::fs::File::open(path).map_err(|error| Failure::file(path, &error))?;
    }
    Ok(Policy::load(path))
}

/// A test file or a catalogue is part of a policy, not one.
fn refuse_other_files(path: &Path) -> Result<(), Failure> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let what = if name.ends_with(TEST_ENDING) {
        "tests"
    } else if name.ends_with(".yaml") || name.ends_with(".yml") {
        "a catalogue"
    } else {
        return Ok(());
    };
    if path.is_dir() {
        return Ok(());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failure = Failure::new(format!("`{}` holds {what}, not rules", shown(path)));
    Err(failure.help(format!("name the folder of the policy instead: `{}`", shown(folder))))
}

/// Loads a policy that must be free of errors; what is wrong goes to standard error.
pub(crate) fn load_clean(path: &Path, screen: &mut Screen) -> Result<Policy, Failure> {
    let error = match load(path)? {
        Ok(policy) => return Ok(policy),
        Err(error) => error,
    };
    for diagnostic in error.diagnostics().iter().filter(|diagnostic| diagnostic.is_error()) {
        let text = wardkey::diagnostic::render(diagnostic, error.sources(), screen.error_colour);
        screen.error_line(text.trim_end());
        screen.error_line("");
    }
    let errors = error.diagnostics().iter().filter(|diagnostic| diagnostic.is_error()).count();
    let message = format!("the policy has {}, so it answers nothing", count(errors, "mistake", "mistakes"));
    Err(Failure::new(message))
}

/// A text of several lines in one.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A path as people read it: without a leading `./`.
pub(crate) fn shown(path: &Path) -> String {
    let name = path.display().to_string();
    match name.strip_prefix("./") {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ => name,
    }
}

/// Whether the path means standard input.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// All of standard input.
pub(crate) fn read_stdin() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(MOST_INPUT + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failure::new(format!("standard input cannot be read: {error}")))?;
    if bytes.len() as u64 > MOST_INPUT {
        return Err(Failure::new("standard input is longer than 64 MiB"));
    }
    Ok(bytes)
}

/// All of a file.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| Failure::file(path, &error);
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(MOST_INPUT + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MOST_INPUT {
        return Err(Failure::new(format!("`{}` is longer than 64 MiB", shown(path))));
    }
    Ok(bytes)
}

/// Files below a folder whose name ends so, sorted by path. Names that begin with a dot are skipped, as are links to
/// folders. Given a file instead: the file of the same stem beside it, if there is one.
pub(crate) fn files_beside(path: &Path, ending: &str) -> Result<Vec<PathBuf>, Failure> {
    if path.is_dir() {
        let mut found = Vec::new();
        collect(path, ending, &mut found)?;
        found.sort();
        return Ok(found);
    }
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = path.with_file_name(format!("{stem}{ending}"));
    Ok(if beside.is_file() { vec![beside] } else { Vec::new() })
}

fn collect(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::file(folder, &error);
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() {
            collect(&entry.path(), ending, found)?;
        } else if name.ends_with(ending) && entry.path().is_file() {
            found.push(entry.path());
        }
    }
    Ok(())
}

/// How names of test files end.
pub(crate) const TEST_ENDING: &str = ".test.yaml";

/// A test file that was read, with what is wrong in it.
pub(crate) struct TestFile {
    /// As given or found.
    pub path: PathBuf,
    /// Its text, for places.
    pub sources: Sources,
    /// What was found.
    pub diagnostics: Vec<Diagnostic>,
    /// Its tests; none where it has errors.
    pub suite: Option<Suite>,
}

impl TestFile {
    /// Reads a test file. A file that cannot be opened is a failure.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let mut file =
            Self { path: path.to_owned(), sources: Sources::default(), diagnostics: Vec::new(), suite: None };
        match wardkey::syntax::decode(&read_file(path)?) {
            Ok(text) => {
                let source = file.sources.add(shown(path), text.clone());
                file.suite = suite::read(source, &text, &mut file.diagnostics);
            }
            Err(error) => {
                let source = file.sources.add(shown(path), error.readable.clone());
                file.diagnostics.push(error.diagnostic(source));
            }
        }
        Ok(file)
    }
}

/// The entitlements of those names. Errors: every name that the policy does not know.
pub(crate) fn entitlements(policy: &Policy, names: &[String]) -> Result<Vec<EntitlementId>, Failure> {
    let found: Vec<_> = names.iter().map(|name| policy.entitlement(name)).collect();
    let problems: Vec<_> =
        found.iter().filter_map(|found| found.as_ref().err()).flat_map(|error| error.problems()).collect();
    if problems.is_empty() {
        return Ok(found.into_iter().flatten().collect());
    }
    Err(Failure::all(problems.into_iter().map(|problem| (problem.message.clone(), problem.help.clone()))))
}
