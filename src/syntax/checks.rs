//! What the grammar lets through and a person should hear about in a sentence of its own.
//!
//! Each function looks at one built piece and reports into `problems`, or makes the one diagnostic its caller reports.

use super::ast::{
    Condition, ConditionKind, Effect, EffectKind, Literal, Members, Name, Operand, Parameter, Path, Shape, Targets,
};
use super::chars::{named, shown};
use super::codes;
use super::limits;
use super::print::{self, print_condition};
use super::shape::Wrong;
use super::words::in_quotes;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use unicode_security::{MixedScript, RestrictionLevel, RestrictionLevelDetection};

/// Longest piece of an author's text that is printed back in a help line.
const SHOWN: usize = 160;

/// `and` beside `or`: both groupings, each to be typed. Nobody can tell which was meant, so there is no mechanical fix.
pub(super) fn mixed(parts: &[(Condition, Span)], joiners: &[(bool, Span)], problems: &mut Vec<Diagnostic>) {
    let Some((first_is_or, first)) = joiners.first() else { return };
    let Some((_, other)) = joiners.iter().find(|(is_or, _)| is_or != first_is_or) else { return };
    let (word, other_word) = if *first_is_or { ("or", "and") } else { ("and", "or") };
    let diagnostic =
        Diagnostic::error(codes::AND_OR_MIXED, *other, "`and` and `or` stand side by side without parentheses")
            .at(format!("`{other_word}` here"))
            .label(*first, format!("`{word}` here"));
    problems.push(
        diagnostic
            .help(format!("write `{}`", shown(&grouped(parts, joiners, false), SHOWN)))
            .help(format!("or write `{}`", shown(&grouped(parts, joiners, true), SHOWN))),
    );
}

/// The chain as text, with parentheses around each run of `or` (or of `and`).
fn grouped(parts: &[(Condition, Span)], joiners: &[(bool, Span)], or_first: bool) -> String {
    let mut outer: Vec<Vec<String>> = vec![Vec::new()];
    for (at, (part, _)) in parts.iter().enumerate() {
        let splits = at > 0 && joiners.get(at - 1).is_some_and(|(is_or, _)| *is_or != or_first);
        let text = match part.kind {
            ConditionKind::And(_) | ConditionKind::Or(_) => format!("({})", print_condition(part)),
            _ => print_condition(part),
        };
        match outer.last_mut().filter(|_| !splits) {
            Some(run) => run.push(text),
            None => outer.push(vec![text]),
        }
    }
    let (inner_word, outer_word) = if or_first { (" or ", " and ") } else { (" and ", " or ") };
    let runs =
        outer.into_iter().map(|run| if run.len() == 1 { run.concat() } else { format!("({})", run.join(inner_word)) });
    runs.collect::<Vec<_>>().join(outer_word)
}

/// More `not` than are accepted, in a row or with parentheses between them.
pub(super) fn too_many_nots(span: Span, are_in_a_row: bool) -> Diagnostic {
    let how = if are_in_a_row { "in a row" } else { "inside one another" };
    let message = format!("more than {} `not` {how}", limits::NESTING);
    Diagnostic::error(codes::NESTED_TOO_DEEPLY, Span { end: span.start + 3, ..span }, message)
        .help("two `not` cancel out")
}

/// A declared name with a dot in it.
pub(super) fn dotted_name(path: &Path, of: &str) -> Diagnostic {
    let joined = path.joined();
    let plain = joined.replace('.', "_");
    Diagnostic::error(codes::DOTTED_NAME, path.span, format!("the name of {of} has no dots"))
        .help(format!("write `{}`", shown(&print::name_text(&plain, false), 60)))
        .replace(path.span, print::name_text(&plain, false))
}

/// A clause or modifier that stands twice.
pub(super) fn twice(word: &str, first: Span, second: Span) -> Diagnostic {
    let help = match word {
        "because" => {
            "join the texts: `because \"one\" \"two\"`, or give each its language: `because en \"one\" de \"eins\"`"
        }
        "from" | "until" => "keep one of them",
        _ => "remove one of them",
    };
    Diagnostic::error(codes::CLAUSE_TWICE, second, format!("`{word}` stands twice in this rule"))
        .at("the second")
        .label(first, "the first")
        .help(help)
}

