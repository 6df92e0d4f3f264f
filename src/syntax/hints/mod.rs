//! Why an item could not be read, in a sentence for its author.
//!
//! The grammar only says where it stopped and what would have let it go on. Here the tokens around that place are compared with
//! what people are known to write: each file holds hints about one part of a rule, a hint is a function that recognises one
//! mistake, and the first that does speaks. What none of them knows gets "expected A or B, found `x`".

mod condition;
mod effect;
mod foreign;
mod start;

use super::chars::shown;
use super::codes;
use super::parse::Failure;
use super::tokens::{Kind, Token, line_of, tokens};
use super::words::{in_quotes, reserved};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceId, Span};
use std::ops::Range;

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

/// Recognises one mistake.
type Hint = fn(&Cursor<'_>) -> Option<Diagnostic>;

/// From the particular to the general.
const HINTS: &[&[Hint]] =
    &[&[brackets, doubled], start::HINTS, &[second_arrow], foreign::HINTS, condition::HINTS, effect::HINTS, LAST];

/// What is left when nothing more particular is known.
const LAST: &[Hint] = &[comma_in_list, behind_list, small_letters, reserved_word, two_names, unfinished];

/// The one diagnostic for a failure of the grammar.
pub(super) fn explain(place: &Place<'_>, failure: &Failure) -> Diagnostic {
    let cursor = Cursor::new(place, failure);
    HINTS.iter().copied().flatten().find_map(|hint| hint(&cursor)).unwrap_or_else(|| expected(&cursor))
}

/// The one diagnostic for a property that could not be read.
pub(super) fn explain_property(place: &Place<'_>, failure: &Failure) -> Diagnostic {
    let cursor = Cursor::new(place, failure);
    let expected = list_of(cursor.expected);
    let found = cursor.found().map_or_else(String::new, |found| format!(", found `{}`", quoted_word(found)));
    let help = "write `never EHR allowed when network = public`, `always Email allowed when role = Nurse`, or \
                `no context allows both Orders and Payments`";
    cursor.error(codes::UNEXPECTED, format!("expected {expected}{found}")).help(help)
}

/// The tokens of an item, and the one at which the grammar stopped.
struct Cursor<'t> {
    place: &'t Place<'t>,
    tokens: Vec<Token<'t>>,
    /// Where it stopped: a token, or one past the last.
    at: usize,
    /// The first arrow before that place.
    arrow: Option<usize>,
    expected: &'t [&'static str],
}

impl<'t> Cursor<'t> {
    fn new(place: &'t Place<'t>, failure: &'t Failure) -> Self {
        let tokens: Vec<_> = tokens(place.text).into_iter().filter(|token| token.kind != Kind::Comment).collect();
        let at = tokens.partition_point(|token| token.end() <= failure.at);
        let arrow = tokens.iter().take(at).position(|token| token.is("->"));
        Self { place, tokens, at, arrow, expected: &failure.expected }
    }

