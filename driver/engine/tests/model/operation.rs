//! Operations: what user space, the network, the adapter and time can do to a device.
//!
//! An operation is four bytes, so that a sequence can come from a property test or from a fuzzer, and can be made smaller
//! by leaving operations out. Every byte sequence is a sequence of operations.

use ovpn_dco_uapi::Ioctl;

/// Whether the next socket can be opened and started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refuse {
    Nothing,
    Open,
    Start,
}

/// One thing that happens. Small numbers choose from small sets, with some that are out of range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Open,
    Close,
    NewPeer {
        local: Family,
        remote: Family,
        proto: u32,
        refuse: Refuse,
    },
    Connected {
        success: bool,
    },
    StreamEnds,
    DelPeer,
    StartVpn,
    SetPeer(Settings),
    NewKey(KeySpec),
    SwapKeys,
    SetMode(u32),
    GetStats,
    GetVersion,
    GetPeerStats {
        peer: i32,
        output: usize,
    },
    NotifyEvent {
        output: usize,
    },
    MpStartVpn {
        family: Family,
        refuse: Refuse,
    },
    MpNewPeer {
        peer: i32,
        remote: u8,
        tunnel: u8,
    },
    MpSetPeer {
        peer: i32,
        settings: Settings,
    },
    MpDelPeer {
        peer: i32,
    },
    MpSwapKeys {
        peer: i32,
    },
    MpAddIroute {
        network: u8,
        peer: i32,
    },
    MpDelIroute {
        network: u8,
    },
    /// A control code with too little input or output.
    Short {
        ioctl: Ioctl,
        input: bool,
    },
    /// A code that nobody knows.
    Unknown,
    Read {
        len: usize,
    },
    Write {
        len: usize,
        to: Destination,
    },
    /// The nth of the requests that are pended.
    Cancel {
        nth: usize,
    },
    /// A control packet arrives.
    Control {
        len: usize,
        from: u8,
    },
    /// A data packet that no key has sealed.
    Forged {
        key_id: u8,
        peer: i32,
    },
    /// A data packet of the peer's own: sealed with the key in a slot, from an address, with an inner source.
    Authentic {
        peer: i32,
        secondary: bool,
        from: u8,
        source: u8,
    },
    /// The last authentic packet once more.
    Replayed,
    /// A packet of the adapter.
    Transmit {
        destination: u8,
    },
    /// Seconds pass, with a tick of the timer each.
    Tick {
        seconds: u64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    V4,
    V6,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    pub interval: i32,
    pub timeout: i32,
    pub mss: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeySpec {
    pub slot: u32,
    pub key_id: u8,
    pub peer: i32,
    pub cipher: u32,
    pub key_len: u8,
    pub options: u32,
    pub seed: u8,
    /// Through `NEW_KEY`, which has no options.
    pub first_version: bool,
}

/// What stands in front of a written packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    None,
    V4,
    V6,
    UnknownFamily,
}

fn pick<T: Copy, const N: usize>(set: [T; N], by: u8) -> T {
    set[usize::from(by) % N]
}

fn family(by: u8) -> Family {
    pick(
        [
            Family::V4,
            Family::V4,
            Family::V4,
            Family::V4,
            Family::V6,
            Family::Unknown,
        ],
        by,
    )
}

fn refuse(by: u8) -> Refuse {
    pick(
        [
            Refuse::Nothing,
            Refuse::Nothing,
            Refuse::Nothing,
            Refuse::Nothing,
            Refuse::Open,
            Refuse::Start,
        ],
        by,
    )
}

fn peer(by: u8) -> i32 {
    pick([0, 1, 2, 3, 1, 2, 300, -1], by)
}

fn settings(by: u8) -> Settings {
    Settings {
        interval: pick([-1, 0, 1, 3, -2], by),
        timeout: pick([-1, 0, 2, 4, 5, 7], by / 5),
        mss: pick([-1, 0, 1300, 65_535, 65_536, 0, 0], by / 30),
    }
}

