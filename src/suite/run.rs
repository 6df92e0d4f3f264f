//! Asking a policy what a suite expects of it.

use super::report::{Difference, Report, Result, Why, WhyRule};
use super::{Case, Expectation, Suite, Test, Until, Word};
use crate::eval::{Context, Decision, EntitlementId, Error, FiredRule, Policy, ValidUntil};
use crate::model::name::fold;
use serde_json::Value as Json;
use std::collections::{BTreeSet, HashSet};

impl Suite {
    /// Runs every expectation. A context that the policy refuses fails the expectations of that context.
    ///
    /// Cost: one context and one decision with its reasons for each expectation; `valid_until` only where expected.
    pub fn run(&self, policy: &Policy) -> Report {
        let results = self.tests.iter().flat_map(|test| run_test(policy, test)).collect();
        Report { results }
    }
}

impl Suite {
    /// Each context that the policy accepts, with the entitlements that are looked at in it.
    pub fn cases(&self, policy: &Policy) -> Vec<(Context, Vec<EntitlementId>)> {
        let mut cases = Vec::new();
        for test in &self.tests {
            let named = test.expect.iter().filter_map(|expected| policy.entitlement(&expected.entitlement.text).ok());
            let looked_at: Vec<EntitlementId> = named.collect();
            let contexts = test.contexts.iter().filter_map(|case| case.context(policy).ok());
            cases.extend(contexts.map(|context| (context, looked_at.clone())));
        }
        cases
    }

    /// Whether some expectation about entitlements of these names is not met by a version of the policy.
    pub fn notices(&self, policy: &Policy, about: &BTreeSet<String>) -> bool {
        let known: HashSet<String> = about.iter().map(|name| fold(name)).collect();
        let is_missed = |test: &Test| {
            let asked = test.expect.iter().filter(|expected| known.contains(&fold(&expected.entitlement.text)));
            let asked: Vec<&Expectation> = asked.collect();
            !asked.is_empty()
                && test.contexts.iter().any(|case| match case.context(policy) {
                    Ok(context) => asked.iter().any(|expected| !run_one(policy, &context, case, expected).0.is_empty()),
                    Err(_) => true,
                })
        };
        self.tests.iter().any(is_missed)
    }
}

fn run_test(policy: &Policy, test: &Test) -> Vec<Result> {
    let mut results = Vec::new();
    for case in &test.contexts {
        let context = case.context(policy);
        for expectation in &test.expect {
            let (differences, why) = match &context {
                Ok(context) => run_one(policy, context, case, expectation),
                Err(error) => (vec![refused(error)], None),
            };
            results.push(Result {
                test: test.name.clone(),
                context: case.name.clone(),
                entitlement: expectation.entitlement.text.clone(),
                span: expectation.entitlement.span,
                differences,
                why,
            });
        }
    }
    results
}

impl Case {
    /// The context as the policy reads it.
    pub(super) fn context(&self, policy: &Policy) -> std::result::Result<Context, Error> {
        let values = self.values.to_json(&policy.rule_set().catalogue);
        policy.context().values(&values).build()
    }

    /// The language in which the person is spoken to.
    fn language(&self) -> Option<&str> {
        self.values.get("language").and_then(|given| given.value.text())
    }
}

fn refused(error: &Error) -> Difference {
    let problems: Vec<String> = error.problems().iter().map(|problem| problem.message.clone()).collect();
    let expected = "a context that the policy accepts".to_owned();
    Difference { what: "context".to_owned(), expected, got: problems.join("; ") }
}

fn run_one(
    policy: &Policy,
    context: &Context,
    case: &Case,
    expectation: &Expectation,
) -> (Vec<Difference>, Option<Why>) {
    let id = match policy.entitlement(&expectation.entitlement.text) {
        Ok(id) => id,
        Err(error) => {
            let expected = format!("`{}`", expectation.entitlement.text);
            let got = error.to_string();
            return (vec![Difference { what: "entitlement".to_owned(), expected, got }], None);
        }
    };
    let decision = policy.decide(context, id);
    let differences = compare(&decision, case.language(), expectation);
    let why = if differences.is_empty() { None } else { Some(why(&decision, case.language())) };
    (differences, why)
}

