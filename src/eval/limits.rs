//! How much one context may hold. Far above what hosts give; past it, an error at once instead of a slow answer.

/// Bytes of a context that comes as JSON.
pub const JSON_BYTES: usize = 16 << 20;
/// Attributes that are named.
pub const ATTRIBUTES: usize = 100_000;
/// Bytes of a name: it is repeated before each that stands within its object.
pub const NAME_BYTES: usize = 1024;
/// Objects within objects.
pub const DEPTH: usize = 64;
/// Elements of one list: of a set, or of approved requests.
pub const ELEMENTS: usize = 10_000;
