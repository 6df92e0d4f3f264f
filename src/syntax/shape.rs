//! What an unquoted value is, by its shape alone: `90d`, `07:00`, `2026-01-05`, `10.4.0.0/16`, `17.2.0`, or a word.
//!
//! The expected type has the last word later, so the spelling is kept. Here is refused only what no type could take, with what
//! was likely meant.

use super::ast::Shape;
use super::chars::is_letter;
use super::words::{has_word_form, in_quotes};
use std::net::{Ipv4Addr, Ipv6Addr};

/// What a run of value characters is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Reading {
    /// A value that is no name.
    Literal(Shape),
    /// A word, perhaps dotted.
    Word,
    /// Neither.
    Wrong(Wrong),
}

/// A run that is no value of any type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Wrong {
    /// What is wrong with it, after the run itself: "is no time of day".
    pub problem: String,
    /// What can be written, each a help line.
    pub help: Vec<String>,
    /// The likeliest replacement.
    pub replacement: Option<String>,
}

impl Wrong {
    fn because(problem: impl Into<String>) -> Reading {
        Reading::Wrong(Self { problem: problem.into(), help: Vec::new(), replacement: None })
    }

    fn with(problem: impl Into<String>, help: &str, replacement: String) -> Reading {
        let help = vec![format!("{help}: `{replacement}`")];
        Reading::Wrong(Self { problem: problem.into(), help, replacement: Some(replacement) })
    }
}

/// Reads a run of value characters.
pub(super) fn read(text: &str) -> Reading {
    if is_plain_word(text) {
        return Reading::Word;
    }
    let readers = [number, duration, measure, clock, date, date_time, day_first, range, network, address, version];
    readers.into_iter().find_map(|reader| reader(text)).unwrap_or_else(|| word(text))
}

/// Whether a text is a word by its letters alone: what is a value has a digit first, or a sign in it. Most are.
fn is_plain_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The shape of a text that is known to be well formed.
pub(super) fn shape(text: &str) -> Option<Shape> {
    match read(text) {
        Reading::Literal(shape) => Some(shape),
        _ => None,
    }
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn literal(shape: Shape) -> Option<Reading> {
    Some(Reading::Literal(shape))
}

fn is_decimal(text: &str) -> bool {
    match text.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(text),
    }
}

fn number(text: &str) -> Option<Reading> {
    let unsigned = text.strip_suffix('%').unwrap_or(text);
    if is_decimal(unsigned.strip_prefix('-').unwrap_or(unsigned)) {
        return literal(Shape::Number);
    }
    if let Some(rest) = unsigned.strip_prefix('+').filter(|rest| is_decimal(rest)) {
        let plain = format!("{rest}{}", if text.ends_with('%') { "%" } else { "" });
        return Some(Wrong::with("has a plus sign", "write it without", plain));
    }
    let plain = text.replace('_', "");
    (text.contains('_') && is_decimal(&plain)).then(|| Wrong::with("is no number", "write the digits together", plain))
}

/// `80.5kg`, `-5C`: what no word could be; `80kg` is one, and is read by its type.
fn measure(text: &str) -> Option<Reading> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let amount = unsigned.trim_end_matches(is_letter);
    let is_no_word = text.starts_with('-') || amount.contains('.');
    (is_no_word && is_decimal(amount) && amount.len() < unsigned.len()).then_some(Reading::Literal(Shape::Number))
}

/// Splits `90d` into `90` and `d`.
fn duration_parts(text: &str) -> Option<(&str, &str)> {
    let unit = text.trim_start_matches(|character: char| character.is_ascii_digit() || character == '.');
    let amount = text.get(..text.len() - unit.len())?;
    (!amount.is_empty() && matches!(unit, "s" | "min" | "h" | "d" | "w")).then_some((amount, unit))
}

fn duration(text: &str) -> Option<Reading> {
    let (amount, unit) = duration_parts(text)?;
    if digits(amount) {
        return literal(Shape::Duration);
    }
    if !is_decimal(amount) {
        return None;
    }
    let smaller = match unit {
        "w" => "`36h` instead of `1.5d`, `10d` instead of `1.5w`",
        "d" => "`36h` instead of `1.5d`",
        "h" => "`90min` instead of `1.5h`",
        _ => "`90s` instead of `1.5min`",
    };
    let mut wrong =
        Wrong { problem: "is no duration: durations are whole".into(), help: Vec::new(), replacement: None };
    wrong.help.push(format!("take the next smaller unit: {smaller}"));
    Some(Reading::Wrong(wrong))
}

