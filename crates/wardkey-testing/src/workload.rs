//! The hospital workload: N access rules over ten attributes of a person, their device and the hour, as a hospital of
//! forty roles, sixty departments and four hundred places would write them. What benchmarks measure.
//!
//! A workload is plain data with three readings: [`Workload::files`] in the language, [`Person`] as a host would hold it,
//! and [`Workload::expected`], the answers found by walking over every rule. The last shares no code with the library, so
//! a workload checks the engine at sizes for which the reference evaluator is too slow.
//!
//! Whole policies of this shape come from [`Workload::generate`]; a test may fill the same data from elsewhere.

mod generate;
mod text;

use serde::Serialize;
use wardkey::{LoadError, Policy, PolicyFiles};

/// What is known of a person, in the order of [`Vocabulary::values`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Attribute {
    Role,
    Department,
    Location,
    DeviceType,
    DeviceManaged,
    Network,
    Hour,
    Clearance,
    Language,
    Status,
}

impl Attribute {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Role,
        Self::Department,
        Self::Location,
        Self::DeviceType,
        Self::DeviceManaged,
        Self::Network,
        Self::Hour,
        Self::Clearance,
        Self::Language,
        Self::Status,
    ];

    /// As rules write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Department => "department",
            Self::Location => "location",
            Self::DeviceType => "device.type",
            Self::DeviceManaged => "device.managed",
            Self::Network => "network",
            Self::Hour => "hour",
            Self::Clearance => "clearance",
            Self::Language => "language",
            Self::Status => "status",
        }
    }

    /// Its place in [`Attribute::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
}

/// The values of every attribute. Elsewhere a value is a position in its list; those of the hour and of the clearance are
/// the numbers themselves, those of `device.managed` are `false` and `true`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    /// By attribute.
    pub values: [Vec<String>; 10],
    /// By location, what it is part of: never a place that comes later, nor itself.
    pub parents: Vec<Option<usize>>,
}

impl Vocabulary {
    /// The text of a value.
    pub fn value(&self, attribute: Attribute, value: usize) -> &str {
        &self.values[attribute.index()][value]
    }

    fn is_within(&self, mut place: usize, area: usize) -> bool {
        loop {
            if place == area {
                return true;
            }
            match self.parents[place] {
                Some(parent) => place = parent,
                None => return false,
            }
        }
    }
}

/// A test of one attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Predicate {
    /// What is tested.
    pub attribute: Attribute,
    /// What it is tested for.
    pub test: Test,
    /// Whether the opposite is meant.
    pub is_negated: bool,
}

/// What an attribute is tested for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// This value; a location is, or lies within it.
    Is(usize),
    /// One of these.
    In(Vec<usize>),
    /// From the one to the other, both included.
    Range(usize, usize),
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// All must hold; of each, one predicate is enough.
    pub parts: Vec<Vec<Predicate>>,
    /// Whether it takes away instead of giving.
    pub is_deny: bool,
    /// What it speaks of.
    pub entitlement: usize,
}

/// A context: the value of every attribute.
pub type Situation = [usize; 10];

/// Rules, and situations in which to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// What values there are.
    pub vocabulary: Vocabulary,
    /// The names of what is given.
    pub entitlements: Vec<String>,
    /// The rules.
    pub rules: Vec<Rule>,
    /// The contexts.
    pub situations: Vec<Situation>,
}

/// A person as a host would hold them: serialises to a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Person<'a> {
    pub role: &'a str,
    pub department: &'a str,
    pub location: &'a str,
    pub device: Device<'a>,
    pub network: &'a str,
    pub hour: u32,
    pub clearance: u32,
    pub language: &'a str,
    pub status: &'a str,
}

/// The device a person sits at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Device<'a> {
    #[serde(rename = "type")]
    pub kind: &'a str,
    pub managed: bool,
}

/// A workload in figures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// Conjunctions a rule comes to when every `or` is split.
    pub conjunctions: f64,
    /// Tests a rule has.
    pub predicates: f64,
    /// The share of rules that take away.
    pub denies: f64,
    /// Rules that hold in a situation, on average.
    pub matched: f64,
}

/// What is expected of one entitlement in one situation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Some rule gives it, none takes it away.
    Given,
    /// Some rule takes it away.
    Denied,
    /// No rule speaks of it.
    Nothing,
}

