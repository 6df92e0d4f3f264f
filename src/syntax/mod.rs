//! From text to tree, and back. Everything about the written form is here; nothing is resolved.
//!
//! A file passes four layers, each of which can speak for itself: `scan` looks at characters, `items` splits at the left
//! margin, `parse` reads one item by the grammar, `checks` looks at what the grammar lets through. Every problem of every
//! item is reported in one go. No type of the generated parser leaves this module.

pub mod ast;
mod chars;
mod checks;
pub mod codes;
mod decode;
mod erase;
mod format;
mod hints;
mod items;
pub mod limits;
mod parse;
mod print;
#[cfg(test)]
mod properties;
pub mod remarks;
mod scan;
mod shape;
mod tokens;
mod words;

pub use decode::{NotUtf8, decode};
pub use format::format;
pub use print::{
    add_rule, print_condition, print_item, print_let, print_operand, print_operator, print_path, print_rule,
};
pub use words::{is_word, quote};

use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Span};
use ast::{Condition, ConditionKind, Item, Let};
use items::Extent;
use std::collections::VecDeque;

/// Reads a file of rules: its items, and into `diagnostics` everything that is wrong with its form.
///
/// An item with an error is left out, save two: one that can be read all the same, and a `let` whose name is plain, which
/// stands for `always` so that its users are not called wrong as well. Any error must refuse the whole load. An empty file has
/// no items and no errors. Linear in the length of the text; stops soon after [`limits::PROBLEMS`] problems.
pub fn parse_file(source: SourceId, text: &str, diagnostics: &mut Vec<Diagnostic>) -> Vec<Item> {
    let mut items = Items::new(source, text);
    let read = std::iter::from_fn(|| items.next_item()).collect();
    diagnostics.append(&mut items.into_diagnostics());
    read
}

/// The items of one file, read one at a time: a tree is ten times its text, and a large policy need never hold all of them.
/// What holds for [`parse_file`] holds here.
pub struct Items<'t> {
    file: File<'t>,
    /// Those not yet read.
    extents: VecDeque<Extent>,
    /// Where something is wrong with the characters, in order.
    scanned: Vec<u32>,
    found: Vec<Diagnostic>,
}

impl<'t> Items<'t> {
    /// Looks at the characters of a file and splits it, but reads no item yet.
    pub fn new(source: SourceId, text: &'t str) -> Self {
        let file = File { source, text };
        if text.len() > limits::FILE_BYTES {
            let found = vec![too_large(source, text.len())];
            return Self { file, extents: VecDeque::new(), scanned: Vec::new(), found };
        }
        let mut found = scan::scan(source, text);
        let scanned = found.iter().filter_map(Diagnostic::span).map(|span| span.start).collect();
        let (extents, layout) = items::split(source, text);
        found.extend(layout);
        Self { file, extents: extents.into(), scanned, found }
    }

    /// Whether there is neither an item to read nor anything wrong.
    pub fn is_empty(&self) -> bool {
        self.extents.is_empty() && self.found.is_empty()
    }

    /// Reads the `let`s that are left, wherever they stand: they must be known before any rule is looked at.
    pub fn lets(&mut self) -> Vec<Let> {
        let begins_let = |extent: &Extent| self.file.text.get(extent.start..).is_some_and(tokens::begins_let);
        let (lets, others) = std::mem::take(&mut self.extents).into_iter().partition(begins_let);
        self.extents = lets;
        let read = std::iter::from_fn(|| self.next_item()).collect::<Vec<_>>();
        self.extents = others;
        read.into_iter().filter_map(|item| if let Item::Let(item) = item { Some(item) } else { None }).collect()
    }

    /// Reads on to the next rule.
    pub fn next_rule(&mut self) -> Option<ast::Rule> {
        std::iter::from_fn(|| self.next_item())
            .find_map(|item| if let Item::Rule(rule) = item { Some(rule) } else { None })
    }

    /// Reads on to the next item of which there is a tree.
    fn next_item(&mut self) -> Option<Item> {
        while self.found.len() <= limits::PROBLEMS {
            let extent = self.extents.pop_front()?;
            if let Some(item) = self.file.item(extent, &self.scanned, &mut self.found) {
                return Some(item);
            }
        }
        None
    }

    /// Everything that is wrong with what was read, in order of place.
    pub fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|diagnostic| diagnostic.span().map(|span| span.start));
        self.found
    }
}

