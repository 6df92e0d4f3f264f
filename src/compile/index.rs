//! The compiled form: one bit for each term of each effect, ordered by entitlement and within it by strength, and for
//! each class of each input one row with the bits that the class does not rule out.
//!
//! A decision joins the rows of a context over the few words of the entitlement's field; the first bit left is the
//! winner. A row holds only the fields that test its input. Whether a bit stands depends on the effect alone: a giving
//! effect's literal must be true, a restricting one's must not be false, so that what is unknown is one more row and
//! costs nothing. Entitlements with the same effects share a field. Trial and disabled rules have no bits.

use super::classes::Classes;
use super::layout::{Field, Layout, Rows, Slot};
use super::limits::TooLarge;
use super::pool::{NodeId, Pool};
use super::schedule::Schedule;
use super::terms::Spreader;
use super::tri::Tri;
use crate::model::rule::EffectKind;
use crate::model::{AttributeId, EntitlementId, Input, Rank, RuleSet, State, Test};
use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// Number of an effect in its [`Index`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct EffectId(u32);

impl EffectId {
    /// The position.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// An effect of a rule that is not disabled.
#[derive(Clone, Copy, Debug)]
pub struct IndexedEffect {
    /// Position of its rule.
    pub rule: usize,
    /// Position among the effects of its rule.
    pub effect: usize,
    /// The rule's condition and the effect's guard.
    pub when: NodeId,
    /// Its strength; none for `require`.
    pub rank: Option<Rank>,
    /// Whether it counts if it only may hold.
    pub restricts: bool,
    /// Whether it is evaluated only to be shown.
    pub is_trial: bool,
}

/// The rows of one context: what the classes of its inputs and the values of its computed conditions come to. Changed in
/// place when an attribute changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// For each slot, where its row begins.
    starts: Box<[u32]>,
    /// For each input, its class.
    classes: Box<[u32]>,
    /// For each condition of the schedule, its value.
    values: Box<[Tri]>,
}

/// A compiled policy.
#[derive(Debug)]
pub struct Index {
    pool: Pool,
    effects: Vec<IndexedEffect>,
    /// By entitlement, the list of its effects, which is also the number of its field.
    list_of: Vec<u32>,
    lists: Vec<Box<[EffectId]>>,
    rows: Rows,
    schedule: Schedule,
    asks_if_known: bool,
}

impl Index {
    /// Compiles the rules. Errors: the rows would pass their limits.
    pub fn new(rules: &RuleSet) -> Result<Self, TooLarge> {
        let mut pool = Pool::new(&rules.lets);
        let effects = effects(rules, &mut pool);
        let (list_of, lists) = lists(rules, &effects);
        let mut spreader = Spreader::default();
        let mut terms = Vec::with_capacity(effects.len());
        for effect in &effects {
            let counts = effect.rank.is_some() && !effect.is_trial;
            terms.push(if counts { spreader.terms(&mut pool, effect.when) } else { Rc::default() });
        }
        let rows = Layout::new(&rules.catalogue, &pool, &lists, &terms)?.rows(&effects)?;
        let schedule = Schedule::new(&pool, &rows.computed);
        let asks_if_known = pool.tests().any(|(_, test)| matches!(test, Test::IsKnown(_)));
        Ok(Self { pool, effects, list_of, lists, rows, schedule, asks_if_known })
    }

    /// The conditions.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// The effect of that number.
    pub fn effect(&self, id: EffectId) -> &IndexedEffect {
        &self.effects[id.index()]
    }

    /// Every effect on an entitlement, strongest first, trial rules' and `require` included.
    pub fn effects(&self, entitlement: EntitlementId) -> &[EffectId] {
        let list = self.list_of.get(entitlement.index());
        list.and_then(|&list| self.lists.get(list as usize)).map_or(&[], |list| list)
    }

    /// Whether some condition asks if an attribute is known.
    pub fn asks_if_known(&self) -> bool {
        self.asks_if_known
    }

    /// Feeds what the numbers of rows and conditions hang on.
    pub fn hash_numbering(&self, hasher: &mut impl Hasher) {
        self.pool.hash_numbering(hasher);
        for effect in &self.effects {
            (effect.rule, effect.effect, effect.when).hash(hasher);
        }
    }

    /// The inputs that are classed, numbered by position, with what finds the class of a state.
    pub fn inputs(&self) -> impl ExactSizeIterator<Item = (Input, &Classes)> {
        self.rows.classed.iter().map(|(input, classes)| (*input, classes))
    }

    /// The input of that number in [`Self::inputs`].
    pub fn input(&self, at: usize) -> (Input, &Classes) {
        let (input, classes) = &self.rows.classed[at];
        (*input, classes)
    }

    /// The rows of a context of which nothing is known. [`Self::evaluate`] is still to be called.
    pub fn blank(&self) -> Placement {
        let mut blank = Placement {
            starts: vec![0; self.rows.slots.len()].into(),
            classes: vec![0; self.rows.classed.len()].into(),
            values: vec![Tri::Unknown; self.schedule.len()].into(),
        };
        for (at, (_, classes)) in self.rows.classed.iter().enumerate() {
            self.put(&mut blank, at, classes.class(&State::Unknown));
        }
        blank
    }

    /// Puts an input, by its number in [`Self::inputs`], into a class. Cost: two stores.
    pub fn put(&self, placement: &mut Placement, input: usize, class: u32) {
        let slot = self.rows.slots[input];
        placement.classes[input] = class;
        placement.starts[input] = slot.base + class * slot.stride;
    }

