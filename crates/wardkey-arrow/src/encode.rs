//! A column as its distinct values and, row by row, their numbers: what a batch of the policy takes.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowDictionaryKeyType, ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type,
    Decimal256Type, DecimalType, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType,
    DurationSecondType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, Time32MillisecondType,
    Time32SecondType, Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, BooleanArray, DictionaryArray, PrimitiveArray, downcast_dictionary_array};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field, TimeUnit};
use foldhash::fast::RandomState;
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::Value as Json;
use std::collections::HashMap;
use std::hash::Hash;
use wardkey::Dictionary;

/// In place of a number: null.
const NULL: u32 = Dictionary::OMITTED;
const NANOS: i64 = 1_000_000_000;

/// The distinct values of a column, as JSON has them, and for each row the number of one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Encoded {
    /// Each value once; of a dictionary, every entry.
    pub values: Vec<Json>,
    /// By row; [`Dictionary::OMITTED`] for a null.
    pub keys: Vec<u32>,
}

/// The metadata by which a text column says that it holds JSON, and its value.
pub const JSON: (&str, &str) = ("ARROW:extension:name", "arrow.json");

/// Whether values of a type can be those of an attribute.
pub(crate) fn is_supported(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => is_scalar(values),
        DataType::List(field) | DataType::LargeList(field) | DataType::FixedSizeList(field, _) => {
            is_supported(field.data_type()) && !is_list(field.data_type())
        }
        data_type => is_scalar(data_type),
    }
}

/// Whether values of a type are lists.
pub(crate) fn is_list(data_type: &DataType) -> bool {
    matches!(data_type, DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..))
}

fn is_scalar(data_type: &DataType) -> bool {
    use DataType as T;
    match data_type {
        T::Null | T::Boolean | T::Utf8 | T::LargeUtf8 | T::Utf8View | T::Float32 | T::Float64 => true,
        T::Date32 | T::Date64 | T::Time32(_) | T::Time64(_) | T::Timestamp(..) | T::Duration(_) => true,
        T::Decimal32(..) | T::Decimal64(..) | T::Decimal128(..) | T::Decimal256(..) => true,
        data_type => data_type.is_integer(),
    }
}

/// Finds the distinct values of a column. None: values of its type cannot be those of an attribute.
///
/// Cost: a search among the values found so far for each row; of a dictionary, a look for each row.
pub fn encode(field: &Field, array: &ArrayRef) -> Option<Encoded> {
    if !is_supported(array.data_type()) {
        return None;
    }
    let mut encoded = match array.data_type() {
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            lists(
                list.values(),
                |row| list.value_offsets().get(row).map(|&at| i64::from(at)),
                array.nulls(),
                array.len(),
            )
        }
        DataType::LargeList(_) => {
            let list = array.as_list::<i64>();
            lists(list.values(), |row| list.value_offsets().get(row).copied(), array.nulls(), array.len())
        }
        DataType::FixedSizeList(_, width) => {
            let offset = |row| Some(row as i64 * i64::from(*width));
            lists(array.as_fixed_size_list().values(), offset, array.nulls(), array.len())
        }
        DataType::Dictionary(..) => {
            let array = array.as_ref();
            downcast_dictionary_array! {
                array => dictionary(array),
                _ => return None
            }
        }
        _ => scalars(array),
    };
    if field.metadata().get(JSON.0).is_some_and(|name| name == JSON.1) {
        encoded.values.iter_mut().for_each(read_json);
    }
    Some(encoded)
}

/// A text that is JSON, as that; one that is not stays a text.
fn read_json(value: &mut Json) {
    if let Some(json) = value.as_str().and_then(|text| serde_json::from_str(text).ok()) {
        *value = json;
    }
}

