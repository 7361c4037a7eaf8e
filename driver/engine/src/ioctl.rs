//! Control codes, decoded once: from bytes that may be anything to requests that can only be right.
//!
//! [`Call::decode`] checks everything that can be told from the input alone: length, families, ranges, combinations.
//! What depends on the device's state is the [`device`](crate::device)'s business. The order of checks is that of
//! the interface: known code, allowed in this mode, length of input, length of output, content.

use core::net::{IpAddr, SocketAddr};

use ovpn_dco_uapi::{
    CryptoData, CryptoDataV2, CryptoOptions, GetPeerStats, Ioctl, KeyId, KeySlot, Mode, MpDelPeer, MpIroute,
    MpNewPeer, MpSetPeer, MpStartVpn, MpSwapKeys, NewPeer, NtStatus, PeerId, PeerSettings, Prefix, Proto,
    SetMode, SetPeer, canonical, limits, read_input, sockaddr,
};

use crate::TransportProto;
use crate::keys::{KeyMaterial, MaterialError};

/// A request of user space whose input is in order.
pub(crate) enum Call {
    NewPeer {
        local: SocketAddr,
        remote: SocketAddr,
        proto: TransportProto,
    },
    GetStats,
    NewKey(NewKey),
    SwapKeys,
    SetPeer(PeerSettings),
    StartVpn,
    DelPeer,
    GetVersion,
    /// `None`: no mode has this number.
    SetMode(Option<Mode>),
    MpStartVpn {
        listen: SocketAddr,
        v6_only: bool,
    },
    MpNewPeer {
        peer: PeerId,
        remote: SocketAddr,
        tunnel: [Option<IpAddr>; 2],
    },
    MpSetPeer {
        peer: Option<PeerId>,
        settings: PeerSettings,
    },
    NotifyEvent,
    MpDelPeer(Option<PeerId>),
    MpSwapKeys(Option<PeerId>),
    MpAddIroute {
        prefix: Prefix,
        peer: Option<PeerId>,
    },
    MpDelIroute(Prefix),
    GetPeerStats(Whose),
}

/// Whose counters are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    All,
    One(PeerId),
    /// An id that no peer can have.
    Nobodys,
}

/// A key to be installed. Holds key bytes, so it has neither `Debug` nor `Copy`; they are wiped when it is dropped.
pub(crate) struct NewKey {
    pub(crate) peer: PeerId,
    pub(crate) slot: KeySlot,
    pub(crate) key_id: KeyId,
    /// In the epoch format.
    pub(crate) epoch: bool,
    pub(crate) material: KeyMaterial,
}

impl Call {
    /// The request that `ioctl` and its input stand for; `output` is the length of the output buffer.
    pub(crate) fn decode(ioctl: Ioctl, mode: Mode, input: &[u8], output: usize) -> Result<Self, NtStatus> {
        if !ioctl.modes().allow(mode) {
            return Err(NtStatus::INVALID_DEVICE_STATE);
        }
        if input.len() < ioctl.input_size() || output < ioctl.output_min() {
            return Err(NtStatus::BUFFER_TOO_SMALL);
        }
        match ioctl {
            Ioctl::NewPeer => new_peer(&read_input(input)?),
            Ioctl::GetStats => Ok(Self::GetStats),
            Ioctl::NewKey => new_key(&read_input(input)?, CryptoOptions::CLASSIC),
            Ioctl::NewKeyV2 => new_key_v2(&read_input(input)?),
            Ioctl::SwapKeys => Ok(Self::SwapKeys),
            Ioctl::SetPeer => Ok(Self::SetPeer(settings(read_input(input)?)?)),
            Ioctl::StartVpn => Ok(Self::StartVpn),
            Ioctl::DelPeer => Ok(Self::DelPeer),
            Ioctl::GetVersion => Ok(Self::GetVersion),
            Ioctl::SetMode => read_input(input).map(|raw: SetMode| Self::SetMode(raw.mode().ok())),
            Ioctl::MpStartVpn => mp_start_vpn(&read_input(input)?),
            Ioctl::MpNewPeer => mp_new_peer(&read_input(input)?),
            Ioctl::MpSetPeer => mp_set_peer(&read_input(input)?),
            Ioctl::NotifyEvent => Ok(Self::NotifyEvent),
            Ioctl::MpDelPeer => read_input(input).map(|raw: MpDelPeer| Self::MpDelPeer(id(raw.peer_id))),
            Ioctl::MpSwapKeys => read_input(input).map(|raw: MpSwapKeys| Self::MpSwapKeys(id(raw.peer_id))),
            Ioctl::MpAddIroute => {
                let raw = read_input::<MpIroute>(input)?;
                Ok(Self::MpAddIroute {
                    prefix: prefix(&raw)?,
                    peer: id(raw.peer_id),
                })
            }
            Ioctl::MpDelIroute => Ok(Self::MpDelIroute(prefix(&read_input(input)?)?)),
            Ioctl::GetPeerStats => read_input(input).map(|raw| Self::GetPeerStats(whose(&raw))),
        }
    }
}

