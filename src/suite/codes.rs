//! Codes of what can be wrong with a test file: WK6xx. What is wrong with it as YAML has the codes of [`crate::model::yaml`].

use crate::diagnostic::Code;

/// A key that means nothing there.
pub const UNKNOWN_KEY: Code = Code::new("WK601", "test-unknown-key", "a key is not known where it stands");
/// A text where a list is due, and the like.
pub const WRONG_SHAPE: Code =
    Code::new("WK602", "test-wrong-shape", "a value is not of the form that its key asks for");
/// A needed key is not there.
pub const MISSING_KEY: Code = Code::new("WK603", "test-missing-key", "a test lacks a part that it needs");
/// A context of that name is not there.
pub const UNKNOWN_CONTEXT: Code = Code::new("WK604", "test-unknown-context", "a context is named that is not there");
/// `like` leads back to itself.
pub const LIKE_CYCLE: Code = Code::new("WK605", "test-like-cycle", "contexts are made from each other in a circle");
/// No outcome of that name.
pub const UNKNOWN_OUTCOME: Code = Code::new("WK606", "test-unknown-outcome", "an outcome is named that does not exist");
/// Not an instant.
pub const BAD_INSTANT: Code =
    Code::new("WK607", "test-bad-instant", "a time is not written as a date-time with its offset");
/// The policy has no such entitlement.
pub const UNKNOWN_ENTITLEMENT: Code = Code::new(
    "WK608",
    "test-unknown-entitlement",
    "an expectation is about an entitlement that the policy does not have",
);
/// The policy has no such rule.
pub const UNKNOWN_RULE: Code = Code::new("WK609", "test-unknown-rule", "a rule is named that the policy does not have");
/// The policy has no such parameter.
pub const UNKNOWN_PARAMETER: Code =
    Code::new("WK610", "test-unknown-parameter", "a parameter is named that the policy does not have");
/// The policy has no such attribute.
pub const UNKNOWN_ATTRIBUTE: Code =
    Code::new("WK611", "test-unknown-attribute", "an attribute is named that the policy does not have");
/// A context that the policy refuses.
pub const BAD_CONTEXT: Code = Code::new("WK612", "test-bad-context", "the policy refuses the context of a test");
/// Two tests of one name.
pub const DUPLICATE_TEST: Code = Code::new("WK613", "test-duplicate-name", "two tests of one file have the same name");
/// A file without a test.
pub const NO_TESTS: Code = Code::new("WK614", "test-none", "a test file holds no tests");
/// Nothing uses it.
pub const UNUSED_CONTEXT: Code = Code::new("WK615", "test-unused-context", "a context of a test file is used nowhere");
/// One attribute twice, by two spellings.
pub const ATTRIBUTE_TWICE: Code =
    Code::new("WK616", "test-attribute-twice", "a context gives one attribute twice, spelled in two ways");

/// All of them, by code.
pub const ALL: &[Code] = &[
    UNKNOWN_KEY,
    WRONG_SHAPE,
    MISSING_KEY,
    UNKNOWN_CONTEXT,
    LIKE_CYCLE,
    UNKNOWN_OUTCOME,
    BAD_INSTANT,
    UNKNOWN_ENTITLEMENT,
    UNKNOWN_RULE,
    UNKNOWN_PARAMETER,
    UNKNOWN_ATTRIBUTE,
    BAD_CONTEXT,
    DUPLICATE_TEST,
    NO_TESTS,
    UNUSED_CONTEXT,
    ATTRIBUTE_TWICE,
];
