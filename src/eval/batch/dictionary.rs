//! The distinct values of a column, each read and placed once.

use super::tuples::{Conditions, alone};
use crate::compile::Index;
use crate::eval::cells::{Cell, Cells};
use crate::eval::context::Approval;
use crate::eval::error::{Problem, ProblemKind};
use crate::eval::facts::Facts;
use crate::eval::given::{self, APPROVED, Unreadable, known_name};
use crate::eval::vocabulary::Vocabulary;
use crate::eval::{Error, Input, Policy, approvals};
use crate::model::read::shown;
use crate::model::{AttributeId, State};

/// The distinct values of one attribute in a column of a [`Batch`](super::Batch). It may serve one batch after the other,
/// and grow between them.
///
/// ```
/// let policy = wardkey::PolicyFiles::new()
///     .catalogue("catalogue.yaml", "ward: 1\nattributes: {role: [Nurse, Sales]}\nentitlements: [EHR]")
///     .rules("rules.ward", "role = Nurse -> allow EHR")
///     .load()?;
/// let mut role = policy.dictionary("role")?;
/// assert_eq!((role.push("Nurse"), role.push("Sales")), (Ok(0), Ok(1)));
/// let problem = role.push("Nurze").unwrap_err();
/// assert!(problem.to_string().contains("did you mean `Nurse`?"));
/// assert!(policy.dictionary("rolle").unwrap_err().is_unknown_attribute());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Dictionary<'p> {
    policy: &'p Policy,
    name: String,
    of: Of,
    /// In each of these the first is what leaving the attribute out comes to; then the values. Of an attribute,
    cells: Vec<Cell>,
    /// or of approved requests.
    approvals: Vec<Vec<Approval>>,
    /// Values whose rows are refused, with the reason.
    refused: Vec<(u32, Problem)>,
    /// The slots that the attribute moves, and by value how far.
    slots: Vec<u32>,
    shifts: Vec<Vec<u32>>,
    /// The computed conditions that read this attribute alone.
    conditions: Conditions,
    /// Cells of which only this attribute's changes.
    scratch: Cells,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Attribute(AttributeId),
    Approved,
}

impl<'p> Dictionary<'p> {
    /// The number that stands for leaving the attribute out, as `null` does.
    pub const OMITTED: u32 = u32::MAX;

    pub(super) fn new(policy: &'p Policy, name: &str) -> Result<Self, Error> {
        let of = find(policy, name)?;
        let mut dictionary = Self {
            policy,
            name: name.to_owned(),
            of,
            cells: Vec::new(),
            approvals: Vec::new(),
            refused: Vec::new(),
            slots: Vec::new(),
            shifts: Vec::new(),
            conditions: Conditions::default(),
            scratch: Cells::default(),
        };
        match of {
            Of::Approved => dictionary.approvals.push(Vec::new()),
            Of::Attribute(id) => {
                dictionary.conditions = alone(policy, id);
                dictionary.scratch = policy.blank().cells.clone();
                dictionary.slots = slots(policy.index(), policy.vocabulary(), id, &dictionary.conditions);
                dictionary.shifts = vec![Vec::new(); dictionary.slots.len()];
                dictionary.add(id, policy.blank().cells.get(id));
            }
        }
        Ok(dictionary)
    }

    /// The attribute, as it was named.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The attribute whose values these are, however it was named; none: approved requests.
    pub fn attribute(&self) -> Option<AttributeId> {
        match self.of {
            Of::Attribute(id) => Some(id),
            Of::Approved => None,
        }
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.cells.len().max(self.approvals.len()) - 1
    }

    /// Whether there is no value yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets all values: the numbers begin anew.
    pub fn clear(&mut self) {
        self.cells.truncate(1);
        self.approvals.truncate(1);
        self.refused.clear();
        self.shifts.iter_mut().for_each(|shifts| shifts.truncate(1));
    }

    /// Adds a value and gives its number, one after the other from nought; one that says the attribute is left out gets
    /// [`Self::OMITTED`]. Errors: the value cannot be read as the attribute's type, or is none of its values.
    ///
    /// Cost: that of reading it, and of evaluating the computed conditions that read this attribute alone.
    pub fn push(&mut self, value: impl Into<Input>) -> Result<u32, Problem> {
        let given = value.into().0;
        let key = self.len() as u32;
        let catalogue = &self.policy.rule_set().catalogue;
        match self.of {
            Of::Approved => {
                let (approvals, mut problems) = approvals::read(catalogue, &given);
                // without a catalogue an entitlement is unknown as soon as its last rule is gone
                if catalogue.is_declared && !problems.is_empty() {
                    return Err(problems.swap_remove(0));
                }
                self.approvals.push(approvals);
            }
            Of::Attribute(id) => match given::read(catalogue, self.policy.vocabulary(), id, &given) {
                Ok(None) => return Ok(Self::OMITTED),
                Ok(Some(cell)) => self.add(id, cell),
                Err(Unreadable { message, help }) => {
                    let message = format!("{}: {message}", shown(&self.name));
                    return Err(Problem::new(ProblemKind::InvalidValue, Some(&self.name), message).help(help));
                }
            },
        }
        Ok(key)
    }

