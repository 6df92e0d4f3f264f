//! Random conditions: every operator of every type, joined in every way, with what the rule around them must respect.

use super::values::{INSTANTS, NETWORKS, word};
use super::world::{Attribute, DATES, Kind, World, ZONES};
use crate::random::Random;

/// A condition as text, and what matters to the rule that uses it.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    pub text: String,
    pub joint: Joint,
    pub facts: Traits,
}

/// How the outermost parts are joined.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Joint {
    Test,
    Not,
    And,
    Or,
}

/// What matters to the rule around a condition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Traits {
    /// The resource whose attributes it reads.
    pub resource: Option<usize>,
    /// It gets truer as more becomes known, so no deny may rest on it.
    pub grows: bool,
    /// It gets falser as more becomes known, so nothing may be given on it.
    pub shrinks: bool,
    /// It has a range of times without days, and a test of the day: they must not meet in one `and`.
    pub has_open_range: bool,
    pub has_day: bool,
}

impl Traits {
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            resource: self.resource.or(other.resource),
            grows: self.grows || other.grows,
            shrinks: self.shrinks || other.shrinks,
            has_open_range: self.has_open_range || other.has_open_range,
            has_day: self.has_day || other.has_day,
        }
    }

    pub(super) fn negated(self) -> Self {
        Self { grows: self.shrinks, shrinks: self.grows, ..self }
    }

    pub(super) fn is_torn(self) -> bool {
        self.has_open_range && self.has_day
    }
}

/// What a condition may be made of.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub world: &'a World,
    /// Attributes of this resource may be read.
    pub resource: Option<usize>,
    /// Abbreviations that may be used.
    pub lets: &'a [(String, Traits)],
    /// Whether `is known` and `is unknown` may be used.
    pub may_ask_known: bool,
}

impl Condition {
    pub(super) fn test(text: impl Into<String>) -> Self {
        Self { text: text.into(), joint: Joint::Test, facts: Traits::default() }
    }

    fn with(mut self, facts: Traits) -> Self {
        self.facts = facts;
        self
    }

    pub(super) fn not(self) -> Self {
        let text = match self.joint {
            Joint::Test | Joint::Not => format!("not {}", self.text),
            Joint::And | Joint::Or => format!("not ({})", self.text),
        };
        Self { text, joint: Joint::Not, facts: self.facts.negated() }
    }

    /// Joins conditions; parts that are joined the other way get parentheses, others sometimes.
    fn join(random: &mut Random, joint: Joint, parts: Vec<Self>) -> Self {
        let word = if joint == Joint::And { " and " } else { " or " };
        let facts = parts.iter().map(|part| part.facts).fold(Traits::default(), Traits::and);
        let texts: Vec<String> = parts
            .into_iter()
            .map(|part| match part.joint {
                Joint::Test | Joint::Not => part.text,
                inner if inner == joint && random.chance(50) => part.text,
                _ => format!("({})", part.text),
            })
            .collect();
        Self { text: texts.join(word), joint, facts }
    }
}

impl<'a> Scope<'a> {
    /// A condition of a few tests.
    pub(super) fn condition(&self, random: &mut Random, depth: usize) -> Condition {
        match random.below(if depth == 0 { 5 } else { 12 }) {
            0..=3 => self.test(random),
            4..=5 => self.test(random).not(),
            6..=9 => self.joined(random, Joint::And, depth),
            10 => self.joined(random, Joint::Or, depth),
            _ => self.condition(random, depth - 1).not(),
        }
    }

    fn joined(&self, random: &mut Random, joint: Joint, depth: usize) -> Condition {
        let mut parts = Vec::new();
        let mut facts = Traits::default();
        for _ in 0..random.between(2, 3) {
            let part = self.condition(random, depth - 1);
            let together = facts.and(part.facts);
            let is_fit = !together.is_torn() && (parts.is_empty() || !clashes(facts, part.facts));
            if is_fit {
                facts = together;
                parts.push(part);
            }
        }
        match parts.len() {
            0 => Condition::test("always"),
            1 => parts.remove(0),
            _ => Condition::join(random, joint, parts),
        }
    }

