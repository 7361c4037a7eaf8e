//! Instructions per packet, counted by valgrind: the same loop with many and with few batches, and the difference.

use super::{BATCH, Batches, PerKind};
use anyhow::{Context as _, Result, bail, ensure};
use std::process::Command;

/// Command line of `count`.
#[derive(clap::Args, Debug)]
pub(crate) struct Count {
    /// What the loop does
    #[arg(long, value_enum)]
    kind: Kind,
    /// Bytes of the IP packet
    #[arg(long)]
    size: usize,
    /// Batches of 64 packets
    #[arg(long)]
    batches: u32,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Kind {
    Seal,
    SealOpen,
    BareSeal,
    BareSealOpen,
}

/// The loop.
pub(crate) fn count(args: &Count) -> Result<()> {
    ensure!(
        args.size >= 20 && args.size <= 1400,
        "packets have 20 to 1400 bytes"
    );
    let mut batches = Batches::new(args.size)?;
    for _ in 0..args.batches {
        let done = match args.kind {
            Kind::Seal => batches.seal(),
            Kind::SealOpen => batches.seal() + batches.open(),
            Kind::BareSeal => batches.bare_seal(),
            Kind::BareSealOpen => batches.bare_seal() + batches.bare_open(),
        };
        ensure!(done >= BATCH, "a batch failed");
    }
    Ok(())
}

/// Instructions per packet of each kind; `None` without valgrind.
pub(super) fn instructions(size: usize, quick: bool) -> Result<Option<PerKind>> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        eprintln!("  engine: valgrind is not installed, so instructions are not counted");
        return Ok(None);
    }
    let (few, many) = if quick { (10, 60) } else { (20, 220) };
    let per_packet = |kind| -> Result<f64> {
        let difference = run(kind, size, many)? - run(kind, size, few)?;
        Ok(difference / f64::from(many - few) / BATCH as f64)
    };
    let (seal, bare_seal) = (per_packet("seal")?, per_packet("bare-seal")?);
    let open = per_packet("seal-open")? - seal;
    let bare_open = per_packet("bare-seal-open")? - bare_seal;
    Ok(Some(PerKind {
        seal,
        open,
        bare_seal,
        bare_open,
    }))
}

/// Instructions of a whole run.
fn run(kind: &str, size: usize, batches: u32) -> Result<f64> {
    let dir = tempfile::tempdir()?;
    let out = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args([
            "count",
            "--kind",
            kind,
            "--size",
            &size.to_string(),
            "--batches",
            &batches.to_string(),
        ])
        .current_dir(dir.path())
        .output()?;
    let text = String::from_utf8_lossy(&out.stderr);
    if !out.status.success() {
        bail!("valgrind: {}\n{text}", out.status);
    }
    collected(&text).with_context(|| format!("valgrind counted nothing:\n{text}"))
}

/// `==123== Collected : 4567`
fn collected(text: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.contains("Collected"))?;
    line.rsplit_once(':')?.1.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_read_from_callgrinds_summary() {
        let text = "==7== Events    : Ir\n==7== Collected : 123456\n==7==\n";
        assert_eq!(collected(text), Some(123_456.0));
        assert_eq!(collected("==7== Events : Ir\n"), None);
    }
}
