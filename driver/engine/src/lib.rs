//! The portable OpenVPN data channel and device model
