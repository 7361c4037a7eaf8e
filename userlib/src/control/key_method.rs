//! The key exchange message ("key method 2"): random values, options, user name and password, peer info.
//!
//! Each side writes one directly after the TLS handshake, the client first. Strings are a 16-bit length that counts a
//! closing NUL, the bytes, the NUL; an empty string is a zero length and nothing else.

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::Random;
use crate::profile::Credentials;

/// The number of this message's form.
const KEY_METHOD: u8 = 2;

/// The most that a server may write in one message.
const MESSAGE_MAX: usize = 2048;

/// The longest user name or password, without its NUL.
pub(super) const CREDENTIAL_MAX: usize = 127;

/// What a client contributes to the keys of the PRF. Without `Debug`; wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct ClientRandom {
    /// The secret.
    pub pre_master: [u8; 48],
    /// Seed of the master secret.
    pub random1: [u8; 32],
    /// Seed of the key block.
    pub random2: [u8; 32],
}

impl ClientRandom {
    /// Fresh values.
    pub(super) fn new(random: &mut dyn Random) -> Self {
        let mut fresh = Self {
            pre_master: [0; 48],
            random1: [0; 32],
            random2: [0; 32],
        };
        random.fill(&mut fresh.pre_master);
        random.fill(&mut fresh.random1);
        random.fill(&mut fresh.random2);
        fresh
    }
}

/// What a server contributes. Without `Debug`; wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct ServerRandom {
    /// Seed of the master secret.
    pub random1: [u8; 32],
    /// Seed of the key block.
    pub random2: [u8; 32],
}

/// A client's message.
pub(super) fn client_message(
    random: &ClientRandom,
    options: &str,
    credentials: Option<&Credentials>,
    peer_info: &str,
) -> Zeroizing<Vec<u8>> {
    let mut message = Zeroizing::new(Vec::with_capacity(1024));
    message.extend_from_slice(&[0, 0, 0, 0, KEY_METHOD]);
    message.extend_from_slice(&random.pre_master);
    message.extend_from_slice(&random.random1);
    message.extend_from_slice(&random.random2);
    push_string(&mut message, options);
    push_string(&mut message, credentials.map_or("", |c| &c.username));
    push_string(&mut message, credentials.map_or("", |c| &c.password));
    push_string(&mut message, peer_info);
    message
}

fn push_string(message: &mut Vec<u8>, text: &str) {
    if text.is_empty() {
        message.extend_from_slice(&[0, 0]);
        return;
    }
    let text = text.as_bytes();
    // Callers keep to the limits of user names; the rest is short by construction.
    let text = text.get(..usize::from(u16::MAX) - 1).unwrap_or(text);
    let length = u16::try_from(text.len() + 1).unwrap_or(u16::MAX);
    message.extend_from_slice(&length.to_be_bytes());
    message.extend_from_slice(text);
    message.push(0);
}

/// A server's message.
pub(super) struct ServerMessage {
    pub(super) random: ServerRandom,
    /// The options string; names the cipher of a server that doesn't negotiate.
    pub(super) options: String,
    /// What the server tells about itself.
    pub(super) peer_info: String,
}

/// A key exchange message that isn't one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyMethodError {
    /// Another form than key method 2.
    #[error("the server's key exchange message has the form {0}, not {KEY_METHOD}")]
    Method(u8),
    /// Longer than allowed.
    #[error("the server's key exchange message is longer than {MESSAGE_MAX} bytes")]
    TooLong,
}

impl ServerMessage {
    /// Reads a message from the beginning of `bytes`: it, and how long it was. `Ok(None)`: there is more to come.
    pub(super) fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, KeyMethodError> {
        if let Some(&method) = bytes.get(4).filter(|&&method| method != KEY_METHOD) {
            return Err(KeyMethodError::Method(method));
        }
        match Self::parse_whole(bytes) {
            None if bytes.len() >= MESSAGE_MAX => Err(KeyMethodError::TooLong),
            parsed => Ok(parsed),
        }
    }

