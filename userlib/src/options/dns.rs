//! Name service: `dns` and the older `dhcp-option`.

use core::net::IpAddr;

use super::{OptionError, parse};

/// What the tunnel says about name service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dns {
    /// Servers from `dns server`, by their priority, the preferred first. If there are any, they replace
    /// [`Self::addresses`].
    pub servers: Vec<DnsServer>,
    /// Servers from `dhcp-option DNS` and `DNS6`, in their order.
    pub addresses: Vec<IpAddr>,
    /// Search domains: from `dns search-domains`, `dhcp-option DOMAIN-SEARCH` and `dhcp-option DOMAIN`.
    pub search_domains: Vec<String>,
    /// The adapter's own domain, from `dhcp-option DOMAIN` or `ADAPTER_DOMAIN_SUFFIX`.
    pub domain: Option<String>,
    /// WINS servers, from `dhcp-option WINS`.
    pub wins: Vec<IpAddr>,
    /// NTP servers, from `dhcp-option NTP`.
    pub ntp: Vec<IpAddr>,
}

/// One server of `dns server N ...`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DnsServer {
    /// Its priority, -128 to 127; lower is asked first.
    pub priority: i8,
    /// Its addresses, each with a port if one is stated.
    pub addresses: Vec<(IpAddr, Option<u16>)>,
    /// Ask it for these domains only; empty means for all.
    pub resolve_domains: Vec<String>,
    /// Whether answers have to be signed.
    pub dnssec: Option<DnsSecurity>,
    /// How it is spoken to.
    pub transport: Option<DnsTransport>,
    /// The name to expect in its certificate.
    pub sni: Option<String>,
}

/// `dns server N dnssec`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DnsSecurity {
    /// Answers have to be signed.
    Yes,
    /// If a signature is there, it has to be right.
    Optional,
    /// Signatures don't matter.
    No,
}

/// `dns server N transport`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DnsTransport {
    /// UDP and TCP, in the clear.
    Plain,
    /// Over TLS.
    Tls,
    /// Over HTTPS.
    Https,
}

impl Dns {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The servers to use, most preferred first, without ports: the newer option's if there are any, else the older's.
    pub fn server_addresses(&self) -> Vec<IpAddr> {
        match self.servers.is_empty() {
            true => self.addresses.clone(),
            false => self
                .servers
                .iter()
                .flat_map(|s| s.addresses.iter().map(|&(ip, _)| ip))
                .collect(),
        }
    }

    /// Reads the arguments of `dns`.
    pub(super) fn apply_dns(&mut self, args: &[&str]) -> Result<(), OptionError> {
        match args {
            ["search-domains", domains @ ..] if !domains.is_empty() => {
                domains.iter().for_each(|domain| self.add_search(domain));
                Ok(())
            }
            ["server", priority, what, values @ ..] if !values.is_empty() => {
                let priority = parse(priority, "a priority from -128 to 127")?;
                let at = match self
                    .servers
                    .binary_search_by_key(&priority, |server| server.priority)
                {
                    Ok(at) => at,
                    Err(at) => {
                        self.servers.insert(
                            at,
                            DnsServer {
                                priority,
                                ..DnsServer::default()
                            },
                        );
                        at
                    }
                };
                self.servers[at].apply(what, values)
            }
            _ => Err(OptionError::Arguments {
                expected: "search-domains and names, or server, a number, a property and its value",
                given: args.len(),
            }),
        }
    }

    /// Reads the arguments of `dhcp-option`. Types without a meaning for a client of ours are passed over.
    pub(super) fn apply_dhcp(&mut self, args: &[&str]) -> Result<(), OptionError> {
        match args {
            ["DNS" | "DNS6", address] => self.addresses.push(parse(address, "an address")?),
            ["WINS", address] => self.wins.push(parse(address, "an address")?),
            ["NTP", address] => self.ntp.push(parse(address, "an address")?),
            ["DOMAIN" | "ADAPTER_DOMAIN_SUFFIX", domain] => self.domain = Some((*domain).to_owned()),
            ["DOMAIN-SEARCH", domain] => self.add_search(domain),
            [_, ..] => {}
            [] => {
                return Err(OptionError::Arguments {
                    expected: "a type and a value",
                    given: 0,
                });
            }
        }
        Ok(())
    }

