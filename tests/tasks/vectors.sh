#!/bin/sh
# check test vectors (JSON) against engine and library
#
# ./run vectors              the project's own folder, tests/vectors
# ./run vectors DIR          any other folder of files of the same shapes
# ./run vectors [DIR] --json the report as JSON

need_rust
cargo run --quiet -p ovpn-dco-vectors --bin vectors -- "$@"
