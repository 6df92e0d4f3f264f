//! What must hold for every policy and every context, as functions: `Ok` where it holds, else what does not, in words.
//!
//! They take a loaded policy and contexts as JSON, so that random cases, cases that are data and fuzzing share them.

use crate::agree::outcome_of;
use crate::facts::Facts;
use crate::generate::{GeneratedContext, GeneratedPolicy, World};
use crate::random::Random;
use crate::read::read_context;
use crate::reference::{Outcome, Reference, Verdict};
use crate::truth::Truth;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;
use wardkey::eval::{Context, Decision, DecisionRecord, EntitlementId, Policy, ValidUntil};
use wardkey::model::{Condition, ConditionKind, NOW, RuleSet, State, Value};
use wardkey::partial::Residual;
use wardkey::source::Sources;
use wardkey::syntax;

/// How far ahead brute force looks at every minute.
const MINUTES_AHEAD: i64 = 3 * 24 * 60;

/// The outcome in a context is never above its outcome in any way of filling in what is unknown (9).
pub fn unknown_never_opens(policy: &Policy, context: &Json, completion: &Json) -> Result<(), String> {
    let (Some(open), Some(filled)) = (build(policy, context), build(policy, completion)) else { return Ok(()) };
    for id in policy.entitlement_ids() {
        let (before, after) = (policy.outcome(&open, id), policy.outcome(&filled, id));
        if before > after {
            let name = policy.entitlement_name(id);
            return Err(format!("`{name}` is {before}, but {after} once more is known: {completion}"));
        }
    }
    Ok(())
}

/// Two policies mean the same: same hash, same rule ids, same records in every context.
pub fn mean_the_same(a: &Policy, b: &Policy, contexts: &[Json]) -> Result<(), String> {
    if a.hash() != b.hash() {
        return Err("the hashes differ".to_owned());
    }
    let ids = |policy: &Policy| policy.rule_set().rules.iter().map(|rule| rule.id.to_string()).collect::<Vec<_>>();
    if ids(a) != ids(b) {
        return Err(format!("the rule ids differ: {:?}, {:?}", ids(a), ids(b)));
    }
    same_records(a, b, contexts)
}

fn same_records(a: &Policy, b: &Policy, contexts: &[Json]) -> Result<(), String> {
    for json in contexts {
        let (Some(context_a), Some(context_b)) = (build(a, json), build(b, json)) else {
            match (build(a, json), build(b, json)) {
                (None, None) => continue,
                _ => return Err(format!("one takes the context, the other refuses it: {json}")),
            }
        };
        for (one, other) in a.entitlement_ids().zip(b.entitlement_ids()) {
            let one = a.decide(&context_a, one).record(None);
            let other = b.decide(&context_b, other).record(None);
            if one != other {
                return Err(format!("records differ in {json}:\n{one:?}\n{other:?}"));
            }
        }
    }
    Ok(())
}

/// Formatting keeps the meaning and every comment, and formatting again changes nothing.
pub fn format_keeps_meaning(
    generated: &GeneratedPolicy,
    policy: &Policy,
    contexts: &[Json],
    random: &mut Random,
) -> Result<(), String> {
    let format = |text: &str| {
        let source = Sources::default().add("rules.ward", text);
        syntax::format(source, text).map_err(|problems| format!("is not formatted: {problems:?}\n{text}"))
    };
    let untidy = generated.untidy(random);
    let formatted = format(&untidy)?;
    if format(&formatted)? != formatted {
        return Err(format!("formatting again changes\n{formatted}"));
    }
    let comments = |text: &str| text.matches("# a").count();
    if comments(&untidy) != comments(&formatted) {
        return Err(format!("a comment is lost in\n{formatted}"));
    }
    let again = generated.load_texts([formatted]).map_err(|error| error.to_string())?;
    mean_the_same(policy, &again, contexts)
}

/// An abbreviation and what it stands for mean the same (1).
pub fn lets_inline(policy: &Policy, contexts: &[Json]) -> Result<(), String> {
    let inlined = inlined(policy.rule_set());
    let inlined = Policy::from_rule_set(inlined, Vec::new()).map_err(|error| error.to_string())?;
    same_records(policy, &inlined, contexts)
}

