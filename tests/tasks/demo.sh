#!/bin/sh
# connect to a stock OpenVPN server in network namespaces and put the tunnel through its paces
#
# ./run demo [--cipher C] [--proto udp4|udp6|tcp4|tcp6] [--wrapping W] [--seconds N] [--json]
# The report goes to target/demo/report.json.

need_rust
need openvpn iperf3 iproute2 iputils-ping procps

say "building (a few minutes the first time)"
cargo build --release --quiet -p ovpn-dco-hosted -p ovpn-dco-cli -p ovpn-dco-e2e
as_root "$(target_dir)/release/demo" "$@"
