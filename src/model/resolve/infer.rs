//! A catalogue out of the rules themselves, for a policy without one.
//!
//! Every use of an attribute is evidence of its type; all uses must agree. Names are open: any value may come. The result
//! does not depend on the order of rules: everything is sorted by folded name.

use super::names::{attribute_name, is_built_in};
use crate::diagnostic::Diagnostic;
use crate::model::catalogue::{
    Attribute, Catalogue, Combine, Entitlement, EntitlementKind, NameType, NumberType, Parameter, Type,
};
use crate::model::catalogue_file::empty_catalogue;
use crate::model::name::fold;
use crate::model::{EntitlementId, NOW, codes};
use crate::source::Span;
use crate::syntax::ast::{self, Shape};
use indexmap::IndexMap;
use std::collections::BTreeMap;

/// What one use says of an attribute's type.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
enum Evidence {
    Bool,
    Name,
    Number,
    Duration,
    Time,
    Date,
    DateTime,
    Address,
    Version,
    Weekday,
    Set,
}

/// Everything that is known of one attribute.
#[derive(Default)]
struct Uses {
    spellings: BTreeMap<String, Span>,
    evidence: BTreeMap<Evidence, Span>,
    /// Names it is compared with, by folded form.
    values: Spellings,
    /// Compared by order, or within a range.
    is_ordered: bool,
    /// Tested by `within`.
    is_elapsed: bool,
    /// Attributes of the same type.
    same_as: Vec<String>,
}

/// Spellings of each folded name with a place.
type Spellings = BTreeMap<String, BTreeMap<String, Span>>;

/// The catalogue that `let`s, those of a circle too, and rules imply. Reports uses that do not agree, and names that differ by little.
pub(super) fn catalogue(
    written: &[ast::Let],
    rules: &[ast::Rule],
    lets: &IndexMap<String, &ast::Let>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Catalogue {
    let mut found = Found { lets, attributes: BTreeMap::new(), targets: BTreeMap::new(), parameters: BTreeMap::new() };
    written.iter().for_each(|item| found.condition(&item.condition));
    rules.iter().for_each(|rule| found.rule(rule));
    found.share_types();
    super::checks::near_misses(
        found.attributes.iter().map(|(name, uses)| (name.as_str(), &uses.spellings)),
        "attribute",
        diagnostics,
    );
    for uses in found.attributes.values() {
        super::checks::near_misses(uses.values.iter().map(|(name, all)| (name.as_str(), all)), "value", diagnostics);
    }
    super::checks::near_misses(
        found.targets.iter().map(|(name, target)| (name.as_str(), &target.spellings)),
        "entitlement",
        diagnostics,
    );
    found.into_catalogue(diagnostics)
}

#[derive(Default)]
struct Target {
    spellings: BTreeMap<String, Span>,
    parent: Option<String>,
}

/// A parameter: its spellings, and what each value it is set to says of its type.
type Set = (BTreeMap<String, Span>, Vec<Option<Evidence>>);

struct Found<'a> {
    lets: &'a IndexMap<String, &'a ast::Let>,
    attributes: BTreeMap<String, Uses>,
    targets: BTreeMap<String, Target>,
    parameters: BTreeMap<String, Set>,
}

