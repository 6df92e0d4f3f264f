//! Decides what gets rows, where they lie, and which bits stand in them.
//!
//! An input gets rows for its classes. A condition that is no function of one small input, or whose input would take more
//! room than it, gets three rows, for its three values, and is evaluated once per context.

use super::classes::{Classes, Table, table};
use super::index::{EffectId, IndexedEffect};
use super::limits::{BITS, CELLS, INPUT_WORDS, TooLarge, WORDS};
use super::pool::{Node, NodeId, Pool};
use super::terms::Term;
use super::tri::Tri;
use crate::model::{Catalogue, Input};
use indexmap::{IndexMap, IndexSet};
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::borrow::Cow;
use std::rc::Rc;

/// The rows of a policy.
#[derive(Debug)]
pub(super) struct Rows {
    /// By number of the list of effects.
    pub fields: Vec<Field>,
    pub tested: Vec<Tested>,
    /// The effect behind each bit.
    pub bits: Vec<EffectId>,
    /// First the slots of these,
    pub classed: Vec<(Input, Classes)>,
    /// then the slots of these.
    pub computed: Vec<NodeId>,
    pub slots: Vec<Slot>,
    pub words: Vec<u64>,
}

/// The bits of all effects of an entitlement.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Field {
    pub first_bit: u32,
    count: u32,
    /// Range in `tested`.
    pub tested: (u32, u32),
}

/// An input that a field tests, and where in that input's rows the field begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tested {
    pub slot: u32,
    pub offset: u32,
}

/// The rows of an input, or of a condition that is evaluated as a whole: where they begin, and how long one is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Slot {
    pub base: u32,
    pub stride: u32,
}

impl Field {
    pub fn words(&self) -> u32 {
        self.count.div_ceil(64)
    }

    /// The bits of a word that belong to the field.
    pub fn mask(&self, word: u32) -> u64 {
        let bits = self.count - (word * 64).min(self.count);
        if bits >= 64 { u64::MAX } else { (1 << bits) - 1 }
    }
}

/// A term of an effect: a bit of a field.
type Bit = (EffectId, usize);

/// A layout in the making.
pub(super) struct Layout<'a> {
    pool: &'a Pool,
    terms: &'a [Rc<[Term]>],
    /// By field, its bits.
    drafts: Vec<Vec<Bit>>,
    tables: IndexMap<Input, Table, FxBuildHasher>,
    computed: IndexSet<NodeId, FxBuildHasher>,
}

impl<'a> Layout<'a> {
    /// Chooses the slots. `terms` are those of each effect. Errors: too many bits.
    pub fn new(
        catalogue: &Catalogue,
        pool: &'a Pool,
        lists: &[Box<[EffectId]>],
        terms: &'a [Rc<[Term]>],
    ) -> Result<Self, TooLarge> {
        let length = |list: &[EffectId]| list.iter().map(|id| terms[id.index()].len()).sum::<usize>();
        let count = lists.iter().fold(0usize, |sum, list| sum.saturating_add(length(list)));
        if count > BITS {
            return Err(TooLarge::Bits(count));
        }
        let bits = |id: &EffectId| {
            let id = *id;
            (0..terms[id.index()].len()).map(move |term| (id, term))
        };
        let drafts = lists.iter().map(|list| list.iter().flat_map(bits).collect()).collect();
        let mut layout = Self { pool, terms, drafts, tables: IndexMap::default(), computed: IndexSet::default() };
        layout.choose(catalogue);
        Ok(layout)
    }

