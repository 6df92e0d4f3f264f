//! The text of a single test and of its negation: the author's own where it was written as a test, canonical; made from its
//! meaning where it was not (`from`, `until`, what `where` leaves to the context).
//!
//! A negated test is said by its own operator where it has one (`!=`, `not in`), else with `not` before it.

use crate::model::read::write;
use crate::model::{
    AttributeId, Catalogue, Element, How, Input, Name, NameType, NodeIndex, Range, Test, Type, Value, ZoneId,
};
use crate::source::{Sources, Span};
use crate::syntax::ast::{self, Comparison, Operator};
use crate::syntax::{parse_condition, print_operator, print_path, quote};
use jiff::civil::Time;

/// A test in words.
#[derive(Clone, Debug)]
pub(super) struct Words {
    /// That it holds.
    pub holds: String,
    /// That it does not.
    pub fails: String,
}

impl Words {
    /// With `not` before the negation.
    fn plain(holds: String) -> Self {
        Self { fails: format!("not {holds}"), holds }
    }

    /// With an operator for each.
    fn of(subject: &str, holds: &str, fails: &str, right: &str) -> Self {
        Self { holds: format!("{subject} {holds} {right}"), fails: format!("{subject} {fails} {right}") }
    }
}

/// Words tests of one policy.
pub(super) struct Wording<'a> {
    pub catalogue: &'a Catalogue,
    pub sources: &'a Sources,
    /// Whether a range of times past midnight is said as two ranges, because tests of the day may stand beside it: the
    /// language refuses the two in one `and`, since a reader cannot tell which day is meant after midnight.
    pub splits_nights: bool,
}

/// Whether a test is of single days, beside which a range past midnight is refused.
pub(super) fn is_of_days(test: &Test) -> bool {
    match test {
        Test::InRanges(Input::Weekday(_), _) => true,
        Test::InRanges(Input::Date(_), ranges) => {
            ranges.iter().all(|range| range.low.is_some() && range.high.is_some())
        }
        _ => false,
    }
}

