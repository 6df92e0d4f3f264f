//! What cannot be said in SQL.

use std::fmt;

/// A test, or a name, that cannot be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsayable {
    /// As it was written.
    pub what: String,
    /// Why, and what can be done.
    pub why: String,
}

impl Unsayable {
    pub(crate) fn new(what: &str, why: &str) -> Self {
        Self { what: what.to_owned(), why: why.to_owned() }
    }
}

impl fmt::Display for Unsayable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.what, self.why)
    }
}

/// Why there is no condition. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    problems: Vec<Unsayable>,
}

impl Error {
    pub(crate) fn new(problems: Vec<Unsayable>) -> Self {
        Self { problems }
    }

    /// Everything that cannot be said, each once.
    pub fn problems(&self) -> &[Unsayable] {
        &self.problems
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.problems.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
