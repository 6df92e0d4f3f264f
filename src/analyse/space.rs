//! All contexts at once, as far as given conditions tell them apart.
//!
//! The one idea: attributes that conditions do not compare with each other vary by themselves. Each has a few *classes* of
//! states, told apart by what the tests come to; attributes that are compared have classes together. Exactly one class of each is
//! the case, which is a literal; a test is the disjunction of the classes in which it holds, and a condition a gate. Under
//! Kleene's logic everything has two literals: it is certain, or it is at least possible.
//!
//! What a test comes to in a class is what the evaluator of the engine says of the state that stands for the class.

use super::sets::{self, SetVariable};
use super::solver::{Answer, Lit, Solver};
use super::states::{self, Group};
use super::undecided::{Reason, Undecided};
use super::variables::{Class, Compared, Variable};
use super::{Analysis, Assumed};
use crate::compile::{Node, NodeId, Pool, TestId, Tri};
use crate::eval::Policy;
use crate::model::{AttributeId, State, Test, Type};
use indexmap::IndexMap;
use rustc_hash::{FxHashMap, FxHashSet};

/// A three-valued thing: whether it is certain, and whether it is at least possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Signal {
    pub sure: Lit,
    pub may: Lit,
}

impl std::ops::Not for Signal {
    type Output = Self;

    fn not(self) -> Self {
        Self { sure: !self.may, may: !self.sure }
    }
}

/// All contexts, for some conditions.
pub(super) struct Space<'p> {
    pub policy: &'p Policy,
    pub pool: &'p Pool,
    pub solver: Solver,
    pub variables: Vec<Variable>,
    pub sets: Vec<SetVariable>,
    /// Where there is a context to compare with: of each attribute that is read, that it is as there.
    pub kept: Vec<(AttributeId, Lit)>,
    signals: FxHashMap<NodeId, Signal>,
}

impl<'p> Space<'p> {
    /// The contexts that `roots` tell apart and that contradict none of `assumed`.
    ///
    /// Errors: attributes have too many states to be told apart within the limits. Cost: for each attribute its proposed states
    /// times the tests that read it.
    pub fn new(analysis: &'p Analysis<'_>, roots: &[NodeId], assumed: &[Assumed]) -> Result<Self, Undecided> {
        let (policy, pool) = (analysis.policy, &analysis.pool);
        let assumed = connected(pool, roots, assumed);
        let nodes = pool.reach(roots.iter().chain(&assumed).copied(), |_| true);
        let mut space = Self {
            policy,
            pool,
            solver: Solver::new(analysis.steps),
            variables: Vec::new(),
            sets: Vec::new(),
            kept: Vec::new(),
            signals: FxHashMap::default(),
        };
        let mut tests: FxHashMap<TestId, Signal> = FxHashMap::default();
        space.vary(&nodes, (&analysis.twins, analysis.given.as_deref()), &mut tests)?;
        space.kept.sort_unstable();
        space.connect(&nodes, &tests);
        for node in assumed {
            // what is not known contradicts nothing
            let may = space.signal(node).may;
            space.solver.claim(&[may]);
        }
        Ok(space)
    }

    /// What a condition comes to. It must lie within one of the conditions that the space was made for.
    pub fn signal(&self, node: NodeId) -> Signal {
        let never = self.constant(Tri::False);
        self.signals.get(&node).copied().unwrap_or(never)
    }

    /// Always the same.
    pub fn constant(&self, value: Tri) -> Signal {
        Signal { sure: self.solver.constant(value == Tri::True), may: self.solver.constant(value != Tri::False) }
    }

    /// All of several.
    pub fn all(&mut self, parts: &[Signal]) -> Signal {
        Signal {
            sure: self.solver.all(parts.iter().map(|part| part.sure)),
            may: self.solver.all(parts.iter().map(|part| part.may)),
        }
    }

    /// Any of several.
    pub fn any(&mut self, parts: &[Signal]) -> Signal {
        Signal {
            sure: self.solver.any(parts.iter().map(|part| part.sure)),
            may: self.solver.any(parts.iter().map(|part| part.may)),
        }
    }

