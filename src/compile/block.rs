//! The rows of many contexts at a time: what joining them one by one would do again and again is done once for each block.
//!
//! A block holds, slot by slot, where the row of each of its contexts begins; whoever fills it adds up what each attribute
//! contributes, since a slot's row moves by a fixed step for each class. Then whole rows are joined context by context, or
//! the words of one entitlement down the block.

use super::index::Index;
use super::pool::NodeId;
use super::rows::{Kind, Part, Rows, first_bits, first_bits_of};
use super::tri::Tri;
use crate::model::{EntitlementId, Rank};

/// Contexts in a block, at most: their starts stay in the first cache.
pub const BLOCK: usize = 256;

/// Where the rows of some contexts begin.
#[derive(Clone, Debug)]
pub struct Block {
    /// [`BLOCK`] for each slot, one slot after the other.
    starts: Vec<u32>,
    len: usize,
}

impl Block {
    /// How many contexts it holds.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Makes it hold so many contexts, at most [`BLOCK`].
    pub fn resize(&mut self, len: usize) {
        self.len = len.min(BLOCK);
    }

    /// Where the rows of one slot begin, by context.
    pub fn slot(&mut self, slot: u32) -> &mut [u32] {
        let first = slot as usize * BLOCK;
        self.starts.get_mut(first..first + self.len).unwrap_or_default()
    }

    fn start(&self, slot: usize, context: usize) -> usize {
        self.starts[slot * BLOCK + context] as usize
    }
}

/// By bit, in how many contexts it was the first of its field.
///
/// The counts stand upright: plane `n` has bit `n` of all counts, so that adding a row is a few operations on whole words.
#[derive(Clone, Debug)]
pub struct Tally {
    words: usize,
    planes: Vec<u64>,
    /// Rows that are not in the planes yet, at most [`PENDING`].
    pending: Vec<u64>,
    /// Contexts in the planes and pending.
    contexts: u32,
    counts: Vec<u64>,
}

/// Rows that are added to the planes together.
const PENDING: usize = 16;
/// Planes: what they can count is carried to the counts before they are full.
const PLANES: usize = 16;

impl Index {
    /// An empty block for this policy.
    pub fn block(&self) -> Block {
        Block { starts: vec![0; self.rows().slots.list.len() * BLOCK], len: 0 }
    }

    /// The slot that an input moves, by its number in [`Index::inputs`], and by how much in a class; none: nothing tests it.
    pub fn shift(&self, input: usize, class: u32) -> Option<(u32, u32)> {
        let Part { slot, step } = self.rows().slots.parts[input];
        (step > 0).then(|| (slot, class.wrapping_mul(step)))
    }

