//! Findings of small random policies, held against trying every context there is: each attribute with each of its few values,
//! absent and unknown, sets known in part, a request approved or not.
//!
//! What a rule does is read off the engine's decisions about other entitlements: `only_1` has the first rule alone, `without_1` all
//! others. They stand in a policy of their own, so that one context answers everything.

use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::fmt::Write;
use wardkey::{Analysis, Finding, Outcome, Policy, PolicyFiles, Severity};
use wardkey_testing::random::Random;

/// An attribute: its name, its type, values to compare with, and every state.
struct Attribute {
    name: &'static str,
    ty: &'static str,
    tests: &'static [&'static str],
    states: Vec<Json>,
}

fn attributes() -> Vec<Attribute> {
    let unknown = json!({"$": "unknown"});
    let scalar = |values: &[Json]| values.iter().cloned().chain([json!({"$": "absent"}), unknown.clone()]).collect();
    let text = |values: &[&str]| scalar(&values.iter().map(|value| json!(value)).collect::<Vec<_>>());
    let mut sets = vec![unknown.clone()];
    for (has, may_have) in
        [("", ""), ("s", ""), ("t", ""), ("st", ""), ("", "s"), ("", "t"), ("", "st"), ("s", "t"), ("t", "s")]
    {
        let list = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
        sets.push(json!({"$": "set", "has": list(has), "may_have": list(may_have)}));
    }
    vec![
        Attribute {
            name: "role",
            ty: "rank",
            tests: &["role = A", "role in [A, B]", "role != C", "role = user.peer", "role = B", "role is absent"],
            states: text(&["A", "B", "C"]),
        },
        Attribute {
            name: "peer",
            ty: "rank",
            tests: &["peer = A", "peer in [B, C]", "peer != user.role", "peer = B"],
            states: text(&["A", "B", "C"]),
        },
        Attribute { name: "net", ty: "[x, y]", tests: &["net = x", "net != x", "net = y"], states: text(&["x", "y"]) },
        Attribute {
            name: "flag",
            ty: "bool",
            tests: &["flag", "not flag"],
            states: scalar(&[json!(true), json!(false)]),
        },
        Attribute {
            name: "level",
            ty: "{type: whole, range: 0..3}",
            tests: &["level < 2", "level in 1..2", "level >= 3", "level = 0", "level != 1", "level > 3"],
            states: scalar(&[json!(0), json!(1), json!(2), json!(3)]),
        },
        Attribute {
            name: "site",
            ty: "site",
            tests: &["site = left", "site in [l1, right]", "site is exactly l2", "site = top", "site = l1"],
            states: text(&["top", "left", "l1", "l2", "right"]),
        },
        Attribute {
            name: "tags",
            ty: "{set of: {one of: [s, t]}}",
            tests: &["tags has s", "tags has any [s, t]", "tags has all [s, t]", "tags has only [s]", "tags is empty"],
            states: sets,
        },
    ]
}

/// A rule: how it is written, but for what it is about.
struct Rule {
    condition: String,
    effect: &'static str,
    parameter: &'static str,
}

struct Small {
    attributes: Vec<Attribute>,
    assumption: Option<String>,
    rules: Vec<Rule>,
}

impl Small {
    fn random(random: &mut Random) -> Self {
        let mut attributes = random_attributes(random);
        attributes.sort_by_key(|attribute| attribute.name);
        let assumption = random.chance(40).then(|| format!("not ({})", condition(random, &attributes)));
        let count = random.between(2, 5);
        let rules = (0..count).map(|_| rule(random, &attributes)).collect();
        Self { attributes, assumption, rules }
    }

    fn catalogue(&self, entitlements: &str, is_assuming: bool) -> String {
        let mut text =
            "ward: 1\ntypes:\n  rank: [A, B, C]\n  site: {type: place, tree: {top: {left: [l1, l2], right: []}}}\n"
                .replace("type: place, ", "inner: somewhere, ");
        text.push_str("parameters: {p: {one of: [u, v]}}\nattributes:\n");
        for attribute in &self.attributes {
            writeln!(text, "  {}: {}", attribute.name, attribute.ty).unwrap();
        }
        if let Some(assumption) = self.assumption.as_ref().filter(|_| is_assuming) {
            writeln!(text, "assume: ['{assumption}']").unwrap();
        }
        writeln!(text, "entitlements: {entitlements}").unwrap();
        text
    }

