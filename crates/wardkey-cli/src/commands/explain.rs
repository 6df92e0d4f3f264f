//! `wardkey explain PATH --context C ENTITLEMENT`: step by step how a decision came about.

use super::Output;
use crate::Exit;
use crate::context::{Situation, unusable};
use crate::failure::Failure;
use crate::json;
use crate::screen::{Screen, Style, plain, wrap};
use crate::show;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use unicode_width::UnicodeWidthStr;
use wardkey::Policy;
use wardkey::explain::{Fires, Joint, Part, Read, RuleExplanation, Shown, Tree, Truth};

/// Show step by step how a decision came about.
#[derive(Args)]
pub(crate) struct Arguments {
    /// A policy file, a folder, or `-`
    path: PathBuf,
    /// What is asked about
    #[arg(value_name = "ENTITLEMENT")]
    entitlement: String,
    #[command(flatten)]
    situation: Situation,
    /// Also the rules that do not apply
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    output: Output,
}

pub(crate) fn run(arguments: &Arguments, screen: &mut Screen) -> Result<Exit, Failure> {
    let policy = arguments.situation.policy(&arguments.path, screen)?;
    let entitlement = policy.entitlement(&arguments.entitlement)?;
    let context = arguments.situation.read(&policy, screen)?;
    let language = arguments.situation.language(&policy, &context);
    let explanation = policy.explain(&context, entitlement, language.as_deref());
    if arguments.output.is_json() {
        let answer = json!({
            "decision": explanation.decision,
            "rules": explanation.rules,
            "passed_over": context.passed_over(),
            "unusable": unusable(&context),
        });
        json::print(&answer, screen);
        return Ok(Exit::Clean);
    }
    show::decision(&policy, &policy.decide(&context, entitlement), language.as_deref(), screen);
    let of = |parts: &[Part]| explanation.rules.iter().filter(|rule| parts.contains(&rule.part)).collect::<Vec<_>>();
    section(&policy, "What decided", &of(&[Part::Decided]), screen);
    section(&policy, "What applies too, but is weaker", &of(&[Part::Outranked]), screen);
    section(&policy, "What adds to it", &of(&[Part::Adds]), screen);
    section(&policy, "On trial: would apply, but does not count", &of(&[Part::Trial]), screen);
    let idle = of(&[Part::Idle]);
    // where nothing decided, what might have is the answer
    if arguments.all || of(&[Part::Decided]).is_empty() {
        section(&policy, "What does not apply", &idle, screen);
    } else if !idle.is_empty() {
        screen.line("");
        let text = format!("{} of this entitlement do not apply (`--all` shows them)", rules(idle.len()));
        let text = if idle.len() == 1 { text.replace("do not", "does not").replace("them", "it") } else { text };
        screen.line(screen.paint(&text, Style::Dim));
    }
    Ok(Exit::Clean)
}

fn rules(number: usize) -> String {
    crate::screen::count(number, "other rule", "other rules")
}

fn section(policy: &Policy, title: &str, rules: &[&RuleExplanation], screen: &mut Screen) {
    if rules.is_empty() {
        return;
    }
    screen.line("");
    screen.line(screen.paint(title, Style::Bold));
    for (at, rule) in rules.iter().enumerate() {
        if at > 0 {
            screen.line("");
        }
        show_rule(policy, rule, screen);
    }
}

fn show_rule(policy: &Policy, rule: &RuleExplanation, screen: &mut Screen) {
    let places: Vec<String> =
        rule.places.iter().map(|place| format!("{}:{}", plain(&place.file), place.line)).collect();
    let name = show::rule_name(&rule.id, rule.is_named);
    let places = screen.paint(&places.join(", "), Style::Dim);
    screen.line(format!("  {name}  {places}"));
    let room = screen.width.map(|width| width.saturating_sub(4));
    // as its author laid it out
    for line in as_written(policy, rule).lines().flat_map(|line| wrap(&plain(line), room)) {
        let line = screen.paint(&line, Style::Dim);
        screen.line(format!("    {line}").trim_end());
    }
    let mut lines = Vec::new();
    lines_of(&rule.condition, "", "", &mut lines);
    for effect in &rule.effects {
        if let Some(guard) = &effect.guard {
            lines_of(guard, "", "", &mut lines);
        }
    }
    table(&lines, screen);
    for effect in &rule.effects {
        let (words, style) = match effect.fires {
            Fires::Certain => (format!("so it says: {}", effect.effect), Style::Normal),
            Fires::Possible => (format!("so it may say: {}", effect.effect), Style::Fair),
            Fires::No => (format!("so it does not say: {}", effect.effect), Style::Dim),
        };
        let words = screen.paint(&words, style);
        screen.line(format!("    {words}"));
    }
}

