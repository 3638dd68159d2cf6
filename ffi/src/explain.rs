//! Explanations of preferences: the numbers, and the feedback behind them with the words that changed.
//!
//! Invariant: an explanation is a snapshot with all its texts; it does not need the engine.

use idiolect_core::{ChangeKind, Explanation};
use idiolect_core::{Engine, PreferenceId};

use crate::boundary::status_of;
use crate::engine::{call, idiolect_engine};
use crate::error::idiolect_error;
use crate::handle::{self, Handle};
use crate::memory::{Out, SizedOut, at, idiolect_str, sized_struct};
use crate::preferences::{IDIOLECT_OTHER, idiolect_preference};

/// Kind of a word change: style, how something is said.
pub const IDIOLECT_CHANGE_STYLE: i32 = 1;
/// Kind of a word change: content, such as names, numbers, dates and single words. It teaches no style.
pub const IDIOLECT_CHANGE_CONTENT: i32 = 2;
/// Kind of a word change: a correction of spelling or grammar.
pub const IDIOLECT_CHANGE_CORRECTION: i32 = 3;

/// An explanation of a preference.
pub struct idiolect_explanation {
    explanation: Explanation,
}

impl Handle for idiolect_explanation {
    const NAME: &'static str = "explanation";
}

/// The contribution of one record for or against a preference. Set `struct_size` to sizeof(idiolect_contribution)
/// before the call. The text belongs to the explanation and is valid until the explanation is freed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct idiolect_contribution {
    /// Size of this struct, set by the caller.
    pub struct_size: usize,
    /// Id of the record.
    pub record_id: u64,
    /// What happened in the record, for display, for example "92 to 58 words".
    pub note: idiolect_str,
    /// Number of places where words changed, at most 64. 0 for feedback without an edit, and for edits whose words were
    /// not requested.
    pub word_change_count: usize,
    /// Signed change in units of the feature's natural variation, -3 to 3: above 0 for more of the feature.
    pub change: f32,
    /// Weight of the contribution, from its strength and age, 0 to 1.
    pub weight: f32,
}
sized_struct!(idiolect_contribution);

/// One place where an edit changed words. Set `struct_size` to sizeof(idiolect_word_change) before the call. The texts
/// belong to the explanation and are valid until the explanation is freed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct idiolect_word_change {
    /// Size of this struct, set by the caller.
    pub struct_size: usize,
    /// The words in the draft; empty if words were only inserted.
    pub removed: idiolect_str,
    /// The words in the final text; empty if words were only removed.
    pub inserted: idiolect_str,
    /// IDIOLECT_CHANGE_*.
    pub kind: i32,
    /// 1 if this change alone moves the draft in the direction of the preference, else 0.
    pub bears: i32,
}
sized_struct!(idiolect_word_change);

/// Explains a preference: its numbers, the contribution of each record for or against it, and the words that the
/// person changed in each edit among them. The words are computed from the records during the call, which takes as
/// long as reading and comparing the texts of all these edits.
///
/// Ownership: the caller owns `*out_explanation` and frees it with idiolect_explanation_free; it may outlive `engine`.
/// Errors: NOT_FOUND, IO, CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_preference_explain(
    engine: *mut idiolect_engine,
    id: u64,
    out_explanation: *mut *mut idiolect_explanation,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_explanation, "out_explanation")?;
        let explanation = call(engine, |engine| engine.preferences().explain(PreferenceId(id)))?;
        out.set(handle::give(idiolect_explanation { explanation }));
        Ok(())
    })
}

/// Explains a preference like idiolect_preference_explain, but with the words of the strongest `edits` edits only,
/// which is faster if there are thousands; 0 for the numbers and notes without words.
///
/// Ownership: as idiolect_preference_explain.
/// Errors: as idiolect_preference_explain.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_preference_explain_strongest(
    engine: *mut idiolect_engine,
    id: u64,
    edits: usize,
    out_explanation: *mut *mut idiolect_explanation,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_explanation, "out_explanation")?;
        let explain = |engine: &Engine| engine.preferences().explain_strongest(PreferenceId(id), edits);
        out.set(handle::give(idiolect_explanation { explanation: call(engine, explain)? }));
        Ok(())
    })
}

