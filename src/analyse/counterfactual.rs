//! What would have to be otherwise for somebody to get something: every smallest change of a context.
//!
//! The one idea: that an attribute stays as it is, is one more thing that classes of its states are told apart by, and so a literal.
//! A change is smallest if no part of it suffices; such changes are found one after another, each with as much kept as can be,
//! until no context is left that keeps something of each.

use super::Analysis;
use super::solver::{Answer, Lit};
use super::undecided::{Reason, Undecided};
use super::votes::Votes;
use super::witness::{self, Witness};
use crate::compile::NodeId;
use crate::eval::{Approved, Context, EntitlementId, Error, Outcome, Problem, ProblemKind, known_name};
use crate::model::read::{did_you_mean, shown};
use crate::model::{AttributeId, State};
use serde::Serialize;

/// How approvals are called.
const APPROVED: &str = "approved";
/// Changes that are found, at most.
const CHANGES: usize = 32;
/// Examples of one change, at most, and how many ways are looked at for them.
const EXAMPLES: usize = 6;
const TRIES: usize = 4 * EXAMPLES;

/// What would have to be otherwise.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Counterfactuals {
    /// Which entitlement.
    pub entitlement: String,
    /// What it comes to as things are.
    pub outcome: Outcome,
    /// What it is to come to.
    pub wanted: Outcome,
    /// Each smallest change that leads there; those of fewest attributes first.
    pub changes: Vec<Change>,
    /// Whether these are all.
    pub is_complete: bool,
}

/// Attributes that would have to be otherwise, all of them at once; with fewer of them it would not do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Their names, and `approved` where a request would have to be approved, or no longer be.
    pub attributes: Vec<String>,
    /// What they could be: for each of several ways, a value of each as people write it.
    pub examples: Vec<Vec<String>>,
    /// Whether these are all ways that the policy tells apart.
    pub is_complete: bool,
    /// The whole context of the first way.
    pub witness: Witness,
}

/// What can be otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    Attribute(AttributeId),
    Approval,
}