fn as_written<'p>(policy: &'p Policy, rule: &'p RuleExplanation) -> &'p str {
    let found = policy.rule_set().rules.iter().find(|found| *found.id == *rule.id);
    let span = found.and_then(|rule| rule.spans.first());
    span.map_or(rule.text.as_str(), |span| policy.sources().slice(*span))
}

/// One line of a tree: what a part came to, the part, and what was read for it.
struct Line {
    value: Truth,
    text: String,
    reads: String,
}

/// A condition and its parts, one line each; `below` is drawn before the lines of the parts.
fn lines_of(tree: &Tree, branch: &str, below: &str, lines: &mut Vec<Line>) {
    let mut text = format!("{branch}{}", plain(&tree.text));
    // an abbreviation and what it stands for share a line
    let mut tree = tree;
    if tree.joint == Joint::Let
        && let [inner] = tree.children.as_slice()
        && matches!(inner.joint, Joint::Test | Joint::All | Joint::Any)
    {
        text = format!("{text}: {}", plain(&inner.text));
        tree = inner;
    }
    let reads = tree.reads.iter().map(read_words).collect::<Vec<_>>().join(", ");
    lines.push(Line { value: tree.value, text, reads });
    // of `not device.managed` the inner test says nothing that the line above does not, save what was read
    if tree.joint == Joint::Not
        && let [inner] = tree.children.as_slice()
        && inner.joint == Joint::Test
    {
        if let Some(last) = lines.last_mut() {
            last.reads = inner.reads.iter().map(read_words).collect::<Vec<_>>().join(", ");
        }
        return;
    }
    let last = tree.children.len().saturating_sub(1);
    for (at, child) in tree.children.iter().enumerate() {
        let (branch, deeper) = if at == last { ("└ ", "  ") } else { ("├ ", "│ ") };
        lines_of(child, &format!("{below}{branch}"), &format!("{below}{deeper}"), lines);
    }
}

fn read_words(read: &Read) -> String {
    let name = plain(&read.attribute);
    match &read.shown {
        Shown::Value(value) => format!("{name} is {}", plain(value)),
        Shown::Absent => format!("{name} has no value"),
        Shown::Unknown => format!("{name} is not known"),
        Shown::Withheld => format!("{name} is not shown"),
    }
}

fn table(lines: &[Line], screen: &mut Screen) {
    const VALUES: usize = 3;
    let text_width = lines.iter().map(|line| line.text.width()).max().unwrap_or(0);
    let start = 4 + VALUES + 2;
    let beside = start + text_width + 2;
    // what was read stands beside the tests if there is room, else below each
    let is_beside = screen.width.is_none_or(|width| beside + 24 <= width);
    for line in lines {
        let (word, style) = match line.value {
            Truth::True => ("yes", Style::Good),
            Truth::False => ("no", Style::Bad),
            Truth::Unknown => ("?", Style::Fair),
        };
        let padding = " ".repeat(VALUES - word.len());
        let word = screen.paint(word, style);
        let head = format!("    {word}{padding}  {}", line.text);
        if line.reads.is_empty() {
            screen.line(head);
            continue;
        }
        let column = if is_beside { beside } else { start + 4 };
        let room = screen.width.map(|width| width.saturating_sub(column).max(20));
        let mut reads = wrap(&line.reads, room).into_iter();
        if is_beside {
            let gap = " ".repeat(text_width - line.text.width() + 2);
            let first = screen.paint(&reads.next().unwrap_or_default(), Style::Dim);
            screen.line(format!("{head}{gap}{first}"));
        } else {
            screen.line(head);
        }
        for read in reads {
            let read = screen.paint(&read, Style::Dim);
            screen.line(format!("{:column$}{read}", ""));
        }
    }
}
