//! Decides what is classed and what is evaluated as a whole, and collects what each term asks of each of them.

use super::classes::{Classes, PerClass, Table, table};
use super::fields::{Bit, Fields};
use super::index::{EffectId, IndexedEffect};
use super::limits::{BITS, CELLS, TooLarge};
use super::pool::{Node, NodeId, Pool};
use super::rows::Rows;
use super::slots::{Ask, Slots, Source, is_too_large};
use super::terms::Term;
use super::tri::Tri;
use crate::model::{Catalogue, Input};
use indexmap::{IndexMap, IndexSet};
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::rc::Rc;

/// The finished layout.
pub(super) struct Layout {
    pub rows: Rows,
    /// The inputs that have rows; they are the first sources,
    pub classed: Vec<(Input, Classes)>,
    /// and these conditions the others.
    pub computed: Vec<NodeId>,
}

/// Lays out the rows. `terms` are those of each effect. Errors: too many bits or words.
pub(super) fn lay_out(
    catalogue: &Catalogue,
    pool: &Pool,
    lists: &[Box<[EffectId]>],
    (effects, terms): (&[IndexedEffect], &[Rc<[Term]>]),
) -> Result<Layout, TooLarge> {
    let length = |list: &[EffectId]| list.iter().map(|id| terms[id.index()].len()).sum::<usize>();
    let count = lists.iter().fold(0usize, |sum, list| sum.saturating_add(length(list)));
    if count > BITS {
        return Err(TooLarge::Bits(count));
    }
    let bits = |&id: &EffectId| (0..terms[id.index()].len()).map(move |term| (id, term));
    let drafts: Vec<Vec<Bit>> = lists.iter().map(|list| list.iter().flat_map(bits).collect()).collect();
    let fields = Fields::pack(&drafts, effects);
    let mut tables = Tables::new(catalogue, pool, terms);
    let literals = literals(&drafts, &fields, terms);
    let mut sources = tables.sources(&literals, effects);
    let too_large = tables.too_large(&sources, &fields);
    if !too_large.is_empty() {
        tables.give_up(&too_large);
        sources = tables.sources(&literals, effects);
    }
    let slots = Slots::new(&sources, &fields, count)?;
    let classed = tables.tables.into_iter().map(|(input, table)| (input, table.classes)).collect();
    Ok(Layout { rows: Rows { fields, slots }, classed, computed: tables.computed.into_iter().collect() })
}

/// By position of its bit, the effect and each literal of its term; sorted by position.
fn literals(drafts: &[Vec<Bit>], fields: &Fields, terms: &[Rc<[Term]>]) -> Vec<(u32, EffectId, NodeId)> {
    let mut literals = Vec::new();
    for (draft, field) in drafts.iter().zip(&fields.list) {
        let first = field.first_position();
        for (at, &(effect, term)) in draft.iter().enumerate() {
            literals.extend(terms[effect.index()][term].iter().map(|&literal| (first + at as u32, effect, literal)));
        }
    }
    literals.sort_unstable();
    literals
}

/// The classes of inputs, and the conditions that none gives.
struct Tables<'a> {
    pool: &'a Pool,
    literals: IndexMap<Input, IndexSet<NodeId, FxBuildHasher>, FxBuildHasher>,
    tables: IndexMap<Input, Table, FxBuildHasher>,
    computed: IndexSet<NodeId, FxBuildHasher>,
}

impl<'a> Tables<'a> {
    fn new(catalogue: &Catalogue, pool: &'a Pool, terms: &[Rc<[Term]>]) -> Self {
        let mut tables =
            Self { pool, literals: IndexMap::default(), tables: IndexMap::default(), computed: IndexSet::default() };
        for &literal in terms.iter().flat_map(|terms| terms.iter()).flatten() {
            match pool.sole_input(literal) {
                Some(input) => _ = tables.literals.entry(input).or_default().insert(literal),
                None => _ = tables.computed.insert(bare(pool, literal).0),
            }
        }
        for (&input, literals) in &tables.literals {
            match table(catalogue, pool, input, literals, CELLS) {
                Some(table) => _ = tables.tables.insert(input, table),
                None => tables.computed.extend(literals.iter().map(|&literal| bare(pool, literal).0)),
            }
        }
        tables
    }

    /// Those of inputs whose conditions are better evaluated each as a whole.
    fn too_large(&self, sources: &[Source], fields: &Fields) -> Vec<Input> {
        let inputs = self.tables.keys().zip(sources);
        let too_large = inputs.filter(|(input, source)| is_too_large(source, fields, self.literals[*input].len()));
        too_large.map(|(&input, _)| input).collect()
    }

    fn give_up(&mut self, inputs: &[Input]) {
        for input in inputs {
            self.tables.shift_remove(input);
            self.computed.extend(self.literals[input].iter().map(|&literal| bare(self.pool, literal).0));
        }
    }

    /// What terms ask of each source.
    fn sources(&self, literals: &[(u32, EffectId, NodeId)], effects: &[IndexedEffect]) -> Vec<Source> {
        let heights = self.tables.values().map(|table| table.classes.count() as usize);
        let heights = heights.chain(self.computed.iter().map(|_| Tri::ALL.len()));
        let mut sources: Vec<Source> = heights.map(|height| Source { height, asks: Vec::new() }).collect();
        let mut known: FxHashMap<NodeId, (usize, Rc<PerClass>)> = FxHashMap::default();
        for &(position, effect, literal) in literals {
            let (source, values) = known.entry(literal).or_insert_with(|| self.values(literal)).clone();
            let Source { height, asks } = &mut sources[source];
            match asks.last_mut() {
                // a term may ask the same source twice
                Some((last, ask)) if *last == position => {
                    ask.values = Rc::new(ask.values.joined(&values, Tri::and, *height));
                }
                _ => asks.push((position, Ask { values, restricts: effects[effect.index()].restricts })),
            }
        }
        sources
    }

    /// The source of a literal, and its value for each class.
    fn values(&self, literal: NodeId) -> (usize, Rc<PerClass>) {
        let input = self.pool.sole_input(literal);
        let classed = input.and_then(|input| self.tables.get_full(&input));
        if let Some((at, values)) = classed.and_then(|(at, _, table)| Some((at, table.values(literal)?))) {
            return (at, values);
        }
        let (node, is_negated) = bare(self.pool, literal);
        let value = |value: Tri| if is_negated { !value } else { value };
        let others = vec![(Tri::Unknown as u32, value(Tri::Unknown)), (Tri::True as u32, value(Tri::True))];
        let at = self.tables.len() + self.computed.get_index_of(&node).unwrap_or_default();
        (at, Rc::new(PerClass { usual: value(Tri::False), others }))
    }
}

/// A literal without its `not`, and whether it had one.
fn bare(pool: &Pool, literal: NodeId) -> (NodeId, bool) {
    match pool.node(literal) {
        Node::Not(inner) => (*inner, true),
        _ => (literal, false),
    }
}
