//! What is meant: the catalogue, conditions with resolved names and checked types, rules with their targets.

pub mod catalogue;
pub mod catalogue_file;
pub mod codes;
pub mod condition;
pub(crate) mod flat;
pub mod hierarchy;
pub mod name;
mod number;
mod pattern;
pub mod read;
pub mod resolve;
pub mod rule;
pub(crate) mod sound;
pub mod value;
mod version;
pub mod yaml;

pub use catalogue::{
    Attribute, Catalogue, Combine, Entitlement, EntitlementKind, Group, Inner, NameType, NumberType, Omitted, Origin,
    Parameter, Tag, Type, Zone,
};
pub use condition::{
    Choice, Condition, ConditionKind, Days, During, Element, How, Input, Pattern, Range, Relation, Test,
};
pub use hierarchy::{Hierarchy, Node};
pub use number::Number;
pub use read::{Misread, Reader};
pub use rule::{Effect, EffectKind, Rank, Rule, Setting, SettingValue};
pub use value::{Name, SetValue, State, Value};
pub use version::Version;

use crate::source::{Sources, Span};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

macro_rules! index_types {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Serialize, Deserialize)]
        pub struct $name(u32);

        impl $name {
            /// From a position; past `u32::MAX`, which the limits on size exclude, the last.
            pub fn new(index: usize) -> Self {
                Self(u32::try_from(index).unwrap_or(u32::MAX))
            }

            /// The position.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

index_types! {
    /// Number of an attribute in the catalogue.
    AttributeId;
    /// Number of a hierarchy in the catalogue.
    HierarchyId;
    /// Number of a node in its hierarchy.
    NodeIndex;
    /// Number of an entitlement in the catalogue.
    EntitlementId;
    /// Number of a parameter in the catalogue.
    ParameterId;
    /// Number of a tag in the catalogue.
    TagId;
    /// Number of a time zone in the catalogue.
    ZoneId;
    /// Number of a `let`.
    LetId;
}

/// `now`, the first attribute of every catalogue.
pub const NOW: AttributeId = AttributeId(0);

/// An abbreviation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Let {
    /// Its name as written.
    pub name: String,
    /// Its condition in canonical form.
    pub text: String,
    /// What it stands for; names only lets of smaller number.
    #[serde(skip, default = "Condition::elsewhere")]
    pub condition: Condition,
    /// Where.
    pub span: Span,
}

/// Resolved source: what all texts of a policy mean together.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RuleSet {
    /// What the words stand for.
    pub catalogue: Catalogue,
    /// Abbreviations, each naming only earlier ones.
    pub lets: Vec<Let>,
    /// Rules sorted by id, disabled ones included.
    pub rules: Vec<Rule>,
    /// The texts.
    pub sources: Arc<Sources>,
    /// SHA-256, in hex, of the normalised rules, the catalogue, the language version and the time zone data's version.
    pub hash: String,
}
