//! What can go wrong with a device, sorted by who can do something about it.

use ovpn_dco_uapi::{Ioctl, UnknownValue};

use super::{CallName, Failure};

/// Why a call of [`Device`](super::Device) failed. [`DeviceError::blame`] says who can do something about it.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    // The caller.
    /// An argument is out of range. Where `source` is `None` the driver was not asked.
    #[error("{call}: {why}")]
    Argument {
        /// The call.
        call: CallName,
        /// What is wrong with it.
        why: String,
        /// What the driver said.
        #[source]
        source: Option<Failure>,
    },
    /// The call does not fit what was called before.
    #[error("{call} is not possible now: {why}")]
    State {
        /// The call.
        call: CallName,
        /// What stands in its way.
        why: &'static str,
        /// What the driver said.
        #[source]
        source: Failure,
    },
    /// There is no such peer, or no such route.
    #[error("{call}: the driver has no such peer or route")]
    NotFound {
        /// The call.
        call: CallName,
        /// What the driver said.
        #[source]
        source: Failure,
    },
    /// The peer-id, or one of the new peer's addresses, is taken.
    #[error("{call}: peer-id or address belongs to another peer")]
    Exists {
        /// The call.
        call: CallName,
        /// What the driver said.
        #[source]
        source: Failure,
    },
    /// The call was cancelled: by [`Cancel`](super::Cancel), by `DEL_PEER`, or because the device was closed.
    #[error("{call} was cancelled")]
    Cancelled {
        /// The call.
        call: CallName,
    },
    /// The time for the call was over.
    #[error("{call} took longer than it was given")]
    TimedOut {
        /// The call.
        call: CallName,
    },

    // Another program.
    /// Another program has the adapter open.
    #[error("the adapter is in use: another program, perhaps another OpenVPN connection, has it open")]
    InUse {
        /// What the system said.
        #[source]
        source: Failure,
    },

    // The driver's version.
    /// The driver is there, but does not offer this.
    #[error("the driver does not offer {call}{}", .needs.map(|n| format!(" (needs {n})")).unwrap_or_default())]
    NotSupported {
        /// The call.
        call: CallName,
        /// What it would take.
        needs: Option<&'static str>,
        /// What the driver said.
        #[source]
        source: Failure,
    },
    /// The driver's answer is not what this version of the library understands.
    #[error("{call}: the driver's answer is not understood: {why}")]
    Unexpected {
        /// The call.
        call: CallName,
        /// What is wrong with it.
        why: String,
    },

    // The network.
    /// Nothing was heard from the peer for the keepalive timeout.
    #[error("nothing was heard from the peer for the keepalive timeout")]
    PeerTimeout,
    /// The TCP connection was closed or reset by the peer.
    #[error("the peer closed the connection")]
    ConnectionClosed,
    /// The transport socket refused: no route, connection refused, address in use.
    #[error("{call}: {why}")]
    Transport {
        /// The call.
        call: CallName,
        /// In words.
        why: &'static str,
        /// What the driver said.
        #[source]
        source: Failure,
    },

    // The system.
    /// The driver is not installed, or its service is not running.
    #[error("the driver is not there: {why}")]
    NoDriver {
        /// What was tried, and what to do.
        why: String,
        /// What the system said.
        #[source]
        source: Option<Failure>,
    },
    /// The driver has no adapter.
    #[error("there is no ovpn-dco adapter; create one (\"ovpn-dco-cli adapter create\")")]
    NoAdapter,
    /// The device is gone: removed, stopped, or the process behind it has ended.
    #[error("{call}: the device is gone ({source})")]
    Gone {
        /// The call.
        call: CallName,
        /// What the system said.
        source: Failure,
    },
    /// The system refused for another reason.
    #[error("{call} failed: {source}")]
    System {
        /// The call.
        call: CallName,
        /// What the system said.
        source: Failure,
    },
}

/// Who can do something about a [`DeviceError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Blame {
    /// The program that made the call.
    Caller,
    /// Whoever runs the other program that has the adapter open.
    OtherProgram,
    /// Whoever installs drivers: it does not go with this library.
    DriverVersion,
    /// The peer, or the network between.
    Network,
    /// Whoever looks after this system.
    System,
}

