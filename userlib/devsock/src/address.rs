//! Where a server listens: `unix:/path` or `tcp:127.0.0.1:port#secret`.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
#[cfg(unix)]
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use zeroize::Zeroize;

/// Bytes of a [`Secret`].
pub(crate) const SECRET_LEN: usize = 32;

/// What a client must show over TCP, where the socket does not tell who it is. No `Debug` shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub(crate) [u8; SECRET_LEN]);

impl Secret {
    /// A fresh one from the system's random numbers.
    ///
    /// # Errors
    /// The system has none to give.
    pub fn generate() -> io::Result<Self> {
        let mut bytes = [0; SECRET_LEN];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        Ok(Secret(bytes))
    }

    /// Whether `shown` is this secret; takes the same time wherever they differ.
    pub(crate) fn matches(&self, shown: &[u8]) -> bool {
        shown.len() == SECRET_LEN && self.0.iter().zip(shown).fold(0, |acc, (a, b)| acc | (a ^ b)) == 0
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Where a server listens.
#[derive(Clone, PartialEq, Eq)]
pub enum Address {
    /// A Unix socket. Its text is `unix:` and the path.
    Unix(PathBuf),
    /// A loopback TCP port, for programs that have no Unix sockets. Its text is `tcp:`, the socket address,
    /// `#`, and the secret as 64 hexadecimal digits.
    Tcp(SocketAddr, Secret),
}

/// The text is not an [`Address`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("device address {text:?}: {why} (expected unix:/path or tcp:127.0.0.1:port#secret)")]
pub struct AddressError {
    text: String,
    why: &'static str,
}

impl Address {
    /// The text that [`Address::from_str`] understands, secret included. `Display` leaves the secret out.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Address::Unix(path) => format!("unix:{}", path.display()),
            Address::Tcp(socket, secret) => {
                let digits: String = secret.0.iter().map(|byte| format!("{byte:02x}")).collect();
                format!("tcp:{socket}#{digits}")
            }
        }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        // The secret, if there is one, does not go into an error message.
        let fail = |why| AddressError {
            text: text.split('#').next().unwrap_or_default().to_owned(),
            why,
        };
        if let Some(path) = text.strip_prefix("unix:") {
            return if path.is_empty() {
                Err(fail("no path"))
            } else {
                Ok(Address::Unix(path.into()))
            };
        }
        let rest = text.strip_prefix("tcp:").ok_or_else(|| fail("unknown kind"))?;
        let (socket, secret) = rest.split_once('#').ok_or_else(|| fail("no secret"))?;
        let socket: SocketAddr = socket.parse().map_err(|_| fail("no socket address"))?;
        if !socket.ip().is_loopback() {
            return Err(fail("not a loopback address"));
        }
        let secret = parse_hex(secret).ok_or_else(|| fail("the secret is not 64 hexadecimal digits"))?;
        Ok(Address::Tcp(socket, Secret(secret)))
    }
}

fn parse_hex(text: &str) -> Option<[u8; SECRET_LEN]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * SECRET_LEN {
        return None;
    }
    let nibble = |digit: u8| char::from(digit).to_digit(16).and_then(|n| u8::try_from(n).ok());
    let mut bytes = [0; SECRET_LEN];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(bytes)
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Unix(path) => write!(f, "unix:{}", path.display()),
            Address::Tcp(socket, _) => write!(f, "tcp:{socket}"),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A connected socket of either kind.
#[derive(Debug)]
pub(crate) enum Stream {
    #[cfg(unix)]
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl Stream {
    pub(crate) fn connect(address: &Address) -> io::Result<Stream> {
        match address {
            #[cfg(unix)]
            Address::Unix(path) => UnixStream::connect(path).map(Stream::Unix),
            #[cfg(not(unix))]
            Address::Unix(_) => Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "Unix sockets are not available here; use a tcp: address",
            )),
            Address::Tcp(socket, _) => {
                let stream = TcpStream::connect(socket)?;
                stream.set_nodelay(true)?;
                Ok(Stream::Tcp(stream))
            }
        }
    }

    pub(crate) fn try_clone(&self) -> io::Result<Stream> {
        match self {
            #[cfg(unix)]
            Stream::Unix(stream) => stream.try_clone().map(Stream::Unix),
            Stream::Tcp(stream) => stream.try_clone().map(Stream::Tcp),
        }
    }

    /// Ends both directions: every thread that waits on the socket wakes up. Errors mean that it has ended.
    pub(crate) fn shutdown(&self) {
        let _ = match self {
            #[cfg(unix)]
            Stream::Unix(stream) => stream.shutdown(Shutdown::Both),
            Stream::Tcp(stream) => stream.shutdown(Shutdown::Both),
        };
    }

    pub(crate) fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        match self {
            #[cfg(unix)]
            Stream::Unix(stream) => stream.set_read_timeout(timeout),
            Stream::Tcp(stream) => stream.set_read_timeout(timeout),
        }
    }

    /// User and process at the other end, where the socket tells.
    pub(crate) fn peer(&self) -> Option<(u32, i32)> {
        match self {
            #[cfg(unix)]
            Stream::Unix(stream) => {
                let cred = rustix::net::sockopt::socket_peercred(stream).ok()?;
                Some((cred.uid.as_raw(), cred.pid.as_raw_nonzero().get()))
            }
            Stream::Tcp(_) => None,
        }
    }
}

