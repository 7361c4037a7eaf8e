//! What posted receive elements look like, and how returned ones must differ.

use netcx_sys::netadaptercx::{NET_FRAGMENT, NET_PACKET, NET_PACKET_LAYOUT, RingMask, RingRange};

const POISONED_COUNT: u16 = u16::MAX;
const POISONED_INDEX: u32 = u32::MAX;
const POISONED_TYPE: u8 = 0xF;
const POISONED_LENGTH: u32 = (1 << 26) - 1;
const POISONED_OFFSET: u32 = (1 << 10) - 1;

/// A packet as it is posted: all ones where the driver must write.
pub(super) fn packet() -> NET_PACKET {
    NET_PACKET {
        FragmentIndex: POISONED_INDEX,
        FragmentCount: POISONED_COUNT,
        Layout: NET_PACKET_LAYOUT { Bits: [0xFF; 5] },
        ..NET_PACKET::default()
    }
}

/// A fragment as it is posted.
pub(super) fn fragment() -> NET_FRAGMENT {
    let mut fragment = NET_FRAGMENT::default();
    // The largest values that fit.
    let _ = fragment.set_valid_length(POISONED_LENGTH);
    let _ = fragment.set_offset(POISONED_OFFSET);
    let _ = fragment.set_capacity(POISONED_LENGTH);
    fragment
}

/// What is wrong with a returned fragment, which was `posted` so. `system`: the framework gave it its buffer.
pub(super) fn fragment_complaint(
    now: &NET_FRAGMENT,
    posted: &NET_FRAGMENT,
    system: bool,
) -> Option<&'static str> {
    if now.valid_length() == POISONED_LENGTH {
        Some("ValidLength was not written")
    } else if !system && now.capacity() == POISONED_LENGTH {
        Some("Capacity was not written")
    } else if system && now.capacity() != posted.capacity() {
        Some("Capacity of a system-managed buffer was changed")
    } else if now.offset() + now.valid_length() > now.capacity() {
        Some("Offset and ValidLength exceed Capacity")
    } else {
        None
    }
}

/// What is wrong with a returned packet.
pub(super) fn packet_complaint(
    packet: &NET_PACKET,
    left: &RingRange,
    mask: RingMask,
) -> Option<&'static str> {
    let layout = packet.Layout;
    let types = [layout.layer2_type(), layout.layer3_type(), layout.layer4_type()];
    if packet.FragmentIndex == POISONED_INDEX || packet.FragmentCount == POISONED_COUNT {
        return Some("FragmentIndex and FragmentCount were not written");
    }
    if types.contains(&POISONED_TYPE) {
        return Some("the types of the layout were not written");
    }
    let count = usize::from(packet.FragmentCount);
    if count == 0 {
        return Some("it has no fragments");
    }
    let skipped = mask.range_len(
        left.next_index(),
        packet.FragmentIndex & mask.advance(u32::MAX, 0),
    ) as usize;
    if packet.FragmentIndex >= mask.size() || skipped + count > left.len() {
        return Some("its fragments aren't among those returned with it, or another packet has them");
    }
    let lengths = (
        usize::from(layout.layer2_header_length()),
        usize::from(layout.layer3_header_length()),
        usize::from(layout.layer4_header_length()),
    );
    let layer2 = match types[0] {
        1 => lengths.0 == 0,
        2 => lengths.0 == 0 || lengths.0 >= 14,
        _ => true,
    };
    let layer3 = match types[1] {
        1..=3 => lengths.1 == 0 || lengths.1 >= 20,
        4..=6 => lengths.1 == 0 || lengths.1 >= 40,
        _ => true,
    };
    let layer4 = match types[2] {
        1 => lengths.2 == 0 || (20..=60).contains(&lengths.2) && lengths.2.is_multiple_of(4),
        2 => lengths.2 == 0 || lengths.2 >= 8,
        _ => true,
    };
    (!(layer2 && layer3 && layer4)).then_some("a header's length is impossible for its type")
}
