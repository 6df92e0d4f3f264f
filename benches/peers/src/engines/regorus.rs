//! regorus: Rego, compiled for its virtual machine, a program an entitlement.
//!
//! `deny` and `allow` are rules of several bodies; a rule's `or` becomes further bodies, Rego having no other. One program
//! of all rules would pass the machine's limits (65,535 instructions) somewhere below ten thousand rules; a program an
//! entitlement has no such bound, and looks at no rule of another.

use super::Engine;
use crate::translate::{self, Is, Rules, Test};
use crate::workload::Answer;
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{Engine as Interpreter, Value};
use std::fmt::Write;
use wardkey_testing::workload::{Situation, Workload};

const ENTRY: &str = "data.hospital.answer";

/// A machine an entitlement, its program loaded.
pub struct Regorus {
    machines: Vec<RegoVM>,
}

impl Engine for Regorus {
    type Context = Value;
    type Question = usize;

    const NAME: &'static str = "regorus";
    const CRATE: Option<&'static str> = Some("regorus");
    const DETAIL: &'static str = "a program per entitlement, its virtual machine";
    const IS_ONE_CALL: bool = false;

    fn load(workload: &Workload) -> Result<Self, String> {
        let machines = translate::by_entitlement(workload).iter().map(machine).collect::<Result<_, _>>()?;
        Ok(Self { machines })
    }

    fn context(&mut self, workload: &Workload, situation: &Situation) -> Value {
        translate::json(&workload.vocabulary, situation).into()
    }

    fn question(&mut self, _: &Workload, _: &Situation, entitlement: usize) -> usize {
        entitlement
    }

    fn decide(&mut self, context: &Value, question: &usize) -> Answer {
        let machine = &mut self.machines[*question];
        machine.set_input(context.clone());
        let answer = machine.execute().expect("the program runs");
        match answer.as_u8().expect("it is a number") {
            0 => Answer::Nothing,
            1 => Answer::Given,
            _ => Answer::Denied,
        }
    }

    fn entitlements(&mut self, context: &Value, mut each: impl FnMut(usize, Answer)) {
        (0..self.machines.len()).for_each(|at| each(at, self.decide(context, &at)));
    }
}

fn machine(rules: &Rules<'_>) -> Result<RegoVM, String> {
    let mut interpreter = Interpreter::new();
    interpreter.add_policy("hospital.rego".to_owned(), module(rules)).map_err(|error| error.to_string())?;
    let policy = interpreter.compile_with_entrypoint(&ENTRY.into()).map_err(|error| error.to_string())?;
    let program = Compiler::compile_from_policy(&policy, &[ENTRY]).map_err(|error| error.to_string())?;
    let mut machine = RegoVM::new();
    machine.load_program(program);
    Ok(machine)
}

fn module(rules: &Rules<'_>) -> String {
    let mut text = "package hospital\n\nimport rego.v1\n\n".to_owned();
    for (name, conditions) in [("deny", &rules.denies), ("allow", &rules.allows)] {
        let _ = writeln!(text, "default {name} := false\n");
        for body in conditions.iter().flat_map(translate::conjunctions) {
            let tests: Vec<_> = body.iter().map(test).collect();
            let _ = writeln!(text, "{name} if {{\n\t{}\n}}\n", tests.join("\n\t"));
        }
    }
    text.push_str("default answer := 0\n\nanswer := 2 if deny\n\nelse := 1 if allow\n");
    text
}

fn test(test: &Test<'_>) -> String {
    let field = format!("input.{}", test.field);
    match (&test.is, test.is_negated) {
        (Is::Text(word) | Is::Within(word), false) => format!("{field} == \"{word}\""),
        (Is::Text(word) | Is::Within(word), true) => format!("{field} != \"{word}\""),
        (Is::Any(words), false) => format!("{field} in {{{}}}", translate::quoted(words)),
        (Is::Any(words), true) => format!("not {field} in {{{}}}", translate::quoted(words)),
        (Is::Range(low, high), false) => format!("{field} >= {low}\n\t{field} <= {high}"),
        (Is::Range(low, high), true) => format!("not {field} in {{{}}}", whole(*low, *high)),
        (Is::Flag(flag), is_negated) if *flag != is_negated => field,
        (Is::Flag(_), _) => format!("not {field}"),
    }
}

/// The numbers from the one to the other: a body is a conjunction, and cannot say `or`.
fn whole(low: i64, high: i64) -> String {
    (low..=high).map(|number| number.to_string()).collect::<Vec<_>>().join(", ")
}
