//! What is different between two versions of a policy: not in their texts, but in what people get, and with which parameters.
//!
//! The one idea: both versions are put into one (`merge`), so that a question about both is a question like any other. For each
//! entitlement whose rules are not the same, every change of outcome that some context shows is described by the authors' own
//! rules: where which apply, except where which others do. A description is exact, and shown by a context that was evaluated by
//! both versions.

mod merge;
mod settings;

use super::solver::{Answer, Lit};
use super::undecided::{Reason, Undecided};
use super::votes::{Vote, Votes};
use super::witness::{self, Witness};
use super::{Analysis, STEPS};
use crate::compile::{Node, NodeId};
use crate::eval::{Error, Outcome, Policy, policy_zone};
use crate::model::name::fold;
use crate::model::{AttributeId, Hierarchy, RuleSet, State, Test, Type};
use merge::{Merged, merge};
use serde::Serialize;
use settings::OtherNodes;
pub use settings::{ParameterChange, ParameterDiff, ParameterValue};
use std::collections::BTreeSet;

/// Descriptions of one change, at most.
const REGIONS: usize = 6;

/// Two versions, ready to be compared entitlement by entitlement.
pub struct PolicyDiff<'p> {
    old: &'p Policy,
    new: &'p Policy,
    both: Policy,
    merged: Merged,
    other_nodes: OtherNodes,
    steps: u64,
    is_brief: bool,
}

impl std::fmt::Debug for PolicyDiff<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PolicyDiff({} to {})", self.old.hash(), self.new.hash())
    }
}

/// How a version compares with the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The same outcome in every context.
    Equivalent,
    /// Somewhere a better outcome, nowhere a worse one.
    More,
    /// Somewhere a worse outcome, nowhere a better one.
    Less,
    /// Somewhere a better outcome, somewhere a worse one.
    Incomparable,
}

impl Verdict {
    /// That of a whole policy.
    pub fn of_all(entitlements: &[EntitlementDiff]) -> Self {
        let has = |wanted: Self| entitlements.iter().any(|one| [wanted, Self::Incomparable].contains(&one.verdict));
        match (has(Self::More), has(Self::Less)) {
            (false, false) => Self::Equivalent,
            (true, false) => Self::More,
            (false, true) => Self::Less,
            (true, true) => Self::Incomparable,
        }
    }
}

/// What is different for one entitlement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EntitlementDiff {
    /// Its name.
    pub entitlement: String,
    /// What the new version gives compared with the old.
    pub verdict: Verdict,
    /// Each change of outcome that some context shows.
    pub changes: Vec<OutcomeDiff>,
    /// Each parameter that comes to something else where the outcome stays.
    pub parameters: Vec<ParameterDiff>,
    /// What was not found out, if something was not.
    pub undecided: Option<String>,
}

/// All contexts in which one outcome becomes another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutcomeDiff {
    /// By the old version.
    pub from: Outcome,
    /// By the new version.
    pub to: Outcome,
    /// Where: in the contexts of any of these.
    pub regions: Vec<Region>,
    /// Whether these are all; if not, there are more such contexts.
    pub is_complete: bool,
    /// A context that shows it.
    pub witness: Witness,
}

/// Contexts, told by which rules apply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Region {
    /// All of these apply.
    pub applies: Vec<RuleName>,
    /// None of these does.
    pub except: Vec<RuleName>,
    /// Only where a request was approved, or only where none was.
    pub approved: Option<bool>,
}

/// A rule of one of the versions, or of both.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct RuleName {
    /// Its id.
    pub id: String,
    /// Of which version, if the other has no rule that does the same.
    pub version: Option<Version>,
}

/// One of two versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Version {
    Old,
    New,
}

impl std::fmt::Display for RuleName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.version {
            Some(Version::Old) => write!(f, "`{}` (old)", self.id),
            Some(Version::New) => write!(f, "`{}` (new)", self.id),
            None => write!(f, "`{}`", self.id),
        }
    }
}

impl std::fmt::Display for Region {
    /// `where … applies, except where … does`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let join = |names: &[RuleName], word: &str| {
            names.iter().map(ToString::to_string).collect::<Vec<_>>().join(&format!(" {word} "))
        };
        match (self.applies.as_slice(), self.except.as_slice()) {
            ([], []) => write!(f, "everywhere")?,
            ([], except) => write!(f, "everywhere except where {} applies", join(except, "or"))?,
            (applies, []) => write!(f, "where {} {}", join(applies, "and"), apply(applies))?,
            (applies, except) => {
                let (applies, verb) = (join(applies, "and"), apply(applies));
                write!(f, "where {applies} {verb}, except where {} does", join(except, "or"))?;
            }
        }
        match self.approved {
            Some(true) => write!(f, ", if a request was approved"),
            Some(false) => write!(f, ", if no request was approved"),
            None => Ok(()),
        }
    }
}

