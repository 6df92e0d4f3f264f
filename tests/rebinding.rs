//! A context that is changed, or bound again in place, is the context that would have been built anew: on random policies,
//! contexts and changes.
//!
//! More by the environment, as in `differential.rs`: `WARDKEY_PAIRS`, `WARDKEY_SEED`.
#![allow(clippy::disallowed_methods, clippy::expect_used, clippy::unwrap_used, clippy::panic)]

use serde_json::{Map, Value as Json};
use wardkey::{Context, Policy};
use wardkey_testing::generate::GeneratedContext;
use wardkey_testing::hunt::{Hunt, Trial};

/// Pairs of policy and context in the ordinary run.
const PAIRS: u64 = 12_000;

fn hunt(name: &str, property: impl Fn(Trial<'_>) -> Result<(), String> + Sync) {
    let setting =
        |name: &str, otherwise| std::env::var(name).ok().map_or(otherwise, |value| value.parse().expect("a number"));
    let hunt = Hunt { seed: setting("WARDKEY_SEED", 0), pairs: setting("WARDKEY_PAIRS", PAIRS), contexts: 40 };
    if let Err(failure) = hunt.run(property) {
        panic!("{name} does not hold\n{failure}");
    }
}

/// Whether two contexts of a policy are the same in all that can be seen.
fn same(policy: &Policy, expected: &Context, got: &Context) -> Result<(), String> {
    let states = policy.rule_set().catalogue.attributes.values().zip(expected.states(policy).zip(got.states(policy)));
    for (attribute, (expected, got)) in states {
        if expected != got {
            return Err(format!("`{}` is {got:?}, not {expected:?}", attribute.name));
        }
    }
    if (expected.passed_over(), expected.unusable(), expected.now()) != (got.passed_over(), got.unusable(), got.now()) {
        return Err(format!("{expected:?} and {got:?} differ"));
    }
    if policy.entitlements(expected).outcomes() != policy.entitlements(got).outcomes() {
        return Err("the outcomes of all entitlements differ".to_owned());
    }
    for id in policy.entitlement_ids() {
        let (expected, got) = (policy.decide(expected, id), policy.decide(got, id));
        if expected.outcome() != got.outcome() || expected.defaults_applied() != got.defaults_applied() {
            return Err(format!("`{}` is decided as {got:?}, not as {expected:?}", got.entitlement_name()));
        }
    }
    Ok(())
}

#[test]
fn a_changed_context_is_the_one_built_anew() {
    hunt("changing in place", |mut trial| {
        let policy = trial.policy;
        let Json::Object(mut said) = trial.context.json() else { return Ok(()) };
        let Ok(mut context) = build(policy, &said) else { return Ok(()) };
        let other = GeneratedContext::random(&mut trial.random, &trial.generated.world);
        let mut names: Vec<&str> = trial.context.entries.iter().map(|(name, _)| name.as_str()).collect();
        names.extend(other.entries.iter().map(|(name, _)| name.as_str()));
        trial.random.shuffle(&mut names);
        for name in names {
            let value = other.entries.iter().find(|(at, _)| at == name).map_or(Json::Null, |(_, value)| value.clone());
            let before = said.insert(name.to_owned(), value.clone());
            let changed = context.change(policy, name, value);
            match (build(policy, &said), changed) {
                (Ok(expected), Ok(())) => same(policy, &expected, &context).map_err(|it| format!("{name}: {it}"))?,
                (Err(expected), Err(error)) => {
                    if expected != error {
                        return Err(format!("`{name}` is refused with {error:?}, not {expected:?}"));
                    }
                    match before {
                        Some(before) => said.insert(name.to_owned(), before),
                        None => said.remove(name),
                    };
                    // nothing has changed
                    same(policy, &build(policy, &said).unwrap(), &context).map_err(|it| format!("{name}: {it}"))?;
                }
                (expected, changed) => return Err(format!("`{name}`: {expected:?}, but {changed:?}")),
            }
        }
        Ok(())
    });
}

fn build(policy: &Policy, said: &Map<String, Json>) -> Result<Context, wardkey::Error> {
    policy.context().json(&Json::Object(said.clone()).to_string()).build()
}
