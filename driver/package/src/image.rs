//! The driver image: what of a PE file matters to the kernel's loader and to this project's checks.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use object::{
    LittleEndian as LE, Object as _, pe,
    read::pe::{ImageNtHeaders as _, ImageOptionalHeader as _, Import, PeFile64},
};

use crate::wide;

/// The processor that an image is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Arch {
    /// x86-64; INF files say amd64.
    X64,
    /// 64-bit Arm.
    Arm64,
}

impl Arch {
    /// The name in a models section of an INF, after `NT`.
    #[must_use]
    pub const fn inf_name(self) -> &'static str {
        match self {
            Self::X64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }

    /// The name of the package's folder.
    #[must_use]
    pub const fn folder(self) -> &'static str {
        match self {
            Self::X64 => "x64",
            Self::Arm64 => "arm64",
        }
    }
}

/// A section: a range of the image with one protection.
#[derive(Clone, Debug)]
pub struct Section {
    /// Name, at most 8 characters.
    pub name: String,
    /// Offset from the image's base in memory, in bytes.
    pub address: u32,
    /// Size in memory, in bytes.
    pub size: u32,
    /// `IMAGE_SCN_*` flags.
    pub flags: u32,
}

/// A four-part version: major, minor, build, revision.
pub type Version = [u16; 4];

/// What a version resource says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionResource {
    /// Version of the file.
    pub file: Version,
    /// `VFT_*`.
    pub file_type: u32,
    /// `VFT2_*`.
    pub file_subtype: u32,
    /// The strings (`FileDescription`, ...), by name.
    pub strings: BTreeMap<String, String>,
}

/// A driver image, taken apart.
#[derive(Clone, Debug)]
pub struct Image {
    /// Size of the file in bytes.
    pub file_size: usize,
    /// The processor it is for; `None` for one that is no driver target.
    pub arch: Option<Arch>,
    /// `TimeDateStamp`: a hash of the content in a reproducible build.
    pub timestamp: u32,
    /// `IMAGE_FILE_*` flags.
    pub characteristics: u16,
    /// `IMAGE_DLLCHARACTERISTICS_*` flags.
    pub dll_characteristics: u16,
    /// `IMAGE_SUBSYSTEM_*`.
    pub subsystem: u16,
    /// Windows version that the image is for: major, minor.
    pub os_version: (u16, u16),
    /// Version of the subsystem that the image is for: major, minor.
    pub subsystem_version: (u16, u16),
    /// Alignment of sections in memory, in bytes.
    pub section_alignment: u32,
    /// Offset of the entry point from the image's base; 0 for none.
    pub entry: u32,
    /// Checksum that the header states.
    pub checksum: u32,
    /// Checksum of the file as it is.
    pub computed_checksum: u32,
    /// All sections, in file order.
    pub sections: Vec<Section>,
    /// Imported names by module, as spelled in the image; sorted.
    pub imports: BTreeMap<String, Vec<String>>,
    /// Offset of the import table.
    pub import_address: u32,
    /// Whether there are base relocations.
    pub relocatable: bool,
    /// Whether there are unwind tables.
    pub unwind_tables: bool,
    /// Whether there is a thread-local storage directory.
    pub thread_local_storage: bool,
    /// Offsets of x64 instructions that use wide registers (AVX and later).
    pub wide_instructions: Vec<u32>,
    /// Name of the symbol file that a debugger looks for.
    pub pdb: Option<String>,
    /// The version resource.
    pub version: Option<VersionResource>,
}

impl Image {
    /// Takes a PE32+ file apart.
    ///
    /// # Errors
    ///
    /// If it is none, or a table of it points outside of the file.
    pub fn parse(data: &[u8]) -> Result<Self> {
        let file = PeFile64::parse(data).context("not a PE32+ image")?;
        let header = file.nt_headers().optional_header();
        let file_header = file.nt_headers().file_header();
        let directory = |id| {
            file.data_directory(id)
                .map_or(0, |entry| entry.virtual_address.get(LE))
        };
        Ok(Self {
            file_size: data.len(),
            arch: match file_header.machine.get(LE) {
                pe::IMAGE_FILE_MACHINE_AMD64 => Some(Arch::X64),
                pe::IMAGE_FILE_MACHINE_ARM64 => Some(Arch::Arm64),
                _ => None,
            },
            timestamp: file_header.time_date_stamp.get(LE),
            characteristics: file_header.characteristics.get(LE),
            dll_characteristics: header.dll_characteristics(),
            subsystem: header.subsystem(),
            os_version: (
                header.major_operating_system_version(),
                header.minor_operating_system_version(),
            ),
            subsystem_version: (header.major_subsystem_version(), header.minor_subsystem_version()),
            section_alignment: header.section_alignment(),
            entry: header.address_of_entry_point(),
            checksum: header.check_sum(),
            computed_checksum: checksum(data)?,
            sections: sections(&file),
            imports: imports(&file)?,
            import_address: directory(pe::IMAGE_DIRECTORY_ENTRY_IMPORT),
            relocatable: directory(pe::IMAGE_DIRECTORY_ENTRY_BASERELOC) != 0
                && file_header.characteristics.get(LE) & pe::IMAGE_FILE_RELOCS_STRIPPED == 0,
            unwind_tables: directory(pe::IMAGE_DIRECTORY_ENTRY_EXCEPTION) != 0,
            thread_local_storage: directory(pe::IMAGE_DIRECTORY_ENTRY_TLS) != 0,
            wide_instructions: wide_instructions(&file)?,
            pdb: file
                .pdb_info()?
                .map(|info| String::from_utf8_lossy(info.path()).into_owned()),
            version: version_resource(&file, data)?,
        })
    }

