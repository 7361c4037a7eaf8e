//! A simulated Windows kernel that runs KMDF network drivers on Linux
