//! How long a decision holds.

use jiff::Timestamp;

/// The first later instant at which time alone changes a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValidUntil {
    /// From this instant on it is another.
    Until(Timestamp),
    /// Time does not change it.
    Never,
    /// It depends on the time, and `now` is unknown: do not keep it.
    Unknown,
    /// It does not change before this instant; beyond it nobody looked.
    Horizon(Timestamp),
}

impl ValidUntil {
    /// The instant, if there is one.
    pub fn timestamp(self) -> Option<Timestamp> {
        match self {
            Self::Until(at) | Self::Horizon(at) => Some(at),
            Self::Never | Self::Unknown => None,
        }
    }

    /// `until`, `never`, `unknown`, `horizon`.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Until(_) => "until",
            Self::Never => "never",
            Self::Unknown => "unknown",
            Self::Horizon(_) => "horizon",
        }
    }
}
