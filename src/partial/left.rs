//! Which effects may still decide, and when it comes to giving: ranks over what is left of conditions.

use super::forms::{FormId, Forms, Joint};
use crate::eval::Outcome;
use crate::model::{Effect, Rank, Rule};

/// An effect on the entitlement with what is left of its condition.
#[derive(Clone, Copy)]
pub(super) struct Standing<'a> {
    pub rank: Rank,
    pub rule: &'a Rule,
    pub effect: &'a Effect,
    pub form: FormId,
}

/// The effects that may still decide.
pub(super) struct Left<'a> {
    /// Strongest first. Those of the weakest rank may be settled, then all of them are.
    pub effects: Vec<Standing<'a>>,
    /// Settled, where it is.
    pub outcome: Option<Outcome>,
}

impl<'a> Left<'a> {
    /// Of all effects on the entitlement. `approved`: where a request for it counts as approved.
    pub fn of(mut effects: Vec<Standing<'a>>, forms: &Forms, approved: FormId) -> Self {
        let outcome_of = |rank: Option<Rank>| match rank {
            Some(Rank::OverrideDeny | Rank::Deny) => Some(Outcome::Denied),
            Some(Rank::OverrideAllow | Rank::Allow) => Some(Outcome::Allowed),
            Some(Rank::Offer) => {
                forms.as_constant(approved).map(|is| if is { Outcome::Allowed } else { Outcome::Offered })
            }
            None => Some(Outcome::NotGranted),
        };
        effects.retain(|effect| forms.as_constant(effect.form) != Some(false));
        let is_settled = |effect: &Standing<'_>| forms.as_constant(effect.form) == Some(true);
        let settled = effects.iter().find(|effect| is_settled(effect)).map(|effect| effect.rank);
        effects.retain(|effect| Some(effect.rank) > settled || (Some(effect.rank) == settled && is_settled(effect)));
        // what could only replace the settled outcome by the same one changes nothing
        let outcome = outcome_of(settled);
        while let Some(weakest) = effects.iter().rfind(|effect| !is_settled(effect)).map(|effect| effect.rank)
            && outcome.is_some()
            && outcome_of(Some(weakest)) == outcome
        {
            effects.retain(|effect| effect.rank != weakest || is_settled(effect));
        }
        let is_open = effects.iter().any(|effect| !is_settled(effect));
        let effects = without_covered(effects, forms);
        Self { effects, outcome: outcome.filter(|_| !is_open) }
    }

    /// Where it is allowed.
    pub fn gives(&self, forms: &mut Forms, approved: FormId) -> FormId {
        self.fold(forms, |forms, form| forms.join(Joint::All, [form, approved]))
    }

    /// Where it is offered or allowed.
    pub fn gives_at_least_offer(&self, forms: &mut Forms) -> FormId {
        self.fold(forms, |_, form| form)
    }

    /// Everything on which the outcome hangs.
    pub fn roots(&self, approved: FormId) -> Vec<FormId> {
        let is_offered = self.effects.iter().any(|effect| effect.rank == Rank::Offer);
        let forms = self.effects.iter().map(|effect| effect.form);
        forms.chain(is_offered.then_some(approved)).collect()
    }

    /// From the weakest rank up: what gives adds to where it is given, what denies takes away from it.
    fn fold(&self, forms: &mut Forms, offered: impl Fn(&mut Forms, FormId) -> FormId) -> FormId {
        let mut given = forms.constant(false);
        for rank in [Rank::Offer, Rank::Allow, Rank::Deny, Rank::OverrideAllow, Rank::OverrideDeny] {
            let parts: Vec<FormId> =
                self.effects.iter().filter(|effect| effect.rank == rank).map(|effect| effect.form).collect();
            let any = forms.join(Joint::Any, parts);
            given = match rank {
                Rank::Offer => offered(forms, any),
                Rank::Allow | Rank::OverrideAllow => forms.join(Joint::Any, [any, given]),
                Rank::Deny | Rank::OverrideDeny => {
                    let spared = forms.negate(any);
                    forms.join(Joint::All, [given, spared])
                }
            };
        }
        given
    }
}

/// Rules of one rank held against each other, at most.
const COMPARED: usize = 256;

/// Without effects whose condition implies that of another of their rank. Of equal ones all stay.
fn without_covered<'a>(effects: Vec<Standing<'a>>, forms: &Forms) -> Vec<Standing<'a>> {
    let of_rank = |rank: Rank| effects.iter().filter(move |effect| effect.rank == rank);
    let is_covered = |effect: &Standing<'_>| {
        let mut others = of_rank(effect.rank).take(COMPARED).filter(|other| other.form != effect.form);
        others.any(|other| forms.implies(effect.form, other.form) && !forms.implies(other.form, effect.form))
    };
    effects.iter().filter(|effect| !is_covered(effect)).copied().collect()
}
