//! The catalogue file: from YAML to [`Catalogue`].
//!
//! The file is read into a tree with places, then walked section by section, each section knowing only those before it
//! (types, attributes, tags, parameters, entitlements, resources, groups, calendars). Every problem is reported at its
//! place and reading goes on; what could not be read is listed, so that nobody complains about it twice.
//! Conditions in `assume` are handed on as text: they are resolved where the rules are.

pub mod codes;

mod attributes;
mod calendars;
mod entitlements;
mod groups;
mod hierarchies;
mod names;
mod parameters;
mod table;
mod tags;
mod types;
mod walk;

use super::catalogue::{Attribute, Catalogue, Inner, Omitted, Origin, Type, Zone};
use super::read::shown;
use super::yaml::{self, Entry, Kind, Node};
use crate::diagnostic::Diagnostic;
use crate::source::{SourceId, Span};
pub(super) use hierarchies::is_of_fair_size;
use indexmap::IndexMap;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use std::collections::BTreeSet;
use walk::{Walk, near};

/// Gives the text of a table by the name that the catalogue uses, `places.csv`.
pub type Tables<'a> = &'a dyn Fn(&str) -> Option<(SourceId, String)>;

/// What a catalogue file says.
#[derive(Clone, Debug)]
pub struct ReadCatalogue {
    /// Everything declared, but for the assumptions.
    pub catalogue: Catalogue,
    /// The conditions of `assume` as written, each with its place. The span covers just this text where the file has it
    /// literally; else (escapes, several lines) it covers the whole entry.
    pub assumptions: Vec<(Span, String)>,
    /// Folded names of attributes, parameters, tags, entitlements, groups and calendars that are declared but could not
    /// be read. What else would be said about them follows from that.
    pub unreadable: BTreeSet<String>,
}

/// Version of the catalogue's format.
const FORMAT: &str = "1";
const SECTIONS: &[&str] = &[
    "ward",
    "time_zone",
    "types",
    "attributes",
    "assume",
    "parameters",
    "tags",
    "entitlements",
    "resources",
    "groups",
    "calendars",
];

/// Reads a catalogue. All problems found are added to `diagnostics`; any error among them refuses the load, yet what
/// could be read is given, so that problems elsewhere are found in the same go.
///
/// None: the file is no catalogue at all. Cost: linear in the file and its tables, given hierarchies of bounded depth.
pub fn read_catalogue(
    source: SourceId,
    text: &str,
    tables: Tables<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<ReadCatalogue> {
    let root = yaml::read(source, text, diagnostics)?;
    let mut walk = Walk::new(tables, diagnostics, empty_catalogue());
    let sections = walk.sections(source, &root)?;
    walk.format_version(root.span, sections.ward);
    if let Some(entry) = sections.time_zone {
        walk.time_zone(entry);
    }
    walk.read_types(sections.types);
    walk.read_attributes(sections.attributes);
    walk.read_tags(sections.tags);
    walk.read_parameters(sections.parameters);
    walk.read_entitlements(sections.entitlements, sections.resources);
    walk.read_groups(sections.groups);
    walk.read_calendars(sections.calendars);
    let assumptions = walk.read_assumptions(text, sections.assume);
    Some(ReadCatalogue { catalogue: walk.catalogue, assumptions, unreadable: walk.unreadable })
}

/// A catalogue that declares nothing: it has the attribute `now` and the time zone UTC.
pub fn empty_catalogue() -> Catalogue {
    let now = Attribute {
        name: "now".to_owned(),
        ty: Type::DateTime,
        origin: Origin::Context,
        omitted: Omitted::Unknown,
        empty_means_none: false,
        inner: Inner::Itself,
        may_disclose: true,
        may_change: true,
        span: None,
    };
    Catalogue {
        is_declared: true,
        has_time_zone: false,
        zones: vec![Zone { name: "UTC".to_owned(), zone: TimeZone::UTC }],
        hierarchies: IndexMap::new(),
        attributes: [("now".to_owned(), now)].into_iter().collect(),
        assumptions: Vec::new(),
        parameters: IndexMap::new(),
        tags: IndexMap::new(),
        entitlements: IndexMap::new(),
        groups: IndexMap::new(),
        calendars: IndexMap::new(),
    }
}

/// A time zone of the bundled data, by its IANA name in any case.
pub fn find_time_zone(name: &str) -> Result<Zone, UnknownTimeZone> {
    let database = TimeZoneDatabase::bundled();
    // `Etc/Unknown` is an answer to the question, not a place
    let known = database.get(name).ok().filter(|zone| !zone.is_unknown());
    match known.and_then(|zone| Some(Zone { name: zone.iana_name()?.to_owned(), zone })) {
        Some(zone) => Ok(zone),
        None => Err(UnknownTimeZone { near: similar_zone(&database, name) }),
    }
}

/// No time zone has that name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownTimeZone {
    /// A name that looks much like it.
    pub near: Option<String>,
}

