//! The IRPs of Winsock Kernel calls, from the call to their completion.
//!
//! An IRP is completed exactly once, at DISPATCH_LEVEL: before the call returns, or from a DPC after it returned
//! STATUS_PENDING. Windows does either; here the seed decides. (Calls that move data are mostly completed at once, in strict
//! mode half of them.)

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;

use super::socket::Socket;
use crate::abi::wdm::Irp;
use crate::faults::{self, Action, Random};
use crate::guest::Guest;
use crate::ntoskrnl::{dpc, irp};
use crate::registry::DISPATCH;
use crate::status::{self, NtStatus};
use crate::violation::{self, Rule};
use crate::{at, cpu, machine, violate};

/// How often a call's IRP is completed later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Calls that make or change a socket: every other.
    Control,
    /// Calls that move data: one of 64, in strict mode every other.
    Data,
}

static DRAWS: AtomicU64 = AtomicU64::new(0);
static SEED: AtomicU64 = AtomicU64::new(0);
static STRICT: AtomicBool = AtomicBool::new(false);
/// Requests that a fault keeps pending, with the handle of their socket or client.
static STUCK: Mutex<Vec<(usize, Request)>> = Mutex::new(Vec::new());

/// The next number of the provider's own random sequence.
#[must_use]
pub fn draw() -> u64 {
    let n = DRAWS.fetch_add(1, Ordering::Relaxed);
    Random::new(SEED.load(Ordering::Relaxed).wrapping_add(n << 20)).next()
}

/// Whether the machine is strict (as it was booted).
#[must_use]
pub fn is_strict() -> bool {
    STRICT.load(Ordering::Relaxed)
}

/// Whether a completion shall come later.
#[must_use]
pub fn later(pace: Pace) -> bool {
    let bound = match pace {
        Pace::Data if !is_strict() => 64,
        _ => 2,
    };
    draw().is_multiple_of(bound)
}

/// An IRP that the provider has.
#[derive(Debug)]
pub struct Request {
    irp: Guest<Irp>,
    socket: Option<Arc<Socket>>,
}

impl Request {
    /// Takes the IRP of a call. `None`, and a violation, if it can't be used.
    #[must_use]
    pub fn begin(irp: Guest<Irp>, socket: Option<&Arc<Socket>>) -> Option<Self> {
        if irp.is_null() {
            violate!(WSK_PARAMETER, "the call needs an IRP");
            return None;
        }
        irp::send(irp)?;
        if let Some(socket) = socket {
            socket.request_begun();
        }
        Some(Self {
            irp,
            socket: socket.cloned(),
        })
    }

    /// As [`begin`](Self::begin), and asks the faults about the call: `Err` is what the call returns then. `owner` is the
    /// socket's or client's handle.
    ///
    /// # Errors
    /// What the function shall return; the IRP is taken care of.
    pub fn begin_faulty(
        name: &'static str,
        owner: usize,
        irp: Guest<Irp>,
        socket: Option<&Arc<Socket>>,
    ) -> Result<Self, NtStatus> {
        let request = Self::begin(irp, socket).ok_or(status::INVALID_PARAMETER)?;
        match faults::decide(name, "wsk") {
            Action::Go => Ok(request),
            Action::Fail(status) => Err(request.finish(status, 0, Pace::Control)),
            Action::Pend => Err(request.stick(owner)),
        }
    }

    /// The IRP's address.
    #[must_use]
    pub fn irp(&self) -> Guest<Irp> {
        self.irp
    }

    /// Ends a call: completes now and returns `status`, or later and returns STATUS_PENDING.
    pub fn finish(self, status: NtStatus, information: usize, pace: Pace) -> NtStatus {
        if !later(pace) {
            self.complete(status, information);
            return status;
        }
        self.finish_later(status, information)
    }

    /// Completes from a DPC.
    pub fn finish_later(self, status: NtStatus, information: usize) -> NtStatus {
        self.mark_pending();
        dpc::queue(None, move || self.complete(status, information));
        status::PENDING
    }

