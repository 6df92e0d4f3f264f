//! From resolved rules to rows of bits.
//!
//! The one idea: every test of one attribute is a set of classes of its values, so a condition is a few conjunctions, one
//! bit each, and a context picks one row of bits per attribute. What cannot be put so is evaluated once per context.
//! Growth is bounded: see [`limits`].
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
pub use classes::Classes;
pub use index::{EffectId, Index, IndexedEffect, Placement, Winners};
pub use pool::{Node, NodeId, Pool, TestId};
pub use standing::{Shift, Standing};
pub use tri::Tri;
