//! A random vocabulary: types, attributes, entitlements and all else that a catalogue declares.

use super::condition::assumption;
use crate::random::Random;

/// Time zones with daylight saving on both hemispheres, at midnight, by half an hour, by law; and one without.
pub(super) const ZONES: [&str; 6] =
    ["America/Chicago", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo", "America/Sao_Paulo", "UTC"];

/// What an attribute, a parameter or a tag holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// True or false.
    Bool,
    /// A name of a vocabulary.
    Name(usize),
    /// Any text, compared as spelled if `is_id`.
    Text {
        /// Type `id`.
        is_id: bool,
    },
    /// A number.
    Number {
        /// Nothing behind the point.
        is_whole: bool,
        /// A unit.
        unit: Option<&'static str>,
        /// Whether only 0 to 120 is allowed.
        is_ranged: bool,
    },
    /// A time of day.
    Time,
    /// A date.
    Date,
    /// An instant.
    DateTime,
    /// A day of the week.
    Weekday,
    /// A length of time.
    Duration,
    /// A node of a hierarchy.
    Node(usize),
    /// A set of names or nodes.
    Set(Box<Kind>),
    /// An address.
    Address,
    /// A version.
    Version,
}

/// Declared names.
#[derive(Clone, Debug)]
pub(super) struct Vocabulary {
    pub name: String,
    pub values: Vec<String>,
    pub is_open: bool,
    pub is_exact: bool,
}

/// Meaning of an inner node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inner {
    Somewhere,
    Itself,
    Refused,
}

/// A tree or a DAG. Parents stand before their children.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub name: String,
    pub nodes: Vec<Node>,
    pub is_tree: bool,
    /// Written into the catalogue, or as a table of its own.
    pub is_table: bool,
    pub inner: Inner,
    pub is_inner_written: bool,
    pub zones: Vec<(String, Vec<usize>)>,
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub name: String,
    pub parents: Vec<usize>,
    /// What the column `label` says; tables only.
    pub label: Option<String>,
}

/// An attribute.
#[derive(Clone, Debug)]
pub(super) struct Attribute {
    /// As a rule names it: `ward`, `device.managed`, `patient_record.ward`.
    pub name: String,
    pub kind: Kind,
    pub omitted: Omitted,
    pub inner: Option<Inner>,
    pub empty_means_none: bool,
    /// Number of the resource whose attribute it is.
    pub resource: Option<usize>,
    pub is_of_context: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Omitted {
    Unknown,
    Absent,
    Default(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Combine {
    One,
    All,
    Least,
    Most,
}

#[derive(Clone, Debug)]
pub(super) struct Parameter {
    pub name: String,
    pub kind: Kind,
    pub combine: Combine,
}

#[derive(Clone, Debug)]
pub(super) struct Tag {
    pub name: String,
    pub kind: Kind,
    /// None: every entitlement states it. `absent` is a state.
    pub default: Option<String>,
}

/// An entitlement or a resource.
#[derive(Clone, Debug)]
pub(super) struct Thing {
    pub name: String,
    pub is_resource: bool,
    pub actions: Vec<String>,
    /// One for each tag; none: as by default.
    pub tags: Vec<Option<String>>,
}

#[derive(Clone, Debug)]
pub(super) struct Group {
    pub name: String,
    /// Names of things and actions.
    pub members: Vec<String>,
    /// The one resource to which all members belong.
    pub resource: Option<usize>,
}

/// Everything a catalogue declares.
#[derive(Clone, Debug)]
pub struct World {
    pub(super) is_declared: bool,
    pub(super) zone: &'static str,
    pub(super) vocabularies: Vec<Vocabulary>,
    pub(super) trees: Vec<Tree>,
    pub(super) attributes: Vec<Attribute>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) tags: Vec<Tag>,
    pub(super) things: Vec<Thing>,
    pub(super) groups: Vec<Group>,
    pub(super) calendars: Vec<(String, Vec<String>)>,
    /// Conditions that can be relied on.
    pub(super) assumptions: Vec<String>,
}

const ATTRIBUTES: [&str; 20] = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "zeta",
    "eta",
    "theta",
    "iota",
    "kappa",
    "device.lambda",
    "device.mu",
    "nu.xi.omicron",
    "pi",
    "rho",
    "sigma",
    "tau",
    "upsilon",
    "phi",
    "chi",
];
const WORDS: [&str; 16] = [
    "Red",
    "green",
    "blue",
    "Amber",
    "R&D",
    "O'Brien",
    "Überholt",
    "redwood",
    "greenish",
    "in-patient",
    "x.y",
    "say \"hi\"",
    "4W",
    "Ωμέγα",
    "teal",
    "1-a",
];
const NODES: [&str; 14] = [
    "hospital",
    "floor_1",
    "Floor_2",
    "icu",
    "ward 4",
    "room_401",
    "room_402",
    "annex",
    "garden",
    "lab",
    "cafeteria",
    "lift",
    "roof",
    "store",
];
const THINGS: [&str; 7] = ["EHR", "iTunes", "Secure Messaging", "tip.diabetes", "Marketo", "print", "R/3"];
const RESOURCES: [&str; 2] = ["patient_record", "invoice"];
const ACTIONS: [&str; 4] = ["read", "write", "export", "add_note"];
pub(super) const DATES: [&str; 9] = [
    "2026-02-28",
    "2026-03-01",
    "2026-03-08",
    "2026-03-29",
    "2026-04-24",
    "2026-10-25",
    "2026-11-01",
    "2026-12-25",
    "2027-01-01",
];

impl World {
    /// A vocabulary of random size, about half of the attributes a real one would have.
    pub fn random(random: &mut Random) -> Self {
        let mut world = Self {
            is_declared: true,
            zone: *random.pick(&ZONES),
            vocabularies: Vec::new(),
            trees: Vec::new(),
            attributes: Vec::new(),
            parameters: Vec::new(),
            tags: Vec::new(),
            things: Vec::new(),
            groups: Vec::new(),
            calendars: Vec::new(),
            assumptions: Vec::new(),
        };
        world.vocabularies = vocabularies(random);
        world.trees = trees(random);
        world.calendars =
            vec![("public_holiday".to_owned(), random.choose(&DATES, 1, 4).into_iter().map(str::to_owned).collect())];
        world.things = things(random);
        world.attributes = world.random_attributes(random);
        world.parameters = world.random_parameters(random);
        world.tags = world.random_tags(random);
        world.tag_things(random);
        world.groups = world.random_groups(random);
        if random.chance(25) {
            world.assumptions.push(assumption(random, &world));
        }
        world
    }

