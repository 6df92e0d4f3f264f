//! Codes of what the analysis finds: WK5xx. Each has a page in `docs/findings`.

use crate::diagnostic::Code;

macro_rules! codes {
    ($($const:ident $id:literal $name:literal $summary:literal;)*) => {
        $(#[doc = $summary] pub const $const: Code = Code::new($id, $name, $summary);)*
        /// All of them, by number.
        pub const ALL: &[Code] = &[$($const),*];
    };
}

codes! {
    NEVER_FIRES "WK501" "never-fires" "a rule whose condition is met in no context";
    NEVER_MATTERS "WK502" "never-matters" "a rule without which every outcome is the same";
    ALWAYS_APPLIES "WK503" "always-applies" "a condition that is met whatever the values are";
    MEETS "WK504" "allow-meets-deny" "a rule that gives and one that denies, which meet";
    INERT_DENY "WK505" "inert-deny" "a deny of what nobody is given";
    CONFLICT "WK506" "parameter-conflict" "two values of a parameter that has but one, in one context";
    GAP "WK507" "gap" "a context in which no rule speaks of an entitlement that is to be covered";
    FORGETS "WK508" "forgets-exception" "a broad deny without the exception that other broad denies make";
    EXPIRED "WK509" "expired" "a rule that can apply no more";
    NOT_YET "WK510" "not-yet-in-force" "a rule that does not apply yet";
    UNUSED_ATTRIBUTE "WK511" "unused-attribute" "an attribute that no rule reads";
    UNUSED_ZONE "WK512" "unused-zone" "a zone that no rule names";
    UNDECIDED "WK599" "undecided" "a question that was not answered within its limits";
}