    fn add_search(&mut self, domain: &str) {
        if !self.search_domains.iter().any(|known| known == domain) {
            self.search_domains.push(domain.to_owned());
        }
    }
}

impl DnsServer {
    fn apply(&mut self, what: &str, values: &[&str]) -> Result<(), OptionError> {
        match (what, values) {
            ("address", values) => {
                for value in values {
                    self.addresses.push(address_and_port(value)?);
                }
            }
            ("resolve-domains" | "exclude-domains", values) => {
                self.resolve_domains
                    .extend(values.iter().map(|&domain| domain.to_owned()));
            }
            ("dnssec", &["yes"]) => self.dnssec = Some(DnsSecurity::Yes),
            ("dnssec", &["optional"]) => self.dnssec = Some(DnsSecurity::Optional),
            ("dnssec", &["no"]) => self.dnssec = Some(DnsSecurity::No),
            ("transport", &["plain"]) => self.transport = Some(DnsTransport::Plain),
            ("transport", &["DoT"]) => self.transport = Some(DnsTransport::Tls),
            ("transport", &["DoH"]) => self.transport = Some(DnsTransport::Https),
            ("sni", &[name]) => self.sni = Some(name.to_owned()),
            (what, _) => {
                return Err(OptionError::argument(
                    what,
                    "a property of a DNS server, with its value",
                ));
            }
        }
        Ok(())
    }
}

/// `1.2.3.4`, `1.2.3.4:53`, `fd00::1`, `[fd00::1]`, `[fd00::1]:53`.
fn address_and_port(text: &str) -> Result<(IpAddr, Option<u16>), OptionError> {
    const EXPECTED: &str = "an address, or an address and a port";
    if let Ok(address) = text.parse() {
        return Ok((address, None));
    }
    if let Some(address) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        return Ok((parse(address, EXPECTED)?, None));
    }
    let both: core::net::SocketAddr = parse(text, EXPECTED)?;
    Ok((both.ip(), Some(both.port())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Result<Dns, OptionError> {
        let mut dns = Dns::default();
        for line in lines {
            match line.split(' ').collect::<Vec<_>>().split_first() {
                Some((&"dns", args)) => dns.apply_dns(args)?,
                Some((_, args)) => dns.apply_dhcp(args)?,
                None => {}
            }
        }
        Ok(dns)
    }

    #[test]
    fn servers_come_in_order_of_priority_and_replace_the_older_option() {
        let dns = read(&[
            "dhcp-option DNS 192.0.2.1",
            "dns server 2 address 192.0.2.9",
            "dns server -1 address 10.99.0.1 [fd00:9:9::1]:53",
            "dns server -1 resolve-domains example.test lab.example.test",
            "dns server -1 dnssec optional",
            "dns server -1 transport DoT",
            "dns server -1 sni dns.example.test",
            "dns search-domains example.test",
        ])
        .unwrap();
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(
            dns.server_addresses(),
            [ip("10.99.0.1"), ip("fd00:9:9::1"), ip("192.0.2.9")]
        );
        assert_eq!(dns.servers[0].addresses[1], (ip("fd00:9:9::1"), Some(53)));
        assert_eq!(dns.servers[0].transport, Some(DnsTransport::Tls));
        assert_eq!(dns.search_domains, ["example.test"]);
    }

    #[test]
    fn unknown_dhcp_types_are_passed_over_and_bad_values_are_not() {
        assert!(
            read(&["dhcp-option PROXY_AUTO_CONFIG_URL http://x"])
                .unwrap()
                .is_empty()
        );
        for line in [
            "dhcp-option DNS x",
            "dns server x address 1.1.1.1",
            "dns server 1 address 1.1.1.1:x",
            "dns x",
        ] {
            assert!(read(&[line]).is_err(), "{line}");
        }
    }
}
