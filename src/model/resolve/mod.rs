//! From trees to meaning: names found, types checked, targets listed, ids given.
//!
//! The resolver reports everything it finds and gives a [`RuleSet`] only if nothing is an error. What the words stand for
//! comes from the catalogue file, or is inferred from the rules ([`infer`]).

mod checks;
mod identity;
mod infer;
mod lets;
mod names;
mod operators;
mod parameters;
mod period;
mod rules;
mod targets;
mod tests_of_tags;

use super::catalogue::{Catalogue, Zone};
use super::{Condition, ConditionKind, EntitlementId, LetId, RuleSet, ZoneId};
use crate::diagnostic::Diagnostic;
use crate::source::{Sources, Span};
use crate::syntax::ast;
use indexmap::IndexMap;
use jiff::tz::TimeZone;
use std::sync::Arc;

/// What a catalogue file holds, before its conditions are resolved.
pub use super::catalogue_file::ReadCatalogue;

/// Resolves items of all files against a catalogue, or against what the items themselves imply.
/// The order of items does not matter. Cost: linear in the text, plus targets listed per rule.
pub fn resolve(
    items: &[ast::Item],
    catalogue: Option<ReadCatalogue>,
    sources: Arc<Sources>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<RuleSet> {
    let had_errors = diagnostics.iter().any(Diagnostic::is_error);
    let lets = lets::collect(items, diagnostics);
    let (mut catalogue, assumptions) = match catalogue {
        Some(read) => (read.catalogue, read.assumptions),
        None => (infer::catalogue(items, &lets, diagnostics), Vec::new()),
    };
    let mut resolver = Resolver {
        zones: std::mem::take(&mut catalogue.zones),
        catalogue: &catalogue,
        lets: &lets,
        let_conditions: Vec::new(),
        let_reads: Vec::new(),
        children: targets::children(&catalogue),
        used_lets: vec![false; lets.len()],
        in_where: false,
        diagnostics,
    };
    lets::clashes(&mut resolver);
    let lets_resolved = lets::resolve(&mut resolver);
    let rules = rules::resolve_all(&mut resolver, items);
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
    if had_errors || diagnostics.iter().any(Diagnostic::is_error) {
        return None;
    }
    rule_set.hash = identity::hash(&rule_set);
    Some(rule_set)
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
        match find_zone(&name.text) {
            Some(zone) => {
                self.zones.push(zone);
                Some(ZoneId::new(self.zones.len() - 1))
            }
            None => {
                self.report(unknown_zone(name));
                None
            }
        }
    }

    /// The time zone of that number.
    fn time_zone(&self, zone: ZoneId) -> TimeZone {
        self.zones.get(zone.index()).map_or(TimeZone::UTC, |zone| zone.zone.clone())
    }
}

/// A bundled time zone by its IANA name, without regard to case.
pub(crate) fn find_zone(name: &str) -> Option<Zone> {
    let zone = jiff::tz::TimeZoneDatabase::bundled().get(name).ok()?;
    let name = zone.iana_name().unwrap_or(name).to_owned();
    Some(Zone { name, zone })
}

fn unknown_zone(name: &ast::Name) -> Diagnostic {
    use super::{codes, read::did_you_mean};
    let all: Vec<String> =
        jiff::tz::TimeZoneDatabase::bundled().available().map(|name| name.as_str().to_owned()).collect();
    let error = Diagnostic::error(codes::UNKNOWN_ZONE, name.span, format!("there is no time zone `{}`", name.text));
    match did_you_mean(&name.text, all.iter().map(String::as_str)) {
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
