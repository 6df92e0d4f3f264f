//! Sections, options and errors of the catalogue; each test shows the smallest file that makes its point.

#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::model::catalogue::{Combine, EntitlementKind};
use crate::model::value::{Name, SetValue, Value};
use crate::model::{AttributeId, EntitlementId, HierarchyId, NOW, Number, State};
use crate::source::Sources;
use std::cell::RefCell;

const PLACES: &str =
    "node,parent,printer\nhospital,,main\ncare_area,hospital,\nward_4,care_area,p4\ncafeteria,hospital,\n";

/// A catalogue with everything in it, but its first line.
const WHOLE: &str = r#"
time_zone: Europe/Berlin
types:
  place: {tree: places.csv, zones: {quiet_area: [ward_4, cafeteria]}}
  role: {tree: {clinician: [Physician, Nurse], staff: [Sales, "IT Administrator"], volunteer: []}}
  person: {id: true}
  grade: [junior, senior]
attributes:
  role: role
  teams: {set of: text, empty: none}
  grade: {type: grade, omitted: junior}
  trained: {since: date, unit: days}
  location: {type: place, from: context, inner: refused}
  manager: {type: person, disclose: false}
  device.managed: {type: bool, from: context, omitted: absent}
assume:
  - not (location = cafeteria and device.managed)
  - 'role in [Physician, Nurse]'
parameters:
  audit: {one of: [normal, high], combine: most}
  reauth: {type: duration, combine: least}
  queue: text
tags:
  phi: bool
  owner: {one of: [IT, Nursing], default: IT}
  topic: {type: role, default: absent}
entitlements:
  EHR: {kind: application, phi: true, owner: Nursing, actions: [read, export]}
  Maps: {phi: false, seats: 40, cost: 95 EUR/month, needs: [EHR], title: {en: Maps, es: Mapas}}
resources:
  patient_record:
    phi: true
    key: id
    actions: [read, write]
    attributes: {id: person, ward: place, labels: {set of: [a, b]}}
groups:
  records: [EHR, patient_record.read]
  everything: [records, Maps]
calendars:
  holiday: [2026-12-25, 2026-12-30..2027-01-01]
"#;

/// Reads a catalogue, `ward: 1` put before it, with tables.
fn read_with(text: &str, tables: &[(&str, &str)]) -> (Option<ReadCatalogue>, Vec<String>) {
    let text = format!("ward: 1\n{text}");
    let sources = RefCell::new(Sources::default());
    let source = sources.borrow_mut().add("catalogue.yaml", text.clone());
    let find = |name: &str| {
        let (_, text) = tables.iter().find(|(other, _)| *other == name)?;
        Some((sources.borrow_mut().add(name, *text), (*text).to_owned()))
    };
    let mut diagnostics = Vec::new();
    let read = read_catalogue(source, &text, &find, &mut diagnostics);
    let lines = diagnostics.iter().map(|diagnostic| {
        let place = sources.borrow().place(diagnostic.span().unwrap());
        // the line as in the text given, without `ward: 1`
        let line = if place.file == "catalogue.yaml" { place.line.saturating_sub(1) } else { place.line };
        let help = diagnostic.help.join(" / ");
        format!("{} {line}:{} {} | {help}", diagnostic.code, place.column, diagnostic.message)
    });
    (read, lines.collect())
}

fn load(text: &str) -> ReadCatalogue {
    let (read, problems) = read_with(text, &[("places.csv", PLACES)]);
    assert!(problems.is_empty(), "{problems:#?}");
    read.unwrap()
}

fn catalogue(text: &str) -> Catalogue {
    load(text).catalogue
}

fn problems(text: &str) -> Vec<String> {
    read_with(text, &[("places.csv", PLACES)]).1
}

/// Asserts that there is one problem, whose code, place and message begin so, and whose help contains that.
#[track_caller]
fn refused(text: &str, start: &str, help: &str) {
    let found = problems(text);
    let [problem] = found.as_slice() else { panic!("{found:#?}") };
    assert!(problem.starts_with(start) && problem.contains(help), "{problem}");
}

fn attribute<'c>(catalogue: &'c Catalogue, name: &str) -> &'c Attribute {
    &catalogue.attributes[name]
}