    /// Ends a call that has sent something, as [`finish`](Self::finish). If that is later, the data must stay as it is until
    /// then, which is checked in strict mode: `checksum` computes it.
    pub fn finish_send(
        self,
        status: NtStatus,
        information: usize,
        checksum: impl Fn() -> u64 + Send + 'static,
    ) -> NtStatus {
        if !later(Pace::Data) {
            self.complete(status, information);
            return status;
        }
        if !is_strict() {
            return self.finish_later(status, information);
        }
        self.mark_pending();
        let (before, site) = (checksum(), cpu::current().site());
        dpc::queue(None, move || {
            check_unchanged(before, checksum(), site);
            self.complete(status, information);
        });
        status::PENDING
    }

    /// `IoMarkIrpPending`: the call will return STATUS_PENDING.
    pub fn mark_pending(&self) {
        let irp = self.irp;
        let stack = at!(irp.current_stack_location).read();
        at!(stack.control).write(at!(stack.control).read() | irp::SL_PENDING_RETURNED);
    }

    /// Completes at DISPATCH_LEVEL.
    pub fn complete(self, status: NtStatus, information: usize) {
        let cpu = cpu::current();
        let old = cpu.irql();
        if old < DISPATCH {
            cpu.set_irql(DISPATCH);
        }
        irp::complete(self.irp, status, information);
        if old < DISPATCH {
            cpu.set_irql(old);
        }
        if let Some(socket) = self.socket {
            socket.request_done();
        }
    }

    /// Makes it cancellable by `routine`, which finds `word` in the IRP. `false`: it is cancelled already.
    #[must_use]
    pub fn set_cancel(&self, routine: extern "win64" fn(usize, Guest<Irp>), word: usize) -> bool {
        let irp = self.irp;
        at!(irp.driver_context).write([word, 0, 0, 0]);
        irp::set_cancel_routine(self.irp, routine)
    }

    /// Takes the cancel routine back. `false`: it runs, and completes the IRP itself.
    #[must_use]
    pub fn clear_cancel(&self) -> bool {
        irp::clear_cancel_routine(self.irp)
    }

    /// Keeps it pending until it is cancelled, or its socket is closed.
    pub fn stick(self, owner: usize) -> NtStatus {
        self.mark_pending();
        let irp = self.irp;
        let cancellable = {
            let mut stuck = STUCK.lock();
            stuck.push((owner, self));
            irp::set_cancel_routine(irp, cancel_stuck)
        };
        if !cancellable {
            complete_stuck(irp);
        }
        status::PENDING
    }
}

/// Data whose checksum has changed while a send was pending is a violation.
pub fn check_unchanged(before: u64, now: u64, site: usize) {
    if now != before {
        let text = "data changed while its send was pending".to_owned();
        violation::report_at(Rule::WSK_BUFFER, site, text);
    }
}

extern "win64" fn cancel_stuck(_device: usize, irp: Guest<Irp>) {
    irp::IoReleaseCancelSpinLock(at!(irp.cancel_irql).read());
    complete_stuck(irp);
}

fn complete_stuck(irp: Guest<Irp>) {
    let found = {
        let mut stuck = STUCK.lock();
        let place = stuck.iter().position(|(_, request)| request.irp == irp);
        place.map(|i| stuck.swap_remove(i))
    };
    if let Some((_, request)) = found {
        request.complete(status::CANCELLED, 0);
    }
}

/// Cancels what a fault keeps pending for `owner`, which goes.
pub fn release_stuck(owner: usize) {
    loop {
        let found = {
            let mut stuck = STUCK.lock();
            let place = stuck
                .iter()
                .position(|(of, request)| *of == owner && request.clear_cancel());
            place.map(|i| stuck.swap_remove(i))
        };
        match found {
            Some((_, request)) => request.complete(status::CANCELLED, 0),
            None => return,
        }
    }
}

pub(crate) fn reset() {
    STUCK.lock().clear();
    DRAWS.store(0, Ordering::Relaxed);
    let (seed, strict) = machine::with_config(|c| (c.seed, c.strict));
    SEED.store(seed, Ordering::Relaxed);
    STRICT.store(strict, Ordering::Relaxed);
}
