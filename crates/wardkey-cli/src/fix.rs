//! `check --fix`: makes the fixes that are safe, in memory first, and writes what stood the test.
//!
//! Fixes are made round by round, until there is none left. A round counts only if the policy loads as it did before, decides as
//! it did in every context, and its tests name nothing that is gone. If a round does not, its fixes are tried one by one, and
//! those that do not pass are left to a person.

use crate::commands::check::Checked;
use crate::failure::Failure;
use crate::findings::{self, Progress};
use crate::policy;
use crate::screen::count;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use wardkey::analyse::PolicyDiff;
use wardkey::diagnostic::Diagnostic;
use wardkey::source::Span;
use wardkey::{LoadError, Policy, PolicyFiles, Reviewed};

/// Rounds at most: each brings to light at most a few fixes more.
const ROUNDS: usize = 200;

/// What a byte order mark is; places are counted without it.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// A policy with its fixes made, not yet written.
pub(crate) struct Mended {
    /// What is left.
    pub checked: Checked,
    /// By file: the bytes before, the bytes after, and the names of what was fixed.
    files: BTreeMap<String, File>,
    /// How many fixes did not stand the test.
    refused: usize,
}

struct File {
    before: Vec<u8>,
    after: Vec<u8>,
    fixed: BTreeMap<&'static str, usize>,
}

/// How a policy is checked.
type Check<'c> = &'c dyn Fn(Result<Policy, LoadError>) -> Result<Checked, Failure>;

/// Makes all fixes that are safe. Errors: a path that is no file or folder of rules.
pub(crate) fn mend(path: &Path, check: Check<'_>) -> Result<Mended, Failure> {
    refuse_others(path)?;
    // what cannot be opened is told as by any other command
    let checked = check(policy::load(path)?)?;
    let mut work =
        Work { files: PolicyFiles::read(path), checked, check, done: BTreeMap::new(), refused: BTreeSet::new() };
    for _ in 0..ROUNDS {
        if !work.round()? {
            break;
        }
    }
    Ok(Mended { checked: work.checked, files: work.done, refused: work.refused.len() })
}

fn refuse_others(path: &Path) -> Result<(), Failure> {
    if policy::is_stdin(path) {
        let failure = Failure::new("standard input cannot be fixed: there is no file to write to");
        return Err(failure.help("name the file or folder of the policy"));
    }
    if PolicyFiles::is_bundle(path) {
        let failure = Failure::new(format!("`{}` is a bundle, which is made and not edited", policy::shown(path)));
        return Err(failure.help("fix the files that it was made of, and make it anew: `wardkey bundle`"));
    }
    Ok(())
}

struct Work<'c> {
    files: PolicyFiles,
    checked: Checked,
    check: Check<'c>,
    done: BTreeMap<String, File>,
    /// Those that did not stand the test: code, file and message.
    refused: BTreeSet<(&'static str, String, String)>,
}

