//! How far the compiled form may grow. Past the first three, a condition is evaluated instead of being spread into bits;
//! past the others a policy is refused.

use thiserror::Error;

/// Terms into which one condition may be spread.
pub const TERMS: usize = 64;
/// Literals in all terms of one condition.
pub const LITERALS: usize = 4096;
/// Levels of a condition, `let`s included, through which terms are sought.
pub const DEPTH: usize = 256;
/// Words of rows that one input may take, 64 MiB, before evaluating its tests is considered.
pub const INPUT_WORDS: usize = 1 << 23;
/// Cells (classes times conditions) that may be compared to find the classes of one input.
pub const CELLS: usize = 1 << 24;
/// Terms of all entitlements together, entitlements with the same rules counted once.
pub const BITS: usize = 1 << 26;
/// Words of all rows together: 1 GiB.
pub const WORDS: usize = 1 << 27;

/// Words of 64 bits in a mebibyte.
const WORDS_PER_MIB: usize = 1 << 17;

/// A policy is past a limit of the compiled form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TooLarge {
    /// [`BITS`]
    #[error("the rules spread into {0} terms; at most {BITS} are supported")]
    Bits(usize),
    /// [`WORDS`]
    #[error("the compiled rules would take {} MiB; at most {} are supported", .0 / WORDS_PER_MIB, WORDS / WORDS_PER_MIB)]
    Words(usize),
}
