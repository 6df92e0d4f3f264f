//! What the build script and the program must agree on.

/// The workload's seed, that of the other benchmarks.
pub const SEED: u64 = 12;
