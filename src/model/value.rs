//! Values: what an attribute can hold, and what a rule compares it with.
//!
//! Everything is exact: numbers are decimals of nine places, instants are nanoseconds, names are compared after NFC and
//! simple case folding. There is no binary floating point anywhere.

use super::{NodeIndex, number::Number, version::Version};
use jiff::{SignedDuration, Timestamp, civil};
use std::net::IpAddr;
use std::sync::Arc;

/// A name: as spelled (NFC) and as compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name {
    /// NFC, simple case folding, NFC. For names compared exactly (type `id`, `case: exact`): the spelling in NFC.
    pub folded: Arc<str>,
    /// NFC of what was written.
    pub spelled: Arc<str>,
}

/// A value that is known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// `true`, `false`
    Bool(bool),
    /// A name of an enumeration, a text, an id.
    Name(Name),
    /// A whole number or a decimal.
    Number(Number),
    /// A time of day.
    Time(civil::Time),
    /// A date.
    Date(civil::Date),
    /// An instant.
    DateTime(Timestamp),
    /// A day of the week, 0 = Monday.
    Weekday(u8),
    /// A length of time.
    Duration(SignedDuration),
    /// A node of the attribute's hierarchy.
    Node(NodeIndex),
    /// A set of names or nodes.
    Set(SetValue),
    /// An address; an IPv4-mapped IPv6 address is IPv4.
    Ip(IpAddr),
    /// A version.
    Version(Version),
}

/// A set of which not everything need be known.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct SetValue {
    /// Certainly in the set: [`Value::Name`] or [`Value::Node`] each.
    pub members: Vec<Value>,
    /// May be in the set.
    pub possible: Vec<Value>,
    /// Whether any other element may be in the set, too.
    pub open: bool,
}

/// What is known of an attribute in a context.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Nobody said.
    Unknown,
    /// Known to have no value.
    Absent,
    /// Known.
    Present(Value),
}

impl Value {
    /// Order within one ordered type; none between types or for types without order.
    pub fn order(&self, other: &Self) -> Option<std::cmp::Ordering> {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => Some(a.cmp(b)),
            (Self::Time(a), Self::Time(b)) => Some(a.cmp(b)),
            (Self::Date(a), Self::Date(b)) => Some(a.cmp(b)),
            (Self::DateTime(a), Self::DateTime(b)) => Some(a.cmp(b)),
            (Self::Weekday(a), Self::Weekday(b)) => Some(a.cmp(b)),
            (Self::Duration(a), Self::Duration(b)) => Some(a.cmp(b)),
            (Self::Version(a), Self::Version(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}
