//! Where a profile's files come from.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Something that can read the files a profile names.
pub trait FileSource {
    /// The whole file.
    ///
    /// # Errors
    /// What the system says.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
}

/// The file system. Paths that aren't absolute begin at a folder.
#[derive(Debug, Clone)]
pub struct FileSystem(PathBuf);

impl FileSystem {
    /// Files beside a profile in `folder`.
    pub fn beside(folder: &Path) -> Self {
        Self(folder.to_owned())
    }
}

impl FileSource for FileSystem {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(self.0.join(path))
    }
}

/// No files: a profile has to bring everything inline.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFiles;

impl FileSource for NoFiles {
    fn read(&self, _: &Path) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }
}