impl Found<'_> {
    fn rule(&mut self, rule: &ast::Rule) {
        self.condition(&rule.condition);
        rule.unless.iter().for_each(|lifts| self.condition(lifts));
        for effect in &rule.effects {
            let named = match &effect.targets {
                ast::Targets::Named(paths) => paths,
                ast::Targets::All { except, .. } => except,
            };
            named.iter().for_each(|path| self.target(path));
            effect.parameters.iter().for_each(|parameter| self.parameter(parameter));
        }
    }

    fn target(&mut self, path: &ast::Path) {
        let joined = path.joined();
        let target = self.targets.entry(fold(&joined)).or_default();
        let span = target.spellings.entry(joined.into_owned()).or_insert(path.span);
        *span = (*span).min(path.span);
        if let [above @ .., _] = path.segments.as_slice()
            && !above.is_empty()
        {
            let above: Vec<&str> = above.iter().map(|segment| segment.text.as_str()).collect();
            target.parent = Some(fold(&above.join(".")));
        }
    }

    fn parameter(&mut self, parameter: &ast::Parameter) {
        let name = parameter.name.joined();
        let (spellings, evidence) = self.parameters.entry(fold(&name)).or_default();
        spellings.entry(name.into_owned()).or_insert(parameter.span);
        match &parameter.value {
            ast::ParameterValue::One(operand) => evidence.push(of_operand(operand)),
            ast::ParameterValue::List(operands) => evidence.extend(operands.iter().map(of_operand)),
            ast::ParameterValue::From(path) => {
                evidence.push(Some(Evidence::Name));
                self.uses(path);
            }
        }
    }

    /// The record of an attribute; none for what is built in.
    fn uses(&mut self, path: &ast::Path) -> Option<&mut Uses> {
        let folded = attribute_name(path);
        if is_built_in(&folded) {
            return None;
        }
        let uses = self.attributes.entry(folded.into_owned()).or_default();
        let joined = path.joined();
        let spelled = joined.strip_prefix("user.").unwrap_or(&joined).to_owned();
        let span = uses.spellings.entry(spelled).or_insert(path.span);
        *span = (*span).min(path.span);
        Some(uses)
    }

    fn note(&mut self, path: &ast::Path, evidence: Evidence, span: Span) {
        if let Some(uses) = self.uses(path) {
            let place = uses.evidence.entry(evidence).or_insert(span);
            *place = (*place).min(span);
        }
    }

    fn condition(&mut self, condition: &ast::Condition) {
        match &condition.kind {
            ast::ConditionKind::Always => {}
            ast::ConditionKind::Not(inner) => self.condition(inner),
            ast::ConditionKind::And(parts) | ast::ConditionKind::Or(parts) => {
                parts.iter().for_each(|part| self.condition(part));
            }
            ast::ConditionKind::Test { subject, operator } => self.test(subject, operator.as_ref(), condition.span),
        }
    }

    fn test(&mut self, subject: &ast::Path, operator: Option<&ast::Operator>, span: Span) {
        let Some(operator) = operator else {
            if !self.lets.contains_key(&*attribute_name(subject)) {
                self.note(subject, Evidence::Bool, span);
            }
            return;
        };
        self.uses(subject);
        match operator {
            ast::Operator::Compare(comparison, operand) => {
                if !matches!(comparison, ast::Comparison::Equal | ast::Comparison::NotEqual) {
                    self.mark_ordered(subject);
                }
                self.operand(subject, operand);
            }
            ast::Operator::In { right, .. } => self.members(subject, right),
            ast::Operator::Has(how, members) => self.has(subject, *how, members, span),
            ast::Operator::Exactly { .. } => self.note(subject, Evidence::Name, span),
            ast::Operator::State { state: ast::State::Empty, .. } => self.note(subject, Evidence::Set, span),
            ast::Operator::State { .. } => {}
            ast::Operator::Pattern(..) => self.note(subject, Evidence::Name, span),
            ast::Operator::Within(_) => {
                if let Some(uses) = self.uses(subject) {
                    uses.is_elapsed = true;
                }
            }
        }
    }

    fn mark_ordered(&mut self, subject: &ast::Path) {
        if let Some(uses) = self.uses(subject) {
            uses.is_ordered = true;
        }
    }

    fn members(&mut self, subject: &ast::Path, members: &ast::Members) {
        match members {
            ast::Members::One(operand) => self.operand(subject, operand),
            ast::Members::Range(low, high) => self.range(subject, low, high),
            ast::Members::List(list, _) => list.iter().for_each(|member| match member {
                ast::Member::One(operand) => self.operand(subject, operand),
                ast::Member::Range(low, high) => self.range(subject, low, high),
            }),
        }
    }

    fn range(&mut self, subject: &ast::Path, low: &ast::Operand, high: &ast::Operand) {
        self.mark_ordered(subject);
        self.operand(subject, low);
        self.operand(subject, high);
    }

    fn has(&mut self, subject: &ast::Path, how: ast::HasHow, members: &ast::Members, span: Span) {
        self.note(subject, Evidence::Set, span);
        match members {
            ast::Members::One(ast::Operand::Path(path)) if path.segments.len() > 1 => {
                if how == ast::HasHow::One {
                    self.uses(path);
                } else {
                    self.note(path, Evidence::Set, path.span);
                }
            }
            ast::Members::One(operand) => self.value(subject, operand),
            ast::Members::List(list, _) => list.iter().for_each(|member| {
                if let ast::Member::One(operand) = member {
                    self.value(subject, operand);
                }
            }),
            ast::Members::Range(..) => {}
        }
    }

    /// Notes a name that an attribute is compared with.
    fn value(&mut self, subject: &ast::Path, operand: &ast::Operand) {
        let ast::Operand::Path(path) = operand else { return };
        if let Some(uses) = self.uses(subject) {
            let joined = path.joined();
            uses.values.entry(fold(&joined)).or_default().entry(joined.into_owned()).or_insert(path.span);
        }
    }

    fn operand(&mut self, subject: &ast::Path, operand: &ast::Operand) {
        match operand {
            ast::Operand::Path(path) if path.segments.len() > 1 => self.same(subject, path),
            _ => {
                if let Some(evidence) = of_operand(operand) {
                    self.note(subject, evidence, operand.span());
                }
                self.value(subject, operand);
            }
        }
    }

    fn same(&mut self, left: &ast::Path, right: &ast::Path) {
        let (l, r) = (attribute_name(left), attribute_name(right));
        let span = right.span;
        if let Some(evidence) = of_built_in(&l) {
            self.note(right, evidence, span);
        } else if let Some(evidence) = of_built_in(&r) {
            self.note(left, evidence, span);
        } else {
            if let Some(uses) = self.uses(left) {
                uses.same_as.push(r.into_owned());
            }
            if let Some(uses) = self.uses(right) {
                uses.same_as.push(l.into_owned());
            }
        }
    }

    /// Attributes that are compared share what is known of them.
    fn share_types(&mut self) {
        let names: Vec<String> = self.attributes.keys().cloned().collect();
        let mut seen = std::collections::BTreeSet::new();
        for name in names {
            if !seen.insert(name.clone()) {
                continue;
            }
            let mut group = vec![name];
            let mut next = 0;
            while let Some(at) = group.get(next) {
                let others = self.attributes.get(at).map(|uses| uses.same_as.clone()).unwrap_or_default();
                group.extend(others.into_iter().filter(|other| seen.insert(other.clone())));
                next += 1;
            }
            self.share(&group);
        }
    }

    fn share(&mut self, group: &[String]) {
        let mut evidence = BTreeMap::new();
        let (mut is_ordered, mut is_elapsed) = (false, false);
        for uses in group.iter().filter_map(|name| self.attributes.get(name)) {
            evidence.extend(uses.evidence.clone());
            is_ordered |= uses.is_ordered;
            is_elapsed |= uses.is_elapsed;
        }
        for name in group {
            if let Some(uses) = self.attributes.get_mut(name) {
                uses.evidence.clone_from(&evidence);
                uses.is_ordered = is_ordered;
                uses.is_elapsed = is_elapsed;
            }
        }
    }

    fn into_catalogue(self, diagnostics: &mut Vec<Diagnostic>) -> Catalogue {
        let mut catalogue = empty_catalogue();
        catalogue.is_declared = false;
        for (folded, uses) in &self.attributes {
            let ty = decide(folded, uses, diagnostics);
            let (name, span) = first(&uses.spellings);
            let attribute = Attribute { name, ty, span, ..catalogue.attribute(NOW).clone() };
            catalogue.attributes.insert(folded.clone(), attribute);
        }
        catalogue.parameters =
            self.parameters.iter().map(|(folded, found)| (folded.clone(), parameter(found))).collect();
        catalogue.entitlements = entitlements(&self.targets);
        catalogue
    }
}

