//! Names of places in an image: from the PDB beside it, else from the linker's map file, else from its exports.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use pdb::FallibleIterator;

/// Symbols by offset in the image.
#[derive(Debug, Default)]
pub(crate) struct Symbols {
    functions: BTreeMap<usize, String>,
    lines: BTreeMap<usize, String>,
}

impl Symbols {
    /// Reads what is there for the image at `path`; having nothing is fine.
    pub(crate) fn for_image(path: &Path, exports: &[(String, usize)]) -> Self {
        let mut symbols = Self::default();
        for (name, offset) in exports {
            symbols.functions.insert(*offset, name.clone());
        }
        // rustc writes `ovpn_dco.pdb` for `ovpn-dco.sys`.
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        for name in [stem.to_string(), stem.replace('-', "_")] {
            let pdb = path.with_file_name(format!("{name}.pdb"));
            if pdb.exists() && symbols.read_pdb(&pdb).is_ok() {
                return symbols;
            }
        }
        for name in [stem.to_string(), stem.replace('-', "_")] {
            if let Ok(map) = std::fs::read_to_string(path.with_file_name(format!("{name}.map"))) {
                symbols.read_map(&map);
                break;
            }
        }
        symbols
    }

    /// Name, start offset and source line of the symbol that covers `offset`.
    pub(crate) fn find(&self, offset: usize) -> Option<(&str, usize, Option<&str>)> {
        let (start, name) = self.functions.range(..=offset).next_back()?;
        let line = self
            .lines
            .range(*start..=offset)
            .next_back()
            .map(|(_, l)| l.as_str());
        Some((name, *start, line))
    }

    fn read_pdb(&mut self, path: &Path) -> pdb::Result<()> {
        let mut pdb = pdb::PDB::open(File::open(path)?)?;
        let addresses = pdb.address_map()?;
        let table = pdb.global_symbols()?;
        let mut public = table.iter();
        while let Some(symbol) = public.next()? {
            if let Ok(pdb::SymbolData::Public(data)) = symbol.parse()
                && let Some(rva) = data.offset.to_rva(&addresses)
            {
                self.functions
                    .entry(rva.0 as usize)
                    .or_insert_with(|| demangle(&data.name.to_string()));
            }
        }
        let strings = pdb.string_table().ok();
        let information = pdb.debug_information()?;
        let mut modules = information.modules()?;
        while let Some(module) = modules.next()? {
            let Some(info) = pdb.module_info(&module)? else {
                continue;
            };
            let mut symbols = info.symbols()?;
            while let Some(symbol) = symbols.next()? {
                if let Ok(pdb::SymbolData::Procedure(data)) = symbol.parse()
                    && let Some(rva) = data.offset.to_rva(&addresses)
                {
                    self.functions
                        .insert(rva.0 as usize, demangle(&data.name.to_string()));
                }
            }
            let (Some(strings), Ok(program)) = (&strings, info.line_program()) else {
                continue;
            };
            let mut lines = program.lines();
            while let Some(line) = lines.next()? {
                let (Some(rva), Ok(file)) = (
                    line.offset.to_rva(&addresses),
                    program.get_file_info(line.file_index),
                ) else {
                    continue;
                };
                let file = file.name.to_string_lossy(strings)?;
                let short = file.rsplit(['/', '\\']).take(2).collect::<Vec<_>>();
                let short = short.into_iter().rev().collect::<Vec<_>>().join("/");
                self.lines
                    .insert(rva.0 as usize, format!("{short}:{}", line.line_start));
            }
        }
        Ok(())
    }

    /// Lines of a link map: ` 0001:00000010  name  0000000140001010 f obj`. The preferred base is on a line of its own.
    fn read_map(&mut self, map: &str) {
        let mut base = 0x1_8000_0000_usize;
        for line in map.lines() {
            if let Some(address) = line.trim().strip_prefix("Preferred load address is ") {
                base = usize::from_str_radix(address.trim(), 16).unwrap_or(base);
                continue;
            }
            let fields: Vec<&str> = line.split_whitespace().collect();
            let [place, name, address, ..] = fields[..] else {
                continue;
            };
            let is_place = place.len() == 13 && place.as_bytes().get(4) == Some(&b':');
            if let (true, Ok(address)) = (is_place, usize::from_str_radix(address, 16))
                && let Some(offset) = address.checked_sub(base)
            {
                self.functions.entry(offset).or_insert_with(|| demangle(name));
            }
        }
    }
}

/// Rust's legacy mangling made readable; other names stay as they are.
fn demangle(name: &str) -> String {
    let Some(rest) = name.strip_prefix("_ZN") else {
        return name.to_owned();
    };
    let mut parts = Vec::new();
    let mut rest = rest;
    while let Some(end) = rest.find(|c: char| !c.is_ascii_digit()).filter(|e| *e > 0) {
        let Some(part) = rest[..end]
            .parse::<usize>()
            .ok()
            .and_then(|n| rest.get(end..end + n))
        else {
            break;
        };
        parts.push(part);
        rest = &rest[end + part.len()..];
    }
    if parts.last().is_some_and(|p| p.len() == 17 && p.starts_with('h')) {
        parts.pop();
    }
    if parts.is_empty() {
        name.to_owned()
    } else {
        parts.join("::")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_file_names_the_function_that_covers_an_address() {
        let mut symbols = Symbols::default();
        symbols.read_map(
            " Preferred load address is 0000000140000000\n 0001:00000000 first 0000000140001000 f a.obj\n \
             0001:00000020 _ZN3abc3defE 0000000140001020 f a.obj\n",
        );
        assert_eq!(symbols.find(0x1010).map(|s| (s.0, s.1)), Some(("first", 0x1000)));
        assert_eq!(
            symbols.find(0x1021).map(|s| (s.0, s.1)),
            Some(("abc::def", 0x1020))
        );
        assert!(symbols.find(0x10).is_none());
    }
}
