//! The thread of a queue: start, poll rounds, arming, sleep, cancel, drain, stop.
//!
//! | | 2.0 | 2.2 |
//! |---|---|---|
//! | EvtStart, EvtStop | PASSIVE_LEVEL | PASSIVE_LEVEL |
//! | EvtAdvance, EvtSetNotificationEnabled | PASSIVE_LEVEL | the first rounds after a wake-up at DISPATCH_LEVEL, then PASSIVE_LEVEL; strict: in turn |
//! | EvtCancel | PASSIVE_LEVEL | PASSIVE_LEVEL; strict: DISPATCH_LEVEL, as CxVerifier has it |
//!
//! A round posts elements, lets the driver advance and takes back what it returned. A round without progress arms the queue and
//! is followed by one more; only then the thread sleeps. So whatever a driver publishes before it looks whether it is armed is
//! seen. Progress disarms without a call.
//!
//! A sleeping queue is looked at now and then: work that is found without a notification is `net-lost-notification`.

use std::os::fd::RawFd;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::queue::{Direction, Queue};
use super::signal::Woken;
use super::tracked::Tracked;
use crate::cpu::{self, callback};
use crate::machine;
use crate::violate;
use netcx_sys::netadaptercx::RingRange;

/// Rounds at DISPATCH_LEVEL after a wake-up: what fits into the time of one DPC.
const DPC_ROUNDS: u32 = 8;
/// How long an armed queue sleeps before somebody looks after it.
const LOOK: Duration = Duration::from_millis(500);
/// A driver that is about to notify gets this long.
const GRACE: Duration = Duration::from_millis(200);
/// Between two rounds of a queue that drains.
const DRAIN: Duration = Duration::from_millis(5);

/// Both rings of a queue from the framework's side.
pub(super) struct Rings {
    pub packets: Tracked,
    pub fragments: Tracked,
    /// Calls of this round are made at DISPATCH_LEVEL.
    pub at_dispatch: bool,
}

impl Rings {
    /// Calls the driver at the IRQL of this round.
    pub(super) fn call(&self, name: &'static str, call: impl FnOnce()) {
        if self.at_dispatch {
            callback::invoke_at_dispatch(name, call);
        } else {
            callback::invoke(name, call);
        }
    }
}

/// What the driver gave back in one callback.
pub(super) struct Returned {
    pub packets: RingRange,
    pub fragments: RingRange,
}

/// What differs between transmit and receive.
pub(super) trait Side {
    /// Posts what there is; `true` if there was anything.
    fn post(&mut self, queue: &Queue, rings: &mut Rings) -> bool;
    /// Takes back what the driver returned.
    fn collect(&mut self, queue: &Queue, rings: &mut Rings, returned: Returned);
    /// Calls to the driver that belong to the round, at its IRQL.
    fn finish_round(&mut self, queue: &Queue, rings: &mut Rings) {
        let _ = (queue, rings);
    }
    /// Nothing goes in any more: what others hold comes back now.
    fn close(&mut self, queue: &Queue, rings: &mut Rings);
    /// What wakes the thread besides a notification, at this moment.
    fn source(&self, queue: &Queue, rings: &Rings) -> Option<RawFd>;
    /// Whether everything is back.
    fn is_drained(&self, queue: &Queue, rings: &Rings) -> bool;
    /// Adds its counters to the report.
    fn report(&mut self);
}

struct Poll {
    queue: Arc<Queue>,
    rings: Rings,
    side: Box<dyn Side>,
    /// The poll runs in DPCs at first.
    dispatch: bool,
    strict: bool,
    round: u32,
    armed: bool,
}

/// Runs a queue from start to stop.
pub(super) fn run(queue: Arc<Queue>, make: impl FnOnce(&Queue) -> Option<Box<dyn Side>>) {
    cpu::current().name_thread(&queue.name());
    let strict = machine::with_config(|c| c.strict);
    queue.packets.reset();
    queue.fragments.reset();
    let Some(side) = make(&queue) else { return };
    if let Some(start) = queue.callbacks.start {
        // SAFETY: the driver's callback with its queue.
        callback::invoke("EvtPacketQueueStart", || unsafe { start(queue.handle()) });
    }
    let rings = Rings {
        packets: Tracked::new("packet", &queue.packets, strict),
        fragments: Tracked::new("fragment", &queue.fragments, strict),
        at_dispatch: false,
    };
    let dispatch = queue.adapter.client.polls_at_dispatch();
    let mut poll = Poll {
        queue,
        rings,
        side,
        dispatch,
        strict,
        round: 0,
        armed: false,
    };
    poll.work();
    poll.drain();
}

impl Poll {
    fn is_over(&self) -> bool {
        self.queue.stopping.load(Ordering::Acquire) || machine::stopped()
    }

    fn work(&mut self) {
        while !self.is_over() {
            if self.round() {
                self.disarm();
            } else if self.armed {
                self.sleep();
            } else {
                self.arm();
            }
        }
    }

