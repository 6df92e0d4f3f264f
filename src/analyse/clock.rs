//! Instants that stand for all instants, as far as tests of the clock tell them apart.
//!
//! The one idea: between two days that tests name, days differ in nothing but the day of the week, and within a day nothing
//! changes between two times that tests name. So a few days after each named one, cut at each named time, show everything.
//! Instants are made from what clocks show, never the other way round: an hour that is skipped is never tried.

use super::line;
use crate::eval::{occurrences, policy_zone, whole_days};
use crate::model::{AttributeId, Catalogue, Days, Input, NOW, Test, Type, Value, ZoneId};
use jiff::{SignedDuration, Timestamp, ToSpan, civil};
use std::collections::BTreeSet;

/// Where time is entered if no test names a day: a Monday.
const ORIGIN: civil::Date = civil::date(2026, 1, 5);
/// Days of a week twice: on one of each two the clock is not put forward or back.
const TWO_WEEKS: i64 = 15;
const NANOSECOND: SignedDuration = SignedDuration::from_nanos(1);

/// What tests name.
#[derive(Clone, Debug, Default)]
pub(super) struct Named {
    /// Days at which something begins to be different.
    cuts: BTreeSet<civil::Date>,
    times: BTreeSet<civil::Time>,
    instants: BTreeSet<Timestamp>,
    zones: BTreeSet<ZoneId>,
    /// Whether days of the week are told apart.
    has_weekdays: bool,
    /// Attributes that are compared with the clock.
    linked: usize,
}

impl Named {
    /// What tests name of the clock, `points` giving the values that other tests name of an attribute.
    pub fn of<'t>(
        catalogue: &Catalogue,
        tests: impl Iterator<Item = &'t Test>,
        points: &dyn Fn(AttributeId) -> Vec<Value>,
    ) -> Self {
        let mut named = Self::default();
        for test in tests {
            named.test(test, points);
        }
        if named.zones.is_empty() {
            named.zones.insert(policy_zone());
        }
        // an instant cuts its day wherever it is told apart
        for instant in named.instants.clone() {
            for zone in named.zones.clone() {
                let shown = catalogue.time_zone(zone).to_datetime(instant);
                named.date(shown.date());
                named.times.insert(shown.time());
            }
        }
        named
    }

    fn test(&mut self, test: &Test, points: &dyn Fn(AttributeId) -> Vec<Value>) {
        match test {
            Test::InRanges(input, ranges) => {
                let bounds = ranges.iter().flat_map(|range| [&range.low, &range.high]).flatten();
                bounds.for_each(|(value, _)| self.value(value));
                self.input(*input);
            }
            Test::During(during) => {
                self.zones.insert(during.zone);
                self.times.extend(during.times.iter().flat_map(|&(from, to)| [Some(from), to]).flatten());
                match &during.days {
                    Days::Weekdays(_) => self.has_weekdays = true,
                    Days::Dates(ranges) => {
                        for &(first, last) in ranges {
                            // a night may run into the next day
                            [first, last].into_iter().for_each(|date| self.date(date));
                            last.tomorrow().into_iter().for_each(|date| self.date(date));
                        }
                    }
                }
            }
            Test::Elapsed(attribute, length) => {
                self.zones.insert(policy_zone());
                self.linked += 1;
                for value in points(*attribute) {
                    self.value(&value);
                    match value {
                        Value::Date(date) => {
                            date.checked_add(whole_days(*length).days()).into_iter().for_each(|date| self.date(date));
                        }
                        Value::DateTime(instant) => self.instants.extend(instant.checked_add(*length)),
                        _ => {}
                    }
                }
            }
            Test::Compare(left, _, right) => {
                for (side, other) in [(left, right), (right, left)] {
                    self.input(*side);
                    if let Input::Attribute(attribute) = other
                        && *attribute != NOW
                    {
                        self.linked += 1;
                        points(*attribute).iter().for_each(|value| self.value(value));
                    }
                }
            }
            _ => {}
        }
    }

    fn input(&mut self, input: Input) {
        match input {
            Input::Attribute(_) => {}
            Input::Time(zone) | Input::Date(zone) => _ = self.zones.insert(zone),
            Input::Weekday(zone) => {
                self.zones.insert(zone);
                self.has_weekdays = true;
            }
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Date(date) => self.date(*date),
            Value::Time(time) => _ = self.times.insert(*time),
            Value::DateTime(instant) => _ = self.instants.insert(*instant),
            _ => {}
        }
    }

    /// The day and the next begin to be different.
    fn date(&mut self, date: civil::Date) {
        self.cuts.insert(date);
        self.cuts.extend(date.tomorrow());
    }

    /// Days that stand for all days.
    fn days(&self, catalogue: &Catalogue) -> BTreeSet<civil::Date> {
        let run = if self.has_weekdays || self.zones.len() > 1 { TWO_WEEKS } else { 2 };
        let mut days = BTreeSet::new();
        let mut add = |date: Result<civil::Date, jiff::Error>| {
            days.extend(date.ok().filter(|date| (0..=9999).contains(&date.year())));
        };
        let first = self.cuts.first().copied().unwrap_or(ORIGIN);
        (0..=run).for_each(|back| add(first.checked_sub(back.days())));
        let cuts: Vec<civil::Date> = self.cuts.iter().copied().collect();
        for (at, &cut) in cuts.iter().enumerate() {
            let next = cuts.get(at + 1).copied();
            let is_within = |date: &Result<civil::Date, jiff::Error>| match (date, next) {
                (Ok(date), Some(next)) => *date < next,
                _ => true,
            };
            (0..run).map(|day| cut.checked_add(day.days())).take_while(is_within).for_each(&mut add);
            if self.zones.len() > 1 {
                // two zones differ by more or less in the seasons of a year
                let fortnights = (1..=26).map(|at| cut.checked_add((at * 14).days()));
                fortnights.take_while(is_within).for_each(&mut add);
                // and in the weeks when one has put the clock forward and the other has not
                for zone in &self.zones {
                    let zone = catalogue.time_zone(*zone);
                    let Ok(from) = zone.to_ambiguous_timestamp(cut.to_datetime(civil::Time::midnight())).compatible()
                    else {
                        continue;
                    };
                    for transition in zone.following(from).take(4) {
                        let day = zone.to_datetime(transition.timestamp()).date().checked_add(2.days());
                        if is_within(&day) {
                            add(day);
                        }
                    }
                }
            }
        }
        days
    }

    /// Instants that stand for all instants, with up to `1 +` as many as attributes are compared with the clock between two
    /// that are told apart.
    pub fn stand_ins(&self, catalogue: &Catalogue) -> Vec<Timestamp> {
        let mut cuts: BTreeSet<Timestamp> = self.instants.clone();
        let mut times = self.times.clone();
        times.insert(civil::Time::midnight());
        let days = self.days(catalogue);
        for zone in &self.zones {
            let zone = catalogue.time_zone(*zone);
            for day in &days {
                for time in &times {
                    cuts.extend(occurrences(&zone, day.to_datetime(*time)));
                }
                let begin = zone.to_ambiguous_timestamp(day.to_datetime(civil::Time::midnight())).compatible();
                let Ok(begin) = begin else { continue };
                let end = begin.checked_add(SignedDuration::from_hours(25)).unwrap_or(begin);
                let put = zone.following(begin).map(|transition| transition.timestamp());
                cuts.extend(put.take_while(|at| *at <= end));
            }
        }
        let mut found: Vec<Timestamp> = Vec::new();
        let all: Vec<Timestamp> = cuts.into_iter().collect();
        for (at, &cut) in all.iter().enumerate() {
            found.push(cut);
            let next = all.get(at + 1).copied();
            let day = SignedDuration::from_hours(24);
            let end = match next {
                Some(next) if next.duration_since(cut) <= day => Some(next),
                _ => cut.checked_add(day).ok(),
            };
            let Some(end) = end else { continue };
            let (low, high) = (Value::DateTime(cut), Value::DateTime(end));
            let between = line::between(&Type::DateTime, Some(&low), Some(&high), 1 + self.linked.min(3));
            found.extend(between.into_iter().filter_map(|value| match value {
                Value::DateTime(instant) => Some(instant),
                _ => None,
            }));
        }
        found
    }
}