    /// The token at an index; none outside.
    fn get(&self, index: usize) -> Option<&Token<'t>> {
        self.tokens.get(index)
    }

    fn found(&self) -> Option<&Token<'t>> {
        self.get(self.at)
    }

    /// The token `back` places before the one found, 1 being the one before it.
    fn before(&self, back: usize) -> Option<&Token<'t>> {
        self.at.checked_sub(back).and_then(|index| self.get(index))
    }

    /// The token `on` places behind the one found.
    fn after(&self, on: usize) -> Option<&Token<'t>> {
        self.get(self.at + on)
    }

    fn is_at(&self, index: usize, texts: &[&str]) -> bool {
        self.get(index).is_some_and(|token| token.is_any(texts))
    }

    /// Whether the place is left of the arrow.
    fn is_left(&self) -> bool {
        self.arrow.is_none()
    }

    /// The last of these words before the found token, with its index.
    fn last_of(&self, words: &[&str]) -> Option<(usize, &Token<'t>)> {
        self.tokens.iter().take(self.at).enumerate().rev().find(|(_, token)| token.is_any(words))
    }

    fn span(&self, token: &Token<'_>) -> Span {
        self.span_between(token.start, token.end())
    }

    fn span_between(&self, start: usize, end: usize) -> Span {
        Span::new(self.place.source, self.place.base + start, self.place.base + end)
    }

    /// The place of some tokens in a row.
    fn span_of(&self, range: Range<usize>) -> Span {
        let start = self.get(range.start).map_or(self.place.text.len(), |token| token.start);
        let end = range.end.checked_sub(1).and_then(|last| self.get(last)).map_or(start, Token::end);
        self.span_between(start, end.max(start))
    }

    /// Where the found token stands, or just behind the last.
    fn here(&self) -> Span {
        match self.found() {
            Some(token) => self.span(token),
            None => self.gap(),
        }
    }

    /// The empty place just behind the token before the found one.
    fn gap(&self) -> Span {
        let end = self.before(1).map_or(0, Token::end);
        self.span_between(end, end)
    }

    /// Some tokens in a row as canonical text, short enough for a message.
    fn text(&self, range: Range<usize>) -> String {
        shown(&line_of(self.tokens.get(range).unwrap_or(&[])), 120)
    }

    /// Some tokens in a row as canonical text, whole.
    fn whole_text(&self, range: Range<usize>) -> String {
        line_of(self.tokens.get(range).unwrap_or(&[]))
    }

    /// An error at the found token.
    fn error(&self, code: Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, self.here(), message)
    }

    /// The index one past the last token of the condition part that begins at `from`: before `and`, `or`, `->`, a clause.
    fn part_end(&self, from: usize) -> usize {
        let ends = ["and", "or", "->", "unless", "because", "until", ")"];
        let rest = self.tokens.iter().enumerate().skip(from);
        rest.into_iter().find(|(_, token)| token.is_any(&ends)).map_or(self.tokens.len(), |(index, _)| index)
    }

    /// The index at which the condition part that holds `from` begins.
    fn part_start(&self, from: usize) -> usize {
        let begins = ["and", "or", "not", "->", "unless", "where", "("];
        let before = self.tokens.iter().enumerate().take(from).rev();
        let found = before.into_iter().find(|(index, token)| token.is_any(&begins) && !self.is_at(index + 1, &["in"]));
        let start = found.map_or(0, |(index, _)| index + 1);
        let skip_id = (1..from.min(4)).find(|&index| self.is_at(index, &[":"])).map_or(0, |colon| colon + 1);
        let skip_let = if self.is_at(0, &["let"]) && self.is_at(2, &["="]) { 3 } else { 0 };
        start.max(skip_id).max(skip_let)
    }

    /// The bracket that closes the one at `open`.
    fn closing(&self, open: usize) -> Option<usize> {
        let mut depth = 0usize;
        for (index, token) in self.tokens.iter().enumerate().skip(open) {
            if token.is_any(&["(", "["]) {
                depth += 1;
            } else if token.is_any(&[")", "]"]) {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(index);
                }
            }
        }
        None
    }
}

/// A word or text as it is shown in a message.
fn quoted_word(token: &Token<'_>) -> String {
    shown(token.text, 40)
}

/// What stands between the quotes, or the word itself.
fn plain(token: &Token<'_>) -> String {
    match token.kind {
        Kind::Text => super::words::without_quotes(token.text),
        _ => token.text.to_owned(),
    }
}

/// A bracket without its partner, if the grammar stopped because of it.
fn brackets(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let mut open: Vec<usize> = Vec::new();
    for (index, token) in cursor.tokens.iter().enumerate() {
        if token.is_any(&["(", "["]) {
            open.push(index);
        } else if token.is_any(&[")", "]"]) {
            let partner = if token.is(")") { "(" } else { "[" };
            match open.pop() {
                Some(opening) if cursor.is_at(opening, &[partner]) => {}
                // A `(` that the grammar did not take is spoken of by other hints.
                Some(opening) if index == cursor.at && opening < cursor.at => {
                    return Some(mismatched(cursor, opening, index));
                }
                None if index == cursor.at => return Some(unopened(cursor, index)),
                _ => return None,
            }
        }
        if index >= cursor.at && open.iter().all(|&opening| opening >= cursor.at) {
            return None;
        }
        let ends = token.is_any(&["->", "unless", "because", "until", "allow", "deny", "offer", "require", "override"]);
        if index >= cursor.at && ends {
            break;
        }
    }
    let opening = open.into_iter().rfind(|&opening| opening < cursor.at)?;
    Some(unclosed(cursor, opening))
}

fn mismatched(cursor: &Cursor<'_>, opening: usize, closing: usize) -> Diagnostic {
    let (open, close) = (cursor.text(opening..opening + 1), cursor.text(closing..closing + 1));
    let right = if open == "(" { ")" } else { "]" };
    cursor
        .error(codes::BRACKETS_UNBALANCED, format!("`{open}` is closed by `{close}`"))
        .label(cursor.span_of(opening..opening + 1), "opened here")
        .help(format!("write `{right}`"))
        .replace(cursor.here(), right)
}

fn unopened(cursor: &Cursor<'_>, closing: usize) -> Diagnostic {
    let close = cursor.text(closing..closing + 1);
    let open = if close == ")" { "(" } else { "[" };
    cursor
        .error(codes::BRACKETS_UNBALANCED, format!("`{close}` closes nothing"))
        .help(format!("remove it, or put `{open}` where it begins"))
}

