//! Entitlements that are listed, resource types that are asked about, their actions, tags and facts.

use super::names::Names;
use super::walk::{Walk, all_of, example, near};
use super::{codes, near_help};
use crate::diagnostic::Diagnostic;
use crate::model::catalogue::{Entitlement, EntitlementKind, NameType, Origin, Tag, Type};
use crate::model::name::fold;
use crate::model::read::shown;
use crate::model::value::{Name, Value};
use crate::model::yaml::{Entry, Kind, Node};
use crate::model::{EntitlementId, State};
use crate::source::Span;
use indexmap::IndexMap;

/// Keys of an entitlement that are no tags.
pub(super) const FACTS: &[&str] =
    &["kind", "title", "description", "link", "seats", "cost", "needs", "covered", "actions", "key", "attributes"];
const LISTED_FACTS: &[&str] = &["kind", "title", "description", "link", "seats", "cost", "needs", "covered", "actions"];
const RESOURCE_FACTS: &[&str] = &["kind", "title", "description", "link", "needs", "actions", "key", "attributes"];
const ACTION_FACTS: &[&str] = &["title", "description", "link"];

/// What is gathered while entitlements are read and needed after all of them.
#[derive(Default)]
struct Gathered<'n> {
    /// `kind` of those that say it, where it is not declared as a tag.
    kinds: Vec<(EntitlementId, Name)>,
    /// (who, what it needs, where)
    needs: Vec<(EntitlementId, &'n str, Span)>,
}

