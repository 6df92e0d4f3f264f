//! The parser's errors in plain words.

use super::{FEATURE, SYNTAX, TOO_LARGE};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::read::{is_hidden, shown};
use crate::source::{SourceId, Span};
use serde_yaml::granit_parser::{ErrorKind, ScanError};

/// The diagnostic, and the byte of the file at which reading stopped. None for a character that was reported already.
pub(super) fn explain(error: &ScanError, source: SourceId, text: &str, offset: usize) -> (Option<Diagnostic>, usize) {
    let at = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    let at = (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    if matches!(error.kind(), ErrorKind::UnexpectedCharacter { character } if is_hidden(*character)) {
        return (None, offset + at);
    }
    let (stretch, (code, message, help)) = match misplaced_colon(error.kind(), text, at) {
        Some(found) => found,
        None => (shown_stretch(text, cause(error.kind(), text, at)), words(error.kind())),
    };
    let span = Span::new(source, offset + stretch.0, offset + stretch.1);
    (Some(Diagnostic::error(code, span, message).help(help)), offset + at)
}

/// Code, message, help.
type Words = (Code, String, String);

/// Where the mistake was made, which may be some lines before it is noticed.
fn cause(kind: &ErrorKind, text: &str, at: usize) -> usize {
    use ErrorKind as E;
    match kind {
        E::UnclosedQuotedScalar | E::InvalidQuotedScalarIndent | E::DocumentIndicatorInQuotedScalar => {
            open_marks(text, at).and_then(|open| open.quote).unwrap_or(at)
        }
        _ => at,
    }
}

/// The rest of the line, or the end of the line before where the error stands at a margin.
fn shown_stretch(text: &str, at: usize) -> (usize, usize) {
    let rest = text.get(at..).unwrap_or_default();
    let line = rest.split(['\n', '\r']).next().unwrap_or_default().trim_end();
    if !line.is_empty() {
        return (at, at + line.len());
    }
    let before = text.get(..at).unwrap_or_default().trim_end();
    let last = before.chars().next_back().map_or(0, char::len_utf8);
    (before.len() - last, before.len())
}

fn words(kind: &ErrorKind) -> Words {
    use ErrorKind as E;
    let syntax = |message: &str, help: &str| (SYNTAX, message.to_owned(), help.to_owned());
    match kind {
        E::UnclosedQuotedScalar | E::InvalidQuotedScalarIndent | E::DocumentIndicatorInQuotedScalar => {
            syntax("a quotation mark is opened and not closed", "close it on the same line")
        }
        E::UnclosedFlowCollection { open } => unclosed(*open),
        E::UnexpectedEofFlowSequence => unclosed('['),
        E::UnexpectedEofFlowMapping | E::UnexpectedEofImplicitFlowMapping => unclosed('{'),
        E::MismatchedFlowCollectionEnd { open, close } => {
            (SYNTAX, format!("`{open}` is closed by `{close}`"), "lists are written `[a, b]`, maps `{a: b}`".to_owned())
        }
        E::MisplacedFlowCollectionEnd => {
            syntax("a bracket is closed that was not opened", "delete it, or put the text in quotes")
        }
        E::ExpectedFlowMappingSeparator => syntax("`,` or `}` is missing here", "maps are written `{a: b, c: d}`"),
        E::ExpectedFlowSequenceSeparator => syntax("`,` or `]` is missing here", "lists are written `[a, b]`"),
        E::InvalidFlowScalarIndent => {
            syntax("a list or map in brackets is not closed", "close it, or indent its further lines")
        }
        E::UnknownQuotedScalarEscape | E::InvalidQuotedScalarHexEscape | E::InvalidUnicodeEscape => syntax(
            "a backslash in double quotes means something else here",
            "use single quotes: `'\\\\print01\\4W'`, or double the backslash",
        ),
        E::InvalidTrailingSingleQuotedScalar | E::InvalidTrailingDoubleQuotedScalar => syntax(
            "the text goes on behind its closing quotation mark",
            "put the whole text in quotes, or a comma behind it if another entry follows",
        ),
        E::DirectiveDisallowed => {
            (FEATURE, "directives (`%`) are not used here".to_owned(), "delete this line".to_owned())
        }
        E::RecursionLimitExceeded => {
            let message = format!("lists and maps are nested more than {} deep", super::MAX_DEPTH);
            (TOO_LARGE, message, "flatten them".to_owned())
        }
        E::UnexpectedCharacter { character } => (
            SYNTAX,
            format!("a text cannot begin with {}", shown(&character.to_string())),
            "put the text in quotes".to_owned(),
        ),
        E::PlainScalarStartsWithDashFlowIndicator | E::BlockEntryInFlowCollection => {
            syntax("`-` stands where a text is expected", "within brackets entries are separated by commas")
        }
        E::TabNotAllowed
        | E::TabInBlockIndentation
        | E::TabInIndentation
        | E::TabInPlainScalar
        | E::TabAtBlockScalarStart => syntax("a tab stands here", "write spaces"),
        E::MappingValueNotAllowed | E::InvalidColonPlacement | E::MappingKeyNotAllowed => syntax(
            "an entry begins where none can stand",
            "a key has either a value on its line or entries below it, indented",
        ),
        E::InvalidIndentation | E::InvalidBlockScalarIndent => syntax(
            "the indentation of this line fits none of the lines above",
            "lines of one map or list begin in the same column",
        ),
        E::ExpectedBlockMappingKey | E::ExpectedBlockSequenceEntry | E::BlockSequenceEntryNotAllowed => syntax(
            "this line does not belong to the map or list above",
            "begin it in the same column as its neighbours, `key: value` in a map, `- value` in a list",
        ),
        E::InvalidSimpleKey | E::SimpleKeyExpected => {
            syntax("`:` is missing after this text", "an entry is written `key: value`, with a blank after the colon")
        }
        _ => syntax(
            "this cannot be read",
            "write `key: value`, `[a, b]` or `{a: b}`, and put texts with signs in quotes",
        ),
    }
}

fn unclosed(open: char) -> Words {
    let close = if open == '[' { ']' } else { '}' };
    (SYNTAX, format!("`{open}` is opened and not closed"), format!("add `{close}`"))
}

/// The likely reason for a colon that cannot stand: an open bracket above, a second one on the line, a blank forgotten.
fn misplaced_colon(kind: &ErrorKind, text: &str, at: usize) -> Option<((usize, usize), Words)> {
    use ErrorKind as E;
    if !matches!(kind, E::MappingValueNotAllowed | E::InvalidColonPlacement | E::MappingKeyNotAllowed) {
        return None;
    }
    if let Some((place, open)) = open_marks(text, at).and_then(|open| open.bracket) {
        return Some((shown_stretch(text, place), unclosed(open)));
    }
    let line_start = text.get(..at)?.rfind('\n').map_or(0, |newline| newline + 1);
    if text.get(line_start..at)?.contains(": ") {
        let help = "put a text that contains `: ` in quotes; write several entries of one line as `{a: 1, b: 2}`";
        let words = (SYNTAX, "a second `:` stands on this line".to_owned(), help.to_owned());
        return Some((shown_stretch(text, at), words));
    }
    let above = text.get(..line_start)?.trim_end();
    let above_start = above.rfind('\n').map_or(0, |newline| newline + 1);
    let line = above.get(above_start..)?;
    let colon = line.find(':').filter(|_| !line.contains(": ") && !line.contains(['"', '\'', '#']))?;
    if line.get(colon + 1..)?.is_empty() {
        return None;
    }
    let words = (SYNTAX, "a blank is missing after `:`".to_owned(), format!("write {}", shown(&spaced(line, colon))));
    Some(((above_start + colon, above_start + colon + 1), words))
}

fn spaced(line: &str, colon: usize) -> String {
    let (key, value) = line.split_at(colon);
    format!("{}: {}", key.trim_start(), value.trim_start_matches(':'))
}

/// What is open at a place.
struct OpenMarks {
    /// The last open bracket.
    bracket: Option<(usize, char)>,
    /// The open quotation mark.
    quote: Option<usize>,
}

/// What is open at a place, as far as its section tells.
fn open_marks(text: &str, at: usize) -> Option<OpenMarks> {
    let before = text.get(..at)?;
    let margin =
        |start: &usize| text.get(*start..).is_some_and(|line| !line.starts_with([' ', '\n', '\r', '#', ']', '}']));
    // the line at the margin on which the section begins, other than the line of the error itself
    let line = before.rfind('\n')?;
    let starts = before.get(..line)?.rmatch_indices('\n').map(|(newline, _)| newline + 1).chain([0]);
    let start = starts.into_iter().find(margin)?;
    let mut open = Vec::new();
    let (mut quote, mut previous) = (None, ' ');
    let mut is_comment = false;
    for (place, character) in before.get(start..)?.char_indices() {
        let begins = matches!(previous, ' ' | '\n' | '[' | '{' | ',' | ':');
        match (character, quote) {
            ('\n', _) => is_comment = false,
            _ if is_comment => {}
            (_, Some((_, mark))) if character == mark => quote = None,
            (_, Some(_)) => {}
            ('"' | '\'', None) if begins => quote = Some((start + place, character)),
            ('#', None) if matches!(previous, ' ' | '\n') => is_comment = true,
            ('[' | '{', None) if begins || !open.is_empty() => open.push((start + place, character)),
            (']' | '}', None) => {
                open.pop();
            }
            _ => {}
        }
        previous = character;
    }
    Some(OpenMarks { bracket: open.pop(), quote: quote.map(|(place, _)| place) })
}
