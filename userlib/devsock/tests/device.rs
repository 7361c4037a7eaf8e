//! A small device behind a server, and what a client sees of it: over a Unix socket and over TCP.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ovpn_dco_devsock::wire::{Frame, Hello, Reply, Request, VERSION};
use ovpn_dco_devsock::*;

const SECOND: Duration = Duration::from_secs(1);
const LONG: Duration = Duration::from_secs(10);
const ECHO: u32 = 1;
const WHO: u32 = 2;
const FORGET: u32 = 3;
const WARN: u32 = 4;
const FLOOD: u32 = 5;

/// Reads pend until something is written; writes hand their bytes to the oldest read. Exclusive.
#[derive(Default)]
struct Loopback {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next: u64,
    open: Option<(HandleId, Caller, u64)>,
    reads: BTreeMap<RequestId, Completion>,
    closed: u64,
}

impl DeviceBackend for Loopback {
    fn open(&self, caller: &Caller, request: &OpenRequest) -> Result<HandleId, Status> {
        let mut state = self.state.lock().unwrap();
        if request.path != r"\\.\loopback" {
            return Err(Status::OBJECT_NAME_NOT_FOUND);
        }
        if state.open.is_some() || caller.token == Token::User {
            return Err(Status::ACCESS_DENIED);
        }
        state.next += 1;
        let handle = HandleId(1000 + state.next);
        state.open = Some((handle, caller.clone(), u64::from(request.access.0)));
        Ok(handle)
    }

    fn ioctl(
        &self,
        handle: HandleId,
        _request: RequestId,
        code: u32,
        input: &[u8],
        output_len: usize,
        completion: Completion,
    ) {
        let state = self.state.lock().unwrap();
        let (open, caller, access) = state.open.as_ref().unwrap();
        assert_eq!(*open, handle);
        match code {
            ECHO => completion.complete(Status::SUCCESS, input.len() as u64, input),
            WHO => {
                let who = format!("{:?} {} {access:x}", caller.token, caller.name);
                completion.complete(Status::SUCCESS, who.len() as u64, who.as_bytes());
            }
            FORGET => drop(completion),
            WARN => completion.complete(Status(0x8000_0005_u32.cast_signed()), 4, &[9; 4]),
            FLOOD => completion.complete(Status::SUCCESS, 0, &vec![1; output_len + 100]),
            _ => completion.complete(Status(0xC000_0010_u32.cast_signed()), 7, &[1, 2, 3]),
        }
    }

    fn read(&self, _handle: HandleId, request: RequestId, _len: usize, completion: Completion) {
        self.state.lock().unwrap().reads.insert(request, completion);
    }

    fn write(&self, _handle: HandleId, _request: RequestId, data: &[u8], completion: Completion) {
        let read = self.state.lock().unwrap().reads.pop_first();
        if let Some((_, read)) = read {
            read.complete(Status::SUCCESS, data.len() as u64, data);
        }
        completion.complete_status(Status::SUCCESS, data.len() as u64);
    }

    fn cancel(&self, _handle: HandleId, request: RequestId) {
        let read = self.state.lock().unwrap().reads.remove(&request);
        if let Some(read) = read {
            read.complete_status(Status::CANCELLED, 0);
        }
    }

    fn close(&self, handle: HandleId) {
        let mut state = self.state.lock().unwrap();
        assert_eq!(state.open.take().map(|open| open.0), Some(handle));
        state.closed += 1;
        for read in std::mem::take(&mut state.reads).into_values() {
            read.complete_status(Status::CANCELLED, 0);
        }
    }

    fn devices(&self) -> Vec<DeviceInfo> {
        vec![DeviceInfo {
            hardware_id: "loopback".into(),
            network_interface: Some("tun7".into()),
            ..Default::default()
        }]
    }

    fn properties(&self, _handle: HandleId) -> Vec<(String, String)> {
        vec![("network-interface".into(), "tun7".into())]
    }
}

struct Bed {
    device: Arc<Loopback>,
    server: RunningServer,
    #[cfg(unix)]
    _dir: tempdir::Dir,
}

