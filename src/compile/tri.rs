//! The three truth values of Kleene's logic: `and` is the smaller, `or` the larger, `not` turns the order round.

/// False, unknown or true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tri {
    /// Certainly not.
    False,
    /// Not known.
    Unknown,
    /// Certainly.
    True,
}

impl Tri {
    /// The three values, in order.
    pub const ALL: [Self; 3] = [Self::False, Self::Unknown, Self::True];

    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// Either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// All of them; true of none.
    pub fn all(values: impl IntoIterator<Item = Self>) -> Self {
        let mut least = Self::True;
        for value in values {
            least = least.min(value);
            if least == Self::False {
                break;
            }
        }
        least
    }

    /// Any of them; false of none.
    pub fn any(values: impl IntoIterator<Item = Self>) -> Self {
        let mut most = Self::False;
        for value in values {
            most = most.max(value);
            if most == Self::True {
                break;
            }
        }
        most
    }

    /// Whether an effect counts it as fired: a giving one if it is certain, a restricting one if it is possible.
    pub fn fires(self, restricts: bool) -> bool {
        self == Self::True || (restricts && self == Self::Unknown)
    }
}

impl std::ops::Not for Tri {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }
}

impl From<bool> for Tri {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}
