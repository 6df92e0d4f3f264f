//! Trees and DAGs, from nested maps and lists or from a table, with their zones.

use super::names::Names;
use super::table::{self, Field, Table};
use super::walk::{Fields, Walk};
use super::{codes, near_help};
use crate::diagnostic::Diagnostic;
use crate::model::catalogue::Inner;
use crate::model::name::fold;
use crate::model::read::shown;
use crate::model::yaml::{self, Entry, Kind, Node};
use crate::model::{self, Hierarchy, NodeIndex};
use crate::source::Span;
use indexmap::IndexMap;

/// Most levels of a hierarchy.
const MAX_LEVELS: usize = 64;
/// Most pairs of a node and what it lies within: what a hierarchy keeps in memory.
const MAX_PAIRS: usize = 64_000_000;
const HIERARCHY_KEYS: &[&str] = &["tree", "dag", "zones", "inner"];

/// How an inner node may be meant.
pub(super) const INNER: &[(&str, Inner)] =
    &[("somewhere", Inner::Somewhere), ("itself", Inner::Itself), ("refused", Inner::Refused)];

/// A node whose parents are not looked up yet.
struct Draft {
    name: String,
    span: Span,
    parents: Vec<(String, Span)>,
    columns: Vec<Option<String>>,
}

#[derive(Default)]
struct Drafts {
    /// By folded name.
    nodes: IndexMap<String, Draft>,
    columns: Vec<String>,
}

