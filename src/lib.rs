//! An embeddable policy engine: a small declarative language says who may have what; compiled, it answers in well under a
//! microsecond, with the reason.
//!
//! ```
//! use wardkey::{Outcome, Policy};
//!
//! let policy = Policy::parse("quiet: role=Sales and location=care_area -> deny iTunes")?;
//! let context = policy.context().set("role", "Sales").set("location", "care_area").build()?;
//! let decision = policy.decide_named(&context, "iTunes")?;
//!
//! assert_eq!(decision.outcome(), Outcome::Denied);
//! assert_eq!(&*decision.rules()[0].rule.id, "quiet");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - A [`Policy`] is loaded from a folder, a file or texts ([`PolicyFiles`]); every mistake is found then, as a
//!   [`Diagnostic`] with its place, and the whole policy is refused. It is immutable and shared between threads.
//! - A [`Context`] is what is known of a person and a situation: bound once from pairs, JSON or any `serde::Serialize` value,
//!   asked many times. What nobody said is *unknown*, and never opens a door.
//! - A [`Decision`] is an [`Outcome`] with everything behind it, worked out when asked: rules, `because`, parameters, what
//!   was missing, until when it holds and what it depends on.
//! - A [`Session`] follows a person as the situation changes: each change gives a [`Delta`], what was lost and gained.
//!
//! The library reads no clock, environment or network, has no threads and no `unsafe`, and reads files only in
//! [`Policy::load`]: `now` is an attribute of the context. The same policy and context give the same bytes.
//!
//! The language is described in `docs/language.md`, the inner floors in `docs/ARCHITECTURE.md`.

pub mod analyse;
mod compile;
pub mod diagnostic;
pub mod eval;
pub mod explain;
mod load;
pub mod model;
pub mod partial;
mod review;
pub mod source;
pub mod suite;
pub mod syntax;

pub use analyse::{Analysis, Finding, Undecided, Witness};
pub use diagnostic::{Code, Diagnostic, Severity};
pub use eval::{
    Batch, Binder, Context, ContextBuilder, Counts, Decision, DecisionRecord, Delta, Dictionary, EntitlementId,
    Entitlements, Error, Outcome, Policy, Session, ValidUntil,
};
pub use explain::Explanation;
pub use jiff::Timestamp;
pub use load::{LoadError, PolicyFiles};
pub use partial::Residual;
pub use review::{Reviewed, codes, review};

#[cfg(test)]
mod tests {
    #[test]
    fn codes_are_told_apart_by_number_and_name() {
        let codes = super::codes();
        assert!(codes.len() > 80, "{}", codes.len());
        assert!(codes.windows(2).all(|pair| pair[0].id < pair[1].id), "a number is given twice");
        let names: std::collections::BTreeSet<&str> = codes.iter().map(|code| code.name).collect();
        assert_eq!(names.len(), codes.len(), "a name is given twice");
    }
}