    /// Whether these can hold together in a context, and then in which, one of which as much is known as can be.
    ///
    /// Errors: it is not found within the steps allowed.
    pub fn find(&mut self, wanted: &[Lit]) -> Result<Option<Vec<(AttributeId, State)>>, Undecided> {
        if !self.can(wanted)? {
            return Ok(None);
        }
        let wishes = self.wishes();
        let mut wanted = [wanted, &wishes].concat();
        if self.solver.ask(&wanted) == Answer::Yes {
            return Ok(Some(self.found()));
        }
        // not all at once: one after another, those that go together with the ones before
        wanted.truncate(wanted.len() - wishes.len());
        for wish in wishes {
            wanted.push(wish);
            if self.solver.ask(&wanted) != Answer::Yes {
                wanted.pop();
            }
        }
        // what is found is that of the last question, which may have been one too many
        if self.can(&wanted)? { Ok(Some(self.found())) } else { Err(Reason::NotReplayed.into()) }
    }

    /// Whether these can hold together in a context. Errors: it is not found within the steps allowed.
    pub fn can(&mut self, wanted: &[Lit]) -> Result<bool, Undecided> {
        match self.solver.ask(wanted) {
            Answer::Yes => Ok(true),
            Answer::No => Ok(false),
            Answer::Undecided => Err(Reason::Steps.into()),
        }
    }

    /// Whether every attribute is known, for each; all of a set, too.
    pub fn all_known(&mut self) -> Vec<Lit> {
        let is_known = |class: &&Class| class.states.iter().all(|state| *state != State::Unknown);
        let mut known = Vec::new();
        for variable in &self.variables {
            known.push(self.solver.any(variable.classes.iter().filter(is_known).map(|class| class.chosen)));
        }
        for set in &self.sets {
            known.push(!set.is_open);
            known.extend(set.atoms.iter().map(|(_, is_in)| self.solver.any([!is_in.may, is_in.sure])));
        }
        known
    }

    /// What a good example has: each attribute is known, and has a value.
    fn wishes(&mut self) -> Vec<Lit> {
        let has_value = |class: &&Class| class.states.iter().all(|state| matches!(state, State::Present(_)));
        let mut known = self.all_known();
        for variable in &self.variables {
            known.push(self.solver.any(variable.classes.iter().filter(has_value).map(|class| class.chosen)));
        }
        known
    }

    /// After a yes: what is known of each attribute.
    fn found(&self) -> Vec<(AttributeId, State)> {
        let mut found = Vec::new();
        for variable in &self.variables {
            let class = variable.classes.iter().find(|class| self.solver.holds(class.chosen));
            let states = class.map_or(&[][..], |class| &class.states);
            found.extend(variable.attributes.iter().copied().zip(states.iter().cloned()));
        }
        found.extend(self.sets.iter().map(|set| (set.attribute, set.state(|lit| self.solver.holds(lit)))));
        found.sort_unstable_by_key(|(attribute, _)| *attribute);
        found
    }

    /// After a yes: the literals by which the attributes that are `wanted` are what they are. None: some are sets, of which there are
    /// too many to be told one by one.
    pub fn chosen(&self, wanted: impl Fn(AttributeId) -> bool) -> Option<Vec<Lit>> {
        if self.sets.iter().any(|set| wanted(set.attribute)) {
            return None;
        }
        let is_wanted = |variable: &&Variable| variable.attributes.iter().any(|&attribute| wanted(attribute));
        let classes = self.variables.iter().filter(is_wanted).flat_map(|variable| &variable.classes);
        let lits: Vec<Lit> = classes.map(|class| class.chosen).filter(|&lit| self.solver.holds(lit)).collect();
        (!lits.is_empty()).then_some(lits)
    }

