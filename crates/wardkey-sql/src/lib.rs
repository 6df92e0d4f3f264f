//! What a policy says of rows of a database, as a condition in SQL, so that the database filters its own rows.
//!
//! ```
//! use wardkey_sql::{Dialect, Options, condition};
//!
//! let policy = wardkey::Policy::parse(
//!     "own: role = Nurse and chart.ward = ward_4 -> allow chart\n\
//!      hidden: chart.restricted -> deny chart",
//! )?;
//! let nurse = policy.context().set("role", "Nurse").build()?;
//! let chart = policy.entitlement("chart")?;
//! let sql = condition(&policy, &nurse, chart, Dialect::Postgres, &Options::default())?;
//! assert!(sql.contains("NOT (\"chart.restricted\")"), "{sql}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The one idea: Kleene's logic is that of SQL, with `NULL` for unknown. What the context leaves open of a policy
//! ([`wardkey::Residual`]) is one condition that is certainly true exactly where the entitlement is allowed; it is written test by
//! test, and what is not certain counts as false.
//!
//! - A row has a column for each attribute that is left. `NULL` leaves the attribute out: it is unknown, absent or its default, as the
//!   catalogue says.
//! - The condition is exact for rows that the policy would read: a value that a context could not have, such as one outside a closed
//!   vocabulary, is no value of any rule here, where a context would be refused.
//! - What cannot be said exactly in a dialect is an [`Error`] that names the test, never an approximation.

mod dialect;
mod error;
mod write;

pub use dialect::Dialect;
pub use error::{Error, Unsayable};

use std::collections::BTreeMap;
use wardkey::eval::Input;
use wardkey::syntax::quote;
use wardkey::{Context, EntitlementId, Outcome, Policy, PolicyFiles, Residual};

/// What a caller may choose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// By attribute, the SQL that has its value in a row, such as `c.ward_id`. It is taken as it is: never make it of what a
    /// stranger gives. An attribute that is not named here is the column of its name.
    pub columns: BTreeMap<String, String>,
}

/// The condition that is true of exactly the rows for which the entitlement is allowed, never `NULL`. What the context knows is
/// settled; every other attribute is a column.
///
/// Errors: tests that cannot be said, all of them; names of columns that are no attributes.
///
/// Cost: that of [`Policy::residual`], and of loading one rule with the policy's catalogue.
pub fn condition(
    policy: &Policy,
    context: &Context,
    entitlement: EntitlementId,
    dialect: Dialect,
    options: &Options,
) -> Result<String, Error> {
    let unknown = options.columns.keys().filter(|name| policy.attribute(name).is_none());
    let unknown: Vec<Unsayable> =
        unknown.map(|name| Unsayable::new(name, "the policy has no such attribute")).collect();
    if !unknown.is_empty() {
        return Err(Error::new(unknown));
    }
    let residual = policy.residual(&opened(policy, context)?, entitlement);
    match residual.outcome() {
        Some(Outcome::Allowed) => Ok("TRUE".to_owned()),
        Some(_) => Ok("FALSE".to_owned()),
        None => write::write(&left(policy, &residual)?, dialect, options),
    }
}

/// The context with everything that it leaves out unknown, even where the catalogue has a default: a row may say otherwise.
fn opened(policy: &Policy, context: &Context) -> Result<Context, Error> {
    let mut opened = context.clone();
    for id in context.left_out(policy) {
        let name = &policy.rule_set().catalogue.attribute(id).name;
        let unknown = opened.change(policy, name, Input::unknown());
        unknown.map_err(|error| Error::new(vec![Unsayable::new(name, &error.to_string())]))?;
    }
    Ok(opened)
}

/// A policy of one rule, that of the condition that is left.
fn left(policy: &Policy, residual: &Residual) -> Result<Policy, Error> {
    let mut text: String =
        residual.lets().iter().map(|item| format!("let {} = {}\n", item.name, item.condition)).collect();
    let target: Vec<String> = residual.entitlement().split('.').map(quote).collect();
    text.push_str(&format!("{} -> allow {}\n", residual.condition(), target.join(".")));
    let mut files = PolicyFiles::new().rules("<condition>", text);
    let others = policy.sources().iter().map(|(_, source)| source).filter(|source| !source.is_rules());
    // the catalogue comes before the tables that it names
    for (at, source) in others.enumerate() {
        files = match at {
            0 => files.catalogue(source.name(), source.text()),
            _ => files.table(source.name(), source.text()),
        };
    }
    files.load().map_err(|error| Error::new(vec![Unsayable::new(residual.condition(), &error.to_string())]))
}
