//! Why a command could not do its work: exit code 2.

use crate::screen::{Screen, Style, paint, plain};
use std::path::Path;

/// One or more reasons, each with a line of help.
#[derive(Debug)]
pub(crate) struct Failure {
    reasons: Vec<Reason>,
    /// What else is to be known, after all of them.
    notes: Vec<String>,
}

#[derive(Debug)]
struct Reason {
    message: String,
    help: Option<String>,
}

impl Failure {
    /// A reason in lower case, without a full stop.
    pub fn new(message: impl Into<String>) -> Self {
        Self::all([(message.into(), None)])
    }

    /// Adds help to the last reason.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        if let Some(reason) = self.reasons.last_mut() {
            reason.help = Some(help.into());
        }
        self
    }

    /// Several reasons at once.
    pub fn all(reasons: impl IntoIterator<Item = (String, Option<String>)>) -> Self {
        let reasons = reasons.into_iter().map(|(message, help)| Reason { message, help }).collect();
        Self { reasons, notes: Vec::new() }
    }

    /// Adds what holds of all reasons.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// A file that cannot be read or written.
    pub fn file(path: &Path, error: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        let name = crate::policy::shown(path);
        match error.kind() {
            ErrorKind::NotFound => Self::new(format!("there is no file or folder `{name}`")),
            ErrorKind::PermissionDenied => Self::new(format!("`{name}` may not be opened: permission denied")),
            ErrorKind::IsADirectory => Self::new(format!("`{name}` is a folder, not a file")),
            _ => Self::new(format!("`{name}` cannot be opened: {error}")),
        }
    }

    /// Writes the reasons to standard error.
    pub fn show(&self, screen: &mut Screen) {
        let head = paint("error:", Style::Bad, screen.error_colour);
        let help_head = paint("help:", Style::Bold, screen.error_colour);
        for reason in &self.reasons {
            let message: Vec<_> = reason.message.lines().map(plain).collect();
            screen.error_line(format!("{head} {}", message.join("\n       ")));
            if let Some(help) = &reason.help {
                screen.error_line(format!("  {help_head} {}", plain(help)));
            }
        }
        self.notes.iter().for_each(|note| screen.note(plain(note)));
    }
}

impl From<wardkey::Error> for Failure {
    fn from(error: wardkey::Error) -> Self {
        Self::all(error.problems().iter().map(|problem| (problem.message.clone(), problem.help.clone())))
    }
}