impl Read for &Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            #[cfg(unix)]
            Stream::Unix(stream) => (&*stream).read(buffer),
            Stream::Tcp(stream) => (&*stream).read(buffer),
        }
    }
}

impl Write for &Stream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            #[cfg(unix)]
            Stream::Unix(stream) => (&*stream).write(buffer),
            Stream::Tcp(stream) => (&*stream).write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A listening socket of either kind.
#[derive(Debug)]
pub(crate) enum Listener {
    #[cfg(unix)]
    Unix(UnixListener, PathBuf),
    Tcp(TcpListener),
}

impl Listener {
    /// Binds a Unix socket that only its owner may open. Takes the place of a socket whose server is gone.
    #[cfg(unix)]
    pub(crate) fn unix(path: PathBuf) -> io::Result<Listener> {
        use std::os::unix::fs::{FileTypeExt, PermissionsExt};
        if let Ok(metadata) = std::fs::symlink_metadata(&path)
            && metadata.file_type().is_socket()
        {
            match UnixStream::connect(&path) {
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                    std::fs::remove_file(&path)?
                }
                _ => return Err(io::ErrorKind::AddrInUse.into()),
            }
        }
        let listener = UnixListener::bind(&path)?;
        // Between bind and chmod the umask rules; SO_PEERCRED is checked in any case.
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        Ok(Listener::Unix(listener, path))
    }

    pub(crate) fn tcp(address: SocketAddr) -> io::Result<Listener> {
        if !address.ip().is_loopback() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "a device is offered on loopback only",
            ));
        }
        TcpListener::bind(address).map(Listener::Tcp)
    }

    pub(crate) fn local_tcp(&self) -> Option<SocketAddr> {
        match self {
            #[cfg(unix)]
            Listener::Unix(..) => None,
            Listener::Tcp(listener) => listener.local_addr().ok(),
        }
    }

    pub(crate) fn accept(&self) -> io::Result<Stream> {
        match self {
            #[cfg(unix)]
            Listener::Unix(listener, _) => listener.accept().map(|(stream, _)| Stream::Unix(stream)),
            Listener::Tcp(listener) => {
                let (stream, _) = listener.accept()?;
                stream.set_nodelay(true)?;
                Ok(Stream::Tcp(stream))
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Listener::Unix(_, path) = self {
            let _ = std::fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_survive_as_text() {
        let secret = Secret::generate().unwrap();
        let tcp = Address::Tcp("127.0.0.1:4711".parse().unwrap(), secret);
        for address in [Address::Unix("/run/x y".into()), tcp] {
            assert_eq!(address.to_text().parse::<Address>(), Ok(address));
        }
    }

    #[test]
    fn bad_addresses_say_why_and_keep_the_secret() {
        let secret = "ab".repeat(32);
        for (text, why) in [
            (String::new(), "unknown kind"),
            ("unix:".into(), "no path"),
            ("tcp:127.0.0.1:1".into(), "no secret"),
            (format!("tcp:127.0.0.1#{secret}"), "no socket address"),
            (format!("tcp:192.0.2.1:1#{secret}"), "not a loopback address"),
            (
                format!("tcp:127.0.0.1:1#{secret}0"),
                "the secret is not 64 hexadecimal digits",
            ),
            (
                format!("tcp:127.0.0.1:1#{}", "+1".repeat(32)),
                "the secret is not 64 hexadecimal digits",
            ),
        ] {
            let error = text.parse::<Address>().unwrap_err();
            assert_eq!(error.why, why, "{text}");
            assert!(!error.to_string().contains(&secret));
        }
        let shown: Address = format!("tcp:127.0.0.1:1#{secret}").parse().unwrap();
        assert_eq!(format!("{shown} {shown:?}"), "tcp:127.0.0.1:1 tcp:127.0.0.1:1");
    }

    #[test]
    fn a_secret_matches_itself_only() {
        let secret = Secret([7; SECRET_LEN]);
        let mut other = [7; SECRET_LEN];
        assert!(secret.matches(&other));
        other[31] ^= 1;
        assert!(!secret.matches(&other) && !secret.matches(&other[..31]) && !secret.matches(&[]));
    }
}