/// Gets the preference as it is held in its own scope. Its `strength`, `confidence` and `occasions` are among the
/// numbers that explain it.
///
/// Ownership: the texts belong to `explanation` and are valid until `explanation` is freed.
/// Errors: INVALID_INPUT if `struct_size` is not set, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_explanation_preference(
    explanation: *const idiolect_explanation,
    out_preference: *mut idiolect_preference,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = SizedOut::required(out_preference)?;
        out.set(idiolect_preference::of(&handle::get(explanation)?.explanation.preference));
        Ok(())
    })
}

/// Gets the mean change, in units of the feature's natural variation and shrunk towards what is known of wider scopes,
/// and its standard error in the same unit. Both are 0 for a preference in the words of the person or of the language
/// model. `out_error` may be NULL.
///
/// Ownership: borrows `explanation`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_explanation_effect(
    explanation: *const idiolect_explanation,
    out_mean: *mut f32,
    out_error: *mut f32,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out_error = Out::optional(out_error);
        let out = Out::required(out_mean, "out_mean")?;
        let handle = handle::get(explanation)?;
        out.set(handle.explanation.mean);
        out_error.set(handle.explanation.error);
        Ok(())
    })
}

/// Gets the time since which the person has had this habit, if they had the opposite one before: then `*out_turned`
/// is 1 and `*out_since_ms` is the time of the first record with the new habit, in milliseconds since 1970. Otherwise
/// both are 0. `out_since_ms` may be NULL.
///
/// Ownership: borrows `explanation`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_explanation_since(
    explanation: *const idiolect_explanation,
    out_turned: *mut i32,
    out_since_ms: *mut i64,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out_since_ms = Out::optional(out_since_ms);
        let out = Out::required(out_turned, "out_turned")?;
        let since = handle::get(explanation)?.explanation.since;
        out.set(i32::from(since.is_some()));
        out_since_ms.set(since.map_or(0, |since| since.0));
        Ok(())
    })
}

/// Gets the number of records that contribute.
///
/// Ownership: borrows `explanation`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_explanation_contribution_count(
    explanation: *const idiolect_explanation,
    out_count: *mut usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_count, "out_count")?;
        out.set(handle::get(explanation)?.explanation.contributions.len());
        Ok(())
    })
}

/// Gets the contribution of one record, strongest first.
///
/// Ownership: the text belongs to `explanation` and is valid until `explanation` is freed.
/// Errors: INVALID_INPUT for an index out of range or if `struct_size` is not set, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_explanation_contribution_at(
    explanation: *const idiolect_explanation,
    index: usize,
    out_contribution: *mut idiolect_contribution,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = SizedOut::required(out_contribution)?;
        let handle = handle::get(explanation)?;
        let contribution = at(&handle.explanation.contributions, index)?;
        out.set(idiolect_contribution {
            struct_size: 0,
            record_id: contribution.record.0,
            note: idiolect_str::borrowed(&contribution.note),
            word_change_count: contribution.words.len(),
            change: contribution.change,
            weight: contribution.weight,
        });
        Ok(())
    })
}

/// Gets one place where the edit of the contribution at index `contribution` changed words, in the order of the text.
///
/// Ownership: the texts belong to `explanation` and are valid until `explanation` is freed.
/// Errors: INVALID_INPUT for an index out of range or if `struct_size` is not set, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_explanation_word_change_at(
    explanation: *const idiolect_explanation,
    contribution: usize,
    index: usize,
    out_change: *mut idiolect_word_change,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = SizedOut::required(out_change)?;
        let handle = handle::get(explanation)?;
        let change = at(&at(&handle.explanation.contributions, contribution)?.words, index)?;
        out.set(idiolect_word_change {
            struct_size: 0,
            removed: idiolect_str::borrowed(&change.removed),
            inserted: idiolect_str::borrowed(&change.inserted),
            kind: match change.kind {
                ChangeKind::Style => IDIOLECT_CHANGE_STYLE,
                ChangeKind::Content => IDIOLECT_CHANGE_CONTENT,
                ChangeKind::Correction => IDIOLECT_CHANGE_CORRECTION,
                _ => IDIOLECT_OTHER,
            },
            bears: change.bears.into(),
        });
        Ok(())
    })
}

/// Frees an explanation.
///
/// Ownership: takes `explanation`; NULL is allowed and does nothing. Its texts become invalid.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_explanation_free(explanation: *mut idiolect_explanation) {
    handle::free(explanation);
}
