//! YAML as a tree in which every node knows its place.
//!
//! Scalars stay text, as they were spelled: what `1.10` or `no` is, the reader of the tree decides. Anchors, aliases and
//! YAML tags are refused, so a tree is never larger than its text. Duplicate keys are reported here; the first one stays.

use super::codes;
use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Span};
use serde_yaml::granit_parser::{self, ErrorKind, Event, Options, Parser, ScalarStyle, ScanError};

/// Collections within each other.
const NESTING: usize = 32;

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    /// What.
    pub kind: Kind,
    /// Where.
    pub span: Span,
}

/// The forms of a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// Nothing: `null`, `~`, or nothing written.
    Null,
    /// Text, as spelled; and whether it stood in quotes.
    Text(String, bool),
    /// A list.
    List(Vec<Node>),
    /// Keys with values, in the order written, no key twice.
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// The key's text.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// Its value.
    pub value: Node,
}

impl Node {
    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text, _) => Some(text),
            _ => None,
        }
    }

    /// Whether nothing is there.
    pub fn is_null(&self) -> bool {
        self.kind == Kind::Null
    }

    /// What it is, in plain words.
    pub fn describe(&self) -> String {
        match &self.kind {
            Kind::Null => "nothing".to_owned(),
            Kind::Text(text, _) if text.chars().count() > 40 => "a text".to_owned(),
            Kind::Text(text, _) => format!("`{text}`"),
            Kind::List(_) => "a list".to_owned(),
            Kind::Map(_) => "a table of keys and values".to_owned(),
        }
    }
}

/// Reads one document. None where the text is empty or cannot be read at all; problems go to `diagnostics`.
pub(super) fn read(source: SourceId, text: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Node> {
    let options: Options = granit_parser::options! {
        flow_nesting_limit: NESTING,
        block_nesting_limit: NESTING,
        emit_unresolved_aliases: true,
    };
    let mut reader =
        Reader { source, text, parser: Parser::new_from_str_with_options(text, options), diagnostics, root: None };
    if let Err(error) = reader.documents() {
        let problem = reader.explain(&error);
        reader.diagnostics.push(problem);
        return None;
    }
    reader.root
}

struct Reader<'t, 'd> {
    source: SourceId,
    text: &'t str,
    parser: Parser<'t, granit_parser::StrInput<'t>>,
    diagnostics: &'d mut Vec<Diagnostic>,
    root: Option<Node>,
}

impl<'t> Reader<'t, '_> {
    fn documents(&mut self) -> Result<(), ScanError> {
        while let Some((event, place)) = self.next()? {
            let is_value =
                !matches!(event, Event::StreamStart | Event::StreamEnd | Event::DocumentStart(..) | Event::DocumentEnd);
            if !is_value {
                continue;
            }
            let node = self.node(event, place)?;
            if self.root.is_some() {
                let message = "a test file holds one document; a second one begins here";
                let problem = Diagnostic::error(codes::YAML_FEATURE, node.span, message);
                self.diagnostics.push(problem.help("remove the line `---`, or make two files"));
            } else {
                self.root = Some(node);
            }
        }
        Ok(())
    }

    fn next(&mut self) -> Result<Option<(Event<'t>, granit_parser::Span)>, ScanError> {
        self.parser.next_event().transpose()
    }

    /// Depth is bounded by the parser's limits on nesting.
    fn node(&mut self, event: Event<'t>, place: granit_parser::Span) -> Result<Node, ScanError> {
        let span = self.span(&place);
        let kind = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_features(span, anchor != 0, tag.is_some());
                scalar(&text, style)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.refuse_features(span, anchor != 0, tag.is_some());
                return self.list(span);
            }
            Event::MappingStart(_, anchor, tag) => {
                self.refuse_features(span, anchor != 0, tag.is_some());
                return self.map(span);
            }
            _ => {
                let message = "references (`*name`) are not used in test files";
                let problem = Diagnostic::error(codes::YAML_FEATURE, span, message);
                self.diagnostics
                    .push(problem.help("a value that begins with `*` goes in quotes; a context can say `like: other`"));
                Kind::Null
            }
        };
        Ok(Node { kind, span })
    }

    fn refuse_features(&mut self, span: Span, has_anchor: bool, has_tag: bool) {
        if has_anchor {
            let problem = Diagnostic::error(codes::YAML_FEATURE, span, "marks (`&name`) are not used in test files");
            self.diagnostics
                .push(problem.help("a value that begins with `&` goes in quotes; a context can say `like: other`"));
        }
        if has_tag {
            let problem = Diagnostic::error(codes::YAML_FEATURE, span, "tags (`!name`) are not used in test files");
            self.diagnostics.push(problem.help("a value that begins with `!` goes in quotes"));
        }
    }

    fn list(&mut self, start: Span) -> Result<Node, ScanError> {
        let mut items: Vec<Node> = Vec::new();
        let mut span = start;
        while let Some((event, place)) = self.next()? {
            if matches!(event, Event::SequenceEnd) {
                span = self.close(span, &place);
                break;
            }
            let item = self.node(event, place)?;
            span = span.to(item.span);
            items.push(item);
        }
        Ok(Node { kind: Kind::List(items), span })
    }

    fn map(&mut self, start: Span) -> Result<Node, ScanError> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen = std::collections::HashMap::new();
        let mut span = start;
        while let Some((event, place)) = self.next()? {
            if matches!(event, Event::MappingEnd) {
                span = self.close(span, &place);
                break;
            }
            let key = self.node(event, place)?;
            let Some((event, place)) = self.next()? else { break };
            let value = self.node(event, place)?;
            span = span.to(key.span).to(value.span);
            let Some(name) = self.key(&key) else { continue };
            match seen.entry(name.clone()) {
                std::collections::hash_map::Entry::Occupied(first) => {
                    let problem =
                        Diagnostic::error(codes::DUPLICATE_KEY, key.span, format!("`{name}` stands here twice"));
                    self.diagnostics.push(problem.label(*first.get(), "first here").help("keep one of them"));
                }
                std::collections::hash_map::Entry::Vacant(slot) => {
                    slot.insert(key.span);
                    entries.push(Entry { key: name, key_span: key.span, value });
                }
            }
        }
        Ok(Node { kind: Kind::Map(entries), span })
    }

    fn key(&mut self, key: &Node) -> Option<String> {
        if let Kind::Text(text, _) = &key.kind {
            return Some(text.clone());
        }
        let message = format!("a key is a word or a text, not {}", key.describe());
        self.diagnostics.push(Diagnostic::error(codes::WRONG_SHAPE, key.span, message));
        None
    }

    /// A block's end lies after blank lines and comments; a bracket's is the bracket.
    fn close(&self, span: Span, end: &granit_parser::Span) -> Span {
        if end.is_empty() { span } else { span.to(self.span(end)) }
    }

    fn span(&self, place: &granit_parser::Span) -> Span {
        let range = place.byte_range().unwrap_or_default();
        let covered = self.text.get(range.clone()).unwrap_or("");
        Span::new(self.source, range.start, range.start + covered.trim_end().len())
    }

    fn explain(&self, error: &ScanError) -> Diagnostic {
        let at = error.marker().byte_offset().unwrap_or(self.text.len()).min(self.text.len());
        let end = self.text.get(at..).and_then(|rest| rest.chars().next()).map_or(at, |first| at + first.len_utf8());
        let (message, help) = in_plain_words(error.kind());
        let problem = Diagnostic::error(codes::YAML, Span::new(self.source, at, end), message);
        if help.is_empty() { problem } else { problem.help(help) }
    }
}