/// Every language has one text.
pub(super) fn languages_once(texts: &[(Option<Name>, Name)], problems: &mut Vec<Diagnostic>) {
    for (at, (language, text)) in texts.iter().enumerate() {
        let Some(language) = language else { continue };
        let same = |(earlier, _): &&(Option<Name>, Name)| {
            earlier.as_ref().is_some_and(|earlier| earlier.text.eq_ignore_ascii_case(&language.text))
        };
        if let Some((_, first)) = texts.iter().take(at).find(same) {
            problems.push(
                Diagnostic::error(
                    codes::LANGUAGE_TWICE,
                    language.span.to(text.span),
                    format!("two texts in `{}`", language.text),
                )
                .label(first.span, "the first")
                .help("keep one of them, or put them side by side after one language"),
            );
        }
    }
}

/// Something else than a date after `from` or `until`.
pub(super) fn no_date(text: &str, word: &str, span: Span) -> Diagnostic {
    let message = format!("after `{word}` stands a date, not `{}`", shown(text, 40));
    Diagnostic::error(codes::VALUE_EXPECTED, span, message)
        .help(format!("write a day: `{word} 2026-12-01`"))
        .help(format!("or an instant: `{word} 2026-12-01T07:00+01:00`"))
}

/// Something else than a duration after `within`.
pub(super) fn no_duration(text: &str, span: Span) -> Diagnostic {
    let message = format!("after `within` stands a duration, not `{}`", shown(text, 40));
    let diagnostic = Diagnostic::error(codes::VALUE_EXPECTED, span, message);
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return diagnostic
            .help(format!("write its unit: `{text}d` for days, `{text}h` for hours"))
            .replace(span, format!("{text}d"));
    }
    diagnostic.help("durations are written like `365d`, `12h`, `30min`; to test a place write `in`")
}

/// A run of value characters that is nothing.
pub(super) fn misshapen(text: &str, span: Span, wrong: &Wrong) -> Diagnostic {
    let message = format!("`{}` {}", shown(text, 60), wrong.problem);
    let mut diagnostic = Diagnostic::error(codes::VALUE_SHAPE, span, message);
    for help in &wrong.help {
        diagnostic = diagnostic.help(shown(help, SHOWN));
    }
    match &wrong.replacement {
        Some(replacement) => diagnostic.replace(span, replacement),
        None => diagnostic,
    }
}

/// `override` before an effect that has no second tier.
pub(super) fn override_effect(kind: EffectKind, span: Span) -> Diagnostic {
    let (verb, why) = match kind {
        EffectKind::Offer => {
            ("offer", "an offer never stands above a `deny`: remove `override`, or write `override allow`")
        }
        _ => ("require", "`require` always adds its parameters: remove `override`"),
    };
    Diagnostic::error(codes::OVERRIDE_EFFECT, span, format!("`{verb}` cannot be overriding"))
        .help(why)
        .replace(span, "")
}

/// `all` among other targets was refused by the grammar; here the word in quotes, which would be a name.
pub(super) fn all_alone(effects: &[Effect], problems: &mut Vec<Diagnostic>) {
    for effect in effects {
        let Targets::Named(paths) = &effect.targets else { continue };
        let mut seen: Vec<(String, Span)> = Vec::new();
        for path in paths {
            let text = path.joined();
            match seen.iter().find(|(earlier, _)| *earlier == text) {
                Some((_, first)) => problems.push(
                    Diagnostic::error(
                        codes::CLAUSE_TWICE,
                        path.span,
                        format!("`{}` stands twice in this effect", shown(&text, 40)),
                    )
                    .label(*first, "the first")
                    .help("remove one of them"),
                ),
                None => seen.push((text.into_owned(), path.span)),
            }
        }
    }
}

