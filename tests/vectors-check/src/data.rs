//! Captured data packets, opened and sealed by the engine with every provider, and the TCP streams around them.

use crate::Tally;
use crate::json::{array, bytes, field, list, number, same, text};
use crate::material::{KeyBlock, Sender};
use anyhow::{Context, Result, bail, ensure};
use ovpn_dco_engine::epoch::EpochConfig;
use ovpn_dco_engine::epoch::schedule::EpochSecret;
use ovpn_dco_engine::keys::{Key, KeyMaterial};
use ovpn_dco_engine::offload::ip;
use ovpn_dco_engine::packet::{DataPacket, Format, Incoming, Payload};
use ovpn_dco_engine::sync::{Grace, Shared};
use ovpn_dco_engine::tcp_stream::TcpStream;
use ovpn_dco_engine::{Aead, Cipher, CryptoProvider, DropReason, Instant};
use ovpn_dco_provider::{AwsLc, RustCrypto};
use ovpn_dco_uapi::{CipherAlg, CryptoOptions, KeyDirection, KeyId, PeerId};
use serde_json::Value;
use std::collections::BTreeMap;

/// Checks every packet with both providers, and the streams.
///
/// # Errors
/// The first difference.
pub fn check(file: &Value, tally: &mut Tally) -> Result<()> {
    let capture = Capture::read(file)?;
    capture.check_derived()?;
    Session::new(&capture, AwsLc)?
        .check(tally)
        .context("with AWS-LC")?;
    Session::new(&capture, RustCrypto)?
        .check(tally)
        .context("with RustCrypto")?;
    if let Some(streams) = file.get("tcp_stream") {
        for direction in ["c2s", "s2c"] {
            let sender = Sender::parse(direction)?;
            check_stream(field(streams, direction)?, &capture, sender, tally)
                .with_context(|| format!("the {direction} stream"))?;
        }
    }
    Ok(())
}

/// What a file says.
struct Capture {
    format: Format,
    cipher: Cipher,
    keys: BTreeMap<u8, (KeyBlock, Value)>,
    packets: Vec<Captured>,
}

struct Captured {
    number: u64,
    sender: Sender,
    key_id: u8,
    /// DATA_V1 has none.
    peer_id: Option<u32>,
    /// 1 in the classic format.
    epoch: u16,
    packet_id: u64,
    wire: Vec<u8>,
    aad: Vec<u8>,
    nonce: [u8; 12],
    plaintext: Vec<u8>,
    kind: String,
}

impl Capture {
    fn read(file: &Value) -> Result<Self> {
        let format = match text(file, "format")? {
            "classic" => Format::Classic,
            "epoch" => Format::Epoch,
            other => bail!("{other} is not a format"),
        };
        let cipher = match text(file, "cipher")? {
            "AES-128-GCM" => Cipher::Aes128Gcm,
            "AES-192-GCM" => Cipher::Aes192Gcm,
            "AES-256-GCM" => Cipher::Aes256Gcm,
            "CHACHA20-POLY1305" => Cipher::ChaCha20Poly1305,
            other => bail!("{other} is not a cipher"),
        };
        let mut keys = BTreeMap::new();
        for key in list(file, "keys")? {
            keys.insert(number(key, "key_id")?, (KeyBlock::of(key)?, key.clone()));
        }
        let packets = list(file, "packets")?
            .iter()
            .map(|packet| Captured::read(packet, format))
            .collect::<Result<_>>()?;
        Ok(Self {
            format,
            cipher,
            keys,
            packets,
        })
    }

    fn block(&self, key_id: u8) -> Result<&KeyBlock> {
        self.keys
            .get(&key_id)
            .map(|(block, _)| block)
            .with_context(|| format!("no key {key_id}"))
    }

