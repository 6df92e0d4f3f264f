//! Random contexts for a world, and the ways of filling in what they leave open.

use super::values::INSTANTS;
use super::world::{Attribute, Inner, Kind, Omitted, World};
use crate::random::Random;
use serde_json::{Map, Value as Json, json};

/// A context as a list of entries, so that entries can be dropped one by one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GeneratedContext {
    /// Attribute, as a rule names it, and what is said of it.
    pub entries: Vec<(String, Json)>,
}

impl GeneratedContext {
    /// A random context.
    pub fn random(random: &mut Random, world: &World) -> Self {
        let mut entries = Vec::new();
        if random.chance(85) {
            entries.push(("now".to_owned(), now(random)));
        } else if random.chance(30) {
            entries.push(("now".to_owned(), json!({"$": "unknown"})));
        }
        // sometimes nearly everything is known, sometimes nearly nothing
        let openness = *random.pick(&[0, 10, 40, 80]);
        for attribute in &world.attributes {
            if let Some(value) = entry(random, world, attribute, openness) {
                entries.push((attribute.name.clone(), value));
            }
        }
        if random.chance(40) {
            entries.push(("approved".to_owned(), approvals(random, world)));
        }
        if random.chance(2) {
            let wrong = wrong(random, world);
            entries.retain(|(name, _)| *name != wrong.0);
            entries.push(wrong);
        }
        Self { entries }
    }

    /// The context as JSON: dotted names as they are.
    pub fn json(&self) -> Json {
        Json::Object(self.entries.iter().cloned().collect())
    }

    /// The same context in another form: dotted names nested, `user.` before some, any order.
    pub fn json_in_another_form(&self, random: &mut Random, world: &World) -> Json {
        let mut entries = self.entries.clone();
        random.shuffle(&mut entries);
        let mut root = Map::new();
        for (name, value) in entries {
            let is_subject =
                world.attributes.iter().any(|a| a.name == name && !a.is_of_context && a.resource.is_none());
            let name = if is_subject && random.chance(30) { format!("user.{name}") } else { name };
            insert(&mut root, &name, value, random.chance(50));
        }
        Json::Object(root)
    }

    /// This context with everything that is open filled in at random. What the catalogue has a default for, or takes as
    /// absent, is known already.
    pub fn completion(&self, random: &mut Random, world: &World) -> Self {
        let said = |name: &str| self.entries.iter().find(|(at, _)| at == name).map(|(_, value)| value);
        let mut entries = Vec::new();
        let is_now_open = said("now").is_none_or(|now| now.is_object() || now.is_null());
        entries
            .push(("now".to_owned(), if is_now_open { now(random) } else { said("now").cloned().unwrap_or_default() }));
        for attribute in &world.attributes {
            let value = match said(&attribute.name) {
                None | Some(Json::Null) if attribute.omitted != Omitted::Unknown => continue,
                None | Some(Json::Null) => fill(random, world, attribute, &json!({"$": "unknown"})),
                Some(value) => fill(random, world, attribute, value),
            };
            entries.push((attribute.name.clone(), value));
        }
        entries.extend(said("approved").map(|approved| ("approved".to_owned(), approved.clone())));
        Self { entries }
    }
}

/// An entry that makes the context unreadable.
fn wrong(random: &mut Random, world: &World) -> (String, Json) {
    let mut numbers = world.attributes.iter().filter(|attribute| matches!(attribute.kind, Kind::Number { .. }));
    match numbers.next_back() {
        Some(attribute) if random.chance(50) => (attribute.name.clone(), json!("many")),
        // without a catalogue it is passed over
        _ => ("never_declared".to_owned(), json!(1)),
    }
}

/// Puts a value at a dotted name, nested as far as the other names allow.
fn insert(at: &mut Map<String, Json>, name: &str, value: Json, nest: bool) {
    if let (Some((head, rest)), true) = (name.split_once('.'), nest)
        && let Json::Object(inner) = at.entry(head.to_owned()).or_insert_with(|| Json::Object(Map::new()))
    {
        insert(inner, rest, value, nest);
        return;
    }
    at.insert(name.to_owned(), value);
}

fn now(random: &mut Random) -> Json {
    if random.chance(50) {
        return json!(random.pick(&INSTANTS));
    }
    let (month, day) = (random.between(2, 12), random.between(1, 28));
    let (hour, minute) = (random.below(24), random.pick(&[0, 1, 29, 30, 59]));
    let offset = random.pick(&["Z", "-06:00", "+02:00", "+10:30"]);
    json!(format!("2026-{month:02}-{day:02}T{hour:02}:{minute:02}:00{offset}"))
}

