//! Codes of what the analysis finds: WK7xx. Each has a section in `crates/wardkey-cli/findings.md`.

use crate::diagnostic::codes;

codes! {
    NEVER_FIRES "WK701" "never-fires" "a rule whose condition is met in no context";
    NEVER_MATTERS "WK702" "never-matters" "a rule without which every outcome is the same";
    ALWAYS_APPLIES "WK703" "always-applies" "a condition that is met whatever the values are";
    MEETS "WK704" "allow-meets-deny" "a rule that gives and one that denies, which meet";
    INERT_DENY "WK705" "inert-deny" "a deny of what nobody is given";
    CONFLICT "WK706" "parameter-conflict" "two values of a parameter that has but one, in one context";
    GAP "WK707" "gap" "a context in which no rule speaks of an entitlement that is to be covered";
    FORGETS "WK708" "forgets-exception" "a broad deny without the exception that other broad denies make";
    EXPIRED "WK709" "expired" "a rule that can apply no more";
    NOT_YET "WK710" "not-yet-in-force" "a rule that does not apply yet";
    UNUSED_ATTRIBUTE "WK711" "unused-attribute" "an attribute that no rule reads";
    UNUSED_ZONE "WK712" "unused-zone" "a zone that no rule names";
    NO_REASON "WK790" "suppression-without-reason" "a comment that suppresses a finding and does not say why";
    UNKNOWN_CODE "WK791" "suppression-unknown-code" "a comment that suppresses what is no finding";
    UNCLEAR "WK792" "suppression-unclear" "a comment that begins as one that suppresses and means nothing";
    UNUSED "WK793" "unused-suppression" "a comment that suppresses nothing";
    UNDECIDED "WK799" "undecided" "a question that was not answered within its limits";
}
