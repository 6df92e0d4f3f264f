//! AuthZEN's interoperability scenarios: single decisions, batches, and searches for subjects, resources and actions.
//!
//! The policy of each scenario is written by hand from its words, in `authzen/`. What a scenario expects of an information
//! point (roles of users, owners of records) is read from its own data; what a request says of a person or a thing replaces
//! that. Properties that a policy does not know are passed over, as the protocol asks. A search evaluates every candidate.
//!
//! The tests of the transport (status codes, headers, paging, discovery) are no business of a library and are not run here.

use crate::corpora;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use wardkey::Policy;

/// Somebody or something, with what is known of it.
#[derive(Clone)]
struct Entity {
    kind: String,
    id: String,
    properties: Map<String, Value>,
}

/// A policy and its information point.
struct Point {
    policy: Policy,
    subjects: Vec<Entity>,
    resources: Vec<Entity>,
    actions: &'static [&'static str],
    /// What we call a resource.
    name: fn(&Entity) -> String,
}

/// What a search looks for.
#[derive(Clone, Copy, PartialEq)]
enum Wanted {
    Subject,
    Resource,
    Action,
}

impl Entity {
    /// One entity of a list, whose id may be a number.
    fn of(kind: &str, properties: &Value) -> Self {
        let id = properties["id"].as_str().map_or_else(|| properties["id"].to_string(), str::to_owned);
        let properties = properties.as_object().unwrap().iter().filter(|(name, _)| *name != "id");
        let properties = properties.map(|(name, value)| (name.clone(), value.clone())).collect();
        Self { kind: kind.to_owned(), id, properties }
    }

    fn values(&self) -> Map<String, Value> {
        let mut values = Map::from_iter([("id".to_owned(), json!(self.id))]);
        values.extend(self.properties.clone());
        values
    }
}

impl Point {
    fn new(scenario: &str, name: fn(&Entity) -> String) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/authzen").join(scenario);
        let policy = Policy::load(&folder).unwrap_or_else(|error| panic!("{scenario} does not load\n{error}"));
        assert_eq!(policy.diagnostics(), [], "{scenario}");
        Self { policy, subjects: Vec::new(), resources: Vec::new(), actions: &[], name }
    }

    /// An entity of a request, with what the information point knows of it; none if the request does not identify it.
    fn identified(known: &[Entity], request: &Value) -> Option<Entity> {
        let (kind, id) = (request["type"].as_str()?, request["id"].as_str()?);
        let found =
            known.iter().find(|one| one.kind == kind && (one.id == id || one.properties.get("id") == Some(&json!(id))));
        let mut entity = found.cloned().unwrap_or_else(|| Entity::of(kind, &json!({ "id": id })));
        // the first draft wrote properties beside the id
        let beside =
            request.as_object()?.iter().filter(|(name, _)| !matches!(name.as_str(), "type" | "id" | "properties"));
        let properties = request["properties"].as_object().into_iter().flatten().chain(beside);
        entity.properties.extend(properties.map(|(name, value)| (name.clone(), value.clone())));
        Some(entity)
    }

    fn decide(&self, subject: &Entity, action: &str, properties: &Value, resource: &Entity) -> bool {
        let name = (self.name)(resource);
        let entitlement = format!("{name}.{action}");
        let mut values = subject.values();
        values.extend(properties.as_object().cloned().unwrap_or_default());
        values.insert(name, resource.values().into());
        let context = corpora::lenient_context(&self.policy, &values.into());
        corpora::is_allowed(&self.policy, &context, &entitlement)
    }

    /// One decision; none if the request leaves something out.
    fn evaluation(&self, request: &Value) -> Option<bool> {
        let subject = Self::identified(&self.subjects, &request["subject"])?;
        let resource = Self::identified(&self.resources, &request["resource"])?;
        let action = &request["action"];
        Some(self.decide(&subject, action["name"].as_str()?, &action["properties"], &resource))
    }

    /// All decisions of a batch, in order. What an item leaves out is taken, whole, from the request; an item that is
    /// incomplete even so is decided `false`. No items: the request is one itself.
    fn evaluations(&self, request: &Value) -> Vec<bool> {
        let semantic = request["options"]["evaluations_semantic"].as_str().unwrap_or("execute_all");
        assert_eq!(semantic, "execute_all", "no case has another");
        let items = request["evaluations"].as_array().filter(|items| !items.is_empty());
        let items = items.cloned().unwrap_or_else(|| vec![json!({})]);
        let whole = items.iter().map(|item| {
            let keys = ["subject", "action", "resource"].into_iter();
            let pairs = keys.map(|key| (key.to_owned(), item.get(key).unwrap_or(&request[key]).clone()));
            Value::from(pairs.collect::<Map<_, _>>())
        });
        whole.map(|item| self.evaluation(&item).unwrap_or(false)).collect()
    }

    /// The entity that a request names, or, if it is looked for, all of its type; each with what the request says of it.
    fn candidates(known: &[Entity], request: &Value, is_wanted: bool) -> Vec<Entity> {
        if !is_wanted {
            return Self::identified(known, request).into_iter().collect();
        }
        let of_type = known.iter().filter(|one| request["type"] == one.kind.as_str());
        let named = of_type.map(|one| json!({ "type": one.kind, "id": one.id, "properties": request["properties"] }));
        named.filter_map(|request| Self::identified(known, &request)).collect()
    }

    /// The ids (or names of actions) that are found.
    fn search(&self, wanted: Wanted, request: &Value) -> BTreeSet<String> {
        let subjects = Self::candidates(&self.subjects, &request["subject"], wanted == Wanted::Subject);
        let resources = Self::candidates(&self.resources, &request["resource"], wanted == Wanted::Resource);
        let named = request["action"]["name"].as_str().into_iter().collect();
        let actions: Vec<&str> = if wanted == Wanted::Action { self.actions.to_vec() } else { named };
        let mut found = BTreeSet::new();
        for (subject, resource) in subjects.iter().flat_map(|one| resources.iter().map(move |other| (one, other))) {
            let properties = &request["action"]["properties"];
            let allowed = actions.iter().filter(|action| self.decide(subject, action, properties, resource));
            found.extend(allowed.map(|&action| match wanted {
                Wanted::Subject => subject.id.clone(),
                Wanted::Resource => resource.id.clone(),
                Wanted::Action => action.to_owned(),
            }));
        }
        found
    }
}

