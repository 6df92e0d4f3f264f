//! Conditions: lists, commas, missing arrows and sides, `not` in the wrong place.

use super::{Cursor, Hint, quoted_word};
use crate::diagnostic::Diagnostic;
use crate::syntax::codes;
use crate::syntax::tokens::{Kind, Token};
use crate::syntax::words::in_quotes;

pub(super) const HINTS: &[Hint] = &[
    round_list,
    equals_list,
    list_without_brackets,
    comma,
    arrow_missing,
    no_effect,
    not_behind,
    not_before_value,
    left_side_missing,
    value_first,
    chained,
    list_without_in,
    equals_range,
    three_dots,
    open_range,
    set_word_alone,
    text_for_value,
    zone_without_quotes,
    on_behind_other,
    with_missing,
    clause_on_the_left,
    side_missing,
    joiner_at_the_end,
    dots_for_dot,
];

/// Operators that are signs.
const SIGNS: [&str; 6] = ["=", "!=", "<", "<=", ">", ">="];

/// The commas and words of a list that stands between `open` and `close`, without them.
fn entries(cursor: &Cursor<'_>, open: usize, close: usize) -> String {
    let inner = cursor.whole_text(open + 1..close);
    inner.replace(" or ", ", ").trim_end_matches(',').to_owned()
}

/// `role in (A, B)`
fn round_list(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let found = cursor.found().filter(|found| found.is_any(&["(", "{"]))?;
    let before = cursor.before(1)?;
    let takes_list =
        ["in", "=", "!=", "any", "all", "none", "only", "has", "with", "contains", "matches", "except", "on"];
    if !before.is_any(&takes_list) {
        return None;
    }
    let diagnostic = cursor.error(codes::LIST_BRACKETS, "a list stands in square brackets");
    let Some(close) = cursor.closing(cursor.at) else { return Some(diagnostic.help("write `[A, B]`")) };
    let list = format!("[{}]", entries(cursor, cursor.at, close));
    let (from, written) = match before.text {
        "=" => (cursor.at - 1, format!("in {list}")),
        "!=" => (cursor.at - 1, format!("not in {list}")),
        _ => (cursor.at, list),
    };
    if close == cursor.at + 2 && before.is_any(&SIGNS) {
        let value = cursor.text(cursor.at + 1..close);
        return Some(
            cursor
                .error(codes::UNEXPECTED, "a value does not stand in parentheses")
                .help(format!("write `{} {value}`", before.text))
                .replace(cursor.span_of(cursor.at..close + 1), value),
        );
    }
    let _ = found;
    Some(
        diagnostic
            .help(format!("write `{}`", super::shown(&written, 120)))
            .replace(cursor.span_of(from..close + 1), written),
    )
}

/// `role = [A, B]`
fn equals_list(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let sign = cursor.before(1).filter(|sign| sign.is_any(&["=", "!=", "is"]))?;
    cursor.found().filter(|found| found.is("["))?;
    if cursor.arrow.is_some() && cursor.last_of(&["with", "unless", "where"]).is_some_and(|(_, word)| word.is("with")) {
        return None;
    }
    let close = cursor.closing(cursor.at)?;
    let (operator, how) = if sign.is("!=") { ("not in", "none") } else { ("in", "any") };
    let subject = cursor.text(cursor.part_start(cursor.at - 1)..cursor.at - 1);
    Some(
        Diagnostic::error(
            codes::WRONG_OPERATOR,
            cursor.span(sign),
            format!("`{}` compares with one value, not with a list", sign.text),
        )
        .help(format!("write `{subject} {operator} {}`", cursor.text(cursor.at..close + 1)))
        .help(format!("for a set write `{subject} has {how} {}`", cursor.text(cursor.at..close + 1)))
        .replace(cursor.span(sign), operator),
    )
}

