//! Cases that are data: a policy, contexts, and what must come out. Each runs through the reference and the engine alike.
//!
//! A file is a list of suites:
//!
//! ```yaml
//! - name: a ward lies within its floor
//!   catalogue: |            # optional
//!     types: {place: {tree: {floor_4: [ward_4]}}}
//!     …
//!   policy: |
//!     location = floor_4 -> deny iTunes
//!   cases:
//!     - context: {location: ward_4}
//!       expect: {iTunes: denied}
//! ```
//!
//! Instead of an outcome an expectation may be a map with any of the keys of a decision record. `refused: text` in place of
//! `cases` expects that the policy does not load, with that text in a message; in place of `expect`, that the context is
//! refused.

use crate::agree::{Agreement, agree};
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use wardkey::{Policy, PolicyFiles};

/// A policy and its cases.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suite {
    /// What it shows.
    pub name: String,
    /// Text of the catalogue.
    pub catalogue: Option<String>,
    /// Text of the rules.
    pub policy: String,
    /// The policy does not load, and says so.
    pub refused: Option<String>,
    /// What to ask.
    #[serde(default)]
    pub cases: Vec<Case>,
}

/// One context and what must come out.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The context.
    pub context: Json,
    /// The context is refused, and the message says so.
    pub refused: Option<String>,
    /// By entitlement an outcome, or a part of a decision record.
    #[serde(default)]
    pub expect: BTreeMap<String, Json>,
}

/// Runs every suite of a file and gives the number of expectations that hold.
///
/// Errors: the file cannot be read, or what does not hold, a line each.
pub fn run(yaml: &str) -> Result<usize, String> {
    let suites: Vec<Suite> = serde_yaml::from_str(yaml).map_err(|error| error.to_string())?;
    let mut failures = Vec::new();
    let mut held = 0;
    for suite in &suites {
        match suite.run() {
            Ok(count) => held += count,
            Err(found) => failures.extend(found.into_iter().map(|what| format!("{}: {what}", suite.name))),
        }
    }
    if failures.is_empty() { Ok(held) } else { Err(failures.join("\n")) }
}

impl Suite {
    fn run(&self) -> Result<usize, Vec<String>> {
        let mut files = PolicyFiles::new().rules("policy.ward", self.policy.as_str());
        if let Some(catalogue) = &self.catalogue {
            files = files.catalogue("catalogue.yaml", catalogue.as_str());
        }
        let policy = match (files.load(), &self.refused) {
            (Ok(policy), None) => policy,
            (Ok(_), Some(_)) => return Err(vec!["the policy loads".to_owned()]),
            (Err(error), Some(text)) if error.to_string().contains(text) => return Ok(1),
            (Err(error), _) => return Err(vec![error.to_string()]),
        };
        let mut failures = Vec::new();
        let mut held = 0;
        for case in &self.cases {
            match case.run(&policy) {
                Ok(count) => held += count,
                Err(found) => failures.extend(found.into_iter().map(|what| format!("{}: {what}", case.context))),
            }
        }
        if failures.is_empty() { Ok(held) } else { Err(failures) }
    }
}

impl Case {
    fn run(&self, policy: &Policy) -> Result<usize, Vec<String>> {
        let agreement = agree(policy, &self.context).map_err(|difference| vec![difference])?;
        let built = policy.context().json(self.context.to_string()).build();
        let context = match (built, &self.refused, agreement) {
            (Ok(context), None, Agreement::Same(_)) => context,
            (Err(error), Some(text), Agreement::Refused) if error.to_string().contains(text) => return Ok(1),
            (Err(error), _, _) => return Err(vec![error.to_string()]),
            (Ok(_), _, _) => return Err(vec!["the context is not refused".to_owned()]),
        };
        let mut failures = Vec::new();
        for (name, expected) in &self.expect {
            let record = match policy.decide_named(&context, name) {
                Ok(decision) => serde_json::to_value(decision.record(None)).unwrap_or_default(),
                Err(error) => return Err(vec![error.to_string()]),
            };
            for (key, expected) in keys(expected) {
                let got = record.get(&key).cloned().unwrap_or_default();
                if got != expected {
                    failures.push(format!("`{name}`: {key} is {got}, expected {expected}"));
                }
            }
        }
        if failures.is_empty() { Ok(self.expect.len()) } else { Err(failures) }
    }
}

/// An outcome alone is short for a map.
fn keys(expected: &Json) -> Map<String, Json> {
    match expected {
        Json::Object(keys) => keys.clone(),
        outcome => Map::from_iter([("outcome".to_owned(), outcome.clone())]),
    }
}
