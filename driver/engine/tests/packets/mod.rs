//! Builds inner packets the plain way, for tests of the offload code.

use ovpn_dco_engine::offload::GsoKind;

/// A flow whose packets are built one by one.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    pub(crate) v6: bool,
    pub(crate) tcp: bool,
    /// Last byte of the destination address.
    pub(crate) host: u8,
    pub(crate) ports: [u8; 4],
    pub(crate) traffic_class: u8,
    pub(crate) hop_limit: u8,
    /// Identification of the first packet.
    pub(crate) id: u16,
    pub(crate) df: bool,
    pub(crate) sequence: u32,
    pub(crate) acknowledgment: u32,
    pub(crate) window: u16,
    pub(crate) options: Vec<u8>,
    pub(crate) flags: u8,
}

impl Flow {
    pub(crate) fn tcp4() -> Self {
        Self {
            v6: false,
            tcp: true,
            host: 1,
            ports: [0x8c, 0xbc, 0x14, 0x51],
            traffic_class: 0,
            hop_limit: 64,
            id: 100,
            df: true,
            sequence: 0xffff_fff0,
            acknowledgment: 5,
            window: 0xfaf0,
            options: Vec::new(),
            flags: 0x10,
        }
    }

    pub(crate) fn kind(&self) -> GsoKind {
        match (self.tcp, self.v6) {
            (true, false) => GsoKind::Tcp4,
            (true, true) => GsoKind::Tcp6,
            (false, false) => GsoKind::Udp4,
            (false, true) => GsoKind::Udp6,
        }
    }

    pub(crate) fn ip_header_len(&self) -> usize {
        if self.v6 { 40 } else { 20 }
    }

    pub(crate) fn header_len(&self) -> usize {
        self.ip_header_len() + if self.tcp { 20 + self.options.len() } else { 8 }
    }

    /// The same flow with more TCP flags.
    pub(crate) fn with_flags(&self, flags: u8) -> Self {
        Self {
            flags: self.flags | flags,
            ..self.clone()
        }
    }

    /// Packet number `index` with a payload that starts `offset` bytes into the stream.
    pub(crate) fn packet(&self, index: usize, offset: u32, payload: &[u8]) -> Vec<u8> {
        let mut transport = self.ports.to_vec();
        if self.tcp {
            transport.extend(self.sequence.wrapping_add(offset).to_be_bytes());
            transport.extend(self.acknowledgment.to_be_bytes());
            transport.extend([(5 + self.options.len() as u8 / 4) << 4, self.flags]);
            transport.extend(self.window.to_be_bytes());
            transport.extend([0; 4]);
            transport.extend(&self.options);
        } else {
            transport.extend((8 + payload.len() as u16).to_be_bytes());
            transport.extend([0; 2]);
        }
        transport.extend(payload);
        let mut packet = self.ip(
            index,
            if self.tcp { 6 } else { 17 },
            if self.df { 0x4000 } else { 0 },
            &transport,
        );
        let sum = transport_checksum(&packet);
        let at = self.ip_header_len() + if self.tcp { 16 } else { 6 };
        let sum = if sum == 0 && !self.tcp { 0xffff } else { sum };
        packet[at..at + 2].copy_from_slice(&sum.to_be_bytes());
        packet
    }

    /// The packets that carry `payload` in segments of `size` bytes: FIN and PSH on the last, CWR on the first.
    pub(crate) fn train(&self, payload: &[u8], size: usize) -> Vec<Vec<u8>> {
        let chunks: Vec<&[u8]> = payload.chunks(size).collect();
        let segment = |(i, chunk): (usize, &&[u8])| {
            let mut flow = self.clone();
            if i + 1 < chunks.len() {
                flow.flags &= !0x09;
            }
            if i > 0 {
                flow.flags &= !0x80;
            }
            flow.packet(i, (i * size) as u32, chunk)
        };
        chunks.iter().enumerate().map(segment).collect()
    }

    /// A fragment of a larger packet of the flow.
    pub(crate) fn fragment(&self, first: bool, payload: &[u8]) -> Vec<u8> {
        let payload = &payload[..payload.len() / 8 * 8];
        let protocol = if self.tcp { 6 } else { 17 };
        if self.v6 {
            let field = if first { 1u16 } else { 100 << 3 }.to_be_bytes();
            let header = [protocol, 0, field[0], field[1], 0, 0, 0, 9];
            return self.ip(0, 44, 0, &[&header, &self.ports[..], payload].concat());
        }
        let field = if first { 0x2000 } else { 100 };
        self.ip(0, protocol, field, &[&self.ports[..], payload].concat())
    }

