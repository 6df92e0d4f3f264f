//! From trees to meaning: names found, types checked, targets listed, ids given.
//!
//! The resolver reports everything it finds and gives a [`RuleSet`] only if nothing is an error. What the words stand for
//! comes from the catalogue file, or is inferred from the rules (`infer`).

mod checks;
mod identity;
mod infer;
mod lets;
mod names;
mod operators;
mod parameters;
mod period;
mod property;
mod rules;
mod spellings;
mod targets;
mod tests_of_tags;

use super::catalogue::{Catalogue, Zone};
use super::catalogue_file::find_time_zone;
use super::codes;
use super::name::fold;
use super::{Condition, ConditionKind, EntitlementId, LetId, RuleSet, ZoneId};
use crate::diagnostic::Diagnostic;
use crate::source::{Sources, Span};
use crate::syntax::ast;
use indexmap::IndexMap;
use jiff::tz::TimeZone;
use std::collections::BTreeSet;
use std::sync::Arc;

pub(super) use lets::written_out;
pub use property::{Property, PropertyClaim, Subject, property};

/// What a catalogue file holds, before its conditions are resolved.
pub use super::catalogue_file::ReadCatalogue;

/// Resolves the `let`s and rules of all files against a catalogue, or against what they themselves imply.
///
/// The order of items does not matter. With a catalogue a rule's tree is dropped before the next is asked for; without one
/// all are held. Cost: linear in the text, plus targets listed per rule.
pub fn resolve(
    written_lets: &[ast::Let],
    rules: &mut dyn Iterator<Item = ast::Rule>,
    catalogue: Option<ReadCatalogue>,
    sources: Arc<Sources>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<RuleSet> {
    let had_errors = diagnostics.iter().any(Diagnostic::is_error);
    let before = diagnostics.len();
    let lets = lets::collect(written_lets, diagnostics);
    let mut held = Vec::new().into_iter();
    let (mut catalogue, assumptions, unreadable) = match catalogue {
        Some(read) => (read.catalogue, read.assumptions, read.unreadable),
        None => {
            let all: Vec<ast::Rule> = rules.collect();
            let inferred = infer::catalogue(written_lets, &all, &lets, diagnostics);
            held = all.into_iter();
            (inferred, Vec::new(), BTreeSet::new())
        }
    };
    let mut resolver = Resolver {
        zones: std::mem::take(&mut catalogue.zones),
        catalogue: &catalogue,
        lets: &lets,
        let_conditions: Vec::new(),
        let_reads: Vec::new(),
        children: targets::children(&catalogue),
        used_lets: vec![false; lets.len()],
        spellings: spellings::Spellings::default(),
        in_where: false,
        diagnostics,
    };
    lets::clashes(&mut resolver);
    let lets_resolved = lets::resolve(&mut resolver);
    let rules = rules::resolve_all(&mut resolver, held.chain(rules));
    let assumptions = assumptions
        .into_iter()
        .filter_map(|(span, text)| {
            let parsed = crate::syntax::parse_condition(span.source, &text, span.start as usize, resolver.diagnostics)?;
            resolver.condition(&parsed)
        })
        .collect();
    checks::unused_lets(&mut resolver);
    let zones = std::mem::take(&mut resolver.zones);
    catalogue.zones = zones;
    catalogue.assumptions = assumptions;
    let rules = identity::unite(rules, diagnostics);
    let mut rule_set = RuleSet { catalogue, lets: lets_resolved, rules, sources, hash: String::new() };
    checks::run(&rule_set, diagnostics);
    forgive(&unreadable, &rule_set.sources, before, diagnostics);
    if had_errors || diagnostics.iter().any(Diagnostic::is_error) {
        return None;
    }
    rule_set.hash = identity::hash(&rule_set);
    Some(rule_set)
}

/// Drops complaints about names whose declaration is itself wrong and has been reported.
fn forgive(unreadable: &BTreeSet<String>, sources: &Sources, before: usize, diagnostics: &mut Vec<Diagnostic>) {
    if unreadable.is_empty() {
        return;
    }
    let is_new = |at: usize| at >= before;
    let names = |span: Span| unreadable.contains(&fold(sources.slice(span).trim_matches('"')));
    let mut at = 0;
    diagnostics.retain(|diagnostic| {
        let keep = !is_new(at) || !diagnostic.labels.iter().any(|label| names(label.span));
        at += 1;
        keep
    });
}

/// State of one resolution.
struct Resolver<'a> {
    catalogue: &'a Catalogue,
    /// Zones in use; the first is the policy's.
    zones: Vec<Zone>,
    /// By folded name.
    lets: &'a IndexMap<String, &'a ast::Let>,
    /// Resolved so far: a condition for each let that could be, by number in `lets`.
    let_conditions: Vec<Option<Condition>>,
    /// The resources that each of them reads, through other lets, too.
    let_reads: Vec<lets::ResourcesRead>,
    /// What stands directly below each entitlement.
    children: Vec<Vec<EntitlementId>>,
    used_lets: Vec<bool>,
    spellings: spellings::Spellings,
    /// Whether names on the left are tags.
    in_where: bool,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Resolver<'_> {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// The meaning of a condition; none if anything in it is wrong, which has been reported.
    fn condition(&mut self, written: &ast::Condition) -> Option<Condition> {
        let kind = match &written.kind {
            ast::ConditionKind::Always => ConditionKind::Constant(true),
            ast::ConditionKind::Not(inner) => ConditionKind::Not(Box::new(self.condition(inner)?)),
            ast::ConditionKind::And(parts) => ConditionKind::And(self.parts(parts)?),
            ast::ConditionKind::Or(parts) => {
                if self.reports_bare_alternative(parts) {
                    return None;
                }
                ConditionKind::Or(self.parts(parts)?)
            }
            ast::ConditionKind::Test { subject, operator } => self.test(subject, operator.as_ref(), written.span)?,
        };
        Some(Condition { kind, span: Some(written.span) })
    }

    fn parts(&mut self, parts: &[ast::Condition]) -> Option<Vec<Condition>> {
        // every part is visited, so that all mistakes are reported
        let resolved: Vec<_> = parts.iter().map(|part| self.condition(part)).collect();
        resolved.into_iter().collect()
    }

    /// The number of a `let` that is used.
    fn use_let(&mut self, folded: &str) -> Option<LetId> {
        let index = self.lets.get_index_of(folded)?;
        if let Some(used) = self.used_lets.get_mut(index) {
            *used = true;
        }
        Some(LetId::new(index))
    }

    /// The zone of that IANA name, added where it is new.
    fn zone(&mut self, name: &ast::Name) -> Option<ZoneId> {
        let found = self.zones.iter().position(|zone| zone.name.eq_ignore_ascii_case(&name.text));
        if let Some(found) = found {
            return Some(ZoneId::new(found));
        }
        match find_time_zone(&name.text) {
            Ok(zone) => {
                self.zones.push(zone);
                Some(ZoneId::new(self.zones.len() - 1))
            }
            Err(unknown) => {
                self.report(unknown_zone(name, unknown.near));
                None
            }
        }
    }

    /// The time zone of that number.
    fn time_zone(&self, zone: ZoneId) -> TimeZone {
        self.zones.get(zone.index()).map_or(TimeZone::UTC, |zone| zone.zone.clone())
    }
}

fn unknown_zone(name: &ast::Name, near: Option<String>) -> Diagnostic {
    let error = Diagnostic::error(codes::UNKNOWN_ZONE, name.span, format!("there is no time zone `{}`", name.text));
    match near {
        Some(near) => error.help(format!("did you mean `\"{near}\"`?")).replace(name.span, format!("\"{near}\"")),
        None => error.help("write an IANA name, such as `\"America/Chicago\"`"),
    }
}

/// A condition at a place.
fn placed(kind: ConditionKind, span: Span) -> Condition {
    Condition { kind, span: Some(span) }
}

/// `not` of a test, where asked.
fn negate_if(negated: bool, kind: ConditionKind, span: Span) -> ConditionKind {
    if negated { ConditionKind::Not(Box::new(placed(kind, span))) } else { kind }
}
