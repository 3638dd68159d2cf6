//! Personalization for a context: the request and the result.
//!
//! Invariant: a result is a snapshot with all its texts; it does not need the engine.

use std::ffi::{c_char, c_void};
use std::sync::Arc;

use idiolect_core::AbstainReason;
use idiolect_core::AppliedPreference;
use idiolect_core::{Gate, Personalization, Request};
use parking_lot::Mutex;

use crate::boundary::status_of;
use crate::callback::{self, UserData, idiolect_destroy};
use crate::engine::idiolect_engine;
use crate::error::{Failure, idiolect_error};
use crate::handle::{self, Handle};
use crate::memory::{Out, SizedOut, at, idiolect_str, sized_struct, text, vector};
use crate::preferences::{IDIOLECT_OTHER, idiolect_preference};
use crate::scope::{idiolect_scope, scope_of};

/// Decision of the gate: apply the preferences.
pub const IDIOLECT_GATE_APPLY: i32 = 0;
/// Decision of the gate: abstain, because nothing is known about this person yet.
pub const IDIOLECT_GATE_NOTHING_LEARNED: i32 = 1;
/// Decision of the gate: abstain, because there were too few occasions.
pub const IDIOLECT_GATE_TOO_FEW_OCCASIONS: i32 = 2;
/// Decision of the gate: abstain, because no known context resembles this one.
pub const IDIOLECT_GATE_UNFAMILIAR_CONTEXT: i32 = 3;
/// Decision of the gate: abstain, because the evidence is too weak or contradictory.
pub const IDIOLECT_GATE_TOO_WEAK: i32 = 4;
/// Decision of the gate: abstain, because drafts for similar contexts were accepted unchanged, or what was applied to
/// them was undone.
pub const IDIOLECT_GATE_NOT_NEEDED: i32 = 5;

/// A context to personalize for.
pub struct idiolect_request {
    state: Mutex<Collected>,
}

#[derive(Clone)]
struct Collected {
    request: Request,
    counts: Option<Arc<Counts>>,
}

/// A token counter with its data.
type Counts = dyn Fn(&str) -> usize + Send + Sync;

impl Handle for idiolect_request {
    const NAME: &'static str = "request";
}

/// The result of a personalization: preferences, examples and a prompt fragment.
pub struct idiolect_personalization {
    personalization: Personalization,
}

impl Handle for idiolect_personalization {
    const NAME: &'static str = "personalization";
}

impl idiolect_personalization {
    /// The applied preferences, as recorded with an observation.
    pub(crate) fn applied(&self) -> Vec<AppliedPreference> {
        self.personalization.applied()
    }
}

/// A text the person wrote, shown in the prompt. Set `struct_size` to sizeof(idiolect_example) before the call. The
/// texts belong to the personalization and are valid until the personalization is freed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct idiolect_example {
    /// Size of this struct, set by the caller.
    pub struct_size: usize,
    /// Id of the record that it comes from.
    pub record_id: u64,
    /// The context of that record.
    pub context: idiolect_str,
    /// The text.
    pub text: idiolect_str,
    /// Cosine similarity of its context to that of the request, -1 to 1.
    pub similarity: f32,
}
sized_struct!(idiolect_example);

/// Counts the tokens of a text as the program's language model does.
///
/// Ownership: borrows `text`, which is `text_len` bytes of UTF-8 without a NUL at the end; `user_data` is the pointer
/// that was set with the callback.
/// Errors: none can be reported.
/// Thread-safety: called in the thread of idiolect_engine_personalize, while no lock is held; by several threads at
/// once if several personalize with the same request. It may call any function, also with the same engine and the same
/// request.
pub type idiolect_token_counter =
    Option<extern "C" fn(user_data: *mut c_void, text: *const c_char, text_len: usize) -> usize>;

/// Changes the request collected so far.
fn change(
    request: *mut idiolect_request,
    change: impl FnOnce(Request) -> Result<Request, Failure>,
) -> Result<(), Failure> {
    callback::change(&handle::get(request.cast_const())?.state, |collected| {
        // The state is a copy; if `change` fails, it is dropped.
        let request = std::mem::replace(&mut collected.request, Request::new(""));
        collected.request = change(request)?;
        Ok(())
    })
}

/// Creates a request for a context: what is to be written, or the message to answer.
///
/// Ownership: the caller owns `*out_request` and frees it with idiolect_request_free; copies `context`.
/// Errors: TEXT_TOO_LONG, INVALID_UTF8, NULL_POINTER.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_request_new(
    context: *const c_char,
    context_len: usize,
    out_request: *mut *mut idiolect_request,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_request, "out_request")?;
        let context = text(context, context_len, "context")?;
        let state = Collected { request: Request::new(context), counts: None };
        out.set(handle::give(idiolect_request { state: Mutex::new(state) }));
        Ok(())
    })
}

