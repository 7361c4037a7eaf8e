//! Compares every declaration with the recorded facts of `tests/abi`.
#![allow(dead_code)]
pub(crate) struct FieldFact {
    pub(crate) name: &'static str,
    pub(crate) offset: usize,
    pub(crate) size: fn() -> usize,
}
pub(crate) struct StructFact {
    pub(crate) name: &'static str,
    pub(crate) module: &'static str,
    pub(crate) size: usize,
    pub(crate) align: usize,
    pub(crate) fields: &'static [&'static [FieldFact]],
}
pub(crate) struct EnumFact {
    pub(crate) name: &'static str,
    pub(crate) module: &'static str,
    pub(crate) values: &'static [(&'static str, i32)],
}
pub(crate) struct ConstFact {
    pub(crate) name: &'static str,
    pub(crate) module: &'static str,
    pub(crate) bits: usize,
    pub(crate) value: i128,
}
pub(crate) struct StringFact {
    pub(crate) name: &'static str,
    pub(crate) module: &'static str,
    pub(crate) text: &'static crate::wide::WideStr,
}
pub(crate) struct BitFact {
    pub(crate) structure: &'static str,
    pub(crate) module: &'static str,
    pub(crate) name: &'static str,
    pub(crate) bit: u32,
    pub(crate) base: u32,
    pub(crate) bits: u32,
    pub(crate) image: fn() -> u64,
}
pub(crate) struct FunctionFact {
    pub(crate) name: &'static str,
    pub(crate) index: &'static str,
    pub(crate) parameters: &'static [&'static str],
    pub(crate) result: &'static str,
}
pub(crate) fn field_size<S, F>(_: impl FnOnce(*const S) -> *const F) -> usize {
    size_of::<F>()
}
