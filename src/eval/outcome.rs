//! The four answers.

use serde::Serialize;
use std::fmt;

/// What a policy says of one entitlement in one context, from the most closed to the most open, in which order they compare.
///
/// ```
/// use wardkey::Outcome;
///
/// assert!(Outcome::Denied < Outcome::NotGranted && Outcome::Offered < Outcome::Allowed);
/// assert_eq!(Outcome::NotGranted.to_string(), "not_granted");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A rule takes it away.
    Denied,
    /// No rule gives it.
    NotGranted,
    /// It may be asked for.
    Offered,
    /// It is given.
    Allowed,
}

impl Outcome {
    /// `denied`, `not_granted`, `offered`, `allowed`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::NotGranted => "not_granted",
            Self::Offered => "offered",
            Self::Allowed => "allowed",
        }
    }

    /// Whether it is given.
    pub fn is_allowed(self) -> bool {
        self == Self::Allowed
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
