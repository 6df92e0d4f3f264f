//! Random policies: no context is left out of a space, and what is found in it is what the engine says.

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::super::*;
    use crate::compile::Tri;
    use crate::eval::{Facts, Outcome, test_value};
    use rustc_hash::FxHashMap;
    use serde_json::Value as Json;
    use wardkey_testing::generate::{GeneratedContext, GeneratedPolicy};
    use wardkey_testing::random::Random;

    /// What conditions come to in a context, by the evaluator of the engine.
    fn values(policy: &Policy, pool: &Pool, roots: &[NodeId], context: &crate::Context) -> Vec<Tri> {
        let facts = Facts::of(policy, context);
        let mut values: FxHashMap<NodeId, Tri> = FxHashMap::default();
        for node in pool.reach(roots.iter().copied(), |_| true) {
            let value = pool.node(node).value(|part| values[&part], |test| test_value(&facts, pool.test(test)));
            values.insert(node, value);
        }
        roots.iter().map(|root| values[root]).collect()
    }

    struct Tried {
        contexts: usize,
        found: usize,
        undecided: usize,
    }

    fn try_policy(seed: u64, tried: &mut Tried) {
        let mut random = Random::new(seed);
        let generated = GeneratedPolicy::random(&mut random);
        let Ok(policy) = oracle::tests::load(&generated) else { return };
        let contexts: Vec<Json> =
            (0..20).map(|_| GeneratedContext::random(&mut random, &generated.world).json()).collect();
        let analysis = Analysis::new(&policy);
        for entitlement in policy.entitlement_ids() {
            let mut votes = match analysis.votes(entitlement, &[]) {
                Ok(votes) => votes,
                Err(undecided) => {
                    assert!(!undecided.is_internal());
                    tried.undecided += 1;
                    continue;
                }
            };
            let effects = policy.index().effects(entitlement.in_catalogue());
            let roots: Vec<NodeId> = effects.iter().map(|&id| policy.index().effect(id).when).collect();
            for json in &contexts {
                let Ok(context) = policy.context().json(json.to_string()).build() else { continue };
                let values = values(&policy, &analysis.pool, &roots, &context);
                let wanted: Vec<_> = roots
                    .iter()
                    .zip(&values)
                    .flat_map(|(&root, value)| {
                        let signal = votes.space.signal(root);
                        let sure = if *value == Tri::True { signal.sure } else { !signal.sure };
                        let may = if *value == Tri::False { !signal.may } else { signal.may };
                        [sure, may]
                    })
                    .collect();
                let is_there = votes.space.can(&wanted).unwrap();
                assert!(
                    is_there,
                    "seed {seed}: {} comes to {values:?} in {json}, which is left out\n{}\n{}",
                    policy.entitlement_name(entitlement),
                    generated.world.catalogue().unwrap_or_default(),
                    generated.text()
                );
                tried.contexts += 1;
            }
            for outcome in [Outcome::Denied, Outcome::NotGranted, Outcome::Offered, Outcome::Allowed] {
                match votes.witness(&[], outcome) {
                    Ok(witness) => tried.found += usize::from(witness.is_some()),
                    Err(undecided) => panic!(
                        "seed {seed}: {outcome:?} of {}: {undecided}\n{}\n{}",
                        policy.entitlement_name(entitlement),
                        generated.world.catalogue().unwrap_or_default(),
                        generated.text()
                    ),
                }
            }
        }
    }

    #[test]
    fn no_context_is_left_out_and_every_witness_is_replayed() {
        let mut tried = Tried { contexts: 0, found: 0, undecided: 0 };
        let count = 200;
        for seed in 0..count {
            try_policy(seed, &mut tried);
        }
        let Tried { contexts, found, undecided } = tried;
        assert!(contexts as u64 > 10 * count && found as u64 > count, "{contexts} {found}");
        assert!(undecided * 10 < found, "{undecided} undecided, {found} found");
    }
}