#[test]
fn a_whole_catalogue() {
    let read = load(WHOLE);
    let catalogue = &read.catalogue;
    assert_eq!(catalogue.zones[0].name, "Europe/Berlin");
    assert_eq!(catalogue.attributes.get_index(NOW.index()).unwrap().0, "now");
    assert!(catalogue.is_declared && read.unreadable.is_empty());

    let place = &catalogue.hierarchies["place"];
    assert_eq!(
        (place.inner, place.is_tree, place.columns.as_slice()),
        (Inner::Somewhere, true, &["printer".to_owned()][..])
    );
    let (ward, cafeteria) = (place.find("WARD_4").unwrap(), place.find("cafeteria").unwrap());
    assert!(place.is_within(ward, place.find("hospital").unwrap()));
    assert_eq!((place.column(ward, 0), place.column(cafeteria, 0)), (Some("p4"), Some("main")));
    assert_eq!(place.zones["quiet_area"], [ward, cafeteria]);

    let location = attribute(catalogue, "location");
    assert_eq!(
        (&location.ty, location.origin, location.inner),
        (&Type::Node(HierarchyId::new(0)), Origin::Context, Inner::Refused)
    );
    assert_eq!(attribute(catalogue, "grade").omitted, Omitted::Default(Value::Name(Name::new("junior"))));
    assert_eq!(attribute(catalogue, "trained").ty, Type::Date);
    assert!(attribute(catalogue, "teams").empty_means_none && !attribute(catalogue, "manager").may_disclose);
    assert_eq!(attribute(catalogue, "device.managed").omitted, Omitted::Absent);

    assert_eq!(catalogue.parameters["audit"].combine, Combine::Most);
    assert_eq!(catalogue.parameters["queue"].combine, Combine::One);

    let names: Vec<_> = catalogue.entitlements.values().map(|entitlement| entitlement.name.as_str()).collect();
    assert_eq!(
        names,
        ["EHR", "EHR.read", "EHR.export", "Maps", "patient_record", "patient_record.read", "patient_record.write"]
    );
    let export = &catalogue.entitlements["ehr.export"];
    assert_eq!((export.kind, export.parent), (EntitlementKind::ListedAction, Some(EntitlementId::new(0))));
    let tags: Vec<_> = catalogue.tags.keys().map(String::as_str).collect();
    assert_eq!(tags, ["phi", "owner", "topic", "kind"]);
    let present = |text: &str| State::Present(Value::Name(Name::new(text)));
    let stated = [State::Present(Value::Bool(true)), present("Nursing"), State::Absent, present("application")];
    assert_eq!(export.tags, stated);
    let maps = &catalogue.entitlements["maps"];
    assert_eq!(maps.tags[1..], [present("IT"), State::Absent, State::Absent]);
    let facts: Vec<_> = maps.facts.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(facts, ["seats=40", "cost=95 EUR/month", "needs=EHR", "title.en=Maps", "title.es=Mapas"]);

    let record = EntitlementId::new(4);
    assert_eq!(attribute(catalogue, "patient_record.ward").origin, Origin::Resource(record));
    assert_eq!(catalogue.entitlement(record).facts["key"], "id");
    let ids = |at: &[usize]| at.iter().map(|&at| EntitlementId::new(at)).collect::<Vec<_>>();
    assert_eq!(catalogue.groups["records"].members, ids(&[0, 1, 2, 5]));
    assert_eq!(catalogue.groups["everything"].members, ids(&[0, 1, 2, 3, 5]));
    assert_eq!(catalogue.calendars["holiday"].len(), 4);
    let texts: Vec<_> = read.assumptions.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(texts, ["not (location = cafeteria and device.managed)", "role in [Physician, Nurse]"]);
}

#[test]
fn nothing_but_the_version_declares_nothing() {
    let catalogue = catalogue("");
    assert_eq!((catalogue.attributes.len(), catalogue.zones[0].name.as_str()), (1, "UTC"));
}

#[test]
fn the_format_version_is_needed() {
    let mut diagnostics = Vec::new();
    let source = Sources::default().add("c", "");
    read_catalogue(source, "groups: {}", &|_| None, &mut diagnostics).unwrap();
    assert_eq!(diagnostics[0].code, codes::FORMAT_VERSION);
    for (text, code) in
        [("", codes::NOT_A_CATALOGUE), ("[a]", codes::NOT_A_CATALOGUE), ("ward: 2", codes::FORMAT_VERSION)]
    {
        let mut diagnostics = Vec::new();
        read_catalogue(source, text, &|_| None, &mut diagnostics);
        assert_eq!(diagnostics[0].code, code, "{text}");
    }
}

