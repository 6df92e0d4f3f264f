//! Which characters make words, and which may not occur at all. The grammar and the hand-written passes agree through here.

use pest::unicode;

/// Letters and marks of any script, decimal digits, `_`: what words are made of.
pub(super) fn is_word_char(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_alphanumeric() || character == '_';
    }
    unicode::LETTER(character) || unicode::MARK(character) || unicode::DECIMAL_NUMBER(character)
}

/// A letter of any script.
pub(super) fn is_letter(character: char) -> bool {
    if character.is_ascii() { character.is_ascii_alphabetic() } else { unicode::LETTER(character) }
}

/// Why a character is refused everywhere, comments and texts included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Refused {
    /// The zero byte.
    Nul,
    /// A carriage return without a line feed.
    LoneReturn,
    /// Any other control character.
    Control,
    /// Changes the direction in which text is shown.
    Bidi,
    /// Takes no room, or separates lines without being a line end.
    Invisible,
    /// Looks like a blank and is none.
    Blank,
}

/// Whether and why a character is refused wherever it stands. Tab and line ends are allowed here.
pub(super) fn refused(character: char) -> Option<Refused> {
    match character {
        '\t' | '\n' | '\r' => None,
        '\0' => Some(Refused::Nul),
        _ if character.is_control() => Some(Refused::Control),
        _ if character.is_ascii() => None,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Some(Refused::Bidi),
        '\u{ad}' | '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}' => {
            Some(Refused::Invisible)
        }
        '\u{180e}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => Some(Refused::Invisible),
        '\u{a0}' | '\u{2007}' | '\u{202f}' => Some(Refused::Blank),
        _ => None,
    }
}

/// Whether a character is a blank of any kind.
pub(super) fn is_blank(character: char) -> bool {
    character.is_whitespace()
}

/// A text as it may stand in a message: on one line, at most `limit` characters, unprintable characters shown by number.
pub(super) fn shown(text: &str, limit: usize) -> String {
    let mut out = String::new();
    for (count, character) in text.chars().enumerate() {
        if count >= limit {
            out.push('…');
            break;
        }
        match character {
            '\n' | '\r' | '\t' => out.push(' '),
            _ if refused(character).is_some() => out.push_str(&named(character)),
            _ => out.push(character),
        }
    }
    out
}

/// The number of a character, as people look it up: `U+202E`.
pub(super) fn named(character: char) -> String {
    format!("U+{:04X}", u32::from(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_made_of_letters_of_any_script() {
        assert!("aZ9_äßжあ한३".chars().all(is_word_char));
        assert!(!" -.\"&'/€🙂".chars().any(is_word_char));
        assert!(is_letter('ж') && !is_letter('३') && !is_letter('_'));
    }

    #[test]
    fn dangerous_characters_are_refused() {
        assert_eq!(refused('\0'), Some(Refused::Nul));
        assert_eq!(refused('\u{202e}'), Some(Refused::Bidi));
        assert_eq!(refused('\u{a0}'), Some(Refused::Blank));
        assert_eq!(refused('\u{200b}'), Some(Refused::Invisible));
        assert_eq!(refused('\u{85}'), Some(Refused::Control));
        assert_eq!(refused('é'), None);
    }

    #[test]
    fn shown_texts_are_short_and_printable() {
        assert_eq!(shown("a\nb\u{202e}c", 10), "a bU+202Ec");
        assert_eq!(shown("abcdef", 3), "abc…");
    }
}