    /// A vocabulary that is nowhere declared, but to be inferred from rules: each attribute is of a kind that its constants
    /// show.
    pub fn inferred(random: &mut Random) -> Self {
        let mut world = Self {
            is_declared: false,
            zone: "UTC",
            vocabularies: Vec::new(),
            trees: Vec::new(),
            attributes: Vec::new(),
            parameters: Vec::new(),
            tags: Vec::new(),
            things: Vec::new(),
            groups: Vec::new(),
            calendars: Vec::new(),
            assumptions: Vec::new(),
        };
        let text = || Kind::Text { is_id: false };
        let kinds = [
            Kind::Bool,
            text(),
            text(),
            Kind::Number { is_whole: false, unit: None, is_ranged: false },
            Kind::Time,
            Kind::Date,
            Kind::DateTime,
            Kind::Set(Box::new(text())),
            Kind::Set(Box::new(text())),
            Kind::Address,
        ];
        let names = random.choose(&ATTRIBUTES, 3, 8);
        let attributes = names.into_iter().map(|name| Attribute {
            name: name.to_owned(),
            kind: random.pick(&kinds).clone(),
            omitted: Omitted::Unknown,
            inner: None,
            empty_means_none: false,
            resource: None,
            is_of_context: random.chance(30),
        });
        world.attributes = attributes.collect();
        world.parameters = vec![Parameter { name: "queue".to_owned(), kind: text(), combine: Combine::One }];
        for name in random.choose(&["EHR", "iTunes", "Secure Messaging", "Marketo"], 2, 4) {
            let thing = Thing { name: name.to_owned(), is_resource: false, actions: Vec::new(), tags: Vec::new() };
            world.things.push(thing);
        }
        world
    }

    /// The kind of the elements of a set attribute.
    pub(super) fn element_of(kind: &Kind) -> &Kind {
        match kind {
            Kind::Set(element) => element,
            other => other,
        }
    }

    /// What an inner node means as a value of an attribute.
    pub(super) fn inner(&self, attribute: &Attribute) -> Inner {
        match (attribute.inner, Self::element_of(&attribute.kind)) {
            (Some(inner), _) => inner,
            (None, Kind::Node(tree)) => self.trees[*tree].inner,
            _ => Inner::Itself,
        }
    }

