//! Strict YAML as a tree with places: maps, lists and texts, nothing else.
//!
//! A scalar keeps the text that was written: `no`, `1.10` and `null` are texts until a declared type reads them. Of YAML,
//! only maps, lists, plain and quoted texts and block texts are taken; anchors, aliases, tags, directives and several
//! documents are refused, so what a line says is said there and nothing can multiply. Tabs and hidden characters are
//! errors. Who reads the tree says what belongs in it.
//!
//! Cost: one pass of the parser over the text, and one allocation per node.

mod build;
mod explain;
mod scan;

pub(crate) use scan::scan;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceId, Span};
use crate::syntax::limits;

/// Longest file in bytes.
pub const MAX_BYTES: usize = limits::FILE_BYTES;
/// Most nodes in one file.
pub const MAX_NODES: usize = 1_000_000;
/// Deepest nesting of lists and maps.
pub const MAX_DEPTH: usize = limits::NESTING;
/// Most problems kept of one kind of reading; a file with more is mended in several rounds.
pub(crate) const MAX_PROBLEMS: usize = 250;
/// Most syntax errors reported of one file: each is looked for from the next line at the margin.
const MAX_SYNTAX_ERRORS: usize = 20;

/// The file is not YAML.
pub const SYNTAX: Code = Code::new("WK201", "yaml-syntax", "the file is not well-formed YAML");
/// A tab.
pub const TAB: Code = Code::new("WK202", "tab", "a tab stands in a YAML file");
/// A character that does not show.
pub const HIDDEN: Code = Code::new("WK203", "yaml-hidden-character", "a control, bidirectional or invisible character");
/// A key that stands twice in one map.
pub const DUPLICATE_KEY: Code = Code::new("WK204", "duplicate-key", "a key stands twice in one map");
/// A feature of YAML that is not taken.
pub const FEATURE: Code = Code::new("WK205", "yaml-feature", "a feature of YAML that is not used here");
/// Past a limit.
pub const TOO_LARGE: Code = Code::new("WK206", "yaml-too-large", "the file is past a limit of size, count or nesting");

/// A piece of the file.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Where.
    pub span: Span,
}

/// The kinds of nodes.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A text.
    Text(Text),
    /// `[a, b]`, or lines that begin with `- `.
    List(Vec<Node>),
    /// `{a: 1}`, or lines `a: 1`; each key once.
    Map(Vec<Entry>),
    /// Nothing was written: `key:`
    Empty,
    /// Something that was already reported: say no more about it.
    Broken,
}

/// A text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// As written, escapes resolved and lines joined.
    pub text: String,
    /// Whether it stood in quotes or as a block.
    pub quoted: bool,
}

/// One entry of a map.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key's text.
    pub key: String,
    /// The key's place.
    pub key_span: Span,
    /// What it maps to.
    pub value: Node,
}

impl Node {
    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(&text.text),
            _ => None,
        }
    }

    /// What it is, for messages: `a list`.
    pub fn describe(&self) -> &'static str {
        match self.kind {
            Kind::Text(_) => "a text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
            Kind::Empty | Kind::Broken => "nothing",
        }
    }
}

/// The part of `span` that is `text` to the letter: quotes taken off. The whole span where there is none.
pub fn literal_span(file: &str, span: Span, text: &str) -> Span {
    let slice = file.get(span.start as usize..span.end as usize).unwrap_or_default();
    match slice.find(text) {
        Some(at) if slice.len() <= text.len() + 2 => {
            let start = span.start as usize + at;
            Span::new(span.source, start, start + text.len())
        }
        _ => span,
    }
}

