//! What the analysis finds, on all cores, with progress on a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rayon::prelude::*;
use std::collections::BTreeSet;
use wardkey::analyse::{
    Blackout, CheckCache, Coverage, EntitlementDiff, Fate, GoalExample, Mutant, PolicyDiff, Proof, UnitBlackout,
    UnitReport,
};
use wardkey::suite::SuiteProperty;
use wardkey::{Analysis, Finding, Policy};

/// What is found out about each of several properties.
pub(crate) fn proofs(analysis: &Analysis<'_>, properties: &[SuiteProperty]) -> Vec<Proof> {
    let bar = progress(properties.len());
    let prove = |property: &SuiteProperty| {
        let proof = analysis.prove(&property.property);
        bar.inc(1);
        proof
    };
    let proofs = properties.par_iter().map(prove).collect();
    bar.finish_and_clear();
    proofs
}

/// For each of some goals a context that reaches it.
pub(crate) fn examples(
    coverage: &Coverage<'_>,
    goals: &[usize],
) -> Vec<Result<Option<GoalExample>, wardkey::Undecided>> {
    let bar = progress(goals.len());
    let example = |&at: &usize| {
        let example = coverage.example(at);
        bar.inc(1);
        example
    };
    let examples = goals.par_iter().map(example).collect();
    bar.finish_and_clear();
    examples
}

/// What becomes of each mutant. Errors: a changed rule is refused.
pub(crate) fn fates(
    policy: &Policy,
    mutants: &[Mutant],
    steps: u64,
    notices: &(dyn Fn(&Policy, &BTreeSet<String>) -> bool + Sync),
) -> Result<Vec<Fate>, wardkey::Error> {
    let bar = progress(mutants.len());
    let fate = |mutant: &Mutant| {
        let fate = mutant.fate(policy, steps, &|changed, about| notices(changed, about));
        bar.inc(1);
        fate
    };
    let fates = mutants.par_iter().map(fate).collect();
    bar.finish_and_clear();
    fates
}

/// Units from which on progress is shown: fewer are done before it could be read.
const MANY: usize = 200;

/// Everything that is found, beside what is known from an earlier check; what a later one may use, and how many groups of
/// entitlements were looked at.
pub(crate) fn all(analysis: &Analysis<'_>, cache: &CheckCache) -> (Vec<Finding>, CheckCache, usize) {
    let units = analysis.cached_units(cache);
    let bar = progress(analysis.units());
    let look = |at| {
        let report = analysis.unit_beside(&units, at);
        bar.inc(1);
        report
    };
    let (reports, known): (Vec<UnitReport>, Vec<bool>) = (0..analysis.units()).into_par_iter().map(look).unzip();
    bar.finish_and_clear();
    let looked_at = known.iter().filter(|is_known| !**is_known).count();
    (analysis.conclude(&reports), analysis.to_cache(&units, &reports), looked_at)
}

/// What closes while one attribute is unknown, and the entitlements of which not everything was found out.
pub(crate) fn blackout(analysis: &Analysis<'_>) -> (Vec<Blackout>, Vec<String>) {
    let bar = progress(analysis.units());
    let look = |at| {
        let unit = analysis.blackout_of(at);
        bar.inc(1);
        unit
    };
    let units: Vec<UnitBlackout> = (0..analysis.units()).into_par_iter().map(look).collect();
    bar.finish_and_clear();
    analysis.conclude_blackout(&units)
}

/// Every entitlement that some context decides otherwise.
pub(crate) fn changes(diff: &PolicyDiff<'_>) -> Vec<EntitlementDiff> {
    let (analysis, touched) = (diff.analysis(), diff.touched());
    let bar = progress(touched.len());
    let compare = |at| {
        let entitlement = diff.entitlement(&analysis, at);
        bar.inc(1);
        entitlement
    };
    let found: Vec<EntitlementDiff> = touched.into_par_iter().map(compare).collect();
    bar.finish_and_clear();
    found.into_iter().filter(EntitlementDiff::is_change).collect()
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
