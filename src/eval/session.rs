//! A person over time: a context that changes, and at each change exactly what was lost and gained.
//!
//! The one idea: the bits left of all terms stay, and a change looks only at what it can touch. See [`crate::compile`].

use super::builder::Read;
use super::context::Change;
use super::error::{Problem, ProblemKind};
use super::given::known_name;
use super::validity;
use super::{
    Context, ContextBuilder, Decision, EntitlementId, Entitlements, Error, Input, Outcome, Policy, ValidUntil,
};
use crate::compile::{Shift, Standing};
use crate::model::NOW;
use std::borrow::Borrow;
use std::sync::OnceLock;

/// A context that is followed as it changes. `P` is how it holds its policy: `&Policy`, or `Arc<Policy>` where the session
/// outlives the place it was begun.
///
/// ```
/// use wardkey::{Outcome, Policy};
///
/// let policy = Policy::parse(
///     "music: role = Sales -> allow iTunes\n\
///      quiet: location = care_area -> deny iTunes because \"Quiet, please\"",
/// )?;
/// let context = policy.context().set("role", "Sales").set("location", "cafeteria").build()?;
/// let mut session = policy.session(context)?;
///
/// let delta = session.set("location", "care_area")?;
/// let lost: Vec<&str> = delta.lost().map(|id| policy.entitlement_name(id)).collect();
/// assert_eq!(lost, ["iTunes"]);
/// assert_eq!(delta.after(delta.changes()[0].entitlement).because(None), ["Quiet, please"]);
///
/// assert_eq!(session.set("location", "cafeteria")?.gained().count(), 1);
/// assert!(session.set("location", "lobby")?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Session<P: Borrow<Policy>> {
    policy: P,
    context: Context,
    standing: Standing,
    valid_until: OnceLock<ValidUntil>,
}

/// What one change came to: the entitlements whose outcome is another than before, in the catalogue's order. They are worked
/// out when asked for.
#[derive(Debug)]
pub struct Delta<'s> {
    policy: &'s Policy,
    context: &'s Context,
    standing: &'s Standing,
    /// What takes the change back, last first.
    undo: Vec<Change>,
    /// Worked out when first asked for, as is the context before.
    changes: OnceLock<Vec<OutcomeChange>>,
    before: OnceLock<Box<Context>>,
}

/// An entitlement whose outcome is another than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutcomeChange {
    /// Which.
    pub entitlement: EntitlementId,
    /// The outcome before.
    pub before: Outcome,
    /// The outcome now.
    pub after: Outcome,
}

impl Policy {
    /// Begins a session. Errors: the context was built with another policy.
    ///
    /// Cost: that of [`Self::entitlements`].
    pub fn session(&self, context: Context) -> Result<Session<&Self>, Error> {
        Session::new(self, context)
    }
}

impl<P: Borrow<Policy>> Session<P> {
    /// As [`Policy::session`], for any way to hold the policy.
    pub fn new(policy: P, context: Context) -> Result<Self, Error> {
        let owner: &Policy = policy.borrow();
        if !owner.is_of(&context) {
            let problem = Problem::new(ProblemKind::OtherPolicy, None, "the context was built with another policy");
            let help = "build it with the policy of the session".to_owned();
            return Err(Error::new(vec![problem.help(Some(help))]));
        }
        let standing = owner.index().standing(&context.placement);
        Ok(Self { policy, context, standing, valid_until: OnceLock::new() })
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        self.policy.borrow()
    }