fn scalar(text: &str, style: ScalarStyle) -> Kind {
    let is_plain = style == ScalarStyle::Plain;
    if is_plain && matches!(text, "" | "~" | "null" | "Null" | "NULL") {
        return Kind::Null;
    }
    Kind::Text(text.to_owned(), !is_plain)
}

/// What the YAML reader found, for somebody who does not know YAML's own terms.
fn in_plain_words(kind: &ErrorKind) -> (String, &'static str) {
    let (message, help) = match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => ("a tab stands where only blanks may", "indent with blanks"),
        ErrorKind::UnclosedQuotedScalar => ("a quoted text is not closed", "put the closing quote at its end"),
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping => {
            ("a bracket is not closed", "put the closing `]` or `}` at its end")
        }
        ErrorKind::MismatchedFlowCollectionEnd { .. } | ErrorKind::MisplacedFlowCollectionEnd => {
            ("this closing bracket has no opening one of its kind", "`[` goes with `]`, `{` goes with `}`")
        }
        ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::ExpectedFlowSequenceSeparator => {
            ("a comma or the closing bracket is missing before this", "write `{role: Nurse, location: ward_4}`")
        }
        ErrorKind::InvalidIndentation
        | ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::BlockSequenceEntryNotAllowed => (
            "this line does not fit the lines around it",
            "lines of one block begin in the same column, and each key is written `key: value` with a blank after the colon",
        ),
        ErrorKind::InvalidQuotedScalarIndent => {
            ("a quoted text is not closed before this line", "put the closing quote at its end")
        }
        ErrorKind::MappingKeyNotAllowed
        | ErrorKind::MappingValueNotAllowed
        | ErrorKind::InvalidSimpleKey
        | ErrorKind::SimpleKeyExpected => (
            "a second key on one line, or a colon inside a value",
            "put a value that has a colon and a blank in it in quotes",
        ),
        ErrorKind::UnknownQuotedScalarEscape => {
            ("a backslash in double quotes begins an escape", "write single quotes: '…', or double the backslash")
        }
        ErrorKind::UnexpectedCharacter { character } => {
            let shown = character.escape_default();
            return (format!("`{shown}` cannot begin a value"), "put the value in quotes");
        }
        ErrorKind::RecursionLimitExceeded => ("lists and tables are nested too deeply", "32 levels are the most"),
        other => return (format!("this is not well-formed: {other}"), ""),
    };
    (message.to_owned(), help)
}
