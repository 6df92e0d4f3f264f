//! Instants at which a test of the clock may change its answer. Too many do no harm, one too few would.

use super::facts::Facts;
use super::tests::{policy_zone, whole_days};
use crate::model::{Days, Input, NOW, Relation, State, Test, Value, ZoneId};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan, civil};
use std::collections::BTreeSet;

const DAY: SignedDuration = SignedDuration::from_hours(24);
const NANOSECOND: SignedDuration = SignedDuration::from_nanos(1);
/// Days by which local dates at one instant may lie apart, and one to spare.
const SPREAD: i64 = 3;

/// Boundaries of some tests, from an instant up to a horizon.
pub(super) struct Boundaries<'a> {
    facts: &'a Facts<'a>,
    now: Timestamp,
    horizon: Timestamp,
    instants: BTreeSet<Timestamp>,
    daily: Vec<Daily>,
    /// The days from `now` on that have been turned into instants.
    filled: i64,
}

/// Times of day at which something may change, in a zone.
struct Daily {
    zone: ZoneId,
    times: Vec<civil::Time>,
    /// Only on these days, both ends included; none: every day.
    dates: Option<Vec<(civil::Date, civil::Date)>>,
}

impl<'a> Boundaries<'a> {
    pub fn new(facts: &'a Facts<'a>, now: Timestamp, horizon: Timestamp) -> Self {
        Self { facts, now, horizon, instants: BTreeSet::new(), daily: Vec::new(), filled: -SPREAD }
    }

    /// Whether there is any.
    pub fn is_empty(&self) -> bool {
        self.instants.is_empty() && self.daily.is_empty()
    }

    /// The first one after an instant, of those up to the horizon and perhaps some beyond.
    pub fn after(&mut self, at: Timestamp) -> Option<Timestamp> {
        let days = at.duration_since(self.now).as_hours() / 24 + SPREAD;
        while self.filled <= days {
            self.fill_day();
        }
        let last = self.horizon.duration_since(self.now).as_hours() / 24 + SPREAD;
        loop {
            let next = self.instants.range(at..).find(|&&next| next > at).copied();
            // what lies within the days filled is complete
            let is_complete =
                next.is_some_and(|next| next.duration_since(self.now).as_hours() / 24 + SPREAD < self.filled);
            if is_complete || self.filled > last {
                return next;
            }
            self.fill_day();
        }
    }

    /// Whether something may change beyond the horizon.
    pub fn go_beyond(&self) -> bool {
        let beyond = |daily: &Daily| match &daily.dates {
            None => true,
            Some(dates) => {
                let last = self.zone(daily.zone).to_datetime(self.horizon).date();
                dates.iter().any(|(_, to)| *to >= last)
            }
        };
        self.instants.iter().next_back().is_some_and(|last| *last > self.horizon) || self.daily.iter().any(beyond)
    }

    fn zone(&self, zone: ZoneId) -> TimeZone {
        self.facts.catalogue.time_zone(zone)
    }

    fn fill_day(&mut self) {
        let mut found = Vec::new();
        for daily in &self.daily {
            let zone = self.zone(daily.zone);
            let today = zone.to_datetime(self.now).date();
            let Ok(date) = today.checked_add(self.filled.days()) else { continue };
            if daily.has(date) {
                daily.times.iter().for_each(|&time| found.extend(occurrences(&zone, date.to_datetime(time))));
            }
        }
        found.into_iter().for_each(|at| self.instant(at));
        self.filled += 1;
    }

    /// An instant.
    pub fn instant(&mut self, at: Timestamp) {
        if at > self.now {
            self.instants.insert(at);
        }
    }

    /// An instant up to and including which something holds, or from which on it does.
    fn around(&mut self, at: Timestamp) {
        self.instant(at);
        if let Ok(next) = at.checked_add(NANOSECOND) {
            self.instant(next);
        }
    }

    /// The beginnings of a day and of the next, with whatever the zone does about midnight.
    fn date(&mut self, zone: ZoneId, date: civil::Date) {
        let zone = self.zone(zone);
        for day in [Ok(date), date.tomorrow()].into_iter().flatten() {
            let midnight = day.to_datetime(civil::Time::midnight());
            occurrences(&zone, midnight).into_iter().for_each(|at| self.instant(at));
            let Ok(near) = zone.to_ambiguous_timestamp(midnight).compatible() else { continue };
            let from = near.checked_sub(DAY).unwrap_or(Timestamp::MIN);
            let to = near.checked_add(DAY).unwrap_or(Timestamp::MAX);
            transitions(&zone, from, to).into_iter().for_each(|at| self.instant(at));
        }
    }

