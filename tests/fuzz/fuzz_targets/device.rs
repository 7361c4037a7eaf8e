//! Sequences of operations on a device, against the reference model.
//!
//! What it finds belongs into `FOUND` of the engine's `tests/sequences.rs`.

#![no_main]

#[path = "../../../driver/engine/tests/model/mod.rs"]
mod model;
#[path = "../../../driver/engine/tests/support/mod.rs"]
mod support;

use libfuzzer_sys::fuzz_target;
use model::operation::Operation;

/// Longer sequences find nothing that shorter ones don't, and cost time.
const LONGEST: usize = 400;

fuzz_target!(|bytes: &[u8]| {
    let operations = Operation::sequence(bytes);
    model::run(&operations[..operations.len().min(LONGEST)]);
});
