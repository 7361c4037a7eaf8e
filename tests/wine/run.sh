#!/bin/sh
# Builds tests for Windows and runs them under wine. `./run wine` installs what this needs and calls it.
#
#   tests/wine/run.sh                  the uapi, devsock and userlib (device, network) tests, and the tour
#   tests/wine/run.sh tour             a Windows program attaches to the hosted device on this Linux and uses it, then to
#                                      the driver in the simulated kernel (target/package/x64 holds it)
#   tests/wine/run.sh test ARGS...     cargo test ARGS for Windows
#   tests/wine/run.sh build ARGS...    cargo build ARGS for Windows
#   tests/wine/run.sh exec PROGRAM...  runs a program under wine as the tests are run
#
# Needs Debian's wine, wine64, gcc-mingw-w64-x86-64, rustc-web and rust-web-src (the last two of one version). May be
# run again at any time; nothing is done twice.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
work=$target/wine
triple=x86_64-pc-windows-gnu

fail() {
    echo "tests/wine: $*" >&2
    exit 1
}

need() {
    missing=
    command -v wine >/dev/null || missing="$missing wine wine64"
    command -v x86_64-w64-mingw32-gcc >/dev/null || missing="$missing gcc-mingw-w64-x86-64"
    [ -x /usr/bin/rustc ] || missing="$missing rustc-web"
    [ -d "$(/usr/bin/rustc --print sysroot 2>/dev/null)/lib/rustlib/src/rust/library" ] || missing="$missing rust-web-src"
    [ -z "$missing" ] || fail "these packages are missing:$missing (./run wine installs them)"
}

prepare() {
    mkdir -p "$work"
    export WINEPREFIX="$work/prefix" WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml=" WINEARCH=win64
    if [ ! -f "$work/bcryptprimitives.dll" ] || [ "$here/bcryptprimitives.c" -nt "$work/bcryptprimitives.dll" ]; then
        x86_64-w64-mingw32-gcc -O2 -shared -o "$work/bcryptprimitives.dll.new" "$here/bcryptprimitives.c" -ladvapi32
        mv "$work/bcryptprimitives.dll.new" "$work/bcryptprimitives.dll"
    fi
    if [ ! -f "$work/prefix.ready" ]; then
        wineboot --init >/dev/null 2>&1 || fail "wineboot failed; WINEPREFIX=$work/prefix wineboot shows why"
        touch "$work/prefix.ready"
    fi
    # Where wine looks for the stand-in of bcryptprimitives.dll.
    WINEPATH="Z:$(echo "$work" | tr / '\\')"
    export WINEPATH
}

cargo_windows() {
    verb=$1
    shift
    # Assembled objects come with aws-lc-sys, so that no assembler of Windows' syntax is needed.
    RUSTC_BOOTSTRAP=1 AWS_LC_SYS_PREBUILT_NASM=1 CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER="$here/run.sh exec" \
        cargo --config "$here/cargo.toml" "$verb" --target $triple "$@"
}

# tour NAME DIR COMMAND...: starts a device in a network namespace of its own, which announces its TCP address in
# DIR/device.tcp, and runs the tour in there too, under wine. Ends with the device's own verdict; DIR goes.
tour() (
    name=$1 dir=$2
    shift 2
    space=winetour$$
    device=
    trap '[ -z "$device" ] || kill "$device" 2>/dev/null; ip netns del "$space" 2>/dev/null; rm -rf "$dir"' EXIT
    trap 'exit 1' INT TERM
    echo "a Windows program on the $name device"
    ip netns add "$space"
    ip -n "$space" link set lo up
    ip netns exec "$space" "$@" --tun tour0 >"$dir/log" 2>&1 &
    device=$!
    tries=0
    while [ ! -s "$dir/device.tcp" ]; do
        tries=$((tries + 1))
        [ $tries -lt 100 ] || { cat "$dir/log" >&2; fail "the $name device does not start"; }
        sleep 0.1
    done
    OVPN_DCO_DEVICE=$(cat "$dir/device.tcp")
    export OVPN_DCO_DEVICE
    # The prefix's server makes the sockets: one that was started elsewhere would make them in another namespace.
    wineserver -k 2>/dev/null || true
    wineserver -w
    timeout 60 ip netns exec "$space" wine "$target/$triple/debug/examples/device_tour.exe" ||
        { cat "$dir/log" >&2; fail "the tour failed"; }
    kill "$device"
    wait "$device" || { cat "$dir/log" >&2; fail "the $name device found fault with the tour"; }
    device=
)

tours() {
    [ "$(id -u)" = 0 ] || fail "the tour needs root: it makes a network namespace and a TUN device"
    package=${OVPN_DCO_PACKAGE:-$target/package/x64}
    [ -f "$package/ovpn-dco.sys" ] || fail "there is no driver in $package: ./run build --arch x64 makes it"
    cargo build -q -p ovpn-dco-hosted -p ntsim
    cargo_windows build -q -p ovpn-dco-userlib --example device_tour
    dir=$(mktemp -d)
    tour hosted "$dir" "$target/debug/ovpn-dco-hosted" --listen "$dir/device" --listen-tcp 127.0.0.1:0
    dir=$(mktemp -d)
    tour ntsim "$dir" "$target/debug/ntsim" run "$package/ovpn-dco.sys" --inf "$package/ovpn-dco.inf" \
        --listen "$dir/device" --listen tcp:127.0.0.1:0
}

cd "$root"
need
prepare
case ${1:-} in
    exec)
        shift
        exec wine "$@"
        ;;
    test | build | clippy)
        cargo_windows "$@"
        ;;
    tour)
        tours
        ;;
    '')
        cargo_windows test -q -p ovpn-dco-uapi -p ovpn-dco-devsock
        cargo_windows test -q -p ovpn-dco-userlib --lib -- device net
        cargo_windows test -q -p ovpn-dco-userlib --test device_socket
        tours
        ;;
    *)
        fail "unknown command $1"
        ;;
esac
