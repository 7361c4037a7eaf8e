//! A provider of events: registration, what sessions want, writing.

use core::sync::atomic::{AtomicU16, AtomicU64, Ordering};

use super::event::{Event, FieldData, Level, MAX_FIELDS};
#[cfg(any(windows, test))]
use super::structure::{EVENT_CONTROL_CODE_DISABLE_PROVIDER, EVENT_CONTROL_CODE_ENABLE_PROVIDER};
use super::structure::{
    EVENT_DATA_DESCRIPTOR, EVENT_DATA_DESCRIPTOR_TYPE_EVENT_METADATA,
    EVENT_DATA_DESCRIPTOR_TYPE_PROVIDER_METADATA,
};
#[cfg(any(windows, test))]
use crate::scalar::{UCHAR, ULONG, ULONGLONG};
use crate::wdm::GUID;

/// Descriptors of an event: the provider's, the event's, and two per field.
const MAX_DESCRIPTORS: usize = 2 + 2 * MAX_FIELDS;

/// A provider of TraceLogging events, made by [`trace_provider!`](crate::trace_provider).
///
/// Before it is registered, and on any host but Windows, nobody wants an event, so none is written.
#[derive(Debug)]
pub struct Provider {
    // Read by the Windows half only.
    #[cfg_attr(not(windows), allow(dead_code))]
    id: GUID,
    metadata: &'static [u8],
    /// 0: not registered; `REGISTERING`: about to be.
    #[cfg_attr(not(windows), allow(dead_code))]
    handle: AtomicU64,
    /// The highest level that a session wants, plus one; 0: no session wants any.
    level_plus_one: AtomicU16,
    any_keyword: AtomicU64,
    all_keywords: AtomicU64,
}

impl Provider {
    /// A provider from its GUID and description.
    #[must_use]
    pub const fn new(id: GUID, metadata: &'static [u8]) -> Self {
        Self {
            id,
            metadata,
            handle: AtomicU64::new(0),
            level_plus_one: AtomicU16::new(0),
            any_keyword: AtomicU64::new(0),
            all_keywords: AtomicU64::new(0),
        }
    }

    /// Whether a session wants events of this level and keyword. IRQL: any.
    #[must_use]
    #[inline]
    pub fn enabled(&self, level: Level, keyword: u64) -> bool {
        if (level as u16) >= self.level_plus_one.load(Ordering::Relaxed) {
            return false;
        }
        let (any, all) = (
            self.any_keyword.load(Ordering::Relaxed),
            self.all_keywords.load(Ordering::Relaxed),
        );
        keyword == 0 || ((any == 0 || keyword & any != 0) && keyword & all == all)
    }

    /// What the enable callback does with what it is told. ETW filters again, so values that do not belong together
    /// for a moment do no harm.
    #[cfg(any(windows, test))]
    fn control(&self, code: ULONG, level: UCHAR, any: ULONGLONG, all: ULONGLONG) {
        match code {
            EVENT_CONTROL_CODE_DISABLE_PROVIDER => self.level_plus_one.store(0, Ordering::Relaxed),
            EVENT_CONTROL_CODE_ENABLE_PROVIDER => {
                self.any_keyword.store(any, Ordering::Relaxed);
                self.all_keywords.store(all, Ordering::Relaxed);
                // A session that names no level wants all of them.
                let highest = if level == 0 { UCHAR::MAX } else { level };
                self.level_plus_one
                    .store(u16::from(highest).wrapping_add(1), Ordering::Relaxed);
            }
            _ => {}
        }
    }

