//! Pended requests: who owns them until they are completed.
//!
//! A [`Pended`] is a bounded queue of requests of one kind (reads, notifications) in the order of their arrival.
//! It lives under the device's I/O spin lock. A request leaves it in exactly one way, and whoever took it out owns
//! it and completes it after the lock is released: that is the whole of "completed exactly once".
//!
//! The queue allocates when it is made and never again, so that nothing can fail when a handle is closed.

use alloc::collections::VecDeque;

use ovpn_dco_uapi::NtStatus;

use crate::{Request, RequestId};

/// Requests of one kind, oldest first.
pub(crate) struct Pended<R> {
    queue: VecDeque<Entry<R>>,
    limit: usize,
    /// Serial number of the next request; serials order requests for [`Pended::condemn`].
    next: u64,
    /// Requests with a smaller serial are on their way out and get nothing any more.
    condemned: u64,
}

struct Entry<R> {
    serial: u64,
    request: R,
}

/// A request that can't be kept, and what it has to be completed with.
pub(crate) struct Refused<R> {
    pub(crate) request: R,
    pub(crate) status: NtStatus,
}

/// The requests that were pended at one moment; see [`Pended::condemn`].
#[derive(Clone, Copy)]
pub(crate) struct Condemned(u64);

impl<R: Request> Pended<R> {
    /// An empty queue that takes up to `limit` requests.
    pub(crate) fn new(limit: usize) -> Result<Self, NtStatus> {
        let mut queue = VecDeque::new();
        queue.try_reserve_exact(limit).map_err(|_| NtStatus::NO_MEMORY)?;
        Ok(Self {
            queue,
            limit,
            next: 0,
            condemned: 0,
        })
    }

    /// Takes ownership of `request` until it is taken out, or says how to end it.
    pub(crate) fn park(&mut self, mut request: R) -> Result<(), Refused<R>> {
        // Never beyond the room that there is: growing could fail.
        if self.queue.len() >= self.limit.min(self.queue.capacity()) {
            return Err(Refused {
                request,
                status: NtStatus::INSUFFICIENT_RESOURCES,
            });
        }
        if !request.pend() {
            return Err(Refused {
                request,
                status: NtStatus::CANCELLED,
            });
        }
        self.queue.push_back(Entry {
            serial: self.next,
            request,
        });
        self.next = self.next.saturating_add(1);
        Ok(())
    }

    /// True if a request waits to be served.
    pub(crate) fn is_waiting(&self) -> bool {
        self.queue
            .front()
            .is_some_and(|entry| entry.serial >= self.condemned)
    }

    /// Takes the oldest request to serve it.
    pub(crate) fn take(&mut self) -> Option<R> {
        if !self.is_waiting() {
            return None;
        }
        self.queue.pop_front().map(|entry| entry.request)
    }

    /// Takes the request with this id, wherever it stands.
    pub(crate) fn cancel(&mut self, id: RequestId) -> Option<R> {
        let at = self.queue.iter().position(|entry| entry.request.id() == id)?;
        self.queue.remove(at).map(|entry| entry.request)
    }

    /// Marks all present requests as leaving: they are served no more, only cancelled, by
    /// [`Pended::take_condemned`]. Requests that come later are not touched.
    pub(crate) fn condemn(&mut self) -> Condemned {
        self.condemned = self.next;
        Condemned(self.next)
    }

    /// Takes the next of the condemned; `None` when all have left.
    pub(crate) fn take_condemned(&mut self, until: Condemned) -> Option<R> {
        if self.queue.front().is_none_or(|entry| entry.serial >= until.0) {
            return None;
        }
        self.queue.pop_front().map(|entry| entry.request)
    }
}

#[cfg(test)]
mod tests {
    use alloc::{vec, vec::Vec};

    use super::*;

    struct Fake {
        id: u64,
        cancelled: bool,
        buffer: Vec<u8>,
    }

    impl Request for Fake {
        fn id(&self) -> RequestId {
            RequestId(self.id)
        }
        fn output(&mut self) -> &mut [u8] {
            &mut self.buffer
        }
        fn pend(&mut self) -> bool {
            !self.cancelled
        }
    }

    fn fake(id: u64) -> Fake {
        Fake {
            id,
            cancelled: false,
            buffer: vec![],
        }
    }

    fn filled(ids: &[u64]) -> Pended<Fake> {
        let mut pended = Pended::new(4).unwrap();
        for &id in ids {
            assert!(pended.park(fake(id)).is_ok());
        }
        pended
    }

    fn ids(taken: impl Iterator<Item = Fake>) -> Vec<u64> {
        taken.map(|request| request.id).collect()
    }

    #[test]
    fn requests_leave_in_order_of_arrival() {
        let mut pended = filled(&[3, 1, 2]);
        assert_eq!(ids(core::iter::from_fn(|| pended.take())), [3, 1, 2]);
        assert!(!pended.is_waiting());
    }

    #[test]
    fn a_cancelled_request_is_gone_and_the_others_stay_in_order() {
        let mut pended = filled(&[3, 1, 2]);
        assert_eq!(pended.cancel(RequestId(1)).map(|r| r.id), Some(1));
        assert!(pended.cancel(RequestId(1)).is_none());
        assert_eq!(ids(core::iter::from_fn(|| pended.take())), [3, 2]);
    }

    #[test]
    fn a_full_queue_and_a_request_cancelled_before_refuse_with_their_status() {
        let mut pended = filled(&[1, 2, 3, 4]);
        assert!(matches!(
            pended.park(fake(5)),
            Err(Refused {
                request: Fake { id: 5, .. },
                status: NtStatus::INSUFFICIENT_RESOURCES
            })
        ));
        pended.take();
        let late = Fake {
            cancelled: true,
            ..fake(6)
        };
        assert!(matches!(
            pended.park(late),
            Err(Refused {
                status: NtStatus::CANCELLED,
                ..
            })
        ));
    }

    #[test]
    fn condemned_requests_are_not_served_and_later_ones_are() {
        let mut pended = filled(&[1, 2]);
        let old = pended.condemn();
        assert!(pended.park(fake(3)).is_ok());
        assert!(
            !pended.is_waiting() && pended.take().is_none(),
            "behind the condemned"
        );
        assert_eq!(
            pended.cancel(RequestId(2)).map(|r| r.id),
            Some(2),
            "still cancellable"
        );
        assert_eq!(ids(core::iter::from_fn(|| pended.take_condemned(old))), [1]);
        assert_eq!(pended.take().map(|r| r.id), Some(3));
    }
}
