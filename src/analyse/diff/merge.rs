//! Two versions of a policy as one: each entitlement twice, by the old rules and by the new, over the same attributes.
//!
//! An attribute whose type is another now, or whose places lie elsewhere, is two attributes that always hold the same value. What one
//! of the versions does not know is no value of the pair: such contexts only one version accepts.

use crate::model::{
    Attribute, AttributeId, Catalogue, Condition, ConditionKind, During, Effect, Element, Entitlement, EntitlementId,
    Hierarchy, HierarchyId, Input, Let, NodeIndex, RuleSet, Test, Type, ZoneId,
};
use indexmap::IndexMap;
use std::sync::Arc;

/// What is put behind the key of what is of the old version alone.
const OLD: &str = "\u{0}old";

/// What in both versions, made one, belongs together.
pub(super) struct Merged {
    /// By name, the entitlement by the old rules and by the new.
    pub pairs: Vec<(String, EntitlementId, EntitlementId)>,
    /// Attributes that always hold the same value: that of the new version, that of the old.
    pub twins: Vec<(AttributeId, AttributeId)>,
}

/// How numbers of the old version are called in the merged one.
struct Moved {
    attributes: Vec<AttributeId>,
    zones: Vec<ZoneId>,
    /// By attribute of the old version, how the nodes of its hierarchy are called; none: as they are.
    nodes: Vec<Option<Vec<NodeIndex>>>,
}

/// Both versions as one. The rules of the new version come first, then those of the old.
pub(super) fn merge(old: &RuleSet, new: &RuleSet) -> (RuleSet, Merged) {
    let mut catalogue = new.catalogue.clone();
    catalogue.parameters = IndexMap::new();
    let mut twins = Vec::new();
    let moved = moved(&mut catalogue, &old.catalogue, &mut twins);
    let assumptions = old.catalogue.assumptions.iter().map(|condition| moved.condition(condition, &old.lets));
    catalogue.assumptions.extend(assumptions);
    let (pairs, of_old, of_new) = entitlements(&mut catalogue, &old.catalogue, &new.catalogue);
    let mut rules = new.rules.clone();
    for rule in &mut rules {
        for effect in &mut rule.effects {
            effect.parameters = Vec::new();
            effect.targets = effect.targets.iter().map(|target| of_new[target.index()]).collect();
            effect.targets.sort_unstable();
        }
    }
    for rule in &old.rules {
        let mut rule = rule.clone();
        rule.id = Arc::from(format!("{}{OLD}", rule.id));
        rule.condition = moved.condition(&rule.condition, &old.lets);
        for effect in &mut rule.effects {
            *effect = Effect {
                guard: moved.condition(&effect.guard, &old.lets),
                targets: effect.targets.iter().map(|target| of_old[target.index()]).collect(),
                parameters: Vec::new(),
                ..effect.clone()
            };
            effect.targets.sort_unstable();
        }
        rules.push(rule);
    }
    let rules = RuleSet {
        catalogue,
        lets: new.lets.clone(),
        rules,
        sources: new.sources.clone(),
        hash: format!("{} {}", old.hash, new.hash),
    };
    (rules, Merged { pairs, twins })
}

/// Every entitlement of either version, twice. Ids by number in the old version, and in the new.
type Entitlements = (Vec<(String, EntitlementId, EntitlementId)>, Vec<EntitlementId>, Vec<EntitlementId>);

fn entitlements(merged: &mut Catalogue, old: &Catalogue, new: &Catalogue) -> Entitlements {
    let mut all: IndexMap<String, Entitlement> = new.entitlements.clone();
    for (key, entitlement) in &old.entitlements {
        all.entry(key.clone()).or_insert_with(|| entitlement.clone());
    }
    merged.entitlements = IndexMap::new();
    let mut pairs = Vec::with_capacity(all.len());
    for (key, entitlement) in all {
        let alone = Entitlement { parent: None, tags: Vec::new(), ..entitlement };
        let name = alone.name.clone();
        let of_new = EntitlementId::new(merged.entitlements.insert_full(key.clone(), alone.clone()).0);
        let of_old = EntitlementId::new(merged.entitlements.insert_full(format!("{key}{OLD}"), alone).0);
        pairs.push((name, of_old, of_new));
    }
    let find = |catalogue: &Catalogue, suffix: &str| {
        let number = |key: &String| merged.entitlements.get_index_of(&format!("{key}{suffix}")).unwrap_or_default();
        catalogue.entitlements.keys().map(|key| EntitlementId::new(number(key))).collect::<Vec<_>>()
    };
    let (of_old, of_new) = (find(old, OLD), find(new, ""));
    merged.tags = IndexMap::new();
    merged.groups = IndexMap::new();
    (pairs, of_old, of_new)
}

