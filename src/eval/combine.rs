//! Combining what several effects set a parameter to.

use super::facts::Facts;
use super::parameters::{GivenParameter, GivenValue, Parameters};
use crate::model::read::{Reader, write};
use crate::model::{AttributeId, Combine, Effect, Name, Parameter, ParameterId, SettingValue, State, Type, Value};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// One value that one effect sets a parameter to.
#[derive(Clone, Debug)]
struct Contribution {
    value: Option<Value>,
    text: String,
    strength: u8,
    is_settled: bool,
}

/// The parameters of contributing effects, each with whether it certainly counts.
pub(super) fn combine<'a>(facts: &Facts<'_>, effects: impl Iterator<Item = (&'a Effect, bool)>) -> Parameters {
    let mut given: BTreeMap<ParameterId, Vec<Contribution>> = BTreeMap::new();
    for (effect, is_settled) in effects {
        for setting in &effect.parameters {
            let parameter = &facts.catalogue.parameters[setting.parameter.index()];
            let contribution = |(value, ty, is_sure): (Option<Value>, &Type, bool)| Contribution {
                text: value.as_ref().map_or_else(String::new, |value| write(value, facts.catalogue, ty)),
                value,
                strength: effect.strength(),
                is_settled: is_settled && is_sure,
            };
            let list = given.entry(setting.parameter).or_default();
            values(facts, parameter, &setting.value, &mut |value| list.push(contribution(value)));
        }
    }
    let combined = given.into_iter().map(|(id, contributions)| {
        let parameter = &facts.catalogue.parameters[id.index()];
        let (values, is_conflict) = match parameter.combine {
            Combine::One => one(contributions),
            Combine::All => (distinct(contributions), false),
            Combine::Least => (extreme(contributions, &parameter.ty, Ordering::Less), false),
            Combine::Most => (extreme(contributions, &parameter.ty, Ordering::Greater), false),
        };
        GivenParameter { name: parameter.name.clone(), combine: parameter.combine, values, is_conflict }
    });
    Parameters { list: combined.collect() }
}

/// The values of a setting, each with the type by which it is written and whether it certainly is one.
fn values<'f>(
    facts: &Facts<'f>,
    parameter: &'f Parameter,
    setting: &SettingValue,
    give: &mut dyn FnMut((Option<Value>, &'f Type, bool)),
) {
    match setting {
        SettingValue::Constants(constants) => {
            constants.iter().for_each(|value| give((Some(value.clone()), &parameter.ty, true)));
        }
        SettingValue::Attribute(attribute) => of_attribute(facts, *attribute, give),
        SettingValue::Column(attribute, column) => {
            let text = column_of(facts, *attribute, *column);
            let reader = Reader { hierarchies: &facts.catalogue.hierarchies, zone: None };
            let value =
                text.map(|text| reader.read(text, &parameter.ty).unwrap_or_else(|_| Value::Name(Name::new(text))));
            give((value, &parameter.ty, true));
        }
    }
}

fn of_attribute<'f>(facts: &Facts<'f>, attribute: AttributeId, give: &mut dyn FnMut((Option<Value>, &'f Type, bool))) {
    let ty = &facts.attribute(attribute).ty;
    match facts.state(attribute) {
        State::Present(Value::Set(set)) => {
            set.members.iter().for_each(|member| give((Some(member.clone()), element(ty), true)));
            set.possible.iter().for_each(|member| give((Some(member.clone()), element(ty), false)));
        }
        State::Present(value) => give((Some(value.clone()), ty, true)),
        State::Unknown | State::Absent => give((None, ty, true)),
    }
}

fn element(ty: &Type) -> &Type {
    match ty {
        Type::Set(element) => element,
        ty => ty,
    }
}

fn column_of<'f>(facts: &Facts<'f>, attribute: AttributeId, column: usize) -> Option<&'f str> {
    match (facts.state(attribute), &facts.attribute(attribute).ty) {
        (State::Present(Value::Node(node)), Type::Node(hierarchy)) => {
            facts.catalogue.hierarchy(*hierarchy).column(*node, column)
        }
        _ => None,
    }
}

/// Whether two values are the same to a host: names without regard to case, versions such as `2` and `2.0`.
fn is_same(a: &Contribution, b: &Contribution) -> bool {
    match (&a.value, &b.value) {
        (Some(Value::Name(a)), Some(Value::Name(b))) => a.folded == b.folded,
        (a, b) => a == b,
    }
}

/// Each value once, settled if any contribution of it is, in the order of texts.
fn distinct(mut contributions: Vec<Contribution>) -> Vec<GivenValue> {
    // of equal values that are spelled in several ways, the first spelling of a settled one is shown
    contributions.sort_by(|a, b| b.is_settled.cmp(&a.is_settled).then_with(|| a.text.cmp(&b.text)));
    let mut kept: Vec<Contribution> = Vec::with_capacity(contributions.len());
    for contribution in contributions {
        if !kept.iter().any(|other| is_same(other, &contribution)) {
            kept.push(contribution);
        }
    }
    let mut values: Vec<GivenValue> = kept.into_iter().map(GivenValue::from).collect();
    values.sort_by(|a, b| a.text.cmp(&b.text));
    values
}

impl From<Contribution> for GivenValue {
    fn from(contribution: Contribution) -> Self {
        Self { value: contribution.value, text: contribution.text, is_settled: contribution.is_settled }
    }
}

/// The value of the strongest that certainly counts; of several equally strong ones all, in conflict. Other values that may
/// count follow.
fn one(contributions: Vec<Contribution>) -> (Vec<GivenValue>, bool) {
    let strongest = contributions.iter().filter(|it| it.is_settled).map(|it| it.strength).max();
    let (settled, rest): (Vec<_>, Vec<_>) =
        contributions.into_iter().partition(|it| it.is_settled && Some(it.strength) == strongest);
    let others: Vec<Contribution> =
        rest.into_iter().filter(|it| !it.is_settled && !settled.iter().any(|other| is_same(it, other))).collect();
    let mut values = distinct(settled);
    let is_conflict = values.len() > 1;
    values.extend(distinct(others));
    (values, is_conflict)
}

/// The smallest or largest value of all that may count. What has no value is listed beside it, since it might be it.
fn extreme(contributions: Vec<Contribution>, ty: &Type, wanted: Ordering) -> Vec<GivenValue> {
    let (known, unknown): (Vec<_>, Vec<_>) = contributions.into_iter().partition(|it| it.value.is_some());
    let mut best: Option<GivenValue> = None;
    for value in distinct(known) {
        let order = best.as_ref().map_or(wanted, |best| compare(&value, best, ty));
        if order == wanted {
            best = Some(value);
        }
    }
    let mut values: Vec<GivenValue> = best.into_iter().collect();
    let is_alone = values.is_empty();
    values.extend(
        distinct(unknown).into_iter().map(|value| GivenValue { is_settled: value.is_settled && is_alone, ..value }),
    );
    values
}

/// By value; declared names by declaration.
fn compare(a: &GivenValue, b: &GivenValue, ty: &Type) -> Ordering {
    let (Some(a), Some(b)) = (&a.value, &b.value) else { return Ordering::Equal };
    match (a, b, ty) {
        (Value::Name(a), Value::Name(b), Type::Name(names)) => {
            let place = |name: &Name| names.values.as_ref().and_then(|values| values.get_index_of(&*name.folded));
            place(a).cmp(&place(b))
        }
        _ => a.order(b).unwrap_or(Ordering::Equal),
    }
}