fn key(a: u8, b: u8, c: u8) -> KeySpec {
    KeySpec {
        slot: pick([0, 1, 0, 1, 0, 1, 2], a),
        key_id: pick([0, 1, 2, 3, 7, 1, 2, 8], a / 7),
        peer: pick([0, 1, 2, 3, 1, 2, 300, -1, 0x0100_0000], b),
        cipher: pick([1, 1, 1, 1, 2, 1, 0, 3], b / 9),
        key_len: pick([32, 32, 16, 24, 32, 32, 31, 0, 255], c),
        options: pick([0, 2, 0, 2, 1], c / 9),
        seed: c,
        first_version: c.is_multiple_of(5),
    }
}

impl Operation {
    /// The operation that four bytes stand for.
    pub fn decode([kind, a, b, c]: [u8; 4]) -> Self {
        match kind % 48 {
            0 => Self::Open,
            1 => Self::Close,
            2..=4 => Self::NewPeer {
                local: family(a),
                remote: family(a),
                proto: u32::from(kind % 48 == 4),
                refuse: refuse(b),
            },
            5 => Self::NewPeer {
                local: family(a),
                remote: family(b),
                proto: u32::from(c) % 3,
                refuse: Refuse::Nothing,
            },
            6 | 7 => Self::Connected {
                success: !a.is_multiple_of(4),
            },
            8 => Self::StreamEnds,
            9 => Self::DelPeer,
            10 => Self::StartVpn,
            11 => Self::SetPeer(settings(a)),
            12..=14 => Self::NewKey(key(a, b, c)),
            15 => Self::SwapKeys,
            16 => Self::SetMode(pick([1, 1, 1, 0, 2], a)),
            17 => Self::GetStats,
            18 => Self::GetVersion,
            19 => Self::GetPeerStats {
                peer: peer(a),
                output: pick([4, 40, 400, 39, 3, 120], b),
            },
            20 => Self::NotifyEvent {
                output: pick([144, 200, 143, 144], a),
            },
            21 | 22 => Self::MpStartVpn {
                family: family(a),
                refuse: refuse(b),
            },
            23 | 24 => Self::MpNewPeer {
                peer: peer(a),
                remote: b % 5,
                tunnel: c % 5,
            },
            25 => Self::MpSetPeer {
                peer: peer(a),
                settings: settings(b),
            },
            26 => Self::MpDelPeer { peer: peer(a) },
            27 => Self::MpSwapKeys { peer: peer(a) },
            28 => Self::MpAddIroute {
                network: a % 5,
                peer: peer(b),
            },
            29 => Self::MpDelIroute { network: a % 5 },
            30 => Self::Short {
                ioctl: Ioctl::ALL[usize::from(a) % 19],
                input: b.is_multiple_of(2),
            },
            31 => Self::Unknown,
            32..=34 => Self::Read {
                len: pick([2076, 100, 40, 0, 39, 68, 2076], a),
            },
            35 => Self::Write {
                len: pick([1, 100, 1500, 1501, 0, 1528, 1600], a),
                to: pick(
                    [
                        Destination::V4,
                        Destination::V6,
                        Destination::None,
                        Destination::UnknownFamily,
                    ],
                    b,
                ),
            },
            36 => Self::Cancel { nth: a.into() },
            37 | 38 => Self::Control {
                len: pick([40, 100, 4, 3, 2048, 2049], a),
                from: b % 5,
            },
            39 => Self::Forged {
                key_id: a % 8,
                peer: peer(b),
            },
            40..=42 => Self::Authentic {
                peer: peer(a),
                secondary: b.is_multiple_of(3),
                from: c % 5,
                source: c / 5 % 6,
            },
            43 => Self::Replayed,
            44 | 45 => Self::Transmit { destination: a % 6 },
            _ => Self::Tick {
                seconds: (a % 8).into(),
            },
        }
    }

    /// The operations that bytes stand for.
    pub fn sequence(bytes: &[u8]) -> Vec<Self> {
        bytes
            .chunks_exact(4)
            .map(|chunk| Self::decode([chunk[0], chunk[1], chunk[2], chunk[3]]))
            .collect()
    }
}