/// Every parameter stands once in an effect.
pub(super) fn parameters_once(parameters: &[Parameter], problems: &mut Vec<Diagnostic>) {
    for (at, parameter) in parameters.iter().enumerate() {
        let name = parameter.name.joined();
        if let Some(first) = parameters.iter().take(at).find(|earlier| earlier.name.joined() == name) {
            problems.push(
                Diagnostic::error(
                    codes::CLAUSE_TWICE,
                    parameter.span,
                    format!("`{}` is given twice", shown(&name, 40)),
                )
                .label(first.span, "the first")
                .help("keep one of them; several values stand in brackets: `channel = [sms, email]`"),
            );
        }
    }
}

/// Names are not empty and have no blanks at their ends.
pub(super) fn names(path: &Path, problems: &mut Vec<Diagnostic>) {
    for segment in path.segments.iter().filter(|segment| segment.quoted) {
        let trimmed = segment.text.trim();
        if trimmed.is_empty() {
            problems.push(
                Diagnostic::error(codes::EMPTY_NAME, segment.span, "this name is empty")
                    .help("write a name between the quotes"),
            );
        } else if trimmed.len() != segment.text.len() {
            problems.push(
                Diagnostic::error(codes::EMPTY_NAME, segment.span, "this name begins or ends with a blank")
                    .help(format!("write `{}`", shown(&in_quotes(trimmed), 60)))
                    .replace(segment.span, in_quotes(trimmed)),
            );
        }
    }
}

/// The letters of one word are of one alphabet, so that no `Sales` is written with a Cyrillic `а`. Several words may be of
/// several alphabets, and Latin goes with Chinese, Japanese and Korean.
pub(super) fn one_alphabet(path: &Path, problems: &mut Vec<Diagnostic>) {
    let is_mixed =
        |word: &&str| !word.is_single_script() && !word.check_restriction_level(RestrictionLevel::HighlyRestrictive);
    for segment in path.segments.iter().filter(|segment| !segment.text.is_ascii()) {
        let words = segment.text.split(|character: char| !character.is_alphanumeric());
        let Some(word) = words.into_iter().find(is_mixed) else { continue };
        let mut odd = word.chars().filter(|character| !character.is_ascii());
        let shown_odd = odd.next().map_or_else(String::new, |odd| format!("; look at `{odd}` ({})", named(odd)));
        let message = format!("`{}` holds letters of several alphabets in one word", shown(&segment.text, 60));
        problems.push(
            Diagnostic::error(codes::MIXED_ALPHABETS, segment.span, message)
                .help(format!("type it anew in one alphabet{shown_odd}")),
        );
    }
}

/// Lists have entries, and not too many.
pub(super) fn list_length(length: usize, span: Span, problems: &mut Vec<Diagnostic>) {
    if length == 0 {
        problems.push(
            Diagnostic::error(codes::EMPTY_LIST, span, "this list is empty")
                .help("write at least one entry; whether a set has none is tested by `is empty`"),
        );
    }
    if length > limits::LIST_ENTRIES {
        let message = format!("this list has {length} entries; at most {} are accepted", limits::LIST_ENTRIES);
        problems.push(
            Diagnostic::error(codes::LIST_TOO_LONG, span, message)
                .help("name a group or a zone in the catalogue instead"),
        );
    }
}

/// A range where only single values make sense.
pub(super) fn no_range_here(span: Span) -> Diagnostic {
    Diagnostic::error(codes::VALUE_EXPECTED, span, "a range cannot stand here").help("list the values one by one")
}

fn literal(operand: &Operand) -> Option<&Literal> {
    match operand {
        Operand::Literal(literal) => Some(literal),
        _ => None,
    }
}

/// The ends of a range: in order, of one kind, and distinct for times of day.
pub(super) fn range(low: &Operand, high: &Operand, problems: &mut Vec<Diagnostic>) {
    let span = low.span().to(high.span());
    let (Some(low), Some(high)) = (literal(low), literal(high)) else { return };
    if low.shape == Shape::Time && high.shape == Shape::Time {
        return clock_range(low, high, span, problems);
    }
    let falls = match (low.shape, high.shape) {
        (Shape::Number, Shape::Number) => number_falls(&low.text, &high.text),
        (Shape::Date, Shape::Date) => low.text > high.text,
        _ => false,
    };
    if falls {
        let swapped = format!("{}..{}", high.text, low.text);
        problems.push(
            Diagnostic::error(codes::RANGE_ENDS, span, format!("the range `{}..{}` is empty", low.text, high.text))
                .at("the first end is the greater one")
                .help(format!("write `{swapped}`"))
                .replace(span, swapped),
        );
    }
}

