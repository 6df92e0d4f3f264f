//! The finished rows, and how they are read: ANDed over one field for a decision, over all words for all entitlements.
//!
//! All loops over words are plain enough for the compiler to vectorise them on any processor.

use super::fields::Field;
use super::index::Placement;

/// A table of rows.
#[derive(Debug)]
pub(super) struct Slot {
    /// Where the row of the first class begins; of a keyed one, nought.
    pub base: u32,
    /// How long a row is.
    pub stride: u32,
    pub kind: Kind,
}

/// Over which words a slot has rows.
#[derive(Debug)]
pub(super) enum Kind {
    /// All.
    Dense,
    /// These.
    Sparse(Box<[u32]>),
    /// The rows are not spelled out.
    Keyed(Box<Keyed>),
}

/// Rows of very many classes, each by what sets it apart.
#[derive(Debug)]
pub(super) struct Keyed {
    /// The words that any of its rows is about.
    pub words: Box<[u32]>,
    /// Their bits for a class that nothing sets apart.
    pub usual: Box<[u64]>,
    /// By class, the end of its entries, which begin at the end of those of the class before.
    pub ends: Box<[u32]>,
    /// Positions among the words, and the bits there.
    pub entries: Box<[(u32, u64)]>,
}

/// Of a source: its slot, and by how far one class more moves the row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Part {
    pub slot: u32,
    pub step: u32,
}

/// A slot that a field tests, and where in its rows the field's words stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tested {
    pub slot: u32,
    pub offset: u32,
}

impl Keyed {
    /// Bytes it takes.
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.words) + size_of_val(&*self.usual) + size_of_val(&*self.ends) + size_of_val(&*self.entries)
    }

    /// What sets a class apart.
    fn of(&self, class: u32) -> &[(u32, u64)] {
        let class = class as usize;
        let first = class.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        let end = self.ends.get(class).copied().unwrap_or_default();
        self.entries.get(first as usize..end as usize).unwrap_or_default()
    }

    pub fn word(&self, class: u32, at: u32) -> u64 {
        let own = self.of(class);
        match own.binary_search_by_key(&at, |&(at, _)| at) {
            Ok(found) => own[found].1,
            Err(_) => self.usual.get(at as usize).copied().unwrap_or_default(),
        }
    }

    pub fn join(&self, class: u32, words: &mut [u64]) {
        let mut own = self.of(class).iter().peekable();
        for (at, (&word, &usual)) in self.words.iter().zip(&self.usual).enumerate() {
            let bits = own.next_if(|&&(own, _)| own as usize == at).map_or(usual, |&(_, bits)| bits);
            words[word as usize] &= bits;
        }
    }
}

impl Slot {
    /// Where in its rows a word stands, if it is about it.
    pub fn offset(&self, word: u32) -> Option<u32> {
        match &self.kind {
            Kind::Dense => Some(word),
            Kind::Sparse(words) => words.binary_search(&word).ok().map(|at| at as u32),
            Kind::Keyed(keyed) => keyed.words.binary_search(&word).ok().map(|at| at as u32),
        }
    }

    /// The words it is about; none: all.
    pub fn words(&self) -> Option<&[u32]> {
        match &self.kind {
            Kind::Dense => None,
            Kind::Sparse(words) => Some(words),
            Kind::Keyed(keyed) => Some(&keyed.words),
        }
    }
}

/// The rows of a policy.
#[derive(Debug)]
pub(super) struct Rows {
    pub fields: super::fields::Fields,
    pub slots: super::slots::Slots,
}

impl Rows {
    /// One word of a field: the bits left after the slots that it tests; none: after all, of which there are few.
    #[inline]
    pub fn word(&self, tested: Option<&[Tested]>, field: &Field, word: u32, placement: &Placement) -> u64 {
        let mut left = field.mask(word);
        match tested {
            None => {
                let at = field.word + word;
                placement.starts.iter().for_each(|start| left &= self.at(start + at));
            }
            Some(tested) => {
                for tested in tested {
                    left &= self.slot_word(tested.slot, tested.offset + word, placement);
                }
            }
        }
        left
    }

    #[inline]
    fn at(&self, position: u32) -> u64 {
        self.slots.table.get(position as usize).copied().unwrap_or_default()
    }

    fn slot_word(&self, slot: u32, offset: u32, placement: &Placement) -> u64 {
        let start = placement.starts.get(slot as usize).copied().unwrap_or_default();
        match &self.slots.list[slot as usize].kind {
            Kind::Dense | Kind::Sparse(_) => self.at(start + offset),
            Kind::Keyed(keyed) => keyed.word(start, offset),
        }
    }

