//! From resolved rules to rows of bits.
//!
//! The one idea: every test of one attribute is a set of classes of its values, so a condition is a few conjunctions, one
//! bit each, and a context picks one row of bits per attribute. What cannot be put so is evaluated once per context.
//! Growth is bounded: see [`limits`].
//!
//! The words, each with the module that makes it:
//!
//! - A *class* is a set of values of one input that no rule tells apart; the unknown and the absent are classes, too
//!   (`classes`).
//! - A *term* is a conjunction; a condition is a few of them, each with one bit (`terms`).
//! - A *field* is the bits of one entitlement, strongest rank first, side by side in one word of 64 bits (`fields`). The
//!   first bit left in it is the answer, and the effect behind that bit is the reason.
//! - A *row* says which terms a class does not rule out. Rows lie in tables, the *slots*: one for each input, or for several
//!   small ones together (`slots`).
//! - A *placement* is where the rows of one context begin, one for each slot (`index`). To decide is to AND one word of each
//!   row; all answers at once are whole rows ANDed (`rows`).
//! - What stays between two contexts that differ in one attribute is *standing* (`standing`).
//!
//! Nothing here knows contexts; the layer above says what an input's state is and what a test comes to.

mod block;
mod classes;
mod fields;
mod index;
mod layout;
pub mod limits;
mod pool;
mod rows;
mod schedule;
mod slots;
mod standing;
mod terms;
mod tri;

pub use block::{BLOCK, Block, Tally};
pub use index::{CompiledSize, EffectId, Index, IndexedEffect, Placement, Winners};
pub use pool::{Node, NodeId, Pool, PoolBuilder, TestId};
pub use standing::{Shift, Standing};
pub use tri::Tri;
