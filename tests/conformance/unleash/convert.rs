//! Toggles of Unleash as rules, catalogue and contexts.
//!
//! A toggle is an entitlement; each of its strategies is one rule; segments and the toggles that others depend on are
//! `let`s. The toggle is on where the entitlement is allowed.
//!
//! There a value that is missing or malformed makes a constraint false (and its inversion true): every attribute is
//! declared `omitted: absent`, and a value that its type cannot hold is left out of the context. One field may be
//! compared as text here and as a number there, so each field has one attribute per type: `number.someValue`,
//! `text.someValue`. Texts are compared as spelled, hence `exactly`, save where a constraint ignores case. What the foreign
//! format cannot read (an invalid address, version, operator or regular expression, a segment that is not there) never
//! holds; the language would refuse to load it, so the converter writes `not always`. Names of toggles may hold dots
//! anywhere (`F5.numEq`, `F5.numEq.float`), which in our catalogue set off an action: they are written with `/`.

use super::format::{Constraint, Dependency, Feature, State, Strategy};
use crate::formula::{Formula, can_be_quoted, quoted};
use crate::regex;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::net::IpAddr;
use wardkey::PolicyFiles;
use wardkey::model::Version;

/// A construct that the language has not.
pub const HASHED: &str = "a rollout to a percentage of people";
/// A name that the language refuses.
pub const MIXED: &str = "a name that mixes alphabets in one word (`φriend`)";

/// How a field is read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Text,
    Number,
    Version,
    Address,
}

impl Kind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Version => "version",
            Self::Address => "address",
        }
    }

    fn type_name(self) -> &'static str {
        if self == Self::Number { "decimal" } else { self.prefix() }
    }

    /// The value in a context; none where the type cannot hold it.
    fn value(self, text: &str) -> Option<Value> {
        match self {
            Self::Number => serde_json::from_str(text).ok().filter(Value::is_number),
            Self::Text => Some(json!(text)),
            Self::Version => is_version(text).then(|| json!(text)),
            Self::Address => text.parse::<IpAddr>().ok().map(|_| json!(text)),
        }
    }
}

/// Semantic Versioning: three numbers, perhaps more behind `-` or `+`.
fn is_version(text: &str) -> bool {
    let core = text.split(['-', '+']).next().unwrap_or_default();
    core.split('.').count() == 3 && Version::parse(text).is_some()
}

/// A policy, and what could not be said in it.
pub struct Converted {
    pub rules: String,
    pub catalogue: Value,
    /// Fields that the rules read.
    fields: BTreeSet<(Kind, String)>,
    /// Toggles that cannot be said, with the construct.
    pub unsayable: BTreeMap<String, &'static str>,
}

/// Writes rules and collects the fields they read.
struct Converter<'a> {
    state: &'a State,
    fields: BTreeSet<(Kind, String)>,
}

type Said = Result<Formula, &'static str>;

pub fn convert(state: &State) -> Converted {
    let mut converter = Converter { state, fields: BTreeSet::new() };
    let (lets, mut unsayable) = converter.lets();
    let mut rules = lets;
    let (sayable, mixed): (Vec<&Feature>, Vec<_>) = state.features.iter().partition(|one| can_be_named(&one.name));
    unsayable.extend(mixed.iter().map(|feature| (feature.name.clone(), MIXED)));
    for &feature in &sayable {
        match converter.rules_of(feature) {
            Ok(text) => rules.push_str(&text),
            Err(construct) => {
                unsayable.insert(feature.name.clone(), construct);
            }
        }
    }
    let attributes = converter.fields.iter().map(|(kind, field)| {
        (format!("{}.{field}", kind.prefix()), json!({ "type": kind.type_name(), "omitted": "absent" }))
    });
    let catalogue = json!({
        "ward": 1,
        "time_zone": "UTC",
        "attributes": attributes.collect::<Map<_, _>>(),
        "entitlements": sayable.iter().map(|one| (our_name(&one.name), json!({}))).collect::<Map<_, _>>(),
    });
    Converted { rules, catalogue, fields: converter.fields, unsayable }
}

