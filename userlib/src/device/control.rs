//! Control packets, and events: what the device reports by itself.

use std::net::SocketAddr;

use ovpn_dco_uapi::limits::{CONTROL_WRITE_MAX, READ_BUFFER, WRITE_BUFFER};
use ovpn_dco_uapi::{Event, Ioctl, Mode, NotifyEvent, put_sockaddr, split_sockaddr};

use super::calls::parse;
use super::{Call, CallName, Device, DeviceError, InFlight, Outcome, PROMPT, Wait, cancel};

/// An OpenVPN control packet that the device has received.
#[derive(Clone, PartialEq, Eq)]
pub struct ControlPacket {
    /// Who sent it: in multipeer mode. A point-to-point device has one peer.
    pub from: Option<SocketAddr>,
    /// The packet, from its opcode on.
    pub payload: Vec<u8>,
}

impl std::fmt::Debug for ControlPacket {
    /// Without the payload, which is not for logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ControlPacket({} bytes", self.payload.len())?;
        match self.from {
            Some(from) => write!(f, " from {from})"),
            None => f.write_str(")"),
        }
    }
}

impl Device {
    /// `ReadFile`: waits for one control packet. For reading on and on, [`Device::control_reader`] is better: it keeps
    /// a read in flight between calls, by which the driver can report the end of the connection at any time.
    ///
    /// # Errors
    /// [`DeviceError::PeerTimeout`] or [`DeviceError::ConnectionClosed`] at the end of the connection,
    /// [`DeviceError::State`] without a peer, [`DeviceError::TimedOut`], [`DeviceError::Cancelled`].
    pub fn read_control(&self, wait: Wait<'_>) -> Result<ControlPacket, DeviceError> {
        let outcome = self
            .inner
            .run(CallName::Read, Call::Read { len: READ_BUFFER }, wait)?;
        self.control_packet(outcome)
    }

    /// Reads control packets one after another.
    #[must_use]
    pub fn control_reader(&self) -> ControlReader {
        ControlReader {
            device: self.clone(),
            standing: None,
        }
    }

    /// `WriteFile`: sends a control packet to the only peer. Over TCP it returns when the packet is sent.
    ///
    /// # Errors
    /// [`DeviceError::Argument`] if the packet is empty or longer than
    /// [`CONTROL_WRITE_MAX`], or in multipeer mode;
    /// [`DeviceError::State`] without a peer; [`DeviceError::Transport`] if the network refuses.
    pub fn write_control(&self, packet: &[u8]) -> Result<(), DeviceError> {
        if self.mode() == Mode::MultiPeer {
            return Err(DeviceError::argument(
                CallName::Write,
                "a multipeer device needs to know whom to write to",
            ));
        }
        check_packet(packet)?;
        self.write(packet)
    }

    /// `WriteFile` in multipeer mode: sends a control packet to `to`.
    ///
    /// # Errors
    /// As [`Device::write_control`]; [`DeviceError::Argument`] in point-to-point mode.
    pub fn write_control_to(&self, to: SocketAddr, packet: &[u8]) -> Result<(), DeviceError> {
        if self.mode() == Mode::PointToPoint {
            return Err(DeviceError::argument(
                CallName::Write,
                "a point-to-point device has one peer only",
            ));
        }
        check_packet(packet)?;
        let mut buffer = [0; WRITE_BUFFER];
        let fits = "a packet of a checked length and an address fit the buffer made for them";
        let address = put_sockaddr(to, &mut buffer).expect(fits);
        let end = address + packet.len();
        buffer[address..end].copy_from_slice(packet);
        self.write(&buffer[..end])
    }

    fn write(&self, data: &[u8]) -> Result<(), DeviceError> {
        let outcome = self
            .inner
            .run(CallName::Write, Call::Write { data }, Wait::at_most(PROMPT))?;
        match outcome.failure {
            Some(failure) => Err(DeviceError::from_failure(CallName::Write, failure)),
            None if outcome.information == data.len() => Ok(()),
            None => {
                let why = format!("{} of {} bytes were taken", outcome.information, data.len());
                Err(DeviceError::unexpected(CallName::Write, why))
            }
        }
    }

    /// `NOTIFY_EVENT`: waits for one event. [`Device::event_reader`] is for reading on and on.
    ///
    /// # Errors
    /// [`DeviceError::NotSupported`] by a driver before 2.0, [`DeviceError::Unexpected`] for an event that this library
    /// does not know, [`DeviceError::TimedOut`], [`DeviceError::Cancelled`].
    pub fn next_event(&self, wait: Wait<'_>) -> Result<Event, DeviceError> {
        event(
            &self
                .inner
                .ioctl(Ioctl::NotifyEvent, &[], size_of::<NotifyEvent>(), wait)?,
        )
    }