fn apply(rules: &[RuleName]) -> &'static str {
    if rules.len() == 1 { "applies" } else { "apply" }
}

impl<'p> PolicyDiff<'p> {
    /// Of two versions. Errors: together they pass the limits on size.
    ///
    /// ```
    /// use wardkey::analyse::{PolicyDiff, Verdict};
    /// use wardkey::Policy;
    ///
    /// let old = Policy::parse("nurses: role = Nurse -> allow EHR")?;
    /// let new = Policy::parse("nurses: role = Nurse -> allow EHR\nguests: network = guest -> deny EHR")?;
    /// let diff = PolicyDiff::new(&old, &new)?.entitlements();
    /// assert_eq!(diff[0].verdict, Verdict::Less);
    /// assert_eq!(diff[0].changes[0].regions[0].to_string(), "where `guests` (new) and `nurses` apply");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(old: &'p Policy, new: &'p Policy) -> Result<Self, Error> {
        let (rules, merged) = merge(old.rule_set(), new.rule_set());
        let both = Policy::from_rule_set(rules, Vec::new())?;
        let other_nodes = settings::other_nodes(&old.rule_set().catalogue, &new.rule_set().catalogue);
        Ok(Self { old, new, both, merged, other_nodes, steps: STEPS, is_brief: false })
    }

    /// With so many steps of the solver for each question.
    #[must_use]
    pub fn with_steps(mut self, steps: u64) -> Self {
        self.steps = steps;
        self
    }

    /// Outcomes alone, each change shown by a witness.
    #[must_use]
    pub(super) fn briefly(mut self) -> Self {
        self.is_brief = true;
        self
    }

    /// Positions of the entitlements whose rules are not the same in both versions, for [`Self::entitlement`].
    pub fn touched(&self) -> Vec<usize> {
        let index = self.both.index();
        let rules = |id| {
            let effects = index.effects(id).iter().map(|&id| index.effect(id)).filter(|effect| !effect.is_trial);
            let (mut rules, mut settings) = (Vec::new(), Vec::new());
            for effect in effects {
                rules.extend(effect.rank.map(|rank| (rank, effect.when)));
                let set = self.settings((effect.rule(), effect.effect()));
                settings.extend(set.into_iter().map(|set| (set, effect.when)));
            }
            rules.sort_unstable();
            rules.dedup();
            settings.sort_unstable();
            settings.dedup();
            (rules, settings)
        };
        let is_touched = |&(_, old, new): &(String, _, _)| {
            let (old, new) = (rules(old), rules(new));
            old != new || self.counts_other_days(old.0.iter().map(|(_, when)| *when))
        };
        let pairs = self.merged.pairs.iter().enumerate().filter(|(_, pair)| is_touched(pair));
        pairs.map(|(at, _)| at).collect()
    }

    /// The name of an entitlement, by its position.
    pub fn name(&self, at: usize) -> &str {
        self.merged.pairs.get(at).map_or("", |(name, ..)| name)
    }

    /// Whether conditions count days, and these begin at another time now.
    fn counts_other_days(&self, conditions: impl Iterator<Item = NodeId>) -> bool {
        let zone = |policy: &Policy| policy.rule_set().catalogue.time_zone(policy_zone());
        if zone(self.old) == zone(self.new) {
            return false;
        }
        let catalogue = &self.both.rule_set().catalogue;
        let counts_days = |test: &Test| matches!(test, Test::Elapsed(attribute, _) if catalogue.attribute(*attribute).ty == Type::Date);
        let pool = self.both.index().pool();
        let nodes = pool.reach(conditions, |_| true);
        nodes.iter().any(|&node| matches!(pool.node(node), Node::Test(test) if counts_days(pool.test(*test))))
    }

    /// Every entitlement that some context decides otherwise than before, or of which that was not found out. Cost: that of
    /// [`Self::entitlement`] for each that is touched.
    pub fn entitlements(&self) -> Vec<EntitlementDiff> {
        let analysis = self.analysis();
        let found = self.touched().into_iter().map(|at| self.entitlement(&analysis, at));
        found.filter(EntitlementDiff::is_change).collect()
    }

    /// What [`Self::entitlement`] asks.
    pub fn analysis(&self) -> Analysis<'_> {
        Analysis::new(&self.both).with_steps(self.steps).with_twins(self.merged.twins.clone())
    }

    /// What is different for an entitlement, by its position.
    pub fn entitlement(&self, analysis: &Analysis<'_>, at: usize) -> EntitlementDiff {
        let name = self.name(at).to_owned();
        let mut diff = EntitlementDiff {
            entitlement: name,
            verdict: Verdict::Equivalent,
            changes: Vec::new(),
            parameters: Vec::new(),
            undecided: None,
        };
        if let Err(undecided) = self.compare(analysis, at, &mut diff) {
            diff.undecided = Some(undecided.to_string());
        }
        let grows = diff.changes.iter().any(|change| change.to > change.from);
        let shrinks = diff.changes.iter().any(|change| change.to < change.from);
        diff.verdict = match (grows, shrinks) {
            (false, false) => Verdict::Equivalent,
            (true, false) => Verdict::More,
            (false, true) => Verdict::Less,
            (true, true) => Verdict::Incomparable,
        };
        diff
    }

    fn compare(&self, analysis: &Analysis<'_>, at: usize, diff: &mut EntitlementDiff) -> Result<(), Undecided> {
        let Some((_, old, new)) = self.merged.pairs.get(at) else { return Ok(()) };
        let (old, new) = (self.both.numbered(*old), self.both.numbered(*new));
        let others: Vec<_> = {
            let index = self.both.index();
            index.effects(old.in_catalogue()).iter().map(|&id| index.effect(id).when).collect()
        };
        if self.counts_other_days(others.iter().copied()) {
            return Err(Reason::OtherTimeZone.into());
        }
        let mut votes = analysis.votes(new, &others)?;
        let before = votes.of(old);
        let now = votes.votes.clone();
        let (tally_before, tally_now) = (votes.tally_of(&before, |_| true), votes.tally(|_| true));
        // what is lost comes first
        let outcomes = [Outcome::Allowed, Outcome::Offered, Outcome::NotGranted, Outcome::Denied];
        for from in outcomes {
            for to in outcomes.into_iter().filter(|to| *to != from) {
                let (was, is) = (votes.comes_to(&tally_before, from), votes.comes_to(&tally_now, to));
                let here = votes.space.solver.all([was, is]);
                let Some(found) = votes.space.find(&[here])? else { continue };
                let is_approved = votes.space.solver.holds(votes.is_approved);
                let shows = |witness: &Witness| {
                    let outcome_in = |policy| witness.outcome_in(policy, &diff.entitlement);
                    (outcome_in(self.old), outcome_in(self.new)) == (Some(from), Some(to))
                };
                let witness = self.witness(&votes, (found, is_approved), &diff.entitlement, &shows)?;
                let (regions, is_complete) = match self.is_brief {
                    true => (Vec::new(), false),
                    false => self.regions(&mut votes, here, (&before, &now))?,
                };
                diff.changes.push(OutcomeDiff { from, to, regions, is_complete, witness });
            }
        }
        if !self.is_brief {
            self.parameters(&mut votes, (&diff.entitlement, &mut diff.parameters), (&before, &now))?;
        }
        Ok(())
    }

    /// The context that was found, once both versions have been asked in it whether it shows what it is to show.
    fn witness(
        &self,
        votes: &Votes<'_>,
        (found, is_approved): (Vec<(AttributeId, State)>, bool),
        entitlement: &str,
        shows: &dyn Fn(&Witness) -> bool,
    ) -> Result<Witness, Undecided> {
        let index = self.both.index();
        let roots: Vec<NodeId> = votes.votes.iter().map(|vote| index.effect(vote.effect).when).collect();
        let approved = if is_approved { &[entitlement][..] } else { &[] };
        let needed = witness::needed(&self.both, index.pool(), found.clone(), &roots);
        let is_kept = |id: AttributeId| needed.iter().any(|(other, _)| *other == id || self.twin(*other) == Some(id));
        let fewer: Vec<(AttributeId, State)> = found.iter().filter(|(id, _)| is_kept(*id)).cloned().collect();
        for witness in [self.plain(fewer, approved), self.plain(found, approved)] {
            if shows(&witness) {
                return Ok(witness);
            }
        }
        Err(Reason::NotReplayed.into())
    }

    /// A context as it was found. Twins are one for people.
    fn plain(&self, states: Vec<(AttributeId, State)>, approved: &[&str]) -> Witness {
        let own = states.into_iter().filter(|(id, _)| self.twin(*id).is_none());
        Witness::plain(&self.both, own.collect(), approved)
    }

    /// Of an attribute of the old version that always holds what one of the new does: that one.
    fn twin(&self, id: AttributeId) -> Option<AttributeId> {
        self.merged.twins.iter().find(|(_, old)| *old == id).map(|(new, _)| *new)
    }

    /// Where something holds, told by rules: contexts in which some apply and others do not, until nothing is left.
    fn regions(
        &self,
        votes: &mut Votes<'_>,
        here: Lit,
        (before, now): (&[Vote], &[Vote]),
    ) -> Result<(Vec<Region>, bool), Undecided> {
        // a rule is told by what it does in the version; one that is the same in both is one
        let mut told: Vec<(Lit, RuleName, bool)> = Vec::new();
        for (vote, is_old) in before.iter().map(|vote| (vote, true)).chain(now.iter().map(|vote| (vote, false))) {
            if vote.rank.is_none() || vote.is_trial {
                continue;
            }
            // the rules of the new version come first
            let of_new = &self.new.rule_set().rules;
            let (rule, version, others) = if is_old {
                (&self.old.rule_set().rules[vote.rule - of_new.len()], Version::Old, now)
            } else {
                (&of_new[vote.rule], Version::New, before)
            };
            let is_same = others.iter().any(|twin| twin.fires == vote.fires && twin.rank == vote.rank);
            let name = RuleName { id: rule.id.to_string(), version: (!is_same).then_some(version) };
            if !told.iter().any(|(lit, ..)| *lit == vote.fires) {
                told.push((vote.fires, name, is_same));
            }
        }
        let mut regions = Vec::new();
        let mut wanted = vec![here];
        while regions.len() < REGIONS {
            match votes.space.solver.ask(&wanted) {
                Answer::No => return Ok((regions, true)),
                Answer::Undecided => return Err(Reason::Steps.into()),
                Answer::Yes => {}
            }
            let solver = &mut votes.space.solver;
            let found: Vec<Lit> = told.iter().map(|(lit, ..)| if solver.holds(*lit) { *lit } else { !*lit }).collect();
            // approvals are part of it where they matter
            let approved = if solver.holds(votes.is_approved) { votes.is_approved } else { !votes.is_approved };
            let (cube, is_about_approval) = match smallest(solver, here, (&found, None), &told)? {
                Some(cube) => (cube, false),
                None => match smallest(solver, here, (&found, Some(approved)), &told)? {
                    Some(cube) => (cube, true),
                    None => return Ok((regions, false)),
                },
            };
            let blocked = cube.iter().copied().chain(is_about_approval.then_some(approved)).map(|lit| !lit);
            let blocked: Vec<Lit> = blocked.collect();
            let approved = is_about_approval.then_some(approved == votes.is_approved);
            let solver = &mut votes.space.solver;
            let block = solver.any(blocked);
            wanted.push(block);
            let named = |positive: bool| {
                let names = told.iter().filter(|(lit, ..)| cube.contains(&if positive { *lit } else { !*lit }));
                names.map(|(_, name, _)| name.clone()).collect::<BTreeSet<_>>().into_iter().collect()
            };
            regions.push(Region { applies: named(true), except: named(false), approved });
        }
        let is_complete = votes.space.solver.ask(&wanted) == Answer::No;
        Ok((regions, is_complete))
    }

    /// Whether the two versions know the same words; what is different in the catalogue, for people.
    pub fn catalogue_changes(&self) -> Vec<String> {
        catalogue_changes(self.old.rule_set(), self.new.rule_set())
    }
}