impl DeviceError {
    /// Who can do something about it.
    #[must_use]
    pub fn blame(&self) -> Blame {
        match self {
            DeviceError::Argument { .. }
            | DeviceError::State { .. }
            | DeviceError::NotFound { .. }
            | DeviceError::Exists { .. }
            | DeviceError::Cancelled { .. }
            | DeviceError::TimedOut { .. } => Blame::Caller,
            DeviceError::InUse { .. } => Blame::OtherProgram,
            DeviceError::NotSupported { .. } | DeviceError::Unexpected { .. } => Blame::DriverVersion,
            DeviceError::PeerTimeout | DeviceError::ConnectionClosed | DeviceError::Transport { .. } => {
                Blame::Network
            }
            DeviceError::NoDriver { .. }
            | DeviceError::NoAdapter
            | DeviceError::Gone { .. }
            | DeviceError::System { .. } => Blame::System,
        }
    }

    /// The Win32 error that it comes from, if a system call failed.
    #[must_use]
    pub fn win32_error(&self) -> Option<u32> {
        match self {
            DeviceError::Argument { source, .. } | DeviceError::NoDriver { source, .. } => source.as_ref(),
            DeviceError::State { source, .. }
            | DeviceError::NotFound { source, .. }
            | DeviceError::Exists { source, .. }
            | DeviceError::InUse { source }
            | DeviceError::NotSupported { source, .. }
            | DeviceError::Transport { source, .. }
            | DeviceError::Gone { source, .. }
            | DeviceError::System { source, .. } => Some(source),
            DeviceError::PeerTimeout => return Some(64),
            DeviceError::ConnectionClosed => return Some(1236),
            DeviceError::Cancelled { .. } => return Some(995),
            DeviceError::TimedOut { .. } | DeviceError::Unexpected { .. } | DeviceError::NoAdapter => None,
        }
        .map(Failure::win32_error)
    }

    pub(crate) fn argument(call: CallName, why: impl Into<String>) -> Self {
        DeviceError::Argument {
            call,
            why: why.into(),
            source: None,
        }
    }

    pub(crate) fn unexpected(call: CallName, why: impl Into<String>) -> Self {
        DeviceError::Unexpected {
            call,
            why: why.into(),
        }
    }

    pub(crate) fn unknown_value(call: CallName, unknown: UnknownValue) -> Self {
        Self::unexpected(call, unknown.to_string())
    }

    /// What a Win32 error means for a call. The same number means different things for different calls.
    pub(crate) fn from_failure(call: CallName, source: Failure) -> Self {
        use CallName as C;
        let state = |why| DeviceError::State {
            call,
            why,
            source: source.clone(),
        };
        let transport = |why| DeviceError::Transport {
            call,
            why,
            source: source.clone(),
        };
        match (source.win32_error(), call) {
            (995, _) => DeviceError::Cancelled { call },
            // ERROR_NETNAME_DELETED, ERROR_CONNECTION_ABORTED
            (64, C::Read) => DeviceError::PeerTimeout,
            (1236, C::Read | C::Write) => DeviceError::ConnectionClosed,
            (5, C::Open) => DeviceError::InUse { source },
            // ERROR_DEVICE_NOT_CONNECTED, ERROR_INVALID_HANDLE, ERROR_DEVICE_REMOVED, ERROR_NOT_READY
            (1167 | 6 | 1617 | 21, _) => DeviceError::Gone { call, source },
            // ERROR_INVALID_FUNCTION: the code is unknown, or what the call is about is missing.
            (1, C::Ioctl(ioctl)) => match missing(ioctl) {
                Missing::Peer => state("there is no peer"),
                Missing::Support(needs) => DeviceError::NotSupported { call, needs, source },
            },
            (50, _) => DeviceError::NotSupported {
                call,
                needs: None,
                source,
            },
            // ERROR_BAD_COMMAND
            (22, C::Read | C::Write) => state("there is no transport; make a peer first"),
            (22, C::Ioctl(Ioctl::SwapKeys | Ioctl::MpSwapKeys)) => state("the secondary key slot is empty"),
            (22, C::Ioctl(_)) => state("the adapter is in the other mode"),
            (1247, C::Ioctl(Ioctl::SetMode)) => state("the adapter is in multipeer mode already"),
            (1247, _) => state("the server's socket is open already"),
            // ERROR_FILE_NOT_FOUND, ERROR_NOT_FOUND, ERROR_OBJECT_ALREADY_EXISTS
            (2 | 1168, C::Ioctl(_)) => DeviceError::NotFound { call, source },
            (5010, _) => DeviceError::Exists { call, source },
            // ERROR_INVALID_PARAMETER, ERROR_INVALID_USER_BUFFER, ERROR_INSUFFICIENT_BUFFER, ERROR_UNEXP_NET_ERR
            (code @ (87 | 1784 | 122 | 59), C::Ioctl(_) | C::UnknownIoctl(_) | C::Read | C::Write) => {
                let why = match code {
                    122 => "a buffer is too small",
                    1784 => "the length is not allowed",
                    59 => "the address is malformed",
                    _ => "an argument is out of range",
                };
                DeviceError::Argument {
                    call,
                    why: why.into(),
                    source: Some(source),
                }
            }
            (1225, _) => transport("the peer refused the connection"),
            (1227 | 52, _) => transport("the local address is in use"),
            (1231, _) => transport("there is no route to the peer's network"),
            (1232, _) => transport("there is no route to the peer"),
            (1236, _) => transport("the connection was aborted"),
            (121, _) => transport("the peer did not answer in time"),
            _ => DeviceError::System { call, source },
        }
    }
}

