//! Scope handles.
//!
//! Invariant: the scope behind a handle is always valid; setting a part to the empty text clears it.

use std::ffi::c_char;
use std::sync::Arc;

use idiolect_core::Scope;
use parking_lot::Mutex;

use crate::boundary::status_of;
use crate::error::{Failure, idiolect_error};
use crate::handle::{self, Handle};
use crate::memory::{Out, idiolect_str, text};

/// Part of a scope: the application, for example "mail".
pub const IDIOLECT_SCOPE_APP: i32 = 1;
/// Part of a scope: what is being written, for example "reply".
pub const IDIOLECT_SCOPE_TASK: i32 = 2;
/// Part of a scope: for whom, for example "team" or the id of an address book entry.
pub const IDIOLECT_SCOPE_AUDIENCE: i32 = 3;
/// Part of a scope: a BCP 47 language tag, for example "en-GB".
pub const IDIOLECT_SCOPE_LOCALE: i32 = 4;

/// Where a text belongs: application, task, audience and locale, all optional. The empty scope is the whole person.
/// What is learned in a narrow scope backs off to wider ones.
pub struct idiolect_scope {
    scope: Mutex<Scope>,
}

impl Handle for idiolect_scope {
    const NAME: &'static str = "scope";
}

/// The scope behind a handle; the whole person for NULL.
pub(crate) fn scope_of(handle: *const idiolect_scope) -> Result<Scope, Failure> {
    let handle: Option<Arc<idiolect_scope>> = handle::get_optional(handle)?;
    Ok(handle.map(|scope| scope.scope.lock().clone()).unwrap_or_default())
}

/// Application, task, audience and locale.
pub(crate) fn parts(scope: &Scope) -> [idiolect_str; 4] {
    [&scope.app, &scope.task, &scope.audience, &scope.locale]
        .map(|part| idiolect_str::borrowed_optional(part.as_deref()))
}

/// Creates an empty scope, the whole person.
///
/// Ownership: the caller owns `*out_scope` and frees it with idiolect_scope_free. Functions that take a scope copy it.
/// Errors: NULL_POINTER.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_scope_new(
    out_scope: *mut *mut idiolect_scope,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_scope, "out_scope")?;
        out.set(handle::give(idiolect_scope { scope: Mutex::default() }));
        Ok(())
    })
}

/// Sets one part, IDIOLECT_SCOPE_APP to IDIOLECT_SCOPE_LOCALE, to a text of at most 128 bytes; an empty text clears
/// it.
///
/// Ownership: copies `value`.
/// Errors: INVALID_INPUT for an unknown part, TEXT_TOO_LONG, INVALID_UTF8, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_scope_set(
    scope: *mut idiolect_scope,
    part: i32,
    value: *const c_char,
    value_len: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let handle = handle::get(scope.cast_const())?;
        let value = text(value, value_len, "scope's part")?;
        let value = (!value.is_empty()).then_some(value);
        let mut scope = handle.scope.lock();
        let mut changed = scope.clone();
        match part {
            IDIOLECT_SCOPE_APP => changed.app = value,
            IDIOLECT_SCOPE_TASK => changed.task = value,
            IDIOLECT_SCOPE_AUDIENCE => changed.audience = value,
            IDIOLECT_SCOPE_LOCALE => changed.locale = value,
            _ => return Err(Failure::invalid("scope", "unknown part")),
        }
        changed.validate()?;
        *scope = changed;
        Ok(())
    })
}

/// Frees a scope.
///
/// Ownership: takes `scope`; NULL is allowed and does nothing.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_scope_free(scope: *mut idiolect_scope) {
    handle::free(scope);
}