/// Reads a condition that stands inside another file, at byte `offset` of it.
///
/// Places are those of the surrounding file, as long as the text stands there as it is given here.
pub fn parse_condition(
    source: SourceId,
    text: &str,
    offset: usize,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Condition> {
    let place = hints::Place { source, text, base: offset, is_condition: true };
    alone(&place, parse::lone_condition, hints::explain, diagnostics)
}

/// Reads a property (`never EHR allowed when network = public`) that stands inside another file, at byte `offset` of it.
///
/// Places are as with [`parse_condition`].
pub fn parse_property(
    source: SourceId,
    text: &str,
    offset: usize,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<ast::Property> {
    let place = hints::Place { source, text, base: offset, is_condition: true };
    alone(&place, parse::lone_property, hints::explain_property, diagnostics)
}

/// Reads what stands inside another file, by one of the parser's functions.
fn alone<T>(
    place: &hints::Place<'_>,
    read: impl FnOnce(SourceId, &str, usize, &mut Vec<Diagnostic>) -> Result<T, parse::Failure>,
    explain: impl FnOnce(&hints::Place<'_>, &parse::Failure) -> Diagnostic,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<T> {
    let mut found = scan::scan(place.source, place.text);
    let has_stray = !found.is_empty();
    for diagnostic in &mut found {
        shift(diagnostic, place.base);
    }
    if let Some(problem) = items::measure(place.source, place.text, place.base) {
        diagnostics.append(&mut found);
        diagnostics.push(problem);
        return None;
    }
    let mut checked = Vec::new();
    let tree = match read(place.source, place.text, place.base, &mut checked) {
        Ok(tree) => Some(tree),
        Err(_) if has_stray => None,
        Err(failure) => {
            checked.push(explain(place, &failure));
            None
        }
    };
    let is_sound = checked.iter().chain(&found).all(|problem| !problem.is_error());
    diagnostics.append(&mut found);
    diagnostics.append(&mut checked);
    tree.filter(|_| is_sound)
}

fn shift(diagnostic: &mut Diagnostic, offset: usize) {
    let by = u32::try_from(offset).unwrap_or(u32::MAX);
    let moved = |span: &mut Span| {
        span.start = span.start.saturating_add(by);
        span.end = span.end.saturating_add(by);
    };
    diagnostic.labels.iter_mut().for_each(|label| moved(&mut label.span));
    if let Some(fix) = &mut diagnostic.fix {
        fix.edits.iter_mut().for_each(|(span, _)| moved(span));
    }
}

fn too_large(source: SourceId, bytes: usize) -> Diagnostic {
    let message = format!("this file has {bytes} bytes; at most {} are accepted", limits::FILE_BYTES);
    Diagnostic::error(codes::FILE_TOO_LARGE, Span::new(source, 0, 0), message)
        .help("split it into several files of one folder")
}

/// A file whose items are being read.
struct File<'t> {
    source: SourceId,
    text: &'t str,
}

impl File<'_> {
    /// One item. `scanned` are the places of the problems with characters, in order.
    fn item(&self, extent: Extent, scanned: &[u32], found: &mut Vec<Diagnostic>) -> Option<Item> {
        let text = self.text.get(extent.start..extent.end)?;
        if let Some(problem) = items::measure(self.source, text, extent.start) {
            found.push(problem);
            return self.placeholder(extent);
        }
        let mut checked = Vec::new();
        let item = match parse::item(self.source, text, extent.start, &mut checked) {
            Ok(item) => Some(item),
            Err(_) if has_any(scanned, extent) => None,
            Err(failure) => {
                let place = hints::Place { source: self.source, text, base: extent.start, is_condition: false };
                checked.push(hints::explain(&place, &failure));
                None
            }
        };
        let is_readable = checked.iter().all(leaves_tree_sound);
        found.append(&mut checked);
        item.filter(|_| is_readable).or_else(|| self.placeholder(extent))
    }

    /// What stands for an item that could not be read: a `let` of its name, that its users be not called wrong as well.
    fn placeholder(&self, extent: Extent) -> Option<Item> {
        let text = self.text.get(extent.start..extent.end)?;
        let (name, quoted, at) = tokens::let_name(text)?;
        let span = |start: usize, end: usize| Span::new(self.source, extent.start + start, extent.start + end);
        let whole = span(0, text.len());
        let name = ast::Name { text: name, quoted, span: span(at.start, at.end) };
        Some(Item::Let(Let { name, condition: Condition { kind: ConditionKind::Always, span: whole }, span: whole }))
    }
}

fn has_any(places: &[u32], extent: Extent) -> bool {
    let from = places.partition_point(|&place| (place as usize) < extent.start);
    places.get(from).is_some_and(|&place| (place as usize) < extent.end)
}

/// Whether a problem leaves a tree that is worth looking at.
fn leaves_tree_sound(problem: &Diagnostic) -> bool {
    [codes::AND_OR_MIXED, codes::CLAUSE_TWICE, codes::LANGUAGE_TWICE, codes::OVERRIDE_EFFECT].contains(&problem.code)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::source::Sources;

    /// Every construct once, each in its canonical spelling.
    pub(super) const CANONICAL: &str = r#"let clinician = role in [Physician, Nurse, Therapist]
let off_site = network in [public, home] or not device.managed
clinician -> allow EHR, "Secure Messaging"
department = Marketing -> offer Marketo with approver = manager, term = 90d
quiet_bedside: role = Sales and location = care_area -> deny iTunes because "Personal media is off"
phi_stays_inside: off_site -> deny all where phi unless emergency unless drill and not tested
break_glass: role = Physician and emergency -> override allow EHR with audit = high because "Emergency access"
own_ward: clinician and user.ward in patient_record.ward -> allow patient_record.read
clinician and time in 07:00..19:00 -> allow "Follow-me print" with queue from location.printer
condition has diabetes and language = es -> allow tip.diabetes with channel = [sms, email], every = day
role = Administrator -> require all with reauth = 12h
always -> allow Intranet
disabled trial employment = terminated -> override deny all except [EHR.export, "A.b".read] where not (phi or legal)
time in 22:00..06:00 on [Fri, 2026-12-24] at "Europe/Berlin" -> deny x
time not in 08:00..17:00 on Mon..Fri -> deny x, allow y with a = 1, b = exactly "Q", require z
a has any [b, c, 1..5] and d has all e.f and g has none [h] and i has only [j] -> allow k from 2026-12-01 until 2027-03-01
a is exactly b and c is not exactly d.e and f is empty and g is not known and h is unknown and i is absent -> allow k
a starts with "Dr" and b ends with [x, y] and c contains exactly "z" and d matches "glob*" -> allow k
trained within 365d and os >= 17.2.0 and ip in 10.4.0.0/16 and n != -5 and m < 20% and l <= 1.5 and o > 2 -> allow k
a = true -> allow k because en "yes" de "ja" pt-BR "sim" is "og"
not not a and (b or c) -> allow k
"#;

    fn parse(text: &str) -> (Vec<Item>, Vec<Diagnostic>) {
        let source = Sources::default().add("test.ward", text);
        let mut diagnostics = Vec::new();
        let items = parse_file(source, text, &mut diagnostics);
        (items, diagnostics)
    }

    #[test]
    fn canonical_text_is_read_and_printed_back() {
        let text = CANONICAL;
        let (items, diagnostics) = parse(text);
        assert_eq!(diagnostics, [], "{text}");
        let printed: Vec<String> = items.iter().map(print_item).collect();
        assert_eq!(printed, text.lines().collect::<Vec<_>>());
    }

    #[test]
    fn the_shortest_spelling_is_read() {
        let (items, diagnostics) = parse("role=Sales and location=care_area -> deny iTunes");
        assert_eq!(diagnostics, []);
        assert_eq!(
            items.iter().map(print_item).collect::<Vec<_>>(),
            ["role = Sales and location = care_area -> deny iTunes"]
        );
    }

    /// The grammar recurses with the parentheses and looks at no stack: their limit is what keeps it shallow.
    #[test]
    fn the_deepest_condition_is_read_on_a_small_stack() {
        let (open, close) = ("not (".repeat(limits::NESTING), ")".repeat(limits::NESTING));
        let text = format!("{open}a = b{close} -> deny all except [c]");
        let reader = std::thread::Builder::new().stack_size(512 << 10).spawn(move || parse(&text).1.len());
        assert_eq!(reader.expect("a thread").join().expect("it ends"), 0);
    }

    #[test]
    fn a_file_is_read_lets_first() {
        let source = Sources::default().add("test.ward", "");
        let mut items = Items::new(source, "a -> allow x\nlet \"b\" = c\nb -> deny y\nlet d\n  = e\nlet f = ]");
        let lets: Vec<String> = items.lets().into_iter().map(|item| item.name.text).collect();
        assert_eq!(lets, ["b", "d", "f"], "the last one is broken, and has a name all the same");
        let rules: Vec<String> = std::iter::from_fn(|| items.next_rule()).map(|rule| print_rule(&rule)).collect();
        assert_eq!(rules, ["a -> allow x", "b -> deny y"]);
        assert_eq!(items.into_diagnostics().len(), 1);
    }

    #[test]
    fn a_broken_item_hides_no_other() {
        let (items, diagnostics) = parse("a = -> allow x\nlet b = \nb -> allow y\nc = d e -> deny z");
        assert_eq!(diagnostics.len(), 3);
        assert_eq!(items.len(), 2, "the `let` has a placeholder, one rule is sound");
    }
}