impl Bed {
    fn new() -> Bed {
        let device = Arc::new(Loopback::default());
        let server = DeviceServer::new("test", Arc::clone(&device) as Arc<dyn DeviceBackend>)
            .tcp("127.0.0.1:0".parse().unwrap())
            .unwrap();
        #[cfg(unix)]
        let dir = tempdir::Dir::new();
        #[cfg(unix)]
        let server = server.unix(dir.0.join("device")).unwrap();
        Bed {
            device,
            server: server.start().unwrap(),
            #[cfg(unix)]
            _dir: dir,
        }
    }

    fn clients(&self) -> Vec<Client> {
        self.server
            .addresses()
            .iter()
            .map(|address| Client::connect(address).unwrap())
            .collect()
    }

    fn client(&self) -> Client {
        self.clients().pop().unwrap()
    }

    fn closed(&self) -> u64 {
        self.device.state.lock().unwrap().closed
    }
}

#[cfg(unix)]
mod tempdir {
    use std::sync::atomic::{AtomicU32, Ordering};

    pub(crate) struct Dir(pub(crate) std::path::PathBuf);

    impl Dir {
        pub(crate) fn new() -> Dir {
            static NEXT: AtomicU32 = AtomicU32::new(0);
            let name = format!(
                "devsock-{}-{}",
                std::process::id(),
                NEXT.fetch_add(1, Ordering::Relaxed)
            );
            let path = std::env::temp_dir().join(name);
            std::fs::create_dir(&path).unwrap();
            Dir(path)
        }
    }

