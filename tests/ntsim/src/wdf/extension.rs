//! Class extensions: other frameworks on top of this one (NetAdapterCx).
//!
//! A class extension registers itself by name; the loader hands it each client that binds the class. It takes part in a
//! device's life by attaching a [`DeviceExtension`] to the device's init object, as `CxDeviceInit` does on Windows.

use std::sync::Arc;

use parking_lot::RwLock;

use super::object::Object;
use crate::abi::kmdf::{ClassBindInfo, DriverGlobals};
use crate::abi::wdm::{DriverObject, Irp};
use crate::guest::Guest;
use crate::image::Image;
use crate::status::{NtStatus, Result};

/// A driver that has bound the framework.
pub struct Client {
    /// Service name, e.g. `ovpn-dco`.
    pub service: String,
    /// Its globals, the first argument of each of its calls.
    pub globals: Guest<DriverGlobals>,
    /// Its driver object.
    pub driver_object: Guest<DriverObject>,
    /// Its image.
    pub image: Arc<Image>,
    /// Version it asked for.
    pub version: (u32, u32),
}

/// A framework on top of KMDF.
pub trait ClassExtension: Send + Sync {
    /// Class name that a client binds; compared without case.
    fn name(&self) -> &'static str;

    /// Fills the client's function table. PASSIVE_LEVEL, before the client's `DriverEntry`.
    ///
    /// # Errors
    /// The status that the client's load fails with.
    fn bind(&self, client: &Arc<Client>, info: Guest<ClassBindInfo>) -> Result<()>;

    /// Forgets the client; what it has left behind is reported here.
    fn unbind(&self, client: &Arc<Client>, info: Guest<ClassBindInfo>);
}

/// Steps of a device's life, in the order of the PnP and power state machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// EvtDevicePrepareHardware.
    PrepareHardware,
    /// EvtDeviceD0Entry.
    D0Entry,
    /// EvtDeviceD0EntryPostInterruptsEnabled.
    D0EntryPostInterrupts,
    /// EvtDeviceSelfManagedIoInit.
    SelfManagedIoInit,
    /// EvtDeviceSelfManagedIoRestart.
    SelfManagedIoRestart,
    /// EvtDeviceSelfManagedIoSuspend.
    SelfManagedIoSuspend,
    /// EvtDeviceD0ExitPreInterruptsDisabled.
    D0ExitPreInterrupts,
    /// EvtDeviceD0Exit.
    D0Exit,
    /// EvtDeviceReleaseHardware.
    ReleaseHardware,
    /// EvtDeviceSelfManagedIoFlush.
    SelfManagedIoFlush,
    /// EvtDeviceSelfManagedIoCleanup.
    SelfManagedIoCleanup,
    /// EvtDeviceSurpriseRemoval.
    SurpriseRemoval,
    /// EvtDeviceQueryRemove.
    QueryRemove,
}

/// Who gets a create request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The client driver.
    Client,
    /// The extension takes it and completes it with this status; later requests of that file fail.
    Taken(NtStatus),
}

/// A class extension's part of one device. All calls at PASSIVE_LEVEL.
pub trait DeviceExtension: Send + Sync {
    /// `WdfDeviceCreate` is about to return success.
    ///
    /// # Errors
    /// Makes `WdfDeviceCreate` fail.
    fn created(&self, device: &'static Object) -> Result<()> {
        let _ = device;
        Ok(())
    }

    /// Runs before the client's callback of `step`.
    ///
    /// # Errors
    /// Fails the step; the client's callback isn't called.
    fn before(&self, device: &'static Object, step: Step) -> Result<()> {
        let _ = (device, step);
        Ok(())
    }

    /// Runs after the client's callback of `step`, whether the client has one or not.
    ///
    /// # Errors
    /// Fails the step.
    fn after(&self, device: &'static Object, step: Step) -> Result<()> {
        let _ = (device, step);
        Ok(())
    }

    /// The device reached Started: its interfaces are enabled, opens can arrive.
    fn started(&self, device: &'static Object) {
        let _ = device;
    }

    /// The device object is about to be disposed of.
    fn removing(&self, device: &'static Object) {
        let _ = device;
    }

    /// What the device has outside of the simulated machine, by name: `network-interface` is the name of the host's
    /// network interface that stands for it.
    fn properties(&self, device: &'static Object) -> Vec<(String, String)> {
        let _ = device;
        Vec::new()
    }

    /// Decides who gets a create request; `name` is the file name with its backslash.
    fn route_create(&self, device: &'static Object, name: &str, irp: Guest<Irp>) -> Route {
        let _ = (device, name, irp);
        Route::Client
    }
}

static CLASSES: RwLock<Vec<Arc<dyn ClassExtension>>> = RwLock::new(Vec::new());

/// Makes a class known to the loader. The same name again replaces the earlier one.
pub fn register(class: Arc<dyn ClassExtension>) {
    let mut classes = CLASSES.write();
    classes.retain(|c| !c.name().eq_ignore_ascii_case(class.name()));
    classes.push(class);
}

/// The class with this name.
#[must_use]
pub fn find(name: &str) -> Option<Arc<dyn ClassExtension>> {
    CLASSES
        .read()
        .iter()
        .find(|c| c.name().eq_ignore_ascii_case(name))
        .cloned()
}
