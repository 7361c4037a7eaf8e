//! Links, addresses and routes of Linux (rtnetlink(7)), as far as a tunnel needs them.

use std::io;
use std::net::IpAddr;
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::Mutex;

use netlink_packet_core::{
    NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload,
};
use netlink_packet_route::address::{AddressAttribute, AddressHeader, AddressHeaderFlags, AddressMessage};
use netlink_packet_route::link::{LinkAttribute, LinkFlags, LinkMessage};
use netlink_packet_route::route::{
    RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteProtocol, RouteScope, RouteType,
};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};

/// A netlink socket of one network namespace.
pub(super) struct Netlink {
    /// Held for a request and its answers.
    socket: Mutex<(Socket, u32)>,
}

/// What the kernel says of an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) index: u32,
    pub(super) mtu: u32,
    pub(super) up: bool,
}

/// How an address is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NextHop {
    pub(super) interface: u32,
    pub(super) gateway: Option<IpAddr>,
}

/// A route as the kernel takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KernelRoute {
    pub(super) network: IpAddr,
    pub(super) prefix_len: u8,
    pub(super) hop: NextHop,
    pub(super) metric: Option<u32>,
}

impl Netlink {
    /// A socket of `namespace`, a path such as `/run/netns/x`, or of our own.
    pub(super) fn open(namespace: Option<&Path>) -> io::Result<Netlink> {
        let socket = match namespace {
            None => Self::socket()?,
            // A socket stays in the namespace that it was made in; a thread enters it and ends there.
            Some(path) => {
                let file = std::fs::File::open(path)?;
                let made = std::thread::scope(|scope| {
                    let maker = scope.spawn(|| {
                        let kind = rustix::thread::LinkNameSpaceType::Network;
                        rustix::thread::move_into_link_name_space(file.as_fd(), Some(kind))?;
                        Self::socket()
                    });
                    maker.join()
                });
                made.map_err(|_| io::Error::other("the thread that entered the namespace panicked"))??
            }
        };
        Ok(Netlink {
            socket: Mutex::new((socket, 0)),
        })
    }

    fn socket() -> io::Result<Socket> {
        let mut socket = Socket::new(NETLINK_ROUTE)?;
        socket.bind_auto()?;
        socket.connect(&SocketAddr::new(0, 0))?;
        Ok(socket)
    }

    /// The interface called `name`.
    pub(super) fn link(&self, name: &str) -> io::Result<Link> {
        let mut message = LinkMessage::default();
        message.attributes.push(LinkAttribute::IfName(name.to_owned()));
        let answers = self.request(RouteNetlinkMessage::GetLink(message), 0)?;
        let link = answers.into_iter().find_map(|answer| match answer {
            RouteNetlinkMessage::NewLink(link) => Some(link),
            _ => None,
        });
        let link = link.ok_or(io::ErrorKind::NotFound)?;
        let mtu = link.attributes.iter().find_map(|attribute| match attribute {
            LinkAttribute::Mtu(mtu) => Some(*mtu),
            _ => None,
        });
        Ok(Link {
            index: link.header.index,
            mtu: mtu.unwrap_or_default(),
            up: link.header.flags.contains(LinkFlags::Up),
        })
    }

    /// Sets the MTU in bytes.
    pub(super) fn set_mtu(&self, index: u32, mtu: u32) -> io::Result<()> {
        let mut message = LinkMessage::default();
        message.header.index = index;
        message.attributes.push(LinkAttribute::Mtu(mtu));
        self.request(RouteNetlinkMessage::SetLink(message), NLM_F_ACK)
            .map(drop)
    }

    /// Brings the interface up or down.
    pub(super) fn set_up(&self, index: u32, up: bool) -> io::Result<()> {
        let mut message = LinkMessage::default();
        message.header.index = index;
        message.header.change_mask = LinkFlags::Up;
        message.header.flags = if up { LinkFlags::Up } else { LinkFlags::empty() };
        self.request(RouteNetlinkMessage::SetLink(message), NLM_F_ACK)
            .map(drop)
    }

    /// Gives the interface an address; one that is there stays. `false`: it was there.
    pub(super) fn add_address(
        &self,
        index: u32,
        ip: IpAddr,
        prefix_len: u8,
        peer: Option<IpAddr>,
    ) -> io::Result<bool> {
        let message = address(index, ip, prefix_len, peer);
        added(self.request(
            RouteNetlinkMessage::NewAddress(message),
            NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
        ))
    }

    /// Takes an address from the interface.
    pub(super) fn del_address(
        &self,
        index: u32,
        ip: IpAddr,
        prefix_len: u8,
        peer: Option<IpAddr>,
    ) -> io::Result<()> {
        let message = address(index, ip, prefix_len, peer);
        self.request(RouteNetlinkMessage::DelAddress(message), NLM_F_ACK)
            .map(drop)
    }

