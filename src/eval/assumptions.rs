//! What the catalogue says can be relied on: a context that contradicts it is refused.

use super::error::{Problem, ProblemKind};
use super::facts::Facts;
use super::values::Values;
use super::{Context, Error, Policy};
use crate::compile::Tri;
use crate::model::Condition;
use crate::model::read::shown;

/// Errors: the context contradicts an assumption of its policy. What is not known contradicts nothing.
pub(super) fn check(policy: &Policy, context: &Context) -> Result<(), Error> {
    let assumptions = &policy.rule_set().catalogue.assumptions;
    if assumptions.is_empty() {
        return Ok(());
    }
    let pool = policy.index().pool();
    let values = Values::new(Facts::new(policy, &context.cells), pool, pool.all_named());
    let broken = assumptions.iter().filter(|assumption| values.condition(assumption) == Tri::False);
    let problems: Vec<Problem> = broken.map(|assumption| contradicts(policy, assumption)).collect();
    if problems.is_empty() { Ok(()) } else { Err(Error::new(problems)) }
}

fn contradicts(policy: &Policy, assumption: &Condition) -> Problem {
    let message = match assumption.span.map_or("", |span| policy.sources().slice(span)) {
        "" => "the context contradicts an assumption of the catalogue".to_owned(),
        text => format!("the context contradicts the assumption {}", shown(text)),
    };
    let help = "one of the values is wrong, or the assumption does not hold".to_owned();
    Problem::new(ProblemKind::ViolatesAssumption, None, message).help(Some(help))
}
