//! Every exported function that returns a status runs its body in here.
//!
//! Invariant: what fails or panics becomes a status and, where the caller wants it, an error handle.

use idiolect_core::ErrorKind;

use crate::error::idiolect_error;
use crate::failure::Failure;
use crate::memory::Out;
use crate::panic::guarded;

/// Runs a body whose outcome is a status; a failure is described through `error` where the caller wants it.
pub(crate) fn wall(error: *mut *mut idiolect_error, body: impl FnOnce() -> Result<(), Failure>) -> i32 {
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
    use crate::panic::quiet;

    #[test]
    fn a_panic_becomes_a_status_without_its_message() {
        let mut error = std::ptr::null_mut();
        let status = wall(&raw mut error, || panic!("the person wrote: dear diary"));
        assert_eq!(status, ErrorKind::Internal.code());
        assert_eq!(idiolect_error_code(error), status);
        let message = idiolect_error_message(error).to_text();
        assert!(message.contains("wall.rs:"), "{message}");
        assert!(!message.contains("diary"), "{message}");
        idiolect_error_free(error);
        assert_eq!(wall(std::ptr::null_mut(), || panic!("again")), ErrorKind::Internal.code());
        assert_eq!(quiet(5, || panic!("and again")), 5);
    }

    #[test]
    fn success_clears_the_error() {
        let mut error = std::ptr::dangling_mut();
        assert_eq!(wall(&raw mut error, || Ok(())), 0);
        assert!(error.is_null());
    }
}