/// Reads one file. None: nothing can be read of it, and why is among the diagnostics.
///
/// Errors are added to `diagnostics`; a tree may be returned along with them.
pub fn read(source: SourceId, text: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Node> {
    if text.len() > MAX_BYTES {
        let message = format!("the file has {} bytes, more than {MAX_BYTES}", text.len());
        diagnostics.push(Diagnostic::error(TOO_LARGE, Span::new(source, 0, 0), message));
        return None;
    }
    let characters = scan(source, text, diagnostics);
    if characters.tab_indents {
        return None;
    }
    let skipped = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut from = skipped;
    let mut tree = None;
    for round in 0..MAX_SYNTAX_ERRORS {
        let rest = text.get(from..).unwrap_or_default();
        let mut found = Vec::new();
        match build::build(source, rest, from, &mut found) {
            Ok(node) => {
                // only the first reading is of the whole file; the later ones look for more syntax errors
                if round == 0 {
                    diagnostics.append(&mut found);
                    tree = Some(node);
                }
                break;
            }
            Err(build::Stop::Limit) => {
                diagnostics.append(&mut found);
                return None;
            }
            Err(build::Stop::Syntax { at }) => {
                found.retain(|problem| !diagnostics.contains(problem));
                diagnostics.append(&mut found);
                match next_margin_line(text, from, at) {
                    Some(next) => from = next,
                    None => break,
                }
            }
        }
    }
    tree
}

/// Start of the first line from that of `at` on, and after `from`, that begins with a letter at the margin.
fn next_margin_line(text: &str, from: usize, at: usize) -> Option<usize> {
    let line = text.get(..at)?.rfind('\n').unwrap_or(0);
    let starts = text.get(line..)?.match_indices('\n').map(|(newline, _)| line + newline + 1);
    let is_margin = |start: &usize| text.get(*start..).is_some_and(|line| line.starts_with(char::is_alphabetic));
    starts.filter(|&start| start > from).find(is_margin)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use crate::source::Sources;

    /// The tree in a short notation, and `CODE line:column message` of each diagnostic.
    fn show(text: &str) -> (String, Vec<String>) {
        let mut sources = Sources::default();
        let source = sources.add("t.yaml", text);
        let mut diagnostics = Vec::new();
        let tree = read(source, text, &mut diagnostics);
        let lines = diagnostics.iter().map(|diagnostic| {
            let place = sources.place(diagnostic.span().unwrap());
            format!("{} {}:{} {}", diagnostic.code, place.line, place.column, diagnostic.message)
        });
        (tree.as_ref().map(notation).unwrap_or_default(), lines.collect())
    }

    fn notation(node: &Node) -> String {
        match &node.kind {
            Kind::Text(text) if text.quoted => format!("{:?}", text.text),
            Kind::Text(text) => text.text.clone(),
            Kind::List(items) => format!("[{}]", items.iter().map(notation).collect::<Vec<_>>().join(", ")),
            Kind::Map(entries) => {
                let entries = entries.iter().map(|entry| format!("{}: {}", entry.key, notation(&entry.value)));
                format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
            }
            Kind::Empty => "-".to_owned(),
            Kind::Broken => "?".to_owned(),
        }
    }

    #[test]
    fn scalars_keep_their_text() {
        let (tree, problems) = show("a: no\nb: 1.10\nc: null\nd: ~\ne:\nf: 'x: y'\ng: [0x1F, 1e3, 2026-01-01]\n");
        assert_eq!(tree, "{a: no, b: 1.10, c: null, d: ~, e: -, f: \"x: y\", g: [0x1F, 1e3, 2026-01-01]}");
        assert!(problems.is_empty(), "{problems:?}");
    }

    #[test]
    fn spans_cover_the_text_in_bytes_behind_a_byte_order_mark() {
        let text = "\u{feff}ä: [ö, \"ü\"]\nb:\n  - c\n";
        let mut sources = Sources::default();
        let source = sources.add("t.yaml", text);
        let tree = read(source, text, &mut Vec::new()).unwrap();
        let Kind::Map(entries) = &tree.kind else { panic!("{tree:?}") };
        assert_eq!(sources.slice(entries[0].key_span), "ä");
        assert_eq!(sources.slice(entries[0].value.span), "[ö, \"ü\"]");
        let Kind::List(items) = &entries[0].value.kind else { panic!("{tree:?}") };
        assert_eq!(sources.slice(items[1].span), "\"ü\"");
        assert_eq!(sources.slice(entries[1].value.span), "- c");
    }

    #[test]
    fn duplicate_keys_are_reported_with_both_places_and_the_first_is_kept() {
        let (tree, problems) = show("a: 1\nb: {x: 1, x: 2}\na: 3\n");
        assert_eq!(tree, "{a: 1, b: {x: 1}}");
        assert_eq!(problems, ["WK204 2:11 `x` stands twice in this map", "WK204 3:1 `a` stands twice in this map"]);
    }

    #[test]
    fn features_that_hide_or_multiply_are_refused_each_with_its_place() {
        let (tree, problems) = show("a: &x [1]\nb: *x\nc: !!str d\n[e]: f\n");
        assert_eq!(tree, "{a: [1], b: ?, c: d}");
        let codes: Vec<_> = problems.iter().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(codes, ["WK205 1:4", "WK205 2:4", "WK205 3:4", "WK205 4:1"]);
        assert!(show("a: 1\n---\nb: 2\n").1[0].starts_with("WK205 2:1"));
        assert!(show("%YAML 1.2\n---\na: 1\n").1[0].starts_with("WK205 1:1"), "{:?}", show("%YAML 1.2\n---\na: 1\n").1);
    }

    #[test]
    fn tabs_and_hidden_characters_are_errors() {
        assert_eq!(
            show("a:\n\tb: 1\n\tc: 2\n").1,
            ["WK202 2:1 a tab indents this line", "WK202 3:1 a tab indents this line"]
        );
        let (tree, problems) = show("a: 1\t# x\nb: \u{202e}y\n");
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].starts_with("WK202 1:5") && problems[1].starts_with("WK203 2:4"), "{problems:?}");
        assert_eq!(tree, "{a: 1, b: \u{202e}y}");
    }

    #[test]
    fn syntax_errors_of_several_sections_are_found() {
        let problems = show("a: [1, 2\nb: 1\nc: \"x\nd: 1\ne: }\n").1;
        assert!(problems.len() >= 2 && problems.iter().all(|line| line.starts_with("WK201")), "{problems:?}");
    }

    #[test]
    fn limits() {
        let deep = format!("a: {}{}", "[".repeat(70), "]".repeat(70));
        assert!(show(&deep).1[0].starts_with("WK206"));
        let deep = format!("a: {}", "[".repeat(100_000));
        assert!(show(&deep).1[0].starts_with("WK206"));
        let at_limit = format!("a: {}{}", "[".repeat(MAX_DEPTH - 1), "]".repeat(MAX_DEPTH - 1));
        assert!(show(&at_limit).1.is_empty());
        let many = format!("a: [{}]", "x,".repeat(MAX_NODES));
        assert!(show(&many).1[0].contains("more than 1000000"));
        let long = format!("a: {}", "x".repeat(MAX_BYTES));
        assert!(show(&long).1[0].starts_with("WK206"));
    }

    #[test]
    fn floods_of_problems_are_cut_off() {
        for text in ["\t\n", "\u{1}", "- *a\n", "a: 1\n", "- !b c\n"] {
            let found = show(&text.repeat(20_000)).1.len();
            assert!((MAX_PROBLEMS..=MAX_PROBLEMS + 1).contains(&found), "{text:?}: {found}");
        }
    }

    #[test]
    fn an_empty_file_is_nothing() {
        for text in ["", "\n# only a comment\n", "\u{feff}"] {
            assert_eq!(show(text), ("-".to_owned(), Vec::new()), "{text:?}");
        }
    }
}
