//! Where the bits of each entitlement stand: its *field*.
//!
//! A *term* is a conjunction of an effect's condition and has one bit. The bits of an entitlement, strongest rank first, are
//! its field: a stretch of one word of 64 bits, or, of more than 64 terms, words of its own. Fields are packed largest
//! first, so that few bits are wasted, and the first bit left in a field is the answer.

use super::index::{EffectId, IndexedEffect};
use crate::model::Rank;

/// A term of an effect.
pub(super) type Bit = (EffectId, usize);

/// The ranks, strongest first, and none.
const RANKS: [Option<Rank>; 6] =
    [Some(Rank::OverrideDeny), Some(Rank::OverrideAllow), Some(Rank::Deny), Some(Rank::Allow), Some(Rank::Offer), None];

/// The bits of one entitlement, 16 bytes; also those of several that the same effects speak of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Field {
    /// Its first word.
    pub word: u32,
    /// How many words it has: none without terms.
    pub words: u32,
    /// Its first bit in its word.
    shift: u8,
    /// Its bits in its last word.
    len: u8,
    /// Of a field of one word: how many of its bits are of each of the ranks, or of a stronger one.
    ends: [u8; 5],
}

impl Field {
    /// The bits of one of its words that are its own.
    pub fn mask(&self, word: u32) -> u64 {
        if word + 1 == self.words { (u64::MAX >> (64 - u32::from(self.len))) << self.shift } else { u64::MAX }
    }

    /// Words times 64, and bits, of its first bit.
    pub fn first_position(&self) -> u32 {
        self.word * 64 + u32::from(self.shift)
    }

    /// The rank of the first bit left of a field of one word: found by counting, since a branch would be taken by chance.
    pub fn rank(&self, left: u64) -> Option<Rank> {
        let at = left.trailing_zeros().wrapping_sub(u32::from(self.shift)) as u8;
        let weaker = self.ends.iter().map(|&end| usize::from(at >= end)).sum::<usize>();
        RANKS.get(weaker).copied().flatten()
    }

    /// Whether it fits into one word, as nearly all do.
    pub fn is_narrow(&self) -> bool {
        self.words == 1
    }
}

/// Where every field stands.
#[derive(Debug, Default)]
pub(super) struct Fields {
    /// By number of the list of effects.
    pub list: Vec<Field>,
    /// Those of more than one word.
    pub wide: Vec<Field>,
    /// Of each word, a bit where a field begins. The first bit of a word always is one.
    pub bottoms: Vec<u64>,
    /// By word, where in `in_order` its fields begin.
    first_of: Vec<u32>,
    /// The numbers of the fields in the order of their bits; one of several words, once for each.
    in_order: Vec<u32>,
    /// Of each word, the bits that belong to a field.
    pub used: Vec<u64>,
    /// The effect behind each bit; behind one that is not used, any.
    pub effects: Vec<EffectId>,
}

impl Fields {
    /// Packs fields. `drafts` are the bits of each, strongest first.
    pub fn pack(drafts: &[Vec<Bit>], effects: &[IndexedEffect]) -> Self {
        let mut fields = Self { list: vec![Field::default(); drafts.len()], ..Self::default() };
        let mut order: Vec<usize> = (0..drafts.len()).filter(|&at| !drafts[at].is_empty()).collect();
        order.sort_by_key(|&at| std::cmp::Reverse(drafts[at].len()));
        // by bits left over, words in which a field may still stand
        let mut open: Vec<Vec<u32>> = vec![Vec::new(); 65];
        for at in order {
            let bits = &drafts[at];
            let field = if bits.len() > 64 { fields.wide(bits.len()) } else { fields.narrow(bits, &mut open, effects) };
            fields.put(field, bits);
            fields.list[at] = field;
        }
        fields.order();
        fields
    }

    fn order(&mut self) {
        let mut placed: Vec<(u32, u32)> = Vec::with_capacity(self.list.len());
        for (at, field) in (0..).zip(&self.list) {
            placed.extend((0..field.words).map(|word| (field.first_position() + word * 64, at)));
        }
        placed.sort_unstable();
        self.first_of = vec![0; self.words()];
        for (at, &(position, _)) in placed.iter().enumerate().rev() {
            self.first_of[position as usize / 64] = at as u32;
        }
        self.in_order = placed.into_iter().map(|(_, field)| field).collect();
    }

    /// The field that a bit belongs to, with its number.
    pub fn of_bit(&self, word: u32, bit: u32) -> (usize, &Field) {
        let up_to = u64::MAX >> (63 - bit);
        let before = (self.bottoms[word as usize] & up_to).count_ones() - 1;
        let at = self.in_order[(self.first_of[word as usize] + before) as usize] as usize;
        (at, &self.list[at])
    }

    fn wide(&mut self, bits: usize) -> Field {
        let words = bits.div_ceil(64);
        let len = ((bits - 1) % 64 + 1) as u8;
        let field = Field { word: self.add_words(words), words: words as u32, shift: 0, len, ends: [0; 5] };
        self.wide.push(field);
        field
    }

    fn narrow(&mut self, bits: &[Bit], open: &mut [Vec<u32>], effects: &[IndexedEffect]) -> Field {
        let found = (bits.len()..64).find_map(|left| open[left].pop().map(|word| (word, left)));
        let (word, left) = found.unwrap_or_else(|| (self.add_words(1), 64));
        open[left - bits.len()].push(word);
        let mut ends = [0; 5];
        for (end, rank) in ends.iter_mut().zip(RANKS) {
            *end = bits.iter().take_while(|(effect, _)| effects[effect.index()].rank >= rank).count() as u8;
        }
        Field { word, words: 1, shift: (64 - left) as u8, len: bits.len() as u8, ends }
    }

    fn add_words(&mut self, count: usize) -> u32 {
        let first = self.bottoms.len();
        self.bottoms.resize(first + count, 1);
        self.used.resize(first + count, 0);
        self.effects.resize((first + count) * 64, EffectId::default());
        first as u32
    }

    fn put(&mut self, field: Field, bits: &[Bit]) {
        for (word, bits) in (0..field.words).zip(bits.chunks(64)) {
            let at = (field.word + word) as usize;
            self.bottoms[at] |= 1 << field.shift;
            self.used[at] |= field.mask(word);
            let first = at * 64 + usize::from(field.shift);
            for (effect, &(id, _)) in self.effects[first..].iter_mut().zip(bits) {
                *effect = id;
            }
        }
    }

    /// Bytes they take.
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.list)
            + size_of_val(&*self.bottoms)
            + size_of_val(&*self.used)
            + size_of_val(&*self.effects)
            + size_of_val(&*self.first_of)
            + size_of_val(&*self.in_order)
    }

    /// How many words all fields take.
    pub fn words(&self) -> usize {
        self.bottoms.len()
    }
}