impl Analysis<'_> {
    /// Every smallest change of a context in which an entitlement would come to `wanted`.
    ///
    /// `may_change` says of each attribute whether it can be otherwise, and `None` stands for approvals; what the catalogue does
    /// not disclose never changes, since that would name it. [`Self::may_change`] says what the catalogue does, [`Self::changeable`]
    /// what a request makes of that. `context` must be of this policy. Cost: a few questions for each change.
    ///
    /// Errors: it was not found out within the steps allowed.
    ///
    /// ```
    /// use wardkey::{Analysis, Outcome, Policy};
    ///
    /// let policy = Policy::parse("device = managed or network = ward -> allow EHR\nrole = Sales -> deny EHR")?;
    /// let context = policy.context().set("role", "Nurse").set("network", "guest").set("device", "own").build()?;
    /// let ehr = policy.entitlement("EHR")?;
    /// let found = Analysis::new(&policy).counterfactuals(&context, ehr, Outcome::Allowed, &|_| true)?;
    /// let ways: Vec<_> = found.changes.iter().map(|change| (change.attributes.join(" "), change.examples[0].join(" "))).collect();
    /// assert_eq!(ways, [("device".into(), "managed".into()), ("network".into(), "ward".into())]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn counterfactuals(
        &self,
        context: &Context,
        entitlement: EntitlementId,
        wanted: Outcome,
        may_change: &dyn Fn(Option<AttributeId>) -> bool,
    ) -> Result<Counterfactuals, Undecided> {
        let mut found = Counterfactuals {
            entitlement: self.policy.entitlement_name(entitlement).to_owned(),
            outcome: self.policy.outcome(context, entitlement),
            wanted,
            changes: Vec::new(),
            is_complete: true,
        };
        if found.outcome == wanted {
            return Ok(found);
        }
        let given = context.states(self.policy).cloned().collect();
        let analysis = Self { given: Some(given), ..self.clone() };
        let mut votes = analysis.votes(entitlement, &[])?;
        let tally = votes.tally(|_| true);
        let comes_to = votes.comes_to(&tally, wanted);
        let mut question = Question::new(&analysis, &votes, (context, entitlement), may_change);
        question.wanted.push(comes_to);
        while let Some(change) = question.smallest(&mut votes)? {
            if found.changes.len() == CHANGES {
                found.is_complete = false;
                break;
            }
            // other changes keep something of this one
            let kept: Vec<Lit> = change.iter().map(|&at| question.free[at].1).collect();
            let told = question.tell(&analysis, &mut votes, &change, (entitlement, wanted))?;
            found.changes.push(told);
            votes.space.solver.claim(&kept);
        }
        found.changes.sort_by(|a, b| (a.attributes.len(), &a.attributes).cmp(&(b.attributes.len(), &b.attributes)));
        Ok(found)
    }

    /// Whether an attribute can be otherwise, as the catalogue says: unless it says otherwise, what belongs to the situation can, what
    /// belongs to the person cannot. `None` stands for approvals, which can.
    pub fn may_change(&self, attribute: Option<AttributeId>) -> bool {
        attribute.is_none_or(|attribute| self.policy.rule_set().catalogue.attribute(attribute).may_change)
    }

    /// What can be otherwise by a request: what the catalogue says, with what `change` names and without what `keep` names. Names are
    /// those of attributes; `approved`, unless an attribute is called so, and `None` stand for approvals.
    ///
    /// Errors: a name that is none, or that is in both.
    pub fn changeable(&self, change: &[String], keep: &[String]) -> Result<Vec<Option<AttributeId>>, Error> {
        let (change, keep) = (self.named(change)?, self.named(keep)?);
        let attributes = &self.policy.rule_set().catalogue.attributes;
        if let Some(both) = change.iter().find(|item| keep.contains(item)) {
            let name = both.map_or(APPROVED, |id| self.policy.rule_set().catalogue.attribute(id).name.as_str());
            return Err(refused(name, format!("`{name}` cannot both change and be kept"), None));
        }
        let all = (0..attributes.len()).map(|at| Some(AttributeId::new(at))).chain([None]);
        Ok(all.filter(|&item| !keep.contains(&item) && (change.contains(&item) || self.may_change(item))).collect())
    }

    fn named(&self, names: &[String]) -> Result<Vec<Option<AttributeId>>, Error> {
        let attributes = &self.policy.rule_set().catalogue.attributes;
        let find = |name: &String| match attributes.get_index_of(&known_name(name)) {
            Some(at) => Ok(Some(AttributeId::new(at))),
            None if known_name(name) == APPROVED => Ok(None),
            None => {
                let known = attributes.values().map(|attribute| attribute.name.as_str()).chain([APPROVED]);
                let help = did_you_mean(name, known).map(|near| format!("did you mean `{near}`?"));
                Err(refused(name, format!("the policy has no attribute {}", shown(name)), help))
            }
        };
        names.iter().map(find).collect()
    }
}

fn refused(name: &str, message: String, help: Option<String>) -> Error {
    Error::new(vec![Problem::new(ProblemKind::UnknownAttribute, Some(name), message).help(help)])
}

/// What is asked about one entitlement.
struct Question {
    /// What must hold: what stays, and later what the entitlement comes to.
    wanted: Vec<Lit>,
    /// What can be otherwise, each with that it stays.
    free: Vec<(Item, Lit)>,
    /// Everything as it is, for the example.
    roots: Vec<NodeId>,
}

impl Question {
    fn new(
        analysis: &Analysis<'_>,
        votes: &Votes<'_>,
        (context, entitlement): (&Context, EntitlementId),
        may_change: &dyn Fn(Option<AttributeId>) -> bool,
    ) -> Self {
        let policy = analysis.policy;
        let is_approved = match policy.approved(context, entitlement) {
            Approved::Never => false,
            Approved::Always => true,
            // while the time is not known no approval counts that ends
            Approved::Before(end) => context.now().is_some_and(|now| now < end),
        };
        let approval = if is_approved { votes.is_approved } else { !votes.is_approved };
        let kept = votes.space.kept.iter().map(|&(attribute, lit)| (Item::Attribute(attribute), lit));
        let may = |item: Item| match item {
            Item::Attribute(id) => policy.rule_set().catalogue.attribute(id).may_disclose && may_change(Some(id)),
            Item::Approval => may_change(None),
        };
        let (free, fixed): (Vec<_>, Vec<_>) =
            kept.chain([(Item::Approval, approval)]).partition(|(item, _)| may(*item));
        let roots = votes.votes.iter().map(|vote| policy.index().effect(vote.effect).when).collect();
        Self { wanted: fixed.into_iter().map(|(_, lit)| lit).collect(), free, roots }
    }