    /// Names of everything a rule can target, actions included.
    pub(super) fn target_names(&self, resource: Option<usize>) -> Vec<String> {
        let things = self.things.iter().enumerate().filter(|(at, _)| resource.is_none_or(|wanted| wanted == *at));
        things
            .flat_map(|(_, thing)| {
                let actions = thing.actions.iter().map(|action| format!("{}\u{0}{action}", thing.name));
                std::iter::once(thing.name.clone()).chain(actions)
            })
            .collect()
    }

    fn random_kind(&self, random: &mut Random) -> Kind {
        let name = |random: &mut Random| Kind::Name(random.below(self.vocabularies.len()));
        let node = |random: &mut Random| Kind::Node(random.below(self.trees.len()));
        match random.below(24) {
            0..=1 => Kind::Bool,
            2..=5 => name(random),
            6 => Kind::Text { is_id: random.chance(50) },
            7 => Kind::Number { is_whole: true, unit: None, is_ranged: random.chance(50) },
            8 => Kind::Number { is_whole: false, unit: None, is_ranged: random.chance(50) },
            9 => Kind::Number { is_whole: true, unit: Some(*random.pick(&["kg", "%"])), is_ranged: random.chance(50) },
            10 => Kind::Time,
            11 => Kind::Date,
            12 => Kind::DateTime,
            13 => Kind::Weekday,
            14 => Kind::Duration,
            15..=17 => node(random),
            18..=19 => Kind::Set(Box::new(name(random))),
            20..=21 => Kind::Set(Box::new(node(random))),
            22 => Kind::Address,
            _ => Kind::Version,
        }
    }

    /// Attributes in a random number, often two of one kind, so that they can be compared.
    fn random_attributes(&self, random: &mut Random) -> Vec<Attribute> {
        let mut kinds: Vec<Kind> = Vec::new();
        for _ in 0..random.between(4, 9) {
            let kind = self.random_kind(random);
            if random.chance(40) {
                kinds.push(kind.clone());
            }
            if let (Kind::Set(element), true) = (&kind, random.chance(50)) {
                kinds.push((**element).clone());
            }
            kinds.push(kind);
        }
        let mut names = random.choose(&ATTRIBUTES, kinds.len(), kinds.len()).into_iter();
        let mut attributes = Vec::new();
        for kind in kinds {
            let Some(name) = names.next() else { break };
            attributes.push(self.random_attribute(random, name.to_owned(), kind, None));
        }
        let resources = self.things.iter().enumerate().filter(|(_, thing)| thing.is_resource);
        for (at, thing) in resources {
            for name in random.choose(&["ward", "owner_id", "labels", "level"], 1, 3) {
                let kind = match attributes.get(random.below(attributes.len() * 2)) {
                    Some(like) => like.kind.clone(),
                    None => self.random_kind(random),
                };
                attributes.push(self.random_attribute(random, format!("{}.{name}", thing.name), kind, Some(at)));
            }
        }
        attributes
    }

    fn random_attribute(&self, random: &mut Random, name: String, kind: Kind, resource: Option<usize>) -> Attribute {
        let inner = match Self::element_of(&kind) {
            Kind::Node(_) if random.chance(30) => {
                Some(*random.pick(&[Inner::Somewhere, Inner::Itself, Inner::Refused]))
            }
            _ => None,
        };
        let mut attribute = Attribute {
            name,
            kind,
            omitted: Omitted::Unknown,
            inner,
            empty_means_none: random.chance(50),
            resource,
            is_of_context: random.chance(30),
        };
        attribute.omitted = match random.below(10) {
            0..=5 => Omitted::Unknown,
            6..=7 => Omitted::Absent,
            _ if matches!(attribute.kind, Kind::Set(_)) => Omitted::Unknown,
            _ => Omitted::Default(self.plain_value(random, &attribute)),
        };
        attribute
    }

    fn random_parameters(&self, random: &mut Random) -> Vec<Parameter> {
        let combines = [Combine::One, Combine::All, Combine::Least, Combine::Most];
        let names = random.choose(&["audit", "reauth", "queue", "approver", "channel"], 2, 5);
        let parameters = names.into_iter().map(|name| {
            let combine = *random.pick(&combines);
            let kind = loop {
                let kind = self.random_kind(random);
                let is_ordered = match &kind {
                    Kind::Name(vocabulary) => !self.vocabularies[*vocabulary].is_open,
                    Kind::Number { .. } | Kind::Time | Kind::Date | Kind::DateTime | Kind::Duration | Kind::Version => {
                        true
                    }
                    _ => false,
                };
                let is_single = !matches!(kind, Kind::Set(_));
                if is_single && (is_ordered || matches!(combine, Combine::One | Combine::All)) {
                    break kind;
                }
            };
            Parameter { name: name.to_owned(), kind, combine }
        });
        parameters.collect()
    }

