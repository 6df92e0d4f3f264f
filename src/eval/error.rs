//! Mistakes of a host program: a context that cannot be read, an entitlement that does not exist.
//!
//! One opaque type. A context's problems are collected, so that a person mends all of them in one go.

use std::fmt;

/// One thing wrong with a context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The attribute, as the host named it; none where the context as a whole is meant.
    pub attribute: Option<String>,
    /// Lower case, no full stop, the host's words in backticks.
    pub message: String,
    /// A line that can be acted on.
    pub help: Option<String>,
    /// The attribute that is likely meant, where there is none of that name.
    pub near: Option<String>,
    pub(crate) kind: ProblemKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProblemKind {
    UnknownAttribute,
    InvalidValue,
    UnknownEntitlement,
    ViolatesAssumption,
    TooLarge,
    OtherPolicy,
}

impl Problem {
    pub(crate) fn new(kind: ProblemKind, attribute: Option<&str>, message: impl Into<String>) -> Self {
        Self { attribute: attribute.map(str::to_owned), message: message.into(), help: None, near: None, kind }
    }

    pub(crate) fn help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }

    pub(super) fn near(mut self, near: Option<&str>) -> Self {
        self.near = near.map(str::to_owned);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}

/// Why a host's request cannot be answered. Never empty.
///
/// ```
/// let policy = wardkey::PolicyFiles::new()
///     .catalogue("catalogue.yaml", "ward: 1\nattributes: {role: [Nurse, Sales], age: whole}\nentitlements: [EHR]")
///     .rules("rules.ward", "role = Nurse and age >= 18 -> allow EHR")
///     .load()?;
/// let error = policy.context().set("role", "Nurze").set("age", "old").build().unwrap_err();
/// assert!(error.is_invalid_value());
/// assert_eq!(error.problems().len(), 2);
/// assert!(error.to_string().contains("did you mean `Nurse`?"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    problems: Vec<Problem>,
}

impl Error {
    pub(crate) fn new(problems: Vec<Problem>) -> Self {
        Self { problems }
    }

    /// Everything that is wrong, in the order of the context's attributes.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    fn has(&self, kind: ProblemKind) -> bool {
        self.problems.iter().any(|problem| problem.kind == kind)
    }

    /// Whether the context has an attribute that the catalogue does not declare.
    pub fn is_unknown_attribute(&self) -> bool {
        self.has(ProblemKind::UnknownAttribute)
    }

    /// Whether a value cannot be read as its attribute's type, or is none of its values.
    pub fn is_invalid_value(&self) -> bool {
        self.has(ProblemKind::InvalidValue)
    }

    /// Whether the policy knows no entitlement of that name.
    pub fn is_unknown_entitlement(&self) -> bool {
        self.has(ProblemKind::UnknownEntitlement)
    }

    /// Whether the context contradicts what the catalogue says can be relied on.
    pub fn violates_assumption(&self) -> bool {
        self.has(ProblemKind::ViolatesAssumption)
    }

    /// Whether a context was built with another policy.
    pub fn is_other_policy(&self) -> bool {
        self.has(ProblemKind::OtherPolicy)
    }

    /// Whether the policy is past the limits of the compiled form.
    pub fn is_too_large(&self) -> bool {
        self.has(ProblemKind::TooLarge)
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