fn inlined(rules: &RuleSet) -> RuleSet {
    let mut inlined = rules.clone();
    for rule in &mut inlined.rules {
        rule.condition = inline(rules, &rule.condition);
        for effect in &mut rule.effects {
            effect.guard = inline(rules, &effect.guard);
        }
    }
    for assumption in &mut inlined.catalogue.assumptions {
        *assumption = inline(rules, assumption);
    }
    inlined.lets.clear();
    inlined
}

fn inline(rules: &RuleSet, condition: &Condition) -> Condition {
    let all = |parts: &[Condition]| parts.iter().map(|part| inline(rules, part)).collect();
    let kind = match &condition.kind {
        ConditionKind::Let(id) => return inline(rules, &rules.lets[id.index()].condition),
        ConditionKind::Not(inner) => ConditionKind::Not(Box::new(inline(rules, inner))),
        ConditionKind::And(parts) => ConditionKind::And(all(parts)),
        ConditionKind::Or(parts) => ConditionKind::Or(all(parts)),
        other => other.clone(),
    };
    Condition { kind, span: condition.span }
}

/// While what a decision depends on stays the same, everything it says stays the same (42): keeps exactly those entries of
/// a context and takes all others from a second one.
pub fn depends_on_is_enough(policy: &Policy, a: &GeneratedContext, b: &GeneratedContext) -> Result<(), String> {
    let Some(context) = build(policy, &a.json()) else { return Ok(()) };
    for id in policy.entitlement_ids() {
        let decision = policy.decide(&context, id);
        let mut kept: BTreeSet<String> = decision.depends_on().into_iter().map(str::to_owned).collect();
        if decision.valid_until() != ValidUntil::Never || !is_later(policy, &a.json(), &b.json()) {
            kept.insert("now".to_owned());
        }
        let mixed = mixed(a, b, &kept);
        let Some(other) = build(policy, &mixed) else { continue };
        let (before, after) = (essence(&decision), essence(&policy.decide(&other, id)));
        if before != after {
            let name = policy.entitlement_name(id);
            return Err(format!("`{name}` depends on {kept:?} only, but in {mixed}\n{before:?}\nbecomes\n{after:?}"));
        }
    }
    Ok(())
}

/// Whether `now` is known in both contexts, and not before that of the first in the second.
fn is_later(policy: &Policy, first: &Json, second: &Json) -> bool {
    let now = |json: &Json| read_context(policy.rule_set(), json).ok().and_then(|facts| facts.now());
    matches!((now(first), now(second)), (Some(first), Some(second)) if first <= second)
}

fn mixed(a: &GeneratedContext, b: &GeneratedContext, kept: &BTreeSet<String>) -> Json {
    let from_a = a.entries.iter().filter(|(name, _)| kept.contains(name));
    let from_b = b.entries.iter().filter(|(name, _)| !kept.contains(name));
    Json::Object(from_a.chain(from_b).cloned().collect())
}

/// What must not change: outcome, deciding rules, parameters, what is missing.
fn essence(decision: &Decision<'_>) -> impl PartialEq + std::fmt::Debug + use<> {
    let record: DecisionRecord = decision.record(None);
    (record.outcome, record.rules, record.parameters, record.unsettled, record.conflicts, record.missing)
}

/// `valid_until` is the first later instant at which anything changes (32), by brute force: every minute of three days,
/// and beyond that at random.
pub fn valid_until_is_exact(policy: &Policy, context: &Json, random: &mut Random) -> Result<(), String> {
    let Ok(facts) = read_context(policy.rule_set(), context) else { return Ok(()) };
    let Some(built) = build(policy, context) else { return Ok(()) };
    for id in policy.entitlement_ids() {
        let valid_until = policy.decide(&built, id).valid_until();
        let Some(now) = facts.now() else {
            match valid_until {
                ValidUntil::Unknown | ValidUntil::Never => continue,
                other => return Err(format!("{other:?}, though `now` is not known")),
            }
        };
        let over_time = OverTime { rules: policy.rule_set(), facts: &facts, id, now };
        over_time
            .check(valid_until, random)
            .map_err(|what| format!("`{}` at {now}: {valid_until:?}, but {what}", policy.entitlement_name(id)))?;
    }
    Ok(())
}

