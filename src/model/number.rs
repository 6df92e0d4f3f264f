//! Exact decimals: an `i128` of billionths. Nine places, up to 10^29; anything finer or larger is refused where it is read.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Decimal places kept.
const PLACES: usize = 9;
/// 10^PLACES
const UNIT: i128 = 1_000_000_000;

/// An exact decimal number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Number(i128);

impl Number {
    /// From a whole number.
    pub fn from_whole(whole: i64) -> Self {
        Self(i128::from(whole) * UNIT)
    }

    /// Reads `-12`, `0.5`, `1_000` is refused, `1e3` and `1E-3` are read. At most nine decimal places after removal of
    /// trailing zeros and 29 digits before the point, else none.
    pub fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (negative, digits) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() || (fraction.is_empty() && digits.contains('.')) {
            return None;
        }
        if !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let all: String = format!("{whole}{fraction}");
        let significant = all.trim_end_matches('0');
        let trailing = all.len() - significant.len();
        // value = significant * 10^(trailing - fraction + exponent)
        let shift = i64::try_from(trailing).ok()? - i64::try_from(fraction.len()).ok()? + i64::from(exponent);
        let shift = shift + i64::try_from(PLACES).ok()?;
        let significant = significant.trim_start_matches('0');
        if significant.is_empty() {
            return Some(Self(0));
        }
        let value: i128 = significant.parse().ok()?;
        let scaled = value.checked_mul(10i128.checked_pow(u32::try_from(shift).ok()?)?)?;
        Some(Self(if negative { -scaled } else { scaled }))
    }

    /// In billionths.
    pub(crate) fn billionths(self) -> i128 {
        self.0
    }

    /// From billionths; none past what can be written.
    pub(crate) fn from_billionths(billionths: i128) -> Option<Self> {
        let limit = 10i128.pow(29 + 9);
        (-limit..=limit).contains(&billionths).then_some(Self(billionths))
    }

    /// Whether there is nothing behind the point.
    pub fn is_whole(self) -> bool {
        self.0 % UNIT == 0
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, fraction) = ((self.0 / UNIT).abs(), (self.0 % UNIT).abs());
        if fraction == 0 {
            return write!(f, "{sign}{whole}");
        }
        let digits = format!("{fraction:09}");
        write!(f, "{sign}{whole}.{}", digits.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints_exactly() {
        for (text, printed) in [
            ("0", "0"),
            ("-0.5", "-0.5"),
            ("1.10", "1.1"),
            ("1e3", "1000"),
            ("12.5e-2", "0.125"),
            ("123456789012345678.123456789", "123456789012345678.123456789"),
            ("0.1000000000", "0.1"),
        ] {
            assert_eq!(Number::parse(text).map(|n| n.to_string()).as_deref(), Some(printed), "{text}");
        }
        for text in ["", "-", ".5", "5.", "1_0", "0.1234567891", "1e40", "1e-10", "--1", "+1", "NaN"] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }

    #[test]
    fn has_the_order_of_numbers() {
        let numbers = ["-10", "-9.5", "0", "0.000000001", "9", "10"].map(Number::parse);
        assert!(numbers.is_sorted());
    }
}
