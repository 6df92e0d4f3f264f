//! Writes Cedar policies for one request environment (a principal type, an action, a resource type) as rules and a catalogue.
//!
//! A Cedar policy is judged over all stores of entities. What its conditions can tell of a store is finite, and the catalogue
//! has an attribute for each: `principal.id`, the attributes of the principal, the resource and the request, and for *in* a truth
//! value for each two entities that the conditions name (`principal in Group::"admin"`). Assumptions say what holds of these in
//! every store, and nothing more: *in* is an order, an entity that is in a set's element is in the set, equal entities have equal
//! attributes. In Cedar everything has a value, so everything is assumed to be known and not absent.
//!
//! What types alone decide (`resource is Box`) is decided here only in the head of a policy, where Cedar decides it, too; in a
//! condition it is an attribute with an assumption, so that the analysis has to find it.

use super::read::{Action, CedarPolicy, Expr, Schema, Type};
use crate::formula::{Formula, quoted};
use std::collections::{BTreeMap, BTreeSet};
use wardkey::{Policy, PolicyFiles};

/// The one thing that is asked about.
pub const REQUEST: &str = "request";

/// Which kinds of requests are looked at.
#[derive(Clone, Copy, Debug)]
pub struct Environment<'s> {
    pub schema: &'s Schema,
    pub principal: &'s str,
    pub action: &'s Action,
    pub resource: &'s str,
}

impl<'s> Environment<'s> {
    /// All of a schema.
    pub fn all(schema: &'s Schema) -> Vec<Self> {
        let of = |action: &'s Action| {
            let pairs =
                action.principals.iter().flat_map(|principal| action.resources.iter().map(move |at| (principal, at)));
            pairs.map(move |(principal, resource)| Self { schema, principal, action, resource })
        };
        schema.actions.iter().flat_map(of).collect()
    }

    /// Its names, as the expected rows have them.
    pub fn names(&self) -> [String; 3] {
        [self.principal, &self.action.name, self.resource].map(ToOwned::to_owned)
    }
}

/// How effects become effects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effects {
    /// `allow` and `deny`.
    Plain,
    /// The same one tier up, and below it a `deny` of everything: what nobody permits is denied, as in Cedar.
    Decided,
}

/// The policies for one environment.
#[derive(Debug)]
pub struct Wards {
    catalogue: String,
    /// Of each policy that can speak here: its id, whether it permits, and its condition.
    pub rules: Vec<(String, bool, Formula)>,
}

impl Wards {
    /// Of policies. What is compared with each other must be written together, so that it has one catalogue.
    pub fn of<'c>(environment: Environment<'_>, policies: impl IntoIterator<Item = &'c CedarPolicy>) -> Self {
        let mut writer = Writer::new(environment);
        let mut rules = Vec::new();
        for policy in policies {
            if let Some(head) = writer.head(&policy.scope) {
                let conditions =
                    policy.conditions.iter().map(|condition| writer.formula(condition)).collect::<Vec<_>>();
                rules.push((policy.id.clone(), policy.permits, Formula::all(head.into_iter().chain(conditions))));
            }
        }
        Self { catalogue: writer.catalogue(), rules }
    }

    /// Loads the rules of some policies, by position among the rules.
    pub fn load(&self, effects: Effects, some: impl IntoIterator<Item = usize>) -> Policy {
        let (mut text, tier) = match effects {
            Effects::Plain => (String::new(), ""),
            Effects::Decided => (format!("otherwise: always -> deny {REQUEST}\n"), "override "),
        };
        for at in some {
            let (id, permits, condition) = &self.rules[at];
            let effect = if *permits { "allow" } else { "deny" };
            text.push_str(&format!("{id}: {condition} -> {tier}{effect} {REQUEST}\n"));
        }
        let files =
            PolicyFiles::new().catalogue("catalogue.yaml", self.catalogue.as_str()).rules("rules.ward", text.as_str());
        files.load().unwrap_or_else(|error| panic!("{error}\n{}\n{text}", self.catalogue))
    }
}

