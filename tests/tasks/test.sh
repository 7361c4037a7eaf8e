#!/bin/sh
# run all tests: lints, crates, vectors, loom models, end to end against stock OpenVPN, the driver's build, wine
#
# ./run test           everything
# ./run test --unit    only what needs neither root nor a network namespace nor a driver build

unit_only=
case ${1-} in
    '') ;;
    --unit) unit_only=1 ;;
    *) fail "test: there is no option '$1'" ;;
esac

need_rust
need gcc libc6-dev gcc-mingw-w64-x86-64 wine wine64 openssl openvpn iperf3 iproute2 iputils-ping procps \
    python3 python3-pip
need_windows_rust

"$TOP/run" check --lints

say "crates: unit tests, vectors, properties, models"
cargo test --quiet $HOST_PACKAGES --exclude ovpn-dco-e2e --exclude ovpn-dco-device-tests

say "engine: concurrency models (loom)"
RUSTFLAGS="--cfg loom" CARGO_TARGET_DIR="$(target_dir)/loom" cargo test --quiet -p ovpn-dco-engine --release --test loom

say "engine: no panic is reachable"
cargo build --quiet --release --manifest-path tests/no-panic/Cargo.toml --target-dir "$(target_dir)/no-panic"

[ -z "$unit_only" ] || exit 0

say "driver: the package for x64 and ARM64, and the proof that it cannot panic"
"$TOP/run" build
"$TOP/run" build --no-panic-proof

say "user library: built for Windows, run under wine"
"$TOP/run" wine

say "building the programs under test"
cargo build --release --quiet -p ntsim -p ovpn-dco-hosted -p ovpn-dco-cli
OVPN_DCO_BIN="$(target_dir)/release"
OVPN_DCO_PACKAGE="$(target_dir)/package/x64"
export OVPN_DCO_BIN OVPN_DCO_PACKAGE
for device in ntsim hosted; do
    say "$device: the device surface, races, faults"
    OVPN_DCO_DEVICE=$device OVPN_DCO_NTSIM_ARGS="--verify strict --special-pool" \
        cargo test --quiet -p ovpn-dco-device-tests -- --test-threads 2
done
say "ntsim: the whole matrix and bad networks, through the driver's image"
OVPN_DCO_DEVICE=ntsim cargo test --quiet -p ovpn-dco-e2e -- --test-threads 2
say "hosted: one transport of each kind"
OVPN_DCO_DEVICE=hosted cargo test --quiet -p ovpn-dco-e2e --test matrix -- over_ipv4
