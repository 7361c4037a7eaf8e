//! Writes a version resource (`VS_VERSIONINFO`) as a compiled resource file (.res), so that no resource compiler is needed.
//!
//! A .res file is a row of resources, each a header (sizes, type, name, flags) and data, on multiples of four
//! bytes; the first is empty and marks the file as 32-bit. The data of a version resource is a tree of nodes, each with
//! its length, the length and kind of its value, its name, and then value and children.

/// Language of the strings: US English, in Unicode.
const LANGUAGE: u16 = 0x0409;
const CODE_PAGE: u16 = 0x04b0;

/// `VS_FIXEDFILEINFO` and strings of a network driver.
pub(crate) struct VersionResource<'a> {
    /// Version of file and product: major, minor, build, revision.
    pub(crate) version: [u16; 4],
    /// The strings, by name: `FileDescription` and so on.
    pub(crate) strings: &'a [(&'a str, &'a str)],
}

impl VersionResource<'_> {
    /// The content of the .res file.
    pub(crate) fn to_res(&self) -> Vec<u8> {
        const RT_VERSION: u16 = 16;
        const VS_VERSION_INFO: u16 = 1;
        let mut res = Vec::new();
        push_resource(&mut res, 0, 0, 0, &[]);
        push_resource(
            &mut res,
            RT_VERSION,
            VS_VERSION_INFO,
            LANGUAGE,
            &self.version_info(),
        );
        res
    }

    fn version_info(&self) -> Vec<u8> {
        let strings: Vec<Vec<u8>> = self
            .strings
            .iter()
            .map(|(name, text)| text_node(name, text))
            .collect();
        let table = node(
            &format!("{LANGUAGE:04X}{CODE_PAGE:04X}"),
            Value::Text(&[]),
            &strings,
        );
        let string_info = node("StringFileInfo", Value::Text(&[]), &[table]);
        let translation = words(&[LANGUAGE, CODE_PAGE]);
        let translation = node("Translation", Value::Binary(&translation), &[]);
        let var_info = node("VarFileInfo", Value::Text(&[]), &[translation]);
        node(
            "VS_VERSION_INFO",
            Value::Binary(&self.fixed_info()),
            &[string_info, var_info],
        )
    }

    fn fixed_info(&self) -> Vec<u8> {
        const SIGNATURE: u32 = 0xfeef_04bd;
        const STRUCTURE_VERSION: u32 = 0x0001_0000;
        const ALL_FLAGS: u32 = 0x3f;
        const VOS_NT_WINDOWS32: u32 = 0x0004_0004;
        const VFT_DRV: u32 = 3;
        const VFT2_DRV_NETWORK: u32 = 6;
        let [major, minor, build, revision] = self.version.map(u32::from);
        let (high, low) = (major << 16 | minor, build << 16 | revision);
        let no_flags = 0;
        let no_date = [0, 0];
        [
            SIGNATURE,
            STRUCTURE_VERSION,
            high,
            low,
            high,
            low,
            ALL_FLAGS,
            no_flags,
            VOS_NT_WINDOWS32,
            VFT_DRV,
            VFT2_DRV_NETWORK,
            no_date[0],
            no_date[1],
        ]
        .into_iter()
        .flat_map(u32::to_le_bytes)
        .collect()
    }
}

/// The value of a node, which is counted in characters or in bytes.
enum Value<'a> {
    Text(&'a [u8]),
    Binary(&'a [u8]),
}

fn text_node(name: &str, text: &str) -> Vec<u8> {
    node(name, Value::Text(&utf16(text)), &[])
}

fn node(name: &str, value: Value<'_>, children: &[Vec<u8>]) -> Vec<u8> {
    let (bytes, length, kind) = match value {
        Value::Text(bytes) => (bytes, bytes.len() / 2, 1),
        Value::Binary(bytes) => (bytes, bytes.len(), 0),
    };
    // The length comes first, and is known last.
    let mut node = words(&[0, length_word(length), kind]);
    node.extend(utf16(name));
    align(&mut node);
    node.extend(bytes);
    for child in children {
        align(&mut node);
        node.extend(child);
    }
    let length = length_word(node.len());
    node[..2].copy_from_slice(&length.to_le_bytes());
    node
}

fn push_resource(res: &mut Vec<u8>, kind: u16, name: u16, language: u16, data: &[u8]) {
    const HEADER_SIZE: u32 = 32;
    const BY_NUMBER: u16 = 0xffff;
    let data_size = u32::try_from(data.len()).expect("a resource of this size");
    res.extend(data_size.to_le_bytes());
    res.extend(HEADER_SIZE.to_le_bytes());
    res.extend(words(&[BY_NUMBER, kind, BY_NUMBER, name]));
    let data_version = 0_u32;
    res.extend(data_version.to_le_bytes());
    let memory_flags = 0;
    res.extend(words(&[memory_flags, language]));
    let version_and_characteristics = 0_u64;
    res.extend(version_and_characteristics.to_le_bytes());
    res.extend(data);
    align(res);
}

fn align(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
}

fn words(words: &[u16]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// Text in UTF-16, with a zero at the end.
fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16()
        .chain([0])
        .flat_map(u16::to_le_bytes)
        .collect()
}

fn length_word(length: usize) -> u16 {
    u16::try_from(length).expect("a version resource is smaller than 64 KiB")
}
