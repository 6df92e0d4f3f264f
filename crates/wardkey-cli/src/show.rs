//! Decisions in words: what came out, why, and on what it rests.

use crate::screen::{Screen, Style, plain};
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use wardkey::eval::ValidUntil;
use wardkey::eval::{FiredRule, GivenParameter, Parameters};
use wardkey::source::Span;
use wardkey::{Decision, Outcome, Policy};

/// Width of the labels beside a decision.
const LABELS: usize = 7;

/// The outcome in words.
pub(crate) fn outcome_words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allowed => "allowed",
        Outcome::Offered => "offered",
        Outcome::NotGranted => "not granted",
        Outcome::Denied => "denied",
    }
}

/// The colour of an outcome.
pub(crate) fn outcome_style(outcome: Outcome) -> Style {
    match outcome {
        Outcome::Allowed => Style::Good,
        Outcome::Offered => Style::Fair,
        Outcome::NotGranted => Style::Dim,
        Outcome::Denied => Style::Bad,
    }
}

/// One decision: a headline, and a line for each thing there is to say.
pub(crate) fn decision(policy: &Policy, decision: &Decision<'_>, language: Option<&str>, screen: &mut Screen) {
    headline(decision, screen);
    for text in reasons(decision, language) {
        line(screen, "why", &text);
    }
    for fired in decision.rules() {
        line(screen, "rule", &rule_line(policy, &fired));
    }
    for text in parameter_texts(&decision.parameters()) {
        line(screen, "with", &text);
    }
    let missing = decision.missing();
    if !missing.is_empty() {
        line(screen, "missing", &missing_text(&missing));
    }
    for fired in decision.outranked() {
        line(screen, "weaker", &rule_line(policy, &fired));
    }
    if let Some(text) = until_text(policy, decision.valid_until()) {
        line(screen, "until", &text);
    }
}

fn line(screen: &mut Screen, label: &str, text: &str) {
    screen.labelled(2, label, LABELS, text, Style::Normal);
}

/// `EHR: allowed`
pub(crate) fn headline(decision: &Decision<'_>, screen: &mut Screen) {
    let name = screen.paint(&plain(decision.entitlement_name()), Style::Bold);
    let outcome = decision.outcome();
    let outcome = screen.paint(outcome_words(outcome), outcome_style(outcome));
    screen.line(format!("{name}: {outcome}"));
}

/// What the deciding rules say to the person, or else what the outcome alone does not say. Empty: the rules say it.
pub(crate) fn reasons(decision: &Decision<'_>, language: Option<&str>) -> Vec<String> {
    let rules = decision.rules();
    let is_certain = rules.iter().any(|fired| fired.is_certain) || rules.is_empty();
    let said = decision.because(language).into_iter().map(plain);
    let said: Vec<String> = said
        .map(|text| if is_certain { text.into_owned() } else { format!("not certain, but perhaps: {text}") })
        .collect();
    if !said.is_empty() {
        return said;
    }
    let text = match decision.outcome() {
        Outcome::NotGranted => "no rule gives it here",
        Outcome::Denied if !is_certain => "a rule may take it away: not enough is known",
        Outcome::Offered => "it can be requested",
        Outcome::Allowed if rules.iter().all(is_offer) => "the request was approved",
        Outcome::Denied | Outcome::Allowed => return Vec::new(),
    };
    vec![text.to_owned()]
}

fn is_offer(fired: &FiredRule<'_>) -> bool {
    fired.rule.effects.iter().all(|effect| effect.kind == wardkey::model::EffectKind::Offer)
}

/// `break_glass (hospital.ward:14)`, and what is not certain about it.
pub(crate) fn rule_line(policy: &Policy, fired: &FiredRule<'_>) -> String {
    let place = fired.rule.spans.first().map(|span| format!(" ({})", place(policy, *span))).unwrap_or_default();
    let doubt = match fired.missing.as_slice() {
        _ if fired.is_certain => String::new(),
        [] => " may apply".to_owned(),
        missing => format!(" may apply: {}", not_known(missing)),
    };
    format!("{}{place}{doubt}", rule_name(&fired.rule.id, fired.rule.is_named))
}