fn scalars(array: &dyn Array) -> Encoded {
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    match array.data_type() {
        DataType::Boolean => flags(array.as_boolean()),
        DataType::Utf8 => distinct(array.as_string::<i32>().iter(), Json::from),
        DataType::LargeUtf8 => distinct(array.as_string::<i64>().iter(), Json::from),
        DataType::Utf8View => distinct(array.as_string_view().iter(), Json::from),
        DataType::Int8 => numbers::<Int8Type>(array),
        DataType::Int16 => numbers::<Int16Type>(array),
        DataType::Int32 => numbers::<Int32Type>(array),
        DataType::Int64 => numbers::<Int64Type>(array),
        DataType::UInt8 => numbers::<UInt8Type>(array),
        DataType::UInt16 => numbers::<UInt16Type>(array),
        DataType::UInt32 => numbers::<UInt32Type>(array),
        DataType::UInt64 => numbers::<UInt64Type>(array),
        DataType::Float32 => {
            let bits = array.as_primitive::<Float32Type>().iter().map(|number| number.map(f32::to_bits));
            // the shortest spelling that is this number, not that of the nearest longer one
            distinct(bits, |bits| fraction(f32::from_bits(bits).to_string().parse().unwrap_or(f64::NAN)))
        }
        DataType::Float64 => {
            let bits = array.as_primitive::<Float64Type>().iter().map(|number| number.map(f64::to_bits));
            distinct(bits, |bits| fraction(f64::from_bits(bits)))
        }
        DataType::Decimal32(_, scale) => decimals::<Decimal32Type>(array, *scale),
        DataType::Decimal64(_, scale) => decimals::<Decimal64Type>(array, *scale),
        DataType::Decimal128(_, scale) => decimals::<Decimal128Type>(array, *scale),
        DataType::Decimal256(_, scale) => decimals::<Decimal256Type>(array, *scale),
        DataType::Date32 => counted::<Date32Type>(array, |days| date(days).map(|date| date.to_string())),
        DataType::Date64 => {
            counted::<Date64Type>(array, |ms| date(ms.div_euclid(86_400_000)).map(|date| date.to_string()))
        }
        DataType::Time32(Second) => counted::<Time32SecondType>(array, |seconds| time(seconds, 1)),
        DataType::Time32(_) => counted::<Time32MillisecondType>(array, |ms| time(ms, 1_000)),
        DataType::Time64(Microsecond) => counted::<Time64MicrosecondType>(array, |us| time(us, 1_000_000)),
        DataType::Time64(_) => counted::<Time64NanosecondType>(array, |ns| time(ns, NANOS)),
        DataType::Timestamp(unit, zone) => {
            let is_instant = zone.is_some();
            match unit {
                Second => counted::<TimestampSecondType>(array, |n| instant(n, 1, is_instant)),
                Millisecond => counted::<TimestampMillisecondType>(array, |n| instant(n, 1_000, is_instant)),
                Microsecond => counted::<TimestampMicrosecondType>(array, |n| instant(n, 1_000_000, is_instant)),
                Nanosecond => counted::<TimestampNanosecondType>(array, |n| instant(n, NANOS, is_instant)),
            }
        }
        DataType::Duration(Second) => counted::<DurationSecondType>(array, |n| duration(n, 1)),
        DataType::Duration(Millisecond) => counted::<DurationMillisecondType>(array, |n| duration(n, 1_000)),
        DataType::Duration(Microsecond) => counted::<DurationMicrosecondType>(array, |n| duration(n, 1_000_000)),
        DataType::Duration(Nanosecond) => counted::<DurationNanosecondType>(array, |n| duration(n, NANOS)),
        _ => Encoded { values: Vec::new(), keys: vec![NULL; array.len()] },
    }
}

/// Numbers each value in the order in which it comes up.
fn distinct<K: Hash + Eq + Copy>(values: impl Iterator<Item = Option<K>>, read: impl Fn(K) -> Json) -> Encoded {
    let mut found: HashMap<K, u32, RandomState> = HashMap::default();
    let mut encoded = Encoded::default();
    // many columns come in runs
    let mut last = None;
    let keys = values.map(|value| {
        let Some(value) = value else { return NULL };
        if let Some((before, key)) = last
            && before == value
        {
            return key;
        }
        let key = *found.entry(value).or_insert_with(|| {
            encoded.values.push(read(value));
            encoded.values.len() as u32 - 1
        });
        last = Some((value, key));
        key
    });
    encoded.keys = keys.collect();
    encoded
}

fn flags(array: &BooleanArray) -> Encoded {
    let keys = array.iter().map(|flag| flag.map_or(NULL, u32::from)).collect();
    Encoded { values: vec![false.into(), true.into()], keys }
}