#[test]
fn assumptions_know_their_place_in_the_file() {
    let text = "ward: 1\nassume:\n  - a = b\n  - \"c = d\"\n  - 'it''s = x'\n";
    let mut sources = Sources::default();
    let source = sources.add("c", text);
    let read = read_catalogue(source, text, &|_| None, &mut Vec::new()).unwrap();
    let slices: Vec<_> = read.assumptions.iter().map(|(span, text)| (sources.slice(*span), text.as_str())).collect();
    assert_eq!(slices, [("a = b", "a = b"), ("c = d", "c = d"), ("'it''s = x'", "it's = x")]);
    refused("assume:\n  - {a: b}\n", "WK210 2:5 an assumption is one condition", "single quotes");
    refused("assume: a = b\n", "WK210 1:9 `assume` cannot be a text", "a list of conditions");
}

#[test]
fn unknown_sections_and_options_come_with_a_suggestion() {
    refused(
        "entitlments: {}\n",
        "WK209 1:1 `entitlments` is not a section of the catalogue",
        "did you mean `entitlements`?",
    );
    refused("policies: {}\n", "WK209 1:1", "known are `ward`, `time_zone`");
    refused(
        "attributes: {a: {one_of: [x]}}\n",
        "WK209 1:18 `one_of` is not an option of the attribute `a`",
        "`one of`?",
    );
    refused("attributes: {a: {type: bool, ommitted: true}}\n", "WK209 1:30", "did you mean `omitted`?");
}

#[test]
fn time_zones() {
    assert_eq!(catalogue("time_zone: america/new_york").zones[0].name, "America/New_York");
    refused("time_zone: Europe/Berln\n", "WK221 1:12 `Europe/Berln` is no time zone", "did you mean `Europe/Berlin`?");
    refused("time_zone: Chicago\n", "WK221", "did you mean `America/Chicago`?");
    refused("time_zone: Central Time\n", "WK221", "IANA");
    refused("time_zone:\n", "WK210 1:1 `time_zone` is missing its value", "");
}

#[test]
fn every_type_and_notation() {
    let catalogue = catalogue(
        "types: {weight: {type: decimal, unit: kg, range: 0..300}, grade: [a, b], alias: grade}\n\
         attributes:\n  a: bool\n  b: text\n  c: id\n  d: whole\n  e: decimal\n  f: time\n  g: date\n  h: datetime\n  \
         i: weekday\n  j: duration\n  k: address\n  l: version\n  m: weight\n  n: alias\n  o: {set of: [x, y]}\n  \
         p: {one of: [x], open: true}\n  q: {one of: [x, X], case: exact}\n  r: {type: text, case: exact}\n  \
         s: {type: whole, range: -5..5}\n  t: {since: datetime}\n  u: {set of: id}\n",
    );
    let ty = |name: &str| &attribute(&catalogue, name).ty;
    let simple = [
        ("a", Type::Bool),
        ("f", Type::Time),
        ("g", Type::Date),
        ("h", Type::DateTime),
        ("i", Type::Weekday),
        ("j", Type::Duration),
        ("k", Type::Address),
        ("l", Type::Version),
        ("t", Type::DateTime),
    ];
    for (name, expected) in simple {
        assert_eq!(*ty(name), expected, "{name}");
    }
    assert!(matches!(ty("b"), Type::Name(names) if names.values.is_none() && !names.is_exact));
    assert!(matches!(ty("c"), Type::Name(names) if names.values.is_none() && names.is_exact));
    assert!(
        matches!(ty("d"), Type::Number(kind) if kind.is_whole)
            && matches!(ty("e"), Type::Number(kind) if !kind.is_whole)
    );
    let range = Some((Number::from_whole(0), Number::from_whole(300)));
    assert!(matches!(ty("m"), Type::Number(kind) if kind.unit.as_deref() == Some("kg") && kind.range == range));
    assert!(matches!(ty("n"), Type::Name(names) if names.values.as_ref().unwrap().len() == 2));
    assert!(matches!(ty("o"), Type::Set(_)) && matches!(ty("u"), Type::Set(_)));
    assert!(matches!(ty("p"), Type::Name(names) if names.is_open));
    assert!(matches!(ty("q"), Type::Name(names) if names.is_exact && names.values.as_ref().unwrap().len() == 2));
    assert!(matches!(ty("r"), Type::Name(names) if names.is_exact));
    let range = Some((Number::from_whole(-5), Number::from_whole(5)));
    assert!(matches!(ty("s"), Type::Number(kind) if kind.range == range));
}

