//! Codes of what the resolver finds: names and types (WK1xx), effects, targets and parameters (WK3xx), lints (WK4xx).

use crate::diagnostic::codes;

codes! {
    UNKNOWN_NAME "WK101" "unknown-name" "a name that the catalogue does not declare";
    UNKNOWN_VALUE "WK102" "unknown-value" "a value that does not belong to its attribute's type";
    WRONG_OPERATOR "WK103" "unfit-operator" "an operator that does not fit the attribute's type";
    TYPE_CLASH "WK104" "type-clash" "uses of one attribute, or two compared attributes, that do not agree on a type";
    NOT_A_CONDITION "WK105" "not-a-condition" "a name alone that is neither a `let` nor a yes/no attribute";
    DUPLICATE_LET "WK106" "duplicate-let" "a `let` that is defined twice";
    CYCLIC_LET "WK107" "cyclic-let" "a `let` that depends on itself";
    NAME_CLASH "WK108" "name-clash" "one name for two things";
    EMPTY_TEXT "WK109" "empty-text" "a pattern with nothing in it, which matches everything";
    EMPTY_RANGE "WK110" "inverted-range" "a range that holds nothing";
    SET_NEEDS_HAS "WK111" "set-needs-has" "a set tested as if it were one value";
    VALUE_OR_ATTRIBUTE "WK112" "value-or-attribute" "a word that could be a value or an attribute";
    PAST_MIDNIGHT "WK113" "past-midnight" "a range past midnight together with a test of the day";
    UNKNOWN_ZONE "WK114" "unknown-zone" "a time zone that does not exist";
    BUILT_IN "WK115" "built-in" "a built-in name used for something else";
    OPENS_ON_UNKNOWN "WK116" "opens-on-unknown" "a test of `known` or `unknown` that opens a door when information is missing";
    TOO_LARGE "WK118" "too-large" "conditions past the limit on size";
    UNKNOWN_TARGET "WK301" "unknown-target" "a target that the catalogue does not declare";
    RESOURCE_SCOPE "WK302" "resource-scope" "a rule that reads a resource's attributes but is about something else";
    NOTHING_TARGETED "WK303" "nothing-targeted" "an effect that is left with no target";
    WHERE_NEEDS_TAG "WK304" "where-needs-tag" "a `where` that tests something other than a tag";
    UNKNOWN_PARAMETER "WK305" "unknown-parameter" "a parameter that the catalogue does not declare";
    PARAMETER_TWICE "WK306" "parameter-twice" "a parameter set twice in one effect";
    DENY_WITH "WK307" "deny-with" "parameters on a `deny`, which gives nothing";
    REQUIRE_NOTHING "WK308" "require-nothing" "a `require` without parameters";
    DUPLICATE_ID "WK310" "duplicate-id" "an id given to two rules";
    EMPTY_PERIOD "WK311" "empty-period" "a rule whose `until` is before its `from`";
    NEAR_MISS "WK401" "near-miss" "two names that differ by little";
    UNUSED_LET "WK402" "unused-let" "a `let` that nothing uses";
    NO_TIME_ZONE "WK403" "no-time-zone" "the clock is read, but no time zone is declared: UTC is taken";
    TWO_ZONES "WK404" "two-zones" "tests in two time zones in one condition";
    NOT_TAG "WK405" "not-tag" "an `allow` for everything that lacks a tag";
    OPENS_ON_ABSENT "WK406" "opens-on-absent" "an `allow` that a missing value satisfies";
    OVERRIDE_BEATS "WK407" "override-beats" "an `override allow` and the plain denies it beats";
}
