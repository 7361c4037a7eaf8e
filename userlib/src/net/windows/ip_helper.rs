//! IP Helper (`iphlpapi`): thin wrappers, one system call each.

#![allow(unsafe_code)]

use std::io;
use std::net::IpAddr;

use windows_sys::Win32::Foundation::{
    ERROR_FILE_NOT_FOUND, ERROR_NOT_FOUND, ERROR_OBJECT_ALREADY_EXISTS, NO_ERROR,
};
use windows_sys::Win32::NetworkManagement::IpHelper::{
    ConvertInterfaceAliasToLuid, ConvertInterfaceGuidToLuid, ConvertInterfaceLuidToGuid,
    CreateIpForwardEntry2, CreateUnicastIpAddressEntry, DNS_INTERFACE_SETTINGS,
    DNS_INTERFACE_SETTINGS_VERSION1, DNS_SETTING_IPV6, DNS_SETTING_NAMESERVER, DNS_SETTING_SEARCHLIST,
    DeleteIpForwardEntry2, DeleteUnicastIpAddressEntry, GetBestRoute2, GetIpInterfaceEntry,
    IP_ADDRESS_PREFIX, InitializeIpForwardEntry, InitializeIpInterfaceEntry, InitializeUnicastIpAddressEntry,
    MIB_IPFORWARD_ROW2, MIB_IPINTERFACE_ROW, MIB_UNICASTIPADDRESS_ROW, SetInterfaceDnsSettings,
    SetIpInterfaceEntry,
};
use windows_sys::Win32::NetworkManagement::Ndis::NET_LUID_LH;
use windows_sys::Win32::Networking::WinSock::{
    ADDRESS_FAMILY, AF_INET, AF_INET6, IN_ADDR, IN_ADDR_0, IN6_ADDR, IN6_ADDR_0, IpDadStatePreferred,
    MIB_IPPROTO_NETMGMT, SOCKADDR_IN, SOCKADDR_IN6, SOCKADDR_INET,
};
use windows_sys::core::GUID;

/// IPv4 or IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    V4,
    V6,
}

impl Family {
    pub(super) fn of(ip: IpAddr) -> Self {
        if ip.is_ipv4() { Family::V4 } else { Family::V6 }
    }

    fn number(self) -> ADDRESS_FAMILY {
        match self {
            Family::V4 => AF_INET,
            Family::V6 => AF_INET6,
        }
    }
}

/// An interface, by its locally unique identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Luid(u64);

/// What of an interface's settings is ours to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Settings {
    /// In bytes.
    pub(super) mtu: u32,
    /// `None`: Windows chooses.
    pub(super) metric: Option<u32>,
}

/// How an address is reached.
#[derive(Clone, Copy)]
pub(super) struct NextHop {
    pub(super) luid: Luid,
    gateway: SOCKADDR_INET,
}

/// A route.
#[derive(Clone, Copy)]
pub(super) struct RouteRow {
    pub(super) network: IpAddr,
    pub(super) prefix_len: u8,
    pub(super) hop: NextHop,
    /// Added to that of the interface.
    pub(super) metric: u32,
}

impl NextHop {
    /// The same interface, by this gateway.
    pub(super) fn by_gateway(self, gateway: IpAddr) -> Self {
        NextHop {
            gateway: sockaddr(gateway),
            ..self
        }
    }
}

impl Luid {
    /// By `NetCfgInstanceId`.
    pub(super) fn of_guid(text: &str) -> io::Result<Self> {
        let guid = parse_guid(text).ok_or(io::ErrorKind::InvalidInput)?;
        let mut luid = NET_LUID_LH::default();
        // SAFETY: both are ours and live.
        check(unsafe { ConvertInterfaceGuidToLuid(&raw const guid, &raw mut luid) })?;
        Ok(Self::from_union(luid))
    }

    /// By the connection's name.
    pub(super) fn of_alias(name: &str) -> io::Result<Self> {
        let name: Vec<u16> = name.encode_utf16().chain([0]).collect();
        let mut luid = NET_LUID_LH::default();
        // SAFETY: the name ends with a zero.
        check(unsafe { ConvertInterfaceAliasToLuid(name.as_ptr(), &raw mut luid) })?;
        Ok(Self::from_union(luid))
    }

    fn from_union(luid: NET_LUID_LH) -> Self {
        // SAFETY: every bit pattern is a number.
        Luid(unsafe { luid.Value })
    }

    fn to_union(self) -> NET_LUID_LH {
        NET_LUID_LH { Value: self.0 }
    }

