//! Attributes that vary together, and their classes.
//!
//! Attributes that are compared with each other have their classes together: combinations of states that no test tells apart. Where
//! they are compared through the clock alone, as dates mostly are, they have not: at any one instant each varies by itself. So
//! the clock has classes, told apart by what is possible of the others then, and each of the others has its own beside it.

use super::sets::Probe;
use super::solver::{Lit, Solver};
use super::space::{Signal, attributes_of};
use super::states;
use super::undecided::{Reason, Undecided};
use crate::compile::{TestId, Tri};
use crate::eval::{Policy, Trial};
use crate::model::{AttributeId, NOW, State, Test};
use indexmap::{IndexMap, IndexSet};
use rustc_hash::FxBuildHasher;

/// Combinations of states that are tried, at most, times tests.
const TRIES: usize = 8_000_000;

/// Attributes that vary together.
pub(super) struct Variable {
    pub attributes: Vec<AttributeId>,
    /// Exactly one of them is the case.
    pub classes: Vec<Class>,
}

/// Combinations of states that no test tells apart.
pub(super) struct Class {
    /// A state of each attribute that stands for all.
    pub states: Vec<State>,
    pub chosen: Lit,
}

/// Attributes that are compared with each other, each with its states.
pub(super) struct Compared<'t> {
    pub attributes: Vec<AttributeId>,
    pub states: Vec<Vec<State>>,
    /// Every test that reads one of them.
    pub tests: Vec<(TestId, &'t Test)>,
    /// What else is asked of their values.
    pub probes: Vec<Probe>,
    /// What each attribute is in the context to compare with, if there is one.
    pub given: Vec<State>,
    /// Positions of attributes that always hold the same value.
    pub twins: Vec<(usize, usize)>,
}

/// What tests come to, and what else is asked.
type Values = Box<[Tri]>;

/// What the tests of the clock come to, and by part the numbers of what its tests may come to then.
type Told = (Values, Vec<Vec<usize>>);

/// By part, what its tests may come to, by number, with states that show it.
type Possible = Vec<Vec<(usize, Vec<State>)>>;

/// Attributes of a group that are compared with each other even at one instant: their positions, those of the tests that read
/// them, and those of what else is asked.
struct Leaf {
    places: Vec<usize>,
    tests: Vec<usize>,
    probes: Vec<usize>,
}

