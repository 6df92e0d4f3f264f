//! From a policy and a context to decisions.
//!
//! The one idea: a [`Context`] is read, checked and classed once; after that nothing can fail. [`Policy::outcome`] only joins
//! rows of bits, and whatever a person wants to know beyond the outcome is worked out when a [`Decision`] is asked for it.
//!
//! Nothing here reads text, files or a clock.

mod approvals;
mod assumptions;
mod batch;
mod bind_json;
mod bind_values;
mod binder;
mod binding;
mod boundary;
mod builder;
mod cells;
mod combine;
mod context;
mod decision;
mod details;
mod entitlements;
mod error;
mod facts;
mod given;
mod input;
pub mod limits;
mod names;
mod once;
mod outcome;
mod parameters;
mod policy;
mod record;
mod serialise;
mod session;
mod support;
mod tests;
mod trial;
mod validity;
mod values;
mod vocabulary;
mod words;

pub use batch::{Batch, Counts, Dictionary, Row};
pub use binder::Binder;
pub use builder::ContextBuilder;
pub use context::Context;
pub use decision::{Decision, FiredRule};
pub use entitlements::Entitlements;
pub(crate) use error::ProblemKind;
pub use error::{Error, Problem};
pub(crate) use given::known_name;
pub use input::Input;
pub use outcome::Outcome;
pub use parameters::{GivenParameter, GivenValue, Parameters};
pub use policy::{EntitlementId, Policy};
pub use record::DecisionRecord;
pub use session::{Delta, OutcomeChange, Session};
pub use validity::ValidUntil;

pub use crate::compile::CompiledSize;
pub(crate) use approvals::Approved;
pub(crate) use boundary::occurrences;
pub(crate) use facts::Facts;
pub(crate) use tests::{policy_zone, value as test_value, whole_days};
pub(crate) use trial::Trial;
pub(crate) use values::is_settled;