    fn random_tags(&self, random: &mut Random) -> Vec<Tag> {
        let names = random.choose(&["secret", "topic", "tier", "home"], 1, 3);
        let tags = names.into_iter().map(|name| {
            let kind = match random.below(4) {
                0 => Kind::Bool,
                1 => Kind::Name(random.below(self.vocabularies.len())),
                2 => Kind::Node(random.below(self.trees.len())),
                _ => match self.attributes.get(random.below(self.attributes.len())).map(|like| &like.kind) {
                    Some(kind @ (Kind::Bool | Kind::Name(_) | Kind::Node(_))) => kind.clone(),
                    _ => Kind::Bool,
                },
            };
            let default = match random.below(3) {
                0 => None,
                1 => Some("absent".to_owned()),
                _ => Some(self.plain_constant(random, &kind)),
            };
            Tag { name: name.to_owned(), kind, default }
        });
        tags.collect()
    }

    fn tag_things(&mut self, random: &mut Random) {
        for at in 0..self.things.len() {
            let tags = self.tags.iter().map(|tag| match &tag.default {
                Some(_) if random.chance(50) => None,
                _ => Some(self.plain_constant(random, &tag.kind)),
            });
            self.things[at].tags = tags.collect();
        }
    }

    fn random_groups(&self, random: &mut Random) -> Vec<Group> {
        let mut groups = vec![Group {
            name: "everyday".to_owned(),
            members: random.choose(&self.target_names(None), 2, 4),
            resource: None,
        }];
        for (at, thing) in self.things.iter().enumerate().filter(|(_, thing)| thing.is_resource) {
            let members = random.choose(&self.target_names(Some(at)), 1, 3);
            groups.push(Group { name: format!("{}_work", thing.name), members, resource: Some(at) });
        }
        groups
    }
}

fn vocabularies(random: &mut Random) -> Vec<Vocabulary> {
    let names = ["colour", "mood"].into_iter();
    let vocabularies = names.map(|name| Vocabulary {
        name: name.to_owned(),
        values: random.choose(&WORDS, 3, 5).into_iter().map(str::to_owned).collect(),
        is_open: random.chance(25),
        is_exact: random.chance(20),
    });
    vocabularies.collect()
}

fn trees(random: &mut Random) -> Vec<Tree> {
    let names = ["place", "post"];
    let trees = names.iter().map(|name| {
        let is_tree = random.chance(60);
        let inner = match random.below(3) {
            0 => Inner::Somewhere,
            1 => Inner::Itself,
            _ if *name == "place" => Inner::Somewhere,
            _ => Inner::Itself,
        };
        let by_name = if *name == "place" { Inner::Somewhere } else { Inner::Itself };
        let mut tree = Tree {
            name: (*name).to_owned(),
            nodes: Vec::new(),
            is_tree,
            is_table: random.chance(50),
            inner,
            is_inner_written: inner != by_name || random.chance(30),
            zones: Vec::new(),
        };
        for (at, name) in random.choose(&NODES, 4, 9).into_iter().enumerate() {
            let above: Vec<usize> = (0..at).collect();
            let parents = match (random.below(6), is_tree) {
                (0, _) => Vec::new(),
                (_, true) => random.choose(&above, 1, 1),
                (_, false) => random.choose(&above, 1, 2),
            };
            let label = random.chance(40).then(|| format!("label {}", random.below(3)));
            tree.nodes.push(Node { name: name.to_owned(), parents, label });
        }
        let all: Vec<usize> = (0..tree.nodes.len()).collect();
        if random.chance(50) {
            tree.zones.push((format!("{name}_zone"), random.choose(&all, 1, 3)));
        }
        tree
    });
    trees.collect()
}

fn things(random: &mut Random) -> Vec<Thing> {
    let mut things = Vec::new();
    for name in random.choose(&THINGS, 2, 4) {
        let actions = if random.chance(40) { random.choose(&ACTIONS, 1, 2) } else { Vec::new() };
        let actions = actions.into_iter().map(str::to_owned).collect();
        things.push(Thing { name: name.to_owned(), is_resource: false, actions, tags: Vec::new() });
    }
    for name in random.choose(&RESOURCES, 0, 1) {
        let actions = random.choose(&ACTIONS, 1, 3).into_iter().map(str::to_owned).collect();
        things.push(Thing { name: name.to_owned(), is_resource: true, actions, tags: Vec::new() });
    }
    things
}