fn moved(merged: &mut Catalogue, old: &Catalogue, twins: &mut Vec<(AttributeId, AttributeId)>) -> Moved {
    let zone = |zone: &crate::model::Zone| {
        let known = merged.zones.iter().position(|other| other.name == zone.name);
        ZoneId::new(known.unwrap_or_else(|| {
            merged.zones.push(zone.clone());
            merged.zones.len() - 1
        }))
    };
    let zones = old.zones.iter().map(zone).collect();
    let mut moved = Moved { attributes: Vec::new(), zones, nodes: Vec::new() };
    for (key, attribute) in &old.attributes {
        let known = merged.attributes.get_full(key).map(|(at, _, attribute)| (AttributeId::new(at), attribute.clone()));
        let hierarchies = hierarchy_of(&attribute.ty).zip(known.as_ref().and_then(|(_, now)| hierarchy_of(&now.ty)));
        let same = hierarchies.and_then(|(before, after)| {
            same_nodes(old.hierarchy(before), merged.hierarchy(after)).map(|nodes| (after, nodes))
        });
        match known {
            Some((id, now)) if is_alike(attribute, &now, same.is_some()) => moved.attributes.push(id),
            known => {
                let mut attribute = attribute.clone();
                if let Some(before) = hierarchy_of(&attribute.ty) {
                    let hierarchy =
                        same.as_ref().map_or_else(|| append(merged, old.hierarchy(before)), |(now, _)| *now);
                    replace_hierarchy(&mut attribute.ty, hierarchy);
                }
                let is_twin = known.is_some();
                let key = if is_twin { format!("{key}{OLD}") } else { key.clone() };
                attribute.name = if is_twin { format!("{}{OLD}", attribute.name) } else { attribute.name };
                let id = AttributeId::new(merged.attributes.insert_full(key, attribute).0);
                moved.attributes.push(id);
                twins.extend(known.map(|(now, _)| (now, id)));
            }
        }
        moved.nodes.push(same.map(|(_, nodes)| nodes));
    }
    moved
}

/// Adds a hierarchy of the old version.
fn append(merged: &mut Catalogue, hierarchy: &Hierarchy) -> HierarchyId {
    HierarchyId::new(merged.hierarchies.insert_full(format!("{}{OLD}", hierarchy.name), hierarchy.clone()).0)
}

fn hierarchy_of(ty: &Type) -> Option<HierarchyId> {
    match ty {
        Type::Node(id) => Some(*id),
        Type::Set(element) => hierarchy_of(element),
        _ => None,
    }
}

fn replace_hierarchy(ty: &mut Type, to: HierarchyId) {
    match ty {
        Type::Node(id) => *id = to,
        Type::Set(element) => replace_hierarchy(element, to),
        _ => {}
    }
}

/// Whether tests of one attribute mean the same for the other.
fn is_alike(old: &Attribute, new: &Attribute, has_same_nodes: bool) -> bool {
    let same_type = match (hierarchy_of(&old.ty), hierarchy_of(&new.ty)) {
        (Some(_), Some(_)) => has_same_nodes && matches!(old.ty, Type::Set(_)) == matches!(new.ty, Type::Set(_)),
        _ => old.ty == new.ty,
    };
    same_type && old.inner == new.inner && old.empty_means_none == new.empty_means_none
}

/// If nodes and what they lie within are the same, how those of one are called in the other.
fn same_nodes(old: &Hierarchy, new: &Hierarchy) -> Option<Vec<NodeIndex>> {
    if old.nodes.len() != new.nodes.len() {
        return None;
    }
    let nodes: Option<Vec<NodeIndex>> =
        old.nodes.keys().map(|key| new.nodes.get_index_of(key).map(NodeIndex::new)).collect();
    let nodes = nodes?;
    let parents = |hierarchy: &Hierarchy, at: NodeIndex| {
        let mut names: Vec<String> = hierarchy
            .node(at)
            .parents
            .iter()
            .map(|&parent| crate::model::name::fold(&hierarchy.node(parent).name))
            .collect();
        names.sort_unstable();
        names
    };
    let is_same = |(at, &to): (usize, &NodeIndex)| parents(old, NodeIndex::new(at)) == parents(new, to);
    nodes.iter().enumerate().all(is_same).then_some(nodes)
}

