//! Packets, fragments and the data that extensions attach to them (net/packet.h, net/fragment.h and the headers of
//! the extensions).
//!
//! The elements of a queue's rings. Which fields the driver writes depends on the direction: in a transmit queue all
//! but the `Scratch` bits are read-only; in a receive queue the driver fills in every packet and fragment that it
//! gives back, and must assign the whole layout, valid length and offset.

use super::handle::NET_FRAGMENT_RETURN_CONTEXT_HANDLE;
use crate::scalar::PVOID;
use crate::wdm::PMDL;

c_enums! {
    /// What layer 2 of a packet is.
    NET_PACKET_LAYER2_TYPE {
        /// Not known.
        NetPacketLayer2TypeUnspecified = 0,
        /// There is no layer 2 header: the packet begins with IP (media type IP).
        NetPacketLayer2TypeNull = 1,
        /// Ethernet.
        NetPacketLayer2TypeEthernet = 2,
        /// Native 802.11.
        NetPacketLayer2TypeIeee80211 = 3,
    }

    /// What layer 3 of a packet is.
    NET_PACKET_LAYER3_TYPE {
        /// Not known, or neither IPv4 nor IPv6.
        NetPacketLayer3TypeUnspecified = 0,
        /// IPv4, perhaps with options.
        NetPacketLayer3TypeIPv4UnspecifiedOptions = 1,
        /// IPv4 with options.
        NetPacketLayer3TypeIPv4WithOptions = 2,
        /// IPv4 without options.
        NetPacketLayer3TypeIPv4NoOptions = 3,
        /// IPv6, perhaps with extension headers.
        NetPacketLayer3TypeIPv6UnspecifiedExtensions = 4,
        /// IPv6 with extension headers.
        NetPacketLayer3TypeIPv6WithExtensions = 5,
        /// IPv6 without extension headers.
        NetPacketLayer3TypeIPv6NoExtensions = 6,
    }

    /// What layer 4 of a packet is.
    NET_PACKET_LAYER4_TYPE {
        /// Not known.
        NetPacketLayer4TypeUnspecified = 0,
        /// TCP.
        NetPacketLayer4TypeTcp = 1,
        /// UDP.
        NetPacketLayer4TypeUdp = 2,
        /// An IP fragment that is not the first.
        NetPacketLayer4TypeIPFragment = 3,
        /// Another protocol, not fragmented.
        NetPacketLayer4TypeIPNotFragment = 4,
    }

    /// What the driver must do about a checksum of a transmitted packet ([`NET_PACKET_CHECKSUM`]).
    NET_PACKET_TX_CHECKSUM_ACTION {
        /// Leave it.
        NetPacketTxChecksumActionPassthrough = 0,
        /// Compute it.
        NetPacketTxChecksumActionRequired = 2,
    }

    /// What the driver says about a checksum of a received packet ([`NET_PACKET_CHECKSUM`]).
    NET_PACKET_RX_CHECKSUM_EVALUATION {
        /// It was not looked at.
        NetPacketRxChecksumEvaluationNotChecked = 0,
        /// It is right.
        NetPacketRxChecksumEvaluationValid = 1,
        /// It is wrong.
        NetPacketRxChecksumEvaluationInvalid = 2,
    }
}

c_flags! {
    /// What a packet's hash was computed over ([`NET_PACKET_HASH::ProtocolType`]).
    NET_PACKET_HASH_PROTOCOL_TYPE {
        /// Nothing.
        NetPacketHashProtocolTypeNone = 0,
        /// IPv4 addresses.
        NetPacketHashProtocolTypeIPv4 = 1,
        /// IPv4 addresses, with options.
        NetPacketHashProtocolTypeIPv4Options = 2,
        /// IPv6 addresses.
        NetPacketHashProtocolTypeIPv6 = 4,
        /// IPv6 addresses, with extension headers.
        NetPacketHashProtocolTypeIPv6Extensions = 8,
        /// TCP ports.
        NetPacketHashProtocolTypeTcp = 0x10,
        /// UDP ports.
        NetPacketHashProtocolTypeUdp = 0x20,
    }

    /// What of an 802.1Q tag the driver must write ([`NET_PACKET_IEEE8021Q::tx_tagging`]).
    NET_PACKET_TX_IEEE8021Q_ACTION_FLAGS {
        /// The priority.
        NetPacketTxIeee8021qActionFlagPriorityRequired = 1,
        /// The VLAN.
        NetPacketTxIeee8021qActionFlagVlanRequired = 2,
    }
}

