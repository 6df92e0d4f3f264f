//! The engine against the reference, for every entitlement of one context.

use crate::facts::Facts;
use crate::read::read_context;
use crate::reference::{Fired, Outcome, Reference, Verdict, Worth};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::fmt::Debug;
use wardkey::eval::{self, Context, Decision, Policy};
use wardkey::model::{SetValue, State, Value};

/// What came of a context that was given to both.
#[derive(Clone, Debug, PartialEq)]
pub enum Agreement {
    /// Both answered, with the same answers.
    Same(Facts),
    /// Both refused to read it.
    Refused,
}

/// Gives one context to both and compares everything a decision says. Errors: the first difference, in words.
pub fn agree(policy: &Policy, context: &Json) -> Result<Agreement, String> {
    let rules = policy.rule_set();
    let facts = read_context(rules, context);
    let built = policy.context().json(context.to_string()).build();
    let (facts, built) = match (facts, built) {
        (Ok(facts), Ok(built)) => (facts, built),
        (Err(_), Err(_)) => return Ok(Agreement::Refused),
        (Ok(facts), Err(error)) => {
            let reference = Reference::new(rules, &facts);
            if error.violates_assumption() && reference.violates_assumption() {
                return Ok(Agreement::Refused);
            }
            return Err(format!("the engine alone refuses the context: {error}"));
        }
        (Err(error), Ok(_)) => return Err(format!("the reference alone refuses the context: {error}")),
    };
    let reference = Reference::new(rules, &facts);
    if reference.violates_assumption() {
        return Err("the engine takes a context that violates an assumption".to_owned());
    }
    same_states(policy, &facts, &built)?;
    for id in policy.entitlement_ids() {
        let expected = reference.decide(id.in_catalogue());
        let decision = policy.decide(&built, id);
        same_decision(&expected, &decision)
            .map_err(|difference| format!("`{}`: {difference}", policy.entitlement_name(id)))?;
        if policy.outcome(&built, id) != decision.outcome() {
            return Err(format!("`{}`: outcome and decision differ", policy.entitlement_name(id)));
        }
        let evaluated: Vec<&str> = decision.rules().iter().map(|fired| &*fired.rule.id).collect();
        let read_off: Vec<&str> = decision.deciding().map(|rule| &*rule.id).collect();
        same(&format!("deciding rules of `{}`", policy.entitlement_name(id)), &evaluated, &read_off)?;
    }
    let listed = policy.entitlements(&built);
    let single: Vec<_> = policy.entitlement_ids().map(|id| policy.outcome(&built, id)).collect();
    same("outcomes of all entitlements", &single, &listed.outcomes())?;
    Ok(Agreement::Same(facts))
}

/// Whether both read the same states.
fn same_states(policy: &Policy, facts: &Facts, context: &Context) -> Result<(), String> {
    for ((attribute, expected), got) in facts.states.iter().zip(context.states(policy)) {
        let name = &policy.rule_set().catalogue.attribute(*attribute).name;
        same(&format!("state of `{name}`"), &ordered(expected), &ordered(got))?;
    }
    Ok(())
}

/// A state with the elements of a set in one order and once each. What is certainly in it need not be said to be possible.
fn ordered(state: &State) -> State {
    let State::Present(Value::Set(set)) = state else { return state.clone() };
    let sorted = |list: &[Value]| {
        let mut list: Vec<(String, Value)> = list.iter().map(|value| (format!("{value:?}"), value.clone())).collect();
        list.sort_by(|a, b| a.0.cmp(&b.0));
        list.dedup();
        list.into_iter().map(|(_, value)| value).collect::<Vec<_>>()
    };
    let members = sorted(&set.members);
    let possible = sorted(&set.possible).into_iter().filter(|value| !members.contains(value)).collect();
    State::Present(Value::Set(SetValue { members, possible, open: set.open }))
}

fn same_decision(expected: &Verdict, decision: &Decision<'_>) -> Result<(), String> {
    same("outcome", &expected.outcome, &outcome_of(decision.outcome()))?;
    let fired: Vec<Fired> = decision
        .rules()
        .into_iter()
        .map(|fired| Fired {
            id: fired.rule.id.to_string(),
            is_certain: fired.is_certain,
            missing: fired.missing.into_iter().map(str::to_owned).collect(),
        })
        .collect();
    same("rules", &expected.rules, &fired)?;
    let outranked: Vec<String> = decision.outranked().iter().map(|fired| fired.rule.id.to_string()).collect();
    same("outranked", &expected.outranked.iter().cloned().collect::<Vec<_>>(), &outranked)?;
    let missing: BTreeSet<String> = decision.missing().into_iter().map(str::to_owned).collect();
    same("missing", &expected.missing, &missing)?;
    same_parameters(expected, decision)
}

fn same_parameters(expected: &Verdict, decision: &Decision<'_>) -> Result<(), String> {
    let parameters = decision.parameters();
    let given: BTreeSet<String> = parameters.iter().map(|parameter| parameter.name.clone()).collect();
    same("parameters", &expected.parameters.keys().cloned().collect::<BTreeSet<_>>(), &given)?;
    for parameter in parameters.iter() {
        let Some(combined) = expected.parameters.get(&parameter.name) else { continue };
        let values: Vec<Worth> = parameter
            .values
            .iter()
            .map(|value| Worth { text: value.value.as_ref().map(|_| value.text.clone()), is_settled: value.is_settled })
            .collect();
        same(&format!("values of `{}`", parameter.name), &combined.values, &values)?;
        same(&format!("conflict of `{}`", parameter.name), &combined.is_conflict, &parameter.is_conflict)?;
    }
    Ok(())
}

/// The engine's word for an outcome in the reference's.
pub fn outcome_of(outcome: eval::Outcome) -> Outcome {
    match outcome {
        eval::Outcome::Denied => Outcome::Denied,
        eval::Outcome::NotGranted => Outcome::NotGranted,
        eval::Outcome::Offered => Outcome::Offered,
        eval::Outcome::Allowed => Outcome::Allowed,
    }
}

fn same<T: PartialEq + Debug>(what: &str, expected: &T, got: &T) -> Result<(), String> {
    if expected == got { Ok(()) } else { Err(format!("{what}: reference {expected:?}, engine {got:?}")) }
}