    /// Adds a value that cannot be used, such as one that [`Self::push`] did not take: rows that have it are refused.
    pub fn refuse(&mut self, problem: Problem) -> u32 {
        let key = self.len() as u32;
        match self.of {
            Of::Approved => self.approvals.push(Vec::new()),
            Of::Attribute(id) => self.add(id, Cell::Known(Vocabulary::UNKNOWN)),
        }
        self.refused.push((key, problem));
        key
    }

    fn add(&mut self, id: AttributeId, cell: Cell) {
        let amounts = self.amounts(id, &cell);
        self.shifts.iter_mut().zip(amounts).for_each(|(shifts, amount)| shifts.push(amount));
        self.cells.push(cell);
    }

    /// By slot, how far a value moves the row.
    fn amounts(&mut self, id: AttributeId, cell: &Cell) -> Vec<u32> {
        let (index, vocabulary) = (self.policy.index(), self.policy.vocabulary());
        let mut amounts = vec![0u32; self.slots.len()];
        let mut shift = |shift: Option<(u32, u32)>| {
            if let Some((slot, amount)) = shift
                && let Ok(at) = self.slots.binary_search(&slot)
            {
                amounts[at] = amounts[at].wrapping_add(amount);
            }
        };
        self.scratch.put(id, cell.clone());
        let facts = Facts::new(self.policy, &self.scratch);
        match cell {
            Cell::Known(code) => {
                vocabulary.classes(id, *code).for_each(|(input, class)| shift(index.shift(input, class)));
            }
            Cell::Own(_) => {
                for at in vocabulary.inputs(id) {
                    let (input, classes) = index.input(at);
                    shift(index.shift(at, classes.class(&facts.input(input))));
                }
            }
        }
        self.conditions.values(index, facts).for_each(|(computed, value)| shift(index.shift_of(computed, value)));
        amounts
    }

    pub(super) fn is_of(&self, policy: &Policy) -> bool {
        self.policy.stamp() == policy.stamp()
    }

    pub(super) fn of(&self) -> Of {
        self.of
    }

    /// The slots that the attribute moves.
    pub(super) fn slots(&self) -> &[u32] {
        &self.slots
    }

    /// How far each value moves a slot, by its position in [`Self::slots`]; the first is that of leaving it out.
    pub(super) fn shifts(&self, at: usize) -> &[u32] {
        &self.shifts[at]
    }

    /// What a number stands for; of an attribute.
    pub(super) fn cell(&self, key: u32) -> Option<&Cell> {
        self.cells.get(key.wrapping_add(1) as usize)
    }

    pub(super) fn state(&self, key: u32) -> &State {
        match (self.of, self.cell(key)) {
            (Of::Attribute(id), Some(Cell::Known(code))) => self.policy.vocabulary().state(id, *code),
            (Of::Attribute(_), Some(Cell::Own(state))) => state,
            _ => &State::Unknown,
        }
    }

    pub(super) fn approvals(&self, key: u32) -> &[Approval] {
        self.approvals.get(key.wrapping_add(1) as usize).map_or(&[], Vec::as_slice)
    }

    pub(super) fn may_refuse(&self) -> bool {
        !self.refused.is_empty()
    }

    /// Why rows with this value are refused, if they are.
    pub(super) fn refusal(&self, key: u32) -> Option<&Problem> {
        let at = self.refused.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        self.refused.get(at).map(|(_, problem)| problem)
    }
}

/// What a column of that name holds. Errors: there is no such attribute.
fn find(policy: &Policy, name: &str) -> Result<Of, Error> {
    let known = known_name(name);
    if known == APPROVED {
        return Ok(Of::Approved);
    }
    if let Some(at) = policy.rule_set().catalogue.attributes.get_index_of(&known) {
        return Ok(Of::Attribute(AttributeId::new(at)));
    }
    // the builder knows what to say, except where it would pass the name over
    policy.context().set(name, Input::unknown()).read()?;
    let problem = Problem::new(ProblemKind::UnknownAttribute, Some(name), format!("no rule reads {}", shown(name)));
    Err(Error::new(vec![problem.help(Some("leave the column out".to_owned()))]))
}

/// The slots that an attribute moves by itself, sorted.
fn slots(index: &Index, vocabulary: &Vocabulary, id: AttributeId, conditions: &Conditions) -> Vec<u32> {
    let of_inputs = vocabulary.inputs(id).filter_map(|input| index.shift(input, 0));
    let mut slots: Vec<u32> = of_inputs.map(|(slot, _)| slot).chain(conditions.slots(index)).collect();
    slots.sort_unstable();
    slots.dedup();
    slots
}