    /// The conditions that are evaluated as a whole, in order; [`Self::shift_of`] takes their positions.
    pub fn computed(&self) -> impl ExactSizeIterator<Item = NodeId> + '_ {
        self.schedule().computed_nodes()
    }

    /// The slot that a condition of [`Self::computed`] moves, and by how much.
    pub fn shift_of(&self, computed: usize, value: Tri) -> Option<(u32, u32)> {
        self.shift(self.inputs().len() + computed, value as u32)
    }

    /// The slots that an entitlement's rules test, sorted.
    pub fn slots_of(&self, entitlement: EntitlementId) -> Vec<u32> {
        let slots = &self.rows().slots;
        let Some((at, field)) = self.field(entitlement).filter(|(_, field)| field.words > 0) else { return Vec::new() };
        match slots.tested_of.get(at) {
            None => (0..slots.list.len() as u32).filter(|_| field.words > 0).collect(),
            Some(&(first, end)) => {
                let tested = slots.tested.get(first as usize..end as usize).unwrap_or_default();
                tested.iter().map(|tested| tested.slot).collect()
            }
        }
    }

    /// The first bit left of each entitlement's field, context by context. Cost: a row of each slot for each context.
    pub fn sweep(&self, block: &Block, words: &mut Vec<u64>, mut visit: impl FnMut(usize, &[u64])) {
        let rows = self.rows();
        words.clear();
        words.resize(rows.fields.words(), 0);
        let is_simple = rows.slots.dense == rows.slots.list.len();
        match rows.slots.dense {
            1 if is_simple => rows.sweep_dense::<1>(block, words, visit),
            2 if is_simple => rows.sweep_dense::<2>(block, words, visit),
            3 if is_simple => rows.sweep_dense::<3>(block, words, visit),
            4 if is_simple => rows.sweep_dense::<4>(block, words, visit),
            5 if is_simple => rows.sweep_dense::<5>(block, words, visit),
            6 if is_simple => rows.sweep_dense::<6>(block, words, visit),
            7 if is_simple => rows.sweep_dense::<7>(block, words, visit),
            8 if is_simple => rows.sweep_dense::<8>(block, words, visit),
            _ => {
                for context in 0..block.len {
                    rows.join_one(block, context, words);
                    first_bits(&rows.fields.bottoms, words);
                    rows.drop_all_but_first(words);
                    visit(context, words);
                }
            }
        }
    }

    /// The rank of the strongest effect on one entitlement, context by context. Cost: a word for each slot that it tests and
    /// each context; of an entitlement of more than 64 terms, up to one for each 64.
    pub fn sweep_one(&self, entitlement: EntitlementId, block: &Block, visit: impl FnMut(usize, Option<Rank>)) {
        let Some((at, field)) = self.field(entitlement) else { return };
        let rows = self.rows();
        let slots: Vec<(usize, u32)> = match rows.slots.tested_of.get(at) {
            None => (0..rows.slots.list.len()).map(|slot| (slot, field.word)).collect(),
            Some(&(first, end)) => {
                let tested = rows.slots.tested.get(first as usize..end as usize).unwrap_or_default();
                tested.iter().map(|tested| (tested.slot as usize, tested.offset)).collect()
            }
        };
        let mut visit = visit;
        let mut left = [0u64; BLOCK];
        let mut found: [Option<Rank>; BLOCK] = [None; BLOCK];
        for word in 0..field.words {
            left[..block.len].fill(field.mask(word));
            for &(slot, offset) in &slots {
                rows.narrow(block, slot, offset + word, &mut left);
            }
            for (found, &left) in
                found.iter_mut().zip(&left[..block.len]).filter(|(found, left)| found.is_none() && **left != 0)
            {
                *found = if field.is_narrow() {
                    field.rank(left)
                } else {
                    self.behind(field.word + word, left.trailing_zeros()).rank
                };
            }
        }
        found[..block.len].iter().enumerate().for_each(|(context, &rank)| visit(context, rank));
    }

    /// The winners among the bits of a row that [`Self::sweep`] visits: each with its rank and the entitlements it decides.
    pub fn winners_of<'i>(&'i self, words: &'i [u64]) -> impl Iterator<Item = (Rank, &'i [EntitlementId])> + 'i {
        (0..).zip(words).flat_map(move |(word, &bits)| {
            super::index::set_bits(bits).filter_map(move |bit| {
                let (list, _) = self.rows().fields.of_bit(word, bit);
                Some((self.behind(word, bit).rank?, self.sharing(list)))
            })
        })
    }

    /// The rank of an entitlement's winner in a row that [`Self::sweep`] visits.
    pub fn winner_among(&self, entitlement: EntitlementId, words: &[u64]) -> Option<Rank> {
        self.rank_in(entitlement, |word| words.get(word as usize).copied().unwrap_or_default())
    }

    /// An empty tally for this policy.
    pub fn tally(&self) -> Tally {
        let words = self.rows().fields.words();
        Tally {
            words,
            planes: vec![0; words * PLANES],
            pending: Vec::with_capacity(words * PENDING),
            contexts: 0,
            counts: vec![0; words * 64],
        }
    }

    /// The ranks that won in a tally, with the entitlements they decided and in how many contexts; a rank may come more than
    /// once.
    pub fn tallied<'i>(&'i self, tally: &'i mut Tally) -> impl Iterator<Item = (Rank, &'i [EntitlementId], u64)> + 'i {
        tally.settle();
        let counted = tally.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        counted.filter_map(|(at, &count)| {
            let (word, bit) = ((at / 64) as u32, (at % 64) as u32);
            let (list, _) = self.rows().fields.of_bit(word, bit);
            Some((self.behind(word, bit).rank?, self.sharing(list), count))
        })
    }
}

impl Rows {
    /// All slots are dense, and there are so many of them.
    fn sweep_dense<const SLOTS: usize>(&self, block: &Block, words: &mut [u64], mut visit: impl FnMut(usize, &[u64])) {
        let (table, bottoms) = (self.slots.table.as_slice(), self.fields.bottoms.as_slice());
        let width = bottoms.len();
        for context in 0..block.len {
            let row = |slot| {
                let start = block.start(slot, context);
                &table[start..start + width]
            };
            let rows: [&[u64]; SLOTS] = std::array::from_fn(row);
            let out = &mut words[..width];
            for at in 0..width {
                let left = rows.iter().fold(u64::MAX, |left, row| left & row[at]);
                out[at] = first_bits_of(left, bottoms[at]);
            }
            self.drop_all_but_first(words);
            visit(context, words);
        }
    }

    /// The bits left of all terms in one context of a block.
    fn join_one(&self, block: &Block, context: usize, words: &mut [u64]) {
        words.copy_from_slice(&self.fields.used);
        for (at, slot) in self.slots.list.iter().enumerate() {
            let start = block.start(at, context);
            let row = || &self.slots.table[start..start + slot.stride as usize];
            match &slot.kind {
                Kind::Dense => words.iter_mut().zip(row()).for_each(|(word, row)| *word &= row),
                Kind::Sparse(places) => {
                    places.iter().zip(row()).for_each(|(&place, row)| words[place as usize] &= row);
                }
                Kind::Keyed(keyed) => keyed.join(start as u32, words),
            }
        }
    }