impl Converter<'_> {
    /// One `let` per segment, and one per toggle that others depend on.
    fn lets(&mut self) -> (String, BTreeMap<String, &'static str>) {
        let (mut text, mut unsayable) = (String::new(), BTreeMap::new());
        for segment in &self.state.segments {
            let all: Result<Vec<_>, _> = segment.constraints.iter().map(|one| self.constraint(one)).collect();
            let all = all.unwrap_or_else(|construct| panic!("segment {}: {construct}", segment.id));
            writeln!(text, "let {} = {}", segment_name(segment.id), Formula::all(all)).unwrap();
        }
        let dependencies = self.state.features.iter().flat_map(|feature| &feature.dependencies);
        let parents: BTreeSet<&str> = dependencies.map(|dependency| dependency.feature.as_str()).collect();
        let is_parent = |one: &&Feature| one.dependencies.is_empty() && parents.contains(one.name.as_str());
        for feature in self.state.features.iter().filter(is_parent) {
            match self.is_on(feature) {
                Ok(formula) => writeln!(text, "let {} = {formula}", toggle_name(&feature.name)).unwrap(),
                Err(construct) => drop(unsayable.insert(feature.name.clone(), construct)),
            }
        }
        (text, unsayable)
    }

    /// One rule per strategy; a toggle without strategies is on; one that is switched off has parked rules.
    fn rules_of(&mut self, feature: &Feature) -> Result<String, &'static str> {
        let depends_on: Result<Vec<_>, _> = feature.dependencies.iter().map(|one| self.dependency(one)).collect();
        let depends_on = Formula::all(depends_on?);
        let mut strategies: Vec<Formula> =
            feature.strategies.iter().map(|strategy| self.strategy(strategy)).collect::<Result<_, _>>()?;
        if strategies.is_empty() {
            strategies.push(Formula::Always);
        }
        let mut text = String::new();
        for strategy in strategies {
            let parked = if feature.enabled { "" } else { "disabled " };
            let condition = Formula::all([depends_on.clone(), strategy]);
            writeln!(text, "{parked}{condition} -> allow {}", quoted(&our_name(&feature.name))).unwrap();
        }
        Ok(text)
    }

    /// Whether a toggle is on by itself, its dependencies aside.
    fn is_on(&mut self, feature: &Feature) -> Said {
        if !feature.enabled {
            return Ok(Formula::Never);
        }
        if feature.strategies.is_empty() {
            return Ok(Formula::Always);
        }
        let any: Result<Vec<_>, _> = feature.strategies.iter().map(|strategy| self.strategy(strategy)).collect();
        Ok(Formula::any(any?))
    }

    /// A toggle that must be on, off, or show one of some variants. One that is not there, or depends on others itself,
    /// satisfies nobody.
    fn dependency(&mut self, dependency: &Dependency) -> Said {
        let parent = self.state.features.iter().find(|feature| feature.name == dependency.feature);
        let Some(parent) = parent.filter(|parent| parent.dependencies.is_empty()) else { return Ok(Formula::Never) };
        self.is_on(parent)?;
        let is_on = Formula::Test(toggle_name(&parent.name));
        if dependency.enabled == Some(false) {
            return Ok(is_on.negated());
        }
        if dependency.variants.is_empty() {
            return Ok(is_on);
        }
        let variant = parent.only_variant()?;
        let is_wanted = dependency.variants.iter().any(|wanted| wanted == variant);
        Ok(if is_wanted { is_on } else { Formula::Never })
    }

    fn strategy(&mut self, strategy: &Strategy) -> Said {
        let mut all = vec![self.activation(strategy)?];
        for constraint in &strategy.constraints {
            all.push(self.constraint(constraint)?);
        }
        for id in &strategy.segments {
            let is_known = self.state.segments.iter().any(|segment| segment.id == *id);
            all.push(if is_known { Formula::Test(segment_name(*id)) } else { Formula::Never });
        }
        Ok(Formula::all(all))
    }

    /// Whom a strategy is about, its constraints aside.
    fn activation(&mut self, strategy: &Strategy) -> Said {
        let parameter = |name: &str| strategy.parameters.get(name).map(String::as_str).unwrap_or_default();
        let listed = |name: &str| parameter(name).split(',').map(str::trim).filter(|item| !item.is_empty());
        match strategy.name.as_str() {
            "default" => Ok(Formula::Always),
            "userWithId" => {
                let users: Vec<&str> = listed("userIds").collect();
                self.is_one_of("userId", &users)
            }
            "remoteAddress" => {
                let networks: Vec<&str> = listed("IPs").collect();
                Ok(self.is_in_networks("remoteAddress", &networks))
            }
            "gradualRolloutUserId" => self.rollout(parameter("percentage"), "userId"),
            "gradualRolloutSessionId" => self.rollout(parameter("percentage"), "sessionId"),
            "gradualRolloutRandom" => self.rollout(parameter("percentage"), "random"),
            "flexibleRollout" => self.rollout(parameter("rollout"), parameter("stickiness")),
            _ => Err("a strategy of the host's own"),
        }
    }

    /// Everybody or nobody; with a field that the lot is drawn by, it must be there.
    fn rollout(&mut self, percentage: &str, stickiness: &str) -> Said {
        match (percentage, stickiness) {
            ("0", _) => Ok(Formula::Never),
            ("100", "" | "default" | "random") => Ok(Formula::Always),
            ("100", field) => Ok(Formula::Test(format!("{} is not absent", self.field(Kind::Text, field)))),
            _ => Err(HASHED),
        }
    }

    fn constraint(&mut self, constraint: &Constraint) -> Said {
        let Constraint { context_name: field, operator, values, value, case_insensitive, .. } = constraint;
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let formula = match operator.as_str() {
            "IN" => self.is_one_of(field, &values)?,
            "NOT_IN" => self.is_one_of(field, &values)?.negated(),
            "STR_STARTS_WITH" => self.has_pattern(field, "starts with", &values, *case_insensitive)?,
            "STR_ENDS_WITH" => self.has_pattern(field, "ends with", &values, *case_insensitive)?,
            "STR_CONTAINS" => self.has_pattern(field, "contains", &values, *case_insensitive)?,
            "IN_CIDR" => self.is_in_networks(field, &values),
            "REGEX" => {
                let name = self.field(Kind::Text, field);
                match regex::translate(&name, value, *case_insensitive) {
                    Ok(formula) => formula,
                    Err(regex::Refusal::Invalid) => Formula::Never,
                    Err(regex::Refusal::Unsayable(construct)) => return Err(construct),
                }
            }
            ordered => self.ordered(field, ordered, value),
        };
        Ok(if constraint.inverted { formula.negated() } else { formula })
    }

    /// `NUM_…`, `SEMVER_…`, `DATE_…`; never, for other operators and for values that are none.
    fn ordered(&mut self, field: &str, operator: &str, value: &str) -> Formula {
        let Some((family, relation)) = operator.split_once('_') else { return Formula::Never };
        let sign = match relation {
            "EQ" => "=",
            "GT" | "AFTER" => ">",
            "GTE" => ">=",
            "LT" | "BEFORE" => "<",
            "LTE" => "<=",
            _ => return Formula::Never,
        };
        let name = match family {
            "NUM" if Kind::Number.value(value).is_some() => self.field(Kind::Number, field),
            "SEMVER" if is_version(value) => self.field(Kind::Version, field),
            "DATE" if field == "currentTime" && value.parse::<jiff::Timestamp>().is_ok() => "now".to_owned(),
            _ => return Formula::Never,
        };
        Formula::Test(format!("{name} {sign} {value}"))
    }

    fn is_one_of(&mut self, field: &str, values: &[&str]) -> Said {
        let name = self.field(Kind::Text, field);
        Ok(Formula::one_of(&name, "in", spelled(values, false)?))
    }

    fn has_pattern(&mut self, field: &str, operator: &str, values: &[&str], ignore_case: bool) -> Said {
        let name = self.field(Kind::Text, field);
        Ok(Formula::one_of(&name, operator, spelled(values, ignore_case)?))
    }

    /// Networks that are none match nobody.
    fn is_in_networks(&mut self, field: &str, networks: &[&str]) -> Formula {
        let name = self.field(Kind::Address, field);
        let is_network = |text: &str| text.parse::<IpAddr>().is_ok() || text.parse::<ipnet::IpNet>().is_ok();
        Formula::one_of(&name, "in", networks.iter().filter(|network| is_network(network)))
    }

    fn field(&mut self, kind: Kind, field: &str) -> String {
        self.fields.insert((kind, field.to_owned()));
        format!("{}.{field}", kind.prefix())
    }
}

