//! Framework objects: typed contexts and attributes.

use core::ptr::NonNull;

use wdk_sys::{
    _WDF_EXECUTION_LEVEL, _WDF_SYNCHRONIZATION_SCOPE, LPCSTR, PFN_WDF_OBJECT_CONTEXT_CLEANUP, ULONG,
    WDF_OBJECT_ATTRIBUTES, WDF_OBJECT_CONTEXT_TYPE_INFO, WDFOBJECT,
};

use crate::wdf::wdf_call;

/// The description by which the framework knows one kind of context. Only ever a static: the framework compares addresses.
#[repr(transparent)]
pub(crate) struct ContextType(WDF_OBJECT_CONTEXT_TYPE_INFO);

// SAFETY: the description is never written.
unsafe impl Sync for ContextType {}

impl ContextType {
    /// The description of a context of `size` bytes; `name` ends in NUL, `this` is the static itself.
    pub(crate) const fn new(name: &'static core::ffi::CStr, size: usize, this: *const ContextType) -> Self {
        Self(WDF_OBJECT_CONTEXT_TYPE_INFO {
            Size: size_field::<WDF_OBJECT_CONTEXT_TYPE_INFO>(),
            ContextName: name.as_ptr() as LPCSTR,
            ContextSize: size,
            UniqueType: this.cast(),
            EvtDriverGetUniqueContextType: None,
        })
    }
}

/// A type that the framework keeps in an object of its own.
///
/// # Safety
///
/// `TYPE` describes this type's size, and zeroed memory is a value of it: the framework hands it out so.
pub(crate) unsafe trait Context: Sized {
    /// The description.
    const TYPE: &'static ContextType;

    /// The context of `object`. IRQL: any.
    ///
    /// # Safety
    ///
    /// `object` is valid and was created with the attributes of [`attributes`] for this type. It lives longer than the reference
    /// is used.
    unsafe fn of<'a>(object: WDFOBJECT) -> &'a Self {
        // SAFETY: the object is valid, as the caller says.
        let context = unsafe { wdf_call!(WdfObjectGetTypedContextWorker(object, &raw const Self::TYPE.0)) };
        // SAFETY: the framework made the context with this type's size and filled it with zeros; it lives as long as the object.
        unsafe { &*context.cast::<Self>() }
    }
}

/// Declares `$type` to be a [`Context`].
macro_rules! context {
    ($type:ty, $name:literal) => {
        // SAFETY: the description holds the type's size; the type's own definition says that zeros are a value.
        unsafe impl $crate::object::Context for $type {
            const TYPE: &'static $crate::object::ContextType = {
                static TYPE: $crate::object::ContextType =
                    $crate::object::ContextType::new($name, size_of::<$type>(), &raw const TYPE);
                &TYPE
            };
        }
    };
}
pub(crate) use context;

/// What the `Size` member of a structure of the framework holds.
pub(crate) const fn size_field<T>() -> ULONG {
    const { assert!(size_of::<T>() <= 0xFFFF) };
    #[allow(clippy::cast_possible_truncation, reason = "asserted")]
    {
        size_of::<T>() as ULONG
    }
}

/// `WDF_OBJECT_ATTRIBUTES_INIT`.
pub(crate) fn plain_attributes() -> WDF_OBJECT_ATTRIBUTES {
    WDF_OBJECT_ATTRIBUTES {
        Size: size_field::<WDF_OBJECT_ATTRIBUTES>(),
        ExecutionLevel: _WDF_EXECUTION_LEVEL::WdfExecutionLevelInheritFromParent,
        SynchronizationScope: _WDF_SYNCHRONIZATION_SCOPE::WdfSynchronizationScopeInheritFromParent,
        ..Default::default()
    }
}

/// `WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE`, with what is called before the context goes.
pub(crate) fn attributes<T: Context>(cleanup: PFN_WDF_OBJECT_CONTEXT_CLEANUP) -> WDF_OBJECT_ATTRIBUTES {
    WDF_OBJECT_ATTRIBUTES {
        EvtCleanupCallback: cleanup,
        ContextTypeInfo: &raw const T::TYPE.0,
        ..plain_attributes()
    }
}

/// A pointer that is set once, before anyone reads it, and stays: the way from a context to what it belongs to.
#[repr(transparent)]
pub(crate) struct Link<T>(core::sync::atomic::AtomicPtr<T>);

impl<T> Link<T> {
    /// Not set yet; so are zeros.
    pub(crate) const fn new() -> Self {
        Self(core::sync::atomic::AtomicPtr::new(core::ptr::null_mut()))
    }

    /// Sets the pointer.
    pub(crate) fn set(&self, target: NonNull<T>) {
        self.0
            .store(target.as_ptr(), core::sync::atomic::Ordering::Release);
    }

    /// Takes the pointer out: the target is about to go.
    pub(crate) fn take(&self) -> Option<NonNull<T>> {
        NonNull::new(
            self.0
                .swap(core::ptr::null_mut(), core::sync::atomic::Ordering::AcqRel),
        )
    }

    /// The pointer, if it has been set.
    pub(crate) fn get(&self) -> Option<NonNull<T>> {
        NonNull::new(self.0.load(core::sync::atomic::Ordering::Acquire))
    }
}