    /// One word after all slots. Cost: for each slot that has not rows over all words, a search among its words.
    pub fn whole_word(&self, word: u32, placement: &Placement) -> u64 {
        let slots = (0..).zip(&self.slots.list);
        let offsets = slots.filter_map(|(at, slot)| Some((at, slot.offset(word)?)));
        let used = self.fields.used.get(word as usize).copied().unwrap_or_default();
        offsets.fold(used, |left, (slot, offset)| left & self.slot_word(slot, offset, placement))
    }

    /// The row of a slot that is not keyed.
    pub fn row(&self, slot: usize, placement: &Placement) -> &[u64] {
        let (start, stride) = (placement.starts[slot] as usize, self.slots.list[slot].stride as usize);
        self.slots.table.get(start..start + stride).unwrap_or_default()
    }

    /// The bits left in every word, after all slots but those excepted, which are sorted.
    pub fn join(&self, placement: &Placement, except: &[u32], words: &mut Vec<u64>) {
        let included = |slot: &usize| except.binary_search(&(*slot as u32)).is_err();
        let dense: Vec<&[u64]> = (0..self.slots.dense).filter(included).map(|slot| self.row(slot, placement)).collect();
        join_rows(&self.fields.used, &dense, words);
        for slot in (self.slots.dense..self.slots.list.len()).filter(included) {
            self.join_slot(slot, placement, words);
        }
    }

    /// Takes away what one slot rules out.
    pub fn join_slot(&self, slot: usize, placement: &Placement, words: &mut [u64]) {
        match &self.slots.list[slot].kind {
            Kind::Dense => words.iter_mut().zip(self.row(slot, placement)).for_each(|(word, row)| *word &= row),
            Kind::Sparse(at) => {
                for (&word, row) in at.iter().zip(self.row(slot, placement)) {
                    words[word as usize] &= row;
                }
            }
            Kind::Keyed(keyed) => keyed.join(placement.starts[slot], words),
        }
    }
}

/// ANDs rows word by word. The usual numbers of rows are spelled out, so that what is left is never stored between them.
fn join_rows(used: &[u64], rows: &[&[u64]], out: &mut Vec<u64>) {
    out.clear();
    match *rows {
        [] => out.extend_from_slice(used),
        [a] => out.extend_from_slice(a),
        [a, b] => out.extend(a.iter().zip(b).map(|(a, b)| a & b)),
        [a, b, c] => out.extend(a.iter().zip(b).zip(c).map(|((a, b), c)| a & b & c)),
        [a, b, c, d] => out.extend(a.iter().zip(b).zip(c).zip(d).map(|(((a, b), c), d)| a & b & c & d)),
        [a, b, c, d, e] => {
            out.extend(a.iter().zip(b).zip(c).zip(d).zip(e).map(|((((a, b), c), d), e)| a & b & c & d & e));
        }
        [a, b, c, d, e, f, ref rest @ ..] => {
            let six = a.iter().zip(b).zip(c).zip(d).zip(e).zip(f);
            out.extend(six.map(|(((((a, b), c), d), e), f)| a & b & c & d & e & f));
            for row in rest {
                out.iter_mut().zip(*row).for_each(|(word, row)| *word &= row);
            }
        }
    }
}

/// Of each field of each word, the first bit left: the answer. A field is negated as if it were a number of its own, with a
/// carry that does not leave it: `x & -x` keeps the lowest bit.
///
/// Cost: some ten instructions a word, vectorised.
pub(super) fn first_bits(bottoms: &[u64], words: &mut [u64]) {
    for (word, &bottom) in words.iter_mut().zip(bottoms) {
        *word = first_bits_of(*word, bottom);
    }
}

/// As [`first_bits`], of one word.
pub(super) fn first_bits_of(word: u64, bottom: u64) -> u64 {
    // each field ends where the next begins; the last one at the end of the word
    let top = (bottom >> 1) | (1 << 63);
    let inverse = !word;
    let sum = (inverse & !top).wrapping_add(bottom & !top) ^ ((inverse ^ bottom) & top);
    word & sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_first_bit_of_each_field() {
        // fields from bits 0, 3, 4 and 10 to the end
        let bottom = 1 | 1 << 3 | 1 << 4 | 1 << 10;
        let word = 0b110 | 1 << 3 | 0b101_0000 | 1 << 20 | 1 << 63;
        assert_eq!(first_bits_of(word, bottom), 0b10 | 1 << 3 | 1 << 4 | 1 << 20);
        assert_eq!(first_bits_of(0, bottom), 0);
        assert_eq!(first_bits_of(u64::MAX, u64::MAX), u64::MAX, "fields of one bit");
        assert_eq!(first_bits_of(1 << 63, 1), 1 << 63, "one field of a whole word");
    }
}