    fn test(&self, random: &mut Random) -> Condition {
        match random.below(40) {
            0 => Condition::test("always"),
            1..=4 if !self.lets.is_empty() => {
                let (name, facts) = random.pick(self.lets);
                Condition::test(name.clone()).with(*facts)
            }
            5..=9 => clock_test(random, self.world),
            _ => self.attribute_test(random),
        }
    }

    fn attributes(&self) -> Vec<&'a Attribute> {
        let readable = |attribute: &&Attribute| attribute.resource.is_none() || attribute.resource == self.resource;
        self.world.attributes.iter().filter(readable).collect()
    }

    fn attribute_test(&self, random: &mut Random) -> Condition {
        let attributes = self.attributes();
        let resource_only: Vec<&Attribute> = attributes.iter().copied().filter(|a| a.resource.is_some()).collect();
        let attribute = if !resource_only.is_empty() && random.chance(50) {
            random.pick(&resource_only)
        } else {
            random.pick(&attributes)
        };
        let subject = left(random, attribute);
        let mut facts = Traits { resource: attribute.resource, ..Traits::default() };
        match random.below(20) {
            0 if self.may_ask_known => {
                let is_known = random.chance(50);
                let is_not = random.chance(30);
                facts.grows = is_known != is_not;
                facts.shrinks = !facts.grows;
                let state = if is_known { "known" } else { "unknown" };
                return Condition::test(format!("{subject} is {}{state}", if is_not { "not " } else { "" }))
                    .with(facts);
            }
            1 if !matches!(attribute.kind, Kind::Set(_)) => {
                let not = if random.chance(40) { "not " } else { "" };
                return Condition::test(format!("{subject} is {not}absent")).with(facts);
            }
            2..=7 => {
                if let Some((text, resource)) = self.pair_test(random, attribute, &subject, &attributes) {
                    facts.resource = facts.resource.or(resource);
                    return Condition::test(text).with(facts);
                }
            }
            _ => {}
        }
        Condition::test(self.constant_test(random, attribute, &subject)).with(facts)
    }

    /// Attribute with attribute of one kind.
    fn pair_test(
        &self,
        random: &mut Random,
        attribute: &Attribute,
        subject: &str,
        all: &[&Attribute],
    ) -> Option<(String, Option<usize>)> {
        let fits = |other: &&&Attribute| {
            other.name != attribute.name
                && (other.kind == attribute.kind || matches!(&attribute.kind, Kind::Set(of) if **of == other.kind))
        };
        let others: Vec<&Attribute> = all.iter().filter(fits).copied().collect();
        if others.is_empty() {
            return None;
        }
        let other = random.pick(&others);
        let right = right(other);
        let text = match (&attribute.kind, &other.kind) {
            (Kind::Set(_), Kind::Set(_)) => {
                let how = random.pick(&["any", "all", "none", "only"]);
                format!("{subject} has {how} {right}")
            }
            (Kind::Set(_), _) => format!("{subject} has {right}"),
            (Kind::Node(_), _) => {
                let operator = random.pick(&["in", "not in", "is exactly", "is not exactly"]);
                format!("{subject} {operator} {right}")
            }
            (kind, _) if is_ordered(kind) => {
                let operator = random.pick(&["=", "!=", "<", "<=", ">", ">="]);
                format!("{subject} {operator} {right}")
            }
            _ => format!("{subject} {} {right}", random.pick(&["=", "!="])),
        };
        Some((text, other.resource))
    }

    fn constant_test(&self, random: &mut Random, attribute: &Attribute, subject: &str) -> String {
        let kind = &attribute.kind;
        match kind {
            Kind::Bool => match random.below(4) {
                0 => format!("{subject} = {}", random.pick(&["true", "false"])),
                _ => subject.to_owned(),
            },
            Kind::Name(_) | Kind::Text { .. } => self.name_test(random, kind, subject),
            Kind::Node(tree) => match random.below(8) {
                0 => format!("{subject} is exactly {}", self.world.literal(random, kind)),
                1 => format!("{subject} is not exactly {}", self.world.literal(random, kind)),
                2 => format!("{subject} {} {}", random.pick(&["=", "!="]), self.node(random, *tree)),
                3..=5 => {
                    let nodes: Vec<String> = (0..random.between(1, 3)).map(|_| self.node(random, *tree)).collect();
                    format!("{subject} {} [{}]", random.pick(&["in", "not in"]), nodes.join(", "))
                }
                _ => format!("{subject} = {}", self.world.literal(random, kind)),
            },
            Kind::Set(element) => self.set_test(random, element, subject),
            Kind::Address => match random.below(3) {
                0 => format!("{subject} {} {}", random.pick(&["=", "!="]), self.world.literal(random, kind)),
                1 => format!("{subject} {} {}", random.pick(&["in", "not in"]), random.pick(&NETWORKS)),
                _ => {
                    let networks = random.choose(&NETWORKS, 1, 3).join(", ");
                    format!("{subject} {} [{networks}]", random.pick(&["in", "not in"]))
                }
            },
            Kind::Date | Kind::DateTime if random.chance(35) => {
                format!("{subject} within {}", random.pick(&["0d", "1d", "36h", "30d", "365d", "90min"]))
            }
            Kind::Weekday => weekday_test(random, subject),
            _ => self.ordered_test(random, kind, subject),
        }
    }

    fn node(&self, random: &mut Random, tree: usize) -> String {
        let zones = &self.world.trees[tree].zones;
        if !zones.is_empty() && random.chance(25) {
            return random.pick(zones).0.clone();
        }
        self.world.literal(random, &Kind::Node(tree))
    }

    fn name_test(&self, random: &mut Random, kind: &Kind, subject: &str) -> String {
        let literal = |random: &mut Random| self.world.literal(random, kind);
        let exactly = |random: &mut Random| {
            let plain = self.world.plain_constant(random, kind);
            format!("exactly {}", quoted(&plain))
        };
        match random.below(10) {
            0..=2 => format!("{subject} = {}", literal(random)),
            3 => format!("{subject} != {}", literal(random)),
            4..=5 => {
                let names = list(random, |random| if random.chance(10) { exactly(random) } else { literal(random) });
                format!("{subject} {} {names}", random.pick(&["in", "not in"]))
            }
            6 => format!("{subject} = {}", exactly(random)),
            _ => {
                let plain = self.world.plain_constant(random, kind);
                let pattern = pattern(random, &plain);
                let (operator, text) = match pattern {
                    Pattern::Plain(operator, text) => (operator, text),
                    Pattern::Glob(text) => ("matches", text),
                };
                match random.below(4) {
                    0 => format!("{subject} {operator} [{}, \"zz\"]", quoted(&text)),
                    _ => format!("{subject} {operator} {}", quoted(&text)),
                }
            }
        }
    }

    fn set_test(&self, random: &mut Random, element: &Kind, subject: &str) -> String {
        let one = |random: &mut Random| match element {
            Kind::Node(tree) => self.node(random, *tree),
            _ => self.world.literal(random, element),
        };
        match random.below(8) {
            0 => format!("{subject} is empty"),
            1 => format!("{subject} is not empty"),
            2..=3 => format!("{subject} has {}", one(random)),
            _ => {
                let how = *random.pick(&["any", "all", "none", "only"]);
                format!("{subject} has {how} {}", list(random, one))
            }
        }
    }

    fn ordered_test(&self, random: &mut Random, kind: &Kind, subject: &str) -> String {
        let one = |random: &mut Random| self.world.literal(random, kind);
        let has_ranges = !matches!(kind, Kind::Version);
        match random.below(8) {
            0..=4 => format!("{subject} {} {}", random.pick(&["=", "!=", "<", "<=", ">", ">="]), one(random)),
            5 if has_ranges => match self.range(random, kind) {
                Some(range) => format!("{subject} {} {range}", random.pick(&["in", "not in"])),
                None => format!("{subject} >= {}", one(random)),
            },
            6 if has_ranges => {
                let range = self.range(random, kind);
                let parts: Vec<String> = range.into_iter().chain([one(random)]).collect();
                format!("{subject} in [{}]", parts.join(", "))
            }
            _ => format!("{subject} {} {}", random.pick(&["in", "not in"]), list(random, one)),
        }
    }

    /// A range that is not empty: two different constants in order.
    fn range(&self, random: &mut Random, kind: &Kind) -> Option<String> {
        let a = self.world.plain_constant(random, kind);
        let b = self.world.plain_constant(random, kind);
        let (low, high) = in_order(kind, a, b)?;
        Some(format!("{}..{}", self.world.written(random, kind, &low), self.world.written(random, kind, &high)))
    }
}

