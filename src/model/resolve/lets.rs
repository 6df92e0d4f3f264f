//! `let`: collected first, so that order does not matter; put in order of dependence; cycles refused.

use super::Resolver;
use crate::diagnostic::Diagnostic;
use crate::model::catalogue::{Catalogue, Origin};
use crate::model::name::{fold, folded};
use crate::model::{AttributeId, Condition, ConditionKind, EntitlementId, Let, codes};
use crate::syntax::ast;
use indexmap::IndexMap;
use std::collections::BTreeMap;

/// Resources of which something is read, with the first attribute of each.
pub(super) type ResourcesRead = BTreeMap<EntitlementId, AttributeId>;

/// All lets by folded name, sorted so that each names only earlier ones. Reports duplicates and cycles; what is part of a
/// cycle is left out.
pub(super) fn collect<'a>(items: &'a [ast::Let], diagnostics: &mut Vec<Diagnostic>) -> IndexMap<String, &'a ast::Let> {
    let mut written: IndexMap<String, &ast::Let> = IndexMap::new();
    let mut lets: Vec<&ast::Let> = items.iter().collect();
    lets.sort_by(|a, b| folded(&a.name.text).cmp(&folded(&b.name.text)).then(a.span.cmp(&b.span)));
    for item in lets {
        match written.entry(fold(&item.name.text)) {
            indexmap::map::Entry::Occupied(first) => diagnostics.push(
                Diagnostic::error(
                    codes::DUPLICATE_LET,
                    item.name.span,
                    format!("`{}` is defined twice", item.name.text),
                )
                .label(first.get().name.span, "the other definition")
                .help("remove one of them, or give it another name"),
            ),
            indexmap::map::Entry::Vacant(place) => {
                place.insert(item);
            }
        }
    }
    sort(&written, diagnostics)
}

fn sort<'a>(
    written: &IndexMap<String, &'a ast::Let>,
    diagnostics: &mut Vec<Diagnostic>,
) -> IndexMap<String, &'a ast::Let> {
    let names: Vec<Vec<usize>> = written
        .values()
        .map(|item| {
            let mut used = Vec::new();
            names_alone(&item.condition, &mut |path| used.extend(written.get_index_of(&fold(&path.joined()))));
            used
        })
        .collect();
    let mut state = vec![Visit::New; written.len()];
    let mut order = Vec::new();
    for start in 0..written.len() {
        // an explicit stack: a long chain of lets must not overflow ours
        let mut stack = vec![(start, 0)];
        while let Some((at, next)) = stack.pop() {
            if next == 0 {
                if state[at] != Visit::New {
                    continue;
                }
                state[at] = Visit::Open;
            }
            match names[at].get(next) {
                None => {
                    state[at] = Visit::Done;
                    order.push(at);
                }
                Some(&used) => {
                    stack.push((at, next + 1));
                    if state[used] == Visit::Open {
                        report_cycle(written, &stack, used, diagnostics);
                    } else {
                        stack.push((used, 0));
                    }
                }
            }
        }
    }
    order.iter().filter_map(|&at| written.get_index(at)).map(|(name, item)| (name.clone(), *item)).collect()
}

#[derive(Clone, Copy, PartialEq)]
enum Visit {
    New,
    Open,
    Done,
}

fn report_cycle(
    written: &IndexMap<String, &ast::Let>,
    stack: &[(usize, usize)],
    used: usize,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let from = stack.iter().position(|&(at, _)| at == used).unwrap_or(0);
    let names: Vec<&ast::Name> =
        stack[from..].iter().filter_map(|&(at, _)| written.get_index(at)).map(|(_, item)| &item.name).collect();
    let Some(first) = names.first() else { return };
    let chain: Vec<String> = names.iter().chain([first]).map(|name| format!("`{}`", name.text)).collect();
    let error = Diagnostic::error(codes::CYCLIC_LET, first.span, format!("`{}` depends on itself", first.text))
        .at(chain.join(" needs "))
        .help("write out one of them with attributes");
    diagnostics.push(names.iter().skip(1).fold(error, |error, name| error.label(name.span, "part of the circle")));
}

/// Visits each name that stands alone in a condition.
pub(super) fn names_alone(condition: &ast::Condition, visit: &mut dyn FnMut(&ast::Path)) {
    match &condition.kind {
        ast::ConditionKind::Always => {}
        ast::ConditionKind::Not(inner) => names_alone(inner, visit),
        ast::ConditionKind::And(parts) | ast::ConditionKind::Or(parts) => {
            parts.iter().for_each(|part| names_alone(part, visit));
        }
        ast::ConditionKind::Test { subject, operator: None } => visit(subject),
        ast::ConditionKind::Test { .. } => {}
    }
}

