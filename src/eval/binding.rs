//! Writing a context in place, value by value: the quick way of reading one.
//!
//! It knows the ordinary: attributes given once, values that can be read. Whatever else there is, a mistake above all, it
//! calls irregular and leaves to the builder, which has a word for everything.

use super::cells::{Attributes, Cell};
use super::given;
use super::input::Given;
use super::limits::NAME_BYTES;
use super::names::{FieldId, Names, Slot};
use super::vocabulary::Lexicon;
use super::{Context, Policy, approvals, assumptions};
use crate::compile::Tri;
use crate::model::{AttributeId, State};
use std::fmt;

/// Something that is left to the builder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Irregular;

impl fmt::Display for Irregular {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("irregular")
    }
}

impl std::error::Error for Irregular {}

impl serde::ser::Error for Irregular {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl serde::de::Error for Irregular {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// What stays from one context to the next.
#[derive(Debug)]
pub(super) struct Memory {
    pub names: Names,
    /// The name of the object that is being read, with those around it.
    pub path: String,
    /// Attributes whose cells may not be those of the blank context.
    touched: Attributes,
    /// Attributes named in the context being written.
    seen: Attributes,
    /// Those of them that are left out.
    omitted: Attributes,
    is_any_omitted: bool,
    /// By name that the policy does not know, the turn in which it came last.
    strangers: Vec<u64>,
    turn: u64,
    has_approvals: bool,
    passed_over: usize,
    /// Room for the values of assumptions.
    values: Vec<Tri>,
}

impl Memory {
    pub fn new(attributes: usize) -> Self {
        let none = Attributes::none(attributes);
        Self {
            names: Names::new(),
            path: String::new(),
            touched: none.clone(),
            seen: none.clone(),
            omitted: none,
            is_any_omitted: false,
            strangers: Vec::new(),
            turn: 0,
            has_approvals: false,
            passed_over: 0,
            values: Vec::new(),
        }
    }

    /// Whatever was written, `context` stands there now.
    pub fn replaced(&mut self, context: &Context) {
        self.touched.copy_from(&context.given);
    }
}

/// Where a value stands, which says its name.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// A field of a struct.
    Field(FieldId),
    /// The name is in [`Memory::path`].
    Path,
}

/// A context being written.
#[derive(Debug)]
pub(super) struct Binding<'b> {
    pub policy: &'b Policy,
    pub memory: &'b mut Memory,
    context: &'b mut Context,
    /// Whether a later value of an attribute replaces an earlier one.
    replaces: bool,
    /// Whether a name that the policy does not know is passed over.
    passes_over: bool,
}

impl<'b> Binding<'b> {
    /// Begins anew, in a context of the policy.
    pub fn begin(
        policy: &'b Policy,
        context: &'b mut Context,
        memory: &'b mut Memory,
        (replaces, is_lenient): (bool, bool),
    ) -> Self {
        // what an attempt that failed has written is still there
        memory.touched.absorb(&mut memory.seen);
        if std::mem::take(&mut memory.is_any_omitted) {
            memory.omitted.clear();
        }
        memory.turn += 1;
        (memory.has_approvals, memory.passed_over) = (false, 0);
        memory.path.clear();
        let passes_over = is_lenient || !policy.rule_set().catalogue.is_declared;
        Self { policy, memory, context, replaces, passes_over }
    }

    /// What the path stands for, whose last name begins at a byte.
    #[inline]
    pub fn find_path(&mut self, last: usize) -> Result<Slot, Irregular> {
        let Memory { names, path, .. } = &mut *self.memory;
        // within an object `$` would have changed what the object means
        if path.len() > NAME_BYTES || (last > 0 && path.get(last..) == Some("$")) {
            return Err(Irregular);
        }
        Ok(names.find(self.policy, path))
    }

    /// An object whose members have names of their own. It counts as named: given again, the one or the other would count.
    pub fn enter(&mut self, slot: Slot, place: Place) -> Result<(), Irregular> {
        match slot {
            Slot::Attribute(id) => self.omit(id),
            Slot::Stranger(number) => self.stranger(number, place, true),
            Slot::Approved | Slot::Odd => Err(Irregular),
        }
    }

    /// A text.
    #[inline]
    pub fn text(&mut self, slot: Slot, place: Place, text: &str) -> Result<(), Irregular> {
        if let Slot::Attribute(id) = slot {
            let lexicon = self.policy.vocabulary().lexicon(id);
            if let Some(code) = lexicon.text(text.as_bytes()) {
                return self.known(id, lexicon, code);
            }
        }
        self.other_text(slot, place, text)
    }

    /// A text that the vocabulary does not have.
    #[inline(never)]
    fn other_text(&mut self, slot: Slot, place: Place, text: &str) -> Result<(), Irregular> {
        match slot {
            Slot::Attribute(id) => self.read(id, text),
            // what is passed over is not kept
            Slot::Stranger(number) => self.stranger(number, place, false),
            Slot::Approved | Slot::Odd => self.value(slot, place, Given::Value(text.into())),
        }
    }

