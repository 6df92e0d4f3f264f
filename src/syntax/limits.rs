//! How much is accepted: the bounds that keep reading a file short and its recursion shallow.
//!
//! They are far above what people write; they are there so that a hostile or broken file gives a clear error at once.

/// Bytes of one file.
pub const FILE_BYTES: usize = 64 << 20;
/// Bytes of one item (a rule or a `let`).
pub const ITEM_BYTES: usize = 64 << 10;
/// Parentheses and `not` inside one another in one condition.
pub const NESTING: usize = 64;
/// Bytes of one quoted text, quotes excluded.
pub const TEXT_BYTES: usize = 4 << 10;
/// Entries of one list.
pub const LIST_ENTRIES: usize = 10_000;
/// Problems looked for in one file; of a whole load, fewer are shown.
pub const PROBLEMS: usize = 1_000;
