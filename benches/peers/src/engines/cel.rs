//! cel: an expression an entitlement, over variables of the context.
//!
//! CEL has neither rules nor effects; `denied ? 2 : allowed ? 1 : 0` says what they come to, and stops at the first rule
//! that decides. A list after `in` would be built anew each time it is read, so it is written as comparisons.

use super::Engine;
use crate::translate::{self, Condition, Is, Rules, Test, Value};
use crate::workload::Answer;
use cel::{Context, Env, Program};
use std::sync::Arc;
use wardkey_testing::workload::{Situation, Workload};

/// A program an entitlement.
pub struct Cel {
    env: Arc<Env>,
    programs: Vec<Program>,
}

impl Engine for Cel {
    type Context = Context<'static, 'static>;
    type Question = usize;

    const NAME: &'static str = "cel";
    const CRATE: Option<&'static str> = Some("cel");
    const DETAIL: &'static str = "an expression per entitlement";
    const IS_ONE_CALL: bool = false;

    fn load(workload: &Workload) -> Result<Self, String> {
        let env = Arc::new(Env::stdlib());
        let compile = |rules: &Rules<'_>| env.compile(&expression(rules)).map_err(|error| error.to_string());
        let programs = translate::by_entitlement(workload).iter().map(compile).collect::<Result<_, _>>()?;
        Ok(Self { env, programs })
    }

    fn context(&mut self, workload: &Workload, situation: &Situation) -> Self::Context {
        let mut context = Context::with_env(Arc::clone(&self.env));
        for (field, value) in translate::values(&workload.vocabulary, situation) {
            match value {
                Value::Text(text) => context.add_variable_from_value(field, text.to_owned()),
                Value::Number(number) => context.add_variable_from_value(field, number),
                Value::Flag(flag) => context.add_variable_from_value(field, flag),
            }
        }
        context
    }

    fn question(&mut self, _: &Workload, _: &Situation, entitlement: usize) -> usize {
        entitlement
    }

    fn decide(&mut self, context: &Self::Context, question: &usize) -> Answer {
        match self.programs[*question].execute(context) {
            Ok(cel::Value::Int(0)) => Answer::Nothing,
            Ok(cel::Value::Int(1)) => Answer::Given,
            Ok(cel::Value::Int(2)) => Answer::Denied,
            other => panic!("cel answered {other:?}"),
        }
    }

    fn entitlements(&mut self, context: &Self::Context, mut each: impl FnMut(usize, Answer)) {
        (0..self.programs.len()).for_each(|at| each(at, self.decide(context, &at)));
    }
}

fn expression(rules: &Rules<'_>) -> String {
    let any = |conditions: &[Condition<'_>]| {
        let texts: Vec<_> = conditions.iter().map(|one| translate::text(one, " && ", " || ", test)).collect();
        if texts.is_empty() { "false".to_owned() } else { texts.join(" || ") }
    };
    format!("{} ? 2 : {} ? 1 : 0", any(&rules.denies), any(&rules.allows))
}

fn test(test: &Test<'_>) -> String {
    let Test { field, is, is_negated } = test;
    match (is, is_negated) {
        (Is::Text(word) | Is::Within(word), false) => format!("{field} == \"{word}\""),
        (Is::Text(word) | Is::Within(word), true) => format!("{field} != \"{word}\""),
        (Is::Any(words), false) => one_of(words, |word| format!("{field} == \"{word}\""), " || "),
        (Is::Any(words), true) => one_of(words, |word| format!("{field} != \"{word}\""), " && "),
        (Is::Range(low, high), false) => format!("({field} >= {low} && {field} <= {high})"),
        (Is::Range(low, high), true) => format!("({field} < {low} || {field} > {high})"),
        (Is::Flag(flag), is_negated) if flag != is_negated => (*field).to_owned(),
        (Is::Flag(_), _) => format!("!{field}"),
    }
}

fn one_of(words: &[&str], test: impl Fn(&str) -> String, joined: &str) -> String {
    format!("({})", words.iter().map(|word| test(word)).collect::<Vec<_>>().join(joined))
}
