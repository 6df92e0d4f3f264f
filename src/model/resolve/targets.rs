//! Targets: named ones with all below them, `all` minus exclusions, and what `where` selects.
//!
//! Sets are closed downward first, then exclusions, closed downward too, are taken away; `where` tests each node with its
//! inherited tags and adds nothing below.

use super::names::with_suggestion;
use super::{Resolver, tests_of_tags};
use crate::diagnostic::Diagnostic;
use crate::model::catalogue::Catalogue;
use crate::model::name::{fold, folded};
use crate::model::rule::EffectKind;
use crate::model::{Condition, ConditionKind, EntitlementId, codes};
use crate::source::Span;
use crate::syntax::ast;
use std::collections::BTreeSet;

/// What stands directly below each entitlement.
pub(super) fn children(catalogue: &Catalogue) -> Vec<Vec<EntitlementId>> {
    let mut children = vec![Vec::new(); catalogue.entitlements.len()];
    for (index, entitlement) in catalogue.entitlements.values().enumerate() {
        if let Some(list) = entitlement.parent.and_then(|parent| children.get_mut(parent.index())) {
            list.push(EntitlementId::new(index));
        }
    }
    children
}

impl Resolver<'_> {
    /// Sets of targets, each with what is left of `where` for it.
    pub(super) fn targets(
        &mut self,
        kind: EffectKind,
        written: &ast::Targets,
    ) -> Option<Vec<(Condition, Vec<EntitlementId>)>> {
        match written {
            ast::Targets::Named(paths) => {
                let targets = self.closed(paths)?;
                Some(vec![(Condition::new(ConditionKind::Constant(true)), targets.into_iter().collect())])
            }
            ast::Targets::All { span, except, filter } => {
                let excluded = self.closed(except);
                let filter = match filter {
                    Some(filter) => Some(self.filter(kind, filter)?),
                    None => None,
                };
                let excluded = excluded?;
                let count = self.catalogue.entitlements.len();
                let rest: Vec<EntitlementId> =
                    (0..count).map(EntitlementId::new).filter(|id| !excluded.contains(id)).collect();
                let selected = match filter {
                    Some(filter) => tests_of_tags::select(self.catalogue, &filter, &rest),
                    None => vec![(Condition::new(ConditionKind::Constant(true)), rest)],
                };
                self.warn_if_nothing(&selected, *span);
                Some(selected)
            }
        }
    }

    fn warn_if_nothing(&mut self, selected: &[(Condition, Vec<EntitlementId>)], span: Span) {
        if selected.iter().all(|(_, targets)| targets.is_empty()) {
            self.report(
                Diagnostic::warning(codes::NOTHING_TARGETED, span, "nothing is left of `all` here")
                    .help("see whether the exclusions or the `where` take away too much"),
            );
        }
    }

    /// The named things and everything below them.
    fn closed(&mut self, paths: &[ast::Path]) -> Option<BTreeSet<EntitlementId>> {
        let mut found = BTreeSet::new();
        let mut all_fine = true;
        for path in paths {
            match self.target(path) {
                Some(start) => self.add_below(start, &mut found),
                None => all_fine = false,
            }
        }
        all_fine.then_some(found)
    }

    fn add_below(&self, mut todo: Vec<EntitlementId>, found: &mut BTreeSet<EntitlementId>) {
        while let Some(next) = todo.pop() {
            if found.insert(next) {
                todo.extend(self.children.get(next.index()).into_iter().flatten());
            }
        }
    }

    /// An entitlement, or the members of a group.
    fn target(&mut self, path: &ast::Path) -> Option<Vec<EntitlementId>> {
        let name = path.joined();
        let folded = folded(&name);
        if let Some(index) = self.catalogue.entitlements.get_index_of(&*folded) {
            return Some(vec![EntitlementId::new(index)]);
        }
        if let Some(group) = self.catalogue.groups.get(&*folded) {
            return Some(group.members.clone());
        }
        let diagnostic = self.unknown_target(&name, &folded, path);
        self.report(diagnostic);
        None
    }

    fn unknown_target(&self, name: &str, folded: &str, path: &ast::Path) -> Diagnostic {
        let error = Diagnostic::error(codes::UNKNOWN_TARGET, path.span, format!("there is no entitlement `{name}`"));
        if self.catalogue.tags.contains_key(folded) {
            return error.at(format!("`{name}` is a tag")).help(format!("write `all where {name}`"));
        }
        let owner = path.segments.first().map(|first| fold(&first.text)).unwrap_or_default();
        let known = self.catalogue.entitlements.get_full(&owner);
        if let (Some((index, _, owner)), true) = (known, path.segments.len() > 1) {
            let actions: Vec<&str> = self
                .children
                .get(index)
                .into_iter()
                .flatten()
                .map(|&child| self.catalogue.entitlement(child).name.as_str())
                .collect();
            let error = error.at(format!("`{}` has no such action", owner.name));
            let error = with_suggestion(error, name, path.span, actions.iter().copied());
            return match (error.help.is_empty(), actions.is_empty()) {
                (false, _) => error,
                (true, true) => error.help(format!("declare it: `{}: {{actions: [..]}}`", owner.name)),
                (true, false) => error.help(format!("it has {}", actions.join(", "))),
            };
        }
        let names = self.catalogue.entitlements.values().map(|entitlement| entitlement.name.as_str());
        let groups = self.catalogue.groups.values().map(|group| group.name.as_str());
        let error = with_suggestion(error, name, path.span, names.chain(groups));
        if error.help.is_empty() {
            return error.help("declare it in the catalogue under `entitlements:`, `resources:` or `groups:`");
        }
        error
    }

    /// `where`: a condition on tags, read at load.
    fn filter(&mut self, kind: EffectKind, written: &ast::Condition) -> Option<Condition> {
        if !self.catalogue.is_declared {
            self.report(
                Diagnostic::error(
                    codes::WHERE_NEEDS_TAG,
                    written.span,
                    "`where` reads tags, and there is no catalogue",
                )
                .help("add a `catalogue.yaml` with `tags:` and `entitlements:`, or name the targets"),
            );
            return None;
        }
        self.in_where = true;
        let condition = self.condition(written);
        self.in_where = false;
        let condition = condition?;
        tests_of_tags::refuse(self, &condition)?;
        if matches!(kind, EffectKind::Allow | EffectKind::Offer) {
            self.warn_not_tag(&condition);
        }
        Some(condition)
    }

    fn warn_not_tag(&mut self, condition: &Condition) {
        let mut negated = Vec::new();
        condition.tests(&[], true, &mut |_, positive, span| {
            if !positive {
                negated.extend(span);
            }
        });
        for span in negated {
            self.report(
                Diagnostic::warning(codes::NOT_TAG, span, "this gives everything that lacks the tag")
                    .help("name what is to be given, or say a tag that it must have"),
            );
        }
    }
}
