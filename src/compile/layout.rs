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
    pub blocks: Vec<Block>,
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

/// The bits of all effects of an entitlement: a stretch of a word, or, of more than 64 bits, whole words.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Field {
    pub first_bit: u32,
    count: u32,
    /// Bits of its first word that belong to fields before it.
    pub shift: u32,
    /// Range in `tested` of the inputs that it tests.
    pub tested: (u32, u32),
}

/// Words that fields share.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Block {
    /// The number of the field after its last.
    pub end: u32,
    /// Range in `tested` of the inputs that any of its fields tests.
    pub tested: (u32, u32),
}

/// An input that is tested, and where in that input's rows the words stand.
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
        (self.shift + self.count).div_ceil(64)
    }

    /// The bits of a word that belong to the field.
    pub fn mask(&self, word: u32) -> u64 {
        let ones = |bits: u32| if bits >= 64 { u64::MAX } else { (1 << bits) - 1 };
        let end = (self.shift + self.count).saturating_sub(word * 64);
        let begin = self.shift.saturating_sub(word * 64);
        ones(end) & !ones(begin)
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
            let bits = draft.len();
            let literals: IndexSet<NodeId, FxBuildHasher> =
                draft.iter().flat_map(|&bit| self.literals(bit)).copied().collect();
            let mut inputs: IndexSet<Input, FxBuildHasher> = IndexSet::default();
            for literal in literals {
                match self.pool.sole_input(literal) {
                    Some(input) => {
                        inputs.insert(input);
                        uses.entry(input).or_default().add(literal, bits);
                    }
                    None => _ = self.computed.insert(bare(self.pool, literal).0),
                }
            }
            for input in inputs {
                uses.entry(input).or_default().bits += bits;
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
        let mut rows = Rows {
            fields: Vec::with_capacity(self.drafts.len()),
            blocks: Vec::new(),
            tested: Vec::new(),
            bits: Vec::new(),
            classed: Vec::new(),
            computed: Vec::new(),
            slots: Vec::new(),
            words: Vec::new(),
        };
        let strides = self.place(&mut rows);
        let total = self.stack(&mut rows, &strides);
        if total > WORDS || rows.tested.len() > WORDS {
            return Err(TooLarge::Words(total.max(rows.tested.len())));
        }
        rows.words = vec![u64::MAX; total];
        for (draft, field) in self.drafts.iter().zip(&rows.fields) {
            let tested = &rows.tested[field.tested.0 as usize..field.tested.1 as usize];
            let offsets: FxHashMap<u32, u32> = tested.iter().map(|tested| (tested.slot, tested.offset)).collect();
            for (at, &bit) in draft.iter().enumerate() {
                let restricts = effects[bit.0.index()].restricts;
                let at = at + field.shift as usize;
                for &literal in self.literals(bit) {
                    let slot = small(self.slot(literal));
                    let Slot { base, stride } = rows.slots[slot as usize];
                    let first = (base + offsets.get(&slot).copied().unwrap_or_default()) as usize + at / 64;
                    for (row, value) in self.values(literal).iter().enumerate() {
                        if !value.fires(restricts) {
                            rows.words[first + row * stride as usize] &= !(1 << (at % 64));
                        }
                    }
                }
            }
        }
        rows.classed = self.tables.into_iter().map(|(input, table)| (input, table.classes)).collect();
        rows.computed = self.computed.into_iter().collect();
        Ok(rows)
    }

    /// Gives each field its bits and each block its words in the rows of the inputs that it tests. The lengths of rows.
    fn place(&self, rows: &mut Rows) -> Vec<usize> {
        let mut strides = vec![0usize; self.tables.len() + self.computed.len()];
        for group in self.groups() {
            let first_tested = rows.tested.len();
            let mut offsets: IndexMap<usize, usize, FxBuildHasher> = IndexMap::default();
            let words = self.drafts[group.clone()].iter().map(Vec::len).sum::<usize>().div_ceil(64);
            for literal in self.drafts[group.clone()].iter().flatten().flat_map(|&bit| self.literals(bit)) {
                let slot = self.slot(*literal);
                offsets.entry(slot).or_insert_with(|| {
                    let offset = strides[slot];
                    strides[slot] = strides[slot].saturating_add(words);
                    offset
                });
            }
            let tested = |(&slot, &offset): (&usize, &usize)| Tested { slot: small(slot), offset: small(offset) };
            rows.tested.extend(offsets.iter().map(tested));
            let end = small(group.end);
            rows.blocks.push(Block { end, tested: (small(first_tested), small(rows.tested.len())) });
            let mut shift = 0;
            for draft in &self.drafts[group] {
                let slots: IndexSet<usize, FxBuildHasher> =
                    draft.iter().flat_map(|&bit| self.literals(bit)).map(|&literal| self.slot(literal)).collect();
                let first_tested = rows.tested.len();
                rows.tested.extend(slots.iter().map(|slot| tested((slot, &offsets[slot]))));
                rows.fields.push(Field {
                    first_bit: small(rows.bits.len()),
                    count: small(draft.len()),
                    shift,
                    tested: (small(first_tested), small(rows.tested.len())),
                });
                rows.bits.extend(draft.iter().map(|&(effect, _)| effect));
                shift += small(draft.len());
            }
        }
        strides
    }

    /// Neighbouring fields that share a word, or single fields of more than one.
    fn groups(&self) -> Vec<std::ops::Range<usize>> {
        let (mut groups, mut first, mut taken) = (Vec::new(), 0, 0);
        for (at, draft) in self.drafts.iter().enumerate() {
            if at > first && taken + draft.len() > 64 {
                groups.push(first..at);
                (first, taken) = (at, 0);
            }
            taken += draft.len();
        }
        if first < self.drafts.len() {
            groups.push(first..self.drafts.len());
        }
        groups
    }

    /// Puts the rows of all slots one after the other. The number of their words.
    fn stack(&self, rows: &mut Rows, strides: &[usize]) -> usize {
        let mut total = 0usize;
        for (slot, &stride) in strides.iter().enumerate() {
            rows.slots.push(Slot { base: small(total), stride: small(stride) });
            total = total.saturating_add(stride.saturating_mul(self.height(slot)));
        }
        total
    }
}

/// What the fields ask of one input.
#[derive(Default)]
struct Uses {
    literals: IndexSet<NodeId, FxBuildHasher>,
    /// Of all fields that test the input.
    bits: usize,
    /// Of all fields, once for each literal they have.
    bits_by_literal: usize,
}

impl Uses {
    fn add(&mut self, literal: NodeId, bits: usize) {
        self.literals.insert(literal);
        self.bits_by_literal = self.bits_by_literal.saturating_add(bits);
    }

    /// Whether rows for classes are small, or at least smaller than rows for each condition.
    fn is_worth(&self, table: &Table) -> bool {
        let bits = self.bits.saturating_mul(table.classes.count() as usize);
        bits / 64 <= INPUT_WORDS || bits <= self.bits_by_literal.saturating_mul(Tri::ALL.len())
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