    /// The rules, each about the entitlements that are said.
    fn rules(&self, about: impl Fn(usize) -> String) -> String {
        let line = |(at, rule): (usize, &Rule)| {
            format!("r{at}: {} -> {} {}{}\n", rule.condition, rule.effect, about(at), rule.parameter)
        };
        self.rules.iter().enumerate().map(line).collect()
    }

    fn policy(&self) -> Policy {
        load(&self.catalogue("{X: {covered: true}}", true), &self.rules(|_| "X".to_owned()))
    }

    /// The rules as they are, each alone, and all but each.
    fn panel(&self, is_assuming: bool) -> Policy {
        let about = |at: usize| {
            let others = (0..self.rules.len()).filter(|other| *other != at).map(|other| format!(", without_{other}"));
            format!("X, only_{at}{}", others.collect::<String>())
        };
        let mut rules = self.rules(about);
        for at in (0..self.rules.len()).filter(|&at| self.rules[at].effect == "require") {
            writeln!(rules, "given_{at}: always -> allow only_{at}").unwrap();
        }
        load(&self.catalogue(&format!("[{}]", self.names().join(", ")), is_assuming), &rules)
    }

    fn names(&self) -> Vec<String> {
        let each = (0..self.rules.len()).flat_map(|at| [format!("only_{at}"), format!("without_{at}")]);
        std::iter::once("X".to_owned()).chain(each).collect()
    }

    /// Every context there is, with whether everything is known.
    fn contexts(&self) -> Vec<(Json, bool)> {
        let mut all = vec![(serde_json::Map::new(), true)];
        for attribute in &self.attributes {
            let with = |(given, known): &(serde_json::Map<String, Json>, bool), state: &Json| {
                let mut given = given.clone();
                given.insert(attribute.name.to_owned(), state.clone());
                let is_known = state["$"] != "unknown" && state["may_have"].as_array().is_none_or(Vec::is_empty);
                (given, *known && is_known)
            };
            all = all.iter().flat_map(|one| attribute.states.iter().map(move |state| with(one, state))).collect();
        }
        let approved = |(mut given, known): (serde_json::Map<String, Json>, bool)| {
            let plain = (Json::Object(given.clone()), known);
            given.insert("approved".to_owned(), json!(self.names()));
            [plain, (Json::Object(given), known)]
        };
        all.into_iter().flat_map(approved).collect()
    }
}

fn random_attributes(random: &mut Random) -> Vec<Attribute> {
    let mut all = attributes();
    random.shuffle(&mut all);
    all.truncate(3);
    all
}

fn load(catalogue: &str, rules: &str) -> Policy {
    let loaded = PolicyFiles::new().catalogue("catalogue.yaml", catalogue).rules("rules.ward", rules).load();
    loaded.unwrap_or_else(|error| panic!("{error}\n{catalogue}\n{rules}"))
}

fn test(random: &mut Random, attributes: &[Attribute]) -> String {
    // two attributes are compared only if both are there
    let has = |name: &str| attributes.iter().any(|attribute| attribute.name == name);
    let needed = [("user.peer", "peer"), ("user.role", "role")];
    let fits = |test: &&&str| needed.iter().all(|(compared, name)| has(name) || !test.contains(compared));
    let attribute = random.pick(attributes);
    let tests: Vec<&&str> = attribute.tests.iter().filter(fits).collect();
    let test = random.pick(&tests);
    if random.chance(20) { format!("not ({test})") } else { (**test).to_owned() }
}

fn condition(random: &mut Random, attributes: &[Attribute]) -> String {
    let parts: Vec<String> = (0..random.between(1, 3)).map(|_| test(random, attributes)).collect();
    parts.join(if random.chance(70) { " and " } else { " or " })
}

fn rule(random: &mut Random, attributes: &[Attribute]) -> Rule {
    let effects =
        ["allow", "allow", "allow", "deny", "deny", "offer", "override allow", "override deny", "require", "allow"];
    let effect = *random.pick(&effects);
    let gives = !effect.ends_with("deny");
    let parameter = if effect == "require" || gives && random.chance(25) {
        *random.pick(&[" with p = u", " with p = v"])
    } else {
        ""
    };
    let mut condition = condition(random, attributes);
    if random.chance(5) {
        condition = "always".to_owned();
    }
    Rule { condition, effect, parameter }
}

