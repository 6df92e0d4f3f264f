//! A tree as canonical text on one line: for explanations, for ids, for messages. No comments; order and spelling as written.
//!
//! Everything is written to the end of one text: a rule is printed for its id at every load, and a text for each of its
//! words took longer than all the rest of it.

use super::ast::{
    Comparison, Condition, ConditionKind, Effect, EffectKind, HasHow, Item, Let, Member, Members, Name, Operand,
    Operator, Parameter, ParameterValue, Path, PatternKind, Rule, State, Targets,
};
use super::words::in_quotes;
use std::ops::Range;

/// A rule on one line, with its modifiers, id and clauses. Clauses stand in one order: `unless`, `from`, `until`, `because`.
pub fn print_rule(rule: &Rule) -> String {
    let mut out = String::new();
    add_rule(&mut out, rule);
    out
}

/// Adds a rule as [`print_rule`] prints it. Gives where in `out` that stands which says what the rule does: all but
/// `disabled` and `because`.
pub fn add_rule(out: &mut String, rule: &Rule) -> Range<usize> {
    if rule.disabled {
        out.push_str("disabled ");
    }
    let start = out.len();
    if rule.trial {
        out.push_str("trial ");
    }
    if let Some(id) = &rule.id {
        name(out, id);
        out.push_str(": ");
    }
    condition(out, &rule.condition);
    out.push_str(" -> ");
    joined(out, &rule.effects, effect);
    for lifts in &rule.unless {
        out.push_str(" unless ");
        condition(out, lifts);
    }
    for (word, bound) in [(" from ", &rule.from), (" until ", &rule.until)] {
        if let Some(bound) = bound {
            out.push_str(word);
            out.push_str(&bound.text);
        }
    }
    let end = out.len();
    if !rule.because.is_empty() {
        out.push_str(" because");
    }
    for (language, text) in &rule.because {
        if let Some(language) = language {
            out.push(' ');
            out.push_str(&language.text);
        }
        out.push(' ');
        name(out, text);
    }
    start..end
}

/// A `let` on one line.
pub fn print_let(item: &Let) -> String {
    let mut out = "let ".to_owned();
    name(&mut out, &item.name);
    out.push_str(" = ");
    condition(&mut out, &item.condition);
    out
}

/// An item on one line.
pub fn print_item(item: &Item) -> String {
    match item {
        Item::Let(item) => print_let(item),
        Item::Rule(rule) => print_rule(rule),
    }
}

/// A condition on one line. Chains of chains get parentheses, other ones none.
pub fn print_condition(written: &Condition) -> String {
    printed(written, condition)
}

/// A path with its segments quoted as they were.
pub fn print_path(written: &Path) -> String {
    printed(written, path)
}

/// An operator with its right side.
pub fn print_operator(written: &Operator) -> String {
    printed(written, operator)
}

/// A right-hand value as written.
pub fn print_operand(written: &Operand) -> String {
    printed(written, operand)
}

fn printed<T>(written: &T, one: impl FnOnce(&mut String, &T)) -> String {
    let mut out = String::new();
    one(&mut out, written);
    out
}

fn condition(out: &mut String, condition: &Condition) {
    match &condition.kind {
        ConditionKind::Always => out.push_str("always"),
        ConditionKind::Not(inner) => {
            out.push_str("not ");
            part(out, inner);
        }
        ConditionKind::And(parts) => separated(out, parts, " and ", part),
        ConditionKind::Or(parts) => separated(out, parts, " or ", part),
        ConditionKind::Test { subject, operator: None } => path(out, subject),
        ConditionKind::Test { subject, operator: Some(right) } => {
            path(out, subject);
            out.push(' ');
            operator(out, right);
        }
    }
}

fn part(out: &mut String, written: &Condition) {
    let is_chain = matches!(written.kind, ConditionKind::And(_) | ConditionKind::Or(_));
    out.push_str(if is_chain { "(" } else { "" });
    condition(out, written);
    out.push_str(if is_chain { ")" } else { "" });
}

fn separated<T>(out: &mut String, list: &[T], separator: &str, one: impl Fn(&mut String, &T)) {
    for (at, written) in list.iter().enumerate() {
        out.push_str(if at == 0 { "" } else { separator });
        one(out, written);
    }
}

fn joined<T>(out: &mut String, list: &[T], one: impl Fn(&mut String, &T)) {
    separated(out, list, ", ", one);
}

fn bracketed<T>(out: &mut String, list: &[T], one: impl Fn(&mut String, &T)) {
    out.push('[');
    joined(out, list, one);
    out.push(']');
}

/// A name's text as it was written: in quotes if it stood in them.
pub(super) fn name_text(text: &str, quoted: bool) -> String {
    if quoted { in_quotes(text) } else { text.to_owned() }
}

