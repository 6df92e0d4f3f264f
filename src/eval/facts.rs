//! What a context says, at one instant: the state of every input, the clocks on the wall included.

use crate::model::{Attribute, AttributeId, Catalogue, Input, NOW, SetValue, State, Value, ZoneId};
use jiff::{Timestamp, civil};
use std::borrow::Cow;

/// The states of a context, perhaps at another instant than its own.
#[derive(Clone, Debug)]
pub(crate) struct Facts<'a> {
    pub catalogue: &'a Catalogue,
    states: &'a [State],
    now: State,
    /// By zone, what the clock on the wall shows; empty where `now` is not known.
    clocks: Vec<civil::DateTime>,
}

impl<'a> Facts<'a> {
    /// The facts of a context's states, which are one for each attribute.
    pub fn new(catalogue: &'a Catalogue, states: &'a [State]) -> Self {
        let now = states.get(NOW.index()).cloned().unwrap_or(State::Unknown);
        let mut facts = Self { catalogue, states, now, clocks: Vec::new() };
        facts.set_clocks();
        facts
    }

    /// The same states at another instant.
    pub fn at(&self, now: Timestamp) -> Self {
        let now = State::Present(Value::DateTime(now));
        let mut facts = Self { catalogue: self.catalogue, states: self.states, now, clocks: Vec::new() };
        facts.set_clocks();
        facts
    }

    fn set_clocks(&mut self) {
        if let Some(now) = self.now() {
            self.clocks = self.catalogue.zones.iter().map(|zone| zone.zone.to_datetime(now)).collect();
        }
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
        self.clocks.get(zone.index()).copied()
    }

    /// What is known of an attribute.
    pub fn state(&self, attribute: AttributeId) -> &State {
        if attribute == NOW {
            return &self.now;
        }
        self.states.get(attribute.index()).unwrap_or(&State::Unknown)
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