/// What was seen of a rule.
#[derive(Clone, Default)]
struct Seen {
    fires: bool,
    fires_while_unknown: bool,
    fires_unassumed: bool,
    spares_some_known: bool,
    /// It changes an outcome; what it changes else is a parameter.
    decides: bool,
    changes: bool,
    changes_while_unknown: bool,
    takes: bool,
    meets: BTreeSet<usize>,
}

/// What was seen in all contexts.
struct Tried {
    rules: Vec<Seen>,
    gap: bool,
    conflict: bool,
}

fn fires(policy: &Policy, context: &wardkey::Context, rules: &[Rule], at: usize) -> bool {
    let decision = policy.decide_named(context, &format!("only_{at}")).unwrap();
    match rules[at].effect {
        "require" => decision.parameters().get("p").is_some(),
        _ => decision.outcome() != Outcome::NotGranted,
    }
}

fn try_all(small: &Small) -> Tried {
    let (panel, unassumed) = (small.panel(true), small.panel(false));
    let mut tried = Tried { rules: vec![Seen::default(); small.rules.len()], gap: false, conflict: false };
    for (json, is_known) in small.contexts() {
        let text = json.to_string();
        let Ok(context) = panel.context().json(&text).build() else {
            let context = unassumed.context().json(&text).build().expect("nothing else is wrong with it");
            for (at, seen) in tried.rules.iter_mut().enumerate() {
                seen.fires_unassumed |= is_known && fires(&unassumed, &context, &small.rules, at);
            }
            continue;
        };
        let fired: Vec<bool> = (0..small.rules.len()).map(|at| fires(&panel, &context, &small.rules, at)).collect();
        let decision = panel.decide_named(&context, "X").unwrap();
        tried.gap |= is_known && decision.outcome() == Outcome::NotGranted;
        tried.conflict |= decision.parameters().get("p").is_some_and(|given| given.is_conflict);
        for (at, seen) in tried.rules.iter_mut().enumerate() {
            let without = panel.decide_named(&context, &format!("without_{at}")).unwrap();
            let parameters = |decision: &wardkey::Decision<'_>| format!("{:?}", decision.parameters().get("p"));
            let differs = without.outcome() != decision.outcome() || parameters(&without) != parameters(&decision);
            seen.fires |= fired[at] && is_known;
            seen.fires_while_unknown |= fired[at];
            seen.spares_some_known |= !fired[at] && is_known;
            seen.decides |= without.outcome() != decision.outcome();
            seen.changes |= differs && is_known;
            seen.changes_while_unknown |= differs;
            seen.takes |= fired[at] && matches!(without.outcome(), Outcome::Allowed | Outcome::Offered);
            if fired[at] && is_known {
                seen.meets.extend((0..fired.len()).filter(|&other| fired[other]));
            }
        }
    }
    tried
}