/// One question, asked again at other times.
struct OverTime<'a> {
    rules: &'a RuleSet,
    facts: &'a Facts,
    id: EntitlementId,
    now: Timestamp,
}

impl OverTime<'_> {
    fn at(&self, instant: Timestamp) -> Verdict {
        let mut facts = self.facts.clone();
        facts.states.insert(NOW, State::Present(Value::DateTime(instant)));
        Reference::new(self.rules, &facts).decide(self.id.in_catalogue())
    }

    fn check(&self, valid_until: ValidUntil, random: &mut Random) -> Result<(), String> {
        let before = self.at(self.now);
        let end = match valid_until {
            ValidUntil::Until(end) => {
                if end <= self.now {
                    return Err("that is not later".to_owned());
                }
                if self.at(end) == before {
                    return Err("nothing changes then".to_owned());
                }
                end
            }
            ValidUntil::Horizon(end) => end,
            ValidUntil::Never => later(self.now, 3 * 365 * 24 * 60),
            ValidUntil::Unknown => return Err("`now` is known".to_owned()),
        };
        let every_minute = (1..MINUTES_AHEAD).map(|minutes| later(self.now, minutes));
        let whole_minutes = every_minute.map(|at| at - SignedDuration::from_secs(at.as_second() % 60));
        let span = usize::try_from(end.as_second() - self.now.as_second()).unwrap_or(1).max(1);
        let anywhere = (0..300).map(|_| self.now + SignedDuration::from_secs(random.below(span) as i64));
        let just_before = end - SignedDuration::from_nanos(1);
        for at in whole_minutes.chain(anywhere.collect::<Vec<_>>()).chain([just_before]) {
            if at > self.now && at < end {
                let after = self.at(at);
                if after != before {
                    return Err(format!("at {at} it is\n{after:?}\nafter\n{before:?}"));
                }
            }
        }
        Ok(())
    }
}

fn later(instant: Timestamp, minutes: i64) -> Timestamp {
    instant + SignedDuration::from_mins(minutes)
}

/// What is left of a policy for one entitlement says the same as the whole policy, in ways of filling in what a context
/// leaves open: a policy of its own, conditions, a settled outcome, the attributes that can matter.
pub fn residual_is_exact(
    generated: &GeneratedPolicy,
    policy: &Policy,
    context: &GeneratedContext,
    random: &mut Random,
) -> Result<u64, String> {
    let share = *random.pick(&[0, 20, 60]);
    let context = &without_some(context, share, random);
    let Some(open) = build(policy, &context.json()) else { return Ok(0) };
    let ids: Vec<EntitlementId> = policy.entitlement_ids().collect();
    let id = *random.pick(&ids);
    let residual = policy.residual(&open, id);
    let left = Left::load(generated, policy, &residual).map_err(|what| format!("{what}\nof {residual:#?}"))?;
    let world = &generated.world;
    let mut looked_at = 0;
    let mut earlier: Option<GeneratedContext> = None;
    for _ in 0..COMPLETIONS {
        let full = context.completion(random, world);
        let completion = part_way(context, &full, random);
        let Ok(facts) = read_context(policy.rule_set(), &completion.json()) else { continue };
        let outcome = Reference::new(policy.rule_set(), &facts).decide(id.in_catalogue()).outcome;
        let wrong = |what: &str| format!("{what}: in {}\nit is {outcome:?}, but\n{residual:#?}", completion.json());
        if residual.outcome().is_some_and(|settled| outcome_of(settled) != outcome) {
            return Err(wrong("it is not settled"));
        }
        if let Some(left) = &left {
            left.check(&residual, &completion.json(), outcome).map_err(|what| wrong(&what))?;
        }
        // what can matter as it is here, all else as in another completion
        if let Some(earlier) = &earlier {
            let names: BTreeSet<String> = residual.attributes().iter().cloned().collect();
            let other = read_context(policy.rule_set(), &mixed(&completion, earlier, &names));
            let other = other.map(|facts| Reference::new(policy.rule_set(), &facts).decide(id.in_catalogue()).outcome);
            if other.is_ok_and(|other| other != outcome) {
                return Err(wrong(&format!("something else matters: {}", earlier.json())));
            }
        }
        earlier = Some(completion);
        looked_at += 1;
    }
    Ok(looked_at)
}

