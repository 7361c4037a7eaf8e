//! Laying out a package: a folder with the image, the INF, symbols and a manifest.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::{
    checks,
    image::{Arch, Image},
    inf::Inf,
    infverif,
    stamp::{Stamp, dotted},
};

/// Name of the package's files, without their endings.
const NAME: &str = "ovpn-dco";

/// Where a package comes from and what it is.
#[derive(Clone, Debug)]
pub struct Package {
    /// The linker's output.
    pub image: PathBuf,
    /// The INX file.
    pub inx: PathBuf,
    /// The folder to fill. Emptied first.
    pub folder: PathBuf,
    /// What to stamp into the INF.
    pub stamp: Stamp,
    /// Today, for the check of the INF's date: year, month, day.
    pub today: (u16, u8, u8),
    /// Documented kernel exports (`tests/abi/imports.json`).
    pub exports: PathBuf,
    /// Tools that made the image, by name: text to record.
    pub tools: Vec<(String, String)>,
    /// The commit that the sources are of, if known.
    pub commit: Option<String>,
}

impl Package {
    /// Checks image and INF, then writes the folder. Returns the manifest.
    ///
    /// # Errors
    ///
    /// If a file is missing, or a check finds something: the findings are the error's text.
    pub fn lay_out(&self) -> Result<Value> {
        let arch = self.stamp.arch;
        let bytes = fs::read(&self.image).with_context(|| format!("reading {}", self.image.display()))?;
        let image = Image::parse(&bytes)?;
        let inx = fs::read_to_string(&self.inx).with_context(|| format!("reading {}", self.inx.display()))?;
        let inf = self.stamp.apply(&inx);
        let mut findings = checks::check(&image, &self.expected_image()?);
        let kmdf = self.stamp.kmdf.clone();
        let expected = infverif::Expected {
            arch,
            kmdf,
            today: self.today,
        };
        findings.extend(infverif::check(&Inf::parse(&inf)?, &expected));
        if !findings.is_empty() {
            bail!(
                "the {} package breaks these rules:\n  {}",
                arch.folder(),
                findings.join("\n  ")
            );
        }
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder)?;
        }
        fs::create_dir_all(&self.folder).with_context(|| format!("creating {}", self.folder.display()))?;
        let mut files = vec![
            (format!("{NAME}.sys"), bytes),
            (format!("{NAME}.inf"), inf.into_bytes()),
            (format!("{NAME}.pdb"), self.symbols("pdb")?),
        ];
        // The linker's map of symbols is a convenience that link.exe and lld spell differently.
        files.push((format!("{NAME}.map"), self.map()?));
        for (name, content) in &files {
            fs::write(self.folder.join(name), content)?;
        }
        let manifest = self.manifest(&image, &files);
        fs::write(self.folder.join("manifest.json"), format!("{manifest:#}\n"))?;
        Ok(manifest)
    }

    fn expected_image(&self) -> Result<checks::Expected> {
        let facts = fs::read_to_string(&self.exports)
            .with_context(|| format!("reading {}", self.exports.display()))?;
        Ok(checks::Expected {
            arch: self.stamp.arch,
            version: self.stamp.version,
            exports: checks::documented_exports(&serde_json::from_str(&facts)?),
            release: true,
        })
    }

    fn symbols(&self, extension: &str) -> Result<Vec<u8>> {
        let path = self.image.with_extension(extension);
        fs::read(&path).with_context(|| format!("reading {}", path.display()))
    }

    /// The map lies beside the image, or in cargo's `deps` folder, where the linker wrote it.
    fn map(&self) -> Result<Vec<u8>> {
        let beside = self.image.with_extension("map");
        let name = beside.file_name().context("the image has a name")?;
        let deps = beside.with_file_name("deps").join(name);
        let path = if beside.exists() { beside } else { deps };
        fs::read(&path).with_context(|| format!("reading {}", path.display()))
    }

    fn manifest(&self, image: &Image, files: &[(String, Vec<u8>)]) -> Value {
        let files: Vec<_> = files
            .iter()
            .map(|(name, content)| json!({ "name": name, "size": content.len(), "sha256": sha256(content) }))
            .collect();
        let tools: Map<_, _> = self
            .tools
            .iter()
            .map(|(name, text)| (name.clone(), json!(text)))
            .collect();
        let sections: Vec<_> = image
            .sections
            .iter()
            .map(|section| {
                json!({
                    "name": section.name, "address": section.address, "size": section.size,
                    "flags": format!("{:#010x}", section.flags),
                })
            })
            .collect();
        json!({
            "name": NAME,
            "version": dotted(self.stamp.version),
            "arch": self.stamp.arch.folder(),
            "driver_ver": self.stamp.driver_ver(),
            "kmdf": self.stamp.kmdf,
            "commit": self.commit,
            "tools": tools,
            "files": files,
            "image": {
                "timestamp": format!("{:#010x}", image.timestamp),
                "checksum": format!("{:#x}", image.checksum),
                "sections": sections,
            },
            "imports": image.imports,
        })
    }
}

/// The SHA-256 of data, in hexadecimal.
#[must_use]
pub fn sha256(data: &[u8]) -> String {
    Sha256::digest(data)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The folder of a package below the folder of all packages.
#[must_use]
pub fn folder_of(arch: Arch) -> &'static str {
    arch.folder()
}
