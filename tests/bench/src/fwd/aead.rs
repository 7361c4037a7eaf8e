//! AES-256-GCM with a key that everybody knows.

use super::HEADER;
use anyhow::{Result, anyhow};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

pub(super) struct Aead {
    key: Option<LessSafeKey>,
    direction: u8,
}

impl Aead {
    pub(super) fn new(encrypt: bool, direction: u8) -> Result<Self> {
        let key = || UnboundKey::new(&AES_256_GCM, &[0x42; 32]).map(LessSafeKey::new);
        Ok(Self {
            key: encrypt
                .then(key)
                .transpose()
                .map_err(|_| anyhow!("no AES-256-GCM"))?,
            direction,
        })
    }

    fn nonce(&self, packet_id: [u8; 4]) -> Nonce {
        let mut nonce = [self.direction; 12];
        nonce[..4].copy_from_slice(&packet_id);
        Nonce::assume_unique_for_key(nonce)
    }

    /// `datagram`: room for the header, then the packet, which is encrypted in place.
    #[inline]
    pub(super) fn seal(&self, packet_id: u32, datagram: &mut [u8]) -> Result<()> {
        let (header, packet) = datagram.split_at_mut(HEADER);
        let (aad, tag) = header.split_at_mut(8);
        let packet_id = packet_id.to_be_bytes();
        aad[..4].copy_from_slice(&[0x48, 0, 0, 0]);
        aad[4..].copy_from_slice(&packet_id);
        if let Some(key) = &self.key {
            let sealed = key.seal_in_place_separate_tag(self.nonce(packet_id), Aad::from(&*aad), packet);
            tag.copy_from_slice(sealed.map_err(|_| anyhow!("sealing failed"))?.as_ref());
        }
        Ok(())
    }

    /// Opens a datagram into the start of `out` and returns the packet's length; `None` if it is not ours.
    #[inline]
    pub(super) fn open(&self, datagram: &[u8], out: &mut [u8]) -> Option<usize> {
        let (header, packet) = datagram.split_at_checked(HEADER)?;
        let out = out.get_mut(..packet.len())?;
        let (aad, tag) = header.split_at(8);
        match &self.key {
            None => out.copy_from_slice(packet),
            Some(key) => {
                let nonce = self.nonce(aad[4..].try_into().ok()?);
                key.open_separate_gather(nonce, Aad::from(aad), packet, tag, out)
                    .ok()?;
            }
        }
        Some(packet.len())
    }
}