/// Reports lets whose name is taken.
pub(super) fn clashes(resolver: &mut Resolver) {
    let mut found = Vec::new();
    for (folded, item) in resolver.lets {
        let clash = resolver.catalogue.attributes.get(folded).filter(|_| resolver.catalogue.is_declared);
        if super::names::is_built_in(folded) {
            found.push(
                Diagnostic::error(codes::BUILT_IN, item.name.span, format!("`{}` is built in", item.name.text))
                    .help("give the `let` another name"),
            );
        } else if let Some(attribute) = clash {
            let error = Diagnostic::error(
                codes::NAME_CLASH,
                item.name.span,
                format!("`{}` is a `let` and an attribute", item.name.text),
            )
            .help("give the `let` another name");
            found.push(match attribute.span {
                Some(span) => error.label(span, "the attribute"),
                None => error,
            });
        }
    }
    resolver.diagnostics.extend(found);
}

/// Most parts a `let` may have with its own `let`s written out.
pub(super) const MOST_PARTS: u64 = 1_000_000;

/// The lets in order of dependence; one that is wrong stands for `always`, its error having been reported.
pub(super) fn resolve(resolver: &mut Resolver) -> Vec<Let> {
    let mut sizes: Vec<Option<u64>> = Vec::new();
    let lets: Vec<&ast::Let> = resolver.lets.values().copied().collect();
    for item in &lets {
        let condition = resolver.condition(&item.condition);
        let size = condition.as_ref().map_or(Some(1), |condition| size(condition, &sizes));
        if size.is_some_and(|size| size > MOST_PARTS) {
            resolver.report(
                Diagnostic::error(
                    codes::TOO_LARGE,
                    item.name.span,
                    format!("`{}` stands for too much", item.name.text),
                )
                .help(format!("with its `let`s written out it would have more than {MOST_PARTS} parts")),
            );
        }
        sizes.push(size.filter(|&size| size <= MOST_PARTS));
        let mut reads = ResourcesRead::new();
        if let Some(condition) = &condition {
            resources_of(condition, resolver.catalogue, &resolver.let_reads, &mut reads);
        }
        resolver.let_reads.push(reads);
        resolver.let_conditions.push(condition);
    }
    let conditions = resolver.let_conditions.clone();
    let or_always =
        |condition: Option<Condition>| condition.unwrap_or_else(|| Condition::new(ConditionKind::Constant(true)));
    lets.iter()
        .zip(conditions)
        .map(|(item, condition)| Let {
            name: item.name.text.clone(),
            text: crate::syntax::print_condition(&item.condition),
            condition: or_always(condition),
            span: item.span,
        })
        .collect()
}

/// The resources of which a condition reads something, with the first attribute read of each. What else it reads is not
/// kept: a chain of lets would repeat it at every link.
fn resources_of(condition: &Condition, catalogue: &Catalogue, lets: &[ResourcesRead], into: &mut ResourcesRead) {
    let mut note = |resource: EntitlementId, attribute: AttributeId| {
        let first = into.entry(resource).or_insert(attribute);
        *first = attribute.min(*first);
    };
    match &condition.kind {
        ConditionKind::Constant(_) => {}
        ConditionKind::Test(test) => test.attributes(&mut |attribute| {
            if let Origin::Resource(resource) = catalogue.attribute(attribute).origin {
                note(resource, attribute);
            }
        }),
        ConditionKind::Let(id) => {
            lets.get(id.index()).into_iter().flatten().for_each(|(&resource, &attribute)| note(resource, attribute));
        }
        ConditionKind::Not(inner) => resources_of(inner, catalogue, lets, into),
        ConditionKind::And(parts) | ConditionKind::Or(parts) => {
            parts.iter().for_each(|part| resources_of(part, catalogue, lets, into));
        }
    }
}

/// Parts of a condition with its lets written out, where they are no more than a `let` may have.
pub(in crate::model) fn written_out(condition: &Condition, lets: &[Option<u64>]) -> Option<u64> {
    size(condition, lets).filter(|&size| size <= MOST_PARTS)
}

/// Parts of a condition with its lets written out; none where one of those is too large, which has been reported.
fn size(condition: &Condition, lets: &[Option<u64>]) -> Option<u64> {
    match &condition.kind {
        ConditionKind::Constant(_) | ConditionKind::Test(_) => Some(1),
        ConditionKind::Let(id) => lets.get(id.index()).copied().flatten(),
        ConditionKind::Not(inner) => Some(size(inner, lets)?.saturating_add(1)),
        ConditionKind::And(parts) | ConditionKind::Or(parts) => {
            parts.iter().try_fold(1, |sum: u64, part| Some(sum.saturating_add(size(part, lets)?)))
        }
    }
}
