//! Diagnostics as text for people, in the manner of rustc.
//!
//! Excerpts are cut to the lines that labels touch before they are drawn, so that the cost depends on the excerpt, not on the
//! file. Nothing unprintable of a source or a message reaches the terminal: it is shown as a placeholder.

use super::{Diagnostic, Label, Severity};
use crate::source::{Source, SourceId, Sources};
use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};
use std::borrow::Cow;

/// Characters of a line before a label from which on the excerpt is left out: drawing them costs more than they show.
const LONGEST_PREFIX: usize = 4_000;
/// Characters shown of a line after its last label; the drawing trims further.
const SHOWN_SUFFIX: usize = 200;
/// Bytes of one label that are drawn.
const LONGEST_LABEL: usize = 600;
/// Lines between two labels from which on they get an excerpt each.
const LARGEST_GAP: usize = 60;
/// Lines of one label that are drawn; a longer one is drawn on its first line.
const TALLEST_LABEL: usize = 12;

/// A diagnostic as text in the manner of rustc: code, message, file:line:column, underlined excerpt, help lines.
/// With `colour`, ANSI escapes. Unprintable characters of the source are shown, never sent to a terminal.
/// No line end at the end. Costs time in proportion to the excerpts shown.
pub fn render(diagnostic: &Diagnostic, sources: &Sources, colour: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level.primary_title(printable(&diagnostic.message)).id(diagnostic.code.id);
    let mut group = Group::with_title(title);
    for cluster in clusters(&diagnostic.labels, sources) {
        group = group.element(cluster.element());
    }
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(printable(help)));
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}

/// Labels of one source that stand near one another.
struct Cluster<'d> {
    source: &'d Source,
    id: SourceId,
    /// Each with whether it is the primary one.
    labels: Vec<(&'d Label, bool)>,
    first_line: usize,
    last_line: usize,
}

/// The labels in clusters, that of the primary label first; labels of unknown sources are left out.
fn clusters<'d>(labels: &'d [Label], sources: &'d Sources) -> Vec<Cluster<'d>> {
    let mut clusters: Vec<Cluster<'d>> = Vec::new();
    for (at, label) in labels.iter().enumerate() {
        let Some(source) = sources.get(label.span.source) else { continue };
        let (line, _) = source.line_column(label.span.start as usize);
        let near = |cluster: &&mut Cluster<'_>| {
            cluster.id == label.span.source
                && line + LARGEST_GAP >= cluster.first_line
                && line <= cluster.last_line + LARGEST_GAP
        };
        match clusters.iter_mut().find(near) {
            Some(cluster) => {
                cluster.labels.push((label, at == 0));
                cluster.first_line = cluster.first_line.min(line);
                cluster.last_line = cluster.last_line.max(line);
            }
            None => clusters.push(Cluster {
                source,
                id: label.span.source,
                labels: vec![(label, at == 0)],
                first_line: line,
                last_line: line,
            }),
        }
    }
    clusters
}

impl<'d> Cluster<'d> {
    fn element(&self) -> Element<'d> {
        let name = printable(self.source.name()).into_owned();
        let spans: Vec<(usize, usize)> = self.labels.iter().map(|(label, _)| self.drawn(label)).collect();
        let start = line_start(self.source.text(), spans.iter().map(|span| span.0).min().unwrap_or(0));
        let end = excerpt_end(self.source.text(), spans.iter().map(|span| span.1).max().unwrap_or(0));
        let prefix = spans.iter().map(|span| span.0 - line_start(self.source.text(), span.0)).max().unwrap_or(0);
        let (line, column) = self.source.line_column(spans.first().map_or(0, |span| span.0));
        if prefix > LONGEST_PREFIX {
            return Origin::path(name).line(line).char_column(column).into();
        }
        let (line, _) = self.source.line_column(start);
        let mut excerpt = Excerpt::new(self.source.text().get(start..end).unwrap_or(""));
        let marks = spans.iter().map(|&(from, to)| excerpt.place(from - start)..excerpt.place(to - start));
        let marks: Vec<_> = marks.collect();
        let mut snippet = Snippet::source(std::mem::take(&mut excerpt.text)).line_start(line).path(name);
        for (mark, (label, is_primary)) in marks.into_iter().zip(&self.labels) {
            let kind = if *is_primary { AnnotationKind::Primary } else { AnnotationKind::Context };
            let mut annotation = kind.span(mark);
            if !label.message.is_empty() {
                annotation = annotation.label(printable(&label.message).into_owned());
            }
            snippet = snippet.annotation(annotation);
        }
        let snippet: Snippet<'d, Annotation<'d>> = snippet;
        snippet.into()
    }

    /// The bytes of a label that are drawn: on character boundaries, in the text, not too many lines.
    fn drawn(&self, label: &Label) -> (usize, usize) {
        let text = self.source.text();
        let boundary = |mut at: usize| {
            at = at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = boundary(label.span.start as usize);
        let end = boundary((label.span.end as usize).min(start + LONGEST_LABEL)).max(start);
        let inside = text.get(start..end).unwrap_or("");
        match inside.match_indices('\n').take(TALLEST_LABEL).collect::<Vec<_>>().as_slice() {
            found if found.len() >= TALLEST_LABEL => (start, start + found.first().map_or(0, |(at, _)| *at)),
            _ => (start, end),
        }
    }
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |found| found + 1)
}

