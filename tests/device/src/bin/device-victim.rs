//! A program that is killed: opens the adapter, connects it to a peer, leaves requests pending and waits for its end.
//!
//! `device-victim ADDRESS PEER`: the device socket and the peer's UDP address. Says `ready` when all is in flight.

use ovpn_dco_device_tests::bench::adapter_path;
use ovpn_dco_device_tests::calls::Handle;
use ovpn_dco_device_tests::tunnel::FIRST_KEY;
use ovpn_dco_devsock::{Client, OpenRequest};
use ovpn_dco_uapi::{Ioctl, KeySlot};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (device, peer) = (arguments.next(), arguments.next());
    let device = device.expect("an address").parse().expect("an address");
    let peer = peer.expect("a peer").parse().expect("a socket address");
    let client = Client::connect(&device).expect("the device socket");
    let file = client
        .open(&OpenRequest::exclusive(adapter_path(&client)))
        .expect("the adapter");
    let handle = Handle::new(client, file);
    handle.connect_udp(peer);
    handle.must(Ioctl::StartVpn, &[0u8; 0]);
    handle.must(Ioctl::NewKey, &FIRST_KEY.for_device(KeySlot::Primary));
    let _reads: Vec<_> = (0..20).map(|_| handle.read()).collect();
    let _event = handle.begin(Ioctl::NotifyEvent, &[], 144);
    println!("ready");
    loop {
        std::thread::park();
    }
}
