//! Looks for a random policy and context for which a property does not hold.
//!
//! Every policy has a seed of its own, so a failure is found again by that seed alone, however many threads looked.

use crate::generate::{GeneratedContext, GeneratedPolicy};
use crate::random::Random;
use crate::shrink::Reproduction;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use wardkey::Policy;

/// How far to look.
#[derive(Clone, Copy, Debug)]
pub struct Hunt {
    /// Seed of the first policy; the others follow.
    pub seed: u64,
    /// Pairs of policy and context to try.
    pub pairs: u64,
    /// Contexts for each policy.
    pub contexts: u64,
}

/// One policy and one context to try a property on.
#[derive(Debug)]
pub struct Trial<'a> {
    /// As it was generated.
    pub generated: &'a GeneratedPolicy,
    /// As it was loaded.
    pub policy: &'a Policy,
    /// The context.
    pub context: &'a GeneratedContext,
    /// Fixed by the case, for whatever else the property makes up.
    pub random: Random,
    /// Number of the context among those of its policy.
    pub number: u64,
}

impl Hunt {
    /// Tries the property on every pair and gives their number; else the smallest failure that was found, shrunk. A policy that
    /// does not load is a failure, too: what is generated is valid.
    pub fn run(self, property: impl Fn(Trial<'_>) -> Result<(), String> + Sync) -> Result<u64, Box<Reproduction>> {
        let policies = self.pairs.div_ceil(self.contexts);
        let next = AtomicU64::new(0);
        let failures = Mutex::new(Vec::new());
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        if at >= policies {
                            break;
                        }
                        if let Err(failure) = self.policy(self.seed.wrapping_add(at), &property) {
                            next.store(policies, Ordering::Relaxed);
                            if let Ok(mut failures) = failures.lock() {
                                failures.push(failure);
                            }
                        }
                    }
                });
            }
        });
        let failures = failures.into_inner().unwrap_or_default();
        match failures.into_iter().min_by_key(|failure| failure.seed) {
            None => Ok(policies * self.contexts),
            Some(failure) => Err(Box::new(shrink(*failure, &property))),
        }
    }

    fn policy(self, seed: u64, property: &impl Fn(Trial<'_>) -> Result<(), String>) -> Result<(), Box<Reproduction>> {
        let mut random = Random::new(seed);
        let generated = GeneratedPolicy::random(&mut random);
        let failure = |context: GeneratedContext, number: u64, message: String| {
            Box::new(Reproduction { seed, number, policy: generated.clone(), context, message })
        };
        let policy = match generated.load() {
            Ok(policy) => policy,
            Err(error) => return Err(failure(GeneratedContext::default(), 0, format!("does not load\n{error}"))),
        };
        for number in 0..self.contexts {
            let context = GeneratedContext::random(&mut random, &generated.world);
            let random = Random::new(seed ^ number.rotate_left(32));
            let trial = Trial { generated: &generated, policy: &policy, context: &context, random, number };
            property(trial).map_err(|message| failure(context.clone(), number, message))?;
        }
        Ok(())
    }
}

fn shrink(failure: Reproduction, property: &impl Fn(Trial<'_>) -> Result<(), String>) -> Reproduction {
    let (seed, number) = (failure.seed, failure.number);
    if failure.policy.load().is_err() {
        // a smaller policy must be refused for the same reason, not because it has become too small
        let reason = failure.message.split("error[").nth(1).and_then(|rest| rest.get(..5)).unwrap_or("WK").to_owned();
        return failure.shrink(|generated, _| {
            let error = generated.load().err()?;
            let message = format!("does not load\n{error}");
            message.contains(&reason).then_some(message)
        });
    }
    failure.shrink(|generated, context| {
        let policy = generated.load().ok()?;
        let random = Random::new(seed ^ number.rotate_left(32));
        property(Trial { generated, policy: &policy, context, random, number }).err()
    })
}
