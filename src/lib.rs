//! wardkey: a policy engine.

pub mod compile;
pub mod diagnostic;
pub mod eval;
pub mod explain;
pub mod load;
pub mod model;
pub mod source;
pub mod suite;
pub mod syntax;

pub use diagnostic::{Code, Diagnostic, Severity};
pub use eval::{
    Context, ContextBuilder, Decision, DecisionRecord, EntitlementId, Entitlements, Error, Outcome, Policy,
};
pub use load::{LoadError, PolicyFiles};
