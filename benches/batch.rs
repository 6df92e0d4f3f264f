//! What a row of a batch costs, in rows a second on one core: all entitlements of each row, their counts, and one entitlement.
//!
//! Values are read beforehand, as a column that comes as a dictionary has them. Each value of a row is that of a person of the
//! workload picked anew, so that hardly any two rows are alike.

#![allow(clippy::expect_used)]

mod common;

use common::{SEED, SIZES};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use wardkey::{Dictionary, EntitlementId, Outcome, Policy};
use wardkey_testing::random::Random;
use wardkey_testing::workload::{Attribute, Workload};

/// Rows of one round.
const ROWS: usize = 1 << 16;

/// A column: its values and for each row the number of one.
fn column<'p>(
    policy: &'p Policy,
    workload: &Workload,
    attribute: Attribute,
    random: &mut Random,
) -> (Dictionary<'p>, Vec<u32>) {
    let mut dictionary = policy.dictionary(attribute.name()).expect("it is declared");
    let values = workload.vocabulary.values[attribute.index()].iter();
    let keys: Vec<u32> = values.map(|value| dictionary.push(value.as_str()).expect("it is a value")).collect();
    let row = |_| keys[random.pick(&workload.situations)[attribute.index()]];
    let rows = (0..ROWS).map(row).collect();
    (dictionary, rows)
}

fn batch(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("batch");
    for size in SIZES.into_iter().skip(1) {
        let workload = Workload::generate(size, SEED);
        let policy = workload.policy().expect("the workload loads");
        let mut random = Random::new(SEED);
        let columns: Vec<_> =
            Attribute::ALL.into_iter().map(|attribute| column(&policy, &workload, attribute, &mut random)).collect();
        let columns: Vec<_> = columns.iter().map(|(dictionary, keys)| (dictionary, keys.as_slice())).collect();
        let batch = policy.batch(ROWS, &columns).expect("the columns fit");
        // a round takes some milliseconds at every size
        let rows = if size < 10_000 { ROWS } else { ROWS / 16 };
        group.throughput(Throughput::Elements(rows as u64));
        group.bench_function(format!("rows/{size}"), |bencher| {
            bencher.iter(|| batch.each(0..rows, |row| _ = black_box(row)));
        });
        group.bench_function(format!("allowed/{size}"), |bencher| {
            bencher.iter(|| {
                let mut allowed = 0;
                batch.each(0..rows, |row| allowed += row.allowed().count());
                allowed
            });
        });
        group.bench_function(format!("counts/{size}"), |bencher| bencher.iter(|| batch.count(0..rows)));
        let ids: Vec<EntitlementId> = policy.entitlement_ids().collect();
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(rows);
        let mut at = 0;
        group.bench_function(format!("one/{size}"), |bencher| {
            bencher.iter(|| {
                at = (at + 1) % ids.len();
                outcomes.clear();
                batch.outcomes(ids[at], 0..rows, &mut outcomes);
                outcomes.len()
            });
        });
    }
    group.finish();
}

criterion_group! { name = benches; config = common::criterion(); targets = batch }
criterion_main!(benches);
