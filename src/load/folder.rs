//! A policy's files on disk. Names that begin with a dot are passed over; nothing else is, without a word.

use super::bundle::MAGIC;
use super::{LARGEST_FILE, PolicyFiles, codes};
use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Files read at most.
const MOST_FILES: usize = 10_000;
/// Folders within folders at most.
const DEEPEST: usize = 32;
/// Bytes of all files at most.
const MOST_BYTES: usize = 512 << 20;

/// Names of a catalogue.
const CATALOGUES: [&str; 2] = ["catalogue.yaml", "catalogue.yml"];

/// Everything that belongs to the policy at a path. Problems are noted, and come out at load.
pub(super) fn read(path: &Path) -> PolicyFiles {
    let mut folder =
        Folder { files: PolicyFiles::new(), seen: BTreeSet::new(), count: 0, bytes: 0, root: PathBuf::new() };
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => folder.read_root(path),
        Ok(_) => folder.read_single(path),
        Err(error) => folder.unreadable(path, &error),
    }
    folder.files
}

/// The bundle at a path, with its name; none where there is something else, or nothing that can be read.
pub(super) fn read_bundle(path: &Path) -> Option<(String, Vec<u8>)> {
    // what was read of a pipe would be lost to whoever reads it next
    fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let mut file = fs::File::open(path).ok()?;
    let mut bytes = Vec::new();
    let begins = (&mut file).take(MAGIC.len() as u64).read_to_end(&mut bytes).is_ok() && bytes == MAGIC;
    if !begins {
        return None;
    }
    file.read_to_end(&mut bytes).ok()?;
    Some((shown(path), bytes))
}

struct Folder {
    files: PolicyFiles,
    /// Real files of rules read, so that two links to one do not double it.
    seen: BTreeSet<PathBuf>,
    count: usize,
    bytes: usize,
    root: PathBuf,
}

impl Folder {
    fn read_single(&mut self, path: &Path) {
        if let Some(bytes) = self.bytes(path) {
            self.files.rules.push((shown(path), bytes));
        }
        let beside = path.parent().into_iter().flat_map(|folder| CATALOGUES.map(|name| folder.join(name)));
        if let Some(catalogue) = beside.into_iter().find(|catalogue| catalogue.is_file()) {
            let folder = path.parent().map(shown).filter(|name| !name.is_empty()).unwrap_or_else(|| ".".to_owned());
            self.files.problem(
                shown(path),
                codes::CATALOGUE_BESIDE,
                format!("`{}` lies beside this file and is not read", shown(&catalogue)),
                &format!("name the folder instead: `{folder}`"),
            );
            if let Some((_, problem)) = self.files.problems.last_mut() {
                problem.severity = crate::diagnostic::Severity::Warning;
            }
        }
    }

    fn read_root(&mut self, path: &Path) {
        match fs::canonicalize(path) {
            Ok(root) => self.root = root,
            Err(error) => return self.unreadable(path, &error),
        }
        self.read_folder(path, 0);
        let no_rules = self.files.rules.is_empty() && self.files.problems.is_empty();
        if no_rules {
            self.files.problem(
                shown(path),
                codes::NO_RULES,
                "there is no `.ward` file in this folder",
                "name the folder of a policy, or write one with `wardkey init`",
            );
        }
    }

