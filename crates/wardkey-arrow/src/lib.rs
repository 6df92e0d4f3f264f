//! Policies over Arrow record batches: columns of attributes in, columns of outcomes out.
//!
//! ```
//! use arrow_array::{RecordBatch, StringArray, cast::AsArray};
//! use std::sync::Arc;
//! use wardkey_arrow::{Options, evaluate};
//!
//! let policy = wardkey::Policy::parse("role = Nurse -> allow EHR\nnetwork = guest -> deny EHR")?;
//! let people = RecordBatch::try_from_iter([
//!     ("id", Arc::new(StringArray::from(vec!["ada", "ben"])) as _),
//!     ("role", Arc::new(StringArray::from(vec![Some("Nurse"), None])) as _),
//!     ("network", Arc::new(StringArray::from(vec!["office", "guest"])) as _),
//! ])?;
//! let evaluated = evaluate(&policy, &people, &Options { keep: vec!["id".into()], ..Options::default() })?;
//! let outcomes = evaluated.batch.column_by_name("EHR").unwrap().as_dictionary::<arrow_array::types::Int8Type>();
//! let outcomes: Vec<_> = outcomes.downcast_dict::<StringArray>().unwrap().into_iter().flatten().collect();
//! assert_eq!(outcomes, ["allowed", "denied"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - A column is the attribute of its name; the fields of a struct have dotted names. [`Options`] renames, ignores and keeps.
//! - A [`Plan`] looks at a schema once: a column that is no attribute, or cannot be one, is named before any row is read.
//! - Texts, dictionaries, truth values, numbers, decimals, dates, times, timestamps, durations and lists are read as the policy
//!   reads them; a null leaves the attribute out. A text column of the extension type `arrow.json` holds JSON.
//! - Columns are read, and ranges of rows decided, on the threads of `rayon`: its global pool, or the one that
//!   [`Plan::evaluate`] is called in.

mod encode;
mod error;
mod evaluate;
mod options;
mod output;
mod plan;

pub use encode::{Encoded, JSON, encode};
pub use error::{Error, Mistake};
pub use evaluate::{Evaluated, evaluate};
pub use options::{OnError, Options, Shape};
pub use plan::Plan;