impl EntitlementDiff {
    /// Whether something is different, or may be.
    pub fn is_change(&self) -> bool {
        !self.changes.is_empty() || !self.parameters.is_empty() || self.undecided.is_some()
    }
}

/// The fewest of the found literals that imply `here`, unchanged rules left out first.
fn smallest(
    solver: &mut super::solver::Solver,
    here: Lit,
    (found, approved): (&[Lit], Option<Lit>),
    told: &[(Lit, RuleName, bool)],
) -> Result<Option<Vec<Lit>>, Undecided> {
    let implies = |solver: &mut super::solver::Solver, cube: &[Lit]| {
        let wanted: Vec<Lit> = cube.iter().copied().chain(approved).chain([!here]).collect();
        match solver.ask(&wanted) {
            Answer::No => Ok(Some(solver.clash())),
            Answer::Yes => Ok(None),
            Answer::Undecided => Err(Undecided::from(Reason::Steps)),
        }
    };
    let Some(clash) = implies(solver, found)? else { return Ok(None) };
    let mut cube: Vec<Lit> = found.iter().copied().filter(|lit| clash.contains(lit)).collect();
    // what stays longest: changed rules that apply, then unchanged ones that apply, then exceptions
    let weight = |lit: &Lit| match told.iter().find(|(other, ..)| other == lit) {
        Some((_, _, is_same)) => 1 + usize::from(!is_same),
        None => 0,
    };
    let mut order = cube.clone();
    order.sort_by_key(weight);
    for lit in order {
        let fewer: Vec<Lit> = cube.iter().copied().filter(|other| *other != lit).collect();
        if implies(solver, &fewer)?.is_some() {
            cube = fewer;
        }
    }
    Ok(Some(cube))
}