fn parameter((spellings, evidence): &Set) -> Parameter {
    let (name, span) = first(spellings);
    let all = |wanted| evidence.iter().all(|found| *found == Some(wanted));
    let ty = match evidence.first() {
        Some(Some(Evidence::Number)) if all(Evidence::Number) => Type::Number(NumberType::default()),
        Some(Some(Evidence::Duration)) if all(Evidence::Duration) => Type::Duration,
        Some(Some(Evidence::Bool)) if all(Evidence::Bool) => Type::Bool,
        _ => Type::Name(NameType::default()),
    };
    Parameter { name, ty, combine: Combine::One, span }
}

fn entitlements(targets: &BTreeMap<String, Target>) -> IndexMap<String, Entitlement> {
    let positions: BTreeMap<&String, usize> = targets.keys().enumerate().map(|(at, name)| (name, at)).collect();
    let entitlement = |target: &Target| {
        let parent = target.parent.as_ref().and_then(|parent| positions.get(parent)).map(|&at| EntitlementId::new(at));
        let (name, span) = first(&target.spellings);
        let kind = if parent.is_some() { EntitlementKind::ListedAction } else { EntitlementKind::Listed };
        Entitlement { name, kind, parent, tags: Vec::new(), facts: IndexMap::new(), span }
    };
    targets.iter().map(|(folded, target)| (folded.clone(), entitlement(target))).collect()
}

