//! A world as the YAML of a catalogue and its tables.

use super::world::{Attribute, Combine, Inner, Kind, Omitted, Thing, Tree, World};
use std::fmt::Write;

impl World {
    /// The catalogue; none where the vocabulary is to be inferred from the rules.
    pub fn catalogue(&self) -> Option<String> {
        self.is_declared.then(|| self.yaml())
    }

    /// Tables the catalogue names: file name and text.
    pub fn tables(&self) -> Vec<(String, String)> {
        if !self.is_declared {
            return Vec::new();
        }
        self.trees.iter().filter(|tree| tree.is_table).map(|tree| (format!("{}.csv", tree.name), table(tree))).collect()
    }

    fn yaml(&self) -> String {
        let mut out = format!("ward: 1\ntime_zone: {}\ntypes:\n", self.zone);
        for vocabulary in &self.vocabularies {
            let mut options = vec![format!("one of: {}", list(&vocabulary.values))];
            if vocabulary.is_open {
                options.push("open: true".to_owned());
            }
            if vocabulary.is_exact {
                options.push("case: exact".to_owned());
            }
            line(&mut out, &vocabulary.name, &options);
        }
        for tree in &self.trees {
            line(&mut out, &tree.name, &tree_options(tree));
        }
        out.push_str("attributes:\n");
        for attribute in self.attributes.iter().filter(|attribute| attribute.resource.is_none()) {
            line(&mut out, &attribute.name, &self.attribute_options(attribute));
        }
        if !self.assumptions.is_empty() {
            out.push_str("assume:\n");
        }
        for assumption in &self.assumptions {
            let _ = writeln!(out, "  - {}", quoted(assumption));
        }
        out.push_str("parameters:\n");
        for parameter in &self.parameters {
            let mut options = self.type_options(&parameter.kind);
            match parameter.combine {
                Combine::One => {}
                Combine::All => options.push("combine: all".to_owned()),
                Combine::Least => options.push("combine: least".to_owned()),
                Combine::Most => options.push("combine: most".to_owned()),
            }
            line(&mut out, &parameter.name, &options);
        }
        out.push_str("tags:\n");
        for tag in &self.tags {
            let mut options = self.type_options(&tag.kind);
            options.extend(tag.default.as_ref().map(|default| format!("default: {}", scalar(&tag.kind, default))));
            line(&mut out, &tag.name, &options);
        }
        out.push_str("entitlements:\n");
        for thing in self.things.iter().filter(|thing| !thing.is_resource) {
            line(&mut out, &thing.name, &self.thing_options(thing));
        }
        self.write_resources(&mut out);
        out.push_str("groups:\n");
        for group in &self.groups {
            let members: Vec<String> = group.members.iter().map(|member| member.replace('\u{0}', ".")).collect();
            let _ = writeln!(out, "  {}: {}", quoted(&group.name), list(&members));
        }
        out.push_str("calendars:\n");
        for (name, dates) in &self.calendars {
            let _ = writeln!(out, "  {name}: [{}]", dates.join(", "));
        }
        out
    }

    fn write_resources(&self, out: &mut String) {
        for (at, thing) in self.things.iter().enumerate().filter(|(_, thing)| thing.is_resource) {
            if !out.contains("\nresources:\n") {
                out.push_str("resources:\n");
            }
            let _ = writeln!(out, "  {}:", quoted(&thing.name));
            for option in self.thing_options(thing) {
                let _ = writeln!(out, "    {option}");
            }
            out.push_str("    attributes:\n");
            for attribute in self.attributes.iter().filter(|attribute| attribute.resource == Some(at)) {
                let name = attribute.name.rsplit('.').next().unwrap_or_default();
                let _ = writeln!(out, "      {}: {{{}}}", quoted(name), self.attribute_options(attribute).join(", "));
            }
        }
    }

    fn thing_options(&self, thing: &Thing) -> Vec<String> {
        let mut options = Vec::new();
        if !thing.actions.is_empty() {
            options.push(format!("actions: {}", list(&thing.actions)));
        }
        for (tag, value) in self.tags.iter().zip(&thing.tags) {
            options.extend(value.as_ref().map(|value| format!("{}: {}", tag.name, scalar(&tag.kind, value))));
        }
        if options.is_empty() {
            options.push("kind: application".to_owned());
        }
        options
    }

    fn attribute_options(&self, attribute: &Attribute) -> Vec<String> {
        let mut options = self.type_options(&attribute.kind);
        if attribute.is_of_context && attribute.resource.is_none() {
            options.push("from: context".to_owned());
        }
        match &attribute.omitted {
            Omitted::Unknown => {}
            Omitted::Absent => options.push("omitted: absent".to_owned()),
            Omitted::Default(value) => options.push(format!("omitted: {}", scalar(&attribute.kind, value))),
        }
        if matches!(attribute.kind, Kind::Set(_)) && attribute.empty_means_none {
            options.push("empty: none".to_owned());
        }
        options.extend(attribute.inner.map(|inner| format!("inner: {}", inner_word(inner))));
        options
    }

