//! Behaviour of the device, as user space, the network and the adapter see it.

#[path = "../support/mod.rs"]
mod support;

mod client;
mod connect;
mod control_packets;
mod keepalive;
mod keys;
mod server;
mod statistics;
mod stress;
mod traffic;
