//! Data from outside: what others wrote down, with their own answers, run through this language.
//!
//! One module per foreign format. Each reads the foreign text, writes our rules, catalogue and contexts, and compares our
//! decisions with the answers given there. A converter knows the foreign format; it never looks at a case's answer.
//! What the language cannot say is listed in a table with its reason, and counted, so that nothing is lost in silence.
//!
//! The data is no part of this project. It is looked for in `../shared/corpora` beside the checkout, or where the
//! environment variable `WARDKEY_CORPORA` points. Without it these tests say that they skip, and pass.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "conformance/abac.rs"]
mod abac;
#[path = "conformance/authzen.rs"]
mod authzen;
#[path = "conformance/cedar.rs"]
mod cedar;
#[path = "conformance/corpora.rs"]
mod corpora;
#[path = "conformance/formula.rs"]
mod formula;
#[path = "conformance/regex.rs"]
mod regex;
#[path = "conformance/unleash.rs"]
mod unleash;
