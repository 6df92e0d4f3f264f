//! Words and signs of one item, with comments: what hints and the formatter look at. The grammar does not use it.
//!
//! Anything gives tokens: what the language does not know is a sign of one character.

use super::chars::is_word_char;
use super::words::{has_word_form, reserved, without_quotes};
use std::ops::Range;

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub(super) enum Kind {
    /// A run of word or value characters: `role`, `90d`, `10.4.0.0/16`.
    Word,
    /// A text with its quotes; without the last one where it is not closed.
    Text,
    /// A sign: `->`, `(`, `..`.
    Sign,
    /// From `#` to the end of the line, blanks at its end excluded.
    Comment,
}

/// One token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Token<'t> {
    /// What it is.
    pub kind: Kind,
    /// As written.
    pub text: &'t str,
    /// First byte in the text it was cut from.
    pub start: usize,
}

impl Token<'_> {
    /// One past its last byte.
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether it is the word or sign of that spelling.
    pub(super) fn is(&self, text: &str) -> bool {
        self.text == text && matches!(self.kind, Kind::Word | Kind::Sign)
    }

    /// Whether it is one of these words or signs.
    pub(super) fn is_any(&self, texts: &[&str]) -> bool {
        texts.iter().any(|text| self.is(text))
    }

    /// Whether it could be a name: a text, or a word that is not reserved.
    pub(super) fn is_name(&self) -> bool {
        match self.kind {
            Kind::Text => true,
            Kind::Word => reserved(self.text).is_none() && has_word_form(self.text),
            _ => false,
        }
    }

    /// Whether it could be a value: a text, or a run of characters that is no reserved word.
    pub(super) fn is_value(&self) -> bool {
        match self.kind {
            Kind::Text => true,
            Kind::Word => reserved(self.text).is_none_or(|word| word == "true" || word == "false"),
            _ => false,
        }
    }
}

/// Signs of two characters.
const PAIRS: [&str; 11] = ["->", "..", "!=", "<=", ">=", "==", "=>", "=<", "<>", "&&", "||"];

/// All tokens of a text, comments included.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut list = Vec::new();
    let mut at = 0;
    while let Some(first) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let rest = text.get(at..).unwrap_or("");
        let (kind, length) = match first {
            '#' => (Kind::Comment, line(rest).trim_end().len()),
            '"' => (Kind::Text, text_length(rest)),
            _ => match word_length(rest) {
                0 => (Kind::Sign, sign_length(rest, first)),
                length => (Kind::Word, length),
            },
        };
        list.push(Token { kind, text: rest.get(..length).unwrap_or(rest), start: at });
        at += length.max(1);
    }
    list
}

fn line(text: &str) -> &str {
    text.split('\n').next().unwrap_or("")
}

fn sign_length(rest: &str, first: char) -> usize {
    if PAIRS.iter().any(|pair| rest.starts_with(pair)) { 2 } else { first.len_utf8() }
}

/// A text to its closing quote, a doubled one not counted, or to the end of the line.
fn text_length(rest: &str) -> usize {
    let line = line(rest);
    let mut at = 1;
    while let Some(found) = line.get(at..).and_then(|rest| rest.find('"')) {
        at += found + 1;
        if !line.get(at..).is_some_and(|rest| rest.starts_with('"')) {
            return at;
        }
        at += 1;
    }
    line.trim_end().len()
}

/// The run that the grammar's `raw` takes; nothing where none begins.
fn word_length(rest: &str) -> usize {
    let next_at = |at: usize| rest.get(at..).and_then(|rest| rest.chars().next());
    let mut at = match rest.as_bytes() {
        [b'-' | b'+', digit, ..] if digit.is_ascii_digit() => 1,
        _ => 0,
    };
    if !next_at(at).is_some_and(is_word_char) && !rest.get(at..).is_some_and(|rest| rest.starts_with("::")) {
        return 0;
    }
    while let Some(character) = next_at(at) {
        let width = character.len_utf8();
        let joins = matches!(character, '-' | '.' | ':' | '/' | '+') && next_at(at + width).is_some_and(is_word_char);
        let double = rest.get(at..).is_some_and(|rest| rest.starts_with("::"));
        match character {
            _ if double => at += 2,
            _ if is_word_char(character) || character == '%' || joins => at += width,
            _ => break,
        }
    }
    at
}

/// Whether two tokens stand together without a blank in canonical text.
pub(super) fn is_glued(left: &Token<'_>, right: &Token<'_>) -> bool {
    let sign = |token: &Token<'_>, signs: &[&str]| token.kind == Kind::Sign && signs.contains(&token.text);
    sign(right, &[",", ")", "]", "..", ".", ":"]) || sign(left, &["(", "[", "..", "."])
}

/// Tokens on one line with canonical blanks; no comments among them.
pub(super) fn line_of(tokens: &[Token<'_>]) -> String {
    let mut out = String::new();
    let mut last: Option<&Token<'_>> = None;
    for token in tokens {
        if last.is_some_and(|last| !is_glued(last, token)) {
            out.push(' ');
        }
        out.push_str(token.text);
        last = Some(token);
    }
    out
}

/// Whether an item begins as a `let` does: every one that can be read does, and so does one that has a [`let_name`].
pub(super) fn begins_let(text: &str) -> bool {
    text.strip_prefix("let")
        .is_some_and(|rest| rest.starts_with(|next: char| next.is_whitespace() || matches!(next, '"' | '#')))
}

/// The name that a `let` declares, with its place: `let name …`, whatever follows.
pub(super) fn let_name(text: &str) -> Option<(String, bool, Range<usize>)> {
    let head: String = text.chars().take(400).collect();
    let tokens = tokens(&head);
    let [keyword, name, ..] = tokens.as_slice() else { return None };
    if !keyword.is("let") || !name.is_name() || name.text.contains('.') {
        return None;
    }
    let quoted = name.kind == Kind::Text;
    let plain = if quoted { without_quotes(name.text) } else { name.text.to_owned() };
    Some((plain, quoted, name.start..name.end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        tokens(text).iter().map(|token| token.text).collect()
    }

    #[test]
    fn cuts_as_the_grammar_does() {
        assert_eq!(cut("role=Sales->deny iTunes"), ["role", "=", "Sales", "->", "deny", "iTunes"]);
        assert_eq!(cut("a in 18..65"), ["a", "in", "18", "..", "65"]);
        assert_eq!(cut("ip in fe80::1..fe80::ff"), ["ip", "in", "fe80::1", "..", "fe80::ff"]);
        assert_eq!(cut("x = \"a \"\"b\"\" c\" # note "), ["x", "=", "\"a \"\"b\"\" c\"", "# note"]);
        assert_eq!(
            cut("q: t >= -5 and d<2026-01-05T07:00+01:00"),
            ["q", ":", "t", ">=", "-5", "and", "d", "<", "2026-01-05T07:00+01:00"]
        );
        assert_eq!(cut("\"open and\nx"), ["\"open and", "x"]);
        assert_eq!(cut("é & ñ"), ["é", "&", "ñ"]);
    }

    #[test]
    fn names_of_lets_are_found_in_broken_ones() {
        assert_eq!(let_name("let clinician role in [").map(|(name, ..)| name).as_deref(), Some("clinician"));
        assert_eq!(
            let_name("let \"off site\" =").map(|(name, quoted, _)| (name, quoted)),
            Some(("off site".into(), true))
        );
        assert_eq!(let_name("role = x -> deny y"), None);
    }
}