impl<'n> Walk<'n, '_> {
    /// The sections `entitlements` and `resources`.
    pub(super) fn read_entitlements(&mut self, listed: Option<&'n Node>, resources: Option<&'n Node>) {
        let mut names = Names::new("entitlement");
        let mut gathered = Gathered::default();
        if let Some(section) = listed {
            self.listed(section, &mut names, &mut gathered);
        }
        let mut attribute_names = Names::new("attribute");
        let sections = resources.and_then(|section| {
            self.map(section, "`resources`", "a map of resource types: `patient_record: {actions: [read]}`")
        });
        for entry in sections.into_iter().flatten() {
            self.resource(entry, &mut names, &mut attribute_names, &mut gathered);
        }
        self.refuse_hidden_actions();
        self.check_needs(&gathered.needs);
        self.add_kind_tag(gathered.kinds);
    }

    fn listed(&mut self, section: &'n Node, names: &mut Names, gathered: &mut Gathered<'n>) {
        // a list of words declares entitlements of which nothing is said
        if let Kind::List(items) = &section.kind {
            for item in items {
                if let Some(text) =
                    self.word(item, "an entitlement", "its name; details go into a map: `EHR: {phi: true}`")
                {
                    let nothing = Tagged { name: &text.text, span: item.span, entries: &[], parent: None };
                    self.entitlement(&nothing, EntitlementKind::Listed, names, gathered);
                }
            }
            return;
        }
        let expected = "a map of entitlements: `EHR: {phi: true}`, or a list of names";
        let Some(entries) = self.map(section, "`entitlements`", expected) else { return };
        for entry in entries {
            let what = format!("the entitlement {}", shown(&entry.key));
            let Some(entries) = self.map(&entry.value, &what, "a map of tags and facts: `{phi: true}`") else {
                self.unreadable.insert(fold(&entry.key));
                continue;
            };
            let tagged = Tagged { name: &entry.key, span: entry.key_span, entries, parent: None };
            let id = self.entitlement(&tagged, EntitlementKind::Listed, names, gathered);
            if let (Some(id), Some(actions)) = (id, tagged.value("actions")) {
                self.actions(id, actions, names, gathered);
            }
        }
    }

    fn resource(
        &mut self,
        entry: &'n Entry,
        names: &mut Names,
        attribute_names: &mut Names,
        gathered: &mut Gathered<'n>,
    ) {
        let what = format!("the resource type {}", shown(&entry.key));
        let Some(entries) = self.map(&entry.value, &what, "a map: `{actions: [read], attributes: {ward: place}}`")
        else {
            self.unreadable.insert(fold(&entry.key));
            return;
        };
        if fold(&entry.key).split('.').next() == Some("user") {
            let message =
                format!("{} cannot name a resource: `user.x` is the attribute `x` of whoever asks", shown(&entry.key));
            let diagnostic = Diagnostic::error(codes::BAD_NAME, entry.key_span, message);
            self.report(diagnostic.help("give it another name, such as `profile`"));
            self.unreadable.insert(fold(&entry.key));
            return;
        }
        let tagged = Tagged { name: &entry.key, span: entry.key_span, entries, parent: None };
        let Some(id) = self.entitlement(&tagged, EntitlementKind::Resource, names, gathered) else { return };
        if let Some(actions) = tagged.value("actions") {
            self.actions(id, actions, names, gathered);
        }
        if let Some(attributes) = tagged.value("attributes") {
            self.resource_attributes(&entry.key, id, attributes, attribute_names);
        }
        if let Some(key) = tagged.value("key") {
            self.key(&entry.key, id, key);
        }
    }

    /// Adds one entitlement, resource type or action.
    fn entitlement(
        &mut self,
        tagged: &Tagged<'n>,
        kind: EntitlementKind,
        names: &mut Names,
        gathered: &mut Gathered<'n>,
    ) -> Option<EntitlementId> {
        if !self.is_usable_path("entitlement", tagged.name, tagged.span) {
            return None;
        }
        let name = match tagged.parent {
            Some(parent) => format!("{}.{}", self.catalogue.entitlement(parent).name, tagged.name),
            None => tagged.name.to_owned(),
        };
        let folded = names.add(self, &name, tagged.span)?;
        let id = EntitlementId::new(self.catalogue.entitlements.len());
        let tags = self.tags_of(tagged, &name);
        let facts = self.facts_of(tagged, kind, &name, id, gathered);
        let parent = tagged.parent;
        let entitlement = Entitlement { name, kind, parent, tags, facts, span: Some(tagged.span) };
        self.catalogue.entitlements.insert(folded, entitlement);
        Some(id)
    }

    /// The state of every tag: stated, inherited, by default, or missing, which is reported.
    fn tags_of(&mut self, tagged: &Tagged<'n>, name: &str) -> Vec<State> {
        let inherited = tagged.parent.map(|parent| self.catalogue.entitlement(parent).tags.clone());
        let mut states = Vec::with_capacity(self.catalogue.tags.len());
        let mut missing = Vec::new();
        for at in 0..self.catalogue.tags.len() {
            let Some((folded, tag)) = self.catalogue.tags.get_index(at) else { continue };
            let stated = tagged.entries.iter().find(|entry| fold(&entry.key) == *folded);
            let from_above = inherited.as_ref().and_then(|states| states.get(at)).cloned();
            let otherwise = from_above.or_else(|| tag.default.clone());
            let state = match stated {
                Some(entry) => {
                    let (ty, what) = (tag.ty.clone(), format!("the tag {} of {}", shown(&tag.name), shown(name)));
                    self.tag_state(&entry.value, &ty, &what)
                }
                None => {
                    if otherwise.is_none() {
                        missing.push(at);
                    }
                    otherwise
                }
            };
            states.push(state.unwrap_or(State::Absent));
        }
        self.report_missing(name, tagged.span, &missing);
        states
    }

    fn report_missing(&mut self, name: &str, span: Span, missing: &[usize]) {
        let tags: Vec<Tag> =
            missing.iter().filter_map(|&at| self.catalogue.tags.get_index(at)).map(|(_, tag)| tag.clone()).collect();
        let Some(first) = tags.first() else { return };
        let listed: Vec<&str> = tags.iter().map(|tag| tag.name.as_str()).collect();
        let noun = if tags.len() == 1 { "tag" } else { "tags" };
        let message = format!("{} does not state the {noun} {}", shown(name), all_of(&listed));
        let mut diagnostic = Diagnostic::error(codes::MISSING_TAG, span, message);
        if let Some(declared) = first.span {
            diagnostic = diagnostic.label(declared, "declared without a default: everything must state it");
        }
        let pairs = tags.iter().map(|tag| format!("{}: {}", tag.name, example(&tag.ty).replace('`', "")));
        let stated = shown(&format!("{name}: {{{}}}", pairs.collect::<Vec<_>>().join(", ")));
        self.report(diagnostic.help(format!("write {stated}, or declare the {noun} with a `default`")));
    }

    /// Everything that is no tag, as text; a key that is neither is reported.
    fn facts_of(
        &mut self,
        tagged: &Tagged<'n>,
        kind: EntitlementKind,
        name: &str,
        id: EntitlementId,
        gathered: &mut Gathered<'n>,
    ) -> IndexMap<String, String> {
        let known = match kind {
            EntitlementKind::Listed => LISTED_FACTS,
            EntitlementKind::Resource => RESOURCE_FACTS,
            EntitlementKind::ListedAction | EntitlementKind::ResourceAction => ACTION_FACTS,
        };
        let mut facts = IndexMap::new();
        for entry in tagged.entries {
            let folded = fold(&entry.key);
            if self.catalogue.tags.contains_key(&folded) || self.unreadable.contains(&folded) {
                continue;
            }
            if !known.contains(&entry.key.as_str()) {
                self.unknown_fact(entry, name, known);
                continue;
            }
            match entry.key.as_str() {
                "actions" | "attributes" | "key" => {}
                "kind" => self.kind(entry, id, gathered),
                "needs" => self.needs(entry, id, &mut facts, gathered),
                "seats" => self.seats(entry, &mut facts),
                "covered" => self.covered(entry, &mut facts),
                "title" | "description" => self.texts(entry, &mut facts),
                _ => {
                    if let Some(text) = self.word(&entry.value, &format!("`{}`", entry.key), "a text") {
                        facts.insert(entry.key.clone(), text.text.clone());
                    }
                }
            }
        }
        facts
    }

    fn unknown_fact(&mut self, entry: &Entry, name: &str, known: &[&str]) {
        let message = format!("{} is neither a tag nor a fact of {}", shown(&entry.key), shown(name));
        let diagnostic = Diagnostic::error(codes::UNKNOWN_KEY, entry.key_span, message);
        let tags = self.catalogue.tags.values().map(|tag| tag.name.as_str());
        let diagnostic = match near(&entry.key, tags.chain(known.iter().copied())) {
            Some(near) => diagnostic.help(format!("did you mean {}?", shown(near))).replace(entry.key_span, near),
            None if FACTS.contains(&entry.key.as_str()) => {
                diagnostic.help(format!("here may stand the tags and {}", all_of(known)))
            }
            None => diagnostic.help(format!("declare it if it is a tag: `tags: {{{}: text}}`", entry.key)),
        };
        self.report(diagnostic);
    }

    fn kind(&mut self, entry: &Entry, id: EntitlementId, gathered: &mut Gathered<'n>) {
        let Some(text) = self.word(&entry.value, "`kind`", "one word, such as `application`") else { return };
        if self.is_usable("kind", &text.text, entry.value.span) {
            gathered.kinds.push((id, Name::new(&text.text)));
        }
    }

    fn needs(
        &mut self,
        entry: &'n Entry,
        id: EntitlementId,
        facts: &mut IndexMap<String, String>,
        gathered: &mut Gathered<'n>,
    ) {
        let Some(items) = self.list(&entry.value, "`needs`", "a list of entitlements: `[EHR]`") else { return };
        let mut texts = Vec::new();
        for item in items {
            if let Some(text) = self.word(item, "`needs`", "a list of entitlements: `[EHR]`") {
                gathered.needs.push((id, &text.text, item.span));
                texts.push(text.text.as_str());
            }
        }
        facts.insert("needs".to_owned(), texts.join(", "));
    }

    /// Whether some rule is to speak of it in every context.
    fn covered(&mut self, entry: &Entry, facts: &mut IndexMap<String, String>) {
        let Some(text) = self.word(&entry.value, "`covered`", "`true` or `false`") else { return };
        if matches!(text.text.as_str(), "true" | "false") {
            facts.insert("covered".to_owned(), text.text.clone());
            return;
        }
        let message = format!("`covered` is `true` or `false`, not {}", shown(&text.text));
        let help = "`covered: true` asks `check` for a rule that speaks of it in every context";
        self.report(Diagnostic::error(codes::VALUE, entry.value.span, message).help(help));
    }

    fn seats(&mut self, entry: &Entry, facts: &mut IndexMap<String, String>) {
        let Some(text) = self.word(&entry.value, "`seats`", "how many there are: `40`") else { return };
        match text.text.parse::<u32>() {
            Ok(seats) if text.text.bytes().all(|byte| byte.is_ascii_digit()) => {
                facts.insert("seats".to_owned(), seats.to_string());
            }
            _ => {
                let message = format!("{} is no number of seats", shown(&text.text));
                let help = "write a whole number from 0 up, or leave `seats` out if there is no limit";
                self.report(Diagnostic::error(codes::VALUE, entry.value.span, message).help(help));
            }
        }
    }

    /// A text, or one for each language: facts `title.en`, `title.es`.
    fn texts(&mut self, entry: &'n Entry, facts: &mut IndexMap<String, String>) {
        let key = &entry.key;
        let Kind::Map(languages) = &entry.value.kind else {
            let expected = "a text, or one for each language: `{en: Records, es: Historias}`";
            if let Some(text) = self.word(&entry.value, &format!("`{key}`"), expected) {
                facts.insert(key.clone(), text.text.clone());
            }
            return;
        };
        for language in languages {
            let tag = &language.key;
            if !(2..=3).contains(&tag.len()) || !tag.bytes().all(|byte| byte.is_ascii_lowercase()) {
                let message = format!("{} is no language", shown(tag));
                let help = "a language is written with two or three small letters: `en`, `es`";
                self.report(Diagnostic::error(codes::VALUE, language.key_span, message).help(help));
            } else if let Some(text) = self.word(&language.value, &format!("`{key}`"), "a text") {
                facts.insert(format!("{key}.{tag}"), text.text.clone());
            }
        }
    }

    /// `[read, write]`, or a map of actions to what differs from the thing they belong to.
    fn actions(&mut self, of: EntitlementId, node: &'n Node, names: &mut Names, gathered: &mut Gathered<'n>) {
        let kind = match self.catalogue.entitlement(of).kind {
            EntitlementKind::Resource => EntitlementKind::ResourceAction,
            _ => EntitlementKind::ListedAction,
        };
        let expected = "a list of names: `[read, write]`";
        match &node.kind {
            Kind::Map(entries) => {
                for entry in entries {
                    let what = format!("the action {}", shown(&entry.key));
                    let Some(fields) = self.map(&entry.value, &what, "a map of tags: `{phi: true}`") else { continue };
                    let tagged = Tagged { name: &entry.key, span: entry.key_span, entries: fields, parent: Some(of) };
                    self.entitlement(&tagged, kind, names, gathered);
                }
            }
            Kind::List(items) => {
                for item in items {
                    let Some(text) = self.word(item, "an action", expected) else { continue };
                    let tagged = Tagged { name: &text.text, span: item.span, entries: &[], parent: Some(of) };
                    self.entitlement(&tagged, kind, names, gathered);
                }
            }
            _ => self.wrong_shape(node, "`actions`", expected),
        }
    }

    fn resource_attributes(&mut self, resource: &str, id: EntitlementId, node: &'n Node, names: &mut Names) {
        let expected = "a map of attributes to their types: `{ward: place}`";
        let Some(entries) = self.map(node, "`attributes`", expected) else { return };
        for entry in entries {
            if !self.is_usable_path("attribute", &entry.key, entry.key_span) {
                continue;
            }
            let name = format!("{resource}.{}", entry.key);
            let Some(folded) = names.add(self, &name, entry.key_span) else { continue };
            if let Some(other) = self.catalogue.attributes.get(&folded) {
                let message = format!("the attribute {} is already declared under `attributes`", shown(&other.name));
                let mut diagnostic = Diagnostic::error(codes::NAME_TAKEN, entry.key_span, message);
                if let Some(span) = other.span {
                    diagnostic = diagnostic.label(span, "first here");
                }
                self.report(diagnostic.help("keep the one that comes with the resource"));
                continue;
            }
            let what = format!("the attribute {}", shown(&name));
            match self.attribute(entry, name, &what, Some(Origin::Resource(id))) {
                Some(attribute) => {
                    self.catalogue.attributes.insert(folded, attribute);
                }
                None => {
                    self.unreadable.insert(folded);
                }
            }
        }
    }

    fn key(&mut self, resource: &str, id: EntitlementId, node: &Node) {
        let Some(text) = self.word(node, "`key`", "the name of one of its attributes: `key: id`") else { return };
        let folded = fold(&format!("{resource}.{}", text.text));
        if self.unreadable.contains(&folded) {
            return;
        }
        if self.catalogue.attributes.contains_key(&folded) {
            if let Some((_, entitlement)) = self.catalogue.entitlements.get_index_mut(id.index()) {
                entitlement.facts.insert("key".to_owned(), text.text.clone());
            }
            return;
        }
        let message = format!("the key {} is no attribute of {}", shown(&text.text), shown(resource));
        let attributes = self.catalogue.attributes.values();
        let own: Vec<&str> = attributes
            .filter(|attribute| attribute.origin == Origin::Resource(id))
            .filter_map(|attribute| attribute.name.get(resource.len() + 1..))
            .collect();
        let help = near_help(&text.text, own.iter().copied())
            .unwrap_or_else(|| format!("declare it: `attributes: {{{}: id}}`", text.text));
        self.report(Diagnostic::error(codes::UNKNOWN_MEMBER, node.span, message).help(help));
    }

    /// `EHR.export` beside `EHR` reads like its action and would not be one: `all except EHR` would give it.
    fn refuse_hidden_actions(&mut self) {
        let mut problems = Vec::new();
        for (folded, entitlement) in &self.catalogue.entitlements {
            if entitlement.parent.is_some() {
                continue;
            }
            let Some((owner, action)) = folded.match_indices('.').find_map(|(at, _)| {
                let owner = self.catalogue.entitlements.get(folded.get(..at)?)?;
                Some((owner, entitlement.name.get(at + 1..)?))
            }) else {
                continue;
            };
            let message = format!("{} reads like an action of {}", shown(&entitlement.name), shown(&owner.name));
            let help = format!("declare it there: `{}: {{actions: [{action}]}}`, or give it another name", owner.name);
            let Some(span) = entitlement.span else { continue };
            let mut diagnostic = Diagnostic::error(codes::AMBIGUOUS, span, message);
            if let Some(span) = owner.span {
                diagnostic = diagnostic.label(span, "declared here");
            }
            problems.push(diagnostic.help(help));
        }
        problems.into_iter().for_each(|problem| self.report(problem));
    }

    fn check_needs(&mut self, needs: &[(EntitlementId, &str, Span)]) {
        for &(id, needed, span) in needs {
            let folded = fold(needed);
            match self.catalogue.entitlements.get_index_of(&folded) {
                Some(at) if at == id.index() => {
                    let message = format!("{} needs itself", shown(needed));
                    self.report(Diagnostic::error(codes::CYCLE, span, message).help("delete it"));
                }
                Some(_) => {}
                None => self.unknown_member(needed, span, &[]),
            }
        }
    }

    /// Reports a name that is no entitlement; `groups` may be named, too.
    pub(super) fn unknown_member(&mut self, name: &str, span: Span, groups: &[&str]) {
        if self.unreadable.contains(&fold(name)) || self.is_overwhelmed() {
            return;
        }
        let message = format!("{} is not declared", shown(name));
        let entitlements = self.catalogue.entitlements.values().map(|entitlement| entitlement.name.as_str());
        let help = near_help(name, entitlements.chain(groups.iter().copied()))
            .unwrap_or_else(|| "declare it under `entitlements` or `resources`".to_owned());
        self.report(Diagnostic::error(codes::UNKNOWN_MEMBER, span, message).help(help));
    }

    /// `kind` is a tag where some entitlement says it: its values are those that occur.
    fn add_kind_tag(&mut self, kinds: Vec<(EntitlementId, Name)>) {
        if kinds.is_empty() {
            return;
        }
        let mut values: IndexMap<String, Name> = IndexMap::new();
        let mut states = vec![State::Absent; self.catalogue.entitlements.len()];
        for (id, name) in kinds {
            values.entry(name.folded.to_string()).or_insert_with(|| name.clone());
            if let Some(state) = states.get_mut(id.index()) {
                *state = State::Present(Value::Name(name));
            }
        }
        for at in 0..states.len() {
            let Some((_, entitlement)) = self.catalogue.entitlements.get_index(at) else { continue };
            let inherited = entitlement.parent.and_then(|parent| states.get(parent.index()).cloned());
            if let (Some(inherited), Some(state)) = (inherited, states.get_mut(at)) {
                *state = inherited;
            }
        }
        for (entitlement, state) in self.catalogue.entitlements.values_mut().zip(states) {
            entitlement.tags.push(state);
        }
        let ty = Type::Name(NameType { values: Some(values), is_open: false, is_exact: false });
        let tag = Tag { name: "kind".to_owned(), ty, default: Some(State::Absent), span: None };
        self.catalogue.tags.insert("kind".to_owned(), tag);
    }
}

/// What a declaration says of one entitlement.
struct Tagged<'n> {
    /// Without the parent's.
    name: &'n str,
    span: Span,
    entries: &'n [Entry],
    parent: Option<EntitlementId>,
}

impl<'n> Tagged<'n> {
    fn value(&self, key: &str) -> Option<&'n Node> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }
}
