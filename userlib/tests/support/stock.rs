//! A stock OpenVPN server in a network namespace, and a control channel client on a plain socket.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use ovpn_dco_userlib::control::{
    Client, Config, Connected, DataKey, DriverAbilities, Event, SystemRandom, TlsConfig,
};
use ovpn_dco_userlib::profile::{Credentials, NoFiles, Profile, Transport};

/// Runs `test` in a network namespace of its own, which ends with it. Says so and returns if this machine can't.
pub(crate) fn in_namespace(test: impl FnOnce() + Send + 'static) {
    let result = thread::spawn(move || {
        if let Err(error) = nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWNET) {
            println!("skipped: no network namespace of its own ({error}); run as root");
            return;
        }
        if Command::new("openvpn").arg("--version").output().is_err() {
            println!("skipped: openvpn is not installed");
            return;
        }
        run("ip", &["link", "set", "lo", "up"]);
        test();
    })
    .join();
    if let Err(panic) = result {
        std::panic::resume_unwind(panic);
    }
}

pub(crate) fn run(program: &str, args: &[&str]) -> String {
    let output = Command::new(program)
        .args(args)
        .output()
        .unwrap_or_else(|e| panic!("{program}: {e}"));
    assert!(
        output.status.success(),
        "{program} {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// A folder that is removed again.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "ovpn-stock-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap_or_default()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.0.as_os_str().is_empty() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

/// A running server, which is stopped when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) folder: Folder,
}

impl Server {
    /// Starts a server with this configuration and waits until it is ready.
    pub(crate) fn start(folder: Folder, config: &str) -> Self {
        let config = format!("{config}\nlog-append {}/log\nverb 4\n", folder.path().display());
        let path = folder.write("server.conf", &config);
        let child = Command::new("openvpn")
            .args(["--config", &path, "--cd", &folder.path().display().to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut server = Self { child, folder };
        server.wait_for_log("Initialization Sequence Completed");
        server
    }

    pub(crate) fn wait_for_log(&mut self, text: &str) {
        let start = Instant::now();
        while !self.log().contains(text) {
            let ended = self.child.try_wait().unwrap();
            assert!(
                ended.is_none() && start.elapsed() < Duration::from_secs(20),
                "no {text:?}:\n{}",
                self.log()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn log(&self) -> String {
        self.folder.read("log")
    }

    /// Asks it to end, as an administrator would.
    pub(crate) fn terminate(&mut self) {
        run("kill", &["-TERM", &self.child.id().to_string()]);
    }

    /// Starts again in the same folder, once it has ended.
    pub(crate) fn restart(mut self, config: &str) -> Self {
        let _ = self.child.wait();
        let folder = Folder(core::mem::take(&mut self.folder.0));
        let _ = fs::remove_file(folder.path().join("log"));
        Self::start(folder, config)
    }

    /// Makes it forget everything at once.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Packets to and from the server.
pub(crate) enum Link {
    Udp(UdpSocket),
    Tcp(TcpStream, Vec<u8>),
}

impl Link {
    pub(crate) fn try_open(transport: Transport, to: SocketAddr) -> io::Result<Self> {
        match transport {
            Transport::Udp => {
                let any = if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
                let socket = UdpSocket::bind(any)?;
                socket.connect(to)?;
                Ok(Self::Udp(socket))
            }
            Transport::Tcp => Ok(Self::Tcp(TcpStream::connect(to)?, Vec::new())),
        }
    }

    pub(crate) fn is_stream(&self) -> bool {
        matches!(self, Self::Tcp(..))
    }

    pub(crate) fn send(&mut self, packet: &[u8]) {
        match self {
            Self::Udp(socket) => drop(socket.send(packet)),
            Self::Tcp(stream, _) => {
                let length = u16::try_from(packet.len()).unwrap().to_be_bytes();
                let _ = stream.write_all(&[&length[..], packet].concat());
            }
        }
    }

    /// The next packet, if one comes in time; an error if none will come any more.
    pub(crate) fn try_receive(&mut self, wait: Duration) -> io::Result<Option<Vec<u8>>> {
        let wait = Some(wait.max(Duration::from_millis(1)));
        let mut buffer = [0; 4096];
        let result = match self {
            Self::Udp(socket) => {
                socket.set_read_timeout(wait)?;
                socket
                    .recv(&mut buffer)
                    .map(|length| Some(buffer[..length].to_vec()))
            }
            Self::Tcp(stream, stored) => {
                stream.set_read_timeout(wait)?;
                if has_packet(stored) {
                    return Ok(Some(take_packet(stored)));
                }
                stream.read(&mut buffer).and_then(|length| {
                    stored.extend_from_slice(&buffer[..length]);
                    match length {
                        0 => Err(io::ErrorKind::UnexpectedEof.into()),
                        _ => Ok(has_packet(stored).then(|| take_packet(stored))),
                    }
                })
            }
        };
        match result {
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => Ok(None),
            other => other,
        }
    }
}

fn take_packet(stored: &mut Vec<u8>) -> Vec<u8> {
    let length = usize::from(u16::from_be_bytes([stored[0], stored[1]]));
    stored.drain(..2 + length).skip(2).collect()
}

fn has_packet(stored: &[u8]) -> bool {
    matches!(stored, [high, low, rest @ ..] if rest.len() >= usize::from(u16::from_be_bytes([*high, *low])))
}

/// What one connection brought, as a user of the library would see it.
#[derive(Default)]
pub(crate) struct Story {
    pub(crate) connected: Option<Connected>,
    pub(crate) keys: Vec<DataKey>,
    pub(crate) swaps: Vec<u8>,
    pub(crate) renegotiations: Vec<(u8, bool)>,
    pub(crate) closed: Option<String>,
    /// Keepalive pings of the server that decrypted, by key id.
    pub(crate) pings: Vec<u8>,
    /// Data packets that didn't, by key id.
    pub(crate) unreadable: Vec<u8>,
    pub(crate) auth_pending: bool,
    pub(crate) drops: String,
}

/// A connection under way.
pub(crate) struct Connection {
    pub(crate) client: Client,
    link: Link,
    pub(crate) story: Story,
}

impl Connection {
    /// Begins to connect with a profile, on a driver of this version.
    pub(crate) fn start(profile: &str, version: (u32, u32)) -> Self {
        Self::start_with(profile, version, |_| {})
    }

    /// The same, with a configuration that is changed first.
    pub(crate) fn start_with(profile: &str, version: (u32, u32), change: impl FnOnce(&mut Config)) -> Self {
        let profile = Profile::parse("test.ovpn", profile, &NoFiles).unwrap_or_else(|e| panic!("{e}"));
        let remote = &profile.remotes[0];
        let tls = TlsConfig::new(&profile.tls, None).unwrap_or_else(|e| panic!("{e}"));
        let driver = DriverAbilities::of_version(version.0, version.1);
        let mut config = Config::new(&profile, remote, &driver, tls).unwrap();
        change(&mut config);
        let credentials = profile.auth.username.clone().zip(profile.auth.password.clone());
        let credentials = credentials.map(|(username, password)| Credentials { username, password });
        let unix_time = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap()
            .as_secs();
        let client = Client::new(
            Arc::new(config),
            credentials,
            Box::new(SystemRandom),
            Instant::now(),
            u32::try_from(unix_time).unwrap(),
        );
        let link = Link::try_open(
            remote.proto.transport,
            format!("{}:{}", remote.host, remote.port).parse().unwrap(),
        )
        .unwrap();
        Self {
            client: client.unwrap(),
            link,
            story: Story::default(),
        }
    }

    /// Goes on until `done`, the end of the session, or the time limit (in which case it panics).
    pub(crate) fn until(&mut self, what: &str, limit: Duration, done: impl Fn(&Story) -> bool) -> &Story {
        let start = Instant::now();
        loop {
            self.drain();
            if done(&self.story) || self.story.closed.is_some() {
                self.story.drops = format!("{:?}", self.client.drops());
                return &self.story;
            }
            let now = Instant::now();
            assert!(now - start < limit, "{what}: not within {limit:?}");
            let wake = self
                .client
                .poll_timeout()
                .unwrap_or(now + limit)
                .min(now + Duration::from_millis(200));
            match self
                .link
                .try_receive(wake.saturating_duration_since(now))
                .ok()
                .flatten()
            {
                Some(packet) if packet[0] >> 3 == 9 => self.data(&packet),
                Some(packet) => self.client.handle_packet(Instant::now(), &packet),
                None => self.client.handle_timeout(Instant::now()),
            }
        }
    }

    pub(crate) fn exit(&mut self) -> &Story {
        self.client.exit(Instant::now());
        self.until("exit", Duration::from_secs(5), |_| false)
    }

    /// Takes out everything that the client has to say.
    fn drain(&mut self) {
        while let Some(event) = self.client.poll_event() {
            match event {
                Event::Connected(connected) => self.story.connected = Some(*connected),
                Event::InstallKey(key) => self.story.keys.push(*key),
                Event::SwapKeys { key_id } => self.story.swaps.push(key_id),
                Event::Renegotiating { key_id, by_server } => {
                    self.story.renegotiations.push((key_id, by_server))
                }
                Event::AuthPending { .. } => self.story.auth_pending = true,
                Event::Closed(reason) => self.story.closed = Some(reason.to_string()),
                _ => {}
            }
        }
        while let Some(packet) = self.client.poll_transmit(Instant::now()) {
            self.link.send(&packet);
        }
    }

    /// Opens a data packet, and notes what was in it.
    fn data(&mut self, packet: &[u8]) {
        let key_id = packet[0] & 7;
        let Some(key) = self.story.keys.iter().rev().find(|key| key.key_id == key_id) else {
            return; // Data comes before the first key is agreed; a driver drops it too.
        };
        match open(&key.decrypt.key, &key.decrypt.nonce_tail, packet) {
            Some(plain) if plain == PING => self.story.pings.push(key_id),
            Some(_) => {}
            None => self.story.unreadable.push(key_id),
        }
    }
}

/// The keepalive ping.
pub(crate) const PING: [u8; 16] = [
    0x2a, 0x18, 0x7b, 0xf3, 0x64, 0x1e, 0xb4, 0xcb, 0x07, 0xed, 0x2d, 0x0a, 0x98, 0x1f, 0xc7, 0x48,
];

/// Opens a data packet under AES-256-GCM, classic format: header, packet id, tag, ciphertext.
pub(crate) fn open(key: &[u8; 32], nonce_tail: &[u8; 8], packet: &[u8]) -> Option<Vec<u8>> {
    use aes_gcm::aead::{Aead, KeyInit, Payload};
    let (aad, rest) = packet.split_at_checked(8)?;
    let (tag, ciphertext) = rest.split_at_checked(16)?;
    let nonce: [u8; 12] = [&aad[4..8], nonce_tail].concat().try_into().ok()?;
    let sealed = [ciphertext, tag].concat();
    let cipher = aes_gcm::Aes256Gcm::new(key.into());
    cipher.decrypt(&nonce.into(), Payload { msg: &sealed, aad }).ok()
}
