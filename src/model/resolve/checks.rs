//! What only a look at the resolved policy tells: doors that open on missing information, days and nights that do not meet,
//! names that differ by little.

use super::Resolver;
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::catalogue::Omitted;
use crate::model::condition::{Condition, ConditionKind, Input, Test};
use crate::model::rule::{EffectKind, Rank, Rule};
use crate::model::{AttributeId, Let, NOW, RuleSet, ZoneId, codes};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// Names compared with each other at most, per kind: the comparison is quadratic.
const MOST_NAMES: usize = 2_000;

pub(super) fn run(rule_set: &RuleSet, diagnostics: &mut Vec<Diagnostic>) {
    for rule in rule_set.rules.iter().filter(|rule| !rule.is_disabled) {
        opens_on_missing(rule_set, rule, diagnostics);
        conjunctions(&rule.condition, &rule_set.lets, diagnostics);
    }
    for item in &rule_set.lets {
        conjunctions(&item.condition, &rule_set.lets, diagnostics);
    }
    overrides(rule_set, diagnostics);
    no_time_zone(rule_set, diagnostics);
}

/// `let`s that no rule and no other `let` names.
pub(super) fn unused_lets(resolver: &mut Resolver) {
    let unused: Vec<Diagnostic> = resolver
        .lets
        .values()
        .zip(&resolver.used_lets)
        .filter(|(_, used)| !**used)
        .map(|(item, _)| {
            Diagnostic::warning(codes::UNUSED_LET, item.name.span, format!("`{}` is never used", item.name.text))
                .help("remove it, or use it in a rule")
        })
        .collect();
    resolver.diagnostics.extend(unused);
}

/// `is known` and `is unknown` by polarity (an error), and `!=` of what may be absent (a warning).
fn opens_on_missing(rule_set: &RuleSet, rule: &Rule, diagnostics: &mut Vec<Diagnostic>) {
    let gives = rule.effects.iter().any(|effect| matches!(effect.kind, EffectKind::Allow | EffectKind::Offer));
    let restricts = rule.effects.iter().any(|effect| matches!(effect.kind, EffectKind::Deny | EffectKind::Require));
    let mut reported = BTreeSet::new();
    let mut found = Vec::new();
    rule.condition.tests(&rule_set.lets, true, &mut |test, positive, span| {
        let Some(span) = span.or(rule.spans.first().copied()) else { return };
        match test {
            Test::IsKnown(attribute) if ((gives && !positive) || (restricts && positive)) && reported.insert(span) => {
                found.push(opens_on_unknown(rule_set, *attribute, gives && !positive, span));
            }
            Test::OneOf(Input::Attribute(attribute), _)
            | Test::Within(Input::Attribute(attribute), _)
            | Test::InRanges(Input::Attribute(attribute), _)
                if gives && !positive && may_be_absent(rule_set, *attribute) && reported.insert(span) =>
            {
                found.push(opens_on_absent(rule_set, *attribute, span));
            }
            _ => {}
        }
    });
    diagnostics.extend(found);
}

fn opens_on_unknown(rule_set: &RuleSet, attribute: AttributeId, is_unknown: bool, span: Span) -> Diagnostic {
    let name = &rule_set.catalogue.attribute(attribute).name;
    let (what, help) = if is_unknown {
        (format!("this gives when `{name}` is unknown"), format!("to ask for no value write `{name} is absent`"))
    } else {
        (
            format!("this stops applying when `{name}` is unknown"),
            "leave the test out: what restricts applies to unknown values by itself".to_owned(),
        )
    };
    Diagnostic::error(codes::OPENS_ON_UNKNOWN, span, "missing information would open a door").at(what).help(help)
}

fn may_be_absent(rule_set: &RuleSet, attribute: AttributeId) -> bool {
    attribute.index() < rule_set.catalogue.attributes.len()
        && rule_set.catalogue.attribute(attribute).omitted == Omitted::Absent
}

fn opens_on_absent(rule_set: &RuleSet, attribute: AttributeId, span: Span) -> Diagnostic {
    let name = &rule_set.catalogue.attribute(attribute).name;
    Diagnostic::warning(codes::OPENS_ON_ABSENT, span, format!("this also gives to whoever has no `{name}`"))
        .help(format!("add `and {name} is not absent`, or say which values are meant"))
}

