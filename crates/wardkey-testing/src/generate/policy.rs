//! Random rules over a world, as text in one or several files.

use super::condition::{Condition, Scope, Traits, right, target};
use super::values::{INSTANTS, word};
use super::world::{Combine, DATES, Kind, Parameter, World};
use crate::random::Random;
use wardkey::source::Sources;
use wardkey::{LoadError, Policy, PolicyFiles, syntax};

/// A random policy: its vocabulary and its items.
#[derive(Clone, Debug)]
pub struct GeneratedPolicy {
    /// The vocabulary.
    pub world: World,
    /// `let`s and rules, each whole. Any order means the same.
    pub items: Vec<String>,
}

impl GeneratedPolicy {
    /// A random policy, mostly with a catalogue.
    pub fn random(random: &mut Random) -> Self {
        let world = if random.chance(90) { World::random(random) } else { World::inferred(random) };
        let mut items = pins(random, &world);
        let lets = random_lets(random, &world, &mut items);
        for at in 0..random.between(2, 10) {
            items.push(rule(random, &world, &lets, at));
        }
        if random.chance(5) {
            let again = random.pick(&items).clone();
            // a name is given once
            if !again.starts_with("let ") && !again.contains("rule_") && !again.contains("pin:") {
                items.push(again);
            }
        }
        Self { world, items }
    }

    /// All items as one text.
    pub fn text(&self) -> String {
        self.items.iter().map(|item| format!("{item}\n")).collect()
    }

    /// Loads it from one file of rules.
    pub fn load(&self) -> Result<Policy, LoadError> {
        self.load_texts([self.text()])
    }

    /// Loads it with its items in random order, in up to three files.
    pub fn load_shuffled(&self, random: &mut Random) -> Result<Policy, LoadError> {
        let mut items = self.items.clone();
        random.shuffle(&mut items);
        let mut texts = vec![String::new(); random.between(1, 3)];
        for item in items {
            let at = random.below(texts.len());
            texts[at].push_str(&format!("# a comment\n{item}\n\n"));
        }
        texts.retain(|text| !text.is_empty());
        self.load_texts(texts)
    }

    /// Loads it from the canonical print of its items.
    pub fn load_printed(&self) -> Result<Policy, LoadError> {
        let (text, mut diagnostics) = (self.text(), Vec::new());
        let source = Sources::default().add("rules.ward", text.clone());
        let items = syntax::parse_file(source, &text, &mut diagnostics);
        self.load_texts([items.iter().map(|item| format!("{}\n", syntax::print_item(item))).collect()])
    }

    /// Its items as a person might have laid them out: with comments, blank lines, and blanks of any width between words.
    pub fn untidy(&self, random: &mut Random) -> String {
        let mut out = String::new();
        for item in &self.items {
            if random.chance(30) {
                out.push_str("# a comment of its own\n\n\n");
            }
            for (at, part) in item.split('"').enumerate() {
                // every second part stands in quotes, where blanks count
                let is_quoted = at % 2 == 1;
                let wide = if random.chance(20) { "   " } else { " " };
                let part = if is_quoted { part.to_owned() } else { part.replace(' ', wide) };
                out.push_str(if at > 0 { "\"" } else { "" });
                out.push_str(&part);
            }
            out.push_str(if random.chance(20) { "  # and one behind\n" } else { "\n" });
        }
        out
    }

    /// Loads texts of rules over this vocabulary.
    pub fn load_texts(&self, texts: impl IntoIterator<Item = String>) -> Result<Policy, LoadError> {
        let mut files = PolicyFiles::new();
        if let Some(catalogue) = self.world.catalogue() {
            files = files.catalogue("catalogue.yaml", catalogue);
        }
        for (name, text) in self.world.tables() {
            files = files.table(name, text);
        }
        for (at, text) in texts.into_iter().enumerate() {
            files = files.rules(format!("rules_{at}.ward"), text);
        }
        files.load()
    }

