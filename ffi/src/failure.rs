//! An error on its way to C.
//!
//! Invariant: a message holds no text of the user and no panic payload.

use idiolect_core::{Error, ErrorKind, InputError};

/// What failed, before it is handed to C as a handle or as a status alone.
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

    /// What the error handle takes over.
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