    /// Finds the classes of every attribute that the nodes' tests read, and what each test comes to.
    fn vary(
        &mut self,
        nodes: &[NodeId],
        (twins, given): (&[(AttributeId, AttributeId)], Option<&[State]>),
        tests: &mut FxHashMap<TestId, Signal>,
    ) -> Result<(), Undecided> {
        let catalogue = &self.policy.rule_set().catalogue;
        let is_set = |attribute: AttributeId| matches!(catalogue.attribute(attribute).ty, Type::Set(_));
        let all: Vec<(TestId, &'p Test)> = tests_of(self.pool, nodes).collect();
        let reads_set = |test: &Test| attributes_of(test).into_iter().any(is_set);
        let (of_sets, of_others): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, test)| reads_set(test));
        if twins.iter().any(|&(one, other)| of_sets.iter().any(|(_, test)| reads(test, one) || reads(test, other))) {
            return Err(Reason::OtherSets.into());
        }
        // a set may hold the value of another attribute: then both are told apart by the same names
        let shared = sets::Shared::new(&of_sets, &is_set);
        let groups = groups(&of_others, &shared, twins);
        let mentions: Vec<(AttributeId, Test)> = match given {
            Some(given) => {
                let read = of_sets.iter().chain(&of_others).flat_map(|(_, test)| attributes_of(test));
                let read: FxHashSet<AttributeId> = read.collect();
                let mut read: Vec<AttributeId> = read.into_iter().collect();
                read.sort_unstable();
                read.into_iter().filter_map(|at| Some((at, states::mention(at, &given[at.index()])?))).collect()
            }
            None => Vec::new(),
        };
        self.sets =
            sets::variables(self.policy, &shared, (&of_sets, &of_others), (given, &mentions), &mut self.solver)?;
        if let Some(given) = given {
            let kept = self.sets.iter().map(|set| (set.attribute, set.is(&given[set.attribute.index()])));
            let kept: Vec<(AttributeId, Vec<Lit>)> = kept.collect();
            let kept = kept.into_iter().map(|(attribute, lits)| (attribute, self.solver.all(lits)));
            self.kept.extend(kept);
        }
        for (attributes, own) in groups {
            let linked = attributes.iter().flat_map(|&attribute| shared.beside(attribute));
            let mentioned = own.iter().map(|(_, test)| *test).chain(linked.flat_map(|link| link.tests.iter().copied()));
            let kinds = attributes.len() + attributes.iter().map(|&at| shared.kinds(at)).sum::<usize>();
            let is_near =
                |at: AttributeId| attributes.contains(&at) || attributes.iter().any(|&own| shared.are_linked(own, at));
            let mentioned = mentioned.chain(mentions.iter().filter(|(at, _)| is_near(*at)).map(|(_, test)| test));
            let group = Group { attributes: attributes.clone(), tests: mentioned.collect(), kinds };
            let mut states = group.states(catalogue)?;
            for (&attribute, states) in attributes.iter().zip(&mut states) {
                let elements = sets::elements(self.policy, &self.sets, &shared, (attribute, &attributes));
                let fresh: Vec<State> = elements.into_iter().filter(|state| !states.contains(state)).collect();
                states.splice(0..0, fresh);
            }
            let twins: Vec<(usize, usize)> = twins.iter().filter_map(|twins| places(&attributes, *twins)).collect();
            for &(one, other) in &twins {
                states::share(catalogue, (attributes[one], attributes[other]), &mut states, (one, other));
            }
            let given: Vec<State> = given.map_or_else(Vec::new, |given| {
                attributes.iter().map(|attribute| given[attribute.index()].clone()).collect()
            });
            for (states, given) in states.iter_mut().zip(&given) {
                if !states.contains(given) {
                    states.push(given.clone());
                }
            }
            let probes = sets::probes(&self.sets, &shared, &attributes);
            self.add(&Compared { attributes, states, tests: own, probes, given, twins }, tests)?;
        }
        for (id, test) in of_sets {
            let signal = self.of_set_test(test);
            tests.insert(id, signal);
        }
        Ok(())
    }

    /// Adds attributes that vary together, with what their tests come to.
    fn add(&mut self, group: &Compared<'_>, tests: &mut FxHashMap<TestId, Signal>) -> Result<(), Undecided> {
        let (signals, variables) = group.vary(self.policy, &mut self.solver)?;
        let (of_tests, others) = signals.split_at(group.tests.len());
        let (of_probes, of_given) = others.split_at(group.probes.len());
        self.kept.extend(group.attributes.iter().copied().zip(of_given.iter().map(|signal| signal.sure)));
        tests.extend(group.tests.iter().map(|(id, _)| *id).zip(of_tests.iter().copied()));
        for (probe, signal) in group.probes.iter().zip(of_probes) {
            if let Some(set) = self.sets.get_mut(probe.set) {
                set.fits.insert(probe.key(), *signal);
            }
        }
        self.variables.extend(variables);
        Ok(())
    }

    /// What every node comes to.
    fn connect(&mut self, nodes: &[NodeId], tests: &FxHashMap<TestId, Signal>) {
        for &id in nodes {
            let signal = match self.pool.node(id) {
                Node::Constant(value) => self.constant((*value).into()),
                Node::Test(test) => tests.get(test).copied().unwrap_or(self.constant(Tri::Unknown)),
                Node::Not(inner) => !self.signal(*inner),
                Node::And(parts) => {
                    let parts: Vec<Signal> = parts.iter().map(|&part| self.signal(part)).collect();
                    self.all(&parts)
                }
                Node::Or(parts) => {
                    let parts: Vec<Signal> = parts.iter().map(|&part| self.signal(part)).collect();
                    self.any(&parts)
                }
            };
            self.signals.insert(id, signal);
        }
    }
}