impl Workload {
    /// A workload of `size` rules and a thousand situations; the same for the same seed.
    ///
    /// Cost: about a microsecond a rule.
    pub fn generate(size: usize, seed: u64) -> Self {
        generate::workload(size, seed)
    }

    /// The rules, the catalogue and its table of places, in the language.
    pub fn files(&self) -> PolicyFiles {
        self.texts().into_iter().fold(PolicyFiles::new(), |files, (name, text)| match name.rsplit_once('.') {
            Some((_, "yaml")) => files.catalogue(name, text),
            Some((_, "csv")) => files.table(name, text),
            _ => files.rules(name, text),
        })
    }

    /// Those files as they would stand in a folder: names and texts.
    pub fn texts(&self) -> Vec<(String, String)> {
        let mut texts =
            vec![("catalogue.yaml".to_owned(), self.catalogue()), ("locations.csv".to_owned(), self.places())];
        // one file holds 64 MiB at most
        texts.extend(self.rules.chunks(250_000).enumerate().map(|(at, rules)| {
            (format!("hospital_{at}.ward"), text::rules(&self.vocabulary, &self.entitlements, rules))
        }));
        texts
    }

    /// The policy. Errors: what the library finds wrong with the text.
    pub fn policy(&self) -> Result<Policy, LoadError> {
        self.files().load()
    }

    /// The text of all rules, one a line.
    pub fn rules_text(&self) -> String {
        text::rules(&self.vocabulary, &self.entitlements, &self.rules)
    }

    /// The text of the catalogue, which names the table `locations.csv`.
    pub fn catalogue(&self) -> String {
        text::catalogue(&self.vocabulary, &self.entitlements)
    }

    /// The table of places.
    pub fn places(&self) -> String {
        text::places(&self.vocabulary)
    }

    /// A situation as a person.
    pub fn person(&self, situation: &Situation) -> Person<'_> {
        let text = |attribute: Attribute| self.vocabulary.value(attribute, situation[attribute.index()]);
        let number = |attribute: Attribute| u32::try_from(situation[attribute.index()]).unwrap_or(u32::MAX);
        Person {
            role: text(Attribute::Role),
            department: text(Attribute::Department),
            location: text(Attribute::Location),
            device: Device {
                kind: text(Attribute::DeviceType),
                managed: situation[Attribute::DeviceManaged.index()] == 1,
            },
            network: text(Attribute::Network),
            hour: number(Attribute::Hour),
            clearance: number(Attribute::Clearance),
            language: text(Attribute::Language),
            status: text(Attribute::Status),
        }
    }

    /// The rules that hold in a situation.
    pub fn matched<'a>(&'a self, situation: &'a Situation) -> impl Iterator<Item = &'a Rule> + 'a {
        self.rules.iter().filter(|rule| {
            rule.parts.iter().all(|part| part.iter().any(|predicate| self.vocabulary.holds(predicate, situation)))
        })
    }

    /// What a situation comes to, for every entitlement.
    pub fn expected(&self, situation: &Situation) -> Vec<Expected> {
        let mut expected = vec![Expected::Nothing; self.entitlements.len()];
        for rule in self.matched(situation) {
            let entry = &mut expected[rule.entitlement];
            *entry = if rule.is_deny || *entry == Expected::Denied { Expected::Denied } else { Expected::Given };
        }
        expected
    }

    /// Its figures; those of situations over the first `situations` of them.
    pub fn shape(&self, situations: usize) -> Shape {
        let conjunctions = |rule: &Rule| rule.parts.iter().map(Vec::len).product::<usize>();
        let predicates = |rule: &Rule| rule.parts.iter().map(Vec::len).sum::<usize>();
        let rules = self.rules.len();
        let asked = &self.situations[..situations.min(self.situations.len())];
        Shape {
            conjunctions: mean(self.rules.iter().map(conjunctions).sum(), rules),
            predicates: mean(self.rules.iter().map(predicates).sum(), rules),
            denies: mean(self.rules.iter().filter(|rule| rule.is_deny).count(), rules),
            matched: mean(asked.iter().map(|situation| self.matched(situation).count()).sum(), asked.len()),
        }
    }
}

