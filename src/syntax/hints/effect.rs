//! Right of the arrow: verbs, targets, `all`, parameters and clauses.

use super::{Cursor, Hint, quoted_word};
use crate::diagnostic::Diagnostic;
use crate::syntax::codes;
use crate::syntax::tokens::{Kind, Token};
use crate::syntax::words::{in_quotes, reserved};

pub(super) const HINTS: &[Hint] = &[
    override_verb_missing,
    verb_missing,
    target_missing,
    except_list,
    all_in_list,
    all_with_name,
    round_targets,
    parameter_values,
    parameter_value_missing,
    parameter_from_date,
    with_twice,
    joined_targets,
    where_without_all,
    because_text,
    date_missing,
    trailing_comma,
];

const VERBS: [&str; 5] = ["allow", "offer", "deny", "require", "override"];
const CLAUSES: [&str; 4] = ["unless", "because", "from", "until"];

/// The verb that begins the effect in which the grammar stopped, with its index; none in clauses.
fn verb<'c, 't>(cursor: &'c Cursor<'t>) -> Option<(usize, &'c Token<'t>)> {
    let arrow = cursor.arrow?;
    let (index, word) = cursor.last_of(&["allow", "offer", "deny", "require", "unless", "because", "until"])?;
    (index > arrow && word.is_any(&VERBS)).then_some((index, word))
}

/// `-> override iTunes`
fn override_verb_missing(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    cursor.before(1).filter(|word| word.is("override"))?;
    let found = cursor.found().filter(|found| found.is_value() || found.is("all"))?;
    let message = format!("after `override` stands `allow` or `deny`, not `{}`", quoted_word(found));
    Some(cursor.error(codes::UNEXPECTED, message).help(format!("write `override deny {}`", quoted_word(found))))
}

/// `-> iTunes`, `->` at the end
fn verb_missing(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let before = cursor.before(1).filter(|before| before.is("->"))?;
    let verbs = "`allow`, `offer`, `deny` or `require`";
    let Some(found) = cursor.found() else {
        return Some(
            Diagnostic::error(codes::UNFINISHED, cursor.span(before), "the rule ends after `->`")
                .at(format!("expected {verbs} after this"))
                .help("write what it does, for example `-> deny iTunes`")
                .help("if it goes on in the next line, indent that line"),
        );
    };
    if reserved(found.text).is_some_and(|word| VERBS.contains(&word)) {
        return None;
    }
    let diagnostic =
        cursor.error(codes::UNEXPECTED, format!("after `->` stands {verbs}, not `{}`", quoted_word(found)));
    let inner = super::plain(found);
    if found.kind == Kind::Text && VERBS.contains(&inner.as_str()) {
        return Some(diagnostic.help(format!("write `{inner}` without quotes")).replace(cursor.here(), inner));
    }
    Some(match found.is_value() {
        true => {
            diagnostic.help(format!("write `-> allow {0}` or `-> deny {0}`", cursor.text(cursor.at..cursor.at + 1)))
        }
        false => diagnostic.help("write what the rule does, for example `-> deny iTunes`"),
    })
}

/// `-> deny`, `-> deny because "…"`
fn target_missing(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let verb = cursor.before(1).filter(|verb| verb.is_any(&VERBS) && !cursor.is_left())?;
    if cursor.found().is_some_and(|found| !found.is_any(&["with", "->", ",", "and"]) && !found.is_any(&CLAUSES)) {
        return None;
    }
    if verb.is("override") {
        return Some(
            Diagnostic::error(codes::UNEXPECTED, cursor.span(verb), "after `override` stands `allow` or `deny`")
                .help("write `override deny all`"),
        );
    }
    Some(
        Diagnostic::error(
            codes::UNFINISHED,
            cursor.span(verb),
            format!("`{}` does not say what it is about", verb.text),
        )
        .at("expected a name or `all` after this")
        .help(format!("write `{0} iTunes`, or `{0} all`", verb.text)),
    )
}

