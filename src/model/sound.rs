//! Whether a rule set that was read from bytes holds together: every number in it stands for something, and every value
//! and test fits what it is about.
//!
//! What the resolver makes always does. The rest of the library relies on it and looks up without asking.

use super::catalogue::{Catalogue, Omitted, Origin, Type};
use super::condition::{Condition, ConditionKind, Days, Element, Input, Range, Relation, Test};
use super::name::folded;
use super::rule::{Effect, Rule, Setting, SettingValue};
use super::value::{State, Value};
use super::{AttributeId, EntitlementId, NOW, NodeIndex, RuleSet, ZoneId};
use crate::source::{Sources, Span};

/// Things inside one another, such as actions of things, at most.
const LEVELS: usize = 64;

/// Whether everything holds together. `tests` are those of all conditions. Cost: linear.
pub(crate) fn is_sound(rules: &RuleSet, tests: &[Test]) -> bool {
    let found = Found { catalogue: &rules.catalogue, sources: &rules.sources };
    found.catalogue()
        && tests.iter().all(|test| found.test(test))
        && rules.catalogue.assumptions.iter().all(|condition| found.condition(condition, rules.lets.len()))
        && rules.lets.iter().enumerate().all(|(at, item)| found.condition(&item.condition, at) && found.span(item.span))
        && sizes_are_bounded(rules)
        && rules.rules.iter().all(|rule| found.rule(rule, rules.lets.len()))
        && rules.rules.windows(2).all(|two| matches!(two, [a, b] if folded(&a.id) < folded(&b.id)))
}

/// The `let`s written out are no larger than the resolver lets them be.
fn sizes_are_bounded(rules: &RuleSet) -> bool {
    let mut sizes: Vec<Option<u64>> = Vec::with_capacity(rules.lets.len());
    for item in &rules.lets {
        let size = super::resolve::written_out(&item.condition, &sizes);
        sizes.push(size);
    }
    sizes.iter().all(Option::is_some)
}

struct Found<'r> {
    catalogue: &'r Catalogue,
    sources: &'r Sources,
}

