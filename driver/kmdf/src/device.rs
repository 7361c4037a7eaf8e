//! The adapter's device: what is made when one arrives, and its end.

use alloc::boxed::Box;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, Ordering};

use netcx_sys::w;
use ovpn_dco_engine::sync::try_box;
use ovpn_dco_engine::{Config, Device};
use ovpn_dco_uapi::NtStatus;
use wdk_sys::ntddk::KeQueryMaximumProcessorCountEx;
use wdk_sys::{
    _WDF_EXECUTION_LEVEL, GUID, NTSTATUS, PWDFDEVICE_INIT, STATUS_INSUFFICIENT_RESOURCES, STATUS_SUCCESS,
    WDF_OBJECT_ATTRIBUTES, WDF_PNPPOWER_EVENT_CALLBACKS, WDF_POWER_DEVICE_STATE, WDF_TIMER_CONFIG, WDFDEVICE,
    WDFDRIVER, WDFOBJECT, WDFTIMER,
};

use crate::driver::{DriverContext, NETCX, Services};
use crate::object::{Context, Link, attributes, context, plain_attributes, size_field};
use crate::platform::Kernel;
use crate::request::RequestContext;
use crate::wdf::{check, unicode, wdf_call};
use crate::{adapter, file, io, version_device};

/// GUID_DEVINTERFACE_NET.
static INTERFACE: GUID = GUID {
    Data1: 0xcac8_8484,
    Data2: 0x7515,
    Data3: 0x4c03,
    Data4: [0x82, 0xe6, 0x71, 0xa8, 0x7a, 0xba, 0xc3, 0x61],
};
/// `ALL_PROCESSOR_GROUPS`.
const ALL_GROUPS: u16 = 0xFFFF;
/// One second, relative, in units of 100 ns.
const TICK: i64 = -10_000_000;

/// One adapter of this driver: the engine, in memory that stays where it is.
pub(crate) struct Adapter {
    engine: Device<Kernel>,
    /// The tick of the engine; set once it has been created.
    timer: Link<wdk_sys::WDFTIMER__>,
}

impl Adapter {
    fn new(services: &'static Services) -> Result<Box<Self>, NTSTATUS> {
        let platform = Kernel::new(services).map_err(|_| STATUS_INSUFFICIENT_RESOURCES)?;
        // SAFETY: no preconditions.
        let processors = unsafe { KeQueryMaximumProcessorCountEx(ALL_GROUPS) };
        let config = Config {
            lanes: processors as usize,
            mtu: adapter::MTU as usize,
            ..Config::default()
        };
        let engine = Device::new(platform, config).map_err(|status| status.0)?;
        let adapter = try_box(Self {
            engine,
            timer: Link::new(),
        })
        .map_err(|_| STATUS_INSUFFICIENT_RESOURCES)?;
        adapter.engine.platform().attach((&adapter.engine).into());
        Ok(adapter)
    }

    /// The engine.
    pub(crate) fn engine(&self) -> &Device<Kernel> {
        &self.engine
    }
}

/// What the framework keeps with the device. Zeros: nothing yet.
pub(crate) struct DeviceContext {
    adapter: Link<Adapter>,
    /// This device keeps the version device alive.
    counted: AtomicBool,
    /// The device has been removed; handles may still be open.
    removed: AtomicBool,
}

context!(DeviceContext, c"ovpn-dco device");

impl DeviceContext {
    /// The engine of this device; `None` while it is made or taken down.
    pub(crate) fn engine(&self) -> Option<&Device<Kernel>> {
        // SAFETY: the adapter goes in the device's cleanup, when no other callback of the device runs.
        self.adapter
            .get()
            .map(|adapter| unsafe { &adapter.as_ref().engine })
    }

    /// Opens the engine for a handle, unless the device has been removed. IRQL: PASSIVE_LEVEL.
    pub(crate) fn open(&self, engine: &Device<Kernel>) -> Result<(), NtStatus> {
        engine.open()?;
        // Whoever removes says so before closing, so one of the two sees the other.
        if self.removed.load(Ordering::SeqCst) {
            engine.close();
            return Err(NtStatus::INVALID_DEVICE_STATE);
        }
        Ok(())
    }
}

/// `EVT_WDF_DRIVER_DEVICE_ADD`. IRQL: PASSIVE_LEVEL.
pub(crate) unsafe extern "C" fn evt_device_add(driver: WDFDRIVER, init: PWDFDEVICE_INIT) -> NTSTATUS {
    // SAFETY: the framework passes this driver, whose object has this context, and an init object for one device.
    match unsafe { add(driver, init) } {
        Ok(()) => STATUS_SUCCESS,
        Err(status) => status,
    }
}

