//! A context that has been read: what is known of each attribute, in the form the compiled policy looks up.

use super::ContextBuilder;
use super::builder::Read;
use super::cells::{Attributes, Cell, Cells};
use super::error::ProblemKind;
use super::facts::Facts;
use super::given::known_name;
use super::input::Given;
use super::vocabulary::Lexicon;
use super::{Error, Input, Policy, Problem, assumptions, given, tests};
use crate::compile::Placement;
use crate::model::{AttributeId, EntitlementId, NOW, Omitted, State, Value};
use jiff::Timestamp;
use serde_json::Value as Json;

/// A situation to decide about. Owned, checked against its policy when built, shareable between threads.
///
/// It belongs to the policy that built it: any other denies it everything.
///
/// ```
/// use wardkey::Policy;
///
/// let policy = Policy::parse("role = Nurse -> allow EHR")?;
/// // without a catalogue, what no rule reads is passed over
/// let context = policy.context().set("role", "Nurse").set("shoe_size", 42).build()?;
/// assert_eq!(context.passed_over(), ["shoe_size"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Context {
    pub(super) stamp: u64,
    pub(super) cells: Cells,
    /// The attributes that were given; the others are as the catalogue says.
    pub(super) given: Attributes,
    /// Where the cells stand in the compiled policy.
    pub(super) placement: Placement,
    pub(super) approvals: Vec<Approval>,
    pub(super) passed_over: Vec<String>,
    pub(super) unusable: Vec<Problem>,
}

impl Clone for Context {
    fn clone(&self) -> Self {
        let Self { stamp, cells, given, placement, approvals, passed_over, unusable } = self;
        Self {
            stamp: *stamp,
            cells: cells.clone(),
            given: given.clone(),
            placement: placement.clone(),
            approvals: approvals.clone(),
            passed_over: passed_over.clone(),
            unusable: unusable.clone(),
        }
    }

    /// In the place of another context; of the same policy nothing is allocated in the ordinary case.
    fn clone_from(&mut self, source: &Self) {
        let Self { stamp, cells, given, placement, approvals, passed_over, unusable } = source;
        self.stamp = *stamp;
        self.cells.clone_from(cells);
        self.given.clone_from(given);
        self.placement.clone_from(placement);
        self.approvals.clone_from(approvals);
        self.passed_over.clone_from(passed_over);
        self.unusable.clone_from(unusable);
    }
}

/// An approved request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Approval {
    /// Sorted; each covers what lies below it.
    pub covers: Vec<EntitlementId>,
    /// The first instant at which it no longer counts.
    pub until: Option<Timestamp>,
}

/// One thing that becomes different.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    /// What is known of an attribute; none: it is left out.
    Attribute(AttributeId, Option<Cell>),
    /// What was approved.
    Approvals(Vec<Approval>),
}

impl Context {
    /// A context in which nothing is given, all conditions evaluated.
    pub(super) fn blank(policy: &Policy) -> Self {
        let attributes = &policy.rule_set().catalogue.attributes;
        let mut context =
            Self { placement: policy.index().blank(), ..Self::unplaced(policy.stamp(), attributes.len()) };
        for (at, attribute) in attributes.values().enumerate() {
            let id = AttributeId::new(at);
            let state = match &attribute.omitted {
                Omitted::Unknown => State::Unknown,
                Omitted::Absent => State::Absent,
                Omitted::Default(value) => State::Present(value.clone()),
            };
            let code = policy.vocabulary().code(id, &state);
            context.cells.put(id, code.map_or(Cell::Own(state), Cell::Known));
            context.place(policy, id);
        }
        context.settle(policy);
        context
    }

    /// A context without a place in the compiled policy.
    pub(super) fn unplaced(stamp: u64, attributes: usize) -> Self {
        Self {
            stamp,
            cells: Cells::unknown(attributes),
            given: Attributes::none(attributes),
            placement: Placement::default(),
            approvals: Vec::new(),
            passed_over: Vec::new(),
            unusable: Vec::new(),
        }
    }

    /// Where it stands in the compiled policy.
    pub(super) fn placement(&self) -> &Placement {
        &self.placement
    }

    /// Names that the policy does not know and that were passed over.
    pub fn passed_over(&self) -> &[String] {
        &self.passed_over
    }

    /// What could not be read and was taken for unknown, since the context was built leniently.
    pub fn unusable(&self) -> &[Problem] {
        &self.unusable
    }

    /// What is known of an attribute. `policy` is the one that built the context; to any other it says nothing.
    pub fn state<'s>(&'s self, policy: &'s Policy, attribute: AttributeId) -> &'s State {
        if self.stamp == policy.stamp() { self.cells.state(policy.vocabulary(), attribute) } else { &State::Unknown }
    }