    /// A packet between the same hosts that is neither TCP nor UDP.
    pub(crate) fn icmp(&self, payload: &[u8]) -> Vec<u8> {
        self.ip(0, if self.v6 { 58 } else { 1 }, 0, payload)
    }

    fn ip(&self, index: usize, protocol: u8, fragment: u16, payload: &[u8]) -> Vec<u8> {
        let mut packet;
        if self.v6 {
            packet = vec![
                0x60 | self.traffic_class >> 4,
                self.traffic_class << 4,
                0x12,
                0x34,
            ];
            packet.extend((payload.len() as u16).to_be_bytes());
            packet.extend([protocol, self.hop_limit]);
            packet.extend([0xfd; 16]);
            packet.extend([0xfe; 15]);
            packet.push(self.host);
        } else {
            packet = vec![0x45, self.traffic_class];
            packet.extend((20 + payload.len() as u16).to_be_bytes());
            packet.extend(self.id.wrapping_add(index as u16).to_be_bytes());
            packet.extend(fragment.to_be_bytes());
            packet.extend([self.hop_limit, protocol, 0, 0, 10, 88, 0, 9, 10, 88, 0, self.host]);
            let sum = checksum(&packet);
            packet[10..12].copy_from_slice(&sum.to_be_bytes());
        }
        packet.extend(payload);
        packet
    }
}

/// RFC 1071 as it reads.
fn checksum(bytes: &[u8]) -> u16 {
    let mut sum = 0u32;
    for pair in bytes.chunks(2) {
        sum += u32::from(pair[0]) << 8 | pair.get(1).map_or(0, |low| u32::from(*low));
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

fn is_v6(packet: &[u8]) -> bool {
    packet[0] >> 4 == 6
}

fn pseudo_header(packet: &[u8]) -> Vec<u8> {
    let (addresses, protocol, start) = if is_v6(packet) {
        (&packet[8..40], packet[6], 40)
    } else {
        (&packet[12..20], packet[9], 20)
    };
    let len = (packet.len() - start) as u32;
    [addresses, &[0, protocol], &len.to_be_bytes()].concat()
}

/// Over pseudo header and everything behind the IP header, with the field as it stands.
fn transport_checksum(packet: &[u8]) -> u16 {
    let start = if is_v6(packet) { 40 } else { 20 };
    checksum(&[pseudo_header(packet), packet[start..].to_vec()].concat())
}

/// Whether IPv4 header and transport checksum are right.
pub(crate) fn checksums_fit(packet: &[u8]) -> bool {
    (is_v6(packet) || checksum(&packet[..20]) == 0) && transport_checksum(packet) == 0
}

/// Leaves the sum of the pseudo header in the checksum field of a TCP or UDP packet.
pub(crate) fn set_partial_checksum(packet: &mut [u8]) {
    let (start, protocol) = if is_v6(packet) {
        (40, packet[6])
    } else {
        (20, packet[9])
    };
    let at = start + if protocol == 6 { 16 } else { 6 };
    let sum = !checksum(&pseudo_header(packet));
    packet[at..at + 2].copy_from_slice(&sum.to_be_bytes());
}

/// What tells flows apart in tests: version, hosts, and for whole packets protocol and ports.
pub(crate) fn flow_key(packet: &[u8]) -> Vec<u8> {
    let v6 = is_v6(packet);
    let start = if v6 { 40 } else { 20 };
    if packet.len() < start {
        return packet.to_vec();
    }
    let (hosts, protocol) = if v6 {
        (&packet[8..40], packet[6])
    } else {
        (&packet[12..20], packet[9])
    };
    let whole = v6 || (packet[6] & 0x3f == 0 && packet[7] == 0);
    let ports = packet
        .get(start..start + 4)
        .filter(|_| whole && [6, 17].contains(&protocol));
    [hosts, &[protocol], ports.unwrap_or_default()].concat()
}

/// Clears the identification of IPv4 packets with DF, which means nothing, and the checksum over it.
pub(crate) fn forget_identification(packet: &[u8]) -> Vec<u8> {
    let mut packet = packet.to_vec();
    if packet.len() >= 20 && packet[0] == 0x45 && packet[6] & 0x40 != 0 {
        packet[4..6].fill(0);
        packet[10..12].fill(0);
    }
    packet
}

pub(crate) fn from_hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}
