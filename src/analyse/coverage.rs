//! What tests of a policy show, and contexts that show the rest.
//!
//! The one idea: for each rule there are *goals*, each a property that some tested context should have: the rule applies; a test of
//! its condition alone decides whether it applies, once by holding and once by not holding (masking MC/DC, as Chilenski and Miller
//! define it); a value is exactly the one that a range begins or ends with, while that decides. A goal is a question like any
//! other: what no context has is no goal, and what some context has comes with one, preferably one in which the outcome depends
//! on it.

use super::Analysis;
use super::parts::{parts, with, written_out};
use super::prove::Shown;
use super::solver::Lit;
use super::space::Signal;
use super::undecided::{Reason, Undecided};
use super::votes::{Vote, Votes};
use super::witness::{self, Witness};
use crate::compile::{NodeId, PoolBuilder, Tri};
use crate::eval::{Context, EntitlementId, Trial};
use crate::model::{AttributeId, Condition, ConditionKind, EffectKind, Input, Range, Test, Value};
use crate::source::Span;
use serde::Serialize;
use std::sync::Arc;

/// Targets of a rule that are tried until the outcome of one depends on the goal.
const TARGETS: usize = 4;

/// Ranges of one test beyond which their edges are not looked at one by one.
const RANGES: usize = 2;

/// Something that some test should show.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Goal {
    /// The rule, by id.
    pub rule: Arc<str>,
    /// What of it.
    pub kind: GoalKind,
    /// The test of its condition as written; empty for the rule as a whole.
    pub text: String,
    /// Where that stands.
    #[serde(skip)]
    pub span: Option<Span>,
}

/// What a goal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GoalKind {
    /// The rule applies.
    Applies,
    /// The rule applies or not because a test holds.
    Holds,
    /// The rule applies or not because a test does not hold.
    Fails,
    /// So with a value at the edge of what the test asks for.
    Edge,
}

/// A context that reaches a goal, with what is to be expected in it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GoalExample {
    /// The entitlement to look at, and what it comes to.
    #[serde(flatten)]
    pub expected: Shown,
    /// The context.
    pub context: Witness,
}

/// How a goal is recognised.
struct Asked {
    rule: usize,
    restricts: bool,
    /// What the rule would be worth in the two cases between which a test decides; one node twice: the rule itself.
    cases: (NodeId, NodeId),
    /// What holds certainly.
    also: Vec<NodeId>,
    /// What certainly does not.
    not: Vec<NodeId>,
    /// Where the tags of targets are compared with the context: that they fit, and the targets.
    members: Arc<[(NodeId, Vec<EntitlementId>)]>,
}

/// All goals of a policy.
pub struct Coverage<'p> {
    analysis: Analysis<'p>,
    goals: Vec<Goal>,
    asked: Vec<Asked>,
    /// By entitlement of the catalogue, the goals of rules about it.
    about: Vec<Vec<usize>>,
}

impl std::fmt::Debug for Coverage<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Coverage({} goals)", self.goals.len())
    }
}

