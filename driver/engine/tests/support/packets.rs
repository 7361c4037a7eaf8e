//! Packets, and ways through a device.

use std::net::{IpAddr, SocketAddr};

use ovpn_dco_engine::{DropReason, MAX_OVERHEAD, Received};

use super::{Host, inside, is_stream};

/// What a device made of a packet from its transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// For the adapter.
    Deliver(Vec<u8>),
    Consumed,
    Dropped(DropReason),
}

/// A sealed packet on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnWire {
    pub bytes: Vec<u8>,
    pub to: Option<SocketAddr>,
}

/// A UDP packet inside the tunnel.
pub fn udp(source: &str, destination: &str, payload: &[u8]) -> Vec<u8> {
    udp_port(source, destination, 5001, payload)
}

pub fn udp_port(source: &str, destination: &str, port: u16, payload: &[u8]) -> Vec<u8> {
    let mut segment = vec![0xC0, 0];
    segment.extend(port.to_be_bytes());
    segment.extend(u16::try_from(payload.len() + 8).unwrap().to_be_bytes());
    segment.extend([0, 0]);
    segment.extend(payload);
    ip(source, destination, 17, &segment)
}

/// A TCP SYN with an MSS option.
pub fn syn(source: &str, destination: &str, mss: u16) -> Vec<u8> {
    let mut segment = vec![0; 24];
    segment[..4].copy_from_slice(&[0xC0, 0, 0, 80]);
    (segment[12], segment[13]) = (6 << 4, 2);
    segment[20..22].copy_from_slice(&[2, 4]);
    segment[22..].copy_from_slice(&mss.to_be_bytes());
    ip(source, destination, 6, &segment)
}

pub fn ip(source: &str, destination: &str, protocol: u8, payload: &[u8]) -> Vec<u8> {
    let addresses = (
        source.parse::<IpAddr>().unwrap(),
        destination.parse::<IpAddr>().unwrap(),
    );
    let mut packet = match addresses {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let [high, low] = u16::try_from(payload.len() + 20).unwrap().to_be_bytes();
            let mut header = vec![0x45, 0, high, low, 0, 1, 0, 0, 64, protocol, 0, 0];
            header.extend(source.octets());
            header.extend(destination.octets());
            header
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            let [high, low] = u16::try_from(payload.len()).unwrap().to_be_bytes();
            let mut header = vec![0x60, 0, 0, 0, high, low, protocol, 64];
            header.extend(source.octets());
            header.extend(destination.octets());
            header
        }
        _ => panic!("one family, please"),
    };
    packet.extend(payload);
    packet
}

/// A control packet: P_CONTROL_V1 with some content.
pub fn control(len: usize, fill: u8) -> Vec<u8> {
    let mut packet = vec![fill; len];
    packet[0] = 4 << 3;
    packet
}

impl Host {
    /// Sends an IP packet of the adapter.
    pub fn transmit(&self, packet: &[u8]) -> Result<OnWire, DropReason> {
        self.transmit_slices(&[packet])
    }

    pub fn transmit_slices(&self, packet: &[&[u8]]) -> Result<OnWire, DropReason> {
        let mut out = vec![0; packet.iter().map(|slice| slice.len()).sum::<usize>() + MAX_OVERHEAD];
        let batch = inside(|| self.device.transmit());
        let sealed = inside(|| batch.packet(packet, &mut out))?;
        let (len, to) = (sealed.len, sealed.to);
        assert_eq!((sealed.count, sealed.segment), (1, len));
        out.truncate(len);
        Ok(OnWire { bytes: out, to })
    }

    /// A datagram arrives.
    pub fn receive(&self, from: Option<SocketAddr>, packet: &[u8]) -> Fate {
        let mut out = vec![0xEE; packet.len().max(64)];
        let transport = self.transport();
        let received = inside(|| self.device.receive().datagram(transport, from, packet, &mut out));
        fate(received, &out)
    }

    /// Stream bytes arrive.
    pub fn receive_stream(&self, mut input: &[u8]) -> Vec<Fate> {
        let mut fates = Vec::new();
        let mut out = vec![0; 2048];
        let batch = self.device.receive();
        while let Some(received) = batch.stream(self.transport(), &mut input, &mut out) {
            fates.push(fate(received, &out));
        }
        fates
    }

    /// What arrives on whatever the transport is.
    pub fn arrive(&self, bytes: &[u8]) -> Vec<Fate> {
        if is_stream(&self.socket().spec) {
            self.receive_stream(bytes)
        } else {
            vec![self.receive(None, bytes)]
        }
    }
}

fn fate(received: Received, out: &[u8]) -> Fate {
    match received {
        Received::Deliver { len, .. } => Fate::Deliver(out[..len].to_vec()),
        Received::Consumed => Fate::Consumed,
        Received::Dropped(reason) => Fate::Dropped(reason),
    }
}
