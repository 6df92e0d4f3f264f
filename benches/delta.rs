//! What it costs to follow a person: one attribute changes, and what was lost and gained is told.
//!
//! `location` moves the person from place to place, `told` also reads off every change; `another` changes another attribute
//! each time, the harder case, since what is kept for one attribute does not serve the next. `entitlements` is the fresh
//! answer for comparison, in the same run, with its room used again.

#![allow(clippy::expect_used)]

mod common;

use common::{SEED, SIZES};
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use wardkey_testing::random::Random;
use wardkey_testing::workload::{Attribute, Workload};

/// Changes that are made in turn.
const CHANGES: usize = 1_024;
/// Contexts that are asked in turn.
const CONTEXTS: usize = 256;

fn delta(criterion: &mut Criterion) {
    for size in SIZES {
        let workload = Workload::generate(size, SEED);
        let policy = workload.policy().expect("the workload loads");
        let bind = |situation| policy.context().values(&workload.person(situation)).build().expect("a context");
        let mut random = Random::new(SEED);
        let people: Vec<_> = (0..CHANGES).map(|_| *random.pick(&workload.situations)).collect();
        let mut group = criterion.benchmark_group("delta");
        let mut session = policy.session(bind(&workload.situations[0])).expect("a context of the policy");
        let mut at = 0;
        group.bench_function(format!("location/{size}"), |bencher| {
            bencher.iter(|| {
                at = (at + 1) % CHANGES;
                let place = workload.vocabulary.value(Attribute::Location, people[at][Attribute::Location.index()]);
                black_box(session.set("location", black_box(place)).expect("a place"));
            });
        });
        group.bench_function(format!("told/{size}"), |bencher| {
            bencher.iter(|| {
                at = (at + 1) % CHANGES;
                let place = workload.vocabulary.value(Attribute::Location, people[at][Attribute::Location.index()]);
                session.set("location", black_box(place)).expect("a place").changes().len()
            });
        });
        group.bench_function(format!("another/{size}"), |bencher| {
            bencher.iter(|| {
                at = (at + 1) % CHANGES;
                let attribute = [Attribute::Role, Attribute::Location, Attribute::Network, Attribute::Status][at % 4];
                let value = workload.vocabulary.value(attribute, people[at][attribute.index()]);
                black_box(session.set(attribute.name(), black_box(value)).expect("a value"));
            });
        });
        let contexts: Vec<_> = workload.situations[..CONTEXTS].iter().map(bind).collect();
        let mut all = policy.entitlements(&contexts[0]);
        let mut next = contexts.iter().cycle();
        group.bench_function(format!("entitlements/{size}"), |bencher| {
            bencher.iter(|| all.refresh(black_box(next.next().expect("a context"))));
        });
        group.finish();
    }
}

criterion_group! { name = benches; config = common::criterion(); targets = delta }
criterion_main!(benches);