/// Values of an attribute that is compared with the clock: what clocks show at the given instants, and what lies directly around
/// it, `lengths` earlier as well.
pub(super) fn around(
    catalogue: &Catalogue,
    instants: &[Timestamp],
    zones: impl Iterator<Item = ZoneId> + Clone,
    ty: &Type,
    lengths: &[SignedDuration],
) -> Vec<Value> {
    let mut dates = BTreeSet::new();
    let mut times = BTreeSet::new();
    let mut moments = BTreeSet::new();
    for &instant in instants {
        match ty {
            Type::DateTime => {
                let earlier = lengths.iter().filter_map(|&length| instant.checked_sub(length).ok());
                for at in earlier.chain([instant]) {
                    moments
                        .extend([Ok(at), at.checked_sub(NANOSECOND), at.checked_add(NANOSECOND)].into_iter().flatten());
                }
            }
            _ => {
                for zone in zones.clone() {
                    let shown = catalogue.time_zone(zone).to_datetime(instant);
                    let earlier =
                        lengths.iter().filter_map(|length| shown.date().checked_sub(whole_days(*length).days()).ok());
                    for date in earlier.chain([shown.date()]) {
                        dates.extend([Ok(date), date.yesterday(), date.tomorrow()].into_iter().flatten());
                    }
                    let time = shown.time();
                    times.extend(
                        [Ok(time), time.checked_sub(NANOSECOND), time.checked_add(NANOSECOND)].into_iter().flatten(),
                    );
                }
            }
        }
    }
    match ty {
        Type::DateTime => moments.into_iter().map(Value::DateTime).collect(),
        Type::Date => dates.into_iter().filter(|date| (0..=9999).contains(&date.year())).map(Value::Date).collect(),
        Type::Time => times.into_iter().map(Value::Time).collect(),
        _ => Vec::new(),
    }
}
