//! Layouts that the simulated kernel shares with drivers, for x64.
//!
//! Only what the simulator reads or writes; each structure is tested against the recorded ABI facts in `tests/abi`.

pub mod kmdf;
pub mod wdm;

/// An address whose target the simulator doesn't look at.
pub type Pointer = usize;

/// `GUID`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Guid {
    /// First group.
    pub data1: u32,
    /// Second group.
    pub data2: u16,
    /// Third group.
    pub data3: u16,
    /// The rest, in the order of the text form.
    pub data4: [u8; 8],
}

impl std::fmt::Display for Guid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [a, b, rest @ ..] = self.data4;
        write!(
            f,
            "{{{:08x}-{:04x}-{:04x}-{a:02x}{b:02x}-",
            self.data1, self.data2, self.data3
        )?;
        for byte in rest {
            write!(f, "{byte:02x}")?;
        }
        f.write_str("}")
    }
}

impl std::str::FromStr for Guid {
    type Err = ();

    /// Reads `{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}`, with or without braces.
    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.trim_start_matches('{').trim_end_matches('}');
        let digits: String = text.chars().filter(|c| *c != '-').collect();
        if text.len() != 36 || digits.len() != 32 {
            return Err(());
        }
        let value = u128::from_str_radix(&digits, 16).map_err(|_| ())?;
        let bytes = value.to_be_bytes();
        let mut data4 = [0; 8];
        data4.copy_from_slice(&bytes[8..]);
        Ok(Self {
            data1: u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]),
            data2: u16::from_be_bytes([bytes[4], bytes[5]]),
            data3: u16::from_be_bytes([bytes[6], bytes[7]]),
            data4,
        })
    }
}

#[cfg(test)]
pub(crate) mod check {
    //! Compares a structure with the recorded facts.

    use serde_json::Value;

    pub(crate) fn facts(file: &str) -> Value {
        let path = format!("{}/../abi/{file}", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    pub(crate) fn layout(facts: &Value, name: &str, size: usize, fields: &[(&str, usize, usize)]) {
        let fact = [&facts["structs"][name], &facts["binding"]["structs"][name]]
            .into_iter()
            .find(|f| f.is_object())
            .unwrap_or_else(|| panic!("no facts about {name}"));
        assert_eq!(fact["size"], size, "size of {name}");
        for (field, offset, length) in fields {
            let fact = &fact["fields"][*field];
            assert!(fact.is_object(), "{name} has no {field}");
            assert_eq!(fact["off"], *offset, "offset of {name}.{field}");
            if !fact["size"].is_null() {
                assert_eq!(fact["size"], *length, "size of {name}.{field}");
            }
        }
    }

    /// `check_layout!(facts, "IRP", Irp { "IoStatus" = io_status, ... })`
    macro_rules! check_layout {
        ($facts:expr, $name:literal, $t:ty { $($field:literal = $($path:tt).+),* $(,)? }) => {{
            fn size_of_pointee<T>(_: *const T) -> usize { size_of::<T>() }
            let value = std::mem::MaybeUninit::<$t>::uninit();
            let fields = [$((
                $field,
                std::mem::offset_of!($t, $($path).+),
                // SAFETY: computes an address inside of `value`, reads nothing.
                size_of_pointee(unsafe { &raw const (*value.as_ptr()).$($path).+ }),
            )),*];
            crate::abi::check::layout($facts, $name, size_of::<$t>(), &fields);
        }};
    }
    pub(crate) use check_layout;
}
