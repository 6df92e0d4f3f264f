//! The formatter: one canonical layout for every text, all comments kept.
//!
//! It works on tokens, so that nothing written can be lost, and breaks lines by rank: an item that does not fit on a line is
//! broken at its clauses, else before `->`, else at its outermost `and` and `or`, and so on inwards. The layout depends on the
//! tokens alone, hence formatting twice changes nothing. The result is read again, and refused if its trees or its comments
//! differ from those of the text.

use super::ast::Item;
use super::codes;
use super::erase::erase;
use super::items;
use super::parse_file;
use super::tokens::{Kind, Token, is_glued, tokens};
use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Span};
use std::ops::Range;

/// Columns of a line. A text is never broken, so that lines with one may be longer.
const WIDTH: usize = 100;

/// Formats a file of rules: canonical blanks and lines, at most one blank line in a row, every comment kept, line ends as in
/// the first line. Formatting its result changes nothing.
///
/// # Errors
/// The diagnostics of the text if it has errors: only what can be read is formatted.
pub fn format(source: SourceId, text: &str) -> Result<String, Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let items = parse_file(source, text, &mut problems);
    if problems.iter().any(Diagnostic::is_error) {
        return Err(problems);
    }
    let formatted = layout_file(source, text);
    if !is_same(source, text, items, &formatted) {
        let message = "formatting would change the meaning of this file, so it was left alone";
        let help = "please report this, with the file";
        return Err(vec![Diagnostic::error(codes::INTERNAL, Span::new(source, 0, 0), message).help(help)]);
    }
    let windows = text.find('\n').is_some_and(|end| text.get(..end).is_some_and(|line| line.ends_with('\r')));
    Ok(if windows { formatted.replace('\n', "\r\n") } else { formatted })
}

/// Whether two texts have the same trees and the same comments.
fn is_same(source: SourceId, text: &str, items: Vec<Item>, formatted: &str) -> bool {
    let mut problems = Vec::new();
    let again = parse_file(source, formatted, &mut problems);
    let plain = |mut items: Vec<Item>| {
        items.iter_mut().for_each(|item| erase(item, Span::new(source, 0, 0)));
        items
    };
    problems.is_empty() && plain(items) == plain(again) && comments(text) == comments(formatted)
}

fn comments(text: &str) -> Vec<&str> {
    tokens(text).into_iter().filter(|token| token.kind == Kind::Comment).map(|token| token.text).collect()
}

fn layout_file(source: SourceId, text: &str) -> String {
    let (extents, _) = items::split(source, text);
    let mut out = String::new();
    let mut at = 0;
    for extent in extents {
        between(text.get(at..extent.start).unwrap_or(""), &mut out);
        Layout::new(text.get(extent.start..extent.end).unwrap_or("")).write(&mut out);
        at = extent.end;
    }
    between(text.get(at..).unwrap_or(""), &mut out);
    // No blank line at the end.
    while out.ends_with("\n\n") {
        out.pop();
    }
    out
}

/// Comments and blank lines between two items: an indented comment keeps its indentation, blank lines become one.
fn between(text: &str, out: &mut String) {
    let mut lines = text.trim_start_matches('\u{feff}').split('\n').collect::<Vec<_>>();
    // The end of the line of the item above, and what stands before the item below, are no lines of their own.
    if !out.is_empty() && !lines.is_empty() {
        lines.remove(0);
    }
    let last = lines.len().saturating_sub(1);
    for (at, line) in lines.into_iter().enumerate() {
        let comment = line.trim();
        if comment.starts_with('#') {
            out.push_str(if line.starts_with([' ', '\t']) { "  " } else { "" });
            out.push_str(comment);
            out.push('\n');
        } else if at < last && !out.is_empty() && !out.ends_with("\n\n") {
            out.push('\n');
        }
    }
}

/// A token with the comments that cling to it.
struct Piece<'t> {
    token: Token<'t>,
    /// Comments on lines of their own before it.
    leading: Vec<&'t str>,
    /// A comment behind it on its line.
    trailing: Option<&'t str>,
}

/// Where a line may be broken before a token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Break {
    /// Lower ranks are broken first, all of one rank together.
    rank: u8,
    /// Indentation of the token if the line is broken.
    indent: usize,
    /// Broken only where the line is full, as in lists.
    fills: bool,
}

