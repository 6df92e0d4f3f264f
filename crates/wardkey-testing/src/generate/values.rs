//! Values of each kind: from one small pool for rules and contexts, as plain text and as a rule writes it.

use super::world::{Attribute, DATES, Inner, Kind, World};
use crate::random::Random;
use serde_json::{Value as Json, json};

const WHOLES: [&str; 6] = ["0", "1", "17", "18", "65", "120"];
const NEGATIVES: [&str; 3] = ["-1", "-20", "3000000000"];
const DECIMALS: [&str; 7] = ["0", "0.5", "1.5", "18", "18.000000001", "65", "119.5"];
const TIMES: [&str; 8] = ["00:00", "01:30", "02:30", "06:00", "12:00", "17:30", "22:00", "23:59"];
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const DURATIONS: [&str; 7] = ["0s", "90s", "30min", "1h", "12h", "1d", "2w"];
const ADDRESSES: [&str; 8] =
    ["10.4.0.1", "10.4.7.9", "10.5.0.1", "192.168.1.20", "fe80::1", "2001:db8::7", "::1", "10.4.255.255"];
pub(super) const NETWORKS: [&str; 7] =
    ["10.4.0.0/16", "10.0.0.0/8", "10.4.0.1/32", "192.168.1.0/24", "fe80::/10", "2001:db8::/32", "0.0.0.0/0"];
const VERSIONS: [&str; 8] = ["1.0.0", "1.2.3", "2.0.0-rc.1", "2.0.0", "2", "17.2", "17.10", "17.2.0.1"];
/// Around the changes of clocks in the zones, at their midnights, and in between.
pub(super) const INSTANTS: [&str; 14] = [
    "2026-03-08T07:59:00Z",
    "2026-03-08T08:00:00Z",
    "2026-03-29T00:59:00Z",
    "2026-03-29T01:00:00Z",
    "2026-04-04T15:00:00Z",
    "2026-04-23T21:59:00Z",
    "2026-04-23T22:00:00Z",
    "2026-10-25T00:30:00Z",
    "2026-10-25T01:30:00Z",
    "2026-11-01T06:30:00Z",
    "2026-11-01T07:30:00Z",
    "2026-12-25T05:59:59Z",
    "2026-12-31T23:00:00Z",
    "2027-01-01T06:00:00Z",
];
const TEXTS: [&str; 6] = ["anna", "Bernd", "ANNA", "x", "Zoë", "anna.b@example.org"];

/// Words that stand for something unless quoted.
const RESERVED: [&str; 25] = [
    "let", "and", "or", "not", "in", "is", "has", "allow", "deny", "offer", "require", "override", "all", "except",
    "where", "with", "unless", "because", "from", "until", "disabled", "trial", "always", "true", "false",
];

impl World {
    /// A value of a kind as plain text, without regard to what an attribute refuses.
    pub(super) fn plain_constant(&self, random: &mut Random, kind: &Kind) -> String {
        match kind {
            Kind::Bool => (*random.pick(&["true", "false"])).to_owned(),
            Kind::Name(at) => random.pick(&self.vocabularies[*at].values).clone(),
            Kind::Text { .. } => (*random.pick(&TEXTS)).to_owned(),
            Kind::Number { is_whole, is_ranged, .. } => number(random, *is_whole, *is_ranged).to_owned(),
            Kind::Time => (*random.pick(&TIMES)).to_owned(),
            Kind::Date => (*random.pick(&DATES)).to_owned(),
            Kind::DateTime => (*random.pick(&INSTANTS)).to_owned(),
            Kind::Weekday => (*random.pick(&WEEKDAYS)).to_owned(),
            Kind::Duration => (*random.pick(&DURATIONS)).to_owned(),
            Kind::Node(tree) => random.pick(&self.trees[*tree].nodes).name.clone(),
            Kind::Set(element) => self.plain_constant(random, element),
            Kind::Address => (*random.pick(&ADDRESSES)).to_owned(),
            Kind::Version => (*random.pick(&VERSIONS)).to_owned(),
        }
    }

