//! The first pass over a file: one walk over its characters, before any grammar.
//!
//! It refuses what may stand nowhere (controls, hidden and bidirectional characters), texts that do not end, comments without
//! their blank, and signs that are no part of the language, each with what to type instead. It knows nothing of words.

use super::chars::{self, Refused, is_word_char, named, shown};
use super::codes;
use super::limits;
use super::words::in_quotes;
use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Span};

/// Signs of other languages and of word processors, the longest first, with what to type instead.
const SIGNS: [(&str, &str); 24] = [
    ("&&", "and"),
    ("||", "or"),
    ("→", "->"),
    ("⇒", "->"),
    ("⟶", "->"),
    ("≥", ">="),
    ("≤", "<="),
    ("≠", "!="),
    ("…", ".."),
    ("–", "-"),
    ("—", "-"),
    ("−", "-"),
    ("‐", "-"),
    ("‑", "-"),
    ("×", "*"),
    ("{", "["),
    ("}", "]"),
    (";", ""),
    ("&", "and"),
    ("|", "or"),
    ("!", "not "),
    ("，", ","),
    ("：", ":"),
    ("＝", "="),
];

/// Those of them that are a sign of the language by another name: nothing else can be meant.
const SAME: [&str; 10] = ["→", "⇒", "⟶", "≥", "≤", "≠", "…", "，", "：", "＝"];

/// Quotes of word processors and other languages: opening, closing.
const QUOTES: [(char, &str); 8] =
    [('“', "”\"“"), ('”', "”\""), ('„', "“”\""), ('«', "»"), ('»', "«"), ('‘', "’"), ('\'', "'"), ('`', "`´")];

/// All that is wrong with the characters of a text, in order of place; at most [`limits::PROBLEMS`] and one.
pub(super) fn scan(source: SourceId, text: &str) -> Vec<Diagnostic> {
    // A byte order mark is no character of the text.
    let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut scan = Scan { source, text, at, found: Vec::new() };
    while scan.at < text.len() && scan.found.len() <= limits::PROBLEMS {
        scan.step();
    }
    scan.found
}

struct Scan<'t> {
    source: SourceId,
    text: &'t str,
    at: usize,
    found: Vec<Diagnostic>,
}

