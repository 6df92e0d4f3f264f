//! Ordered types as one line of whole numbers, so that values between two others are found in one way.

use crate::model::{Number, Type, Value, Version};
use jiff::{SignedDuration, Timestamp, civil};

const SECOND: i128 = 1_000_000_000;
const MINUTE: i128 = 60 * SECOND;
const HOUR: i128 = 60 * MINUTE;
const DAY: i128 = 24 * HOUR;
/// The day that lines of dates begin at.
const ORIGIN: civil::Date = civil::date(1970, 1, 1);

/// Where a value of an ordered type stands; none for other types and for versions.
fn place(value: &Value) -> Option<i128> {
    match value {
        Value::Number(number) => Some(number.billionths()),
        Value::Time(time) => Some(time.duration_since(civil::Time::midnight()).as_nanos()),
        Value::Date(date) => Some(i128::from(date.duration_since(ORIGIN).as_hours() / 24)),
        Value::DateTime(instant) => Some(instant.as_nanosecond()),
        Value::Duration(duration) => Some(duration.as_nanos()),
        _ => None,
    }
}

/// The value of a type at a place, if there is one.
fn value_at(place: i128, ty: &Type) -> Option<Value> {
    match ty {
        Type::Number(kind) => {
            let number = Number::from_billionths(place)?;
            let is_within = kind.range.is_none_or(|(low, high)| low <= number && number <= high);
            let fits = is_within && (!kind.is_whole || number.is_whole());
            fits.then_some(Value::Number(number))
        }
        Type::Time => {
            let after = SignedDuration::from_nanos(i64::try_from(place).ok().filter(|&place| place >= 0)?);
            civil::Time::midnight().checked_add(after).ok().map(Value::Time)
        }
        Type::Date => {
            let date =
                ORIGIN.checked_add(SignedDuration::from_hours(i64::try_from(place).ok()?.checked_mul(24)?)).ok()?;
            (0..=9999).contains(&date.year()).then_some(Value::Date(date))
        }
        Type::DateTime => Timestamp::from_nanosecond(place).ok().map(Value::DateTime),
        Type::Duration => {
            let seconds = i64::try_from(place / SECOND).ok().filter(|_| place % SECOND == 0)?;
            // durations that can be written are not negative and have an end
            (0..=3_652_059 * 86_400).contains(&seconds).then(|| Value::Duration(SignedDuration::from_secs(seconds)))
        }
        _ => None,
    }
}

/// Steps in which to look for a value between two others, those that people find natural first.
fn steps(ty: &Type) -> &'static [i128] {
    match ty {
        Type::Number(kind) if kind.is_whole => &[SECOND],
        Type::Number(_) => &[SECOND, SECOND / 10, SECOND / 100, SECOND / 1_000, SECOND / 1_000_000, 1],
        Type::Date => &[1],
        Type::Duration => &[DAY, HOUR, MINUTE, SECOND],
        _ => &[HOUR, MINUTE, SECOND, SECOND / 1_000, 1],
    }
}

/// Where the line is entered if nothing bounds it.
fn origin(ty: &Type) -> i128 {
    match ty {
        Type::Date => 20_454, // 2026-01-01
        Type::DateTime => 20_454 * DAY,
        Type::Number(kind) => kind.range.map_or(0, |(low, _)| low.billionths()),
        _ => 0,
    }
}

/// Values strictly between two others, at most `count`; as many as there are, if fewer. Cost: `count` steps.
pub(super) fn between(ty: &Type, low: Option<&Value>, high: Option<&Value>, count: usize) -> Vec<Value> {
    if let Type::Version = ty {
        return versions_between(low, high, count);
    }
    let count = count as i128;
    let (low, high) = (low.and_then(place), high.and_then(place));
    let fits = |at: i128| low.is_none_or(|low| low < at) && high.is_none_or(|high| at < high);
    let mut best = Vec::new();
    for step in steps(ty) {
        let walk = |from: i128, step: i128| {
            let places = (1..=count).filter_map(move |at| from.checked_add(step.checked_mul(at)?));
            places.filter(|&at| fits(at)).filter_map(|at| value_at(at, ty)).collect::<Vec<_>>()
        };
        let found = match (low, high) {
            (Some(low), _) => walk(low, *step),
            (None, Some(high)) => walk(high, -step),
            (None, None) => walk(origin(ty) - step, *step),
        };
        if found.len() > best.len() {
            best = found;
        }
        if best.len() as i128 == count {
            break;
        }
    }
    best
}

