//! Counters: what was lost and why, and how much went through.
//!
//! Every drop has a [`DropReason`], every reason belongs to one of the four classes of loss that `GET_STATS` reports,
//! and each reason is counted by itself, so a class is the sum of its reasons. The reasons follow the list "what to
//! drop, and count" of the OpenVPN data channel.
//!
//! All counters are per lane and added up when read. Drops are counted where they happen; what happens to every
//! packet is collected in a [`Tally`] and added once per batch. Counters wrap at 2^64.

use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Lanes, NoMemory};
use core::cell::Cell;

/// Which of the four losses of `GET_STATS` a drop counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DropClass {
    /// A packet from the transport that was, or claimed to be, data.
    InData,
    /// A packet from the adapter, or a keepalive.
    OutData,
    /// A control packet from the transport.
    InControl,
    /// A control packet from user space.
    OutControl,
}

macro_rules! drop_reasons {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal, $class:ident;)+) => {
        /// Why a packet was dropped.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum DropReason {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl DropReason {
            /// All reasons, in the order of [`Self::index`].
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The reason as users see it: lower case, words joined by hyphens.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The class of loss that this reason counts as.
            pub const fn class(self) -> DropClass {
                match self { $(Self::$variant => DropClass::$class),+ }
            }
        }
    };
}

drop_reasons! {
    /// A data packet shorter than its header and the minimum of the key's format.
    InShort = "in-short", InData;
    /// No peer with this peer id, or the transport belongs to no peer any more.
    InNoPeer = "in-no-peer", InData;
    /// The peer has no key at all (yet).
    InNoKey = "in-no-key", InData;
    /// The peer has keys, but none with this key id.
    InUnknownKeyId = "in-unknown-key-id", InData;
    /// Epoch 0, or an epoch that is neither current, retiring nor one of the next few.
    InUnknownEpoch = "in-unknown-epoch", InData;
    /// The tag does not match: forged or damaged.
    InAuthentication = "in-authentication", InData;
    /// So many packets failed to authenticate that the key is not used for receiving any more.
    InForgeryLimit = "in-forgery-limit", InData;
    /// Authentic, but this packet id was seen before, or is too old to tell, or is 0.
    InReplay = "in-replay", InData;
    /// The crypto provider failed for a reason of its own.
    InCrypto = "in-crypto", InData;
    /// Authentic and of a new epoch, but there was no memory for the move, or the peer moves too fast.
    InEpochMove = "in-epoch-move", InData;
    /// The new address of a peer belongs to another peer.
    InFloatRefused = "in-float-refused", InData;
    /// The inner source address is not the peer's.
    InSourceRefused = "in-source-refused", InData;
    /// Authentic, but without content.
    InEmpty = "in-empty", InData;
    /// The payload is neither IPv4 nor IPv6 (nor anything else that is known).
    InNotIp = "in-not-ip", InData;
    /// An OCC message, which a driver has no use for.
    InOcc = "in-occ", InData;
    /// An IP packet that is shorter than its header or than the length it states.
    InInnerLength = "in-inner-length", InData;
    /// A datagram of the old opcode without peer id.
    InDataV1 = "in-data-v1", InData;
    /// The stream's framing is lost: a packet of length 0 or longer than a packet can be.
    InStreamFraming = "in-stream-framing", InData;
    /// The plaintext does not fit the buffer that it should go to.
    InBuffer = "in-buffer", InData;
    /// No receive buffer, or no room on the adapter's ring.
    InPool = "in-pool", InData;
    /// The adapter or the session is not up, so there is nobody to deliver to.
    InNotUp = "in-not-up", InData;

    /// A control packet that is shorter than the shortest, or of no known opcode.
    ControlInShort = "control-in-short", InControl;
    /// A control packet larger than any that OpenVPN makes.
    ControlInTooLarge = "control-in-too-large", InControl;
    /// The queue of control packets is full: user space doesn't read.
    ControlInQueueFull = "control-in-queue-full", InControl;
    /// A client's control packet from somewhere else than its server.
    ControlInStranger = "control-in-stranger", InControl;
    /// No handle is open, or the peer is gone, so nobody will read it.
    ControlInNoReader = "control-in-no-reader", InControl;

    /// No peer has this destination, and no route leads to one.
    OutNoPeer = "out-no-peer", OutData;
    /// The peer has no primary key.
    OutNoKey = "out-no-key", OutData;
    /// All packet ids of the key are used up, or its usage limit is reached and there is no next epoch.
    OutKeyExhausted = "out-key-exhausted", OutData;
    /// Larger than the adapter's MTU, or than a datagram can be.
    OutTooLarge = "out-too-large", OutData;
    /// Neither IPv4 nor IPv6, or shorter than its header or stated length.
    OutNotIp = "out-not-ip", OutData;
    /// A super-packet whose headers don't allow it to be segmented.
    OutBadSuperPacket = "out-bad-super-packet", OutData;
    /// The tunnel's own traffic routed into itself.
    OutRecursive = "out-recursive", OutData;
    /// No transmit buffer.
    OutPool = "out-pool", OutData;
    /// The sealed packet does not fit the buffer that it should go to.
    OutBuffer = "out-buffer", OutData;
    /// The crypto provider failed for a reason of its own.
    OutCrypto = "out-crypto", OutData;
    /// There was no memory for the key of the next epoch, or epochs pass too fast.
    OutEpochMove = "out-epoch-move", OutData;
    /// The transport is not connected.
    OutNotConnected = "out-not-connected", OutData;
    /// The transport refused the packet.
    OutSend = "out-send", OutData;
    /// The adapter or the session is not up.
    OutNotUp = "out-not-up", OutData;

    /// The transport refused a control packet.
    ControlOutSend = "control-out-send", OutControl;
}

