//! wardkey, through its public door: the policy as text with its catalogue, contexts built from a struct.
//!
//! The policy and the contexts live as long as the process, so that one set of answers can be kept and refreshed.

use super::Engine;
use crate::workload::Answer;
use std::hint::black_box;
use wardkey::{Context, EntitlementId, Entitlements, Outcome, Policy};
use wardkey_testing::workload::{Situation, Workload};

/// The loaded policy.
pub struct Wardkey {
    policy: &'static Policy,
    ids: Vec<EntitlementId>,
    kept: Option<Entitlements<'static>>,
}

impl Engine for Wardkey {
    type Context = &'static Context;
    type Question = EntitlementId;

    const NAME: &'static str = "wardkey";
    const CRATE: Option<&'static str> = Some("wardkey");
    const DETAIL: &'static str = "";
    const IS_ONE_CALL: bool = true;

    fn load(workload: &Workload) -> Result<Self, String> {
        let policy = Box::leak(Box::new(workload.policy().map_err(|error| error.to_string())?));
        let id = |name: &String| policy.entitlement(name).map_err(|error| error.to_string());
        let ids = workload.entitlements.iter().map(id).collect::<Result<_, _>>()?;
        Ok(Self { policy, ids, kept: None })
    }

    fn context(&mut self, workload: &Workload, situation: &Situation) -> Self::Context {
        let built = self.policy.context().values(&workload.person(situation)).build();
        Box::leak(Box::new(built.expect("a person is a context")))
    }

    fn question(&mut self, _: &Workload, _: &Situation, entitlement: usize) -> EntitlementId {
        self.ids[entitlement]
    }

    fn decide(&mut self, context: &Self::Context, question: &EntitlementId) -> Answer {
        answer(self.policy.outcome(context, *question))
    }

    fn entitlements(&mut self, context: &Self::Context, mut each: impl FnMut(usize, Answer)) {
        let all = self.policy.entitlements(context);
        self.ids.iter().enumerate().for_each(|(at, id)| each(at, answer(all.outcome(*id))));
    }

    fn call(&mut self, context: &Self::Context) -> bool {
        black_box(self.policy.entitlements(context));
        true
    }

    fn refresh(&mut self, context: &Self::Context) -> bool {
        let kept = self.kept.get_or_insert_with(|| self.policy.entitlements(context));
        kept.refresh(context);
        black_box(kept);
        true
    }
}

fn answer(outcome: Outcome) -> Answer {
    match outcome {
        Outcome::Denied => Answer::Denied,
        Outcome::Allowed | Outcome::Offered => Answer::Given,
        Outcome::NotGranted => Answer::Nothing,
    }
}