impl<'a> Person<'a> {
    /// Names and values, in the order of [`Attribute::ALL`], all as text.
    pub fn pairs(&self) -> [(&'static str, std::borrow::Cow<'a, str>); 10] {
        let flag = if self.device.managed { "true" } else { "false" };
        [
            ("role", self.role.into()),
            ("department", self.department.into()),
            ("location", self.location.into()),
            ("device.type", self.device.kind.into()),
            ("device.managed", flag.into()),
            ("network", self.network.into()),
            ("hour", self.hour.to_string().into()),
            ("clearance", self.clearance.to_string().into()),
            ("language", self.language.into()),
            ("status", self.status.into()),
        ]
    }

    /// As a JSON object.
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Vocabulary {
    fn holds(&self, predicate: &Predicate, situation: &Situation) -> bool {
        let value = situation[predicate.attribute.index()];
        let is = match &predicate.test {
            Test::Is(area) if predicate.attribute == Attribute::Location => self.is_within(value, *area),
            Test::Is(other) => value == *other,
            Test::In(others) => others.contains(&value),
            Test::Range(low, high) => (*low..=*high).contains(&value),
        };
        is != predicate.is_negated
    }
}

#[allow(clippy::cast_precision_loss)]
fn mean(sum: usize, count: usize) -> f64 {
    if count == 0 { 0.0 } else { sum as f64 / count as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: u64 = 1;

    #[test]
    fn the_same_seed_gives_the_same_workload() {
        assert_eq!(Workload::generate(100, SEED), Workload::generate(100, SEED));
        assert_ne!(Workload::generate(100, SEED), Workload::generate(100, SEED + 1));
    }

    #[test]
    fn people_do_not_depend_on_the_number_of_rules() {
        assert_eq!(Workload::generate(10, SEED).situations, Workload::generate(1_000, SEED).situations);
    }

    #[test]
    fn it_has_the_shape_of_a_hospital() {
        // rules matched a situation, as measured on the policies that this generator imitates
        for (size, entitlements, matched) in [(10, 20, 1.5), (100, 20, 3.9), (1_000, 100, 47.0), (10_000, 1_000, 438.0)]
        {
            // small policies differ much from one another, so several are looked at
            let seeds = if size <= 100 { 40 } else { 2 };
            let workloads: Vec<_> = (0..seeds).map(|seed| Workload::generate(size, seed)).collect();
            let shapes: Vec<_> = workloads.iter().map(|workload| workload.shape(50)).collect();
            let over = |of: fn(&Shape) -> f64| shapes.iter().map(of).sum::<f64>() / f64::from(seeds as u32);
            assert!(workloads.iter().all(|workload| workload.entitlements.len() == entitlements));
            let conjunctions = over(|shape| shape.conjunctions);
            assert!((1.2..1.45).contains(&conjunctions), "{size} rules: {conjunctions} conjunctions a rule");
            let predicates = over(|shape| shape.predicates);
            assert!((2.8..3.3).contains(&predicates), "{size} rules: {predicates} predicates a rule");
            let denies = over(|shape| shape.denies);
            assert!((0.15..0.30).contains(&denies), "{size} rules: {denies} of them deny");
            let found = over(|shape| shape.matched);
            // by chance the ten rules measured hold one that nearly everybody matches
            let (low, high) = if size < 1_000 { (0.25, 2.0) } else { (0.85, 1.15) };
            assert!((low * matched..high * matched).contains(&found), "{size} rules: {found} matched");
        }
    }

    #[test]
    fn rules_and_catalogue_are_of_the_language() {
        let workload = Workload::generate(100, SEED);
        let policy = workload.policy().unwrap();
        assert_eq!(policy.entitlement_ids().count(), 20);
        let first = workload.rules_text().lines().next().unwrap().to_owned();
        assert!(first.contains(" -> "), "{first}");
    }

    #[test]
    fn a_person_is_a_context() {
        let workload = Workload::generate(10, SEED);
        let policy = workload.policy().unwrap();
        for situation in &workload.situations[..20] {
            let person = workload.person(situation);
            let from_pairs =
                person.pairs().into_iter().fold(policy.context(), |builder, (name, value)| builder.set(name, &*value));
            let contexts = [policy.context().values(&person), policy.context().json(person.json()), from_pairs];
            let states = contexts.map(|builder| builder.build().unwrap().states(&policy).cloned().collect::<Vec<_>>());
            assert_eq!(states[0], states[1]);
            assert_eq!(states[0], states[2]);
        }
    }
}
