//! Taking down: peers, sockets and pended requests go, and every request is completed once.
//!
//! Order matters. Under the I/O lock the transport stops being the present one and its requests are condemned, so
//! nothing more is queued for them; then the data path loses sight of the peer; then its socket ends, which waits for its
//! callbacks; and only when the control lock is released are the requests completed.

use ovpn_dco_uapi::{DelPeerReason, NtStatus};

use super::{Control, Device};
use crate::io::{Completion, Leaving};
use crate::peer::EndpointState;
use crate::{Event, Platform, Transport, TransportProto};

/// Requests that a control call has ended for others; completed when the control lock is released.
pub(super) struct Aftermath<R> {
    leaving: Leaving,
    connect: Option<R>,
}

impl<P: Platform> Device<P> {
    /// Removes whatever peer, server and socket there is; `closing`: what belongs to the handle, too.
    pub(super) fn take_down(&self, control: &mut Control<P>, closing: bool) -> Aftermath<P::Request> {
        let aftermath = {
            let view = self.view.pin(self.platform.lane());
            let mut io = self.io.lock();
            let aftermath = Aftermath {
                leaving: io.detach(closing),
                connect: io.give_up_connect(),
            };
            if let Some(endpoint) = &view.endpoint {
                endpoint.set_state(EndpointState::Closed);
            }
            drop(io);
            for endpoint in view.endpoint.iter().filter(|e| e.proto == TransportProto::Tcp) {
                endpoint.socket.abort();
            }
            if let Some(peer) = view.only() {
                let reason = DelPeerReason::Userspace;
                self.platform.trace(&Event::PeerRemoved {
                    peer: peer.id,
                    reason,
                });
            }
            aftermath
        };
        self.set_link(control, false);
        self.publish_empty(control);
        self.addresses.lock().clear();
        aftermath
    }

    /// Removes a peer whose TCP connect has failed or was cancelled. Its request is long completed.
    pub(super) fn reap(&self, control: &mut Control<P>) {
        let view = self.view.pin(self.platform.lane());
        let failed = view
            .endpoint
            .as_ref()
            .is_some_and(|endpoint| endpoint.state() == EndpointState::Failed);
        drop(view);
        if failed {
            self.publish_empty(control);
        }
    }

    /// Completes what a control call has ended for others. Not under a lock.
    pub(super) fn finish(&self, aftermath: Aftermath<P::Request>) {
        if let Some(request) = aftermath.connect {
            self.platform.complete(request, NtStatus::CANCELLED, 0);
        }
        while let Some(completion) = self.next_leaving(&aftermath.leaving) {
            self.complete(completion);
        }
        // Requests that came meanwhile stood behind the ones that left.
        self.serve_reads();
        self.serve_waits();
    }

    fn next_leaving(&self, leaving: &Leaving) -> Option<Completion<P::Request>> {
        self.io.lock().next_leaving(leaving)
    }

    /// Gives packets (and the end of the connection) to parked reads. Not under a lock.
    pub(crate) fn serve_reads(&self) {
        while let Some(completion) = self.next_read() {
            self.complete(completion);
        }
    }

    fn next_read(&self) -> Option<Completion<P::Request>> {
        self.io.lock().next_read()
    }

    /// Gives events to parked `NOTIFY_EVENT`s. Not under a lock.
    pub(crate) fn serve_waits(&self) {
        while let Some(completion) = self.next_wait() {
            self.complete(completion);
        }
    }

    fn next_wait(&self) -> Option<Completion<P::Request>> {
        self.io.lock().next_wait()
    }

    pub(super) fn complete(&self, completion: Completion<P::Request>) {
        self.platform
            .complete(completion.request, completion.status, completion.information);
    }
}
