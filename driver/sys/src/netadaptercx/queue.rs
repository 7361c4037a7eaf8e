//! Packet queues (netpacketqueue.h) and execution contexts (netexecutioncontext.h).

use super::handle::{NETEXECUTIONCONTEXT, NETEXECUTIONCONTEXTTASK, NETPACKETQUEUE};
use crate::scalar::{BOOLEAN, ULONG};

callbacks! {
    /// `EVT_PACKET_QUEUE_START`: before the first advance; the indices were set to 0. IRQL: PASSIVE_LEVEL.
    pub type PFN_PACKET_QUEUE_START = fn(PacketQueue: NETPACKETQUEUE);
    /// `EVT_PACKET_QUEUE_STOP`: after both rings were emptied. IRQL: PASSIVE_LEVEL.
    pub type PFN_PACKET_QUEUE_STOP = fn(PacketQueue: NETPACKETQUEUE);
    /// `EVT_PACKET_QUEUE_ADVANCE`: take from the rings, give back to the rings. Never runs at the same time as
    /// another callback of the queue. IRQL: <= DISPATCH_LEVEL.
    pub type PFN_PACKET_QUEUE_ADVANCE = fn(PacketQueue: NETPACKETQUEUE);
    /// `EVT_PACKET_QUEUE_SET_NOTIFICATION_ENABLED`: from now on tell the framework when there is work. IRQL: the header
    /// says PASSIVE_LEVEL, but 2.2 may arm inside of its DPC: <= DISPATCH_LEVEL.
    pub type PFN_PACKET_QUEUE_SET_NOTIFICATION_ENABLED =
        fn(PacketQueue: NETPACKETQUEUE, NotificationEnabled: BOOLEAN);
    /// `EVT_PACKET_QUEUE_CANCEL`: give everything back as soon as may be. Once per stop. IRQL: PASSIVE_LEVEL, but
    /// DISPATCH_LEVEL when the driver is verified.
    pub type PFN_PACKET_QUEUE_CANCEL = fn(PacketQueue: NETPACKETQUEUE);
    /// `EVT_NET_EXECUTION_CONTEXT_PRE_ADVANCE` (2.1 and later). IRQL: <= DISPATCH_LEVEL.
    pub type PFN_NET_EXECUTION_CONTEXT_PRE_ADVANCE = fn(ExecutionContext: NETEXECUTIONCONTEXT) -> BOOLEAN;
    /// `EVT_NET_EXECUTION_CONTEXT_POST_ADVANCE` (2.1 and later). IRQL: <= DISPATCH_LEVEL.
    pub type PFN_NET_EXECUTION_CONTEXT_POST_ADVANCE = fn(ExecutionContext: NETEXECUTIONCONTEXT) -> BOOLEAN;
    /// `EVT_NET_EXECUTION_CONTEXT_SET_NOTIFICATION_ENABLED` (2.1 and later). IRQL: <= DISPATCH_LEVEL.
    pub type PFN_NET_EXECUTION_CONTEXT_SET_NOTIFICATION_ENABLED =
        fn(ExecutionContext: NETEXECUTIONCONTEXT, NotificationEnabled: BOOLEAN);
    /// `EVT_NET_EXECUTION_CONTEXT_TASK` (2.1 and later). IRQL: PASSIVE_LEVEL.
    pub type PFN_NET_EXECUTION_CONTEXT_TASK = fn(Task: NETEXECUTIONCONTEXTTASK);
}