/// `role in A, B`, `role = Sales, Nurse`
fn list_without_brackets(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    cursor.found().filter(|found| found.is(",") && cursor.is_left())?;
    let first = cursor.at.checked_sub(1)?;
    let operator = first.checked_sub(1).and_then(|index| cursor.get(index))?;
    if !operator.is_any(&["=", "!=", "in", "any", "none", "only", "has", "all"]) || !cursor.get(first)?.is_value() {
        return None;
    }
    let mut end = first + 1;
    while cursor.is_at(end, &[",", "and", "or"]) && cursor.get(end + 1).is_some_and(Token::is_value) {
        // `…, location = x`: what follows is a condition, no value.
        if cursor.get(end + 2).is_some_and(|next| next.is_any(&SIGNS) || next.is_any(&["in", "has", "is", "not"])) {
            break;
        }
        end += 2;
        if cursor.is_at(end, &["and", "or"]) && cursor.is_at(end - 2, &[","]) && cursor.is_at(end, &["and"]) {
            break;
        }
    }
    if end == first + 1 {
        return None;
    }
    let values: Vec<&str> =
        (first..end).step_by(2).filter_map(|index| cursor.get(index)).map(|token| token.text).collect();
    let list = format!("[{}]", values.join(", "));
    let written = match operator.text {
        "=" => format!("in {list}"),
        "!=" => format!("not in {list}"),
        "has" => format!("has any {list}"),
        other => format!("{other} {list}"),
    };
    let span = cursor.span_of(first - 1..end);
    Some(
        Diagnostic::error(codes::LIST_BRACKETS, span, "a list stands in square brackets")
            .help(format!("write `{}`", super::shown(&written, 120)))
            .replace(span, written),
    )
}

/// `role = Sales, location = x -> …`
fn comma(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    cursor.found().filter(|found| found.is(","))?;
    let in_condition =
        cursor.is_left() || cursor.last_of(&["unless", "with", "because"]).is_some_and(|(_, word)| word.is("unless"));
    if !in_condition || cursor.before(1).is_none_or(|before| before.is_any(&["[", ","])) {
        return None;
    }
    let blank =
        if cursor.after(1).is_some_and(|next| next.start > cursor.found().map_or(0, Token::end)) { "" } else { " " };
    Some(
        cursor
            .error(codes::COMMA_IN_CONDITION, "a comma cannot join conditions")
            .help("write `and` if both must hold, `or` if one is enough")
            .help("several values of one attribute stand in a list: `role in [Sales, Nurse]`")
            .replace(cursor.here(), format!(" and{blank}")),
    )
}

/// `role = Sales deny iTunes`
fn arrow_missing(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let found = cursor.found().filter(|found| found.is_any(&["allow", "offer", "deny", "require", "override"]))?;
    if !cursor.is_left() || cursor.at == 0 || cursor.place.is_condition {
        return None;
    }
    let before = cursor.before(1)?;
    if before.is_any(&["and", "or", "not", "=", "!=", "in", "(", "[", ",", "<", ">", "has", "is", "with"]) {
        return None;
    }
    let span = cursor.span_between(found.start, found.start);
    Some(
        cursor
            .error(codes::ARROW_MISSING, format!("`->` is missing before `{}`", found.text))
            .help(format!("write `-> {}`", cursor.text(cursor.at..(cursor.at + 2).min(cursor.tokens.len()))))
            .replace(span, "-> "),
    )
}

/// `role = Sales`, and nothing else.
fn no_effect(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    if cursor.found().is_some() || !cursor.is_left() || !cursor.expected.contains(&"`->`") || cursor.place.is_condition
    {
        return None;
    }
    let diagnostic = Diagnostic::error(
        codes::ARROW_MISSING,
        cursor.span_of(0..cursor.tokens.len()),
        "this rule does nothing: its `->` is missing",
    );
    let diagnostic = match (cursor.get(0), cursor.get(1)) {
        (Some(name), Some(sign)) if sign.is("=") && name.is_name() && cursor.tokens.len() > 3 => {
            diagnostic.help(format!("to name a condition, write `let {}`", cursor.text(0..cursor.tokens.len())))
        }
        _ => diagnostic.help(format!("write what it does: `{} -> deny iTunes`", cursor.text(0..cursor.tokens.len()))),
    };
    Some(diagnostic.help("if it goes on in the next line, indent that line"))
}

