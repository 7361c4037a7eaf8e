//! The nineteen control codes: numbers, buffers, modes and the statuses they can end in.

use core::fmt;

use crate::{
    CryptoData, CryptoDataV2, GetPeerStats, Mode, MpDelPeer, MpIroute, MpNewPeer, MpSetPeer, MpStartVpn,
    MpSwapKeys, NewPeer, NotifyEvent, NtStatus, PeerStats, SetMode, SetPeer, Stats, Version,
};

/// `CTL_CODE(FILE_DEVICE_UNKNOWN, function, METHOD_BUFFERED, FILE_ANY_ACCESS)`.
const fn ctl_code(function: u32) -> u32 {
    const FILE_DEVICE_UNKNOWN: u32 = 0x22;
    const FILE_ANY_ACCESS: u32 = 0;
    const METHOD_BUFFERED: u32 = 0;
    FILE_DEVICE_UNKNOWN << 16 | FILE_ANY_ACCESS << 14 | function << 2 | METHOD_BUFFERED
}

/// A control code of the interface.
///
/// What holds for all of them, and is not repeated below:
///
/// * input shorter than the structure: [`NtStatus::BUFFER_TOO_SMALL`] (Win32 122); longer is accepted;
/// * output shorter than the structure: [`NtStatus::BUFFER_TOO_SMALL`] (122), before anything is done;
/// * a call in the wrong mode: [`NtStatus::INVALID_DEVICE_STATE`] (22);
/// * a code that is not here, and any but [`Ioctl::GetVersion`] on the version device:
///   [`NtStatus::INVALID_DEVICE_REQUEST`] (1);
/// * out of memory: [`NtStatus::NO_MEMORY`] (8) or [`NtStatus::INSUFFICIENT_RESOURCES`] (1450).
///
/// "Done" is [`NtStatus::SUCCESS`] without output bytes. The same lists are there for programs in
/// [`Ioctl::statuses`] and [`Ioctl::passes_transport_errors`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u32)]
pub enum Ioctl {
    /// Creates the transport socket and the only peer; replaces one that is there.
    ///
    /// Point-to-point. Input [`NewPeer`], no output. UDP completes at once, TCP when connected.
    ///
    /// | ends in | when | Win32 |
    /// |---|---|---|
    /// | `SUCCESS` | bound, and connected if TCP | 0 |
    /// | `INVALID_DEVICE_REQUEST` | a family or the protocol is unknown, or the families differ | 1 |
    /// | `CANCELLED` | cancelled, `DEL_PEER`, another `NEW_PEER`, handle closed | 995 |
    /// | [`TRANSPORT`](crate::status::TRANSPORT) | a socket call failed; no peer is left | |
    NewPeer = 1,
    /// Counters of the adapter since the last `NEW_PEER` or `MP_START_VPN`.
    ///
    /// Both modes. No input, output [`Stats`]. Done with 64 bytes.
    GetStats = 2,
    /// Installs a classic key in a slot; counters and replay window of the slot start anew.
    ///
    /// Both modes. Input [`CryptoData`], no output.
    ///
    /// | ends in | when | Win32 |
    /// |---|---|---|
    /// | `SUCCESS` | installed | 0 |
    /// | `OBJECTID_NOT_FOUND` | there is no such peer | 2 |
    /// | `INVALID_DEVICE_REQUEST` | slot or cipher unknown | 1 |
    /// | `INVALID_PARAMETER` | key length not the cipher's or not the same in both directions; key-id above 7; peer-id above 24 bits | 87 |
    /// | `NOT_SUPPORTED` | cipher NONE, or a cipher that this system lacks | 50 |
    NewKey = 3,
    /// Exchanges the two key slots.
    ///
    /// Point-to-point. No input, no output.
    ///
    /// | ends in | when | Win32 |
    /// |---|---|---|
    /// | `SUCCESS` | exchanged; also for a peer that expired and whose end has not been reported yet | 0 |
    /// | `INVALID_DEVICE_REQUEST` | there is no peer | 1 |
    /// | `INVALID_DEVICE_STATE` | the secondary slot is empty | 22 |
    SwapKeys = 4,
    /// Sets keepalive and MSS; timers start again from now.
    ///
    /// Point-to-point. Input [`SetPeer`], no output.
    ///
    /// | ends in | when | Win32 |
    /// |---|---|---|
    /// | `SUCCESS` | set | 0 |
    /// | `INVALID_DEVICE_REQUEST` | there is no peer | 1 |
    /// | `INVALID_PARAMETER` | a value below -1, an MSS above 65535 | 87 |
    SetPeer = 5,
    /// Connects the adapter: its link comes up. May be repeated.
    ///
    /// Point-to-point. No input, no output. Done, or `INVALID_DEVICE_REQUEST` (1) without a peer.
    StartVpn = 6,
    /// Deletes the peer and its socket; pending calls end in `CANCELLED`, the link goes down.
    ///
    /// Point-to-point. No input, no output. Done, also without a peer.
    DelPeer = 7,
    /// The driver's version.
    ///
    /// Both modes and the version device. No input, output [`Version`]. Done with 12 bytes.
    GetVersion = 8,
    /// As [`Ioctl::NewKey`], with options: the only way to install epoch keys.
    ///
    /// Both modes. Input [`CryptoDataV2`], no output. Ends as `NEW_KEY` does, and in
    /// `INVALID_PARAMETER` (87) for an option bit that is unknown.
    NewKeyV2 = 9,
    /// Chooses between one peer and many. The mode returns to point-to-point when the handle is closed.
    ///
    /// Input [`SetMode`], no output.
    ///
    /// | ends in | when | Win32 |
    /// |---|---|---|
    /// | `SUCCESS` | set | 0 |
    /// | `ALREADY_INITIALIZED` | the mode is multipeer already, whatever is asked for | 1247 |
    /// | `INVALID_PARAMETER` | no such mode | 87 |
    /// | `INVALID_DEVICE_STATE` | multipeer asked for while there is a point-to-point peer | 22 |
    SetMode = 10,
    /// Opens the server's UDP socket and connects the adapter.
    ///
    /// Multipeer. Input [`MpStartVpn`]; output the same, with the port that was taken. Done with 32 bytes.
    ///
    /// | ends in | when | Win32 |
    /// |---|---|---|
    /// | `SUCCESS` | listening | 0 |
    /// | `INVALID_DEVICE_REQUEST` | the family is unknown | 1 |
    /// | `ALREADY_INITIALIZED` | there is a socket already | 1247 |
    /// | [`TRANSPORT`](crate::status::TRANSPORT) | a socket call failed; nothing is left | |
    MpStartVpn = 11,
    /// Adds a peer: all of its table entries or none.
    ///
    /// Multipeer. Input [`MpNewPeer`], no output.
    ///
    /// | ends in | when | Win32 |
    /// |---|---|---|
    /// | `SUCCESS` | added | 0 |
    /// | `OBJECTID_EXISTS` | peer-id, tunnel address or transport address is in use | 5010 |
    /// | `INVALID_DEVICE_REQUEST` | a family is unknown | 1 |
    /// | `INVALID_PARAMETER` | peer-id above 24 bits | 87 |
    MpNewPeer = 12,
    /// As [`Ioctl::SetPeer`], for one of many.
    ///
    /// Multipeer. Input [`MpSetPeer`], no output. Ends as `SET_PEER` does.
    MpSetPeer = 13,
    /// Waits for an event and returns it: one event for each call, in order.
    ///
    /// Both modes. No input, output [`NotifyEvent`]. Pends until there is one.
    ///
    /// | ends in | when | Win32 |
    /// |---|---|---|
    /// | `SUCCESS` | 144 bytes | 0 |
    /// | `CANCELLED` | cancelled, handle closed, adapter stopped | 995 |
    NotifyEvent = 14,
    /// Deletes a peer and its internal routes, and queues the event "deleted by user space".
    ///
    /// Multipeer. Input [`MpDelPeer`], no output. Done, or `NOT_FOUND` (1168).
    MpDelPeer = 15,
    /// As [`Ioctl::SwapKeys`], for one of many.
    ///
    /// Multipeer. Input [`MpSwapKeys`], no output. Ends as `SWAP_KEYS` does.
    MpSwapKeys = 16,
    /// Leads a network to a peer; moves it if it led elsewhere. Longest prefix wins.
    ///
    /// Multipeer. Input [`MpIroute`], no output.
    ///
    /// | ends in | when | Win32 |
    /// |---|---|---|
    /// | `SUCCESS` | added or moved | 0 |
    /// | `OBJECTID_NOT_FOUND` | there is no such peer | 2 |
    /// | `INVALID_PARAMETER` | the family has no such prefix length | 87 |
    MpAddIroute = 17,
    /// Removes a network. The prefix alone decides, the peer-id is not looked at.
    ///
    /// Multipeer. Input [`MpIroute`], no output.
    ///
    /// | ends in | when | Win32 |
    /// |---|---|---|
    /// | `SUCCESS` | removed | 0 |
    /// | `NOT_FOUND` | there is no such route | 1168 |
    /// | `INVALID_PARAMETER` | the family has no such prefix length | 87 |
    MpDelIroute = 18,
    /// Counters of one peer or of all.
    ///
    /// Both modes. Input [`GetPeerStats`], output an array of [`PeerStats`]. For -1 and an output of at
    /// least four bytes that does not take all records, the needed size is returned as a `u32`.
    ///
    /// | ends in | when | Win32 |
    /// |---|---|---|
    /// | `SUCCESS` | 40 bytes for each peer, 0 if there are none | 0 |
    /// | `BUFFER_OVERFLOW` | -1, and the output takes the needed size only: 4 bytes | 234 |
    /// | `BUFFER_TOO_SMALL` | output below four bytes, or below 40 for a single peer | 122 |
    /// | `OBJECTID_NOT_FOUND` | there is no such peer | 2 |
    GetPeerStats = 19,
}

