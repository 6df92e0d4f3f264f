//! Words and signs of other languages for things that this one says otherwise.

use super::{Cursor, Hint, quoted_word};
use crate::diagnostic::Diagnostic;
use crate::syntax::codes;
use crate::syntax::tokens::{Kind, Token};
use crate::syntax::words::reserved;

pub(super) const HINTS: &[Hint] = &[
    wrong_sign,
    colon,
    leading_if,
    unit,
    is_value,
    between,
    comparison_word,
    joining_word,
    trailing_if,
    verb_word,
    otherwise,
    arithmetic,
];

fn lower(token: &Token<'_>) -> String {
    token.text.to_lowercase()
}

fn is_word_of(token: &Token<'_>, words: &[&str]) -> bool {
    token.kind == Kind::Word && words.contains(&lower(token).as_str())
}

/// `==`, `<>`, `=<`, `=>`
fn wrong_sign(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let found = cursor.found()?;
    let (right, also) = match found.text {
        "==" => ("=", None),
        "<>" => ("!=", None),
        "=<" => ("<=", None),
        "=>" if cursor.is_left()
            && cursor.after(1).is_some_and(|next| next.is_any(&["allow", "deny", "offer", "require", "override"])) =>
        {
            ("->", None)
        }
        "=>" => (">=", Some("the arrow before an effect is `->`")),
        _ => return None,
    };
    let end = (cursor.at + 1..).find(|&index| !cursor.is_at(index, &["="])).unwrap_or(cursor.at + 1);
    let span = cursor.span_of(cursor.at..end);
    let diagnostic =
        Diagnostic::error(codes::WRONG_OPERATOR, span, format!("`{}` is no sign of this language", found.text))
            .help(format!("write `{right}` for `{}`", found.text));
    Some(match also {
        Some(also) => diagnostic.replace(span, right).help(also),
        None => diagnostic.mend(span, right),
    })
}

/// `role: Sales`, `audit: high`, `role = Sales: deny iTunes`
fn colon(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    cursor.found().filter(|found| found.is(":"))?;
    let right = match cursor.after(1) {
        Some(next) if cursor.is_left() && next.is_any(&["allow", "deny", "offer", "require", "override"]) => "->",
        _ => "=",
    };
    let diagnostic = cursor.error(codes::WRONG_OPERATOR, "a colon stands only behind a rule's id");
    Some(match cursor.expected.contains(&"an operator") || cursor.expected.contains(&"`=`") || right == "->" {
        true => {
            diagnostic.help(format!("write `{right}`")).replace(cursor.here(), if right == "->" { " ->" } else { " =" })
        }
        false => diagnostic.help("an id stands at the very beginning of a rule: `quiet_bedside: role = Sales -> …`"),
    })
}

/// `if role = Sales -> …`, `when role = Sales -> …`
fn leading_if(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let word = cursor.before(1).filter(|word| is_word_of(word, &["if", "when", "rule", "policy", "where"]))?;
    let is_first = cursor.at == 1
        || cursor.before(2).is_some_and(|before| before.is_any(&[":", "disabled", "trial", "="]) && cursor.at < 5);
    let found = cursor.found()?;
    if !is_first || !(found.is_value() || found.is_any(&["not", "(", "always"])) {
        return None;
    }
    let span = cursor.span(word).to(cursor.span_between(found.start, found.start));
    Some(
        Diagnostic::error(
            codes::FOREIGN_WORD,
            cursor.span(word),
            format!("a rule begins with its condition, without `{}`", word.text),
        )
        .help(format!("remove `{}`: write `role = Sales -> deny iTunes`", word.text))
        .replace(span, ""),
    )
}

/// The unit that a word means after a number, with what to multiply.
fn unit_of(word: &str) -> Option<(&'static str, u64)> {
    Some(match word {
        "s" | "sec" | "secs" | "second" | "seconds" => ("s", 1),
        "m" | "min" | "mins" | "minute" | "minutes" => ("min", 1),
        "h" | "hr" | "hrs" | "hour" | "hours" => ("h", 1),
        "d" | "day" | "days" => ("d", 1),
        "w" | "week" | "weeks" => ("w", 1),
        "month" | "months" => ("d", 30),
        "year" | "years" => ("d", 365),
        _ => return None,
    })
}

