//! Times, dates, instants, weekdays and durations.

use super::misread::Misread;
use super::write::write_duration;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, civil};

const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// Longest duration in days: ten thousand years, so that sums with any instant stay within whole seconds.
const LONGEST_DAYS: i64 = 3_652_425;

/// `2026-01-31`
pub(super) fn read_date(text: &str) -> Result<civil::Date, Misread> {
    let Some((year, month, day)) = date_parts(text) else {
        return Err(Misread::form(text, "a date", date_help(text)));
    };
    civil::Date::new(year, month, day).map_err(|_| impossible_date(text, year, month, day))
}

/// Year, month and day of `YYYY-MM-DD`, not yet looked at.
fn date_parts(text: &str) -> Option<(i16, i8, i8)> {
    let (year, rest) = text.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    Some((digits(year, 4)?, digits(month, 2)?, digits(day, 2)?))
}

/// A number of exactly so many digits.
fn digits<N: std::str::FromStr>(text: &str, count: usize) -> Option<N> {
    let plain = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

fn impossible_date(text: &str, year: i16, month: i8, day: i8) -> Misread {
    let Some(name) = usize::try_from(month).ok().and_then(|at| at.checked_sub(1)).and_then(|at| MONTHS.get(at)) else {
        let help = match civil::Date::new(year, day, month) {
            Ok(swapped) => format!("the month comes before the day: did you mean `{swapped}`?"),
            Err(_) => "dates are written year-month-day: `2026-01-31`".to_owned(),
        };
        return Misread::impossible(text, "months run from 01 to 12", Some(help));
    };
    let days = civil::Date::new(year, month, 1).map_or(31, civil::Date::days_in_month);
    let help = format!("the month ends on `{year:04}-{month:02}-{days:02}`");
    Misread::impossible(text, format!("{name} {year} has {days} days"), Some(help))
}

fn date_help(text: &str) -> Option<String> {
    let date = text.get(..10).filter(|date| date_parts(date).is_some());
    if let Some(date) = date.filter(|date| date.len() < text.len()) {
        return Some(format!("a date stands without a time: `{date}`"));
    }
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let numbers: Option<Vec<u16>> = parts.iter().map(|part| part.parse().ok()).collect();
    let example = || Some("dates are written year-month-day: `2026-01-31`".to_owned());
    match numbers.as_deref() {
        // day and month cannot be told apart otherwise
        Some(&[year, month, day]) if parts.first().is_some_and(|first| first.len() == 4) => {
            let proposal = format!("{year:04}-{month:02}-{day:02}");
            if read_date(&proposal).is_ok() { Some(format!("write `{proposal}`")) } else { example() }
        }
        _ => example(),
    }
}

/// `07:00`, `07:00:30`, `07:00:30.5`
pub(super) fn read_time(text: &str) -> Result<civil::Time, Misread> {
    let Some((hour, minute, second, nanosecond)) = time_parts(text) else {
        return Err(Misread::form(text, "a time of day", time_help(text)));
    };
    civil::Time::new(hour, minute, second, nanosecond).map_err(|_| impossible_time(text, hour, minute))
}

fn time_parts(text: &str) -> Option<(i8, i8, i8, i32)> {
    let mut parts = text.split(':');
    let (hour, minute) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let (second, nanosecond) = match parts.next() {
        Some(seconds) => seconds_parts(seconds)?,
        None => (0, 0),
    };
    if parts.next().is_some() { None } else { Some((hour, minute, second, nanosecond)) }
}

fn seconds_parts(text: &str) -> Option<(i8, i32)> {
    let Some((second, fraction)) = text.split_once('.') else { return Some((digits(text, 2)?, 0)) };
    if fraction.is_empty() || fraction.len() > 9 {
        return None;
    }
    let nanosecond = digits(&format!("{fraction:0<9}"), 9)?;
    Some((digits(second, 2)?, nanosecond))
}

fn impossible_time(text: &str, hour: i8, minute: i8) -> Misread {
    match (hour, minute) {
        (24, 0) => Misread::impossible(
            text,
            "a day ends before it",
            Some("write `00:00`; `24:00` may only end a range, such as `22:00..24:00`".to_owned()),
        ),
        (24.., _) => Misread::impossible(text, "hours run from 00 to 23", None),
        (_, 60..) => Misread::impossible(text, "minutes run from 00 to 59", None),
        _ => Misread::impossible(text, "seconds run from 00 to 59", None),
    }
}

fn time_help(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let (clock, half) = match (lower.strip_suffix("am"), lower.strip_suffix("pm")) {
        (Some(clock), _) => (clock, Some(0)),
        (_, Some(clock)) => (clock, Some(12)),
        _ => (lower.as_str(), None),
    };
    let (hour, minute) = clock.trim().split_once([':', '.']).unwrap_or((clock.trim(), "00"));
    let numbers = hour.parse::<u8>().ok().zip(digits::<u8>(minute, 2));
    match (numbers, half) {
        (Some((hour @ 1..=12, minute @ 0..=59)), Some(half)) => {
            Some(format!("write `{:02}:{minute:02}`", hour % 12 + half))
        }
        (Some((hour @ 0..=23, minute @ 0..=59)), None) => Some(format!("write `{hour:02}:{minute:02}`")),
        _ => Some("times are written with hours and minutes: `07:00`".to_owned()),
    }
}

/// RFC 3339, seconds optional. Without offset: wall-clock time of the zone.
pub(super) fn read_date_time(text: &str, zone: Option<&TimeZone>) -> Result<Timestamp, Misread> {
    let not_one = |help: &str| Misread::form(text, "a date with time", Some(help.to_owned()));
    let separator = text.get(10..11).filter(|separator| matches!(*separator, "T" | "t" | " "));
    let (Some(date), Some(_), Some(rest)) = (text.get(..10), separator, text.get(11..)) else {
        return Err(not_one("write date, `T`, time and offset: `2026-01-31T07:00+01:00`"));
    };
    let (clock, offset) = split_offset(rest);
    let date = read_date(date).map_err(|misread| within(text, misread))?;
    let time = read_time(clock).map_err(|misread| within(text, misread))?;
    let local = date.to_datetime(time);
    match (offset, zone) {
        (Some(offset), _) => {
            let offset = read_offset(offset)
                .ok_or_else(|| not_one("an offset is written `Z`, `+01:00` or `-06:00`, at most 18 hours"))?;
            offset.to_timestamp(local).map_err(|_| out_of_calendar(text))
        }
        (None, Some(zone)) => local_instant(text, local, zone),
        (None, None) => Err(not_one(&format!("add `Z` or the offset from UTC: `{text}Z`, `{text}+01:00`"))),
    }
}

fn within(text: &str, misread: Misread) -> Misread {
    match misread {
        Misread::Impossible { reason, help, .. } => Misread::Impossible { text: text.to_owned(), reason, help },
        other => Misread::form(text, "a date with time", other.help()),
    }
}

fn out_of_calendar(text: &str) -> Misread {
    Misread::impossible(text, "instants run from year 0000 to year 9999", None)
}

/// Clock and offset of `07:00:30+01:00`.
fn split_offset(text: &str) -> (&str, Option<&str>) {
    match text.find(['Z', 'z', '+', '-', '\u{2212}']) {
        Some(at) => {
            let (clock, offset) = text.split_at(at);
            (clock, Some(offset))
        }
        None => (text, None),
    }
}

fn read_offset(text: &str) -> Option<Offset> {
    if matches!(text, "Z" | "z") {
        return Some(Offset::UTC);
    }
    let (sign, rest) = if let Some(rest) = text.strip_prefix('-') { (-1, rest) } else { (1, text.strip_prefix('+')?) };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes): (i32, i32) = (digits(hours, 2)?, digits(minutes, 2)?);
    if hours > 18 || minutes > 59 || (hours == 18 && minutes > 0) {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

fn local_instant(text: &str, local: civil::DateTime, zone: &TimeZone) -> Result<Timestamp, Misread> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let name = zone.iana_name().unwrap_or("the policy's time zone");
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => ambiguous.unambiguous().map_err(|_| out_of_calendar(text)),
        AmbiguousOffset::Gap { .. } => {
            let reason = format!("clocks in {name} are set forward over it");
            Err(Misread::impossible(text, reason, Some("write it with an offset, or another time".to_owned())))
        }
        AmbiguousOffset::Fold { before, after } => {
            let help = format!(
                "clocks in {name} are set back and show it twice: write `{text}{}` or `{text}{}`",
                written_offset(before),
                written_offset(after)
            );
            Err(Misread::form(text, "one instant", Some(help)))
        }
    }
}

