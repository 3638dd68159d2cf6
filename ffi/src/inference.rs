//! The queue of questions for the host's language model.
//!
//! Invariant: a request is answered by its id; its handle may be freed before or after.

use std::ffi::c_char;

use idiolect_core::{InferenceId, InferenceKind, InferenceRequest};

use crate::engine::{call, idiolect_engine};
use crate::error::idiolect_error;
use crate::handle::{self, Handle};
use crate::memory::{Out, at, flag, idiolect_str, text};
use crate::preferences::IDIOLECT_OTHER;
use crate::wall::wall;

/// Kind of an inference request: the preferences behind an edit, shown with those nearest to it.
pub const IDIOLECT_INFERENCE_INDUCTION: i32 = 1;
/// Kind of an inference request: what the preferences of several near contexts come to.
pub const IDIOLECT_INFERENCE_AGGREGATION: i32 = 2;
/// Kind of an inference request: which preferences other texts of the person follow. One that was inferred counts only
/// once they do.
pub const IDIOLECT_INFERENCE_VERIFICATION: i32 = 3;
/// Kind of an inference request: other words for a search that asked for them.
pub const IDIOLECT_INFERENCE_EXPANSION: i32 = 4;

/// A question for a language model, with its prompt ready.
pub struct idiolect_inference {
    request: InferenceRequest,
}

impl Handle for idiolect_inference {
    const NAME: &'static str = "inference";
}

/// Takes the oldest request that was not handed out since the engine was opened; `*out_inference` is NULL where there is
/// none. Requests exist only where the config says that there is a host model. One that is neither completed nor failed
/// comes again after the store is opened anew.
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
    wall(error, || {
        let out = Out::required(out_inference, "out_inference")?;
        if let Some(request) = call(engine, |engine| engine.inference().next())? {
            out.set(handle::give(idiolect_inference { request }));
        }
        Ok(())
    })
}

/// The request's id, for the answer.
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
    wall(error, || {
        let out = Out::required(out_id, "out_id")?;
        out.set(handle::get(inference)?.request.id.0);
        Ok(())
    })
}

/// What is asked, one of IDIOLECT_INFERENCE_*.
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
    wall(error, || {
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

/// The prompt to send to the language model.
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
    wall(error, || {
        let out = Out::required(out_prompt, "out_prompt")?;
        out.set(idiolect_str::borrowed(&handle::get(inference)?.request.prompt));
        Ok(())
    })
}

/// How many records the request is about.
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
    wall(error, || {
        let out = Out::required(out_count, "out_count")?;
        out.set(handle::get(inference)?.request.records.len());
        Ok(())
    })
}

/// The id of one of the records that the request is about.
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
    wall(error, || {
        let out = Out::required(out_record_id, "out_record_id")?;
        out.set(at(&handle::get(inference)?.request.records, index)?.0);
        Ok(())
    })
}

/// Frees a request's handle; the request itself stays open until it is completed or failed.
///
/// Ownership: takes `inference`; NULL is allowed and does nothing. Its prompt becomes invalid.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_inference_free(inference: *mut idiolect_inference) {
    handle::free(inference);
}

/// Takes the model's answer to a request. `out_preference_id`, which may be NULL, gets the first of the preferences that it
/// made or told something of, 0 where there is none; the others are in the list of preferences. A preference that was
/// inferred from edits is applied once the answer to a verification says that other texts follow it.
///
/// Ownership: copies `answer`.
/// Errors: NOT_FOUND, also where its records were forgotten meanwhile; CONFLICT where it was answered before, or has to be
/// taken by idiolect_inference_next first; EMPTY_TEXT,
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
    wall(error, || {
        let out = Out::optional(out_preference_id);
        let engine = handle::get(engine.cast_const())?;
        let answer = text(answer, answer_len, "answer")?;
        let made = engine.call(|engine| engine.inference().complete(InferenceId(inference_id), &answer))?;
        out.set(made.first().map_or(0, |preference| preference.0));
        Ok(())
    })
}

/// Says that the model failed. With `retry` 1 the request goes to the end of the queue, with 0 it is dropped.
///
/// Ownership: borrows `engine`.
/// Errors: NOT_FOUND, CONFLICT, INVALID_INPUT for another number, STORE_FULL, IO, CLOSED, POISONED, NULL_POINTER,
/// INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_inference_fail(
    engine: *mut idiolect_engine,
    inference_id: u64,
    retry: i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    wall(error, || {
        let engine = handle::get(engine.cast_const())?;
        let retry = flag(retry, "retry")?;
        engine.call(|engine| engine.inference().fail(InferenceId(inference_id), retry))
    })
}

/// How many requests are waiting or handed out.
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
    wall(error, || {
        let out = Out::required(out_count, "out_count")?;
        out.set(call(engine, |engine| engine.inference().pending())?);
        Ok(())
    })
}
