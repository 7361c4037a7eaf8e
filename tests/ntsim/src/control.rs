//! The running program's ears: signals that end it, and the socket on which others ask about it or give it orders.
//!
//! A question is text: an order on the first line (`inspect`, `sleep`, ...), whatever belongs to it behind; the asker then
//! ends its side. The answer is text; it starts with `error: ` if the order failed.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use crate::faults::{self, Plan};
use crate::session::Session;
use crate::{inspect, machine, status};

static END: AtomicBool = AtomicBool::new(false);

extern "C" fn on_signal(_signal: i32) {
    END.store(true, Ordering::Relaxed);
}

/// From now on SIGINT and SIGTERM end [`obey_until_end`], instead of the process.
pub fn catch_signals() {
    for signal in [libc::SIGINT, libc::SIGTERM] {
        // SAFETY: the handler stores to an atomic, which is all a signal handler may do.
        unsafe { libc::signal(signal, on_signal as *const () as usize) };
    }
}

/// What can be asked of a running machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Its state: devices, queues, objects, pool.
    Inspect,
    /// The device leaves D0.
    Sleep,
    /// The device enters D0 again.
    Resume,
    /// The device is removed, unless a handle is open.
    Remove,
    /// The device is removed without asking.
    SurpriseRemove,
    /// A new plan of faults, in force from now on. Answers with two lines about the one before: how many allocations there
    /// were, and how many calls matched each of its rules.
    Fault(Plan),
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inspect => f.write_str("inspect"),
            Self::Sleep => f.write_str("sleep"),
            Self::Resume => f.write_str("resume"),
            Self::Remove => f.write_str("remove"),
            Self::SurpriseRemove => f.write_str("surprise-remove"),
            Self::Fault(plan) => write!(f, "fault\n{}", toml::to_string(plan).unwrap_or_default()),
        }
    }
}

impl FromStr for Order {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (order, body) = text.split_once('\n').unwrap_or((text, ""));
        match order.trim() {
            "inspect" => Ok(Self::Inspect),
            "sleep" => Ok(Self::Sleep),
            "resume" => Ok(Self::Resume),
            "remove" => Ok(Self::Remove),
            "surprise-remove" => Ok(Self::SurpriseRemove),
            "fault" => toml::from_str(body).map(Self::Fault).map_err(|e| e.to_string()),
            other => Err(format!("there is no order '{other}'")),
        }
    }
}

/// An order that waits for the thread that owns the session.
type Waiting = (Order, Sender<Result<String, String>>);

/// The control socket. Removes the socket's file when it goes.
pub struct Control {
    path: PathBuf,
    orders: Receiver<Waiting>,
}

impl Drop for Control {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Listens for questions and orders. Those that concern the device wait for [`obey_until_end`].
///
/// # Errors
/// When the socket can't be made.
pub fn serve(path: &Path) -> io::Result<Control> {
    let listener = UnixListener::bind(path)?;
    let (sender, orders) = mpsc::channel();
    std::thread::Builder::new()
        .name("control".to_owned())
        .spawn(move || {
            for stream in listener.incoming().flatten() {
                // One who doesn't end his question doesn't keep others from theirs; threads are cheap here.
                let sender = sender.clone();
                let thread = std::thread::Builder::new().name("control".to_owned());
                let _ = thread.spawn(move || answer(stream, &sender));
            }
        })?;
    Ok(Control {
        path: path.to_owned(),
        orders,
    })
}

fn answer(mut stream: UnixStream, orders: &Sender<Waiting>) {
    let mut text = String::new();
    if stream.read_to_string(&mut text).is_err() {
        return;
    }
    let result = text.parse().and_then(|order| match order {
        Order::Inspect => Ok(inspect::inspect()),
        order => {
            let (sender, receiver) = mpsc::channel();
            let gone = |_| "the machine has stopped".to_owned();
            orders.send((order, sender)).map_err(|_| gone(()))?;
            receiver.recv().map_err(|_| gone(()))?
        }
    });
    let text = result.unwrap_or_else(|e| format!("error: {e}\n"));
    // Whoever asked may have gone.
    let _ = stream.write_all(text.as_bytes());
}

/// Whether SIGINT or SIGTERM has come.
#[must_use]
pub fn ended() -> bool {
    END.load(Ordering::Relaxed)
}

/// Carries out orders until SIGINT, SIGTERM, a stopped machine, the end of `time`, or until `over` says so.
pub fn obey_until_end(
    session: &mut Session,
    control: Option<&Control>,
    time: Option<Duration>,
    mut over: impl FnMut() -> bool,
) {
    const LOOK: Duration = Duration::from_millis(50);
    let started = Instant::now();
    let in_time = || time.is_none_or(|t| started.elapsed() < t);
    while !ended() && !machine::stopped() && in_time() && !over() {
        let Some(control) = control else {
            std::thread::sleep(LOOK);
            continue;
        };
        match control.orders.recv_timeout(LOOK) {
            Ok((order, answer)) => {
                // Whoever asked may have gone.
                let _ = answer.send(obey(session, order));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(LOOK),
        }
    }
}

fn obey(session: &mut Session, order: Order) -> Result<String, String> {
    let done = match order {
        Order::Inspect => return Ok(inspect::inspect()),
        Order::Fault(plan) => {
            let allocations = faults::allocations();
            let matched: Vec<String> = faults::matched().iter().map(u64::to_string).collect();
            faults::start(&plan, machine::with_config(|c| c.seed));
            return Ok(format!("{allocations}\n{}\n", matched.join(" ")));
        }
        Order::Sleep => session.sleep(),
        Order::Resume => session.resume(),
        Order::Remove => session.remove(),
        Order::SurpriseRemove => session.surprise_remove(),
    };
    done.map(|()| String::new()).map_err(status::name)
}

/// Asks a running `ntsim run`, or gives it an order.
///
/// # Errors
/// When nobody listens there, or the order failed.
pub fn ask(path: &Path, order: &Order) -> Result<String, Box<dyn std::error::Error>> {
    let mut stream = UnixStream::connect(path)?;
    stream.write_all(order.to_string().as_bytes())?;
    stream.shutdown(Shutdown::Write)?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    match text.strip_prefix("error: ") {
        Some(error) => Err(error.trim_end().into()),
        None => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_survive_as_text() {
        let plan: Plan = toml::from_str("[[rule]]\ncall = \"alloc\"\nnth = 3\n").unwrap();
        for order in [
            Order::Inspect,
            Order::Sleep,
            Order::Resume,
            Order::Remove,
            Order::SurpriseRemove,
            Order::Fault(plan),
            Order::Fault(Plan::default()),
        ] {
            assert_eq!(order.to_string().parse(), Ok(order));
        }
        assert!("dance".parse::<Order>().unwrap_err().contains("dance"));
    }
}
