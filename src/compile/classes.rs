//! The classes of an input: values that no condition of the policy tells apart are one class.
//!
//! Beside the values there are always the classes of the unknown and of the absent, and for values that no rule names.
//! Classes are found by splitting: every test moves the cells it touches apart from those it does not. Values are kept as
//! differences from the usual one, so that a hundred thousand names, each tested once, cost a hundred thousand entries.

use super::pool::{Node, NodeId, Pool, TestId};
use super::tri::Tri;
use crate::model::{Catalogue, Hierarchy, Inner, Input, NodeIndex, Range, State, Test, Type, Value};
use indexmap::IndexSet;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use std::cmp::Ordering;
use std::rc::Rc;
use std::sync::Arc;

/// Finds the class of a state.
#[derive(Clone, Debug)]
pub struct Classes {
    unknown: u32,
    absent: u32,
    present: Lookup,
    count: u32,
}

/// Finds the class of a value.
#[derive(Clone, Debug)]
enum Lookup {
    /// No test looks at the value.
    Any(u32),
    /// False, true.
    Bool([u32; 2]),
    /// Those named by a test, and the others.
    Names(FxHashMap<Arc<str>, u32>, u32),
    /// Between and at cut points: before the first, at it, between it and the second, …
    Ordered(Box<[Value]>, Box<[u32]>),
    /// By node.
    Nodes(Box<[u32]>),
}

impl Classes {
    /// How many there are.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The class of a state. A value of another type than the attribute's, which no context has, is taken for unknown.
    /// Cost: a hash for names, a binary search for ordered types, a look for the others.
    pub fn class(&self, state: &State) -> u32 {
        match state {
            State::Unknown => self.unknown,
            State::Absent => self.absent,
            State::Present(value) => self.present.cell(value).unwrap_or(self.unknown),
        }
    }
}

impl Lookup {
    fn cell(&self, value: &Value) -> Option<u32> {
        match (self, value) {
            (Self::Any(class), _) => Some(*class),
            (Self::Bool(classes), Value::Bool(value)) => classes.get(usize::from(*value)).copied(),
            (Self::Names(named, other), Value::Name(name)) => Some(named.get(&name.folded).copied().unwrap_or(*other)),
            (Self::Ordered(points, classes), _) => {
                if points.first().is_some_and(|point| point.order(value).is_none()) {
                    return None;
                }
                classes.get(place(points, value)).copied()
            }
            (Self::Nodes(classes), Value::Node(node)) => classes.get(node.index()).copied(),
            _ => None,
        }
    }
}

/// The cell of a value: `2n + 1` at cut point `n`, `2n` before it.
fn place(points: &[Value], value: &Value) -> usize {
    match points.binary_search_by(|point| point.order(value).unwrap_or(Ordering::Less)) {
        Ok(at) => 2 * at + 1,
        Err(at) => 2 * at,
    }
}

/// What the conditions over one input come to, class by class.
#[derive(Debug)]
pub struct Table {
    /// The classes.
    pub classes: Classes,
    values: FxHashMap<NodeId, Rc<PerClass>>,
}

/// The value of a condition for each class: one for most classes, and what it is for the others, sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PerClass {
    /// For every class that is not listed.
    pub usual: Tri,
    /// Classes with another value.
    pub others: Vec<(u32, Tri)>,
}

impl PerClass {
    /// False but for these, which need not be sorted; a class may come more than once with the same value.
    fn touching(mut touched: Vec<(u32, Tri)>, count: usize) -> Self {
        touched.sort_unstable();
        touched.dedup();
        Self { usual: Tri::False, others: touched }.settled(count)
    }

