//! Benchmarks of the engine and of whole tunnels