    /// The event's descriptors, in place, and their number.
    fn describe(
        &self,
        event: &Event,
        fields: &[FieldData<'_>],
        out: &mut [EVENT_DATA_DESCRIPTOR; MAX_DESCRIPTORS],
    ) -> usize {
        let provider =
            EVENT_DATA_DESCRIPTOR::with_type(self.metadata, EVENT_DATA_DESCRIPTOR_TYPE_PROVIDER_METADATA);
        let event =
            EVENT_DATA_DESCRIPTOR::with_type(event.metadata, EVENT_DATA_DESCRIPTOR_TYPE_EVENT_METADATA);
        let parts = fields
            .iter()
            .flat_map(|field| [field.head(), field.tail()])
            .filter(|part| !part.is_empty());
        let parts = parts.map(EVENT_DATA_DESCRIPTOR::of);
        let mut used = 0_usize;
        for (to, from) in out
            .iter_mut()
            .zip([provider, event].into_iter().chain(parts).flatten())
        {
            *to = from;
            used = used.wrapping_add(1);
        }
        used
    }
}

const EMPTY: EVENT_DATA_DESCRIPTOR = EVENT_DATA_DESCRIPTOR {
    Ptr: 0,
    Size: 0,
    Type: 0,
    Reserved1: 0,
    Reserved2: 0,
};

#[cfg(not(windows))]
impl Provider {
    /// Nothing: there is no ETW.
    pub fn write(&self, event: &Event, fields: &[FieldData<'_>]) {
        let mut descriptors = [EMPTY; MAX_DESCRIPTORS];
        let _ = self.describe(event, fields, &mut descriptors);
    }
}

#[cfg(windows)]
mod windows {
    use super::*;
    use crate::etw::function::{EtwRegister, EtwSetInformation, EtwUnregister, EtwWriteTransfer};
    use crate::etw::structure::{EVENT_FILTER_DESCRIPTOR, EventProviderSetTraits};
    use crate::scalar::{NTSTATUS, PVOID};
    use crate::wdm::{STATUS_ALREADY_REGISTERED, nt_success};

    /// In `handle` while the registration is under way.
    const REGISTERING: u64 = u64::MAX;

    impl Provider {
        /// Registers the provider. Must be undone before the driver unloads. IRQL: PASSIVE_LEVEL.
        ///
        /// # Errors
        /// `STATUS_ALREADY_REGISTERED`, or what ETW says. A driver may go on without.
        pub fn register(&'static self) -> Result<(), NTSTATUS> {
            if self
                .handle
                .compare_exchange(0, REGISTERING, Ordering::AcqRel, Ordering::Relaxed)
                .is_err()
            {
                return Err(STATUS_ALREADY_REGISTERED);
            }
            let context: PVOID = core::ptr::from_ref(self).cast_mut().cast();
            let mut handle = 0;
            // SAFETY: the provider is a static; the callback uses only atomics of it.
            let status = unsafe { EtwRegister(&raw const self.id, Some(enable), context, &raw mut handle) };
            if !nt_success(status) {
                self.handle.store(0, Ordering::Release);
                return Err(status);
            }
            let traits: PVOID = self.metadata.as_ptr().cast_mut().cast();
            let len = ULONG::try_from(self.metadata.len()).unwrap_or(0);
            // SAFETY: just registered; ETW only reads the traits, which are static. Without them events still name
            // the provider, so a failure changes nothing.
            let _ = unsafe { EtwSetInformation(handle, EventProviderSetTraits, traits, len) };
            self.handle.store(handle, Ordering::Release);
            Ok(())
        }

        /// Unregisters the provider, if it is registered. Waits for the enable callback. Not at the same time as
        /// [`register`](Self::register). IRQL: PASSIVE_LEVEL.
        pub fn unregister(&self) {
            let handle = self.handle.swap(0, Ordering::AcqRel);
            self.level_plus_one.store(0, Ordering::Relaxed);
            if handle != 0 && handle != REGISTERING {
                // SAFETY: the handle was registered, and the swap took it from everybody else.
                let _ = unsafe { EtwUnregister(handle) };
            }
        }

        /// Writes an event, wanted or not. IRQL: any; above APC_LEVEL all data must be nonpaged.
        pub fn write(&self, event: &Event, fields: &[FieldData<'_>]) {
            let handle = self.handle.load(Ordering::Acquire);
            if handle == 0 || handle == REGISTERING {
                return;
            }
            let mut descriptors = [EMPTY; MAX_DESCRIPTORS];
            let used = self.describe(event, fields, &mut descriptors);
            let count = ULONG::try_from(used).unwrap_or(0);
            // SAFETY: the handle is registered (the driver unregisters when no thread of it runs any more), and all
            // descriptors point to data that outlives the call. An event that ETW has no room for is lost, by design.
            let _ = unsafe {
                EtwWriteTransfer(
                    handle,
                    &raw const event.descriptor,
                    core::ptr::null(),
                    core::ptr::null(),
                    count,
                    descriptors.as_mut_ptr(),
                )
            };
        }
    }

