//! Parameters of what is given: who contributes, and how several values become one (16, 17).

use super::Reference;
use super::condition::is_equal;
use super::decision::Standing;
use crate::truth::Truth;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use wardkey::model::{
    AttributeId, Combine, Effect, EffectKind, Name, ParameterId, Rank, Setting, SettingValue, State, Type, Value, read,
};

/// The combined value of one parameter.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Combined {
    /// Its values in order; one as a rule.
    pub values: Vec<Worth>,
    /// Whether two values met where there can be but one.
    pub is_conflict: bool,
}

/// One value of a parameter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Worth {
    /// The value as text; none for one that could not be read.
    pub text: Option<String>,
    /// Whether it certainly applies.
    pub is_settled: bool,
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
    text: Option<String>,
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
                for (value, ty, is_sure) in self.values(setting, &mut unread) {
                    let text = value.as_ref().map(|value| read::write(value, &self.rules.catalogue, ty));
                    let is_settled = is_sure && one.truth == Truth::True;
                    list.push(Contribution { weight, is_settled, value, text });
                }
            }
        }
        let named = contributions.into_iter().map(|(id, mut list)| {
            let parameter = &self.rules.catalogue.parameters[id.index()];
            list.sort_by(|a, b| a.text.cmp(&b.text));
            (parameter.name.clone(), combine(parameter.combine, &parameter.ty, &list))
        });
        (named.collect(), unread)
    }

    /// The values of one setting, each with its type and whether it is certainly one; no value where an attribute has none
    /// or it is not known. Of a set, its elements.
    fn values(&self, setting: &Setting, unread: &mut BTreeSet<AttributeId>) -> Vec<(Option<Value>, &Type, bool)> {
        let parameter = &self.rules.catalogue.parameters[setting.parameter.index()].ty;
        let attribute = match &setting.value {
            SettingValue::Constants(values) => {
                return values.iter().map(|value| (Some(value.clone()), parameter, true)).collect();
            }
            SettingValue::Attribute(attribute) | SettingValue::Column(attribute, _) => *attribute,
        };
        let ty = &self.rules.catalogue.attribute(attribute).ty;
        match (self.facts.state(attribute), &setting.value, ty) {
            (State::Unknown, _, _) => {
                unread.insert(attribute);
                vec![(None, ty, true)]
            }
            (State::Absent, _, _) => vec![(None, ty, true)],
            (State::Present(Value::Node(node)), SettingValue::Column(_, column), _) => {
                let placed = self.placed(attribute, node);
                let text = placed.and_then(|placed| placed.hierarchy.column(node, *column));
                vec![(text.map(|text| Value::Name(Name::new(text))), parameter, true)]
            }
            (State::Present(Value::Set(set)), _, Type::Set(element)) => {
                let members = set.members.into_iter().map(|member| (Some(member), &**element, true));
                members.chain(set.possible.into_iter().map(|one| (Some(one), &**element, false))).collect()
            }
            (State::Present(value), _, _) => vec![(Some(value), ty, true)],
        }
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

/// Several contributions, in order of their text, as one.
fn combine(combine: Combine, ty: &Type, list: &[Contribution]) -> Combined {
    match combine {
        Combine::One => one(list),
        Combine::All => Combined { values: distinct(list.iter()), is_conflict: false },
        Combine::Least => extreme(ty, list, Ordering::Less),
        Combine::Most => extreme(ty, list, Ordering::Greater),
    }
}

/// The value of the highest weight that sets it with certainty; two of that weight are a conflict and both stay, in
/// order. Other values that may be due are appended, unsettled.
fn one(list: &[Contribution]) -> Combined {
    let settled = || list.iter().filter(|one| one.is_settled);
    let highest = settled().map(|one| one.weight).max();
    let due: Vec<&Contribution> = settled().filter(|one| Some(one.weight) == highest).collect();
    let is_other = |one: &&Contribution| !due.iter().any(|due| same(due, one));
    let mut values = distinct(due.iter().copied());
    let is_conflict = values.len() > 1;
    values.extend(distinct(list.iter().filter(|one| !one.is_settled).filter(is_other)));
    Combined { values, is_conflict }
}

/// The smallest or largest of all values; unsettled if no settled contributor has it. What could not be read stands beside
/// it, unsettled, for it might be the one; it is settled only where there is nothing else.
fn extreme(ty: &Type, list: &[Contribution], wanted: Ordering) -> Combined {
    let is_best = |one: &&Contribution| {
        one.value.as_ref().is_some_and(|value| {
            list.iter().filter_map(|other| other.value.as_ref()).all(|other| {
                let order = order(ty, value, other);
                order == wanted || order == Ordering::Equal
            })
        })
    };
    // of equal values the first
    let mut values = distinct(list.iter().filter(is_best));
    values.truncate(1);
    let is_alone = values.is_empty();
    let unread = distinct(list.iter().filter(|one| one.value.is_none()));
    values.extend(unread.into_iter().map(|one| Worth { is_settled: one.is_settled && is_alone, ..one }));
    Combined { values, is_conflict: false }
}

/// Values without repetition, in order of their text; settled if one of equal ones is. Equal values may be spelled in
/// several ways: the first spelling of a settled one is shown.
fn distinct<'c>(list: impl Iterator<Item = &'c Contribution>) -> Vec<Worth> {
    let mut list: Vec<&Contribution> = list.collect();
    list.sort_by_key(|one| (!one.is_settled, one.text.clone()));
    let mut found: Vec<&Contribution> = Vec::new();
    for one in list {
        if !found.iter().any(|other| same(other, one)) {
            found.push(one);
        }
    }
    found.sort_by_key(|one| one.text.clone());
    found.into_iter().map(|one| Worth { text: one.text.clone(), is_settled: one.is_settled }).collect()
}

fn same(a: &Contribution, b: &Contribution) -> bool {
    match (&a.value, &b.value) {
        (Some(a), Some(b)) => is_equal(a, b),
        (None, None) => true,
        _ => false,
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
