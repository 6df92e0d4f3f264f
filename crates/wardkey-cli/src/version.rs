//! A version of a policy: a path, or `REVISION:PATH` of the git repository that the current folder is in.

use crate::failure::Failure;
use crate::policy;
use crate::screen::Screen;
use std::path::Path;
use std::process::{Command, Stdio};
use wardkey::Policy;

/// Loads a version that must be free of errors.
pub(crate) fn load(text: &str, screen: &mut Screen) -> Result<Policy, Failure> {
    let path = Path::new(text);
    match text.split_once(':') {
        Some((revision, inner)) if !path.exists() && !revision.is_empty() => {
            let folder = tempfile::tempdir().map_err(|error| Failure::new(format!("no temporary folder: {error}")))?;
            take_out(revision, inner, folder.path())?;
            policy::load_clean(&folder.path().join("policy"), screen)
        }
        _ => policy::load_clean(path, screen),
    }
}

/// Writes what a revision has at a path below a folder, as `policy`.
fn take_out(revision: &str, inner: &str, folder: &Path) -> Result<(), Failure> {
    let missing =
        |error: std::io::Error| Failure::new(format!("git cannot be run: {error}")).help("give paths instead");
    // git would read it as an option
    if revision.starts_with('-') {
        return Err(Failure::new(format!("`{revision}` is no revision")).help("revisions do not begin with `-`"));
    }
    // relative to the current folder, as people write it
    let inner = if inner.starts_with("./") || inner.starts_with('/') { inner.to_owned() } else { format!("./{inner}") };
    let object = format!("{revision}:{inner}");
    let kind = Command::new("git").args(["cat-file", "-t", &object]).output().map_err(missing)?;
    if !kind.status.success() {
        let why = String::from_utf8_lossy(&kind.stderr);
        return Err(Failure::new(format!("git has no `{object}`")).help(policy::one_line(why.trim())));
    }
    let target = folder.join("policy");
    let failed = |error: std::io::Error| Failure::file(&target, &error);
    if kind.stdout.starts_with(b"blob") {
        let blob = Command::new("git").args(["cat-file", "blob", &object]).output().map_err(missing)?;
        return std::fs::write(&target, blob.stdout).map_err(failed);
    }
    std::fs::create_dir(&target).map_err(failed)?;
    let mut archive = Command::new("git")
        .args(["archive", "--format=tar", &object])
        .stdout(Stdio::piped())
        .spawn()
        .map_err(missing)?;
    let Some(tar) = archive.stdout.take() else { return Err(Failure::new("git gives no archive")) };
    let unpacked = Command::new("tar").arg("-x").arg("-C").arg(&target).stdin(tar).status();
    let unpacked = unpacked.map_err(|error| Failure::new(format!("tar cannot be run: {error}")))?;
    let archived = archive.wait().map_err(missing)?;
    if unpacked.success() && archived.success() {
        return Ok(());
    }
    Err(Failure::new(format!("`{object}` cannot be taken out of git")))
}
