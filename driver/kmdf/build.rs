//! Configures the build of a KMDF driver, and gives the image its version resource and the name of its symbols.

#[path = "build/version_resource.rs"]
mod version_resource;

use std::{env, error::Error, fs, path::Path};

use version_resource::VersionResource;

/// The image's file name, which is not cargo's: a crate's library has no hyphen in its name, and ends in .dll.
const FILE_NAME: &str = "ovpn-dco";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    wdk_build::configure_wdk_binary_build()?;

    let version = env::var("CARGO_PKG_VERSION")?;
    let resource = VersionResource {
        version: four_parts(&version)?,
        strings: &[
            ("CompanyName", "The ovpn-dco-rust developers"),
            ("FileDescription", "OpenVPN Data Channel Offload"),
            ("FileVersion", &version),
            ("InternalName", FILE_NAME),
            ("LegalCopyright", "MIT OR Apache-2.0"),
            ("OriginalFilename", "ovpn-dco.sys"),
            ("ProductName", "ovpn-dco in Rust"),
            ("ProductVersion", &version),
        ],
    };
    let path = Path::new(&env::var("OUT_DIR")?).join("version.res");
    fs::write(&path, resource.to_res())?;
    // Linkers take .res files as input: link.exe through cvtres, lld by itself.
    println!("cargo::rustc-cdylib-link-arg={}", path.display());
    println!("cargo::rustc-cdylib-link-arg=/PDBALTPATH:{FILE_NAME}.pdb");
    Ok(())
}

/// The crate's version with a fourth part, as Windows counts versions.
fn four_parts(version: &str) -> Result<[u16; 4], Box<dyn Error>> {
    let parts = version
        .split('.')
        .map(str::parse)
        .collect::<Result<Vec<u16>, _>>()?;
    match parts[..] {
        [major, minor, patch] => Ok([major, minor, patch, 0]),
        _ => Err(format!("version {version} has not three parts").into()),
    }
}
