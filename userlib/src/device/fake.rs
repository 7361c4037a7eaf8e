//! A device in memory, for tests: it answers by a function, and calls that it leaves pending are ended by the test.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use ovpn_dco_uapi::NtStatus;

use super::{Abort, Adapter, Backend, Call, Device, Failure, InFlight, Outcome};

/// What the fake says to a call.
pub(super) enum Answer {
    /// It is over.
    Now(NtStatus, Vec<u8>),
    /// It pends.
    Pend,
}

pub(super) struct Fake {
    answer: Box<dyn Fn(&Seen) -> Answer + Send + Sync>,
    state: Mutex<State>,
    changed: Condvar,
}

/// A call as the fake has seen it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    Ioctl {
        code: u32,
        input: Vec<u8>,
        output_len: usize,
    },
    Read {
        len: usize,
    },
    Write {
        data: Vec<u8>,
    },
}

#[derive(Default)]
struct State {
    seen: Vec<Seen>,
    /// Outcomes by the number of the call.
    outcomes: std::collections::BTreeMap<usize, Outcome>,
    pending: Vec<usize>,
}

impl Fake {
    pub(super) fn new(answer: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> Arc<Fake> {
        Arc::new(Fake {
            answer: Box::new(answer),
            state: Mutex::default(),
            changed: Condvar::new(),
        })
    }

    pub(super) fn device(self: &Arc<Self>) -> Device {
        Device::with_backend(Box::new(FakeBackend(Arc::clone(self))), Adapter::default())
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.lock().seen.clone()
    }

    /// Calls that pend.
    pub(super) fn pending(&self) -> usize {
        self.lock().pending.len()
    }

    /// Ends the oldest call that pends, once there is one.
    pub(super) fn complete(&self, status: NtStatus, data: &[u8]) {
        let mut state = self.lock();
        while state.pending.is_empty() {
            state = self.changed.wait(state).unwrap();
        }
        let number = state.pending.remove(0);
        state.outcomes.insert(number, outcome(status, data.to_vec()));
        self.changed.notify_all();
    }

    fn abort(&self, number: usize) {
        let mut state = self.lock();
        if let Some(at) = state.pending.iter().position(|n| *n == number) {
            state.pending.remove(at);
            state
                .outcomes
                .insert(number, outcome(NtStatus::CANCELLED, Vec::new()));
            self.changed.notify_all();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

fn outcome(status: NtStatus, data: Vec<u8>) -> Outcome {
    Outcome {
        failure: (!status.is_success()).then(|| Failure::from_status(status)),
        information: data.len(),
        data,
    }
}

struct FakeBackend(Arc<Fake>);

impl Backend for FakeBackend {
    fn begin(&self, call: Call<'_>) -> Result<Box<dyn InFlight>, Failure> {
        let seen = match call {
            Call::Ioctl {
                code,
                input,
                output_len,
            } => Seen::Ioctl {
                code,
                input: input.to_vec(),
                output_len,
            },
            Call::Read { len } => Seen::Read { len },
            Call::Write { data } => Seen::Write { data: data.to_vec() },
        };
        let answer = (self.0.answer)(&seen);
        let mut state = self.0.lock();
        let number = state.seen.len();
        match answer {
            Answer::Now(status, data) => {
                let mut done = outcome(status, data);
                if let Seen::Write { data } = &seen {
                    done.information = data.len();
                }
                state.outcomes.insert(number, done);
            }
            Answer::Pend => state.pending.push(number),
        }
        state.seen.push(seen);
        self.0.changed.notify_all();
        Ok(Box::new(FakeCall {
            fake: Arc::clone(&self.0),
            number,
        }))
    }

    fn cancel_all(&self) {
        let pending = self.0.lock().pending.clone();
        pending.into_iter().for_each(|number| self.0.abort(number));
    }
}

struct FakeCall {
    fake: Arc<Fake>,
    number: usize,
}

impl InFlight for FakeCall {
    fn wait(&mut self, timeout: Option<Duration>) -> Option<Outcome> {
        let deadline = timeout.map(|timeout| Instant::now() + timeout);
        let mut state = self.fake.lock();
        loop {
            if let Some(outcome) = state.outcomes.remove(&self.number) {
                return Some(outcome);
            }
            state = match deadline {
                None => self.fake.changed.wait(state).unwrap(),
                Some(deadline) => {
                    let left = deadline.checked_duration_since(Instant::now())?;
                    self.fake.changed.wait_timeout(state, left).unwrap().0
                }
            };
        }
    }

    fn abort_handle(&self) -> Arc<dyn Abort> {
        Arc::new(FakeAbort {
            fake: Arc::clone(&self.fake),
            number: self.number,
        })
    }
}

impl Drop for FakeCall {
    fn drop(&mut self) {
        self.fake.abort(self.number);
    }
}

struct FakeAbort {
    fake: Arc<Fake>,
    number: usize,
}

impl Abort for FakeAbort {
    fn abort(&self) {
        self.fake.abort(self.number);
    }
}
