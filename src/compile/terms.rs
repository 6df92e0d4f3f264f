//! Conditions as a few conjunctions, by De Morgan, distribution, idempotence and absorption alone: under Kleene's logic
//! these change no value.
//!
//! A literal is a node that is looked up or evaluated as a whole: everything that reads one input is one literal,
//! however it is built, since the bit of a class is that node's value for the class. Where spreading would pass the caps,
//! a part is kept whole and evaluated once per context.

use super::limits::{LITERALS, TERMS};
use super::pool::{Node, NodeId, PoolBuilder};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// A conjunction: literals, sorted. The empty one always holds.
pub type Term = Vec<NodeId>;

/// Finds terms, each condition's once.
#[derive(Debug, Default)]
pub struct Spreader {
    known: FxHashMap<(NodeId, bool), Rc<[Term]>>,
}

impl Spreader {
    /// A condition as a disjunction of terms; none: it never holds.
    pub fn terms(&mut self, pool: &mut PoolBuilder, node: NodeId) -> Rc<[Term]> {
        self.spread(pool, node, false)
    }

    fn spread(&mut self, pool: &mut PoolBuilder, node: NodeId, negated: bool) -> Rc<[Term]> {
        if let Some(known) = self.known.get(&(node, negated)) {
            return known.clone();
        }
        let terms = self.spread_anew(pool, node, negated);
        self.known.insert((node, negated), terms.clone());
        terms
    }

    fn spread_anew(&mut self, pool: &mut PoolBuilder, node: NodeId, negated: bool) -> Rc<[Term]> {
        if pool.sole_input(node).is_some() || pool.is_deep(node) {
            return whole(pool, node, negated);
        }
        match pool.node(node).clone() {
            Node::Constant(value) if value != negated => Rc::new([Vec::new()]),
            Node::Constant(_) => Rc::new([]),
            Node::Test(_) => whole(pool, node, negated),
            Node::Not(inner) => self.spread(pool, inner, !negated),
            Node::And(parts) => self.join(pool, node, (&parts, true), negated),
            Node::Or(parts) => self.join(pool, node, (&parts, false), negated),
        }
    }

    /// `and` (`all`) or `or` of parts, or its negation.
    fn join(
        &mut self,
        pool: &mut PoolBuilder,
        node: NodeId,
        (parts, all): (&[NodeId], bool),
        negated: bool,
    ) -> Rc<[Term]> {
        let parts = group(pool, parts, all);
        let mut spread: Vec<Rc<[Term]>> = parts.iter().map(|&part| self.spread(pool, part, negated)).collect();
        let multiplies = all != negated;
        // the largest parts are kept whole until what is left fits
        while !fits(&spread, multiplies) {
            let largest = (0..spread.len()).filter(|&at| size(&spread[at]) > 1).max_by_key(|&at| size(&spread[at]));
            match largest {
                Some(at) => spread[at] = whole(pool, parts[at], negated),
                None => return whole(pool, node, negated),
            }
        }
        let terms =
            if multiplies { product(&spread) } else { spread.iter().flat_map(|terms| terms.to_vec()).collect() };
        absorb(terms).into()
    }
}

/// The node as a single literal.
fn whole(pool: &mut PoolBuilder, node: NodeId, negated: bool) -> Rc<[Term]> {
    let literal = if negated { pool.not(node) } else { node };
    Rc::new([vec![literal]])
}

/// Parts that read the same input, joined to one.
fn group(pool: &mut PoolBuilder, parts: &[NodeId], all: bool) -> Vec<NodeId> {
    let mut groups: Vec<(Option<crate::model::Input>, Vec<NodeId>)> = Vec::new();
    let mut places = FxHashMap::default();
    for &part in parts {
        let sole = pool.sole_input(part);
        match sole.and_then(|input| places.get(&input).copied()) {
            Some(at) => {
                let (_, group): &mut (_, Vec<NodeId>) = &mut groups[at];
                group.push(part);
            }
            None => {
                if let Some(input) = sole {
                    places.insert(input, groups.len());
                }
                groups.push((sole, vec![part]));
            }
        }
    }
    groups.into_iter().map(|(_, group)| pool.join(all, group)).collect()
}

