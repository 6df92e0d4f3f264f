//! Groups: named sets of entitlements, resource types, actions and other groups, closed downward.

use super::codes;
use super::names::Names;
use super::walk::Walk;
use crate::diagnostic::Diagnostic;
use crate::model::EntitlementId;
use crate::model::catalogue::Group;
use crate::model::name::fold;
use crate::model::read::shown;
use crate::model::yaml::{Entry, Node};
use crate::source::Span;
use indexmap::IndexMap;
use std::collections::{BTreeSet, HashSet};

/// A group whose groups are not yet opened.
struct Draft<'n> {
    name: &'n str,
    span: Span,
    entitlements: BTreeSet<EntitlementId>,
    /// (folded name, where)
    groups: Vec<(String, Span)>,
}

impl<'n> Walk<'n, '_> {
    /// The section `groups`.
    pub(super) fn read_groups(&mut self, section: Option<&'n Node>) {
        let Some(section) = section else { return };
        let expected = "a map of groups to their members: `patient_data: [EHR, patient_record]`";
        let Some(entries) = self.map(section, "`groups`", expected) else { return };
        let mut names = Names::new("group");
        let mut accepted = Vec::new();
        for entry in entries {
            if !self.is_usable_path("group", &entry.key, entry.key_span) {
                continue;
            }
            let Some(folded) = names.add(self, &entry.key, entry.key_span) else { continue };
            if !self.is_taken_by_entitlement(entry, &folded) {
                accepted.push((folded, entry));
            }
        }
        let declared: IndexMap<&str, &str> =
            accepted.iter().map(|(folded, entry)| (folded.as_str(), entry.key.as_str())).collect();
        let mut drafts = IndexMap::new();
        for (folded, entry) in &accepted {
            drafts.insert(folded.clone(), self.group_draft(entry, &declared));
        }
        self.close_groups(&drafts);
    }

    fn is_taken_by_entitlement(&mut self, entry: &Entry, folded: &str) -> bool {
        let Some(entitlement) = self.catalogue.entitlements.get(folded) else { return false };
        let message = format!("{} is already an entitlement", shown(&entry.key));
        let mut diagnostic = Diagnostic::error(codes::NAME_TAKEN, entry.key_span, message);
        if let Some(span) = entitlement.span {
            diagnostic = diagnostic.label(span, "first here");
        }
        self.report(diagnostic.help("give the group another name"));
        true
    }

    fn group_draft(&mut self, entry: &'n Entry, declared: &IndexMap<&str, &str>) -> Draft<'n> {
        let what = format!("the group {}", shown(&entry.key));
        let mut draft =
            Draft { name: &entry.key, span: entry.key_span, entitlements: BTreeSet::new(), groups: Vec::new() };
        let Some(items) = self.list(&entry.value, &what, "a list of members: `[EHR, patient_record]`") else {
            return draft;
        };
        if items.is_empty() {
            let diagnostic = Diagnostic::error(codes::EMPTY, entry.key_span, format!("{what} has no members"));
            self.report(diagnostic.help("list its members, or delete it"));
        }
        for item in items {
            let Some(text) = self.word(item, &what, "a list of names") else { continue };
            let folded = fold(&text.text);
            if let Some(at) = self.catalogue.entitlements.get_index_of(&folded) {
                draft.entitlements.insert(EntitlementId::new(at));
            } else if declared.contains_key(folded.as_str()) {
                draft.groups.push((folded, item.span));
            } else {
                let groups: Vec<&str> = declared.values().copied().collect();
                self.unknown_member(&text.text, item.span, &groups);
            }
        }
        draft
    }

    /// Opens groups within groups, innermost first; a circle is reported once and left open.
    fn close_groups(&mut self, drafts: &IndexMap<String, Draft<'n>>) {
        let mut closed: IndexMap<&str, BTreeSet<EntitlementId>> = IndexMap::new();
        for folded in drafts.keys() {
            self.close_group(folded, drafts, &mut closed);
        }
        for (folded, draft) in drafts {
            let members = closed.swap_remove(folded.as_str()).unwrap_or_default();
            let group =
                Group { name: draft.name.to_owned(), members: self.with_actions(&members), span: Some(draft.span) };
            self.catalogue.groups.insert(folded.clone(), group);
        }
    }

    /// Walks with its own stack: a chain of groups may be long.
    fn close_group<'d>(
        &mut self,
        start: &'d str,
        drafts: &'d IndexMap<String, Draft<'n>>,
        closed: &mut IndexMap<&'d str, BTreeSet<EntitlementId>>,
    ) {
        let mut path = vec![(start, 0)];
        let mut on_path = HashSet::from([start]);
        while let Some(&(folded, next)) = path.last() {
            let Some(draft) = drafts.get(folded) else { return };
            let inner = draft.groups.get(next);
            if closed.contains_key(folded) || inner.is_none() {
                if !closed.contains_key(folded) {
                    closed.insert(folded, gather(draft, closed));
                }
                path.pop();
                on_path.remove(folded);
                continue;
            }
            if let Some(last) = path.last_mut() {
                last.1 += 1;
            }
            let Some((inner, span)) = inner else { continue };
            if closed.contains_key(inner.as_str()) {
                continue;
            }
            if on_path.insert(inner) {
                path.push((inner, 0));
            } else {
                let circle =
                    path.iter().map(|(folded, _)| *folded).skip_while(|folded| folded != inner).collect::<Vec<_>>();
                self.group_circle(&circle, *span, drafts);
            }
        }
    }

    fn group_circle(&mut self, circle: &[&str], span: Span, drafts: &IndexMap<String, Draft<'n>>) {
        let name = |folded: &&str| drafts.get(*folded).map(|draft| shown(draft.name)).unwrap_or_default();
        let names: Vec<String> = circle.iter().chain(circle.first()).map(name).collect();
        let message = match circle {
            [only] => format!("the group {} contains itself", name(only)),
            _ => format!("groups contain each other: {}", names.join(" contains ")),
        };
        self.report(Diagnostic::error(codes::CYCLE, span, message).help("take this member away"));
    }

    fn with_actions(&self, members: &BTreeSet<EntitlementId>) -> Vec<EntitlementId> {
        let entitlements = self.catalogue.entitlements.values().enumerate();
        let is_in = |at: usize| members.contains(&EntitlementId::new(at));
        entitlements
            .filter(|(at, entitlement)| {
                is_in(*at) || entitlement.parent.is_some_and(|parent| members.contains(&parent))
            })
            .map(|(at, _)| EntitlementId::new(at))
            .collect()
    }
}

fn gather(draft: &Draft<'_>, closed: &IndexMap<&str, BTreeSet<EntitlementId>>) -> BTreeSet<EntitlementId> {
    let inner = draft.groups.iter().filter_map(|(group, _)| closed.get(group.as_str()));
    inner.fold(draft.entitlements.clone(), |mut all, more| {
        all.extend(more);
        all
    })
}
