//! What a host may hand over as the value of an attribute, before it is read as the attribute's type.

use serde_json::Value as Json;

/// A value from a host, or a statement about one.
///
/// Made from Rust's own types by `Into`, and from JSON, where `null` leaves the attribute out and `{"$": "unknown"}`,
/// `{"$": "absent"}` and `{"$": "set", "has": […], "may_have": […], "others": true}` say more than a value can.
#[derive(Clone, Debug, PartialEq)]
pub struct Input(pub(super) Given);

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Given {
    /// As if it had not been named.
    Omitted,
    Unknown,
    Absent,
    Value(Json),
    /// A binary floating-point number that JSON cannot write: not a number, or infinite.
    NotFinite(f64),
}

impl Given {
    /// Whether it says nothing.
    pub fn is_omitted(&self) -> bool {
        matches!(self, Self::Omitted | Self::Value(Json::Null))
    }
}

impl Input {
    /// Nobody knows the value. Unlike an attribute left out, no default steps in.
    pub fn unknown() -> Self {
        Self(Given::Unknown)
    }

    /// It is known that there is no value.
    pub fn absent() -> Self {
        Self(Given::Absent)
    }

    /// As if the attribute had not been named.
    pub fn omitted() -> Self {
        Self(Given::Omitted)
    }
}

impl From<Json> for Input {
    fn from(json: Json) -> Self {
        if json.is_null() { Self::omitted() } else { Self(Given::Value(json)) }
    }
}

impl From<f64> for Input {
    fn from(number: f64) -> Self {
        match serde_json::Number::from_f64(number) {
            Some(number) => Self(Given::Value(Json::Number(number))),
            None => Self(Given::NotFinite(number)),
        }
    }
}

impl From<f32> for Input {
    fn from(number: f32) -> Self {
        // the shortest spelling that is this f32, not that of the nearest f64
        Self::from(number.to_string().parse::<f64>().unwrap_or(f64::NAN))
    }
}

impl<T: Into<Input>> From<Option<T>> for Input {
    fn from(value: Option<T>) -> Self {
        value.map_or_else(Self::omitted, Into::into)
    }
}

macro_rules! from_json {
    ($($ty:ty),*) => {$(
        impl From<$ty> for Input {
            fn from(value: $ty) -> Self {
                Self(Given::Value(Json::from(value)))
            }
        }
    )*};
}

from_json!(bool, i8, i16, i32, i64, u8, u16, u32, u64, &str, String, Vec<String>, Vec<&str>, &[&str]);

impl From<&String> for Input {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl<const N: usize> From<[&str; N]> for Input {
    fn from(values: [&str; N]) -> Self {
        Self(Given::Value(Json::from(values.to_vec())))
    }
}

macro_rules! from_display {
    ($($ty:ty),*) => {$(
        impl From<$ty> for Input {
            fn from(value: $ty) -> Self {
                Self(Given::Value(Json::String(value.to_string())))
            }
        }
    )*};
}

from_display!(
    jiff::Timestamp,
    jiff::civil::Date,
    jiff::civil::Time,
    crate::model::Number,
    crate::model::Version,
    std::net::IpAddr,
    std::net::Ipv4Addr,
    std::net::Ipv6Addr
);
