//! A context as small numbers, for rules that are Rust.

use crate::translate;
use wardkey_testing::workload::{Attribute, Situation, Vocabulary};

/// Every value as its position in the vocabulary.
pub struct Person {
    /// By attribute.
    pub values: [u16; 10],
    /// The location and what it is part of, by level from the top; [`u16::MAX`] below it.
    pub places: [u16; 4],
}

impl Person {
    /// Of a situation.
    pub fn new(vocabulary: &Vocabulary, situation: &Situation) -> Self {
        let code = |value: usize| u16::try_from(value).unwrap_or(u16::MAX);
        let mut places = [u16::MAX; 4];
        let path = translate::path(vocabulary, situation[Attribute::Location.index()]);
        places.iter_mut().zip(path).for_each(|(level, place)| *level = code(place));
        Self { values: situation.map(code), places }
    }

    /// The level of a place, 0 being the top.
    pub fn level(vocabulary: &Vocabulary, place: usize) -> usize {
        translate::path(vocabulary, place).len() - 1
    }
}
