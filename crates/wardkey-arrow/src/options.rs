//! What a caller may choose.

use serde_json::Value as Json;
use std::collections::BTreeMap;

/// How columns are taken, and what comes out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The attribute of a column, where it is not the one of its name.
    pub rename: BTreeMap<String, String>,
    /// Columns that are no attributes.
    pub ignore: Vec<String>,
    /// Columns that are carried into the output. One that is also an attribute's serves as both; any other is ignored.
    pub keep: Vec<String>,
    /// Attributes that have one value in all rows, such as `now`.
    pub constants: BTreeMap<String, Json>,
    /// Where texts of set attributes, and of `approved`, are split, if a text column is to hold sets.
    pub separator: Option<char>,
    /// The entitlements that are asked about; none: all.
    pub entitlements: Vec<String>,
    /// The form of the output.
    pub shape: Shape,
    /// What becomes of a value that cannot be used.
    pub on_error: OnError,
}

/// The form of the output, after the columns that are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// A column for each entitlement: `denied`, `not_granted`, `offered` or `allowed`.
    #[default]
    Wide,
    /// A row for each row and entitlement, with the columns `entitlement` and `outcome`.
    Long,
    /// The columns `allowed` and `offered`: lists of entitlements.
    Lists,
}

/// What becomes of a value that cannot be read, or is none of its attribute's values, and of a row that contradicts an
/// assumption of the catalogue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// The batch is an error.
    #[default]
    Stop,
    /// The value is taken for unknown, which never opens a door. A row that contradicts an assumption is left out.
    Unknown,
    /// The row is left out.
    Skip,
}
