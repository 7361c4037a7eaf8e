//! Replays the fuzzing corpus, and random inputs, through the fuzz bodies.

use ovpn_dco_provider::fuzz;
use proptest::prelude::*;
use std::path::Path;

type Body = fn(&[u8]);

const BODIES: [(&str, Body); 5] = [
    ("open", fuzz::open),
    ("round_trip", fuzz::round_trip),
    ("stream", fuzz::stream),
    ("replay", fuzz::replay),
    ("epoch", fuzz::epoch),
];

#[test]
fn the_corpus_passes() {
    for (name, body) in BODIES {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../fuzz/corpus")
            .join(name);
        let mut seen = 0;
        for entry in
            std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        {
            body(&std::fs::read(entry.unwrap().path()).unwrap());
            seen += 1;
        }
        assert!(seen > 3, "{name} has a corpus of {seen}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn random_inputs_pass(data in prop::collection::vec(any::<u8>(), 0..400)) {
        for (_, body) in BODIES {
            body(&data);
        }
    }
}

/// A small generator, so that a run can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % sides.max(1)
    }

    /// Changes a few places: bits, bytes, pieces taken out, doubled or brought in from another input.
    fn mutate(&mut self, data: &mut Vec<u8>, other: &[u8]) {
        for _ in 0..=self.roll(4) {
            let place = self.roll(data.len());
            let end = place + self.roll(data.len() - place.min(data.len())).min(32);
            match self.roll(5) {
                0 if !data.is_empty() => data[place] ^= 1 << self.roll(8),
                1 if !data.is_empty() => data[place] = u8::try_from(self.roll(256)).expect("a byte"),
                2 => drop(data.drain(place.min(data.len())..end.min(data.len()))),
                3 if data.len() < 4096 => {
                    let piece = data[place.min(data.len())..end.min(data.len())].to_vec();
                    data.splice(place..place, piece);
                }
                _ if data.len() < 4096 => {
                    let from = self.roll(other.len());
                    let piece = &other[from..(from + self.roll(64)).min(other.len())];
                    data.splice(place..place, piece.iter().copied());
                }
                _ => {}
            }
        }
    }
}

/// `OVPN_DCO_MUTATIONS` sets how many per target; 1000 if not.
#[test]
fn a_mutated_corpus_passes() {
    let rounds = std::env::var("OVPN_DCO_MUTATIONS").map_or(1000, |text| text.parse().expect("a number"));
    std::thread::scope(|scope| {
        for (name, body) in BODIES {
            scope.spawn(move || {
                let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
                    .join("../fuzz/corpus")
                    .join(name);
                let entries = std::fs::read_dir(folder).expect("a corpus");
                let corpus: Vec<Vec<u8>> = entries
                    .map(|e| std::fs::read(e.unwrap().path()).unwrap())
                    .collect();
                let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
                for _ in 0..rounds {
                    let mut data = corpus[dice.roll(corpus.len())].clone();
                    let other = dice.roll(corpus.len());
                    dice.mutate(&mut data, &corpus[other]);
                    body(&data);
                }
            });
        }
    });
}