/// An entity that conditions name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Term {
    ty: String,
    at: Place,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// An attribute of the catalogue that holds its id.
    Attribute(String),
    Id(String),
}

struct Writer<'s> {
    environment: Environment<'s>,
    /// By name their types in the catalogue.
    attributes: BTreeMap<String, &'static str>,
    /// Entities and sets of them of which it is asked what is in them.
    entities: BTreeSet<Term>,
    sets: BTreeSet<String>,
    /// What types decide.
    facts: BTreeMap<String, bool>,
    /// Numbers that are elements of sets are names there.
    pinned: BTreeMap<String, i64>,
}

impl<'s> Writer<'s> {
    fn new(environment: Environment<'s>) -> Self {
        Self {
            environment,
            attributes: BTreeMap::new(),
            entities: BTreeSet::new(),
            sets: BTreeSet::new(),
            facts: BTreeMap::new(),
            pinned: BTreeMap::new(),
        }
    }

    /// What the head of a policy asks; none if it never speaks here.
    fn head(&mut self, scope: &[Expr]) -> Option<Vec<Formula>> {
        let mut asked = Vec::new();
        for expr in scope {
            match expr {
                Expr::Var(_) => {}
                Expr::Is(of, ty) if self.type_of(of) != Type::Entity(ty.clone()) => return None,
                Expr::Is(..) => {}
                Expr::Compare(_, left, right) | Expr::In(left, right) if **left == Expr::Var("action".to_owned()) => {
                    let Expr::Entity(_, name) = &**right else {
                        let Expr::Set(names) = &**right else { panic!("actions, not {right:?}") };
                        let is_own = |name: &Expr| matches!(name, Expr::Entity(_, name) if *name == self.environment.action.name);
                        if names.iter().any(is_own) {
                            continue;
                        }
                        return None;
                    };
                    if *name != self.environment.action.name {
                        return None;
                    }
                }
                Expr::Compare(_, left, right) if self.type_of(left) != self.type_of(right) => return None,
                other => asked.push(self.formula(other)),
            }
        }
        Some(asked)
    }

    fn type_of(&self, expr: &Expr) -> Type {
        match expr {
            Expr::Bool(_) => Type::Bool,
            Expr::Long(_) => Type::Long,
            Expr::Text(_) => Type::Text,
            Expr::Entity(ty, _) => Type::Entity(ty.clone()),
            Expr::Var(name) if name == "principal" => Type::Entity(self.environment.principal.to_owned()),
            Expr::Var(name) if name == "resource" => Type::Entity(self.environment.resource.to_owned()),
            Expr::Attribute(of, name) => {
                let attributes = match (&**of, self.type_of(of)) {
                    (Expr::Var(_), Type::Entity(ty)) => &self.environment.schema.entities[&ty].1,
                    (Expr::Var(_), _) => &self.environment.action.context,
                    _ => panic!("an attribute of an attribute: {expr:?}"),
                };
                attributes[name].clone()
            }
            Expr::Set(elements) => {
                Type::Set(Box::new(elements.first().map_or(Type::Bool, |first| self.type_of(first))))
            }
            // the request itself, and all that is true or false
            _ => Type::Bool,
        }
    }

    /// The attribute of the catalogue for an attribute there.
    fn attribute(&mut self, expr: &Expr) -> String {
        let Expr::Attribute(of, name) = expr else { panic!("an attribute, not {expr:?}") };
        let Expr::Var(of) = &**of else { panic!("an attribute of an attribute: {expr:?}") };
        let declared = match self.type_of(expr) {
            Type::Bool => "bool",
            Type::Long => "whole",
            Type::Text | Type::Entity(_) => "id",
            Type::Set(_) => "{set of: id, empty: none}",
        };
        let name = format!("{of}.{name}");
        self.attributes.insert(name.clone(), declared);
        name
    }

