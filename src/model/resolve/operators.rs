//! Operators: which fit which type, and the test each one means.
//!
//! `!=` is `not =`, `not in` is `not in`: nothing here rewrites a condition beyond that.

use super::names::{Right, Subject, Word};
use super::{Resolver, negate_if, placed};
use crate::diagnostic::Diagnostic;
use crate::model::catalogue::Type;
use crate::model::name::{fold, nfc};
use crate::model::read::{Reader, read_network};
use crate::model::{
    Choice, ConditionKind, Days, During, Element, How, Input, Name, NameType, NodeIndex, Pattern, Range, Relation,
    Test, Value, ZoneId, codes,
};
use crate::source::Span;
use crate::syntax::ast::{self, Comparison};
use jiff::civil;

impl Resolver<'_> {
    /// The meaning of one test.
    pub(super) fn test(
        &mut self,
        path: &ast::Path,
        operator: Option<&ast::Operator>,
        span: Span,
    ) -> Option<ConditionKind> {
        let Some(operator) = operator else { return self.alone(path) };
        let subject = self.subject(path)?;
        match operator {
            ast::Operator::Compare(comparison, operand) => self.compare(&subject, *comparison, operand, span),
            ast::Operator::In { negated, right, on, at } => {
                let subject = match at {
                    Some(zone) => self.in_zone(subject, zone)?,
                    None => subject,
                };
                let test = match on {
                    Some(on) => self.during(&subject, right, on)?,
                    None => self.is_in(&subject, right)?,
                };
                Some(negate_if(*negated, test, span))
            }
            ast::Operator::Has(how, members) => self.has(&subject, *how, members, span),
            ast::Operator::Exactly { negated, right } => {
                let test = self.exactly(&subject, right)?;
                Some(negate_if(*negated, ConditionKind::Test(test), span))
            }
            ast::Operator::State { negated, state } => {
                let test = self.state(&subject, *state, *negated, span)?;
                Some(negate_if(*negated, test, span))
            }
            ast::Operator::Pattern(kind, operands) => self.pattern(&subject, *kind, operands, span),
            ast::Operator::Within(duration) => self.elapsed(&subject, duration),
        }
    }

    /// A name alone: a `let` or a yes/no attribute.
    fn alone(&mut self, path: &ast::Path) -> Option<ConditionKind> {
        let folded = super::names::attribute_name(path);
        if !self.in_where
            && let Some(id) = self.use_let(&folded)
        {
            return Some(ConditionKind::Let(id));
        }
        let subject = self.subject(path)?;
        if subject.ty == Type::Bool {
            return Some(ConditionKind::Test(Test::Is(subject.input)));
        }
        let name = &subject.name;
        let help = match subject.ty {
            Type::Set(_) => format!("say what it must have: `{name} has x`"),
            _ => format!("say what it must be: `{name} = x`"),
        };
        self.report(
            Diagnostic::error(codes::NOT_A_CONDITION, path.span, format!("`{name}` alone is not a condition"))
                .at(format!("it holds {}", describe(&subject.ty)))
                .help(help),
        );
        None
    }

    fn compare(
        &mut self,
        subject: &Subject,
        comparison: Comparison,
        operand: &ast::Operand,
        span: Span,
    ) -> Option<ConditionKind> {
        if let Type::Set(_) = subject.ty {
            self.report(set_needs_has(subject, operand));
            return None;
        }
        match self.right(operand, subject)? {
            Right::Attribute(right) => self.compare_attributes(subject, comparison, &right, span),
            Right::Value(word) => match comparison {
                Comparison::Equal => self.equals(subject, &word),
                Comparison::NotEqual => Some(negate_if(true, self.equals(subject, &word)?, span)),
                _ => self.ordered(subject, comparison, &word),
            },
        }
    }

    fn equals(&mut self, subject: &Subject, word: &Word) -> Option<ConditionKind> {
        if subject.ty == Type::Bool {
            return self.equals_bool(subject, word);
        }
        let mut one = Gathered::default();
        self.gather(subject, word, &mut one)?;
        Some(ConditionKind::Test(one.into_test(subject)))
    }

    /// `x = false` is false of an absent `x`, as every comparison is; `not x` is not.
    fn equals_bool(&mut self, subject: &Subject, word: &Word) -> Option<ConditionKind> {
        let value = self.read(subject, word)?;
        let is = placed(ConditionKind::Test(Test::Is(subject.input)), word.span);
        if value == Value::Bool(true) {
            return Some(is.kind);
        }
        let negated = placed(ConditionKind::Not(Box::new(is)), word.span);
        let absent = placed(ConditionKind::Test(Test::IsAbsent(subject.attribute())), word.span);
        Some(ConditionKind::And(vec![negated, placed(ConditionKind::Not(Box::new(absent)), word.span)]))
    }

    fn ordered(&mut self, subject: &Subject, comparison: Comparison, word: &Word) -> Option<ConditionKind> {
        if !is_ordered(&subject.ty) {
            self.report(no_order(subject, word.span));
            return None;
        }
        let value = self.read(subject, word)?;
        let range = match comparison {
            Comparison::Less => Range { low: None, high: Some((value, false)) },
            Comparison::LessOrEqual => Range { low: None, high: Some((value, true)) },
            Comparison::Greater => Range { low: Some((value, false)), high: None },
            _ => Range { low: Some((value, true)), high: None },
        };
        Some(ConditionKind::Test(Test::InRanges(subject.input, vec![range])))
    }

    fn compare_attributes(
        &mut self,
        left: &Subject,
        comparison: Comparison,
        right: &Subject,
        span: Span,
    ) -> Option<ConditionKind> {
        if let Type::Set(element) = &right.ty {
            let help = if same_kind(element, &left.ty) {
                format!("write `{} has {}`", right.name, left.name)
            } else {
                format!("`{}` is a set: test it with `has`", right.name)
            };
            self.report(
                Diagnostic::error(codes::SET_NEEDS_HAS, right.span, format!("`{}` is a set", right.name)).help(help),
            );
            return None;
        }
        self.same_type(left, right)?;
        if let Type::Node(_) = left.ty {
            let error = Diagnostic::error(
                codes::WRONG_OPERATOR,
                span,
                "between two attributes of a hierarchy `=` is ambiguous",
            )
            .help(format!(
                "write `{} in {}` for \"is, or lies within\", or `{} is exactly {}`",
                left.name,
                dotted(&right.name),
                left.name,
                dotted(&right.name)
            ));
            self.report(error);
            return None;
        }
        let is_order = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        if is_order && !is_ordered(&left.ty) {
            self.report(no_order(left, span));
            return None;
        }
        let (l, r) = (left.input, right.input);
        let test = match comparison {
            Comparison::Equal => Test::Compare(l, Relation::Equal, r),
            Comparison::NotEqual => {
                let equal = ConditionKind::Test(Test::Compare(l, Relation::Equal, r));
                return Some(negate_if(true, equal, span));
            }
            Comparison::Less => Test::Compare(l, Relation::Less, r),
            Comparison::LessOrEqual => Test::Compare(l, Relation::LessOrEqual, r),
            Comparison::Greater => Test::Compare(r, Relation::Less, l),
            Comparison::GreaterOrEqual => Test::Compare(r, Relation::LessOrEqual, l),
        };
        Some(ConditionKind::Test(test))
    }

    fn same_type(&mut self, left: &Subject, right: &Subject) -> Option<()> {
        if same_kind(&left.ty, &right.ty) {
            return Some(());
        }
        let message = format!("`{}` and `{}` cannot be compared", left.name, right.name);
        self.report(
            Diagnostic::error(codes::TYPE_CLASH, left.span, message)
                .at(format!("holds {}", describe(&left.ty)))
                .label(right.span, format!("holds {}", describe(&right.ty))),
        );
        None
    }

    fn in_zone(&mut self, subject: Subject, zone: &ast::Name) -> Option<Subject> {
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

    fn is_in(&mut self, subject: &Subject, right: &ast::Members) -> Option<ConditionKind> {
        if let Type::Set(_) = subject.ty {
            self.report(
                Diagnostic::error(codes::SET_NEEDS_HAS, subject.span, format!("`{}` is a set", subject.name))
                    .help(format!("write `{} has any [..]`, `has all [..]` or `has only [..]`", subject.name)),
            );
            return None;
        }
        match right {
            ast::Members::One(operand) => match self.right(operand, subject)? {
                Right::Value(word) if subject.ty == Type::Bool => self.equals_bool(subject, &word),
                Right::Value(word) => {
                    let mut one = Gathered::default();
                    self.gather(subject, &word, &mut one)?;
                    Some(ConditionKind::Test(one.into_test(subject)))
                }
                Right::Attribute(right) => self.in_attribute(subject, &right),
            },
            ast::Members::Range(low, high) => {
                let mut one = Gathered::default();
                self.gather_range(subject, low, high, &mut one)?;
                Some(ConditionKind::Test(one.into_test(subject)))
            }
            ast::Members::List(members, _) => {
                let gathered = self.gather_list(subject, members)?;
                Some(ConditionKind::Test(gathered.into_test(subject)))
            }
        }
    }

    fn in_attribute(&mut self, left: &Subject, right: &Subject) -> Option<ConditionKind> {
        if let Type::Set(element) = &right.ty {
            let error = Diagnostic::error(codes::SET_NEEDS_HAS, right.span, format!("`{}` is a set", right.name));
            let error = if same_kind(element, &left.ty) {
                error.help(format!("write `{} has {}`", right.name, dotted(&left.name)))
            } else {
                error
            };
            self.report(error);
            return None;
        }
        self.same_type(left, right)?;
        if !matches!(left.ty, Type::Node(_)) {
            self.report(
                Diagnostic::error(codes::WRONG_OPERATOR, right.span, format!("`{}` holds one value", right.name))
                    .help(format!("write `{} = {}`", left.name, dotted(&right.name))),
            );
            return None;
        }
        Some(ConditionKind::Test(Test::Compare(left.input, Relation::Within, right.input)))
    }

    fn gather_list(&mut self, subject: &Subject, members: &[ast::Member]) -> Option<Gathered> {
        let mut gathered = Gathered::default();
        let mut all_fine = true;
        for member in members {
            let found = match member {
                ast::Member::One(operand) => match self.right(operand, subject) {
                    Some(Right::Value(word)) => self.gather(subject, &word, &mut gathered),
                    Some(Right::Attribute(right)) => {
                        self.report(attribute_in_list(subject, &right));
                        None
                    }
                    None => None,
                },
                ast::Member::Range(low, high) => self.gather_range(subject, low, high, &mut gathered),
            };
            all_fine &= found.is_some();
        }
        all_fine.then_some(gathered)
    }

    /// Adds what one word means to a list.
    fn gather(&mut self, subject: &Subject, word: &Word, into: &mut Gathered) -> Option<()> {
        match &subject.ty {
            Type::Name(name) => into.names.push(self.choice(subject, name, word)?),
            Type::Node(hierarchy) => {
                self.refuse_exact(subject, word)?;
                into.nodes.extend(self.nodes(subject, *hierarchy, word)?);
            }
            Type::Address => {
                self.refuse_exact(subject, word)?;
                match read_network(&word.text) {
                    Ok(network) => into.networks.push(network),
                    Err(misread) => {
                        self.misread(&misread, word.span);
                        return None;
                    }
                }
            }
            Type::Date if self.is_declared_value(&subject.ty, &word.text) => {
                let dates = self.catalogue.calendars.get(&fold(&word.text)).cloned().unwrap_or_default();
                into.ranges.extend(dates.into_iter().map(|date| point(Value::Date(date))));
            }
            Type::Bool | Type::Set(_) => {
                self.report(
                    Diagnostic::error(codes::WRONG_OPERATOR, word.span, format!("`{}` takes no list", subject.name))
                        .help(format!("write `{}` or `not {}`", subject.name, subject.name)),
                );
                return None;
            }
            _ => {
                let value = self.read(subject, word)?;
                into.ranges.push(point(value));
            }
        }
        Some(())
    }

    fn gather_range(
        &mut self,
        subject: &Subject,
        low: &ast::Operand,
        high: &ast::Operand,
        into: &mut Gathered,
    ) -> Option<()> {
        let span = low.span().to(high.span());
        let (Right::Value(low), Right::Value(high)) = (self.right(low, subject)?, self.right(high, subject)?) else {
            self.report(
                Diagnostic::error(codes::WRONG_OPERATOR, span, "a range runs between two values, not attributes")
                    .help(format!("write `{} >= a and {} <= b`", subject.name, subject.name)),
            );
            return None;
        };
        match &subject.ty {
            Type::Time => {
                let (from, to) = self.clock_range(&low, &high)?;
                into.ranges.extend(time_ranges(from, to));
            }
            Type::Weekday => {
                let days = self.weekday_range(subject, &low, &high)?;
                into.ranges.extend(days.into_iter().map(|day| point(Value::Weekday(day))));
            }
            Type::Version => {
                self.report(
                    Diagnostic::error(codes::WRONG_OPERATOR, span, "versions have no ranges")
                        .help(format!("write `{} >= {} and {} < {}`", subject.name, low.text, subject.name, high.text)),
                );
                return None;
            }
            ty if is_ordered(ty) => {
                let (low, high) = (self.read(subject, &low)?, self.read(subject, &high)?);
                if low.order(&high) == Some(std::cmp::Ordering::Greater) {
                    self.report(
                        Diagnostic::error(codes::EMPTY_RANGE, span, "the range is empty: it ends before it begins")
                            .help("write the smaller end first"),
                    );
                    return None;
                }
                into.ranges.push(Range { low: Some((low, true)), high: Some((high, true)) });
            }
            _ => {
                self.report(no_order(subject, span));
                return None;
            }
        }
        Some(())
    }

    /// From and to of a range of times; `None` is 24:00.
    fn clock_range(&mut self, low: &Word, high: &Word) -> Option<(civil::Time, Option<civil::Time>)> {
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
        match reader.read(&word.text, &Type::Time) {
            Ok(Value::Time(time)) => Some(time),
            Ok(_) => None,
            Err(misread) => {
                self.misread(&misread, word.span);
                None
            }
        }
    }

    fn weekday_range(&mut self, subject: &Subject, low: &Word, high: &Word) -> Option<Vec<u8>> {
        let (Value::Weekday(low), Value::Weekday(high)) = (self.read(subject, low)?, self.read(subject, high)?) else {
            return None;
        };
        Some((0..7).map(|step| (low + step) % 7).take(usize::from((high + 7 - low) % 7) + 1).collect())
    }

    /// `time in 22:00..06:00 on Fri`
    fn during(&mut self, subject: &Subject, right: &ast::Members, on: &ast::Members) -> Option<ConditionKind> {
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
        let weekday = Subject { input: Input::Weekday(zone), ty: Type::Weekday, ..subject.clone() };
        let date = Subject { input: Input::Date(zone), ty: Type::Date, ..subject.clone() };
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

    fn has(
        &mut self,
        subject: &Subject,
        how: ast::HasHow,
        members: &ast::Members,
        span: Span,
    ) -> Option<ConditionKind> {
        let Type::Set(element) = &subject.ty else {
            self.report(
                Diagnostic::error(codes::WRONG_OPERATOR, subject.span, format!("`{}` is not a set", subject.name))
                    .at(format!("it holds {}", describe(&subject.ty)))
                    .help(format!("write `{} = x` or `{} in [x, y]`", subject.name, subject.name)),
            );
            return None;
        };
        let set = subject.attribute();
        let element_subject = Subject { ty: (**element).clone(), ..subject.clone() };
        let model_how = match how {
            ast::HasHow::One | ast::HasHow::Any => How::Any,
            ast::HasHow::All => How::All,
            ast::HasHow::None => How::None,
            ast::HasHow::Only => How::Only,
        };
        let elements = match members {
            ast::Members::One(operand) => match self.right(operand, &element_subject)? {
                Right::Attribute(right) => return self.has_attribute(subject, element, how, model_how, &right),
                Right::Value(word) => vec![self.element(&element_subject, &word)?],
            },
            ast::Members::List(_, list) if how == ast::HasHow::One => {
                self.report(
                    Diagnostic::error(codes::WRONG_OPERATOR, *list, "`has` takes one value")
                        .help(format!("write `{} has any [..]` or `{} has all [..]`", subject.name, subject.name)),
                );
                return None;
            }
            ast::Members::List(list, _) => self.elements(&element_subject, list)?,
            ast::Members::Range(..) => {
                self.report(
                    Diagnostic::error(codes::WRONG_OPERATOR, span, "`has` takes values, not a range")
                        .help(format!("write `{} has any [a, b]`", subject.name)),
                );
                return None;
            }
        };
        Some(ConditionKind::Test(Test::Has(set, model_how, elements)))
    }

    fn elements(&mut self, subject: &Subject, list: &[ast::Member]) -> Option<Vec<Element>> {
        let found: Vec<Option<Element>> = list
            .iter()
            .map(|member| match member {
                ast::Member::One(operand) => match self.right(operand, subject)? {
                    Right::Value(word) => self.element(subject, &word),
                    Right::Attribute(right) => {
                        self.report(attribute_in_list(subject, &right));
                        None
                    }
                },
                ast::Member::Range(low, high) => {
                    self.report(no_order(subject, low.span().to(high.span())));
                    None
                }
            })
            .collect();
        found.into_iter().collect()
    }

    fn element(&mut self, subject: &Subject, word: &Word) -> Option<Element> {
        match &subject.ty {
            Type::Node(hierarchy) => {
                self.refuse_exact(subject, word)?;
                Some(Element::Nodes(self.nodes(subject, *hierarchy, word)?))
            }
            Type::Name(name) => Some(Element::Name(self.choice(subject, name, word)?)),
            _ => None,
        }
    }

    fn has_attribute(
        &mut self,
        left: &Subject,
        element: &Type,
        how: ast::HasHow,
        model_how: How,
        right: &Subject,
    ) -> Option<ConditionKind> {
        let set = left.attribute();
        let Type::Set(right_element) = &right.ty else {
            self.same_type(&Subject { ty: element.clone(), ..left.clone() }, right)?;
            if how != ast::HasHow::One {
                self.report(
                    Diagnostic::error(codes::WRONG_OPERATOR, right.span, format!("`{}` holds one value", right.name))
                        .help(format!("write `{} has {}`", left.name, dotted(&right.name))),
                );
                return None;
            }
            return Some(ConditionKind::Test(Test::HasValueOf(set, right.attribute())));
        };
        self.same_type(
            &Subject { ty: element.clone(), ..left.clone() },
            &Subject { ty: (**right_element).clone(), ..right.clone() },
        )?;
        if how == ast::HasHow::One {
            self.report(
                Diagnostic::error(codes::WRONG_OPERATOR, right.span, format!("`{}` is a set", right.name)).help(
                    format!(
                        "write `{} has any {}` or `{} has all {}`",
                        left.name,
                        dotted(&right.name),
                        left.name,
                        dotted(&right.name)
                    ),
                ),
            );
            return None;
        }
        Some(ConditionKind::Test(Test::HasSetOf(set, model_how, right.attribute())))
    }

    fn exactly(&mut self, subject: &Subject, operand: &ast::Operand) -> Option<Test> {
        let Type::Node(hierarchy) = subject.ty else {
            let error = Diagnostic::error(
                codes::WRONG_OPERATOR,
                subject.span,
                format!("`is exactly` does not fit `{}`", subject.name),
            );
            let help = match (&subject.ty, operand) {
                (Type::Name(_), ast::Operand::Path(path)) => {
                    format!("to compare the spelling write `{} = exactly \"{}\"`", subject.name, path.joined())
                }
                _ => format!("write `{} = x`", subject.name),
            };
            self.report(error.help(help));
            return None;
        };
        match self.right(operand, subject)? {
            Right::Attribute(right) => {
                self.same_type(subject, &right)?;
                Some(Test::Compare(subject.input, Relation::Equal, right.input))
            }
            Right::Value(word) => match self.catalogue.hierarchy(hierarchy).find(&word.text) {
                Some(node) => Some(Test::ExactlyNode(subject.input, node)),
                None => {
                    // a zone is no value, and anything else is unknown
                    let is_zone = self.catalogue.hierarchy(hierarchy).zones.contains_key(&fold(&word.text));
                    if is_zone {
                        self.report(
                            Diagnostic::error(
                                codes::UNKNOWN_VALUE,
                                word.span,
                                format!("`{}` is a zone, which is no place by itself", word.text),
                            )
                            .help(format!("write `{} in {}`", subject.name, word.text)),
                        );
                    } else {
                        self.read(subject, &word)?;
                    }
                    None
                }
            },
        }
    }

    fn state(&mut self, subject: &Subject, state: ast::State, negated: bool, span: Span) -> Option<ConditionKind> {
        let attribute = subject.attribute();
        let is_set = matches!(subject.ty, Type::Set(_));
        let test = match state {
            ast::State::Empty if is_set => Test::IsEmpty(attribute),
            ast::State::Empty => {
                self.report(
                    Diagnostic::error(codes::WRONG_OPERATOR, span, format!("`{}` is not a set", subject.name))
                        .help(format!("write `{} is absent`", subject.name)),
                );
                return None;
            }
            ast::State::Absent if is_set => {
                let not = if negated { "not " } else { "" };
                self.report(
                    Diagnostic::error(codes::SET_NEEDS_HAS, span, "a set without a value is an empty set")
                        .help(format!("write `{} is {not}empty`", subject.name)),
                );
                return None;
            }
            ast::State::Absent => Test::IsAbsent(attribute),
            ast::State::Known => Test::IsKnown(attribute),
            ast::State::Unknown => {
                let known = placed(ConditionKind::Test(Test::IsKnown(attribute)), span);
                return Some(ConditionKind::Not(Box::new(known)));
            }
        };
        Some(ConditionKind::Test(test))
    }

    fn pattern(
        &mut self,
        subject: &Subject,
        kind: ast::PatternKind,
        operands: &[ast::Operand],
        span: Span,
    ) -> Option<ConditionKind> {
        let Type::Name(name) = &subject.ty else {
            let help = match subject.ty {
                Type::Set(_) => format!("write `{} has x`", subject.name),
                Type::Node(_) => format!("write `{} in x` for a place and all within it", subject.name),
                _ => format!("write `{} = x`, or a range", subject.name),
            };
            self.report(
                Diagnostic::error(codes::WRONG_OPERATOR, span, format!("`{}` has no letters to match", subject.name))
                    .at(format!("it holds {}", describe(&subject.ty)))
                    .help(help),
            );
            return None;
        };
        let is_exact = name.is_exact;
        let patterns: Vec<Option<Pattern>> =
            operands.iter().map(|operand| self.one_pattern(subject, is_exact, kind, operand)).collect();
        let patterns: Vec<Pattern> = patterns.into_iter().collect::<Option<_>>()?;
        Some(ConditionKind::Test(Test::Matches(subject.input, patterns)))
    }

    fn one_pattern(
        &mut self,
        subject: &Subject,
        is_exact: bool,
        kind: ast::PatternKind,
        operand: &ast::Operand,
    ) -> Option<Pattern> {
        let word = match self.right(operand, subject)? {
            Right::Value(word) => word,
            Right::Attribute(right) => {
                self.report(
                    Diagnostic::error(codes::WRONG_OPERATOR, right.span, "a pattern is a text, not an attribute")
                        .help(format!("write `\"{}\"` if the text is meant", right.name)),
                );
                return None;
            }
        };
        if word.text.is_empty() {
            self.report(
                Diagnostic::error(codes::EMPTY_TEXT, word.span, "the text is empty: it matches everything")
                    .help(format!("write `{} is not absent` if any value will do", subject.name)),
            );
            return None;
        }
        let choice = Choice { name: self.name(&word.text, is_exact), exact: word.exact };
        Some(match kind {
            ast::PatternKind::StartsWith => Pattern::Prefix(choice),
            ast::PatternKind::EndsWith => Pattern::Suffix(choice),
            ast::PatternKind::Contains => Pattern::Substring(choice),
            ast::PatternKind::Matches => Pattern::Glob(choice),
        })
    }

    fn elapsed(&mut self, subject: &Subject, duration: &ast::Literal) -> Option<ConditionKind> {
        let fits = matches!(subject.ty, Type::Date | Type::DateTime) && !subject.is_clock();
        if !fits || subject.attribute() == crate::model::NOW {
            self.report(
                Diagnostic::error(
                    codes::WRONG_OPERATOR,
                    subject.span,
                    format!("`within` does not fit `{}`", subject.name),
                )
                .at(format!("it holds {}", describe(&subject.ty)))
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

    /// A name to compare with, checked against a closed vocabulary.
    fn choice(&mut self, subject: &Subject, ty: &NameType, word: &Word) -> Option<Choice> {
        if ty.values.is_some() && !ty.is_open {
            if let Value::Name(name) = self.read(subject, word)? {
                let name = if word.exact { Name { spelled: nfc(&word.text).into(), ..name } } else { name };
                return Some(Choice { name, exact: word.exact });
            }
            return None;
        }
        Some(Choice { name: self.name(&word.text, ty.is_exact), exact: word.exact })
    }

    fn name(&self, text: &str, is_exact: bool) -> Name {
        if is_exact { Name::exact(text) } else { Name::new(text) }
    }

    fn nodes(
        &mut self,
        subject: &Subject,
        hierarchy: crate::model::HierarchyId,
        word: &Word,
    ) -> Option<Vec<NodeIndex>> {
        let hierarchy = self.catalogue.hierarchy(hierarchy);
        if let Some(zone) = hierarchy.zones.get(&fold(&word.text)) {
            return Some(zone.clone());
        }
        match self.read(subject, word)? {
            Value::Node(node) => Some(vec![node]),
            _ => None,
        }
    }

    fn refuse_exact(&mut self, subject: &Subject, word: &Word) -> Option<()> {
        if !word.exact {
            return Some(());
        }
        self.report(
            Diagnostic::error(codes::WRONG_OPERATOR, word.span, "`exactly` before a text compares its spelling")
                .help(format!("`{}` is no text: write `{} is exactly {}`", subject.name, subject.name, word.text)),
        );
        None
    }

    /// Reads a word by the subject's type.
    pub(super) fn read(&mut self, subject: &Subject, word: &Word) -> Option<Value> {
        if !matches!(subject.ty, Type::Name(_)) {
            self.refuse_exact(subject, word)?;
        }
        self.read_as(&subject.name, &subject.ty, word)
    }

    /// Reads a word by a type; what it is for is named in the report.
    pub(super) fn read_as(&mut self, what: &str, ty: &Type, word: &Word) -> Option<Value> {
        let zone = self.time_zone(ZoneId::new(0));
        let reader = Reader { hierarchies: &self.catalogue.hierarchies, zone: Some(&zone) };
        match reader.read_literal(&word.text, ty) {
            Ok(value) => Some(value),
            Err(misread) => {
                let diagnostic = Diagnostic::error(codes::UNKNOWN_VALUE, word.span, format!("{misread}"))
                    .at(format!("`{what}` holds {}", describe(ty)));
                self.report(match misread.help() {
                    Some(help) => diagnostic.help(help),
                    None => diagnostic,
                });
                None
            }
        }
    }

    fn misread(&mut self, misread: &crate::model::read::Misread, span: Span) {
        let diagnostic = Diagnostic::error(codes::UNKNOWN_VALUE, span, format!("{misread}"));
        self.report(match misread.help() {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        });
    }
}

/// What a list comes to; one kind is filled, by the subject's type.
#[derive(Default)]
struct Gathered {
    names: Vec<Choice>,
    nodes: Vec<NodeIndex>,
    networks: Vec<ipnet::IpNet>,
    ranges: Vec<Range>,
}

impl Gathered {
    fn into_test(mut self, subject: &Subject) -> Test {
        match subject.ty {
            Type::Name(_) => {
                self.names.sort();
                self.names.dedup();
                Test::OneOf(subject.input, self.names)
            }
            Type::Node(_) => {
                self.nodes.sort_unstable();
                self.nodes.dedup();
                Test::Within(subject.input, self.nodes)
            }
            Type::Address => {
                self.networks.sort();
                self.networks.dedup();
                Test::InNetworks(subject.input, self.networks)
            }
            _ => Test::InRanges(subject.input, self.ranges),
        }
    }
}

fn point(value: Value) -> Range {
    Range { low: Some((value.clone(), true)), high: Some((value, true)) }
}

/// A half-open range of times of day; past midnight it is two.
fn time_ranges(from: civil::Time, to: Option<civil::Time>) -> Vec<Range> {
    let low = Some((Value::Time(from), true));
    let until = |to| Some((Value::Time(to), false));
    match to {
        None => vec![Range { low, high: None }],
        Some(to) if from < to => vec![Range { low, high: until(to) }],
        Some(to) if to == civil::Time::midnight() => vec![Range { low, high: None }],
        Some(to) => vec![Range { low: None, high: until(to) }, Range { low, high: None }],
    }
}

pub(super) fn is_ordered(ty: &Type) -> bool {
    matches!(ty, Type::Number(_) | Type::Time | Type::Date | Type::DateTime | Type::Duration | Type::Version)
}

/// Whether values of two types can be compared.
pub(super) fn same_kind(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::Name(a), Type::Name(b)) => a.is_exact == b.is_exact,
        (Type::Number(a), Type::Number(b)) => a.unit == b.unit,
        (Type::Node(a), Type::Node(b)) => a == b,
        (Type::Set(a), Type::Set(b)) => same_kind(a, b),
        _ => std::mem::discriminant(a) == std::mem::discriminant(b),
    }
}

/// A type in words.
pub(crate) fn describe(ty: &Type) -> String {
    match ty {
        Type::Bool => "true or false".into(),
        Type::Name(NameType { is_exact: true, .. }) => "an id".into(),
        Type::Name(NameType { values: Some(_), .. }) => "one of its declared values".into(),
        Type::Name(_) => "a text".into(),
        Type::Number(number) => match (&number.unit, number.is_whole) {
            (Some(unit), _) => format!("a number of {unit}"),
            (None, true) => "a whole number".into(),
            (None, false) => "a number".into(),
        },
        Type::Time => "a time of day".into(),
        Type::Date => "a date".into(),
        Type::DateTime => "a date and time".into(),
        Type::Weekday => "a day of the week".into(),
        Type::Duration => "a length of time".into(),
        Type::Node(_) => "a name of its hierarchy".into(),
        Type::Set(_) => "a set".into(),
        Type::Address => "a network address".into(),
        Type::Version => "a version".into(),
    }
}

/// An attribute's name as it is written right of an operator.
fn dotted(name: &str) -> String {
    if name.contains('.') { name.to_owned() } else { format!("user.{name}") }
}

fn no_order(subject: &Subject, span: Span) -> Diagnostic {
    let help = match subject.ty {
        Type::Weekday => "list the days: `weekday in Mon..Fri`".to_owned(),
        Type::Address => format!("write a network: `{} in 10.4.0.0/16`", subject.name),
        Type::Node(_) => format!("write `{} in x` for a place and all within it", subject.name),
        _ => format!("write `{} = x` or `{} in [x, y]`", subject.name, subject.name),
    };
    Diagnostic::error(codes::WRONG_OPERATOR, span, format!("`{}` has no order", subject.name))
        .at(format!("it holds {}", describe(&subject.ty)))
        .help(help)
}

fn attribute_in_list(subject: &Subject, right: &Subject) -> Diagnostic {
    Diagnostic::error(
        codes::VALUE_OR_ATTRIBUTE,
        right.span,
        format!("`{}` is an attribute; a list holds values", right.name),
    )
    .help(format!("compare it by itself: `{} = {}`, joined with `or`", subject.name, dotted(&right.name)))
}

fn set_needs_has(subject: &Subject, operand: &ast::Operand) -> Diagnostic {
    let value = match operand {
        ast::Operand::Path(path) => path.joined(),
        ast::Operand::Literal(literal) => literal.text.clone(),
        ast::Operand::Exactly(name) => name.text.clone(),
    };
    Diagnostic::error(codes::SET_NEEDS_HAS, subject.span, format!("`{}` is a set, not one value", subject.name))
        .help(format!("write `{} has {}`", subject.name, crate::syntax::quote(&value)))
}
