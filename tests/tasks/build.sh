#!/bin/sh
# build the driver package for x64 and ARM64, without a WDK, into target/package
#
# ./run build                    both packages: target/package/x64, target/package/arm64
# ./run build --arch x64         one of them
# ./run build --no-panic-proof   proves that the release driver cannot panic: links it with a panic handler that
#                                calls a function which does not exist; and shows that the proof can fail
# ./run build --reproducible     builds twice, in two folders, and compares the packages byte by byte

. "$TOP/tests/tasks/lib/package.sh"

arches="x64 arm64"
mode=package
while [ $# -gt 0 ]; do
    case $1 in
        --arch) arches=${2:?--arch wants x64 or arm64}; shift ;;
        --no-panic-proof) mode=no-panic-proof ;;
        --reproducible) mode=reproducible ;;
        *) fail "build: there is no option '$1'" ;;
    esac
    shift
done

need_rust
need_windows_rust

case $mode in
    package) build_packages "$TOP" "$(target_dir)" ;;
    no-panic-proof) prove_no_panic ;;
    reproducible) compare_two_builds ;;
esac
