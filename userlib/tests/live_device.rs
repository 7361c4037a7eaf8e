//! A smoke test of a device that is there: of the driver on Windows, or of the one that `OVPN_DCO_DEVICE` names.
//!
//! `cargo test -p ovpn-dco-userlib --test live_device -- --ignored`. It takes an adapter for itself, and talks to a
//! socket of its own on the loopback network.

use std::net::UdpSocket;
use std::time::Duration;

use ovpn_dco_uapi::Proto;
use ovpn_dco_userlib::device::{self, Device, DeviceError, Wait};

/// The first packet of an OpenVPN client: P_CONTROL_HARD_RESET_CLIENT_V2, key-id 0, with an empty rest.
const HARD_RESET: [u8; 14] = [0x38, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0];
/// The answer that the test gives.
const ANSWER: &[u8] = b"\x40 an answer of the server";

#[test]
#[ignore = "needs the driver, or OVPN_DCO_DEVICE"]
fn control_packets_pass_both_ways_through_an_exclusive_device() -> Result<(), Box<dyn std::error::Error>> {
    let soon = || Wait::at_most(Duration::from_secs(10));
    let host = device::host()?;
    let version = device::version(&*host)?;
    println!("driver {version}");
    assert!(
        (version.major, version.minor) >= (2, 8),
        "OpenVPN would not use epoch keys"
    );

    let device = Device::open_first(&*host)?;
    println!("adapter {}", device.adapter());
    assert_eq!(
        device.version()?,
        version,
        "the version device and the adapter agree"
    );
    let second = Device::open(&*host, device.adapter());
    assert!(
        matches!(second, Err(DeviceError::InUse { .. })),
        "the device is exclusive, and yet: {:?}",
        second.err()
    );
    assert!(
        device.write_control(&HARD_RESET).is_err(),
        "there is no peer to write to"
    );

    let server = UdpSocket::bind("127.0.0.1:0")?;
    server.set_read_timeout(Some(Duration::from_secs(10)))?;
    device.new_peer("127.0.0.1:0".parse()?, server.local_addr()?, Proto::Udp, soon())?;
    device.start_vpn()?;

    device.write_control(&HARD_RESET)?;
    let mut buffer = [0; 64];
    let (size, client) = server.recv_from(&mut buffer)?;
    assert_eq!(buffer[..size], HARD_RESET);

    server.send_to(ANSWER, client)?;
    assert_eq!(device.read_control(soon())?.payload, ANSWER);

    let statistics = device.stats()?;
    println!("{statistics:?}");
    device.del_peer()?;
    assert!(device.write_control(&HARD_RESET).is_err(), "the peer is gone");

    // Closing gives the adapter back.
    let adapter = device.adapter().clone();
    drop(device);
    Device::open(&*host, &adapter)?;
    Ok(())
}