/// Something a catalogue says can be relied on: that two tests do not both hold.
pub(super) fn assumption(random: &mut Random, world: &World) -> String {
    let scope = Scope { world, resource: None, lets: &[], may_ask_known: false };
    let (one, other) = (scope.attribute_test(random), scope.attribute_test(random));
    format!("not ({} and {})", one.text, other.text)
}

/// Whether a test of the day and an open range would meet.
fn clashes(a: Traits, b: Traits) -> bool {
    (a.has_open_range && b.has_day) || (a.has_day && b.has_open_range)
}

fn is_ordered(kind: &Kind) -> bool {
    matches!(kind, Kind::Number { .. } | Kind::Time | Kind::Date | Kind::DateTime | Kind::Duration | Kind::Version)
}

fn in_order(kind: &Kind, a: String, b: String) -> Option<(String, String)> {
    let key = |text: &str| match kind {
        Kind::Number { .. } => text.parse::<f64>().ok(),
        Kind::Duration => seconds(text),
        // texts of one length, whose order is that of time
        _ => None,
    };
    let is_less = match (key(&a), key(&b)) {
        (Some(x), Some(y)) if x == y => return None,
        (Some(x), Some(y)) => x < y,
        _ if a == b => return None,
        _ => a < b,
    };
    Some(if is_less { (a, b) } else { (b, a) })
}

