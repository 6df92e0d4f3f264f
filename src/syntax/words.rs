//! The words of the language, and how a name must be written so that it is read as one.

use super::chars::{is_letter, is_word_char};

/// Words that are never a name unless quoted, in whatever case.
pub(super) const RESERVED: [&str; 25] = [
    "let", "and", "or", "not", "in", "is", "has", "allow", "offer", "deny", "require", "override", "all", "except",
    "where", "with", "unless", "because", "from", "until", "disabled", "trial", "always", "true", "false",
];

/// Words known by where they stand; free as names.
pub(super) const CONTEXTUAL: [&str; 15] = [
    "any", "none", "only", "on", "at", "within", "exactly", "empty", "known", "unknown", "absent", "starts", "ends",
    "contains", "matches",
];

/// The reserved word that a text equals, case aside.
pub(super) fn reserved(text: &str) -> Option<&'static str> {
    RESERVED.into_iter().find(|word| word.eq_ignore_ascii_case(text))
}

/// The contextual word that a text equals, case aside.
pub(super) fn contextual(text: &str) -> Option<&'static str> {
    CONTEXTUAL.into_iter().find(|word| word.eq_ignore_ascii_case(text))
}

/// Whether a text has the form of an unquoted word: letters of any script, digits and `_`, with single `-` or `.` inside, and
/// at least one letter. Reserved words have the form too.
pub(super) fn has_word_form(text: &str) -> bool {
    text.split(['-', '.']).all(|piece| !piece.is_empty() && piece.chars().all(is_word_char))
        && text.chars().any(is_letter)
}

/// Whether a text can be written in a rule as it stands and be read as one name: a word, not reserved.
/// A dotted text is no single name: its dots separate.
pub fn is_word(text: &str) -> bool {
    has_word_form(text) && !text.contains('.') && reserved(text).is_none()
}

/// How a name must be written in a rule: as it stands if it is a word that nothing else could be meant by, else in quotes.
/// Words that look like a duration (`90d`) or that have a meaning in some places (`none`) are quoted too, to be safe anywhere.
pub fn quote(text: &str) -> String {
    let is_plain =
        is_word(text) && contextual(text).is_none() && text.starts_with(|first| is_letter(first) || first == '_');
    if is_plain { text.to_owned() } else { in_quotes(text) }
}

/// A text in quotes, quotes inside doubled.
pub(super) fn in_quotes(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// The text that a quoted piece of source stands for.
pub(super) fn without_quotes(quoted: &str) -> String {
    let inner = quoted.strip_prefix('"').unwrap_or(quoted);
    inner.strip_suffix('"').unwrap_or(inner).replace("\"\"", "\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_as_they_are() {
        for word in ["Sales", "care_area", "in-patient", "Größe", "a", "4W", "room-4"] {
            assert!(is_word(word), "{word}");
        }
        for other in ["", "R&D", "Secure Messaging", "OR", "or", "18-65", "a--b", "-a", "a-", "a.b", "555"] {
            assert!(!is_word(other), "{other}");
        }
    }

    #[test]
    fn other_names_are_quoted() {
        assert_eq!(quote("iTunes"), "iTunes");
        assert_eq!(quote("Secure Messaging"), "\"Secure Messaging\"");
        assert_eq!(quote("OR"), "\"OR\"");
        assert_eq!(quote("say \"hi\""), "\"say \"\"hi\"\"\"");
        assert_eq!(quote("90d"), "\"90d\"");
        assert_eq!(without_quotes("\"say \"\"hi\"\"\""), "say \"hi\"");
    }
}