fn name(out: &mut String, name: &Name) {
    if name.quoted {
        out.push_str(&in_quotes(&name.text));
    } else {
        out.push_str(&name.text);
    }
}

fn path(out: &mut String, path: &Path) {
    separated(out, &path.segments, ".", name);
}

fn effect(out: &mut String, effect: &Effect) {
    out.push_str(if effect.is_override { "override " } else { "" });
    out.push_str(match effect.kind {
        EffectKind::Allow => "allow ",
        EffectKind::Offer => "offer ",
        EffectKind::Deny => "deny ",
        EffectKind::Require => "require ",
    });
    targets(out, &effect.targets);
    if !effect.parameters.is_empty() {
        out.push_str(" with ");
        joined(out, &effect.parameters, parameter);
    }
}

fn targets(out: &mut String, targets: &Targets) {
    match targets {
        Targets::Named(paths) => joined(out, paths, path),
        Targets::All { except, filter, .. } => {
            out.push_str("all");
            if !except.is_empty() {
                out.push_str(" except ");
                bracketed(out, except, path);
            }
            if let Some(filter) = filter {
                out.push_str(" where ");
                condition(out, filter);
            }
        }
    }
}

fn parameter(out: &mut String, parameter: &Parameter) {
    path(out, &parameter.name);
    out.push_str(if matches!(parameter.value, ParameterValue::From(_)) { " from " } else { " = " });
    match &parameter.value {
        ParameterValue::One(value) => operand(out, value),
        ParameterValue::List(values) => bracketed(out, values, operand),
        ParameterValue::From(source) => path(out, source),
    }
}

fn operator(out: &mut String, operator: &Operator) {
    match operator {
        Operator::Compare(comparison, right) => {
            out.push_str(sign(*comparison));
            operand(out, right);
        }
        Operator::In { negated, right, on, at } => {
            out.push_str(if *negated { "not in " } else { "in " });
            members(out, right);
            if let Some(on) = on {
                out.push_str(" on ");
                members(out, on);
            }
            if let Some(at) = at {
                out.push_str(" at ");
                name(out, at);
            }
        }
        Operator::Has(how, right) => {
            out.push_str(has_word(*how));
            members(out, right);
        }
        Operator::Exactly { negated, right } => {
            out.push_str(if *negated { "is not exactly " } else { "is exactly " });
            operand(out, right);
        }
        Operator::State { negated, state } => {
            out.push_str(if *negated { "is not " } else { "is " });
            out.push_str(state_word(*state));
        }
        Operator::Pattern(kind, texts) => {
            out.push_str(pattern_word(*kind));
            match texts.as_slice() {
                [one] => operand(out, one),
                texts => bracketed(out, texts, operand),
            }
        }
        Operator::Within(duration) => {
            out.push_str("within ");
            out.push_str(&duration.text);
        }
    }
}

fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "= ",
        Comparison::NotEqual => "!= ",
        Comparison::Less => "< ",
        Comparison::LessOrEqual => "<= ",
        Comparison::Greater => "> ",
        Comparison::GreaterOrEqual => ">= ",
    }
}

fn has_word(how: HasHow) -> &'static str {
    match how {
        HasHow::One => "has ",
        HasHow::Any => "has any ",
        HasHow::All => "has all ",
        HasHow::None => "has none ",
        HasHow::Only => "has only ",
    }
}

fn state_word(state: State) -> &'static str {
    match state {
        State::Empty => "empty",
        State::Known => "known",
        State::Unknown => "unknown",
        State::Absent => "absent",
    }
}

fn pattern_word(kind: PatternKind) -> &'static str {
    match kind {
        PatternKind::StartsWith => "starts with ",
        PatternKind::EndsWith => "ends with ",
        PatternKind::Contains => "contains ",
        PatternKind::Matches => "matches ",
    }
}

fn members(out: &mut String, members: &Members) {
    match members {
        Members::List(list, _) => bracketed(out, list, member),
        Members::One(one) => operand(out, one),
        Members::Range(low, high) => range(out, low, high),
    }
}

fn member(out: &mut String, member: &Member) {
    match member {
        Member::One(one) => operand(out, one),
        Member::Range(low, high) => range(out, low, high),
    }
}

fn range(out: &mut String, low: &Operand, high: &Operand) {
    operand(out, low);
    out.push_str("..");
    operand(out, high);
}

fn operand(out: &mut String, operand: &Operand) {
    match operand {
        Operand::Path(written) => path(out, written),
        Operand::Literal(literal) => out.push_str(&literal.text),
        Operand::Exactly(text) => {
            out.push_str("exactly ");
            name(out, text);
        }
    }
}