/// What is different in the catalogue, for people.
fn catalogue_changes(old: &RuleSet, new: &RuleSet) -> Vec<String> {
    let (before, now) = (&old.catalogue, &new.catalogue);
    let (mut found, mut of_tables) = (Vec::new(), Vec::new());
    let mut names = |what: &str, old: Vec<&String>, new: Vec<&String>| {
        let has = |list: &[&String], name: &String| list.iter().any(|other| fold(other) == fold(name));
        found.extend(new.iter().filter(|name| !has(&old, name)).map(|name| format!("new {what} `{name}`")));
        found.extend(old.iter().filter(|name| !has(&new, name)).map(|name| format!("{what} `{name}` is gone")));
    };
    names(
        "entitlement",
        before.entitlements.values().map(|entitlement| &entitlement.name).collect(),
        now.entitlements.values().map(|entitlement| &entitlement.name).collect(),
    );
    if before.is_declared && now.is_declared {
        names(
            "attribute",
            before.attributes.values().map(|attribute| &attribute.name).collect(),
            now.attributes.values().map(|attribute| &attribute.name).collect(),
        );
        for (key, hierarchy) in &now.hierarchies {
            if let Some(other) = before.hierarchies.get(key) {
                let of =
                    |hierarchy: &Hierarchy| hierarchy.nodes.values().map(|node| node.name.clone()).collect::<Vec<_>>();
                let (old, new) = (of(other), of(hierarchy));
                names(&format!("node of {}", hierarchy.name), old.iter().collect(), new.iter().collect());
                of_tables.extend(entries(other, hierarchy));
            }
        }
        for (key, attribute) in &now.attributes {
            if let Some(other) = before.attributes.get(key) {
                let (old, new) = (values(&other.ty), values(&attribute.ty));
                names(&format!("value of {}", attribute.name), old.iter().collect(), new.iter().collect());
            }
        }
        for (key, attribute) in &now.attributes {
            if let Some(other) = before.attributes.get(key)
                && other.omitted != attribute.omitted
            {
                found.push(format!("leaving out `{}` means something else", attribute.name));
            }
        }
        if before.assumptions.len() != now.assumptions.len() {
            found.push(format!("{} assumptions instead of {}", now.assumptions.len(), before.assumptions.len()));
        }
        found.append(&mut of_tables);
    }
    found
}

