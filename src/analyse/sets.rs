//! Sets of names and nodes: an element is in, out or perhaps in, each for itself.
//!
//! The one idea: instead of all subsets, there are a few *atoms*, elements that stand for all that no test tells apart; of
//! each it is said whether it is certainly and whether it is possibly in the set. Tests of sets are gates over these. Whether an
//! atom fits what a test looks for is what the evaluator of the engine says of the set of that atom alone.

use super::solver::{Lit, Solver};
use super::space::{Signal, Space, attributes_of};
use super::states::mentioned;
use super::texts;
use super::undecided::{Reason, Undecided};
use crate::compile::{TestId, Tri};
use crate::eval::{Policy, Trial};
use crate::model::{AttributeId, Element, How, Inner, Name, NodeIndex, SetValue, State, Test, Type, Value};
use indexmap::IndexMap;
use rustc_hash::FxHashMap;

/// Nodes up to which sets of nodes are compared with other attributes.
const NODES: usize = 64;

/// An attribute that holds a set.
pub(super) struct SetVariable {
    pub attribute: AttributeId,
    /// Elements that stand for all, each with whether it is in.
    pub atoms: Vec<(Value, Signal)>,
    /// Anything else may be in, too.
    pub is_open: Lit,
    /// Nothing is known at all.
    is_unknown: Lit,
    /// By atom and attribute, whether the attribute's value fits the atom; by attribute alone, whether it is possible at all.
    pub fits: FxHashMap<(AttributeId, Option<usize>), Signal>,
}

impl SetVariable {
    /// The set, when it is known which literals hold.
    pub fn state(&self, holds: impl Fn(Lit) -> bool) -> State {
        if holds(self.is_unknown) {
            return State::Unknown;
        }
        let open = holds(self.is_open);
        let chosen = |wanted: &dyn Fn(&Signal) -> bool| {
            self.atoms.iter().filter(|(_, is_in)| wanted(is_in)).map(|(value, _)| value.clone()).collect()
        };
        let members = chosen(&|is_in| holds(is_in.sure));
        let possible = if open { Vec::new() } else { chosen(&|is_in| holds(is_in.may) && !holds(is_in.sure)) };
        State::Present(Value::Set(SetValue { members, possible, open }))
    }

    /// What holds if the set is that one, all of whose elements are atoms of it.
    pub fn is(&self, state: &State) -> Vec<Lit> {
        let (members, possible, open) = match state {
            State::Unknown => return vec![self.is_unknown],
            State::Present(Value::Set(set)) => (&set.members[..], &set.possible[..], set.open),
            _ => (&[][..], &[][..], false),
        };
        let mut lits = vec![!self.is_unknown, if open { self.is_open } else { !self.is_open }];
        for (atom, is_in) in &self.atoms {
            let (sure, may) = (members.contains(atom), open || possible.contains(atom) || members.contains(atom));
            lits.push(if sure { is_in.sure } else { !is_in.sure });
            lits.push(if may { is_in.may } else { !is_in.may });
        }
        lits
    }
}

/// Attributes whose values tests look for in sets, or sets in other sets: they are told apart by the same names.
#[derive(Debug, Default)]
pub(super) struct Shared<'t> {
    links: Vec<Link<'t>>,
}

/// Attributes, at least one of them a set, and the tests of sets that read them.
#[derive(Debug)]
pub(super) struct Link<'t> {
    attributes: Vec<AttributeId>,
    scalars: Vec<AttributeId>,
    pub tests: Vec<&'t Test>,
    /// Comparisons among them.
    comparisons: usize,
}