/// The id that the author gave; a generated one says nothing to people.
pub(crate) fn rule_name(id: &str, is_named: bool) -> String {
    if is_named { plain(id).into_owned() } else { "unnamed rule".to_owned() }
}

/// The deciding rules in a few words, for where there is no room for more.
pub(crate) fn rules_in_short(policy: &Policy, decision: &Decision<'_>) -> String {
    let short = |fired: &FiredRule<'_>| match fired.rule.spans.first() {
        Some(span) if !fired.rule.is_named => format!("rule at {}", place(policy, *span)),
        _ => plain(&fired.rule.id).into_owned(),
    };
    decision.rules().iter().map(short).collect::<Vec<_>>().join("\n")
}

/// `hospital.ward:14`
pub(crate) fn place(policy: &Policy, span: Span) -> String {
    let place = policy.sources().place(span);
    format!("{}:{}", plain(&place.file), place.line)
}

pub(crate) fn not_known(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{}`", plain(name))).collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!("{} {verb} not known", names.join(", "))
}

/// What is missing, and what to do about a missing clock.
pub(crate) fn missing_text(names: &[&str]) -> String {
    let hint = if names.contains(&"now") { " (give the time: `--now now`)" } else { "" };
    format!("{}, and could change this{hint}", not_known(names))
}

/// `audit = high`, one for each parameter.
pub(crate) fn parameter_texts(parameters: &Parameters) -> Vec<String> {
    parameters.iter().map(parameter_text).collect()
}

fn parameter_text(parameter: &GivenParameter) -> String {
    let shown = |text: &str| if text.is_empty() { "no value".to_owned() } else { plain(text).into_owned() };
    let values = parameter.values.iter().map(|value| {
        let doubt = if value.is_settled { "" } else { " (perhaps)" };
        format!("{}{doubt}", shown(&value.text))
    });
    let conflict = if parameter.is_conflict { " (the rules do not agree)" } else { "" };
    format!("{} = {}{conflict}", plain(&parameter.name), values.collect::<Vec<_>>().join(", "))
}

/// When time alone changes the decision, in the policy's time zone. None: never.
pub(crate) fn until_text(policy: &Policy, until: ValidUntil) -> Option<String> {
    match until {
        ValidUntil::Never => None,
        ValidUntil::Until(at) => Some(format!("{}, if nothing else changes", instant(policy, at))),
        ValidUntil::Horizon(at) => Some(format!("{} at least, if nothing else changes", instant(policy, at))),
        ValidUntil::Unknown => Some("not known, because the time was not given".to_owned()),
    }
}

/// `Tue 2026-11-24 07:00 America/Chicago`
pub(crate) fn instant(policy: &Policy, at: Timestamp) -> String {
    let zone = policy.rule_set().catalogue.zones.first();
    let local = local(policy, at);
    let weekday = match local.weekday() {
        Weekday::Monday => "Mon",
        Weekday::Tuesday => "Tue",
        Weekday::Wednesday => "Wed",
        Weekday::Thursday => "Thu",
        Weekday::Friday => "Fri",
        Weekday::Saturday => "Sat",
        Weekday::Sunday => "Sun",
    };
    format!("{weekday} {} {}", clock(&local), zone.map_or("UTC", |zone| zone.name.as_str()))
}

/// `2026-11-24 07:00`, in the policy's time zone; the beginning of a day is the day alone.
pub(crate) fn short_instant(policy: &Policy, at: Timestamp) -> String {
    let local = local(policy, at);
    if local.time() == jiff::civil::Time::midnight() { local.date().to_string() } else { clock(&local) }
}

fn clock(local: &Zoned) -> String {
    let time = local.time();
    let seconds = if time.second() == 0 { String::new() } else { format!(":{:02}", time.second()) };
    format!("{} {:02}:{:02}{seconds}", local.date(), time.hour(), time.minute())
}

fn local(policy: &Policy, at: Timestamp) -> Zoned {
    let zone = policy.rule_set().catalogue.zones.first();
    at.to_zoned(zone.map_or(TimeZone::UTC, |zone| zone.zone.clone()))
}
