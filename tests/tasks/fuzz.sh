#!/bin/sh
# run the fuzz targets with address sanitizer (needs a nightly toolchain; installs cargo-fuzz)
#
# ./run fuzz                      every target for five minutes
# ./run fuzz SECONDS [TARGET...]  these targets, or every one, for so long each
#
# What is found on the way is kept in target/fuzz-corpus; a crash is left in tests/fuzz/artifacts.

seconds=${1-300}
[ $# = 0 ] || shift
case $seconds in
    '' | *[!0-9]*) fail "fuzz: $seconds is not a number of seconds" ;;
esac
need_rust
need g++
rustup toolchain list | grep -q '^nightly' || rustup toolchain install nightly --profile minimal
command -v cargo-fuzz >/dev/null || cargo install --quiet --locked cargo-fuzz
[ $# != 0 ] || set -- $(cd tests/fuzz/fuzz_targets && ls -- *.rs | sed 's/\.rs$//')

for target; do
    [ -f "tests/fuzz/fuzz_targets/$target.rs" ] || fail "fuzz: there is no target $target"
    say "fuzz: $target, $seconds seconds"
    found="$(target_dir)/fuzz-corpus/$target"
    mkdir -p "$found" "tests/fuzz/corpus/$target"
    # The first folder is the one that is written to.
    cargo +nightly fuzz run --fuzz-dir tests/fuzz --target-dir "$(target_dir)/fuzz" "$target" \
        "$found" "tests/fuzz/corpus/$target" -- -max_total_time="$seconds" -timeout=25 -print_final_stats=1
done
