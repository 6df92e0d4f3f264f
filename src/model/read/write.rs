//! The canonical text of a value: reading it again by the same type gives an equal value.

use super::super::catalogue::{Catalogue, Type};
use super::super::value::{SetValue, Value};
use jiff::{SignedDuration, civil};

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// A value as people write it: `Sales`, `80kg`, `07:00`, `2026-01-01T06:00:00Z`, `[Physician, Nurse]`.
///
/// A partly known set is shown with what may be in it: `[a, b?, …]`.
pub fn write(value: &Value, catalogue: &Catalogue, ty: &Type) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Name(name) => name.spelled.to_string(),
        Value::Number(number) => match ty {
            Type::Number(kind) => format!("{number}{}", kind.unit.as_deref().unwrap_or_default()),
            _ => number.to_string(),
        },
        Value::Time(time) => write_time(*time),
        Value::Date(date) => date.to_string(),
        Value::DateTime(instant) => instant.to_string(),
        Value::Weekday(day) => WEEKDAYS.get(usize::from(*day)).copied().unwrap_or_default().to_owned(),
        Value::Duration(duration) => write_duration(*duration),
        Value::Node(node) => match ty {
            Type::Node(id) => catalogue.hierarchy(*id).node(*node).name.clone(),
            _ => String::new(),
        },
        Value::Set(set) => write_set(set, catalogue, ty),
        Value::Ip(address) => address.to_string(),
        Value::Version(version) => version.to_string(),
    }
}

fn write_set(set: &SetValue, catalogue: &Catalogue, ty: &Type) -> String {
    let element = match ty {
        Type::Set(element) => element,
        other => other,
    };
    let certain = set.members.iter().map(|member| write(member, catalogue, element));
    let perhaps = set.possible.iter().map(|member| format!("{}?", write(member, catalogue, element)));
    let others = set.open.then(|| "…".to_owned());
    format!("[{}]", certain.chain(perhaps).chain(others).collect::<Vec<_>>().join(", "))
}

fn write_time(time: civil::Time) -> String {
    if time.second() == 0 && time.subsec_nanosecond() == 0 {
        return format!("{:02}:{:02}", time.hour(), time.minute());
    }
    time.to_string()
}

/// A duration in the largest of days, hours, minutes and seconds that has no remainder: `90d`, `12h`, `90min`.
pub fn write_duration(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    for (size, unit) in [(86_400, "d"), (3_600, "h"), (60, "min")] {
        if seconds != 0 && seconds % size == 0 {
            return format!("{}{unit}", seconds / size);
        }
    }
    format!("{seconds}s")
}
