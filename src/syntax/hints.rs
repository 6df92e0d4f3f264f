//! Why an item could not be read, in a sentence for its author.

use super::chars::shown;
use super::codes;
use super::parse::Failure;
use super::tokens::{Token, tokens};
use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Span};

/// The item or condition that could not be read.
pub(super) struct Place<'t> {
    /// Its source.
    pub source: SourceId,
    /// Its text.
    pub text: &'t str,
    /// Where it begins.
    pub base: usize,
    /// Whether it is a condition by itself.
    pub is_condition: bool,
}

/// The one diagnostic for a failure of the grammar.
pub(super) fn explain(place: &Place<'_>, failure: &Failure) -> Diagnostic {
    let list = tokens(place.text);
    let found: Option<&Token<'_>> = list.iter().find(|token| token.end() > failure.at);
    let expected = failure.expected.join(" or ");
    let (span, message) = match found {
        Some(token) => {
            let span = Span::new(place.source, place.base + token.start, place.base + token.end());
            (span, format!("expected {expected}, found `{}`", shown(token.text, 40)))
        }
        None => {
            let end = place.base + place.text.len();
            (Span::new(place.source, end, end), format!("expected {expected}"))
        }
    };
    Diagnostic::error(codes::UNEXPECTED, span, message)
}