impl Scan<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.source, start, end)
    }

    /// Outside of texts and comments: the next character decides.
    fn step(&mut self) {
        let Some(&byte) = self.text.as_bytes().get(self.at) else { return };
        match byte {
            b'"' => self.quoted(),
            b'#' => self.comment(),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b' ' | b'\t' | b'\n' => self.at += 1,
            b'-' | b'.' | b':' | b'/' | b'+' | b'%' | b',' | b'=' | b'<' | b'>' | b'(' | b')' | b'[' | b']' => {
                self.at += 1
            }
            b'!' if self.rest().starts_with("!=") => self.at += 2,
            _ => self.unusual(),
        }
    }

    /// Any other character: of a word, refused everywhere, or refused here.
    fn unusual(&mut self) {
        let Some(character) = self.rest().chars().next() else { return };
        if is_word_char(character) || self.is_line_end(character) {
            self.at += character.len_utf8();
        } else if chars::refused(character).is_some() || character == '\r' {
            self.refuse(character);
        } else if character.is_whitespace() {
            self.odd_blank(character);
        } else {
            self.stray(character);
        }
    }

    fn is_line_end(&self, character: char) -> bool {
        character == '\r' && self.rest().starts_with("\r\n")
    }

    /// From `#` to the end of the line. Only refused characters matter there.
    fn comment(&mut self) {
        let before = self.text.get(..self.at).and_then(|before| before.chars().next_back());
        if !before.is_none_or(chars::is_blank) {
            self.comment_without_blank();
        }
        self.until_line_end(|_, _| false);
    }

    fn comment_without_blank(&mut self) {
        let (start, end) = self.run_around(self.at);
        let run = self.text.get(start..end).unwrap_or("");
        let span = self.span(self.at, self.at + 1);
        let place = self.span(start, end);
        let diagnostic =
            Diagnostic::error(codes::COMMENT_WITHOUT_BLANK, span, "`#` begins a comment only after a blank")
                .at("no blank before it");
        let name = format!("if it belongs to a name, write the name in quotes: `{}`", in_quotes(&shown(run, 60)));
        let comment = "if a comment begins here, put a blank before `#`";
        let line = self.rest().split('\n').next().unwrap_or("");
        let is_comment = line.starts_with("# ") && !["->", "=", ",", "]", ")"].iter().any(|sign| line.contains(sign));
        self.found.push(match is_comment {
            true => diagnostic.help(comment).help(name).replace(self.span(self.at, self.at), " "),
            false => diagnostic.help(name).help(comment).replace(place, in_quotes(run)),
        });
    }

    /// Walks to the end of the line or until `stop`, reporting refused characters.
    fn until_line_end(&mut self, stop: impl Fn(&Self, char) -> bool) {
        while let Some(character) = self.rest().chars().next() {
            if character == '\n' || self.is_line_end(character) || stop(self, character) {
                return;
            }
            if chars::refused(character).is_some() || character == '\r' {
                if self.found.len() > limits::PROBLEMS {
                    return;
                }
                self.refuse(character);
            } else {
                self.at += character.len_utf8();
            }
        }
    }

    /// A text in quotes; a doubled quote inside stands for one.
    fn quoted(&mut self) {
        let start = self.at;
        self.at += 1;
        loop {
            self.until_line_end(|_, character| matches!(character, '"' | '\t'));
            let rest = self.rest();
            if rest.starts_with('\t') {
                self.tab_in_text();
            } else if rest.starts_with("\"\"") {
                self.at += 2;
            } else if rest.starts_with('"') {
                self.at += 1;
                return self.check_length(start);
            } else {
                if self.found.len() <= limits::PROBLEMS {
                    self.unterminated(start);
                }
                return;
            }
        }
    }

    fn tab_in_text(&mut self) {
        let span = self.span(self.at, self.at + 1);
        self.at += 1;
        self.found.push(
            Diagnostic::error(codes::CONTROL_CHARACTER, span, "a tab stands in a quoted text")
                .at("a tab, which looks like blanks")
                .help("write one blank instead")
                .replace(span, " "),
        );
    }

    fn check_length(&mut self, start: usize) {
        let length = self.at.saturating_sub(start + 2);
        if length > limits::TEXT_BYTES {
            let span = self.span(start, self.at);
            let message = format!("this text has {length} bytes; at most {} are accepted", limits::TEXT_BYTES);
            self.found.push(Diagnostic::error(codes::TEXT_TOO_LONG, span, message).help("shorten the text"));
        }
    }

    fn unterminated(&mut self, start: usize) {
        let text = self.text.get(start..self.at).unwrap_or("").trim_end();
        let end = start + text.len();
        let mut diagnostic = Diagnostic::error(
            codes::UNTERMINATED_TEXT,
            self.span(start, end),
            "this text has no closing quote on its line",
        )
        .at("the text begins here");
        if text.len() == 1 {
            diagnostic = diagnostic.help("remove this quote, or put its partner before it");
        } else if self.text.get(..start).is_some_and(|before| before.ends_with(is_word_char)) {
            let (word, _) = self.run_around(start.saturating_sub(1));
            let closed = self.text.get(word..start).unwrap_or("");
            diagnostic = diagnostic
                .help(format!("put a quote before it too: `{}`", in_quotes(&shown(closed, 60))))
                .replace(self.span(word, word), "\"");
        } else {
            let guess = likely_end(text);
            let closed = text.get(..guess).unwrap_or(text);
            diagnostic = diagnostic
                .help(format!("close it on the same line: `{}\"`", shown(closed, 60)))
                .replace(self.span(start + guess, start + guess), "\"");
            if self.text.get(..start).is_some_and(|before| before.trim_end().ends_with("because")) {
                diagnostic = diagnostic.help("a longer text is written in pieces, each in quotes on its line");
            }
        }
        self.found.push(diagnostic);
    }

    /// A character that may stand nowhere.
    fn refuse(&mut self, character: char) {
        let start = self.at;
        let mut end = start;
        // A run of the same kind is one problem.
        let kind = chars::refused(character);
        while let Some(next) = self.text.get(end..).and_then(|rest| rest.chars().next()) {
            let is_lone_return = next == '\r' && !self.text.get(end..).is_some_and(|rest| rest.starts_with("\r\n"));
            if chars::refused(next) != kind || (kind.is_none() && !is_lone_return) {
                break;
            }
            end += next.len_utf8();
        }
        self.at = end;
        let span = self.span(start, end);
        self.found.push(refusal(kind.unwrap_or(Refused::LoneReturn), character, span));
    }

    /// A blank that is no ASCII blank, outside of texts.
    fn odd_blank(&mut self, character: char) {
        let span = self.span(self.at, self.at + character.len_utf8());
        self.at += character.len_utf8();
        self.found.push(refusal(Refused::Blank, character, span));
    }

    /// A sign that is no part of the language.
    fn stray(&mut self, character: char) {
        if self.foreign_quotes(character) {
            return;
        }
        let start = self.at;
        let sign = SIGNS.into_iter().find(|(sign, _)| self.rest().starts_with(sign));
        let (run_start, run_end) = self.run_around(start);
        if let Some((sign, instead)) = sign.filter(|(sign, _)| !self.is_in_name(sign, run_start, run_end)) {
            return self.foreign_sign(sign, instead);
        }
        let run = self.text.get(run_start..run_end).unwrap_or("");
        let alone = run.chars().all(|inside| !is_word_char(inside));
        let shown_run = shown(run, 60);
        let mut diagnostic = Diagnostic::error(
            codes::STRAY_CHARACTER,
            self.span(start, start + character.len_utf8()),
            format!("`{}` stands only inside quotes", shown(&character.to_string(), 1)),
        );
        if alone {
            diagnostic = diagnostic.help(match character {
                '*' => "patterns stand in quotes after `matches`: `matches \"ward_*\"`; everything is `all`".to_owned(),
                '?' => "patterns stand in quotes after `matches`: `matches \"room_?\"`".to_owned(),
                _ => format!("remove it, or write it in quotes: `{}`", in_quotes(&shown_run)),
            });
        } else {
            diagnostic = diagnostic
                .help(format!("write the whole name in quotes: `{}`", in_quotes(&shown_run)))
                .replace(self.span(run_start, run_end), in_quotes(run));
            if matches!(character, '*' | '?') {
                diagnostic = diagnostic.help(format!("if it is a pattern, write `matches {}`", in_quotes(&shown_run)));
            }
        }
        self.found.push(diagnostic);
        self.at = run_end.max(start + character.len_utf8());
    }

    /// Whether a sign is one character inside a longer name, as in `R&D`.
    fn is_in_name(&self, sign: &str, run_start: usize, run_end: usize) -> bool {
        let inside = matches!(sign, "&" | "|" | "–" | "—" | "−" | "‐" | "‑" | "…" | "×" | "；")
            && run_start < self.at
            && run_end > self.at + sign.len();
        inside || (sign == "!" && run_start < self.at)
    }

    fn foreign_sign(&mut self, sign: &str, instead: &str) {
        let span = self.span(self.at, self.at + sign.len());
        self.at += sign.len();
        let blank_after = self.rest().starts_with(|next: char| is_word_char(next));
        let message = format!("`{sign}` is no sign of this language");
        let diagnostic = Diagnostic::error(codes::FOREIGN_SIGN, span, message);
        self.found.push(match instead {
            "" => diagnostic.help("nothing stands at the end of a rule: remove it").replace(span, ""),
            "and" | "or" => {
                let diagnostic = diagnostic.help(format!("write `{instead}`"));
                let instead = if blank_after { format!(" {instead} ") } else { instead.to_owned() };
                // one `&` may belong to a name
                if sign.len() == 2 { diagnostic.mend(span, instead) } else { diagnostic.replace(span, instead) }
            }
            _ if SAME.contains(&sign) => diagnostic.help(format!("write `{instead}`")).mend(span, instead),
            _ => diagnostic.help(format!("write `{}`", instead.trim_end())).replace(span, instead),
        });
    }

    /// A text in quotes of another kind: one problem for both of them.
    fn foreign_quotes(&mut self, character: char) -> bool {
        let Some((_, closing)) = QUOTES.into_iter().find(|&(opening, _)| opening == character) else { return false };
        let before = self.text.get(..self.at).and_then(|before| before.chars().next_back());
        if character == '\'' && before.is_some_and(is_word_char) {
            return false;
        }
        let start = self.at;
        let after = start + character.len_utf8();
        let line = self.text.get(after..).and_then(|rest| rest.split('\n').next()).unwrap_or("");
        let Some(length) = line.find(|inside: char| closing.contains(inside)) else {
            return self.lone_foreign_quote(character, start, after, line.len());
        };
        let inner = line.get(..length).unwrap_or("").to_owned();
        let close = after + length;
        let end = close + line.get(length..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        self.found.push(
            Diagnostic::error(codes::FOREIGN_SIGN, self.span(start, end), "texts stand in straight double quotes")
                .help(format!("write `{}`", in_quotes(&shown(&inner, 60))))
                .mend(self.span(start, end), in_quotes(&inner)),
        );
        self.at = end;
        true
    }

    fn lone_foreign_quote(&mut self, character: char, start: usize, after: usize, line: usize) -> bool {
        let message = format!("`{character}` is no sign of this language");
        self.found.push(
            Diagnostic::error(codes::FOREIGN_SIGN, self.span(start, after), message)
                .help("texts stand in straight double quotes: `\"Secure Messaging\"`"),
        );
        self.at = after + line;
        true
    }

    /// The run of characters around a place that a person would take for one name.
    fn run_around(&self, at: usize) -> (usize, usize) {
        let ends = |character: char| character.is_whitespace() || "\"()[],=<>".contains(character);
        let before = self.text.get(..at).unwrap_or("");
        let start = before.char_indices().rev().find(|&(_, character)| ends(character));
        let start = start.map_or(0, |(found, character)| found + character.len_utf8());
        let after = self.text.get(at..).unwrap_or("");
        let mut end = at + after.find(ends).unwrap_or(after.len());
        let run = self.text.get(start..end).unwrap_or("");
        // The arrow and a final sign are no part of a name.
        end -= run.len() - run.trim_end_matches([';', '-', '.', ':']).len();
        (start, end.max(at))
    }
}

