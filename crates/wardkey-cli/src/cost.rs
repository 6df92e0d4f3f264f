//! Costs as a catalogue states them: `95 USD/month`. They are added up only where currency and period are the same.

use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// Decimals that are kept.
const DECIMALS: usize = 6;
/// Parts of one.
const ONE: i128 = 1_000_000;

/// What a cost is counted in.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub(crate) struct Unit {
    /// `USD`
    pub currency: String,
    /// `month`; empty: once.
    pub per: String,
}

/// A cost.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Cost {
    /// In millionths.
    amount: i128,
    unit: Unit,
}

impl Cost {
    /// Reads `95 USD/month`, `4.50 EUR per year`, `USD 1200`. None where the number, its currency or its period is not clear:
    /// a comma may mean a thousand or a tenth.
    pub fn read(text: &str) -> Option<Self> {
        let (price, per) = match text.split_once('/') {
            Some((price, per)) => (price, per),
            None => text.split_once(" per ").unwrap_or((text, "")),
        };
        let price = price.trim();
        let is_number = |character: char| character.is_ascii_digit() || character == '.';
        let (number, currency) = if price.starts_with(is_number) {
            price.split_at(price.find(|character| !is_number(character)).unwrap_or(price.len()))
        } else {
            let (currency, number) = price.split_at(price.find(is_number)?);
            (number, currency)
        };
        let (currency, per) = (currency.trim(), per.trim());
        let is_currency = !currency.is_empty()
            && currency.chars().count() <= 4
            && currency.chars().all(|it| it.is_alphabetic() || "$€£¥₹".contains(it));
        if !is_currency || (text.contains('/') && per.is_empty()) {
            return None;
        }
        let unit = Unit { currency: currency.to_uppercase(), per: per.to_lowercase() };
        Some(Self { amount: amount(number.trim())?, unit })
    }
}

/// A decimal number in millionths.
fn amount(text: &str) -> Option<i128> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 15 || part.len() > DECIMALS || !is_plain(whole) || !is_plain(part) {
        return None;
    }
    let part: i128 = format!("{part:0<DECIMALS$}").parse().ok()?;
    Some(whole.parse::<i128>().ok()? * ONE + part)
}

/// Differences of cost, one for each currency and period.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Costs(BTreeMap<Unit, i128>);

impl Costs {
    /// Adds so many times a cost.
    pub fn add(&mut self, cost: &Cost, times: i128) {
        *self.0.entry(cost.unit.clone()).or_default() += cost.amount * times;
    }

    /// Adds others.
    pub fn add_all(&mut self, others: &Self) {
        others.0.iter().for_each(|(unit, amount)| *self.0.entry(unit.clone()).or_default() += amount);
    }

    /// Those that are not nought, as a signed number and its unit.
    pub fn list(&self) -> Vec<(String, &Unit)> {
        let written = |(unit, &amount)| (written(amount), unit);
        self.0.iter().filter(|(_, amount)| **amount != 0).map(written).collect()
    }
}

fn written(amount: i128) -> String {
    let sign = if amount < 0 { "-" } else { "+" };
    let (whole, part) = (amount.abs() / ONE, amount.abs() % ONE);
    let part = format!("{part:0DECIMALS$}");
    match part.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        // as prices are written
        part => format!("{sign}{whole}.{part:0<2}"),
    }
}

impl fmt::Display for Costs {
    /// `+855 USD/month, -20 EUR`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = |(amount, unit): (String, &Unit)| match unit.per.is_empty() {
            true => format!("{amount} {}", unit.currency),
            false => format!("{amount} {}/{}", unit.currency, unit.per),
        };
        f.write_str(&self.list().into_iter().map(one).collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn times(text: &str, times: i128) -> String {
        let mut costs = Costs::default();
        costs.add(&Cost::read(text).unwrap(), times);
        costs.to_string()
    }

    #[test]
    fn costs_are_read_and_multiplied_exactly() {
        assert_eq!(times("95 USD/month", 9), "+855 USD/month");
        assert_eq!(times("4.50 eur per Year", -3), "-13.50 EUR/year");
        assert_eq!(times("USD 1200", 1), "+1200 USD");
        assert_eq!(times("€0.1/day", 3), "+0.30 €/day");
        assert_eq!(times("0.000001 USD/call", 1), "+0.000001 USD/call");
        assert_eq!(times("95 USD/month", 0), "");
    }

    #[test]
    fn what_is_not_clear_is_not_read() {
        for text in ["", "95", "about 5 USD", "1,200 USD", "5 USD/", "5-6 USD", "1.2.3 USD", "dear", "1.1234567 USD"] {
            assert_eq!(Cost::read(text), None, "{text}");
        }
    }

    #[test]
    fn only_equal_units_are_added_up() {
        let mut costs = Costs::default();
        for (text, times) in [("5 USD/month", 1), ("5 USD / Month", 1), ("5 USD/year", 1), ("2 EUR", -1)] {
            costs.add(&Cost::read(text).unwrap(), times);
        }
        assert_eq!(costs.to_string(), "-2 EUR, +10 USD/month, +5 USD/year");
    }
}
