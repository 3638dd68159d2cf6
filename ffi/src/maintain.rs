//! Long work: updating the indexes, and recomputing derived data.
//!
//! Invariant: progress is reported in the thread of the call and never after it; a cancelled call returns
//! `Cancelled`.

use std::ffi::c_void;

use idiolect_core::{CancelToken, Engine, Progress, Result as CoreResult};

use crate::boundary::status_of;
use crate::engine::{call, idiolect_engine};
use crate::error::{Failure, idiolect_error};
use crate::handle::{self, Handle};
use crate::memory::Out;

/// Cancels long work, from any thread.
pub struct idiolect_cancel_token {
    token: CancelToken,
}

impl idiolect_cancel_token {
    pub(crate) fn token(&self) -> CancelToken {
        self.token.clone()
    }
}

impl Handle for idiolect_cancel_token {
    const NAME: &'static str = "cancel token";
}

/// Receives the progress of long work: `done` of `total` items.
///
/// Ownership: `user_data` is the pointer that was passed with the callback.
/// Errors: none can be reported; to end the work, cancel its token.
/// Thread-safety: called in the thread of the call, between two steps of the work. It may call functions that read,
/// also with the same engine, but none that write.
pub type idiolect_progress = Option<extern "C" fn(user_data: *mut c_void, done: u64, total: u64)>;

/// Creates a cancel token.
///
/// Ownership: the caller owns `*out_token` and frees it with idiolect_cancel_token_free.
/// Errors: NULL_POINTER.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_cancel_token_new(
    out_token: *mut *mut idiolect_cancel_token,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_token, "out_token")?;
        out.set(handle::give(idiolect_cancel_token { token: CancelToken::new() }));
        Ok(())
    })
}

/// Cancels the work to which this token was passed, and any to which it will be: that work soon returns CANCELLED.
///
/// Ownership: borrows `token`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread, also from a progress callback.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_cancel_token_cancel(
    token: *mut idiolect_cancel_token,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        handle::get(token.cast_const())?.token.cancel();
        Ok(())
    })
}

/// Frees a cancel token; work to which it was passed continues.
///
/// Ownership: takes `token`; NULL is allowed and does nothing.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_cancel_token_free(token: *mut idiolect_cancel_token) {
    handle::free(token);
}

/// Does synchronously what otherwise happens in the background: learns again what an earlier version of the library
/// learned, computes vectors that are missing or damaged, measures once per device the numbers of items from which
/// each index is best, reads the words of all items, and builds the indexes. Searches are answered before, during and
/// after the call.
///
/// Ownership: borrows `engine` and `token`; `progress` and `user_data` are used during the call only. `progress` and
/// `token` may be NULL.
/// Errors: CANCELLED, after which the present indexes continue to answer; VECTOR_REQUIRED if a missing vector cannot
/// be computed; STORE_FULL, IO, CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread; calls that write wait.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_engine_optimize(
    engine: *mut idiolect_engine,
    progress: idiolect_progress,
    user_data: *mut c_void,
    token: *const idiolect_cancel_token,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || long(engine, Engine::optimize, progress, user_data, token))
}

/// Recomputes everything that is derived from the records: vectors, evidence, indexes.
///
/// Ownership: as idiolect_engine_optimize.
/// Errors: CANCELLED, after which the previous state is still in use; STORE_FULL, STORE_DAMAGED, VECTOR_REQUIRED, IO,
/// CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread; calls that write wait.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_engine_rebuild(
    engine: *mut idiolect_engine,
    progress: idiolect_progress,
    user_data: *mut c_void,
    token: *const idiolect_cancel_token,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || long(engine, Engine::rebuild, progress, user_data, token))
}

/// A verb that runs long.
type Work = fn(&Engine, &mut dyn FnMut(Progress), &CancelToken) -> CoreResult<()>;

fn long(
    engine: *mut idiolect_engine,
    work: Work,
    progress: idiolect_progress,
    user_data: *mut c_void,
    token: *const idiolect_cancel_token,
) -> Result<(), Failure> {
    let token = handle::get_optional(token)?.map_or_else(CancelToken::new, |token| token.token());
    let mut report = |at: Progress| {
        if let Some(progress) = progress {
            progress(user_data, at.done as u64, at.total as u64);
        }
    };
    call(engine.cast_const(), |engine| work(engine, &mut report, &token))
}