/// What a control code returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Nothing.
    None,
    /// One structure of this many bytes.
    Fixed(usize),
    /// Any number of records of this many bytes.
    Array(usize),
}

/// Where a control code is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Modes {
    /// In point-to-point mode.
    pub point_to_point: bool,
    /// In multipeer mode.
    pub multi_peer: bool,
    /// On the version device.
    pub version_device: bool,
}

impl Modes {
    const P2P: Modes = Modes {
        point_to_point: true,
        multi_peer: false,
        version_device: false,
    };
    const MP: Modes = Modes {
        point_to_point: false,
        multi_peer: true,
        version_device: false,
    };
    const BOTH: Modes = Modes {
        point_to_point: true,
        multi_peer: true,
        version_device: false,
    };
    const EVERYWHERE: Modes = Modes {
        point_to_point: true,
        multi_peer: true,
        version_device: true,
    };

    /// Whether `mode` is among them.
    #[must_use]
    pub const fn allow(&self, mode: Mode) -> bool {
        match mode {
            Mode::PointToPoint => self.point_to_point,
            Mode::MultiPeer => self.multi_peer,
        }
    }
}

/// Whether a control code may stay pending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asynchronous {
    /// It completes before the call returns.
    Never,
    /// It pends while a TCP connection is made, and only then.
    WhileConnecting,
    /// It pends until there is something to return.
    UntilEvent,
}

