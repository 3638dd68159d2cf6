//! Records: their kinds and their texts.
//!
//! Invariant: a kind of the core without a number here is reported to C as IDIOLECT_OTHER.

use std::ffi::c_char;

use idiolect_core::{RecordId, RecordKind};

use crate::boundary::status_of;
use crate::engine::{call, idiolect_engine};
use crate::error::{Failure, idiolect_error};
use crate::memory::{Out, copy_out};
use crate::preferences::IDIOLECT_OTHER;

/// Kind of record: a draft that the person edited.
pub const IDIOLECT_RECORD_EDIT: i32 = 1;
/// Kind of record: a text that the person accepted unchanged.
pub const IDIOLECT_RECORD_ACCEPT: i32 = 2;
/// Kind of record: a text that the person discarded.
pub const IDIOLECT_RECORD_REJECT: i32 = 3;
/// Kind of record: a choice among several texts.
pub const IDIOLECT_RECORD_CHOICE: i32 = 4;
/// Kind of record: a text that the person rated.
pub const IDIOLECT_RECORD_RATING: i32 = 5;
/// Kind of record: a text the person wrote without a draft (a history item).
pub const IDIOLECT_RECORD_HISTORY: i32 = 6;

const KINDS: [(i32, RecordKind); 6] = [
    (IDIOLECT_RECORD_EDIT, RecordKind::Edit),
    (IDIOLECT_RECORD_ACCEPT, RecordKind::Accept),
    (IDIOLECT_RECORD_REJECT, RecordKind::Reject),
    (IDIOLECT_RECORD_CHOICE, RecordKind::Choice),
    (IDIOLECT_RECORD_RATING, RecordKind::Rating),
    (IDIOLECT_RECORD_HISTORY, RecordKind::History),
];

/// The number of a kind.
pub(crate) fn number(kind: RecordKind) -> i32 {
    KINDS.iter().find(|(_, known)| *known == kind).map_or(IDIOLECT_OTHER, |(number, _)| *number)
}

/// The kind with this number.
///
/// # Errors
/// `InvalidInput` for an unknown number.
pub(crate) fn kind(number: i32) -> Result<RecordKind, Failure> {
    let known = KINDS.iter().find(|(known, _)| *known == number);
    known.map(|(_, kind)| *kind).ok_or_else(|| Failure::invalid("kind", "unknown value"))
}

/// Copies the text of a record as the person left it: the final text of an edit, the text that was accepted, rejected,
/// rated or chosen, or the history item. `*out_len` is its length in bytes. The text is written only if `capacity` is
/// at least that; no NUL is appended. Pass (NULL, 0) as the buffer to get the length alone.
///
/// Ownership: fills the caller's buffer.
/// Errors: NOT_FOUND, CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_engine_record_text(
    engine: *mut idiolect_engine,
    record_id: u64,
    buffer: *mut c_char,
    capacity: usize,
    out_len: *mut usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_len, "out_len")?;
        let text = call(engine, |engine| engine.record_text(RecordId(record_id)))?;
        out.set(copy_out(&text, buffer, capacity)?);
        Ok(())
    })
}
