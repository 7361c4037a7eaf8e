#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| ovpn_dco_devsock::wire::fuzz(data));