/// `x not has y`, `x not = y`
fn not_behind(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let not = cursor.before(1).filter(|not| not.is("not"))?;
    let found = cursor.found()?;
    let subject = cursor.before(2).filter(|subject| subject.is_name())?;
    let start = cursor.part_start(cursor.at - 1);
    let end = cursor.part_end(cursor.at);
    let sign = match found.text {
        "=" | "==" => Some("!="),
        "!=" => Some("="),
        "<" => Some(">="),
        "<=" => Some(">"),
        ">" => Some("<="),
        ">=" => Some("<"),
        _ => None,
    };
    let diagnostic = Diagnostic::error(
        codes::NOT_IN_FRONT,
        cursor.span(not),
        format!("`not` cannot stand between `{}` and `{}`", quoted_word(subject), quoted_word(found)),
    );
    if let Some(sign) = sign.filter(|_| matches!(found.text, "=" | "==" | "!=")) {
        let span = cursor.span(not).to(cursor.here());
        return Some(diagnostic.help(format!("write `{sign}`")).replace(span, sign));
    }
    if found.is_value()
        && !found.is_any(&["has"])
        && !["starts", "ends", "contains", "matches", "within"].contains(&found.text)
    {
        let written = format!("{} != {}", cursor.text(start..cursor.at - 1), quoted_word(found));
        return Some(diagnostic.help(format!("write `{written}`")).replace(cursor.span(not), "!="));
    }
    let front = format!("not {} {}", cursor.text(start..cursor.at - 1), cursor.text(cursor.at..end));
    Some(
        diagnostic
            .help(format!("write `{front}`"))
            .replace(cursor.span_between(cursor.before(2)?.end(), not.end()), "")
            .replace(cursor.span_of(start..start), "not "),
    )
}

/// `role = not Sales`, `teams has not x`
fn not_before_value(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    cursor.found().filter(|found| found.is("not"))?;
    let operator = cursor
        .before(1)
        .filter(|operator| operator.is_any(&["=", "has", "in", "!=", "any", "all", "contains", "matches", "with"]))?;
    let start = cursor.part_start(cursor.at - 1);
    let end = cursor.part_end(cursor.at + 1);
    let left = cursor.text(start..cursor.at - 1);
    let right = cursor.text(cursor.at + 1..end);
    let written = match operator.text {
        "=" => format!("{left} != {right}"),
        "in" => format!("{left} not in {right}"),
        other => format!("not {left} {other} {right}"),
    };
    let diagnostic = cursor
        .error(codes::NOT_IN_FRONT, format!("`not` cannot stand behind `{}`", operator.text))
        .help(format!("write `{written}`"));
    let span = cursor.span(operator).to(cursor.here());
    Some(match operator.text {
        "=" => diagnostic.replace(span, "!="),
        "in" => diagnostic.replace(span, "not in"),
        _ => diagnostic,
    })
}

/// `age > 18 and < 65`, `role = Sales or = Nurse`
fn left_side_missing(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let found = cursor.found()?;
    let is_operator = found.is_any(&SIGNS) || found.is_any(&["in", "has", "is"]);
    let joiner = cursor.before(1)?;
    if !is_operator || !joiner.is_any(&["and", "or", "(", "not", "unless", "where"]) {
        return None;
    }
    let diagnostic = cursor.error(codes::ONE_SIDED, format!("the left side of `{}` is missing", found.text));
    let previous = cursor.part_start(cursor.at - 1);
    let subject = cursor
        .get(previous)
        .filter(|subject| subject.is_name() && joiner.is_any(&["and", "or"]) && previous + 1 < cursor.at);
    Some(match subject {
        Some(subject) => diagnostic
            .help(format!(
                "write `{} {} {}`",
                joiner.text,
                quoted_word(subject),
                cursor.text(cursor.at..cursor.part_end(cursor.at))
            ))
            .replace(cursor.span_between(found.start, found.start), format!("{} ", subject.text)),
        None => diagnostic.help("a comparison begins with an attribute: `role = Sales`"),
    })
}