impl Ioctl {
    /// Every control code, in the order of their numbers.
    pub const ALL: [Ioctl; 19] = [
        Ioctl::NewPeer,
        Ioctl::GetStats,
        Ioctl::NewKey,
        Ioctl::SwapKeys,
        Ioctl::SetPeer,
        Ioctl::StartVpn,
        Ioctl::DelPeer,
        Ioctl::GetVersion,
        Ioctl::NewKeyV2,
        Ioctl::SetMode,
        Ioctl::MpStartVpn,
        Ioctl::MpNewPeer,
        Ioctl::MpSetPeer,
        Ioctl::NotifyEvent,
        Ioctl::MpDelPeer,
        Ioctl::MpSwapKeys,
        Ioctl::MpAddIroute,
        Ioctl::MpDelIroute,
        Ioctl::GetPeerStats,
    ];

    /// The one with this code, as `DeviceIoControl` passes it.
    #[must_use]
    pub fn from_code(code: u32) -> Option<Ioctl> {
        Ioctl::ALL.into_iter().find(|ioctl| ioctl.code() == code)
    }

    /// Its function number, 1 to 19.
    #[must_use]
    pub const fn function(self) -> u32 {
        self as u32
    }

    /// Its code, as `DeviceIoControl` takes it.
    #[must_use]
    pub const fn code(self) -> u32 {
        ctl_code(self.function())
    }

