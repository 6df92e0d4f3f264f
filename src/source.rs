//! Source texts and places in them: what a [`Span`] points into.
//!
//! One [`Sources`] holds every text of one load. A span is two byte offsets and a source number, so it is copied freely;
//! lines and columns are worked out only when somebody looks.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// Number of a text in its [`Sources`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SourceId(u32);

/// A stretch of one source text, in bytes, end excluded.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// The text.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span from byte offsets.
    pub fn new(source: SourceId, start: usize, end: usize) -> Self {
        let clip = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { source, start: clip(start), end: clip(end) }
    }

    /// The smallest span that holds both; of two texts, the first span.
    pub fn to(self, other: Self) -> Self {
        if self.source != other.source {
            return self;
        }
        Self { source: self.source, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A place as people read it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// File name as it was given.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// One named text.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "Given", into = "Given")]
pub struct Source {
    name: String,
    text: Arc<str>,
    line_starts: Vec<u32>,
    is_rules: bool,
}

/// What a source is made from: how it is kept in a bundle.
#[derive(Serialize, Deserialize)]
struct Given {
    name: String,
    text: Arc<str>,
    is_rules: bool,
}

impl From<Given> for Source {
    fn from(given: Given) -> Self {
        Self::new(given.name, given.text, given.is_rules)
    }
}

impl From<Source> for Given {
    fn from(source: Source) -> Self {
        Self { name: source.name, text: source.text, is_rules: source.is_rules }
    }
}

impl Source {
    fn new(name: String, text: Arc<str>, is_rules: bool) -> Self {
        let starts = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(at, _)| at + 1);
        let line_starts = std::iter::once(0).chain(starts).map(|at| u32::try_from(at).unwrap_or(u32::MAX)).collect();
        Self { name, text, line_starts, is_rules }
    }

    /// The name under which the text was given, a path as a rule.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The whole text, to be held while sources are added.
    pub fn shared_text(&self) -> Arc<str> {
        self.text.clone()
    }

    /// Whether it holds rules; else it is a catalogue or a table.
    pub fn is_rules(&self) -> bool {
        self.is_rules
    }

    /// Line and column, both from 1, the column in characters. Past the end: the end.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.line_starts.partition_point(|&start| start as usize <= offset);
        let start = self.line_starts.get(line.saturating_sub(1)).map_or(0, |&start| start as usize);
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count());
        (line.max(1), column + 1)
    }
}

/// All texts of one load.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Sources {
    list: Vec<Source>,
}

impl Sources {
    /// Adds a text other than rules under a name and gives its number.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> SourceId {
        self.push(Source::new(name.into(), text.into(), false))
    }

    /// Adds a text of rules under a name and gives its number.
    pub fn add_rules(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> SourceId {
        self.push(Source::new(name.into(), text.into(), true))
    }

    fn push(&mut self, source: Source) -> SourceId {
        let id = SourceId(u32::try_from(self.list.len()).unwrap_or(u32::MAX));
        self.list.push(source);
        id
    }

    /// The text of that number.
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.list.get(id.0 as usize)
    }

    /// All texts with their numbers, in the order added.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.list.iter().enumerate().map(|(at, source)| (SourceId(u32::try_from(at).unwrap_or(u32::MAX)), source))
    }

    /// Whether a span is a stretch of these texts.
    pub fn holds(&self, span: Span) -> bool {
        let text = self.get(span.source).map(|source| &*source.text);
        text.is_some_and(|text| text.get(span.start as usize..span.end as usize).is_some())
    }

    /// The text a span covers; empty where the span is not of these sources.
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.source).and_then(|source| source.text.get(span.start as usize..span.end as usize)).unwrap_or("")
    }

    /// File, line and column at which a span begins.
    pub fn place(&self, span: Span) -> Place {
        match self.get(span.source) {
            Some(source) => {
                let (line, column) = source.line_column(span.start as usize);
                Place { file: source.name.clone(), line, column }
            }
            None => Place { file: String::new(), line: 1, column: 1 },
        }
    }
}
