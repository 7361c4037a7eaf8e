//! Events for tracing.

use ovpn_dco_engine::Event;

/// The registration of the event provider; undone when dropped.
pub(crate) struct Trace;

impl Trace {
    /// IRQL: PASSIVE_LEVEL.
    pub(crate) fn register() -> Self {
        Self
    }
}

/// Writes an event, if somebody listens. IRQL: any.
pub(crate) fn event(_event: &Event) {}
