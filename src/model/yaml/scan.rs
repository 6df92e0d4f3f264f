//! A look at the characters before anything is parsed: tabs, and what does not show or shows elsewhere.

use super::super::read::is_hidden;
use super::{HIDDEN, MAX_PROBLEMS, TAB};
use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Span};

/// What the look found that others must know.
pub(crate) struct Characters {
    /// A tab indents a line: what belongs to what cannot be told.
    pub(crate) tab_indents: bool,
}

/// Reports tabs and hidden characters, each run of tabs once.
pub(crate) fn scan(source: SourceId, text: &str, diagnostics: &mut Vec<Diagnostic>) -> Characters {
    let mut found = Characters { tab_indents: false };
    if text.bytes().all(|byte| byte == b'\n' || (b' '..=b'~').contains(&byte)) {
        return found;
    }
    let most = diagnostics.len() + MAX_PROBLEMS;
    let (mut in_indent, mut after_tab) = (true, false);
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let span = Span::new(source, at, at + character.len_utf8());
        match character {
            '\n' => (in_indent, after_tab) = (true, false),
            '\t' => {
                if !after_tab && diagnostics.len() < most {
                    diagnostics.push(tab(span, in_indent));
                }
                found.tab_indents |= in_indent;
                after_tab = true;
            }
            '\r' if characters.peek().is_some_and(|&(_, next)| next == '\n') => {}
            '\u{feff}' if at == 0 => {}
            ' ' => after_tab = false,
            other => {
                (in_indent, after_tab) = (false, false);
                if (other == '\u{a0}' || is_hidden(other)) && diagnostics.len() < most {
                    diagnostics.push(hidden(span, other));
                }
            }
        }
    }
    found
}

fn tab(span: Span, in_indent: bool) -> Diagnostic {
    if in_indent {
        return Diagnostic::error(TAB, span, "a tab indents this line").help("indent with spaces, two for each level");
    }
    Diagnostic::error(TAB, span, "a tab stands here").help("write a space").replace(span, " ")
}

fn hidden(span: Span, character: char) -> Diagnostic {
    let (what, help) = match character {
        '\0' => ("a NUL byte", "save the file as plain text in UTF-8"),
        '\r' => ("a carriage return without a line feed", "end lines with LF or CRLF"),
        '\u{a0}' => ("a non-breaking space", "write an ordinary space"),
        '\u{feff}' => ("a byte order mark inside the text", "delete it"),
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            ("a character that changes the direction of text", "delete it: the text does not read as it shows")
        }
        '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{ad}' => ("an invisible character", "delete it"),
        '\u{2028}' | '\u{2029}' => ("a line separator", "end lines with LF or CRLF"),
        _ => ("a control character", "delete it"),
    };
    let message = format!("{what} (U+{:04X}) stands here", u32::from(character));
    let diagnostic = Diagnostic::error(HIDDEN, span, message).help(help);
    if character == '\u{a0}' { diagnostic.replace(span, " ") } else { diagnostic.replace(span, "") }
}
