//! One engine at one size, in a process of its own: load, check, time.
//!
//! The timer is our own and not criterion: a dozen engines from ten nanoseconds to a second a call have to share ten
//! minutes, and each cell has to say how many questions it could be asked in its time. What it does is simple. Questions
//! are asked in turn, whole rounds a batch, so that every batch does the same work; a batch lasts about a millisecond or
//! one round, whichever is longer; the figure is the median batch. The clock is that of the thread, which stands still while
//! the machine does something else. Before that each question that will be timed has been asked once, and its answer
//! compared with that found by walking over every rule: a wrong one ends everything.

use crate::engines::Engine;
use crate::workload::{Answer, Asked, CONTEXTS};
use cpu_time::ThreadTime;
use serde::{Deserialize, Serialize};
use std::hint::black_box;
use std::io::Write;
use std::time::{Duration, Instant};

/// Questions that even the slowest engine is asked.
const FEWEST_QUESTIONS: usize = 16;
/// Contexts that even the slowest engine is asked for all entitlements.
const FEWEST_CONTEXTS: usize = 2;
/// Rounds that are timed at least.
const FEWEST_ROUNDS: u32 = 3;
/// A batch shorter than this would measure the clock.
const BATCH: Duration = Duration::from_millis(1);
/// A call for all entitlements that takes longer than so many times the time of its cell is left out.
const PATIENCE: f64 = 2.5;

/// What to measure.
pub struct Task {
    /// Rules.
    pub size: usize,
    /// How long each figure is measured.
    pub time: Duration,
}

/// What to ask under an instrument.
pub struct Count {
    /// Rules.
    pub size: usize,
    /// Questions.
    pub calls: usize,
}

/// What a measuring process says, a line each.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The rules are loaded, after so many seconds.
    Loaded(f64),
    /// The engine cannot hold the rules.
    Unable(String),
    /// One figure.
    Measured(Operation, Result<Figure, String>),
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// One entitlement of one context.
    Decide,
    /// Every entitlement of one context, each answer read.
    Entitlements,
    /// The call for every entitlement, no answer read.
    Call,
    /// The same in the room of the call before.
    Refresh,
}

/// A figure.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Figure {
    /// Nanoseconds a call, of the median batch.
    pub ns: f64,
    /// The same of the fastest batch.
    pub least: f64,
    /// Different questions, or contexts, that were asked and checked.
    pub asked: usize,
    /// Calls that were timed.
    pub calls: u64,
}

/// An engine, loaded, with what it will be asked in its own form.
struct Loaded<E: Engine> {
    engine: E,
    contexts: Vec<E::Context>,
    asked: Asked,
}

impl<E: Engine> Loaded<E> {
    fn new(mut engine: E, asked: Asked) -> Self {
        let contexts = asked.situations().iter().map(|situation| engine.context(&asked.workload, situation)).collect();
        Self { engine, contexts, asked }
    }

    fn question(&mut self, at: usize) -> (usize, E::Question) {
        let (context, entitlement) = self.asked.questions[at];
        let situation = &self.asked.workload.situations[context];
        (context, self.engine.question(&self.asked.workload, situation, entitlement))
    }
}

/// Loads an engine and says what it measured, an [`Event`] a line, on standard output.
///
/// Errors: a wrong answer, or standard output is closed.
pub fn measure<E: Engine>(task: &Task) -> Result<(), String> {
    let asked = Asked::generate(task.size);
    let start = Instant::now();
    let engine = match E::load(&asked.workload) {
        Ok(engine) => engine,
        Err(reason) => return say(&Event::Unable(reason)),
    };
    say(&Event::Loaded(start.elapsed().as_secs_f64()))?;
    let mut loaded = Loaded::new(engine, asked);
    let decide = decide(&mut loaded, task.time)?;
    say(&Event::Measured(Operation::Decide, Ok(decide)))?;
    let entitlements = entitlements(&mut loaded, task.time, decide.ns)?;
    say(&Event::Measured(Operation::Entitlements, entitlements))?;
    for (operation, call) in [(Operation::Call, E::call as Call<E>), (Operation::Refresh, E::refresh)] {
        if let Some(figure) = unread(&mut loaded, task.time, call) {
            say(&Event::Measured(operation, Ok(figure)))?;
        }
    }
    Ok(())
}

/// A call whose answers are not read; whether the engine has it.
type Call<E> = fn(&mut E, &<E as Engine>::Context) -> bool;

fn say(event: &Event) -> Result<(), String> {
    let line = serde_json::to_string(event).map_err(|error| error.to_string())?;
    writeln!(std::io::stdout(), "{line}").map_err(|error| error.to_string())
}

fn decide<E: Engine>(loaded: &mut Loaded<E>, time: Duration) -> Result<Figure, String> {
    let mut questions = Vec::new();
    let mut taken = Duration::ZERO;
    for at in 0..loaded.asked.questions.len() {
        if at >= FEWEST_QUESTIONS && taken > time {
            break;
        }
        let (context, question) = loaded.question(at);
        let start = Instant::now();
        let answer = loaded.engine.decide(&loaded.contexts[context], &question);
        taken += start.elapsed();
        check::<E>(loaded, context, loaded.asked.questions[at].1, answer)?;
        questions.push((context, question));
    }
    let Loaded { engine, contexts, .. } = loaded;
    let asked = questions.len();
    Ok(timed(asked, time, FEWEST_QUESTIONS, |at| {
        let (context, question) = &questions[at];
        black_box(engine.decide(black_box(&contexts[*context]), black_box(question)));
    }))
}

