//! Whether what is said of a policy holds in every context.
//!
//! The one idea: a property holds if no context shows the opposite, so that is what is asked for: a context in which its condition
//! certainly holds, and in which an entitlement has an outcome that the property rules out. Contexts in which everything is
//! known come first, since those are what people think of; one that shows it only while something is unknown counts, too, and
//! is said to be so.

use super::Analysis;
use super::solver::Lit;
use super::undecided::{Reason, Undecided};
use super::votes::{Tally, Votes};
use super::witness::{self, Witness};
use crate::compile::{NodeId, PoolBuilder, Tri};
use crate::eval::{Context, EntitlementId, Outcome, Policy, Trial};
use crate::model::resolve::{Property, PropertyClaim, Subject};
use crate::model::{AttributeId, Condition, ConditionKind, State};
use crate::syntax::ast::Stated;
use indexmap::IndexMap;
use serde::Serialize;

/// What was found out about a property.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Proof {
    /// As written.
    pub property: String,
    /// The answer.
    pub verdict: ProofVerdict,
    /// It holds, but only because no context is one that it speaks of.
    pub is_vacuous: bool,
    /// What shows that it fails: for each entitlement that does, or each two, a context.
    pub counterexamples: Vec<Counterexample>,
    /// What stopped the search, if something was not found out.
    pub undecided: Option<String>,
}

/// Whether a property holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofVerdict {
    /// In every context.
    Holds,
    /// Not in every one.
    Fails,
    /// It was not found out within the steps allowed.
    Undecided,
}

/// A context in which a property fails.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Counterexample {
    /// The entitlement, or the two, with what each comes to, and the rules that decide so.
    pub decisions: Vec<Shown>,
    /// Others that fail likewise, since their rules are the same.
    pub likewise: Vec<String>,
    /// It takes something that is unknown: where everything is known the property holds for this entitlement.
    pub only_while_unknown: bool,
    /// The context.
    pub witness: Witness,
}

/// What an entitlement comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Its name.
    pub entitlement: String,
    /// By the engine.
    pub outcome: Outcome,
    /// Ids of the rules that decide.
    pub rules: Vec<String>,
}

impl Shown {
    /// As the engine decides it.
    pub(super) fn of(policy: &Policy, context: &Context, id: EntitlementId) -> Self {
        let decision = policy.decide(context, id);
        let rules = decision.rules().iter().map(|fired| fired.rule.id.to_string()).collect();
        Self { entitlement: policy.entitlement_name(id).to_owned(), outcome: decision.outcome(), rules }
    }
}

/// What rules out a property for one entitlement or for two, which others have in common with it.
struct Question {
    entitlements: Vec<EntitlementId>,
    /// Where this certainly holds.
    when: NodeId,
    /// Each must have one of these for the property to fail.
    wrong: Vec<Outcome>,
    likewise: Vec<String>,
}

