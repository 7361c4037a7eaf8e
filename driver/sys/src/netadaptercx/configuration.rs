//! Configurations (netconfiguration.h): registry keys of devices and adapters.

c_flags! {
    /// How `NetConfigurationQueryUlong` reads.
    NET_CONFIGURATION_QUERY_ULONG_FLAGS {
        /// `REG_DWORD` only.
        NET_CONFIGURATION_QUERY_ULONG_NO_FLAGS = 0,
        /// Also a string of hexadecimal digits.
        NET_CONFIGURATION_QUERY_ULONG_MAY_BE_STORED_AS_HEX_STRING = 1,
    }
}
