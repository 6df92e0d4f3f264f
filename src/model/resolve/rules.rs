//! Rules: condition, clauses and effects of each, with what only the whole rule can tell.

use super::{Resolver, identity, placed};
use crate::diagnostic::Diagnostic;
use crate::model::catalogue::Origin;
use crate::model::rule::{Effect, EffectKind, Rule};
use crate::model::{AttributeId, Condition, ConditionKind, EntitlementId, codes};
use crate::source::Span;
use crate::syntax::ast;
use std::collections::BTreeMap;

/// All rules that are right; the errors of the others are reported. A disabled rule's mistakes are warnings, and a
/// disabled rule with a mistake stays, with an empty condition: its id and its place are kept.
pub(super) fn resolve_all(resolver: &mut Resolver, written: impl Iterator<Item = ast::Rule>) -> Vec<Rule> {
    let mut rules = Vec::new();
    for written in written {
        let before = resolver.diagnostics.len();
        let resolved = resolver.rule(&written);
        if written.disabled {
            for diagnostic in resolver.diagnostics.iter_mut().skip(before) {
                diagnostic.severity = crate::diagnostic::Severity::Warning;
            }
            rules.push(resolved.unwrap_or_else(|| identity::parked(&written)));
        } else {
            rules.extend(resolved);
        }
    }
    rules
}

impl Resolver<'_> {
    fn rule(&mut self, written: &ast::Rule) -> Option<Rule> {
        let condition = self.whole_condition(written);
        let effects: Vec<Option<Vec<Effect>>> = written.effects.iter().map(|effect| self.effect(effect)).collect();
        let effects: Vec<Effect> = effects.into_iter().collect::<Option<Vec<_>>>()?.into_iter().flatten().collect();
        let condition = condition?;
        self.check_scope(&condition, &effects)?;
        Some(identity::rule(written, condition, effects))
    }

    /// The condition, minus `unless`, within `from` and `until`.
    fn whole_condition(&mut self, written: &ast::Rule) -> Option<Condition> {
        let condition = self.condition(&written.condition);
        let unless: Vec<Option<Condition>> = written.unless.iter().map(|lifts| self.condition(lifts)).collect();
        let period = self.period(written);
        let mut parts = vec![condition?];
        for lifts in unless {
            let lifts = lifts?;
            let span = lifts.span;
            parts.push(Condition { kind: ConditionKind::Not(Box::new(lifts)), span });
        }
        parts.extend(period?);
        if parts.len() == 1 {
            return parts.pop();
        }
        Some(placed(ConditionKind::And(parts), written.span))
    }

    /// One effect as written is several where its `where` leaves something to the context.
    fn effect(&mut self, written: &ast::Effect) -> Option<Vec<Effect>> {
        self.check_effect(written);
        let targets = self.targets(written.kind, &written.targets);
        let parameters = self.parameters(written);
        let (targets, parameters) = (targets?, parameters?);
        let effects = targets.into_iter().map(|(guard, targets)| Effect {
            kind: written.kind,
            is_override: written.is_override,
            guard,
            targets,
            parameters: parameters.clone(),
            span: written.span,
        });
        Some(effects.collect())
    }

    fn check_effect(&mut self, written: &ast::Effect) {
        match written.kind {
            EffectKind::Deny if !written.parameters.is_empty() => self.report(
                Diagnostic::error(codes::DENY_WITH, written.span, "`deny` gives nothing, so it takes no `with`")
                    .help("to add a duty to what is given write `require … with …` in a rule of its own"),
            ),
            EffectKind::Require if written.parameters.is_empty() => self.report(
                Diagnostic::error(codes::REQUIRE_NOTHING, written.span, "`require` without `with` asks for nothing")
                    .help("say what is required, such as `with reauth = 12h`"),
            ),
            _ => {}
        }
    }

    /// A rule that reads a resource's attributes may target only that resource type and its actions.
    fn check_scope(&mut self, condition: &Condition, effects: &[Effect]) -> Option<()> {
        let mut read: BTreeMap<EntitlementId, (AttributeId, Option<Span>)> = BTreeMap::new();
        self.resources_read(condition, condition.span, &mut read);
        let mut all_fine = true;
        for effect in effects {
            let mut read = read.clone();
            self.resources_read(&effect.guard, Some(effect.span), &mut read);
            for (&resource, &(attribute, span)) in &read {
                let stray = effect
                    .targets
                    .iter()
                    .find(|&&target| target != resource && self.catalogue.entitlement(target).parent != Some(resource));
                if let Some(&stray) = stray {
                    self.report_stray(effect, resource, attribute, span, stray);
                    all_fine = false;
                }
            }
        }
        all_fine.then_some(())
    }

    fn report_stray(
        &mut self,
        effect: &Effect,
        resource: EntitlementId,
        attribute: AttributeId,
        span: Option<Span>,
        stray: EntitlementId,
    ) {
        let resource = &self.catalogue.entitlement(resource).name;
        let attribute = &self.catalogue.attribute(attribute).name;
        let stray = &self.catalogue.entitlement(stray).name;
        let error = Diagnostic::error(
            codes::RESOURCE_SCOPE,
            effect.span,
            format!("the rule reads `{attribute}`, but is about `{stray}`, too"),
        )
        .help(format!("target `{resource}` or its actions only, and put the rest in a rule of its own"));
        let error = match span {
            Some(span) => error.label(span, format!("only a question about `{resource}` brings this")),
            None => error,
        };
        self.report(error);
    }

    fn resources_read(
        &self,
        condition: &Condition,
        span: Option<Span>,
        into: &mut BTreeMap<EntitlementId, (AttributeId, Option<Span>)>,
    ) {
        let span = condition.span.or(span);
        match &condition.kind {
            ConditionKind::Constant(_) => {}
            ConditionKind::Not(inner) => self.resources_read(inner, span, into),
            ConditionKind::And(parts) | ConditionKind::Or(parts) => {
                parts.iter().for_each(|part| self.resources_read(part, span, into));
            }
            ConditionKind::Let(id) => {
                for (&resource, &attribute) in self.let_reads.get(id.index()).into_iter().flatten() {
                    into.entry(resource).or_insert((attribute, span));
                }
            }
            ConditionKind::Test(test) => {
                test.attributes(&mut |attribute| self.note_resource(attribute, span, into));
            }
        }
    }

    fn note_resource(
        &self,
        attribute: AttributeId,
        span: Option<Span>,
        into: &mut BTreeMap<EntitlementId, (AttributeId, Option<Span>)>,
    ) {
        if attribute.index() < self.catalogue.attributes.len()
            && let Origin::Resource(resource) = self.catalogue.attribute(attribute).origin
        {
            into.entry(resource).or_insert((attribute, span));
        }
    }
}
