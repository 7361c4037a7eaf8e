//! Ending a session, or asking something of it, from another thread.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use zeroize::Zeroizing;

use crate::device::Cancel;

/// A way to a running session. Clones are the same.
#[derive(Clone)]
pub struct SessionHandle(pub(super) Arc<Shared>);

impl SessionHandle {
    /// Ends the session: the server is told, the tunnel goes down, [`Session::run`](super::Session::run) returns `Ok`.
    pub fn stop(&self) {
        self.0.order(Order::Stop);
    }

    /// Starts the negotiation of another key, if the session is connected.
    pub fn renegotiate(&self) {
        self.0.order(Order::Renegotiate);
    }

    /// Ends the connection and makes a new one; ends a pause between attempts.
    pub fn reconnect(&self) {
        self.0.order(Order::Reconnect);
    }

    /// Answers a question that came in [`SessionEvent::Info`](super::SessionEvent::Info).
    pub fn respond(&self, answer: &str) {
        self.0.order(Order::Respond(Zeroizing::new(answer.to_owned())));
    }
}

/// What the session is asked for.
pub(super) enum Order {
    Stop,
    Renegotiate,
    Reconnect,
    Respond(Zeroizing<String>),
}

/// What handles and session share.
#[derive(Default)]
pub(super) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    stopped: bool,
    orders: VecDeque<Order>,
    /// Pulled by an order; the session takes a new one with the orders.
    cancel: Cancel,
}

impl Shared {
    fn order(&self, order: Order) {
        let cancel = {
            let mut state = self.lock();
            state.stopped |= matches!(order, Order::Stop);
            state.orders.push_back(order);
            state.cancel.clone()
        };
        self.changed.notify_all();
        cancel.cancel();
    }

    /// Orders that have come, and what the next one will pull.
    pub(super) fn take(&self) -> (VecDeque<Order>, Cancel) {
        let mut state = self.lock();
        if state.cancel.is_cancelled() {
            state.cancel = Cancel::new();
        }
        (core::mem::take(&mut state.orders), state.cancel.clone())
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.lock().stopped
    }

    /// Sleeps until then, or until a new connection is asked for. `false`: the session was stopped.
    pub(super) fn sleep_until(&self, then: Instant) -> bool {
        let mut state = self.lock();
        loop {
            let reconnect = state.orders.iter().any(|order| matches!(order, Order::Reconnect));
            // Orders for a connection mean nothing between two.
            state.orders.clear();
            if state.stopped {
                return false;
            }
            let left = then.saturating_duration_since(Instant::now());
            if reconnect || left.is_zero() {
                return true;
            }
            state = self
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;

    #[test]
    fn stopping_ends_a_pause_and_pulls_what_waits() {
        let shared = Arc::new(Shared::default());
        let handle = SessionHandle(Arc::clone(&shared));
        let (orders, cancel) = shared.take();
        assert!(orders.is_empty() && !cancel.is_cancelled());
        let sleeper =
            std::thread::spawn(move || shared.sleep_until(Instant::now() + Duration::from_secs(60)));
        handle.stop();
        assert!(!sleeper.join().unwrap());
        assert!(cancel.is_cancelled());
    }

    #[test]
    fn an_order_pulls_once_and_is_taken_once() {
        let shared = Arc::new(Shared::default());
        SessionHandle(Arc::clone(&shared)).renegotiate();
        let (orders, cancel) = shared.take();
        assert!(orders.len() == 1 && !cancel.is_cancelled());
        assert!(shared.take().0.is_empty());
        SessionHandle(Arc::clone(&shared)).reconnect();
        assert!(cancel.is_cancelled());
        assert!(shared.sleep_until(Instant::now() + Duration::from_secs(60)));
    }
}
