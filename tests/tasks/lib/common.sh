#!/bin/sh
# What the tasks of ./run share. Sourced by ./run, with TOP set to the top folder and the folder to be in.

# Which packages build on any host: all but the drivers, which tests/wdk/cargo builds. (Words on purpose.)
HOST_PACKAGES="--workspace --exclude ovpn-dco-kmdf --exclude panic-proof-driver --exclude faulty-driver --exclude faulty-net-driver"

say() { printf '\033[1m%s\033[0m\n' "== $*" >&2; }

fail() { printf './run: %s\n' "$*" >&2; exit 1; }

# as_root COMMAND...: runs it as root, through sudo where we are not.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "root is needed for: $*"
    fi
}

# installed PACKAGE: whether a Debian package is installed.
installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# apt_update: refreshes the package lists, at most once per run.
apt_update() {
    [ -z "${APT_UPDATED-}" ] || return 0
    as_root apt-get update -qq
    APT_UPDATED=1
}

# apt_install PACKAGE...: installs them; prints nothing unless it fails.
apt_install() {
    command -v apt-get >/dev/null || fail "this is not Debian: install $* yourself"
    say "installing $*"
    apt_update
    log=$(mktemp)
    if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends --allow-downgrades "$@" >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        fail "apt-get could not install $*"
    fi
    rm -f "$log"
}

# need PACKAGE...: installs the Debian packages that are missing. Quick if none is.
need() {
    missing=
    for package; do
        installed "$package" || missing="$missing $package"
    done
    # shellcheck disable=SC2086
    [ -z "$missing" ] || apt_install $missing
}

# need_rust: cargo and rustc through rustup, as rust-toolchain.toml says, and a C compiler to link with.
need_rust() {
    command -v cargo >/dev/null || fail "cargo is missing: install a Rust toolchain with rustup (https://rustup.rs)"
    command -v cc >/dev/null || need gcc libc6-dev
}

# target_dir: cargo's target folder, as an absolute path.
target_dir() {
    case ${CARGO_TARGET_DIR-} in
        '') echo "$TOP/target" ;;
        /*) echo "$CARGO_TARGET_DIR" ;;
        *) echo "$TOP/$CARGO_TARGET_DIR" ;;
    esac
}

# need_windows_rust: Debian's compiler and library sources, from which tests/wdk/cargo builds for Windows.
# Both packages must have the same version, and the newest is wanted: Debian has an old one beside it.
need_windows_rust() {
    if installed rustc-web && [ "$(version_of rustc-web)" = "$(version_of rust-web-src)" ]; then
        return 0
    fi
    apt_update
    version=$(newest_common_version rustc-web rust-web-src)
    [ -n "$version" ] || fail "Debian offers no common version of rustc-web and rust-web-src"
    apt_install "rustc-web=$version" "libstd-rust-web-dev=$version" "rust-web-src=$version"
}

# need_windows_clippy: the clippy that belongs to that compiler, for `tests/wdk/cargo clippy`.
need_windows_clippy() {
    need_windows_rust
    version=$(version_of rustc-web)
    [ "$(version_of rust-web-clippy)" = "$version" ] || apt_install "rust-web-clippy=$version"
}

# version_of PACKAGE: the installed version, or nothing.
version_of() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null || true; }

# newest_common_version PACKAGE PACKAGE: the newest version that apt has of both.
newest_common_version() {
    first=$(apt-cache madison "$1" | awk '{ print $3 }')
    best=
    for version in $(apt-cache madison "$2" | awk '{ print $3 }'); do
        printf '%s\n' "$first" | grep -qxF "$version" || continue
        if [ -z "$best" ] || dpkg --compare-versions "$version" gt "$best"; then
            best=$version
        fi
    done
    echo "$best"
}
