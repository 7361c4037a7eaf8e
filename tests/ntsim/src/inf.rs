//! Reading the driver's INF: hardware id, service, and the values that its `HKR` lines put into the device's key.
//!
//! Follows the INF syntax of SetupAPI as far as a network driver uses it: sections, `%strings%`, quotes, continuation by
//! comma lists, decorated names (`.NTamd64`, `.NT`, plain, in this order). Everything else in the file is left alone.

use std::collections::BTreeMap;
use std::path::Path;

use thiserror::Error;

use crate::wdf::pnp::Value;

/// What an INF says about the first device that it installs on x64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inf {
    /// Setup class, e.g. `Net`.
    pub class: String,
    /// Hardware ids of the first model.
    pub hardware_ids: Vec<String>,
    /// Service name.
    pub service: String,
    /// `HKR` values of the device's software key, by lower-case name (`subkey\name` for subkeys).
    pub keys: BTreeMap<String, Value>,
    /// `HKR,Parameters` values of the service.
    pub parameters: BTreeMap<String, Value>,
}

/// Why an INF can't be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InfError {
    /// The file can't be read.
    #[error("can't read {0}: {1}")]
    Read(String, std::io::Error),
    /// Something that the device needs isn't there.
    #[error("the INF has no {0}")]
    Missing(&'static str),
}

type Sections = BTreeMap<String, Vec<String>>;

impl Inf {
    /// Reads an INF file, in UTF-8 or UTF-16.
    ///
    /// # Errors
    /// See [`InfError`].
    pub fn read(path: &Path) -> Result<Self, InfError> {
        let bytes = std::fs::read(path).map_err(|e| InfError::Read(path.display().to_string(), e))?;
        let text = match bytes.as_slice() {
            [0xFF, 0xFE, rest @ ..] => {
                let units: Vec<u16> = rest
                    .chunks_exact(2)
                    .map(|c| u16::from_le_bytes([c[0], c[1]]))
                    .collect();
                String::from_utf16_lossy(&units)
            }
            [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
            all => String::from_utf8_lossy(all).into_owned(),
        };
        Self::parse(&text)
    }

    /// Reads the text of an INF.
    ///
    /// # Errors
    /// [`InfError::Missing`] for an INF that installs nothing on x64.
    pub fn parse(text: &str) -> Result<Self, InfError> {
        let sections = sections(text);
        let strings = strings(&sections);
        let value = |section: &str, key: &str| {
            let lines = sections.get(section)?;
            lines.iter().find_map(|l| {
                let (name, value) = l.split_once('=')?;
                name.trim()
                    .eq_ignore_ascii_case(key)
                    .then(|| expand(value.trim(), &strings))
            })
        };
        let class = value("version", "Class").ok_or(InfError::Missing("Class in [Version]"))?;
        let manufacturer = sections.get("manufacturer").and_then(|l| l.first());
        let manufacturer = manufacturer.ok_or(InfError::Missing("[Manufacturer] section"))?;
        let models = model_lines(manufacturer, &sections).ok_or(InfError::Missing("models for x64"))?;
        let model = models
            .first()
            .and_then(|l| l.split_once('='))
            .ok_or(InfError::Missing("model"))?;
        let mut fields = fields(model.1, &strings).into_iter();
        let install = fields.next().ok_or(InfError::Missing("install section"))?;
        let install = decorated(&install, "", &sections).ok_or(InfError::Missing("install section"))?;
        let services = sections.get(&format!("{install}.services"));
        let add = services
            .into_iter()
            .flatten()
            .find_map(|l| directive(l, "AddService", &strings));
        let add = add.ok_or(InfError::Missing("AddService directive"))?;
        let service = add.first().cloned().ok_or(InfError::Missing("service name"))?;
        let mut keys = BTreeMap::new();
        for line in sections.get(&install).into_iter().flatten() {
            for section in directive(line, "AddReg", &strings).unwrap_or_default() {
                add_reg(&sections, &section, &strings, &mut keys);
            }
            // The Net class writes the standardized keywords of the install section to the software key.
            if let Some((name, value)) = line.split_once('=').filter(|(n, _)| n.starts_with('*')) {
                keys.insert(name.trim().to_ascii_lowercase(), Value::Number(number(value)));
            }
        }
        let mut parameters = BTreeMap::new();
        if let Some(section) = add.get(2).and_then(|s| sections.get(&s.to_ascii_lowercase())) {
            let mut all = BTreeMap::new();
            for line in section {
                for section in directive(line, "AddReg", &strings).unwrap_or_default() {
                    add_reg(&sections, &section, &strings, &mut all);
                }
            }
            parameters.extend(
                all.into_iter()
                    .filter_map(|(k, v)| Some((k.strip_prefix(r"parameters\")?.to_owned(), v))),
            );
        }
        Ok(Self {
            class,
            hardware_ids: fields.filter(|f| !f.is_empty()).collect(),
            service,
            keys,
            parameters,
        })
    }
}

/// Lower-case section names and their lines, without comments. Sections of the same name are one.
fn sections(text: &str) -> Sections {
    let mut sections = Sections::new();
    let mut current = String::new();
    for line in text.lines() {
        let line = without_comment(line).trim();
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            current = name.trim().to_ascii_lowercase();
            sections.entry(current.clone()).or_default();
        } else if !line.is_empty() {
            sections.entry(current.clone()).or_default().push(line.to_owned());
        }
    }
    sections
}

fn without_comment(line: &str) -> &str {
    let mut quoted = false;
    for (i, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ';' if !quoted => return &line[..i],
            _ => {}
        }
    }
    line
}

fn strings(sections: &Sections) -> BTreeMap<String, String> {
    let lines = sections.get("strings").into_iter().flatten();
    let pairs = lines.filter_map(|l| l.split_once('='));
    pairs
        .map(|(k, v)| {
            (
                k.trim().to_ascii_lowercase(),
                v.trim().trim_matches('"').to_owned(),
            )
        })
        .collect()
}

/// Replaces `%name%`, and takes the quotes away.
fn expand(text: &str, strings: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = text.trim().trim_matches('"');
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('%') else {
            out.push('%');
            rest = after;
            continue;
        };
        match strings.get(&name.to_ascii_lowercase()) {
            Some(value) => out.push_str(value),
            None if name.is_empty() => out.push('%'),
            None => out.push_str(&format!("%{name}%")),
        }
        rest = tail;
    }
    out + rest
}

/// The comma-separated fields of a line; commas inside of quotes don't count.
fn fields(text: &str, strings: &BTreeMap<String, String>) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        match c {
            ',' if !quoted => fields.push(String::new()),
            c => {
                quoted ^= c == '"';
                if let Some(last) = fields.last_mut() {
                    last.push(c);
                }
            }
        }
    }
    fields.iter().map(|f| expand(f, strings)).collect()
}

