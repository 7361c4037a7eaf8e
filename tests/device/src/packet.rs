//! IPv4 packets that an echoing peer takes apart.

/// Turns an IPv4 packet around: addresses, and the ports of UDP. Checksums stay right, since sums don't mind the order.
/// `None` for anything else.
#[must_use]
pub fn turned_around(packet: &[u8]) -> Option<Vec<u8>> {
    let mut out = packet.to_vec();
    if out.len() < 20 || out[0] >> 4 != 4 {
        return None;
    }
    let header = usize::from(out[0] & 0xF) * 4;
    swap(&mut out, 12, 16, 4)?;
    if out[9] == 17 {
        swap(&mut out, header, header + 2, 2)?;
    }
    Some(out)
}

fn swap(bytes: &mut [u8], a: usize, b: usize, len: usize) -> Option<()> {
    bytes.get(..b + len)?;
    for i in 0..len {
        bytes.swap(a + i, b + i);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_ports_change_places() {
        let mut packet = vec![0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2];
        packet.extend([0, 7, 0, 9, 0, 8, 0, 0]);
        let turned = turned_around(&packet).unwrap();
        assert_eq!(turned[12..24], [2, 2, 2, 2, 1, 1, 1, 1, 0, 9, 0, 7]);
        assert_eq!(turned_around(&packet[..19]), None);
        assert_eq!(turned_around(&[0x60; 40]), None);
    }
}
