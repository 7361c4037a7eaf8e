//! Captured control packets: unwrapped, read, and wrapped again byte for byte by the user library.

use crate::Tally;
use crate::json::{array, bytes, list, number, same, text};
use crate::material::Sender;
use anyhow::{Context, Result, bail, ensure};
use ovpn_dco_engine::DropReason;
use ovpn_dco_engine::packet::Incoming;
use ovpn_dco_userlib::control::packet::{Body, BodyRepr, Opcode, SessionId};
use ovpn_dco_userlib::control::wrap::{
    AuthDigest, KeyDirection, ReplayId, Role, StaticKey, Unwrapped, Wrapper, split_wkc,
};
use serde_json::Value;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Checks every packet of a capture.
///
/// # Errors
/// The first difference.
pub fn check(file: &Value, tally: &mut Tally) -> Result<()> {
    let mut receivers = BTreeMap::new();
    for packet in list(file, "packets")? {
        check_packet(file, packet, &mut receivers, tally)
            .with_context(|| format!("packet {}", packet["n"]))?;
    }
    Ok(())
}

/// One receiver per end and key, so that replay windows see what a real end sees.
type Receivers = BTreeMap<(Sender, bool), Wrapper>;

fn check_packet(file: &Value, packet: &Value, receivers: &mut Receivers, tally: &mut Tally) -> Result<()> {
    let wire = bytes(packet, "wire_hex")?;
    let sender = Sender::parse(text(packet, "direction")?)?;
    let key_id: u8 = number(packet, "key_id")?;
    match Incoming::sort(&wire) {
        Ok(Incoming::Control(_)) => {}
        Ok(Incoming::Data(data)) => {
            ensure!(data.header().key_id.get() == key_id, "another key id");
            tally.count("data packets recognised");
            return Ok(());
        }
        Err(DropReason::InDataV1) => {
            tally.count("DATA_V1 packets recognised");
            return Ok(());
        }
        Err(reason) => bail!("the driver would drop it: {}", reason.name()),
    }
    let (bare, wkc) = split_wkc(&wire).unwrap_or((&wire, &[]));
    if packet.get("wrapped_client_key_length").is_some() {
        ensure!(
            wkc.len() == number::<usize>(packet, "wrapped_client_key_length")?,
            "a wrapped key of {} bytes",
            wkc.len()
        );
        same(
            "the wrapped client key",
            wkc,
            &bytes(file, "wrapped_client_key_hex")?,
        )?;
    }
    let at = (
        sender,
        key_id != 0 && file.get("dynamic_tls_crypt_key_hex").is_some(),
    );
    if let Entry::Vacant(entry) = receivers.entry(at) {
        entry.insert(wrapper(file, key_id, sender.other())?);
    }
    let receiver = receivers.get_mut(&at).context("just inserted")?;
    let plain = receiver
        .unwrap(bare)
        .map_err(|reason| anyhow::anyhow!("not unwrapped: {reason}"))?;
    ensure!(plain.head.key_id == key_id, "another key id");
    same(
        "the session id",
        &plain.head.session_id.0,
        &bytes(packet, "session_id")?,
    )?;
    if packet.get("unwrapped_hex").is_some() {
        same(
            "the unwrapped packet",
            &plain.body,
            &bytes(packet, "unwrapped_hex")?,
        )?;
    }
    if packet.get("replay_packet_id_hex").is_some() {
        let id = plain.replay_id.context("it has no replay id")?;
        same(
            "the replay id",
            &[id.id.to_be_bytes(), id.time.to_be_bytes()].concat(),
            &bytes(packet, "replay_packet_id_hex")?,
        )?;
    }
    let body = check_body(packet, &wire, &plain)?;
    same("the body written again", &body, &plain.body)?;
    let mut wrapper = wrapper(file, key_id, sender)?;
    if let Some(id) = plain.replay_id {
        wrapper.resume_at(id);
    }
    let again = [&wrapper.wrap(plain.head, &plain.body)[..], wkc].concat();
    same("the packet wrapped again", &again, &wire)?;
    tally.count("control packets unwrapped and wrapped again");
    Ok(())
}

/// Reads the body, compares its fields, and writes it again.
fn check_body(packet: &Value, wire: &[u8], plain: &Unwrapped) -> Result<Vec<u8>> {
    let opcode = wire
        .first()
        .and_then(|byte| Opcode::from_first_byte(*byte))
        .context("unknown opcode")?;
    let body = Body::parse(opcode, &plain.body).map_err(|reason| anyhow::anyhow!("not read: {reason}"))?;
    let acks: Vec<u32> = body.acks().collect();
    let want: Vec<u32> = serde_json::from_value(packet["acks"].clone()).context("acks")?;
    ensure!(acks == want, "it acknowledges {acks:?}, not {want:?}");
    let peer = body.peer_session_id().map(|SessionId(id)| hex::encode(id));
    ensure!(
        peer.as_deref() == packet["ack_remote_session_id"].as_str(),
        "the peer's session id is {peer:?}"
    );
    ensure!(
        body.message_id().map(u64::from) == packet["packet_id"].as_u64(),
        "the message id is {:?}",
        body.message_id()
    );
    let payload = packet
        .get("payload_hex")
        .map(|_| bytes(packet, "payload_hex"))
        .transpose()?
        .unwrap_or_default();
    same("the payload", body.payload(), &payload)?;
    let repr = BodyRepr {
        acks: &acks,
        peer: body.peer_session_id(),
        message_id: body.message_id(),
        payload: body.payload(),
    };
    Ok(repr.emit())
}

/// A wrapper of the end `end`.
fn wrapper(file: &Value, key_id: u8, end: Sender) -> Result<Wrapper> {
    let role = match end {
        Sender::Client => Role::Client,
        Sender::Server => Role::Server,
    };
    let key = |field| array(file, field).map(StaticKey::from_bytes);
    let first = ReplayId { time: 0, id: 1 };
    if key_id != 0 && file.get("dynamic_tls_crypt_key_hex").is_some() {
        return Ok(Wrapper::tls_crypt_from(
            &key("dynamic_tls_crypt_key_hex")?,
            role,
            first,
        ));
    }
    let wrapping = text(file, "wrapping")?;
    Ok(match wrapping.split([',', ' ']).next().unwrap_or_default() {
        "none" => Wrapper::none(),
        "tls-auth" => {
            let direction = match role {
                Role::Client => KeyDirection::Inverse,
                Role::Server => KeyDirection::Normal,
            };
            let digest = wrapping
                .split([',', ' '])
                .find_map(AuthDigest::by_name)
                .context("no known digest")?;
            Wrapper::tls_auth(&key("static_key_hex")?, direction, digest, 0)
        }
        "tls-crypt" => Wrapper::tls_crypt_from(&key("static_key_hex")?, role, first),
        "tls-crypt-v2" => Wrapper::tls_crypt_from(&key("client_key_hex")?, role, first),
        other => bail!("{other} is not a wrapping"),
    })
}
