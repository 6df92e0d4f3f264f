//! Writing a context from JSON text, without a tree in between.
//!
//! A list, and an object that says what is known (`{"$": …}`), is gathered first.

use super::binding::{Binding, Irregular, Place};
use super::input::Given;
use super::limits::DEPTH;
use super::names::Slot;
use serde::Deserialize;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json};
use std::fmt;

/// Writes a JSON object. Errors: the text is no JSON object, or it is irregular.
pub(super) fn write(binding: &mut Binding<'_>, text: &[u8]) -> Result<(), Irregular> {
    let mut json = serde_json::Deserializer::from_slice(text);
    json.deserialize_map(Members { binding }).map_err(|_| Irregular)?;
    json.end().map_err(|_| Irregular)
}

/// The members of the outermost object.
struct Members<'s, 'b> {
    binding: &'s mut Binding<'b>,
}

/// A name, put at the end of the path.
struct Name<'s>(&'s mut String);

/// The value of the name that is the path.
struct Value<'s, 'b> {
    binding: &'s mut Binding<'b>,
    slot: Slot,
    depth: usize,
}

impl<'de> Visitor<'de> for Members<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a value for each attribute")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while members.next_key_seed(Name(&mut self.binding.memory.path))?.is_some() {
            let slot = self.binding.find_path(0).map_err(A::Error::custom)?;
            members.next_value_seed(Value { binding: &mut *self.binding, slot, depth: 0 })?;
            self.binding.memory.path.clear();
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<(), E> {
        self.0.push_str(name);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Value<'_, '_> {
    fn give<E: Error>(self, json: Json) -> Result<(), E> {
        self.binding.value(self.slot, Place::Path, Given::Value(json)).map_err(E::custom)
    }
}

impl<'de> Visitor<'de> for Value<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<(), E> {
        self.binding.flag(self.slot, Place::Path, flag).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.binding.number(self.slot, Place::Path, number).map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.give(number.into())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.give(number.into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.binding.text(self.slot, Place::Path, text).map_err(E::custom)
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.give(Json::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        let json = Json::deserialize(SeqAccessDeserializer::new(list))?;
        self.give(json)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let Self { binding, slot, depth } = self;
        let before = binding.memory.path.len();
        let mut is_first = true;
        loop {
            binding.memory.path.push('.');
            if members.next_key_seed(Name(&mut binding.memory.path))?.is_none() {
                break;
            }
            if is_first && binding.memory.path.get(before..) == Some(".$") {
                binding.memory.path.truncate(before);
                let stated = gather(members)?;
                return Self { binding, slot, depth }.give(stated);
            }
            let inner = binding.find_path(before + 1).map_err(A::Error::custom)?;
            members.next_value_seed(Value { binding: &mut *binding, slot: inner, depth: depth + 1 })?;
            binding.memory.path.truncate(before);
            is_first = false;
        }
        binding.memory.path.truncate(before);
        if depth >= DEPTH {
            return Err(A::Error::custom(Irregular));
        }
        binding.enter(slot, Place::Path).map_err(A::Error::custom)
    }
}

/// The object of which the name `$` has been read.
fn gather<'de, A: MapAccess<'de>>(mut members: A) -> Result<Json, A::Error> {
    let mut object = Map::new();
    object.insert("$".to_owned(), members.next_value()?);
    while let Some((name, json)) = members.next_entry()? {
        object.insert(name, json);
    }
    Ok(Json::Object(object))
}