impl<'n> Walk<'n, '_> {
    /// A type with `tree` or `dag`.
    pub(super) fn read_hierarchy(&mut self, folded: &str, entry: &'n Entry) {
        match self.hierarchy(entry) {
            Some(hierarchy) => {
                self.catalogue.hierarchies.insert(folded.to_owned(), hierarchy);
            }
            None => {
                self.broken_types.insert(folded.to_owned());
            }
        }
    }

    fn hierarchy(&mut self, entry: &'n Entry) -> Option<Hierarchy> {
        let what = format!("the type {}", shown(&entry.key));
        let fields = self.fields(&entry.value, &what, HIERARCHY_KEYS)?;
        let (body, is_tree) = match (fields.get("tree"), fields.get("dag")) {
            (Some(_), Some(dag)) => {
                let message = format!("{what} has both `tree` and `dag`");
                let help = "keep `tree` if each node has one parent, else `dag`";
                self.report(Diagnostic::error(codes::INCOMPLETE, dag.key_span, message).help(help));
                return None;
            }
            (Some(tree), None) => (tree, true),
            (None, dag) => (dag?, false),
        };
        let before = self.reported();
        let drafts = self.drafts(&body.value, is_tree)?;
        if drafts.nodes.is_empty() {
            if self.reported() == before {
                let diagnostic = Diagnostic::error(codes::EMPTY, body.key_span, format!("{what} has no nodes"));
                self.report(diagnostic.help("list its nodes: `tree: {care_area: [ward_4, icu], cafeteria: []}`"));
            }
            return None;
        }
        let mut hierarchy = self.link(&entry.key, drafts)?;
        hierarchy.is_tree = is_tree;
        hierarchy.span = Some(entry.key_span);
        if let Some(inner) = fields.value("inner")
            && let Some(inner) = self.choice(inner, "`inner`", INNER)
        {
            hierarchy.inner = inner;
        }
        self.read_zones(&mut hierarchy, &fields);
        Some(hierarchy)
    }

    fn drafts(&mut self, body: &'n Node, is_tree: bool) -> Option<Drafts> {
        match &body.kind {
            Kind::Text(file) => self.table_drafts(&file.text, body.span, is_tree),
            Kind::Map(_) | Kind::List(_) if is_tree => {
                let (mut drafts, mut names) = (Drafts::default(), Names::new("node"));
                self.branch(body, None, &mut drafts, &mut names);
                Some(drafts)
            }
            Kind::Map(entries) => Some(self.inline_dag(entries)),
            Kind::Empty => Some(Drafts::default()),
            _ => {
                let expected = match is_tree {
                    true => "nested maps and lists of nodes, or the name of a table: `places.csv`",
                    false => "a map of nodes to their parents: `{a: [], b: [a]}`, or the name of a table: `codes.csv`",
                };
                self.wrong_shape(body, if is_tree { "`tree`" } else { "`dag`" }, expected);
                None
            }
        }
    }

    /// The nodes below `parent`.
    fn branch(&mut self, node: &'n Node, parent: Option<(&str, Span)>, drafts: &mut Drafts, names: &mut Names) {
        match &node.kind {
            Kind::Map(entries) => {
                for entry in entries {
                    self.tree_node(&entry.key, entry.key_span, parent, drafts, names);
                    self.branch(&entry.value, Some((&entry.key, entry.key_span)), drafts, names);
                }
            }
            Kind::List(items) => {
                for item in items {
                    match &item.kind {
                        Kind::Text(text) => self.tree_node(&text.text, item.span, parent, drafts, names),
                        Kind::Map(_) => self.branch(item, parent, drafts, names),
                        _ => self.wrong_shape(item, "a node", "its name, or a map of it to the nodes below"),
                    }
                }
            }
            Kind::Empty | Kind::Broken => {}
            Kind::Text(text) => {
                let message = format!("what lies below a node is a list, and {} is a text", shown(&text.text));
                let help = format!("write {}", shown(&format!("[{}]", text.text)));
                self.report(Diagnostic::error(codes::WRONG_SHAPE, node.span, message).help(help));
            }
        }
    }

    fn tree_node(
        &mut self,
        name: &str,
        span: Span,
        parent: Option<(&str, Span)>,
        drafts: &mut Drafts,
        names: &mut Names,
    ) {
        let Some(folded) = names.add(self, name, span) else { return };
        let parents = parent.map(|(name, span)| (name.to_owned(), span)).into_iter().collect();
        drafts.nodes.insert(folded, Draft { name: name.to_owned(), span, parents, columns: Vec::new() });
    }

    fn inline_dag(&mut self, entries: &'n [Entry]) -> Drafts {
        let (mut drafts, mut names) = (Drafts::default(), Names::new("node"));
        for entry in entries {
            let Some(folded) = names.add(self, &entry.key, entry.key_span) else { continue };
            let parents = match &entry.value.kind {
                Kind::Empty | Kind::Broken => Vec::new(),
                Kind::Text(text) => vec![(text.text.clone(), entry.value.span)],
                Kind::List(items) => {
                    let mut parents = Vec::new();
                    for item in items {
                        if let Some(text) = self.word(item, "a parent", "the name of a node") {
                            parents.push((text.text.clone(), item.span));
                        }
                    }
                    parents
                }
                Kind::Map(_) => {
                    self.wrong_shape(&entry.value, "a node of a DAG", "the list of its parents: `b: [a]`");
                    Vec::new()
                }
            };
            let draft = Draft { name: entry.key.clone(), span: entry.key_span, parents, columns: Vec::new() };
            drafts.nodes.insert(folded, draft);
        }
        drafts
    }

    fn table_drafts(&mut self, file: &str, span: Span, is_tree: bool) -> Option<Drafts> {
        let Some((source, text)) = (self.tables)(file) else {
            let message = format!("there is no table {}", shown(file));
            let help = "put the table beside the catalogue, or list the nodes in brackets";
            self.report(Diagnostic::error(codes::NO_TABLE, span, message).help(help));
            return None;
        };
        let mut problems = Vec::new();
        let table = table::read(source, &text, &mut problems);
        problems.into_iter().for_each(|problem| self.report(problem));
        let table = table?;
        let header = self.table_header(&table)?;
        let mut drafts = Drafts { nodes: IndexMap::new(), columns: header.names };
        let mut names = Names::new("node");
        for row in &table.rows {
            let (Some(node), Some(parent)) = (row.get(header.node), row.get(header.parent)) else { continue };
            let columns = header.others.iter().map(|&at| row.get(at).filter(|field| !field.text.is_empty())).collect();
            self.table_row(node, parent, columns, is_tree, &mut drafts, &mut names);
        }
        Some(drafts)
    }

    fn table_header(&mut self, table: &Table) -> Option<Header> {
        let find = |name: &str| table.header.iter().position(|field| fold(field.text.trim()) == name);
        let (Some(node), Some(parent)) = (find("node"), find("parent")) else {
            let first = table.header.first()?;
            let span = table.header.last().map_or(first.span, |last| first.span.to(last.span));
            let diagnostic = Diagnostic::error(codes::TABLE, span, "the header names no columns `node` and `parent`");
            let help = if first.text.contains(';') {
                "the columns are separated by `;`: save the table with commas"
            } else {
                "the first line names the columns: `node,parent`, then others such as `printer`"
            };
            self.report(diagnostic.help(help));
            return None;
        };
        let others: Vec<usize> = (0..table.header.len()).filter(|&at| at != node && at != parent).collect();
        let mut names = Names::new("column");
        let mut columns = Vec::new();
        for field in others.iter().filter_map(|&at| table.header.get(at)) {
            names.add(self, &field.text, field.span);
            columns.push(field.text.clone());
        }
        Some(Header { node, parent, others, names: columns })
    }

    fn table_row(
        &mut self,
        node: &Field,
        parent: &Field,
        columns: Vec<Option<&Field>>,
        is_tree: bool,
        drafts: &mut Drafts,
        names: &mut Names,
    ) {
        let parents: Vec<_> =
            Some((parent.text.clone(), parent.span)).filter(|(name, _)| !name.is_empty()).into_iter().collect();
        if !is_tree && let Some(draft) = drafts.nodes.get_mut(&fold(&node.text)) {
            draft.parents.extend(parents);
            for ((column, name), field) in draft.columns.iter_mut().zip(&drafts.columns).zip(columns) {
                let Some(field) = field else { continue };
                match column {
                    Some(before) if *before != field.text => {
                        let message = format!("{} has two values of {}", shown(&node.text), shown(name));
                        let help = format!("its row above has {}: keep one of the two", shown(before));
                        self.report(Diagnostic::error(codes::TABLE, field.span, message).help(help));
                    }
                    _ => *column = Some(field.text.clone()),
                }
            }
            return;
        }
        let Some(folded) = names.add(self, &node.text, node.span) else { return };
        let columns = columns.into_iter().map(|field| field.map(|field| field.text.clone())).collect();
        drafts.nodes.insert(folded, Draft { name: node.text.clone(), span: node.span, parents, columns });
    }

    /// Looks parents up and makes the hierarchy.
    fn link(&mut self, name: &str, drafts: Drafts) -> Option<Hierarchy> {
        let mut nodes: IndexMap<String, model::Node> = IndexMap::with_capacity(drafts.nodes.len());
        let mut is_whole = true;
        for (folded, draft) in &drafts.nodes {
            let mut parents = Vec::with_capacity(draft.parents.len());
            for (parent, span) in &draft.parents {
                match drafts.nodes.get_index_of(&fold(parent)) {
                    Some(at) => parents.push(NodeIndex::new(at)),
                    None => {
                        is_whole = false;
                        self.unknown_parent(name, parent, *span, &drafts);
                    }
                }
            }
            parents.sort_unstable();
            parents.dedup();
            let node = model::Node { name: draft.name.clone(), parents, columns: draft.columns.clone() };
            nodes.insert(folded.clone(), node);
        }
        if !is_whole || !self.is_of_fair_size(name, &nodes, &drafts) {
            return None;
        }
        match Hierarchy::new(name.to_owned(), nodes, drafts.columns.clone()) {
            Ok(hierarchy) => Some(hierarchy),
            Err(cycle) => {
                self.cycle(name, &cycle.0, &drafts);
                None
            }
        }
    }

    fn unknown_parent(&mut self, hierarchy: &str, parent: &str, span: Span, drafts: &Drafts) {
        if self.is_overwhelmed() {
            return;
        }
        let message = format!("the parent {} is no node of {}", shown(parent), shown(hierarchy));
        let candidates = drafts.nodes.values().map(|draft| draft.name.as_str());
        let help = near_help(parent, candidates)
            .unwrap_or_else(|| "give the parent an entry of its own, with no parent if it is a top one".to_owned());
        self.report(Diagnostic::error(codes::UNKNOWN_NODE, span, message).help(help));
    }

    fn cycle(&mut self, hierarchy: &str, cycle: &[NodeIndex], drafts: &Drafts) {
        let members: Vec<&Draft> =
            cycle.iter().filter_map(|at| drafts.nodes.get_index(at.index()).map(|(_, draft)| draft)).collect();
        let Some(first) = members.first() else { return };
        let mut path: Vec<String> = members.iter().chain([first]).take(8).map(|draft| shown(&draft.name)).collect();
        if members.len() > path.len() {
            path.push("…".to_owned());
        }
        let message = match members.len() {
            1 => format!("{} lies within itself", shown(&first.name)),
            _ => format!("{} runs in a circle: {}", shown(hierarchy), path.join(" above ")),
        };
        let mut diagnostic = Diagnostic::error(codes::CYCLE, first.span, message);
        for member in members.iter().skip(1).take(4) {
            diagnostic = diagnostic.label(member.span, "part of the circle");
        }
        self.report(diagnostic.help("a node lies within its parents and theirs: take one of these parents away"));
    }

    /// Whether the hierarchy stays within the limits; a cycle is left to be found later.
    fn is_of_fair_size(&mut self, name: &str, nodes: &IndexMap<String, model::Node>, drafts: &Drafts) -> bool {
        let problem = match measure(nodes) {
            Ok(()) => return true,
            Err(problem) => problem,
        };
        let (at, message) = match problem {
            TooLarge::Nodes => (0, format!("{} has more than {} nodes", shown(name), yaml::MAX_NODES)),
            TooLarge::Levels(at) => (at, format!("{} has more than {MAX_LEVELS} levels", shown(name))),
            TooLarge::Pairs => {
                (0, format!("{} has more than {MAX_PAIRS} pairs of a node and what it lies within", shown(name)))
            }
        };
        if let Some((_, draft)) = drafts.nodes.get_index(at) {
            self.report(Diagnostic::error(codes::TOO_DEEP, draft.span, message).help("leave levels out"));
        }
        false
    }

    fn read_zones(&mut self, hierarchy: &mut Hierarchy, fields: &Fields<'n>) {
        let Some(node) = fields.value("zones") else { return };
        let expected = "a map of zones to their nodes: `{quiet_area: [icu, ward_4]}`";
        let Some(entries) = self.map(node, "`zones`", expected) else { return };
        let mut names = Names::new("zone");
        for entry in entries {
            let Some(folded) = names.add(self, &entry.key, entry.key_span) else { continue };
            if let Some(node) = hierarchy.nodes.get(&folded) {
                let message = format!("{} is already a node of {}", shown(&node.name), shown(&hierarchy.name));
                self.report(
                    Diagnostic::error(codes::NAME_TAKEN, entry.key_span, message).help("give the zone another name"),
                );
                continue;
            }
            let members = self.zone_members(entry, hierarchy);
            hierarchy.zones.insert(folded, members);
        }
    }

    fn zone_members(&mut self, entry: &'n Entry, hierarchy: &Hierarchy) -> Vec<NodeIndex> {
        let what = format!("the zone {}", shown(&entry.key));
        let Some(items) = self.list(&entry.value, &what, "a list of nodes: `[icu, ward_4]`") else { return Vec::new() };
        if items.is_empty() {
            let diagnostic = Diagnostic::error(codes::EMPTY, entry.key_span, format!("{what} has no nodes"));
            self.report(diagnostic.help("list its nodes, or delete it"));
        }
        let mut members = Vec::new();
        for item in items {
            let Some(text) = self.word(item, &what, "a list of nodes: `[icu, ward_4]`") else { continue };
            match hierarchy.find(&text.text) {
                Some(at) => members.push(at),
                None => {
                    let message = format!("{} is no node of {}", shown(&text.text), shown(&hierarchy.name));
                    let diagnostic = Diagnostic::error(codes::UNKNOWN_NODE, item.span, message);
                    let names = hierarchy.nodes.values().map(|node| node.name.as_str());
                    self.report(
                        diagnostic.help(
                            near_help(&text.text, names)
                                .unwrap_or_else(|| "a zone lists nodes of its hierarchy".to_owned()),
                        ),
                    );
                }
            }
        }
        members.sort_unstable();
        members.dedup();
        members
    }
}