fn versions_between(low: Option<&Value>, high: Option<&Value>, count: usize) -> Vec<Value> {
    let version = |value: Option<&Value>| match value {
        Some(Value::Version(version)) => Some(version.clone()),
        _ => None,
    };
    let (low, high) = (version(low), version(high));
    let fits = |at: &Version| low.as_ref().is_none_or(|low| low < at) && high.as_ref().is_none_or(|high| at < high);
    let natural = low.iter().flat_map(Version::releases_after);
    let mut found: Vec<Version> = natural.filter(fits).take(count).collect();
    // the first that follows directly, one after another, until there are enough
    let mut next = low.as_ref().map_or_else(Version::least, Version::successor);
    while found.len() < count && fits(&next) {
        let after = next.successor();
        if !found.contains(&next) {
            found.push(next);
        }
        next = after;
    }
    found.into_iter().map(Value::Version).collect()
}

/// Values of an ordered type that stand for all others: at the given points, and up to `count` between each two, before and
/// behind. Values that the type does not have are left out.
pub(super) fn stand_ins(ty: &Type, points: &[Value], count: usize) -> Vec<Value> {
    if let Type::Weekday = ty {
        return (0..7).map(Value::Weekday).collect();
    }
    let mut points: Vec<&Value> = points.iter().collect();
    points.sort_by(|a, b| a.order(b).unwrap_or(std::cmp::Ordering::Equal));
    points.dedup_by(|a, b| a.order(b) == Some(std::cmp::Ordering::Equal));
    let mut found = between(ty, None, points.first().copied(), count);
    for (at, point) in points.iter().enumerate() {
        found.extend(exists(point, ty).then(|| (*point).clone()));
        found.extend(between(ty, Some(point), points.get(at + 1).copied(), count));
    }
    found
}

/// Whether a type has a value.
fn exists(value: &Value, ty: &Type) -> bool {
    match place(value) {
        Some(place) => value_at(place, ty).is_some(),
        None => matches!((value, ty), (Value::Version(_), Type::Version)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::NumberType;

    fn shown(ty: &Type, points: &[&str], count: usize) -> Vec<String> {
        let hierarchies = indexmap::IndexMap::new();
        let reader = crate::model::Reader { hierarchies: &hierarchies, zone: None };
        let points: Vec<Value> = points.iter().map(|text| reader.read(text, ty).unwrap()).collect();
        let catalogue = crate::Policy::parse("a -> allow b").unwrap().rule_set().catalogue.clone();
        let text = |value: &Value| crate::model::read::write(value, &catalogue, ty);
        stand_ins(ty, &points, count).iter().map(text).collect()
    }

    #[test]
    fn between_and_around_points() {
        let range = Some((Number::from_whole(0), Number::from_whole(120)));
        let age = Type::Number(NumberType { is_whole: true, unit: None, range });
        assert_eq!(shown(&age, &["18", "20"], 1), ["17", "18", "19", "20", "21"]);
        assert_eq!(shown(&age, &["0", "120"], 2), ["0", "1", "2", "120"], "nothing lies outside the declared range");
        let decimal = Type::Number(NumberType::default());
        assert_eq!(shown(&decimal, &["1", "1.000000001"], 1), ["0", "1", "1.000000001", "2.000000001"]);
        assert_eq!(shown(&Type::Time, &["00:00", "23:00"], 1), ["00:00", "01:00", "23:00", "23:01"]);
        assert_eq!(
            shown(&Type::Date, &["2026-12-31", "2027-01-01"], 1),
            ["2026-12-30", "2026-12-31", "2027-01-01", "2027-01-02"]
        );
        assert_eq!(shown(&Type::Weekday, &[], 1).len(), 7);
    }

    #[test]
    fn versions_follow_one_another() {
        assert_eq!(
            shown(&Type::Version, &["1.2.0", "1.2.1"], 1),
            ["0.0.0.0-0", "1.2.0", "1.2.0.1", "1.2.1", "1.3.0.0"]
        );
        assert_eq!(shown(&Type::Version, &["2.0-rc.1", "2.0"], 1)[1..3], ["2.0-rc.1", "2.0.0.0-rc.1.0"]);
    }
}