/// The ids or names of an expected result.
fn results(expected: &Value) -> BTreeSet<String> {
    let all = expected["results"].as_array().unwrap_or_else(|| panic!("no results: {expected}")).iter();
    all.map(|one| one.get("id").unwrap_or(&one["name"]).as_str().unwrap().to_owned()).collect()
}

/// The decisions of an expected answer to a batch.
fn decisions(expected: &Value) -> Vec<bool> {
    expected.as_array().unwrap().iter().map(|one| one["decision"].as_bool().unwrap()).collect()
}

/// The JSON in a text's code blocks, between lines that begin with `fence`; other blocks are passed over.
fn blocks(text: &str, fence: &str) -> Vec<Value> {
    let marked = text.split('\n').scan(false, |inside, line| {
        let is_fence = line.starts_with(fence);
        *inside ^= is_fence;
        Some((*inside && !is_fence, line))
    });
    let mut found = vec![String::new()];
    for (is_inside, line) in marked {
        match found.last_mut() {
            Some(block) if is_inside => {
                block.push_str(line);
                block.push('\n');
            }
            Some(block) if !block.is_empty() => found.push(String::new()),
            _ => {}
        }
    }
    found.iter().filter_map(|block| serde_json::from_str(block).ok()).collect()
}

/// The kind of a resource is our name for it.
fn own_name(resource: &Entity) -> String {
    resource.kind.clone()
}

fn records(folder: &Path, users: Value, records: &str) -> Point {
    let list = |kind: &str, all: &Value| all.as_array().unwrap().iter().map(|one| Entity::of(kind, one)).collect();
    Point {
        subjects: list("user", &users),
        resources: list("record", &corpora::json(&folder.join(records))),
        actions: &["view", "edit", "delete"],
        ..Point::new("search", own_name)
    }
}

#[test]
fn finds_subjects_resources_and_actions() {
    let Some(folder) = corpora::folder("authzen") else { return };
    let point = records(&folder, corpora::json(&folder.join("search/users.json")), "search/records.json");
    let (mut asked, mut right) = (0, 0);
    let families =
        [("subject", Wanted::Subject, 60), ("resource", Wanted::Resource, 18), ("action", Wanted::Action, 120)];
    for (family, wanted, count) in families {
        let cases = corpora::json(&folder.join(format!("search/{family}-results.json")));
        let cases = cases["evaluation"].as_array().unwrap();
        assert_eq!(cases.len(), count);
        let mut grants = 0;
        for case in cases {
            let found = point.search(wanted, &case["request"]);
            assert_eq!(found, results(&case["expected"]), "{}", case["request"]);
            grants += found.len();
            right += 1;
        }
        assert_eq!(grants, 116, "{family}");
        asked += cases.len();
    }
    corpora::say(&format!("authzen search: {right} of {asked} searches right"));
    assert_eq!(right, 198);
}