    impl Drop for Dir {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}

fn open(client: &Client) -> File {
    client.open(&OpenRequest::exclusive(r"\\.\loopback")).unwrap()
}

fn eventually(why: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < LONG, "{why}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn calls_pass_through_over_every_socket() {
    let bed = Bed::new();
    for client in bed.clients() {
        let file = open(&client);
        let echoed = file.ioctl(ECHO, b"hello", 3).unwrap().wait().unwrap();
        assert_eq!(
            (echoed.status, echoed.information, &echoed.data[..]),
            (Status::SUCCESS, 5, &b"hel"[..])
        );
        let warned = file.ioctl(WARN, &[], 8).unwrap().wait().unwrap();
        assert_eq!(
            (warned.status.is_success(), &warned.data[..]),
            (false, &[9; 4][..])
        );
        let failed = file.ioctl(99, &[], 8).unwrap().wait().unwrap();
        assert_eq!(
            (failed.status.is_error(), failed.information, failed.data.len()),
            (true, 7, 0)
        );
        let flooded = file.ioctl(FLOOD, &[], 8).unwrap().wait().unwrap();
        assert_eq!(
            flooded.data.len(),
            8,
            "output is cut to what the caller has room for"
        );
        assert_eq!(client.devices().unwrap(), bed.device.devices());
        assert_eq!(file.properties().unwrap(), bed.device.properties(HandleId(0)));
        let refused = client.create("x", "y").unwrap_err();
        assert!(matches!(refused, ClientError::Status(Status::NOT_SUPPORTED)));
        file.close().unwrap();
    }
}

#[test]
fn the_device_learns_who_calls_and_how() {
    let bed = Bed::new();
    let options = ConnectOptions {
        token: Token::System,
        name: "me".into(),
    };
    let client = Client::connect_as(&bed.server.addresses()[0], &options).unwrap();
    let who = open(&client).ioctl(WHO, &[], 100).unwrap().wait().unwrap();
    assert_eq!(String::from_utf8(who.data).unwrap(), "System me c0000000");

    let user = ConnectOptions {
        token: Token::User,
        name: String::new(),
    };
    let client = Client::connect_as(&bed.server.addresses()[0], &user).unwrap();
    let error = client
        .open(&OpenRequest::exclusive(r"\\.\loopback"))
        .err()
        .unwrap();
    assert!(matches!(error, ClientError::Status(Status::ACCESS_DENIED)));
    let error = client
        .open(&OpenRequest::exclusive(r"\\.\nothing"))
        .err()
        .unwrap();
    assert!(matches!(
        error,
        ClientError::Status(Status::OBJECT_NAME_NOT_FOUND)
    ));
}

#[test]
fn a_read_pends_until_something_arrives() {
    let bed = Bed::new();
    let file = open(&bed.client());
    let mut read = file.read(100).unwrap();
    assert_eq!(read.wait_timeout(Duration::from_millis(20)).unwrap(), None);
    assert_eq!(file.write(b"packet").unwrap().wait().unwrap().information, 6);
    assert_eq!(read.wait_timeout(LONG).unwrap().unwrap().data, b"packet");
    assert!(
        matches!(read.wait_timeout(LONG), Ok(None)),
        "an outcome is handed over once"
    );
}

#[test]
fn cancellation_ends_one_request_or_all() {
    let bed = Bed::new();
    let file = open(&bed.client());
    let reads: Vec<Pending> = (0..3).map(|_| file.read(10).unwrap()).collect();
    assert!(reads[1].cancel().unwrap());
    assert!(!reads[1].cancel().unwrap(), "it has completed");
    assert_eq!(file.cancel_all().unwrap(), 2);
    assert_eq!(file.cancel_all().unwrap(), 0);
    for read in reads {
        assert_eq!(read.wait().unwrap().status, Status::CANCELLED);
    }
}

#[test]
fn an_abandoned_request_is_cancelled() {
    let bed = Bed::new();
    let file = open(&bed.client());
    drop(file.read(10).unwrap());
    eventually("the read is gone", || {
        bed.device.state.lock().unwrap().reads.is_empty()
    });
}

#[test]
fn close_completes_what_is_in_flight_first() {
    let bed = Bed::new();
    let file = open(&bed.client());
    let read = file.read(10).unwrap();
    file.close().unwrap();
    assert_eq!(bed.closed(), 1);
    assert_eq!(read.wait().unwrap().status, Status::CANCELLED);
}

#[test]
fn the_death_of_a_process_closes_its_handles() {
    let bed = Bed::new();
    for (round, client) in bed.clients().into_iter().enumerate() {
        let file = open(&client);
        let read = file.read(10).unwrap();
        // Forgotten, so that nothing is said: only the socket ends with the last reference to the client.
        std::mem::forget(read);
        drop((file, client));
        eventually("the handle is closed", || bed.closed() == round as u64 + 1);
        assert!(bed.device.state.lock().unwrap().open.is_none());
    }
}

#[test]
fn a_request_that_the_device_forgets_does_not_hang() {
    let bed = Bed::new();
    let forgotten = open(&bed.client()).ioctl(FORGET, &[], 0).unwrap().wait().unwrap();
    assert_eq!(forgotten.status, Status::INTERNAL_ERROR);
}

#[test]
fn the_end_of_the_server_ends_every_request() {
    let bed = Bed::new();
    let client = bed.client();
    let file = open(&client);
    let read = file.read(10).unwrap();
    let device = Arc::clone(&bed.device);
    drop(bed);
    // Either the cancellation or the end of the stream came first.
    if let Ok(done) = read.wait() {
        assert_eq!(done.status, Status::CANCELLED);
    }
    assert_eq!(device.state.lock().unwrap().closed, 1);
    eventually("later calls fail", || file.read(1).is_err());
    assert!(matches!(client.devices(), Err(ClientError::Lost(_))));
}

#[test]
fn many_threads_share_a_handle() {
    let bed = Bed::new();
    let file = open(&bed.client());
    std::thread::scope(|scope| {
        for thread in 0..4u8 {
            let file = &file;
            scope.spawn(move || {
                for round in 0..200u8 {
                    let echoed = file.ioctl(ECHO, &[thread, round], 2).unwrap().wait().unwrap();
                    assert_eq!(echoed.data, [thread, round]);
                }
            });
        }
    });
}

#[test]
fn oversize_arguments_are_refused_before_they_are_sent() {
    let bed = Bed::new();
    let client = bed.client();
    let file = open(&client);
    let long = vec![0; wire::MAX_DATA + 1];
    assert!(matches!(file.write(&long), Err(ClientError::TooLong { .. })));
    assert!(matches!(file.read(long.len()), Err(ClientError::TooLong { .. })));
    assert!(matches!(
        file.ioctl(ECHO, &long, 0),
        Err(ClientError::TooLong { .. })
    ));
    assert!(client.open(&OpenRequest::exclusive("x".repeat(5000))).is_err());
    // The connection is as good as before, also for the longest there is.
    let most = file
        .ioctl(ECHO, &long[1..], wire::MAX_DATA)
        .unwrap()
        .wait()
        .unwrap();
    assert_eq!(most.data.len(), wire::MAX_DATA);
}

#[test]
fn strangers_are_told_why_they_are_refused() {
    let bed = Bed::new();
    let Address::Tcp(socket, _) = &bed.server.addresses()[0] else {
        panic!("TCP comes first")
    };
    let hello = |version, secret: &'static [u8]| {
        Hello {
            version,
            token: Token::User,
            name: String::new(),
            secret,
        }
        .encode()
        .to_vec()
    };
    for (why, bytes) in [
        ("the secret is wrong", hello(VERSION, &[0; 32])),
        ("the secret is wrong", hello(VERSION, &[])),
        ("not expected here", Request::List.encode(1).to_vec()),
        (
            "longer than the protocol allows",
            [vec![0xFF; 4], vec![0; 12]].concat(),
        ),
    ] {
        let mut stream = TcpStream::connect(socket).unwrap();
        stream.write_all(&bytes).unwrap();
        let frame = Frame::read(&stream).unwrap().unwrap();
        let Ok(Reply::Abort { reason }) = frame.reply() else {
            panic!("no abort: {why}")
        };
        assert!(reason.contains(why), "{reason}");
        assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    }
    let wrong: Address = format!("tcp:{socket}#{}", "00".repeat(32)).parse().unwrap();
    assert!(matches!(Client::connect(&wrong), Err(ClientError::Refused(_))));
}

