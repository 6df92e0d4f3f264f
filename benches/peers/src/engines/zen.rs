//! zen-engine: decision tables, compiled, a column a field and a row a conjunction.
//!
//! One entitlement is a table of its own, the rows that deny first, and the first row that fits decides. All entitlements
//! are one table that collects every row that fits. Cells are written in the forms its index of columns understands
//! wherever there is one.

use super::Engine;
use crate::translate::{self, Is, Test};
use crate::wait::ready;
use crate::workload::Answer;
use serde_json::{Map, Value as Json, json};
use wardkey_testing::workload::{Rule, Situation, Vocabulary, Workload};
use zen_engine::model::GraphContent;
use zen_engine::{Decision, Variable};

/// A table of all rules, and one an entitlement.
pub struct Zen {
    all: Decision,
    single: Vec<Decision>,
    answers: Vec<Answer>,
}

impl Engine for Zen {
    type Context = Variable;
    type Question = usize;

    const NAME: &'static str = "zen-engine";
    const CRATE: Option<&'static str> = Some("zen-engine");
    const DETAIL: &'static str = "decision tables";
    const IS_ONE_CALL: bool = true;

    fn load(workload: &Workload) -> Result<Self, String> {
        let vocabulary = &workload.vocabulary;
        let output = |rule: &Rule| 2 * rule.entitlement + usize::from(rule.is_deny);
        let all = workload.rules.iter().flat_map(|rule| rows(vocabulary, rule, output(rule))).collect();
        let all = table("collect", all)?;
        let mut sides = vec![(Vec::new(), Vec::new()); workload.entitlements.len()];
        for rule in &workload.rules {
            let (denies, allows) = &mut sides[rule.entitlement];
            let side = if rule.is_deny { denies } else { allows };
            side.extend(rows(vocabulary, rule, usize::from(rule.is_deny)));
        }
        let single = sides.into_iter().map(|(denies, allows)| table("first", [denies, allows].concat()));
        let answers = vec![Answer::Nothing; workload.entitlements.len()];
        Ok(Self { all, single: single.collect::<Result<_, _>>()?, answers })
    }

    fn context(&mut self, workload: &Workload, situation: &Situation) -> Variable {
        translate::json(&workload.vocabulary, situation).into()
    }

    fn question(&mut self, _: &Workload, _: &Situation, entitlement: usize) -> usize {
        entitlement
    }

    fn decide(&mut self, context: &Variable, question: &usize) -> Answer {
        let found = evaluate(&self.single[*question], context);
        match found.dot("answer").as_ref().map(number) {
            None => Answer::Nothing,
            Some(0) => Answer::Given,
            Some(_) => Answer::Denied,
        }
    }

    fn entitlements(&mut self, context: &Variable, mut each: impl FnMut(usize, Answer)) {
        let found = evaluate(&self.all, context);
        self.answers.fill(Answer::Nothing);
        let rows = found.as_array().expect("a table that collects gives a list");
        for row in rows.borrow().iter() {
            let output = number(&row.dot("answer").expect("every row has an answer"));
            let answer = &mut self.answers[output / 2];
            *answer = if output % 2 == 1 || *answer == Answer::Denied { Answer::Denied } else { Answer::Given };
        }
        self.answers.iter().enumerate().for_each(|(at, answer)| each(at, *answer));
    }
}

fn evaluate(decision: &Decision, context: &Variable) -> Variable {
    ready(decision.evaluate(context.clone())).expect("the table is evaluated").result
}

fn number(variable: &Variable) -> usize {
    let number = variable.as_number().expect("an answer is a number");
    usize::try_from(number).expect("it is small")
}

fn table(hits: &str, rows: Vec<Json>) -> Result<Decision, String> {
    let columns: Vec<_> =
        translate::fields().iter().map(|(field, _)| json!({"id": field, "name": field, "field": field})).collect();
    let outputs = json!([{"id": "answer", "name": "answer", "field": "answer"}]);
    let content = json!({"hitPolicy": hits, "inputs": columns, "outputs": outputs, "rules": rows});
    let graph = json!({
        "nodes": [
            {"id": "in", "name": "in", "type": "inputNode"},
            {"id": "table", "name": "table", "type": "decisionTableNode", "content": content},
            {"id": "out", "name": "out", "type": "outputNode"},
        ],
        "edges": [
            {"id": "a", "sourceId": "in", "targetId": "table"},
            {"id": "b", "sourceId": "table", "targetId": "out"},
        ],
    });
    let content: GraphContent = serde_json::from_value(graph).map_err(|error| error.to_string())?;
    let mut decision = Decision::from(content);
    decision.compile();
    Ok(decision)
}

fn rows(vocabulary: &Vocabulary, rule: &Rule, output: usize) -> Vec<Json> {
    translate::conjunctions(&translate::condition(vocabulary, rule)).iter().map(|tests| row(tests, output)).collect()
}

fn row(tests: &[Test<'_>], output: usize) -> Json {
    let mut cells = Map::new();
    for test in tests {
        match cells.get_mut(test.field) {
            // two tests of one field are joined, in forms that can be
            Some(Json::String(cell)) => *cell = format!("{cell} and {}", comparison(test)),
            _ => {
                let others = tests.iter().filter(|other| other.field == test.field).count();
                let cell = if others == 1 { cell(test) } else { comparison(test) };
                cells.insert(test.field.to_owned(), cell.into());
            }
        }
    }
    cells.insert("answer".to_owned(), output.to_string().into());
    cells.into()
}

/// A test alone in its cell.
fn cell(test: &Test<'_>) -> String {
    match (&test.is, test.is_negated) {
        (Is::Text(word) | Is::Within(word), false) => format!("\"{word}\""),
        (Is::Any(words), false) => translate::quoted(words),
        _ => comparison(test),
    }
}

fn comparison(test: &Test<'_>) -> String {
    match (&test.is, test.is_negated) {
        (Is::Text(word) | Is::Within(word), false) => format!("== \"{word}\""),
        (Is::Text(word) | Is::Within(word), true) => format!("!= \"{word}\""),
        (Is::Any(words), false) => format!("in [{}]", translate::quoted(words)),
        (Is::Any(words), true) => format!("not in [{}]", translate::quoted(words)),
        (Is::Range(low, high), false) => format!("[{low}..{high}]"),
        (Is::Range(low, high), true) => format!("not in [{low}..{high}]"),
        (Is::Flag(flag), is_negated) => (*flag != is_negated).to_string(),
    }
}
