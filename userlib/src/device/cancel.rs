//! Waiting for calls that pend: with a time limit, and with a way out for other threads.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Abort, InFlight, Outcome};

/// How long a cancelled call may take to end. A driver that needs longer is taken for stuck; the call is then left
/// to the backend, which keeps its buffers until it does end.
const GRACE: Duration = Duration::from_secs(5);

/// `ERROR_OPERATION_ABORTED`.
const OPERATION_ABORTED: u32 = 995;

/// Pulls out of calls from another thread. Clones are the same. Once pulled it stays so: calls that are given it
/// later return at once.
#[derive(Clone, Default)]
pub struct Cancel {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    cancelled: bool,
    next: u64,
    waiting: BTreeMap<u64, Arc<dyn Abort>>,
}

impl Cancel {
    /// One that has not been pulled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends every call that waits with this, and every one that will.
    pub fn cancel(&self) {
        let waiting = {
            let mut state = self.lock();
            state.cancelled = true;
            std::mem::take(&mut state.waiting)
        };
        for call in waiting.into_values() {
            call.abort();
        }
    }

    /// Whether it has been pulled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.lock().cancelled
    }

    /// Puts a call under this until the guard is dropped; aborts it at once if it has been pulled.
    fn watch(&self, call: Arc<dyn Abort>) -> Watch<'_> {
        let mut state = self.lock();
        if state.cancelled {
            drop(state);
            call.abort();
            return Watch {
                cancel: self,
                number: 0,
            };
        }
        state.next += 1;
        let number = state.next;
        state.waiting.insert(number, call);
        Watch { cancel: self, number }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Cancel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cancel(cancelled: {})", self.is_cancelled())
    }
}

struct Watch<'a> {
    cancel: &'a Cancel,
    number: u64,
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.cancel.lock().waiting.remove(&self.number);
    }
}

/// How long to wait for a call. The default is as long as it takes.
#[derive(Debug, Clone, Copy, Default)]
#[must_use]
pub struct Wait<'a> {
    timeout: Option<Duration>,
    cancel: Option<&'a Cancel>,
}

impl<'a> Wait<'a> {
    /// As long as it takes.
    pub fn forever() -> Self {
        Wait::default()
    }

    /// No longer than `timeout`.
    pub fn at_most(timeout: Duration) -> Self {
        Wait {
            timeout: Some(timeout),
            cancel: None,
        }
    }

    /// And no longer than until `cancel` is pulled.
    pub fn unless(self, cancel: &'a Cancel) -> Self {
        Wait {
            cancel: Some(cancel),
            ..self
        }
    }
}

/// How waiting ended.
pub(super) enum Ended {
    Done(Outcome),
    TimedOut,
    Cancelled,
}

/// Waits for a call. When the wait is over the call is cancelled; if it was complete by then, it counts.
pub(super) fn finish(call: &mut dyn InFlight, wait: Wait<'_>) -> Ended {
    match patient(call, wait) {
        Ended::TimedOut => {
            call.abort_handle().abort();
            match call.wait(Some(GRACE)) {
                Some(outcome) if !is_aborted(&outcome) => Ended::Done(outcome),
                _ => Ended::TimedOut,
            }
        }
        ended => ended,
    }
}

/// Waits for a call and leaves it in flight when the time is over. Pulling [`Cancel`] does cancel it.
pub(super) fn patient(call: &mut dyn InFlight, wait: Wait<'_>) -> Ended {
    let _watch = wait.cancel.map(|cancel| cancel.watch(call.abort_handle()));
    match call.wait(wait.timeout) {
        Some(outcome) if is_aborted(&outcome) => Ended::Cancelled,
        Some(outcome) => Ended::Done(outcome),
        None => Ended::TimedOut,
    }
}

fn is_aborted(outcome: &Outcome) -> bool {
    outcome
        .failure
        .as_ref()
        .is_some_and(|failure| failure.win32_error() == OPERATION_ABORTED)
}
