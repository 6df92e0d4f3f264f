//! What is wrong with a policy, as data: a stable code, a message in the author's words, places, and a fix to type.
//!
//! Diagnostics are collected, never thrown: a load reports all of them. Rendering for people is here
//! ([`render`]); machine formats are made by the faces from the same data.

mod render;

pub use render::render;

use crate::source::Span;
use std::fmt;

/// A stable diagnostic code with its short name and a one-line summary.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Code {
    /// `WK` and three digits. Never reused for another meaning.
    pub id: &'static str,
    /// What is wrong, in kebab case: `unknown-name`.
    pub name: &'static str,
    /// One sentence for a list of codes.
    pub summary: &'static str,
}

impl Code {
    /// A code; made once, as a constant, in the layer that reports it.
    pub const fn new(id: &'static str, name: &'static str, summary: &'static str) -> Self {
        Self { id, name, summary }
    }
}

/// Declares codes as constants of a module, and `ALL`: all of them, by number.
macro_rules! codes {
    ($($constant:ident $id:literal $name:literal $summary:literal;)*) => {
        $(#[doc = $summary] pub const $constant: $crate::diagnostic::Code =
            $crate::diagnostic::Code::new($id, $name, $summary);)*
        /// All codes of this module, by number.
        pub const ALL: &[$crate::diagnostic::Code] = &[$($constant),*];
    };
}
pub(crate) use codes;

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

/// How bad it is. Any error refuses the whole load.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Severity {
    /// Information.
    Note,
    /// The policy loads, but likely does not say what is meant.
    Warning,
    /// The policy is refused.
    Error,
}

impl Severity {
    /// `error`, `warning` or `note`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// A place with what is to be said about it. The message may be empty.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is there.
    pub message: String,
}

/// An edit that mends the problem: replace each span by its text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fix {
    /// Replacements, in no overlap.
    pub edits: Vec<(Span, String)>,
    /// Whether it can be made without a person looking at it: there is but one thing that can be meant, or nothing changes by
    /// it. Else it is a guess, a good one.
    pub is_safe: bool,
}

/// One problem.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Its stable code.
    pub code: Code,
    /// How bad.
    pub severity: Severity,
    /// Lower case, no full stop, the user's words in backticks.
    pub message: String,
    /// The first is the primary place.
    pub labels: Vec<Label>,
    /// Lines that can be typed or acted on.
    pub help: Vec<String>,
    /// A mechanical edit, where there is one.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, span, message)
    }

    /// A warning at a place.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, span, message)
    }

    /// A diagnostic of any severity.
    pub fn new(code: Code, severity: Severity, span: Span, message: impl Into<String>) -> Self {
        let labels = vec![Label { span, message: String::new() }];
        Self { code, severity, message: message.into(), labels, help: Vec::new(), fix: None }
    }

    /// Says something at the primary place.
    #[must_use]
    pub fn at(mut self, message: impl Into<String>) -> Self {
        if let Some(label) = self.labels.first_mut() {
            label.message = message.into();
        }
        self
    }

    /// Adds a second place.
    #[must_use]
    pub fn label(mut self, span: Span, message: impl Into<String>) -> Self {
        self.labels.push(Label { span, message: message.into() });
        self
    }

    /// Adds a help line.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Adds a replacement of `span` by `text` to the fix, which is a guess.
    #[must_use]
    pub fn replace(mut self, span: Span, text: impl Into<String>) -> Self {
        let fix = self.fix.get_or_insert_with(|| Fix { edits: Vec::new(), is_safe: true });
        fix.edits.push((span, text.into()));
        fix.is_safe = false;
        self
    }

    /// Adds a replacement of `span` by `text` to the fix, which is safe if all of them are: see [`Fix::is_safe`].
    #[must_use]
    pub fn mend(mut self, span: Span, text: impl Into<String>) -> Self {
        self.fix.get_or_insert_with(|| Fix { edits: Vec::new(), is_safe: true }).edits.push((span, text.into()));
        self
    }

    /// The primary place.
    pub fn span(&self) -> Option<Span> {
        self.labels.first().map(|label| label.span)
    }

    /// Whether it refuses the load.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
