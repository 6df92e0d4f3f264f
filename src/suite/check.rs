//! A suite's names against a policy's: what a test names must be there, and its contexts must be accepted.

use super::read::did_you_mean;
use super::{Case, Expectation, Suite, codes};
use crate::diagnostic::{Code, Diagnostic};
use crate::eval::Policy;
use crate::model::RuleSet;
use crate::model::name::fold;
use crate::source::Span;
use std::collections::HashSet;

impl Suite {
    /// Every name that the policy does not have, every context that it refuses, and every property that is not one of it.
    ///
    /// Cost: one context for each test and context.
    pub fn check(&self, policy: &Policy) -> Vec<Diagnostic> {
        let mut checker = Checker { policy, names: Names::of(policy.rule_set()), problems: Vec::new() };
        for test in &self.tests {
            for case in &test.contexts {
                checker.context(case);
            }
            for expectation in &test.expect {
                checker.expectation(expectation);
            }
        }
        for stated in &self.properties {
            stated.resolve(policy, &mut checker.problems);
        }
        checker.without_repeats()
    }
}

/// Folded names of what a test can speak of.
struct Names<'p> {
    rules: HashSet<String>,
    rule_ids: Vec<&'p str>,
    entitlements: Vec<&'p str>,
    parameters: Vec<&'p str>,
    attributes: Vec<&'p str>,
}

impl<'p> Names<'p> {
    fn of(rules: &'p RuleSet) -> Self {
        let catalogue = &rules.catalogue;
        Self {
            rules: rules.rules.iter().map(|rule| fold(&rule.id)).collect(),
            rule_ids: rules.rules.iter().filter(|rule| rule.is_named).map(|rule| &*rule.id).collect(),
            entitlements: catalogue.entitlements.values().map(|entitlement| entitlement.name.as_str()).collect(),
            parameters: catalogue.parameters.values().map(|parameter| parameter.name.as_str()).collect(),
            attributes: catalogue.attributes.values().map(|attribute| attribute.name.as_str()).collect(),
        }
    }
}

struct Checker<'p> {
    policy: &'p Policy,
    names: Names<'p>,
    problems: Vec<Diagnostic>,
}

impl Checker<'_> {
    fn expectation(&mut self, expectation: &Expectation) {
        let catalogue = &self.policy.rule_set().catalogue;
        let name = &expectation.entitlement;
        if self.policy.entitlement(&name.text).is_err() {
            let known = self.names.entitlements.clone();
            let is_group = catalogue.groups.contains_key(&fold(&name.text));
            let message = if is_group {
                format!("`{}` is a group: ask about one of its members", name.text)
            } else {
                format!("the policy has no entitlement `{}`", name.text)
            };
            self.unknown(codes::UNKNOWN_ENTITLEMENT, name.span, message, &name.text, &known);
        }
        for rule in expectation.rules.iter().flatten() {
            if !self.names.rules.contains(&fold(&rule.text)) {
                let known = self.names.rule_ids.clone();
                let message = format!("the policy has no rule `{}`", rule.text);
                self.unknown(codes::UNKNOWN_RULE, rule.span, message, &rule.text, &known);
            }
        }
        for (name, _) in &expectation.parameters {
            if !catalogue.parameters.contains_key(&fold(&name.text)) {
                let known = self.names.parameters.clone();
                let message = format!("the policy has no parameter `{}`", name.text);
                self.unknown(codes::UNKNOWN_PARAMETER, name.span, message, &name.text, &known);
            }
        }
        for name in expectation.missing.iter().flatten() {
            if !catalogue.attributes.contains_key(&fold(&name.text)) {
                let known = self.names.attributes.clone();
                let message = format!("the policy has no attribute `{}`", name.text);
                self.unknown(codes::UNKNOWN_ATTRIBUTE, name.span, message, &name.text, &known);
            }
        }
    }

    fn context(&mut self, case: &Case) {
        let Err(error) = case.context(self.policy) else { return };
        for problem in error.problems() {
            let given = problem.attribute.as_deref().and_then(|name| case.values.get(name));
            let span = given.map_or(case.span, |given| given.span);
            let mut diagnostic = Diagnostic::error(codes::BAD_CONTEXT, span, problem.message.clone());
            diagnostic.help.extend(problem.help.clone());
            if given.is_some() && span != case.span {
                diagnostic = diagnostic.label(case.span, "in the context of this test");
            }
            self.problems.push(diagnostic);
        }
    }

    fn unknown(&mut self, code: Code, span: Span, message: String, word: &str, known: &[&str]) {
        let problem = Diagnostic::error(code, span, message);
        self.problems.push(match did_you_mean(word, known.iter().copied()) {
            Some(help) => problem.help(help),
            None => problem,
        });
    }

    /// A context that many tests use is reported once.
    fn without_repeats(self) -> Vec<Diagnostic> {
        let mut seen = HashSet::new();
        let is_new = |problem: &Diagnostic| seen.insert((problem.span(), problem.message.clone()));
        let mut problems = self.problems;
        problems.retain(is_new);
        problems.sort_by_key(Diagnostic::span);
        problems
    }
}