/// `all except A, B`
fn except_list(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let (except, _) = cursor.last_of(&["except"])?;
    let (verb, _) = verb(cursor)?;
    if except < verb || cursor.is_at(except + 1, &["["]) || !cursor.get(except + 1)?.is_name() {
        return None;
    }
    let mut end = except + 2;
    while cursor.is_at(end, &[",", "and", "or"]) && cursor.get(end + 1).is_some_and(Token::is_name) {
        end += 2;
    }
    if end == except + 2 || cursor.at > end {
        return None;
    }
    let names: Vec<&str> =
        (except + 1..end).step_by(2).filter_map(|index| cursor.get(index)).map(|token| token.text).collect();
    let list = format!("[{}]", names.join(", "));
    let span = cursor.span_of(except + 1..end);
    Some(
        Diagnostic::error(codes::LIST_BRACKETS, span, "several names after `except` stand in square brackets")
            .help(format!("write `all except {list}`"))
            .help(format!(
                "if the last is another target, give it an effect of its own: `, {} {}`",
                cursor.text(verb..verb + 1),
                names.last()?
            ))
            .replace(span, list),
    )
}

/// `EHR, all`, `all, EHR`, `all where phi, EHR`
fn all_in_list(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let (verb, word) = verb(cursor)?;
    let all = (verb + 1..cursor.tokens.len()).find(|&index| cursor.is_at(index, &["all"]))?;
    let ends = CLAUSES.into_iter().chain(["with", "->"]).collect::<Vec<_>>();
    if (verb..all.max(cursor.at)).any(|index| cursor.is_at(index, &ends)) || all > cursor.at {
        return None;
    }
    let is_behind = cursor.at == all && cursor.before(1).is_some_and(|before| before.is(","));
    let is_before = all == verb + 1
        && cursor.before(1).is_some_and(|before| before.is(","))
        && cursor.found().is_some_and(Token::is_name)
        && cursor.found().is_none_or(|found| reserved(found.text).is_none());
    if !is_behind && !is_before {
        return None;
    }
    let name = if is_before { cursor.text(cursor.at..cursor.at + 1) } else { "all".to_owned() };
    Some(
        cursor
            .error(codes::ALL_ALONE, "`all` stands alone in its effect")
            .help(format!("give it an effect of its own: `, {} {name}`", word.text))
            .help("or leave it out: `all` covers everything")
            .replace(cursor.span_of(cursor.at..cursor.at), format!("{} ", word.text)),
    )
}

/// `deny all apps`
fn all_with_name(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    cursor.before(1).filter(|all| all.is("all"))?;
    let found = cursor.found().filter(|found| found.is_name() && !cursor.is_left())?;
    verb(cursor)?;
    if found.is_any(&["but"]) || matches!(found.text, "excluding" | "without") {
        return Some(
            cursor
                .error(codes::FOREIGN_WORD, format!("`{}` is no word of this language", found.text))
                .help("write `all except [A, B]`")
                .replace(cursor.here(), "except"),
        );
    }
    Some(
        cursor
            .error(codes::ALL_ALONE, "`all` stands alone in its effect")
            .help(format!("if `{0}` is a tag, write `all where {0}`", quoted_word(found)))
            .help(format!("if `{0}` is a thing or a group, write it without `all`: `{0}`", quoted_word(found))),
    )
}

/// `deny (A, B)`, `deny [A, B]`
fn round_targets(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let before = cursor.before(1).filter(|before| {
        before.is_any(&VERBS) || before.is("where") && cursor.found().is_some_and(|found| found.is("["))
    })?;
    cursor.found().filter(|found| found.is_any(&["(", "["]) && !before.is("where"))?;
    let close = cursor.closing(cursor.at)?;
    let inner = cursor.whole_text(cursor.at + 1..close);
    let inner = inner.trim_end_matches(',').to_owned();
    Some(
        cursor
            .error(codes::LIST_BRACKETS, "what an effect is about stands without brackets")
            .help(format!("write `{} {}`", before.text, super::shown(&inner, 100)))
            .replace(cursor.span_of(cursor.at..close + 1), inner),
    )
}

