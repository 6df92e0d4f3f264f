//! The attribute-based case studies of Xu and Stoller (`.abac`): users, resources and rules that compare their attributes.
//!
//! Each resource type becomes a resource of the catalogue with every action of the case study; each foreign rule becomes one
//! rule per type that it names. There a missing attribute makes a condition false, so every attribute is declared
//! `omitted: absent`; a missing set is empty, and `has all` of an empty set does not hold there either.

use crate::corpora;
use crate::formula::quoted;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

/// A case study as read.
#[derive(Default)]
struct Study {
    users: Vec<Entity>,
    resources: Vec<Entity>,
    rules: Vec<Rule>,
}

/// A user or a resource.
struct Entity {
    id: String,
    attributes: BTreeMap<String, Held>,
}

/// What an attribute holds.
enum Held {
    One(String),
    Set(Vec<String>),
}

/// A foreign rule: everything must hold.
struct Rule {
    user: Vec<Test>,
    resource: Vec<Test>,
    actions: Vec<String>,
    links: Vec<Link>,
}

/// A condition on one side.
enum Test {
    /// `position [ {nurse faculty}`, `type in {task}`
    OneOf(String, Vec<String>),
    /// `adminRoles supseteqln {{a b} {c}}`: a superset of one of these sets.
    Includes(String, Vec<Vec<String>>),
}

/// A constraint between a user's attribute and a resource's.
struct Link {
    user: String,
    relation: Relation,
    resource: String,
}

/// How they are compared.
enum Relation {
    /// `a = b`
    Equal,
    /// `a ] b`: the user's set has the resource's value.
    Has,
    /// `a > b`: the user's set has all of the resource's set.
    HasAll,
    /// `a [ b`: the user's value is in the resource's set.
    IsIn,
}

fn read(text: &str) -> Study {
    let mut study = Study::default();
    let statements = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    for line in statements {
        let (verb, rest) = line.split_once('(').unwrap_or_else(|| panic!("no statement: {line}"));
        let inside = rest.trim_end().strip_suffix(')').unwrap_or_else(|| panic!("`)` is missing: {line}"));
        match verb.trim() {
            "userAttrib" => study.users.push(entity(inside)),
            "resourceAttrib" => study.resources.push(entity(inside)),
            "rule" => study.rules.push(rule(inside)),
            "unremovableResourceAttribs" => {} // a hint for policy mining: not about who may do what
            other => panic!("unknown statement {other}: {line}"),
        }
    }
    study
}

fn entity(inside: &str) -> Entity {
    let mut parts = inside.split(',').map(str::trim);
    let id = parts.next().unwrap().to_owned();
    let attributes = parts.map(|part| {
        let (name, value) = part.split_once('=').unwrap_or_else(|| panic!("no attribute: {part}"));
        let held = if value.contains('{') { Held::Set(words(value)) } else { Held::One(value.trim().to_owned()) };
        (name.trim().to_owned(), held)
    });
    Entity { id, attributes: attributes.collect() }
}

/// The words of `{a b}`.
fn words(set: &str) -> Vec<String> {
    set.trim().trim_matches(['{', '}']).split_whitespace().map(str::to_owned).collect()
}

/// `[name;] user conditions; resource conditions; {actions}; constraints`
fn rule(inside: &str) -> Rule {
    let mut parts: Vec<&str> = inside.split(';').map(str::trim).collect();
    if parts.len() == 5 {
        parts.remove(0);
    }
    let [user, resource, actions, links] = parts[..] else { panic!("no rule: {inside}") };
    Rule {
        user: conjuncts(user).map(test).collect(),
        resource: conjuncts(resource).map(test).collect(),
        actions: words(actions),
        links: conjuncts(links).map(link).collect(),
    }
}

fn conjuncts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

/// The spellings `a [ {x}`, `a in {x}` and `a supseteqln {{x}}`.
fn test(text: &str) -> Test {
    let brace = text.find('{').unwrap_or_else(|| panic!("no condition: {text}"));
    let (left, set) = text.split_at(brace);
    let mut left = left.split_whitespace();
    match (left.next(), left.next(), left.next()) {
        (Some(name), Some("[" | "in"), None) => Test::OneOf(name.to_owned(), words(set)),
        (Some(name), Some("supseteqln"), None) => {
            let sets = set.trim().strip_prefix('{').and_then(|set| set.strip_suffix('}')).unwrap();
            let sets = sets.split('}').map(words).filter(|set| !set.is_empty());
            Test::Includes(name.to_owned(), sets.collect())
        }
        _ => panic!("no condition: {text}"),
    }
}

