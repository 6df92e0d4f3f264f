//! A loaded policy, ready to decide.

use super::assumptions::Assumptions;
use super::context::Approval;
use super::error::{Problem, ProblemKind};
use super::given::known_name;
use super::vocabulary::Vocabulary;
use super::{Binder, Context, ContextBuilder, Decision, Entitlements, Error, Outcome};
use crate::compile::{CompiledSize, Index};
use crate::diagnostic::Diagnostic;
use crate::model::name::fold;
use crate::model::read::{did_you_mean, shown};
use crate::model::{self, Rank, RuleSet};
use crate::source::Sources;
use jiff::Timestamp;
use std::hash::{Hash, Hasher};

/// Levels of things and their parts that are looked at; there are two or three.
const LEVELS: usize = 64;

/// What each rank that wins comes to, weakest first, after none.
const OUTCOMES: [Outcome; 6] =
    [Outcome::NotGranted, Outcome::Offered, Outcome::Allowed, Outcome::Denied, Outcome::Allowed, Outcome::Denied];

/// A policy: resolved rules and their compiled form. Immutable; share it between threads in an `Arc`.
///
/// Loading is the only step that can fail for what the policy says. After that, contexts are built, and asked.
///
/// ```
/// use wardkey::{Outcome, Policy};
///
/// let policy = Policy::parse("clinical: role = Nurse -> allow EHR")?;
/// let ehr = policy.entitlement("ehr")?; // once; names match without regard to case
///
/// let nurse = policy.context().set("role", "Nurse").build()?;
/// let nobody = policy.context().build()?;
/// assert_eq!(policy.outcome(&nurse, ehr), Outcome::Allowed);
/// assert_eq!(policy.outcome(&nobody, ehr), Outcome::NotGranted);
/// assert_eq!(policy.decide(&nobody, ehr).missing(), ["role"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Policy {
    rules: RuleSet,
    index: Index,
    vocabulary: Vocabulary,
    assumptions: Assumptions,
    /// The context in which nothing is given.
    blank: Context,
    diagnostics: Vec<Diagnostic>,
    stamp: u64,
}

/// An entitlement of one policy, found once by name. With another policy it is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntitlementId {
    index: model::EntitlementId,
    stamp: u64,
}

impl EntitlementId {
    /// Its number in the catalogue.
    pub fn in_catalogue(self) -> model::EntitlementId {
        self.index
    }

    /// Whether it is of the policy with that stamp.
    pub(super) fn has_stamp(self, stamp: u64) -> bool {
        self.stamp == stamp
    }
}

impl Policy {
    /// Compiles resolved rules. `diagnostics` are the warnings of the load, kept for [`Self::diagnostics`].
    ///
    /// Errors: the compiled form would pass its limits.
    pub fn from_rule_set(rules: RuleSet, diagnostics: Vec<Diagnostic>) -> Result<Self, Error> {
        let index = Index::new(&rules).map_err(|too_large| {
            let problem = Problem::new(ProblemKind::TooLarge, None, too_large.to_string());
            Error::new(vec![problem.help(Some("split the policy by entitlement, and load each part".to_owned()))])
        })?;
        let vocabulary = Vocabulary::new(&rules, &index);
        let stamp = stamp_of(&rules, &index, &vocabulary);
        let blank = Context::unplaced(stamp, 0);
        let assumptions = Assumptions::new(&rules.catalogue, index.pool());
        let mut policy = Self { rules, index, vocabulary, assumptions, blank, diagnostics, stamp };
        policy.blank = Context::blank(&policy);
        Ok(policy)
    }

    /// Warnings and notes of the load.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// How large the compiled form is. Cost: a look at every condition.
    pub fn compiled_size(&self) -> CompiledSize {
        self.index.size()
    }

    /// The texts the policy was loaded from.
    pub fn sources(&self) -> &Sources {
        &self.rules.sources
    }

    /// SHA-256, in hex, of what the policy means.
    pub fn hash(&self) -> &str {
        &self.rules.hash
    }

    /// The resolved rules.
    pub fn rule_set(&self) -> &RuleSet {
        &self.rules
    }

    pub(super) fn stamp(&self) -> u64 {
        self.stamp
    }

    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    pub(super) fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    pub(super) fn assumptions(&self) -> &Assumptions {
        &self.assumptions
    }

    pub(super) fn blank(&self) -> &Context {
        &self.blank
    }

    /// The entitlement of that name, found without regard to case. Errors: there is none.
    pub fn entitlement(&self, name: &str) -> Result<EntitlementId, Error> {
        match self.rules.catalogue.entitlements.get_index_of(&fold(name)) {
            Some(index) => Ok(EntitlementId { index: model::EntitlementId::new(index), stamp: self.stamp }),
            None => Err(Error::new(vec![self.no_such_entitlement(name)])),
        }
    }

    /// The attribute of that name, as hosts may write it: without regard to case, `user.` before it or not.
    pub fn attribute(&self, name: &str) -> Option<&model::Attribute> {
        self.rules.catalogue.attributes.get(&known_name(name))
    }

    fn no_such_entitlement(&self, name: &str) -> Problem {
        let catalogue = &self.rules.catalogue;
        let problem = |what| Problem::new(ProblemKind::UnknownEntitlement, None, format!("{what} {}", shown(name)));
        if let Some(group) = catalogue.groups.get(&fold(name)) {
            let members = group.members.iter().take(3).map(|&id| format!("`{}`", catalogue.entitlement(id).name));
            let help = format!("ask about its members: {}", members.collect::<Vec<_>>().join(", "));
            return problem("a group cannot be asked about:").help(Some(help));
        }
        let names = catalogue.entitlements.values().map(|entitlement| entitlement.name.as_str());
        let help = did_you_mean(name, names).map(|near| format!("did you mean `{near}`?"));
        problem("there is no entitlement").help(help)
    }

