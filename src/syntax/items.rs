//! Splits a file into items at the left margin, so that one broken rule never hides the errors of the others.
//!
//! A line that begins at the margin begins an item; indented, blank and comment lines go on. A margin line that can only
//! continue (`)`, `->`, `and`, `unless`, …) is joined to the item above, with one layout error for all such lines of the item.
//! Texts end on their line, so that no quote can reach into another item.

use super::chars::is_word_char;
use super::codes;
use super::limits;
use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Span};

/// Where an item stands: from its first character to its last that is no blank or comment at the end of a line of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Extent {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// Words that never begin an item.
const CONTINUING: [&str; 11] =
    ["and", "or", "unless", "with", "because", "from", "until", "except", "where", "in", "has"];

/// The items of a text in order, with one layout error for each that has lines at the margin.
pub(super) fn split(source: SourceId, text: &str) -> (Vec<Extent>, Vec<Diagnostic>) {
    let mut items: Vec<Extent> = Vec::new();
    let mut problems = Vec::new();
    let mut joined: Vec<Span> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let (line_start, start) = (at, if at == 0 && line.starts_with('\u{feff}') { 3 } else { at });
        let content = line.get(start - line_start..).unwrap_or("").trim_end_matches(['\n', '\r', ' ', '\t']);
        at += line.len();
        let first = content.trim_start_matches([' ', '\t']);
        if first.is_empty() || first.starts_with('#') {
            continue;
        }
        let end = start + content.len();
        let at_margin = first.len() == content.len();
        let continues = !at_margin || continues(content);
        match items.last_mut().filter(|_| continues) {
            Some(item) => {
                item.end = end;
                if at_margin {
                    joined.push(Span::new(source, start, end));
                }
            }
            None => {
                problems.extend(layout_error(std::mem::take(&mut joined)));
                // An indented line before any item is one all the same.
                items.push(Extent { start: end - first.len(), end });
            }
        }
    }
    problems.extend(layout_error(joined));
    (items, problems)
}

/// Whether a line at the margin can only go on with the item above.
fn continues(line: &str) -> bool {
    if line.starts_with([')', ']', ',']) || line.starts_with("->") {
        return true;
    }
    let word_end = line.find(|character: char| !is_word_char(character)).unwrap_or(line.len());
    let word = line.get(..word_end).unwrap_or("");
    let rest = line.get(word_end..).unwrap_or("");
    // `with.x = 1` and `in-patient -> …` begin with a name; `from: …` is an id that was meant.
    CONTINUING.contains(&word)
        && !rest.starts_with(['-', '.', ':'])
        && !rest.trim_start().starts_with(['=', '!', '<', '>'])
}

/// One error for all lines of an item that begin at the margin.
fn layout_error(lines: Vec<Span>) -> Option<Diagnostic> {
    let (first, others) = lines.split_first()?;
    let message = "a line that goes on with the rule above begins at the left margin";
    let mut diagnostic = Diagnostic::error(codes::LINE_AT_MARGIN, *first, message)
        .at("this goes on with the item above")
        .help("indent it: only a new rule or `let` begins at the left margin");
    for span in others.iter().take(8) {
        diagnostic = diagnostic.label(*span, "this too");
    }
    for span in &lines {
        diagnostic = diagnostic.mend(Span { end: span.start, ..*span }, "  ");
    }
    Some(diagnostic)
}

/// Refuses an item that is too long, or whose parentheses stand too deep inside one another; before the grammar recurses.
pub(super) fn measure(source: SourceId, text: &str, base: usize) -> Option<Diagnostic> {
    if text.len() > limits::ITEM_BYTES {
        let line_end = text.find('\n').unwrap_or(text.len()).min(80);
        let message = format!("this item has {} bytes; at most {} are accepted", text.len(), limits::ITEM_BYTES);
        return Some(
            Diagnostic::error(codes::ITEM_TOO_LARGE, Span::new(source, base, base + line_end), message)
                .at("it begins here")
                .help("split it into several rules, or name parts of it by `let`"),
        );
    }
    let mut depth = 0usize;
    let mut state = State::Plain;
    for (at, byte) in text.bytes().enumerate() {
        state = match (state, byte) {
            (_, b'\n') | (State::Text, b'"') => State::Plain,
            (State::Plain, b'"') => State::Text,
            (State::Plain, b'#') => State::Comment,
            (State::Plain, b'(' | b'[') => {
                depth += 1;
                State::Plain
            }
            (State::Plain, b')' | b']') => {
                depth = depth.saturating_sub(1);
                State::Plain
            }
            _ => state,
        };
        if depth > limits::NESTING {
            let message = format!("more than {} brackets stand inside one another", limits::NESTING);
            return Some(
                Diagnostic::error(codes::NESTED_TOO_DEEPLY, Span::new(source, base + at, base + at + 1), message)
                    .at("this is one too many")
                    .help("name inner conditions by `let`"),
            );
        }
    }
    None
}

/// What a byte of an item belongs to.
#[derive(Clone, Copy)]
enum State {
    Plain,
    Text,
    Comment,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    fn split_texts(text: &str) -> (Vec<&str>, usize) {
        let source = Sources::default().add("test.ward", text);
        let (items, problems) = split(source, text);
        (items.into_iter().map(|item| &text[item.start..item.end]).collect(), problems.len())
    }

    #[test]
    fn items_begin_at_the_margin() {
        let text = "# head\na -> allow x\n\n  # inside\n  because \"y\"\r\nb -> deny z # tail\n# end\n";
        assert_eq!(split_texts(text), (vec!["a -> allow x\n\n  # inside\n  because \"y\"", "b -> deny z # tail"], 0));
        assert_eq!(split_texts("").0, Vec::<&str>::new());
        assert_eq!(split_texts("  indented -> allow x").0, ["indented -> allow x"]);
    }

    #[test]
    fn continuing_lines_at_the_margin_are_joined_with_one_error() {
        let text = "a in [\nb,\n]\n-> allow x\nunless c\nd -> deny y\nand e";
        let (items, problems) = split_texts(text);
        assert_eq!(items, ["a in [", "b,\n]\n-> allow x\nunless c", "d -> deny y\nand e"]);
        assert_eq!(problems, 2);
    }

    #[test]
    fn names_that_begin_like_a_word_begin_items() {
        assert_eq!(split_texts("a -> allow x\nin-patient -> deny y\nwith.z = 1 -> deny y").0.len(), 3);
        assert_eq!(split_texts("a -> allow x\norder = 1 -> deny y").0.len(), 2);
    }

    #[test]
    fn depth_is_measured_outside_of_texts() {
        let source = Sources::default().add("test.ward", "");
        assert!(measure(source, &"(".repeat(64), 0).is_none());
        assert!(measure(source, &"(".repeat(65), 0).is_some());
        assert!(measure(source, &format!("\"{}\" # {}", "(".repeat(100), "[".repeat(100)), 0).is_none());
    }
}
