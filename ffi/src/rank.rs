//! Ranking of candidate drafts.
//!
//! Invariant: a ranking is a permutation of the candidates that were added; it does not need the engine.

use std::ffi::c_char;

use idiolect_core::Ranked;
use idiolect_core::{RankRequest, Scope};
use parking_lot::Mutex;

use crate::boundary::status_of;
use crate::engine::idiolect_engine;
use crate::error::{Failure, idiolect_error};
use crate::handle::{self, Handle};
use crate::memory::{Out, SizedOut, at, idiolect_str, sized_struct, text, vector};
use crate::scope::{idiolect_scope, scope_of};

/// Candidates to rank for a context.
pub struct idiolect_candidates {
    state: Mutex<Candidates>,
}

#[derive(Clone)]
struct Candidates {
    context: String,
    texts: Vec<String>,
    scope: Scope,
    vector: Option<Vec<f32>>,
    /// The vectors of the candidates that were added with one.
    vectors: Vec<Vec<f32>>,
}

impl Candidates {
    fn add(&mut self, text: String) -> Result<(), Failure> {
        if self.texts.len() == COLLECTED_MAX {
            return Err(Failure::invalid("candidates", "there are too many"));
        }
        self.texts.push(text);
        Ok(())
    }
}

impl Handle for idiolect_candidates {
    const NAME: &'static str = "candidates";
}

/// Candidates in ranked order.
pub struct idiolect_ranking {
    ranked: Vec<Ranked>,
}

impl Handle for idiolect_ranking {
    const NAME: &'static str = "ranking";
}

/// One part of a candidate's score. Set `struct_size` to sizeof(idiolect_rank_reason) before the call. The text
/// belongs to the ranking and is valid until the ranking is freed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct idiolect_rank_reason {
    /// Size of this struct, set by the caller.
    pub struct_size: usize,
    /// Id of the preference; 0 for an axis of the person's taste that no listed preference covers.
    pub preference_id: u64,
    /// Text of the preference; for an axis, what the candidate has more or less of than the others.
    pub text: idiolect_str,
    /// Signed contribution to the score.
    pub contribution: f32,
}
sized_struct!(idiolect_rank_reason);

/// Maximum number of candidates collected; the engine's own limit is checked when they are ranked.
const COLLECTED_MAX: usize = 10_000;

fn change(
    candidates: *mut idiolect_candidates,
    change: impl FnOnce(&mut Candidates) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let candidates = handle::get(candidates.cast_const())?;
    let mut state = candidates.state.lock();
    change(&mut state)
}

/// Creates an empty list of candidates for a context: what is to be written, or the message to answer.
///
/// Ownership: the caller owns `*out_candidates` and frees it with idiolect_candidates_free; copies `context`.
/// Errors: TEXT_TOO_LONG, INVALID_UTF8, NULL_POINTER.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_candidates_new(
    context: *const c_char,
    context_len: usize,
    out_candidates: *mut *mut idiolect_candidates,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_candidates, "out_candidates")?;
        let context = text(context, context_len, "context")?;
        let (texts, vectors) = (Vec::new(), Vec::new());
        let state = Candidates { context, texts, scope: Scope::person(), vector: None, vectors };
        out.set(handle::give(idiolect_candidates { state: Mutex::new(state) }));
        Ok(())
    })
}

/// Adds a candidate text. Candidates are identified by their index from 0 in the order in which they were added.
///
/// Ownership: copies `text`.
/// Errors: TEXT_TOO_LONG, INVALID_UTF8, INVALID_INPUT for more than 10,000 candidates, NULL_POINTER, INVALID_HANDLE.
/// The other limits are checked when the candidates are used.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_candidates_add(
    candidates: *mut idiolect_candidates,
    text: *const c_char,
    text_len: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || change(candidates, |state| state.add(self::text(text, text_len, "candidate")?)))
}

/// Adds a candidate text with its vector; see idiolect_candidates_add. Either all candidates have a vector or none.
/// The vectors must come from the same encoder as the vector of the context: the caller's own, or the engine's if that
/// is not set. Off-topic candidates are detected only with encoders for which unrelated texts have a cosine near zero.
///
/// Ownership: copies `text` and `values`.
/// Errors: as idiolect_candidates_add; also INVALID_INPUT for more than 65,536 values or a misaligned pointer. The
/// values, and whether all candidates have some, are checked when the candidates are used.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_candidates_add_with_vector(
    candidates: *mut idiolect_candidates,
    text: *const c_char,
    text_len: usize,
    values: *const f32,
    values_len: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        change(candidates, |state| {
            let text = self::text(text, text_len, "candidate")?;
            let vector = vector(values, values_len, "vector")?;
            state.add(text)?;
            state.vectors.push(vector);
            Ok(())
        })
    })
}