    fn literals(&self, (effect, term): Bit) -> &'a [NodeId] {
        &self.terms[effect.index()][term]
    }

    /// Which inputs are classed, and which conditions are evaluated as a whole.
    fn choose(&mut self, catalogue: &Catalogue) {
        let mut uses: IndexMap<Input, Uses, FxBuildHasher> = IndexMap::default();
        for draft in &self.drafts {
            let words = draft.len().div_ceil(64);
            let literals: IndexSet<NodeId, FxBuildHasher> =
                draft.iter().flat_map(|&bit| self.literals(bit)).copied().collect();
            let mut inputs: IndexSet<Input, FxBuildHasher> = IndexSet::default();
            for literal in literals {
                match self.pool.sole_input(literal) {
                    Some(input) => {
                        inputs.insert(input);
                        uses.entry(input).or_default().add(literal, words);
                    }
                    None => _ = self.computed.insert(bare(self.pool, literal).0),
                }
            }
            for input in inputs {
                uses.entry(input).or_default().words += words;
            }
        }
        for (input, uses) in uses {
            match table(catalogue, self.pool, input, &uses.literals, CELLS).filter(|table| uses.is_worth(table)) {
                Some(table) => _ = self.tables.insert(input, table),
                None => self.computed.extend(uses.literals.iter().map(|&literal| bare(self.pool, literal).0)),
            }
        }
    }

    fn slot(&self, literal: NodeId) -> usize {
        let classed = self.pool.sole_input(literal).and_then(|input| self.tables.get_index_of(&input));
        classed.unwrap_or_else(|| {
            let computed = self.computed.get_index_of(&bare(self.pool, literal).0);
            self.tables.len() + computed.unwrap_or_default()
        })
    }

    /// How many rows a slot has.
    fn height(&self, slot: usize) -> usize {
        self.tables.get_index(slot).map_or(Tri::ALL.len(), |(_, table)| table.classes.count() as usize)
    }

    /// The value of a literal in each row of its slot.
    fn values(&self, literal: NodeId) -> Cow<'_, [Tri]> {
        match self.pool.sole_input(literal).and_then(|input| self.tables.get(&input)) {
            Some(table) => Cow::Borrowed(table.values(literal)),
            None if bare(self.pool, literal).1 => Cow::Owned(Tri::ALL.map(|value| !value).to_vec()),
            None => Cow::Borrowed(&Tri::ALL),
        }
    }

    /// Makes the rows. Errors: too many words.
    pub fn rows(self, effects: &[IndexedEffect]) -> Result<Rows, TooLarge> {
        let (mut fields, mut tested, mut bits) = (Vec::new(), Vec::new(), Vec::new());
        let mut strides = vec![0usize; self.tables.len() + self.computed.len()];
        for draft in &self.drafts {
            let slots: IndexSet<usize, FxBuildHasher> =
                draft.iter().flat_map(|&bit| self.literals(bit)).map(|&literal| self.slot(literal)).collect();
            let first_tested = tested.len();
            for slot in slots {
                tested.push((slot, strides[slot]));
                strides[slot] = strides[slot].saturating_add(draft.len().div_ceil(64));
            }
            fields.push((bits.len(), first_tested, tested.len()));
            bits.extend(draft.iter().map(|&(effect, _)| effect));
        }
        let mut total = 0usize;
        let mut slots = Vec::with_capacity(strides.len());
        for (slot, &stride) in strides.iter().enumerate() {
            slots.push((total, stride));
            total = total.saturating_add(stride.saturating_mul(self.height(slot)));
        }
        if total > WORDS || tested.len() > WORDS {
            return Err(TooLarge::Words(total.max(tested.len())));
        }
        let mut words = vec![u64::MAX; total];
        for (draft, &(_, from, to)) in self.drafts.iter().zip(&fields) {
            let offsets: FxHashMap<usize, usize> = tested[from..to].iter().copied().collect();
            for (at, &bit) in draft.iter().enumerate() {
                let restricts = effects[bit.0.index()].restricts;
                for &literal in self.literals(bit) {
                    let slot = self.slot(literal);
                    let (base, stride) = slots[slot];
                    let first = base + offsets.get(&slot).copied().unwrap_or_default() + at / 64;
                    for (row, value) in self.values(literal).iter().enumerate() {
                        if !value.fires(restricts) {
                            words[first + row * stride] &= !(1 << (at % 64));
                        }
                    }
                }
            }
        }
        Ok(self.finish(fields, tested, bits, slots, words))
    }

    fn finish(
        self,
        fields: Vec<(usize, usize, usize)>,
        tested: Vec<(usize, usize)>,
        bits: Vec<EffectId>,
        slots: Vec<(usize, usize)>,
        words: Vec<u64>,
    ) -> Rows {
        let field = |(draft, (first_bit, from, to)): (&Vec<Bit>, (usize, usize, usize))| Field {
            first_bit: small(first_bit),
            count: small(draft.len()),
            tested: (small(from), small(to)),
        };
        Rows {
            fields: self.drafts.iter().zip(fields).map(field).collect(),
            tested: tested.into_iter().map(|(slot, at)| Tested { slot: small(slot), offset: small(at) }).collect(),
            bits,
            classed: self.tables.into_iter().map(|(input, table)| (input, table.classes)).collect(),
            computed: self.computed.into_iter().collect(),
            slots: slots.into_iter().map(|(at, stride)| Slot { base: small(at), stride: small(stride) }).collect(),
            words,
        }
    }
}

/// What the fields ask of one input.
#[derive(Default)]
struct Uses {
    literals: IndexSet<NodeId, FxBuildHasher>,
    /// Of all fields that test the input.
    words: usize,
    /// Of all fields, once for each literal they have.
    words_by_literal: usize,
}

impl Uses {
    fn add(&mut self, literal: NodeId, words: usize) {
        self.literals.insert(literal);
        self.words_by_literal = self.words_by_literal.saturating_add(words);
    }

    /// Whether rows for classes are small, or at least smaller than rows for each condition.
    fn is_worth(&self, table: &Table) -> bool {
        let words = self.words.saturating_mul(table.classes.count() as usize);
        words <= INPUT_WORDS || words <= self.words_by_literal.saturating_mul(Tri::ALL.len())
    }
}

/// A literal without its `not`, and whether it had one.
fn bare(pool: &Pool, literal: NodeId) -> (NodeId, bool) {
    match pool.node(literal) {
        Node::Not(inner) => (*inner, true),
        _ => (literal, false),
    }
}

/// A number below the limits, all of which fit.
fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