    /// This policy with one thing less each: an item, an attribute, a group, a parameter. Not all of them load.
    pub fn smaller(&self) -> Vec<Self> {
        let mut smaller = Vec::new();
        let mut without = |change: &dyn Fn(&mut Self)| {
            let mut policy = self.clone();
            change(&mut policy);
            smaller.push(policy);
        };
        for at in 0..self.items.len() {
            without(&|policy| drop(policy.items.remove(at)));
        }
        for at in 0..self.world.attributes.len() {
            without(&|policy| drop(policy.world.attributes.remove(at)));
        }
        for at in 0..self.world.groups.len() {
            without(&|policy| drop(policy.world.groups.remove(at)));
        }
        for at in 0..self.world.assumptions.len() {
            without(&|policy| drop(policy.world.assumptions.remove(at)));
        }
        for at in 0..self.world.parameters.len() {
            without(&|policy| drop(policy.world.parameters.remove(at)));
        }
        smaller
    }
}

/// Without a catalogue: rules that show the kind of every attribute and name every entitlement and parameter.
fn pins(random: &mut Random, world: &World) -> Vec<String> {
    if world.is_declared {
        return Vec::new();
    }
    let things: Vec<String> = world.target_names(None).iter().map(|name| target(random, name)).collect();
    let mut items = vec![format!("trial pin: always -> allow {} with queue = front", things.join(", "))];
    for attribute in &world.attributes {
        let name = attribute.name.replace('.', "_");
        let constant = world.literal(random, &attribute.kind);
        let test = match &attribute.kind {
            Kind::Bool => attribute.name.clone(),
            Kind::Set(_) => format!("{} has {constant}", attribute.name),
            _ => format!("{} = {constant}", attribute.name),
        };
        items.push(format!("let pin_{name} = {test}"));
    }
    items
}

fn random_lets(random: &mut Random, world: &World, items: &mut Vec<String>) -> Vec<(String, Traits)> {
    let mut lets: Vec<(String, Traits)> = Vec::new();
    for name in random.choose(&["clinical", "nearby", "busy", "fresh"], 0, 3) {
        let resources: Vec<usize> = (0..world.things.len()).filter(|&at| world.things[at].is_resource).collect();
        let resource = if !resources.is_empty() && random.chance(20) { Some(*random.pick(&resources)) } else { None };
        let readable: Vec<_> = lets.iter().filter(|(_, facts)| fits(facts.resource, resource)).cloned().collect();
        let scope = Scope { world, resource, lets: &readable, may_ask_known: random.chance(20) };
        let condition = scope.condition(random, 2);
        items.push(format!("let {name} = {}", condition.text));
        lets.push((name.to_owned(), condition.facts));
    }
    lets
}

fn fits(read: Option<usize>, allowed: Option<usize>) -> bool {
    read.is_none() || read == allowed
}

/// The kinds of effect a rule may have, given what its condition rests on: nothing is given on not knowing, and nothing taken
/// away or required on knowing.
fn verbs(facts: Traits) -> Vec<&'static str> {
    let mut verbs = Vec::new();
    if !facts.shrinks {
        verbs.extend(["allow", "allow", "allow", "offer", "offer", "override allow"]);
    }
    if !facts.grows {
        verbs.extend(["deny", "deny", "deny", "override deny", "require", "require"]);
    }
    verbs
}

/// A condition, perhaps what lifts it, and what both together rest on.
fn circumstances(random: &mut Random, scope: Scope<'_>) -> (Condition, Option<Condition>, Traits) {
    for _ in 0..10 {
        let depth = random.below(3);
        let condition = scope.condition(random, depth);
        let unless = random.chance(20).then(|| scope.condition(random, 1));
        let facts = match &unless {
            Some(unless) => condition.facts.and(unless.facts.negated()),
            None => condition.facts,
        };
        // a range of times and a test of the day must not meet, nor through `unless`
        if !facts.is_torn() && !verbs(facts).is_empty() {
            return (condition, unless, facts);
        }
    }
    (Condition::test("always"), None, Traits::default())
}