/// Ranks of breaks, outermost first. Those inside brackets follow by depth.
mod rank {
    pub(super) const CLAUSE: u8 = 0;
    pub(super) const ARROW: u8 = 1;
    pub(super) const PART: u8 = 2;
    pub(super) const FILTER: u8 = 3;
    pub(super) const TARGET: u8 = 4;
    pub(super) const INNER: u8 = 5;
    /// Only comments break there.
    pub(super) const NEVER: u8 = 255;
}

struct Layout<'t> {
    pieces: Vec<Piece<'t>>,
    /// For every piece, the break before it.
    breaks: Vec<Break>,
    /// For every piece, whether the line must be broken before it for a better reading.
    must: Vec<bool>,
}

impl<'t> Layout<'t> {
    fn new(item: &'t str) -> Self {
        let pieces = without_last_commas(pieces(item));
        let breaks = Breaks::of(&pieces);
        let must = must_break(&pieces, &breaks);
        Self { pieces, breaks, must }
    }

    fn write(&self, out: &mut String) {
        let mut lines = Lines { out, column: 0 };
        self.range(0..self.pieces.len(), 0, &mut lines);
        lines.out.push('\n');
    }

    /// Writes pieces, the first of them at the cursor.
    fn range(&self, range: Range<usize>, indent: usize, lines: &mut Lines<'_>) {
        let inner = range.start + 1..range.end;
        let is_whole = inner.clone().all(|index| !self.is_forced(index)) && lines.column + self.width(&range) <= WIDTH;
        let rank = inner.clone().map(|index| self.rank_of(index)).min();
        let Some(rank) = rank.filter(|&rank| !is_whole && rank < rank::NEVER) else {
            return self.line(range, indent, lines);
        };
        let mut start = range.start;
        let mut pieces = Vec::new();
        for index in inner.filter(|&index| self.rank_of(index) == rank) {
            pieces.push(start..index);
            start = index;
        }
        pieces.push(start..range.end);
        for piece in pieces {
            if piece.start > range.start {
                self.step(piece.clone(), indent, lines);
            }
            let indent = if piece.start > range.start { self.break_at(piece.start).indent } else { indent };
            self.range(piece, indent, lines);
        }
    }

    /// Goes from one piece to the next: to a new line, or on this one where breaks fill and there is room.
    fn step(&self, piece: Range<usize>, indent: usize, lines: &mut Lines<'_>) {
        let gap = self.break_at(piece.start);
        let forced = self.is_forced(piece.start);
        let fits = lines.column + 1 + self.width(&piece) <= WIDTH;
        if gap.fills && fits && !forced {
            self.glue(piece.start, lines);
        } else {
            self.new_line(piece.start, gap.indent.max(indent), lines);
        }
    }

    /// Pieces in a row, broken only by comments.
    fn line(&self, range: Range<usize>, indent: usize, lines: &mut Lines<'_>) {
        for index in range.clone() {
            if index > range.start {
                if self.is_forced(index) {
                    let gap = self.break_at(index).indent.max(indent);
                    self.new_line(index, gap.max(2), lines);
                } else {
                    self.glue(index, lines);
                }
            }
            let Some(piece) = self.pieces.get(index) else { continue };
            lines.push(piece.token.text);
            if let Some(comment) = piece.trailing {
                lines.push(" ");
                lines.push(comment);
            }
        }
    }

    /// The blank between two pieces on one line, where there is one.
    fn glue(&self, index: usize, lines: &mut Lines<'_>) {
        if let (Some(left), Some(right)) =
            (index.checked_sub(1).and_then(|left| self.pieces.get(left)), self.pieces.get(index))
            && !is_glued(&left.token, &right.token)
        {
            lines.push(" ");
        }
    }

    fn new_line(&self, index: usize, indent: usize, lines: &mut Lines<'_>) {
        for comment in self.pieces.get(index).map_or(&[][..], |piece| piece.leading.as_slice()) {
            lines.begin(indent);
            lines.push(comment);
        }
        lines.begin(indent);
    }