    /// The situation now.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Changes one attribute. `approved` changes what was approved; an omitted value takes an attribute back to what the
    /// catalogue says of one left out.
    ///
    /// Errors: those of [`ContextBuilder::build`]; then nothing has changed.
    ///
    /// Cost: in proportion to what the attribute can change. While the same attribute goes on changing, one row of bits is
    /// looked at; when it is another one, a row for each slot of the policy.
    pub fn set(&mut self, name: &str, value: impl Into<Input>) -> Result<Delta<'_>, Error> {
        let read = Change::read(self.policy.borrow(), name, &value.into())?;
        self.apply(|| vec![known_name(name)], read)
    }

    /// Changes several attributes at once, given in any way that a context is built: what is not named stays as it is.
    ///
    /// Errors: those of [`ContextBuilder::build`]; then nothing has changed.
    pub fn update(
        &mut self,
        give: impl for<'b> FnOnce(ContextBuilder<'b>) -> ContextBuilder<'b>,
    ) -> Result<Delta<'_>, Error> {
        let builder = give(self.policy.borrow().context());
        let names: Vec<String> = builder.names().map(str::to_owned).collect();
        let read = builder.read()?;
        self.apply(|| names, read)
    }

    fn apply(&mut self, names: impl FnOnce() -> Vec<String>, read: Read) -> Result<Delta<'_>, Error> {
        let policy: &Policy = self.policy.borrow();
        let mut undo = self.context.apply(policy, read.changes)?;
        self.context.note(names, read.passed_over, read.unusable);
        undo.reverse();
        self.valid_until.take();
        policy.index().follow(&self.context.placement, &mut self.standing);
        let (context, standing) = (&self.context, &self.standing);
        Ok(Delta { policy, context, standing, undo, changes: OnceLock::new(), before: OnceLock::new() })
    }

    /// The answer for one entitlement now.
    pub fn decide(&self, entitlement: EntitlementId) -> Decision<'_> {
        self.policy().decide(&self.context, entitlement)
    }

    /// As [`Self::decide`], by name. Errors: there is no such entitlement.
    pub fn decide_named(&self, entitlement: &str) -> Result<Decision<'_>, Error> {
        self.policy().decide_named(&self.context, entitlement)
    }

    /// The answers for every entitlement now.
    pub fn entitlements(&self) -> Entitlements<'_> {
        self.policy().entitlements(&self.context)
    }

    /// How long all decisions hold if nothing changes but the time: the earliest end of any of them. Then set `now`.
    ///
    /// Cost: that of [`Decision::valid_until`] for each entitlement whose rules read the clock, once after each change.
    pub fn valid_until(&self) -> ValidUntil {
        *self.valid_until.get_or_init(|| validity::of_all(self.policy(), &self.context))
    }
}

impl<'s> Delta<'s> {
    fn compared(&self) -> Vec<OutcomeChange> {
        let is_of_now = |change: &Change| matches!(change, Change::Attribute(NOW, _));
        let of_approvals = |change: &Change| matches!(change, Change::Approvals(_));
        let can_expire = self.undo.iter().any(is_of_now) && !self.context.approvals.is_empty();
        // what was approved is no part of the rows
        if can_expire || self.undo.iter().any(of_approvals) {
            return self.all_compared();
        }
        let now = self.context.now();
        let compared = |Shift { entitlement, before, after }| {
            let is_approved = || self.policy.is_approved(self.context, entitlement, now);
            OutcomeChange {
                entitlement: self.policy.id(entitlement),
                before: self.policy.outcome_of(before, is_approved),
                after: self.policy.outcome_of(after, is_approved),
            }
        };
        let shifts = self.policy.index().shifts(self.standing).into_iter();
        shifts.map(compared).filter(|change| change.before != change.after).collect()
    }

    fn all_compared(&self) -> Vec<OutcomeChange> {
        let before = self.context_before();
        let each = self.policy.entitlement_ids().map(|entitlement| OutcomeChange {
            entitlement,
            before: self.policy.outcome(before, entitlement),
            after: self.policy.outcome(self.context, entitlement),
        });
        each.filter(|change| change.before != change.after).collect()
    }

    /// Whether no outcome changed. Reasons and parameters may have.
    pub fn is_empty(&self) -> bool {
        self.changes().is_empty()
    }

    /// Every outcome that changed. Cost: the first time, some steps for each entitlement of which a rule begins or ceases to
    /// fire.
    pub fn changes(&self) -> &[OutcomeChange] {
        self.changes.get_or_init(|| self.compared())
    }

    /// What is given now and was not before.
    pub fn gained(&self) -> impl Iterator<Item = EntitlementId> + '_ {
        let gained = |change: &&OutcomeChange| change.after.is_allowed();
        self.changes().iter().filter(gained).map(|change| change.entitlement)
    }

    /// What was given before and is not now.
    pub fn lost(&self) -> impl Iterator<Item = EntitlementId> + '_ {
        let lost = |change: &&OutcomeChange| change.before.is_allowed();
        self.changes().iter().filter(lost).map(|change| change.entitlement)
    }

    /// The decision as it is now, with its reasons.
    pub fn after(&self, entitlement: EntitlementId) -> Decision<'s> {
        self.policy.decide(self.context, entitlement)
    }

    /// The decision as it was before, with its reasons. Cost: the first time, the context before is made again.
    pub fn before(&self, entitlement: EntitlementId) -> Decision<'_> {
        self.policy.decide(self.context_before(), entitlement)
    }

    /// The situation before.
    pub fn context_before(&self) -> &Context {
        self.before.get_or_init(|| {
            let mut before = self.context.clone();
            for change in self.undo.clone() {
                before.set(self.policy, change);
            }
            before.settle(self.policy);
            Box::new(before)
        })
    }
}