fn first(spellings: &BTreeMap<String, Span>) -> (String, Option<Span>) {
    spellings.first_key_value().map_or((String::new(), None), |(name, span)| (name.clone(), Some(*span)))
}

fn of_built_in(folded: &str) -> Option<Evidence> {
    match folded {
        "now" => Some(Evidence::DateTime),
        "time" => Some(Evidence::Time),
        "date" => Some(Evidence::Date),
        "weekday" => Some(Evidence::Weekday),
        _ => None,
    }
}

fn of_operand(operand: &ast::Operand) -> Option<Evidence> {
    match operand {
        ast::Operand::Path(path) if path.segments.len() > 1 => None,
        ast::Operand::Path(_) | ast::Operand::Exactly(_) => Some(Evidence::Name),
        ast::Operand::Literal(literal) => Some(match literal.shape {
            Shape::Bool => Evidence::Bool,
            Shape::Number => Evidence::Number,
            Shape::Duration => Evidence::Duration,
            Shape::Time => Evidence::Time,
            Shape::Date => Evidence::Date,
            Shape::DateTime => Evidence::DateTime,
            Shape::Address => Evidence::Address,
            Shape::Version => Evidence::Version,
        }),
    }
}

/// The one type that all uses allow, or a report of two that do not agree.
fn decide(folded: &str, uses: &Uses, diagnostics: &mut Vec<Diagnostic>) -> Type {
    let kinds: Vec<Evidence> = uses.evidence.keys().copied().collect();
    let text = Type::Name(NameType::default());
    match kinds.as_slice() {
        [] if uses.is_elapsed => Type::Date,
        [] if uses.is_ordered => Type::Number(NumberType::default()),
        [] => text,
        [Evidence::Bool] => Type::Bool,
        [Evidence::Name] | [Evidence::Name, Evidence::Duration] if !uses.is_ordered => text,
        [Evidence::Duration] if !uses.is_ordered => text,
        [Evidence::Name] => text,
        [Evidence::Number] => Type::Number(NumberType::default()),
        [Evidence::Duration] => Type::Duration,
        [Evidence::Time] => Type::Time,
        [Evidence::Date] => Type::Date,
        [Evidence::DateTime] => Type::DateTime,
        [Evidence::Address] => Type::Address,
        [Evidence::Version] | [Evidence::Number, Evidence::Version] => Type::Version,
        [Evidence::Weekday] | [Evidence::Name, Evidence::Weekday] => Type::Weekday,
        [Evidence::Set] => Type::Set(Box::new(text)),
        _ => {
            report_clash(folded, uses, diagnostics);
            text
        }
    }
}

fn report_clash(folded: &str, uses: &Uses, diagnostics: &mut Vec<Diagnostic>) {
    let mut uses_of = uses.evidence.iter();
    let (Some((first, &here)), Some((second, &there))) = (uses_of.next(), uses_of.next()) else { return };
    let name = uses.spellings.keys().next().map_or(folded, String::as_str);
    let what = |evidence: &Evidence| match evidence {
        Evidence::Bool => "true or false",
        Evidence::Name => "a name",
        Evidence::Number => "a number",
        Evidence::Duration => "a length of time",
        Evidence::Time => "a time of day",
        Evidence::Date => "a date",
        Evidence::DateTime => "a date and time",
        Evidence::Address => "a network address",
        Evidence::Version => "a version",
        Evidence::Weekday => "a day of the week",
        Evidence::Set => "a set",
    };
    diagnostics.push(
        Diagnostic::error(codes::TYPE_CLASH, here, format!("`{name}` is used in two ways that do not agree"))
            .at(format!("here it is {}", what(first)))
            .label(there, format!("here it is {}", what(second)))
            .help("use it in one way, or declare its type in a catalogue"),
    );
}
