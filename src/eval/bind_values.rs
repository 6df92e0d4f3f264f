//! Writing a context from whatever serialises to a map, without a tree in between.
//!
//! Scalars go to their attribute as they come. A list, which is the value of a set, is gathered first.

use super::binding::{Binding, Irregular, Place};
use super::input::Given;
use super::limits::DEPTH;
use super::names::{Field, LevelId, Names, Slot};
use super::serialise::{self, List};
use serde::ser::{self, Impossible, Serialize};

/// Writes a struct or a map. Errors: it is none, or it is irregular.
pub(super) fn write(binding: &mut Binding<'_>, values: &(impl Serialize + ?Sized)) -> Result<(), Irregular> {
    values.serialize(Outermost { binding })
}

/// What serialises to the whole context.
struct Outermost<'s, 'b> {
    binding: &'s mut Binding<'b>,
}

/// What serialises to the value of one name.
struct Value<'s, 'b> {
    binding: &'s mut Binding<'b>,
    slot: Slot,
    place: Place,
    depth: usize,
}

/// The fields of a struct.
struct Fields<'s, 'b> {
    binding: &'s mut Binding<'b>,
    level: LevelId,
    next: usize,
    depth: usize,
}

/// The entries of a map, or of a struct that stands in one: their names are read one by one.
struct Entries<'s, 'b> {
    binding: &'s mut Binding<'b>,
    /// Bytes of the path before it, and of that with which its names begin.
    before: usize,
    around: usize,
    depth: usize,
}

/// The name of an entry.
struct Key<'s>(&'s mut String);

/// The elements of a set.
struct Elements<'s, 'b> {
    value: Value<'s, 'b>,
    list: List,
}

/// A value that has no place here.
macro_rules! refuse {
    ($($method:ident: $($ty:ty),*;)*) => {$(
        fn $method(self, $(_: $ty),*) -> Result<(), Irregular> {
            Err(Irregular)
        }
    )*};
}

macro_rules! refuse_variants {
    () => {
        type SerializeTupleVariant = Impossible<(), Irregular>;
        type SerializeStructVariant = Impossible<(), Irregular>;

        fn serialize_newtype_variant<T: Serialize + ?Sized>(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
            _: &T,
        ) -> Result<(), Irregular> {
            Err(Irregular)
        }

        fn serialize_tuple_variant(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
            _: usize,
        ) -> Result<Self::SerializeTupleVariant, Irregular> {
            Err(Irregular)
        }

        fn serialize_struct_variant(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
            _: usize,
        ) -> Result<Self::SerializeStructVariant, Irregular> {
            Err(Irregular)
        }
    };
}

macro_rules! refuse_lists {
    () => {
        type SerializeSeq = Impossible<(), Irregular>;
        type SerializeTuple = Impossible<(), Irregular>;
        type SerializeTupleStruct = Impossible<(), Irregular>;

        fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Irregular> {
            Err(Irregular)
        }

        fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Irregular> {
            Err(Irregular)
        }

        fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Irregular> {
            Err(Irregular)
        }
    };
}

impl<'s, 'b> ser::Serializer for Outermost<'s, 'b> {
    type Ok = ();
    type Error = Irregular;
    type SerializeMap = Entries<'s, 'b>;
    type SerializeStruct = Fields<'s, 'b>;

    refuse! {
        serialize_bool: bool;
        serialize_i8: i8;
        serialize_i16: i16;
        serialize_i32: i32;
        serialize_i64: i64;
        serialize_u8: u8;
        serialize_u16: u16;
        serialize_u32: u32;
        serialize_u64: u64;
        serialize_f32: f32;
        serialize_f64: f64;
        serialize_char: char;
        serialize_str: &str;
        serialize_bytes: &[u8];
        serialize_none:;
        serialize_unit:;
        serialize_unit_struct: &'static str;
        serialize_unit_variant: &'static str, u32, &'static str;
    }
    refuse_lists!();
    refuse_variants!();

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Irregular> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Irregular> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_map(self, _: Option<usize>) -> Result<Entries<'s, 'b>, Irregular> {
        Ok(Entries { binding: self.binding, before: 0, around: 0, depth: 0 })
    }

    #[inline]
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields<'s, 'b>, Irregular> {
        Ok(Fields { binding: self.binding, level: Names::OUTERMOST, next: 0, depth: 0 })
    }
}

