//! The tree from the parser's events.

use super::{DUPLICATE_KEY, Entry, FEATURE, Kind, MAX_DEPTH, MAX_NODES, MAX_PROBLEMS, Node, TOO_LARGE, Text, explain};
use crate::diagnostic::Diagnostic;
use crate::model::read::shown;
use crate::source::{SourceId, Span};
use serde_yaml::granit_parser::{self, Event, Parser, ScalarStyle, StructureStyle};
use std::collections::HashMap;

/// Why reading stopped; the diagnostic is already made.
pub(super) enum Stop {
    /// Not YAML, from this byte of the file on.
    Syntax { at: usize },
    /// Too many nodes, or too deep.
    Limit,
}

/// Builds the tree of `text`, which begins at byte `offset` of the file.
pub(super) fn build(
    source: SourceId,
    text: &str,
    offset: usize,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Node, Stop> {
    let options = granit_parser::options! {
        emit_unresolved_aliases: true,
        emit_anchor_events: true,
    };
    let mut builder = Builder { source, text, offset, stack: Vec::new(), root: None, count: 0, diagnostics };
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => {
                if !builder.event(event, &span)? {
                    break;
                }
            }
            Err(error) => {
                let (diagnostic, at) = explain::explain(&error, source, text, offset);
                builder.diagnostics.extend(diagnostic);
                return Err(Stop::Syntax { at });
            }
        }
    }
    let start = Span::new(source, offset, offset);
    Ok(builder.root.unwrap_or(Node { kind: Kind::Empty, span: start }))
}

struct Builder<'t, 'd> {
    source: SourceId,
    text: &'t str,
    offset: usize,
    stack: Vec<Open>,
    root: Option<Node>,
    count: usize,
    diagnostics: &'d mut Vec<Diagnostic>,
}

/// A list or map whose end has not come.
struct Open {
    span: Span,
    is_flow: bool,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, seen: HashMap<String, Span>, key: Option<Key> },
}

enum Key {
    Good(String, Span),
    /// A second key of the same text, or none that is a text: its value is dropped.
    Bad,
}