/// # Safety
///
/// The arguments are those of `EVT_WDF_DRIVER_DEVICE_ADD`.
unsafe fn add(driver: WDFDRIVER, mut init: PWDFDEVICE_INIT) -> Result<(), NTSTATUS> {
    // SAFETY: the driver's object has this context.
    let driver_context = unsafe { DriverContext::of(driver.cast()) };
    let services = driver_context.services().ok_or(STATUS_INSUFFICIENT_RESOURCES)?;
    // First: it overwrites much of the init object.
    // SAFETY: the init object has not been used.
    check(unsafe { NETCX.NetDeviceInitConfig(init.cast()) })?;
    // SAFETY: no device has been created from the init object.
    unsafe { configure(init) };
    let mut attributes = attributes::<DeviceContext>(Some(evt_cleanup));
    let mut device: WDFDEVICE = core::ptr::null_mut();
    // SAFETY: the attributes live over the call, which takes the init object.
    check(unsafe {
        wdf_call!(WdfDeviceCreate(
            &raw mut init,
            &raw mut attributes,
            &raw mut device
        ))
    })?;
    // From here on a failure deletes the device, and its cleanup undoes the rest.
    // SAFETY: the device was created with this context.
    let context = unsafe { DeviceContext::of(device.cast()) };
    let adapter = NonNull::from(Box::leak(Adapter::new(services)?));
    context.adapter.set(adapter);
    // SAFETY: the device has just been created.
    check(unsafe { io::create_queue(device) })?;
    // SAFETY: the adapter lives until the device's cleanup.
    let ours = unsafe { adapter.as_ref() };
    // SAFETY: the device has just been created.
    unsafe { create_timer(device, ours) }?;
    // SAFETY: as above.
    unsafe { create_names(device) }?;
    // SAFETY: as above.
    let handle = unsafe { adapter::create(device, adapter) }?;
    if let Some(handle) = NonNull::new(handle) {
        ours.engine.platform().adapter.set(handle);
    }
    // The version device comes with the first adapter, and is no reason to fail.
    if version_device::add(driver, driver_context) {
        context.counted.store(true, Ordering::Release);
    }
    // SAFETY: capabilities are set. The framework starts the adapter when the device is ready.
    check(unsafe { NETCX.NetAdapterStart(handle) })
}

/// Sets what a device is to be, before it is. IRQL: PASSIVE_LEVEL.
///
/// # Safety
///
/// `init` went through NetDeviceInitConfig, and no device has been created from it.
unsafe fn configure(init: PWDFDEVICE_INIT) {
    let mut power = WDF_PNPPOWER_EVENT_CALLBACKS {
        Size: size_field::<WDF_PNPPOWER_EVENT_CALLBACKS>(),
        EvtDeviceD0Entry: Some(evt_d0_entry),
        EvtDeviceD0Exit: Some(evt_d0_exit),
        EvtDeviceSelfManagedIoFlush: Some(evt_flush),
        ..Default::default()
    };
    // SAFETY: the callbacks are copied.
    unsafe { wdf_call!(WdfDeviceInitSetPnpPowerEventCallbacks(init, &raw mut power)) };
    let mut requests = attributes::<RequestContext>(None);
    // SAFETY: the attributes are copied.
    unsafe { wdf_call!(WdfDeviceInitSetRequestAttributes(init, &raw mut requests)) };
    // SAFETY: as the caller says.
    unsafe { file::configure(init) };
}

/// The names under which user space finds the device. IRQL: PASSIVE_LEVEL.
///
/// # Safety
///
/// `device` has just been created.
unsafe fn create_names(device: WDFDEVICE) -> Result<(), NTSTATUS> {
    let reference = unicode(w!("ovpn-dco"));
    // SAFETY: GUID and string are static. Without a reference string NDIS would take the opens.
    check(unsafe {
        wdf_call!(WdfDeviceCreateDeviceInterface(
            device,
            &raw const INTERFACE,
            &raw const reference
        ))
    })?;
    let link = unicode(w!("\\DosDevices\\ovpn-dco"));
    // The link is the first adapter's; for the others it is there already.
    // SAFETY: the string is static.
    let _ = unsafe { wdf_call!(WdfDeviceCreateSymbolicLink(device, &raw const link)) };
    Ok(())
}

