//! The control codes of both modes and of point-to-point mode, as calls.

use std::net::SocketAddr;

use ovpn_dco_uapi::sockaddr::same_family;
use ovpn_dco_uapi::{
    CryptoData, CryptoDataV2, CryptoOptions, GetPeerStats, Ioctl, Mode, NewPeer, PeerId, PeerSettings,
    PeerStats, Proto, SetMode, SetPeer, Stats, Version, canonical, read_input,
};
use zerocopy::{FromBytes, Immutable, IntoBytes};

use super::{CallName, Device, DeviceError, PROMPT, Wait};
use std::sync::atomic::Ordering;

/// `ERROR_MORE_DATA`.
const MORE_DATA: u32 = 234;

/// How often the list of peers may grow between asking for its size and for itself.
const GROWTH_TRIES: usize = 8;

impl Device {
    /// `GET_VERSION`.
    ///
    /// # Errors
    /// Of the system.
    pub fn version(&self) -> Result<Version, DeviceError> {
        self.ask(Ioctl::GetVersion)
    }

    /// `SET_MODE`. A fresh handle is in point-to-point mode; from multipeer mode there is no way back but closing it.
    ///
    /// # Errors
    /// [`DeviceError::State`] if the adapter is in multipeer mode already, [`DeviceError::NotSupported`] by a driver
    /// before 2.0.
    pub fn set_mode(&self, mode: Mode) -> Result<(), DeviceError> {
        self.tell(Ioctl::SetMode, &SetMode::new(mode))?;
        self.inner
            .multipeer
            .store(mode == Mode::MultiPeer, Ordering::Release);
        Ok(())
    }

    /// `NEW_PEER`: makes the transport socket and the only peer. `local` may be a wildcard with port 0. Over UDP this
    /// returns at once; over TCP when connected, and ending the wait aborts the connection. A peer that is there is
    /// replaced.
    ///
    /// # Errors
    /// [`DeviceError::Argument`] if the addresses are of different families, [`DeviceError::Transport`] if the network
    /// refuses, [`DeviceError::TimedOut`], [`DeviceError::Cancelled`].
    pub fn new_peer(
        &self,
        local: SocketAddr,
        remote: SocketAddr,
        proto: Proto,
        wait: Wait<'_>,
    ) -> Result<(), DeviceError> {
        let call = CallName::Ioctl(Ioctl::NewPeer);
        if !same_family(&canonical(local), &canonical(remote)) {
            return Err(DeviceError::argument(
                call,
                format!("{local} and {remote} are of different families"),
            ));
        }
        let request = NewPeer {
            local: local.into(),
            remote: remote.into(),
            proto: proto.to_u32(),
        };
        self.inner
            .ioctl(Ioctl::NewPeer, request.as_bytes(), 0, wait)
            .map(drop)
    }

    /// `START_VPN`: the adapter's link comes up. May be repeated.
    ///
    /// # Errors
    /// [`DeviceError::State`] without a peer.
    pub fn start_vpn(&self) -> Result<(), DeviceError> {
        self.tell(Ioctl::StartVpn, &())
    }

    /// `SET_PEER`: keepalive and MSS.
    ///
    /// # Errors
    /// [`DeviceError::State`] without a peer.
    pub fn set_peer(&self, settings: PeerSettings) -> Result<(), DeviceError> {
        self.tell(Ioctl::SetPeer, &SetPeer::from(settings))
    }

    /// `NEW_KEY`, or `NEW_KEY_V2` if `options` has any: installs a key in its slot. The key is wiped from memory on
    /// return.
    ///
    /// # Errors
    /// [`DeviceError::NotFound`] without the peer, [`DeviceError::Argument`] if the lengths don't fit the cipher,
    /// [`DeviceError::NotSupported`] if the driver lacks the cipher or the option.
    pub fn new_key(&self, key: CryptoData, options: CryptoOptions) -> Result<(), DeviceError> {
        if options == CryptoOptions::CLASSIC {
            self.tell(Ioctl::NewKey, &key)
        } else {
            self.tell(
                Ioctl::NewKeyV2,
                &CryptoDataV2 {
                    v1: key,
                    crypto_options: options.bits(),
                },
            )
        }
    }