macro_rules! unsigned {
    ($($method:ident: $ty:ty),*) => {$(
        #[inline]
        fn $method(self, number: $ty) -> Result<(), Irregular> {
            self.binding.number(self.slot, self.place, number.into())
        }
    )*};
}

macro_rules! signed {
    ($($method:ident: $ty:ty),*) => {$(
        #[inline]
        fn $method(self, number: $ty) -> Result<(), Irregular> {
            match u64::try_from(number) {
                Ok(number) => self.binding.number(self.slot, self.place, number),
                Err(_) => self.whole(&number),
            }
        }
    )*};
}

impl<'s, 'b> Value<'s, 'b> {
    /// As the builder takes it.
    fn whole(self, value: &impl Serialize) -> Result<(), Irregular> {
        let json = serialise::to_json(value).map_err(|_| Irregular)?;
        self.binding.value(self.slot, self.place, Given::Value(json))
    }

    /// Begins an object whose members have names of their own, no deeper than may be.
    fn enter(&mut self) -> Result<(), Irregular> {
        if self.depth >= DEPTH { Err(Irregular) } else { self.binding.enter(self.slot, self.place) }
    }

    fn entries(mut self) -> Result<Entries<'s, 'b>, Irregular> {
        self.enter()?;
        let memory = &mut *self.binding.memory;
        let before = memory.path.len();
        if let Place::Field(field) = self.place {
            memory.path.push_str(memory.names.path(field));
        }
        memory.path.push('.');
        let around = memory.path.len();
        Ok(Entries { binding: self.binding, before, around, depth: self.depth + 1 })
    }

    fn elements(self, length: Option<usize>) -> Result<Elements<'s, 'b>, Irregular> {
        Ok(Elements { value: self, list: serialise::list(None, length) })
    }
}

/// The fields or entries within a value.
enum Inner<'s, 'b> {
    Fields(Fields<'s, 'b>),
    Entries(Entries<'s, 'b>),
}

impl<'s, 'b> ser::Serializer for Value<'s, 'b> {
    type Ok = ();
    type Error = Irregular;
    type SerializeSeq = Elements<'s, 'b>;
    type SerializeTuple = Elements<'s, 'b>;
    type SerializeTupleStruct = Elements<'s, 'b>;
    type SerializeMap = Entries<'s, 'b>;
    type SerializeStruct = Inner<'s, 'b>;

    unsigned!(serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64);
    signed!(serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64);
    refuse! { serialize_bytes: &[u8]; }
    refuse_variants!();

    #[inline]
    fn serialize_bool(self, value: bool) -> Result<(), Irregular> {
        self.binding.flag(self.slot, self.place, value)
    }

    #[inline]
    fn serialize_str(self, text: &str) -> Result<(), Irregular> {
        self.binding.text(self.slot, self.place, text)
    }

    fn serialize_i128(self, number: i128) -> Result<(), Irregular> {
        self.whole(&number)
    }

    fn serialize_u128(self, number: u128) -> Result<(), Irregular> {
        self.whole(&number)
    }

    fn serialize_f32(self, number: f32) -> Result<(), Irregular> {
        self.whole(&number)
    }

    fn serialize_f64(self, number: f64) -> Result<(), Irregular> {
        self.whole(&number)
    }

    fn serialize_char(self, character: char) -> Result<(), Irregular> {
        self.binding.text(self.slot, self.place, character.encode_utf8(&mut [0; 4]))
    }

    fn serialize_none(self) -> Result<(), Irregular> {
        self.binding.value(self.slot, self.place, Given::Omitted)
    }

