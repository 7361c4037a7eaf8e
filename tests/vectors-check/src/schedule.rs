//! HKDF and the epoch key schedule.

use crate::Tally;
use crate::json::{array, bytes, field, list, number, same, text};
use anyhow::{Context, Result, ensure};
use hkdf::Hkdf;
use ovpn_dco_engine::Cipher;
use ovpn_dco_engine::epoch::schedule::{EpochSecret, expand_label};
use ovpn_dco_engine::packet::EpochPacketId;
use serde_json::Value;
use sha2::Sha256;

/// The AES cipher (or any) whose data keys are `len` bytes long.
fn cipher_of(len: usize) -> Result<Cipher> {
    Ok(match len {
        16 => Cipher::Aes128Gcm,
        24 => Cipher::Aes192Gcm,
        32 => Cipher::Aes256Gcm,
        _ => anyhow::bail!("no cipher has a key of {len} bytes"),
    })
}

/// Checks expansions, labels, data keys, chains and nonces.
///
/// # Errors
/// The first difference.
pub fn check(file: &Value, tally: &mut Tally) -> Result<()> {
    for case in list(file, "hkdf_expand")? {
        let hkdf = Hkdf::<Sha256>::from_prk(&bytes(case, "prk_hex")?)
            .ok()
            .context("the PRK is too short")?;
        let mut output = vec![0; number(case, "length")?];
        hkdf.expand(&bytes(case, "info_hex")?, &mut output)
            .ok()
            .context("too long")?;
        same(text(case, "source")?, &output, &bytes(case, "okm_hex")?)?;
        tally.count("HKDF expansions");
    }
    for case in list(file, "expand_label")? {
        let secret = bytes(case, "secret_hex")?;
        let mut output = vec![0; number(case, "length")?];
        expand_label(&secret, text(case, "label")?.as_bytes(), &mut output)
            .ok()
            .context("refused")?;
        same(text(case, "source")?, &output, &bytes(case, "output_hex")?)?;
        // The info is not visible from outside: the plain expansion with the stated one must be the same.
        let hkdf = Hkdf::<Sha256>::from_prk(&secret)
            .ok()
            .context("the secret is too short")?;
        let mut plain = vec![0; output.len()];
        hkdf.expand(&bytes(case, "info_hex")?, &mut plain)
            .ok()
            .context("too long")?;
        same("the expansion with the stated info", &plain, &output)?;
        tally.count("labels");
    }
    labels(field(file, "label_info_encodings")?, tally)?;
    for case in list(file, "data_key_derivation")? {
        let want = bytes(case, "data_key_hex")?;
        let secret = EpochSecret::new(number(case, "epoch")?, &array(case, "epoch_key_hex")?);
        let key = secret.data_key(cipher_of(want.len())?).ok().context("refused")?;
        same("the data key", key.key(), &want)?;
        same(
            "the IV",
            &key.iv().nonce(EpochPacketId::new(0, 0)),
            &bytes(case, "data_iv_hex")?,
        )?;
        tally.count("data keys");
    }
    for case in list(file, "epoch_chains")? {
        chain(list(case, "chain")?, tally)?;
    }
    nonces(file, tally)
}

/// `data_key L=16` and the like: the encoded info of each label that the engine uses.
fn labels(cases: &Value, tally: &mut Tally) -> Result<()> {
    for (name, info) in cases.as_object().context("not an object")? {
        let (label, len) = name
            .split_once(" L=")
            .with_context(|| format!("{name}: no length"))?;
        let info = hex::decode(info.as_str().context("not a string")?)?;
        let secret = [0x5a; 32];
        let hkdf = Hkdf::<Sha256>::from_prk(&secret)
            .ok()
            .context("32 bytes are enough")?;
        let mut want = vec![0; len.parse()?];
        let mut got = want.clone();
        hkdf.expand(&info, &mut want).ok().context("too long")?;
        expand_label(&secret, label.as_bytes(), &mut got)
            .ok()
            .context("refused")?;
        same(name, &got, &want)?;
        tally.count("labels");
    }
    Ok(())
}

fn chain(links: &[Value], tally: &mut Tally) -> Result<()> {
    let first = links.first().context("an empty chain")?;
    let mut secret = EpochSecret::new(number(first, "epoch")?, &array(first, "epoch_key_hex")?);
    for link in links {
        let epoch: u16 = number(link, "epoch")?;
        while secret.epoch() < epoch {
            secret = secret.next().ok().context("the chain ends")?;
        }
        ensure!(secret.epoch() == epoch, "the chain goes back to epoch {epoch}");
        // An epoch key is not visible either; the data keys that follow from it are.
        let again = EpochSecret::new(epoch, &array(link, "epoch_key_hex")?);
        for len in [16, 24, 32] {
            let want = bytes(link, &format!("data_key_{len}_hex"))?;
            for secret in [&secret, &again] {
                let key = secret.data_key(cipher_of(len)?).ok().context("refused")?;
                same(&format!("the data key of epoch {epoch}"), key.key(), &want)?;
                let iv = key.iv().nonce(EpochPacketId::new(0, 0));
                same(
                    &format!("the IV of epoch {epoch}"),
                    &iv,
                    &bytes(link, "data_iv_hex")?,
                )?;
            }
            tally.count("data keys");
        }
    }
    Ok(())
}

fn nonces(file: &Value, tally: &mut Tally) -> Result<()> {
    // An IV can't be set from outside; it comes from the derivation case with the same one.
    let derivations = list(file, "data_key_derivation")?;
    for case in list(file, "nonce")? {
        let iv = bytes(case, "data_iv_hex")?;
        let from = derivations
            .iter()
            .find(|case| bytes(case, "data_iv_hex").is_ok_and(|other| other == iv));
        let from = from.context("a nonce whose IV is derived nowhere in the file")?;
        let secret = EpochSecret::new(number(from, "epoch")?, &array(from, "epoch_key_hex")?);
        let key = secret.data_key(Cipher::Aes256Gcm).ok().context("refused")?;
        let packet_id = EpochPacketId::new(number(case, "epoch")?, number(case, "counter")?);
        same(
            "the packet id",
            &packet_id.to_bytes(),
            &bytes(case, "wire_packet_id_hex")?,
        )?;
        same(
            "the nonce",
            &key.iv().nonce(packet_id),
            &bytes(case, "nonce_hex")?,
        )?;
        tally.count("nonces");
    }
    Ok(())
}