c_structs! {
    /// A piece of a packet's memory: element of the fragment ring. All fields are bit fields.
    #[derive(Debug, Default, PartialEq, Eq)]
    struct NET_FRAGMENT {
        /// The bit fields.
        Bits: u64 => [],
    }

    /// Kinds and lengths of a packet's headers. All fields are bit fields.
    #[derive(Debug, Default, PartialEq, Eq)]
    struct NET_PACKET_LAYOUT {
        /// The bit fields.
        Bits: [u8; 5] => [],
    }

    /// A packet: element of the packet ring. Made of `FragmentCount` fragments from `FragmentIndex` on.
    #[derive(Debug, Default, PartialEq, Eq)]
    struct NET_PACKET {
        /// Index of the first fragment in the fragment ring.
        FragmentIndex: u32,
        /// Number of fragments, modulo the ring's size.
        FragmentCount: u16,
        /// The headers.
        Layout: NET_PACKET_LAYOUT,
        /// `Ignore` and `Scratch`.
        Bits: u8 => [],
    }

    /// Checksums of a packet (`ms_packet_checksum`): each layer is a [`NET_PACKET_TX_CHECKSUM_ACTION`] or a
    /// [`NET_PACKET_RX_CHECKSUM_EVALUATION`].
    #[derive(Debug, Default, PartialEq, Eq)]
    struct NET_PACKET_CHECKSUM {
        /// The bit fields.
        Bits: u8 => [],
    }

    /// Segmentation of a packet (`ms_packet_gso`, 2.1 and later). For TCP and UDP the same field of the same place.
    #[derive(Debug, Default, PartialEq, Eq)]
    struct NET_PACKET_GSO {
        /// The bit fields.
        Bits: u32 => ["TCP": Bits, "UDP": Bits],
    }

    /// Coalescing of a received TCP packet (`ms_packet_rsc`, 2.1 and later).
    #[derive(Debug, Default, PartialEq, Eq)]
    struct NET_PACKET_RSC {
        /// How many segments were put together; 0: none were.
        CoalescedSegmentCount: u16 => ["TCP.CoalescedSegmentCount": CoalescedSegmentCount],
        /// How many duplicate acknowledgements it stands for.
        DuplicateAckCount: u16 => ["TCP.DuplicateAckCount": DuplicateAckCount],
    }

    /// Timestamps of coalesced TCP segments (`ms_packet_rsc_timestamp`, 2.1 and later).
    #[derive(Debug, Default, PartialEq, Eq)]
    struct NET_PACKET_RSC_TIMESTAMP {
        /// Last timestamp minus first, in units of the TCP option.
        RscTcpTimestampDelta: u32 => ["TCP": RscTcpTimestampDelta, "TCP.RscTcpTimestampDelta": RscTcpTimestampDelta],
    }

    /// Hash of a received packet (`ms_packet_hash`, 2.2 and later).
    #[derive(Debug, Default, PartialEq, Eq)]
    struct NET_PACKET_HASH {
        /// The hash.
        HashValue: u32,
        /// A [`NET_PACKET_HASH_PROTOCOL_TYPE`].
        ProtocolType: u16,
        /// Padding.
        _ProtocolType: u16,
    }

    /// 802.1Q tag (`ms_packet_ieee8021q`, 2.1 and later). All fields are bit fields.
    #[derive(Debug, Default, PartialEq, Eq)]
    struct NET_PACKET_IEEE8021Q {
        /// Priority and VLAN.
        Tag: u16 => [],
        /// What to do on transmit.
        Action: u8 => [],
        /// Padding.
        _Action: u8,
    }

    /// Wi-Fi exemption (`ms_packet_wifiexemptionaction`), for Wi-Fi drivers.
    #[derive(Debug, Default, PartialEq, Eq)]
    struct NET_PACKET_WIFI_EXEMPTION_ACTION {
        /// The action.
        ExemptionAction: u8,
    }

    /// Address of a fragment's memory (`ms_fragment_virtualaddress`). The data begins at this address plus
    /// [`NET_FRAGMENT::offset`].
    #[derive(Debug)]
    struct NET_FRAGMENT_VIRTUAL_ADDRESS {
        /// The address.
        VirtualAddress: PVOID,
    }

    /// DMA address of a fragment's memory (`ms_fragment_logicaladdress`).
    #[derive(Debug)]
    struct NET_FRAGMENT_LOGICAL_ADDRESS {
        /// The address.
        LogicalAddress: u64,
    }

    /// MDL of a fragment's memory (`ms_fragment_mdl`). Not available on Windows 11 but for mobile broadband.
    #[derive(Debug)]
    struct NET_FRAGMENT_MDL {
        /// The MDL.
        Mdl: PMDL,
    }

    /// The driver's name for a receive buffer (`ms_fragment_returncontext`), given back by
    /// `EvtAdapterReturnRxBuffer`. Only with driver-managed receive buffers.
    #[derive(Debug)]
    struct NET_FRAGMENT_RETURN_CONTEXT {
        /// Any value.
        Handle: NET_FRAGMENT_RETURN_CONTEXT_HANDLE,
    }
}

