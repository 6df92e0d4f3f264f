//! cedar-policy: a rule a policy, `permit` or `forbid`, over attributes of the request's context.
//!
//! Places are entities in their hierarchy, and `in` walks it. Nothing but the policies of the set is looked at for a
//! request, and all of them are; so besides one set, which is how a service would hold them, each entitlement has a set of
//! its own. Of a refusal, the determining policies tell `forbid` from the lack of any `permit`.

use super::Engine;
use crate::translate::{self, Is, Test, Value};
use crate::workload::Answer;
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityUid, PolicySet, Request, RestrictedExpression,
};
use std::collections::HashSet;
use std::fmt::Write;
use wardkey_testing::workload::{Attribute, Situation, Vocabulary, Workload};

/// A set an entitlement.
pub struct PerEntitlement {
    asked: Asked,
    sets: Vec<PolicySet>,
}

/// One set of all policies, each of which names the resource it speaks of.
pub struct OneSet {
    asked: Asked,
    set: PolicySet,
}

/// What a request is made of.
struct Asked {
    authorizer: Authorizer,
    places: Entities,
    principal: EntityUid,
    action: EntityUid,
    resources: Vec<EntityUid>,
}

impl Engine for PerEntitlement {
    type Context = Request;
    type Question = usize;

    const NAME: &'static str = "cedar";
    const CRATE: Option<&'static str> = Some("cedar-policy");
    const DETAIL: &'static str = "one set per entitlement";
    const IS_ONE_CALL: bool = false;

    fn load(workload: &Workload) -> Result<Self, String> {
        let mut texts = vec![String::new(); workload.entitlements.len()];
        for (rule, policy) in workload.rules.iter().zip(policies(workload, |_| "resource".to_owned())) {
            texts[rule.entitlement].push_str(&policy);
        }
        let set = |text: &String| text.parse::<PolicySet>().map_err(|error| error.to_string());
        let sets = texts.iter().map(set).collect::<Result<_, _>>()?;
        Ok(Self { asked: Asked::new(workload)?, sets })
    }

    fn context(&mut self, workload: &Workload, situation: &Situation) -> Request {
        // the set is that of the entitlement, so the resource is never looked at
        self.asked.request(context(workload, situation), 0)
    }

    fn question(&mut self, _: &Workload, _: &Situation, entitlement: usize) -> usize {
        entitlement
    }

    fn decide(&mut self, request: &Request, question: &usize) -> Answer {
        self.asked.answer(request, &self.sets[*question])
    }

    fn entitlements(&mut self, request: &Request, mut each: impl FnMut(usize, Answer)) {
        (0..self.sets.len()).for_each(|at| each(at, self.decide(request, &at)));
    }
}

impl Engine for OneSet {
    type Context = Context;
    type Question = usize;

    const NAME: &'static str = "cedar-one-set";
    const CRATE: Option<&'static str> = Some("cedar-policy");
    const DETAIL: &'static str = "one set";
    const IS_ONE_CALL: bool = false;

    fn load(workload: &Workload) -> Result<Self, String> {
        let text: String = policies(workload, |resource| format!("resource == App::\"{resource}\"")).collect();
        let set = text.parse().map_err(|error: cedar_policy::ParseErrors| error.to_string())?;
        Ok(Self { asked: Asked::new(workload)?, set })
    }

    fn context(&mut self, workload: &Workload, situation: &Situation) -> Context {
        context(workload, situation)
    }

    fn question(&mut self, _: &Workload, _: &Situation, entitlement: usize) -> usize {
        entitlement
    }

    fn decide(&mut self, context: &Context, question: &usize) -> Answer {
        self.asked.answer(&self.asked.request(context.clone(), *question), &self.set)
    }

    fn entitlements(&mut self, context: &Context, mut each: impl FnMut(usize, Answer)) {
        (0..self.asked.resources.len()).for_each(|at| each(at, self.decide(context, &at)));
    }
}

impl Asked {
    fn new(workload: &Workload) -> Result<Self, String> {
        let resources = workload.entitlements.iter().map(|name| uid("App", name)).collect();
        let places = places(&workload.vocabulary)?;
        let (principal, action) = (uid("Person", "somebody"), uid("Action", "use"));
        Ok(Self { authorizer: Authorizer::new(), places, principal, action, resources })
    }

    fn request(&self, context: Context, entitlement: usize) -> Request {
        let resource = self.resources[entitlement].clone();
        let request = Request::new(self.principal.clone(), self.action.clone(), resource, context, None);
        request.expect("there is no schema that it could break")
    }

    fn answer(&self, request: &Request, set: &PolicySet) -> Answer {
        let response = self.authorizer.is_authorized(request, set, &self.places);
        match (response.decision(), response.diagnostics().reason().next()) {
            (Decision::Allow, _) => Answer::Given,
            (Decision::Deny, Some(_)) => Answer::Denied,
            (Decision::Deny, None) => Answer::Nothing,
        }
    }
}

fn uid(kind: &str, name: &str) -> EntityUid {
    format!("{kind}::\"{name}\"").parse().expect("it is the name of an entity")
}

fn places(vocabulary: &Vocabulary) -> Result<Entities, String> {
    let name = |place: usize| uid("Place", vocabulary.value(Attribute::Location, place));
    let entity = |(place, parent): (usize, &Option<usize>)| {
        Entity::new_no_attrs(name(place), parent.iter().map(|parent| name(*parent)).collect::<HashSet<_>>())
    };
    Entities::from_entities(vocabulary.parents.iter().enumerate().map(entity), None).map_err(|error| error.to_string())
}

fn context(workload: &Workload, situation: &Situation) -> Context {
    let location = workload.vocabulary.value(Attribute::Location, situation[Attribute::Location.index()]);
    let location = RestrictedExpression::new_entity_uid(uid("Place", location));
    let value = |value: Value<'_>| match value {
        Value::Text(text) => RestrictedExpression::new_string(text.to_owned()),
        Value::Number(number) => RestrictedExpression::new_long(number),
        Value::Flag(flag) => RestrictedExpression::new_bool(flag),
    };
    let flat = translate::values(&workload.vocabulary, situation);
    let others = flat.into_iter().filter(|(field, _)| !field.starts_with("place_"));
    let pairs = others.map(|(field, given)| (field.to_owned(), value(given)));
    Context::from_pairs(pairs.chain([("location".to_owned(), location)])).expect("no attribute is given twice")
}

fn policies(workload: &Workload, resource: impl Fn(&str) -> String) -> impl Iterator<Item = String> {
    workload.rules.iter().map(move |rule| {
        let effect = if rule.is_deny { "forbid" } else { "permit" };
        let resource = resource(&workload.entitlements[rule.entitlement]);
        let condition = translate::condition(&workload.vocabulary, rule);
        let condition = translate::text(&condition, " && ", " || ", test);
        let mut policy = String::new();
        let _ = writeln!(policy, "{effect} (principal, action, {resource}) when {{ {condition} }};");
        policy
    })
}

fn test(test: &Test<'_>) -> String {
    let field = format!("context.{}", test.field);
    let is = match &test.is {
        Is::Text(word) => {
            let operator = if test.is_negated { "!=" } else { "==" };
            return format!("{field} {operator} \"{word}\"");
        }
        Is::Within(area) => format!("(context.location in Place::\"{area}\")"),
        Is::Any(words) => format!("[{}].contains({field})", translate::quoted(words)),
        Is::Range(low, high) => format!("({field} >= {low} && {field} <= {high})"),
        Is::Flag(true) => field,
        Is::Flag(false) => format!("(!{field})"),
    };
    if test.is_negated { format!("!{is}") } else { is }
}