/// Where an unterminated text most likely ended: before an arrow or a clause, else at the end of the line.
fn likely_end(text: &str) -> usize {
    let stops = [" ->", ",", "]", ")", " and ", " or ", " unless ", " because ", " with ", " from ", " until "];
    stops.iter().filter_map(|stop| text.find(stop)).filter(|&at| at > 1).min().unwrap_or(text.len())
}

fn refusal(kind: Refused, character: char, span: Span) -> Diagnostic {
    let number = named(character);
    match kind {
        Refused::Nul => Diagnostic::error(codes::CONTROL_CHARACTER, span, "a zero byte stands in the text")
            .help("the file is no plain text, or was damaged: save it as UTF-8 text"),
        Refused::LoneReturn => {
            Diagnostic::error(codes::CONTROL_CHARACTER, span, "a carriage return stands without a line feed")
                .help("save the file with line ends of Unix or Windows")
                .replace(span, "\n")
        }
        Refused::Control => {
            let message = format!("a control character ({number}) stands in the text");
            Diagnostic::error(codes::CONTROL_CHARACTER, span, message).help("remove it").replace(span, "")
        }
        Refused::Bidi => {
            let message = format!("a character ({number}) that changes the direction of the text");
            Diagnostic::error(codes::BIDI_CHARACTER, span, message)
                .at("what follows may not read as it is shown")
                .help("remove it")
                .replace(span, "")
        }
        Refused::Invisible => {
            let message = format!("a character ({number}) that cannot be seen");
            Diagnostic::error(codes::HIDDEN_CHARACTER, span, message).help("remove it").replace(span, "")
        }
        Refused::Blank => {
            let message = format!("a character ({number}) that looks like a blank and is none");
            Diagnostic::error(codes::HIDDEN_CHARACTER, span, message)
                .help("write an ordinary blank in its place")
                .mend(span, " ")
        }
    }
}
