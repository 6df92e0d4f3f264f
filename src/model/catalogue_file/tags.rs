//! Tags: what is stated of each entitlement and resource, or has a default.

use super::codes;
use super::entitlements::FACTS;
use super::names::Names;
use super::walk::Walk;
use crate::diagnostic::Diagnostic;
use crate::model::State;
use crate::model::catalogue::{Tag, Type};
use crate::model::name::fold;
use crate::model::read::shown;
use crate::model::yaml::{Entry, Kind, Node};

impl<'n> Walk<'n, '_> {
    /// The section `tags`.
    pub(super) fn read_tags(&mut self, section: Option<&'n Node>) {
        let Some(section) = section else { return };
        let expected = "a map of tags to their types: `phi: bool`";
        let Some(entries) = self.map(section, "`tags`", expected) else { return };
        let mut names = Names::new("tag");
        for entry in entries {
            if !self.is_usable_path("tag", &entry.key, entry.key_span) {
                continue;
            }
            if !self.is_free_for_tag(entry) {
                self.unreadable.insert(fold(&entry.key));
                continue;
            }
            let Some(folded) = names.add(self, &entry.key, entry.key_span) else { continue };
            match self.tag(entry) {
                Some(tag) => {
                    self.catalogue.tags.insert(folded, tag);
                }
                None => {
                    self.unreadable.insert(folded);
                }
            }
        }
    }

    fn is_free_for_tag(&mut self, entry: &Entry) -> bool {
        let folded = fold(&entry.key);
        if let Some(attribute) = self.catalogue.attributes.get(&folded) {
            let message = format!("{} is both a tag and an attribute", shown(&entry.key));
            let mut diagnostic = Diagnostic::error(codes::TAG_IS_ATTRIBUTE, entry.key_span, message);
            if let Some(span) = attribute.span {
                diagnostic = diagnostic.label(span, "the attribute");
            }
            self.report(diagnostic.help("`where` could not tell them apart: rename one of the two"));
            return false;
        }
        if FACTS.contains(&folded.as_str()) && folded != "kind" {
            let message = format!("{} already has a meaning for every entitlement", shown(&entry.key));
            let diagnostic = Diagnostic::error(codes::BUILT_IN, entry.key_span, message);
            self.report(diagnostic.help("give the tag another name"));
            return false;
        }
        true
    }

    fn tag(&mut self, entry: &'n Entry) -> Option<Tag> {
        let what = format!("the tag {}", shown(&entry.key));
        let (ty, fields) = self.read_type(&entry.value, &what, &["default"])?;
        let mut default = None;
        if let Some(node) = fields.and_then(|fields| fields.value("default")) {
            // what cannot be read counts as given, or every entitlement would be reported, too
            default = Some(self.tag_state(node, &ty, &format!("`default` of {what}")).unwrap_or(State::Absent));
        }
        Some(Tag { name: entry.key.clone(), ty, default, span: Some(entry.key_span) })
    }

    /// A tag's value; `absent` is a state, unless quoted.
    pub(super) fn tag_state(&mut self, node: &Node, ty: &Type, what: &str) -> Option<State> {
        if let Kind::Text(text) = &node.kind
            && !text.quoted
            && text.text == "absent"
        {
            return Some(State::Absent);
        }
        self.value(node, ty, what).map(State::Present)
    }
}
