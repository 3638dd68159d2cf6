//! Error handles: the code and message of a failure.
//!
//! Invariant: a message contains no user text and no panic payload.

use idiolect_core::ErrorKind;

pub(crate) use crate::failure::Failure;
use crate::handle::{self, Handle};
use crate::memory::idiolect_str;
use crate::panic::catch_or;

/// A failure: a status code, and a message for developers in English, without user text.
pub struct idiolect_error {
    code: i32,
    message: String,
}

impl Handle for idiolect_error {
    const NAME: &'static str = "error";
}

impl idiolect_error {
    pub(crate) fn of(failure: Failure) -> *mut Self {
        let (code, message) = failure.into_parts();
        handle::give(Self { code, message })
    }
}

/// Returns the status code of an error; IDIOLECT_OK for NULL.
///
/// Ownership: borrows `error`.
/// Errors: IDIOLECT_ERROR_INVALID_HANDLE for a handle that was freed or is of another type.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_error_code(error: *const idiolect_error) -> i32 {
    catch_or(ErrorKind::Internal.code(), || {
        if error.is_null() {
            return 0;
        }
        handle::get(error).map_or_else(|failure| failure.code(), |error| error.code)
    })
}

/// Returns the message of an error: one line for developers, without user text. Empty for NULL.
///
/// Ownership: the text belongs to `error` and is valid until `error` is freed; no NUL follows it.
/// Errors: an empty text for a handle that was freed or is of another type.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_error_message(error: *const idiolect_error) -> idiolect_str {
    catch_or(idiolect_str::of_static(c""), || {
        handle::get(error)
            .map_or_else(|_| idiolect_str::of_static(c""), |error| idiolect_str::borrowed(&error.message))
    })
}

/// Frees an error.
///
/// Ownership: takes `error`; NULL is allowed and does nothing. Its message becomes invalid.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_error_free(error: *mut idiolect_error) {
    handle::free(error);
}
