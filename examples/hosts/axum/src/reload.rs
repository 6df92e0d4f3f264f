//! The policy in force, and how another comes into force while the service runs.
//!
//! The one idea: a [`Version`] is immutable and shared. A request takes one when it begins and keeps it to its end; a new
//! version is loaded aside and then swapped in, all of it or nothing. What cannot be loaded is refused with everything that
//! is wrong with it, and the version in force stays.
//!
//! The folder is looked at every so often, rather than watched through the operating system: a look costs a `stat` for each
//! file, works on every file system (network mounts and mounts into containers report no changes), and a crate less is
//! linked. This does not fetch policies from elsewhere: whatever puts files into the folder does.

use crate::now;
use arc_swap::{ArcSwap, ArcSwapOption};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};
use std::{fs, io};
use wardkey::diagnostic::{Diagnostic, render};
use wardkey::source::Sources;
use wardkey::{LoadError, Policy, Severity, Timestamp};

/// A policy that is or was in force.
#[derive(Debug)]
pub struct Version {
    /// What decides.
    pub policy: Policy,
    /// When it came into force.
    pub since: Timestamp,
}

/// A version that did not come into force.
#[derive(Debug)]
pub struct Refusal {
    /// When it was refused.
    pub at: Timestamp,
    /// Everything that is wrong with it, as `wardkey check` shows it.
    pub text: String,
}

/// The policy of a folder: always one version in force. Share it in an `Arc`.
pub struct LivePolicy {
    folder: PathBuf,
    current: ArcSwap<Version>,
    refusal: ArcSwapOption<Refusal>,
    /// Names of entitlements that the service asks about. The lock is held while a version comes into force, so that none does
    /// that lacks a name.
    needed: Mutex<BTreeSet<String>>,
}

impl LivePolicy {
    /// Loads the policy of a folder and looks for changes of it `every` so often, on a thread of its own, until the
    /// [`Watcher`] is stopped. A change is read once two looks in a row have seen the same, so that files that are written one
    /// after another count as one change.
    ///
    /// Errors: the policy has mistakes. A service does not start without one.
    pub fn watch(folder: impl Into<PathBuf>, every: Duration) -> Result<(Arc<Self>, Watcher), LoadError> {
        let folder = folder.into();
        // looked at before it is read: what changes meanwhile is a change
        let seen = Look::at(&folder);
        let policy = Policy::load(&folder)?;
        report_in_force(&policy);
        let version = Version { policy, since: now() };
        let live = Arc::new(Self {
            folder,
            current: ArcSwap::from_pointee(version),
            refusal: ArcSwapOption::empty(),
            needed: Mutex::default(),
        });
        let watcher = Watcher::start(live.clone(), Changes { read: seen, awaited: None }, every);
        Ok((live, watcher))
    }

    /// The version in force. A request asks once and keeps the answer: it must not begin with one version and end with another.
    pub fn current(&self) -> Arc<Version> {
        self.current.load_full()
    }

    /// The last version that was refused.
    pub fn last_refusal(&self) -> Option<Arc<Refusal>> {
        self.refusal.load_full()
    }

    /// From now on no version comes into force that does not know this entitlement.
    ///
    /// Errors: the version in force does not.
    pub fn require(&self, entitlement: &str) -> Result<(), wardkey::Error> {
        let mut needed = self.needed.lock().unwrap_or_else(PoisonError::into_inner);
        self.current().policy.entitlement(entitlement)?;
        needed.insert(entitlement.to_owned());
        Ok(())
    }

    /// Lets what was loaded come into force, or says why not.
    fn take(&self, loaded: Result<Policy, LoadError>) {
        let needed = self.needed.lock().unwrap_or_else(PoisonError::into_inner);
        match loaded.map_err(|error| rendered(&error)).and_then(|policy| check_names(policy, &needed)) {
            // only a comment has changed, or a mistake was taken back
            Ok(policy) if policy.hash() == self.current().policy.hash() => {
                tracing::info!("the policy means what it meant: {} stays in force", policy.hash());
            }
            Ok(policy) => {
                report_in_force(&policy);
                self.current.store(Arc::new(Version { policy, since: now() }));
            }
            Err(text) => {
                let (folder, kept) = (self.folder.display(), self.current());
                let kept = kept.policy.hash();
                tracing::error!("a new version of {folder} is refused, {kept} stays in force\n\n{text}\n");
                self.refusal.store(Some(Arc::new(Refusal { at: now(), text })));
            }
        }
    }
}

/// With what its author was warned of.
fn report_in_force(policy: &Policy) {
    let (rules, hash) = (policy.rule_set().rules.len(), policy.hash());
    let warnings = policy.diagnostics().iter().filter(|diagnostic| diagnostic.severity >= Severity::Warning);
    tracing::info!("a policy of {rules} rules is in force, {hash}{}", shown(warnings, policy.sources()));
}

/// A policy that knows all names, or the text of what it lacks.
fn check_names(policy: Policy, needed: &BTreeSet<String>) -> Result<Policy, String> {
    let missing = needed.iter().filter_map(|name| policy.entitlement(name).err());
    let missing: Vec<String> = missing.map(|error| format!("a route needs what is gone: {error}")).collect();
    if missing.is_empty() { Ok(policy) } else { Err(missing.join("\n")) }
}

fn rendered(error: &LoadError) -> String {
    shown(error.diagnostics().iter(), error.sources()).trim_start().to_owned()
}

/// Each on lines of its own, with a blank line before it.
fn shown<'d>(diagnostics: impl Iterator<Item = &'d Diagnostic>, sources: &Sources) -> String {
    diagnostics.map(|diagnostic| format!("\n\n{}", render(diagnostic, sources, false))).collect()
}

