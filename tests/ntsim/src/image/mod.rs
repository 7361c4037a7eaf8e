//! Driver images: loaded, found by address, described for people.

mod load;
mod symbols;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::RwLock;

pub use load::LoadError;

use symbols::Symbols;

/// A driver image in memory.
#[derive(Debug)]
pub struct Image {
    /// File name without folders, e.g. `ovpn-dco.sys`.
    pub name: String,
    /// Where the file is.
    pub path: PathBuf,
    /// Address it was loaded at.
    pub base: usize,
    /// Bytes from `base`.
    pub size: usize,
    /// Address of the entry point.
    pub entry: usize,
    /// Imports that became traps.
    pub trapped: Vec<String>,
    /// Exported functions by name.
    pub exports: Vec<(String, usize)>,
    /// SHA-256 is computed by callers; these are the file's bytes' length and the link time stamp.
    pub timestamp: u32,
    symbols: Symbols,
}

static IMAGES: RwLock<Vec<Arc<Image>>> = RwLock::new(Vec::new());
const RANGES: usize = 8;
/// Copies of the images' ranges that a signal handler can read.
static STARTS: [AtomicUsize; RANGES] = [const { AtomicUsize::new(0) }; RANGES];
static ENDS: [AtomicUsize; RANGES] = [const { AtomicUsize::new(0) }; RANGES];

/// Loads the image at `path`, connects its imports, and makes it known.
///
/// # Errors
/// When the file isn't a PE32+ x64 image for the native subsystem, or breaks a rule of Windows' loader.
pub fn load(path: &Path) -> Result<Arc<Image>, LoadError> {
    let image = Arc::new(load::load(path)?);
    let slot = STARTS
        .iter()
        .position(|s| s.load(Ordering::Relaxed) == 0)
        .ok_or(LoadError::TooMany)?;
    STARTS[slot].store(image.base, Ordering::Relaxed);
    ENDS[slot].store(image.base + image.size, Ordering::Release);
    IMAGES.write().push(Arc::clone(&image));
    Ok(image)
}

/// Makes an unloaded image inaccessible: whatever still runs or calls into it faults and is reported.
pub fn unload(image: &Image) {
    load::close(image.base, image.size);
}

/// Whether `address` is inside of a driver image. Safe in a signal handler.
#[must_use]
pub fn contains(address: usize) -> bool {
    STARTS.iter().zip(&ENDS).any(|(start, end)| {
        let start = start.load(Ordering::Relaxed);
        start != 0 && (start..end.load(Ordering::Relaxed)).contains(&address)
    })
}

/// The image that `address` is in.
#[must_use]
pub fn find(address: usize) -> Option<Arc<Image>> {
    IMAGES
        .read()
        .iter()
        .find(|i| (i.base..i.base + i.size).contains(&address))
        .cloned()
}

/// `address` for people: symbol and offset, or image and offset, or the number.
#[must_use]
pub fn describe(address: usize) -> String {
    match find(address) {
        Some(image) => image.describe(address - image.base),
        None if address == 0 => "(not from a driver)".to_owned(),
        None => format!("{address:#x}"),
    }
}

pub(crate) fn reset() {
    for image in IMAGES.write().drain(..) {
        load::close(image.base, image.size);
    }
    for (start, end) in STARTS.iter().zip(&ENDS) {
        end.store(0, Ordering::Relaxed);
        start.store(0, Ordering::Relaxed);
    }
}

impl Image {
    fn describe(&self, offset: usize) -> String {
        // A return address is behind the call: look up the byte before it, so that a call at the end of a function
        // isn't taken for the next function.
        match self.symbols.find(offset.saturating_sub(1)) {
            Some((symbol, start, line)) => {
                let line = line.map(|l| format!(" ({l})")).unwrap_or_default();
                format!("{}!{symbol}+{:#x}{line}", self.name, offset - start)
            }
            None => format!("{}+{offset:#x}", self.name),
        }
    }
}
