//! Command-line client of the ovpn-dco driver
