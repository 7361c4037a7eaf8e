//! Sequences of operations, against the reference model.
//!
//! The same sequences are what the fuzz target `device` looks for; what it finds belongs into `FOUND`.

#[path = "model/mod.rs"]
mod model;
#[path = "support/mod.rs"]
mod support;

use model::operation::Operation;
use proptest::prelude::*;

/// Sequences that once told device and model apart, or a part of either from what was meant.
const FOUND: &[&[[u8; 4]]] = &[];

/// Begins where most sequences would never come: with a connected client or a server with peers and keys.
fn beginnings() -> [Vec<[u8; 4]>; 4] {
    let open = [0, 0, 0, 0];
    let key = |peer: u8, slot: u8| [12, slot, peer, 1];
    [
        vec![open],
        vec![open, [2, 0, 0, 0], [10, 0, 0, 0], key(1, 0)],
        vec![open, [4, 0, 0, 0], [6, 1, 0, 0], key(1, 0)],
        vec![
            open,
            [16, 0, 0, 0],
            [21, 4, 0, 0],
            [23, 1, 0, 1],
            [23, 2, 1, 2],
            key(1, 0),
            key(2, 0),
        ],
    ]
}

proptest! {
    #[test]
    fn any_sequence_does_what_the_model_does(
        beginning in 0..4_usize,
        rest in prop::collection::vec(any::<[u8; 4]>(), 0..150),
    ) {
        let bytes: Vec<u8> = beginnings()[beginning].iter().chain(&rest).flatten().copied().collect();
        model::run(&Operation::sequence(&bytes));
    }
}

#[test]
fn what_was_found_once_stays_found() {
    for sequence in FOUND {
        model::run(&Operation::sequence(sequence.as_flattened()));
    }
}

#[test]
fn the_fuzzers_corpus_is_fine() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fuzz/corpus/device");
    let mut replayed = 0;
    for entry in std::fs::read_dir(folder).expect("the corpus of the fuzz target `device`") {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        model::run(&Operation::sequence(&bytes));
        replayed += 1;
    }
    assert!(replayed >= 5);
}

#[test]
fn the_beginnings_come_where_they_should() {
    for beginning in beginnings() {
        let operations = Operation::sequence(beginning.as_flattened());
        model::run(&operations);
    }
}