    /// A hop on the interface's own link, for a network of the family of `ip`.
    pub(super) fn on_link(self, ip: IpAddr) -> NextHop {
        let any = match ip {
            IpAddr::V4(_) => IpAddr::from([0; 4]),
            IpAddr::V6(_) => IpAddr::from([0; 16]),
        };
        NextHop {
            luid: self,
            gateway: sockaddr(any),
        }
    }

    fn row(self, family: Family) -> io::Result<MIB_IPINTERFACE_ROW> {
        let mut row = MIB_IPINTERFACE_ROW::default();
        // SAFETY: the row is ours.
        unsafe { InitializeIpInterfaceEntry(&raw mut row) };
        row.Family = family.number();
        row.InterfaceLuid = self.to_union();
        // SAFETY: the row is initialised and names the interface.
        check(unsafe { GetIpInterfaceEntry(&raw mut row) })?;
        Ok(row)
    }

    /// The interface's settings for a family; an error while it does not speak it.
    pub(super) fn settings(self, family: Family) -> io::Result<Settings> {
        let row = self.row(family)?;
        Ok(Settings {
            mtu: row.NlMtu,
            metric: (!row.UseAutomaticMetric).then_some(row.Metric),
        })
    }

    /// Changes the interface's settings for a family.
    pub(super) fn set_settings(self, family: Family, settings: Settings) -> io::Result<()> {
        let mut row = self.row(family)?;
        row.NlMtu = settings.mtu;
        row.UseAutomaticMetric = settings.metric.is_none();
        row.Metric = settings.metric.unwrap_or(0);
        // What `GetIpInterfaceEntry` fills in here is refused for IPv4.
        row.SitePrefixLength = 0;
        // SAFETY: the row is one that the system has filled in.
        check(unsafe { SetIpInterfaceEntry(&raw mut row) })
    }

    /// Gives the interface an address. `false`: it was there.
    pub(super) fn add_address(self, ip: IpAddr, prefix_len: u8) -> io::Result<bool> {
        let row = self.address(ip, prefix_len);
        // SAFETY: the row is initialised.
        added(unsafe { CreateUnicastIpAddressEntry(&raw const row) })
    }

    /// Takes an address from the interface.
    pub(super) fn del_address(self, ip: IpAddr, prefix_len: u8) -> io::Result<()> {
        let row = self.address(ip, prefix_len);
        // SAFETY: the row is initialised.
        check(unsafe { DeleteUnicastIpAddressEntry(&raw const row) })
    }

    fn address(self, ip: IpAddr, prefix_len: u8) -> MIB_UNICASTIPADDRESS_ROW {
        let mut row = MIB_UNICASTIPADDRESS_ROW::default();
        // SAFETY: the row is ours.
        unsafe { InitializeUnicastIpAddressEntry(&raw mut row) };
        row.InterfaceLuid = self.to_union();
        row.Address = sockaddr(ip);
        row.OnLinkPrefixLength = prefix_len;
        // Nobody else is on the link to have the address.
        row.DadState = IpDadStatePreferred;
        row
    }

    /// Sets name servers and search domains for a family; none of either takes them away.
    pub(super) fn set_dns(self, family: Family, servers: &[IpAddr], search: &[String]) -> io::Result<()> {
        let mut guid = GUID::default();
        let luid = self.to_union();
        // SAFETY: both are ours and live.
        check(unsafe { ConvertInterfaceLuidToGuid(&raw const luid, &raw mut guid) })?;
        let list = |items: Vec<String>| -> Vec<u16> { items.join(",").encode_utf16().chain([0]).collect() };
        let mut servers = list(servers.iter().map(ToString::to_string).collect());
        let mut search = list(search.to_vec());
        let ipv6 = if family == Family::V6 { DNS_SETTING_IPV6 } else { 0 };
        let settings = DNS_INTERFACE_SETTINGS {
            Version: DNS_INTERFACE_SETTINGS_VERSION1,
            Flags: u64::from(DNS_SETTING_NAMESERVER | DNS_SETTING_SEARCHLIST | ipv6),
            NameServer: servers.as_mut_ptr(),
            SearchList: search.as_mut_ptr(),
            ..DNS_INTERFACE_SETTINGS::default()
        };
        // SAFETY: both strings end with a zero and live, and the flags name no other.
        check(unsafe { SetInterfaceDnsSettings(guid, &raw const settings) })
    }
}

