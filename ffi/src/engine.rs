//! The engine's handle: opening, closing, flushing, erasing.
//!
//! Invariant: after a call panicked inside an engine, every later call on it except closing returns `Poisoned`.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use idiolect_core::{Engine, Error, Result as CoreResult, Stats};

use crate::boundary::status_of;
use crate::config::idiolect_config;
use crate::error::{Failure, idiolect_error};
use crate::handle::{self, Handle};
use crate::memory::Out;

/// One person's engine over one store folder.
pub struct idiolect_engine {
    engine: Engine,
    /// The encoder's fingerprint, cached when first requested because C borrows it.
    encoder: OnceLock<String>,
    poisoned: AtomicBool,
}

impl Handle for idiolect_engine {
    const NAME: &'static str = "engine";
}

impl idiolect_engine {
    pub(crate) fn new(engine: Engine) -> Self {
        Self { engine, encoder: OnceLock::new(), poisoned: AtomicBool::new(false) }
    }

    /// The encoder's fingerprint, valid as long as the handle.
    pub(crate) fn encoder(&self, stats: &Stats) -> &str {
        self.encoder.get_or_init(|| stats.encoder.clone())
    }

    /// Runs a verb.
    pub(crate) fn call<R>(&self, verb: impl FnOnce(&Engine) -> CoreResult<R>) -> Result<R, Failure> {
        if self.poisoned.load(Ordering::Acquire) {
            return Err(Error::Poisoned.into());
        }
        match catch_unwind(AssertUnwindSafe(|| verb(&self.engine))) {
            Ok(outcome) => Ok(outcome?),
            Err(payload) => {
                self.poisoned.store(true, Ordering::Release);
                resume_unwind(payload)
            }
        }
    }
}

impl Drop for idiolect_engine {
    fn drop(&mut self) {
        // An error cannot be reported here; programs that need it close the engine first.
        let _ = self.engine.close();
    }
}

/// Runs a verb of the engine behind a handle.
pub(crate) fn call<R>(
    engine: *const idiolect_engine,
    verb: impl FnOnce(&Engine) -> CoreResult<R>,
) -> Result<R, Failure> {
    handle::get(engine)?.call(verb)
}

/// Opens the store in the config's folder, which is created if it does not exist, and loads the encoder.
///
/// Ownership: the caller owns `*out_engine` and frees it with idiolect_engine_free; copies `config`.
/// Errors: INVALID_INPUT if the config has no folder or no encoder; every STORE_ and MODEL_ status, NOT_A_STORE,
/// ENCODER_MISMATCH, IO; NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_engine_open(
    config: *const idiolect_config,
    out_engine: *mut *mut idiolect_engine,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_engine, "out_engine")?;
        let engine = handle::get(config)?.builder()?.open()?;
        out.set(handle::give(idiolect_engine::new(engine)));
        Ok(())
    })
}

/// Writes everything that was acknowledged to the disk.
///
/// Ownership: borrows `engine`.
/// Errors: STORE_FULL, IO, CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_engine_flush(
    engine: *mut idiolect_engine,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || call(engine, Engine::flush))
}

/// Flushes, and releases the store's folder. Later calls return CLOSED; closing twice is not an error. The handle must
/// still be freed.
///
/// Ownership: borrows `engine`.
/// Errors: STORE_FULL, IO, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread; waits for calls in progress.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_engine_close(
    engine: *mut idiolect_engine,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || Ok(handle::get(engine.cast_const())?.engine.close()?))
}

/// Closes an engine if it is still open, and frees it. Call idiolect_engine_close first to learn whether the last
/// writes succeeded.
///
/// Ownership: takes `engine`; NULL is allowed and does nothing. Handles obtained from it stay valid until they are
/// freed themselves.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread; a call in progress in another thread completes, and the store closes afterwards.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_engine_free(engine: *mut idiolect_engine) {
    handle::free(engine);
}

/// Erases everything; the store is then like a new one.
///
/// Ownership: borrows `engine`. Results obtained before keep their contents until they are freed.
/// Errors: STORE_FULL, IO, CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE; nothing is erased then.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_engine_erase_all(
    engine: *mut idiolect_engine,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || call(engine, Engine::erase_all))
}
