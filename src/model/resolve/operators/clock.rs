//! Time: ranges of the clock, days, zones, and how long ago.

use super::lists::Gathered;
use super::{attribute_in_list, describe};
use crate::diagnostic::Diagnostic;
use crate::model::catalogue::Type;
use crate::model::name::fold;
use crate::model::read::Reader;
use crate::model::resolve::Resolver;
use crate::model::resolve::names::{Right, Subject, Word};
use crate::model::{ConditionKind, Days, During, Input, NOW, Range, Test, Value, ZoneId, codes};
use crate::syntax::ast;
use jiff::civil;

impl Resolver<'_> {
    pub(super) fn in_zone<'a>(&mut self, subject: Subject<'a>, zone: &ast::Name) -> Option<Subject<'a>> {
        let id = self.zone(zone)?;
        let input = match subject.input {
            Input::Time(_) => Input::Time(id),
            Input::Date(_) => Input::Date(id),
            Input::Weekday(_) => Input::Weekday(id),
            Input::Attribute(_) => {
                self.report(
                    Diagnostic::error(
                        codes::WRONG_OPERATOR,
                        zone.span,
                        format!("`at` does not fit `{}`", subject.name),
                    )
                    .help("only `time`, `date` and `weekday` are read in a time zone"),
                );
                return None;
            }
        };
        Some(Subject { input, ..subject })
    }

    /// From and to of a range of times; `None` is 24:00.
    pub(super) fn clock_range(&mut self, low: &Word, high: &Word) -> Option<(civil::Time, Option<civil::Time>)> {
        let from = self.read_time(low)?;
        let to = if high.text == "24:00" { None } else { Some(self.read_time(high)?) };
        if to == Some(from) {
            self.report(
                Diagnostic::error(
                    codes::EMPTY_RANGE,
                    low.span.to(high.span),
                    "the range is empty: both ends are equal",
                )
                .help("a range of times excludes its end; for the whole day leave the test out"),
            );
            return None;
        }
        Some((from, to))
    }

    fn read_time(&mut self, word: &Word) -> Option<civil::Time> {
        let reader = Reader { hierarchies: &self.catalogue.hierarchies, zone: None };
        match reader.read(word.text, &Type::Time) {
            Ok(Value::Time(time)) => Some(time),
            Ok(_) => None,
            Err(misread) => {
                self.misread(&misread, word.span);
                None
            }
        }
    }

    pub(super) fn weekday_range(&mut self, subject: &Subject, low: &Word, high: &Word) -> Option<Vec<u8>> {
        let (Value::Weekday(low), Value::Weekday(high)) = (self.read(subject, low)?, self.read(subject, high)?) else {
            return None;
        };
        Some((0..7).map(|step| (low + step) % 7).take(usize::from((high + 7 - low) % 7) + 1).collect())
    }

    /// `time in 22:00..06:00 on Fri`
    pub(super) fn during(
        &mut self,
        subject: &Subject,
        right: &ast::Members,
        on: &ast::Members,
    ) -> Option<ConditionKind> {
        let Input::Time(zone) = subject.input else {
            self.report(
                Diagnostic::error(codes::WRONG_OPERATOR, subject.span, format!("`on` does not fit `{}`", subject.name))
                    .help("`on` says on which days a range of `time` begins: `time in 22:00..06:00 on Fri`"),
            );
            return None;
        };
        let times = self.during_times(subject, right)?;
        let days = self.during_days(subject, zone, on)?;
        Some(ConditionKind::Test(Test::During(During { zone, times, days })))
    }

    fn during_times(
        &mut self,
        subject: &Subject,
        right: &ast::Members,
    ) -> Option<Vec<(civil::Time, Option<civil::Time>)>> {
        let list: Vec<(&ast::Operand, &ast::Operand)> = match right {
            ast::Members::Range(low, high) => vec![(low, high)],
            ast::Members::List(members, _) => members
                .iter()
                .filter_map(|member| if let ast::Member::Range(low, high) = member { Some((low, high)) } else { None })
                .collect(),
            ast::Members::One(_) => Vec::new(),
        };
        let given = if let ast::Members::List(members, _) = right { members.len() } else { 1 };
        if list.len() != given || list.is_empty() {
            self.report(
                Diagnostic::error(codes::WRONG_OPERATOR, subject.span, "`on` needs ranges of times before it")
                    .help("write `time in 22:00..06:00 on Fri`"),
            );
            return None;
        }
        list.into_iter()
            .map(|(low, high)| match (self.right(low, subject)?, self.right(high, subject)?) {
                (Right::Value(low), Right::Value(high)) => self.clock_range(&low, &high),
                _ => None,
            })
            .collect()
    }

    fn during_days(&mut self, subject: &Subject, zone: ZoneId, on: &ast::Members) -> Option<Days> {
        let weekday = Subject { input: Input::Weekday(zone), ty: &Type::Weekday, ..subject.clone() };
        let date = Subject { input: Input::Date(zone), ty: &Type::Date, ..subject.clone() };
        let as_weekdays = self.looks_like_weekdays(on);
        let side = if as_weekdays { &weekday } else { &date };
        let mut gathered = Gathered::default();
        match on {
            ast::Members::One(operand) => match self.right(operand, side)? {
                Right::Value(word) => self.gather(side, &word, &mut gathered)?,
                Right::Attribute(right) => {
                    self.report(attribute_in_list(side, &right));
                    return None;
                }
            },
            ast::Members::Range(low, high) => self.gather_range(side, low, high, &mut gathered)?,
            ast::Members::List(members, _) => gathered = self.gather_list(side, members)?,
        }
        if as_weekdays {
            let mut days = [false; 7];
            for range in &gathered.ranges {
                if let Some((Value::Weekday(day), _)) = range.low
                    && let Some(slot) = days.get_mut(usize::from(day))
                {
                    *slot = true;
                }
            }
            return Some(Days::Weekdays(days));
        }
        let mut dates: Vec<(civil::Date, civil::Date)> = gathered
            .ranges
            .into_iter()
            .filter_map(|range| match (range.low, range.high) {
                (Some((Value::Date(low), _)), Some((Value::Date(high), _))) => Some((low, high)),
                _ => None,
            })
            .collect();
        dates.sort_unstable();
        Some(Days::Dates(dates))
    }

    /// Whether the first word after `on` is neither a date nor a calendar.
    fn looks_like_weekdays(&self, on: &ast::Members) -> bool {
        let first = match on {
            ast::Members::One(operand) | ast::Members::Range(operand, _) => Some(operand),
            ast::Members::List(members, _) => members.first().map(|member| match member {
                ast::Member::One(operand) | ast::Member::Range(operand, _) => operand,
            }),
        };
        match first {
            Some(ast::Operand::Path(path)) => !self.catalogue.calendars.contains_key(&fold(&path.joined())),
            _ => false,
        }
    }

    pub(super) fn elapsed(&mut self, subject: &Subject, duration: &ast::Literal) -> Option<ConditionKind> {
        let fits = matches!(subject.ty, Type::Date | Type::DateTime) && !subject.is_clock();
        if !fits || subject.attribute() == NOW {
            self.report(
                Diagnostic::error(
                    codes::WRONG_OPERATOR,
                    subject.span,
                    format!("`within` does not fit `{}`", subject.name),
                )
                .at(format!("it holds {}", describe(subject.ty)))
                .help("`within` says how long ago a date may be: `trained within 365d`"),
            );
            return None;
        }
        let reader = Reader { hierarchies: &self.catalogue.hierarchies, zone: None };
        match reader.read(&duration.text, &Type::Duration) {
            Ok(Value::Duration(length)) => Some(ConditionKind::Test(Test::Elapsed(subject.attribute(), length))),
            Ok(_) => None,
            Err(misread) => {
                self.misread(&misread, duration.span);
                None
            }
        }
    }
}

/// A half-open range of times of day; past midnight it is two.
pub(super) fn time_ranges(from: civil::Time, to: Option<civil::Time>) -> Vec<Range> {
    let low = Some((Value::Time(from), true));
    let until = |to| Some((Value::Time(to), false));
    match to {
        None => vec![Range { low, high: None }],
        Some(to) if from < to => vec![Range { low, high: until(to) }],
        Some(to) if to == civil::Time::midnight() => vec![Range { low, high: None }],
        Some(to) => vec![Range { low: None, high: until(to) }, Range { low, high: None }],
    }
}