/// The assumptions that say something about what the roots read, directly or through other assumptions, and those that
/// something must be said of.
fn connected(pool: &Pool, roots: &[NodeId], assumed: &[Assumed]) -> Vec<NodeId> {
    let reads = |nodes: &[NodeId]| {
        let nodes = pool.reach(nodes.iter().copied(), |_| true);
        tests_of(pool, &nodes).flat_map(|(_, test)| attributes_of(test)).collect::<FxHashSet<AttributeId>>()
    };
    let mut left: Vec<(Assumed, FxHashSet<AttributeId>)> =
        assumed.iter().map(|&assumed| (assumed, reads(&[assumed.node]))).collect();
    if left.is_empty() {
        return Vec::new();
    }
    let mut known = reads(roots);
    let mut found = Vec::new();
    loop {
        let (near, far): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|(assumed, read)| assumed.is_pressing || !read.is_disjoint(&known));
        if near.is_empty() {
            return found;
        }
        for (assumed, attributes) in near {
            known.extend(attributes);
            found.push(assumed.node);
        }
        left = far;
    }
}

fn tests_of<'p>(pool: &'p Pool, nodes: &[NodeId]) -> impl Iterator<Item = (TestId, &'p Test)> {
    let test = move |&node: &NodeId| match pool.node(node) {
        Node::Test(test) => Some((*test, pool.test(*test))),
        _ => None,
    };
    nodes.iter().filter_map(test).collect::<Vec<_>>().into_iter()
}

fn reads(test: &Test, attribute: AttributeId) -> bool {
    attributes_of(test).contains(&attribute)
}

/// Where two attributes stand in a list that has both.
fn places(attributes: &[AttributeId], (one, other): (AttributeId, AttributeId)) -> Option<(usize, usize)> {
    let place = |wanted| attributes.iter().position(|&attribute| attribute == wanted);
    Some((place(one)?, place(other)?))
}

/// The attributes a test reads, each once.
pub(super) fn attributes_of(test: &Test) -> Vec<AttributeId> {
    let mut found = Vec::new();
    test.attributes(&mut |attribute| found.push(attribute));
    found.sort_unstable();
    found.dedup();
    found
}

/// Attributes that tests compare with each other, and the tests that read them.
type Together<'t> = (Vec<AttributeId>, Vec<(TestId, &'t Test)>);

/// Attributes that tests compare with each other, directly or through others, each with the tests that read them.
fn groups<'t>(
    tests: &[(TestId, &'t Test)],
    shared: &sets::Shared<'_>,
    twins: &[(AttributeId, AttributeId)],
) -> Vec<Together<'t>> {
    let mut leader: IndexMap<AttributeId, AttributeId> = IndexMap::new();
    for attribute in shared.scalars() {
        leader.insert(attribute, attribute);
    }
    let find = |leader: &IndexMap<AttributeId, AttributeId>, mut at: AttributeId| {
        while let Some(&next) = leader.get(&at).filter(|&&next| next != at) {
            at = next;
        }
        at
    };
    for (_, test) in tests {
        let read = attributes_of(test);
        for &attribute in &read {
            leader.entry(attribute).or_insert(attribute);
        }
        for pair in read.windows(2) {
            let (a, b) = (find(&leader, pair[0]), find(&leader, pair[1]));
            leader.insert(a.max(b), a.min(b));
        }
    }
    for &(one, other) in twins {
        if leader.contains_key(&one) || leader.contains_key(&other) {
            leader.entry(one).or_insert(one);
            leader.entry(other).or_insert(other);
            let (a, b) = (find(&leader, one), find(&leader, other));
            leader.insert(a.max(b), a.min(b));
        }
    }
    let mut groups: IndexMap<AttributeId, Together<'_>> = IndexMap::new();
    let mut all: Vec<AttributeId> = leader.keys().copied().collect();
    all.sort_unstable();
    for attribute in all {
        groups.entry(find(&leader, attribute)).or_default().0.push(attribute);
    }
    for &(id, test) in tests {
        if let Some(&first) = attributes_of(test).first()
            && let Some((_, own)) = groups.get_mut(&find(&leader, first))
        {
            own.push((id, test));
        }
    }
    groups.into_values().collect()
}
