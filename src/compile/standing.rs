//! What stays while a context changes: the bits left of all terms, kept so that only what a change can touch is looked at.
//!
//! Where the slots that changed touch few words, those words are joined again. Where one has rows over all words, the join
//! of all other slots is kept: while the same attribute goes on changing, a change costs one row.

use super::index::{Index, Placement, set_bits};
use super::rows::Rows;
use crate::model::{EntitlementId, Rank};

/// The bits left of all terms in a context that changes, now and before the last change.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// The rows that were joined.
    starts: Box<[u32]>,
    /// The bits left of all of them.
    joined: Vec<u64>,
    /// What was there before.
    before: Before,
    /// Slots left out of `rest`, sorted; none: there is no rest.
    apart: Vec<u32>,
    /// The bits left of all slots but those apart, whose rows are those of `starts`.
    rest: Vec<u64>,
}

/// The bits left before the last change.
#[derive(Clone, Debug, Default)]
struct Before {
    /// Whether `words` has them all, or `changed` those that are different.
    is_whole: bool,
    words: Vec<u64>,
    changed: Vec<(u32, u64)>,
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

    /// Follows a placement that has changed. What that came to is told by [`Self::shifts`].
    ///
    /// Cost: a row over the words that the changed slots touch; where that is all words and other slots changed before, a
    /// row of each slot.
    pub fn follow(&self, placement: &Placement, standing: &mut Standing) {
        let rows = self.rows();
        let slots = standing.moved(placement);
        standing.before.is_whole = false;
        standing.before.changed.clear();
        if slots.is_empty() {
            return;
        }
        standing.starts.copy_from_slice(&placement.starts);
        if slots.iter().all(|&slot| slot as usize >= rows.slots.dense) {
            standing.apart.clear();
            return standing.join_touched(rows, placement, &slots);
        }
        if !slots.iter().all(|slot| standing.apart.binary_search(slot).is_ok()) {
            rows.join(placement, &slots, &mut standing.rest);
            standing.apart = slots;
        }
        standing.join_apart(rows, placement);
    }

    /// The entitlements whose winner the last change gave another rank, in the catalogue's order.
    ///
    /// Cost: a look at the words that were joined, and some steps for each field in which a bit changed.
    pub fn shifts(&self, standing: &Standing) -> Vec<Shift> {
        let mut touched = vec![0u64; self.entitlements().div_ceil(64)];
        standing.differing(|word, before, after| self.touch(word, before ^ after, &mut touched));
        let mut shifts = Vec::new();
        for (at, bits) in touched.into_iter().enumerate() {
            for bit in set_bits(bits) {
                let entitlement = EntitlementId::new(at * 64 + bit as usize);
                let before = self.rank_in(entitlement, |word| standing.before(word));
                let after = self.rank_in(entitlement, |word| standing.after(word));
                if before != after {
                    shifts.push(Shift { entitlement, before, after });
                }
            }
        }
        shifts
    }

    /// Marks the entitlements in whose field a bit is set.
    fn touch(&self, word: u32, mut bits: u64, touched: &mut [u64]) {
        while bits != 0 {
            let (list, field) = self.rows().fields.of_bit(word, bits.trailing_zeros());
            bits &= !if field.is_narrow() { field.mask(0) } else { u64::MAX };
            for entitlement in self.sharing(list) {
                touched[entitlement.index() / 64] |= 1 << (entitlement.index() % 64);
            }
        }
    }
}

impl Standing {
    /// Slots whose row is another than the one that was joined.
    fn moved(&self, placement: &Placement) -> Vec<u32> {
        let slots = (0..).zip(self.starts.iter().zip(&placement.starts));
        slots.filter(|(_, (before, after))| before != after).map(|(slot, _)| slot).collect()
    }

    /// Visits each word that is different, with its bits before and after.
    fn differing(&self, mut visit: impl FnMut(u32, u64, u64)) {
        if self.before.is_whole {
            let words = (0..).zip(self.before.words.iter().zip(&self.joined));
            words.filter(|(_, (before, after))| before != after).for_each(|(at, (&a, &b))| visit(at, a, b));
        } else {
            self.before.changed.iter().for_each(|&(word, before)| visit(word, before, self.after(word)));
        }
    }

    fn before(&self, word: u32) -> u64 {
        if self.before.is_whole {
            return self.before.words.get(word as usize).copied().unwrap_or_default();
        }
        match self.before.changed.binary_search_by_key(&word, |&(word, _)| word) {
            Ok(at) => self.before.changed[at].1,
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
        for word in touched {
            let bits = rows.whole_word(word, placement);
            let before = std::mem::replace(&mut self.joined[word as usize], bits);
            if before != bits {
                self.before.changed.push((word, before));
            }
        }
    }

    /// Joins the rest and what stands apart from it. What is different is only looked for when it is asked for.
    fn join_apart(&mut self, rows: &Rows, placement: &Placement) {
        std::mem::swap(&mut self.joined, &mut self.before.words);
        self.before.is_whole = true;
        self.joined.clear();
        match *self.apart.as_slice() {
            [slot] if (slot as usize) < rows.slots.dense => {
                let row = rows.row(slot as usize, placement);
                self.joined.extend(self.rest.iter().zip(row).map(|(rest, row)| rest & row));
            }
            _ => {
                self.joined.extend_from_slice(&self.rest);
                for &slot in &self.apart {
                    rows.join_slot(slot as usize, placement, &mut self.joined);
                }
            }
        }
    }
}