fn numbers<T: ArrowPrimitiveType<Native: Hash + Eq + Into<Json>>>(array: &dyn Array) -> Encoded {
    distinct(array.as_primitive::<T>().iter(), Into::into)
}

/// A number that JSON cannot write is told by its name, which no attribute takes.
fn fraction(number: f64) -> Json {
    serde_json::Number::from_f64(number).map_or_else(|| number.to_string().into(), Json::Number)
}

fn decimals<T: DecimalType<Native: Hash + Eq>>(array: &dyn Array, scale: i8) -> Encoded {
    let array: &PrimitiveArray<T> = array.as_primitive();
    distinct(array.iter(), |number| {
        let text = T::format_decimal(number, T::MAX_PRECISION, scale);
        // places without a digit are no part of the number
        let is_fraction = text.contains('.');
        if is_fraction { text.trim_end_matches('0').trim_end_matches('.').into() } else { text.into() }
    })
}

/// What is counted from some point on. What lies beyond the calendar is told by its number, which no attribute takes.
fn counted<T: ArrowPrimitiveType<Native: Hash + Eq + Into<i64>>>(
    array: &dyn Array,
    read: impl Fn(i64) -> Option<String>,
) -> Encoded {
    distinct(array.as_primitive::<T>().iter(), |count| {
        let count = count.into();
        read(count).unwrap_or_else(|| count.to_string()).into()
    })
}

fn date(days: i64) -> Option<Date> {
    Date::constant(1970, 1, 1).checked_add(SignedDuration::from_hours(days.checked_mul(24)?)).ok()
}

fn time(count: i64, per_second: i64) -> Option<String> {
    let nanos = count.checked_mul(NANOS / per_second).filter(|nanos| (0..86_400 * NANOS).contains(nanos))?;
    Some(Time::midnight().wrapping_add(nanos.nanoseconds()).to_string())
}

/// An instant, or what a clock on the wall shows: a host gives `now` without an offset in the policy's own time zone.
fn instant(count: i64, per_second: i64, is_instant: bool) -> Option<String> {
    let (seconds, rest) = (count.div_euclid(per_second), count.rem_euclid(per_second));
    let nanos = i32::try_from(rest * (NANOS / per_second)).ok()?;
    let instant = Timestamp::new(seconds, nanos).ok()?;
    Some(if is_instant { instant.to_string() } else { jiff::tz::Offset::UTC.to_datetime(instant).to_string() })
}

/// In seconds, the smallest unit that a policy has; none where there is a fraction of one.
fn duration(count: i64, per_second: i64) -> Option<String> {
    let length = SignedDuration::new(count / per_second, 0);
    (count % per_second == 0).then(|| format!("{}s", length.as_secs()))
}

fn dictionary<K: ArrowDictionaryKeyType>(array: &DictionaryArray<K>) -> Encoded {
    use arrow_buffer::ArrowNativeType;
    let entries = scalars(array.values().as_ref());
    // an entry may itself be null
    let key = |entry: K::Native| entries.keys.get(entry.as_usize()).copied().unwrap_or(NULL);
    let keys = array.keys().iter().map(|entry| entry.map_or(NULL, key)).collect();
    Encoded { values: entries.values, keys }
}

fn lists(
    elements: &ArrayRef,
    offset: impl Fn(usize) -> Option<i64>,
    nulls: Option<&NullBuffer>,
    rows: usize,
) -> Encoded {
    let field = Field::new("item", elements.data_type().clone(), true);
    let elements = encode(&field, elements).unwrap_or_default();
    let list = |row: usize| {
        if nulls.is_some_and(|nulls| nulls.is_null(row)) {
            return None;
        }
        let (first, end) = (usize::try_from(offset(row)?).ok()?, usize::try_from(offset(row + 1)?).ok()?);
        elements.keys.get(first..end)
    };
    let read = |keys: &[u32]| {
        let element = |&key: &u32| elements.values.get(key as usize).cloned().unwrap_or(Json::Null);
        Json::Array(keys.iter().map(element).collect())
    };
    distinct((0..rows).map(list), read)
}
