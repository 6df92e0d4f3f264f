//! Answers of the reference evaluator for tests in other languages, a line of JSON for each line of JSON.
//!
//! `{"seed": 7, "contexts": 20}` makes a random policy the one that is asked, and gives its texts and so many contexts.
//! `{"context": {…}}` gives, by entitlement, what the reference says of it, or `null` where it refuses the context.
#![allow(clippy::print_stdout)]

use serde_json::{Map, Value as Json, json};
use std::io::{self, BufRead, Write};
use wardkey::Policy;
use wardkey_testing::generate::{GeneratedContext, GeneratedPolicy};
use wardkey_testing::random::Random;
use wardkey_testing::read::read_context;
use wardkey_testing::reference::{Outcome, Reference, Verdict};

fn main() -> io::Result<()> {
    let mut asked = None;
    for line in io::stdin().lock().lines() {
        let question: Json = serde_json::from_str(&line?)?;
        let answer = match (question["seed"].as_u64(), &asked) {
            (Some(seed), _) => {
                let (policy, answer) = generate(seed, question["contexts"].as_u64().unwrap_or_default())?;
                asked = Some(policy);
                answer
            }
            (None, Some(policy)) => decide(policy, &question["context"]),
            (None, None) => return Err(io::Error::other("give a seed first")),
        };
        println!("{answer}");
        io::stdout().flush()?;
    }
    Ok(())
}

fn generate(seed: u64, contexts: u64) -> io::Result<(Policy, Json)> {
    let mut random = Random::new(seed);
    let generated = GeneratedPolicy::random(&mut random);
    let policy = generated.load().map_err(|error| io::Error::other(error.to_string()))?;
    let contexts = (0..contexts).map(|_| GeneratedContext::random(&mut random, &generated.world).json());
    let answer = json!({
        "rules": generated.text(),
        "catalogue": generated.world.catalogue(),
        "tables": generated.world.tables().into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        "contexts": contexts.collect::<Vec<_>>(),
    });
    Ok((policy, answer))
}

fn decide(policy: &Policy, context: &Json) -> Json {
    let Ok(facts) = read_context(policy.rule_set(), context) else { return Json::Null };
    let reference = Reference::new(policy.rule_set(), &facts);
    if reference.violates_assumption() {
        return Json::Null;
    }
    let verdicts = policy.entitlement_ids().map(|id| {
        let verdict = reference.decide(id.in_catalogue());
        (policy.entitlement_name(id).to_owned(), to_json(&verdict))
    });
    Json::Object(verdicts.collect::<Map<_, _>>())
}

fn to_json(verdict: &Verdict) -> Json {
    let outcome = match verdict.outcome {
        Outcome::Denied => "denied",
        Outcome::NotGranted => "not_granted",
        Outcome::Offered => "offered",
        Outcome::Allowed => "allowed",
    };
    let rules = verdict
        .rules
        .iter()
        .map(|fired| json!({ "id": fired.id, "is_certain": fired.is_certain, "missing": fired.missing }));
    json!({
        "outcome": outcome,
        "rules": rules.collect::<Vec<_>>(),
        "outranked": verdict.outranked,
        "missing": verdict.missing,
        "parameters": verdict.parameters.keys().collect::<Vec<_>>(),
    })
}