    /// A value that an attribute, or an element of it, can have.
    pub(super) fn plain_value(&self, random: &mut Random, attribute: &Attribute) -> String {
        let kind = Self::element_of(&attribute.kind);
        match kind {
            Kind::Node(tree) if self.inner(attribute) == Inner::Refused => {
                let leaves = self.leaves_below(*tree, None);
                random.pick(&leaves).clone()
            }
            // values that no rule names
            Kind::Name(at) if self.vocabularies[*at].is_open && random.chance(20) => "something else".to_owned(),
            Kind::Text { .. } if random.chance(20) => "nobody".to_owned(),
            Kind::Number { is_whole: false, .. } if random.chance(20) => "99.25".to_owned(),
            _ => self.plain_constant(random, kind),
        }
    }

    /// Names of the leaves of a tree, or of those below a node.
    pub(super) fn leaves_below(&self, tree: usize, top: Option<&str>) -> Vec<String> {
        let nodes = &self.trees[tree].nodes;
        let mut inside: Vec<bool> = Vec::new();
        for node in nodes {
            let is_top = top.is_none_or(|top| top.eq_ignore_ascii_case(&node.name));
            inside.push(is_top || node.parents.iter().any(|&parent| inside[parent]));
        }
        let is_leaf = |at: usize| !nodes.iter().any(|node| node.parents.contains(&at));
        (0..nodes.len()).filter(|&at| inside[at] && is_leaf(at)).map(|at| nodes[at].name.clone()).collect()
    }

    /// Whether a node has others below it.
    pub(super) fn is_inner(&self, tree: usize, name: &str) -> bool {
        !self.leaves_below(tree, Some(name)).iter().any(|leaf| leaf.eq_ignore_ascii_case(name))
    }

    /// A constant as a rule writes it.
    pub(super) fn literal(&self, random: &mut Random, kind: &Kind) -> String {
        let plain = self.plain_constant(random, kind);
        self.written(random, kind, &plain)
    }

    /// A plain value as a rule writes it.
    pub(super) fn written(&self, random: &mut Random, kind: &Kind, plain: &str) -> String {
        match kind {
            Kind::Name(_) | Kind::Text { .. } | Kind::Node(_) => {
                let spelling = self.respelled(random, kind, plain);
                word(random, &spelling)
            }
            Kind::Set(element) => self.written(random, element, plain),
            Kind::Number { unit: Some(unit), .. } => format!("{plain}{unit}"),
            _ => plain.to_owned(),
        }
    }

    /// The same name in other letters, where that makes no difference.
    fn respelled(&self, random: &mut Random, kind: &Kind, plain: &str) -> String {
        let is_exact = match kind {
            Kind::Name(at) => self.vocabularies[*at].is_exact,
            Kind::Text { is_id } => *is_id,
            _ => false,
        };
        match random.below(10) {
            0 if !is_exact => plain.to_uppercase(),
            1 if !is_exact => plain.to_lowercase(),
            _ => plain.to_owned(),
        }
    }

    /// A value as JSON of a context.
    pub(super) fn json_value(&self, random: &mut Random, attribute: &Attribute) -> Json {
        let plain = self.plain_value(random, attribute);
        self.json_of(random, World::element_of(&attribute.kind), &plain)
    }

    /// A plain value as JSON.
    pub(super) fn json_of(&self, random: &mut Random, kind: &Kind, plain: &str) -> Json {
        match kind {
            Kind::Bool => json!(plain == "true"),
            Kind::Number { .. } if random.chance(70) => plain
                .parse::<i64>()
                .map(Json::from)
                .or_else(|_| plain.parse::<f64>().map(Json::from))
                .unwrap_or(json!(plain)),
            Kind::Number { unit: Some(unit), .. } => json!(format!("{plain}{unit}")),
            Kind::Name(_) | Kind::Text { .. } | Kind::Node(_) => json!(self.respelled(random, kind, plain)),
            Kind::Address if !plain.contains(':') && random.chance(15) => json!(format!("::ffff:{plain}")),
            _ => json!(plain),
        }
    }
}

fn number(random: &mut Random, is_whole: bool, is_ranged: bool) -> &'static str {
    if !is_ranged && random.chance(20) {
        return random.pick::<&str>(&NEGATIVES);
    }
    if is_whole { random.pick::<&str>(&WHOLES) } else { random.pick::<&str>(&DECIMALS) }
}

/// A name as a rule writes it: in quotes where it must be, and sometimes where it need not.
pub(super) fn word(random: &mut Random, text: &str) -> String {
    let is_word = text.chars().all(|c| c.is_alphanumeric() || c == '_') && text.starts_with(char::is_alphabetic);
    let is_plain = is_word && !RESERVED.contains(&text.to_lowercase().as_str());
    if is_plain && random.chance(85) { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}