fn rule(random: &mut Random, world: &World, lets: &[(String, Traits)], at: usize) -> String {
    let resources: Vec<usize> = (0..world.things.len()).filter(|&at| world.things[at].is_resource).collect();
    let resource = if !resources.is_empty() && random.chance(30) { Some(*random.pick(&resources)) } else { None };
    let readable: Vec<_> = lets.iter().filter(|(_, facts)| fits(facts.resource, resource)).cloned().collect();
    let scope = Scope { world, resource, lets: &readable, may_ask_known: random.chance(15) };
    let (condition, unless, facts) = circumstances(random, scope);
    let mut text = String::new();
    match random.below(25) {
        0 => text.push_str("disabled "),
        1 => text.push_str("trial "),
        _ => {}
    }
    if random.chance(60) {
        text.push_str(&format!("rule_{at}: "));
    }
    text.push_str(&condition.text);
    text.push_str(" ->");
    let mut effects = Vec::new();
    for _ in 0..1 + usize::from(random.chance(20)) + usize::from(random.chance(10)) {
        effects.push(effect(random, world, facts));
    }
    text.push_str(&effects.join(","));
    let mut clauses = clauses(random, facts);
    if let Some(unless) = unless {
        clauses.push(format!("unless {}", unless.text));
    }
    random.shuffle(&mut clauses);
    for clause in clauses {
        text.push_str(if random.chance(30) { "\n  " } else { " " });
        text.push_str(&clause);
    }
    text
}

fn clauses(random: &mut Random, facts: Traits) -> Vec<String> {
    let mut clauses = Vec::new();
    match random.below(6) {
        0 => clauses.push("because \"so it is\"".to_owned()),
        1 => clauses.push("because en \"so it is\" es \"así es\"".to_owned()),
        _ => {}
    }
    // bounds are tests of the day: not beside an open range of times
    let may_bound = !facts.has_open_range;
    if may_bound && random.chance(15) {
        let dates = random.choose(&DATES, 2, 2);
        let (first, last) = (dates[0].min(dates[1]), dates[0].max(dates[1]));
        match random.below(3) {
            0 => clauses.push(format!("from {first}")),
            1 => clauses.push(format!("until {last}")),
            _ => clauses.extend([format!("from {first}"), format!("until {last}")]),
        }
    } else if may_bound && random.chance(5) {
        clauses.push(format!("{} {}", random.pick(&["from", "until"]), random.pick(&INSTANTS)));
    }
    clauses
}

fn effect(random: &mut Random, world: &World, facts: Traits) -> String {
    let verb = *random.pick(&verbs(facts));
    let targets = targets(random, world, facts.resource);
    let has_parameters = match verb {
        "require" => true,
        "deny" | "override deny" => false,
        _ => random.chance(45),
    };
    if !has_parameters {
        return format!(" {verb} {targets}");
    }
    format!(" {verb} {targets} with {}", parameters(random, world, facts.resource).join(", "))
}

fn targets(random: &mut Random, world: &World, resource: Option<usize>) -> String {
    let mut names = world.target_names(resource);
    names.extend(
        world
            .groups
            .iter()
            .filter(|group| resource.is_none() || group.resource == resource)
            .map(|group| group.name.clone()),
    );
    if resource.is_none() && random.chance(35) {
        let mut text = "all".to_owned();
        if random.chance(30) {
            let except = random.choose(&names, 1, 2);
            let except: Vec<String> = except.iter().map(|name| target(random, name)).collect();
            match except.as_slice() {
                [one] if random.chance(50) => text.push_str(&format!(" except {one}")),
                _ => text.push_str(&format!(" except [{}]", except.join(", "))),
            }
        }
        if !world.tags.is_empty() && random.chance(60) {
            text.push_str(&format!(" where {}", filter(random, world)));
        }
        return text;
    }
    let chosen = random.choose(&names, 1, 3);
    let chosen: Vec<String> = chosen.iter().map(|name| target(random, name)).collect();
    chosen.join(", ")
}

