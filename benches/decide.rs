//! What a decision costs once the context is bound: one entitlement, and all of them, without and with reading off every
//! answer.
//!
//! The workload's contexts and entitlements are asked in turn, so that no answer is the one before.

#![allow(clippy::expect_used)]

mod common;

use common::{SEED, SIZES};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::path::Path;
use wardkey::{Context, EntitlementId, Policy};
use wardkey_testing::random::Random;
use wardkey_testing::workload::Workload;

/// Contexts that are asked in turn.
const CONTEXTS: usize = 256;
/// Questions that are asked in turn.
const QUESTIONS: usize = 4_096;

/// A policy with bound contexts.
struct Asked {
    name: String,
    policy: Policy,
    contexts: Vec<Context>,
}

fn generated(size: usize) -> Asked {
    let workload = Workload::generate(size, SEED);
    let policy = workload.policy().expect("the workload loads");
    let bind = |situation| policy.context().values(&workload.person(situation)).build().expect("a person is a context");
    let contexts = workload.situations[..CONTEXTS].iter().map(bind).collect();
    Asked { name: size.to_string(), policy, contexts }
}

/// The hospital of `policies/`, with the people of `examples/`.
fn hospital() -> Asked {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let policy = Policy::load(root.join("policies/hospital")).expect("the hospital loads");
    let people = ["nurse", "sales_rep", "marketing_specialist", "patient", "emergency"];
    let read = |name: &str| std::fs::read_to_string(root.join(format!("examples/{name}.json"))).expect("an example");
    let contexts = people.iter().map(|name| policy.context().json(read(name)).build().expect("a context")).collect();
    Asked { name: "hospital".to_owned(), policy, contexts }
}

/// Random pairs of a context and an entitlement.
fn questions(asked: &Asked) -> Vec<(usize, EntitlementId)> {
    let mut random = Random::new(SEED);
    let ids: Vec<_> = asked.policy.entitlement_ids().collect();
    (0..QUESTIONS).map(|_| (random.below(asked.contexts.len()), *random.pick(&ids))).collect()
}

fn measure(criterion: &mut Criterion, asked: &Asked) {
    let questions = questions(asked);
    let mut at = 0;
    criterion.benchmark_group("decide").bench_function(&asked.name, |bencher| {
        bencher.iter(|| {
            at = (at + 1) % QUESTIONS;
            let (context, entitlement) = questions[at];
            asked.policy.outcome(black_box(&asked.contexts[context]), entitlement)
        });
    });
    let mut group = criterion.benchmark_group("entitlements");
    group.throughput(Throughput::Elements(asked.policy.entitlement_ids().count() as u64));
    let mut contexts = asked.contexts.iter().cycle();
    let mut next = || contexts.next().expect("there are contexts");
    let mut all = asked.policy.entitlements(next());
    group.bench_function(&asked.name, |bencher| bencher.iter(|| all.refresh(black_box(next()))));
    group.bench_function(format!("{}/each_read", asked.name), |bencher| {
        bencher.iter(|| {
            all.refresh(black_box(next()));
            all.allowed().count()
        });
    });
}

fn ask(criterion: &mut Criterion) {
    for size in SIZES {
        measure(criterion, &generated(size));
    }
    measure(criterion, &hospital());
}

criterion_group! { name = benches; config = common::criterion(); targets = ask }
criterion_main!(benches);
