//! The compiled form: one bit for each term of each effect, ordered by entitlement and within it by strength, and for
//! each class of each input one row with the bits that the class does not rule out.
//!
//! A decision joins the rows of a context over the word of the entitlement's field; the first bit left is the winner, and
//! the effects behind the bits are the reason. All answers at once are the same over all words. Whether a bit stands depends on the effect alone: a giving
//! effect's literal must be true, a restricting one's must not be false, so that what is unknown is one more row and
//! costs nothing. Entitlements with the same effects share a field. Trial and disabled rules have no bits.

use super::classes::Classes;
use super::fields::Field;
use super::layout::{Layout, lay_out};
use super::limits::TooLarge;
use super::pool::{NodeId, Pool, PoolBuilder};
use super::rows::{Kind, Part, Rows, Slot, Tested, first_bits};
use super::schedule::Schedule;
use super::terms::Spreader;
use super::tri::Tri;
use crate::model::rule::EffectKind;
use crate::model::{AttributeId, EntitlementId, Input, NOW, Rank, RuleSet, Setting, SettingValue, State, Test};
use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// Number of an effect in its [`Index`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, PartialOrd, Ord)]
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
    rule: u32,
    effect: u32,
    /// The rule's condition and the effect's guard.
    pub when: NodeId,
    /// Its strength; none for `require`.
    pub rank: Option<Rank>,
    /// Whether it counts if it only may hold.
    pub restricts: bool,
    /// Whether it is evaluated only to be shown.
    pub is_trial: bool,
}

impl IndexedEffect {
    /// Position of its rule.
    pub fn rule(&self) -> usize {
        self.rule as usize
    }

    /// Position among the effects of its rule.
    pub fn effect(&self) -> usize {
        self.effect as usize
    }
}

/// The rows of one context: what the classes of its inputs and the values of its computed conditions come to. Changed in
/// place when an attribute changes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// For each slot, where its row begins; of a keyed one, the class.
    pub(super) starts: Box<[u32]>,
    /// For each source, its class.
    classes: Box<[u32]>,
    /// For each condition of the schedule, its value.
    values: Box<[Tri]>,
}

impl Clone for Placement {
    fn clone(&self) -> Self {
        Self { starts: self.starts.clone(), classes: self.classes.clone(), values: self.values.clone() }
    }

    fn clone_from(&mut self, source: &Self) {
        self.starts.clone_from(&source.starts);
        self.classes.clone_from(&source.classes);
        self.values.clone_from(&source.values);
    }
}

/// The first bit left of each entitlement's field: all answers at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Winners {
    words: Vec<u64>,
}

/// How large the compiled form is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompiledSize {
    /// Bits of all fields, one for each term of each distinct list of effects.
    pub terms: usize,
    /// Words of 64 bits that a row over all terms has.
    pub words: usize,
    /// Slots with rows over all words.
    pub dense: usize,
    /// Slots with rows over the few words that they touch.
    pub sparse: usize,
    /// Slots of very many classes, each kept as what sets it apart.
    pub keyed: usize,
    /// Conditions that are worked out for each context, parts included.
    pub computed: usize,
    /// Bytes of all rows.
    pub row_bytes: usize,
    /// Bytes of all rows, fields, effects and conditions: what a decision may look at.
    pub bytes: usize,
}

/// A compiled policy.
#[derive(Debug)]
pub struct Index {
    pool: Pool,
    effects: Vec<IndexedEffect>,
    /// By entitlement, the list of its effects, which is also the number of its field.
    list_of: Vec<u32>,
    lists: Vec<Box<[EffectId]>>,
    /// By entitlement, its field.
    field_of: Vec<Field>,
    /// By list, where its entitlements end in `sharing`.
    shared_to: Vec<u32>,
    /// Entitlements by list.
    sharing: Vec<EntitlementId>,
    classed: Vec<(Input, Classes)>,
    rows: Rows,
    schedule: Schedule,
    blank: Placement,
    asks_if_known: bool,
    /// By list, whether an effect reads the clock.
    timed: Vec<bool>,
}

impl Placement {
    /// For each slot, where its row begins.
    pub fn starts(&self) -> &[u32] {
        &self.starts
    }
}

