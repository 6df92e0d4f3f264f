//! What wardkey is tested against: the reference evaluator, generators of random policies, a runner for cases that are
//! data, and the properties that must hold for every policy and context.
//!
//! The reference evaluator is the semantics; where it and the engine differ, one of them contradicts the language.

pub mod agree;
pub mod cases;
pub mod coverage;
pub mod facts;
pub mod generate;
pub mod hunt;
pub mod properties;
pub mod random;
pub mod read;
pub mod reference;
pub mod shrink;
pub mod truth;
pub mod workload;
pub mod worst;
