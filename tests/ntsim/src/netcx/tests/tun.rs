//! The adapter's TUN device, in a network namespace of the test's own.

use std::net::UdpSocket;
use std::os::fd::AsRawFd;

use netcx_sys::netadaptercx::{
    MediaConnectStateConnected, MediaDuplexStateFull, NET_ADAPTER_LINK_STATE,
    NetAdapterAutoNegotiationFlagNone, NetAdapterPauseFunctionTypeUnsupported,
};

use super::super::packet::{self, UDP};
use super::super::segment::tests::{is_valid, sample};
use super::*;

const NAME: &str = "ntsimtest0";
const SEGMENTS: usize = 10;

/// Moves this thread to a fresh namespace; `false` without the right to.
fn own_namespace() -> bool {
    // SAFETY: affects the namespaces of this thread only.
    unsafe { libc::unshare(libc::CLONE_NEWNET) == 0 }
}

/// Gives the interface the address 10.0.0.1 with 10.0.0.2 at the other end, and brings it up.
fn configure(socket: &UdpSocket) {
    // SAFETY: `ifreq` is plain data for which zero is valid.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(NAME.bytes()) {
        *to = libc::c_char::from_ne_bytes([from]);
    }
    let control = |code, request: &libc::ifreq| {
        // SAFETY: these requests read one `ifreq`.
        let result = unsafe { libc::ioctl(socket.as_raw_fd(), code, std::ptr::from_ref(request)) };
        assert_eq!(result, 0, "{}", std::io::Error::last_os_error());
    };
    for (code, last) in [(libc::SIOCSIFADDR, 1), (libc::SIOCSIFDSTADDR, 2)] {
        let address = libc::sockaddr_in {
            sin_family: 2,
            sin_port: 0,
            sin_addr: libc::in_addr {
                s_addr: u32::from_ne_bytes([10, 0, 0, last]),
            },
            sin_zero: [0; 8],
        };
        // SAFETY: both are 16 bytes of plain data.
        request.ifr_ifru.ifru_addr =
            unsafe { std::mem::transmute::<libc::sockaddr_in, libc::sockaddr>(address) };
        control(code, &request);
    }
    request.ifr_ifru.ifru_flags = libc::c_short::try_from(libc::IFF_UP | libc::IFF_RUNNING).unwrap();
    control(libc::SIOCSIFFLAGS, &request);
}

#[test]
fn datagrams_of_the_host_go_through_the_driver_both_ways() {
    if !own_namespace() {
        eprintln!("skipped: this needs the right to make a network namespace");
        return;
    }
    let config = Config {
        network: Network::Tun(Some(NAME.to_owned())),
        ..Config::default()
    };
    let mut bench = Bench::plugged(Script::default(), config);
    bench.start().unwrap();
    let names: Vec<_> = super::super::adapters()
        .iter()
        .filter_map(|a| a.host_interface())
        .collect();
    assert_eq!(names, [NAME]);
    let (globals, adapter) = {
        let driver = DRIVER.lock();
        (driver.globals, driver.adapter)
    };
    let up = NET_ADAPTER_LINK_STATE::new(
        1,
        MediaConnectStateConnected,
        MediaDuplexStateFull,
        NetAdapterPauseFunctionTypeUnsupported,
        NetAdapterAutoNegotiationFlagNone,
    );
    link::NetAdapterSetLinkState(globals, adapter, Guest::of(&up));
    let socket = UdpSocket::bind("0.0.0.0:2000").unwrap();
    configure(&socket);
    let size: libc::c_int = 1000;
    // SAFETY: UDP_SEGMENT reads one int.
    let set = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_UDP,
            libc::UDP_SEGMENT,
            (&raw const size).cast(),
            4,
        )
    };
    assert_eq!(set, 0);
    socket.send_to(&[7; 1000 * SEGMENTS], "10.0.0.2:1000").unwrap();
    let ours = |(p, _): &&(Vec<u8>, u16)| p[0] == 0x45 && p[9] == UDP && packet::be16(p, 22) == 1000;
    eventually("transmission", || {
        DRIVER.lock().sent.iter().filter(ours).count() == SEGMENTS
    });
    assert!(
        DRIVER
            .lock()
            .sent
            .iter()
            .filter(ours)
            .all(|(p, _)| is_valid(p) && p.len() == 1028)
    );
    // And back: from port 1000 to port 2000, as the sample has it.
    let mut reply = sample(false, UDP, 500);
    reply[12..20].copy_from_slice(&[10, 0, 0, 2, 10, 0, 0, 1]);
    packet::finish_ipv4(&mut reply[..20]);
    let total = packet::pseudo(&reply, false, UDP, 508) + packet::sum(&reply[20..]);
    packet::put_checksum(&mut reply, 26, total, true);
    {
        let mut driver = DRIVER.lock();
        (0..SEGMENTS).for_each(|_| driver.incoming.push_back(reply.clone()));
    }
    bench.notify(Direction::Rx);
    socket.set_read_timeout(Some(WAIT)).unwrap();
    let mut buffer = [0; 2048];
    for _ in 0..SEGMENTS {
        assert_eq!(socket.recv(&mut buffer).unwrap(), 500);
        assert_eq!(buffer[..500], reply[28..]);
    }
    assert_eq!(bench.finish(), []);
}
