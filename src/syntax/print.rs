//! A tree as canonical text on one line: for explanations, for ids, for messages. No comments; order and spelling as written.

use super::ast::{
    Comparison, Condition, ConditionKind, Effect, EffectKind, HasHow, Item, Let, Literal, Member, Members, Name,
    Operand, Operator, Parameter, ParameterValue, Path, PatternKind, Rule, State, Targets,
};
use super::words::in_quotes;

/// A rule on one line, with its modifiers, id and clauses. Clauses stand in one order: `unless`, `from`, `until`, `because`.
pub fn print_rule(rule: &Rule) -> String {
    let mut out = String::new();
    if rule.disabled {
        out.push_str("disabled ");
    }
    if rule.trial {
        out.push_str("trial ");
    }
    if let Some(id) = &rule.id {
        out.push_str(&name(id));
        out.push_str(": ");
    }
    out.push_str(&print_condition(&rule.condition));
    out.push_str(" -> ");
    out.push_str(&joined(&rule.effects, effect));
    for condition in &rule.unless {
        out.push_str(" unless ");
        out.push_str(&print_condition(condition));
    }
    for (word, bound) in [(" from ", &rule.from), (" until ", &rule.until)] {
        if let Some(bound) = bound {
            out.push_str(word);
            out.push_str(&bound.text);
        }
    }
    if !rule.because.is_empty() {
        out.push_str(" because");
    }
    for (language, text) in &rule.because {
        if let Some(language) = language {
            out.push(' ');
            out.push_str(&language.text);
        }
        out.push(' ');
        out.push_str(&name(text));
    }
    out
}

/// A `let` on one line.
pub fn print_let(item: &Let) -> String {
    format!("let {} = {}", name(&item.name), print_condition(&item.condition))
}

/// An item on one line.
pub fn print_item(item: &Item) -> String {
    match item {
        Item::Let(item) => print_let(item),
        Item::Rule(rule) => print_rule(rule),
    }
}

/// A condition on one line. Chains of chains get parentheses, other ones none.
pub fn print_condition(condition: &Condition) -> String {
    match &condition.kind {
        ConditionKind::Always => "always".to_owned(),
        ConditionKind::Not(inner) => format!("not {}", part(inner)),
        ConditionKind::And(parts) => parts.iter().map(part).collect::<Vec<_>>().join(" and "),
        ConditionKind::Or(parts) => parts.iter().map(part).collect::<Vec<_>>().join(" or "),
        ConditionKind::Test { subject, operator: None } => print_path(subject),
        ConditionKind::Test { subject, operator: Some(operator) } => {
            format!("{} {}", print_path(subject), print_operator(operator))
        }
    }
}

fn part(condition: &Condition) -> String {
    let text = print_condition(condition);
    match condition.kind {
        ConditionKind::And(_) | ConditionKind::Or(_) => format!("({text})"),
        _ => text,
    }
}

fn joined<T>(list: &[T], one: impl Fn(&T) -> String) -> String {
    list.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn bracketed<T>(list: &[T], one: impl Fn(&T) -> String) -> String {
    format!("[{}]", joined(list, one))
}

/// A name's text as it was written: in quotes if it stood in them.
pub(super) fn name_text(text: &str, quoted: bool) -> String {
    if quoted { in_quotes(text) } else { text.to_owned() }
}

fn name(name: &Name) -> String {
    name_text(&name.text, name.quoted)
}

/// A path with its segments quoted as they were.
pub fn print_path(path: &Path) -> String {
    path.segments.iter().map(name).collect::<Vec<_>>().join(".")
}

fn effect(effect: &Effect) -> String {
    let tier = if effect.is_override { "override " } else { "" };
    let verb = match effect.kind {
        EffectKind::Allow => "allow",
        EffectKind::Offer => "offer",
        EffectKind::Deny => "deny",
        EffectKind::Require => "require",
    };
    let with = match effect.parameters.as_slice() {
        [] => String::new(),
        parameters => format!(" with {}", joined(parameters, parameter)),
    };
    format!("{tier}{verb} {}{with}", targets(&effect.targets))
}

fn targets(targets: &Targets) -> String {
    let Targets::All { except, filter, .. } = targets else {
        let Targets::Named(paths) = targets else { return String::new() };
        return joined(paths, print_path);
    };
    let mut out = "all".to_owned();
    if !except.is_empty() {
        out.push_str(" except ");
        out.push_str(&bracketed(except, print_path));
    }
    if let Some(filter) = filter {
        out.push_str(" where ");
        out.push_str(&print_condition(filter));
    }
    out
}

fn parameter(parameter: &Parameter) -> String {
    let name = print_path(&parameter.name);
    match &parameter.value {
        ParameterValue::One(value) => format!("{name} = {}", print_operand(value)),
        ParameterValue::List(values) => format!("{name} = {}", bracketed(values, print_operand)),
        ParameterValue::From(path) => format!("{name} from {}", print_path(path)),
    }
}

/// An operator with its right side.
pub fn print_operator(operator: &Operator) -> String {
    let not = |negated: bool| if negated { "not " } else { "" };
    match operator {
        Operator::Compare(comparison, operand) => format!("{} {}", sign(*comparison), print_operand(operand)),
        Operator::In { negated, right, on, at } => {
            let on = on.as_ref().map_or(String::new(), |on| format!(" on {}", members(on)));
            let at = at.as_ref().map_or(String::new(), |at| format!(" at {}", name(at)));
            format!("{}in {}{on}{at}", not(*negated), members(right))
        }
        Operator::Has(how, right) => format!("has {}{}", has_word(*how), members(right)),
        Operator::Exactly { negated, right } => format!("is {}exactly {}", not(*negated), print_operand(right)),
        Operator::State { negated, state } => format!("is {}{}", not(*negated), state_word(*state)),
        Operator::Pattern(kind, texts) => match texts.as_slice() {
            [one] => format!("{} {}", pattern_word(*kind), print_operand(one)),
            texts => format!("{} {}", pattern_word(*kind), bracketed(texts, print_operand)),
        },
        Operator::Within(duration) => format!("within {}", duration.text),
    }
}

fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "=",
        Comparison::NotEqual => "!=",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}

fn has_word(how: HasHow) -> &'static str {
    match how {
        HasHow::One => "",
        HasHow::Any => "any ",
        HasHow::All => "all ",
        HasHow::None => "none ",
        HasHow::Only => "only ",
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
        PatternKind::StartsWith => "starts with",
        PatternKind::EndsWith => "ends with",
        PatternKind::Contains => "contains",
        PatternKind::Matches => "matches",
    }
}

fn members(members: &Members) -> String {
    match members {
        Members::List(list, _) => bracketed(list, member),
        Members::One(operand) => print_operand(operand),
        Members::Range(low, high) => range(low, high),
    }
}

fn member(member: &Member) -> String {
    match member {
        Member::One(operand) => print_operand(operand),
        Member::Range(low, high) => range(low, high),
    }
}

fn range(low: &Operand, high: &Operand) -> String {
    format!("{}..{}", print_operand(low), print_operand(high))
}

/// A right-hand value as written.
pub fn print_operand(operand: &Operand) -> String {
    match operand {
        Operand::Path(path) => print_path(path),
        Operand::Literal(Literal { text, .. }) => text.clone(),
        Operand::Exactly(text) => format!("exactly {}", name(text)),
    }
}