enum Missing {
    Peer,
    Support(Option<&'static str>),
}

/// What `ERROR_INVALID_FUNCTION` says of a control code whose arguments are right.
fn missing(ioctl: Ioctl) -> Missing {
    match ioctl {
        Ioctl::SwapKeys | Ioctl::MpSwapKeys | Ioctl::SetPeer | Ioctl::MpSetPeer | Ioctl::StartVpn => {
            Missing::Peer
        }
        Ioctl::NewKey => Missing::Support(Some("a system with this cipher")),
        Ioctl::NewKeyV2 => Missing::Support(Some("version 2.8, and a system with this cipher")),
        Ioctl::GetPeerStats => Missing::Support(Some("version 2.7")),
        Ioctl::SetMode
        | Ioctl::MpStartVpn
        | Ioctl::MpNewPeer
        | Ioctl::MpDelPeer
        | Ioctl::MpAddIroute
        | Ioctl::MpDelIroute
        | Ioctl::NotifyEvent => Missing::Support(Some("version 2.0")),
        Ioctl::NewPeer | Ioctl::GetStats | Ioctl::DelPeer | Ioctl::GetVersion => Missing::Support(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ovpn_dco_uapi::NtStatus;

    #[test]
    fn the_same_number_means_what_the_call_makes_of_it() {
        let on = |call, status| DeviceError::from_failure(call, Failure::from_status(status));
        let ioctl = CallName::Ioctl;
        for (error, blame, text) in [
            (
                on(CallName::Open, NtStatus::ACCESS_DENIED),
                Blame::OtherProgram,
                "is in use",
            ),
            (
                on(CallName::Read, NtStatus::CONNECTION_DISCONNECTED),
                Blame::Network,
                "keepalive timeout",
            ),
            (
                on(CallName::Read, NtStatus::CONNECTION_ABORTED),
                Blame::Network,
                "peer closed",
            ),
            (
                on(CallName::Write, NtStatus::INVALID_DEVICE_STATE),
                Blame::Caller,
                "make a peer first",
            ),
            (
                on(ioctl(Ioctl::SwapKeys), NtStatus::INVALID_DEVICE_REQUEST),
                Blame::Caller,
                "there is no peer",
            ),
            (
                on(ioctl(Ioctl::GetPeerStats), NtStatus::INVALID_DEVICE_REQUEST),
                Blame::DriverVersion,
                "needs version 2.7",
            ),
            (
                on(ioctl(Ioctl::NewPeer), NtStatus::CONNECTION_REFUSED),
                Blame::Network,
                "refused the connection",
            ),
            (
                on(ioctl(Ioctl::NewKey), NtStatus::OBJECTID_NOT_FOUND),
                Blame::Caller,
                "no such peer",
            ),
            (
                on(ioctl(Ioctl::MpNewPeer), NtStatus::OBJECTID_EXISTS),
                Blame::Caller,
                "another peer",
            ),
            (
                on(ioctl(Ioctl::SetPeer), NtStatus::DEVICE_NOT_CONNECTED),
                Blame::System,
                "gone",
            ),
            (
                on(ioctl(Ioctl::NewKey), NtStatus::NO_MEMORY),
                Blame::System,
                "OVPN_IOCTL_NEW_KEY failed",
            ),
        ] {
            assert_eq!(error.blame(), blame, "{error}");
            assert!(error.to_string().contains(text), "{error}");
        }
    }

    #[test]
    fn the_win32_error_stays_at_hand() {
        for status in NtStatus::ALL.iter().filter(|status| !status.is_success()) {
            for ioctl in Ioctl::ALL {
                let error = DeviceError::from_failure(CallName::Ioctl(ioctl), Failure::from_status(*status));
                assert_eq!(
                    error.win32_error(),
                    Some(status.win32_error()),
                    "{ioctl} {status}"
                );
            }
        }
    }
}
