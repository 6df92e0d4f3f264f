//! Parts of a condition, by where they stand in it.

use crate::model::{Condition, ConditionKind, Let};

/// Parts beyond which abbreviations are not written out, but taken as a whole.
const LARGE: usize = 400;

/// Where a part stands: which part of which part.
pub(super) type Way = Vec<usize>;

/// A condition with its abbreviations written out, if it does not become too large.
pub(super) fn written_out(condition: &Condition, lets: &[Let]) -> Condition {
    let mut left = LARGE;
    expand(condition, lets, &mut left).unwrap_or_else(|| condition.clone())
}

fn expand(condition: &Condition, lets: &[Let], left: &mut usize) -> Option<Condition> {
    *left = left.checked_sub(1)?;
    let mut all = |parts: &[Condition]| parts.iter().map(|part| expand(part, lets, left)).collect::<Option<Vec<_>>>();
    let kind = match &condition.kind {
        ConditionKind::Let(id) => return expand(&lets.get(id.index())?.condition, lets, left),
        ConditionKind::Not(inner) => ConditionKind::Not(Box::new(expand(inner, lets, left)?)),
        ConditionKind::And(parts) => ConditionKind::And(all(parts)?),
        ConditionKind::Or(parts) => ConditionKind::Or(all(parts)?),
        kind => kind.clone(),
    };
    Some(Condition { kind, span: condition.span })
}

/// Every part of a condition, itself first.
pub(super) fn parts(condition: &Condition) -> Vec<(Way, &Condition)> {
    let mut found = Vec::new();
    let mut todo = vec![(Vec::new(), condition)];
    while let Some((way, part)) = todo.pop() {
        let inner: &[Condition] = match &part.kind {
            ConditionKind::Not(inner) => std::slice::from_ref(&**inner),
            ConditionKind::And(parts) | ConditionKind::Or(parts) => parts,
            _ => &[],
        };
        let below = inner.iter().enumerate().rev().map(|(at, inner)| {
            let mut way = way.clone();
            way.push(at);
            (way, inner)
        });
        todo.extend(below);
        found.push((way, part));
    }
    found
}

/// A condition with another part in the place of one.
pub(super) fn with(condition: &Condition, way: &[usize], part: Condition) -> Condition {
    let Some((&first, rest)) = way.split_first() else { return part };
    let mut changed = condition.clone();
    let place = match &mut changed.kind {
        ConditionKind::Not(inner) => Some(&mut **inner),
        ConditionKind::And(parts) | ConditionKind::Or(parts) => parts.get_mut(first),
        _ => None,
    };
    if let Some(place) = place {
        *place = with(place, rest, part);
    }
    changed
}