impl<'t> Shared<'t> {
    /// The links between sets and other attributes.
    pub fn new(tests: &[(TestId, &'t Test)], is_set: &impl Fn(AttributeId) -> bool) -> Self {
        let mut links: Vec<Link<'t>> = Vec::new();
        for (_, test) in tests {
            let read = attributes_of(test);
            let (near, far): (Vec<_>, Vec<_>) =
                links.into_iter().partition(|link| link.attributes.iter().any(|at| read.contains(at)));
            let comparisons = usize::from(matches!(test, Test::HasValueOf(..) | Test::HasSetOf(..)));
            let mut joined = Link { attributes: read.clone(), scalars: Vec::new(), tests: vec![*test], comparisons };
            for link in near {
                joined.attributes.extend(link.attributes);
                joined.tests.extend(link.tests);
                joined.comparisons += link.comparisons;
            }
            joined.attributes.sort_unstable();
            joined.attributes.dedup();
            joined.scalars = joined.attributes.iter().copied().filter(|&at| !is_set(at)).collect();
            links = far;
            links.push(joined);
        }
        Self { links }
    }

    /// Attributes that are no sets.
    pub fn scalars(&self) -> impl Iterator<Item = AttributeId> {
        self.links.iter().flat_map(|link| link.scalars.iter().copied())
    }

    /// What an attribute is linked with.
    pub fn beside(&self, attribute: AttributeId) -> impl Iterator<Item = &Link<'t>> {
        self.links.iter().filter(move |link| link.attributes.contains(&attribute))
    }

    /// Whether two attributes are linked with each other.
    pub fn are_linked(&self, one: AttributeId, other: AttributeId) -> bool {
        self.beside(one).any(|link| link.attributes.contains(&other))
    }

    /// How many more names that no test mentions an attribute needs, to be in a set or not.
    pub fn kinds(&self, attribute: AttributeId) -> usize {
        self.beside(attribute).map(|link| 1 + link.comparisons).sum()
    }
}

/// Asks whether the value of an attribute fits an atom of a set.
pub(super) struct Probe {
    pub attribute: AttributeId,
    /// The position of the set among those of the space.
    pub set: usize,
    set_attribute: AttributeId,
    atom: Option<(usize, Value)>,
}

impl Probe {
    /// Where the answer is kept.
    pub fn key(&self) -> (AttributeId, Option<usize>) {
        (self.attribute, self.atom.as_ref().map(|(at, _)| *at))
    }

