#!/bin/sh
# check formatting, lints, documentation and dependencies; warnings are errors

need_rust
say "formatting"
cargo fmt --all --check
say "clippy"
cargo clippy --quiet --workspace --exclude ovpn-dco-kmdf --all-targets -- -D warnings
say "rustdoc"
RUSTDOCFLAGS="-D warnings" cargo doc --quiet --no-deps --workspace --exclude ovpn-dco-kmdf
say "dependencies (cargo-deny)"
command -v cargo-deny >/dev/null || cargo install --quiet --locked cargo-deny
cargo deny --log-level error check bans licenses sources