#[test]
fn types_that_do_not_exist() {
    refused("attributes: {a: string}\n", "WK212 1:17 there is no type `string`", "write `text`");
    refused("attributes: {a: Bool}\n", "WK212", "did you mean `bool`?");
    refused("types: {place: [x]}\nattributes: {a: plcae}\n", "WK212 2:17", "did you mean `place`?");
    refused("attributes: {a: colour}\n", "WK212", "built in are `bool`, `text`");
    refused("types: {date: [x]}\n", "WK218 1:9 `date` is a built-in type", "another name");
    refused("types: {a: b, b: a}\n", "WK223", "");
    refused("attributes: {a: }\n", "WK211 1:14 the attribute `a` has no type", "a word such as `bool`");
    refused(
        "attributes: {a: {omitted: absent}}\n",
        "WK211 1:17 the attribute `a` has options and no type",
        "`type: bool`",
    );
    refused("attributes: {a: {type: bool, one of: [x]}}\n", "WK211 1:30 the attribute `a` has both", "keep one");
    refused("attributes: {a: []}\n", "WK222 1:17 a vocabulary without values", "list its values");
    refused("attributes: {a: {set of: bool}}\n", "WK213 1:26 there are no sets of this type", "sets are of values");
    refused("attributes: {a: {id: false}}\n", "WK213", "`text`");
}

#[test]
fn a_type_that_is_broken_is_reported_once() {
    refused("types: {place: {tree: {}}}\nattributes: {a: place, b: {set of: place}}\n", "WK222 1:17", "list its nodes");
    refused("types: {grade: strng}\nattributes: {a: grade}\n", "WK212 1:16", "");
}

#[test]
fn options_go_with_their_types() {
    refused("attributes: {a: {type: bool, unit: kg}}\n", "WK213 1:30 `unit` does not go", "`type: whole`");
    refused("attributes: {a: {type: text, open: true}}\n", "WK213", "`one of`");
    refused("attributes: {a: {type: bool, empty: none}}\n", "WK213", "`omitted: absent`");
    refused("attributes: {a: {type: bool, inner: itself}}\n", "WK213 1:30", "delete it");
    refused("attributes: {a: {type: whole, range: 10..1}}\n", "WK228 1:38 the range `10..1` is empty", "`1..10`");
    refused("attributes: {a: {type: whole, range: 10}}\n", "WK214 1:38", "`0..300`");
    refused("attributes: {a: {type: whole, range: 0..1.5}}\n", "WK214 1:38 `1.5` is not a whole number", "");
    refused("attributes: {a: {type: whole, unit: 5}}\n", "WK214 1:37 `5` cannot be a unit", "`kg`");
    refused("attributes: {a: {since: dat}}\n", "WK214 1:25", "did you mean `date`?");
    refused("attributes: {a: {type: bool, from: person}}\n", "WK214 1:36", "`subject`, `context` or `action`");
    refused(
        "attributes: {a: {type: bool, disclose: no}}\n",
        "WK214 1:40 `no` is not `true` or `false`",
        "write `false`",
    );
}

#[test]
fn omitted_and_default_values_are_read_by_their_type() {
    let catalogue = catalogue(
        "types: {place: {tree: {h: [w]}}}\n\
         attributes:\n  a: {one of: [unknown, x], omitted: \"unknown\"}\n  b: {one of: [x], omitted: unknown}\n  \
         c: {set of: [x, y], omitted: [x]}\n  d: {type: version, omitted: 1.10}\n  e: {type: place, omitted: w}\n  \
         f: {set of: text, omitted: []}\n",
    );
    let omitted = |name: &str| &attribute(&catalogue, name).omitted;
    assert_eq!(*omitted("a"), Omitted::Default(Value::Name(Name::new("unknown"))));
    assert_eq!(*omitted("b"), Omitted::Unknown);
    let set = SetValue { members: vec![Value::Name(Name::new("x"))], ..SetValue::default() };
    assert_eq!(*omitted("c"), Omitted::Default(Value::Set(set)));
    assert!(matches!(omitted("d"), Omitted::Default(Value::Version(version)) if version.to_string() == "1.10"));
    assert!(matches!(omitted("e"), Omitted::Default(Value::Node(_))));
    assert_eq!(*omitted("f"), Omitted::Default(Value::Set(SetValue::default())));
    refused("attributes: {a: {type: date, omitted: 2026-02-30}}\n", "WK214 1:39 `2026-02-30` does not exist", "");
    refused("attributes: {a: {set of: [x], omitted: x}}\n", "WK210 1:40", "[a, b]");
    refused("attributes: {a: {one of: [sales], omitted: slaes}}\n", "WK214 1:44", "did you mean `sales`?");
    let text = "types: {place: {tree: {h: [w]}}}\nattributes: {a: {type: place, inner: refused, omitted: h}}\n";
    refused(text, "WK214 2:56 `h` has nodes below it", "");
}

