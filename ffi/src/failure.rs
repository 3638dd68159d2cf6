//! Errors inside the C ABI, before they become status codes and error handles.
//!
//! Invariant: a message contains no user text and no panic payload.

use idiolect_core::{Error, ErrorKind, InputError};

/// A failure, before it is returned to C as a status and possibly an error handle.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: ErrorKind,
    message: String,
}

impl Failure {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(crate) fn null(what: &str) -> Self {
        Self::new(ErrorKind::NullPointer, format!("{what} is NULL"))
    }

    pub(crate) fn invalid(what: &'static str, reason: &'static str) -> Self {
        InputError::Invalid { what, reason }.into()
    }

    pub(crate) fn code(&self) -> i32 {
        self.kind.code()
    }

    /// The code and the message.
    pub(crate) fn into_parts(self) -> (i32, String) {
        (self.code(), self.message)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::new(error.kind(), error.to_string())
    }
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        Error::from(error).into()
    }
}