    fn every_day(&mut self, zone: ZoneId, times: &[civil::Time], dates: Option<Vec<(civil::Date, civil::Date)>>) {
        let mut all = vec![civil::Time::midnight()];
        for time in times {
            all.push(*time);
            // a bound may be included
            all.extend(time.checked_add(NANOSECOND).ok());
        }
        all.sort_unstable();
        all.dedup();
        let daily = Daily { zone, times: all, dates };
        let today = self.zone(zone).to_datetime(self.now).date();
        if daily
            .dates
            .as_ref()
            .is_some_and(|dates| dates.iter().all(|(_, to)| to.tomorrow().is_ok_and(|to| to < today)))
        {
            return;
        }
        for at in transitions(&self.zone(zone), self.now, self.horizon) {
            self.instant(at);
        }
        self.daily.push(daily);
    }

    /// The boundaries of a test.
    pub fn test(&mut self, test: &Test) {
        match test {
            Test::InRanges(input, ranges) => {
                let bounds = ranges.iter().flat_map(|range| [&range.low, &range.high]).flatten();
                let bounds: Vec<&Value> = bounds.map(|(value, _)| value).collect();
                self.input(*input, &bounds);
            }
            Test::During(during) => {
                let times: Vec<civil::Time> =
                    during.times.iter().flat_map(|&(from, to)| [Some(from), to]).flatten().collect();
                let dates = match &during.days {
                    Days::Weekdays(_) => None,
                    Days::Dates(ranges) => Some(ranges.clone()),
                };
                self.every_day(during.zone, &times, dates);
            }
            Test::Elapsed(attribute, length) => match self.facts.state(*attribute) {
                State::Present(Value::Date(from)) => {
                    self.date(policy_zone(), *from);
                    if let Ok(last) = from.checked_add(whole_days(*length).days()) {
                        self.date(policy_zone(), last);
                    }
                }
                State::Present(Value::DateTime(from)) => {
                    self.around(*from);
                    if let Ok(last) = from.checked_add(*length) {
                        self.around(last);
                    }
                }
                _ => {}
            },
            Test::Compare(left, relation, right) => self.compare(*left, *relation, *right),
            _ => {}
        }
    }

    fn compare(&mut self, left: Input, relation: Relation, right: Input) {
        if relation == Relation::Within {
            return;
        }
        for (clock, other) in [(left, right), (right, left)] {
            match self.facts.input(other).as_ref() {
                State::Present(_) if is_clock(other) => self.input(clock, &[]),
                State::Present(value) => self.input(clock, &[value]),
                State::Unknown | State::Absent => {}
            }
        }
    }

    /// Where the clock passes the given values; without any, where it begins anew.
    fn input(&mut self, input: Input, bounds: &[&Value]) {
        match input {
            Input::Attribute(NOW) => {
                for bound in bounds {
                    if let Value::DateTime(at) = bound {
                        self.around(*at);
                    }
                }
            }
            Input::Attribute(_) => {}
            Input::Date(zone) if bounds.is_empty() => self.every_day(zone, &[], None),
            Input::Date(zone) => {
                for bound in bounds {
                    if let Value::Date(date) = bound {
                        self.date(zone, *date);
                    }
                }
            }
            Input::Weekday(zone) => self.every_day(zone, &[], None),
            Input::Time(zone) => {
                let time = |bound: &&Value| match bound {
                    Value::Time(time) => Some(*time),
                    _ => None,
                };
                let times: Vec<civil::Time> = bounds.iter().filter_map(time).collect();
                self.every_day(zone, &times, None);
            }
        }
    }
}

impl Daily {
    /// Whether something may change on a day: on one of the dates, or on the day after, into which a night may run.
    fn has(&self, date: civil::Date) -> bool {
        self.dates.as_ref().is_none_or(|dates| {
            dates
                .iter()
                .any(|(from, to)| *from <= date && (date <= *to || to.tomorrow().is_ok_and(|next| date <= next)))
        })
    }
}

fn is_clock(input: Input) -> bool {
    !matches!(input, Input::Attribute(attribute) if attribute != NOW)
}

/// The instants at which the clock on the wall shows that: none where it is put forward past it, two where it is put back.
pub(crate) fn occurrences(zone: &TimeZone, shown: civil::DateTime) -> Vec<Timestamp> {
    let offsets = match zone.to_ambiguous_timestamp(shown).offset() {
        AmbiguousOffset::Unambiguous { offset } => vec![offset],
        AmbiguousOffset::Gap { .. } => Vec::new(),
        AmbiguousOffset::Fold { before, after } => vec![before, after],
    };
    offsets.into_iter().filter_map(|offset| offset.to_timestamp(shown).ok()).collect()
}

/// The instants after `from`, up to and including `to`, at which the clock may be put forward or back.
fn transitions(zone: &TimeZone, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
    zone.following(from).map(|transition| transition.timestamp()).take_while(|at| *at <= to).collect()
}
