#!/bin/sh
# The steps of ./run build. `arches` holds the architectures to build.

# triple ARCH: the Rust target of an architecture.
triple() {
    case $1 in
        x64) echo x86_64-pc-windows-msvc ;;
        arm64) echo aarch64-pc-windows-msvc ;;
        *) fail "there is no architecture '$1': it is x64 or arm64" ;;
    esac
}

# driver_date FOLDER: the date of the driver. That of the sources' last commit, so that each build of a
# commit gives the same package; SOURCE_DATE_EPOCH for sources that come without history.
driver_date() {
    if [ -n "${SOURCE_DATE_EPOCH-}" ]; then
        date -u -d "@$SOURCE_DATE_EPOCH" +%F
    else
        git -C "$1" log -1 --date=format-local:%F --format=%cd 2>/dev/null || date -u +%F
    fi
}

# build_packages FOLDER TARGET: builds the driver from the sources in FOLDER and lays out TARGET/package.
build_packages() {
    commit=$(git -C "$TOP" describe --always --dirty --abbrev=40 --exclude '*' 2>/dev/null || true)
    for arch in $arches; do
        say "ovpn-dco.sys for $arch"
        CARGO_TARGET_DIR=$2 "$1/tests/wdk/cargo" build --release -p ovpn-dco-kmdf --target "$(triple "$arch")"
        (cd "$TOP" && cargo run -q -p ovpn-dco-package -- lay-out \
            --arch "$arch" --image "$2/$(triple "$arch")/release/ovpn_dco.dll" \
            --inx "$1/inf/ovpn-dco.inx" --exports "$1/tests/abi/imports.json" --out "$2/package/$arch" \
            --date "$(TZ=UTC driver_date "$1")" --today "$(date -u +%F)" \
            ${commit:+--commit "$commit"} \
            --tool "rustc=$(/usr/bin/rustc -V)" --tool "cargo=$(cargo -V)" --tool "lld=$(rust_lld_version)")
    done
}

# rust_lld_version: what rustup's linker says it is.
rust_lld_version() {
    host=$(rustc -vV | sed -n 's/^host: //p')
    "$(rustc --print sysroot)/lib/rustlib/$host/bin/rust-lld" -flavor link --version 2>/dev/null | head -n 1
}

# prove_no_panic: the driver links without a panic handler. So does a driver whose checks the compiler can leave out;
# a driver that can panic does not.
prove_no_panic() {
    # A folder of its own: the proof's image must never be taken for the driver.
    proof=$(target_dir)/no-panic-proof
    mkdir -p "$proof"
    for arch in $arches; do
        say "linking drivers for $arch without a panic handler: a small one, one that can panic (must fail), ours"
        link_without_panic_handler panic-proof-driver "$arch" "" ||
            fail "the proof is worthless: it refuses a driver that cannot panic"
        log=$proof/can-panic-$arch.log
        if link_without_panic_handler panic-proof-driver "$arch" can-panic >"$log" 2>&1; then
            fail "the proof is worthless: it accepts a driver that can panic"
        fi
        grep -q 'undefined symbol: a_panic_is_reachable' "$log" ||
            { cat "$log" >&2; fail "the driver that can panic failed for another reason"; }
        link_without_panic_handler ovpn-dco-kmdf "$arch" "" || {
            show_reachable_panics ovpn-dco-kmdf "$arch" "" >&2
            fail "a panic is reachable in the $arch driver"
        }
    done
    echo "no panic is reachable: $arches"
}

# link_without_panic_handler PACKAGE ARCH FEATURE
link_without_panic_handler() {
    CARGO_TARGET_DIR=$proof "$TOP/tests/wdk/cargo" build --release -p "$1" --features "no-panic-proof $3" \
        --target "$(triple "$2")"
}

# show_reachable_panics PACKAGE ARCH FEATURES: which functions of a driver call which panics, from its assembly.
show_reachable_panics() {
    CARGO_TARGET_DIR=$proof "$TOP/tests/wdk/cargo" rustc -q --release -p "$1" --features "$3" --target "$(triple "$2")" \
        -- --emit asm 2>/dev/null
    echo "calls that lead to a panic:"
    # The assembly is that of the driver's one module. Panics that core makes of other panics are no news.
    find "$proof/$(triple "$2")/release/deps" -name '*.s' -exec ls -t {} + | head -n 1 | xargs awk '
        /^[A-Za-z_$][^ ]*:/ { caller = $1 }
        /^[ \t]+(callq?|jmp|bl?)[ \t]/ && $NF ~ /(4core|5alloc).*(panic|_fail|alloc_error|handle_error|grow_one)/ &&
            caller !~ /4core9panicking|4core6result|5alloc7raw_vec|9wdk_panic/ { print "  " caller, $NF }
    ' | sort -u | c++filt
}

# compare_two_builds: exports the sources (as they are, not as committed) to two folders, builds both and compares.
compare_two_builds() {
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT INT TERM
    SOURCE_DATE_EPOCH=$(git -C "$TOP" log -1 --format=%ct 2>/dev/null || date +%s)
    export SOURCE_DATE_EPOCH
    for name in one another/folder; do
        mkdir -p "$work/$name"
        (cd "$TOP" && git ls-files -z --cached --others --exclude-standard | tar -c --null -T - | tar -x -C "$work/$name")
        build_packages "$work/$name" "$work/$name/target"
    done
    for arch in $arches; do
        (cd "$work/one/target/package/$arch" && sha256sum -- *) >"$work/sums"
        say "the $arch package, built in two folders"
        (cd "$work/another/folder/target/package/$arch" && sha256sum -c "$work/sums") ||
            fail "the two $arch packages differ"
    done
}
