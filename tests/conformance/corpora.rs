//! Where the foreign data lies, how results are reported, and the one door to the engine.

use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use wardkey::{Context, Outcome, Policy, PolicyFiles};
use wardkey_testing::agree::{Agreement, agree};

/// A folder of the foreign data; none, after saying so, where it is not there.
pub fn folder(name: &str) -> Option<PathBuf> {
    let pointed = std::env::var_os("WARDKEY_CORPORA").map(PathBuf::from);
    let is_pointed = pointed.is_some();
    let root = pointed.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"));
    let folder = root.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(!is_pointed, "WARDKEY_CORPORA is set, but there is no folder {}", folder.display());
    say(&format!("{name}: skipped, there is no folder ../shared/corpora/{name} (or set WARDKEY_CORPORA)"));
    None
}

/// One line of result, shown even where the test passes.
pub fn say(line: &str) {
    // one write, and not by a macro: tests run side by side, and what a macro prints is shown of failed tests only
    let _ = std::io::stderr().write_all(format!("conformance: {line}\n").as_bytes());
}

/// A file's text.
pub fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A JSON file.
pub fn json(path: &Path) -> Value {
    serde_json::from_str(&text(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Loads rules and a catalogue. The catalogue is written as JSON, which is YAML, too, save that `absent` is a state only
/// without quotes.
pub fn policy(name: &str, rules: &str, catalogue: &Value) -> Policy {
    let catalogue = serde_json::to_string_pretty(catalogue).unwrap();
    let catalogue = catalogue.replace("\"omitted\": \"absent\"", "\"omitted\": absent");
    let files = PolicyFiles::new().rules(format!("{name}.ward"), rules).catalogue("catalogue.yaml", catalogue.as_str());
    let loaded = files.load();
    loaded.unwrap_or_else(|error| panic!("{name} does not load\n{error}\n{rules}\n{catalogue}"))
}

/// A context from JSON. The reference evaluator must agree with the engine on everything in it.
pub fn context(policy: &Policy, values: &Value) -> Context {
    match agree(policy, values) {
        Ok(Agreement::Same(_)) => {}
        other => panic!("engine and reference on {values}: {other:?}"),
    }
    policy.context().json(values.to_string()).build().unwrap_or_else(|error| panic!("{values}\n{error}"))
}

/// The same, where properties that the policy does not declare are passed over.
pub fn lenient_context(policy: &Policy, values: &Value) -> Context {
    let built = policy.context().lenient().json(values.to_string()).build();
    let built = built.unwrap_or_else(|error| panic!("{values}\n{error}"));
    let mut declared = values.clone();
    for name in built.passed_over() {
        match name.split_once('.') {
            Some((owner, property)) => declared[owner].as_object_mut().unwrap().remove(property),
            None => declared.as_object_mut().unwrap().remove(name),
        };
    }
    assert!(context(policy, &declared).states(policy).eq(built.states(policy)), "what is passed over changes nothing");
    built
}

/// Whether something is allowed; what the policy does not know is not, as in every format read here.
pub fn is_allowed(policy: &Policy, context: &Context, entitlement: &str) -> bool {
    match policy.entitlement(entitlement) {
        Ok(id) => policy.outcome(context, id) == Outcome::Allowed,
        Err(error) => {
            assert!(error.is_unknown_entitlement(), "{entitlement}: {error}");
            false
        }
    }
}