    /// Of fields of several words, keeps the first bit alone.
    fn drop_all_but_first(&self, words: &mut [u64]) {
        for field in &self.fields.wide {
            let words = words.iter_mut().skip(field.word as usize).take(field.words as usize);
            words.skip_while(|word| **word == 0).skip(1).for_each(|word| *word = 0);
        }
    }

    /// Takes away what one slot rules out in one word, context by context.
    fn narrow(&self, block: &Block, slot: usize, offset: u32, left: &mut [u64; BLOCK]) {
        let starts = &block.starts[slot * BLOCK..slot * BLOCK + block.len];
        let left = left[..block.len].iter_mut().zip(starts);
        match &self.slots.list[slot].kind {
            Kind::Dense | Kind::Sparse(_) => {
                left.for_each(|(left, start)| *left &= self.slots.table[(start + offset) as usize]);
            }
            Kind::Keyed(keyed) => left.for_each(|(left, &class)| *left &= keyed.word(class, offset)),
        }
    }
}

impl Tally {
    /// Counts the bits of one more context.
    pub fn add(&mut self, words: &[u64]) {
        self.pending.extend_from_slice(words);
        self.contexts += 1;
        if (self.contexts as usize).is_multiple_of(PENDING) {
            self.add_pending();
        }
        if self.contexts == (1 << PLANES) - PENDING as u32 {
            self.settle();
        }
    }

    /// Carries all rows that are pending into the planes.
    fn add_pending(&mut self) {
        self.pending.resize(self.words * PENDING, 0);
        let rows: [&[u64]; PENDING] =
            std::array::from_fn(|row| &self.pending[row * self.words..(row + 1) * self.words]);
        let (ones, rest) = self.planes.split_at_mut(self.words);
        let (twos, rest) = rest.split_at_mut(self.words);
        let (fours, rest) = rest.split_at_mut(self.words);
        let (eights, higher) = rest.split_at_mut(self.words);
        for at in 0..self.words {
            let (mut one, mut two, mut four, mut eight) = (ones[at], twos[at], fours[at], eights[at]);
            let mut eights_over = [0; 2];
            for (half, over) in eights_over.iter_mut().enumerate() {
                let mut fours_over = [0; 2];
                for (quarter, over) in fours_over.iter_mut().enumerate() {
                    let of_four = &rows[8 * half + 4 * quarter..][..4];
                    let (first, second);
                    (one, first) = add3(one, of_four[0][at], of_four[1][at]);
                    (one, second) = add3(one, of_four[2][at], of_four[3][at]);
                    (two, *over) = add3(two, first, second);
                }
                (four, *over) = add3(four, fours_over[0], fours_over[1]);
            }
            let mut carry;
            (eight, carry) = add3(eight, eights_over[0], eights_over[1]);
            (ones[at], twos[at], fours[at], eights[at]) = (one, two, four, eight);
            for plane in higher.chunks_exact_mut(self.words) {
                if carry == 0 {
                    break;
                }
                (plane[at], carry) = (plane[at] ^ carry, plane[at] & carry);
            }
        }
        self.pending.clear();
    }

    /// Carries everything into the counts.
    fn settle(&mut self) {
        self.add_pending();
        for (plane, bits) in self.planes.chunks_exact_mut(self.words.max(1)).enumerate() {
            for (word, counts) in bits.iter_mut().zip(self.counts.chunks_exact_mut(64)) {
                super::index::set_bits(*word).for_each(|bit| counts[bit as usize] += 1 << plane);
                *word = 0;
            }
        }
        self.contexts = 0;
    }
}

/// The sum of three bits in every place: itself, and what is carried.
fn add3(a: u64, b: u64, c: u64) -> (u64, u64) {
    let ab = a ^ b;
    (ab ^ c, (a & b) | (ab & c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_tally_counts_every_bit(rows in prop::collection::vec(prop::collection::vec(any::<u64>(), 3), 0..100)) {
            let mut all =
                Tally { words: 3, planes: vec![0; 3 * PLANES], pending: Vec::new(), contexts: 0, counts: vec![0; 3 * 64] };
            rows.iter().for_each(|row| all.add(row));
            all.settle();
            for (at, &count) in all.counts.iter().enumerate() {
                let expected = rows.iter().filter(|row| row[at / 64] >> (at % 64) & 1 == 1).count();
                prop_assert_eq!(count, expected as u64);
            }
        }
    }

    #[test]
    fn a_tally_goes_on_past_its_planes() {
        let mut tally =
            Tally { words: 1, planes: vec![0; PLANES], pending: Vec::new(), contexts: 0, counts: vec![0; 64] };
        for at in 0..200_000u64 {
            tally.add(&[1 | (at % 2) << 5]);
        }
        tally.settle();
        assert_eq!((tally.counts[0], tally.counts[5], tally.counts[63]), (200_000, 100_000, 0));
    }
}
