//! Three truth values and their three connectives, by Kleene's tables (SEMANTICS 1).

use std::ops::Not;

/// What a condition comes to. The order is that of certainty that it holds: false < unknown < true.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Truth {
    /// It certainly does not hold.
    False,
    /// What is known does not settle it.
    Unknown,
    /// It certainly holds.
    True,
}

impl Truth {
    /// The least certain part: true of no part.
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        parts.into_iter().min().unwrap_or(Self::True)
    }

    /// The most certain part: false of no part.
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        parts.into_iter().max().unwrap_or(Self::False)
    }

    /// Unknown where something holds only perhaps, else false.
    pub fn perhaps(it_may: bool) -> Self {
        if it_may { Self::Unknown } else { Self::False }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

impl Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::Unknown => Self::Unknown,
            Self::False => Self::True,
        }
    }
}