/// Tests of the clock that stand in one `and`.
fn conjunctions(condition: &Condition, lets: &[Let], diagnostics: &mut Vec<Diagnostic>) {
    match &condition.kind {
        ConditionKind::And(parts) => {
            let mut tests = Vec::new();
            parts.iter().for_each(|part| conjuncts(part, lets, part.span, 0, &mut tests));
            past_midnight(&tests, diagnostics);
            two_zones(&tests, condition.span, diagnostics);
            parts.iter().for_each(|part| conjunctions(part, lets, diagnostics));
        }
        ConditionKind::Or(parts) => parts.iter().for_each(|part| conjunctions(part, lets, diagnostics)),
        ConditionKind::Not(inner) => conjunctions(inner, lets, diagnostics),
        ConditionKind::Constant(_) | ConditionKind::Test(_) | ConditionKind::Let(_) => {}
    }
}

/// Depth of `let` in `let` followed here.
const DEPTH: usize = 8;

fn conjuncts<'c>(
    condition: &'c Condition,
    lets: &'c [Let],
    span: Option<Span>,
    depth: usize,
    into: &mut Vec<(&'c Test, Option<Span>)>,
) {
    match &condition.kind {
        ConditionKind::Test(test) => into.push((test, span)),
        ConditionKind::And(parts) if depth < DEPTH => {
            parts.iter().for_each(|part| conjuncts(part, lets, span.or(part.span), depth + 1, into));
        }
        ConditionKind::Let(id) if depth < DEPTH => {
            if let Some(item) = lets.get(id.index()) {
                conjuncts(&item.condition, lets, span, depth + 1, into);
            }
        }
        _ => {}
    }
}

/// A range past midnight and a plain test of the day: twelve hours a week differ between the two readings.
fn past_midnight(tests: &[(&Test, Option<Span>)], diagnostics: &mut Vec<Diagnostic>) {
    let wraps = |test: &Test| match test {
        Test::InRanges(Input::Time(_), ranges) => {
            ranges.iter().any(|range| range.low.is_none()) && ranges.iter().any(|range| range.high.is_none())
        }
        _ => false,
    };
    let night = tests.iter().find(|(test, _)| wraps(test));
    // `from` and `until` are tests of the date, too, but of whole periods: only lists and points of days count
    let is_day = |test: &Test| match test {
        Test::InRanges(Input::Weekday(_), _) => true,
        Test::InRanges(Input::Date(_), ranges) => {
            ranges.iter().all(|range| range.low.is_some() && range.high.is_some())
        }
        _ => false,
    };
    let day = tests.iter().find(|(test, _)| is_day(test));
    let (Some((_, Some(night))), Some((_, Some(day)))) = (night, day) else { return };
    diagnostics.push(
        Diagnostic::error(
            codes::PAST_MIDNIGHT,
            *night,
            "a range past midnight and a day do not say which day is meant",
        )
        .at("after midnight it is the next day already")
        .label(*day, "the day")
        .help("for nights that begin on that day write one test: `time in 22:00..06:00 on Fri`")
        .help("for the hours of that day alone write two ranges: `time in [00:00..06:00, 22:00..24:00]`"),
    );
}

fn two_zones(tests: &[(&Test, Option<Span>)], span: Option<Span>, diagnostics: &mut Vec<Diagnostic>) {
    let zones: BTreeSet<ZoneId> = tests.iter().filter_map(|(test, _)| zone(test)).collect();
    if let (true, Some(span)) = (zones.len() > 1, span) {
        diagnostics.push(
            Diagnostic::warning(codes::TWO_ZONES, span, "this reads the clocks of two time zones at once")
                .help("see whether one `at` is missing or too many"),
        );
    }
}

fn zone(test: &Test) -> Option<ZoneId> {
    match test {
        Test::InRanges(Input::Time(zone) | Input::Date(zone) | Input::Weekday(zone), _) => Some(*zone),
        Test::During(during) => Some(during.zone),
        _ => None,
    }
}

/// Denies named at most in the note about one `override allow`; with it the cost stays that of the targets listed.
const MOST_BEATEN: usize = 20;

/// Each `override allow` with the plain denies it beats on some target.
fn overrides(rule_set: &RuleSet, diagnostics: &mut Vec<Diagnostic>) {
    let live = || rule_set.rules.iter().filter(|rule| !rule.is_disabled && !rule.is_trial);
    let mut denies: BTreeMap<_, Vec<&Rule>> = BTreeMap::new();
    for rule in live() {
        for effect in rule.effects.iter().filter(|effect| effect.rank() == Some(Rank::Deny)) {
            for target in &effect.targets {
                let known = denies.entry(*target).or_default();
                // the effects of one rule follow each other
                if known.len() <= MOST_BEATEN && known.last().is_none_or(|last| last.id != rule.id) {
                    known.push(rule);
                }
            }
        }
    }
    for rule in live() {
        for effect in rule.effects.iter().filter(|effect| effect.rank() == Some(Rank::OverrideAllow)) {
            let lists = effect.targets.iter().filter_map(|target| denies.get(target));
            diagnostics.extend(override_note(effect.span, lists.flatten().copied()));
        }
    }
}

