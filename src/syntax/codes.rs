//! The codes of the syntax layer: WK001 to WK099.

use crate::diagnostic::codes;

codes! {
    FILE_TOO_LARGE "WK001" "file-too-large" "a file is larger than is accepted";
    ITEM_TOO_LARGE "WK002" "item-too-large" "a single rule is longer than is accepted";
    NESTED_TOO_DEEPLY "WK003" "nested-too-deeply" "parentheses or `not` stand too deep inside one another";
    TEXT_TOO_LONG "WK004" "text-too-long" "a quoted text is longer than is accepted";
    LIST_TOO_LONG "WK005" "list-too-long" "a list has more entries than are accepted";
    NOT_UTF8 "WK006" "not-utf8" "a file holds bytes that are not UTF-8 text";
    CONTROL_CHARACTER "WK007" "control-character" "a control character stands in the text";
    HIDDEN_CHARACTER "WK008" "hidden-character" "a character that cannot be seen, or that only looks like a blank";
    BIDI_CHARACTER "WK009" "bidi-character" "a character that changes the direction in which text is shown";
    UNTERMINATED_TEXT "WK010" "unterminated-text" "a quoted text does not end on its line";
    STRAY_CHARACTER "WK011" "stray-character" "a character that names hold only in quotes";
    FOREIGN_SIGN "WK012" "foreign-sign" "a sign of another language, or of a word processor";
    COMMENT_WITHOUT_BLANK "WK013" "comment-without-blank" "`#` begins a comment only after a blank";
    LINE_AT_MARGIN "WK014" "line-at-margin" "a continued line begins at the left margin";
    BRACKETS_UNBALANCED "WK015" "brackets-unbalanced" "a bracket without its partner";
    UNEXPECTED "WK020" "unexpected" "something else was expected at this place";
    UNFINISHED "WK021" "unfinished" "an item ends too early";
    ARROW_MISSING "WK022" "arrow-missing" "`->` is missing between condition and effect";
    SECOND_ARROW "WK023" "second-arrow" "a second `->` in one rule";
    CONDITION_FIRST "WK024" "condition-first" "the condition stands before `->`, what it does behind";
    TWO_NAMES "WK025" "two-names" "two names stand side by side";
    SMALL_LETTERS "WK026" "small-letters" "a word of the language is written in small letters";
    RESERVED_WORD "WK027" "reserved-word" "a word of the language is used as a name";
    WRONG_OPERATOR "WK028" "wrong-operator" "an operator is written otherwise in this language";
    LIST_BRACKETS "WK029" "list-brackets" "a list stands in square brackets";
    COMMA_IN_CONDITION "WK030" "comma-in-condition" "a comma cannot join conditions";
    AND_OR_MIXED "WK031" "and-or-mixed" "`and` and `or` stand side by side without parentheses";
    FOREIGN_WORD "WK032" "foreign-word" "a word of another language is used for one of this";
    VALUE_SHAPE "WK033" "value-shape" "a value of no known form";
    RANGE_ENDS "WK034" "range-ends" "the ends of a range make it empty, or cannot be told from the whole";
    CLAUSE_TWICE "WK035" "clause-twice" "a clause or modifier stands twice";
    EMPTY_LIST "WK036" "empty-list" "a list without entries";
    EMPTY_NAME "WK037" "empty-name" "a name that is empty, or begins or ends with a blank";
    DOTTED_NAME "WK038" "dotted-name" "a dot in a name that is declared here";
    OVERRIDE_EFFECT "WK039" "override-effect" "only `allow` and `deny` can be overriding";
    ALL_ALONE "WK040" "all-alone" "`all` cannot stand in a list with other targets";
    PARAMETER_VALUES "WK041" "parameter-values" "several values of one parameter stand in brackets";
    BLANK_IN_VALUE "WK042" "blank-in-value" "a number and its unit are written together";
    NOT_IN_FRONT "WK043" "not-in-front" "`not` stands in front of a comparison";
    CONSTANT_CONDITION "WK044" "constant-condition" "`true` or `false` as a condition";
    ID_COLON "WK045" "id-colon" "the colon of a rule's id";
    SET_WORD "WK046" "set-word" "`any`, `all`, `none` or `only` without what it is about";
    VALUE_EXPECTED "WK047" "value-expected" "a value of another kind is needed here";
    LANGUAGE_TWICE "WK048" "language-twice" "two texts in one language in one `because`";
    ONE_SIDED "WK049" "one-sided" "a comparison without its left side";
    MIXED_ALPHABETS "WK050" "mixed-alphabets" "one word holds letters of several alphabets, which may look alike";
    INTERNAL "WK099" "internal" "a mistake of wardkey itself";
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn codes_are_distinct_and_in_range() {
        for pair in ALL.windows(2) {
            assert!(matches!(pair, [a, b] if a.id < b.id), "{pair:?}");
        }
        assert!(ALL.iter().all(|code| code.id.len() == 5 && code.id.starts_with("WK0")));
        let mut names: Vec<_> = ALL.iter().map(|code| code.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
    }
}
