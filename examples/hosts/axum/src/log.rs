//! The decision log: one line of JSON for each decision, written by a thread of its own.
//!
//! The one idea: a request never waits for the log. What was decided goes into a channel of fixed size as it is; the thread
//! works out the reasons, masks, and writes. Where the channel is full the line is lost, and counted: the count is shown at
//! `/health`, and the log itself says `{"lost": 3}` where lines are missing.
//!
//! Attributes of which the catalogue says `disclose: false` are shown as `•••`; without a catalogue, which alone could say
//! that the others may be shown, all are. A keyed hash would let lines of one person be put together; but most attributes
//! have few values, so that whoever gets hold of the key reads them all. That an attribute is unknown is not masked: it is left
//! out.
//!
//! This does not rotate files: whatever runs the service does.

use crate::guard::Decided;
use crate::now;
use serde::Serialize;
use serde_json::{Map, Value as Json};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};
use wardkey::model::read::write;
use wardkey::model::{Attribute, Catalogue, State};
use wardkey::{Context, Outcome, Policy};

/// What stands for a value that is not shown.
pub const MASK: &str = "•••";

/// Where decisions are handed in. Cheap to clone.
#[derive(Clone)]
pub struct DecisionLog {
    sender: SyncSender<Message>,
    counts: Arc<Counts>,
}

enum Message {
    Decided(Arc<Decided>),
    Close,
}

/// What became of the lines.
#[derive(Default)]
struct Counts {
    written: AtomicU64,
    dropped: AtomicU64,
    failed: AtomicU64,
}

/// How many lines came how far since the start.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Written {
    /// Written.
    pub written: u64,
    /// Lost since the channel was full.
    pub dropped: u64,
    /// Lost since they could not be written.
    pub failed: u64,
}

impl DecisionLog {
    /// Starts the thread that writes. `capacity`: lines that may wait for it.
    pub fn start(capacity: usize, out: impl Write + Send + 'static) -> (Self, LogWriter) {
        let (sender, receiver) = mpsc::sync_channel(capacity);
        let counts = Arc::new(Counts::default());
        let mut writer = Writer { out, counts: counts.clone(), reported: 0, is_torn: false };
        let thread = thread::spawn(move || writer.run(&receiver));
        (Self { sender: sender.clone(), counts }, LogWriter { sender, thread })
    }