    /// `SWAP_KEYS`: exchanges the key slots.
    ///
    /// # Errors
    /// [`DeviceError::State`] without a peer, or if the secondary slot is empty.
    pub fn swap_keys(&self) -> Result<(), DeviceError> {
        self.tell(Ioctl::SwapKeys, &())
    }

    /// `DEL_PEER`: removes peer and socket, and takes the link down. Calls in flight end in
    /// [`DeviceError::Cancelled`]. Without a peer nothing happens. The device stays open.
    ///
    /// # Errors
    /// [`DeviceError::State`] in multipeer mode.
    pub fn del_peer(&self) -> Result<(), DeviceError> {
        self.tell(Ioctl::DelPeer, &())
    }

    /// `GET_STATS`: the adapter's counters since the last `NEW_PEER` or `MP_START_VPN`.
    ///
    /// # Errors
    /// Of the system.
    pub fn stats(&self) -> Result<Stats, DeviceError> {
        self.ask(Ioctl::GetStats)
    }

    /// `GET_PEER_STATS` of one peer. In point-to-point mode of the only peer, whatever the number.
    ///
    /// # Errors
    /// [`DeviceError::NotFound`] without the peer, [`DeviceError::NotSupported`] by a driver before 2.7.
    pub fn peer_stats(&self, peer: PeerId) -> Result<PeerStats, DeviceError> {
        let request = GetPeerStats::one(peer);
        let output = self.prompt(Ioctl::GetPeerStats, &request, size_of::<PeerStats>())?;
        parse(Ioctl::GetPeerStats, &output)
    }

    /// `GET_PEER_STATS` of all peers.
    ///
    /// # Errors
    /// [`DeviceError::NotSupported`] by a driver before 2.7.
    pub fn all_peer_stats(&self) -> Result<Vec<PeerStats>, DeviceError> {
        let ioctl = Ioctl::GetPeerStats;
        let call = CallName::Ioctl(ioctl);
        let mut room = size_of::<u32>();
        for _ in 0..GROWTH_TRIES {
            let raw = super::Call::Ioctl {
                code: ioctl.code(),
                input: GetPeerStats::ALL.as_bytes(),
                output_len: room,
            };
            let outcome = self.inner.run(call, raw, Wait::at_most(PROMPT))?;
            match outcome.failure {
                None => return records(&outcome.data),
                Some(failure) if failure.win32_error() == MORE_DATA => {
                    // The size that was needed a moment ago.
                    let needed: u32 = parse(ioctl, &outcome.data)?;
                    room = usize::try_from(needed).unwrap_or(usize::MAX).max(room);
                }
                Some(failure) => return Err(DeviceError::from_failure(call, failure)),
            }
        }
        Err(DeviceError::unexpected(
            call,
            "the list of peers grows faster than it can be read",
        ))
    }

    /// A call that returns one structure and takes none.
    fn ask<T: FromBytes>(&self, ioctl: Ioctl) -> Result<T, DeviceError> {
        parse(ioctl, &self.prompt(ioctl, &(), size_of::<T>())?)
    }

    /// A call that returns nothing.
    pub(super) fn tell<T: IntoBytes + Immutable>(&self, ioctl: Ioctl, input: &T) -> Result<(), DeviceError> {
        self.prompt(ioctl, input, 0).map(drop)
    }

    /// A call that does not pend.
    pub(super) fn prompt<T: IntoBytes + Immutable>(
        &self,
        ioctl: Ioctl,
        input: &T,
        output_len: usize,
    ) -> Result<Vec<u8>, DeviceError> {
        self.inner
            .ioctl(ioctl, input.as_bytes(), output_len, Wait::at_most(PROMPT))
    }
}

/// The output as one structure.
pub(super) fn parse<T: FromBytes>(ioctl: Ioctl, output: &[u8]) -> Result<T, DeviceError> {
    read_input(output).map_err(|_| {
        let why = format!("{} bytes where {} were expected", output.len(), size_of::<T>());
        DeviceError::unexpected(CallName::Ioctl(ioctl), why)
    })
}

fn records(output: &[u8]) -> Result<Vec<PeerStats>, DeviceError> {
    let records = output.chunks(size_of::<PeerStats>());
    records.map(|record| parse(Ioctl::GetPeerStats, record)).collect()
}