/// A peer-id that some peer could have.
fn id(number: i32) -> Option<PeerId> {
    PeerId::try_from(number).ok()
}

fn new_peer(raw: &NewPeer) -> Result<Call, NtStatus> {
    let refused = NtStatus::INVALID_DEVICE_REQUEST;
    let local = SocketAddr::try_from(raw.local).map_err(|_| refused)?;
    let remote = SocketAddr::try_from(raw.remote).map_err(|_| refused)?;
    let proto = match raw.proto().map_err(|_| refused)? {
        Proto::Udp => TransportProto::Udp,
        Proto::Tcp => TransportProto::Tcp,
    };
    if !sockaddr::same_family(&local, &remote) {
        return Err(refused);
    }
    Ok(Call::NewPeer { local, remote, proto })
}

fn new_key_v2(raw: &CryptoDataV2) -> Result<Call, NtStatus> {
    let options = raw.options().map_err(|_| NtStatus::INVALID_PARAMETER)?;
    new_key(&raw.v1, options)
}

fn new_key(raw: &CryptoData, options: CryptoOptions) -> Result<Call, NtStatus> {
    let unknown = |_| NtStatus::INVALID_DEVICE_REQUEST;
    let out_of_range = |_| NtStatus::INVALID_PARAMETER;
    let slot = raw.slot().map_err(unknown)?;
    let cipher = raw.cipher().map_err(unknown)?;
    let key_id = raw.key_id().map_err(out_of_range)?;
    let peer = raw.peer().map_err(out_of_range)?;
    let material = KeyMaterial::new(cipher, options, key_id, peer, &raw.encrypt, &raw.decrypt);
    let material = material.map_err(|error| match error {
        MaterialError::NoCipher => NtStatus::NOT_SUPPORTED,
        MaterialError::KeyLength => NtStatus::INVALID_PARAMETER,
    })?;
    Ok(Call::NewKey(NewKey {
        peer,
        slot,
        key_id,
        epoch: options.is_epoch(),
        material,
    }))
}

fn settings(raw: SetPeer) -> Result<PeerSettings, NtStatus> {
    PeerSettings::try_from(raw).map_err(|_| NtStatus::INVALID_PARAMETER)
}

fn mp_start_vpn(raw: &MpStartVpn) -> Result<Call, NtStatus> {
    let listen = SocketAddr::try_from(raw.listen_address).map_err(|_| NtStatus::INVALID_DEVICE_REQUEST)?;
    Ok(Call::MpStartVpn {
        listen,
        v6_only: raw.ipv6_only != 0,
    })
}

fn mp_new_peer(raw: &MpNewPeer) -> Result<Call, NtStatus> {
    let family = |_| NtStatus::INVALID_DEVICE_REQUEST;
    SocketAddr::try_from(raw.local).map_err(family)?;
    let remote = SocketAddr::try_from(raw.remote).map_err(family)?;
    Ok(Call::MpNewPeer {
        peer: raw.peer().map_err(|_| NtStatus::INVALID_PARAMETER)?,
        remote: canonical(remote),
        tunnel: [raw.vpn_ipv4().map(IpAddr::V4), raw.vpn_ipv6().map(IpAddr::V6)],
    })
}

fn mp_set_peer(raw: &MpSetPeer) -> Result<Call, NtStatus> {
    Ok(Call::MpSetPeer {
        peer: id(raw.peer_id),
        settings: settings(raw.settings)?,
    })
}

fn prefix(raw: &MpIroute) -> Result<Prefix, NtStatus> {
    raw.prefix().map_err(|_| NtStatus::INVALID_PARAMETER)
}

fn whose(raw: &GetPeerStats) -> Whose {
    match raw.peer_id {
        limits::ALL_PEERS => Whose::All,
        number => id(number).map_or(Whose::Nobodys, Whose::One),
    }
}
