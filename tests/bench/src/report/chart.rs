//! The tunnel figures as a bar chart in SVG: one panel per test, one bar per program.

use crate::stats::median;
use crate::tunnel::{Program, Samples, Test};
use std::fmt::Write as _;

const WIDTH: f64 = 860.0;
const NAMES: f64 = 150.0;
const BARS: f64 = 540.0;
const BAR: f64 = 20.0;
const GAP: f64 = 6.0;
const TITLE: f64 = 34.0;

pub(super) fn render(samples: &Samples) -> String {
    let mut body = String::new();
    let mut y = 40.0;
    for test in &samples.tests {
        y = panel(&mut body, samples, *test, y);
    }
    let height = y + 10.0;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"12\" y=\"24\" font-size=\"16\" font-weight=\"bold\">Throughput of whole tunnels, AES-256-GCM over \
         UDP, both ends on one machine (medians of {} rounds)</text>\n{body}</svg>\n",
        samples.rounds
    )
}

/// Draws a panel from `y` on and returns where the next one starts.
fn panel(out: &mut String, samples: &Samples, test: Test, mut y: f64) -> f64 {
    let rows: Vec<(&str, f64, f64, f64)> = samples
        .programs
        .iter()
        .filter_map(|program| {
            let rates: Vec<f64> = samples
                .of(program, test)
                .map(|s| s.packets.map_or(s.mbit, |p| p / 1e3))
                .collect();
            let low = rates.iter().copied().fold(f64::INFINITY, f64::min);
            let high = rates.iter().copied().fold(0.0, f64::max);
            Some((program.as_str(), median(&rates)?, low, high))
        })
        .collect();
    let most = rows.iter().map(|row| row.3).fold(1.0, f64::max);
    let unit = if test == Test::Udp64 {
        "thousand packets/s"
    } else {
        "Mbit/s"
    };
    y += TITLE;
    // Writing to a string doesn't fail.
    let _ = writeln!(
        out,
        "<text x=\"12\" y=\"{:.0}\" font-weight=\"bold\">{} ({unit})</text>",
        y - 10.0,
        test.title()
    );
    for (program, middle, low, high) in rows {
        let scale = |value: f64| NAMES + value / most * BARS;
        let colour = match program {
            Program::OURS | Program::OURS_NO_OFFLOAD => "#2a6fb0",
            Program::OPENVPN => "#e08a2e",
            _ => "#a9b4be",
        };
        let middle_of_bar = y + BAR / 2.0;
        let ratio = samples.ratio(program, Program::OPENVPN, test);
        let ratio = ratio
            .map(|ratio| format!(" ({ratio:.1} x {})", Program::OPENVPN))
            .unwrap_or_default();
        let _ = writeln!(
            out,
            "<text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\
             <rect x=\"{NAMES}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{BAR}\" fill=\"{colour}\"/>\
             <line x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{middle_of_bar:.1}\" y2=\"{middle_of_bar:.1}\" stroke=\"#333333\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\">{middle:.0}{ratio}</text>",
            NAMES - 8.0,
            y + 15.0,
            escape(program),
            scale(middle) - NAMES,
            scale(low),
            scale(high),
            scale(high) + 6.0,
            y + 15.0,
        );
        y += BAR + GAP;
    }
    y
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::super::tests::samples;
    use super::*;

    #[test]
    fn every_program_has_a_bar() {
        let chart = render(&samples());
        assert_eq!(chart.matches("<rect x=").count(), 3);
        assert!(chart.contains("6000 (8.0 x openvpn)"), "{chart}");
    }
}
