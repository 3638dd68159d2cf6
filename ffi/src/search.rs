//! Searching, and the hits.
//!
//! Invariant: hits are a snapshot with all their texts.

use std::time::Instant;

use idiolect_core::Hit;

use crate::boundary::status_of;
use crate::engine::idiolect_engine;
use crate::error::idiolect_error;
use crate::handle::{self, Handle};
use crate::memory::{Out, SizedOut, at, idiolect_str, sized_struct};
use crate::query::idiolect_query;
use crate::record;
use crate::scope::parts;

/// What a search found.
pub struct idiolect_hits {
    hits: Vec<Hit>,
    partial: bool,
}

impl Handle for idiolect_hits {
    const NAME: &'static str = "hits";
}

/// One item found. Set `struct_size` to sizeof(idiolect_hit) before the call. The texts belong to the hits and are
/// valid until the hits are freed. A part of the scope that is not set is {NULL, 0}.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct idiolect_hit {
    /// Size of this struct, set by the caller.
    pub struct_size: usize,
    /// Id of the record.
    pub record_id: u64,
    /// Its context; for a history item its surroundings, often empty.
    pub context: idiolect_str,
    /// The text as the person left it.
    pub text: idiolect_str,
    /// Application of the scope.
    pub app: idiolect_str,
    /// Task of the scope.
    pub task: idiolect_str,
    /// Audience of the scope.
    pub audience: idiolect_str,
    /// Locale of the scope.
    pub locale: idiolect_str,
    /// When it happened, milliseconds since 1970.
    pub at_ms: i64,
    /// IDIOLECT_RECORD_*.
    pub kind: i32,
    /// Cosine similarity of the query to its context (for a history item, to its text), -1 to 1.
    pub similarity: f32,
    /// Score from meaning and words together, by which the hits are ordered unless diversity is set; comparable within
    /// one search only.
    pub score: f32,
}
sized_struct!(idiolect_hit, since similarity: f32);

/// Searches the records.
///
/// Ownership: the caller owns `*out_hits` and frees it with idiolect_hits_free; it may outlive `engine`. Borrows
/// `query`, which can be used again.
/// Errors: INVALID_INPUT, NOT_FOUND for an unknown id among the items clicked or skipped, EMPTY_TEXT, TEXT_TOO_LONG,
/// INVALID_VECTOR, DIMENSION_MISMATCH, VECTOR_REQUIRED, IO, CLOSED, POISONED, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_engine_search(
    engine: *mut idiolect_engine,
    query: *const idiolect_query,
    out_hits: *mut *mut idiolect_hits,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_hits, "out_hits")?;
        let engine = handle::get(engine.cast_const())?;
        let (query, limit) = handle::get(query)?.query();
        // A time limit beyond the range of the clock is ignored.
        let until = limit.and_then(|limit| Instant::now().checked_add(limit));
        let (hits, partial) = engine.call(|engine| match until {
            Some(until) => {
                engine.search_with_deadline(&query, until).map(|found| (found.hits, found.partial))
            }
            None => engine.search(&query).map(|hits| (hits, false)),
        })?;
        out.set(handle::give(idiolect_hits { hits, partial }));
        Ok(())
    })
}

/// Gets the number of items found.
///
/// Ownership: borrows `hits`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_hits_count(
    hits: *const idiolect_hits,
    out_count: *mut usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_count, "out_count")?;
        out.set(handle::get(hits)?.hits.len());
        Ok(())
    })
}

/// Gets whether better items may have been missed (1) or not (0): the search was cut short by its time limit, or the
/// store was just opened and not all items can be found by their words and further keys yet. Always 0 for a search
/// without a time limit.
///
/// Ownership: borrows `hits`.
/// Errors: NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_hits_partial(
    hits: *const idiolect_hits,
    out_partial: *mut i32,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_partial, "out_partial")?;
        out.set(i32::from(handle::get(hits)?.partial));
        Ok(())
    })
}

/// Gets one of the items found, best first.
///
/// Ownership: the texts belong to `hits` and are valid until `hits` is freed.
/// Errors: INVALID_INPUT for an index out of range or if `struct_size` is not set, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_hits_at(
    hits: *const idiolect_hits,
    index: usize,
    out_hit: *mut idiolect_hit,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = SizedOut::required(out_hit)?;
        let hits = handle::get(hits)?;
        let hit = at(&hits.hits, index)?;
        let [app, task, audience, locale] = parts(&hit.scope);
        out.set(idiolect_hit {
            struct_size: 0,
            record_id: hit.id.0,
            context: idiolect_str::borrowed(&hit.context),
            text: idiolect_str::borrowed(&hit.text),
            app,
            task,
            audience,
            locale,
            at_ms: hit.at.0,
            kind: record::number(hit.kind),
            similarity: hit.similarity,
            score: hit.score,
        });
        Ok(())
    })
}

/// Gets the number of tags of the item at `index`.
///
/// Ownership: borrows `hits`.
/// Errors: INVALID_INPUT for an index out of range, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_hits_tag_count(
    hits: *const idiolect_hits,
    index: usize,
    out_count: *mut usize,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_count, "out_count")?;
        out.set(at(&handle::get(hits)?.hits, index)?.tags.len());
        Ok(())
    })
}

/// Gets one tag of the item at `index`, in ascending order.
///
/// Ownership: the text belongs to `hits` and is valid until `hits` is freed.
/// Errors: INVALID_INPUT for an index out of range, NULL_POINTER, INVALID_HANDLE.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_hits_tag_at(
    hits: *const idiolect_hits,
    index: usize,
    tag: usize,
    out_tag: *mut idiolect_str,
    error: *mut *mut idiolect_error,
) -> i32 {
    status_of(error, || {
        let out = Out::required(out_tag, "out_tag")?;
        let hits = handle::get(hits)?;
        out.set(idiolect_str::borrowed(at(&at(&hits.hits, index)?.tags, tag)?));
        Ok(())
    })
}

/// Frees the result of a search.
///
/// Ownership: takes `hits`; NULL is allowed and does nothing. Its texts become invalid.
/// Errors: none; a handle that was already freed is ignored.
/// Thread-safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn idiolect_hits_free(hits: *mut idiolect_hits) {
    handle::free(hits);
}
