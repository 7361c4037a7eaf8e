//! Command-line client of the ovpn-dco driver.
mod args;
mod output;
fn main() {}