/// Sets the scope of the text to be written; NULL for the whole person, the default.
///
/// Ownership: copies `scope`.
/// Errors: NULL_POINTER for the request, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_request_set_scope(
    request: *mut idiolect_request,
    scope: *const idiolect_scope,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || change(request, |request| Ok(request.scope(scope_of(scope)?))))
}

/// Sets how many of the nearest contexts are consulted; 8 by default.
///
/// Ownership: none.
/// Errors: NULL_POINTER, INVALID_HANDLE. The number is checked when the request is used.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_request_set_k(
    request: *mut idiolect_request,
    k: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || change(request, |request| Ok(request.k(k))))
}

/// Sets the maximum number of tokens in the prompt; 300 by default. Without a token counter, tokens are
/// estimated: four ASCII characters count as one token, and so does any other character.
///
/// Ownership: none.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_request_set_token_budget(
    request: *mut idiolect_request,
    tokens: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || change(request, |request| Ok(request.token_budget(tokens))))
}

/// Sets the callback that counts the tokens of the prompt, replacing the previous one; with NULL, the default, tokens
/// are estimated. It is called with the prompt so far plus the piece that may be added next, at most 200 times per
/// personalization.
///
/// Ownership: takes `user_data`. If `destroy` is not NULL, it is called with it exactly once: after the callback was
/// replaced or the request freed, and no personalization that uses it is running; immediately if this call fails or
/// `counter` is NULL.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread; a running personalization keeps the callback that it started with.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_request_set_token_counter(
    request: *mut idiolect_request,
    counter: idiolect_token_counter,
    user_data: *mut c_void,
    destroy: idiolect_destroy,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let data = UserData::new(user_data, destroy);
        let counts = counter.map(|counter| -> Arc<Counts> {
            Arc::new(move |text| counter(data.get(), text.as_ptr().cast(), text.len()))
        });
        callback::change(&handle::get(request.cast_const())?.state, |collected| {
            collected.counts = counts;
            Ok(())
        })
    })
}

/// Sets the maximum number of examples in the prompt; 1 by default.
///
/// Ownership: none.
/// Errors: NULL_POINTER, INVALID_HANDLE. The number is checked when the request is used.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_request_set_examples(
    request: *mut idiolect_request,
    examples: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || change(request, |request| Ok(request.examples(examples))))
}

/// Sets the vector of the context, from the caller's own encoder.
///
/// Ownership: copies `values`.
/// Errors: INVALID_INPUT for more than 65,536 values or a misaligned pointer, NULL_POINTER, INVALID_HANDLE. The values
/// are checked when the request is used.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_request_set_vector(
    request: *mut idiolect_request,
    values: *const f32,
    values_len: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || change(request, |request| Ok(request.vector(vector(values, values_len, "vector")?))))
}

/// Frees a request.
///
/// Ownership: takes `request`; NULL is allowed and does nothing.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_request_free(request: *mut idiolect_request) {
    handle::free(request);
}

/// Gets the preferences, examples and prompt fragment for a context.
///
/// Ownership: the caller owns `*out_personalization` and frees it with idiolect_personalization_free; it may outlive
/// `engine`. Borrows `request`, which can be used again.
/// Errors: INVALID_INPUT, TEXT_TOO_LONG, INVALID_VECTOR, DIMENSION_MISMATCH, VECTOR_REQUIRED, IO, CLOSED, POISONED,
/// NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_engine_personalize(
    engine: *mut idiolect_engine,
    request: *const idiolect_request,
    out_personalization: *mut *mut idiolect_personalization,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_personalization, "out_personalization")?;
        let engine = handle::get(engine.cast_const())?;
        let Collected { mut request, counts } = handle::get(request)?.state.lock().clone();
        if let Some(counts) = counts {
            request = request.count_tokens(move |text| counts(text));
        }
        let personalization = engine.call(|engine| engine.personalize(&request))?;
        out.set(handle::give(idiolect_personalization { personalization }));
        Ok(())
    })
}

/// Gets the prompt fragment; empty if the gate abstained. `out_tokens`, its number of tokens as counted or estimated,
/// may be NULL.
///
/// Ownership: the text belongs to `personalization` and is valid until `personalization` is freed.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_personalization_prompt(
    personalization: *const idiolect_personalization,
    out_prompt: *mut idiolect_str,
    out_tokens: *mut usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out_tokens = Out::optional(out_tokens);
        let out = Out::required(out_prompt, "out_prompt")?;
        let handle = handle::get(personalization)?;
        out.set(idiolect_str::borrowed(&handle.personalization.prompt));
        out_tokens.set(handle.personalization.prompt_tokens);
        Ok(())
    })
}

/// Gets the decision of the gate: IDIOLECT_GATE_APPLY, or why it abstained. `out_benefit`, the predicted benefit of
/// applying the preferences (0 to 1, also if the gate abstained), may be NULL.
///
/// Ownership: borrows `personalization`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_personalization_gate(
    personalization: *const idiolect_personalization,
    out_gate: *mut i32,
    out_benefit: *mut f32,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out_benefit = Out::optional(out_benefit);
        let out = Out::required(out_gate, "out_gate")?;
        let personalization = &handle::get(personalization)?.personalization;
        out.set(match personalization.gate {
            Gate::Apply { .. } => IDIOLECT_GATE_APPLY,
            Gate::Abstain(reason) => abstained(reason),
        });
        out_benefit.set(personalization.benefit);
        Ok(())
    })
}