#[test]
fn a_broken_frame_ends_the_process() {
    let bed = Bed::new();
    let Address::Tcp(socket, _) = &bed.server.addresses()[0] else {
        panic!("TCP comes first")
    };
    let secret: Vec<u8> = {
        let text = bed.server.addresses()[0].to_text();
        let digits = text.split('#').nth(1).unwrap().as_bytes().to_vec();
        digits
            .chunks(2)
            .map(|d| u8::from_str_radix(std::str::from_utf8(d).unwrap(), 16).unwrap())
            .collect()
    };
    let stream = TcpStream::connect(socket).unwrap();
    let hello = Hello {
        version: VERSION,
        token: Token::Admin,
        name: String::new(),
        secret: &secret,
    };
    (&stream).write_all(&hello.encode()).unwrap();
    (&stream)
        .write_all(&Request::Open(OpenRequest::exclusive(r"\\.\loopback")).encode(1))
        .unwrap();
    (&stream)
        .write_all(&Request::Read { handle: 1, len: 5 }.encode(2))
        .unwrap();
    (&stream)
        .write_all(&Request::Read { handle: 1, len: 5 }.encode(2))
        .unwrap();
    let mut replies = Vec::new();
    while let Ok(Some(frame)) = Frame::read(&stream) {
        replies.push(frame);
    }
    let reason = replies.iter().find_map(|frame| match frame.reply() {
        Ok(Reply::Abort { reason }) => Some(reason),
        _ => None,
    });
    assert!(reason.unwrap().contains("request id 2 is in use"));
    eventually("the handle is closed", || bed.closed() == 1);
}

#[cfg(unix)]
#[test]
fn a_socket_file_is_for_its_owner_and_is_taken_over_only_when_dead() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempdir::Dir::new();
    let path = dir.0.join("device");
    let server = || DeviceServer::new("test", Arc::new(Loopback::default()));
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let running = server().unix(&path).unwrap().start().unwrap();
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(server().unix(&path).is_err(), "somebody listens there");
    running.shutdown();
    assert!(!path.exists());
    std::fs::write(&path, "not a socket").unwrap();
    assert!(server().unix(&path).is_err(), "a file is not replaced");
}

