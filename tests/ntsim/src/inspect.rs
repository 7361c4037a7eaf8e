//! The machine's state while it runs, as text for `ntsim inspect`.
//!
//! Nothing is stopped for it: each list is a moment's truth of its own, and two of them may not fit together.

use crate::cpu::threads;
use crate::ntoskrnl::{self, lock_order, pool};
use crate::{cng, io, netcx, netio, violation, wdf};

/// Devices and their queues, adapters and their rings, threads and their locks, objects, kernel objects, keys, sockets,
/// pool by tag.
#[must_use]
pub fn inspect() -> String {
    let mut lines = devices();
    section(&mut lines, "adapters", netcx::describe());
    section(
        &mut lines,
        "threads in the driver or with a lock",
        threads::describe(),
    );
    section(&mut lines, "lock orders", lock_order::describe());
    lines.push("objects:".to_owned());
    for root in wdf::object::roots() {
        root.describe(1, &mut lines);
    }
    section(&mut lines, "kernel objects", ntoskrnl::describe());
    section(&mut lines, "cng", cng::summaries());
    section(&mut lines, "sockets", netio::describe());
    section(&mut lines, "pool", pool_by_tag());
    section(&mut lines, "violations", violations());
    lines.join("\n") + "\n"
}

fn section(lines: &mut Vec<String>, name: &str, content: Vec<String>) {
    if content.is_empty() {
        return;
    }
    lines.push(format!("{name}:"));
    lines.extend(content.into_iter().map(|line| format!("  {line}")));
}

fn devices() -> Vec<String> {
    let mut lines = Vec::new();
    for device in io::devices() {
        let kind = if device.is_control() {
            "control device"
        } else {
            "device"
        };
        let name = device.init.name.as_deref().unwrap_or("(no name)");
        lines.push(format!("{kind} {name} opens {:?}", device.opens));
        let interfaces = device.interfaces();
        lines.extend(
            interfaces
                .iter()
                .map(|i| format!("  interface {} enabled {}", i.path, i.enabled)),
        );
        let queues = wdf::queue::facts::summaries(&device);
        lines.extend(queues.into_iter().map(|q| format!("  {q}")));
    }
    lines
}

fn pool_by_tag() -> Vec<String> {
    pool::by_tag()
        .into_iter()
        .map(|(tag, (bytes, blocks))| format!("{tag}: {bytes} bytes, {blocks} blocks"))
        .collect()
}

fn violations() -> Vec<String> {
    let mut lines = vec![format!("{} so far", violation::count())];
    lines.extend(violation::all().iter().map(ToString::to_string));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::Guest;
    use crate::machine::{self, Config, Machine};
    use crate::ntoskrnl::spinlock::{KeAcquireSpinLockRaiseToDpc, KeReleaseSpinLock};
    use std::sync::mpsc;

    #[test]
    fn a_thread_that_holds_a_lock_is_seen_by_others() {
        let _machine = Machine::boot(Config::default());
        let lock: Guest<u64> = Guest::of(Box::leak(Box::new(0)));
        let (taken, is_taken) = mpsc::channel();
        let (release, may_release) = mpsc::channel();
        let holder = std::thread::spawn(move || {
            machine::run("holder", move || {
                let old = KeAcquireSpinLockRaiseToDpc(lock);
                taken.send(()).unwrap();
                // Whatever comes, the lock is released.
                let _ = may_release.recv();
                KeReleaseSpinLock(lock, old);
            })
        });
        is_taken.recv().unwrap();
        let during = inspect();
        release.send(()).unwrap();
        holder.join().unwrap();
        let line = format!("holds the lock {:#x}", lock.addr());
        assert!(
            during.contains("holder: IRQL 2") && during.contains(&line),
            "{during}"
        );
        let after = inspect();
        assert!(!after.contains(&line), "{after}");
    }
}