/// What is to be found, by code and first rule; those of which trying cannot tell are in the second list.
fn expected(small: &Small, tried: &Tried) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut wanted, mut open) = (BTreeSet::new(), BTreeSet::new());
    let plain = |at: usize| small.rules[at].effect.trim_start_matches("override ");
    let is_override = |at: usize| small.rules[at].effect.starts_with("override");
    let gives = |at: usize| matches!(plain(at), "allow" | "offer");
    let any_gives = (0..small.rules.len()).any(gives);
    for (at, seen) in tried.rules.iter().enumerate() {
        if !seen.fires {
            let why = if seen.fires_while_unknown {
                "unknown"
            } else if seen.fires_unassumed {
                "assumed"
            } else {
                "never"
            };
            wanted.insert(format!("never-fires r{at} {why}"));
            continue;
        }
        let never = format!("never-matters r{at} never");
        let while_unknown = format!("never-matters r{at} unknown");
        // a parameter that a stronger rule sets is the same without it, and yet it is said
        let is_open = !small.rules[at].parameter.is_empty();
        // what a stronger rule sets for certain is followed by values that only may apply and never count
        let strength = |at: usize| (small.rules[at].effect == "require", is_override(at), plain(at) == "allow");
        let is_setting = |other: &usize| !small.rules[*other].parameter.is_empty();
        let is_outranked = (0..small.rules.len()).filter(is_setting).any(|other| strength(other) > strength(at));
        match (seen.changes, seen.changes_while_unknown) {
            (_, true) if !seen.decides && is_outranked => open.extend([never, while_unknown]),
            (true, _) => {}
            (_, true) if is_open => drop(open.insert(while_unknown)),
            _ if is_open => open.extend([never, while_unknown]),
            (_, true) => drop(wanted.insert(while_unknown)),
            (_, false) => drop(wanted.insert(never)),
        }
        if !seen.spares_some_known && small.rules[at].condition != "always" {
            wanted.insert(format!("always-applies r{at}"));
        }
        if plain(at) == "deny" {
            if any_gives && seen.changes && !seen.takes {
                wanted.insert(format!("inert-deny r{at}"));
            }
            let met: Vec<String> = seen
                .meets
                .iter()
                .filter(|&&other| gives(other) && is_override(other) == is_override(at))
                .map(|other| format!("r{other}"))
                .collect();
            if !met.is_empty() {
                wanted.insert(format!("allow-meets-deny r{at} {}", met.join(" ")));
            }
        }
    }
    if tried.gap {
        wanted.insert("gap".to_owned());
    }
    if tried.conflict {
        wanted.insert("parameter-conflict".to_owned());
    }
    (wanted, open)
}

/// What is found, in the same words.
fn found(findings: &[Finding]) -> BTreeSet<String> {
    let told = |finding: &Finding| {
        let (name, rules) = (finding.diagnostic.code.name, finding.rules.join(" "));
        let first = finding.rules.first().map_or("", |rule| rule);
        let message = &finding.diagnostic.message;
        Some(match name {
            "never-fires" if message.contains("unknown") => format!("{name} {first} unknown"),
            "never-fires" if message.contains("assumes") => format!("{name} {first} assumed"),
            "never-fires" => format!("{name} {first} never"),
            "never-matters" if finding.diagnostic.severity == Severity::Note => format!("{name} {first} unknown"),
            "never-matters" => format!("{name} {first} never"),
            "allow-meets-deny" => format!("{name} {rules}"),
            "always-applies" | "inert-deny" => format!("{name} {first}"),
            "gap" | "parameter-conflict" => name.to_owned(),
            "unused-attribute" | "unused-zone" => return None,
            other => panic!("{other}: {message}"),
        })
    };
    findings.iter().filter_map(told).collect()
}

/// Some contexts are left of those that are assumed, so that there is something to find.
fn is_possible(small: &Small) -> bool {
    let panel = small.panel(true);
    small.contexts().iter().any(|(json, known)| *known && panel.context().json(json.to_string()).build().is_ok())
}

#[test]
fn what_is_found_is_what_trying_every_context_shows() {
    let count: u64 = std::env::var("WARDKEY_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(100);
    let (mut kinds, mut total) = (BTreeSet::new(), 0);
    for seed in 0..count {
        let small = Small::random(&mut Random::new(seed ^ 0x7e57));
        if !is_possible(&small) {
            continue;
        }
        let text = || small.catalogue("{X: {covered: true}}", true) + &small.rules(|_| "X".to_owned());
        let policy = small.policy();
        let findings = Analysis::new(&policy).with_overlaps().check();
        assert!(!findings.iter().any(Finding::is_undecided), "seed {seed}: {findings:?}\n{}", text());
        let found = found(&findings);
        let (wanted, open) = expected(&small, &try_all(&small));
        let missing: Vec<_> = wanted.difference(&found).collect();
        let extra: Vec<_> = found.difference(&wanted).filter(|told| !open.contains(*told)).collect();
        assert!(
            missing.is_empty() && extra.is_empty(),
            "seed {seed}: not found {missing:?}, found {extra:?}\n{}",
            text()
        );
        total += found.len();
        kinds
            .extend(found.iter().map(|told| told.split(' ').filter(|word| !word.starts_with('r')).collect::<String>()));
    }
    // all six findings, those with a reason once for each
    assert!(total as u64 > count && kinds.len() >= 10, "{total} {kinds:?}");
}
