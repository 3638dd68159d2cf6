//! The queue of questions for the host's language model.
//!
//! Invariant: a request is answered by its id; its handle may be freed before or after.

use std::ffi::c_char;

use idiolect_core::{InferenceId, InferenceKind, InferenceRequest};

use crate::boundary::status_of;
use crate::engine::{call, idiolect_engine};
use crate::error::idiolect_error;
use crate::handle::{self, Handle};
use crate::memory::{Out, at, flag, idiolect_str, text};
use crate::preferences::IDIOLECT_OTHER;

/// Kind of inference request: the preferences behind an edit, which is shown with the edits nearest to it.
pub const IDIOLECT_INFERENCE_INDUCTION: i32 = 1;
/// Kind of inference request: a summary of the preferences of several similar contexts.
pub const IDIOLECT_INFERENCE_AGGREGATION: i32 = 2;
/// Kind of inference request: which inferred preferences other texts of the person follow. An inferred preference is
/// applied only after they were found to do so.
pub const IDIOLECT_INFERENCE_VERIFICATION: i32 = 3;
/// Kind of inference request: other words for a search that requested them.
pub const IDIOLECT_INFERENCE_EXPANSION: i32 = 4;

/// A question for a language model, with a complete prompt.
pub struct idiolect_inference {
    request: InferenceRequest,
}

impl Handle for idiolect_inference {
    const NAME: &'static str = "inference";
}

/// Gets the oldest request that has not been handed out since the engine was opened; `*out_inference` is NULL if there
/// is none. Requests exist only if a host model was set in the config. A request that is neither completed nor failed
/// is handed out again after the store is reopened.
///
/// Ownership: the caller owns `*out_inference` and frees it with idiolect_inference_free; it may outlive `engine`.
/// Errors: CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread; no request is handed out twice.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_inference_next(
    engine: *mut idiolect_engine,
    out_inference: *mut *mut idiolect_inference,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_inference, "out_inference")?;
        if let Some(request) = call(engine, |engine| engine.inference().next())? {
            out.set(handle::give(idiolect_inference { request }));
        }
        Ok(())
    })
}

/// Gets the id of a request, which its answer needs.
///
/// Ownership: borrows `inference`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_inference_id(
    inference: *const idiolect_inference,
    out_id: *mut u64,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_id, "out_id")?;
        out.set(handle::get(inference)?.request.id.0);
        Ok(())
    })
}

/// Gets the kind of a request, IDIOLECT_INFERENCE_*.
///
/// Ownership: borrows `inference`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_inference_kind(
    inference: *const idiolect_inference,
    out_kind: *mut i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_kind, "out_kind")?;
        out.set(match handle::get(inference)?.request.kind {
            InferenceKind::Induction => IDIOLECT_INFERENCE_INDUCTION,
            InferenceKind::Aggregation => IDIOLECT_INFERENCE_AGGREGATION,
            InferenceKind::Verification => IDIOLECT_INFERENCE_VERIFICATION,
            InferenceKind::Expansion => IDIOLECT_INFERENCE_EXPANSION,
            _ => IDIOLECT_OTHER,
        });
        Ok(())
    })
}

/// Gets the prompt to send to the language model.
///
/// Ownership: the text belongs to `inference` and is valid until `inference` is freed.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_inference_prompt(
    inference: *const idiolect_inference,
    out_prompt: *mut idiolect_str,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_prompt, "out_prompt")?;
        out.set(idiolect_str::borrowed(&handle::get(inference)?.request.prompt));
        Ok(())
    })
}

/// Gets the number of records that a request is about.
///
/// Ownership: borrows `inference`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_inference_record_count(
    inference: *const idiolect_inference,
    out_count: *mut usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_count, "out_count")?;
        out.set(handle::get(inference)?.request.records.len());
        Ok(())
    })
}

/// Gets the id of one of the records that a request is about.
///
/// Ownership: borrows `inference`.
/// Errors: INVALID_INPUT for an index out of range, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_inference_record_at(
    inference: *const idiolect_inference,
    index: usize,
    out_record_id: *mut u64,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_record_id, "out_record_id")?;
        out.set(at(&handle::get(inference)?.request.records, index)?.0);
        Ok(())
    })
}

/// Frees the handle of a request; the request itself stays open until it is completed or failed.
///
/// Ownership: takes `inference`; NULL is allowed and does nothing. Its prompt becomes invalid.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_inference_free(inference: *mut idiolect_inference) {
    handle::free(inference);
}

/// Completes a request with the model's answer. `out_preference_id`, which may be NULL, receives the first of the
/// preferences that the answer added or verified, 0 if there is none; the others are in the list of preferences. A
/// preference that was inferred from edits is applied only after the answer to a verification confirmed it.
///
/// Ownership: copies `answer`.
/// Errors: NOT_FOUND, also if the records of the request were forgotten in the meantime; CONFLICT if it was answered
/// before, or was not handed out by idiolect_inference_next; EMPTY_TEXT if the answer is empty or cannot be parsed;
/// TEXT_TOO_LONG, INVALID_UTF8, STORE_FULL, IO, CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_inference_complete(
    engine: *mut idiolect_engine,
    inference_id: u64,
    answer: *const c_char,
    answer_len: usize,
    out_preference_id: *mut u64,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::optional(out_preference_id);
        let engine = handle::get(engine.cast_const())?;
        let answer = text(answer, answer_len, "answer")?;
        let made = engine.call(|engine| engine.inference().complete(InferenceId(inference_id), &answer))?;
        out.set(made.first().map_or(0, |preference| preference.0));
        Ok(())
    })
}

/// Reports that the model failed. With `retry` 1 the request goes to the end of the queue, with 0 it is dropped.
///
/// Ownership: borrows `engine`.
/// Errors: NOT_FOUND, CONFLICT, INVALID_INPUT for any other value, STORE_FULL, IO, CLOSED, POISONED, NULL_POINTER,
/// INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_inference_fail(
    engine: *mut idiolect_engine,
    inference_id: u64,
    retry: i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let engine = handle::get(engine.cast_const())?;
        let retry = flag(retry, "retry")?;
        engine.call(|engine| engine.inference().fail(InferenceId(inference_id), retry))
    })
}

/// Gets the number of requests that are waiting or handed out.
///
/// Ownership: borrows `engine`.
/// Errors: CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_inference_pending(
    engine: *mut idiolect_engine,
    out_count: *mut usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_count, "out_count")?;
        out.set(call(engine, |engine| engine.inference().pending())?);
        Ok(())
    })
}
