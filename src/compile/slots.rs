//! Which tables of rows there are: the *slots*.
//!
//! A *source* is an input that is classed, or a condition that is evaluated as a whole, whose classes are its three values.
//! It has a *row* for each of its classes: the terms that the class does not rule out. Rows of small sources that touch most
//! words are fused: one slot then has a row for each combination of classes. A source that touches few words has rows over
//! those alone, and one of very many classes, such as a person's id, keeps only what sets a class apart from the usual row.

use super::classes::PerClass;
use super::fields::Fields;
use super::limits::{INPUT_WORDS, TooLarge, WORDS};
use super::rows::{Keyed, Kind, Part, Slot, Tested};
use std::rc::Rc;

/// Rows of one fused slot, at most; the first of these with which all rows keep within [`WORDS_PER_TERM`].
const FUSED_ROWS: [usize; 8] = [1024, 768, 512, 384, 256, 128, 64, 32];
/// Words that all dense rows may take for each term: 192 bytes.
const WORDS_PER_TERM: usize = 24;
/// Words that dense rows may always take: 256 KiB.
const FEW_WORDS: usize = 1 << 15;
/// Slots up to which a decision looks at all of them, rather than at those that its field tests.
const FEW_SLOTS: usize = 8;

/// What one source rules out.
pub(super) struct Source {
    /// How many classes it has.
    pub height: usize,
    /// By position of its bit, words times 64 and bits, what a term asks of it. Sorted by position.
    pub asks: Vec<(u32, Ask)>,
}

/// What a term asks of a source.
pub(super) struct Ask {
    /// The value of what is asked, by class.
    pub values: Rc<PerClass>,
    /// Whether the effect counts if the value is not known.
    pub restricts: bool,
}

impl Ask {
    fn fires_usually(&self) -> bool {
        self.values.usual.fires(self.restricts)
    }

    /// Classes for which it is otherwise than usually.
    fn flips(&self) -> impl Iterator<Item = u32> + '_ {
        let usually = self.fires_usually();
        let differs = move |&&(_, value): &&(u32, super::tri::Tri)| value.fires(self.restricts) != usually;
        self.values.others.iter().filter(differs).map(|&(class, _)| class)
    }
}

/// A source with the words it touches, sorted.
struct Draft<'a> {
    source: &'a Source,
    number: usize,
    words: Vec<u32>,
    flips: usize,
}

impl<'a> Draft<'a> {
    fn new(number: usize, source: &'a Source, whole_of: &[(u32, u32)]) -> Self {
        let mut words = Vec::new();
        for &(position, _) in &source.asks {
            // a field of several words is touched as a whole
            let (first, count) = whole_of[position as usize / 64];
            if words.last().is_none_or(|&last| last < first) {
                words.extend(first..first + count);
            }
        }
        let flips = source.asks.iter().map(|(_, ask)| ask.flips().count()).sum();
        Self { source, number, words, flips }
    }

    fn size(&self) -> usize {
        self.source.height.saturating_mul(self.words.len())
    }

    fn is_keyed(&self) -> bool {
        self.size() > FEW_WORDS && self.flips.saturating_mul(16) < self.size()
    }

    /// The row of a class that nothing sets apart, over the words it touches.
    fn usual(&self, fields: &Fields) -> Vec<u64> {
        let mut row: Vec<u64> = self.words.iter().map(|&word| fields.used[word as usize]).collect();
        for (at, position, ask) in self.placed() {
            if !ask.fires_usually() {
                row[at] &= !(1 << (position % 64));
            }
        }
        row
    }

