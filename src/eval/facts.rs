//! What a context says, at one instant: the state of every input, the clocks on the wall included.

use super::cells::Cells;
use super::vocabulary::Vocabulary;
use super::{Context, Policy};
use crate::model::{Attribute, AttributeId, Catalogue, Input, NOW, SetValue, State, Value, ZoneId};
use jiff::{Timestamp, civil};
use std::borrow::Cow;

/// The states of a context, perhaps at another instant than its own.
#[derive(Clone, Debug)]
pub(crate) struct Facts<'a> {
    pub catalogue: &'a Catalogue,
    vocabulary: &'a Vocabulary,
    cells: &'a Cells,
    now: State,
    clocks: Clocks,
}

/// By zone, what the clock on the wall shows; nothing where `now` is not known. Most policies have one zone.
#[derive(Clone, Debug)]
enum Clocks {
    None,
    One(civil::DateTime),
    Many(Vec<civil::DateTime>),
}

impl Clocks {
    fn at(catalogue: &Catalogue, now: &State) -> Self {
        let State::Present(Value::DateTime(now)) = now else { return Self::None };
        match catalogue.zones.as_slice() {
            [only] => Self::One(only.zone.to_datetime(*now)),
            zones => Self::Many(zones.iter().map(|zone| zone.zone.to_datetime(*now)).collect()),
        }
    }

    fn get(&self, zone: ZoneId) -> Option<civil::DateTime> {
        match self {
            Self::None => None,
            Self::One(only) => Some(*only).filter(|_| zone.index() == 0),
            Self::Many(all) => all.get(zone.index()).copied(),
        }
    }
}

impl<'a> Facts<'a> {
    /// The facts of a context. Of another policy's nothing is known.
    pub fn of(policy: &'a Policy, context: &'a Context) -> Self {
        let cells = if context.stamp == policy.stamp() { &context.cells } else { &policy.blank().cells };
        Self::new(policy, cells)
    }

    /// The facts of a context's cells, which are one for each attribute.
    pub(super) fn new(policy: &'a Policy, cells: &'a Cells) -> Self {
        let now = cells.state(policy.vocabulary(), NOW).clone();
        Self::at_state(&policy.rule_set().catalogue, policy.vocabulary(), cells, now)
    }

    /// The same states at another instant.
    pub fn at(&self, now: Timestamp) -> Self {
        Self::at_state(self.catalogue, self.vocabulary, self.cells, State::Present(Value::DateTime(now)))
    }

    fn at_state(catalogue: &'a Catalogue, vocabulary: &'a Vocabulary, cells: &'a Cells, now: State) -> Self {
        Self { catalogue, vocabulary, cells, clocks: Clocks::at(catalogue, &now), now }
    }

    /// The instant, if it is known.
    pub fn now(&self) -> Option<Timestamp> {
        match self.now {
            State::Present(Value::DateTime(now)) => Some(now),
            _ => None,
        }
    }

    /// What the clock on the wall of a zone shows, if the instant is known.
    pub fn clock(&self, zone: ZoneId) -> Option<civil::DateTime> {
        self.clocks.get(zone)
    }

    /// What is known of an attribute.
    pub fn state(&self, attribute: AttributeId) -> &State {
        if attribute == NOW {
            return &self.now;
        }
        self.cells.state(self.vocabulary, attribute)
    }

    /// How an attribute is declared.
    pub fn attribute(&self, attribute: AttributeId) -> &'a Attribute {
        self.catalogue.attribute(attribute)
    }

    /// What is known of an input.
    pub fn input(&self, input: Input) -> Cow<'_, State> {
        let clock = |zone, read: fn(civil::DateTime) -> Value| match (&self.now, self.clock(zone)) {
            (State::Absent, _) => State::Absent,
            (_, None) => State::Unknown,
            (_, Some(clock)) => State::Present(read(clock)),
        };
        match input {
            Input::Attribute(attribute) => Cow::Borrowed(self.state(attribute)),
            Input::Time(zone) => Cow::Owned(clock(zone, |clock| Value::Time(clock.time()))),
            Input::Date(zone) => Cow::Owned(clock(zone, |clock| Value::Date(clock.date()))),
            Input::Weekday(zone) => Cow::Owned(clock(zone, |clock| Value::Weekday(weekday(clock.date())))),
        }
    }

    /// A set attribute's elements: an absent set is empty, of an unknown one anything may be an element.
    pub fn set(&self, attribute: AttributeId) -> Cow<'_, SetValue> {
        match self.state(attribute) {
            State::Present(Value::Set(set)) => Cow::Borrowed(set),
            State::Absent => Cow::Owned(SetValue::default()),
            State::Present(_) | State::Unknown => Cow::Owned(SetValue { open: true, ..SetValue::default() }),
        }
    }
}

/// 0 = Monday.
pub(crate) fn weekday(date: civil::Date) -> u8 {
    u8::try_from(date.weekday().to_monday_zero_offset()).unwrap_or_default()
}