/// How `ip` is reached now.
pub(super) fn next_hop(ip: IpAddr) -> io::Result<NextHop> {
    let destination = sockaddr(ip);
    let mut route = MIB_IPFORWARD_ROW2::default();
    let mut source = SOCKADDR_INET::default();
    // SAFETY: no interface and no source are asked for; the others are ours and live.
    check(unsafe {
        GetBestRoute2(
            std::ptr::null(),
            0,
            std::ptr::null(),
            &raw const destination,
            0,
            &raw mut route,
            &raw mut source,
        )
    })?;
    Ok(NextHop {
        luid: Luid::from_union(route.InterfaceLuid),
        gateway: route.NextHop,
    })
}

/// Adds a route. `false`: there is one.
pub(super) fn add_route(add: &RouteRow) -> io::Result<bool> {
    let row = row(add);
    // SAFETY: the row is initialised.
    added(unsafe { CreateIpForwardEntry2(&raw const row) })
}

/// Removes a route.
pub(super) fn del_route(del: &RouteRow) -> io::Result<()> {
    let row = row(del);
    // SAFETY: the row is initialised.
    check(unsafe { DeleteIpForwardEntry2(&raw const row) })
}

fn row(route: &RouteRow) -> MIB_IPFORWARD_ROW2 {
    let mut row = MIB_IPFORWARD_ROW2::default();
    // SAFETY: the row is ours.
    unsafe { InitializeIpForwardEntry(&raw mut row) };
    row.InterfaceLuid = route.hop.luid.to_union();
    row.DestinationPrefix = IP_ADDRESS_PREFIX {
        Prefix: sockaddr(route.network),
        PrefixLength: route.prefix_len,
    };
    row.NextHop = route.hop.gateway;
    row.Metric = route.metric;
    row.Protocol = MIB_IPPROTO_NETMGMT;
    row
}

/// Whether what was to be removed or found is not there.
pub(super) fn is_absent(error: &io::Error) -> bool {
    let code = error.raw_os_error().map(i32::cast_unsigned);
    matches!(code, Some(ERROR_NOT_FOUND | ERROR_FILE_NOT_FOUND))
}

fn check(code: u32) -> io::Result<()> {
    if code == NO_ERROR {
        Ok(())
    } else {
        Err(io::Error::from_raw_os_error(code.cast_signed()))
    }
}

/// Whether something was added, or was there before.
fn added(code: u32) -> io::Result<bool> {
    match code {
        ERROR_OBJECT_ALREADY_EXISTS => Ok(false),
        code => check(code).map(|()| true),
    }
}

fn sockaddr(ip: IpAddr) -> SOCKADDR_INET {
    match ip {
        IpAddr::V4(ip) => {
            let addr = IN_ADDR {
                S_un: IN_ADDR_0 {
                    S_addr: u32::from_ne_bytes(ip.octets()),
                },
            };
            SOCKADDR_INET {
                Ipv4: SOCKADDR_IN {
                    sin_family: AF_INET,
                    sin_addr: addr,
                    ..SOCKADDR_IN::default()
                },
            }
        }
        IpAddr::V6(ip) => {
            let addr = IN6_ADDR {
                u: IN6_ADDR_0 { Byte: ip.octets() },
            };
            SOCKADDR_INET {
                Ipv6: SOCKADDR_IN6 {
                    sin6_family: AF_INET6,
                    sin6_addr: addr,
                    ..SOCKADDR_IN6::default()
                },
            }
        }
    }
}

/// A GUID in braces.
pub(super) fn parse_guid(text: &str) -> Option<GUID> {
    let digits = text.strip_prefix('{')?.strip_suffix('}')?;
    let parts: Vec<&str> = digits.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    if lengths != [8, 4, 4, 4, 12]
        || !parts
            .iter()
            .all(|part| part.bytes().all(|digit| digit.is_ascii_hexdigit()))
    {
        return None;
    }
    u128::from_str_radix(&parts.concat(), 16)
        .ok()
        .map(GUID::from_u128)
}

/// The bytes of a socket address, for looking at.
#[cfg(test)]
pub(super) fn sockaddr_bytes(ip: IpAddr) -> [u8; 28] {
    let mut bytes = [0; 28];
    let address = sockaddr(ip);
    let len = if ip.is_ipv4() { 16 } else { 28 };
    // SAFETY: that many bytes of the union belong to the structure that was written.
    let written = unsafe { std::slice::from_raw_parts((&raw const address).cast::<u8>(), len) };
    bytes[..len].copy_from_slice(written);
    bytes
}