bit_fields! {
    NET_FRAGMENT from 0 {
        /// Bytes of data, at most 2^26 - 1.
        valid_length, set_valid_length: u32 = "ValidLength" @ 0, 26;
        /// Bytes of memory, at most 2^26 - 1.
        capacity, set_capacity: u32 = "Capacity" @ 26, 26;
        /// Where in the memory the data begins, at most 1023. Only a packet's first fragment may have one.
        offset, set_offset: u32 = "Offset" @ 52, 10;
        /// Free for the driver.
        scratch, set_scratch: u8 = "Scratch" @ 62, 1;
        /// Whether the framework copied the data into memory of its own. Only the framework writes it.
        bounced, set_bounced: u8 = "OsReserved_Bounced" @ 63, 1;
    }

    NET_PACKET_LAYOUT from 0 {
        /// Length of the layer 2 header in bytes, at most 127.
        layer2_header_length, set_layer2_header_length: u8 = "Layer2HeaderLength" @ 0, 7;
        /// Length of the layer 3 header in bytes, at most 511.
        layer3_header_length, set_layer3_header_length: u16 = "Layer3HeaderLength" @ 7, 9;
        /// Length of the layer 4 header in bytes.
        layer4_header_length, set_layer4_header_length: u8 = "Layer4HeaderLength" @ 16, 8;
        /// A [`NET_PACKET_LAYER2_TYPE`].
        layer2_type, set_layer2_type: u8 = "Layer2Type" @ 24, 4;
        /// A [`NET_PACKET_LAYER3_TYPE`].
        layer3_type, set_layer3_type: u8 = "Layer3Type" @ 28, 4;
        /// A [`NET_PACKET_LAYER4_TYPE`].
        layer4_type, set_layer4_type: u8 = "Layer4Type" @ 32, 4;
    }

    NET_PACKET from 88 {
        /// Whether the packet is to be skipped: on transmit the framework sets it on packets that it has dropped
        /// itself, on receive the driver sets it on packets that it gives back unused.
        ignore, set_ignore: u8 = "Ignore" @ 0, 1;
        /// Free for the driver.
        scratch, set_scratch: u8 = "Scratch" @ 1, 1;
    }

    NET_PACKET_CHECKSUM from 0 {
        /// Layer 2.
        layer2, set_layer2: u8 = "Layer2" @ 0, 2;
        /// IPv4 header.
        layer3, set_layer3: u8 = "Layer3" @ 2, 2;
        /// TCP or UDP.
        layer4, set_layer4: u8 = "Layer4" @ 4, 2;
    }

    NET_PACKET_GSO from 0 {
        /// Bytes of payload per TCP segment; 0: the packet is not to be segmented.
        tcp_mss, set_tcp_mss: u32 = "TCP.Mss" @ 0, 20;
        /// Bytes of payload per UDP datagram; 0: the packet is not to be segmented.
        udp_mss, set_udp_mss: u32 = "UDP.Mss" @ 0, 20;
    }

    NET_PACKET_IEEE8021Q from 0 {
        /// Priority.
        priority_code_point, set_priority_code_point: u8 = "PriorityCodePoint" @ 0, 3;
        /// VLAN.
        vlan_identifier, set_vlan_identifier: u16 = "VlanIdentifier" @ 3, 12;
        /// A combination of [`NET_PACKET_TX_IEEE8021Q_ACTION_FLAGS`].
        tx_tagging, set_tx_tagging: u8 = "TxTagging" @ 16, 2;
    }
}

impl NET_PACKET_LAYOUT {
    /// A layout of which only the types are known, all lengths zero. Types above 15 do not exist and are cut.
    ///
    /// For a received packet this is enough: the framework parses the headers again.
    #[must_use]
    pub const fn of_types(
        layer2: NET_PACKET_LAYER2_TYPE,
        layer3: NET_PACKET_LAYER3_TYPE,
        layer4: NET_PACKET_LAYER4_TYPE,
    ) -> Self {
        let [layer2, ..] = layer2.0.to_le_bytes();
        let [layer3, ..] = layer3.0.to_le_bytes();
        let [layer4, ..] = layer4.0.to_le_bytes();
        Self {
            Bits: [0, 0, 0, (layer2 & 0xF) | (layer3 << 4), layer4 & 0xF],
        }
    }
}

