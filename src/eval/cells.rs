//! What a context says of each attribute, as small as can be: the number of a value that the policy knows, or a value of
//! the context's own.

use super::vocabulary::Vocabulary;
use crate::model::{AttributeId, State};

/// In place of a number: the state is among the context's own.
const OWN: u32 = u32::MAX;

/// What is known of one attribute.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    /// A state by its number in the attribute's vocabulary.
    Known(u32),
    /// A state that the vocabulary does not have.
    Own(State),
}

/// A cell for each attribute.
#[derive(Debug, Default)]
pub(super) struct Cells {
    codes: Box<[u32]>,
    /// By attribute, sorted.
    own: Vec<(AttributeId, State)>,
}

impl Clone for Cells {
    fn clone(&self) -> Self {
        Self { codes: self.codes.clone(), own: self.own.clone() }
    }

    fn clone_from(&mut self, source: &Self) {
        self.codes.clone_from(&source.codes);
        self.own.clone_from(&source.own);
    }
}

impl Cells {
    /// As many cells, of which nothing is known.
    pub fn unknown(count: usize) -> Self {
        Self { codes: vec![Vocabulary::UNKNOWN; count].into(), own: Vec::new() }
    }

    /// The number of an attribute's state; none: it is not of the vocabulary.
    #[inline]
    pub fn code(&self, attribute: AttributeId) -> Option<u32> {
        self.codes.get(attribute.index()).copied().filter(|&code| code != OWN)
    }

    /// The state of an attribute where it is not of the vocabulary.
    pub fn own(&self, attribute: AttributeId) -> Option<&State> {
        let at = self.own.binary_search_by_key(&attribute, |(attribute, _)| *attribute).ok()?;
        self.own.get(at).map(|(_, state)| state)
    }

    /// What is known of an attribute; unknown where it is none of the vocabulary's.
    pub fn state<'s>(&'s self, vocabulary: &'s Vocabulary, attribute: AttributeId) -> &'s State {
        match self.code(attribute) {
            Some(code) => vocabulary.state(attribute, code),
            None => self.own(attribute).unwrap_or(&State::Unknown),
        }
    }

    /// The cell of an attribute.
    pub fn get(&self, attribute: AttributeId) -> Cell {
        match (self.code(attribute), self.own(attribute)) {
            (Some(code), _) => Cell::Known(code),
            (None, state) => Cell::Own(state.cloned().unwrap_or(State::Unknown)),
        }
    }

    /// Puts a state of the vocabulary. Cost: a store, unless a state of the context's own was there.
    #[inline]
    pub fn put_code(&mut self, attribute: AttributeId, code: u32) {
        if let Some(old) = self.codes.get_mut(attribute.index())
            && std::mem::replace(old, code) == OWN
        {
            self.forget(attribute);
        }
    }

    /// Puts what is known of an attribute.
    pub fn put(&mut self, attribute: AttributeId, cell: Cell) {
        let state = match cell {
            Cell::Known(code) => return self.put_code(attribute, code),
            Cell::Own(state) => state,
        };
        if let Some(code) = self.codes.get_mut(attribute.index()) {
            *code = OWN;
            match self.own.binary_search_by_key(&attribute, |(attribute, _)| *attribute) {
                Ok(at) => self.own[at].1 = state,
                Err(at) => self.own.insert(at, (attribute, state)),
            }
        }
    }

    #[cold]
    fn forget(&mut self, attribute: AttributeId) {
        if let Ok(at) = self.own.binary_search_by_key(&attribute, |(attribute, _)| *attribute) {
            self.own.remove(at);
        }
    }
}

/// A set of attributes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Attributes(Box<[u64]>);

impl Clone for Attributes {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }

    fn clone_from(&mut self, source: &Self) {
        self.0.clone_from(&source.0);
    }
}

impl Attributes {
    /// None of so many.
    pub fn none(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)].into())
    }

    /// Puts one in. Whether it was not in before.
    #[inline]
    pub fn insert(&mut self, attribute: AttributeId) -> bool {
        let (at, bit) = (attribute.index() / 64, 1 << (attribute.index() % 64));
        let Some(word) = self.0.get_mut(at) else { return false };
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Takes one out.
    pub fn remove(&mut self, attribute: AttributeId) {
        if let Some(word) = self.0.get_mut(attribute.index() / 64) {
            *word &= !(1 << (attribute.index() % 64));
        }
    }

    /// Takes all out.
    pub fn clear(&mut self) {
        self.0.fill(0);
    }

    /// Puts in what is in another set of as many.
    pub fn extend(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word |= other);
    }

    /// Takes out what is in another set of as many.
    #[inline]
    pub fn except(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= !other);
    }

    /// Puts in what is in another set of as many, and leaves that one empty.
    #[inline]
    pub fn absorb(&mut self, other: &mut Self) {
        self.0.iter_mut().zip(&mut other.0).for_each(|(word, other)| *word |= std::mem::take(other));
    }

    /// Becomes another set of as many.
    #[inline]
    pub fn copy_from(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word = *other);
    }

    /// Those that are in, in order.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = AttributeId> {
        self.0.iter().enumerate().flat_map(|(at, &word)| {
            let mut left = word;
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros() as usize;
                left &= left.wrapping_sub(1);
                (bit < 64).then(|| AttributeId::new(at * 64 + bit))
            })
        })
    }

    /// Whether one is in.
    pub fn contains(&self, attribute: AttributeId) -> bool {
        let word = self.0.get(attribute.index() / 64).copied().unwrap_or_default();
        word & 1 << (attribute.index() % 64) != 0
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_cell_holds_what_was_put_last() {
        let policy = crate::Policy::parse("a = 1 -> allow X").unwrap();
        let vocabulary = policy.vocabulary();
        let (a, b) = (AttributeId::new(0), AttributeId::new(1));
        let mut cells = Cells::unknown(2);
        cells.put(b, Cell::Own(State::Absent));
        assert_eq!((cells.get(a), cells.get(b)), (Cell::Known(Vocabulary::UNKNOWN), Cell::Own(State::Absent)));
        cells.put(a, Cell::Own(State::Unknown));
        cells.put(b, Cell::Known(Vocabulary::ABSENT));
        assert_eq!((cells.get(a), cells.get(b)), (Cell::Own(State::Unknown), Cell::Known(Vocabulary::ABSENT)));
        assert!(cells.own(b).is_none(), "what is replaced is forgotten");
        cells.put(a, Cell::Own(State::Absent));
        assert_eq!(cells.state(vocabulary, a), &State::Absent);
        // past the last there is nothing
        cells.put(AttributeId::new(2), Cell::Own(State::Absent));
        assert_eq!(cells.state(vocabulary, AttributeId::new(2)), &State::Unknown);
    }

    #[test]
    fn attributes_are_put_in_and_taken_out() {
        let mut attributes = Attributes::none(70);
        let last = AttributeId::new(69);
        assert!(attributes.insert(last) && !attributes.insert(last));
        assert!(attributes.contains(last) && !attributes.contains(AttributeId::new(5)));
        assert_eq!(attributes.iter().collect::<Vec<_>>(), [last]);
        attributes.remove(last);
        assert_eq!(attributes, Attributes::none(70));
    }
}