fn written_offset(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// `Mon` to `Sun`, in any case. 0 = Monday.
pub(super) fn read_weekday(text: &str) -> Result<u8, Misread> {
    let lower = text.to_ascii_lowercase();
    let days = WEEKDAYS.iter().zip(0u8..);
    if let Some((_, at)) = days.clone().find(|(day, _)| day.get(..3) == Some(lower.as_str())) {
        return Ok(at);
    }
    let long = days.map(|(day, _)| *day).find(|day| {
        lower.len() >= 2 && (day.starts_with(&lower) || lower.strip_suffix('s') == Some(day))
            || lower.get(..3) == day.get(..3)
    });
    let short = long.and_then(|day| day.get(..3)).map(capitalised);
    let help = match short {
        Some(short) => format!("write `{short}`"),
        None => "days of the week are `Mon`, `Tue`, `Wed`, `Thu`, `Fri`, `Sat`, `Sun`".to_owned(),
    };
    Err(Misread::form(text, "a day of the week", Some(help)))
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(characters).collect()
}

/// `90d`, `12h`, `30min`, `45s`, `2w`, or ISO 8601 without years and months: `PT12H`, `P1DT12H`.
pub(super) fn read_duration(text: &str) -> Result<SignedDuration, Misread> {
    let seconds = if text.starts_with('P') { iso_seconds(text) } else { short_seconds(text) };
    match seconds {
        Some(seconds) if seconds <= LONGEST_DAYS * 86_400 => Ok(SignedDuration::from_secs(seconds)),
        Some(_) => Err(Misread::impossible(text, format!("the longest duration is {LONGEST_DAYS}d"), None)),
        None => Err(Misread::form(text, "a duration", Some(duration_help(text)))),
    }
}

/// Seconds in one unit.
fn unit_seconds(unit: &str) -> Option<i64> {
    match unit {
        "s" => Some(1),
        "min" => Some(60),
        "h" => Some(3_600),
        "d" => Some(86_400),
        "w" => Some(604_800),
        _ => None,
    }
}

fn number_and_unit(text: &str) -> Option<(i64, &str)> {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(end);
    Some((number.parse().ok()?, unit))
}

fn short_seconds(text: &str) -> Option<i64> {
    let (number, unit) = number_and_unit(text)?;
    Some(number.saturating_mul(unit_seconds(unit)?))
}

fn iso_seconds(text: &str) -> Option<i64> {
    let (date, time) = match text.strip_prefix('P')?.split_once('T') {
        Some((date, time)) if !time.is_empty() => (date, time),
        Some(_) => return None,
        None => (text.strip_prefix('P')?, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let date = iso_part(date, &[('W', 604_800), ('D', 86_400)])?;
    let time = iso_part(time, &[('H', 3_600), ('M', 60), ('S', 1)])?;
    Some(date.saturating_add(time))
}

/// Sums `1W2D`: each letter at most once, in order.
fn iso_part(mut text: &str, letters: &[(char, i64)]) -> Option<i64> {
    let mut sum = 0i64;
    for &(letter, seconds) in letters {
        if let Some((number, rest)) = text.split_once(letter) {
            if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            sum = sum.saturating_add(number.parse::<i64>().ok()?.saturating_mul(seconds));
            text = rest;
        }
    }
    text.is_empty().then_some(sum)
}

fn duration_help(text: &str) -> String {
    let general = "a duration is a number and one of `s`, `min`, `h`, `d`, `w`: `90d`, `12h`";
    let Some((number, unit)) = number_and_unit(text) else { return general.to_owned() };
    let short = match unit.trim().to_ascii_lowercase().as_str() {
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "min" | "mins" | "minute" | "minutes" => "min",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "d" | "day" | "days" => "d",
        "w" | "wk" | "week" | "weeks" => "w",
        "m" => return format!("write `{number}min` for minutes; months have no fixed length: write days"),
        "mo" | "month" | "months" | "y" | "yr" | "year" | "years" => {
            return "months and years have no fixed length: write days, such as `90d`".to_owned();
        }
        _ => return several(text).unwrap_or_else(|| general.to_owned()),
    };
    format!("write `{number}{short}`")
}

/// `1h30min` as one unit.
fn several(text: &str) -> Option<String> {
    let (mut rest, mut sum) = (text, 0i64);
    while !rest.is_empty() {
        let (number, after) = number_and_unit(rest)?;
        let end = after.bytes().take_while(|byte| !byte.is_ascii_digit()).count();
        let (unit, next) = after.split_at(end);
        sum = sum.checked_add(number.checked_mul(unit_seconds(unit.trim())?)?)?;
        rest = next;
    }
    Some(format!("write it in one unit: `{}`", write_duration(SignedDuration::from_secs(sum))))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn refusal<T: std::fmt::Debug>(read: Result<T, Misread>) -> String {
        let misread = read.unwrap_err();
        format!("{misread} | {}", misread.help().unwrap_or_default())
    }

    #[test]
    fn dates_that_exist() {
        assert_eq!(read_date("2028-02-29").unwrap(), civil::date(2028, 2, 29));
        assert_eq!(
            refusal(read_date("2026-02-30")),
            "`2026-02-30` does not exist: February 2026 has 28 days | the month ends on `2026-02-28`"
        );
        assert!(refusal(read_date("2026-13-01")).ends_with("did you mean `2026-01-13`?"));
        assert!(refusal(read_date("2026-13-13")).contains("months run from 01 to 12 | dates are written"));
        assert_eq!(refusal(read_date("2026-1-5")), "`2026-1-5` is not a date | write `2026-01-05`");
        assert_eq!(refusal(read_date("2026/01/05")), "`2026/01/05` is not a date | write `2026-01-05`");
        assert!(refusal(read_date("05.01.2026")).contains("year-month-day"));
        assert!(refusal(read_date("2026-01-05T07:00Z")).ends_with("a date stands without a time: `2026-01-05`"));
        assert!(read_date("+2026-01-05").is_err() && read_date("").is_err() && read_date("2026-01-0５").is_err());
    }

    #[test]
    fn times_of_day() {
        assert_eq!(read_time("07:00").unwrap(), civil::time(7, 0, 0, 0));
        assert_eq!(read_time("07:00:30.5").unwrap(), civil::time(7, 0, 30, 500_000_000));
        assert_eq!(refusal(read_time("7:00")), "`7:00` is not a time of day | write `07:00`");
        assert_eq!(refusal(read_time("7pm")), "`7pm` is not a time of day | write `19:00`");
        assert_eq!(refusal(read_time("12 am")), "`12 am` is not a time of day | write `00:00`");
        assert!(refusal(read_time("24:00")).contains("may only end a range"));
        assert!(refusal(read_time("25:10")).contains("hours run from 00 to 23"));
        assert!(refusal(read_time("10:75")).contains("minutes run"));
        assert!(refusal(read_time("10:10:60")).contains("seconds run"));
        assert!(read_time("10:10:10:10").is_err() && read_time("10").is_err() && read_time("07:00:00.").is_err());
    }

    #[test]
    fn instants_need_an_offset_or_a_zone() {
        let read = |text| read_date_time(text, None);
        let same = read("2026-11-23T16:00Z").unwrap();
        for text in ["2026-11-23T10:00-06:00", "2026-11-23t16:00:00.000z", "2026-11-23 16:00:00+00:00"] {
            assert_eq!(read(text).unwrap(), same, "{text}");
        }
        assert!(refusal(read("2026-11-23T10:00")).contains("add `Z`"));
        assert!(refusal(read("2026-11-23")).contains("write date, `T`"));
        assert!(refusal(read("2026-02-30T10:00Z")).contains("February 2026 has 28 days"));
        assert!(refusal(read("2026-11-23T25:00Z")).contains("hours run"));
        assert!(read("2026-11-23T10:00+1:00").is_err() && read("2026-11-23T10:00+19:00").is_err());
        assert!(read("9999-12-31T23:59Z").is_err());
    }

    #[test]
    fn local_times_that_do_not_exist_or_exist_twice() {
        let chicago = TimeZone::get("America/Chicago").unwrap();
        let read = |text| read_date_time(text, Some(&chicago));
        assert_eq!(read("2026-11-23T10:00").unwrap(), read("2026-11-23T10:00-06:00").unwrap());
        assert!(refusal(read("2026-03-08T02:30")).contains("set forward over it"));
        assert!(refusal(read("2026-11-01T01:30")).contains("`2026-11-01T01:30-05:00` or `2026-11-01T01:30-06:00`"));
    }

    #[test]
    fn weekdays() {
        assert_eq!(read_weekday("Mon").unwrap(), 0);
        assert_eq!(read_weekday("SUN").unwrap(), 6);
        assert_eq!(refusal(read_weekday("Tuesday")), "`Tuesday` is not a day of the week | write `Tue`");
        assert_eq!(refusal(read_weekday("fridays")), "`fridays` is not a day of the week | write `Fri`");
        assert!(refusal(read_weekday("today")).contains("`Mon`, `Tue`"));
    }

    #[test]
    fn durations_of_one_unit() {
        for (text, seconds) in [
            ("90d", 90 * 86_400),
            ("12h", 12 * 3_600),
            ("30min", 1_800),
            ("45s", 45),
            ("2w", 14 * 86_400),
            ("PT12H", 12 * 3_600),
            ("P1DT1H1M1S", 90_061),
            ("P2W", 14 * 86_400),
            ("0s", 0),
        ] {
            assert_eq!(read_duration(text).unwrap().as_secs(), seconds, "{text}");
        }
        for (text, help) in [
            ("90 days", "write `90d`"),
            ("90m", "write `90min` for minutes; months have no fixed length: write days"),
            ("1h30min", "write it in one unit: `90min`"),
            ("3 months", "months and years have no fixed length: write days, such as `90d`"),
        ] {
            assert_eq!(read_duration(text).unwrap_err().help().unwrap(), help, "{text}");
        }
        for text in ["", "d", "-5d", "1.5h", "P", "PT", "P1Y", "P1M", "PT1H1H", "P1D1W", "99999999999999999999d"] {
            assert!(read_duration(text).is_err(), "{text}");
        }
        assert!(refusal(read_duration("9999999999999d")).contains("the longest duration"));
    }
}
