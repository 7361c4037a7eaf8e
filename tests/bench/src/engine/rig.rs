//! Two devices that are each other's peer, and packets for them.

use super::platform::{Bench, Call};
use anyhow::{Context as _, Result, ensure};
use ovpn_dco_engine::{Config, Device, Received, TransportId};
use ovpn_dco_uapi::{
    CipherAlg, CryptoData, Ioctl, KeyDirection, KeyId, KeySlot, NewPeer, NtStatus, PeerId, Proto,
};
use std::net::SocketAddr;
use std::sync::mpsc::channel;
use zerocopy::IntoBytes as _;

/// Bytes of an OpenVPN data packet in the classic format that aren't payload.
pub(super) const OVERHEAD: usize = 24;
/// The key of one direction.
pub(super) const KEY: [u8; 32] = [0x42; 32];

/// A sender and its receiver.
pub(super) struct Rig {
    pub(super) sender: Device<Bench>,
    pub(super) receiver: Device<Bench>,
}

impl Rig {
    pub(super) fn new() -> Result<Self> {
        Ok(Self {
            sender: device(1, KEY, [0x24; 32])?,
            receiver: device(2, [0x24; 32], KEY)?,
        })
    }

    /// Seals one packet into `out`; the datagram's length.
    #[inline]
    pub(super) fn seal(batch: &ovpn_dco_engine::Transmit<'_, Bench>, packet: &[u8], out: &mut [u8]) -> usize {
        batch.packet(&[packet], out).map_or(0, |sealed| sealed.len)
    }

    /// Opens one datagram into `out`; the packet's length.
    #[inline]
    pub(super) fn open(
        batch: &ovpn_dco_engine::Receive<'_, Bench>,
        datagram: &[u8],
        out: &mut [u8],
    ) -> usize {
        match batch.datagram(TransportId(1), None, datagram, out) {
            Received::Deliver { len, .. } => len,
            Received::Consumed | Received::Dropped(_) => 0,
        }
    }
}

/// A device with a UDP peer at the other host number, an AES-256-GCM key, and the link up.
fn device(host: u8, encrypt: [u8; 32], decrypt: [u8; 32]) -> Result<Device<Bench>> {
    let config = Config {
        lanes: 4,
        ..Config::default()
    };
    let device = Device::new(Bench::new(), config).map_err(refused("make a device"))?;
    device.open().map_err(refused("open the device"))?;
    let address = |host: u8| SocketAddr::from(([10, 77, 0, host], 1194)).into();
    let peer = NewPeer {
        local: address(host),
        remote: address(3 - host),
        proto: Proto::Udp.to_u32(),
    };
    let direction = |key: [u8; 32]| KeyDirection::classic(&key, [7; 8]).context("a key of 32 bytes");
    let key = CryptoData::new(
        PeerId::default(),
        KeySlot::Primary,
        KeyId::new(0).context("a key id")?,
        CipherAlg::AesGcm,
        direction(encrypt)?,
        direction(decrypt)?,
    );
    call(&device, Ioctl::NewPeer, peer.as_bytes())?;
    call(&device, Ioctl::NewKey, key.as_bytes())?;
    call(&device, Ioctl::StartVpn, &[])?;
    Ok(device)
}

fn call(device: &Device<Bench>, ioctl: Ioctl, input: &[u8]) -> Result<()> {
    let (done, status) = channel();
    device.ioctl(
        ioctl.code(),
        input,
        Call {
            output: vec![0; 256],
            done,
        },
    );
    let status = status
        .try_recv()
        .with_context(|| format!("{ioctl} is still pending"))?;
    ensure!(status == NtStatus::SUCCESS, "{ioctl} ended in {status:?}");
    Ok(())
}

fn refused(what: &'static str) -> impl Fn(NtStatus) -> anyhow::Error {
    move |status| anyhow::anyhow!("could not {what}: {status:?}")
}

/// An IPv4 packet of `len` bytes with UDP inside.
pub(super) fn packet(len: usize) -> Vec<u8> {
    let mut packet = vec![
        0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 17, 0, 0, 10, 88, 0, 2, 10, 88, 0, 1,
    ];
    packet.extend((20..len).map(|i| (i * 31 % 251).to_le_bytes()[0]));
    packet[2..4].copy_from_slice(&u16::try_from(len).unwrap_or(u16::MAX).to_be_bytes());
    packet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_seals_the_other_opens() {
        let rig = Rig::new().unwrap();
        for len in [64, 1400] {
            let packet = packet(len);
            let (mut datagram, mut out) = (vec![0; len + 64], vec![0; len + 64]);
            let sealed = Rig::seal(&rig.sender.transmit(), &packet, &mut datagram);
            assert_eq!(sealed, len + OVERHEAD);
            let opened = Rig::open(&rig.receiver.receive(), &datagram[..sealed], &mut out);
            assert_eq!(out[..opened], packet);
        }
    }
}