/// `with channel = sms, email`
fn parameter_values(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let (with, _) = cursor.last_of(&["with", "unless", "because"]).filter(|(_, word)| word.is("with"))?;
    cursor.arrow.filter(|&arrow| arrow < with)?;
    if let Some(found) = parameter_values_joined(cursor) {
        return Some(found);
    }
    // The place is behind the value that has no `=`, or at it where it cannot be a name.
    let last = if cursor.found().is_some_and(|found| found.is_value() && !found.is_name()) {
        cursor.at
    } else {
        cursor.at.checked_sub(1)?
    };
    let mut start = last;
    while start >= 2 && cursor.get(start).is_some_and(Token::is_value) && cursor.is_at(start - 1, &[",", "and", "or"]) {
        start -= 2;
    }
    if start == last || start < with + 3 || !cursor.is_at(start - 1, &["="]) || !cursor.get(start)?.is_value() {
        return None;
    }
    let mut end = last + 1;
    while cursor.is_at(end, &[",", "and", "or"])
        && cursor.get(end + 1).is_some_and(Token::is_value)
        && !cursor.is_at(end + 2, &["="])
    {
        end += 2;
    }
    let values: Vec<&str> =
        (start..end).step_by(2).filter_map(|index| cursor.get(index)).map(|token| token.text).collect();
    let list = format!("[{}]", values.join(", "));
    let name = cursor.text(start - 2..start - 1);
    let span = cursor.span_of(start..end);
    Some(
        Diagnostic::error(
            codes::PARAMETER_VALUES,
            span,
            format!("`{}` is not a parameter: several values stand in brackets", super::shown(values.get(1)?, 40)),
        )
        .help(format!("write `{name} = {list}`"))
        .replace(span, list),
    )
}

/// `with channel = sms and email`
fn parameter_values_joined(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let joiner = cursor.found().filter(|found| found.is_any(&["and", "or"]))?;
    let (first, second) = (cursor.before(1)?, cursor.after(1)?);
    let name = cursor.before(3).filter(|_| cursor.before(2).is_some_and(|sign| sign.is("=")))?;
    if !first.is_value() || !second.is_value() || cursor.after(2).is_some_and(|next| next.is_any(&["=", "from"])) {
        return None;
    }
    let list = format!("[{}, {}]", first.text, second.text);
    let span = cursor.span(first).to(cursor.span(second));
    Some(
        Diagnostic::error(codes::PARAMETER_VALUES, span, format!("`{}` cannot join values", joiner.text))
            .help(format!("write `{} = {list}`", quoted_word(name)))
            .replace(span, list),
    )
}

/// `with audit`
fn parameter_value_missing(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let name = cursor.before(1).filter(|name| name.is_name())?;
    let opener = cursor.before(2).filter(|opener| opener.is_any(&["with", ","]))?;
    if cursor.is_left() || !cursor.expected.contains(&"`=`") {
        return None;
    }
    if cursor.found().is_some_and(|found| found.is_value() || found.is_any(&["in", "is", "has"])) && opener.is("with") {
        let found = cursor.found()?;
        return Some(
            cursor
                .error(
                    codes::UNEXPECTED,
                    format!("`=` is missing between `{}` and `{}`", quoted_word(name), quoted_word(found)),
                )
                .help(format!(
                    "write `{} = …`, or `{} from …` for an attribute's value",
                    quoted_word(name),
                    quoted_word(name)
                )),
        );
    }
    let message = format!("the parameter `{}` has no value", quoted_word(name));
    Some(
        Diagnostic::error(codes::VALUE_EXPECTED, cursor.span(name), message)
            .help(format!("write `{0} = high`, or `{0} from user.manager`", quoted_word(name)))
            .help(format!("if another effect begins here, give it its verb: `allow {}`", quoted_word(name))),
    )
}

/// `with queue from 2026-12-01`
fn parameter_from_date(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    cursor.before(1).filter(|from| from.is("from"))?;
    let found = cursor.found().filter(|found| found.kind == Kind::Word && !found.is_name() && found.is_value())?;
    let name = cursor.before(2).filter(|name| name.is_name())?;
    let message = format!("after `{} from` stands an attribute, not `{}`", quoted_word(name), quoted_word(found));
    Some(
        cursor
            .error(codes::VALUE_EXPECTED, message)
            .help(format!("for a constant write `{} = {}`", quoted_word(name), quoted_word(found)))
            .help(format!(
                "if `from {}` bounds the rule in time, give `{}` its value first",
                quoted_word(found),
                quoted_word(name)
            )),
    )
}

/// `with a = 1 with b = 2`, `with a = 1 and b = 2`
fn with_twice(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let found = cursor.found().filter(|found| found.is_any(&["with", "and", ";"]))?;
    cursor.last_of(&["with", "unless", "because", "where"]).filter(|(_, word)| word.is("with") && !cursor.is_left())?;
    Some(
        cursor
            .error(codes::UNEXPECTED, format!("parameters are separated by `,`, not by `{}`", found.text))
            .help("write `with term = 90d, approver = manager`")
            .replace(cursor.gap().to(cursor.here()), ","),
    )
}

