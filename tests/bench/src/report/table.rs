//! The report for a terminal.

use crate::engine::Figures;
use crate::stats::median;
use crate::tunnel::{Program, Samples, Test};
use std::fmt::Write as _;

pub(super) fn render(engine: Option<&Figures>, tunnel: Option<&Samples>) -> String {
    let mut out = String::new();
    // Writing to a string doesn't fail.
    let _ = engine.map(|engine| engine_table(&mut out, engine));
    let _ = tunnel.map(|tunnel| tunnel_table(&mut out, tunnel));
    out
}

fn engine_table(out: &mut String, figures: &Figures) -> std::fmt::Result {
    writeln!(
        out,
        "\nEngine, AES-256-GCM, one thread: a packet's cost as a multiple of the bare AEAD's\n"
    )?;
    writeln!(
        out,
        "{:>8} {:>14} {:>14} {:>14} {:>14}",
        "bytes", "seal", "", "open", ""
    )?;
    for cost in &figures.costs {
        let time = &cost.time;
        let times = |engine: f64, bare: f64| format!("{engine:.0} / {bare:.0} ns");
        writeln!(
            out,
            "{:>8} {:>14.3} {:>14} {:>14.3} {:>14}",
            cost.size,
            time.seal_ratio(),
            times(time.seal, time.bare_seal),
            time.open_ratio(),
            times(time.open, time.bare_open),
        )?;
        if let Some(count) = &cost.instructions {
            let counts = |engine: f64, bare: f64| format!("{engine:.0} / {bare:.0} i");
            writeln!(
                out,
                "{:>8} {:>14.3} {:>14} {:>14.3} {:>14}",
                "",
                count.seal_ratio(),
                counts(count.seal, count.bare_seal),
                count.open_ratio(),
                counts(count.open, count.bare_open),
            )?;
        }
    }
    writeln!(
        out,
        "\n(ns: time; i: instructions on a processor without the newest vector instructions)"
    )?;
    writeln!(
        out,
        "Two threads on one key seal {:.2} times what one does (the bare AEAD: {:.2} times)",
        figures.two_thread_scaling, figures.bare_two_thread_scaling
    )
}

fn tunnel_table(out: &mut String, samples: &Samples) -> std::fmt::Result {
    writeln!(
        out,
        "\nTunnels, both ends on this machine, UDP, AES-256-GCM: medians of {} rounds, {} s each\n",
        samples.rounds, samples.seconds
    )?;
    write!(out, "{:18}", "Mbit/s")?;
    for test in &samples.tests {
        write!(out, "{:>24}", test.name())?;
    }
    writeln!(out)?;
    for program in &samples.programs {
        write!(out, "{program:18}")?;
        for test in &samples.tests {
            write!(out, "{:>24}", cell(samples, program, *test))?;
        }
        writeln!(out)?;
    }
    writeln!(
        out,
        "\n(in parentheses: multiple of {}'s; udp64 in thousands of packets per second)",
        Program::OPENVPN
    )
}

fn cell(samples: &Samples, program: &str, test: Test) -> String {
    let rates: Vec<f64> = samples
        .of(program, test)
        .map(|sample| sample.packets.map_or(sample.mbit, |p| p / 1e3))
        .collect();
    let Some(rate) = median(&rates) else {
        return "-".to_owned();
    };
    match samples.ratio(program, Program::OPENVPN, test) {
        Some(ratio) => format!("{rate:.0} ({ratio:.2})"),
        None => format!("{rate:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::samples;
    use super::*;

    #[test]
    fn a_row_per_program_and_a_column_per_test() {
        let table = render(None, Some(&samples()));
        let row = table.lines().find(|line| line.starts_with("ours")).unwrap();
        assert!(row.ends_with("6000 (8.00)"), "{row}");
    }
}
