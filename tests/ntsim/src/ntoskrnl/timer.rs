//! Timers: `KTIMER` and `EX_TIMER` (wdm.h), and the clock that the framework's timers use.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::{dispatcher, dpc, time};
use crate::abi::wdm::{Kdpc, Ktimer};
use crate::cpu::callback;
use crate::exports;
use crate::faults;
use crate::guest::Guest;
use crate::violation::{self, Rule};
use crate::{at, cpu, violate};

exports! { "ntoskrnl.exe";
    KeInitializeTimer: PASSIVE..=DISPATCH,
    KeInitializeTimerEx: PASSIVE..=DISPATCH,
    KeSetTimer: PASSIVE..=DISPATCH,
    KeSetTimerEx: PASSIVE..=DISPATCH,
    KeSetCoalescableTimer: PASSIVE..=DISPATCH,
    KeCancelTimer: PASSIVE..=DISPATCH,
    KeReadStateTimer: PASSIVE..=DISPATCH,
    ExAllocateTimer: PASSIVE..=DISPATCH,
    ExSetTimer: PASSIVE..=DISPATCH,
    ExCancelTimer: PASSIVE..=DISPATCH,
    ExDeleteTimer: PASSIVE..=DISPATCH,
}

/// A timer of the simulator: runs its action on the clock thread when it is due. The action must not block.
pub struct Alarm {
    action: Box<dyn Fn() + Send + Sync>,
    /// Which setting is the valid one; 0: none.
    armed: AtomicU64,
    period: Mutex<Duration>,
}

struct Entry(Instant, u64, Arc<Alarm>);

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        (self.0, self.1) == (other.0, other.1)
    }
}
impl Eq for Entry {}
impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0, self.1).cmp(&(other.0, other.1))
    }
}

static CLOCK: Mutex<(BinaryHeap<Reverse<Entry>>, bool)> = Mutex::new((BinaryHeap::new(), false));
static TICK: Condvar = Condvar::new();
static SETTING: AtomicU64 = AtomicU64::new(1);

impl Alarm {
    /// A timer that isn't set.
    #[must_use]
    pub fn new(action: impl Fn() + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            action: Box::new(action),
            armed: AtomicU64::new(0),
            period: Mutex::default(),
        })
    }

    /// Sets it to `after` from now, then every `period` if that isn't 0. Returns whether it was set before.
    pub fn set(self: &Arc<Self>, after: Duration, period: Duration) -> bool {
        let setting = SETTING.fetch_add(1, Ordering::Relaxed);
        *self.period.lock() = period;
        let was_set = self.armed.swap(setting, Ordering::AcqRel) != 0;
        self.push(Instant::now() + after, setting);
        was_set
    }

    fn push(self: &Arc<Self>, due: Instant, setting: u64) {
        let mut clock = CLOCK.lock();
        clock.0.push(Reverse(Entry(due, setting, Arc::clone(self))));
        if !clock.1 {
            clock.1 = true;
            let spawned = std::thread::Builder::new()
                .name("clock".to_owned())
                .spawn(run_clock);
            assert!(spawned.is_ok(), "no host thread for the clock");
        }
        TICK.notify_one();
    }

    /// Cancels it. Returns whether it was set. Its action may be running.
    pub fn cancel(&self) -> bool {
        self.armed.swap(0, Ordering::AcqRel) != 0
    }

    /// Whether it is set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.armed.load(Ordering::Acquire) != 0
    }
}

fn run_clock() {
    let mut clock = CLOCK.lock();
    loop {
        let now = Instant::now();
        match clock.0.peek() {
            None => TICK.wait(&mut clock),
            Some(Reverse(Entry(due, ..))) if *due > now => {
                let due = *due;
                TICK.wait_until(&mut clock, due);
            }
            Some(_) => {
                let Some(Reverse(Entry(due, setting, alarm))) = clock.0.pop() else {
                    continue;
                };
                drop(clock);
                fire(due, setting, &alarm);
                clock = CLOCK.lock();
            }
        }
    }
}