impl Feature {
    /// The variant shown where the toggle is on, if there is no lot to draw.
    fn only_variant(&self) -> Result<&str, &'static str> {
        let of_strategies = self.strategies.iter().map(|strategy| &strategy.variants).filter(|all| !all.is_empty());
        let mut all = of_strategies.chain((!self.variants.is_empty()).then_some(&self.variants));
        match (all.next().map(Vec::as_slice), all.next()) {
            (None, _) => Ok("disabled"),
            (Some([only]), None) if self.strategies.len() == 1 => Ok(&only.name),
            _ => Err("variants chosen by a hash"),
        }
    }
}

/// Values in quotes, compared as spelled unless case is ignored.
fn spelled(values: &[&str], ignore_case: bool) -> Result<Vec<String>, &'static str> {
    let exactly = if ignore_case { "" } else { "exactly " };
    let write = |value: &&str| {
        if can_be_quoted(value) { Ok(format!("{exactly}{}", quoted(value))) } else { Err("a control character") }
    };
    values.iter().map(write).collect()
}

pub fn our_name(toggle: &str) -> String {
    toggle.replace('.', "/")
}

/// Whether the language accepts the name: asked of the language itself.
fn can_be_named(toggle: &str) -> bool {
    if toggle.is_ascii() {
        return true;
    }
    let catalogue = json!({ "ward": 1, "time_zone": "UTC", "entitlements": { our_name(toggle): {} } });
    let rule = format!("always -> allow {}", quoted(&our_name(toggle)));
    let loaded =
        PolicyFiles::new().rules("toggle.ward", rule).catalogue("catalogue.yaml", catalogue.to_string()).load();
    let refusals: Vec<String> =
        loaded.err().iter().flat_map(|error| error.diagnostics()).map(|one| one.code.to_string()).collect();
    assert!(refusals.iter().all(|code| ["WK050", "WK216"].contains(&code.as_str())), "{toggle}: {refusals:?}");
    refusals.is_empty()
}