    /// The usual value is the one that most classes have: what is listed stays short.
    fn settled(self, count: usize) -> Self {
        if self.others.len() * 2 <= count {
            return self;
        }
        let mut shares = [0usize; 3];
        shares[self.usual as usize] = count - self.others.len();
        self.others.iter().for_each(|&(_, value)| shares[value as usize] += 1);
        let usual = Tri::ALL.into_iter().max_by_key(|&value| shares[value as usize]).unwrap_or(self.usual);
        if usual == self.usual {
            return self;
        }
        let mut others = Vec::with_capacity(count - shares[usual as usize]);
        let mut listed = self.others.iter().peekable();
        for class in 0..count as u32 {
            let value = listed.next_if(|&&(other, _)| other == class).map_or(self.usual, |&(_, value)| value);
            if value != usual {
                others.push((class, value));
            }
        }
        Self { usual, others }
    }

    fn negated(&self) -> Self {
        Self { usual: !self.usual, others: self.others.iter().map(|&(class, value)| (class, !value)).collect() }
    }

    /// Two joined class by class.
    pub fn joined(&self, other: &Self, join: impl Fn(Tri, Tri) -> Tri, count: usize) -> Self {
        let usual = join(self.usual, other.usual);
        let mut others = Vec::with_capacity(self.others.len() + other.others.len());
        let (mut left, mut right) = (self.others.iter().peekable(), other.others.iter().peekable());
        while let Some(class) = [left.peek(), right.peek()].into_iter().flatten().map(|&&(class, _)| class).min() {
            let mine = left.next_if(|&&(next, _)| next == class).map_or(self.usual, |&(_, value)| value);
            let its = right.next_if(|&&(next, _)| next == class).map_or(other.usual, |&(_, value)| value);
            let value = join(mine, its);
            if value != usual {
                others.push((class, value));
            }
        }
        Self { usual, others }.settled(count)
    }
}

impl Table {
    /// The value of a condition for each class.
    pub fn values(&self, node: NodeId) -> Option<Rc<PerClass>> {
        self.values.get(&node).cloned()
    }
}

/// Classes of an input for the given conditions over it, all of which read that input alone. None: they cannot be found
/// within `cells`, the number of values that may be listed.
pub fn table(
    catalogue: &Catalogue,
    pool: &Pool,
    input: Input,
    conditions: &IndexSet<NodeId, FxBuildHasher>,
    cells: usize,
) -> Option<Table> {
    let nodes = pool.reach(conditions.iter().copied(), |_| true);
    let tests: Vec<(NodeId, TestId)> = nodes
        .iter()
        .filter_map(|&node| match pool.node(node) {
            Node::Test(test) => Some((node, *test)),
            _ => None,
        })
        .collect();
    let domain = Domain::new(catalogue, input, tests.iter().map(|&(_, test)| pool.test(test)))?;
    let mut splitter = Splitter::new(domain.len());
    let mut left = cells;
    for &(_, test) in &tests {
        let touched = domain.touched(pool.test(test));
        left = left.checked_sub(touched.len())?;
        splitter.split(&touched);
    }
    let (class_of, count) = splitter.finish();
    let mut values: FxHashMap<NodeId, PerClass> = FxHashMap::default();
    let mut left = cells;
    for &node in &nodes {
        let of_node = match pool.node(node) {
            // found a second time rather than kept: a test high up in a large hierarchy touches most of it
            Node::Test(test) => {
                let touched = domain.touched(pool.test(*test)).into_iter();
                PerClass::touching(touched.map(|(cell, value)| (class_of[cell], value)).collect(), count)
            }
            Node::Constant(value) => PerClass { usual: (*value).into(), others: Vec::new() },
            Node::Not(inner) => values.get(inner)?.negated(),
            Node::And(parts) => all_joined(&values, parts, Tri::and, count)?,
            Node::Or(parts) => all_joined(&values, parts, Tri::or, count)?,
        };
        left = left.checked_sub(of_node.others.len())?;
        values.insert(node, of_node);
    }
    Some(merged(domain, conditions, values, &class_of, count))
}

