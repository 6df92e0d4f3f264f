//! One trait for every engine, and the list of them.
//!
//! An engine reads the workload in its own language, makes contexts in its own form, and answers. Timing, checking and
//! counting are written once, over the trait, and compiled for each engine: no call through a pointer is timed.

mod a_tree;
mod casbin;
mod cedar;
mod cel;
mod closures;
mod datalogic;
mod generated;
mod regorus;
mod wardkey;
mod zen;

use crate::measure;
use crate::workload::Answer;
use wardkey_testing::workload::{Situation, Workload};

/// An engine with the workload's rules loaded.
pub trait Engine: Sized {
    /// A context in the engine's own form, made before anything is timed.
    type Context;
    /// One entitlement as the engine names it, with whatever it needs to be asked of one context.
    type Question;

    /// How it is chosen on the command line.
    const NAME: &'static str;
    /// The crate it comes from, if it is a published one.
    const CRATE: Option<&'static str>;
    /// What distinguishes this way of using it.
    const DETAIL: &'static str;
    /// Whether all entitlements of a context are found by one call; else they are asked one by one.
    const IS_ONE_CALL: bool;
    /// Whether it tells "denied" from "no rule speaks of it".
    const TELLS_DENIALS: bool = true;

    /// Loads the rules. Errors: why it cannot hold them.
    fn load(workload: &Workload) -> Result<Self, String>;

    /// A context.
    fn context(&mut self, workload: &Workload, situation: &Situation) -> Self::Context;

    /// A question about that context.
    fn question(&mut self, workload: &Workload, situation: &Situation, entitlement: usize) -> Self::Question;

    /// The answer to one question. Timed.
    fn decide(&mut self, context: &Self::Context, question: &Self::Question) -> Answer;

    /// The answers for every entitlement, with their positions, in any order; those left out are [`Answer::Nothing`]. Timed.
    fn entitlements(&mut self, context: &Self::Context, each: impl FnMut(usize, Answer));

    /// The call alone, no answer read, where it can be told from reading the answers. Timed.
    fn call(&mut self, _: &Self::Context) -> bool {
        false
    }

    /// The same in the room of the call before, where an engine can do that. Timed.
    fn refresh(&mut self, _: &Self::Context) -> bool {
        false
    }
}

/// An engine of the list.
pub struct Listed {
    /// How it is chosen on the command line.
    pub name: &'static str,
    /// The crate it comes from.
    pub from: Option<&'static str>,
    /// What distinguishes this way of using it.
    pub detail: &'static str,
    /// Loads, checks, measures, and writes what it found to standard output.
    pub measure: fn(&measure::Task) -> Result<(), String>,
    /// Loads and asks, for an instrument that counts instructions.
    pub count: fn(&measure::Count) -> Result<(), String>,
}

impl Listed {
    const fn of<E: Engine>() -> Self {
        let (measure, count) = (measure::measure::<E>, measure::count::<E>);
        Self { name: E::NAME, from: E::CRATE, detail: E::DETAIL, measure, count }
    }

    /// With its version, as it was compiled in.
    pub fn title(&self) -> String {
        let Some(name) = self.from else { return self.detail.to_owned() };
        let version = version(name).unwrap_or("(version unknown)");
        let comma = if self.detail.is_empty() { "" } else { ", " };
        format!("{name} {version}{comma}{}", self.detail)
    }
}

/// All of them, in the order of the table.
pub const ENGINES: [Listed; 11] = [
    Listed::of::<wardkey::Wardkey>(),
    Listed::of::<generated::Generated>(),
    Listed::of::<closures::Closures>(),
    Listed::of::<datalogic::Datalogic>(),
    Listed::of::<cel::Cel>(),
    Listed::of::<a_tree::Trees>(),
    Listed::of::<regorus::Regorus>(),
    Listed::of::<cedar::PerEntitlement>(),
    Listed::of::<cedar::OneSet>(),
    Listed::of::<zen::Zen>(),
    Listed::of::<casbin::Casbin>(),
];

/// The version of a crate that the lock file names.
fn version(name: &str) -> Option<&'static str> {
    let mut lines = include_str!("../Cargo.lock").lines();
    lines.find(|line| line.strip_prefix("name = ").is_some_and(|quoted| quoted.trim_matches('"') == name))?;
    Some(lines.next()?.strip_prefix("version = ")?.trim_matches('"'))
}