/// Hour, minute and second of `H:MM`, `HH:MM`, `HH:MM:SS`; not yet checked for sense.
fn clock_parts(text: &str) -> Option<Vec<u32>> {
    let parts: Vec<&str> = text.split(':').collect();
    let fits = matches!(parts.len(), 2 | 3) && parts.iter().all(|part| digits(part) && part.len() <= 2);
    if !fits {
        return None;
    }
    parts.iter().map(|part| part.parse().ok()).collect()
}

fn clock(text: &str) -> Option<Reading> {
    let lower = text.to_ascii_lowercase();
    let (digits, half) = match (lower.strip_suffix("am"), lower.strip_suffix("pm")) {
        (Some(rest), _) => (rest, Some(0)),
        (_, Some(rest)) => (rest, Some(12)),
        _ => (text, None),
    };
    let parts = match (half, digits.contains(':')) {
        (Some(_), false) if !digits.is_empty() && digits.len() <= 2 => vec![digits.parse().ok()?, 0],
        _ => clock_parts(digits)?,
    };
    let [mut hour, minute, ..] = parts[..] else { return None };
    let second = parts.get(2).copied().unwrap_or(0);
    if let Some(shift) = half.filter(|_| (1..=12).contains(&hour)) {
        hour = hour % 12 + shift;
    }
    let canonical = match parts.len() {
        2 => format!("{hour:02}:{minute:02}"),
        _ => format!("{hour:02}:{minute:02}:{second:02}"),
    };
    if hour > 24 || minute > 59 || second > 59 || (hour == 24 && (minute, second) != (0, 0)) {
        return Some(Wrong::because("is no time of day: they run from `00:00` to `24:00`"));
    }
    if canonical == text {
        return literal(Shape::Time);
    }
    Some(Wrong::with("is no time of day", "hours and minutes have two digits, hours run to 24", canonical))
}

/// Year, month and day of a date written with `separator`, not yet checked for sense.
fn date_parts(text: &str, separator: char) -> Option<(i16, i8, i8)> {
    let parts: Vec<&str> = text.split(separator).collect();
    let [year, month, day] = parts[..] else { return None };
    let fits = year.len() == 4 && (1..=2).contains(&month.len()) && (1..=2).contains(&day.len());
    if !fits || !parts.iter().all(|part| digits(part)) {
        return None;
    }
    Some((year.parse().ok()?, month.parse().ok()?, day.parse().ok()?))
}

fn impossible_date(year: i16, month: i8, day: i8) -> Option<String> {
    if jiff::civil::Date::new(year, month, day).is_ok() && year > 0 {
        return None;
    }
    if !(1..=12).contains(&month) {
        return Some(format!("is no date: there is no month {month}"));
    }
    let last = jiff::civil::Date::new(year, month, 1).map_or(31, |first| first.days_in_month());
    Some(format!("is no date: that month has {last} days"))
}

fn date(text: &str) -> Option<Reading> {
    let (year, month, day) =
        date_parts(text, '-').or_else(|| date_parts(text, '/')).or_else(|| date_parts(text, '.'))?;
    if let Some(problem) = impossible_date(year, month, day) {
        return Some(Wrong::because(problem));
    }
    let canonical = format!("{year:04}-{month:02}-{day:02}");
    if canonical == text {
        return literal(Shape::Date);
    }
    Some(Wrong::with("is no date", "dates are written year-month-day, with two digits each", canonical))
}

fn date_time(text: &str) -> Option<Reading> {
    let (day, rest) = text.split_once(['T', 't'])?;
    let (year, month, day_of_month) = date_parts(day, '-')?;
    let zone_at = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at_checked(zone_at)?;
    if let Some(problem) = impossible_date(year, month, day_of_month) {
        return Some(Wrong::because(problem));
    }
    let clock = clock
        .split_once('.')
        .filter(|(_, fraction)| digits(fraction) && fraction.len() <= 9)
        .map_or(clock, |(clock, _)| clock);
    let is_clock = clock.len() >= 5 && !clock.starts_with("24") && self::clock(clock) == literal(Shape::Time);
    let is_zone = zone.is_empty() || zone == "Z" || is_offset(zone);
    if is_clock && is_zone && day.len() == 10 && text.contains('T') {
        return literal(Shape::DateTime);
    }
    let mut wrong = Wrong { problem: "is no date with a time".into(), help: Vec::new(), replacement: None };
    wrong.help.push("write it like `2026-01-05T07:00+01:00`".into());
    Some(Reading::Wrong(wrong))
}