fn entitlements<E: Engine>(
    loaded: &mut Loaded<E>,
    time: Duration,
    decide: f64,
) -> Result<Result<Figure, String>, String> {
    let all = loaded.asked.workload.entitlements.len();
    let estimate = decide * 1e-9 * all as f64;
    if !E::IS_ONE_CALL && estimate > PATIENCE * time.as_secs_f64() {
        return Ok(Err(format!("asked one by one, {all} entitlements take about {estimate:.0} s")));
    }
    let mut contexts = 0;
    let mut taken = Duration::ZERO;
    while contexts < CONTEXTS && (contexts < FEWEST_CONTEXTS || taken < time) {
        let mut answers = vec![Answer::Nothing; all];
        let start = Instant::now();
        loaded.engine.entitlements(&loaded.contexts[contexts], |entitlement, answer| answers[entitlement] = answer);
        taken += start.elapsed();
        for (entitlement, answer) in answers.into_iter().enumerate() {
            check::<E>(loaded, contexts, entitlement, answer)?;
        }
        contexts += 1;
    }
    let Loaded { engine, contexts: asked, .. } = loaded;
    Ok(Ok(timed(contexts, time, FEWEST_CONTEXTS, |at| {
        let mut given = 0_u32;
        engine.entitlements(black_box(&asked[at]), |_, answer| given += u32::from(answer == Answer::Given));
        black_box(given);
    })))
}

fn unread<E: Engine>(loaded: &mut Loaded<E>, time: Duration, call: Call<E>) -> Option<Figure> {
    let Loaded { engine, contexts, .. } = loaded;
    let has_it = call(engine, &contexts[0]);
    has_it.then(|| {
        timed(CONTEXTS, time, FEWEST_CONTEXTS, |at| {
            black_box(call(engine, black_box(&contexts[at])));
        })
    })
}

/// Compares an answer with that of the rules. Errors: it is another.
fn check<E: Engine>(loaded: &mut Loaded<E>, context: usize, entitlement: usize, answer: Answer) -> Result<(), String> {
    let expected = loaded.asked.expected(context)[entitlement];
    let is_right =
        if E::TELLS_DENIALS { answer == expected } else { (answer == Answer::Given) == (expected == Answer::Given) };
    if is_right {
        return Ok(());
    }
    let person = loaded.asked.workload.person(&loaded.asked.workload.situations[context]);
    let name = &loaded.asked.workload.entitlements[entitlement];
    Err(format!("{} answers {answer:?} where {expected:?} is right: {name} for {person:?}", E::NAME))
}

/// The time of a call, the first `asked` questions in turn. Fewer of them are asked where a round would take too long.
fn timed(asked: usize, time: Duration, fewest: usize, mut call: impl FnMut(usize)) -> Figure {
    let start = Instant::now();
    let mut within = 0;
    while within < asked && (within < fewest || start.elapsed() < time / (2 * FEWEST_ROUNDS)) {
        call(within);
        within += 1;
    }
    let round = start.elapsed();
    let rounds = u32::try_from(BATCH.as_nanos().div_ceil(round.as_nanos().max(1))).unwrap_or(u32::MAX);
    let mut batches = Vec::new();
    let start = Instant::now();
    while batches.len() < FEWEST_ROUNDS as usize || start.elapsed() < time {
        let begun = ThreadTime::now();
        for _ in 0..rounds {
            (0..within).for_each(&mut call);
        }
        batches.push(begun.elapsed());
    }
    batches.sort_unstable();
    let calls = f64::from(rounds) * within as f64;
    let ns = |batch: Duration| batch.as_nanos() as f64 / calls;
    let timed = batches.len() as u64 * u64::from(rounds) * within as u64;
    Figure { ns: ns(batches[batches.len() / 2]), least: ns(batches[0]), asked: within, calls: timed }
}

/// Loads an engine and asks its first questions once, in a function that callgrind is told to look at alone.
pub fn count<E: Engine>(count: &Count) -> Result<(), String> {
    let asked = Asked::generate(count.size);
    let engine = E::load(&asked.workload)?;
    let mut loaded = Loaded::new(engine, asked);
    let questions: Vec<_> = (0..count.calls).map(|at| loaded.question(at)).collect();
    // what is made lazily is made before; not by a function of its own, which the compiler would find to be the same one
    ask(&mut loaded, &questions);
    counted_calls(&mut loaded, &questions);
    Ok(())
}

#[inline(never)]
fn counted_calls<E: Engine>(loaded: &mut Loaded<E>, questions: &[(usize, E::Question)]) {
    ask(loaded, questions);
}

#[inline(always)]
fn ask<E: Engine>(loaded: &mut Loaded<E>, questions: &[(usize, E::Question)]) {
    for (context, question) in questions {
        black_box(loaded.engine.decide(black_box(&loaded.contexts[*context]), black_box(question)));
    }
}