/// Joined two by two, so that a long `or` of names costs no more than sorting them.
fn all_joined(
    values: &FxHashMap<NodeId, PerClass>,
    parts: &[NodeId],
    join: fn(Tri, Tri) -> Tri,
    count: usize,
) -> Option<PerClass> {
    match parts {
        [] => None,
        [only] => values.get(only).cloned(),
        _ => {
            let (left, right) = parts.split_at(parts.len() / 2);
            Some(all_joined(values, left, join, count)?.joined(&all_joined(values, right, join, count)?, join, count))
        }
    }
}

/// Classes for which all conditions have the same value are one.
fn merged(
    domain: Domain<'_>,
    conditions: &IndexSet<NodeId, FxBuildHasher>,
    mut values: FxHashMap<NodeId, PerClass>,
    class_of: &[u32],
    count: usize,
) -> Table {
    let mut signatures: Vec<Vec<(u32, Tri)>> = vec![Vec::new(); count];
    for (at, node) in conditions.iter().enumerate() {
        for &(class, value) in values.get(node).map_or(&[][..], |values| &values.others) {
            signatures[class as usize].push((at as u32, value));
        }
    }
    let mut found: FxHashMap<Vec<(u32, Tri)>, u32> = FxHashMap::default();
    let mut is_first = vec![false; count];
    let renumbered = signatures.into_iter().zip(&mut is_first).map(|(signature, is_first)| {
        let next = found.len() as u32;
        let class = *found.entry(signature).or_insert(next);
        *is_first = class == next;
        class
    });
    let renumbered: Vec<u32> = renumbered.collect();
    let kept = |mut values: PerClass| {
        values.others.retain(|&(class, _)| is_first[class as usize]);
        values.others.iter_mut().for_each(|(class, _)| *class = renumbered[*class as usize]);
        values
    };
    let finished = |node: NodeId| Some((node, Rc::new(kept(values.remove(&node)?))));
    let values = conditions.iter().copied().filter_map(finished).collect();
    let class_of: Vec<u32> = class_of.iter().map(|&class| renumbered[class as usize]).collect();
    Table { classes: domain.classes(&class_of, found.len() as u32), values }
}

/// The values that tests of one input may tell apart, as cells: 0 the unknown, 1 the absent, then values.
struct Domain<'a> {
    kind: Kind<'a>,
}

enum Kind<'a> {
    Any,
    Bool,
    /// Names by number; the last cell is that of all others.
    Names(FxHashMap<Arc<str>, usize>),
    Ordered(Vec<Value>),
    Nodes(&'a Hierarchy, Inner),
}

const UNKNOWN: usize = 0;
const ABSENT: usize = 1;
const VALUES: usize = 2;