    /// How `ip` is reached now (`ip route get`).
    pub(super) fn next_hop(&self, ip: IpAddr) -> io::Result<NextHop> {
        let mut message = RouteMessage::default();
        message.header.address_family = family(ip);
        message.header.destination_prefix_length = full_prefix(ip);
        message.attributes.push(RouteAttribute::Destination(ip.into()));
        let answers = self.request(RouteNetlinkMessage::GetRoute(message), 0)?;
        let route = answers.into_iter().find_map(|answer| match answer {
            RouteNetlinkMessage::NewRoute(route) => Some(route),
            _ => None,
        });
        let route = route.ok_or(io::ErrorKind::NetworkUnreachable)?;
        let (mut interface, mut gateway) = (None, None);
        for attribute in &route.attributes {
            match attribute {
                RouteAttribute::Oif(index) => interface = Some(*index),
                RouteAttribute::Gateway(RouteAddress::Inet(ip)) => gateway = Some(IpAddr::V4(*ip)),
                RouteAttribute::Gateway(RouteAddress::Inet6(ip)) => gateway = Some(IpAddr::V6(*ip)),
                _ => {}
            }
        }
        let interface = interface.ok_or(io::ErrorKind::NetworkUnreachable)?;
        Ok(NextHop { interface, gateway })
    }

    /// Adds a route. `false`: there is one to this network with this metric.
    pub(super) fn add_route(&self, add: &KernelRoute) -> io::Result<bool> {
        let flags = NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
        added(self.request(RouteNetlinkMessage::NewRoute(route(add)), flags))
    }

    /// Removes a route.
    pub(super) fn del_route(&self, del: &KernelRoute) -> io::Result<()> {
        self.request(RouteNetlinkMessage::DelRoute(route(del)), NLM_F_ACK)
            .map(drop)
    }

    /// Sends a request and returns what comes back until it is answered. With `NLM_F_ACK` that is an
    /// acknowledgement, else the first message of another kind.
    fn request(&self, message: RouteNetlinkMessage, flags: u16) -> io::Result<Vec<RouteNetlinkMessage>> {
        let mut guard = self
            .socket
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let (socket, last) = &mut *guard;
        *last = last.wrapping_add(1);
        let sequence = *last;
        let mut header = NetlinkHeader::default();
        header.flags = NLM_F_REQUEST | flags;
        header.sequence_number = sequence;
        let mut packet = NetlinkMessage::new(header, NetlinkPayload::InnerMessage(message));
        packet.finalize();
        let mut bytes = vec![0; packet.buffer_len()];
        packet.serialize(&mut bytes);
        socket.send(&bytes, 0)?;

        let mut answers = Vec::new();
        loop {
            let (datagram, _) = socket.recv_from_full()?;
            let mut rest = &datagram[..];
            while !rest.is_empty() {
                let answer = NetlinkMessage::<RouteNetlinkMessage>::deserialize(rest)
                    .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
                let length = usize::try_from(answer.header.length)
                    .unwrap_or(usize::MAX)
                    .next_multiple_of(4);
                rest = rest.get(length.max(16)..).unwrap_or_default();
                if answer.header.sequence_number != sequence {
                    continue;
                }
                match answer.payload {
                    NetlinkPayload::Error(error) if error.raw_code() != 0 => return Err(error.to_io()),
                    NetlinkPayload::Error(_) | NetlinkPayload::Done(_) => return Ok(answers),
                    NetlinkPayload::InnerMessage(inner) => answers.push(inner),
                    _ => {}
                }
            }
            if flags & NLM_F_ACK == 0 && !answers.is_empty() {
                return Ok(answers);
            }
        }
    }
}

/// Whether something was added, or was there before.
fn added(result: io::Result<Vec<RouteNetlinkMessage>>) -> io::Result<bool> {
    match result {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

fn family(ip: IpAddr) -> AddressFamily {
    if ip.is_ipv4() {
        AddressFamily::Inet
    } else {
        AddressFamily::Inet6
    }
}

/// Length of the prefix of a single address.
pub(super) fn full_prefix(ip: IpAddr) -> u8 {
    if ip.is_ipv4() { 32 } else { 128 }
}

fn address(index: u32, ip: IpAddr, prefix_len: u8, peer: Option<IpAddr>) -> AddressMessage {
    let mut message = AddressMessage::default();
    message.header = AddressHeader {
        family: family(ip),
        prefix_len,
        index,
        ..AddressHeader::default()
    };
    if ip.is_ipv6() {
        // Nobody else is on the link to have the address; without this it is unusable for a second.
        message.header.flags = AddressHeaderFlags::Nodad;
    }
    message.attributes.push(AddressAttribute::Local(ip));
    message
        .attributes
        .push(AddressAttribute::Address(peer.unwrap_or(ip)));
    message
}

fn route(add: &KernelRoute) -> RouteMessage {
    let mut message = RouteMessage::default();
    message.header = RouteHeader {
        address_family: family(add.network),
        destination_prefix_length: add.prefix_len,
        table: RouteHeader::RT_TABLE_MAIN,
        protocol: RouteProtocol::Static,
        scope: if add.hop.gateway.is_none() && add.network.is_ipv4() {
            RouteScope::Link
        } else {
            RouteScope::Universe
        },
        kind: RouteType::Unicast,
        ..RouteHeader::default()
    };
    message
        .attributes
        .push(RouteAttribute::Destination(add.network.into()));
    message.attributes.push(RouteAttribute::Oif(add.hop.interface));
    message.attributes.extend(
        add.hop
            .gateway
            .map(|gateway| RouteAttribute::Gateway(gateway.into())),
    );
    message
        .attributes
        .extend(add.metric.map(RouteAttribute::Priority));
    message
}