impl Found<'_> {
    fn catalogue(&self) -> bool {
        let Catalogue { attributes, parameters, tags, entitlements, groups, hierarchies, zones, .. } = self.catalogue;
        let begins_with_now = attributes.get_index(NOW.index()).is_some_and(|(name, now)| {
            name == "now" && now.ty == Type::DateTime && matches!(now.origin, Origin::Context)
        });
        let has_default = |omitted: &Omitted, ty: &Type| match omitted {
            Omitted::Default(value) => self.value(value, ty),
            Omitted::Unknown | Omitted::Absent => true,
        };
        begins_with_now
            && !zones.is_empty()
            && hierarchies.values().all(|hierarchy| self.place(hierarchy.span))
            && attributes.values().all(|attribute| {
                let is_known = match attribute.origin {
                    Origin::Resource(resource) => self.entitlement(resource),
                    Origin::Subject | Origin::Context | Origin::Action => true,
                };
                let fits = self.ty(&attribute.ty) && has_default(&attribute.omitted, &attribute.ty);
                is_known && fits && self.place(attribute.span)
            })
            && parameters.values().all(|parameter| self.ty(&parameter.ty) && self.place(parameter.span))
            && tags.values().all(|tag| {
                let default = tag.default.as_ref().is_none_or(|default| self.state(default, &tag.ty));
                self.ty(&tag.ty) && default && self.place(tag.span)
            })
            && entitlements.values().all(|entitlement| {
                let parent =
                    |id: &EntitlementId| entitlements.get_index(id.index()).and_then(|(_, above)| above.parent);
                let is_tagged = entitlement.tags.len() == tags.len() || entitlement.tags.is_empty();
                entitlement.parent.is_none_or(|parent| self.entitlement(parent))
                    && std::iter::successors(entitlement.parent, parent).take(LEVELS).count() < LEVELS
                    && is_tagged
                    && entitlement.tags.iter().zip(tags.values()).all(|(state, tag)| self.state(state, &tag.ty))
                    && self.place(entitlement.span)
            })
            && groups
                .values()
                .all(|group| group.members.iter().all(|&id| self.entitlement(id)) && self.place(group.span))
    }

    fn rule(&self, rule: &Rule, lets: usize) -> bool {
        self.condition(&rule.condition, lets)
            && !rule.spans.is_empty()
            && rule.spans.iter().all(|&span| self.span(span))
            && rule.effects.iter().all(|effect| self.effect(effect, lets))
    }

    fn effect(&self, effect: &Effect, lets: usize) -> bool {
        self.condition(&effect.guard, lets)
            && self.span(effect.span)
            && effect.targets.is_sorted_by(|a, b| a < b)
            && effect.targets.last().is_none_or(|&last| self.entitlement(last))
            && effect.parameters.iter().all(|setting| self.setting(setting))
    }

    fn setting(&self, setting: &Setting) -> bool {
        let Some((_, parameter)) = self.catalogue.parameters.get_index(setting.parameter.index()) else { return false };
        let element = match &parameter.ty {
            Type::Set(element) => element,
            ty => ty,
        };
        match &setting.value {
            SettingValue::Constants(values) => values.iter().all(|value| self.value(value, element)),
            SettingValue::Attribute(attribute) => self.attribute(*attribute).is_some(),
            SettingValue::Column(attribute, column) => match self.attribute(*attribute) {
                Some(Type::Node(id)) => {
                    let hierarchy = self.catalogue.hierarchies.get_index(id.index());
                    hierarchy.is_some_and(|(_, hierarchy)| *column < hierarchy.columns.len())
                }
                _ => false,
            },
        }
    }

    /// Its `let`s are of smaller number than `lets`, its places are places. Its tests were looked at before.
    fn condition(&self, condition: &Condition, lets: usize) -> bool {
        let is_known = match &condition.kind {
            ConditionKind::Constant(_) | ConditionKind::Test(_) => true,
            ConditionKind::Let(id) => id.index() < lets,
            ConditionKind::Not(inner) => self.condition(inner, lets),
            ConditionKind::And(parts) | ConditionKind::Or(parts) => parts.iter().all(|part| self.condition(part, lets)),
        };
        is_known && self.place(condition.span)
    }

    fn test(&self, test: &Test) -> bool {
        let input = |input: &Input| self.input(*input);
        match test {
            Test::Is(of) => input(of) == Some(&Type::Bool),
            Test::OneOf(of, _) | Test::Matches(of, _) => matches!(input(of), Some(Type::Name(_))),
            Test::InRanges(of, ranges) => input(of).is_some_and(|ty| ranges.iter().all(|range| self.range(range, ty))),
            Test::Within(of, nodes) => input(of).is_some_and(|ty| self.nodes(nodes, ty)),
            Test::ExactlyNode(of, node) => input(of).is_some_and(|ty| self.nodes(&[*node], ty)),
            Test::InNetworks(of, _) => input(of) == Some(&Type::Address),
            Test::During(during) => {
                self.zone(during.zone)
                    && match &during.days {
                        Days::Weekdays(_) => true,
                        Days::Dates(dates) => dates.is_sorted(),
                    }
            }
            Test::Elapsed(of, _) => matches!(self.attribute(*of), Some(Type::Date | Type::DateTime)),
            Test::Has(of, _, elements) => self
                .element_of(*of)
                .is_some_and(|ty| !elements.is_empty() && elements.iter().all(|element| self.element(element, ty))),
            Test::IsEmpty(of) => self.element_of(*of).is_some(),
            Test::HasValueOf(set, of) => alike(self.element_of(*set), self.attribute(*of)),
            Test::HasSetOf(set, _, of) => alike(self.element_of(*set), self.element_of(*of)),
            Test::Compare(left, relation, right) => {
                let is_order = match relation {
                    Relation::Within => matches!(input(left), Some(Type::Node(_))),
                    Relation::Equal => !matches!(input(left), Some(Type::Set(_))),
                    Relation::Less | Relation::LessOrEqual => input(left).is_some_and(is_ordered),
                };
                is_order && alike(input(left), input(right))
            }
            Test::IsKnown(of) | Test::IsAbsent(of) => self.attribute(*of).is_some(),
        }
    }

    fn range(&self, range: &Range, ty: &Type) -> bool {
        let bound = |bound: &Option<(Value, bool)>| bound.as_ref().is_none_or(|(value, _)| self.value(value, ty));
        (is_ordered(ty) || *ty == Type::Weekday) && bound(&range.low) && bound(&range.high)
    }

    fn element(&self, element: &Element, ty: &Type) -> bool {
        match element {
            Element::Name(_) => matches!(ty, Type::Name(_)),
            Element::Nodes(nodes) => self.nodes(nodes, ty),
        }
    }

    fn input(&self, input: Input) -> Option<&Type> {
        match input {
            Input::Attribute(id) => self.attribute(id),
            Input::Time(zone) => self.zone(zone).then_some(&Type::Time),
            Input::Date(zone) => self.zone(zone).then_some(&Type::Date),
            Input::Weekday(zone) => self.zone(zone).then_some(&Type::Weekday),
        }
    }

    fn attribute(&self, id: AttributeId) -> Option<&Type> {
        self.catalogue.attributes.get_index(id.index()).map(|(_, attribute)| &attribute.ty)
    }

    /// What a set holds; none of what is no set.
    fn element_of(&self, id: AttributeId) -> Option<&Type> {
        match self.attribute(id)? {
            Type::Set(element) => Some(element),
            _ => None,
        }
    }

    fn zone(&self, id: ZoneId) -> bool {
        id.index() < self.catalogue.zones.len()
    }

    fn entitlement(&self, id: EntitlementId) -> bool {
        id.index() < self.catalogue.entitlements.len()
    }

    fn ty(&self, ty: &Type) -> bool {
        match ty {
            Type::Node(id) => id.index() < self.catalogue.hierarchies.len(),
            Type::Set(element) => matches!(**element, Type::Name(_) | Type::Node(_)) && self.ty(element),
            _ => true,
        }
    }

    fn state(&self, state: &State, ty: &Type) -> bool {
        match state {
            State::Present(value) => self.value(value, ty),
            State::Unknown | State::Absent => true,
        }
    }

    fn nodes(&self, nodes: &[NodeIndex], ty: &Type) -> bool {
        let Type::Node(id) = ty else { return false };
        let hierarchy = self.catalogue.hierarchies.get_index(id.index());
        hierarchy.is_some_and(|(_, hierarchy)| nodes.iter().all(|node| node.index() < hierarchy.nodes.len()))
    }

    fn value(&self, value: &Value, ty: &Type) -> bool {
        match (value, ty) {
            (Value::Bool(_), Type::Bool)
            | (Value::Name(_), Type::Name(_))
            | (Value::Number(_), Type::Number(_))
            | (Value::Time(_), Type::Time)
            | (Value::Date(_), Type::Date)
            | (Value::DateTime(_), Type::DateTime)
            | (Value::Duration(_), Type::Duration)
            | (Value::Ip(_), Type::Address)
            | (Value::Version(_), Type::Version) => true,
            (Value::Weekday(day), Type::Weekday) => *day < 7,
            (Value::Node(node), _) => self.nodes(&[*node], ty),
            (Value::Set(set), Type::Set(element)) => {
                set.members.iter().chain(&set.possible).all(|value| self.value(value, element))
            }
            _ => false,
        }
    }

    fn place(&self, span: Option<Span>) -> bool {
        span.is_none_or(|span| self.span(span))
    }

    fn span(&self, span: Span) -> bool {
        self.sources.holds(span)
    }
}

fn is_ordered(ty: &Type) -> bool {
    matches!(ty, Type::Number(_) | Type::Time | Type::Date | Type::DateTime | Type::Duration | Type::Version)
}

fn alike(a: Option<&Type>, b: Option<&Type>) -> bool {
    match (a, b) {
        (Some(Type::Node(a)), Some(Type::Node(b))) => a == b,
        (Some(a), Some(b)) => std::mem::discriminant(a) == std::mem::discriminant(b),
        _ => false,
    }
}
