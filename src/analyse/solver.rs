//! The solver behind every yes or no: whether some context has certain properties at once.
//!
//! The one idea: properties are literals made by *gates*, whose meaning is held by clauses; a question is a list of literals
//! that shall hold together. Steps are counted, not seconds, so that an answer is the same on every machine. Nothing here knows
//! policies; another solver would change this file alone.

use batsat::{Callbacks, Lit as Raw, Solver as Engine, SolverInterface, Var, lbool};
use rustc_hash::FxHashMap;
use std::cell::Cell;

/// Something that holds or not.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub(super) struct Lit(u32);

impl std::ops::Not for Lit {
    type Output = Self;

    fn not(self) -> Self {
        Self(self.0 ^ 1)
    }
}

impl Lit {
    fn raw(self) -> Raw {
        Raw::new(Var::unsafe_from_idx(self.0 >> 1), self.0 & 1 == 0)
    }

    fn of(raw: Raw) -> Self {
        Self(raw.var().idx() << 1 | u32::from(!raw.sign()))
    }
}

/// Whether the literals of a question can hold together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    Yes,
    No,
    /// Not found within the steps allowed.
    Undecided,
}

/// Stops the search after so many steps.
#[derive(Debug, Default)]
struct Steps {
    left: Cell<u64>,
}

impl Callbacks for Steps {
    fn stop(&self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left == 0
    }
}

/// Gates and the search for what makes them hold.
pub(super) struct Solver {
    engine: Engine<Steps>,
    gates: FxHashMap<Box<[Lit]>, Lit>,
    clause: Vec<Raw>,
    always: Lit,
    budget: u64,
}

impl Solver {
    /// `budget` is the steps allowed for one question.
    pub fn new(budget: u64) -> Self {
        let engine = Engine::new(batsat::SolverOpts::default(), Steps::default());
        let mut solver = Self { engine, gates: FxHashMap::default(), clause: Vec::new(), always: Lit(0), budget };
        solver.always = solver.fresh();
        solver.claim(&[solver.always]);
        solver
    }

    /// Something that may hold or not.
    pub fn fresh(&mut self) -> Lit {
        Lit::of(Raw::new(self.engine.new_var_default(), true))
    }

    /// What always holds, or never.
    pub fn constant(&self, holds: bool) -> Lit {
        if holds { self.always } else { !self.always }
    }

    /// From now on at least one of these holds.
    pub fn claim(&mut self, any: &[Lit]) {
        self.clause.clear();
        self.clause.extend(any.iter().map(|lit| lit.raw()));
        self.engine.add_clause_reuse(&mut self.clause);
    }

    /// Whether all of these hold; of none, always.
    pub fn all(&mut self, parts: impl IntoIterator<Item = Lit>) -> Lit {
        let mut parts: Vec<Lit> = parts.into_iter().filter(|&part| part != self.always).collect();
        parts.sort_unstable();
        parts.dedup();
        // a literal and its opposite stand side by side
        let is_contradiction = parts.windows(2).any(|pair| pair[0] == !pair[1]);
        if is_contradiction || parts.contains(&!self.always) {
            return !self.always;
        }
        match parts.as_slice() {
            [] => self.always,
            &[only] => only,
            _ => self.gate(parts.into()),
        }
    }

    /// Whether any of these holds; of none, never.
    pub fn any(&mut self, parts: impl IntoIterator<Item = Lit>) -> Lit {
        !self.all(parts.into_iter().map(|part| !part))
    }

    fn gate(&mut self, parts: Box<[Lit]>) -> Lit {
        if let Some(&known) = self.gates.get(&parts) {
            return known;
        }
        let gate = self.fresh();
        for &part in &parts {
            self.claim(&[!gate, part]);
        }
        let clause: Vec<Lit> = parts.iter().map(|&part| !part).chain([gate]).collect();
        self.claim(&clause);
        self.gates.insert(parts, gate);
        gate
    }

    /// From now on exactly one of these holds. Cost: a clause or two for each.
    pub fn exactly_one(&mut self, choices: &[Lit]) {
        self.claim(choices);
        // by a chain: whether one of those before holds
        let mut before = !self.always;
        for (at, &choice) in choices.iter().enumerate() {
            self.claim(&[!before, !choice]);
            if at + 1 < choices.len() {
                let next = self.fresh();
                self.claim(&[!before, next]);
                self.claim(&[!choice, next]);
                before = next;
            }
        }
    }

    /// Whether these can hold together.
    pub fn ask(&mut self, wanted: &[Lit]) -> Answer {
        let assumed: Vec<Raw> = wanted.iter().map(|lit| lit.raw()).collect();
        self.engine.cb_mut().left.set(self.budget);
        let answer = self.engine.solve_limited(&assumed);
        if answer == lbool::TRUE {
            Answer::Yes
        } else if answer == lbool::FALSE {
            Answer::No
        } else {
            Answer::Undecided
        }
    }

    /// After a yes: whether a literal holds in what was found.
    pub fn holds(&self, lit: Lit) -> bool {
        self.engine.value_lit(lit.raw()) == lbool::TRUE
    }

    /// After a no: which of the wanted literals cannot hold together; not always the fewest.
    pub fn clash(&self) -> Vec<Lit> {
        self.engine.unsat_core().iter().map(|&raw| !Lit::of(raw)).collect()
    }
}
