//! Turning a host's own types into JSON values without losing what JSON cannot say: a number that is none is an error, not
//! an attribute left out, and a short binary number keeps its short decimal spelling.

use serde::ser::{self, Serialize};
use serde_json::{Map, Value as Json};
use std::fmt;

/// A value as JSON. Errors: a number that is none, a key that is no text.
pub(super) fn to_json(value: &(impl Serialize + ?Sized)) -> Result<Json, Fault> {
    value.serialize(Writer)
}

/// Why a value cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault(String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}

impl ser::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

#[derive(Clone, Copy)]
struct Writer;

/// A list in the making, under the name of its variant if it has one.
pub(super) struct List(Option<&'static str>, Vec<Json>);

/// An object in the making, under the name of its variant if it has one.
struct Object {
    variant: Option<&'static str>,
    object: Map<String, Json>,
    key: String,
}

fn tagged(variant: Option<&'static str>, json: Json) -> Json {
    match variant {
        Some(variant) => Json::Object(std::iter::once((variant.to_owned(), json)).collect()),
        None => json,
    }
}

/// A whole number; as text where it is too long for JSON, and then read from the text.
fn whole<T: fmt::Display + Copy>(number: T) -> Json {
    let text = number.to_string();
    match (text.parse::<i64>(), text.parse::<u64>()) {
        (Ok(number), _) => Json::from(number),
        (_, Ok(number)) => Json::from(number),
        _ => Json::String(text),
    }
}

pub(super) fn list(variant: Option<&'static str>, length: Option<usize>) -> List {
    // the length is a hint of the host's: it reserves nothing large
    List(variant, Vec::with_capacity(length.unwrap_or_default().min(1024)))
}

fn object(variant: Option<&'static str>) -> Object {
    Object { variant, object: Map::new(), key: String::new() }
}

macro_rules! whole_numbers {
    ($($method:ident: $ty:ty),*) => {$(
        fn $method(self, number: $ty) -> Result<Json, Fault> {
            Ok(whole(number))
        }
    )*};
}

impl ser::Serializer for Writer {
    type Ok = Json;
    type Error = Fault;
    type SerializeSeq = List;
    type SerializeTuple = List;
    type SerializeTupleStruct = List;
    type SerializeTupleVariant = List;
    type SerializeMap = Object;
    type SerializeStruct = Object;
    type SerializeStructVariant = Object;

    whole_numbers!(
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128
    );

    fn serialize_bool(self, value: bool) -> Result<Json, Fault> {
        Ok(Json::Bool(value))
    }

    fn serialize_f32(self, number: f32) -> Result<Json, Fault> {
        // the shortest spelling that is this f32, not that of the nearest f64
        number.to_string().parse().map_err(ser::Error::custom).and_then(|number| self.serialize_f64(number))
    }

    fn serialize_f64(self, number: f64) -> Result<Json, Fault> {
        let json = serde_json::Number::from_f64(number).map(Json::Number);
        json.ok_or_else(|| Fault(format!("`{number}` is not a number that a policy can compare")))
    }

    fn serialize_char(self, character: char) -> Result<Json, Fault> {
        Ok(Json::String(character.to_string()))
    }

    fn serialize_str(self, text: &str) -> Result<Json, Fault> {
        Ok(Json::String(text.to_owned()))
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Json, Fault> {
        Err(Fault("bytes are not a value".to_owned()))
    }

    fn serialize_none(self) -> Result<Json, Fault> {
        Ok(Json::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Json, Fault> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Json, Fault> {
        Ok(Json::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Json, Fault> {
        Ok(Json::Null)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Json, Fault> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<Json, Fault> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Json, Fault> {
        Ok(tagged(Some(variant), value.serialize(self)?))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<List, Fault> {
        Ok(list(None, length))
    }

    fn serialize_tuple(self, length: usize) -> Result<List, Fault> {
        Ok(list(None, Some(length)))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<List, Fault> {
        Ok(list(None, Some(length)))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<List, Fault> {
        Ok(list(Some(variant), Some(length)))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Object, Fault> {
        Ok(object(None))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Object, Fault> {
        Ok(object(None))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Object, Fault> {
        Ok(object(Some(variant)))
    }
}

impl List {
    pub fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.1.push(value.serialize(Writer)?);
        Ok(())
    }

    pub fn finish(self) -> Result<Json, Fault> {
        Ok(tagged(self.0, Json::Array(self.1)))
    }
}

macro_rules! lists {
    ($($part:ident: $method:ident),*) => {$(
        impl ser::$part for List {
            type Ok = Json;
            type Error = Fault;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
                self.push(value)
            }

            fn end(self) -> Result<Json, Fault> {
                self.finish()
            }
        }
    )*};
}

lists!(
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field
);

impl ser::SerializeMap for Object {
    type Ok = Json;
    type Error = Fault;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Fault> {
        self.key = match key.serialize(Writer)? {
            Json::String(text) => text,
            Json::Number(number) => number.to_string(),
            Json::Bool(value) => value.to_string(),
            _ => return Err(Fault("a name of an attribute is not a text".to_owned())),
        };
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.object.insert(std::mem::take(&mut self.key), value.serialize(Writer)?);
        Ok(())
    }

    fn end(self) -> Result<Json, Fault> {
        Ok(tagged(self.variant, Json::Object(self.object)))
    }
}

macro_rules! objects {
    ($($part:ident),*) => {$(
        impl ser::$part for Object {
            type Ok = Json;
            type Error = Fault;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Fault> {
                self.object.insert(key.to_owned(), value.serialize(Writer)?);
                Ok(())
            }

            fn end(self) -> Result<Json, Fault> {
                Ok(tagged(self.variant, Json::Object(self.object)))
            }
        }
    )*};
}

objects!(SerializeStruct, SerializeStructVariant);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde::Serialize;
    use serde_json::json;

    #[derive(Serialize)]
    enum Shape {
        Unit,
        One(u8),
        Two(u8, u8),
        Named { a: u8 },
    }

    #[derive(Serialize)]
    struct Person {
        role: &'static str,
        age: Option<f32>,
        left: Option<u8>,
        shapes: Vec<Shape>,
        big: u128,
    }

    #[test]
    fn writes_what_serde_json_writes_but_exactly() {
        let shapes = vec![Shape::Unit, Shape::One(1), Shape::Two(1, 2), Shape::Named { a: 3 }];
        let person = Person { role: "Nurse", age: Some(0.1), left: None, shapes, big: u128::MAX };
        let expected = json!({
            "role": "Nurse", "age": 0.1, "left": null,
            "shapes": ["Unit", {"One": 1}, {"Two": [1, 2]}, {"Named": {"a": 3}}],
            "big": u128::MAX.to_string(),
        });
        assert_eq!(to_json(&person).unwrap(), expected);
        assert_eq!(to_json(&std::collections::BTreeMap::from([(1, true)])).unwrap(), json!({"1": true}));
    }

    #[test]
    fn a_number_that_is_none_is_an_error() {
        assert!(to_json(&[f64::NAN]).is_err());
        assert!(to_json(&f32::INFINITY).is_err());
    }
}
