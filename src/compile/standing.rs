//! What stays while a context changes: the bits left of all terms, kept so that only what a change can touch is looked at.
//!
//! Where the slots that changed touch few words, those words are joined again. Where one has rows over all words, the join
//! of all other slots is kept: while the same attribute goes on changing, a change costs one row.

use super::fields::Field;
use super::index::{Index, Placement};
use super::rows::Rows;
use crate::model::{EntitlementId, Rank};

/// The bits left of all terms in a context that changes.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// The rows that were joined.
    starts: Box<[u32]>,
    /// The bits left of all of them.
    joined: Vec<u64>,
    /// Slots left out of `rest`, sorted; none: there is no rest.
    apart: Vec<u32>,
    /// The bits left of all slots but those apart, whose rows are those of `starts`.
    rest: Vec<u64>,
    /// Words that changed, with their bits before; kept for its room.
    changed: Vec<(u32, u64)>,
    scratch: Vec<u64>,
}

/// An entitlement whose strongest effect is of another rank than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Which.
    pub entitlement: EntitlementId,
    /// The rank before.
    pub before: Option<Rank>,
    /// The rank now.
    pub after: Option<Rank>,
}

impl Index {
    /// The bits left of all terms. Cost: whole rows are joined, one of each slot.
    pub fn standing(&self, placement: &Placement) -> Standing {
        let mut standing = Standing { starts: placement.starts.clone(), ..Standing::default() };
        self.rows().join(placement, &[], &mut standing.joined);
        standing
    }

    /// Follows a placement that has changed: visits each entitlement whose winner is of another rank.
    ///
    /// Cost: a row over the words that the changed slots touch; where that is all words and other slots changed before, a
    /// row of each slot.
    pub fn follow(&self, placement: &Placement, standing: &mut Standing, mut visit: impl FnMut(Shift)) {
        let rows = self.rows();
        let slots = standing.moved(placement);
        if slots.is_empty() {
            return;
        }
        standing.starts.copy_from_slice(&placement.starts);
        if slots.iter().all(|&slot| slot as usize >= rows.slots.dense) {
            standing.apart.clear();
            standing.join_touched(rows, placement, &slots);
        } else {
            if !slots.iter().all(|slot| standing.apart.binary_search(slot).is_ok()) {
                rows.join(placement, &slots, &mut standing.rest);
                standing.apart = slots;
            }
            standing.join_apart(rows, placement);
        }
        let mut last = None;
        for at in 0..standing.changed.len() {
            let (word, before) = standing.changed[at];
            let after = standing.joined[word as usize];
            let mut differing = before ^ after;
            while differing != 0 {
                let (list, field) = rows.fields.of_bit(word, differing.trailing_zeros());
                if field.is_narrow() {
                    let mask = field.mask(0);
                    differing &= !mask;
                    self.visit(list, field.rank(before & mask), field.rank(after & mask), &mut visit);
                    continue;
                }
                if last.replace(list) != Some(list) {
                    let (before, after) =
                        (self.wide_rank(field, |word| standing.before(word)), |word| standing.after(word));
                    self.visit(list, before, self.wide_rank(field, after), &mut visit);
                }
                differing = 0;
            }
        }
    }

    fn visit(&self, list: usize, before: Option<Rank>, after: Option<Rank>, visit: &mut impl FnMut(Shift)) {
        if before != after {
            self.sharing(list).iter().for_each(|&entitlement| visit(Shift { entitlement, before, after }));
        }
    }

    fn wide_rank(&self, field: &Field, bits: impl Fn(u32) -> u64) -> Option<Rank> {
        let words = (field.word..field.word + field.words).map(|word| (word, bits(word)));
        let (word, bits) = words.into_iter().find(|&(_, bits)| bits != 0)?;
        self.behind(word, bits.trailing_zeros()).rank
    }
}

impl Standing {
    /// Slots whose row is another than the one that was joined.
    fn moved(&self, placement: &Placement) -> Vec<u32> {
        let slots = (0..).zip(self.starts.iter().zip(&placement.starts));
        slots.filter(|(_, (before, after))| before != after).map(|(slot, _)| slot).collect()
    }

    fn before(&self, word: u32) -> u64 {
        match self.changed.binary_search_by_key(&word, |&(word, _)| word) {
            Ok(at) => self.changed[at].1,
            Err(_) => self.after(word),
        }
    }

    fn after(&self, word: u32) -> u64 {
        self.joined.get(word as usize).copied().unwrap_or_default()
    }

    /// Joins the words again that some slots touch, none of which has rows over all words.
    fn join_touched(&mut self, rows: &Rows, placement: &Placement, slots: &[u32]) {
        let touched = slots.iter().flat_map(|&slot| rows.slots.list[slot as usize].words().unwrap_or_default());
        let mut touched: Vec<u32> = touched.copied().collect();
        touched.sort_unstable();
        touched.dedup();
        self.changed.clear();
        for word in touched {
            self.put(word, rows.whole_word(word, placement));
        }
    }

    fn put(&mut self, word: u32, bits: u64) {
        let before = std::mem::replace(&mut self.joined[word as usize], bits);
        if before != bits {
            self.changed.push((word, before));
        }
    }

    /// Joins the rest and what stands apart from it.
    fn join_apart(&mut self, rows: &Rows, placement: &Placement) {
        self.changed.clear();
        if let &[slot] = self.apart.as_slice() {
            return self.join_with(rows.row(slot as usize, placement));
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clone_from(&self.rest);
        for &slot in &self.apart {
            rows.join_slot(slot as usize, placement, &mut scratch);
        }
        for (word, &bits) in (0..).zip(&scratch) {
            self.put(word, bits);
        }
        self.scratch = scratch;
    }

    /// Joins the rest and one row, eight words at a time: most eights do not change.
    fn join_with(&mut self, row: &[u64]) {
        const EIGHT: usize = 8;
        let eights = self.rest.chunks(EIGHT).zip(row.chunks(EIGHT)).zip(self.joined.chunks_mut(EIGHT));
        for (at, ((rest, row), joined)) in eights.enumerate() {
            let differ = rest.iter().zip(row).zip(&*joined).fold(0, |all, ((a, b), c)| all | ((a & b) ^ c));
            if differ == 0 {
                continue;
            }
            for (word, ((rest, row), joined)) in rest.iter().zip(row).zip(joined).enumerate() {
                let before = std::mem::replace(joined, rest & row);
                if before != *joined {
                    self.changed.push(((at * EIGHT + word) as u32, before));
                }
            }
        }
    }
}