    /// Begins a round, at another IRQL perhaps.
    fn next_round(&mut self) {
        self.round = self.round.wrapping_add(1);
        let early = if self.strict {
            self.round & 1 == 0
        } else {
            self.round <= DPC_ROUNDS
        };
        self.rings.at_dispatch = self.dispatch && early;
    }

    /// One round; `true` if anything moved.
    fn round(&mut self) -> bool {
        self.next_round();
        let posted = self.side.post(&self.queue, &mut self.rings);
        self.advance() || posted
    }

    fn advance(&mut self) -> bool {
        let queue = &self.queue;
        // A transmit queue advances only while the driver owns packets.
        if queue.direction == Direction::Tx && self.rings.packets.owned(&queue.packets) == 0 {
            return false;
        }
        let advance = queue.callbacks.advance;
        // SAFETY: the driver's callback with its queue.
        self.rings
            .call("EvtPacketQueueAdvance", || unsafe { advance(queue.handle()) });
        self.take_back("EvtPacketQueueAdvance")
    }

    fn take_back(&mut self, callback: &str) -> bool {
        let queue = &self.queue;
        let returned = Returned {
            packets: self.rings.packets.check(&queue.packets, callback),
            fragments: self.rings.fragments.check(&queue.fragments, callback),
        };
        let moved = returned.packets.len() + returned.fragments.len() > 0;
        if moved {
            self.side.collect(queue, &mut self.rings, returned);
        }
        self.side.finish_round(queue, &mut self.rings);
        moved
    }

    fn arm(&mut self) {
        let queue = &self.queue;
        // A transmit queue is armed only when there is something to wait for.
        if queue.direction == Direction::Rx || self.rings.packets.owned(&queue.packets) > 0 {
            queue.armed.store(true, Ordering::Release);
            let set = queue.callbacks.set_notification;
            // SAFETY: the driver's callback with its queue.
            self.rings
                .call("EvtPacketQueueSetNotificationEnabled", || unsafe {
                    set(queue.handle(), 1)
                });
            self.take_back("EvtPacketQueueSetNotificationEnabled");
        }
        self.armed = true;
    }

    fn disarm(&mut self) {
        self.armed = false;
        self.queue.armed.store(false, Ordering::Release);
    }

    fn sleep(&mut self) {
        let queue = Arc::clone(&self.queue);
        let source = self.side.source(&queue, &self.rings);
        let woken = queue.signal.sleep(source, LOOK);
        // In strict mode the IRQLs take turns for the whole run.
        self.round = if self.strict { self.round } else { 0 };
        if woken == Woken::Late && !self.is_over() {
            self.next_round();
            if queue.armed.load(Ordering::Acquire) && self.advance() {
                self.judge_silence();
            } else {
                return;
            }
        }
        self.disarm();
    }

    /// Work was found although nobody notified: the driver may be about to.
    fn judge_silence(&self) {
        let queue = &self.queue;
        let deadline = Instant::now() + GRACE;
        while Instant::now() < deadline {
            if !queue.armed.load(Ordering::Acquire) || self.is_over() {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        violate!(
            NET_LOST_NOTIFICATION,
            "the {} was armed and had work, but the driver didn't notify",
            queue.name()
        );
    }

    /// Cancel, drain, stop.
    fn drain(&mut self) {
        if machine::stopped() {
            return;
        }
        let queue = Arc::clone(&self.queue);
        self.round = 0;
        self.side.close(&queue, &mut self.rings);
        let cancel = queue.callbacks.cancel;
        // SAFETY: the driver's callback with its queue.
        let run = || unsafe { cancel(queue.handle()) };
        if self.dispatch && self.strict {
            callback::invoke_at_dispatch("EvtPacketQueueCancel", run);
        } else {
            callback::invoke("EvtPacketQueueCancel", run);
        }
        self.take_back("EvtPacketQueueCancel");
        let limit = machine::with_config(|c| c.hang_after);
        let deadline = Instant::now() + limit;
        while !self.side.is_drained(&queue, &self.rings) {
            self.next_round();
            if !self.advance() {
                queue.signal.sleep(None, DRAIN);
            }
            if machine::stopped() {
                return;
            }
            if Instant::now() > deadline {
                violate!(
                    NET_QUEUE_DRAIN,
                    "{limit:?} after EvtPacketQueueCancel the driver still owns {} packets and {} fragments of the {}",
                    self.rings.packets.owned(&queue.packets),
                    self.rings.fragments.owned(&queue.fragments),
                    queue.name()
                );
                break;
            }
        }
        if let Some(stop) = queue.callbacks.stop {
            // SAFETY: the driver's callback with its queue.
            callback::invoke("EvtPacketQueueStop", || unsafe { stop(queue.handle()) });
        }
        self.side.report();
    }
}