/// Completions tried for each residual.
const COMPLETIONS: usize = 6;

/// A context of which less is said.
fn without_some(context: &GeneratedContext, share: usize, random: &mut Random) -> GeneratedContext {
    let keeps = |(name, _): &&(String, Json)| name == "approved" || !random.chance(share);
    GeneratedContext { entries: context.entries.iter().filter(keeps).cloned().collect() }
}

/// Some of what a completion fills in; the rest stays as it is.
fn part_way(context: &GeneratedContext, full: &GeneratedContext, random: &mut Random) -> GeneratedContext {
    let share = *random.pick(&[30, 80, 100]);
    let own = |name: &str| context.entries.iter().find(|(own, _)| own == name).cloned();
    let entries =
        full.entries.iter().filter_map(|entry| if random.chance(share) { Some(entry.clone()) } else { own(&entry.0) });
    GeneratedContext { entries: entries.collect() }
}

/// A residual's texts, read back: its rules, and its two conditions as those of rules on trial, which do not count.
struct Left {
    policy: Policy,
}

impl Left {
    /// None without a catalogue: types would be inferred from other rules. Errors: the texts cannot be read.
    fn load(generated: &GeneratedPolicy, policy: &Policy, residual: &Residual) -> Result<Option<Self>, String> {
        let mut text = residual.as_policy().to_owned();
        for item in residual.lets() {
            let line = format!("let {} = {}\n", item.name, item.condition);
            if !text.contains(&line) {
                text.push_str(&line);
            }
        }
        let target = residual.entitlement().split('.').map(syntax::quote).collect::<Vec<_>>().join(".");
        text.push_str(&format!("trial condition_as_rule: {} -> allow {target}\n", residual.condition()));
        text.push_str(&format!("trial offer_condition_as_rule: {} -> offer {target}\n", residual.offer_condition()));
        if !policy.rule_set().catalogue.is_declared {
            let mut problems = Vec::new();
            let source = Sources::default().add_rules("left.ward", text.clone());
            syntax::parse_file(source, &text, &mut problems);
            return if problems.is_empty() { Ok(None) } else { Err(format!("cannot be read: {problems:?}")) };
        }
        match generated.load_texts([text]) {
            Ok(policy) => Ok(Some(Self { policy })),
            Err(error) => Err(format!("does not load\n{error}")),
        }
    }

    fn check(&self, residual: &Residual, completion: &Json, outcome: Outcome) -> Result<(), String> {
        let rules = self.policy.rule_set();
        let facts = read_context(rules, completion)?;
        let reference = Reference::new(rules, &facts);
        let id = self.policy.entitlement(residual.entitlement()).map_err(|error| error.to_string())?;
        let left = reference.decide(id.in_catalogue()).outcome;
        if left != outcome {
            return Err(format!("as a policy it is {left:?}"));
        }
        let holds = |id: &str| {
            let rule = rules.rules.iter().find(|rule| &*rule.id == id);
            rule.is_some_and(|rule| reference.truth(&rule.condition) == Truth::True)
        };
        if holds("condition_as_rule") != (outcome == Outcome::Allowed) {
            return Err("the condition says otherwise".to_owned());
        }
        if holds("offer_condition_as_rule") != (outcome >= Outcome::Offered) {
            return Err("the condition of offers says otherwise".to_owned());
        }
        Ok(())
    }
}