impl Index {
    /// Compiles the rules. Errors: the rows would pass their limits.
    pub fn new(rules: &RuleSet) -> Result<Self, TooLarge> {
        let mut pool = PoolBuilder::new(&rules.lets);
        let effects = effects(rules, &mut pool);
        let (list_of, lists) = lists(rules, &effects);
        let mut spreader = Spreader::default();
        let mut terms = Vec::with_capacity(effects.len());
        for effect in &effects {
            let counts = effect.rank.is_some() && !effect.is_trial;
            terms.push(if counts { spreader.terms(&mut pool, effect.when) } else { Rc::default() });
        }
        let pool = pool.finish();
        let Layout { rows, classed, computed } = lay_out(&rules.catalogue, &pool, &lists, (&effects, &terms))?;
        let schedule = Schedule::new(&pool, &computed);
        let asks_if_known = pool.tests().any(|(_, test)| matches!(test, Test::IsKnown(_)));
        let field_of = list_of.iter().map(|&list| rows.fields.list[list as usize]).collect();
        let (shared_to, sharing) = sharing(&list_of, lists.len());
        let blank = Placement::default();
        let timed = timed(rules, &pool, &effects, &lists);
        let mut index = Self {
            pool,
            effects,
            list_of,
            lists,
            field_of,
            shared_to,
            sharing,
            classed,
            rows,
            schedule,
            blank,
            asks_if_known,
            timed,
        };
        index.blank = index.nothing_known();
        Ok(index)
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

    /// Whether some effect on an entitlement, or a parameter of one, reads `now`.
    pub fn reads_the_clock(&self, entitlement: EntitlementId) -> bool {
        let list = self.list_of.get(entitlement.index());
        list.and_then(|&list| self.timed.get(list as usize)).copied().unwrap_or_default()
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
        self.classed.iter().map(|(input, classes)| (*input, classes))
    }

    /// The input of that number in [`Self::inputs`].
    pub fn input(&self, at: usize) -> (Input, &Classes) {
        let (input, classes) = &self.classed[at];
        (*input, classes)
    }

    /// The rows of a context of which nothing is known. [`Self::evaluate`] is still to be called.
    pub fn blank(&self) -> Placement {
        self.blank.clone()
    }

    fn nothing_known(&self) -> Placement {
        let mut blank = Placement {
            starts: self.rows.slots.list.iter().map(|slot| slot.base).collect(),
            classes: vec![0; self.rows.slots.parts.len()].into(),
            values: vec![Tri::False; self.schedule.len()].into(),
        };
        for (at, (_, classes)) in self.classed.iter().enumerate() {
            self.put(&mut blank, at, classes.class(&State::Unknown));
        }
        blank
    }

    /// Puts an input, by its number in [`Self::inputs`], into a class. Cost: two stores.
    #[inline]
    pub fn put(&self, placement: &mut Placement, input: usize, class: u32) {
        let Part { slot, step } = self.rows.slots.parts[input];
        let before = std::mem::replace(&mut placement.classes[input], class);
        if let Some(start) = placement.starts.get_mut(slot as usize) {
            *start = start.wrapping_add(class.wrapping_sub(before).wrapping_mul(step));
        }
    }

    /// Whether there are conditions that are no function of one classed input.
    pub fn evaluates(&self) -> bool {
        self.schedule.len() > 0
    }

    /// Works out every condition that is no function of one classed input. Cost: one evaluation of each.
    pub fn evaluate(&self, placement: &mut Placement, test: impl Fn(&Test) -> Tri) {
        for at in 0..self.schedule.len() {
            if self.schedule.work_out(at, &self.pool, &mut placement.values, &test) {
                self.put_value(placement, at);
            }
        }
    }

    /// Whether a condition that is worked out for each context reads an attribute.
    pub fn computes_from(&self, attribute: AttributeId) -> bool {
        self.schedule.reads(attribute)
    }

    /// Works out again what reads an attribute. Cost: one evaluation of each test that reads it, and of each condition made
    /// of one that has changed.
    pub fn evaluate_for(&self, placement: &mut Placement, attribute: AttributeId, test: impl Fn(&Test) -> Tri) {
        for at in self.schedule.work_out_for(attribute, &self.pool, &mut placement.values, &test) {
            self.put_value(placement, at as usize);
        }
    }

    /// Moves the rows of a condition that is evaluated as a whole, if it is one.
    fn put_value(&self, placement: &mut Placement, at: usize) {
        if let Some(computed) = self.schedule.computed(at) {
            self.put(placement, self.classed.len() + computed, placement.values[at] as u32);
        }
    }

    /// The rank of the strongest effect that fires. Cost: a word for each slot, and for each 64 terms of an entitlement that
    /// has more; no allocation.
    pub fn winner(&self, entitlement: EntitlementId, placement: &Placement) -> Option<Rank> {
        let field = self.field_of.get(entitlement.index())?;
        let tested = self.tested(entitlement);
        if field.is_narrow() {
            return field.rank(self.rows.word(tested, field, 0, placement));
        }
        (0..field.words).find_map(|word| {
            let left = self.rows.word(tested, field, word, placement);
            if left == 0 { None } else { self.behind(field.word + word, left.trailing_zeros()).rank }
        })
    }

    /// The effects that fire in the strongest rank, read off the bits; an effect of several terms may come more than once.
    pub fn deciding<'i>(
        &'i self,
        entitlement: EntitlementId,
        placement: &'i Placement,
    ) -> impl Iterator<Item = &'i IndexedEffect> {
        let tested = self.tested(entitlement);
        let firing = self.field_of.get(entitlement.index()).into_iter().flat_map(move |field| {
            (0..field.words).flat_map(move |word| {
                let left = self.rows.word(tested, field, word, placement);
                set_bits(left).map(move |bit| self.behind(field.word + word, bit))
            })
        });
        let mut strongest = None;
        firing.take_while(move |effect| *strongest.get_or_insert(effect.rank) == effect.rank)
    }

    /// The first bit left of every entitlement. Cost: whole rows are joined, one of each slot; nothing is allocated if
    /// `winners` was used with this policy before.
    pub fn winners(&self, placement: &Placement, winners: &mut Winners) {
        self.rows.join(placement, &[], &mut winners.words);
        first_bits(&self.rows.fields.bottoms, &mut winners.words);
        for field in &self.rows.fields.wide {
            let words = winners.words.iter_mut().skip(field.word as usize).take(field.words as usize);
            words.skip_while(|word| **word == 0).skip(1).for_each(|word| *word = 0);
        }
    }

    /// The rank of an entitlement's winner. Cost: one word.
    #[inline]
    pub fn winner_of(&self, entitlement: EntitlementId, winners: &Winners) -> Option<Rank> {
        self.rank_in(entitlement, |word| winners.words.get(word as usize).copied().unwrap_or_default())
    }

    /// The ranks of all winners, in the catalogue's order. Cost: one word each.
    pub fn winners_of_all<'i>(&'i self, winners: &'i Winners) -> impl ExactSizeIterator<Item = Option<Rank>> + 'i {
        let word = |word: u32| winners.words.get(word as usize).copied().unwrap_or_default();
        self.field_of.iter().map(move |field| self.rank_of(field, word))
    }

    /// The rank of the first bit left in an entitlement's field.
    #[inline]
    pub(super) fn rank_in(&self, entitlement: EntitlementId, word: impl Fn(u32) -> u64) -> Option<Rank> {
        self.rank_of(self.field_of.get(entitlement.index())?, word)
    }

    #[inline]
    fn rank_of(&self, field: &Field, word: impl Fn(u32) -> u64) -> Option<Rank> {
        if field.is_narrow() {
            return field.rank(word(field.word) & field.mask(0));
        }
        let words = (field.word..field.word + field.words).map(|at| (at, word(at)));
        let (at, left) = words.into_iter().find(|&(_, left)| left != 0)?;
        self.behind(at, left.trailing_zeros()).rank
    }

    /// The slots that an entitlement tests; none: all are looked at.
    #[inline]
    fn tested(&self, entitlement: EntitlementId) -> Option<&[Tested]> {
        let slots = &self.rows.slots;
        if slots.tested_of.is_empty() {
            return None;
        }
        let list = self.list_of.get(entitlement.index()).copied().unwrap_or_default();
        let (first, end) = slots.tested_of.get(list as usize).copied().unwrap_or_default();
        slots.tested.get(first as usize..end as usize)
    }

    /// How large it is.
    pub fn size(&self) -> CompiledSize {
        let slots = &self.rows.slots;
        let is_keyed = |slot: &&Slot| matches!(slot.kind, Kind::Keyed(_));
        let keyed = slots.list.iter().filter(is_keyed).count();
        let row_bytes = slots.bytes();
        let lists: usize = self.lists.iter().map(|list| size_of_val(&**list)).sum();
        let by_entitlement = self.list_of.len() * (size_of::<Field>() + size_of::<u32>() + size_of::<EntitlementId>());
        CompiledSize {
            terms: self.rows.fields.used.iter().map(|used| used.count_ones() as usize).sum(),
            words: self.rows.fields.words(),
            dense: slots.dense,
            sparse: slots.list.len() - slots.dense - keyed,
            keyed,
            computed: self.schedule.len(),
            row_bytes,
            bytes: row_bytes
                + self.rows.fields.bytes()
                + lists
                + by_entitlement
                + size_of_val(&*self.effects)
                + self.pool.bytes(),
        }
    }

    /// How many entitlements there are.
    pub fn entitlements(&self) -> usize {
        self.list_of.len()
    }

    /// The field of an entitlement, with its number.
    pub(super) fn field(&self, entitlement: EntitlementId) -> Option<(usize, &Field)> {
        let at = *self.list_of.get(entitlement.index())? as usize;
        self.rows.fields.list.get(at).map(|field| (at, field))
    }

    /// The entitlements that a list of effects is about.
    pub fn sharing(&self, list: usize) -> &[EntitlementId] {
        let first = list.checked_sub(1).and_then(|before| self.shared_to.get(before)).copied().unwrap_or_default();
        let end = self.shared_to.get(list).copied().unwrap_or_default();
        self.sharing.get(first as usize..end as usize).unwrap_or_default()
    }

    /// How many groups of entitlements there are that have the same effects.
    pub fn units(&self) -> usize {
        self.lists.len()
    }

    pub(super) fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    pub(super) fn rows(&self) -> &Rows {
        &self.rows
    }

    /// The effect behind a bit.
    pub(super) fn behind(&self, word: u32, bit: u32) -> &IndexedEffect {
        self.effect(self.rows.fields.effects[(word * 64 + bit) as usize])
    }
}

