//! What the catalogue says can be relied on: a context that contradicts it is refused.

use super::error::{Problem, ProblemKind};
use super::facts::Facts;
use super::values::Values;
use super::{Context, Error, Policy};
use crate::compile::{NodeId, Pool, Tri};
use crate::model::read::shown;
use crate::model::{Catalogue, Condition, ConditionKind};
use std::sync::Arc;

/// The abbreviations that the assumptions of a catalogue use, and all their parts.
#[derive(Clone, Debug)]
pub(super) struct Assumptions {
    nodes: Arc<[NodeId]>,
}

impl Assumptions {
    /// Those of a catalogue.
    pub fn new(catalogue: &Catalogue, pool: &Pool) -> Self {
        let mut used = Vec::new();
        catalogue.assumptions.iter().for_each(|assumption| abbreviations(assumption, pool, &mut used));
        Self { nodes: pool.reach(used, |_| true).into() }
    }
}

fn abbreviations(condition: &Condition, pool: &Pool, used: &mut Vec<NodeId>) {
    match &condition.kind {
        ConditionKind::Constant(_) | ConditionKind::Test(_) => {}
        ConditionKind::Let(id) => used.push(pool.named(*id)),
        ConditionKind::Not(inner) => abbreviations(inner, pool, used),
        ConditionKind::And(parts) | ConditionKind::Or(parts) => {
            parts.iter().for_each(|part| abbreviations(part, pool, used));
        }
    }
}

/// Whether a context contradicts no assumption of its policy; `room` is used for values. What is not known contradicts
/// nothing.
pub(super) fn holds(policy: &Policy, context: &Context, room: &mut Vec<Tri>) -> bool {
    let assumptions = &policy.rule_set().catalogue.assumptions;
    if assumptions.is_empty() {
        return true;
    }
    let values = values(policy, context, std::mem::take(room));
    let holds = assumptions.iter().all(|assumption| values.condition(assumption) != Tri::False);
    *room = values.into_room();
    holds
}

/// Errors: the context contradicts an assumption of its policy.
pub(super) fn check(policy: &Policy, context: &Context) -> Result<(), Error> {
    if holds(policy, context, &mut Vec::new()) {
        return Ok(());
    }
    let values = values(policy, context, Vec::new());
    let assumptions = policy.rule_set().catalogue.assumptions.iter();
    let broken = assumptions.filter(|assumption| values.condition(assumption) == Tri::False);
    Err(Error::new(broken.map(|assumption| contradicts(policy, assumption)).collect()))
}

fn values<'a>(policy: &'a Policy, context: &'a Context, room: Vec<Tri>) -> Values<'a> {
    let facts = Facts::new(policy, &context.cells);
    Values::of_nodes(facts, policy.index().pool(), policy.assumptions().nodes.clone(), room)
}

/// What is said of a context that contradicts an assumption.
pub(super) fn contradicts(policy: &Policy, assumption: &Condition) -> Problem {
    let message = match assumption.span.map_or("", |span| policy.sources().slice(span)) {
        "" => "the context contradicts an assumption of the catalogue".to_owned(),
        text => format!("the context contradicts the assumption {}", shown(text)),
    };
    let help = "one of the values is wrong, or the assumption does not hold".to_owned();
    Problem::new(ProblemKind::ViolatesAssumption, None, message).help(Some(help))
}