    /// Hands in a decision. Never waits.
    pub fn record(&self, decided: Arc<Decided>) {
        if self.sender.try_send(Message::Decided(decided)).is_err() {
            self.counts.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What became of the lines so far; those that wait are not counted.
    pub fn counts(&self) -> Written {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let Counts { written, dropped, failed } = &*self.counts;
        Written { written: read(written), dropped: read(dropped), failed: read(failed) }
    }
}

/// The end of the log that is held to close it.
pub struct LogWriter {
    sender: SyncSender<Message>,
    thread: JoinHandle<()>,
}

impl LogWriter {
    /// Writes what waits and ends the thread. Decisions handed in later are counted as lost.
    pub fn close(self) {
        // fails where the thread has ended, which the next line reports
        let _ = self.sender.send(Message::Close);
        if self.thread.join().is_err() {
            tracing::error!("the thread that writes the decision log had failed");
        }
    }
}

/// The thread's side.
struct Writer<W> {
    out: W,
    counts: Arc<Counts>,
    /// Of the lines that were lost, how many the log has told of.
    reported: u64,
    /// Whether the last line may have been written in part.
    is_torn: bool,
}

impl<W: Write> Writer<W> {
    fn run(&mut self, receiver: &Receiver<Message>) {
        while let Ok(Message::Decided(decided)) = receiver.recv() {
            self.report_lost();
            let is_written = self.line(&line(&decided));
            let count = if is_written { &self.counts.written } else { &self.counts.failed };
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.report_lost();
    }

    /// Says in the log itself that lines are missing before this place.
    fn report_lost(&mut self) {
        let lost = self.counts.dropped.load(Ordering::Relaxed) + self.counts.failed.load(Ordering::Relaxed);
        let gap = lost - self.reported;
        if gap > 0 && self.line(&Gap { time: now().to_string(), lost: gap }) {
            self.reported = lost;
        }
    }

    /// Writes a line in one go, so that a crash of the service loses none that was counted as written. Whether it was.
    fn line(&mut self, line: &impl Serialize) -> bool {
        let mut bytes = if self.is_torn { vec![b'\n'] } else { Vec::new() };
        let result = serde_json::to_writer(&mut bytes, line).map_err(std::io::Error::from);
        bytes.push(b'\n');
        match result.and_then(|()| self.out.write_all(&bytes)).and_then(|()| self.out.flush()) {
            Ok(()) => self.is_torn = false,
            Err(error) => {
                // once for each stretch of failures: the count tells how many
                if !self.is_torn {
                    tracing::error!(%error, "the decision log cannot be written");
                }
                self.is_torn = true;
            }
        }
        !self.is_torn
    }
}

#[derive(Serialize)]
struct Gap {
    time: String,
    lost: u64,
}

#[derive(Serialize)]
struct Line<'a> {
    time: String,
    request_id: &'a str,
    entitlement: &'a str,
    outcome: Outcome,
    /// Ids of the rules that decided.
    rules: Vec<&'a str>,
    /// Hash of the policy that decided.
    policy: &'a str,
    /// What was known, by attribute.
    context: Map<String, Json>,
}

fn line(decided: &Decided) -> Line<'_> {
    let decision = decided.decision();
    let policy = &decided.version.policy;
    Line {
        time: decided.at.to_string(),
        request_id: &decided.request_id,
        entitlement: decision.entitlement_name(),
        outcome: decision.outcome(),
        rules: decision.rules().iter().map(|fired| &*fired.rule.id).collect(),
        policy: policy.hash(),
        context: disclosed(policy, &decided.context),
    }
}

/// What is known of each attribute, as far as it may be shown.
fn disclosed(policy: &Policy, context: &Context) -> Map<String, Json> {
    let catalogue = &policy.rule_set().catalogue;
    let known = catalogue.attributes.values().zip(context.states(policy));
    known.filter_map(|(attribute, state)| Some((attribute.name.clone(), shown(catalogue, attribute, state)?))).collect()
}

fn shown(catalogue: &Catalogue, attribute: &Attribute, state: &State) -> Option<Json> {
    match state {
        State::Unknown => None,
        // that there is none would tell as much as which one
        _ if !may_disclose(catalogue, attribute) => Some(Json::from(MASK)),
        State::Absent => Some(Json::Null),
        State::Present(value) => Some(Json::from(write(value, catalogue, &attribute.ty))),
    }
}

/// Whether the catalogue says so.
pub(crate) fn may_disclose(catalogue: &Catalogue, attribute: &Attribute) -> bool {
    catalogue.is_declared && attribute.may_disclose
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reload::Version;
    use std::io;
    use std::sync::Mutex;
    use wardkey::PolicyFiles;

    const CATALOGUE: &str = "ward: 1\nattributes:\n  role: [Nurse, Sales]\n  \
        diagnosis: {type: text, disclose: false, omitted: absent}\n  badge: {type: text, disclose: false}\n  \
        teams: {set of: text}\n  shift: {type: text, omitted: absent}\nentitlements: [EHR]";

    fn decided(policy: Policy, attributes: Json) -> Arc<Decided> {
        let at = now();
        let context = policy.context().values(&attributes).set("now", at).build().unwrap();
        let entitlement = policy.entitlement("EHR").unwrap();
        let version = Arc::new(Version { policy, since: at });
        Arc::new(Decided { version, context, entitlement, request_id: "q1".to_owned(), at })
    }

    fn nurse() -> Arc<Decided> {
        let policy =
            PolicyFiles::new().catalogue("catalogue.yaml", CATALOGUE).rules("a.ward", "a: role = Nurse -> allow EHR");
        let attributes = serde_json::json!({"role": "Nurse", "diagnosis": "flu", "teams": ["a", "b"]});
        decided(policy.load().unwrap(), attributes)
    }

    /// Keeps what is written, where writing does not fail: each write takes the first of what is planned.
    #[derive(Clone, Default)]
    struct Paper {
        written: Arc<Mutex<Vec<u8>>>,
        fails: Arc<Mutex<Vec<bool>>>,
    }

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.fails.lock().unwrap().pop() == Some(true) {
                // half a line has reached the paper all the same
                self.written.lock().unwrap().extend_from_slice(&bytes[..bytes.len() / 2]);
                return Err(io::Error::other("the disk is full"));
            }
            self.written.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Paper {
        fn lines(&self) -> Vec<Json> {
            let written = String::from_utf8_lossy(&self.written.lock().unwrap()).into_owned();
            written.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
        }
    }

    #[test]
    fn a_line_says_who_decided_and_masks_what_the_catalogue_keeps() {
        let decided = nurse();
        let line = serde_json::to_value(line(&decided)).unwrap();
        let expected = serde_json::json!({
            "time": decided.at.to_string(),
            "request_id": "q1",
            "entitlement": "EHR",
            "outcome": "allowed",
            "rules": ["a"],
            "policy": decided.version.policy.hash(),
            "context": {
                "now": decided.at.to_string(), "role": "Nurse", "diagnosis": MASK, "teams": "[a, b]", "shift": null,
            },
        });
        assert_eq!(line, expected);
    }

    #[test]
    fn that_there_is_no_value_is_masked_too() {
        let policy =
            PolicyFiles::new().catalogue("catalogue.yaml", CATALOGUE).rules("a.ward", "role = Nurse -> allow EHR");
        let decided = decided(policy.load().unwrap(), serde_json::json!({}));
        let shown = disclosed(&decided.version.policy, &decided.context);
        assert_eq!(shown["diagnosis"], MASK);
        assert!(!shown.contains_key("badge"), "what is unknown is left out");
    }

    #[test]
    fn without_a_catalogue_nothing_is_in_clear() {
        let policy = Policy::parse("role = Nurse -> allow EHR").unwrap();
        let decided = decided(policy, serde_json::json!({"role": "Nurse"}));
        let shown = disclosed(&decided.version.policy, &decided.context);
        assert!(shown.len() == 2 && shown.values().all(|value| value == MASK), "{shown:?}");
    }

    #[test]
    fn a_full_channel_is_counted_and_told_of_and_makes_nobody_wait() {
        let paper = Paper::default();
        let (log, writer) = DecisionLog::start(2, paper.clone());
        let decided = nurse();
        // the pen is held: one line at most is on its way to paper, and two wait
        let held = paper.written.lock().unwrap();
        (0..10).for_each(|_| log.record(decided.clone()));
        let dropped = log.counts().dropped;
        assert!((7..=8).contains(&dropped), "{dropped} of 10");
        drop(held);
        writer.close();

        assert_eq!(log.counts(), Written { written: 10 - dropped, dropped, failed: 0 });
        let lines = paper.lines();
        let told: u64 = lines.iter().filter_map(|line| line["lost"].as_u64()).sum();
        let decisions = lines.iter().filter(|line| line["outcome"] == "allowed").count() as u64;
        assert_eq!((told, decisions), (dropped, 10 - dropped));

        log.record(decided);
        assert_eq!(log.counts().dropped, dropped + 1, "after the end");
    }

    #[test]
    fn lines_that_cannot_be_written_are_counted_and_told_of() {
        let paper = Paper::default();
        // from the last to the first: written, failed; then the gap fails as well, before a line that is written
        *paper.fails.lock().unwrap() = vec![false, true, true, false];
        let (log, writer) = DecisionLog::start(10, paper.clone());
        (0..3).for_each(|_| log.record(nurse()));
        writer.close();

        assert_eq!(log.counts(), Written { written: 2, dropped: 0, failed: 1 });
        let lines = paper.lines();
        assert_eq!(lines.len(), 3, "half lines spoil no whole ones: {lines:?}");
        assert_eq!(lines[2]["lost"], 1);
    }
}