    fn term(&mut self, expr: &Expr) -> Term {
        let Type::Entity(ty) = self.type_of(expr) else { panic!("an entity, not {expr:?}") };
        let at = match expr {
            Expr::Entity(_, id) => Place::Id(id.clone()),
            Expr::Var(name) => {
                let name = format!("{name}.id");
                self.attributes.insert(name.clone(), "id");
                Place::Attribute(name)
            }
            _ => Place::Attribute(self.attribute(expr)),
        };
        Term { ty, at }
    }

    /// An entity of which it is asked whether it is in another.
    fn related(&mut self, expr: &Expr) -> Term {
        let term = self.term(expr);
        self.entities.insert(term.clone());
        term
    }

    fn formula(&mut self, expr: &Expr) -> Formula {
        match expr {
            Expr::Bool(value) => {
                if *value {
                    Formula::Always
                } else {
                    Formula::Never
                }
            }
            Expr::Attribute(..) => Formula::Test(self.attribute(expr)),
            Expr::Not(inner) => self.formula(inner).negated(),
            Expr::Or(parts) => Formula::any(parts.iter().map(|part| self.formula(part)).collect::<Vec<_>>()),
            Expr::And(parts) => self.conjunction(parts),
            Expr::Compare(sign, left, right) => self.comparison(sign, left, right),
            Expr::In(left, right) => self.within(left, right),
            Expr::Like(of, pattern) => {
                assert!(!pattern.contains(['?', '[', '\\']), "a pattern of stars alone: {pattern}");
                Formula::Test(format!("{} matches {}", self.attribute(of), quoted(pattern)))
            }
            Expr::Is(of, ty) => {
                let holds = self.type_of(of) == Type::Entity(ty.clone());
                let Expr::Var(of) = &**of else { panic!("the type of {of:?}") };
                self.fact(format!("{of}.is_{ty}"), holds)
            }
            Expr::Call(set, name, argument) => self.call(set, name, argument),
            other => panic!("a condition, not {other:?}"),
        }
    }

    /// Where a number is said to be that one, it is that one in the rest.
    fn conjunction(&mut self, parts: &[Expr]) -> Formula {
        let before = self.pinned.clone();
        for part in parts {
            if let Expr::Compare(sign, left, right) = part
                && let (Expr::Attribute(..), Expr::Long(number)) = (&**left, &**right)
                && sign == "=="
            {
                let name = self.attribute(left);
                self.pinned.insert(name, *number);
            }
        }
        let all = Formula::all(parts.iter().map(|part| self.formula(part)).collect::<Vec<_>>());
        self.pinned = before;
        all
    }

    /// What types decide.
    fn fact(&mut self, name: String, holds: bool) -> Formula {
        self.attributes.insert(name.clone(), "bool");
        self.facts.insert(name.clone(), holds);
        Formula::Test(name)
    }

    fn comparison(&mut self, sign: &str, left: &Expr, right: &Expr) -> Formula {
        if sign == "!=" {
            return self.comparison("==", left, right).negated();
        }
        match (self.type_of(left), self.type_of(right)) {
            (Type::Entity(_), Type::Entity(_)) => {
                let (left, right) = (self.term(left), self.term(right));
                equal(&left, &right)
            }
            (Type::Set(_), Type::Set(_)) => {
                let Expr::Set(elements) = right else { panic!("equal sets: {left:?} {right:?}") };
                let elements: Vec<String> = elements.iter().map(|element| self.number(element)).collect();
                let (set, elements) = (self.attribute(left), elements.join(", "));
                let has = |how: &str| Formula::Test(format!("{set} has {how} [{elements}]"));
                Formula::all([has("all"), has("only")])
            }
            (Type::Text, Type::Text) => {
                let Expr::Text(text) = right else { panic!("a text, not {right:?}") };
                Formula::Test(format!("{} = {}", self.attribute(left), quoted(text)))
            }
            (Type::Long, Type::Long) => {
                let sign = if sign == "==" { "=" } else { sign };
                let left = self.attribute(left);
                let right = if let Expr::Long(number) = right { number.to_string() } else { self.attribute(right) };
                Formula::Test(format!("{left} {sign} {right}"))
            }
            types => panic!("a comparison of {types:?}"),
        }
    }

