//! Handles: values that C holds by an opaque pointer.
//!
//! Invariant: a pointer is used only while it is in the table of live handles with the requested type. A handle that
//! was freed or is of another type is therefore detected without reading through it, and freeing a handle while
//! another thread is in a call with it is safe: the call keeps the value alive. (If the address of a freed handle is
//! reused for the same type, this cannot be detected.)
//!
//! The table holds the complements of the addresses, so that leak checkers still report a lost handle.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use idiolect_core::ErrorKind;

use crate::failure::Failure;
use crate::panic::catch_or;

/// A value that C may hold.
pub(crate) trait Handle: Send + Sync + 'static {
    /// Its name in messages.
    const NAME: &'static str;
}

static LIVE: RwLock<BTreeMap<usize, TypeId>> = RwLock::new(BTreeMap::new());

fn key<T>(handle: *const T) -> usize {
    !handle.addr()
}

/// Passes a value to C, which frees it with [`free`].
pub(crate) fn give<T: Handle>(value: T) -> *mut T {
    let handle = Arc::into_raw(Arc::new(value));
    LIVE.write().unwrap_or_else(PoisonError::into_inner).insert(key(handle), TypeId::of::<T>());
    handle.cast_mut()
}

/// The value behind a handle.
///
/// # Errors
/// `NullPointer` and `InvalidHandle`, naming the type.
pub(crate) fn get<T: Handle>(handle: *const T) -> Result<Arc<T>, Failure> {
    if handle.is_null() {
        return Err(Failure::null(T::NAME));
    }
    let live = LIVE.read().unwrap_or_else(PoisonError::into_inner);
    if live.get(&key(handle)) != Some(&TypeId::of::<T>()) {
        let message = format!("the {} handle was freed, or is of another type", T::NAME);
        return Err(Failure::new(ErrorKind::InvalidHandle, message));
    }
    // SAFETY: the table has this address with this type, so it came from `Arc::into_raw` in `give`; `free` removes it
    // from the table before it drops that count, which the read lock prevents here.
    unsafe { Arc::increment_strong_count(handle) };
    // SAFETY: as above; the count was incremented by the line before.
    Ok(unsafe { Arc::from_raw(handle) })
}

/// The value behind a handle that may be NULL.
///
/// # Errors
/// `InvalidHandle`, naming the type.
pub(crate) fn get_optional<T: Handle>(handle: *const T) -> Result<Option<Arc<T>>, Failure> {
    if handle.is_null() { Ok(None) } else { get(handle).map(Some) }
}

/// Frees a handle. Does nothing for NULL and for anything other than a live handle of this type.
pub(crate) fn free<T: Handle>(handle: *mut T) {
    catch_or((), || {
        let mut live = LIVE.write().unwrap_or_else(PoisonError::into_inner);
        if live.get(&key(handle)) != Some(&TypeId::of::<T>()) {
            return;
        }
        live.remove(&key(handle));
        drop(live);
        // SAFETY: the table had this address with this type, so it came from `Arc::into_raw` in `give`; it was
        // removed under the write lock, so that no other call drops the same count.
        drop(unsafe { Arc::from_raw(handle.cast_const()) });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Cat(u32);
    struct Dog;
    impl Handle for Cat {
        const NAME: &'static str = "cat";
    }
    impl Handle for Dog {
        const NAME: &'static str = "dog";
    }

    fn code<T>(result: Result<T, Failure>) -> i32 {
        result.err().map_or(0, |failure| failure.code())
    }

    #[test]
    fn null_freed_and_foreign_handles_are_detected() {
        let cat = give(Cat(7));
        assert_eq!(get(cat.cast_const()).expect("live").0, 7);
        assert_eq!(code(get(std::ptr::null::<Cat>())), ErrorKind::NullPointer.code());
        assert_eq!(code(get(cat.cast_const().cast::<Dog>())), ErrorKind::InvalidHandle.code());
        free(cat.cast::<Dog>());
        assert!(get(cat.cast_const()).is_ok(), "freed as another type");
        let held = get(cat.cast_const()).expect("live");
        free(cat);
        assert_eq!(code(get(cat.cast_const())), ErrorKind::InvalidHandle.code());
        assert_eq!(held.0, 7);
        free(cat);
        free(std::ptr::null_mut::<Cat>());
        assert_eq!(Arc::strong_count(&held), 1);
    }
}
