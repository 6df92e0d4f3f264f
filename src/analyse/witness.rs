//! An example context: the smallest part of what was found that shows it, built and evaluated like any other context.

use super::undecided::{Reason, Undecided};
use crate::compile::{NodeId, Pool, Tri};
use crate::eval::{Context, EntitlementId, Outcome, Policy, Trial};
use crate::model::name::fold;
use crate::model::read::write;
use crate::model::{AttributeId, Omitted, State, Type, Value};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

/// A context that shows something: what a host would hand over to build it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Witness {
    given: Map<String, Json>,
}

impl Witness {
    /// From what is known of attributes. What makes no difference to the conditions `roots` is left out.
    ///
    /// Errors: the policy refuses the context, which would be a mistake of this program.
    pub(super) fn new(
        policy: &Policy,
        pool: &Pool,
        (found, roots): (Vec<(AttributeId, State)>, &[NodeId]),
        approved: &[EntitlementId],
    ) -> Result<Self, Undecided> {
        let approved: Vec<&str> = approved.iter().map(|&entitlement| policy.entitlement_name(entitlement)).collect();
        let needed = Self::plain(policy, needed(policy, pool, found.clone(), roots), &approved);
        if needed.context(policy).is_some() {
            return Ok(needed);
        }
        // without what seemed not to be needed it contradicts an assumption
        let whole = Self::plain(policy, found, &approved);
        if whole.context(policy).is_some() { Ok(whole) } else { Err(Reason::NotReplayed.into()) }
    }

    /// Of states as they are, with requests approved.
    pub(super) fn plain(policy: &Policy, states: Vec<(AttributeId, State)>, approved: &[&str]) -> Self {
        let mut given = Map::new();
        for (id, state) in states {
            let attribute = policy.rule_set().catalogue.attribute(id);
            if state != omitted(&attribute.omitted) {
                given.insert(attribute.name.clone(), to_json(policy, &attribute.ty, &state));
            }
        }
        if !approved.is_empty() {
            given.insert("approved".to_owned(), json!(approved));
        }
        Self { given }
    }

    /// Without what makes no difference to what it `shows`; attributes to `keep` stay.
    pub(super) fn shortened(mut self, keep: &dyn Fn(&str) -> bool, shows: &dyn Fn(&Self) -> bool) -> Self {
        let names: Vec<String> = self.given.keys().filter(|name| !keep(name)).cloned().collect();
        for name in names {
            // the order of the others stays
            let others = self.given.iter().filter(|(other, _)| **other != name);
            let shorter = Self { given: others.map(|(name, json)| (name.clone(), json.clone())).collect() };
            if shows(&shorter) {
                self = shorter;
            }
        }
        self
    }

    /// As a JSON object, such as hosts and the command line take.
    pub fn to_json(&self) -> Json {
        Json::Object(self.given.clone())
    }

    /// The attributes that are given, by name, with what is known of them as people write it.
    pub fn values(&self) -> impl Iterator<Item = (&str, String)> {
        self.given.iter().map(|(name, json)| (name.as_str(), shown(json)))
    }

    /// The context of a policy. None: the policy refuses it, which the one that it was found for does not.
    pub fn context(&self, policy: &Policy) -> Option<Context> {
        let mut builder = policy.context();
        for (name, json) in &self.given {
            builder = builder.set(name, json.clone());
        }
        builder.build().ok()
    }

    /// What an entitlement comes to in it. None: as [`Self::context`].
    pub fn outcome(&self, policy: &Policy, entitlement: EntitlementId) -> Option<Outcome> {
        self.context(policy).map(|context| policy.outcome(&context, entitlement))
    }

    /// What an entitlement comes to by another version of the policy, which is not told of attributes that it does not know. What
    /// that version does not have is not granted. None: it refuses the context.
    pub(super) fn outcome_in(&self, policy: &Policy, entitlement: &str) -> Option<Outcome> {
        let Ok(id) = policy.entitlement(entitlement) else { return Some(Outcome::NotGranted) };
        self.context_in(policy).map(|context| policy.outcome(&context, id))
    }

    /// The context of another version, without attributes that it does not know. None: it refuses it.
    pub(super) fn context_in(&self, policy: &Policy) -> Option<Context> {
        let known = |name: &str| name == "approved" || policy.rule_set().catalogue.attributes.contains_key(&fold(name));
        let given = self.given.iter().filter(|(name, _)| known(name));
        Self { given: given.map(|(name, json)| (name.clone(), json.clone())).collect() }.context(policy)
    }
}