    /// What is known of each attribute, in the catalogue's order; see [`Self::state`].
    pub fn states<'s>(&'s self, policy: &'s Policy) -> impl ExactSizeIterator<Item = &'s State> {
        let all = 0..policy.rule_set().catalogue.attributes.len();
        all.map(|at| self.state(policy, AttributeId::new(at)))
    }

    /// The attributes that were not given: each is unknown, absent or has its default, as the catalogue says. Of a context of
    /// another policy: none.
    ///
    /// ```
    /// let policy = wardkey::Policy::parse("role = Nurse and floor = 4 -> allow EHR").unwrap();
    /// let context = policy.context().set("role", "Nurse").build().unwrap();
    /// let attributes = &policy.rule_set().catalogue;
    /// let left_out: Vec<&str> = context.left_out(&policy).map(|id| attributes.attribute(id).name.as_str()).collect();
    /// assert_eq!(left_out, ["now", "floor"]);
    /// ```
    pub fn left_out(&self, policy: &Policy) -> impl Iterator<Item = AttributeId> {
        let all = 0..policy.rule_set().catalogue.attributes.len();
        let is_ours = policy.is_of(self);
        all.map(AttributeId::new).filter(move |&id| is_ours && !self.given.contains(id))
    }

    /// The instant of the context, if it is known.
    pub fn now(&self) -> Option<Timestamp> {
        // an instant is never of the vocabulary
        match self.cells.own(NOW) {
            Some(State::Present(Value::DateTime(now))) => Some(*now),
            _ => None,
        }
    }

    /// Whether an attribute was left out and has the catalogue's value instead.
    pub(super) fn is_default(&self, policy: &Policy, attribute: AttributeId) -> bool {
        let attributes = &policy.rule_set().catalogue.attributes;
        let declared = attributes.get_index(attribute.index()).map(|(_, attribute)| &attribute.omitted);
        matches!(declared, Some(Omitted::Default(_))) && !self.given.contains(attribute)
    }

