#!/bin/sh
# check formatting, lints, documentation and dependencies; warnings are errors
#
# ./run check           everything
# ./run check --lints   formatting and clippy only, for this host and for the driver (`./run test` does this)

lints_only=
case ${1-} in
    '') ;;
    --lints) lints_only=1 ;;
    *) fail "check: there is no option '$1'" ;;
esac

need_rust
say "formatting"
cargo fmt --all --check
say "clippy"
cargo clippy --quiet $HOST_PACKAGES --all-targets -- -D warnings
say "clippy: the driver, for x64 and ARM64"
need_windows_clippy
for target in x86_64-pc-windows-msvc aarch64-pc-windows-msvc; do
    tests/wdk/cargo clippy --quiet --release -p ovpn-dco-kmdf -p panic-proof-driver --target "$target" -- -D warnings
done
tests/wdk/cargo clippy --quiet --release -p faulty-driver -p faulty-net-driver --target x86_64-pc-windows-msvc -- -D warnings
[ -z "$lints_only" ] || exit 0

say "rustdoc"
RUSTDOCFLAGS="-D warnings" cargo doc --quiet --no-deps $HOST_PACKAGES
say "dependencies (cargo-deny)"
command -v cargo-deny >/dev/null || cargo install --quiet --locked cargo-deny
cargo deny --log-level error check bans licenses sources
