//! Finds a text among those that a policy knows: one multiplication, mostly one comparison, no allocation.
//!
//! The texts are fixed when the policy is loaded. What a stranger sends is looked for and never put in, so how long a search
//! can take is settled beforehand. Texts are compared as spelled.

/// No text has this number.
pub(super) const NONE: u32 = u32::MAX;

/// Longest text that its two ends and its length make out.
const SHORT: usize = 16;

/// Texts, each with a number.
#[derive(Clone, Debug)]
pub(super) struct Words {
    /// A power of two, and at least twice as many as there are texts: a search ends at a free one.
    entries: Box<[Entry]>,
    /// The texts that are not short, one after the other.
    texts: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    ends: Ends,
    length: u32,
    number: u32,
    start: u32,
}

/// The first and the last eight bytes of a text; of a shorter one, all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ends(u64, u64);

/// Longer than any text.
const FREE: Entry = Entry { ends: Ends(0, 0), length: u32::MAX, number: NONE, start: 0 };

impl Words {
    /// Texts with their numbers; of equal texts the first counts.
    pub fn new<'t>(words: impl IntoIterator<Item = (&'t str, u32)>) -> Self {
        let words: Vec<(&str, u32)> = words.into_iter().collect();
        let count = (2 * words.len()).next_power_of_two().max(2);
        let mut found = Self { entries: vec![FREE; count].into(), texts: Vec::new() };
        for (text, number) in words {
            found.insert(text.as_bytes(), number);
        }
        found
    }

    fn insert(&mut self, text: &[u8], number: u32) {
        let (Ok(length), Ok(start)) = (u32::try_from(text.len()), u32::try_from(self.texts.len())) else { return };
        if self.find(text).is_some() {
            return;
        }
        let ends = Ends::of(text);
        let mut at = self.first(text, ends);
        while self.entries[at].number != NONE {
            at = (at + 1) & (self.entries.len() - 1);
        }
        self.entries[at] = Entry { ends, length, number, start };
        if text.len() > SHORT {
            self.texts.extend_from_slice(text);
        }
    }

    /// The number of a text.
    #[inline]
    pub fn find(&self, text: &[u8]) -> Option<u32> {
        if text.len() > SHORT { self.find_long(text) } else { self.find_by(text, Ends::of_short(text), |_| true) }
    }

    #[inline(never)]
    fn find_long(&self, text: &[u8]) -> Option<u32> {
        // texts with the same ends and length need not be the same
        let is_same = |start: u32| self.texts.get(start as usize..).is_some_and(|known| known.starts_with(text));
        self.find_by(text, Ends::of(text), is_same)
    }

    #[inline]
    fn find_by(&self, text: &[u8], ends: Ends, is_same: impl Fn(u32) -> bool) -> Option<u32> {
        let mut at = self.first(text, ends);
        loop {
            let entry = self.entries.get(at)?;
            if entry.ends == ends && entry.length as usize == text.len() && is_same(entry.start) {
                return Some(entry.number);
            }
            if entry.number == NONE {
                return None;
            }
            at = (at + 1) & (self.entries.len() - 1);
        }
    }

    /// Where a search begins.
    #[inline]
    fn first(&self, text: &[u8], Ends(head, tail): Ends) -> usize {
        const ODD: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f];
        let mut seed = ODD[0] ^ text.len() as u64;
        if text.len() > SHORT {
            for chunk in text[8..text.len() - 8].chunks(8) {
                let part = chunk.iter().fold(0, |part, &byte| part << 8 | u64::from(byte));
                seed = (seed.rotate_left(5) ^ part).wrapping_mul(ODD[0]);
            }
        }
        let product = u128::from(head ^ seed) * u128::from(tail ^ ODD[1]);
        (product as u64 ^ (product >> 64) as u64) as usize & (self.entries.len() - 1)
    }
}

impl Ends {
    fn of(text: &[u8]) -> Self {
        match (text.first_chunk(), text.last_chunk()) {
            (Some(head), Some(tail)) if text.len() > SHORT => {
                Self(u64::from_le_bytes(*head), u64::from_le_bytes(*tail))
            }
            _ => Self::of_short(text),
        }
    }

    #[inline]
    fn of_short(text: &[u8]) -> Self {
        let length = text.len();
        if length >= 4 {
            // the same four loads for every length: which it is is hard to foresee, and costs as much as they do
            let inner = length / 8 * 4;
            let four = |at: usize| match text.get(at..at + 4) {
                Some(&[a, b, c, d]) => u64::from(u32::from_le_bytes([a, b, c, d])),
                _ => 0,
            };
            return Self(four(0) << 32 | four(inner), four(length - 4) << 32 | four(length - 4 - inner));
        }
        match *text {
            [first, .., last] => Self(first.into(), u64::from(text[length / 2]) << 8 | u64::from(last)),
            [only] => Self(only.into(), 0),
            [] => Self(0, 0),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    #[test]
    fn every_length_is_found_and_nothing_else() {
        // for each length a text, and texts that differ from it in one byte
        let long = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
        let known: Vec<&str> = (0..=long.len()).map(|length| &long[..length]).collect();
        let words = Words::new(known.iter().copied().zip(0..));
        for (text, number) in known.iter().zip(0..) {
            assert_eq!(words.find(text.as_bytes()), Some(number), "{text}");
            for at in 0..text.len() {
                let mut other = text.as_bytes().to_vec();
                other[at] = b'#';
                assert_eq!(words.find(&other), None, "{text}, changed at {at}");
            }
        }
        assert_eq!(Words::new([]).find(b"a"), None);
        assert_eq!(Words::new([]).find(b""), None);
    }

    #[test]
    fn the_first_of_equal_texts_counts() {
        let words = Words::new([("a", 1), ("b", 2), ("a", 3)]);
        assert_eq!((words.find(b"a"), words.find(b"b")), (Some(1), Some(2)));
    }

    proptest! {
        #[test]
        fn finds_what_a_map_finds(
            known in prop::collection::vec("[ab]{0,20}", 0..200),
            others in prop::collection::vec("[ab]{0,20}", 0..50),
        ) {
            let mut map = HashMap::new();
            for (text, number) in known.iter().zip(0u32..) {
                map.entry(text.as_str()).or_insert(number);
            }
            let words = Words::new(known.iter().map(String::as_str).zip(0..));
            for text in known.iter().chain(&others) {
                prop_assert_eq!(words.find(text.as_bytes()), map.get(text.as_str()).copied());
            }
        }
    }
}
