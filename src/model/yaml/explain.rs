//! The parser's errors in plain words.

use super::{FEATURE, SYNTAX, TOO_LARGE};
use crate::diagnostic::Diagnostic;
use crate::model::read::shown;
use crate::source::{SourceId, Span};
use serde_yaml::granit_parser::{ErrorKind, ScanError};

/// The diagnostic, and the byte of the file at which reading stopped.
pub(super) fn explain(error: &ScanError, source: SourceId, text: &str, offset: usize) -> (Diagnostic, usize) {
    let at = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    let at = (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    let (code, message, help) = words(error.kind(), text, at);
    let (start, end) = shown_stretch(text, at);
    let span = Span::new(source, offset + start, offset + end);
    (Diagnostic::error(code, span, message).help(help), offset + at)
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

fn words(kind: &ErrorKind, text: &str, at: usize) -> (crate::diagnostic::Code, String, String) {
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
            "put the whole text in quotes; within single quotes a quote is doubled: `'it''s'`",
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
        E::MappingValueNotAllowed | E::InvalidColonPlacement | E::MappingKeyNotAllowed => colon(text, at),
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

fn unclosed(open: char) -> (crate::diagnostic::Code, String, String) {
    let close = if open == '[' { ']' } else { '}' };
    (SYNTAX, format!("`{open}` is opened and not closed"), format!("add `{close}`"))
}

/// A second colon on the line, or a key below a value.
fn colon(text: &str, at: usize) -> (crate::diagnostic::Code, String, String) {
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
    let before = text.get(start..at).unwrap_or_default();
    if before.contains(": ") {
        let help = "put a text that contains `: ` in quotes; write several entries of one line as `{a: 1, b: 2}`";
        return (SYNTAX, "a second `:` stands on this line".to_owned(), help.to_owned());
    }
    let help = "a key has either a value on its line or entries below it, indented";
    (SYNTAX, "an entry begins where none can stand".to_owned(), help.to_owned())
}