impl Analysis<'_> {
    /// Whether a property of this policy holds in every context that the catalogue permits. Cost: a few questions for each
    /// entitlement that it speaks of, or each two; those whose rules are the same are one.
    pub fn prove(&self, property: &Property) -> Proof {
        let mut pool = PoolBuilder::of(&self.pool);
        let mut node = |guard: &Condition| {
            let both = ConditionKind::And(vec![property.condition.clone(), guard.clone()]);
            pool.condition(&Condition::new(both))
        };
        let questions = self.questions(&property.claim, &mut node);
        let analysis = Self { pool: pool.finish(), ..self.clone() };
        let mut proof = Proof {
            property: property.text.clone(),
            verdict: ProofVerdict::Holds,
            is_vacuous: true,
            counterexamples: Vec::new(),
            undecided: None,
        };
        for question in &questions {
            match analysis.ask(question) {
                Ok((is_asked, found)) => {
                    proof.is_vacuous &= !is_asked;
                    proof.counterexamples.extend(found);
                }
                Err(undecided) => {
                    proof.is_vacuous = false;
                    proof.undecided = Some(undecided.to_string());
                }
            }
        }
        proof.verdict = match (proof.counterexamples.is_empty(), &proof.undecided) {
            (false, _) => ProofVerdict::Fails,
            (true, Some(_)) => ProofVerdict::Undecided,
            (true, None) => ProofVerdict::Holds,
        };
        proof
    }

    /// Every question that a claim comes to, each once.
    fn questions(&self, claim: &PropertyClaim, node: &mut impl FnMut(&Condition) -> NodeId) -> Vec<Question> {
        let index = self.policy.index();
        let mut questions: IndexMap<_, Question> = IndexMap::new();
        let mut add = |of: &[&Subject], when: NodeId, wrong: &[Outcome]| {
            let entitlements: Vec<_> = of.iter().map(|subject| self.policy.numbered(subject.entitlement)).collect();
            let effects: Vec<_> = of.iter().map(|subject| index.effects(subject.entitlement)).collect();
            match questions.entry((effects, when)) {
                indexmap::map::Entry::Occupied(mut known) => {
                    known.get_mut().likewise.push(self.names(&entitlements).join(" and "));
                }
                indexmap::map::Entry::Vacant(place) => {
                    place.insert(Question { entitlements, when, wrong: wrong.to_vec(), likewise: Vec::new() });
                }
            }
        };
        match claim {
            PropertyClaim::Never(subjects, stated) | PropertyClaim::Always(subjects, stated) => {
                let stated: Vec<Outcome> = stated.iter().map(|stated| outcome(*stated)).collect();
                let is_never = matches!(claim, PropertyClaim::Never(..));
                // what is given wrongly comes first
                let all = [Outcome::Allowed, Outcome::Offered, Outcome::NotGranted, Outcome::Denied];
                let wrong: Vec<Outcome> =
                    all.into_iter().filter(|outcome| stated.contains(outcome) == is_never).collect();
                subjects.iter().for_each(|subject| add(&[subject], node(&subject.guard), &wrong));
            }
            PropertyClaim::NotBoth(one, other) => {
                let mut seen = std::collections::BTreeSet::new();
                for (a, b) in one.iter().flat_map(|a| other.iter().map(move |b| (a, b))) {
                    let (low, high) = (a.entitlement.min(b.entitlement), a.entitlement.max(b.entitlement));
                    if low != high && seen.insert((low, high)) {
                        let guard = ConditionKind::And(vec![a.guard.clone(), b.guard.clone()]);
                        add(&[a, b], node(&Condition::new(guard)), &[Outcome::Allowed]);
                    }
                }
            }
        }
        questions.into_values().collect()
    }

    fn names(&self, entitlements: &[EntitlementId]) -> Vec<String> {
        entitlements.iter().map(|&id| self.policy.entitlement_name(id).to_owned()).collect()
    }

    /// Whether some context is one that the question is about, and one that shows the opposite.
    fn ask(&self, question: &Question) -> Result<(bool, Option<Counterexample>), Undecided> {
        let (first, others) = match question.entitlements.split_first() {
            Some((first, others)) => (*first, others),
            None => return Ok((false, None)),
        };
        let index = self.policy.index();
        let effects = others.iter().flat_map(|id| index.effects(id.in_catalogue()));
        let beside: Vec<NodeId> = effects.map(|&id| index.effect(id).when).chain([question.when]).collect();
        let mut votes = self.votes(first, &beside)?;
        let when = votes.space.signal(question.when).sure;
        if !votes.space.can(&[when])? {
            return Ok((false, None));
        }
        let (tallies, approvals) = self.tallies(&mut votes, &question.entitlements);
        let known = votes.space.all_known();
        for (wanted, only_while_unknown) in [(known, false), (Vec::new(), true)] {
            for &outcome in &question.wrong {
                let wrong: Vec<Lit> = tallies.iter().map(|tally| votes.comes_to(tally, outcome)).collect();
                let wanted = [wanted.as_slice(), &wrong, &[when]].concat();
                let Some(found) = votes.space.find(&wanted)? else { continue };
                let approved: Vec<EntitlementId> = question
                    .entitlements
                    .iter()
                    .zip(&approvals)
                    .filter(|(_, lit)| votes.space.solver.holds(**lit))
                    .map(|(&id, _)| id)
                    .collect();
                let witness = self.shown(question, found, &approved, outcome)?;
                let decisions = self.decisions(&witness, &question.entitlements);
                let likewise = question.likewise.clone();
                return Ok((true, Some(Counterexample { decisions, likewise, only_while_unknown, witness })));
            }
        }
        Ok((true, None))
    }

    /// What each entitlement comes to, and whether a request for it was approved.
    fn tallies(&self, votes: &mut Votes<'_>, entitlements: &[EntitlementId]) -> (Vec<Tally>, Vec<Lit>) {
        let mut approvals = vec![votes.is_approved];
        approvals.resize_with(entitlements.len(), || votes.space.solver.fresh());
        let catalogue = &self.policy.rule_set().catalogue;
        let lies_below = |low: EntitlementId, high: EntitlementId| {
            let mut at = Some(low.in_catalogue());
            std::iter::from_fn(|| {
                at = catalogue.entitlement(at?).parent;
                at
            })
            .any(|above| above == high.in_catalogue())
        };
        let mut tallies = Vec::new();
        for &entitlement in entitlements {
            let own = votes.of(entitlement);
            // an approval is of all that lies below
            let is_covered =
                |(other, _): &(&EntitlementId, &Lit)| **other == entitlement || lies_below(entitlement, **other);
            let covering = entitlements.iter().zip(&approvals).filter(is_covered).map(|(_, &lit)| lit);
            let covering: Vec<Lit> = covering.collect();
            let approved = votes.space.solver.any(covering);
            tallies.push(votes.tally_of(&own, |_| true).approved_by(approved));
        }
        (tallies, approvals)
    }

    /// The context that was found, once the engine has decided about it.
    fn shown(
        &self,
        question: &Question,
        found: Vec<(AttributeId, State)>,
        approved: &[EntitlementId],
        outcome: Outcome,
    ) -> Result<Witness, Undecided> {
        let mut trial = Trial::new(self.policy);
        found.iter().for_each(|(id, state)| trial.put(*id, state.clone()));
        let index = self.policy.index();
        let effects = question.entitlements.iter().flat_map(|id| index.effects(id.in_catalogue()));
        let roots: Vec<NodeId> = effects.map(|&id| index.effect(id).when).chain([question.when]).collect();
        let holds = witness::values(&self.pool, &trial, &[question.when]) == [Tri::True];
        let witness = Witness::new(self.policy, &self.pool, (found, &roots), approved)?;
        let comes_to = |id: &EntitlementId| witness.outcome(self.policy, *id) == Some(outcome);
        if !holds || !question.entitlements.iter().all(comes_to) {
            return Err(Reason::NotReplayed.into());
        }
        let asked = self.read_by([question.when]);
        let shows = |shorter: &Witness| {
            let comes_to = |id: &EntitlementId| shorter.outcome(self.policy, *id) == Some(outcome);
            question.entitlements.iter().all(comes_to)
        };
        Ok(witness.shortened(&|name| asked.contains(name), &shows))
    }

    fn decisions(&self, witness: &Witness, entitlements: &[EntitlementId]) -> Vec<Shown> {
        let Some(context) = witness.context(self.policy) else { return Vec::new() };
        entitlements.iter().map(|&id| Shown::of(self.policy, &context, id)).collect()
    }
}

fn outcome(stated: Stated) -> Outcome {
    match stated {
        Stated::Allowed => Outcome::Allowed,
        Stated::Offered => Outcome::Offered,
        Stated::NotGranted => Outcome::NotGranted,
        Stated::Denied => Outcome::Denied,
    }
}