#[test]
fn names_that_cannot_stand() {
    refused("attributes: {now: datetime}\n", "WK218 1:14 `now` is built in", "delete this entry");
    refused("attributes: {Weekday: text}\n", "WK218", "");
    refused(
        "attributes: {user.ward: text}\n",
        "WK217 1:14 `user.ward` is the same attribute as `ward`",
        "write `ward`",
    );
    refused("attributes: {a..b: text}\n", "WK217 1:14", "`device.managed`");
    refused("attributes: {\"\": text}\n", "WK217 1:14 the attribute `` is empty", "");
    refused("entitlements: {\" EHR\": {}}\n", "WK217 1:16", "");
    refused(
        "entitlements: {\"a\\u202eb\": {}}\n",
        "WK217 1:16 the entitlement `a\\u{202e}b` contains",
        "type the name anew",
    );
    refused(
        "attributes: {role: text, Role: bool}\n",
        "WK215 1:26 the attribute `Role` is the same name as `role`",
        "case",
    );
    refused("attributes: {a: [Sales, SALES]}\n", "WK215 1:25", "");
    refused("attributes: {a: [x, x]}\n", "WK215 1:21 the value `x` is declared twice", "keep one");
    refused("attributes: {a: [S\u{430}les]}\n", "WK216 1:18 the value `S\u{430}les` mixes alphabets", "U+0430");
    refused("attributes: {a: [cop, \u{441}\u{43e}\u{440}]}\n", "WK216 1:23", "one alphabet");
    assert!(problems("attributes: {a: [O10, 010, modern, modem, Ärzte, \"MRT Кабинет\", 病棟A]}\n").is_empty());
    refused("types: {p: {tree: {a: []}}, P: [x]}\n", "WK215 1:29", "");
    let text = "types: {place: {tree: places.csv}}\nattributes: {location: place, location.printer: text}\n";
    refused(text, "WK231 2:31 `location.printer` is also the column `printer` of `place`", "another name");
}

#[test]
fn a_hidden_character_is_reported_once() {
    let found = problems("entitlements: {\"a\u{202e}b\": {}}\n");
    assert!(found.len() == 1 && found[0].starts_with("WK203"), "{found:#?}");
}

#[test]
fn trees_inline() {
    let catalogue = catalogue("types: {place: {tree: {h: {f1: [r1, {r2: [bed]}], f2: }, yard: []}, inner: itself}}\n");
    let place = &catalogue.hierarchies["place"];
    let nodes: Vec<_> = place.nodes.values().map(|node| node.name.as_str()).collect();
    assert_eq!(nodes, ["h", "f1", "r1", "r2", "bed", "f2", "yard"]);
    assert!(place.is_within(place.find("bed").unwrap(), place.find("f1").unwrap()));
    assert_eq!(place.inner, Inner::Itself);
    refused("types: {place: {tree: {a: [x], b: [x]}}}\n", "WK215 1:36 the node `x` is declared twice", "");
    refused("types: {place: {tree: {a: b}}}\n", "WK210 1:27", "write `[b]`");
    refused("types: {place: {tree: [a], dag: {a: }}}\n", "WK211 1:28", "keep `tree`");
    refused("types: {place: {tree: [a], inner: leaf}}\n", "WK214 1:35", "`somewhere`, `itself` or `refused`");
}

#[test]
fn dags_inline_and_cycles() {
    let catalogue = catalogue("types: {code: {dag: {root: , a: [root], b: root, c: [a, b]}}}\n");
    let code = &catalogue.hierarchies["code"];
    assert!(!code.is_tree && code.node(code.find("c").unwrap()).parents.len() == 2);
    refused("types: {code: {dag: {a: [b], b: [c], c: [a]}}}\n", "WK223", "take one of these parents away");
    refused("types: {code: {dag: {a: [a]}}}\n", "WK223 1:22 `a` lies within itself", "");
    refused("types: {code: {dag: {alpha: , b: [alhpa]}}}\n", "WK224 1:35 the parent `alhpa` is no node", "`alpha`?");
}

