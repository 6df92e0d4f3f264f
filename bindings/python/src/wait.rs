//! Long work that an interrupt need not wait for.

use crate::classes;
use pyo3::prelude::*;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How often it is looked whether somebody wants to interrupt.
const OFTEN: Duration = Duration::from_millis(50);
/// Bytes of the stack on which the work is done: those of a main thread.
const STACK: usize = 8 << 20;

/// What work comes to that is done in a thread of its own, while others may run Python code. Errors: an interrupt, after which the
/// work goes on to its end unseen.
pub(crate) fn wait<R: Send + 'static>(py: Python<'_>, work: impl FnOnce() -> R + Send + 'static) -> PyResult<R> {
    let (done, coming) = channel();
    // nobody listens any more where it was interrupted
    std::thread::Builder::new().stack_size(STACK).spawn(move || _ = done.send(work()))?;
    let coming = Mutex::new(coming);
    loop {
        let came = py.detach(|| coming.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(OFTEN));
        match came {
            Ok(result) => return Ok(result),
            Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            Err(RecvTimeoutError::Disconnected) => return Err(classes::broken()),
        }
    }
}
