//! What the analysis finds, on all cores, with progress on a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rayon::prelude::*;
use std::collections::BTreeSet;
use wardkey::analyse::{
    Blackout, CheckCache, Coverage, EntitlementDiff, Fate, GoalExample, Mutant, PolicyDiff, Proof, UnitReport,
};
use wardkey::suite::SuiteProperty;
use wardkey::{Analysis, Finding, Policy, Undecided};

/// How many things there are from which on progress is shown: fewer are done before it could be read.
const MANY: usize = 200;

/// What is found out about each of several properties.
pub(crate) fn proofs(analysis: &Analysis<'_>, properties: &[SuiteProperty]) -> Vec<Proof> {
    each(properties, |property| analysis.prove(&property.property))
}

/// For each of some goals a context that reaches it.
pub(crate) fn examples(coverage: &Coverage<'_>, goals: &[usize]) -> Vec<Result<Option<GoalExample>, Undecided>> {
    each(goals, |&at| coverage.example(at))
}

/// What becomes of each mutant. Errors: a changed rule is refused.
pub(crate) fn fates(
    policy: &Policy,
    mutants: &[Mutant],
    steps: u64,
    notices: &(dyn Fn(&Policy, &BTreeSet<String>) -> bool + Sync),
) -> Result<Vec<Fate>, wardkey::Error> {
    each(mutants, |mutant| mutant.fate(policy, steps, &|changed, about| notices(changed, about))).into_iter().collect()
}

/// Everything that is found, beside what is known from an earlier check; what a later one may use, and how many groups of
/// entitlements were looked at.
pub(crate) fn all(analysis: &Analysis<'_>, cache: &CheckCache) -> (Vec<Finding>, CheckCache, usize) {
    let units = analysis.cached_units(cache);
    let reports = each(&positions(analysis), |&at| analysis.unit_beside(&units, at));
    let (reports, known): (Vec<UnitReport>, Vec<bool>) = reports.into_iter().unzip();
    let looked_at = known.iter().filter(|is_known| !**is_known).count();
    (analysis.conclude(&reports), analysis.to_cache(&units, &reports), looked_at)
}

/// What closes while one attribute is unknown, and the entitlements of which not everything was found out.
pub(crate) fn blackout(analysis: &Analysis<'_>) -> (Vec<Blackout>, Vec<String>) {
    analysis.conclude_blackout(&each(&positions(analysis), |&at| analysis.blackout_of(at)))
}

/// Every entitlement that some context decides otherwise.
pub(crate) fn changes(diff: &PolicyDiff<'_>) -> Vec<EntitlementDiff> {
    let analysis = diff.analysis();
    let found = each(&diff.touched(), |&at| diff.entitlement(&analysis, at));
    found.into_iter().filter(EntitlementDiff::is_change).collect()
}

fn positions(analysis: &Analysis<'_>) -> Vec<usize> {
    (0..analysis.units()).collect()
}

/// What is found out about each of several things, in their order.
fn each<T: Sync, F: Send>(things: &[T], look: impl Fn(&T) -> F + Sync) -> Vec<F> {
    let bar = progress(things.len());
    let look = |thing: &T| {
        let found = look(thing);
        bar.inc(1);
        found
    };
    let found = things.par_iter().map(look).collect();
    bar.finish_and_clear();
    found
}

fn progress(count: usize) -> ProgressBar {
    if count < MANY {
        return ProgressBar::hidden();
    }
    // drawn only if standard error is a terminal
    let bar = ProgressBar::with_draw_target(Some(count as u64), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{spinner} {pos} of {len}, {eta} left");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
