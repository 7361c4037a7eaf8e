#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| ovpn_dco_userlib::fuzzing::profile(data));