fn directive(line: &str, name: &str, strings: &BTreeMap<String, String>) -> Option<Vec<String>> {
    let (key, value) = line.split_once('=')?;
    key.trim()
        .eq_ignore_ascii_case(name)
        .then(|| fields(value, strings))
}

/// The lines of the models section for x64 that the manufacturer line names.
fn model_lines<'a>(manufacturer: &str, sections: &'a Sections) -> Option<&'a Vec<String>> {
    let (_, value) = manufacturer.split_once('=')?;
    let mut parts = value.split(',').map(str::trim);
    let base = parts.next()?.to_ascii_lowercase();
    let decorations = parts.filter(|p| p.to_ascii_lowercase().starts_with("ntamd64"));
    let names = decorations
        .map(|d| format!("{base}.{}", d.to_ascii_lowercase()))
        .chain([base.clone()]);
    names.filter_map(|n| sections.get(&n)).find(|l| !l.is_empty())
}

/// `name` with the decoration that fits x64 best and exists, with `suffix`.
fn decorated(name: &str, suffix: &str, sections: &Sections) -> Option<String> {
    let name = name.to_ascii_lowercase();
    [".ntamd64", ".nt", ""]
        .iter()
        .map(|d| format!("{name}{d}{suffix}"))
        .find(|n| sections.contains_key(n))
}

fn add_reg(
    sections: &Sections,
    section: &str,
    strings: &BTreeMap<String, String>,
    into: &mut BTreeMap<String, Value>,
) {
    for line in sections.get(&section.to_ascii_lowercase()).into_iter().flatten() {
        let fields = fields(line, strings);
        let [root, subkey, name, rest @ ..] = fields.as_slice() else {
            continue;
        };
        if !root.eq_ignore_ascii_case("HKR") {
            continue;
        }
        let flags = rest.first().map_or(0, |f| number(f));
        let data = rest.get(1..).unwrap_or_default();
        let value = match flags & 0x1_0003 {
            0x1_0001 => Value::Number(data.first().map_or(0, |d| number(d))),
            0x1_0000 => Value::List(data.to_vec()),
            1 => Value::Binary(
                data.iter()
                    .map(|d| u8::try_from(number(&format!("0x{d}"))).unwrap_or(0))
                    .collect(),
            ),
            _ => Value::Text(data.first().cloned().unwrap_or_default()),
        };
        let key = if subkey.is_empty() {
            name.clone()
        } else {
            format!(r"{subkey}\{name}")
        };
        into.insert(key.to_ascii_lowercase(), value);
    }
}

fn number(text: &str) -> u32 {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u32::from_str_radix(hex, 16).unwrap_or(0),
        None => text.parse().unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
[Version]
Class = Net ; a comment
[Manufacturer]
%Maker% = Models, NTamd64.10.0...19041, NTarm64
[Models.NTarm64]
%Name% = Install, wrong
[Models.NTamd64.10.0...19041]
"%Name%" = Install, my-device, other-id
[Install.NT]
*MediaType = 19
AddReg = Keys, More
[Install.NT.Services]
AddService = MyService, 2, ServiceSection
[Keys]
HKR, , *IfType, 0x00010001, 53
HKR, Ndi, Service, 0, "MyService"
[More]
HKR,,Binary,1,01,ff
HKR, Ndi\params\x, ParamDesc, 0, "a, b; c"
[ServiceSection]
AddReg = ServiceKeys
[ServiceKeys]
HKR,Parameters,Depth,0x00010001,7
[Strings]
Maker = "Somebody"
Name = "A device"
"#;

    #[test]
    fn the_x64_model_and_its_values_are_found() {
        let inf = Inf::parse(TEXT).unwrap();
        assert_eq!((inf.class.as_str(), inf.service.as_str()), ("Net", "MyService"));
        assert_eq!(inf.hardware_ids, ["my-device", "other-id"]);
        assert_eq!(inf.keys[r"*iftype"], Value::Number(53));
        assert_eq!(inf.keys[r"*mediatype"], Value::Number(19));
        assert_eq!(inf.keys[r"ndi\service"], Value::Text("MyService".to_owned()));
        assert_eq!(inf.keys["binary"], Value::Binary(vec![1, 255]));
        assert_eq!(
            inf.keys[r"ndi\params\x\paramdesc"],
            Value::Text("a, b; c".to_owned())
        );
        assert_eq!(inf.parameters["depth"], Value::Number(7));
    }

    #[test]
    fn what_is_missing_is_named() {
        for (text, missing) in [("", "Class"), ("[Version]\nClass=Net\n", "Manufacturer")] {
            assert!(Inf::parse(text).unwrap_err().to_string().contains(missing));
        }
    }
}
