//! wardkey, through its public door: the policy as text with its catalogue, contexts built from a struct.

use super::Engine;
use crate::workload::Answer;
use std::hint::black_box;
use wardkey::{Context, EntitlementId, Outcome, Policy};
use wardkey_testing::workload::{Situation, Workload};

/// The loaded policy.
pub struct Wardkey {
    policy: Policy,
    ids: Vec<EntitlementId>,
}

impl Engine for Wardkey {
    type Context = Context;
    type Question = EntitlementId;

    const NAME: &'static str = "wardkey";
    const CRATE: Option<&'static str> = Some("wardkey");
    const DETAIL: &'static str = "";
    const IS_ONE_CALL: bool = true;

    fn load(workload: &Workload) -> Result<Self, String> {
        let policy = workload.policy().map_err(|error| error.to_string())?;
        let id = |name: &String| policy.entitlement(name).map_err(|error| error.to_string());
        let ids = workload.entitlements.iter().map(id).collect::<Result<_, _>>()?;
        Ok(Self { policy, ids })
    }

    fn context(&mut self, workload: &Workload, situation: &Situation) -> Context {
        self.policy.context().values(&workload.person(situation)).build().expect("a person is a context")
    }

    fn question(&mut self, _: &Workload, _: &Situation, entitlement: usize) -> EntitlementId {
        self.ids[entitlement]
    }

    fn decide(&mut self, context: &Context, question: &EntitlementId) -> Answer {
        answer(self.policy.outcome(context, *question))
    }

    fn entitlements(&mut self, context: &Context, mut each: impl FnMut(usize, Answer)) {
        // in the order of the catalogue, which is the workload's
        let all = self.policy.entitlements(context);
        all.outcomes().iter().enumerate().for_each(|(at, outcome)| each(at, answer(*outcome)));
    }

    fn call(&mut self, context: &Context) -> bool {
        black_box(self.policy.entitlements(context));
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
