//! Bindings that windows-drivers-rs lacks: NetAdapterCx, WSK, CNG, ETW