impl Compared<'_> {
    /// What each test, then each probe comes to, then whether each attribute is as given, and the attributes with their classes. Errors: there are too many combinations.
    pub fn vary(&self, policy: &Policy, solver: &mut Solver) -> Result<(Vec<Signal>, Vec<Variable>), Undecided> {
        let is_clock = |attribute: &AttributeId| *attribute == NOW;
        let clock = self.attributes.iter().position(is_clock).filter(|_| self.attributes.len() > 1);
        let leaves = self.leaves(clock);
        let mut varied = Varied {
            signals: vec![None; self.tests.len() + self.probes.len() + self.given.len()],
            variables: Vec::new(),
        };
        match clock {
            Some(clock) => self.beside_the_clock(policy, clock, &leaves, solver, &mut varied)?,
            None => {
                for leaf in &leaves {
                    let mut trial = Trial::new(policy);
                    self.check_size(leaf, 1)?;
                    let found = self.combinations(policy, &mut trial, leaf);
                    let lits = choices(found.len(), solver);
                    solver.exactly_one(&lits);
                    let with_lits = || found.keys().zip(lits.iter().copied());
                    varied.signal(self, leaf, with_lits, solver);
                    let classes =
                        found.values().zip(&lits).map(|(states, &chosen)| Class { states: states.clone(), chosen });
                    varied.variables.push(Variable { attributes: self.named(leaf), classes: classes.collect() });
                }
            }
        }
        // every test reads some attribute, so each was met
        let signals: Option<Vec<Signal>> = varied.signals.into_iter().collect();
        Ok((signals.ok_or(Reason::NotReplayed)?, varied.variables))
    }

    fn named(&self, leaf: &Leaf) -> Vec<AttributeId> {
        leaf.places.iter().map(|&place| self.attributes[place]).collect()
    }

    /// The group without the clock, in parts that are not compared with each other.
    fn leaves(&self, clock: Option<usize>) -> Vec<Leaf> {
        let place = |attribute: &AttributeId| self.attributes.iter().position(|other| other == attribute);
        let places = |test: &Test| {
            let read = attributes_of(test);
            read.iter().filter_map(place).filter(|at| Some(*at) != clock).collect::<Vec<usize>>()
        };
        let mut leaves: Vec<Leaf> = Vec::new();
        let all = (0..self.attributes.len()).filter(|at| Some(*at) != clock).map(|at| (vec![at], None));
        let of_tests = self.tests.iter().enumerate().map(|(at, (_, test))| (places(test), Some(at)));
        let of_twins = self.twins.iter().map(|&(one, other)| (vec![one, other], None));
        for (mut read, test) in all.chain(of_tests).chain(of_twins).filter(|(read, _)| !read.is_empty()) {
            let (near, far): (Vec<Leaf>, Vec<Leaf>) =
                leaves.into_iter().partition(|leaf| leaf.places.iter().any(|at| read.contains(at)));
            let mut tests: Vec<usize> = test.into_iter().collect();
            for leaf in near {
                read.extend(leaf.places);
                tests.extend(leaf.tests);
            }
            read.sort_unstable();
            read.dedup();
            tests.sort_unstable();
            leaves = far;
            leaves.push(Leaf { places: read, tests, probes: Vec::new() });
        }
        for (at, probe) in self.probes.iter().enumerate() {
            let place = place(&probe.attribute);
            let leaf = leaves.iter_mut().find(|leaf| place.is_some_and(|place| leaf.places.contains(&place)));
            leaf.into_iter().for_each(|leaf| leaf.probes.push(at));
        }
        leaves
    }

    fn check_size(&self, leaf: &Leaf, times: usize) -> Result<(), Undecided> {
        let asked = leaf.tests.len() + leaf.probes.len() + 1;
        let counts = leaf.places.iter().map(|&place| self.states[place].len()).chain([times, asked]);
        let total = counts.into_iter().try_fold(1usize, |total, count| total.checked_mul(count));
        if total.is_some_and(|total| total <= TRIES) { Ok(()) } else { Err(Reason::Combinations.into()) }
    }

    /// Combinations of states of a part that are told apart, as they are put in `trial` with what is known of the clock.
    fn combinations(
        &self,
        policy: &Policy,
        trial: &mut Trial<'_>,
        leaf: &Leaf,
    ) -> IndexMap<Values, Vec<State>, FxBuildHasher> {
        let mut found: IndexMap<Values, Vec<State>, FxBuildHasher> = IndexMap::default();
        let mut at = vec![0; leaf.places.len()];
        loop {
            let states =
                || leaf.places.iter().zip(&at).map(|(&place, &at)| (self.attributes[place], &self.states[place][at]));
            if self.is_possible(policy, leaf, &at) {
                states().for_each(|(attribute, state)| trial.put(attribute, state.clone()));
                let mut values = Vec::with_capacity(leaf.tests.len() + leaf.probes.len());
                trial.values(leaf.tests.iter().map(|&test| self.tests[test].1), &mut values);
                for &probe in &leaf.probes {
                    let probe = &self.probes[probe];
                    let state = states().find(|(attribute, _)| *attribute == probe.attribute);
                    values.push(state.map_or(Tri::Unknown, |(_, state)| probe.value(policy, state)));
                }
                values.extend(
                    leaf.places.iter().zip(states()).filter_map(|(&place, (_, state))| {
                        self.given.get(place).map(|given| Tri::from(state == given))
                    }),
                );
                found.entry(values.into()).or_insert_with(|| states().map(|(_, state)| state.clone()).collect());
            }
            if !advance(&mut at, leaf.places.iter().map(|&place| self.states[place].len())) {
                return found;
            }
        }
    }

    /// Whether twins have the same state.
    fn is_possible(&self, policy: &Policy, leaf: &Leaf, at: &[usize]) -> bool {
        let state = |place: usize| {
            let here = leaf.places.iter().position(|&other| other == place)?;
            Some((self.attributes[place], &self.states[place][at[here]]))
        };
        let is_same = |&(one, other): &(usize, usize)| match (state(one), state(other)) {
            (Some(one), Some(other)) => states::is_same(&policy.rule_set().catalogue, one, other),
            _ => true,
        };
        self.twins.iter().all(is_same)
    }

    /// The clock with its classes, and each part beside it.
    fn beside_the_clock(
        &self,
        policy: &Policy,
        clock: usize,
        leaves: &[Leaf],
        solver: &mut Solver,
        varied: &mut Varied,
    ) -> Result<(), Undecided> {
        let instants = &self.states[clock];
        leaves.iter().try_for_each(|leaf| self.check_size(leaf, instants.len()))?;
        let own: Vec<usize> = (0..self.tests.len()).filter(|&at| attributes_of(self.tests[at].1) == [NOW]).collect();
        // by part, all that its tests come to at some instant
        let mut told: Vec<IndexSet<Values, FxBuildHasher>> = vec![IndexSet::default(); leaves.len()];
        let mut classes: IndexMap<Told, (State, Possible), FxBuildHasher> = IndexMap::default();
        let mut trial = Trial::new(policy);
        for instant in instants {
            trial.put(NOW, instant.clone());
            let mut values = Vec::with_capacity(own.len());
            trial.values(own.iter().map(|&test| self.tests[test].1), &mut values);
            values.extend(self.given.get(clock).map(|given| Tri::from(instant == given)));
            let mut possible: Possible = Vec::with_capacity(leaves.len());
            for (leaf, told) in leaves.iter().zip(&mut told) {
                let found = self.combinations(policy, &mut trial, leaf);
                let numbered = found.into_iter().map(|(values, states)| (told.insert_full(values).0, states));
                let mut numbered: Vec<_> = numbered.collect();
                numbered.sort_unstable_by_key(|(number, _)| *number);
                possible.push(numbered);
            }
            let numbers = possible.iter().map(|part| part.iter().map(|(number, _)| *number).collect()).collect();
            classes.entry((values.into(), numbers)).or_insert_with(|| (instant.clone(), possible));
        }
        let lits = choices(classes.len(), solver);
        solver.exactly_one(&lits);
        let leaf = Leaf { places: vec![clock], tests: own, probes: Vec::new() };
        varied.signal(self, &leaf, || classes.keys().map(|(values, _)| values).zip(lits.iter().copied()), solver);
        let of_clock =
            classes.values().zip(&lits).map(|((state, _), &chosen)| Class { states: vec![state.clone()], chosen });
        varied.variables.push(Variable { attributes: vec![NOW], classes: of_clock.collect() });
        for (at, (leaf, told)) in leaves.iter().zip(&told).enumerate() {
            let chosen = choices(told.len(), solver);
            solver.exactly_one(&chosen);
            varied.signal(self, leaf, || told.iter().zip(chosen.iter().copied()), solver);
            let mut pairs = Vec::new();
            for ((_, possible), &when) in classes.values().zip(&lits) {
                let part = &possible[at];
                // at that time it is one of these
                let then: Vec<Lit> =
                    [!when].into_iter().chain(part.iter().map(|(number, _)| chosen[*number])).collect();
                solver.claim(&then);
                for (number, states) in part {
                    let both = solver.all([when, chosen[*number]]);
                    pairs.push(Class { states: states.clone(), chosen: both });
                }
            }
            varied.variables.push(Variable { attributes: self.named(leaf), classes: pairs });
        }
        Ok(())
    }
}

