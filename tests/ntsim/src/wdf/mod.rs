//! Stands for Wdf01000.sys and WDFLDR.SYS: KMDF 1.31 and 1.33.

pub mod extension;
pub mod names;
pub mod object;

use crate::registry::Export;

/// Everything the framework offers to drivers.
#[must_use]
pub fn exports() -> Vec<Export> {
    [object::exports()].concat()
}

pub(crate) fn reset() {
    object::reset();
}

mod driver {
    use super::object::Object;
    pub(super) fn current_object() -> Option<&'static Object> {
        None
    }
}
fn may_delete(_: &object::Object) -> bool {
    true
}