    fn serialize_unit(self) -> Result<(), Irregular> {
        self.serialize_none()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Irregular> {
        self.serialize_none()
    }

    #[inline]
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Irregular> {
        self.serialize_str(variant)
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Irregular> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Irregular> {
        value.serialize(self)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Elements<'s, 'b>, Irregular> {
        self.elements(length)
    }

    fn serialize_tuple(self, length: usize) -> Result<Elements<'s, 'b>, Irregular> {
        self.elements(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Elements<'s, 'b>, Irregular> {
        self.elements(Some(length))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Entries<'s, 'b>, Irregular> {
        self.entries()
    }

    #[inline]
    fn serialize_struct(mut self, _: &'static str, _: usize) -> Result<Inner<'s, 'b>, Irregular> {
        let Place::Field(field) = self.place else { return self.entries().map(Inner::Entries) };
        self.enter()?;
        let level = self.binding.memory.names.within(field);
        Ok(Inner::Fields(Fields { binding: self.binding, level, next: 0, depth: self.depth + 1 }))
    }
}

impl Fields<'_, '_> {
    #[inline]
    fn field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Irregular> {
        match self.binding.memory.names.field(self.level, self.next, name) {
            Some(field) => self.value(field, value),
            None => self.unexpected(name, value),
        }
    }

    #[inline]
    fn value<T: Serialize + ?Sized>(&mut self, field: Field, value: &T) -> Result<(), Irregular> {
        self.next += 1;
        let (slot, place) = (field.slot, Place::Field(field.id));
        value.serialize(Value { binding: &mut *self.binding, slot, place, depth: self.depth })
    }

    /// The first time that a struct comes, and after fields that are left out.
    #[cold]
    fn unexpected<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Irregular> {
        let binding = &mut *self.binding;
        let (at, field) = binding.memory.names.search(binding.policy, self.level, self.next, name)?;
        self.next = at;
        self.value(field, value)
    }
}

impl Entries<'_, '_> {
    fn name<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Irregular> {
        self.binding.memory.path.truncate(self.around);
        key.serialize(Key(&mut self.binding.memory.path))
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Irregular> {
        let binding = &mut *self.binding;
        let slot = binding.find_path(self.around)?;
        value.serialize(Value { binding, slot, place: Place::Path, depth: self.depth })
    }

    fn close(self) {
        self.binding.memory.path.truncate(self.before);
    }
}

impl ser::SerializeMap for Entries<'_, '_> {
    type Ok = ();
    type Error = Irregular;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Irregular> {
        self.name(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Irregular> {
        self.value(value)
    }

    fn end(self) -> Result<(), Irregular> {
        self.close();
        Ok(())
    }
}

impl ser::SerializeStruct for Fields<'_, '_> {
    type Ok = ();
    type Error = Irregular;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Irregular> {
        self.field(name, value)
    }

    #[inline]
    fn end(self) -> Result<(), Irregular> {
        Ok(())
    }
}

impl ser::SerializeStruct for Inner<'_, '_> {
    type Ok = ();
    type Error = Irregular;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Irregular> {
        match self {
            Self::Fields(fields) => fields.field(name, value),
            Self::Entries(entries) => {
                entries.name(name)?;
                entries.value(value)
            }
        }
    }

    #[inline]
    fn end(self) -> Result<(), Irregular> {
        if let Self::Entries(entries) = self {
            entries.close();
        }
        Ok(())
    }
}

macro_rules! elements {
    ($($part:ident: $method:ident),*) => {$(
        impl ser::$part for Elements<'_, '_> {
            type Ok = ();
            type Error = Irregular;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Irregular> {
                self.list.push(value).map_err(|_| Irregular)
            }

            fn end(self) -> Result<(), Irregular> {
                let json = self.list.finish().map_err(|_| Irregular)?;
                let Value { binding, slot, place, .. } = self.value;
                binding.value(slot, place, Given::Value(json))
            }
        }
    )*};
}

elements!(SerializeSeq: serialize_element, SerializeTuple: serialize_element, SerializeTupleStruct: serialize_field);

impl ser::Serializer for Key<'_> {
    type Ok = ();
    type Error = Irregular;
    type SerializeMap = Impossible<(), Irregular>;
    type SerializeStruct = Impossible<(), Irregular>;

    // the builder knows what to make of a number
    refuse! {
        serialize_bool: bool;
        serialize_i8: i8;
        serialize_i16: i16;
        serialize_i32: i32;
        serialize_i64: i64;
        serialize_u8: u8;
        serialize_u16: u16;
        serialize_u32: u32;
        serialize_u64: u64;
        serialize_f32: f32;
        serialize_f64: f64;
        serialize_char: char;
        serialize_bytes: &[u8];
        serialize_none:;
        serialize_unit:;
        serialize_unit_struct: &'static str;
    }
    refuse_lists!();
    refuse_variants!();

    #[inline]
    fn serialize_str(self, text: &str) -> Result<(), Irregular> {
        self.0.push_str(text);
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Irregular> {
        self.serialize_str(variant)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, key: &T) -> Result<(), Irregular> {
        key.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, key: &T) -> Result<(), Irregular> {
        key.serialize(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Irregular> {
        Err(Irregular)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, Irregular> {
        Err(Irregular)
    }
}