/// A context in another form, nested or in another order, is read alike.
pub fn forms_are_read_alike(
    policy: &Policy,
    world: &World,
    context: &GeneratedContext,
    random: &mut Random,
) -> Result<(), String> {
    let states = |json: &Json| build(policy, json).map(|context| context.states(policy).cloned().collect::<Vec<_>>());
    let other = context.json_in_another_form(random, world);
    if states(&context.json()) == states(&other) {
        return Ok(());
    }
    Err(format!("the same context in another form is read differently: {other}"))
}

/// A session after any changes equals a fresh context, each change tells exactly what became different, and one that is
/// refused changes nothing. The first of `steps` is where it begins; of each other one, some entries are taken over.
pub fn session_follows(policy: &Policy, steps: &[Map<String, Json>], random: &mut Random) -> Result<(), String> {
    let Some(mut said) = steps.first().cloned() else { return Ok(()) };
    let Some(context) = build(policy, &Json::Object(said.clone())) else { return Ok(()) };
    let mut before = policy.entitlements(&context).outcomes();
    let mut session = policy.session(context).map_err(|error| error.to_string())?;
    for step in &steps[1..] {
        let few = random.between(1, 3);
        let mut entries: Vec<(&String, &Json)> = step.iter().collect();
        random.shuffle(&mut entries);
        let changes: Map<String, Json> =
            entries.into_iter().take(few).map(|(name, value)| (name.clone(), value.clone())).collect();
        let mut then = said.clone();
        then.extend(changes.clone());
        let fresh = build(policy, &Json::Object(then.clone()));
        let changes = Json::Object(changes);
        let delta = match (session.update(|context| context.json(changes.to_string())), &fresh) {
            (Ok(delta), Some(_)) => delta,
            (Err(_), None) => continue,
            (Ok(_), None) => return Err(format!("the session takes {changes}, a fresh context refuses it: {then:?}")),
            (Err(error), Some(_)) => return Err(format!("the session refuses {changes}: {error}")),
        };
        let Some(fresh) = fresh else { continue };
        let after = policy.entitlements(&fresh).outcomes();
        let all = policy.entitlement_ids().zip(before.iter().zip(&after));
        let expected: Vec<_> =
            all.filter(|(_, (before, after))| before != after).map(|(id, (a, b))| (id, *a, *b)).collect();
        let told: Vec<_> = delta.changes().iter().map(|one| (one.entitlement, one.before, one.after)).collect();
        if told != expected {
            return Err(format!("{changes} changes {expected:?}, told was {told:?}; from {said:?}"));
        }
        for (id, before, after) in told {
            if delta.before(id).outcome() != before || delta.after(id).outcome() != after {
                return Err(format!("the decisions around {changes} have other outcomes; from {said:?}"));
            }
        }
        if session.entitlements().outcomes() != after {
            return Err(format!("the session has other answers than a fresh context: {then:?}"));
        }
        if random.chance(10) && session.valid_until() != earliest(policy, &fresh) {
            return Err(format!("{:?} is not the earliest end of a decision: {then:?}", session.valid_until()));
        }
        (said, before) = (then, after);
    }
    Ok(())
}

/// The earliest end of all decisions in a context.
fn earliest(policy: &Policy, context: &Context) -> ValidUntil {
    let each = policy.entitlement_ids().map(|id| policy.decide(context, id).valid_until());
    each.fold(ValidUntil::Never, |earliest, next| match (earliest, next) {
        (ValidUntil::Unknown, _) | (_, ValidUntil::Unknown) => ValidUntil::Unknown,
        (ValidUntil::Never, other) | (other, ValidUntil::Never) => other,
        (one, other) if one.timestamp() < other.timestamp() => one,
        (one, other) if other.timestamp() < one.timestamp() => other,
        // a certain end, rather than one up to which nobody looked
        (one, other) => {
            if one.kind() == "until" {
                one
            } else {
                other
            }
        }
    })
}

fn build(policy: &Policy, context: &Json) -> Option<Context> {
    policy.context().json(context.to_string()).build().ok()
}