    fn type_options(&self, kind: &Kind) -> Vec<String> {
        let mut options = Vec::new();
        match kind {
            Kind::Set(element) => options.push(format!("set of: {}", self.type_word(element))),
            Kind::Number { unit, is_ranged, .. } => {
                options.push(format!("type: {}", self.type_word(kind)));
                options.extend(unit.map(|unit| format!("unit: \"{unit}\"")));
                if *is_ranged {
                    options.push("range: 0..120".to_owned());
                }
            }
            _ => options.push(format!("type: {}", self.type_word(kind))),
        }
        options
    }

    fn type_word(&self, kind: &Kind) -> String {
        match kind {
            Kind::Bool => "bool",
            Kind::Name(at) => &self.vocabularies[*at].name,
            Kind::Text { is_id: true } => "id",
            Kind::Text { is_id: false } => "text",
            Kind::Number { is_whole: true, .. } => "whole",
            Kind::Number { is_whole: false, .. } => "decimal",
            Kind::Time => "time",
            Kind::Date => "date",
            Kind::DateTime => "datetime",
            Kind::Weekday => "weekday",
            Kind::Duration => "duration",
            Kind::Node(at) => &self.trees[*at].name,
            Kind::Set(element) => return self.type_word(element),
            Kind::Address => "address",
            Kind::Version => "version",
        }
        .to_owned()
    }
}

fn inner_word(inner: Inner) -> &'static str {
    match inner {
        Inner::Somewhere => "somewhere",
        Inner::Itself => "itself",
        Inner::Refused => "refused",
    }
}

fn tree_options(tree: &Tree) -> Vec<String> {
    let form = if tree.is_tree { "tree" } else { "dag" };
    let mut options = vec![match (tree.is_table, tree.is_tree) {
        (true, _) => format!("{form}: {}.csv", tree.name),
        (false, true) => format!("tree: {}", nested(tree, None)),
        (false, false) => format!("dag: {}", edges(tree)),
    }];
    if tree.is_inner_written {
        options.push(format!("inner: {}", inner_word(tree.inner)));
    }
    if !tree.zones.is_empty() {
        let zones = tree.zones.iter().map(|(name, nodes)| {
            let names: Vec<String> = nodes.iter().map(|&at| tree.nodes[at].name.clone()).collect();
            format!("{name}: {}", list(&names))
        });
        options.push(format!("zones: {{{}}}", zones.collect::<Vec<_>>().join(", ")));
    }
    options
}

/// A tree as nested maps: `{floor_1: {icu: [], annex: []}}`.
fn nested(tree: &Tree, parent: Option<usize>) -> String {
    let children = tree.nodes.iter().enumerate().filter(|(_, node)| node.parents.first().copied() == parent);
    let parts = children.map(|(at, node)| format!("{}: {}", quoted(&node.name), nested(tree, Some(at))));
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() { "[]".to_owned() } else { format!("{{{}}}", parts.join(", ")) }
}

/// A DAG as a map from node to parents.
fn edges(tree: &Tree) -> String {
    let parts = tree.nodes.iter().map(|node| {
        let parents: Vec<String> = node.parents.iter().map(|&at| tree.nodes[at].name.clone()).collect();
        format!("{}: {}", quoted(&node.name), list(&parents))
    });
    format!("{{{}}}", parts.collect::<Vec<_>>().join(", "))
}

/// A hierarchy as a table: a line for each node and parent.
fn table(tree: &Tree) -> String {
    let mut out = "node,parent,label\n".to_owned();
    for node in &tree.nodes {
        let label = node.label.clone().unwrap_or_default();
        let parents: Vec<&str> = node.parents.iter().map(|&at| tree.nodes[at].name.as_str()).collect();
        if parents.is_empty() {
            let _ = writeln!(out, "{},,{label}", node.name);
        }
        for parent in parents {
            let _ = writeln!(out, "{},{parent},{label}", node.name);
        }
    }
    out
}

fn line(out: &mut String, name: &str, options: &[String]) {
    let _ = writeln!(out, "  {}: {{{}}}", quoted(name), options.join(", "));
}

fn list(values: &[String]) -> String {
    format!("[{}]", values.iter().map(|value| quoted(value)).collect::<Vec<_>>().join(", "))
}

fn scalar(kind: &Kind, plain: &str) -> String {
    match kind {
        Kind::Bool | Kind::Number { .. } => plain.to_owned(),
        _ => quoted(plain),
    }
}

/// A YAML scalar that is text whatever it looks like.
fn quoted(text: &str) -> String {
    let is_word = text.chars().all(|c| c.is_ascii_alphabetic() || c == '_') && !text.is_empty();
    let means_else =
        ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&text.to_lowercase().as_str());
    if is_word && !means_else {
        text.to_owned()
    } else {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    }
}
