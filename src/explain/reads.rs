//! What a test read of the context, in a form that may be shown.

use crate::eval::Facts;
use crate::model::read::write;
use crate::model::{AttributeId, Input, NOW, State, Test, Type, Value, ZoneId};
use serde::Serialize;

/// One thing that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Read {
    /// The attribute, or `time`, `date`, `weekday`, which are derived from `now`.
    pub attribute: String,
    /// What was there.
    #[serde(flatten)]
    pub shown: Shown,
}

/// What is known of an attribute, as far as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", content = "value", rename_all = "snake_case")]
pub enum Shown {
    /// The value, as people write it.
    Value(String),
    /// Known to have no value.
    Absent,
    /// Nobody said.
    Unknown,
    /// The catalogue keeps it to itself.
    Withheld,
}

/// What a test reads, in the order in which it names it.
pub(super) fn reads(facts: &Facts<'_>, test: &Test) -> Vec<Read> {
    let mut inputs: Vec<Input> = match test {
        Test::Is(input)
        | Test::OneOf(input, _)
        | Test::Matches(input, _)
        | Test::InRanges(input, _)
        | Test::Within(input, _)
        | Test::ExactlyNode(input, _)
        | Test::InNetworks(input, _) => vec![*input],
        Test::During(during) => vec![Input::Weekday(during.zone), Input::Time(during.zone)],
        Test::Elapsed(attribute, _) => vec![Input::Attribute(*attribute), Input::Attribute(NOW)],
        Test::Has(attribute, ..) | Test::IsEmpty(attribute) | Test::IsKnown(attribute) | Test::IsAbsent(attribute) => {
            vec![Input::Attribute(*attribute)]
        }
        Test::HasValueOf(left, right) | Test::HasSetOf(left, _, right) => {
            vec![Input::Attribute(*left), Input::Attribute(*right)]
        }
        Test::Compare(left, _, right) => vec![*left, *right],
    };
    inputs.dedup();
    inputs.into_iter().map(|input| read(facts, input)).collect()
}

fn read(facts: &Facts<'_>, input: Input) -> Read {
    let (name, ty, may_disclose) = match input {
        Input::Attribute(id) => of_attribute(facts, id),
        Input::Time(zone) => (clock_name(facts, "time", zone), Type::Time, true),
        Input::Date(zone) => (clock_name(facts, "date", zone), Type::Date, true),
        Input::Weekday(zone) => (clock_name(facts, "weekday", zone), Type::Weekday, true),
    };
    let shown = match &*facts.input(input) {
        State::Unknown => Shown::Unknown,
        // that there is none would tell as much as which one
        _ if !may_disclose => Shown::Withheld,
        State::Absent => Shown::Absent,
        State::Present(value) => Shown::Value(text(facts, value, &ty)),
    };
    Read { attribute: name, shown }
}

/// `now` is written as the clock on the wall shows it, with its offset.
fn text(facts: &Facts<'_>, value: &Value, ty: &Type) -> String {
    match (value, facts.catalogue.zones.first()) {
        (Value::DateTime(instant), Some(zone)) => {
            let local = instant.to_zoned(zone.zone.clone());
            local.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
        }
        _ => write(value, facts.catalogue, ty),
    }
}

fn of_attribute(facts: &Facts<'_>, id: AttributeId) -> (String, Type, bool) {
    let attribute = facts.attribute(id);
    (attribute.name.clone(), attribute.ty.clone(), attribute.may_disclose)
}

/// The policy's own zone goes without saying.
fn clock_name(facts: &Facts<'_>, name: &str, zone: ZoneId) -> String {
    match facts.catalogue.zones.get(zone.index()) {
        Some(found) if zone.index() > 0 => format!("{name} at {}", found.name),
        _ => name.to_owned(),
    }
}