fn unclosed(cursor: &Cursor<'_>, opening: usize) -> Diagnostic {
    let open = cursor.text(opening..opening + 1);
    let close = if open == "(" { ")" } else { "]" };
    let diagnostic = Diagnostic::error(
        codes::BRACKETS_UNBALANCED,
        cursor.span_of(opening..opening + 1),
        format!("`{open}` is never closed"),
    )
    .at("opened here")
    .replace(cursor.gap(), close);
    match cursor.found() {
        Some(found) => diagnostic
            .label(cursor.span(found), format!("`{close}` is missing before this"))
            .help(format!("put `{close}` before `{}`", quoted_word(found))),
        None => diagnostic.help(format!("put `{close}` at the end")),
    }
}

/// A second arrow: a new rule that is indented, or two rules in one line.
fn second_arrow(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let first = cursor.arrow?;
    let second = (cursor.at..cursor.tokens.len()).find(|&index| cursor.is_at(index, &["->"]))?;
    let arrow = cursor.get(second)?;
    // The new rule begins at the last line that begins before the second arrow and behind the first.
    let begins =
        cursor.tokens.get(first + 1..second)?.iter().rfind(|token| starts_line(cursor.place.text, token.start));
    let diagnostic = Diagnostic::error(codes::SECOND_ARROW, cursor.span(arrow), "a second `->` in one rule")
        .label(cursor.span_of(first..first + 1), "the first");
    Some(match begins {
        Some(line) => {
            let margin = line_start(cursor.place.text, line.start);
            diagnostic
                .label(cursor.span(line), "a new rule?")
                .help("a new rule begins at the left margin: remove the blanks before it")
                .replace(cursor.span_between(margin, line.start), "")
        }
        None => diagnostic.help("write two rules, each on a line of its own"),
    })
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |found| found + 1)
}

fn starts_line(text: &str, at: usize) -> bool {
    let start = line_start(text, at);
    start > 0 && text.get(start..at).is_some_and(|before| before.trim().is_empty())
}

/// A word of the language in capitals, where it would be right in small letters.
fn small_letters(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let found = cursor.found().filter(|found| found.kind == Kind::Word)?;
    let is_value_place = cursor.expected.contains(&"a value");
    let word = match reserved(found.text) {
        Some(word) if !is_value_place || word == "true" || word == "false" => word,
        Some(_) => return None,
        None => super::words::contextual(found.text).filter(|_| cursor.expected.contains(&"an operator"))?,
    };
    (word != found.text).then(|| {
        let diagnostic = cursor
            .error(codes::SMALL_LETTERS, format!("`{}` is written in small letters", found.text))
            .help(format!("write `{word}`"));
        let is_name = cursor.expected.contains(&"a name") || cursor.expected.contains(&"what it is about");
        // where a name may stand it may be meant as one
        match is_name {
            true => diagnostic
                .replace(cursor.here(), word)
                .help(format!("if it is a name, write it in quotes: `{}`", in_quotes(found.text))),
            false => diagnostic.mend(cursor.here(), word),
        }
    })
}

/// A word of the language where a name or value stands.
fn reserved_word(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let found = cursor.found().filter(|found| found.kind == Kind::Word)?;
    reserved(found.text)?;
    let wants_name = cursor.expected.contains(&"a value") || cursor.expected.contains(&"a name");
    // After a joiner or an operator the word goes on with the rule, and something is missing before it.
    let goes_on = ["and", "or", "->", "unless", "because", "until", "allow", "deny", "offer", "require", "override"];
    if !wants_name
        || (found.is_any(&goes_on) && !cursor.after(1).is_none_or(|next| next.is_any(&["->", ",", "]", ")", ":", "="])))
    {
        return None;
    }
    Some(
        cursor
            .error(codes::RESERVED_WORD, format!("`{}` is a word of the language, not a name", found.text))
            .help(format!("if it is a name, write it in quotes: `{}`", in_quotes(found.text)))
            .replace(cursor.here(), in_quotes(found.text)),
    )
}

/// Two names, or a name and a value, with nothing between them.
fn two_names(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let first = cursor.before(1).filter(|first| first.is_value())?;
    let found = cursor.found().filter(|found| found.is_value())?;
    // All names in a row belong together.
    let start = (0..cursor.at).rev().take_while(|&index| cursor.get(index).is_some_and(Token::is_value)).last()?;
    let end =
        (cursor.at..cursor.tokens.len()).take_while(|&index| cursor.get(index).is_some_and(Token::is_value)).last()?
            + 1;
    let row: Vec<String> = cursor.tokens.get(start..end)?.iter().map(plain).collect();
    let joined = in_quotes(&row.join(" "));
    let between = if cursor.is_left() { "`and` or `or`" } else { "`,`" };
    let diagnostic = Diagnostic::error(
        codes::TWO_NAMES,
        cursor.span(first).to(cursor.span(found)),
        format!("`{}` and `{}` stand side by side", quoted_word(first), quoted_word(found)),
    );
    let diagnostic = diagnostic
        .help(format!("if it is one name, write it in quotes: `{}`", shown(&joined, 80)))
        .replace(cursor.span_of(start..end), joined);
    Some(match cursor.is_at(end, &[":"]) && start == 0 {
        true => diagnostic.help(format!("or join the words of a rule's id: `{}:`", shown(&row.join("_"), 80))),
        false => diagnostic.help(format!("else put {between} between them")),
    })
}