fn fire(due: Instant, setting: u64, alarm: &Arc<Alarm>) {
    let period = *alarm.period.lock();
    let next = if period.is_zero() { 0 } else { setting };
    if alarm
        .armed
        .compare_exchange(setting, next, Ordering::AcqRel, Ordering::Relaxed)
        .is_err()
    {
        return;
    }
    (alarm.action)();
    if next != 0 {
        alarm.push(due + period, setting);
    }
}

/// Driver timers that were ever set, by address.
static TIMERS: Mutex<BTreeMap<usize, (Arc<Alarm>, usize)>> = Mutex::new(BTreeMap::new());

/// `KeInitializeTimer`.
pub extern "win64" fn KeInitializeTimer(timer: Guest<Ktimer>) {
    KeInitializeTimerEx(timer, 0);
}

/// `KeInitializeTimerEx`: initialising a set timer is `active-object-freed` (0xC7).
pub extern "win64" fn KeInitializeTimerEx(timer: Guest<Ktimer>, kind: u32) {
    if TIMERS
        .lock()
        .remove(&timer.addr())
        .is_some_and(|(alarm, _)| alarm.cancel())
    {
        violate!(ACTIVE_FREED, "a set timer is initialised");
    }
    let mut this = Ktimer::default();
    this.header.kind = if kind == 0 { 8 } else { 9 };
    timer.write(this);
}

/// `KeSetTimer`.
pub extern "win64" fn KeSetTimer(timer: Guest<Ktimer>, due: i64, dpc: Guest<Kdpc>) -> u8 {
    KeSetTimerEx(timer, due, 0, dpc)
}

/// `KeSetCoalescableTimer`.
pub extern "win64" fn KeSetCoalescableTimer(
    timer: Guest<Ktimer>,
    due: i64,
    period: u32,
    _delay: u32,
    dpc: Guest<Kdpc>,
) -> u8 {
    KeSetTimerEx(timer, due, period.cast_signed(), dpc)
}

/// `KeSetTimerEx`: negative due times are relative; the period is in milliseconds. Returns whether it was set before.
///
/// | the caller promises                              | else                    |
/// |--------------------------------------------------|-------------------------|
/// | IRQL <= DISPATCH                                  | `irql`                  |
/// | the timer was initialised                         | `parameter`             |
/// | it and its DPC stay until cancelled and flushed    | `active-object-freed`   |
pub extern "win64" fn KeSetTimerEx(timer: Guest<Ktimer>, due: i64, period: i32, dpc: Guest<Kdpc>) -> u8 {
    let header = timer.cast::<crate::abi::wdm::DispatcherHeader>();
    if ![8, 9].contains(&(at!(header.kind).read() & 0x7F)) {
        violate!(PARAMETER, "KTIMER at {:#x} was never initialised", timer.addr());
        return 0;
    }
    at!(header.signal_state).write(0);
    at!(timer.dpc).write(dpc);
    at!(timer.period).write(period.cast_unsigned());
    let alarm = {
        let mut timers = TIMERS.lock();
        let entry = timers
            .entry(timer.addr())
            .or_insert_with(|| (Alarm::new(move || expire(timer)), 0));
        entry.1 = cpu::current().site();
        Arc::clone(&entry.0)
    };
    u8::from(alarm.set(
        time::until(due),
        Duration::from_millis(u64::try_from(period).unwrap_or(0)),
    ))
}

fn expire(timer: Guest<Ktimer>) {
    dispatcher::set_state(timer.cast(), 1);
    if let Some(dpc) = at!(timer.dpc).read().some() {
        dpc::KeInsertQueueDpc(dpc, 0, 0);
    }
}

/// `KeCancelTimer`: whether it was set. Its DPC may be queued or running: flush before freeing it.
pub extern "win64" fn KeCancelTimer(timer: Guest<Ktimer>) -> u8 {
    let alarm = TIMERS
        .lock()
        .get(&timer.addr())
        .map(|(alarm, _)| Arc::clone(alarm));
    u8::from(alarm.is_some_and(|a| a.cancel()))
}

/// `KeReadStateTimer`.
pub extern "win64" fn KeReadStateTimer(timer: Guest<Ktimer>) -> u8 {
    let header = timer.cast::<crate::abi::wdm::DispatcherHeader>();
    u8::from(at!(header.signal_state).read() > 0)
}