/// `90 days`, `80 kg`, `20 %`, `7:00 pm`
fn unit(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let number = cursor
        .before(1)
        .filter(|token| token.kind == Kind::Word && token.text.starts_with(|c: char| c.is_ascii_digit()))?;
    let found = cursor.found().filter(|found| !is_word_of(found, &["to", "till", "until", "through", "on", "at"]))?;
    let digits = number.text.bytes().all(|byte| byte.is_ascii_digit());
    let span = cursor.span(number).to(cursor.span(found));
    let together = match unit_of(&lower(found)) {
        Some((unit, factor)) if digits => in_unit(number.text.parse().ok()?, unit, factor)?,
        _ if found.text == "%" => format!("{}%", number.text),
        _ if is_word_of(found, &["am", "pm"]) => format!("{}{}", number.text, lower(found)),
        _ if digits && found.is_name() && found.kind == Kind::Word && found.text.len() <= 6 => {
            format!("{}{}", number.text, found.text)
        }
        _ => return None,
    };
    let written = match super::super::shape::read(&together) {
        super::super::shape::Reading::Wrong(wrong) => wrong.replacement?,
        _ => together,
    };
    let diagnostic = Diagnostic::error(codes::BLANK_IN_VALUE, span, "a number and its unit are written together")
        .help(format!("write `{written}`"))
        .replace(span, written);
    Some(match is_word_of(found, &["month", "months", "year", "years"]) {
        true => diagnostic.help("the units are `s`, `min`, `h`, `d` and `w`: months and years differ in length"),
        false => diagnostic,
    })
}

/// A duration in one unit; twelve months are a year, not 360 days.
fn in_unit(amount: u64, unit: &str, factor: u64) -> Option<String> {
    let days = if factor == 30 { amount / 12 * 365 + amount % 12 * 30 } else { amount.checked_mul(factor)? };
    Some(format!("{days}{unit}"))
}

/// `role is Sales`, `role is not Sales`, `role is in [..]`, `x is null`
fn is_value(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let found = cursor.found()?;
    let negated = cursor.before(1).is_some_and(|before| before.is("not"))
        && cursor.before(2).is_some_and(|before| before.is("is"));
    if !negated && !cursor.before(1).is_some_and(|before| before.is("is")) {
        return None;
    }
    let is_at = cursor.at - if negated { 2 } else { 1 };
    let is_span = cursor.span_of(is_at..cursor.at);
    let written = cursor.text(is_at..cursor.at);
    let end = cursor.part_end(cursor.at);
    let subject = cursor.text(cursor.part_start(is_at)..is_at);
    let error = |right: String| {
        Diagnostic::error(
            codes::WRONG_OPERATOR,
            is_span.to(cursor.here()),
            format!("`{written}` cannot stand before `{}`", quoted_word(found)),
        )
        .help(format!("write `{right}`"))
    };
    if found.is_any(&["in", "has", "=", "!=", "<", ">", "<=", ">="])
        || is_word_of(found, &["within", "starts", "ends", "contains", "matches"])
    {
        let rest = cursor.text(cursor.at..end);
        let not = if negated && !found.is("in") { "not " } else { "" };
        let infix = if negated && found.is("in") { "not " } else { "" };
        let edit = if infix.is_empty() { String::new() } else { "not".to_owned() };
        let diagnostic = error(format!("{not}{subject} {infix}{rest}"));
        return Some(if not.is_empty() { diagnostic.replace(is_span, edit) } else { diagnostic });
    }
    if is_word_of(found, &["null", "none", "nil", "missing", "undefined", "unset"]) {
        return Some(error(format!("{subject} {written} absent")).replace(cursor.here(), "absent"));
    }
    if is_word_of(found, &["set", "present", "defined", "given"]) {
        let opposite = if negated { "is" } else { "is not" };
        return Some(
            error(format!("{subject} {opposite} absent"))
                .help(format!("or, if nobody may have said, `{subject} {written} known`")),
        );
    }
    if matches!(reserved(found.text), Some("true" | "false")) {
        let yes = found.text.eq_ignore_ascii_case("true") != negated;
        return Some(error(format!("{}{subject}", if yes { "" } else { "not " })));
    }
    if found.is("[") {
        return Some(error(format!(
            "{subject} {}in {}",
            if negated { "not " } else { "" },
            cursor.text(cursor.at..end)
        )));
    }
    if is_word_of(found, &["between"]) || !found.is_value() {
        return None;
    }
    let sign = if negated { "!=" } else { "=" };
    Some(error(format!("{subject} {sign} {}", cursor.text(cursor.at..end))).replace(is_span, sign))
}