/// `-> deny iTunes and Spotify`, `-> deny iTunes and allow EHR`
fn joined_targets(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let found = cursor.found().filter(|found| found.is_any(&["and", "or"]))?;
    verb(cursor)?;
    Some(
        cursor
            .error(codes::UNEXPECTED, format!("`{}` cannot join what a rule does", found.text))
            .help("write `,` between names, and between effects")
            .help("a further condition stands before `->`")
            .replace(cursor.gap().to(cursor.here()), ","),
    )
}

/// `-> deny EHR where phi`
fn where_without_all(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let found = cursor.found().filter(|found| found.is_any(&["where", "except"]) && !cursor.is_left())?;
    let (verb, word) = verb(cursor)?;
    let verb_text = word.text;
    if cursor.is_at(verb + 1, &["all"]) {
        let message = format!("`{}` stands after `all`, in the order `all except [..] where ..`", found.text);
        return Some(cursor.error(codes::UNEXPECTED, message).help("write `all except [EHR] where phi`"));
    }
    let diagnostic = cursor.error(codes::UNEXPECTED, format!("`{}` stands only after `all`", found.text));
    Some(match found.is("where") {
        true => diagnostic.help(format!("write `{verb_text} all where …`, or put the condition before `->`")),
        false => diagnostic.help(format!("write `{verb_text} all except […]`")),
    })
}

/// `because Personal media is off`
fn because_text(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let (because, word) = cursor.last_of(&["because", "unless", "until"]).filter(|(_, word)| word.is("because"))?;
    if because + 1 != cursor.at && !cursor.before(1)?.kind.eq(&Kind::Word) {
        return None;
    }
    if because + 1 < cursor.at && cursor.get(because + 1)?.kind == Kind::Text && cursor.at != because + 3 {
        return None;
    }
    let Some(found) = cursor.found() else {
        return Some(
            Diagnostic::error(codes::UNFINISHED, cursor.span(word), "`because` has no text")
                .help("write the reason in quotes: `because \"Personal media is off in care areas\"`"),
        );
    };
    if found.kind == Kind::Sign && !found.is_any(&["=", ":"]) {
        return None;
    }
    let end = (cursor.at..cursor.tokens.len())
        .find(|&index| cursor.is_at(index, &["unless", "until"]))
        .unwrap_or(cursor.tokens.len());
    let text: Vec<String> = cursor.tokens.get(because + 1..end)?.iter().map(super::plain).collect();
    let text = in_quotes(&text.join(" "));
    if cursor.tokens.get(because + 1..end)?.iter().any(|token| token.kind == Kind::Text) {
        return Some(
            cursor
                .error(
                    codes::VALUE_EXPECTED,
                    "after `because` stands a text in quotes, perhaps with its language before it",
                )
                .help("write `because \"…\"`, or with languages of two or three letters `because en \"…\" de \"…\"`"),
        );
    }
    let span = cursor.span_of(because + 1..end);
    Some(
        Diagnostic::error(codes::VALUE_EXPECTED, span, "the text after `because` stands in quotes")
            .help(format!("write `because {}`", super::shown(&text, 100)))
            .replace(span, text),
    )
}

/// `from` and `until` without a date.
fn date_missing(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let word = cursor.before(1).filter(|word| word.is_any(&["from", "until"]) && !cursor.is_left())?;
    if word.is("from") && cursor.expected.contains(&"a name") {
        return Some(
            Diagnostic::error(codes::UNFINISHED, cursor.span(word), "`from` has nothing behind it")
                .help("write an attribute for a parameter: `queue from location.printer`")
                .help("or a date for the rule: `from 2026-12-01`"),
        );
    }
    Some(
        Diagnostic::error(codes::UNFINISHED, cursor.span(word), format!("`{}` has no date", word.text))
            .help(format!("write `{} 2026-12-01`", word.text)),
    )
}

/// `-> deny iTunes,`
fn trailing_comma(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let comma = cursor.before(1).filter(|comma| comma.is(",") && !cursor.is_left())?;
    if cursor.found().is_some_and(|found| !found.is_any(&CLAUSES) && !found.is_any(&["with", ","])) {
        return None;
    }
    Some(
        Diagnostic::error(codes::UNFINISHED, cursor.span(comma), "nothing follows this comma")
            .help("remove it, or write another name or effect behind it")
            .replace(cursor.span(comma), ""),
    )
}
