//! Forgetting: by record, scope, time or text; with a dry run.
//!
//! Invariant: what a call reports as forgotten is exactly what was forgotten.

use std::ffi::c_char;

use idiolect_core::{Forget, Forgotten, RecordId, Timestamp};

use crate::boundary::status_of;
use crate::engine::idiolect_engine;
use crate::error::{Failure, idiolect_error};
use crate::handle::{self, Handle};
use crate::memory::{Out, SizedOut, at, flag, ids, text};
use crate::preferences::idiolect_preference;
use crate::scope::{idiolect_scope, scope_of};

/// What was forgotten, or would be.
pub struct idiolect_forgotten {
    forgotten: Forgotten,
}

impl Handle for idiolect_forgotten {
    const NAME: &'static str = "forgotten";
}

fn forget(
    engine: *mut idiolect_engine,
    what: Result<Forget, Failure>,
    dry_run: i32,
    out: &Out<*mut idiolect_forgotten>,
) -> Result<(), Failure> {
    let engine = handle::get(engine.cast_const())?;
    let what = what?;
    let what = if flag(dry_run, "dry_run")? { what.dry_run() } else { what };
    let forgotten = engine.call(|engine| engine.forget(&what))?;
    if out.wanted() {
        out.set(handle::give(idiolect_forgotten { forgotten }));
    }
    Ok(())
}

/// Forgets records by their ids, with everything derived from them. With `dry_run` 1, the call only reports what would
/// be forgotten. `out_forgotten` may be NULL.
///
/// Ownership: the caller owns `*out_forgotten` and frees it with idiolect_forgotten_free; copies `record_ids`.
/// Errors: NOT_FOUND for an unknown id, in which case nothing is forgotten; INVALID_INPUT for a `dry_run` other than 0
/// or 1, or for more than 1,048,576 ids; STORE_FULL, IO, CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_engine_forget_records(
    engine: *mut idiolect_engine,
    record_ids: *const u64,
    record_count: usize,
    dry_run: i32,
    out_forgotten: *mut *mut idiolect_forgotten,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::optional(out_forgotten);
        let what = ids(record_ids, record_count, "record_ids")
            .map(|ids| Forget::records(ids.into_iter().map(RecordId).collect::<Vec<_>>()));
        forget(engine, what, dry_run, &out)
    })
}

/// Forgets everything within a scope, including preferences stated in it. `scope` must not be NULL; the empty scope
/// includes everything. With `dry_run` 1, the call only reports what would be forgotten. `out_forgotten` may be NULL.
///
/// Ownership: the caller owns `*out_forgotten` and frees it with idiolect_forgotten_free; copies `scope`.
/// Errors: as idiolect_engine_forget_records; also NULL_POINTER for the scope.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_engine_forget_scope(
    engine: *mut idiolect_engine,
    scope: *const idiolect_scope,
    dry_run: i32,
    out_forgotten: *mut *mut idiolect_forgotten,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::optional(out_forgotten);
        let what = if scope.is_null() {
            Err(Failure::null(idiolect_scope::NAME))
        } else {
            scope_of(scope).map(Forget::scope)
        };
        forget(engine, what, dry_run, &out)
    })
}

/// Forgets everything at or after one time and before another, in milliseconds since 1970-01-01T00:00:00Z. With
/// `dry_run` 1, the call only reports what would be forgotten. `out_forgotten` may be NULL.
///
/// Ownership: the caller owns `*out_forgotten` and frees it with idiolect_forgotten_free.
/// Errors: as idiolect_engine_forget_records.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_engine_forget_between(
    engine: *mut idiolect_engine,
    from_unix_ms: i64,
    until_unix_ms: i64,
    dry_run: i32,
    out_forgotten: *mut *mut idiolect_forgotten,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::optional(out_forgotten);
        let what = Forget::between(Timestamp(from_unix_ms), Timestamp(until_unix_ms));
        forget(engine, Ok(what), dry_run, &out)
    })
}

/// Forgets every record and stated preference that contains `text` in one of its texts, ignoring case. With `dry_run`
/// 1, the call only reports what would be forgotten. `out_forgotten` may be NULL.
///
/// Ownership: the caller owns `*out_forgotten` and frees it with idiolect_forgotten_free; copies `text`.
/// Errors: EMPTY_TEXT, TEXT_TOO_LONG, INVALID_UTF8; otherwise as idiolect_engine_forget_records.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_engine_forget_containing(
    engine: *mut idiolect_engine,
    text: *const c_char,
    text_len: usize,
    dry_run: i32,
    out_forgotten: *mut *mut idiolect_forgotten,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::optional(out_forgotten);
        forget(engine, self::text(text, text_len, "text to forget").map(Forget::containing), dry_run, &out)
    })
}

/// Gets the number of records that were forgotten, or would be.
///
/// Ownership: borrows `forgotten`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_forgotten_record_count(
    forgotten: *const idiolect_forgotten,
    out_count: *mut usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_count, "out_count")?;
        out.set(handle::get(forgotten)?.forgotten.records.len());
        Ok(())
    })
}

/// Gets the id of one of these records.
///
/// Ownership: borrows `forgotten`.
/// Errors: INVALID_INPUT for an index out of range, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_forgotten_record_at(
    forgotten: *const idiolect_forgotten,
    index: usize,
    out_record_id: *mut u64,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_record_id, "out_record_id")?;
        out.set(at(&handle::get(forgotten)?.forgotten.records, index)?.0);
        Ok(())
    })
}

/// Gets the number of listed preferences that changed, or would change.
///
/// Ownership: borrows `forgotten`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_forgotten_change_count(
    forgotten: *const idiolect_forgotten,
    out_count: *mut usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_count, "out_count")?;
        out.set(handle::get(forgotten)?.forgotten.changes.len());
        Ok(())
    })
}

/// Gets one of these preferences as it was before and as it is after. An `id` of 0 in `out_before` means that it is
/// new, and in `out_after` that it is gone; all other fields are then 0.
///
/// Ownership: the texts belong to `forgotten` and are valid until `forgotten` is freed.
/// Errors: INVALID_INPUT for an index out of range or if a `struct_size` is not set, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_forgotten_change_at(
    forgotten: *const idiolect_forgotten,
    index: usize,
    out_before: *mut idiolect_preference,
    out_after: *mut idiolect_preference,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let (out_before, out_after) = (SizedOut::required(out_before), SizedOut::required(out_after));
        let (out_before, out_after) = (out_before?, out_after?);
        let forgotten = handle::get(forgotten)?;
        let change = at(&forgotten.forgotten.changes, index)?;
        if let Some(before) = &change.before {
            out_before.set(idiolect_preference::of(before));
        }
        if let Some(after) = &change.after {
            out_after.set(idiolect_preference::of(after));
        }
        Ok(())
    })
}

/// Frees the report of what was forgotten.
///
/// Ownership: takes `forgotten`; NULL is allowed and does nothing. Its texts become invalid.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_forgotten_free(forgotten: *mut idiolect_forgotten) {
    handle::free(forgotten);
}