    /// The answer for a state of the attribute. Without an atom: for a set that may hold anything.
    pub fn value(&self, policy: &Policy, state: &State) -> Tri {
        let mut trial = Trial::new(policy);
        trial.put(self.attribute, state.clone());
        if let Some((_, atom)) = &self.atom {
            trial.put(self.set_attribute, alone(atom));
        }
        trial.value(&Test::HasValueOf(self.set_attribute, self.attribute))
    }
}

/// What is to be asked of attributes whose values are looked for in sets.
pub(super) fn probes(sets: &[SetVariable], shared: &Shared<'_>, attributes: &[AttributeId]) -> Vec<Probe> {
    let mut probes = Vec::new();
    for (at, set) in sets.iter().enumerate() {
        for &attribute in attributes {
            let asks = shared.beside(attribute).flat_map(|link| &link.tests);
            if !asks.into_iter().any(|test| **test == Test::HasValueOf(set.attribute, attribute)) {
                continue;
            }
            let atoms = set.atoms.iter().enumerate().map(|(at, (value, _))| Some((at, value.clone())));
            let asked = atoms.chain([None]);
            probes.extend(asked.map(|atom| Probe { attribute, set: at, set_attribute: set.attribute, atom }));
        }
    }
    probes
}

/// Elements of sets in which the value of one of several compared attributes is looked for, each a value that the attribute may
/// have, too.
pub(super) fn elements(
    policy: &Policy,
    sets: &[SetVariable],
    shared: &Shared<'_>,
    (attribute, compared): (AttributeId, &[AttributeId]),
) -> Vec<State> {
    let Type::Name(names) = &policy.rule_set().catalogue.attribute(attribute).ty else { return Vec::new() };
    let linked = |set: &&SetVariable| {
        let mut links = compared.iter().flat_map(|&attribute| shared.beside(attribute));
        links.any(|link| link.attributes.contains(&set.attribute))
    };
    let declared = names.values.as_ref().filter(|_| !names.is_open);
    let has = |value: &Value| match (value, declared) {
        (Value::Name(name), Some(declared)) => declared.contains_key(&*name.folded),
        (value, _) => matches!(value, Value::Name(_)),
    };
    let atoms = sets.iter().filter(linked).flat_map(|set| &set.atoms).map(|(value, _)| value);
    atoms.filter(|value| has(value)).cloned().map(State::Present).collect()
}

/// The set of one element.
fn alone(atom: &Value) -> State {
    State::Present(Value::Set(SetValue { members: vec![atom.clone()], ..SetValue::default() }))
}

/// Tests with their numbers.
type Numbered<'t> = &'t [(TestId, &'t Test)];

/// The sets that tests read. Errors: there are too many elements to be told apart.
pub(super) fn variables(
    policy: &Policy,
    shared: &Shared<'_>,
    (tests, others): (Numbered<'_>, Numbered<'_>),
    (given, mentions): (Option<&[State]>, &[(AttributeId, Test)]),
    solver: &mut Solver,
) -> Result<Vec<SetVariable>, Undecided> {
    let catalogue = &policy.rule_set().catalogue;
    let mut found: IndexMap<AttributeId, SetVariable> = IndexMap::new();
    for (_, test) in tests {
        for attribute in attributes_of(test) {
            let Type::Set(element) = &catalogue.attribute(attribute).ty else { continue };
            if found.contains_key(&attribute) {
                continue;
            }
            let near: Vec<&Test> = mentions
                .iter()
                .filter(|(at, _)| *at == attribute || shared.are_linked(attribute, *at))
                .map(|(_, test)| test)
                .collect();
            let mut atoms = match &**element {
                Type::Node(_) => nodes(policy, shared, attribute, &near)?,
                _ => names(policy, shared, (attribute, others), &near)?,
            };
            if let Some(State::Present(Value::Set(set))) = given.map(|given| &given[attribute.index()]) {
                let fresh = set.members.iter().chain(&set.possible).filter(|value| !atoms.contains(value)).cloned();
                atoms.extend(fresh.collect::<Vec<Value>>());
            }
            found.insert(attribute, variable(attribute, atoms, solver));
        }
    }
    Ok(found.into_values().collect())
}

fn variable(attribute: AttributeId, atoms: Vec<Value>, solver: &mut Solver) -> SetVariable {
    let (is_open, is_unknown) = (solver.fresh(), solver.fresh());
    solver.claim(&[!is_unknown, is_open]);
    let mut signals = Vec::with_capacity(atoms.len());
    for atom in atoms {
        let is_in = Signal { sure: solver.fresh(), may: solver.fresh() };
        solver.claim(&[!is_in.sure, is_in.may]);
        solver.claim(&[!is_open, is_in.may]);
        solver.claim(&[!is_unknown, !is_in.sure]);
        signals.push((atom, is_in));
    }
    SetVariable { attribute, atoms: signals, is_open, is_unknown, fits: FxHashMap::default() }
}

/// Names that tests mention, of the set or of what it is compared with, and others.
fn names(
    policy: &Policy,
    shared: &Shared<'_>,
    (attribute, others): (AttributeId, Numbered<'_>),
    mentions: &[&Test],
) -> Result<Vec<Value>, Undecided> {
    let catalogue = &policy.rule_set().catalogue;
    let Type::Set(element) = &catalogue.attribute(attribute).ty else { return Ok(Vec::new()) };
    let Type::Name(own) = &**element else { return Ok(Vec::new()) };
    let mut tests: Vec<&Test> = shared.beside(attribute).flat_map(|link| link.tests.iter().copied()).collect();
    // an element may be the value of another attribute, of which patterns and names tell more apart
    if shared.beside(attribute).any(|link| !link.scalars.is_empty()) {
        tests.extend(others.iter().map(|(_, test)| *test));
    }
    tests.extend(mentions);
    // one in both of two sets, one in the first alone, one in the second alone
    let kinds = shared.beside(attribute).map(|link| 1 + 3 * link.comparisons).sum();
    let mentioned = mentioned(&tests);
    let mut found: Vec<Name> = texts::stand_ins(&mentioned, own.is_exact, kinds)?;
    // what other attributes may hold may be an element, too
    for scalar in shared.beside(attribute).flat_map(|link| &link.attributes) {
        if let Type::Name(names) = element_of(&catalogue.attribute(*scalar).ty)
            && let Some(values) = &names.values
        {
            found.extend(values.values().cloned());
        }
    }
    if let Some(declared) = own.values.as_ref().filter(|_| !own.is_open) {
        // what is compared may be equal in any of them
        let is_compared = shared.beside(attribute).any(|link| link.comparisons > 0);
        found = mentioned.among(declared.values(), own.is_exact, if is_compared { usize::MAX } else { kinds });
    }
    let mut seen = rustc_hash::FxHashSet::default();
    found.retain(|name| seen.insert(name.spelled.clone()));
    Ok(found.into_iter().map(Value::Name).collect())
}

fn element_of(ty: &Type) -> &Type {
    match ty {
        Type::Set(element) => element,
        ty => ty,
    }
}

/// Nodes that stand for all that tests look for.
fn nodes(
    policy: &Policy,
    shared: &Shared<'_>,
    attribute: AttributeId,
    mentions: &[&Test],
) -> Result<Vec<Value>, Undecided> {
    let catalogue = &policy.rule_set().catalogue;
    let declared = catalogue.attribute(attribute);
    let Type::Node(hierarchy) = element_of(&declared.ty) else { return Ok(Vec::new()) };
    let hierarchy = catalogue.hierarchy(*hierarchy);
    let all = (0..hierarchy.nodes.len()).map(NodeIndex::new);
    let all: Vec<NodeIndex> = all.filter(|&node| declared.inner != Inner::Refused || hierarchy.is_leaf(node)).collect();
    let is_compared = shared.beside(attribute).any(|link| link.comparisons > 0);
    if is_compared {
        if all.len() > NODES {
            return Err(Reason::SetsOfNodes.into());
        }
        return Ok(all.into_iter().map(Value::Node).collect());
    }
    let tests = shared.beside(attribute).flat_map(|link| &link.tests).chain(mentions);
    let wanted: Vec<&Element> = tests
        .filter_map(|test| match test {
            Test::Has(_, _, elements) => Some(elements),
            _ => None,
        })
        .flatten()
        .collect();
    let mut trial = Trial::new(policy);
    let mut found: IndexMap<Vec<Tri>, Value> = IndexMap::new();
    for node in all {
        trial.put(attribute, alone(&Value::Node(node)));
        let fits = wanted.iter().map(|element| trial.value(&Test::Has(attribute, How::Any, vec![(*element).clone()])));
        found.entry(fits.collect()).or_insert(Value::Node(node));
    }
    Ok(found.into_values().collect())
}

/// What tests of sets come to. Each formula says for all sets what the evaluator says for one.
impl Space<'_> {
    /// What a test that reads a set comes to.
    pub fn of_set_test(&mut self, test: &Test) -> Signal {
        match test {
            Test::Has(set, how, elements) => self.has_elements(*set, *how, elements),
            Test::IsEmpty(set) => self.is_empty(*set),
            Test::HasValueOf(set, attribute) => self.has_value_of(*set, *attribute),
            Test::HasSetOf(left, how, right) => self.has_set_of(*left, *how, *right),
            Test::IsKnown(set) => match self.set(*set) {
                Some(set) => Signal { sure: !set.is_unknown, may: !set.is_unknown },
                None => self.constant(Tri::Unknown),
            },
            // an absent set is empty; nothing asks whether it is
            _ => self.constant(Tri::Unknown),
        }
    }

    fn set(&self, attribute: AttributeId) -> Option<&SetVariable> {
        self.sets.iter().find(|set| set.attribute == attribute)
    }

    /// The atoms of a set, and whether it is open.
    fn parts(&self, attribute: AttributeId) -> (Vec<(Value, Signal)>, Lit) {
        match self.set(attribute) {
            Some(set) => (set.atoms.clone(), set.is_open),
            None => (Vec::new(), self.solver.constant(true)),
        }
    }

    /// Nothing more may be in.
    fn closed(&self, is_open: Lit) -> Signal {
        Signal { sure: !is_open, may: self.solver.constant(true) }
    }

    /// Something more may be in.
    fn open(&self, is_open: Lit) -> Signal {
        Signal { sure: self.solver.constant(false), may: is_open }
    }

    fn is_empty(&mut self, set: AttributeId) -> Signal {
        let (atoms, is_open) = self.parts(set);
        let mut parts: Vec<Signal> = atoms.iter().map(|(_, is_in)| !*is_in).collect();
        parts.push(self.closed(is_open));
        self.all(&parts)
    }

    /// Not certainly empty.
    fn may_have_some(&mut self, set: AttributeId) -> Signal {
        let may = !self.is_empty(set).sure;
        Signal { sure: may, may }
    }

    fn has_elements(&mut self, set: AttributeId, how: How, wanted: &[Element]) -> Signal {
        if how == How::None {
            return !self.has_elements(set, How::Any, wanted);
        }
        let (atoms, is_open) = self.parts(set);
        let mut trial = Trial::new(self.policy);
        // by element, by atom
        let mut fits: Vec<Vec<Tri>> = vec![Vec::with_capacity(atoms.len()); wanted.len()];
        for (atom, _) in &atoms {
            trial.put(set, alone(atom));
            for (element, fits) in wanted.iter().zip(&mut fits) {
                fits.push(trial.value(&Test::Has(set, How::Any, vec![element.clone()])));
            }
        }
        if how == How::Only {
            let mut parts = vec![self.closed(is_open)];
            for (at, (_, is_in)) in atoms.iter().enumerate() {
                let fit = self.constant(Tri::any(fits.iter().map(|fits| fits[at])));
                parts.push(self.any(&[!*is_in, fit]));
            }
            return self.all(&parts);
        }
        let mut has = Vec::with_capacity(wanted.len());
        for fits in fits {
            let mut parts = vec![self.open(is_open)];
            for ((_, is_in), fit) in atoms.iter().zip(fits) {
                let fit = self.constant(fit);
                parts.push(self.all(&[*is_in, fit]));
            }
            has.push(self.any(&parts));
        }
        if how == How::All { self.all(&has) } else { self.any(&has) }
    }

    fn has_value_of(&mut self, set: AttributeId, attribute: AttributeId) -> Signal {
        let (atoms, is_open) = self.parts(set);
        let fits = self.set(set).map(|set| set.fits.clone()).unwrap_or_default();
        let unknown = self.constant(Tri::Unknown);
        let fit = |at: Option<usize>| fits.get(&(attribute, at)).copied().unwrap_or(unknown);
        let mut parts = vec![self.open(is_open)];
        for (at, (_, is_in)) in atoms.iter().enumerate() {
            parts.push(self.all(&[*is_in, fit(Some(at))]));
        }
        let has = self.any(&parts);
        // an attribute without a value is in no set
        let possible = fit(None).may;
        let some = self.may_have_some(set);
        self.all(&[has, Signal { sure: possible, may: possible }, some])
    }

    /// Whether something that an element of the right set may be is in the left set, by element of the right.
    fn held(&mut self, left: AttributeId, right: AttributeId, is_open: Option<Lit>) -> Vec<Vec<Signal>> {
        let (mine, _) = self.parts(left);
        let (theirs, _) = self.parts(right);
        let mut trial = Trial::new(self.policy);
        let mut held = Vec::with_capacity(theirs.len());
        for (other, _) in &theirs {
            trial.put(right, alone(other));
            let mut parts: Vec<Signal> = is_open.map(|lit| self.open(lit)).into_iter().collect();
            for (atom, is_in) in &mine {
                trial.put(left, alone(atom));
                let fit = self.constant(trial.value(&Test::HasSetOf(left, How::Any, right)));
                parts.push(self.all(&[*is_in, fit]));
            }
            held.push(parts);
        }
        held
    }

    fn has_set_of(&mut self, left: AttributeId, how: How, right: AttributeId) -> Signal {
        let (mine, my_open) = self.parts(left);
        let (theirs, their_open) = self.parts(right);
        match how {
            How::None => !self.has_set_of(left, How::Any, right),
            How::Any => {
                let mut parts = vec![self.open(their_open)];
                for (held, (_, is_in)) in self.held(left, right, Some(my_open)).into_iter().zip(theirs) {
                    let held = self.any(&held);
                    parts.push(self.all(&[held, is_in]));
                }
                let any = self.any(&parts);
                let some = self.may_have_some(left);
                self.all(&[any, some])
            }
            How::All => {
                let mut parts = vec![self.closed(their_open)];
                let held = self.held(left, right, Some(my_open));
                for (held, (_, is_in)) in held.into_iter().zip(&theirs) {
                    let held = self.any(&held);
                    parts.push(self.any(&[!*is_in, held]));
                }
                let mut all = self.all(&parts);
                if !self.policy.rule_set().catalogue.attribute(right).empty_means_none {
                    // an empty one may stand for "nothing entered"
                    let some = self.solver.any(theirs.iter().map(|(_, is_in)| is_in.sure));
                    all.sure = self.solver.all([all.sure, some]);
                }
                all
            }
            How::Only => {
                let mut parts = vec![self.closed(my_open)];
                for (atom, is_in) in mine {
                    let mut trial = Trial::new(self.policy);
                    trial.put(left, alone(&atom));
                    let mut around = vec![self.open(their_open)];
                    for (other, theirs) in &theirs {
                        trial.put(right, alone(other));
                        let fit = self.constant(trial.value(&Test::HasSetOf(left, How::Any, right)));
                        around.push(self.all(&[*theirs, fit]));
                    }
                    let around = self.any(&around);
                    parts.push(self.any(&[!is_in, around]));
                }
                self.all(&parts)
            }
        }
    }
}