/// How much a part contributes: literals of all its terms.
fn size(terms: &[Term]) -> usize {
    terms.iter().map(|term| term.len().max(1)).sum()
}

fn fits(parts: &[Rc<[Term]>], multiplies: bool) -> bool {
    let (mut terms, mut literals) = if multiplies { (1usize, 0usize) } else { (0, 0) };
    for part in parts {
        if multiplies {
            literals = literals.saturating_mul(part.len()).saturating_add(terms.saturating_mul(size(part)));
            terms = terms.saturating_mul(part.len());
        } else {
            literals = literals.saturating_add(size(part));
            terms = terms.saturating_add(part.len());
        }
    }
    terms <= TERMS && literals <= LITERALS
}

fn product(parts: &[Rc<[Term]>]) -> Vec<Term> {
    let mut terms = vec![Vec::new()];
    for part in parts {
        let longer = terms.iter().flat_map(|left| part.iter().map(move |right| [left.as_slice(), right].concat()));
        terms = longer.collect();
    }
    terms
}

/// Drops repeated literals, and terms that say more than another one.
fn absorb(mut terms: Vec<Term>) -> Vec<Term> {
    for term in &mut terms {
        term.sort_unstable();
        term.dedup();
    }
    terms.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
    let mut kept: Vec<Term> = Vec::new();
    for term in terms {
        if !kept.iter().any(|less| less.iter().all(|literal| term.binary_search(literal).is_ok())) {
            kept.push(term);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::tri::Tri;
    use crate::model::{AttributeId, Choice, Condition, ConditionKind, Input, Name, Pattern, Test};
    use proptest::prelude::*;

    fn literal(at: usize) -> Condition {
        // patterns are never grouped by input
        let choice = Choice { name: Name::new(&format!("v{at}")), exact: false };
        let pattern = vec![Pattern::Prefix(choice)];
        Condition::new(ConditionKind::Test(Test::Matches(Input::Attribute(AttributeId::new(at % 4)), pattern)))
    }

    fn condition() -> impl Strategy<Value = Condition> {
        let leaf = prop_oneof![
            6 => (0usize..8).prop_map(literal),
            1 => any::<bool>().prop_map(|value| Condition::new(ConditionKind::Constant(value))),
        ];
        leaf.prop_recursive(5, 60, 5, |inner| {
            prop_oneof![
                inner.clone().prop_map(|part| Condition::new(ConditionKind::Not(Box::new(part)))),
                prop::collection::vec(inner.clone(), 0..5).prop_map(|parts| Condition::new(ConditionKind::And(parts))),
                prop::collection::vec(inner, 0..5).prop_map(|parts| Condition::new(ConditionKind::Or(parts))),
            ]
        })
    }

    fn value(pool: &PoolBuilder, node: NodeId, tests: &[Tri]) -> Tri {
        pool.node(node).value(|part| value(pool, part, tests), |test| tests[test.index()])
    }

    proptest! {
        #[test]
        fn terms_have_the_value_of_the_condition(condition in condition(), tests in prop::collection::vec(0usize..3, 8)) {
            let tests: Vec<Tri> = tests.into_iter().map(|at| Tri::ALL[at]).collect();
            let mut pool = PoolBuilder::new(&[]);
            let node = pool.condition(&condition);
            let terms = Spreader::default().terms(&mut pool, node);
            let spread = Tri::any(terms.iter().map(|term| Tri::all(term.iter().map(|&part| value(&pool, part, &tests)))));
            prop_assert_eq!(spread, value(&pool, node, &tests));
            prop_assert!(terms.len() <= TERMS);
        }
    }

    #[test]
    fn a_product_past_the_cap_is_kept_whole() {
        let pairs = (0..40).map(|at| Condition::new(ConditionKind::Or(vec![literal(2 * at), literal(2 * at + 1)])));
        let all = Condition::new(ConditionKind::And(pairs.collect()));
        let mut pool = PoolBuilder::new(&[]);
        let node = pool.condition(&all);
        let terms = Spreader::default().terms(&mut pool, node);
        assert!(!terms.is_empty() && terms.len() <= TERMS);
        assert!(terms.iter().all(|term| term.len() <= 40));
    }
}
