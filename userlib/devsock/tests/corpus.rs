//! The corpus of the fuzz target `device_socket`, once through without a fuzzer.

#[test]
fn the_fuzzers_corpus_is_parsed_without_a_panic() {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/fuzz/corpus/device_socket"
    );
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        ovpn_dco_devsock::wire::fuzz(&std::fs::read(entry.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count > 0, "{folder} is empty");
}
