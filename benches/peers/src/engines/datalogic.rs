//! datalogic-rs: JSONLogic, a program an entitlement, over data parsed once.
//!
//! JSONLogic has neither rules nor effects; an `if` over two `or`s says what they come to.

use super::Engine;
use crate::translate::{self, Condition, Is, Rules, Test};
use crate::workload::Answer;
use datalogic_rs::bumpalo::Bump;
use datalogic_rs::{Engine as Interpreter, Logic, ParsedData};
use serde_json::{Value as Json, json};
use wardkey_testing::workload::{Situation, Workload};

/// A program an entitlement.
pub struct Datalogic {
    interpreter: Interpreter,
    programs: Vec<Logic>,
    arena: Bump,
}

impl Engine for Datalogic {
    type Context = ParsedData;
    type Question = usize;

    const NAME: &'static str = "datalogic-rs";
    const CRATE: Option<&'static str> = Some("datalogic-rs");
    const DETAIL: &'static str = "a program per entitlement";
    const IS_ONE_CALL: bool = false;

    fn load(workload: &Workload) -> Result<Self, String> {
        let interpreter = Interpreter::new();
        let compile = |rules: &Rules<'_>| {
            interpreter.compile(program(rules).to_string().as_str()).map_err(|error| error.to_string())
        };
        let programs = translate::by_entitlement(workload).iter().map(compile).collect::<Result<_, _>>()?;
        Ok(Self { interpreter, programs, arena: Bump::new() })
    }

    fn context(&mut self, workload: &Workload, situation: &Situation) -> ParsedData {
        let json = translate::json(&workload.vocabulary, situation).to_string();
        ParsedData::from_json(&json).expect("it is JSON")
    }

    fn question(&mut self, _: &Workload, _: &Situation, entitlement: usize) -> usize {
        entitlement
    }

    fn decide(&mut self, context: &ParsedData, question: &usize) -> Answer {
        self.arena.reset();
        let result = self.interpreter.evaluate(&self.programs[*question], context, &self.arena);
        match result.expect("the program runs").as_i64() {
            Some(0) => Answer::Nothing,
            Some(1) => Answer::Given,
            Some(2) => Answer::Denied,
            other => panic!("datalogic answered {other:?}"),
        }
    }

    fn entitlements(&mut self, context: &ParsedData, mut each: impl FnMut(usize, Answer)) {
        (0..self.programs.len()).for_each(|at| each(at, self.decide(context, &at)));
    }
}

fn program(rules: &Rules<'_>) -> Json {
    let any = |conditions: &[Condition<'_>]| joined("or", conditions.iter().map(condition).collect());
    match (rules.denies.is_empty(), rules.allows.is_empty()) {
        (true, true) => json!(0),
        (true, false) => json!({"if": [any(&rules.allows), 1, 0]}),
        (false, true) => json!({"if": [any(&rules.denies), 2, 0]}),
        (false, false) => json!({"if": [any(&rules.denies), 2, any(&rules.allows), 1, 0]}),
    }
}

fn condition(condition: &Condition<'_>) -> Json {
    joined("and", condition.iter().map(|part| joined("or", part.iter().map(test).collect())).collect())
}

fn joined(operator: &str, mut operands: Vec<Json>) -> Json {
    if operands.len() == 1 { operands.remove(0) } else { json!({operator: operands}) }
}

fn test(test: &Test<'_>) -> Json {
    let read = json!({"var": test.field});
    let is = match &test.is {
        Is::Text(word) | Is::Within(word) => {
            let operator = if test.is_negated { "!==" } else { "===" };
            return json!({operator: [read, word]});
        }
        Is::Any(words) => json!({"in": [read, words]}),
        Is::Range(low, high) => json!({"<=": [low, read, high]}),
        Is::Flag(flag) if *flag != test.is_negated => return read,
        Is::Flag(_) => return json!({"!": [read]}),
    };
    if test.is_negated { json!({"!": [is]}) } else { is }
}
