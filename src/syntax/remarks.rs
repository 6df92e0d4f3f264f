//! Comments that speak to `check`: `# wardkey: allow never-matters: the auditor wants this written out`.
//!
//! This reads what such a comment says and finds what it stands beside; what follows from it is none of its business. A comment
//! above a rule, without a blank line between them, is about that rule, as is one within it or at its end. In a catalogue, which
//! is YAML, it is about the line below, or about the line it ends.

use super::items::{self, Extent};
use super::tokens::{Kind, tokens};
use crate::source::{SourceId, Span};

/// How such a comment begins, behind `#` and blanks.
const MARK: &str = "wardkey:";

/// A comment that speaks to `check`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Remark {
    /// From `#` to its last character.
    pub span: Span,
    /// What to take out so that nothing of it is left: with its line, if it has one to itself.
    pub whole: Span,
    /// What it is about.
    pub about: About,
    /// What it says.
    pub says: Says,
}

/// What a comment is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum About {
    /// A rule, a `let`, or a line of a catalogue.
    Stretch(Span),
    /// The file it stands in.
    File,
    /// It stands beside nothing.
    Nothing,
}

/// What a comment says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Says {
    /// `allow CODES: REASON`. The reason is empty where none is given.
    Allow {
        /// Names or numbers of codes, as written, with their places.
        codes: Vec<(String, Span)>,
        /// From the first to the last of them.
        list: Span,
        /// Why.
        reason: String,
    },
    /// Something else, which means nothing.
    Unknown,
}

/// The comments of a file of rules that speak to `check`, in order. Cost: linear, and nearly nothing where there are none.
pub fn rule_remarks(source: SourceId, text: &str) -> Vec<Remark> {
    if !text.contains(MARK) {
        return Vec::new();
    }
    let (extents, _) = items::split(source, text);
    let comments = tokens(text).into_iter().filter(|token| token.kind == Kind::Comment);
    let remark = |comment: super::tokens::Token<'_>| {
        let (start, end) = (comment.start, comment.end());
        remark(source, text, (start, end), || beside(text, &extents, (start, end)))
    };
    comments.filter_map(remark).collect()
}

/// The comments of a catalogue that speak to `check`, in order: what begins with `#` on a line, or behind a blank.
pub fn yaml_remarks(source: SourceId, text: &str) -> Vec<Remark> {
    if !text.contains(MARK) {
        return Vec::new();
    }
    let lines = lines(text);
    let mut found = Vec::new();
    for (at, &(start, line)) in lines.iter().enumerate() {
        let Some(comment) = comment_of_yaml(line) else { continue };
        let about = || {
            let is_alone = line.get(..comment).is_some_and(|before| before.trim().is_empty());
            let below = || lines.get(at + 1..)?.iter().find(|(_, line)| !line.trim_start().starts_with('#'));
            let (start, line) = if is_alone { *below()? } else { (start, line) };
            (!line.trim().is_empty()).then_some(Extent { start, end: start + line.len() })
        };
        found.extend(remark(source, text, (start + comment, start + line.trim_end().len()), about));
    }
    found
}

/// Lines with their first byte, without line feeds.
fn lines(text: &str) -> Vec<(usize, &str)> {
    let mut at = 0;
    let line = |line| {
        let start = at;
        at += str::len(line) + 1;
        (start, line)
    };
    text.split('\n').map(line).collect()
}

/// Where a comment that speaks to `check` begins in a line.
fn comment_of_yaml(line: &str) -> Option<usize> {
    let speaks = |at: &usize| {
        let before = line.get(..*at).unwrap_or_default();
        (before.is_empty() || before.ends_with([' ', '\t'])) && said(line.get(*at..).unwrap_or_default()).is_some()
    };
    line.match_indices('#').map(|(at, _)| at).find(speaks)
}

/// What stands behind the mark.
fn said(comment: &str) -> Option<&str> {
    comment.trim_start_matches('#').trim_start().strip_prefix(MARK)
}

fn remark(
    source: SourceId,
    text: &str,
    (start, end): (usize, usize),
    beside: impl FnOnce() -> Option<Extent>,
) -> Option<Remark> {
    let rest = said(text.get(start..end)?)?;
    let span = |start: usize, end: usize| Span::new(source, start, end);
    let said = rest.trim_start();
    let at = end - said.len();
    let word = said.split([' ', '\t']).next().unwrap_or_default();
    let about = match word {
        "allow-file" => About::File,
        _ => beside().map_or(About::Nothing, |extent| About::Stretch(span(extent.start, extent.end))),
    };
    let says = match word {
        "allow" | "allow-file" => allowed(source, said.get(word.len()..).unwrap_or_default(), at + word.len()),
        _ => Says::Unknown,
    };
    let (from, to) = whole(text, start, end);
    Some(Remark { span: span(start, end), whole: span(from, to), about, says })
}

/// `CODE, CODE: REASON`, which begins at a byte of the file.
fn allowed(source: SourceId, text: &str, at: usize) -> Says {
    let (list, reason) = text.split_once(':').unwrap_or((text, ""));
    let mut codes = Vec::new();
    let mut start = at;
    for part in list.split(',') {
        let code = part.trim();
        let from = start + (part.len() - part.trim_start().len());
        if !code.is_empty() {
            codes.push((code.to_owned(), Span::new(source, from, from + code.len())));
        }
        start += part.len() + 1;
    }
    let end = Span::new(source, at + list.len(), at + list.len());
    let list = match (codes.first(), codes.last()) {
        (Some((_, first)), Some((_, last))) => first.to(*last),
        _ => end,
    };
    Says::Allow { codes, list, reason: reason.trim().to_owned() }
}