    /// Its C name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Ioctl::NewPeer => "OVPN_IOCTL_NEW_PEER",
            Ioctl::GetStats => "OVPN_IOCTL_GET_STATS",
            Ioctl::NewKey => "OVPN_IOCTL_NEW_KEY",
            Ioctl::SwapKeys => "OVPN_IOCTL_SWAP_KEYS",
            Ioctl::SetPeer => "OVPN_IOCTL_SET_PEER",
            Ioctl::StartVpn => "OVPN_IOCTL_START_VPN",
            Ioctl::DelPeer => "OVPN_IOCTL_DEL_PEER",
            Ioctl::GetVersion => "OVPN_IOCTL_GET_VERSION",
            Ioctl::NewKeyV2 => "OVPN_IOCTL_NEW_KEY_V2",
            Ioctl::SetMode => "OVPN_IOCTL_SET_MODE",
            Ioctl::MpStartVpn => "OVPN_IOCTL_MP_START_VPN",
            Ioctl::MpNewPeer => "OVPN_IOCTL_MP_NEW_PEER",
            Ioctl::MpSetPeer => "OVPN_IOCTL_MP_SET_PEER",
            Ioctl::NotifyEvent => "OVPN_IOCTL_NOTIFY_EVENT",
            Ioctl::MpDelPeer => "OVPN_IOCTL_MP_DEL_PEER",
            Ioctl::MpSwapKeys => "OVPN_IOCTL_MP_SWAP_KEYS",
            Ioctl::MpAddIroute => "OVPN_IOCTL_MP_ADD_IROUTE",
            Ioctl::MpDelIroute => "OVPN_IOCTL_MP_DEL_IROUTE",
            Ioctl::GetPeerStats => "OVPN_IOCTL_GET_PEER_STATS",
        }
    }

    /// Bytes of input that it needs, 0 for none.
    #[must_use]
    pub const fn input_size(self) -> usize {
        match self {
            Ioctl::NewPeer => size_of::<NewPeer>(),
            Ioctl::NewKey => size_of::<CryptoData>(),
            Ioctl::SetPeer => size_of::<SetPeer>(),
            Ioctl::NewKeyV2 => size_of::<CryptoDataV2>(),
            Ioctl::SetMode => size_of::<SetMode>(),
            Ioctl::MpStartVpn => size_of::<MpStartVpn>(),
            Ioctl::MpNewPeer => size_of::<MpNewPeer>(),
            Ioctl::MpSetPeer => size_of::<MpSetPeer>(),
            Ioctl::MpDelPeer => size_of::<MpDelPeer>(),
            Ioctl::MpSwapKeys => size_of::<MpSwapKeys>(),
            Ioctl::MpAddIroute | Ioctl::MpDelIroute => size_of::<MpIroute>(),
            Ioctl::GetPeerStats => size_of::<GetPeerStats>(),
            Ioctl::GetStats
            | Ioctl::SwapKeys
            | Ioctl::StartVpn
            | Ioctl::DelPeer
            | Ioctl::GetVersion
            | Ioctl::NotifyEvent => 0,
        }
    }

    /// What it returns.
    #[must_use]
    pub const fn output(self) -> Output {
        match self {
            Ioctl::GetStats => Output::Fixed(size_of::<Stats>()),
            Ioctl::GetVersion => Output::Fixed(size_of::<Version>()),
            Ioctl::MpStartVpn => Output::Fixed(size_of::<MpStartVpn>()),
            Ioctl::NotifyEvent => Output::Fixed(size_of::<NotifyEvent>()),
            Ioctl::GetPeerStats => Output::Array(size_of::<PeerStats>()),
            _ => Output::None,
        }
    }

    /// Bytes of output that a caller must offer for the call to begin: 4 for `GET_PEER_STATS`.
    #[must_use]
    pub const fn output_min(self) -> usize {
        match self.output() {
            Output::None => 0,
            Output::Fixed(size) => size,
            Output::Array(_) => size_of::<u32>(),
        }
    }

    /// Where it is allowed.
    #[must_use]
    pub const fn modes(self) -> Modes {
        match self {
            Ioctl::NewPeer | Ioctl::SwapKeys | Ioctl::SetPeer | Ioctl::StartVpn | Ioctl::DelPeer => {
                Modes::P2P
            }
            Ioctl::MpStartVpn
            | Ioctl::MpNewPeer
            | Ioctl::MpSetPeer
            | Ioctl::MpDelPeer
            | Ioctl::MpSwapKeys
            | Ioctl::MpAddIroute
            | Ioctl::MpDelIroute => Modes::MP,
            Ioctl::GetStats
            | Ioctl::NewKey
            | Ioctl::NewKeyV2
            | Ioctl::SetMode
            | Ioctl::NotifyEvent
            | Ioctl::GetPeerStats => Modes::BOTH,
            Ioctl::GetVersion => Modes::EVERYWHERE,
        }
    }

    /// Whether it may stay pending.
    #[must_use]
    pub const fn asynchronous(self) -> Asynchronous {
        match self {
            Ioctl::NewPeer => Asynchronous::WhileConnecting,
            Ioctl::NotifyEvent => Asynchronous::UntilEvent,
            _ => Asynchronous::Never,
        }
    }

    /// Every status that it can end in by its own doing, on an adapter and with buffers of any size.
    /// Beside them: want of memory, and what [`Ioctl::passes_transport_errors`] says.
    #[must_use]
    pub const fn statuses(self) -> &'static [NtStatus] {
        type S = NtStatus;
        match self {
            Ioctl::NewPeer => &[
                S::SUCCESS,
                S::BUFFER_TOO_SMALL,
                S::INVALID_DEVICE_STATE,
                S::INVALID_DEVICE_REQUEST,
                S::CANCELLED,
            ],
            Ioctl::GetStats | Ioctl::GetVersion => &[S::SUCCESS, S::BUFFER_TOO_SMALL],
            Ioctl::NewKey | Ioctl::NewKeyV2 => &[
                S::SUCCESS,
                S::BUFFER_TOO_SMALL,
                S::OBJECTID_NOT_FOUND,
                S::INVALID_DEVICE_REQUEST,
                S::INVALID_PARAMETER,
                S::NOT_SUPPORTED,
            ],
            Ioctl::SwapKeys | Ioctl::StartVpn => {
                &[S::SUCCESS, S::INVALID_DEVICE_STATE, S::INVALID_DEVICE_REQUEST]
            }
            Ioctl::SetPeer | Ioctl::MpSetPeer => &[
                S::SUCCESS,
                S::BUFFER_TOO_SMALL,
                S::INVALID_DEVICE_STATE,
                S::INVALID_DEVICE_REQUEST,
                S::INVALID_PARAMETER,
            ],
            Ioctl::DelPeer => &[S::SUCCESS, S::INVALID_DEVICE_STATE],
            Ioctl::SetMode => &[
                S::SUCCESS,
                S::BUFFER_TOO_SMALL,
                S::ALREADY_INITIALIZED,
                S::INVALID_PARAMETER,
                S::INVALID_DEVICE_STATE,
            ],
            Ioctl::MpStartVpn => &[
                S::SUCCESS,
                S::BUFFER_TOO_SMALL,
                S::INVALID_DEVICE_STATE,
                S::INVALID_DEVICE_REQUEST,
                S::ALREADY_INITIALIZED,
            ],
            Ioctl::MpNewPeer => &[
                S::SUCCESS,
                S::BUFFER_TOO_SMALL,
                S::INVALID_DEVICE_STATE,
                S::INVALID_DEVICE_REQUEST,
                S::INVALID_PARAMETER,
                S::OBJECTID_EXISTS,
            ],
            Ioctl::NotifyEvent => &[S::SUCCESS, S::BUFFER_TOO_SMALL, S::CANCELLED],
            Ioctl::MpDelPeer => &[
                S::SUCCESS,
                S::BUFFER_TOO_SMALL,
                S::INVALID_DEVICE_STATE,
                S::NOT_FOUND,
            ],
            Ioctl::MpSwapKeys => &[
                S::SUCCESS,
                S::BUFFER_TOO_SMALL,
                S::INVALID_DEVICE_STATE,
                S::INVALID_DEVICE_REQUEST,
            ],
            Ioctl::MpAddIroute => &[
                S::SUCCESS,
                S::BUFFER_TOO_SMALL,
                S::INVALID_DEVICE_STATE,
                S::OBJECTID_NOT_FOUND,
                S::INVALID_PARAMETER,
            ],
            Ioctl::MpDelIroute => &[
                S::SUCCESS,
                S::BUFFER_TOO_SMALL,
                S::INVALID_DEVICE_STATE,
                S::NOT_FOUND,
                S::INVALID_PARAMETER,
            ],
            Ioctl::GetPeerStats => &[
                S::SUCCESS,
                S::BUFFER_TOO_SMALL,
                S::BUFFER_OVERFLOW,
                S::OBJECTID_NOT_FOUND,
            ],
        }
    }

    /// Whether a socket's error is passed on ([`TRANSPORT`](crate::status::TRANSPORT)).
    #[must_use]
    pub const fn passes_transport_errors(self) -> bool {
        matches!(self, Ioctl::NewPeer | Ioctl::MpStartVpn)
    }
}