fn seconds(text: &str) -> Option<f64> {
    let split = text.find(|c: char| c.is_alphabetic())?;
    let (number, unit) = text.split_at(split);
    let unit = match unit {
        "s" => 1.0,
        "min" => 60.0,
        "h" => 3600.0,
        "d" => 86400.0,
        "w" => 604_800.0,
        _ => return None,
    };
    number.parse::<f64>().ok().map(|number| number * unit)
}

fn list(random: &mut Random, mut one: impl FnMut(&mut Random) -> String) -> String {
    let parts: Vec<String> = (0..random.between(1, 3)).map(|_| one(random)).collect();
    format!("[{}]", parts.join(", "))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

enum Pattern {
    Plain(&'static str, String),
    Glob(String),
}

/// A pattern that has a chance to match a text, in other letters sometimes.
fn pattern(random: &mut Random, text: &str) -> Pattern {
    let letters: Vec<char> = text.chars().collect();
    let middle = random.between(1, letters.len().max(1)).min(letters.len());
    let start: String = letters[..middle].iter().collect();
    let end: String = letters[letters.len() - middle..].iter().collect();
    let start = if random.chance(20) { start.to_uppercase() } else { start };
    match random.below(4) {
        0 => Pattern::Plain("starts with", start),
        1 => Pattern::Plain("ends with", end),
        2 => Pattern::Plain("contains", letters.get(middle - 1).map(char::to_string).unwrap_or(start)),
        _ => Pattern::Glob(match random.below(5) {
            0 => format!("{start}*"),
            1 => format!("*{end}"),
            2 => format!("?{}", letters.iter().skip(1).collect::<String>()),
            3 => format!("*{start}*"),
            _ => "*e*?".to_owned(),
        }),
    }
}

/// An attribute left of an operator.
fn left(random: &mut Random, attribute: &Attribute) -> String {
    let is_subject = !attribute.is_of_context && attribute.resource.is_none();
    if is_subject && random.chance(15) { format!("user.{}", attribute.name) } else { attribute.name.clone() }
}

/// An attribute right of an operator: dotted, or it would be a value.
pub(super) fn right(attribute: &Attribute) -> String {
    if attribute.name.contains('.') { attribute.name.clone() } else { format!("user.{}", attribute.name) }
}

fn weekday_test(random: &mut Random, subject: &str) -> String {
    match random.below(4) {
        0 => format!("{subject} {} {}", random.pick(&["=", "!="]), random.pick(&["Mon", "Sat", "Sun"])),
        1 => format!("{subject} in [{}]", random.choose(&["Mon", "Wed", "Fri", "Sun"], 1, 3).join(", ")),
        _ => format!("{subject} {} {}", random.pick(&["in", "not in"]), random.pick(&WEEK_RANGES)),
    }
}

const WEEK_RANGES: [&str; 4] = ["Mon..Fri", "Fri..Mon", "Sat..Sun", "Wed..Thu"];
const CLOCK_RANGES: [&str; 6] =
    ["08:00..17:00", "22:00..06:00", "00:00..02:30", "02:00..03:00", "17:30..24:00", "23:00..00:00"];

/// A test of the clock on the wall, or of `now`.
fn clock_test(random: &mut Random, world: &World) -> Condition {
    let at = if random.chance(25) { format!(" at \"{}\"", random.pick(&ZONES)) } else { String::new() };
    let range = random.pick(&CLOCK_RANGES);
    let open = Traits { has_open_range: true, ..Traits::default() };
    let day = Traits { has_day: true, ..Traits::default() };
    match random.below(10) {
        0 => Condition::test(format!("time in {range}{at}")).with(open),
        1 => Condition::test(format!("time not in {range}{at}")).with(open),
        2 => Condition::test(format!("time {} 12:00", random.pick(&["<", ">=", ">", "<="]))),
        3..=4 => {
            let on = match random.below(5) {
                0 => "Fri".to_owned(),
                1 => (*random.pick(&WEEK_RANGES)).to_owned(),
                2 => "[Sat, Sun]".to_owned(),
                3 => (*random.pick(&DATES)).to_owned(),
                _ => "public_holiday".to_owned(),
            };
            let on = if !world.is_declared && on == "public_holiday" { "Fri".to_owned() } else { on };
            Condition::test(format!("time in {range} on {on}{at}"))
        }
        5 => Condition::test("date in public_holiday").with(day).or_without_catalogue(world),
        6 => {
            let dates = random.choose(&DATES, 2, 2);
            let (low, high) = (dates[0].min(dates[1]), dates[0].max(dates[1]));
            Condition::test(format!("date in {low}..{high}")).with(day)
        }
        7 => {
            let text = format!("date {} {}", random.pick(&["=", "<", "<=", ">", ">=", "!="]), random.pick(&DATES));
            Condition::test(text).with(day)
        }
        8 => Condition::test(weekday_test(random, "weekday")).with(day),
        _ => Condition::test(format!("now {} {}", random.pick(&["<", "<=", ">", ">="]), random.pick(&INSTANTS))),
    }
}

impl Condition {
    /// Without a catalogue there are no calendars.
    fn or_without_catalogue(self, world: &World) -> Self {
        if world.is_declared { self } else { Self::test("date = 2026-12-25").with(self.facts) }
    }
}

/// A name of something to target.
pub(super) fn target(random: &mut Random, name: &str) -> String {
    let mut parts = name.split('\u{0}');
    let thing = parts.next().unwrap_or_default();
    // a dot outside quotes is the dot of an entitlement's own name, too
    let thing = if thing.contains('.') && !thing.contains(' ') { thing.to_owned() } else { word(random, thing) };
    match parts.next() {
        Some(action) => format!("{thing}.{action}"),
        None => thing,
    }
}