    /// Reads events one after another.
    #[must_use]
    pub fn event_reader(&self) -> EventReader {
        EventReader {
            device: self.clone(),
            standing: None,
        }
    }

    fn control_packet(&self, outcome: Outcome) -> Result<ControlPacket, DeviceError> {
        if let Some(failure) = outcome.failure {
            return Err(DeviceError::from_failure(CallName::Read, failure));
        }
        if self.mode() == Mode::PointToPoint {
            return Ok(ControlPacket {
                from: None,
                payload: outcome.data,
            });
        }
        let (from, payload) = split_sockaddr(&outcome.data).map_err(|_| {
            DeviceError::unexpected(
                CallName::Read,
                "there is no socket address in front of the packet",
            )
        })?;
        Ok(ControlPacket {
            from: Some(from),
            payload: payload.to_vec(),
        })
    }
}

fn check_packet(packet: &[u8]) -> Result<(), DeviceError> {
    if (1..=CONTROL_WRITE_MAX).contains(&packet.len()) {
        return Ok(());
    }
    let why = format!(
        "a control packet has 1 to {CONTROL_WRITE_MAX} bytes, not {}",
        packet.len()
    );
    Err(DeviceError::argument(CallName::Write, why))
}

fn event(output: &[u8]) -> Result<Event, DeviceError> {
    let raw: NotifyEvent = parse(Ioctl::NotifyEvent, output)?;
    raw.event()
        .map_err(|unknown| DeviceError::unknown_value(CallName::Ioctl(Ioctl::NotifyEvent), unknown))
}

/// Reads control packets with one read always in flight: from the first [`ControlReader::recv`] until one fails or this
/// is dropped.
pub struct ControlReader {
    device: Device,
    standing: Option<Box<dyn InFlight>>,
}

impl ControlReader {
    /// Waits for a packet; `None` if the time is over first. The read stays in flight then.
    ///
    /// # Errors
    /// As [`Device::read_control`] but for the time limit. Pulling [`Cancel`](super::Cancel) cancels the read; calling
    /// again makes another.
    pub fn recv(&mut self, wait: Wait<'_>) -> Result<Option<ControlPacket>, DeviceError> {
        let name = CallName::Read;
        let device = &self.device;
        let begin = || device.inner.begin(name, Call::Read { len: READ_BUFFER });
        let outcome = stand(&mut self.standing, name, begin, wait)?;
        outcome.map(|outcome| device.control_packet(outcome)).transpose()
    }
}

/// Reads events with one request always in flight: from the first [`EventReader::recv`] until one fails or this is
/// dropped.
pub struct EventReader {
    device: Device,
    standing: Option<Box<dyn InFlight>>,
}

impl EventReader {
    /// Waits for an event; `None` if the time is over first. The request stays in flight then.
    ///
    /// # Errors
    /// As [`Device::next_event`] but for the time limit. Pulling [`Cancel`](super::Cancel) cancels the request; calling
    /// again makes another.
    pub fn recv(&mut self, wait: Wait<'_>) -> Result<Option<Event>, DeviceError> {
        let name = CallName::Ioctl(Ioctl::NotifyEvent);
        let call = Call::Ioctl {
            code: Ioctl::NotifyEvent.code(),
            input: &[],
            output_len: size_of::<NotifyEvent>(),
        };
        let device = &self.device;
        let outcome = stand(&mut self.standing, name, || device.inner.begin(name, call), wait)?;
        match outcome {
            None => Ok(None),
            Some(Outcome {
                failure: Some(failure),
                ..
            }) => Err(DeviceError::from_failure(name, failure)),
            Some(outcome) => event(&outcome.data).map(Some),
        }
    }
}

/// Waits for the call that stands, or makes it first. It stands on if the time is over.
fn stand(
    standing: &mut Option<Box<dyn InFlight>>,
    name: CallName,
    begin: impl FnOnce() -> Result<Box<dyn InFlight>, DeviceError>,
    wait: Wait<'_>,
) -> Result<Option<Outcome>, DeviceError> {
    let mut call = match standing.take() {
        Some(call) => call,
        None => begin()?,
    };
    match cancel::patient(&mut *call, wait) {
        cancel::Ended::Done(outcome) => Ok(Some(outcome)),
        cancel::Ended::Cancelled => Err(DeviceError::Cancelled { call: name }),
        cancel::Ended::TimedOut => {
            *standing = Some(call);
            Ok(None)
        }
    }
}
