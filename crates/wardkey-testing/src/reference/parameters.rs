//! Parameters of what is given: who contributes, and how several values become one (16, 17).

use super::Reference;
use super::decision::Standing;
use crate::truth::Truth;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use wardkey::model::{
    AttributeId, Combine, Effect, EffectKind, Name, ParameterId, Rank, SettingValue, State, Type, Value,
};

/// The combined value of one parameter.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Combined {
    /// Texts in order; none for a value that could not be read.
    pub values: Vec<Option<String>>,
    /// Whether some value is not certain.
    pub is_unsettled: bool,
    /// Whether two values met where there can be but one.
    pub is_conflict: bool,
}

/// How strongly a contributor speaks for a parameter of which there is but one: require > override allow > allow > offer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Weight {
    Offer,
    Allow,
    OverrideAllow,
    Require,
}

/// One value that one effect sets.
#[derive(Clone, Debug)]
struct Contribution {
    weight: Weight,
    is_settled: bool,
    value: Option<Value>,
}

impl Reference<'_> {
    /// Parameters by name, and the unknown attributes that values should have come from.
    pub(super) fn parameters(
        &self,
        standing: &[Standing<'_>],
        deciding: Rank,
    ) -> (BTreeMap<String, Combined>, BTreeSet<AttributeId>) {
        let mut unread = BTreeSet::new();
        let mut contributions: BTreeMap<ParameterId, Vec<Contribution>> = BTreeMap::new();
        for one in standing.iter().filter(|one| one.truth != Truth::False) {
            let Some(weight) = weight(one.effect, deciding) else { continue };
            for setting in &one.effect.parameters {
                let list = contributions.entry(setting.parameter).or_default();
                for value in self.values(&setting.value, &mut unread) {
                    list.push(Contribution { weight, is_settled: one.truth == Truth::True, value });
                }
            }
        }
        let named = contributions.into_iter().filter(|(_, list)| !list.is_empty()).map(|(id, list)| {
            let parameter = &self.rules.catalogue.parameters[id.index()];
            (parameter.name.clone(), self.combine(parameter.combine, &parameter.ty, &list))
        });
        (named.collect(), unread)
    }

    /// The values of one setting; none where an attribute has no value or it is not known.
    fn values(&self, setting: &SettingValue, unread: &mut BTreeSet<AttributeId>) -> Vec<Option<Value>> {
        let (SettingValue::Attribute(attribute) | SettingValue::Column(attribute, _)) = setting else {
            let SettingValue::Constants(values) = setting else { return Vec::new() };
            return values.iter().cloned().map(Some).collect();
        };
        match (self.facts.state(*attribute), setting) {
            (State::Unknown, _) => {
                unread.insert(*attribute);
                vec![None]
            }
            (State::Absent, _) => vec![None],
            (State::Present(Value::Node(node)), SettingValue::Column(_, column)) => {
                let placed = self.placed(*attribute, node);
                let text = placed.and_then(|placed| placed.hierarchy.column(node, *column));
                vec![text.map(|text| Value::Name(Name::exact(text)))]
            }
            (State::Present(value), _) => vec![Some(value)],
        }
    }

    fn combine(&self, combine: Combine, ty: &Type, list: &[Contribution]) -> Combined {
        match combine {
            Combine::One => self.one(ty, list),
            Combine::All => self.union(ty, list),
            Combine::Least => self.extreme(ty, list, Ordering::Less),
            Combine::Most => self.extreme(ty, list, Ordering::Greater),
        }
    }

    /// The value of the highest weight that sets it with certainty; two of that weight are a conflict and both stay, in
    /// order. Other values that may be due are appended, unsettled.
    fn one(&self, ty: &Type, list: &[Contribution]) -> Combined {
        let settled = || list.iter().filter(|one| one.is_settled);
        let highest = settled().map(|one| one.weight).max();
        let due = self.texts(ty, settled().filter(|one| Some(one.weight) == highest));
        let perhaps = self.texts(ty, list.iter().filter(|one| !one.is_settled));
        let perhaps: Vec<_> = perhaps.into_iter().filter(|value| !due.contains(value)).collect();
        Combined {
            is_conflict: due.len() > 1,
            is_unsettled: !perhaps.is_empty(),
            values: due.into_iter().chain(perhaps).collect(),
        }
    }

    /// All values, in order of their text.
    fn union(&self, ty: &Type, list: &[Contribution]) -> Combined {
        let settled = self.texts(ty, list.iter().filter(|one| one.is_settled));
        let values = self.texts(ty, list);
        let is_unsettled = values.iter().any(|value| !settled.contains(value));
        Combined { values: values.into_iter().collect(), is_unsettled, is_conflict: false }
    }

    /// The smallest or largest of all values; unsettled if no settled contributor has it.
    fn extreme(&self, ty: &Type, list: &[Contribution], wanted: Ordering) -> Combined {
        let better = |a: &&Contribution, b: &&Contribution| match (&a.value, &b.value) {
            (Some(a), Some(b)) => order(ty, a, b),
            (None, Some(_)) => wanted.reverse(),
            (Some(_), None) => wanted,
            (None, None) => Ordering::Equal,
        };
        let best = match wanted {
            Ordering::Less => list.iter().min_by(better),
            _ => list.iter().max_by(better),
        };
        let text = |one: &Contribution| one.value.as_ref().map(|value| self.text(value, ty));
        let value = best.and_then(text);
        let is_settled = list.iter().any(|one| one.is_settled && text(one) == value);
        Combined { values: vec![value], is_unsettled: !is_settled, is_conflict: false }
    }

    fn texts<'c>(&self, ty: &Type, list: impl IntoIterator<Item = &'c Contribution>) -> BTreeSet<Option<String>> {
        list.into_iter().map(|one| one.value.as_ref().map(|value| self.text(value, ty))).collect()
    }
}

/// Who contributes: where an allow decides, allows of both tiers; where an offer does, offers; and every `require`.
fn weight(effect: &Effect, deciding: Rank) -> Option<Weight> {
    match (effect.kind, deciding) {
        (EffectKind::Require, _) => Some(Weight::Require),
        (EffectKind::Offer, Rank::Offer) => Some(Weight::Offer),
        (EffectKind::Allow, Rank::Allow | Rank::OverrideAllow) if effect.is_override => Some(Weight::OverrideAllow),
        (EffectKind::Allow, Rank::Allow | Rank::OverrideAllow) => Some(Weight::Allow),
        _ => None,
    }
}

/// Order of a parameter's values: declared names in the order of their declaration.
fn order(ty: &Type, a: &Value, b: &Value) -> Ordering {
    match (ty, a, b) {
        (Type::Name(names), Value::Name(a), Value::Name(b)) => {
            let place = |name: &Name| names.values.as_ref().and_then(|values| values.get_index_of(&*name.folded));
            place(a).cmp(&place(b))
        }
        (_, Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        _ => a.order(b).unwrap_or(Ordering::Equal),
    }
}