fn is_offset(zone: &str) -> bool {
    let Some(clock) = zone.strip_prefix(['+', '-']) else { return false };
    clock.len() == 5
        && clock_parts(clock).is_some_and(|parts| matches!(parts[..], [hour, minute] if hour < 24 && minute < 60))
}

/// `05.01.2026`, `1/5/2026`: nobody can tell the day from the month.
fn day_first(text: &str) -> Option<Reading> {
    let separator = ['/', '.', '-'].into_iter().find(|&sign| text.matches(sign).count() == 2)?;
    let parts: Vec<&str> = text.split(separator).collect();
    let [first, second, year] = parts[..] else { return None };
    let short = |part: &str| digits(part) && part.len() <= 2;
    let padded = separator != '.' || first.starts_with('0') || second.starts_with('0');
    if !(short(first) && short(second) && digits(year) && year.len() == 4 && padded) {
        return None;
    }
    let mut wrong = Wrong { problem: "is no date".into(), help: Vec::new(), replacement: None };
    wrong.help.push(format!(
        "dates are written year-month-day: `{year}-{second:0>2}-{first:0>2}` or `{year}-{first:0>2}-{second:0>2}`"
    ));
    Some(Reading::Wrong(wrong))
}

/// `18-65`, `07:00-19:00`: two values of one shape joined by a hyphen.
fn range(text: &str) -> Option<Reading> {
    let halves = text.match_indices('-').filter_map(|(at, _)| Some((text.get(..at)?, text.get(at + 1..)?)));
    let ends = |low: &str, high: &str| -> Option<Shape> {
        let shape = match low.is_empty() || high.is_empty() || high.starts_with('-') {
            true => return None,
            false => [number, clock, date, address].into_iter().find_map(|reader| match reader(low) {
                Some(Reading::Literal(shape)) if reader(high) == Some(Reading::Literal(shape)) => Some(shape),
                _ => None,
            })?,
        };
        Some(shape)
    };
    let (low, high, shape) = halves.into_iter().find_map(|(low, high)| Some((low, high, ends(low, high)?)))?;
    if shape == Shape::Number && text.contains('.') {
        return None;
    }
    let (ranged, quoted) = (format!("{low}..{high}"), in_quotes(text));
    let is_range = shape != Shape::Number || low.len() == high.len();
    let mut help = vec![
        format!("a range is written `{ranged}`"),
        format!("a name without a letter is written in quotes: `{quoted}`"),
    ];
    if !is_range {
        help.reverse();
    }
    let replacement = Some(if is_range { ranged } else { quoted });
    Some(Reading::Wrong(Wrong { problem: "is neither a number nor a name".into(), help, replacement }))
}

fn network(text: &str) -> Option<Reading> {
    let (host, prefix) = text.split_once('/')?;
    let is_v4 = host.parse::<Ipv4Addr>().is_ok();
    if !is_v4 && host.parse::<Ipv6Addr>().is_err() {
        return None;
    }
    if !digits(prefix) || (prefix.len() > 1 && prefix.starts_with('0')) {
        return Some(Wrong::because("is no network: after `/` stands the number of bits"));
    }
    match text.parse::<ipnet::IpNet>() {
        Err(_) => {
            Some(Wrong::because(format!("is no network: after `/` stands at most {}", if is_v4 { 32 } else { 128 })))
        }
        Ok(network) if network.trunc() != network => {
            let trunc = network.trunc().to_string();
            Some(Wrong::with("is no network: it has bits set after its prefix", "the network is", trunc))
        }
        Ok(_) => literal(Shape::Address),
    }
}

fn address(text: &str) -> Option<Reading> {
    if text.parse::<Ipv4Addr>().is_ok() || text.parse::<Ipv6Addr>().is_ok() {
        return literal(Shape::Address);
    }
    if text.contains("::") || text.matches(':').count() == 7 {
        return Some(Wrong::because("is no address"));
    }
    None
}

/// `17.2`, `17.2.0`, `2.0.0-rc.1`, `1.2.3+build`: two to four numbers, then perhaps a pre-release and a build.
fn version_parts(text: &str) -> Option<Vec<&str>> {
    let core = text.split(['-', '+']).next()?;
    let rest = text.get(core.len()..)?;
    let parts: Vec<&str> = core.split('.').collect();
    let is_core = (2..=4).contains(&parts.len()) && parts.iter().all(|part| digits(part));
    let plain = |text: &str| {
        text.split(['.', '-', '+']).all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric()))
    };
    let is_rest = rest.is_empty() || rest.get(1..).is_some_and(plain);
    (is_core && is_rest && rest.matches('+').count() <= 1).then_some(parts)
}