    /// The entitlement of that number of the catalogue.
    pub(super) fn id(&self, index: model::EntitlementId) -> EntitlementId {
        EntitlementId { index, stamp: self.stamp }
    }

    /// The name of an entitlement; empty for one of another policy.
    pub fn entitlement_name(&self, id: EntitlementId) -> &str {
        let found = self.rules.catalogue.entitlements.get_index(id.index.index());
        found.filter(|_| id.stamp == self.stamp).map_or("", |(_, entitlement)| &entitlement.name)
    }

    /// Every entitlement, in the catalogue's order.
    pub fn entitlement_ids(&self) -> impl ExactSizeIterator<Item = EntitlementId> + use<> {
        let stamp = self.stamp;
        let all = 0..self.rules.catalogue.entitlements.len();
        all.map(move |at| EntitlementId { index: model::EntitlementId::new(at), stamp })
    }

    /// Whether an entitlement is of this policy.
    pub(super) fn owns(&self, entitlement: EntitlementId) -> bool {
        entitlement.stamp == self.stamp
    }

    /// The entitlement of that number in the catalogue.
    pub(super) fn entitlement_of(&self, index: model::EntitlementId) -> EntitlementId {
        EntitlementId { index, stamp: self.stamp }
    }

    /// The entitlement of that number of the catalogue.
    pub(crate) fn numbered(&self, index: model::EntitlementId) -> EntitlementId {
        self.id(index)
    }

    /// Begins a context.
    pub fn context(&self) -> ContextBuilder<'_> {
        ContextBuilder::new(self)
    }

    /// A context to be bound again and again, for hosts that decide about one person after another.
    pub fn binder(&self) -> Binder {
        Binder::new(self)
    }

    /// The answer alone: the fast path. A context or an entitlement of another policy is denied.
    ///
    /// Cost: a few words are ANDed for each attribute that the entitlement's rules test; nothing is allocated.
    pub fn outcome(&self, context: &Context, entitlement: EntitlementId) -> Outcome {
        if !self.knows(context, entitlement) {
            return Outcome::Denied;
        }
        let winner = self.index.winner(entitlement.index, &context.placement);
        self.outcome_of(winner, || self.is_approved(context, entitlement.index, context.now()))
    }

    /// Whether both are of this policy.
    pub(super) fn knows(&self, context: &Context, entitlement: EntitlementId) -> bool {
        self.is_of(context) && entitlement.stamp == self.stamp
    }

    /// Whether a context is of this policy.
    pub(super) fn is_of(&self, context: &Context) -> bool {
        context.stamp == self.stamp
    }

    /// What the strongest rank that fires comes to.
    pub(super) fn outcome_of(&self, rank: Option<Rank>, is_approved: impl FnOnce() -> bool) -> Outcome {
        // a table rather than a branch, which would be taken by chance
        let outcome = OUTCOMES[rank.map_or(0, |rank| rank as usize + 1)];
        if outcome == Outcome::Offered && is_approved() { Outcome::Allowed } else { outcome }
    }

    /// Whether a request for the entitlement, or for what it is a part of, was approved and still counts.
    pub(super) fn is_approved(
        &self,
        context: &Context,
        entitlement: model::EntitlementId,
        now: Option<Timestamp>,
    ) -> bool {
        context.approvals.iter().any(|approval| approval.holds(now) && self.covers(approval, entitlement))
    }

    pub(super) fn covers(&self, approval: &Approval, entitlement: model::EntitlementId) -> bool {
        let parent = |id: &model::EntitlementId| self.rules.catalogue.entitlement(*id).parent;
        let mut upward = std::iter::successors(Some(entitlement), parent).take(LEVELS);
        upward.any(|at| approval.covers.binary_search(&at).is_ok())
    }

    /// The answer, with everything behind it at hand. Cost: that of [`Self::outcome`]; the rest is paid for when asked.
    pub fn decide<'a>(&'a self, context: &'a Context, entitlement: EntitlementId) -> Decision<'a> {
        Decision::new(self, context, entitlement, self.outcome(context, entitlement))
    }

    /// As [`Self::decide`], by name. Errors: there is no such entitlement.
    pub fn decide_named<'a>(&'a self, context: &'a Context, entitlement: &str) -> Result<Decision<'a>, Error> {
        Ok(self.decide(context, self.entitlement(entitlement)?))
    }

    /// The answers for every entitlement. Cost: whole rows of bits are ANDed, one for each slot of the policy; each answer
    /// is read off when asked for.
    pub fn entitlements<'a>(&'a self, context: &'a Context) -> Entitlements<'a> {
        let mut all = Entitlements::new(self, context);
        all.refresh(context);
        all
    }
}

/// Tells policies apart whose numbers mean different things: by what the policy means, and by the order in which names,
/// values and conditions were numbered, which does not change the meaning.
fn stamp_of(rules: &RuleSet, index: &Index, vocabulary: &Vocabulary) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    rules.hash.hash(&mut hasher);
    let catalogue = &rules.catalogue;
    catalogue.attributes.keys().for_each(|name| name.hash(&mut hasher));
    catalogue.entitlements.keys().for_each(|name| name.hash(&mut hasher));
    for hierarchy in catalogue.hierarchies.values() {
        hierarchy.nodes.keys().for_each(|name| name.hash(&mut hasher));
    }
    index.hash_numbering(&mut hasher);
    vocabulary.hash_numbering(&mut hasher);
    hasher.finish()
}