/// The end of the line, or some way along a long one.
fn excerpt_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or("");
    let shown =
        rest.char_indices().take(SHOWN_SUFFIX).find(|&(_, character)| character == '\n').map(|(found, _)| found);
    at + shown.or_else(|| rest.char_indices().nth(SHOWN_SUFFIX).map(|(found, _)| found)).unwrap_or(rest.len())
}

/// A stretch of source made printable, with where its bytes went.
struct Excerpt {
    text: String,
    /// Places at which what was written and what is shown part ways: (byte written, byte shown), each past a replacement.
    shifts: Vec<(usize, usize)>,
}

impl Excerpt {
    fn new(written: &str) -> Self {
        let mut excerpt = Self { text: String::with_capacity(written.len()), shifts: Vec::new() };
        for (at, character) in written.char_indices() {
            let after = at + character.len_utf8();
            let is_line_end =
                character == '\r' && written.get(after..).is_none_or(|rest| rest.is_empty() || rest.starts_with('\n'));
            match placeholder(character) {
                _ if is_line_end => {}
                Some(shown) => excerpt.text.push(shown),
                None => {
                    excerpt.text.push(character);
                    continue;
                }
            }
            excerpt.shifts.push((after, excerpt.text.len()));
        }
        excerpt
    }

    /// Where a byte of the written text is shown.
    fn place(&self, written: usize) -> usize {
        let before = self.shifts.partition_point(|&(from, _)| from <= written);
        let (from, shown) = before.checked_sub(1).and_then(|last| self.shifts.get(last)).copied().unwrap_or((0, 0));
        (shown + (written - from)).min(self.text.len())
    }
}

/// What is shown for a character that is not sent to a terminal. Line ends and tabs are left to the drawing.
fn placeholder(character: char) -> Option<char> {
    match character {
        '\n' | '\t' => None,
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(character)),
        '\u{7f}' => Some('␡'),
        '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' => Some('\u{fffd}'),
        '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' => Some('\u{fffd}'),
        '\u{e0000}'..='\u{e007f}' => Some('\u{fffd}'),
        _ => None,
    }
}

/// A message with nothing unprintable in it.
fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().all(|character| placeholder(character).is_none()) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|character| placeholder(character).unwrap_or(character)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;
    use crate::source::Span;

    const CODE: Code = Code::new("WK000", "test", "for tests");

    fn drawn(text: &str, start: usize, end: usize) -> String {
        let mut sources = Sources::default();
        let source = sources.add("a.ward", text);
        render(&Diagnostic::error(CODE, Span::new(source, start, end), "bad").at("here").help("try"), &sources, false)
    }

    #[test]
    fn shows_place_excerpt_and_help() {
        let expected = "error[WK000]: bad\n --> a.ward:2:3\n  |\n2 | b c\n  |   ^ here\n  |\n  = help: try";
        assert_eq!(drawn("a\nb c\r\nd", 4, 5), expected);
    }

    #[test]
    fn nothing_unprintable_gets_through() {
        let text = drawn("a \u{1b}[31m\0\u{202e}\u{9b}x \u{200b}y", 2, 3);
        assert!(text.chars().all(|character| character == '\n' || !character.is_control()), "{text:?}");
        assert!(!text.contains('\u{202e}') && !text.contains('\u{200b}'));
    }

    #[test]
    fn odd_places_and_long_lines_are_drawn() {
        let long = "é".repeat(50_000);
        for text in ["", "a", "é\né", "\r\n\r\n", long.as_str()] {
            for (start, end) in [(0, 0), (0, 1), (1, 2), (3, 2), (9, 99), (99_000, 99_001)] {
                assert!(drawn(text, start, end).starts_with("error[WK000]: bad"));
            }
        }
        assert!(drawn(&long, 99_000, 99_002).contains("a.ward:1:49501"));
    }

    #[test]
    fn labels_far_apart_get_an_excerpt_each() {
        let mut sources = Sources::default();
        let source = sources.add("a.ward", "x\n".repeat(10_000));
        let diagnostic =
            Diagnostic::error(CODE, Span::new(source, 18_000, 18_001), "bad").label(Span::new(source, 0, 1), "first");
        let text = render(&diagnostic, &sources, false);
        assert!(text.contains("9001 | x") && text.contains("1 | x") && text.lines().count() < 14, "{text}");
    }
}
