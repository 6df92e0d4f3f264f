//! Calendars: named sets of dates.

use super::codes;
use super::names::Names;
use super::walk::Walk;
use crate::diagnostic::Diagnostic;
use crate::model::catalogue::Type;
use crate::model::read::shown;
use crate::model::value::Value;
use crate::model::yaml::{Entry, Node};
use crate::source::Span;
use jiff::civil::Date;

/// Most dates of one calendar.
const MAX_DATES: usize = 10_000;

impl<'n> Walk<'n, '_> {
    /// The section `calendars`.
    pub(super) fn read_calendars(&mut self, section: Option<&'n Node>) {
        let Some(section) = section else { return };
        let expected = "a map of calendars to their dates: `public_holiday: [2026-12-25]`";
        let Some(entries) = self.map(section, "`calendars`", expected) else { return };
        let mut names = Names::new("calendar");
        for entry in entries {
            let Some(folded) = names.add(self, &entry.key, entry.key_span) else { continue };
            match self.calendar(entry) {
                Some(dates) => {
                    self.catalogue.calendars.insert(folded, dates);
                }
                None => {
                    self.unreadable.insert(folded);
                }
            }
        }
    }

    fn calendar(&mut self, entry: &'n Entry) -> Option<Vec<Date>> {
        let what = format!("the calendar {}", shown(&entry.key));
        let expected = "a list of dates and ranges: `[2026-12-25, 2026-12-28..2026-12-31]`";
        let items = self.list(&entry.value, &what, expected)?;
        if items.is_empty() {
            let diagnostic = Diagnostic::warning(codes::EMPTY, entry.key_span, format!("{what} has no dates"));
            self.report(diagnostic.help("no day lies in it: list its dates, or delete it"));
        }
        let mut dates = Vec::new();
        for item in items {
            let Some(text) = self.word(item, &what, expected) else { continue };
            let Some((first, last)) = self.date_range(&text.text, item.span, &what) else { continue };
            dates.extend(first.series(jiff::Span::new().days(1)).take_while(|&date| date <= last).take(MAX_DATES + 1));
            if dates.len() > MAX_DATES {
                let message = format!("{what} has more than {MAX_DATES} dates");
                self.report(Diagnostic::error(codes::TOO_MANY_DATES, item.span, message).help("shorten this range"));
                return None;
            }
        }
        dates.sort_unstable();
        dates.dedup();
        Some(dates)
    }

    fn date_range(&mut self, text: &str, span: Span, what: &str) -> Option<(Date, Date)> {
        let mut date = |text: &str| match self.scalar(text.trim(), span, &Type::Date, what) {
            Some(Value::Date(date)) => Some(date),
            _ => None,
        };
        let Some((first, last)) = text.split_once("..") else {
            let date = date(text)?;
            return Some((date, date));
        };
        let (first, last) = (date(first), date(last));
        let (first, last) = (first?, last?);
        if first > last {
            let message = format!("the range {} is empty", shown(text));
            let diagnostic = Diagnostic::error(codes::EMPTY_RANGE, span, message);
            self.report(diagnostic.help(format!("write the earlier date first: `{last}..{first}`")));
            return None;
        }
        Some((first, last))
    }
}
