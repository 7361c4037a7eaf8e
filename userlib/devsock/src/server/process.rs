//! The requests of one client process.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::device::{Caller, OpenRequest};
use crate::status::Status;
use crate::wire::{self, Frame, Request};

use super::connection::{Connection, InFlight};
use super::{Completion, HandleId, MAX_HANDLES, MAX_PENDING, RequestId, Server, lock};

/// The calling process, as an operating system would keep it.
pub(super) struct Process<'a> {
    pub(super) server: &'a Arc<Server>,
    pub(super) connection: &'a Arc<Connection>,
    pub(super) caller: Caller,
    pub(super) handles: HashMap<u64, HandleId>,
    pub(super) next_handle: u64,
}

impl Process<'_> {
    /// Serves requests until the stream ends; the error is what the client is told.
    pub(super) fn run(&mut self) -> Result<(), String> {
        loop {
            if !self.connection.wait_for_room() {
                return Ok(());
            }
            let frame = match Frame::read(&self.connection.stream) {
                Ok(Some(frame)) => frame,
                Ok(None) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::InvalidData => return Err(error.to_string()),
                Err(_) => return Ok(()),
            };
            let request = frame.request().map_err(|e| e.to_string())?;
            self.handle(frame.id, request)?;
        }
    }

    pub(super) fn handle(&mut self, id: u64, request: Request<'_>) -> Result<(), String> {
        let backend = Arc::clone(&self.server.backend);
        match request {
            Request::Ioctl {
                handle,
                code,
                output_len,
                input,
            } => {
                self.begin(id, handle, output_len, |target, request, completion| {
                    backend.ioctl(target, request, code, input, to_len(output_len), completion);
                })?;
            }
            Request::Read { handle, len } => {
                self.begin(id, handle, len, |target, request, completion| {
                    backend.read(target, request, to_len(len), completion);
                })?;
            }
            Request::Write { handle, data } => {
                self.begin(id, handle, 0, |target, request, completion| {
                    backend.write(target, request, data, completion);
                })?;
            }
            Request::Cancel { handle, target } => {
                let (status, count) = self.cancel(handle, target);
                self.connection.reply(id, status, count, &[]);
            }
            Request::Open(open) => match self.open(&open) {
                Ok(handle) => self.connection.reply(id, Status::SUCCESS, handle, &[]),
                Err(status) => self.connection.reply(id, status, 0, &[]),
            },
            Request::Close { handle } => {
                let status = match self.handles.remove(&handle) {
                    Some(target) => {
                        backend.close(target);
                        Status::SUCCESS
                    }
                    None => Status::INVALID_HANDLE,
                };
                self.connection.reply(id, status, 0, &[]);
            }
            Request::List => {
                self.connection
                    .reply_list(id, &wire::encode_devices(&backend.devices()));
            }
            Request::Properties { handle } => match self.handles.get(&handle) {
                Some(target) => {
                    self.connection
                        .reply_list(id, &wire::encode_properties(&backend.properties(*target)));
                }
                None => self.connection.reply(id, Status::INVALID_HANDLE, 0, &[]),
            },
            Request::Create { hardware_id, name } => {
                match backend.create(&self.caller, &hardware_id, &name) {
                    Ok(device) => self.connection.reply_list(id, &wire::encode_devices(&[device])),
                    Err(status) => self.connection.reply(id, status, 0, &[]),
                }
            }
            Request::Remove { instance_id } => {
                let status = backend
                    .remove(&self.caller, &instance_id)
                    .err()
                    .unwrap_or(Status::SUCCESS);
                self.connection.reply(id, status, 0, &[]);
            }
        }
        Ok(())
    }

    pub(super) fn open(&mut self, open: &OpenRequest) -> Result<u64, Status> {
        if self.handles.len() >= MAX_HANDLES {
            return Err(Status::INSUFFICIENT_RESOURCES);
        }
        let target = self.server.backend.open(&self.caller, open)?;
        let handle = self.next_handle;
        self.next_handle += 1;
        self.handles.insert(handle, target);
        Ok(handle)
    }

    /// Registers a request that may pend, and hands it to the backend.
    pub(super) fn begin(
        &self,
        id: u64,
        handle: u64,
        output_len: u32,
        call: impl FnOnce(HandleId, RequestId, Completion),
    ) -> Result<(), String> {
        let Some(target) = self.handles.get(&handle) else {
            self.connection.reply(id, Status::INVALID_HANDLE, 0, &[]);
            return Ok(());
        };
        let request = RequestId(self.server.next_request.fetch_add(1, Ordering::Relaxed));
        {
            let mut pending = lock(&self.connection.pending);
            if pending.contains_key(&id) {
                return Err(format!("request id {id} is in use"));
            }
            if pending.len() >= MAX_PENDING {
                drop(pending);
                self.connection.reply(id, Status::INSUFFICIENT_RESOURCES, 0, &[]);
                return Ok(());
            }
            pending.insert(id, InFlight { request, handle });
        }
        let connection = Arc::clone(self.connection);
        call(
            *target,
            request,
            Completion {
                connection,
                id,
                output_len: to_len(output_len),
                done: false,
            },
        );
        Ok(())
    }

    /// Asks the backend to end one request or all of a handle; says how many that were.
    pub(super) fn cancel(&self, handle: u64, target: u64) -> (Status, u64) {
        let Some(of) = self.handles.get(&handle) else {
            return (Status::INVALID_HANDLE, 0);
        };
        let mut requests: Vec<RequestId> = lock(&self.connection.pending)
            .iter()
            .filter(|(id, in_flight)| in_flight.handle == handle && (target == 0 || target == **id))
            .map(|(_, in_flight)| in_flight.request)
            .collect();
        requests.sort_unstable();
        for request in &requests {
            self.server.backend.cancel(*of, *request);
        }
        let status = if requests.is_empty() {
            Status::NOT_FOUND
        } else {
            Status::SUCCESS
        };
        (status, requests.len() as u64)
    }
}

/// The wire's limits keep lengths far below what any `usize` holds.
fn to_len(len: u32) -> usize {
    usize::try_from(len).unwrap_or(usize::MAX)
}
