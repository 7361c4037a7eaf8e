use super::{End, Input};
use crate::AwsLc;
use ovpn_dco_engine::packet::DataPacket;
use ovpn_dco_engine::{DropReason, Instant};

/// Any plaintext in any pieces is sealed and opened again; with any damage it is refused, and accepted afterwards.
///
/// Input: cipher and format; where the damage is (two bytes) and which bits; lengths of pieces; plaintext.
pub fn round_trip(data: &[u8]) {
    let mut input = Input(data);
    let (Some(choice), Some(place), Some(bits)) = (input.byte(), input.word(), input.byte()) else {
        return;
    };
    let cuts = input.bytes(4);
    let plaintext = input.0;
    let mut rest = plaintext;
    let mut pieces = Vec::new();
    for cut in cuts {
        let (piece, behind) = rest.split_at(usize::from(*cut).min(rest.len()));
        pieces.push(piece);
        rest = behind;
    }
    pieces.push(rest);

    let (sender, receiver) = (End::new(choice, None), End::new(choice, None));
    let packet = sender.seal(&pieces).expect("sealed");
    let pin = receiver.grace.pin(0);
    let mut out = vec![0; packet.len()];
    let mut open = |packet: &[u8]| {
        let packet = DataPacket::new(packet)?;
        Some(
            receiver
                .key
                .open(&AwsLc, &pin, Instant(0), &packet, &mut out)
                .map(|len| out[..len].to_vec()),
        )
    };
    if bits != 0 {
        let mut damaged = packet.clone();
        let place = usize::from(place) % damaged.len();
        damaged[place] ^= bits;
        assert!(
            !matches!(open(&damaged), Some(Ok(_))),
            "a damaged packet was accepted"
        );
    }
    assert_eq!(open(&packet), Some(Ok(plaintext.to_vec())));
    assert_eq!(open(&packet), Some(Err(DropReason::InReplay)));
}
