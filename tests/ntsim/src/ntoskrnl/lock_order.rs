//! Deadlock detection: the orders in which locks were ever taken, and whether two of them contradict (0xC4 0x1001).
//!
//! Whenever a lock is taken while another is held, the pair is an edge of a graph over the whole run; an edge that closes
//! a cycle is a deadlock that needs only the right timing. A thread remembers the edges it has added, so a lock order
//! that is used often costs one look-up in a small set.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::cpu;
use crate::{image, violate};

static GRAPH: Mutex<Option<HashMap<usize, HashMap<usize, usize>>>> = Mutex::new(None);
/// Changes whenever edges are forgotten, which empties the threads' memories.
static EPOCH: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static KNOWN: RefCell<(u64, HashSet<(usize, usize)>)> = RefCell::default();
}

/// Notes that the current thread is about to take `lock` while it holds what it holds. Reports a contradiction, and a
/// lock that it holds already (returns `false` then: taking it would never end).
pub(crate) fn acquiring(lock: usize, kind: &'static str) -> bool {
    let cpu = cpu::current();
    let locks = cpu.locks.borrow();
    if locks.is_empty() {
        return true;
    }
    if let Some(held) = locks.iter().find(|l| l.address == lock) {
        let site = image::describe(held.site);
        drop(locks);
        violate!(RELOCK, "the thread holds this {kind} already, since {site}");
        return false;
    }
    let held: Vec<(usize, &'static str)> = locks.iter().map(|l| (l.address, l.kind)).collect();
    drop(locks);
    let epoch = EPOCH.load(Ordering::Relaxed);
    for (first, first_kind) in held {
        let is_new = KNOWN.with_borrow_mut(|(known_epoch, known)| {
            if *known_epoch != epoch {
                *known_epoch = epoch;
                known.clear();
            }
            known.insert((first, lock))
        });
        if is_new {
            add_edge(first, first_kind, lock, kind);
        }
    }
    true
}

fn add_edge(first: usize, first_kind: &str, second: usize, kind: &str) {
    let site = cpu::current().site();
    let contradiction = {
        let mut graph = GRAPH.lock();
        let graph = graph.get_or_insert_default();
        graph.entry(first).or_default().entry(second).or_insert(site);
        path(graph, second, first)
    };
    if let Some(other) = contradiction {
        violate!(
            LOCK_ORDER,
            "{kind} {second:#x} taken while {first_kind} {first:#x} is held; the opposite order was used at {}",
            image::describe(other)
        );
    }
}

/// If `to` can be reached from `from`: the site of the first step.
fn path(graph: &HashMap<usize, HashMap<usize, usize>>, from: usize, to: usize) -> Option<usize> {
    let mut seen = HashSet::from([from]);
    let mut open = vec![(from, None)];
    while let Some((node, first)) = open.pop() {
        for (next, site) in graph.get(&node).into_iter().flatten() {
            let first = first.or(Some(*site));
            if *next == to {
                return first;
            }
            if seen.insert(*next) {
                open.push((*next, first));
            }
        }
    }
    None
}

/// Forgets locks that lie in memory which goes away: another lock may appear at the same address.
pub(crate) fn forget(range: &Range<usize>) {
    let mut graph = GRAPH.lock();
    let Some(graph) = &mut *graph else { return };
    let before = graph.len();
    graph.retain(|lock, _| !range.contains(lock));
    let mut changed = graph.len() != before;
    for edges in graph.values_mut() {
        let before = edges.len();
        edges.retain(|lock, _| !range.contains(lock));
        changed |= edges.len() != before;
    }
    if changed {
        EPOCH.fetch_add(1, Ordering::Relaxed);
    }
}

/// The orders in which locks were taken so far, each with the first place that did.
pub(crate) fn describe() -> Vec<String> {
    let graph = GRAPH.lock();
    let edges = graph.iter().flatten().flat_map(|(first, then)| {
        then.iter()
            .map(move |(second, site)| format!("{first:#x} before {second:#x} at {}", image::describe(*site)))
    });
    let mut lines: Vec<String> = edges.collect();
    lines.sort();
    lines
}

pub(crate) fn reset() {
    *GRAPH.lock() = None;
    EPOCH.fetch_add(1, Ordering::Relaxed);
}
