//! The report: `report.json`, `chart.svg`, `table.txt`, and the table on the terminal.

mod chart;
mod table;

use crate::engine::Figures;
use crate::stats::median;
use crate::tunnel::{Program, Sample, Samples, Test};
use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};
use std::fs;
use std::path::Path;

/// Writes everything that was measured into `dir` and prints the table.
pub(crate) fn write(dir: &Path, engine: Option<&Figures>, tunnel: Option<&Samples>) -> Result<()> {
    let mut report = json!({ "machine": machine() });
    if let Some(engine) = engine {
        report["engine"] = engine_json(engine);
    }
    if let Some(tunnel) = tunnel {
        report["tunnel"] = tunnel_json(tunnel);
    }
    let write = |name: &str, text: &str| {
        let path = dir.join(name);
        fs::write(&path, text).with_context(|| format!("write {}", path.display()))
    };
    write("report.json", &(serde_json::to_string_pretty(&report)? + "\n"))?;
    let table = table::render(engine, tunnel);
    write("table.txt", &table)?;
    if let Some(tunnel) = tunnel {
        write("chart.svg", &chart::render(tunnel))?;
    }
    println!("{table}\nreport: {}", dir.join("report.json").display());
    Ok(())
}

fn machine() -> Value {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .and_then(|line| line.split_once(':'));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    json!({
        "processor": model.map_or("unknown", |(_, model)| model.trim()),
        "processors": std::thread::available_parallelism().map_or(0, usize::from),
        "kernel": kernel.trim(),
    })
}

fn engine_json(figures: &Figures) -> Value {
    let mut engine = Map::new();
    for cost in &figures.costs {
        let size = cost.size;
        engine.insert(format!("seal_{size}_ratio"), round(cost.time.seal_ratio(), 3));
        engine.insert(format!("open_{size}_ratio"), round(cost.time.open_ratio(), 3));
        let mut insert = |unit: &str, digits: i32, figures: &crate::engine::PerKind| {
            for (kind, figure) in [
                ("seal", figures.seal),
                ("open", figures.open),
                ("bare_seal", figures.bare_seal),
                ("bare_open", figures.bare_open),
            ] {
                engine.insert(format!("{kind}_{size}_{unit}"), round(figure, digits));
            }
        };
        insert("ns", 1, &cost.time);
        if let Some(instructions) = &cost.instructions {
            insert("instructions", 0, instructions);
            engine.insert(
                format!("seal_{size}_instruction_ratio"),
                round(instructions.seal_ratio(), 3),
            );
            engine.insert(
                format!("open_{size}_instruction_ratio"),
                round(instructions.open_ratio(), 3),
            );
        }
    }
    engine.insert("two_thread_scaling".into(), round(figures.two_thread_scaling, 3));
    engine.insert(
        "bare_two_thread_scaling".into(),
        round(figures.bare_two_thread_scaling, 3),
    );
    Value::Object(engine)
}

/// The four programs that the report names, and everything measured beneath `programs`.
fn tunnel_json(samples: &Samples) -> Value {
    let mut tunnel = Map::new();
    let mut no_offload = Map::new();
    let mut programs = Map::new();
    for test in &samples.tests {
        if let Some(figure) = figure(samples, Program::OURS, *test) {
            tunnel.insert(test.name().into(), figure);
        }
        if let Some(figure) = figure(samples, Program::OURS_NO_OFFLOAD, *test) {
            no_offload.insert(test.name().into(), figure);
        }
    }
    tunnel.insert("no_offload".into(), Value::Object(no_offload));
    for program in &samples.programs {
        let tests = samples
            .tests
            .iter()
            .filter_map(|test| Some((test.name().to_owned(), figure(samples, program, *test)?)));
        programs.insert(program.clone(), Value::Object(tests.collect()));
    }
    tunnel.insert("programs".into(), Value::Object(programs));
    tunnel.insert("rounds".into(), samples.rounds.into());
    tunnel.insert("seconds".into(), samples.seconds.into());
    Value::Object(tunnel)
}