    fn break_at(&self, index: usize) -> Break {
        self.breaks.get(index).copied().unwrap_or(Break { rank: rank::NEVER, indent: 4, fills: false })
    }

    fn rank_of(&self, index: usize) -> u8 {
        self.break_at(index).rank
    }

    /// Whether a comment, or the reader, asks for a new line before this piece.
    fn is_forced(&self, index: usize) -> bool {
        let before = index.checked_sub(1).and_then(|before| self.pieces.get(before));
        before.is_some_and(|before| before.trailing.is_some())
            || self.pieces.get(index).is_some_and(|piece| !piece.leading.is_empty())
            || self.must.get(index).copied().unwrap_or(false)
    }

    /// Columns of pieces in a row, comments aside.
    fn width(&self, range: &Range<usize>) -> usize {
        let blank = |index: usize| match (self.pieces.get(index.wrapping_sub(1)), self.pieces.get(index)) {
            (Some(left), Some(right)) if index > range.start && !is_glued(&left.token, &right.token) => 1,
            _ => 0,
        };
        let pieces = range.clone().filter_map(|index| Some((index, self.pieces.get(index)?)));
        pieces.map(|(index, piece)| piece.token.text.chars().count() + blank(index)).sum()
    }
}

/// The text being written, with the column of its last line.
struct Lines<'o> {
    out: &'o mut String,
    column: usize,
}

impl Lines<'_> {
    fn push(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    fn begin(&mut self, indent: usize) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.column = indent;
    }
}

/// Tokens with their comments. A comment that follows the last token on its line trails it; others lead the next token.
fn pieces(item: &str) -> Vec<Piece<'_>> {
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let mut leading = Vec::new();
    let mut last_end = 0;
    for token in tokens(item) {
        if token.kind != Kind::Comment {
            last_end = token.end();
            pieces.push(Piece { token, leading: std::mem::take(&mut leading), trailing: None });
            continue;
        }
        let same_line = !item.get(last_end..token.start).is_some_and(|between| between.contains('\n'));
        match pieces.last_mut().filter(|last| same_line && last.trailing.is_none()) {
            Some(last) => last.trailing = Some(token.text),
            None => leading.push(token.text),
        }
    }
    if let Some(last) = pieces.last_mut() {
        // The splitter leaves comments behind an item out; none can be left over here.
        last.leading.append(&mut leading);
    }
    pieces
}

/// Leaves out a comma before a closing bracket; its comments go to the bracket.
fn without_last_commas(pieces: Vec<Piece<'_>>) -> Vec<Piece<'_>> {
    let mut kept: Vec<Piece<'_>> = Vec::new();
    for mut piece in pieces {
        let comma = if piece.token.is("]") { kept.pop_if(|last| last.token.is(",")) } else { None };
        if let Some(comma) = comma {
            let mut leading = comma.leading;
            let before = kept.last_mut().filter(|before| before.trailing.is_none() && leading.is_empty());
            match (before, comma.trailing) {
                (Some(before), trailing) => before.trailing = trailing,
                (None, trailing) => leading.extend(trailing),
            }
            leading.append(&mut piece.leading);
            piece.leading = leading;
        }
        kept.push(piece);
    }
    kept
}

/// `with queue from location.printer from 2026-12-01` is hard to read: the clause begins a line.
fn must_break(pieces: &[Piece<'_>], breaks: &[Break]) -> Vec<bool> {
    let is_clause = |index: usize| breaks.get(index).is_some_and(|gap| gap.rank == rank::CLAUSE);
    let mut parameter = false;
    let found = pieces.iter().enumerate().map(|(index, piece)| {
        let is_from = piece.token.is("from");
        parameter |= is_from && !is_clause(index);
        is_from && is_clause(index) && parameter
    });
    found.collect()
}

/// In which part of an item a token stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Left of the arrow, or behind a `let`'s sign.
    Condition,
    /// Behind the arrow.
    Effects,
    /// A condition behind `where`.
    Filter,
    /// `unless`
    Unless,
    /// `because`
    Because,
    /// `from`, `until`
    Bound,
}

/// Walks an item and says where its lines may be broken.
struct Breaks<'p, 't> {
    pieces: &'p [Piece<'t>],
    part: Part,
    depth: usize,
}

