//! Observing feedback and adding history items; what an observation cost and taught.
//!
//! Invariant: the result of an observation is a snapshot with all its texts.

use idiolect_core::{NothingTaught, Observed};

use crate::boundary::status_of;
use crate::engine::idiolect_engine;
use crate::error::idiolect_error;
use crate::handle::{self, Handle};
use crate::memory::{Out, at, idiolect_str};
use crate::observation::idiolect_observation;
use crate::preferences::IDIOLECT_OTHER;

/// Why nothing was taught: something was.
pub const IDIOLECT_NOTHING_TAUGHT_NONE: i32 = 0;
/// Why nothing was taught: the text was left as it was. What was applied to it is confirmed.
pub const IDIOLECT_NOTHING_TAUGHT_UNCHANGED: i32 = 1;
/// Why nothing was taught: only facts changed, such as names, numbers, dates and single words of content.
pub const IDIOLECT_NOTHING_TAUGHT_CONTENT_ONLY: i32 = 2;
/// Why nothing was taught: only what is not the person's own changed, such as quoted messages.
pub const IDIOLECT_NOTHING_TAUGHT_NOT_OWN: i32 = 3;
/// Why nothing was taught: no words of prose changed.
pub const IDIOLECT_NOTHING_TAUGHT_NOT_PROSE: i32 = 4;
/// Why nothing was taught: the text is in a language of which nothing is known.
pub const IDIOLECT_NOTHING_TAUGHT_OTHER_LANGUAGE: i32 = 5;
/// Why nothing was taught: nothing that changed says which way the person writes.
pub const IDIOLECT_NOTHING_TAUGHT_UNDIRECTED: i32 = 6;
/// Why nothing was taught: learning was switched off.
pub const IDIOLECT_NOTHING_TAUGHT_LEARNING_OFF: i32 = 7;

/// What an observation cost and taught.
pub struct idiolect_observed {
    observed: Observed,
}

impl Handle for idiolect_observed {
    const NAME: &'static str = "observed";
}

/// Records one piece of feedback: it is stored, learned from and searchable when the call returns. `*out_record_id`
/// is the id of its record; `*out_observed` describes what it cost and taught. Either output may be NULL.
///
/// Ownership: the caller owns `*out_observed` and frees it with idiolect_observed_free; copies `observation`.
/// Errors: INVALID_INPUT if something is missing or inconsistent, or for a HISTORY item; EMPTY_TEXT, TEXT_TOO_LONG,
/// INVALID_VECTOR, DIMENSION_MISMATCH, VECTOR_REQUIRED, STORE_FULL, IO, CLOSED, POISONED, NULL_POINTER,
/// INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_engine_observe(
    engine: *mut idiolect_engine,
    observation: *const idiolect_observation,
    out_record_id: *mut u64,
    out_observed: *mut *mut idiolect_observed,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out_id = Out::optional(out_record_id);
        let out_observed = Out::optional(out_observed);
        let engine = handle::get(engine.cast_const())?;
        let observation = handle::get(observation)?.observation()?;
        let observed = engine.call(|engine| engine.observe(observation))?;
        out_id.set(observed.id.0);
        if out_observed.wanted() {
            out_observed.set(handle::give(idiolect_observed { observed }));
        }
        Ok(())
    })
}

/// Adds a text the person wrote: an observation of kind HISTORY. `out_record_id` may be NULL.
///
/// Ownership: copies `item`.
/// Errors: INVALID_INPUT for other kinds; otherwise as idiolect_engine_observe.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_engine_add_history(
    engine: *mut idiolect_engine,
    item: *const idiolect_observation,
    out_record_id: *mut u64,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::optional(out_record_id);
        let engine = handle::get(engine.cast_const())?;
        let item = handle::get(item)?.history_item()?;
        out.set(engine.call(|engine| engine.add_history(item))?.0);
        Ok(())
    })
}

/// Gets what the edit cost: the number of words changed (Levenshtein distance), and the number of words of the longer
/// text. In messages, only the part written by the person counts. Both are 0 for feedback without an edit. Either
/// output may be NULL.
///
/// Ownership: borrows `observed`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_observed_cost(
    observed: *const idiolect_observed,
    out_distance: *mut usize,
    out_words: *mut usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let (out_distance, out_words) = (Out::optional(out_distance), Out::optional(out_words));
        let cost = handle::get(observed)?.observed.cost;
        out_distance.set(cost.distance);
        out_words.set(cost.words);
        Ok(())
    })
}

/// Gets the number of things that the observation taught.
///
/// Ownership: borrows `observed`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_observed_taught_count(
    observed: *const idiolect_observed,
    out_count: *mut usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_count, "out_count")?;
        out.set(handle::get(observed)?.observed.taught.len());
        Ok(())
    })
}

/// Gets one of the things that the observation taught, a short phrase; the strongest is at index 0.
///
/// Ownership: the text belongs to `observed` and is valid until `observed` is freed.
/// Errors: INVALID_INPUT for an index out of range, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_observed_taught_at(
    observed: *const idiolect_observed,
    index: usize,
    out_phrase: *mut idiolect_str,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_phrase, "out_phrase")?;
        let observed = handle::get(observed)?;
        out.set(idiolect_str::borrowed(at(&observed.observed.taught, index)?));
        Ok(())
    })
}

/// Gets why the observation taught nothing: IDIOLECT_NOTHING_TAUGHT_*, NONE if it taught something, IDIOLECT_OTHER for reasons
/// unknown to this header.
///
/// Ownership: borrows `observed`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_observed_nothing_taught(
    observed: *const idiolect_observed,
    out_reason: *mut i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_reason, "out_reason")?;
        out.set(match handle::get(observed)?.observed.nothing_taught {
            None => IDIOLECT_NOTHING_TAUGHT_NONE,
            Some(NothingTaught::Unchanged) => IDIOLECT_NOTHING_TAUGHT_UNCHANGED,
            Some(NothingTaught::ContentOnly) => IDIOLECT_NOTHING_TAUGHT_CONTENT_ONLY,
            Some(NothingTaught::NotOwn) => IDIOLECT_NOTHING_TAUGHT_NOT_OWN,
            Some(NothingTaught::NotProse) => IDIOLECT_NOTHING_TAUGHT_NOT_PROSE,
            Some(NothingTaught::OtherLanguage) => IDIOLECT_NOTHING_TAUGHT_OTHER_LANGUAGE,
            Some(NothingTaught::Undirected) => IDIOLECT_NOTHING_TAUGHT_UNDIRECTED,
            Some(NothingTaught::LearningOff) => IDIOLECT_NOTHING_TAUGHT_LEARNING_OFF,
            Some(_) => IDIOLECT_OTHER,
        });
        Ok(())
    })
}

/// Frees the result of an observation.
///
/// Ownership: takes `observed`; NULL is allowed and does nothing. Its texts become invalid.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_observed_free(observed: *mut idiolect_observed) {
    handle::free(observed);
}
