//! The build-script entry points of windows-drivers-rs's `wdk-build`, for machines without a WDK.
//!
//! A driver's build script calls [`configure_wdk_binary_build`], the build scripts of `wdk`, `wdk-sys`,
//! `wdk-alloc` and `wdk-panic` call [`configure_wdk_library_build`]. Both set the same `cfg`s as the published
//! crate, so that sources compile the same way; the first also passes the same linker arguments.
//!
//! What is left out: everything that looks for a WDK (include and library paths, bindgen, stampinf, Inf2Cat).
//! The stand-in knows one driver model, KMDF 1.31, and refuses any other, because the stand-in `wdk-sys`
//! describes just that one.

use std::{env, fmt, fs, path::PathBuf};

/// The KMDF version that the stand-in `wdk-sys` describes.
const KMDF: (i64, i64) = (1, 31);

/// Linker arguments of a KMDF driver, as the published crate passes them.
///
/// `/KERNEL` is missing: it makes link.exe check that objects were compiled for kernel mode, which rustc
/// cannot mark and lld does not check.
const LINK_ARGUMENTS: &[&str] = &[
    "/DRIVER",
    "/NODEFAULTLIB",
    "/SUBSYSTEM:NATIVE,10.0",
    "/ENTRY:FxDriverEntry",
    "/IGNORE:4257",
    "/NXCOMPAT",
    "/DYNAMICBASE",
    "/MAP",
    "/MAPINFO:EXPORTS",
    "/OPT:REF,ICF",
    "/INTEGRITYCHECK",
    "/MANIFEST:NO",
    // The WDK's WdfDriverEntry.lib carries these two itself.
    "/MERGE:.kmdfclassbind=.data",
    "/MERGE:.kmdftypeinit=.data",
];

/// The `cfg` keys that crates of windows-drivers-rs look at, with the values that are allowed.
const CFG_KEYS: &[(&str, &str, &[&str])] = &[("driver_model__driver_type", "KMDF", &["WDM", "KMDF", "UMDF"])];

/// Why a build cannot be configured.
#[derive(Debug)]
pub enum ConfigError {
    /// A variable that cargo sets for build scripts is missing: the caller is not a build script.
    NotABuildScript(&'static str),
    /// The driver's manifest cannot be read or parsed.
    Manifest(PathBuf, String),
    /// The manifest has no `[package.metadata.wdk.driver-model]`, or asks for a model other than KMDF 1.31.
    UnsupportedDriverModel(String),
    /// The C runtime is not linked statically (`-C target-feature=+crt-static`).
    StaticCrtNotEnabled,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotABuildScript(name) => write!(f, "{name} is not set: this must run in a build script"),
            Self::Manifest(path, why) => write!(f, "cannot read {}: {why}", path.display()),
            Self::UnsupportedDriverModel(found) => write!(
                f,
                "without a WDK only driver-type KMDF {}.{} can be built, but the manifest has {found}",
                KMDF.0, KMDF.1
            ),
            Self::StaticCrtNotEnabled => write!(
                f,
                "the C runtime must be linked statically: pass -C target-feature=+crt-static in .cargo/config.toml"
            ),
        }
    }
}

impl std::error::Error for ConfigError {}

/// The configuration of a driver build. Here always KMDF 1.31.
#[derive(Debug)]
pub struct Config(());

impl Config {
    /// Tells rustc which `cfg` keys and values exist.
    pub fn emit_check_cfg_settings() {
        for (key, _, allowed) in CFG_KEYS {
            let allowed: Vec<_> = allowed.iter().map(|value| format!("{value:?}")).collect();
            println!(
                "cargo::rustc-check-cfg=cfg({key}, values({}))",
                allowed.join(", ")
            );
        }
    }
}

/// Configures a library that belongs to a driver: sets the `cfg`s.
pub fn configure_wdk_library_build() -> Result<(), ConfigError> {
    Config::emit_check_cfg_settings();
    for (key, value, _) in CFG_KEYS {
        println!("cargo::rustc-cfg={key}={value:?}");
    }
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}

/// As [`configure_wdk_library_build`], then calls `then` with the configuration.
pub fn configure_wdk_library_build_and_then<F, E>(mut then: F) -> Result<(), E>
where
    F: FnMut(Config) -> Result<(), E>,
    E: From<ConfigError>,
{
    configure_wdk_library_build()?;
    then(Config(()))
}

/// Configures the driver itself: checks its manifest, sets the `cfg`s and passes the linker arguments.
pub fn configure_wdk_binary_build() -> Result<(), ConfigError> {
    check_driver_model()?;
    let features = env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    if !features.split(',').any(|feature| feature == "crt-static") {
        return Err(ConfigError::StaticCrtNotEnabled);
    }
    configure_wdk_library_build()?;
    for argument in LINK_ARGUMENTS {
        println!("cargo::rustc-cdylib-link-arg={argument}");
    }
    Ok(())
}

/// Reads `[package.metadata.wdk.driver-model]` of the driver whose build script this is.
fn check_driver_model() -> Result<(), ConfigError> {
    let path = env::var_os("CARGO_MANIFEST_PATH")
        .map(PathBuf::from)
        .ok_or(ConfigError::NotABuildScript("CARGO_MANIFEST_PATH"))?;
    let manifest: toml::Table = fs::read_to_string(&path)
        .map_err(|e| ConfigError::Manifest(path.clone(), e.to_string()))?
        .parse()
        .map_err(|e: toml::de::Error| ConfigError::Manifest(path.clone(), e.to_string()))?;
    println!("cargo::rerun-if-changed={}", path.display());
    let model = ["package", "metadata", "wdk", "driver-model"]
        .into_iter()
        .try_fold(&toml::Value::Table(manifest.clone()), |value, key| value.get(key))
        .cloned()
        .ok_or_else(|| ConfigError::UnsupportedDriverModel("no driver-model".to_owned()))?;
    let integer = |key| model.get(key).and_then(toml::Value::as_integer);
    let is_kmdf = model.get("driver-type").and_then(toml::Value::as_str) == Some("KMDF");
    let version = (
        integer("kmdf-version-major"),
        integer("target-kmdf-version-minor"),
    );
    if is_kmdf && version == (Some(KMDF.0), Some(KMDF.1)) {
        Ok(())
    } else {
        Err(ConfigError::UnsupportedDriverModel(format!("{model:?}")))
    }
}