/// `18 < age`, `"Sales" in roles` is a name; numbers are not.
fn value_first(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let found = cursor.found().filter(|found| found.kind == Kind::Word && !found.is_name())?;
    if !found.is_value() || !cursor.expected.contains(&"a condition") && !cursor.expected.contains(&"a rule") {
        return None;
    }
    let mirrored = match cursor.after(1)?.text {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        "=" => "=",
        "!=" => "!=",
        _ => {
            return Some(
                cursor
                    .error(
                        codes::ONE_SIDED,
                        format!("a comparison begins with an attribute, not with `{}`", quoted_word(found)),
                    )
                    .help(format!("if it is a name, write it in quotes: `{}`", in_quotes(found.text))),
            );
        }
    };
    let other = cursor.after(2).filter(|other| other.is_name())?;
    let diagnostic = cursor
        .error(codes::ONE_SIDED, format!("a comparison begins with an attribute, not with `{}`", quoted_word(found)));
    if cursor.after(3).is_some_and(|next| next.is_any(&SIGNS)) && cursor.after(4).is_some_and(Token::is_value) {
        let range = format!("{} in {}..{}", other.text, found.text, cursor.after(4)?.text);
        return Some(diagnostic.help(format!("a range is written `{range}`")));
    }
    let written = format!("{} {mirrored} {}", other.text, found.text);
    Some(diagnostic.help(format!("write `{written}`")).replace(cursor.span_of(cursor.at..cursor.at + 3), written))
}

/// `age > 18 < 65`
fn chained(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let found = cursor.found().filter(|found| found.is_any(&SIGNS) && cursor.is_left())?;
    let start = cursor.part_start(cursor.at);
    if !cursor.before(1)?.is_value() || start + 3 != cursor.at || !cursor.get(start + 1)?.is_any(&SIGNS) {
        return None;
    }
    let subject = cursor.text(start..start + 1);
    Some(
        cursor
            .error(codes::UNEXPECTED, "comparisons cannot be chained")
            .help(format!(
                "join them: `… and {subject} {} {}`",
                found.text,
                cursor.after(1).map(quoted_word).unwrap_or_default()
            ))
            .help(format!("or write a range: `{subject} in 18..65`")),
    )
}

/// `role [Sales, Nurse]`
fn list_without_in(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    cursor.found().filter(|found| found.is("[") && cursor.expected.contains(&"an operator"))?;
    let subject = cursor.before(1).filter(|subject| subject.is_name()).map(quoted_word)?;
    let list = cursor.text(cursor.at..cursor.closing(cursor.at)? + 1);
    Some(
        cursor
            .error(codes::WRONG_OPERATOR, format!("an operator is missing between `{subject}` and its list"))
            .help(format!("write `{subject} in {list}`"))
            .help(format!("for a set write `{subject} has any {list}`"))
            .replace(cursor.gap(), " in"),
    )
}

/// `age = 18..65`
fn equals_range(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    cursor.found().filter(|found| found.is(".."))?;
    cursor.before(1).filter(|low| low.is_value())?;
    let sign = cursor.before(2).filter(|sign| sign.is_any(&["=", "!="]) && cursor.is_left())?;
    let operator = if sign.is("!=") { "not in" } else { "in" };
    let start = cursor.part_start(cursor.at);
    let (subject, range) = (cursor.text(start..cursor.at - 2), cursor.text(cursor.at - 1..cursor.at + 2));
    let message = format!("`{}` compares with one value, not with a range", sign.text);
    Some(
        Diagnostic::error(codes::WRONG_OPERATOR, cursor.span(sign), message)
            .help(format!("write `{subject} {operator} {range}`"))
            .replace(cursor.span(sign), operator),
    )
}

/// `age in 18...65`
fn three_dots(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let dots = cursor.before(1).filter(|dots| dots.is(".."))?;
    let found = cursor.found().filter(|found| matches!(found.text, "." | ".."))?;
    let span = cursor.span(dots).to(cursor.span(found));
    let diagnostic = Diagnostic::error(codes::RANGE_ENDS, span, "a range is written with two dots");
    Some(diagnostic.help("write `..`").mend(span, ".."))
}

/// `has all -> …`
fn set_word_alone(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let word = cursor.before(1).filter(|word| word.is("all"))?;
    cursor.before(2).filter(|has| has.is("has"))?;
    let found = cursor.found();
    if found.is_some_and(|found| found.is_value() || found.is_any(&["[", "("])) {
        return None;
    }
    Some(
        Diagnostic::error(codes::SET_WORD, cursor.span(word), "`has all` needs what it is about")
            .help("write a list or an attribute behind it: `has all [diabetes, asthma]`, `has all record.topics`"),
    )
}