    /// A number as the name that stands for it in sets.
    fn number(&mut self, expr: &Expr) -> String {
        let number = match expr {
            Expr::Long(number) => *number,
            _ => {
                let name = self.attribute(expr);
                self.pinned[&name]
            }
        };
        quoted(&number.to_string())
    }

    fn within(&mut self, left: &Expr, right: &Expr) -> Formula {
        let left = self.related(left);
        match right {
            Expr::Set(elements) => {
                let terms: Vec<Term> = elements.iter().map(|element| self.related(element)).collect();
                Formula::any(terms.iter().map(|term| self.below(&left, term)).collect::<Vec<_>>())
            }
            _ if matches!(self.type_of(right), Type::Set(_)) => {
                let set = self.attribute(right);
                self.sets.insert(set.clone());
                self.below_some(&left, &set)
            }
            _ => {
                let right = self.related(right);
                self.below(&left, &right)
            }
        }
    }

    fn call(&mut self, set: &Expr, name: &str, argument: &Expr) -> Formula {
        match (set, name) {
            (Expr::Set(elements), "contains") => {
                let argument = self.term(argument);
                let terms: Vec<Term> = elements.iter().map(|element| self.term(element)).collect();
                Formula::any(terms.iter().map(|term| equal(&argument, term)))
            }
            (_, "contains") => {
                let (set, argument) = (self.attribute(set), self.term(argument));
                has(&set, &argument)
            }
            (_, "containsAll" | "containsAny") => {
                let (left, right) = (self.attribute(set), self.attribute(argument));
                let how = if name == "containsAll" { "all" } else { "any" };
                Formula::Test(format!("{left} has {how} {right}"))
            }
            _ => panic!("a call of {name}"),
        }
    }

    /// Whether entities of one type can be below some of another.
    fn can_be_below(&self, ty: &str, other: &str) -> bool {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut left = vec![ty];
        while let Some(next) = left.pop() {
            let parents = self.environment.schema.entities[next].0.iter().map(String::as_str);
            left.extend(parents.filter(|parent| seen.insert(parent)));
        }
        seen.contains(other)
    }

    /// Cedar's `in`: the same, or below.
    fn below(&mut self, one: &Term, other: &Term) -> Formula {
        if one == other {
            return Formula::Always;
        }
        let name = format!("{}.below.{}", slug(one), slug(other));
        if self.can_be_below(&one.ty, &other.ty) {
            self.attributes.insert(name.clone(), "bool");
            Formula::Test(name)
        } else if one.ty == other.ty {
            equal(one, other)
        } else {
            self.fact(name, false)
        }
    }

    /// In some element of a set.
    fn below_some(&mut self, one: &Term, set: &str) -> Formula {
        let name = format!("{}.below_some.{}", slug(one), set.replace('.', "_"));
        self.attributes.insert(name.clone(), "bool");
        Formula::Test(name)
    }

    /// What holds in every store of the entities that were named.
    fn axioms(&mut self) -> Vec<Formula> {
        let mut found = Vec::new();
        // what relations are between, not what else conditions compare
        let terms: Vec<Term> = self.entities.iter().cloned().collect();
        let can_relate = |writer: &Self, one: &Term, other: &Term| {
            one != other && (one.ty == other.ty || writer.can_be_below(&one.ty, &other.ty))
        };
        for one in &terms {
            for other in terms.iter().filter(|other| *other != one) {
                if self.can_be_below(&one.ty, &other.ty) && one.ty == other.ty {
                    let (below, above) = (self.below(one, other), self.below(other, one));
                    found.push(implies([equal(one, other)], below.clone()));
                    found.push(implies([below, above], equal(one, other)));
                }
                for third in &terms {
                    let is_path = can_relate(self, one, other) && can_relate(self, other, third) && one != third;
                    if is_path && (one.ty != third.ty || self.can_be_below(&one.ty, &third.ty)) {
                        let premises = [self.below(one, other), self.below(other, third)];
                        found.push(implies(premises, self.below(one, third)));
                    }
                }
            }
        }
        found.extend(self.axioms_of_sets(&terms));
        found.extend(self.equal_entities_are_alike());
        found
    }

