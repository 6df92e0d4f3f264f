//! What a load costs: from the texts of rules, catalogue and places, or from a bundle, to a policy that answers.

#![allow(clippy::expect_used)]

mod common;

use common::{SEED, SIZES};
use criterion::{BatchSize, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use std::path::Path;
use wardkey::Policy;
use wardkey_testing::workload::Workload;

fn load(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("load");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    for size in SIZES {
        let files = Workload::generate(size, SEED).files();
        group.throughput(Throughput::Elements(size as u64));
        group.bench_function(size.to_string(), |bencher| {
            bencher.iter_batched(|| files.clone(), |files| files.load().expect("it loads"), BatchSize::PerIteration);
        });
    }
    group.throughput(Throughput::Elements(1));
    group.bench_function("hospital", |bencher| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/hospital");
        bencher.iter(|| Policy::load(&folder).expect("it loads"));
    });
    group.finish();
}

fn open(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("from_bundle");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    for size in SIZES {
        let bundle = Workload::generate(size, SEED).files().load().expect("it loads").to_bundle();
        group.throughput(Throughput::Elements(size as u64));
        group.bench_function(size.to_string(), |bencher| {
            bencher.iter(|| Policy::from_bundle(&bundle).expect("it opens"));
        });
    }
    group.finish();
}

criterion_group! { name = benches; config = common::criterion(); targets = load, open }
criterion_main!(benches);
