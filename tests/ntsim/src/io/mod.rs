//! The I/O manager.

use crate::abi::wdm::Irp;
use crate::guest::Guest;

pub(crate) fn irp_completed(_irp: Guest<Irp>) {}
pub(crate) fn process_of(_irp: Guest<Irp>) -> u32 {
    4
}
pub(crate) fn reset() {}
