//! The receiver's choice of keys and its moves from epoch to epoch.

use crate::Tally;
use crate::json::{field, list, number};
use anyhow::{Context, Result, bail, ensure};
use ovpn_dco_engine::epoch::{EpochConfig, EpochLookup, EpochState};
use ovpn_dco_engine::keys::{Key, KeyMaterial};
use ovpn_dco_engine::packet::DataPacket;
use ovpn_dco_engine::sync::{Grace, Shared};
use ovpn_dco_engine::{Cipher, DropReason, Instant};
use ovpn_dco_provider::AwsLc;
use ovpn_dco_uapi::{CipherAlg, CryptoOptions, KeyDirection, KeyId, PeerId};
use serde_json::Value;

/// Checks the scenarios and the sequence observed on stock servers.
///
/// # Errors
/// The first difference.
pub fn check(file: &Value, tally: &mut Tally) -> Result<()> {
    for scenario in list(file, "scenarios")? {
        check_scenario(scenario, tally).with_context(|| format!("scenario {:?}", scenario["name"]))?;
    }
    if let Some(observed) = file.get("observed") {
        check_observed(list(observed, "steps")?, tally).context("the observed sequence")?;
    }
    Ok(())
}

fn grace() -> Result<Shared<Grace>> {
    Grace::new(1).and_then(Shared::new).ok().context("no memory")
}

/// A key whose two directions have the same epoch keys, so that it could open its own packets.
fn key(config: EpochConfig, grace: &Shared<Grace>) -> Result<Key<AwsLc>> {
    let seed = KeyDirection::epoch(&[0x42; 32], 32);
    let (key_id, peer_id) = (KeyId::default(), PeerId::new(1).context("small")?);
    let material = KeyMaterial::new(
        CipherAlg::AesGcm,
        CryptoOptions::EPOCH,
        key_id,
        peer_id,
        &seed,
        &seed,
    )
    .map_err(|error| anyhow::anyhow!("{error:?}"))?;
    Key::with_config(&AwsLc, &material, grace, config).map_err(|error| anyhow::anyhow!("no key: {error:?}"))
}

/// Two ends: the one under test, and one that sends whatever epoch is wanted.
struct Pair {
    grace: Shared<Grace>,
    tested: Key<AwsLc>,
    /// Its every packet is of the next epoch.
    sender: Key<AwsLc>,
    sent_epoch: u16,
}

impl Pair {
    fn new(future_keys: u16, first_epoch: u16) -> Result<Self> {
        let grace = grace()?;
        let hasty = EpochConfig {
            usage_limit: Some(0),
            future_keys,
            first_epoch,
        };
        let tested = key(hasty, &grace)?;
        let sender = key(hasty, &grace)?;
        Ok(Self {
            grace,
            tested,
            sender,
            sent_epoch: first_epoch,
        })
    }

    fn state(&self) -> Result<EpochState> {
        let pin = self.grace.pin(0);
        self.tested
            .epochs()
            .and_then(|epochs| epochs.state(&pin))
            .context("no state")
    }

    /// Free what is replaced, as the timer would.
    fn settle(&self) {
        self.grace.synchronize(|_| ());
        self.tested.collect();
        self.sender.collect();
    }

    /// An authentic packet of `epoch`, which is later than that of the packet before.
    fn packet_of(&mut self, epoch: u16) -> Result<Vec<u8>> {
        loop {
            let mut packet = vec![0; 64];
            let len = self
                .sender
                .seal(&AwsLc, &self.grace.pin(0), &[b"x"], &mut packet)
                .map_err(refused)?;
            packet.truncate(len);
            self.settle();
            let got = DataPacket::new(&packet)
                .and_then(|data| data.epoch())
                .context("not of the epoch format")?;
            self.sent_epoch = got.packet_id.epoch();
            ensure!(
                self.sent_epoch <= epoch,
                "the sender is in epoch {} already",
                self.sent_epoch
            );
            if self.sent_epoch == epoch {
                return Ok(packet);
            }
        }
    }

    fn receive(&mut self, epoch: u16) -> Result<()> {
        let packet = self.packet_of(epoch)?;
        let data = DataPacket::new(&packet).context("not data")?;
        self.tested
            .open(&AwsLc, &self.grace.pin(0), Instant(0), &data, &mut [0; 64])
            .map_err(refused)?;
        self.settle();
        Ok(())
    }

    /// Lets the tested end send until its send epoch has moved `times` times.
    fn iterate(&mut self, times: u16) -> Result<()> {
        let target = self
            .state()?
            .send
            .checked_add(times)
            .context("beyond the last epoch")?;
        while self.state()?.send < target {
            self.tested
                .seal(&AwsLc, &self.grace.pin(0), &[b"x"], &mut [0; 64])
                .map_err(refused)?;
            self.settle();
        }
        Ok(())
    }
}

fn refused(reason: DropReason) -> anyhow::Error {
    anyhow::anyhow!("refused: {}", reason.name())
}

