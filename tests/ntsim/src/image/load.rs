//! The PE loader: PE32+ x64 images for the native subsystem, as Windows' memory manager loads drivers.
//!
//! Headers and sections are mapped with their own protections, base relocations are applied, imports are connected by
//! name. A section that is writable and executable is refused (HVCI), as is an image without relocations.

use std::path::Path;

use object::LittleEndian as LE;
use object::pe;
use object::read::pe::{ImageNtHeaders, ImageOptionalHeader, Import, PeFile64};
use thiserror::Error;

use super::Image;
use super::symbols::Symbols;
use crate::guest::Guest;
use crate::registry;
use crate::violation::{self, Rule};

const PAGE: usize = 4096;

/// Why an image can't be loaded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The file can't be read.
    #[error("can't read {0}: {1}")]
    Read(String, std::io::Error),
    /// Not a PE32+ image, or damaged.
    #[error("not a loadable PE32+ image: {0}")]
    Format(#[from] object::Error),
    /// An image for something else.
    #[error("{0}")]
    Kind(&'static str),
    /// More images than the simulator keeps.
    #[error("too many images are loaded")]
    TooMany,
    /// No memory.
    #[error("no memory for the image")]
    Memory,
}

/// Reads, maps, relocates and connects the image at `path`.
pub(super) fn load(path: &Path) -> Result<Image, LoadError> {
    let data = std::fs::read(path).map_err(|e| LoadError::Read(path.display().to_string(), e))?;
    let file = PeFile64::parse(&*data)?;
    let headers = file.nt_headers();
    let optional = headers.optional_header();
    if headers.file_header().machine.get(LE) != pe::IMAGE_FILE_MACHINE_AMD64 {
        return Err(LoadError::Kind("the image isn't for x64"));
    }
    if optional.subsystem() != pe::IMAGE_SUBSYSTEM_NATIVE {
        return Err(LoadError::Kind(
            "the image isn't for the native subsystem: not a driver",
        ));
    }
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let size = (optional.size_of_image() as usize).next_multiple_of(PAGE);
    let base = reserve(size)?;
    let mut loader = Loader {
        file: &file,
        data: &data,
        name: &name,
        base,
        size,
    };
    loader.copy()?;
    loader.relocate(optional.image_base())?;
    let trapped = loader.connect()?;
    loader.protect()?;
    let exports = loader.exports()?;
    let symbols = Symbols::for_image(path, &exports);
    Ok(Image {
        path: path.to_owned(),
        base,
        size,
        entry: base + optional.address_of_entry_point() as usize,
        trapped,
        exports,
        timestamp: headers.file_header().time_date_stamp.get(LE),
        symbols,
        name,
    })
}

/// Makes the pages of an unloaded image inaccessible.
pub(super) fn close(base: usize, size: usize) {
    // SAFETY: our own mapping. It stays reserved, so nothing else can appear at these addresses.
    unsafe { libc::mprotect(base as *mut libc::c_void, size, libc::PROT_NONE) };
}

fn reserve(size: usize) -> Result<usize, LoadError> {
    // SAFETY: a fresh anonymous mapping.
    let base = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            size,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    };
    if base == libc::MAP_FAILED {
        Err(LoadError::Memory)
    } else {
        Ok(base as usize)
    }
}

struct Loader<'a> {
    file: &'a PeFile64<'a>,
    data: &'a [u8],
    name: &'a str,
    base: usize,
    size: usize,
}