    fn parse_whole(bytes: &[u8]) -> Option<(Self, usize)> {
        let (_, rest) = bytes.split_at_checked(5)?;
        let (random1, rest) = rest.split_first_chunk::<32>()?;
        let (random2, rest) = rest.split_first_chunk::<32>()?;
        let (options, rest) = take_string(rest)?;
        let (_username, rest) = take_string(rest)?;
        let (_password, rest) = take_string(rest)?;
        let (peer_info, rest) = take_string(rest)?;
        let random = ServerRandom {
            random1: *random1,
            random2: *random2,
        };
        Some((
            Self {
                random,
                options,
                peer_info,
            },
            bytes.len() - rest.len(),
        ))
    }
}

fn take_string(bytes: &[u8]) -> Option<(String, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    let (text, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    let text = text.strip_suffix(&[0]).unwrap_or(text);
    Some((String::from_utf8_lossy(text).into_owned(), rest))
}

/// The random values of a client's message, for tests that stand in for a server.
#[cfg(test)]
pub(super) fn parse_client_random(message: &[u8]) -> Option<ClientRandom> {
    let rest = message.strip_prefix(&[0, 0, 0, 0, KEY_METHOD])?;
    let (pre_master, rest) = rest.split_first_chunk::<48>()?;
    let (random1, rest) = rest.split_first_chunk::<32>()?;
    let (random2, _) = rest.split_first_chunk::<32>()?;
    Some(ClientRandom {
        pre_master: *pre_master,
        random1: *random1,
        random2: *random2,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captured() -> Vec<(String, Vec<u8>)> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors");
        let mut messages = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if !path
                .file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .starts_with("handshake-")
            {
                continue;
            }
            let json: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
            for message in json["tls_application_messages_seen_by_the_client"]
                .as_array()
                .into_iter()
                .flatten()
            {
                if message["kind"] == "key-method-2 message" {
                    let bytes = hex::decode(message["hex"].as_str().unwrap()).unwrap();
                    messages.push((message["direction"].as_str().unwrap().to_owned(), bytes));
                }
            }
        }
        assert!(messages.len() > 10);
        messages
    }

    #[test]
    fn captured_messages_of_servers_are_read_to_the_byte() {
        for (_, bytes) in captured().iter().filter(|(direction, _)| direction == "s2c") {
            let more = [&bytes[..], b"PUSH_REPLY"].concat();
            let (message, length) = ServerMessage::parse(&more).unwrap().unwrap();
            assert_eq!(length, bytes.len());
            assert!(
                message.options.starts_with("V4,dev-type tun,"),
                "{}",
                message.options
            );
            for cut in 0..bytes.len() {
                assert!(ServerMessage::parse(&bytes[..cut]).unwrap().is_none());
            }
        }
    }

    #[test]
    fn a_clients_message_is_written_as_captured() {
        for (_, bytes) in captured().iter().filter(|(direction, _)| direction == "c2s") {
            let random = parse_client_random(bytes).unwrap();
            let (options, rest) = take_string(&bytes[5 + 112..]).unwrap();
            let (username, rest) = take_string(rest).unwrap();
            let (password, rest) = take_string(rest).unwrap();
            let (peer_info, rest) = take_string(rest).unwrap();
            assert!(rest.is_empty() && username.is_empty() && password.is_empty());
            assert_eq!(*client_message(&random, &options, None, &peer_info), *bytes);
        }
    }

    #[test]
    fn what_cannot_become_a_message_is_refused() {
        assert_eq!(
            ServerMessage::parse(&[0, 0, 0, 0, 1]).err(),
            Some(KeyMethodError::Method(1))
        );
        let mut endless = vec![0, 0, 0, 0, 2];
        endless.resize(MESSAGE_MAX, 0xff);
        assert_eq!(
            ServerMessage::parse(&endless).err(),
            Some(KeyMethodError::TooLong)
        );
    }
}