    /// Works out every condition that is no function of one classed input. Cost: one evaluation of each.
    pub fn evaluate(&self, placement: &mut Placement, test: impl Fn(&Test) -> Tri) {
        for at in 0..self.schedule.len() {
            self.schedule.work_out(at, &self.pool, &mut placement.values, &test);
        }
        for (slot, &at) in self.computed_slots().zip(&self.schedule.computed) {
            self.put_value(placement, slot, placement.values[at as usize]);
        }
    }

    /// Works out again what reads an attribute. Cost: one evaluation of each test that reads it, and of each condition made
    /// of one that has changed.
    pub fn evaluate_for(&self, placement: &mut Placement, attribute: AttributeId, test: impl Fn(&Test) -> Tri) {
        for (at, value) in self.schedule.work_out_for(attribute, &self.pool, &mut placement.values, &test) {
            if let Some(slot) = self.schedule.computed.iter().position(|&computed| computed == at) {
                self.put_value(placement, self.rows.classed.len() + slot, value);
            }
        }
    }

    fn computed_slots(&self) -> std::ops::Range<usize> {
        self.rows.classed.len()..self.rows.slots.len()
    }

    fn put_value(&self, placement: &mut Placement, slot: usize, value: Tri) {
        let Slot { base, stride } = self.rows.slots[slot];
        placement.starts[slot] = base + value as u32 * stride;
    }

    /// The strongest effect that fires. Cost: a word for each 64 terms of the entitlement and each input it tests; no
    /// allocation.
    pub fn winner(&self, entitlement: EntitlementId, placement: &Placement) -> Option<&IndexedEffect> {
        let field = self.field(entitlement)?;
        for word in 0..field.words() {
            let left = self.word(field, word, placement);
            if left != 0 {
                return self.behind(field, word, left.trailing_zeros()).map(|id| self.effect(id));
            }
        }
        None
    }

    /// The rank of the strongest effect that fires, for every entitlement. Cost: a word for each 64 terms and each input
    /// they test; fields that share words share the cost.
    pub fn winners(&self, placement: &Placement) -> Vec<Option<Rank>> {
        let mut by_field = Vec::with_capacity(self.rows.fields.len());
        for block in &self.rows.blocks {
            let fields = &self.rows.fields[by_field.len()..block.end as usize];
            let shared = match fields {
                [_] => u64::MAX,
                _ => self.join(block.tested, 0, placement, u64::MAX),
            };
            for field in fields {
                let winner = match fields {
                    [_] => (0..field.words()).find_map(|word| {
                        let left = self.word(field, word, placement);
                        (left != 0).then(|| self.behind(field, word, left.trailing_zeros())).flatten()
                    }),
                    _ => {
                        let left = shared & field.mask(0);
                        if left == 0 { None } else { self.behind(field, 0, left.trailing_zeros()) }
                    }
                };
                by_field.push(winner.and_then(|id| self.effect(id).rank));
            }
        }
        self.list_of.iter().map(|&list| by_field.get(list as usize).copied().flatten()).collect()
    }

    fn field(&self, entitlement: EntitlementId) -> Option<&Field> {
        self.rows.fields.get(*self.list_of.get(entitlement.index())? as usize)
    }

    /// One word of a field, joined over all inputs that the field tests.
    fn word(&self, field: &Field, word: u32, placement: &Placement) -> u64 {
        self.join(field.tested, word, placement, field.mask(word))
    }

    fn join(&self, tested: (u32, u32), word: u32, placement: &Placement, mut left: u64) -> u64 {
        for tested in &self.rows.tested[tested.0 as usize..tested.1 as usize] {
            let start = placement.starts.get(tested.slot as usize).copied().unwrap_or_default();
            left &= self.rows.words.get((start + tested.offset + word) as usize).copied().unwrap_or_default();
            if left == 0 {
                break;
            }
        }
        left
    }

    fn behind(&self, field: &Field, word: u32, bit: u32) -> Option<EffectId> {
        self.rows.bits.get((field.first_bit + word * 64 + bit - field.shift) as usize).copied()
    }
}

fn effects(rules: &RuleSet, pool: &mut Pool) -> Vec<IndexedEffect> {
    let mut effects = Vec::new();
    for (at, rule) in rules.rules.iter().enumerate().filter(|(_, rule)| !rule.is_disabled) {
        let condition = pool.condition(&rule.condition);
        for (place, effect) in rule.effects.iter().enumerate() {
            let guard = pool.condition(&effect.guard);
            effects.push(IndexedEffect {
                rule: at,
                effect: place,
                when: pool.join(true, vec![condition, guard]),
                rank: effect.rank(),
                restricts: matches!(effect.kind, EffectKind::Deny | EffectKind::Require),
                is_trial: rule.is_trial,
            });
        }
    }
    effects
}

/// The effects of each entitlement, strongest first; entitlements with the same ones share a list.
fn lists(rules: &RuleSet, effects: &[IndexedEffect]) -> (Vec<u32>, Vec<Box<[EffectId]>>) {
    let mut each: Vec<Vec<EffectId>> = vec![Vec::new(); rules.catalogue.entitlements.len()];
    for (at, effect) in effects.iter().enumerate() {
        for target in &rules.rules[effect.rule].effects[effect.effect].targets {
            if let Some(list) = each.get_mut(target.index()) {
                list.push(EffectId(at as u32));
            }
        }
    }
    let mut distinct: IndexSet<Vec<EffectId>, FxBuildHasher> = IndexSet::default();
    let mut list_of = Vec::with_capacity(each.len());
    for mut list in each {
        list.sort_by_key(|id| (std::cmp::Reverse(effects[id.index()].rank), *id));
        list_of.push(distinct.insert_full(list).0 as u32);
    }
    (list_of, distinct.into_iter().map(Vec::into_boxed_slice).collect())
}
