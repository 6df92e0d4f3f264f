//! Rules and people by chance. The shares below were counted in a policy of ten thousand rules.

use super::{Attribute, Predicate, Rule, Situation, Test, Vocabulary, Workload};
use crate::random::Random;

const SITUATIONS: usize = 1_000;

/// How many tests a rule joins by `and`, from one on, in percent.
const PARTS: [usize; 5] = [15, 30, 30, 15, 10];
/// In percent of tests: those that are an `or` instead, of two or three.
const GROUPS: usize = 7;
/// In percent: tests for a list of values instead of one, where there are values to list.
const LISTS: usize = 25;
/// In percent: negated tests.
const NEGATED: usize = 8;
/// The same, of those for a list.
const NEGATED_LISTS: usize = 12;
/// In percent: rules that take away.
const DENIES: usize = 24;
/// In percent: rules about the tenth of the entitlements that is written about most.
const BUSY: usize = 31;

/// What a rule tests first, mostly: who somebody is and where. The rest are tested by the shares of [`OTHERS`].
const FIRST: [(Option<Attribute>, usize); 4] =
    [(Some(Attribute::Role), 40), (Some(Attribute::Department), 27), (Some(Attribute::Location), 24), (None, 9)];
const OTHERS: [(Attribute, usize); 10] = [
    (Attribute::Location, 20),
    (Attribute::DeviceManaged, 14),
    (Attribute::Network, 14),
    (Attribute::Role, 13),
    (Attribute::Department, 13),
    (Attribute::Hour, 11),
    (Attribute::DeviceType, 11),
    (Attribute::Clearance, 8),
    (Attribute::Status, 5),
    (Attribute::Language, 5),
];
/// Buildings, floors, wards, rooms that rules name.
const LEVELS: [usize; 4] = [10, 25, 46, 19];
const BUILDINGS: usize = 5;

pub(super) fn workload(size: usize, seed: u64) -> Workload {
    let vocabulary = vocabulary();
    let mut random = Random::new(seed);
    let mut people = random.fork();
    let entitlements = 20.max(size / 10);
    let rules = (0..size).map(|_| rule(&mut random, &vocabulary, entitlements)).collect();
    let situations = (0..SITUATIONS).map(|_| situation(&mut people, &vocabulary)).collect();
    let entitlements = (0..entitlements).map(|at| format!("app_{at}")).collect();
    Workload { vocabulary, entitlements, rules, situations }
}

fn vocabulary() -> Vocabulary {
    let numbered = |name: &str, end: usize| (0..end).map(|at| format!("{name}_{at}")).collect::<Vec<_>>();
    let words = |words: &str| words.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let numbers = |end: usize| (0..end).map(|at| at.to_string()).collect::<Vec<_>>();
    let (places, parents) = places();
    let values = [
        numbered("role", 40),
        numbered("department", 60),
        places,
        words("desktop laptop phone tablet cart kiosk"),
        words("false true"),
        words("cable staff guest tunnel outside"),
        numbers(24),
        numbers(10),
        words("en es nl de fr tr pl ar zh pt it sv"),
        words("active leave notice gone"),
    ];
    Vocabulary { values, parents }
}

/// Five buildings of four floors; three or four wards a floor, four rooms a ward: four hundred places.
fn places() -> (Vec<String>, Vec<Option<usize>>) {
    let (mut names, mut parents, mut wards) = (Vec::new(), Vec::new(), 0);
    let mut add = |name: String, parent: Option<usize>| {
        names.push(name);
        parents.push(parent);
        names.len() - 1
    };
    for building in 0..BUILDINGS {
        let in_building = add(format!("building_{building}"), None);
        for floor in 4 * building..4 * building + 4 {
            let in_floor = add(format!("floor_{floor}"), Some(in_building));
            for _ in 0..if floor % 4 == 3 { 3 } else { 4 } {
                let in_ward = add(format!("ward_{wards}"), Some(in_floor));
                for room in 4 * wards..4 * wards + 4 {
                    add(format!("room_{room}"), Some(in_ward));
                }
                wards += 1;
            }
        }
    }
    (names, parents)
}

/// A place of a level by chance, 0 being that of buildings.
fn place_of(random: &mut Random, vocabulary: &Vocabulary, level: usize) -> usize {
    let parent = |&place: &usize| vocabulary.parents[place];
    loop {
        let place = random.below(vocabulary.parents.len());
        if std::iter::successors(parent(&place), parent).count() == level {
            return place;
        }
    }
}

