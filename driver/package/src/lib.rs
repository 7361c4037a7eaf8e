//! The driver package: its image, its INF, and what they must be like.
//!
//! `./run build` makes the package with this on a machine without a WDK; the checks hold for any package.

pub mod checks;
pub mod image;
pub mod inf;
pub mod infverif;
pub mod layout;
pub mod stamp;
pub mod wide;
