#!/bin/sh
# Builds tests for Windows and runs them under wine.
#
#   tests/wine/run.sh                  the uapi, devsock and userlib (device and network) tests
#   tests/wine/run.sh test ARGS...     cargo test ARGS for Windows
#   tests/wine/run.sh build ARGS...    cargo build ARGS for Windows
#   tests/wine/run.sh exec PROGRAM...  runs a program under wine as the tests are run
#
# Needs Debian's wine, wine64, gcc-mingw-w64-x86-64, rustc-web and rust-web-src; says so, and installs them if it
# is root. May be run again at any time; nothing is done twice.
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
    [ -z "$missing" ] && return
    [ "$(id -u)" = 0 ] || fail "these packages are missing:$missing (apt-get install$missing)"
    echo "tests/wine: installing$missing"
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null ||
        fail "apt-get install$missing failed"
}

prepare() {
    mkdir -p "$work"
    export WINEPREFIX="$work/prefix" WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml=" WINEARCH=win64
    if [ ! -f "$work/bcryptprimitives.dll" ] || [ "$here/bcryptprimitives.c" -nt "$work/bcryptprimitives.dll" ]; then
        x86_64-w64-mingw32-gcc -O2 -shared -o "$work/bcryptprimitives.dll.new" "$here/bcryptprimitives.c" -ladvapi32
        mv "$work/bcryptprimitives.dll.new" "$work/bcryptprimitives.dll"
    fi
    if [ ! -f "$work/prefix.ready" ]; then
        wineboot --init >/dev/null 2>&1 || fail "wineboot failed; run WINEPREFIX=$work/prefix wineboot to see why"
        touch "$work/prefix.ready"
    fi
    export WINEPATH="Z:$(echo "$work" | tr / '\\')"
}

cargo_windows() {
    verb=$1
    shift
    RUSTC_BOOTSTRAP=1 CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER="$here/run.sh exec" \
        cargo --config "$here/cargo.toml" "$verb" --target $triple "$@"
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
    '')
        cargo_windows test -q -p ovpn-dco-uapi -p ovpn-dco-devsock
        ;;
    *)
        fail "unknown command $1"
        ;;
esac
