//! What every engine is asked: the generated hospital, the seed, and the pairs of a context and an entitlement.
//!
//! All engines are asked the same questions in the same order. A slow engine is asked the first few of them only, so that
//! its cell ends in time; how many is part of its result.

use crate::seed::SEED;
use wardkey_testing::random::Random;
use wardkey_testing::workload::{Expected, Situation, Workload};

/// Contexts that are asked in turn.
pub const CONTEXTS: usize = 1_000;
/// Questions that are asked in turn: so many that no processor learns by heart how each ends, as it does with a few thousand,
/// in favour of whatever is made of branches.
pub const QUESTIONS: usize = 65_536;

/// What an engine says of one entitlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// No rule speaks of it.
    Nothing,
    /// Some rule gives it, none takes it away.
    Given,
    /// Some rule takes it away.
    Denied,
}

/// The workload, and what is asked about it.
pub struct Asked {
    /// Rules, vocabulary, entitlements.
    pub workload: Workload,
    /// Positions of a context and of an entitlement.
    pub questions: Vec<(usize, usize)>,
    expected: Vec<Option<Vec<Answer>>>,
}

impl Asked {
    /// Asks about so many rules. Cost: about a microsecond a rule.
    pub fn generate(size: usize) -> Self {
        let workload = Workload::generate(size, SEED);
        let mut random = Random::new(SEED);
        let entitlements = workload.entitlements.len();
        let questions = (0..QUESTIONS).map(|_| (random.below(CONTEXTS), random.below(entitlements))).collect();
        Self { workload, questions, expected: vec![None; CONTEXTS] }
    }

    /// The contexts.
    pub fn situations(&self) -> &[Situation] {
        &self.workload.situations[..CONTEXTS]
    }

    /// The answers of one context, found by walking over every rule, once.
    pub fn expected(&mut self, context: usize) -> &[Answer] {
        let workload = &self.workload;
        self.expected[context].get_or_insert_with(|| {
            let answer = |expected: Expected| match expected {
                Expected::Given => Answer::Given,
                Expected::Denied => Answer::Denied,
                Expected::Nothing => Answer::Nothing,
            };
            workload.expected(&workload.situations[context]).into_iter().map(answer).collect()
        })
    }
}
