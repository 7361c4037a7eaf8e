//! ovpn-dco.sys: the KMDF and NetAdapterCx driver