fn abstained(reason: AbstainReason) -> i32 {
    match reason {
        AbstainReason::NothingLearned => IDIOLECT_GATE_NOTHING_LEARNED,
        AbstainReason::TooFewOccasions => IDIOLECT_GATE_TOO_FEW_OCCASIONS,
        AbstainReason::UnfamiliarContext => IDIOLECT_GATE_UNFAMILIAR_CONTEXT,
        AbstainReason::TooWeak => IDIOLECT_GATE_TOO_WEAK,
        AbstainReason::NotNeeded => IDIOLECT_GATE_NOT_NEEDED,
        _ => IDIOLECT_OTHER,
    }
}

/// Gets the number of preferences that hold for the context, whether they are in the prompt or not.
///
/// Ownership: borrows `personalization`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_personalization_preference_count(
    personalization: *const idiolect_personalization,
    out_count: *mut usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_count, "out_count")?;
        out.set(handle::get(personalization)?.personalization.preferences.len());
        Ok(())
    })
}

/// Gets one of the preferences, in order of authority and strength. `out_in_prompt`, 1 if the prompt includes it and
/// else 0, may be NULL.
///
/// Ownership: the texts belong to `personalization` and are valid until `personalization` is freed.
/// Errors: INVALID_INPUT for an index out of range or if `struct_size` is not set, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_personalization_preference_at(
    personalization: *const idiolect_personalization,
    index: usize,
    out_preference: *mut idiolect_preference,
    out_in_prompt: *mut i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out_in_prompt = Out::optional(out_in_prompt);
        let out = SizedOut::required(out_preference)?;
        let handle = handle::get(personalization)?;
        let preference = at(&handle.personalization.preferences, index)?;
        out.set(idiolect_preference::of(preference));
        out_in_prompt.set(handle.personalization.prompt_preferences.contains(&preference.id).into());
        Ok(())
    })
}

/// Gets the number of examples that the prompt shows.
///
/// Ownership: borrows `personalization`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_personalization_example_count(
    personalization: *const idiolect_personalization,
    out_count: *mut usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_count, "out_count")?;
        out.set(handle::get(personalization)?.personalization.examples.len());
        Ok(())
    })
}

/// Gets one of the examples, best first.
///
/// Ownership: the texts belong to `personalization` and are valid until `personalization` is freed.
/// Errors: INVALID_INPUT for an index out of range or if `struct_size` is not set, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_personalization_example_at(
    personalization: *const idiolect_personalization,
    index: usize,
    out_example: *mut idiolect_example,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = SizedOut::required(out_example)?;
        let handle = handle::get(personalization)?;
        let example = at(&handle.personalization.examples, index)?;
        out.set(idiolect_example {
            struct_size: 0,
            record_id: example.record.0,
            context: idiolect_str::borrowed(&example.context),
            text: idiolect_str::borrowed(&example.text),
            similarity: example.similarity,
        });
        Ok(())
    })
}

/// Gets the number of contexts that were consulted.
///
/// Ownership: borrows `personalization`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_personalization_neighbour_count(
    personalization: *const idiolect_personalization,
    out_count: *mut usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_count, "out_count")?;
        out.set(handle::get(personalization)?.personalization.neighbours.len());
        Ok(())
    })
}

/// Gets one of the contexts consulted, nearest first: the id of its record, and its cosine similarity to the request's
/// context, -1 to 1. `out_similarity` may be NULL.
///
/// Ownership: borrows `personalization`.
/// Errors: INVALID_INPUT for an index out of range, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_personalization_neighbour_at(
    personalization: *const idiolect_personalization,
    index: usize,
    out_record_id: *mut u64,
    out_similarity: *mut f32,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out_similarity = Out::optional(out_similarity);
        let out = Out::required(out_record_id, "out_record_id")?;
        let handle = handle::get(personalization)?;
        let neighbour = at(&handle.personalization.neighbours, index)?;
        out.set(neighbour.id.0);
        out_similarity.set(neighbour.similarity);
        Ok(())
    })
}

/// Frees a personalization.
///
/// Ownership: takes `personalization`; NULL is allowed and does nothing. Its texts become invalid.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_personalization_free(personalization: *mut idiolect_personalization) {
    handle::free(personalization);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_to_abstain_has_its_own_code() {
        let reasons = [
            AbstainReason::NothingLearned,
            AbstainReason::TooFewOccasions,
            AbstainReason::UnfamiliarContext,
            AbstainReason::TooWeak,
            AbstainReason::NotNeeded,
        ];
        assert_eq!(reasons.map(abstained), [1, 2, 3, 4, 5]);
    }
}
