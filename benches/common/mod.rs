//! What the benchmarks share: sizes, and how long one may take.

use criterion::Criterion;
use std::time::Duration;

/// Rules of the policies that are measured.
pub const SIZES: [usize; 5] = [10, 100, 1_000, 10_000, 100_000];

/// The workload's seed.
pub const SEED: u64 = 12;

/// A tenth of Criterion's times: every benchmark runs at five sizes, and all of them in a few minutes.
pub fn criterion() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(20)
        .without_plots()
}