    /// The keys that the file lists must be those that follow from the key block.
    fn check_derived(&self) -> Result<()> {
        for (block, listed) in self.keys.values() {
            for sender in [Sender::Client, Sender::Server] {
                let listed = field(listed, sender.name())?;
                match self.format {
                    Format::Classic => {
                        let key = &block.cipher(sender)[..self.cipher.key_len()];
                        same("the cipher key", key, &bytes(listed, "cipher_key_hex")?)?;
                        same(
                            "the implicit IV",
                            &block.hmac(sender)[..8],
                            &bytes(listed, "implicit_iv_hex")?,
                        )?;
                    }
                    Format::Epoch => {
                        let first: [u8; 32] = block.cipher(sender)[..32].try_into()?;
                        same("the first epoch key", &first, &bytes(listed, "epoch_key_e1_hex")?)?;
                        for epoch in list(listed, "epochs")? {
                            let secret = secret_of(&first, number(epoch, "epoch")?)?;
                            let key = secret
                                .data_key(self.cipher)
                                .ok()
                                .context("the derivation failed")?;
                            same("the data key", key.key(), &bytes(epoch, "data_key_hex")?)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// The key of an end, as it would be installed there.
    fn material(&self, key_id: u8, end: Sender, peer_id: u32) -> Result<KeyMaterial> {
        let block = self.block(key_id)?;
        let direction = |sender| match self.format {
            Format::Classic => block.classic(sender, self.cipher.key_len()),
            Format::Epoch => block.epoch(sender, self.cipher.key_len()),
        };
        self.material_of(key_id, peer_id, &direction(end)?, &direction(end.other())?)
    }

    /// The key of an end that has come to a later epoch.
    fn material_at(&self, packet: &Captured, peer_id: u32) -> Result<KeyMaterial> {
        if packet.epoch == 1 {
            return self.material(packet.key_id, packet.sender, peer_id);
        }
        // An epoch key can't be taken out of the engine, so it comes from the file; its data key is checked above.
        let (_, listed) = self.keys.get(&packet.key_id).context("no such key")?;
        let epochs = list(field(listed, packet.sender.name())?, "epochs")?;
        let listed = epochs
            .iter()
            .find(|epoch| number::<u16>(epoch, "epoch").ok() == Some(packet.epoch));
        let key = array(
            listed.with_context(|| format!("epoch {} is not listed", packet.epoch))?,
            "epoch_key_hex",
        )?;
        let direction = KeyDirection::epoch(&key, self.cipher.key_len().try_into()?);
        self.material_of(packet.key_id, peer_id, &direction, &direction)
    }

    fn material_of(
        &self,
        key_id: u8,
        peer_id: u32,
        encrypt: &KeyDirection,
        decrypt: &KeyDirection,
    ) -> Result<KeyMaterial> {
        let alg = match self.cipher {
            Cipher::ChaCha20Poly1305 => CipherAlg::ChaCha20Poly1305,
            _ => CipherAlg::AesGcm,
        };
        let options = match self.format {
            Format::Classic => CryptoOptions::CLASSIC,
            Format::Epoch => CryptoOptions::EPOCH,
        };
        let key_id = KeyId::new(key_id).with_context(|| format!("{key_id} is not a key id"))?;
        let peer_id = PeerId::new(peer_id).with_context(|| format!("{peer_id} is not a peer id"))?;
        KeyMaterial::new(alg, options, key_id, peer_id, encrypt, decrypt)
            .map_err(|error| anyhow::anyhow!("{error:?}"))
    }
}

fn secret_of(first: &[u8; 32], epoch: u16) -> Result<EpochSecret> {
    let mut secret = EpochSecret::new(1, first);
    while secret.epoch() < epoch {
        secret = secret.next().ok().context("the chain ends")?;
    }
    Ok(secret)
}

impl Captured {
    fn read(packet: &Value, format: Format) -> Result<Self> {
        Ok(Self {
            number: number(packet, "n")?,
            sender: Sender::parse(text(packet, "direction")?)?,
            key_id: number(packet, "key_id")?,
            peer_id: packet
                .get("peer_id")
                .map(|_| number(packet, "peer_id"))
                .transpose()?,
            epoch: if format == Format::Epoch {
                number(packet, "epoch")?
            } else {
                1
            },
            packet_id: number(packet, "packet_id")?,
            wire: bytes(packet, "wire_hex")?,
            aad: bytes(packet, "aad_hex")?,
            nonce: array(packet, "nonce_hex")?,
            plaintext: bytes(packet, "plaintext_hex")?,
            kind: text(packet, "kind")?.to_owned(),
        })
    }
}

type Place = (u8, Sender, u16);

/// Both ends of the captured session, run by the engine.
struct Session<'c, C: CryptoProvider> {
    capture: &'c Capture,
    provider: C,
    grace: Shared<Grace>,
    /// Keys that open, by key id and sender: one for the whole session, as a real receiver has it.
    openers: BTreeMap<(u8, Sender), Key<C>>,
    /// Keys that seal, by key id, sender and epoch, with the next packet id.
    sealers: BTreeMap<Place, (Key<C>, u64)>,
}

impl<'c, C: CryptoProvider> Session<'c, C> {
    fn new(capture: &'c Capture, provider: C) -> Result<Self> {
        let grace = Grace::new(1).and_then(Shared::new).ok().context("no memory")?;
        Ok(Self {
            capture,
            provider,
            grace,
            openers: BTreeMap::new(),
            sealers: BTreeMap::new(),
        })
    }

    fn check(&mut self, tally: &mut Tally) -> Result<()> {
        for packet in &self.capture.packets {
            let at = || format!("packet {}", packet.number);
            match packet.peer_id {
                None => self.recognise(packet, tally).with_context(at)?,
                Some(peer_id) => {
                    self.open(packet, peer_id, tally).with_context(at)?;
                    self.seal(packet, peer_id, tally).with_context(at)?;
                }
            }
        }
        Ok(())
    }

    /// DATA_V1: the engine recognises it and leaves it alone; the AEAD agrees with the capture all the same.
    fn recognise(&self, packet: &Captured, tally: &mut Tally) -> Result<()> {
        ensure!(
            Incoming::sort(&packet.wire) == Err(DropReason::InDataV1),
            "not recognised as DATA_V1"
        );
        let key = self.capture.block(packet.key_id)?.cipher(packet.sender);
        let aead = self.aead(&key[..self.capture.cipher.key_len()])?;
        let (_, rest) = packet.wire.split_at_checked(5).context("too short")?;
        let (tag, ciphertext) = rest.split_first_chunk().context("too short")?;
        let mut plaintext = vec![0; ciphertext.len()];
        let opened = aead.open(&packet.nonce, &packet.aad, ciphertext, tag, &mut plaintext);
        ensure!(opened.is_ok(), "the tag does not match");
        same("the plaintext", &plaintext, &packet.plaintext)?;
        tally.count("DATA_V1 packets recognised");
        Ok(())
    }

    fn aead(&self, key: &[u8]) -> Result<C::Aead> {
        self.provider
            .aead_key(self.capture.cipher, key)
            .map_err(|error| anyhow::anyhow!("no key: {error:?}"))
    }

    fn open(&mut self, packet: &Captured, peer_id: u32, tally: &mut Tally) -> Result<()> {
        let data = DataPacket::new(&packet.wire).context("not a DATA_V2 packet")?;
        ensure!(data.header().key_id.get() == packet.key_id, "another key id");
        ensure!(data.header().peer_id.get() == peer_id, "another peer id");
        let (aad, id) = match self.capture.format {
            Format::Classic => data
                .classic()
                .map(|view| (&view.aad[..], u64::from(view.packet_id))),
            Format::Epoch => data.epoch().map(|view| (&view.aad[..], view.packet_id.counter())),
        }
        .context("too short")?;
        same("the associated data", aad, &packet.aad)?;
        ensure!(id == packet.packet_id, "the packet id is {id}");

        let of = (packet.key_id, packet.sender);
        if !self.openers.contains_key(&of) {
            let material = self
                .capture
                .material(packet.key_id, packet.sender.other(), peer_id)?;
            self.openers.insert(of, self.key(&material, 1)?);
        }
        let key = &self.openers[&of];
        let mut out = vec![0; packet.wire.len()];
        let now = Instant(1_000_000);
        let pin = self.grace.pin(0);
        let len = key
            .open(&self.provider, &pin, now, &data, &mut out)
            .map_err(|reason| anyhow::anyhow!("refused: {}", reason.name()))?;
        let again = key.open(&self.provider, &pin, now, &data, &mut vec![0; packet.wire.len()]);
        ensure!(
            again == Err(DropReason::InReplay),
            "the same packet again gives {again:?}"
        );
        same("the plaintext", &out[..len], &packet.plaintext)?;
        check_kind(&packet.kind, &out[..len])?;
        drop(pin);
        // As the timer would, so that a session of many epochs goes on.
        self.grace.synchronize(|_| ());
        key.collect();
        tally.count("data packets opened");
        Ok(())
    }

    fn seal(&mut self, packet: &Captured, peer_id: u32, tally: &mut Tally) -> Result<()> {
        let of = (packet.key_id, packet.sender, packet.epoch);
        if self
            .sealers
            .get(&of)
            .is_none_or(|(_, next)| *next > packet.packet_id)
        {
            let material = self.capture.material_at(packet, peer_id)?;
            self.sealers.insert(of, (self.key(&material, packet.epoch)?, 1));
        }
        let (key, next) = self.sealers.get_mut(&of).context("just inserted")?;
        let pin = self.grace.pin(0);
        let refused = |reason: DropReason| anyhow::anyhow!("refused: {}", reason.name());
        let skipped = usize::try_from(packet.packet_id - *next)?;
        if skipped != 0 {
            key.reserve(&self.provider, &pin, skipped, 0).map_err(refused)?;
        }
        let mut out = vec![0; packet.wire.len()];
        let len = key
            .seal(&self.provider, &pin, &[&packet.plaintext], &mut out)
            .map_err(refused)?;
        same("the sealed packet", &out[..len], &packet.wire)?;
        *next = packet.packet_id + 1;
        tally.count("data packets sealed");
        Ok(())
    }

    fn key(&self, material: &KeyMaterial, first_epoch: u16) -> Result<Key<C>> {
        let config = EpochConfig {
            first_epoch,
            ..EpochConfig::of(material.cipher())
        };
        Key::with_config(&self.provider, material, &self.grace, config)
            .map_err(|error| anyhow::anyhow!("no key: {error:?}"))
    }
}

/// The plaintext must be what the capture calls it.
fn check_kind(kind: &str, plaintext: &[u8]) -> Result<()> {
    let got = match Payload::of(plaintext) {
        Ok(Payload::Ping) => "keepalive-ping",
        Ok(Payload::Ip(packet)) => match packet.version() {
            ip::Version::V4 => "ipv4",
            ip::Version::V6 => "ipv6",
        },
        Err(DropReason::InOcc) => "occ",
        Err(reason) => bail!("the payload is refused: {}", reason.name()),
    };
    ensure!(kind.starts_with(got), "taken for {got}, but it is {kind}");
    Ok(())
}

/// The framing: whole streams in their segments give the frames that the file lists, and its data packets.
fn check_stream(stream: &Value, capture: &Capture, sender: Sender, tally: &mut Tally) -> Result<()> {
    let bytes = bytes(stream, "stream_hex")?;
    let lengths = |name| {
        list(stream, name)?
            .iter()
            .map(|len| Ok(usize::try_from(len.as_u64().context("not a length")?)?))
            .collect::<Result<Vec<_>>>()
    };
    let frame_lengths = lengths("frame_lengths")?;
    let mut rest = &bytes[..];
    let mut tcp = TcpStream::new(2048).ok().context("no memory")?;
    let mut frames: Vec<Vec<u8>> = Vec::new();
    for len in lengths("segment_lengths")? {
        let (mut segment, behind) = rest
            .split_at_checked(len)
            .context("the segments are longer than the stream")?;
        rest = behind;
        while let Some(frame) = tcp
            .next(&mut segment)
            .map_err(|error| anyhow::anyhow!("framing lost: {error:?}"))?
        {
            frames.push(frame.to_vec());
        }
    }
    ensure!(rest.is_empty() && tcp.pending() == 0, "bytes are left over");
    let got: Vec<usize> = frames.iter().map(Vec::len).collect();
    ensure!(
        got == frame_lengths,
        "frames of {got:?} bytes, not {frame_lengths:?}"
    );
    let data: Vec<_> = frames
        .into_iter()
        .filter(|frame| matches!(Incoming::sort(frame), Ok(Incoming::Data(_))))
        .collect();
    let want: Vec<_> = capture
        .packets
        .iter()
        .filter(|packet| packet.sender == sender)
        .map(|packet| packet.wire.clone())
        .collect();
    ensure!(
        data == want,
        "the data packets of the stream are not those of the capture"
    );
    got.iter().for_each(|_| tally.count("TCP frames"));
    Ok(())
}