/// Where a table has what.
struct Header {
    node: usize,
    parent: usize,
    others: Vec<usize>,
    names: Vec<String>,
}

enum TooLarge {
    Nodes,
    /// The first node found below the last level.
    Levels(usize),
    Pairs,
}

/// Whether nodes stay within the limits; a cycle is left to be found later.
pub(in crate::model) fn is_of_fair_size(nodes: &IndexMap<String, model::Node>) -> bool {
    measure(nodes).is_ok()
}

/// Walks from the tops down and counts levels and pairs. Nodes on a cycle are never reached.
fn measure(nodes: &IndexMap<String, model::Node>) -> Result<(), TooLarge> {
    if nodes.len() > yaml::MAX_NODES {
        return Err(TooLarge::Nodes);
    }
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    let mut waiting: Vec<usize> = Vec::with_capacity(nodes.len());
    for (at, node) in nodes.values().enumerate() {
        waiting.push(node.parents.len());
        for parent in &node.parents {
            if let Some(list) = children.get_mut(parent.index()) {
                list.push(at);
            }
        }
    }
    let mut level: Vec<usize> = vec![1; nodes.len()];
    let mut order: Vec<usize> = (0..nodes.len()).filter(|&at| waiting.get(at) == Some(&0)).collect();
    let mut next = 0;
    while let Some(&at) = order.get(next) {
        next += 1;
        let below = level.get(at).map_or(1, |level| level + 1);
        if below > MAX_LEVELS + 1 {
            return Err(TooLarge::Levels(at));
        }
        for &child in children.get(at).into_iter().flatten() {
            if let (Some(level), Some(waiting)) = (level.get_mut(child), waiting.get_mut(child)) {
                *level = below.max(*level);
                *waiting -= 1;
                if *waiting == 0 {
                    order.push(child);
                }
            }
        }
    }
    if pairs_at_most(nodes, &order) > MAX_PAIRS && pairs(nodes, &order).is_none() {
        return Err(TooLarge::Pairs);
    }
    Ok(())
}