fn clock_range(low: &Literal, high: &Literal, span: Span, problems: &mut Vec<Diagnostic>) {
    let (message, help) = if low.text == high.text {
        (format!("the range `{}..{}` begins where it ends", low.text, high.text), "the whole day is `00:00..24:00`")
    } else if low.text == "24:00" {
        ("`24:00` can only end a range".to_owned(), "a day begins at `00:00`")
    } else {
        return;
    };
    problems.push(Diagnostic::error(codes::RANGE_ENDS, span, message).help(help));
}

/// Whether the first of two written numbers is the greater; exact, whatever their length.
fn number_falls(low: &str, high: &str) -> bool {
    let parts = |text: &str| -> (bool, String, String) {
        let text = text.trim_end_matches('%');
        let (negative, text) = (text.starts_with('-'), text.trim_start_matches('-'));
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let (whole, fraction) = (whole.trim_start_matches('0').to_owned(), fraction.trim_end_matches('0').to_owned());
        (negative && !(whole.is_empty() && fraction.is_empty()), whole, fraction)
    };
    let ((low_negative, low_whole, low_fraction), (high_negative, high_whole, high_fraction)) =
        (parts(low), parts(high));
    let size = (low_whole.len(), low_whole, low_fraction).cmp(&(high_whole.len(), high_whole, high_fraction));
    match (low_negative, high_negative) {
        (true, false) => false,
        (false, true) => true,
        (false, false) => size.is_gt(),
        (true, true) => size.is_lt(),
    }
}

/// `24:00` ends ranges and is no time by itself.
pub(super) fn no_end_of_day(operand: &Operand, problems: &mut Vec<Diagnostic>) {
    if let Some(literal) =
        literal(operand).filter(|literal| literal.shape == Shape::Time && literal.text.starts_with("24"))
    {
        problems.push(
            Diagnostic::error(codes::RANGE_ENDS, literal.span, format!("`{}` can only end a range", literal.text))
                .help("a day begins at `00:00`: write `00:00`, or a range such as `18:00..24:00`"),
        );
    }
}

/// `from` after `until`.
pub(super) fn bounds(from: Option<&Literal>, until: Option<&Literal>, problems: &mut Vec<Diagnostic>) {
    let (Some(from), Some(until)) = (from, until) else { return };
    if from.shape == Shape::Date && until.shape == Shape::Date && from.text > until.text {
        problems.push(
            Diagnostic::error(codes::RANGE_ENDS, until.span, "this rule ends before it begins")
                .at("its last day")
                .label(from.span, "its first day")
                .help(format!("write `from {} until {}`", until.text, from.text)),
        );
    }
}

/// `has none -> …`: the word asks for a list; a value of that name is quoted.
pub(super) fn set_word_alone(members: &Members, problems: &mut Vec<Diagnostic>) {
    let Members::One(Operand::Path(path)) = members else { return };
    let [name] = path.segments.as_slice() else { return };
    if name.quoted || !matches!(name.text.as_str(), "any" | "none" | "only") {
        return;
    }
    let diagnostic =
        Diagnostic::error(codes::SET_WORD, path.span, format!("`has {}` needs what it is about", name.text))
            .help(format!("write a list behind it: `has {} [diabetes, asthma]`", name.text));
    let diagnostic = match name.text.as_str() {
        "none" => diagnostic.help("to ask whether there is nothing at all, write `is empty`"),
        "any" => diagnostic.help("to ask whether there is anything at all, write `is not empty`"),
        _ => diagnostic,
    };
    problems.push(diagnostic.help(format!("if a value has this name, write it in quotes: `\"{}\"`", name.text)));
}
