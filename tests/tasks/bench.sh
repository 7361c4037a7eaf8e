#!/bin/sh
# measure the engine's cost per packet and whole tunnels, into target/bench (needs root for the tunnels)
#
# ./run bench                  everything: about 20 minutes
# ./run bench --quick          the same with fewer and shorter rounds: about 4 minutes
# ./run bench --only engine    only the engine, without root; or: tunnel
# ./run bench --help           all options

need_rust
need iproute2 iperf3 iputils-ping openvpn valgrind
cargo build --release -p ovpn-dco-bench
bench="$(target_dir)/release/ovpn-dco-bench"
case " $* " in
    *" --only engine "* | *" --help "* | *" -h "*) "$bench" run --out "$(target_dir)/bench" "$@" ;;
    *)
        "$TOP/run" build --arch x64
        cargo build --release -p ovpn-dco-hosted -p ovpn-dco-cli -p ntsim
        as_root "$bench" run --out "$(target_dir)/bench" "$@"
        ;;
esac
