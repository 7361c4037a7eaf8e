//! The driver on Windows: adapters by SetupAPI and CfgMgr, calls by overlapped I/O.
//!
//! [`Windows`] is the [`Host`]. `io` has the calls, `discovery` finds adapters as OpenVPN does, `install` makes and
//! removes them as OpenVPN's `tapctl` does. These three modules are the only ones with `unsafe` in this library, one
//! system call in each block.

#![allow(unsafe_code)]

mod discovery;
mod install;
mod io;

use std::fs::{File, OpenOptions};
use std::io::Error;
use std::os::windows::fs::OpenOptionsExt;

use windows_sys::Win32::Foundation::{
    ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND, GENERIC_READ, GENERIC_WRITE,
};
use windows_sys::Win32::Storage::FileSystem::{
    FILE_ATTRIBUTE_SYSTEM, FILE_FLAG_OVERLAPPED, FILE_SHARE_READ, FILE_SHARE_WRITE,
};

use super::host::Adapter;
use super::{Backend, CallName, DeviceError, Failure, Host};

/// This Windows.
pub struct Windows;

impl Host for Windows {
    fn adapters(&self) -> Result<Vec<Adapter>, DeviceError> {
        discovery::adapters().map_err(|error| system_error(&error))
    }

    fn open(&self, path: &str, exclusive: bool) -> Result<Box<dyn Backend>, DeviceError> {
        match open_file(path, exclusive) {
            Ok(file) => Ok(Box::new(io::Handle::new(file.into()))),
            Err(error) => Err(open_error(path, &error)),
        }
    }

    fn create_adapter(&self, name: &str) -> Result<Adapter, DeviceError> {
        install::create(name).map_err(|error| system_error(&error))
    }

    fn delete_adapter(&self, adapter: &Adapter) -> Result<(), DeviceError> {
        install::delete(&adapter.instance_id).map_err(|error| system_error(&error))
    }
}

/// `CreateFile` as OpenVPN calls it; or, to ask the version device something, so that others may do so too.
fn open_file(path: &str, exclusive: bool) -> Result<File, Error> {
    let (access, share) = match exclusive {
        true => (GENERIC_READ | GENERIC_WRITE, 0),
        false => (GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE),
    };
    OpenOptions::new()
        .access_mode(access)
        .share_mode(share)
        .attributes(FILE_ATTRIBUTE_SYSTEM)
        .custom_flags(FILE_FLAG_OVERLAPPED)
        .open(path)
}

fn open_error(path: &str, error: &Error) -> DeviceError {
    let failure = failure_of(error);
    match failure.win32_error() {
        ERROR_FILE_NOT_FOUND | ERROR_PATH_NOT_FOUND => DeviceError::NoDriver {
            why: format!("nothing is called {path}; is the driver installed, and does it have an adapter?"),
            source: Some(failure),
        },
        _ => DeviceError::from_failure(CallName::Open, failure),
    }
}

fn system_error(error: &Error) -> DeviceError {
    DeviceError::from_failure(CallName::Adapters, failure_of(error))
}

/// What `error` says in numbers; `ERROR_GEN_FAILURE` for one that is not the system's.
fn failure_of(error: &Error) -> Failure {
    const GEN_FAILURE: u32 = 31;
    Failure::from_win32(error.raw_os_error().map_or(GEN_FAILURE, i32::cast_unsigned))
}

/// A Win32 error as an [`Error`].
fn from_win32(code: u32) -> Error {
    Error::from_raw_os_error(code.cast_signed())
}

/// `text` as the system wants it: UTF-16 with a zero behind it.
fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

/// The strings of a `REG_MULTI_SZ` or a device interface list.
fn multi_sz(units: &[u16]) -> Vec<String> {
    units
        .split(|unit| *unit == 0)
        .filter(|part| !part.is_empty())
        .map(String::from_utf16_lossy)
        .collect()
}

#[cfg(test)]
mod tests;
