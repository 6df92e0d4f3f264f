//! Policy tests: named contexts and what is expected in them, kept in YAML beside the policy.
//!
//! Three steps, each of which works on data only: [`read`] takes the text apart and reports every problem of form;
//! [`Suite::check`] compares its names with a policy; [`Suite::run`] asks the policy and gives a [`Report`]. Finding files and
//! showing reports is left to the faces.
//!
//! ```
//! use wardkey::{Policy, source::Sources, suite};
//!
//! let policy = Policy::parse("role = Nurse -> allow EHR").unwrap();
//! let text = "tests: [{name: a nurse, context: {role: Nurse}, expect: {EHR: allowed}}]";
//! let (mut sources, mut problems) = (Sources::default(), Vec::new());
//! let source = sources.add("policy.test.yaml", text);
//! let tests = suite::read(source, text, &mut problems).unwrap();
//! assert!(tests.check(&policy).is_empty());
//! assert_eq!(tests.run(&policy).passed(), 1);
//! ```

mod check;
pub mod codes;
mod read;
mod report;
mod run;
mod values;

#[cfg(test)]
mod tests;

pub use read::read;
pub use report::{Difference, Report, Result, Why, WhyRule};

use crate::diagnostic::Diagnostic;
use crate::eval::{Outcome, Policy};
use crate::model::resolve::{self, Property};
use crate::source::Span;
use jiff::Timestamp;
use values::Values;

/// The tests of one file.
#[derive(Clone, Debug)]
pub struct Suite {
    tests: Vec<Test>,
    properties: Vec<Stated>,
}

/// A property as written: what is said to hold of the policy in every context.
#[derive(Clone, Debug)]
struct Stated {
    /// How people call it, if they do.
    name: Option<String>,
    sentence: Word,
}

/// A property of a suite, resolved against a policy.
#[derive(Clone, Debug)]
pub struct SuiteProperty {
    /// Its name; else the sentence itself.
    pub name: String,
    /// What [`crate::Analysis::prove`] answers.
    pub property: Property,
}

impl Suite {
    /// How many expectations there are, over all tests and their contexts.
    pub fn expectations(&self) -> usize {
        self.tests.iter().map(|test| test.contexts.len() * test.expect.len()).sum()
    }

    /// Keeps the tests whose name holds `text`, without regard to case.
    pub fn retain_named(&mut self, text: &str) {
        let wanted = crate::model::name::fold(text);
        self.tests.retain(|test| crate::model::name::fold(&test.name).contains(&wanted));
        self.properties.retain(|stated| crate::model::name::fold(stated.name()).contains(&wanted));
    }

    /// How many properties are stated.
    pub fn stated(&self) -> usize {
        self.properties.len()
    }

    /// The properties that are stated, as far as they can be resolved: [`Self::check`] reports the others.
    pub fn properties(&self, policy: &Policy) -> Vec<SuiteProperty> {
        let resolved = |stated: &Stated| {
            let property = stated.resolve(policy, &mut Vec::new())?;
            Some(SuiteProperty { name: stated.name().to_owned(), property })
        };
        self.properties.iter().filter_map(resolved).collect()
    }
}

impl Stated {
    fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.sentence.text)
    }

    fn resolve(&self, policy: &Policy, problems: &mut Vec<Diagnostic>) -> Option<Property> {
        let Word { text, span } = &self.sentence;
        resolve::property(policy.rule_set(), (span.source, text, span.start as usize), problems)
    }
}

/// One test: some contexts, and what is expected in each of them.
#[derive(Clone, Debug)]
struct Test {
    name: String,
    contexts: Vec<Case>,
    expect: Vec<Expectation>,
}

/// One context of a test, everything merged: the file's `now`, `like`, `with`.
#[derive(Clone, Debug)]
struct Case {
    /// Its name; none if it is written in the test.
    name: Option<String>,
    span: Span,
    values: Values,
}

/// A text with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    text: String,
    span: Span,
}

/// What is expected of one entitlement. What is not given is not looked at.
#[derive(Clone, Debug)]
struct Expectation {
    entitlement: Word,
    outcome: Option<Outcome>,
    /// Exactly these rules decide, in any order.
    rules: Option<Vec<Word>>,
    /// These parameters have these values; `None`: the parameter is not set.
    parameters: Vec<(Word, Option<Vec<Word>>)>,
    /// Exactly these attributes are missing, in any order.
    missing: Option<Vec<Word>>,
    /// Exactly these texts, in any order.
    because: Option<Vec<Word>>,
    valid_until: Option<Until>,
}

/// How long a decision is expected to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    /// Up to this instant, itself excluded.
    Instant(Timestamp),
    /// Time alone changes nothing.
    Never,
    /// It depends on the clock, and `now` was not given.
    Unknown,
}