impl<'p> Coverage<'p> {
    /// The goals of every rule in force that gives or denies; `require` changes no outcome, and rules on trial none either.
    /// Cost: linear in the rules with their abbreviations written out.
    ///
    /// ```
    /// use wardkey::{Analysis, Policy, analyse::Coverage};
    ///
    /// let policy = Policy::parse("nurses: role = Nurse and network = ward -> allow EHR")?;
    /// let coverage = Coverage::new(&Analysis::new(&policy));
    /// // it applies; either test decides by holding, or by not holding
    /// assert_eq!(coverage.goals().len(), 5);
    /// let context = policy.context().set("role", "Nurse").set("network", "ward").build()?;
    /// let reached = coverage.reached(&context, &[policy.entitlement("EHR")?]);
    /// assert_eq!(reached.len(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(analysis: &Analysis<'p>) -> Self {
        let policy = analysis.policy;
        let rules = policy.rule_set();
        let mut pool = PoolBuilder::of(&analysis.pool);
        let (mut goals, mut asked) = (Vec::new(), Vec::new());
        for (at, rule) in rules.rules.iter().enumerate().filter(|(_, rule)| !rule.is_disabled && !rule.is_trial) {
            let condition = written_out(&rule.condition, &rules.lets);
            for restricts in [false, true] {
                let counts = |kind| match kind {
                    EffectKind::Deny => restricts,
                    EffectKind::Allow | EffectKind::Offer => !restricts,
                    EffectKind::Require => false,
                };
                let effects = rule.effects.iter().filter(|effect| counts(effect.kind));
                let members = effects.map(|effect| {
                    let targets = effect.targets.iter().map(|&target| policy.numbered(target)).collect();
                    (pool.condition(&effect.guard), targets)
                });
                let members: Arc<[(NodeId, Vec<EntitlementId>)]> = members.collect();
                if members.is_empty() {
                    continue;
                }
                let mut of_rule = OfRule { pool: &mut pool, rule: at, restricts, members, asked: &mut asked };
                for (kind, span) in of_rule.goals(&condition) {
                    let text = span.map_or_else(String::new, |span| words(rules.sources.slice(span)));
                    goals.push(Goal { rule: rule.id.clone(), kind, text, span: span.or(rule.spans.first().copied()) });
                }
            }
        }
        let mut about = vec![Vec::new(); rules.catalogue.entitlements.len()];
        for (at, asked) in asked.iter().enumerate() {
            for target in asked.members.iter().flat_map(|(_, targets)| targets) {
                about[target.in_catalogue().index()].push(at);
            }
        }
        let analysis = Analysis { pool: pool.finish(), ..analysis.clone() };
        Self { analysis, goals, asked, about }
    }

    /// All of them, in the order of rules.
    pub fn goals(&self) -> &[Goal] {
        &self.goals
    }

    /// The goals that a context reaches, of which a test looks at these entitlements; by position. Cost: that of evaluating the
    /// rules about them one by one, a few times for each test in them.
    pub fn reached(&self, context: &Context, looked_at: &[EntitlementId]) -> Vec<usize> {
        let policy = self.analysis.policy;
        let mut trial = Trial::new(policy);
        for (at, state) in context.states(policy).enumerate() {
            trial.put(AttributeId::new(at), state.clone());
        }
        let mut wanted: Vec<usize> =
            looked_at.iter().flat_map(|id| &self.about[id.in_catalogue().index()]).copied().collect();
        wanted.sort_unstable();
        wanted.dedup();
        wanted.retain(|&at| self.is_reached(&trial, &self.asked[at], looked_at));
        wanted
    }

    fn is_reached(&self, trial: &Trial<'_>, asked: &Asked, looked_at: &[EntitlementId]) -> bool {
        let value = |node: NodeId| witness::values(&self.analysis.pool, trial, &[node])[0];
        let fires = |node: NodeId| match value(node) {
            Tri::True => true,
            Tri::Unknown => asked.restricts,
            Tri::False => false,
        };
        let (one, other) = asked.cases;
        let decides = if one == other { fires(one) } else { fires(one) != fires(other) };
        decides
            && asked.also.iter().all(|&node| value(node) == Tri::True)
            && asked.not.iter().all(|&node| value(node) == Tri::False)
            && asked.members.iter().any(|(guard, targets)| {
                targets.iter().any(|target| looked_at.contains(target)) && value(*guard) == Tri::True
            })
    }

    /// A context that reaches a goal, by its position. None: no context does. Cost: a few questions.
    ///
    /// Errors: it is not found within the steps allowed.
    pub fn example(&self, at: usize) -> Result<Option<GoalExample>, Undecided> {
        let Some(asked) = self.asked.get(at) else { return Ok(None) };
        for is_deciding in [true, false] {
            for (guard, targets) in asked.members.iter() {
                let tried = if is_deciding { TARGETS } else { 1 };
                for &target in targets.iter().take(tried) {
                    if let Some(example) = self.find(at, asked, (*guard, target), is_deciding)? {
                        return Ok(Some(example));
                    }
                }
            }
        }
        Ok(None)
    }

    fn find(
        &self,
        at: usize,
        asked: &Asked,
        (guard, target): (NodeId, EntitlementId),
        is_deciding: bool,
    ) -> Result<Option<GoalExample>, Undecided> {
        let policy = self.analysis.policy;
        let certain = [asked.also.as_slice(), &asked.not].concat();
        let beside = [certain.as_slice(), &[guard, asked.cases.0, asked.cases.1]].concat();
        let mut votes = self.analysis.votes(target, &beside)?;
        let mut wanted = self.reaches(&mut votes, asked, guard);
        if is_deciding {
            wanted.push(depends_on(&mut votes, asked.rule));
        }
        let Some(found) = votes.space.find(&wanted)? else { return Ok(None) };
        let is_approved = votes.space.solver.holds(votes.is_approved);
        let effects = votes.votes.iter().map(|vote| policy.index().effect(vote.effect).when);
        let roots: Vec<NodeId> = effects.chain(beside.iter().copied()).collect();
        let approved = if is_approved { &[target][..] } else { &[] };
        let shown = Witness::new(policy, &self.analysis.pool, (found, &roots), approved)?;
        let reaches = |shown: &Witness| {
            let context = shown.context(policy)?;
            self.reached(&context, &[target]).contains(&at).then(|| policy.outcome(&context, target))
        };
        let asked_of = self.analysis.read_by([asked.cases.0, asked.cases.1].into_iter().chain(certain));
        let outcome = reaches(&shown).ok_or(Reason::NotReplayed)?;
        let shown = shown.shortened(&|name| asked_of.contains(name), &|shorter| reaches(shorter) == Some(outcome));
        let context = shown.context(policy).ok_or(Reason::NotReplayed)?;
        Ok(Some(GoalExample { expected: Shown::of(policy, &context, target), context: shown }))
    }

    fn reaches(&self, votes: &mut Votes<'_>, asked: &Asked, guard: NodeId) -> Vec<Lit> {
        let fires = |signal: Signal| if asked.restricts { signal.may } else { signal.sure };
        let (one, other) = (fires(votes.space.signal(asked.cases.0)), fires(votes.space.signal(asked.cases.1)));
        let mut wanted = vec![votes.space.signal(guard).sure];
        wanted.extend(asked.also.iter().map(|&node| votes.space.signal(node).sure));
        wanted.extend(asked.not.iter().map(|&node| !votes.space.signal(node).may));
        let solver = &mut votes.space.solver;
        wanted.push(if asked.cases.0 == asked.cases.1 {
            one
        } else {
            let (only_one, only_other) = (solver.all([one, !other]), solver.all([!one, other]));
            solver.any([only_one, only_other])
        });
        wanted
    }
}

