//! The user data of callbacks, and its release.
//!
//! Invariant: `destroy` is called exactly once, when the callback can no longer be called, and while no lock is held.

use std::ffi::c_void;
use std::sync::atomic::{AtomicPtr, Ordering};

use parking_lot::Mutex;

use crate::error::Failure;

/// Releases the `user_data` of a callback. NULL if there is nothing to release.
///
/// Ownership: takes `user_data`.
/// Errors: none can be reported.
/// Thread-safety: called once, in whichever thread ends the last use of the callback, while no lock is held. It may
/// call any function.
pub type idiolect_destroy = Option<extern "C" fn(user_data: *mut c_void)>;

/// The `user_data` of a callback; dropping it releases it. A function that receives one from C creates this first, so
/// that it is also released if the function fails.
pub(crate) struct UserData {
    /// Atomic only to make the type `Send` and `Sync`; what the pointer refers to, and from which threads it may be
    /// used, is the program's responsibility.
    data: AtomicPtr<c_void>,
    destroy: idiolect_destroy,
}

impl UserData {
    pub(crate) fn new(data: *mut c_void, destroy: idiolect_destroy) -> Self {
        Self { data: AtomicPtr::new(data), destroy }
    }

    pub(crate) fn get(&self) -> *mut c_void {
        self.data.load(Ordering::Relaxed)
    }
}

impl Drop for UserData {
    fn drop(&mut self) {
        if let Some(destroy) = self.destroy {
            destroy(self.get());
        }
    }
}

/// Changes the state of a handle, completely or not at all. A callback that is replaced is released after the lock.
pub(crate) fn change<S: Clone>(
    state: &Mutex<S>,
    change: impl FnOnce(&mut S) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut replaced;
    // Dropped before `replaced`, which is declared first.
    let mut held = state.lock();
    replaced = held.clone();
    change(&mut replaced)?;
    std::mem::swap(&mut *held, &mut replaced);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::ptr::without_provenance_mut;
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;

    use super::*;

    static HELD: Mutex<Option<Arc<UserData>>> = Mutex::new(None);
    /// Records which user data was released; each adds its own power of ten.
    static GIVEN_UP: AtomicUsize = AtomicUsize::new(0);

    extern "C" fn give_up(data: *mut c_void) {
        assert!(HELD.try_lock().is_some(), "the lock is held");
        GIVEN_UP.fetch_add(data.addr(), Ordering::Relaxed);
    }

    #[test]
    fn what_is_replaced_is_given_up_once_when_nobody_uses_it_and_the_lock_is_free() {
        let set = |data: Option<usize>, outcome: Result<(), Failure>| {
            let data = data.map(|at| UserData::new(without_provenance_mut(at), Some(give_up)));
            let data = data.map(Arc::new);
            change(&HELD, |held| {
                *held = data;
                outcome
            })
            .is_ok()
        };
        let given_up = || GIVEN_UP.load(Ordering::Relaxed);
        assert!(set(Some(1), Ok(())));
        assert_eq!(given_up(), 0);
        assert!(set(Some(10), Ok(())));
        assert_eq!(given_up(), 1);
        assert!(!set(Some(100), Err(Failure::null("x"))));
        assert_eq!(given_up(), 101, "what was refused is given up, and what was there stays");
        let used = HELD.lock().clone().expect("what was there");
        assert!(set(None, Ok(())));
        assert_eq!((given_up(), used.get().addr()), (101, 10));
        drop(used);
        assert_eq!(given_up(), 111);
        drop(UserData::new(without_provenance_mut(1_000), None));
        assert_eq!(given_up(), 111);
    }
}
