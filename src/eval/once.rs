//! JSON in which no object says two things of one name. What `serde_json` makes of such text is the last of them, without a word.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value as Json};
use std::fmt;

/// A value read so. Errors: one name with two values, see [`name_of`], besides those of reading.
pub(super) struct Once(pub Json);

/// What an error begins with that is about one name with two values.
const TWICE: &str = "given twice: ";

/// The name that an error is about, if it is that one of its objects says two things of it.
pub(super) fn name_of(error: &serde_json::Error) -> Option<String> {
    let text = error.to_string();
    let name = text.strip_prefix(TWICE)?;
    let place = format!(" at line {} column {}", error.line(), error.column());
    Some(name.strip_suffix(&place).unwrap_or(name).to_owned())
}

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Json;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_unit<E>(self) -> Result<Json, E> {
                Ok(Json::Null)
            }

            fn visit_bool<E>(self, flag: bool) -> Result<Json, E> {
                Ok(Json::Bool(flag))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
                Ok(number.into())
            }

            fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
                Ok(number.into())
            }

            fn visit_f64<E>(self, number: f64) -> Result<Json, E> {
                Ok(Number::from_f64(number).map_or(Json::Null, Json::Number))
            }

            fn visit_str<E>(self, text: &str) -> Result<Json, E> {
                Ok(Json::String(text.to_owned()))
            }

            fn visit_string<E>(self, text: String) -> Result<Json, E> {
                Ok(Json::String(text))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
                let mut list = Vec::new();
                while let Some(Once(item)) = items.next_element()? {
                    list.push(item);
                }
                Ok(Json::Array(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
                let mut object = Map::new();
                while let Some((name, Once(value))) = members.next_entry::<String, Once>()? {
                    if object.get(&name).is_some_and(|before| *before != value) {
                        return Err(A::Error::custom(format!("{TWICE}{name}")));
                    }
                    object.insert(name, value);
                }
                Ok(Json::Object(object))
            }
        }

        deserializer.deserialize_any(Reader).map(Self)
    }
}
