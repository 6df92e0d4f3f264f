//! Values: what an attribute can hold, and what a rule compares it with.
//!
//! Everything is exact: numbers are decimals of nine places, instants are nanoseconds, names are compared after NFC and
//! simple case folding. There is no binary floating point anywhere.

use super::{NodeIndex, number::Number, version::Version};
use jiff::{SignedDuration, Timestamp, civil};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::sync::Arc;

/// A name: as spelled (NFC) and as compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "Spelled", into = "Spelled")]
pub struct Name {
    /// NFC, simple case folding, NFC. For names compared exactly (type `id`, `case: exact`): the spelling in NFC.
    pub folded: Arc<str>,
    /// NFC of what was written.
    pub spelled: Arc<str>,
}

/// A value that is known.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct SetValue {
    /// Certainly in the set: [`Value::Name`] or [`Value::Node`] each.
    #[serde(with = "elements")]
    pub members: Vec<Value>,
    /// May be in the set.
    #[serde(with = "elements")]
    pub possible: Vec<Value>,
    /// Whether any other element may be in the set, too.
    pub open: bool,
}

/// What is known of an attribute in a context.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

/// A name as it is kept in a bundle: the compared form only where it is another.
#[derive(Serialize, Deserialize)]
struct Spelled(Arc<str>, Option<Arc<str>>);

impl From<Spelled> for Name {
    fn from(Spelled(spelled, folded): Spelled) -> Self {
        Self { folded: folded.unwrap_or_else(|| spelled.clone()), spelled }
    }
}

impl From<Name> for Spelled {
    fn from(name: Name) -> Self {
        let folded = (name.folded != name.spelled).then_some(name.folded);
        Self(name.spelled, folded)
    }
}

/// Elements of sets in a bundle. They are no sets themselves, so that reading does not recurse.
mod elements {
    use super::{Name, NodeIndex, Value};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::Error};

    #[derive(Serialize, Deserialize)]
    enum Element {
        Name(Name),
        Node(NodeIndex),
    }

    pub(super) fn serialize<S: Serializer>(values: &[Value], serializer: S) -> Result<S::Ok, S::Error> {
        let element = |value: &Value| match value {
            Value::Name(name) => Ok(Element::Name(name.clone())),
            Value::Node(node) => Ok(Element::Node(*node)),
            _ => Err(S::Error::custom("a set holds names or nodes")),
        };
        values.iter().map(element).collect::<Result<Vec<_>, _>>()?.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Value>, D::Error> {
        let value = |element| match element {
            Element::Name(name) => Value::Name(name),
            Element::Node(node) => Value::Node(node),
        };
        Ok(Vec::<Element>::deserialize(deserializer)?.into_iter().map(value).collect())
    }
}