impl<'a> Domain<'a> {
    /// None where a test does not fit the type of the input.
    fn new<'t>(catalogue: &'a Catalogue, input: Input, tests: impl Iterator<Item = &'t Test> + Clone) -> Option<Self> {
        let looks = |test: &Test| !matches!(test, Test::IsKnown(_) | Test::IsAbsent(_));
        let mut looking = tests.filter(|test| looks(test)).peekable();
        if looking.peek().is_none() {
            return Some(Self { kind: Kind::Any });
        }
        let ordered = |tests| Some(Self { kind: Kind::Ordered(cut_points(tests)?) });
        let Input::Attribute(attribute) = input else { return ordered(&mut looking) };
        let attribute = catalogue.attribute(attribute);
        let kind = match &attribute.ty {
            Type::Bool => Kind::Bool,
            Type::Name(_) => Kind::Names(names(&mut looking)?),
            Type::Node(hierarchy) => Kind::Nodes(catalogue.hierarchy(*hierarchy), attribute.inner),
            Type::Set(_) | Type::Address => return None,
            Type::Number(_)
            | Type::Time
            | Type::Date
            | Type::DateTime
            | Type::Weekday
            | Type::Duration
            | Type::Version => return ordered(&mut looking),
        };
        let fits = |test: &Test| {
            matches!(
                (&kind, test),
                (Kind::Bool, Test::Is(_))
                    | (Kind::Names(_), Test::OneOf(..))
                    | (Kind::Nodes(..), Test::Within(..) | Test::ExactlyNode(..))
            )
        };
        looking.all(fits).then_some(Self { kind })
    }

    fn len(&self) -> usize {
        VALUES
            + match &self.kind {
                Kind::Any => 1,
                Kind::Bool => 2,
                Kind::Names(names) => names.len() + 1,
                Kind::Ordered(points) => 2 * points.len() + 1,
                Kind::Nodes(hierarchy, _) => hierarchy.nodes.len(),
            }
    }

    /// The cells for which a test is not false, each once.
    fn touched(&self, test: &Test) -> Vec<(usize, Tri)> {
        match test {
            Test::IsKnown(_) => (ABSENT..self.len()).map(|cell| (cell, Tri::True)).collect(),
            Test::IsAbsent(_) => vec![(UNKNOWN, Tri::Unknown), (ABSENT, Tri::True)],
            _ => {
                let mut cells = vec![(UNKNOWN, Tri::Unknown)];
                cells.extend(self.values(test).into_iter().map(|(cell, value)| (VALUES + cell, value)));
                cells
            }
        }
    }

    fn values(&self, test: &Test) -> Vec<(usize, Tri)> {
        match (&self.kind, test) {
            (Kind::Bool, _) => vec![(1, Tri::True)],
            (Kind::Names(names), Test::OneOf(_, choices)) => {
                let cells: FxHashSet<usize> =
                    choices.iter().filter_map(|choice| names.get(&choice.name.folded).copied()).collect();
                cells.into_iter().map(|cell| (cell, Tri::True)).collect()
            }
            (Kind::Ordered(points), Test::InRanges(_, ranges)) => {
                let cells: FxHashSet<usize> = ranges.iter().flat_map(|range| span(points, range)).collect();
                cells.into_iter().map(|cell| (cell, Tri::True)).collect()
            }
            (Kind::Nodes(hierarchy, inner), Test::Within(_, targets)) => within(hierarchy, *inner, targets),
            (Kind::Nodes(hierarchy, inner), Test::ExactlyNode(_, target)) => exactly(hierarchy, *inner, *target),
            _ => Vec::new(),
        }
    }

    /// The finished lookup, from the class of each cell.
    fn classes(self, class_of: &[u32], count: u32) -> Classes {
        let (unknown, absent) = (class_of[UNKNOWN], class_of[ABSENT]);
        let values = &class_of[VALUES..];
        let present = match self.kind {
            Kind::Any => Lookup::Any(values[0]),
            Kind::Bool => Lookup::Bool([values[0], values[1]]),
            Kind::Names(names) => {
                let other = values[names.len()];
                let named = names.into_iter().map(|(name, cell)| (name, values[cell]));
                Lookup::Names(named.filter(|&(_, class)| class != other).collect(), other)
            }
            Kind::Ordered(points) => Lookup::Ordered(points.into(), values.into()),
            Kind::Nodes(..) => Lookup::Nodes(values.into()),
        };
        Classes { unknown, absent, present, count }
    }
}

/// The names that tests mention, numbered. None: some test is of another kind.
fn names<'t>(tests: &mut (impl Iterator<Item = &'t Test> + Clone)) -> Option<FxHashMap<Arc<str>, usize>> {
    let mut names = FxHashMap::default();
    for test in tests.clone() {
        let Test::OneOf(_, choices) = test else { return None };
        for choice in choices {
            let next = names.len();
            names.entry(choice.name.folded.clone()).or_insert(next);
        }
    }
    Some(names)
}