    /// A whole number.
    #[inline]
    pub fn number(&mut self, slot: Slot, place: Place, number: u64) -> Result<(), Irregular> {
        if let Slot::Attribute(id) = slot {
            let lexicon = self.policy.vocabulary().lexicon(id);
            if let Some(code) = lexicon.number(number) {
                return self.known(id, lexicon, code);
            }
        }
        self.value(slot, place, Given::Value(number.into()))
    }

    /// `true` or `false`.
    #[inline]
    pub fn flag(&mut self, slot: Slot, place: Place, flag: bool) -> Result<(), Irregular> {
        if let Slot::Attribute(id) = slot {
            let lexicon = self.policy.vocabulary().lexicon(id);
            if let Some(code) = lexicon.flag(flag) {
                return self.known(id, lexicon, code);
            }
        }
        self.value(slot, place, Given::Value(flag.into()))
    }

    /// Any value.
    pub fn value(&mut self, slot: Slot, place: Place, given: Given) -> Result<(), Irregular> {
        let catalogue = &self.policy.rule_set().catalogue;
        match slot {
            Slot::Attribute(id) => match given::read(catalogue, self.policy.vocabulary(), id, &given) {
                Ok(Some(cell)) => self.cell(id, cell),
                Ok(None) => self.omit(id),
                Err(_) => Err(Irregular),
            },
            Slot::Approved => match approvals::read(catalogue, &given) {
                (approvals, problems) if problems.is_empty() && !self.memory.has_approvals => {
                    self.memory.has_approvals = true;
                    self.context.approvals = approvals;
                    Ok(())
                }
                _ => Err(Irregular),
            },
            Slot::Stranger(number) => self.stranger(number, place, given.is_omitted()),
            Slot::Odd => Err(Irregular),
        }
    }

    #[inline]
    fn known(&mut self, id: AttributeId, lexicon: &Lexicon, code: u32) -> Result<(), Irregular> {
        self.name(id)?;
        self.context.put_known(self.policy, id, (lexicon, code));
        Ok(())
    }

    /// Notes that an attribute is named.
    #[inline]
    fn name(&mut self, id: AttributeId) -> Result<(), Irregular> {
        if self.memory.seen.insert(id) || self.replaces { Ok(()) } else { Err(Irregular) }
    }

    fn cell(&mut self, id: AttributeId, cell: Cell) -> Result<(), Irregular> {
        self.name(id)?;
        self.context.put(self.policy, id, cell);
        Ok(())
    }

    fn omit(&mut self, id: AttributeId) -> Result<(), Irregular> {
        if self.replaces {
            return Err(Irregular);
        }
        self.name(id)?;
        self.memory.omitted.insert(id);
        self.memory.is_any_omitted = true;
        Ok(())
    }

    fn read(&mut self, id: AttributeId, text: &str) -> Result<(), Irregular> {
        let catalogue = &self.policy.rule_set().catalogue;
        let value = given::read_text(catalogue, catalogue.attribute(id), text).map_err(|_| Irregular)?;
        self.cell(id, Cell::Own(State::Present(value)))
    }

    fn stranger(&mut self, number: u32, place: Place, is_omitted: bool) -> Result<(), Irregular> {
        let memory = &mut *self.memory;
        memory.strangers.resize(memory.names.strangers(), 0);
        let last = memory.strangers.get_mut(number as usize).ok_or(Irregular)?;
        if std::mem::replace(last, memory.turn) == memory.turn {
            return Err(Irregular);
        }
        if is_omitted {
            return Ok(());
        }
        if !self.passes_over {
            return Err(Irregular);
        }
        let name = match place {
            Place::Field(field) => memory.names.path(field),
            Place::Path => &memory.path,
        };
        let passed_over = &mut self.context.passed_over;
        if passed_over.get(memory.passed_over).is_none_or(|before| before != name) {
            passed_over.truncate(memory.passed_over);
            passed_over.push(name.to_owned());
        }
        memory.passed_over += 1;
        Ok(())
    }

    /// Everything has come: what was not given is as the catalogue says, and what needs several attributes is worked out.
    pub fn finish(self) -> Result<(), Irregular> {
        let Self { policy, memory, context, .. } = self;
        if memory.is_any_omitted {
            memory.touched.extend(&memory.omitted);
            memory.seen.except(&memory.omitted);
        }
        memory.touched.except(&memory.seen);
        for id in memory.touched.iter() {
            context.put_blank(policy, id);
        }
        memory.touched.copy_from(&memory.seen);
        context.given.copy_from(&memory.seen);
        if !memory.has_approvals {
            context.approvals.clear();
        }
        context.passed_over.truncate(memory.passed_over);
        context.unusable.clear();
        if assumptions::holds(policy, context, &mut memory.values) {
            context.settle(policy);
            return Ok(());
        }
        Err(Irregular)
    }
}
