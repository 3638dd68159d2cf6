//! Import of many history items at once.
//!
//! Invariant: items are requested one by one in the thread of the call, while no lock is held; each is copied before
//! the next is requested.

use std::ffi::c_void;

use idiolect_core::{CancelToken, HistoryItem, Imported, Progress};

use crate::boundary::status_of;
use crate::engine::{call, idiolect_engine};
use crate::error::{Failure, idiolect_error};
use crate::handle::{self, Handle};
use crate::maintain::{idiolect_cancel_token, idiolect_progress};
use crate::memory::{Out, at};
use crate::observation::idiolect_observation;

/// The result of an import.
pub struct idiolect_imported {
    imported: Imported,
}

impl Handle for idiolect_imported {
    const NAME: &'static str = "imported";
}

/// Returns the next item of an import, an observation of kind HISTORY; NULL after the last.
///
/// Ownership: the program keeps the item, which must stay valid until the callback is called again or the import
/// returns; it may be the same handle each time. `user_data` is the pointer that was passed with the callback.
/// Errors: none can be reported; to end the import, cancel its token or return NULL.
/// Thread-safety: called in the thread of the import, while no lock is held. It may call any function.
pub type idiolect_next_item = Option<extern "C" fn(user_data: *mut c_void) -> *const idiolect_observation>;

/// Iterates over the items supplied by C.
struct Pull<'a> {
    next: extern "C" fn(*mut c_void) -> *const idiolect_observation,
    user_data: *mut c_void,
    /// The number of items; 0 if it is not known.
    total: usize,
    /// The error that ended the iteration, if any.
    failed: &'a mut Option<Failure>,
    ended: bool,
}

impl Iterator for Pull<'_> {
    type Item = HistoryItem;

    fn next(&mut self) -> Option<HistoryItem> {
        if self.ended {
            return None;
        }
        let item = (self.next)(self.user_data);
        let read =
            handle::get_optional(item).and_then(|item| item.map(|item| item.history_item()).transpose());
        let item = read.unwrap_or_else(|failure| {
            *self.failed = Some(failure);
            None
        });
        self.ended = item.is_none();
        item
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.total, (self.total > 0).then_some(self.total))
    }
}

/// Adds many texts the person wrote. The result is the same as calling idiolect_engine_add_history for each, but the
/// texts are embedded on all cores and written in batches of about a hundred. `total` is the number of items, for
/// `progress` only; 0 if it is not known. Items whose app key and content are already in the store are skipped, so
/// that an import that ended early can be resumed by importing all its items again. An item that is not valid, for
/// example an empty text, is counted as rejected.
///
/// Ownership: the caller owns `*out_imported` and frees it with idiolect_imported_free; `out_imported` may be NULL.
/// Borrows `engine` and `token`; the callbacks and `user_data`, which is passed to both, are used during the call
/// only. `progress` and `token` may be NULL.
/// Errors: CANCELLED; INVALID_INPUT for an item that is not of kind HISTORY, INVALID_HANDLE, NULL_POINTER, STORE_FULL,
/// IO, CLOSED, POISONED. Items that were reported as done stay in the store.
/// Thread-safety: any thread; unlike in other long work, both callbacks may call functions that write.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_engine_import_history(
    engine: *mut idiolect_engine,
    next: idiolect_next_item,
    total: u64,
    progress: idiolect_progress,
    user_data: *mut c_void,
    token: *const idiolect_cancel_token,
    out_imported: *mut *mut idiolect_imported,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::optional(out_imported);
        let next = next.ok_or_else(|| Failure::null("next"))?;
        let token = handle::get_optional(token)?.map_or_else(CancelToken::new, |token| token.token());
        let mut report = |at: Progress| {
            if let Some(progress) = progress {
                progress(user_data, at.done as u64, at.total as u64);
            }
        };
        let mut failed = None;
        let total = usize::try_from(total).unwrap_or(usize::MAX);
        let items = Pull { next, user_data, total, failed: &mut failed, ended: false };
        let imported = call(engine.cast_const(), |engine| engine.import_history(items, &mut report, &token))?;
        if let Some(failure) = failed {
            return Err(failure);
        }
        if out.wanted() {
            out.set(handle::give(idiolect_imported { imported }));
        }
        Ok(())
    })
}

/// Gets how many items were added, replaced one with the same app key, were already there, and were rejected. Each
/// output may be NULL.
///
/// Ownership: borrows `imported`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_imported_counts(
    imported: *const idiolect_imported,
    out_added: *mut u64,
    out_replaced: *mut u64,
    out_unchanged: *mut u64,
    out_rejected: *mut u64,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let outs = [out_added, out_replaced, out_unchanged, out_rejected].map(Out::optional);
        let imported = handle::get(imported)?;
        let Imported { added, replaced, unchanged, rejected, .. } = imported.imported;
        for (out, count) in outs.iter().zip([added, replaced, unchanged, rejected]) {
            out.set(count as u64);
        }
        Ok(())
    })
}

/// Gets the number of rejected items for which the reason is known: the first 1,000 at most.
///
/// Ownership: borrows `imported`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_imported_rejection_count(
    imported: *const idiolect_imported,
    out_count: *mut usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_count, "out_count")?;
        out.set(handle::get(imported)?.imported.rejections.len());
        Ok(())
    })
}

/// Gets one of the rejected items: its position in the import, from 0, and the status that is the reason. Each output
/// may be NULL.
///
/// Ownership: borrows `imported`.
/// Errors: INVALID_INPUT for an index out of range, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_imported_rejection_at(
    imported: *const idiolect_imported,
    index: usize,
    out_item: *mut u64,
    out_status: *mut i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let (out_item, out_status) = (Out::optional(out_item), Out::optional(out_status));
        let imported = handle::get(imported)?;
        let (item, wrong) = at(&imported.imported.rejections, index)?;
        out_item.set(*item as u64);
        out_status.set(wrong.kind().code());
        Ok(())
    })
}

/// Frees the result of an import.
///
/// Ownership: takes `imported`; NULL is allowed and does nothing.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_imported_free(imported: *mut idiolect_imported) {
    handle::free(imported);
}