/// A comment with what would be left of its line: the blanks before it, or all of the line.
fn whole(text: &str, start: usize, end: usize) -> (usize, usize) {
    let before = text.get(..start).unwrap_or_default();
    let from = before.trim_end_matches([' ', '\t']).len();
    if from > 0 && !before.get(..from).is_some_and(|before| before.ends_with('\n')) {
        return (from, end);
    }
    let rest = text.get(end..).unwrap_or_default();
    let to = rest.find('\n').map_or(text.len(), |line_end| end + line_end + 1);
    (from, to)
}

/// The item that a comment stands in, or right above.
fn beside(text: &str, extents: &[Extent], (start, end): (usize, usize)) -> Option<Extent> {
    let next = extents.partition_point(|extent| extent.end <= start);
    let extent = extents.get(next).copied()?;
    if extent.start <= start {
        return Some(extent);
    }
    let between = text.get(end..extent.start)?;
    let (_, below) = between.split_once('\n')?;
    let mut lines = below.split('\n').collect::<Vec<_>>();
    // what stands before the item on its own line
    lines.pop();
    lines.iter().all(|line| line.trim_start().starts_with('#')).then_some(extent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    fn read(text: &str) -> Vec<(String, String, Vec<String>, String)> {
        let mut sources = Sources::default();
        let source = sources.add_rules("test.ward", text);
        shown(&sources, rule_remarks(source, text))
    }

    fn shown(sources: &Sources, remarks: Vec<Remark>) -> Vec<(String, String, Vec<String>, String)> {
        let shown = |remark: Remark| {
            let about = match remark.about {
                About::Stretch(span) => sources.slice(span).to_owned(),
                About::File => "file".to_owned(),
                About::Nothing => "nothing".to_owned(),
            };
            let (codes, reason) = match remark.says {
                Says::Allow { codes, reason, .. } => {
                    assert!(codes.iter().all(|(code, span)| sources.slice(*span) == code), "{codes:?}");
                    (codes.into_iter().map(|(code, _)| code).collect(), reason)
                }
                Says::Unknown => (Vec::new(), "?".to_owned()),
            };
            (about, sources.slice(remark.whole).to_owned(), codes, reason)
        };
        remarks.into_iter().map(shown).collect()
    }

    fn one(about: &str, whole: &str, codes: &[&str], reason: &str) -> (String, String, Vec<String>, String) {
        (about.to_owned(), whole.to_owned(), codes.iter().map(|&code| code.to_owned()).collect(), reason.to_owned())
    }

    #[test]
    fn a_comment_is_about_the_item_below_or_around_it() {
        let rule = "a = b -> allow x";
        let above = "# wardkey: allow gap: because: so\n";
        assert_eq!(read(&format!("{above}{rule}\n")), [one(rule, above, &["gap"], "because: so")]);
        assert_eq!(read(&format!("{above}# more\n{rule}")), [one(rule, above, &["gap"], "because: so")]);
        assert_eq!(read(&format!("{rule}\n{above}\nc -> deny y")), [one("nothing", above, &["gap"], "because: so")]);
        assert_eq!(read(&format!("{rule}\n{above}")), [one("nothing", above, &["gap"], "because: so")]);
        let behind = format!("{rule} # wardkey: allow WK701,  gap : it is");
        assert_eq!(read(&behind), [one(&behind, " # wardkey: allow WK701,  gap : it is", &["WK701", "gap"], "it is")]);
        let within = "a = b\n  # wardkey: allow gap: x\r\n  -> allow x";
        assert_eq!(read(within), [one(within, "  # wardkey: allow gap: x\r\n", &["gap"], "x")]);
    }

    #[test]
    fn a_comment_may_be_about_its_file_or_lack_something() {
        let text =
            "#wardkey: allow-file gap: y\n\na -> allow \"# wardkey: allow x: z\"\n# wardkey: alow gap: z\nb -> deny y";
        let file = one("file", "#wardkey: allow-file gap: y\n", &["gap"], "y");
        assert_eq!(read(text), [file, one("b -> deny y", "# wardkey: alow gap: z\n", &[], "?")]);
        assert_eq!(read("# wardkey: allow gap\nb -> deny y")[0].3, "");
        assert_eq!(read("# wardkey: allow\nb -> deny y")[0].2, Vec::<String>::new());
        assert_eq!(read("# wardkey is fine\nb -> deny y"), []);
    }

    #[test]
    fn in_yaml_it_is_about_a_line() {
        let text = "a:\n  # wardkey: allow gap: x\n  # and more\n  b: {}\n  c: {} # wardkey: allow gap: y\n  d: 'a#wardkey: allow gap: z'\n";
        let mut sources = Sources::default();
        let source = sources.add("catalogue.yaml", text);
        let found = shown(&sources, yaml_remarks(source, text));
        let above = one("  b: {}", "  # wardkey: allow gap: x\n", &["gap"], "x");
        let behind = one("  c: {} # wardkey: allow gap: y", " # wardkey: allow gap: y", &["gap"], "y");
        assert_eq!(found, [above, behind]);
    }
}
