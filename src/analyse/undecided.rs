//! Why a question has no answer: what a limit stopped.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A question that was not answered, since a limit was reached: never taken for *holds*.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("undecided: {reason}")]
pub struct Undecided {
    reason: Reason,
}

/// What stopped the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Reason {
    /// The solver's steps.
    Steps,
    /// Attributes that are compared with each other have too many values together.
    Combinations,
    /// Patterns over one attribute tell too many texts apart.
    Patterns,
    /// Sets of places that are compared with each other.
    SetsOfNodes,
    /// A set whose elements are others in another version.
    OtherSets,
    /// The length of a day, in a time zone that is another in another version.
    OtherTimeZone,
    /// What a parameter is taken from is other in another version.
    Parameters,
    /// What the solver found is not what the evaluator says: a mistake of this program.
    NotReplayed,
}

impl From<Reason> for Undecided {
    fn from(reason: Reason) -> Self {
        Self { reason }
    }
}

impl Undecided {
    /// Whether this program contradicts itself: to be reported as a mistake of it.
    pub fn is_internal(&self) -> bool {
        self.reason == Reason::NotReplayed
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Steps => "the question needs more steps than are allowed",
            Self::Combinations => "attributes that are compared with each other have too many values together",
            Self::Patterns => "the patterns over one attribute tell too many texts apart",
            Self::SetsOfNodes => "sets from a large hierarchy are compared with each other",
            Self::OtherSets => "a set that is tested has elements of another type or hierarchy now",
            Self::OtherTimeZone => "days are counted in the time zone of the policy, which is another one now",
            Self::Parameters => "what a parameter comes to could not be compared in all contexts",
            Self::NotReplayed => "what was found does not hold when it is evaluated, which is a mistake of wardkey",
        })
    }
}