/// Sets the scope of the text; NULL for the whole person, the default.
///
/// Ownership: copies `scope`.
/// Errors: NULL_POINTER for the candidates, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_candidates_set_scope(
    candidates: *mut idiolect_candidates,
    scope: *const idiolect_scope,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        change(candidates, |state| {
            state.scope = scope_of(scope)?;
            Ok(())
        })
    })
}

/// Sets the vector of the context, from the caller's own encoder. Off-topic candidates are then detected only if the
/// candidates have vectors, too.
///
/// Ownership: copies `values`.
/// Errors: INVALID_INPUT for more than 65,536 values or a misaligned pointer, NULL_POINTER, INVALID_HANDLE. The values
/// are checked when the candidates are used.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_candidates_set_vector(
    candidates: *mut idiolect_candidates,
    values: *const f32,
    values_len: usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        change(candidates, |state| {
            state.vector = Some(vector(values, values_len, "vector")?);
            Ok(())
        })
    })
}

/// Frees a list of candidates.
///
/// Ownership: takes `candidates`; NULL is allowed and does nothing.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_candidates_free(candidates: *mut idiolect_candidates) {
    handle::free(candidates);
}

/// Ranks candidates by how well they fit this person, best first. An off-topic candidate never ranks above one that is
/// on topic.
///
/// Ownership: the caller owns `*out_ranking` and frees it with idiolect_ranking_free; it may outlive `engine`. Borrows
/// `candidates`, which can be used again.
/// Errors: INVALID_INPUT for no candidates or more than IDIOLECT_LIMIT_CANDIDATES, or if some candidates have a vector
/// and some do not; EMPTY_TEXT, TEXT_TOO_LONG, INVALID_VECTOR, DIMENSION_MISMATCH, VECTOR_REQUIRED, IO, CLOSED,
/// POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_engine_rank(
    engine: *mut idiolect_engine,
    candidates: *const idiolect_candidates,
    out_ranking: *mut *mut idiolect_ranking,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_ranking, "out_ranking")?;
        let engine = handle::get(engine.cast_const())?;
        let Candidates { context, texts, scope, vector, vectors } =
            handle::get(candidates)?.state.lock().clone();
        let mut request = RankRequest::new(context, texts).scope(scope);
        if let Some(vector) = vector {
            request = request.vector(vector);
        }
        if !vectors.is_empty() {
            request = request.candidate_vectors(vectors);
        }
        let ranked = engine.call(|engine| engine.rank(&request))?;
        out.set(handle::give(idiolect_ranking { ranked }));
        Ok(())
    })
}

/// Gets the number of candidates that were ranked.
///
/// Ownership: borrows `ranking`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_ranking_count(
    ranking: *const idiolect_ranking,
    out_count: *mut usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_count, "out_count")?;
        out.set(handle::get(ranking)?.ranked.len());
        Ok(())
    })
}

/// Gets the candidate at a place, 0 for the best: its index among those added, its score (comparable within one
/// ranking only), and its number of reasons. `out_score` and `out_reason_count` may be NULL.
///
/// Ownership: borrows `ranking`.
/// Errors: INVALID_INPUT for a place out of range, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_ranking_at(
    ranking: *const idiolect_ranking,
    place: usize,
    out_index: *mut usize,
    out_score: *mut f32,
    out_reason_count: *mut usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let (out_score, out_reason_count) = (Out::optional(out_score), Out::optional(out_reason_count));
        let out = Out::required(out_index, "out_index")?;
        let handle = handle::get(ranking)?;
        let ranked = at(&handle.ranked, place)?;
        out.set(ranked.index);
        out_score.set(ranked.score);
        out_reason_count.set(ranked.reasons.len());
        Ok(())
    })
}

/// Gets one of the reasons for or against the candidate at a place, strongest first.
///
/// Ownership: the text belongs to `ranking` and is valid until `ranking` is freed.
/// Errors: INVALID_INPUT for a place or an index out of range or if `struct_size` is not set, NULL_POINTER,
/// INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_ranking_reason_at(
    ranking: *const idiolect_ranking,
    place: usize,
    index: usize,
    out_reason: *mut idiolect_rank_reason,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = SizedOut::required(out_reason)?;
        let handle = handle::get(ranking)?;
        let reason = at(&at(&handle.ranked, place)?.reasons, index)?;
        out.set(idiolect_rank_reason {
            struct_size: 0,
            preference_id: reason.preference.0,
            text: idiolect_str::borrowed(&reason.text),
            contribution: reason.contribution,
        });
        Ok(())
    })
}

/// Frees a ranking.
///
/// Ownership: takes `ranking`; NULL is allowed and does nothing. Its texts become invalid.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_ranking_free(ranking: *mut idiolect_ranking) {
    handle::free(ranking);
}