/// `age between 18 and 65`, `time from 07:00 to 19:00`
fn between(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let found = cursor.found()?;
    let word = if is_word_of(found, &["between"]) || found.is("from") { cursor.at } else { return to(cursor) };
    let ends = (cursor.after(1)?, cursor.after(3)?);
    let joins = cursor.after(2).is_some_and(|join| join.is("and") || is_word_of(join, &["to", "until", "till"]));
    if !cursor.is_left() || !joins || !ends.0.is_value() || !ends.1.is_value() {
        return None;
    }
    let range = format!("in {}..{}", ends.0.text, ends.1.text);
    let span = cursor.span_of(word..word + 4);
    Some(
        Diagnostic::error(codes::WRONG_OPERATOR, span, "a range is written with two dots")
            .help(format!("write `{range}`; both ends of numbers and dates belong to it"))
            .replace(span, range),
    )
}

/// `in 18 to 65`
fn to(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let found =
        cursor.found().filter(|found| is_word_of(found, &["to", "till", "through", "until"]) || found.text == "-")?;
    let (low, high) = (cursor.before(1)?, cursor.after(1)?);
    if low.is("..") || high.is("..") {
        return None;
    }
    if !low.is_value()
        || !high.is_value()
        || !cursor.is_left()
        || found.text == "-" && !cursor.before(2).is_some_and(|token| token.is("in"))
    {
        return None;
    }
    let range = format!("{}..{}", low.text, high.text);
    let span = cursor.span(low).to(cursor.span(high));
    Some(
        Diagnostic::error(codes::WRONG_OPERATOR, span, "a range is written with two dots")
            .help(format!("write `{range}`"))
            .replace(span, range),
    )
}

/// Words for comparisons: what to write instead, and how many further words belong to it.
fn comparison_of(word: &str, next: &str) -> Option<(&'static str, usize)> {
    Some(match (word, next) {
        ("after" | "above" | "over" | "exceeds" | "gt", _) => (">", 0),
        ("before" | "below" | "under" | "lt", _) => ("<", 0),
        ("gte" | "ge", _) => (">=", 0),
        ("lte" | "le", _) => ("<=", 0),
        ("equals" | "equal" | "eq" | "equals_to", "to") => ("=", 1),
        ("equals" | "equal" | "eq", _) => ("=", 0),
        ("greater" | "more" | "later" | "older", "than") => (">", 1),
        ("less" | "smaller" | "earlier" | "younger" | "fewer", "than") => ("<", 1),
        ("ne" | "neq" | "differs", "from") => ("!=", 1),
        ("ne" | "neq", _) => ("!=", 0),
        ("like" | "glob" | "matching" | "~", _) => ("matches", 0),
        ("startswith" | "starts_with" | "beginswith" | "begins", "with") => ("starts with", 1),
        ("startswith" | "starts_with" | "beginswith" | "prefix", _) => ("starts with", 0),
        ("endswith" | "ends_with" | "suffix", _) => ("ends with", 0),
        ("contain" | "containing" | "include" | "includes" | "including", _) => ("has", 0),
        ("one", "of") => ("in", 1),
        ("have" | "having" | "holds", _) => ("has", 0),
        ("notin" | "not_in", _) => ("not in", 0),
        ("was" | "are" | "be", _) => ("=", 0),
        _ => return None,
    })
}

/// `time after 07:00`, `name startsWith "Dr"`
fn comparison_word(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let found = cursor.found().filter(|found| found.kind == Kind::Word && cursor.expected.contains(&"an operator"))?;
    let next = cursor.after(1).map(lower).unwrap_or_default();
    if is_word_of(found, &["does", "do", "isn", "doesn", "is_not", "cannot"]) {
        let subject = cursor.text(cursor.part_start(cursor.at)..cursor.at);
        return Some(
            cursor
                .error(codes::FOREIGN_WORD, format!("`{}` is no word of this language", found.text))
                .help(format!("`not` stands in front: `not {subject} has x`, `not {subject} contains \"x\"`")),
        );
    }
    if is_word_of(found, &["exists"]) {
        let subject = cursor.text(cursor.part_start(cursor.at)..cursor.at);
        return Some(
            cursor
                .error(codes::FOREIGN_WORD, "`exists` is no word of this language")
                .help(format!("write `{subject} is not absent`, or, for a set, `{subject} is not empty`")),
        );
    }
    let (right, more) = comparison_of(&lower(found), &next)?;
    let span = cursor.span_of(cursor.at..cursor.at + 1 + more);
    let written = cursor.text(cursor.at..cursor.at + 1 + more);
    let diagnostic =
        Diagnostic::error(codes::FOREIGN_WORD, span, format!("`{written}` is no operator of this language"))
            .help(format!("write `{right}`"))
            .replace(span, right);
    Some(match right {
        "has" => diagnostic.help("for a piece of a text write `contains`"),
        ">" | "<" => diagnostic.help(format!("`{right}=` if the end itself belongs to it")),
        _ => diagnostic,
    })
}

