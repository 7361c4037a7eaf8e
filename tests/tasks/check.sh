#!/bin/sh
# check formatting, lints, documentation and dependencies; warnings are errors

need_rust
say "formatting"
cargo fmt --all --check
say "clippy"
cargo clippy --quiet $HOST_PACKAGES --all-targets -- -D warnings
say "clippy: the driver"
need_windows_clippy
for target in x86_64-pc-windows-msvc aarch64-pc-windows-msvc; do
    tests/wdk/cargo clippy --quiet --release -p ovpn-dco-kmdf -p panic-proof-driver --target "$target" -- -D warnings
done
say "rustdoc"
RUSTDOCFLAGS="-D warnings" cargo doc --quiet --no-deps $HOST_PACKAGES
say "dependencies (cargo-deny)"
command -v cargo-deny >/dev/null || cargo install --quiet --locked cargo-deny
cargo deny --log-level error check bans licenses sources