fn link(text: &str) -> Link {
    let at = text.find(['=', ']', '>', '[']).unwrap_or_else(|| panic!("no constraint: {text}"));
    let relation = match &text[at..=at] {
        "=" => Relation::Equal,
        "]" => Relation::Has,
        ">" => Relation::HasAll,
        _ => Relation::IsIn,
    };
    Link { user: text[..at].trim().to_owned(), relation, resource: text[at + 1..].trim().to_owned() }
}

impl Study {
    fn types(&self) -> BTreeSet<&str> {
        self.resources.iter().map(Entity::resource_type).collect()
    }

    fn actions(&self) -> BTreeSet<&str> {
        self.rules.iter().flat_map(|rule| &rule.actions).map(String::as_str).collect()
    }

    fn catalogue(&self) -> Value {
        let everyone = self.users.iter().collect::<Vec<_>>();
        let resources = self.types().into_iter().map(|name| {
            let of_type: Vec<&Entity> = self.resources.iter().filter(|one| one.resource_type() == name).collect();
            let attributes = declarations("rid", &of_type);
            (name.to_owned(), json!({ "actions": self.actions(), "attributes": attributes }))
        });
        json!({
            "ward": 1,
            "time_zone": "UTC",
            "types": { "term": { "id": true } },
            "attributes": declarations("uid", &everyone),
            "resources": resources.collect::<Map<_, _>>(),
        })
    }

    /// One rule per foreign rule and resource type, named after its place in the file.
    fn rules(&self) -> String {
        let mut text = String::new();
        for (at, rule) in self.rules.iter().enumerate() {
            for name in self.types().into_iter().filter(|name| rule.is_about(name)) {
                let condition = rule.condition(name);
                let targets: Vec<String> = rule.actions.iter().map(|action| format!("{name}.{action}")).collect();
                let number = at + 1;
                writeln!(text, "rule_{number}_{name}: {condition} -> allow {}", targets.join(", ")).unwrap();
            }
        }
        text
    }
}

impl Entity {
    fn resource_type(&self) -> &str {
        match self.attributes.get("type") {
            Some(Held::One(name)) => name,
            _ => panic!("{} has no type", self.id),
        }
    }

    /// Its attributes as a context knows them, its own id among them.
    fn values(&self, id: &str) -> Value {
        let held = self.attributes.iter().filter(|(name, _)| *name != "type").map(|(name, held)| match held {
            Held::One(value) => (name.clone(), json!(value)),
            Held::Set(values) => (name.clone(), json!(values)),
        });
        held.chain([(id.to_owned(), json!(self.id))]).collect::<Map<_, _>>().into()
    }
}

/// Attributes found among these entities; a set where any of them holds a set. Every name is compared as spelled.
fn declarations(id: &str, entities: &[&Entity]) -> Value {
    let mut declared = Map::from_iter([(id.to_owned(), json!("term"))]);
    for (name, held) in entities.iter().flat_map(|entity| &entity.attributes).filter(|(name, _)| *name != "type") {
        let declaration = match held {
            Held::One(_) => json!({ "type": "term", "omitted": "absent" }),
            Held::Set(_) => json!({ "set of": "term", "omitted": "absent" }),
        };
        let before = declared.insert(name.clone(), declaration.clone());
        assert!(before.is_none_or(|before| before == declaration), "{name} is a set here and a word there");
    }
    declared.into()
}

impl Rule {
    fn is_about(&self, resource_type: &str) -> bool {
        self.resource.iter().all(|test| match test {
            Test::OneOf(name, types) if name == "type" => types.iter().any(|one| one == resource_type),
            _ => true,
        })
    }

    fn condition(&self, resource_type: &str) -> String {
        let user = self.user.iter().map(|test| test.condition(""));
        let on_resource = self.resource.iter().filter(|test| !matches!(test, Test::OneOf(name, _) if name == "type"));
        let resource = on_resource.map(|test| test.condition(&format!("{resource_type}.")));
        let links = self.links.iter().map(|link| link.condition(resource_type));
        let all: Vec<String> = user.chain(resource).chain(links).collect();
        if all.is_empty() { "always".to_owned() } else { all.join(" and ") }
    }
}

impl Test {
    fn condition(&self, owner: &str) -> String {
        let list = |words: &[String]| words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(", ");
        match self {
            Self::OneOf(name, values) => format!("{owner}{name} in [{}]", list(values)),
            Self::Includes(name, sets) => {
                let any: Vec<String> =
                    sets.iter().map(|set| format!("{owner}{name} has all [{}]", list(set))).collect();
                if any.len() == 1 { any.concat() } else { format!("({})", any.join(" or ")) }
            }
        }
    }
}

impl Link {
    fn condition(&self, resource_type: &str) -> String {
        let Self { user, resource, .. } = self;
        match self.relation {
            Relation::Equal => format!("{user} = {resource_type}.{resource}"),
            Relation::Has => format!("{user} has {resource_type}.{resource}"),
            Relation::HasAll => format!("{user} has all {resource_type}.{resource}"),
            Relation::IsIn => format!("{resource_type}.{resource} has user.{user}"),
        }
    }
}