#[test]
fn lists_what_goes_into_a_token() {
    let Some(folder) = corpora::folder("authzen") else { return };
    let results_file = corpora::json(&folder.join("idp/results.json"));
    let cases = results_file["search"].as_array().unwrap();
    // of the users nothing is known but their ids: the policy of the search scenario must do without role and department
    let users: Vec<Value> = cases.iter().map(|case| json!({ "id": case["request"]["subject"]["id"] })).collect();
    let point = records(&folder, users.into(), "idp/records.json");
    let mut grants = 0;
    for case in cases {
        let found = point.search(Wanted::Resource, &case["request"]);
        assert_eq!(found, results(&case["expected"]), "{}", case["request"]);
        grants += found.len();
    }
    corpora::say(&format!("authzen idp: {0} of {0} searches right, {grants} grants", cases.len()));
    assert_eq!((cases.len(), grants), (6, 20));
}

/// The users of the shared to-do list, as its scenario describes them.
fn todo_users(scenario: &Path, kind: &str) -> Vec<Entity> {
    let described = blocks(&corpora::text(scenario), "```").into_iter().find_map(|block| {
        let users = block.as_object()?.clone();
        users.values().all(|user| user["roles"].is_array()).then_some(users)
    });
    let user = |(id, properties): (String, Value)| {
        let properties = properties.as_object().unwrap().clone();
        Entity { kind: kind.to_owned(), id, properties }
    };
    described.unwrap().into_iter().map(user).collect()
}

fn count_right(point: &Point, cases: &[Value]) -> usize {
    for case in cases {
        let expected = case["expected"].as_bool();
        assert_eq!(point.evaluation(&case["request"]), expected, "{}", case["request"]);
    }
    cases.len()
}

#[test]
fn decides_about_things_to_do() {
    let Some(folder) = corpora::folder("authzen").map(|folder| folder.join("todo")) else { return };
    let name = |resource: &Entity| if resource.kind == "user" { "profile".to_owned() } else { own_name(resource) };
    let subjects = todo_users(&folder.join("scenario-1.1.md"), "user");
    assert_eq!(subjects.len(), 5);
    let point = Point { subjects, ..Point::new("todo", name) };
    for draft in ["00", "01", "02"] {
        let file = corpora::json(&folder.join(format!("decisions-authorization-api-1_0-{draft}.json")));
        let cases = file["evaluation"].as_array().unwrap();
        let right = count_right(&point, cases);
        let batches = file["evaluations"].as_array().cloned().unwrap_or_default();
        for batch in &batches {
            let expected = decisions(&batch["expected"]);
            assert_eq!(point.evaluations(&batch["request"]), expected, "{}", batch["request"]);
        }
        let (asked, batches) = (cases.len(), batches.len());
        corpora::say(&format!("authzen todo, draft {draft}: {right} of {asked} decisions and {batches} batches right"));
        assert_eq!((right, batches), (40, if draft == "02" { 3 } else { 0 }));
    }
}

#[test]
fn decides_at_a_gateway() {
    let Some(folder) = corpora::folder("authzen").map(|folder| folder.join("gateway")) else { return };
    let subjects = todo_users(&folder.join("scenario.md"), "identity");
    let point = Point { subjects, ..Point::new("gateway", |route| route.id.clone()) };
    let file = corpora::json(&folder.join("decisions.json"));
    let cases = file["evaluation"].as_array().unwrap();
    let right = count_right(&point, cases);
    corpora::say(&format!("authzen gateway: {right} of {} decisions right", cases.len()));
    assert_eq!(right, 25);
}

/// A section of the certification scenario: its anchor (`c-2-2-1`) and its text.
fn section<'a>(scenario: &'a str, anchor: &str) -> &'a str {
    let mark = format!("{{#{anchor}}}\n");
    let (_, text) = scenario.split_once(&mark).unwrap_or_else(|| panic!("no section {anchor}"));
    text.split("\n#").next().unwrap_or_default()
}