impl Moved {
    fn attribute(&self, id: AttributeId) -> AttributeId {
        self.attributes.get(id.index()).copied().unwrap_or(id)
    }

    fn zone(&self, id: ZoneId) -> ZoneId {
        self.zones.get(id.index()).copied().unwrap_or(id)
    }

    fn input(&self, input: Input) -> Input {
        match input {
            Input::Attribute(id) => Input::Attribute(self.attribute(id)),
            Input::Time(zone) => Input::Time(self.zone(zone)),
            Input::Date(zone) => Input::Date(self.zone(zone)),
            Input::Weekday(zone) => Input::Weekday(self.zone(zone)),
        }
    }

    /// How nodes of an attribute's hierarchy are called.
    fn nodes(&self, attribute: AttributeId, nodes: &[NodeIndex]) -> Vec<NodeIndex> {
        match self.nodes.get(attribute.index()) {
            Some(Some(moved)) => {
                let mut nodes: Vec<NodeIndex> =
                    nodes.iter().map(|node| moved.get(node.index()).copied().unwrap_or(*node)).collect();
                nodes.sort_unstable();
                nodes
            }
            _ => nodes.to_vec(),
        }
    }

    fn nodes_of(&self, input: Input, nodes: &[NodeIndex]) -> Vec<NodeIndex> {
        match input {
            Input::Attribute(id) => self.nodes(id, nodes),
            _ => nodes.to_vec(),
        }
    }

    /// The same test, of the merged version.
    fn test(&self, test: &Test) -> Test {
        match test {
            Test::Is(a) => Test::Is(self.input(*a)),
            Test::OneOf(a, choices) => Test::OneOf(self.input(*a), choices.clone()),
            Test::Matches(a, patterns) => Test::Matches(self.input(*a), patterns.clone()),
            Test::InRanges(a, ranges) => Test::InRanges(self.input(*a), ranges.clone()),
            Test::Within(a, nodes) => Test::Within(self.input(*a), self.nodes_of(*a, nodes)),
            Test::ExactlyNode(a, node) => {
                let moved = self.nodes_of(*a, &[*node]);
                Test::ExactlyNode(self.input(*a), moved.first().copied().unwrap_or(*node))
            }
            Test::InNetworks(a, networks) => Test::InNetworks(self.input(*a), networks.clone()),
            Test::During(during) => Test::During(During { zone: self.zone(during.zone), ..during.clone() }),
            Test::Elapsed(a, length) => Test::Elapsed(self.attribute(*a), *length),
            Test::Has(a, how, elements) => {
                let element = |element: &Element| match element {
                    Element::Name(choice) => Element::Name(choice.clone()),
                    Element::Nodes(nodes) => Element::Nodes(self.nodes(*a, nodes)),
                };
                Test::Has(self.attribute(*a), *how, elements.iter().map(element).collect())
            }
            Test::IsEmpty(a) => Test::IsEmpty(self.attribute(*a)),
            Test::HasValueOf(a, b) => Test::HasValueOf(self.attribute(*a), self.attribute(*b)),
            Test::HasSetOf(a, how, b) => Test::HasSetOf(self.attribute(*a), *how, self.attribute(*b)),
            Test::Compare(a, relation, b) => Test::Compare(self.input(*a), *relation, self.input(*b)),
            Test::IsKnown(a) => Test::IsKnown(self.attribute(*a)),
            Test::IsAbsent(a) => Test::IsAbsent(self.attribute(*a)),
        }
    }

    /// The same condition, of the merged version, its abbreviations written out.
    fn condition(&self, condition: &Condition, lets: &[Let]) -> Condition {
        let all = |parts: &[Condition]| parts.iter().map(|part| self.condition(part, lets)).collect();
        Condition::new(match &condition.kind {
            ConditionKind::Constant(value) => ConditionKind::Constant(*value),
            ConditionKind::Test(test) => ConditionKind::Test(self.test(test)),
            ConditionKind::Let(id) => match lets.get(id.index()) {
                Some(item) => self.condition(&item.condition, lets).kind,
                None => ConditionKind::Constant(false),
            },
            ConditionKind::Not(inner) => ConditionKind::Not(Box::new(self.condition(inner, lets))),
            ConditionKind::And(parts) => ConditionKind::And(all(parts)),
            ConditionKind::Or(parts) => ConditionKind::Or(all(parts)),
        })
    }
}