#[test]
fn zones_name_nodes() {
    let zones = |zones: &str| format!("types: {{place: {{tree: {{h: [ward, icu]}}, zones: {zones}}}}}\n");
    refused(&zones("{quiet: [wrad]}"), "WK224 1:57 `wrad` is no node of `place`", "did you mean `ward`?");
    refused(&zones("{ICU: [ward]}"), "WK215 1:49 `icu` is already a node", "another name");
    refused(&zones("{quiet: []}"), "WK222 1:49", "list its nodes");
    refused(&zones("{quiet: ward}"), "WK210", "a list of nodes");
    let text = "types: {role: [x]}\nattributes: {a: role, b: {type: role, zones: {q: [x]}}}\n";
    refused(text, "WK209 2:39", "");
}

#[test]
fn tables_of_hierarchies() {
    let read = |table: &str, kind: &str| {
        let text = format!("types: {{place: {{{kind}: t.csv}}}}\n");
        let (read, problems) = read_with(&text, &[("t.csv", table)]);
        (read.unwrap().catalogue, problems)
    };
    let (catalogue, problems) = read("\u{feff}Parent,Node,x\r\n,a,1\r\na,b,\r\n,c,\r\nc,b,2\r\n", "dag");
    assert!(problems.is_empty(), "{problems:#?}");
    let place = &catalogue.hierarchies["place"];
    let b = place.find("b").unwrap();
    assert_eq!((place.node(b).parents.len(), place.column(b, 0)), (2, Some("2")));
    let start = |table: &str, kind: &str, start: &str, help: &str| {
        let problems = read(table, kind).1;
        assert!(problems.len() == 1 && problems[0].starts_with(start) && problems[0].contains(help), "{problems:#?}");
    };
    start("node,parent\na,\nb,a\nb,\n", "tree", "WK215 4:1 the node `b` is declared twice", "");
    start("node,parent\na,b\n", "tree", "WK224 2:3", "an entry of its own");
    start("node;parent\na;\n", "tree", "WK226 1:1", "save the table with commas");
    start("room,floor\na,b\n", "tree", "WK226 1:1", "`node,parent`");
    start("node,parent\na\n", "tree", "WK226 2:1 the row has 1 field, the header 2", "");
    start("node,parent,x\na,,1\na,,2\n", "dag", "WK226 3:4 `a` has two values of `x`", "");
    start("node,parent\na,b\nb,a\n", "tree", "WK223", "");
    start("node,parent\n", "tree", "WK222", "");
    start("", "tree", "WK222 1:1 the table is empty", "");
    start("node,parent\n a,\n", "tree", "WK217 2:1", "blank");
    refused("types: {place: {tree: rooms.csv}}\n", "WK225 1:23 there is no table `rooms.csv`", "beside the catalogue");
}

#[test]
fn hierarchies_have_limits() {
    let chain = |levels: usize| {
        let rows = (1..levels).map(|at| format!("n{at},n{}\n", at - 1)).collect::<String>();
        read_with("types: {p: {tree: t.csv}}\n", &[("t.csv", &format!("node,parent\nn0,\n{rows}"))]).1
    };
    assert!(chain(64).is_empty());
    assert!(chain(66)[0].starts_with("WK230"), "{:?}", chain(66));
    let broad: String = (0..100_000).map(|at| format!("n{at},\n")).collect();
    assert!(read_with("types: {p: {tree: t.csv}}\n", &[("t.csv", &format!("node,parent\n{broad}"))]).1.is_empty());
}

#[test]
fn tags_are_stated_or_defaulted() {
    let text = "tags: {phi: bool, unit: {one of: [a, b]}}\nentitlements: {EHR: {phi: true, unit: a}, Maps: {}}\n";
    refused(text, "WK220 2:43 `Maps` does not state the tags `phi` and `unit`", "`Maps: {phi: true, unit: a}`");
    refused("tags: {phi: bool}\nresources: {record: {actions: [read]}}\n", "WK220 2:13", "");
    refused("attributes: {phi: bool}\ntags: {phi: bool}\n", "WK219 2:8 `phi` is both a tag and an attribute", "rename");
    refused("tags: {seats: whole}\n", "WK218 1:8", "another name");
    refused("tags: {phi: bool}\nentitlements: {EHR: {phi: yes}}\n", "WK214 2:27", "write `true`");
    refused("tags: {phi: {type: bool, default: maybe}}\nentitlements: {EHR: {}}\n", "WK214 1:35", "");
    refused("tags: {phi: bool}\nentitlements: {EHR: {PHY: true, phi: true}}\n", "WK209 2:22", "did you mean `phi`?");
    refused("tags: {phi: strng}\nentitlements: {EHR: {phi: true}}\n", "WK212 1:13", "");
}