    /// A change of which no part suffices, by positions among what is free. None: there is no other.
    fn smallest(&self, votes: &mut Votes<'_>) -> Result<Option<Vec<usize>>, Undecided> {
        let solver = &mut votes.space.solver;
        let mut stays = |more: &[usize]| {
            let more = more.iter().map(|&at| self.free[at].1);
            let wanted: Vec<Lit> = self.wanted.iter().copied().chain(more).collect();
            match solver.ask(&wanted) {
                // what happens to stay in what was found need not be asked about
                Answer::Yes => Ok(Some((0..self.free.len()).filter(|&at| solver.holds(self.free[at].1)).collect())),
                Answer::No => Ok(None),
                Answer::Undecided => Err(Undecided::from(Reason::Steps)),
            }
        };
        let mut kept: Vec<usize> = match stays(&[])? {
            Some(kept) => kept,
            None => return Ok(None),
        };
        for at in 0..self.free.len() {
            if !kept.contains(&at)
                && let Some(more) = stays(&[kept.as_slice(), &[at]].concat())?
            {
                kept = more;
            }
        }
        Ok(Some((0..self.free.len()).filter(|at| !kept.contains(at)).collect()))
    }

    /// A change with examples, each evaluated by the engine.
    fn tell(
        &self,
        analysis: &Analysis<'_>,
        votes: &mut Votes<'_>,
        change: &[usize],
        (entitlement, outcome): (EntitlementId, Outcome),
    ) -> Result<Change, Undecided> {
        let policy = analysis.policy;
        let stay = (0..self.free.len()).filter(|at| !change.contains(at)).map(|at| self.free[at].1);
        let mut wanted: Vec<Lit> = self.wanted.iter().copied().chain(stay).collect();
        let items: Vec<Item> = change.iter().map(|&at| self.free[at].0).collect();
        let name = |item: &Item| match item {
            Item::Attribute(id) => policy.rule_set().catalogue.attribute(*id).name.clone(),
            Item::Approval => "approved".to_owned(),
        };
        let attributes = items.iter().map(name).collect();
        let (mut examples, mut first) = (Vec::new(), None);
        let mut is_complete = false;
        for _ in 0..TRIES {
            let Some(states) = votes.space.find(&wanted)? else {
                is_complete = true;
                break;
            };
            let is_approved = votes.space.solver.holds(votes.is_approved);
            let chosen = votes.space.chosen(|id| items.contains(&Item::Attribute(id)));
            let value = |item: &Item| match item {
                Item::Attribute(id) => {
                    let state = states.iter().find(|(other, _)| other == id).map(|(_, state)| state);
                    witness::shown_state(policy, *id, state.unwrap_or(&State::Unknown))
                }
                Item::Approval => is_approved.to_string(),
            };
            let is_told = |item: &Item| match item {
                Item::Attribute(id) => states.iter().any(|(other, state)| other == id && *state != State::Unknown),
                Item::Approval => true,
            };
            // to forget something is no advice, unless there is no other
            if examples.is_empty() || items.iter().all(is_told) {
                examples.push(items.iter().map(value).collect());
            }
            if first.is_none() {
                let approved = if is_approved { &[entitlement][..] } else { &[] };
                let shown = Witness::new(policy, &analysis.pool, (states, &self.roots), approved)?;
                if shown.outcome(policy, entitlement) != Some(outcome) {
                    return Err(Reason::NotReplayed.into());
                }
                first = Some(shown);
            }
            let Some(chosen) = chosen.filter(|_| examples.len() < EXAMPLES) else {
                is_complete = items == [Item::Approval];
                break;
            };
            let other = votes.space.solver.any(chosen.into_iter().map(|lit: Lit| !lit));
            wanted.push(other);
        }
        let witness = first.ok_or(Reason::NotReplayed)?;
        Ok(Change { attributes, examples, is_complete, witness })
    }
}