impl Loader<'_> {
    /// The loaded bytes from `rva`, at least `length` of them.
    fn at(&self, rva: u32, length: usize) -> Result<Guest<u8>, LoadError> {
        let rva = rva as usize;
        if rva.checked_add(length).is_none_or(|end| end > self.size) {
            return Err(LoadError::Kind("a table of the image points outside of it"));
        }
        Ok(Guest::at(self.base + rva))
    }

    fn copy(&mut self) -> Result<(), LoadError> {
        let headers = self.file.nt_headers().optional_header().size_of_headers() as usize;
        let headers = self
            .data
            .get(..headers)
            .ok_or(LoadError::Kind("the headers are cut off"))?;
        self.at(0, headers.len())?.write_bytes(headers);
        for section in self.file.section_table().iter() {
            let bytes = section.pe_data(self.data).map_err(LoadError::Format)?;
            let length = bytes.len().min(section.virtual_size.get(LE) as usize);
            let target = self.at(
                section.virtual_address.get(LE),
                section.virtual_size.get(LE) as usize,
            )?;
            target.write_bytes(&bytes[..length]);
        }
        Ok(())
    }

    fn relocate(&self, preferred: u64) -> Result<(), LoadError> {
        let stripped = self.file.nt_headers().file_header().characteristics.get(LE)
            & pe::IMAGE_FILE_RELOCS_STRIPPED
            != 0;
        if stripped {
            return Err(LoadError::Kind("the image has no base relocations"));
        }
        let delta = (self.base as u64).wrapping_sub(preferred);
        let directories = self.file.data_directories();
        let Some(mut blocks) = directories.relocation_blocks(self.data, &self.file.section_table())? else {
            return Ok(());
        };
        while let Some(block) = blocks.next()? {
            for relocation in block {
                match relocation.typ {
                    pe::IMAGE_REL_BASED_ABSOLUTE => {}
                    pe::IMAGE_REL_BASED_DIR64 => {
                        let place = self.at(relocation.virtual_address, 8)?.cast::<u64>();
                        place.write(place.read().wrapping_add(delta));
                    }
                    _ => return Err(LoadError::Kind("a relocation type that x64 images don't have")),
                }
            }
        }
        Ok(())
    }

    /// Fills the import table; what the simulator doesn't have becomes a trap. Returns the trapped names.
    fn connect(&self) -> Result<Vec<String>, LoadError> {
        let mut trapped = Vec::new();
        let Some(table) = self.file.import_table()? else {
            return Ok(trapped);
        };
        let mut descriptors = table.descriptors()?;
        while let Some(descriptor) = descriptors.next()? {
            let module = String::from_utf8_lossy(table.name(descriptor.name.get(LE))?).into_owned();
            let first = descriptor.original_first_thunk.get(LE);
            let first = if first == 0 {
                descriptor.first_thunk.get(LE)
            } else {
                first
            };
            let mut thunks = table.thunks(first)?;
            let mut slot = descriptor.first_thunk.get(LE);
            while let Some(thunk) = thunks.next::<pe::ImageNtHeaders64>()? {
                let name = match table.import::<pe::ImageNtHeaders64>(thunk)? {
                    Import::Name(_, name) => String::from_utf8_lossy(name).into_owned(),
                    Import::Ordinal(ordinal) => format!("#{ordinal}"),
                };
                let address = registry::resolve(&module, &name).unwrap_or_else(|| {
                    trapped.push(format!("{module}!{name}"));
                    registry::trap(&module, &name)
                });
                self.at(slot, 8)?.cast::<u64>().write(address as u64);
                slot += 8;
            }
        }
        Ok(trapped)
    }

    fn protect(&self) -> Result<(), LoadError> {
        let headers = self.file.nt_headers().optional_header().size_of_headers() as usize;
        set(self.base, headers, libc::PROT_READ);
        for section in self.file.section_table().iter() {
            let flags = section.characteristics.get(LE);
            let writable = flags & pe::IMAGE_SCN_MEM_WRITE != 0;
            let executable = flags & pe::IMAGE_SCN_MEM_EXECUTE != 0;
            if writable && executable {
                let section = String::from_utf8_lossy(section.raw_name()).into_owned();
                let text = format!("section {section} of {} is writable and executable", self.name);
                // INIT sections of older linkers are; Windows discards them after DriverEntry.
                if flags & pe::IMAGE_SCN_MEM_DISCARDABLE == 0 {
                    violation::report(Rule::CODE_INTEGRITY, text);
                    return Err(LoadError::Kind("a section is writable and executable"));
                }
                eprintln!("ntsim: note: {text}; it is discardable, so it runs without write access");
            }
            let mut protection = libc::PROT_READ;
            if executable {
                protection |= libc::PROT_EXEC;
            } else if writable {
                protection |= libc::PROT_WRITE;
            }
            let start = self.at(section.virtual_address.get(LE), 0)?.addr();
            set(start, section.virtual_size.get(LE) as usize, protection);
        }
        Ok(())
    }

    fn exports(&self) -> Result<Vec<(String, usize)>, LoadError> {
        let mut names = Vec::new();
        if let Some(table) = self.file.export_table()? {
            for export in table.exports()? {
                if let (Some(name), object::read::pe::ExportTarget::Address(rva)) =
                    (export.name, export.target)
                {
                    names.push((String::from_utf8_lossy(name).into_owned(), rva as usize));
                }
            }
        }
        Ok(names)
    }
}

fn set(base: usize, size: usize, protection: i32) {
    // SAFETY: pages of our own mapping.
    let result =
        unsafe { libc::mprotect(base as *mut libc::c_void, size.next_multiple_of(PAGE), protection) };
    assert_eq!(result, 0, "mprotect of an image failed");
}
