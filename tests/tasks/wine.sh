#!/bin/sh
# build the user library for Windows and run its tests under wine
#
# ./run wine            the tests of the contract, the device socket, the Win32 backend and the network set-up, and a
#                       Windows program that attaches to the hosted device here, then to the driver in ntsim
# ./run wine tour       that program only

need_rust
need wine wine64 gcc-mingw-w64-x86-64 iproute2
need_windows_rust
[ -f "$(target_dir)/package/x64/ovpn-dco.sys" ] || "$TOP/run" build --arch x64
"$TOP/tests/wine/run.sh" "$@"