    unsafe extern "C" fn enable(
        _source: *const GUID,
        code: ULONG,
        level: UCHAR,
        any: ULONGLONG,
        all: ULONGLONG,
        _filter: *mut EVENT_FILTER_DESCRIPTOR,
        context: PVOID,
    ) {
        // SAFETY: `register` passed a static provider.
        let provider = unsafe { context.cast::<Provider>().as_ref() };
        if let Some(provider) = provider {
            provider.control(code, level, any, all);
        }
    }
}

/// Declares a provider of events with its name and GUID; see [`trace_event!`](crate::trace_event).
#[macro_export]
macro_rules! trace_provider {
    ($(#[$meta:meta])* $vis:vis static $provider:ident = $name:literal, $id:expr;) => {
        $(#[$meta])*
        $vis static $provider: $crate::etw::Provider = {
            static METADATA: [u8; $crate::etw::provider_metadata_len($name)] =
                $crate::etw::provider_metadata($name);
            $crate::etw::Provider::new($id, &METADATA)
        };
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::etw::{NtStatus, TraceValue};
    use alloc::vec::Vec;

    crate::trace_provider! {
        static TRACE = "Test", GUID::from_u128(1);
    }

    #[test]
    fn a_session_decides_what_is_wanted() {
        let provider = Provider::new(GUID::from_u128(1), &[]);
        assert!(!provider.enabled(Level::Critical, 0), "nobody listens");
        provider.control(EVENT_CONTROL_CODE_ENABLE_PROVIDER, 3, 0x6, 0x2);
        for (level, keyword, want) in [
            (Level::Warning, 0x2, true),
            (Level::Information, 0x2, false),
            (Level::Error, 0, true),
            (Level::Error, 0x4, false),
            (Level::Error, 0x8, false),
            (Level::Error, 0xA, true),
        ] {
            assert_eq!(provider.enabled(level, keyword), want, "{level:?} {keyword:#x}");
        }
        provider.control(EVENT_CONTROL_CODE_ENABLE_PROVIDER, 0, 0, 0);
        assert!(
            provider.enabled(Level::Verbose, 1 << 40),
            "no level and no keyword are all of them"
        );
        provider.control(crate::etw::EVENT_CONTROL_CODE_CAPTURE_STATE, 1, 1, 1);
        assert!(provider.enabled(Level::Verbose, 2), "not a change");
        provider.control(EVENT_CONTROL_CODE_DISABLE_PROVIDER, 5, 0, 0);
        assert!(!provider.enabled(Level::Critical, 0));
    }

    #[test]
    fn values_of_events_nobody_wants_are_not_computed() {
        fn computed() -> u32 {
            panic!("computed")
        }
        crate::trace_event!(TRACE, Level::Error, 0, "Never", "X": u32 = computed());
    }

    #[test]
    fn an_event_is_described_by_provider_event_and_data() {
        let event = Event::new(Level::Error, 5, b"event");
        let fields = [7_u32.data(), "hi".data(), NtStatus(-1).data()];
        let mut descriptors = [EMPTY; MAX_DESCRIPTORS];
        let used = TRACE.describe(&event, &fields, &mut descriptors);
        let shown: Vec<_> = descriptors[..used]
            .iter()
            .map(|one| (one.Type, one.Size))
            .collect();
        assert_eq!(shown, [(2, 7), (1, 5), (0, 4), (0, 2), (0, 2), (0, 4)]);
        assert_eq!(
            (
                event.descriptor().Channel,
                event.descriptor().Level,
                event.descriptor().Keyword
            ),
            (11, 2, 5)
        );
        assert_eq!(TRACE.metadata, b"\x07\0Test\0");
    }

    #[test]
    fn more_fields_than_fit_are_left_out() {
        let fields = [1_u8.data(); 40];
        let mut descriptors = [EMPTY; MAX_DESCRIPTORS];
        let event = Event::new(Level::Error, 0, b"event");
        assert_eq!(TRACE.describe(&event, &fields, &mut descriptors), MAX_DESCRIPTORS);
    }
}