/// That the outcome is another one if a rule applies than if it does not.
fn depends_on(votes: &mut Votes<'_>, rule: usize) -> Lit {
    let always = votes.space.solver.constant(true);
    let applied: Vec<Vote> = votes.votes.clone();
    let applied: Vec<Vote> =
        applied.into_iter().map(|vote| if vote.rule == rule { Vote { fires: always, ..vote } } else { vote }).collect();
    let (with, without) = (votes.tally_of(&applied, |_| true), votes.tally(|vote| vote.rule != rule));
    !votes.agree(&with, &without)
}

/// The goals of one rule while they are listed.
struct OfRule<'a> {
    pool: &'a mut PoolBuilder,
    rule: usize,
    restricts: bool,
    members: Arc<[(NodeId, Vec<EntitlementId>)]>,
    asked: &'a mut Vec<Asked>,
}

impl OfRule<'_> {
    /// What they are about.
    fn goals(&mut self, condition: &Condition) -> Vec<(GoalKind, Option<Span>)> {
        let whole = self.pool.condition(condition);
        let mut found = vec![(GoalKind::Applies, None)];
        self.add((whole, whole), Vec::new(), Vec::new());
        for (way, part) in parts(condition) {
            let ConditionKind::Test(test) = &part.kind else { continue };
            let mut case = |value| {
                let constant = Condition::new(ConditionKind::Constant(value));
                self.pool.condition(&with(condition, &way, constant))
            };
            let cases = (case(true), case(false));
            // the test makes no difference anywhere
            if cases.0 == cases.1 {
                continue;
            }
            let own = self.pool.condition(&Condition::new(part.kind.clone()));
            found.push((GoalKind::Holds, part.span));
            self.add(cases, vec![own], Vec::new());
            found.push((GoalKind::Fails, part.span));
            self.add(cases, Vec::new(), vec![own]);
            for edge in edges(test) {
                let edge = self.pool.condition(&Condition::new(ConditionKind::Test(edge)));
                found.push((GoalKind::Edge, part.span));
                self.add(cases, vec![edge], Vec::new());
            }
        }
        found
    }

    fn add(&mut self, cases: (NodeId, NodeId), also: Vec<NodeId>, not: Vec<NodeId>) {
        let (rule, restricts, members) = (self.rule, self.restricts, self.members.clone());
        self.asked.push(Asked { rule, restricts, cases, also, not, members });
    }
}

/// That a value is exactly one that a range of a test begins or ends with. The days of a calendar are no ranges.
fn edges(test: &Test) -> Vec<Test> {
    let Test::InRanges(input, ranges) = test else { return Vec::new() };
    if ranges.len() > RANGES {
        return Vec::new();
    }
    let mut values: Vec<&Value> = Vec::new();
    for (value, _) in ranges.iter().flat_map(|range| [&range.low, &range.high]).flatten() {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    let exactly = |input: &Input, value: &Value| {
        let bound = Some((value.clone(), true));
        Test::InRanges(*input, vec![Range { low: bound.clone(), high: bound }])
    };
    values.into_iter().map(|value| exactly(input, value)).collect()
}

/// A text in one line.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
