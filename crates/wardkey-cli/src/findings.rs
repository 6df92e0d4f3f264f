//! What the analysis finds, on all cores, with progress on a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeSet;
use wardkey::analyse::{
    Blackout, CheckCache, Coverage, EntitlementDiff, Fate, GoalExample, Mutant, PolicyDiff, Proof, UnitReport,
};
use wardkey::suite::SuiteProperty;
use wardkey::{Analysis, Finding, Policy, Undecided};

/// How many things there are from which on progress is shown: fewer are done before it could be read.
const MANY: usize = 200;

/// Whether people who wait see how far it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// On standard error, if that is a terminal.
    Shown,
    /// Not at all.
    Hidden,
}

/// A property by its name, and what was found out about it.
#[derive(Serialize)]
pub struct NamedProof {
    /// As people call it; else the sentence.
    pub name: String,
    /// Whether it holds.
    #[serde(flatten)]
    pub proof: Proof,
}

/// What is found out about each of several properties of the policy, those of test files say.
pub fn proofs(analysis: &Analysis<'_>, properties: Vec<SuiteProperty>, progress: Progress) -> Vec<NamedProof> {
    let proofs = each(&properties, progress, |property| analysis.prove(&property.property));
    properties.into_iter().zip(proofs).map(|(property, proof)| NamedProof { name: property.name, proof }).collect()
}

/// For each of some goals a context that reaches it.
pub(crate) fn examples(
    coverage: &Coverage<'_>,
    goals: &[usize],
    progress: Progress,
) -> Vec<Result<Option<GoalExample>, Undecided>> {
    each(goals, progress, |&at| coverage.example(at))
}

/// What becomes of each mutant. Errors: a changed rule is refused.
pub(crate) fn fates(
    policy: &Policy,
    (mutants, steps): (&[Mutant], u64),
    notices: &(dyn Fn(&Policy, &BTreeSet<String>) -> bool + Sync),
    progress: Progress,
) -> Result<Vec<Fate>, wardkey::Error> {
    let fate = |mutant: &Mutant| mutant.fate(policy, steps, &|changed, about| notices(changed, about));
    each(mutants, progress, fate).into_iter().collect()
}

/// Everything that is found, beside what is known from an earlier check; what a later one may use, and how many groups of
/// entitlements were looked at.
pub(crate) fn all(analysis: &Analysis<'_>, cache: &CheckCache) -> (Vec<Finding>, CheckCache, usize) {
    let units = analysis.cached_units(cache);
    let reports = each(&positions(analysis), Progress::Shown, |&at| analysis.unit_beside(&units, at));
    let (reports, known): (Vec<UnitReport>, Vec<bool>) = reports.into_iter().unzip();
    let looked_at = known.iter().filter(|is_known| !**is_known).count();
    (analysis.conclude(&reports), analysis.to_cache(&units, &reports), looked_at)
}

/// What closes while one attribute is unknown, and the entitlements of which not everything was found out.
pub fn blackout(analysis: &Analysis<'_>, progress: Progress) -> (Vec<Blackout>, Vec<String>) {
    analysis.conclude_blackout(&each(&positions(analysis), progress, |&at| analysis.blackout_of(at)))
}

/// Every entitlement that some context decides otherwise.
pub fn changes(diff: &PolicyDiff<'_>, progress: Progress) -> Vec<EntitlementDiff> {
    let analysis = diff.analysis();
    let found = each(&diff.touched(), progress, |&at| diff.entitlement(&analysis, at));
    found.into_iter().filter(EntitlementDiff::is_change).collect()
}

fn positions(analysis: &Analysis<'_>) -> Vec<usize> {
    (0..analysis.units()).collect()
}

/// What is found out about each of several things, in their order.
fn each<T: Sync, F: Send>(things: &[T], progress: Progress, look: impl Fn(&T) -> F + Sync) -> Vec<F> {
    let bar = bar(things.len(), progress);
    let look = |thing: &T| {
        let found = look(thing);
        bar.inc(1);
        found
    };
    let found = things.par_iter().map(look).collect();
    bar.finish_and_clear();
    found
}

fn bar(count: usize, progress: Progress) -> ProgressBar {
    if count < MANY || progress == Progress::Hidden {
        return ProgressBar::hidden();
    }
    // drawn only if standard error is a terminal
    let bar = ProgressBar::with_draw_target(Some(count as u64), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{spinner} {pos} of {len}, {eta} left");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