impl Builder<'_, '_> {
    /// Takes one event; false at the end of what is read.
    fn event(&mut self, event: Event<'_>, span: &granit_parser::Span) -> Result<bool, Stop> {
        let place = self.place(span);
        if let Some(tag) = span.tag_span() {
            let tag = self.place(&tag);
            let help =
                "leave it out: the type is declared in the catalogue; a text that begins with `!` goes in quotes";
            self.refuse(tag, "tags (`!`) are not used here", help);
        }
        match event {
            Event::Scalar(text, style, ..) => {
                let quoted = style != ScalarStyle::Plain;
                // the parser writes `~` where nothing was written
                let is_empty = !quoted && place.start == place.end;
                let kind = if is_empty { Kind::Empty } else { Kind::Text(Text { text: text.into_owned(), quoted }) };
                self.add(Node { kind, span: place })?;
            }
            Event::SequenceStart(style, ..) => self.open(place, style, Content::List(Vec::new()))?,
            Event::MappingStart(style, ..) => {
                self.open(place, style, Content::Map { entries: Vec::new(), seen: HashMap::new(), key: None })?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(place)?,
            Event::Anchor(..) => {
                let help = "write the value out where it is needed; a text that begins with `&` goes in quotes";
                self.refuse(place, "anchors (`&`) are not used here", help);
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                let help = "write the value out; a text that begins with `*` goes in quotes";
                self.refuse(place, "references (`*`) are not used here", help);
                self.add(Node { kind: Kind::Broken, span: place })?;
            }
            Event::DocumentStart(is_explicit, version) => {
                return Ok(self.document(is_explicit, version.is_some(), place));
            }
            _ => {}
        }
        Ok(true)
    }

    /// Begins a document; false if it is the second.
    fn document(&mut self, is_explicit: bool, has_version: bool, place: Span) -> bool {
        if has_version || (is_explicit && self.text.trim_start_matches('\u{feff}').starts_with('%')) {
            let line = self.text.find('\n').unwrap_or(self.text.len());
            let place = Span::new(self.source, self.offset, self.offset + line);
            self.refuse(place, "directives (`%`) are not used here", "delete this line");
        }
        if self.root.is_some() {
            self.refuse(place, "a second document begins here", "keep one document in a file: delete this line");
            return false;
        }
        true
    }

    fn refuse(&mut self, span: Span, message: &str, help: &str) {
        report(self.diagnostics, Diagnostic::error(FEATURE, span, message).help(help));
    }

    fn place(&self, span: &granit_parser::Span) -> Span {
        let range = span.byte_range().unwrap_or(0..0);
        Span::new(self.source, self.offset + range.start, self.offset + range.end)
    }

    fn open(&mut self, span: Span, style: StructureStyle, content: Content) -> Result<(), Stop> {
        if self.stack.len() >= MAX_DEPTH {
            let message = format!("lists and maps are nested more than {MAX_DEPTH} deep");
            self.diagnostics.push(Diagnostic::error(TOO_LARGE, span, message).help("flatten them"));
            return Err(Stop::Limit);
        }
        self.stack.push(Open { span, is_flow: style == StructureStyle::Flow, content });
        Ok(())
    }

    fn close(&mut self, end: Span) -> Result<(), Stop> {
        let Some(open) = self.stack.pop() else { return Ok(()) };
        // a block has no closing mark: its end is the end of its last child
        let span = |last: Option<Span>| match (open.is_flow, last) {
            (true, _) => open.span.to(end),
            (false, Some(last)) => open.span.to(last),
            (false, None) => open.span,
        };
        let node = match open.content {
            Content::List(items) => {
                let span = span(items.last().map(|item| item.span));
                Node { kind: Kind::List(items), span }
            }
            Content::Map { entries, .. } => {
                let span = span(entries.last().map(|entry| entry.key_span.to(entry.value.span)));
                Node { kind: Kind::Map(entries), span }
            }
        };
        self.add(node)
    }

    fn add(&mut self, node: Node) -> Result<(), Stop> {
        self.count += 1;
        if self.count > MAX_NODES {
            let message = format!("the file has more than {MAX_NODES} values");
            let help = "put large hierarchies into tables: `tree: places.csv`";
            self.diagnostics.push(Diagnostic::error(TOO_LARGE, node.span, message).help(help));
            return Err(Stop::Limit);
        }
        match self.stack.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(node),
            Some(Content::List(items)) => items.push(node),
            Some(Content::Map { entries, seen, key }) => match key.take() {
                Some(Key::Good(key, key_span)) => {
                    // nothing has no place of its own: the key stands for it
                    let span = if matches!(node.kind, Kind::Empty) { key_span } else { node.span };
                    entries.push(Entry { key, key_span, value: Node { span, ..node } });
                }
                Some(Key::Bad) => {}
                None => *key = Some(take_key(node, seen, self.diagnostics)),
            },
        }
        Ok(())
    }
}

/// Adds a problem, up to a limit: each reading begins with none.
fn report(diagnostics: &mut Vec<Diagnostic>, diagnostic: Diagnostic) {
    if diagnostics.len() < MAX_PROBLEMS {
        diagnostics.push(diagnostic);
    }
}

fn take_key(node: Node, seen: &mut HashMap<String, Span>, diagnostics: &mut Vec<Diagnostic>) -> Key {
    let text = match node.kind {
        Kind::Text(text) if text.text == "<<" && !text.quoted => {
            let help = "write the entries out";
            report(diagnostics, Diagnostic::error(FEATURE, node.span, "merging (`<<`) is not used here").help(help));
            return Key::Bad;
        }
        Kind::Text(text) => text.text,
        Kind::Broken => return Key::Bad,
        _ => {
            let found =
                if matches!(node.kind, Kind::Empty) { "nothing stands before `:`" } else { "a key is one text" };
            let help = "a text with brackets, braces or other signs goes in quotes";
            report(diagnostics, Diagnostic::error(FEATURE, node.span, found).help(help));
            return Key::Bad;
        }
    };
    if let Some(&first) = seen.get(&text) {
        let message = format!("{} stands twice in this map", shown(&text));
        let diagnostic = Diagnostic::error(DUPLICATE_KEY, node.span, message).at("again here");
        report(diagnostics, diagnostic.label(first, "first here").help("keep one of the two, or join them into one"));
        return Key::Bad;
    }
    seen.insert(text.clone(), node.span);
    Key::Good(text, node.span)
}