fn figure(samples: &Samples, program: &str, test: Test) -> Option<Value> {
    let of: Vec<&Sample> = samples.of(program, test).collect();
    let collect = |value: fn(&Sample) -> f64| of.iter().map(|sample| value(sample)).collect::<Vec<f64>>();
    let rates = collect(|sample| sample.mbit);
    let mut figure = Map::new();
    figure.insert("mbit".into(), round(median(&rates)?, 1));
    figure.insert(
        "mbit_min".into(),
        round(rates.iter().copied().fold(f64::INFINITY, f64::min), 1),
    );
    figure.insert(
        "mbit_max".into(),
        round(rates.iter().copied().fold(0.0, f64::max), 1),
    );
    if let Some(packets) = median(&of.iter().filter_map(|sample| sample.packets).collect::<Vec<_>>()) {
        figure.insert("packets_per_second".into(), round(packets, 0));
    }
    for (name, base) in [
        ("ratio_openvpn", Program::OPENVPN),
        ("ratio_fwd_batch", Program::FWD_BATCH),
    ] {
        figure.insert(
            name.into(),
            samples
                .ratio(program, base, test)
                .map_or(Value::Null, |ratio| round(ratio, 3)),
        );
    }
    figure.insert(
        "foreign".into(),
        round(
            collect(|sample| sample.foreign).into_iter().fold(0.0, f64::max),
            2,
        ),
    );
    Some(Value::Object(figure))
}

impl Samples {
    /// What was measured of a program in a test.
    fn of<'s>(&'s self, program: &'s str, test: Test) -> impl Iterator<Item = &'s Sample> {
        self.samples
            .iter()
            .filter(move |sample| sample.program == program && sample.test == test)
    }

    /// Median over the rounds of a program's rate as a multiple of `base`'s in the same round.
    fn ratio(&self, program: &str, base: &str, test: Test) -> Option<f64> {
        let ratios: Vec<f64> = self
            .of(program, test)
            .filter_map(|sample| {
                let base = self.of(base, test).find(|base| base.round == sample.round)?;
                (base.mbit > 0.0).then(|| sample.mbit / base.mbit)
            })
            .collect();
        median(&ratios)
    }
}

fn round(value: f64, digits: i32) -> Value {
    let scale = 10f64.powi(digits);
    json!((value * scale).round() / scale)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Two rounds in which the second was slow for everybody.
    pub(crate) fn samples() -> Samples {
        let programs = [
            (Program::OURS, 8000.0),
            (Program::OPENVPN, 1000.0),
            (Program::FWD_BATCH, 10_000.0),
        ];
        let sample = |(round, factor): (u32, f64)| {
            programs.map(|(program, mbit)| Sample {
                program: program.to_owned(),
                test: Test::Tcp,
                round,
                mbit: mbit * factor,
                packets: None,
                foreign: 0.01,
            })
        };
        Samples {
            samples: [(0, 1.0), (1, 0.5)].into_iter().flat_map(sample).collect(),
            programs: programs.map(|(program, _)| program.to_owned()).to_vec(),
            tests: vec![Test::Tcp],
            rounds: 2,
            seconds: 3,
        }
    }

    #[test]
    fn ratios_are_taken_within_a_round() {
        let report = tunnel_json(&samples());
        assert_eq!(report["tcp"]["mbit"], json!(6000.0));
        assert_eq!(report["tcp"]["ratio_openvpn"], json!(8.0));
        assert_eq!(report["tcp"]["ratio_fwd_batch"], json!(0.8));
        assert_eq!(report["programs"]["openvpn"]["tcp"]["ratio_openvpn"], json!(1.0));
    }

    #[test]
    fn what_was_not_measured_is_left_out() {
        let mut samples = samples();
        samples
            .samples
            .retain(|sample| sample.program != Program::FWD_BATCH);
        let report = tunnel_json(&samples);
        assert_eq!(report["tcp"]["ratio_fwd_batch"], Value::Null);
        assert_eq!(report["no_offload"], json!({}));
    }
}
