//! Options that a profile may state and a server may push: addresses, routes, name service, keepalive.
//!
//! [`split`] cuts a line into words as OpenVPN does; [`TunnelOptions::apply`] reads one option into its types.

mod dns;
mod route;
mod split;
mod tunnel;

pub use dns::{Dns, DnsSecurity, DnsServer, DnsTransport};
pub use route::{Destination, RedirectGateway, Route, RouteGateway};
pub use split::{SplitError, split};
pub use tunnel::{Ifconfig, Ifconfig6, Topology, TunnelOptions};

use core::str::FromStr;

/// Why an option can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OptionError {
    /// Fewer or more arguments than it takes.
    #[error("it takes {expected}, not {given} of them")]
    Arguments {
        /// What it takes, in words.
        expected: &'static str,
        /// How many there are.
        given: usize,
    },
    /// An argument that isn't what it has to be.
    #[error("\"{argument}\" is not {expected}")]
    Argument {
        /// The argument.
        argument: String,
        /// What it has to be, in words.
        expected: &'static str,
    },
}

impl OptionError {
    /// `argument` should have been `expected`.
    pub(crate) fn argument(argument: &str, expected: &'static str) -> Self {
        Self::Argument {
            argument: argument.to_owned(),
            expected,
        }
    }
}

/// Reads an argument of a type that has a usual text form.
pub(crate) fn parse<T: FromStr>(argument: &str, expected: &'static str) -> Result<T, OptionError> {
    argument
        .parse()
        .map_err(|_| OptionError::argument(argument, expected))
}

/// Reads a whole number within bounds.
pub(crate) fn number(
    argument: &str,
    range: core::ops::RangeInclusive<u32>,
    expected: &'static str,
) -> Result<u32, OptionError> {
    parse(argument, expected).and_then(|n| match range.contains(&n) {
        true => Ok(n),
        false => Err(OptionError::argument(argument, expected)),
    })
}