/// A test of tags.
fn filter(random: &mut Random, world: &World) -> String {
    let mut parts = Vec::new();
    for _ in 0..random.between(1, 2) {
        let tag = random.pick(&world.tags);
        let others: Vec<_> = world
            .attributes
            .iter()
            .filter(|attribute| attribute.resource.is_none() && attribute.kind == tag.kind)
            .collect();
        let text = match &tag.kind {
            Kind::Bool if others.is_empty() || random.chance(60) => {
                format!("{}{}", if random.chance(30) { "not " } else { "" }, tag.name)
            }
            kind if others.is_empty() || random.chance(50) => {
                let most = if *kind == Kind::Bool { 1 } else { 2 };
                let values: Vec<String> = (0..random.between(1, most)).map(|_| world.literal(random, kind)).collect();
                match values.as_slice() {
                    [one] => format!("{} {} {one}", tag.name, random.pick(&["=", "!="])),
                    _ => format!("{} {} [{}]", tag.name, random.pick(&["in", "not in"]), values.join(", ")),
                }
            }
            kind => {
                let other = right(others[random.below(others.len())]);
                let operator = match kind {
                    Kind::Node(_) => random.pick(&["in", "not in", "is exactly"]),
                    _ => random.pick(&["=", "!="]),
                };
                format!("{} {operator} {other}", tag.name)
            }
        };
        parts.push(text);
    }
    let joint = if random.chance(50) { " and " } else { " or " };
    parts.join(joint)
}

fn parameters(random: &mut Random, world: &World, resource: Option<usize>) -> Vec<String> {
    let mut pairs = Vec::new();
    for parameter in random.choose(&world.parameters, 1, 2) {
        let sources: Vec<_> = world
            .attributes
            .iter()
            .filter(|attribute| can_give(&attribute.kind, &parameter) && fits(attribute.resource, resource))
            .collect();
        let from_label: Vec<_> = world
            .attributes
            .iter()
            .filter(|attribute| matches!(attribute.kind, Kind::Node(tree) if world.trees[tree].is_table))
            .filter(|attribute| fits(attribute.resource, resource))
            .collect();
        let is_text = parameter.kind == Kind::Text { is_id: false };
        let pair = if !sources.is_empty() && random.chance(40) {
            format!("{} from {}", parameter.name, random.pick(&sources).name)
        } else if is_text && !from_label.is_empty() && random.chance(60) {
            format!("{} from {}.label", parameter.name, random.pick(&from_label).name)
        } else if parameter.combine == Combine::All && random.chance(50) {
            let values: Vec<String> =
                (0..random.between(1, 3)).map(|_| constant(random, world, &parameter.kind)).collect();
            format!("{} = [{}]", parameter.name, values.join(", "))
        } else {
            format!("{} = {}", parameter.name, constant(random, world, &parameter.kind))
        };
        pairs.push(pair);
    }
    pairs
}

/// Whether a parameter can take its value from an attribute of that kind. A set gives its elements; a text takes any name.
fn can_give(kind: &Kind, parameter: &Parameter) -> bool {
    let element = World::element_of(kind);
    let is_single = element == kind || parameter.combine == Combine::All;
    let takes_names = parameter.kind == Kind::Text { is_id: false };
    is_single && (*element == parameter.kind || (takes_names && matches!(element, Kind::Name(_) | Kind::Node(_))))
}

/// A constant of a parameter, spelled in one way only, so that a value has one text.
fn constant(random: &mut Random, world: &World, kind: &Kind) -> String {
    let plain = world.plain_constant(random, kind);
    match kind {
        Kind::Name(_) | Kind::Text { .. } | Kind::Node(_) => word(random, &plain),
        Kind::Number { unit: Some(unit), .. } => format!("{plain}{unit}"),
        _ => plain,
    }
}
