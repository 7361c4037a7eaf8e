//! The six calls, and the control codes that most tests make on their way.

use std::net::SocketAddr;
use std::time::Duration;

use ovpn_dco_devsock::{Client, Completed, File, Pending};
use ovpn_dco_uapi::Mode;
use ovpn_dco_uapi::{
    Ioctl, MpNewPeer, MpStartVpn, NewPeer, NtStatus, PeerId, Proto, SetMode, SetPeer, SockAddrInet,
};
use zerocopy::{Immutable, IntoBytes};

/// Longest wait for anything that must come.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// How long something that must not come is waited for.
const A_MOMENT: Duration = Duration::from_millis(60);

/// An open adapter, and the process that opened it.
pub struct Handle {
    /// The process.
    pub client: Client,
    /// The handle.
    pub file: File,
}

/// The status of a completion.
#[must_use]
pub fn status(completed: &Completed) -> NtStatus {
    NtStatus(completed.status.0)
}

/// Waits for the end of a call, and fails the test if it doesn't come.
pub fn end_of(mut pending: Pending) -> Completed {
    let ended = pending.wait_timeout(PATIENCE).expect("the device is there");
    ended.expect("the call ends")
}

/// Whether a call is still pending after a moment. Its end, if it has come, is lost.
pub fn pends(pending: &mut Pending) -> bool {
    pending
        .wait_timeout(A_MOMENT)
        .expect("the device is there")
        .is_none()
}

impl Handle {
    /// A handle of a process.
    #[must_use]
    pub fn new(client: Client, file: File) -> Self {
        Self { client, file }
    }

    /// Begins `DeviceIoControl`.
    pub fn begin(&self, ioctl: Ioctl, input: &[u8], room: usize) -> Pending {
        let pending = self.file.ioctl(ioctl.code(), input, room);
        pending.expect("the device is there")
    }

    /// `DeviceIoControl`, waited for.
    pub fn call(&self, ioctl: Ioctl, input: &[u8], room: usize) -> Completed {
        end_of(self.begin(ioctl, input, room))
    }

    /// `DeviceIoControl` without output that must succeed.
    pub fn must(&self, ioctl: Ioctl, input: &(impl IntoBytes + Immutable + ?Sized)) {
        let completed = self.call(ioctl, input.as_bytes(), 0);
        assert_eq!(status(&completed), NtStatus::SUCCESS, "{}", ioctl.name());
    }

    /// `ReadFile`.
    pub fn read(&self) -> Pending {
        self.file
            .read(ovpn_dco_uapi::limits::READ_BUFFER)
            .expect("the device is there")
    }

    /// `WriteFile`, waited for.
    pub fn write(&self, packet: &[u8]) -> Completed {
        end_of(self.file.write(packet).expect("the device is there"))
    }

    /// `CloseHandle` and the end of the process.
    pub fn close(self) {
        self.file.close().expect("the handle closes");
    }

    /// `NEW_PEER` over UDP.
    pub fn connect_udp(&self, remote: SocketAddr) {
        self.must(Ioctl::NewPeer, &new_peer(remote, Proto::Udp));
    }

    /// `NEW_PEER` over TCP, begun.
    pub fn connect_tcp(&self, remote: SocketAddr) -> Pending {
        self.begin(Ioctl::NewPeer, new_peer(remote, Proto::Tcp).as_bytes(), 0)
    }

    /// `SET_MODE(MP)` and `MP_START_VPN` on a free port of 127.0.0.1; where it listens.
    pub fn serve(&self) -> SocketAddr {
        self.must(Ioctl::SetMode, &SetMode::new(Mode::MultiPeer));
        let started = self.call(Ioctl::MpStartVpn, listen().as_bytes(), 32);
        assert_eq!(status(&started), NtStatus::SUCCESS);
        let (answer, _) = zerocopy::FromBytes::read_from_prefix(&started.data[..]).expect("an address");
        let answer: MpStartVpn = answer;
        answer.listen_address.try_into().expect("an address")
    }

    /// `SET_PEER` without MSS.
    pub fn keepalive(&self, interval: i32, timeout: i32) {
        let settings = SetPeer {
            keepalive_interval: interval,
            keepalive_timeout: timeout,
            mss: -1,
        };
        self.must(Ioctl::SetPeer, &settings);
    }
}

/// What `NEW_PEER` takes, bound to any port.
#[must_use]
pub fn new_peer(remote: SocketAddr, proto: Proto) -> NewPeer {
    let remote = SockAddrInet::from(remote);
    NewPeer {
        local: SockAddrInet::any(remote.family),
        remote,
        proto: proto.to_u32(),
    }
}

/// What `MP_START_VPN` takes: any port of 127.0.0.1.
#[must_use]
pub fn listen() -> MpStartVpn {
    MpStartVpn {
        listen_address: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
        ipv6_only: 0,
    }
}

/// What `MP_NEW_PEER` takes, with `10.9.0.100 + id` as the peer's address in the tunnel.
#[must_use]
pub fn mp_new_peer(id: PeerId, remote: SocketAddr) -> MpNewPeer {
    let remote = SockAddrInet::from(remote);
    let host = 100 + u8::try_from(id.get() % 100).unwrap_or(0);
    MpNewPeer {
        local: SockAddrInet::any(remote.family),
        remote,
        vpn_addr4: [10, 9, 0, host],
        vpn_addr6: [0; 16],
        peer_id: id.into(),
    }
}