impl<'p, 't> Breaks<'p, 't> {
    fn of(pieces: &'p [Piece<'t>]) -> Vec<Break> {
        let mut walk = Self { pieces, part: Part::Condition, depth: 0 };
        (0..pieces.len()).map(|index| walk.before(index)).collect()
    }

    fn is(&self, index: usize, texts: &[&str]) -> bool {
        self.pieces.get(index).is_some_and(|piece| piece.token.is_any(texts))
    }

    fn is_text(&self, index: usize) -> bool {
        self.pieces.get(index).is_some_and(|piece| piece.token.kind == Kind::Text)
    }

    /// The break before a token; moves on to the part and depth of the token.
    fn before(&mut self, index: usize) -> Break {
        let previous = index.wrapping_sub(1);
        let opening = if index > 0 && self.depth == 0 { self.opening(index) } else { None };
        if let Some(found) = opening {
            return found;
        }
        if self.is(index, &[")", "]"]) {
            self.depth = self.depth.saturating_sub(1);
        }
        let found = match self.depth {
            0 => self.outer(index, previous),
            depth => self.inner(index, previous, depth),
        };
        if self.is(index, &["(", "["]) {
            self.depth += 1;
        }
        found
    }

    /// The words that begin a part of the item.
    fn opening(&mut self, index: usize) -> Option<Break> {
        let clause = Break { rank: rank::CLAUSE, indent: 2, fills: false };
        if self.part == Part::Because && self.is_text(index + 1) && !self.is(index, &["unless"]) {
            return None;
        }
        let is_name_next = self.pieces.get(index + 1).is_some_and(|next| next.token.is_name());
        let (part, found) = if self.is(index, &["->"]) {
            (Part::Effects, Break { rank: rank::ARROW, indent: 2, fills: false })
        } else if self.part == Part::Condition {
            return None;
        } else if self.is(index, &["unless"]) {
            (Part::Unless, clause)
        } else if self.is(index, &["because"]) {
            (Part::Because, clause)
        } else if self.is(index, &["until"]) || (self.is(index, &["from"]) && !is_name_next) {
            (Part::Bound, clause)
        } else if self.is(index, &["where"]) {
            (Part::Filter, Break { rank: rank::FILTER, indent: 6, fills: false })
        } else if self.is(index, &["with"]) && !self.is(index.wrapping_sub(1), &["starts", "ends"]) {
            (Part::Effects, Break { rank: rank::FILTER, indent: 6, fills: false })
        } else if self.part == Part::Filter && self.is(index.wrapping_sub(1), &[","]) {
            (Part::Effects, self.effect(index))
        } else {
            return None;
        };
        self.part = part;
        Some(found)
    }

    fn effect(&self, index: usize) -> Break {
        let begins = self.is(index, &["override", "allow", "offer", "deny", "require"]);
        match begins {
            true => Break { rank: rank::PART, indent: 4, fills: false },
            false => Break { rank: rank::TARGET, indent: 6, fills: true },
        }
    }

    /// Outside of brackets.
    fn outer(&self, index: usize, previous: usize) -> Break {
        let never = Break { rank: rank::NEVER, indent: 4, fills: false };
        let joins = self.is(index, &["and", "or"]);
        let part = |indent: usize| Break { rank: rank::PART, indent, fills: false };
        match self.part {
            _ if index == 0 => Break { indent: 0, ..never },
            Part::Condition if joins => part(2),
            Part::Unless if joins => part(4),
            Part::Filter if joins => Break { rank: rank::TARGET, indent: 8, fills: false },
            Part::Because if self.begins_text(index, previous) => part(4),
            Part::Effects if self.is(previous, &[","]) => self.effect(index),
            Part::Effects if self.is(index, &["except"]) => Break { rank: rank::FILTER, indent: 6, fills: false },
            _ => never,
        }
    }

    /// In a `because`: a language, or a text without one.
    fn begins_text(&self, index: usize, previous: usize) -> bool {
        match self.is_text(index) {
            true => self.is_text(previous),
            false => self.is_text(index + 1) && self.is_text(previous),
        }
    }

    /// Inside brackets.
    fn inner(&self, index: usize, previous: usize, depth: usize) -> Break {
        let base = if self.part == Part::Condition { 2 } else { 6 };
        let indent = base + 2 * depth.min(8);
        let rank = rank::INNER + u8::try_from(depth).unwrap_or(100).min(100);
        let is_list = self.is(previous, &[","]);
        if is_list || self.is(index, &["and", "or"]) {
            return Break { rank, indent, fills: is_list };
        }
        Break { rank: rank::NEVER, indent, fills: false }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]

    use super::*;
    use crate::source::Sources;

    fn formatted(text: &str) -> String {
        let source = Sources::default().add("test.ward", text);
        let once = format(source, text).expect("no errors");
        assert_eq!(format(source, &once).expect("no errors"), once, "formatting twice");
        once
    }

    #[test]
    fn short_items_take_one_line() {
        assert_eq!(
            formatted("role=Sales\n  and location  =care_area\n\n\n\n   ->deny iTunes ,EHR"),
            "role = Sales and location = care_area -> deny iTunes, EHR\n"
        );
        assert_eq!(
            formatted("q :\n  a in[ b,c , ]->allow \"x\".y\n  unless(d)"),
            "q: a in [b, c] -> allow \"x\".y unless (d)\n"
        );
        assert_eq!(formatted(""), "");
        assert_eq!(formatted("\n\n# only a comment"), "# only a comment\n");
    }

    #[test]
    fn long_items_break_at_clauses_then_at_the_arrow_then_at_joiners() {
        let text = "quiet_bedside: role = Sales and location = care_area -> deny iTunes because \"Personal media is off while you are in a care area\"";
        assert_eq!(
            formatted(text),
            "quiet_bedside: role = Sales and location = care_area -> deny iTunes\n  because \"Personal media is off while you are in a care area\"\n"
        );
        let text = "role = Sales and location = care_area and department = Marketing and device.managed -> deny iTunes, \"Secure Messaging\" unless emergency";
        assert_eq!(
            formatted(text),
            "role = Sales and location = care_area and department = Marketing and device.managed\n  -> deny iTunes, \"Secure Messaging\"\n  unless emergency\n"
        );
        let text = "role = Sales and location = care_area and department = Marketing and device.managed and not emergency and on_call -> deny x";
        assert_eq!(
            formatted(text),
            "role = Sales\n  and location = care_area\n  and department = Marketing\n  and device.managed\n  and not emergency\n  and on_call\n  -> deny x\n"
        );
    }

    #[test]
    fn long_lists_fill_lines() {
        let names: Vec<String> = (0..40).map(|number| format!("ward_{number}")).collect();
        let text = formatted(&format!("location in [{}] -> deny x", names.join(",")));
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH) && text.lines().count() < 8, "{text}");
    }

    #[test]
    fn comments_stay_where_they_are() {
        let text = "# head\n\n\n#second\na -> deny x # tail\n    # below\n\n# before b\nb # why\n  and c\n  # own line\n  -> deny y, # first\n  z # last\n# end";
        let expected = "# head\n\n#second\na -> deny x # tail\n  # below\n\n# before b\nb # why\n  and c\n  # own line\n  -> deny y, # first\n      z # last\n# end\n";
        assert_eq!(formatted(text), expected);
    }

    #[test]
    fn commas_before_a_bracket_go_and_their_comments_stay() {
        let text = "a in [b, # one\n  c, # two\n  # three\n  ] -> deny x";
        let once = formatted(text);
        assert!(
            once.contains("# one") && once.contains("# two") && once.contains("# three") && !once.contains("c,"),
            "{once}"
        );
    }

    #[test]
    fn a_clause_after_a_parameter_of_the_same_word_begins_a_line() {
        assert_eq!(
            formatted("a -> allow x with queue from location.printer from 2026-12-01"),
            "a -> allow x with queue from location.printer\n  from 2026-12-01\n"
        );
    }

    #[test]
    fn line_ends_are_kept() {
        assert_eq!(formatted("a->deny x\r\nb ->deny y"), "a -> deny x\r\nb -> deny y\r\n");
    }

    #[test]
    fn what_has_errors_is_left_alone() {
        let source = Sources::default().add("test.ward", "");
        assert!(format(source, "role = Sales deny iTunes").is_err());
    }
}
