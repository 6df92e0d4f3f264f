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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::catalogue::{NameType, NumberType};
    use crate::model::catalogue_file::read_catalogue;
    use crate::model::read::Reader;
    use crate::model::value::Name;
    use crate::model::{HierarchyId, NodeIndex};
    use crate::source::Sources;

    fn catalogue() -> Catalogue {
        let text = "ward: 1\ntypes: {place: {tree: {Hospital: [ward_4]}}}\n";
        let source = Sources::default().add("catalogue.yaml", text);
        read_catalogue(source, text, &|_| None, &mut Vec::new()).unwrap().catalogue
    }

    #[test]
    fn what_is_written_reads_the_same() {
        let catalogue = catalogue();
        let reader = Reader { hierarchies: &catalogue.hierarchies, zone: None };
        let kilograms = Type::Number(NumberType { unit: Some("kg".to_owned()), ..NumberType::default() });
        let cases = [
            (Type::Bool, "true", "true"),
            (Type::Name(NameType::default()), "R&D", "R&D"),
            (kilograms, "80.50 kg", "80.5kg"),
            (Type::Time, "07:00:00", "07:00"),
            (Type::Time, "07:00:30.50", "07:00:30.5"),
            (Type::Date, "0999-02-03", "0999-02-03"),
            (Type::DateTime, "2026-11-23T10:00-06:00", "2026-11-23T16:00:00Z"),
            (Type::Weekday, "sun", "Sun"),
            (Type::Duration, "2w", "14d"),
            (Type::Duration, "PT90M", "90min"),
            (Type::Duration, "0h", "0s"),
            (Type::Node(HierarchyId::new(0)), "WARD_4", "ward_4"),
            (Type::Address, "::ffff:10.4.0.1", "10.4.0.1"),
            (Type::Version, "17.2.0-rc.1+b", "17.2.0-rc.1+b"),
        ];
        for (ty, text, written) in cases {
            let value = reader.read(text, &ty).unwrap();
            assert_eq!(write(&value, &catalogue, &ty), written);
            assert_eq!(reader.read_literal(written, &ty), Ok(value), "{written}");
        }
    }

    #[test]
    fn sets_show_what_is_not_certain() {
        let node = |at| Value::Node(NodeIndex::new(at));
        let set = SetValue { members: vec![node(0)], possible: vec![node(1)], open: true };
        let ty = Type::Set(Box::new(Type::Node(HierarchyId::new(0))));
        assert_eq!(write(&Value::Set(set), &catalogue(), &ty), "[Hospital, ward_4?, …]");
        let names = SetValue { members: vec![Value::Name(Name::new("a"))], ..SetValue::default() };
        let ty = Type::Set(Box::new(Type::Name(NameType::default())));
        assert_eq!(write(&Value::Set(names), &catalogue(), &ty), "[a]");
    }
}
