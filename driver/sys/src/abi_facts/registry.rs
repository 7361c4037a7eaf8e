//! Every table that the declaring macros have left behind.

use super::{BitFact, CallbackFact, ConstFact, EnumFact, FunctionFact, ImportFact, StringFact, StructFact};
use crate::netadaptercx::{self as netcx, function};
use crate::{cng, etw, wdm, wsk};

pub(super) const STRUCTS: &[&[StructFact]] = &[
    cng::structure::STRUCT_FACTS,
    etw::structure::STRUCT_FACTS,
    netcx::adapter::STRUCT_FACTS,
    netcx::client::STRUCT_FACTS,
    netcx::extension::STRUCT_FACTS,
    netcx::offload::STRUCT_FACTS,
    netcx::packet::STRUCT_FACTS,
    netcx::power::STRUCT_FACTS,
    netcx::queue::STRUCT_FACTS,
    netcx::receive_scaling::STRUCT_FACTS,
    netcx::ring::STRUCT_FACTS,
    wdm::irp::STRUCT_FACTS,
    wdm::object::STRUCT_FACTS,
    wdm::processor::STRUCT_FACTS,
    wsk::cmsg::STRUCT_FACTS,
    wsk::dispatch::STRUCT_FACTS,
    wsk::sockaddr::STRUCT_FACTS,
    wsk::socket::STRUCT_FACTS,
];

pub(super) const ENUMS: &[&[EnumFact]] = &[
    etw::structure::ENUM_FACTS,
    netcx::adapter::ENUM_FACTS,
    netcx::adapter::FLAG_FACTS,
    netcx::configuration::FLAG_FACTS,
    netcx::extension::ENUM_FACTS,
    netcx::offload::ENUM_FACTS,
    netcx::offload::FLAG_FACTS,
    netcx::packet::ENUM_FACTS,
    netcx::packet::FLAG_FACTS,
    netcx::power::ENUM_FACTS,
    netcx::receive_scaling::ENUM_FACTS,
    netcx::receive_scaling::FLAG_FACTS,
    netcx::ring::ENUM_FACTS,
    wdm::constants::ENUM_FACTS,
    wsk::dispatch::ENUM_FACTS,
];

pub(super) const CONSTANTS: &[&[ConstFact]] = &[
    cng::constants::CONST_FACTS,
    etw::structure::CONST_FACTS,
    netcx::adapter::CONST_FACTS,
    wdm::constants::CONST_FACTS,
    wdm::processor::CONST_FACTS,
    wdm::status::CONST_FACTS,
    wsk::constants::CONST_FACTS,
];

pub(super) const STRINGS: &[&[StringFact]] = &[cng::algorithm::STRING_FACTS];

pub(super) const BITS: &[&[BitFact]] = &[netcx::packet::BIT_FACTS];

pub(super) const INDICES: &[ConstFact] = function::NETFUNCENUM::CONST_FACTS;

pub(super) const FUNCTIONS: &[&[FunctionFact]] =
    &[function::v2_0::FUNCTION_FACTS, function::v2_1::FUNCTION_FACTS];

pub(super) const FUNCTION_POINTERS: &[&[CallbackFact]] =
    &[function::v2_0::CALLBACK_FACTS, function::v2_1::CALLBACK_FACTS];

pub(super) const CALLBACKS: &[&[CallbackFact]] = &[
    etw::structure::CALLBACK_FACTS,
    netcx::adapter::CALLBACK_FACTS,
    netcx::client::CALLBACK_FACTS,
    netcx::offload::CALLBACK_FACTS,
    netcx::power::CALLBACK_FACTS,
    netcx::queue::CALLBACK_FACTS,
    netcx::receive_scaling::CALLBACK_FACTS,
    wdm::irp::CALLBACK_FACTS,
    wdm::object::CALLBACK_FACTS,
    wsk::dispatch::CALLBACK_FACTS,
];

pub(super) const IMPORTS: &[&[ImportFact]] = &[
    cng::function::IMPORT_FACTS,
    etw::function::IMPORT_FACTS,
    wdm::processor_function::IMPORT_FACTS,
    wsk::netio::IMPORT_FACTS,
];

/// All entries of a list of tables.
pub(super) fn all<T>(tables: &'static [&'static [T]]) -> impl Iterator<Item = &'static T> {
    tables.iter().copied().flatten()
}