#[cfg(unix)]
#[test]
fn an_announced_address_is_for_its_owner_and_goes_with_the_server() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempdir::Dir::new();
    let file = dir.0.join("address");
    let server = || DeviceServer::new("test", Arc::new(Loopback::default()));
    let any = "127.0.0.1:0".parse().unwrap();
    let running = server().tcp_announced(any, &file).unwrap().start().unwrap();
    assert_eq!(
        std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let address: Address = std::fs::read_to_string(&file).unwrap().parse().unwrap();
    assert_eq!(Client::connect(&address).unwrap().devices().unwrap().len(), 1);
    assert!(
        server().tcp_announced(any, &file).is_err(),
        "it is another server's"
    );
    running.shutdown();
    assert!(!file.exists());
}

/// A server whose every byte is ours: it follows a script and ends after `limit` bytes.
fn scripted(limit: usize) -> (Address, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let text = format!("tcp:{}#{}", listener.local_addr().unwrap(), "00".repeat(32));
    let thread = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(SECOND)).unwrap();
        let done = |status, information, data: &[u8], id| {
            Reply::Completion {
                status,
                information,
                data,
            }
            .encode(id)
        };
        let script = [
            Reply::Welcome {
                version: VERSION,
                name: "liar".into(),
            }
            .encode(0),
            done(Status::SUCCESS, 1, &[], 1),
            done(Status::SUCCESS, 3, b"abc", 2),
            done(Status::SUCCESS, 0, &[], 3),
        ];
        let mut left = limit;
        for frame in &script {
            if !matches!(Frame::read(&stream), Ok(Some(_))) {
                return;
            }
            let part = &frame[..left.min(frame.len())];
            (&stream).write_all(part).unwrap();
            left -= part.len();
            if part.len() < frame.len() {
                return;
            }
        }
        // Read on until the client goes.
        while matches!(Frame::read(&stream), Ok(Some(_))) {}
    });
    (text.parse().unwrap(), thread)
}

#[test]
fn a_server_that_dies_at_any_byte_leaves_nobody_waiting() {
    let whole = 16 + 8 + 28 + 31 + 28;
    for limit in 0..=whole {
        let (address, server) = scripted(limit);
        let start = Instant::now();
        let outcome = (|| {
            let client = Client::connect(&address)?;
            let file = client.open(&OpenRequest::exclusive("x"))?;
            let read = file.read(3)?.wait()?;
            assert_eq!(read.data, b"abc");
            file.close()
        })();
        assert_eq!(outcome.is_ok(), limit == whole, "{limit}: {outcome:?}");
        assert!(start.elapsed() < LONG, "{limit}");
        server.join().unwrap();
    }
}

#[test]
fn a_lying_server_is_found_out() {
    let completion = |id, data: &[u8]| {
        Reply::Completion {
            status: Status::SUCCESS,
            information: 0,
            data,
        }
        .encode(id)
        .to_vec()
    };
    for (why, bytes) in [
        ("an id that nobody asked for", completion(77, &[])),
        ("more data than there is room for", completion(1, &[0; 4])),
        ("a request", Request::List.encode(1).to_vec()),
        (
            "a second greeting",
            Reply::Welcome {
                version: VERSION,
                name: String::new(),
            }
            .encode(0)
            .to_vec(),
        ),
        ("noise", vec![0xA5; 40]),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let text = format!("tcp:{}#{}", listener.local_addr().unwrap(), "00".repeat(32));
        let server = std::thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            Frame::read(&stream).unwrap().unwrap();
            (&stream)
                .write_all(
                    &Reply::Welcome {
                        version: VERSION,
                        name: String::new(),
                    }
                    .encode(0),
                )
                .unwrap();
            Frame::read(&stream).unwrap().unwrap();
            (&stream).write_all(&bytes).unwrap();
            while matches!(Frame::read(&stream), Ok(Some(_))) {}
        });
        let client = Client::connect(&text.parse().unwrap()).unwrap();
        assert!(client.open(&OpenRequest::exclusive("x")).is_err(), "{why}");
        assert!(client.devices().is_err(), "{why}: the connection is done for");
        drop(client);
        server.join().unwrap();
    }
}