    /// The section that holds an address.
    #[must_use]
    pub fn section_at(&self, address: u32) -> Option<&Section> {
        self.sections
            .iter()
            .find(|section| address >= section.address && address - section.address < section.size.max(1))
    }
}

fn sections(file: &PeFile64<'_>) -> Vec<Section> {
    file.section_table()
        .iter()
        .map(|section| Section {
            name: String::from_utf8_lossy(section.raw_name()).into_owned(),
            address: section.virtual_address.get(LE),
            size: section.virtual_size.get(LE),
            flags: section.characteristics.get(LE),
        })
        .collect()
}

/// Looks through all executable sections of an x64 image. Unwind tables say where functions begin and end.
fn wide_instructions(file: &PeFile64<'_>) -> Result<Vec<u32>> {
    if file.nt_headers().file_header().machine.get(LE) != pe::IMAGE_FILE_MACHINE_AMD64 {
        return Ok(Vec::new());
    }
    let (data, table) = (file.data(), file.section_table());
    let mut starts = Vec::new();
    if let Some(directory) = file.data_directory(pe::IMAGE_DIRECTORY_ENTRY_EXCEPTION) {
        // Begin, end and unwind information of each function.
        for entry in directory.data(data, &table)?.chunks_exact(12) {
            let word =
                |at: usize| u32::from_le_bytes([entry[at], entry[at + 1], entry[at + 2], entry[at + 3]]);
            starts.extend([word(0), word(4)]);
        }
    }
    let mut found = Vec::new();
    for section in table.iter() {
        if section.characteristics.get(LE) & pe::IMAGE_SCN_MEM_EXECUTE != 0 {
            let code = section
                .pe_data(data)
                .context("a section lies outside of the file")?;
            found.extend(wide::instructions(
                (section.virtual_address.get(LE), code),
                &starts,
            ));
        }
    }
    Ok(found)
}

fn imports(file: &PeFile64<'_>) -> Result<BTreeMap<String, Vec<String>>> {
    let mut modules = BTreeMap::new();
    let Some(table) = file.import_table()? else {
        return Ok(modules);
    };
    let mut descriptors = table.descriptors()?;
    while let Some(descriptor) = descriptors.next()? {
        let module = String::from_utf8_lossy(table.name(descriptor.name.get(LE))?).into_owned();
        let names: &mut Vec<String> = modules.entry(module).or_default();
        let mut thunks = table.thunks(descriptor.original_first_thunk.get(LE))?;
        while let Some(thunk) = thunks.next::<pe::ImageNtHeaders64>()? {
            names.push(match table.import::<pe::ImageNtHeaders64>(thunk)? {
                Import::Name(_, name) => String::from_utf8_lossy(name).into_owned(),
                Import::Ordinal(ordinal) => format!("#{ordinal}"),
            });
        }
        names.sort();
    }
    Ok(modules)
}

/// The checksum of a PE file: the sum of its 16-bit words with carry, without the checksum field, plus its size.
fn checksum(data: &[u8]) -> Result<u32> {
    const OFFSET_OF_NEW_HEADER: usize = 0x3c;
    const CHECKSUM_IN_NEW_HEADER: usize = 4 + 20 + 64;
    let Some(new_header) = data
        .get(OFFSET_OF_NEW_HEADER..)
        .and_then(|rest| rest.first_chunk())
    else {
        bail!("the file is too short for a PE image");
    };
    let field = u32::from_le_bytes(*new_header) as usize + CHECKSUM_IN_NEW_HEADER;
    let mut sum = 0_u64;
    for (at, pair) in data.chunks(2).enumerate() {
        if at * 2 == field || at * 2 == field + 2 {
            continue;
        }
        sum += u64::from(pair[0]) | u64::from(*pair.get(1).unwrap_or(&0)) << 8;
        sum = (sum & 0xffff) + (sum >> 16);
    }
    Ok(u32::try_from((sum & 0xffff) + (sum >> 16) + data.len() as u64)?)
}