/// The positions of the bits that are set, lowest first.
pub(super) fn set_bits(mut word: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let bit = word.trailing_zeros();
        word &= word.wrapping_sub(1);
        (bit < 64).then_some(bit)
    })
}

/// By list, where its entitlements end, and the entitlements.
fn sharing(list_of: &[u32], lists: usize) -> (Vec<u32>, Vec<EntitlementId>) {
    let mut sharing: Vec<usize> = (0..list_of.len()).collect();
    sharing.sort_by_key(|&entitlement| list_of[entitlement]);
    let mut shared_to = vec![0; lists];
    list_of.iter().for_each(|&list| shared_to[list as usize] += 1);
    let mut end = 0;
    for of_list in &mut shared_to {
        end += *of_list;
        *of_list = end;
    }
    (shared_to, sharing.into_iter().map(EntitlementId::new).collect())
}

fn timed(rules: &RuleSet, pool: &Pool, effects: &[IndexedEffect], lists: &[Box<[EffectId]>]) -> Vec<bool> {
    let reads = pool.reads(NOW);
    let shows = |setting: &Setting| match setting.value {
        SettingValue::Constants(_) => false,
        SettingValue::Attribute(attribute) | SettingValue::Column(attribute, _) => attribute == NOW,
    };
    let is_timed = |id: &EffectId| {
        let effect = &effects[id.index()];
        let settings = &rules.rules[effect.rule()].effects[effect.effect()].parameters;
        reads[effect.when.index()] || settings.iter().any(shows)
    };
    lists.iter().map(|list| list.iter().any(is_timed)).collect()
}

fn effects(rules: &RuleSet, pool: &mut PoolBuilder) -> Vec<IndexedEffect> {
    let mut effects = Vec::new();
    for (at, rule) in rules.rules.iter().enumerate().filter(|(_, rule)| !rule.is_disabled) {
        let condition = pool.condition(&rule.condition);
        for (place, effect) in rule.effects.iter().enumerate() {
            let guard = pool.condition(&effect.guard);
            effects.push(IndexedEffect {
                rule: at as u32,
                effect: place as u32,
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
        for target in &rules.rules[effect.rule()].effects[effect.effect()].targets {
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
