//! What a command has to say, gathered and then written in one go: the answer and the errors, in colour or not, as wide as the
//! terminal.
//!
//! Whatever comes from outside (names, values, paths) goes through [`plain`] before it is shown, so that no text can
//! steer the terminal.

use anstream::AutoStream;
use clap::ValueEnum;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use unicode_width::UnicodeWidthStr;

/// `--color`
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum ColourChoice {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How a piece of text is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Style {
    /// As it is.
    Normal,
    /// What stands out.
    Bold,
    /// What can be passed over.
    Dim,
    /// Given, passed.
    Good,
    /// May be asked for, warned about.
    Fair,
    /// Taken away, failed.
    Bad,
}

impl Style {
    fn code(self) -> &'static str {
        match self {
            Self::Normal => "",
            Self::Bold => "\u{1b}[1m",
            Self::Dim => "\u{1b}[2m",
            Self::Good => "\u{1b}[32m",
            Self::Fair => "\u{1b}[33m",
            Self::Bad => "\u{1b}[31m",
        }
    }
}

/// Where output gathers.
#[derive(Debug)]
pub(crate) struct Screen {
    /// The answer.
    pub out: String,
    /// Errors and notes.
    pub err: String,
    /// Whether the answer is coloured.
    pub colour: bool,
    /// Whether errors are coloured.
    pub error_colour: bool,
    /// Columns to fill; none: lines are not broken.
    pub width: Option<usize>,
}

impl Screen {
    /// Looks at the terminal, once.
    pub fn new(choice: ColourChoice) -> Self {
        let auto = |is_colour: anstream::ColorChoice| match choice {
            ColourChoice::Always => true,
            ColourChoice::Never => false,
            ColourChoice::Auto => is_colour != anstream::ColorChoice::Never,
        };
        let width = terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0).max(40));
        Self {
            out: String::new(),
            err: String::new(),
            colour: auto(AutoStream::choice(&io::stdout())),
            error_colour: auto(AutoStream::choice(&io::stderr())),
            width: width.filter(|_| io::stdout().is_terminal()),
        }
    }

    /// A line of the answer.
    pub fn line(&mut self, text: impl AsRef<str>) {
        self.out.push_str(text.as_ref());
        self.out.push('\n');
    }

    /// A line on standard error.
    pub fn error_line(&mut self, text: impl AsRef<str>) {
        self.err.push_str(text.as_ref());
        self.err.push('\n');
    }

    /// `note: …` on standard error.
    pub fn note(&mut self, text: impl AsRef<str>) {
        let head = paint("note:", Style::Bold, self.error_colour);
        self.error_line(format!("{head} {}", text.as_ref()));
    }

    /// Text of the answer in a style.
    pub fn paint(&self, text: &str, style: Style) -> String {
        paint(text, style, self.colour)
    }

    /// A label and a text beside it, broken at the width of the terminal and aligned.
    pub fn labelled(&mut self, indent: usize, label: &str, label_width: usize, text: &str, style: Style) {
        let start = indent + label_width + 2;
        let room = self.width.map(|width| width.saturating_sub(start).max(20));
        let mut lines = wrap(text, room).into_iter();
        let first = self.paint(&lines.next().unwrap_or_default(), style);
        let padding = " ".repeat(label_width.saturating_sub(label.width()));
        let label = self.paint(label, Style::Dim);
        self.line(format!("{:indent$}{label}{padding}  {first}", "").trim_end());
        for line in lines {
            let line = self.paint(&line, style);
            self.line(format!("{:start$}{line}", ""));
        }
    }

    /// Writes everything out. A reader that went away (`wardkey … | head`) is no error.
    pub fn write(&self) -> io::Result<()> {
        let choice = |colour| if colour { anstream::ColorChoice::AlwaysAnsi } else { anstream::ColorChoice::Never };
        let mut err = AutoStream::new(io::stderr(), choice(self.error_colour));
        // nobody is left to be told if this fails
        let _ = err.write_all(self.err.as_bytes()).and_then(|()| err.flush());
        let mut out = AutoStream::new(io::stdout(), choice(self.colour));
        match out.write_all(self.out.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                let _ = writeln!(err, "error: the answer cannot be written: {error}");
                Err(error)
            }
            _ => Ok(()),
        }
    }
}

/// Text in a style.
pub(crate) fn paint(text: &str, style: Style, colour: bool) -> String {
    if !colour || style == Style::Normal || text.is_empty() {
        return text.to_owned();
    }
    format!("{}{text}\u{1b}[0m", style.code())
}

/// Text without anything that steers a terminal or turns the direction of writing.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_steering) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_steering(character) {
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

fn is_steering(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Breaks a text at blanks. Words wider than the room stand alone on a line. Line breaks in the text are kept.
pub(crate) fn wrap(text: &str, room: Option<usize>) -> Vec<String> {
    let Some(room) = room else { return text.lines().map(str::to_owned).collect() };
    text.lines().flat_map(|line| wrap_line(line, room)).collect()
}

/// Further lines begin below the first word, as the first does.
fn wrap_line(text: &str, room: usize) -> Vec<String> {
    let words = text.trim_start_matches(' ');
    let indent = text.get(..text.len() - words.len()).unwrap_or_default();
    let mut lines: Vec<String> = Vec::new();
    let mut line = indent.to_owned();
    for word in words.split(' ') {
        let is_begun = line.len() > indent.len();
        if is_begun && line.width() + 1 + word.width() > room {
            lines.push(std::mem::replace(&mut line, format!("{indent}{word}")));
            continue;
        }
        if is_begun {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// `1 file`, `3 files`.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(plain("a\u{1b}[31mb\u{202e}\n"), "a\\u{1b}[31mb\\u{202e}\\u{a}");
        assert_eq!(plain("Müller · 日本"), "Müller · 日本");
    }

    #[test]
    fn breaks_lines_at_blanks() {
        assert_eq!(wrap("one two three", Some(7)), ["one two", "three"]);
        assert_eq!(wrap("incomprehensible a b", Some(4)), ["incomprehensible", "a b"]);
        assert_eq!(wrap("  one two three", Some(9)), ["  one two", "  three"]);
        assert_eq!(wrap("one two three", None), ["one two three"]);
        assert_eq!(wrap("日本 語", Some(4)), ["日本", "語"]);
    }

    #[test]
    fn counts_in_words() {
        assert_eq!(count(0, "rule", "rules"), "0 rules");
        assert_eq!(count(1, "rule", "rules"), "1 rule");
    }
}
