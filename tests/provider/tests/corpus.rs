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
