//! A context bound again and again: what one was read with serves the next.

use super::binding::{Binding, Irregular, Memory, Place};
use super::limits::{ATTRIBUTES, JSON_BYTES};
use super::names::{MOST_LEARNED, Slot};
use super::{Context, ContextBuilder, Error, Policy, bind_json, bind_values};
use serde::Serialize;

/// Binds one context after another in the same place.
///
/// It does what a [`ContextBuilder`] does, with the same errors, and quicker: the names of a struct's fields and of a JSON
/// object's members are looked up once, values that the policy knows are found by their text, and in the long run nothing is
/// allocated for them. What is not ordinary, such as a mistake, goes through the builder.
///
/// It belongs to no policy: given another one, such as a newer version, it begins anew.
///
/// ```
/// use serde::Serialize;
/// use wardkey::{Outcome, Policy};
///
/// #[derive(Serialize)]
/// struct Person {
///     role: &'static str,
///     age: u32,
/// }
///
/// let policy = Policy::parse("role = Nurse and age >= 18 -> allow EHR")?;
/// let ehr = policy.entitlement("EHR")?;
/// let mut binder = policy.binder();
///
/// for (age, outcome) in [(17, Outcome::NotGranted), (18, Outcome::Allowed)] {
///     let context = binder.values(&policy, &Person { role: "Nurse", age })?;
///     assert_eq!(policy.outcome(context, ehr), outcome);
/// }
/// let context = binder.json(&policy, br#"{"role": "Nurse", "age": 40}"#)?;
/// assert!(policy.outcome(context, ehr).is_allowed());
/// let context = binder.pairs(&policy, [("role", "Nurse"), ("age", "40")])?;
/// assert!(policy.outcome(context, ehr).is_allowed());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Binder {
    context: Context,
    memory: Memory,
    is_lenient: bool,
}

impl Binder {
    pub(super) fn new(policy: &Policy) -> Self {
        let attributes = policy.rule_set().catalogue.attributes.len();
        Self { context: policy.blank().clone(), memory: Memory::new(attributes), is_lenient: false }
    }

    /// Passes over names that are not declared, and takes a value that cannot be read for unknown.
    #[must_use]
    pub fn lenient(mut self) -> Self {
        self.is_lenient = true;
        self
    }

    /// Binds names and values, all as text, such as those of a map of strings. A later value of the same attribute replaces
    /// an earlier one.
    ///
    /// Errors: those of [`ContextBuilder::build`].
    pub fn pairs<K, V, I>(&mut self, policy: &Policy, pairs: I) -> Result<&Context, Error>
    where
        K: AsRef<str>,
        V: AsRef<str>,
        I: IntoIterator<Item = (K, V)> + Clone,
    {
        let again = pairs.clone();
        let write = |binding: &mut Binding<'_>| {
            pairs.into_iter().try_for_each(|(name, text)| binding.pair(name.as_ref(), text.as_ref()))
        };
        self.bind(policy, true, write, |builder| {
            again.into_iter().fold(builder, |builder, (name, text)| builder.set(name.as_ref(), text.as_ref()))
        })
    }

    /// Binds anything that serialises to a map, such as a struct.
    ///
    /// Errors: those of [`ContextBuilder::build`].
    pub fn values(&mut self, policy: &Policy, values: &(impl Serialize + ?Sized)) -> Result<&Context, Error> {
        self.bind(policy, false, |binding| bind_values::write(binding, values), |builder| builder.values(values))
    }

    /// Binds a JSON object.
    ///
    /// Errors: those of [`ContextBuilder::build`].
    pub fn json(&mut self, policy: &Policy, text: impl AsRef<[u8]>) -> Result<&Context, Error> {
        let text = text.as_ref();
        let write = |binding: &mut Binding<'_>| {
            if text.len() > JSON_BYTES { Err(Irregular) } else { bind_json::write(binding, text) }
        };
        self.bind(policy, false, write, |builder| builder.json(text))
    }

    /// Writes the context in place, or leaves it to a builder.
    fn bind<'p>(
        &mut self,
        policy: &'p Policy,
        replaces: bool,
        write: impl FnOnce(&mut Binding<'_>) -> Result<(), Irregular>,
        build: impl FnOnce(ContextBuilder<'p>) -> ContextBuilder<'p>,
    ) -> Result<&Context, Error> {
        if !policy.is_of(&self.context) {
            *self = Self { is_lenient: self.is_lenient, ..Self::new(policy) };
        }
        // so many names that the builder must count them
        let is_ordinary = policy.rule_set().catalogue.attributes.len() + MOST_LEARNED < ATTRIBUTES;
        let mut binding = Binding::begin(policy, &mut self.context, &mut self.memory, (replaces, self.is_lenient));
        let is_bound = is_ordinary && write(&mut binding).and_then(|()| binding.finish()).is_ok();
        if !is_bound {
            self.rebuild(policy, build)?;
        }
        Ok(&self.context)
    }

    #[cold]
    fn rebuild<'p>(
        &mut self,
        policy: &'p Policy,
        build: impl FnOnce(ContextBuilder<'p>) -> ContextBuilder<'p>,
    ) -> Result<(), Error> {
        let builder = if self.is_lenient { policy.context().lenient() } else { policy.context() };
        self.context = build(builder).build()?;
        self.memory.replaced(&self.context);
        Ok(())
    }
}

impl Binding<'_> {
    #[inline]
    fn pair(&mut self, name: &str, text: &str) -> Result<(), Irregular> {
        let slot = self.memory.names.find(self.policy, name);
        if !matches!(slot, Slot::Attribute(_)) {
            self.memory.path.clear();
            self.memory.path.push_str(name);
        }
        self.text(slot, Place::Path, text)
    }
}
