//! Trees without their places: what two texts must share to mean the same.

use super::ast::{
    Condition, ConditionKind, Effect, Item, Let, Literal, Member, Members, Name, Operand, Operator, Parameter,
    ParameterValue, Path, Rule, Targets,
};
use crate::source::Span;

/// Sets every place in an item to `span`, so that items can be compared by what was written alone.
pub(super) fn erase(item: &mut Item, span: Span) {
    let eraser = Eraser(span);
    match item {
        Item::Let(item) => eraser.let_item(item),
        Item::Rule(rule) => eraser.rule(rule),
    }
}

struct Eraser(Span);

impl Eraser {
    fn let_item(&self, item: &mut Let) {
        item.span = self.0;
        self.name(&mut item.name);
        self.condition(&mut item.condition);
    }

    fn rule(&self, rule: &mut Rule) {
        rule.span = self.0;
        rule.id.iter_mut().for_each(|id| self.name(id));
        self.condition(&mut rule.condition);
        rule.effects.iter_mut().for_each(|effect| self.effect(effect));
        rule.unless.iter_mut().for_each(|condition| self.condition(condition));
        for (language, text) in &mut rule.because {
            language.iter_mut().for_each(|language| self.name(language));
            self.name(text);
        }
        rule.from.iter_mut().chain(&mut rule.until).for_each(|bound| self.literal(bound));
    }

    fn effect(&self, effect: &mut Effect) {
        effect.span = self.0;
        match &mut effect.targets {
            Targets::Named(paths) => self.paths(paths),
            Targets::All { span, except, filter } => {
                *span = self.0;
                self.paths(except);
                filter.iter_mut().for_each(|filter| self.condition(filter));
            }
        }
        effect.parameters.iter_mut().for_each(|parameter| self.parameter(parameter));
    }

    fn parameter(&self, parameter: &mut Parameter) {
        parameter.span = self.0;
        self.path(&mut parameter.name);
        match &mut parameter.value {
            ParameterValue::One(operand) => self.operand(operand),
            ParameterValue::List(operands) => operands.iter_mut().for_each(|operand| self.operand(operand)),
            ParameterValue::From(path) => self.path(path),
        }
    }

    fn condition(&self, condition: &mut Condition) {
        condition.span = self.0;
        match &mut condition.kind {
            ConditionKind::Always => {}
            ConditionKind::Not(inner) => self.condition(inner),
            ConditionKind::And(parts) | ConditionKind::Or(parts) => {
                parts.iter_mut().for_each(|part| self.condition(part))
            }
            ConditionKind::Test { subject, operator } => {
                self.path(subject);
                operator.iter_mut().for_each(|operator| self.operator(operator));
            }
        }
    }

    fn operator(&self, operator: &mut Operator) {
        match operator {
            Operator::Compare(_, operand) | Operator::Exactly { right: operand, .. } => self.operand(operand),
            Operator::In { right, on, at, .. } => {
                self.members(right);
                on.iter_mut().for_each(|on| self.members(on));
                at.iter_mut().for_each(|at| self.name(at));
            }
            Operator::Has(_, members) => self.members(members),
            Operator::State { .. } => {}
            Operator::Pattern(_, operands) => operands.iter_mut().for_each(|operand| self.operand(operand)),
            Operator::Within(duration) => self.literal(duration),
        }
    }

    fn members(&self, members: &mut Members) {
        match members {
            Members::List(list, span) => {
                *span = self.0;
                list.iter_mut().for_each(|member| self.member(member));
            }
            Members::One(operand) => self.operand(operand),
            Members::Range(low, high) => [low, high].into_iter().for_each(|end| self.operand(end)),
        }
    }

    fn member(&self, member: &mut Member) {
        match member {
            Member::One(operand) => self.operand(operand),
            Member::Range(low, high) => [low, high].into_iter().for_each(|end| self.operand(end)),
        }
    }

    fn operand(&self, operand: &mut Operand) {
        match operand {
            Operand::Path(path) => self.path(path),
            Operand::Literal(literal) => self.literal(literal),
            Operand::Exactly(name) => self.name(name),
        }
    }

    fn paths(&self, paths: &mut [Path]) {
        paths.iter_mut().for_each(|path| self.path(path));
    }

    fn path(&self, path: &mut Path) {
        path.span = self.0;
        path.segments.iter_mut().for_each(|segment| self.name(segment));
    }

    fn literal(&self, literal: &mut Literal) {
        literal.span = self.0;
    }

    fn name(&self, name: &mut Name) {
        name.span = self.0;
    }
}
