//! What came of running tests: data for the faces to show.

use crate::eval::Outcome;
use crate::source::Span;

/// What came of the tests of one file.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// One per test, context and entitlement, in the order written.
    pub results: Vec<Result>,
}

impl Report {
    /// How many expectations hold.
    pub fn passed(&self) -> usize {
        self.results.iter().filter(|result| result.is_passed()).count()
    }

    /// How many do not.
    pub fn failed(&self) -> usize {
        self.results.len() - self.passed()
    }
}

/// What came of one expectation in one context.
#[derive(Clone, Debug)]
pub struct Result {
    /// The test's name.
    pub test: String,
    /// The context's name; none if it is written in the test.
    pub context: Option<String>,
    /// The entitlement asked about.
    pub entitlement: String,
    /// Where the expectation stands.
    pub span: Span,
    /// What differs; empty: the expectation holds.
    pub differences: Vec<Difference>,
    /// Why it came out as it did; none if it holds, or if nothing could be asked.
    pub why: Option<Why>,
}

impl Result {
    /// Whether what was expected came.
    pub fn is_passed(&self) -> bool {
        self.differences.is_empty()
    }
}

/// One thing that came out otherwise than expected, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// `outcome`, `rules`, `parameter audit`, `missing`, `because`, `valid until`, or `context`.
    pub what: String,
    /// What the test says.
    pub expected: String,
    /// What the policy says.
    pub got: String,
}

/// The reasons of a decision.
#[derive(Clone, Debug)]
pub struct Why {
    /// The outcome.
    pub outcome: Outcome,
    /// The rules that decided.
    pub rules: Vec<WhyRule>,
    /// Rules that apply but are of lower rank.
    pub outranked: Vec<WhyRule>,
    /// Attributes that were not known and could have changed the outcome.
    pub missing: Vec<String>,
    /// Texts for the person concerned.
    pub because: Vec<String>,
}

/// A rule of a decision.
#[derive(Clone, Debug)]
pub struct WhyRule {
    /// As written, or generated.
    pub id: String,
    /// Whether it was written.
    pub is_named: bool,
    /// The rule in canonical form.
    pub text: String,
    /// Where it stands, in the policy's sources; none for a rule without a place.
    pub span: Option<Span>,
    /// False if it only may apply, because something is not known.
    pub is_certain: bool,
}