/// In one line: `role = Sales, location = care_area`.
impl std::fmt::Display for Witness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.given.is_empty() {
            return f.write_str("nothing is known");
        }
        for (at, (name, value)) in self.values().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            write!(f, "{comma}{name} = {value}")?;
        }
        Ok(())
    }
}

fn omitted(omitted: &Omitted) -> State {
    match omitted {
        Omitted::Unknown => State::Unknown,
        Omitted::Absent => State::Absent,
        Omitted::Default(value) => State::Present(value.clone()),
    }
}

/// Every attribute is left out.
pub(super) fn nothing_given(policy: &Policy) -> Trial<'_> {
    let mut trial = Trial::new(policy);
    for (at, attribute) in policy.rule_set().catalogue.attributes.values().enumerate() {
        trial.put(AttributeId::new(at), omitted(&attribute.omitted));
    }
    trial
}

/// What conditions come to.
pub(super) fn values(pool: &Pool, trial: &Trial<'_>, roots: &[NodeId]) -> Vec<Tri> {
    let mut values: FxHashMap<NodeId, Tri> = FxHashMap::default();
    for node in pool.reach(roots.iter().copied(), |_| true) {
        let value = pool.node(node).value(|part| values[&part], |test| trial.value(pool.test(test)));
        values.insert(node, value);
    }
    roots.iter().map(|root| values[root]).collect()
}

/// What of the found is needed: an attribute is left out if no condition comes to anything else without it.
pub(super) fn needed(
    policy: &Policy,
    pool: &Pool,
    mut found: Vec<(AttributeId, State)>,
    roots: &[NodeId],
) -> Vec<(AttributeId, State)> {
    let catalogue = &policy.rule_set().catalogue;
    let mut trial = nothing_given(policy);
    found.iter().for_each(|(id, state)| trial.put(*id, state.clone()));
    let wanted = values(pool, &trial, roots);
    found.retain(|(id, state)| {
        trial.put(*id, omitted(&catalogue.attribute(*id).omitted));
        let is_needed = values(pool, &trial, roots) != wanted;
        if is_needed {
            trial.put(*id, state.clone());
        }
        is_needed
    });
    found
}

/// What is known of an attribute, as people write it.
pub(super) fn shown_state(policy: &Policy, attribute: AttributeId, state: &State) -> String {
    shown(&to_json(policy, &policy.rule_set().catalogue.attribute(attribute).ty, state))
}

fn to_json(policy: &Policy, ty: &Type, state: &State) -> Json {
    let catalogue = &policy.rule_set().catalogue;
    let element = match ty {
        Type::Set(element) => element,
        ty => ty,
    };
    let list = |values: &[Value]| values.iter().map(|value| write(value, catalogue, element)).collect::<Vec<_>>();
    match state {
        State::Unknown => json!({"$": "unknown"}),
        State::Absent => json!({"$": "absent"}),
        State::Present(Value::Bool(value)) => json!(value),
        State::Present(Value::Set(set)) if set.possible.is_empty() && !set.open => json!(list(&set.members)),
        State::Present(Value::Set(set)) => {
            json!({"$": "set", "has": list(&set.members), "may_have": list(&set.possible), "others": set.open})
        }
        State::Present(value) => json!(write(value, catalogue, ty)),
    }
}

/// A number, a date or the like, which needs no quotes: `30%`, `2026-01-03T06:00:00Z`.
fn is_literal(text: &str) -> bool {
    let is_part = |character: char| character.is_ascii_alphanumeric() || "-+.:/%".contains(character);
    text.trim_start_matches('-').starts_with(|first: char| first.is_ascii_digit()) && text.chars().all(is_part)
}

fn shown(json: &Json) -> String {
    let list = |json: &Json| match json {
        Json::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        _ => String::new(),
    };
    match json {
        Json::String(text) if is_literal(text) => text.clone(),
        Json::String(text) => crate::syntax::quote(text),
        Json::Array(_) => format!("[{}]", list(json)),
        Json::Object(parts) => match parts.get("$").and_then(Json::as_str) {
            Some("set") => {
                let mut shown = vec![format!("[{}]", list(&parts["has"]))];
                if parts["may_have"].as_array().is_some_and(|items| !items.is_empty()) {
                    shown.push(format!("perhaps [{}]", list(&parts["may_have"])));
                }
                if parts["others"] == json!(true) {
                    shown.push("perhaps others".to_owned());
                }
                shown.join(" and ")
            }
            Some(word) => format!("({word})"),
            None => json.to_string(),
        },
        other => other.to_string(),
    }
}