/// Rows of a section's table: id, type, properties (`` `role`: `"admin"` ``).
fn fixture(scenario: &str, anchor: &str) -> Vec<Entity> {
    let rows = section(scenario, anchor).lines().filter(|line| line.starts_with("| `"));
    let entity = |row: &str| {
        let mut quoted = row.split('`').skip(1).step_by(2);
        let (id, kind) = (quoted.next().unwrap().to_owned(), quoted.next().unwrap().to_owned());
        let mut properties = Map::new();
        while let (Some(name), Some(value)) = (quoted.next(), quoted.next()) {
            properties.insert(name.to_owned(), serde_json::from_str(value).unwrap());
        }
        Entity { kind, id, properties }
    };
    rows.map(entity).collect()
}

/// Sections with a request and its answer. Left out: those that leave the answer open (c-3-2-1, c-3-2-6), and those about
/// the transport (c-2-3 to c-2-6, c-3-3, c-4-5, c-4-7, c-5, c-6).
const CERTIFIED: [&str; 29] = [
    "c-2-2-1", "c-2-2-2", "c-2-2-3", "c-2-2-4", "c-2-2-5", "c-2-2-6", "c-2-2-7", "c-2-2-8", "c-2-2-9", "c-3-2-2",
    "c-3-2-3", "c-3-2-4", "c-3-2-5", "c-3-2-7", "c-3-4-1", "c-3-4-2", "c-3-4-3", "c-4-2-1", "c-4-2-2", "c-4-2-3",
    "c-4-2-4", "c-4-3-1", "c-4-3-2", "c-4-3-3", "c-4-3-4", "c-4-4-1", "c-4-4-3", "c-4-6-1", "c-4-6-2",
];

#[test]
fn decides_as_the_certification_scenario_asks() {
    let Some(folder) = corpora::folder("authzen") else { return };
    let scenario = corpora::text(&folder.join("certification/authorization-api-1_0-scenario.md"));
    let point = Point {
        subjects: fixture(&scenario, "c-1-1"),
        resources: fixture(&scenario, "c-1-2"),
        actions: &["read", "write", "delete"],
        ..Point::new("certification", own_name)
    };
    assert_eq!((point.subjects.len(), point.resources.len()), (2, 2));
    for anchor in CERTIFIED {
        certify(&point, &scenario, anchor);
    }
    corpora::say(&format!("authzen certification: {0} of {0} cases with an answer right", CERTIFIED.len()));
}

fn certify(point: &Point, scenario: &str, anchor: &str) {
    let text = section(scenario, anchor);
    // a context that stands for something else: `<context>` is no JSON
    let blocks = blocks(&text.replace(", \"context\": <context>", ""), "~~~");
    let request = &blocks[0];
    let expected = blocks.get(1).cloned().unwrap_or_else(|| expected_in_words(scenario, text));
    if let Some(items) = expected.get("evaluations") {
        assert_eq!(point.evaluations(request), decisions(items), "{anchor}");
    } else if let Some(decision) = expected.get("decision") {
        assert_eq!(point.evaluations(request), [decision.as_bool().unwrap()], "{anchor}");
    } else {
        let wanted = match anchor.get(..5) {
            Some("c-4-2") => Wanted::Subject,
            Some("c-4-3") => Wanted::Resource,
            Some("c-4-4") => Wanted::Action,
            _ if anchor == "c-4-6-2" => Wanted::Subject,
            _ => Wanted::Action,
        };
        let (found, least) = (point.search(wanted, request), results(&expected));
        assert!(found.is_superset(&least) && found.is_empty() == least.is_empty(), "{anchor}: {found:?}");
    }
}

/// "`"decision": true`", or "identical to [](#c-4-2-1)".
fn expected_in_words(scenario: &str, text: &str) -> Value {
    if let Some((_, rest)) = text.split_once("\"decision\": ") {
        return json!({ "decision": rest.starts_with("true") });
    }
    let (_, rest) = text.split_once("identical to [](#").unwrap_or_else(|| panic!("no answer: {text}"));
    blocks(section(scenario, rest.split_once(')').unwrap().0), "~~~").swap_remove(1)
}

#[test]
fn reads_blocks_and_tables() {
    let scenario = "# A {#c-1}\n\n| Id | Type |\n|---|---|\n| `bob` | `user` | `role`: `\"admin\"` |\n| `ann` | `user` | |\n\n\
                    # B {#c-2}\n~~~ json\n{\"a\": 1}\n~~~\nthen\n~~~\n{ no }\n~~~\n~~~ json\n[2]\n~~~\n";
    assert_eq!(blocks(scenario, "~~~"), [json!({ "a": 1 }), json!([2])]);
    let found = fixture(scenario, "c-1");
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].id.as_str(), &found[0].properties["role"]), ("bob", &json!("admin")));
    assert!(found[1].properties.is_empty());
}