/// The bounds of all ranges, sorted, each once. None: some test is of another kind, or bounds are of several types.
fn cut_points<'t>(tests: impl Iterator<Item = &'t Test>) -> Option<Vec<Value>> {
    let mut points: Vec<Value> = Vec::new();
    for test in tests {
        let Test::InRanges(_, ranges) = test else { return None };
        let bounds = ranges.iter().flat_map(|range| [&range.low, &range.high]).flatten();
        points.extend(bounds.map(|(value, _)| value.clone()));
    }
    let first = points.first().cloned();
    if let Some(first) = first
        && points.iter().any(|point| point.order(&first).is_none())
    {
        return None;
    }
    points.sort_by(|a, b| a.order(b).unwrap_or(Ordering::Equal));
    points.dedup_by(|a, b| a.order(b) == Some(Ordering::Equal));
    Some(points)
}

/// The cells that a range covers.
fn span(points: &[Value], range: &Range) -> std::ops::Range<usize> {
    let low = match &range.low {
        Some((value, included)) => place(points, value) + usize::from(!included),
        None => 0,
    };
    let high = match &range.high {
        Some((value, included)) => place(points, value) + usize::from(*included),
        None => 2 * points.len() + 1,
    };
    low..high
}

fn within(hierarchy: &Hierarchy, inner: Inner, targets: &[NodeIndex]) -> Vec<(usize, Tri)> {
    let mut found: FxHashMap<NodeIndex, Tri> = FxHashMap::default();
    let mut todo: Vec<NodeIndex> = targets.to_vec();
    while let Some(node) = todo.pop() {
        if found.insert(node, Tri::True).is_none() {
            todo.extend_from_slice(hierarchy.children(node));
        }
    }
    if inner == Inner::Somewhere {
        // what lies above something inside overlaps it
        let mut above: Vec<NodeIndex> = found.keys().copied().collect();
        while let Some(node) = above.pop() {
            for &parent in &hierarchy.node(node).parents {
                if let std::collections::hash_map::Entry::Vacant(entry) = found.entry(parent) {
                    entry.insert(Tri::Unknown);
                    above.push(parent);
                }
            }
        }
    }
    found.into_iter().map(|(node, value)| (node.index(), value)).collect()
}

fn exactly(hierarchy: &Hierarchy, inner: Inner, target: NodeIndex) -> Vec<(usize, Tri)> {
    if inner != Inner::Somewhere {
        return vec![(target.index(), Tri::True)];
    }
    let mut found: FxHashSet<NodeIndex> = FxHashSet::default();
    let mut todo = vec![target];
    while let Some(node) = todo.pop() {
        if found.insert(node) {
            todo.extend_from_slice(&hierarchy.node(node).parents);
        }
    }
    let value = |node| if hierarchy.is_leaf(node) { Tri::True } else { Tri::Unknown };
    found.into_iter().map(|node| (node.index(), value(node))).collect()
}

/// Splits cells into classes, test by test. Cost of a test: the cells it touches.
struct Splitter {
    class_of: Vec<u32>,
    count: u32,
}

impl Splitter {
    fn new(cells: usize) -> Self {
        Self { class_of: vec![0; cells], count: 1 }
    }

    fn split(&mut self, touched: &[(usize, Tri)]) {
        let mut parts: FxHashMap<(u32, Tri), u32> = FxHashMap::default();
        for &(cell, value) in touched {
            let class = &mut self.class_of[cell];
            *class = *parts.entry((*class, value)).or_insert_with(|| {
                self.count += 1;
                self.count - 1
            });
        }
    }

    /// Classes numbered without gaps: a class may have lost all its cells to others.
    fn finish(self) -> (Vec<u32>, usize) {
        let mut renumbered: FxHashMap<u32, u32> = FxHashMap::default();
        let class_of = self.class_of.iter().map(|class| {
            let next = renumbered.len() as u32;
            *renumbered.entry(*class).or_insert(next)
        });
        let class_of: Vec<u32> = class_of.collect();
        let count = renumbered.len();
        (class_of, count)
    }
}