/// The version resource of an image.
fn version_resource(file: &PeFile64<'_>, data: &[u8]) -> Result<Option<VersionResource>> {
    let sections = file.section_table();
    let Some(directory) = file.data_directories().resource_directory(data, &sections)? else {
        return Ok(None);
    };
    for entry in directory.root()?.entries {
        if entry.name_or_id().id() != Some(pe::RT_VERSION) {
            continue;
        }
        // Below the type are the names, and below these the languages.
        let Some(names) = entry.data(directory)?.table() else {
            continue;
        };
        let Some(languages) = names
            .entries
            .first()
            .map(|entry| entry.data(directory))
            .transpose()?
        else {
            continue;
        };
        let Some(languages) = languages.table() else {
            continue;
        };
        let Some(leaf) = languages
            .entries
            .first()
            .map(|entry| entry.data(directory))
            .transpose()?
        else {
            continue;
        };
        let Some(leaf) = leaf.data() else { continue };
        let bytes = sections
            .pe_data_at(data, leaf.offset_to_data.get(LE))
            .and_then(|bytes| bytes.get(..leaf.size.get(LE) as usize))
            .context("the version resource lies outside of the file")?;
        return VersionResource::parse(bytes).map(Some);
    }
    Ok(None)
}

impl VersionResource {
    /// Parses `VS_VERSIONINFO`: a tree of nodes, each with length, value length, type, a name and a value.
    fn parse(bytes: &[u8]) -> Result<Self> {
        const SIGNATURE: u32 = 0xfeef_04bd;
        let root = Node::parse(bytes)?;
        let word = |at: usize| -> Result<u32> {
            let bytes = root.value.get(at * 4..).and_then(|rest| rest.first_chunk());
            Ok(u32::from_le_bytes(
                *bytes.context("VS_FIXEDFILEINFO is too short")?,
            ))
        };
        if word(0)? != SIGNATURE {
            bail!("VS_FIXEDFILEINFO has no signature");
        }
        let halves = |value: u32| [(value >> 16) as u16, (value & 0xffff) as u16];
        let ([major, minor], [build, revision]) = (halves(word(2)?), halves(word(3)?));
        let mut strings = BTreeMap::new();
        for table in root
            .children()?
            .iter()
            .filter(|node| node.name == "StringFileInfo")
        {
            for language in table.children()? {
                for string in language.children()? {
                    let units: Vec<_> = string
                        .value
                        .chunks_exact(2)
                        .map(|c| u16::from_le_bytes([c[0], c[1]]))
                        .collect();
                    let text = String::from_utf16_lossy(&units).trim_end_matches('\0').to_owned();
                    strings.insert(string.name.clone(), text);
                }
            }
        }
        Ok(Self {
            file: [major, minor, build, revision],
            file_type: word(9)?,
            file_subtype: word(10)?,
            strings,
        })
    }
}

/// A node of a version resource. Names and values start at multiples of four bytes.
struct Node<'a> {
    name: String,
    value: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Node<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self> {
        let [length, value_length, kind] = *bytes
            .first_chunk::<6>()
            .context("a node of the version resource is cut off")?
            .as_chunks::<2>()
            .0
        else {
            bail!("a node has three numbers");
        };
        let bytes = bytes
            .get(..usize::from(u16::from_le_bytes(length)))
            .context("a node is longer than its parent")?;
        let is_text = u16::from_le_bytes(kind) == 1;
        let value_length = usize::from(u16::from_le_bytes(value_length)) * if is_text { 2 } else { 1 };
        let units: Vec<_> = bytes[6..]
            .chunks_exact(2)
            .map(|c| u16::from_le_bytes([c[0], c[1]]))
            .take_while(|unit| *unit != 0)
            .collect();
        let value_at = (6 + (units.len() + 1) * 2).next_multiple_of(4).min(bytes.len());
        let value_end = (value_at + value_length).min(bytes.len());
        Ok(Self {
            name: String::from_utf16_lossy(&units),
            value: &bytes[value_at..value_end],
            rest: bytes.get(value_end.next_multiple_of(4)..).unwrap_or(&[]),
        })
    }

    fn children(&self) -> Result<Vec<Node<'a>>> {
        let mut children = Vec::new();
        let mut rest = self.rest;
        while rest.len() >= 6 {
            let length = usize::from(u16::from_le_bytes([rest[0], rest[1]]));
            if length < 6 {
                bail!("a node of the version resource has length {length}");
            }
            children.push(Node::parse(rest)?);
            rest = rest.get(length.next_multiple_of(4)..).unwrap_or(&[]);
        }
        Ok(children)
    }
}

#[cfg(test)]
mod tests {
    use super::checksum;

    #[test]
    fn checksum_leaves_out_its_own_field() {
        let mut data = vec![0_u8; 0x200];
        data[0x3c] = 0x80;
        data[0x100..0x104].copy_from_slice(&[0xff, 0xff, 0x01, 0x00]);
        // 0xffff + 1 carries to 1, plus 0x80 from the header offset, plus the size.
        assert_eq!(checksum(&data).unwrap(), 0x81 + 0x200);
        data[0x80 + 88..0x80 + 92].copy_from_slice(&[1, 2, 3, 4]);
        assert_eq!(checksum(&data).unwrap(), 0x81 + 0x200);
        assert!(checksum(&data[..0x20]).is_err());
    }
}