#[test]
fn actions_inherit_tags_and_may_differ() {
    let text = "tags: {phi: bool}\nentitlements: {EHR: {phi: true, actions: {read: , metrics: {phi: false}}}}\n";
    let catalogue = catalogue(text);
    let phi = |name: &str| &catalogue.entitlements[name].tags[0];
    assert_eq!(*phi("ehr.read"), State::Present(Value::Bool(true)));
    assert_eq!(*phi("ehr.metrics"), State::Present(Value::Bool(false)));
}

#[test]
fn a_declared_kind_is_a_tag_like_others() {
    refused("tags: {kind: [app]}\nentitlements: {EHR: {kind: device}}\n", "WK214 2:28", "declared are `app`");
    let catalogue = catalogue("tags: {kind: {one of: [app], default: absent}}\nentitlements: [EHR, Maps]\n");
    assert_eq!((catalogue.tags.len(), catalogue.entitlements.len()), (1, 2));
}

#[test]
fn facts_of_entitlements() {
    refused("entitlements: {EHR: {seats: -1}}\n", "WK214 1:29 `-1` is no number of seats", "from 0 up");
    refused(
        "entitlements: {EHR: {needs: [ERH]}, ehr2: {}}\n",
        "WK227 1:30 `ERH` is not declared",
        "did you mean `EHR`?",
    );
    refused("entitlements: {EHR: {needs: [EHR]}}\n", "WK223 1:30", "");
    refused("entitlements: {EHR: {needs: Maps}}\n", "WK210", "a list of entitlements");
    refused(
        "entitlements: {EHR: {colour: red}}\n",
        "WK209 1:22 `colour` is neither a tag nor a fact",
        "tags: {colour: text}",
    );
    refused("entitlements: {EHR: {key: id}}\n", "WK209", "here may stand the tags and");
    refused("entitlements: {EHR: {title: {english: Records}}}\n", "WK214 1:30", "`en`");
    refused("entitlements: {EHR: true}\n", "WK210 1:21 the entitlement `EHR` cannot be a text", "`{phi: true}`");
    refused("entitlements: {EHR: {actions: read}}\n", "WK210", "`[read, write]`");
    refused("entitlements: {EHR: {}, ehr: {}}\n", "WK215 1:25", "");
    refused("entitlements: {EHR: {actions: [read, Read]}}\n", "WK215 1:38", "");
    let text = "entitlements: {EHR: {}, EHR.export: {}}\n";
    refused(text, "WK231 1:25 `EHR.export` reads like an action of `EHR`", "`EHR: {actions: [export]}`");
}

#[test]
fn resources() {
    let record = |body: &str| format!("resources: {{record: {{{body}}}}}\n");
    refused(&record("key: id"), "WK227 1:27 the key `id` is no attribute of `record`", "declare it");
    refused(&record("key: nubmer, attributes: {number: id}"), "WK227", "did you mean `number`?");
    refused(&record("attributes: {ward: {type: text, from: context}}"), "WK213", "always come with it");
    refused(&record("attributes: {ward: strng}, key: ward"), "WK212", "");
    refused(&record("seats: 4"), "WK209", "here may stand");
    let text = format!("attributes: {{record.ward: text}}\n{}", record("attributes: {ward: text}"));
    refused(&text, "WK215 2:35 the attribute `record.ward` is already declared", "");
    refused("entitlements: {record: {}}\nresources: {Record: {}}\n", "WK215 2:13", "");
    refused("resources: {User: {actions: [read]}}\n", "WK217 1:13 `User` cannot name a resource", "such as `profile`");
}

#[test]
fn groups() {
    let with = |groups: &str| format!("entitlements: {{EHR: {{actions: [read]}}, Maps: {{}}}}\ngroups: {groups}\n");
    let catalogue = catalogue(&with("{outer: [inner, Maps], inner: [ehr.read], same: [inner]}"));
    let members = |name: &str| catalogue.groups[name].members.iter().map(|id| id.index()).collect::<Vec<_>>();
    assert_eq!((members("outer"), members("inner"), members("same")), (vec![1, 2], vec![1], vec![1]));
    refused(&with("{a: [b], b: [c], c: [a]}"), "WK223 2:30 groups contain each other", "take this member away");
    refused(&with("{a: [a]}"), "WK223 2:14 the group `a` contains itself", "");
    refused(&with("{a: [Mapps]}"), "WK227 2:14", "did you mean `Maps`?");
    refused(&with("{a: []}"), "WK222 2:10", "");
    refused(&with("{maps: [EHR]}"), "WK215 2:10 `maps` is already an entitlement", "");
    refused(&with("{a: EHR}"), "WK210", "a list of members");
}