/// None where nothing is beaten.
fn override_note<'r>(span: Span, denies: impl Iterator<Item = &'r Rule>) -> Option<Diagnostic> {
    let mut beaten: BTreeMap<&str, &Rule> = BTreeMap::new();
    let mut has_more = false;
    for deny in denies {
        has_more = beaten.len() == MOST_BEATEN && !beaten.contains_key(&*deny.id);
        if has_more {
            break;
        }
        beaten.insert(&deny.id, deny);
    }
    if beaten.is_empty() {
        return None;
    }
    let names: Vec<String> = beaten.keys().map(|id| format!("`{id}`")).collect();
    let others = if has_more { " and others" } else { "" };
    let note = Diagnostic::new(
        codes::OVERRIDE_BEATS,
        Severity::Note,
        span,
        format!("this beats {}{others}", names.join(", ")),
    )
    .help("a deny that must hold even so needs `override deny`");
    let places = beaten.values().filter_map(|deny| deny.spans.first());
    Some(places.take(5).fold(note, |note, place| note.label(*place, "beaten here")))
}

/// Where no time zone is declared the clock is read in UTC, which is rarely meant.
fn no_time_zone(rule_set: &RuleSet, diagnostics: &mut Vec<Diagnostic>) {
    if rule_set.catalogue.has_time_zone {
        return;
    }
    for rule in &rule_set.rules {
        let mut place = None;
        rule.condition.tests(&rule_set.lets, true, &mut |test, _, span| {
            let mut reads_clock = false;
            test.attributes(&mut |attribute| reads_clock |= attribute == NOW);
            if reads_clock && zone(test) == Some(ZoneId::new(0)) {
                place = place.or(span);
            }
        });
        if let Some(span) = place {
            diagnostics.push(
                Diagnostic::warning(codes::NO_TIME_ZONE, span, "the clock is read in UTC: no time zone is declared")
                    .help(
                        "add a `catalogue.yaml` with `time_zone: America/Chicago`, or write `at \"America/Chicago\"`",
                    ),
            );
            return;
        }
    }
}

/// Reports names of one kind that are spelled in two ways, or differ by little from another.
pub(super) fn near_misses<'n>(
    names: impl Iterator<Item = (&'n str, &'n BTreeMap<String, Span>)>,
    kind: &str,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let names: Vec<(&str, &BTreeMap<String, Span>)> = names.collect();
    for (_, spellings) in &names {
        let mut each = spellings.iter();
        if let (Some((first, &there)), Some((second, &here))) = (each.next(), each.next()) {
            diagnostics.push(
                Diagnostic::warning(codes::NEAR_MISS, here, format!("`{second}` and `{first}` are one {kind}"))
                    .label(there, "spelled otherwise")
                    .help("names match without regard to case: spell it one way"),
            );
        }
    }
    if names.len() > MOST_NAMES {
        return;
    }
    for (at, (name, spellings)) in names.iter().enumerate() {
        let near = names.iter().skip(at + 1).find(|(other, _)| is_near(name, other));
        let Some((_, others)) = near else { continue };
        let (Some((first, &here)), Some((second, &there))) = (spellings.iter().next(), others.iter().next()) else {
            continue;
        };
        diagnostics.push(
            Diagnostic::warning(codes::NEAR_MISS, here, format!("`{first}` and `{second}` differ by little"))
                .label(there, "the other one")
                .help(format!("if one {kind} is meant, spell it one way")),
        );
    }
}

/// Shortest name of which a slip of one letter is suspected.
const SHORTEST: usize = 5;

/// Whether two names differ by one letter, or by two that changed places; digits count things and are meant.
fn is_near(a: &str, b: &str) -> bool {
    let letters = |text: &str| text.chars().filter(|character| !character.is_numeric()).collect::<String>();
    a.len() >= SHORTEST
        && a.len().abs_diff(b.len()) <= 4
        && letters(a) != letters(b)
        && strsim::damerau_levenshtein(a, b) == 1
}
