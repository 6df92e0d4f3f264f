//! The rules as Rust, written by the build script: the fastest form that a policy can be compiled to by hand.
//!
//! A change of a rule is then a change of the program, and nothing says why it decided; it is here as the bound.

use super::Engine;
use crate::person::Person;
use crate::workload::Answer;
use wardkey_testing::workload::{Situation, Workload};

/// One of the workloads that are compiled in.
#[derive(Clone, Copy)]
pub enum Generated {
    /// Ten rules.
    Ten,
    /// A hundred.
    Hundred,
    /// A thousand.
    Thousand,
    /// Ten thousand.
    TenThousand,
}

impl Engine for Generated {
    type Context = Person;
    type Question = fn(&Person) -> Answer;

    const NAME: &'static str = "generated-rust";
    const CRATE: Option<&'static str> = None;
    const DETAIL: &'static str = "generated Rust if-chains";
    const IS_ONE_CALL: bool = true;

    fn load(workload: &Workload) -> Result<Self, String> {
        match workload.rules.len() {
            10 => Ok(Self::Ten),
            100 => Ok(Self::Hundred),
            1_000 => Ok(Self::Thousand),
            10_000 => Ok(Self::TenThousand),
            _ => Err("compiled in for 10, 100, 1,000 and 10,000 rules only".to_owned()),
        }
    }

    fn context(&mut self, workload: &Workload, situation: &Situation) -> Person {
        Person::new(&workload.vocabulary, situation)
    }

    fn question(&mut self, _: &Workload, _: &Situation, entitlement: usize) -> fn(&Person) -> Answer {
        match self {
            Self::Ten => code::rules_10::DECIDE[entitlement],
            Self::Hundred => code::rules_100::DECIDE[entitlement],
            Self::Thousand => code::rules_1000::DECIDE[entitlement],
            Self::TenThousand => code::rules_10000::DECIDE[entitlement],
        }
    }

    fn decide(&mut self, person: &Person, question: &fn(&Person) -> Answer) -> Answer {
        question(person)
    }

    fn entitlements(&mut self, person: &Person, each: impl FnMut(usize, Answer)) {
        match self {
            Self::Ten => code::rules_10::all(person, each),
            Self::Hundred => code::rules_100::all(person, each),
            Self::Thousand => code::rules_1000::all(person, each),
            Self::TenThousand => code::rules_10000::all(person, each),
        }
    }
}

#[expect(unused_parens, reason = "a rule of one part is its alternatives in parentheses")]
mod code {
    use super::{Answer, Person};

    include!(concat!(env!("OUT_DIR"), "/generated.rs"));
}
