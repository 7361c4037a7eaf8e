//! `p2p`: a tunnel between two machines with a static key file and no server.
//!
//! The file's 256 bytes are used like OpenVPN's key block: role `a` sends with what a TLS client would send with (cipher
//! field at 0, hmac field at 64), role `b` with what a server would (128 and 192). There is no handshake and no
//! renegotiation: for tests and benchmarks.

use crate::args::{Cipher, Cli, P2p};
use crate::failure::Failure;
use crate::monitor::Monitor;
use crate::output::Output;
use crate::signals;
use crate::status::Status;
use ovpn_dco_uapi::{
    CipherAlg, CryptoData, CryptoOptions, KeyDirection, KeyId, KeySlot, PeerId, PeerSettings, Proto,
};
use ovpn_dco_userlib::control::wrap::StaticKey;
use ovpn_dco_userlib::device::{Device, Wait};
use ovpn_dco_userlib::net::{self, InterfaceAddress, TunnelConfig};
use serde_json::json;
use std::net::IpAddr;
use std::sync::mpsc::channel;
use std::time::Duration;
use zeroize::Zeroizing;

pub(crate) fn run(args: &P2p, cli: &Cli, output: Output) -> Result<(), Failure> {
    let config = TunnelConfig {
        addresses: args
            .ifconfig
            .iter()
            .map(|text| address(text))
            .collect::<Result<_, _>>()?,
        mtu: Some(u32::from(args.mtu)),
        ..TunnelConfig::default()
    };
    let text = Zeroizing::new(
        std::fs::read_to_string(&args.key)
            .map_err(|e| Failure::usage(format!("can't read {}: {e}", args.key.display())))?,
    );
    let key = StaticKey::parse(&text).map_err(|e| Failure::usage(format!("{}: {e}", args.key.display())))?;
    let device = crate::open_device(cli)?;
    let (stop, stopped) = channel();
    signals::listen(move |_| {
        let _ = stop.send(());
    })?;
    let wait = Wait::at_most(Duration::from_secs(10));
    device.new_peer(args.local, args.remote, Proto::Udp, wait)?;
    device.start_vpn()?;
    device.set_peer(PeerSettings {
        keepalive_interval: Some(u32::from(args.ping)),
        ..PeerSettings::default()
    })?;
    install(&device, args, &key)?;
    let configured = net::system().configure(&device.interface(), &config)?;
    for warning in configured.warnings() {
        output.event(
            "warning",
            json!({ "message": warning }),
            &format!("Warning: {warning}"),
        );
    }
    let monitor = Monitor::start(device.clone(), status(args), output);
    let fields = json!({
        "remote": args.remote.to_string(),
        "cipher": cipher_name(args.cipher),
        "format": format_name(args),
        "addresses": args.ifconfig,
    });
    let sentence = format!(
        "The tunnel to {} is up ({}). Ctrl-C ends.",
        args.remote,
        cipher_name(args.cipher)
    );
    output.event("connected", fields, &sentence);
    let _ = stopped.recv();
    drop(monitor);
    configured.undo()?;
    device.del_peer()?;
    output.event("disconnected", json!({ "reason": "stopped" }), "Disconnected.");
    Ok(())
}

/// `ADDRESS/LEN`.
fn address(text: &str) -> Result<InterfaceAddress, Failure> {
    let bad = || {
        Failure::usage(format!(
            "--ifconfig takes ADDRESS/LENGTH, such as 10.8.0.1/24, not \"{text}\""
        ))
    };
    let (ip, prefix_len) = text.split_once('/').ok_or_else(bad)?;
    let ip: IpAddr = ip.parse().map_err(|_| bad())?;
    let prefix_len: u8 = prefix_len.parse().map_err(|_| bad())?;
    let most = if ip.is_ipv4() { 32 } else { 128 };
    if prefix_len > most {
        return Err(bad());
    }
    Ok(InterfaceAddress {
        ip,
        prefix_len,
        peer: None,
    })
}

fn cipher_name(cipher: Cipher) -> &'static str {
    match cipher {
        Cipher::Aes128Gcm => "AES-128-GCM",
        Cipher::Aes192Gcm => "AES-192-GCM",
        Cipher::Aes256Gcm => "AES-256-GCM",
        Cipher::ChaCha20Poly1305 => "CHACHA20-POLY1305",
    }
}

fn format_name(args: &P2p) -> &'static str {
    if args.epoch { "epoch" } else { "classic" }
}

fn status(args: &P2p) -> Status {
    Status {
        pid: std::process::id(),
        name: "p2p".into(),
        state: "connected".into(),
        remote: Some(args.remote.to_string()),
        transport: Some("udp".into()),
        cipher: Some(cipher_name(args.cipher).into()),
        format: Some(format_name(args).into()),
        peer_id: Some(0),
        primary_key_id: Some(0),
        addresses: args.ifconfig.clone(),
        ..Status::default()
    }
}

/// Installs the key of this role.
fn install(device: &Device, args: &P2p, key: &StaticKey) -> Result<(), Failure> {
    let (alg, len) = match args.cipher {
        Cipher::Aes128Gcm => (CipherAlg::AesGcm, 16),
        Cipher::Aes192Gcm => (CipherAlg::AesGcm, 24),
        Cipher::Aes256Gcm => (CipherAlg::AesGcm, 32),
        Cipher::ChaCha20Poly1305 => (CipherAlg::ChaCha20Poly1305, 32),
    };
    let direction = |start: usize| direction(key.as_bytes(), start, len, args.epoch);
    let (first, second) = (direction(0), direction(128));
    let (Some(first), Some(second)) = (first, second) else {
        return Err(Failure::failed("the static key has an unexpected length"));
    };
    let (encrypt, decrypt) = if args.role == "a" {
        (first, second)
    } else {
        (second, first)
    };
    let (Some(peer), Some(key_id)) = (PeerId::new(0), KeyId::new(0)) else {
        return Err(Failure::failed("peer-id and key-id 0 are not accepted"));
    };
    let data = CryptoData::new(peer, KeySlot::Primary, key_id, alg, encrypt, decrypt);
    let options = if args.epoch {
        CryptoOptions::EPOCH
    } else {
        CryptoOptions::CLASSIC
    };
    Ok(device.new_key(data, options)?)
}

/// One direction's key: the cipher field at `start`, the hmac field 64 bytes behind it.
fn direction(block: &[u8], start: usize, len: u8, epoch: bool) -> Option<KeyDirection> {
    let seed: &[u8; 32] = block.get(start..)?.first_chunk()?;
    if epoch {
        return Some(KeyDirection::epoch(seed, len));
    }
    let tail = *block.get(start + 64..)?.first_chunk()?;
    KeyDirection::classic(seed.get(..usize::from(len))?, tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_needs_a_sensible_prefix() {
        for (text, good) in [
            ("10.8.0.1/24", true),
            ("fd00::1/64", true),
            ("10.8.0.1", false),
            ("10.8.0.1/33", false),
            ("x/1", false),
        ] {
            assert_eq!(address(text).is_ok(), good, "{text}");
        }
    }

    #[test]
    fn both_roles_use_the_same_two_keys() {
        let block: Vec<u8> = (0..=255).collect();
        let a = direction(&block, 0, 32, false).unwrap();
        let b = direction(&block, 128, 32, false).unwrap();
        assert_eq!(a.key_bytes().unwrap()[0], 0);
        assert_eq!(b.key_bytes().unwrap()[0], 128);
        assert_eq!((a.nonce_tail[0], b.nonce_tail[0]), (64, 192));
    }
}
