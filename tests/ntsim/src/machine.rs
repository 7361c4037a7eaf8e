//! One simulated machine per process: its configuration, start, stop, and shared life.
//!
//! Emulated functions are bare addresses without a context argument, so the machine is global. [`Machine::boot`] hands
//! out the only one and waits while another test has it; dropping it makes room for the next.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard, RwLock};

use crate::{
    cng, cpu, faults, image, io, netcx, netio, ntoskrnl, registry, report, schedule, trap, violation, wdf,
};

/// How the machine behaves.
#[derive(Clone, Debug)]
pub struct Config {
    /// Number of simulated processors.
    pub processors: usize,
    /// Puts every pool block at the end of a page of its own, before an inaccessible one, and unmaps freed blocks.
    pub special_pool: bool,
    /// Checks that cost too much for everyday use: indication memory unmapped after release, poisoned rings.
    pub strict: bool,
    /// Prints each event the driver writes.
    pub trace: bool,
    /// A lock, wait or processor that isn't available for this long is reported as a hang.
    pub hang_after: Duration,
    /// How often a thread pauses where it crosses between driver and system, per million; see [`crate::schedule`].
    pub perturb: u32,
    /// Seed of everything random: injected faults, poison, schedule.
    pub seed: u64,
    /// What to fail, pend or delay.
    pub faults: faults::Plan,
    /// Major, minor and build of the Windows version to show.
    pub windows: (u32, u32, u32),
    /// Minor version of the framework: 31 or 33.
    pub kmdf_minor: u32,
    /// Version of NetAdapterCx: (2, 0) or (2, 2).
    pub netadaptercx: (u32, u32),
    /// What network adapters are plugged into.
    pub network: netcx::Network,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            processors: std::thread::available_parallelism()
                .map_or(2, usize::from)
                .clamp(2, 16),
            special_pool: false,
            strict: false,
            trace: false,
            hang_after: Duration::from_secs(20),
            perturb: 0,
            seed: 1,
            faults: faults::Plan::default(),
            windows: (10, 0, 22621),
            kmdf_minor: 33,
            netadaptercx: (2, 2),
            network: netcx::Network::Tun(None),
        }
    }
}

static ONE: Mutex<()> = Mutex::new(());
static CONFIG: OnceLock<RwLock<Config>> = OnceLock::new();
static STOPPED: AtomicBool = AtomicBool::new(false);

fn shared_config() -> &'static RwLock<Config> {
    CONFIG.get_or_init(|| RwLock::new(Config::default()))
}

/// The machine's configuration.
#[must_use]
pub fn config() -> Config {
    shared_config().read().clone()
}

/// Runs `f` on the configuration without copying it (hot paths).
pub fn with_config<R>(f: impl FnOnce(&Config) -> R) -> R {
    f(&shared_config().read())
}

/// The simulated machine. There is one at a time in a process.
pub struct Machine {
    _one: MutexGuard<'static, ()>,
}

impl Machine {
    /// Starts a fresh machine: no violations, no pool, no objects. Waits until no other is alive.
    #[must_use]
    pub fn boot(config: Config) -> Self {
        let one = ONE.lock();
        cpu::fault::install();
        registry::register(ntoskrnl::exports());
        registry::register(netio::exports());
        registry::register(wdf::exports());
        registry::register(cng::exports());
        registry::register(netcx::exports());
        netcx::register();
        cpu::processor::set_count(config.processors);
        faults::start(&config.faults, config.seed);
        schedule::start(config.perturb, config.seed);
        *shared_config().write() = config;
        STOPPED.store(false, Ordering::SeqCst);
        reset();
        Self { _one: one }
    }

    /// Runs `work` on a fresh system thread and waits for it; `None` if the machine stopped meanwhile.
    pub fn run<R: Send + 'static>(&self, name: &str, work: impl FnOnce() -> R + Send + 'static) -> Option<R> {
        run(name, work)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        reset();
    }
}

/// Forgets what an earlier machine left behind.
fn reset() {
    violation::reset();
    trap::reset();
    report::reset();
    cpu::callback::reset();
    cpu::pcr::reset();
    cpu::processor::reset();
    netcx::reset();
    io::reset();
    netio::reset();
    wdf::reset();
    ntoskrnl::reset();
    cng::reset();
    image::reset();
}

/// Runs `work` on a fresh system thread and waits for it; `None` if the machine stopped meanwhile.
pub fn run<R: Send + 'static>(name: &str, work: impl FnOnce() -> R + Send + 'static) -> Option<R> {
    if stopped() {
        return None;
    }
    let (sender, receiver) = std::sync::mpsc::channel();
    let named = name.to_owned();
    std::thread::Builder::new()
        .name(name.to_owned())
        .stack_size(1 << 20)
        .spawn(move || {
            cpu::current().name_thread(&named);
            // The receiver may have given up on a stopped machine.
            let _ = sender.send(work());
        })
        .ok()?;
    loop {
        match receiver.recv_timeout(Duration::from_millis(20)) {
            Ok(result) => return Some(result),
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return None,
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) if stopped() => {
                // A thread that is about to finish may do so.
                return receiver.recv_timeout(Duration::from_millis(200)).ok();
            }
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {}
        }
    }
}

/// Whether the machine has stopped (a bugcheck, a bad address).
#[must_use]
pub fn stopped() -> bool {
    STOPPED.load(Ordering::Relaxed)
}

/// Stops the machine: the calling thread never returns into the driver, others stop at their next callback or wait.
pub fn stop() -> ! {
    STOPPED.store(true, Ordering::SeqCst);
    ntoskrnl::dispatcher::wake_all();
    loop {
        std::thread::park();
    }
}

/// Keeps this thread for ever if the machine has stopped.
pub fn park_if_stopped() {
    if stopped() && cpu::current().depth.get() > 0 {
        loop {
            std::thread::park();
        }
    }
}
