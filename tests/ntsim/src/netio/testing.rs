//! A small client of Winsock Kernel for tests: it calls through the provider's tables as a driver does.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use netcx_sys::wsk::{
    SIO_WSK_SET_REMOTE_ADDRESS, SO_WSK_EVENT_CALLBACK, SOCKADDR_INET, SOL_SOCKET, WSK_BUF, WSK_BUF_LIST,
    WSK_CLIENT_DISPATCH, WSK_CLIENT_NPI, WSK_EVENT_CALLBACK_CONTROL, WSK_PROVIDER_NPI, WSK_REGISTRATION,
};
use parking_lot::{Condvar, Mutex};

use super::{bind, close, control, provider, registration};
use crate::abi::wdm::{IoStackLocation, Irp, Mdl};
use crate::at;
use crate::guest::Guest;
use crate::machine::{Config, Machine};
use crate::ntoskrnl::{irp, mdl, pool};
use crate::status::{self, NtStatus};
use crate::violation::{self, Rule};

/// The result of one IRP, when there is one.
#[derive(Default)]
pub(crate) struct Outcome(Mutex<Option<(NtStatus, usize)>>, Condvar);

impl Outcome {
    pub(crate) fn get(&self) -> Option<(NtStatus, usize)> {
        *self.0.lock()
    }

    /// Waits for it.
    pub(crate) fn wait(&self) -> (NtStatus, usize) {
        let mut result = self.0.lock();
        let until = Instant::now() + Duration::from_secs(10);
        while result.is_none() {
            assert!(
                !self.1.wait_until(&mut result, until).timed_out(),
                "an IRP isn't completed"
            );
        }
        result.unwrap()
    }
}

extern "win64" fn done(_device: usize, irp: Guest<Irp>, context: usize) -> NtStatus {
    // SAFETY: `start` gave this count of it to the IRP.
    let outcome = unsafe { Arc::from_raw(context as *const Outcome) };
    let result = at!(irp.io_status).read();
    assert_eq!(crate::cpu::irql(), 2, "completed at DISPATCH_LEVEL");
    irp::IoFreeIrp(irp);
    *outcome.0.lock() = Some((result.status, result.information));
    outcome.1.notify_all();
    status::MORE_PROCESSING_REQUIRED
}

/// A fresh IRP with a completion routine, and where its result will be.
pub(crate) fn irp() -> (Guest<Irp>, Arc<Outcome>) {
    let outcome = Arc::new(Outcome::default());
    let irp = irp::IoAllocateIrp(1, 0);
    let top = at!(irp.current_stack_location).read().addr();
    let next = Guest::<IoStackLocation>::at(top - size_of::<IoStackLocation>());
    at!(next.completion_routine).write(done as *const () as usize);
    at!(next.context).write(Arc::into_raw(Arc::clone(&outcome)) as usize);
    at!(next.control).write(0xE0);
    (irp, outcome)
}

/// Makes a call and waits for its IRP.
pub(crate) fn call(function: impl FnOnce(Guest<Irp>) -> NtStatus) -> (NtStatus, usize) {
    let (irp, outcome) = irp();
    let returned = function(irp);
    let result = outcome.wait();
    assert!(
        returned == status::PENDING || returned == result.0,
        "returned {returned:#x}, completed with {:#x}",
        result.0
    );
    result
}

/// Makes a call without waiting.
pub(crate) fn start(function: impl FnOnce(Guest<Irp>) -> NtStatus) -> (Guest<Irp>, Arc<Outcome>) {
    let (irp, outcome) = irp();
    function(irp);
    (irp, outcome)
}

/// A machine, and a registered client that has captured the provider.
pub(crate) struct Bench {
    pub(crate) client: usize,
    pub(crate) registration: &'static WSK_REGISTRATION,
    _machine: Machine,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(Config::default())
    }

    pub(crate) fn with(config: Config) -> Self {
        let config = Config {
            hang_after: Duration::from_millis(200),
            ..config
        };
        let machine = Machine::boot(config);
        let registration: &'static WSK_REGISTRATION = Box::leak(Box::new(WSK_REGISTRATION::new()));
        let dispatch: &'static WSK_CLIENT_DISPATCH = Box::leak(Box::new(WSK_CLIENT_DISPATCH::new()));
        let npi = WSK_CLIENT_NPI {
            ClientContext: std::ptr::null_mut(),
            Dispatch: dispatch,
        };
        let registered = registration::WskRegister(Guest::of(&npi), Guest::of(registration));
        assert_eq!(registered, status::SUCCESS);
        let mut bench = Self {
            client: 0,
            registration,
            _machine: machine,
        };
        bench.client = bench.capture();
        bench
    }

    fn capture(&self) -> usize {
        let npi = WSK_PROVIDER_NPI {
            Client: std::ptr::null_mut(),
            Dispatch: std::ptr::null(),
        };
        let npi = Guest::of(&npi);
        let captured = registration::WskCaptureProviderNPI(Guest::of(self.registration), 0, npi);
        assert_eq!(captured, status::SUCCESS);
        npi.read().Client as usize
    }

    /// Makes a socket: flags 4 for datagrams, 2 for a connection.
    pub(crate) fn socket(&self, family: u16, flags: u32, context: usize, events: usize) -> usize {
        let of = if flags == 4 { (2, 17) } else { (1, 6) };
        self.make(family, of, flags, context, events)
    }

    /// Makes a socket of TCP: flags 1 to listen, 8 for either.
    pub(crate) fn stream_socket(&self, family: u16, flags: u32, context: usize, events: usize) -> usize {
        self.make(family, (1, 6), flags, context, events)
    }

    fn make(&self, family: u16, of: (u16, u32), flags: u32, context: usize, events: usize) -> usize {
        let (status, handle) = call(|irp| {
            provider::WskSocket(
                self.client,
                family,
                of.0,
                of.1,
                flags,
                context,
                events,
                0,
                0,
                0,
                irp,
            )
        });
        assert_eq!(status, status::SUCCESS);
        handle
    }

    /// The violations that `breaks` makes.
    pub(crate) fn rules_of(&self, breaks: impl FnOnce()) -> Vec<Rule> {
        let before = rules().len();
        breaks();
        rules().split_off(before)
    }

    /// Lets go of the provider, and looks for what is left.
    pub(crate) fn finish(self) -> Vec<Rule> {
        registration::WskReleaseProviderNPI(Guest::of(self.registration));
        registration::WskDeregister(Guest::of(self.registration));
        super::check_unload();
        irp::check_unload();
        rules()
    }
}

