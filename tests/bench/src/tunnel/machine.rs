//! Whether the machine is quiet enough to measure: who else uses the processors.

use anyhow::{Context as _, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::{Duration, Instant};

/// Processors that other programs may use before a figure is taken again.
pub(super) const QUIET: f64 = 0.08;
/// How long to wait for a quiet machine.
const PATIENCE: Duration = Duration::from_secs(10);
/// `USER_HZ`, which Linux reports process times in.
const TICKS_PER_SECOND: f64 = 100.0;

/// Processor time used by each running process so far. What ends in between is not seen: its time has been its parent's
/// since, in one lump.
pub(super) struct Usage {
    when: Instant,
    processes: BTreeMap<u32, Process>,
}

struct Process {
    parent: u32,
    /// Time in user space and in the kernel, in ticks.
    ticks: u64,
}

impl Usage {
    pub(super) fn now() -> Result<Self> {
        let mut processes = BTreeMap::new();
        for entry in fs::read_dir("/proc").context("read /proc")? {
            let name = entry?.file_name();
            let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            // A process that has just ended has no status any more.
            if let Some(process) = fs::read_to_string(format!("/proc/{pid}/stat"))
                .ok()
                .and_then(|s| parse(&s))
            {
                processes.insert(pid, process);
            }
        }
        Ok(Self {
            when: Instant::now(),
            processes,
        })
    }

    /// Processors that were used, on average since `before`, by processes that don't descend from this one, kernel
    /// threads left out.
    pub(super) fn foreign_since(&self, before: &Self) -> f64 {
        let own = self.descendants(std::process::id());
        let ticks: u64 = self
            .processes
            .iter()
            .filter(|(pid, process)| !own.contains(*pid) && process.parent != 2 && **pid != 2)
            .map(|(pid, process)| {
                let earlier = before.processes.get(pid).map_or(0, |process| process.ticks);
                process.ticks.saturating_sub(earlier)
            })
            .sum();
        ticks as f64 / TICKS_PER_SECOND / (self.when - before.when).as_secs_f64().max(0.001)
    }

    /// The process, its ancestors (whose children's time is ours) and all that descend from it.
    fn descendants(&self, pid: u32) -> BTreeSet<u32> {
        let mut own = BTreeSet::from([pid]);
        let mut ancestor = pid;
        while let Some(process) = self
            .processes
            .get(&ancestor)
            .filter(|process| process.parent != 0)
        {
            ancestor = process.parent;
            own.insert(ancestor);
        }
        let mut family = BTreeSet::from([pid]);
        loop {
            let before = family.len();
            for (child, process) in &self.processes {
                if family.contains(&process.parent) {
                    family.insert(*child);
                }
            }
            if family.len() == before {
                own.extend(family);
                return own;
            }
        }
    }
}

/// A line of `/proc/PID/stat`: the name stands in parentheses and may hold anything.
fn parse(stat: &str) -> Option<Process> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some(Process {
        parent: fields.get(1)?.parse().ok()?,
        ticks: (11..13).map(number).sum::<Option<u64>>()?,
    })
}

/// Waits until other programs leave the processors alone, for a while at most.
pub(super) fn wait_quiet() {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        let Ok(before) = Usage::now() else { return };
        std::thread::sleep(Duration::from_millis(500));
        if Usage::now().is_ok_and(|now| now.foreign_since(&before) < QUIET) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_line_is_read_past_any_name() {
        let process = parse("77 (a) b (c) S 42 1 1 0 -1 4194560 1 2 3 4 10 20 30 40 20 0").unwrap();
        assert_eq!((process.parent, process.ticks), (42, 30));
        assert!(parse("77 (cut").is_none());
    }
}