fn segment_name(id: u64) -> String {
    format!("segment_{id}")
}

fn toggle_name(name: &str) -> String {
    quoted(&format!("toggle {name}"))
}

impl Converted {
    /// A context of ours: `currentTime` is `now`; other fields stand at the top or among the properties.
    pub fn values(&self, context: &Value) -> Value {
        let mut values = Map::new();
        if let Some(now) = context["currentTime"].as_str() {
            values.insert("now".to_owned(), json!(now));
        }
        for (kind, field) in &self.fields {
            let found = [&context[field], &context["properties"][field]].into_iter().find_map(Value::as_str);
            if let Some(value) = found.and_then(|text| kind.value(text)) {
                let group = values.entry(kind.prefix()).or_insert_with(|| json!({}));
                group[field] = value;
            }
        }
        values.into()
    }
}

#[test]
fn writes_toggles_as_rules() {
    let state = json!({
        "features": [
            { "name": "on", "enabled": true },
            { "name": "off", "enabled": false, "strategies": [{ "name": "default" }] },
            { "name": "listed", "enabled": true, "strategies": [
                { "name": "userWithId", "parameters": { "userIds": "1, 2" }, "segments": [7] },
                { "name": "remoteAddress", "parameters": { "IPs": "10.0.0.1, 10.x, 10.4.0.0/16" } },
                { "name": "default", "segments": [8] },
            ] },
            { "name": "checked", "enabled": true, "strategies": [{ "name": "default", "constraints": [
                { "contextName": "f", "operator": "STR_CONTAINS", "values": ["A\"b"], "caseInsensitive": true },
                { "contextName": "f", "operator": "NUM_LTE", "value": "4.5", "inverted": true },
                { "contextName": "f", "operator": "SEMVER_GT", "value": "1.2.3-a.1" },
                { "contextName": "currentTime", "operator": "DATE_BEFORE", "value": "2022-01-29T13:00:00.000Z" },
                { "contextName": "f", "operator": "NOT_IN", "values": ["s"] },
                { "contextName": "f", "operator": "NOT_IN", "values": [] },
            ] }] },
            { "name": "odd", "enabled": true, "strategies": [{ "name": "default", "constraints": [
                { "contextName": "f", "operator": "SEMVER_EQ", "value": "v1" },
            ] }] },
            { "name": "some", "enabled": true, "strategies": [
                { "name": "flexibleRollout", "parameters": { "rollout": "50", "stickiness": "default" } },
            ] },
            { "name": "all", "enabled": true, "strategies": [
                { "name": "flexibleRollout", "parameters": { "rollout": "100", "stickiness": "f" } },
            ] },
            { "name": "child", "enabled": true, "dependencies": [
                { "feature": "all" }, { "feature": "off", "enabled": false },
            ] },
            { "name": "grandchild", "enabled": true, "dependencies": [{ "feature": "child" }] },
        ],
        "segments": [{ "id": 7, "constraints": [{ "contextName": "f", "operator": "IN", "values": ["x"] }] }],
    });
    let state: State = serde_json::from_value(state).unwrap();
    let converted = convert(&state);
    let expected = r#"
let segment_7 = text.f in [exactly "x"]
let "toggle off" = not always
let "toggle all" = text.f is not absent
always -> allow "on"
disabled always -> allow "off"
text.userId in [exactly "1", exactly "2"] and segment_7 -> allow "listed"
address.remoteAddress in [10.0.0.1, 10.4.0.0/16] -> allow "listed"
not always -> allow "listed"
text.f contains ["A""b"] and not (number.f <= 4.5) and version.f > 1.2.3-a.1 and now < 2022-01-29T13:00:00.000Z and not (text.f in [exactly "s"]) -> allow "checked"
not always -> allow "odd"
text.f is not absent -> allow "all"
"toggle all" and not ("toggle off") -> allow "child"
not always -> allow "grandchild"
"#;
    assert_eq!(format!("\n{}", converted.rules), expected);
    assert_eq!(converted.unsayable.into_iter().collect::<Vec<_>>(), [("some".to_owned(), HASHED)]);
    assert_eq!(converted.catalogue["attributes"]["number.f"], json!({ "type": "decimal", "omitted": "absent" }));
}

#[test]
fn reads_contexts_and_events() {
    let state = json!({ "events": [
        { "type": "hydration", "eventId": 1, "segments": [], "features": [{ "name": "a", "enabled": true }] },
        { "type": "feature-updated", "eventId": 2, "feature": { "name": "b", "enabled": true, "strategies": [
            { "name": "default", "constraints": [
                { "contextName": "f", "operator": "NUM_EQ", "value": "1" },
                { "contextName": "f", "operator": "IN", "values": ["1"] },
            ] },
        ] } },
        { "type": "feature-removed", "eventId": 3, "featureName": "a" },
    ] });
    let state = serde_json::from_value::<State>(state).unwrap().settled();
    assert_eq!(state.features.iter().map(|feature| feature.name.as_str()).collect::<Vec<_>>(), ["b"]);
    let converted = convert(&state);
    let context = json!({ "currentTime": "2022-01-29T13:00:00Z", "properties": { "f": "12.0", "g": "1" } });
    let values = json!({ "now": "2022-01-29T13:00:00Z", "text": { "f": "12.0" }, "number": { "f": 12.0 } });
    assert_eq!(converted.values(&context), values);
    assert_eq!(converted.values(&json!({ "f": "no number" })), json!({ "text": { "f": "no number" } }));
}
