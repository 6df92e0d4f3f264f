//! Which attribute a host means by a name: looked up once, remembered for the next context.
//!
//! The fields of a `Serialize` struct come in one order, so each is found again by its position. Other names are found in
//! the policy's vocabulary, or among those learned here: another spelling, or a name that the policy does not know. What is
//! learned has a limit, since names may come from strangers.

use super::Policy;
use super::binding::Irregular;
use super::given::{APPROVED, known_name};
use super::limits::NAME_BYTES;
use crate::model::AttributeId;
use indexmap::IndexSet;
use rustc_hash::{FxBuildHasher, FxHashMap};

/// Names that are learned; what comes after is left to the builder.
pub(super) const MOST_LEARNED: usize = 1_024;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    Attribute(AttributeId),
    /// The approved requests.
    Approved,
    /// A name that the policy does not know, by its number; spellings of one name have one number.
    Stranger(u32),
    /// A name about which only the builder can say something.
    Odd,
}

/// A field of a struct: where its name is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FieldId(u32);

/// A field of a struct, as it was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    name: &'static str,
    pub id: FieldId,
    pub slot: Slot,
}

/// What is seldom asked of a field.
#[derive(Debug)]
struct Details {
    /// Its name with those of the fields around it.
    path: Box<str>,
    /// The fields within.
    inner: Option<LevelId>,
}

/// The fields of one struct, or of a struct within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LevelId(u32);

/// Everything learned of the names that one host uses.
#[derive(Debug)]
pub(super) struct Names {
    learned: FxHashMap<Box<str>, Slot>,
    strangers: IndexSet<String, FxBuildHasher>,
    details: Vec<Details>,
    /// By level, its fields in the order in which they first came.
    levels: Vec<Vec<Field>>,
}

impl Names {
    /// The fields of the outermost struct.
    pub const OUTERMOST: LevelId = LevelId(0);

    pub fn new() -> Self {
        Self { learned: FxHashMap::default(), strangers: IndexSet::default(), details: vec![], levels: vec![vec![]] }
    }

    /// What a name stands for.
    #[inline]
    pub fn find(&mut self, policy: &Policy, name: &str) -> Slot {
        match policy.vocabulary().attribute(name.as_bytes()) {
            Some(attribute) => Slot::Attribute(attribute),
            None => self.find_learned(policy, name),
        }
    }

    fn find_learned(&mut self, policy: &Policy, name: &str) -> Slot {
        if let Some(slot) = self.learned.get(name) {
            return *slot;
        }
        if name.len() > NAME_BYTES {
            return Slot::Odd;
        }
        let known = known_name(name);
        let slot = match policy.rule_set().catalogue.attributes.get_index_of(&known) {
            _ if known == APPROVED => Slot::Approved,
            Some(at) => Slot::Attribute(AttributeId::new(at)),
            // these follow from `now`
            None if matches!(known.as_str(), "time" | "date" | "weekday") => Slot::Odd,
            None if self.learned.len() >= MOST_LEARNED => Slot::Odd,
            None => Slot::Stranger(self.strangers.insert_full(known).0 as u32),
        };
        if self.learned.len() < MOST_LEARNED {
            self.learned.insert(name.into(), slot);
        }
        slot
    }

    /// How many names the policy does not know.
    pub fn strangers(&self) -> usize {
        self.strangers.len()
    }

    /// The field at a position of its level, if that is its name.
    #[inline]
    pub fn field(&self, level: LevelId, expected: usize, name: &'static str) -> Option<Field> {
        let field = self.levels.get(level.0 as usize)?.get(expected)?;
        std::ptr::eq(field.name, name).then_some(*field)
    }

    /// The field of a name that is not where it was expected, and its position.
    ///
    /// Errors: within a struct the name changes what the struct means.
    pub fn search(
        &mut self,
        policy: &Policy,
        level: LevelId,
        expected: usize,
        name: &'static str,
    ) -> Result<(usize, Field), Irregular> {
        if level != Self::OUTERMOST && name == "$" {
            return Err(Irregular);
        }
        let fields = self.levels.get(level.0 as usize).map_or(&[][..], Vec::as_slice);
        // fields that are left out come again further on
        let mut around = (expected..fields.len()).chain(0..expected.min(fields.len()));
        if let Some(at) = around.find(|&at| fields[at].name == name) {
            return Ok((at, fields[at]));
        }
        let at = fields.len();
        let path: Box<str> = match self.details.iter().find(|field| field.inner == Some(level)) {
            Some(around) => format!("{}.{name}", around.path).into(),
            None => name.into(),
        };
        if path.len() > NAME_BYTES {
            return Err(Irregular);
        }
        let field = Field { name, id: FieldId(self.details.len() as u32), slot: self.find(policy, &path) };
        self.details.push(Details { path, inner: None });
        if let Some(level) = self.levels.get_mut(level.0 as usize) {
            level.push(field);
        }
        Ok((at, field))
    }

    /// The whole name of a field.
    pub fn path(&self, id: FieldId) -> &str {
        &self.details[id.0 as usize].path
    }

    /// The fields within a field.
    pub fn within(&mut self, id: FieldId) -> LevelId {
        let next = LevelId(self.levels.len() as u32);
        let inner = &mut self.details[id.0 as usize].inner;
        if inner.is_none() {
            self.levels.push(Vec::new());
        }
        *inner.get_or_insert(next)
    }
}