/// The item ends too early.
fn unfinished(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let last = cursor.before(1)?;
    if cursor.found().is_some() {
        return None;
    }
    let what = if cursor.place.is_condition { "the condition" } else { "the rule" };
    let message = format!("{what} ends after `{}`", quoted_word(last));
    let diagnostic = Diagnostic::error(codes::UNFINISHED, cursor.span(last), message)
        .at(format!("expected {} after this", list_of(cursor.expected)));
    Some(match cursor.place.is_condition {
        true => diagnostic,
        false => diagnostic.help("if it goes on in the next line, indent that line"),
    })
}

/// What was expected, in the order of the grammar, as one phrase.
fn list_of(expected: &[&'static str]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in expected.iter().take(6) {
        match *name {
            "`and` or `or`" => names.extend(["`and`", "`or`"]),
            // It bounds the rule, like the other clauses.
            "`from`" if expected.contains(&"a clause") => {}
            name => names.push(name),
        }
    }
    match names.split_last() {
        None => "something else".to_owned(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

/// A word or sign that stands twice.
fn doubled(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let found = cursor.found()?;
    let first = cursor.before(1).filter(|first| first.text == found.text && first.kind == found.kind)?;
    let span = cursor.span_between(first.end(), found.end());
    Some(
        cursor
            .error(codes::UNEXPECTED, format!("`{}` stands twice", quoted_word(found)))
            .label(cursor.span(first), "the first")
            .help("remove one of them")
            .replace(span, ""),
    )
}

/// A comma with nothing before it in a list.
fn comma_in_list(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let comma = cursor.found().filter(|comma| comma.is(","))?;
    let before = cursor.before(1).filter(|before| before.is_any(&["[", ","]))?;
    Some(
        cursor
            .error(codes::UNEXPECTED, format!("nothing stands between `{}` and `,`", before.text))
            .help("remove the comma, or write a value before it")
            .replace(cursor.span(comma), ""),
    )
}

/// A list that goes on behind its bracket: `[a, ] b`.
fn behind_list(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let bracket = cursor.before(1).filter(|bracket| bracket.is("]") && cursor.is_left())?;
    let found = cursor.found().filter(|found| found.is_value() || found.is(","))?;
    let message = format!("the list ends before `{}`", quoted_word(found));
    let diagnostic = cursor.error(codes::UNEXPECTED, message).label(cursor.span(bracket), "it ends here");
    Some(diagnostic.help("write all values before `]`").help("or join another condition by `and`"))
}

/// An example of what was expected, by the first of it that has one.
fn example(cursor: &Cursor<'_>) -> Option<&'static str> {
    cursor.expected.iter().find_map(|name| {
        Some(match *name {
            "a rule" => "a rule is written like `role = Sales -> deny iTunes`",
            "a condition" => "a condition is written like `role = Sales`, `not device.managed` or `always`",
            "a value" => "a value is a word, a number or a text in quotes: `Sales`, `18`, `\"Secure Messaging\"`",
            "a list" => "a list is written like `[Sales, Nurse]`",
            "what it is about" => "write a name or `all`: `allow EHR`, `deny all`",
            "a name" => "a name is a word or a text in quotes: `EHR`, `\"Secure Messaging\"`",
            "an effect" => "an effect is written like `allow EHR`",
            "a parameter" => "a parameter is written like `term = 90d`",
            "an operator" => "a comparison is written like `role = Sales` or `role in [Sales, Nurse]`",
            "`and` or `or`" if cursor.is_left() => "a condition goes on with `and` or `or`, and ends with `->`",
            "`and` or `or`" => "the condition goes on with `and` or `or`",
            "a clause" => "behind the effect stand `with`, `unless`, `because`, `from` and `until`",
            "`=`" => "write `=` and a value",
            _ => return None,
        })
    })
}

fn expected(cursor: &Cursor<'_>) -> Diagnostic {
    let expected = list_of(cursor.expected);
    let diagnostic = match cursor.found() {
        Some(found) => cursor.error(codes::UNEXPECTED, format!("expected {expected}, found `{}`", quoted_word(found))),
        None => cursor.error(codes::UNEXPECTED, format!("expected {expected}")),
    };
    match example(cursor) {
        Some(example) => diagnostic.help(example),
        None => diagnostic,
    }
}