fn rule(random: &mut Random, vocabulary: &Vocabulary, entitlements: usize) -> Rule {
    let parts = 1 + weighted(random, &PARTS);
    let mut attributes: Vec<Attribute> = Vec::new();
    let first = FIRST[weighted(random, &FIRST.map(|(_, share)| share))].0;
    attributes.push(first.unwrap_or_else(|| any_attribute(random)));
    while attributes.len() < parts {
        let next = any_attribute(random);
        if !attributes.contains(&next) {
            attributes.push(next);
        }
    }
    let parts = attributes.into_iter().map(|attribute| part(random, vocabulary, attribute)).collect();
    Rule { parts, is_deny: random.chance(DENIES), entitlement: entitlement(random, entitlements) }
}

fn part(random: &mut Random, vocabulary: &Vocabulary, attribute: Attribute) -> Vec<Predicate> {
    let alternatives = if random.chance(GROUPS) { random.between(1, 2) } else { 0 };
    let mut part = vec![predicate(random, vocabulary, attribute)];
    for _ in 0..alternatives {
        let attribute = any_attribute(random);
        part.push(predicate(random, vocabulary, attribute));
    }
    part
}

fn any_attribute(random: &mut Random) -> Attribute {
    OTHERS[weighted(random, &OTHERS.map(|(_, share)| share))].0
}

fn entitlement(random: &mut Random, entitlements: usize) -> usize {
    let busy = entitlements / 10;
    if random.chance(BUSY) { random.below(busy) } else { random.below(entitlements) }
}

fn predicate(random: &mut Random, vocabulary: &Vocabulary, attribute: Attribute) -> Predicate {
    let values = vocabulary.values[attribute.index()].len();
    let test = match attribute {
        Attribute::Location => {
            let level = weighted(random, &LEVELS);
            Test::Is(place_of(random, vocabulary, level))
        }
        Attribute::DeviceManaged => Test::Is(usize::from(random.chance(60))),
        Attribute::Hour => {
            let hours = random.between(2, 11);
            let start = random.below(values - hours);
            Test::Range(start, start + hours)
        }
        Attribute::Clearance => {
            let bound = random.between(1, values - 2);
            if random.chance(75) { Test::Range(bound, values - 1) } else { Test::Range(0, bound) }
        }
        _ if random.chance(LISTS) => Test::In(several(random, values)),
        _ => Test::Is(skewed(random, values)),
    };
    let negated = match (attribute, &test) {
        (Attribute::DeviceManaged | Attribute::Clearance, _) => 0,
        (_, Test::In(_)) => NEGATED_LISTS,
        _ => NEGATED,
    };
    Predicate { attribute, test, is_negated: random.chance(negated) }
}

/// Two to five values, at most half of them, in their order.
fn several(random: &mut Random, values: usize) -> Vec<usize> {
    let count = random.between(2, (values / 2).clamp(3, 5));
    let mut chosen: Vec<usize> = Vec::with_capacity(count);
    while chosen.len() < count {
        let value = skewed(random, values);
        if !chosen.contains(&value) {
            chosen.push(value);
        }
    }
    chosen.sort_unstable();
    chosen
}

/// A value of so many, the first four times as often as the last.
fn skewed(random: &mut Random, values: usize) -> usize {
    loop {
        let value = random.below(values);
        if random.below(4 * values) >= 3 * value {
            return value;
        }
    }
}

fn situation(random: &mut Random, vocabulary: &Vocabulary) -> Situation {
    let values = |attribute: Attribute| vocabulary.values[attribute.index()].len();
    let device = weighted(random, &[25, 24, 22, 14, 10, 5]);
    let managed = [95, 70, 32, 52, 100, 100][device];
    let place = [3, 2, 1][weighted(random, &[87, 10, 3])];
    Attribute::ALL.map(|attribute| match attribute {
        Attribute::Role | Attribute::Department => fading(random, values(attribute)),
        Attribute::Location => place_of(random, vocabulary, place),
        Attribute::DeviceType => device,
        Attribute::DeviceManaged => usize::from(random.chance(managed)),
        Attribute::Network => weighted(random, &[33, 30, 14, 11, 12]),
        Attribute::Hour if random.chance(85) => random.between(7, 17),
        Attribute::Hour => random.below(values(attribute)),
        Attribute::Clearance => fading(random, values(attribute)),
        Attribute::Language => weighted(random, &[64, 7, 6, 5, 5, 4, 3, 2, 2, 1, 1, 1]),
        Attribute::Status => weighted(random, &[89, 4, 4, 3]),
    })
}

/// A value of so many, the last hardly ever.
fn fading(random: &mut Random, values: usize) -> usize {
    random.below(values).min(random.below(values))
}

/// A position in a list of shares, as often as its share says.
fn weighted(random: &mut Random, shares: &[usize]) -> usize {
    let mut rest = random.below(shares.iter().sum());
    let past = |share: &usize| {
        let is_past = rest >= *share;
        rest = rest.saturating_sub(*share);
        !is_past
    };
    shares.iter().position(past).unwrap_or(0)
}
