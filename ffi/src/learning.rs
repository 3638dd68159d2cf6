//! Switching learning on and off, and erasing what was learned.

use idiolect_core::Engine;

use crate::boundary::status_of;
use crate::engine::{call, idiolect_engine};
use crate::error::idiolect_error;
use crate::handle;
use crate::memory::{Out, flag};

/// Switches learning on (1) or off (0); it is on in a new store, and the setting is kept there. While it is off, what is
/// already learned stays in use, and records are added and found by searches as always, but nothing is learned from them,
/// also not after learning is switched on again.
///
/// Ownership: borrows `engine`.
/// Errors: INVALID_INPUT for any other value, STORE_FULL, IO, CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_engine_set_learning(
    engine: *mut idiolect_engine,
    on: i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let engine = handle::get(engine.cast_const())?;
        let on = flag(on, "on")?;
        engine.call(|engine| engine.set_learning(on))
    })
}

/// Gets whether learning is on: 1 or 0.
///
/// Ownership: borrows `engine`.
/// Errors: CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_engine_learning(
    engine: *mut idiolect_engine,
    out_on: *mut i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_on, "out_on")?;
        out.set(call(engine, Engine::learning)?.into());
        Ok(())
    })
}

/// Erases all that was learned so far, and removes it from the store's files. What the person stated, pinned, corrected or
/// deactivated stays, and so do the records, which searches continue to find; nothing is learned from them again. The time
/// is proportional to the size of the store.
///
/// Ownership: borrows `engine`.
/// Errors: STORE_FULL, IO, CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE; nothing is erased then.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_engine_erase_learned(
    engine: *mut idiolect_engine,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || call(engine, Engine::erase_learned))
}
