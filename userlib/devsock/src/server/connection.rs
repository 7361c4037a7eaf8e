//! One client's connection: what is in flight, and what waits to be written.

use std::collections::{HashMap, VecDeque};
use std::io::Write;
use std::sync::{Condvar, Mutex, PoisonError};

use zeroize::Zeroizing;

use super::{MAX_PENDING, RequestId, lock};
use crate::address::Stream;
use crate::status::Status;
use crate::wire::{self, Reply};

pub(super) struct Connection {
    pub(super) number: u64,
    pub(super) stream: Stream,
    /// By the client's request id: what is in flight.
    pub(super) pending: Mutex<HashMap<u64, InFlight>>,
    pub(super) outbox: Mutex<Outbox>,
    pub(super) changed: Condvar,
}

#[derive(Clone, Copy)]
pub(super) struct InFlight {
    pub(super) request: RequestId,
    /// The client's number for the handle.
    pub(super) handle: u64,
}

#[derive(Default)]
pub(super) struct Outbox {
    pub(super) frames: VecDeque<Zeroizing<Vec<u8>>>,
    pub(super) closed: bool,
}

impl Connection {
    pub(super) fn complete(&self, id: u64, status: Status, information: u64, data: &[u8]) {
        // Registered until now, so that the id is free again by the time the client learns of it.
        lock(&self.pending).remove(&id);
        self.reply(id, status, information, data);
    }

    pub(super) fn reply(&self, id: u64, status: Status, information: u64, data: &[u8]) {
        self.send(
            Reply::Completion {
                status,
                information,
                data,
            }
            .encode(id),
        );
    }

    /// A list as a completion, or a failure if it is longer than a frame may be.
    pub(super) fn reply_list(&self, id: u64, data: &[u8]) {
        if data.len() > wire::MAX_DATA {
            self.reply(id, Status::INSUFFICIENT_RESOURCES, 0, &[]);
        } else {
            self.reply(id, Status::SUCCESS, data.len() as u64, data);
        }
    }

    pub(super) fn send(&self, frame: Zeroizing<Vec<u8>>) {
        let mut outbox = lock(&self.outbox);
        if !outbox.closed {
            outbox.frames.push_back(frame);
            self.changed.notify_all();
        }
    }

    /// Waits while too many completions are unwritten; `false` if the connection has ended.
    pub(super) fn wait_for_room(&self) -> bool {
        let mut outbox = lock(&self.outbox);
        while outbox.frames.len() >= MAX_PENDING && !outbox.closed {
            outbox = self.changed.wait(outbox).unwrap_or_else(PoisonError::into_inner);
        }
        !outbox.closed
    }

    /// Lets the writer end once it has written what is there.
    pub(super) fn close_outbox(&self) {
        lock(&self.outbox).closed = true;
        self.changed.notify_all();
    }

    /// The writer's thread.
    pub(super) fn write_out(&self) {
        loop {
            let frame = {
                let mut outbox = lock(&self.outbox);
                loop {
                    if let Some(frame) = outbox.frames.pop_front() {
                        self.changed.notify_all();
                        break frame;
                    }
                    if outbox.closed {
                        return;
                    }
                    outbox = self.changed.wait(outbox).unwrap_or_else(PoisonError::into_inner);
                }
            };
            if (&self.stream).write_all(&frame).is_err() {
                // The reader sees the end of the stream and closes the handles.
                self.stream.shutdown();
                let mut outbox = lock(&self.outbox);
                outbox.closed = true;
                outbox.frames.clear();
                self.changed.notify_all();
                return;
            }
        }
    }
}