fn version(text: &str) -> Option<Reading> {
    if let Some(rest) = text.strip_prefix(['v', 'V']).filter(|rest| rest.contains('.') && version_parts(rest).is_some())
    {
        return Some(Wrong::with("is no version", "versions are written without `v`", rest.to_owned()));
    }
    let parts = version_parts(text)?;
    if parts.iter().any(|part| part.len() > 1 && part.starts_with('0')) {
        let what = if parts.len() == 4 { "is no address or version" } else { "is no version" };
        return Some(Wrong::because(format!("{what}: a part begins with `0`")));
    }
    literal(Shape::Version)
}

fn word(text: &str) -> Reading {
    let is_path =
        has_word_form(text) && (!text.contains('.') || text.starts_with(|first| is_letter(first) || first == '_'));
    if is_path {
        return Reading::Word;
    }
    let problem =
        if text.chars().any(is_letter) { "is neither a value nor a name" } else { "is neither a number nor a name" };
    Wrong::with(problem, "if it is a name or a text, write it in quotes", in_quotes(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replacement(text: &str) -> Option<String> {
        match read(text) {
            Reading::Wrong(wrong) => wrong.replacement,
            other => Some(format!("{text} is {other:?}")),
        }
    }

    #[test]
    fn shapes_by_example() {
        for (text, expected) in [
            ("5", Shape::Number),
            ("-5", Shape::Number),
            ("1.5", Shape::Number),
            ("17.2", Shape::Number),
            ("20%", Shape::Number),
            ("90d", Shape::Duration),
            ("15min", Shape::Duration),
            ("07:00", Shape::Time),
            ("24:00", Shape::Time),
            ("07:00:30", Shape::Time),
            ("2026-01-05", Shape::Date),
            ("2024-02-29", Shape::Date),
            ("2026-01-05T07:00", Shape::DateTime),
            ("2026-01-05T07:00Z", Shape::DateTime),
            ("2026-01-05T07:00:30.5-06:00", Shape::DateTime),
            ("10.4.0.1", Shape::Address),
            ("10.4.0.0/16", Shape::Address),
            ("fe80::1", Shape::Address),
            ("::1", Shape::Address),
            ("fe80::/10", Shape::Address),
            ("::ffff:10.4.0.1", Shape::Address),
            ("17.2.0", Shape::Version),
            ("2.0.0-rc.1", Shape::Version),
            ("2.0.0-rc.1+build.5", Shape::Version),
        ] {
            assert_eq!(read(text), Reading::Literal(expected), "{text}");
        }
    }

    #[test]
    fn words_stay_words() {
        for text in ["4W", "80kg", "Sales", "user.ward", "in-patient", "_x", "1h30min", "device.4", "90D", "2026-Q1"] {
            assert_eq!(read(text), Reading::Word, "{text}");
        }
    }

    #[test]
    fn misshapen_values_get_what_was_meant() {
        for (text, expected) in [
            ("18-65", Some("18..65")),
            ("555-1234", Some("\"555-1234\"")),
            ("2026-1-5", Some("2026-01-05")),
            ("2026/01/05", Some("2026-01-05")),
            ("07:00-19:00", Some("07:00..19:00")),
            ("7:00", Some("07:00")),
            ("7:30pm", Some("19:30")),
            ("7pm", Some("19:00")),
            ("12am", Some("00:00")),
            ("25:10", None),
            ("24:30", None),
            ("07:60", None),
            ("2026-02-30", None),
            ("2026-13-01", None),
            ("05.01.2026", None),
            ("1/5/2026", None),
            ("2026-01-05T25:00", None),
            ("2026-01-05T07:00+1:00", None),
            ("10.4.0.1/16", Some("10.4.0.0/16")),
            ("10.4.0.0/40", None),
            ("10.04.0.1", None),
            ("fe80::1::2", None),
            ("v17.2", Some("17.2")),
            ("V2.0.0-rc.1", Some("2.0.0-rc.1")),
            ("1.5h", None),
            ("+5", Some("5")),
            ("1_000", Some("1000")),
            ("a/b", Some("\"a/b\"")),
            ("4.W", Some("\"4.W\"")),
            ("10.0.0.1-10.0.0.9", Some("10.0.0.1..10.0.0.9")),
        ] {
            assert_eq!(replacement(text).as_deref(), expected, "{text}");
        }
    }
}