fn check_scenario(scenario: &Value, tally: &mut Tally) -> Result<()> {
    let steps = list(scenario, "steps")?;
    let first = steps.first().context("no steps")?;
    let mut pair = Pair::new(
        number(scenario, "future_keys")?,
        number(field(first, "state")?, "recv")?,
    )?;
    for (n, step) in steps.iter().enumerate() {
        check_step(&mut pair, step, tally).with_context(|| format!("step {}", n + 1))?;
    }
    Ok(())
}

fn check_step(pair: &mut Pair, step: &Value, tally: &mut Tally) -> Result<()> {
    if let Some(events) = step.get("after") {
        for (event, value) in events.as_object().context("not an event")? {
            let value = value
                .as_u64()
                .and_then(|value| u16::try_from(value).ok())
                .context("not a number")?;
            match event.as_str() {
                "authenticated packet of epoch" => pair.receive(value)?,
                "sender iterated times" => pair.iterate(value)?,
                other => bail!("unknown event {other}"),
            }
        }
    }
    let want = field(step, "state")?;
    let retiring = field(want, "retiring")?.as_u64().map(u16::try_from).transpose()?;
    let want = EpochState {
        send: number(want, "send")?,
        receive: number(want, "recv")?,
        retiring,
        highest_generated: number(want, "highest_generated")?,
    };
    let got = pair.state()?;
    ensure!(got == want, "the state is {got:?}, not {want:?}");
    tally.count("epoch states");
    for (epoch, want) in field(step, "lookup")?.as_object().context("not a table")? {
        let pin = pair.grace.pin(0);
        let got = pair
            .tested
            .epochs()
            .and_then(|epochs| epochs.lookup(&pin, epoch.parse().ok()?));
        let got = got.map(|found| match found {
            EpochLookup::Current => "current",
            EpochLookup::Retiring => "retiring",
            EpochLookup::Future => "future",
        });
        ensure!(got == want.as_str(), "epoch {epoch} finds {got:?}, not {want}");
        tally.count("epoch lookups");
    }
    Ok(())
}

/// Stock servers and an independent client: the engine in the server's place must accept the same.
fn check_observed(steps: &[Value], tally: &mut Tally) -> Result<()> {
    let grace = grace()?;
    let config = EpochConfig::of(Cipher::Aes256Gcm);
    let tested = key(config, &grace)?;
    for (n, step) in steps.iter().enumerate() {
        let (epoch, counter): (u16, u64) = (number(step, "epoch")?, number(step, "counter")?);
        let forged = step.get("forged").and_then(Value::as_bool).unwrap_or(false);
        let want = field(step, "accepted")?
            .as_bool()
            .context("accepted is neither true nor false")?;
        let mut packet = packet_at(config, &grace, epoch, counter)?;
        if forged && let Some(last) = packet.last_mut() {
            *last ^= 1;
        }
        let data = DataPacket::new(&packet).context("not data")?;
        let got = tested.open(&AwsLc, &grace.pin(0), Instant(0), &data, &mut [0; 64]);
        let at = || format!("step {}: epoch {epoch}, counter {counter}", n + 1);
        ensure!(
            got.is_ok() == want,
            "{}: {got:?}, but accepted should be {want}",
            at()
        );
        let mut reply = [0; 64];
        tested
            .seal(&AwsLc, &grace.pin(0), &[b"reply"], &mut reply)
            .map_err(refused)?;
        let reply = DataPacket::new(&reply)
            .and_then(|reply| reply.epoch())
            .context("no reply")?;
        let want: u16 = number(step, "reply_epoch")?;
        ensure!(
            reply.packet_id.epoch() == want,
            "{}: the reply is of epoch {}, not {want}",
            at(),
            reply.packet_id.epoch()
        );
        grace.synchronize(|_| ());
        tested.collect();
        tally.count("observed epoch steps");
    }
    Ok(())
}

/// A packet with any epoch and counter. Epoch 0 has no keys: the packet is then only labelled so.
fn packet_at(config: EpochConfig, grace: &Shared<Grace>, epoch: u16, counter: u64) -> Result<Vec<u8>> {
    let hasty = key(
        EpochConfig {
            usage_limit: Some(0),
            ..config
        },
        grace,
    )?;
    let pin = grace.pin(0);
    for _ in 1..epoch {
        hasty.reserve(&AwsLc, &pin, 1, 0).map_err(refused)?;
    }
    let mut sealer = hasty
        .reserve(&AwsLc, &pin, usize::try_from(counter)?, 0)
        .map_err(refused)?;
    let mut packet = vec![0; 29];
    for _ in 0..counter {
        sealer.seal(b"x", &mut packet).map_err(refused)?;
    }
    if epoch == 0 {
        packet.get_mut(4..6).context("long enough")?.fill(0);
    }
    Ok(packet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_of_any_epoch_can_be_made() {
        let grace = grace().unwrap();
        let packet = packet_at(EpochConfig::of(Cipher::Aes256Gcm), &grace, 5, 7).unwrap();
        let id = DataPacket::new(&packet).unwrap().epoch().unwrap().packet_id;
        assert_eq!((id.epoch(), id.counter()), (5, 7));
    }
}
