//! Publishing: how a change of the control state reaches the data path, and what it replaced is freed.
//!
//! Every function here is for PASSIVE_LEVEL, with the control lock held and without a pin: it waits until the readers
//! of what was replaced are out.

use ovpn_dco_uapi::NtStatus;

use super::{Control, Device, View};
use crate::Platform;
use crate::peer::{Peer, Setup};
use crate::sync::Prepared;

impl<P: Platform> Device<P> {
    /// Publishes the empty view and frees what was published before.
    pub(super) fn publish_empty(&self, control: &mut Control<P>) {
        if let Some(empty) = control.empty.take() {
            self.view.publish(empty);
        }
        self.settle_view();
    }

    /// Publishes `view` and frees what was published before. There is an empty view in store.
    pub(super) fn publish(&self, view: Prepared<View<P>>) {
        self.view.publish(view);
        self.settle_view();
    }

    pub(super) fn settle_view(&self) {
        self.view.settle(|round| self.platform.relax(round));
    }

    /// Publishes a changed setup of `peer` and frees the one before.
    pub(super) fn change_setup(
        &self,
        peer: &Peer<P>,
        change: impl FnOnce(&Setup<P>) -> Result<Setup<P>, NtStatus>,
    ) -> Result<(), NtStatus> {
        let changed = {
            let view = self.view.pin(self.platform.lane());
            let setup = peer.setup.read(view.pin()).ok_or(NtStatus::UNSUCCESSFUL)?;
            Prepared::new(change(setup)?)?
        };
        peer.setup.publish(changed);
        peer.setup.settle(|round| self.platform.relax(round));
        Ok(())
    }
}

impl<P: Platform> Control<P> {
    /// Sees to it that there is an empty view in store.
    pub(super) fn make_empty(&mut self) -> Result<(), NtStatus> {
        if self.empty.is_none() {
            self.empty = Some(Prepared::new(View::EMPTY)?);
        }
        Ok(())
    }
}
