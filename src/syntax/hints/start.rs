//! How an item begins: `let`, modifiers, ids, and rules that begin with what they do.

use super::{Cursor, Hint, quoted_word};
use crate::diagnostic::Diagnostic;
use crate::syntax::codes;
use crate::syntax::tokens::{Kind, Token};
use crate::syntax::words::{in_quotes, reserved};

pub(super) const HINTS: &[Hint] = &[
    effect_first,
    arrow_first,
    constant,
    modifier_as_name,
    glued_id,
    reserved_id,
    let_without_name,
    let_with_dots,
    let_sign,
    let_with_effect,
    all_as_condition,
    clause_first,
];

const VERBS: [&str; 5] = ["allow", "offer", "deny", "require", "override"];

/// The index of the first token behind modifiers and an id.
fn body(cursor: &Cursor<'_>) -> usize {
    let mut at = 0;
    while cursor.is_at(at, &["disabled", "trial"]) {
        at += 1;
    }
    if cursor.get(at).is_some_and(Token::is_name) && cursor.is_at(at + 1, &[":"]) { at + 2 } else { at }
}

/// `deny iTunes when role = Sales`
fn effect_first(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let at = body(cursor);
    if cursor.at != at || cursor.place.is_condition {
        return None;
    }
    let verb = cursor.get(at).filter(|verb| verb.is_any(&VERBS) || (cursor.at == 0 && is_verb_in_capitals(verb)))?;
    // as the name of a rule it is another mistake
    if cursor.is_at(at + 1, &[":"]) {
        return None;
    }
    let words = ["when", "if", "where", "for", "->", "to", "unless"];
    let end = cursor.tokens.len();
    let split = (at + 1..end)
        .find(|&index| cursor.is_at(index, &words) && !cursor.is_at(at + 1, &["all"]))
        .or_else(|| (at + 1..end).find(|&index| cursor.is_at(index, &["when", "if", "->"])));
    let suggestion = match split {
        Some(index) if cursor.is_at(index, &["unless"]) => format!("always -> {}", cursor.text(at..end)),
        Some(index) if index + 1 < end => format!("{} -> {}", cursor.text(index + 1..end), cursor.text(at..index)),
        _ => format!("always -> {}", cursor.text(at..end)),
    };
    Some(
        cursor
            .error(codes::CONDITION_FIRST, "the condition comes first, then `->` and what the rule does")
            .at(format!("`{}` stands behind `->`", verb.text))
            .help(format!("write `{suggestion}`")),
    )
}

fn is_verb_in_capitals(token: &Token<'_>) -> bool {
    reserved(token.text).is_some_and(|word| VERBS.contains(&word))
}

/// `-> deny iTunes`
fn arrow_first(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let at = body(cursor);
    if cursor.at != at || !cursor.is_at(at, &["->"]) {
        return None;
    }
    let modifiers = at > 0 && cursor.is_at(at - 1, &["disabled", "trial"]);
    if modifiers {
        return None;
    }
    let rest = cursor.text(at..cursor.tokens.len());
    Some(
        cursor
            .error(codes::UNEXPECTED, "the condition is missing before `->`")
            .help(format!("for a rule without one write `always {rest}`"))
            .help("if this goes on with the rule above, indent it")
            .replace(cursor.gap(), if at == 0 { "always " } else { " always" }),
    )
}

/// `true -> allow Intranet`
fn constant(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let found = cursor.found().filter(|found| {
        matches!(reserved(found.text), Some("true" | "false"))
            && found.kind == Kind::Word
            && (cursor.expected.contains(&"a condition") || cursor.at == body(cursor))
    })?;
    let before = cursor.before(1);
    if before.is_some_and(|before| {
        !before.is_any(&["and", "or", "not", "(", "unless", "where", ":", "=", "disabled", "trial"])
    }) {
        return None;
    }
    let diagnostic = cursor.error(codes::CONSTANT_CONDITION, format!("`{}` is a value, not a condition", found.text));
    Some(match reserved(found.text) {
        Some("true") => diagnostic.help("a condition that always holds is `always`").replace(cursor.here(), "always"),
        _ => diagnostic.help("to switch a rule off, write `disabled` before it"),
    })
}

/// `trial -> …`, `disabled = true -> …`: attributes of that name.
fn modifier_as_name(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let word = cursor.before(1).filter(|word| word.is_any(&["disabled", "trial"]))?;
    let found = cursor.found()?;
    let is_operator = found.is_any(&["->", "=", "!=", "<", ">", "<=", ">=", "in", "is", "has", "and", "or", ":", "=="]);
    if !is_operator || cursor.at > 2 {
        return None;
    }
    let quoted = in_quotes(word.text);
    let what = if found.is(":") { "an id" } else { "an attribute" };
    Some(
        Diagnostic::error(
            codes::RESERVED_WORD,
            cursor.span(word),
            format!("`{}` is a word of the language, not a name", word.text),
        )
        .at(format!(
            "stands before a whole rule, to say that it is {}",
            if word.is("trial") { "on trial" } else { "parked" }
        ))
        .help(format!("if {what} has this name, write it in quotes: `{quoted}`"))
        .replace(cursor.span(word), quoted),
    )
}

