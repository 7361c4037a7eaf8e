//! The command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Exit codes, as `--help` states them.
pub(crate) mod exit {
    /// The command did what it was asked.
    pub(crate) const OK: u8 = 0;
    /// The system, the driver or the network failed.
    pub(crate) const FAILED: u8 = 1;
    /// The command line, the profile or another input is wrong.
    pub(crate) const USAGE: u8 = 2;
    /// The server refused: certificate, user name or password.
    pub(crate) const REFUSED: u8 = 3;
    /// The device is missing or in use.
    pub(crate) const DEVICE: u8 = 4;
}

/// Command-line client of the ovpn-dco driver.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 done; 1 the system, driver or network failed; 2 wrong input (command line, profile); \
                  3 the server refused (certificate, password); 4 the device is missing or in use."
)]
pub(crate) struct Cli {
    /// Answers, events and errors as JSON, one object a line.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// The device: an adapter's name on Windows, `unix:PATH` or `tcp:HOST:PORT` of a device socket elsewhere. The first
    /// free adapter if left out.
    #[arg(long, global = true, value_name = "DEVICE", env = "OVPN_DCO_DEVICE_ADDRESS")]
    pub(crate) device: Option<String>,
    /// More detail on standard error; twice for even more.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Brings a tunnel up from an OpenVPN profile and keeps it up until Ctrl-C.
    Connect(Connect),
    /// Shows the running tunnels: peer, cipher, key ids, counters, rates.
    Show(Show),
    /// Runs a tunnel between two machines with a static key file and no server.
    P2p(P2p),
    /// Lists, creates and deletes adapters.
    Adapter {
        #[command(subcommand)]
        command: Adapter,
    },
    /// Shows the versions of this program and of the driver.
    Version,
}

/// `connect`.
#[derive(Debug, Args)]
pub(crate) struct Connect {
    /// The profile (`.ovpn`).
    pub(crate) profile: PathBuf,
    /// Leave the system's name service as it is, whatever the server pushes.
    #[arg(long)]
    pub(crate) no_dns: bool,
    /// Set no addresses and routes: the tunnel is configured by someone else.
    #[arg(long)]
    pub(crate) no_routes: bool,
    /// Give up after the first connection ends instead of reconnecting.
    #[arg(long)]
    pub(crate) once: bool,
}

/// `show`.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Repeat every so many seconds until Ctrl-C.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "2",
          value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(crate) watch: Option<u32>,
}

/// Ciphers of `p2p`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Cipher {
    /// AES-128-GCM.
    #[value(name = "AES-128-GCM")]
    Aes128Gcm,
    /// AES-192-GCM.
    #[value(name = "AES-192-GCM")]
    Aes192Gcm,
    /// AES-256-GCM.
    #[value(name = "AES-256-GCM")]
    Aes256Gcm,
    /// ChaCha20-Poly1305.
    #[value(name = "CHACHA20-POLY1305")]
    ChaCha20Poly1305,
}

/// `p2p`.
///
/// Both ends use the same key file; one says `--role a`, the other `--role b`. The keys are used for as long as the
/// tunnel lives and never change, and nothing remembers which packet ids were used: this is for tests between two
/// machines. Make a new key file for every run.
#[derive(Debug, Args)]
pub(crate) struct P2p {
    /// Static key file (`openvpn --genkey secret FILE`).
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// Which half of the key this end sends with: `a` here, `b` there.
    #[arg(long, value_parser = ["a", "b"])]
    pub(crate) role: String,
    /// Local address and port.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) local: SocketAddr,
    /// The other machine's address and port.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) remote: SocketAddr,
    /// Address of this end inside the tunnel, with prefix length; may be given twice (IPv4 and IPv6).
    #[arg(long, value_name = "ADDRESS/LEN", required = true)]
    pub(crate) ifconfig: Vec<String>,
    /// Largest packet inside the tunnel.
    #[arg(long, default_value_t = 1500, value_parser = clap::value_parser!(u16).range(576..=1500))]
    pub(crate) mtu: u16,
    /// Data cipher.
    #[arg(long, value_enum, default_value = "AES-256-GCM", ignore_case = true)]
    pub(crate) cipher: Cipher,
    /// Use the epoch data format (64-bit packet ids).
    #[arg(long)]
    pub(crate) epoch: bool,
    /// Seconds of silence after which a keepalive is sent; 0 for none.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(0..=3600))]
    pub(crate) ping: u16,
}

/// `adapter`.
#[derive(Debug, Subcommand)]
pub(crate) enum Adapter {
    /// Lists the adapters of the driver.
    List,
    /// Creates an adapter (Windows, administrators only).
    Create {
        /// Its name in the network settings.
        #[arg(long, default_value = "OpenVPN Data Channel Offload")]
        name: String,
    },
    /// Deletes an adapter (Windows, administrators only).
    Delete {
        /// Name or GUID of the adapter.
        name: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn json_may_stand_anywhere() {
        for line in ["cli --json version", "cli version --json"] {
            let cli = Cli::try_parse_from(line.split(' ')).unwrap();
            assert!(cli.json, "{line}");
        }
    }

    #[test]
    fn a_wrong_mtu_is_refused_by_name() {
        let line =
            "cli p2p --key k --role a --local 1.1.1.1:1 --remote 1.1.1.2:1 --ifconfig 10.0.0.1/24 --mtu 9000";
        let error = Cli::try_parse_from(line.split(' ')).unwrap_err().to_string();
        assert!(error.contains("--mtu") && error.contains("1500"), "{error}");
    }
}
