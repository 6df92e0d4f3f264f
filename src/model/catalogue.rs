//! The catalogue: what the words of a policy stand for. Declared in YAML, or inferred from the rules where there is none.

use super::condition::Condition;
use super::hierarchy::Hierarchy;
use super::value::{Name, Value};
use super::{AttributeId, EntitlementId, HierarchyId, TagId, ZoneId};
use crate::source::Span;
use indexmap::IndexMap;
use jiff::{civil, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// Everything declared. Maps are keyed by folded name, in order of declaration.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Catalogue {
    /// False where it was inferred from the rules alone.
    pub is_declared: bool,
    /// Whether a time zone was declared; else the policy's is UTC.
    pub has_time_zone: bool,
    /// Time zones in use; the first is the policy's.
    pub zones: Vec<Zone>,
    /// Trees and DAGs.
    pub hierarchies: IndexMap<String, Hierarchy>,
    /// Attributes of the context; the first is always `now`.
    pub attributes: IndexMap<String, Attribute>,
    /// What can be relied on.
    #[serde(with = "places")]
    pub assumptions: Vec<Condition>,
    /// Parameters of `with`.
    pub parameters: IndexMap<String, Parameter>,
    /// Tags of entitlements and resources.
    pub tags: IndexMap<String, Tag>,
    /// Everything that can be given or asked about, actions included: `EHR`, `EHR.export`, `patient_record.read`.
    pub entitlements: IndexMap<String, Entitlement>,
    /// Named sets of entitlements.
    pub groups: IndexMap<String, Group>,
    /// Named sets of dates, sorted.
    pub calendars: IndexMap<String, Vec<civil::Date>>,
}

/// A time zone by its IANA name.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone {
    /// `America/Chicago`
    pub name: String,
    /// Its bundled data.
    pub zone: TimeZone,
}

/// A type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Type {
    /// `bool`
    Bool,
    /// A name: closed values, open values, text or id.
    Name(NameType),
    /// `whole` or `decimal`, perhaps with a unit.
    Number(NumberType),
    /// `time`
    Time,
    /// `date`
    Date,
    /// `datetime`
    DateTime,
    /// `weekday`
    Weekday,
    /// `duration`
    Duration,
    /// A node of a hierarchy.
    Node(HierarchyId),
    /// A set of names or nodes.
    #[serde(with = "element")]
    Set(Box<Type>),
    /// `address`
    Address,
    /// `version`
    Version,
}

/// A vocabulary.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct NameType {
    /// Declared values, by comparison form. None: any text.
    pub values: Option<IndexMap<String, Name>>,
    /// Whether other values than the declared ones may come.
    pub is_open: bool,
    /// Whether names are compared as spelled (`id`, `case: exact`).
    pub is_exact: bool,
}

/// A kind of number.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct NumberType {
    /// Nothing behind the point.
    pub is_whole: bool,
    /// A unit that every literal must carry: `kg`, `%`.
    pub unit: Option<String>,
    /// Both ends included.
    pub range: Option<(super::Number, super::Number)>,
}

/// Whose an attribute is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Origin {
    /// The person.
    Subject,
    /// The situation.
    Context,
    /// What is done.
    Action,
    /// A resource type: the attribute is named `patient_record.ward` and comes with the question.
    Resource(EntitlementId),
}

/// What an omitted attribute means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Omitted {
    /// Nobody said.
    Unknown,
    /// It has no value.
    Absent,
    /// A default.
    Default(Value),
}

/// What an inner node means as the value of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Inner {
    /// Somewhere within: which leaf below is not known.
    Somewhere,
    /// That very node.
    Itself,
    /// Refused when a context is built.
    Refused,
}

/// An attribute of the context.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Attribute {
    /// As declared.
    pub name: String,
    /// What it holds.
    pub ty: Type,
    /// Whose it is.
    pub origin: Origin,
    /// What leaving it out means.
    pub omitted: Omitted,
    /// For a set: an empty one means "none" where it stands right of `has all`. Else it means "nothing entered".
    pub empty_means_none: bool,
    /// What an inner node means.
    pub inner: Inner,
    /// Whether its value may be named in a reason.
    pub may_disclose: bool,
    /// Whether it may be otherwise in a moment: what would have to change for somebody to get something is told by such attributes.
    pub may_change: bool,
    /// Where declared, or first used.
    pub span: Option<Span>,
}