/// An upper bound of the pairs: nodes reached by several paths count several times.
fn pairs_at_most(nodes: &IndexMap<String, model::Node>, order: &[usize]) -> usize {
    let mut above = vec![0usize; nodes.len()];
    let mut sum = 0usize;
    for &at in order {
        let Some((_, node)) = nodes.get_index(at) else { continue };
        let inherited = node.parents.iter().filter_map(|parent| above.get(parent.index()));
        let count = inherited.fold(1usize, |count, more| count.saturating_add(*more)).min(nodes.len());
        if let Some(slot) = above.get_mut(at) {
            *slot = count;
        }
        sum = sum.saturating_add(count);
    }
    sum
}

/// The exact number of pairs; none past the limit.
fn pairs(nodes: &IndexMap<String, model::Node>, order: &[usize]) -> Option<usize> {
    let mut above: Vec<Box<[u32]>> = vec![Box::default(); nodes.len()];
    let mut sum = 0usize;
    for &at in order {
        let (_, node) = nodes.get_index(at)?;
        let mut all = vec![u32::try_from(at).ok()?];
        for parent in &node.parents {
            all.extend_from_slice(above.get(parent.index())?);
            if all.len() > MAX_PAIRS {
                all.sort_unstable();
                all.dedup();
            }
        }
        all.sort_unstable();
        all.dedup();
        sum += all.len();
        if sum > MAX_PAIRS {
            return None;
        }
        *above.get_mut(at)? = all.into();
    }
    Some(sum)
}
