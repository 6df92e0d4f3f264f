//! What is small and hard is answered, or said to be undecided; either way the same each time, by one thread or by several.

use wardkey::{Analysis, Finding, Policy, PolicyFiles};
use wardkey_testing::worst::{self, Worst};

fn load(worst: &Worst) -> Policy {
    let files = PolicyFiles::new().catalogue("catalogue.yaml", worst.catalogue.as_str());
    files.rules("rules.ward", worst.rules.as_str()).load().unwrap_or_else(|error| panic!("{}: {error}", worst.name))
}

/// Whatever never matters is found, unless it is said that something was not found out. Whether everything was.
fn is_right(worst: &Worst, found: &[Finding]) -> bool {
    let is_found = |id: &String| {
        let of_rule = |finding: &&Finding| finding.rules.first().is_some_and(|first| **first == **id);
        found.iter().filter(of_rule).any(|finding| finding.diagnostic.code.name == "never-matters")
    };
    let undecided: Vec<&Finding> = found.iter().filter(|finding| finding.is_undecided()).collect();
    assert!(undecided.iter().all(|finding| finding.diagnostic.message.contains("steps")), "{}", worst.name);
    let missed = worst.superfluous.iter().find(|id| !is_found(id));
    assert!(missed.is_none() || !undecided.is_empty(), "{}: {missed:?}", worst.name);
    undecided.is_empty()
}

#[test]
fn all_but_pigeons_are_answered() {
    for worst in worst::all().iter().filter(|worst| !worst.name.contains("pigeons")) {
        assert!(is_right(worst, &Analysis::new(&load(worst)).check()), "{}", worst.name);
    }
    // a few of them are
    let few = worst::pigeons(6);
    assert!(is_right(&few, &Analysis::new(&load(&few)).check()), "{}", few.name);
}

#[test]
fn what_stops_early_stops_at_the_same_place() {
    let mut stopped = 0;
    for worst in worst::all() {
        let policy = load(&worst);
        let analysis = Analysis::new(&policy).with_steps(300);
        let found = analysis.check();
        assert_eq!(found, Analysis::new(&policy).with_steps(300).check(), "{}", worst.name);
        let by_threads: Vec<Vec<Finding>> = std::thread::scope(|scope| {
            let look = || analysis.conclude(&(0..analysis.units()).map(|at| analysis.unit(at)).collect::<Vec<_>>());
            let threads: Vec<_> = (0..2).map(|_| scope.spawn(look)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(by_threads.iter().all(|other| *other == found), "{}", worst.name);
        stopped += usize::from(!is_right(&worst, &found));
    }
    assert!(stopped > 0, "none was hard");
}