/// How the values of several rules become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Combine {
    /// There can be but one; two are a conflict.
    One,
    /// All of them.
    All,
    /// The smallest.
    Least,
    /// The largest. For declared values: the last declared.
    Most,
}

/// A parameter.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Parameter {
    /// As declared.
    pub name: String,
    /// What it holds.
    pub ty: Type,
    /// How values combine.
    pub combine: Combine,
    /// Where declared, or first used.
    pub span: Option<Span>,
}

/// A tag.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tag {
    /// As declared.
    pub name: String,
    /// What it holds.
    pub ty: Type,
    /// What leaving it out means; none: it must be stated.
    pub default: Option<super::State>,
    /// Where declared.
    pub span: Option<Span>,
}

/// What an entitlement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EntitlementKind {
    /// Listed: an application, a licence, a drive.
    Listed,
    /// An action of a listed one.
    ListedAction,
    /// A resource type: a question about one of many.
    Resource,
    /// An action on a resource type.
    ResourceAction,
}

/// Something that can be given or asked about.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entitlement {
    /// `EHR`, `EHR.export`
    pub name: String,
    /// Which sort.
    pub kind: EntitlementKind,
    /// The thing whose action this is. A rule for the parent speaks for it, too.
    pub parent: Option<EntitlementId>,
    /// One state per tag of the catalogue, inherited from the parent: present, or absent.
    pub tags: Vec<super::State>,
    /// Free-form facts (`seats`, `cost`, `title`, `needs`), as text.
    pub facts: IndexMap<String, String>,
    /// Where declared, or first used.
    pub span: Option<Span>,
}

/// A named set of entitlements, for targets only.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Group {
    /// As declared.
    pub name: String,
    /// Sorted, closed downward.
    pub members: Vec<EntitlementId>,
    /// Where declared.
    pub span: Option<Span>,
}

impl Catalogue {
    /// The attribute of that number.
    pub fn attribute(&self, id: AttributeId) -> &Attribute {
        &self.attributes[id.index()]
    }

    /// The hierarchy of that number.
    pub fn hierarchy(&self, id: HierarchyId) -> &Hierarchy {
        &self.hierarchies[id.index()]
    }

    /// The entitlement of that number.
    pub fn entitlement(&self, id: EntitlementId) -> &Entitlement {
        &self.entitlements[id.index()]
    }

    /// The time zone of that number; UTC where there is none.
    pub fn time_zone(&self, id: ZoneId) -> TimeZone {
        self.zones.get(id.index()).map_or(TimeZone::UTC, |zone| zone.zone.clone())
    }

    /// The tag of that number.
    pub fn tag(&self, id: TagId) -> &Tag {
        &self.tags[id.index()]
    }
}

impl TryFrom<String> for Zone {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        super::catalogue_file::find_time_zone(&name).map_err(|_| "not a time zone")
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.name
    }
}

/// The conditions of a bundle stand by themselves; here is kept how many there are.
mod places {
    use super::Condition;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(conditions: &[Condition], serializer: S) -> Result<S::Ok, S::Error> {
        vec![false; conditions.len()].serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Condition>, D::Error> {
        let places = Vec::<bool>::deserialize(deserializer)?;
        Ok(places.iter().map(|_| Condition::elsewhere()).collect())
    }
}

/// The element of a set's type in a bundle. It is no set itself, so that reading does not recurse.
mod element {
    use super::{HierarchyId, NameType, Type};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::Error};

    #[derive(Serialize, Deserialize)]
    enum Element {
        Name(NameType),
        Node(HierarchyId),
    }

    pub(super) fn serialize<S: Serializer>(ty: &Type, serializer: S) -> Result<S::Ok, S::Error> {
        match ty {
            Type::Name(name) => Element::Name(name.clone()).serialize(serializer),
            Type::Node(id) => Element::Node(*id).serialize(serializer),
            _ => Err(S::Error::custom("a set holds names or nodes")),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Box<Type>, D::Error> {
        Ok(Box::new(match Element::deserialize(deserializer)? {
            Element::Name(name) => Type::Name(name),
            Element::Node(id) => Type::Node(id),
        }))
    }
}