impl DropReason {
    /// The number of reasons.
    pub const COUNT: usize = Self::ALL.len();

    /// Position in [`Self::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// How many packets were dropped, by reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drops([u64; DropReason::COUNT]);

impl Drops {
    /// The drops for one reason.
    pub fn count(&self, reason: DropReason) -> u64 {
        self.0.get(reason.index()).copied().unwrap_or(0)
    }

    /// The drops of a class: the sum of its reasons.
    pub fn of_class(&self, class: DropClass) -> u64 {
        self.iter()
            .filter(|(reason, _)| reason.class() == class)
            .fold(0, |sum, (_, n)| n.wrapping_add(sum))
    }

    /// All reasons with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (DropReason, u64)> + '_ {
        DropReason::ALL
            .iter()
            .map(|reason| (*reason, self.count(*reason)))
    }
}

/// What went through, one direction of one adapter or peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// Packets: of the transport for data (keepalives included), or control packets.
    pub packets: u64,
    /// OpenVPN packets on the transport, header to tag, without TCP length; in bytes.
    pub link: u64,
    /// IP packets in the tunnel, in bytes.
    pub vpn: u64,
}

/// The flow of a batch, kept aside until [`Traffic::add`] counts it; one thread's own.
#[derive(Default)]
pub struct Tally {
    packets: Cell<u64>,
    link: Cell<u64>,
    vpn: Cell<u64>,
}

impl Tally {
    /// Notes one packet of `link` bytes on the transport and `vpn` bytes in the tunnel (0 for a keepalive).
    pub fn note(&self, link: usize, vpn: usize) {
        self.note_many(1, link, vpn);
    }

    /// Notes `packets` packets with the sums of their bytes.
    pub fn note_many(&self, packets: usize, link: usize, vpn: usize) {
        let plus = |cell: &Cell<u64>, more: usize| cell.set(cell.get().wrapping_add(more as u64));
        plus(&self.packets, packets);
        plus(&self.link, link);
        plus(&self.vpn, vpn);
    }

    /// What was noted since the last `take`.
    pub fn take(&self) -> Flow {
        Flow {
            packets: self.packets.take(),
            link: self.link.take(),
            vpn: self.vpn.take(),
        }
    }
}

/// Direction of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the transport.
    In,
    /// To the transport.
    Out,
}

#[derive(Default)]
struct FlowCounter {
    packets: AtomicU64,
    link: AtomicU64,
    vpn: AtomicU64,
}

impl FlowCounter {
    fn add(&self, flow: Flow) {
        self.packets.fetch_add(flow.packets, Ordering::Relaxed);
        self.link.fetch_add(flow.link, Ordering::Relaxed);
        self.vpn.fetch_add(flow.vpn, Ordering::Relaxed);
    }

    fn plus(&self, sum: Flow) -> Flow {
        Flow {
            packets: sum.packets.wrapping_add(self.packets.load(Ordering::Relaxed)),
            link: sum.link.wrapping_add(self.link.load(Ordering::Relaxed)),
            vpn: sum.vpn.wrapping_add(self.vpn.load(Ordering::Relaxed)),
        }
    }
}

/// The data traffic of an adapter or a peer, both directions, per lane.
pub struct Traffic {
    lanes: Lanes<[FlowCounter; 2]>,
}

impl Traffic {
    /// Counters at zero for `lanes` lanes.
    pub fn new(lanes: usize) -> Result<Self, NoMemory> {
        Ok(Self {
            lanes: Lanes::new(lanes, Default::default)?,
        })
    }

    /// Adds what a batch noted.
    pub fn add(&self, lane: usize, direction: Direction, flow: Flow) {
        if flow.packets != 0 {
            Self::counter(self.lanes.at(lane), direction).add(flow);
        }
    }

    /// The sum over all lanes.
    pub fn sum(&self, direction: Direction) -> Flow {
        self.lanes.iter().fold(Flow::default(), |sum, lane| {
            Self::counter(lane, direction).plus(sum)
        })
    }

