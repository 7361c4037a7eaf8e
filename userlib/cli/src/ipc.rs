//! The way from `show` to a running client: a local socket (Unix) or named pipe (Windows) that only the same user and
//! administrators may open. The client answers each connection with one JSON line, its [`Status`], and hangs up.
//!
//! The device is exclusive, so nobody but the client that has it open can ask it.

use crate::status::Status;
use std::io::{self, Read as _, Write as _};
use std::sync::{Arc, Mutex};

/// An answer is a few hundred bytes; whoever sends more is not one of us.
const MAX_ANSWER: u64 = 64 << 10;

/// Offers a client's status while it lives.
pub(crate) struct Offer {
    status: Arc<Mutex<Status>>,
    _endpoint: platform::Endpoint,
}

impl Offer {
    /// Starts to answer. The status is that of the last [`Self::set`].
    pub(crate) fn new(status: Status) -> io::Result<Self> {
        let status = Arc::new(Mutex::new(status));
        let answer = status.clone();
        let endpoint = platform::listen(move |stream| {
            let line = match answer.lock() {
                Ok(status) => serde_json::to_string(&*status)?,
                Err(_) => return Err(io::ErrorKind::Other.into()),
            };
            stream.write_all(line.as_bytes())?;
            stream.write_all(b"\n")
        })?;
        Ok(Self {
            status,
            _endpoint: endpoint,
        })
    }

    /// Replaces the status.
    pub(crate) fn set(&self, status: Status) {
        if let Ok(mut slot) = self.status.lock() {
            *slot = status;
        }
    }
}

/// Asks every running client that this user may ask.
pub(crate) fn ask_all() -> io::Result<Vec<Status>> {
    let mut all = Vec::new();
    for mut stream in platform::connect_all()? {
        let mut text = String::new();
        if (&mut stream).take(MAX_ANSWER).read_to_string(&mut text).is_ok()
            && let Ok(status) = serde_json::from_str(&text)
        {
            all.push(status);
        }
    }
    Ok(all)
}

#[cfg(unix)]
mod platform {
    //! `/run/ovpn-dco-cli-UID/PID.sock` (root) or the same under `$XDG_RUNTIME_DIR` or the temporary folder.

    use std::fs;
    use std::io;
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    const TIMEOUT: Option<Duration> = Some(Duration::from_secs(2));

    /// Removes the socket at the end.
    pub(super) struct Endpoint(PathBuf);

    impl Drop for Endpoint {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.0);
        }
    }

    fn uid() -> u32 {
        rustix::process::getuid().as_raw()
    }

    fn folder() -> PathBuf {
        let base = if uid() == 0 {
            PathBuf::from("/run")
        } else {
            std::env::var_os("XDG_RUNTIME_DIR").map_or_else(std::env::temp_dir, PathBuf::from)
        };
        base.join(format!("ovpn-dco-cli-{}", uid()))
    }

    /// The folder keeps others out: it must be ours and closed to them.
    fn private_folder(dir: &Path) -> io::Result<()> {
        match fs::DirBuilder::new().mode(0o700).create(dir) {
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
            _ => {}
        }
        let meta = fs::symlink_metadata(dir)?;
        if !meta.is_dir() || meta.uid() != uid() || meta.mode() & 0o077 != 0 {
            let text = format!(
                "{} belongs to someone else or is open to others; remove it",
                dir.display()
            );
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
        }
        Ok(())
    }

    pub(super) fn listen(
        answer: impl Fn(&mut UnixStream) -> io::Result<()> + Send + 'static,
    ) -> io::Result<Endpoint> {
        let dir = folder();
        private_folder(&dir)?;
        let path = dir.join(format!("{}.sock", std::process::id()));
        let _ = fs::remove_file(&path);
        let listener = UnixListener::bind(&path)?;
        let endpoint = Endpoint(path);
        std::thread::Builder::new().name("status".into()).spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let _ = stream.set_write_timeout(TIMEOUT);
                let _ = answer(&mut stream);
            }
        })?;
        Ok(endpoint)
    }

    /// Root sees the clients of all users.
    pub(super) fn connect_all() -> io::Result<Vec<UnixStream>> {
        let mut dirs = vec![folder()];
        if uid() == 0 {
            for base in ["/tmp", "/run/user"] {
                for entry in fs::read_dir(base).into_iter().flatten().flatten() {
                    let name = entry.file_name().to_string_lossy().into_owned();
                    let own = name.starts_with("ovpn-dco-cli-");
                    dirs.push(if own {
                        entry.path()
                    } else {
                        entry.path().join(format!("ovpn-dco-cli-{name}"))
                    });
                }
            }
        }
        let mut streams = Vec::new();
        for entry in dirs
            .iter()
            .filter_map(|d| fs::read_dir(d).ok())
            .flatten()
            .flatten()
        {
            // A socket without a process behind it is left from one that was killed.
            match UnixStream::connect(entry.path()) {
                Ok(stream) => {
                    stream.set_read_timeout(TIMEOUT)?;
                    streams.push(stream);
                }
                Err(e) if e.kind() == io::ErrorKind::ConnectionRefused => drop(fs::remove_file(entry.path())),
                Err(_) => {}
            }
        }
        Ok(streams)
    }
}