c_structs! {
    /// The callbacks of a queue, as 2.0 has it.
    #[derive(Debug)]
    struct NET_PACKET_QUEUE_CONFIG_V2_0 {
        /// Size of the structure. Must be that of the version that was bound.
        Size: ULONG,
        /// Optional.
        EvtStart: PFN_PACKET_QUEUE_START,
        /// Optional.
        EvtStop: PFN_PACKET_QUEUE_STOP,
        /// Mandatory.
        EvtAdvance: PFN_PACKET_QUEUE_ADVANCE,
        /// Mandatory.
        EvtSetNotificationEnabled: PFN_PACKET_QUEUE_SET_NOTIFICATION_ENABLED,
        /// Mandatory.
        EvtCancel: PFN_PACKET_QUEUE_CANCEL,
    }

    /// The callbacks of a queue, as 2.1 and later have it.
    #[derive(Debug)]
    struct NET_PACKET_QUEUE_CONFIG_V2_1 {
        /// Size of the structure. Must be that of the version that was bound.
        Size: ULONG,
        /// Optional.
        EvtStart: PFN_PACKET_QUEUE_START,
        /// Optional.
        EvtStop: PFN_PACKET_QUEUE_STOP,
        /// Mandatory.
        EvtAdvance: PFN_PACKET_QUEUE_ADVANCE,
        /// Mandatory.
        EvtSetNotificationEnabled: PFN_PACKET_QUEUE_SET_NOTIFICATION_ENABLED,
        /// Mandatory.
        EvtCancel: PFN_PACKET_QUEUE_CANCEL,
        /// The execution context to run in; NULL: the framework makes one.
        ExecutionContext: NETEXECUTIONCONTEXT,
    }

    /// The callbacks of an execution context (2.1 and later).
    #[derive(Debug)]
    struct NET_EXECUTION_CONTEXT_CONFIG {
        /// Size of the structure.
        Size: ULONG,
        /// Optional.
        EvtPreAdvance: PFN_NET_EXECUTION_CONTEXT_PRE_ADVANCE,
        /// Optional.
        EvtPostAdvance: PFN_NET_EXECUTION_CONTEXT_POST_ADVANCE,
        /// Mandatory.
        EvtSetNotificationEnabled: PFN_NET_EXECUTION_CONTEXT_SET_NOTIFICATION_ENABLED,
    }

    /// The routine of an execution context's task (2.1 and later).
    #[derive(Debug)]
    struct NET_EXECUTION_CONTEXT_TASK_CONFIG {
        /// Size of the structure.
        Size: ULONG,
        /// Mandatory.
        EvtTask: PFN_NET_EXECUTION_CONTEXT_TASK,
    }
}

/// The callbacks of a queue, of the version that this build binds with.
#[cfg(not(feature = "netadaptercx-2-1"))]
pub type NET_PACKET_QUEUE_CONFIG = NET_PACKET_QUEUE_CONFIG_V2_0;
/// The callbacks of a queue, of the version that this build binds with.
#[cfg(feature = "netadaptercx-2-1")]
pub type NET_PACKET_QUEUE_CONFIG = NET_PACKET_QUEUE_CONFIG_V2_1;

impl NET_PACKET_QUEUE_CONFIG_V2_0 {
    /// `NET_PACKET_QUEUE_CONFIG_INIT` of 2.0.
    #[must_use]
    pub const fn new(
        advance: PFN_PACKET_QUEUE_ADVANCE,
        set_notification_enabled: PFN_PACKET_QUEUE_SET_NOTIFICATION_ENABLED,
        cancel: PFN_PACKET_QUEUE_CANCEL,
    ) -> Self {
        Self {
            Size: super::size_field::<Self>(),
            EvtStart: None,
            EvtStop: None,
            EvtAdvance: advance,
            EvtSetNotificationEnabled: set_notification_enabled,
            EvtCancel: cancel,
        }
    }
}

impl NET_PACKET_QUEUE_CONFIG_V2_1 {
    /// `NET_PACKET_QUEUE_CONFIG_INIT` of 2.1 and later.
    #[must_use]
    pub const fn new(
        advance: PFN_PACKET_QUEUE_ADVANCE,
        set_notification_enabled: PFN_PACKET_QUEUE_SET_NOTIFICATION_ENABLED,
        cancel: PFN_PACKET_QUEUE_CANCEL,
    ) -> Self {
        Self {
            Size: super::size_field::<Self>(),
            EvtStart: None,
            EvtStop: None,
            EvtAdvance: advance,
            EvtSetNotificationEnabled: set_notification_enabled,
            EvtCancel: cancel,
            ExecutionContext: core::ptr::null_mut(),
        }
    }
}
