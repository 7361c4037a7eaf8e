//! From a connection that has just been made to a caller whose requests are served.

use std::collections::HashMap;
use std::io::Write;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use crate::address::{Address, Listener, Secret};
use crate::device::Caller;
use crate::wire::{self, Frame, Reply};

use super::connection::Connection;
use super::process::Process;
use super::{GREETING, MAX_CONNECTIONS, Server, lock};

pub(super) fn accept(server: &Arc<Server>, listener: &Listener, address: &Address) {
    while !server.stop.load(Ordering::Acquire) {
        let stream = match listener.accept() {
            Ok(stream) => stream,
            Err(error) => {
                tracing::warn!(%address, %error, "accept failed");
                std::thread::sleep(Duration::from_millis(50));
                continue;
            }
        };
        if server.stop.load(Ordering::Acquire) {
            return;
        }
        let number = server.next_connection.fetch_add(1, Ordering::Relaxed);
        let connection = Arc::new(Connection {
            number,
            stream,
            pending: Mutex::default(),
            outbox: Mutex::default(),
            changed: Condvar::new(),
        });
        {
            let mut connections = lock(&server.connections);
            if connections.len() >= MAX_CONNECTIONS {
                tracing::warn!(%address, "too many connections");
                continue;
            }
            connections.insert(number, Arc::clone(&connection));
        }
        let secret = match address {
            Address::Tcp(_, secret) => Some(secret.clone()),
            Address::Unix(_) => None,
        };
        let for_thread = Arc::clone(server);
        let thread = std::thread::Builder::new().name(format!("devsock-{number}"));
        if let Err(error) = thread.spawn(move || serve(&for_thread, &connection, secret.as_ref())) {
            tracing::warn!(%error, "no thread for a connection");
            lock(&server.connections).remove(&number);
            server.ended.notify_all();
        }
    }
}

/// A connection's thread, from greeting to the last closed handle.
fn serve(server: &Arc<Server>, connection: &Arc<Connection>, secret: Option<&Secret>) {
    match greet(server, connection, secret) {
        Ok(caller) => {
            tracing::debug!(connection = connection.number, name = caller.name, "connected");
            serve_greeted(server, connection, caller);
        }
        Err(refusal) => {
            tracing::warn!(connection = connection.number, refusal, "refused");
            let frame = Reply::Abort { reason: refusal }.encode(0);
            let _ = (&connection.stream).write_all(&frame);
        }
    }
    connection.stream.shutdown();
    lock(&server.connections).remove(&connection.number);
    server.ended.notify_all();
}

/// Reads the greeting and finds out who calls; the error is what the client is told.
fn greet(server: &Server, connection: &Connection, secret: Option<&Secret>) -> Result<Caller, String> {
    let stream = &connection.stream;
    let peer = stream.peer();
    if secret.is_none() && !peer.is_some_and(|(uid, _)| uid_allowed(uid)) {
        return Err("only the user who runs the device and root may connect".into());
    }
    stream
        .set_read_timeout(Some(GREETING))
        .map_err(|e| e.to_string())?;
    let frame = Frame::read(stream)
        .map_err(|e| format!("no greeting: {e}"))?
        .ok_or("no greeting")?;
    stream.set_read_timeout(None).map_err(|e| e.to_string())?;
    let hello = frame.hello().map_err(|e| e.to_string())?;
    if secret.is_some_and(|secret| !secret.matches(hello.secret)) {
        return Err("the secret is wrong".into());
    }
    if hello.version != wire::VERSION {
        return Err(format!(
            "protocol version {} is wanted, {} is spoken",
            hello.version,
            wire::VERSION
        ));
    }
    let welcome = Reply::Welcome {
        version: wire::VERSION,
        name: server.name.clone(),
    };
    connection.send(welcome.encode(0));
    Ok(Caller {
        connection: connection.number,
        token: hello.token,
        name: hello.name,
        pid: peer.map(|(_, pid)| pid),
    })
}

#[cfg(unix)]
fn uid_allowed(uid: u32) -> bool {
    uid == 0 || uid == rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
fn uid_allowed(_uid: u32) -> bool {
    false
}

fn serve_greeted(server: &Arc<Server>, connection: &Arc<Connection>, caller: Caller) {
    let writing = Arc::clone(connection);
    let thread = std::thread::Builder::new().name(format!("devsock-{}-out", connection.number));
    let Ok(writer) = thread.spawn(move || writing.write_out()) else {
        return;
    };

    let mut process = Process {
        server,
        connection,
        caller,
        handles: HashMap::new(),
        next_handle: 1,
    };
    if let Err(reason) = process.run() {
        tracing::warn!(connection = connection.number, reason, "connection aborted");
        connection.send(Reply::Abort { reason }.encode(0));
    }
    // The process is gone: its handles are closed, as the object manager would.
    server.backend.process_ended(&process.caller);
    for handle in std::mem::take(&mut process.handles).into_values() {
        server.backend.close(handle);
    }
    connection.close_outbox();
    let _ = writer.join();
}

#[cfg(all(test, unix))]
mod tests {
    use super::uid_allowed;

    #[test]
    pub(super) fn the_same_user_and_root_may_connect() {
        let me = rustix::process::geteuid().as_raw();
        assert!(uid_allowed(me) && uid_allowed(0));
        assert!(!uid_allowed(me + 1) && !uid_allowed(65_534));
    }
}