/// What was found of a group.
struct Varied {
    signals: Vec<Option<Signal>>,
    variables: Vec<Variable>,
}

impl Varied {
    /// What the tests and probes of a part come to: each of `classes` is what they come to, and whether it is the case.
    fn signal<'v, I: Iterator<Item = (&'v Values, Lit)>>(
        &mut self,
        group: &Compared<'_>,
        leaf: &Leaf,
        classes: impl Fn() -> I,
        solver: &mut Solver,
    ) {
        let (of_probes, of_given) = (group.tests.len(), group.tests.len() + group.probes.len());
        let given = leaf.places.iter().filter(|_| !group.given.is_empty()).map(|place| of_given + place);
        let places = leaf.tests.iter().copied().chain(leaf.probes.iter().map(|probe| of_probes + probe)).chain(given);
        for (at, place) in places.enumerate() {
            let holds = |wanted: fn(Tri) -> bool| {
                let classes = classes().filter(move |(values, _)| wanted(values[at]));
                classes.map(|(_, lit)| lit).collect::<Vec<Lit>>()
            };
            let (sure, may) = (holds(|value| value == Tri::True), holds(|value| value != Tri::False));
            self.signals[place] = Some(Signal { sure: solver.any(sure), may: solver.any(may) });
        }
    }
}

/// A literal for each of several classes.
fn choices(count: usize, solver: &mut Solver) -> Vec<Lit> {
    match count {
        1 => vec![solver.constant(true)],
        count => (0..count).map(|_| solver.fresh()).collect(),
    }
}

/// The next of all combinations of numbers below the given ones; false after the last.
fn advance(at: &mut [usize], counts: impl Iterator<Item = usize>) -> bool {
    for (place, count) in at.iter_mut().zip(counts) {
        *place += 1;
        if *place < count {
            return true;
        }
        *place = 0;
    }
    false
}