    fn counter(lane: &[FlowCounter; 2], direction: Direction) -> &FlowCounter {
        let [inward, outward] = lane;
        match direction {
            Direction::In => inward,
            Direction::Out => outward,
        }
    }
}

struct AdapterLane {
    drops: [AtomicU64; DropReason::COUNT],
    control: [AtomicU64; 2],
}

/// The counters of an adapter, per lane.
pub struct Stats {
    lanes: Lanes<AdapterLane>,
    /// Data packets.
    pub data: Traffic,
}

impl Stats {
    /// Counters at zero for `lanes` lanes.
    pub fn new(lanes: usize) -> Result<Self, NoMemory> {
        let lane = || AdapterLane {
            drops: core::array::from_fn(|_| AtomicU64::new(0)),
            control: Default::default(),
        };
        Ok(Self {
            lanes: Lanes::new(lanes, lane)?,
            data: Traffic::new(lanes)?,
        })
    }

    /// Counts one dropped packet.
    pub fn dropped(&self, lane: usize, reason: DropReason) {
        self.dropped_many(lane, reason, 1);
    }

    /// Counts several packets that were dropped for the same reason.
    pub fn dropped_many(&self, lane: usize, reason: DropReason, packets: usize) {
        if let Some(counter) = self.lanes.at(lane).drops.get(reason.index()) {
            counter.fetch_add(packets as u64, Ordering::Relaxed);
        }
    }

    /// Counts one control packet that was delivered to, or sent for, user space.
    pub fn control(&self, lane: usize, direction: Direction) {
        let [inward, outward] = &self.lanes.at(lane).control;
        let counter = match direction {
            Direction::In => inward,
            Direction::Out => outward,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// All counters, added up over the lanes. Not one moment's: packets go on meanwhile.
    pub fn snapshot(&self) -> StatsSnapshot {
        let mut snapshot = StatsSnapshot {
            data_in: self.data.sum(Direction::In),
            data_out: self.data.sum(Direction::Out),
            control_in: 0,
            control_out: 0,
            drops: Drops([0; DropReason::COUNT]),
        };
        for lane in self.lanes.iter() {
            let [inward, outward] = &lane.control;
            snapshot.control_in = snapshot.control_in.wrapping_add(inward.load(Ordering::Relaxed));
            snapshot.control_out = snapshot.control_out.wrapping_add(outward.load(Ordering::Relaxed));
            for (sum, counter) in snapshot.drops.0.iter_mut().zip(&lane.drops) {
                *sum = sum.wrapping_add(counter.load(Ordering::Relaxed));
            }
        }
        snapshot
    }
}

/// The counters of an adapter at about one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatsSnapshot {
    /// Data packets from the transport that authenticated.
    pub data_in: Flow,
    /// Data packets given to the transport.
    pub data_out: Flow,
    /// Control packets given to user space.
    pub control_in: u64,
    /// Control packets sent for user space.
    pub control_out: u64,
    /// Everything that was lost.
    pub drops: Drops,
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_reason_has_its_own_place_and_name() {
        for (position, reason) in DropReason::ALL.iter().enumerate() {
            assert_eq!(reason.index(), position, "{reason:?}");
            assert!(
                reason
                    .name()
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || b"-1".contains(&byte)),
                "{reason:?}"
            );
        }
        let names: BTreeSet<_> = DropReason::ALL.iter().map(|reason| reason.name()).collect();
        assert_eq!(names.len(), DropReason::COUNT);
    }

    #[test]
    fn a_class_is_the_sum_of_its_reasons_over_all_lanes() {
        let stats = Stats::new(3).unwrap();
        stats.dropped(0, DropReason::InReplay);
        stats.dropped(1, DropReason::InReplay);
        stats.dropped_many(2, DropReason::InAuthentication, 5);
        stats.dropped(7, DropReason::ControlInQueueFull);
        let drops = stats.snapshot().drops;
        let of = |class| drops.of_class(class);
        assert_eq!(drops.count(DropReason::InReplay), 2);
        assert_eq!([of(DropClass::InData), of(DropClass::InControl)], [7, 1]);
        assert_eq!([of(DropClass::OutData), of(DropClass::OutControl)], [0, 0]);
    }

    #[test]
    fn traffic_is_added_up_by_direction() {
        let stats = Stats::new(2).unwrap();
        let tally = Tally::default();
        tally.note(100, 76);
        tally.note(40, 0);
        stats.data.add(1, Direction::In, tally.take());
        tally.note_many(3, 300, 200);
        stats.data.add(0, Direction::In, tally.take());
        assert_eq!(tally.take(), Flow::default());
        stats.control(0, Direction::Out);
        let snapshot = stats.snapshot();
        assert_eq!(
            snapshot.data_in,
            Flow {
                packets: 5,
                link: 440,
                vpn: 276
            }
        );
        assert_eq!(snapshot.data_out, Flow::default());
        assert_eq!((snapshot.control_in, snapshot.control_out), (0, 1));
    }
}
