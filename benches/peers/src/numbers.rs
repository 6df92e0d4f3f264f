//! Numbers as the tables and the plots show them.

/// A figure: 8.3, 23, 3,955, 12k, 1.7M.
pub fn short(value: f64) -> String {
    match value {
        value if value < 9.95 => format!("{value:.1}"),
        value if value < 9_999.5 => grouped(value.round() as u64),
        value if value < 999_500.0 => format!("{:.0}k", value / 1e3),
        value if value < 9.95e6 => format!("{:.1}M", value / 1e6),
        value => format!("{}M", grouped((value / 1e6).round() as u64)),
    }
}

/// A number of rules: 10, 1k, 100k, 1M.
pub fn size(size: usize) -> String {
    match size {
        size if size >= 1_000_000 && size.is_multiple_of(1_000_000) => format!("{}M", size / 1_000_000),
        size if size >= 1_000 && size.is_multiple_of(1_000) => format!("{}k", size / 1_000),
        size => size.to_string(),
    }
}

/// Thousands apart: 10,000.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let starts = |at: usize| at > 0 && (digits.len() - at).is_multiple_of(3);
    digits.chars().enumerate().fold(String::new(), |mut text, (at, digit)| {
        if starts(at) {
            text.push(',');
        }
        text.push(digit);
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        let shown = [8.34, 9.96, 23.4, 3_955.0, 9_999.6, 12_345.0, 999_600.0, 1_700_000.0, 327_000_000.0].map(short);
        assert_eq!(shown, ["8.3", "10", "23", "3,955", "10k", "12k", "1.0M", "1.7M", "327M"]);
    }

    #[test]
    fn sizes_are_shorter() {
        assert_eq!([10, 100, 1_000, 1_500, 100_000, 1_000_000].map(size), ["10", "100", "1k", "1500", "100k", "1M"]);
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
