#!/bin/sh
# connect to a stock OpenVPN server in network namespaces and put the tunnel through its paces
#
# ./run demo [--cipher C] [--proto udp4|udp6|tcp4|tcp6] [--wrapping W] [--seconds N] [--json]
# ./run demo --device hosted ...   the engine on Linux instead of the driver's image in the simulated kernel
# The report goes to target/demo/report.json.

need_rust
need openvpn iperf3 iproute2 iputils-ping procps

case " $* " in
    *' --device hosted '* | *' --device=hosted '*) device=ovpn-dco-hosted ;;
    *)
        device=ntsim
        "$TOP/run" build --arch x64 >&2
        ;;
esac
say "building (a few minutes the first time)"
cargo build --release --quiet -p "$device" -p ovpn-dco-cli -p ovpn-dco-e2e
as_root "$(target_dir)/release/demo" "$@"