/// `role = Sales then deny iTunes`, `a = b but c = d`
fn joining_word(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let found = cursor.found()?;
    if !cursor.is_left() {
        return None;
    }
    let right = if is_word_of(found, &["then", "therefore", "implies", "do"]) {
        "->"
    } else if is_word_of(found, &["but", "plus", "und", "et", "y"]) {
        "and"
    } else if is_word_of(found, &["xor", "oder", "ou", "either"]) {
        "or"
    } else {
        return None;
    };
    Some(
        cursor
            .error(codes::FOREIGN_WORD, format!("`{}` is no word of this language", found.text))
            .help(format!("write `{right}`"))
            .replace(cursor.here(), right),
    )
}

/// `role = Sales -> deny iTunes if location = care_area`
fn trailing_if(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let found = cursor.found().filter(|found| is_word_of(found, &["if", "when", "while", "provided"]))?;
    let arrow = cursor.arrow?;
    let end = cursor.tokens.len();
    let suggestion =
        format!("{} and {} {}", cursor.text(0..arrow), cursor.text(cursor.at + 1..end), cursor.text(arrow..cursor.at));
    Some(
        cursor
            .error(codes::CONDITION_FIRST, format!("`{}` cannot stand behind the effect", found.text))
            .help(format!("all conditions stand before `->`: write `{suggestion}`"))
            .help("what lifts the rule stands behind it, after `unless`"),
    )
}

/// `-> permit EHR`, `-> do not allow EHR`
fn verb_word(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let found = cursor.found()?;
    if cursor.before(1).is_none_or(|before| !before.is_any(&["->", "override"])) {
        return None;
    }
    let right =
        if is_word_of(found, &["permit", "permits", "grant", "grants", "give", "enable", "allows", "accept", "yes"]) {
            "allow"
        } else if is_word_of(
            found,
            &[
                "forbid", "block", "refuse", "prohibit", "reject", "disallow", "revoke", "denies", "remove", "no",
                "denied",
            ],
        ) {
            "deny"
        } else if is_word_of(found, &["propose", "request", "suggest", "offers", "requestable"]) {
            "offer"
        } else if is_word_of(found, &["requires", "demand", "oblige", "must", "force"]) {
            "require"
        } else if found.is("not") && cursor.after(1).is_some_and(|next| next.is("allow")) {
            let span = cursor.span_of(cursor.at..cursor.at + 2);
            return Some(
                Diagnostic::error(codes::FOREIGN_WORD, span, "an effect cannot be negated")
                    .help("write `deny`")
                    .replace(span, "deny"),
            );
        } else {
            return None;
        };
    Some(
        cursor
            .error(codes::FOREIGN_WORD, format!("`{}` is no effect of this language", found.text))
            .help(format!("write `{right}`"))
            .replace(cursor.here(), right),
    )
}

/// `… else allow iTunes`
fn otherwise(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let found = cursor.found().filter(|found| is_word_of(found, &["else", "otherwise", "elsif", "elif"]))?;
    let condition = cursor.arrow.map_or_else(|| "role = Sales".to_owned(), |arrow| cursor.text(0..arrow));
    Some(
        cursor
            .error(codes::FOREIGN_WORD, format!("a rule has no `{}`", found.text))
            .help(format!("write a second rule: `not ({condition}) -> …`"))
            .help("what no rule gives is not given: an `else` that denies can be left out"),
    )
}

/// `age + 1 > 18`
fn arithmetic(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let found = cursor.found().filter(|found| matches!(found.text, "+" | "-" | "/" | "%" | "*"))?;
    let is_between = cursor.before(1).is_some_and(Token::is_value) && cursor.after(1).is_some_and(Token::is_value);
    let diagnostic = cursor.error(codes::UNEXPECTED, format!("`{}` cannot stand by itself", found.text));
    Some(match is_between {
        true => {
            let joined = format!("{}{}{}", cursor.before(1)?.text, found.text, cursor.after(1)?.text);
            diagnostic
                .help(format!(
                    "if it is one name, write it in quotes: `\"{}\"`",
                    super::shown(&joined.replace('"', ""), 60)
                ))
                .help("there is no arithmetic: give the value itself")
        }
        false => diagnostic.help("remove it, or write the name that holds it in quotes"),
    })
}
