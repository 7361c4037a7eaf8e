//! A tour of a device: what there is, and one connection over UDP to a port of our own, control packets both ways.
//!
//! Without arguments on Windows it uses the driver; elsewhere, and under wine, `OVPN_DCO_DEVICE` names the socket of a
//! device. Says what it does and ends with 0 if everything went as it should.

use std::error::Error;
use std::net::UdpSocket;
use std::time::Duration;

use ovpn_dco_uapi::{
    CipherAlg, CryptoData, CryptoOptions, KeyDirection, KeyId, KeySlot, PeerId, PeerSettings, Proto, Stats,
};
use ovpn_dco_userlib::device::{self, Cancel, Device, DeviceError, Wait};

const LIMIT: Duration = Duration::from_secs(10);

/// P_CONTROL_HARD_RESET_CLIENT_V2 with a session id and packet id 0: a packet that every server knows.
const HARD_RESET: [u8; 14] = [0x38, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0];

fn main() -> Result<(), Box<dyn Error>> {
    let host = device::host()?;
    println!(
        "driver version {}, available: {}",
        device::version(&*host)?,
        device::is_available(&*host)
    );
    for adapter in host.adapters()? {
        println!("adapter {adapter}: {}", adapter.path);
    }
    let device = Device::open_first(&*host)?;
    println!("opened {}, interface {}", device.adapter(), device.interface());
    match Device::open(&*host, device.adapter()) {
        Err(DeviceError::InUse { .. }) => println!("a second time it is in use"),
        other => return Err(format!("it opened twice: {other:?}").into()),
    }

    let far = UdpSocket::bind("127.0.0.1:0")?;
    far.set_read_timeout(Some(LIMIT))?;
    device.new_peer(
        "127.0.0.1:0".parse()?,
        far.local_addr()?,
        Proto::Udp,
        Wait::at_most(LIMIT),
    )?;
    device.start_vpn()?;
    let settings = PeerSettings {
        keepalive_interval: Some(10),
        keepalive_timeout: Some(60),
        mss: Some(1360),
    };
    device.set_peer(settings)?;
    let key = |byte| KeyDirection::classic(&[byte; 32], [byte; 8]).ok_or("a key of 32 bytes is a key");
    let peer = PeerId::new(0).ok_or("0 is a peer-id")?;
    let key_id = KeyId::new(0).ok_or("0 is a key-id")?;
    let data = CryptoData::new(
        peer,
        KeySlot::Primary,
        key_id,
        CipherAlg::AesGcm,
        key(1)?,
        key(2)?,
    );
    device.new_key(data, CryptoOptions::CLASSIC)?;
    println!("peer and key are there");

    let mut reader = device.control_reader();
    if reader.recv(Wait::at_most(Duration::from_millis(50)))?.is_some() {
        return Err("a packet that nobody sent".into());
    }
    device.write_control(&HARD_RESET)?;
    let mut buffer = [0; 2048];
    let (len, driver) = far.recv_from(&mut buffer)?;
    if buffer[..len] != HARD_RESET {
        return Err("the packet was changed on its way out".into());
    }
    far.send_to(&buffer[..len], driver)?;
    let packet = reader.recv(Wait::at_most(LIMIT))?.ok_or("no packet arrived")?;
    if packet.payload != HARD_RESET {
        return Err("the packet was changed on its way in".into());
    }
    let stats: Stats = device.stats()?;
    println!("one control packet each way: {stats:?}");
    println!("peers: {:?}", device.all_peer_stats()?);

    let cancel = Cancel::new();
    let cancelled = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(50));
            cancel.cancel();
        });
        reader.recv(Wait::at_most(LIMIT).unless(&cancel))
    });
    match cancelled {
        Err(DeviceError::Cancelled { .. }) => println!("a pending read was cancelled"),
        other => return Err(format!("cancelling a read gave {other:?}").into()),
    }
    device.del_peer()?;
    drop(reader);
    drop(device);
    println!("done");
    Ok(())
}
