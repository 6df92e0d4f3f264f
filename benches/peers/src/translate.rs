//! What the translations share: rules as tests of flat fields, contexts as values of them.
//!
//! The tree of places becomes one field a level: `place_0` holds the building that somebody is in, `place_1` the floor, and
//! so on, empty below the place itself. To lie within an area is then to have it in the field of its level: one comparison of
//! texts, the cheapest form any of the engines has. Engines that know hierarchies read [`Test::Within`] instead.

use wardkey_testing::workload::{Attribute, Predicate, Rule, Situation, Test as Given, Vocabulary, Workload};

/// The fields of the levels, from the top.
const LEVELS: [&str; 4] = ["place_0", "place_1", "place_2", "place_3"];

/// A test of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test<'a> {
    /// What is tested.
    pub field: &'static str,
    /// What it is tested for.
    pub is: Is<'a>,
    /// Whether the opposite is meant.
    pub is_negated: bool,
}

/// What a field is tested for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Is<'a> {
    /// This text.
    Text(&'a str),
    /// This area, or a place within it: where fields are flat, the same as [`Is::Text`].
    Within(&'a str),
    /// One of these texts.
    Any(Vec<&'a str>),
    /// From the one to the other, both included.
    Range(i64, i64),
    /// This truth value.
    Flag(bool),
}

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// A word.
    Text(&'a str),
    /// A whole number.
    Number(i64),
    /// A truth value.
    Flag(bool),
}

/// A condition: all of the parts must hold, of each part one test is enough.
pub type Condition<'a> = Vec<Vec<Test<'a>>>;

/// The rules about one entitlement.
#[derive(Clone, Debug, Default)]
pub struct Rules<'a> {
    /// What takes it away.
    pub denies: Vec<Condition<'a>>,
    /// What gives it.
    pub allows: Vec<Condition<'a>>,
}

/// The flat fields and their kinds, in the order of [`values`].
pub fn fields() -> Vec<(&'static str, Kind)> {
    let kind = |attribute: Attribute| match attribute {
        Attribute::DeviceManaged => Kind::Flag,
        Attribute::Hour | Attribute::Clearance => Kind::Number,
        _ => Kind::Text,
    };
    let one = |attribute: Attribute| match attribute {
        Attribute::Location => LEVELS.map(|level| (level, Kind::Text)).to_vec(),
        _ => vec![(field(attribute), kind(attribute))],
    };
    Attribute::ALL.into_iter().flat_map(one).collect()
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    Text,
    /// Whole numbers.
    Number,
    /// Truth values.
    Flag,
}

/// A context as the values of the flat fields.
pub fn values<'a>(vocabulary: &'a Vocabulary, situation: &Situation) -> Vec<(&'static str, Value<'a>)> {
    let mut values = Vec::with_capacity(13);
    for attribute in Attribute::ALL {
        let value = situation[attribute.index()];
        match attribute {
            Attribute::Location => {
                let path = path(vocabulary, value);
                let text = |level: usize| path.get(level).map_or("", |place| vocabulary.value(attribute, *place));
                values.extend(LEVELS.iter().enumerate().map(|(level, name)| (*name, Value::Text(text(level)))));
            }
            Attribute::DeviceManaged => values.push((field(attribute), Value::Flag(value == 1))),
            Attribute::Hour | Attribute::Clearance => values.push((field(attribute), Value::Number(whole(value)))),
            _ => values.push((field(attribute), Value::Text(vocabulary.value(attribute, value)))),
        }
    }
    values
}

/// A context as a JSON object of the flat fields.
pub fn json(vocabulary: &Vocabulary, situation: &Situation) -> serde_json::Value {
    let json = |value| match value {
        Value::Text(text) => serde_json::Value::from(text),
        Value::Number(number) => number.into(),
        Value::Flag(flag) => flag.into(),
    };
    values(vocabulary, situation).into_iter().map(|(field, value)| (field.to_owned(), json(value))).collect()
}

/// The place and all it is part of, from the top.
pub fn path(vocabulary: &Vocabulary, place: usize) -> Vec<usize> {
    let mut path: Vec<_> = std::iter::successors(Some(place), |place| vocabulary.parents[*place]).collect();
    path.reverse();
    path
}

/// The rules, by entitlement.
pub fn by_entitlement(workload: &Workload) -> Vec<Rules<'_>> {
    let mut grouped = vec![Rules::default(); workload.entitlements.len()];
    for rule in &workload.rules {
        let rules = &mut grouped[rule.entitlement];
        let side = if rule.is_deny { &mut rules.denies } else { &mut rules.allows };
        side.push(condition(&workload.vocabulary, rule));
    }
    grouped
}

/// The condition of a rule.
pub fn condition<'a>(vocabulary: &'a Vocabulary, rule: &'a Rule) -> Condition<'a> {
    let part = |part: &'a Vec<Predicate>| part.iter().map(|predicate| test(vocabulary, predicate)).collect();
    rule.parts.iter().map(part).collect()
}

/// A condition as conjunctions of which one must hold, for engines whose rules have no `or`.
pub fn conjunctions<'a>(condition: &Condition<'a>) -> Vec<Vec<Test<'a>>> {
    let mut all: Vec<Vec<Test<'a>>> = vec![Vec::new()];
    for part in condition {
        let with = |known: &Vec<Test<'a>>, test: &Test<'a>| known.iter().chain([test]).cloned().collect();
        all = all.iter().flat_map(|known| part.iter().map(move |test| with(known, test))).collect();
    }
    all
}

/// A condition as text, of an engine's own words.
pub fn text(condition: &Condition<'_>, and: &str, or: &str, test: impl Fn(&Test<'_>) -> String) -> String {
    let part = |part: &Vec<Test<'_>>| {
        let tests: Vec<_> = part.iter().map(&test).collect();
        if tests.len() == 1 { tests.concat() } else { format!("({})", tests.join(or)) }
    };
    condition.iter().map(part).collect::<Vec<_>>().join(and)
}

/// Texts in quotes, with commas between. None of the workload's words needs escaping.
pub fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}

fn test<'a>(vocabulary: &'a Vocabulary, predicate: &'a Predicate) -> Test<'a> {
    let Predicate { attribute, test, is_negated } = predicate;
    let word = |value: usize| vocabulary.value(*attribute, value);
    let (field, is) = match (attribute, test) {
        (Attribute::Location, Given::Is(area)) => (LEVELS[path(vocabulary, *area).len() - 1], Is::Within(word(*area))),
        (Attribute::DeviceManaged, Given::Is(value)) => (field(*attribute), Is::Flag(*value == 1)),
        (_, Given::Is(value)) => (field(*attribute), Is::Text(word(*value))),
        (_, Given::In(values)) => (field(*attribute), Is::Any(values.iter().map(|value| word(*value)).collect())),
        (_, Given::Range(low, high)) => (field(*attribute), Is::Range(whole(*low), whole(*high))),
    };
    Test { field, is, is_negated: *is_negated }
}

fn field(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::DeviceType => "device_type",
        Attribute::DeviceManaged => "device_managed",
        _ => attribute.name(),
    }
}

fn whole(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
