//! A context as plain data: the state of every attribute and the approvals, all explicit. Defaults were applied before.

use std::collections::BTreeMap;
use wardkey::model::{AttributeId, EntitlementId, NOW, RuleSet, State, Value};

/// What is known when a question is asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// One state for each attribute of the catalogue, `now` included. One without an entry is unknown.
    pub states: BTreeMap<AttributeId, State>,
    /// Requests that somebody granted.
    pub approvals: Vec<Approval>,
}

/// A granted request.
#[derive(Clone, Debug, PartialEq)]
pub struct Approval {
    /// What it was granted for: one entitlement, or the members of a group. It covers everything below, too.
    pub entitlements: Vec<EntitlementId>,
    /// When it ends.
    pub until: Option<Until>,
}

/// The end of an approval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Until {
    /// This day is the last, in the policy's time zone.
    Day(jiff::civil::Date),
    /// From this instant on it is over.
    Instant(jiff::Timestamp),
}

impl Facts {
    /// The state of an attribute.
    pub fn state(&self, attribute: AttributeId) -> State {
        self.states.get(&attribute).cloned().unwrap_or(State::Unknown)
    }

    /// The instant of the question, where it is known.
    pub fn now(&self) -> Option<jiff::Timestamp> {
        match self.states.get(&NOW) {
            Some(State::Present(Value::DateTime(now))) => Some(*now),
            _ => None,
        }
    }

    /// Whether an approval covers the entitlement: it names it, something above it, or a group that holds either; and
    /// it has not ended. One with an end does not count while `now` is unknown (SEMANTICS 14).
    pub fn is_approved(&self, rules: &RuleSet, entitlement: EntitlementId) -> bool {
        self.approvals.iter().any(|approval| {
            let mut above = Some(entitlement);
            let mut covers = false;
            while let Some(at) = above {
                covers |= approval.entitlements.contains(&at);
                above = rules.catalogue.entitlement(at).parent;
            }
            covers && self.is_running(rules, approval)
        })
    }

    fn is_running(&self, rules: &RuleSet, approval: &Approval) -> bool {
        match (approval.until, self.now()) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(Until::Instant(end)), Some(now)) => now < end,
            (Some(Until::Day(last)), Some(now)) => {
                rules.catalogue.zones.first().is_some_and(|zone| now.to_zoned(zone.zone.clone()).date() <= last)
            }
        }
    }
}