#[cfg(windows)]
mod platform {
    //! `\\.\pipe\ovpn-dco-cli-PID`; its security descriptor admits the owner, administrators and the system.

    use std::fs::{self, File, OpenOptions};
    use std::io;
    use std::os::windows::io::FromRawHandle as _;
    use std::ptr;
    use windows_sys::Win32::Foundation::{HANDLE, INVALID_HANDLE_VALUE, LocalFree};
    use windows_sys::Win32::Security::Authorization::{
        ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1,
    };
    use windows_sys::Win32::Security::{PSECURITY_DESCRIPTOR, SECURITY_ATTRIBUTES};
    use windows_sys::Win32::Storage::FileSystem::PIPE_ACCESS_DUPLEX;
    use windows_sys::Win32::System::Pipes::{
        ConnectNamedPipe, CreateNamedPipeW, PIPE_REJECT_REMOTE_CLIENTS, PIPE_TYPE_BYTE,
        PIPE_UNLIMITED_INSTANCES,
    };

    const PREFIX: &str = "ovpn-dco-cli-";
    /// Owner, built-in administrators and the system: everything; nobody else: nothing.
    const SDDL: &str = "D:P(A;;GA;;;OW)(A;;GA;;;BA)(A;;GA;;;SY)";

    /// The pipe ends with the process.
    pub(super) struct Endpoint;

    fn wide(text: &str) -> Vec<u16> {
        text.encode_utf16().chain([0]).collect()
    }

    struct Descriptor(PSECURITY_DESCRIPTOR);

    impl Descriptor {
        fn new() -> io::Result<Self> {
            let (sddl, mut descriptor) = (wide(SDDL), ptr::null_mut());
            // SAFETY: a NUL-terminated string in, one pointer out.
            let ok = unsafe {
                ConvertStringSecurityDescriptorToSecurityDescriptorW(
                    sddl.as_ptr(),
                    SDDL_REVISION_1,
                    &raw mut descriptor,
                    ptr::null_mut(),
                )
            };
            if ok == 0 {
                Err(io::Error::last_os_error())
            } else {
                Ok(Self(descriptor))
            }
        }
    }

    impl Drop for Descriptor {
        fn drop(&mut self) {
            // SAFETY: the conversion allocated it with LocalAlloc, and it is freed once.
            unsafe { LocalFree(self.0) };
        }
    }

    /// A new instance of the pipe, not yet connected.
    fn instance() -> io::Result<HANDLE> {
        let name = wide(&format!(r"\\.\pipe\{PREFIX}{}", std::process::id()));
        let descriptor = Descriptor::new()?;
        let attributes = SECURITY_ATTRIBUTES {
            nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
            lpSecurityDescriptor: descriptor.0,
            bInheritHandle: 0,
        };
        // SAFETY: a NUL-terminated name and attributes that live over the call.
        let handle = unsafe {
            CreateNamedPipeW(
                name.as_ptr(),
                PIPE_ACCESS_DUPLEX,
                PIPE_TYPE_BYTE | PIPE_REJECT_REMOTE_CLIENTS,
                PIPE_UNLIMITED_INSTANCES,
                4096,
                4096,
                0,
                &raw const attributes,
            )
        };
        if handle == INVALID_HANDLE_VALUE {
            Err(io::Error::last_os_error())
        } else {
            Ok(handle)
        }
    }

    pub(super) fn listen(
        answer: impl Fn(&mut File) -> io::Result<()> + Send + 'static,
    ) -> io::Result<Endpoint> {
        let first = instance()? as usize;
        std::thread::Builder::new().name("status".into()).spawn(move || {
            let mut handle = first as HANDLE;
            loop {
                // SAFETY: a pipe instance of ours; fails if the client connected and left before, which is fine.
                unsafe { ConnectNamedPipe(handle, ptr::null_mut()) };
                // SAFETY: the instance is owned by this thread and given up here.
                let mut stream = unsafe { File::from_raw_handle(handle.cast()) };
                let _ = answer(&mut stream).and_then(|()| stream.sync_all());
                drop(stream);
                match instance() {
                    Ok(next) => handle = next,
                    Err(_) => return,
                }
            }
        })?;
        Ok(Endpoint)
    }

    pub(super) fn connect_all() -> io::Result<Vec<File>> {
        let names = fs::read_dir(r"\\.\pipe\")?
            .flatten()
            .map(|e| e.file_name().to_string_lossy().into_owned());
        let ours = names.filter(|n| n.starts_with(PREFIX));
        Ok(ours
            .filter_map(|n| OpenOptions::new().read(true).open(format!(r"\\.\pipe\{n}")).ok())
            .collect())
    }
}