/// Creates the engine's tick: a one-shot timer at PASSIVE_LEVEL that its callback starts again. IRQL: PASSIVE_LEVEL.
///
/// # Safety
///
/// `device` has just been created.
unsafe fn create_timer(device: WDFDEVICE, adapter: &Adapter) -> Result<(), NTSTATUS> {
    let mut config = WDF_TIMER_CONFIG {
        Size: size_field::<WDF_TIMER_CONFIG>(),
        EvtTimerFunc: Some(evt_timer),
        ..Default::default()
    };
    let mut attributes = WDF_OBJECT_ATTRIBUTES {
        ParentObject: device.cast(),
        ExecutionLevel: _WDF_EXECUTION_LEVEL::WdfExecutionLevelPassive,
        ..plain_attributes()
    };
    let mut timer: WDFTIMER = core::ptr::null_mut();
    // SAFETY: configuration and attributes live over the call.
    check(unsafe {
        wdf_call!(WdfTimerCreate(
            &raw mut config,
            &raw mut attributes,
            &raw mut timer
        ))
    })?;
    if let Some(timer) = NonNull::new(timer) {
        adapter.timer.set(timer);
    }
    Ok(())
}

/// The adapter of a device.
///
/// # Safety
///
/// `device` is a device that [`add`] made.
unsafe fn adapter_of<'a>(device: WDFOBJECT) -> Option<&'a Adapter> {
    // SAFETY: such a device has this context.
    let context = unsafe { DeviceContext::of(device) };
    // SAFETY: the adapter goes in the device's cleanup, when no other callback of the device runs.
    context.adapter.get().map(|adapter| unsafe { adapter.as_ref() })
}

/// `EVT_WDF_TIMER`. IRQL: PASSIVE_LEVEL.
unsafe extern "C" fn evt_timer(timer: WDFTIMER) {
    // SAFETY: the framework passes a timer whose parent is the device.
    let device = unsafe { wdf_call!(WdfTimerGetParentObject(timer)) };
    // SAFETY: its parent is a device that `add` made.
    if let Some(adapter) = unsafe { adapter_of(device) } {
        adapter.engine.timer();
    }
    // SAFETY: a timer may start itself again.
    unsafe { wdf_call!(WdfTimerStart(timer, TICK)) };
}

/// `EVT_WDF_DEVICE_D0_ENTRY`. IRQL: PASSIVE_LEVEL.
unsafe extern "C" fn evt_d0_entry(device: WDFDEVICE, _previous: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
    // SAFETY: the framework passes a device that `add` made.
    if let Some(timer) = unsafe { adapter_of(device.cast()) }.and_then(|adapter| adapter.timer.get()) {
        // SAFETY: the timer lives as long as the device.
        unsafe { wdf_call!(WdfTimerStart(timer.as_ptr(), TICK)) };
    }
    STATUS_SUCCESS
}

/// `EVT_WDF_DEVICE_D0_EXIT`. IRQL: PASSIVE_LEVEL.
unsafe extern "C" fn evt_d0_exit(device: WDFDEVICE, _target: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
    // SAFETY: the framework passes a device that `add` made.
    if let Some(timer) = unsafe { adapter_of(device.cast()) }.and_then(|adapter| adapter.timer.get()) {
        // SAFETY: the timer lives as long as the device; this is not its callback, so it may be waited for.
        unsafe { wdf_call!(WdfTimerStop(timer.as_ptr(), 1)) };
    }
    STATUS_SUCCESS
}

/// `EVT_WDF_DEVICE_SELF_MANAGED_IO_FLUSH`: the device is removed, perhaps by surprise and with a handle open. Its user learns it from
/// requests that end, and nothing of the session outlives the adapter. IRQL: PASSIVE_LEVEL.
unsafe extern "C" fn evt_flush(device: WDFDEVICE) {
    // SAFETY: the framework passes a device that `add` made.
    let context = unsafe { DeviceContext::of(device.cast()) };
    context.removed.store(true, Ordering::SeqCst);
    if let Some(engine) = context.engine() {
        engine.close();
    }
}

/// `EVT_WDF_OBJECT_CONTEXT_CLEANUP` of the device: its queues, timer, files and network adapter are gone. IRQL: PASSIVE_LEVEL.
unsafe extern "C" fn evt_cleanup(device: WDFOBJECT) {
    // SAFETY: the framework passes a device that `add` made.
    let context = unsafe { DeviceContext::of(device) };
    if context.counted.swap(false, Ordering::AcqRel) {
        // SAFETY: the device is valid until its cleanup returns.
        let driver = unsafe { wdf_call!(WdfDeviceGetDriver(device.cast())) };
        // SAFETY: the driver's object has this context.
        version_device::remove(unsafe { DriverContext::of(driver.cast()) });
    }
    if let Some(adapter) = context.adapter.take() {
        // SAFETY: leaked by `add`, and taken out once.
        let adapter = unsafe { Box::from_raw(adapter.as_ptr()) };
        let _ = adapter.engine.platform().adapter.take();
        adapter.engine.close();
        drop(adapter);
    }
}
