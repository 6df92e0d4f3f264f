//! Random catalogues, policies and contexts: valid, small, and full of corners. Fixed by a seed.
//!
//! Values come from small pools that rules and contexts share, so that tests come out either way. Everything is made as
//! text (YAML, rules, JSON), since the way from text to meaning is tested, too.

mod condition;
mod context;
mod policy;
mod values;
mod world;
mod yaml;

pub use context::GeneratedContext;
pub use policy::GeneratedPolicy;
pub use world::{Kind, World};