/// `age in 18..`, `age in ..65`
fn open_range(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let upper_missing =
        cursor.before(1).is_some_and(|before| before.is("..")) && cursor.found().is_none_or(|found| !found.is_value());
    let lower_missing =
        cursor.found().is_some_and(|found| found.is("..")) && !cursor.before(1).is_some_and(Token::is_value);
    if !upper_missing && !lower_missing {
        return None;
    }
    let (dots, end) = if lower_missing {
        (cursor.here(), cursor.after(1))
    } else {
        (cursor.span(cursor.before(1)?), cursor.before(2))
    };
    let in_word = if lower_missing { cursor.at.checked_sub(1) } else { cursor.at.checked_sub(3) }?;
    let diagnostic = Diagnostic::error(codes::RANGE_ENDS, dots, "a range has two ends");
    if !cursor.is_at(in_word, &["in"]) {
        return Some(diagnostic.help("write both: `18..65`"));
    }
    let subject = cursor.text(cursor.part_start(in_word)..in_word);
    let sign = if lower_missing { "<=" } else { ">=" };
    Some(
        diagnostic.help(format!(
            "write `{subject} {sign} {}`, or both ends: `18..65`",
            end.map(quoted_word).unwrap_or_default()
        )),
    )
}

/// `within "90d"`, `from "2026-12-01"`
fn text_for_value(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let found = cursor.found().filter(|found| found.kind == Kind::Text)?;
    let before = cursor.before(1).filter(|before| before.is_any(&["within", "from", "until"]))?;
    if before.is("from") && cursor.last_of(&["with", "unless", "because"]).is_some_and(|(_, word)| word.is("with")) {
        return None;
    }
    let inner = super::plain(found);
    let what = if before.is("within") { "a duration" } else { "a date" };
    let example = if before.is("within") { "90d" } else { "2026-12-01" };
    let diagnostic =
        cursor.error(codes::VALUE_EXPECTED, format!("after `{}` stands {what}, without quotes", before.text));
    Some(match crate::syntax::shape::shape(&inner) {
        Some(_) => diagnostic.help(format!("write `{} {inner}`", before.text)).replace(cursor.here(), inner),
        None => diagnostic.help(format!("write it like `{} {example}`", before.text)),
    })
}

/// `at Europe/Berlin`
fn zone_without_quotes(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let found = cursor.found().filter(|found| found.kind == Kind::Word)?;
    cursor.before(1).filter(|before| before.is("at"))?;
    Some(
        cursor
            .error(codes::VALUE_EXPECTED, "after `at` stands a time zone in quotes")
            .help(format!("write `at {}`", in_quotes(found.text)))
            .replace(cursor.here(), in_quotes(found.text)),
    )
}

/// `role = Sales on Fri`
fn on_behind_other(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let found = cursor.found().filter(|found| found.is_any(&["on", "at"]) && cursor.is_left())?;
    if !cursor.before(1)?.is_value() {
        return None;
    }
    let example =
        if found.is("on") { "time in 07:00..19:00 on Mon..Fri" } else { "time in 07:00..19:00 at \"Europe/Berlin\"" };
    Some(
        cursor
            .error(codes::UNEXPECTED, format!("`{}` stands only behind `in` with its range", found.text))
            .help(format!("write it like `{example}`"))
            .help("a weekday by itself is a condition: `weekday in Mon..Fri`"),
    )
}

/// `name starts "Dr"`
fn with_missing(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let word = cursor.before(1).filter(|word| word.is_any(&["starts", "ends"]))?;
    let found = cursor.found()?;
    if !cursor.expected.contains(&"`with`") || !found.is_value() {
        return None;
    }
    Some(
        cursor
            .error(codes::WRONG_OPERATOR, format!("`with` is missing after `{}`", word.text))
            .help(format!("write `{} with {}`", word.text, quoted_word(found)))
            .replace(cursor.gap(), " with"),
    )
}

