//! A driver's whole life on the machine, as `ntsim run` and tests want it: load, add, start, stop, unload.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use thiserror::Error;

use crate::inf::Inf;
use crate::machine::{self, Machine};
use crate::report;
use crate::status::{self, NtStatus};
use crate::wdf::device::Device;
use crate::wdf::driver::{self, LoadError, Loaded};
use crate::wdf::pnp::{self, Pdo, Value};
use crate::wdf::registry;

/// A loaded driver and its device, if it takes one.
pub struct Session {
    loaded: Option<Loaded>,
    device: Option<Arc<Device>>,
}

/// Why a driver doesn't run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// It didn't load.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// It refused the device.
    #[error("the driver didn't accept its device: {}", status::name(*.0))]
    Add(NtStatus),
    /// The device didn't start.
    #[error("the device didn't start: {}", status::name(*.0))]
    Start(NtStatus),
}

impl Session {
    /// Loads the driver; if it is a PnP driver, adds and starts the device that `inf` describes.
    ///
    /// # Errors
    /// See [`StartError`]. What was loaded is unloaded again.
    pub fn start(_machine: &Machine, driver: &Path, inf: Option<&Inf>) -> Result<Self, StartError> {
        let stem = driver
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let service = inf.map_or(stem, |i| i.service.clone());
        if let Some(inf) = inf {
            registry::key("Parameters").lock().extend(inf.parameters.clone());
        }
        report::set_image(driver);
        let loaded = driver::load(driver, &service)?;
        let mut session = Self {
            loaded: Some(loaded),
            device: None,
        };
        if driver::is_pnp() {
            let class = inf.map_or("NET", |i| i.class.as_str()).to_uppercase();
            let ids: Vec<&str> =
                inf.map_or_else(Vec::new, |i| i.hardware_ids.iter().map(String::as_str).collect());
            let mut keys = inf.map_or_else(BTreeMap::new, |i| i.keys.clone());
            if class == "NET" {
                // The Net class installer gives each adapter an id.
                let id = Value::Text("{6e747369-6d00-4000-8000-000000000000}".to_owned());
                keys.entry("netcfginstanceid".to_owned()).or_insert(id);
            }
            let pdo = Pdo::new(&format!(r"ROOT\{class}\0000"), &ids, keys);
            let device = pnp::add_device(&pdo).map_err(StartError::Add)?;
            pnp::start(&device).map_err(StartError::Start)?;
            session.device = Some(device);
        }
        Ok(session)
    }

    /// The PnP device.
    #[must_use]
    pub fn device(&self) -> Option<&Arc<Device>> {
        self.device.as_ref()
    }

    /// The device goes to sleep (D3).
    ///
    /// # Errors
    /// The status of the step that failed; `STATUS_NO_SUCH_DEVICE` without a device.
    pub fn sleep(&self) -> status::Result<()> {
        pnp::sleep(self.present()?)
    }

    /// The device wakes up.
    ///
    /// # Errors
    /// As [`Session::sleep`].
    pub fn resume(&self) -> status::Result<()> {
        pnp::resume(self.present()?)
    }

    /// Removes the device. The driver stays.
    ///
    /// # Errors
    /// The reason why it stays: an open handle, or the driver's refusal.
    pub fn remove(&mut self) -> status::Result<()> {
        pnp::remove(self.present()?)?;
        self.device = None;
        Ok(())
    }

    /// Removes the device without asking. Handles stay open.
    ///
    /// # Errors
    /// The status of a step that failed; the device is gone all the same.
    pub fn surprise_remove(&mut self) -> status::Result<()> {
        let device = self.device.take().ok_or(status::NO_SUCH_DEVICE)?;
        pnp::surprise_remove(&device)
    }

    fn present(&self) -> status::Result<&Arc<Device>> {
        self.device.as_ref().ok_or(status::NO_SUCH_DEVICE)
    }

    /// Removes the device (by surprise if a handle is open) and unloads the driver; what it leaves behind is reported.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if machine::stopped() {
            // Nothing of the driver runs any more.
            self.device = None;
            self.loaded = None;
        }
        if let Some(device) = self.device.take()
            && pnp::remove(&device).is_err()
        {
            // An open handle makes PnP refuse: the device goes like a pulled cable. Its steps report for themselves.
            let _ = pnp::surprise_remove(&device);
        }
        if let Some(loaded) = self.loaded.take() {
            loaded.unload();
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.end();
    }
}