/// `quiet_bedside:role = Sales -> …`
fn glued_id(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let found = cursor.found().filter(|found| cursor.at == 0 && found.kind == Kind::Word)?;
    let (id, rest) = found.text.split_once(':')?;
    if rest.is_empty() || id.is_empty() || id.bytes().all(|byte| byte.is_ascii_hexdigit()) && rest.contains(':') {
        return None;
    }
    if !id.chars().any(super::super::chars::is_letter) {
        return None;
    }
    let colon = found.start + id.len() + 1;
    Some(
        cursor
            .error(codes::ID_COLON, format!("a blank is missing after the colon of `{id}:`"))
            .help(format!("write `{id}: {rest}`"))
            .replace(cursor.span_between(colon, colon), " "),
    )
}

/// `from: role = Sales -> …`
fn reserved_id(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let first = cursor.get(0)?;
    reserved(first.text)?;
    if !cursor.is_at(1, &[":"]) || cursor.at > 1 || cursor.is_at(0, &["disabled", "trial"]) {
        return None;
    }
    Some(
        Diagnostic::error(
            codes::RESERVED_WORD,
            cursor.span(first),
            format!("`{}` is a word of the language, not a name", first.text),
        )
        .help(format!("as the id of a rule, write it in quotes: `{}:`", in_quotes(first.text)))
        .replace(cursor.span(first), in_quotes(first.text)),
    )
}

/// `let = role = Sales`, `let all = …`
fn let_without_name(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    if !cursor.is_at(0, &["let"]) || cursor.at != 1 {
        return None;
    }
    let Some(found) = cursor.found() else {
        let message = "the name is missing after `let`";
        return Some(cursor.error(codes::UNFINISHED, message).help("write `let off_site = network in [public, home]`"));
    };
    if reserved(found.text).is_some() {
        return Some(
            cursor
                .error(codes::RESERVED_WORD, format!("`{}` is a word of the language, not a name", found.text))
                .help(format!("choose another name, or write it in quotes: `let {} = …`", in_quotes(found.text))),
        );
    }
    let message = format!("after `let` stands a name, not `{}`", quoted_word(found));
    Some(cursor.error(codes::UNEXPECTED, message).help("write `let off_site = network in [public, home]`"))
}

/// `let a, b = …`
fn let_with_dots(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    if !cursor.is_at(0, &["let"]) || cursor.at != 2 || !cursor.is_at(2, &[","]) {
        return None;
    }
    Some(cursor.error(codes::UNEXPECTED, "a `let` gives one name").help("write one `let` for each name"))
}

/// `let x: …`, `let x := …`, `let x is …`, `let x role = …`
fn let_sign(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    if !cursor.is_at(0, &["let"]) || cursor.at != 2 {
        return None;
    }
    let name = cursor.text(1..2);
    let Some(found) = cursor.found() else {
        let message = format!("`let {name}` says nothing yet");
        return Some(
            cursor.error(codes::UNFINISHED, message).help(format!("write `let {name} = role in [Physician, Nurse]`")),
        );
    };
    let is_sign = found.is_any(&[":", "==", "is", "->", "=>", ":="]);
    let diagnostic =
        cursor.error(codes::UNEXPECTED, format!("after `let {name}` stands `=`, not `{}`", quoted_word(found)));
    if is_sign {
        let end = if cursor.is_at(3, &["="]) { 4 } else { 3 };
        return Some(diagnostic.help(format!("write `let {name} = …`")).replace(cursor.span_of(2..end), "="));
    }
    let names: Vec<String> = (1..cursor.tokens.len())
        .map_while(|index| cursor.get(index).filter(|token| token.is_name()))
        .map(super::plain)
        .collect();
    let is_one_name = cursor.is_at(names.len() + 1, &["="]) && names.len() > 1;
    let diagnostic = match is_one_name {
        true => diagnostic.help(format!(
            "write one name: `let {} = …`, or `let {} = …`",
            names.join("_"),
            in_quotes(&names.join(" "))
        )),
        false => diagnostic.help(format!("write `let {name} = {}`", cursor.text(2..cursor.tokens.len()))),
    };
    Some(diagnostic)
}

/// `let x = a -> deny y`
fn let_with_effect(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let found = cursor.found()?;
    if !cursor.is_at(0, &["let"])
        || cursor.at < 3
        || !found.is_any(&["->", "allow", "offer", "deny", "require", "override"])
    {
        return None;
    }
    if cursor.before(1).is_some_and(|before| before.is_any(&["and", "or", "not", "=", "in"])) {
        return None;
    }
    let name = cursor.text(1..2);
    let effect = cursor.text(if found.is("->") { cursor.at + 1 } else { cursor.at }..cursor.tokens.len());
    Some(
        cursor
            .error(codes::UNEXPECTED, "a `let` names a condition and has no effect")
            .help(format!("write a rule beside it: `{name} -> {effect}`"))
            .help("if a new rule begins here, begin it on a new line at the left margin"),
    )
}

/// `all -> deny iTunes`
fn all_as_condition(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    if cursor.at != body(cursor) || !cursor.found()?.is("all") {
        return None;
    }
    Some(
        cursor
            .error(codes::RESERVED_WORD, "`all` says what an effect is about, and is no condition")
            .help("a condition that always holds is `always`")
            .replace(cursor.here(), "always"),
    )
}

/// A clause word at the start of an item: indented too little, or a name.
fn clause_first(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let found = cursor.found()?;
    if cursor.at != 0
        || !found
            .is_any(&["and", "or", "in", "is", "has", "except", "where", "with", "unless", "because", "from", "until"])
    {
        return None;
    }
    Some(
        cursor
            .error(codes::UNEXPECTED, format!("no rule begins with `{}`", found.text))
            .help("if this goes on with the rule above, indent it")
            .help(format!("if it is a name, write it in quotes: `{}`", in_quotes(found.text))),
    )
}