    /// Changes one attribute in place; [`Input::omitted`] leaves it out, and `approved` is changed like any other. On an
    /// error nothing has changed.
    ///
    /// Errors: those of [`ContextBuilder::build`](ContextBuilder::build); the context is another policy's.
    /// Cost: that of reading the value, and of evaluating the computed conditions that read the attribute.
    ///
    /// ```
    /// use wardkey::{Outcome, Policy};
    ///
    /// let policy = Policy::parse("role = Nurse -> allow EHR\nnetwork = guest -> deny EHR")?;
    /// let ehr = policy.entitlement("EHR")?;
    /// let mut context = policy.context().set("role", "Nurse").set("network", "office").build()?;
    /// assert_eq!(policy.outcome(&context, ehr), Outcome::Allowed);
    /// context.change(&policy, "network", "guest")?;
    /// assert_eq!(policy.outcome(&context, ehr), Outcome::Denied);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn change(&mut self, policy: &Policy, name: &str, value: impl Into<Input>) -> Result<(), Error> {
        self.check_owner(policy)?;
        let read = Change::read(policy, name, &value.into())?;
        self.replace(policy, || vec![known_name(name)], read)
    }

    /// Changes several attributes at once in place, given in any way that a context is built: what is not named stays as it is. On an
    /// error nothing has changed.
    ///
    /// Errors, cost: those of [`Self::change`] for each.
    pub fn update<'p>(
        &mut self,
        policy: &'p Policy,
        give: impl FnOnce(ContextBuilder<'p>) -> ContextBuilder<'p>,
    ) -> Result<(), Error> {
        self.check_owner(policy)?;
        let builder = give(policy.context());
        let names: Vec<String> = builder.names().map(str::to_owned).collect();
        self.replace(policy, || names, builder.read()?)
    }

    fn check_owner(&self, policy: &Policy) -> Result<(), Error> {
        if self.stamp == policy.stamp() {
            return Ok(());
        }
        let problem = Problem::new(ProblemKind::OtherPolicy, None, "the context was built by another policy");
        Err(Error::new(vec![problem.help(Some("build it again".to_owned()))]))
    }

    /// Takes what was read of some names, which are as names are compared.
    fn replace(&mut self, policy: &Policy, names: impl FnOnce() -> Vec<String>, read: Read) -> Result<(), Error> {
        let Read { changes, passed_over, unusable } = read;
        self.apply(policy, changes)?;
        self.note(names, passed_over, unusable);
        Ok(())
    }

    /// What was passed over or unusable of some names, in place of what was before.
    pub(super) fn note(
        &mut self,
        names: impl FnOnce() -> Vec<String>,
        passed_over: Vec<String>,
        unusable: Vec<Problem>,
    ) {
        if [&self.passed_over, &passed_over].iter().all(|names| names.is_empty())
            && [&self.unusable, &unusable].iter().all(|problems| problems.is_empty())
        {
            return;
        }
        let names = names();
        let is_other = |name: &str| {
            let name = known_name(name);
            let is_of =
                |known: &String| name.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
            !names.iter().any(is_of)
        };
        self.passed_over.retain(|name| is_other(name));
        self.unusable.retain(|problem| problem.attribute.as_deref().is_none_or(is_other));
        self.passed_over.extend(passed_over);
        self.unusable.extend(unusable);
    }

    /// Changes a context of the policy; returns the changes that take these back, to be applied in the opposite order.
    /// Errors: it would contradict an assumption; then nothing has changed.
    pub(super) fn apply(&mut self, policy: &Policy, changes: Vec<Change>) -> Result<Vec<Change>, Error> {
        let undo: Vec<Change> = changes.into_iter().map(|change| self.set(policy, change)).collect();
        if let Err(error) = assumptions::check(policy, self) {
            undo.into_iter().rev().for_each(|change| _ = self.set(policy, change));
            return Err(error);
        }
        for change in &undo {
            if let Change::Attribute(id, _) = change
                && policy.index().computes_from(*id)
            {
                let facts = Facts::new(policy, &self.cells);
                policy.index().evaluate_for(&mut self.placement, *id, |test| tests::value(&facts, test));
            }
        }
        Ok(undo)
    }

    /// Changes one thing, without looking at assumptions and without evaluating conditions: for that see [`Self::settle`].
    /// Returns the change that takes it back.
    pub(super) fn set(&mut self, policy: &Policy, change: Change) -> Change {
        match change {
            Change::Approvals(approvals) => Change::Approvals(std::mem::replace(&mut self.approvals, approvals)),
            Change::Attribute(id, cell) => {
                let before = self.given.contains(id).then(|| self.cells.get(id));
                match cell {
                    Some(cell) => {
                        self.given.insert(id);
                        self.put(policy, id, cell);
                    }
                    None => {
                        self.given.remove(id);
                        self.put_blank(policy, id);
                    }
                }
                Change::Attribute(id, before)
            }
        }
    }

    /// Puts a known state of an attribute, without noting that it is given.
    #[inline]
    pub(super) fn put_known(&mut self, policy: &Policy, id: AttributeId, (lexicon, code): (&Lexicon, u32)) {
        self.cells.put_code(id, code);
        let index = policy.index();
        lexicon.classes(code).for_each(|(at, class)| index.put(&mut self.placement, at, class));
    }

    /// Puts what is known of an attribute, without noting that it is given.
    pub(super) fn put(&mut self, policy: &Policy, id: AttributeId, cell: Cell) {
        self.cells.put(id, cell);
        self.place(policy, id);
    }

    /// Puts what an attribute has when it is not given.
    pub(super) fn put_blank(&mut self, policy: &Policy, id: AttributeId) {
        self.put(policy, id, policy.blank().cells.get(id));
    }

    /// Puts the inputs that an attribute feeds into their classes.
    fn place(&mut self, policy: &Policy, id: AttributeId) {
        let (index, vocabulary) = (policy.index(), policy.vocabulary());
        if let Some(code) = self.cells.code(id) {
            vocabulary.classes(id, code).for_each(|(input, class)| index.put(&mut self.placement, input, class));
        } else if id == NOW {
            let facts = Facts::new(policy, &self.cells);
            for at in vocabulary.inputs(id) {
                let (input, classes) = index.input(at);
                index.put(&mut self.placement, at, classes.class(&facts.input(input)));
            }
        } else {
            let state = self.cells.state(vocabulary, id);
            for at in vocabulary.inputs(id) {
                index.put(&mut self.placement, at, index.input(at).1.class(state));
            }
        }
    }

    /// Works out every condition that is no function of one attribute.
    #[inline]
    pub(super) fn settle(&mut self, policy: &Policy) {
        if !policy.index().evaluates() {
            return;
        }
        let facts = Facts::new(policy, &self.cells);
        policy.index().evaluate(&mut self.placement, |test| tests::value(&facts, test));
    }
}

impl Change {
    /// What giving a value comes to. Errors: those of the builder; assumptions are not looked at.
    pub fn read(policy: &Policy, name: &str, input: &Input) -> Result<Read, Error> {
        // an object may set several attributes, and whatever cannot be read is explained there
        let is_one = !matches!(input.0, Given::Value(Json::Object(_)));
        if let Some(id) = policy.vocabulary().attribute(name.as_bytes()).filter(|_| is_one)
            && let Ok(cell) = given::read(&policy.rule_set().catalogue, policy.vocabulary(), id, &input.0)
        {
            return Ok(Read { changes: vec![Self::Attribute(id, cell)], ..Read::default() });
        }
        policy.context().set(name, input.clone()).read()
    }
}

impl Approval {
    /// Whether it counts at an instant; one with an end does not where the instant is unknown.
    pub fn holds(&self, now: Option<Timestamp>) -> bool {
        self.until.is_none_or(|until| now.is_some_and(|now| now < until))
    }
}