/// `role = Sales unless emergency -> deny iTunes`
fn clause_on_the_left(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let found = cursor
        .found()
        .filter(|found| found.is_any(&["unless", "because", "with", "where", "except", "from", "until"]))?;
    if !cursor.is_left()
        || cursor.at == 0
        || cursor.before(1).is_some_and(|before| before.is_any(&["and", "or", "not", "=", "in"]))
    {
        return None;
    }
    let diagnostic = cursor.error(codes::CONDITION_FIRST, format!("`{}` stands behind the effect", found.text));
    let arrow = (cursor.at..cursor.tokens.len()).find(|&index| cursor.is_at(index, &["->"]));
    Some(match (arrow, cursor.place.is_condition) {
        (_, true) => cursor
            .error(codes::UNEXPECTED, format!("`{}` cannot stand in a condition by itself", found.text))
            .help("write `and not …` for what lifts it"),
        (Some(arrow), _) => {
            let (clause, effect) = (cursor.text(cursor.at..arrow), cursor.text(arrow..cursor.tokens.len()));
            diagnostic.help(format!("write `{} {effect} {clause}`", cursor.text(0..cursor.at)))
        }
        _ => diagnostic.help(format!("write `{} -> deny iTunes {} …`", cursor.text(0..cursor.at), found.text)),
    })
}

/// `role = -> …`, `role = and …`: an operator without its right side, or a joiner without a condition.
fn side_missing(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let operator = cursor.before(1)?;
    let found = cursor.found()?;
    let ends = ["->", "and", "or", ")", "]", ",", "allow", "deny", "offer", "require", "override", "unless", "because"];
    if !found.is_any(&ends) {
        return None;
    }
    // `role = or -> …`: the word was meant as a value.
    if found.kind == Kind::Word && cursor.after(1).is_none_or(|next| next.is_any(&["->", ",", "]", ")", "and", "or"])) {
        return None;
    }
    if operator.is_any(&SIGNS)
        || operator
            .is_any(&["in", "has", "is", "any", "none", "only", "exactly", "within", "contains", "matches", "on", "at"])
    {
        let what =
            if operator.is_any(&["is"]) { "`exactly`, `empty`, `known`, `unknown` or `absent`" } else { "a value" };
        return Some(
            Diagnostic::error(
                codes::VALUE_EXPECTED,
                cursor.span(operator),
                format!("`{}` has no right side", operator.text),
            )
            .at(format!("expected {what} after this"))
            .help(format!("write a value before `{}`", found.text)),
        );
    }
    if operator.is_any(&["and", "or", "not", "unless", "where", "("]) {
        let diagnostic = Diagnostic::error(
            codes::UNEXPECTED,
            cursor.span(operator),
            format!("no condition follows `{}`", operator.text),
        )
        .at("expected a condition after this");
        return Some(match operator.is_any(&["and", "or"]) {
            true => {
                diagnostic.help(format!("remove `{}`, or write a condition before `{}`", operator.text, found.text))
            }
            false => diagnostic.help(format!("write a condition before `{}`", found.text)),
        });
    }
    None
}

/// `… and` at the end of an item.
fn joiner_at_the_end(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let last = cursor.before(1).filter(|last| last.is_any(&["and", "or", "not"]))?;
    if cursor.found().is_some() || cursor.place.is_condition {
        return None;
    }
    Some(
        Diagnostic::error(codes::UNFINISHED, cursor.span(last), format!("the rule ends after `{}`", last.text))
            .at("expected a condition after this")
            .help("if it goes on in the next line, indent that line"),
    )
}

/// `device . managed`, `a.`, `.b`, `a...b`
fn dots_for_dot(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    if let Some(dot) = cursor.before(1).filter(|dot| dot.text == ".") {
        let message = "a dot stands only between two names, without blanks";
        return Some(
            Diagnostic::error(codes::UNEXPECTED, cursor.span(dot), message)
                .help("remove the dot, or write the name that follows it")
                .replace(cursor.span(dot), ""),
        );
    }
    let found = cursor.found().filter(|found| found.text == ".")?;
    let diagnostic = cursor.error(codes::UNEXPECTED, "a dot stands only between two names, without blanks");
    let (before, after) = (cursor.before(1), cursor.after(1));

    Some(match (before.filter(|token| token.is_name()), after.filter(|token| token.is_name())) {
        (Some(before), Some(after)) => {
            let joined = format!("{}.{}", before.text, after.text);
            diagnostic.help(format!("write `{joined}`")).replace(cursor.span_between(before.end(), after.start), ".")
        }
        _ => diagnostic.help("remove the dot").replace(cursor.span(found), ""),
    })
}