/// Nodes that have another entry in a column that both versions have, for people.
fn entries(before: &Hierarchy, now: &Hierarchy) -> Vec<String> {
    let told = |column: &String| {
        let nodes = other_entries(before, now, column);
        let first = &now.nodes.get(*nodes.first()?)?.name;
        let more = if nodes.len() > 1 { format!(", and of {} more nodes", nodes.len() - 1) } else { String::new() };
        Some(format!("another `{column}` of `{first}`{more}"))
    };
    now.columns.iter().filter(|column| before.columns.contains(column)).filter_map(told).collect()
}

/// Of the nodes that both versions have, those whose entry in a column is another, by folded name.
fn other_entries<'h>(before: &Hierarchy, now: &'h Hierarchy, column: &str) -> Vec<&'h str> {
    let entry = |hierarchy: &Hierarchy, key: &str| {
        let column = hierarchy.columns.iter().position(|other| other == column)?;
        hierarchy.column(hierarchy.find(key)?, column).map(str::to_owned)
    };
    let both = now.nodes.keys().filter(|key| before.nodes.contains_key(*key));
    both.filter(|key| entry(before, key) != entry(now, key)).map(String::as_str).collect()
}

/// The values that a type declares, where no others are accepted.
fn values(ty: &Type) -> Vec<String> {
    match ty {
        Type::Name(names) if !names.is_open => {
            names.values.iter().flatten().map(|(_, name)| name.spelled.to_string()).collect()
        }
        Type::Set(element) => values(element),
        _ => Vec::new(),
    }
}
