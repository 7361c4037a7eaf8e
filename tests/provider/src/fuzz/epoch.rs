use super::replay::Naive;
use super::{End, Input};
use crate::AwsLc;
use ovpn_dco_engine::epoch::{EpochConfig, EpochState};
use ovpn_dco_engine::packet::DataPacket;
use ovpn_dco_engine::{DropReason, Instant};
use std::collections::BTreeMap;

/// Any order of packets of any epochs, true and forged, moves the receiver as the rules say and no further.
///
/// Input: where the epochs begin (two bytes); per step: what to do; an operand.
pub fn epoch(data: &[u8]) {
    let mut input = Input(data);
    let Some(first) = input.word() else { return };
    // Also close to the last epoch.
    let first_epoch = if first < 0x8000 {
        first % 64 + 1
    } else {
        65530 - first % 64
    };
    let config = EpochConfig {
        usage_limit: Some(LIMIT),
        future_keys: 4,
        first_epoch,
    };
    let sender = End::new(5, Some(config));
    let receiver = End::new(
        5,
        Some(EpochConfig {
            usage_limit: None,
            ..config
        }),
    );
    let mut model = Model::new(first_epoch);
    let mut packets: Vec<Vec<u8>> = Vec::new();
    while let (Some(what), Some(operand)) = (input.byte(), input.byte()) {
        let pick = |packets: &[Vec<u8>]| packets.get(usize::from(operand) % packets.len().max(1)).cloned();
        match what % 8 {
            // Wears the send key out: what comes next is of the next epoch.
            0 => drop(sender.key.reserve(&AwsLc, &sender.grace.pin(0), 1, USED_UP)),
            // Leaves a gap in the counters.
            1 => drop(
                sender
                    .key
                    .reserve(&AwsLc, &sender.grace.pin(0), usize::from(operand) * 16, 0),
            ),
            2 | 3 => match sender.seal(&[&[operand; 3]]) {
                Ok(packet) => packets.push(packet),
                Err(reason) => assert_eq!(reason, DropReason::OutKeyExhausted),
            },
            // A reply: the send side only ever follows the receive side here.
            4 => {
                let reply = receiver.seal(&[b"reply"]).expect("sealed");
                let id = DataPacket::new(&reply)
                    .and_then(|packet| packet.epoch())
                    .expect("of the format")
                    .packet_id;
                assert_eq!(id.epoch(), model.send);
            }
            5 => {
                if let Some(mut packet) = pick(&packets) {
                    let place = 4 + usize::from(what / 8) % (packet.len() - 4);
                    packet[place] ^= 1 << (operand % 8);
                    assert!(
                        deliver(&receiver, &packet).is_err(),
                        "a forged packet was accepted"
                    );
                }
            }
            _ => {
                if let Some(packet) = pick(&packets) {
                    let id = DataPacket::new(&packet)
                        .and_then(|packet| packet.epoch())
                        .expect("of the format")
                        .packet_id;
                    assert_eq!(
                        deliver(&receiver, &packet),
                        model.receive(id.epoch(), id.counter())
                    );
                }
            }
        }
        sender.settle();
        receiver.settle();
        let pin = receiver.grace.pin(0);
        assert_eq!(
            receiver.key.epochs().and_then(|epochs| epochs.state(&pin)),
            Some(model.state())
        );
    }
}

/// The last epoch that a receiver follows to: four keys beyond it exist, and 65535 is left out.
const LAST: u16 = 65530;

/// What one send key may protect, and a number of bytes that passes it.
const LIMIT: u64 = 1 << 20;
const USED_UP: usize = 16 << 20;

fn deliver(receiver: &End, packet: &[u8]) -> Result<(), DropReason> {
    let packet = DataPacket::new(packet).ok_or(DropReason::InShort)?;
    receiver
        .key
        .open(&AwsLc, &receiver.grace.pin(0), Instant(1), &packet, &mut [0; 64])
        .map(|_| ())
}

/// The receiver's rules, in the plainest form.
struct Model {
    current: u16,
    retiring: Option<u16>,
    send: u16,
    windows: BTreeMap<u16, Naive>,
}

impl Model {
    fn new(first: u16) -> Self {
        Self {
            current: first,
            retiring: None,
            send: first,
            windows: BTreeMap::from([(first, Naive::default())]),
        }
    }

    fn receive(&mut self, epoch: u16, counter: u64) -> Result<(), DropReason> {
        let known = epoch == self.current || Some(epoch) == self.retiring;
        let future = epoch > self.current && u32::from(epoch) <= u32::from(self.current) + 4 && epoch <= LAST;
        if !known && !future {
            return Err(DropReason::InUnknownEpoch);
        }
        if future {
            self.retiring = Some(self.current);
            self.current = epoch;
            self.send = self.send.max(epoch);
            let kept = [self.retiring, Some(epoch)];
            self.windows.retain(|of, _| kept.contains(&Some(*of)));
        }
        let accepted = self.windows.entry(epoch).or_default().accept(counter, 1);
        if accepted {
            Ok(())
        } else {
            Err(DropReason::InReplay)
        }
    }

    fn state(&self) -> EpochState {
        EpochState {
            send: self.send,
            receive: self.current,
            retiring: self.retiring,
            highest_generated: self.current + 4,
        }
    }
}