/// One fix, by file.
struct Edits<'d> {
    diagnostic: &'d Diagnostic,
    key: (&'static str, String, String),
    edits: Vec<(Span, &'d str)>,
}

impl Work<'_> {
    /// Makes the fixes that there are. Whether there may be more.
    fn round(&mut self) -> Result<bool, Failure> {
        let chosen = chosen(&self.checked, &self.refused);
        if chosen.is_empty() {
            return Ok(false);
        }
        let mut made = self.attempt(&chosen)?;
        let mut refused = Vec::new();
        if made.is_none() {
            for fix in &chosen {
                made = if chosen.len() == 1 { None } else { self.attempt(std::slice::from_ref(fix))? };
                if made.is_some() {
                    break;
                }
                refused.push(fix.key.clone());
            }
        }
        self.refused.extend(refused);
        if let Some(Made { files, checked, changed }) = made {
            for (name, file) in changed {
                match self.done.get_mut(&name) {
                    Some(done) => {
                        done.after = file.after;
                        file.fixed.into_iter().for_each(|(what, times)| *done.fixed.entry(what).or_default() += times);
                    }
                    None => _ = self.done.insert(name, file),
                }
            }
            (self.files, self.checked) = (files, checked);
        }
        Ok(true)
    }

    /// What comes of some fixes; none if they do not stand the test.
    fn attempt(&self, fixes: &[Edits<'_>]) -> Result<Option<Made>, Failure> {
        let sources = self.checked.sources();
        let mut by_file: BTreeMap<String, Vec<(Span, &str)>> = BTreeMap::new();
        let mut names: BTreeMap<String, BTreeMap<&'static str, usize>> = BTreeMap::new();
        for fix in fixes {
            *names.entry(fix.key.1.clone()).or_default().entry(fix.diagnostic.code.name).or_default() += 1;
            for &(span, text) in &fix.edits {
                by_file.entry(sources.place(span).file).or_default().push((span, text));
            }
        }
        let mut files = self.files.clone();
        let mut changed = BTreeMap::new();
        for (name, edits) in by_file {
            let Some(bytes) = files.bytes_mut(&name) else { return Ok(None) };
            let Some(after) = edited(bytes, edits) else { return Ok(None) };
            let before = std::mem::replace(bytes, after.clone());
            changed.insert(name.clone(), File { before, after, fixed: names.remove(&name).unwrap_or_default() });
        }
        let checked = (self.check)(files.clone().load())?;
        Ok(stands(&self.checked, &checked).then_some(Made { files, checked, changed }))
    }
}

struct Made {
    files: PolicyFiles,
    checked: Checked,
    changed: BTreeMap<String, File>,
}

/// The fixes of one round: safe ones, of problems that are not suppressed, none overlapping another.
fn chosen<'d>(checked: &'d Checked, refused: &BTreeSet<(&'static str, String, String)>) -> Vec<Edits<'d>> {
    let sources = checked.sources();
    let mut taken: Vec<Span> = Vec::new();
    let mut found = Vec::new();
    for Reviewed { finding, .. } in checked.problems.iter().filter(|problem| problem.reason.is_none()) {
        let diagnostic = &finding.diagnostic;
        let Some(fix) = diagnostic.fix.as_ref().filter(|fix| fix.is_safe) else { continue };
        let file = diagnostic.span().map(|span| sources.place(span).file).unwrap_or_default();
        let key = (diagnostic.code.id, file, diagnostic.message.clone());
        let overlaps = |span: &Span| {
            // two insertions at one place have no order
            let meets =
                |other: &Span| span.source == other.source && span.start <= other.end && other.start <= span.end;
            let touches = |other: &Span| span.end == other.start || other.end == span.start;
            let is_empty = |one: &Span| one.start == one.end;
            taken.iter().any(|other| meets(other) && (!touches(other) || is_empty(span) || is_empty(other)))
        };
        if refused.contains(&key) || fix.edits.iter().any(|(span, _)| overlaps(span)) {
            continue;
        }
        taken.extend(fix.edits.iter().map(|(span, _)| *span));
        let edits = fix.edits.iter().map(|(span, text)| (*span, text.as_str())).collect();
        found.push(Edits { diagnostic, key, edits });
    }
    found
}

/// A file with its edits made; none where a place is not in it.
fn edited(bytes: &[u8], mut edits: Vec<(Span, &str)>) -> Option<Vec<u8>> {
    let (mark, mut rest) = if bytes.starts_with(MARK) { bytes.split_at(MARK.len()) } else { (&[][..], bytes) };
    edits.sort_by_key(|(span, _)| *span);
    let mut text = mark.to_vec();
    let mut at = 0;
    for (span, replacement) in edits {
        let (start, end) = (span.start as usize, span.end as usize);
        let (kept, behind) = rest.split_at_checked(start.checked_sub(at)?)?;
        text.extend_from_slice(kept);
        text.extend_from_slice(replacement.as_bytes());
        rest = behind.get(end.checked_sub(start)?..)?;
        at = end;
    }
    text.extend_from_slice(rest);
    Some(text)
}

/// Whether a policy with fixes is as good as the one without.
fn stands(before: &Checked, after: &Checked) -> bool {
    let (old, new) = match (&before.loaded, &after.loaded) {
        (Ok(old), Ok(new)) => (old, new),
        (Ok(_), Err(_)) => return false,
        // it had no meaning before
        (Err(_), _) => return true,
    };
    let errors = |checked: &Checked| {
        let problems = checked.tests.iter().flat_map(|file| &file.diagnostics);
        problems.filter(|problem| problem.is_error()).count()
    };
    errors(after) <= errors(before) && (old.hash() == new.hash() || decide_the_same(old, new))
}

/// Whether two versions are known to decide every context alike.
fn decide_the_same(old: &Policy, new: &Policy) -> bool {
    PolicyDiff::new(old, new).is_ok_and(|diff| findings::changes(&diff, Progress::Shown).is_empty())
}

impl Mended {
    /// Whether anything is to be written.
    pub fn is_changed(&self) -> bool {
        !self.files.is_empty()
    }

    /// A unified diff for each file.
    pub fn differences(&self) -> Vec<String> {
        let difference = |(name, file): (&String, &File)| {
            let (before, after) = (String::from_utf8_lossy(&file.before), String::from_utf8_lossy(&file.after));
            let (old, new) = (format!("a/{name}"), format!("b/{name}"));
            similar::TextDiff::from_lines(&before, &after).unified_diff().header(&old, &new).to_string()
        };
        self.files.iter().map(difference).collect()
    }

    /// What was fixed, a line for each file, and what was not.
    pub fn lines(&self) -> Vec<String> {
        let line = |(name, file): (&String, &File)| {
            let whats: Vec<String> = file.fixed.iter().map(|(what, times)| format!("{times} {what}")).collect();
            format!("fixed {name}: {}", whats.join(", "))
        };
        let mut lines: Vec<String> = self.files.iter().map(line).collect();
        if self.refused > 0 {
            let fixes =
                count(self.refused, "fix was not made: the policy", "fixes were not made: with each the policy");
            lines.push(format!("{fixes} or its tests would not be as good as before"));
        }
        lines
    }

    /// Writes each file in one step: it is there as before, or as it is to be. Errors: of writing; a file that was changed
    /// meanwhile.
    pub fn write(&self) -> Result<(), Failure> {
        self.files.iter().try_for_each(|(name, file)| write(Path::new(name), file))
    }
}

fn write(path: &Path, file: &File) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("`{}` cannot be written: {error}", policy::shown(path)));
    // a link stays one
    let path = std::fs::canonicalize(path).map_err(failed)?;
    if std::fs::read(&path).map_err(failed)? != file.before {
        return Err(Failure::new(format!("`{}` was changed meanwhile, so it is left as it is", policy::shown(&path))));
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut beside = tempfile::Builder::new().prefix(".wardkey-").tempfile_in(folder).map_err(failed)?;
    beside.write_all(&file.after).map_err(failed)?;
    let permissions = std::fs::metadata(&path).map_err(failed)?.permissions();
    beside.as_file().set_permissions(permissions).map_err(failed)?;
    beside.as_file().sync_all().map_err(failed)?;
    beside.persist(&path).map_err(|error| failed(error.error))?;
    Ok(())
}
