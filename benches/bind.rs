//! What it costs to bind a context: names found, values read and checked, places in the compiled policy looked up.
//!
//! The same people in the three forms a host may hold them in.

#![allow(clippy::expect_used)]

mod common;

use common::{SEED, SIZES};
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use wardkey_testing::workload::Workload;

/// People that are bound in turn.
const PEOPLE: usize = 256;

fn bind(criterion: &mut Criterion) {
    for size in SIZES {
        let workload = Workload::generate(size, SEED);
        let policy = workload.policy().expect("the workload loads");
        let people: Vec<_> = workload.situations[..PEOPLE].iter().map(|situation| workload.person(situation)).collect();
        let pairs: Vec<_> = people.iter().map(|person| person.pairs()).collect();
        let texts: Vec<_> = people.iter().map(|person| person.json()).collect();
        let mut at = 0;
        let mut next = move || {
            at = (at + 1) % PEOPLE;
            at
        };
        let mut group = criterion.benchmark_group("bind");
        group.bench_function(format!("pairs/{size}"), |bencher| {
            bencher.iter(|| {
                let pairs = black_box(&pairs[next()]);
                let builder = pairs.iter().fold(policy.context(), |builder, (name, value)| builder.set(name, &**value));
                builder.build()
            });
        });
        group.bench_function(format!("struct/{size}"), |bencher| {
            bencher.iter(|| policy.context().values(black_box(&people[next()])).build());
        });
        group.bench_function(format!("json/{size}"), |bencher| {
            bencher.iter(|| policy.context().json(black_box(&texts[next()])).build());
        });
        group.finish();
    }
}

criterion_group! { name = benches; config = common::criterion(); targets = bind }
criterion_main!(benches);