fn compare(decision: &Decision<'_>, language: Option<&str>, expectation: &Expectation) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut note = |what: &str, expected: String, got: String| {
        differences.push(Difference { what: what.to_owned(), expected, got });
    };
    let outcome = decision.outcome();
    if let Some(expected) = expectation.outcome.filter(|expected| *expected != outcome) {
        note("outcome", expected.to_string(), outcome.to_string());
    }
    if let Some(expected) = &expectation.rules {
        let got = decision.rules().iter().map(|fired| fired.rule.id.to_string()).collect();
        unless_same("rules", expected, got, &mut note);
    }
    if let Some(expected) = &expectation.missing {
        unless_same("missing", expected, decision.missing().iter().map(|&name| name.to_owned()).collect(), &mut note);
    }
    if let Some(expected) = &expectation.because {
        let got = decision.because(language).iter().map(|&text| text.to_owned()).collect();
        unless_same("because", expected, got, &mut note);
    }
    if !expectation.parameters.is_empty() {
        compare_parameters(decision, expectation, &mut note);
    }
    if let Some(expected) = expectation.valid_until {
        let got = decision.valid_until();
        if !expected.is_met_by(&got) {
            note("valid until", until_word(expected), valid_until_words(&got));
        }
    }
    differences
}

fn compare_parameters(decision: &Decision<'_>, expectation: &Expectation, note: &mut impl FnMut(&str, String, String)) {
    let record = serde_json::to_value(decision.record(None)).unwrap_or_default();
    let set = record.get("parameters").and_then(Json::as_object);
    for (name, expected) in &expectation.parameters {
        let wanted = fold(&name.text);
        let got = set.and_then(|set| set.iter().find(|(key, _)| fold(key) == wanted)).map(|(_, value)| texts(value));
        let what = format!("parameter {}", name.text);
        match (expected, got) {
            (None, None) => {}
            (None, Some(got)) => note(&what, "not set".to_owned(), listed(&got)),
            (Some(expected), got) => unless_same(&what, expected, got.unwrap_or_default(), note),
        }
    }
}

/// Lists compare without regard to order and case.
fn unless_same(what: &str, expected: &[Word], got: Vec<String>, note: &mut impl FnMut(&str, String, String)) {
    let expected: Vec<String> = expected.iter().map(|word| word.text.clone()).collect();
    let normal = |list: &[String]| {
        let mut folded: Vec<String> = list.iter().map(|text| fold(text)).collect();
        folded.sort();
        folded
    };
    if normal(&expected) != normal(&got) {
        note(what, listed(&expected), listed(&got));
    }
}

fn listed(words: &[String]) -> String {
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

fn texts(value: &Json) -> Vec<String> {
    match value {
        Json::Array(items) => items.iter().flat_map(texts).collect(),
        Json::String(text) => vec![text.clone()],
        Json::Null => vec!["no value".to_owned()],
        other => vec![other.to_string()],
    }
}

fn why(decision: &Decision<'_>, language: Option<&str>) -> Why {
    Why {
        outcome: decision.outcome(),
        rules: decision.rules().iter().map(why_rule).collect(),
        outranked: decision.outranked().iter().map(why_rule).collect(),
        missing: decision.missing().iter().map(|&name| name.to_owned()).collect(),
        because: decision.because(language).iter().map(|&text| text.to_owned()).collect(),
    }
}

fn why_rule(fired: &FiredRule<'_>) -> WhyRule {
    WhyRule {
        id: fired.rule.id.to_string(),
        is_named: fired.rule.is_named,
        text: fired.rule.text.clone(),
        span: fired.rule.spans.first().copied(),
        is_certain: fired.is_certain,
    }
}

impl Until {
    fn is_met_by(self, got: &ValidUntil) -> bool {
        match (self, got) {
            (Self::Instant(expected), ValidUntil::Until(got)) => expected == *got,
            // nothing changes within the horizon: as far as anybody looked, never
            (Self::Never, ValidUntil::Never | ValidUntil::Horizon(_)) | (Self::Unknown, ValidUntil::Unknown) => true,
            _ => false,
        }
    }
}

fn until_word(until: Until) -> String {
    match until {
        Until::Instant(instant) => instant.to_string(),
        Until::Never => "never".to_owned(),
        Until::Unknown => "unknown".to_owned(),
    }
}

fn valid_until_words(got: &ValidUntil) -> String {
    match got {
        ValidUntil::Until(instant) => instant.to_string(),
        ValidUntil::Never => "never".to_owned(),
        ValidUntil::Unknown => "unknown".to_owned(),
        ValidUntil::Horizon(instant) => format!("not before {instant}"),
    }
}