    fn read_folder(&mut self, path: &Path, depth: usize) {
        if depth > DEEPEST {
            let message = format!("folders lie deeper than {DEEPEST}");
            return self.files.problem(shown(path), codes::TOO_MUCH, message, "move the files up");
        }
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) => return self.unreadable(path, &error),
        };
        let mut paths = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => paths.push(entry.path()),
                Err(error) => self.unreadable(path, &error),
            }
        }
        paths.sort();
        for path in paths {
            let is_hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
            if !is_hidden {
                self.entry(&path, depth);
            }
        }
    }

    fn entry(&mut self, path: &Path, depth: usize) {
        let metadata = match fs::symlink_metadata(path) {
            Ok(metadata) => metadata,
            Err(error) => return self.unreadable(path, &error),
        };
        if metadata.is_symlink() {
            return self.link(path, depth);
        }
        if metadata.is_dir() {
            return self.read_folder(path, depth + 1);
        }
        self.file(path, depth);
    }

    /// A link to a file within the folder is followed; another could hide rules, or bring in strange ones.
    fn link(&mut self, path: &Path, depth: usize) {
        let target = match fs::canonicalize(path) {
            Ok(target) => target,
            Err(error) => return self.unreadable(path, &error),
        };
        let is_inside = target.starts_with(&self.root);
        if target.is_file() && (is_inside || !concerns(path)) {
            if is_inside {
                self.file(path, depth);
            }
            return;
        }
        let message =
            if target.is_dir() { "this link leads to a folder" } else { "this link leads out of the policy's folder" };
        self.files.problem(shown(path), codes::LINK, message, "put the file itself here");
    }

    fn file(&mut self, path: &Path, depth: usize) {
        if !concerns(path) {
            return;
        }
        // a pipe would be waited for without end
        match fs::metadata(path) {
            Ok(found) if found.is_file() => {}
            Ok(_) => {
                let message = "this is neither a file nor a folder";
                return self.files.problem(shown(path), codes::UNREADABLE, message, "put a file in its place");
            }
            Err(error) => return self.unreadable(path, &error),
        }
        let is_table = has_extension(path, "csv");
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        // a table is known by each of its names; and a link that calls rules a table must not keep them from being read
        if !is_table && !self.seen.insert(real) {
            return;
        }
        let is_catalogue = is_catalogue(path);
        if is_catalogue && depth > 0 {
            return self.files.problem(
                shown(path),
                codes::TWO_CATALOGUES,
                "a catalogue stands at the root of a policy only",
                "move what it declares to the root's `catalogue.yaml`",
            );
        }
        let Some(bytes) = self.bytes(path) else { return };
        let name = shown(path);
        if is_catalogue {
            self.files.catalogues.push((name, bytes));
        } else if is_table {
            let below = path.strip_prefix(&self.root).ok().map(shown);
            let below = below.or_else(|| relative(path, depth));
            self.files.tables.insert(below.unwrap_or(name), bytes);
        } else {
            self.files.rules.push((name, bytes));
        }
    }

    fn bytes(&mut self, path: &Path) -> Option<Vec<u8>> {
        self.count += 1;
        if self.count > MOST_FILES || self.bytes > MOST_BYTES {
            if self.count == MOST_FILES + 1 || self.bytes > MOST_BYTES {
                let message = format!("a policy has at most {MOST_FILES} files and {} MiB", MOST_BYTES >> 20);
                self.files.problem(
                    shown(path),
                    codes::TOO_MUCH,
                    message,
                    "bring small files together, or split the policy",
                );
                self.bytes = 0;
                self.count = MOST_FILES + 1;
            }
            return None;
        }
        let read = fs::File::open(path).and_then(|file| {
            let mut bytes = Vec::new();
            // one byte past the limit tells that there is more, and a file that never ends stays bounded
            file.take(LARGEST_FILE as u64 + 1).read_to_end(&mut bytes)?;
            Ok(bytes)
        });
        match read {
            Ok(bytes) => {
                self.bytes += bytes.len();
                Some(bytes)
            }
            Err(error) => {
                self.unreadable(path, &error);
                None
            }
        }
    }

    fn unreadable(&mut self, path: &Path, error: &std::io::Error) {
        let (message, help) = match error.kind() {
            std::io::ErrorKind::NotFound => {
                ("there is no such file or folder".to_owned(), "see how the path is spelled")
            }
            std::io::ErrorKind::PermissionDenied => {
                ("this may not be read".to_owned(), "ask for the right to read it: what it denies must not be lost")
            }
            _ => (format!("this cannot be read: {error}"), "see whether it is a file of the policy"),
        };
        self.files.problem(shown(path), codes::UNREADABLE, message, help);
    }
}

/// Whether a file is part of a policy by its name, without regard to case: `DENY.WARD` must not be passed over.
fn concerns(path: &Path) -> bool {
    has_extension(path, "ward") || has_extension(path, "csv") || is_catalogue(path)
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
}

fn is_catalogue(path: &Path) -> bool {
    path.file_name().is_some_and(|name| CATALOGUES.iter().any(|catalogue| name.eq_ignore_ascii_case(catalogue)))
}

/// The last parts of a path: its name and the folders it lies in below the root.
fn relative(path: &Path, depth: usize) -> Option<String> {
    let parts: Vec<_> = path.components().collect();
    let from = parts.len().checked_sub(depth + 1)?;
    Some(shown(&parts.get(from..)?.iter().collect::<PathBuf>()))
}

/// A path as messages show it, with `/` on every system, and without a leading `./`.
fn shown(path: &Path) -> String {
    let name = path.to_string_lossy().replace('\\', "/");
    match name.strip_prefix("./") {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ => name,
    }
}