    /// What is asked, with the position of its word among those touched.
    fn placed(&self) -> impl Iterator<Item = (usize, u32, &'a Ask)> + '_ {
        let mut at = 0;
        self.source.asks.iter().map(move |(position, ask)| {
            while self.words[at] < position / 64 {
                at += 1;
            }
            (at, *position, ask)
        })
    }

    /// All rows one after the other.
    fn rows(&self, fields: &Fields) -> Vec<u64> {
        let stride = self.words.len();
        let mut rows = self.usual(fields).repeat(self.source.height);
        for (at, position, ask) in self.placed() {
            for class in ask.flips() {
                rows[class as usize * stride + at] ^= 1 << (position % 64);
            }
        }
        rows
    }

    /// The rows over all words.
    fn dense_rows(&self, fields: &Fields) -> Vec<u64> {
        let rows = self.rows(fields);
        if self.words.len() == fields.words() {
            return rows;
        }
        let mut dense = fields.used.repeat(self.source.height);
        for (row, of_class) in dense.chunks_mut(fields.words()).zip(rows.chunks(self.words.len())) {
            for (&word, &bits) in self.words.iter().zip(of_class) {
                row[word as usize] = bits;
            }
        }
        dense
    }

    /// By class, the words that differ from the usual row: where the entries of each class end, and the entries.
    fn entries(&self, usual: &[u64]) -> (Vec<u32>, Vec<(u32, u64)>) {
        let mut flips: Vec<(u32, u32, u64)> = Vec::with_capacity(self.flips);
        for (at, position, ask) in self.placed() {
            flips.extend(ask.flips().map(|class| (class, at as u32, 1 << (position % 64))));
        }
        flips.sort_unstable();
        let (mut ends, mut entries) = (vec![0; self.source.height], Vec::<(u32, u64)>::new());
        let mut last = None;
        for (class, at, bit) in flips {
            if last != Some((class, at)) {
                entries.push((at, usual[at as usize]));
                last = Some((class, at));
            }
            if let Some((_, bits)) = entries.last_mut() {
                *bits ^= bit;
            }
            ends[class as usize] = entries.len() as u32;
        }
        // a class without entries ends where the one before it does
        let mut end = 0;
        for of_class in &mut ends {
            end = end.max(*of_class);
            *of_class = end;
        }
        (ends, entries)
    }
}

/// The tables of a policy.
#[derive(Debug, Default)]
pub(super) struct Slots {
    /// By source, its slot and by how far a class moves the row.
    pub parts: Vec<Part>,
    /// Dense ones first.
    pub list: Vec<Slot>,
    /// How many are dense.
    pub dense: usize,
    /// All rows.
    pub table: Vec<u64>,
    /// By field, the range in `tested`; empty where a decision looks at all slots.
    pub tested_of: Vec<(u32, u32)>,
    /// The slots that fields test, and where in their rows the field's words stand.
    pub tested: Vec<Tested>,
}

impl Slots {
    /// Makes the tables of all sources. Errors: too many words.
    pub fn new(sources: &[Source], fields: &Fields, terms: usize) -> Result<Self, TooLarge> {
        let whole_of = whole_of(fields);
        let mut slots = Self { parts: vec![Part::default(); sources.len()], ..Self::default() };
        let (mut dense, mut sparse, mut keyed) = (Vec::new(), Vec::new(), Vec::new());
        // what no term asks anything has no slot: its classes move nothing
        for (number, source) in sources.iter().enumerate().filter(|(_, source)| !source.asks.is_empty()) {
            let draft = Draft::new(number, source, &whole_of);
            match draft {
                _ if draft.is_keyed() => keyed.push(draft),
                _ if draft.words.len() * 2 >= fields.words() => dense.push(draft),
                _ => sparse.push(draft),
            }
        }
        let groups = fuse(dense, fields.words(), terms);
        let rows = |group: &Vec<Draft<'_>>| group.iter().fold(fields.words(), |size, draft| size * draft.source.height);
        let total = groups.iter().map(rows).chain(sparse.iter().map(Draft::size)).fold(0, usize::saturating_add);
        let entries = keyed.iter().fold(0usize, |sum, draft| sum + draft.words.len() + 2 * draft.flips);
        if total.saturating_add(entries) > WORDS {
            return Err(TooLarge::Words(total.saturating_add(entries)));
        }
        slots.table.reserve_exact(total);
        groups.iter().for_each(|group| slots.add_dense(group, fields));
        slots.dense = slots.list.len();
        sparse.iter().for_each(|draft| slots.add_sparse(draft, fields));
        keyed.iter().for_each(|draft| slots.add_keyed(draft, fields));
        if slots.list.len() > slots.dense || slots.dense > FEW_SLOTS {
            slots.test(sources, fields)?;
        }
        Ok(slots)
    }

    /// Bytes of all rows.
    pub fn bytes(&self) -> usize {
        let keyed = self.list.iter().map(|slot| match &slot.kind {
            Kind::Dense => 0,
            Kind::Sparse(words) => size_of_val(&**words),
            Kind::Keyed(keyed) => keyed.bytes(),
        });
        size_of_val(&*self.table) + size_of_val(&*self.tested) + size_of_val(&*self.tested_of) + keyed.sum::<usize>()
    }

    fn add(&mut self, stride: usize, kind: Kind, drafts: &[(usize, usize)]) {
        let slot = self.list.len() as u32;
        for &(source, step) in drafts {
            self.parts[source] = Part { slot, step: step as u32 };
        }
        let base = if matches!(kind, Kind::Keyed(_)) { 0 } else { self.table.len() as u32 };
        self.list.push(Slot { base, stride: stride as u32, kind });
    }