/// What is said of an attribute; none if nothing is.
fn entry(random: &mut Random, world: &World, attribute: &Attribute, openness: usize) -> Option<Json> {
    if random.chance(openness) {
        return match random.below(5) {
            0..=1 => None,
            2 => Some(Json::Null),
            3 => Some(json!({"$": "unknown"})),
            _ if matches!(attribute.kind, Kind::Set(_)) => Some(open_set(random, world, attribute)),
            _ => None,
        };
    }
    if random.chance(12) {
        return Some(json!({"$": "absent"}));
    }
    match &attribute.kind {
        Kind::Set(_) if random.chance(15) => Some(open_set(random, world, attribute)),
        Kind::Set(_) => Some(elements(random, world, attribute, 3)),
        _ => Some(world.json_value(random, attribute)),
    }
}

fn elements(random: &mut Random, world: &World, attribute: &Attribute, most: usize) -> Json {
    Json::Array((0..random.between(0, most)).map(|_| world.json_value(random, attribute)).collect())
}

/// A set of which not everything is known.
fn open_set(random: &mut Random, world: &World, attribute: &Attribute) -> Json {
    let mut set = Map::new();
    set.insert("$".to_owned(), json!("set"));
    if random.chance(70) {
        set.insert("has".to_owned(), elements(random, world, attribute, 2));
    }
    if random.chance(60) {
        set.insert("may_have".to_owned(), elements(random, world, attribute, 2));
    }
    if random.chance(40) {
        set.insert("others".to_owned(), json!(random.chance(70)));
    }
    Json::Object(set)
}

fn approvals(random: &mut Random, world: &World) -> Json {
    let mut names = world.target_names(None);
    names.extend(world.groups.iter().map(|group| group.name.clone()));
    let chosen = random.choose(&names, 0, 2);
    let list = chosen.into_iter().map(|name| {
        let name = name.replace('\u{0}', ".");
        match random.below(4) {
            0 => json!({"entitlement": name, "until": random.pick(&super::world::DATES)}),
            1 => json!({"entitlement": name, "until": random.pick(&INSTANTS)}),
            _ => json!(name),
        }
    });
    Json::Array(list.collect())
}

/// A value without anything open in it that agrees with what was said.
fn fill(random: &mut Random, world: &World, attribute: &Attribute, said: &Json) -> Json {
    let form = said.get("$").and_then(Json::as_str);
    match (&attribute.kind, form) {
        (_, Some("absent")) => said.clone(),
        (Kind::Set(element), Some("unknown")) => {
            if random.chance(10) {
                return json!({"$": "absent"});
            }
            let any = elements(random, world, attribute, 3);
            Json::Array(
                any.as_array()
                    .into_iter()
                    .flatten()
                    .map(|one| pinned(random, world, attribute, element, one))
                    .collect(),
            )
        }
        (Kind::Set(element), _) => {
            let list = |key: &str| said.get(key).and_then(Json::as_array).cloned().unwrap_or_default();
            let mut all = if form == Some("set") { list("has") } else { said.as_array().cloned().unwrap_or_default() };
            all.extend(list("may_have").into_iter().filter(|_| random.chance(50)));
            if said.get("others") == Some(&Json::Bool(true)) {
                all.extend(elements(random, world, attribute, 2).as_array().cloned().unwrap_or_default());
            }
            Json::Array(all.iter().map(|one| pinned(random, world, attribute, element, one)).collect())
        }
        (_, Some("unknown")) if random.chance(15) => json!({"$": "absent"}),
        (kind, Some("unknown")) => {
            let value = world.json_value(random, attribute);
            pinned(random, world, attribute, kind, &value)
        }
        (kind, _) => pinned(random, world, attribute, kind, said),
    }
}

/// A node that stands for a leaf below it, as one of these leaves.
fn pinned(random: &mut Random, world: &World, attribute: &Attribute, kind: &Kind, value: &Json) -> Json {
    match (kind, value.as_str()) {
        (Kind::Node(tree), Some(name)) if world.inner(attribute) == Inner::Somewhere && world.is_inner(*tree, name) => {
            json!(random.pick(&world.leaves_below(*tree, Some(name))))
        }
        _ => value.clone(),
    }
}
