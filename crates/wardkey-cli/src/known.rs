//! What earlier checks found out: within one run, and in a file from run to run.

use crate::failure::Failure;
use crate::findings;
use crate::policy;
use std::cell::{Cell, RefCell};
use std::io::Write;
use std::path::Path;
use wardkey::analyse::CheckCache;
use wardkey::{Analysis, Finding};

/// What is known of groups of entitlements.
#[derive(Default)]
pub(crate) struct Known {
    cache: RefCell<CheckCache>,
    looked_at: Cell<usize>,
}

impl Known {
    /// What a file holds. One that is not there, or of another kind, holds nothing: it will be written anew.
    pub fn read(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path.filter(|path| path.exists()) else { return Ok(Self::default()) };
        let cache = serde_json::from_slice(&policy::read_file(path)?).unwrap_or_default();
        Ok(Self { cache: RefCell::new(cache), looked_at: Cell::new(0) })
    }

    /// Everything that an analysis finds.
    pub fn findings(&self, analysis: &Analysis<'_>) -> Vec<Finding> {
        let (found, cache, looked_at) = findings::all(analysis, &self.cache.borrow());
        self.cache.replace(cache);
        self.looked_at.set(looked_at);
        found
    }

    /// How many groups of entitlements the last analysis looked at, not knowing them.
    pub fn looked_at(&self) -> usize {
        self.looked_at.get()
    }

    /// Puts it into a file, all at once.
    pub fn write(&self, path: &Path) -> Result<(), Failure> {
        let failed = |error: &std::io::Error| Failure::file(path, error);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| failed(&error))?;
        // reports have text keys and no infinite numbers, so nothing can fail
        let bytes = serde_json::to_vec(&*self.cache.borrow()).unwrap_or_default();
        file.write_all(&bytes).map_err(|error| failed(&error))?;
        file.persist(path).map_err(|error| failed(&error.error))?;
        Ok(())
    }
}
