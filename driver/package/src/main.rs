//! `ovpn-dco-package`: lays out a driver package from a linked image, or checks the image of any driver.

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};
use ovpn_dco_package::{
    checks,
    image::{Arch, Image},
    layout::Package,
    stamp::{Stamp, version_of_crate},
};

#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Checks image and INF and writes the package's folder.
    LayOut {
        /// Processor of the package.
        #[arg(long)]
        arch: Arch,
        /// The linked image; symbols and map lie beside it.
        #[arg(long)]
        image: PathBuf,
        /// The INX file.
        #[arg(long)]
        inx: PathBuf,
        /// Documented kernel exports (tests/abi/imports.json).
        #[arg(long)]
        exports: PathBuf,
        /// The folder to fill; it is emptied first.
        #[arg(long)]
        out: PathBuf,
        /// Date of the driver, such as 2026-11-22.
        #[arg(long)]
        date: String,
        /// Today, such as 2026-11-22: the driver's date may not lie after it.
        #[arg(long)]
        today: String,
        /// KMDF version that the image binds to.
        #[arg(long, default_value = "1.31")]
        kmdf: String,
        /// Commit that the sources are of.
        #[arg(long)]
        commit: Option<String>,
        /// A tool that made the image, as NAME=TEXT.
        #[arg(long = "tool")]
        tools: Vec<String>,
    },
    /// Checks the image of any driver: everything but what only a release of ours has.
    CheckImage {
        /// Processor that the image should be for.
        #[arg(long)]
        arch: Arch,
        /// Documented kernel exports (tests/abi/imports.json).
        #[arg(long)]
        exports: PathBuf,
        /// The image.
        image: PathBuf,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ovpn-dco-package: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    let version = version_of_crate(env!("CARGO_PKG_VERSION"))?;
    match command {
        Command::LayOut {
            arch,
            image,
            inx,
            exports,
            out,
            date,
            today,
            kmdf,
            commit,
            tools,
        } => {
            let (month, day, year) = Stamp::parse_date(&today)?;
            let stamp = Stamp {
                arch,
                date: Stamp::parse_date(&date)?,
                version,
                kmdf,
            };
            let tools = tools.iter().map(|tool| {
                let (name, text) = tool.split_once('=').context("--tool wants NAME=TEXT")?;
                Ok((name.to_owned(), text.to_owned()))
            });
            let tools = tools.collect::<Result<_>>()?;
            let today = (year, month, day);
            let package = Package {
                image,
                inx,
                folder: out,
                stamp,
                today,
                exports,
                tools,
                commit,
            };
            let manifest = package.lay_out()?;
            for file in manifest["files"].as_array().into_iter().flatten() {
                let text = |key| file[key].as_str().unwrap_or_default();
                let path = package.folder.join(text("name"));
                println!(
                    "{}  {:>8}  {}",
                    text("sha256"),
                    file["size"].as_u64().unwrap_or(0),
                    path.display()
                );
            }
        }
        Command::CheckImage { arch, exports, image } => {
            let exports = checks::documented_exports(&serde_json::from_str(&fs::read_to_string(exports)?)?);
            let expected = checks::Expected {
                arch,
                version,
                exports,
                release: false,
            };
            let findings = checks::check(&Image::parse(&fs::read(&image)?)?, &expected);
            if !findings.is_empty() {
                bail!(
                    "{} breaks these rules:\n  {}",
                    image.display(),
                    findings.join("\n  ")
                );
            }
        }
    }
    Ok(())
}