#[test]
fn a_long_chain_of_groups_needs_no_deep_stack() {
    let groups: String = (0..20_000)
        .map(|at| format!("  g{at}: [{}]\n", if at == 19_999 { "EHR".to_owned() } else { format!("g{}", at + 1) }))
        .collect();
    let catalogue = catalogue(&format!("entitlements: [EHR]\ngroups:\n{groups}"));
    assert_eq!(catalogue.groups["g0"].members.len(), 1);
}

#[test]
fn calendars() {
    let catalogue = catalogue("calendars: {a: [2026-12-25, 2026-12-24..2026-12-26]}\n");
    assert_eq!(catalogue.calendars["a"].len(), 3);
    refused("calendars: {a: [2026-02-30]}\n", "WK214 1:17 `2026-02-30` does not exist: February 2026 has 28 days", "");
    refused("calendars: {a: [25.12.2026]}\n", "WK214", "year-month-day");
    refused("calendars: {a: [2026-12-26..2026-12-24]}\n", "WK228 1:17", "`2026-12-24..2026-12-26`");
    refused("calendars: {a: [2000-01-01..2099-01-01]}\n", "WK229", "shorten this range");
    refused("calendars: {a: []}\n", "WK222", "");
    refused("calendars: {a: 2026-12-25}\n", "WK210", "a list of dates");
}

#[test]
fn parameters() {
    refused(
        "parameters: {a: {type: text, combine: most}}\n",
        "WK213 1:39 the values of the parameter `a` have no order",
        "",
    );
    refused("parameters: {a: {set of: text}}\n", "WK213", "`combine: all`");
    refused("parameters: {a: {type: text, combine: mots}}\n", "WK214", "did you mean `most`?");
    refused("parameters: {a: {type: text, omitted: x}}\n", "WK209", "");
}

#[test]
fn all_problems_are_found_in_one_go() {
    let found = problems(
        "time_zone: Mars\ntypes: {place: {tree: {}}}\nattributes: {now: text, a: strng}\n\
         tags: {phi: bool}\nentitlements: {EHR: {}}\ngroups: {g: [X]}\ncalendars: {c: [x]}\n",
    );
    let codes: Vec<_> = found.iter().map(|line| &line[..5]).collect();
    assert_eq!(codes, ["WK221", "WK222", "WK218", "WK212", "WK220", "WK227", "WK214"], "{found:#?}");
}

#[test]
fn what_could_not_be_read_is_listed_and_the_rest_given() {
    let read = read_with("attributes: {a: strng, b: bool}\n", &[]).0.unwrap();
    assert!(read.unreadable.contains("a") && read.catalogue.attributes.contains_key("b"));
    assert_eq!(read.catalogue.attribute(AttributeId::new(1)).name, "b");
}

#[test]
fn a_flood_of_problems_is_cut_off() {
    let many: String = (0..10_000).map(|at| format!("  a{at}: strng\n")).collect();
    assert_eq!(problems(&format!("attributes:\n{many}")).len(), 250);
}

#[test]
fn damaged_files_are_refused_in_words_and_never_a_panic() {
    let tables = [("places.csv", PLACES)];
    let boundaries: Vec<usize> = WHOLE.char_indices().map(|(at, _)| at).collect();
    for (round, &at) in boundaries.iter().enumerate().step_by(5) {
        let (before, after) = WHOLE.split_at(at);
        let damaged = match round % 4 {
            0 => format!("{before}{}", after.get(1..).unwrap_or_default()),
            1 => format!("{before}{{{after}"),
            2 => format!("{before}\n{after}"),
            _ => format!("{before}: \"{after}"),
        };
        let (read, problems) = read_with(&damaged, &tables);
        assert!(read.is_some() || !problems.is_empty(), "nothing is said about\n{damaged}");
    }
}

#[test]
fn damaged_tables_are_refused_in_words_and_never_a_panic() {
    for at in 0..PLACES.len() {
        let (before, after) = PLACES.split_at(at);
        for insert in ["\"", ",", "\n", "\r", "\t"] {
            read_with("types: {place: {tree: places.csv}}\n", &[("places.csv", &format!("{before}{insert}{after}"))]);
        }
    }
}
