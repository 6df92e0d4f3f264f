//! The names that rules compare with, each kept once: a large policy says `role = Nurse` a thousand times.

use crate::model::Name;
use std::collections::HashMap;

/// Names by what was written. Those compared exactly are others than those that are not.
#[derive(Default)]
pub(super) struct Spellings {
    folded: HashMap<Box<str>, Name>,
    exact: HashMap<Box<str>, Name>,
}

impl Spellings {
    /// The name that a text stands for; texts alike share it.
    pub fn name(&mut self, text: &str, is_exact: bool) -> Name {
        let known = if is_exact { &mut self.exact } else { &mut self.folded };
        if let Some(name) = known.get(text) {
            return name.clone();
        }
        let name = if is_exact { Name::exact(text) } else { Name::new(text) };
        known.insert(text.into(), name.clone());
        name
    }
}