/// By the whole name, or by the city alone: `Chicago`.
fn similar_zone(database: &TimeZoneDatabase, name: &str) -> Option<String> {
    let names: Vec<String> = database.available().map(|zone| zone.as_str().to_owned()).collect();
    let city = |zone: &str| zone.rsplit('/').next().unwrap_or_default().to_owned();
    let wanted = super::name::fold(&city(name)).replace(' ', "_");
    let whole = super::read::did_you_mean(name, names.iter().map(String::as_str)).map(str::to_owned);
    whole.or_else(|| names.iter().find(|zone| super::name::fold(&city(zone)) == wanted).cloned())
}

/// The sections, each at most once.
#[derive(Default)]
struct Sections<'n> {
    ward: Option<&'n Entry>,
    time_zone: Option<&'n Entry>,
    types: Option<&'n Node>,
    attributes: Option<&'n Node>,
    assume: Option<&'n Node>,
    parameters: Option<&'n Node>,
    tags: Option<&'n Node>,
    entitlements: Option<&'n Node>,
    resources: Option<&'n Node>,
    groups: Option<&'n Node>,
    calendars: Option<&'n Node>,
}

impl<'n> Walk<'n, '_> {
    fn sections(&mut self, source: SourceId, root: &'n Node) -> Option<Sections<'n>> {
        let entries = match &root.kind {
            Kind::Map(entries) => entries,
            Kind::Broken => return None,
            Kind::Empty => {
                let span = Span::new(source, 0, 0);
                self.report(
                    Diagnostic::error(codes::NOT_A_CATALOGUE, span, "the catalogue is empty")
                        .help("begin it with the line `ward: 1`"),
                );
                return None;
            }
            _ => {
                let message = format!("a catalogue is a map of sections, and this is {}", root.describe());
                self.report(
                    Diagnostic::error(codes::NOT_A_CATALOGUE, root.span, message)
                        .help("begin it with the line `ward: 1`, then sections such as `entitlements:`"),
                );
                return None;
            }
        };
        let mut sections = Sections::default();
        for entry in entries {
            let value = Some(&entry.value);
            match entry.key.as_str() {
                "ward" => sections.ward = Some(entry),
                "time_zone" => sections.time_zone = Some(entry),
                "types" => sections.types = value,
                "attributes" => sections.attributes = value,
                "assume" => sections.assume = value,
                "parameters" => sections.parameters = value,
                "tags" => sections.tags = value,
                "entitlements" => sections.entitlements = value,
                "resources" => sections.resources = value,
                "groups" => sections.groups = value,
                "calendars" => sections.calendars = value,
                _ => self.unknown_key(entry, "a section of the catalogue", SECTIONS),
            }
        }
        Some(sections)
    }

    fn format_version(&mut self, root: Span, ward: Option<&Entry>) {
        let Some(entry) = ward else {
            let start = Span { end: root.start, ..root };
            let message = "the catalogue does not say in which version of the format it is written";
            self.report(
                Diagnostic::error(codes::FORMAT_VERSION, start, message)
                    .help("begin it with the line `ward: 1`")
                    .mend(start, "ward: 1\n"),
            );
            return;
        };
        if !matches!(entry.value.kind, Kind::Broken) && entry.value.text() != Some(FORMAT) {
            let message = "this version reads the format `ward: 1` only";
            self.report(Diagnostic::error(codes::FORMAT_VERSION, entry.value.span, message).help("write `ward: 1`"));
        }
    }

    fn time_zone(&mut self, entry: &Entry) {
        let Some(text) = self.word(&entry.value, "`time_zone`", "the name of a time zone") else { return };
        match find_time_zone(&text.text) {
            Ok(zone) => {
                self.catalogue.zones = vec![zone];
                self.catalogue.has_time_zone = true;
            }
            Err(unknown) => {
                let message = format!("{} is no time zone", shown(&text.text));
                let help = match unknown.near {
                    Some(near) => format!("did you mean {}?", shown(&near)),
                    None => "write a name of the IANA list, such as `America/Chicago` or `Europe/Berlin`".to_owned(),
                };
                self.report(Diagnostic::error(codes::TIME_ZONE, entry.value.span, message).help(help));
            }
        }
    }

    fn read_assumptions(&mut self, file: &str, node: Option<&'n Node>) -> Vec<(Span, String)> {
        let Some(node) = node else { return Vec::new() };
        let Some(items) = self.list(node, "`assume`", "a list of conditions, each on a line that begins with `- `")
        else {
            return Vec::new();
        };
        let mut assumptions = Vec::new();
        for item in items {
            if let Kind::Map(_) = item.kind {
                let message = "an assumption is one condition, and this is read as a map";
                let help = "put the whole condition in single quotes: a text with `: ` or braces needs them";
                self.report(Diagnostic::error(codes::WRONG_SHAPE, item.span, message).help(help));
            } else if let Some(text) = self.word(item, "an assumption", "a condition, as in a rule") {
                assumptions.push((yaml::literal_span(file, item.span, &text.text), text.text.clone()));
            }
        }
        assumptions
    }
}

/// `did you mean …?`, or nothing.
fn near_help<'c>(wrong: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<String> {
    near(wrong, candidates).map(|near| format!("did you mean {}?", shown(near)))
}

#[cfg(test)]
mod tests;