struct ExTimer {
    alarm: Arc<Alarm>,
    site: usize,
}

static EX_TIMERS: Mutex<BTreeMap<usize, ExTimer>> = Mutex::new(BTreeMap::new());

/// `ExAllocateTimer`: null when it fails. The callback runs at DISPATCH_LEVEL.
pub extern "win64" fn ExAllocateTimer(
    routine: Option<extern "win64" fn(usize, usize)>,
    context: usize,
    _attributes: u32,
) -> usize {
    if faults::fails_allocation("ExAllocateTimer") {
        return 0;
    }
    let id = Box::into_raw(Box::new([0u64; 16])) as usize;
    let alarm = Alarm::new(move || {
        if let Some(routine) = routine {
            dpc::queue(None, move || {
                callback::invoke("ExTimerCallback", || routine(id, context))
            });
        }
    });
    EX_TIMERS.lock().insert(
        id,
        ExTimer {
            alarm,
            site: cpu::current().site(),
        },
    );
    id
}

fn ex_timer(id: usize) -> Option<Arc<Alarm>> {
    let alarm = EX_TIMERS.lock().get(&id).map(|t| Arc::clone(&t.alarm));
    if alarm.is_none() {
        violate!(PARAMETER, "{id:#x} isn't a timer");
    }
    alarm
}

/// `ExSetTimer`: due time as in [`KeSetTimerEx`], period in 100 ns.
pub extern "win64" fn ExSetTimer(id: usize, due: i64, period: i64, _parameters: usize) -> u8 {
    let period = Duration::from_nanos(period.unsigned_abs().saturating_mul(100));
    u8::from(ex_timer(id).is_some_and(|alarm| alarm.set(time::until(due), period)))
}

/// `ExCancelTimer`.
pub extern "win64" fn ExCancelTimer(id: usize, _parameters: usize) -> u8 {
    u8::from(ex_timer(id).is_some_and(|alarm| alarm.cancel()))
}

/// `ExDeleteTimer`: with `wait` only at IRQL <= APC; waits for its callback.
pub extern "win64" fn ExDeleteTimer(id: usize, cancel: u8, wait: u8, _parameters: usize) -> u8 {
    let Some(alarm) = ex_timer(id) else { return 0 };
    EX_TIMERS.lock().remove(&id);
    let was_set = cancel != 0 && alarm.cancel();
    if wait != 0 {
        if cpu::irql() > crate::registry::APC {
            violate!(IRQL, "ExDeleteTimer with Wait = TRUE at IRQL {}", cpu::irql());
        } else {
            dpc::flush();
        }
    }
    u8::from(was_set)
}

pub(crate) fn check_freed(range: &Range<usize>) {
    let mut timers = TIMERS.lock();
    let inside: Vec<usize> = timers.range(range.clone()).map(|(addr, _)| *addr).collect();
    let set = inside
        .into_iter()
        .filter_map(|addr| timers.remove(&addr))
        .any(|(alarm, _)| alarm.cancel());
    drop(timers);
    if set {
        violate!(ACTIVE_FREED, "the memory holds a set timer");
    }
}

/// Number of timers that are set.
pub(crate) fn set() -> usize {
    let clock = CLOCK.lock();
    let valid = |entry: &&Reverse<Entry>| entry.0.2.armed.load(Ordering::Acquire) == entry.0.1;
    clock.0.iter().filter(valid).count()
}

pub(crate) fn check_unload() {
    for (alarm, site) in TIMERS.lock().values() {
        if alarm.cancel() {
            violation::report_at(Rule::LEFT_AT_UNLOAD, *site, "timer is set at unload".to_owned());
        }
    }
    for timer in EX_TIMERS.lock().values() {
        violation::report_at(
            Rule::LEFT_AT_UNLOAD,
            timer.site,
            "timer not deleted at unload".to_owned(),
        );
    }
}

pub(crate) fn reset() {
    for (alarm, _) in std::mem::take(&mut *TIMERS.lock()).into_values() {
        alarm.cancel();
    }
    for timer in std::mem::take(&mut *EX_TIMERS.lock()).into_values() {
        timer.alarm.cancel();
    }
}