/// Every (user, resource, action) that is allowed, how many were asked, and how many each foreign rule allows.
fn evaluate(name: &str, study: &Study) -> (BTreeSet<(String, String, String)>, usize, Vec<usize>) {
    let policy = corpora::policy(name, &study.rules(), &study.catalogue());
    let (mut allowed, mut asked, mut per_rule) = (BTreeSet::new(), 0, vec![0; study.rules.len()]);
    for user in &study.users {
        for resource in &study.resources {
            let mut values = user.values("uid");
            values[resource.resource_type()] = resource.values("rid");
            let context = corpora::context(&policy, &values);
            for action in study.actions() {
                asked += 1;
                let entitlement = format!("{}.{action}", resource.resource_type());
                let decision = policy.decide_named(&context, &entitlement).unwrap();
                if decision.is_allowed() {
                    allowed.insert((user.id.clone(), resource.id.clone(), action.to_owned()));
                    for fired in decision.rules() {
                        per_rule[number(&fired.rule.id)] += 1;
                    }
                }
            }
        }
    }
    (allowed, asked, per_rule)
}

/// 0 of `rule_1_HR`.
fn number(id: &str) -> usize {
    id.split('_').nth(1).unwrap().parse::<usize>().unwrap() - 1
}

/// The rows of a CSV file, without its head.
fn rows(path: &Path) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn allows_the_very_triples_of_the_case_studies() {
    let Some(folder) = corpora::folder("abac-small") else { return };
    let expected_counts = rows(&folder.join("expected_counts.csv"));
    assert_eq!(expected_counts.len(), 3);
    for row in expected_counts {
        let [name, users, resources, actions, rules, permitted, all, per_rule] = &row[..] else { panic!("{row:?}") };
        let study = read(&corpora::text(&folder.join(format!("{name}.abac"))));
        let sizes = [study.users.len(), study.resources.len(), study.actions().len(), study.rules.len()];
        assert_eq!(sizes.map(|size| size.to_string()), [users, resources, actions, rules].map(Clone::clone), "{name}");

        let (allowed, asked, count_per_rule) = evaluate(name, &study);
        let expected = rows(&folder.join(format!("{name}.permitted.csv")));
        let expected = expected.into_iter().map(|row| match <[String; 3]>::try_from(row) {
            Ok([user, resource, action]) => (user, resource, action),
            Err(row) => panic!("{row:?}"),
        });
        let expected: BTreeSet<_> = expected.collect();
        let wrong = allowed.difference(&expected).collect::<Vec<_>>();
        let missing = expected.difference(&allowed).collect::<Vec<_>>();
        corpora::say(&format!("abac-small {name}: {} of {permitted} triples of {asked} allowed", allowed.len()));
        assert!(wrong.is_empty() && missing.is_empty(), "{name}: wrongly allowed {wrong:?}, not allowed {missing:?}");
        assert_eq!([allowed.len(), asked].map(|count| count.to_string()), [permitted, all].map(Clone::clone), "{name}");
        let per_rule: Vec<usize> = per_rule.split(' ').map(|count| count.parse().unwrap()).collect();
        assert_eq!(count_per_rule, per_rule, "{name}: triples per rule");
    }
}

#[test]
fn reads_all_spellings() {
    let study = read(
        "# a comment\n\
         userAttrib(ann, position=nurse, teams={t1 t2})\n\
         resourceAttrib(r1, type=HR, team=t1, topics={a})\n\
         rule(position [ {nurse doctor}; type [ {HR}; {read add}; teams ] team)\n\
         rule(named; position in {nurse}; type in {HR}, team in {t1}; {read}; teams > topics, uid = team, position [ topics)\n\
         rule(teams supseteqln {{t1 t2} {t3}}; type [ {HR}; {add}; )\n",
    );
    assert_eq!(
        study.rules(),
        "rule_1_HR: position in [\"nurse\", \"doctor\"] and teams has HR.team -> allow HR.read, HR.add\n\
         rule_2_HR: position in [\"nurse\"] and HR.team in [\"t1\"] and teams has all HR.topics and uid = HR.team \
         and HR.topics has user.position -> allow HR.read\n\
         rule_3_HR: (teams has all [\"t1\", \"t2\"] or teams has all [\"t3\"]) -> allow HR.add\n"
    );
    let catalogue = study.catalogue();
    assert_eq!(catalogue["attributes"]["teams"], json!({ "set of": "term", "omitted": "absent" }));
    assert_eq!(catalogue["resources"]["HR"]["actions"], json!(["add", "read"]));
    assert_eq!(study.users[0].values("uid"), json!({ "position": "nurse", "teams": ["t1", "t2"], "uid": "ann" }));
}
