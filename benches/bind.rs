//! What it costs to bind a context: names found, values read and checked, places in the compiled policy looked up.
//!
//! The same people in the forms a host may hold them in, each bound by a builder, which makes a context anew, and by a
//! binder, which writes the next in the place of the last.

#![allow(clippy::expect_used)]

mod common;

use common::{SEED, SIZES};
use criterion::{Criterion, criterion_group, criterion_main};
use std::collections::HashMap;
use std::hint::black_box;
use std::path::Path;
use wardkey::{Context, Policy};
use wardkey_testing::workload::Workload;

/// People that are bound in turn.
const PEOPLE: usize = 256;

/// A number below [`PEOPLE`], another one each time.
fn each() -> impl FnMut() -> usize {
    let mut at = 0;
    move || {
        at = (at + 1) % PEOPLE;
        at
    }
}

fn built<'p>(policy: &Policy, pairs: impl IntoIterator<Item = (&'p str, &'p str)>) -> Option<Context> {
    pairs.into_iter().fold(policy.context(), |builder, (name, value)| builder.set(name, value)).build().ok()
}

fn people(criterion: &mut Criterion) {
    for size in SIZES {
        let workload = Workload::generate(size, SEED);
        let policy = workload.policy().expect("the workload loads");
        let people: Vec<_> = workload.situations[..PEOPLE].iter().map(|situation| workload.person(situation)).collect();
        let texts: Vec<_> = people.iter().map(|person| person.json()).collect();
        let pairs: Vec<_> = people.iter().map(|person| person.pairs()).collect();
        let pairs: Vec<Vec<(&str, &str)>> =
            pairs.iter().map(|pairs| pairs.iter().map(|(name, value)| (*name, &**value)).collect()).collect();
        let owned = |(name, value): &(&str, &str)| (name.to_string(), value.to_string());
        let maps: Vec<HashMap<String, String>> = pairs.iter().map(|pairs| pairs.iter().map(owned).collect()).collect();
        let mut group = criterion.benchmark_group("bind");
        let (mut binder, mut next) = (policy.binder(), each());
        group.bench_function(format!("pairs/builder/{size}"), |bencher| {
            bencher.iter(|| built(&policy, black_box(&pairs[next()]).iter().copied()));
        });
        group.bench_function(format!("pairs/binder/{size}"), |bencher| {
            bencher.iter(|| binder.pairs(&policy, black_box(&pairs[next()]).iter().copied()).map(|_| ()));
        });
        group.bench_function(format!("map/builder/{size}"), |bencher| {
            bencher.iter(|| {
                let map = black_box(&maps[next()]);
                built(&policy, map.iter().map(|(name, text)| (name.as_str(), text.as_str())))
            });
        });
        group.bench_function(format!("map/binder/{size}"), |bencher| {
            bencher.iter(|| binder.pairs(&policy, black_box(&maps[next()])).map(|_| ()));
        });
        group.bench_function(format!("struct/builder/{size}"), |bencher| {
            bencher.iter(|| policy.context().values(black_box(&people[next()])).build());
        });
        group.bench_function(format!("struct/binder/{size}"), |bencher| {
            bencher.iter(|| binder.values(&policy, black_box(&people[next()])).map(|_| ()));
        });
        group.bench_function(format!("json/builder/{size}"), |bencher| {
            bencher.iter(|| policy.context().json(black_box(&texts[next()])).build());
        });
        group.bench_function(format!("json/binder/{size}"), |bencher| {
            bencher.iter(|| binder.json(&policy, black_box(&texts[next()])).map(|_| ()));
        });
        group.bench_function(format!("change/{size}"), |bencher| {
            let mut context = built(&policy, pairs[0].iter().copied()).expect("a context");
            bencher.iter(|| {
                let (name, value) = black_box(pairs[next()][2]);
                context.change(&policy, name, value)
            });
        });
        group.finish();
    }
}

/// The policy that people would write, with times, sets, patterns and attributes compared with one another.
fn hospital(criterion: &mut Criterion) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let policy = Policy::load(root.join("policies/hospital")).expect("the hospital loads");
    let text = std::fs::read_to_string(root.join("examples/sales_rep.json")).expect("the example is there");
    let mut binder = policy.binder();
    let mut group = criterion.benchmark_group("bind");
    group.bench_function("json/builder/hospital", |bencher| {
        bencher.iter(|| policy.context().json(black_box(&text)).build());
    });
    group.bench_function("json/binder/hospital", |bencher| {
        bencher.iter(|| binder.json(&policy, black_box(&text)).map(|_| ()));
    });
    group.finish();
}

criterion_group! { name = benches; config = common::criterion(); targets = people, hospital }
criterion_main!(benches);
