//! The codes of what can be wrong with a catalogue file.

use crate::diagnostic::Code;
use crate::model::yaml;

macro_rules! codes {
    ($($constant:ident = $id:literal, $name:literal, $summary:literal;)*) => {
        $(#[doc = $summary] pub const $constant: Code = Code::new($id, $name, $summary);)*

        /// All codes of YAML and of the catalogue, in order.
        pub const ALL: &[Code] = &[
            yaml::SYNTAX, yaml::TAB, yaml::HIDDEN, yaml::DUPLICATE_KEY, yaml::FEATURE, yaml::TOO_LARGE,
            $($constant,)*
        ];
    };
}

codes! {
    NOT_A_CATALOGUE = "WK207", "not-a-catalogue", "the file is empty or not a map of sections";
    FORMAT_VERSION = "WK208", "format-version", "`ward: 1`, the version of the format, is missing or another one";
    UNKNOWN_KEY = "WK209", "unknown-key", "a key that has no meaning where it stands";
    WRONG_SHAPE = "WK210", "wrong-shape", "a text, list or map where another of them is expected";
    INCOMPLETE = "WK211", "incomplete-declaration", "a declaration lacks what it needs, or says two things at once";
    UNKNOWN_TYPE = "WK212", "unknown-type", "a type that is neither built in nor declared";
    OPTION = "WK213", "unusable-option", "an option that does not go with the type";
    VALUE = "WK214", "unreadable-value", "a value that its type does not have";
    NAME_TAKEN = "WK215", "name-taken", "two names that are the same, case aside";
    CONFUSABLE = "WK216", "confusable-name", "a name that looks like another, or mixes scripts";
    BAD_NAME = "WK217", "unusable-name", "a name that cannot be used";
    BUILT_IN = "WK218", "built-in-name", "a name that is built in and cannot be declared";
    TAG_IS_ATTRIBUTE = "WK219", "tag-is-attribute", "a tag and an attribute of one name";
    MISSING_TAG = "WK220", "missing-tag", "a tag without default that is not stated";
    TIME_ZONE = "WK221", "unknown-time-zone", "a time zone that does not exist";
    EMPTY = "WK222", "empty-declaration", "a vocabulary, group, tree or calendar with nothing in it";
    CYCLE = "WK223", "cycle", "a hierarchy, group or type that contains itself";
    UNKNOWN_NODE = "WK224", "unknown-node", "a parent or zone member that is no node of the hierarchy";
    NO_TABLE = "WK225", "table-not-found", "a table that is not there";
    TABLE = "WK226", "bad-table", "a table that cannot be read";
    UNKNOWN_MEMBER = "WK227", "unknown-member", "an entitlement, action or group that is not declared";
    EMPTY_RANGE = "WK228", "empty-range", "a range whose end lies before its beginning";
    TOO_MANY_DATES = "WK229", "too-many-dates", "a calendar of more dates than the limit";
    TOO_DEEP = "WK230", "hierarchy-too-large", "a hierarchy with more nodes, levels or connections than the limit";
    AMBIGUOUS = "WK231", "ambiguous-name", "two declarations between which a rule could not tell";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_in_order() {
        assert!(ALL.windows(2).all(|pair| matches!(pair, [a, b] if a.id < b.id)));
        let mut names: Vec<_> = ALL.iter().map(|code| code.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
    }
}
