//! Attributes of the context, and those that come with a resource.

use super::codes;
use super::hierarchies::INNER;
use super::names::Names;
use super::walk::{Fields, Walk};
use crate::diagnostic::Diagnostic;
use crate::model::catalogue::{Attribute, Inner, Omitted, Origin, Type};
use crate::model::name::fold;
use crate::model::read::shown;
use crate::model::value::Value;
use crate::model::yaml::{Entry, Kind, Node};
use crate::model::{HierarchyId, NodeIndex};
use crate::source::Span;

/// Names that every policy has, and what they are.
const BUILT_IN: &[(&str, &str)] = &[
    ("now", "the instant of the question"),
    ("time", "the time of day of `now`"),
    ("date", "the date of `now`"),
    ("weekday", "the day of the week of `now`"),
    ("approved", "the requests that were approved"),
];
const OPTIONS: &[&str] = &["from", "omitted", "empty", "disclose", "changes", "inner"];
const ORIGINS: &[(&str, Origin)] =
    &[("subject", Origin::Subject), ("context", Origin::Context), ("action", Origin::Action)];

impl<'n> Walk<'n, '_> {
    /// The section `attributes`.
    pub(super) fn read_attributes(&mut self, section: Option<&'n Node>) {
        let Some(section) = section else { return };
        let expected = "a map of attributes to their types: `role: [Nurse, Physician]`";
        let Some(entries) = self.map(section, "`attributes`", expected) else { return };
        let mut names = Names::new("attribute");
        for entry in entries {
            if self.is_built_in(entry) || !self.is_attribute_path(entry) {
                continue;
            }
            let Some(folded) = names.add(self, &entry.key, entry.key_span) else { continue };
            let what = format!("the attribute {}", shown(&entry.key));
            match self.attribute(entry, entry.key.clone(), &what, None) {
                Some(attribute) => {
                    self.catalogue.attributes.insert(folded, attribute);
                }
                None => {
                    self.unreadable.insert(folded);
                }
            }
        }
        self.refuse_shadowed_columns();
    }

    fn is_built_in(&mut self, entry: &Entry) -> bool {
        let folded = fold(&entry.key);
        let Some((name, meaning)) = BUILT_IN.iter().find(|(name, _)| *name == folded) else { return false };
        let message = format!("`{name}` is built in: {meaning}");
        let help = "delete this entry, or give the attribute another name";
        self.report(Diagnostic::error(codes::BUILT_IN, entry.key_span, message).help(help));
        true
    }

    fn is_attribute_path(&mut self, entry: &Entry) -> bool {
        if !self.is_usable_path("attribute", &entry.key, entry.key_span) {
            return false;
        }
        let Some(bare) = fold(&entry.key).strip_prefix("user.").map(str::to_owned) else { return true };
        let message = format!("{} is the same attribute as {}", shown(&entry.key), shown(&bare));
        let bare = entry.key.get(entry.key.len() - bare.len()..).unwrap_or(&bare);
        let diagnostic = Diagnostic::error(codes::BAD_NAME, entry.key_span, message);
        self.report(diagnostic.help(format!("write {}", shown(bare))).replace(entry.key_span, bare));
        false
    }

    /// One attribute; `resource` is whose it is, if it comes with a question about a resource.
    pub(super) fn attribute(
        &mut self,
        entry: &'n Entry,
        name: String,
        what: &str,
        resource: Option<Origin>,
    ) -> Option<Attribute> {
        let (ty, fields) = self.read_type(&entry.value, what, OPTIONS)?;
        let inner = self.hierarchy_of(&ty).map_or(Inner::Itself, |id| self.catalogue.hierarchy(id).inner);
        let mut attribute = Attribute {
            name,
            ty,
            origin: resource.unwrap_or(Origin::Subject),
            omitted: Omitted::Unknown,
            empty_means_none: false,
            inner,
            may_disclose: true,
            may_change: false,
            span: Some(entry.key_span),
        };
        if let Some(fields) = fields {
            self.attribute_options(&mut attribute, &fields, what);
        }
        Some(attribute)
    }

    /// Options that cannot be read are reported and left at what they are without.
    fn attribute_options(&mut self, attribute: &mut Attribute, fields: &Fields<'n>, what: &str) {
        if let Some(entry) = fields.get("from") {
            if let Origin::Resource(_) = attribute.origin {
                self.misplaced(entry, "cannot stand here", "attributes of a resource always come with it");
            } else if let Some(origin) = self.choice(&entry.value, "`from`", ORIGINS) {
                attribute.origin = origin;
                attribute.may_change = origin == Origin::Context;
            }
        }
        if let Some(node) = fields.value("changes")
            && let Some(may_change) = self.yes_or_no(node, "`changes`")
        {
            attribute.may_change = may_change;
        }
        if let Some(node) = fields.value("disclose")
            && let Some(may_disclose) = self.yes_or_no(node, "`disclose`")
        {
            attribute.may_disclose = may_disclose;
        }
        if let Some(entry) = fields.get("empty") {
            self.empty_option(attribute, entry);
        }
        if let Some(entry) = fields.get("inner") {
            if self.hierarchy_of(&attribute.ty).is_none() {
                self.misplaced(entry, "goes with a hierarchy only", "delete it");
            } else if let Some(inner) = self.choice(&entry.value, "`inner`", INNER) {
                attribute.inner = inner;
            }
        }
        if let Some(entry) = fields.get("omitted")
            && let Some(omitted) = self.omitted(&entry.value, attribute, what)
        {
            attribute.omitted = omitted;
        }
    }

    fn empty_option(&mut self, attribute: &mut Attribute, entry: &Entry) {
        if !matches!(attribute.ty, Type::Set(_)) {
            self.misplaced(entry, "goes with `set of` only", "say what is meant with `omitted: absent`");
            return;
        }
        let choices = [("unknown", false), ("none", true), ("empty", true)];
        if let Some(means_none) = self.choice(&entry.value, "`empty`", &choices) {
            attribute.empty_means_none = means_none;
        }
    }

    /// `unknown` and `absent` are states, unless quoted.
    fn omitted(&mut self, node: &Node, attribute: &Attribute, what: &str) -> Option<Omitted> {
        if let Kind::Text(text) = &node.kind
            && !text.quoted
        {
            match text.text.as_str() {
                "unknown" => return Some(Omitted::Unknown),
                "absent" => return Some(Omitted::Absent),
                _ => {}
            }
        }
        let value = self.value(node, &attribute.ty, &format!("`omitted` of {what}"))?;
        self.is_allowed_inner(&value, attribute, node.span).then_some(Omitted::Default(value))
    }

    /// A default must itself be a value that a context may give.
    fn is_allowed_inner(&mut self, value: &Value, attribute: &Attribute, span: Span) -> bool {
        if attribute.inner != Inner::Refused {
            return true;
        }
        let Some(id) = self.hierarchy_of(&attribute.ty) else { return true };
        let nodes: Vec<NodeIndex> = match value {
            Value::Node(node) => vec![*node],
            Value::Set(set) => set
                .members
                .iter()
                .filter_map(|value| if let Value::Node(node) = value { Some(*node) } else { None })
                .collect(),
            _ => return true,
        };
        let hierarchy = self.catalogue.hierarchy(id);
        let Some(&inner) = nodes.iter().find(|&&node| !hierarchy.is_leaf(node)) else { return true };
        let message = format!("{} has nodes below it, and inner nodes are refused", shown(&hierarchy.node(inner).name));
        self.report(Diagnostic::error(codes::VALUE, span, message).help("name a node with none below it"));
        false
    }

    /// The hierarchy whose nodes the type holds.
    pub(super) fn hierarchy_of(&self, ty: &Type) -> Option<HierarchyId> {
        match ty {
            Type::Node(id) => Some(*id),
            Type::Set(element) => self.hierarchy_of(element),
            _ => None,
        }
    }

    /// `location.printer` cannot be an attribute where `printer` is a column of the places.
    fn refuse_shadowed_columns(&mut self) {
        let mut problems = Vec::new();
        for attribute in self.catalogue.attributes.values() {
            let Some((owner, column)) = attribute.name.rsplit_once('.') else { continue };
            let Some(owner) = self.catalogue.attributes.get(&fold(owner)) else { continue };
            let Type::Node(id) = owner.ty else { continue };
            let hierarchy = self.catalogue.hierarchy(id);
            let is_column = hierarchy.columns.iter().any(|name| fold(name) == fold(column));
            if let (true, Some(span)) = (is_column, attribute.span) {
                let message = format!(
                    "{} is also the column {} of {}",
                    shown(&attribute.name),
                    shown(column),
                    shown(&hierarchy.name)
                );
                problems
                    .push(Diagnostic::error(codes::AMBIGUOUS, span, message).help("give the attribute another name"));
            }
        }
        problems.into_iter().for_each(|problem| self.report(problem));
    }
}
