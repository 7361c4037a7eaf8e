//! The contract between the ovpn-dco driver and user space
