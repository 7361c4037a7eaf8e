//! What the threads of the machine are doing, as others may see it.
//!
//! A thread's own notes are its own; what others may read of it is in its processor page: IRQL, latest call, and a copy
//! of the locks that it holds. Reading it takes no lock and may catch a thread in the middle of a change.

use std::collections::BTreeMap;

use parking_lot::Mutex;

use super::{HeldLock, pcr};
use crate::guest::Guest;
use crate::{image, registry};

/// Names by page.
static NAMES: Mutex<BTreeMap<usize, String>> = Mutex::new(BTreeMap::new());

pub(super) fn name(page: usize, name: &str) {
    NAMES.lock().insert(page, name.to_owned());
}

pub(super) fn forget(page: usize) {
    NAMES.lock().remove(&page);
}

/// Copies the locks from the `from`th on to where others see them.
pub(super) fn show_locks(page: usize, locks: &[HeldLock], from: usize) {
    for (n, lock) in locks.iter().enumerate().take(pcr::MAX_HELD).skip(from) {
        let place: Guest<usize> = Guest::at(page + pcr::HELD + 16 * n);
        place.write(lock.address);
        place.index(1).write(lock.site);
    }
    Guest::<usize>::at(page + pcr::HELD_COUNT).write(locks.len());
}

/// A line for each thread that is in a call of the driver, above PASSIVE_LEVEL, or holds a lock; a line for each lock.
pub(crate) fn describe() -> Vec<String> {
    let mut lines = Vec::new();
    for (page, name) in NAMES.lock().iter() {
        let irql = Guest::<u8>::at(page + pcr::IRQL).read();
        let site = Guest::<usize>::at(page + pcr::SITE).read();
        let function = Guest::<u32>::at(page + pcr::FUNCTION).read() as usize;
        let function = function.checked_sub(1).and_then(registry::by_id);
        let held = Guest::<usize>::at(page + pcr::HELD_COUNT).read();
        if irql == 0 && function.is_none() && held == 0 {
            continue;
        }
        let processor = Guest::<u32>::at(page + pcr::NUMBER).read();
        let call = function.map_or_else(String::new, |f| {
            format!(", latest call {} from {}", f.name, image::describe(site))
        });
        lines.push(format!("{name}: IRQL {irql}, processor {processor}{call}"));
        for n in 0..held.min(pcr::MAX_HELD) {
            let place: Guest<usize> = Guest::at(page + pcr::HELD + 16 * n);
            lines.push(format!(
                "  holds the lock {:#x} since {}",
                place.read(),
                image::describe(place.index(1).read())
            ));
        }
    }
    lines
}