    fn axioms_of_sets(&mut self, terms: &[Term]) -> Vec<Formula> {
        let mut found = Vec::new();
        for set in self.sets.clone() {
            for one in terms {
                let inside = self.below_some(one, &set);
                found.push(implies([has(&set, one)], inside.clone()));
                found.push(implies([Formula::Test(format!("{set} is empty"))], inside.clone().negated()));
                for other in terms.iter().filter(|other| *other != one) {
                    let premises = [self.below(one, other), self.below_some(other, &set)];
                    found.push(implies(premises, inside.clone()));
                }
                for wider in self.sets.clone().iter().filter(|wider| **wider != set) {
                    let includes = Formula::Test(format!("{wider} has all {set}"));
                    found.push(implies([includes, inside.clone()], self.below_some(one, wider)));
                }
            }
        }
        found
    }

    /// Where the principal and the resource may be one.
    fn equal_entities_are_alike(&mut self) -> Vec<Formula> {
        let mut found = Vec::new();
        for (mine, ty) in self.attributes.clone() {
            let Some(name) = mine.strip_prefix("principal.") else { continue };
            let its = format!("resource.{name}");
            if name == "id"
                || self.environment.principal != self.environment.resource
                || !self.attributes.contains_key(&its)
            {
                continue;
            }
            assert!(ty != "bool" && !ty.starts_with('{'), "{mine} of one type with {its}");
            let same = Formula::Test("principal.id = resource.id".to_owned());
            self.attributes.extend([("principal.id".to_owned(), "id"), ("resource.id".to_owned(), "id")]);
            found.push(implies([same], Formula::Test(format!("{mine} = {its}"))));
        }
        found
    }

    fn catalogue(mut self) -> String {
        let mut axioms = self.axioms();
        for (name, holds) in &self.facts {
            let test = Formula::Test(name.clone());
            axioms.push(if *holds { test } else { test.negated() });
        }
        let mut text = format!("ward: 1\nentitlements: [{REQUEST}]\n");
        if self.attributes.is_empty() {
            return text;
        }
        text.push_str("attributes:\n");
        for (name, ty) in &self.attributes {
            text.push_str(&format!("  {name}: {ty}\n"));
            axioms.push(Formula::Test(format!("{name} is known")));
            // a set without a value is an empty one
            if !ty.starts_with('{') {
                axioms.push(Formula::Test(format!("not {name} is absent")));
            }
        }
        text.push_str("assume:\n");
        let axioms: BTreeSet<String> =
            axioms.into_iter().filter(|axiom| *axiom != Formula::Always).map(|axiom| axiom.to_string()).collect();
        for axiom in axioms {
            text.push_str(&format!("  - '{}'\n", axiom.replace('\'', "''")));
        }
        text
    }
}

fn equal(one: &Term, other: &Term) -> Formula {
    match (&one.at, &other.at) {
        _ if one == other => Formula::Always,
        (Place::Id(_), Place::Id(_)) => Formula::Never,
        (Place::Attribute(name), Place::Id(id)) | (Place::Id(id), Place::Attribute(name)) => {
            Formula::Test(format!("{name} = {}", quoted(id)))
        }
        (Place::Attribute(one), Place::Attribute(other)) => Formula::Test(format!("{one} = {other}")),
    }
}

fn has(set: &str, term: &Term) -> Formula {
    match &term.at {
        Place::Attribute(name) => Formula::Test(format!("{set} has {name}")),
        Place::Id(id) => Formula::Test(format!("{set} has {}", quoted(id))),
    }
}

fn implies(premises: impl IntoIterator<Item = Formula>, conclusion: Formula) -> Formula {
    Formula::any(premises.into_iter().map(Formula::negated).chain([conclusion]))
}

/// A term as part of a name.
fn slug(term: &Term) -> String {
    match &term.at {
        Place::Attribute(name) => name.replace('.', "_"),
        Place::Id(id) => {
            let plain: String = id.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
            format!("{}_{}", term.ty, plain)
        }
    }
}
