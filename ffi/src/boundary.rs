//! The boundary of the C ABI: every exported function that returns a status runs its body in [`status_of`].
//!
//! Invariant: a failure or panic becomes a status and, if the caller wants it, an error handle.

use idiolect_core::ErrorKind;

use crate::error::idiolect_error;
use crate::failure::Failure;
use crate::memory::Out;
use crate::panic::guarded;

/// Runs `body` and returns its status; a failure is described through `error` if the caller wants it.
pub(crate) fn status_of(error: *mut *mut idiolect_error, body: impl FnOnce() -> Result<(), Failure>) -> i32 {
    let error = Out::optional(error);
    let Err(failure) = guarded(body).unwrap_or_else(|at| {
        let message = format!("internal error: a call failed at {at}");
        Err(Failure::new(ErrorKind::Internal, message))
    }) else {
        return 0;
    };
    let code = failure.code();
    if error.wanted() {
        error.set(idiolect_error::of(failure));
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{idiolect_error_code, idiolect_error_free, idiolect_error_message};
    use crate::panic::catch_or;

    #[test]
    fn a_panic_becomes_a_status_without_its_message() {
        let mut error = std::ptr::null_mut();
        let status = status_of(&raw mut error, || panic!("the person wrote: dear diary"));
        assert_eq!(status, ErrorKind::Internal.code());
        assert_eq!(idiolect_error_code(error), status);
        let message = idiolect_error_message(error).to_text();
        assert!(message.contains("boundary.rs:"), "{message}");
        assert!(!message.contains("diary"), "{message}");
        idiolect_error_free(error);
        assert_eq!(status_of(std::ptr::null_mut(), || panic!("again")), ErrorKind::Internal.code());
        assert_eq!(catch_or(5, || panic!("and again")), 5);
    }

    #[test]
    fn success_clears_the_error() {
        let mut error = std::ptr::dangling_mut();
        assert_eq!(status_of(&raw mut error, || Ok(())), 0);
        assert!(error.is_null());
    }
}