// What `bit_fields!` wants: the bytes as a little-endian number, from the bit after `from` on.

impl NET_PACKET {
    /// Marks a received packet as given back unused. Cannot fail, other than `set_ignore`.
    #[inline]
    pub const fn mark_ignored(&mut self) {
        self.Bits |= 1;
    }

    /// Whether the packet is to be skipped.
    #[must_use]
    #[inline]
    pub const fn is_ignored(self) -> bool {
        self.ignore() != 0
    }

    const fn load(self) -> u64 {
        self.Bits as u64
    }
    const fn store(&mut self, bits: u64) {
        let [a, ..] = bits.to_le_bytes();
        self.Bits = a;
    }
}

impl NET_FRAGMENT {
    const fn load(self) -> u64 {
        self.Bits
    }
    const fn store(&mut self, bits: u64) {
        self.Bits = bits;
    }
}

impl NET_PACKET_LAYOUT {
    const fn load(self) -> u64 {
        let [a, b, c, d, e] = self.Bits;
        u64::from_le_bytes([a, b, c, d, e, 0, 0, 0])
    }
    const fn store(&mut self, bits: u64) {
        let [a, b, c, d, e, ..] = bits.to_le_bytes();
        self.Bits = [a, b, c, d, e];
    }
}

impl NET_PACKET_CHECKSUM {
    const fn load(self) -> u64 {
        self.Bits as u64
    }
    const fn store(&mut self, bits: u64) {
        let [a, ..] = bits.to_le_bytes();
        self.Bits = a;
    }
}

impl NET_PACKET_GSO {
    const fn load(self) -> u64 {
        self.Bits as u64
    }
    const fn store(&mut self, bits: u64) {
        let [a, b, c, d, ..] = bits.to_le_bytes();
        self.Bits = u32::from_le_bytes([a, b, c, d]);
    }
}

impl NET_PACKET_IEEE8021Q {
    const fn load(self) -> u64 {
        let [a, b] = self.Tag.to_le_bytes();
        u64::from_le_bytes([a, b, self.Action, 0, 0, 0, 0, 0])
    }
    const fn store(&mut self, bits: u64) {
        let [a, b, c, ..] = bits.to_le_bytes();
        self.Tag = u16::from_le_bytes([a, b]);
        self.Action = c;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_too_large_changes_nothing() {
        let mut fragment = NET_FRAGMENT::default();
        fragment.set_offset(1023).unwrap();
        let before = fragment;
        let error = fragment.set_offset(1024).unwrap_err();
        assert_eq!((error.field, error.bits, fragment), ("Offset", 10, before));
        fragment.set_valid_length(1 << 26).unwrap_err();
        assert_eq!(fragment, before);
    }

    #[test]
    fn fields_keep_their_neighbours() {
        let mut fragment = NET_FRAGMENT::default();
        fragment.set_valid_length(1500).unwrap();
        fragment.set_capacity(2048).unwrap();
        fragment.set_offset(64).unwrap();
        fragment.set_scratch(1).unwrap();
        fragment.set_capacity(4096).unwrap();
        assert_eq!(
            (
                fragment.valid_length(),
                fragment.capacity(),
                fragment.offset(),
                fragment.scratch(),
                fragment.bounced()
            ),
            (1500, 4096, 64, 1, 0)
        );
    }

    #[test]
    fn an_ignored_packet_keeps_its_scratch_bit() {
        let mut packet = NET_PACKET::default();
        packet.set_scratch(1).unwrap();
        assert!(!packet.is_ignored());
        packet.mark_ignored();
        assert_eq!(
            (packet.is_ignored(), packet.ignore(), packet.scratch()),
            (true, 1, 1)
        );
    }

    #[test]
    fn a_layout_of_types_is_what_the_setters_make() {
        let mut layout = NET_PACKET_LAYOUT::default();
        layout.set_layer2_type(1).unwrap();
        layout.set_layer3_type(6).unwrap();
        layout.set_layer4_type(2).unwrap();
        assert_eq!(
            layout,
            NET_PACKET_LAYOUT::of_types(
                NetPacketLayer2TypeNull,
                NetPacketLayer3TypeIPv6NoExtensions,
                NetPacketLayer4TypeUdp
            )
        );
    }
}
