//! End-to-end tests and the demo, against stock OpenVPN