pub(crate) fn rules() -> Vec<Rule> {
    violation::all().into_iter().map(|v| v.rule).collect()
}

pub(crate) fn bind(socket: usize, address: &str) -> NtStatus {
    let address = SOCKADDR_INET::from(address.parse::<SocketAddr>().unwrap());
    call(|irp| bind::WskBind(socket, Guest::of(&address).cast(), 0, irp)).0
}

pub(crate) fn local(socket: usize) -> SocketAddr {
    let address = SOCKADDR_INET::from(SocketAddr::from(([0, 0, 0, 0], 0)));
    let (status, _) = call(|irp| bind::WskGetLocalAddress(socket, Guest::of(&address).cast(), irp));
    assert_eq!(status, status::SUCCESS);
    address.to_socket_addr().unwrap()
}

pub(crate) fn close(socket: usize) {
    assert_eq!(call(|irp| close::WskCloseSocket(socket, irp)).0, status::SUCCESS);
}

pub(crate) fn events(socket: usize, control: WSK_EVENT_CALLBACK_CONTROL, irp: Guest<Irp>) -> NtStatus {
    let size = size_of::<WSK_EVENT_CALLBACK_CONTROL>();
    let (option, level) = (SO_WSK_EVENT_CALLBACK, SOL_SOCKET);
    let (input, none) = (Guest::of(&control).cast(), Guest::null());
    control::WskControlSocket(socket, 0, option, level, size, input, 0, none, Guest::null(), irp)
}

pub(crate) fn enable(socket: usize, mask: u32) -> NtStatus {
    events(socket, WSK_EVENT_CALLBACK_CONTROL::enable(mask), Guest::null())
}

pub(crate) fn set_remote(socket: usize, address: SocketAddr) -> NtStatus {
    let address = SOCKADDR_INET::from(address);
    let (input, none) = (Guest::of(&address).cast(), Guest::null());
    let ioctl = SIO_WSK_SET_REMOTE_ADDRESS;
    call(|irp| control::WskControlSocket(socket, 2, ioctl, 0, 28, input, 0, none, Guest::null(), irp)).0
}

/// Non-paged memory with data, and an MDL.
pub(crate) struct Data {
    pub(crate) block: usize,
    pub(crate) mdl: Guest<Mdl>,
    length: usize,
}

impl Data {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let block = pool::ExAllocatePool2(0x40, bytes.len().max(1), 0x7473_6554);
        Guest::<u8>::at(block).write_bytes(bytes);
        let mdl = mdl::IoAllocateMdl(block, u32::try_from(bytes.len()).unwrap(), 0, 0, Guest::null());
        mdl::MmBuildMdlForNonPagedPool(mdl);
        Self {
            block,
            mdl,
            length: bytes.len(),
        }
    }

    pub(crate) fn buffer(&self) -> WSK_BUF {
        self.part(0, self.length)
    }

    pub(crate) fn part(&self, offset: usize, length: usize) -> WSK_BUF {
        WSK_BUF {
            Mdl: self.mdl.as_ptr().cast(),
            Offset: u32::try_from(offset).unwrap(),
            Length: length,
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        Guest::<u8>::at(self.block).read_bytes(self.length)
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        mdl::IoFreeMdl(self.mdl);
        pool::ExFreePool(self.block);
    }
}

/// A list of buffers that stays where it is.
pub(crate) fn list(buffers: &[WSK_BUF]) -> Box<[WSK_BUF_LIST]> {
    let mut list: Box<[WSK_BUF_LIST]> = buffers
        .iter()
        .map(|buffer| WSK_BUF_LIST {
            Next: std::ptr::null_mut(),
            Buffer: *buffer,
        })
        .collect();
    for i in 1..list.len() {
        list[i - 1].Next = &raw mut list[i];
    }
    list
}

/// Waits until `what` holds.
pub(crate) fn eventually(why: &str, what: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(10);
    while !what() {
        assert!(Instant::now() < until, "{why}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