impl Wording<'_> {
    /// The words for a test that was written at a place, or that the loader made.
    pub fn words(&self, test: &Test, span: Option<Span>) -> Words {
        if self.splits_nights
            && let Test::InRanges(Input::Time(zone), ranges) = test
            && ranges.iter().any(|range| range.low.is_none())
            && ranges.iter().any(|range| range.high.is_none())
        {
            return self.times(*zone, ranges);
        }
        let own = self.state_words(test);
        own.or_else(|| span.and_then(|span| self.as_written(span))).unwrap_or_else(|| self.made(test, span))
    }

    /// Tests that have but one spelling.
    fn state_words(&self, test: &Test) -> Option<Words> {
        let words = |id, holds, fails| {
            let subject = self.attribute(id);
            Words { holds: format!("{subject} is {holds}"), fails: format!("{subject} is {fails}") }
        };
        Some(match test {
            Test::Is(input) => Words::plain(self.subject(*input)),
            Test::IsEmpty(id) => words(*id, "empty", "not empty"),
            Test::IsKnown(id) => words(*id, "known", "unknown"),
            Test::IsAbsent(id) => words(*id, "absent", "not absent"),
            _ => return None,
        })
    }

    /// As its author wrote it; none if no test stands there.
    fn as_written(&self, span: Span) -> Option<Words> {
        let text = self.sources.slice(span);
        let parsed = parse_condition(span.source, text, span.start as usize, &mut Vec::new())?;
        let ast::ConditionKind::Test { subject, operator: Some(operator) } = parsed.kind else { return None };
        let subject = print_path(&subject);
        let says = |operator: &Operator| format!("{subject} {}", print_operator(operator));
        Some(match (with_sign(&operator, true), with_sign(&operator, false)) {
            (Some(holds), Some(fails)) => Words { holds: says(&holds), fails: says(&fails) },
            _ => Words::plain(says(&operator)),
        })
    }

    /// From what it means.
    fn made(&self, test: &Test, span: Option<Span>) -> Words {
        match test {
            Test::OneOf(input, choices) => {
                let exactly = |is_exact| if is_exact { "exactly " } else { "" };
                let ty = self.type_of(*input);
                let names = choices.iter().map(|choice| {
                    let name =
                        if choice.exact { in_quotes(&choice.name.spelled) } else { self.name(&choice.name, &ty) };
                    format!("{}{name}", exactly(choice.exact))
                });
                self.one_or_list(*input, names.collect())
            }
            Test::InRanges(input, ranges) => self.ranges(*input, ranges),
            Test::Has(set, how, elements) => self.has(*set, *how, elements),
            Test::Within(input, nodes) => {
                let ty = self.type_of(*input);
                self.one_or_list(*input, nodes.iter().map(|&node| self.node(node, &ty)).collect())
            }
            Test::ExactlyNode(input, node) => {
                let node = self.node(*node, &self.type_of(*input));
                Words::of(&self.subject(*input), "is exactly", "is not exactly", &node)
            }
            Test::InNetworks(input, networks) => {
                let each = networks.iter().map(|network| match network.prefix_len() == network.max_prefix_len() {
                    true => network.addr().to_string(),
                    false => network.to_string(),
                });
                self.one_or_list(*input, each.collect())
            }
            // all others stand in a rule as one test
            _ => {
                let written = span.map_or("", |span| self.sources.slice(span));
                Words::plain(written.split_whitespace().collect::<Vec<_>>().join(" "))
            }
        }
    }

    fn has(&self, set: AttributeId, how: How, elements: &[Element]) -> Words {
        let element_type = match &self.catalogue.attribute(set).ty {
            Type::Set(element) => element.as_ref(),
            ty => ty,
        };
        let each = elements.iter().flat_map(|element| match element {
            Element::Name(choice) => vec![self.name(&choice.name, element_type)],
            Element::Nodes(nodes) => nodes.iter().map(|&node| self.node(node, element_type)).collect(),
        });
        let each: Vec<String> = each.collect();
        let how = match how {
            How::Any if each.len() == 1 => {
                return Words::plain(format!("{} has {}", self.attribute(set), each.concat()));
            }
            How::Any => "any",
            How::All => "all",
            How::None => "none",
            How::Only => "only",
        };
        Words::plain(format!("{} has {how} [{}]", self.attribute(set), each.join(", ")))
    }

    fn one_or_list(&self, input: Input, values: Vec<String>) -> Words {
        let subject = self.subject(input);
        match values.as_slice() {
            [one] => Words::of(&subject, "=", "!=", one),
            _ => Words::of(&subject, "in", "not in", &format!("[{}]", values.join(", "))),
        }
    }

    fn ranges(&self, input: Input, ranges: &[Range]) -> Words {
        if let Input::Time(zone) = input {
            return self.times(zone, ranges);
        }
        let (subject, ty) = (self.subject(input), self.type_of(input));
        let text = |value: &Value| write(value, self.catalogue, &ty);
        if let [Range { low, high }] = ranges {
            match (low, high) {
                (Some((low, true)), Some((high, true))) if low == high => {
                    return Words::of(&subject, "=", "!=", &text(low));
                }
                (Some((low, is_inside)), None) => {
                    let sign = if *is_inside { ">=" } else { ">" };
                    return Words::plain(format!("{subject} {sign} {}", text(low)));
                }
                (None, Some((high, is_inside))) => {
                    let sign = if *is_inside { "<=" } else { "<" };
                    return Words::plain(format!("{subject} {sign} {}", text(high)));
                }
                _ => {}
            }
        }
        let members = ranges.iter().filter_map(|range| match (&range.low, &range.high) {
            (Some((low, _)), Some((high, _))) if low == high => Some(text(low)),
            (Some((low, _)), Some((high, _))) => Some(format!("{}..{}", text(low), text(high))),
            _ => None,
        });
        Words::of(&subject, "in", "not in", &format!("[{}]", members.collect::<Vec<_>>().join(", ")))
    }

    /// Ranges of the clock on the wall, none of them past midnight.
    fn times(&self, zone: ZoneId, ranges: &[Range]) -> Words {
        let text = |value: &Value| write(value, self.catalogue, &Type::Time);
        let each = ranges.iter().map(|range| {
            let low = range.low.as_ref().map_or_else(|| text(&Value::Time(Time::midnight())), |(low, _)| text(low));
            let high = range.high.as_ref().map_or_else(|| "24:00".to_owned(), |(high, _)| text(high));
            format!("{low}..{high}")
        });
        let mut each: Vec<String> = each.collect();
        each.sort();
        let at = match self.catalogue.zones.get(zone.index()) {
            Some(found) if zone.index() > 0 => format!(" at {}", in_quotes(&found.name)),
            _ => String::new(),
        };
        Words::of("time", "in", "not in", &format!("[{}]{at}", each.join(", ")))
    }

    fn subject(&self, input: Input) -> String {
        match input {
            Input::Attribute(id) => self.attribute(id),
            Input::Time(_) => "time".to_owned(),
            Input::Date(_) => "date".to_owned(),
            Input::Weekday(_) => "weekday".to_owned(),
        }
    }

    fn attribute(&self, id: AttributeId) -> String {
        dotted(&self.catalogue.attribute(id).name)
    }

    fn type_of(&self, input: Input) -> Type {
        match input {
            Input::Attribute(id) => self.catalogue.attribute(id).ty.clone(),
            Input::Time(_) => Type::Time,
            Input::Date(_) => Type::Date,
            Input::Weekday(_) => Type::Weekday,
        }
    }

    /// A name stands in quotes unless it is a declared value: a bare word might be taken for an attribute.
    fn name(&self, name: &Name, ty: &Type) -> String {
        match ty {
            Type::Name(NameType { values: Some(values), .. }) if values.contains_key(&*name.folded) => {
                quote(&name.spelled)
            }
            _ => in_quotes(&name.spelled),
        }
    }

    fn node(&self, node: NodeIndex, ty: &Type) -> String {
        match ty {
            Type::Node(hierarchy) => quote(&self.catalogue.hierarchy(*hierarchy).node(node).name),
            _ => String::new(),
        }
    }
}

/// The operator that says that a test holds, or that it does not; none if it has no such pair.
fn with_sign(operator: &Operator, is_positive: bool) -> Option<Operator> {
    Some(match operator.clone() {
        Operator::Compare(Comparison::Equal | Comparison::NotEqual, right) => {
            Operator::Compare(if is_positive { Comparison::Equal } else { Comparison::NotEqual }, right)
        }
        Operator::In { right, on, at, .. } => Operator::In { negated: !is_positive, right, on, at },
        Operator::Exactly { right, .. } => Operator::Exactly { negated: !is_positive, right },
        _ => return None,
    })
}

/// A name whose dots separate, as it is written.
pub(super) fn dotted(name: &str) -> String {
    if name.split('.').any(str::is_empty) {
        return in_quotes(name);
    }
    name.split('.').map(quote).collect::<Vec<_>>().join(".")
}

/// A text in quotes, those in it doubled.
pub(super) fn in_quotes(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}