/// The thread that looks at the folder.
pub struct Watcher {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Watcher {
    fn start(live: Arc<LivePolicy>, mut changes: Changes, every: Duration) -> Self {
        let (stop, stopped) = mpsc::channel();
        let thread = thread::spawn(move || {
            while stopped.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                let seen = Look::at(&live.folder);
                if !changes.is_due(&seen) {
                    continue;
                }
                let loaded = Policy::load(&live.folder);
                // what was read while it changed is a mixture that nobody wrote
                if Look::at(&live.folder) == seen {
                    changes.read = seen;
                    live.take(loaded);
                }
            }
        });
        Self { stop, thread }
    }

    /// Ends the thread and waits for it: no version comes into force afterwards.
    pub fn stop(self) {
        drop(self.stop);
        if self.thread.join().is_err() {
            tracing::error!("the thread that looks for new versions of the policy had failed");
        }
    }
}

/// Which state of the folder was read last, and which one waits to be seen twice.
struct Changes {
    read: Look,
    awaited: Option<Look>,
}

impl Changes {
    /// Whether what is seen has changed, and has stopped changing.
    fn is_due(&mut self, seen: &Look) -> bool {
        if *seen == self.read {
            self.awaited = None;
            return false;
        }
        let is_settled = self.awaited.as_ref() == Some(seen);
        self.awaited = Some(seen.clone());
        is_settled
    }
}

/// How a folder looks from outside: every file below it, hidden ones left out, as the library does.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Look(BTreeMap<PathBuf, Result<Stamp, io::ErrorKind>>);

/// What changes when a file is written or replaced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
    /// Number of the file, and when anything about it changed: seconds and nanoseconds. Tells a file that was put in the place
    /// of another one of the same length and date.
    identity: (u64, i64, i64),
}

impl Look {
    /// Folders within folders that are looked into; a policy may have no more.
    const DEEPEST: usize = 32;

    fn at(folder: &Path) -> Self {
        let mut look = Self::default();
        look.add(folder, 0);
        look
    }

    fn add(&mut self, path: &Path, depth: usize) {
        match fs::metadata(path) {
            Ok(found) if found.is_dir() && depth <= Self::DEEPEST => self.add_folder(path, depth),
            found => {
                self.0.insert(path.to_owned(), found.map(|found| Stamp::of(&found)).map_err(|error| error.kind()));
            }
        }
    }

    fn add_folder(&mut self, folder: &Path, depth: usize) {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                self.0.insert(folder.to_owned(), Err(error.kind()));
                return;
            }
        };
        for entry in entries.flatten() {
            // a link to a folder is no part of a policy, and might lead in a circle
            let is_linked_folder = entry.file_type().is_ok_and(|ty| ty.is_symlink()) && entry.path().is_dir();
            let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
            if !is_hidden && !is_linked_folder {
                self.add(&entry.path(), depth + 1);
            }
        }
    }
}

impl Stamp {
    fn of(found: &fs::Metadata) -> Self {
        Self { bytes: found.len(), modified: found.modified().ok(), identity: identity(found) }
    }
}

#[cfg(unix)]
fn identity(found: &fs::Metadata) -> (u64, i64, i64) {
    use std::os::unix::fs::MetadataExt;
    (found.ino(), found.ctime(), found.ctime_nsec())
}

#[cfg(not(unix))]
fn identity(_: &fs::Metadata) -> (u64, i64, i64) {
    (0, 0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.ward"), "role = Nurse -> allow EHR").unwrap();
        folder
    }

    #[test]
    fn a_change_is_due_once_it_has_been_seen_twice() {
        let [old, half, whole] = [1, 2, 3].map(|bytes| {
            let stamp = Stamp { bytes, modified: None, identity: (0, 0, 0) };
            Look(BTreeMap::from([(PathBuf::from("a.ward"), Ok(stamp))]))
        });
        let mut changes = Changes { read: old.clone(), awaited: None };
        assert!(!changes.is_due(&old));
        assert!(!changes.is_due(&half), "still being written");
        assert!(!changes.is_due(&whole), "still being written");
        assert!(changes.is_due(&whole));
        assert!(changes.is_due(&whole), "until it was read");
        assert!(!changes.is_due(&old), "taken back");
        assert!(!changes.is_due(&whole), "and begun again");
    }

    #[test]
    fn a_look_tells_whatever_may_change_the_policy() {
        let folder = folder();
        let file = folder.path().join("a.ward");
        let modified = fs::metadata(&file).unwrap().modified().unwrap();
        let mut looks = vec![Look::at(folder.path())];

        fs::create_dir(folder.path().join("more")).unwrap();
        fs::write(folder.path().join("more/b.ward"), "").unwrap();
        looks.push(Look::at(folder.path()));
        fs::rename(folder.path().join("more/b.ward"), folder.path().join("more/c.ward")).unwrap();
        looks.push(Look::at(folder.path()));
        // the same length, the same date: another file
        fs::write(folder.path().join(".a"), "role = Nurse -> allow CRM").unwrap();
        fs::File::options().append(true).open(folder.path().join(".a")).unwrap().set_modified(modified).unwrap();
        fs::rename(folder.path().join(".a"), &file).unwrap();
        looks.push(Look::at(folder.path()));
        fs::remove_dir_all(folder.path()).unwrap();
        looks.push(Look::at(folder.path()));

        for (at, look) in looks.iter().enumerate() {
            assert!(!looks[..at].contains(look), "step {at} is not seen");
        }
    }

    #[test]
    fn hidden_files_and_links_to_folders_are_no_part_of_a_policy() {
        let folder = folder();
        let before = Look::at(folder.path());
        fs::write(folder.path().join(".a.ward.swp"), "half a ru").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path(), folder.path().join("round")).unwrap();
        assert_eq!(Look::at(folder.path()), before);
    }
}