    fn add_dense(&mut self, group: &[Draft<'_>], fields: &Fields) {
        let stride = fields.words();
        let mut steps = Vec::with_capacity(group.len());
        let mut step = stride;
        for draft in group.iter().rev() {
            steps.push((draft.number, step));
            step *= draft.source.height;
        }
        self.add(stride, Kind::Dense, &steps);
        let first = self.table.len();
        let mut rows = vec![fields.used.clone()];
        for draft in group {
            let own = draft.dense_rows(fields);
            let combine = |row: &Vec<u64>| {
                own.chunks(stride)
                    .map(|own| row.iter().zip(own).map(|(a, b)| a & b).collect())
                    .collect::<Vec<Vec<u64>>>()
            };
            rows = rows.iter().flat_map(combine).collect();
        }
        rows.iter().for_each(|row| self.table.extend_from_slice(row));
        debug_assert_eq!(self.table.len() - first, step);
    }

    fn add_sparse(&mut self, draft: &Draft<'_>, fields: &Fields) {
        let stride = draft.words.len();
        self.add(stride, Kind::Sparse(draft.words.clone().into()), &[(draft.number, stride)]);
        self.table.extend_from_slice(&draft.rows(fields));
    }

    fn add_keyed(&mut self, draft: &Draft<'_>, fields: &Fields) {
        let usual = draft.usual(fields);
        let (ends, entries) = draft.entries(&usual);
        let keyed = Keyed {
            words: draft.words.clone().into(),
            usual: usual.into(),
            ends: ends.into(),
            entries: entries.into(),
        };
        self.add(1, Kind::Keyed(Box::new(keyed)), &[(draft.number, 1)]);
    }

    /// Notes for each field which slots it tests. Errors: too many.
    fn test(&mut self, sources: &[Source], fields: &Fields) -> Result<(), TooLarge> {
        // word by word, which field a bit belongs to
        let mut field_of: Vec<Vec<(u64, u32)>> = vec![Vec::new(); fields.words()];
        for (at, field) in fields.list.iter().enumerate() {
            for word in 0..field.words {
                field_of[(field.word + word) as usize].push((field.mask(word), at as u32));
            }
        }
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        for (source, part) in sources.iter().zip(&self.parts) {
            let mut last = None;
            for (position, _) in &source.asks {
                let its = field_of[*position as usize / 64].iter().find(|(mask, _)| mask >> (position % 64) & 1 == 1);
                if let Some(&(_, field)) = its
                    && last != Some(field)
                {
                    pairs.push((field, part.slot));
                    last = Some(field);
                }
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        if pairs.len() > WORDS {
            return Err(TooLarge::Words(pairs.len()));
        }
        self.tested_of = vec![(0, 0); fields.list.len()];
        for (field, slot) in pairs {
            let range = &mut self.tested_of[field as usize];
            if range.1 == 0 {
                range.0 = self.tested.len() as u32;
            }
            let offset = self.list[slot as usize].offset(fields.list[field as usize].word).unwrap_or_default();
            self.tested.push(Tested { slot, offset });
            range.1 = self.tested.len() as u32;
        }
        Ok(())
    }
}

/// By word, the first word and the number of words of the field of several words that it belongs to; else itself.
fn whole_of(fields: &Fields) -> Vec<(u32, u32)> {
    let mut whole_of: Vec<(u32, u32)> = (0..fields.words() as u32).map(|word| (word, 1)).collect();
    for field in fields.list.iter().filter(|field| field.words > 1) {
        for word in field.word..field.word + field.words {
            whole_of[word as usize] = (field.word, field.words);
        }
    }
    whole_of
}

/// Groups of sources that share a slot: as few as their rows leave room for.
fn fuse<'a>(mut drafts: Vec<Draft<'a>>, words: usize, terms: usize) -> Vec<Vec<Draft<'a>>> {
    drafts.sort_by_key(|draft| (std::cmp::Reverse(draft.source.height), draft.number));
    let heights: Vec<usize> = drafts.iter().map(|draft| draft.source.height).collect();
    let room = FEW_WORDS.max(terms.saturating_mul(WORDS_PER_TERM));
    let fits = |groups: &Vec<Vec<usize>>| {
        let rows = groups.iter().map(|group| group.iter().map(|&at| heights[at]).product::<usize>());
        rows.sum::<usize>().saturating_mul(words) <= room
    };
    let mut choices = FUSED_ROWS.iter().map(|&most| packed(&heights, most));
    let groups = choices.find(fits).unwrap_or_else(|| (0..drafts.len()).map(|at| vec![at]).collect());
    let mut drafts: Vec<Option<Draft<'a>>> = drafts.into_iter().map(Some).collect();
    groups.iter().map(|group| group.iter().filter_map(|&at| drafts[at].take()).collect()).collect()
}

/// Positions of heights, grouped first fit so that no product of several passes `most`.
fn packed(heights: &[usize], most: usize) -> Vec<Vec<usize>> {
    let mut groups: Vec<(usize, Vec<usize>)> = Vec::new();
    for (at, &height) in heights.iter().enumerate() {
        match groups.iter_mut().find(|(rows, _)| rows.saturating_mul(height) <= most) {
            Some((rows, group)) => {
                *rows *= height;
                group.push(at);
            }
            None => groups.push((height, vec![at])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// Whether rows for the classes of an input would take more room than evaluating each of its conditions: `conditions` of
/// them, over `words` words in all.
pub(super) fn is_too_large(source: &Source, fields: &Fields, conditions: usize) -> bool {
    let draft = Draft::new(0, source, &whole_of(fields));
    let by_condition = conditions.saturating_mul(draft.words.len()).saturating_mul(3);
    draft.size() > INPUT_WORDS && !draft.is_keyed() && by_condition < draft.size()
}
