//! wardkey: a policy engine.

pub mod compile;
pub mod diagnostic;
pub mod eval;
pub mod model;
pub mod source;
pub mod syntax;
