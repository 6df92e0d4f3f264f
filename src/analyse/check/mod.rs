//! Findings: what is likely not meant in rules that are each well written.
//!
//! The one idea: entitlements with the same effects are one *unit*, looked at by itself (`unit`), on as many threads as the host
//! likes; a finding is about a rule, so it is concluded from all units in which the rule speaks. One lint, one file: what it
//! asks of a unit, and what it says. What it means is said in `crates/wardkey-cli/findings.md`.

mod always_applies;
mod cache;
pub mod codes;
mod conflict;
mod forgets;
mod gap;
mod inert;
mod meets;
mod never_fires;
mod never_matters;
mod period;
mod undecided;
mod unit;
mod unused;

pub use cache::{CachedUnits, CheckCache};
pub use unit::UnitReport;

use super::witness::Witness;
use super::{Analysis, Times};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::eval::Policy;
use crate::model::Rule;
use crate::source::Span;
use std::sync::Arc;

/// What is likely not meant, with what shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Code, message, places, help, and a fix where one is safe.
    pub diagnostic: Diagnostic,
    /// The rules it is about, by id; the first is the one to look at.
    pub rules: Vec<Arc<str>>,
    /// The entitlements it is about, by name; none: all that the rule speaks of.
    pub entitlements: Vec<String>,
    /// A context that shows it.
    pub witness: Option<Witness>,
}

impl Finding {
    fn new(policy: &Policy, code: Code, severity: Severity, (rule, message): (usize, String)) -> Self {
        let rule = &policy.rule_set().rules[rule];
        let diagnostic = match place(rule) {
            Some(span) => Diagnostic::new(code, severity, span, message),
            None => Diagnostic { code, severity, message, labels: Vec::new(), help: Vec::new(), fix: None },
        };
        Self { diagnostic, rules: vec![rule.id.clone()], entitlements: Vec::new(), witness: None }
    }

    /// Another rule that has to do with it.
    fn with(mut self, policy: &Policy, other: usize, message: &str) -> Self {
        let rule = &policy.rule_set().rules[other];
        if let Some(span) = place(rule) {
            self.diagnostic = self.diagnostic.label(span, message);
        }
        self.rules.push(rule.id.clone());
        self
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.diagnostic = self.diagnostic.help(help);
        self
    }

    /// Shows it by a context.
    fn shown_by(mut self, witness: Option<&Witness>) -> Self {
        if let Some(witness) = witness {
            self.diagnostic = self.diagnostic.help(format!("for example: {witness}"));
        }
        self.witness = witness.cloned();
        self
    }

    /// Whether it says that a question was not answered.
    pub fn is_undecided(&self) -> bool {
        self.diagnostic.code == codes::UNDECIDED
    }
}

impl From<Diagnostic> for Finding {
    /// A problem of a load, told as the others are.
    fn from(diagnostic: Diagnostic) -> Self {
        Self { diagnostic, rules: Vec::new(), entitlements: Vec::new(), witness: None }
    }
}

fn place(rule: &Rule) -> Option<Span> {
    rule.spans.first().copied()
}

/// A rule as it is named to its author.
fn named(policy: &Policy, rule: usize) -> String {
    let rule = &policy.rule_set().rules[rule];
    if rule.is_named {
        return format!("`{}`", rule.id);
    }
    let place = place(rule).map(|span| policy.sources().place(span));
    place.map_or_else(|| format!("`{}`", rule.id), |place| format!("the rule at {}:{}", place.file, place.line))
}

/// `a`, `b` and 3 more.
fn list(names: &[String]) -> String {
    const SHOWN: usize = 4;
    match names {
        [] => String::new(),
        [only] => only.clone(),
        _ if names.len() <= SHOWN => {
            let (last, first) = (&names[names.len() - 1], &names[..names.len() - 1]);
            format!("{} and {last}", first.join(", "))
        }
        _ => format!("{} and {} more", names[..SHOWN - 1].join(", "), names.len() - SHOWN + 1),
    }
}

impl Analysis<'_> {
    /// How many units there are; each is looked at by [`Self::unit`].
    pub fn units(&self) -> usize {
        self.policy.index().units()
    }

    /// Looks at one unit. Cost: a few questions for each rule, or for each two of them that may meet.
    pub fn unit(&self, at: usize) -> UnitReport {
        unit::report(self, at)
    }

    /// What all units say together, in the order of files and lines.
    pub fn conclude(&self, units: &[UnitReport]) -> Vec<Finding> {
        let mut found = Vec::new();
        found.extend(never_fires::findings(self, units));
        found.extend(never_matters::findings(self, units));
        found.extend(always_applies::findings(self, units));
        found.extend(meets::findings(self, units));
        found.extend(inert::findings(self, units));
        found.extend(conflict::findings(self, units));
        found.extend(gap::findings(self, units));
        found.extend(forgets::findings(self));
        found.extend(period::findings(self));
        found.extend(unused::findings(self));
        found.extend(undecided::findings(self, units));
        let key = |finding: &Finding| {
            let span = finding.diagnostic.span();
            (span.is_none(), span, finding.diagnostic.code, finding.diagnostic.message.clone())
        };
        found.sort_by_cached_key(key);
        found
    }

    /// Whether a code of the analysis is looked for: some are on demand only.
    pub fn looks_for(&self, code: Code) -> bool {
        match code {
            codes::MEETS => self.lists_overlaps,
            codes::EXPIRED | codes::NOT_YET => self.times.is_some(),
            _ => codes::ALL.contains(&code),
        }
    }

    /// Everything that is found. Cost: that of all units, one after another.
    ///
    /// ```
    /// use wardkey::{Analysis, Policy};
    ///
    /// let policy = Policy::parse("nurses: role = Nurse -> allow EHR\nagain: role in [Nurse, Midwife] and role = Nurse -> allow EHR")?;
    /// let findings = Analysis::new(&policy).check();
    /// assert_eq!(findings[0].diagnostic.code.name, "never-matters");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check(&self) -> Vec<Finding> {
        let units: Vec<UnitReport> = (0..self.units()).map(|at| self.unit(at)).collect();
        self.conclude(&units)
    }
}
