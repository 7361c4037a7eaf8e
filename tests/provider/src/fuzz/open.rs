use super::{End, Input};
use crate::AwsLc;
use ovpn_dco_engine::packet::{Incoming, Payload};
use ovpn_dco_engine::{DropReason, Instant};

/// Any bytes as a packet from the network: sorted, opened with a fixed key, its payload looked at.
///
/// The first byte selects cipher and format. What opens once is a replay the second time.
pub fn open(data: &[u8]) {
    let mut input = Input(data);
    let Some(choice) = input.byte() else { return };
    let packet = input.0;
    let Ok(Incoming::Data(packet)) = Incoming::sort(packet) else {
        return;
    };
    let end = End::new(choice, None);
    let mut out = vec![0; packet.len()];
    let pin = end.grace.pin(0);
    let state = end.key.epochs().map(|epochs| epochs.state(&pin));
    match end.key.open(&AwsLc, &pin, Instant(0), &packet, &mut out) {
        Ok(len) => {
            assert_eq!(len + end.key.format().overhead(), packet.len());
            // Whatever it is: it must be judged without trouble.
            let _ = Payload::of(&out[..len]);
            let again = end.key.open(&AwsLc, &pin, Instant(0), &packet, &mut out);
            assert_eq!(again, Err(DropReason::InReplay));
        }
        Err(_) => assert_eq!(
            end.key.epochs().map(|epochs| epochs.state(&pin)),
            state,
            "a refused packet left a trace"
        ),
    }
}