impl TryFrom<u32> for Ioctl {
    type Error = NtStatus;

    /// As [`Ioctl::from_code`]; an unknown code is [`NtStatus::INVALID_DEVICE_REQUEST`].
    fn try_from(code: u32) -> Result<Self, NtStatus> {
        Ioctl::from_code(code).ok_or(NtStatus::INVALID_DEVICE_REQUEST)
    }
}

impl fmt::Display for Ioctl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_lead_back() {
        for (index, ioctl) in Ioctl::ALL.into_iter().enumerate() {
            assert_eq!(ioctl.function() as usize, index + 1);
            assert_eq!(Ioctl::from_code(ioctl.code()), Some(ioctl));
            // Another method, access or device type is another code.
            for other in [ioctl.code() | 1, ioctl.code() | 1 << 14, ioctl.code() ^ 1 << 16] {
                assert_eq!(Ioctl::try_from(other), Err(NtStatus::INVALID_DEVICE_REQUEST));
            }
        }
        assert_eq!(Ioctl::from_code(ctl_code(0)), None);
        assert_eq!(Ioctl::from_code(ctl_code(20)), None);
    }

    #[test]
    fn every_code_is_allowed_somewhere_and_can_succeed() {
        for ioctl in Ioctl::ALL {
            let modes = ioctl.modes();
            assert!(modes.point_to_point || modes.multi_peer, "{ioctl}");
            assert!(ioctl.statuses().contains(&NtStatus::SUCCESS), "{ioctl}");
            let takes_buffers = ioctl.input_size() > 0 || ioctl.output_min() > 0;
            assert_eq!(
                ioctl.statuses().contains(&NtStatus::BUFFER_TOO_SMALL),
                takes_buffers,
                "{ioctl}"
            );
            if !(modes.point_to_point && modes.multi_peer) {
                assert!(
                    ioctl.statuses().contains(&NtStatus::INVALID_DEVICE_STATE),
                    "{ioctl}"
                );
            }
        }
    }
}
